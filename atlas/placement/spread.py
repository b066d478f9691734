"""Half-days for sessions: an even week in which teams get from room to room."""

import time
from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.arrays import CoverProblem, Floats, Ints, Ways
from atlas.placement.blocks import Columns, Rows, program_of
from atlas.placement.scenario import SolveRule
from atlas.placement.sessions import Held, Week
from atlas.placement.solve import run_program

_EVEN = SolveRule(gap=0.05, time_limit_seconds=None, node_limit=200)
HALF = 0.5
_MINUTE = 0.02
"""A minute on the way from room to room against one session more in a half-day."""


@dataclass(frozen=True)
class Slots:
    """(n,): number of the session, its room and option, and the column that takes the slot."""

    session: Ints
    room: Ints
    option: Ints
    y: Ints

    def __len__(self) -> int:
        return len(self.y)


def slot_columns(sessions: tuple[Held, ...], columns: Columns, worth: Floats | None) -> Slots:
    """A column for each session and option."""
    pairs = [(k, s.room, q) for k, s in enumerate(sessions) for q in s.options]
    session, room, option = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    cost = 0.0 if worth is None else worth[session]
    return Slots(session, room, option, columns.add(len(session), cost=cost, whole=True))


def slot_rows(problem: CoverProblem, slots: Slots, rows: Rows, *, all_held: bool) -> None:
    """Each session has one half-day; teams, rooms and days have room for it."""
    o, staff = problem.options, problem.staff
    y, q, room = slots.y, slots.option, slots.room
    sessions = int(slots.session.max()) + 1
    rows.add(sessions, [(slots.session, y, 1.0)], low=1.0 if all_held else 0.0, high=1.0)
    half_day, binds = o.half_day[q], o.staff[q].astype(float)
    rows.add(len(staff.teams), [(half_day, y, binds)], high=staff.teams.astype(float))
    met = np.flatnonzero(problem.hindered[room, q])
    clear = staff.clear.astype(float)
    rows.add(len(clear), [(half_day[met], y[met], binds[met])], high=clear)
    for key in (o.half_day, o.weekday) if problem.one_per_day else (o.half_day,):
        _, row = np.unique(room * (int(key.max()) + 1) + key[q], return_inverse=True)
        rows.add(int(row.max()) + 1, [(row, y, 1.0)], high=1.0)
    low, high = problem.day_low.astype(float), staff.day_high.astype(float)
    rows.add(len(high), [(o.weekday[q], y, 1.0)], low=low if all_held else 0.0, high=high)


def spread_out(
    week: Week, sessions: tuple[Held, ...], worth: Floats | None = None
) -> dict[int, int] | None:
    """Give sessions half-days of their type: an even week in which teams get from room to room.

    Half-days that suit the same groups are equally good for the model; for the staff an even
    week is better: another session in a half-day costs the more, the more there are. On each
    day the sessions must be covered by as many paths from room to room as there are teams.

    Parameters
    ----------
    week, sessions
        What is to be held.
    worth
        (n,): looks for the worthiest part of the sessions instead of holding all.

    Returns
    -------
    dict or None
        Option by number of the session; None where no week holds all.

    Raises
    ------
    UnknownError
        The search was too long to know.
    """
    if not sessions:
        return {}
    problem = week.problem
    columns, rows = Columns(), Rows()
    slots = slot_columns(sessions, columns, worth)
    slot_rows(problem, slots, rows, all_held=worth is None)
    binds = problem.options.staff[slots.option].astype(float)
    if worth is None:
        _even_rows(week, slots, len(sessions), columns, rows)
    _path_rows(week, slots, binds, columns, rows)
    values = run(week, columns, rows, _EVEN)
    if values is None:
        return None
    taken = np.flatnonzero(values[slots.y] > HALF)
    return {int(slots.session[j]): int(slots.option[j]) for j in taken}


def _even_rows(week: Week, slots: Slots, sessions: int, columns: Columns, rows: Rows) -> None:
    """Price every further session of a half-day higher than the one before."""
    o, half_days = week.problem.options, len(week.held)
    binding = int(o.staff.max(initial=1)) * sessions
    most = min(binding, int(week.problem.staff.teams.max()))
    day = np.repeat(np.arange(half_days), most)
    price = week.held[day] + np.tile(np.arange(most), half_days)
    load = columns.add(len(day), cost=-price.astype(float))
    parts = [
        (o.half_day[slots.option], slots.y, o.staff[slots.option].astype(float)),
        (day, load, np.full(len(day), -1.0)),
    ]
    rows.add(half_days, parts, high=0.0)


