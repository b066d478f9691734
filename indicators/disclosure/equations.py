"""Everything a reader can calculate with, as one sparse system over published cells.

One variable per cell of a counts table. Rows say that an area is the sum of its parts, in
every hierarchy, and how groups and measures of one area relate. The system is made from
keys alone, so that anyone can rebuild it from an edition.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.disclosure.cells import (
    KEY,
    NODE,
    BoolArray,
    CellIndex,
    IntArray,
    area_words,
    cell_words,
    index_cells,
    item_words,
)
from indicators.disclosure.connected import connected
from indicators.disclosure.identities import (
    PART_OF,
    SUM,
    IdentityCheck,
    Relation,
    declared_identities,
    group_identities,
    refuse_unknown_relation,
)
from indicators.disclosure.rule import Rule
from indicators.status import Status

__all__ = [
    "Component",
    "IdentityCheck",
    "Relation",
    "Rule",
    "System",
    "build_system",
    "declared_identities",
    "group_identities",
    "split",
]

_LINK = ["vintage", "child_level", "child", "parent_level", "parent"]
_NO_NAMES: Mapping[str, str] = {}


class Words(Protocol):
    """Names the cells and rows of one kind of system in German."""

    def cell(self, cell: pd.Series, names: Mapping[str, str]) -> str:
        """Name a cell; `cell` is a row of `System.cells`."""

    def row(
        self, total: pd.Series, parts: pd.DataFrame, equal: bool, names: Mapping[str, str]
    ) -> str:
        """Say what an equation (or "at most", where not `equal`) means."""


class EditionWords:
    """Names the cells of an edition by area, measure, group and reporting date."""

    def cell(self, cell: pd.Series, names: Mapping[str, str]) -> str:
        """Name a cell: area, measure and group, reporting date."""
        return cell_words(cell, names)

    def row(
        self, total: pd.Series, parts: pd.DataFrame, equal: bool, names: Mapping[str, str]
    ) -> str:
        """Say which sum of areas or of groups a row is."""
        where, what = area_words(total, names), item_words(total, names)
        if parts.iloc[0]["level"] != total["level"]:
            verb = "Summe" if equal else "Obergrenze durch die Summe"
            level = names.get(parts.iloc[0]["level"], str(parts.iloc[0]["level"]).capitalize())
            return f"{verb} {where} aus {len(parts)} × {level} ({what})"
        listed = ", ".join(item_words(part, names) for _, part in parts.iterrows())
        if equal:
            return f"Summe {what} aus {listed} ({where})"
        return f"{listed} höchstens {what} ({where})"


@dataclass(frozen=True)
class System:
    """Equations and inequalities over the cells of a counts table.

    Parameters
    ----------
    cells
        Key columns, one row per variable, in the order of the counts table.
    matrix
        Shape (rows, cells), whole numbers: +1 for a part, -1 for its total.
    equality
        True: the row is 0; False: at most 0.
    words
        How cells and rows are named in messages.
    """

    cells: pd.DataFrame
    matrix: sparse.csr_array
    equality: BoolArray

    words: Words = field(default_factory=EditionWords)

    def name(self, cell: int, names: Mapping[str, str] = _NO_NAMES) -> str:
        """Name a cell in German."""
        return self.words.cell(self.cells.iloc[cell], names)

    def reason(self, row: int, names: Mapping[str, str] = _NO_NAMES) -> str:
        """Say in German what a row means.

        Parameters
        ----------
        row
            Number of the row.
        names
            German names by key: levels, measures, groups, and areas as ``level/area``.
        """
        start, end = self.matrix.indptr[row : row + 2]
        members, signs = self.matrix.indices[start:end], self.matrix.data[start:end]
        total = self.cells.iloc[int(members[signs < 0][0])]
        parts = self.cells.iloc[np.sort(members[signs > 0])]
        return self.words.row(total, parts, bool(self.equality[row]), names)


@dataclass(frozen=True)
class Component:
    """Cells that are bound together, and the rows that bind them, both ascending."""

    cells: IntArray
    rows: IntArray


@dataclass(frozen=True)
class _Rows:
    """Rows in the making: entries with their row number, and the kind of each row."""

    row: IntArray
    column: IntArray
    sign: IntArray
    equality: BoolArray


def build_system(
    counts: pd.DataFrame, hierarchies: pd.DataFrame, relations: Iterable[Relation]
) -> System:
    """Build the system over all cells of a counts table.

    An area is the sum of its parts on the next level that the measure has. Where its method
    is ``sum``, missing parts are not in it. In a delivered total they are: a cell with the
    status ``missing`` is an unknown like a hidden one, and where a part's row is absent from
    the table, the others together are at most the total.

    Parameters
    ----------
    counts
        Columns of an edition's ``counts``; keys and ``method`` are read, and which cells are
        missing, but no number.
    hierarchies
        Columns of an edition's ``hierarchies``; groupings need not be nested.
    relations
        What holds between groups and measures of one area.

    Raises
    ------
    KeyJoinError
        A cell stands twice in `counts`.
    DisclosureError
        A relation is of an unknown kind.
    """
    index = index_cells(counts)
    cells = counts[KEY].reset_index(drop=True)
    area = _settle_missing(_stack(_area_rows(index, hierarchies)), counts)
    rows = _stack([area, *_relation_rows(index, relations)])
    shape = (len(rows.equality), len(cells))
    matrix = sparse.csr_array((rows.sign, (rows.row, rows.column)), shape=shape, dtype=np.int64)
    return System(cells, matrix, rows.equality)


def _stack(blocks: Iterable[_Rows]) -> _Rows:
    """Put blocks of rows one below the other."""
    listed = list(blocks)
    offsets = np.cumsum([0, *(len(b.equality) for b in listed)])
    number = [b.row + o for b, o in zip(listed, offsets, strict=False)]
    none = np.zeros(0, dtype=np.int64)
    return _Rows(
        np.concatenate([none, *number]),
        np.concatenate([none, *(b.column for b in listed)]),
        np.concatenate([none, *(b.sign for b in listed)]),
        np.concatenate([none.astype(np.bool_), *(b.equality for b in listed)]),
    )


def _settle_missing(rows: _Rows, counts: pd.DataFrame) -> _Rows:
    """Let every row of areas say what its numbers were made of.

    A total that was summed here is the sum of the delivered parts, whatever is missing: the
    reader knows that too. A delivered total may hold more than its parts say where one of
    them is such a sum with gaps.
    """
    missing = (counts["status"] == Status.MISSING.value).to_numpy(dtype=np.bool_)
    is_total = rows.sign < 0
    total = np.zeros(len(rows.equality), dtype=np.int64)
    total[rows.row[is_total]] = rows.column[is_total]
    summed = (counts["method"] == "sum").to_numpy(dtype=np.bool_)[total]
    holds_gap = _has_part(rows, _sums_with_gaps(rows, total, summed, missing))
    used = is_total | ~(missing[rows.column] & summed[rows.row])
    kept = np.bincount(rows.row[used & ~is_total], minlength=len(total)) > 0
    used &= kept[rows.row]
    equality = summed | (rows.equality & ~holds_gap)
    number = np.cumsum(kept) - 1
    return _Rows(number[rows.row[used]], rows.column[used], rows.sign[used], equality[kept])


def _sums_with_gaps(
    rows: _Rows, total: IntArray, summed: BoolArray, missing: BoolArray
) -> BoolArray:
    """Which cells are sums, made here, in which a part somewhere below is missing."""
    gap = np.zeros(len(missing), dtype=np.bool_)
    while True:
        found = gap.copy()
        found[total[summed & (~rows.equality | _has_part(rows, missing | gap))]] = True
        if (found == gap).all():
            return gap
        gap = found


def _has_part(rows: _Rows, cells: BoolArray) -> BoolArray:
    """Which rows have one of these cells among their parts."""
    hit = rows.row[(rows.sign > 0) & cells[rows.column]]
    return np.bincount(hit, minlength=len(rows.equality)) > 0


def split(system: System, free: BoolArray) -> list[Component]:
    """Split the free cells into parts that no row connects, by their first cell.

    Parameters
    ----------
    free
        Shape (cells,): cells whose number is not fixed.
    """
    cells = np.flatnonzero(free)
    parts = connected(system.matrix[:, cells])
    return [Component(cells[columns], rows) for columns, rows in parts]


def _area_rows(index: CellIndex, hierarchies: pd.DataFrame) -> Iterator[_Rows]:
    """Rows "area = sum of its parts" for every hierarchy, vintage and set of levels."""
    nodes = pd.MultiIndex.from_frame(index.nodes)
    level_of = index.nodes["level"].to_numpy()
    vintage_of = index.slices["vintage"].to_numpy()
    for (_, vintage), rows in hierarchies.groupby(["hierarchy", "vintage"], sort=True):
        links = rows[_LINK]
        slices = np.flatnonzero(vintage_of == vintage)
        for chosen, levels in _slices_by_levels(index, slices, level_of):
            for pair in _direct_links(links, levels):
                child = nodes.get_indexer(pd.MultiIndex.from_frame(_as_nodes(pair, "child")))
                parent = nodes.get_indexer(pd.MultiIndex.from_frame(_as_nodes(pair, "parent")))
                yield _sum_rows(index.position[chosen], child, parent)


def _as_nodes(links: pd.DataFrame, side: str) -> pd.DataFrame:
    frame = links[["vintage", f"{side}_level", side]]
    return frame.set_axis(NODE, axis=1)


def _slices_by_levels(
    index: CellIndex, slices: IntArray, level_of: np.ndarray
) -> Iterator[tuple[IntArray, frozenset[str]]]:
    """Group table slices by the levels that they have rows for."""
    if not len(slices):
        return
    levels = sorted(set(level_of))
    has = np.stack(
        [(index.position[slices][:, level_of == lv] >= 0).any(axis=1) for lv in levels], axis=1
    )
    patterns, which = np.unique(has, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        present = frozenset(lv for lv, there in zip(levels, pattern, strict=True) if there)
        yield slices[which.ravel() == number], present


def _direct_links(links: pd.DataFrame, levels: frozenset[str]) -> Iterator[pd.DataFrame]:
    """Links of one hierarchy between present levels, bridging the absent ones."""
    by_child = {str(level): part for level, part in links.groupby("child_level", sort=True)}
    for level in sorted(levels & set(by_child)):
        link = by_child[level]
        while True:
            there = link["parent_level"].isin(levels)
            if there.any():
                yield link[there]
            link = _climb(link[~there], by_child)
            if link.empty:
                break


def _climb(link: pd.DataFrame, by_child: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Lead links on from an absent level to the parents of their parents."""
    above = [by_child[lv] for lv in sorted(set(link["parent_level"])) if lv in by_child]
    if not above:
        return link.iloc[:0]
    upper = pd.concat(above).rename(columns={"child_level": "via_level", "child": "via"})
    lower = link.rename(columns={"parent_level": "via_level", "parent": "via"})
    return lower.merge(upper, on=["vintage", "via_level", "via"], how="inner")


