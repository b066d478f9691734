"""What the first page says of the whole city, as data."""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from atlas.edition import Edition
from atlas.profile.figures import Figure, Trend, direction, figures, trend_of, words
from atlas.profile.sheets import (
    AreaRef,
    Sheet,
    areas_of,
    catalogue_of,
    city_ref,
    current_vintage,
    finest_level,
    key_indicators,
    level_name,
    listed,
    main_levels,
    members,
    sheet,
)
from geodata.errors import EditionError
from indicators.hotspot_words import CLASSES, GI_STAR, NO_STATEMENT
from indicators.status import VISIBLE, Status

HIGH = CLASSES[GI_STAR][0]
TOP = 5
"""So many areas are named in a list of places."""
KEY_FIGURES = 4
"""So many figures of the city are shown large."""


@dataclass(frozen=True)
class AreaFigure:
    """One area with the figure it is named for."""

    ref: AreaRef
    figure: Figure


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
class Middle:
    """For an indicator that is not made for the city: the middle of the areas of a level."""

    sheet: Sheet
    level_plural: str
    period: str
    middle: float


@dataclass(frozen=True)
class CountChange:
    """How a count of the city has moved since the date before."""

    period_from: str
    change: float


@dataclass(frozen=True)
class Cluster:
    """The areas that one test names for one indicator; ``regions`` counts them by district."""

    sheet: Sheet
    period: str
    level: str
    vintage: str
    areas: tuple[AreaRef, ...]
    regions: tuple[tuple[str, int], ...]
    tested: int
    unnamed: tuple[AreaRef, ...]


@dataclass(frozen=True)
class Highest:
    """The areas with the highest values whose range lies above the city's value."""

    sheet: Sheet
    period: str
    areas: tuple[AreaFigure, ...]


@dataclass(frozen=True)
class Negative:
    """The areas of the worst class in an index of change."""

    key: str
    name: str
    kind: str
    period: str
    areas: tuple[AreaRef, ...]
    regions: tuple[tuple[str, int], ...]
    valid: int


@dataclass(frozen=True)
class HiddenCells:
    """How many counts of a level are hidden, over all reporting dates."""

    level: str
    level_plural: str
    cells: int
    hidden: int


@dataclass(frozen=True)
class Overview:
    """Everything the first page shows."""

    city: AreaRef
    period: str
    key_figures: tuple[Figure, ...]
    middles: tuple[Middle, ...]
    residents_change: CountChange | None
    figures: tuple[Figure, ...]
    changed: tuple[Figure, ...]
    area_changes: tuple[AreaChanges, ...]
    clusters: tuple[Cluster, ...]
    highest: tuple[Highest, ...]
    negative: tuple[Negative, ...]
    hidden: tuple[HiddenCells, ...]


@lru_cache(maxsize=8)
def overview(edition: Edition, *, language: str = "de") -> Overview:
    """Put together what matters for the whole city at the reporting date.

    Parameters
    ----------
    edition
        The opened edition.
    language
        ``de`` or ``en``.

    Raises
    ------
    EditionError
        The edition has no area for the whole city.
    """
    city = city_ref(edition, current_vintage(edition))
    if city is None:
        raise EditionError("Die Ausgabe hat kein Gebiet für die ganze Stadt.")
    found = figures(edition, city, language=language)
    return Overview(
        city=city,
        period=edition.manifest.reporting_date,
        key_figures=_key_figures(edition, found),
        middles=_middles(edition, found, language),
        residents_change=_count_change(edition, city, "n_residents"),
        figures=found,
        changed=tuple(f for f in found if f.trend and direction(f.trend) in ("rising", "falling")),
        area_changes=_area_changes(edition, language),
        clusters=_clusters(edition, language),
        highest=_highest(edition, language),
        negative=_negative(edition, language),
        hidden=hidden_cells(edition),
    )


