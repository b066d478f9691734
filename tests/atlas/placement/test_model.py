"""The optimum against trying every plan; the week levelled out without losing anything."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from atlas.placement.model import CoverProblem, build_program, half_day_types, merge_sets
from atlas.placement.scenario import SolveRule
from atlas.placement.solve import gain_of, solve
from atlas.placement.timetable import level_out
from geodata.errors import PlacementError

EXACT = SolveRule(gap=0.0, time_limit_seconds=None)


def feasible(problem: CoverProblem, chosen: np.ndarray) -> bool:
    """Windows, teams, rooms and hours hold, each checked by itself."""
    return bool(
        (chosen <= problem.allowed).all()
        and (chosen.sum(axis=0) <= problem.teams).all()
        and ((chosen & problem.hindered).sum(axis=0) <= problem.clear_teams).all()
        and (chosen.sum(axis=1) <= problem.room_limit).all()
        and problem.min_sessions <= chosen.sum() <= problem.max_sessions
    )


def gain_by_loops(problem: CoverProblem, chosen: np.ndarray) -> float:
    """The objective as its definition reads: a set counts if one of its pairs is served."""
    classes, total = len(problem.suits), 0.0
    cover = problem.cover.toarray()
    for j, worth in enumerate(problem.gain):
        pairs = [divmod(column, classes) for column in np.flatnonzero(cover[j])]
        if any((chosen[r] & problem.suits[c]).any() for r, c in pairs):
            total += worth
    return total


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
def problems(draw) -> CoverProblem:
    rooms, days = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    classes, sets = draw(st.integers(1, 3)), draw(st.integers(0, 7))

    def bits(*shape: int) -> np.ndarray:
        size = int(np.prod(shape))
        drawn = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        return np.array(drawn, dtype=bool).reshape(shape)

    allowed = bits(rooms, days)
    allowed.flat[9:] = False
    limits = st.integers(0, 2)
    least = draw(st.integers(0, 2))
    teams = np.array(draw(st.lists(limits, min_size=days, max_size=days)))
    out = np.array(draw(st.lists(limits, min_size=days, max_size=days)))
    return CoverProblem(
        allowed=allowed,
        suits=bits(classes, days),
        cover=csr_array(bits(sets, rooms * classes).astype(float)),
        gain=np.array(draw(st.lists(st.integers(0, 9), min_size=sets, max_size=sets)), dtype=float),
        teams=teams,
        room_limit=np.array(draw(st.lists(limits, min_size=rooms, max_size=rooms))),
        min_sessions=least,
        max_sessions=draw(st.integers(least, 4)),
        hindered=bits(rooms, days) & allowed,
        clear_teams=np.maximum(teams - out, 0),
    )


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


@settings(max_examples=40, deadline=None)
@given(problems(), st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_levelling_the_week_changes_neither_reach_nor_feasibility(problem, held):
    if best_by_trying(problem) is None:
        return
    chosen = solve(problem, EXACT).chosen
    before = np.array(held[: problem.allowed.shape[1]])
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


def plain(rooms: int, days: int, teams: int, sessions: int) -> CoverProblem:
    """Every room open always and each the only one to reach its own set."""
    return CoverProblem(
        np.ones((rooms, days), dtype=bool),
        np.ones((1, days), dtype=bool),
        csr_array(np.eye(rooms)),
        np.arange(rooms, 0, -1).astype(float),
        np.full(days, teams),
        np.ones(rooms, dtype=int),
        0,
        sessions,
        np.zeros((rooms, days), dtype=bool),
        np.full(days, teams),
    )


def test_identical_sets_are_merged_and_useless_ones_dropped():
    cover = csr_array(np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1], [0, 0, 0], [1, 1, 1]]))
    merged, gain = merge_sets(cover, np.array([2.0, 3.0, 5.0, 7.0, 0.0]))
    assert merged.toarray().tolist() == [[1, 0, 1], [0, 1, 0]]
    assert gain.tolist() == [7.0, 3.0]


def test_half_days_that_suit_the_same_groups_are_one_type():
    suits = np.array([[True, False, True, False], [True, True, True, False]])
    types = half_day_types(suits)
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


def test_more_sessions_wanted_than_fit_is_said_in_one_sentence():
    problem = plain(rooms=2, days=1, teams=1, sessions=5)
    tight = CoverProblem(**{**vars(problem), "min_sessions": 3})
    with pytest.raises(PlacementError, match="Mindestens 3 neue Sprechstunden"):
        solve(tight, EXACT)


def test_progress_is_told_between_nothing_and_all():
    told: list[float] = []
    problem = plain(rooms=8, days=3, teams=2, sessions=4)
    solve(problem, EXACT, lambda _, share: told.append(share))
    assert told and all(0 <= share <= 1 for share in told)
