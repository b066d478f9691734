"""What a map says, as data: one frozen description made from an edition and a view."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from atlas.classes import (
    Classes,
    cluster_classes,
    graded,
    ordered_words,
)
from atlas.edition import Edition
from atlas.maps.marks import Mark, PlaceMark, Row, mark_of
from atlas.sources import attribution_of
from atlas.state import CLUSTER, INDEX, VALUE, View
from atlas.wording import day, text
from indicators.hotspot_words import GI_STAR
from indicators.status import VISIBLE


@dataclass(frozen=True)
class MapDescription:
    """Everything a map shows.

    Parameters
    ----------
    title, subtitle, explanation
        What is shown, where and when, and one sentence what the figure means.
    level, period
        German name of the level (plural) and the reporting date as printed.
    source, notice
        Source line; the city's notice, such as that its data are invented.
    attribution
        The source without the words around it.
    classes
        Shades and legend.
    marks
        One per outline, in the order of the keys.
    outlines
        The GeoJSON file.
    outlines_key
        Vintage and level of the outlines, as in their address.
    unplaced
        Areas that have a value but no outline.
    vintage
        German name of the state of the boundaries.
    unit, decimals, layer, language
        How values are printed, and what kind they are.
    places
        An optional layer of points.
    selected
        Key of the area that is marked.
    """

    title: str
    subtitle: str
    explanation: str
    level: str
    period: str
    source: str
    attribution: str
    notice: str
    classes: Classes
    marks: tuple[Mark, ...]
    outlines: Path
    outlines_key: tuple[str, str]
    unplaced: tuple[str, ...]
    vintage: str
    unit: str
    decimals: int
    layer: str
    language: str
    places: tuple[PlaceMark, ...] = ()
    selected: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Number of areas by class key."""
        return dict(Counter(m.shade.key for m in self.marks))

    @property
    def alternative(self) -> str:
        """The map in one sentence, for those who do not see it."""
        return text(
            "karte.alt", self.language, indicator=self.title, level=self.level, day=self.period
        )


def describe(edition: Edition, view: View, places: Iterable[PlaceMark] = ()) -> MapDescription:
    """Describe the map of a view.

    Parameters
    ----------
    edition
        The edition shown.
    view
        Its layer says what is drawn; indicator or index, group, level, vintage and period
        say of what.
    places
        Points drawn on top.
    """
    bare = _described(edition, replace(view, area=None, plan=None))
    marked = tuple(places)
    if marked:
        credit = attribution_of(edition, [view.period], places=True)
        source = _source_text(credit, view.period, view.language)
        bare = replace(bare, attribution=credit, source=source)
    return replace(bare, places=marked, selected=view.area)


@lru_cache(maxsize=32)
def _described(edition: Edition, view: View) -> MapDescription:
    """The description without what lies on top; many readers ask for the same few."""
    entry = _entry(edition, view)
    classes = _classes(edition, view.layer, _key(view), view.group, view.level, view.language)
    records = _records(edition, view)
    areas = _areas(edition, view)
    parents = _parent_names(edition, view)
    marks = tuple(
        mark_of(
            area,
            parents.get(str(area["parent"]), ""),
            records.get(area["area"]),
            classes,
            entry,
            view,
        )
        for area in _plain(areas)
    )
    manifest = edition.manifest
    level = next(level for level in manifest.levels if level.key == view.level)
    vintage = next((v.name for v in manifest.vintages if v.key == view.vintage), view.vintage)
    when = day(view.period, view.language)
    credit = attribution_of(edition, [view.period])
    return MapDescription(
        title=_title(edition, view, entry),
        subtitle=text(
            "karte.subtitle", view.language, city=manifest.city, level=level.plural, day=when
        ),
        explanation=str(entry[f"sentence_{view.language}"]),
        level=level.plural,
        period=when,
        source=_source_text(credit, view.period, view.language),
        attribution=credit,
        notice=manifest.notice,
        classes=classes,
        marks=marks,
        outlines=edition.outline_path(view.vintage, view.level),
        outlines_key=(view.vintage, view.level),
        unplaced=tuple(sorted(set(records) - set(areas["area"]))),
        vintage=vintage,
        unit=str(entry.get("unit", "")),
        decimals=int(entry.get("decimals", 1)),
        layer=view.layer,
        language=view.language,
    )


