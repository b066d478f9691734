"""Sessions to be held, the week they are held in, and the timetable that comes of it."""

from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.arrays import Bools, CoverProblem, Floats, Ints
from atlas.placement.teams import Member


@dataclass(frozen=True)
class Held:
    """A session to be held: its room, its type, and its options.

    ``options`` are those it may have, ``now`` that of the solution.
    """

    room: int
    type: int
    now: int
    options: tuple[int, ...]


@dataclass(frozen=True)
class Week:
    """Everything the timetable needs beside the sessions.

    Parameters
    ----------
    problem
        Windows, teams and what half-days serve.
    starts
        (R, Q): start in minutes after midnight.
    members
        The teams.
    between
        (R, R): minutes that must lie between two sessions of one team.
    held
        (T,): existing sessions of ours.
    ways
        (R, R): minutes on the way from room to room.
    until
        Moment of `time.perf_counter` at which searching ends; None: no limit.
    """

    problem: CoverProblem
    starts: Ints
    members: tuple[Member, ...]
    between: Floats
    held: Ints
    ways: Floats | None = None
    until: float | None = None

    def any_day(self) -> "Week":
        """The week without a least number of sessions on each day."""
        free = replace(self.problem, day_low=np.zeros_like(self.problem.day_low))
        return replace(self, problem=free)

    def span(self, room: int, option: int) -> tuple[int, int]:
        """Start and end of the shortest session there."""
        start = int(self.starts[room, option])
        return start, start + int(self.problem.options.shortest[option])


@dataclass(frozen=True)
class Timetable:
    """The option and the teams (numbers of members) of each session."""

    sessions: tuple[Held, ...]
    option: tuple[int, ...]
    teams: tuple[tuple[int, ...], ...]

    def chosen(self, shape: tuple[int, ...]) -> Bools:
        """(R, Q): a session is held."""
        result = np.zeros(shape, dtype=bool)
        for session, q in zip(self.sessions, self.option, strict=True):
            result[session.room, q] = True
        return result


def sessions_of(problem: CoverProblem, chosen: Bools) -> tuple[Held, ...]:
    """The sessions of a solution with the half-days they could have instead."""
    types, pinned = problem.types, _pinned(problem)
    sessions = []
    for room, q in np.argwhere(chosen).tolist():
        kind = int(types[q])
        same = np.flatnonzero(problem.allowed[room] & (types == kind)).tolist()
        options = (q,) if pinned[room, q] else tuple(same)
        sessions.append(Held(room, kind, q, options))
    return tuple(sessions)


def _pinned(problem: CoverProblem) -> Bools:
    """(R, Q): slots whose half-day must not change: fixed ones, and what should stay."""
    pinned = np.zeros(problem.allowed.shape, dtype=bool)
    for must in problem.musts:
        days = problem.options.half_day[must.slots[:, 1]]
        if len(np.unique(must.slots[:, 0])) == 1 and len(np.unique(days)) == 1:
            pinned[must.slots[:, 0], must.slots[:, 1]] = True
    if problem.bonus is not None:
        pinned |= problem.bonus > 0
    return pinned


def stops_of(
    week: Week, table: Timetable, minutes: Ints, member: int
) -> list[tuple[int, int, int, int]]:
    """Where a team is: weekday, start, end and room of all its sessions, in order.

    Parameters
    ----------
    week, table
        The teams with their existing sessions, and who holds which new one.
    minutes
        (R, Q): lengths of the new ones.
    member
        Number of the team.
    """
    weekday = week.problem.options.weekday
    stops = [(s.weekday, s.start, s.end, s.place) for s in week.members[member].held]
    for session, q, teams in zip(table.sessions, table.option, table.teams, strict=True):
        if member in teams:
            start = int(week.starts[session.room, q])
            end = start + int(minutes[session.room, q])
            stops.append((int(weekday[q]), start, end, session.room))
    return sorted(stops)
