"""Who could go where, nearest first: the lists that bound, search and cuts all run over."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Near:
    r"""For every area the places that can matter to it, in order of their cost.

    Costs are weighted: :math:`c_{ij} = d_i m_{ij}` with the need :math:`d_i` and the minutes
    :math:`m_{ij}`.

    Parameters
    ----------
    places
        J, the number of places.
    start
        Shape (I + 1,): where the list of each area begins and ends.
    place, cost
        Shape (n,): the places of all lists one after the other, and what they cost; rising
        within a list, equal ones in the order of the places.
    rest
        Shape (I,): what an area costs when no place of its list is open; at least that much
        where ``short``, infinite where it must be served.
    short
        Shape (I,): the list was cut off; ``rest`` is the cost of the next place.
    """

    places: int
    start: Ints
    place: NDArray[np.int32]
    cost: Floats
    rest: Floats
    short: Bools

    @cached_property
    def owner(self) -> NDArray[np.int32]:
        """Shape (n,): the area of every entry."""
        areas = np.arange(len(self.rest), dtype=np.int32)
        return np.repeat(areas, np.diff(self.start))

    @cached_property
    def by_place(self) -> tuple[Ints, Ints]:
        """The entries of each place: where they begin, shape (J + 1,), and the entries."""
        order = np.argsort(self.place, kind="stable")
        many = np.bincount(self.place, minlength=self.places)
        return np.concatenate([[0], np.cumsum(many)]), order

    def first_two(self, chosen: Bools) -> tuple[Ints, Ints]:
        """Positions of the first and second chosen place in every list, or its end."""
        hits = np.append(np.flatnonzero(chosen[self.place]), len(self.place))
        begin, end = self.start[:-1], self.start[1:]
        at = np.searchsorted(hits, begin)
        after = np.minimum(at + 1, len(hits) - 1)
        return np.minimum(hits[at], end), np.minimum(hits[after], end)

    def cost_at(self, position: Ints, rest: Floats) -> Floats:
        """Cost at a position of every list, `rest` at its end."""
        inside = position < self.start[1:]
        safe = np.minimum(position, max(len(self.cost) - 1, 0))
        return np.where(inside, self.cost[safe], rest) if len(self.cost) else rest.copy()

    def cost_at_of(self, areas: Ints, position: Ints) -> Floats:
        """Cost at a position of the lists of some areas, their rest at the end."""
        inside = position < self.start[areas + 1]
        cost = self.rest[areas].copy()
        cost[inside] = self.cost[position[inside]]
        return cost

    def restrict(self, opened: Bools, closed: Bools) -> tuple["Near", Ints, float]:
        """Keep what is undecided once some places are open for sure and others closed.

        Returns
        -------
        Near
            Lists of undecided places that cost less than the nearest open one.
        array
            Which areas are left.
        float
            What the other areas cost.
        """
        first, _ = self.first_two(opened)
        rest = self.cost_at(first, self.rest)
        keep = ~(opened | closed)[self.place] & (self.cost < rest[self.owner])
        many = np.bincount(self.owner[keep], minlength=len(rest))
        left = np.flatnonzero((many > 0) | np.isinf(rest))
        settled = np.setdiff1d(np.arange(len(rest)), left)
        start = np.concatenate([[0], np.cumsum(many[left])])
        short = self.short[left] & (first[left] == self.start[1:][left])
        near = Near(self.places, start, self.place[keep], self.cost[keep], rest[left], short)
        return near, left, float(rest[settled].sum())


def tally(index: NDArray[np.integer], weights: Floats, many: int) -> Floats:
    """Sum weights by index, shape (many,)."""
    found: Floats = np.bincount(index, weights=weights, minlength=many).astype(np.float64)
    return found


def ranges(begin: Ints, end: Ints) -> Ints:
    """All positions from `begin` to before `end`, one range after the other.

    Examples
    --------
    >>> ranges(np.array([0, 5]), np.array([2, 8]))
    array([0, 1, 5, 6, 7])
    """
    many = np.maximum(end - begin, 0)
    ends = np.cumsum(many)
    every: Ints = np.arange(ends[-1] if len(ends) else 0)
    shift: Ints = np.repeat(begin - (ends - many), many)
    return every + shift


def nearest(minutes: Floats, demand: Floats, allowed: Bools, longest: int) -> Near:
    """The lists of the nearest places, built a block of areas at a time.

    Parameters
    ----------
    minutes
        Shape (I, J); infinite where there is no way.
    demand
        Shape (I,), above 0.
    allowed
        Shape (J,): places that may be chosen.
    longest
        A list holds at most so many places.
    """
    columns = np.flatnonzero(allowed)
    block = max(1, _CELLS_AT_ONCE // max(1, len(columns)))
    parts = [
        _block(minutes[i : i + block][:, columns], demand[i : i + block], longest)
        for i in range(0, len(demand), block)
    ]
    place, cost, many, rest, short = (np.concatenate(p) for p in zip(*parts, strict=True))
    start = np.concatenate([[0], np.cumsum(many)])
    return Near(minutes.shape[1], start, columns[place].astype(np.int32), cost, rest, short)


def _block(minutes: Floats, demand: Floats, longest: int) -> tuple[NDArray[np.generic], ...]:
    """Lists of some areas: places, costs, lengths, rests, whether they were cut off.

    The last place of all needs no entry: one place is always open, so it is the rest.
    """
    width = minutes.shape[1]
    keep = min(longest, width - 1)
    if keep < width - 1:
        some = np.sort(np.argpartition(minutes, keep, axis=1)[:, : keep + 1], axis=1)
        by = np.argsort(np.take_along_axis(minutes, some, axis=1), axis=1, kind="stable")
        order = np.take_along_axis(some, by, axis=1)
    else:
        order = np.argsort(minutes, axis=1, kind="stable")
    cost = np.take_along_axis(minutes, order, axis=1) * demand[:, None]
    rest, listed = cost[:, keep], np.isfinite(cost)
    listed[:, keep:] = False
    short = np.isfinite(rest) & (keep < width - 1)
    return order[listed], cost[listed], listed.sum(axis=1), rest, short


def covered(sets: Bools, weight: Floats) -> Near:
    """Lists of what covers whom: free of cost where covered, the whole need where not.

    Parameters
    ----------
    sets
        Shape (I, J): place j covers area i.
    weight
        Shape (I,): its need.
    """
    owner, place = np.nonzero(sets)
    start = np.concatenate([[0], np.cumsum(sets.sum(axis=1))])
    zeros = np.zeros(len(owner))
    short = np.zeros(len(weight), dtype=bool)
    return Near(sets.shape[1], start, place.astype(np.int32), zeros, weight.copy(), short)


def with_rest(near: Near, rest: Floats) -> Near:
    """The same lists with another cost of being served by nobody."""
    return replace(near, rest=rest)
