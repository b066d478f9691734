"""Hours that are left over make sessions longer, the worthiest first."""

from itertools import pairwise

import numpy as np

from atlas.placement.arrays import Floats, Ints
from atlas.placement.sessions import Timetable, Week, stops_of

_STEP, _QUARTER = 30, 15


def lengthened(week: Week, table: Timetable, minutes: Ints, worth: Floats) -> Ints:
    """Give what is left of the staff's hours to sessions, half an hour a time.

    A longer session reaches nobody more in the model without capacity, but it has time for
    more of those it reaches. With capacity the model chose the lengths itself; of these each
    team gets what leaves it time for its ways, and the hours of its day and week.

    Parameters
    ----------
    week, table
        Windows, teams, and who holds what when.
    minutes
        (R, Q): lengths so far.
    worth
        (n,): what each session of the timetable adds.

    Returns
    -------
    array, shape (R, Q)
        New lengths: within the room's window, before the team's next session less the way,
        and within its hours.
    """
    problem = week.problem
    result, most, step = minutes.copy(), problem.longest, _STEP
    if problem.flows is not None:
        shortest = np.where(minutes > 0, problem.options.shortest[None, :], 0)
        result, most, step = shortest, minutes, _QUARTER
    left = problem.staff.max_minutes - _used(week, table, result)
    order = np.argsort(-worth, kind="stable").tolist()
    grown = True
    while grown:
        grown = False
        for k in order:
            room, q = table.sessions[k].room, table.option[k]
            price = step * int(problem.options.staff[q])
            longer = int(result[room, q]) + step
            if price <= left and longer <= most[room, q]:
                tried = result.copy()
                tried[room, q] = longer
                if all(_can(week, table, tried, m) for m in table.teams[k]):
                    result, left, grown = tried, left - price, True
    return result


def _used(week: Week, table: Timetable, minutes: Ints) -> int:
    staff = week.problem.options.staff
    pairs = zip(table.sessions, table.option, strict=True)
    return sum(int(minutes[s.room, q]) * int(staff[q]) for s, q in pairs)


def _can(week: Week, table: Timetable, minutes: Ints, member: int) -> bool:
    """Whether a team can hold its sessions with these lengths."""
    someone, stops = week.members[member], stops_of(week, table, minutes, member)
    # Existing sessions too close to one another are so with or without ours.
    held = {(s.weekday, s.start, s.end, s.place) for s in someone.held}
    ways = all(
        a[0] != b[0] or b[1] - a[2] >= week.between[a[3], b[3]] or {a, b} <= held
        for a, b in pairwise(stops)
    )
    # What is left is left beside the existing sessions, which are stops too.
    by_day = np.zeros(7, dtype=np.int64)
    for weekday, start, end, _ in stops:
        by_day[weekday] += end - start
    for s in someone.held:
        by_day[s.weekday] -= s.end - s.start
    left = someone.left
    return bool(
        ways
        and (left.week_minutes is None or by_day.sum() <= left.week_minutes)
        and (left.day_minutes is None or (by_day <= left.day_minutes).all())
    )
