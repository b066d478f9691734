"""Earlier equations that today's numbers do not fulfil: something in them was revised."""

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from indicators.disclosure.cells import BoolArray, IntArray
from indicators.disclosure.equations import Component, System, split

_INFEASIBLE = 2


def contradicted(
    system: System, value: IntArray, lower: IntArray, known: BoolArray, tied: BoolArray
) -> BoolArray:
    """Which hidden cells of an earlier edition cannot be the numbers of today.

    A row whose printed numbers and today's numbers do not add up shows that something
    hidden in it has changed; which of its cells nobody can tell, so it is all of them.

    Parameters
    ----------
    system
        The equations of the earlier edition.
    value
        Shape (cells,): the number printed there, or today's where `tied`.
    lower
        Smallest number that a hidden cell can be.
    known
        Printed in the earlier edition.
    tied
        Hidden there, and taken for today's number.

    Returns
    -------
    numpy.ndarray
        Shape (cells,): those of `tied` that are not today's number.
    """
    lost = tied & (value < lower)
    while True:
        free = ~known & (~tied | lost)
        fixed = np.where(free, 0, value)
        rows = _impossible_rows(system, fixed, lower, free)
        if not rows.any():
            rows = _impossible_parts(system, fixed, lower, free, tied & ~lost)
        found = tied & ~lost & _in_rows(system, rows)
        if not found.any():
            return lost
        lost |= found


def _in_rows(system: System, rows: BoolArray) -> BoolArray:
    hit: BoolArray = np.asarray(np.abs(system.matrix[np.flatnonzero(rows)]).sum(axis=0)).ravel() > 0
    return hit


def _impossible_rows(
    system: System, fixed: IntArray, lower: IntArray, free: BoolArray
) -> BoolArray:
    """Rows that no numbers of their free cells fulfil."""
    parts, totals = _signs(system.matrix)
    balance = np.asarray(system.matrix @ fixed)
    least = balance + parts @ np.where(free, lower, 0)
    free_total, free_part = totals @ free > 0, parts @ free > 0
    too_much = ~free_total & (least > 0)
    too_little = system.equality & ~free_part & ~free_total & (balance < 0)
    low_total = totals @ np.where(free, lower, 0)
    too_low = system.equality & free_total & ~free_part & (balance < low_total)
    found: BoolArray = too_much | too_little | too_low
    return found


def _signs(matrix: sparse.csr_array) -> tuple[sparse.csr_array, sparse.csr_array]:
    """The parts and the totals of all rows, both as ones."""
    part, total = matrix.copy(), matrix.copy()
    part.data, total.data = (matrix.data > 0).astype(np.int64), (matrix.data < 0).astype(np.int64)
    return part, total


def _impossible_parts(
    system: System, fixed: IntArray, lower: IntArray, free: BoolArray, tied: BoolArray
) -> BoolArray:
    """Rows of those free parts of the table that have no solution together."""
    touched = np.asarray(np.abs(system.matrix) @ tied.astype(np.int64)) > 0
    rows = np.zeros(len(system.equality), dtype=np.bool_)
    for part in split(system, free):
        if touched[part.rows].any() and not _has_solution(system, part, fixed, lower):
            rows[part.rows] = True
    return rows


def _has_solution(system: System, part: Component, fixed: IntArray, lower: IntArray) -> bool:
    matrix = system.matrix[part.rows]
    right = -np.asarray(matrix @ fixed)
    inner, equal = matrix[:, part.cells].astype(np.float64), system.equality[part.rows]
    result = linprog(
        np.zeros(len(part.cells)),
        A_ub=inner[~equal] if (~equal).any() else None,
        b_ub=right[~equal] if (~equal).any() else None,
        A_eq=inner[equal] if equal.any() else None,
        b_eq=right[equal] if equal.any() else None,
        bounds=np.stack([lower[part.cells], np.full(len(part.cells), np.inf)], axis=1),
        method="highs",
    )
    return int(result.status) != _INFEASIBLE
