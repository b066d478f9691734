"""A dataset of a first project file: how it is read, what its columns count, what is open."""

import re
from collections.abc import Iterator
from dataclasses import fields

from atlas.meant import near
from atlas.newproject.dates import only_years
from atlas.newproject.draft import Dataset, Draft
from atlas.newproject.joins import likely
from atlas.newproject.tables import Read, measure_in_name
from atlas.newproject.text import SOURCE, listed, one_line, pairs, quoted
from atlas.newproject.wide import unit_doubt
from geodata.files import TableFormat
from indicators.catalogue import Catalogue
from indicators.periods import reporting_date

_MOST = 40


def format_line(fmt: TableFormat) -> str:
    """How a file is written, without what is so anyway; empty where nothing is left."""
    said = []
    for one in fields(TableFormat):
        value = getattr(fmt, one.name)
        if value != getattr(TableFormat(), one.name) and one.name != "sheet":
            said.append(f"{one.name} = {quoted(value)}")
    return f"format = {{ {', '.join(said)} }}" if said else ""


def dataset_lines(draft: Draft, dataset: Dataset, catalogue: Catalogue) -> Iterator[str]:
    """The section of a dataset; all of it a comment where it cannot be used yet."""
    lines = list(_lines(draft, dataset, catalogue))
    if not dataset.off:
        yield from lines
        return
    files = listed(dataset.files, 4)
    yield f"# FRAGE: {files} aufnehmen? Noch nicht gelesen: {dataset.off}."
    yield from (f"# {line}".rstrip() for line in lines)


def _lines(draft: Draft, dataset: Dataset, catalogue: Catalogue) -> Iterator[str]:
    first, join = dataset.reads[0], dataset.reads[0].join
    yield from ("[[datasets]]", f"key = {quoted(dataset.key)}")
    yield f"level = {quoted(draft.level_of(first))}"
    yield from _join(draft, dataset)
    yield f"area = {quoted(join.column)}"
    yield f"match = {quoted(join.match)}"
    yield from _sums(draft, first)
    yield from _doubts(dataset)
    yield f"symbols = {quoted(first.symbols)}"
    if first.signs:
        yield f"# FRAGE: Was heißen diese Zeichen: {listed(first.signs)}? Keine Liste kennt sie."
    if said := format_line(first.table.format):
        yield said
    yield "# FRAGE: Sind diese Zahlen schon so veröffentlicht? Angenommen: nein."
    yield "already_public = false"
    yield from _when(first)
    yield from _layout(dataset, first)
    yield "files = ["
    for one in dataset.reads:
        yield f"  {_file(draft, one)},"
    for one, why in dataset.twice:
        yield f"  # FRAGE: {one.table.title} aufnehmen? Bleibt draußen: {why}."
        yield f"  # {_file(draft, one)},"
    yield "]"
    yield SOURCE
    if first.layout == "wide":
        yield from _columns(first, catalogue)


def _join(draft: Draft, dataset: Dataset) -> Iterator[str]:
    joins = {(r.join.matched, r.join.words, r.join.areas) for r in dataset.reads}
    for matched, words, areas in sorted(joins):
        noun = "Schlüsseln" if dataset.reads[0].join.match == "key" else "Namen"
        yield f"# {matched} von {words} {noun} passen, die Ebene hat {areas} Gebiete."
    for one in dataset.reads:
        if one.join.unknown:
            area = draft.state(one.join.chain).chain[one.join.level]
            unknown = [*likely(one.join.unknown[:12], area), *one.join.unknown[12:]]
            none = listed(unknown)
            yield f"# FRAGE: Was ist in {one.table.title} gemeint? Kein Gebiet heißt: {none}."
        if one.join.restored:
            yield (
                f"# FRAGE: In {one.table.title} fehlen {one.join.restored} Schlüsseln führende "
                "Nullen. Sie werden ergänzt, wo nur ein Gebiet passt. Richtig?"
            )


def _sums(draft: Draft, first: Read) -> Iterator[str]:
    if first.join.totals:
        yield "# Summenzeilen der ganzen Stadt; „check“ vergleicht sie mit der Summe der Gebiete."
        yield f"total_rows = {quoted(list(first.join.totals))}"
    if first.join.subtotals:
        levels = draft.state(first.join.chain).levels
        rules = []
        for number in dict.fromkeys(n for _, n in first.join.subtotals):
            rows = [w for w, n in first.join.subtotals if n == number]
            if number < len(levels):
                rules.append(f"{{ rows = {quoted(rows)}, level = {quoted(levels[number])} }}")
        if rules:
            yield "# Zeilen gröberer Gebiete; „check“ vergleicht sie mit der Summe ihrer Teile."
            yield f"subtotal_rows = [{', '.join(rules)}]"


