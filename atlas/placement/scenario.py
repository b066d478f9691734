"""A scenario: for whom, with how much staff, in which rooms, on which half-days.

TOML, read into frozen dataclasses; every mistake is reported at once with its line.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter
from pydantic.dataclasses import dataclass

from atlas.project import IsoDate, Key
from atlas.tomlfile import load_toml, place_of
from geodata.errors import ProblemCollector, ProjectError

_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=False)
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Cell = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)?$")]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
NamePart = Annotated[str, StringConstraints(pattern=r"[^=*\s]")]
Note = Callable[[tuple[int | str, ...], str, str], None]
BarrierRule = Literal["any", "not_no", "yes"]

WEEKDAY_KEYS = ("mo", "di", "mi", "do", "fr", "sa", "so")


@dataclass(frozen=True, config=_STRICT)
class Term:
    """One part of a group's need, on the finest areas.

    Either ``measure`` (``measure`` or ``measure/group``: the count), or ``share`` (key of an
    indicator in per cent) of the count ``of``.
    """

    measure: Cell | None = None
    share: Key | None = None
    of: Cell | None = None


@dataclass(frozen=True, config=_STRICT)
class TargetGroup:
    """People for whom hours are held.

    Parameters
    ----------
    key, name
        ``name`` says for whom, as on an invitation: "Alleinerziehende".
    need_name
        What is counted, as it stands after a number: "Bedarfsgemeinschaften von
        Alleinerziehenden"; None is ``name``.
    need
        Terms that are added up.
    weight
        What one person of this group counts against one of another.
    profile
        Walking speed, a profile of the edition's travel table.
    half_days
        Keys of half-days or of parts of the day that suit the group; empty: all.
    session_groups
        Words under which existing sessions name the group, beside its key.
    barrier_free
        ``yes``: only places known to be barrier-free; ``not_no``: all but those that are
        not; ``any``.
    """

    key: Key
    name: str
    need: tuple[Term, ...]
    weight: Positive = 1.0
    profile: Key = "standard"
    half_days: tuple[str, ...] = ()
    session_groups: tuple[str, ...] = ()
    barrier_free: BarrierRule = "any"
    need_name: str | None = None

    @property
    def counted(self) -> str:
        """What is counted, as it stands after a number."""
        return self.need_name or self.name


@dataclass(frozen=True, config=_STRICT)
class Reach:
    """A level of reach: within ``minutes`` a person counts with ``weight``."""

    minutes: Positive
    weight: Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True, config=_STRICT)
class DayPart:
    """A part of the day; ``preferred`` is the start of a session where the room allows it."""

    key: Key
    name: str
    start: Clock
    end: Clock
    preferred: Clock | None = None


@dataclass(frozen=True, config=_STRICT)
class Staff:
    """What the staff allows in a week.

    ``teams`` sessions can run in the same half-day, ``exceptions`` names half-days with
    another number.
    """

    teams: Annotated[int, Field(ge=0, le=1000)]
    hours_per_week: NotNegative
    session_hours: Annotated[float, Field(gt=0, le=12)] = 3.0
    min_sessions: Annotated[int, Field(ge=0)] = 0
    max_sessions: Annotated[int, Field(ge=0)] | None = None
    exceptions: dict[str, Annotated[int, Field(ge=0)]] = field(default_factory=dict)


@dataclass(frozen=True, config=_STRICT)
class Rooms:
    """Which rooms may be used.

    ``kinds`` empty allows every kind but ``present_kinds``: places where the service is
    present anyway and that are no candidates. ``include_names`` and ``exclude_names`` are by
    kind: only names in which one of the texts occurs, and none in which one does.
    ``only_named`` leaves out places without a name. ``purposes`` must all be accepted by a
    room that limits its purposes. ``default_half_days`` hold where windows are not known.
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
    max_sessions_per_room: Annotated[int, Field(ge=1, le=20)] = 1


@dataclass(frozen=True, config=_STRICT)
class Existing:
    """Existing sessions stay and reach people; those of ``our_providers`` cost our staff."""

    keep: bool = True
    our_providers: tuple[str, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Guarantee:
    """At least one session within reach of every area of a level, softly.

    An area of the level is within reach if one of its finest areas is. A missed one costs
    ``weight`` times the mean weighted need of an area of the level.
    """

    level: Key
    minutes: Positive
    weight: NotNegative = 1.0
    profile: Key = "standard"


@dataclass(frozen=True, config=_STRICT)
class SolveRule:
    """When the search ends. Only a time limit can make two runs differ."""

    gap: Annotated[float, Field(ge=0, lt=1)] = 0.005
    time_limit_seconds: Positive | None = 300.0
    node_limit: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0)] = 0


def _default_parts() -> tuple[DayPart, ...]:
    return (
        DayPart("am", "Vormittag", "08:00", "12:30", "09:00"),
        DayPart("pm", "Nachmittag", "12:30", "18:00", "14:00"),
    )


@dataclass(frozen=True, config=_STRICT)
class Scenario:
    """Everything a plan needs to know beside the edition."""

    format: Literal[1]
    key: Key
    title: str
    groups: tuple[TargetGroup, ...]
    reach: tuple[Reach, ...]
    staff: Staff
    rooms: Rooms = field(default_factory=Rooms)
    existing: Existing = field(default_factory=Existing)
    guarantee: Guarantee | None = None
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4)
    day_parts: tuple[DayPart, ...] = field(default_factory=_default_parts)
    starts: IsoDate | None = None
    ends: IsoDate | None = None
    solve: SolveRule = field(default_factory=SolveRule)


