"""Why a cell cannot be protected, or why it is known: small linear programs for messages."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray, Knowledge
from indicators.disclosure.equations import Component, System, split
from indicators.disclosure.task import Task

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class _Parts:
    """The independent parts of the cells that are not fixed, and where each cell is."""

    system: System
    free: BoolArray

    @cached_property
    def parts(self) -> list[Component]:
        return split(self.system, self.free)

    def of(self, cell: int) -> Component:
        """The part of a free cell."""
        return next(p for p in self.parts if p.cells[np.searchsorted(p.cells, cell) % len(p.cells)]
                    == cell)  # fmt: skip


class Obstacles:
    """Which cells, among those that must stay printed, keep a number from being hidden."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._parts = _Parts(task.system, ~task.fixed)

    def of(self, cell: int) -> IntArray:
        """As few kept cells as possible that would have to move; empty if that is no help."""
        ways = [int(self._task.rise[cell]), -int(self._task.fall[cell])]
        found = [self._moving(cell, way) for way in ways if way]
        return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *found]))

    def _moving(self, cell: int, way: int) -> IntArray:
        """Kept cells that move in the table nearest to the true one in which `cell` differs."""
        task, part = self._task, self._parts.of(cell)
        cells = part.cells
        matrix = task.system.matrix[part.rows][:, cells]
        kept = task.never[cells].astype(np.float64)
        room = (task.value - task.lower)[cells].astype(np.float64)
        bounds = np.stack([np.zeros(2 * len(cells)), np.append(np.full(len(cells), np.inf), room)])
        aim = int(np.searchsorted(cells, cell))
        bounds[:, aim] = max(way, 0)
        bounds[:, len(cells) + aim] = max(-way, 0)
        solved = linprog(
            np.append(kept, kept),
            A_eq=sparse.hstack([matrix, -matrix]).tocsr(),
            b_eq=np.zeros(len(part.rows)),
            bounds=bounds.T,
        )
        if solved.status != 0:
            return cells[:0]
        move = solved.x[: len(cells)] + solved.x[len(cells) :]
        return np.asarray(cells[(kept > 0) & (move > _TOLERANCE)])


class Proofs:
    """Which equations prove how large or small a hidden number can be."""

    def __init__(self, system: System, known: Knowledge) -> None:
        self._system, self._known = system, known
        self._parts = _Parts(system, ~known.known)

    def rows(self, cell: int) -> IntArray:
        """Rows of the system that together prove both ends, the strongest first."""
        part = self._parts.of(cell)
        matrix = self._system.matrix[part.rows]
        right = -np.asarray(matrix @ self._known.value).astype(np.float64)
        inner = matrix[:, part.cells].astype(np.float64)
        lower = self._known.lower[part.cells].astype(np.float64)
        cost = np.zeros(len(part.cells))
        weight = np.zeros(len(part.rows))
        for sign in (-1.0, 1.0):
            cost[np.searchsorted(part.cells, cell)] = sign
            weight += self._duals(inner, right, lower, cost)
        order = np.argsort(-weight, kind="stable")
        return np.asarray(part.rows[order[weight[order] > _TOLERANCE]])

    @staticmethod
    def _duals(
        inner: sparse.csr_array, right: FloatArray, lower: FloatArray, cost: FloatArray
    ) -> FloatArray:
        bounds = np.stack([lower, np.full(len(lower), np.inf)], axis=1)
        solved = linprog(cost, A_eq=inner, b_eq=right, bounds=bounds)
        if solved.status != 0:
            return np.zeros(len(right))
        return np.abs(np.asarray(solved.eqlin.marginals, dtype=np.float64))
