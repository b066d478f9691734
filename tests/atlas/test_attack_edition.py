"""A reader plays ten thousand pairs of questions over an edition, its exports, and the past.

The attacker (`tests.atlas.attacker`) has the files alone. What the true numbers are is only
asked to judge what she found.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atlas.build import build, read_inputs
from atlas.edition import Edition
from atlas.export import export
from atlas.project import load_project
from indicators.catalogue import load_catalogue, with_indices
from indicators.disclosure.ledger import read_ledger
from tests.atlas.attack_city import PERIODS, write_city
from tests.atlas.attacker import KEY, Cell, Reader, Seen, Sum

THRESHOLD = 3
PAIRS = 10_000
PUBLIC = frozenset({"residents"})
PARTS = {"sgb2_elb": "sgb2_persons", "sgb2_persons": "residents"}
"""Measures that are part of another one: whoever subtracts has those who are not."""


@dataclass(frozen=True)
class Attacked:
    """An edition, what its reader has seen, and the truth to judge her by."""

    edition: Edition
    reader: Reader
    truth: dict[Cell, int]
    data: Path


def seen(edition: Edition, also: dict[Cell, int] | None = None) -> Seen:
    names = ("counts", "hierarchies", "groups", "vintages", "values")
    return Seen(*(edition.table(n) for n in names), also or {})


def numerators(edition: Edition) -> dict[str, str]:
    """What each indicator counts, as the edition's catalogue says."""
    sheet = json.loads((edition.path / "catalogue.json").read_text(encoding="utf-8"))
    cells = {k: i.get("numerator") or "" for k, i in sheet["indicators"].items()}
    return {k: c if "/" in c else f"{c}/total" for k, c in cells.items() if c}


def exported(folder: Path) -> dict[Cell, int]:
    """All counts that stand in the exported table, as an office reads it."""
    table = pd.read_csv(folder / "fallzahlen.csv", sep=";", encoding="utf-8-sig", dtype="str")
    columns = ["Gebietsstand", "Ebene (Schlüssel)", "Gebiet (Schlüssel)", "Stichtag",
               "Merkmal (Schlüssel)", "Gruppe (Schlüssel)"]  # fmt: skip
    low, high = (pd.to_numeric(table[c]) for c in ("Mindestens", "Höchstens"))
    number = pd.to_numeric(table["Anzahl"]).fillna(low.where(low == high))
    own = table[number.notna()]
    keys = [tuple(row) for row in own[columns].itertuples(index=False)]
    return dict(zip(keys, number[number.notna()].astype(int), strict=True))


def true_numbers(project: Path, data: Path) -> pd.DataFrame:
    city = load_project(project)
    catalogue = with_indices(load_catalogue(), city.own_indices)
    return read_inputs(city, catalogue, data, project.parent).counts


def by_cell(counts: pd.DataFrame) -> dict[Cell, int]:
    known = counts[counts["count"].notna()]
    return dict(zip(map(tuple, known[KEY].to_numpy()), map(int, known["count"]), strict=True))


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """Two editions with two secret keys; the second adds a date and corrects a number."""
    folder = tmp_path_factory.mktemp("angriff")
    data = folder / "daten"
    data.mkdir()
    (data / "geheim.key").write_text("00" * 32, encoding="ascii")
    first = build(write_city(data, PERIODS[:1]), data, folder / "ausgaben" / "eins")
    (data / "geheim.key").write_text("02" * 32, encoding="ascii")
    project = write_city(data)
    _correct(data / f"sgb2_{PERIODS[0]}.csv")
    second = build(project, data, folder / "ausgaben" / "zwei")
    out = folder / "export"
    export(second, out)
    ledger = read_ledger(folder / "ausgaben" / "angriffsstadt.ledger")
    past = replace(seen(first), counts=ledger.entries[0].counts)
    reader = Reader([past, seen(second, exported(out))], numerators(second), PARTS)
    return Attacked(second, reader, by_cell(true_numbers(project, data)), data)


def _correct(file: Path) -> None:
    """One person more of 25 to 54 in the last area."""
    table = pd.read_csv(file, sep=";", dtype={"Nr": "str"})
    table.loc[table.index[-1], ["alle", "age_25_54", "ELB"]] += 1
    table.to_csv(file, sep=";", index=False)


# What she may not find


