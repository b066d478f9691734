"""The optimum against trying every plan; the week levelled out without losing anything."""

from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from atlas.placement.arrays import (
    CoverProblem,
    Crew,
    Flows,
    Must,
    Options,
    Robust,
    StaffLimits,
    option_types,
)
from atlas.placement.conflict import all_wishes, irreducible
from atlas.placement.model import build_program, merge_sets
from atlas.placement.presolve import without_dominated
from atlas.placement.scenario import SolveRule
from atlas.placement.sessions import Week, sessions_of
from atlas.placement.solve import _whole, gain_of, is_possible, solve, value_of
from atlas.placement.spread import spread_out
from geodata.errors import PlacementError

EXACT = SolveRule(gap=0.0, time_limit_seconds=None)
LARGE = 10_000


def feasible(problem: CoverProblem, chosen: np.ndarray) -> bool:
    """Windows, teams, rooms and hours hold, each checked by itself."""
    o, staff = problem.options, problem.staff
    binds = chosen * o.staff
    for t in range(len(staff.teams)):
        here = o.half_day == t
        if binds[:, here].sum() > staff.teams[t]:
            return False
        if (binds * problem.hindered)[:, here].sum() > staff.clear[t]:
            return False
        if (chosen[:, here].sum(axis=1) > 1).any():
            return False
    for d in range(7):
        of_day = chosen[:, o.weekday == d]
        if not problem.day_low[d] <= of_day.sum() <= staff.day_high[d]:
            return False
        if problem.one_per_day and (of_day.sum(axis=1) > 1).any():
            return False
    return bool(
        (chosen <= problem.allowed).all()
        and (chosen.sum(axis=1) <= problem.room_limit).all()
        and problem.min_sessions <= chosen.sum() <= staff.max_sessions
        and (binds * o.shortest).sum() <= staff.max_minutes
        and all(chosen[m.slots[:, 0], m.slots[:, 1]].any() for m in problem.musts)
        and crews_can(problem, chosen)
    )


def crews_can(problem: CoverProblem, chosen: np.ndarray) -> bool:
    """Hand the sessions to single teams in every way, until one keeps to all limits."""
    crews = problem.staff.crews
    if not crews:
        return True
    o = problem.options
    jobs = [int(q) for q in np.argwhere(chosen)[:, 1] for _ in range(int(o.staff[q]))]

    def place(k: int, held: list[list[int]]) -> bool:
        if k == len(jobs):
            return True
        q = jobs[k]
        for crew, mine in zip(crews, held, strict=True):
            same = [p for p in mine if o.half_day[p] == o.half_day[q]]
            day = [p for p in mine if o.weekday[p] == o.weekday[q]]
            week = sum(o.shortest[p] for p in mine) + o.shortest[q]
            today = sum(o.shortest[p] for p in day) + o.shortest[q]
            if (
                crew.kinds[o.kind[q]]
                and len(same) < crew.free[o.half_day[q]]
                and (crew.week_minutes is None or week <= crew.week_minutes)
                and (crew.day_minutes is None or today <= crew.day_minutes[o.weekday[q]])
            ):
                mine.append(q)
                if place(k + 1, held):
                    return True
                mine.pop()
        return False

    return place(0, [[] for _ in crews])


def gain_by_loops(problem: CoverProblem, chosen: np.ndarray) -> float:
    """The objective as its definition reads: a set counts if one of its pairs is served."""
    classes = len(problem.suits)
    cover = problem.cover.toarray()
    total, lost = 0.0, {}
    for j, worth in enumerate(problem.gain):
        pairs = [divmod(column, classes) for column in np.flatnonzero(cover[j])]
        if any((chosen[r] & problem.suits[c]).any() for r, c in pairs):
            total += worth
            if problem.robust is not None and problem.robust.unit[j] >= 0:
                unit = int(problem.robust.unit[j])
                lost[unit] = lost.get(unit, 0.0) + problem.robust.deviation[j]
    if problem.bonus is not None:
        total += float(problem.bonus[chosen].sum())
    low = sorted(lost.values(), reverse=True)[: problem.robust.areas] if problem.robust else []
    return total - sum(low)


def best_by_trying(problem: CoverProblem) -> float | None:
    """The best gain over all subsets of the allowed slots; None if no plan is feasible."""
    slots = [tuple(s) for s in np.argwhere(problem.allowed)]
    best = None
    for subset in chain.from_iterable(combinations(slots, n) for n in range(len(slots) + 1)):
        chosen = np.zeros_like(problem.allowed)
        for slot in subset:
            chosen[slot] = True
        if feasible(problem, chosen):
            value = gain_by_loops(problem, chosen)
            best = value if best is None else max(best, value)
    return best


