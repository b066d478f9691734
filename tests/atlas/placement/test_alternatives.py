"""What a session is worth and what could replace it, against trying every swap."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from atlas.placement.alternatives import Gains, Slot, worth_of
from atlas.placement.arrays import CoverProblem, Must
from atlas.placement.solve import solve
from geodata.errors import PlacementError
from tests.atlas.placement.test_model import EXACT, feasible, gain_by_loops, plain, problems


@st.composite
def plans(draw) -> tuple[CoverProblem, np.ndarray]:
    """A problem with every wish but robust need, and a plan that keeps to all of them."""
    problem = replace(draw(problems(rich=True)), robust=None)
    try:
        chosen = solve(problem, EXACT).chosen
    except PlacementError:
        assume(False)
    return problem, chosen


def swaps(problem: CoverProblem, chosen: np.ndarray, room: int, q: int) -> list[Slot]:
    """Every other slot with which the plan without the session keeps to all wishes."""
    others = chosen.copy()
    others[room, q] = False
    found = []
    for r, option in np.argwhere(problem.allowed & ~chosen).tolist():
        tried = others.copy()
        tried[r, option] = True
        if feasible(problem, tried):
            found.append(Slot(r, option, gain_by_loops(problem, tried)))
    return found


def best(problem: CoverProblem, slots: list[Slot], now: int) -> Slot | None:
    """Most gain; of equals the same half-day, the earliest, the first room, the first option.

    A slot with which the plan gains no more than without any replaces nothing.
    """
    day = problem.options.half_day
    return min(
        slots,
        key=lambda s: (
            -round(s.value, 6),
            day[s.option] != day[now],
            day[s.option],
            s.room,
            s.option,
        ),
        default=None,
    )


def same(a: Slot | None, b: Slot | None) -> bool:
    if a is None or b is None:
        return a is b
    return (a.room, a.option) == (b.room, b.option) and a.value == pytest.approx(b.value)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(plans())
def test_worth_is_what_trying_every_swap_finds(case):
    problem, chosen = case
    worth = worth_of(Gains(problem), chosen)
    assert set(worth) == {tuple(slot) for slot in np.argwhere(chosen).tolist()}
    day = problem.options.half_day
    for (room, q), found in worth.items():
        without = chosen.copy()
        without[room, q] = False
        lost = gain_by_loops(problem, chosen) - gain_by_loops(problem, without)
        assert found.lost == pytest.approx(lost)
        base = gain_by_loops(problem, without)
        slots = [s for s in swaps(problem, chosen, room, q) if s.value > base + 1e-9]
        elsewhere = [s for s in slots if s.room != room]
        later = [s for s in slots if s.room == room and day[s.option] != day[q]]
        assert same(found.next_room, best(problem, elsewhere, q))
        assert same(found.next_time, best(problem, later, q))


@settings(max_examples=100, deadline=None)
@given(plans())
def test_no_swap_is_better_than_the_best_plan(case):
    problem, chosen = case
    whole = gain_by_loops(problem, chosen)
    for found in worth_of(Gains(problem), chosen).values():
        for slot in (found.next_room, found.next_time):
            assert slot is None or slot.value <= whole + 1e-6


@settings(max_examples=60, deadline=None)
@given(problems(rich=True), st.data())
def test_what_is_added_is_the_difference_a_session_makes(problem, data):
    problem = replace(problem, robust=None)
    drawn = data.draw(
        st.lists(st.booleans(), min_size=problem.allowed.size, max_size=problem.allowed.size)
    )
    chosen = np.array(drawn).reshape(problem.allowed.shape) & problem.allowed
    gains = Gains(problem)
    counts = gains.counts(chosen)
    assert gains.value(counts, chosen) == pytest.approx(gain_by_loops(problem, chosen))
    added = gains.added(counts)
    for room, q in np.argwhere(~chosen).tolist():
        more = chosen.copy()
        more[room, q] = True
        difference = gain_by_loops(problem, more) - gain_by_loops(problem, chosen)
        assert added[room, q] == pytest.approx(difference)


def test_of_equal_rooms_the_one_at_the_same_time_stands_in():
    # Three rooms gain the same; the session is on the second half-day.
    problem = replace(plain(rooms=3, days=3, teams=1, sessions=1), gain=np.ones(3))
    chosen = np.zeros((3, 3), dtype=bool)
    chosen[0, 1] = True
    found = worth_of(Gains(problem), chosen)[0, 1]
    assert found.next_room == Slot(1, 1, 1.0)
    assert found.next_time == Slot(0, 0, 1.0)


def test_a_session_that_must_be_is_replaced_only_by_one_that_may_stand_for_it():
    problem = plain(rooms=3, days=2, teams=1, sessions=1)
    must = Must(np.array([[0, 0], [2, 1]]), "eine Sprechstunde in 20 Minuten für Feld 1")
    chosen = np.zeros((3, 2), dtype=bool)
    chosen[0, 0] = True
    found = worth_of(Gains(replace(problem, musts=(must,))), chosen)[0, 0]
    # Room 1 would gain more, but the wish would be broken.
    assert found.next_room == Slot(2, 1, 1.0)
    assert found.next_time is None


def test_where_nothing_else_is_possible_nothing_is_named():
    problem = plain(rooms=1, days=1, teams=1, sessions=1)
    found = worth_of(Gains(problem), np.ones((1, 1), dtype=bool))[0, 0]
    assert (found.lost, found.next_room, found.next_time) == (1.0, None, None)
