"""The German reports of `sozialatlas protect` and `sozialatlas audit`.

The public report holds nothing that depends on which hidden cells are small: their number,
or what hiding the others cost in counts, would be one more equation for its readers.
"""

from collections.abc import Iterator

import numpy as np

from atlas import wording
from atlas.protecting import words
from atlas.protecting.audited import Audited
from atlas.protecting.options import AuditOptions, ProtectOptions
from atlas.protecting.page import heading, items, page, paragraph, table
from atlas.protecting.protected import Protected
from atlas.protecting.sections import (
    CELLS,
    assumptions,
    levels,
    making,
    narrowest,
    overview,
    widths,
    zeros_row,
)
from indicators.disclosure.cells import FloatArray
from indicators.disclosure.task import Pattern

INTERNAL = "Nur für den internen Gebrauch: Dieser Bericht nennt, welche Zahlen klein sind."


CONFIDENTIAL = "Vertraulich: Dieser Bericht nennt Zahlen, die sich berechnen lassen."


_SAFE = (
    "Nachgerechnet und sicher: Unter den Annahmen unten lässt sich keine geschützte Zahl zu genau "
    "berechnen."
)


_WEAK = (
    "Nachgerechnet, aber nur unter einer schwachen Annahme: Wer nicht darauf achtet, wo Nullen "
    "stehen, kann keine geschützte Zahl zu genau berechnen. Wer bemerkt, dass jede Null gedruckt "
    "ist, kann kleine Zahlen genau berechnen. Davor schützt erst die Angabe --zeros published."
)


_GAPS = (1, 2, 5, 10, 20, 50)


n = wording.number


