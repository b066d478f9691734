"""What stands on the page about one area, as plain words for the template."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atlas.briefing.drawing import Drawing, svg_map, svg_series
from atlas.briefing.figures import figure_table, findings, parts_sentence, shown_figures
from atlas.briefing.foot import foot
from atlas.briefing.sessions import PlanNearby, session_blocks
from atlas.classes import fill_of, swatch
from atlas.edition import Edition
from atlas.findings import marked
from atlas.maps import MapDescription, describe
from atlas.profile import Profile, Series, series
from atlas.profile.carried import origin_texts
from atlas.profile.rows import break_texts, cell_text
from atlas.profile.sheets import AreaRef, current_vintage, finest_level, main_levels
from atlas.state import View
from atlas.wording import PERCENT, counted, day, listing, number, text, unit_word
from indicators.status import Status


@dataclass(frozen=True)
class Density:
    """How much the page says; less where more would not fit."""

    figures: int
    sentences: int
    hours: int
    map_mm: int


DENSITIES = (Density(9, 4, 5, 74), Density(9, 4, 4, 64), Density(8, 3, 3, 56), Density(5, 2, 2, 46))
"""From the fullest to the sparsest page."""

MAP_WIDTH_MM = 76.0
"""Width of the map's column in the template."""


def page(
    edition: Edition,
    profile: Profile,
    planned: Sequence[PlanNearby],
    density: Density,
    language: str,
) -> dict[str, bytes]:
    """The files that the template reads: words as JSON, drawings as SVG.

    Parameters
    ----------
    edition
        The opened edition.
    profile
        Of the area.
    planned
        What each plan means for the area.
    density
        How much fits.
    language
        ``de`` or ``en``.

    Returns
    -------
    files
        Content by file name.
    """
    seen = _map(edition, profile, language)
    drawn = _series(edition, profile, language)
    words: dict[str, Any] = {
        **_head(edition, profile, language),
        "findings": findings(
            edition, profile, parts_sentence(edition, profile, seen), density.sentences, language
        ),
        "figures": figure_table(edition, profile, density.figures, language),
        "map": _map_words(seen, profile, language),
        "series": _series_words(drawn, profile, language),
        "sessions": {
            "title": text("brief.sessions", language),
            "blocks": session_blocks(edition, profile, planned, density.hours, language),
        },
        "foot": foot(edition, shown_figures(edition, profile, density.figures), seen, language),
    }
    files = {f"klasse-{n}.svg": swatch(c).encode() for n, c in enumerate(_legend(seen))}
    drawing = _map_svg(edition, profile.ref, seen)
    files["map.svg"] = drawing.content.encode()
    words["map"]["height"] = min(float(density.map_mm), MAP_WIDTH_MM / drawing.aspect)
    if drawn is not None:
        files["series.svg"] = _series_svg(drawn, profile, language).encode()
    return files | {"data.json": json.dumps(words, ensure_ascii=False).encode()}


def _head(edition: Edition, profile: Profile, language: str) -> dict[str, str]:
    manifest, ref = edition.manifest, profile.ref
    when = day(manifest.reporting_date, language)
    return {
        "language": language,
        "date": manifest.reporting_date,
        "document_title": text(
            "brief.document_title", language, area=ref.name, city=manifest.city, day=when
        ),
        "author": manifest.title,
        "description": text(
            "brief.description", language, area=ref.name, level=ref.level_name, day=when
        ),
        "head": text("brief.head", language, title=manifest.title, day=when),
        "notice": manifest.notice,
        "as_of": text("common.as_of", language, day=when),
        "area": ref.name,
        "place": _place(profile, language),
        "above": " · ".join(p.name for p in profile.parents),
    }


def _place(profile: Profile, language: str) -> str:
    """Level, key and residents: the line below the name."""
    key = text("brief.key", language, area=profile.ref.area)
    first = f"{profile.ref.level_name} ({key})"
    return " · ".join(x for x in (first, _residents(profile, language)) if x)


def _residents(profile: Profile, language: str) -> str:
    cell = profile.residents
    if not cell.visible or cell.value is None:
        return ""
    when = day(profile.residents_period, language)
    n = marked(number(cell.value, 0, language), cell, language)
    return text("brief.residents", language, n=n, day=when)


def _map(edition: Edition, profile: Profile, language: str) -> MapDescription | None:
    """The default indicator on the finest level that has it, at its latest date."""
    view = _map_view(edition, profile.ref, language)
    return None if view is None else describe(edition, view)


def _map_view(edition: Edition, ref: AreaRef, language: str) -> View | None:
    values = edition.table("values")
    values = values[(values["group"] == "total") & (values["vintage"] == ref.vintage)]
    for indicator in _map_candidates(edition):
        rows = values[values["indicator"] == indicator]
        for level in main_levels(edition)[:-1]:
            periods = rows.loc[rows["level"] == level.key, "period"]
            if len(periods):
                return View(
                    page="karte",
                    indicator=indicator,
                    group="total",
                    period=str(periods.max()),
                    vintage=ref.vintage,
                    level=level.key,
                    area=ref.area if ref.level == level.key else None,
                    language=language,
                )
    return None


