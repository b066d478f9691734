"""The greedy search for the cells to hide within one independent part of a table."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from indicators.disclosure.carriers import Carrier, Change
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray

_UNIT_COST = 0.01
"""Price of moving a hidden cell by one: small, so that changes stay short and whole."""
_KEPT_FACTOR = 1000.0
"""How much dearer a kept cell is once nothing else helps."""

Need = tuple[int, int]
"""A small cell and by how much, up or down, it must be able to move."""


@dataclass(frozen=True)
class Part:
    """An independent part of a table; all arrays have one entry per cell.

    ``open`` cells are unknown to the reader from the start; ``kept`` ones are hidden only
    where nothing else helps, ``never`` ones not even then; ``weight`` is the information
    lost by hiding a cell; ``rise`` is by how much a small cell must be able to rise.
    """

    value: IntArray
    primary: BoolArray
    open: BoolArray
    kept: BoolArray
    never: BoolArray
    weight: FloatArray
    rise: IntArray


@dataclass
class Search:
    """Hides cells until every small one can move, then shows again what is not needed."""

    part: Part
    carrier: Carrier
    hidden: BoolArray = field(init=False)
    failed: list[int] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hidden = self.part.primary | self.part.open
        self._given = self.hidden.copy()
        self._rising = np.zeros(len(self.hidden), dtype=np.int64)
        self._falling = np.zeros(len(self.hidden), dtype=np.int64)

    def run(self) -> None:
        """Find a change for every need that no earlier change serves."""
        for cell, move in self._needs():
            if self._serving(move)[cell]:
                continue
            change = self._find(cell, move)
            if change is not None:
                self._add(change)
            elif move > 0 or self.carrier.can_move(cell, move):
                self.failed.append(cell)
            # Otherwise printed zeros alone bound it: two non-zero parts make a total of 2 or more.

    def tidy(self) -> None:
        """Drop changes that others make superfluous and look again for cheaper ones."""
        for change in self._by_own_weight():
            self._remove(change)
            if self._unserved(change):
                self._add(change)
        self._show_unused()
        for change in self._by_own_weight():
            self._replace(change)
        self._show_unused()

    def _needs(self) -> Iterator[Need]:
        for cell in np.flatnonzero(self.part.primary):
            if self.part.value[cell] > 1:
                yield int(cell), -1
            yield int(cell), int(self.part.rise[cell])

    def _serving(self, move: int) -> IntArray:
        return self._rising if move > 0 else self._falling

    def _find(self, cell: int, move: int) -> Change | None:
        """The cheapest change, first without the kept cells, then with those that may give."""
        cost = np.where(self.hidden, _UNIT_COST, self.part.weight)
        change = self.carrier.find(cell, move, cost, self.hidden | ~self.part.kept)
        if change is None and (self.part.kept & ~self.part.never).any():
            dear = np.where(self.part.kept & ~self.hidden, cost * _KEPT_FACTOR, cost)
            change = self.carrier.find(cell, move, dear, self.hidden | ~self.part.never)
        return change

    def _count(self, change: Change, by: int) -> None:
        small = self.part.primary[change.cells]
        far = change.steps >= self.part.rise[change.cells]
        self._rising[change.cells[small & far]] += by
        self._falling[change.cells[small & (change.steps < 0)]] += by

    def _add(self, change: Change) -> None:
        self.changes.append(change)
        self._count(change, 1)
        self.hidden[change.cells] = True

    def _remove(self, change: Change) -> None:
        self.changes = [c for c in self.changes if c is not change]
        self._count(change, -1)

    def _unserved(self, change: Change) -> list[Need]:
        """The needs that only this change, already removed, would serve."""
        found = []
        for cell, step in zip(change.cells.tolist(), change.steps.tolist(), strict=True):
            rise = int(self.part.rise[cell])
            move = rise if step > 0 else -1
            enough = step >= rise if step > 0 else self.part.value[cell] > 1
            if self.part.primary[cell] and enough and not self._serving(move)[cell]:
                found.append((cell, move))
        return found

    def _uses(self) -> IntArray:
        """How many changes need each cell hidden."""
        moved = [c.cells for c in self.changes] or [np.zeros(0, dtype=np.int64)]
        return np.bincount(np.concatenate(moved), minlength=len(self.hidden)).astype(np.int64)

    def _own_cells(self, change: Change, uses: IntArray) -> IntArray:
        """The cells that are hidden for this change alone."""
        cells = change.cells
        own: IntArray = cells[(uses[cells] == 1) & ~self._given[cells]]
        return own

    def _by_own_weight(self) -> list[Change]:
        uses = self._uses()
        own = [float(self.part.weight[self._own_cells(c, uses)].sum()) for c in self.changes]
        order = np.argsort(-np.array(own, dtype=np.float64), kind="stable")
        return [self.changes[i] for i in order if own[i] > 0]

    def _show_unused(self) -> None:
        self.hidden = self._given | (self._uses() > 0)

    def _replace(self, change: Change) -> None:
        """Serve the needs of a change otherwise, if that hides less."""
        own = self._own_cells(change, self._uses())
        budget = float(self.part.weight[own].sum())
        if budget <= 0:
            return
        before = self.hidden.copy(), list(self.changes)
        self._remove(change)
        self.hidden[own] = False
        added: list[Change] = []
        spent = 0.0
        for cell, move in self._unserved(change):
            if self._serving(move)[cell]:
                continue
            cost = np.where(self.hidden, _UNIT_COST, self.part.weight)
            movable = self.hidden | ~self.part.kept
            found = self.carrier.find(cell, move, cost, movable, whole=False)
            if found is not None:
                new = found.cells[~self.hidden[found.cells]]
                spent += float(self.part.weight[new].sum())
            if found is None or spent >= budget - 1e-9:
                for extra in added:
                    self._count(extra, -1)
                self._count(change, 1)
                self.hidden, self.changes = before
                return
            self._add(found)
            added.append(found)