def source_line(
    edition: Edition, periods: Iterable[str], language: str = "de", *, places: bool = False
) -> str:
    """Whose figures and outlines these are, and of which day or days.

    Parameters
    ----------
    edition
        The edition that is shown.
    periods
        Reporting dates of the figures.
    language
        ``de`` or ``en``.
    places
        Whether rooms are shown too.
    """
    dates = sorted(set(periods)) or [edition.manifest.reporting_date]
    credit = attribution_of(edition, dates, places=places)
    if len(dates) == 1:
        return _source_text(credit, dates[0], language)
    first, last = day(dates[0], language), day(dates[-1], language)
    return text("source_line.span", language, attribution=credit, first=first, last=last)


def _source_text(attribution: str, period: str, language: str) -> str:
    when = day(period, language)
    return text("source_line.text", language, attribution=attribution, day=when)


def _key(view: View) -> str:
    return str(view.index) if view.layer == INDEX else view.indicator


def _entry(edition: Edition, view: View) -> Mapping[str, Any]:
    kind = "indices" if view.layer == INDEX else "indicators"
    entry: Mapping[str, Any] = edition.catalogue[kind][_key(view)]
    return entry


def name_of(entry: Mapping[str, Any], period: str, language: str = "de") -> str:
    """The name of a measure or indicator at a reporting date, from a catalogue sheet's entry."""
    dated = (n for n in entry.get("names", ()) if n["valid_from"] <= period <= n["valid_to"])
    return str(next(dated, entry)[f"name_{language}"])


def _title(edition: Edition, view: View, entry: Mapping[str, Any]) -> str:
    name = name_of(entry, view.period, view.language)
    if view.group != "total":
        group = edition.catalogue["groups"].get(view.group)
        name += f", {group[f'name_{view.language}']}" if group else f", {view.group}"
    return text("karte.title_clusters", view.language, name=name) if view.layer == CLUSTER else name


def _areas(edition: Edition, view: View) -> pd.DataFrame:
    areas = edition.table("areas")
    here = areas[(areas["vintage"] == view.vintage) & (areas["level"] == view.level)]
    return here.sort_values("area")


def _parent_names(edition: Edition, view: View) -> dict[str, str]:
    """Names of the areas one level up; none where that is the whole city."""
    areas = edition.table("areas")
    whole = edition.manifest.levels[-1].key
    above = areas[(areas["vintage"] == view.vintage) & ~areas["level"].isin([view.level, whole])]
    links = edition.table("hierarchies")
    up = links[(links["child_level"] == view.level) & (links["vintage"] == view.vintage)]
    above = above[above["level"].isin(up["parent_level"])]
    return dict(zip(above["area"], above["name"], strict=True))


_TABLES = {
    VALUE: ("values", "indicator"),
    CLUSTER: ("hotspots", "indicator"),
    INDEX: ("index", "index"),
}


def _select(edition: Edition, layer: str, key: str, group: str, level: str) -> pd.DataFrame:
    table, column = _TABLES[layer]
    rows = edition.table(table)
    hit = (rows[column] == key) & (rows["level"] == level)
    if "group" in rows:
        hit &= rows["group"] == group
    if "method" in rows:
        hit &= rows["method"] == GI_STAR
    return rows[hit]


def _records(edition: Edition, view: View) -> dict[str, Row]:
    """The rows of a view by area."""
    rows = _select(edition, view.layer, _key(view), view.group, view.level)
    here = rows[(rows["period"] == view.period) & (rows["vintage"] == view.vintage)]
    return {row["area"]: row for row in _plain(here)}


def _plain(table: pd.DataFrame) -> list[Row]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


@lru_cache(maxsize=64)
def _classes(
    edition: Edition, layer: str, key: str, group: str, level: str, language: str
) -> Classes:
    """Classes of a layer, the same for all its periods."""
    if layer == INDEX:
        words = next(i.classes for i in edition.manifest.indices if i.key == key)
        return ordered_words(words, [index_label(edition, key, w) for w in words], language)
    if layer == CLUSTER:
        return cluster_classes(language)
    rows = _select(edition, layer, key, group, level)
    entry = edition.catalogue["indicators"][key]
    shown = rows.loc[rows["status"].isin(VISIBLE), "value"].dropna()
    return graded(shown, entry["unit"], entry["decimals"], entry["direction"], language)


def index_label(edition: Edition, key: str, word: str) -> str:
    """The words of an index's class: of a combined code, what its two halves mean."""
    indices = edition.catalogue["indices"]
    parts = [indices[part] for part in indices[key]["parts"]] if key in indices else []
    if len(parts) != 2:
        return word
    codes = [
        {c: w for e in part["editions"] for c, w in zip(e["codes"], e["classes"], strict=True)}
        for part in parts
    ]
    first = next((c for c in codes[0] if word.startswith(c)), None)
    second = word.removeprefix(first) if first else ""
    if first is None or second not in codes[1]:
        return word
    return f"{word}: {codes[0][first]}, {codes[1][second]}"
