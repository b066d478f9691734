"""The page of consultation hours: warnings first, and plans that can be told apart."""

from dataclasses import replace

import pytest

from tests.atlas.test_week import PLAN

WARNING = "Das Personal reicht nicht."


@pytest.fixture
def plans(monkeypatch):
    """Two plans of one title."""
    found = (replace(PLAN, name="anders", warnings=(WARNING,)), PLAN)
    monkeypatch.setattr("atlas.pages.sprechstunden.read_plans", lambda _edition: found)


def test_plans_of_one_title_are_told_apart_by_their_names(plans, run_page):
    choice = run_page("sprechstunden").selectbox(key="sprechstunden_plan")
    assert choice.options == ["Probe (anders)", "Probe (probe)"]
    assert choice.value == "anders"


def test_a_warning_stands_under_the_title_of_its_plan_only(plans, run_page):
    assert [w.value for w in run_page("sprechstunden").warning] == [WARNING]
    assert not run_page("sprechstunden", plan="probe").warning


def test_without_a_new_hour_there_is_nothing_to_give_reasons_for(monkeypatch, run_page):
    kept = replace(PLAN, sessions=PLAN.sessions[:1])
    monkeypatch.setattr("atlas.pages.sprechstunden.read_plans", lambda _edition: (kept,))
    headings = [h.value for h in run_page("sprechstunden").header]
    assert "Die Woche" in headings and "Warum dort" not in headings
