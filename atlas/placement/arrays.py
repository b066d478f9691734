"""The data of the weekly plan's model, as arrays.

Axes: rooms R, half-days T, weekdays D, kinds of session S, options Q (a half-day with a kind
of session), classes C (options that serve a target group at least so well), sets J.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Options:
    """The columns Q: each is a half-day with a kind of session, and how long it is at least.

    Existing sessions that may be moved have columns of their own, as long as they are now.

    Parameters
    ----------
    half_day, weekday, kind
        (Q,): numbers of the half-day, its weekday, and the kind.
    staff
        (Q,): teams that one session binds.
    shortest
        (Q,): length of the shortest session in minutes.
    per_hour
        (Q,): persons one session sees in an hour; infinite without a limit.
    """

    half_day: Ints
    weekday: Ints
    kind: Ints
    staff: Ints
    shortest: Ints
    per_hour: Floats

    def __len__(self) -> int:
        """Return the number of options."""
        return len(self.half_day)

    @property
    def several(self) -> bool:
        """Whether some half-day has more than one option."""
        return len(np.unique(self.half_day)) < len(self)


@dataclass(frozen=True)
class Crew:
    """Teams that are alike, for what they may hold and when.

    Parameters
    ----------
    free
        (T,): how many of them are free in the half-day.
    kinds
        (S,): the kinds of session they hold.
    week_minutes
        Minutes in the week that all of them together have left; None: no limit.
    week_sessions
        Sessions in the week, likewise.
    day_minutes
        (7,): minutes on a weekday that all of them have left; None: no limit.
    """

    free: Ints
    kinds: Bools
    week_minutes: int | None = None
    week_sessions: int | None = None
    day_minutes: Ints | None = None


@dataclass(frozen=True)
class StaffLimits:
    """What the staff allows for new sessions.

    Parameters
    ----------
    teams
        (T,): teams that can be out in the half-day.
    clear
        (T,): of these, free all half-day long; the others have a session that reaches into it.
    max_minutes
        Team-minutes of the week.
    max_sessions
        Sessions of the week.
    day_high
        (D,): sessions on a weekday.
    crews
        Named teams, alike ones together; empty: all teams are alike and only counted.
    """

    teams: Ints
    clear: Ints
    max_minutes: int
    max_sessions: int
    day_high: Ints
    crews: tuple[Crew, ...] = ()


@dataclass(frozen=True)
class Must:
    """At least one of some slots; ``wish`` says in German what wants it."""

    slots: Ints
    """(n, 2): rooms and options."""
    wish: str

    def met(self, chosen: Bools) -> bool:
        """Whether sessions (R, Q) take one of the slots."""
        return bool(chosen[self.slots[:, 0], self.slots[:, 1]].any())


def asked_for(musts: Iterable[Must], shape: tuple[int, ...]) -> Bools:
    """(R, Q): the slot is one of those that a must names."""
    asked = np.zeros(shape, dtype=bool)
    for must in musts:
        asked[must.slots[:, 0], must.slots[:, 1]] = True
    return asked


@dataclass(frozen=True)
class Robust:
    """Need that may be lower than assumed, in at most ``areas`` units at once.

    Parameters
    ----------
    areas
        How many units may be low at once.
    unit
        (J,): the unit (area and group) whose need a set's gain is part of; -1: certain.
    deviation
        (J,): by how much the gain is smaller at worst.
    """

    areas: int
    unit: Ints
    deviation: Floats


@dataclass(frozen=True)
class Flows:
    """People who come and need a place in a session, in arcs a from a unit to a room.

    Parameters
    ----------
    unit
        (A,): the unit (area and group), numbered from 0.
    room, type
        (A,): the room, and the type of the session there, see `option_types`.
    gain
        (A,): what reaching all of the unit there is worth.
    visits
        (A,): persons of the unit who come in a week.
    deviation
        (A,): by how much the gain is smaller at worst.
    """

    unit: Ints
    room: Ints
    type: Ints
    gain: Floats
    visits: Floats
    deviation: Floats


@dataclass(frozen=True)
class Cut:
    """Sessions that no week of the teams can hold together.

    ``sessions`` are (room, type, how many of them there), see `option_types`.
    """

    sessions: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Ways:
    """Stops that one team can make on one day, one after the other.

    A stop is a room in a half-day, whatever the kind of session, or an existing session.

    Parameters
    ----------
    room, half_day
        (K,): of each stop; -1 for the half-day of an existing session.
    weekday
        (K,): its weekday.
    first, second
        (N,): numbers of the stops of each way.
    teams
        (7,): teams at work on the weekday.
    """

    room: Ints
    half_day: Ints
    weekday: Ints
    first: Ints
    second: Ints
    teams: Ints


@dataclass(frozen=True)
class CoverProblem:
    """Everything the model needs.

    Parameters
    ----------
    options
        The columns Q.
    allowed
        (R, Q): the room has a window for it.
    suits
        (C, Q): the option serves the class.
    cover
        (J, R * C): column ``r * C + c`` is 1 where serving class c in room r reaches set j.
    gain
        (J,): what reaching the set is worth.
    hindered
        (R, Q): at its time a team that reaches into the half-day is out.
    longest
        (R, Q): minutes of the longest session that fits.
    room_limit
        (R,): sessions that the room may hold in a week.
    staff
        Teams and hours.
    min_sessions
        Of the week.
    day_low
        (D,): sessions at least on a weekday.
    one_per_day
        A room's sessions are on different weekdays.
    musts
        Of each list of slots at least one is taken.
    bonus
        (R, Q): what taking the slot is worth by itself.
    robust, flows
        Uncertain need; people who need a place in a session.
    cuts
        Sessions that no week of the teams can hold together.
    ways
        Stops that one team can make on one day; None: any.
    """

    options: Options
    allowed: Bools
    suits: Bools
    cover: csr_array
    gain: Floats
    hindered: Bools
    longest: Ints
    room_limit: Ints
    staff: StaffLimits
    min_sessions: int = 0
    day_low: Ints = field(default_factory=lambda: np.zeros(7, dtype=np.int64))
    one_per_day: bool = False
    musts: tuple[Must, ...] = ()
    bonus: Floats | None = None
    robust: Robust | None = None
    flows: Flows | None = None
    cuts: tuple[Cut, ...] = ()
    ways: Ways | None = None

    @property
    def types(self) -> Ints:
        """(Q,): number of each option's type."""
        return option_types(self.suits, self.options)


def option_types(suits: Bools, options: Options) -> Ints:
    """(Q,): number of the type; options of one type differ in nothing but their half-day."""
    parts = [suits.astype(np.int64), options.kind[None, :], options.shortest[None, :]]
    _, types = np.unique(np.vstack(parts).T, axis=0, return_inverse=True)
    return types.reshape(-1).astype(np.int64)