_ADAPTER: TypeAdapter[Scenario] = TypeAdapter(Scenario)


@dataclass(frozen=True)
class HalfDay:
    """A half-day of the week; times in minutes after midnight."""

    key: str
    weekday: int
    part: str
    part_name: str
    start: int
    end: int
    preferred: int


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    FileMissingError
        The file is not there.
    ProjectError
        It is not TOML, or entries are wrong; every mistake is listed with its line.
    """
    scenario, text = load_toml(path, _ADAPTER, f"Das Szenario {path.name} ist fehlerhaft.")
    _check(scenario, text, path)
    return scenario


def scenario_hash(scenario: Scenario) -> str:
    """Hash of what a scenario says, whatever its file looks like."""
    plain = json.dumps(asdict(scenario), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def minutes_of(clock: str) -> int:
    """Minutes after midnight of ``HH:MM``."""
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)


def clock_of(minutes: int) -> str:
    """Minutes after midnight as ``HH:MM``."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def half_days_of(scenario: Scenario) -> tuple[HalfDay, ...]:
    """All half-days of the week in order."""
    return tuple(
        HalfDay(
            f"{WEEKDAY_KEYS[day]}_{part.key}",
            day,
            part.key,
            part.name,
            minutes_of(part.start),
            minutes_of(part.end),
            minutes_of(part.preferred or part.start),
        )
        for day in sorted(scenario.weekdays)
        for part in scenario.day_parts
    )


def suited(names: tuple[str, ...], half_days: tuple[HalfDay, ...]) -> tuple[bool, ...]:
    """Which half-days a list of half-days or parts of the day names; empty means all."""
    return tuple(not names or h.key in names or h.part in names for h in half_days)


def _check(scenario: Scenario, text: str, path: Path) -> None:
    """Refuse a scenario whose parts contradict each other."""
    found = ProblemCollector()

    def note(loc: tuple[int | str, ...], what: str, allowed: str) -> None:
        found.add(place_of(loc, text, path), what, allowed)

    for name in ("groups", "reach", "weekdays", "day_parts"):
        if not getattr(scenario, name):
            note((name,), "leer", "mindestens ein Eintrag")
    _check_terms(scenario, note)
    _check_lists(scenario, note)
    _check_half_days(scenario, note)
    _check_day_parts(scenario, note)
    if scenario.ends is not None and not (scenario.starts or "") <= scenario.ends:
        note(("ends",), scenario.ends, f"frühestens {scenario.starts}")
    if scenario.ends is not None and scenario.starts is None:
        note(("ends",), scenario.ends, "nur zusammen mit starts")
    staff = scenario.staff
    if staff.max_sessions is not None and staff.max_sessions < staff.min_sessions:
        note(("staff", "max_sessions"), f"{staff.max_sessions}", f"mindestens {staff.min_sessions}")
    found.raise_if_any(ProjectError, f"Das Szenario {path.name} ist fehlerhaft.")


def _check_lists(scenario: Scenario, note: Note) -> None:
    """Keys stand once, and levels of reach follow each other."""
    listed = {
        "groups": [g.key for g in scenario.groups],
        "day_parts": [p.key for p in scenario.day_parts],
        "weekdays": [str(n) for n in scenario.weekdays],
    }
    for name, keys in listed.items():
        for key in sorted({k for k in keys if keys.count(k) > 1}):
            note((name,), f"{key!r} steht mehrfach", "jeder Eintrag einmal")
    for a, b in pairwise(scenario.reach):
        if not (a.minutes < b.minutes and a.weight > b.weight):
            allowed = "mehr Minuten und kleineres Gewicht als davor"
            note(("reach",), f"{b.minutes:g} Minuten, Gewicht {b.weight:g}", allowed)


def _check_half_days(scenario: Scenario, note: Note) -> None:
    """Every half-day that is named exists."""
    half_days = half_days_of(scenario)
    names = {h.key for h in half_days} | {h.part for h in half_days}
    allowed = ", ".join(sorted(names))
    used: list[tuple[tuple[int | str, ...], str]] = [
        (("groups", i, "half_days"), n) for i, g in enumerate(scenario.groups) for n in g.half_days
    ]
    used += [(("rooms", "default_half_days"), n) for n in scenario.rooms.default_half_days]
    used += [(("staff", "exceptions"), n) for n in scenario.staff.exceptions]
    for loc, name in used:
        if name not in names:
            note(loc, f"gefunden {name!r}", allowed)


def _check_terms(scenario: Scenario, note: Note) -> None:
    """Every group needs terms, and every term is a measure or a share of one."""
    for i, group in enumerate(scenario.groups):
        if not group.need:
            note(("groups", i, "need"), "leer", "mindestens ein Eintrag")
        for term in group.need:
            is_count = term.measure is not None and term.share is None and term.of is None
            is_share = term.measure is None and term.share is not None and term.of is not None
            if not (is_count or is_share):
                note(("groups", i, "need"), "unklar", "measure, oder share zusammen mit of")


def _check_day_parts(scenario: Scenario, note: Note) -> None:
    """The parts of a day follow each other, and the preferred start lies inside."""
    for i, part in enumerate(scenario.day_parts):
        if not part.start < part.end:
            note(("day_parts", i, "end"), f"{part.end}", f"später als {part.start}")
        if part.preferred is not None and not part.start <= part.preferred < part.end:
            note(("day_parts", i, "preferred"), part.preferred, f"{part.start} bis {part.end}")
    for a, b in pairwise(scenario.day_parts):
        if b.start < a.end:
            note(("day_parts",), f"{b.key} beginnt {b.start}", f"frühestens {a.end}")
