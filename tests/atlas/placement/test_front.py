"""More and fewer hours: each budget is a plan of its own; what comes and goes is the best."""

from dataclasses import replace
from itertools import chain, combinations

import pytest

from atlas.placement.plan import Plan, adjusted, compute_plan
from atlas.placement.scenario import (
    Existing,
    Fixed,
    Rooms,
    SessionKind,
    SolveRule,
    Staff,
    scenario_from_data,
)
from geodata.errors import PlacementError
from tests.atlas.placement.test_plan import value_by_loops

ROOMS = Rooms(default_half_days=("am", "pm"), kinds=(), max_sessions_per_room=2)
EXACT = SolveRule(gap=0.0)
OURS = ("Jobcenter Kleinstadt",)


def slots(plan: Plan) -> set[tuple[str, str, str]]:
    return {(s.place, s.half_day, s.kind) for s in plan.new_sessions}


@pytest.fixture
def wide(changed):
    """Six rooms, one team, exact."""
    return changed(rooms=ROOMS, solve=EXACT, staff=Staff(9.0, 1))


# Several budgets at once


def test_the_front_rises_with_the_hours_and_each_point_is_a_plan_of_its_own(city, wide):
    plan = compute_plan(city, replace(wide, front=(12.0, 0.0, 3.0, 6.0, 30.0)), "p")
    assert [p.hours for p in plan.front] == [0.0, 3.0, 6.0, 12.0, 30.0]
    gains = [p.objective for p in plan.front]
    assert gains == sorted(gains) and gains[0] == 0.0 < gains[1] < gains[2]
    for point in plan.front:
        assert point.objective <= point.bound + 1e-6
        alone = compute_plan(city, replace(wide, staff=Staff(point.hours, 1)), "p")
        assert point.objective == pytest.approx(alone.quality.objective)
        assert point.bound == pytest.approx(alone.quality.bound)
        assert point.sessions == len(alone.new_sessions)
        assert point.ended == "optimal"
        if point.hours:
            # Equal plans may differ in rooms only where nobody gains or loses.
            assert point.reached.keys() == {"alle", "kinder"}


def test_budgets_too_small_for_the_wishes_are_named_and_the_rest_is_there(city, wide):
    wanted = replace(wide, staff=replace(wide.staff, min_sessions=2), front=(3.0, 4.5, 6.0))
    plan = compute_plan(city, wanted, "p")
    assert [p.hours for p in plan.front] == [6.0]
    assert [n for n in plan.notes if n.startswith("Mit ")] == [
        "Mit 3 Stunden lassen sich die Wünsche nicht erfüllen.",
        "Mit 4,5 Stunden lassen sich die Wünsche nicht erfüllen.",
    ]


def test_hours_that_existing_sessions_need_gain_nothing(city, wide):
    ours = replace(wide, existing=Existing(our_providers=OURS), front=(2.0, 6.0))
    points = compute_plan(city, ours, "p").front
    assert [p.sessions for p in points] == [0, 1]
    assert points[0].objective == 0.0


# More hours


def test_with_more_hours_all_sessions_stay_and_the_best_come(city, wide):
    before = compute_plan(city, replace(wide, staff=Staff(6.0, 1)), "p")
    after = adjusted(city, before, 3.0, "q")
    assert slots(before) < slots(after)
    assert after.hours_used == before.hours_used + 3.0
    assert after.hours_per_week == 9.0
    (added,) = slots(after) - slots(before)
    assert after.notes[0].startswith("Gegenüber „Probe“ (p) kommen dazu: ")
    name = next(s.place_name for s in after.new_sessions if s.place == added[0])
    assert name in after.notes[0]
    # No other single session would have gained more.
    held = [(p, h) for p, h, _ in slots(before)]
    half_days = {s.half_day for s in before.new_sessions}
    free = [f"{d}_{part}" for d in ("mo", "di", "mi", "do", "fr") for part in ("am", "pm")]
    rooms = [p for p in ("b1", "f1", "s1") if [r for r, _ in held].count(p) < 2]
    best = max(
        value_by_loops(city, wide, [*held, (room, t)])
        for room in rooms
        for t in free
        if t not in half_days and (room, t) not in held
    )
    mine = value_by_loops(city, wide, [(p, h) for p, h, _ in slots(after)])
    assert mine == pytest.approx(best)


