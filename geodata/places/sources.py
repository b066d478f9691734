"""The files in which places come: tables, maps, OpenStreetMap. All become rows of text."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from geodata.errors import Problem, ProblemCollector, TableError
from geodata.files import ROW, is_nothing, read_table, require_columns
from geodata.places.cells import OWNER_KEYS, Cells
from geodata.places.osm import places_of, profile_with, read_pbf
from geodata.places.spec import PLACE_COLUMNS, PlacesSpec
from geodata.sources import read_outlines

MAPS = frozenset({".geojson", ".json", ".gpkg", ".shp", ".fgb", ".gml", ".kml"})
_COORDINATES = frozenset({"lon", "lat", "x", "y"})
_PARTS = frozenset({"street", "zip", "opening_hours"})


class Delivery(NamedTuple):
    """Rows as text, which of their columns is which of ours, and a point for each.

    ``rows`` and ``points`` have the same numbered index; `ROW` counts the rows of the file.
    ``found`` has the coordinates that are none.
    """

    rows: pd.DataFrame
    columns: Mapping[str, str]
    points: gpd.GeoSeries
    found: ProblemCollector


def read_delivery(spec: PlacesSpec, path: Path) -> Delivery:
    """Read the file of a list of places, whatever its kind.

    Raises
    ------
    FileMissingError
        The file is not there, or no such layer.
    GeometryError
        It is a map and not readable.
    TableError
        It is not readable, lacks columns, or has coordinates that are none.
    """
    _check_words(spec, path)
    if spec.is_extract:
        return _tagged(spec, path, read_pbf(path, profile_with(spec.rules)))
    if path.suffix.lower() not in MAPS:
        return _table(spec, path)
    features = _features(spec, path)
    if spec.is_tagged:
        return _tagged(spec, path, features)
    rows = _as_text(features)
    require_columns(path, rows, list(spec.columns.values()))
    return Delivery(rows, spec.columns, _on_surface(features.geometry), ProblemCollector())


def _check_words(spec: PlacesSpec, path: Path) -> None:
    """Refuse words in the description of a list that mean nothing."""
    found = ProblemCollector()
    known = {*PLACE_COLUMNS, *_PARTS, *_COORDINATES}
    for name in sorted(set(spec.columns) - known):
        found.add(f"{path.name}, columns", f"{name!r}", ", ".join(sorted(known)))
    for name in sorted(_needed(spec, path) - set(spec.columns)):
        found.add(f"{path.name}, columns", f"{name} ist keiner Spalte zugeordnet")
    for kind, owner in spec.owners.items():
        if owner not in OWNER_KEYS:
            found.add(f"{path.name}, owners, {kind}", f"{owner!r}", "public, non_profit, other")
    try:
        CRS.from_user_input(spec.crs)
    except CRSError:
        found.add(f"{path.name}, crs", f"{spec.crs!r}", "ein Bezugssystem wie EPSG:4326")
    found.raise_if_any(TableError, f"Die Beschreibung der Orte in {path.name} ist fehlerhaft.")


def _needed(spec: PlacesSpec, path: Path) -> set[str]:
    if spec.is_tagged:
        return set()
    return {"name", "kind"} if path.suffix.lower() in MAPS else {"name", "kind", *_axes(spec)}


def _axes(spec: PlacesSpec) -> tuple[str, str]:
    return ("x", "y") if "x" in spec.columns else ("lon", "lat")


def _table(spec: PlacesSpec, path: Path) -> Delivery:
    if spec.is_tagged:
        raise TableError(
            f"Die Tabelle {path.name} kann keine Tags von OpenStreetMap tragen.",
            [Problem(path.name, "tags = true", "eine Karte (GeoJSON, GeoPackage) oder PBF")],
        )
    rows = read_table(path, spec.format)
    require_columns(path, rows, list(spec.columns.values()))
    found = ProblemCollector()
    cells = Cells(path, rows[ROW], found)
    names = [spec.columns[axis] for axis in _axes(spec)]
    x, y = (cells.decimals(rows[name].str.strip(), name, spec.format) for name in names)
    points = gpd.GeoSeries(gpd.points_from_xy(x, y), crs=spec.crs)
    return Delivery(rows, spec.columns, points, found)


def _features(spec: PlacesSpec, path: Path) -> gpd.GeoDataFrame:
    features = read_outlines(path, spec.layer).frame
    missing = features.geometry.isna() | features.geometry.is_empty
    found = ProblemCollector()
    for number in features.index[missing]:
        found.add(f"{path.name}, Objekt {number + 1}", "ohne Geometrie", "ein Punkt oder Umriss")
    found.raise_if_any(TableError, f"Objekte in {path.name} haben keinen Ort.")
    return features.set_crs(spec.crs) if features.crs is None else features


def _as_text(features: gpd.GeoDataFrame) -> pd.DataFrame:
    """Attributes as text, as a table has them; whole numbers without a decimal ``.0``."""
    rows = pd.DataFrame(features.drop(columns=features.geometry.name))
    text: pd.DataFrame = rows.apply(lambda column: column.map(_cell).astype("str"))
    text[ROW] = range(1, len(rows) + 1)
    return text


def _cell(value: object) -> str:
    if is_nothing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _on_surface(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """A point for every shape: itself, or one on the outline's surface."""
    return shapes.representative_point().where(shapes.geom_type != "Point", shapes)


def _tagged(spec: PlacesSpec, path: Path, features: gpd.GeoDataFrame) -> Delivery:
    found = places_of(features, profile_with(spec.rules), spec.columns)
    if found.empty:
        raise TableError(
            f"In {path.name} ist kein Ort, dessen Art bekannt ist.",
            [Problem(path.name, "keine passenden Tags", "Regeln unter rules, siehe Handbuch")],
        )
    rows = pd.DataFrame(found.drop(columns="geometry"))
    columns = {name: name for name in rows.columns if name != ROW}
    return Delivery(rows, columns, _on_surface(found.geometry), ProblemCollector())
