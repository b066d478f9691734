"""What a reader can infer about hidden cells: intervals by linear and whole-number programs.

Most hidden cells follow from few others: where a sum has two holes, one is what the other
leaves. So the reader first writes every cell as ``offset + sign * unknown``, carries limits
through the sums, and only then asks a solver about what is left.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.connected import connected
from indicators.disclosure.knots import Knot
from indicators.disclosure.nearby import Nearby, Sums
from indicators.disclosure.programs import OPTIMAL, solver_of
from indicators.disclosure.unknowns import carry_limits, express
from indicators.programs import linear_program

_TOLERANCE = 1e-6
_NONE = np.zeros(0, dtype=np.int64)
_UNSET = np.iinfo(np.int64).min


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


@dataclass(frozen=True)
class Truth:
    """What only the publisher knows; it makes the search quicker, never its answers other.

    Parameters
    ----------
    value
        Shape (cells,): the true numbers, -1 where they are not known.
    alone
        Cells that are 1, each known to the person behind it.
    """

    value: IntArray
    alone: IntArray


@dataclass(frozen=True)
class Proof:
    """Why a cell cannot pass a bound.

    Parameters
    ----------
    rows
        Rows of the puzzle that together prove it, the strongest first.
    end
        The bound; infinite where there is none.
    """

    rows: IntArray
    end: float


class Attacker:
    """Solves one puzzle for one cell after the other.

    Parameters
    ----------
    puzzle
        What the reader sees.
    truth
        What is true, where somebody knows it.

    Attributes
    ----------
    feasible
        Whether any numbers fit.
    """

    def __init__(self, puzzle: Puzzle, truth: Truth | None = None) -> None:
        self.puzzle = puzzle
        self._truth = truth
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
        self._chosen: dict[int, IntArray] = {}
        self._knots: dict[int, Knot] = {}
        self.feasible = all(self._knot(k).feasible for k in range(len(self._bound_together)))

    @cached_property
    def _knot_of(self) -> IntArray:
        """The knot of each unknown, -1 where no sum binds it."""
        knot = np.full(self._unknowns.matrix.shape[1], -1, dtype=np.int64)
        for number, (chosen, _) in enumerate(self._bound_together):
            knot[chosen] = number
        return knot

    @cached_property
    def _bound_together(self) -> list[tuple[IntArray, IntArray]]:
        """The unknowns and the rows of every knot."""
        return [(u, r) for u, r in connected(self._unknowns.matrix) if len(r)]

    def _knot(self, number: int) -> Knot:
        if number not in self._knots:
            chosen, rows = self._bound_together[number]
            sums = Sums(
                self._unknowns.matrix[rows][:, chosen], self._unknowns.equality[rows],
                self._unknowns.right[rows], self._low[chosen], self._high[chosen],
            )  # fmt: skip
            self._chosen[number] = chosen
            self._knots[number] = Knot(sums, self._nearby(sums, chosen))
        return self._knots[number]

    def _nearby(self, sums: Sums, chosen: IntArray) -> Nearby | None:
        """Tables near the truth; None where it is not known of all unknowns, or does not fit."""
        if self._truth is None:
            return None
        value = self._true_unknowns[chosen]
        if (value == _UNSET).any() or not sums.fit(value):
            return None
        dear = np.isin(chosen, self._unknowns.label[self._truth.alone])
        return Nearby(sums, value, np.flatnonzero(dear).astype(np.int64))

    @cached_property
    def _true_unknowns(self) -> IntArray:
        """Shape (unknowns,): the true values, where they are known."""
        value = np.full(len(self._unknowns.low), _UNSET)
        if self._truth is not None:
            known, true = self._unknowns, self._truth.value
            cells = np.flatnonzero((known.label >= 0) & (true >= 0))
            value[known.label[cells]] = (true - known.offset)[cells] * known.sign[cells]
        return value

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
        knot = int(self._knot_of[label])
        if knot < 0:
            end = self._high[label] if sign * turn > 0 else self._low[label]
        else:
            end = self._knot(knot).extreme(self._at(knot, label), sign * turn)
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

    def knowing(self, cell: int, sign: int, bound: int) -> list[int]:
        """Those who are alone in a cell and therefore see that another cannot pass a bound.

        Parameters
        ----------
        sign, bound
            The cell must be able to be at least (+1) or at most (-1) `bound`.

        Returns
        -------
        list of int
            The cells in which they are counted.
        """
        alone = _NONE if self._truth is None else self._truth.alone
        others = alone[alone != cell]
        label, way, end = self._toward(cell, sign, bound)
        if label < 0:
            return [int(a) for a in others]
        its = self._unknowns.label[others]
        knot = int(self._knot_of[label])
        bound_with_it = (its >= 0) & (self._knot_of[its] == knot) if knot >= 0 else its == label
        near, its = others[bound_with_it], its[bound_with_it]
        if knot >= 0 and len(near):
            places = np.searchsorted(self._chosen[knot], its)
            at = self._at(knot, label)
            near = near[self._knot(knot).always_move(at, way, end, places)]
        return [a for a in near.tolist() if not self._can_be(cell, sign, bound, a)]

    def _at(self, knot: int, label: int) -> int:
        """The number of an unknown in its knot."""
        return int(np.searchsorted(self._chosen[knot], label))

    def _toward(self, cell: int, sign: int, bound: int) -> tuple[int, int, int]:
        """A bound on a cell as one on its unknown: unknown, direction, bound."""
        label, turn, offset = self._place(cell)
        return label, sign * turn, (bound - offset) * turn

    def _can_be(self, cell: int, sign: int, bound: int, known: int) -> bool | None:
        label, way, end = self._toward(cell, sign, bound)
        if label < 0:
            return sign * self._place(cell)[2] >= sign * bound
        other, _, value = self._toward(known, 0, 1) if known >= 0 else (-1, 0, 0)
        if other == label:
            return way * value >= way * end
        knot = int(self._knot_of[label])
        if knot < 0:
            return bool(way * (self._high if way > 0 else self._low)[label] >= way * end)
        asked = self._knot(knot)
        if other < 0 or int(self._knot_of[other]) != knot:
            return asked.can_pass(self._at(knot, label), way, end)
        return asked.can_pass(self._at(knot, label), way, end, self._at(knot, other), value)

    def proof(self, cell: int, sign: int, known: int = -1) -> "Proof":
        """What bounds a cell above (`sign` +1) or below (-1), over all real solutions."""
        cells, rows = next(part for part in self._parts if cell in part[0])
        puzzle, lower = self.puzzle, self.puzzle.lower[cells].astype(np.float64)
        upper = np.full(len(cells), np.inf)
        if known in cells:
            lower[cells == known] = upper[cells == known] = 1.0
        cost = np.where(cells == cell, -float(sign), 0.0)
        right = puzzle.right[rows].astype(np.float64)
        ends = (np.where(puzzle.equality[rows], right, -np.inf), right)
        inner = puzzle.matrix[rows][:, cells]
        solver = solver_of(linear_program(inner, cost, (lower, upper), ends))
        solver.run()
        dual = np.abs(np.asarray(solver.getSolution().row_dual, dtype=np.float64))
        proving = np.flatnonzero(dual > _TOLERANCE)
        strongest = rows[proving[np.argsort(-dual[proving], kind="stable")]]
        done = solver.getModelStatus() == OPTIMAL
        end = -sign * solver.getInfo().objective_function_value if done else sign * np.inf
        return Proof(strongest, float(end))

    @cached_property
    def _parts(self) -> list[tuple[IntArray, IntArray]]:
        """The cells and rows of the puzzle that hang together."""
        return connected(self.puzzle.matrix)