def found_small(found: dict[Cell, int], truth: dict[Cell, int]) -> dict[Cell, int]:
    """Small numbers among what a reader computed: hidden ones, rests, pieces; not public ones.

    A rest of the residents without their part is not public.
    """
    return {
        cell: number
        for cell, number in found.items()
        if cell[4] not in PUBLIC and 0 < number < THRESHOLD and truth.get(cell, number) == number
    }


def told(pair: tuple[Sum, Sum], reader: Reader) -> int | None:
    """The difference of two questions, where it is fixed."""
    first, second = pair
    return reader.answer({c: first.get(c, 0) - second.get(c, 0) for c in {*first, *second}})


class Questions:
    """Random pairs of questions; the second one counts some of the people of the first."""

    def __init__(self, edition: Edition, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        counts, groups = edition.table("counts"), edition.table("groups")
        self._cells = set(map(tuple, counts[KEY].to_numpy()))
        own = counts.loc[~counts["measure"].isin(PUBLIC), ["period", "measure", "group"]]
        self._items = sorted(set(map(tuple, own.to_numpy())))
        self._members = groups.groupby("parent")["group"].agg(list).to_dict()
        self._down = _children(edition.table("hierarchies"))
        self._pieces = _piece_names(edition.table("vintages"))
        self._finest = edition.manifest.levels[0].key
        nodes = {cell[:3] for cell in self._cells}
        self._atoms = {node: frozenset(self._below(node)) for node in sorted(nodes)}
        self._where: dict[tuple[str, ...], list[Cell]] = {}
        for cell in sorted(self._cells):
            self._where.setdefault(cell[3:], []).append(cell[:3])

    def _below(self, node: Cell) -> Iterator[Cell]:
        """The finest areas in an area, or their pieces where two vintages are cut."""
        if node[1] == self._finest:
            yield from self._pieces.get(node, [node])
        for part in self._down.get(node, []):
            yield from self._below(part)

    def _union(self, item: tuple[str, ...], among: frozenset[Cell] | None) -> list[Cell]:
        """A few areas of any level and vintage that do not overlap, all within some pieces."""
        nodes = [
            node for node in self._where.get(item, [])
            if self._atoms[node] and (among is None or self._atoms[node] <= among)
        ]  # fmt: skip
        chosen: list[Cell] = []
        taken: frozenset[Cell] = frozenset()
        for at in self._rng.permutation(len(nodes))[: 1 + self._rng.geometric(0.4)]:
            if not self._atoms[nodes[at]] & taken:
                chosen.append(nodes[at])
                taken |= self._atoms[nodes[at]]
        return chosen

    def _narrower(self, measure: str, group: str) -> list[tuple[str, str]]:
        """The same people, or some of them: the group, its members, a measure that is a part."""
        members = [(measure, m) for m in self._members.get(group, [])]
        parts = [(m, group) for m, whole in PARTS.items() if whole == measure]
        return [(measure, group), *members, *parts]

    def draw(self) -> tuple[Sum, Sum]:
        """A pair; the difference counts people, or nobody."""
        period, measure, group = self._items[int(self._rng.integers(len(self._items)))]
        first = self._union((period, measure, group), None)
        narrow = self._narrower(measure, group)
        item = narrow[int(self._rng.integers(len(narrow)))]
        among = frozenset().union(*(self._atoms[n] for n in first))
        second = self._union((period, *item), among)
        return (
            {(*node, period, measure, group): 1 for node in first},
            {(*node, period, *item): 1 for node in second},
        )


def _children(links: pd.DataFrame) -> dict[Cell, list[Cell]]:
    """The parts of every area in one of its groupings."""
    found: dict[Cell, dict[str, list[Cell]]] = {}
    for row in links.itertuples(index=False):
        parent = (row.vintage, row.parent_level, row.parent)
        parts = found.setdefault(parent, {}).setdefault(f"{row.hierarchy}/{row.child_level}", [])
        parts.append((row.vintage, row.child_level, row.child))
    return {parent: next(iter(parts.values())) for parent, parts in found.items()}


def _piece_names(vintages: pd.DataFrame) -> dict[Cell, list[Cell]]:
    """The common pieces of every old and every new area."""
    found: dict[Cell, list[Cell]] = {}
    for row in vintages.itertuples(index=False):
        piece = (row.level, row.from_area, row.to_area)
        for vintage, area in ((row.from_vintage, row.from_area), (row.to_vintage, row.to_area)):
            found.setdefault((vintage, row.level, area), []).append(piece)
    return found


def play(attacked: Attacked, pairs: int, seed: int = 1) -> tuple[int, list[tuple[Sum, Sum, int]]]:
    """How many differences were answered, and the pairs that isolate one or two people."""
    questions, answered, small = Questions(attacked.edition, seed), 0, []
    for _ in range(pairs):
        pair = questions.draw()
        number = told(pair, attacked.reader)
        answered += number is not None
        if number is not None and 0 < number < THRESHOLD:
            small.append((*pair, number))
    return answered, small


def test_ten_thousand_pairs_of_questions_isolate_nobody(city):
    answered, small = play(city, PAIRS)
    assert answered > PAIRS // 10
    assert small == []


def test_no_small_number_follows_from_files_exports_and_the_past(city):
    assert len(city.reader.hidden) > 100
    assert found_small(city.reader.exact(), city.truth) == {}


def test_no_small_number_follows_from_ranges(city):
    """Drawn in sum by sum: every hidden number is at least 1, every rest at least 0."""
    ends = city.reader.ends()
    assert all(low <= city.truth.get(cell, low) <= high for cell, (low, high) in ends.items())
    assert found_small(_only_one(city.reader), city.truth) == {}


def _only_one(reader: Reader) -> dict[Cell, int]:
    """Cells whose range has one number in it."""
    return {cell: int(low) for cell, (low, high) in reader.ends().items() if low == high}


def test_who_is_alone_in_a_cell_computes_no_other_small_number(city):
    assert told_to_insiders(city) == []


def told_to_insiders(attacked: Attacked) -> list[tuple[Cell, Cell]]:
    """Cells with one person, each with another small cell that she can compute.

    Unless printed zeros and public numbers tell her that the other cell counts her too.
    """
    truth = attacked.truth
    found = {
        (one, other)
        for one, other in attacked.reader.pairs()
        if truth.get(one) == 1 and 0 < truth.get(other, 0) < THRESHOLD
    }
    if not found:
        return []
    return sorted(found - set(_zeros_alone(attacked.reader).pairs()))


def _zeros_alone(reader: Reader) -> Reader:
    """The reader if only zeros and public numbers were printed."""
    return reader.with_only(lambda cell, n: n == 0 or cell[4] in PUBLIC)


def test_rates_tell_of_hidden_numbers_no_more_than_their_bounds_do(city):
    """Nothing is drawn from them on a map, and their ends are those of the counts."""
    values = city.edition.table("values")
    values = values[values["indicator"].isin(city.reader.numerators)]
    measure = values["indicator"].map(lambda i: city.reader.numerators[i].split("/"))
    own = values.assign(
        measure=measure.str[0],
        group=values["group"].where(values["group"] != "total", measure.str[1]),
    )
    counts = city.edition.table("counts")
    both = own.merge(counts, on=KEY, suffixes=("", "_count"))
    hidden = both[both["status_count"] == "suppressed"]
    assert len(hidden) > 50
    assert hidden[["value", "low", "high", "numerator"]].isna().all(axis=None)
    base = hidden["denominator"].fillna(1)
    per = np.where(
        hidden["indicator"].str.startswith("n_"),
        1,
        np.where(hidden["indicator"].str.endswith("_1000"), 1000, 100),
    )
    for end, nearest in (("bound_low", np.ceil), ("bound_high", np.floor)):
        told = hidden[end] * base / per
        known = told.notna()
        inside = nearest(told[known].round(6))
        assert (inside == hidden.loc[known, f"{end}_count"].astype("float64")).all()


def test_nobody_learns_that_all_are_of_one_group(city):
    assert told_of_all(city.reader) == []
    assert told_of_all(Reader([_careless(city)], parts=PARTS)), "there are such groups"


def told_of_all(reader: Reader) -> list[Cell]:
    """Rests that can only be nobody, unless printed zeros and public numbers say so."""

    def nobody(one: Reader) -> set[Cell]:
        return {c for c, (_, high) in one.ends().items() if " - " in c[4] and high == 0}

    found = nobody(reader)
    return sorted(found - nobody(_zeros_alone(reader))) if found else []


def test_the_same_reader_finds_them_where_only_small_numbers_are_hidden(city):
    """The careless edition: the attack works."""
    careless = Reader([_careless(city)], parts=PARTS)
    hidden = {c: n for c, n in careless.exact().items() if c in careless.hidden}
    assert len(found_small(hidden, city.truth)) > 20
    _, isolated = play(replace(city, reader=careless), 1000)
    assert len(isolated) > 20


def _careless(attacked: Attacked) -> Seen:
    counts = attacked.edition.table("counts")
    keys = list(map(tuple, counts[KEY].to_numpy()))
    true = pd.Series([attacked.truth[k] for k in keys], dtype="Int64")
    small = (true > 0) & (true < THRESHOLD) & ~counts["measure"].isin(PUBLIC)
    status = np.where(small, "suppressed", np.where(true == 0, "zero", "published"))
    counts = counts.assign(count=true.mask(small), status=status, bound_low=pd.NA, bound_high=pd.NA)
    return replace(
        seen(attacked.edition), counts=counts, values=attacked.edition.table("values").iloc[:0]
    )


def test_two_editions_that_do_not_know_of_each_other_give_numbers_away(city, tmp_path):
    """The same two editions without a ledger: what the past adds to the reader is real."""
    data = tmp_path / "daten"
    shutil.copytree(city.data, data)
    alone = build(data / "angriffsstadt.toml", data, tmp_path / "allein")
    reader = Reader([city.reader.editions[0], seen(alone)], numerators(alone), PARTS)
    assert found_small(Reader([seen(alone)], numerators(alone), PARTS).exact(), city.truth) == {}
    assert found_small(reader.exact(), city.truth)


# Checksums


def test_no_checksum_confirms_a_guess_at_a_hidden_number(city):
    """With all else known: six guesses, six checksums, and one of them would be the file's."""
    file = city.data / f"klagen_{PERIODS[1]}.csv"
    cell = next(
        c for c in sorted(city.reader.hidden)
        if c[:2] == ("2024", "planungsraum") and c[3:5] == (PERIODS[1], "wn_raeumungsklagen")
        and c[5] != "total" and city.truth[c] < THRESHOLD
    )  # fmt: skip
    guesses = [_with_number(file, cell[2], cell[5], n) for n in range(6)]
    assert guesses.count(file.read_bytes()) == 1
    public = hashlib.sha256((city.data / f"einwohner_{PERIODS[1]}.csv").read_bytes()).hexdigest()
    printed = "".join(_texts(city.edition.path))
    assert public in printed, "checksums of public files are printed"
    assert not [g for g in guesses if hashlib.sha256(g).hexdigest() in printed]


def _with_number(file: Path, area: str, group: str, number: int) -> bytes:
    """The file with another number in one cell, and the total that goes with it."""
    table = pd.read_csv(file, sep=";", dtype={"Nr": "str"})
    row = table["Nr"] == area
    table.loc[row, "alle"] += number - table.loc[row, group]
    table.loc[row, group] = number
    return table.to_csv(sep=";", index=False).encode()


def _texts(edition: Path) -> Iterator[str]:
    files = [*edition.glob("*.json"), *edition.parent.glob("*.ledger")]
    yield from (f.read_text(encoding="utf-8") for f in files)


@pytest.mark.long
def test_ten_thousand_pairs_of_questions_over_musterstadt(demo, demo_folder):
    project = demo_folder / "musterstadt.toml"
    truth = by_cell(true_numbers(project, demo_folder))
    attacked = Attacked(demo, Reader([seen(demo)], numerators(demo), PARTS), truth, demo_folder)
    assert found_small(attacked.reader.exact(), truth) == {}
    assert found_small(_only_one(attacked.reader), truth) == {}
    assert told_to_insiders(attacked) == []
    assert told_of_all(attacked.reader) == []
    answered, small = play(attacked, PAIRS)
    assert answered > PAIRS // 10
    assert small == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 22))
def test_twenty_other_cities_tell_nobody(seed, tmp_path):
    data = tmp_path / "daten"
    data.mkdir()
    (data / "geheim.key").write_text(f"{seed:02x}" * 32, encoding="ascii")
    project = write_city(data, PERIODS, seed)
    edition = build(project, data, tmp_path / "ausgabe")
    reader = Reader([seen(edition)], numerators(edition), PARTS)
    attacked = Attacked(edition, reader, by_cell(true_numbers(project, data)), data)
    assert found_small(reader.exact(), attacked.truth) == {}
    assert found_small(_only_one(reader), attacked.truth) == {}
    assert told_to_insiders(attacked) == []
    assert told_of_all(reader) == []
    assert play(attacked, 2000, seed)[1] == []
