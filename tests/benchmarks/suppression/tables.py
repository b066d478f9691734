"""Invented nested tables of the sizes that the figures are taken on, seeded and as plain CSV.

Regions: 400 areas in 44 in 12 in the whole, 457 codes; a second grouping of the same areas,
ten districts, cuts across the first. Groups: 16 in 3 in the whole (20 codes, 9,140 cells), or
4 in the whole (5 codes, 2,285 cells). The scale of the counts is such that about 1,074 of the
9,140 cells and about 83 of the 2,285 are 1 or 2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

TOTAL = "Total"
DIMS = ("region", "group")
LEAVES, MIDDLES, ROOTS, DISTRICTS = 400, 44, 12, 10


@dataclass(frozen=True)
class PlainTable:
    """A table by region and group.

    Parameters
    ----------
    name
        What the figures call it.
    counts
        Columns ``region``, ``group``, ``count``: the innermost cells alone.
    hierarchies
        By dimension, one frame ``child``, ``parent`` per hierarchy. The codes without a
        parent add up to `TOTAL`, which stands in none of them.
    """

    name: str
    counts: pd.DataFrame
    hierarchies: Mapping[str, tuple[pd.DataFrame, ...]]


@dataclass(frozen=True)
class Files:
    """Where a table was written: the innermost cells, and (dimension, file) per hierarchy."""

    counts: Path
    hierarchies: tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class _Skew:
    """Mean count of an area, and how unevenly its groups are filled (sigma of a lognormal)."""

    mean: float
    uneven: float


def large(seed: int = 1, districts: bool = False) -> PlainTable:
    """9,140 cells; with `districts` further ones for the second grouping of the regions."""
    groups = [f"g{n:02d}" for n in range(16)]
    parents = ["gA"] * 3 + ["gB"] * 5 + ["gC"] * 8
    tree = pd.DataFrame({"child": groups, "parent": parents})
    name = "9,140 cells, two groupings" if districts else "9,140 cells"
    return _table(name, seed, groups, _Skew(125.0, 1.5), tree, districts)


def small(seed: int = 1) -> PlainTable:
    """2,285 cells: 457 regions by four groups and their sum."""
    groups = [f"g{n}" for n in range(4)]
    return _table("2,285 cells", seed, groups, _Skew(68.0, 1.0))


def _table(
    name: str,
    seed: int,
    groups: Sequence[str],
    skew: _Skew,
    tree: pd.DataFrame | None = None,
    districts: bool = False,
) -> PlainTable:
    rng = np.random.default_rng(seed)
    regions = [f"r{n:03d}" for n in range(LEAVES)]
    size = rng.lognormal(0.0, 0.5, LEAVES)
    mix = rng.lognormal(0.0, skew.uneven, (LEAVES, len(groups)))
    expected = skew.mean / len(groups) * size[:, None] * mix
    counts = pd.DataFrame(
        {
            "region": np.repeat(regions, len(groups)),
            "group": np.tile(groups, LEAVES),
            "count": rng.poisson(expected).ravel(),
        }
    )
    nested = (_region_tree(),)
    across = (_district_tree(rng),) if districts else ()
    by_group = () if tree is None else (tree,)
    return PlainTable(name, counts, {"region": nested + across, "group": by_group})


def _region_tree() -> pd.DataFrame:
    """Areas in 44, those in 12."""
    lower = [(f"r{n:03d}", f"m{n * MIDDLES // LEAVES:02d}") for n in range(LEAVES)]
    upper = [(f"m{n:02d}", f"b{n * ROOTS // MIDDLES:02d}") for n in range(MIDDLES)]
    return pd.DataFrame([*lower, *upper], columns=["child", "parent"])


def _district_tree(rng: np.random.Generator) -> pd.DataFrame:
    """Areas in ten districts of neighbours, whose borders run through the 12 and the 44."""
    start = np.arange(LEAVES) * DISTRICTS // LEAVES
    which = (start + rng.integers(0, 2, LEAVES)) % DISTRICTS
    rows = [(f"r{n:03d}", f"j{d:02d}") for n, d in enumerate(which)]
    return pd.DataFrame(rows, columns=["child", "parent"])


def write(table: PlainTable, folder: Path) -> Files:
    """Write a table as plain CSV: ``counts.csv`` and one file per hierarchy."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = folder / "counts.csv"
    table.counts.to_csv(counts, index=False)
    written = []
    for dim, frames in table.hierarchies.items():
        for number, frame in enumerate(frames, start=1):
            path = folder / f"{dim}_{number}.csv"
            frame.to_csv(path, index=False)
            written.append((dim, path))
    return Files(counts, tuple(written))


def links(table: PlainTable, dim: str) -> tuple[pd.DataFrame, ...]:
    """The hierarchies of a dimension with their roots led to `TOTAL`; one at least."""
    frames = table.hierarchies[dim]
    codes = pd.Series(table.counts[dim].unique())
    if not frames:
        return (pd.DataFrame({"child": codes, "parent": TOTAL}),)
    return tuple(_to_total(frame) for frame in frames)


def _to_total(frame: pd.DataFrame) -> pd.DataFrame:
    roots = frame.loc[~frame["parent"].isin(frame["child"]), "parent"].drop_duplicates()
    top = pd.DataFrame({"child": roots, "parent": TOTAL})
    return pd.concat([frame, top], ignore_index=True)


def full_counts(table: PlainTable) -> pd.DataFrame:
    """Every cell of every level, ``region``, ``group``, ``count``, summed up."""
    grid = table.counts.pivot(index="region", columns="group", values="count")
    for dim in DIMS:
        for frame in links(table, dim):
            grid = _with_sums(grid, frame)
        grid = grid.T
    long = grid.rename_axis(index="region", columns="group").stack()
    return long.rename("count").astype("int64").reset_index()


def _with_sums(grid: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Add one row per parent, from below; a parent that is there already stays."""
    while True:
        known = frame["child"].isin(grid.index)
        ready = known.groupby(frame["parent"]).all()
        new = [p for p in ready.index[ready] if p not in grid.index]
        if not new:
            return grid
        chosen = frame[frame["parent"].isin(new)]
        sums = grid.loc[chosen["child"]].groupby(chosen["parent"].to_numpy()).sum()
        grid = pd.concat([grid, sums])
