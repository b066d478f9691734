"""Earlier equations that today's numbers do not fulfil: something in them was revised."""

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.optimize import OptimizeResult, linprog

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.equations import Component, System, split

_INFEASIBLE = 2
_TOLERANCE = 1e-6
"""Prices below are none."""


def contradicted(
    system: System,
    value: IntArray,
    lower: IntArray,
    known: BoolArray,
    tied: BoolArray,
    copies: BoolArray,
    pairs: BoolArray,
) -> BoolArray:
    """Which cells of earlier editions cannot be the numbers of today.

    A row whose printed numbers and today's numbers do not add up shows that something
    hidden in it has changed; which of its cells nobody can tell, so it is all of them. The
    same is said of rows that only together have no solution.

    Parameters
    ----------
    system
        The equations of the earlier editions.
    value
        Shape (cells,): the number printed there, or today's where `tied`.
    lower
        Smallest number that a hidden cell can be.
    known
        Printed in the earlier edition.
    tied
        Taken for a certain number of today.
    copies
        Put beside today's numbers, though only an earlier edition has them. Those that were
        hidden have no number, but they too may have changed since.
    pairs
        Shape (rows,): rows that say that two cells are one number. They end with either.

    Returns
    -------
    numpy.ndarray
        Shape (cells,): those of `tied` and `copies` that are not today's number.
    """
    doubtful = tied | copies
    lost = tied & (value < lower)
    while True:
        free = ~known & (~tied | lost)
        fixed, least = np.where(free, 0, value), np.where(lost & copies, 0, lower)
        left = _without(system, pairs & _touched(system, lost))
        found = doubtful & ~lost & _in_rows(left, _impossible_rows(left, fixed, least, free))
        if not found.any():
            found = _in_impossible_parts(left, fixed, least, free, doubtful & ~lost)
        if not found.any():
            return lost
        lost |= found


def _touched(system: System, cells: BoolArray) -> BoolArray:
    """Rows with one of these cells."""
    hit: BoolArray = np.asarray(np.abs(system.matrix) @ cells.astype(np.int64)) > 0
    return hit


def _without(system: System, rows: BoolArray) -> System:
    return replace(system, matrix=system.matrix[~rows], equality=system.equality[~rows])


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


def _in_impossible_parts(
    system: System, fixed: IntArray, lower: IntArray, free: BoolArray, doubtful: BoolArray
) -> BoolArray:
    """Doubtful cells in rows that have no solution together.

    Few rows are enough to show it (`_conflict`). Where nothing in them is doubtful, whatever
    is in the same part of the table.
    """
    touched = _touched(system, doubtful)
    found = np.zeros(len(free), dtype=np.bool_)
    for part in split(system, free):
        if not touched[part.rows].any():
            continue
        conflict = _conflict(system, part, fixed, lower)
        if len(conflict) and not touched[conflict].any():
            conflict = part.rows
        rows = np.zeros(len(touched), dtype=np.bool_)
        rows[conflict] = True
        found |= doubtful & _in_rows(system, rows)
    return found


def _conflict(system: System, part: Component, fixed: IntArray, lower: IntArray) -> IntArray:
    """Rows of a part that contradict each other; none if it has a solution.

    Without a solution, the least total violation of all rows is above 0, and the rows with a
    price in that optimum are a proof on their own (Farkas' lemma).
    """
    none: IntArray = part.rows[:0]
    matrix, equal = system.matrix[part.rows], system.equality[part.rows]
    right = -np.asarray(matrix @ fixed)
    inner, least = matrix[:, part.cells].astype(np.float64), lower[part.cells].astype(np.float64)
    if _solved(inner, right, equal, least, np.zeros(len(least))).status != _INFEASIBLE:
        return none
    over = sparse.eye_array(len(right), format="csr")
    slack = np.zeros(2 * len(right))
    result = _solved(
        sparse.csr_array(sparse.hstack([inner, -over, over])), right, equal,
        np.append(least, slack).astype(np.float64), np.append(np.zeros(len(least)), slack + 1),
    )  # fmt: skip
    price = np.zeros(len(right))
    price[~equal], price[equal] = result.ineqlin.marginals, result.eqlin.marginals
    found: IntArray = part.rows[np.abs(price) > _TOLERANCE]
    return found


def _solved(
    matrix: sparse.csr_array,
    right: IntArray,
    equal: BoolArray,
    least: FloatArray,
    cost: FloatArray,
) -> OptimizeResult:
    return linprog(
        cost,
        A_ub=matrix[~equal] if (~equal).any() else None,
        b_ub=right[~equal] if (~equal).any() else None,
        A_eq=matrix[equal] if equal.any() else None,
        b_eq=right[equal] if equal.any() else None,
        bounds=np.stack([least, np.full(len(least), np.inf)], axis=1),
        method="highs",
    )
