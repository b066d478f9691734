"""Minutes on foot on a network, and what is said of points far from it."""

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geodata.errors import GeometryError
from geodata.travel import (
    AreaPoints,
    NetworkWalk,
    StraightWalk,
    WalkingRule,
    area_points,
    network_minutes,
    refuse_other_town,
    snap_report,
    walking_minutes,
)
from geodata.travel.walk import FAR_M
from tests.geodata.travel.test_network import network_of
from tests.geodata.travel.test_straight import areas_of, places_of, standard

# Two banks of a river, 100 m apart, with one bridge in the east and steps in the west.
STEPS = [(0.0, 0.0), (0.0, 100.0)]
BANKS = [
    [(0.0, 0.0), (3000.0, 0.0)],
    [(0.0, 100.0), (3000.0, 100.0)],
    [(3000.0, 0.0), (3000.0, 100.0)],
]
WITH_STEPS, WITHOUT = network_of(*BANKS, STEPS), network_of(*BANKS)
ALL = dict.fromkeys(("standard", "senioren", "rollstuhl"), WITH_STEPS)


def points_at(*xy: tuple[float, float]) -> AreaPoints:
    """One area with a point at each of some spots."""
    return AreaPoints(("01",), np.array([0, len(xy)]), np.array(xy, dtype=float))


def minutes(networks, points, *places, **rule):
    table = network_minutes(
        areas_of(box(0, -10, 10, 10)), places_of(*places), networks, WalkingRule(**rule), points
    )
    return table.set_index(["place", "profile"])["minutes"]


def test_a_river_makes_the_way_longer_than_the_straight_line():
    # 2000 m to the bridge or 1000 m to the steps, over, and back.
    found = minutes(ALL, points_at((1000, 0)), (1000, 100))
    assert found["p0", "standard"] == pytest.approx(2100 / 75)
    assert found["p0", "senioren"] == pytest.approx(2100 / 50)


def test_a_wheelchair_goes_round_the_steps():
    networks = {"standard": WITH_STEPS, "senioren": WITH_STEPS, "rollstuhl": WITHOUT}
    found = minutes(networks, points_at((100, 0)), (100, 100), max_minutes=200)
    assert found["p0", "standard"] == pytest.approx(300 / 75)
    assert found["p0", "rollstuhl"] == pytest.approx(5900 / (2500 / 60))


def test_minutes_are_the_mean_over_the_points_of_an_area():
    table = network_minutes(
        areas_of(box(0, -10, 10, 10)),
        places_of((0, 0)),
        ALL,
        points=points_at((300, 0), (600, 0), (600, 30)),
    )
    row = standard(table).iloc[0]
    assert row["minutes"] == pytest.approx((300 + 600 + 630) / 3 / 75)
    assert row["minutes_p90"] == pytest.approx(np.quantile([300, 600, 630], 0.9) / 75)
    assert row["mode"] == "walk" and row["status"] == "estimated"


def test_ways_beyond_the_maximum_are_not_stored():
    found = minutes(ALL, points_at((0, 0)), (700, 0), (800, 0), max_minutes=10)
    assert ("p0", "standard") in found.index and ("p1", "standard") not in found.index
    assert ("p0", "senioren") not in found.index


def test_a_mean_within_the_maximum_is_stored_though_one_point_lies_beyond():
    found = minutes(ALL, points_at((0, 0), (900, 0)), (0, 0), max_minutes=10)
    assert found["p0", "standard"] == pytest.approx(6)


def test_profiles_that_share_a_network_are_measured_as_if_alone():
    areas, places = (
        areas_of(box(0, 0, 500, 90), box(500, 0, 2000, 90)),
        places_of((5, 5), (900, 80)),
    )
    together = network_minutes(areas, places, ALL)
    for profile, kmh in WalkingRule().speeds_kmh.items():
        alone = network_minutes(
            areas, places, {profile: WITH_STEPS}, WalkingRule(speeds_kmh={profile: kmh})
        )
        rows = together[together["profile"] == profile].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, alone)


def test_a_profile_that_is_not_asked_for_is_not_computed():
    networks = {"standard": WITH_STEPS, "rollstuhl": WITHOUT}
    found = minutes(networks, points_at((0, 0)), (300, 0), speeds_kmh={"rollstuhl": 2.5})
    assert found.to_dict() == {("p0", "rollstuhl"): pytest.approx(7.2)}


def test_without_places_or_areas_the_table_is_empty_with_all_its_columns():
    empty = network_minutes(areas_of(box(0, 0, 9, 9)), places_of(), ALL)
    assert empty.empty
    nobody = areas_of(box(0, 0, 9, 9), inhabited=[False])
    assert network_minutes(nobody, places_of((0, 0)), ALL).empty
    assert list(empty.columns) == list(walking_minutes(nobody, places_of((0, 0))).columns)


def test_a_straight_walk_is_the_distance_times_the_detour():
    ((part, metres),) = StraightWalk(1.5).metres(
        np.array([[0.0, 0.0]]), np.array([[30.0, 40.0], [3000.0, 0.0]]), 1000
    )
    assert metres[:, 0].tolist() == [75.0, np.inf] and part == slice(0, 1)


def test_points_far_from_any_way_are_named_once_with_their_farthest():
    snapped = WITH_STEPS.snap(np.array([[50.0, -10.0], [60, -400], [70, -300], [80, -20]]))
    report = snap_report("Punkte der Gebiete", ["Nord", "Süd", "Süd", "Ost"], snapped)
    assert report.far == (("Süd", 400.0),) and report.far_count == 2
    assert report.line() == (
        "Punkte der Gebiete: 4 an das Wegenetz angeschlossen, im Mittel 160 m, höchstens 400 m vom "
        "nächsten Weg. Weiter als 250 m (2 Punkte): Süd (400 m)."
    )
    near = snap_report("Orte", ["A"], WITH_STEPS.snap(np.array([[0.0, -FAR_M]])))
    assert near.far == ()


def test_a_network_of_another_town_is_refused_and_one_far_point_is_not():
    elsewhere = WITH_STEPS.snap(np.array([[0.0, 9e4], [9e4, 0.0], [0.0, 0.0]]))
    with pytest.raises(GeometryError, match=r"2 von 3 .* deckt die Stadt nicht ab"):
        refuse_other_town(snap_report("Punkte", ["A", "B", "C"], elsewhere))
    mostly = WITH_STEPS.snap(np.array([[0.0, 9e4], [5.0, 0.0]]))
    refuse_other_town(snap_report("Punkte", ["A", "B"], mostly))


def test_blocks_of_sources_are_put_together_in_order(monkeypatch):
    monkeypatch.setattr("geodata.travel.network._CELLS_AT_ONCE", 20)
    places = [(float(x), 0.0) for x in range(0, 3000, 250)]
    points = area_points(areas_of(box(0, 0, 3000, 100)), 5)
    blocks = list(NetworkWalk(WITH_STEPS).metres(np.array(places), points.xy, 1e9))
    assert len(blocks) > 1
    whole = np.concatenate([m for _, m in blocks], axis=1)
    for j, place in enumerate(places):
        ((_, alone),) = NetworkWalk(WITH_STEPS).metres(np.array([place]), points.xy, 1e9)
        np.testing.assert_allclose(whole[:, j], alone[:, 0])
