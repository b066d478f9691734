"""Whether an area is the same under two states of the boundaries."""

from functools import lru_cache

from shapely.geometry.base import BaseGeometry

from atlas.edition import Edition

TOLERANCE = 0.001
"""Outlines that differ by less than this part of the area are the same, drawn twice."""


@lru_cache(maxsize=8192)
def same_area(edition: Edition, level: str, area: str, one: str, other: str) -> bool:
    """Whether a key means the same area in two vintages: same name, same outline.

    Parameters
    ----------
    edition
        The opened edition.
    level, area
        Keys of the area.
    one, other
        Keys of two vintages.

    Returns
    -------
    bool
        False where one of them does not have the area.
    """
    if one == other:
        return True
    known = _areas(edition)
    first, second = known.get((one, level, area)), known.get((other, level, area))
    if first is None or second is None or first[0] != second[0]:
        return False
    return _same_outline(first[1], second[1])


@lru_cache(maxsize=8)
def _areas(edition: Edition) -> dict[tuple[str, str, str], tuple[str, BaseGeometry]]:
    """Name and outline by vintage, level and key."""
    areas = edition.areas
    columns = zip(areas["vintage"], areas["level"], areas["area"], strict=True)
    named = zip(areas["name"], areas.geometry, strict=True)
    return {
        (str(v), str(lv), str(a)): (str(name), outline)
        for (v, lv, a), (name, outline) in zip(columns, named, strict=True)
    }


def _same_outline(one: BaseGeometry, other: BaseGeometry) -> bool:
    if one.equals(other):
        return True
    apart = float(one.symmetric_difference(other).area)
    return apart < TOLERANCE * float(max(one.area, other.area))
