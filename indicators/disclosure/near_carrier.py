"""The cheapest change of a large table, looked for around its cell before anywhere else."""

from functools import cached_property

import numpy as np
from scipy import sparse

from indicators.disclosure.carriers import Carrier
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.movement import Change
from indicators.disclosure.surroundings import LARGE, Surroundings


class NearCarrier:
    """Answers as `Carrier` does; in a large table first by what is near.

    What is cheapest nearby need not be the cheapest of all, but a change that is found is one
    of the whole table. Where nothing is found nearby, the whole table is asked.

    Parameters
    ----------
    matrix, equality, slack, room
        See `Carrier`.
    """

    def __init__(
        self, matrix: sparse.csr_array, equality: BoolArray, slack: FloatArray, room: FloatArray
    ) -> None:
        self._matrix, self._equality, self._slack, self._room = matrix, equality, slack, room
        self._large = len(room) >= LARGE
        self._around = Surroundings(matrix)
        self._last: _Near | None = None

    def find(
        self, cell: int, move: int, cost: FloatArray, movable: BoolArray, frozen: int = -1
    ) -> Change | None:
        """Find a change that moves a cell far enough, see `Carrier.find`."""
        if self._large:
            near = self._near(cell)
            cells = near.cells
            local = near.carrier.find(
                near.at(cell), move, cost[cells], movable[cells], near.at(frozen)
            )
            if local is not None:
                return Change(cells[local.cells], local.steps)
        return self._whole.find(cell, move, cost, movable, frozen)

    def way(
        self, cell: int, move: int, cost: FloatArray, movable: BoolArray, frozen: int = -1
    ) -> IntArray | None:
        """The cells of a cheap change, be it in fractions, see `Carrier.way`."""
        if self._large:
            near = self._near(cell)
            cells = near.cells
            local = near.carrier.way(
                near.at(cell), move, cost[cells], movable[cells], near.at(frozen)
            )
            if local is not None:
                return cells[local]
        return self._whole.way(cell, move, cost, movable, frozen)

    def can_move(self, cell: int, move: int, movable: BoolArray, frozen: int = -1) -> bool:
        """Whether a cell could move so far if all movable cells were hidden."""
        return self._whole.can_move(cell, move, movable, frozen)

    @cached_property
    def _whole(self) -> Carrier:
        return Carrier(self._matrix, self._equality, self._slack, self._room)

    def _near(self, cell: int) -> "_Near":
        if self._last is None or self._last.middle != cell:
            cells, rows = self._around.of(cell)
            inner = self._matrix[rows][:, cells]
            carrier = Carrier(inner, self._equality[rows], self._slack[rows], self._room[cells])
            self._last = _Near(cell, cells, carrier)
        return self._last


class _Near:
    """The surroundings of a cell and the program over them."""

    def __init__(self, middle: int, cells: IntArray, carrier: Carrier) -> None:
        self.middle, self.cells, self.carrier = middle, cells, carrier

    def at(self, cell: int) -> int:
        """The place of a cell here, -1 if it is not here."""
        place = int(np.searchsorted(self.cells, cell))
        return place if place < len(self.cells) and int(self.cells[place]) == cell else -1
