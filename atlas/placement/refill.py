"""Sessions put into a week that is not full: what the teams can still hold beside theirs.

Where no week of the teams holds all sessions of a solution, the worthiest part is kept. What
is left of the teams' days then goes to the sessions that gain most, one by one; a session
that gains less than another one would in its stead gives way to it.
"""

import time

import numpy as np

from atlas.placement.alternatives import Gains, possible_slots
from atlas.placement.arrays import Bools, CoverProblem, Ints, asked_for
from atlas.placement.sessions import Held, Timetable, Week
from atlas.placement.solve import value_of
from atlas.placement.teams import Member

_MORE = 1e-6
"""So much more, as a share of what is gained, counts as more."""


def refilled(week: Week, table: Timetable) -> Timetable:
    """Put in, and exchange, sessions as long as more is gained; the week stays possible.

    Where people need a place in a session its length matters as well, and the week is
    returned as it is.

    Parameters
    ----------
    week
        The teams, windows and limits.
    table
        A week that the teams can hold.

    Returns
    -------
    Timetable
        A week that the teams can hold and that gains at least as much.
    """
    if week.problem.flows is not None or not week.members:
        return table
    gains = Gains(week.problem)
    shape = week.problem.allowed.shape
    table = _filled(week, gains, table)
    value = value_of(week.problem, table.chosen(shape))
    improved = True
    while improved:
        improved = False
        for k in _least_first(week.problem, gains, table):
            if week.until is not None and time.perf_counter() > week.until:
                return table
            other = _filled(week, gains, _without(table, k))
            gained = value_of(week.problem, other.chosen(shape))
            if gained > value * (1 + _MORE):
                table, value, improved = other, gained, True
                break
    return table


def _filled(week: Week, gains: Gains, table: Timetable) -> Timetable:
    """Put in the session that gains most, until none gains anything or fits."""
    problem = week.any_day().problem
    while True:
        chosen = table.chosen(week.problem.allowed.shape)
        added = gains.added(gains.counts(chosen))
        worth = np.where(possible_slots(problem, chosen), added, 0.0)
        able = np.array([_able(week, member, *_mine(table, m)) for m, member in
                         enumerate(week.members)])  # fmt: skip
        needed = week.problem.options.staff
        worth[able.sum(axis=0) < needed[None, :]] = 0.0
        room, q = (int(i) for i in np.unravel_index(int(np.argmax(worth)), worth.shape))
        if worth[room, q] <= 0:
            return table
        teams = tuple(np.flatnonzero(able[:, room, q])[: needed[q]].tolist())
        held = Held(room, int(week.problem.types[q]), q, (q,))
        table = Timetable((*table.sessions, held), (*table.option, q), (*table.teams, teams))


def _without(table: Timetable, k: int) -> Timetable:
    return Timetable(
        (*table.sessions[:k], *table.sessions[k + 1 :]),
        (*table.option[:k], *table.option[k + 1 :]),
        (*table.teams[:k], *table.teams[k + 1 :]),
    )


def _least_first(problem: CoverProblem, gains: Gains, table: Timetable) -> list[int]:
    """Numbers of the sessions that may give way, those first that add least to the others."""
    chosen = table.chosen(problem.allowed.shape)
    asked = asked_for(problem.musts, chosen.shape)
    per_day = np.bincount(problem.options.weekday[list(table.option)], minlength=7)
    adds = []
    for k, (s, q) in enumerate(zip(table.sessions, table.option, strict=True)):
        tight = per_day[problem.options.weekday[q]] <= problem.day_low[problem.options.weekday[q]]
        if asked[s.room, q] or tight:
            continue
        alone = gains.counts(chosen) - gains.of_slot(s.room, q)
        adds.append((float(gains.added(alone)[s.room, q]), k))
    return [k for _, k in sorted(adds)]


def _mine(table: Timetable, member: int) -> tuple[Ints, Ints]:
    """Rooms and options of a team's new sessions."""
    mine = [
        (s.room, q)
        for s, q, teams in zip(table.sessions, table.option, table.teams, strict=True)
        if member in teams
    ]
    room, option = np.array(mine, dtype=np.int64).reshape(-1, 2).T
    return room, option


def _able(week: Week, member: Member, room: Ints, option: Ints) -> Bools:
    """(R, Q): the team can hold a session there beside its own."""
    o, left = week.problem.options, member.left
    free = left.free[o.half_day] & left.kinds[o.kind] & ~np.isin(o.half_day, o.half_day[option])
    spent = o.shortest[option]
    if left.week_minutes is not None:
        free &= spent.sum() + o.shortest <= left.week_minutes
    if left.day_minutes is not None:
        by_day = np.bincount(o.weekday[option], spent, len(left.day_minutes))
        free &= by_day[o.weekday] + o.shortest <= left.day_minutes[o.weekday]
    able = np.broadcast_to(free, week.starts.shape).copy()
    begin = week.starts[room, option]
    mine = zip(room.tolist(), o.weekday[option].tolist(), begin.tolist(),
               (begin + spent).tolist(), strict=True)  # fmt: skip
    held = [(s.place, s.weekday, s.start, s.end) for s in member.held]
    for place, weekday, start, end in (*mine, *held):
        here = np.flatnonzero(o.weekday == weekday)
        first = week.starts[:, here] - end >= week.between[place][:, None]
        after = start - week.starts[:, here] - o.shortest[here] >= week.between[:, place][:, None]
        able[:, here] &= first | after
    return able
