"""Unknowns that sums tie into a knot, and what a reader can infer about each of them."""

import highspy
import numpy as np

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.nearby import Nearby, Sums
from indicators.disclosure.programs import INFEASIBLE, OPTIMAL, in_whole_numbers, solver_of

_TOLERANCE = 1e-6
_NODES = 200000
"""Limit of the search for whole numbers; counted in nodes, so that it is deterministic."""
_WITNESSES = 40
"""How many whole tables are remembered per knot."""

_TIMES = (1, 2, 3)
_VERTICES = 8
"""At how many vertices a whole table is looked for before branching."""


class Knot:
    """One solver for all questions on unknowns that hang together.

    Parameters
    ----------
    sums
        What binds the unknowns.
    nearby
        Tables near the truth, where it is known: they answer most questions at once.
    """

    def __init__(self, sums: Sums, nearby: Nearby | None) -> None:
        size = len(sums.low)
        self._sums, self._nearby = sums, nearby
        self._seen_low, self._seen_high = np.full(size, np.inf), np.full(size, -np.inf)
        self._witnesses: list[IntArray] = []
        self._solver = solver_of(sums.program())
        self._cost = np.zeros(size)
        self.feasible = self._run(np.ones(size))
        # The next programs differ in the objective alone: the last vertex stays feasible.
        self._solver.setOptionValue("simplex_strategy", 4)

    def extreme(self, at: int, sign: int) -> float:
        """Largest or smallest value of an unknown; inf where nothing bounds it."""
        end = self._sums.high[at] if sign > 0 else self._sums.low[at]
        seen = self._seen_high if sign > 0 else self._seen_low
        if sign * seen[at] < sign * end - _TOLERANCE:
            cost = np.zeros(len(self._cost))
            cost[at] = -sign
            if not self._run(cost):
                return float(sign * np.inf)
        return float((self._seen_high if sign > 0 else self._seen_low)[at])

    def can_pass(
        self, at: int, sign: int, bound: int, other: int = -1, value: int = 0
    ) -> bool | None:
        """Whether an unknown can reach a bound in whole numbers; None if that stays open.

        Parameters
        ----------
        other, value
            An unknown whose value the reader knows besides; -1 for none.
        """
        for table in reversed(self._witnesses):
            if sign * table[at] >= sign * bound and (other < 0 or table[other] == value):
                return True
        near = self._nearby
        if near is not None and (other < 0 or near.truth[other] == value):
            possible = self._look_near(near, at, sign, bound, other)
            if possible is not None:
                return possible
        low, high = self._sums.low.copy(), self._sums.high.copy()
        if sign > 0:
            low[at] = max(low[at], bound)
        else:
            high[at] = min(high[at], bound)
        if other >= 0:
            low[other], high[other] = max(low[other], value), min(high[other], value)
        return self._find_whole(low, high)

    def always_move(self, at: int, sign: int, bound: int, others: IntArray) -> BoolArray:
        """Which of the others leave their true value in every table at hand that passes a bound.

        Each of these tables shows that whoever knows an unmoved one learns nothing.
        """
        every = np.ones(len(others), dtype=np.bool_)
        if self._nearby is None:
            return every
        values = self._nearby.truth[others]
        for table in reversed(self._witnesses):
            if sign * table[at] >= sign * bound:
                every &= table[others] != values
            if not every.any():
                break
        return every

    def _look_near(self, near: Nearby, at: int, sign: int, bound: int, other: int) -> bool | None:
        """Ask for a table near the truth: False and whole tables settle the question.

        Halves and thirds on the way from the truth become whole a few times as far.
        """
        possible, table = near.find(at, sign, bound, other)
        if table is None:
            return possible
        for times in _TIMES:
            if self._note(near.truth + times * (table - near.truth)) is not None:
                return True
        return None

    def _run(self, cost: FloatArray) -> bool:
        changed = np.flatnonzero(cost != self._cost).astype(np.int32)
        self._solver.changeColsCost(len(changed), changed, cost[changed])
        self._cost = cost
        self._solver.run()
        if self._solver.getModelStatus() != OPTIMAL:
            return False
        self._see(np.asarray(self._solver.getSolution().col_value, dtype=np.float64))
        return True

    def _see(self, value: FloatArray) -> None:
        """Take in a solution, be it in fractions."""
        self._seen_low = np.minimum(self._seen_low, value)
        self._seen_high = np.maximum(self._seen_high, value)
        self._note(value)

    def _note(self, value: FloatArray) -> IntArray | None:
        """Remember a table in whole numbers if that is what a solution is."""
        whole = np.rint(value).astype(np.int64)
        if np.abs(value - whole).max(initial=0.0) > _TOLERANCE or not self._sums.fit(whole):
            return None
        self._seen_low = np.minimum(self._seen_low, whole)
        self._seen_high = np.maximum(self._seen_high, whole)
        self._witnesses.append(whole)
        if len(self._witnesses) > _WITNESSES:
            del self._witnesses[0]
        return whole

    def _find_whole(self, low: FloatArray, high: FloatArray) -> bool | None:
        """Search a whole table within limits: first among vertices, then by branching."""
        if (low > high).any():
            return False
        model = self._sums.program(low, high)
        at_vertex = self._look_at_vertices(solver_of(model), np.isfinite(high))
        if at_vertex is not None:
            return at_vertex
        solver = solver_of(in_whole_numbers(model))
        solver.setOptionValue("mip_max_nodes", _NODES)
        solver.run()
        if solver.getModelStatus() == OPTIMAL:
            found = self._note(np.rint(np.asarray(solver.getSolution().col_value)))
            return True if found is not None else None
        return False if solver.getModelStatus() == INFEASIBLE else None

    def _look_at_vertices(self, solver: highspy.Highs, limited: BoolArray) -> bool | None:
        """Look for a whole table among a few vertices, each the best by other prices.

        Most vertices of such tables are whole.

        Returns
        -------
        bool or None
            False: nothing fits, not even in fractions; None: not settled.
        """
        size, draw = len(limited), np.random.default_rng(0)
        columns = np.arange(size, dtype=np.int32)
        for _ in range(_VERTICES):
            price = draw.random(size) - np.where(limited, 0.5, 0.0)
            solver.changeColsCost(size, columns, price)
            solver.run()
            if solver.getModelStatus() == INFEASIBLE:
                return False
            if solver.getModelStatus() == OPTIMAL and (
                self._note(np.asarray(solver.getSolution().col_value)) is not None
            ):
                return True
        return None