def _doubts(dataset: Dataset) -> Iterator[str]:
    """Each question once, whatever example it has."""
    seen: set[str] = set()
    for one in dataset.reads:
        said = [*one.join.doubts, *one.doubts]
        said += [d for d in one.table.doubts if one.targets and "heißen oder" not in d]
        for doubt in said:
            kind = re.sub(r"[\d.,]+", "#", doubt)
            if kind not in seen:
                seen.add(kind)
                yield f"# FRAGE: {doubt}"


def _when(one: Read) -> Iterator[str]:
    words = list(one.period_map)
    if one.period_column:
        yield f"period_column = {quoted(one.period_column)}"
        if only_years(words):
            yield "# FRAGE: Welcher Tag des Jahres ist gemeint? Angenommen: der 31.12."
            yield 'period_template = "{}-12-31"'
        elif not all(map(reporting_date, words)):
            yield f"period_map = {pairs(one.period_map)}"
    elif one.names:
        yield "# FRAGE: Stimmen die Stichtage? Sie stehen nur in den Namen der Spalten."
    elif one.period:
        yield "# FRAGE: Stimmen die Stichtage? Sie stehen nur im Namen von Datei oder Blatt."


def _layout(dataset: Dataset, one: Read) -> Iterator[str]:
    if one.layout != "long":
        return
    yield "# Lange Tabelle: Was eine Zeile zählt, sagt die Layouttabelle neben dieser Datei."
    yield 'layout = "long"'
    yield f"# FRAGE: Welche Messgröße haben die Zeilen mit FRAGE in {dataset.labels_file}?"
    yield f"labels = {quoted(dataset.labels_file)}"
    yield f"label_columns = {quoted(list(one.labels))}"
    yield f"value_column = {quoted(one.value)}"


def _file(draft: Draft, one: Read) -> str:
    fmt = one.table.format
    said = [f"file = {quoted(one.table.file)}"]
    said.append(f"vintage = {quoted(draft.state(one.join.chain).key)}")
    said += [f"period = {quoted(one.period)}"] if one.period else []
    said += [f"sheet = {quoted(fmt.sheet)}"] if fmt.sheet else []
    if one.where:
        rows = ", ".join(f"{quoted(c)} = [{quoted(w)}]" for c, w in one.where.items())
        said.append(f"where = {{ {rows} }}")
    used = {n: c for n, c in one.names.items() if n in one.counts or not one.counts}
    said += [f"columns = {pairs(used)}"] if used else []
    return f"{{ {', '.join(said)} }}"


def _columns(one: Read, catalogue: Catalogue) -> Iterator[str]:
    known = {m.key: m.name_de for m in catalogue.measure}
    yield from ("", "# Spalte = Messgröße, oder Messgröße/Gruppe", "[datasets.counts]")
    for column, targets in one.counts.items():
        yield f"{quoted(column)} = {quoted(targets[0] if len(targets) == 1 else targets)}"
    if one.ages:
        yield f"# Nicht gebraucht, weil sie keine Altersgruppe bilden: {listed(one.ages, 6)}"
    if one.unmapped:
        yield "# FRAGE: Was zählen die übrigen Spalten? Messgröße statt ? eintragen, # löschen."
        named = measure_in_name(one.table, catalogue)
        for column in one.unmapped[:_MOST]:
            doubted = any(d.startswith(f"{column}: ") for d in one.doubts)
            meant = (
                () if doubted or len(column) < 4 else near(re.sub(r"[\d()]", " ", column), known)
            )
            hint = f"  # vielleicht {named or meant[0]}?" if named or meant else ""
            hint = "" if doubted else hint
            hint += f"  # {unit_doubt(column)}: factors nötig" if unit_doubt(column) else ""
            yield f'# {quoted(one_line(column))} = "?"{hint}'
        if len(one.unmapped) > _MOST:
            yield f"# und {len(one.unmapped) - _MOST} weitere Spalten mit Zahlen"
    if one.rates:
        yield "# FRAGE: Fertige Kennzahlen übernehmen? Nur wenn sie dort genauso definiert sind."
        yield "# [datasets.values]"
        for column, key in list(one.rates.items())[:_MOST]:
            title = f"  # {catalogue.indicators[key].name_de}?" if key else ""
            yield f"# {quoted(one_line(column))} = {quoted(key or '?')}{title}"
        if len(one.rates) > _MOST:
            yield f"# und {len(one.rates) - _MOST} weitere Spalten mit Anteilen"


def labels_text(one: Read) -> str:
    """The layout table of a long table: labels, target, action, reason."""
    rows = [";".join(_cell(c) for c in (*one.labels, "target", "action", "reason"))]
    for label, (target, reason) in one.label_targets.items():
        cells = [*label, target, "use" if target else "set_aside", reason]
        rows.append(";".join(_cell(c) for c in cells))
    return "\n".join([*rows, ""])


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[;"\r\n]', text) else text
