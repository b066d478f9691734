"""What the sessions that stay are worth: what the plan loses if one of them falls away.

For a new session the gain of the model says it. Sessions that stay are no part of that gain,
which counts only what is added to them; here both are put into one sum.
"""

import numpy as np

from atlas.placement.access import step_weights
from atlas.placement.arrays import Bools, Floats
from atlas.placement.problem import Region, nearest, price
from atlas.placement.scenario import Scenario
from atlas.placement.situation import Situation


def kept_losses(
    scenario: Scenario, situation: Situation, regions: tuple[Region, ...], chosen: Bools
) -> Floats:
    """What is lost if one existing session falls away and nothing takes its place.

    The unit is that of the model's gain: weighted need times how well it is served, the best
    offer counting, and the price of every region of the guarantee that is left without any.

    Parameters
    ----------
    scenario, situation, regions
        As for `atlas.placement.problem.build_problem`.
    chosen
        (P, Q): the new sessions, which stay.

    Returns
    -------
    ndarray
        (E,), one per session in ``situation.existing``; 0 where others serve as well.
    """
    full = _serving(situation, chosen)
    without = [_serving_without(situation, chosen, k) for k in range(len(situation.existing))]
    places = [s.place for s in situation.existing]
    lost = _regions_lost(scenario, situation, regions, full, without)
    for g, group in enumerate(scenario.groups):
        weights = step_weights(situation.minutes[group.way], scenario.reach)
        served = weights * full[:, g]
        best, others = served.max(axis=1, initial=0.0), _Others(served)
        for k, p in enumerate(places):
            left = np.maximum(others.than(p), weights[:, p] * without[k][g])
            lost[k] += float(situation.weighted[:, g] @ (best - left))
    return lost


class _Others:
    """The best in each row outside of one column, without looking at all of them again."""

    def __init__(self, values: Floats) -> None:
        self._at = values.argmax(axis=1)
        self._first = values.max(axis=1)
        several = values.shape[1] > 1
        self._second = np.partition(values, -2, axis=1)[:, -2] if several else 0 * self._first

    def than(self, column: int) -> Floats:
        """(rows,): the best of the other columns."""
        return np.where(self._at == column, self._second, self._first)


def _serving(situation: Situation, chosen: Bools) -> Floats:
    """(P, G): how well each place serves each group, with all sessions of the plan."""
    new = np.where(chosen[:, None, :], situation.serves[None, :, :], 0.0).max(axis=2, initial=0.0)
    result: Floats = np.maximum(situation.serves_kept, new * situation.suits_room)
    return result


def _serving_without(situation: Situation, chosen: Bools, k: int) -> Floats:
    """(G,): how well the place of existing session `k` serves the groups without it."""
    p = situation.existing[k].place
    how = [np.full(situation.suits_room.shape[1], float(situation.present[p]))]
    how += [situation.serves[:, q] for q in np.flatnonzero(chosen[p])]
    how += [
        np.array(s.serves, dtype=float)
        for n, s in enumerate(situation.existing)
        if s.place == p and n != k
    ]
    result: Floats = np.max(how, axis=0) * situation.suits_room[p]
    return result


def _regions_lost(
    scenario: Scenario,
    situation: Situation,
    regions: tuple[Region, ...],
    full: Floats,
    without: list[Floats],
) -> Floats:
    """(E,): the price of the regions that have an offer only by an existing session."""
    lost = np.zeros(len(without))
    if scenario.guarantee is None:
        return lost
    rule, each = scenario.guarantee, price(scenario, situation, regions)
    now: Bools = np.asarray(full.any(axis=1), dtype=bool)
    for k, session in enumerate(situation.existing):
        then = now.copy()
        then[session.place] = without[k].any()
        if then[session.place] == now[session.place]:
            continue
        minutes = situation.minutes[rule.way]
        before, after = (nearest(minutes, serves) <= rule.minutes for serves in (now, then))
        members = [list(r.members) for r in regions]
        lost[k] = each * sum(bool(before[m].any() and not after[m].any()) for m in members)
    return lost
