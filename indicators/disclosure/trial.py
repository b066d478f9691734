"""Which small numbers are stuck when certain cells are hidden."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.movement import Change, Movement, Room
from indicators.disclosure.part import Need, Part

_ALONE_PRICE = 3.0
"""Price of moving a cell that somebody knows: dearer, so that few changes need it."""

Insiders = frozenset[int]


class Trial:
    """Tries to move every small number of a part within one pattern.

    A change that was found serves every small cell that it moves far enough, and turned
    round, where it may be, those that it moves the other way.

    Parameters
    ----------
    part, hidden
        The table, and shape (cells,): the pattern.
    price
        Shape (cells,): what moving a cell costs; 1 each where it is left out.
    before
        Changes of the table, found earlier. Those within the pattern are taken over: they
        spare most of the search.
    """

    def __init__(
        self,
        part: Part,
        hidden: BoolArray,
        price: FloatArray | None = None,
        before: Iterable[Change] = (),
    ) -> None:
        self._part = part
        self.cells: IntArray = np.flatnonzero(hidden).astype(np.int64)
        inner = part.matrix[:, self.cells]
        rows = np.flatnonzero(np.diff(inner.indptr))
        self._room = Room(inner[rows], part.equality[rows], part.slack[rows], part.down[self.cells])
        self._alone = part.alone[self.cells]
        dear = np.where(self._alone, _ALONE_PRICE, 1.0)
        dear = dear if price is None else dear * price[self.cells]
        self._movement = Movement(self._room, dear)
        self._used = np.zeros(len(hidden), dtype=np.bool_)
        self._reached: dict[tuple[int, int], list[tuple[int, Insiders]]] = {}
        self.changes: list[Change] = []
        for change in before:
            if hidden[change.cells].all():
                self._take(change)

    @property
    def used(self) -> BoolArray:
        """The cells that the changes found so far move: enough to serve what they serve."""
        return self._used.copy()

    def stuck(self, needs: Sequence[Need]) -> list[Need]:
        """The needs that no change of the hidden cells serves, for a reader outside.

        Parameters
        ----------
        needs
            Of cells in the numbering of the part, all of them hidden.
        """
        return [need for need in needs if not self._serve(need)]

    def stuck_for_insiders(self, needs: Iterable[Need]) -> list[Need]:
        """The needs that are not served for somebody who knows her own count of 1.

        Parameters
        ----------
        needs
            Needs that are served for a reader outside, see `stuck`. A move by one in the same
            direction is enough here.

        Returns
        -------
        list of Need
            One for every cell, direction and insider who could compute it.
        """
        return [lost for need in needs for lost in self._closed(need)]

    def _local(self, cell: int) -> int:
        return int(np.searchsorted(self.cells, cell))

    def _serve(self, need: Need) -> bool:
        cell = self._local(need.cell)
        reached = self._reached.get((cell, _sign(need.move)), ())
        if any(step >= abs(need.move) for step, _ in reached):
            return True
        return self._find(cell, need.move)

    def _find(self, cell: int, move: int, frozen: int | None = None) -> bool:
        change = self._movement.find(cell, move, frozen)
        if change is None:
            return False
        self._take(replace(change, cells=self.cells[change.cells]))
        return True

    def _take(self, change: Change) -> None:
        """Take in a change in the numbering of the part."""
        self.changes.append(change)
        self._used[change.cells] = True
        local = np.searchsorted(self.cells, change.cells)
        self._note(local, change.steps)
        steps = np.zeros(len(self.cells), dtype=np.int64)
        steps[local] = -change.steps
        if self._room.allows(steps):
            self._note(local, -change.steps)

    def _note(self, cells: IntArray, steps: IntArray) -> None:
        """Remember what a change does for every small cell in it."""
        moved = frozenset(cells[self._alone[cells]].tolist())
        small = self._part.primary[self.cells[cells]]
        for cell, step in zip(cells[small].tolist(), steps[small].tolist(), strict=True):
            self._reached.setdefault((cell, _sign(step)), []).append((abs(step), moved))

    def _closed(self, need: Need) -> list[Need]:
        """What an insider without whom the cell cannot move leaves unserved, for each of them."""
        cell, sign = self._local(need.cell), _sign(need.move)
        key = (cell, sign)
        lost: set[int] = set()
        while True:
            moved = [insiders for _, insiders in self._reached.get(key, ())]
            if not moved:
                return []
            common = frozenset.intersection(*moved) - {cell} - lost
            if not common:
                break
            insider = min(common)
            if not self._find(cell, sign, insider):
                lost.add(insider)
        return [Need(need.cell, sign, int(self.cells[i])) for i in sorted(lost)]


def _sign(move: int) -> int:
    return 1 if move > 0 else -1
