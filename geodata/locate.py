"""Which area a point lies in: millions of points, without a geometry for each of them.

A grid of at most 1024 × 1024 cells is laid over the areas. Most of its cells lie properly
within one area or outside all of them; a point there needs no geometry at all. Only points in
cells with a border are tested against the few areas that meet their cell.
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NOWHERE = -1
_UNDECIDED = -2
_FIRST, _SPLITS = 16, 6


class AreaLocator:
    """Finds the area of a point.

    A point on a border of several areas belongs to the first of them in the given order, so
    areas sorted by key give the same answer on every machine.

    Parameters
    ----------
    outlines
        Polygons, shape (areas,).
    """

    def __init__(self, outlines: gpd.GeoSeries) -> None:
        self._shapes = np.array(outlines.array, dtype=object)
        shapely.prepare(self._shapes)
        low_x, low_y, high_x, high_y = (float(v) for v in outlines.total_bounds)
        margin = max(high_x - low_x, high_y - low_y, 1e-9) * 1e-6
        self._low = np.array([low_x - margin, low_y - margin])
        self._high = np.array([high_x + margin, high_y + margin])
        self._side = _FIRST * 2**_SPLITS
        self._grid = np.full((self._side, self._side), NOWHERE, dtype=np.int32)
        self._fill()

    def find(self, x: Floats, y: Floats) -> Ints:
        """Index of the area of each point, `NOWHERE` outside all.

        Parameters
        ----------
        x, y
            Shape (points,): coordinates in the system of the outlines; NaN lies nowhere.
        """
        scale = self._side / (self._high - self._low)
        with np.errstate(invalid="ignore"):
            inside = (x >= self._low[0]) & (x <= self._high[0])
            inside &= (y >= self._low[1]) & (y <= self._high[1])
            column = np.where(inside, (x - self._low[0]) * scale[0], 0).astype(np.int64)
            row = np.where(inside, (y - self._low[1]) * scale[1], 0).astype(np.int64)
        top = self._side - 1
        found: Ints = self._grid[np.minimum(row, top), np.minimum(column, top)].astype(np.int64)
        found[~inside] = NOWHERE
        open_points = np.flatnonzero(found <= _UNDECIDED)
        if len(open_points):
            cells = _UNDECIDED - found[open_points]
            found[open_points] = self._test(x[open_points], y[open_points], cells)
        return found

    def _test(self, x: Floats, y: Floats, cells: Ints) -> Ints:
        """Test points against the areas that meet their cell."""
        counts = self._starts[cells + 1] - self._starts[cells]
        point = np.repeat(np.arange(len(x)), counts)
        within = np.arange(len(point)) - np.repeat(np.cumsum(counts) - counts, counts)
        area = self._candidates[np.repeat(self._starts[cells], counts) + within]
        hit = shapely.intersects_xy(self._shapes[area], x[point], y[point])
        best = np.full(len(x), len(self._shapes), dtype=np.int64)
        np.minimum.at(best, point[hit], area[hit])
        tested: Ints = np.where(best == len(self._shapes), NOWHERE, best)
        return tested

    def _fill(self) -> None:
        """Decide cells from coarse to fine; the rest remembers which areas meet it."""
        tree = shapely.STRtree(self._shapes)
        side = _FIRST
        row, column = (a.ravel() for a in np.indices((side, side)))
        for split in range(_SPLITS + 1):
            cell, area = self._meeting(tree, row, column, side)
            count = np.bincount(cell, minlength=len(row))
            alone = count[cell] == 1
            cell, area = cell[alone], area[alone]
            whole = shapely.contains_properly(
                self._shapes[area], self._boxes(row[cell], column[cell], side)
            )
            self._paint(row[cell[whole]], column[cell[whole]], side, area[whole])
            left = count > 0
            left[cell[whole]] = False
            row, column = row[left], column[left]
            if split < _SPLITS:
                row = np.concatenate([2 * row + i for i in (0, 0, 1, 1)])
                column = np.concatenate([2 * column + i for i in (0, 1, 0, 1)])
                side *= 2
        cell, area = self._meeting(tree, row, column, side)
        order = np.lexsort((area, cell))
        self._candidates = area[order]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=len(row)))])
        self._grid[row, column] = _UNDECIDED - np.arange(len(row))

    def _meeting(self, tree: shapely.STRtree, row: Ints, column: Ints, side: int) -> list[Ints]:
        """Pairs of a cell and an area that meet."""
        boxes = self._boxes(row, column, side)
        cell, area = tree.query(boxes)
        hit = shapely.intersects(self._shapes[area], boxes[cell])
        return [cell[hit], area[hit]]

    def _boxes(self, row: Ints, column: Ints, side: int) -> npt.NDArray[np.object_]:
        """Cells as boxes, a little larger, so that no rounding puts a point beside its cell."""
        size = (self._high - self._low) / side
        x, y = self._low[0] + column * size[0], self._low[1] + row * size[1]
        more = 1e-6 * size
        boxes: npt.NDArray[np.object_] = shapely.box(
            x - more[0], y - more[1], x + size[0] + more[0], y + size[1] + more[1]
        )
        return boxes

    def _paint(self, row: Ints, column: Ints, side: int, area: Ints) -> None:
        """Write an area into all finest cells of coarser ones."""
        width = self._side // side
        for i in range(width):
            for j in range(width):
                self._grid[row * width + i, column * width + j] = area
