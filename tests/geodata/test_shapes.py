"""Faults of outlines: what is safe is mended and told, everything else is named."""

from itertools import pairwise

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, MultiPolygon, Point, Polygon, box

from geodata.areas import GeometrySource, survey_areas
from geodata.errors import GeometryError, KeyJoinError, ProblemCollector
from geodata.model import Level
from geodata.shapes import check_coverage, mended
from geodata.shapes.report import square_metres
from tests.geodata.outlines_city import CITY, CRS, LEVELS, quarters, survey

X, Y = 560_000.0, 5_930_000.0


def _box(west, south, east, north):
    return box(X + west, Y + south, X + east, Y + north)


def _read(folder, shapes, keys=None, names=None, crs=CRS, **more):
    keys = keys or [f"{i:02d}" for i in range(len(shapes))]
    frame = gpd.GeoDataFrame(
        {"nr": keys, "titel": names or [f"Raum {k}" for k in keys]}, geometry=shapes, crs=crs
    )
    frame.to_file(folder / "raum.gpkg")
    return survey(folder, "raum.gpkg", **more)


def _problems(folder, shapes, error=GeometryError, **more):
    with pytest.raises(error) as caught:
        _read(folder, shapes, **more)
    return [str(p) for p in caught.value.problems]


# Repairs of single outlines


def test_a_spike_has_one_reading_and_is_mended():
    spike = Polygon([(0, 0), (100, 0), (100, 50), (150, 50), (100, 50), (100, 100), (0, 100)])
    result = mended(spike, "01 Mitte")
    assert result.shape.equals(box(0, 0, 100, 100))
    assert [f.kind for f in result.findings] == ["ring"]


def test_a_figure_of_eight_has_two_readings_and_is_refused():
    result = mended(Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]), "01 Mitte")
    assert result.shape is None
    assert "Self-intersection" in result.problem


def test_a_hole_outside_its_shell_is_refused():
    odd = Polygon([(0, 0), (100, 0), (100, 100), (0, 100)], [[(200, 0), (260, 0), (260, 60)]])
    assert mended(odd, "01 Mitte").shape is None


def test_parts_that_are_there_twice_are_taken_once():
    twice = MultiPolygon([box(0, 0, 100, 100), box(0, 0, 100, 100), box(200, 0, 300, 100)])
    result = mended(twice, "01 Mitte")
    assert result.shape.area == 20_000
    assert result.findings[0].text == "1 doppelte Teilflächen wurden weggelassen"


def test_overlapping_parts_could_mean_two_things_and_are_refused():
    assert mended(MultiPolygon([box(0, 0, 100, 100), box(50, 0, 150, 100)]), "01").shape is None


def test_heights_are_dropped_and_areas_taken_out_of_collections():
    solid = Polygon([(0, 0, 5), (100, 0, 5), (100, 100, 6), (0, 100, 5)])
    result = mended(GeometryCollection([Point(1, 1, 1), solid]), "01 Mitte")
    assert not result.shape.has_z
    assert result.shape.area == 10_000
    assert [f.kind for f in result.findings] == ["height", "collection"]


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(
        st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=3, max_size=9, unique=True
    )
)
def test_what_comes_out_is_valid_and_has_the_signed_area_of_the_ring(points):
    ring = Polygon(points)
    result = mended(ring, "01")
    if ring.is_valid:
        assert result.shape is ring
        assert not result.findings
    if result.shape is not None:
        closed = [*points, points[0]]
        pairs = pairwise(closed)
        signed = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2
        assert result.shape.is_valid
        assert result.shape.area == pytest.approx(signed, abs=1.01)


# Areas against each other


def test_overlaps_are_errors_with_their_size_and_slivers_are_told(tmp_path):
    wide = [_box(0, 0, 1000, 1000), _box(900, 0, 2000, 1000), _box(2000, 0, 3000, 1000)]
    assert _problems(tmp_path, wide) == [
        "raum.gpkg, raum neu, 00 Raum 00 und 01 Raum 01: überlappen sich um 100.000 m² "
        "(10,0 % der kleineren). Erlaubt: jeder Ort in einem Gebiet"
    ]
    thin = [_box(0, 0, 1000.5, 1000), _box(1000, 0, 2000, 1000)]
    assert _read(tmp_path, thin).report.lines() == [
        "raum, Stand neu: 00 Raum 00, 01 Raum 01: überlappen sich als Splitter von 500,0 m²"
    ]


