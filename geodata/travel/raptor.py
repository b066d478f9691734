"""RAPTOR: earliest arrivals by public transport in rounds, for many departures at once.

Delling, Pajor and Werneck (2015), "Round-Based Public Transit Routing", Transportation
Science 49(3). In round k every pattern that touches a stop improved in round k - 1 is ridden
along once: of all trips that can be boarded up to a stop the first one decides. Here every
step treats all queries (a point and a departure each) as one array, which is why no query
is pruned by its destination.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.travel.timetable import SPAN, Pattern, Timetable

Times = NDArray[np.int32]
Ints = NDArray[np.int64]

NEVER = 2**30
"""Later than any time; small enough that a walk can be added in 32 bits."""


_CELLS_AT_ONCE = 16_000_000


@dataclass(frozen=True)
class Transfers:
    """Ways between stops, changing at the same stop among them.

    Parameters
    ----------
    source
        Stop where one gets off, shape (E,), ordered by the stop of boarding.
    target
        Stop of boarding, shape (E,).
    seconds
        From getting off to being ready, shape (E,).
    """

    source: Ints
    target: Ints
    seconds: Times

    @classmethod
    def of(cls, source: Ints, target: Ints, seconds: NDArray[np.generic]) -> "Transfers":
        """Order ways by the stop of boarding; of doubled ones the shortest holds."""
        order = np.lexsort((seconds, source, target))
        return cls(source[order], target[order], seconds[order].astype(np.int32))


@dataclass(frozen=True)
class Rounds:
    """What a search found.

    Parameters
    ----------
    arrival
        Earliest arrival by at least one ride, shape (stops, queries); `NEVER` where none.
    ready
        When one is ready to board in each round, of shape (stops, queries) each; only where
        they were asked for.
    arrived
        Best arrivals after each round; only where they were asked for.
    """

    arrival: Times
    ready: tuple[Times, ...] = ()
    arrived: tuple[Times, ...] = ()


def search(
    timetable: Timetable,
    transfers: Transfers,
    ready: Times,
    deadline: Times,
    *,
    max_rides: int,
    keep: bool = False,
) -> Rounds:
    """Find the earliest arrivals at all stops.

    Parameters
    ----------
    timetable
        From `timetable_of`.
    transfers
        Ways from stop to stop between two rides.
    ready
        When one can first board at each stop, shape (stops, queries); `NEVER` where not.
    deadline
        Of each query; later arrivals are `NEVER`.
    max_rides
        Most vehicles that are used one after the other.
    keep
        Keep every round, for `journey_of`.
    """
    ready = ready.copy()
    best = np.full_like(ready, NEVER)
    fresh = ready < NEVER
    all_ready, all_best = [ready.copy()] if keep else [], []
    for number in range(max_rides):
        arrived = _ride(timetable, ready, fresh)
        arrived[arrived > deadline] = NEVER
        better = arrived < best
        best = np.minimum(best, arrived)
        if keep:
            all_best.append(best.copy())
        if not better.any() or number == max_rides - 1:
            break
        walked = _walk(transfers, np.where(better, arrived, NEVER).astype(np.int32))
        fresh = walked < ready
        ready = np.minimum(ready, walked)
        if keep:
            all_ready.append(ready.copy())
    return Rounds(best, tuple(all_ready), tuple(all_best))


def _ride(timetable: Timetable, ready: Times, fresh: NDArray[np.bool_]) -> Times:
    """Arrivals by one ride that begins at a stop where something improved."""
    arrived = np.full_like(ready, NEVER)
    touched = np.asarray(fresh.any(axis=1))
    for pattern in timetable.patterns:
        if not touched[pattern.stops].any():
            continue
        queries = np.flatnonzero(fresh[pattern.stops].any(axis=0))
        found = _along(pattern, ready[pattern.stops[:, None], queries])
        cells = (pattern.stops[1:, None], queries)
        if pattern.once:
            arrived[cells] = np.minimum(arrived[cells], found)
        else:
            np.minimum.at(arrived, cells, found)
    return arrived


def _along(pattern: Pattern, ready: Times) -> Times:
    """Arrivals at the stops of a pattern after its first one, shape (P - 1, queries)."""
    trip = first_trips(pattern, ready)
    current = np.minimum.accumulate(trip[:-1], axis=0)
    n = len(pattern.trips)
    stop = np.arange(1, len(pattern.stops))[:, None]
    found = pattern.arrival[np.minimum(current, n - 1), stop]
    found[(current == n) | ~pattern.alight[1:, None]] = NEVER
    return found.astype(np.int32)


def first_trips(pattern: Pattern, ready: Times) -> Ints:
    """Number of the first trip that can be boarded at each stop, shape (P, queries)."""
    n = len(pattern.trips)
    row = np.arange(len(pattern.stops))[:, None]
    place = np.searchsorted(pattern.axis, ready + SPAN * row)
    trip = place - n * row
    trip[~pattern.board] = n
    return np.asarray(trip)


def _walk(transfers: Transfers, arrived: Times) -> Times:
    """When one is ready to board after getting off and walking on."""
    ready = np.full_like(arrived, NEVER)
    live = np.asarray((arrived < NEVER).any(axis=1))[transfers.source]
    source, target = transfers.source[live], transfers.target[live]
    if not len(source):
        return ready
    seconds, starts = transfers.seconds[live, None], np.flatnonzero(np.diff(target, prepend=-1))
    block = max(1, _CELLS_AT_ONCE // len(source))
    for first in range(0, arrived.shape[1], block):
        part = slice(first, first + block)
        times = np.minimum.reduceat(arrived[source, part] + seconds, starts)
        ready[target[starts], part] = np.minimum(times, NEVER)
    return ready
