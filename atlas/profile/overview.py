"""What the first page says of the whole city, as data."""

from dataclasses import dataclass

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
    level_name,
    listed,
    sheet,
)
from geodata.errors import EditionError
from indicators.hotspot_words import CLASSES, GI_STAR, NO_STATEMENT
from indicators.status import Status

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
    """How many areas of a level rose, fell or stayed, in one indicator."""

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
class Cluster:
    """The areas that one test names for one indicator."""

    sheet: Sheet
    period: str
    level: str
    areas: tuple[AreaRef, ...]
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
    figures: tuple[Figure, ...]
    changed: tuple[Figure, ...]
    area_changes: tuple[AreaChanges, ...]
    clusters: tuple[Cluster, ...]
    highest: tuple[Highest, ...]
    negative: tuple[Negative, ...]
    hidden: tuple[HiddenCells, ...]


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
        figures=found,
        changed=tuple(f for f in found if f.trend and direction(f.trend) in ("rising", "falling")),
        area_changes=_area_changes(edition, language),
        clusters=_clusters(edition, language),
        highest=_highest(edition, language),
        negative=_negative(edition, language),
        hidden=hidden_cells(edition),
    )


def key_indicators(edition: Edition) -> tuple[str, ...]:
    """The indicators that the first page speaks of: the default one and the tested ones."""
    tested = dict.fromkeys(listed(edition.table("hotspots")["indicator"]))
    first = [edition.manifest.default_indicator] if edition.manifest.default_indicator else []
    return tuple(dict.fromkeys([*first, *tested]))[:3]


def _key_figures(edition: Edition, found: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Residents, the indicators of the first page, then what comes first."""
    order = ["n_residents", *key_indicators(edition)]
    first = [f for key in order for f in found if f.sheet.key == key]
    rest = [f for f in found if f not in first]
    return tuple([*first, *rest][:KEY_FIGURES])


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
        rows = _latest(rows, "period_from")
        trends = {words(r["area"]): trend_of(r) for r in rows.to_dict("records")}
        if trends:
            found.append(_change_counts(edition, key, level, trends, names, language))
    return tuple(found)


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
    for (indicator, level), part in table.groupby(["indicator", "level"], sort=False):
        rows = _latest(part).sort_values("statistic", ascending=False, kind="stable")
        names = _names(edition, str(level))
        untested = rows[rows["class"] == NO_STATEMENT]
        period = words(rows["period"].iloc[0])
        found.append(
            Cluster(
                sheet=sheet(edition, str(indicator), period, language),
                period=period,
                level=str(level),
                areas=tuple(names[a] for a in listed(rows.loc[rows["class"] == HIGH, "area"])),
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
        kept = tuple(p for p in pairs if p.figure.against in ("above", "unknown"))
        if kept:
            found.append(Highest(kept[0].figure.sheet, kept[0].figure.period, kept))
    return tuple(found)


def _one(edition: Edition, ref: AreaRef, indicator: str, language: str) -> Figure | None:
    hits = [f for f in figures(edition, ref, language=language) if f.sheet.key == indicator]
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
        entry = entries.get(info.key)
        found.append(
            Negative(
                key=info.key,
                name=entry.name_en if entry and language == "en" else info.name,
                kind=info.classes[-1],
                period=words(rows["period"].max()) if len(rows) else "",
                areas=tuple(names[a] for a in listed(worst["area"]) if a in names),
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
