"""Safe repairs of single outlines, each listed; what is not safe is an error.

A valid, flat polygon stays as it was delivered, to the last bit. An invalid ring is
mended only where all readings of it agree: the signed area of its rings (shoelace
formula), the structure reading and the linework reading of GEOS' ``make_valid``. A
figure of eight has two meanings and is refused; a spike or a doubled point has one.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.shapes.report import Finding, square_metres

TOLERANCE_M2 = 1.0
"""A repair may change an outline by this many square metres …"""
TOLERANCE_SHARE = 1e-6
"""… or by this share of its area, whichever is more."""

_AREAL = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Mended:
    """An outline after the safe repairs; ``problem`` says why it cannot be used."""

    shape: BaseGeometry | None
    findings: tuple[Finding, ...] = ()
    problem: str = ""


def mended(shape: BaseGeometry | None, area: str) -> Mended:
    """Repair one outline as far as that is safe.

    Parameters
    ----------
    shape
        In metres.
    area
        Key and name, for the findings.
    """
    if shape is None or shape.is_empty:
        return Mended(None, problem="keine Geometrie")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return Mended(None, problem="Koordinaten, die keine Zahlen sind")
    findings: list[Finding] = []
    if shape.has_z:
        shape = shapely.force_2d(shape)
        findings.append(Finding("height", (area,), "die Höhen wurden weggelassen", mended=True))
    if shape.geom_type == "GeometryCollection":
        taken = _areal_parts(shape)
        if taken is None:
            return Mended(None, problem="eine Sammlung ohne Fläche")
        shape = taken
        text = "aus einer Sammlung von Geometrien wurden die Flächen genommen"
        findings.append(Finding("collection", (area,), text, mended=True))
    if shape.geom_type not in _AREAL:
        return Mended(None, problem=str(shape.geom_type))
    if shape.is_valid:
        return Mended(shape, tuple(findings))
    return _valid(shape, area, findings)


def _areal_parts(shape: BaseGeometry) -> BaseGeometry | None:
    parts: list[BaseGeometry] = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "GeometryCollection":
            inner = _areal_parts(part)
            parts += list(shapely.get_parts(inner)) if inner is not None else []
        elif part.geom_type in _AREAL:
            parts += [p for p in shapely.get_parts(part) if not p.is_empty]
    return shapely.multipolygons(parts) if parts else None


def _valid(shape: BaseGeometry, area: str, findings: list[Finding]) -> Mended:
    reason = shapely.is_valid_reason(shape)
    once = _without_doubles(shape)
    doubled = shapely.get_num_geometries(shape) - shapely.get_num_geometries(once)
    by_structure = _only_areas(shapely.make_valid(once, method="structure", keep_collapsed=False))
    by_lines = _only_areas(shapely.make_valid(once))
    signed = _signed_area(once)
    if by_structure is None or by_lines is None:
        return Mended(None, problem=f"ungültig: {reason}")
    allowed = max(TOLERANCE_M2, TOLERANCE_SHARE * by_structure.area)
    change = max(
        abs(signed - by_structure.area), shapely.symmetric_difference(by_structure, by_lines).area
    )
    if change > allowed:
        return Mended(None, problem=f"ungültig: {reason}")
    if doubled:
        text = f"{doubled} doppelte Teilflächen wurden weggelassen"
        findings.append(Finding("part", (area,), text, size_m2=0.0, mended=True))
    else:
        text = f"ungültiger Ring berichtigt ({reason}), Änderung {square_metres(change)}"
        findings.append(Finding("ring", (area,), text, round(change, 2), mended=True))
    return Mended(by_structure, tuple(findings))


def _without_doubles(shape: BaseGeometry) -> BaseGeometry:
    """The same outline with parts that are there twice taken once."""
    parts = list(shapely.get_parts(shape))
    kept: list[BaseGeometry] = []
    seen: set[bytes] = set()
    for part in parts:
        mark = shapely.to_wkb(shapely.normalize(part))
        if mark not in seen:
            seen.add(mark)
            kept.append(part)
    if len(kept) == len(parts):
        return shape
    return kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


def _only_areas(shape: BaseGeometry) -> BaseGeometry | None:
    if shape.geom_type == "GeometryCollection":
        taken = _areal_parts(shape)
        return None if taken is None else shapely.union_all(shapely.get_parts(taken))
    return shape if shape.geom_type in _AREAL and not shape.is_empty else None


def _signed_area(shape: BaseGeometry) -> float:
    """Shoelace area of all rings: shells less holes, crossings cancel out."""
    total = 0.0
    for part in shapely.get_parts(shape):
        total += abs(_shoelace(part.exterior)) - sum(abs(_shoelace(r)) for r in part.interiors)
    return total


def _shoelace(ring: BaseGeometry) -> float:
    points = shapely.get_coordinates(ring)
    points = points - points[0]
    x, y = points[:, 0], points[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)
