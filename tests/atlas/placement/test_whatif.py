"""What would change the plan: every number against planning anew with what is changed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from atlas.edition import Edition
from atlas.edition.manifest import TravelInfo
from atlas.placement.plan import Plan, compute_plan
from atlas.placement.result import WhatIf
from atlas.placement.scenario import Fixed, Reach, Robust, Rooms, SolveRule, Staff
from tests.atlas.placement.test_plan import value_by_loops

NARROW = "\u202f"


class Changed(Edition):
    """An edition with some tables, or the way of its minutes, exchanged."""

    def __init__(self, edition: Edition, way: TravelInfo | None = None, **tables) -> None:
        super().__init__(edition.path, replace(edition.manifest, travel=way))
        self._tables = tables

    def table(self, name: str) -> pd.DataFrame:
        return self._tables.get(name, super().table(name))


WAY = TravelInfo(detour=1.3, detour_low=1.2, detour_high=1.5)


def longer_ways(city: Edition, factor: float) -> Edition:
    travel = city.table("travel")
    return Changed(city, WAY, travel=travel.assign(minutes=travel["minutes"] * factor))


@pytest.fixture
def exact(changed):
    return changed(
        solve=SolveRule(gap=0.0),
        rooms=Rooms(default_half_days=("am", "pm"), max_sessions_per_room=2),
        reach=(Reach(15, 1.0), Reach(30, 0.4)),
    )


def found(plan: Plan, name: str) -> WhatIf:
    return next(w for w in plan.what_if if w.name == name)


def taken(plan: Plan) -> list[tuple[str, str]]:
    return [(s.place, s.half_day) for s in plan.new_sessions]


def same_rooms(a: Plan, b: Plan) -> int:
    rooms = [s.place for s in b.new_sessions]
    count = 0
    for s in a.new_sessions:
        if s.place in rooms:
            rooms.remove(s.place)
            count += 1
    return count


def short_of(city: Edition, scenario, mine: Plan, best: Plan) -> float:
    """The share of what can be gained that the plan as it is falls short of."""
    none = value_by_loops(city, scenario, [])
    gained = value_by_loops(city, scenario, taken(best)) - none
    return 1 - (value_by_loops(city, scenario, taken(mine)) - none) / gained


@pytest.mark.parametrize("factor", [1.2, 1.5])
def test_longer_ways_are_looked_at_as_if_the_edition_had_them(city, exact, factor):
    given = Changed(city, WAY)
    plan = compute_plan(given, exact, "p", check=True)
    other = longer_ways(city, factor / 1.3)
    best = compute_plan(other, exact, "p")
    words = str(factor).replace(".", ",")
    looked = found(plan, f"Umweg {words}")
    assert looked.short == pytest.approx(short_of(other, exact, plan, best), abs=1e-5)
    assert looked.sessions == len(plan.new_sessions)
    assert looked.sentence.startswith(
        f"Wären Fußwege das {words}-fache der Luftlinie statt des 1,3-fachen, "
    )


def test_nothing_is_said_of_detours_where_ways_were_not_guessed(city, exact):
    plan = compute_plan(city, exact, "p", check=True)
    assert city.manifest.travel is None
    assert not [w for w in plan.what_if if w.name.startswith("Umweg")]


@pytest.mark.parametrize(("factor", "word"), [(1.2, "höher"), (0.8, "niedriger")])
def test_higher_and_lower_need_is_like_another_weight_of_the_group(city, exact, factor, word):
    # Without a promise to regions, 20 % more need is the same as 20 % more weight.
    exact = replace(exact, guarantee=None)
    plan = compute_plan(city, exact, "p", check=True)
    groups = (exact.groups[0], replace(exact.groups[1], weight=2.0 * factor))
    weighted = replace(exact, groups=groups)
    best = compute_plan(city, weighted, "p")
    looked = found(plan, f"Bedarf Kinder im Leistungsbezug 20 % {word}")
    assert looked.short == pytest.approx(short_of(city, weighted, plan, best), abs=1e-5)
    assert looked.sentence.startswith(
        f"Wäre der Bedarf bei „Kinder im Leistungsbezug“ überall 20 % {word}, "
    )


def test_a_plan_that_stays_best_is_said_to(city, exact):
    plan = compute_plan(city, replace(exact, guarantee=None), "p", check=True)
    looked = found(plan, "Bedarf Leistungsberechtigte 20 % höher")
    n = len(plan.new_sessions)
    assert (looked.short, looked.same) == (0.0, n)
    assert looked.sentence.endswith(
        "bliebe dieser Plan so gut wie der beste (auf 0,5\u202f% genau)."
    )


@pytest.mark.parametrize("sessions", [2, 4])
def test_a_room_that_falls_away_costs_what_planning_anew_without_it_says(city, exact, sessions):
    exact = replace(exact, staff=Staff(3.0 * sessions, 2))
    plan = compute_plan(city, exact, "p", check=True)
    rooms = {s.place: s.place_name for s in plan.new_sessions}
    looked = [w for w in plan.what_if if w.name.startswith("ohne ")]
    assert {w.name for w in looked} <= {f"ohne {n}" for n in rooms.values()} and looked
    none = value_by_loops(city, exact, [])
    whole = value_by_loops(city, exact, taken(plan)) - none
    for room, name in rooms.items():
        what = next((w for w in looked if w.name == f"ohne {name}"), None)
        if what is None:
            continue
        rest = [slot for slot in taken(plan) if slot[0] != room]
        lost = 1 - (value_by_loops(city, exact, rest) - none) / whole
        closed = replace(exact, rooms=replace(exact.rooms, forbidden=(room,)))
        best = compute_plan(city, closed, "p")
        left = 1 - (value_by_loops(city, exact, taken(best)) - none) / whole
        assert what.sentence.startswith(
            f"Fiele der Raum „{name}“ weg, verlöre der Plan {_percent(lost)} seines Gewinns, neu "
            f"geplant noch {_percent(left)}; "
        )
        assert what.same <= len(rest)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".replace(".", ",") + NARROW + "%"


def test_a_room_with_a_fixed_session_that_falls_away_breaks_the_wish(city, exact):
    fixed = replace(exact, fixed=(Fixed("f1", "mo_pm"),), staff=Staff(3.0, 1))
    plan = compute_plan(city, fixed, "p", check=True)
    assert found(plan, "ohne Familienzentrum Nord").sentence == (
        "Fiele der Raum „Familienzentrum Nord“ weg, ließen sich die Wünsche nicht mehr alle "
        "erfüllen."
    )


def test_with_few_sessions_wanted_at_least_robust_plans_are_judged_too(city, exact):
    staff = Staff(6.0, 1, min_sessions=2)
    wanted = replace(exact, robust=Robust(2), staff=staff, guarantee=None)
    plan = compute_plan(city, wanted, "p", check=True)
    assert plan.quality.objective > 0
    assert all(np.isfinite(w.short) and 0 <= w.short <= 1 for w in plan.what_if)
    alone = [s for s in plan.what_if if s.name.startswith("ohne ")]
    assert alone and all(f"Plan 100,0{NARROW}%" not in w.sentence for w in alone)


def test_looking_ends_when_it_is_stopped_and_what_was_found_stays(city, exact):
    steps: list[str] = []
    looked = compute_plan(
        city,
        exact,
        "p",
        progress=lambda step, _: steps.append(step),
        stop=lambda: any(s.startswith("Prüfe: Bedarf Kinder") for s in steps),
        check=True,
    ).what_if
    assert len(looked) < len(compute_plan(city, exact, "p", check=True).what_if)
    assert looked[0].name == "Bedarf Leistungsberechtigte 20 % höher"
