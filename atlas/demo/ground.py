"""The ground: small cells with shared borders, from which every planning area is put together.

Sites are scattered densely in the centre and sparsely outside and settled by Lloyd's method;
water gets rows of sites on its shores, so that borders follow it. Their Voronoi cells are
bent by one smooth displacement of the plane. It moves a shared border once for both
neighbours, so the cells stay gap-free.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from atlas.demo import plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FREE_SITES = 2300
_STEP_KM = 0.07
_BENDS = ((3.1, 0.20), (1.2, 0.05), (0.45, 0.014))


@dataclass(frozen=True)
class Ground:
    """The cells of the city.

    Parameters
    ----------
    outlines
        One polygon per cell, metres; shared borders have the same vertices.
    points
        Centroids, km from the market square, shape (n, 2).
    areas_km2
        Shape (n,).
    blob
        Number of the blob a cell belongs to, the river's halves after the blobs; -1 for none.
    bank
        0 north-east of the river, 1 south-west, shape (n,).
    neighbours
        Pairs of cells with a common border, shape (m, 2).
    """

    outlines: NDArray[np.object_]
    points: Floats
    areas_km2: Floats
    blob: Ints
    bank: Ints
    neighbours: Ints


def make_ground(rng: np.random.Generator) -> Ground:
    """Lay the cells."""
    fixed, kinds = _fixed_sites()
    free = _settle(_free_sites(rng, fixed), fixed, rng)
    sites = np.vstack([fixed, free])
    kinds = np.concatenate([kinds, np.full(len(free), -1)])
    blob = np.where(kinds == -1, _blob_of(sites), kinds)
    inside = np.flatnonzero(_inside(sites))
    diagram = Voronoi(sites)
    bend = _bending(rng)
    outlines = _cells(diagram, inside, bend)
    points = shapely.get_coordinates(shapely.centroid(outlines))
    bank, neighbours = _bank(sites[inside]), _neighbours(diagram, inside)
    return Ground(
        outlines=outlines,
        points=(points - plan.ORIGIN) / 1000,
        areas_km2=shapely.area(outlines) / 1e6,
        blob=_absorb_scraps(blob[inside], bank, neighbours),
        bank=bank,
        neighbours=neighbours,
    )


def field(poles: Iterable[plan.Pole], points: Floats) -> Floats:
    """Sum of Gaussian bumps at points (n, 2) in km, shape (n,)."""
    total = np.zeros(len(points))
    for pole in poles:
        square = ((points - (pole.x, pole.y)) ** 2).sum(axis=1)
        total += pole.height * np.exp(-square / (2 * pole.width**2))
    return total


def _radius(angle: Floats, scale: float = 1.0) -> Floats:
    waves = sum(share * np.cos(n * angle + phase) for n, share, phase in plan.OUTLINE)
    return np.asarray(scale * plan.RADIUS_KM * (1 + waves))


def _inside(points: Floats, scale: float = 1.0) -> NDArray[np.bool_]:
    distance = np.hypot(points[:, 0], points[:, 1])
    angle = np.arctan2(points[:, 1], points[:, 0])
    return np.asarray(distance < _radius(angle, scale))


def river_line(step_km: float) -> Floats:
    """Points along the river's middle, about `step_km` apart, shape (n, 2)."""
    knots = np.array(plan.RIVER)
    along = np.concatenate([[0], np.hypot(*np.diff(knots, axis=0).T).cumsum()])
    curve = CubicSpline(along, knots)
    return np.asarray(curve(np.arange(0, along[-1], step_km)))


