"""A reader who subtracts whatever can be subtracted, from the files of editions alone.

Independent of the program's disclosure control: equations are put together cell by cell from
the public tables, solved by exact elimination modulo a prime, and every question is a sum of
cells. Whatever sum is fixed by what is printed, the reader has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np
import pandas as pd

KEY = ["vintage", "level", "area", "period", "measure", "group"]
SHOWN = frozenset({"published", "zero", "rounded", "estimated", "perturbed"})
PRIME = 2**31 - 1
"""Larger than every count; a coincidence modulo it would only make the reader stronger."""

Cell = tuple[str, ...]
"""Vintage, level, area, period, measure, group."""
Sum = dict[Cell, int]
"""How often each cell is in a sum; below 0 where it is subtracted."""


@dataclass(frozen=True)
class Seen:
    """Tables of one edition, as its files have them.

    Parameters
    ----------
    counts, hierarchies, groups, vintages, values
        As in an edition.
    also
        Numbers of cells from anywhere else: exports, bounds with one number in them.
    """

    counts: pd.DataFrame
    hierarchies: pd.DataFrame
    groups: pd.DataFrame
    vintages: pd.DataFrame
    values: pd.DataFrame
    also: Mapping[Cell, int] = field(default_factory=dict)


@dataclass
class Reader:
    """Everything that follows from some editions of one city.

    Parameters
    ----------
    editions
        Oldest first; the last one is attacked.
    numerators
        The cell ``measure/group`` that each indicator counts, from the catalogue.
    parts
        Measures that count some of the people of another one, to that one. Those who are
        left are cells too, with ``whole - part`` for a measure.
    """

    editions: Sequence[Seen]
    numerators: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.printed: dict[Cell, int] = {}
        for edition in reversed(self.editions):
            for source in (_counts(edition), edition.also, self._values(edition)):
                self.printed = {**source, **self.printed}
        newest = self.editions[-1].counts
        withheld = newest[~newest["status"].isin([*SHOWN, "not_applicable", "missing"])]
        self.hidden = set(_cells(withheld))
        self.sums = [
            one for edition in self.editions
            for one in (*_areas(edition), *_groups(edition), *_pieces(edition))
        ]  # fmt: skip
        self.sums += _rests({c for one in self.sums for c in one} | self.hidden, self.parts)
        self.solved = _solve(self.sums, self.printed)

    def _values(self, edition: Seen) -> dict[Cell, int]:
        """Numerators that stand beside rates, or that only one whole number fits."""
        shown = edition.values[edition.values["indicator"].isin(self.numerators)]
        shown = shown[shown["numerator"].notna()]
        found = {}
        for row in shown.itertuples(index=False):
            measure, group = self.numerators[row.indicator].split("/")
            place = (row.vintage, row.level, row.area, row.period)
            group = group if row.group == "total" else row.group
            found[*map(str, place), measure, group] = round(row.numerator)
        return found

    def answer(self, question: Mapping[Cell, int]) -> int | None:
        """The number that a sum of cells must have, None where it is not fixed."""
        total = 0
        left: dict[int, np.ndarray] = {}
        for cell, times in question.items():
            if cell in self.printed:
                total += times * self.printed[cell]
            elif cell in self.solved:
                part, constant, free = self.solved[cell]
                total += times * constant
                left[part] = (left.get(part, 0) + times * free) % PRIME
            else:
                return None
        if any(rest.any() for rest in left.values()):
            return None
        number = total % PRIME
        return number if number < PRIME // 2 else number - PRIME

    def with_only(self, kept: Callable[[Cell, int], bool]) -> "Reader":
        """The same sums, but of the printed numbers only some."""
        other = copy(self)
        other.printed = {c: n for c, n in self.printed.items() if kept(c, n)}
        dropped = {c for c, n in self.printed.items() if n and c not in other.printed}
        other.hidden = self.hidden | dropped
        other.solved = _solve(self.sums, other.printed)
        return other

    def exact(self) -> dict[Cell, int]:
        """Every cell that is not in print and that the sums fix: hidden ones, rests, pieces."""
        found = {cell: self.answer({cell: 1}) for cell in self.solved}
        return {cell: number for cell, number in found.items() if number is not None}

    def pairs(self) -> Iterator[tuple[Cell, Cell]]:
        """Cells of which each gives the other: who knows one of them, computes the other."""
        alike: dict[tuple[int, bytes], list[Cell]] = defaultdict(list)
        for cell, (part, _, free) in self.solved.items():
            at = np.flatnonzero(free)
            if len(at):
                scaled = free * pow(int(free[at[0]]), -1, PRIME) % PRIME
                alike[part, scaled.tobytes()].append(cell)
        for cells in alike.values():
            yield from permutations(cells, 2)

    def ends(self) -> dict[Cell, tuple[float, float]]:
        """The ends of all open cells, drawn in sum by sum until nothing moves.

        What is hidden on purpose is at least 1, since zeros are printed.
        """
        ends = {c: (float(c in self.hidden), np.inf) for c in self.solved}
        sums = [one for one in self.sums if any(c in ends for c in one)]
        of: dict[Cell, list[int]] = defaultdict(list)
        for number, one in enumerate(sums):
            for cell in one:
                of[cell].append(number)
        waiting = dict.fromkeys(range(len(sums)))
        for _ in range(100 * len(sums)):
            if not waiting:
                break
            number, _ = waiting.popitem()
            for cell in _draw_in(sums[number], ends, self.printed):
                waiting |= dict.fromkeys(of[cell])
        return ends


def _draw_in(
    one: Sum, ends: dict[Cell, tuple[float, float]], printed: Mapping[Cell, int]
) -> list[Cell]:
    """Draw in the ends of all cells of a sum, which is 0; those that moved."""
    reach = {}
    for cell, factor in one.items():
        low, high = ends.get(cell) or (printed[cell], printed[cell])
        reach[cell] = (factor * low, factor * high) if factor > 0 else (factor * high, factor * low)
    moved = []
    for cell, factor in one.items():
        if cell not in ends:
            continue
        least = sum(r[0] for c, r in reach.items() if c != cell)
        most = sum(r[1] for c, r in reach.items() if c != cell)
        low, high = sorted((-most / factor, -least / factor))
        drawn = (max(ends[cell][0], low), min(ends[cell][1], high))
        if drawn != ends[cell]:
            ends[cell] = drawn
            moved.append(cell)
    return moved


def _rests(cells: set[Cell], parts: Mapping[str, str]) -> list[Sum]:
    """Who is in the whole is in the part or in neither print: the rest, at least 0."""
    found = []
    for cell in sorted(cells):
        *place, measure, group = cell
        whole = (*place, parts.get(measure, ""), group)
        if whole in cells:
            rest = (*place, f"{whole[4]} - {measure}", group)
            found.append({cell: 1, rest: 1, whole: -1})
    return found


def _rows_by(table: pd.DataFrame) -> dict[tuple[str, str], dict[tuple[str, ...], tuple[str, str]]]:
    """By (vintage, level): for each (area, item) the method and status of its row."""
    found: dict = defaultdict(dict)
    for row in table.itertuples(index=False):
        item = (row.period, row.measure, row.group)
        found[row.vintage, row.level][row.area, *item] = (str(row.method), str(row.status))
    return found


def _areas(edition: Seen) -> list[Sum]:
    """Every area is the sum of its parts, on each next level that has them all."""
    rows = _rows_by(edition.counts)
    found = []
    links = edition.hierarchies.groupby(
        ["hierarchy", "vintage", "child_level", "parent_level", "parent"], sort=False
    )["child"]
    for (_, vintage, low, high, parent), children in links:
        below, above = rows[vintage, low], rows[vintage, high]
        for (area, *item), (method, _) in above.items():
            if area != parent:
                continue
            parts = [c for c in children if (c, *item) in below]
            gaps = [c for c in parts if below[c, *item][1] == "missing"]
            if method == "sum":
                parts = [c for c in parts if c not in gaps]
            elif len(parts) < len(children):
                continue
            if not parts:
                continue
            one = {(vintage, low, c, *item): 1 for c in parts}
            found.append({**one, (vintage, high, parent, *item): -1})
    return found


def _groups(edition: Seen) -> list[Sum]:
    """Every group is the sum of its members, where that is so in all that is printed."""
    number = {
        tuple(str(getattr(r, k)) for k in KEY): (int(r.count) if r.status in SHOWN else None)
        for r in edition.counts.itertuples(index=False)
    }
    by_item: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    items: dict[str, set[str]] = defaultdict(set)
    for cell in number:
        by_item[cell[4], cell[5]].add(cell[:4])
        items[cell[4]].add(cell[5])
    found = []
    tree: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in edition.groups.itertuples(index=False):
        if isinstance(row.parent, str) and row.parent:
            tree[row.dimension, row.parent].append(row.group)
    for measure, present in items.items():
        for (dimension, parent), _ in tree.items():
            if parent not in present:
                continue
            members = _present(parent, dimension, tree, present)
            periods: dict[str, list[tuple[str, ...]]] = defaultdict(list)
            for place in by_item[measure, parent]:
                if members and all(place in by_item[measure, m] for m in members):
                    periods[place[3]].append(place)
            for places in periods.values():
                rows = [
                    {**{(*p, measure, m): 1 for m in members}, (*p, measure, parent): -1}
                    for p in places
                ]
                whole = [r for r in rows if all(number[c] is not None for c in r)]
                if whole and all(sum(f * number[c] for c, f in r.items()) == 0 for r in whole):
                    found += rows
    return found


def _present(
    parent: str, dimension: str, tree: Mapping[tuple[str, str], list[str]], present: set[str]
) -> list[str]:
    """The nearest members of a group that a measure has."""
    found: list[str] = []
    for member in tree.get((dimension, parent), []):
        inner = _present(member, dimension, tree, present)
        found += [member] if member in present else inner
    return found


def _pieces(edition: Seen) -> list[Sum]:
    """Old and new areas are sums of the pieces that both cut out."""
    cells = {tuple(str(getattr(r, k)) for k in KEY) for r in edition.counts.itertuples(index=False)}
    items: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for vintage, level, _, *item in cells:
        items[vintage, level].add(tuple(item))
    sums: dict[Cell, Sum] = {}
    for row in edition.vintages.itertuples(index=False):
        both = items[row.from_vintage, row.level] & items[row.to_vintage, row.level]
        for item in both:
            name = (f"{row.from_vintage}&{row.to_vintage}", row.level,
                    f"{row.from_area}&{row.to_area}", *item)  # fmt: skip
            for vintage, area in (
                (row.from_vintage, row.from_area), (row.to_vintage, row.to_area)
            ):  # fmt: skip
                whole = (vintage, row.level, area, *item)
                if whole in cells:
                    other = f"{row.from_vintage}&{row.to_vintage}"
                    sums.setdefault((*whole, other), {whole: -1})[name] = 1
    return list(sums.values())


def _cells(table: pd.DataFrame) -> list[Cell]:
    return [tuple(map(str, row)) for row in table[KEY].itertuples(index=False)]


def _counts(edition: Seen) -> dict[Cell, int]:
    """Numbers in print, zeros of areas where nobody lives, and bounds that leave one number."""
    table = edition.counts
    found = {}
    for kind, column in (("count", "count"), ("bound", "bound_low")):
        chosen = table["status"].isin(SHOWN) & table["count"].notna()
        if kind == "bound":
            one = (table["bound_low"] == table["bound_high"]).fillna(False).astype("bool")
            chosen = (table["status"] == "suppressed") & one
        own = table[chosen]
        found |= dict(zip(_cells(own), map(int, own[column]), strict=True))
    nobody = table[table["status"] == "not_applicable"]
    return found | dict.fromkeys(_cells(nobody), 0)


Solved = dict[Cell, tuple[int, int, np.ndarray]]
"""For every unknown cell: its part, a constant, and its factors on the free cells of the part."""


def _solve(sums: Iterable[Sum], printed: Mapping[Cell, int]) -> Solved:
    """Solve all sums for as many cells as possible, one connected part after the other."""
    solved: Solved = {}
    for number, (cells, rows) in enumerate(_parts(sums, printed)):
        matrix = np.zeros((len(rows), len(cells) + 1), dtype=np.int64)
        place = {cell: i for i, cell in enumerate(cells)}
        for i, row in enumerate(rows):
            for cell, factor in row.items():
                if cell in place:
                    matrix[i, place[cell]] += factor
                else:
                    matrix[i, -1] -= factor * printed[cell]
        pivots = _eliminate(matrix)
        free = [i for i in range(len(cells)) if i not in pivots]
        for cell, i in place.items():
            if i in pivots:
                row = matrix[pivots[i]]
                solved[cell] = (number, int(row[-1]), -row[free] % PRIME)
            else:
                own = np.array([int(i == f) for f in free], dtype=np.int64)
                solved[cell] = (number, 0, own)
    return solved


def _parts(sums: Iterable[Sum], printed: Mapping[Cell, int]) -> list[tuple[list[Cell], list[Sum]]]:
    """Unknown cells that sums connect, with these sums."""
    above: dict[Cell, Cell] = {}

    def root(cell: Cell) -> Cell:
        while above.setdefault(cell, cell) != cell:
            above[cell] = above[above[cell]]
            cell = above[cell]
        return cell

    open_ = [(s, [c for c in s if c not in printed]) for s in sums]
    open_ = [(s, unknown) for s, unknown in open_ if unknown]
    for _, unknown in open_:
        for cell in unknown[1:]:
            above[root(cell)] = root(unknown[0])
    cells: dict[Cell, list[Cell]] = defaultdict(list)
    rows: dict[Cell, list[Sum]] = defaultdict(list)
    for cell in {c for _, unknown in open_ for c in unknown}:
        cells[root(cell)].append(cell)
    for one, unknown in open_:
        rows[root(unknown[0])].append(one)
    return [(sorted(cells[r]), rows[r]) for r in cells]


def _eliminate(matrix: np.ndarray) -> dict[int, int]:
    """Reduce to echelon form modulo the prime, in place; the row of every pivot column."""
    matrix %= PRIME
    pivots: dict[int, int] = {}
    row = 0
    for column in range(matrix.shape[1] - 1):
        below = np.flatnonzero(matrix[row:, column])
        if not len(below):
            continue
        chosen = row + int(below[0])
        matrix[[row, chosen]] = matrix[[chosen, row]]
        matrix[row] = matrix[row] * pow(int(matrix[row, column]), -1, PRIME) % PRIME
        others = np.flatnonzero(matrix[:, column])
        others = others[others != row]
        matrix[others] = (matrix[others] - matrix[others, column][:, None] * matrix[row]) % PRIME
        pivots[column] = row
        row += 1
        if row == len(matrix):
            break
    return pivots
