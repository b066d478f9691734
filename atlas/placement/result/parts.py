"""The parts of a plan: sessions with their reasons, reach before and after, how good it is."""

from typing import Literal

from pydantic.dataclasses import dataclass

from atlas.wording import number, percent, plain

_SHORTEST = 0.1


@dataclass(frozen=True)
class SessionReach:
    """What one session reaches for one target group, in persons or cases.

    Parameters
    ----------
    group, minutes
        The group, and the widest level of reach.
    reached
        Need within reach of the session.
    new
        Of these, without anything in reach before the plan.
    alone
        Of these, without anything in reach if this session fell away.
    closer
        Of these, with a nearer level of reach than before the plan.
    status
        ``published`` or ``estimated``.
    """

    group: str
    minutes: float
    reached: float
    new: float
    alone: float
    closer: float
    status: str


@dataclass(frozen=True)
class Alternative:
    """The best session that could stand in place of one: where, when, and what is lost by it.

    ``worse`` is the share of the plan's whole gain that is lost, 0 to 1. ``kind_name`` is
    named where the plan has several kinds of session.
    """

    place: str
    place_name: str
    weekday: int
    half_day: str
    start: str
    end: str
    worse: float
    kind_name: str = ""


@dataclass(frozen=True)
class PlannedSession:
    """A weekly consultation hour, new or existing.

    ``valid_from`` and ``valid_to`` are the days on which an existing one begins and ends,
    empty where open. ``owner_assumed`` says that nobody delivered the owner of the place.
    ``teams`` are the names of all teams that hold it, ``team`` the same in one line.
    ``next_room`` is the best other room at any time, ``next_time`` the best other half-day in
    the same room; an existing session that must stay has neither. ``lost`` is what goes
    without it as a share of the plan's whole gain: at most 1 for one of those that make up the
    gain, any number for one that stays whatever the plan, None where nothing is gained.
    ``kind_name`` is what the scenario calls its kind, else the atlas. ``fixed``: the scenario
    wants it. ``persons`` it can see in a week; None: no limit.
    """

    place: str
    place_name: str
    place_kind: str
    owner: str
    barrier_free: str
    address: str
    area: str
    weekday: int
    half_day: str
    half_day_name: str
    start: str
    end: str
    hours: float
    team: str
    kind: str
    provider: str
    groups: tuple[str, ...]
    existing: bool
    ours: bool
    hours_known: bool
    reason: str
    reach: tuple[SessionReach, ...] = ()
    new_areas: tuple[str, ...] = ()
    area_name: str = ""
    owner_assumed: bool = False
    valid_from: str = ""
    valid_to: str = ""
    kind_name: str = ""
    teams: tuple[str, ...] = ()
    fixed: bool = False
    persons: float | None = None
    lost: float | None = None
    next_room: Alternative | None = None
    next_time: Alternative | None = None


@dataclass(frozen=True)
class AreaReach:
    """Minutes on foot from an area to the nearest session for a group.

    ``level_before`` and ``level_after`` are the minutes of the level of reach the area falls
    into; None beyond the widest. ``need`` is None where it is not known. ``next_place`` is
    the nearest place with a session for the group after the plan, ``next_minutes`` the way to
    it; places where the service is present all week do not count there. Where one of these is
    as near or nearer, ``always_place`` and ``always_name`` are its key and name, and
    ``minutes_after`` is the way to it; else they are empty. ``factor`` is what a person there
    counts by the scenario's priorities, ``reason`` why it is or is not reached.
    ``beyond``: without ``minutes_after``, the minutes that the way is longer than, since
    longer ones are not stored; None where no way is known at all.
    """

    area: str
    group: str
    need: float | None
    low: float | None
    high: float | None
    status: str
    minutes_before: float | None
    minutes_after: float | None
    level_before: float | None
    level_after: float | None
    area_name: str = ""
    next_place: str = ""
    next_minutes: float | None = None
    factor: float = 1.0
    reason: str = ""
    always_place: str = ""
    always_name: str = ""
    beyond: float | None = None


@dataclass(frozen=True)
class ReachStep:
    """Need within some minutes of a session, before and after."""

    minutes: float
    before: float
    after: float


@dataclass(frozen=True)
class GroupReach:
    """Reach of one target group over the whole city; groups overlap and are never added up.

    ``name`` says for whom, ``need_name`` what is counted.
    """

    group: str
    name: str
    source: str
    need: float
    low: float
    high: float
    status: str
    unknown_areas: tuple[str, ...]
    steps: tuple[ReachStep, ...]
    need_name: str = ""

    @property
    def counted(self) -> str:
        """What is counted, as it stands after a number."""
        return self.need_name or self.name

    @property
    def title(self) -> str:
        """For whom, and what is counted where that is something else."""
        same = self.counted == self.name
        return self.name if same else f"{self.name} (gezählt: {self.counted})"


