"""What a reader can infer about hidden cells, one linear program per bound.

Written for the figures, apart from the program: it judges the patterns of both, and solved
from scratch each time it is the yardstick for the time of an audit.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from tests.benchmarks.suppression.systems import Equations

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Verdict:
    """How the small counts fare; `hidden_again` counts hidden cells beside the small ones.

    Parameters
    ----------
    exact
        Small counts that the reader knows exactly.
    narrow
        Further ones whose interval does not reach from n - 1 to n + 1 (from 1 at least
        where zeros are published).
    printed
        Small counts that are not hidden at all.
    """

    exact: int
    narrow: int
    printed: int

    @property
    def safe(self) -> bool:
        """Whether every small count has its room."""
        return not (self.exact or self.narrow or self.printed)


class Reader:
    """Solves for the hidden cells of one pattern.

    Parameters
    ----------
    equations
        The table.
    hidden
        Shape (cells,): what is not printed.
    lowest
        The smallest number a hidden cell can be: 0, or 1 where zeros are published.
    warm
        Whether every program starts where the last one ended; False solves each from scratch.
    split
        Whether only the cells that equations connect with the wanted one are in a program.
    """

    def __init__(
        self,
        equations: Equations,
        hidden: np.ndarray,
        lowest: int,
        warm: bool = True,
        split: bool = True,
    ) -> None:
        self.hidden = np.flatnonzero(hidden)
        self._warm = warm
        matrix = sparse.csr_array(equations.matrix[:, self.hidden])
        matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
        right = np.asarray(matrix @ equations.value[self.hidden])
        self._parts = _parts(matrix, right, split)
        self._part_of = np.zeros(len(self.hidden), dtype=np.int64)
        for number, part in enumerate(self._parts):
            self._part_of[list(part.place)] = number
        self._lowest = lowest
        self._solvers: dict[int, highspy.Highs] = {}

    def bounds(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest number of some hidden cells over all real solutions."""
        where = np.searchsorted(self.hidden, cells)
        low = np.array([self._extreme(int(w), -1) for w in where])
        high = np.array([self._extreme(int(w), 1) for w in where])
        return low, high

    def _extreme(self, position: int, sign: int) -> float:
        part = int(self._part_of[position])
        chosen = self._parts[part]
        solver = self._solvers.get(part) if self._warm else None
        if solver is None:
            solver = chosen.solver(self._lowest)
            self._solvers[part] = solver
        column = chosen.place[position]
        solver.changeColCost(column, float(-sign))
        solver.run()
        status = solver.getModelStatus()
        value = solver.getInfo().objective_function_value * -sign
        solver.changeColCost(column, 0.0)
        if status != highspy.HighsModelStatus.kOptimal:
            if sign > 0 and "nbounded" in solver.modelStatusToString(status):
                return np.inf
            raise ArithmeticError(f"no optimum: {solver.modelStatusToString(status)}")
        return float(value)


@dataclass(frozen=True)
class _Part:
    """Hidden cells that no equation connects with the others; `place` by their position."""

    matrix: sparse.csc_array
    right: np.ndarray
    place: dict[int, int]

    def solver(self, lowest: int) -> highspy.Highs:
        """A fresh solver with the equations and no objective."""
        rows, columns = self.matrix.shape
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = rows, columns
        model.col_cost_ = np.zeros(columns)
        model.col_lower_ = np.full(columns, float(lowest))
        model.col_upper_ = np.full(columns, highspy.kHighsInf)
        model.row_lower_ = model.row_upper_ = self.right.astype(np.float64)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = self.matrix.indptr
        model.a_matrix_.index_ = self.matrix.indices
        model.a_matrix_.value_ = self.matrix.data.astype(np.float64)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("allow_unbounded_or_infeasible", False)
        solver.passModel(model)
        return solver


def _parts(matrix: sparse.csr_array, right: np.ndarray, split: bool) -> list[_Part]:
    graph = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    count, label = 1, np.zeros(graph.shape[0], dtype=np.int64)
    if split:
        count, label = csgraph.connected_components(graph, directed=False)
    row_label, cell_label = label[: matrix.shape[0]], label[matrix.shape[0] :]
    found = []
    for number in range(count):
        rows, cells = np.flatnonzero(row_label == number), np.flatnonzero(cell_label == number)
        inner = sparse.csc_array(matrix[rows][:, cells])
        found.append(_Part(inner, right[rows], {int(c): i for i, c in enumerate(cells)}))
    return found


def judge(
    equations: Equations, hidden: np.ndarray, zeros_published: bool, threshold: int = 3
) -> Verdict:
    """Find the small counts that a reader of a pattern knows too well.

    What printed zeros alone tell, whatever else is hidden, is no fault of a pattern and is
    left out: an area of two groups with one person each has exactly two.
    """
    primary = equations.primary(threshold)
    small = np.flatnonzero(primary & hidden)
    lowest = 1 if zeros_published else 0
    low, high = _whole_bounds(equations, hidden, lowest, small)
    wrong = _too_narrow(equations.value[small], low, high, lowest)
    if zeros_published and wrong.any():
        by_zeros = _told_by_zeros(equations, small[wrong])
        wrong[np.flatnonzero(wrong)[by_zeros]] = False
    exact = wrong & (low == high)
    return Verdict(int(exact.sum()), int((wrong & ~exact).sum()), int((primary & ~hidden).sum()))


def _too_narrow(true: np.ndarray, low: np.ndarray, high: np.ndarray, lowest: int) -> np.ndarray:
    return (low > np.maximum(lowest, true - 1)) | (high < true + 1)


def _told_by_zeros(equations: Equations, cells: np.ndarray) -> np.ndarray:
    """Which of some cells are too narrow even where every number but zero is hidden."""
    low, high = _whole_bounds(equations, equations.value > 0, 1, cells)
    return _too_narrow(equations.value[cells], low, high, 1)


def _whole_bounds(
    equations: Equations, hidden: np.ndarray, lowest: int, cells: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    low, high = Reader(equations, hidden, lowest).bounds(cells)
    return np.ceil(low - _TOLERANCE), np.floor(high + _TOLERANCE)
