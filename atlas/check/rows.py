"""Rows: how many were read, used, and set aside with which reason. Nothing is left over."""

from collections.abc import Iterator, Mapping
from typing import Any

from atlas.build.collect import Sources
from atlas.check.findings import Finding, SourceRows
from atlas.check.jumps import SILENT_BELOW, series_name
from atlas.check.keys import absent_finding
from atlas.project import Project
from atlas.wording import day, number, status_word, with_days
from indicators.catalogue import Catalogue

_KNOWN = frozenset(
    ("dataset", "file", "rows_read", "rows_used", "total_rows", "set_aside", "areas_joined",
     "areas_known", "areas_without_rows", "columns_unused", "cells_missing",
     "areas_with_missing", "periods", "sheet", "symbols", "without_area", "names_mapped",
     "keys_restored", "sheets_unused")
)  # fmt: skip


def source_rows(project: Project, sources: Sources) -> tuple[SourceRows, ...]:
    """One entry per file that was read, in the order of the project file."""
    titles = {d.key: d.source.title for d in project.datasets}
    titles |= {c.key: c.source.title for c in project.case_lists}
    cases = {c.key for c in project.case_lists}
    return tuple(_rows(e, titles, str(e["dataset"]) in cases) for e in sources.reports)


def _rows(entry: Mapping[str, Any], titles: Mapping[str, str], cases: bool) -> SourceRows:
    read, used = int(entry["rows_read"]), int(entry["rows_used"])
    aside = tuple((with_days(str(a["reason"])), int(a["rows"])) for a in entry["set_aside"])
    if cases:
        # A case may have several events, so that its reasons count events and not rows.
        reasons = "; ".join(f"{why}: {number(n)}" for why, n in aside if n)
        left = "ohne ein Ereignis, das gezählt wurde" + (f" ({reasons})" if reasons else "")
        aside = ((left, read - used),) if read != used else ()
    known = entry.get("areas_known")
    return SourceRows(
        file=_place(entry),
        title=titles.get(str(entry["dataset"]), str(entry["dataset"])),
        read=read,
        used=used,
        totals=int(entry.get("total_rows", 0)),
        aside=tuple((why, n) for why, n in aside if n),
        periods=tuple(entry.get("periods", ())),
        areas=None if known is None else (int(entry["areas_joined"]), int(known)),
        columns_unused=tuple(entry.get("columns_unused", ())),
    )


def _place(entry: Mapping[str, Any]) -> str:
    """The file, and which sheet of it."""
    sheet = entry.get("sheet")
    return str(entry["file"]) if sheet is None else f"{entry['file']}, Blatt {sheet}"


def row_findings(
    rows: tuple[SourceRows, ...], sources: Sources, catalogue: Catalogue
) -> Iterator[Finding]:
    """Rows that do not add up, areas without rows, columns that nobody uses, empty cells."""
    for row in rows:
        if row.left:
            text = f"{number(row.left)} Zeilen stehen weder unter den verwendeten noch woanders."
            todo = "Das ist ein Fehler des Programms. Bitte melden Sie ihn."
            yield Finding("error", "Zeilen", text, row.file, todo=todo)
        if row.columns_unused:
            text = f"{number(len(row.columns_unused))} Spalten werden nicht benutzt."
            yield Finding("note", "Spalten", text, row.file, row.columns_unused)
    public = {dataset.key for dataset, _ in sources.readings if dataset.already_public}
    for entry in sources.reports:
        yield from _area_findings(entry)
        yield from _read_findings(entry, catalogue, str(entry["dataset"]) in public)


