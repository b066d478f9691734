"""Everything a reader can calculate with, as one system over an extended table.

Beside the cells of an edition there are numbers that nobody prints but everyone can use:
rests of wholes, totals that others publish, cells of earlier editions, common pieces of old
and new areas. The edition, its manifest and the ledger are enough to build the same world
again, so that anyone can check it; no row depends on a hidden number.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.disclosure.cells import (
    KEY,
    BoolArray,
    IntArray,
    cell_words,
    hidden_by_rule,
    item_words,
    read_knowledge,
)
from indicators.disclosure.earlier import Earlier, nothing_before
from indicators.disclosure.equations import EditionWords, System, build_system
from indicators.disclosure.external import Externals, match_externals
from indicators.disclosure.flows import Flow, flow_rows
from indicators.disclosure.identities import Relation
from indicators.disclosure.pieces import Pieces, build_pieces, computed_pieces, piece_words
from indicators.disclosure.rests import Rests, build_rests, rest_words
from indicators.disclosure.rule import Rule
from indicators.disclosure.tiny import mark_by_rule
from indicators.periods import german_date
from indicators.status import Status

EDITION, REST, EXTERNAL, EARLIER, PIECE = "edition", "rest", "external", "earlier", "piece"
ORIGINS = (EDITION, EXTERNAL, EARLIER, REST, PIECE)
"""Where a cell comes from, in the order of `World.cells`."""

_COLUMNS = [*KEY, "count", "status", "method"]
_ELSEWHERE = "@extern"
"""Marks the vintage of a number from elsewhere that stands beside one of the table."""


@dataclass(frozen=True)
class World:
    """An edition's table and all that a reader puts beside it.

    Parameters
    ----------
    cells
        Key columns, ``count`` (<NA> where we do not know it), ``status``, ``method`` and
        ``origin``; the rows of the edition first, in the order of its table.
    system
        The equations over all of them.
    told
        Shape (cells,): what the reader knows whatever we hide.
    full
        Shape (cells,): rests of which nobody being left is sensitive too.
    """

    cells: pd.DataFrame
    system: System
    told: BoolArray
    full: BoolArray

    @property
    def size(self) -> int:
        """Number of cells of the edition."""
        return int(self.of(EDITION).sum())

    @property
    def value(self) -> IntArray:
        """Shape (cells,): the numbers, 0 where we do not know them."""
        return self.cells["count"].fillna(0).to_numpy(dtype=np.int64)

    @property
    def by_rule(self) -> BoolArray:
        """Shape (cells,): hidden whatever their number is; for the reader it may be 0."""
        return hidden_by_rule(self.cells)

    def of(self, *origins: str) -> BoolArray:
        """Which cells come from there."""
        return self.cells["origin"].isin(origins).to_numpy(dtype=np.bool_)


@dataclass(frozen=True)
class Beside:
    """What a reader knows beside a counts table and its own equations.

    Parameters
    ----------
    public_measures
        Measures that are public anyway.
    externals
        Exact numbers of others: key columns and ``count``.
    flows
        Stocks that are carried forward, with the steps that hold.
    pieces
        Common pieces of two area vintages, see `pieces.PIECE_COLUMNS`.
    earlier
        What readers know from earlier editions.
    """

    public_measures: frozenset[str] = frozenset()
    externals: pd.DataFrame | None = None
    flows: tuple[Flow, ...] = ()
    pieces: pd.DataFrame | None = None
    earlier: Earlier | None = None


_NOTHING = Beside()


class WorldWords:
    """Names all cells and rows of a world in German."""

    def __init__(self) -> None:
        self._edition = EditionWords()

    def cell(self, cell: pd.Series, names: Mapping[str, str]) -> str:
        """Name a cell by area, what is counted, reporting date and where it comes from."""
        origin = cell["origin"]
        if origin == REST:
            return rest_words(cell, names)
        if origin == PIECE:
            return piece_words(cell, names)
        beside = {EXTERNAL: " (von anderer Stelle)", EARLIER: " (frühere Ausgabe)"}
        return cell_words(cell, names) + beside.get(origin, "")

    def row(
        self, total: pd.Series, parts: pd.DataFrame, equal: bool, names: Mapping[str, str]
    ) -> str:
        """Say what an equation means."""
        origins = {total["origin"], *parts["origin"]}
        if PIECE in origins:
            return f"alter und neuer Zuschnitt: {self.cell(total, names)}"
        if len(set(parts["period"]) | {total["period"]}) > 1:
            days = sorted({str(total["period"]), *map(str, parts["period"])})
            what = item_words(parts.sort_values("period").iloc[0], names)
            return f"Fortschreibung von {what}: {' bis '.join(map(german_date, days))}"
        if REST in origins:
            rest = parts[parts["origin"] == REST].iloc[0]
            return f"Differenz {self.cell(rest, names)}"
        if len(parts) == 1 and total["vintage"] != parts.iloc[0]["vintage"]:
            return f"dieselbe Zahl: {self.cell(parts.iloc[0], names)}"
        return self._edition.row(total, parts, equal, names)


def build_world(
    counts: pd.DataFrame,
    hierarchies: pd.DataFrame,
    relations: Iterable[Relation],
    rule: Rule,
    beside: Beside = _NOTHING,
) -> World:
    """Put together everything that a reader of a counts table can calculate with.

    Parameters
    ----------
    counts
        Columns of an edition's ``counts``: true numbers before protection, or a published
        table with its bounds. Both give the same bounds of the edition's cells; only which
        rests have a variable follows from the numbers (see `rests`).
    hierarchies
        Columns of an edition's ``hierarchies``.
    relations
        What holds between groups and measures of one area.
    rule
        The primary rule.
    beside
        What a reader knows beside the table.

    Raises
    ------
    KeyJoinError
        A cell stands twice.
    DisclosureError
        A relation is of an unknown kind.
    """
    relations = tuple(relations)
    counts = mark_by_rule(counts, relations, rule, beside.public_measures)
    before = beside.earlier or nothing_before(counts, hierarchies)
    outside = match_externals(counts, beside.externals)
    table = _table(counts, outside, before)
    same = _same(counts, outside, before)
    table = _share_numbers(table, same)
    told = _told(table, beside.public_measures, before, same)
    tied = _tied(relations, counts, before)
    links = pd.concat([hierarchies, before.hierarchies], ignore_index=True)
    main = build_system(table, links, [r for r in tied if not r.rest])
    rests = build_rests(table, tied, rule, told)
    lasting = table[~np.isin(table.index, _place(table, EARLIER)[before.loose])]
    forward = flow_rows(lasting, beside.flows, len(table))
    shared = build_pieces(lasting, beside.pieces, beside.public_measures, len(table))
    pairs = np.concatenate([same, before.among + _place(table, EARLIER).min(initial=len(table))])
    return _joined(table, main, forward, pairs, rests, shared, told)


def _place(table: pd.DataFrame, origin: str) -> IntArray:
    """The numbers of the cells that come from there."""
    return np.flatnonzero((table["origin"] == origin).to_numpy()).astype(np.int64)


def _table(counts: pd.DataFrame, outside: Externals, before: Earlier) -> pd.DataFrame:
    """The cells that have numbers: those of the edition, of others, of earlier editions."""
    beside = outside.row >= 0
    extern = outside.counts
    if len(extern):
        extern = extern.assign(
            vintage=extern["vintage"].mask(beside, extern["vintage"] + _ELSEWHERE)
        )
    frames = [(counts, EDITION), (extern, EXTERNAL), (before.counts, EARLIER)]
    columns = [*_COLUMNS, *(c for c in ("bound_low", "bound_high") if c in counts)]
    listed = [
        f.reindex(columns=columns).astype({"count": "Int64"}).assign(origin=o)
        for f, o in frames
        if len(f) or o == EDITION
    ]
    table = pd.concat(listed, ignore_index=True)
    nobody = table["status"] == Status.NOT_APPLICABLE.value
    count = table["count"].mask(nobody, 0)
    printed = np.flatnonzero(before.told)
    count.iloc[printed] = before.numbers[printed]
    return table.assign(count=count)


def _same(counts: pd.DataFrame, outside: Externals, before: Earlier) -> IntArray:
    """Shape (pairs, 2): a row of the edition and a row that is the same number."""
    first = len(counts)
    there = np.flatnonzero(outside.row >= 0)
    extern = np.stack([outside.row[there], first + there], axis=1)
    shift = np.array([0, first + len(outside.row)], dtype=np.int64)
    return np.concatenate([extern, before.same + shift]).astype(np.int64)


def _share_numbers(table: pd.DataFrame, same: IntArray) -> pd.DataFrame:
    """Let the two cells of a pair know each other's number."""
    count = table["count"].copy()
    for one, other in (same.T, same[:, ::-1].T):
        fresh = count.iloc[one].isna().to_numpy() & count.iloc[other].notna().to_numpy()
        count.iloc[one[fresh]] = count.iloc[other[fresh]].to_numpy()
    return table.assign(count=count)


