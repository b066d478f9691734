"""Why an area is or is not reached: one golden sentence for every case."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from atlas.edition import Edition
from atlas.placement.plan import Plan, compute_plan
from atlas.placement.result import AreaReach
from atlas.placement.scenario import Existing, Fixed, Reach, Rooms, SolveRule, Staff

NARROW = "\u202f"
OURS = ("Jobcenter Kleinstadt",)


class Other(Edition):
    """An edition with some tables exchanged."""

    def __init__(self, edition: Edition, **tables: pd.DataFrame) -> None:
        super().__init__(edition.path, edition.manifest)
        self._tables = tables

    def table(self, name: str) -> pd.DataFrame:
        return self._tables.get(name, super().table(name))


@pytest.fixture
def one(changed, scenario):
    """One group, one session, levels of 20 and 40 minutes."""
    return changed(
        groups=scenario.groups[:1], staff=Staff(3.0, 1), guarantee=None, solve=SolveRule(gap=0.0)
    )


def why(plan: Plan, area: str, group: str = "alle") -> str:
    return row(plan, area, group).reason


def row(plan: Plan, area: str, group: str = "alle") -> AreaReach:
    return next(a for a in plan.areas if (a.area, a.group) == (area, group))


def test_every_area_and_group_has_a_sentence(city, scenario):
    plan = compute_plan(city, scenario, "p")
    assert len(plan.areas) == 70
    assert all(a.reason.endswith(".") for a in plan.areas)
    for a in plan.areas:
        assert a.reason.startswith("Nicht erreicht") == (a.level_after is None)


def test_unknown_need(city, one):
    counts = city.table("counts")
    gone = (counts["area"] == "0122") & (counts["measure"] == "sgb2_persons")
    plan = compute_plan(Other(city, counts=counts[~gone]), one, "p")
    assert why(plan, "0122") == "Für dieses Gebiet ist kein Bedarf bekannt."


def test_newly_reached(city, one):
    plan = compute_plan(city, replace(one, fixed=(Fixed("f1", "mo_am"),)), "p")
    assert why(plan, "0444") == (
        "Neu erreicht: Familienzentrum Nord (Montag 9.00–12.00 Uhr) liegt in 0 Minuten; bisher "
        "gab es kein Angebot in 40 Minuten."
    )


def test_nearer_than_before(city, one):
    plan = compute_plan(city, replace(one, fixed=(Fixed("b1", "mo_am"),)), "p")
    # From the middle the library is next door, the Jobcenter two squares away.
    assert why(plan, "0122") == (
        "Näher als bisher: Bibliothek Mitte (Montag 9.00–12.00 Uhr) liegt in 0 Minuten, bisher "
        "waren es 35."
    )


def test_already_reached(city, one):
    plan = compute_plan(city, one, "p")
    assert why(plan, "0120") == (
        "Schon bisher erreicht, und weiter: Jobcenter Kleinstadt (Montag 9.00–12.00 Uhr) liegt in "
        "0 Minuten."
    )


def test_present_all_week(city, one):
    rooms = Rooms(kinds=("library",), present_kinds=("jobcenter",))
    plan = compute_plan(city, replace(one, rooms=rooms, existing=Existing("ignore")), "p")
    assert why(plan, "0120") == (
        "Schon bisher erreicht, und weiter: Jobcenter Kleinstadt (die ganze Woche offen) liegt in "
        "0 Minuten."
    )
    assert (row(plan, "0120").always_place, row(plan, "0120").minutes_after) == ("j1", 0.0)
    new = {s.place for s in plan.new_sessions}
    assert new == {"b1"}
    # Next door to the library its session is nearer than the office, and stands alone.
    assert (row(plan, "0122").always_name, row(plan, "0122").next_place) == ("", "b1")


def test_an_office_open_all_week_is_named_even_if_a_session_is_held_there(city, one):
    rooms = Rooms(kinds=("library",), present_kinds=("jobcenter",))
    plan = compute_plan(city, replace(one, rooms=rooms), "p")
    assert [s.place for s in plan.sessions if s.existing] == ["j1"]
    assert row(plan, "0120").next_place == "j1"
    assert "Jobcenter Kleinstadt (die ganze Woche offen)" in why(plan, "0120")


def test_what_stays_is_no_measure_for_what_another_session_would_have_to_gain(city, one):
    """The session that stays adds less here than the new one, and makes room for none."""
    near = replace(one, reach=(Reach(20, 1.0),))
    plan = compute_plan(city, near, "p")
    (kept,), (new,) = [[s for s in plan.sessions if s.existing is e] for e in (True, False)]
    assert kept.lost < new.lost == 1.0
    assert why(plan, "0214").endswith(f"die schwächste im Plan bringt 100,0{NARROW}%.")


def test_farther_than_before_and_reached_no_more(city, one):
    rooms = Rooms(kinds=("library",))
    free = replace(
        one,
        rooms=rooms,
        existing=Existing("free", stay_bonus=0.0, our_providers=OURS),
        fixed=(Fixed("b1", "di_am"),),
        reach=(Reach(10, 1.0), Reach(40, 0.4)),
    )
    plan = compute_plan(city, free, "p")
    assert [s.place for s in plan.ended] == ["j1"]
    assert why(plan, "0120") == (
        "Weiter als bisher: Bibliothek Mitte (Dienstag 9.00–12.00 Uhr) liegt in 35 Minuten, bisher "
        "waren es 0."
    )
    near = compute_plan(city, replace(free, reach=(Reach(20, 1.0),)), "p")
    assert why(near, "0120") == (
        "Nicht mehr erreicht (bisher 0 Minuten): Kein zugelassener Raum liegt in 20 Minuten; der "
        "nächste (Bibliothek Mitte) ist 35 Minuten entfernt."
    )


def test_no_room_within_reach(city, one):
    plan = compute_plan(city, replace(one, reach=(Reach(20, 1.0),)), "p")
    # From the corner in the south-east the nearest allowed room is a diagonal away.
    ways = city.table("travel").query("area == '0205' and profile == 'standard'")
    assert round(ways.set_index("place")["minutes"]["s1"]) == 25
    assert why(plan, "0205") == (
        "Nicht erreicht: Kein zugelassener Raum liegt in 20 Minuten; der nächste "
        "(Stadtteilzentrum Ost) ist 25 Minuten entfernt."
    )


def test_no_way_is_known(city, one):
    travel = city.table("travel")
    lost = travel["area"] == "0205"
    plan = compute_plan(Other(city, travel=travel[~lost]), one, "p")
    assert why(plan, "0205") == (
        "Nicht erreicht: Es ist kein Weg zu einem zugelassenen Raum bekannt."
    )


def test_no_suitable_time(city, one, scenario):
    """Rooms near by are open in the morning only; the children's group comes in the afternoon."""
    windows = city.table("windows").assign(end="12:30")
    children = replace(one, groups=scenario.groups)
    plan = compute_plan(Other(city, windows=windows), children, "p")
    assert why(plan, "0444", "kinder") == (
        "Nicht erreicht: In den Räumen der Nähe ist zu den Zeiten, die der Gruppe passen, keine "
        "Sprechstunde möglich."
    )
    assert why(plan, "0444").startswith("Neu erreicht")


