"""A check report as lines for the terminal and as one page of HTML."""

from collections.abc import Iterator

from atlas.check.findings import SEVERITIES, Finding, Report, Severity, SourceRows
from atlas.check.rows import span
from atlas.protecting.page import heading, items, page, paragraph, table
from atlas.wording import number

_SHOWN = 12
"""So many names of a finding stand on the terminal; the page has all."""

_SHORT = 40
"""Names up to this length stand in one line."""


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
            yield plural
        for finding in found:
            yield from _lines(finding)


def verdict(report: Report) -> str:
    """How many errors, warnings and notes, and what follows."""
    counts = {key: len(report.of(key)) for key in SEVERITIES}
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


def _lines(finding: Finding) -> Iterator[str]:
    source = f"{finding.source}: " if finding.source else ""
    yield f"  [{finding.topic}] {source}{finding.text}"
    shown = finding.details[:_SHOWN]
    if shown and max(map(len, shown)) <= _SHORT:
        yield f"    {', '.join(shown)}"
    else:
        yield from (f"    - {line}" for line in shown)
    left = len(finding.details) - _SHOWN
    if left > 0:
        yield f"    … und {number(left)} weitere; alle stehen im Bericht (--html)."


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
    if report.sources:
        parts += [heading("Was aus den Zeilen wurde"), _sources(report), *_aside(report)]
    parts += [part for severity in SEVERITIES for part in _section(report, severity)]
    return page(f"Prüfbericht: {report.title}", parts)


def _sources(report: Report) -> str:
    rows = (
        (
            r.file, r.title, span(r.periods), number(r.read), number(r.used), number(r.totals),
            number(sum(n for _, n in r.aside)),
            f"{number(r.areas[0])} von {number(r.areas[1])}" if r.areas else "–",
        )
        for r in report.sources
    )  # fmt: skip
    head = ["Datei", "Quelle", "Stichtage", "Zeilen gelesen", "verwendet", "Summenzeilen",
            "beiseitegelegt", "Gebiete mit Zeilen"]  # fmt: skip
    return table("Zeilen je Datei", head, rows, words=3)


def _aside(report: Report) -> Iterator[str]:
    rows = [(r.file, reason, number(n)) for r in report.sources for reason, n in r.aside]
    if rows:
        yield table("Beiseitegelegte Zeilen", ["Datei", "Grund", "Zeilen"], rows, words=2)


def _section(report: Report, severity: Severity) -> Iterator[str]:
    found = report.of(severity)
    if not found:
        return
    yield heading(f"{SEVERITIES[severity][1]} ({number(len(found))})")
    for topic in dict.fromkeys(f.topic for f in found):
        for finding in (f for f in found if f.topic == topic):
            source = f"{finding.source}: " if finding.source else ""
            yield paragraph(f"{topic}. {source}{finding.text}")
            if finding.details:
                yield items(finding.details)
