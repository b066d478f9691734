"""Outlines for the screen keep what a map needs: every area, every shared border, little text."""

import json
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box, shape

from geodata.errors import GeometryError
from geodata.outlines import light_outlines


def wavy_city(columns: int = 4, rows: int = 3, *, wobble: float = 25.0, seed: int = 1):
    """A grid of 400 m cells whose shared borders wander by `wobble` metres."""
    noise = np.random.default_rng(seed)

    def path(start, end):
        (x0, y0), (x1, y1) = start, end
        t = np.linspace(0, 1, 20)
        aside = noise.uniform(-wobble, wobble, size=20) * np.sin(np.pi * t) / 400
        aside[[0, -1]] = 0  # sin(pi) is not quite zero
        x = x0 + (x1 - x0) * t - (y1 - y0) * aside
        y = y0 + (y1 - y0) * t + (x1 - x0) * aside
        return LineString(np.column_stack([x, y]))

    corners = [(c * 400.0, r * 400.0) for r in range(rows + 1) for c in range(columns + 1)]
    across = [path(p, (p[0] + 400, p[1])) for p in corners if p[0] < columns * 400]
    up = [path(p, (p[0], p[1] + 400)) for p in corners if p[1] < rows * 400]
    cells = list(shapely.polygonize([*across, *up]).geoms)
    assert len(cells) == columns * rows
    frame = gpd.GeoDataFrame(
        {
            "area": [f"{n:04d}" for n in range(len(cells))],
            "name": [f"Gebiet {n}" for n in range(len(cells))],
            "inhabited": [n != 0 for n in range(len(cells))],
        },
        geometry=list(cells),
        crs="EPSG:25833",
    )
    frame.geometry = frame.translate(390_000, 5_820_000)
    return frame


def read(text: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame.from_features(json.loads(text)["features"], crs=4326)


def test_every_area_is_there_with_name_and_key_as_text():
    city = wavy_city()
    drawn = read(light_outlines(city.sample(frac=1, random_state=3)))
    assert drawn["area"].tolist() == city["area"].tolist()
    assert drawn["name"].tolist() == city["name"].tolist()
    assert drawn["inhabited"].tolist() == city["inhabited"].tolist()
    assert not drawn.is_empty.any()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), tolerance=st.floats(0, 60))
def test_shared_borders_stay_shared(seed, tolerance):
    drawn = read(light_outlines(wavy_city(seed=seed), tolerance))
    assert shapely.coverage_is_valid(drawn.geometry.to_numpy())


def test_the_whole_has_no_gap_that_was_not_there():
    drawn = read(light_outlines(wavy_city()))
    whole = shapely.coverage_union_all(drawn.geometry.to_numpy())
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0


def test_details_below_the_tolerance_go_and_larger_ones_stay():
    detailed = wavy_city(wobble=3)
    light = read(light_outlines(detailed, 10))
    assert light.count_coordinates().sum() < detailed.count_coordinates().sum() / 2
    back = light.to_crs(detailed.crs)
    assert (back.area / detailed.area.to_numpy()).between(0.97, 1.03).all()


def test_five_decimals_and_no_more():
    text = light_outlines(wavy_city())
    numbers = [
        c
        for f in json.loads(text)["features"]
        for c in shapely.get_coordinates(shape(f["geometry"])).ravel()
    ]
    assert all(round(n, 5) == n for n in numbers)


def test_degrees_are_simplified_in_metres_too():
    city = wavy_city(wobble=3)
    light = read(light_outlines(city.to_crs(4326), 10))
    assert light.count_coordinates().sum() < city.count_coordinates().sum() / 2
    assert shapely.coverage_is_valid(light.geometry.to_numpy())


def test_a_tiny_area_does_not_vanish():
    city = gpd.GeoDataFrame(
        {"area": ["01", "02"], "name": ["Groß", "Winzig"], "inhabited": True},
        geometry=[box(0, 0, 900, 900), box(900, 0, 900.4, 0.4)],
        crs="EPSG:25833",
    )
    city.geometry = city.translate(390_000, 5_820_000)
    drawn = read(light_outlines(city))
    assert not drawn.is_empty.any()
    assert (drawn.to_crs(city.crs).area > 0).all()


def test_areas_without_a_polygon_are_all_named():
    city = wavy_city()
    city.loc[[2, 5], "geometry"] = [None, LineString([(0, 0), (1, 1)])]
    with pytest.raises(GeometryError) as caught:
        light_outlines(city)
    assert [p.where for p in caught.value.problems] == [
        "Gebiet 0002 (Gebiet 2)",
        "Gebiet 0005 (Gebiet 5)",
    ]


@pytest.mark.reference
def test_berlin_is_light_and_gap_free():
    folder = os.environ.get("SOZIALATLAS_REFERENCE")
    if not folder:
        pytest.skip("SOZIALATLAS_REFERENCE ist nicht gesetzt")
    raw = gpd.read_file(Path(folder) / "berlin" / "lor_2021.gpkg", layer="plr")
    raw = raw.rename(columns={"PLR_ID": "area", "PLR_NAME": "name"}).assign(inhabited=True)
    text = light_outlines(raw)
    drawn = read(text)
    assert len(drawn) == 542
    assert shapely.coverage_is_valid(drawn.geometry.to_numpy())
    assert len(text.encode()) < 1_400_000
