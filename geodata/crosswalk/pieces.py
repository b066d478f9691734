"""The common pieces of two sets of areas, with what lies in them."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.crosswalk.model import REST, Findings, Floats
from geodata.pieces import common_pieces

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Cut:
    """Pieces without slivers, in the order of their keys.

    Parameters
    ----------
    table
        ``source, target, weight``: the share of the source's area.
    findings
        Slivers, and what of the sources lies outside all targets.
    """

    table: pd.DataFrame
    findings: Findings


def cut(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> Cut:
    """Cut two sets of areas with each other; see `geodata.pieces` for what a sliver is.

    Parameters
    ----------
    old, new
        ``area`` and ``geometry`` in one CRS in metres; within a set nothing overlaps.
    """
    sides = [
        frame[["area", "geometry"]].assign(level="", vintage=vintage)
        for frame, vintage in ((old, "old"), (new, "new"))
    ]
    areas = gpd.GeoDataFrame(pd.concat(sides, ignore_index=True), geometry="geometry", crs=old.crs)
    found = common_pieces(areas, "", "old", "new")
    pieces = _renamed(found.pieces)
    every = pd.concat([pieces, _renamed(found.slivers)], ignore_index=True)
    covered = every.groupby("source")["weight"].sum().reindex(old["area"], fill_value=0.0)
    rest = {str(k): 1 - float(v) for k, v in covered.items() if 1 - v > REST}
    return Cut(pieces, Findings(slivers=len(found.slivers), rest=rest))


def _renamed(table: pd.DataFrame) -> pd.DataFrame:
    named = table.rename(columns={"from_area": "source", "to_area": "target"})
    return named[["source", "target", "weight"]]


def shapes_of(pieces: pd.DataFrame, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> Shapes:
    """The outlines of pieces, in their order."""
    sides = [
        frame.set_index("area").geometry.loc[pieces[column]].to_numpy()
        for frame, column in ((old, "source"), (new, "target"))
    ]
    return np.asarray(shapely.intersection(*sides), dtype=object)


def weight_inside(shapes: Shapes, units: gpd.GeoDataFrame) -> Floats:
    """How much of the units' weight lies in each of some shapes that do not overlap.

    A polygon's weight is spread evenly over it; a point on a common border belongs to the
    first shape.

    Parameters
    ----------
    shapes
        Shape (n,).
    units
        ``weight`` and ``geometry``: polygons, or points.
    """
    own = units[units["weight"] > 0]
    geometry, weight = own.geometry.to_numpy(), own["weight"].to_numpy(dtype="float64")
    shape, unit = shapely.STRtree(geometry).query(shapes, predicate="intersects")
    inside = np.zeros(len(shapes))
    if len(geometry) == 0:
        return inside
    if shapely.get_dimensions(geometry).max() == 0:
        first = pd.Series(shape).groupby(unit).min()
        np.add.at(inside, first.to_numpy(), weight[first.index])
        return inside
    shared = shapely.area(shapely.intersection(shapes[shape], geometry[unit]))
    np.add.at(inside, shape, weight[unit] * shared / shapely.area(geometry)[unit])
    return inside
