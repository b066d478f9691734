"""Where people set out: several points of an area instead of its centroid.

A geometric centroid flatters and distorts. Points of addresses or residents are taken where
there are any, else points spread evenly over the polygon or over its inhabited part.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.errors import GeometryError, ProblemCollector, TableError
from geodata.files import (
    ROW,
    SPREADSHEETS,
    TableFormat,
    existing,
    layers_of,
    read_table,
    require_columns,
)  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Additive recurrence with the plastic number: the most even simple sequence in the plane.
_PLASTIC = 1.324717957244746
_STEP = np.array([1 / _PLASTIC, 1 / _PLASTIC**2])
_TRIES = 10_000
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


@dataclass(frozen=True)
class AreaPoints:
    """The points of every inhabited area.

    Parameters
    ----------
    areas
        Keys in their order, shape (A,).
    starts
        Where the points of an area begin, shape (A + 1,).
    xy
        Coordinates in metres, shape (n, 2).
    weight
        Shape (n,); None where all points of every area weigh the same.
    notes
        German sentences on areas that had to do without the better points.
    """

    areas: tuple[str, ...]
    starts: Ints
    xy: Floats
    weight: Floats | None = None
    notes: tuple[str, ...] = ()

    def slices(self) -> Iterator[tuple[int, slice]]:
        """Number of each area and where its points stand."""
        for i in range(len(self.areas)):
            yield i, slice(int(self.starts[i]), int(self.starts[i + 1]))

    def mean(self, values: Floats, part: slice) -> Floats:
        """Weighted mean over the points of one area.

        Parameters
        ----------
        values
            One row per point of the area.
        part
            From `slices`.
        """
        if self.weight is None:
            return np.asarray(values.mean(axis=0))
        share = self.weight[part] / self.weight[part].sum()
        return np.asarray((values * share.reshape(-1, *[1] * (values.ndim - 1))).sum(axis=0))

    def p90(self, values: Floats, part: slice) -> Floats:
        """90th percentile over the points of one area: nine of ten people are not farther.

        With weights it is the smallest value with 90 % of the weight, else interpolated.
        """
        if self.weight is None:
            return np.asarray(np.quantile(values, 0.9, axis=0))
        order = np.argsort(values, axis=0, kind="stable")
        share = np.cumsum(self.weight[part][order], axis=0)
        # The sum of weights has rounding errors; a hair below 0.9 is 0.9.
        first = np.argmax(share >= (0.9 - 1e-12) * share[-1], axis=0)
        ordered = np.take_along_axis(values, order, axis=0)
        return np.asarray(np.take_along_axis(ordered, first[None], axis=0)[0])


def inhabited_areas(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The inhabited areas in the order of their keys."""
    return areas[areas["inhabited"].astype("bool")].sort_values("area", ignore_index=True)


def area_points(
    areas: gpd.GeoDataFrame,
    n: int,
    homes: gpd.GeoDataFrame | None = None,
    lived_in: shapely.Geometry | None = None,
) -> AreaPoints:
    """Points of every inhabited area, always the same ones.

    Parameters
    ----------
    areas
        ``area``, ``inhabited``, ``geometry`` in a CRS in metres; ``name`` where there is one.
    n
        Points per area; of more homes, `n` are drawn in proportion to their weight, evenly
        along a space-filling curve.
    homes
        ``weight`` and ``geometry`` (points), from `read_homes`, in the CRS of the areas.
    lived_in
        Polygon of the inhabited part of the city, in the CRS of the areas, over which points
        are spread where an area has no homes.

    Returns
    -------
    AreaPoints
        With a note naming the areas without homes, or outside `lived_in`.
    """
    lived = inhabited_areas(areas)
    own = _homes_by_area(lived, homes)
    parts: list[Floats] = []
    weights: list[Floats] = []
    without: list[str] = []
    outside: list[str] = []
    names = lived["name"] if "name" in lived else lived["area"]
    for i, (name, polygon) in enumerate(zip(names, lived.geometry, strict=True)):
        if i in own:
            xy, weight = _drawn(*own[i], n)
        else:
            part = polygon if lived_in is None else polygon.intersection(lived_in)
            if part.area == 0.0:
                outside.append(str(name))
                part = polygon
            without.append(str(name))
            xy = spread_points(part, n)
            weight = np.ones(n)
        parts.append(xy)
        weights.append(weight)
    counts = [len(p) for p in parts]
    alike = all((w == w[0]).all() for w in weights)
    return AreaPoints(
        areas=tuple(lived["area"].astype("str")),
        starts=np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64),
        xy=np.concatenate(parts) if parts else np.empty((0, 2)),
        weight=None if alike else np.concatenate(weights),
        notes=tuple(_notes(without if homes is not None else [], outside)),
    )


