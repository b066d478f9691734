"""Cells of a table as counts and delivered values."""

from collections.abc import Mapping

import pandas as pd

from indicators.status import Status

COUNT_KEYS = ["area", "level", "vintage", "period", "measure", "group"]
_INEXACT = (Status.ROUNDED, Status.ESTIMATED)
"""Counts that are about right: sums over them are estimates."""
VALUE_KEYS = ["area", "level", "vintage", "period", "indicator"]


def summed_counts(cells: pd.DataFrame) -> pd.DataFrame:
    """Sum columns with the same target; a part without a number leaves the sum without one."""
    split = [str(target).partition("/") for target in cells["target"]]
    cells = cells.assign(
        measure=[m for m, _, _ in split], group=[g or "total" for _, _, g in split]
    )
    if cells.empty:
        return _typed(
            cells.assign(count=pd.Series(dtype="Int64")), [*COUNT_KEYS, "count", "status"]
        )
    grouped = cells.groupby(COUNT_KEYS, sort=True)
    parts = grouped.agg(
        count=("number", "sum"),
        known=("number", "count"),
        size=("number", "size"),
        suppressed=("status", lambda s: (s == Status.SUPPRESSED).any()),
        inexact=("status", lambda s: s.isin(_INEXACT).any()),
    ).reset_index()
    whole = parts["known"] == parts["size"]
    parts["status"] = Status.PUBLISHED
    parts.loc[whole & (parts["count"] == 0), "status"] = Status.ZERO
    parts.loc[whole & parts["inexact"], "status"] = Status.ESTIMATED
    parts.loc[~whole, "status"] = Status.MISSING
    parts.loc[~whole & parts["suppressed"], "status"] = Status.SUPPRESSED
    parts["count"] = parts["count"].where(whole).round().astype("Int64")
    return _typed(parts, [*COUNT_KEYS, "count", "status"])


def value_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Delivered values with their keys."""
    renamed = cells.rename(columns={"target": "indicator", "number": "value"})
    return _typed(renamed, [*VALUE_KEYS, "value", "status"])


def _typed(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    types: Mapping[str, str] = {"count": "Int64", "value": "float64"}
    return frame[columns].astype({c: types.get(c, "str") for c in columns}).reset_index(drop=True)
