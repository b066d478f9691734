r"""The p-center problem: p places so that the longest way is as short as possible.

.. math::

    \min W \quad \sum_j m_{ij} x_{ij} \le W \;\forall i, \quad
    \sum_j x_{ij} = 1, \quad x_{ij} \le y_j, \quad \sum_j y_j = p,
    \quad x_{ij} \ge 0, \; y_j \in \{0, 1\}

The longest way is one of the given minutes. p places that reach everyone within a number of
minutes exist or don't, which is an LSCP; the smallest such number is found by halving the
sorted list of all minutes (Minieka 1970).
"""

import numpy as np

from atlas.placement.presets.cheapest import Found
from atlas.placement.presets.covering import cover_all
from atlas.placement.presets.lagrange import Choice
from atlas.placement.presets.near import Bools, Floats
from atlas.placement.presets.watch import Known, Watch

_STEP = "Suche den kürzesten längsten Weg"


def solve_center(minutes: Floats, choice: Choice, begin: Bools, watch: Watch) -> Found:
    """Choose p places so that the longest way is as short as possible.

    Parameters
    ----------
    minutes
        Shape (I, J), infinite where there is no way.
    begin
        Shape (J,): at most p places that reach everyone.

    Returns
    -------
    Found
        Value and bound in minutes.
    """
    best = Found(begin, longest_way(minutes, begin), _shortest_possible(minutes, choice))
    steps = _steps(minutes, best.bound, best.value)
    while len(steps) > 1 and not _enough(best, watch):
        watch.spend()
        gap = (best.value - best.bound) / best.value
        watch.tell_gap(_STEP, Known(best.value, best.bound, gap))
        tried = steps[(len(steps) - 1) // 2]
        found = cover_all(
            minutes <= tried, choice.opened, choice.closed, watch, enough=choice.sites
        )
        if found.value <= choice.sites:
            best = Found(found.chosen, longest_way(minutes, found.chosen), best.bound)
            steps = steps[steps <= best.value]
        elif found.bound > choice.sites:
            steps = steps[steps > tried]
            best = Found(best.chosen, best.value, float(steps[0]))
        else:
            break
    if len(steps) == 1:
        best = Found(best.chosen, best.value, best.value)
    return best


def longest_way(minutes: Floats, chosen: Bools) -> float:
    """The longest of all ways to the nearest chosen place."""
    return float(minutes[:, chosen].min(axis=1).max(initial=0.0))


def _shortest_possible(minutes: Floats, choice: Choice) -> float:
    """With every place that is allowed nobody's way is shorter."""
    return longest_way(minutes, ~choice.closed)


def _steps(minutes: Floats, low: float, high: float) -> Floats:
    """All different minutes between two, both included."""
    return np.unique(minutes[(minutes >= low) & (minutes <= high)])


def _enough(best: Found, watch: Watch) -> bool:
    return watch.over() or best.bound >= (1.0 - watch.limits.gap) * best.value
