"""What the edition says of long developments: series, and areas that develop for the worse."""

import re
from dataclasses import dataclass

import pandas as pd

from atlas.edition import Edition
from atlas.profile.select import names_at
from atlas.profile.sheets import AreaRef, listed
from indicators.negative import AGAINST_CITY, NOT_JUDGED, OVER_TIME

_TEST = re.compile(r" \(((?:Mann-Kendall|gewichtete Gerade)[^)]*)\)")
"""Where a sentence names its test, for those who want to know."""


@dataclass(frozen=True)
class Development:
    """An area on the list of negative developments, with its reasons as sentences."""

    ref: AreaRef
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class DevelopmentList:
    """The areas of one level that develop for the worse, and how many were looked at.

    Areas whose class in an index of change is the worst are not among them: they have a list
    of their own.
    """

    level: str
    listed: tuple[Development, ...]
    not_judged: int


def negative_developments(edition: Edition, vintage: str, level: str) -> DevelopmentList:
    """The areas of a level on the list of negative developments, by name."""
    rows = _here(edition.table("negative"), vintage, level)
    names = names_at(edition, vintage, level)
    own = rows[rows["kind"].isin((OVER_TIME, AGAINST_CITY))]
    found = [
        Development(names[area], tuple(listed(own.loc[own["area"] == area, "reason"])))
        for area in dict.fromkeys(listed(own["area"]))
        if area in names
    ]
    unjudged = int((rows["kind"] == NOT_JUDGED).sum())
    return DevelopmentList(level, tuple(sorted(found, key=lambda d: d.ref.name)), unjudged)


def development_reasons(edition: Edition, ref: AreaRef) -> tuple[str, ...]:
    """Why an area is on the list of negative developments; empty where it is not."""
    rows = _here(edition.table("negative"), ref.vintage, ref.level)
    own = rows[(rows["area"] == ref.area) & (rows["kind"] != NOT_JUDGED)]
    return tuple(listed(own["reason"]))


def series_sentence(edition: Edition, ref: AreaRef, indicator: str) -> tuple[str, str]:
    """What is said of an indicator over all dates in an area, and by which test.

    Both are empty where nothing is said.
    """
    rows = _here(edition.table("series"), ref.vintage, ref.level)
    mask = (rows["area"] == ref.area) & (rows["indicator"] == indicator)
    found = listed(rows.loc[mask & (rows["group"] == "total"), "reason"])
    reason = found[0] if found else ""
    test = _TEST.search(reason)
    return _TEST.sub("", reason), test.group(1) if test else ""


def _here(table: pd.DataFrame, vintage: str, level: str) -> pd.DataFrame:
    return table[(table["vintage"] == vintage) & (table["level"] == level)]
