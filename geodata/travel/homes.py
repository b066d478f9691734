"""Files of where people live: points of addresses or residents, and inhabited polygons."""

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.errors import GeometryError, ProblemCollector, TableError
from geodata.files import (
    ROW,
    SPREADSHEETS,
    TableFormat,
    existing,
    inside,
    layers_of,
    read_table,
    require_columns,
)
from geodata.files.numbers import parse_numbers
from geodata.sources import read_outlines

_TABLES = frozenset({".csv", ".txt", ".tsv", *SPREADSHEETS})


@dataclass(frozen=True)
class HomesSpec:
    """A file of the points where people live.

    Parameters
    ----------
    file
        A table with two columns of coordinates, or anything that GDAL reads.
    x, y
        Columns of the coordinates, in a table only.
    weight
        Column with the weight of a point, for example its residents; all alike where None.
    crs
        Of the coordinates of a table.
    layer
        Of a geometry file; the only one where None.
    format
        How a table is written.
    """

    file: str
    x: str = "lon"
    y: str = "lat"
    weight: str | None = None
    crs: str = "EPSG:4326"
    layer: str | None = None
    format: TableFormat = field(default_factory=TableFormat)


def read_homes(spec: HomesSpec, data_folder: Path, crs: str) -> gpd.GeoDataFrame:
    """Read points of addresses or residents.

    Returns
    -------
    GeoDataFrame
        ``weight`` and ``geometry`` (points) in `crs`.

    Raises
    ------
    FileMissingError
        There is no such file.
    TableError, GeometryError
        Columns are missing, or cells are no numbers; a geometry is no point.
    """
    path = existing(inside(data_folder, spec.file))
    found = ProblemCollector()
    if path.suffix.lower() in _TABLES:
        frame = _table_homes(spec, path, found)
    else:
        frame = _layer_homes(spec, path, found)
    low = frame["weight"] < 0
    for row in frame.index[low][:20]:
        found.add(f"{path.name}, Punkt {row + 1}, {spec.weight}", "negativ", "null oder mehr")
    found.raise_if_any(TableError, f"Die Punktdatei {path.name} ist fehlerhaft.")
    return frame.to_crs(crs)


def _table_homes(spec: HomesSpec, path: Path, found: ProblemCollector) -> gpd.GeoDataFrame:
    rows = read_table(path, spec.format)
    columns = [spec.x, spec.y, *([spec.weight] if spec.weight else [])]
    require_columns(path, rows, columns)
    numbers = {}
    for name in columns:
        numbers[name] = parse_numbers(rows[name].str.strip(), spec.format).to_numpy()
        for i in np.flatnonzero(~np.isfinite(numbers[name]))[:20]:
            where = f"{path.name}, Zeile {rows[ROW].iloc[i]}, {name}"
            found.add(where, f"{rows[name].iloc[i]!r}", "eine Zahl")
    found.raise_if_any(TableError, f"Die Punktdatei {path.name} ist fehlerhaft.")
    weight = numbers[spec.weight] if spec.weight else np.ones(len(rows))
    points = gpd.points_from_xy(numbers[spec.x], numbers[spec.y])
    return gpd.GeoDataFrame({"weight": weight}, geometry=points, crs=spec.crs)


def read_layer(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    """Read a layer of a geometry file; which one must be said where there are several."""
    names = layers_of(path)
    if layer is not None and layer not in names:
        raise GeometryError(f"{path.name} hat die Ebene {layer!r} nicht: {', '.join(names)}.")
    if layer is None and len(names) > 1:
        raise GeometryError(f"{path.name} hat mehrere Ebenen, wählen Sie eine: {', '.join(names)}.")
    frame = read_outlines(path, layer or names[0]).frame
    if frame.crs is None:
        raise GeometryError(f"{path.name} nennt kein Bezugssystem.")
    return frame


def _layer_homes(spec: HomesSpec, path: Path, found: ProblemCollector) -> gpd.GeoDataFrame:
    frame = read_layer(path, spec.layer)
    if not (frame.geom_type == "Point").all():
        kinds = ", ".join(sorted({str(k) for k in frame.geom_type.dropna()} - {"Point"}))
        raise GeometryError(f"{path.name} enthält nicht nur Punkte, sondern auch: {kinds}.")
    weight = pd.Series(1.0, index=frame.index)
    if spec.weight:
        require_columns(path, pd.DataFrame(frame.drop(columns="geometry")), [spec.weight])
        weight = pd.to_numeric(frame[spec.weight], errors="coerce")
        for row in frame.index[weight.isna()][:20]:
            found.add(f"{path.name}, Punkt {row + 1}, {spec.weight}", "keine Zahl", "eine Zahl")
    return gpd.GeoDataFrame({"weight": weight}, geometry=frame.geometry, crs=frame.crs)


def read_lived_in(path: Path, layer: str | None, crs: str) -> shapely.Geometry:
    """Read the inhabited part of a city as one polygon in `crs`.

    Raises
    ------
    FileMissingError, GeometryError
        There is no such file or layer, or it has no polygons.
    """
    frame = read_layer(existing(path), layer).to_crs(crs)
    shapes = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])].geometry
    if shapes.empty:
        raise GeometryError(f"{path.name} enthält keine Flächen.")
    return shapes.make_valid().union_all()
