"""Weights from one set of areas to another, by each method, and what they refuse."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geodata.crosswalk import (
    CrosswalkSource,
    by_area,
    by_keys,
    by_mask,
    by_population,
    in_steps,
    names_of,
    notes_of,
    read_crosswalk,
    read_keys,
)
from geodata.errors import GeometryError, KeyJoinError, TableError
from geodata.files import TableFormat

CRS = "EPSG:25833"


def areas(**shapes):
    frame = pd.DataFrame({"area": list(shapes), "name": [f"Gebiet {k}" for k in shapes]})
    return gpd.GeoDataFrame(frame, geometry=list(shapes.values()), crs=CRS)


OLD = areas(a=box(0, 0, 1000, 1000), b=box(1000, 0, 2000, 1000))
NEW = areas(
    x=box(0, 0, 250, 1000), y=box(250, 0, 1000, 1000), z=box(1000, 0, 2000, 1000)
)  # fmt: skip


def weights(walk):
    rows = walk.weights.itertuples(index=False)
    return {(r.source, r.target): round(r.weight, 6) for r in rows}


def test_by_area_a_split_area_goes_by_the_size_of_its_parts():
    walk = by_area(OLD, NEW)
    assert weights(walk) == {("a", "x"): 0.25, ("a", "y"): 0.75, ("b", "z"): 1.0}
    assert walk.estimated_targets() == {"x", "y"}


def test_identical_areas_give_the_identity():
    assert weights(by_area(OLD, OLD)) == {("a", "a"): 1.0, ("b", "b"): 1.0}
    assert not by_area(OLD, OLD).estimated_targets()


def test_slivers_of_a_border_drawn_twice_divide_nothing():
    moved = areas(a=box(0, 0, 1004, 1000), b=box(1004, 0, 2000, 1000))
    walk = by_area(OLD, moved)
    assert weights(walk) == {("a", "a"): 1.0, ("b", "b"): 1.0}
    assert walk.findings.slivers == 1


def test_by_mask_people_live_only_on_inhabited_land_by_its_density():
    land = gpd.GeoDataFrame(
        {"density": [3.0, 1.0]}, geometry=[box(0, 0, 100, 100), box(500, 0, 600, 100)], crs=CRS
    )
    walk = by_mask(OLD, NEW, land)
    assert weights(walk) == {("a", "x"): 0.75, ("a", "y"): 0.25, ("b", "z"): 1.0}


def test_an_area_without_inhabited_land_is_divided_by_area_and_named():
    land = gpd.GeoDataFrame({"density": [1.0]}, geometry=[box(1100, 0, 1200, 100)], crs=CRS)
    walk = by_mask(OLD, NEW, land)
    assert weights(walk)["a", "x"] == 0.25
    assert walk.findings.by_area == ("a",)
    assert any("Gebiet a" in note for note in notes_of(walk, names_of(OLD), names_of(NEW)))


def test_a_mask_that_lies_on_itself_would_count_land_twice():
    land = gpd.GeoDataFrame(
        {"density": [1.0, 1.0]}, geometry=[box(0, 0, 100, 100), box(50, 0, 150, 100)], crs=CRS
    )
    with pytest.raises(GeometryError, match="überdecken"):
        by_mask(OLD, NEW, land)


def test_by_population_blocks_and_addresses_say_the_same():
    blocks = gpd.GeoDataFrame(
        {"weight": [10, 30]}, geometry=[box(0, 0, 200, 200), box(500, 0, 700, 200)], crs=CRS
    )
    points = gpd.GeoDataFrame(
        {"weight": [10, 30]}, geometry=[Point(100, 100), Point(600, 100)], crs=CRS
    )
    for units in (blocks, points):
        assert weights(by_population(OLD, NEW, units))["a", "x"] == 0.25


def test_a_block_on_a_border_is_shared_by_area():
    block = gpd.GeoDataFrame({"weight": [8]}, geometry=[box(200, 0, 300, 100)], crs=CRS)
    assert weights(by_population(OLD, NEW, block))["a", "x"] == 0.5


def test_a_part_without_people_is_still_a_part():
    """Otherwise the other part would look like a counted number, not an estimate."""
    point = gpd.GeoDataFrame({"weight": [8]}, geometry=[Point(100, 100)], crs=CRS)
    walk = by_population(OLD, NEW, point)
    assert weights(walk)["a", "y"] == 0.0
    assert walk.estimated_targets() == {"x", "y"}


def test_people_outside_all_areas_are_told():
    points = gpd.GeoDataFrame(
        {"weight": [1, 3]}, geometry=[Point(100, 100), Point(9000, 0)], crs=CRS
    )
    walk = by_population(OLD, NEW, points)
    assert walk.findings.lost == 0.75
    assert any("75,0\u202f%" in note for note in notes_of(walk, names_of(OLD), names_of(NEW)))


def test_an_area_that_would_lose_its_people_is_refused_by_name():
    with pytest.raises(KeyJoinError) as caught:
        by_area(OLD, NEW[NEW["area"] != "z"])
    assert "b Gebiet b" in str(caught.value)
    empty = OLD.assign(inhabited=[True, False])
    assert weights(by_area(empty, NEW[NEW["area"] != "z"])).keys() == {("a", "x"), ("a", "y")}


def test_a_rest_outside_goes_with_the_others_and_is_named():
    small = areas(x=box(0, 0, 500, 1000), y=box(500, 0, 900, 1000), z=box(1000, 0, 2000, 1000))
    walk = by_area(OLD, small)
    assert walk.weights.groupby("source")["weight"].sum().tolist() == [1.0, 1.0]
    assert walk.findings.rest == pytest.approx({"a": 0.1})
    assert any("10,0\u202f%" in note for note in notes_of(walk, names_of(OLD), names_of(small)))


def test_a_target_that_gets_nothing_is_named():
    more = areas(a=OLD.geometry[0], b=OLD.geometry[1], c=box(5000, 0, 6000, 1000))
    assert by_area(OLD, more).findings.without_source == ("c",)


def keyfile(tmp_path, text):
    path = tmp_path / "schluessel.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_key_table_with_shares_is_followed(tmp_path):
    path = keyfile(tmp_path, "alt;neu;anteil\na;x;0,4\na;y;0,6\nb;z;1\n")
    walk = by_keys(OLD, NEW, read_keys(path, TableFormat(), "alt", "neu", "anteil"), path.name)
    assert weights(walk) == {("a", "x"): 0.4, ("a", "y"): 0.6, ("b", "z"): 1.0}
    assert walk.findings.contradictions == ()


def test_a_key_table_without_shares_is_divided_by_area_among_its_targets(tmp_path):
    path = keyfile(tmp_path, "alt;neu\na;x\na;y\nb;z\n")
    walk = by_keys(OLD, NEW, read_keys(path, TableFormat(), "alt", "neu", None), path.name)
    assert weights(walk)["a", "x"] == 0.25
    assert walk.findings.by_area == ("a",)


def test_what_key_table_and_outlines_say_differently_is_named(tmp_path):
    path = keyfile(tmp_path, "alt;neu\na;y\nb;x\n")
    walk = by_keys(OLD, NEW, read_keys(path, TableFormat(), "alt", "neu", None), path.name)
    told = " ".join(walk.findings.contradictions)
    assert "b Gebiet b soll zu x Gebiet x gehören" in told
    assert "a Gebiet a liegt zu 25\u202f% in x Gebiet x" in told
    assert "b Gebiet b liegt zu 100\u202f% in z Gebiet z" in told


def test_all_faults_of_a_key_table_are_told_at_once(tmp_path):
    path = keyfile(tmp_path, "alt;neu;anteil\na;x;0,4\na;y;0,4\nq;z;1\n")
    keys = read_keys(path, TableFormat(), "alt", "neu", "anteil")
    with pytest.raises(KeyJoinError) as caught:
        by_keys(OLD, NEW, keys, path.name)
    told = str(caught.value)
    assert "Zeile 4: unbekannt 'q'" in told
    assert "schluessel.csv, a: Anteile zusammen 0,800" in told
    assert "b Gebiet b: fehlt" in told


def test_cells_of_a_key_table_that_are_no_shares_are_told_with_their_row(tmp_path):
    path = keyfile(tmp_path, "alt;neu;anteil\na;x;viel\na;x;0,5\nb;;1,5\n")
    with pytest.raises(TableError) as caught:
        read_keys(path, TableFormat(), "alt", "neu", "anteil")
    told = str(caught.value)
    for words in (
        "Zeile 2, anteil: gefunden 'viel'",
        "Zeile 3: dasselbe Paar",
        "Zeile 4, neu: leer",
        "Zeile 4, anteil: gefunden '1,5'",
    ):
        assert words in told


@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6).filter(lambda w: sum(w) > 0.01),
    st.sampled_from([10, 100]),
)
def test_weights_in_steps_still_sum_to_one_and_move_by_less_than_a_step(shares, steps):
    exact = np.array(shares) / sum(shares)
    table = pd.DataFrame(
        {"source": "a", "target": [f"t{i}" for i in range(len(exact))], "weight": exact}
    )
    found = in_steps(table, steps)["weight"].to_numpy()
    assert round(found.sum() * steps) == steps
    assert (np.abs(found - exact) < 1 / steps + 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 19), min_size=1, max_size=5, unique=True))
def test_a_refinement_and_back_gives_the_areas_back(cuts):
    """A -> B -> A, where B only divides A."""
    edges = sorted({0, 1000, 2000, *(c * 100 for c in cuts)})
    fine = areas(**{f"n{i}": box(x, 0, y, 1000) for i, (x, y) in enumerate(pairwise(edges))})
    there, back = by_area(OLD, fine).weights, by_area(fine, OLD).weights
    both = there.merge(back, left_on="target", right_on="source", suffixes=("", "_2"))
    both["weight"] *= both["weight_2"]
    round_trip = both.groupby(["source", "target_2"])["weight"].sum()
    assert round_trip.round(9).to_dict() == {("a", "a"): 1.0, ("b", "b"): 1.0}


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(3)), st.permutations(range(2)))
def test_the_order_of_rows_does_not_matter(new_order, old_order):
    shuffled = by_area(OLD.iloc[list(old_order)], NEW.iloc[list(new_order)])
    pd.testing.assert_frame_equal(shuffled.weights, by_area(OLD, NEW).weights)


def city(tmp_path):
    both = [OLD.assign(vintage="alt"), NEW.assign(vintage="neu")]
    return gpd.GeoDataFrame(pd.concat(both, ignore_index=True), geometry="geometry", crs=CRS)


def test_units_that_are_not_public_give_whole_per_cents(tmp_path):
    (tmp_path / "p.csv").write_text("x;y;n\n100;100;1\n600;100;999\n", encoding="utf-8")
    spec = CrosswalkSource("alt", "neu", "population", "p.csv", weight="n", x="x", y="y", crs=CRS)
    hidden = read_crosswalk(spec, city(tmp_path), tmp_path)
    assert weights(hidden)["a", "x"] == 0.0
    assert any("ganze Prozent" in n for n in notes_of(hidden, names_of(OLD), names_of(NEW)))
    public = CrosswalkSource(
        "alt", "neu", "population", "p.csv", weight="n", x="x", y="y", crs=CRS, already_public=True
    )
    assert weights(read_crosswalk(public, city(tmp_path), tmp_path))["a", "x"] == 0.001


def test_areas_of_a_vintage_serve_as_units_with_people_from_a_table(tmp_path):
    (tmp_path / "p.csv").write_text("key;n\nx;10\ny;40\nz;5\n", encoding="utf-8")
    spec = CrosswalkSource(
        "alt", "neu", "population", "p.csv", key="key", units="neu", weight="n", already_public=True
    )
    assert weights(read_crosswalk(spec, city(tmp_path), tmp_path))["a", "x"] == 0.2


def test_density_classes_are_words_with_a_number(tmp_path):
    land = gpd.GeoDataFrame(
        {"art": ["dicht", "locker"]}, geometry=[box(0, 0, 100, 100), box(500, 0, 600, 100)], crs=CRS
    )
    land.to_file(tmp_path / "land.gpkg")
    spec = CrosswalkSource(
        "alt", "neu", "mask", "land.gpkg", weight="art", classes={"dicht": 4.0, "locker": 1.0}
    )
    assert weights(read_crosswalk(spec, city(tmp_path), tmp_path))["a", "x"] == 0.8
    wrong = CrosswalkSource("alt", "neu", "mask", "land.gpkg", weight="art", classes={"dicht": 4.0})
    with pytest.raises(TableError, match="locker"):
        read_crosswalk(wrong, city(tmp_path), tmp_path)