def _sum_rows(position: IntArray, child: IntArray, parent: IntArray) -> _Rows:
    """Rows "parent = sum of children" for all slices at once; -1 is an absent area."""
    parents, group = np.unique(parent, return_inverse=True)
    total = _take(position, parents)
    part = _take(position, child)
    number = np.arange(len(position))[:, None] * len(parents) + group[None, :]
    there = part >= 0
    present = np.bincount(number[there], minlength=total.size)
    expected = np.tile(np.bincount(group, minlength=len(parents)), len(position))
    return _emit(total.ravel(), number[there], part[there], present, present == expected)


def _take(position: IntArray, nodes: IntArray) -> IntArray:
    return np.where(nodes >= 0, position[:, nodes], -1)


def _emit(
    total: IntArray, number: IntArray, part: IntArray, present: IntArray, complete: BoolArray
) -> _Rows:
    """Number the rows that have a total and a part, and list their entries."""
    kept = (total >= 0) & (present > 0)
    new = np.cumsum(kept) - 1
    use = kept[number]
    rows = np.concatenate([new[number[use]], new[kept]])
    columns = np.concatenate([part[use], total[kept]])
    ones = np.ones(int(use.sum()), dtype=np.int64)
    signs = np.concatenate([ones, -np.ones(int(kept.sum()), dtype=np.int64)])
    return _Rows(rows, columns, signs, complete[kept])


