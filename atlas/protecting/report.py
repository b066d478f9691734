"""The German reports of `sozialatlas protect` and `sozialatlas audit`.

The public report holds nothing that depends on which hidden cells are small: their number,
or what hiding the others cost in counts, would be one more equation for its readers.
"""

from collections.abc import Iterator

import numpy as np

from atlas import wording
from atlas.protecting.audited import Audited
from atlas.protecting.options import AuditOptions, ProtectOptions
from atlas.protecting.page import heading, items, page, paragraph, table
from atlas.protecting.protected import Protected
from atlas.protecting.sections import assumptions, levels, making, narrowest, overview, widths
from atlas.protecting.words import bound_words, ended_words, loss_words
from indicators.disclosure.cells import FloatArray
from indicators.disclosure.task import Pattern

INTERNAL = "Nur für den internen Gebrauch: Dieser Bericht nennt, welche Zahlen klein sind."


CONFIDENTIAL = "Vertraulich: Dieser Bericht nennt Zahlen, die sich berechnen lassen."


_GAPS = (1, 2, 5, 10, 20, 50)


n = wording.number


def protect_page(done: Protected, options: ProtectOptions) -> str:
    """The report on a protected table.

    Parameters
    ----------
    options
        ``internal``: with the primary cells and the narrowest ranges by name, and marked so.
    """
    title = f"Bericht zur Geheimhaltung: {options.table.name}"
    zero = done.task.value == 0
    parts = [
        *([paragraph(INTERNAL, "note")] if options.internal else []),
        heading("Auf einen Blick"),
        overview(done.plain, zero & ~done.hidden, done.hidden, np.zeros_like(zero)),
        paragraph("Die Auswahl wurde unabhängig nachgerechnet. Sie ist sicher.", "good"),
        heading("Warum Zahlen geheim sind"),
        *map(paragraph, _reasons(options)),
        heading("Was geheim ist"),
        *levels(done.plain, done.hidden),
        heading("Was sich noch berechnen lässt"),
        *widths(done.low, done.high, done.hidden),
        heading("Wie sparsam die Auswahl ist"),
        *map(paragraph, _economy(done.pattern, options)),
        heading("Annahmen und Grenzen"),
        items(assumptions(options)),
        *(_internal(done) if options.internal else []),
        heading("Herstellung"),
        making(options, _wishes(options)),
    ]
    return page(title, parts)


def audit_page(done: Audited, options: AuditOptions) -> str:
    """The report on the audit of a published table."""
    title = f"Bericht zur Prüfung: {options.table.name}"
    shown = done.table
    zero = (shown.value == 0) & ~shown.hidden & ~shown.open
    parts = [
        *_verdict(done),
        heading("Auf einen Blick"),
        overview(done.plain, zero, shown.hidden, shown.open),
        *map(paragraph, _audit_notes(done, options)),
        heading("Was geheim ist"),
        *levels(done.plain, shown.hidden),
        heading("Was sich berechnen lässt"),
        *widths(done.low, done.high, shown.hidden),
        *narrowest(done.plain, done.low, done.high, shown.hidden),
        heading("Annahmen und Grenzen"),
        items(assumptions(options)),
        heading("Herstellung"),
        making(options, _audit_wishes(options)),
    ]
    return page(title, parts)


def _verdict(done: Audited) -> Iterator[str]:
    if not done.findings:
        yield paragraph("Die Tabelle ist sicher nach den Annahmen unten.", "good")
        return
    yield paragraph(CONFIDENTIAL, "note")
    yield heading("Befunde")
    yield paragraph(f"Die Tabelle ist nicht sicher. Es gibt {n(len(done.findings))} Befunde:")
    rows = [(p.where, p.found, p.allowed) for p in done.findings]
    yield table("Was gefunden wurde", ("Zelle", "Befund", "Nötig wäre"), rows, words=3)


