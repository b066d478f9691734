"""What a reader can infer about hidden cells: intervals by linear and whole-number programs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray

_TOLERANCE = 1e-6
_NODES = 200000
"""Limit of the search for whole numbers; counted in nodes, so that it is deterministic."""

_new_solver: Callable[[], highspy.Highs] = highspy.Highs
_OPTIMAL = highspy.HighsModelStatus.kOptimal
_UNBOUNDED = (
    highspy.HighsModelStatus.kUnbounded,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)


@dataclass(frozen=True)
class Puzzle:
    """An independent part of a published table, as the reader sees it.

    Parameters
    ----------
    matrix
        Shape (rows, cells), whole numbers, over the hidden cells.
    equality
        True: the row is `right`; False: at most `right`.
    right
        Shape (rows,): what the printed numbers leave for the hidden ones.
    lower
        Shape (cells,): smallest number each hidden cell can be.
    """

    matrix: sparse.csr_array
    equality: BoolArray
    right: IntArray
    lower: IntArray

    def is_solution(self, value: FloatArray) -> bool:
        """Whether these are whole numbers that fit, checked in whole numbers."""
        whole = np.rint(value)
        if np.abs(value - whole).max(initial=0.0) > _TOLERANCE:
            return False
        table = whole.astype(np.int64)
        rest = np.asarray(self.matrix @ table) - self.right
        fits = np.where(self.equality, rest == 0, rest <= 0)
        return bool(fits.all() and (table >= self.lower).all())

    def model(self) -> highspy.HighsLp:
        """The linear program without an objective, in one bulk matrix."""
        columns = sparse.csc_array(self.matrix)
        right = self.right.astype(np.float64)
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = columns.shape
        model.col_cost_ = np.zeros(columns.shape[1])
        model.col_lower_ = self.lower.astype(np.float64)
        model.col_upper_ = np.full(columns.shape[1], highspy.kHighsInf)
        model.row_lower_ = np.where(self.equality, right, -highspy.kHighsInf)
        model.row_upper_ = right
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = columns.indptr, columns.indices
        model.a_matrix_.value_ = columns.data.astype(np.float64)
        return model


class Attacker:
    """Solves one puzzle for one cell after the other, each from where the last one ended.

    Attributes
    ----------
    feasible
        Whether any numbers fit.
    seen_low, seen_high
        Shape (cells,): smallest and largest number in any solution met so far.
    whole_low, whole_high
        The same over solutions in whole numbers; far apart the wrong way while none was met.
    """

    def __init__(self, puzzle: Puzzle) -> None:
        self.puzzle = puzzle
        size = len(puzzle.lower)
        self.seen_low, self.seen_high = np.full(size, np.inf), np.full(size, -np.inf)
        self.whole_low, self.whole_high = np.full(size, np.inf), np.full(size, -np.inf)
        self._solver = _solver_of(puzzle.model())
        self._objective = np.zeros(size)
        self.feasible = self._run(np.ones(size)) == _OPTIMAL
        # The next programs differ in the objective alone: the last vertex stays feasible.
        self._solver.setOptionValue("simplex_strategy", 4)

    def intervals(self, cells: Iterable[int]) -> tuple[FloatArray, FloatArray]:
        """Smallest and largest number of each cell over all real solutions; inf if unbounded."""
        wanted = list(cells)
        high = np.array([self.extreme(cell, 1) for cell in wanted])
        low = np.array([self.extreme(cell, -1) for cell in wanted])
        return low, high

    def extreme(self, cell: int, sign: int) -> float:
        """Largest (`sign` +1) or smallest (-1) number a cell can be."""
        floor = float(self.puzzle.lower[cell])
        if sign < 0 and self.seen_low[cell] <= floor + _TOLERANCE:
            return floor
        self._aim(cell, sign)
        return float(self.seen_high[cell] if sign > 0 else self.seen_low[cell])

    def can_be_at_most(self, cell: int, bound: int) -> bool | None:
        """Whether a cell can be `bound` or less in whole numbers; None if that stays open."""
        if self.whole_low[cell] <= bound:
            return True
        return self._find_whole(cell, -highspy.kHighsInf, float(bound))

    def can_be_at_least(self, cell: int, bound: int) -> bool | None:
        """Whether a cell can be `bound` or more in whole numbers; None if that stays open."""
        if self.whole_high[cell] >= bound:
            return True
        return self._find_whole(cell, float(bound), highspy.kHighsInf)

    def binding_rows(self, cell: int, sign: int) -> IntArray:
        """Rows that together prove the bound of a cell, the strongest first."""
        self._aim(cell, sign)
        dual = np.abs(np.asarray(self._solver.getSolution().row_dual, dtype=np.float64))
        rows = np.flatnonzero(dual > _TOLERANCE)
        return rows[np.argsort(-dual[rows], kind="stable")]

    def _aim(self, cell: int, sign: int) -> None:
        cost = np.zeros(len(self._objective))
        cost[cell] = -sign
        if self._run(cost) in _UNBOUNDED and sign > 0:
            self.seen_high[cell] = np.inf

    def _run(self, cost: FloatArray) -> highspy.HighsModelStatus:
        changed = np.flatnonzero(cost != self._objective).astype(np.int32)
        self._solver.changeColsCost(len(changed), changed, cost[changed])
        self._objective = cost
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == _OPTIMAL:
            self._note(np.asarray(self._solver.getSolution().col_value, dtype=np.float64))
        return status

    def _note(self, value: FloatArray) -> None:
        self.seen_low = np.minimum(self.seen_low, value)
        self.seen_high = np.maximum(self.seen_high, value)
        if self.puzzle.is_solution(value):
            self.whole_low = np.minimum(self.whole_low, np.rint(value))
            self.whole_high = np.maximum(self.whole_high, np.rint(value))

    def _find_whole(self, cell: int, low: float, high: float) -> bool | None:
        """Search a whole-number solution; None where the limit ends the search."""
        model = self.puzzle.model()
        lower, upper = np.array(model.col_lower_), np.array(model.col_upper_)
        lower[cell], upper[cell] = max(lower[cell], low), high
        if lower[cell] > upper[cell]:
            return False
        model.col_lower_, model.col_upper_ = lower, upper
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(lower)
        solver = _solver_of(model)
        solver.setOptionValue("mip_max_nodes", _NODES)
        solver.run()
        status = solver.getModelStatus()
        if status == _OPTIMAL:
            value = np.asarray(solver.getSolution().col_value, dtype=np.float64)
            self._note(value)
            return True if self.puzzle.is_solution(value) else None
        return False if status == highspy.HighsModelStatus.kInfeasible else None


def _solver_of(model: highspy.HighsLp) -> highspy.Highs:
    solver = _new_solver()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("allow_unbounded_or_infeasible", False)
    solver.passModel(model)
    return solver
