"""Outlines for the screen: light, and without gaps between neighbours."""

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from geodata.errors import GeometryError, Problem

Points = Sequence[Sequence[float]]

DECIMALS = 5
"""Decimals of a degree that are kept: about one metre, less than a pixel of a city map."""


def light_outlines(areas: gpd.GeoDataFrame, tolerance_m: float = 10.0) -> str:
    """Simplify the areas of one level as a coverage and write them as GeoJSON.

    Neighbours keep their shared border, because it is simplified once for both and its
    vertices are rounded alike. Use it for drawing only; join points on the raw geometry.

    Parameters
    ----------
    areas
        The areas of one level and vintage with ``area``, ``name``, ``inhabited`` and a
        polygon each; any CRS.
    tolerance_m
        Side of the largest detail that may go, in metres.

    Returns
    -------
    str
        A GeoJSON FeatureCollection in WGS84 with five decimals, ordered by ``area``; each
        feature has the properties ``area``, ``name`` and ``inhabited``.

    Raises
    ------
    GeometryError
        An area has no polygon.
    """
    _require_polygons(areas)
    ordered = areas.sort_values("area", ignore_index=True)
    metric = ordered if ordered.crs.is_projected else ordered.to_crs(ordered.estimate_utm_crs())
    simple = gpd.GeoSeries(
        shapely.coverage_simplify(metric.geometry.to_numpy(), tolerance_m), crs=metric.crs
    ).to_crs(4326)
    features = [
        _feature(row.area, row.name, bool(row.inhabited), outline)
        for row, outline in zip(
            ordered[["area", "name", "inhabited"]].itertuples(index=False), simple, strict=True
        )
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"))


def _require_polygons(areas: gpd.GeoDataFrame) -> None:
    polygonal = areas.geom_type.isin(["Polygon", "MultiPolygon"]) & ~areas.is_empty
    problems = [
        Problem(f"Gebiet {row.area} ({row.name})", "keine Fläche", "ein Polygon")
        for row in areas.loc[~polygonal, ["area", "name"]].itertuples(index=False)
    ]
    if problems:
        raise GeometryError("Gebiete ohne Fläche können nicht gezeichnet werden.", problems)


def _feature(area: str, name: str, inhabited: bool, outline: BaseGeometry) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"area": area, "name": name, "inhabited": inhabited},
        "geometry": _rounded(mapping(outline)),
    }


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    parts = geometry["coordinates"]
    polygons = [parts] if geometry["type"] == "Polygon" else parts
    kept = [_rounded_polygon(rings) for rings in polygons]
    # A part smaller than the rounding is kept as it is rather than lost.
    whole = [
        new or [_as_lists(ring) for ring in old] for new, old in zip(kept, polygons, strict=True)
    ]
    if len(whole) == 1:
        return {"type": "Polygon", "coordinates": whole[0]}
    return {"type": "MultiPolygon", "coordinates": whole}


def _rounded_polygon(rings: Sequence[Points]) -> list[list[list[float]]]:
    """Round the rings of a polygon; empty if its shell collapses, holes that do are filled."""
    shell, *holes = (_rounded_ring(ring) for ring in rings)
    return [shell, *(hole for hole in holes if hole)] if shell else []


def _rounded_ring(ring: Points) -> list[list[float]]:
    points = np.round(np.asarray(ring, dtype=float), DECIMALS)
    fresh = np.append(True, np.any(points[1:] != points[:-1], axis=1))
    return points[fresh].tolist() if fresh.sum() >= 4 else []


def _as_lists(points: Points) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in points]
