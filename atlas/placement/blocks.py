"""Columns and rows of a program, handed out and collected block by block."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csc_array

from atlas.placement.arrays import Bools, CoverProblem, Floats, Ints


class Columns:
    """Hands out columns, block by block."""

    def __init__(self) -> None:
        self.cost: list[Floats] = []
        self.upper: list[Floats] = []
        self.integer: list[Bools] = []
        self.end = 0

    def add(
        self,
        n: int,
        *,
        cost: Floats | float = 0.0,
        upper: Floats | float = 1.0,
        whole: bool = False,
    ) -> Ints:
        """Add `n` columns and return their numbers."""
        self.cost.append(np.broadcast_to(np.asarray(cost, dtype=float), n))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), n))
        self.integer.append(np.full(n, whole))
        self.end += n
        return np.arange(self.end - n, self.end, dtype=np.int64)


class Rows:
    """Collects rows of the matrix as triplets."""

    def __init__(self) -> None:
        self._triplets: list[tuple[Ints, Ints, Floats]] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._end = 0

    def add(
        self,
        n: int,
        parts: Sequence[tuple[Ints, Ints, Floats | float]],
        low: Floats | float = -np.inf,
        high: Floats | float = np.inf,
    ) -> None:
        """Add `n` rows; each part is (row, column, value), rows counted from 0 in the block."""
        for row, column, value in parts:
            values = np.broadcast_to(np.asarray(value, dtype=float), len(column))
            self._triplets.append((np.asarray(row) + self._end, np.asarray(column), values))
        self._low.append(np.broadcast_to(np.asarray(low, dtype=float), n))
        self._high.append(np.broadcast_to(np.asarray(high, dtype=float), n))
        self._end += n

    def matrix(self, width: int) -> tuple[csc_array, Floats, Floats]:
        """Put all rows together."""
        row, column, value = (np.concatenate(part) for part in zip(*self._triplets, strict=True))
        shape = (self._end, width)
        built = csc_array(coo_array((value, (row, column)), shape=shape))
        return built, np.concatenate(self._low), np.concatenate(self._high)


@dataclass(frozen=True)
class Program:
    """A mixed-integer program: maximise ``cost @ v``, ``low <= matrix @ v <= high``."""

    cost: Floats
    upper: Floats
    integer: Bools
    matrix: csc_array
    low: Floats
    high: Floats
    slots: Ints
    """(n, 2): room and option of the first n columns, the x."""
    hours: Ints | None = None
    """(H, 3): room, type and column of the minutes of sessions, where they are free."""


def program_of(
    columns: Columns, rows: Rows, slots: Ints | None = None, hours: Ints | None = None
) -> Program:
    """Put all columns and rows together."""
    matrix, low, high = rows.matrix(columns.end)
    return Program(
        cost=np.concatenate(columns.cost),
        upper=np.concatenate(columns.upper),
        integer=np.concatenate(columns.integer),
        matrix=matrix,
        low=low,
        high=high,
        slots=np.zeros((0, 2), dtype=np.int64) if slots is None else slots,
        hours=hours,
    )


@dataclass(frozen=True)
class Layout:
    """Where the columns lie.

    ``room``, ``option`` of each x; ``n`` and ``w`` are (R, types) and (R * C,) tables of column
    numbers, -1 where there is none; ``z`` those of the merged sets.
    """

    problem: CoverProblem
    types: Ints
    room: Ints
    option: Ints
    x: Ints
    n: Ints
    w: Ints
    z: Ints
