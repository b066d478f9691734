"""Ways that are longer than an edition stores, told from ways that nobody knows.

An edition keeps ways up to some minutes (``travel.max_minutes``). Where an area has ways to
some places, but none to a session, the session is farther than that; where it has no way at
all, nothing is known.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from atlas.edition import Edition
from atlas.placement.arrays import Bools
from atlas.placement.fitting import longest_way
from atlas.placement.result import AreaReach, Fairness
from atlas.placement.scenario import Scenario
from atlas.placement.scenario.people import Way
from atlas.placement.situation import Situation

Limits = Mapping[Way, float]


def limits_of(edition: Edition, scenario: Scenario) -> Limits:
    """Minutes up to which the groups' ways are stored; only ways that have such a limit."""
    found = {g.way: longest_way(edition, g.way) for g in scenario.groups}
    return {way: minutes for way, minutes in found.items() if np.isfinite(minutes)}


def mark_beyond(
    scenario: Scenario, situation: Situation, areas: tuple[AreaReach, ...], limits: Limits
) -> tuple[AreaReach, ...]:
    """Say of each area without a way to a session for a group, if so, that it is longer.

    Parameters
    ----------
    scenario, situation
        Groups and their ways.
    areas
        Rows over areas within groups.
    limits
        Of `limits_of`.

    Returns
    -------
    tuple
        The same rows. A group for which no area has a way to a session has none near or far,
        and its rows stay as they are.
    """
    n = len(situation.areas)
    marked: list[AreaReach] = []
    for g, group in enumerate(scenario.groups):
        rows, limit = areas[g * n : (g + 1) * n], limits.get(group.way)
        served = any(r.minutes_after is not None for r in rows)
        known: Bools = np.asarray(np.isfinite(situation.minutes[group.way]).any(axis=1))
        marked += [
            replace(r, beyond=limit) if served and known[i] and r.minutes_after is None else r
            for i, r in enumerate(rows)
        ]
    return tuple(marked)


def fairness_beyond(fairness: Fairness, group: str, areas: tuple[AreaReach, ...]) -> Fairness:
    """Say of the worst way, where it is not stored, what it is longer than, and for how many.

    Parameters
    ----------
    fairness
        Of the group.
    group
        Key of the group it is about.
    areas
        Rows that are marked.
    """
    far = [r for r in areas if r.group == group and r.beyond is not None]
    worst = next((r for r in far if r.area == fairness.worst_area), None)
    if fairness.worst_minutes is not None or worst is None:
        return fairness
    return replace(fairness, worst_beyond=worst.beyond, areas_beyond=len(far))