def _relation_rows(index: CellIndex, relations: Iterable[Relation]) -> Iterator[_Rows]:
    """Rows between groups and measures of the same area."""
    slices = index.slices
    item = slices["measure"] + "/" + slices["group"]
    lookup = pd.Series(
        np.arange(len(slices)),
        index=pd.MultiIndex.from_arrays([item, slices["vintage"], slices["period"]]),
    )
    for relation in relations:
        refuse_unknown_relation(relation)
        at = slices.loc[item == relation.total, ["vintage", "period"]]
        if relation.periods:
            at = at[at["period"].isin(relation.periods)]
        if relation.vintages:
            at = at[at["vintage"].isin(relation.vintages)]
        chosen = {name: _slices_of(lookup, name, at) for name in (relation.total, *relation.parts)}
        sets = [(p,) for p in relation.parts] if relation.relation == PART_OF else [relation.parts]
        for parts in sets:
            rows = _item_rows(index, chosen[relation.total], [chosen[p] for p in parts])
            equal = rows.equality & (relation.relation == SUM)
            yield _Rows(rows.row, rows.column, rows.sign, equal)


def _slices_of(lookup: pd.Series, item: str, at: pd.DataFrame) -> IntArray:
    """Slice numbers of an item at some vintages and periods, -1 where there is none."""
    keys = pd.MultiIndex.from_arrays([[item] * len(at), at["vintage"], at["period"]])
    return lookup.reindex(keys).fillna(-1).to_numpy(dtype=np.int64)


def _item_rows(index: CellIndex, total: IntArray, parts: list[IntArray]) -> _Rows:
    """Rows "total = sum of parts" for all areas of some slices at once."""
    cells = [np.where(s[:, None] >= 0, index.position[s], -1).ravel() for s in (total, *parts)]
    whole, members = cells[0], np.stack(cells[1:])
    there = members >= 0
    number = np.broadcast_to(np.arange(whole.size), members.shape)[there]
    present = there.sum(axis=0)
    return _emit(whole, number, members[there], present, present == len(parts))