def test_gaps_and_thin_gaps_are_told_with_the_areas_around(tmp_path):
    frame = Polygon(_box(0, 0, 1000, 1000).exterior, [_box(400, 400, 500, 500).exterior])
    west, east = (frame & _box(0, 0, 450, 1000)), (frame & _box(450, 0, 1000, 1000))
    found = _read(tmp_path, [west, east]).report.layers[0].findings
    assert [(f.kind, f.size_m2, f.areas) for f in found] == [
        ("gap", 10_000.0, ("00 Raum 00", "01 Raum 01"))
    ]


def test_slivers_are_closed_only_where_the_project_allows_it(tmp_path):
    # Between the two lower areas 40 cm are missing; the upper one closes the hole.
    shapes = [
        _box(0, 0, 500, 1000), _box(500.4, 0, 1000, 1000), _box(0, 1000, 1000, 1500),
        _box(0, -500, 1000, 0),
    ]  # fmt: skip
    told = _read(tmp_path, shapes)
    assert [f.kind for f in told.report.layers[0].findings] == ["sliver"]
    assert told.areas.geometry.iloc[0].area == pytest.approx(500_000)
    snapped = _read(tmp_path, shapes, snap_m=1.0)
    fine = snapped.areas[snapped.areas["level"] == "raum"]
    assert fine.geometry.area.sum() == pytest.approx(2_000_000)
    assert all(f.mended for f in snapped.report.layers[0].findings)


def test_the_same_area_under_two_keys_is_an_error(tmp_path):
    twice = [_box(0, 0, 1000, 1000), _box(0, 0, 1000, 1000), _box(1000, 0, 2000, 1000)]
    assert "dieselbe Fläche" in _problems(tmp_path, twice)[0]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), columns=st.integers(2, 5))
def test_areas_that_share_their_borders_have_no_findings_in_any_order(seed, columns):
    frame = quarters(3, columns).sample(frac=1, random_state=seed)
    found = ProblemCollector()
    notes = check_coverage(list(frame.geometry), list(frame["nr"]), "", found)
    assert not notes
    assert not len(found)


def test_rows_of_one_area_are_put_together_only_where_the_project_says_so(tmp_path):
    shapes = [_box(0, 0, 1000, 1000), _box(1000, 0, 2000, 1000), _box(5000, 0, 5100, 100)]
    same = {"keys": ["01", "02", "01"], "names": ["Mitte", "Nord", "Mitte"]}
    assert "parts = true" in _problems(tmp_path, shapes, KeyJoinError, **same)[0]
    found = _read(tmp_path, shapes, parts=True, **same)
    assert found.areas.set_index("area").loc["01", "geometry"].area == 1_010_000
    other = same | {"names": ["Mitte", "Nord", "Insel"]}
    assert "parts" not in _problems(tmp_path, shapes, KeyJoinError, parts=True, **other)[0]


def test_a_row_that_is_there_twice_is_read_once_and_told(tmp_path):
    shapes = [_box(0, 0, 1000, 1000), _box(1000, 0, 2000, 1000), _box(0, 0, 1000, 1000)]
    found = _read(tmp_path, shapes, keys=["01", "02", "01"], names=["A", "B", "A"])
    assert "einmal gelesen" in found.report.lines()[0]


# Where the coordinates are


def test_a_file_without_a_reference_system_needs_the_projects_word(tmp_path):
    shapes = [_box(0, 0, 1000, 1000), _box(1000, 0, 2000, 1000)]
    frame = gpd.GeoDataFrame({"nr": ["1", "2"], "titel": ["A", "B"]}, geometry=shapes)
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(tmp_path / "raum.shp")
    with pytest.raises(GeometryError, match=r"kein Koordinatensystem.*EPSG:25832"):
        survey(tmp_path, "raum.shp")
    assert survey(tmp_path, "raum.shp", crs=CRS).report.layers[0].crs == CRS


def test_degrees_called_metres_are_found_and_the_projects_word_mends_it(tmp_path):
    degrees = quarters(crs="EPSG:4326").set_crs(CRS, allow_override=True)
    degrees.to_file(tmp_path / "raum.gpkg")
    with pytest.raises(GeometryError, match=r'es sind Grad.*crs = "EPSG:4326"'):
        survey(tmp_path, "raum.gpkg")
    found = survey(tmp_path, "raum.gpkg", crs="EPSG:4326")
    assert "gelesen als EPSG:4326" in found.report.lines()[0]


