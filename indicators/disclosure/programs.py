"""Linear and whole-number programs as all methods here set them up.

Holds nothing that protection and audit must not share: neither knows what is being asked.
"""

from collections.abc import Callable

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import FloatArray

OPTIMAL = highspy.HighsModelStatus.kOptimal
INFEASIBLE = highspy.HighsModelStatus.kInfeasible

_new_solver: Callable[[], highspy.Highs] = highspy.Highs


def linear_program(
    matrix: sparse.csr_array | sparse.csc_array,
    cost: FloatArray,
    columns: tuple[FloatArray, FloatArray],
    rows: tuple[FloatArray, FloatArray],
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


def in_whole_numbers(model: highspy.HighsLp) -> highspy.HighsLp:
    """The same program, asked for whole numbers alone."""
    model.integrality_ = [highspy.HighsVarType.kInteger] * model.num_col_
    return model


def quiet_solver() -> highspy.Highs:
    """A solver that prints nothing and runs on one core, so that its way is repeatable."""
    solver = _new_solver()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    return solver


def solver_of(model: highspy.HighsLp) -> highspy.Highs:
    """A quiet solver of a program that always says whether it is infeasible or unbounded."""
    solver = quiet_solver()
    solver.setOptionValue("allow_unbounded_or_infeasible", False)
    solver.passModel(model)
    return solver
