"""What a reader infers from numbers that are known only within limits: rounded or with noise.

A printed 10 after rounding to 5 says "6 to 14". Together with the sums that the reader knows
this may say more, up to the exact number. Own linear programs with upper and lower limits,
apart from those of the audit of suppressed cells.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from indicators.disclosure.cells import FloatArray, IntArray
from indicators.disclosure.equations import Component, System, split
from indicators.disclosure.programs import OPTIMAL, in_whole_numbers, solver_of
from indicators.programs import linear_program

_TOLERANCE = 1e-6
_NODES = 20000
"""Limit of the search for whole numbers; counted in nodes, so that it is deterministic."""
_SWEEPS = 8
"""How often all pending cells are pushed at once before each is pushed alone."""
UNBOUNDED = np.iinfo(np.int64).max
"""Upper limit of a cell about which nothing is printed."""


@dataclass(frozen=True)
class Limits:
    """What the printed numbers alone say of each true number, before any sum is used.

    Parameters
    ----------
    lower, upper
        Shape (cells,), whole numbers; `UNBOUNDED` where nothing limits a cell.
    """

    lower: IntArray
    upper: IntArray


@dataclass(frozen=True)
class Inferred:
    """What a reader can know of some cells.

    Parameters
    ----------
    cells
        The cells asked for.
    low, high
        Smallest and largest whole number of each; `high` is inf where nothing bounds it.
    exact
        Cells that can be one number only, or of which that could not be ruled out.
    """

    cells: IntArray
    low: FloatArray
    high: FloatArray
    exact: IntArray


def infer(system: System, limits: Limits, cells: IntArray, fits: tuple[IntArray, ...]) -> Inferred:
    """Compute what a reader can know of some cells, by all sums at once.

    Parameters
    ----------
    limits
        What is printed.
    cells
        The cells that matter, ascending.
    fits
        Tables in whole numbers that may fit, for example the true one and the printed one:
        they spare programs. Those that do not fit are not used.
    """
    low, high = np.full(len(limits.lower), np.nan), np.full(len(limits.lower), np.nan)
    exact: list[int] = []
    wanted = np.zeros(len(low), dtype=np.bool_)
    wanted[cells] = True
    known = limits.lower == limits.upper
    low[known], high[known] = limits.lower[known], limits.upper[known]
    exact += np.flatnonzero(known & wanted).tolist()
    for part in split(system, ~known):
        inside = np.flatnonzero(wanted[part.cells])
        if len(inside):
            reader = _Reader(system, limits, part, fits)
            low[part.cells[inside]], high[part.cells[inside]] = reader.intervals(inside)
            exact += [int(part.cells[i]) for i in inside.tolist() if reader.is_exact(i)]
    return Inferred(cells, low[cells], high[cells], np.array(sorted(exact), dtype=np.int64))


class _Reader:
    """Solves one independent part, one direction after the other from the last vertex."""

    def __init__(
        self, system: System, limits: Limits, part: Component, fits: tuple[IntArray, ...]
    ) -> None:
        matrix = system.matrix[part.rows]
        known = limits.lower == limits.upper
        self._right = -np.asarray(matrix @ np.where(known, limits.lower, 0))
        self._matrix, self._equality = matrix[:, part.cells], system.equality[part.rows]
        self._lower, upper = limits.lower[part.cells], limits.upper[part.cells]
        self._upper = np.where(upper == UNBOUNDED, np.inf, upper.astype(np.float64))
        size = len(part.cells)
        self.low, self.high = np.full(size, np.inf), np.full(size, -np.inf)
        self._whole_low, self._whole_high = self.low.copy(), self.high.copy()
        for table in fits:
            self._note(table[part.cells].astype(np.float64))
        self._solver = solver_of(self._model())
        self._cost = np.zeros(size)

    def intervals(self, cells: IntArray) -> tuple[FloatArray, FloatArray]:
        """Smallest and largest whole number of each cell over all real solutions."""
        for sign in (1, -1):
            self._sweep(cells, sign)
            for cell in self._pending(cells, sign).tolist():
                self._push(np.array([cell]), sign)
        return np.ceil(self.low[cells] - _TOLERANCE), np.floor(self.high[cells] + _TOLERANCE)

    def is_exact(self, cell: int) -> bool:
        """Whether a cell can be one whole number only; call `intervals` first.

        Two different tables in whole numbers prove the contrary. Where linear programs leave
        room but no such table was met, one is searched.
        """
        low = float(np.ceil(self.low[cell] - _TOLERANCE))
        high = float(np.floor(self.high[cell] + _TOLERANCE))
        if low == high:
            return True
        if not np.isfinite(self._whole_low[cell]) and not self._find_whole(cell, low, high):
            return True
        met = float(self._whole_low[cell])
        return not (
            met < self._whole_high[cell]
            or self._find_whole(cell, met + 1, high)
            or self._find_whole(cell, low, met - 1)
        )

    def _pending(self, cells: IntArray, sign: int) -> IntArray:
        """Cells whose end was not yet seen to reach their own limit."""
        if sign > 0:
            pending: IntArray = cells[self.high[cells] < self._upper[cells] - _TOLERANCE]
        else:
            pending = cells[self.low[cells] > self._lower[cells] + _TOLERANCE]
        return pending

    def _sweep(self, cells: IntArray, sign: int) -> None:
        """Push all pending cells at once while that brings several to their limits."""
        pending = self._pending(cells, sign)
        for _ in range(_SWEEPS):
            before = len(pending)
            self._push(pending, sign)
            pending = self._pending(pending, sign)
            if before - len(pending) <= max(1, before // 20):
                return

    def _push(self, cells: IntArray, sign: int) -> None:
        cost = np.zeros(len(self._cost))
        cost[cells] = -sign
        changed = np.flatnonzero(cost != self._cost).astype(np.int32)
        self._solver.changeColsCost(len(changed), changed, cost[changed])
        self._cost = cost
        self._solver.run()
        if self._solver.getModelStatus() == OPTIMAL:
            self._note(np.asarray(self._solver.getSolution().col_value, dtype=np.float64))
        elif sign > 0 and len(cells) == 1:
            self.high[cells] = np.inf

    def _note(self, value: FloatArray) -> None:
        whole = np.rint(value)
        if np.abs(value - whole).max(initial=0.0) < _TOLERANCE and self._fits(whole):
            self._whole_low = np.minimum(self._whole_low, whole)
            self._whole_high = np.maximum(self._whole_high, whole)
        elif not self._fits(value):
            return
        self.low, self.high = np.minimum(self.low, value), np.maximum(self.high, value)

    def _fits(self, value: FloatArray) -> bool:
        rest = np.asarray(self._matrix @ value) - self._right
        rows = np.where(self._equality, np.abs(rest) < 1e-4, rest < 1e-4)
        inside = (value >= self._lower - 1e-4) & (value <= self._upper + 1e-4)
        return bool(rows.all() and inside.all())

    def _find_whole(self, cell: int, low: float, high: float) -> bool:
        """Whether a table in whole numbers was found with a cell between two numbers."""
        if low > high:
            return False
        model = self._model()
        lower, upper = np.array(model.col_lower_), np.array(model.col_upper_)
        lower[cell], upper[cell] = low, high
        model.col_lower_, model.col_upper_ = lower, upper
        solver = solver_of(in_whole_numbers(model))
        solver.setOptionValue("mip_max_nodes", _NODES)
        solver.run()
        if solver.getModelStatus() != OPTIMAL:
            return False
        self._note(np.rint(np.asarray(solver.getSolution().col_value, dtype=np.float64)))
        return bool(self._whole_low[cell] <= high and self._whole_high[cell] >= low)

    def _model(self) -> highspy.HighsLp:
        right = self._right.astype(np.float64)
        below = np.where(self._equality, right, -highspy.kHighsInf)
        columns = (self._lower.astype(np.float64), self._upper)
        return linear_program(self._matrix, np.zeros(len(self._upper)), columns, (below, right))
