"""Which areas are neighbours: common borders, a distance, or the k nearest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from scipy import sparse

from geodata.errors import GeometryError, Problem, ProblemCollector, ProjectError

Kind = Literal["queen", "distance", "knn"]
KINDS: tuple[Kind, ...] = ("queen", "knn", "distance")


@dataclass(frozen=True)
class NeighbourRule:
    """Who is whose neighbour.

    Attributes
    ----------
    kind
        ``queen``: borders that touch in at least a point; ``distance``: at most ``metres``
        apart; ``knn``: the ``k`` nearest. Distances are those of points inside the areas.
    metres
        For ``distance``; None takes the distance within which half of the areas have at
        least ``k`` others, so that it compares with the other rules.
    k
        For ``knn``, and for a distance without metres.
    """

    kind: Kind = "queen"
    metres: float | None = None
    k: int = 6

    def check(self) -> None:
        """Refuse impossible rules.

        Raises
        ------
        ProjectError
            With every part that is out of its range.
        """
        found = ProblemCollector()
        if self.kind not in KINDS:
            found.add("kind", f"gefunden {self.kind!r}", ", ".join(KINDS))
        if self.metres is not None and not 0 < self.metres < np.inf:
            found.add("metres", f"gefunden {self.metres:g}", "über 0 oder keine Angabe")
        if self.k < 1:
            found.add("k", f"gefunden {self.k}", "eine ganze Zahl ab 1")
        found.raise_if_any(ProjectError, "So lassen sich keine Nachbargebiete bestimmen.")


QUEEN = NeighbourRule()


@dataclass(frozen=True)
class Neighbourhood:
    """The neighbours of the areas of a map.

    Attributes
    ----------
    areas
        Keys, in the order of the matrix.
    matrix
        0/1, shape (areas, areas), nobody its own neighbour. With ``knn`` it need not be
        symmetric.
    rule
        As applied: a distance that was left open is filled in.
    """

    areas: tuple[str, ...]
    matrix: sparse.csr_array
    rule: NeighbourRule

    @property
    def islands(self) -> tuple[str, ...]:
        """Keys of the areas without any neighbour."""
        alone = np.flatnonzero(np.diff(self.matrix.indptr) == 0)
        return tuple(self.areas[i] for i in alone)


def neighbourhood(areas: gpd.GeoDataFrame, rule: NeighbourRule = QUEEN) -> Neighbourhood:
    """Find the neighbours of all areas of one map.

    Parameters
    ----------
    areas
        Column ``area`` with the keys, and the outlines in metres.
    rule
        See `NeighbourRule`.

    Raises
    ------
    ProjectError
        The rule is impossible.
    GeometryError
        An area has no place, two areas have the same, or they are in degrees.
    """
    rule.check()
    keys = tuple(str(key) for key in areas["area"])
    if rule.kind == "queen":
        return Neighbourhood(keys, contiguity(areas), rule)
    points = _points(areas, keys)
    if rule.kind == "knn":
        return Neighbourhood(keys, _nearest(points, rule.k), rule)
    metres = _usual_distance(points, rule.k) if rule.metres is None else rule.metres
    return Neighbourhood(keys, _within(points, metres), replace(rule, metres=metres))


def contiguity(areas: gpd.GeoDataFrame) -> sparse.csr_array:
    """Which areas share at least a point (queen), as a 0/1 matrix in their order.

    Intersection instead of equal vertices: outlines whose borders touch without sharing a
    vertex, or overlap by a hair, are neighbours all the same.
    """
    count = len(areas)
    first, second = areas.sindex.query(areas.geometry, predicate="intersects")
    other = first != second
    pairs = (np.ones(int(other.sum())), (first[other], second[other]))
    return sparse.csr_array(pairs, shape=(count, count))


def _points(areas: gpd.GeoDataFrame, keys: Sequence[str]) -> gpd.GeoSeries:
    """A point inside each area, numbered from 0."""
    if areas.crs is not None and areas.crs.is_geographic:
        problem = Problem("Gebiete", str(areas.crs), "ein System in Metern wie EPSG:25833")
        raise GeometryError("Für Entfernungen braucht es Koordinaten in Metern.", [problem])
    found = ProblemCollector()
    nowhere = (areas.geometry.isna() | areas.geometry.is_empty).to_numpy()
    for key in _where(nowhere, keys):
        found.add(f"Gebiet {key}", "ohne Geometrie")
    points = areas.geometry.representative_point().reset_index(drop=True)
    for key in _where(points.duplicated().to_numpy() & ~nowhere, keys):
        found.add(f"Gebiet {key}", "liegt am selben Ort wie ein anderes")
    found.raise_if_any(GeometryError, "Entfernungen zwischen den Gebieten sind nicht bestimmt.")
    return points


def _where(flags: npt.NDArray[np.bool_], keys: Sequence[str]) -> list[str]:
    return [key for key, flag in zip(keys, flags, strict=True) if flag]


def _nearest(points: gpd.GeoSeries, k: int) -> sparse.csr_array:
    from libpysal.graph import Graph

    k = min(k, len(points) - 1)
    if k < 1:
        return sparse.csr_array((len(points), len(points)))
    return _matrix(Graph.build_knn(points, k=k).sparse)


def _within(points: gpd.GeoSeries, metres: float) -> sparse.csr_array:
    from libpysal.graph import Graph

    if len(points) < 2:
        return sparse.csr_array((len(points), len(points)))
    return _matrix(Graph.build_distance_band(points, threshold=metres, binary=True).sparse)


def _usual_distance(points: gpd.GeoSeries, k: int) -> float:
    """Median distance to the k-th nearest point, rounded up to 10 metres."""
    from scipy.spatial import KDTree

    places: npt.NDArray[np.float64] = np.column_stack([points.x, points.y])
    k = min(k, len(places) - 1)
    if k < 1:
        return 10.0
    distance, _ = KDTree(places).query(places, k=[k + 1])
    return float(10.0 * np.ceil(np.median(distance) / 10.0))


def _matrix(found: sparse.sparray) -> sparse.csr_array:
    """0/1, without the zeros by which libpysal marks islands."""
    matrix = sparse.csr_array(found, dtype=np.float64)
    matrix.eliminate_zeros()
    return matrix
