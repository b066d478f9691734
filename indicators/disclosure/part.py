"""One independent part of a table, and what its small numbers need."""

from dataclasses import dataclass
from typing import NamedTuple

from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray


class Need(NamedTuple):
    """A small cell must be able to move by `move`, up where positive, else down.

    ``frozen`` is the cell of somebody who knows her own count, -1 for a reader outside.
    """

    cell: int
    move: int
    frozen: int = -1


@dataclass(frozen=True)
class Part:
    """An independent part of a table; see `indicators.disclosure.task.Task` for the words.

    Parameters
    ----------
    matrix, equality
        Shape (rows, cells): what binds the cells that are not fixed.
    slack
        Shape (rows,): room of the inequalities, 0 for equalities.
    down
        Shape (cells,): by how much each cell may fall.
    given
        Cells that are hidden in any case: small ones, and those unknown from the start.
    primary, rise, fall, alone, never, loose, weight
        Shape (cells,). ``loose`` cells are unknown from the start and nobody protects them.
    """

    matrix: sparse.csr_array
    equality: BoolArray
    slack: FloatArray
    down: FloatArray
    given: BoolArray
    primary: BoolArray
    rise: IntArray
    fall: IntArray
    alone: BoolArray
    never: BoolArray
    loose: BoolArray
    weight: FloatArray

    @property
    def may(self) -> BoolArray:
        """Cells that may be hidden if it helps."""
        return ~self.never & ~self.given
