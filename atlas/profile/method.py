"""What the page on methods says: sheets of indicators, sources, protection, checks, version."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from atlas.edition import Edition, SourceCard
from atlas.profile.overview import hidden_cells
from atlas.profile.rows import table_of
from atlas.profile.sheets import catalogue_of, group_name
from atlas.sources import days_of
from atlas.wording import (
    as_language,
    counted,
    day,
    listing,
    number,
    percent,
    text,
    unit_word,
    with_days,
)
from indicators.catalogue import normal_cell
from indicators.entries import Indicator

_CELL = re.compile(r"\b([a-z0-9_]+)/([a-z0-9_]+)\b")


@dataclass(frozen=True)
class SheetPage:
    """One indicator's sheet: name, sentence, and its properties as pairs of words."""

    key: str
    name: str
    sentence: str
    rows: tuple[tuple[str, str], ...]


def sheet_pages(edition: Edition, language: str = "de") -> tuple[SheetPage, ...]:
    """The sheets of all indicators and indices of an edition, in its order."""
    catalogue = catalogue_of(edition)
    used = set(edition.table("values")["indicator"])
    pages = [_sheet(edition, i, language) for k, i in catalogue.indicators.items() if k in used]
    english = language == "en"
    for index in catalogue.indices.values():
        rows = [("publisher", index.publisher), ("reference", index.reference)]
        pages.append(
            SheetPage(
                index.key,
                index.name_en if english else index.name_de,
                index.sentence_en if english else index.sentence_de,
                _named(rows, language),
            )
        )
    return tuple(pages)


def _sheet(edition: Edition, entry: Indicator, language: str) -> SheetPage:
    period = edition.manifest.reporting_date
    english = language == "en"
    minimum = ""
    if entry.denominator:
        minimum = text(
            "methode.minimum_text",
            language,
            denominator=number(entry.min_denominator, 0, language),
            numerator=number(entry.min_numerator, 0, language),
        )
    rows = [
        ("numerator", _what(edition, entry.numerator, language)),
        ("denominator", _what(edition, entry.denominator, language)),
        ("delivered", text("common.yes", language) if entry.delivered else ""),
        ("unit", unit_word(entry.unit, language)),
        ("high_value", text(f"methode.direction_{entry.direction}", language)),
        ("minimum", minimum),
        ("publisher", entry.publisher),
        ("periodicity", entry.periodicity),
        ("legal_basis", entry.legal_basis),
        ("reference", entry.reference),
        ("caveats", entry.caveats_de),
        ("breaks", _breaks(edition, entry, english)),
    ]
    name = entry.label(period, "en" if english else "de")
    sentence = entry.sentence_en if english else entry.sentence_de
    return SheetPage(entry.key, name, sentence, _named(rows, language))


def _named(rows: list[tuple[str, str]], language: str) -> tuple[tuple[str, str], ...]:
    """Properties with their names, without the empty ones."""
    return tuple((text(f"methode.{k}", language), v) for k, v in rows if v)


def _breaks(edition: Edition, entry: Indicator, english: bool) -> str:
    """What to mind in the series: breaks with figures of this edition before and after."""
    language = "en" if english else "de"
    table = edition.table("values")
    dates = table.loc[table["indicator"] == entry.key, "period"]
    return " ".join(
        f"{day(b.date, language)}: {b.reason_en if english else b.reason_de}"
        for b in entry.breaks
        if (dates < b.date).any() and (dates >= b.date).any()
    )


def _what(edition: Edition, cell: str | None, language: str) -> str:
    """A cell ``measure/group`` in words."""
    if not cell:
        return ""
    measure, group = normal_cell(cell).split("/")
    entry = catalogue_of(edition).measures.get(measure)
    period = edition.manifest.reporting_date
    name = entry.label(period, as_language(language)) if entry else measure
    return name if group == "total" else f"{name}, {group_name(edition, group, language)}"


def source_table(edition: Edition, language: str = "de") -> pd.DataFrame:
    """The sources, files of the same data set together."""
    by_title: dict[tuple[str, str], list[SourceCard]] = {}
    for card in edition.manifest.sources:
        by_title.setdefault((card.title, card.publisher), []).append(card)
    rows = [
        {
            text("methode.source_title", language): title,
            text("methode.source_publisher", language): publisher,
            text("methode.source_licence", language): _distinct(c.licence for c in cards),
            text("methode.source_attribution", language): _distinct(c.attribution for c in cards),
            text("methode.source_period", language): _span(cards, language),
            text("methode.source_files", language): number(len(cards), 0, language),
        }
        for (title, publisher), cards in by_title.items()
    ]
    return table_of(rows)


def _distinct(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(v for v in values if v))


def _span(cards: list[SourceCard], language: str) -> str:
    """The first and the last reporting date of some files."""
    dates = sorted(d for c in cards for d in days_of(c))
    if not dates:
        return text("common.none", language)
    first, last = day(dates[0], language), day(dates[-1], language)
    return first if first == last else f"{first} {text('common.to', language)} {last}"


