"""The best choice of places known so far."""

from collections.abc import Callable

import numpy as np

from atlas.placement.presets.near import Bools, Floats, Ints, Near
from atlas.placement.presets.watch import EXACT, Known, Watch

_ALMOST, _ALMOST_ALL = 1e-6, 0.999

TrueCost = Callable[[Ints, Bools], Floats]


class Incumbent:
    """Keeps the cheapest choice that was offered.

    Parameters
    ----------
    near
        The lists. Where all costs are whole numbers, a better choice is better by 1 at least.
    true_cost
        What areas cost that find no chosen place in a list that was cut off.
    worth
        Where something is to be gained: what there is at most. A choice gains the worth minus
        its cost, and gaps are shares of the gain.
    too_much
        Proof that every choice costs this much is enough.
    """

    def __init__(
        self,
        near: Near,
        true_cost: TrueCost | None = None,
        worth: float | None = None,
        too_much: float = float("inf"),
    ) -> None:
        self._near, self._true_cost, self._worth = near, true_cost, worth
        self._too_much = too_much
        self._whole = bool((near.cost == np.rint(near.cost)).all()) and bool(
            (np.isinf(near.rest) | (near.rest == np.rint(near.rest))).all()
        )
        self.chosen: Bools = np.zeros(near.places, dtype=bool)
        self.value = float("inf")

    def offer(self, chosen: Bools) -> bool:
        """Keep a choice if it is better than what was known; answers whether it is."""
        value = self.cost(chosen)
        if value >= self.value:
            return False
        self.chosen, self.value = chosen.copy(), value
        return True

    def cost(self, chosen: Bools) -> float:
        """What a choice costs; infinite where it leaves an area without a place."""
        first, _ = self._near.first_two(chosen)
        cost = self._near.cost_at(first, self._near.rest)
        lost = np.flatnonzero((first >= self._near.start[1:]) & self._near.short)
        if len(lost) and self._true_cost is not None:
            cost[lost] = self._true_cost(lost, chosen)
        return float(cost.sum())

    def goal(self, watch: Watch) -> float:
        """A bound of this much is proof enough."""
        gap = max(watch.limits.gap, EXACT / 2)
        goal = self.value - gap * abs(self.value)
        if self._worth is not None:
            goal = self._worth - (self._worth - self.value) / (1.0 - min(gap, _ALMOST_ALL))
        goal = min(goal, self._too_much)
        return min(goal, self.value - 1.0 + _ALMOST) if self._whole else goal

    def proven(self, bound: float) -> float:
        """The bound as far as it is one: whole where costs are whole, never above the best."""
        if self._whole:
            bound = float(np.ceil(bound - _ALMOST / 2))
        return min(bound, self.value)

    def gap(self, bound: float) -> float:
        """How far the best choice can be from the best possible one, 0 to 1."""
        most = self.value if self._worth is None else self._worth - bound
        if most <= 0.0:
            return 0.0
        return min(1.0, max(0.0, (self.value - bound) / most)) if np.isfinite(most) else 1.0

    def known(self, bound: float) -> Known:
        """What a bound tells of the best choice, as those who asked count it."""
        if self._worth is None:
            return Known(self.value, bound, self.gap(bound))
        return Known(self._worth - self.value, self._worth - bound, self.gap(bound))