def _notes(without: list[str], outside: list[str]) -> Iterator[str]:
    if without:
        yield (
            "Ohne Adresspunkte; die Wege beginnen an gleichmäßig verteilten Punkten: "
            f"{', '.join(without)}."
        )
    if outside:
        yield (
            "Kein Teil liegt in der bewohnten Fläche; die Wege beginnen im ganzen Gebiet: "
            f"{', '.join(outside)}."
        )


def _homes_by_area(
    areas: gpd.GeoDataFrame, homes: gpd.GeoDataFrame | None
) -> dict[int, tuple[Floats, Floats]]:
    """Coordinates and weights of the homes in each area; on a border the first area has them."""
    if homes is None or homes.empty:
        return {}
    if homes.crs != areas.crs:
        raise ValueError("homes and areas need one common CRS")
    tree = shapely.STRtree(areas.geometry.to_numpy())
    point, area = tree.query(homes.geometry.to_numpy(), predicate="intersects")
    first = pd.Series(area).groupby(point).min()
    # Along a space-filling curve, so that every n-th home is an even sample of the area.
    curve = homes.geometry.hilbert_distance().to_numpy()
    xy = shapely.get_coordinates(homes.geometry.to_numpy())
    table = pd.DataFrame({"row": first.index, "area": first.to_numpy()})
    table["curve"], table["x"] = curve[table["row"]], xy[table["row"], 0]
    table["y"] = xy[table["row"], 1]
    table["weight"] = homes["weight"].to_numpy(dtype="float64")[table["row"]]
    table = table[table["weight"] > 0].sort_values(["area", "curve", "x", "y", "weight"])
    return {
        int(str(key)): (part[["x", "y"]].to_numpy(), part["weight"].to_numpy())
        for key, part in table.groupby("area")
    }


def _drawn(xy: Floats, weight: Floats, n: int) -> tuple[Floats, Floats]:
    """All homes with their weight, or `n` of them: systematic sampling by weight."""
    if len(xy) <= n:
        return xy, weight
    steps = (np.arange(n) + 0.5) / n * weight.sum()
    chosen = np.searchsorted(np.cumsum(weight), steps)
    return xy[chosen], np.ones(n)


def spread_points(polygon: shapely.Geometry, n: int) -> Floats:
    """Spread `n` points evenly over a polygon, always the same ones.

    Returns
    -------
    array, shape (n, 2)
        A low-discrepancy sequence over the bounding box, of which the points inside are
        taken; a sliver too thin to be hit is represented by its inner point.
    """
    low = np.array(polygon.bounds[:2])
    size = np.array(polygon.bounds[2:]) - low
    shapely.prepare(polygon)
    tries = 4 * n
    while tries <= _TRIES * n:
        unit = (0.5 + np.arange(1, tries + 1)[:, None] * _STEP) % 1.0
        candidates = low + unit * size
        inside: Floats = candidates[shapely.contains_xy(polygon, candidates)]
        if len(inside) >= n:
            return inside[:n]
        tries *= 8
    point = shapely.point_on_surface(polygon)
    return np.tile([point.x, point.y], (n, 1))


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
    path = existing(data_folder / spec.file)
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
        plain = rows[name].str.strip().str.replace(spec.format.decimal, ".", regex=False)
        numbers[name] = pd.to_numeric(plain, errors="coerce").to_numpy(dtype="float64")
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
    frame = gpd.read_file(path, layer=layer or names[0])
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
