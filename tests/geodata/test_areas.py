"""Areas are validated once, with every fault named."""

import geopandas as gpd
import pytest
from shapely.geometry import Polygon, box

from geodata.areas import CityArea, GeometrySource, HierarchySource, read_areas
from geodata.errors import FileMissingError, GeometryError, KeyJoinError
from geodata.model import Level

LEVELS = (
    Level("raum", "Raum", "Räume"),
    Level("region", "Region", "Regionen"),
    Level("stadt", "Stadt", "Stadt"),
    Level("bezirk", "Jobcenter-Bezirk", "Jobcenter-Bezirke", "jobcenter"),
)
CITY = CityArea("00", "Kleinstadt")
CRS = "EPSG:25832"
SQUARES = {"0101": (0, 0), "0102": (1, 0), "0201": (0, 1), "0202": (1, 1)}


def _square(x, y, size=1):
    return box(x * 1000, y * 1000, (x + size) * 1000, (y + size) * 1000)


def _write(folder, keys=None, shapes=None, crs=CRS, inhabited=None):
    keys = keys or list(SQUARES)
    shapes = shapes or [_square(*xy) for xy in SQUARES.values()]
    frame = gpd.GeoDataFrame(
        {"ID": keys, "NAME": [f"Raum {k}" for k in keys], "W": inhabited or ["J"] * len(keys)},
        geometry=shapes,
        crs=crs,
    )
    frame.to_file(folder / "raum.gpkg", layer="raum")
    regions = gpd.GeoDataFrame(
        {"ID": ["01", "02"], "NAME": ["Süd", "Nord"]},
        geometry=[box(0, 0, 2000, 1000), box(0, 1000, 2000, 2000)],
        crs=crs,
    )
    regions.to_file(folder / "raum.gpkg", layer="region")


def _sources(**extra):
    return (
        GeometrySource("raum", "neu", "raum.gpkg", "ID", "NAME", "raum", parent_prefix=2, **extra),
        GeometrySource("region", "neu", "raum.gpkg", "ID", "NAME", "region"),
    )


def _read(folder, sources=None, hierarchies=()):
    return read_areas(sources or _sources(), hierarchies, LEVELS, CITY, CRS, folder)


def test_levels_are_linked_and_the_city_is_their_union(tmp_path):
    _write(tmp_path, inhabited=["J", "N", "J", "J"])
    areas, links = _read(tmp_path, _sources(inhabited="W"))
    assert areas.groupby("level").size().to_dict() == {"raum": 4, "region": 2, "stadt": 1}
    assert areas.set_index("area").loc["00", "geometry"].area == pytest.approx(4e6)
    assert set(zip(links["child"], links["parent"], strict=True)) == {
        ("0101", "01"), ("0102", "01"), ("0201", "02"), ("0202", "02"), ("01", "00"), ("02", "00"),
    }  # fmt: skip
    assert not areas.set_index("area").loc["0102", "inhabited"]


def test_parents_may_be_those_in_which_areas_lie(tmp_path):
    """Without keys that say it: most of an area counts, and less than half is an error."""
    keys = ["a", "b", "c", "d"]
    _write(tmp_path, keys=keys)
    by_place = (
        GeometrySource("raum", "neu", "raum.gpkg", "ID", "NAME", "raum", parent_in_space=True),
        _sources()[1],
    )
    _, links = _read(tmp_path, by_place)
    assert set(zip(links["child"], links["parent"], strict=True)) == {
        ("a", "01"), ("b", "01"), ("c", "02"), ("d", "02"), ("01", "00"), ("02", "00"),
    }  # fmt: skip
    shapes = [_square(0, 0), _square(1, 0), _square(0, 1), box(3000, 0, 4000, 1000)]
    _write(tmp_path, keys=keys, shapes=shapes)
    with pytest.raises(KeyJoinError) as caught:
        _read(tmp_path, by_place)
    assert [p.where for p in caught.value.problems] == ["raum d Raum d, Stand neu"]


def test_a_second_grouping_need_not_be_nested(tmp_path):
    _write(tmp_path)
    (tmp_path / "jc.csv").write_text(
        "raum;jc;jcname\n0101;W;West\n0201;W;West\n0102;O;Ost\n0202;O;Ost\n", encoding="utf-8"
    )
    source = HierarchySource(
        "jobcenter", "Jobcenter", "neu", "bezirk", "raum", "jc.csv", "raum", "jc", "jcname"
    )
    areas, links = _read(tmp_path, hierarchies=(source,))
    west = areas[(areas["level"] == "bezirk") & (areas["name"] == "West")].iloc[0]
    assert west.geometry.bounds == (0, 0, 1000, 2000)
    own = links[links["hierarchy"] == "jobcenter"]
    assert own.groupby("parent_level").size().to_dict() == {"bezirk": 4, "stadt": 2}


def test_a_grouping_that_forgets_or_invents_areas_is_refused(tmp_path):
    _write(tmp_path)
    (tmp_path / "jc.csv").write_text(
        "raum;jc;jcname\n0101;W;West\n0101;O;Ost\n9999;W;West\n", encoding="utf-8"
    )
    source = HierarchySource(
        "jobcenter", "Jobcenter", "neu", "bezirk", "raum", "jc.csv", "raum", "jc", "jcname"
    )
    with pytest.raises(KeyJoinError) as error:
        _read(tmp_path, hierarchies=(source,))
    text = str(error.value)
    assert "'9999'" in text
    assert text.count("fehlt") == 3
    assert "'0101' steht mehrfach" in text


def test_doubled_and_orphaned_keys_are_named(tmp_path):
    _write(tmp_path, keys=["0101", "0101", "0201", "0202"])
    with pytest.raises(KeyJoinError, match=r"0101.*steht 2-mal"):
        _read(tmp_path)
    _write(tmp_path, keys=["0101", "0102", "0901", "0202"])
    with pytest.raises(KeyJoinError, match=r"0901.*'09'"):
        _read(tmp_path)


def test_an_area_outside_its_parent_is_named(tmp_path):
    _write(tmp_path, keys=["0101", "0202", "0201", "0102"])
    with pytest.raises(KeyJoinError) as error:
        _read(tmp_path)
    assert str(error.value).count("liegt nicht in") == 2


def test_broken_outlines_are_all_named(tmp_path):
    bow_tie = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    _write(tmp_path, shapes=[bow_tie, _square(1, 0), None, _square(1, 1)])
    with pytest.raises(GeometryError) as error:
        _read(tmp_path)
    assert [p.where.split(", ")[-1] for p in error.value.problems] == ["0101", "0201"]


def test_missing_file_layer_and_reference_system(tmp_path):
    with pytest.raises(FileMissingError):
        _read(tmp_path)
    _write(tmp_path)
    wrong = (GeometrySource("raum", "neu", "raum.gpkg", "ID", "NAME", "plr"),)
    with pytest.raises(FileMissingError, match="raum, region"):
        _read(tmp_path, wrong)
    (tmp_path / "kaputt.gpkg").write_text("nichts", encoding="utf-8")
    broken = (GeometrySource("raum", "neu", "kaputt.gpkg", "ID", "NAME"),)
    with pytest.raises(GeometryError, match="keine lesbare Geodatei"):
        _read(tmp_path, broken)
