"""The text of a first project file, with the questions that only a person can answer."""

from collections.abc import Iterator

from atlas.newproject.draft import Draft, State
from atlas.newproject.levels import Area
from atlas.newproject.text import SOURCE, one_line, plural_of, quoted
from atlas.newproject.write_data import dataset_lines
from atlas.newproject.write_more import (
    case_lines,
    grouping_levels,
    grouping_lines,
    map_lines,
    place_lines,
)
from indicators.catalogue import Catalogue

_RULE = "# " + "-" * 96


def project_text(draft: Draft, catalogue: Catalogue) -> str:
    """The whole file."""
    lines = [*_head(draft, catalogue), *_levels(draft), *_states(draft), *_layers(draft)]
    if draft.groupings:
        lines += _title("Weitere Gliederungen")
        lines += [line for g in draft.groupings for line in grouping_lines(draft, g)]
    lines += _title("Tabellen mit Zahlen: eine je Abschnitt [[datasets]]")
    for dataset in draft.datasets:
        lines += ["", *dataset_lines(draft, dataset, catalogue)]
    if draft.cases:
        lines += _title("Falllisten: gezählt wird erst, wenn Sie die Spalten erlauben")
        lines += [line for c in draft.cases for line in case_lines(draft, c)]
    if draft.places or draft.maps:
        lines += _title("Räume und Dienste")
        lines += [line for t, p in draft.places for line in place_lines(t, p)]
        lines += [line for m in draft.maps for line in map_lines(m)]
    lines += _disclosure()
    return "\n".join([one_line(line) for line in lines] + [""])


def _title(text: str) -> list[str]:
    return ["", _RULE, f"# {text}", _RULE]


def _head(draft: Draft, catalogue: Catalogue) -> Iterator[str]:
    yield f"# {draft.city}: erster Entwurf von „sozialatlas new“."
    yield "#"
    yield "# So geht es weiter:"
    yield "# 1. Nach „FRAGE“ suchen. Dort wurde etwas angenommen oder offen gelassen: entscheiden,"
    yield "#    die Zeile ändern und die FRAGE löschen. Was jede Zeile bedeutet, steht im Handbuch"
    yield "#    (docs/handbuch/projektdatei.md)."
    yield "# 2. Zeilen mit # am Anfang liest das Programm nicht. Wer einen Vorschlag übernimmt,"
    yield "#    löscht das # davor."
    yield "# 3. „sozialatlas check“ mit dieser Datei aufrufen: Das nennt, was noch nicht passt."
    yield ""
    yield "format = 1"
    yield f"key = {quoted(draft.key)}"
    yield f"title = {quoted('Sozialraumatlas ' + draft.city)}"
    yield "# FRAGE: Wie heißt die Stadt? Angenommen nach dem Ordner; auch in title und city_area."
    yield f"city = {quoted(draft.city)}"
    yield f"city_area = {{ key = {quoted(draft.key)}, name = {quoted(draft.city)} }}"
    yield "# Koordinatensystem in Metern, in dem Flächen und Wege gerechnet werden."
    yield f"crs = {quoted(draft.crs)}"
    if draft.dated:
        yield "# Stichtag der Ausgabe: der jüngste aller Tabellen."
    else:
        yield "# FRAGE: Welcher Stichtag? Noch wird keine Tabelle mit einem gelesen."
    yield f"reporting_date = {quoted(draft.reporting_date)}"
    yield "# Kennzahlen: alles, was sich aus den zugeordneten Spalten rechnen lässt."
    yield f"indicators = {quoted(_indicators(draft, catalogue))}"
    if all(d.off for d in draft.datasets):
        yield "# FRAGE: Welche Tabellen? Keine ließ sich sicher zuordnen; Vorschläge stehen unten."
        yield "datasets = []"
    for question in draft.questions:
        yield f"# FRAGE: {question}"
    if draft.unused:
        yield ""
        yield "# FRAGE: Werden diese Dateien gebraucht? Sie bleiben draußen:"
        yield from (f"#   - {line}" for line in draft.unused)


def _levels(draft: Draft) -> Iterator[str]:
    yield from _title("Ebenen: von der feinsten bis zur ganzen Stadt")
    yield "# FRAGE: Heißen die Ebenen so? Die Namen stehen später auf jeder Seite."
    for key, title in draft.levels:
        yield from ("", "[[levels]]", f"key = {quoted(key)}", f"name = {quoted(title)}")
        yield f"plural = {quoted(plural_of(title))}"
    for grouping in draft.groupings:
        yield from grouping_levels(grouping)
    yield from ("", "[[levels]]", 'key = "stadt"', 'name = "Stadt"', 'plural = "Städte"')