@st.composite
def problems(draw, *, rich: bool = False) -> CoverProblem:
    """Small random problems; `rich` ones have two kinds of session and all special wishes."""
    rooms, days = draw(st.integers(1, 3 if rich else 4)), draw(st.integers(1, 3))
    kinds = draw(st.integers(1, 2)) if rich else 1
    classes, sets = draw(st.integers(1, 3)), draw(st.integers(0, 7))
    wide = days * kinds

    def bits(*shape: int) -> np.ndarray:
        size = int(np.prod(shape))
        drawn = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        return np.array(drawn, dtype=bool).reshape(shape)

    def whole(low: int, high: int, size: int) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)))

    half_day = np.repeat(np.arange(days), kinds)
    kind = np.tile(np.arange(kinds), days)
    if rich and draw(st.booleans()):
        # What may stay is an option beside a new session of its kind, with its own length.
        kind = np.zeros_like(kind)
    options = Options(
        half_day=half_day,
        weekday=half_day // 2,
        kind=kind,
        staff=(whole(1, 2, kinds) if rich else np.ones(1, dtype=int))[kind],
        shortest=whole(1, 2, wide) * 60 if rich else np.full(wide, 60),
        per_hour=np.full(wide, np.inf),
    )
    allowed = bits(rooms, wide)
    allowed.flat[9:] = False
    least = draw(st.integers(0, 2))
    teams = whole(0, 2, days)
    staff = StaffLimits(
        teams=teams,
        clear=np.maximum(teams - whole(0, 2, days), 0),
        max_minutes=draw(st.integers(0, 6)) * 60 if rich else LARGE,
        max_sessions=draw(st.integers(least, 4)),
        day_high=whole(1, 3, 7) if rich else np.full(7, LARGE),
        crews=tuple(draw(st.lists(crew(days, kinds), max_size=2))) if rich else (),
    )
    gain = whole(0, 9, sets).astype(float)
    problem = CoverProblem(
        options=options,
        allowed=allowed,
        suits=bits(classes, wide),
        cover=csr_array(bits(sets, rooms * classes).astype(float)),
        gain=gain,
        hindered=bits(rooms, wide) & allowed,
        longest=np.where(allowed, options.shortest, 0),
        room_limit=whole(0, 2, rooms),
        staff=staff,
        min_sessions=least,
    )
    if not rich:
        return problem
    unit = whole(-1, 2, sets)
    musts = [
        Must(np.argwhere(bits(rooms, wide)), f"Wunsch {n}") for n in range(draw(st.integers(0, 1)))
    ]
    return replace(
        problem,
        day_low=np.minimum(whole(0, 1, 7), np.isin(np.arange(7), half_day // 2)),
        one_per_day=draw(st.booleans()),
        musts=tuple(musts),
        bonus=draw(st.sampled_from([None, np.where(allowed, 0.25, 0.0)])),
        robust=draw(st.sampled_from([None, Robust(1, unit, gain / 2), Robust(2, unit, gain)])),
    )


@st.composite
def crew(draw, days: int, kinds: int) -> Crew:
    """One team with its half-days, kinds and hours."""
    free = draw(st.lists(st.integers(0, 1), min_size=days, max_size=days))
    holds = draw(st.lists(st.booleans(), min_size=kinds, max_size=kinds))
    week = draw(st.sampled_from([None, 60, 120, 240]))
    day = draw(st.sampled_from([None, np.full(7, 60), np.full(7, 180)]))
    return Crew(np.array(free), np.array(holds), week_minutes=week, day_minutes=day)


@settings(max_examples=100, deadline=None)
@given(problems())
def test_the_plan_is_as_good_as_the_best_of_all_plans(problem):
    best = best_by_trying(problem)
    if best is None:
        with pytest.raises(PlacementError):
            solve(problem, EXACT)
        return
    solution = solve(problem, EXACT)
    assert feasible(problem, solution.chosen)
    assert solution.objective == pytest.approx(gain_by_loops(problem, solution.chosen))
    assert solution.objective == pytest.approx(best)
    assert solution.bound == pytest.approx(best)
    assert (solution.gap, solution.ended) == (0.0, "optimal")


@settings(max_examples=150, deadline=None)
@given(problems(rich=True))
def test_every_wish_together_gives_the_best_of_all_plans(problem):
    best = best_by_trying(problem)
    if best is None:
        with pytest.raises(PlacementError):
            solve(problem, EXACT)
        return
    solution = solve(problem, EXACT)
    assert feasible(problem, solution.chosen)
    assert value_of(problem, solution.chosen) == pytest.approx(
        gain_by_loops(problem, solution.chosen)
    )
    assert solution.objective == pytest.approx(best)
    assert solution.bound == pytest.approx(best)


@settings(max_examples=40, deadline=None)
@given(problems(), st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_levelling_the_week_changes_neither_reach_nor_feasibility(problem, held):
    if best_by_trying(problem) is None:
        return
    chosen = solve(problem, EXACT).chosen
    before = np.array(held[: len(problem.staff.teams)])
    level = level_out(problem, chosen, before)
    assert feasible(problem, level)
    assert level.sum() == chosen.sum()
    assert gain_of(problem, level) == pytest.approx(gain_of(problem, chosen))
    load, was = level.sum(axis=0) + before, chosen.sum(axis=0) + before
    assert (load**2).sum() <= (was**2).sum()


def test_six_sessions_are_spread_over_three_free_half_days():
    problem = plain(rooms=6, days=3, teams=6, sessions=6)
    chosen = np.zeros((6, 3), dtype=bool)
    chosen[:, 0] = True
    assert level_out(problem, chosen, np.zeros(3, dtype=int)).sum(axis=0).tolist() == [2, 2, 2]
    held = np.array([3, 0, 0])
    assert level_out(problem, chosen, held).sum(axis=0).tolist() == [0, 3, 3]


def level_out(problem: CoverProblem, chosen: np.ndarray, held: np.ndarray) -> np.ndarray:
    """The week after sessions were spread over half-days of the same type."""
    starts = np.zeros(problem.allowed.shape, dtype=int)
    rooms = len(problem.allowed)
    week = Week(problem, starts, (), np.zeros((rooms, rooms)), held)
    sessions = sessions_of(problem, chosen)
    level = np.zeros_like(chosen)
    for k, q in spread_out(week, sessions).items():
        level[sessions[k].room, q] = True
    return level


def plain(rooms: int, days: int, teams: int, sessions: int) -> CoverProblem:
    """Every room open always and each the only one to reach its own set."""
    options = Options(
        half_day=np.arange(days),
        weekday=np.arange(days) // 2,
        kind=np.zeros(days, dtype=int),
        staff=np.ones(days, dtype=int),
        shortest=np.full(days, 180),
        per_hour=np.full(days, np.inf),
    )
    return CoverProblem(
        options=options,
        allowed=np.ones((rooms, days), dtype=bool),
        suits=np.ones((1, days), dtype=bool),
        cover=csr_array(np.eye(rooms)),
        gain=np.arange(rooms, 0, -1).astype(float),
        hindered=np.zeros((rooms, days), dtype=bool),
        longest=np.full((rooms, days), 180),
        room_limit=np.ones(rooms, dtype=int),
        staff=StaffLimits(
            np.full(days, teams), np.full(days, teams), LARGE, sessions, np.full(7, LARGE)
        ),
    )


def test_identical_sets_are_merged_and_useless_ones_dropped():
    cover = csr_array(np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1], [0, 0, 0], [1, 1, 1]]))
    merged, gain, label = merge_sets(cover, np.array([2.0, 3.0, 5.0, 7.0, 0.0]))
    assert merged.toarray().tolist() == [[1, 0, 1], [0, 1, 0]]
    assert gain.tolist() == [7.0, 3.0]
    assert label.tolist() == [0, 1, 0, -1, -1]