@dataclass(frozen=True)
class MissedRegion:
    """A region without any session within reach; ``attainable`` if a room would be."""

    area: str
    name: str
    attainable: bool


@dataclass(frozen=True)
class GuaranteeReport:
    """How far "at least one session within reach of every region" was kept."""

    level: str
    level_name: str
    minutes: float
    regions: int
    missed: tuple[MissedRegion, ...]

    def sentence(self) -> str:
        """How far the guarantee was kept, with the names of what was missed."""
        level = f"{self.level_name} mit Angebot in {plain(self.minutes)} Minuten"
        done = f"{level}: {self.regions - len(self.missed)} von {self.regions}."
        no_room = ", ".join(m.name for m in self.missed if not m.attainable)
        no_staff = ", ".join(m.name for m in self.missed if m.attainable)
        parts = [done]
        if no_staff:
            parts.append(f"Ohne Angebot, obwohl ein Raum da wäre: {no_staff}.")
        if no_room:
            parts.append(f"Ohne Angebot, weil kein geeigneter Raum in der Nähe ist: {no_room}.")
        return " ".join(parts)


@dataclass(frozen=True)
class Quality:
    """How good the plan is at least: objective and bound are what new sessions gain."""

    objective: float
    bound: float
    gap: float
    ended: Literal["optimal", "gap", "node_limit", "time_limit", "stopped", "rounds"]
    seconds: float

    def sentence(self) -> str:
        """How good the plan is at least, and why the search ended."""
        exact = self.seconds >= _SHORTEST
        took = number(self.seconds, 1) if exact else f"weniger als {number(_SHORTEST, 1)}"
        if self.ended == "optimal":
            return f"Beweisbar bester Plan, gefunden in {took} Sekunden."
        why = {
            "gap": "die verlangte Genauigkeit ist erreicht",
            "node_limit": "die Grenze der Suche ist erreicht",
            "time_limit": "die Zeitgrenze ist erreicht; ein neuer Lauf kann anders enden",
            "rounds": "nicht alles, was erreichbar wäre, können die Teams halten",
            "stopped": "die Suche wurde angehalten; ein neuer Lauf kann anders enden",
        }
        return (
            f"Höchstens {percent(100 * self.gap, 2)} vom bestmöglichen Gewinn entfernt "
            f"({why[self.ended]}; {took} Sekunden)."
        )


@dataclass(frozen=True)
class WeekColumn:
    """A half-day of the week and the teams free for new sessions."""

    key: str
    weekday: int
    part: str
    name: str
    teams: int


@dataclass(frozen=True)
class Fairness:
    """How evenly the hours of sessions reach people, and who is worst off.

    Parameters
    ----------
    gini_before, gini_after
        Gini coefficient of the hours of sessions per person within reach (two-step floating
        catchment areas), weighted by need: 0 is even, 1 all for one; None without any hours.
    worst_area, worst_name, worst_minutes, worst_need
        The inhabited area with the longest way to a session after the plan; minutes None
        where no way is known.
    worst_beyond, areas_beyond
        Without ``worst_minutes``, the minutes that this way is longer than, and how many
        areas have so long a way; None where no way is known at all.
    """

    gini_before: float | None
    gini_after: float | None
    worst_area: str
    worst_name: str
    worst_minutes: float | None
    worst_need: float
    worst_beyond: float | None = None
    areas_beyond: int = 0


@dataclass(frozen=True)
class FrontPoint:
    """What can be reached with some hours in the week.

    ``reached`` is the need within the widest level of reach by target group.
    """

    hours: float
    sessions: int
    objective: float
    bound: float
    gap: float
    ended: str
    reached: dict[str, float]


@dataclass(frozen=True)
class Stop:
    """A session on a team's day, and the minutes of the way to it from the stop before."""

    place_name: str
    start: str
    end: str
    way_minutes: float | None


@dataclass(frozen=True)
class TeamDay:
    """Where a team is on one weekday, in order."""

    team: str
    weekday: int
    stops: tuple[Stop, ...]


@dataclass(frozen=True)
class WhatIf:
    """What becomes of the plan if something were otherwise.

    ``same`` of ``sessions`` new sessions stay in the same room; ``short`` is the share by which
    the plan as it is falls short of the one that would be best then.
    """

    name: str
    same: int
    sessions: int
    short: float
    sentence: str