def file_table(edition: Edition, language: str = "de") -> pd.DataFrame:
    """Every file with its checksum."""
    rows = [
        {
            text("methode.source_file", language): c.name,
            text("methode.source_period", language): with_days(c.period, language),
            text("methode.source_hash", language): c.sha256
            or text("methode.hash_internal", language),
        }
        for c in edition.manifest.sources
    ]
    return table_of(rows)


def protection_texts(edition: Edition, language: str = "de") -> tuple[str, ...]:
    """How figures are protected, with this edition's own numbers."""
    rule = edition.manifest.disclosure
    threshold = number(rule.threshold, 0, language)
    found = [
        text("methode.protection_rule", language, threshold=threshold),
        text("methode.protection_zeros", language) if rule.zeros == "published" else "",
        text("methode.protection_same", language) if rule.suppressed else "",
    ]
    if rule.suppressed:
        share = percent(100 * rule.suppressed / rule.cells, 1, language)
        cells = number(rule.cells, 0, language)
        hidden = number(rule.suppressed, 0, language)
        figures = {"suppressed": hidden, "cells": cells, "share": share}
        found.append(text("methode.protection_figures", language, **figures))
    if rule.audited and rule.narrowest is not None:
        audit = {
            "audited": number(rule.audited, 0, language),
            "narrowest": number(rule.narrowest + 1, 0, language),
        }
        found.append(text("methode.protection_audit", language, **audit))
    elif not rule.suppressed:
        found.append(text("methode.protection_audit_none", language))
    public = [_what(edition, m, language) for m in rule.public_measures]
    if public:
        names = listing(public, language)
        found.append(text("methode.protection_public", language, measures=names))
    return tuple(f for f in found if f)


def hidden_table(edition: Edition, language: str = "de") -> pd.DataFrame:
    """How many figures are hidden on each level."""
    rows = [
        {
            text("common.level", language): h.level_plural,
            text("methode.hidden_cells", language): number(h.hidden, 0, language),
            text("methode.all_cells", language): number(h.cells, 0, language),
        }
        for h in hidden_cells(edition)
    ]
    return table_of(rows)


@dataclass(frozen=True)
class CheckReport:
    """What a build found in its files, in words.

    ``set_aside`` holds (file, reason, rows) of everything that was read and not used.
    """

    files: pd.DataFrame
    set_aside: pd.DataFrame
    notes: tuple[str, ...]


def check_report(edition: Edition, language: str = "de") -> CheckReport:
    """The check report of an edition, keys replaced by names."""
    checks = edition.checks
    sources: list[dict[str, Any]] = list(checks.get("sources", []))
    aside = [
        {
            text("methode.source_file", language): str(s.get("file", "")),
            text("methode.check_reason", language): with_days(str(item["reason"]), language),
            text("methode.check_rows", language): number(item["rows"], 0, language),
        }
        for s in sources
        for item in s.get("set_aside", [])
    ]
    return CheckReport(
        files=table_of([_file_row(s, language) for s in sources]),
        set_aside=table_of(aside),
        notes=tuple(_in_names(edition, str(n), language) for n in checks.get("notes", [])),
    )


def _file_row(source: dict[str, Any], language: str) -> dict[str, str]:
    dash = text("common.none", language)

    def amount(key: str) -> str:
        return number(source[key], 0, language) if source.get(key) is not None else dash

    joined = dash
    if source.get("areas_known") is not None:
        joined = text(
            "methode.check_of", language, n=amount("areas_joined"), total=amount("areas_known")
        )
    aside = sum(int(item["rows"]) for item in source.get("set_aside", []))
    return {
        text("methode.source_file", language): str(source.get("file", "")),
        text("methode.check_read", language): amount("rows_read"),
        text("methode.check_used", language): amount("rows_used"),
        text("methode.check_aside", language): number(aside, 0, language),
        text("methode.check_joined", language): joined,
        text("methode.check_missing", language): amount("cells_missing"),
    }


def _in_names(edition: Edition, note: str, language: str) -> str:
    """A note with the names of measures and groups instead of their keys."""
    known = catalogue_of(edition).measures

    def named(found: re.Match[str]) -> str:
        return f"„{_what(edition, found.group(), language)}“" if found[1] in known else found[0]

    return _CELL.sub(named, note)


def edition_table(edition: Edition, language: str = "de") -> pd.DataFrame:
    """What this edition is: title, date, version, hashes."""
    m = edition.manifest
    rows = [
        ("edition_title", m.title),
        ("edition_day", day(m.reporting_date, language)),
        ("edition_id", m.id),
        ("edition_content", m.content),
        ("edition_created", with_days(m.created[:10], language)),
        ("edition_version", m.software),
        ("edition_project", m.project_sha256),
        ("edition_previous", m.previous or text("common.none", language)),
    ]
    name, value = text("methode.property", language), text("methode.property_value", language)
    return table_of([{name: text(f"methode.{k}", language), value: v} for k, v in rows])


def count_sources(edition: Edition, language: str = "de") -> str:
    """How many files an edition was made from."""
    return counted("methode.files", len(edition.manifest.sources), language)
