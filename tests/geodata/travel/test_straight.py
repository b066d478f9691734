"""Minutes on foot: against integrals known in closed form, and laws that hold anywhere."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geodata.travel import TRAVEL_COLUMNS, WalkingRule, spread_points, walking_minutes

CRS = "EPSG:25833"
METRES_PER_MINUTE = 75.0


def areas_of(*polygons: Polygon, inhabited: list[bool] | None = None) -> gpd.GeoDataFrame:
    keys = [f"{i + 1:02d}" for i in range(len(polygons))]
    frame = {"area": keys, "level": "plr", "vintage": "2021"}
    frame["inhabited"] = inhabited or [True] * len(polygons)
    return gpd.GeoDataFrame(frame, geometry=list(polygons), crs=CRS)


def places_of(*points: tuple[float, float]) -> gpd.GeoDataFrame:
    keys = [f"p{i}" for i in range(len(points))]
    return gpd.GeoDataFrame({"place": keys}, geometry=[Point(p) for p in points], crs=CRS)


def standard(table):
    return table[table["profile"] == "standard"].set_index(["area", "place"])


def test_the_mean_way_within_a_square_is_the_known_integral():
    # Mean distance from the centre of a unit square: (sqrt(2) + asinh(1)) / 6 = 0.3826.
    table = walking_minutes(areas_of(box(0, 0, 1000, 1000)), places_of((500, 500)))
    expected = 1000 * (np.sqrt(2) + np.arcsinh(1)) / 6 * 1.3 / METRES_PER_MINUTE
    assert standard(table).loc[("01", "p0"), "minutes"] == pytest.approx(expected, rel=0.05)
    assert list(table.columns) == list(TRAVEL_COLUMNS)


def test_a_centroid_would_call_the_own_area_zero_minutes_away():
    table = walking_minutes(areas_of(box(0, 0, 1000, 1000)), places_of((500, 500)))
    assert standard(table)["minutes"].iloc[0] > 5
    assert (table["minutes_p90"] > table["minutes"]).all()


def test_slower_people_need_longer_in_proportion():
    table = walking_minutes(areas_of(box(0, 0, 500, 500)), places_of((900, 0)))
    minutes = table.set_index("profile")["minutes"]
    assert minutes["senioren"] == pytest.approx(minutes["standard"] * 4.5 / 3.0)
    assert minutes["rollstuhl"] == pytest.approx(minutes["standard"] * 4.5 / 2.5)
    assert set(table["status"]) == {"estimated"} and set(table["mode"]) == {"walk"}


def test_ways_beyond_the_maximum_are_not_stored_and_slow_people_reach_less():
    rule = WalkingRule(max_minutes=60)
    table = walking_minutes(areas_of(box(0, 0, 10, 10)), places_of((0, 0), (3000, 0)), rule)
    found = table.groupby("place")["profile"].agg(set)
    assert found["p0"] == {"standard", "senioren", "rollstuhl"}
    assert found["p1"] == {"standard"}
    assert (table["minutes"] <= 60).all()


def test_uninhabited_areas_are_left_out():
    areas = areas_of(box(0, 0, 9, 9), box(9, 0, 18, 9), inhabited=[True, False])
    assert set(walking_minutes(areas, places_of((0, 0)))["area"]) == {"01"}


def test_degrees_are_refused():
    areas = areas_of(box(0, 0, 1, 1)).set_crs(4326, allow_override=True)
    with pytest.raises(ValueError, match="metres"):
        walking_minutes(areas, places_of((0, 0)))


def test_no_place_gives_an_empty_table_with_all_columns():
    table = walking_minutes(areas_of(box(0, 0, 9, 9)), places_of())
    assert table.empty and list(table.columns) == list(TRAVEL_COLUMNS)


def test_points_stand_in_both_parts_of_an_area_in_two_parts():
    parts = MultiPolygon([box(0, 0, 10, 10), box(90, 0, 100, 10)])
    x = spread_points(parts, 40)[:, 0]
    assert 15 <= (x < 50).sum() <= 25


def test_a_sliver_is_represented_by_a_point_inside():
    sliver = Polygon([(0, 0), (10_000, 10_000), (10_000, 10_000.0001)])
    points = spread_points(sliver, 3)
    assert points.shape == (3, 2)
    assert sliver.distance(Point(points[0])) < 1e-6


coordinates = st.floats(-5000, 5000).map(lambda v: round(v, 1))


@settings(max_examples=40, deadline=None)
@given(
    corners=st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8),
    place=st.tuples(coordinates, coordinates),
)
def test_the_mean_lies_between_the_nearest_and_the_farthest_point(corners, place):
    hull = MultiPolygon([box(0, 0, 300, 300)]).union(Polygon(corners).convex_hull.buffer(1))
    table = walking_minutes(areas_of(hull.convex_hull), places_of(place), WalkingRule(points=7))
    rows = standard(table)
    factor = 1.3 / METRES_PER_MINUTE
    near = hull.convex_hull.distance(Point(place)) * factor
    far = hull.convex_hull.hausdorff_distance(Point(place)) * factor
    if rows.empty:
        assert far > 90
    else:
        assert near - 1e-6 <= rows["minutes"].iloc[0] <= far + 1e-6
        assert near - 1e-6 <= rows["minutes_p90"].iloc[0] <= far + 1e-6


def test_the_same_input_gives_the_same_minutes_in_any_order():
    areas = areas_of(box(0, 0, 400, 900), box(400, 0, 900, 900))
    places = places_of((0, 0), (700, 300))
    first = walking_minutes(areas, places)
    again = walking_minutes(areas.iloc[::-1], places.iloc[::-1])
    assert first.equals(again)


def test_published_minutes_stay_the_same_to_the_last_bit():
    # The formula of the first edition, all areas at once: plans name the hash of the table.
    rng = np.random.default_rng(5)
    corners = rng.uniform(0, 6000, (40, 2))
    areas = areas_of(*(box(x, y, x + 700, y + 400) for x, y in corners))
    places = places_of(*map(tuple, rng.uniform(0, 6000, (30, 2))))
    spots = np.stack([spread_points(p, 20) for p in areas.geometry])
    x, y = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    metres = np.hypot(spots[:, :, :1] - x, spots[:, :, 1:] - y)
    factor = 1.3 / (4.5 * 1000.0 / 60.0)
    table = standard(walking_minutes(areas, places))
    for name, value in (
        ("minutes", metres.mean(axis=1) * factor),
        ("minutes_p90", np.quantile(metres, 0.9, axis=1) * factor),
    ):
        wide = table[name].unstack("place").reindex(columns=places["place"]).to_numpy()
        near = ~np.isnan(wide)
        assert near.sum() > 500
        assert (wide[near] == value[near]).all()
