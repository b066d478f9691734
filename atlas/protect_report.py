"""The German reports of `sozialatlas protect` and `sozialatlas audit`.

The public report holds nothing that depends on which hidden cells are small: their number,
or what hiding the others cost in counts, would be one more equation for its readers.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import version

import numpy as np

from atlas import wording
from atlas.auditing import Audited, AuditOptions
from atlas.protecting import (
    Protected,
    ProtectOptions,
    TableOptions,
    bound_words,
    ended_words,
    loss_words,
)
from atlas.report_page import heading, items, page, paragraph, table
from indicators.disclosure.cells import BoolArray, FloatArray
from indicators.disclosure.plain import Plain, level_words
from indicators.disclosure.task import Pattern

INTERNAL = "Nur für den internen Gebrauch: Dieser Bericht nennt, welche Zahlen klein sind."
CONFIDENTIAL = "Vertraulich: Dieser Bericht nennt Zahlen, die sich berechnen lassen."
_WIDTHS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, 100))
_GAPS = (1, 2, 5, 10, 20, 50)
_NARROWEST = 20

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
        _overview(done.plain, zero & ~done.hidden, done.hidden, np.zeros_like(zero)),
        paragraph("Die Auswahl wurde unabhängig nachgerechnet. Sie ist sicher.", "good"),
        heading("Warum Zahlen geheim sind"),
        *map(paragraph, _reasons(options)),
        heading("Was geheim ist"),
        *_levels(done.plain, done.hidden),
        heading("Was sich noch berechnen lässt"),
        *_widths(done.low, done.high, done.hidden),
        heading("Wie sparsam die Auswahl ist"),
        *map(paragraph, _economy(done.pattern, options)),
        heading("Annahmen und Grenzen"),
        items(_assumptions(options)),
        *(_internal(done) if options.internal else []),
        heading("Herstellung"),
        _making(options, _wishes(options)),
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
        _overview(done.plain, zero, shown.hidden, shown.open),
        *map(paragraph, _audit_notes(done, options)),
        heading("Was geheim ist"),
        *_levels(done.plain, shown.hidden),
        heading("Was sich berechnen lässt"),
        *_widths(done.low, done.high, shown.hidden),
        *_narrowest(done.plain, done.low, done.high, shown.hidden),
        heading("Annahmen und Grenzen"),
        items(_assumptions(options)),
        heading("Herstellung"),
        _making(options, _audit_wishes(options)),
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


def _overview(plain: Plain, zero: BoolArray, hidden: BoolArray, open_: BoolArray) -> str:
    printed = plain.size - int(hidden.sum()) - int(zero.sum()) - int(open_.sum())
    counted = [
        ("mit Zahl veröffentlicht", printed),
        ("null, veröffentlicht", int(zero.sum())),
        ("geheim", int(hidden.sum())),
        *([("nicht in der Tabelle", int(open_.sum()))] if open_.any() else []),
        ("zusammen", plain.size),
    ]
    rows = [(word, n(count), wording.share_text(count, plain.size)) for word, count in counted]
    return table("Zellen aller Ebenen", ("Zellen", "Anzahl", "Anteil"), rows)


def _reasons(options: ProtectOptions) -> Iterator[str]:
    yield (
        f"Zahlen von 1 bis {options.threshold - 1} können etwas über einzelne Menschen "
        "verraten. Sie werden nicht gedruckt."
    )
    yield (
        "Eine Lücke allein schützt nicht: Aus einer Summe und den übrigen Teilen ließe sie sich "
        "ausrechnen. Deshalb sind weitere Zellen geheim, so wenige wie möglich. Die Tabelle "
        "verrät nicht, welche Zellen zu welcher Art gehören."
    )
    if options.secret is not None:
        yield "Außerdem sind Zellen geheim, die das Amt dafür benannt hat."
    yield "Nullen sind gedruckt."


def _levels(plain: Plain, hidden: BoolArray) -> Iterator[str]:
    """For each dimension a table of its levels."""
    at = np.unravel_index(np.arange(plain.size), plain.shape)
    for dimension, codes in zip(plain.dimensions, at, strict=True):
        words = level_words(dimension)
        rows = []
        for word in sorted(set(words), key=words.index):
            member = np.array([w == word for w in words])
            inside = member[codes]
            count, gone = int(inside.sum()), int((inside & hidden).sum())
            share = wording.share_text(gone, count)
            rows.append((word, n(int(member.sum())), n(count), n(gone), share))
        header = ("Ebene", "Schlüssel", "Zellen", "davon geheim", "Anteil")
        yield table(f"Nach {dimension.name}", header, rows)


def _widths(low: FloatArray, high: FloatArray, hidden: BoolArray) -> Iterator[str]:
    """How many numbers remain possible for the hidden cells."""
    if not hidden.any():
        yield paragraph("Keine Zelle ist geheim.")
        return
    yield paragraph(
        "Wer alle Summen kennt, kann jede geheime Zahl auf einen Bereich eingrenzen. So viele "
        "Werte bleiben möglich:"
    )
    possible = (high - low + 1)[hidden]
    rows = []
    for first, last in _WIDTHS:
        count = int(((possible >= first) & (possible <= last)).sum())
        rows.append((n(first) if first == last else f"{n(first)} bis {n(last)}", n(count)))
    rows.append((f"mehr als {n(_WIDTHS[-1][1])}", n(int((possible > _WIDTHS[-1][1]).sum()))))
    rows.append(("nach oben offen", n(int(np.isnan(possible).sum()))))
    yield table(
        "Mögliche Werte der geheimen Zellen",
        ("Mögliche Werte", "Zellen"),
        [row for row in rows if row[1] != "0"],
    )


def _narrowest(plain: Plain, low: FloatArray, high: FloatArray, hidden: BoolArray) -> Iterator[str]:
    width = np.where(hidden, high - low, np.nan)
    order = np.argsort(width, kind="stable")[: int(np.isfinite(width).sum())][:_NARROWEST]
    rows = [(plain.system.name(int(c)), n(low[c]), n(high[c])) for c in order]
    if rows:
        yield table("Die engsten Bereiche", ("Zelle", "mindestens", "höchstens"), rows)


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


def _assumptions(options: TableOptions) -> Iterator[str]:
    lowest = options.rule.lowest
    yield (
        "Leser kennen alle gedruckten Zahlen, alle Summen und Hierarchien, diese Regel und das "
        "Verfahren, und wissen, dass es ganze Zahlen ab 0 sind."
    )
    if lowest:
        yield (
            "Leser wissen, dass jede Null gedruckt ist: Eine geheime Zahl ist mindestens 1. Eine "
            f"kleine Zahl n muss deshalb n − 1 (wenigstens 1) und {options.threshold} sein können."
        )
    else:
        yield (
            "Es wird angenommen, dass eine geheime Zahl für Leser auch 0 sein kann. Eine kleine "
            "Zahl n muss n − 1 und n + 1 sein können. Wer bemerkt, dass jede Null gedruckt ist, "
            "weiß mehr; strenger ist --zeros published."
        )
    yield (
        "Die Person hinter einer 1 kennt diese Zahl."
        if options.rule.insiders
        else "Niemand kennt eine der geheimen Zahlen, auch nicht die Person hinter einer 1."
    )
    yield (
        "Nicht berücksichtigt sind andere Tabellen, frühere Ausgaben und Wissen von anderswo. "
        "Bei kleinen Tabellen kann auch die Auswahl der geheimen Zellen etwas über die Zahlen "
        "verraten, weil sie von ihnen abhängt."
    )


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
    yield from _narrowest(plain, done.low, done.high, done.hidden)


def _end(bound: FloatArray, cell: int) -> str:
    return "offen" if np.isnan(bound[cell]) else n(bound[cell])


def _wishes(options: ProtectOptions) -> list[tuple[str, str]]:
    rows = [("Kosten", {"count": "Fälle", "cell": "Zellen", "weights": "Gewichte"}[options.cost])]
    if options.keep:
        rows.append(("Bleibt gedruckt", "; ".join(options.keep)))
    return rows


def _audit_wishes(options: AuditOptions) -> list[tuple[str, str]]:
    return [("Heißt geheim", ", ".join([*sorted(options.symbols), "leere Zahl"]))]


def _making(options: TableOptions, more: Sequence[tuple[str, str]]) -> str:
    files = [f"{name}: {path.name}" for name, path in options.files]
    now = datetime.now().astimezone()
    rows = [
        ("Tabelle", options.table.name),
        ("Dimensionen", ", ".join(options.names)),
        ("Hierarchien", "; ".join(files) or "keine"),
        ("Schwelle", str(options.threshold)),
        ("Nullen", {"published": "gedruckt, geheim heißt mindestens 1",
                    "hidden": "gedruckt, geheim heißt mindestens 0"}[options.zeros]),
        *more,
        ("Programm", f"sozialatlas {version('sozialatlas')}"),
        ("Erstellt", f"{wording.day(now.date().isoformat())}, {now:%H:%M} Uhr"),
    ]  # fmt: skip
    return table("Angaben", ("Angabe", "Wert"), rows, words=2)