def test_a_room_is_near_but_others_gain_more(city, one):
    near = replace(one, reach=(Reach(20, 1.0),))
    plan = compute_plan(city, near, "p")
    assert [s.place for s in plan.new_sessions] == ["f1"]
    added = _gain(city, plan, "s1")
    whole = _gain(city, plan, "f1")
    share = f"{100 * added / whole:.1f}".replace(".", ",")
    assert why(plan, "0214") == (
        f"Nicht erreicht: Stadtteilzentrum Ost läge in 0 Minuten. Eine Sprechstunde dort brächte "
        f"{share}{NARROW}% zum Gewinn des Plans dazu; die schwächste im Plan bringt "
        f"100,0{NARROW}%."
    )


def _gain(city: Edition, plan: Plan, place: str) -> float:
    """Need within 20 minutes of a place that had nothing before, from the tables."""
    ways = city.table("travel").query("profile == 'standard'")
    minutes = ways.pivot(index="area", columns="place", values="minutes")
    need = {a.area: a.need for a in plan.areas}
    fresh = (minutes[place] <= 20) & (minutes["j1"] > 20)
    return float(np.sum([need[area] for area in minutes.index[fresh]]))


def test_a_plan_without_sessions_gives_no_shares(city, one):
    plan = compute_plan(city, replace(one, staff=Staff(0.0, 1)), "p")
    assert plan.new_sessions == ()
    assert why(plan, "0444") == "Nicht erreicht: Familienzentrum Nord läge in 0 Minuten."
