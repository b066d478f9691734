"""Old and new areas cut each other into pieces; inexact borders cut nothing."""

import geopandas as gpd
from shapely.geometry import box

from geodata.pieces import common_pieces


def areas(**shapes):
    rows = [
        {"vintage": vintage, "level": "plr", "area": area, "geometry": shape}
        for vintage, own in shapes.items()
        for area, shape in own.items()
    ]
    return gpd.GeoDataFrame(rows, crs="EPSG:25833")


def pairs(table):
    return list(zip(table["from_area"], table["to_area"], strict=True))


def test_a_split_area_has_two_pieces_and_an_unchanged_one_has_itself():
    table = areas(
        alt={"1": box(0, 0, 1000, 1000), "2": box(1000, 0, 2000, 1000)},
        neu={"1a": box(0, 0, 400, 1000), "1b": box(400, 0, 1000, 1000),
             "2": box(1000, 0, 2000, 1000)},
    )  # fmt: skip
    cut = common_pieces(table, "plr", "alt", "neu")
    assert pairs(cut.pieces) == [("1", "1a"), ("1", "1b"), ("2", "2")]
    assert cut.pieces["weight"].round(2).tolist() == [0.4, 0.6, 1.0]
    assert cut.slivers.empty


def test_a_border_that_was_moved_cuts_out_a_piece_of_its_own():
    table = areas(
        alt={"1": box(0, 0, 1000, 1000), "2": box(1000, 0, 2000, 1000)},
        neu={"1": box(0, 0, 1100, 1000), "2": box(1100, 0, 2000, 1000)},
    )
    cut = common_pieces(table, "plr", "alt", "neu")
    assert pairs(cut.pieces) == [("1", "1"), ("2", "1"), ("2", "2")]


def test_a_border_that_was_drawn_twice_leaves_slivers_that_are_named_apart():
    table = areas(
        alt={"1": box(0, 0, 1000, 1000), "2": box(1000, 0, 2000, 1000)},
        neu={"1": box(0, 0, 1003, 1000), "2": box(1003, 0, 2000, 1000)},
    )
    cut = common_pieces(table, "plr", "alt", "neu")
    assert pairs(cut.pieces) == [("1", "1"), ("2", "2")]
    assert pairs(cut.slivers) == [("2", "1")]


def test_a_small_area_is_no_sliver_of_a_large_one():
    table = areas(
        alt={"1": box(0, 0, 1000, 1000)},
        neu={"1": box(0, 0, 1000, 995), "haus": box(0, 995, 1000, 1000)},
    )
    cut = common_pieces(table, "plr", "alt", "neu")
    assert pairs(cut.pieces) == [("1", "1"), ("1", "haus")]
