"""A check report as lines for the terminal and as one page of HTML."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from atlas.check.findings import SEVERITIES, Finding, Report, Severity, SourceRows
from atlas.check.rows import span
from atlas.protecting.page import folded, heading, items, link, page, paragraph, table
from atlas.wording import number, with_days
from geodata.errors import Problem

_URGENT: tuple[Severity, ...] = ("error", "warning")

_SHOWN = 12
"""So many names of a finding stand on the terminal; the page has all."""

_FILES = 3
"""So many files are named in a line of the terminal."""

_SHORT = 40
"""Names up to this length stand in one line."""

_OPEN = 15
"""Longer lists are folded on the page; the whole list is there and is printed."""


def terminal(report: Report) -> Iterator[str]:
    """The report for a terminal; long lists are shortened and say so."""
    yield f"Prüfbericht: {report.title} ({report.project})"
    yield verdict(report)
    if report.sources:
        yield ""
        yield "Quellen"
    for rows in report.sources:
        yield f"  {rows.file} ({rows.title})"
        yield f"    {rows_sentence(rows)}"
        yield from (f"      {number(n):>9}  {reason}" for reason, n in rows.aside)
        where = (
            f"{number(rows.areas[0])} von {number(rows.areas[1])} Gebieten; " if rows.areas else ""
        )
        yield f"    {where}{span(rows.periods)}"
    for severity, (_, plural) in SEVERITIES.items():
        found = report.of(severity)
        if found:
            yield ""
            yield f"{plural} ({number(len(together(found)))})"
        for finding in together(found):
            yield from _lines(finding)


def verdict(report: Report) -> str:
    """How many errors, warnings and notes, and what follows."""
    counts = {key: len(together(report.of(key))) for key in SEVERITIES}
    told = ", ".join(
        f"{number(n)} {SEVERITIES[key][0 if n == 1 else 1]}" for key, n in counts.items()
    )
    if counts["error"]:
        return f"{told}. So baut „sozialatlas build“ keine Ausgabe."
    return f"{told}. Die Dateien lassen sich lesen und passen zusammen."


def rows_sentence(rows: SourceRows) -> str:
    """Rows read, used, set aside."""
    parts = [f"{number(rows.read)} Zeilen gelesen", f"{number(rows.used)} verwendet"]
    if rows.totals:
        parts.append(f"{number(rows.totals)} Summenzeilen verglichen")
    aside = sum(n for _, n in rows.aside)
    parts.append(f"{number(aside)} beiseitegelegt" + (":" if aside else ""))
    return ", ".join(parts)


def together(found: Iterable[Finding]) -> list[Finding]:
    """Findings that say the same of several files, as one that names them all."""
    files: dict[Finding, list[str]] = {}
    for finding in found:
        files.setdefault(replace(finding, source=""), []).append(finding.source)
    return [replace(f, source=", ".join(filter(None, names))) for f, names in files.items()]


def _lines(finding: Finding) -> Iterator[str]:
    files = finding.source.split(", ")
    named = finding.source if len(files) <= _FILES else f"{number(len(files))} Dateien"
    source = f"{named}: " if named else ""
    yield f"  [{finding.topic}] {source}{finding.text}"
    every = (*finding.details, *(with_days(str(p)) for p in finding.problems))
    shown = every[:_SHOWN]
    if shown and max(map(len, shown)) <= _SHORT:
        yield f"    {', '.join(shown)}"
    else:
        yield from (f"    - {line}" for line in shown)
    left = len(every) - _SHOWN
    if left > 0:
        yield f"    … und {number(left)} weitere; alle stehen im Bericht (--html)."
    if finding.todo:
        yield f"    Zu tun: {finding.todo}"


def html(report: Report) -> str:
    """The report as one page that needs nothing else; every list is whole."""
    bad = bool(report.of("error"))
    parts = [
        paragraph(f"Projektdatei {report.project}. {verdict(report)}", "note" if bad else "good")
    ]
    if report.internal:
        parts.append(
            paragraph(
                "Intern: Die Quellen sind nicht alle öffentlich. Der Bericht ist für Menschen, "
                "die mit den ungeschützten Zahlen arbeiten dürfen."
            )
        )
    parts += _at_a_glance(report)
    parts += [part for severity in _URGENT for part in _section(report, severity)]
    if report.sources:
        parts += [heading("Was aus den Zeilen wurde"), _sources(report), *_aside(report)]
    parts += _section(report, "note")
    return page(f"Prüfbericht: {report.title}", parts)


def _at_a_glance(report: Report) -> Iterator[str]:
    """What somebody has to do, one line each, on the first screen."""
    lines = [
        link(
            f"{severity}-{i}",
            f"{SEVERITIES[severity][0]}: {finding.source or finding.topic}",
            f" – {finding.text}",
        )
        for severity in _URGENT
        for i, finding in enumerate(together(report.of(severity)), 1)
    ]
    if lines:
        yield heading("Auf einen Blick")
        yield items(lines)


def _sources(report: Report) -> str:
    rows = (
        (
            r.file, r.title, span(r.periods), number(r.read), number(r.used), number(r.totals),
            number(sum(n for _, n in r.aside)),
            f"{number(r.areas[0])} von {number(r.areas[1])}" if r.areas else "–",
        )
        for r in report.sources
    )  # fmt: skip
    head = ["Datei", "Quelle", "Stichtage", "gelesen", "benutzt", "Summen", "beiseite", "Gebiete"]
    return table("Zeilen je Datei", head, rows, words=3)


def _aside(report: Report) -> Iterator[str]:
    rows = [(r.file, reason, number(n)) for r in report.sources for reason, n in r.aside]
    if rows:
        yield table("Beiseitegelegte Zeilen", ["Datei", "Grund", "Zeilen"], rows, words=2)


def _section(report: Report, severity: Severity) -> Iterator[str]:
    found = report.of(severity)
    if not found:
        return
    yield heading(f"{SEVERITIES[severity][1]} ({number(len(together(found)))})")
    for i, finding in enumerate(together(found), 1):
        source = f"{finding.source}: " if finding.source else ""
        lead = f"{finding.topic}. {source}"
        yield paragraph(finding.text, lead=lead, anchor=f"{severity}-{i}")
        if finding.details:
            yield _list(finding.details)
        if finding.problems:
            yield _problems(finding.source, finding.problems)
        if finding.todo:
            yield paragraph(finding.todo, "todo", lead="Zu tun: ")


def _list(details: Sequence[str]) -> str:
    if max(map(len, details)) <= _SHORT and len(details) > 3:
        return folded(paragraph(" · ".join(details)), len(details), _OPEN)
    return folded(items(details), len(details), _OPEN)


def _problems(source: str, problems: Iterable[Problem]) -> str:
    rows = [
        tuple(map(with_days, (p.where.removeprefix(f"{source}, "), p.found, p.allowed)))
        for p in problems
    ]
    shown = table("", ["Wo", "Gefunden", "Erlaubt, oder was zu tun ist"], rows, words=3)
    return folded(shown, len(rows), _OPEN)
