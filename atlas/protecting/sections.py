"""Sections that the reports on protecting and on auditing share."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import version

import numpy as np

from atlas import wording
from atlas.protecting.options import TableOptions
from atlas.protecting.page import paragraph, table
from atlas.protecting.published import Published
from indicators.disclosure.cells import BoolArray, FloatArray
from indicators.disclosure.plain import Plain, level_words
from indicators.disclosure.plain_codes import Dimension

_WIDTHS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, 100))


_NARROWEST = 20

CELLS = (
    "Eine Zelle ist eine Zahl der Tabelle, zum Beispiel eine Gruppe in einem Gebiet. Auch alle "
    "Summen sind Zellen. Geheim heißt: Die Zelle steht da, ihre Zahl nicht."
)


n = wording.number


def overview(
    plain: Plain, zero: BoolArray, hidden: BoolArray, shown: Published | None = None
) -> str:
    """How many cells are printed, zero, hidden, absent, and undelivered."""
    absent, undelivered = (
        (0, 0) if shown is None else (int(shown.absent.sum()), int(shown.undelivered.sum()))
    )
    printed = plain.size - int(hidden.sum()) - int(zero.sum()) - absent - undelivered
    counted = [
        ("mit Zahl veröffentlicht", printed),
        ("null, veröffentlicht", int(zero.sum())),
        ("geheim", int(hidden.sum())),
        *([("nicht in der Tabelle", absent)] if absent else []),
        *([("nie geliefert", undelivered)] if undelivered else []),
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
        for word in _from_the_top(dimension):
            member = np.array([w == word for w in words])
            inside = member[codes]
            count, gone = int(inside.sum()), int((inside & hidden).sum())
            share = wording.share_text(gone, count)
            rows.append((word, n(int(member.sum())), n(count), n(gone), share))
        header = ("Ebene", "Schlüssel", "Zellen", "davon geheim", "Anteil")
        yield table(f"Nach {dimension.name}", header, rows)


def _from_the_top(dimension: Dimension) -> list[str]:
    """The words for the levels of a dimension: the total, sums from coarse to fine, the parts."""
    by_stage = dict(zip(dimension.stage[1:].tolist(), level_words(dimension)[1:], strict=True))
    return [level_words(dimension)[0], *(by_stage[s] for s in sorted(by_stage, reverse=True))]


def widths(low: FloatArray, high: FloatArray, hidden: BoolArray) -> Iterator[str]:
    """How many numbers remain possible for the hidden cells."""
    if not hidden.any():
        yield paragraph("Keine Zelle ist geheim.")
        return
    yield paragraph(
        "Wer alle Summen kennt, kann jede geheime Zahl auf einen Bereich eingrenzen, zum Beispiel "
        "auf 1 bis 4. Das sind vier mögliche Werte. So viele bleiben:"
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
        "Wie viele Werte möglich bleiben",
        ("Mögliche Werte", "Zellen"),
        [row for row in rows if row[1] != "0"],
    )


def narrowest(plain: Plain, low: FloatArray, high: FloatArray, hidden: BoolArray) -> Iterator[str]:
    """The hidden cells of which a reader knows most, by name."""
    width = np.where(hidden, high - low, np.nan)
    order = np.argsort(width, kind="stable")[: int(np.isfinite(width).sum())][:_NARROWEST]
    rows = [(plain.system.name(int(c)), n(low[c]), n(high[c])) for c in order]
    if rows:
        caption = "Am genauesten einzugrenzen"
        if len(rows) == _NARROWEST:
            caption += f" (die ersten {_NARROWEST})"
        yield table(caption, ("Zelle", "mindestens", "höchstens"), rows)


def assumptions(options: TableOptions, truth: bool = True) -> Iterator[str]:
    """What readers are assumed to know, and what that leaves out.

    Parameters
    ----------
    truth
        Whether the true numbers were at hand; else nobody knows who stands behind a 1.
    """
    lowest = options.rule.lowest
    known = "Leser kennen alle gedruckten Zahlen, alle Summen und Hierarchien"
    if lowest:
        yield (
            f"{known}, diese Regel und das Verfahren, und wissen, dass es ganze Zahlen ab 0 sind."
        )
        yield (
            "Leser wissen, dass jede Null gedruckt ist: Eine geheime Zahl ist mindestens 1. Eine "
            "kleine Zahl muss für sie auch um eins kleiner (wenigstens 1) und so groß wie die "
            f"Schwelle ({options.threshold}) sein können."
        )
    else:
        yield (
            f"{known}, und wissen, dass es ganze Zahlen ab 0 sind. Es wird angenommen, dass eine "
            "geheime Zahl für sie auch 0 sein kann. Eine kleine "
            "Zahl muss für sie auch um eins kleiner und um eins größer sein können. Wer bemerkt, "
            "dass jede Null gedruckt ist, weiß mehr; strenger ist die Angabe --zeros published."
        )
    yield _insiders(options, truth)
    yield (
        "Nicht berücksichtigt sind andere Tabellen über dieselben Menschen, frühere Fassungen "
        "dieser Tabelle und Wissen von anderswo."
    )
    yield (
        "Liegt eine Gruppe ganz in einer Zelle, gilt das nicht als geheim, wenn die Zahl groß ist."
    )
    yield (
        "Welche Zellen geheim sind, hängt von den geheimen Zahlen ab. Bei kleinen Tabellen kann "
        "jemand mit dem Programm ausprobieren, welche Zahlen zu dieser Auswahl führen."
    )


def _insiders(options: TableOptions, truth: bool) -> str:
    """What is assumed of the person behind a count of 1."""
    if not options.rule.insiders:
        return (
            "Niemand kennt eine der geheimen Zahlen, auch nicht die Person hinter einer 1. Wer von "
            "sich selbst weiß, kann vielleicht mehr berechnen."
        )
    if not truth:
        return (
            "Was die Person hinter einer 1 mit dem Wissen von sich selbst berechnen kann, ist "
            "nicht geprüft: Dafür wären die wahren Zahlen nötig."
        )
    return (
        "Die Person hinter einer 1 weiß von sich. Auch für sie muss jede andere kleine Zahl größer "
        "und, außer bei 1, auch kleiner sein können, wo das für alle anderen so ist. Dass mehrere "
        "solche Personen zusammen rechnen, ist nicht berücksichtigt."
    )


def zeros_row(options: TableOptions) -> tuple[str, str]:
    """What a gap says of zeros, for `making`."""
    return "Nullen", f"gedruckt; eine geheime Zahl ist für Leser mindestens {options.rule.lowest}"


def making(options: TableOptions, more: Sequence[tuple[str, str]]) -> str:
    """What the result was made from, and by which program."""
    files = [f"{name}: {path.name}" for name, path in options.files]
    now = datetime.now().astimezone()
    rows = [
        ("Tabelle", options.label),
        ("Dimensionen", ", ".join(options.names)),
        ("Hierarchien", "; ".join(files) or "keine"),
        ("Schwelle", str(options.threshold)),
        *more,
        ("Programm", f"sozialatlas {version('sozialatlas')}"),
        ("Erstellt", f"{wording.day(now.date().isoformat())}, {now:%H:%M} Uhr"),
    ]  # fmt: skip
    return table("Angaben", ("Angabe", "Wert"), rows, words=2)