def _fixed_sites() -> tuple[Floats, Ints]:
    """Rows of sites along the river and the lakes, and the blob each belongs to."""
    middle = river_line(0.2)
    direction = np.gradient(middle, axis=0)
    normal = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    normal /= np.hypot(*normal.T)[:, None]
    banks = [middle + side * plan.RIVER_WIDTH_KM * normal for side in (-1, 1)]
    first = len(plan.BLOBS)
    upper = np.where(np.arange(len(middle)) < _middle_of_river(middle), first, first + 1)
    sites, kinds = [middle, *banks], [upper, *[np.full(len(middle), -1)] * 2]
    for number, blob in enumerate(plan.BLOBS):
        if blob.smooth:
            inner, outer = _ring(blob, -0.1), _ring(blob, 0.1)
            sites += [inner, outer]
            kinds += [np.full(len(inner), number), np.full(len(outer), -1)]
    return np.vstack(sites), np.concatenate(kinds).astype(np.int64)


def _middle_of_river(middle: Floats) -> int:
    """Where the river passes the market square."""
    return int(np.argmin(np.hypot(*middle.T)))


def _ring(blob: plan.Blob, offset: float) -> Floats:
    """Points around a blob, `offset` km outside its line; the line swings a little."""
    angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    swing = 1 + 0.16 * np.cos(2 * angle + 1) + 0.10 * np.cos(3 * angle)
    local = np.stack(
        [(blob.long * swing + offset) * np.cos(angle), (blob.wide * swing + offset) * np.sin(angle)]
    )
    return np.asarray((_rotation(blob) @ local).T + np.array([blob.x, blob.y]))


def _rotation(blob: plan.Blob) -> Floats:
    turn = np.deg2rad(blob.turn)
    return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def _blob_of(points: Floats) -> Ints:
    """Number of the blob around each point, -1 for none."""
    found = np.full(len(points), -1, dtype=np.int64)
    for number, blob in enumerate(plan.BLOBS):
        local = (points - (blob.x, blob.y)) @ _rotation(blob)
        angle = np.arctan2(local[:, 1] / blob.wide, local[:, 0] / blob.long)
        swing = 1 + 0.16 * np.cos(2 * angle + 1) + 0.10 * np.cos(3 * angle)
        reach = np.hypot(local[:, 0] / blob.long, local[:, 1] / blob.wide)
        found[reach < swing] = number
    return found


def _density(points: Floats) -> Floats:
    """How densely sites lie: in step with the residents, but never empty."""
    return 2.4 + np.sqrt(field(plan.DENSITY, points)) ** 1.6


def _free_sites(rng: np.random.Generator, fixed: Floats) -> Floats:
    """Sites drawn from the density over the city and a margin, clear of the fixed ones."""
    box = plan.RADIUS_KM * 1.5
    darts = rng.uniform(-box, box, (60_000, 2))
    density = _density(darts)
    keep = (rng.uniform(0, density.max(), len(darts)) < density) & _inside(darts, 1.25)
    darts = darts[keep]
    clear = cKDTree(fixed).query(darts)[0] > 0.17
    return np.asarray(darts[clear][:FREE_SITES])


def _settle(free: Floats, fixed: Floats, rng: np.random.Generator) -> Floats:
    """Two rounds of Lloyd's method on drawn points; the fixed sites hold their place."""
    box = plan.RADIUS_KM * 1.5
    darts = rng.uniform(-box, box, (60_000, 2))
    density = _density(darts)
    keep = (rng.uniform(0, density.max(), len(darts)) < density) & _inside(darts, 1.25)
    darts = darts[keep]
    for _ in range(2):
        owner = cKDTree(np.vstack([free, fixed])).query(darts)[1]
        mine = owner < len(free)
        count = np.bincount(owner[mine], minlength=len(free))
        total = np.stack(
            [np.bincount(owner[mine], darts[mine, axis], minlength=len(free)) for axis in (0, 1)]
        ).T
        free = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], free)
    return free


