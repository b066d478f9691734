"""Sections that the reports on protecting and on auditing share."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import version

import numpy as np

from atlas import wording
from atlas.protecting.options import TableOptions
from atlas.protecting.page import paragraph, table
from indicators.disclosure.cells import BoolArray, FloatArray
from indicators.disclosure.plain import Plain, level_words

_WIDTHS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, 100))


_NARROWEST = 20


n = wording.number


def overview(plain: Plain, zero: BoolArray, hidden: BoolArray, open_: BoolArray) -> str:
    """How many cells are printed, zero, hidden, and absent."""
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


def levels(plain: Plain, hidden: BoolArray) -> Iterator[str]:
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


def widths(low: FloatArray, high: FloatArray, hidden: BoolArray) -> Iterator[str]:
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
    rows.append(("nach oben offen", n(int((hidden & np.isnan(high) & ~np.isnan(low)).sum()))))
    rows.append(("nicht berechenbar", n(int((hidden & np.isnan(low)).sum()))))
    yield table(
        "Mögliche Werte der geheimen Zellen",
        ("Mögliche Werte", "Zellen"),
        [row for row in rows if row[1] != "0"],
    )


def narrowest(plain: Plain, low: FloatArray, high: FloatArray, hidden: BoolArray) -> Iterator[str]:
    """The hidden cells of which a reader knows most, by name."""
    width = np.where(hidden, high - low, np.nan)
    order = np.argsort(width, kind="stable")[: int(np.isfinite(width).sum())][:_NARROWEST]
    rows = [(plain.system.name(int(c)), n(low[c]), n(high[c])) for c in order]
    if rows:
        yield table("Die engsten Bereiche", ("Zelle", "mindestens", "höchstens"), rows)


def assumptions(options: TableOptions) -> Iterator[str]:
    """What readers are assumed to know, and what that leaves out."""
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


def making(options: TableOptions, more: Sequence[tuple[str, str]]) -> str:
    """What the result was made from, and by which program."""
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
