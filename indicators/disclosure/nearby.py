"""Tables near the true one, in which an unknown is as low or as high as it must be able to be."""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.programs import INFEASIBLE, OPTIMAL, linear_program, solver_of

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
        size = len(truth)
        self._room = np.concatenate([sums.high - truth, truth - sums.low])
        rest = np.where(sums.equality, 0.0, sums.right - np.asarray(sums.matrix @ truth))
        price = np.full(size, _OTHERS)
        price[dear] = 1.0
        self._solver = solver_of(
            linear_program(
                sparse.hstack([sums.matrix, -sums.matrix]),
                np.concatenate([price, price]),
                (np.zeros(2 * size), self._room),
                (np.where(sums.equality, 0.0, -highspy.kHighsInf), rest),
            )
        )

    def find(
        self, at: int, sign: int, bound: int, still: int = -1
    ) -> tuple[bool | None, FloatArray | None]:
        """Look for the table nearest to the truth in which an unknown passes a bound.

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
        size, step = len(self.truth), sign * (bound - int(self.truth[at]))
        if step <= 0:
            return True, self.truth.astype(np.float64)
        must, must_not = (at, at + size) if sign > 0 else (at + size, at)
        if step > self._room[must] or still == at:
            return False, None
        columns = np.array([must, must_not], dtype=np.int32)
        lower, upper = np.array([float(step), 0.0]), np.array([float(self._room[must]), 0.0])
        if still >= 0:
            columns = np.concatenate([columns, [still, still + size]]).astype(np.int32)
            lower, upper = np.append(lower, [0.0, 0.0]), np.append(upper, [0.0, 0.0])
        solver, count = self._solver, len(columns)
        solver.changeColsBounds(count, columns, lower, upper)
        solver.run()
        status, table = solver.getModelStatus(), None
        if status == OPTIMAL:
            moved = np.asarray(solver.getSolution().col_value, dtype=np.float64)
            table = self.truth + moved[:size] - moved[size:]
        solver.changeColsBounds(count, columns, np.zeros(count), self._room[columns])
        return {OPTIMAL: True, INFEASIBLE: False}.get(status), table
