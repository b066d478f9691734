"""From chosen sessions to a week of the teams: which half-day, and who.

The model counts sessions by room and type of half-day; here each gets its half-day and its
teams, so that no team is in two places, or on the way, at once.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.arrays import Bools, CoverProblem, Floats, Ints, Pairs
from atlas.placement.blocks import Columns, Rows
from atlas.placement.model import Program
from atlas.placement.scenario import SolveRule
from atlas.placement.solve import UnknownError, run_program
from atlas.placement.teams import Member, too_close

_EVEN = SolveRule(gap=0.05, time_limit_seconds=None, node_limit=200)
_PRETTY = SolveRule(gap=0.05, time_limit_seconds=None, node_limit=10)
_FIRST = SolveRule(gap=0.99, time_limit_seconds=None, node_limit=100)
_HALF = 0.5
_STEP = 15
_MINUTE = 0.02
"""A minute on the way from room to room against one session more in a half-day."""
_BALANCE = 0.2
"""One minute that the busiest team has more counts as so many minutes on the way."""


@dataclass(frozen=True)
class Held:
    """A session to be held: its room, its options, and what it is worth.

    ``options`` are those it may have, ``now`` that of the solution, ``level`` counts the
    sessions of its room and type from 1.
    """

    room: int
    type: int
    now: int
    options: tuple[int, ...]
    level: int = 1


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
    seen: dict[tuple[int, int], int] = {}
    for room, q in np.argwhere(chosen).tolist():
        kind = int(types[q])
        level = seen[room, kind] = seen.get((room, kind), 0) + 1
        same = np.flatnonzero(problem.allowed[room] & (types == kind)).tolist()
        options = (q,) if pinned[room, q] else tuple(same)
        sessions.append(Held(room, kind, q, options, level))
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


@dataclass(frozen=True)
class _Slots:
    """(n,): number of the session, its room and option, and the column that takes the slot."""

    session: Ints
    room: Ints
    option: Ints
    y: Ints

    def __len__(self) -> int:
        return len(self.y)


def _slot_columns(sessions: tuple[Held, ...], columns: Columns, worth: Floats | None) -> _Slots:
    """A column for each session and option."""
    pairs = [(k, s.room, q) for k, s in enumerate(sessions) for q in s.options]
    session, room, option = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    cost = 0.0 if worth is None else worth[session]
    return _Slots(session, room, option, columns.add(len(session), cost=cost, whole=True))


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
    slots = _slot_columns(sessions, columns, worth)
    _slot_rows(problem, slots, rows, all_held=worth is None)
    binds = problem.options.staff[slots.option].astype(float)
    if worth is None:
        _even_rows(week, slots, len(sessions), columns, rows)
    _path_rows(week, slots, binds, columns, rows)
    values = _run(week, columns, rows, _EVEN)
    if values is None:
        return None
    taken = np.flatnonzero(values[slots.y] > _HALF)
    return {int(slots.session[j]): int(slots.option[j]) for j in taken}


def _even_rows(week: Week, slots: _Slots, sessions: int, columns: Columns, rows: Rows) -> None:
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


def _path_rows(week: Week, slots: _Slots, binds: Floats, columns: Columns, rows: Rows) -> None:
    """On every day as many paths from room to room as there are teams at work.

    A path is a team's day. Existing sessions of ours are stops that stand; with whole slots
    the rest is a flow, whose vertices are whole.
    """
    if not week.between.any():
        return
    o = week.problem.options
    held = [s for member in week.members for s in member.held]
    q = slots.option
    stands = [(s.place, s.weekday, s.start, s.end - s.start) for s in held]
    free = np.column_stack([slots.room, o.weekday[q], week.starts[slots.room, q], o.shortest[q]])
    both = np.vstack([free, np.array(stands, dtype=np.int64).reshape(-1, 4)])
    place, day, start, length = both.astype(np.int64).T
    gap = start[None, :] - (start + length)[:, None]
    n = len(slots)
    able = (day[:, None] == day[None, :]) & (gap >= week.between[place][:, place])
    able[:n, :n] &= slots.session[:, None] != slots.session[None, :]
    able[n:, n:] = False
    first, second = np.nonzero(able)
    way = week.between[place[first], place[second]]
    most = float(o.staff.max(initial=1))
    arc = columns.add(len(first), cost=-_MINUTE * way, upper=most)
    size = np.concatenate([binds, np.ones(len(held))])
    some = np.arange(n)
    fixed = np.concatenate([np.zeros(n), np.ones(len(held))])
    for end in (first, second):
        rows.add(len(place), [(end, arc, 1.0), (some, slots.y, -binds)], high=fixed)
    teams = _teams_at_work(week) - np.bincount(day[n:], minlength=7)
    paths = [(day[:n], slots.y, size[:n]), (day[first], arc, np.full(len(arc), -1.0))]
    rows.add(7, paths, high=teams.astype(float))


def near_pairs(week: Week) -> Pairs | None:
    """Rooms in which one team can be on one day; None where that tells the model nothing.

    It holds for two half-days a day only: of three sessions of a day the middle one has two
    neighbours, and one of these may be an existing one.
    """
    o = week.problem.options
    per_day = [len(np.unique(o.half_day[o.weekday == d])) for d in np.unique(o.weekday)]
    if not week.between.any() or max(per_day, default=0) != 2:
        return None
    rooms = len(week.problem.allowed)
    near = np.zeros((rooms, rooms), dtype=bool)
    for day in np.unique(o.weekday):
        here = np.flatnonzero(o.weekday == day)
        for a in here:
            for b in here[o.half_day[here] > o.half_day[a]]:
                able = week.problem.allowed[:, a][:, None] & week.problem.allowed[:, b][None, :]
                end = week.starts[:, a] + o.shortest[a]
                gap = week.starts[:, b][None, :] - end[:, None]
                near |= able & (gap >= week.between)
    near |= near.T
    pairs = np.argwhere(np.triu(near))
    return Pairs(pairs.astype(np.int64), int(_teams_at_work(week).sum()))


def _teams_at_work(week: Week) -> Ints:
    """(7,): teams that work on the weekday, or have an existing session then."""
    o = week.problem.options
    days = np.zeros((len(week.members), 7), dtype=bool)
    for m, member in enumerate(week.members):
        days[m, o.weekday[member.left.free[o.half_day]]] = True
        days[m, [s.weekday for s in member.held]] = True
    result: Ints = days.sum(axis=0).astype(np.int64)
    return result


def _slot_rows(problem: CoverProblem, slots: _Slots, rows: Rows, *, all_held: bool) -> None:
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


def timetable(week: Week, sessions: tuple[Held, ...]) -> Timetable | None:
    """Give every session its half-day and its teams; None where no week of the teams can.

    Raises
    ------
    UnknownError
        The search was too long to know.
    """
    options = spread_out(week, sessions)
    if options is None:
        return None
    fixed = tuple(replace(s, options=(options[k],)) for k, s in enumerate(sessions))
    found = _day_by_day(week, fixed) or _named(week, fixed) or _named(week, sessions)
    return None if found is None else _prettier(week, found)


def can_hold(week: Week, sessions: tuple[Held, ...]) -> bool:
    """Whether some week of the teams holds all sessions.

    Raises
    ------
    UnknownError
        The search was too long to know.
    """
    options = spread_out(week, sessions)
    if options is None:
        return False
    fixed = tuple(replace(s, options=(options[k],)) for k, s in enumerate(sessions))
    if _day_by_day(week, fixed) is not None:
        return True
    return (_named(week, fixed) or _named(week, sessions)) is not None


def _day_by_day(week: Week, sessions: tuple[Held, ...]) -> Timetable | None:
    """Teams for sessions whose half-days stand, one day after the other; None where stuck."""
    o = week.problem.options
    load = np.zeros(len(week.members))
    teams: dict[int, tuple[int, ...]] = {}
    for weekday in sorted({int(o.weekday[s.options[0]]) for s in sessions}):
        here = [k for k, s in enumerate(sessions) if o.weekday[s.options[0]] == weekday]
        try:
            found = _named(_any_day(week), tuple(sessions[k] for k in here), load=load)
        except UnknownError:
            return None
        if found is None:
            return None
        for k, who in zip(here, found.teams, strict=True):
            teams[k] = who
            load[list(who)] += o.shortest[sessions[k].options[0]]
    option = tuple(s.options[0] for s in sessions)
    return Timetable(sessions, option, tuple(teams[k] for k in range(len(sessions))))


def _any_day(week: Week) -> Week:
    """The week without a least number of sessions on each day."""
    return replace(week, problem=replace(week.problem, day_low=np.zeros_like(week.problem.day_low)))


def _prettier(week: Week, table: Timetable) -> Timetable:
    """Day by day, hand the sessions out anew for short ways and weeks of like length."""
    o = week.problem.options
    week = _any_day(week)
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
        options = spread_out(_any_day(week), sessions, worth) or {}
    except UnknownError:
        options = {}
    part = tuple(replace(sessions[k], options=(q,)) for k, q in sorted(options.items()))
    found = _day_by_day(week, part) if part else None
    if found is not None:
        return _prettier(week, found)
    # One by one, the worthiest first, as long as a week is found.
    kept: tuple[Held, ...] = ()
    for i in np.argsort(-worth, kind="stable").tolist():
        if week.until is not None and time.perf_counter() > week.until:
            break
        try:
            tried = timetable(_any_day(week), (*kept, sessions[i]))
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
    slots = _slot_columns(sessions, columns, None)
    _slot_rows(problem, slots, rows, all_held=True)
    who = _who_columns(week, slots, columns)
    each = np.arange(len(slots))
    binds = problem.options.staff[slots.option].astype(float)
    rows.add(len(slots), [(who.slot, who.column, 1.0), (each, slots.y, -binds)], low=0.0, high=0.0)
    _member_rows(week, slots, who, rows, np.zeros(len(week.members)) if load is None else load)
    pairs = _pair_rows(week, slots, who, rows)
    if load is not None:
        _pretty_columns(week, slots, who, pairs, load, columns, rows)
    values = _run(week, columns, rows, _FIRST if load is None else _PRETTY)
    if values is None:
        return None
    teams: list[list[int]] = [[] for _ in each]
    for member, slot, column in zip(who.member, who.slot, who.column, strict=True):
        if values[column] > _HALF:
            teams[slot].append(int(member))
    taken = np.flatnonzero(values[slots.y] > _HALF).tolist()
    return Timetable(
        tuple(sessions[slots.session[j]] for j in taken),
        tuple(int(slots.option[j]) for j in taken),
        tuple(tuple(teams[j]) for j in taken),
    )


def _who_columns(week: Week, slots: _Slots, columns: Columns) -> _Who:
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


def _member_rows(week: Week, slots: _Slots, who: _Who, rows: Rows, load: Floats) -> None:
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


def _pair_rows(week: Week, slots: _Slots, who: _Who, rows: Rows) -> Bools:
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
    slots: _Slots,
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


def _run(week: Week, columns: Columns, rows: Rows, rule: SolveRule) -> Floats | None:
    matrix, low, high = rows.matrix(columns.end)
    program = Program(
        cost=np.concatenate(columns.cost),
        upper=np.concatenate(columns.upper),
        integer=np.concatenate(columns.integer),
        matrix=matrix,
        low=low,
        high=high,
        slots=np.zeros((0, 2), dtype=np.int64),
    )
    if week.until is not None:
        left = max(week.until - time.perf_counter(), 0.1)
        rule = replace(rule, time_limit_seconds=left)
    return run_program(program, rule)
