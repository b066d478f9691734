"""The cheapest whole-number change of a table that moves one cell and keeps every equation."""

from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.movement import Change
from indicators.disclosure.programs import OPTIMAL, in_whole_numbers, solver_of, some_whole
from indicators.programs import linear_program, quiet_solver

_TOLERANCE = 1e-6
_LARGEST_STEP = 1000.0


@dataclass(frozen=True)
class Carrier:
    """The linear program of one independent part of a table, kept and changed between calls.

    Parameters
    ----------
    matrix
        Shape (rows, cells), whole numbers.
    equality
        True: the row must stay; False: it may rise by `slack`.
    slack
        Shape (rows,): room of the inequalities.
    room
        Shape (cells,): by how much each cell may fall.
    """

    matrix: sparse.csr_array
    equality: BoolArray
    slack: FloatArray
    room: FloatArray
    _solver: highspy.Highs = field(default_factory=quiet_solver)
    _given: list[FloatArray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._solver.setOptionValue("presolve", "off")
        size = len(self.room)
        none, upper = np.zeros(2 * size), self._upper(np.ones(size, dtype=np.bool_))
        self._solver.passModel(self._model(np.zeros(size), none, upper))
        self._given[:] = none, upper, none

    def find(
        self, cell: int, move: int, cost: FloatArray, movable: BoolArray, frozen: int = -1
    ) -> Change | None:
        """Find a change that moves `cell` by at least `move`: up where positive, else down.

        Parameters
        ----------
        cost
            Shape (cells,): price of moving each cell by one, not negative.
        movable
            Shape (cells,): cells that may move at all.
        frozen
            A cell that must not move, -1 for none.

        Returns
        -------
        Change or None
            None where no change was found.
        """
        free = movable.copy()
        if frozen >= 0:
            free[frozen] = False
        solution = self._solve(cell, move, cost, free)
        if solution is None:
            return None
        change = self._read(solution)
        if change is not None:
            return change
        return self._find_whole(*self._bounds(cell, move, free), cost)

    def way(
        self, cell: int, move: int, cost: FloatArray, movable: BoolArray, frozen: int = -1
    ) -> IntArray | None:
        """The cells of the cheapest change, be it in fractions; see `find`."""
        free = movable.copy()
        if frozen >= 0:
            free[frozen] = False
        solution = self._solve(cell, move, cost, free)
        if solution is None:
            return None
        size = len(self.room)
        return np.flatnonzero(np.abs(solution[:size] - solution[size:]) > _TOLERANCE)

    def can_move(self, cell: int, move: int, movable: BoolArray, frozen: int = -1) -> bool:
        """Whether a cell could move so far if all movable cells were hidden."""
        free = movable.copy()
        if frozen >= 0:
            free[frozen] = False
        return self._solve(cell, move, np.zeros(len(self.room)), free) is not None

    def _solve(
        self, cell: int, move: int, cost: FloatArray, movable: BoolArray
    ) -> FloatArray | None:
        lower, upper = self._bounds(cell, move, movable)
        if (lower > upper).any():
            return None
        solver, price = self._solver, np.concatenate([cost, cost])
        changed = np.flatnonzero((lower != self._given[0]) | (upper != self._given[1]))
        dearer = np.flatnonzero(price != self._given[2])
        columns = changed.astype(np.int32)
        solver.changeColsBounds(len(changed), columns, lower[changed], upper[changed])
        solver.changeColsCost(len(dearer), dearer.astype(np.int32), price[dearer])
        self._given[:] = lower, upper, price
        solver.setBasis()  # the unmoved table: dual feasible for any prices
        solver.run()
        if solver.getModelStatus() != OPTIMAL:
            return None
        return np.asarray(solver.getSolution().col_value, dtype=np.float64)

    def _bounds(self, cell: int, move: int, movable: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Bounds of rises and falls when `cell` must move by `move` or more."""
        upper = self._upper(movable)
        lower = np.zeros(len(upper))
        columns = (cell, cell + len(movable))
        must, must_not = columns if move > 0 else columns[::-1]
        lower[must], upper[must_not] = float(abs(move)), 0.0
        return lower, upper

    def _upper(self, movable: BoolArray) -> FloatArray:
        up = np.where(movable, _LARGEST_STEP, 0.0)
        down = np.where(movable, np.minimum(self.room, _LARGEST_STEP), 0.0)
        return np.concatenate([up, down])

    def _read(self, value: FloatArray) -> Change | None:
        """Turn a solution into whole steps, scaled up if need be; None if it has none."""
        size = len(self.room)
        real = value[:size] - value[size:]
        for factor in (1, 2, 3):
            steps = np.rint(real * factor).astype(np.int64)
            if np.abs(real * factor - steps).max() < _TOLERANCE and self._allows(steps):
                cells = np.flatnonzero(steps)
                return Change(cells, steps[cells])
        return None

    def _allows(self, steps: IntArray) -> bool:
        """Whether the table may change by these steps, checked in whole numbers."""
        moved = np.asarray(self.matrix @ steps)
        kept = np.where(self.equality, moved == 0, moved <= self.slack)
        return bool(kept.all() and (steps >= -self.room).all())

    def _find_whole(self, lower: FloatArray, upper: FloatArray, cost: FloatArray) -> Change | None:
        return some_whole(self._model(cost, lower, upper), self._read)

    def _model(self, cost: FloatArray, lower: FloatArray, upper: FloatArray) -> highspy.HighsLp:
        """The program: rises and falls as separate columns, so that their price is positive."""
        both = sparse.csc_array(sparse.hstack([self.matrix, -self.matrix]))
        left = np.where(self.equality, 0.0, -highspy.kHighsInf)
        right = np.where(self.equality, 0.0, self.slack)
        return linear_program(both, np.concatenate([cost, cost]), (lower, upper), (left, right))


def possible_table(
    matrix: sparse.csr_array,
    equality: BoolArray,
    rest: IntArray,
    value: IntArray,
    lower: IntArray,
    unknown: BoolArray,
) -> IntArray | None:
    """Fill in whole numbers that a publisher hid or never delivered.

    Parameters
    ----------
    rest
        Shape (rows,): what fixed cells contribute.
    value
        Shape (cells,): the true number where it is known.
    unknown
        Shape (cells,): cells to fill in.

    Returns
    -------
    numpy.ndarray or None
        `value` with the unknown cells filled; None where no numbers fit.
    """
    if not unknown.any():
        return value
    cells = np.flatnonzero(unknown)
    part = sparse.csc_array(matrix[:, cells])
    right = -(np.asarray(matrix @ np.where(unknown, 0, value)) + rest).astype(np.float64)
    columns = (lower[cells].astype(np.float64), np.full(len(cells), highspy.kHighsInf))
    left = np.where(equality, right, -highspy.kHighsInf)
    model = linear_program(part, np.zeros(len(cells)), columns, (left, right))
    solver = solver_of(in_whole_numbers(model))
    solver.run()
    if solver.getModelStatus() != OPTIMAL:
        return None
    filled = value.copy()
    filled[cells] = np.rint(solver.getSolution().col_value).astype(np.int64)
    return filled
