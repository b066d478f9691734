"""What a reader can infer about hidden cells: intervals by linear and whole-number programs.

Most hidden cells follow from few others: where a sum has two holes, one is what the other
leaves. So the reader first writes every cell as ``offset + sign * unknown``, carries limits
through the sums, and only then asks a solver about what is left.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.unknowns import Unknowns, carry_limits, express

_TOLERANCE = 1e-6
_NODES = 200000
"""Limit of the search for whole numbers; counted in nodes, so that it is deterministic."""
_WITNESSES = 40
"""How many whole tables are remembered per block."""

_OTHERS = 0.01
"""Price of moving an unknown that nobody knows; one that somebody knows costs 1."""

_new_solver: Callable[[], highspy.Highs] = highspy.Highs
_OPTIMAL = highspy.HighsModelStatus.kOptimal


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


class Attacker:
    """Solves one puzzle for one cell after the other.

    Attributes
    ----------
    feasible
        Whether any numbers fit.
    """

    def __init__(self, puzzle: Puzzle) -> None:
        self.puzzle = puzzle
        found = express(puzzle.matrix, puzzle.equality, puzzle.right, puzzle.lower)
        self.feasible = found is not None
        if found is None:
            return
        self._unknowns = found
        limits = carry_limits(found)
        self.feasible = limits is not None
        if limits is None:
            return
        self._low, self._high = limits
        self._blocks: dict[int, _Block] = {}
        self._true: dict[int, IntArray | None] = {}
        self.feasible = all(self._block(b).feasible for b in range(self._count))

    @cached_property
    def _block_of(self) -> IntArray:
        """The block of each unknown, -1 where no sum binds it."""
        matrix = self._unknowns.matrix
        used = np.flatnonzero(np.diff(matrix.indptr))
        graph = sparse.block_array([[None, matrix[used]], [matrix[used].T, None]], format="csr")
        _, label = csgraph.connected_components(graph, directed=False)
        bound = np.bincount(matrix.indices, minlength=matrix.shape[1]) > 0
        block: IntArray = np.full(matrix.shape[1], -1, dtype=np.int64)
        block[bound] = np.unique(label[len(used) :][bound], return_inverse=True)[1]
        return block

    @cached_property
    def _count(self) -> int:
        return int(self._block_of.max(initial=-1)) + 1

    def _block(self, number: int) -> "_Block":
        if number not in self._blocks:
            chosen = np.flatnonzero(self._block_of == number)
            self._blocks[number] = _Block(
                self._unknowns, chosen, self._low[chosen], self._high[chosen]
            )
        return self._blocks[number]

    def _place(self, cell: int) -> tuple[int, int, int]:
        """The unknown behind a cell (-1: none), its sign, and the offset."""
        known = self._unknowns
        return int(known.label[cell]), int(known.sign[cell]), int(known.offset[cell])

    def intervals(self, cells: Iterable[int]) -> tuple[FloatArray, FloatArray]:
        """Smallest and largest number of each cell over all real solutions; inf if unbounded."""
        wanted = list(cells)
        low = np.array([self.extreme(cell, -1) for cell in wanted], dtype=np.float64)
        high = np.array([self.extreme(cell, 1) for cell in wanted], dtype=np.float64)
        return low, high

    def extreme(self, cell: int, sign: int) -> float:
        """Largest (`sign` +1) or smallest (-1) number a cell can be."""
        label, turn, offset = self._place(cell)
        if label < 0:
            return float(offset)
        block = int(self._block_of[label])
        if block < 0:
            end = self._high[label] if sign * turn > 0 else self._low[label]
        else:
            end = self._block(block).extreme(label, sign * turn)
        return float(offset + turn * end)

    def can_be_at_most(self, cell: int, bound: int, known: int = -1) -> bool | None:
        """Whether a cell can be `bound` or less in whole numbers; None if that stays open.

        Parameters
        ----------
        known
            A cell that the reader knows to be 1, -1 for none.
        """
        return self._can_be(cell, -1, bound, known)

    def can_be_at_least(self, cell: int, bound: int, known: int = -1) -> bool | None:
        """Whether a cell can be `bound` or more in whole numbers, see `can_be_at_most`."""
        return self._can_be(cell, 1, bound, known)

    def knowing(
        self, cell: int, sign: int, bound: int, alone: IntArray, truth: IntArray
    ) -> list[int]:
        """Those among the cells known to be 1 who see that a cell cannot pass a bound.

        Parameters
        ----------
        sign, bound
            The cell must be able to be at least (+1) or at most (-1) `bound`.
        alone
            Cells that are 1, each known to the person behind it.
        truth
            Shape (cells,): the true numbers, from which a table is sought that moves few of
            them; -1 where they are not known.
        """
        label, _, _ = self._place(cell)
        beside = [int(a) for a in alone if a != cell]
        if label < 0:
            return beside
        mine = int(self._block_of[label])
        near = [a for a in beside if self._shares(a, label, mine)]
        if mine >= 0 and near:
            moved = self._block(mine).moved(
                self._toward(cell, sign, bound),
                [self._toward(a, 0, 1) for a in near],
                self._unknown_values(mine, truth),
            )
            near = [a for a, away in zip(near, moved, strict=True) if away]
        return [a for a in near if not self._can_be(cell, sign, bound, a)]

    def look_near(self, cell: int, bounds: tuple[int, int], truth: IntArray) -> None:
        """Look near the truth for tables in which a cell is as low and as high as it must be.

        They answer most later questions without a search in whole numbers.
        """
        label, _, _ = self._place(cell)
        block = -1 if label < 0 else int(self._block_of[label])
        values = None if block < 0 else self._unknown_values(block, truth)
        if values is not None:
            for sign, bound in zip((-1, 1), bounds, strict=True):
                self._block(block).step(self._toward(cell, sign, bound), values)

    def _unknown_values(self, block: int, truth: IntArray) -> IntArray | None:
        """The true values of a block's unknowns; None where one of them is not known."""
        if block not in self._true:
            known, chosen = self._unknowns, self._block(block).chosen
            value = np.full(len(known.low), np.iinfo(np.int64).min)
            cells = np.flatnonzero((known.label >= 0) & (truth >= 0))
            value[known.label[cells]] = (truth - known.offset)[cells] * known.sign[cells]
            own = value[chosen]
            self._true[block] = own if (own > np.iinfo(np.int64).min).all() else None
        return self._true[block]

    def _shares(self, other: int, label: int, block: int) -> bool:
        its = int(self._unknowns.label[other])
        return its == label or (its >= 0 and block >= 0 and int(self._block_of[its]) == block)

    def _toward(self, cell: int, sign: int, bound: int) -> tuple[int, int, int]:
        """A bound on a cell as one on its unknown: unknown, direction, bound."""
        label, turn, offset = self._place(cell)
        return label, sign * turn, (bound - offset) * turn

    def _can_be(self, cell: int, sign: int, bound: int, known: int) -> bool | None:
        label, way, end = self._toward(cell, sign, bound)
        if label < 0:
            return sign * self._place(cell)[2] >= sign * bound
        fixed = None if known < 0 else self._toward(known, 0, 1)
        if fixed is not None and fixed[0] == label:
            return way * fixed[2] >= way * end
        block = int(self._block_of[label])
        if block < 0:
            return bool(way * (self._high if way > 0 else self._low)[label] >= way * end)
        if fixed is not None and (fixed[0] < 0 or int(self._block_of[fixed[0]]) != block):
            fixed = None
        return self._block(block).can_pass(label, way, end, fixed)

    def binding_rows(self, cell: int, sign: int, known: int = -1) -> IntArray:
        """Rows of the puzzle that together prove the bound of a cell, the strongest first."""
        puzzle = self.puzzle
        lower, upper = puzzle.lower.astype(float), np.full(len(puzzle.lower), highspy.kHighsInf)
        if known >= 0:
            lower[known], upper[known] = 1.0, 1.0
        model = _model(puzzle.matrix, puzzle.equality, puzzle.right, lower, upper)
        cost = np.zeros(len(lower))
        cost[cell] = -sign
        model.col_cost_ = cost
        solver = _solver_of(model)
        solver.run()
        dual = np.abs(np.asarray(solver.getSolution().row_dual, dtype=np.float64))
        rows = np.flatnonzero(dual > _TOLERANCE)
        return rows[np.argsort(-dual[rows], kind="stable")]


