"""Counts of the finest level to every level above, along every hierarchy."""

import pandas as pd

from indicators.status import Status
from indicators.tables import COUNT_KEYS

_CELL = ["vintage", "period", "measure", "group"]


def complete(cells: pd.DataFrame, areas: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """Give every area of a level a row in every delivered series.

    An area that the publisher left out is ``missing``; one where nobody lives is
    ``not_applicable``.

    Parameters
    ----------
    cells
        Delivered cells with `keys` (area, level, vintage, period …), `value` and ``status``.
    areas
        Table ``areas`` of an edition.
    keys, value
        Names of the key columns and of the column with the number.
    """
    series = cells[[k for k in keys if k != "area"]].drop_duplicates()
    every = series.merge(areas[["vintage", "level", "area", "inhabited"]], on=["vintage", "level"])
    absent = ~pd.MultiIndex.from_frame(every[keys]).isin(pd.MultiIndex.from_frame(cells[keys]))
    fresh = every[absent]
    status = fresh["inhabited"].map(
        {True: Status.MISSING.value, False: Status.NOT_APPLICABLE.value}
    )
    number = pd.Series(pd.NA, index=fresh.index).astype(cells[value].dtype)
    fresh = fresh[keys].assign(**{value: number, "status": status.astype("str")})
    return pd.concat([cells, fresh], ignore_index=True) if len(fresh) else cells


def lift_counts(counts: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Add the sums of all coarser levels.

    A sum over cells of which some have no number is no sum: it is ``suppressed`` if the
    publisher kept one of them secret. Where cells are only missing, the sum of the known ones
    is given as ``estimated``, since leaving out a whole city for one area helps nobody.

    Parameters
    ----------
    counts
        Counts on any level with ``count`` and ``status`` (see `tables.Reading`). Cells that
        are delivered on a coarser level stay as delivered.
    links
        Table ``hierarchies`` of an edition.

    Returns
    -------
    DataFrame
        All counts, with `COUNT_KEYS`, ``count``, ``status``, ``method``.
    """
    table = counts.assign(method="delivered")
    steps = links[["hierarchy", "child_level", "parent_level"]].drop_duplicates()
    for step in steps.itertuples():
        have = table[table["level"] == step.child_level]
        link = links[
            (links["hierarchy"] == step.hierarchy)
            & (links["child_level"] == step.child_level)
            & (links["parent_level"] == step.parent_level)
        ]
        sums = _sum_step(have, link[["vintage", "child", "parent"]], str(step.parent_level))
        known = pd.MultiIndex.from_frame(table[COUNT_KEYS])
        fresh = ~pd.MultiIndex.from_frame(sums[COUNT_KEYS]).isin(known)
        table = pd.concat([table, sums[fresh]], ignore_index=True)
    return table


def _sum_step(counts: pd.DataFrame, link: pd.DataFrame, level: str) -> pd.DataFrame:
    joined = counts.merge(link, left_on=["vintage", "area"], right_on=["vintage", "child"])
    joined = joined.assign(
        hidden=joined["status"] == Status.SUPPRESSED,
        unsure=joined["status"].isin([Status.MISSING, Status.ESTIMATED]),
    )
    sums = joined.groupby([*_CELL, "parent"], as_index=False).agg(
        count=("count", "sum"),
        known=("count", "count"),
        hidden=("hidden", "any"),
        unsure=("unsure", "any"),
    )
    status = pd.Series(Status.PUBLISHED, index=sums.index, dtype="str")
    status = status.mask(sums["count"] == 0, Status.ZERO)
    status = status.mask(sums["unsure"], Status.ESTIMATED)
    status = status.mask(sums["known"] == 0, Status.MISSING)
    status = status.mask(sums["hidden"], Status.SUPPRESSED)
    shown = status.isin([Status.PUBLISHED, Status.ZERO, Status.ESTIMATED])
    return sums.assign(
        area=sums["parent"],
        level=level,
        status=status,
        method="sum",
        count=sums["count"].where(shown).astype("Int64"),
    )[[*COUNT_KEYS, "count", "status", "method"]]
