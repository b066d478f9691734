"""What holds a stuck number fast: the condition that every pattern that frees it fulfils."""

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.connected import labels
from indicators.disclosure.master import Cut
from indicators.disclosure.movement import LARGEST_STEP
from indicators.disclosure.part import Need, Part
from indicators.programs import linear_program, quiet_solver

_SMALL = 1e-7
_STEPS = 20
"""Limit of the steps of one program, per row and column."""


class Blocking:
    """Finds conditions that a pattern breaks, from one stuck need to the next.

    The largest possible move of a cell is a linear program over the cells that are tied to
    it; its multipliers λ prove the limit: for any pattern, the move is at most the sum over
    hidden cells of ``|e + λM|[i]`` times what cell i can give. So these cells together must
    be enough (Fischetti and Salazar 2000, capacity constraints, with factors cut at the need).

    Parameters
    ----------
    part
        The table.
    hidden
        Shape (cells,): the pattern.
    wider
        Shape (cells,): the pattern and all cells that may be asked for as hidden besides.
    """

    def __init__(self, part: Part, hidden: BoolArray, wider: BoolArray) -> None:
        self._part = part
        self._hidden = hidden
        self._cells = np.flatnonzero(wider)
        inner = part.matrix[:, self._cells]
        self._rows = np.flatnonzero(np.diff(inner.indptr))
        self._row_label, self._cell_label = labels(inner[self._rows])
        self._limits: dict[int, _Limit] = {}

    def cut(self, need: Need) -> Cut:
        """The condition that this pattern breaks in which a need is stuck.

        Returns
        -------
        Cut
            Over the cells of the part; with no cell where nothing would help.
        """
        found = self.beside(need, np.zeros(0, dtype=np.int64))
        return found or self._one_more(self._limit(need.cell).rows)

    def beside(self, need: Need, fresh: IntArray) -> Cut | None:
        """The condition that is broken where some more cells are hidden, None if none is."""
        limit = self._limit(need.cell)
        multiplier, reach = limit.of(need, fresh)
        target = float(abs(need.move))
        if reach >= target - 1e-6:
            return None
        part, rows = self._part, limit.rows
        price = np.asarray(limit.transposed @ multiplier)
        price[need.cell] += 1.0 if need.move > 0 else -1.0
        give = np.where(price > 0, LARGEST_STEP, part.down) * np.abs(price)
        give[need.cell] = 0.0
        if need.frozen >= 0:
            give[need.frozen] = 0.0
        loose = np.abs(np.where(part.equality[rows], 0.0, multiplier)) @ part.slack[rows]
        least = target - float(loose)
        give = np.minimum(np.where(give > _SMALL, give, 0.0), least)
        used = np.flatnonzero(give)
        return Cut(used.astype(np.int64), give[used], least)

    def _limit(self, cell: int) -> "_Limit":
        label = int(self._cell_label[int(np.searchsorted(self._cells, cell))])
        if label not in self._limits:
            cells = self._cells[self._cell_label == label].astype(np.int64)
            rows = self._rows[self._row_label == label].astype(np.int64)
            self._limits[label] = _Limit(self._part, cells, rows, self._hidden[cells])
        return self._limits[label]

    def _one_more(self, rows: IntArray) -> Cut:
        """Whole numbers do not fit although fractions do: one more cell beside must go."""
        touched = np.unique(self._part.matrix[rows].indices)
        fresh = touched[~self._hidden[touched]].astype(np.int64)
        return Cut(fresh, np.ones(len(fresh)), 1.0)


class _Limit:
    """How far the cells of one tied group can move, kept from one question to the next."""

    def __init__(self, part: Part, cells: IntArray, rows: IntArray, hidden: BoolArray) -> None:
        self.rows = rows
        self.transposed = sparse.csr_array(part.matrix[rows].T)
        self._cells = cells
        self._full = (-part.down[cells], np.full(len(cells), LARGEST_STEP))
        self._low, self._high = (np.where(hidden, end, 0.0) for end in self._full)
        self._equality = part.equality[rows]
        matrix = sparse.csc_array(part.matrix[rows][:, cells])
        right = np.where(self._equality, 0.0, part.slack[rows])
        left = np.where(self._equality, 0.0, -highspy.kHighsInf)
        self._solver = quiet_solver()
        # Any multipliers give a condition that holds, so a search that goes round in circles ends.
        self._solver.setOptionValue("simplex_iteration_limit", _STEPS * sum(matrix.shape))
        columns = (self._low, self._high)
        self._solver.passModel(linear_program(matrix, np.zeros(len(cells)), columns, (left, right)))

    def of(self, need: Need, fresh: IntArray) -> tuple[FloatArray, float]:
        """Row multipliers that prove how far a cell can move, and how far that is."""
        solver, sign = self._solver, 1.0 if need.move > 0 else -1.0
        at = int(np.searchsorted(self._cells, need.cell))
        bounds = {int(i): (self._full[0][i], self._full[1][i]) for i in self._places(fresh)}
        bounds[at] = (0.0, float(need.move)) if sign > 0 else (float(need.move), 0.0)
        if need.frozen >= 0:
            bounds |= {int(i): (0.0, 0.0) for i in self._places(np.array([need.frozen]))}
        for cell, ends in bounds.items():
            solver.changeColBounds(cell, *ends)
        solver.changeColCost(at, -sign)
        solver.run()
        dual = np.asarray(solver.getSolution().row_dual, dtype=np.float64)
        reach = -float(solver.getInfo().objective_function_value)
        solver.changeColCost(at, 0.0)
        for cell in bounds:
            solver.changeColBounds(cell, self._low[cell], self._high[cell])
        return np.where(self._equality, dual, np.minimum(dual, 0.0)), reach

    def _places(self, cells: IntArray) -> IntArray:
        """Where cells of the part stand here; those of other groups are left out."""
        return np.flatnonzero(np.isin(self._cells, cells))
