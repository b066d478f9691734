"""With what: staff, teams, kinds of session, rooms, and how they fill a week."""

from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from atlas.placement.scenario.words import (
    STRICT,
    BarrierRule,
    Clock,
    Finite,
    Hours,
    Name,
    NamePart,
    NotNegative,
    Positive,
    Sessions,
    Share,
    WeekHours,
)
from atlas.project import IsoDate, Key


@dataclass(frozen=True, config=STRICT)
class DayPart:
    """A part of the day; ``preferred`` is the start of a session where the room allows it."""

    key: Key
    name: str
    start: Clock
    end: Clock
    preferred: Clock | None = None


@dataclass(frozen=True, config=STRICT)
class Staff:
    """What the staff allows in a week.

    ``teams`` sessions can run in the same half-day, ``exceptions`` names half-days with
    another number. Where teams are listed by name, they are counted instead.
    """

    hours_per_week: WeekHours
    teams: Annotated[int, Field(ge=0, le=1000)] | None = None
    session_hours: Hours = 3.0
    min_sessions: Sessions = 0
    max_sessions: Sessions | None = None
    exceptions: dict[str, Sessions] = field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class Team:
    """A team by name: its hours, the half-days it works, the kinds of session it holds.

    ``hours_per_week`` and ``hours_per_day`` None: no limit of its own; lists empty: all.
    """

    name: Name
    hours_per_week: WeekHours | None = None
    hours_per_day: WeekHours | None = None
    half_days: tuple[str, ...] = ()
    kinds: tuple[Key, ...] = ()


@dataclass(frozen=True, config=STRICT)
class SessionKind:
    """A kind of session: open hours, counselling by appointment, outreach visit.

    Parameters
    ----------
    key, name
        ``name`` as on a notice: "Offene Sprechstunde".
    staff
        Teams that one session binds.
    hours, max_hours
        Shortest and longest session; ``hours`` None is the length under ``staff``,
        ``max_hours`` None the same as ``hours``.
    persons_per_hour
        Persons one session can see in an hour; None: no limit.
    groups
        How well it suits a group, 0 to 1; empty: all groups fully, else those not named not
        at all.
    half_days, place_kinds
        When and in which kinds of place it may be held; empty: everywhere, always.
    min_capacity
        Persons the room must hold; rooms of unknown capacity are allowed.
    """

    key: Key
    name: str
    staff: Annotated[int, Field(ge=1, le=10)] = 1
    hours: Hours | None = None
    max_hours: Hours | None = None
    persons_per_hour: Positive | None = None
    groups: dict[Key, Share] = field(default_factory=dict)
    half_days: tuple[str, ...] = ()
    place_kinds: tuple[str, ...] = ()
    min_capacity: Sessions = 0

    def suits(self, group: str) -> float:
        """How well the kind suits a target group, 0 to 1."""
        return self.groups.get(group, 0.0) if self.groups else 1.0


@dataclass(frozen=True, config=STRICT)
class Between:
    """The way of a team from one room to the next on one day.

    Straight line times ``detour`` at ``speed_kmh``, plus ``extra_minutes`` for leaving and
    arriving; between two sessions there is a break of ``break_minutes`` beside the way.
    ``rounds`` is how often a week that no team can walk is sent back to be changed.
    """

    speed_kmh: Positive = 15.0
    detour: Annotated[Finite, Field(ge=1, le=100)] = 1.3
    extra_minutes: NotNegative = 10.0
    break_minutes: NotNegative = 30.0
    rounds: Annotated[int, Field(ge=1, le=1000)] = 30


@dataclass(frozen=True, config=STRICT)
class Spread:
    """How sessions spread over the week, existing ones of ours included.

    ``different_days``: a room's sessions are on different weekdays.
    """

    min_per_weekday: Sessions = 0
    max_per_weekday: Sessions | None = None
    different_days: bool = False


@dataclass(frozen=True, config=STRICT)
class Rooms:
    """Which rooms may be used.

    ``kinds`` empty allows every kind but ``present_kinds``: places where the service is
    present anyway and that are no candidates. ``include_names`` and ``exclude_names`` are by
    kind: only names in which one of the texts occurs, and none in which one does.
    ``only_named`` leaves out places without a name. ``purposes`` must all be accepted by a
    room that limits its purposes. ``default_half_days`` hold where windows are not known.
    ``forbidden`` are keys of places that get no new session.
    """

    owners: tuple[Literal["public", "non_profit", "other", "unknown"], ...] = (
        "public",
        "non_profit",
    )
    kinds: tuple[str, ...] = ()
    present_kinds: tuple[str, ...] = ()
    only_named: bool = True
    include_names: dict[str, tuple[NamePart, ...]] = field(default_factory=dict)
    exclude_names: dict[str, tuple[NamePart, ...]] = field(default_factory=dict)
    barrier_free: BarrierRule = "any"
    purposes: tuple[str, ...] = ()
    default_half_days: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    max_sessions_per_room: Annotated[int, Field(ge=1, le=20)] = 1


@dataclass(frozen=True, config=STRICT)
class Existing:
    """What happens to existing sessions; those of ``our_providers`` cost our staff.

    ``keep``: all stay. ``free``: ours may be moved or given up, those of others stay.
    ``ignore``: none is looked at. ``stay_bonus``: a session that stays where it is counts as
    so many persons, so that nothing is moved for nothing.
    """

    mode: Literal["keep", "free", "ignore"] = "keep"
    stay_bonus: NotNegative = 1.0
    our_providers: tuple[str, ...] = ()


@dataclass(frozen=True, config=STRICT)
class Fixed:
    """A session that must be in the plan; ``kind`` None: of any kind."""

    place: str
    half_day: str
    kind: Key | None = None


@dataclass(frozen=True, config=STRICT)
class Closed:
    """Days without sessions, the last one included."""

    first: IsoDate
    last: IsoDate
    name: str = ""
