"""What a plan says, as data: sessions with their reasons, reach before and after, how good it is.

It lies in ``EDITION.plans/NAME/`` and names the content of the edition it was made from.
"""

import json
from dataclasses import asdict, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from atlas.edition import Edition
from atlas.wording import number, percent
from geodata.errors import EditionError, Problem

FORMAT = 3
FILE = "plan.json"
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

    ``worse`` is the share of the plan's whole gain that is lost, 0 to 1.
    """

    place: str
    place_name: str
    weekday: int
    half_day: str
    start: str
    end: str
    worse: float


@dataclass(frozen=True)
class PlannedSession:
    """A weekly consultation hour, new or existing.

    ``valid_from`` and ``valid_to`` are the days on which an existing one begins and ends,
    empty where open. ``owner_assumed`` says that nobody delivered the owner of the place.
    ``teams`` are the names of all teams that hold it, ``team`` the same in one line.
    ``next_room`` is the best other room at any time, ``next_time`` the best other half-day in
    the same room. ``lost`` is the share of the plan's whole gain that goes without it.
    ``fixed``: the scenario wants it. ``persons`` it can see in a week; None: no limit.
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
    it; places where the service is present all week do not count there. ``factor`` is what a
    person there counts by the scenario's priorities, ``reason`` why it is or is not reached.
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
        level = f"{self.level_name} mit Angebot in {self.minutes:g} Minuten"
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
    """

    gini_before: float | None
    gini_after: float | None
    worst_area: str
    worst_name: str
    worst_minutes: float | None
    worst_need: float


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


@dataclass(frozen=True)
class Plan:
    """The result of a scenario on an edition.

    ``warnings`` are what a reader must know before anything else. ``starts`` is a placeholder
    where ``start_open``. Of ``hours_used`` existing sessions use ``hours_held``. ``ended``
    are existing sessions of ours that the plan gives up, ``wishes`` the scenario as plain data.
    """

    format: int
    name: str
    title: str
    scenario: str
    scenario_sha256: str
    city: str
    notice: str
    edition: str
    content: str
    reporting_date: str
    starts: str
    ends: str | None
    hours_per_week: float
    hours_used: float
    week: tuple[WeekColumn, ...]
    sessions: tuple[PlannedSession, ...]
    groups: tuple[GroupReach, ...]
    areas: tuple[AreaReach, ...]
    guarantee: GuaranteeReport | None
    quality: Quality
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    start_open: bool = False
    hours_held: float = 0.0
    ended: tuple[PlannedSession, ...] = ()
    fairness: Fairness | None = None
    front: tuple[FrontPoint, ...] = ()
    days: tuple[TeamDay, ...] = ()
    what_if: tuple[WhatIf, ...] = ()
    land: str | None = None
    closed: tuple[tuple[str, str, str], ...] = ()
    wishes: dict[str, Any] = field(default_factory=dict)

    @property
    def new_sessions(self) -> tuple[PlannedSession, ...]:
        """The sessions that the plan adds."""
        return tuple(s for s in self.sessions if not s.existing)

    @property
    def no_hours_left(self) -> bool:
        """Existing sessions of our staff need more hours than there are."""
        return self.hours_held > self.hours_per_week

    def summary(self) -> tuple[str, ...]:
        """The plan in a few German lines."""
        used, hours = number(self.hours_used, 1), number(self.hours_per_week, 1)
        time = f"{used} von {hours} Stunden in der Woche."
        if self.no_hours_left:
            time = f"{used} Stunden in der Woche gebraucht, {hours} vorhanden."
        kept = len(self.sessions) - len(self.new_sessions)
        lines = [
            *self.warnings,
            f"{len(self.new_sessions)} neue und {kept} bestehende Sprechstunden, {time}",
        ]
        if self.ended:
            names = "; ".join(s.place_name for s in self.ended)
            lines.append(f"Von den bestehenden entfällt zugunsten anderer: {names}.")
        for group in self.groups:
            step = group.steps[-1]
            lines.append(
                f"{group.title}: in {step.minutes:g} Minuten erreicht "
                f"{number(step.before)} vorher, {number(step.after)} nachher, "
                f"von {number(group.need)}."
            )
        if self.guarantee is not None:
            lines.append(self.guarantee.sentence())
        # Of a plan that could add nothing, "the best possible" would say nothing.
        return (*lines,) if self.no_hours_left else (*lines, self.quality.sentence())


class NextSession(NamedTuple):
    """The nearest consultation hour from an area, and the minutes to it."""

    session: PlannedSession
    minutes: float


def next_session(plan: Plan, area: str, group: str | None = None) -> NextSession | None:
    """The nearest consultation hour of a plan from an area, however far it is.

    Parameters
    ----------
    plan
        Its new sessions count, and the existing ones that it keeps.
    area
        Key of one of the finest inhabited areas.
    group
        Key of a target group; None is the nearest session for any of the groups.

    Returns
    -------
    NextSession or None
        The first of the week where the place has several; None where the area is not in the
        plan, or no session can be reached on foot from it.
    """
    rows = [
        a
        for a in plan.areas
        if a.area == area and a.next_minutes is not None and group in (None, a.group)
    ]
    best = min(rows, key=lambda a: a.next_minutes or 0.0, default=None)
    if best is None or best.next_minutes is None:
        return None
    sessions = [s for s in plan.sessions if s.place == best.next_place and best.group in s.groups]
    first = min(sessions, key=lambda s: (s.weekday, s.start), default=None)
    return NextSession(first, best.next_minutes) if first else None


def team_text(session: PlannedSession) -> str:
    """Who holds a session: our team, or another provider with its team."""
    if session.ours:
        return session.team
    return ", ".join(t for t in (session.provider, session.team) if t)


def default_plan(edition: Edition, plans: tuple[Plan, ...]) -> Plan | None:
    """The plan to show first: that of the project's own scenario, else the first by name."""
    own = (edition.manifest.scenario or "").removesuffix(".toml")
    return min(plans, key=lambda p: (p.name != own, p.name), default=None)


_ADAPTER: TypeAdapter[Plan] = TypeAdapter(Plan)


def plan_json(plan: Plan) -> str:
    """The text of ``plan.json``."""
    return json.dumps(asdict(plan), ensure_ascii=False, indent=1) + "\n"


def read_plans(edition: Edition) -> tuple[Plan, ...]:
    """All plans beside an edition that were made from its content, ordered by name.

    Raises
    ------
    EditionError
        A plan's file is damaged.
    """
    folder = edition.plans_path
    if not folder.is_dir():
        return ()
    files = sorted(f for f in folder.glob(f"*/{FILE}") if not f.parent.name.startswith("."))
    plans = [plan for f in files if (plan := _read(f, edition.manifest.content)) is not None]
    return tuple(plans)


def _read(file: Path, content: str) -> Plan | None:
    """Read one plan; None where it belongs to another edition or format."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(raw, dict):
            raise EditionError("Ein Plan ist beschädigt.", [Problem(str(file), "kein JSON-Objekt")])
        if raw.get("content") != content or raw.get("format") != FORMAT:
            return None
        return _ADAPTER.validate_python(raw)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        problem = Problem(str(file), str(error), "unverändertes JSON")
        raise EditionError("Ein Plan ist beschädigt.", [problem]) from None
    except ValidationError as error:
        problems = [
            Problem(f"{file}, " + ".".join(map(str, e["loc"])), str(e["msg"]))
            for e in error.errors()
        ]
        raise EditionError("Ein Plan ist beschädigt.", problems) from None
