"""Everything derived follows from what the edition prints, so that it can tell nothing more.

Each table is computed again from the edition's own published tables, read back from its
files; not a single number of it needs anything else.
"""

from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from atlas.build.clusters import spatial_clusters
from atlas.build.derive import negative
from atlas.build.steady import steadier_rates
from atlas.profile.sheets import city_level
from atlas.project import load_project
from indicators.catalogue import load_catalogue, with_indices
from indicators.concentration import compute_concentration
from indicators.index import MIN_AREAS, compute_index
from indicators.negative import Computed
from indicators.series import compute_series
from indicators.trends import compute_trends


@pytest.fixture(scope="module")
def printed(demo, project):
    """What is counted and shown, and the catalogue, which is public."""
    catalogue = with_indices(load_catalogue(), project.own_indices)
    return demo.table("counts"), demo.table("values"), catalogue


@pytest.fixture(scope="module")
def project():
    return load_project(Path(str(files("atlas.demo") / "musterstadt.toml")))


def same(found: pd.DataFrame, stored: pd.DataFrame) -> None:
    assert len(stored)
    columns = list(stored.columns)
    order = [c for c in columns if stored[c].dtype == "str"]
    left, right = (
        t[columns].astype(stored.dtypes.to_dict()).sort_values(order, ignore_index=True)
        for t in (found, stored)
    )
    pd.testing.assert_frame_equal(left, right, check_names=False, rtol=1e-12, atol=1e-12)


def test_concentration(demo, printed):
    counts, _, catalogue = printed
    same(compute_concentration(counts, catalogue), demo.table("concentration"))


def test_trends_series_and_the_list_of_negative_developments(demo, printed):
    _, values, catalogue = printed
    whole = city_level(demo)
    trends, series = (
        compute_trends(values, catalogue, (whole,)),
        compute_series(values, catalogue, (whole,)),
    )
    same(trends, demo.table("trends"))
    same(series, demo.table("series"))
    computed = Computed(values, trends, series, demo.table("index"))
    same(negative(computed, catalogue, whole), demo.table("negative"))


def test_classes_of_the_index_and_how_firm_they_are(demo, printed):
    counts, values, catalogue = printed
    index, parts = compute_index(values, catalogue, ["bedarf"], counts, min_areas=MIN_AREAS)
    same(index, demo.table("index"))
    same(parts, demo.table("index_parts"))


def test_estimates(demo, printed, project):
    counts, values, catalogue = printed
    again = steadier_rates(project, catalogue, values, counts, demo.areas)
    same(again, demo.table("estimates"))


def test_clusters_by_every_method(demo, printed, project):
    _, values, catalogue = printed
    found = spatial_clusters(project, catalogue, values, demo.areas)
    for name, table in found.tables().items():
        same(table, demo.table(name))
