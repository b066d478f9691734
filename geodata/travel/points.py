"""Where people set out: several points of an area instead of its centroid.

A geometric centroid flatters and distorts. Points of addresses or residents are taken where
there are any, else points spread evenly over the polygon or over its inhabited part.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Additive recurrence with the plastic number: the most even simple sequence in the plane.
_PLASTIC = 1.324717957244746
_STEP = np.array([1 / _PLASTIC, 1 / _PLASTIC**2])
_TRIES = 10_000


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
