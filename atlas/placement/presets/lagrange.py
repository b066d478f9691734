r"""A lower bound of the p-median problem by prices, and what it proves about single places.

Every area i gets a price :math:`\lambda_i` it pays for being served; then each place earns

.. math:: \rho_j = -\sum_i \max(0, \lambda_i - c_{ij})

and for ANY prices no choice of p places costs less than

.. math:: L(\lambda) = \sum_i \lambda_i + \min_{|S| = p} \sum_{j \in S} \rho_j .

The best prices are found by subgradient steps (Held, Wolfe, Crowder 1974; for the p-median
problem Narula, Ogbu, Samuelsson 1977). Whatever finds the prices, the bound is computed
here from the definition, so that no tolerance of a solver enters it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from atlas.placement.presets.near import Bools, Floats, Near, tally

_PATIENCE, _NOTABLE = 8, 1e-5
_LEAST = 1e-9
_SMALLEST_STEP = 0.05
_MEMORY = 0.6
"""Share of the last direction in the next one: it damps the zigzag."""


@dataclass(frozen=True)
class Choice:
    """How many places are to be chosen, and which are decided.

    Parameters
    ----------
    sites
        Number of places, the ones that are open for sure included.
    opened, closed
        Shape (J,): decided places.
    """

    sites: int
    opened: Bools
    closed: Bools

    @property
    def left(self) -> int:
        """Places still to be chosen."""
        return self.sites - int(self.opened.sum())

    @property
    def undecided(self) -> int:
        """Places that may still be chosen or not."""
        return int((~(self.opened | self.closed)).sum())


@dataclass(frozen=True)
class Bound:
    r"""What some prices prove.

    Parameters
    ----------
    value
        No choice costs less.
    price
        Shape (I,): :math:`\lambda_i`.
    earning
        Shape (J,): :math:`\rho_j`.
    picked
        Shape (J,): the places that earn most.
    """

    value: float
    price: Floats
    earning: Floats
    picked: Bools


def bound_of(near: Near, choice: Choice, price: Floats) -> Bound:
    """The bound of given prices; they are lowered to what being unserved costs."""
    price = np.minimum(price, near.rest)
    saved = price[near.owner] - near.cost
    np.maximum(saved, 0.0, out=saved)
    earning = -tally(near.place, saved, near.places)
    picked = choice.opened.copy()
    free = np.flatnonzero(~(choice.opened | choice.closed))
    picked[free[np.argsort(earning[free], kind="stable")[: choice.left]]] = True
    value = float(price.sum() + earning[picked].sum())
    return Bound(value, price, earning, picked)


def decide(bound: Bound, choice: Choice, goal: float) -> Choice:
    """Close or open the places whose other state would cost at least `goal`.

    A place that is not picked costs at least the bound with it in place of the last one
    picked; a picked one, the bound with the next one in its place.
    """
    free = ~(choice.opened | choice.closed)
    taken, out = free & bound.picked, free & ~bound.picked
    opened, closed = choice.opened.copy(), choice.closed.copy()
    if taken.any():
        closed[out] = bound.value + (bound.earning[out] - bound.earning[taken].max()) >= goal
    if out.any():
        opened[taken] = bound.value + (bound.earning[out].min() - bound.earning[taken]) >= goal
    return Choice(choice.sites, opened, closed)


def ascend(
    near: Near,
    choice: Choice,
    price: Floats,
    known: Callable[[Bound, int], float | None],
    steps: int,
) -> Bound:
    """Raise the bound step by step.

    Parameters
    ----------
    price
        Shape (I,): where to begin.
    known
        Is told every bound and its number; answers what the best known choice costs, None to
        end.
    steps
        At most so many.

    Returns
    -------
    Bound
        The best one.
    """
    weight, least = _scale(near), near.cost_at(near.start[:-1], near.rest)
    bound = best = bound_of(near, choice, np.maximum(price, least))
    direction = np.zeros_like(price)
    pace, since = 1.0, 0
    for step in range(1, steps + 1):
        cost, slope = known(bound, step), _slope(near, bound)
        direction = _MEMORY * direction + (1 - _MEMORY) * slope
        size = float((weight * direction * direction).sum())
        if cost is None or pace < _SMALLEST_STEP or size <= 0.0 or not slope.any():
            break
        length = pace * max(cost - bound.value, _LEAST * abs(cost)) / size
        bound = bound_of(near, choice, np.maximum(bound.price + length * weight * direction, least))
        since = 0 if bound.value > best.value + _NOTABLE * abs(best.value) else since + 1
        best = bound if bound.value > best.value else best
        if since >= _PATIENCE:
            pace, since, bound, direction = pace / 2, 0, best, np.zeros_like(price)
    return best


def _scale(near: Near) -> Floats:
    """How far prices of different areas lie apart: an area with much need moves faster."""
    finite = np.where(np.isfinite(near.rest), near.rest, 0.0)
    most = np.maximum.reduceat(
        np.append(near.cost, 0.0), np.minimum(near.start[:-1], len(near.cost))
    )
    scale = np.maximum(np.where(np.diff(near.start) > 0, most, 0.0), finite)
    even: Floats = np.maximum(scale / max(float(scale.mean()), 1e-300), 1e-3)
    return even


def _slope(near: Near, bound: Bound) -> Floats:
    """1 minus how many picked places would serve the area at its price."""
    used = bound.picked[near.place] & (near.cost < bound.price[near.owner])
    times = np.bincount(near.owner[used], minlength=len(near.rest))
    return 1.0 - times.astype(np.float64)
