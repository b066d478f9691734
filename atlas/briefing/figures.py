"""The table of key figures against the city, and the sentences beside it."""

from dataclasses import replace
from typing import Any

from atlas.edition import Edition
from atlas.findings import (
    estimate_finding,
    figure_finding,
    hotspot_findings,
    index_finding,
    range_text,
    value_finding,
)
from atlas.maps import MapDescription
from atlas.profile import Figure, IndexClass, Profile, direction
from atlas.profile.estimates import estimates
from atlas.profile.rows import cell_text
from atlas.profile.sheets import Sheet, catalogue_of, members
from atlas.wording import (
    PERCENT,
    PERCENTAGE_POINTS,
    counted,
    day,
    interval,
    listing,
    number,
    signed,
    status_word,
    text,
    unit_word,
    value_text,
)
from indicators.status import VISIBLE, Status


def findings(
    edition: Edition, profile: Profile, inside: str, most: int, language: str
) -> dict[str, Any]:
    """The sentences about an area; what they do not say stands in ``hint``.

    ``inside`` is the sentence about its parts, see `parts_sentence`.
    """
    sentences = _sentences(edition, profile, language)
    if inside:
        sentences.insert(1, inside)
    sentences = sentences[:most]
    return {
        "title": text("brief.findings", language),
        "sentences": sentences or [text("brief.findings_none", language)],
        "hint": text("findings.not_blaming", language) if sentences else "",
    }


def _sentences(edition: Edition, profile: Profile, language: str) -> list[str]:
    """The default indicator in full, its spatial cluster, the index, then other rates."""
    if not profile.inhabited:
        return [text("findings.uninhabited", language)]
    rates = [f for f in shown_figures(edition, profile, len(profile.figures)) if not _count(f)]
    found = [figure_finding(f, language) for f in rates[:1]]
    found += hotspot_findings(rates, language)[:1]
    if profile.indices:
        found.append(" ".join(index_finding(i, language) for i in profile.indices))
    clear = sorted(rates[1:], key=lambda f: f.against not in ("above", "below"))
    return found + [value_finding(f, language) for f in clear]


def parts_sentence(edition: Edition, profile: Profile, seen: MapDescription | None) -> str:
    """The span of the map's values inside an area, and how many parts are in its top class."""
    if seen is None or not profile.parents:
        return ""
    inside = set(members(edition, profile.ref, seen.outlines_key[1]))
    marks = [m for m in seen.marks if m.area in inside and m.number is not None]
    if len(marks) < 2:
        return ""
    numbers = [m.number for m in marks if m.number is not None]
    language, top = seen.language, seen.classes.steps[-1]
    in_top = sum(m.shade == top for m in marks)
    return text(
        "brief.parts_some" if in_top else "brief.parts_none",
        language,
        name=seen.title,
        level=seen.level,
        n=number(len(marks), 0, language),
        span=interval(min(numbers), max(numbers), seen.unit, seen.decimals, language),
        top=number(in_top, 0, language),
        label=top.label,
    )


def _count(figure: Figure) -> bool:
    return figure.sheet.is_count


def shown_figures(edition: Edition, profile: Profile, most: int) -> list[Figure]:
    """The rates, the edition's default first, and counts in the rows that are left."""
    first = edition.manifest.default_indicator
    ordered = sorted(
        profile.figures,
        key=lambda f: (f.sheet.key != first, f.sheet.is_count, f.sheet.key == "n_residents"),
    )
    return ordered[:most]


def figure_table(edition: Edition, profile: Profile, most: int, language: str) -> dict[str, Any]:
    """Header, rows and the note below the table."""
    shown = shown_figures(edition, profile, most)
    indices = list(profile.indices)[: max(0, most - len(shown))] if shown else []
    rows = [_row(f, n == 0, language) for n, f in enumerate(shown)]
    rows += [_index_row(i, language) for i in indices]
    none = text("common.none", language)
    columns = [c for c in _COLUMNS if any(r[c] != none for r in rows)]
    title = "brief.figures" if "difference" in columns else "brief.figures_alone"
    return {
        "title": text(title, language),
        "columns": columns,
        "header": [text(f"brief.column_{c}", language) for c in columns],
        "rows": [{**r, "cells": [r[c] for c in columns[1:]]} for r in rows],
        "note": " ".join(_notes(edition, profile, shown, language)),
    }


