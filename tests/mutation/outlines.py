"""Outlines in the formats of offices."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import duckdb
import numpy as np

from geodata.areas import Cache, GeometrySource, read_layer
from tests.mutation.base import ANY, AREAS, CRS, Numbers, tidied

LAYER = GeometrySource("raum", "neu", "t", "key", "title")


def outline(driver: str, suffix: str) -> Callable[[Path], bytes]:
    def write(folder: Path) -> bytes:
        path = folder / f"sound{suffix}"
        frame = AREAS[["area", "name", "geometry"]].rename(columns={"area": "key", "name": "title"})
        if driver in ("GeoJSON", "KML"):
            frame = frame.to_crs("EPSG:4326")
        if driver == "GeoParquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, driver=driver)
        return path.read_bytes()

    return write


def read_outlines(file: str) -> Callable[[Path], Numbers]:
    # TopoJSON names no reference system.
    crs = "EPSG:4326" if file.endswith(".topojson") else None

    def read(folder: Path) -> Numbers:
        layer = read_layer(replace(LAYER, file=file, crs=crs), CRS, folder, Cache()).frame
        found: Numbers = {
            (str(k), "name"): n for k, n in zip(layer["area"], layer["name"], strict=True)
        }
        found |= {
            (str(k), "m2"): round(a, -1) for k, a in zip(layer["area"], layer.area, strict=True)
        }
        return found

    return read


def plain_geojson(data: bytes) -> Numbers:
    """Names as they stand there; of an outline that is another one the size may be any."""
    try:
        properties = [f["properties"] for f in json.loads(data.decode("utf-8-sig"))["features"]]
        return _named([(p["key"], p.get("title")) for p in properties])
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def zipped_shapefile(folder: Path) -> bytes:
    frame = AREAS[["area", "name", "geometry"]].rename(columns={"area": "key", "name": "title"})
    frame.to_file(folder / "raeume.shp", encoding="utf-8")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in sorted(folder.glob("raeume.*")):
            packed.write(part, f"Daten/{part.name}")
            part.unlink()
    return out.getvalue()


def topojson(_: Path) -> bytes:
    """Every square is an arc of its own, in whole steps of a grid."""
    frame = AREAS.to_crs("EPSG:4326")
    west, south, east, north = frame.total_bounds
    scale = [(east - west) / 10**7, (north - south) / 10**7]
    arcs, shapes = [], []
    for i, (key, title, shape) in enumerate(
        zip(frame["area"], frame["name"], frame.geometry, strict=True)
    ):
        grid = (np.array(shape.exterior.coords) - [west, south]) / scale
        steps = np.diff(np.rint(grid).astype(int), axis=0, prepend=[[0, 0]])
        arcs.append(steps.tolist())
        shapes.append(
            {"type": "Polygon", "arcs": [[i]], "properties": {"key": key, "title": title}}
        )
    return json.dumps(
        {
            "type": "Topology",
            "transform": {"scale": scale, "translate": [west, south]},
            "objects": {"raeume": {"type": "GeometryCollection", "geometries": shapes}},
            "arcs": arcs,
        },
        ensure_ascii=False,
    ).encode()


def _named(pairs: list[tuple[object, object]]) -> Numbers:
    found: Numbers = {(str(key).strip(), "name"): tidied(str(name or "")) for key, name in pairs}
    return found | {(str(key).strip(), "m2"): ANY for key, _ in pairs}


def plain_topojson(data: bytes) -> Numbers:
    try:
        objects = json.loads(data.decode("utf-8-sig"))["objects"]
        shapes = [s for entry in objects.values() for s in entry["geometries"]]
        return _named([(s["properties"]["key"], s["properties"].get("title")) for s in shapes])
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def plain_kml(data: bytes) -> Numbers:
    try:
        marks = ElementTree.fromstring(data).iter("{http://www.opengis.net/kml/2.2}Placemark")
        entries = [
            {e.get("name"): e.text or "" for e in mark.iter() if e.tag.endswith("}SimpleData")}
            for mark in marks
        ]
        return _named([(entry["key"], entry.get("title")) for entry in entries])
    except (ElementTree.ParseError, KeyError, ValueError):
        return {}


def plain_geoparquet(data: bytes) -> Numbers:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "t.parquet"
        file.write_bytes(data)
        try:
            return _named(duckdb.sql(f"SELECT key, title FROM '{file}'").fetchall())
        except (duckdb.Error, UnicodeDecodeError):
            return {}
