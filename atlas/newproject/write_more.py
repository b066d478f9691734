"""Sections that a person has to open: places, lists of cases, other groupings. All comments."""

from collections.abc import Iterator

from atlas.newproject.crs import DEGREES
from atlas.newproject.draft import Draft
from atlas.newproject.kinds import Cases, Grouping, Points, Register, place_columns
from atlas.newproject.scan import FoundLayer, FoundTable
from atlas.newproject.text import SOURCE, listed, pairs, quoted, slug
from atlas.newproject.write_data import format_line


def _comment(lines: list[str]) -> Iterator[str]:
    yield from (f"# {line}" for line in lines if line)


def place_lines(table: FoundTable, points: Points) -> Iterator[str]:
    """A list of places as a comment: whether these are rooms, a person must say."""
    columns = place_columns(table, points)
    yield ""
    yield f"# FRAGE: Ist {table.title} eine Liste von Räumen? Dann # davor löschen."
    for name, word in (("kind", "der Art (Bücherei, Jobcenter …)"), ("name", "dem Namen")):
        if name not in columns:
            yield f"# FRAGE: Eine Spalte mit {word} fehlt in {table.title}; {name} ist nötig."
    if not points.systems:
        yield (
            f"# FRAGE: Welches Koordinatensystem haben {points.x} und {points.y}? In keinem "
            "üblichen liegen sie in der Stadt."
        )
    crs = points.systems[0] if points.systems else "?"
    yield from _comment([
        "[[places]]", f"file = {quoted(table.file)}", format_sheet(table),
        f"crs = {quoted(crs)}" if crs != DEGREES else "", f"columns = {pairs(columns)}", SOURCE,
    ])  # fmt: skip


def format_sheet(table: FoundTable) -> str:
    """How a table is written, with its sheet."""
    said, sheet = format_line(table.format), table.format.sheet
    if not sheet:
        return said
    inner = said.removeprefix("format = { ").removesuffix(" }")
    return f"format = {{ {', '.join(filter(None, [inner, f'sheet = {quoted(sheet)}']))} }}"


def map_lines(layer: FoundLayer) -> Iterator[str]:
    """A map of points as a comment."""
    named = [str(c) for c in layer.frame.columns if c != layer.frame.geometry.name]
    yield ""
    yield f"# FRAGE: Ist {layer.title} eine Karte von Räumen? Dann # davor löschen; Spalten:"
    yield f"# {listed(named, 20)}"
    lines = ["[[places]]", f"file = {quoted(layer.file)}"]
    lines += [f"layer = {quoted(layer.layer)}"] if layer.layer else []
    lines += [f"crs = {quoted(layer.crs)}"] if layer.crs else []
    low = {c.casefold(): c for c in named}
    name = next((low[w] for w in ("name", "bezeichnung", "einrichtung") if w in low), "?")
    kind = next((low[w] for w in ("kind", "art", "typ", "kategorie") if w in low), "?")
    yield from _comment([*lines, f"columns = {pairs({'name': name, 'kind': kind})}", SOURCE])


def case_lines(draft: Draft, cases: Cases) -> Iterator[str]:
    """A list of cases as a comment, with the columns that may be read and never another."""
    table, state = cases.table, draft.states[-1]
    yield ""
    yield f"# FRAGE: Ist {table.title} eine Fallliste (eine Zeile je Fall)? Was wird gezählt?"
    yield "# Dann # davor löschen und measure ergänzen. Keine Zeile daraus steht in dieser Datei;"
    yield "# gelesen werden nur die Spalten in columns."
    if cases.refused:
        words = [f"{c} ({why})" for c, why in cases.refused.items()]
        yield f"# Nie gelesen wird: {listed(words, 20)}."
    if cases.others:
        yield f"# Für Gruppen vielleicht, dann auch in columns: {listed(cases.others, 20)}."
    used = list(cases.days[:1])
    lines = ["[[case_lists]]", f"key = {quoted(slug(table.file.rsplit('.', 1)[0]))}",
             f"file = {quoted(table.file)}"]  # fmt: skip
    level = state.levels[0]
    where: list[str] = []
    if cases.area:
        home = next((s for s in draft.states if s.number == cases.area.chain), state)
        level = home.levels[min(cases.area.level, len(home.levels) - 1)]
        used.insert(0, cases.area.column)
        where = [f"areas = {pairs({home.key: cases.area.column})}"]
    elif cases.points and cases.points.systems:
        used += [cases.points.x, cases.points.y]
        inner = {"x": cases.points.x, "y": cases.points.y, "crs": cases.points.systems[0]}
        where = [f"points = {pairs(inner)}"]
    elif cases.street:
        used += cases.street
    else:
        yield "# FRAGE: Welche Spalte sagt, in welchem Gebiet ein Fall liegt? Keine passt."
        where = [f'areas = {{ {quoted(state.key)} = "?" }}']
    lines += [f"columns = {quoted(used)}", f"level = {quoted(level)}", *where, format_sheet(table)]
    lines += [f"periods = {quoted([draft.reporting_date])}", "period_months = 12"]
    lines += ['date_format = "%Y-%m-%d"'] if _iso_days(cases) else []
    day = cases.days[0] if cases.days else "?"
    lines += [SOURCE, "[[case_lists.counts]]", 'measure = "?"', f"date = {quoted(day)}"]
    if cases.street and not cases.area and not (cases.points and cases.points.systems):
        lines += _addresses(draft, cases)
    yield from _comment(lines)


