r"""The p-median problem: p places so that all ways together are shortest.

.. math::

    \min \sum_i \sum_j d_i \, m_{ij} \, x_{ij} \quad
    \sum_j x_{ij} = 1, \quad x_{ij} \le y_j, \quad \sum_j y_j = p, \quad
    x_{ij} \ge 0, \; y_j \in \{0, 1\}

with the need :math:`d_i` of demand i, the minutes :math:`m_{ij}` to place j, and
:math:`y_j = 1` where place j is chosen (Hakimi 1964; ReVelle and Swain 1970).
"""

import numpy as np

from atlas.placement.presets.cheapest import Found, Lists, cheapest
from atlas.placement.presets.lagrange import Choice
from atlas.placement.presets.near import Bools, Floats, Ints, Near, nearest
from atlas.placement.presets.watch import Watch

_SHORTEST, _PER_SITE = 60, 10
"""A list is first cut off at so many places, or so many times the places per chosen one."""


def solve_median(
    minutes: Floats, demand: Floats, choice: Choice, watch: Watch, begin: Bools | None = None
) -> Found:
    """Choose p places with the least sum of weighted minutes.

    Parameters
    ----------
    minutes
        Shape (I, J), infinite where there is no way.
    demand
        Shape (I,), above 0.
    begin
        Shape (J,): at most p places that serve everyone, where not any p places do.

    Returns
    -------
    Found
        Value and bound in weighted minutes.
    """
    allowed = ~choice.closed
    longest = max(_SHORTEST, int(np.ceil(_PER_SITE * allowed.sum() / choice.sites)))

    def lists(times: int) -> Near:
        return nearest(minutes, demand, allowed, longest * times)

    def true_cost(areas: Ints, chosen: Bools) -> Floats:
        best: Floats = minutes[np.ix_(areas, np.flatnonzero(chosen))].min(axis=1)
        return best * demand[areas]

    return cheapest(Lists(lists, true_cost), choice, watch, begin)
