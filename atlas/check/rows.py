"""Rows: how many were read, used, and set aside with which reason. Nothing is left over."""

from collections.abc import Iterator, Mapping
from typing import Any

from atlas.build.collect import Sources
from atlas.check.findings import Finding, SourceRows
from atlas.project import Project
from atlas.wording import day, number, with_days

_KNOWN = frozenset(
    ("dataset", "file", "rows_read", "rows_used", "total_rows", "set_aside", "areas_joined",
     "areas_known", "areas_without_rows", "columns_unused", "cells_missing",
     "areas_with_missing", "periods", "keys_restored")
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
        file=str(entry["file"]),
        title=titles.get(str(entry["dataset"]), str(entry["dataset"])),
        read=read,
        used=used,
        totals=int(entry.get("total_rows", 0)),
        aside=tuple((why, n) for why, n in aside if n),
        periods=tuple(entry.get("periods", ())),
        areas=None if known is None else (int(entry["areas_joined"]), int(known)),
        columns_unused=tuple(entry.get("columns_unused", ())),
    )


def row_findings(rows: tuple[SourceRows, ...], sources: Sources) -> Iterator[Finding]:
    """Rows that do not add up, areas without rows, columns that nobody uses, empty cells."""
    for row in rows:
        if row.left:
            text = f"{number(row.left)} Zeilen stehen weder unter den verwendeten noch woanders."
            yield Finding("error", "Zeilen", text, row.file)
        if row.totals:
            text = (
                f"{number(row.totals)} Summenzeilen stimmen mit der Summe der Gebiete überein, "
                "soweit beide eine Zahl haben."
            )
            yield Finding("note", "Summen", text, row.file)
        if row.columns_unused:
            text = f"{number(len(row.columns_unused))} Spalten werden nicht benutzt."
            yield Finding("note", "Spalten", text, row.file, row.columns_unused)
    for entry in sources.reports:
        yield from _area_findings(entry)


def _area_findings(entry: Mapping[str, Any]) -> Iterator[Finding]:
    file = str(entry["file"])
    absent = tuple(entry.get("areas_without_rows", ()))
    if absent:
        text = (
            f"{number(len(absent))} von {number(int(entry['areas_known']))} Gebieten haben keine "
            "Zeile. Ihre Zahlen gelten als nicht geliefert."
        )
        yield Finding("warning", "Schlüssel", text, file, absent)
    if restored := entry.get("keys_restored"):
        example = f", zum Beispiel {restored['example']}" if "example" in restored else ""
        text = (
            f"{number(int(restored['keys']))} Schlüssel standen als Zahl da, ohne ihre führenden "
            f"Nullen{example}. Jeder ließ sich genau einem Gebiet zuordnen."
        )
        yield Finding("note", "Schlüssel", text, file)
    missing = int(entry.get("cells_missing", 0))
    if missing:
        text = f"{number(missing)} Zellen sind leer oder als nicht geliefert gekennzeichnet."
        yield Finding("note", "Zellen", text, file, tuple(entry.get("areas_with_missing", ())))
    for key, value in entry.items():
        if key not in _KNOWN and value and isinstance(value, list | tuple):
            lines = tuple(_line(item) for item in value)
            yield Finding("note", "Gelesen", f"Beim Lesen vermerkt ({key}).", file, lines)


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