def _map_candidates(edition: Edition) -> list[str]:
    first = edition.manifest.default_indicator
    return [*([first] if first else []), *edition.catalogue["indicators"]]


def _legend(seen: MapDescription | None) -> list[Any]:
    """The steps, and of the classes without a number those that the map has."""
    if seen is None:
        return []
    there = seen.counts
    return [*seen.classes.steps, *(c for c in seen.classes.without if there.get(c.key))]


def _map_words(seen: MapDescription | None, profile: Profile, language: str) -> dict[str, Any]:
    ref = profile.ref
    marked = ref.name if profile.parents else ""
    if seen is None:
        return {
            "title": text("brief.map_without", language),
            "alt": text("brief.map_alt_without", language, area=ref.name),
            "marked": marked,
            "legend": [],
        }
    legend = [{"file": f"klasse-{n}.svg", "label": c.label} for n, c in enumerate(_legend(seen))]
    return {
        "title": text(
            "brief.map_title", language, name=seen.title, level=seen.level, day=seen.period
        ),
        "alt": _map_alt(seen, ref, language),
        "marked": marked,
        "legend": legend,
    }


def _map_alt(seen: MapDescription, ref: AreaRef, language: str) -> str:
    """The map in words: how many areas in each class, and the class of the marked one."""
    there = seen.counts
    classes = [
        f"{c.label}: {counted('legend.areas', there[c.key], language)}"
        for c in seen.classes.all
        if there.get(c.key)
    ]
    own = next((m.value for m in seen.marks if m.area == seen.selected), "")
    key = "brief.map_alt_own" if own else "brief.map_alt"
    return text(
        key,
        language,
        name=seen.title,
        level=seen.level,
        day=seen.period,
        classes="; ".join(classes),
        area=ref.name,
        value=own,
    )


def _map_svg(edition: Edition, ref: AreaRef, seen: MapDescription | None) -> Drawing:
    level = finest_level(edition) if seen is None else seen.outlines_key[1]
    vintage = current_vintage(edition) if seen is None else seen.outlines_key[0]
    outlines = json.loads(edition.outline_path(vintage, level).read_text(encoding="utf-8"))
    fills = {f["properties"]["area"]: "#f5f5f5" for f in outlines["features"]}
    if seen is not None:
        fills |= {m.area: fill_of(m.shade) for m in seen.marks}
    return svg_map(outlines, fills, _own_outline(edition, ref))


def _own_outline(edition: Edition, ref: AreaRef) -> Mapping[str, Any] | None:
    """The outline of the area on its own level; none for the whole city."""
    if ref.level == main_levels(edition)[-1].key:
        return None
    file = edition.outline_path(ref.vintage, ref.level)
    if not file.is_file():
        return None
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    return next((f["geometry"] for f in features if f["properties"]["area"] == ref.area), None)


def _series(edition: Edition, profile: Profile, language: str) -> Series | None:
    """The default indicator over time; the next that can be drawn where it cannot."""
    first = edition.manifest.default_indicator
    keys = [f.sheet.key for f in profile.figures]
    ordered = sorted(keys, key=lambda k: k != first)
    found = (series(edition, profile.ref, k, language=language) for k in ordered)
    return next((s for s in found if s.drawable), None)


def _series_svg(drawn: Series, profile: Profile, language: str) -> str:
    own = text("brief.own" if profile.parents else "common.of_city", language)
    return svg_series(drawn, own, language, with_city=_with_city(drawn, profile))


def _with_city(drawn: Series, profile: Profile) -> bool:
    """A count of a part and of the whole would not fit one scale."""
    return bool(profile.parents) and not drawn.sheet.is_count


def _series_words(drawn: Series | None, profile: Profile, language: str) -> dict[str, Any]:
    if drawn is None:
        return {
            "title": text("brief.series", language),
            "drawn": False,
            "alt": "",
            "note": text("brief.series_none", language),
        }
    about = drawn.sheet
    word = unit_word(about.unit, language)
    unit = f" ({word})" if word and about.unit != PERCENT else ""
    points = [
        f"{day(p.period, language)} {cell_text(p.cell, about, language)}" for p in drawn.points
    ]
    carried = [said for o in drawn.origins for said in origin_texts(o, language)[1:3]]
    breaks = [*break_texts(drawn, language), *carried, *_estimated(drawn, language)]
    alt = [text("brief.series_alt", language, name=about.name, area=drawn.area.name)]
    alt.append("; ".join(points) + ".")
    ranged = any(p.cell.low is not None for p in drawn.points)
    note = "brief.series_note_alone" if ranged else ""
    if _with_city(drawn, profile):
        note = "brief.series_note"
        last = cell_text(drawn.points[-1].city, about, language)
        alt.append(text("brief.series_alt_city", language, value=last))
    return {
        "title": text("brief.series_of", language, name=about.name + unit),
        "drawn": True,
        "alt": " ".join([*alt, *breaks]),
        "note": " ".join([*([text(note, language)] if note else []), *breaks]),
    }


def _estimated(drawn: Series, language: str) -> list[str]:
    """The dates at which the line is estimated."""
    days = [day(p.period, language) for p in drawn.points if p.cell.status == Status.ESTIMATED]
    return [text("brief.series_estimated", language, days=listing(days, language))] if days else []
