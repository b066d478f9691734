"""One service day of a feed as patterns: what RAPTOR searches.

A pattern holds trips that call at the same stops under the same rules and never overtake
each other, so that the first trip that can be boarded is the best one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geodata.travel.feed import Feed, days_around

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SPAN = 2**31
"""Distance of two stops' times on one axis: one search then serves all stops of a pattern."""


@dataclass(frozen=True)
class Pattern:
    """Trips over the same stops, ordered in time.

    Parameters
    ----------
    stops
        Numbers of the stops, shape (P,); one may occur twice.
    arrival, departure
        Seconds after the midnight of the service day, shape (T, P).
    board, alight
        Where passengers may get on and off, shape (P,).
    trips
        Keys of the trips, shape (T,).
    route
        Key of the route.
    axis
        All departures on one axis, ascending, shape (P * T,).
    once
        Whether every stop occurs once.
    """

    stops: Ints
    arrival: Ints
    departure: Ints
    board: Bools
    alight: Bools
    trips: tuple[str, ...]
    route: str
    axis: Ints
    once: bool


@dataclass(frozen=True)
class Timetable:
    """The patterns of one service day.

    Parameters
    ----------
    n_stops
        Stops of the feed; patterns name them by number.
    patterns
        In a fixed order.
    """

    n_stops: int
    patterns: tuple[Pattern, ...]

    @property
    def trips(self) -> int:
        """Trips that run within the window."""
        return sum(len(p.trips) for p in self.patterns)


def pattern_of(
    stops: Ints, arrival: Ints, departure: Ints, board: Bools, alight: Bools,
    trips: tuple[str, ...], route: str,
) -> Pattern:  # fmt: skip
    """Build a pattern from trips that do not overtake each other, in order."""
    axis = (departure.T + SPAN * np.arange(len(stops))[:, None]).ravel()
    once = len(np.unique(stops)) == len(stops)
    return Pattern(stops, arrival, departure, board, alight, trips, route, axis, once)


def timetable_of(
    feed: Feed, day: date, start_s: int, end_s: int, *, wheelchair: bool = False
) -> Timetable:
    """Take the trips that run on a service day within a window of time.

    Parameters
    ----------
    feed
        From `read_feed`.
    day
        Service day.
    start_s, end_s
        Window in seconds after midnight of `day`; trips of the day before and after that
        reach into it are there too.
    wheelchair
        Leave out trips and stops that the feed says no wheelchair can use. What it says
        nothing of stays.

    Raises
    ------
    TableError
        The day lies outside the feed, or nothing runs on it.
    """
    feed.require_day(day)
    times = _calls(feed, wheelchair)
    names, routes = feed.trips["trip_id"].to_numpy(), feed.trips["route_id"].to_numpy()
    groups: dict[tuple[object, ...], list[tuple[Ints, Ints, str]]] = {}
    starts = np.flatnonzero(np.diff(times.trip, prepend=-1)).tolist()
    service = feed.trips["service_id"].to_numpy()
    running = [(feed.services(d), shift) for d, shift in days_around(day)]
    frequent = _headways(feed)
    for a, b in zip(starts, [*starts[1:], len(times.trip)], strict=True):
        trip = int(times.trip[a])
        calls = slice(a, b)
        key = (routes[trip], times.stop[calls].tobytes(), times.board[calls].tobytes(),
               times.alight[calls].tobytes())  # fmt: skip
        for services, shift in running:
            if service[trip] not in services or b - a < 2:
                continue
            for later in frequent.get(trip, [0]):
                arrival = times.arrival[calls] + shift + later
                departure = times.departure[calls] + shift + later
                if arrival[-1] >= start_s and departure[0] <= end_s:
                    groups.setdefault(key, []).append((arrival, departure, str(names[trip])))
    return Timetable(len(feed.stops), tuple(p for k in groups for p in _patterns(k, groups[k])))


@dataclass(frozen=True)
class _Calls:
    """Stop times as arrays, ordered by trip and sequence."""

    trip: Ints
    stop: Ints
    arrival: Ints
    departure: Ints
    board: Bools
    alight: Bools


def _calls(feed: Feed, wheelchair: bool) -> _Calls:
    rows = feed.times
    # 1 is "none"; by phone (2) or with the driver (3) is possible.
    board, alight = rows["pickup_type"] != "1", rows["drop_off_type"] != "1"
    if wheelchair:
        barred = (feed.stops["wheelchair_boarding"] == "2").to_numpy()[rows["stop"]]
        board, alight = board & ~barred, alight & ~barred
        usable = (feed.trips["wheelchair_accessible"] != "2").to_numpy()[rows["trip"]]
        rows, board, alight = rows[usable], board[usable], alight[usable]
    trip, stop, arrival, departure = (
        rows[c].to_numpy(dtype="int64") for c in ("trip", "stop", "arrival", "departure")
    )
    on, off = board.to_numpy(dtype=bool), alight.to_numpy(dtype=bool)
    return _Calls(trip, stop, arrival, departure, on, off)


def _headways(feed: Feed) -> dict[int, list[int]]:
    """Of trips given by headway, the seconds by which each run is later than the template."""
    first = feed.times.groupby("trip")["departure"].first()
    found: dict[int, list[int]] = {}
    rows = feed.frequencies.astype("int64")
    for trip, start, end, headway in rows.to_numpy().tolist():
        runs = range(start, end, headway)
        found.setdefault(trip, []).extend(t - int(first[trip]) for t in runs)
    return found


def _patterns(key: tuple[object, ...], trips: list[tuple[Ints, Ints, str]]) -> Iterator[Pattern]:
    """Split trips over the same stops so that within a pattern none overtakes another."""
    ordered = sorted(trips, key=lambda t: (t[1].tolist(), t[0].tolist(), t[2]))
    lanes: list[list[tuple[Ints, Ints, str]]] = []
    for trip in ordered:
        for lane in lanes:
            arrival, departure, _ = lane[-1]
            if (arrival <= trip[0]).all() and (departure <= trip[1]).all():
                lane.append(trip)
                break
        else:
            lanes.append([trip])
    route, stops, board, alight = key
    for lane in lanes:
        yield pattern_of(
            np.frombuffer(stops, dtype=np.int64),  # type: ignore[call-overload]
            np.stack([t[0] for t in lane]),
            np.stack([t[1] for t in lane]),
            np.frombuffer(board, dtype=bool),  # type: ignore[call-overload]
            np.frombuffer(alight, dtype=bool),  # type: ignore[call-overload]
            tuple(t[2] for t in lane),
            str(route),
        )
