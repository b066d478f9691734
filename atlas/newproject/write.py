"""The text of a first project file, with the questions that only a person can answer."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from atlas.newproject.levels import Area
from atlas.newproject.scan import FoundTable
from atlas.newproject.tables import Read, place_columns
from indicators.catalogue import Catalogue

_SOURCE = 'source = { title = "?", publisher = "?", licence = "?", attribution = "?" }'
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True)
class Dataset:
    """Tables of one shape; ``twice`` are those whose numbers another dataset delivers.

    ``off`` says that all of them are, so that the dataset is only a comment.
    """

    key: str
    reads: list[Read]
    twice: list[Read]
    off: bool
    labels_file: str
    order: list[int]


@dataclass(frozen=True)
class Draft:
    """Everything that the file will say; chains, placed, vintages and since belong together.

    ``placed`` has the level of every layer of a chain.
    """

    city: str
    key: str
    crs: str
    chains: list[list[Area]]
    placed: list[list[str]]
    vintages: list[str]
    since: list[str | None]
    levels: list[tuple[str, str]]
    reporting_date: str
    datasets: list[Dataset]
    places: list[FoundTable]
    questions: list[str]


def slug(text: str) -> str:
    """A key: lower case, digits, underscore."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower().translate(_UMLAUTS)).strip("_")
    return plain or "stadt"


