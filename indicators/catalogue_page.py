"""The catalogue as a page of the handbook: every figure in plain German.

``python -m indicators.catalogue_page docs/handbuch/kennzahlen.md`` writes the page.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

from indicators.catalogue import Catalogue, load_catalogue, normal_cell
from indicators.entries import (
    FIRST_DATE,
    LAST_DATE,
    Break,
    DatedName,
    Index,
    Indicator,
    Measure,
)

FAMILIES = {
    "einwohner": (
        "Einwohnerinnen und Einwohner",
        "Wie viele Menschen im Gebiet leben und wie alt sie sind. Fast jeder Anteil bezieht sich "
        "auf diese Zahlen.",
    ),
    "sgb2": (
        "Grundsicherung für Arbeitsuchende",
        "Leistungen nach dem zweiten Buch des Sozialgesetzbuchs (SGB II), für die das Jobcenter "
        "zuständig ist. Wie die Leistung heißt, hängt vom Stichtag ab.",
    ),
    "arbeit": (
        "Arbeitslosigkeit",
        "Wer arbeitslos gemeldet ist, bei der Agentur für Arbeit (SGB III) oder beim Jobcenter "
        "(SGB II).",
    ),
    "sozialhilfe": (
        "Sozialhilfe und Eingliederungshilfe",
        "Leistungen des Sozialamts (SGB XII) und Leistungen für Menschen mit Behinderung (SGB IX).",
    ),
    "wohnungsnot": (
        "Wohnungsnotfälle",
        "Haushalte, die ihre Wohnung zu verlieren drohen oder verloren haben. Gezählt wird je "
        "Halbjahr, was in diesem Halbjahr geschah, außer wo ein Stichtag genannt ist.",
    ),
    "mss": (
        "Monitoring Soziale Stadtentwicklung Berlin",
        "Die Anteile, aus denen das Land Berlin alle zwei Jahre seine Indizes rechnet. Sie werden "
        "fertig geliefert. Eine Ausgabe heißt nach ihrem Jahr, ihr Stichtag ist der 31. Dezember "
        "des Jahres davor.",
    ),
    "mss_kontext": (
        "Kontext-Indikatoren des Berliner Monitorings",
        "Sie stehen neben dem Index und gehen nicht in ihn ein. Die Tabelle der Ausgabe 2021 trägt "
        "nur Kürzel, zum Beispiel KI_16 für K16; die Namen folgen dem Indikatorenheft. K14 und K15 "
        "(Wohnräume und Wohnfläche je Person) fehlen, weil sie keine Anteile sind.",
    ),
}
"""Title and introduction of each file of the catalogue that has figures, in this order."""

_HEAD = "\n".join(
    [
        "# Kennzahlen",
        "",
        "Was jede Zahl des Atlas heißt, wie sie gerechnet wird, woher sie kommt und was man beim "
        "Lesen beachten muss.",
        "Diese Seite entsteht aus dem Katalog des Programms (`make kennzahlen`) und wird nicht von "
        "Hand geändert.",
        "Welche Kennzahlen ein Atlas zeigt, steht in seiner Projektdatei unter `indicators`, jede "
        "mit ihrem Schlüssel.",
        "",
        "Drei Dinge gelten überall:",
        "",
        "- Gerechnet wird nur aus veröffentlichten, geschützten Anzahlen. Kleine Anzahlen bleiben "
        "geheim, und mit ihnen jeder Anteil, der sie verriete.",
        "- Ein Anteil aus wenigen Menschen schwankt stark durch Zufall. Deshalb gibt es für jeden "
        "gerechneten Anteil ein Minimum, unter dem kein Wert steht.",
        "- Eine Kennzahl beschreibt die Lage von Menschen in einem Gebiet. Sie ist kein Urteil "
        "über das Gebiet und keines über die Menschen.",
        "",
    ]
)
_DIRECTION = {
    "more_need": "mehr Bedarf an Unterstützung",
    "less_need": "weniger Bedarf an Unterstützung",
    "neutral": "für sich genommen weder mehr noch weniger Bedarf",
}
_UNIT = {
    "percent": "Prozent",
    "per_1000": "je 1.000",
    "count": "Anzahl",
    "percentage_points": "Prozentpunkte",
}
_COUNTED = {"persons": "Menschen", "households": "Haushalte", "cases": "Fälle"}
_KIND = {"stock": "am Stichtag", "flow": "in einem Zeitraum"}


def catalogue_page(catalogue: Catalogue) -> str:
    """The whole page as Markdown.

    Parameters
    ----------
    catalogue
        The catalogue that comes with the program.
    """
    parts = [_HEAD, "## Inhalt\n", *_contents(catalogue)]
    for family, (title, introduction) in FAMILIES.items():
        parts.append(f"\n## {title}\n\n{introduction}")
        parts += [_sheet(catalogue, item) for item in family_indicators(catalogue, family)]
    parts.append(f"\n## Indizes\n\n{_INDICES}")
    parts += [_index_sheet(catalogue, index) for index in catalogue.index]
    # The handbook keeps quotation marks for words of the screen.
    return re.sub(r"„([^“]+)“", r"*\1*", "\n".join(parts)).rstrip("\n") + "\n"


_INDICES = (
    "Ein Index fasst mehrere Kennzahlen zu einer Klasse zusammen. Er vergleicht Gebiete derselben "
    "Stadt miteinander und sagt nichts im Vergleich zu anderen Städten. Kennzahlen zu Herkunft und "
    "Staatsangehörigkeit gehen in keinen Index ein, ohne dass ein Grund dabei steht."
)


def family_indicators(catalogue: Catalogue, family: str) -> tuple[Indicator, ...]:
    """The indicators of one file of the catalogue, its counts first.

    Parameters
    ----------
    family
        Name of the file without ``.toml``, see `FAMILIES`.
    """
    text = (files("indicators") / "catalogue" / f"{family}.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    keys = [f"n_{m['key']}" for m in raw.get("measure", [])]
    keys += [i["key"] for i in raw.get("indicator", [])]
    return tuple(catalogue.indicators[key] for key in keys)


def _contents(catalogue: Catalogue) -> Iterator[str]:
    for family, (title, _) in FAMILIES.items():
        yield f"- {_link(title)}"
        for item in family_indicators(catalogue, family):
            yield f"  - {_link(_heading(item))}"
    yield f"- {_link('Indizes')}"
    for index in catalogue.index:
        yield f"  - {_link(index.name_de)}"


def _heading(item: Indicator) -> str:
    return f"Anzahl: {item.name_de}" if item.unit == "count" else item.name_de


def _link(heading: str) -> str:
    """A link to a heading of the page, as GitHub names it."""
    anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"[{heading}](#{anchor})"


def _sheet(catalogue: Catalogue, item: Indicator) -> str:
    """One indicator: its sentence and what belongs to it, line by line."""
    rows = [
        ("So gerechnet", _calculation(catalogue, item)),
        ("Einheit", _unit(catalogue, item)),
        ("Ein hoher Wert heißt", _DIRECTION[item.direction]),
        ("Herkunft und Staatsangehörigkeit", _subject(item)),
        ("Zu beachten", item.caveats_de),
        ("Minimum", _minimum(item)),
        ("Herausgeber", item.publisher),
        ("Rhythmus", item.periodicity),
        ("Rechtsgrundlage", item.legal_basis),
        ("Gilt für Stichtage", _validity(item.valid_from, item.valid_to)),
        ("Name je nach Stichtag", "; ".join(_dated(n) for n in item.names)),
        ("Was sich geändert hat", " ".join(_break(b) for b in item.breaks)),
        ("Quelle", item.reference),
        ("Schlüssel", f"`{item.key}`"),
    ]
    lines = "\n".join(f"- **{name}:** {text}" for name, text in rows if text)
    return f"\n### {_heading(item)}\n\n{item.sentence_de}\n\n{lines}"


def _calculation(catalogue: Catalogue, item: Indicator) -> str:
    """Numerator and denominator in words."""
    if item.delivered:
        return "nicht gerechnet, sondern fertig vom Herausgeber übernommen"
    counted = _cell(catalogue, item.numerator or "")
    if item.denominator is None:
        return "gezählt"
    base = _cell(catalogue, item.denominator)
    times = {"percent": "mal 100", "per_1000": "mal 1.000"}.get(item.unit, "")
    return f"{counted} (Zähler) geteilt durch {base} (Nenner), {times}".rstrip(", ")


def _cell(catalogue: Catalogue, cell: str) -> str:
    """A cell of counts in words: the measure, and its group if it is not the total."""
    key, group = normal_cell(cell).split("/")
    name = catalogue.measures[key].name_de
    return name if group == "total" else f"{name}, {catalogue.groups[group].name_de}"


def _unit(catalogue: Catalogue, item: Indicator) -> str:
    measure = _measure(catalogue, item)
    if item.unit == "count" and measure is not None:
        return f"{_UNIT['count']} ({_COUNTED[measure.unit]} {_KIND[measure.kind]})"
    places = {0: "ohne Nachkommastelle", 1: "mit einer Nachkommastelle"}
    return (
        f"{_UNIT[item.unit]}, {places.get(item.decimals, f'mit {item.decimals} Nachkommastellen')}"
    )


def _measure(catalogue: Catalogue, item: Indicator) -> Measure | None:
    return catalogue.measures.get(normal_cell(item.numerator or "").split("/")[0])


def _subject(item: Indicator) -> str:
    return (
        "geht in keinen Index ein, ohne dass dort ein Grund steht"
        if item.subject == "migration"
        else ""
    )


def _minimum(item: Indicator) -> str:
    """From what size on the figure is shown."""
    if item.unit == "count":
        return "kleine Anzahlen bleiben geheim, die Grenze steht in der Projektdatei"
    if item.delivered:
        return "wie vom Herausgeber geliefert"
    least = f"{item.min_denominator:,}".replace(",", ".")
    return f"Nenner mindestens {least}; Zähler null oder mindestens {item.min_numerator}"


def _validity(first: str, last: str) -> str:
    """The reporting dates from one date to another, in words."""
    if first == FIRST_DATE and last == LAST_DATE:
        return "ohne festes Datum"
    if first == FIRST_DATE:
        return f"bis {_day(last)}"
    return f"ab {_day(first)}" if last == LAST_DATE else f"{_day(first)} bis {_day(last)}"


def _dated(name: DatedName) -> str:
    return f"{_validity(name.valid_from, name.valid_to)}: {name.name_de}"


def _break(item: Break) -> str:
    how = {
        "definition": "davor und danach nicht vergleichbar",
        "law": "neues Recht, ein Vergleich bleibt möglich",
    }
    return f"{_day(item.date)} ({how[item.kind]}): {item.reason_de}"


def _day(iso: str) -> str:
    return date.fromisoformat(iso).strftime("%d.%m.%Y")


def _index_sheet(catalogue: Catalogue, index: Index) -> str:
    """One index: its sentence, what it is made of, its classes, its source."""
    indicators, indices = catalogue.indicators, catalogue.indices
    made = [
        _made_of(_validity(e.valid_from, e.valid_to), [indicators[k].name_de for k in e.indicators])
        for e in index.editions
    ]
    if index.parts:
        made.append(_made_of("immer", [indices[k].name_de for k in index.parts]))
    rest = [
        f"- **Klassen:** {', '.join(catalogue.index_classes(index.key))}",
        f"- **Herausgeber:** {index.publisher}",
        f"- **Quelle:** {index.reference}",
        f"- **Schlüssel:** `{index.key}`",
    ]
    return "\n".join([f"\n### {index.name_de}\n\n{index.sentence_de}\n", *made, *rest])


def _made_of(when: str, names: list[str]) -> str:
    return f"- **Zusammengesetzt aus ({when}):** {', '.join(names)}"


def main(arguments: list[str]) -> int:
    """Write the page to the file that is named.

    Parameters
    ----------
    arguments
        Exactly one: the path of the page.

    Returns
    -------
    code
        0, or 2 where no file is named.
    """
    if len(arguments) != 1:
        sys.stderr.write("python -m indicators.catalogue_page DATEI\n")
        return 2
    page = catalogue_page(load_catalogue())
    Path(arguments[0]).write_text(page, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
