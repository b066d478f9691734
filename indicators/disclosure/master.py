"""The cheapest set of cells that satisfies all conditions found so far, and how cheap it can be.

Fischetti and Salazar (2000): a pattern protects exactly when it fulfils a very large family of
linear conditions over "cell i is hidden", one per way to compute a small number. Only those
that a pattern breaks are added, until none is broken. Three kinds are there from the start:

- a hidden cell never stands alone in a sum, else it could as well be printed (a small one of
  which nothing is demanded, since nothing helps it, may): ``2 x[i] <= sum of x over the row``;
- what the others in a sum can give must be enough for a small cell to move as far as it must:
  ``sum of min(room[j], need) x[j] >= need``;
- where somebody knows her own count of 1, a small cell in the same sum needs a third one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.programs import OPTIMAL
from indicators.disclosure.task import Ended
from indicators.programs import linear_program, quiet_solver

_WHOLE = 0.5


@dataclass(frozen=True)
class Cut:
    """A condition that every pattern that protects fulfils: weighted hidden cells are enough."""

    cells: IntArray
    factors: FloatArray
    least: float


@dataclass(frozen=True)
class Choice:
    """What may be hidden in one independent part of a table; one entry per cell.

    ``matrix`` has the equalities alone. ``must`` cells are hidden in any case, ``may`` ones if
    it helps; ``loose`` ones may stand alone in a sum, since nobody has to protect them.
    ``needs`` are small cells and how far, up or down, each must be able to move; ``down`` is
    how far each cell may fall; ``alone`` cells are known to the one person behind them, and
    ``excused`` are (cell, direction, cell she knows) of which nothing is demanded any more.
    """

    matrix: sparse.csr_array
    must: BoolArray
    may: BoolArray
    loose: BoolArray
    weight: FloatArray
    down: FloatArray
    needs: tuple[tuple[int, int], ...]
    alone: BoolArray
    excused: frozenset[tuple[int, int, int]] = frozenset()


@dataclass(frozen=True)
class Solution:
    """The chosen cells, a proven lower bound of the loss, how the search ended, and its steps."""

    hidden: BoolArray
    bound: float
    ended: Ended
    work: int = 0


@dataclass(frozen=True)
class Limits:
    """When to stop: relative gap, nodes of the search tree, seconds (None: no limit)."""

    gap: float
    nodes: int
    seconds: float | None


def solve(choice: Choice, cuts: Sequence[Cut], limits: Limits, whole: bool = True) -> Solution:
    """The cheapest cells that fulfil all conditions known so far.

    The columns are the cells, then one sum per row: so every "not alone" is a row of two.

    Parameters
    ----------
    whole
        False: it is enough to round the solution in fractions, which is quick and shows most
        of what is still missing.
    """
    model = _model(choice, [*row_cuts(choice), *cuts])
    size = len(choice.must)
    relaxed = _relaxed(model, size)
    if relaxed.ended != "gap" or not whole:
        return relaxed
    kinds = [highspy.HighsVarType.kInteger] * size
    model.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * (model.num_col_ - size)
    solver = quiet_solver()
    solver.setOptionValue("mip_rel_gap", limits.gap)
    solver.setOptionValue("mip_abs_gap", 1e-6)
    solver.setOptionValue("mip_max_nodes", limits.nodes)
    if limits.seconds is not None:
        solver.setOptionValue("time_limit", max(0.1, limits.seconds))
    solver.passModel(model)
    solver.run()
    return _solution(solver, choice, limits)


def _relaxed(model: highspy.HighsLp, size: int) -> Solution:
    """The linear program's solution, rounded; "optimal" where it happens to be whole.

    Where the conditions contradict each other, something impossible is demanded: with all
    cells hidden it is found.
    """
    solver = quiet_solver()
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != OPTIMAL:
        return Solution(np.asarray(model.col_upper_)[:size] > _WHOLE, 0.0, "limit")
    value = np.asarray(solver.getSolution().col_value)[:size]
    whole = np.abs(value - np.rint(value)).max(initial=0.0) < 1e-6
    bound = float(solver.getInfo().objective_function_value)
    return Solution(value > _WHOLE - 1e-6, bound, "optimal" if whole else "gap")


def _solution(solver: highspy.Highs, choice: Choice, limits: Limits) -> Solution:
    status, info = solver.getModelStatus(), solver.getInfo()
    bound = float(info.mip_dual_bound)
    bound = max(0.0, bound) if np.isfinite(bound) else 0.0
    work = int(info.simplex_iteration_count)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Solution(choice.must | choice.may, bound, _ending(status), work)
    hidden = np.asarray(solver.getSolution().col_value)[: len(choice.must)] > _WHOLE
    ended = _ending(status)
    if ended == "optimal" and limits.gap > 0 and info.mip_gap > 1e-9:
        ended = "gap"
    return Solution(hidden, bound, ended, work)


def _model(choice: Choice, cuts: Sequence[Cut]) -> highspy.HighsLp:
    """Sums, "not alone" rows, and conditions."""
    whole = abs(choice.matrix.sign())
    rows, size = whole.shape
    sums = sparse.hstack([whole, -sparse.eye_array(rows)])
    pairs = _not_alone(choice, whole)
    matrix = sparse.csc_array(sparse.vstack([sums, pairs, _cut_rows(cuts, size + rows)]))
    extra = pairs.shape[0] + len(cuts)
    least = np.concatenate([np.zeros(rows + pairs.shape[0]), [cut.least for cut in cuts]])
    most = np.concatenate([np.zeros(rows), np.full(extra, highspy.kHighsInf)])
    low = np.concatenate([choice.must.astype(float), _least_sums(choice, whole)])
    free = (choice.must | choice.may).astype(float)
    high = np.concatenate([free, np.full(rows, highspy.kHighsInf)])
    cost = np.concatenate([np.where(choice.must, 0.0, choice.weight), np.zeros(rows)])
    return linear_program(matrix, cost, (low, high), (least, most))


def _not_alone(choice: Choice, whole: sparse.csr_array) -> sparse.csr_array:
    """One row per sum and cell in it: twice the cell is at most the sum of all."""
    rows, size = whole.shape
    row = np.repeat(np.arange(rows), np.diff(whole.indptr))
    bound = choice.may & ~choice.loose
    bound[[cell for cell, _ in choice.needs]] = True
    bound_entry = bound[whole.indices]
    row, cell = row[bound_entry], whole.indices[bound_entry]
    count = len(row)
    number = np.tile(np.arange(count), 2)
    factor = np.repeat([1.0, -2.0], count)
    column = np.concatenate([size + row, cell])
    return sparse.csr_array((factor, (number, column)), shape=(count, size + rows))


def _cut_rows(cuts: Sequence[Cut], columns: int) -> sparse.csr_array:
    start = np.cumsum([0, *(len(cut.cells) for cut in cuts)])
    cells = np.concatenate([np.zeros(0), *(cut.cells for cut in cuts)]).astype(np.int64)
    factors = np.concatenate([np.zeros(0), *(cut.factors for cut in cuts)])
    return sparse.csr_array((factors, cells, start), shape=(len(cuts), columns))


def _least_sums(choice: Choice, whole: sparse.csr_array) -> FloatArray:
    """Three hidden cells in a sum where one of two small ones is known to somebody."""
    small = np.zeros(len(choice.must))
    small[[cell for cell, _ in choice.needs]] = 1.0
    several = np.asarray(whole @ small) >= 2
    known = np.asarray(whole @ (choice.alone * small)) >= 1
    available = np.asarray(whole @ (choice.must | choice.may).astype(float)) >= 3
    three = several & known & available
    if choice.excused:
        three[three] = [_is_watched(choice, whole, row) for row in np.flatnonzero(three).tolist()]
    return np.where(three, 3.0, 0.0)


def _is_watched(choice: Choice, whole: sparse.csr_array, row: int) -> bool:
    """Whether somebody who knows a cell of a sum must not find out another one."""
    members = set(whole.indices[whole.indptr[row] : whole.indptr[row + 1]].tolist())
    insiders = [cell for cell in members if choice.alone[cell]]
    demands = [(cell, 1 if move > 0 else -1) for cell, move in choice.needs if cell in members]
    return any(
        cell != insider and (cell, sign, insider) not in choice.excused
        for cell, sign in demands
        for insider in insiders
    )


def row_cuts(choice: Choice) -> list[Cut]:
    """In every sum with a small cell the others must be able to give what it needs."""
    matrix = choice.matrix
    by_cell = sparse.csc_array(matrix)
    free = choice.must | choice.may
    found = []
    for cell, move in choice.needs:
        rows = by_cell.indices[by_cell.indptr[cell] : by_cell.indptr[cell + 1]]
        for row in rows:
            start, end = matrix.indptr[row : row + 2]
            members, factors = matrix.indices[start:end], matrix.data[start:end]
            own = int(factors[members == cell][0])
            other = members != cell
            cut = _row_cut(choice, members[other], factors[other], own * move)
            if cut is not None and cut.factors[free[cut.cells]].sum() >= cut.least:
                found.append(cut)
    return found


def _row_cut(choice: Choice, members: IntArray, factors: IntArray, push: int) -> Cut | None:
    """The condition of one sum; None where its cells can give anything anyway.

    A cell with a positive factor must fall where the small cell pushes the sum up.
    """
    need = float(abs(push))
    falls = (factors * push) > 0
    give = np.where(falls, choice.down[members] * np.abs(factors), need)
    give = np.minimum(give, need)
    if (give >= need).all():
        return None
    used = give > 0
    return Cut(members[used].astype(np.int64), give[used], need)


def _ending(status: highspy.HighsModelStatus) -> Ended:
    if status == OPTIMAL:
        return "optimal"
    return "time" if status == highspy.HighsModelStatus.kTimeLimit else "limit"
