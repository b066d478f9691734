"""How the people that an indicator counts are spread over the areas of a level, as data."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from atlas.concentration_words import (
    base_name,
    change_sentence,
    concentration_findings,
    people_name,
    statistics,
)
from atlas.edition import Edition
from atlas.profile.select import names_at
from atlas.profile.sheets import AreaRef, catalogue_of, level_name, listed
from atlas.state import View, spread_cell
from atlas.wording import as_language, number, percent, text
from indicators.concentration import concentration_changes, location_quotients
from indicators.concentration.blocks import RESIDENTS
from indicators.concentration.table import TENTHS
from indicators.entries import Language

_TOP = 10
_PLACE = ["level", "vintage", "period"]


@dataclass(frozen=True)
class CurvePoint:
    """A point of the Lorenz curve, as fractions.

    Where counts are hidden, ``low`` and ``high`` are its limits and ``value`` their middle.
    """

    population: float
    value: float
    low: float
    high: float

    def shown(self, language: str = "de") -> str:
        """The share of the people counted in words; a range where counts are hidden."""
        low, high = (percent(100 * end, 1, language) for end in (self.low, self.high))
        return low if low == high else f"{low} – {high}"


@dataclass(frozen=True)
class Spread:
    """What the page says of one group at one level and reporting date.

    Parameters
    ----------
    people
        The people counted, a plural noun.
    base
        The population they are part of.
    sentences
        What the figures say.
    curve
        From (0, 0) to (1, 1).
    changes
        Findings against earlier dates, the latest comparison first.
    highest
        Areas and by how many times the people are as frequent there as everywhere, in words.
    levels
        Rows for a table: the dissimilarity on every level, with what chance would give.
    """

    people: str
    base: str
    sentences: tuple[str, ...]
    curve: tuple[CurvePoint, ...]
    changes: tuple[str, ...]
    highest: tuple[tuple[AreaRef, str], ...]
    levels: pd.DataFrame


def spread(edition: Edition, view: View) -> Spread | None:
    """The spread of a view's people; None where the edition has no counts of them."""
    measure, group = spread_cell(edition, view.indicator)
    table = edition.table("concentration")
    own = table[(table["measure"] == measure) & (table["group"] == group)]
    here = own[(own[_PLACE] == [view.level, view.vintage, view.period]).all(axis=1)]
    if here.empty:
        return None
    language = as_language(view.language)
    plural = level_name(edition, view.level, plural=True)
    return Spread(
        people=people_name(measure, group, view.period, language),
        base=base_name(str(here["reference"].iloc[0]), language),
        sentences=concentration_findings(here, plural, language),
        curve=_curve(here),
        changes=_changes(edition, view, (measure, group), language),
        highest=_highest(edition, view, (measure, group), language),
        levels=_levels(edition, own, view, language),
    )


def _curve(rows: pd.DataFrame) -> tuple[CurvePoint, ...]:
    found = statistics(rows)
    points = [CurvePoint(0.0, 0.0, 0.0, 0.0)]
    for tenth in TENTHS:
        point = found[f"lorenz_{tenth}"]
        if point.known:
            middle = point.value if point.visible else (point.low + point.high) / 2
            points.append(CurvePoint(tenth / 100, middle, point.low, point.high))
    return (*points, CurvePoint(1.0, 1.0, 1.0, 1.0)) if len(points) > 1 else ()


@lru_cache(maxsize=32)
def _counts_of(edition: Edition, measure: str, vintage: str, level: str) -> pd.DataFrame:
    """The counts of some people and of all residents on one map, over all dates."""
    counts = edition.table("counts")
    chosen = (counts["vintage"] == vintage) & (counts["level"] == level)
    return counts[chosen & counts["measure"].isin((measure, RESIDENTS))]


def _changes(
    edition: Edition, view: View, cell: tuple[str, str], language: Language
) -> tuple[str, ...]:
    counts = _counts_of(edition, cell[0], view.vintage, view.level)
    up_to = counts[counts["period"] <= view.period]
    found = concentration_changes(up_to, catalogue_of(edition))
    own = found[(found["group"] == cell[1]) & (found["period_to"] == view.period)]
    rows = own.sort_values("period_from", ascending=False).to_dict("records")
    return tuple(change_sentence({str(k): v for k, v in row.items()}, language) for row in rows)


def _highest(
    edition: Edition, view: View, cell: tuple[str, str], language: Language
) -> tuple[tuple[AreaRef, str], ...]:
    counts = _counts_of(edition, cell[0], view.vintage, view.level)
    found = location_quotients(counts[counts["period"] == view.period], catalogue_of(edition))
    own = found[(found["group"] == cell[1]) & (found["bound_low"] > 1)]
    top = own.sort_values(["bound_low", "area"], ascending=[False, True]).head(_TOP)
    names = names_at(edition, view.vintage, view.level)
    return tuple(
        (names[area], _times(low, high, language))
        for area, low, high in zip(
            listed(top["area"]), top["bound_low"], top["bound_high"], strict=True
        )
    )


def _times(low: float, high: float, language: Language) -> str:
    """By how many times something is as frequent; a range where counts are hidden."""
    ends = [number(end, 1, language) for end in (low, high)]
    if ends[0] == ends[1]:
        return text("verteilung.times", language, value=ends[0])
    return text("verteilung.times_range", language, low=ends[0], high=ends[1])


def _levels(edition: Edition, own: pd.DataFrame, view: View, language: Language) -> pd.DataFrame:
    """The dissimilarity of the view's date on every level that has it."""
    rows = []
    for level in edition.manifest.levels:
        here = own[(own[_PLACE] == [level.key, view.vintage, view.period]).all(axis=1)]
        if here.empty:
            continue
        found = statistics(here)
        d, chance = found["dissimilarity"], found["dissimilarity_random"]
        if not d.known:
            continue
        rows.append(
            {
                text("common.level", language): level.plural,
                text("verteilung.column_areas", language): number(
                    found["areas"].value, 0, language
                ),
                text("verteilung.column_d", language): d.shown(language),
                text("verteilung.column_random", language): (
                    "–" if np.isnan(chance.value) else percent(100 * chance.value, 1, language)
                ),
            }
        )
    return pd.DataFrame(rows)


def curve_table(found: Spread, language: str = "de") -> pd.DataFrame:
    """The curve as rows: of so many of all people, so many of those counted."""
    people, counted = (
        text(f"verteilung.column_{name}", language) for name in ("people", "counted")
    )
    return pd.DataFrame(
        [
            {people: percent(100 * point.population, 0, language), counted: point.shown(language)}
            for point in found.curve[1:-1]
        ]
    )