def _area_findings(entry: Mapping[str, Any]) -> Iterator[Finding]:
    file = _place(entry)
    absent = tuple(entry.get("areas_without_rows", ()))
    if absent:
        yield absent_finding(file, absent, int(entry["areas_known"]))
    missing = int(entry.get("cells_missing", 0))
    if missing:
        text = f"{number(missing)} Zellen sind leer oder als nicht geliefert gekennzeichnet."
        yield Finding("note", "Zellen", text, file, tuple(entry.get("areas_with_missing", ())))
    checked = entry.get("totals_checked", {})
    if int(entry.get("total_rows", 0)):
        text = (
            f"{number(int(entry['total_rows']))} Summenzeilen: {number(checked.get('equal', 0))} "
            "Zahlen sind die Summe der Gebiete"
        )
        least = checked.get("at_least", 0)
        text += (
            f", {number(least)} mindestens die Summe derer, die eine Zahl haben." if least else "."
        )
        yield Finding("note", "Summen", text, file)


def _read_findings(
    entry: Mapping[str, Any], catalogue: Catalogue, public: bool
) -> Iterator[Finding]:
    """What reading did with symbols, keys, names and rows of no area."""
    file = _place(entry)
    symbols = entry.get("symbols", ())
    if symbols:
        text = "Zeichen statt Zahlen: " + "; ".join(map(_symbol_words, symbols)) + "."
        yield Finding("note", "Zeichen", text, file)
    assumed = [s for s in symbols if s["assumed"]]
    if assumed:
        text = f"Nicht nachgelesen, nur angenommen: {'; '.join(map(_symbol_words, assumed))}."
        todo = (
            "In der Zeichenerklärung dieser Tabelle nachsehen. Bedeutet das Zeichen anderes, dann "
            "eine eigene Zeichenliste angeben (symbols)."
        )
        yield Finding("warning", "Zeichen", text, file, todo=todo)
    restored = entry.get("keys_restored", {})
    if restored:
        example = f", zum Beispiel {restored['example']}" if "example" in restored else ""
        text = (
            f"{number(restored['keys'])} Schlüssel standen als Zahl da, ohne ihre führenden "
            f"Nullen{example}. Jeder ließ sich genau einem Gebiet zuordnen."
        )
        yield Finding("note", "Schlüssel", text, file)
    if names := tuple(entry.get("names_mapped", ())):
        text = f"{number(len(names))} Gebiete heißen in der Tabelle anders (area_map)."
        yield Finding("note", "Schlüssel", text, file, names)
    if sheets := tuple(entry.get("sheets_unused", ())):
        text = f"{number(len(sheets))} Blätter werden nicht gelesen."
        yield Finding("note", "Zeilen", text, file, sheets)
    if rest := entry.get("without_area", ()):
        lines = tuple(_rest_words(one, catalogue, public) for one in rest)
        text = "Zahlen, die zu keinem Gebiet gehören und auf keiner Karte stehen."
        yield Finding("note", "Zeilen", text, file, lines)
    for key, value in entry.items():
        if key not in _KNOWN and value and isinstance(value, list | tuple):
            lines = tuple(_line(item) for item in value)
            yield Finding("note", "Gelesen", f"Beim Lesen vermerkt ({key}).", file, lines)


def _symbol_words(entry: Mapping[str, Any]) -> str:
    sign = f"„{entry['symbol']}“" if entry["symbol"] else "leer"
    return f"{sign} {number(entry['cells'])}-mal ({status_word(entry['status'])})"


def _rest_words(entry: Mapping[str, Any], catalogue: Catalogue, public: bool) -> str:
    measure, _, group = str(entry["target"]).partition("/")
    name = series_name(catalogue, measure, group or "total")
    count = int(entry["count"])
    shown = number(count) if public or count >= SILENT_BELOW else f"unter {SILENT_BELOW}"
    return f"{name} am {day(str(entry['period']))}: {shown}"


def _line(item: object) -> str:
    if isinstance(item, Mapping):
        return ", ".join(f"{k}: {v}" for k, v in item.items())
    return str(item)


def span(periods: tuple[str, ...]) -> str:
    """``31.12.2008 bis 31.12.2022 (15 Stichtage)``."""
    if not periods:
        return "ohne Stichtag"
    if len(periods) == 1:
        return day(periods[0])
    return f"{day(min(periods))} bis {day(max(periods))} ({len(periods)} Stichtage)"
