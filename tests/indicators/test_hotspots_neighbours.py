"""Neighbours by border, distance and rank."""

import geopandas as gpd
import numpy as np
import pytest
from scipy import sparse
from shapely.geometry import Point, Polygon, box

from geodata.errors import GeometryError, ProjectError
from indicators.neighbours import NeighbourRule, contiguity, neighbourhood


def line(*starts: float) -> gpd.GeoDataFrame:
    """Squares of one metre in a row."""
    keys = [f"{i:02d}" for i in range(len(starts))]
    shapes = [box(x, 0, x + 1, 1) for x in starts]
    return gpd.GeoDataFrame({"area": keys}, geometry=shapes, crs="EPSG:25833")


def test_touching_borders_without_a_common_corner_are_neighbours() -> None:
    areas = gpd.GeoDataFrame(
        geometry=[box(0, 0, 2, 1), box(0.5, 1, 1.5, 2), box(2, 1, 3, 2), box(9, 9, 10, 10)]
    )
    expected = [[0, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    touching = contiguity(areas)
    assert isinstance(touching, sparse.csr_array)
    assert touching.toarray().tolist() == expected


def test_islands_are_named() -> None:
    areas = line(0, 1, 2, 50)
    assert neighbourhood(areas).islands == ("03",)
    assert neighbourhood(areas, NeighbourRule("distance", metres=1.5)).islands == ("03",)
    assert neighbourhood(areas, NeighbourRule("knn", k=1)).islands == ()


def test_within_a_distance_the_limit_included() -> None:
    near = neighbourhood(line(0, 1, 3, 10), NeighbourRule("distance", metres=2.0))
    assert near.matrix.toarray().tolist() == [
        [0, 1, 0, 0],
        [1, 0, 1, 0],
        [0, 1, 0, 0],
        [0, 0, 0, 0],
    ]


def test_the_k_nearest_need_not_be_mutual() -> None:
    near = neighbourhood(line(0, 1, 3, 10), NeighbourRule("knn", k=2)).matrix.toarray()
    assert near.tolist() == [[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 0]]


def test_more_neighbours_than_areas_are_all_the_others() -> None:
    near = neighbourhood(line(0, 1, 3), NeighbourRule("knn", k=6)).matrix.toarray()
    assert near.tolist() == (1 - np.eye(3)).tolist()


def test_an_open_distance_is_that_of_the_usual_area_and_is_told() -> None:
    side = [(x, y) for x in range(9) for y in range(9)]
    areas = gpd.GeoDataFrame(
        {"area": [f"{x}{y}" for x, y in side]},
        geometry=[Point(100 * x, 100 * y).buffer(50, cap_style="square") for x, y in side],
        crs="EPSG:25833",
    )
    near = neighbourhood(areas, NeighbourRule("distance", k=6))
    # The sixth nearest is a diagonal one, 141.4 m away, for all but the edge.
    assert near.rule == NeighbourRule("distance", metres=150.0, k=6)
    assert np.median(near.matrix.sum(axis=1)) == 8


def test_points_lie_inside_bent_areas() -> None:
    """Of the horseshoe, not in its middle, where the other area lies."""
    shoe = Polygon([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (1, 1), (1, 9), (0, 9)])
    areas = gpd.GeoDataFrame(
        {"area": ["a", "b"]}, geometry=[shoe, box(4, 4, 5, 5)], crs="EPSG:25833"
    )
    assert neighbourhood(areas, NeighbourRule("distance", metres=1.0)).islands == ("a", "b")


def test_impossible_rules_are_all_named() -> None:
    with pytest.raises(ProjectError) as error:
        neighbourhood(line(0, 1), NeighbourRule("rook", metres=-1.0, k=0))
    text = str(error.value)
    assert "rook" in text and "metres" in text and "k: gefunden 0" in text


def test_distances_need_metres_and_one_place_for_each_area() -> None:
    rule = NeighbourRule("knn", k=1)
    with pytest.raises(GeometryError, match="in Metern"):
        neighbourhood(line(0, 1).to_crs("EPSG:4326"), rule)
    twice = line(0, 1, 1)
    with pytest.raises(GeometryError, match="Gebiet 02: liegt am selben Ort"):
        neighbourhood(twice, rule)
    gone = line(0, 1, 2)
    gone.loc[1, "geometry"] = None
    with pytest.raises(GeometryError, match="Gebiet 01: ohne Geometrie"):
        neighbourhood(gone, rule)
