"""Where in the city: highest values, spatial clusters, negative development."""

from dataclasses import dataclass

from atlas.edition import Edition
from atlas.profile.figures import Figure, figures, words
from atlas.profile.select import latest, names_of, rows_here
from atlas.profile.sheets import (
    AreaRef,
    Sheet,
    areas_of,
    catalogue_of,
    current_vintage,
    finest_level,
    key_indicators,
    listed,
    main_levels,
    members,
    sheet,
)
from indicators.hotspot_words import CLASSES, GI_STAR, NO_STATEMENT
from indicators.robustness_words import FAIR
from indicators.status import VISIBLE, Status

HIGH = CLASSES[GI_STAR][0]
TOP = 5
"""So many areas are named in a list of places."""


@dataclass(frozen=True)
class Regions:
    """How many of some areas lie in each area of the level below the city, most first."""

    level_plural: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class AreaFigure:
    """One area with the figure it is named for."""

    ref: AreaRef
    figure: Figure


@dataclass(frozen=True)
class Cluster:
    """The areas that one test names for one indicator; ``regions`` counts them by district."""

    sheet: Sheet
    period: str
    level: str
    vintage: str
    areas: tuple[AreaRef, ...]
    regions: Regions
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
    regions: Regions
    valid: int
    uncertain: int


def clusters(edition: Edition, language: str = "de") -> tuple[Cluster, ...]:
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
        rows = latest(part).sort_values("statistic", ascending=False, kind="stable")
        names = names_of(edition, str(level))
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


def highest(edition: Edition, language: str = "de") -> tuple[Highest, ...]:
    """The areas with the highest values of the main indicators, none of them by mere chance."""
    level = finest_level(edition)
    names = names_of(edition, level)
    found: list[Highest] = []
    for key in key_indicators(edition):
        rows = latest(rows_here(edition, "values", key, level))
        shown = rows[rows["status"].isin(VISIBLE)].sort_values(
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


def negative(edition: Edition, language: str = "de") -> tuple[Negative, ...]:
    """Areas whose index of change is in its worst class, the last of its classes."""
    table = edition.table("index")
    entries = catalogue_of(edition).indices
    found: list[Negative] = []
    for info in edition.manifest.indices:
        if not info.classes or info.classes[-1] != "negativ":
            continue
        rows = latest(table[table["index"] == info.key])
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
                uncertain=int((worst["robustness"] < FAIR).sum()),
            )
        )
    return tuple(found)


def _regions(edition: Edition, areas: tuple[AreaRef, ...]) -> Regions:
    levels = main_levels(edition)
    if len(levels) < 3 or not areas:
        return Regions("", ())
    wanted = {a.area for a in areas}
    found = []
    for region in areas_of(edition, current_vintage(edition), levels[-2].key):
        inside = wanted.intersection(members(edition, region, areas[0].level))
        if inside:
            found.append((region.name, len(inside)))
    return Regions(levels[-2].plural, tuple(sorted(found, key=lambda r: (-r[1], r[0]))))