def _told(
    table: pd.DataFrame, public_measures: Collection[str], before: Earlier, same: IntArray
) -> BoolArray:
    """What the reader knows whatever we hide: zeros, what is public, what was printed."""
    known = read_knowledge(table).known & ~hidden_by_rule(table)
    zero = (table["count"].fillna(0) == 0).to_numpy(dtype=np.bool_)
    public = table["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    printed = (table["origin"] != EDITION).to_numpy(dtype=np.bool_)
    told: BoolArray = known & (zero | public | printed)
    told[: len(before.told)] |= before.told
    told[same[told[same[:, 1]], 0]] = True
    return told


def _tied(relations: Iterable[Relation], counts: pd.DataFrame, before: Earlier) -> list[Relation]:
    """Tie relations to the vintages for which they were found."""
    present = tuple(sorted(set(counts["vintage"])))
    own = [r if r.vintages else replace(r, vintages=present) for r in relations]
    return [*own, *before.relations]


def _joined(
    table: pd.DataFrame,
    main: System,
    flows: sparse.csr_array,
    same: IntArray,
    rests: Rests,
    shared: Pieces,
    told: BoolArray,
) -> World:
    """Put cells side by side and rows one below the other."""
    base, more, areas = len(table), len(rests.cells), len(shared.cells)
    width = base + more + areas
    blocks = [
        (main.matrix, main.equality),
        (flows, _all(flows.shape[0])),
        (_same_rows(same, base), _all(len(same))),
        (rests.matrix, rests.equality),
        (_moved(shared.matrix, base, more), _all(shared.matrix.shape[0])),
    ]
    matrix = sparse.vstack([_widened(m, width) for m, _ in blocks], format="csr")
    equality = np.concatenate([e for _, e in blocks])
    cells = pd.concat(
        [table, _aux(rests.cells, REST, table), _aux(shared.cells, PIECE, table)],
        ignore_index=True,
    )
    cells["count"] = _with_rests(cells["count"], rests, base)
    cells.loc[base + more :, "count"] = computed_pieces(shared, table["count"]).to_numpy()
    system = System(cells[[*KEY, "origin"]], sparse.csr_array(matrix), equality, WorldWords())
    nothing = np.zeros(more + areas, dtype=np.bool_)
    full = np.zeros(width, dtype=np.bool_)
    full[base : base + more] = rests.full
    return World(cells, system, np.concatenate([told, nothing]), full)


def _all(size: int) -> BoolArray:
    return np.ones(size, dtype=np.bool_)


def _widened(matrix: sparse.csr_array, width: int) -> sparse.csr_array:
    shape = (matrix.shape[0], width)
    return sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=shape)