def test_half_days_that_suit_the_same_groups_are_one_type():
    suits = np.array([[True, False, True, False], [True, True, True, False]])
    nothing, length = np.zeros(4, dtype=int), np.full(4, 180)
    options = Options(np.arange(4), nothing, nothing, nothing + 1, length, np.full(4, np.inf))
    types = option_types(suits, options)
    assert types[0] == types[2]
    assert len({types[0], types[1], types[3]}) == 3


def test_interchangeable_half_days_do_not_multiply_the_whole_numbers():
    program = build_program(plain(rooms=5, days=10, teams=1, sessions=3))
    assert program.integer.sum() == 5


def test_the_same_problem_gives_the_same_plan_and_the_gap_is_honest():
    problem = plain(rooms=5, days=2, teams=1, sessions=2)
    one, two = solve(problem, EXACT), solve(problem, EXACT)
    assert (one.chosen == two.chosen).all()
    assert (one.objective, one.bound) == (9.0, 9.0)


def test_more_sessions_wanted_than_fit_is_said_with_the_wishes_in_conflict():
    tight = replace(plain(rooms=5, days=1, teams=1, sessions=5), min_sessions=3)
    with pytest.raises(PlacementError, match="nicht zugleich erfüllen") as caught:
        solve(tight, EXACT)
    assert [p.where for p in caught.value.problems] == [
        "mindestens 3 neue Sprechstunden",
        "nicht mehr Sprechstunden zur selben Zeit, als Teams frei sind",
    ]


