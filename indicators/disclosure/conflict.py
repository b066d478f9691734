"""The smallest set of conditions that contradict each other."""

from collections.abc import Callable

import numpy as np

from indicators.disclosure.cells import IntArray

Possible = Callable[[IntArray], bool]
"""Whether some conditions can be fulfilled together."""


def smallest_conflict(conditions: IntArray, possible: Possible) -> IntArray:
    """Find conditions that cannot be fulfilled together, none of which could be left out.

    Divide and conquer (QuickXplain, Junker 2004): about as many calls as the conflict has
    members, times the logarithm of the number of conditions.

    Parameters
    ----------
    conditions
        All of them together are impossible.
    possible
        Asked about subsets, ascending.
    """
    none = conditions[:0]
    return np.sort(_explain(none, none, conditions, possible))


def _explain(kept: IntArray, added: IntArray, conditions: IntArray, possible: Possible) -> IntArray:
    """Which conditions are needed beside the kept ones; `added` are the kept ones' newest."""
    if len(added) and not possible(np.sort(kept)):
        return conditions[:0]
    if len(conditions) <= 1:
        return conditions
    half = len(conditions) // 2
    first, second = conditions[:half], conditions[half:]
    right = _explain(np.concatenate([kept, first]), first, second, possible)
    left = _explain(np.concatenate([kept, right]), right, first, possible)
    return np.concatenate([left, right])
