"""Which parts of an earlier edition tell more than the present one does.

A block is a set of table slices (vintage, period, measure, group) that equations between
groups and measures bind together. Where the present edition has the same cells, made in the
same way and bound by the same equations, the earlier block adds nothing but numbers that
were printed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from indicators.disclosure.cells import SLICE, BoolArray, IntArray
from indicators.disclosure.identities import PART_OF, SUM, SUM_AT_MOST, Relation
from indicators.disclosure.matching import KeyIndex, slices_of
from indicators.status import Status

_PLACE = ["vintage", "period"]


@dataclass(frozen=True)
class Blocks:
    """The blocks of a counts table.

    Parameters
    ----------
    slices
        One row per vintage, period, measure and group.
    slice_of
        Shape (rows,): the slice of each row of the table.
    block_of
        Shape (slices,): the block of each slice.
    unlike
        Shape (blocks,): bound by an equation that the present edition does not have.
    """

    slices: pd.DataFrame
    slice_of: IntArray
    block_of: IntArray
    unlike: BoolArray

    @property
    def of_row(self) -> IntArray:
        """Shape (rows,): the block of each row of the table."""
        return self.block_of[self.slice_of]

    def any(self, rows: BoolArray) -> BoolArray:
        """Shape (blocks,): those with one of these rows."""
        hit: BoolArray = np.bincount(self.of_row[rows], minlength=len(self.unlike)) > 0
        return hit


def blocks_of(
    table: pd.DataFrame, relations: Sequence[Relation], present: Iterable[Relation]
) -> Blocks:
    """Divide a table of an earlier edition into blocks.

    Parameters
    ----------
    table
        Columns of an edition's ``counts``.
    relations
        Its equations.
    present
        Those of the present edition.
    """
    slice_of, slices = slices_of(table)
    known = _Implied(present)
    first, second, unlike = [], [], []
    for relation in relations:
        place, members = _members(slices, relation)
        for row in range(len(place)):
            there = members[row][members[row] >= 0]
            total, parts = there[0], there[1:]
            if not len(parts):
                continue
            first += [total] * len(parts)
            second += parts.tolist()
            if not known.says(relation, *place.iloc[row]):
                unlike.append(total)
    size = len(slices)
    graph = sparse.coo_array((np.ones(len(first)), (first, second)), shape=(size, size))
    count, block_of = csgraph.connected_components(graph, directed=False)
    marked = np.zeros(count, dtype=np.bool_)
    marked[block_of[unlike]] = True
    return Blocks(slices, slice_of, block_of.astype(np.int64), marked)


def _members(slices: pd.DataFrame, relation: Relation) -> tuple[pd.DataFrame, IntArray]:
    """Where a relation applies, and the slices of its total and parts there, -1 if absent."""
    measure, group = relation.total.split("/")
    own = (slices["measure"] == measure) & (slices["group"] == group)
    if relation.periods:
        own &= slices["period"].isin(relation.periods)
    if relation.vintages:
        own &= slices["vintage"].isin(relation.vintages)
    place = slices.loc[own, _PLACE]
    index = KeyIndex(slices, SLICE)
    found = []
    for item in (relation.total, *relation.parts):
        measure, group = item.split("/")
        found.append(index.find(place.assign(measure=measure, group=group)))
    return place, np.stack(found, axis=1)


class _Implied:
    """Whether a relation of an earlier edition follows from those of the present one."""

    def __init__(self, relations: Iterable[Relation]) -> None:
        self._by_total: dict[str, list[Relation]] = {}
        for relation in relations:
            self._by_total.setdefault(relation.total, []).append(relation)

    def says(self, relation: Relation, vintage: str, period: str) -> bool:
        return any(
            _follows(relation, own)
            for own in self._by_total.get(relation.total, ())
            if (not own.periods or period in own.periods)
            and (not own.vintages or vintage in own.vintages)
        )


def _follows(weak: Relation, strong: Relation) -> bool:
    """Whether one relation of a total is contained in another one."""
    same, inside = set(weak.parts) == set(strong.parts), set(weak.parts) <= set(strong.parts)
    if weak.relation == PART_OF:
        return inside and strong.relation in (SUM, SUM_AT_MOST, PART_OF)
    if weak.relation == SUM_AT_MOST:
        return inside and strong.relation in (SUM, SUM_AT_MOST)
    return same and strong.relation == weak.relation


def like_present(
    blocks: Blocks,
    table: pd.DataFrame,
    counts: pd.DataFrame,
    at: IntArray,
    loose: BoolArray,
    other_links: frozenset[str],
) -> BoolArray:
    """Which blocks the present edition has too: same cells, made and bound in the same way.

    Parameters
    ----------
    blocks, table
        The earlier edition.
    counts
        The present one.
    at
        Shape (rows of `table`,): the row of `counts` with the same key, -1 for none.
    loose
        Numbers that were revised since.
    other_links
        Vintages whose groupings have changed.

    Returns
    -------
    numpy.ndarray
        Shape (blocks,).
    """
    there = at >= 0
    place = np.where(there, at, 0)
    same = there & ~loose & ~table["vintage"].isin(other_links).to_numpy(dtype=np.bool_)
    if len(counts):
        same &= table["method"].to_numpy() == counts["method"].to_numpy()[place]
        missing = (counts["status"] == Status.MISSING.value).to_numpy(dtype=np.bool_)
        same &= (table["status"] == Status.MISSING.value).to_numpy(dtype=np.bool_) == missing[place]
    now, slices = slices_of(counts)
    size = np.append(np.bincount(now, minlength=len(slices)), 0)
    whole = size[KeyIndex(slices, SLICE).find(blocks.slices)] == np.bincount(blocks.slice_of)
    same &= whole[blocks.slice_of]
    found: BoolArray = ~blocks.any(~same) & ~blocks.unlike
    return found
