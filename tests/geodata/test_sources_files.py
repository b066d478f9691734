"""The same areas come out of every kind of file, in any order and any reference system."""

import json
import warnings
import zipfile
from itertools import pairwise

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.errors import FileMissingError, GeometryError, TableError
from tests.geodata.outlines_city import quarters, same_areas, survey

DEGREES = "EPSG:4326"


def _topojson(frame, path):
    """Quantised by hand: integer steps of a fixed grid, deltas within an arc."""
    west, south, east, north = frame.total_bounds
    scale = ((east - west) / 1e6, (north - south) / 1e6)
    arcs, shapes = [], []
    for row in frame.itertuples():
        points = [(round((x - west) / scale[0]), round((y - south) / scale[1]))
                  for x, y in row.geometry.exterior.coords]  # fmt: skip
        deltas = [points[0]] + [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
        shapes.append({"type": "Polygon", "arcs": [[len(arcs)]],
                       "properties": {"nr": row.nr, "titel": row.titel}})  # fmt: skip
        arcs.append(deltas)
    content = {
        "type": "Topology",
        "transform": {"scale": scale, "translate": (west, south)},
        "objects": {"raum": {"type": "GeometryCollection", "geometries": shapes}},
        "arcs": arcs,
    }
    path.write_text(json.dumps(content), encoding="utf-8")


def write(frame: gpd.GeoDataFrame, folder, kind: str) -> str:
    """Save quarters in a kind of file; returns its name."""
    name = f"raum.{kind}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "parquet":
            frame.to_parquet(folder / name)
        elif kind == "topojson":
            _topojson(frame, folder / name)
        elif kind == "zip":
            frame.to_file(folder / "raum.shp", encoding="cp1252")
            with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in sorted(folder.glob("raum.*")):
                    if part.suffix != ".zip":
                        archive.write(part, f"Ordner/{part.name}")
        else:
            frame.to_file(folder / name, driver="KML" if kind == "kml" else None)
    return name


KINDS = {
    "gpkg": "any", "shp": "any", "zip": "any", "parquet": "any", "fgb": "any", "gml": "any",
    "geojson": DEGREES, "kml": DEGREES, "topojson": DEGREES,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), crs=st.sampled_from(["EPSG:25832", "EPSG:31467", DEGREES]))
def test_every_kind_of_file_gives_the_same_areas(kind, seed, crs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    wanted = quarters()
    sent = wanted.sample(frac=1, random_state=seed)
    sent = sent.to_crs(crs if KINDS[kind] == "any" else KINDS[kind])
    # TopoJSON has no place for a reference system.
    more = {"crs": DEGREES} if kind == "topojson" else {}
    found = survey(folder, write(sent, folder, kind), **more)
    # 1 mm but for formats that round: KML and TopoJSON to about 1 cm.
    assert same_areas(found, wanted, 0.05 if kind in ("topojson", "kml", "geojson") else 0.001)
    assert not [x for x in found.report.lines() if "Repariert" in x]


def test_of_several_files_in_an_archive_the_named_one_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "alles.zip", "w") as archive:
        for stem, crs in (("ortsteile", "EPSG:25832"), ("bezirke", DEGREES)):
            quarters(crs=crs).to_file(tmp_path / f"{stem}.geojson", driver="GeoJSON")
            archive.write(tmp_path / f"{stem}.geojson", f"daten/{stem}.geojson")
    with pytest.raises(FileMissingError, match="bezirke, ortsteile"):
        survey(tmp_path, "alles.zip")
    assert same_areas(survey(tmp_path, "alles.zip", "ortsteile"), quarters(), 0.001)


def test_keys_in_gml_keep_their_zeros_and_nothing_is_left_beside_the_file(tmp_path):
    write(quarters(), tmp_path, "gml")
    (tmp_path / "raum.xsd").unlink()
    found = survey(tmp_path, "raum.gml")
    assert found.areas["area"].tolist()[:2] == ["0101", "0102"]
    assert [p.name for p in tmp_path.iterdir()] == ["raum.gml"]


def test_texts_of_a_shapefile_in_the_wrong_encoding_are_refused(tmp_path):
    quarters().to_file(tmp_path / "raum.shp", encoding="utf-8")
    (tmp_path / "raum.cpg").unlink()
    with pytest.raises(TableError, match="encoding"):
        survey(tmp_path, "raum.shp", encoding="cp1252")
    assert same_areas(survey(tmp_path, "raum.shp", encoding="utf-8"), quarters(), 0.001)


def test_a_ring_left_open_is_closed_and_told(tmp_path):
    write(quarters(crs=DEGREES), tmp_path, "geojson")
    content = json.loads((tmp_path / "raum.geojson").read_text(encoding="utf-8"))
    content["features"][0]["geometry"]["coordinates"][0].pop()
    (tmp_path / "raum.geojson").write_text(json.dumps(content), encoding="utf-8")
    found = survey(tmp_path, "raum.geojson")
    assert same_areas(found, quarters(), 0.05)
    assert "1 offene Ringe geschlossen" in found.report.lines()[0]


def test_curves_become_short_lines_and_the_report_says_so(tmp_path):
    # An arc over the north side of a square of 100 m: half a disc more.
    gml = """<?xml version="1.0"?><c:Rooms xmlns:c="urn:c" xmlns:gml="http://www.opengis.net/gml/3.2">
    <c:member><c:Room><c:nr>01</c:nr><c:titel>Bogen</c:titel><c:g>
    <gml:Surface srsName="urn:ogc:def:crs:EPSG::25832"><gml:patches><gml:PolygonPatch><gml:exterior>
    <gml:Ring><gml:curveMember><gml:Curve><gml:segments>
    <gml:LineStringSegment><gml:posList>560100 5930100 560000 5930100 560000 5930000 560100 5930000
    </gml:posList></gml:LineStringSegment>
    <gml:Arc><gml:posList>560100 5930000 560150 5930050 560100 5930100</gml:posList></gml:Arc>
    </gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch>
    </gml:patches></gml:Surface></c:g></c:Room></c:member></c:Rooms>"""
    (tmp_path / "bogen.gml").write_text(gml, encoding="utf-8")
    found = survey(tmp_path, "bogen.gml")
    assert found.areas.geometry.iloc[0].area == pytest.approx(10_000 + 3.14159 * 2500 / 2, rel=2e-3)
    assert any("Bögen" in line for line in found.report.lines())


def test_what_is_no_geometry_file_gives_one_clear_error(tmp_path):
    for name in ("a.gpkg", "a.zip", "a.parquet", "a.gml", "a.geojson", "a.shp"):
        (tmp_path / name).write_bytes(b"nichts davon")
        with pytest.raises(GeometryError, match="lesbar"):
            survey(tmp_path, name)
    with pytest.raises(FileMissingError, match="gibt es nicht"):
        survey(tmp_path, "fehlt.gpkg")


def test_an_archive_that_unpacks_to_an_absurd_size_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bombe.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("raum.shp", bytes(120_000_000))
    with pytest.raises(GeometryError, match="120 MB"):
        survey(tmp_path, "bombe.zip")


def test_a_file_without_geometry_is_no_layer_of_areas(tmp_path):
    table = gpd.pd.DataFrame({"nr": ["01"], "titel": ["A"]})
    gpd.GeoDataFrame(table, geometry=[None], crs="EPSG:25832").to_file(tmp_path / "leer.gpkg")
    with pytest.raises(GeometryError, match="keine einzige Geometrie"):
        survey(tmp_path, "leer.gpkg")