def _absorb_scraps(blob: Ints, bank: Ints, neighbours: Ints) -> Ints:
    """Land that a blob cuts off from its bank becomes part of the blob."""
    kind = np.where(blob >= 0, blob + 2, bank)
    same = neighbours[kind[neighbours[:, 0]] == kind[neighbours[:, 1]]]
    graph = coo_matrix((np.ones(len(same)), same.T), shape=(len(kind), len(kind)))
    piece = connected_components(graph, directed=False)[1]
    size = np.bincount(piece)
    main = [np.bincount(piece[kind == side], minlength=len(size)).argmax() for side in (0, 1)]
    scrap = (blob == -1) & (piece != np.array(main)[bank])
    blob = blob.copy()
    both = np.vstack([neighbours, neighbours[:, ::-1]])
    for lost in np.unique(piece[scrap]):
        around = blob[both[piece[both[:, 0]] == lost, 1]]
        blob[piece == lost] = np.bincount(around[around >= 0]).argmax()
    return blob


def _bank(points: Floats) -> Ints:
    """0 north-east of the river, 1 south-west."""
    line = river_line(0.05)
    nearest = cKDTree(line).query(points)[1]
    direction = np.gradient(line, axis=0)[nearest]
    offset = points - line[nearest]
    left = direction[:, 0] * offset[:, 1] - direction[:, 1] * offset[:, 0] > 0
    return np.where(left, 0, 1)


@dataclass(frozen=True)
class _Bending:
    """A smooth displacement of the plane: plane waves of a few lengths."""

    waves: Floats
    phases: Floats
    amplitudes: Floats

    def __call__(self, points: Floats) -> Floats:
        angles = points @ self.waves.T + self.phases
        return np.asarray(points + np.sin(angles) @ self.amplitudes)


def _bending(rng: np.random.Generator) -> _Bending:
    """Draw a displacement whose slope stays below one, so that nothing folds over."""
    waves, amplitudes = [], []
    for length, size in _BENDS:
        for turn in rng.uniform(0, np.pi) + np.arange(4) * np.pi / 4:
            waves.append(2 * np.pi / length * np.array([np.cos(turn), np.sin(turn)]))
            push = rng.uniform(0, 2 * np.pi)
            amplitudes.append(size / 2 * np.array([np.cos(push), np.sin(push)]))
    phases = rng.uniform(0, 2 * np.pi, len(waves))
    return _Bending(np.array(waves), phases, np.array(amplitudes))


def _cells(diagram: Voronoi, inside: Ints, bend: _Bending) -> NDArray[np.object_]:
    """The bent cells of the sites `inside`, each border drawn once and used from both sides."""
    borders: dict[tuple[int, int], Floats] = {}
    rings = []
    for site in inside:
        corners = diagram.regions[diagram.point_region[site]]
        around = [
            _border(diagram.vertices, start, end, bend, borders)
            for start, end in zip(corners, [*corners[1:], corners[0]], strict=True)
        ]
        rings.append(shapely.polygons(np.vstack(around)))
    return np.array(rings, dtype=object)


def _border(
    vertices: Floats,
    start: int,
    end: int,
    bend: _Bending,
    known: dict[tuple[int, int], Floats],
) -> Floats:
    """One border from corner `start` up to but without corner `end`, metres, decimetres kept."""
    low, high = min(start, end), max(start, end)
    if (low, high) not in known:
        length = float(np.hypot(*(vertices[high] - vertices[low])))
        share = np.linspace(0, 1, 2 + int(length / _STEP_KM))[:, None]
        straight = vertices[low] * (1 - share) + vertices[high] * share
        known[low, high] = np.round(bend(straight) * 1000 + plan.ORIGIN, 1)
    line = known[low, high]
    return line[:-1] if start == low else line[:0:-1]


def _neighbours(diagram: Voronoi, inside: Ints) -> Ints:
    """Pairs of kept cells with a common border, by their place in `inside`."""
    place = np.full(len(diagram.points), -1, dtype=np.int64)
    place[inside] = np.arange(len(inside))
    pairs = place[diagram.ridge_points]
    return np.asarray(pairs[(pairs >= 0).all(axis=1)])