def protect_page(done: Protected, options: ProtectOptions) -> str:
    """The report on a protected table.

    Parameters
    ----------
    options
        ``internal``: with the primary cells and the narrowest ranges by name, and marked so.
    """
    title = f"Bericht zur Geheimhaltung: {options.label}"
    zero = done.task.value == 0
    parts = [
        *([paragraph(INTERNAL, "note")] if options.internal else []),
        paragraph(_WEAK, "note") if done.noticed else paragraph(_SAFE, "good"),
        heading("Auf einen Blick"),
        paragraph(CELLS),
        overview(done.plain, zero & ~done.hidden, done.hidden),
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
    title = f"Bericht zur Prüfung: {options.label}"
    shown = done.table
    zero = (shown.value == 0) & shown.printed
    parts = [
        *_verdict(done),
        heading("Auf einen Blick"),
        paragraph(CELLS),
        overview(done.plain, zero, shown.hidden, shown),
        *map(paragraph, _audit_notes(done, options)),
        heading("Was geheim ist"),
        *levels(done.plain, shown.hidden),
        heading("Was sich noch berechnen lässt"),
        *widths(done.low, done.high, shown.hidden),
        *narrowest(done.plain, done.low, done.high, shown.hidden),
        heading("Annahmen und Grenzen"),
        items(assumptions(options, options.truth is not None)),
        heading("Herstellung"),
        making(options, _audit_wishes(options)),
    ]
    return page(title, parts)


def _verdict(done: Audited) -> Iterator[str]:
    if not done.findings:
        yield paragraph(
            "Nachgerechnet und sicher: Unter den Annahmen unten ist keine kleine Zahl gedruckt, "
            "und keine geheime lässt sich zu genau berechnen.",
            "good",
        )
        return
    yield paragraph(CONFIDENTIAL, "note")
    yield heading("Befunde")
    many = "einen Befund" if len(done.findings) == 1 else f"{n(len(done.findings))} Befunde"
    yield paragraph(
        f"Die Tabelle ist nicht sicher. Es gibt {many}. Veröffentlichen Sie sie so nicht. Ist sie "
        "schon veröffentlicht, sprechen Sie mit der Datenschutzstelle."
    )
    rows = [(p.where, p.found, p.allowed) for p in done.findings]
    header = ("Zelle", "Befund", "Nötig wäre")
    yield table("Was gefunden wurde", header, rows, words=3, wide=True)


def _audit_notes(done: Audited, options: AuditOptions) -> Iterator[str]:
    if done.table.absent.any():
        yield (
            f"{words.cells(done.table.absent, 'steht', 'stehen')} nicht in der Tabelle. Was nicht "
            "da steht, gilt als geheim und mindestens 0, nicht als 0."
        )
    if done.table.undelivered.any():
        yield (
            f"{words.cells(done.table.undelivered, 'wurde', 'wurden')} nie geliefert. Solche "
            "Zellen gelten als unbekannt, nicht als geheim."
        )
    if done.table.internal:
        yield "Die Tabelle hat die Spalte kind: Sie ist intern und nicht zum Veröffentlichen."
    if done.exact:
        yield (
            f"{words.exact_in_vain(done.exact)}. Das verrät keine kleine Zahl, aber die "
            "Geheimhaltung nützt dort nichts."
        )
    if options.truth is None:
        yield (
            "Die wahren Zahlen lagen nicht vor. Ein Befund ist deshalb nur, was bei jeder "
            "möglichen wahren Zahl zu eng ist. Wer die wahren Zahlen hat, kann die ganze Regel "
            "prüfen lassen (Angabe --truth)."
        )
    else:
        yield f"Geprüft mit den wahren Zahlen aus {options.truth.name}."


def _reasons(options: ProtectOptions) -> Iterator[str]:
    last = options.threshold - 1
    small = {1: "Die Zahl 1 kann", 2: "Die Zahlen 1 und 2 können"}
    yield (
        f"{small.get(last, f'Zahlen von 1 bis {n(last)} können')} etwas über einzelne Menschen "
        "verraten und sind deshalb geheim."
    )
    yield (
        "Eine Lücke allein schützt nicht: Aus einer Summe und den übrigen Teilen ließe sie sich "
        "ausrechnen. Deshalb sind weitere, auch größere Zahlen geheim, bei möglichst geringem "
        "Verlust. Weder die Tabelle noch dieser Bericht sagt, welche Zahl aus welchem Grund "
        "geheim ist."
    )
    if options.secret is not None:
        yield "Außerdem sind Zellen geheim, die das Amt dafür benannt hat."
    if options.zeros == "published":
        yield "Nullen sind gedruckt. Eine leere Stelle in der Tabelle ist nie eine Null."


def _economy(pattern: Pattern, options: ProtectOptions) -> Iterator[str]:
    """What is proven of the choice; exact figures are internal."""
    aim = {
        "count": "Gesucht war die Auswahl, bei der zusätzlich möglichst wenige Fälle geheim sind.",
        "cell": "Gesucht war die Auswahl, bei der zusätzlich möglichst wenige Zellen geheim sind.",
        "weights": "Gesucht war die Auswahl mit dem kleinsten Gewicht der zusätzlichen Zellen.",
    }
    yield aim[options.cost]
    if options.internal:
        loss = f"{n(pattern.loss)} {words.loss_words(options.cost)}"
        yield f"Zusätzlich geheim: {loss}; {words.bound_words(pattern)}."
        return
    ended = words.ended_words(pattern)
    yield f"{_gap_words(pattern)} {ended[0].upper()}{ended[1:]}."


def _gap_words(pattern: Pattern) -> str:
    """The gap, rounded up so coarsely that it tells nothing of single numbers."""
    if pattern.loss <= pattern.bound:
        return "Es ist bewiesen, dass weniger nicht reicht."
    limit = next((g for g in _GAPS if 100 * pattern.gap <= g), None)
    if limit is None:
        return "Wie viel sich davon sparen ließe, wurde nicht bewiesen."
    return f"Es ist bewiesen, dass sich davon höchstens {limit}{wording.NARROW}% sparen ließen."


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
    yield from narrowest(plain, done.low, done.high, done.hidden)


def _end(bound: FloatArray, cell: int) -> str:
    return "offen" if np.isnan(bound[cell]) else n(bound[cell])


def _wishes(options: ProtectOptions) -> list[tuple[str, str]]:
    lost = {"count": "Fälle", "cell": "Zellen", "weights": "Gewichte"}[options.cost]
    rows = [zeros_row(options), ("Möglichst wenig verloren", lost)]
    if options.keep:
        rows.append(("Bleibt gedruckt", "; ".join(options.keep)))
    return rows


def _audit_wishes(options: AuditOptions) -> list[tuple[str, str]]:
    return [
        zeros_row(options),
        ("Heißt geheim", ", ".join([*sorted(options.symbols), "leere Zahl"])),
    ]