def _moved(matrix: sparse.csr_array, base: int, by: int) -> sparse.csr_array:
    """Move the columns after the first `base` to the right."""
    indices = np.where(matrix.indices >= base, matrix.indices + by, matrix.indices)
    shape = (matrix.shape[0], matrix.shape[1] + by)
    return sparse.csr_array((matrix.data, indices, matrix.indptr), shape=shape)


def _same_rows(same: IntArray, width: int) -> sparse.csr_array:
    """Rows "the other number minus the edition's is 0"."""
    pairs = len(same)
    signs = np.tile(np.array([-1, 1], dtype=np.int64), pairs)
    rows = np.repeat(np.arange(pairs), 2)
    return sparse.csr_array((signs, (rows, same.ravel())), shape=(pairs, width), dtype=np.int64)


def _aux(keys: pd.DataFrame, origin: str, table: pd.DataFrame) -> pd.DataFrame:
    """Cells that nobody prints, with the columns of the others."""
    if keys.empty:
        return table.iloc[:0]
    filled = keys.assign(status=Status.SUPPRESSED.value, method="derived", origin=origin)
    return filled.reindex(columns=table.columns).astype({"count": "Int64"})


def _with_rests(count: pd.Series, rests: Rests, base: int) -> pd.Series:
    """Compute the rests whose whole and parts we know."""
    rows = np.flatnonzero(rests.equality)
    matrix = rests.matrix[rows][:, :base]
    given = count.iloc[:base]
    blank = given.isna().to_numpy(dtype=np.int64)
    value = given.fillna(0).to_numpy(dtype=np.int64)
    number = pd.array(-np.asarray(matrix @ value), dtype="Int64")
    number[np.asarray(np.abs(matrix) @ blank) > 0] = pd.NA
    count = count.copy()
    count.iloc[base : base + len(rows)] = number
    return count
