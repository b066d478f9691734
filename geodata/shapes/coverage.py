"""Areas of one level against each other: overlaps, gaps, slivers, the same area twice."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.errors import ProblemCollector
from geodata.shapes.report import Finding, square_metres

SLIVER_WIDTH_M = 2.0
"""What is nowhere wider than this, in metres, is a border drawn twice, not ground."""
NOTHING_M2 = 0.01
"""Below this size, in square metres, a piece is rounding of coordinates."""

Shapes = npt.NDArray[np.object_]


def is_sliver(piece: BaseGeometry) -> bool:
    """Whether a piece of ground is nowhere wider than `SLIVER_WIDTH_M`."""
    return bool(shapely.buffer(piece, -SLIVER_WIDTH_M / 2).is_empty)


def check_coverage(
    shapes: Sequence[BaseGeometry], names: Sequence[str], where: str, found: ProblemCollector
) -> list[Finding]:
    """Look for ground that belongs to two areas or to none.

    A gap may be right (a lake, an enclave), so it is told and never refused. Ground that
    two areas claim puts people into both: an overlap wider than a sliver is an error.

    Parameters
    ----------
    shapes
        Valid polygons in metres.
    names
        Key and name of each.
    where
        The layer, for the errors.
    found
        Collects overlaps and areas that are there twice.
    """
    valid = np.asarray(shapes, dtype=object)
    findings: list[Finding] = []
    suspects = _suspects(valid)
    for i, j, piece in _shared_ground(valid, suspects):
        findings += _overlap(valid, (i, j), piece, names, where, found)
    return findings + _gaps(valid, names, tidy=not suspects.any())


def _suspects(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Areas whose borders do not match their neighbours', by GEOS' coverage check."""
    edges = shapely.coverage_invalid_edges(shapes)
    return np.asarray(~shapely.is_empty(edges) & ~shapely.is_missing(edges), dtype=bool)


def _shared_ground(
    shapes: Shapes, suspects: npt.NDArray[np.bool_]
) -> list[tuple[int, int, BaseGeometry]]:
    if not suspects.any():
        return []
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = (first < second) & (suspects[first] | suspects[second])
    first, second = first[pairs], second[pairs]
    pieces = shapely.intersection(shapes[first], shapes[second])
    return [
        (int(i), int(j), piece)
        for i, j, piece in zip(first, second, pieces, strict=True)
        if piece.area >= NOTHING_M2
    ]


def _overlap(
    shapes: Shapes,
    pair: tuple[int, int],
    piece: BaseGeometry,
    names: Sequence[str],
    where: str,
    found: ProblemCollector,
) -> list[Finding]:
    i, j = pair
    both = (names[i], names[j])
    if shapely.equals(shapes[i], shapes[j]):
        found.add(f"{where}, {both[0]} und {both[1]}", "dieselbe Fläche", "jede Fläche einmal")
        return []
    wide = sum(p.area for p in shapely.get_parts(piece) if not is_sliver(p))
    if wide >= NOTHING_M2:
        share = piece.area / min(shapes[i].area, shapes[j].area)
        what = f"überlappen sich um {square_metres(piece.area)} ({_percent(share)} der kleineren)"
        found.add(f"{where}, {both[0]} und {both[1]}", what, "jeder Ort in einem Gebiet")
        return []
    text = f"überlappen sich als Splitter von {square_metres(piece.area)}"
    return [Finding("sliver", both, text, round(piece.area, 2))]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".", ",")


def _gaps(shapes: Shapes, names: Sequence[str], *, tidy: bool) -> list[Finding]:
    """Holes of the whole that no area fills, with the areas around each."""
    whole = shapely.coverage_union_all(shapes) if tidy else shapely.union_all(shapes)
    rings = shapely.get_rings(shapely.get_parts(whole))
    shells = {p.exterior.wkb for p in shapely.get_parts(whole)}
    holes = [shapely.polygons(r) for r in rings if r.wkb not in shells]
    holes = sorted((h for h in holes if h.area >= NOTHING_M2), key=lambda h: -h.area)
    tree = shapely.STRtree(shapes)
    findings = []
    for hole in holes:
        around = sorted(int(i) for i in tree.query(hole, predicate="intersects"))
        thin = is_sliver(hole)
        text = f"{'Splitter' if thin else 'Lücke'} dazwischen, {square_metres(hole.area)}"
        findings.append(
            Finding(
                "sliver" if thin else "gap",
                tuple(names[i] for i in around),
                text,
                round(hole.area, 2),
            )
        )
    return findings


def snapped(
    shapes: Sequence[BaseGeometry], names: Sequence[str], width_m: float
) -> tuple[list[BaseGeometry], list[Finding]]:
    """Close slivers up to `width_m` so that neighbours share one border.

    GEOS' coverage cleaner gives overlaps and gaps to the neighbour with the longest common
    border. An area is taken back where it would change by more than its border times the
    width: that was no sliver.
    """
    before = np.asarray(shapes, dtype=object)
    after = shapely.coverage_clean(before, gap_width=width_m, snapping_distance=width_m / 100)
    moved = shapely.area(shapely.symmetric_difference(before, after))
    wrong = moved > shapely.length(before) * width_m
    result = [b if w else a for b, a, w in zip(before, after, wrong, strict=True)]
    findings = [
        Finding(
            "sliver",
            (names[i],),
            f"Splitter zu den Nachbarn geschlossen, {square_metres(moved[i])}",
            round(float(moved[i]), 2),
            mended=True,
        )
        for i in np.flatnonzero((moved >= NOTHING_M2) & ~wrong).tolist()
    ]
    return result, findings
