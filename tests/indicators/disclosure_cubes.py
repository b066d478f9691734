"""Small tables of any number of dimensions with all their margins, for tests of methods."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.disclosure.equations import System

TOTAL = "+"


@dataclass(frozen=True)
class CubeWords:
    """Cells as ``a1+``; a row as ``1+ = 11 12``."""

    def cell(self, cell, names):
        return "".join(cell)

    def row(self, total, parts, equal, names):
        sign = "=" if equal else ">="
        return f"{''.join(total)} {sign} {' '.join(''.join(p) for p in parts.to_numpy())}"


@dataclass(frozen=True)
class Cube:
    """A table with margins: the system, and the numbers of all cells by their key."""

    system: System
    value: np.ndarray
    keys: tuple[str, ...]

    def at(self, *keys: str) -> np.ndarray:
        """A mask of the cells with these keys."""
        return np.isin(np.array(self.keys), keys)

    def numbers(self, values: np.ndarray) -> dict[str, int]:
        return dict(zip(self.keys, np.asarray(values).tolist(), strict=True))


def cube(inner) -> Cube:
    """Add a margin to every dimension of an array, of at most 9 entries each."""
    table = np.asarray(inner, dtype=np.int64)
    for axis in range(table.ndim):
        table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
    codes = [[*map(str, range(1, n)), TOTAL] for n in table.shape]
    keys = ["".join(k) for k in product(*codes)]
    number = {key: i for i, key in enumerate(keys)}
    rows = []
    for key, axis in product(keys, range(table.ndim)):
        if key[axis] == TOTAL:
            parts = [key[:axis] + code + key[axis + 1 :] for code in codes[axis][:-1]]
            rows.append({number[key]: -1} | {number[p]: 1 for p in parts})
    cells = pd.DataFrame(list(product(*codes)), columns=[f"d{i}" for i in range(table.ndim)])
    return Cube(system_of(cells, rows, CubeWords()), table.ravel(), tuple(keys))


def system_of(cells, rows, words, at_most=frozenset()) -> System:
    """A system from rows as {cell: sign}; those numbered in `at_most` are no equalities."""
    matrix = sparse.lil_array((len(rows), len(cells)), dtype=np.int64)
    for i, row in enumerate(rows):
        for cell, sign in row.items():
            matrix[i, cell] = sign
    equality = np.array([i not in at_most for i in range(len(rows))])
    return System(cells, sparse.csr_array(matrix), equality, words)


def tables_between(system, lower, upper):
    """Every table in whole numbers between two limits that fulfils all rows."""
    ranges = [range(lo, hi + 1) for lo, hi in zip(lower, upper, strict=True)]
    tables = np.array(list(product(*ranges)), dtype=np.int64).reshape(-1, len(ranges))
    balance = tables @ system.matrix.T.toarray()
    fits = np.where(system.equality, balance == 0, balance <= 0).all(axis=1)
    return tables[fits]
