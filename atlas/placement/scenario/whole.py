"""Everything a plan needs to know beside the edition, as one frozen value."""

import hashlib
import json
from dataclasses import asdict, field
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from atlas.placement.scenario.people import Guarantee, Limit, Priority, Reach, Robust, TargetGroup
from atlas.placement.scenario.week import (
    Between,
    Closed,
    DayPart,
    Existing,
    Fixed,
    Rooms,
    SessionKind,
    Spread,
    Staff,
    Team,
)
from atlas.placement.scenario.words import STRICT, Finite, Land, Seconds, WeekHours
from atlas.project import IsoDate, Key

_MOST_COUNT = 2**31 - 1
"""The solver counts no further."""
WEEKDAY_KEYS = ("mo", "di", "mi", "do", "fr", "sa", "so")


@dataclass(frozen=True, config=STRICT)
class SolveRule:
    """When the search ends. Only a time limit can make two runs differ."""

    gap: Annotated[Finite, Field(ge=0, lt=1)] = 0.005
    time_limit_seconds: Seconds | None = 300.0
    node_limit: Annotated[int, Field(ge=1, le=_MOST_COUNT)] | None = None
    seed: Annotated[int, Field(ge=0, le=_MOST_COUNT)] = 0


def _default_parts() -> tuple[DayPart, ...]:
    return (
        DayPart("am", "Vormittag", "08:00", "12:30", "09:00"),
        DayPart("pm", "Nachmittag", "12:30", "18:00", "14:00"),
    )


@dataclass(frozen=True, config=STRICT)
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
    kinds: tuple[SessionKind, ...] = ()
    teams: tuple[Team, ...] = ()
    priorities: tuple[Priority, ...] = ()
    between: Between | None = None
    spread: Spread = field(default_factory=Spread)
    limit: Limit | None = None
    robust: Robust | None = None
    fixed: tuple[Fixed, ...] = ()
    front: tuple[WeekHours, ...] = ()
    land: Land | None = None
    closed: tuple[Closed, ...] = ()
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4)
    day_parts: tuple[DayPart, ...] = field(default_factory=_default_parts)
    starts: IsoDate | None = None
    ends: IsoDate | None = None
    solve: SolveRule = field(default_factory=SolveRule)

    @property
    def team_count(self) -> int:
        """Teams that can work in the same half-day."""
        return len(self.teams) or (self.staff.teams or 0)

    @property
    def session_kinds(self) -> tuple[SessionKind, ...]:
        """The kinds of session; a plain one where none is named."""
        return self.kinds or (SessionKind("open", "Offene Sprechstunde"),)


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


def scenario_hash(scenario: Scenario) -> str:
    """Hash of what a scenario says, whatever its file looks like."""
    plain = json.dumps(asdict(scenario), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """What a scenario says as plain data, for JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(scenario)))
    return plain


def scenario_from_data(data: dict[str, Any]) -> Scenario:
    """The scenario of plain data; the way back from `scenario_data`."""
    return TypeAdapter(Scenario).validate_python(data)


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