def _path_rows(week: Week, slots: Slots, binds: Floats, columns: Columns, rows: Rows) -> None:
    """On every day as many paths from room to room as there are teams at work.

    A path is a team's day. Existing sessions of ours are stops that stand; with whole slots
    the rest is a flow, whose vertices are whole.
    """
    if not week.between.any():
        return
    o, held = week.problem.options, _held_stops(week)
    q, n = slots.option, len(slots)
    start = week.starts[slots.room, q]
    free = [slots.room, o.weekday[q], start, start + o.shortest[q], np.full(n, -1), slots.session]
    stops = np.vstack([np.column_stack(free), np.column_stack([held, -1 - np.arange(len(held))])])
    first, second = _ways(week, stops.astype(np.int64))
    place, day = stops[:, 0], stops[:, 1]
    way = week.between[place[first], place[second]]
    most = float(o.staff.max(initial=1))
    arc = columns.add(len(first), cost=-_MINUTE * way, upper=most)
    some = np.arange(n)
    fixed = np.concatenate([np.zeros(n), np.ones(len(held))])
    for end in (first, second):
        rows.add(len(place), [(end, arc, 1.0), (some, slots.y, -binds)], high=fixed)
    teams = teams_at_work(week) - np.bincount(day[n:], minlength=7)
    paths = [(day[:n], slots.y, binds), (day[first], arc, np.full(len(arc), -1.0))]
    rows.add(7, paths, high=teams.astype(float))


def _held_stops(week: Week) -> Ints:
    """(n, 5): room, weekday, start, end and team of the existing sessions of ours."""
    stops = [
        (s.place, s.weekday, s.start, s.end, m)
        for m, member in enumerate(week.members)
        for s in member.held
    ]
    return np.array(stops, dtype=np.int64).reshape(-1, 5)


def _ways(week: Week, stops: Ints) -> tuple[Ints, Ints]:
    """Stops that one team can make one after the other.

    Parameters
    ----------
    week
        With the minutes between rooms.
    stops
        (K, 6): room, weekday, start, end, team (-1: any), and a number that stops share of
        which only one is made.

    Returns
    -------
    first, second
        (N,): numbers of the stops. An existing session goes on to another one only of its
        own team, and that however long the way is.
    """
    place, day, start, end, team, only = stops.T
    gap = start[None, :] - end[:, None]
    held = team >= 0
    both = held[:, None] & held[None, :]
    able = np.where(
        both, (gap >= 0) & (team[:, None] == team[None, :]), gap >= week.between[place][:, place]
    )
    able &= (day[:, None] == day[None, :]) & (only[:, None] != only[None, :])
    first, second = np.nonzero(able)
    return first.astype(np.int64), second.astype(np.int64)


def ways_of_day(week: Week) -> Ways | None:
    """Stops that one team can make on one day; None where nothing lies between rooms.

    Of alike stops, kinds of session that begin or last differently, the best counts: no way
    that some team could go is missing.
    """
    if not week.between.any():
        return None
    o, half_days = week.problem.options, int(week.problem.options.half_day.max()) + 1
    first_start = np.full((len(week.starts), half_days), -1, dtype=np.int64)
    last_start, first_end = first_start.copy(), first_start.copy()
    for q, t in enumerate(o.half_day.tolist()):
        start, can = week.starts[:, q], week.problem.allowed[:, q]
        end = start + o.shortest[q]
        last_start[can, t] = np.maximum(last_start[can, t], start[can])
        earlier = can & ((first_end[:, t] < 0) | (end < first_end[:, t]))
        first_end[earlier, t] = end[earlier]
    room, half_day = np.nonzero(last_start >= 0)
    weekday = np.zeros(half_days, dtype=np.int64)
    weekday[o.half_day] = o.weekday
    free = [
        *(room, weekday[half_day], last_start[room, half_day], first_end[room, half_day]),
        *(np.full(len(room), -1), room * half_days + half_day),
    ]
    held = _held_stops(week)
    stops = np.vstack([np.column_stack(free), np.column_stack([held, -1 - np.arange(len(held))])])
    half = np.append(half_day, np.full(len(held), -1))
    return Ways(stops[:, 0], half, stops[:, 1], *_ways(week, stops), teams_at_work(week))


def teams_at_work(week: Week) -> Ints:
    """(7,): teams that work on the weekday, or have an existing session then."""
    o = week.problem.options
    days = np.zeros((len(week.members), 7), dtype=bool)
    for m, member in enumerate(week.members):
        days[m, o.weekday[member.left.free[o.half_day]]] = True
        days[m, [s.weekday for s in member.held]] = True
    result: Ints = days.sum(axis=0).astype(np.int64)
    return result


def run(week: Week, columns: Columns, rows: Rows, rule: SolveRule) -> Floats | None:
    """Solve the program; the values of its columns, None where it has no solution.

    Raises
    ------
    UnknownError
        The rule, or the end of the week's search, came before it was known.
    """
    if week.until is not None:
        left = max(week.until - time.perf_counter(), 0.1)
        rule = replace(rule, time_limit_seconds=left)
    return run_program(program_of(columns, rows), rule)
