"""One journey leg by leg, so that a person can check it against the printed timetable."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.travel.feed import Feed
from geodata.travel.ground import Ground, TransitRule, ready_times
from geodata.travel.raptor import NEVER, Rounds, search
from geodata.travel.timetable import Pattern, Timetable


@dataclass(frozen=True)
class Leg:
    """A walk or a ride.

    Parameters
    ----------
    start_s, end_s
        Seconds after midnight; a walk begins at once, a ride with the departure.
    from_stop, to_stop
        Numbers of stops; None is the point itself and the place.
    route, trip
        Keys in the feed; empty for a walk.
    """

    start_s: int
    end_s: int
    from_stop: int | None
    to_stop: int | None
    route: str = ""
    trip: str = ""


@dataclass(frozen=True)
class Journey:
    """The way from a point to a place at one departure."""

    departure_s: int
    arrival_s: int
    legs: tuple[Leg, ...]

    @property
    def minutes(self) -> float:
        """From setting out to arriving, waiting included."""
        return (self.arrival_s - self.departure_s) / 60.0


def journey_of(
    timetable: Timetable,
    ground: Ground,
    rule: TransitRule,
    point: int,
    place: int,
    departure_s: int,
    limit_minutes: float,
) -> Journey | None:
    """Follow the earliest arrival back to its beginning.

    Of equally early ways the one with the fewest rides is taken, and each vehicle is
    boarded where one is ready first.

    Parameters
    ----------
    timetable, ground, rule
        As the minutes were computed.
    point, place
        Numbers of the point and of the place in `ground`.
    departure_s
        Seconds after midnight.
    limit_minutes
        Longer journeys are none.
    """
    part = slice(point, point + 1)
    leave = np.array([departure_s], dtype=np.int64)
    ready = ready_times(ground, part, leave, timetable.n_stops)
    deadline = (leave + round(60 * limit_minutes)).astype(np.int32)
    rounds = search(
        timetable, ground.transfers, ready, deadline, max_rides=rule.max_rides, keep=True
    )
    own = ground.egress.target == place
    stops, walk = ground.egress.source[own], ground.egress.seconds[own]
    times = [arrived[stops, 0] + walk for arrived in rounds.arrived] if len(stops) else []
    by_ride = min((int(t.min()) for t in times), default=NEVER)
    on_foot = departure_s + ground.direct[point, place]
    if min(by_ride, on_foot) - departure_s > 60 * limit_minutes:
        return None
    if on_foot <= by_ride:
        leg = Leg(departure_s, int(on_foot), None, None)
        return Journey(departure_s, int(on_foot), (leg,))
    number = next(k for k, t in enumerate(times) if int(t.min()) == by_ride)
    last = int(np.argmin(times[number]))
    end = Leg(by_ride - int(walk[last]), by_ride, int(stops[last]), None)
    legs = _back(timetable, ground, rounds, number, end, departure_s)
    return Journey(departure_s, by_ride, legs)


def _back(
    timetable: Timetable, ground: Ground, rounds: Rounds, number: int, end: Leg, departure_s: int
) -> tuple[Leg, ...]:
    """From the last walk back to the point, ride by ride."""
    legs = [end]
    while True:
        legs.append(_ride_to(timetable, rounds, number, _stop(legs[-1].from_stop)))
        board = _stop(legs[-1].from_stop)
        ready_s = int(rounds.ready[number][board, 0])
        number = _first([r[board, 0] for r in rounds.ready], ready_s)
        if number == 0:
            legs.append(Leg(departure_s, ready_s, None, board))
            return tuple(reversed(legs))
        number -= 1
        stop, off_s = _got_off(ground, rounds, number, board, ready_s)
        legs.append(Leg(off_s, ready_s, stop, board))


def _stop(stop: int | None) -> int:
    if stop is None:
        raise AssertionError("a ride begins and ends at stops")
    return stop


def _first(values: list[np.int32], wanted: int) -> int:
    return next(k for k, value in enumerate(values) if int(value) == wanted)


def _ride_to(timetable: Timetable, rounds: Rounds, number: int, stop: int) -> Leg:
    """The ride of a round that reaches a stop at its best time."""
    arrival = int(rounds.arrived[number][stop, 0])
    # The best time may stem from an earlier round.
    number = _first([a[stop, 0] for a in rounds.arrived], arrival)
    ready = rounds.ready[number][:, 0]
    for pattern in timetable.patterns:
        for off in np.flatnonzero((pattern.stops == stop) & pattern.alight):
            for trip in np.flatnonzero(pattern.arrival[:, off] == arrival):
                on = _boarding(pattern, int(trip), int(off), ready)
                if on is not None:
                    departure = int(pattern.departure[trip, on])
                    ids = (pattern.route, pattern.trips[trip])
                    return Leg(departure, arrival, int(pattern.stops[on]), stop, *ids)
    raise AssertionError("every arrival has its ride")


def _boarding(pattern: Pattern, trip: int, off: int, ready: NDArray[np.int32]) -> int | None:
    """Where a trip can be boarded before a stop: where one is ready first."""
    times = ready[pattern.stops[:off]]
    good = (times <= pattern.departure[trip, :off]) & pattern.board[:off]
    return int(np.argmin(np.where(good, times, NEVER))) if good.any() else None


def _got_off(
    ground: Ground, rounds: Rounds, number: int, board: int, ready_s: int
) -> tuple[int, int]:
    """Stop and time of getting off before one is ready at a stop."""
    own = ground.transfers.target == board
    stops, walk = ground.transfers.source[own], ground.transfers.seconds[own]
    off = rounds.arrived[number][stops, 0]
    hit = int(np.flatnonzero(off + walk == ready_s)[0])
    return int(stops[hit]), int(off[hit])


def clock(seconds: int) -> str:
    """Seconds after midnight as a time of day.

    Examples
    --------
    >>> clock(29_100)
    '08:05:00'
    """
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def told(journey: Journey, feed: Feed) -> tuple[str, ...]:
    """A journey in German, a line per leg."""
    names = feed.stops["stop_name"].to_numpy()
    routes = dict(zip(feed.routes["route_id"], feed.routes["name"], strict=True))
    lines = []
    for leg in journey.legs:
        start = "Start" if leg.from_stop is None else str(names[leg.from_stop])
        end = "Ziel" if leg.to_stop is None else str(names[leg.to_stop])
        how = f"Linie {routes[leg.route]}" if leg.route else "zu Fuß"
        if not leg.route and leg.from_stop is not None and leg.from_stop == leg.to_stop:
            how = "Umstieg"
        lines.append(f"{clock(leg.start_s)} {start} – {clock(leg.end_s)} {end} ({how})")
    return tuple(lines)
