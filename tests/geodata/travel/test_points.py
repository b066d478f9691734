"""Where people set out: homes before spread points, the inhabited part before the whole area."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geodata.errors import GeometryError, TableError
from geodata.files import TableFormat
from geodata.travel import (
    HomesSpec,
    WalkingRule,
    area_points,
    read_homes,
    read_lived_in,
    walking_minutes,
)
from tests.geodata.travel.test_straight import CRS, areas_of, places_of, standard

METRES_PER_MINUTE = 75.0


def homes_of(*rows: tuple[float, float, float]) -> gpd.GeoDataFrame:
    points = [Point(x, y) for x, y, _ in rows]
    return gpd.GeoDataFrame({"weight": [w for *_, w in rows]}, geometry=points, crs=CRS)


def test_minutes_are_averaged_over_the_homes_and_their_residents():
    areas, places = areas_of(box(0, 0, 1000, 1000)), places_of((0, 0))
    homes = homes_of((0, 0, 30), (900, 0, 10))
    points = area_points(areas, 20, homes)
    row = standard(walking_minutes(areas, places, WalkingRule(), points)).iloc[0]
    # Three of four people live at the place, the fourth 900 m away.
    assert row["minutes"] == pytest.approx(900 / 4 * 1.3 / METRES_PER_MINUTE)
    assert row["minutes_p90"] == pytest.approx(900 * 1.3 / METRES_PER_MINUTE)


def test_nine_of_ten_people_are_not_farther_than_the_90th_percentile():
    points = area_points(areas_of(box(0, 0, 10, 10)), 20, homes_of((1, 1, 90), (9, 9, 10)))
    part = slice(0, 2)
    values = np.array([[100.0], [900.0]])[np.lexsort(points.xy.T[:1])]
    assert points.p90(values, part)[0] in (100.0, 900.0)
    ordered = points.weight[np.argsort(points.xy[:, 0])]
    assert ordered.tolist() == [90, 10]
    assert points.p90(np.where(points.xy[:, :1] < 5, 100.0, 900.0), part)[0] == 100.0


def test_an_area_without_homes_is_spread_over_and_named():
    areas = areas_of(box(0, 0, 10, 10), box(10, 0, 20, 10)).assign(name=["Nord", "Süd"])
    points = area_points(areas, 4, homes_of((1, 1, 1)))
    assert np.diff(points.starts).tolist() == [1, 4]
    (note,) = points.notes
    assert "Ohne Adresspunkte" in note and note.endswith(": Süd.")


def test_nobody_sets_out_from_where_nobody_lives():
    areas = areas_of(box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000))
    points = area_points(areas, 20, lived_in=box(0, 0, 100, 1000))
    assert (points.xy[:20, 0] <= 100).all()
    assert (points.xy[20:, 0] >= 1000).all()
    assert any("bewohnten Fläche" in n and n.endswith(": 02.") for n in points.notes)


def test_of_many_homes_as_many_are_drawn_as_asked_by_their_residents():
    rows = [(x + 0.5, y + 0.5, 9 if x < 10 else 1) for x in range(20) for y in range(20)]
    points = area_points(areas_of(box(0, 0, 20, 20)), 50, homes_of(*rows))
    assert len(points.xy) == 50 and points.weight is None
    assert (points.xy[:, 0] < 10).sum() == 45
    again = area_points(areas_of(box(0, 0, 20, 20)), 50, homes_of(*rows[::-1]))
    assert (points.xy == again.xy).all()


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 99), st.integers(1, 99), st.integers(1, 50)),
        min_size=1, max_size=20, unique_by=lambda r: r[:2],
    )
)  # fmt: skip
def test_weights_count_as_so_many_people_would(rows):
    area, places = areas_of(box(0, 0, 100, 100)), places_of((0, 0))
    weighted = area_points(area, 20, homes_of(*rows))
    found = standard(walking_minutes(area, places, WalkingRule(), weighted)).iloc[0]
    metres = np.repeat([np.hypot(x, y) for x, y, _ in rows], [w for *_, w in rows])
    factor = 1.3 / METRES_PER_MINUTE
    assert found["minutes"] == pytest.approx(metres.mean() * factor)
    if weighted.weight is not None:
        wanted = np.quantile(metres, 0.9, method="inverted_cdf") * factor
        assert found["minutes_p90"] == pytest.approx(wanted)


def test_homes_come_from_a_table_or_a_geometry_file(tmp_path):
    (tmp_path / "adressen.csv").write_text("lon;lat;ew\n8,7;49,4;12\n8,71;49,41;3\n")
    spec = HomesSpec("adressen.csv", weight="ew")
    homes = read_homes(spec, tmp_path, "EPSG:25832")
    assert homes["weight"].tolist() == [12, 3] and homes.crs == "EPSG:25832"
    homes.rename(columns={"weight": "ew"}).to_file(tmp_path / "adressen.gpkg")
    again = read_homes(HomesSpec("adressen.gpkg", weight="ew"), tmp_path, "EPSG:25832")
    assert again["weight"].tolist() == [12, 3]
    assert again.geometry.geom_equals_exact(homes.geometry, 1e-6).all()


def test_faults_of_a_point_file_are_named_together(tmp_path):
    (tmp_path / "a.csv").write_text("lon,lat,ew\n8.7,x,1\n8.7,49.4,viele\n")
    spec = HomesSpec("a.csv", weight="ew", format=TableFormat(delimiter=",", decimal="."))
    with pytest.raises(TableError) as caught:
        read_homes(spec, tmp_path, "EPSG:25832")
    assert "Zeile 2, lat: 'x'" in str(caught.value)
    assert "Zeile 3, ew: 'viele'" in str(caught.value)
    (tmp_path / "b.csv").write_text("lon,lat,ew\n8.7,49.4,-1\n")
    with pytest.raises(TableError, match="negativ"):
        read_homes(HomesSpec("b.csv", weight="ew", format=spec.format), tmp_path, "EPSG:25832")


def test_a_polygon_is_no_home_and_a_point_no_inhabited_part(tmp_path):
    homes_of((1, 1, 1)).to_file(tmp_path / "punkte.gpkg")
    gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=CRS).to_file(tmp_path / "flaechen.gpkg")
    with pytest.raises(GeometryError, match="nicht nur Punkte"):
        read_homes(HomesSpec("flaechen.gpkg"), tmp_path, CRS)
    with pytest.raises(GeometryError, match="keine Flächen"):
        read_lived_in(tmp_path / "punkte.gpkg", None, CRS)
    assert read_lived_in(tmp_path / "flaechen.gpkg", None, CRS).area == pytest.approx(1)