def quoted(text: object) -> str:
    """A text or list of texts as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


def project_text(draft: Draft, catalogue: Catalogue) -> str:
    """The whole file."""
    lines = [*_head(draft, catalogue), *_states(draft), *_layers(draft)]
    for dataset in draft.datasets:
        text = list(_dataset(draft, dataset))
        lines += [f"# {line}".rstrip() for line in text] if _off(dataset) else text
    lines += [line for table in draft.places for line in _places(table)]
    return "\n".join([*lines, *_end(), ""])


def _places(table: FoundTable) -> Iterator[str]:
    """A list of places as a comment: whether these are rooms, a person must say."""
    fmt = table.format
    pairs = ", ".join(f"{ours} = {quoted(own)}" for ours, own in place_columns(table).items())
    yield ""
    yield f"# FRAGE: Ist {table.file} eine Liste von Räumen? Dann ohne # davor; Spalten prüfen:"
    yield "# [[places]]"
    yield f"# file = {quoted(table.file)}"
    yield (
        f"# format = {{ encoding = {quoted(fmt.encoding)}, delimiter = {quoted(fmt.delimiter)}, "
        f"decimal = {quoted(fmt.decimal)} }}"
    )
    yield f"# columns = {{ {pairs} }}"
    yield f"# {_SOURCE}"


def _off(dataset: Dataset) -> bool:
    first = dataset.reads[0]
    says = bool(first.counts) or any(t for t, _ in first.label_targets.values())
    return dataset.off or not says or not any(r.periods for r in dataset.reads)


def _head(draft: Draft, catalogue: Catalogue) -> Iterator[str]:
    yield f"# {draft.city}: erster Entwurf von „sozialatlas new“."
    yield "# Wo FRAGE steht, wurde etwas angenommen oder offen gelassen. Danach: sozialatlas check."
    yield "format = 1"
    yield f"key = {quoted(draft.key)}"
    yield f"title = {quoted('Sozialraumatlas ' + draft.city)}"
    yield "# FRAGE: Name der Stadt? Angenommen nach dem Ordner."
    yield f"city = {quoted(draft.city)}"
    yield f"crs = {quoted(draft.crs)}"
    yield "# Der jüngste Stichtag der Tabellen."
    yield f"reporting_date = {quoted(draft.reporting_date)}"
    yield f"city_area = {{ key = {quoted(draft.key)}, name = {quoted(draft.city)} }}"
    yield "# Alles, was sich aus den zugeordneten Spalten rechnen lässt."
    yield f"indicators = {quoted(_indicators(draft, catalogue))}"
    if all(map(_off, draft.datasets)):
        yield "# FRAGE: Welche Tabellen? Keine ließ sich zuordnen."
        yield "datasets = []"
    for question in draft.questions:
        yield f"# FRAGE: {question}"
    for key, title in draft.levels:
        yield from ("", "[[levels]]", f"key = {quoted(key)}", f"name = {quoted(title)}")
        yield f"plural = {quoted(_plural(title))}"
    yield from ("", "[[levels]]", 'key = "stadt"', 'name = "Stadt"', 'plural = "Stadt"')


def _plural(title: str) -> str:
    endings = (("raum", "räume"), ("region", "regionen"), ("block", "blöcke"), ("il", "ile"),
               ("k", "ke"), ("ier", "iere"))  # fmt: skip
    hit = next(((a, b) for a, b in endings if title.endswith(a)), None)
    return title[: -len(hit[0])] + hit[1] if hit else title


def _indicators(draft: Draft, catalogue: Catalogue) -> list[str]:
    cells: set[str] = set()
    for dataset in (d for d in draft.datasets if not _off(d)):
        for one in dataset.reads:
            cells |= {t for ts in one.counts.values() for t in ts}
            cells |= {t for t, _ in one.label_targets.values() if t}
    rates = [
        i.key for i in catalogue.indicator
        if i.numerator in cells and i.denominator in cells
    ]  # fmt: skip
    return rates + [f"n_{m.key}" for m in catalogue.measure if m.key in cells]


def _states(draft: Draft) -> Iterator[str]:
    following = [*draft.since[1:], None]
    for key, since, then, chain in zip(
        draft.vintages, draft.since, following, draft.chains, strict=True
    ):
        yield from ("", "[[vintages]]", f"key = {quoted(key)}")
        yield f"name = {quoted(f'{chain[0].title} ({len(chain[0].found.frame)} Gebiete)')}"
        if len(draft.vintages) > 1:
            yield "# FRAGE: Ab wann, bis wann gilt dieser Stand? Nach den Tabellen angenommen."
        if since:
            yield f"valid_from = {quoted(since)}"
        if then:
            from datetime import date, timedelta

            yield f"valid_to = {quoted(str(date.fromisoformat(then) - timedelta(days=1)))}"


def _layers(draft: Draft) -> Iterator[str]:
    yield ""
    yield "# FRAGE: Titel, Herausgeber, Lizenz, Namensnennung jeder Quelle statt der Fragezeichen?"
    for vintage, chain, levels in zip(draft.vintages, draft.chains, draft.placed, strict=True):
        for level, area in zip(levels, chain, strict=True):
            yield from ("", "[[geometries]]", f"level = {quoted(level)}")
            yield f"vintage = {quoted(vintage)}"
            yield f"file = {quoted(area.found.file)}"
            if area.found.layer:
                yield f"layer = {quoted(area.found.layer)}"
            others = [c for c in area.others if c != area.key]
            more = f"  # auch eindeutig: {', '.join(others)}" if others else ""
            yield f"key = {quoted(area.key)}{more}"
            yield f"name = {quoted(area.name)}"
            if area.pattern:
                yield f"key_pattern = {quoted(area.pattern)}"
            if area is not chain[-1] and area.prefix:
                yield f"parent_prefix = {area.prefix}"
            elif area is not chain[-1] and area.parent:
                yield f"parent = {quoted(area.parent)}"
            yield _SOURCE


def _dataset(draft: Draft, dataset: Dataset) -> Iterator[str]:
    first, fmt = dataset.reads[0], dataset.reads[0].table.format
    level = draft.placed[dataset.order.index(first.join.chain)][first.join.level]
    yield ""
    if _off(dataset):
        why = "andere Tabellen liefern dieselben Zahlen" if dataset.off else (
            "keine Spalte wurde einer Messgröße zugeordnet, oder der Stichtag fehlt")  # fmt: skip
        yield f"FRAGE: {first.table.file} aufnehmen? Bleibt draußen: {why}."
    yield from ("[[datasets]]", f"key = {quoted(dataset.key)}", f"level = {quoted(level)}")
    join = first.join
    noun = "Schlüsseln" if join.match == "key" else "Namen"
    yield f"# {join.matched} von {join.words} {noun} passen zu {join.areas} Gebieten."
    if join.unknown:
        yield f"# FRAGE: Ohne Gebiet: {', '.join(join.unknown[:12])}. Andere Schreibweise?"
    if join.zeros_lost:
        yield "# FRAGE: Den Schlüsseln fehlen führende Nullen. Datei neu als Text speichern?"
    yield f"area = {quoted(join.column)}"
    yield f"match = {quoted(join.match)}"
    if join.totals:
        yield f"total_rows = {quoted(list(join.totals))}"
    yield f"symbols = {quoted(first.symbols)}"
    if first.signs:
        yield f"# FRAGE: Was heißen diese Zeichen: {', '.join(first.signs)}? Kein Profil kennt sie."
    yield (
        f"format = {{ encoding = {quoted(fmt.encoding)}, delimiter = {quoted(fmt.delimiter)}, "
        f"decimal = {quoted(fmt.decimal)}, thousands = {quoted(fmt.thousands)}, "
        f"skip_rows = {fmt.skip_rows}, footer_rows = {fmt.footer_rows} }}"
    )
    yield "# FRAGE: Sind diese Zahlen schon veröffentlicht? Angenommen: nein, sie werden geschützt."
    yield "already_public = false"
    yield from _when(first)
    yield "files = ["
    for one in dataset.reads:
        yield f"  {_file(draft, dataset, one)},"
    for one in dataset.twice:
        why = "Anderswo stehen dieselben Zahlen" if one.periods else "Ein Stichtag fehlt"
        yield f"  # FRAGE: aufnehmen? {why}: {one.table.file}"
        yield f"  # {_file(draft, dataset, one)},"
    yield "]"
    yield _SOURCE
    yield from _columns(dataset, first)


def _when(one: Read) -> Iterator[str]:
    if one.period_column:
        pairs = ", ".join(f"{quoted(k)} = {quoted(v)}" for k, v in one.period_map.items())
        yield f"period_column = {quoted(one.period_column)}"
        if any(re.fullmatch(r"\d{4}", k) for k in one.period_map):
            yield "# FRAGE: Welcher Tag ist gemeint? Bei Jahren wurde der 31.12. angenommen."
        yield f"period_map = {{ {pairs} }}"
    else:
        yield "# FRAGE: Stimmen die Stichtage? Sie stehen nur im Namen von Datei oder Blatt."


def _file(draft: Draft, dataset: Dataset, one: Read) -> str:
    vintage = draft.vintages[dataset.order.index(one.join.chain)]
    sheet = f", sheet = {quoted(one.table.format.sheet)}" if one.table.format.sheet else ""
    period = f", period = {quoted(one.period)}" if one.period else ""
    return f"{{ file = {quoted(one.table.file)}, vintage = {quoted(vintage)}{period}{sheet} }}"


def _columns(dataset: Dataset, one: Read) -> Iterator[str]:
    if one.layout == "long":
        yield 'layout = "long"'
        yield f"# FRAGE: Offene Beschriftungen stehen mit FRAGE in {dataset.labels_file}."
        yield f"labels = {quoted(dataset.labels_file)}"
        yield f"label_columns = {quoted(list(one.labels))}"
        yield f"value_column = {quoted(one.value)}"
        return
    yield from ("", "[datasets.counts]")
    for column, targets in one.counts.items():
        yield f"{quoted(column)} = {quoted(targets[0] if len(targets) == 1 else targets)}"
    if one.unmapped:
        yield "# FRAGE: Diese Spalten mit Zahlen sind nicht zugeordnet:"
        yield from (f'# {quoted(column)} = "?"' for column in one.unmapped)


def labels_text(one: Read) -> str:
    """The layout table of a long table: labels, target, action, reason."""
    rows = [";".join([*one.labels, "target", "action", "reason"])]
    for label, (target, reason) in one.label_targets.items():
        cells = [*label, target, "use" if target else "set_aside", reason]
        rows.append(";".join(_cell(c) for c in cells))
    return "\n".join([*rows, ""])


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[;"\n]', text) else text


def _end() -> Iterator[str]:
    yield from (
        "",
        "# FRAGE: Ab welcher Zahl darf veröffentlicht werden? 3 heißt: 1 und 2 sind geheim.",
    )
    yield from ("[disclosure]", "threshold = 3", 'keep_levels = ["stadt"]')
