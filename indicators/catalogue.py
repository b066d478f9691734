"""Every measure, group, indicator and index as data: names, definition, unit, caveats, source.

The entries stand in ``catalogue/*.toml``, one file per family, and are read once into frozen
dataclasses. What a figure means is written there and nowhere else. For each measure
``residents`` there is a count indicator ``n_residents`` of the same name.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Any, Literal

import pandas as pd
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from geodata.errors import ProblemCollector, ProjectError
from geodata.files.nested import toml_of
from indicators.entries import Group, Index, IndexEdition, Indicator, Limit, Measure

_STRICT = ConfigDict(extra="forbid")
_SUMMARY = "Der Katalog der Indikatoren ist fehlerhaft."


@dataclass(frozen=True, config=_STRICT)
class Catalogue:
    """All entries, in the order of the files."""

    measure: tuple[Measure, ...] = ()
    group: tuple[Group, ...] = ()
    indicator: tuple[Indicator, ...] = ()
    index: tuple[Index, ...] = ()
    limit: tuple[Limit, ...] = ()

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Measures by key."""
        return {m.key: m for m in self.measure}

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """Groups by key."""
        return {g.key: g for g in self.group}

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """Indicators by key, with one count indicator ``n_…`` per measure."""
        counted = (_count_indicator(m) for m in self.measure)
        return {i.key: i for i in (*self.indicator, *counted)}

    @cached_property
    def indices(self) -> Mapping[str, Index]:
        """Indices by key."""
        return {i.key: i for i in self.index}

    def require(
        self, kind: Literal["measures", "groups", "indicators", "indices"], keys: Iterable[str]
    ) -> None:
        """Refuse keys that the catalogue does not have.

        Raises
        ------
        ProjectError
            Naming every unknown key and the allowed ones.
        """
        known: Mapping[str, object] = getattr(self, kind)
        unknown = sorted({k for k in keys if k not in known})
        found = ProblemCollector()
        for key in unknown:
            found.add(f"Katalog, {kind}", f"{key!r} gibt es nicht", ", ".join(sorted(known)))
        found.raise_if_any(ProjectError, "Der Katalog kennt einen Schlüssel nicht.")

    def groups_table(self) -> pd.DataFrame:
        """The table ``groups`` of an edition; ``total`` has an empty parent.

        A group that is made of others stands in the dimensions ``KEY_1``, ``KEY_2``, …, too, one
        for each way: there it is the parent of what it is made of. So whoever adds up the
        members of a parent knows these sums as well. The row of the group's own tree is the last
        one.
        """
        columns = ["dimension", "member", "parent", "name_de", "name_en"]
        rows = []
        for group in self.group:
            own = [getattr(group, c) or "" for c in columns]
            for dimension, parent in self._also_in.get(group.key, ()):
                rows.append([group.key, dimension, own[1], parent, *own[3:]])
            rows.append([group.key, *own])
        return pd.DataFrame(rows, columns=["group", *columns], dtype="str")

    @cached_property
    def _also_in(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """The further trees in which a group is a member: their dimension and its parent."""
        found: dict[str, list[tuple[str, str]]] = {}
        for group in self.group:
            for number, way in enumerate(group.made_of, start=1):
                for member in way:
                    found.setdefault(member, []).append((f"{group.key}_{number}", group.key))
        return found

    def index_classes(self, key: str) -> tuple[str, ...]:
        """All class words of an index in order, from the least burden to the greatest."""
        index = self.indices[key]
        if index.kind == "combination":
            first, second = (self._codes(part) for part in index.parts)
            return tuple(a + b for a in first for b in second)
        return tuple(dict.fromkeys(c for e in index.editions for c in e.classes))

    def _codes(self, key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c for e in self.indices[key].editions for c in e.codes))

    def part_of_pairs(self, cells: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Subset relations between the cells that are present.

        Parameters
        ----------
        cells
            Cells ``measure/group`` of one publication; a bare measure means its total.

        Returns
        -------
        pairs
            ``(part, whole)``, both ``measure/group``: the count of the part is at most that
            of the whole. Relations between measures and within a measure's tree of groups;
            those that follow from two others are left out. Sorted.
        """
        present = {normal_cell(c) for c in cells}
        wholes = {cell: self._nearest(cell, present) for cell in present}
        return tuple(
            (cell, whole)
            for cell in sorted(present)
            for whole in sorted(wholes[cell])
            if not any(whole in wholes[between] for between in wholes[cell] - {whole})
        )

    def _nearest(self, cell: str, present: set[str]) -> set[str]:
        """The closest present cells of which `cell` is a part."""
        hits: set[str] = set()
        queue, seen = [cell], {cell}
        while queue:
            part = queue.pop()
            for whole in [*self._wholes(part), *self._across(part, present)]:
                if whole in seen:
                    continue
                seen.add(whole)
                if whole in present:
                    hits.add(whole)
                else:
                    queue.append(whole)
        return hits

    def _wholes(self, cell: str) -> list[str]:
        """The cells that directly contain `cell`, present or not."""
        key, name = normal_cell(cell).split("/")
        measure, group = self.measures.get(key), self.groups.get(name)
        found = [f"{key}/{group.parent}"] if group and group.parent else []
        if measure is None or group is None:
            return found
        if name == "total":
            return [normal_cell(p) for p in measure.part_of]
        if self._trees(group) & set(measure.part_of_by):
            found += [f"{p.split('/')[0]}/{name}" for p in measure.part_of]
        return found

    def _across(self, cell: str, present: set[str]) -> list[str]:
        """The present cells of groups that a cell's group is a part of across the tree."""
        key, name = cell.split("/")
        parents = dict.fromkeys(parent for _, parent in self._also_in.get(name, ()))
        return [c for c in (f"{key}/{p}" for p in parents) if c in present]

    def _trees(self, group: Group) -> set[str]:
        """The dimensions whose groups a group is, or is made of."""
        members = {m for way in group.made_of for m in way}
        return {group.dimension, *(self.groups[m].dimension for m in members)}

    def leaves_rest(self, part: str, whole: str) -> bool:
        """Whether the whole without the part is a group of its own: both count the same thing."""
        units = [self.measures[normal_cell(c).split("/")[0]].unit for c in (part, whole)]
        return units[0] == units[1]

    def limits(self, cells: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What the cells that are present cannot exceed together.

        Parameters
        ----------
        cells
            Cells ``measure/group`` of one publication.

        Returns
        -------
        limits
            ``(total, parts)``: the sum of the parts, each as often as it stands, is at most
            the total. Parts that are not present are left out, which weakens the limit only.
        """
        present = {normal_cell(c) for c in cells}
        found = []
        for limit in self.limit:
            total = normal_cell(limit.total)
            parts = tuple(p for p in map(normal_cell, limit.parts) if p in present)
            if total in present and parts:
                found.append((total, parts))
        return tuple(found)

    def is_part(self, part: str, whole: str) -> bool:
        """Whether one cell is a subset of another, directly or through others."""
        return normal_cell(whole) in self._nearest(normal_cell(part), {normal_cell(whole)})

    def sheet(self, keys: Iterable[str]) -> dict[str, Any]:
        """The entries behind some keys, as JSON: what an edition's ``catalogue.json`` holds.

        Parameters
        ----------
        keys
            Keys of measures, groups, indicators and indices, in any order. What they are
            made of is added: parts of an index, measures and groups of an indicator.
        """
        wanted = self._closure(keys)
        return {
            "measures": {k: asdict(e) for k, e in self.measures.items() if k in wanted},
            "groups": {k: asdict(e) for k, e in self.groups.items() if k in wanted},
            "indicators": {k: asdict(e) for k, e in self.indicators.items() if k in wanted},
            "indices": {k: asdict(e) for k, e in self.indices.items() if k in wanted},
        }

    def _closure(self, keys: Iterable[str]) -> set[str]:
        wanted: set[str] = set()
        queue = list(keys)
        found = ProblemCollector()
        while queue:
            key = queue.pop()
            if key in wanted:
                continue
            wanted.add(key)
            queue += self._made_of(key)
            if not self._knows(key):
                found.add("Katalog", f"{key!r} gibt es nicht", "ein Schlüssel des Katalogs")
        found.raise_if_any(ProjectError, "Der Katalog kennt einen Schlüssel nicht.")
        return wanted

    def _knows(self, key: str) -> bool:
        return any(key in e for e in (self.measures, self.groups, self.indicators, self.indices))

    def _made_of(self, key: str) -> list[str]:
        if key in self.indices:
            index = self.indices[key]
            return [*index.parts, *(i for e in index.editions for i in e.indicators)]
        if key in self.indicators:
            cells = (self.indicators[key].numerator, self.indicators[key].denominator)
            return [part for cell in cells if cell for part in normal_cell(cell).split("/")]
        return []


def normal_cell(cell: str) -> str:
    """``measure`` or ``measure/group`` as ``measure/group``.

    Examples
    --------
    >>> normal_cell("residents")
    'residents/total'
    """
    return cell if "/" in cell else f"{cell}/total"


_ADAPTER: TypeAdapter[Catalogue] = TypeAdapter(Catalogue)


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that comes with the program.

    Raises
    ------
    ProjectError
        An entry is wrong; every mistake is listed with file and key.
    """
    return read_catalogue(files("indicators") / "catalogue")


def read_catalogue(folder: Traversable) -> Catalogue:
    """Read and check a folder of catalogue files, see `load_catalogue`."""
    found = ProblemCollector()
    entries: dict[str, list[Any]] = {}
    origin: dict[str, list[str]] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            _read_file(file, entries, origin, found)
    found.raise_if_any(ProjectError, _SUMMARY)
    try:
        catalogue = _ADAPTER.validate_python(entries)
    except ValidationError as error:
        for item in error.errors():
            found.add(_place(item["loc"], origin), *_in_words(dict(item)))
        found.raise_if_any(ProjectError, _SUMMARY)
        raise
    _check(catalogue, found)
    found.raise_if_any(ProjectError, _SUMMARY)
    return catalogue


def with_indices(catalogue: Catalogue, rows: Sequence[Mapping[str, Any]]) -> Catalogue:
    """The catalogue with a city's own indices.

    Parameters
    ----------
    catalogue
        Has the indicators that the indices are made of.
    rows
        Indices as they stand in a catalogue file under ``index``.

    Raises
    ------
    ProjectError
        An index is wrong or its key is taken; every mistake is listed.
    """
    found = ProblemCollector()
    origin = {"index": [f"index {row.get('key', '?')}" for row in rows]}
    try:
        own = TypeAdapter(tuple[Index, ...]).validate_python(list(rows))
    except ValidationError as error:
        for item in error.errors():
            found.add(_place(("index", *item["loc"]), origin), *_in_words(dict(item)))
        found.raise_if_any(ProjectError, "Ein eigener Index ist fehlerhaft.")
        raise
    extended = replace(catalogue, index=(*catalogue.index, *own))
    _check(extended, found)
    found.raise_if_any(ProjectError, "Ein eigener Index ist fehlerhaft.")
    return extended


def _read_file(
    file: Traversable,
    entries: dict[str, list[Any]],
    origin: dict[str, list[str]],
    found: ProblemCollector,
) -> None:
    try:
        raw = toml_of(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        found.add(file.name, str(error), "gültiges TOML")
        return
    for kind, items in raw.items():
        rows = items if isinstance(items, list) else [items]
        entries.setdefault(kind, []).extend(rows)
        origin.setdefault(kind, []).extend(
            f"{file.name}, {kind} {r.get('key', '?') if isinstance(r, dict) else r}" for r in rows
        )


def _in_words(item: dict[str, Any]) -> tuple[str, str]:
    """A mistake that pydantic found: what stands there and what may."""
    if item["type"] in ("missing", "missing_argument"):
        return "der Eintrag fehlt", ""
    if "unexpected" in item["type"] or item["type"] == "extra_forbidden":
        return "diesen Eintrag gibt es nicht", ""
    expected = str(item.get("ctx", {}).get("expected", "")).replace(" or ", " oder ")
    allowed = {"string_too_short": "ein Text", "string_type": "ein Text"}
    return f"gefunden {item['input']!r}", expected or allowed.get(item["type"], item["msg"])


def _place(loc: tuple[int | str, ...], origin: Mapping[str, list[str]]) -> str:
    kind, rest = str(loc[0]), loc[1:]
    if kind in origin and rest and isinstance(rest[0], int):
        kind, rest = origin[kind][rest[0]], rest[1:]
    return ", ".join([kind, *(".".join(str(p) for p in rest) for _ in rest[:1])])


def _check(catalogue: Catalogue, found: ProblemCollector) -> None:
    """Collect references that lead nowhere and keys that stand twice."""
    for kind in ("measure", "group", "index", "indicator"):
        keys = [entry.key for entry in getattr(catalogue, kind)]
        for key in sorted({k for k in keys if keys.count(k) > 1}):
            found.add(f"{kind} {key}", "steht mehrfach", "jeder Schlüssel einmal")
    for group in catalogue.group:
        if group.key != "total" and group.parent not in catalogue.groups:
            found.add(f"group {group.key}, parent", f"gefunden {group.parent!r}", "eine Gruppe")
        for member in sorted({m for way in group.made_of for m in way}):
            if member not in catalogue.groups or member == group.key:
                found.add(f"group {group.key}, made_of", f"gefunden {member!r}", "andere Gruppen")
    for measure in catalogue.measure:
        for cell in measure.part_of:
            _check_cell(catalogue, f"measure {measure.key}, part_of", cell, found)
    for limit in catalogue.limit:
        for cell in (limit.total, *limit.parts):
            _check_cell(catalogue, f"limit {limit.total}", cell, found)
    for indicator in catalogue.indicator:
        _check_indicator(catalogue, indicator, found)
    for index in catalogue.index:
        _check_index(catalogue, index, found)


def _check_cell(catalogue: Catalogue, where: str, cell: str, found: ProblemCollector) -> None:
    measure, group = normal_cell(cell).split("/")
    if measure not in catalogue.measures or group not in catalogue.groups:
        found.add(where, f"gefunden {cell!r}", "Messgröße oder Messgröße/Gruppe des Katalogs")


def _check_indicator(catalogue: Catalogue, item: Indicator, found: ProblemCollector) -> None:
    where = f"indicator {item.key}"
    for cell in (item.numerator, item.denominator, item.base):
        if cell is not None:
            _check_cell(catalogue, where, cell, found)
    if item.change_of is not None and item.change_of not in catalogue.indicators:
        found.add(f"{where}, change_of", f"gefunden {item.change_of!r}", "ein Indikator")
    if not item.delivered and item.numerator is None:
        found.add(where, "weder geliefert noch berechnet", "delivered oder numerator")
    if item.subject == "migration" and item.direction != "neutral":
        found.add(
            f"{where}, direction",
            f"gefunden {item.direction!r}",
            "'neutral', denn Herkunft sagt nichts über Bedarf",
        )
    if item.key.startswith("n_"):
        found.add(where, "beginnt mit n_", "n_ gehört den Anzahlen, die von selbst entstehen")


def _check_index(catalogue: Catalogue, item: Index, found: ProblemCollector) -> None:
    where = f"index {item.key}"
    if (item.kind == "z_sum") != bool(item.editions) or (item.kind == "z_sum") == bool(item.parts):
        found.add(where, f"{item.kind} passt nicht", "z_sum mit editions, combination mit parts")
    for part in item.parts:
        if part not in catalogue.indices:
            found.add(f"{where}, parts", f"gefunden {part!r}", "ein Index")
    for number, edition in enumerate(item.editions, start=1):
        place = f"{where}, editions {number}"
        for key in edition.indicators:
            if key not in catalogue.indicators:
                found.add(place, f"gefunden {key!r}", "ein Indikator")
        if not len(edition.thresholds) + 1 == len(edition.classes) == len(edition.codes):
            found.add(place, "Zahl der Klassen passt nicht", "eine mehr als Schwellen")
        _check_rule(catalogue, edition, place, found)


def _check_rule(
    catalogue: Catalogue, edition: IndexEdition, place: str, found: ProblemCollector
) -> None:
    """Collect what is wrong with weights, thresholds and directions."""
    keys, borders = edition.indicators, [t.at for t in edition.thresholds]
    if len(set(keys)) < len(keys):
        found.add(f"{place}, indicators", "ein Indikator steht mehrfach", "jeder einmal")
    if edition.weights and len(edition.weights) != len(keys):
        found.add(f"{place}, weights", f"gefunden {len(edition.weights)}", f"{len(keys)} Gewichte")
    if any(not one < other for one, other in pairwise(borders)):
        found.add(f"{place}, thresholds", f"gefunden {borders}", "aufsteigende Schwellen")
    if edition.scale == "quantile" and any(not 0 < at < 1 for at in borders):
        found.add(f"{place}, thresholds", f"gefunden {borders}", "Anteile zwischen 0 und 1")
    neutral = [
        key
        for key in keys
        if key in catalogue.indicators and catalogue.indicators[key].direction == "neutral"
    ]
    if neutral and not edition.reason_de:
        found.add(
            f"{place}, reason_de",
            f"{', '.join(neutral)} sagt von sich aus nichts über Bedarf",
            "ein Satz, warum der Indikator im Index als Belastung zählt",
        )


def _count_indicator(measure: Measure) -> Indicator:
    """The count of a measure as an indicator of its own."""
    return Indicator(
        key=f"n_{measure.key}",
        name_de=measure.name_de,
        name_en=measure.name_en,
        sentence_de=measure.description_de,
        sentence_en=measure.description_en,
        unit="count",
        direction=measure.direction,
        publisher=measure.publisher,
        periodicity=measure.periodicity,
        caveats_de=measure.caveats_de,
        numerator=measure.key,
        decimals=0,
        legal_basis=measure.legal_basis,
        reference=measure.reference,
        names=measure.names,
        breaks=measure.breaks,
        valid_from=measure.valid_from,
        valid_to=measure.valid_to,
    )
