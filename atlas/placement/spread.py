"""Half-days for sessions: an even week in which teams get from room to room."""

import time
from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.arrays import CoverProblem, Floats, Ints, Pairs
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
    teams = teams_at_work(week) - np.bincount(day[n:], minlength=7)
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
    return Pairs(pairs.astype(np.int64), int(teams_at_work(week).sum()))


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
