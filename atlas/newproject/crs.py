"""Coordinate systems that a file does not name, told from where its coordinates would lie."""

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from atlas.newproject.scan import FoundLayer

DEGREES = "EPSG:4326"
_METRES = (
    "EPSG:25832", "EPSG:25833", "EPSG:25831", "EPSG:4647", "EPSG:5650", "EPSG:31467", "EPSG:31468",
    "EPSG:31466", "EPSG:31469", "EPSG:3857", "EPSG:3035",
)  # fmt: skip
"""UTM 32, 33, 31; UTM with the zone before the easting; Gauß-Krüger; the web's; Europe's."""
_GERMANY = (5.5, 47.0, 15.6, 55.2)
Box = tuple[float, float, float, float]


def degrees_of(layers: Sequence[FoundLayer]) -> Box | None:
    """Where layers that name a system lie, in degrees."""
    boxes = [layer.frame.to_crs(4326).total_bounds for layer in layers if layer.frame.crs]
    if not boxes:
        return None
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def settled(layers: Sequence[FoundLayer]) -> list[FoundLayer]:
    """All layers with a system; what was assumed, and beside what it could be, is a doubt."""
    sure = [layer for layer in layers if not _nonsense(layer.frame)]
    near = degrees_of(sure)
    return [layer if layer in sure else _with_crs(layer, near) for layer in layers]


def _nonsense(frame: gpd.GeoDataFrame) -> bool:
    """No system; degrees that are none; north before east, as no place of Germany has it."""
    if frame.crs is None:
        return True
    west, south, east, north = frame.total_bounds
    if not frame.crs.is_geographic:
        return False
    swapped = west >= 47 and east <= 55.2 and south >= 5.5 and north <= 15.6
    return bool(max(abs(west), abs(east), abs(south), abs(north)) > 360 or swapped)


def _with_crs(layer: FoundLayer, near: Box | None) -> FoundLayer:
    box = layer.frame.total_bounds
    middle = pd.Series([(box[0] + box[2]) / 2]), pd.Series([(box[1] + box[3]) / 2])
    fits = systems_of(*middle, near)
    swapped = not fits
    if swapped:
        fits = systems_of(middle[1], middle[0], near)
    if not fits:
        why = "kein Koordinatensystem, und keines der üblichen passt"
        return replace(layer, crs="", doubt=why)
    said = "nennt kein Koordinatensystem" if layer.frame.crs is None else (
        "nennt Grad, aber so liegen die Koordinaten nicht")  # fmt: skip
    others = f"; auch möglich: {', '.join(fits[1:])}" if fits[1:] else ""
    order = "; Nord steht vor Ost" if swapped else ""
    frame = layer.frame.set_crs(fits[0], allow_override=True)
    if swapped:
        turned = shapely.transform(frame.geometry.to_numpy(), lambda c: c[:, ::-1])
        frame = frame.set_geometry(gpd.GeoSeries(turned, index=frame.index, crs=fits[0]))
    named = None if layer.frame.crs is not None and fits[0] == DEGREES else fits[0]
    doubt = f"Die Datei {said}. Angenommen: {fits[0]}{others}{order}."
    return replace(layer, frame=frame, crs=named, doubt=doubt, swapped=swapped)


def systems_of(x: pd.Series, y: pd.Series, near: Box | None) -> list[str]:
    """Systems in which nearly all points lie near a box, or in Germany where None; best first."""
    west, south, east, north = near or _GERMANY
    margin = 0.3 if near else 0.0
    found = []
    for name in (DEGREES, *_METRES):
        with np.errstate(all="ignore"):
            lon, lat = Transformer.from_crs(name, DEGREES, always_xy=True).transform(
                x.to_numpy(dtype="float64"), y.to_numpy(dtype="float64")
            )
        inside = (
            (lon >= west - margin) & (lon <= east + margin)
            & (lat >= south - margin) & (lat <= north + margin)
        )  # fmt: skip
        if len(inside) and inside.mean() >= 0.8:
            found.append(name)
    return found
