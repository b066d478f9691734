"""Weights by area, by inhabited land, and by population."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from geodata.crosswalk.model import Crosswalk, finish
from geodata.crosswalk.pieces import cut, shapes_of, weight_inside
from geodata.errors import GeometryError, Problem

_OVERLAP = 0.001
"""Share of a mask that may lie on itself: borders drawn twice."""


def by_area(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> Crosswalk:
    """Divide every area by the size of its pieces: people live evenly everywhere.

    Parameters
    ----------
    old, new
        ``area`` and ``geometry`` in one CRS in metres.
    """
    found = cut(old, new)
    return finish(found.table, old, new, "area", found.findings)


def by_mask(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, mask: gpd.GeoDataFrame) -> Crosswalk:
    """Divide by inhabited land (dasymetric): people live evenly on it and nowhere else.

    Parameters
    ----------
    old, new
        ``area`` and ``geometry``.
    mask
        Polygons with ``density`` (people per unit of land, only the proportions count).
        An area without any of it is divided by area, and named.

    Raises
    ------
    GeometryError
        The mask lies on itself: land would count twice.
    """
    refuse_overlaps(mask)
    # Land counts by its size, so that a polygon that is cut in two is still the same land.
    units = mask.assign(weight=mask["density"] * mask.geometry.area)
    return _by_units(old, new, units, "mask")


def by_population(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, units: gpd.GeoDataFrame
) -> Crosswalk:
    """Divide by the population of finer units, such as blocks or addresses.

    Parameters
    ----------
    old, new
        ``area`` and ``geometry``.
    units
        Polygons or points with ``weight`` (people; 1 each where only the places are known).
        An area without any of it is divided by area, and named.

    Raises
    ------
    GeometryError
        Polygons lie on each other: people would count twice.
    """
    refuse_overlaps(units)
    return _by_units(old, new, units, "population")


def _by_units(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, units: gpd.GeoDataFrame, method: str
) -> Crosswalk:
    found = cut(old, new)
    inside = weight_inside(shapes_of(found.table, old, new), units)
    table = found.table.assign(inside=inside)
    known = table.groupby("source")["inside"].transform("sum")
    pieces = table.groupby("source")["target"].transform("size")
    weight = table["inside"].where(known > 0, table["weight"])
    # A source in one piece needs no units: it is whole whatever is known of it.
    whole = pieces == 1
    plain = sorted(set(table.loc[(known == 0) & ~whole, "source"]))
    total = float(units["weight"].sum())
    lost = max(0.0, 1 - float(inside.sum()) / total) if total > 0 else 1.0
    findings = replace(found.findings, by_area=tuple(plain), lost=lost)
    return finish(table.assign(weight=weight.mask(whole, 1.0)), old, new, method, findings)


def refuse_overlaps(units: gpd.GeoDataFrame) -> None:
    """Refuse polygons that lie on each other."""
    shapes = units.geometry.to_numpy()
    if len(shapes) == 0 or shapely.get_dimensions(shapes).max() < 2:
        return
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pair = first < second
    shared = shapely.area(shapely.intersection(shapes[first[pair]], shapes[second[pair]]))
    double, size = float(shared.sum()), float(shapely.area(shapes).sum())
    if double > _OVERLAP * size:
        worst = int(np.argmax(shared))
        rows = f"Flächen {first[pair][worst] + 1} und {second[pair][worst] + 1}"
        what = f"{shared[worst]:.0f} m² liegen aufeinander, zusammen {double / size:.1%} der Fläche"
        raise GeometryError("Flächen überdecken sich.", [Problem(rows, what, "ohne Überdeckung")])
