"""Half-days and teams of chosen sessions, against trying every week by hand."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from atlas.placement.arrays import CoverProblem, Must, Options, StaffLimits
from atlas.placement.hours import ExistingSession
from atlas.placement.refill import refilled
from atlas.placement.rounds import conflict_of, plan_week
from atlas.placement.scenario import SolveRule
from atlas.placement.sessions import Held, Timetable, Week, sessions_of
from atlas.placement.solve import is_possible, value_of
from atlas.placement.spread import ways_of_day
from atlas.placement.staff import TeamLeft
from atlas.placement.teams import Member, too_close
from atlas.placement.timetable import timetable
from geodata.errors import PlacementError

EXACT = SolveRule(gap=0.0, time_limit_seconds=None)
STARTS = (9 * 60, 14 * 60)


def week(
    rooms: int,
    days: int,
    members: tuple[Member, ...],
    between: np.ndarray,
    staff: int = 1,
    teams: int | None = None,
) -> Week:
    """Mornings from nine and afternoons from two, of three hours, in every room."""
    half_days = 2 * days
    options = Options(
        half_day=np.arange(half_days),
        weekday=np.arange(half_days) // 2,
        kind=np.zeros(half_days, dtype=int),
        staff=np.full(half_days, staff),
        shortest=np.full(half_days, 180),
        per_hour=np.full(half_days, np.inf),
    )
    free = np.full(half_days, len(members) if teams is None else teams)
    many = np.full(7, 1000)
    problem = CoverProblem(
        options=options,
        allowed=np.ones((rooms, half_days), dtype=bool),
        suits=np.ones((1, half_days), dtype=bool),
        cover=csr_array(np.eye(rooms)),
        gain=2.0 ** np.arange(rooms),
        hindered=np.zeros((rooms, half_days), dtype=bool),
        longest=np.full((rooms, half_days), 180),
        room_limit=np.ones(rooms, dtype=int),
        staff=StaffLimits(free, free, 100_000, 100, many),
    )
    starts = np.tile(np.array(STARTS), (rooms, days))
    return Week(problem, starts, members, between, np.zeros(half_days, dtype=int))


def member(name: str, half_days: int, hours: float | None = None, held=()) -> Member:
    left = TeamLeft(
        np.ones(half_days, dtype=bool),
        np.ones(1, dtype=bool),
        None if hours is None else round(hours * 60),
        None,
    )
    return Member(name, left, tuple(held))


def held_at(place: int, weekday: int, start: int, end: int) -> ExistingSession:
    return ExistingSession(place, "Jobcenter", "A", "open", weekday, start, end, None, (1.0,), True)


def holds(week: Week, table: Timetable) -> bool:
    """Nobody is in two places or on the way, and all limits are kept; checked pair by pair."""
    o = week.problem.options
    rows = list(zip(table.sessions, table.option, table.teams, strict=True))
    out = [sum(len(t) for _, q, t in rows if o.half_day[q] == day) for day in range(len(week.held))]
    return (
        all(q in s.options and len(set(teams)) == o.staff[q] for s, q, teams in rows)
        and (np.array(out) <= week.problem.staff.teams).all()
        and all(
            can_hold(week, someone, [(s.room, q) for s, q, teams in rows if m in teams])
            for m, someone in enumerate(week.members)
        )
    )


def can_hold(week: Week, someone: Member, mine: list[tuple[int, int]]) -> bool:
    """One team's sessions: when it works, its hours, and the ways between them."""
    o = week.problem.options
    spans = [(room, int(o.weekday[q]), week.span(room, q)) for room, q in mine]
    others = [(s.place, s.weekday, s.span) for s in someone.held]
    pairs = [*combinations(spans, 2), *product(spans, others)]
    limit = someone.left.week_minutes
    return (
        all(someone.left.free[o.half_day[q]] for _, q in mine)
        and (limit is None or sum(int(o.shortest[q]) for _, q in mine) <= limit)
        and not any(
            day1 == day2 and too_close(a, b, week.between[r1, r2])
            for (r1, day1, a), (r2, day2, b) in pairs
        )
    )


def any_week(week: Week, sessions: tuple[Held, ...]) -> bool:
    """Try every half-day and every team of every session."""
    o = week.problem.options
    choices = [
        [
            (q, teams)
            for q in s.options
            for teams in combinations(range(len(week.members)), int(o.staff[q]))
        ]
        for s in sessions
    ]
    return any(
        holds(week, Timetable(sessions, tuple(q for q, _ in pick), tuple(t for _, t in pick)))
        for pick in product(*choices)
    )


