"""What holds a stuck number fast: the condition that every pattern that frees it fulfils."""

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.master import Cut
from indicators.disclosure.movement import LARGEST_STEP, linear_program, quiet_solver
from indicators.disclosure.part import Need, Part

_SMALL = 1e-7


def blocking_cut(part: Part, hidden: BoolArray, need: Need) -> Cut:
    """The condition that a pattern breaks in which a need is stuck.

    The largest possible move of the cell is a linear program over the cells that are tied to
    it; its multipliers λ prove the limit: for any pattern, the move is at most the sum over
    hidden cells of ``|e + λM|[i]`` times what cell i can give. So these cells together must
    be enough (Fischetti and Salazar 2000, capacity constraints, with factors cut at the need).

    Parameters
    ----------
    hidden
        Shape (cells,): the pattern.
    need
        What is stuck in it.

    Returns
    -------
    Cut
        Over the cells of the part; with no cell where nothing would help.
    """
    cells, rows = _tied(part, hidden, need.cell)
    multiplier, limit = _multipliers(part, cells, rows, need)
    target = float(abs(need.move))
    if limit >= target - 1e-6:
        return _one_more(part, rows, hidden)
    price = np.asarray(part.matrix[rows].T @ multiplier)
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


def _tied(part: Part, hidden: BoolArray, cell: int) -> tuple[IntArray, IntArray]:
    """The hidden cells that equations connect with a cell, and these equations."""
    cells = np.flatnonzero(hidden)
    inner = part.matrix[:, cells]
    rows = np.flatnonzero(np.diff(inner.indptr))
    block = inner[rows]
    graph = sparse.block_array([[None, block], [block.T, None]], format="csr")
    _, label = csgraph.connected_components(graph, directed=False)
    own = label[len(rows) + int(np.searchsorted(cells, cell))]
    return (
        cells[label[len(rows) :] == own].astype(np.int64),
        rows[label[: len(rows)] == own].astype(np.int64),
    )


def _multipliers(
    part: Part, cells: IntArray, rows: IntArray, need: Need
) -> tuple[FloatArray, float]:
    """Row multipliers that prove how far a cell can move, and how far that is."""
    matrix = sparse.csc_array(part.matrix[rows][:, cells])
    sign = 1.0 if need.move > 0 else -1.0
    at = int(np.searchsorted(cells, need.cell))
    cost = np.zeros(len(cells))
    cost[at] = -sign
    low = -part.down[cells]
    high = np.full(len(cells), LARGEST_STEP)
    low[at], high[at] = (0.0, float(need.move)) if sign > 0 else (float(need.move), 0.0)
    if need.frozen >= 0:
        frozen = np.flatnonzero(cells == need.frozen)
        low[frozen], high[frozen] = 0.0, 0.0
    equality = part.equality[rows]
    right = np.where(equality, 0.0, part.slack[rows])
    left = np.where(equality, 0.0, -highspy.kHighsInf)
    solver = quiet_solver()
    solver.passModel(linear_program(matrix, cost, (low, high), (left, right)))
    solver.run()
    dual = np.asarray(solver.getSolution().row_dual, dtype=np.float64)
    dual = np.where(equality, dual, np.minimum(dual, 0.0))
    return dual, -float(solver.getInfo().objective_function_value)


def _one_more(part: Part, rows: IntArray, hidden: BoolArray) -> Cut:
    """Whole numbers do not fit although fractions do: one more cell beside these must go."""
    touched = np.unique(part.matrix[rows].indices)
    fresh = touched[~hidden[touched]].astype(np.int64)
    return Cut(fresh, np.ones(len(fresh)), 1.0)