_COLUMNS = ("indicator", "value", "interval", "city", "middle", "difference", "trend")


def _row(figure: Figure, first: bool, language: str) -> dict[str, Any]:
    about, cell, city = figure.sheet, figure.cell, figure.city
    unit, none = _cell_unit(about), text("common.none", language)
    printed = replace(about, unit=unit)
    difference = none
    if figure.difference is not None:
        difference = signed(figure.difference, about.decimals, language, PLAIN)
    return {
        "indicator": _name(about, language),
        "value": cell_text(cell, printed, language),
        "interval": range_text(cell, unit, about.decimals, language),
        "city": cell_text(city, printed, language) if city.visible else none,
        "middle": none
        if figure.middle is None
        else value_text(figure.middle, unit, about.decimals, Status.PUBLISHED, language),
        "difference": difference,
        "trend": _trend(figure, language),
        "hidden": not cell.visible,
        "first": first,
    }


_WRITTEN = (PERCENT, PERCENTAGE_POINTS)
PLAIN = "count"
"""A unit without a word: what the head of a column or the name of a row says already."""


def _cell_unit(about: Sheet) -> str:
    return about.unit if about.unit in _WRITTEN else PLAIN


def _name(about: Sheet, language: str) -> str:
    """The name, with the unit where cells do not carry it and the name does not say it."""
    word = unit_word(about.unit, language)
    said = about.unit in _WRITTEN or not word or word in about.name
    return about.name if said else f"{about.name} ({word})"


def _trend(figure: Figure, language: str) -> str:
    """One word, and the change where there is one."""
    trend = figure.trend
    if trend is None:
        return text("common.none", language)
    kind = direction(trend)
    if kind == "none" or trend.change is None:
        key = "brief.trend_break" if trend.break_reason else "brief.trend_none"
        return text(key, language)
    change = signed(trend.change, figure.sheet.decimals, language, PLAIN)
    return text(f"brief.trend_{kind}", language, change=change)


def _index_row(index: IndexClass, language: str) -> dict[str, Any]:
    none = text("common.none", language)
    visible = Status(index.status) in VISIBLE and index.kind
    return {
        "indicator": index.name,
        "value": index.kind if visible else status_word(index.status, language),
        "interval": none,
        "city": none,
        "middle": none,
        "difference": none,
        "trend": none,
        "hidden": not visible,
        "first": False,
    }


def _notes(edition: Edition, profile: Profile, shown: list[Figure], language: str) -> list[str]:
    found = []
    dates = {day(f.trend.period_from, language) for f in shown if f.trend is not None}
    if len(dates) == 1:
        found.append(text("brief.trend_note", language, day=dates.pop()))
    elif dates:
        found.append(text("brief.trend_note_many", language))
    elif profile.parents and any(f.difference is not None for f in shown):
        found.append(text("brief.trend_note_without", language))
    if any(f.middle is not None for f in shown):
        found.append(text("brief.middle_note", language))
    found += [estimate_finding(e, language) for e in estimates(edition, profile.ref, shown)]
    found += _periods(shown, edition.manifest.reporting_date, language)
    missing = _default_elsewhere(edition, profile)
    if missing:
        found.append(text("brief.only_finer", language, name=missing))
    rest = len(profile.figures) - len(shown)
    if rest > 0:
        found.append(counted("brief.more_in_atlas", rest, language))
    return found


def _periods(shown: list[Figure], reporting_date: str, language: str) -> list[str]:
    """Figures that are older than the edition, by date."""
    old = sorted({f.period for f in shown if f.period != reporting_date})
    if not old:
        return []
    parts = [
        text(
            "brief.older_part",
            language,
            names=listing([f.sheet.name for f in shown if f.period == period], language),
            day=day(period, language),
        )
        for period in old
    ]
    return [text("brief.older", language, parts="; ".join(parts))]


def _default_elsewhere(edition: Edition, profile: Profile) -> str:
    """Name of the default indicator where it does not exist on the area's level."""
    first = edition.manifest.default_indicator
    if first is None or any(f.sheet.key == first for f in profile.figures):
        return ""
    entry = catalogue_of(edition).indicators.get(first)
    return "" if entry is None else entry.label(edition.manifest.reporting_date)