def _key_figures(edition: Edition, found: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Residents, the indicators of the first page, then what comes first."""
    order = ["n_residents", *key_indicators(edition)]
    first = [f for key in order for f in found if f.sheet.key == key]
    rest = [f for f in found if f not in first]
    return tuple([*first, *rest][:KEY_FIGURES])


def _middles(edition: Edition, found: tuple[Figure, ...], language: str) -> tuple[Middle, ...]:
    """The middle of the finest areas for those main indicators that the city lacks."""
    level, there = finest_level(edition), {f.sheet.key for f in found}
    middles: list[Middle] = []
    for key in key_indicators(edition):
        rows = _latest(_here(edition, "values", key, level))
        shown = rows.loc[rows["status"].isin(VISIBLE), "value"].dropna()
        if key not in there and len(shown):
            period = words(rows["period"].iloc[0])
            plural = level_name(edition, level, plural=True)
            about = sheet(edition, key, period, language)
            middles.append(Middle(about, plural, period, float(shown.median())))
    return tuple(middles)


def _count_change(edition: Edition, city: AreaRef, indicator: str) -> CountChange | None:
    """The difference of the last two values of a count of the city, if both are shown."""
    rows = _here(edition, "values", indicator, city.level).sort_values("period").tail(2)
    if len(rows) < 2 or not rows["status"].isin(VISIBLE).all():
        return None
    first, last = rows["value"]
    return CountChange(words(rows["period"].iloc[0]), float(last - first))


def _regions(edition: Edition, areas: tuple[AreaRef, ...]) -> tuple[tuple[str, int], ...]:
    """How many areas lie in each area of the level below the city, most first."""
    levels = main_levels(edition)
    if len(levels) < 3:
        return ()
    wanted = {a.area for a in areas}
    found = []
    for region in areas_of(edition, current_vintage(edition), levels[-2].key):
        inside = wanted.intersection(members(edition, region, areas[0].level)) if areas else ()
        if inside:
            found.append((region.name, len(inside)))
    return tuple(sorted(found, key=lambda r: (-r[1], r[0])))


def _latest(table: pd.DataFrame, column: str = "period") -> pd.DataFrame:
    return table[table[column] == table[column].max()] if len(table) else table


def _here(edition: Edition, table: str, indicator: str, level: str) -> pd.DataFrame:
    """The rows of one indicator on one level under today's boundaries, all persons."""
    rows = edition.table(table)
    mask = (rows["level"] == level) & (rows["vintage"] == current_vintage(edition))
    return rows[mask & (rows["indicator"] == indicator) & (rows["group"] == "total")]


def _names(edition: Edition, level: str) -> dict[str, AreaRef]:
    return {r.area: r for r in areas_of(edition, current_vintage(edition), level)}


def _area_changes(edition: Edition, language: str) -> tuple[AreaChanges, ...]:
    level = finest_level(edition)
    names = _names(edition, level)
    found: list[AreaChanges] = []
    for key in key_indicators(edition):
        rows = _latest(_here(edition, "trends", key, level), "period_to")
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


def _clusters(edition: Edition, language: str) -> tuple[Cluster, ...]:
    """The areas in a cluster of high values, by the test of Getis and Ord."""
    table = edition.table("hotspots")
    table = table[(table["method"] == GI_STAR) & (table["vintage"] == current_vintage(edition))]
    found: list[Cluster] = []
    order = {key: n for n, key in enumerate(key_indicators(edition))}
    parts = sorted(
        table.groupby(["indicator", "level"], sort=False),
        key=lambda part: order.get(str(part[0][0]), len(order)),
    )
    for (indicator, level), part in parts:
        rows = _latest(part).sort_values("statistic", ascending=False, kind="stable")
        names = _names(edition, str(level))
        untested = rows[rows["class"] == NO_STATEMENT]
        period = words(rows["period"].iloc[0])
        hot = tuple(names[a] for a in listed(rows.loc[rows["class"] == HIGH, "area"]))
        found.append(
            Cluster(
                sheet=sheet(edition, str(indicator), period, language),
                period=period,
                level=str(level),
                vintage=current_vintage(edition),
                areas=hot,
                regions=_regions(edition, hot),
                tested=len(rows) - len(untested),
                unnamed=tuple(names[a] for a in listed(untested["area"])),
            )
        )
    return tuple(found)


def _highest(edition: Edition, language: str) -> tuple[Highest, ...]:
    level = finest_level(edition)
    names = _names(edition, level)
    found: list[Highest] = []
    for key in key_indicators(edition):
        rows = _latest(_here(edition, "values", key, level))
        shown = rows[rows["value"].notna()].sort_values(
            ["value", "area"], ascending=[False, True], kind="stable"
        )
        top = [names[a] for a in listed(shown["area"].head(TOP)) if a in names]
        pairs = [AreaFigure(ref, f) for ref in top if (f := _one(edition, ref, key, language))]
        # Without a range nothing can be said about chance; the order is still a fact.
        kept = tuple(p for p in pairs if p.figure.against in ("above", "unknown", "none"))
        if kept:
            found.append(Highest(kept[0].figure.sheet, kept[0].figure.period, kept))
    return tuple(found)


def _one(edition: Edition, ref: AreaRef, indicator: str, language: str) -> Figure | None:
    hits = figures(edition, ref, only=indicator, language=language)
    return hits[0] if hits else None


def _negative(edition: Edition, language: str) -> tuple[Negative, ...]:
    """Areas whose index of change is in its worst class, the last of its classes."""
    table = edition.table("index")
    entries = catalogue_of(edition).indices
    found: list[Negative] = []
    for info in edition.manifest.indices:
        if not info.classes or info.classes[-1] != "negativ":
            continue
        rows = _latest(table[table["index"] == info.key])
        names = {
            r.area: r
            for level in dict.fromkeys(listed(rows["level"]))
            for r in areas_of(edition, current_vintage(edition), level)
        }
        worst = rows[rows["class"] == info.classes[-1]]
        areas = tuple(names[a] for a in listed(worst["area"]) if a in names)
        entry = entries.get(info.key)
        found.append(
            Negative(
                key=info.key,
                name=entry.name_en if entry and language == "en" else info.name,
                kind=info.classes[-1],
                period=words(rows["period"].max()) if len(rows) else "",
                areas=areas,
                regions=_regions(edition, areas),
                valid=int((rows["status"] != Status.NOT_APPLICABLE).sum()),
            )
        )
    return tuple(found)


def hidden_cells(edition: Edition) -> tuple[HiddenCells, ...]:
    """Hidden counts over all dates, level by level."""
    table = edition.table("counts")
    found: list[HiddenCells] = []
    for level in edition.manifest.levels:
        status = table.loc[table["level"] == level.key, "status"]
        if len(status):
            hidden = int((status == Status.SUPPRESSED).sum())
            found.append(HiddenCells(level.key, level.plural, len(status), hidden))
    return tuple(found)
