"""Inhabited land and addresses as files deliver them, against what geopandas makes of them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyrosm
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geodata.crosswalk import (
    CrosswalkSource,
    by_area,
    by_mask,
    by_population,
    names_of,
    notes_of,
    read_crosswalk,
)
from geodata.errors import GeometryError, TableError

CRS = "EPSG:25832"


def areas(shapes):
    keys = list(shapes)
    return gpd.GeoDataFrame({"area": keys, "name": keys}, geometry=list(shapes.values()), crs=CRS)


def grid(prefix, bounds, nx, ny):
    """Areas that fill a rectangle; two grids with different steps cut each other anywhere."""
    xs, ys = (np.linspace(bounds[i], bounds[i + 2], n + 1) for i, n in ((0, nx), (1, ny)))
    return areas(
        {f"{prefix}{i}_{j}": box(xs[i], ys[j], xs[i + 1], ys[j + 1])
         for i in range(nx) for j in range(ny)}
    )  # fmt: skip


OLD = areas({"a": box(0, 0, 1000, 1000), "b": box(1000, 0, 2000, 1000)})
NEW = areas(
    {"x": box(0, 0, 250, 1000), "y": box(250, 0, 1000, 1000), "z": box(1000, 0, 2000, 1000)}
)


def city():
    both = [OLD.assign(vintage="alt"), NEW.assign(vintage="neu")]
    return gpd.GeoDataFrame(pd.concat(both, ignore_index=True), geometry="geometry", crs=CRS)


def weights(walk):
    rows = walk.weights.itertuples(index=False)
    return {(r.source, r.target): round(r.weight, 6) for r in rows}


# --- inhabited land -------------------------------------------------------------------------


def settlement(folder):
    """A layer of land use as a land register delivers it: classes, holes, parts, another CRS."""
    ring = Polygon(box(300, 100, 700, 500).exterior, [box(400, 200, 600, 400).exterior])
    parts = MultiPolygon([box(50, 50, 150, 150), box(50, 800, 150, 900)])
    frame = gpd.GeoDataFrame(
        {"nutzung": ["Wohnbaufläche", "Wohnbaufläche", "Wald", "Mischnutzung"]},
        geometry=[ring, parts, box(0, 500, 1000, 700), box(1100, 100, 1200, 200)], crs=CRS,
    )  # fmt: skip
    frame.to_crs("EPSG:4326").to_file(folder / "nutzung.gpkg", layer="siedlung")


CLASSES = {"Wohnbaufläche": 1.0, "Mischnutzung": 0.5, "Wald": 0.0}


def mask_spec(**changes):
    spec = {"from_vintage": "alt", "to_vintage": "neu", "method": "mask", "file": "nutzung.gpkg",
            "layer": "siedlung", "weight": "nutzung", "classes": CLASSES}  # fmt: skip
    return CrosswalkSource(**(spec | changes))


def test_people_live_on_settlement_land_and_not_in_woods_holes_or_between_parts(tmp_path):
    settlement(tmp_path)
    walk = read_crosswalk(mask_spec(), city(), tmp_path)
    # In x two blocks of 1 ha, in y 16 ha less a hole of 4 ha.
    assert weights(walk)["a", "x"] == pytest.approx(2 / 14, abs=2e-4)
    assert weights(walk)["b", "z"] == 1.0


def test_a_class_without_a_density_is_told_with_those_that_have_one(tmp_path):
    settlement(tmp_path)
    known = {k: v for k, v in CLASSES.items() if k != "Wald"}
    with pytest.raises(TableError) as caught:
        read_crosswalk(mask_spec(classes=known), city(), tmp_path)
    assert "'Wald'" in str(caught.value) and "Wohnbaufläche, Mischnutzung" in str(caught.value)


@pytest.mark.parametrize("how", ["elsewhere", "no weight"])
def test_land_without_anybody_in_the_city_is_refused_and_not_taken_for_even_land(tmp_path, how):
    settlement(tmp_path)
    spec = mask_spec(classes=dict.fromkeys(CLASSES, 0.0)) if how == "no weight" else mask_spec()
    if how == "elsewhere":
        frame = gpd.read_file(tmp_path / "nutzung.gpkg", layer="siedlung")
        moved = frame.set_geometry(frame.geometry.translate(1.0, 1.0))
        moved.to_file(tmp_path / "nutzung.gpkg", layer="siedlung")
    with pytest.raises(GeometryError, match="nichts davon liegt"):
        read_crosswalk(spec, city(), tmp_path)


def test_lines_and_broken_outlines_are_no_inhabited_land(tmp_path):
    bow = Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    shapes = [shapely.LineString([(0, 0), (9, 9)]), bow]
    frame = gpd.GeoDataFrame({"n": [1, 1]}, geometry=shapes, crs=CRS)
    frame.to_file(tmp_path / "land.geojson")
    with pytest.raises(GeometryError) as caught:
        read_crosswalk(
            CrosswalkSource("alt", "neu", "mask", "land.geojson", weight="n"), city(), tmp_path
        )
    assert "Nr. 1: keine Fläche" in str(caught.value)
    assert "Nr. 2: ungültiger Umriss" in str(caught.value)


@pytest.mark.reference
def test_the_settlement_of_a_real_town_divides_as_an_overlay_by_geopandas_does(reference):
    """Land within 40 m of residential streets of Heidelberg (OpenStreetMap, ODbL) as the mask.

    The extract has no land use; this gives a real, ragged polygon layer with holes all the same.
    """
    osm = pyrosm.OSM(str(reference / "heidelberg" / "heidelberg.test.pbf"))
    streets = osm.get_data_by_custom_criteria(
        custom_filter={"highway": ["residential", "living_street"]},
        keep_nodes=False, keep_relations=False,
    ).to_crs(CRS)  # fmt: skip
    whole = shapely.union_all(shapely.buffer(streets.geometry.to_numpy(), 40))
    parts = list(whole.geoms)
    mask = gpd.GeoDataFrame({"density": 1.0}, index=range(len(parts)), geometry=parts, crs=CRS)
    old, new = grid("a", mask.total_bounds, 4, 3), grid("n", mask.total_bounds, 5, 4)
    walk = by_mask(old, new, mask)
    source, target = (
        frame[["area", "geometry"]].rename(columns={"area": name})
        for frame, name in ((old, "source"), (new, "target"))
    )
    cut = gpd.overlay(gpd.overlay(source, target, keep_geom_type=True), mask, keep_geom_type=True)
    inside = cut.assign(m2=cut.area).groupby(["source", "target"])["m2"].sum()
    want = inside / inside.groupby("source").transform("sum")
    ours = walk.weights.set_index(["source", "target"])["weight"]
    known = ours[~ours.index.get_level_values("source").isin(walk.findings.by_area)]
    assert len(known) > 20
    assert (known - want.reindex(known.index).fillna(0.0)).abs().max() < 1e-6
    even = by_area(old, new).weights.set_index(["source", "target"])["weight"]
    assert (known - even.reindex(known.index)).abs().max() > 0.1


# --- addresses and finer units --------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(2, 5))
def test_addresses_divide_as_a_spatial_join_by_geopandas_counts_them(seed, nx, ny):
    random = np.random.default_rng(seed)
    old, new = grid("a", (0, 0, 1000, 1000), 3, 2), grid("n", (0, 0, 1000, 1000), nx, ny)
    places = shapely.points(random.uniform(1, 999, (200, 2)))
    addresses = gpd.GeoDataFrame(
        {"weight": random.integers(0, 30, 200).astype(float)}, geometry=places, crs=CRS
    )
    walk = by_population(old, new, addresses)
    joined = addresses
    for frame, name in ((old, "source"), (new, "target")):
        side = frame[["area", "geometry"]].rename(columns={"area": name})
        joined = joined.sjoin(side, predicate="within").drop(columns="index_right")
    people = joined.groupby(["source", "target"])["weight"].sum()
    want = people / people.groupby("source").transform("sum")
    ours = walk.weights.set_index(["source", "target"])["weight"]
    assert (ours - want.reindex(ours.index).fillna(0.0)).abs().max() < 1e-9


def units_file(folder, text):
    (folder / "einheiten.csv").write_text(text, encoding="utf-8")
    return CrosswalkSource(
        "alt", "neu", "population", "einheiten.csv", key="key", units="neu", weight="n",
        already_public=True,
    )  # fmt: skip


def test_a_secret_number_of_a_unit_is_no_weight_and_the_message_says_what_to_do(tmp_path):
    spec = units_file(tmp_path, "key;n\nx;*\ny;40\nz;\n")
    with pytest.raises(TableError) as caught:
        read_crosswalk(spec, city(), tmp_path)
    told = str(caught.value)
    assert "Zeile 2, n: gefunden '*'" in told and "Zeile 4, n: gefunden ''" in told
    assert "Nach einer geheimen Zahl lässt sich nicht teilen" in told


def test_units_without_a_row_count_as_uninhabited_and_are_named(tmp_path):
    spec = units_file(tmp_path, "key;n\ny;40\nz;5\n")
    walk = read_crosswalk(spec, city(), tmp_path)
    assert weights(walk)["a", "x"] == 0.0
    notes = " ".join(notes_of(walk, names_of(OLD), names_of(NEW)))
    assert "ohne Zeile in der Tabelle gelten als unbewohnt: x x." in notes


def test_units_in_which_nobody_lives_at_all_are_refused(tmp_path):
    with pytest.raises(GeometryError, match="nichts davon liegt"):
        read_crosswalk(units_file(tmp_path, "key;n\nx;0\ny;0\nz;0\n"), city(), tmp_path)


# --- laws -----------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.integers(1, 4)] * 4), st.integers(0, 10_000),
    st.sampled_from(["area", "population", "mask"]),
)  # fmt: skip
def test_weights_are_shares_and_there_and_back_nobody_is_lost(steps, seed, method):
    """Shares from 0 to 1 that sum to 1; A to B to A moves nobody further than B's areas reach."""
    old, new = (
        grid(name, (0, 0, 1000, 1000), *n) for name, n in (("a", steps[:2]), ("n", steps[2:]))
    )
    random = np.random.default_rng(seed)
    points = shapely.points(random.uniform(1, 999, (60, 2)))
    units = gpd.GeoDataFrame({"weight": 1.0}, index=range(60), geometry=points, crs=CRS)
    land = grid("u", (0, 0, 1000, 1000), 7, 7).assign(density=random.integers(1, 9, 49))
    make = {"area": by_area, "population": lambda a, b: by_population(a, b, units),
            "mask": lambda a, b: by_mask(a, b, land)}[method]  # fmt: skip
    there, back = make(old, new).weights, make(new, old).weights
    for walk in (there, back):
        assert walk["weight"].between(0, 1).all()
        assert walk.groupby("source")["weight"].sum().tolist() == pytest.approx(
            [1.0] * walk["source"].nunique()
        )
    both = there.merge(back, left_on="target", right_on="source", suffixes=("", "_2"))
    trip = (both["weight"] * both["weight_2"]).groupby(both["source"]).sum()
    assert trip.tolist() == pytest.approx([1.0] * len(old))
    touching = there.groupby("source")["target"].agg(set)
    ends = zip(both["source"], both["target_2"], strict=True)
    assert all(touching[a] & touching[b] for a, b in ends)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 30))
def test_more_people_in_a_piece_never_make_its_share_smaller(here, there, more):
    def share(n):
        units = gpd.GeoDataFrame(
            {"weight": [float(n), float(there)]},
            geometry=[Point(100, 100), Point(600, 100)], crs=CRS,
        )  # fmt: skip
        return weights(by_population(OLD, NEW, units))["a", "x"]

    assert share(here + more) >= share(here)
