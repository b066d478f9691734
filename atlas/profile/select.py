"""Rows that several parts of the first page start from."""

import pandas as pd

from atlas.edition import Edition
from atlas.profile.sheets import AreaRef, areas_of, current_vintage


def latest(table: pd.DataFrame, column: str = "period") -> pd.DataFrame:
    """The rows of the last date in a column."""
    return table[table[column] == table[column].max()] if len(table) else table


def rows_here(edition: Edition, table: str, indicator: str, level: str) -> pd.DataFrame:
    """The rows of one indicator on one level under today's boundaries, all persons."""
    rows = edition.table(table)
    mask = (rows["level"] == level) & (rows["vintage"] == current_vintage(edition))
    return rows[mask & (rows["indicator"] == indicator) & (rows["group"] == "total")]


def names_of(edition: Edition, level: str) -> dict[str, AreaRef]:
    """The areas of a level under today's boundaries, by key."""
    return names_at(edition, current_vintage(edition), level)


def names_at(edition: Edition, vintage: str, level: str) -> dict[str, AreaRef]:
    """The areas of a level under some boundaries, by key."""
    return {r.area: r for r in areas_of(edition, vintage, level)}
