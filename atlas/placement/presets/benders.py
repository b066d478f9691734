r"""Proof of the best p places: Benders cuts by sorting, and branching on places.

The master problem knows only places and what each area costs:

.. math::

    \min \sum_i \theta_i \quad
    \sum_j y_j = p, \quad
    \theta_i \ge c_i^k - \sum_{j : c_{ij} < c_i^k} (c_i^k - c_{ij}) \, y_j
    \quad \forall i, k, \quad y_j \in \{0, 1\}

where :math:`c_i^k` is the k-th cheapest place of area i. For given :math:`y`, fractional or
not, the strongest of the cuts of an area is that of the first place in its order with which
the places sum to 1: one pass over sorted lists, all areas at once (Durán-Mateluna, Alès,
Elloumi, "An efficient Benders decomposition for the p-median problem", EJOR 308, 2023).

Cuts begin where the prices of `lagrange.py` lie. Their dual values are prices again, and
every bound that is used here is computed from prices, not read from the solver.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from atlas.placement.presets.lagrange import Bound, Choice, bound_of
from atlas.placement.presets.near import Floats, Ints, Near, ranges, tally
from atlas.placement.presets.solver import end_early, exact_solver, run_within
from atlas.placement.presets.triples import (
    no_triples,
    of_areas,
    sharper_bound,
    together,
    violated,
)
from atlas.placement.presets.watch import Watch

_VIOLATED = 1e-8
_WHOLE = 1e-6
_FULL = 1.0 - 1e-9


@dataclass(frozen=True)
class Relaxed:
    """What the linear relaxation of the master problem says.

    Parameters
    ----------
    bound
        No choice among the undecided places costs less.
    share
        Shape (J,): :math:`y`, between 0 and 1.
    settled
        No cut is violated: `share` costs what the bound says.
    possible
        There is a solution at all.
    """

    bound: Bound
    share: Floats
    settled: bool
    possible: bool = True

    @property
    def whole(self) -> bool:
        """Whether all shares are 0 or 1."""
        return bool(np.abs(self.share - np.rint(self.share)).max(initial=0.0) < _WHOLE)


class Master:
    """The master problem in a solver that keeps its basis from one question to the next.

    Parameters
    ----------
    near
        Lists of undecided places only.
    choice
        How many of them are chosen.
    scale
        A usual cost of an area; costs are divided by it.
    """

    def __init__(self, near: Near, choice: Choice, scale: float, watch: Watch) -> None:
        self.near, self.watch, self.scale = near, watch, max(scale, 1e-300)
        self.free = np.flatnonzero(~(choice.opened | choice.closed))
        self.column = np.full(near.places, -1, dtype=np.int32)
        self.column[self.free] = np.arange(len(self.free), dtype=np.int32)
        self.areas = len(near.rest)
        self._level = np.zeros(0)
        self._owner = np.zeros(0, dtype=np.int64)
        self._share = np.zeros(0, dtype=bool)
        self._triples, self._triple_rows = no_triples(), np.zeros(0, dtype=np.int64)
        self._least = near.cost_at(near.start[:-1], near.rest) / self.scale
        self._solver = exact_solver()
        # Costs are around 1 already; scaled again, the same bases take longer.
        self._solver.setOptionValue("simplex_scale_strategy", 0)
        end_early(self._solver, watch)
        self._solver.passModel(self._empty(choice.left))

    def _empty(self, left: int) -> highspy.HighsLp:
        """Places, costs, and how many places are chosen."""
        places, areas = len(self.free), self.areas
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = places + areas, 1
        lp.col_cost_ = np.concatenate([np.zeros(places), np.ones(areas)])
        lp.col_lower_ = np.concatenate([np.zeros(places), self._least])
        lp.col_upper_ = np.concatenate([np.ones(places), np.full(areas, np.inf)])
        lp.row_lower_ = lp.row_upper_ = np.array([float(left)])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array([0, places])
        lp.a_matrix_.index_ = np.arange(places, dtype=np.int32)
        lp.a_matrix_.value_ = np.ones(places)
        return lp

    def add(self, areas: Ints, position: Ints) -> None:
        """Add the cuts of some areas at the given places of their lists.

        An area that must be served has, at the end of its list, the cut that one of the
        places is open.
        """
        near = self.near
        level = near.cost_at_of(areas, position)
        must = np.isinf(level)
        begin = near.start[areas]
        entries = ranges(begin, position)
        row = np.repeat(np.arange(len(areas)), position - begin)
        value = np.where(must[row], 1.0, (level[row] - near.cost[entries]) / self.scale)
        keep = value > 0.0
        row, value, index = row[keep], value[keep], self.column[near.place[entries[keep]]]
        theta = np.flatnonzero(~must)
        row = np.concatenate([row, theta])
        value = np.concatenate([value, np.ones(len(theta))])
        index = np.concatenate([index, len(self.free) + areas[theta]])
        by = np.argsort(row, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(areas)))[:-1]])
        low = np.where(must, 1.0, level / self.scale)
        self._solver.addRows(
            len(areas), low, np.full(len(areas), np.inf), len(row), start.astype(np.int32),
            index[by].astype(np.int32), value[by],
        )  # fmt: skip
        self._level = np.concatenate([self._level, np.where(must, 1.0 * self.scale, level)])
        self._owner = np.concatenate([self._owner, areas])
        self._share = np.concatenate([self._share, ~must])

    def add_around(self, price: Floats) -> None:
        """Add the cuts just below and above given prices: together they prove their bound."""
        near = self.near
        below = np.bincount(near.owner[near.cost <= price[near.owner]], minlength=self.areas)
        at = near.start[:-1] + below
        some = np.flatnonzero((at < near.start[1:]) | np.isfinite(near.rest))
        self.add(some, at[some])
        # A cut at the first cost says nothing: an area costs at least that anyway.
        level = near.cost_at(at - 1, near.rest) / self.scale
        lower = np.flatnonzero((below > 1) & (level > self._least))
        self.add(lower, at[lower] - 1)

    def sharpen(self, share: Floats) -> int:
        """Add the cuts of three areas that shares violate; answers how many.

        Only where every place costs an area nothing or all its need.
        """
        areas = violated(self.near, share)
        new = of_areas(self.near, areas)
        many = len(areas)
        row = np.concatenate([new.row, np.repeat(np.arange(many), 3)])
        index = np.concatenate([self.column[new.place], len(self.free) + areas.ravel()])
        value = np.concatenate([new.times, self.scale / self.near.rest[areas.ravel()]])
        by = np.argsort(row, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=many))])[:-1]
        self._solver.addRows(
            many, np.full(many, 2.0), np.full(many, np.inf), len(row), start.astype(np.int32),
            index[by].astype(np.int32), value[by],
        )  # fmt: skip
        rows = len(self._level) + np.arange(many)
        self._triple_rows = np.concatenate([self._triple_rows, rows])
        self._triples = together(self._triples, new)
        self._level = np.append(self._level, np.zeros(many))
        self._owner = np.append(self._owner, np.zeros(many, dtype=np.int64))
        self._share = np.append(self._share, np.zeros(many, dtype=bool))
        return many

    def basis(self) -> highspy.HighsBasis:
        """Where the solver stands, to go on from there later."""
        return self._solver.getBasis()

    @property
    def steps(self) -> int:
        """Of the simplex algorithm, in the last relaxation."""
        return int(self._solver.getInfo().simplex_iteration_count)

    def resume(self, basis: highspy.HighsBasis | None) -> None:
        """Go on from where the solver stood before; cuts added since then are not tight yet."""
        if basis is None:
            return
        new = 1 + len(self._level) - len(basis.row_status)
        if new:
            basis.row_status = [*basis.row_status, *([highspy.HighsBasisStatus.kBasic] * new)]
        self._solver.setBasis(basis)

    def relax(self, choice: Choice, goal: float, rounds: int) -> Relaxed:
        """Solve the linear relaxation within a choice, adding cuts as long as they help.

        Parameters
        ----------
        choice
            Places decided beyond those the master was made with.
        goal
            A bound of this much is enough.
        """
        places = len(self.free)
        lower = choice.opened[self.free].astype(np.float64)
        upper = (~choice.closed[self.free]).astype(np.float64)
        index = np.arange(places, dtype=np.int32)
        self._solver.changeColsBounds(places, index, lower, upper)
        self._solver.setOptionValue("objective_bound", goal / self.scale + _VIOLATED)
        best = self._once(choice)
        for _ in range(rounds - 1):
            if not best.possible or best.settled or best.bound.value >= goal:
                break
            if self.watch.over():
                break
            found = self._once(choice)
            if found.bound.value < best.bound.value:
                found = Relaxed(best.bound, found.share, found.settled, found.possible)
            best = found
        return best

    def _once(self, choice: Choice) -> Relaxed:
        """Solve once, compute the bound from the duals, add what is violated."""
        self.watch.spend()
        status = run_within(self._solver, self.watch)
        near = self.near
        solution = self._solver.getSolution()
        if status == highspy.HighsModelStatus.kInfeasible:
            nothing = bound_of(near, choice, near.cost_at(near.start[:-1], near.rest))
            return Relaxed(nothing, choice.opened.astype(np.float64), True, possible=False)
        values, dual = np.asarray(solution.col_value), np.asarray(solution.row_dual)[1:]
        share = np.zeros(near.places)
        share[self.free] = np.clip(values[: len(self.free)], 0.0, 1.0)
        bound = self._bound(choice, dual)
        if status != highspy.HighsModelStatus.kOptimal:
            return Relaxed(bound, share, settled=False)
        cost = values[len(self.free) :] * self.scale
        return Relaxed(bound, share, settled=not self._cut(share, cost))

    def _bound(self, choice: Choice, dual: Floats) -> Bound:
        """What the dual values prove."""
        price = self._prices(dual)
        if not len(self._triple_rows):
            return bound_of(self.near, choice, price)
        extra = dual[self._triple_rows] * self.scale
        return sharper_bound(self.near, choice, price, self._triples, extra)

    def _prices(self, dual: Floats) -> Floats:
        """Prices from the dual values of the cuts: the mean of their levels."""
        dual = np.maximum(dual, 0.0)
        price = tally(self._owner, dual * self._level, self.areas)
        used = tally(self._owner, dual * self._share, self.areas)
        unused: Floats = np.maximum(1.0 - used, 0.0)
        return price + unused * self._least * self.scale

    def _cut(self, share: Floats, cost: Floats) -> int:
        """Add the strongest violated cut of every area; answers how many."""
        position, value = strongest(self.near, share)
        some = np.flatnonzero(value > cost + _VIOLATED * self.scale)
        if len(some):
            self.add(some, position[some])
        return len(some)


def strongest(near: Near, share: Floats) -> tuple[Ints, Floats]:
    """The strongest cut of every area, and what it says the area costs.

    Returns
    -------
    array, array
        Shape (I,): the position in the list, its end where all its places together are open
        by less than 1; and the cost, infinite where such an area must be served.
    """
    mine = share[near.place]
    total = np.concatenate([[0.0], np.cumsum(mine)])
    before = total[near.start[:-1]]
    # Sums run through all lists; within a list they rise, so the first is found by searching.
    position = np.searchsorted(total[1:], before + _FULL, side="left")
    position = np.minimum(position, near.start[1:])
    level = near.cost_at(position, near.rest)
    finite = np.where(np.isfinite(level), level, 0.0)
    spent = np.concatenate([[0.0], np.cumsum(mine * near.cost)])
    begin = near.start[:-1]
    filled = total[position] - total[begin]
    value = np.full(len(level), np.inf)
    within = np.isfinite(level)
    value[within] = (finite * (1.0 - filled) + (spent[position] - spent[begin]))[within]
    return position, value