def test_metres_called_degrees_are_found(tmp_path):
    quarters().set_crs("EPSG:4326", allow_override=True).to_file(tmp_path / "raum.gpkg")
    with pytest.raises(GeometryError, match=r'crs = "EPSG:25832"'):
        survey(tmp_path, "raum.gpkg")


@pytest.mark.parametrize("crs", [CRS, "EPSG:4326"])
def test_swapped_axes_are_proven_and_swapped_on_request(tmp_path, crs):
    sent = quarters(crs=crs)
    sent.geometry = shapely.transform(sent.geometry.to_numpy(), lambda c: c[:, ::-1])
    sent.to_file(tmp_path / "raum.gpkg")
    with pytest.raises(GeometryError, match="swap_axes = true"):
        survey(tmp_path, "raum.gpkg")
    found = survey(tmp_path, "raum.gpkg", swap_axes=True)
    right = quarters().geometry.union_all()
    assert found.areas.geometry.iloc[-1].symmetric_difference(right).area < 1


def test_file_and_project_that_contradict_each_other_are_refused(tmp_path):
    quarters().to_file(tmp_path / "raum.gpkg")
    with pytest.raises(GeometryError, match="EPSG:25832, die Projektdatei EPSG:25833"):
        survey(tmp_path, "raum.gpkg", crs="EPSG:25833")


# Levels against each other


def _two_levels(folder, quarter, region, **more):
    quarter.to_file(folder / "a.gpkg")
    region.to_file(folder / "b.gpkg")
    sources = (
        GeometrySource("raum", "neu", "a.gpkg", "nr", "titel", parent_prefix=2, **more),
        GeometrySource("region", "neu", "b.gpkg", "nr", "titel"),
    )
    levels = (LEVELS[0], Level("region", "Region", "Regionen"), LEVELS[1])
    return survey_areas(sources, (), levels, CITY, CRS, folder)


def _regions(quarter):
    region = quarter.assign(nr=quarter["nr"].str[:2]).dissolve("nr").reset_index()
    return region.assign(titel=["Süd", "Nord"])


def test_a_level_in_another_zone_is_found_with_the_right_one(tmp_path):
    fine = quarters()
    wrong = _regions(fine).set_crs("EPSG:25833", allow_override=True)
    with pytest.raises(GeometryError, match=r'liegt neben.*crs = "EPSG:25832"'):
        _two_levels(tmp_path, fine, wrong)


def test_an_area_in_the_wrong_parent_is_named_with_the_right_one(tmp_path):
    fine = quarters()
    moved = fine.assign(nr=["0101", "0102", "0203", "0201", "0202", "0204"])
    with pytest.raises(KeyJoinError, match=r"0203 .*liegt nicht in region 02, sondern in 01 Süd"):
        _two_levels(tmp_path, moved, _regions(fine))


def test_what_reaches_beyond_its_parent_and_what_is_not_covered_is_told(tmp_path):
    fine = quarters()
    fewer = fine.drop(index=[2])
    lines = _two_levels(tmp_path, fewer, _regions(fine)).report.lines()
    assert len(lines) == 1
    assert "gehören zu keinem Gebiet der Ebene raum" in lines[0]


def test_names_of_parents_are_compared(tmp_path):
    fine = quarters().assign(region=["Süd"] * 3 + ["Nordstadt"] * 3)
    found = _two_levels(tmp_path, fine, _regions(fine), parent_name="region")
    assert found.report.lines() == [
        "region, Stand neu: 02 Nord: heißt auf der Ebene raum 'Nordstadt'"
    ]


def test_the_faults_of_all_layers_come_at_once(tmp_path):
    bow_tie = Polygon([(X, Y), (X + 1000, Y + 1000), (X + 1000, Y), (X, Y + 1000)])
    fine = quarters()
    fine.loc[0, "geometry"] = bow_tie
    region = _regions(quarters())
    region.loc[1, "geometry"] = None
    with pytest.raises(GeometryError) as caught:
        _two_levels(tmp_path, fine, region)
    assert [p.where for p in caught.value.problems if p.found] == [
        "a.gpkg, raum neu, 0101", "b.gpkg, region neu, 02",
    ]  # fmt: skip


def test_areas_are_written_as_germans_read_them():
    sizes = [square_metres(v) for v in (0.254, 573.73, 12600.4)]
    assert sizes == ["0,25 m²", "573,7 m²", "12.600 m²"]