@settings(max_examples=60, deadline=None)
@given(problems(rich=True))
def test_wishes_in_conflict_are_few_as_can_be(problem):
    if best_by_trying(problem) is not None:
        return
    needed = irreducible(problem, is_possible)
    kept = problem
    for wish in all_wishes(problem):
        if wish.text not in needed:
            kept = wish.without(kept)
    assert best_by_trying(kept) is None
    for wish in all_wishes(problem):
        if wish.text in needed:
            assert best_by_trying(wish.without(kept)) is not None


def test_progress_is_told_between_nothing_and_all():
    told: list[float] = []
    problem = plain(rooms=8, days=3, teams=2, sessions=4)
    solve(problem, EXACT, lambda _, share: told.append(share))
    assert told and all(0 <= share <= 1 for share in told)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_capacity_serves_as_many_as_any_sharing_out_could(data):
    """Against a linear program written anew: for every choice of rooms, who flows where."""
    rooms, units = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 4))
    draw = data.draw
    gain = np.array(
        draw(st.lists(st.integers(0, 9), min_size=rooms * units, max_size=rooms * units))
    )
    visits = np.array(draw(st.lists(st.integers(1, 20), min_size=units, max_size=units)))
    rate = draw(st.integers(1, 8))
    sessions = draw(st.integers(0, rooms))
    unit, room = np.divmod(np.arange(rooms * units), rooms)
    base = plain(rooms=rooms, days=1, teams=rooms, sessions=sessions)
    problem = replace(
        base,
        cover=csr_array((0, rooms)),
        gain=np.zeros(0),
        options=replace(base.options, per_hour=np.full(1, float(rate))),
        flows=Flows(
            unit,
            room,
            np.zeros(len(unit), dtype=int),
            gain.astype(float),
            visits[unit].astype(float),
            np.zeros(len(unit)),
        ),
    )
    best = max(
        _shared_out(gain.reshape(units, rooms), visits, rate * 3, chosen)
        for n in range(sessions + 1)
        for chosen in combinations(range(rooms), n)
    )
    solution = solve(problem, EXACT)
    assert solution.objective == pytest.approx(best)
    assert solution.bound == pytest.approx(best)


def _shared_out(gain, visits, seats, chosen) -> float:
    """The most that people gain if only some rooms are open, each with so many seats."""
    if not chosen:
        return 0.0
    units, n = len(gain), len(chosen)
    each = np.kron(np.eye(units), np.ones(n))
    full = np.kron(visits, np.eye(n))
    result = linprog(
        -gain[:, chosen].ravel(),
        A_ub=np.vstack([each, full]),
        b_ub=np.concatenate([np.ones(units), np.full(n, seats)]),
        bounds=(0, 1),
    )
    return -result.fun


def test_slots_that_the_solver_left_between_become_whole():
    problem = plain(rooms=3, days=4, teams=1, sessions=3)
    program = build_program(problem)
    values = np.zeros(len(program.upper))
    counts = np.flatnonzero(program.integer)
    values[counts] = 1.0
    values[: len(program.slots)] = 0.25
    whole = _whole(program, values)[: len(program.slots)]
    assert set(whole.round(6)) == {0.0, 1.0}
    per_day = np.bincount(program.slots[:, 1], weights=whole, minlength=4)
    assert per_day.max() == 1
    assert whole.sum() == 3


@settings(max_examples=150, deadline=None)
@given(problems())
def test_leaving_out_dominated_rooms_costs_nothing(problem):
    roomy = replace(problem, room_limit=np.full_like(problem.room_limit, 3), min_sessions=0)
    less = without_dominated(roomy)
    assert best_by_trying(less) == best_by_trying(roomy)
    assert (less.allowed <= roomy.allowed).all()


def test_of_two_rooms_the_one_that_reaches_less_is_left_out_only_where_that_is_safe():
    problem = plain(rooms=3, days=2, teams=2, sessions=2)
    cover = csr_array(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=float))
    nested = replace(problem, cover=cover)
    assert without_dominated(nested).allowed.any(axis=1).tolist() == [False, True, True]
    asked = replace(nested, min_sessions=1)
    assert without_dominated(asked).allowed.all()
    full = replace(nested, suits=np.array([[True, False], [False, True]]),
                   cover=csr_array(np.kron(cover.toarray(), [1.0, 1.0])))  # fmt: skip
    assert without_dominated(full).allowed.all()
