"""Ways on foot around the stops: to them, between them, from them, and without them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geodata.travel.feed import Feed
from geodata.travel.raptor import NEVER, Times, Transfers
from geodata.travel.table import SEARCH_FACTOR, WalkingRule, metres_per_minute
from geodata.travel.timetable import Timetable
from geodata.travel.walk import Walk

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TransitRule:
    """How public transport is used.

    Parameters
    ----------
    day
        Service day.
    departures
        When people set out, in seconds after midnight, shape (D,).
    access_minutes
        Longest walk to the first stop and from the last one.
    transfer_minutes
        Longest walk between two stops.
    change_minutes
        Shortest time between getting off and the next departure, walk included.
    max_rides
        Most vehicles that are used one after the other.
    wheelchair
        Profiles that cannot use what the feed says no wheelchair can.
    """

    day: date
    departures: tuple[int, ...]
    access_minutes: float = 30.0
    transfer_minutes: float = 10.0
    change_minutes: float = 1.0
    max_rides: int = 4
    wheelchair: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pairs:
    """Ways on foot between two kinds of points: numbers of both, and whole seconds."""

    source: Ints
    target: Ints
    seconds: Times

    def within(self, seconds: float) -> "Pairs":
        """Only the ways up to so many seconds."""
        near = self.seconds <= seconds
        return Pairs(self.source[near], self.target[near], self.seconds[near])


@dataclass(frozen=True)
class Spots:
    """Coordinates in metres of stops (in the order of the feed), points and places, (n, 2) each."""

    stops: Floats
    points: Floats
    places: Floats


@dataclass(frozen=True)
class Ground:
    """All ways on foot of one walking speed.

    Parameters
    ----------
    access
        Stop and point.
    egress
        Stop and place, ordered by place.
    transfers
        Between stops.
    direct
        The whole way on foot in seconds, shape (points, places); infinite where too long.
    """

    access: Pairs
    egress: Pairs
    transfers: Transfers
    direct: Floats


def seconds_on_foot(metres: Floats, kmh: float) -> Floats:
    """Whole seconds, rounded up: a vehicle does not wait for the last step.

    A thousandth of a second is forgiven, so that a rounding error adds no second.
    """
    return np.asarray(np.ceil(metres / (metres_per_minute(kmh) / 60.0) - 1e-3))


def ground_of(
    walk: Walk,
    timetable: Timetable,
    feed: Feed,
    spots: Spots,
    kmh: float,
    rule: TransitRule,
    longest_minutes: float,
) -> Ground:
    """Measure all ways on foot of one walking speed.

    Parameters
    ----------
    walk
        How far it is between points.
    timetable, feed
        Which stops are served, and what the feed says of changing.
    spots
        Where everything lies.
    kmh
        Walking speed.
    rule
        Longest ways.
    longest_minutes
        Longest way on foot without a vehicle.
    """
    served = served_stops(timetable)
    reach = 60.0 * max(rule.access_minutes, rule.transfer_minutes)
    limit_m = reach * metres_per_minute(kmh) / 60.0
    points, places, stops = spots.points, spots.places, spots.stops[served]
    targets = np.concatenate([points, places, stops])
    near = _pairs(walk, stops, targets, limit_m, kmh)
    near = Pairs(served[near.source], near.target, near.seconds)
    first_place, first_stop = len(points), len(points) + len(places)
    to_stop = near.target >= first_stop
    to_place = (near.target >= first_place) & ~to_stop
    access = _part(near, near.target < first_place, 0).within(60.0 * rule.access_minutes)
    egress = _part(near, to_place, first_place).within(60.0 * rule.access_minutes)
    between = _part(near, to_stop, first_stop).within(60.0 * rule.transfer_minutes)
    between = Pairs(between.source, served[between.target], between.seconds)
    order = np.lexsort((egress.source, egress.target))
    egress = Pairs(egress.source[order], egress.target[order], egress.seconds[order])
    direct = np.full((len(points), len(places)), np.inf)
    longest_m = longest_minutes * metres_per_minute(kmh)
    for part, metres in walk.metres(places, points, longest_m):
        direct[:, part] = seconds_on_foot(metres, kmh)
    return Ground(access, egress, _transfers(between, served, feed, rule), direct)


def served_stops(timetable: Timetable) -> Ints:
    """Numbers of the stops at which a vehicle calls."""
    called = [p.stops for p in timetable.patterns]
    return np.unique(np.concatenate(called)) if called else np.empty(0, dtype=np.int64)


def _pairs(walk: Walk, sources: Floats, targets: Floats, limit_m: float, kmh: float) -> Pairs:
    found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))]
    for part, metres in walk.metres(sources, targets, limit_m):
        target, source = np.nonzero(np.isfinite(metres))
        found.append((source + part.start, target, seconds_on_foot(metres[target, source], kmh)))
    source, target, seconds = (np.concatenate(column) for column in zip(*found, strict=True))
    return Pairs(source.astype(np.int64), target.astype(np.int64), seconds.astype(np.int32))


def _part(pairs: Pairs, chosen: NDArray[np.bool_], first: int) -> Pairs:
    return Pairs(pairs.source[chosen], pairs.target[chosen] - first, pairs.seconds[chosen])


def _transfers(between: Pairs, served: Ints, feed: Feed, rule: TransitRule) -> Transfers:
    """Ways between stops, changed as the feed says: forbidden, or with a shortest time."""
    change = round(60.0 * rule.change_minutes)
    seconds = np.maximum(between.seconds, change)
    table = {
        (int(a), int(b)): int(s)
        for a, b, s in zip(between.source, between.target, seconds, strict=True)
        if a != b
    }
    table |= {(int(s), int(s)): change for s in served}
    known = set(served.tolist())
    own = feed.transfers
    wait = own["seconds"].to_numpy(dtype="int64")
    for a, b, kind, least in zip(own["from"], own["to"], own["kind"], wait, strict=True):
        pair = (int(a), int(b))
        if not known.issuperset(pair):
            continue
        if kind == "3":
            table.pop(pair, None)
        elif kind in ("1", "2"):
            # 1: the vehicle waits.
            table[pair] = int(least) if kind == "2" else 0
    pairs = np.array(sorted(table), dtype=np.int64).reshape(-1, 2)
    cost = np.array([table[int(a), int(b)] for a, b in pairs], dtype=np.int32)
    return Transfers.of(pairs[:, 0], pairs[:, 1], cost)


def longest(walking: WalkingRule) -> float:
    """Minutes after which a single point's way is given up."""
    return SEARCH_FACTOR * walking.max_minutes


def ready_times(ground: Ground, part: slice, departures: Ints, n_stops: int) -> Times:
    """When people from some points can board, shape (stops, points x departures).

    Parameters
    ----------
    ground
        From `ground_of`.
    part
        Which points.
    departures
        Seconds after midnight, shape (D,).
    n_stops
        Stops of the feed.
    """
    n, d = part.stop - part.start, len(departures)
    ready = np.full((n_stops, n, d), NEVER, dtype=np.int32)
    own = (ground.access.target >= part.start) & (ground.access.target < part.stop)
    point = ground.access.target[own] - part.start
    ready[ground.access.source[own], point] = departures + ground.access.seconds[own, None]
    return ready.reshape(n_stops, n * d)


def batches(starts: Ints, cells: int) -> Iterator[tuple[int, int]]:
    """Split areas into runs whose points together are about `cells`, at least one area each."""
    first = 0
    for last in range(1, len(starts)):
        full = starts[last] - starts[first] >= cells
        if full or last == len(starts) - 1:
            yield first, last
            first = last