def _indicators(draft: Draft, catalogue: Catalogue) -> list[str]:
    cells = {t for d in draft.datasets if not d.off for r in d.reads for t in r.targets}
    rates = [
        i.key for i in catalogue.indicator
        if i.numerator in cells and i.denominator in cells
    ]  # fmt: skip
    return rates + [f"n_{m.key}" for m in catalogue.measure if m.key in cells]


def _states(draft: Draft) -> Iterator[str]:
    yield from _title("Gebietsstände: der Zuschnitt der Gebiete zu einer Zeit, ältere zuerst")
    for state in draft.states:
        finest = state.chain[0]
        yield from ("", "[[vintages]]", f"key = {quoted(state.key)}")
        yield f"name = {quoted(f'{finest.title} ({len(finest.rows)} Gebiete)')}"
        if len(draft.states) > 1:
            yield "# FRAGE: Von wann bis wann gilt dieser Stand? Angenommen nach den Tabellen."
        if state.since:
            yield f"valid_from = {quoted(state.since)}"
        if state.until:
            yield f"valid_to = {quoted(state.until)}"


def _layers(draft: Draft) -> Iterator[str]:
    yield from _title("Umrisse der Gebiete")
    yield "# FRAGE: Woher kommen die Daten? Fragezeichen bei jeder source ersetzen, auch unten."
    yield "# title: Titel, publisher: Herausgeber, licence: Lizenz, attribution: Quellenvermerk. Er"
    yield "# erscheint neben jeder Zahl und jeder Karte."
    for state in draft.states:
        for number, area in enumerate(state.chain):
            yield from ("", *_layer(state, number, area))


def _layer(state: State, number: int, area: Area) -> Iterator[str]:
    found = area.found
    yield from ("[[geometries]]", f"level = {quoted(state.levels[number])}")
    yield f"vintage = {quoted(state.key)}"
    yield f"file = {quoted(found.file)}"
    if found.layer:
        yield f"layer = {quoted(found.layer)}"
    if found.doubt:
        yield f"# FRAGE: Welches Koordinatensystem? {found.doubt}"
    if found.crs:
        yield f"crs = {quoted(found.crs)}"
    if found.swapped:
        yield "swap_axes = true"
    others = [c for c in area.others if c != area.key]
    if others:
        yield f"# Auch diese Spalten sind bei jedem Gebiet anders: {', '.join(others)}"
    yield f"key = {quoted(area.key)}"
    yield f"name = {quoted(area.name)}"
    if area.pattern:
        yield "# Der Schlüssel ist nur das Ende der Spalte; so passt er zur Ebene darunter."
        yield f"key_pattern = {quoted(area.pattern)}"
    if area.level:
        columns = " und ".join(dict.fromkeys([area.key, area.name]))
        yield f"# FRAGE: Sind {columns} eine eigene Ebene? Angenommen: ja."
        yield "# Sonst diesen Abschnitt, die Ebene unter [[levels]] und parent darunter löschen."
        yield "parts = true"
    elif area.parts:
        yield "# FRAGE: Mehrere Zeilen haben denselben Schlüssel. Sind es Teile eines Gebiets?"
        yield "parts = true"
    top = number == len(state.chain) - 1
    if area.prefix and not top:
        yield f"# Die ersten {area.prefix} Zeichen des Schlüssels sind der des Gebiets darüber."
        yield f"parent_prefix = {area.prefix}"
    elif area.parent and not top:
        yield "# Spalte mit dem Schlüssel des Gebiets darüber."
        yield f"parent = {quoted(area.parent)}"
    elif area.in_space and not top:
        yield "# FRAGE: Welches Gebiet liegt darüber? Keine Spalte sagt es; nach der Karte dieses."
        yield "parent_in_space = true"
    yield SOURCE


def _disclosure() -> Iterator[str]:
    yield from _title("Geheimhaltung")
    yield "# FRAGE: Ab welcher Zahl darf veröffentlicht werden? 3 heißt: 1 und 2 sind geheim."
    yield "[disclosure]"
    yield "threshold = 3"
    yield "# Zahlen der ganzen Stadt sollen möglichst nicht verborgen werden."
    yield 'keep_levels = ["stadt"]'
