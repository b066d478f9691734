"""Minutes by public transport over the departures of a morning, worked out by hand."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import box

from geodata.travel import (
    AreaPoints,
    StraightWalk,
    TransitRule,
    WalkingRule,
    area_points,
    read_feed,
    transit_minutes,
)
from geodata.travel.transit import quantile
from tests.geodata.travel.feeds import small_tables, write_feed
from tests.geodata.travel.test_straight import CRS, areas_of, places_of

EAST, NORTH = 400_000.0, 5_800_000.0
TO_DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
DAY = date(2022, 10, 5)
WALKING = WalkingRule(speeds_kmh={"standard": 4.5})
EVERY_10 = tuple(range(8 * 3600, 9 * 3600 + 1, 600))


def spot(x: float, y: float = 0.0) -> tuple[float, float]:
    return EAST + x, NORTH + y


def stops(**at: float) -> dict[str, tuple[float, float]]:
    """Stops along a line, by metres to the east."""
    return {key: TO_DEGREES.transform(*spot(x)) for key, x in at.items()}


def every(minutes: int, first: int, *legs: tuple[str, int]) -> dict[str, list[tuple[str, float]]]:
    """A line that starts every so many minutes from `first` on, until eleven."""
    starts = range(first, 660, minutes)
    return {f"{legs[0][0]}{m}": [(s, m + ride) for s, ride in legs] for m in starts}


def table_of(tmp_path, trips, at, place, *points, walking=WALKING, **rule):
    feed = read_feed(write_feed(tmp_path / "f.zip", small_tables(trips, at)))
    own = AreaPoints(("01",), np.array([0, len(points)]), np.array(points))
    walks = {profile: StraightWalk(1.0) for profile in walking.speeds_kmh}
    how = TransitRule(DAY, rule.pop("departures", EVERY_10), **rule)
    areas = areas_of(box(*spot(0), *spot(9, 9)))
    return transit_minutes(areas, places_of(place), feed, walks, how, walking, own)


def test_walk_wait_ride_and_walk_add_up(tmp_path):
    # 150 m (2 min) to A, a bus every 20 minutes from 8:05, 10 min to B, 300 m (4 min) on.
    trips = every(20, 485, ("A", 0), ("B", 10))
    row = table_of(tmp_path, trips, stops(A=0, B=8000), spot(8300), spot(-150)).iloc[0]
    # Set out 8:00 -> bus 8:05; 8:10 and 8:20 -> 8:25; 8:30, 8:40 -> 8:45; 8:50, 9:00 -> 9:05.
    minutes = [19, 29, 19, 29, 19, 29, 19]
    assert row["minutes"] == pytest.approx(np.median(minutes))
    assert row["minutes_p90"] == pytest.approx(np.quantile(minutes, 0.9))
    assert (row["mode"], row["profile"], row["status"]) == ("transit", "standard", "estimated")


def test_whoever_is_faster_on_foot_walks(tmp_path):
    trips = every(60, 485, ("A", 0), ("B", 2))
    row = table_of(tmp_path, trips, stops(A=0, B=700), spot(750), spot(0)).iloc[0]
    # 750 m are ten minutes on foot; the bus at 8:05 needs 5 + 2 + 40 seconds once.
    assert row["minutes"] == pytest.approx(10)
    assert row["minutes_p90"] == pytest.approx(10)


def test_minutes_are_the_mean_over_the_points_of_medians(tmp_path):
    trips = every(10, 485, ("A", 0), ("B", 10))
    row = table_of(tmp_path, trips, stops(A=0, B=8000), spot(8000), spot(-150), spot(-300)).iloc[0]
    # Both reach the bus five minutes after setting out.
    assert row["minutes"] == pytest.approx(15)
    far = table_of(tmp_path, trips, stops(A=0, B=8000), spot(8000), spot(-150), spot(-450)).iloc[0]
    # Six minutes to the stop: the bus of five past is missed.
    assert far["minutes"] == pytest.approx((15 + 25) / 2)


def test_a_stop_too_far_on_foot_is_no_stop(tmp_path):
    trips = every(10, 485, ("A", 0), ("B", 10))
    at = stops(A=0, B=8000)
    assert table_of(tmp_path, trips, at, spot(8000), spot(-1200), access_minutes=15).empty
    assert not table_of(tmp_path, trips, at, spot(8000), spot(-1200), access_minutes=16.5).empty
    assert table_of(tmp_path, trips, at, spot(9200), spot(0), access_minutes=15).empty


def test_a_change_on_foot_within_its_limit(tmp_path):
    trips = every(10, 485, ("A", 0), ("B", 10)) | every(10, 480, ("C", 0), ("D", 10))
    at = stops(A=0, B=8000, C=8300, D=16_000)
    row = table_of(tmp_path, trips, at, spot(16_000), spot(0)).iloc[0]
    # 8:00 wait, 8:05-8:15 to B, four minutes on foot to C, 8:20-8:30 to D.
    assert row["minutes"] == pytest.approx(30)
    assert table_of(tmp_path, trips, at, spot(16_000), spot(0), transfer_minutes=3).empty
    assert table_of(tmp_path, trips, at, spot(16_000), spot(0), max_rides=1).empty


def test_who_walks_slowly_misses_the_bus(tmp_path):
    trips = every(10, 485, ("A", 0), ("B", 10))
    both = WalkingRule(speeds_kmh={"standard": 4.5, "senioren": 3.0})
    table = table_of(tmp_path, trips, stops(A=0, B=8000), spot(8000), spot(-330), walking=both)
    minutes = table.set_index("profile")["minutes"]
    # 330 m: 4.4 minutes or 6.6.
    assert minutes["standard"] == pytest.approx(15) and minutes["senioren"] == pytest.approx(25)


def test_more_than_half_of_the_departures_without_a_way_is_no_way(tmp_path):
    trips = {"once": [("A", 545), ("B", 555)]}
    at, rule = stops(A=0, B=8000), WalkingRule(speeds_kmh={"standard": 4.5}, max_minutes=25)
    assert table_of(tmp_path, trips, at, spot(8000), spot(0), walking=rule).empty
    # 35, 25 and 15 minutes.
    late = tuple(range(8 * 3600 + 2400, 9 * 3600 + 1, 600))
    row = table_of(tmp_path, trips, at, spot(8000), spot(0), walking=rule, departures=late).iloc[0]
    assert row["minutes"] == pytest.approx(25)


@given(
    st.lists(st.floats(0, 1000) | st.just(np.inf), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.9]),
)
def test_a_quantile_of_finite_values_is_that_of_numpy_and_no_nan_of_infinite_ones(values, share):
    found = quantile(np.sort(np.array(values)), share)
    assert not np.isnan(found)
    if np.isfinite(values).all():
        assert found == pytest.approx(np.quantile(values, share))


def test_many_areas_in_small_batches_give_the_same_table(tmp_path, monkeypatch):
    trips = every(7, 481, ("A", 0), ("B", 9), ("C", 15))
    feed = read_feed(
        write_feed(tmp_path / "f.zip", small_tables(trips, stops(A=0, B=3000, C=6000)))
    )
    squares = [box(*spot(x, -200), *spot(x + 500, 200)) for x in range(0, 6000, 500)]
    areas, places = areas_of(*squares), places_of(spot(100), spot(5900))
    points, walks = area_points(areas, 5), {"standard": StraightWalk(1.3)}
    args = (areas, places, feed, walks, TransitRule(DAY, EVERY_10), WALKING, points)
    whole = transit_minutes(*args)
    monkeypatch.setattr("geodata.travel.transit._CELLS_AT_ONCE", 1)
    assert whole.equals(transit_minutes(*args)) and len(whole) > 12
