"""Every pattern and every change of a tiny table, for tests that want the true optimum.

Nothing here solves a program: all changes of the innermost numbers within a box are listed
and added up to the sums; a cell can move in a pattern if one of them stays inside it.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from indicators.disclosure.task import Task


@dataclass(frozen=True)
class Tiny:
    """A task over few cells, and how its cells follow from the innermost numbers.

    `sums` has the shape (cells, innermost): each cell is the sum of some of them; `inner` are
    the innermost numbers, which need not be cells: what a sum holds beside its parts is not.
    A change moves none of them farther than `reach`.
    """

    task: Task
    sums: np.ndarray
    inner: np.ndarray
    reach: int

    @cached_property
    def _steps(self) -> list[range]:
        """How each innermost number may move, as its own cell allows if it has one."""
        down = np.minimum(self.inner, self.reach)
        up = np.full(len(self.inner), self.reach)
        for cell in np.flatnonzero(self.sums.sum(axis=1) == 1).tolist():
            at = int(np.flatnonzero(self.sums[cell])[0])
            down[at] = min(down[at], self._down[cell])
            up[at] = 0 if self.task.fixed[cell] else up[at]
        return [range(-d, u + 1) for d, u in zip(down.tolist(), up.tolist(), strict=True)]

    @cached_property
    def _down(self) -> np.ndarray:
        return np.where(self.task.fixed, 0, self.task.value - self.task.lower)

    @property
    def size(self) -> int:
        """Number of changes that would be listed."""
        return int(np.prod([float(len(steps)) for steps in self._steps]))

    @cached_property
    def moves(self) -> np.ndarray:
        """All changes of the table that leave what is fixed and go below no lower end."""
        tables = np.array(list(product(*self._steps)), dtype=np.int16)
        moves = tables @ self.sums.T.astype(np.int16)
        fits = (moves >= -self._down).all(axis=1) & (moves[:, self.task.fixed] == 0).all(axis=1)
        return moves[fits]

    @cached_property
    def _bit(self) -> np.ndarray:
        return 1 << np.arange(len(self.task.value), dtype=np.int64)

    @cached_property
    def _support(self) -> np.ndarray:
        return (self.moves != 0) @ self._bit

    def _mask(self, cells: np.ndarray) -> int:
        return int(self._bit[cells].sum())

    def _ways(self, cell: int, move: int, frozen: int = -1) -> np.ndarray:
        """The sets of cells, as bits, that suffice to move a cell so far."""
        far = self.moves[:, cell] * np.sign(move) >= abs(move)
        if frozen >= 0:
            far &= self.moves[:, frozen] == 0
        return _smallest(np.unique(self._support[far]))

    @property
    def may(self) -> np.ndarray:
        """Cells that may be hidden if it helps."""
        task = self.task
        return ~(task.primary | task.open | task.fixed | task.never)

    @cached_property
    def _demands(self) -> tuple[list[np.ndarray], set[int]]:
        """The ways out of every demand that can be met, and the cells with one that cannot.

        What zeros and public numbers alone make impossible is demanded of nobody; instead of
        a rise to the threshold that they make impossible, one by 1 is.
        """
        task = self.task
        outside = ~self._mask(task.primary | task.open | self.may)
        met, failed = [], set()

        def is_possible(ways: np.ndarray, cell: int) -> bool:
            possible = bool((ways & outside == 0).any())
            if possible:
                met.append(ways)
            elif len(ways):
                failed.add(cell)
            return possible

        for cell in np.flatnonzero(task.primary).tolist():
            for move in (-int(task.fall[cell]), int(task.rise[cell])):
                ways = self._ways(cell, move)
                if move > 1 and not len(ways):
                    ways = self._ways(cell, 1)
                if move and is_possible(ways, cell):
                    for insider in np.flatnonzero(task.alone).tolist():
                        if insider != cell:
                            is_possible(self._ways(cell, int(np.sign(move)), insider), cell)
        return met, failed

    @property
    def lost(self) -> set[int]:
        """Cells that cannot be protected while what must stay printed is printed."""
        return self._demands[1]

    def protects(self, hidden: np.ndarray) -> bool:
        """Whether a pattern meets every demand that can be met."""
        outside = ~self._mask(hidden)
        return all((ways & outside == 0).any() for ways in self._demands[0])

    @cached_property
    def optimum(self) -> float:
        """The loss of the cheapest pattern that protects, by trying all of them."""
        task = self.task
        weight, patterns = np.zeros(1), np.full(1, self._mask(task.primary | task.open))
        for cell in np.flatnonzero(self.may).tolist():
            weight = np.concatenate([weight, weight + task.weight[cell]])
            patterns = np.concatenate([patterns, patterns | self._bit[cell]])
        for ways in self._demands[0]:
            safe = np.any([way & ~patterns == 0 for way in ways], axis=0)
            weight, patterns = weight[safe], patterns[safe]
        return float(weight.min())

    def exact(self, hidden: np.ndarray) -> np.ndarray:
        """Which cells cannot move at all in a pattern: anyone can compute them."""
        inside = self._support & ~self._mask(hidden) == 0
        still: np.ndarray = (self.moves[inside] == 0).all(axis=0)
        return still


def _smallest(sets: np.ndarray) -> np.ndarray:
    """Those that contain no other one."""
    kept: list[int] = []
    for one in sorted(sets.tolist(), key=int.bit_count):
        if not any(k & one == k for k in kept):
            kept.append(one)
    return np.array(kept, dtype=np.int64)
