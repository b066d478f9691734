"""Controlled rounding: parts to whole numbers with every total kept.

Parts (source, target) are rounded up or down so that the parts of every source add up to the
source's whole number, and every target, and every area above it, is its exact sum rounded up
or down. As sources and targets are each nested sets, the rows form a network matrix: the
linear program has whole vertices, and the fractional parts themselves are a solution, so
there always is one (Cox 1987; Bacharach 1966). Of all, the one with the smallest sum of
changes is taken; of equal ones that which rounds up the parts with the first keys.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

_NEAR = 1e-7
"""A sum this near to a whole number is that number: rounding errors of the weights."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def round_parts(exact: Floats, source: Ints, groups: Sequence[Ints]) -> Ints:
    """Round parts to whole numbers; all totals stay what they are.

    Parameters
    ----------
    exact
        Parts, not negative, in the order of their keys, shape (n,); those of a source add up
        to a whole number.
    source
        Number of the source of every part.
    groups
        Number of the target of every part, then of the area above it, and so on: each
        grouping is coarser than the one before.

    Returns
    -------
    array, shape (n,)
        Every part rounded up or down.

    Examples
    --------
    >>> parts = np.array([0.5, 0.5, 0.5, 0.5])
    >>> round_parts(parts, np.array([0, 0, 1, 1]), [np.array([0, 1, 0, 1])])
    array([1, 0, 0, 1])
    """
    whole = np.floor(exact + _NEAR).astype(np.int64)
    rest = np.clip(exact - whole, 0.0, 1.0)
    open_parts = np.flatnonzero(rest > _NEAR)
    if len(open_parts) == 0:
        return whole
    part = rest[open_parts]
    equal, sums = _rows(source[open_parts], part)
    rows = [_rows(group[open_parts], part) for group in groups]
    upper = sparse.vstack([matrix for matrix, _ in rows] + [-matrix for matrix, _ in rows])
    limits = [np.ceil(total - _NEAR) for _, total in rows]
    limits += [-np.floor(total + _NEAR) for _, total in rows]
    n = len(part)
    # Halves would leave the choice to the solver: the first key is a hair cheaper.
    cost = (1 - 2 * part) + np.arange(n) / (n * 1e5)
    found = linprog(
        cost, A_ub=upper, b_ub=np.concatenate(limits), A_eq=equal, b_eq=np.rint(sums),
        bounds=(0, 1), method="highs-ds",
    )  # fmt: skip
    if not found.success:
        raise ValueError(f"parts of a source do not add up to a whole number: {found.message}")
    whole[open_parts] += np.rint(found.x).astype(np.int64)
    return whole


def _rows(group: Ints, part: Floats) -> tuple[sparse.csr_array, Floats]:
    """One row per group that marks its parts, and the sum of its parts."""
    _, row = np.unique(group, return_inverse=True)
    n = len(part)
    matrix = sparse.csr_array((np.ones(n), (row, np.arange(n))), shape=(int(row.max()) + 1, n))
    return matrix, matrix @ part