def _iso_days(cases: Cases) -> bool:
    cells = list(cases.table.frame[cases.days[0]]) if cases.days else []
    return any(str(c)[4:5] == "-" for c in cells)


def _addresses(draft: Draft, cases: Cases) -> list[str]:
    named = dict(zip(("street", "number", "postcode"), cases.street, strict=False))
    lines = ["[case_lists.addresses]", *(f"{k} = {quoted(v)}" for k, v in named.items())]
    if not draft.registers:
        return [*lines, "# FRAGE: Welches Adressverzeichnis? Keines liegt im Ordner.",
                "[case_lists.addresses.register]", 'file = "?"', 'street = "?"']  # fmt: skip
    return [*lines, "[case_lists.addresses.register]", *_register(draft, draft.registers[0])]


def _register(draft: Draft, one: Register) -> list[str]:
    parts = {"street": one.street, "number": one.number, "suffix": one.suffix,
             "postcode": one.postcode}  # fmt: skip
    lines = [f"file = {quoted(one.table.file)}"]
    lines += [f"{k} = {quoted(v)}" for k, v in parts.items() if v]
    if one.area:
        home = next((s for s in draft.states if s.number == one.area.chain), draft.states[-1])
        lines.append(f"areas = {pairs({home.key: one.area.column})}")
    elif one.points and one.points.systems:
        inner = {"x": one.points.x, "y": one.points.y, "crs": one.points.systems[0]}
        lines.append(f"points = {pairs(inner)}")
    return [*lines, format_sheet(one.table)]


def grouping_levels(one: Grouping) -> Iterator[str]:
    """The level that another grouping would add, before that of the city."""
    key = slug(one.parent)
    yield ""
    what = f"{one.parent} in {one.table.title}"
    yield f"# FRAGE: Ist {what} eine weitere Gliederung ({one.size} Gebiete)?"
    yield "# Dann hier und unten bei [[hierarchies]] die # davor löschen:"
    yield from _comment([
        "[[levels]]", f"key = {quoted(key)}", f"name = {quoted(one.parent)}",
        f"plural = {quoted(one.parent)}", f"hierarchy = {quoted(key)}",
    ])  # fmt: skip


def grouping_lines(draft: Draft, one: Grouping) -> Iterator[str]:
    """Another grouping of the finest areas as a comment."""
    key, state = slug(one.parent), draft.state(one.join.chain)
    yield ""
    yield from _comment([
        "[[hierarchies]]", f"key = {quoted(key)}", f"name = {quoted(one.parent)}",
        f"vintage = {quoted(state.key)}", f"level = {quoted(key)}",
        f"child_level = {quoted(state.levels[0])}", f"file = {quoted(one.table.file)}",
        f"child = {quoted(one.join.column)}", f"parent = {quoted(one.parent)}",
        f"parent_name = {quoted(one.name)}", format_sheet(one.table), SOURCE,
    ])  # fmt: skip


def register_line(one: Register) -> str:
    """What an address register is good for."""
    return f"{one.table.title} ist ein Adressverzeichnis: für Falllisten mit Anschriften"
