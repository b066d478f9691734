"""Sessions that become longer: nothing is broken by it, and no hour is left that could be used."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.placement.arrays import Flows
from atlas.placement.lengths import lengthened
from atlas.placement.sessions import Timetable, Week, sessions_of
from atlas.placement.teams import Member, too_close
from atlas.placement.timetable import timetable
from tests.atlas.placement.test_timetable import held_at, member, week, weeks


def keeps(week: Week, table: Timetable, minutes: np.ndarray) -> bool:
    """Windows, the staff's hours, and every team's ways and hours, pair by pair."""
    o, problem = week.problem.options, week.problem
    rows = list(zip(table.sessions, table.option, table.teams, strict=True))
    used = sum(int(minutes[s.room, q]) * int(o.staff[q]) for s, q, _ in rows)
    windows = all(
        o.shortest[q] <= minutes[s.room, q] <= problem.longest[s.room, q] for s, q, _ in rows
    )
    return (
        windows
        and used <= problem.staff.max_minutes
        and all(
            team_keeps(week, someone, [(s.room, q) for s, q, who in rows if m in who], minutes)
            for m, someone in enumerate(week.members)
        )
    )


def team_keeps(week: Week, someone: Member, mine: list, minutes: np.ndarray) -> bool:
    o = week.problem.options
    spans = [
        (room, int(o.weekday[q]), (start, start + int(minutes[room, q])))
        for room, q in mine
        for start in [int(week.starts[room, q])]
    ]
    others = [(s.place, s.weekday, s.span) for s in someone.held]
    limit, by_day = someone.left.week_minutes, someone.left.day_minutes
    days = {d: sum(b - a for _, day, (a, b) in spans if day == d) for d in range(7)}
    return (
        (limit is None or sum(days.values()) <= limit)
        and (by_day is None or all(days[d] <= by_day[d] for d in range(7)))
        and not any(
            day1 == day2 and too_close(a, b, week.between[r1, r2])
            for (r1, day1, a), (r2, day2, b) in [*combinations(spans, 2), *product(spans, others)]
        )
    )


@st.composite
def filled(draw) -> tuple[Week, Timetable, np.ndarray, np.ndarray]:
    """A week with windows longer than the sessions, and hours to give away."""
    made, sessions = draw(weeks())
    shape = made.problem.allowed.shape
    size = int(np.prod(shape))
    extra = draw(st.lists(st.sampled_from([0, 30, 45, 120]), min_size=size, max_size=size))
    longest = made.problem.options.shortest[None, :] + np.array(extra).reshape(shape)
    used = len(sessions) * 180 * int(made.problem.options.staff[0])
    left = draw(st.sampled_from([0, 20, 60, 90, 600]))
    staff = replace(made.problem.staff, max_minutes=used + left)
    day = draw(st.sampled_from([None, np.full(7, 210), np.full(7, 400)]))
    members = tuple(replace(m, left=replace(m.left, day_minutes=day)) for m in made.members)
    made = replace(
        made, members=members, problem=replace(made.problem, longest=longest, staff=staff)
    )
    table = timetable(made, sessions)
    if table is None:
        table = Timetable((), (), ())
    chosen = table.chosen(shape)
    minutes = np.where(chosen, made.problem.options.shortest[None, :], 0)
    worth = np.array(draw(st.lists(st.integers(0, 5), min_size=4, max_size=4)), dtype=float)
    return made, table, minutes, worth[: len(table.sessions)]


@settings(max_examples=150, deadline=None)
@given(filled())
def test_longer_sessions_break_nothing_and_use_all_that_can_be_used(case):
    made, table, minutes, worth = case
    longer = lengthened(made, table, minutes, worth)
    assert (longer >= minutes).all()
    assert (longer[minutes == 0] == 0).all()
    assert keeps(made, table, longer)
    for session, q in zip(table.sessions, table.option, strict=True):
        more = longer.copy()
        more[session.room, q] += 30
        assert not keeps(made, table, more)


def lone(rooms: int, left: int, longest: int = 300) -> tuple[Week, Timetable, np.ndarray]:
    """As many teams as rooms, all sessions on Monday morning."""
    names = tuple(member(f"Team {n}", 2) for n in range(rooms))
    made = week(rooms, 1, names, np.zeros((rooms, rooms)))
    staff = replace(made.problem.staff, max_minutes=rooms * 180 + left)
    full = np.full(made.problem.allowed.shape, longest)
    made = replace(made, problem=replace(made.problem, longest=full, staff=staff))
    chosen = np.zeros(made.problem.allowed.shape, dtype=bool)
    chosen[:, 0] = True
    table = Timetable(
        sessions_of(made.problem, chosen), (0,) * rooms, tuple((n,) for n in range(rooms))
    )
    return made, table, np.where(chosen, 180, 0)


def test_half_hours_go_round_and_the_worthiest_session_comes_first():
    made, table, minutes = lone(3, 120)
    longer = lengthened(made, table, minutes, np.array([1.0, 3.0, 2.0]))
    assert longer[:, 0].tolist() == [210, 240, 210]


def test_less_than_half_an_hour_is_given_to_nobody():
    made, table, minutes = lone(2, 29)
    assert (lengthened(made, table, minutes, np.ones(2)) == minutes).all()


def test_a_session_ends_before_the_team_has_to_leave_for_the_next():
    # Room 0 from nine; an existing session in room 1 at 13.00; half an hour on the way.
    someone = member("A", 2, held=[held_at(1, 0, 13 * 60, 15 * 60)])
    made = week(2, 1, (someone,), np.full((2, 2), 30.0))
    problem = replace(made.problem, longest=np.full((2, 2), 600))
    chosen = np.zeros((2, 2), dtype=bool)
    chosen[0, 0] = True
    table = Timetable(sessions_of(problem, chosen), (0,), ((0,),))
    longer = lengthened(replace(made, problem=problem), table, np.where(chosen, 180, 0), np.ones(1))
    assert longer[0, 0] == 210


def test_existing_sessions_too_close_to_one_another_do_not_stop_a_longer_one():
    # On Monday afternoon an hour lies between two rooms that are 100 minutes apart.
    both = [held_at(1, 0, 13 * 60, 14 * 60), held_at(0, 0, 15 * 60, 17 * 60)]
    someone = member("A", 4, held=both)
    made = week(2, 2, (someone,), np.full((2, 2), 100.0))
    problem = replace(made.problem, longest=np.full((2, 4), 210))
    chosen = np.zeros((2, 4), dtype=bool)
    chosen[0, 2] = True
    table = Timetable(sessions_of(problem, chosen), (2,), ((0,),))
    longer = lengthened(replace(made, problem=problem), table, np.where(chosen, 180, 0), np.ones(1))
    assert longer[0, 2] == 210


def test_lengths_that_capacity_asks_for_leave_time_for_the_way():
    """The model of capacity knows no ways: its lengths are cut to what a team can walk."""
    someone = member("A", 2, held=[held_at(1, 0, 13 * 60, 15 * 60)])
    made = week(2, 1, (someone,), np.full((2, 2), 30.0))
    nobody = np.zeros(0, dtype=int)
    flows = Flows(nobody, nobody, nobody, np.zeros(0), np.zeros(0), np.zeros(0))
    problem = replace(made.problem, longest=np.full((2, 2), 600), flows=flows)
    chosen = np.zeros((2, 2), dtype=bool)
    chosen[0, 0] = True
    table = Timetable(sessions_of(problem, chosen), (0,), ((0,),))
    asked = replace(made, problem=problem)
    assert lengthened(asked, table, np.where(chosen, 300, 0), np.ones(1))[0, 0] == 210
    # What fits stays as it was asked for, and no longer.
    assert lengthened(asked, table, np.where(chosen, 195, 0), np.ones(1))[0, 0] == 195
