"""By how much hidden cells can move while every printed number stays as it is.

The hidden cells of a pattern bind each other: where only two of them stand in a sum, one
falls by what the other rises. Such cells move as one class; what is left of the equations is
small, and one linear program per question finds a change that moves few cells.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.connected import labels
from indicators.disclosure.programs import OPTIMAL, some_whole
from indicators.disclosure.surroundings import LARGE, Surroundings
from indicators.programs import linear_program, quiet_solver

TOLERANCE = 1e-6
LARGEST_STEP = 100000.0
"""No change needs to move a cell farther."""


@dataclass(frozen=True)
class Change:
    """Cells and the whole numbers by which they move together."""

    cells: IntArray
    steps: IntArray


@dataclass(frozen=True)
class Room:
    """The hidden cells of one part of a table, and how far each of them can move.

    Parameters
    ----------
    matrix
        Shape (rows, cells), whole numbers, over the hidden cells.
    equality
        True: the row must stay; False: it may rise by `slack`.
    slack
        Shape (rows,): room of the inequalities, 0 for equalities.
    down
        Shape (cells,): by how much each cell may fall.
    """

    matrix: sparse.csr_array
    equality: BoolArray
    slack: FloatArray
    down: FloatArray

    def allows(self, steps: IntArray) -> bool:
        """Whether the table may change by these steps, checked in whole numbers."""
        moved = np.asarray(self.matrix @ steps)
        kept = np.where(self.equality, moved == 0, moved <= self.slack)
        return bool(kept.all() and (steps >= -self.down).all())


class Movement:
    """Answers how hidden cells can move, from one question to the next.

    Parameters
    ----------
    room
        The hidden cells, their equations and limits.
    price
        Shape (cells,): what moving a cell by one costs; cells that should stay cost more.
    """

    def __init__(self, room: Room, price: FloatArray) -> None:
        self.room = room
        self._label, self._sign = tie(room.matrix, room.equality)
        self._classes = _Classes(room, self._label, self._sign, price)

    def find(self, cell: int, move: int, frozen: int | None = None) -> Change | None:
        """A change that moves `cell` by at least `move`, up where positive, else down.

        Parameters
        ----------
        frozen
            A cell that must not move.

        Returns
        -------
        Change or None
            None where there is none.
        """
        label = int(self._label[cell])
        if label < 0:
            return None
        fixed = -1 if frozen is None else int(self._label[frozen])
        if fixed == label:
            return None
        steps = self._classes.find(label, move * int(self._sign[cell]), fixed)
        if steps is None:
            return None
        moved = np.where(self._label >= 0, self._sign * steps[self._label], 0)
        cells = np.flatnonzero(moved)
        return Change(cells, moved[cells])


@dataclass
class _Classes:
    """Classes of cells that move together, and the equations that are left between them."""

    room: Room
    label: IntArray
    sign: IntArray
    price: FloatArray
    _solvers: dict[int, "_Program"] = field(default_factory=dict)
    _near: tuple[int, "_Program"] | None = None

    @cached_property
    def _matrix(self) -> sparse.csr_array:
        return merged(self.room.matrix, self.label, self.sign)

    @cached_property
    def _limits(self) -> tuple[FloatArray, FloatArray]:
        """Lowest (not above 0) and highest step of each class."""
        member = np.flatnonzero(self.label >= 0)
        label, up = self.label[member], self.sign[member] > 0
        low = np.full(self._matrix.shape[1], -LARGEST_STEP)
        high = np.full(self._matrix.shape[1], LARGEST_STEP)
        down = self.room.down[member]
        np.maximum.at(low, label[up], -down[up])
        np.minimum.at(high, label[~up], down[~up])
        return low, high

    @cached_property
    def _cost(self) -> FloatArray:
        member = np.flatnonzero(self.label >= 0)
        size = self._matrix.shape[1]
        return np.bincount(self.label[member], self.price[member], size).astype(np.float64)

    @cached_property
    def _part(self) -> IntArray:
        """The part of each class that no equation connects with the others; -1: stands alone."""
        part = labels(self._matrix)[1]
        part[np.bincount(self._matrix.indices, minlength=len(part)) == 0] = -1
        return part

    def find(self, label: int, move: int, fixed: int) -> IntArray | None:
        """Steps of all classes (and a 0 at the end, for cells that cannot move)."""
        low, high = self._limits
        if not low[label] <= move <= high[label]:
            return None
        steps = np.zeros(len(low) + 1, dtype=np.int64)
        part = int(self._part[label])
        if part < 0:
            steps[label] = move
            return steps
        for program in self._programs(label, part):
            found = program.find(label, move, fixed)
            if found is not None:
                steps[program.classes] = found
                return steps
        return None

    def _programs(self, label: int, part: int) -> Iterator["_Program"]:
        """In a large part first what is near the class, then all of it."""
        if self._sizes[part] >= LARGE:
            if self._near is None or self._near[0] != label:
                self._near = (label, self._program(*self._around.of(label)))
            yield self._near[1]
        if part not in self._solvers:
            classes = np.flatnonzero(self._part == part).astype(np.int64)
            self._solvers[part] = self._program(classes, self._around.rows_of(classes))
        yield self._solvers[part]

    @cached_property
    def _around(self) -> Surroundings:
        return Surroundings(self._matrix)

    @cached_property
    def _sizes(self) -> IntArray:
        """How many cells each part has."""
        part = self._part[self.label[self.label >= 0]]
        return np.bincount(part[part >= 0])

    def _program(self, classes: IntArray, rows: IntArray) -> "_Program":
        low, high = self._limits
        room = (
            self._matrix[rows][:, classes], self.room.equality[rows], self.room.slack[rows],
            low[classes], high[classes],
        )  # fmt: skip
        return _Program(room, classes, self._cost[classes])


class _Program:
    """The linear program of one part: rises and falls as separate columns with a price."""

    def __init__(
        self,
        room: tuple[sparse.csr_array, BoolArray, FloatArray, FloatArray, FloatArray],
        classes: IntArray,
        cost: FloatArray,
    ) -> None:
        self.classes = classes
        self._matrix, self._equality, self._slack, self._low, self._high = room
        self._cost = cost
        self._solver = quiet_solver()
        self._solver.passModel(self._build(cost))
        self._upper = np.concatenate([self._high, -self._low])

    def find(self, label: int, move: int, fixed: int) -> IntArray | None:
        """Steps of the classes of this part; None where there are none."""
        size = len(self.classes)
        at = int(np.searchsorted(self.classes, label))
        must, must_not = (at, at + size) if move > 0 else (at + size, at)
        lower, upper = np.zeros(2 * size), self._upper.copy()
        lower[must], upper[must_not] = abs(move), 0.0
        if fixed >= 0 and (self.classes == fixed).any():
            other = int(np.searchsorted(self.classes, fixed))
            upper[[other, other + size]] = 0.0
        changed = np.flatnonzero((lower > 0) | (upper != self._upper)).astype(np.int32)
        solver = self._solver
        solver.changeColsBounds(len(changed), changed, lower[changed], upper[changed])
        solver.run()
        done = solver.getModelStatus() == OPTIMAL
        value = np.asarray(solver.getSolution().col_value) if done else None
        back = self._upper[changed]
        solver.changeColsBounds(len(changed), changed, np.zeros(len(changed)), back)
        if value is None:
            return None
        steps = self._read(value)
        return self._whole(lower, upper) if steps is None else steps

    def _read(self, value: FloatArray) -> IntArray | None:
        """Turn a solution into whole steps, scaled up if need be; None if it has none."""
        size = len(self.classes)
        real = value[:size] - value[size:]
        for factor in (1, 2, 3):
            steps = np.rint(real * factor).astype(np.int64)
            if np.abs(real * factor - steps).max() < TOLERANCE and self._allows(steps):
                return steps
        return None

    def _allows(self, steps: IntArray) -> bool:
        moved = np.asarray(self._matrix @ steps)
        kept = np.where(self._equality, moved == 0, moved <= self._slack)
        return bool(kept.all() and (steps >= self._low).all() and (steps <= self._high).all())

    def _whole(self, lower: FloatArray, upper: FloatArray) -> IntArray | None:
        """Search on in whole numbers where the linear program ended in fractions."""
        model = self._build(self._cost)
        model.col_lower_, model.col_upper_ = lower, upper
        return some_whole(model, self._read)

    def _build(self, cost: FloatArray) -> highspy.HighsLp:
        both = sparse.csc_array(sparse.hstack([self._matrix, -self._matrix]))
        right = np.where(self._equality, 0.0, self._slack)
        return linear_program(
            both,
            np.concatenate([cost, cost]),
            (np.zeros(both.shape[1]), np.concatenate([self._high, -self._low])),
            (np.where(self._equality, 0.0, -highspy.kHighsInf), right),
        )


def tie(matrix: sparse.csr_array, equality: BoolArray) -> tuple[IntArray, IntArray]:
    """Find the cells that can only move together.

    Parameters
    ----------
    matrix, equality
        The rows over the hidden cells, as in `Room`.

    Returns
    -------
    label, sign
        Shape (cells,): the class of each cell, -1 where it cannot move at all, and whether it
        rises (+1) or falls (-1) when its class does.
    """
    size = matrix.shape[1]
    label, sign = np.arange(size, dtype=np.int64), np.ones(size, dtype=np.int64)
    equal = matrix[np.flatnonzero(equality)]
    while True:
        rows = merged(equal, label, sign)
        still, pairs = _consequences(rows)
        if not len(still) and not len(pairs):
            break
        step_label, step_sign = _join(rows.shape[1], still, pairs)
        moving = label >= 0
        sign[moving] *= step_sign[label[moving]]
        label[moving] = step_label[label[moving]]
    return label, sign


def merged(matrix: sparse.csr_array, label: IntArray, sign: IntArray) -> sparse.csr_array:
    """The rows over classes; empty entries are dropped."""
    member = np.flatnonzero(label >= 0)
    count = int(label.max(initial=-1)) + 1
    ties = sparse.csr_array(
        (sign[member], (member, label[member])), shape=(len(label), count), dtype=np.int64
    )
    rows = sparse.csr_array(matrix @ ties)
    rows.eliminate_zeros()
    return rows


def _consequences(rows: sparse.csr_array) -> tuple[IntArray, IntArray]:
    """Classes alone in a row, which cannot move, and pairs (first, second, sign) that agree."""
    size = np.diff(rows.indptr)
    single = rows.indptr[:-1][size == 1]
    still = np.unique(rows.indices[single]).astype(np.int64)
    first = rows.indptr[:-1][size == 2]
    a, b = rows.data[first], rows.data[first + 1]
    tied = np.abs(a) == np.abs(b)
    first, sign = first[tied], -np.sign(a[tied] * b[tied])
    pairs = np.stack([rows.indices[first], rows.indices[first + 1], sign], axis=1)
    return still, pairs.astype(np.int64)


def _join(size: int, still: IntArray, pairs: IntArray) -> tuple[IntArray, IntArray]:
    """Number the classes that pairs join; the sign of each old class in its new one."""
    parent, sign = list(range(size)), [1] * size
    stuck = set(still.tolist())

    def root(cell: int) -> tuple[int, int]:
        turn, walk = 1, cell
        while parent[walk] != walk:
            turn *= sign[walk]
            walk = parent[walk]
        parent[cell], sign[cell] = walk, turn if cell != walk else 1
        return walk, turn

    for a, b, turn in pairs.tolist():
        (top, up), (low, down) = root(a), root(b)
        if top == low:
            if up * down != turn:
                stuck.add(top)
        else:
            parent[low], sign[low] = top, up * down * turn
            if low in stuck:
                stuck.add(top)
    roots = [root(cell) for cell in range(size)]
    held = {root(cell)[0] for cell in stuck}
    kept = sorted({top for top, _ in roots} - held)
    number = {top: n for n, top in enumerate(kept)}
    label = np.array([number.get(top, -1) for top, _ in roots], dtype=np.int64)
    return label, np.array([turn for _, turn in roots], dtype=np.int64)