def _audit_notes(done: Audited, options: AuditOptions) -> Iterator[str]:
    if done.table.open.any():
        yield (
            f"{n(int(done.table.open.sum()))} Zellen stehen nicht in der Tabelle. Sie gelten als "
            "unbekannt und mindestens 0, nicht als 0."
        )
    if done.table.internal:
        yield "Die Tabelle hat die Spalte kind: Sie ist intern und nicht zum Veröffentlichen."
    if done.exact:
        yield (
            f"{n(done.exact)} geheime Zahlen ab der Schwelle lassen sich genau berechnen. Das "
            "verrät keine kleine Zahl, aber ihre Geheimhaltung nützt nichts."
        )
    if options.truth is None:
        yield (
            "Die wahren Zahlen lagen nicht vor. Ein Befund ist deshalb nur, was bei jeder "
            "möglichen wahren Zahl zu eng ist; mit --truth wird die ganze Regel geprüft."
        )
    else:
        yield f"Geprüft mit den wahren Zahlen aus {options.truth.name}."


def _reasons(options: ProtectOptions) -> Iterator[str]:
    yield (
        f"Zahlen von 1 bis {options.threshold - 1} können etwas über einzelne Menschen "
        "verraten. Sie werden nicht gedruckt."
    )
    yield (
        "Eine Lücke allein schützt nicht: Aus einer Summe und den übrigen Teilen ließe sie sich "
        "ausrechnen. Deshalb sind weitere Zellen geheim, bei möglichst geringem Verlust. Die "
        "Tabelle verrät nicht, welche Zellen zu welcher Art gehören."
    )
    if options.secret is not None:
        yield "Außerdem sind Zellen geheim, die das Amt dafür benannt hat."
    yield "Nullen sind gedruckt."


def _economy(pattern: Pattern, options: ProtectOptions) -> Iterator[str]:
    """What is proven of the choice; exact figures are internal."""
    aim = {
        "count": "Gesucht war die Auswahl, bei der zusätzlich möglichst wenige Fälle geheim sind.",
        "cell": "Gesucht war die Auswahl, bei der zusätzlich möglichst wenige Zellen geheim sind.",
        "weights": "Gesucht war die Auswahl mit dem kleinsten Gewicht der zusätzlichen Zellen.",
    }
    yield aim[options.cost]
    if options.internal:
        loss = f"{n(pattern.loss)} {loss_words(options.cost)}"
        yield f"Zusätzlich geheim: {loss}; {bound_words(pattern)}."
        return
    ended = ended_words(pattern)
    yield f"{_gap_words(pattern)} {ended[0].upper()}{ended[1:]}."


def _gap_words(pattern: Pattern) -> str:
    """The gap, rounded up so coarsely that it tells nothing of single numbers."""
    if pattern.loss <= pattern.bound:
        return "Es ist bewiesen, dass weniger nicht reicht."
    limit = next((g for g in _GAPS if 100 * pattern.gap <= g), None)
    if limit is None:
        return "Wie weit sie von der sparsamsten entfernt ist, wurde nicht bewiesen."
    return f"Es ist bewiesen, dass sie höchstens {limit}{wording.NARROW}% über dem Nötigen liegt."


def _internal(done: Protected) -> Iterator[str]:
    """The primary cells and the narrowest ranges by name."""
    task, plain = done.task, done.plain
    primary = np.flatnonzero(task.primary)
    yield heading("Intern: selbst zu schützende Zellen")
    rows = [
        (
            plain.system.name(c),
            "klein" if done.small[c] else "so entschieden",
            n(int(task.value[c])),
            _end(done.low, c),
            _end(done.high, c),
        )
        for c in primary.tolist()
    ]
    header = ("Zelle", "Grund", "wahre Zahl", "mindestens", "höchstens")
    yield table(f"{n(len(primary))} Zellen und ihr Bereich für Leser", header, rows, words=2)
    yield heading("Intern: die engsten Bereiche")
    yield from narrowest(plain, done.low, done.high, done.hidden)


def _end(bound: FloatArray, cell: int) -> str:
    return "offen" if np.isnan(bound[cell]) else n(bound[cell])


def _wishes(options: ProtectOptions) -> list[tuple[str, str]]:
    rows = [("Kosten", {"count": "Fälle", "cell": "Zellen", "weights": "Gewichte"}[options.cost])]
    if options.keep:
        rows.append(("Bleibt gedruckt", "; ".join(options.keep)))
    return rows


def _audit_wishes(options: AuditOptions) -> list[tuple[str, str]]:
    return [("Heißt geheim", ", ".join([*sorted(options.symbols), "leere Zahl"]))]
