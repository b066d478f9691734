"""Common pieces of two area vintages, by overlay of their finest areas."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

COLUMNS = ["level", "from_vintage", "from_area", "to_vintage", "to_area", "weight", "method"]
METHOD = "overlay"
SLIVER_SHARE = 0.01
"""A piece below this share of both its areas is taken for an inexact border."""
SLIVER_M2 = 10.0
"""So is a piece below this size, in square metres."""


@dataclass(frozen=True)
class Overlay:
    """Pieces of two vintages.

    Parameters
    ----------
    pieces
        Columns of an edition's ``vintages``; ``weight`` is the share of the old area.
    slivers
        Those that were left out as inexact borders, in the same columns.
    """

    pieces: pd.DataFrame
    slivers: pd.DataFrame


def common_pieces(areas: gpd.GeoDataFrame, level: str, old: str, new: str) -> Overlay:
    """Cut the areas of two vintages with each other.

    Borders that were drawn twice never coincide exactly and leave slivers. One is left out
    where it is below 1 % of both its areas or below ten square metres; nobody is assumed to
    live there. Where the counts contradict that, the slivers must be taken back.

    Parameters
    ----------
    areas
        Table ``areas`` of an edition, in metres.
    level
        The level to cut, usually the finest.
    old, new
        The two vintages.
    """
    sides = [areas[(areas["level"] == level) & (areas["vintage"] == v)] for v in (old, new)]
    geometry = [side.geometry.to_numpy() for side in sides]
    tree = shapely.STRtree(geometry[1])
    first, second = tree.query(geometry[0], predicate="intersects")
    shared = shapely.area(shapely.intersection(geometry[0][first], geometry[1][second]))
    size = [shapely.area(g) for g in geometry]
    table = pd.DataFrame(
        {
            "level": level,
            "from_vintage": old,
            "from_area": sides[0]["area"].to_numpy()[first],
            "to_vintage": new,
            "to_area": sides[1]["area"].to_numpy()[second],
            "weight": shared / size[0][first],
            "method": METHOD,
        }
    )[COLUMNS]
    largest = np.maximum(shared / size[0][first], shared / size[1][second])
    tiny = (largest < SLIVER_SHARE) | (shared < SLIVER_M2)
    order = table.sort_values(["from_area", "to_area"], kind="stable").index
    kept, lost = order[~tiny[order] & (shared[order] > 0)], order[tiny[order] & (shared[order] > 0)]
    return Overlay(table.loc[kept].reset_index(drop=True), table.loc[lost].reset_index(drop=True))
