"""Hidden cells written by as few unknowns as possible, and the limits that sums put on them."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray

_ROUNDS = 30
"""How often limits are carried through the sums; what is not settled then is left to programs."""


@dataclass(frozen=True)
class Unknowns:
    """Every hidden cell as ``offset + sign * unknown[label]``.

    Parameters
    ----------
    label, sign, offset
        Shape (cells,): the unknown behind a cell, -1 where the cell is its offset exactly.
    matrix, equality, right
        What is left of the rows, over the unknowns.
    low, high
        Shape (unknowns,): the limits that the cells' own lower ends set.
    """

    label: IntArray
    sign: IntArray
    offset: IntArray
    matrix: sparse.csr_array
    equality: BoolArray
    right: IntArray
    low: FloatArray
    high: FloatArray


def express(
    matrix: sparse.csr_array, equality: BoolArray, right: IntArray, lower: IntArray
) -> Unknowns | None:
    """Solve rows with one and with two cells for them, again and again.

    Returns
    -------
    Unknowns or None
        None where no whole numbers fit.
    """
    size = matrix.shape[1]
    label, sign = np.arange(size, dtype=np.int64), np.ones(size, dtype=np.int64)
    offset = np.zeros(size, dtype=np.int64)
    while True:
        rows = _over_unknowns(matrix, label, sign)
        rest = right - np.asarray(matrix @ offset)
        if _broken(rows, equality, rest):
            return None
        step = _solve_short_rows(rows, equality, rest)
        if step is None:
            return None
        to, turn, shift, changed = step
        if not changed:
            break
        moving = np.flatnonzero(label >= 0)
        old = label[moving]
        offset[moving] += sign[moving] * shift[old]
        sign[moving] *= turn[old]
        label[moving] = to[old]
    kept = np.flatnonzero(np.diff(rows.indptr))
    low, high = _own_limits(label, sign, offset, lower, rows.shape[1])
    alone = label < 0
    if (offset[alone] < lower[alone]).any() or (low > high).any():
        return None
    return Unknowns(label, sign, offset, rows[kept], equality[kept], rest[kept], low, high)


def _over_unknowns(matrix: sparse.csr_array, label: IntArray, sign: IntArray) -> sparse.csr_array:
    moving = np.flatnonzero(label >= 0)
    count = int(label.max(initial=-1)) + 1
    place = sparse.csr_array(
        (sign[moving], (moving, label[moving])), shape=(len(label), count), dtype=np.int64
    )
    rows = sparse.csr_array(matrix @ place)
    rows.eliminate_zeros()
    rows.sort_indices()
    return rows


def _broken(rows: sparse.csr_array, equality: BoolArray, rest: IntArray) -> bool:
    """Whether a row without unknowns is not fulfilled."""
    empty = np.diff(rows.indptr) == 0
    wrong = np.where(equality, rest != 0, rest < 0)
    return bool((empty & wrong).any())


def _solve_short_rows(
    rows: sparse.csr_array, equality: BoolArray, rest: IntArray
) -> tuple[IntArray, IntArray, IntArray, bool] | None:
    """Write unknowns by others: new number (-1: known), sign and shift of each; None if wrong."""
    count = rows.shape[1]
    links = _Links(count)
    size = np.diff(rows.indptr)
    short = np.flatnonzero(equality & ((size == 1) | (size == 2)))
    changed = False
    for row in short.tolist():
        start = rows.indptr[row]
        factors = rows.data[start : start + size[row]].tolist()
        cells = rows.indices[start : start + size[row]].tolist()
        if size[row] == 1:
            fits, changed = links.settle(cells[0], factors[0], int(rest[row])), True
        elif abs(factors[0]) == abs(factors[1]):
            fits, changed = links.tie(cells, factors, int(rest[row])), True
        else:
            continue
        if not fits:
            return None
    return (*links.numbered(), changed)


class _Links:
    """Unknowns tied to each other: each is ``sign * top + shift``, or known."""

    def __init__(self, count: int) -> None:
        self._up = list(range(count))
        self._sign = [1] * count
        self._shift = [0] * count
        self._known: dict[int, int] = {}

    def top(self, cell: int) -> tuple[int, int, int]:
        """The unknown at the top of a cell, with sign and shift; the way is shortened."""
        sign, shift, walk = 1, 0, cell
        while self._up[walk] != walk:
            shift += sign * self._shift[walk]
            sign *= self._sign[walk]
            walk = self._up[walk]
        if walk != cell:
            self._up[cell], self._sign[cell], self._shift[cell] = walk, sign, shift
        return walk, sign, shift

    def settle(self, cell: int, factor: int, right: int) -> bool:
        """Take in ``factor * cell = right``."""
        if right % factor:
            return False
        top, sign, shift = self.top(cell)
        value = (right // factor - shift) * sign
        return self._known.setdefault(top, value) == value

    def tie(self, cells: list[int], factors: list[int], right: int) -> bool:
        """Take in ``factors[0] * cells[0] + factors[1] * cells[1] = right``."""
        if right % factors[0]:
            return False
        sum_, turn = right // factors[0], factors[1] // factors[0]
        (a, sign_a, shift_a), (b, sign_b, shift_b) = self.top(cells[0]), self.top(cells[1])
        # sign_a * A + turn * sign_b * B = rest
        rest = sum_ - shift_a - turn * shift_b
        if a == b:
            both = sign_a + turn * sign_b
            return rest == 0 if both == 0 else self._halve(a, both, rest)
        self._up[b], self._sign[b] = a, -sign_a * turn * sign_b
        self._shift[b] = turn * sign_b * rest
        if b in self._known:
            value = (self._known.pop(b) - self._shift[b]) * self._sign[b]
            return self._known.setdefault(a, value) == value
        return True

    def _halve(self, top: int, both: int, rest: int) -> bool:
        if rest % both:
            return False
        return self._known.setdefault(top, rest // both) == rest // both

    def numbered(self) -> tuple[IntArray, IntArray, IntArray]:
        """New numbers of the unknowns, with signs and shifts."""
        tops = [self.top(cell) for cell in range(len(self._up))]
        kept = sorted({top for top, _, _ in tops} - set(self._known))
        number = {top: n for n, top in enumerate(kept)}
        label = [number.get(top, -1) for top, _, _ in tops]
        shift = [
            shift + (sign * self._known[top] if top in self._known else 0)
            for top, sign, shift in tops
        ]
        sign = [sign for _, sign, _ in tops]
        whole = np.int64
        return np.array(label, whole), np.array(sign, whole), np.array(shift, whole)


def _own_limits(
    label: IntArray, sign: IntArray, offset: IntArray, lower: IntArray, count: int
) -> tuple[FloatArray, FloatArray]:
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    up, down = (label >= 0) & (sign > 0), (label >= 0) & (sign < 0)
    np.maximum.at(low, label[up], (lower - offset)[up].astype(np.float64))
    np.minimum.at(high, label[down], (offset - lower)[down].astype(np.float64))
    return low, high


def carry_limits(unknowns: Unknowns) -> tuple[FloatArray, FloatArray] | None:
    """Narrow the limits of unknowns by what the others in a row can be.

    Returns
    -------
    low, high
        Never narrower than what fits, rounded to whole numbers; None where nothing fits.
    """
    matrix = unknowns.matrix
    low, high = unknowns.low.copy(), unknowns.high.copy()
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    cell, factor = matrix.indices, matrix.data.astype(np.float64)
    equal, right = unknowns.equality[row], unknowns.right[row].astype(np.float64)
    for _ in range(_ROUNDS):
        before = low.copy(), high.copy()
        least = np.where(factor > 0, factor * low[cell], factor * high[cell])
        most = np.where(factor > 0, factor * high[cell], factor * low[cell])
        up = right - _sum_of_others(row, least, matrix.shape[0])
        down = np.where(equal, right - _sum_of_others(row, most, matrix.shape[0]), -np.inf)
        top = np.where(factor > 0, up, down) / factor
        bottom = np.where(factor > 0, down, up) / factor
        np.minimum.at(high, cell, np.floor(top + 1e-9))
        np.maximum.at(low, cell, np.ceil(bottom - 1e-9))
        if (low > high).any():
            return None
        if (low == before[0]).all() and (high == before[1]).all():
            break
    return low, high


def _sum_of_others(row: IntArray, value: FloatArray, rows: int) -> FloatArray:
    """For every entry the sum of the other entries of its row; infinite where one of them is."""
    endless = ~np.isfinite(value)
    finite = np.where(endless, 0.0, value)
    total = np.bincount(row, finite, rows)[row] - finite
    ways = np.bincount(row, endless, rows)[row] - endless
    side = np.bincount(row, np.where(endless, np.sign(value), 0.0), rows)[row]
    result: FloatArray = np.where(ways > 0, np.where(side > 0, np.inf, -np.inf), total)
    return result
