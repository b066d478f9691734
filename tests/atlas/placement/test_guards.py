"""A wish that comes to nothing is refused or said; it never passes in silence."""

from dataclasses import replace

import pandas as pd
import pytest

from atlas.edition import Edition, TravelInfo
from atlas.placement.plan import compute_plan
from atlas.placement.scenario import Existing, Guarantee, Limit, Reach, SessionKind, Staff
from geodata.errors import PlacementError


def refused(city, scenario) -> str:
    with pytest.raises(PlacementError) as error:
        compute_plan(city, scenario, "probe")
    return str(error.value)


def warned(city, scenario) -> str:
    return "\n".join(compute_plan(city, scenario, "probe").warnings)


def with_rooms(scenario, **parts):
    return replace(scenario, rooms=replace(scenario.rooms, **parts))


@pytest.mark.parametrize("wrong", ["Jobcenter", "Jobcentre Kleinstadt", "jobcenter kleinstadt"])
def test_a_misspelt_provider_is_refused_with_those_there_are(city, changed, wrong):
    message = refused(city, changed(existing=Existing(our_providers=(wrong,))))
    assert "our_providers" in message and "Erlaubt: Jobcenter Kleinstadt" in message


def test_a_provider_without_sessions_is_said_above_the_plan(city, changed):
    text = warned(city, changed(existing=Existing(our_providers=("Unser Haus",))))
    assert "„Unser Haus“" in text and "geht dafür nichts ab" in text
    assert "our_providers" not in warned(city, changed())


def test_a_provider_that_is_not_looked_at_is_no_mistake(city, changed):
    existing = Existing("ignore", our_providers=("Jobcenter",))
    assert "our_providers" not in warned(city, changed(existing=existing))


def test_words_for_groups_that_no_session_uses_are_named(city, scenario):
    first = replace(scenario.groups[0], session_groups=("totl", "disabilities"))
    plan = compute_plan(city, replace(scenario, groups=(first,)), "probe")
    assert any("„totl“" in w and "Schreibfehler" in w for w in plan.warnings)
    assert any("„disabilities“" in n and "total" in n for n in plan.notes)
    assert not any("disabilities" in w for w in plan.warnings)


def test_a_purpose_that_no_room_accepts_is_refused(city, scenario):
    message = refused(city, with_rooms(scenario, purposes=("Party",)))
    assert "rooms, purposes" in message and "counselling, information" in message


@pytest.mark.parametrize(
    ("rooms", "said"),
    [
        ({"owners": ("unknown",), "kinds": ("library",)}, "alle Bedingungen zusammen"),
        ({"owners": ()}, "Träger (owners)"),
        ({"include_names": {"library": ("Nord",)}, "kinds": ("library",)}, "„Nord“"),
    ],
)
def test_filters_that_leave_no_room_are_named(city, scenario, rooms, said):
    text = warned(city, with_rooms(scenario, **rooms))
    assert "Kein Raum kommt in Frage" in text and said in text


def test_a_list_of_names_that_matches_nothing_is_said(city, scenario):
    text = warned(city, with_rooms(scenario, include_names={"library": ("Nord",)}))
    assert "Bibliothek" in text and "„Nord“" in text and "Kein Raum" not in text


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (SessionKind("open", "Offene Sprechstunde", hours=9.0), "(9 Stunden) passt in kein"),
        (SessionKind("open", "Große Runde", min_capacity=500), "Keiner hat 500 Plätze"),
        (SessionKind("open", "Aktionstag", staff=5), "bindet 5 Teams"),
    ],
)
def test_a_kind_of_session_that_fits_nowhere_is_said_with_the_reason(city, changed, kind, said):
    plan = compute_plan(city, changed(kinds=(kind,), staff=Staff(40.0, 2)), "probe")
    assert not plan.new_sessions
    assert any(kind.name in w and said in w for w in plan.warnings)


def test_days_without_opening_hours_are_said(city, scenario):
    rooms = replace(scenario.rooms, default_half_days=("am",))
    text = warned(city, replace(scenario, rooms=rooms, weekdays=(5, 6)))
    assert "passt in kein Zeitfenster" in text


def test_a_plan_in_which_all_fits_has_no_such_warning(city, scenario):
    assert not warned(city, scenario)


@pytest.mark.parametrize(
    "parts",
    [
        {"limit": Limit(500)},
        {"reach": (Reach(20, 1.0), Reach(500, 0.4))},
        {"guarantee": Guarantee("bezirksregion", 500)},
    ],
)
def test_minutes_beyond_the_stored_ways_are_refused(cut, changed, parts):
    message = refused(cut, changed(**parts))
    assert "gefunden 500" in message and "travel.max_minutes" in message
    assert "höchstens 40" in message and "gefunden 40" not in message


@pytest.fixture
def cut(city):
    """The small city as an edition that stores no ways beyond 40 minutes."""
    info = city.manifest.travel or TravelInfo(1.3, 1.2, 1.5)
    return Edition(city.path, replace(city.manifest, travel=replace(info, max_minutes=40.0)))


def test_an_edition_that_does_not_tell_its_bound_refuses_nothing(city, changed):
    info = city.manifest.travel or TravelInfo(1.3, 1.2, 1.5)
    silent = Edition(city.path, replace(city.manifest, travel=replace(info, max_minutes=None)))
    assert compute_plan(silent, changed(reach=(Reach(500, 1.0),)), "probe")


def test_a_built_edition_tells_its_bound(demo):
    assert demo.manifest.travel.max_minutes == 90.0


def test_hours_that_nothing_uses_are_said(city, changed):
    plan = compute_plan(city, changed(staff=Staff(100.0, 1, max_sessions=1)), "probe")
    said = [n for n in plan.notes if n.startswith("Übrig bleiben")]
    assert len(said) == 1 and f"{100 - plan.hours_used:g} der 100 Wochenstunden" in said[0]
    full = compute_plan(city, changed(staff=Staff(3.0, 1)), "probe")
    assert not any("Übrig bleiben" in n for n in full.notes)


@pytest.fixture
def held(city, monkeypatch):
    """The small city with three sessions of ours, by three teams; one ends in August 2024."""
    original = city.table

    def table(name):
        found = original(name)
        if name != "sessions":
            return found
        rows = pd.concat([found] * 3, ignore_index=True)
        return rows.assign(
            team=["Team 1", "Team 2", "Team 3"],
            weekday=pd.array([0, 1, 2], dtype=rows["weekday"].dtype),
            valid_to=["", "", "2024-08-31"],
        )

    monkeypatch.setattr(type(city), "table", lambda _, name: table(name))
    return city


OURS = Existing(our_providers=("Jobcenter Kleinstadt",))


def test_sessions_that_have_ended_when_the_plan_begins_are_counted(held, changed):
    plan = compute_plan(held, changed(existing=OURS, starts="2024-09-02"), "probe")
    assert any(n.startswith("1 bestehende Sprechstunde endet vor") for n in plan.notes)
    plan = compute_plan(held, changed(existing=OURS, starts="2024-08-31"), "probe")
    assert not any("vor dem Beginn des Plans" in n for n in plan.notes)


def test_more_names_than_teams_are_said(held, changed):
    plan = compute_plan(held, changed(existing=OURS, staff=Staff(20.0, 2)), "probe")
    assert any("nennen mehr Teams (Team 1, Team 2 und Team 3)" in n for n in plan.notes)
    plan = compute_plan(held, changed(existing=OURS, staff=Staff(20.0, 3)), "probe")
    assert not any("nennen mehr Teams" in n for n in plan.notes)
