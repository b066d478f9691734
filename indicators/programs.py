"""HiGHS as everything here sets it up: whole matrices, one core, nothing printed.

Imports little, since the command line comes by here.
"""

from collections.abc import Callable

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]

_new_solver: Callable[[], highspy.Highs] = highspy.Highs


def linear_program(
    matrix: sparse.csr_array | sparse.csc_array,
    cost: Floats,
    columns: tuple[Floats, Floats],
    rows: tuple[Floats, Floats],
) -> highspy.HighsLp:
    """A linear program in one bulk matrix.

    Parameters
    ----------
    matrix
        Shape (rows, columns).
    cost
        Shape (columns,).
    columns, rows
        Lower and upper ends; infinite where there is none.
    """
    whole = sparse.csc_array(matrix)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = whole.shape
    model.col_cost_ = np.asarray(cost, dtype=np.float64)
    model.col_lower_, model.col_upper_ = columns
    model.row_lower_, model.row_upper_ = rows
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = whole.indptr, whole.indices
    model.a_matrix_.value_ = whole.data.astype(np.float64)
    return model


def quiet_solver() -> highspy.Highs:
    """A solver that prints nothing and runs on one core, so that its way is repeatable."""
    solver = _new_solver()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    return solver
