"""The teams by name: when each is free, and how long it needs from room to room."""

from dataclasses import dataclass
from itertools import count

import numpy as np

from atlas.placement.arrays import Floats
from atlas.placement.held import natural
from atlas.placement.hours import ExistingSession, Span, overlaps
from atlas.placement.scenario import Between, Scenario, Team
from atlas.placement.situation import Situation
from atlas.placement.staff import TeamLeft, team_left

_METRES_PER_KM, _MINUTES_PER_HOUR = 1000.0, 60.0


@dataclass(frozen=True)
class Member:
    """A team in the timetable: its name, what it has left, and its existing sessions."""

    name: str
    left: TeamLeft
    held: tuple[ExistingSession, ...]

    @property
    def held_minutes(self) -> int:
        """Minutes of its existing sessions."""
        return sum(s.end - s.start for s in self.held)


def members_of(scenario: Scenario, situation: Situation) -> tuple[Member, ...]:
    """All teams, in their natural order; existing sessions without a name get a free one."""
    ours = [s for s in situation.existing if s.ours]
    listed = {team.name: team for team in scenario.teams}
    named = {s.team for s in ours if s.team}
    names = list(listed) if listed else _pool(named, scenario.team_count)
    held: dict[str, list[ExistingSession]] = {name: [] for name in names}
    for s in sorted(ours, key=lambda s: (not s.team, s.weekday, s.start)):
        wanted = [s.team, *names] if s.team in held else names
        free = (n for n in wanted if not _meets(s, held[n]))
        name = next(free, None)
        # More at once than there are teams: said in the plan's warnings.
        if name is not None:
            held[name].append(s)
    return tuple(
        Member(
            name,
            team_left(scenario, situation, listed.get(name) or Team(name), tuple(held[name])),
            tuple(held[name]),
        )
        for name in names
    )


def _meets(session: ExistingSession, others: list[ExistingSession]) -> bool:
    return any(s.weekday == session.weekday and overlaps(s.span, session.span) for s in others)


def _pool(known: set[str], teams: int) -> list[str]:
    """The teams' names: those known, filled up with numbered ones, in their natural order."""
    missing = max(teams - len(known), 0)
    numbered = (name for n in count(1) if (name := f"Team {n}") not in known)
    return sorted([*known, *(next(numbered) for _ in range(missing))], key=natural)


def minutes_between(situation: Situation, rule: Between | None) -> Floats:
    """(P, P): minutes that must lie between two sessions of one team, the break included."""
    n = len(situation.places)
    if rule is None:
        return np.zeros((n, n))
    x, y = situation.places.geometry.x.to_numpy(), situation.places.geometry.y.to_numpy()
    metres = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    way = metres * rule.detour / (rule.speed_kmh * _METRES_PER_KM / _MINUTES_PER_HOUR)
    elsewhere = ~np.eye(n, dtype=bool)
    result: Floats = rule.break_minutes + (way + rule.extra_minutes) * elsewhere
    return result


def too_close(a: Span, b: Span, between: float) -> bool:
    """Whether one team cannot hold both: they overlap, or there is too little time between."""
    first, second = sorted((a, b))
    return second[0] - first[1] < between
