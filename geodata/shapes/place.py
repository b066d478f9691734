"""Whether coordinates can be where their reference system says they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geodata.errors import ProblemCollector
from geodata.shapes.report import Finding

CANDIDATES = (
    "EPSG:25832", "EPSG:25833", "EPSG:4326", "EPSG:3857", "EPSG:31467", "EPSG:31468",
    "EPSG:31466", "EPSG:31469", "EPSG:4647", "EPSG:5650",
)  # fmt: skip
"""Systems in which German offices deliver, the most frequent first."""

MARGIN_DEGREES = 4.0
"""Systems are used this far beyond their zone: Saxony's west in zone 33, for example."""

Box = tuple[float, float, float, float]
_SAME_DEGREES = 1e-5
_SAME_PLACE = 0.9


@dataclass(frozen=True)
class Layer:
    """Where the coordinates of a layer lie: as delivered, and in the city's system."""

    where: str
    raw: Box
    bounds: Box


@lru_cache(maxsize=64)
def _to_degrees(name: str) -> Transformer:
    return Transformer.from_crs(CRS.from_user_input(name), "OGC:CRS84", always_xy=True)


def _lonlat(point: tuple[float, float], crs: str) -> tuple[float, float] | None:
    try:
        lon, lat = _to_degrees(crs).transform(*point)
    except (CRSError, ProjError):
        return None
    return (lon, lat) if np.isfinite([lon, lat]).all() else None


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def at_home(box: Box, crs: str, home: CRS) -> bool:
    """Whether a box lies where the city's reference system is used."""
    used = home.area_of_use
    place = _lonlat(_middle(box), crs)
    if used is None:
        return place is not None
    if place is None or (CRS.from_user_input(crs).is_geographic and not _degrees(box)):
        return False
    lon, lat = place
    return (
        used.west - MARGIN_DEGREES <= lon <= used.east + MARGIN_DEGREES
        and used.south - 1 <= lat <= used.north + 1
    )


def _degrees(box: Box) -> bool:
    return max(abs(box[0]), abs(box[2])) <= 180 and max(abs(box[1]), abs(box[3])) <= 90


def _swapped(box: Box) -> Box:
    return box[1], box[0], box[3], box[2]


def _same(box: Box, one: str, other: str) -> bool:
    here, there = _lonlat(_middle(box), one), _lonlat(_middle(box), other)
    if here is None or there is None:
        return False
    return max(abs(here[0] - there[0]), abs(here[1] - there[1])) < _SAME_DEGREES


def settled_crs(
    box: Box,
    stored: str | None,
    declared: str | None,
    city: str,
    where: str,
    found: ProblemCollector,
) -> tuple[str, list[Finding]]:
    """Decide in which system the coordinates of a file are.

    The file's own word holds where it can be true. The project's holds for a file without
    one, and against a file whose coordinates cannot be in the system that it names.

    Parameters
    ----------
    box
        West, south, east, north as delivered.
    stored, declared
        What the file and what the project says.
    city
        The city's own system: where it is used, the areas must be.
    where
        The layer, for the errors.
    found
        Collects what is wrong.

    Returns
    -------
    crs, findings
        The system; the city's own where none is known, with an error in `found`.
    """
    home = CRS.from_user_input(city)
    if stored is None and declared is None:
        fits = [c for c in (city, *CANDIDATES) if at_home(box, c, home)]
        hint = f" Die Koordinaten könnten in {' oder '.join(fits[:3])} sein." if fits else ""
        what = f"Die Datei nennt kein Koordinatensystem.{hint}"
        found.add(where, what, 'crs = "EPSG:…" in diesem Abschnitt der Projektdatei')
        return city, []
    if stored and declared and not _same(box, stored, declared):
        if at_home(box, declared, home) and not at_home(box, stored, home):
            text = f"die Datei nennt {stored}, dort liegt sie nicht; gelesen als {declared}"
            return declared, [Finding("crs", (), text, mended=True)]
        what = f"die Datei nennt {stored}, die Projektdatei {declared}"
        found.add(where, what, "eine der beiden Angaben, die andere streichen")
        return stored, []
    used = stored or declared or city
    if at_home(box, used, home):
        return used, []
    return used, _astray(box, used, home, where, found)


def _astray(box: Box, used: str, home: CRS, where: str, found: ProblemCollector) -> list[Finding]:
    """Say why coordinates are not where they should be, as far as that can be known."""
    if at_home(_swapped(box), used, home):
        what = f"die Achsen sind vertauscht: in {used} lägen die Gebiete außerhalb von {home.name}"
        found.add(where, what, "swap_axes = true, oder eine Datei mit Ost vor Nord")
        return []
    fits = [c for c in CANDIDATES if at_home(box, c, home)]
    if fits:
        unit = "Grad" if "EPSG:4326" in fits else "Meter"
        what = f"die Koordinaten sind nicht in {used}: es sind {unit}, passend zu {fits[0]}"
        found.add(where, what, f'crs = "{fits[0]}" in diesem Abschnitt der Projektdatei')
        return []
    swapped = [c for c in CANDIDATES if at_home(_swapped(box), c, home)]
    if swapped:
        what = f"die Koordinaten sind nicht in {used}: vertauscht passen sie zu {swapped[0]}"
        found.add(where, what, f'crs = "{swapped[0]}" und swap_axes = true')
        return []
    if _lonlat(_middle(box), used) is None or (
        CRS.from_user_input(used).is_geographic and not _degrees(box)
    ):
        what = f"solche Koordinaten gibt es in {used} nicht: {box[0]:g} {box[1]:g}"
        found.add(where, what, "das richtige Koordinatensystem der Datei")
        return []
    text = f"die Gebiete liegen nicht dort, wo {home.name} benutzt wird"
    return [Finding("crs", (), text)]


def shifted_layers(layers: Sequence[Layer], city: str, found: ProblemCollector) -> None:
    """Refuse layers of one vintage that do not lie over each other.

    The first layer is taken as the measure; where another system puts a layer over it,
    the error names that system.
    """
    for layer in layers[1:]:
        if _common(layers[0].bounds, layer.bounds) > 0:
            continue
        fits = {c: _common(layers[0].bounds, moved) for c, moved in _readings(layer.raw, city)}
        best = max(fits, key=lambda c: fits[c], default="")
        right = bool(best) and fits[best] > _SAME_PLACE
        found.add(
            layer.where,
            f"liegt neben {layers[0].where}, nicht darüber",
            f'crs = "{best}"' if right else "alle Ebenen am selben Ort",
        )


def _readings(raw: Box, city: str) -> list[tuple[str, Box]]:
    """The box in the city's system, were its coordinates in each of the candidates."""
    read = []
    for name in CANDIDATES:
        way = Transformer.from_crs(name, city, always_xy=True)
        corners = np.asarray(way.transform(raw[0::2], raw[1::2]))
        if np.isfinite(corners).all():
            (west, east), (south, north) = corners
            read.append((name, (west, south, east, north)))
    return read


def _common(one: Box, other: Box) -> float:
    """Shared part of two boxes over both together, 0 to 1."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(wide, 0.0) * max(high, 0.0)
    both = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)) - shared
    return shared / both if both > 0 else 0.0
