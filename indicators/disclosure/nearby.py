"""Tables near the true one, in which an unknown is as low or as high as it must be able to be."""

from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.programs import INFEASIBLE, OPTIMAL, solver_of
from indicators.disclosure.surroundings import LARGE, Surroundings
from indicators.programs import linear_program

_OTHERS = 0.01
"""Price of moving an unknown that nobody knows; one that somebody knows costs 1."""


@dataclass(frozen=True)
class Sums:
    """What binds some unknowns: the rows (at most `right`, or exactly), and limits of each.

    Parameters
    ----------
    matrix, equality, right
        Shape (rows, unknowns) and (rows,), whole numbers.
    low, high
        Shape (unknowns,); infinite where there is none.
    """

    matrix: sparse.csr_array
    equality: BoolArray
    right: IntArray
    low: FloatArray
    high: FloatArray

    def fit(self, table: IntArray) -> bool:
        """Whether whole numbers fulfil everything, checked in whole numbers."""
        rest = np.asarray(self.matrix @ table) - self.right
        fits = np.where(self.equality, rest == 0, rest <= 0)
        return bool(fits.all() and (table >= self.low).all() and (table <= self.high).all())

    def program(
        self, low: FloatArray | None = None, high: FloatArray | None = None
    ) -> highspy.HighsLp:
        """The linear program without an objective, within narrower limits if they are given."""
        ends = self.right.astype(np.float64)
        columns = (self.low if low is None else low, self.high if high is None else high)
        rows = (np.where(self.equality, ends, -np.inf), ends)
        return linear_program(self.matrix, np.zeros(len(self.low)), columns, rows)


class Nearby:
    """Moves the true table as little as possible, from one question to the next.

    Rises and falls are separate columns, so that both have a price. What cannot be reached
    from the truth in fractions cannot be reached at all: the program is the reader's own.

    Parameters
    ----------
    sums
        What every table must fulfil.
    truth
        Shape (unknowns,): a table that does.
    dear
        Numbers of unknowns that should rather not move.
    """

    def __init__(self, sums: Sums, truth: IntArray, dear: IntArray) -> None:
        self.truth = truth
        self._sums = sums
        self._rest = np.where(sums.equality, 0.0, sums.right - np.asarray(sums.matrix @ truth))
        self._price = np.full(len(truth), _OTHERS)
        self._price[dear] = 1.0
        self._around = Surroundings(sums.matrix)
        self._last: tuple[int, _Moves] | None = None

    def find(
        self, at: int, sign: int, bound: int, still: int = -1
    ) -> tuple[bool | None, FloatArray | None]:
        """Look for the table nearest to the truth in which an unknown passes a bound.

        In a large table what is near the unknown is looked at first.

        Parameters
        ----------
        at
            The unknown must be at least (`sign` +1) or at most (-1) `bound`.
        still
            An unknown that must not move, -1 for none.

        Returns
        -------
        possible
            True: there is one, be it in fractions; False: there is none; None: not settled.
        table
            Shape (unknowns,), if there is one.
        """
        step = sign * (bound - int(self.truth[at]))
        if step <= 0:
            return True, self.truth.astype(np.float64)
        if still == at:
            return False, None
        if len(self.truth) >= LARGE:
            possible, table = self._near(at).find(at, sign, step, still)
            if possible:
                return possible, table
        return self._whole.find(at, sign, step, still)

    @cached_property
    def _whole(self) -> "_Moves":
        rows, size = self._sums.matrix.shape
        return self._moves(np.arange(size, dtype=np.int64), np.arange(rows, dtype=np.int64))

    def _near(self, at: int) -> "_Moves":
        if self._last is None or self._last[0] != at:
            self._last = at, self._moves(*self._around.of(at))
        return self._last[1]

    def _moves(self, unknowns: IntArray, rows: IntArray) -> "_Moves":
        matrix = self._sums.matrix
        matrix = matrix if len(unknowns) == matrix.shape[1] else matrix[rows][:, unknowns]
        up, down = (self._sums.high - self.truth)[unknowns], (self.truth - self._sums.low)[unknowns]
        limit = (np.where(self._sums.equality, 0.0, -highspy.kHighsInf)[rows], self._rest[rows])
        return _Moves(unknowns, matrix, limit, (up, down), self._price[unknowns], self.truth)


class _Moves:
    """The program over rises and falls of some unknowns; all others stay."""

    def __init__(
        self,
        unknowns: IntArray,
        matrix: sparse.csr_array,
        rows: tuple[FloatArray, FloatArray],
        room: tuple[FloatArray, FloatArray],
        price: FloatArray,
        truth: IntArray,
    ) -> None:
        self._unknowns, self._truth = unknowns, truth
        self._room = np.concatenate(room)
        both = sparse.hstack([matrix, -matrix])
        columns = (np.zeros(len(self._room)), self._room)
        self._solver = solver_of(
            linear_program(both, np.concatenate([price, price]), columns, rows)
        )

    def find(
        self, at: int, sign: int, step: int, still: int
    ) -> tuple[bool | None, FloatArray | None]:
        """See `Nearby.find`; the unknown must move by `step`, at least 1."""
        size, place = len(self._unknowns), int(np.searchsorted(self._unknowns, at))
        must, must_not = (place, place + size) if sign > 0 else (place + size, place)
        if step > self._room[must]:
            return False, None
        columns = np.array([must, must_not], dtype=np.int32)
        lower, upper = np.array([float(step), 0.0]), np.array([float(self._room[must]), 0.0])
        held = np.flatnonzero(self._unknowns == still).astype(np.int32)
        columns = np.concatenate([columns, held, held + size]).astype(np.int32)
        none = np.zeros(2 * len(held))
        lower, upper = np.concatenate([lower, none]), np.concatenate([upper, none])
        solver, count = self._solver, len(columns)
        solver.changeColsBounds(count, columns, lower, upper)
        solver.run()
        status, table = solver.getModelStatus(), None
        if status == OPTIMAL:
            moved = np.asarray(solver.getSolution().col_value, dtype=np.float64)
            table = self._truth.astype(np.float64)
            table[self._unknowns] += moved[:size] - moved[size:]
        solver.changeColsBounds(count, columns, np.zeros(count), self._room[columns])
        return {OPTIMAL: True, INFEASIBLE: False}.get(status), table
