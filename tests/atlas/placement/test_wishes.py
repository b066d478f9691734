"""Wishes that are changed at a desk stay whole, and can be written down and read back."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.placement.result import Plan
from atlas.placement.scenario import (
    Fixed,
    Priority,
    SessionKind,
    SolveRule,
    Team,
    load_scenario,
    scenario_data,
)
from atlas.placement.scenario.text import scenario_toml
from atlas.placement.starting import starting_scenario, usual_scenario
from atlas.placement.wishes import (
    budgets_of,
    checked,
    is_fixed,
    lengths_of,
    with_fixed,
    with_forbidden,
    with_groups,
    with_lengths,
    with_reach,
)
from geodata.errors import ProjectError
from tests.atlas.placement.scenarios import scenarios
from tests.atlas.placement.test_cities import BERLIN, MUSTERSTADT
from tests.atlas.test_week import PLAN


@settings(max_examples=60)
@given(scenarios())
def test_a_scenario_that_is_written_down_reads_back_the_same(tmp_path_factory, scenario):
    file = tmp_path_factory.getbasetemp() / "geschrieben.toml"
    file.write_text(scenario_toml(scenario), encoding="utf-8")
    assert load_scenario(file) == scenario


@pytest.mark.parametrize("source", [MUSTERSTADT, BERLIN], ids=lambda f: f.stem)
def test_the_shipped_scenarios_survive_the_way_through_the_atlas(tmp_path, source):
    given_file = load_scenario(source)
    (tmp_path / "s.toml").write_text(scenario_toml(given_file), encoding="utf-8")
    assert load_scenario(tmp_path / "s.toml") == given_file


def test_what_is_usual_is_not_written_down(scenario):
    text = scenario_toml(scenario)
    assert "hours_per_week = 7.5" in text and "session_hours" not in text
    assert "[spread]" not in text and "weekdays" not in text


def test_no_time_limit_is_written_as_a_word_that_toml_has(scenario, tmp_path):
    endless = replace(scenario, solve=SolveRule(time_limit_seconds=None))
    assert tomllib.loads(scenario_toml(endless))["solve"]["time_limit_seconds"] == float("inf")


@given(scenarios(), st.data())
def test_without_some_groups_a_scenario_is_still_valid(scenario, data):
    kept = data.draw(st.lists(st.sampled_from(scenario.groups), min_size=1, unique_by=id))
    smaller = with_groups(scenario, kept)
    assert smaller.groups == tuple(kept)
    assert checked(smaller) == smaller
    assert with_groups(scenario, scenario.groups) == scenario


def test_what_is_for_a_lost_group_alone_goes_with_it(changed):
    whole = changed(
        kinds=(SessionKind("a", "A", groups={"kinder": 1.0}), SessionKind("b", "B")),
        priorities=(Priority("x", 2.0, ("kinder",), negative=True),),
        teams=(Team("T1", kinds=("a",)), Team("T2", kinds=("a", "b"))),
        fixed=(Fixed("b1", "mo_am", "a"), Fixed("b1", "di_am")),
    )
    left = with_groups(whole, whole.groups[:1])
    assert [k.key for k in left.kinds] == ["b"]
    assert left.priorities == ()
    assert [(t.name, t.kinds) for t in left.teams] == [("T2", ("b",))]
    assert left.fixed == (Fixed("b1", "di_am"),)


@given(st.integers(1, 12), st.integers(1, 12))
def test_lengths_that_are_set_are_the_lengths_there_are(a, b):
    shortest, longest = min(a, b) / 2, max(a, b) / 2
    given_file = load_scenario(MUSTERSTADT)
    base = replace(given_file, teams=tuple(replace(t, kinds=()) for t in given_file.teams))
    for kinds in ((), (SessionKind("open", "O"), SessionKind("x", "X", hours=1.0))):
        start = replace(base, kinds=kinds)
        found = with_lengths(start, "open", shortest, longest)
        kind = next(k for k in found.session_kinds if k.key == "open")
        assert lengths_of(found, kind) == (shortest, longest)
        assert [k for k in found.kinds if k.key == "x"] == [k for k in kinds if k.key == "x"]
        assert checked(found) == found


def test_lengths_that_stay_leave_the_scenario_as_it_is(scenario):
    assert with_lengths(scenario, "open", 3.0, 3.0) == scenario
    several = replace(scenario, kinds=(SessionKind("a", "A", hours=2.0, max_hours=4.0),))
    assert with_lengths(several, "a", 2.0, 4.0) == several


def test_levels_of_reach_may_come_in_any_order_but_farther_weighs_less(scenario):
    found = with_reach(scenario, [(25, 0.3), (10, 1.0)])
    assert [(r.minutes, r.weight) for r in found.reach] == [(10, 1.0), (25, 0.3)]
    with pytest.raises(ProjectError, match="weniger zählen"):
        with_reach(scenario, [(10, 0.5), (25, 0.5)])
    with pytest.raises(ProjectError, match="weniger zählen"):
        with_reach(scenario, [(10, 1.0), (10, 0.5)])
    with pytest.raises(ProjectError, match="Gehzeit"):
        with_reach(scenario, [])


def test_a_session_is_held_on_to_once_and_let_go_again(scenario):
    once = with_fixed(scenario, "b1", "mo_am")
    assert with_fixed(once, "b1", "mo_am") == once
    assert is_fixed(once, "b1", "mo_am") and not is_fixed(once, "b1", "di_am")
    assert with_fixed(once, "b1", "mo_am", on=False) == scenario


def test_nothing_is_held_on_to_in_a_room_that_is_left_out(scenario):
    held = with_fixed(with_fixed(scenario, "b1", "mo_am"), "f1", "di_am")
    out = with_forbidden(held, ["b1", "b1"])
    assert out.rooms.forbidden == ("b1",)
    assert out.fixed == (Fixed("f1", "di_am"),)


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("", ()),
        ("40; 60; 80", (40, 60, 80)),
        ("80 60,5, 40", (40, 60.5, 80)),
        ("40;40", (40,)),
    ],
)
def test_budgets_are_read_as_people_list_them(words, hours):
    assert budgets_of(words) == hours


@pytest.mark.parametrize("words", ["vierzig", "-5", "inf", "nan", "40; x"])
def test_what_is_no_number_of_hours_is_named(words):
    with pytest.raises(ProjectError) as caught:
        budgets_of(words)
    assert words.split()[-1] in str(caught.value)


def test_contradictions_are_told_without_a_file_that_nobody_saw(scenario):
    wrong = replace(scenario, spread=replace(scenario.spread, min_per_weekday=3, max_per_weekday=1))
    with pytest.raises(ProjectError) as caught:
        checked(replace(wrong, fixed=(Fixed("b1", "so_am"),)))
    message = str(caught.value)
    assert "Verteilung über die Woche (spread.max_per_weekday): 1" in message
    assert "so_am" in message and "feste Sprechstunden" in message
    assert "Zeile" not in message and ".toml" not in message


# Where a new plan starts


def test_a_plans_own_wishes_come_first(scenario, city):
    plan = replace(PLAN, wishes=scenario_data(scenario))
    assert starting_scenario(city, plan) == scenario


@pytest.mark.parametrize("wishes", [{}, {"format": 99}])
def test_a_plan_without_readable_wishes_gives_the_usual(city, wishes):
    plan: Plan = replace(PLAN, wishes=wishes)
    assert starting_scenario(city, plan) == usual_scenario(city)


def test_the_demo_starts_from_its_own_scenario(demo):
    assert starting_scenario(demo) == load_scenario(MUSTERSTADT)


def test_another_project_never_gets_the_scenario_of_a_namesake(demo, monkeypatch):
    manifest = replace(demo.manifest, project_sha256="0" * 64)
    monkeypatch.setattr(demo, "manifest", manifest)
    assert starting_scenario(demo) == usual_scenario(demo)


def test_the_usual_scenario_counts_nobody_twice_and_can_be_planned(city):
    usual = usual_scenario(city)
    assert [g.key for g in usual.groups] == ["sgb2_persons"]
    assert usual.existing.our_providers == ("Jobcenter Kleinstadt",)
    assert checked(usual) == usual
