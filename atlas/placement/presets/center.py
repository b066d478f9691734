r"""The p-center problem: p places so that the longest way is as short as possible.

.. math::

    \min W \quad \sum_j m_{ij} x_{ij} \le W \;\forall i, \quad
    \sum_j x_{ij} = 1, \quad x_{ij} \le y_j, \quad \sum_j y_j = p,
    \quad x_{ij} \ge 0, \; y_j \in \{0, 1\}

The longest way is one of the given minutes. p places that reach everyone within a number of
minutes exist or don't, which `covers` answers; the smallest such number is found by halving the
sorted list of all minutes (Minieka 1970).
"""

import numpy as np

from atlas.placement.presets.cheapest import Found
from atlas.placement.presets.covering import covers
from atlas.placement.presets.lagrange import Choice
from atlas.placement.presets.near import Bools, Floats
from atlas.placement.presets.watch import Known, Watch

_STEP = "Suche den kürzesten längsten Weg"
_WORK, _MOST = 400, 10**9
"""So much work a question may take at first; four times as much once none is answered."""


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
    best = Found(begin, longest_way(minutes, begin), longest_way(minutes, ~choice.closed))
    work = _WORK
    while not _enough(best, watch) and work < _MOST:
        before = best
        best = _narrowed(minutes, choice, best, watch, work)
        if (best.value, best.bound) == (before.value, before.bound):
            work *= 4
    return best


def _narrowed(minutes: Floats, choice: Choice, best: Found, watch: Watch, work: int) -> Found:
    """Halve from both sides, leaving alone what cannot be answered with so much work.

    A number of minutes without an answer counts as too few from above and as enough from
    below: two searches that both end.
    """
    steps = np.unique(minutes[(minutes >= best.bound) & (minutes <= best.value)])
    low, high = 0, len(steps) - 1
    doubt = None
    while low < high and not _enough(best, watch):
        watch.spend()
        gap = (best.value - best.bound) / best.value
        watch.tell_gap(_STEP, Known(best.value, best.bound, gap))
        middle = (low + high) // 2
        chosen, impossible = covers(minutes <= steps[middle], choice, watch, work)
        if chosen is not None:
            best = Found(chosen, longest_way(minutes, chosen), best.bound)
            high = int(np.searchsorted(steps, best.value))
        elif impossible:
            best = Found(best.chosen, best.value, float(steps[middle + 1]))
            low = middle + 1
        else:
            doubt = middle if doubt is None else min(doubt, middle)
            low = middle + 1
    return best if doubt is None else _from_below(minutes, choice, best, watch, work)


def _from_below(minutes: Floats, choice: Choice, best: Found, watch: Watch, work: int) -> Found:
    """Raise the bound as far as it can be with so much work."""
    steps = np.unique(minutes[(minutes >= best.bound) & (minutes <= best.value)])
    low, high = 0, len(steps) - 1
    while low < high and not _enough(best, watch):
        middle = (low + high) // 2
        _, impossible = covers(minutes <= steps[middle], choice, watch, work)
        if impossible:
            best = Found(best.chosen, best.value, float(steps[middle + 1]))
            low = middle + 1
        else:
            high = middle
    return best


def longest_way(minutes: Floats, chosen: Bools) -> float:
    """The longest of all ways to the nearest chosen place."""
    return float(minutes[:, chosen].min(axis=1).max(initial=0.0))


def _enough(best: Found, watch: Watch) -> bool:
    return watch.over() or best.bound >= (1.0 - watch.limits.gap) * best.value
