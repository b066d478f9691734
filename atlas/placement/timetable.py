"""From chosen sessions to a week of the teams: which half-day, and who.

The model counts sessions by room and type of half-day; here each gets its half-day and its
teams, so that no team is in two places, or on the way, at once.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.arrays import Bools, Floats, Ints
from atlas.placement.blocks import Columns, Rows
from atlas.placement.scenario import SolveRule
from atlas.placement.sessions import Held, Timetable, Week
from atlas.placement.solve import UnknownError
from atlas.placement.spread import HALF, Slots, run, slot_columns, slot_rows, spread_out
from atlas.placement.teams import Member, too_close

_PRETTY = SolveRule(gap=0.05, time_limit_seconds=None, node_limit=10)
_FIRST = SolveRule(gap=0.99, time_limit_seconds=None, node_limit=100)
_BALANCE = 0.2
"""One minute that the busiest team has more counts as so many minutes on the way."""


def timetable(week: Week, sessions: tuple[Held, ...]) -> Timetable | None:
    """Give every session its half-day and its teams; None where no week of the teams can.

    Raises
    ------
    UnknownError
        The search was too long to know.
    """
    found = _any_timetable(week, sessions)
    return None if found is None else prettier(week, found)


def can_hold(week: Week, sessions: tuple[Held, ...]) -> bool:
    """Whether some week of the teams holds all sessions.

    Raises
    ------
    UnknownError
        The search was too long to know.
    """
    return _any_timetable(week, sessions) is not None


def _any_timetable(week: Week, sessions: tuple[Held, ...]) -> Timetable | None:
    """The first week found, however long its ways: quick things are tried first."""
    options = spread_out(week, sessions)
    if options is None:
        return None
    fixed = tuple(replace(s, options=(options[k],)) for k, s in enumerate(sessions))
    return _day_by_day(week, fixed) or _named(week, fixed) or _named(week, sessions)


def _day_by_day(week: Week, sessions: tuple[Held, ...]) -> Timetable | None:
    """Teams for sessions whose half-days stand, one day after the other; None where stuck."""
    o = week.problem.options
    load = np.zeros(len(week.members))
    teams: dict[int, tuple[int, ...]] = {}
    for weekday in sorted({int(o.weekday[s.options[0]]) for s in sessions}):
        here = [k for k, s in enumerate(sessions) if o.weekday[s.options[0]] == weekday]
        try:
            found = _named(week.any_day(), tuple(sessions[k] for k in here), load=load)
        except UnknownError:
            return None
        if found is None:
            return None
        for k, who in zip(here, found.teams, strict=True):
            teams[k] = who
            load[list(who)] += o.shortest[sessions[k].options[0]]
    option = tuple(s.options[0] for s in sessions)
    return Timetable(sessions, option, tuple(teams[k] for k in range(len(sessions))))


def prettier(week: Week, table: Timetable) -> Timetable:
    """Day by day, hand the sessions out anew for short ways and weeks of like length."""
    o = week.problem.options
    week = week.any_day()
    option, teams = list(table.option), list(table.teams)
    for weekday in sorted({int(o.weekday[q]) for q in option}):
        here = [k for k, q in enumerate(option) if o.weekday[q] == weekday]
        load = np.zeros(len(week.members))
        for k in set(range(len(option))) - set(here):
            load[list(teams[k])] += o.shortest[option[k]]
        sessions = tuple(replace(table.sessions[k], options=(option[k],)) for k in here)
        try:
            found = _named(week, sessions, load=load)
        except UnknownError:
            continue
        if found is not None:
            for k, who in zip(here, found.teams, strict=True):
                teams[k] = who
    return Timetable(table.sessions, tuple(option), tuple(teams))


def possible_part(week: Week, sessions: tuple[Held, ...], worth: Floats) -> Timetable:
    """The worthiest of the sessions that the teams can hold; each is worth something alone."""
    best = Timetable((), (), ())
    try:
        options = spread_out(week.any_day(), sessions, worth) or {}
    except UnknownError:
        options = {}
    part = tuple(replace(sessions[k], options=(q,)) for k, q in sorted(options.items()))
    found = _day_by_day(week, part) if part else None
    if found is not None:
        return found
    # One by one, the worthiest first, as long as a week is found.
    kept: tuple[Held, ...] = ()
    for i in np.argsort(-worth, kind="stable").tolist():
        if week.until is not None and time.perf_counter() > week.until:
            break
        try:
            tried = _any_timetable(week.any_day(), (*kept, sessions[i]))
        except UnknownError:
            tried = None
        if tried is not None:
            kept, best = (*kept, sessions[i]), tried
    return best


@dataclass(frozen=True)
class _Who:
    """Columns of who holds what: member, number of the slot, column."""

    member: Ints
    slot: Ints
    column: Ints

    def table(self, members: int, slots: int) -> Ints:
        """(M, n): the column of each member and slot, -1 where there is none."""
        number = np.full((members, slots), -1, dtype=np.int64)
        number[self.member, self.slot] = self.column
        return number


def _named(
    week: Week, sessions: tuple[Held, ...], *, load: Floats | None = None
) -> Timetable | None:
    """Half-days and teams in one program.

    With `load` (M,), the minutes of each team on other days, it looks for short ways and
    even weeks on one day.
    """
    if not sessions:
        return Timetable((), (), ())
    problem = week.problem
    columns, rows = Columns(), Rows()
    slots = slot_columns(sessions, columns, None)
    slot_rows(problem, slots, rows, all_held=True)
    who = _who_columns(week, slots, columns)
    each = np.arange(len(slots))
    binds = problem.options.staff[slots.option].astype(float)
    rows.add(len(slots), [(who.slot, who.column, 1.0), (each, slots.y, -binds)], low=0.0, high=0.0)
    _member_rows(week, slots, who, rows, np.zeros(len(week.members)) if load is None else load)
    pairs = _pair_rows(week, slots, who, rows)
    if load is not None:
        _pretty_columns(week, slots, who, pairs, load, columns, rows)
    values = run(week, columns, rows, _FIRST if load is None else _PRETTY)
    if values is None:
        return None
    teams: list[list[int]] = [[] for _ in each]
    for member, slot, column in zip(who.member, who.slot, who.column, strict=True):
        if values[column] > HALF:
            teams[slot].append(int(member))
    taken = np.flatnonzero(values[slots.y] > HALF).tolist()
    return Timetable(
        tuple(sessions[slots.session[j]] for j in taken),
        tuple(int(slots.option[j]) for j in taken),
        tuple(tuple(teams[j]) for j in taken),
    )


def _who_columns(week: Week, slots: Slots, columns: Columns) -> _Who:
    o = week.problem.options
    found = [
        (m, j)
        for m, member in enumerate(week.members)
        for j, (room, q) in enumerate(zip(slots.room.tolist(), slots.option.tolist(), strict=True))
        if member.left.free[o.half_day[q]]
        and member.left.kinds[o.kind[q]]
        and not _meets_held(week, member, room, q)
    ]
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return _Who(pairs[:, 0], pairs[:, 1], columns.add(len(pairs), whole=True))


def _meets_held(week: Week, member: Member, room: int, q: int) -> bool:
    """Whether an existing session of the team leaves no time for a new one."""
    weekday = int(week.problem.options.weekday[q])
    return any(
        s.weekday == weekday and too_close(s.span, week.span(room, q), week.between[s.place, room])
        for s in member.held
    )


def _member_rows(week: Week, slots: Slots, who: _Who, rows: Rows, load: Floats) -> None:
    """One session a half-day, and the hours of day and week, for each team."""
    o = week.problem.options
    q = slots.option[who.slot]
    key = who.member * (int(o.half_day.max()) + 1) + o.half_day[q]
    _, row = np.unique(key, return_inverse=True)
    rows.add(int(row.max(initial=-1)) + 1, [(row, who.column, 1.0)], high=1.0)
    minutes = o.shortest[q].astype(float)
    for m, member in enumerate(week.members):
        mine = np.flatnonzero(who.member == m)
        one = np.zeros(len(mine), dtype=np.int64)
        if member.left.week_minutes is not None:
            most = float(member.left.week_minutes - load[m])
            rows.add(1, [(one, who.column[mine], minutes[mine])], high=most)
        if member.left.day_minutes is not None:
            day = o.weekday[q[mine]]
            left = member.left.day_minutes.astype(float)
            rows.add(len(left), [(day, who.column[mine], minutes[mine])], high=left)


def _pair_rows(week: Week, slots: Slots, who: _Who, rows: Rows) -> Bools:
    """Two sessions of one day that one team cannot both hold.

    Returns
    -------
    array, shape (n, n)
        The pairs of slots of one day, the first earlier, that one team can hold.
    """
    o = week.problem.options
    room, q = slots.room, slots.option
    start = week.starts[room, q]
    end = start + o.shortest[q]
    same_day = o.weekday[q][:, None] == o.weekday[q][None, :]
    later = same_day & (o.half_day[q][:, None] < o.half_day[q][None, :])
    gap = start[None, :] - end[:, None]
    clash = later & (gap < week.between[room][:, room])
    number = who.table(len(week.members), len(slots))
    row: list[Ints] = []
    column: list[Ints] = []
    count = 0
    for j in np.flatnonzero(clash.any(axis=1)).tolist():
        for t in np.unique(o.half_day[q[clash[j]]]).tolist():
            others = np.flatnonzero(clash[j] & (o.half_day[q] == t))
            for m in np.flatnonzero(number[:, j] >= 0).tolist():
                there = number[m, others]
                members = np.append(there[there >= 0], number[m, j])
                if len(members) > 1:
                    row.append(np.full(len(members), count, dtype=np.int64))
                    column.append(members)
                    count += 1
    if count:
        rows.add(count, [(np.concatenate(row), np.concatenate(column), 1.0)], high=1.0)
    return np.asarray(later & ~clash, dtype=bool)


def _pretty_columns(
    week: Week,
    slots: Slots,
    who: _Who,
    pairs: Bools,
    load: Floats,
    columns: Columns,
    rows: Rows,
) -> None:
    """Short ways between two sessions of a day, and weeks of like length."""
    number = who.table(len(week.members), len(slots))
    minutes = week.problem.options.shortest[slots.option].astype(float)
    top = columns.add(1, cost=-_BALANCE, upper=np.inf)
    held = load + np.array([float(m.held_minutes) for m in week.members])
    each = np.arange(len(week.members))
    rows.add(
        len(held),
        [(who.member, who.column, -minutes[who.slot]), (each, np.repeat(top, len(held)), 1.0)],
        low=held,
    )
    first, second = np.nonzero(pairs)
    if not week.between.any() or not len(first):
        return
    a, b = number[:, first], number[:, second]
    member, pair = np.nonzero((a >= 0) & (b >= 0))
    way = week.between[slots.room[first[pair]], slots.room[second[pair]]]
    both = columns.add(len(pair), cost=-way)
    row = np.arange(len(pair))
    parts = [(row, a[member, pair], 1.0), (row, b[member, pair], 1.0), (row, both, -1.0)]
    rows.add(len(pair), parts, high=1.0)
