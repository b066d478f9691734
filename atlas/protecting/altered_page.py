"""The German report on a rounded or perturbed table.

The public one holds nothing that depends on which numbers are small, or how many are zero.
"""

from collections.abc import Iterator

from atlas import wording
from atlas.protecting.altered import Altered, AlterOptions
from atlas.protecting.page import heading, items, page, paragraph, table
from atlas.protecting.report import INTERNAL
from atlas.protecting.sections import making, widths

n = wording.number


def altered_page(done: Altered, options: AlterOptions) -> str:
    """The report on a rounded or perturbed table.

    Parameters
    ----------
    options
        ``internal``: with the ranges of small numbers, and marked so.
    """
    parts = [
        *([paragraph(INTERNAL, "note")] if options.internal else []),
        paragraph("Nachgerechnet: keine kleine Zahl lässt sich genau berechnen.", "good"),
        heading("Was mit den Zahlen geschehen ist"),
        *map(paragraph, done.done.how),
        _counted(done),
        heading("Was Leser beachten müssen"),
        items(_reading(options)),
        *(_internal(done) if options.internal else []),
        heading("Herstellung"),
        making(options, _wishes(options)),
    ]
    return page(f"Bericht zur Geheimhaltung: {options.label}", parts)


def _counted(done: Altered) -> str:
    exact = int(done.exact.sum())
    rows = [("verändert oder zufällig gleich", n(done.plain.size - exact)), ("genau", n(exact))]
    return table("Zellen aller Ebenen", ("Zellen", "Anzahl"), rows)


def _reading(options: AlterOptions) -> Iterator[str]:
    if options.method == "round":
        base = options.how.base
        yield (
            f"Eine gedruckte 0 kann eine echte Null oder eine kleine Zahl sein, eine {base} "
            f"jede Zahl von 1 bis {2 * base - 1}."
        )
    else:
        yield "Eine gedruckte 0 kann eine echte Null oder eine kleine Zahl sein."
        yield "Summen gedruckter Zahlen weichen von gedruckten Summen ab. Das ist kein Fehler."
    yield (
        "Anteile und Raten dürfen nur aus diesen Zahlen gerechnet werden. Eine wahre Rate daneben "
        "gäbe die wahre Zahl zurück."
    )
    yield (
        "Nicht berücksichtigt sind andere Tabellen über dieselben Menschen, frühere Fassungen "
        "dieser Tabelle, Wissen von anderswo und was jemand von sich selbst weiß."
    )


def _internal(done: Altered) -> Iterator[str]:
    yield heading("Intern: was sich von kleinen Zahlen sagen lässt")
    if done.small.any():
        yield from widths(done.done.low, done.done.high, done.small)
    else:
        yield paragraph("Keine Zahl ist klein.")


def _wishes(options: AlterOptions) -> list[tuple[str, str]]:
    how = options.how
    rows = [("Verfahren", {"round": f"Rundung auf Vielfache von {how.base}",
                           "perturb": "Cell-Key-Verfahren"}.get(options.method, ""))]  # fmt: skip
    if options.method == "perturb":
        rows.append(("Größte Abweichung", n(how.noise.deviation)))
        rows.append(("Nie gedruckt", _forbidden(how.noise.forbidden)))
    rows.append(("Geheimer Schlüssel", "keiner" if how.key is None else "ja"))
    if options.keep:
        rows.append(("Bleibt genau", "; ".join(options.keep)))
    return rows


def _forbidden(last: int) -> str:
    if not last:
        return "keine Zahl"
    return "1" if last == 1 else f"1 bis {last}"