class _Block:
    """Unknowns bound by what is left of the sums, and one solver for all questions on them."""

    def __init__(
        self, unknowns: Unknowns, chosen: IntArray, low: FloatArray, high: FloatArray
    ) -> None:
        inner = unknowns.matrix[:, chosen]
        rows = np.flatnonzero(np.diff(inner.indptr))
        self.chosen = chosen
        self._matrix = inner[rows]
        self._equality, self._right = unknowns.equality[rows], unknowns.right[rows]
        self._low, self._high = low, high
        self._seen_low, self._seen_high = np.full(len(low), np.inf), np.full(len(low), -np.inf)
        self._witnesses: list[IntArray] = []
        self._nearby: highspy.Highs | None = None
        self._dear = False
        self._room = np.zeros(0)
        self._solver = _solver_of(self._program())
        self._cost = np.zeros(len(low))
        self.feasible = self._run(np.ones(len(low)))
        # The next programs differ in the objective alone: the last vertex stays feasible.
        self._solver.setOptionValue("simplex_strategy", 4)

    def extreme(self, label: int, sign: int) -> float:
        """Largest or smallest value of an unknown; inf where nothing bounds it."""
        at = self._at(label)
        end = self._high[at] if sign > 0 else self._low[at]
        seen = self._seen_high if sign > 0 else self._seen_low
        if sign * seen[at] < sign * end - _TOLERANCE:
            cost = np.zeros(len(self._low))
            cost[at] = -sign
            if not self._run(cost):
                return float(sign * np.inf)
        return float((self._seen_high if sign > 0 else self._seen_low)[at])

    def can_pass(
        self, label: int, sign: int, bound: int, fixed: tuple[int, int, int] | None
    ) -> bool | None:
        """Whether an unknown can reach a bound in whole numbers; None if that stays open."""
        at = self._at(label)
        other = -1 if fixed is None else self._at(fixed[0])
        value = 0 if fixed is None else fixed[2]
        for table in self._witnesses:
            if sign * table[at] >= sign * bound and (other < 0 or table[other] == value):
                return True
        low, high = self._low.copy(), self._high.copy()
        if sign > 0:
            low[at] = max(low[at], bound)
        else:
            high[at] = min(high[at], bound)
        if other >= 0:
            low[other], high[other] = max(low[other], value), min(high[other], value)
        return self._find_whole(low, high)

    def moved(
        self, aim: tuple[int, int, int], others: list[tuple[int, int, int]], truth: IntArray | None
    ) -> list[bool]:
        """Which of the others leave their value in every table at hand that passes the aim.

        Each of these tables shows that whoever knows an unmoved one learns nothing.
        """
        label, sign, bound = aim
        at = self._at(label)
        cells = np.searchsorted(self.chosen, [o[0] for o in others])
        values = np.array([o[2] for o in others], dtype=np.int64)
        if truth is not None:
            self.step(aim, truth, cells)
        every = np.ones(len(others), dtype=np.bool_)
        for table in reversed(self._witnesses):
            if sign * table[at] >= sign * bound:
                every &= table[cells] != values
            if not every.any():
                break
        return every.tolist()

    def step(
        self, aim: tuple[int, int, int], truth: IntArray, dear: IntArray | None = None
    ) -> None:
        """Look for the table nearest to the truth in which one unknown passes the aim.

        Parameters
        ----------
        dear
            Unknowns that should rather not move; taken in when first named.
        """
        label, sign, bound = aim
        at, size = self._at(label), len(truth)
        step = sign * max(0, sign * (bound - int(truth[at])))
        if self._nearby is None:
            rest = np.where(self._equality, 0, self._right - np.asarray(self._matrix @ truth))
            both = sparse.csr_array(sparse.hstack([self._matrix, -self._matrix]))
            self._room = np.concatenate([self._high - truth, truth - self._low])
            model = _model(both, self._equality, rest, np.zeros(2 * size), self._room)
            model.col_cost_ = np.full(2 * size, _OTHERS)
            self._nearby = _solver_of(model)
        if dear is not None and not self._dear:
            columns = np.concatenate([dear, dear + size]).astype(np.int32)
            self._nearby.changeColsCost(len(columns), columns, np.ones(len(columns)))
            self._dear = True
        must, must_not = (at, at + size) if step > 0 else (at + size, at)
        if not step or abs(step) > self._room[must]:
            return
        self._nearby.changeColBounds(must, float(abs(step)), float(self._room[must]))
        self._nearby.changeColBounds(must_not, 0.0, 0.0)
        self._nearby.run()
        if self._nearby.getModelStatus() == _OPTIMAL:
            found = np.asarray(self._nearby.getSolution().col_value)
            self._note(truth + found[:size] - found[size:])
        for column in (must, must_not):
            self._nearby.changeColBounds(column, 0.0, float(self._room[column]))

    def _at(self, label: int) -> int:
        return int(np.searchsorted(self.chosen, label))

    def _program(self) -> highspy.HighsLp:
        return _model(self._matrix, self._equality, self._right, self._low, self._high)

    def _run(self, cost: FloatArray) -> bool:
        changed = np.flatnonzero(cost != self._cost).astype(np.int32)
        self._solver.changeColsCost(len(changed), changed, cost[changed])
        self._cost = cost
        self._solver.run()
        if self._solver.getModelStatus() != _OPTIMAL:
            return False
        self._note(np.asarray(self._solver.getSolution().col_value, dtype=np.float64))
        return True

    def _note(self, value: FloatArray) -> IntArray | None:
        """Remember a solution; the table, if it is one in whole numbers."""
        self._seen_low = np.minimum(self._seen_low, value)
        self._seen_high = np.maximum(self._seen_high, value)
        whole = np.rint(value).astype(np.int64)
        if np.abs(value - whole).max(initial=0.0) > _TOLERANCE or not self._fits(whole):
            return None
        self._witnesses.append(whole)
        if len(self._witnesses) > _WITNESSES:
            del self._witnesses[0]
        return whole

    def _fits(self, table: IntArray) -> bool:
        """Whether whole numbers fulfil everything, checked in whole numbers."""
        rest = np.asarray(self._matrix @ table) - self._right
        fits = np.where(self._equality, rest == 0, rest <= 0)
        return bool(fits.all() and (table >= self._low).all() and (table <= self._high).all())

    def _find_whole(self, low: FloatArray, high: FloatArray) -> bool | None:
        """Search a whole table within limits: first by the linear program, then by branching."""
        if (low > high).any():
            return False
        model = _model(self._matrix, self._equality, self._right, low, high)
        solver = _solver_of(model)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return False
        if solver.getModelStatus() == _OPTIMAL and (
            self._note(np.asarray(solver.getSolution().col_value)) is not None
        ):
            return True
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(low)
        solver = _solver_of(model)
        solver.setOptionValue("mip_max_nodes", _NODES)
        solver.run()
        if solver.getModelStatus() == _OPTIMAL:
            found = self._note(np.rint(np.asarray(solver.getSolution().col_value)))
            return True if found is not None else None
        return False if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible else None


def _model(
    matrix: sparse.csr_array,
    equality: BoolArray,
    right: IntArray,
    low: FloatArray,
    high: FloatArray,
) -> highspy.HighsLp:
    """The linear program without an objective, in one bulk matrix."""
    columns = sparse.csc_array(matrix)
    ends = right.astype(np.float64)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = columns.shape
    model.col_cost_ = np.zeros(columns.shape[1])
    model.col_lower_ = np.where(np.isfinite(low), low, -highspy.kHighsInf)
    model.col_upper_ = np.where(np.isfinite(high), high, highspy.kHighsInf)
    model.row_lower_ = np.where(equality, ends, -highspy.kHighsInf)
    model.row_upper_ = ends
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = columns.indptr, columns.indices
    model.a_matrix_.value_ = columns.data.astype(np.float64)
    return model


def _solver_of(model: highspy.HighsLp) -> highspy.Highs:
    solver = _new_solver()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("allow_unbounded_or_infeasible", False)
    solver.passModel(model)
    return solver