def test_what_was_held_on_to_for_more_hours_can_go_with_fewer(city, wide):
    before = compute_plan(city, replace(wide, staff=Staff(6.0, 1)), "p")
    more = adjusted(city, before, 3.0, "q")
    assert scenario_from_data(more.wishes).fixed == ()
    fewer = adjusted(city, more, -6.0, "r")
    assert slots(fewer) < slots(more) and len(slots(fewer)) == 1


def test_more_hours_hold_on_to_existing_sessions_that_stayed(city, wide):
    free = replace(
        wide, existing=Existing("free", stay_bonus=5000.0, our_providers=OURS), staff=Staff(3.0, 1)
    )
    before = compute_plan(city, free, "p")
    assert [(s.place, s.existing) for s in before.sessions] == [("j1", True)]
    after = adjusted(city, replace(before, wishes=_without_bonus(before)), 3.0, "q")
    assert "j1" in {s.place for s in after.sessions if s.existing}
    assert after.ended == () and len(after.sessions) == 2


def _without_bonus(plan: Plan) -> dict:
    return {**plan.wishes, "existing": {**plan.wishes["existing"], "stay_bonus": 0.0}}


# Fewer hours


@pytest.mark.parametrize("hours", [-3.0, -6.0, -7.0, -12.0])
def test_with_fewer_hours_the_best_part_of_the_sessions_stays(city, wide, hours):
    before = compute_plan(city, replace(wide, staff=Staff(12.0, 1)), "p")
    after = adjusted(city, before, hours, "q")
    assert slots(after) <= slots(before)
    budget = 12.0 + hours
    assert after.hours_used <= after.hours_per_week == budget
    held = [(p, h) for p, h, _ in slots(before)]
    subsets = chain.from_iterable(combinations(held, n) for n in range(int(budget // 3) + 1))
    best = max(value_by_loops(city, wide, list(part)) for part in subsets)
    mine = value_by_loops(city, wide, [(p, h) for p, h, _ in slots(after)])
    assert mine == pytest.approx(best)
    gone = {s.place_name for s in before.new_sessions} - {s.place_name for s in after.new_sessions}
    assert after.notes[0].startswith("Gegenüber „Probe“ (p) fallen weg: ")
    assert all(name in after.notes[0] for name in gone)


def test_with_fewer_hours_no_other_kind_of_session_comes(city, wide):
    kinds = (
        SessionKind("lang", "Beratung", hours=4.0, half_days=("pm",)),
        SessionKind("kurz", "Offene Sprechstunde", hours=1.5, groups={"alle": 0.1}),
    )
    long = replace(wide, kinds=kinds, staff=Staff(8.0, 1, max_sessions=2))
    before = compute_plan(city, long, "p")
    assert {s.kind for s in before.new_sessions} == {"lang"}
    after = adjusted(city, before, -2.0, "q")
    assert slots(after) <= slots(before) and len(slots(after)) == 1


def test_fewer_hours_give_up_existing_sessions_that_were_free_to_go(city, wide):
    free = replace(
        wide, existing=Existing("free", stay_bonus=1.0, our_providers=OURS), staff=Staff(9.0, 1)
    )
    before = compute_plan(city, replace(free, fixed=(Fixed("j1", "mo_am"),)), "p")
    assert "j1" in {s.place for s in before.sessions if s.existing}
    loose = replace(before, wishes={**before.wishes, "fixed": []})
    after = adjusted(city, loose, -3.0, "q")
    earlier = {(s.place, s.half_day) for s in before.sessions}
    assert {(s.place, s.half_day) for s in after.sessions} < earlier
    assert len(after.sessions) == 2


@pytest.mark.parametrize("hours", [0.0, -9.5])
def test_hours_that_cannot_change_so_are_refused(city, wide, hours):
    plan = compute_plan(city, wide, "p")
    with pytest.raises(PlacementError, match="höchstens 9,0 weniger"):
        adjusted(city, plan, hours, "q")


def test_a_plan_that_does_not_say_its_wishes_cannot_be_changed(city, wide):
    plan = replace(compute_plan(city, wide, "p"), wishes={})
    with pytest.raises(PlacementError, match="zu alt"):
        adjusted(city, plan, 3.0, "q")


def test_more_hours_that_bring_nothing_are_said(city, wide):
    full = replace(wide, staff=Staff(6.0, 1, max_sessions=2))
    after = adjusted(city, compute_plan(city, full, "p"), 3.0, "q")
    assert after.notes[0] == "Gegenüber „Probe“ (p) ändert sich keine Sprechstunde."
