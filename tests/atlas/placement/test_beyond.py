"""Ways longer than an edition stores are told from ways that nobody knows."""

from dataclasses import replace

import pytest

from atlas.edition.manifest import TravelInfo, WayInfo
from atlas.placement.access import fairness_lines
from atlas.placement.compare import compare, findings
from atlas.placement.plan import compute_plan
from atlas.placement.scenario import Staff
from tests.atlas.placement.test_reasons import Other

LIMIT = 45.0
"""Minutes; chosen so that rooms are near for some areas and beyond for others."""


@pytest.fixture
def cut(city):
    """The small city with ways up to `LIMIT` alone, and one area of which no way is known."""

    def made(method="straight", limit=LIMIT):
        travel = city.table("travel")
        kept = travel[(travel["minutes"] <= LIMIT) & (travel["area"] != _unknown(city))]
        info = TravelInfo(1.3, 1.2, 1.5, {}, (WayInfo("walk", method, ("standard",)),))
        manifest = replace(city.manifest, travel=replace(info, max_minutes=limit))
        return Other(type(city)(city.path, manifest), travel=kept)

    return made


def _unknown(city):
    """The inhabited area with the highest key."""
    areas = city.table("areas")
    fine = areas[(areas["level"] == "planungsraum") & areas["inhabited"]]
    return max(fine["area"])


@pytest.fixture
def plan_of(changed):
    """One session, so that much of the city has none near."""
    scenario = changed(staff=Staff(3.0, 1), guarantee=None)

    def made(edition):
        found = compute_plan(edition, scenario, "probe")
        return found, [a for a in found.areas if a.group == "alle"]

    return made


def test_an_area_with_ways_but_none_to_a_session_is_beyond_the_limit(city, cut, plan_of):
    edition = cut()
    plan, rows = plan_of(edition)
    full = city.table("travel")
    full = full[full["profile"] == "standard"].set_index(["area", "place"])["minutes"]
    serving = {s.place for s in plan.sessions if "alle" in s.groups} | {"j1"}
    ways = set(edition.table("travel").loc[lambda t: t["profile"] == "standard", "area"])
    far = [r for r in rows if r.minutes_after is None]
    assert {r.beyond for r in far} == {LIMIT, None}
    for row in far:
        assert (row.beyond == LIMIT) == (row.area in ways)
        # The full table, of which the edition knows a part, says that it is true.
        assert min(full[(row.area, p)] for p in serving) > LIMIT or row.area == _unknown(city)
    assert all(r.beyond is None for r in rows if r.minutes_after is not None)


def test_rooms_beyond_the_limit_are_no_unknown_rooms(city, cut, plan_of):
    _, rows = plan_of(cut())
    reasons = {r.area: r.reason for r in rows}
    assert reasons[_unknown(city)] == (
        "Nicht erreicht: Es ist kein Weg zu einem zugelassenen Raum bekannt."
    )
    assert not [r for r in rows if r.beyond and "kein Weg" in r.reason], (
        "an area with ways is never called one without"
    )


def test_where_all_ways_were_delivered_nothing_is_concluded(cut, plan_of):
    for edition in (cut("delivered"), cut(limit=None)):
        plan, rows = plan_of(edition)
        assert any(r.minutes_after is None for r in rows)
        assert all(r.beyond is None for r in rows)
        assert plan.fairness.worst_beyond is None


def test_the_longest_way_is_said_with_how_many_areas_have_it(cut, plan_of):
    plan, _ = plan_of(cut())
    worst = replace(plan.fairness, worst_minutes=None, worst_beyond=LIMIT, areas_beyond=3)
    assert fairness_lines(worst)[-1].endswith(
        "mehr als 45 Minuten bis zur nächsten Sprechstunde; so weit ist es aus 3 Gebieten."
    )
    other = replace(plan, name="b", fairness=worst)
    told = "\n".join(findings(compare(other, other)))
    assert f"{worst.worst_name} (mehr als 45 Minuten)" in told
