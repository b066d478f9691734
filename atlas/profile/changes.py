"""What has moved: counts of the city, and areas that rose or fell beyond chance."""

from dataclasses import dataclass

import pandas as pd

from atlas.edition import Edition
from atlas.profile.figures import Trend, direction, trend_of, words
from atlas.profile.select import latest, names_of, rows_here
from atlas.profile.sheets import (
    AreaRef,
    Sheet,
    finest_level,
    key_indicators,
    level_name,
    listed,
    sheet,
)
from indicators.status import VISIBLE


@dataclass(frozen=True)
class AreaChanges:
    """How many areas of a level rose, fell or stayed between two dates, in one indicator."""

    sheet: Sheet
    level: str
    level_plural: str
    period_from: str
    period_to: str
    rising: tuple[AreaRef, ...]
    falling: tuple[AreaRef, ...]
    unchanged: int
    unknown: int


@dataclass(frozen=True)
class CountChange:
    """How a count of the city has moved since the date before."""

    period_from: str
    change: float


def count_change(edition: Edition, city: AreaRef, indicator: str) -> CountChange | None:
    """The difference of the last two values of a count of the city, if both are shown."""
    rows = rows_here(edition, "values", indicator, city.level).sort_values("period").tail(2)
    if len(rows) < 2 or not rows["status"].isin(VISIBLE).all():
        return None
    first, last = rows["value"]
    return CountChange(words(rows["period"].iloc[0]), float(last - first))


def area_changes(edition: Edition, language: str = "de") -> tuple[AreaChanges, ...]:
    """For the main indicators, in how many of the finest areas they moved beyond chance.

    From the date before, and from the earliest comparable one; only where something moved.
    """
    level = finest_level(edition)
    names = names_of(edition, level)
    found: list[AreaChanges] = []
    for key in key_indicators(edition):
        rows = latest(rows_here(edition, "trends", key, level), "period_to")
        kinds = [
            _change_counts(edition, key, level, part, names, language) for part in _spans(rows)
        ]
        found += [c for c in kinds if c.rising or c.falling]
    return tuple(found)


def _spans(rows: pd.DataFrame) -> list[dict[str, Trend]]:
    """Changes by area: from the date before, and from the earliest comparable one."""
    starts = sorted(set(listed(rows.loc[rows["change"].notna(), "period_from"])))
    return [
        {
            words(r["area"]): trend_of(r)
            for r in rows[rows["period_from"] == start].to_dict("records")
        }
        for start in dict.fromkeys([*starts[-1:], *starts[:1]])
    ]


def _change_counts(
    edition: Edition,
    indicator: str,
    level: str,
    trends: dict[str, Trend],
    names: dict[str, AreaRef],
    language: str,
) -> AreaChanges:
    kinds = {area: direction(t) for area, t in trends.items()}
    some = next(iter(trends.values()))

    def named(kind: str) -> tuple[AreaRef, ...]:
        return tuple(names[a] for a, k in sorted(kinds.items()) if k == kind and a in names)

    return AreaChanges(
        sheet=sheet(edition, indicator, some.period_to, language),
        level=level,
        level_plural=level_name(edition, level, plural=True),
        period_from=some.period_from,
        period_to=some.period_to,
        rising=named("rising"),
        falling=named("falling"),
        unchanged=sum(k == "unchanged" for k in kinds.values()),
        unknown=sum(k in ("unknown", "none") for k in kinds.values()),
    )
