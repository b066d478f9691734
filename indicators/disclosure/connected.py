"""What hangs together: columns that rows connect."""

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from indicators.disclosure.cells import IntArray


def labels(matrix: sparse.csr_array) -> tuple[IntArray, IntArray]:
    """Number the parts of a matrix that share no row and no column.

    Parameters
    ----------
    matrix
        Shape (rows, columns); every stored entry connects.

    Returns
    -------
    of_row, of_column
        Shape (rows,) and (columns,): the part of each, from 0 on. A row without entries and a
        column in no row are parts of their own.
    """
    graph = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    _, label = csgraph.connected_components(graph, directed=False)
    of_row, of_column = np.split(label.astype(np.int64), [matrix.shape[0]])
    return of_row, of_column


def connected(matrix: sparse.csr_array) -> list[tuple[IntArray, IntArray]]:
    """The columns and the rows of every part, both ascending, by their first column.

    Rows without entries are left out.
    """
    of_row, of_column = labels(matrix)
    count = int(max(of_row.max(initial=-1), of_column.max(initial=-1))) + 1
    parts = zip(_by_label(of_column, count), _by_label(of_row, count), strict=True)
    return sorted((part for part in parts if len(part[0])), key=lambda part: int(part[0][0]))


def _by_label(label: IntArray, count: int) -> list[IntArray]:
    order = np.argsort(label, kind="stable").astype(np.int64)
    ends = np.cumsum(np.bincount(label, minlength=count))
    return np.split(order, ends[:-1])