@st.composite
def weeks(draw) -> tuple[Week, tuple[Held, ...]]:
    rooms, days, crew = draw(st.integers(1, 4)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    ways = draw(st.lists(st.sampled_from([30, 100, 150]), min_size=16, max_size=16))
    between = np.array(ways, dtype=float).reshape(4, 4)[:rooms, :rooms]
    between = np.maximum(between, between.T)
    times = st.sampled_from([(13 * 60, 14 * 60), (15 * 60, 17 * 60)])
    busy = draw(
        st.lists(
            st.tuples(st.integers(0, rooms - 1), st.integers(0, 1), times),
            max_size=2,
            unique_by=lambda b: b[1:],
        )
    )
    members = tuple(
        member(
            f"Team {n}",
            2 * days,
            draw(st.sampled_from([None, 3.0, 6.0])),
            [held_at(p, d, *span) for p, d, span in busy] if n == 0 else (),
        )
        for n in range(crew)
    )
    made = week(rooms, days, members, between, draw(st.sampled_from([1, 1, crew])))
    chosen = np.zeros(made.problem.allowed.shape, dtype=bool)
    for room in range(rooms):
        chosen[room, draw(st.integers(0, 2 * days - 1))] = True
    return made, sessions_of(made.problem, chosen)


@settings(max_examples=120, deadline=None)
@given(weeks())
def test_a_week_is_found_exactly_where_there_is_one(case):
    made, sessions = case
    # Sessions that do not even fit the half-days come from no solution of the model.
    found = timetable(made, sessions)
    assert (found is not None) == any_week(made, sessions)
    if found is not None:
        assert holds(made, found)
        assert sorted(s.room for s in found.sessions) == sorted(s.room for s in sessions)


@settings(max_examples=60, deadline=None)
@given(weeks())
def test_what_goes_back_to_the_model_cannot_be_held_and_is_as_small_as_can_be(case):
    made, sessions = case
    if any_week(made, sessions):
        return
    cut = conflict_of(made, sessions)
    rooms = [room for room, _, _ in cut.sessions]
    core = tuple(s for s in sessions if s.room in rooms)
    assert not any_week(made, core)
    for left_out in core:
        assert any_week(made, tuple(s for s in core if s is not left_out))


@settings(max_examples=60, deadline=None)
@given(weeks())
def test_the_plan_is_the_best_that_teams_can_hold(case):
    made, _ = case
    problem = made.problem
    best = 0.0
    for rooms in product([False, True], repeat=len(problem.allowed)):
        chosen = np.zeros(problem.allowed.shape, dtype=bool)
        chosen[np.flatnonzero(rooms), 0] = True
        if any_week(made, sessions_of(problem, chosen)):
            best = max(best, value_of(problem, chosen))
    planned = plan_week(made, EXACT, rounds=50)
    assert holds(made, planned.timetable)
    assert planned.solution.objective == best
    assert planned.solution.bound == best
    assert planned.solution.ended == "optimal"


@settings(max_examples=60, deadline=None)
@given(weeks())
def test_ways_in_the_model_leave_every_week_that_teams_can_hold(case):
    made, sessions = case
    ways = ways_of_day(made)
    chosen = np.zeros(made.problem.allowed.shape, dtype=bool)
    found = timetable(made, sessions)
    if found is None:
        return
    chosen = found.chosen(chosen.shape)
    held = replace(
        made.problem, allowed=chosen, min_sessions=int(chosen.sum()), ways=ways,
    )  # fmt: skip
    assert is_possible(held)


def test_ways_in_the_model_forbid_more_far_sessions_than_teams_have_days():
    near, far = [30.0, 30.0], 400.0
    between = np.array([[*near, far], [*near, far], [far, far, 30.0]])
    made = week(3, 1, (member("A", 2),), between)
    ways = ways_of_day(made)

    def possible(rooms: list[int]) -> bool:
        allowed = np.zeros((3, 2), dtype=bool)
        allowed[rooms] = True
        return is_possible(
            replace(made.problem, allowed=allowed, min_sessions=len(rooms), ways=ways)
        )

    assert possible([0, 1])
    assert not possible([0, 2])


@settings(max_examples=60, deadline=None)
@given(weeks(), st.integers(1, 3))
def test_however_few_the_rounds_teams_can_hold_the_plan_and_the_bound_is_true(case, rounds):
    made, _ = case
    best = plan_week(made, EXACT, rounds=50).solution.objective
    planned = plan_week(made, EXACT, rounds=rounds)
    assert holds(made, planned.timetable)
    assert planned.solution.objective <= best <= planned.solution.bound
    assert (
        planned.solution.chosen == planned.timetable.chosen(planned.solution.chosen.shape)
    ).all()


def some_of(made: Week, sessions: tuple[Held, ...], count: int) -> Timetable:
    """A week with the first of the sessions, as far as the teams can hold them."""
    while (found := timetable(made, sessions[:count])) is None:
        count -= 1
    return found


@settings(max_examples=60, deadline=None)
@given(weeks(), st.integers(0, 2))
def test_a_refilled_week_can_be_held_gains_no_less_and_has_no_room_left(case, count):
    made, sessions = case
    shape = made.problem.allowed.shape
    before = some_of(made, sessions, min(count, len(sessions)))
    after = refilled(made, before)
    assert holds(made, after)
    chosen = after.chosen(shape)
    assert (chosen.sum(axis=1) <= made.problem.room_limit).all()
    assert value_of(made.problem, chosen) >= value_of(made.problem, before.chosen(shape))
    o = made.problem.options
    for room, q in np.argwhere(~chosen).tolist():
        if chosen[room].any():
            continue
        for teams in combinations(range(len(made.members)), int(o.staff[q])):
            more = Timetable(
                (*after.sessions, Held(room, int(made.problem.types[q]), q, (q,))),
                (*after.option, q),
                (*after.teams, teams),
            )
            assert not holds(made, more)


def test_a_worthier_session_takes_the_place_of_another():
    # Nobody can hold two of these rooms on the one day; the last is worth four times the first.
    made = week(3, 1, (member("A", 2),), np.full((3, 3), 400.0))
    first = (Held(0, 0, 0, (0, 1)),)
    assert [s.room for s in refilled(made, timetable(made, first)).sessions] == [2]
    wanted = Must(np.array([[0, 0]]), "der erste Raum")
    kept = replace(made, problem=replace(made.problem, musts=(wanted,)))
    pinned = (Held(0, 0, 0, (0,)),)
    assert [s.room for s in refilled(kept, timetable(kept, pinned)).sessions] == [0]


def test_what_must_be_but_lies_too_far_apart_is_refused_with_the_ways_as_the_reason():
    far = week(2, 1, (member("A", 2),), np.array([[30.0, 400.0], [400.0, 30.0]]))
    wanted = tuple(Must(np.array([[r, q] for q in (0, 1)]), f"Raum {r}") for r in (0, 1))
    asked = replace(far, problem=replace(far.problem, musts=wanted))
    with pytest.raises(PlacementError) as caught:
        plan_week(asked, EXACT, rounds=10)
    listed = [p.where for p in caught.value.problems]
    assert listed == ["Raum 0", "Raum 1", "Wege und Stunden der einzelnen Teams"]


def test_two_existing_sessions_of_one_team_on_a_day_are_one_way():
    held = [held_at(0, 0, 8 * 60, 9 * 60), held_at(0, 0, 18 * 60, 19 * 60)]
    far = np.array([[0.0, 500.0], [500.0, 0.0]])
    made = week(2, 2, (member("A", 4, held=held),), far)
    chosen = np.zeros((2, 4), dtype=bool)
    chosen[1, 0] = True
    found = timetable(made, sessions_of(made.problem, chosen))
    assert found.option[0] in (2, 3)
    assert is_possible(
        replace(made.problem, allowed=chosen[:, ::-1], min_sessions=1, ways=ways_of_day(made))
    )


def test_rooms_far_apart_are_held_on_different_days():
    far = np.array([[0.0, 200.0], [200.0, 0.0]])
    made = week(2, 2, (member("A", 4),), far)
    chosen = np.zeros((2, 4), dtype=bool)
    chosen[0, 0] = chosen[1, 1] = True
    found = timetable(made, sessions_of(made.problem, chosen))
    assert {q // 2 for q in found.option} == {0, 1}
    one_day = week(2, 1, (member("A", 2),), far)
    chosen = np.eye(2, dtype=bool)
    assert timetable(one_day, sessions_of(one_day.problem, chosen)) is None
    near = replace(one_day, between=np.full((2, 2), 30.0))
    assert sorted(timetable(near, sessions_of(one_day.problem, chosen)).option) == [0, 1]


def test_teams_go_to_the_nearest_room_in_the_afternoon():
    # Rooms 0 and 1 lie beside each other, so do 2 and 3.
    between = np.array([[30, 35, 90, 90], [35, 30, 90, 90], [90, 90, 30, 35], [90, 90, 35, 30]])
    made = week(4, 1, (member("A", 2), member("B", 2)), between.astype(float))
    chosen = np.zeros((4, 2), dtype=bool)
    chosen[[0, 2], 0] = chosen[[1, 3], 1] = True
    found = timetable(made, sessions_of(made.problem, chosen))
    team = {s.room: teams for s, teams in zip(found.sessions, found.teams, strict=True)}
    assert team[0] == team[1] != team[2] == team[3]


def test_where_teams_cannot_hold_all_the_worthiest_stay_and_the_gap_is_told():
    far = np.full((3, 3), 400.0)
    made = week(3, 1, (member("A", 2),), far)
    planned = plan_week(made, EXACT, rounds=1)
    assert [s.room for s in planned.timetable.sessions] == [2]
    assert (planned.solution.objective, planned.solution.bound) == (4.0, 6.0)
    assert (planned.solution.ended, planned.dropped) == ("rounds", 1)
    assert plan_week(made, EXACT, rounds=20).solution.bound == 4.0
