"""The best choice of places known so far."""

from collections.abc import Callable

import numpy as np

from atlas.placement.presets.near import Bools, Floats, Ints, Near
from atlas.placement.presets.watch import Watch

_ALMOST = 1e-6

TrueCost = Callable[[Ints, Bools], Floats]


class Incumbent:
    """Keeps the cheapest choice that was offered.

    Parameters
    ----------
    near
        The lists. Where all costs are whole numbers, a better choice is better by 1 at least.
    true_cost
        What areas cost that find no chosen place in a list that was cut off.
    """

    def __init__(self, near: Near, true_cost: TrueCost | None = None) -> None:
        self._near, self._true_cost = near, true_cost
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
        goal = watch.goal(self.value)
        return min(goal, self.value - 1.0 + _ALMOST) if self._whole else goal

    def proven(self, bound: float) -> float:
        """The bound as far as it is one: whole where costs are whole, never above the best."""
        if self._whole:
            bound = float(np.ceil(bound - _ALMOST / 2))
        return min(bound, self.value)

    def gap(self, bound: float) -> float:
        """How far the best choice can be from the best possible one, 0 to 1."""
        if self.value <= 0.0:
            return 0.0
        if not np.isfinite(self.value):
            return 1.0
        return max(0.0, (self.value - bound) / self.value)
