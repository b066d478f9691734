r"""The two classical covering problems.

With :math:`N_i` the places within reach of demand i:

LSCP, the fewest places that reach everyone (Toregas, Swain, ReVelle, Bergman 1971)

.. math:: \min \sum_j y_j \quad \sum_{j \in N_i} y_j \ge 1 \;\forall i, \quad y_j \in \{0, 1\}

MCLP, p places that reach as much need :math:`d_i` as possible (Church and ReVelle 1974)

.. math::

    \max \sum_i d_i z_i \quad z_i \le \sum_{j \in N_i} y_j \;\forall i, \quad
    \sum_j y_j = p, \quad y_j \in \{0, 1\}, \; 0 \le z_i \le 1

An MCLP is a p-median problem in which an area costs its need where nobody reaches it and
nothing else; so it takes the same way as `median.py`.
"""

import numpy as np
from scipy import sparse

from atlas.placement.presets.cheapest import Found, Lists, cheapest
from atlas.placement.presets.lagrange import Choice
from atlas.placement.presets.near import Bools, Floats, Ints, covered
from atlas.placement.presets.sets import Reduced, reduce_sets
from atlas.placement.presets.solver import Program, solve_whole
from atlas.placement.presets.watch import Watch

_HALF, _ALMOST = 0.5, 1e-6
_STEP = "Suche die wenigsten Standorte"


def cover_all(sets: Bools, opened: Bools, closed: Bools, watch: Watch) -> Found:
    """Cover everyone with the fewest places.

    Parameters
    ----------
    sets
        Shape (I, J): place j reaches area i; every area has one that is not closed.
    opened, closed
        Shape (J,): places that are chosen for sure, or not at all.

    Returns
    -------
    Found
        Value and bound are numbers of places, the open ones included.
    """
    small, usable = _undecided(sets, opened, closed)
    greedy = _greedy_cover(small.sets)
    least = len(apart(small.sets))
    picked, bound = greedy, least
    if least < greedy.sum():
        picked, bound = _fewest(small.sets, greedy, least, watch)
    chosen = opened.copy()
    chosen[usable[small.places[picked]]] = True
    return Found(chosen, float(chosen.sum()), float(int(opened.sum()) + bound))


def covers(
    sets: Bools, choice: Choice, watch: Watch, work: int | None = None
) -> tuple[Bools | None, bool]:
    """Whether p places cover everyone.

    A greedy cover and areas that share no place answer most questions. Else as much as
    possible is covered: is that everyone, or provably not?

    Parameters
    ----------
    work
        Give up after so much work.

    Returns
    -------
    array or None, bool
        At most p places that cover everyone; and whether there are provably none. Neither
        where the watch ended the search.
    """
    small, usable = _undecided(sets, choice.opened, choice.closed)
    picked = _greedy_cover(small.sets)
    if int(picked.sum()) > choice.left:
        if len(apart(small.sets)) > choice.left:
            return None, True
        nothing = np.zeros(len(small.places), dtype=bool)
        near = covered(small.sets, np.ones(len(small.sets)))
        lists = Lists(lambda _: near, worth=float(len(small.sets)), too_much=_ALMOST)
        part = watch.part(work)
        found = cheapest(lists, Choice(choice.left, nothing, nothing), part)
        watch.take(part)
        if found.value > _HALF:
            return None, found.bound >= _ALMOST
        picked = found.chosen
    chosen = choice.opened.copy()
    chosen[usable[small.places[picked]]] = True
    return chosen, False


def _undecided(sets: Bools, opened: Bools, closed: Bools) -> tuple[Reduced, Ints]:
    """What is left to cover by the places that are undecided, and which these are."""
    left = ~sets[:, opened].any(axis=1)
    usable = np.flatnonzero(~(opened | closed))
    weight = np.ones(int(left.sum()))
    return reduce_sets(sets[np.ix_(left, usable)], weight, everyone=True), usable


def _greedy_cover(sets: Bools) -> Bools:
    """The place that covers most of what is left, again and again; then what is superfluous."""
    chosen = np.zeros(sets.shape[1], dtype=bool)
    left = np.ones(len(sets), dtype=bool)
    many = sets.sum(axis=0)
    while left.any():
        place = int(np.argmax(many))
        chosen[place] = True
        new = left & sets[:, place]
        many = many - sets[new].sum(axis=0)
        left &= ~new
    times = sets[:, chosen].sum(axis=1)
    for place in np.flatnonzero(chosen).tolist():
        if (times[sets[:, place]] > 1).all():
            chosen[place] = False
            times = times - sets[:, place]
    return chosen


def apart(sets: Bools) -> Ints:
    """Areas no two of which share a place: each needs one of its own."""
    blocked = np.zeros(sets.shape[1], dtype=bool)
    found = []
    for area in np.argsort(sets.sum(axis=1), kind="stable").tolist():
        if not (sets[area] & blocked).any():
            blocked |= sets[area]
            found.append(area)
    return np.array(found, dtype=np.int64)


def _fewest(sets: Bools, greedy: Bools, least: int, watch: Watch) -> tuple[Bools, int]:
    """The fewest places in whole numbers, from the greedy choice on."""
    areas, places = sets.shape
    ones = np.ones((1, places))
    program = Program(
        sparse.csc_array(np.vstack([sets, ones])),
        ones[0],
        np.append(np.ones(areas), least),
        np.append(np.full(areas, np.inf), int(greedy.sum())),
        np.ones(places, dtype=bool),
    )
    done = solve_whole(program, watch, _STEP, greedy.astype(np.float64), gap=watch.limits.gap)
    picked = greedy
    if done.values is not None:
        found = done.values > _HALF
        if sets[:, found].any(axis=1).all() and found.sum() < greedy.sum():
            picked = found
    bound = int(np.ceil(done.bound - _ALMOST)) if np.isfinite(done.bound) else least
    return picked, min(int(picked.sum()), max(bound, least))


def cover_most(sets: Bools, weight: Floats, choice: Choice, watch: Watch) -> Found:
    """Reach as much need as possible with p places.

    Parameters
    ----------
    sets
        Shape (I, J): place j reaches area i.
    weight
        Shape (I,): its need.

    Returns
    -------
    Found
        Value and bound are the need that is reached.
    """
    covered_anyway = sets[:, choice.opened].any(axis=1)
    base = float(weight[covered_anyway].sum())
    usable = np.flatnonzero(~(choice.opened | choice.closed))
    rest = ~covered_anyway & (weight > 0)
    small = reduce_sets(sets[np.ix_(rest, usable)], weight[rest], everyone=False)
    total = base + float(small.weight.sum())
    chosen = choice.opened.copy()
    if len(small.places) <= choice.left:
        chosen[usable[small.places]] = True
        return Found(_filled(chosen, choice), total, total)
    nothing = np.zeros(len(small.places), dtype=bool)
    near = covered(small.sets, small.weight)
    lists = Lists(lambda _: near, worth=total)
    found = cheapest(lists, Choice(choice.left, nothing, nothing), watch)
    chosen[usable[small.places[found.chosen]]] = True
    return Found(_filled(chosen, choice), total - found.value, total - found.bound)


def _filled(chosen: Bools, choice: Choice) -> Bools:
    """As many places as were asked for: further ones reach nobody new."""
    spare = np.flatnonzero(~(chosen | choice.closed))[: choice.sites - int(chosen.sum())]
    full = chosen.copy()
    full[spare] = True
    return full
