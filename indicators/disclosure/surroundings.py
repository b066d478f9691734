"""What is near a cell in a table that hangs together: most questions are settled there."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from indicators.disclosure.cells import IntArray

LARGE = 6000
"""From so many cells on a question is first asked of the surroundings of its cell alone."""
_HOPS = 2
"""Over two sums the corners of every small square of cells are reached."""
_MOST = 1500


@dataclass(frozen=True)
class Surroundings:
    """Finds the cells that few sums separate from one.

    Parameters
    ----------
    matrix
        Shape (rows, cells).
    """

    matrix: sparse.csr_array

    @cached_property
    def _by_cell(self) -> sparse.csc_array:
        return sparse.csc_array(self.matrix)

    def of(self, cell: int) -> tuple[IntArray, IntArray]:
        """The cells around one (itself included), and all rows in which they stand.

        What stands in these rows and is not among the cells stays as it is.
        """
        cells = np.array([cell], dtype=np.int64)
        for _ in range(_HOPS):
            wider = _entries(self.matrix, self.rows_of(cells))
            if len(wider) > _MOST:
                break
            cells = wider
        return cells, self.rows_of(cells)

    def rows_of(self, cells: IntArray) -> IntArray:
        """Rows in which at least one of the cells stands, ascending."""
        return _entries(self._by_cell, cells)


def _entries(matrix: sparse.csr_array | sparse.csc_array, lines: IntArray) -> IntArray:
    """The places of all entries in some rows (of columns: if the matrix is by columns)."""
    parts = [matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]] for i in lines.tolist()]
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *parts])).astype(np.int64)
