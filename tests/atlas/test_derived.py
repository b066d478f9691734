"""Rates, indices and trends are functions of what is printed, so they tell nothing more."""

import pandas as pd

from atlas.profile.sheets import catalogue_of
from indicators.index import MIN_AREAS, compute_index
from indicators.rates import compute_values
from indicators.trends import compute_trends


def _same(one, other):
    columns = sorted(one.columns)
    order = [c for c in columns if one[c].dtype.kind not in "fiu"]
    frames = [f[columns].sort_values(order, kind="stable") for f in (one, other)]
    pd.testing.assert_frame_equal(
        *(f.reset_index(drop=True) for f in frames), check_dtype=False, check_exact=False
    )


def test_whoever_has_the_printed_counts_computes_all_other_figures(demo):
    """The edition's counts hold no hidden number: what follows from them follows for everyone."""
    counts, catalogue = demo.table("counts"), catalogue_of(demo)
    assert counts.loc[counts["status"] == "suppressed", "count"].isna().all()
    shown = list(dict.fromkeys(demo.table("values")["indicator"]))
    values = compute_values(counts, catalogue, shown)
    _same(values, demo.table("values"))
    fine_level = demo.manifest.levels[-1].key
    _same(compute_trends(values, catalogue, (fine_level,)), demo.table("trends"))
    keys = tuple(i.key for i in demo.manifest.indices)
    index, parts = compute_index(values, catalogue, keys, min_areas=MIN_AREAS)
    assert len(index) == len(demo.table("index"))
    assert len(parts) == len(demo.table("index_parts"))
