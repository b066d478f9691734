"""Random small tables of several kinds: their system, and how the innermost numbers add up.

Each is a system, an array (cells, innermost numbers) of which innermost numbers a cell adds
up, and the innermost numbers.
"""

import numpy as np
import pandas as pd

from tests.indicators.disclosure_cubes import CubeWords, cube, system_of

SHAPES = ((2, 3), (3, 3), (2, 4), (2, 2, 2))


def cube_sums(shape):
    """How the cells of `cube` add up its innermost ones."""
    sums = np.ones((1, 1), dtype=int)
    for n in shape:
        sums = np.kron(sums, np.vstack([np.eye(n, dtype=int), np.ones((1, n), dtype=int)]))
    return sums


def random_cube(rng):
    shape = SHAPES[rng.integers(len(SHAPES))]
    inner = rng.choice([0, 0, 1, 1, 2, 3, 4, 6, 9], size=shape)
    return cube(inner).system, cube_sums(shape), inner.ravel()


def random_groupings(rng):
    """Areas in two groupings that cross; one of the sums may hold more than its parts."""
    count = int(rng.integers(4, 7))
    inner = rng.choice([0, 1, 1, 2, 3, 4, 6, 9], size=count)
    sums = [*np.eye(count, dtype=int), np.ones(count, dtype=int)]
    rows = []
    for group in (rng.integers(0, 2, count), rng.integers(0, 2, count)):
        top = {count: -1}
        for number in np.unique(group).tolist():
            members = np.flatnonzero(group == number)
            rows.append({len(sums): -1} | dict.fromkeys(members.tolist(), 1))
            top[len(sums)] = 1
            sums.append((group == number).astype(int))
        rows.append(top)
    sums, at_most = np.array(sums), set()
    if rng.random() < 0.5:
        beside = int(rng.integers(count))
        rows.append({len(sums): -1, beside: 1})
        at_most.add(len(rows) - 1)
        extra = np.zeros((len(sums) + 1, count + 1), dtype=int)
        extra[:-1, :-1], extra[-1, [beside, -1]] = sums, 1
        sums, inner = extra, np.append(inner, rng.integers(0, 4))
    cells = pd.DataFrame({"cell": [str(i) for i in range(len(sums))]})
    return system_of(cells, rows, CubeWords(), frozenset(at_most)), sums, inner


def random_crossing(rng):
    """Areas in two groupings that cross, by two groups; some sums hold more than the parts."""
    count = int(rng.integers(4, 6))
    inner = rng.choice([0, 0, 1, 1, 2, 3, 4, 6, 9], size=(count, 2))
    area_sums, area_rows = [*np.eye(count, dtype=int), np.ones(count, dtype=int)], []
    for group in (rng.integers(0, 2, count), rng.integers(0, 2, count)):
        top = {count: -1}
        for number in np.unique(group).tolist():
            members = np.flatnonzero(group == number).tolist()
            area_rows.append({len(area_sums): -1} | dict.fromkeys(members, 1))
            top[len(area_sums)] = 1
            area_sums.append((group == number).astype(int))
        area_rows.append(top)
    areas = len(area_sums)
    sums = np.kron(np.array(area_sums), np.array([[1, 0], [0, 1], [1, 1]]))
    rows = [{3 * a + g: s for a, s in row.items()} for row in area_rows for g in range(3)]
    rows += [{3 * a + 2: -1, 3 * a: 1, 3 * a + 1: 1} for a in range(areas)]
    cells = pd.DataFrame({"area": [f"{a}/" for a in range(areas) for _ in "123"],
                          "group": ["g1", "g2", "+"] * areas})  # fmt: skip
    return system_of(cells, rows, CubeWords()), sums, inner.ravel()
