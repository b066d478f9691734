"""Good choices of p places quickly: greedy adding, then the best exchange again and again.

The exchange values every pair (place in, place out) at once, after Whitaker (1983) and
Resende and Werneck (2007): what a place gains alone, what another one loses alone, and a
correction for the areas that both touch. Everything runs over the lists of near places up to
the second chosen one; the rest cannot change.
"""

from collections.abc import Callable

import numpy as np

from atlas.placement.presets.near import Bools, Floats, Ints, Near, ranges, tally, with_rest

_BETTER = 1e-10

Over = Callable[[], bool]
"""Whether to end now with what there is."""


def payable(near: Near) -> Near:
    """Lists in which being served by nobody has a price, however dear.

    The price is more than what all areas can cost together, so that any choice that serves
    one area more is better.
    """
    must = np.isinf(near.rest)
    if not must.any():
        return near
    last = np.where(np.diff(near.start) > 0, near.start[1:] - 1, -1)
    dearest = np.where(last >= 0, near.cost[np.maximum(last, 0)], 0.0)
    penalty = 1.0 + float(np.where(must, dearest, near.rest).sum())
    return with_rest(near, np.where(must, penalty, near.rest))


def value_of(near: Near, chosen: Bools) -> float:
    """What a choice costs."""
    first, _ = near.first_two(chosen)
    return float(near.cost_at(first, near.rest).sum())


def add_greedily(
    near: Near,
    chosen: Bools,
    closed: Bools,
    sites: int,
    over: Over,
    draw: np.random.Generator | None = None,
) -> Bools:
    """Add the place that saves most until there are `sites`.

    Parameters
    ----------
    near
        With finite rests.
    chosen, closed
        Shape (J,): what is open already and what must not be.
    draw
        Takes one of the best few by chance; the best one where None.
    """
    chosen = chosen.copy()
    first, _ = near.first_two(chosen)
    now = near.cost_at(first, near.rest)
    saved = np.maximum(now[near.owner] - near.cost, 0.0)
    gain = tally(near.place, saved, near.places)
    gain[closed | chosen] = -np.inf
    for _ in range(sites - int(chosen.sum())):
        place = _take(gain, draw)
        chosen[place], gain[place] = True, -np.inf
        if not over():
            _settle(near, place, now, gain)
    return chosen


def _take(gain: Floats, draw: np.random.Generator | None) -> int:
    if draw is None:
        return int(np.argmax(gain))
    good = np.flatnonzero(gain >= 0.8 * gain.max())
    return int(draw.choice(good)) if len(good) else int(np.argmax(gain))


def _settle(near: Near, place: int, now: Floats, gain: Floats) -> None:
    """Note that a place is open: its areas cost less and others can save less there."""
    start, entries = near.by_place
    mine = entries[start[place] : start[place + 1]]
    mine = mine[near.cost[mine] < now[near.owner[mine]]]
    areas = near.owner[mine]
    if not len(areas):
        return
    entries = ranges(near.start[areas], near.start[areas + 1])
    cost, owner = near.cost[entries], near.owner[entries]
    before = np.maximum(now[owner] - cost, 0.0)
    now[areas] = near.cost[mine]
    lost = before - np.maximum(now[owner] - cost, 0.0)
    gain -= tally(near.place[entries], lost, near.places)


def exchange(
    near: Near, chosen: Bools, fixed: Bools, closed: Bools, over: Over
) -> tuple[Bools, float]:
    """Exchange one place for another as long as it saves anything.

    Parameters
    ----------
    near
        With finite rests.
    chosen
        Shape (J,): where to begin.
    fixed, closed
        Shape (J,): what must stay open, what must not be opened.

    Returns
    -------
    array, float
        The choice and its cost.
    """
    chosen = chosen.copy()
    value = value_of(near, chosen)
    while not over():
        swap = _best_swap(near, chosen, fixed, closed)
        if swap is None:
            break
        out, into = swap
        chosen[out], chosen[into] = False, True
        better = value_of(near, chosen)
        if better >= value - _BETTER * abs(value):
            chosen[out], chosen[into] = True, False
            break
        value = better
    return chosen, value


def _best_swap(near: Near, chosen: Bools, fixed: Bools, closed: Bools) -> tuple[int, int] | None:
    movable = np.flatnonzero(chosen & ~fixed)
    open_to = np.flatnonzero(~(chosen | closed))
    if not len(movable) or not len(open_to):
        return None
    first, second = near.first_two(chosen)
    nearest, next_one = near.cost_at(first, near.rest), near.cost_at(second, near.rest)
    gain, loss, both = _parts(near, (first, second), (nearest, next_one), movable, open_to)
    profit = both
    profit += gain[None, :]
    profit -= loss[:, None]
    at = int(np.argmax(profit))
    row, column = divmod(at, len(open_to))
    if profit[row, column] <= 0.0:
        return None
    return int(movable[row]), int(open_to[column])


def _parts(
    near: Near,
    positions: tuple[Ints, Ints],
    costs: tuple[Floats, Floats],
    movable: Ints,
    open_to: Ints,
) -> tuple[Floats, Floats, Floats]:
    """Gain of every place to open, loss of every place to close, and the correction."""
    (first, second), (nearest, next_one) = positions, costs
    slot = np.full(near.places + 1, -1)
    slot[movable] = np.arange(len(movable))
    column = np.full(near.places, -1)
    column[open_to] = np.arange(len(open_to))
    server = np.where(
        first < near.start[1:], near.place[np.minimum(first, len(near.place) - 1)], near.places
    )
    mine = slot[server]
    served = mine >= 0
    loss = tally(mine[served], (next_one - nearest)[served], len(movable))
    entries = ranges(near.start[:-1], second)
    entries = entries[column[near.place[entries]] >= 0]
    owner, cost = near.owner[entries], near.cost[entries]
    to = column[near.place[entries]]
    saved = np.maximum(nearest[owner] - cost, 0.0)
    gain = tally(to, saved, len(open_to))
    by = mine[owner]
    shared = by >= 0
    more = (next_one[owner] - np.maximum(cost, nearest[owner]))[shared]
    both = tally(by[shared] * len(open_to) + to[shared], more, len(movable) * len(open_to))
    return gain, loss, both.reshape(len(movable), len(open_to))
