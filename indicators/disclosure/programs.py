"""Linear and whole-number programs as all methods here set them up.

Holds nothing that protection and audit must not share: neither knows what is being asked.
"""

from collections.abc import Callable
from typing import TypeVar

import highspy
import numpy as np
from scipy import sparse

from indicators.disclosure.cells import FloatArray

OPTIMAL = highspy.HighsModelStatus.kOptimal
INFEASIBLE = highspy.HighsModelStatus.kInfeasible

Whole = TypeVar("Whole")

_VERTICES = 8
"""At how many vertices whole numbers are looked for before branching."""
_NODES = 500
"""Limit of the search for whole numbers; counted in nodes, so that it is deterministic."""
_FIRST = 1e9
"""So far from the best the first solution in whole numbers may be: it is the last one too."""

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


def some_whole(model: highspy.HighsLp, read: Callable[[FloatArray], Whole | None]) -> Whole | None:
    """Look for a solution in whole numbers, not for the best one.

    First at the vertices that other prices lead to, then by branching until there is one.

    Parameters
    ----------
    model
        A linear program; changed here.
    read
        Takes the values of the columns, shape (columns,), and answers None where they will
        not do.
    """
    found = _at_vertices(model, read)
    if found is not None:
        return found
    solver = quiet_solver()
    solver.setOptionValue("mip_rel_gap", _FIRST)
    solver.setOptionValue("mip_max_nodes", _NODES)
    solver.passModel(in_whole_numbers(model))
    solver.run()
    feasible = highspy.SolutionStatus.kSolutionStatusFeasible
    if solver.getInfo().primal_solution_status != feasible:
        return None
    return read(np.asarray(solver.getSolution().col_value))


def _at_vertices(
    model: highspy.HighsLp, read: Callable[[FloatArray], Whole | None]
) -> Whole | None:
    """Look where other prices end: most vertices are whole."""
    solver, draw = quiet_solver(), np.random.default_rng(0)
    solver.passModel(model)
    columns = np.arange(model.num_col_, dtype=np.int32)
    price = np.asarray(model.col_cost_)
    for _ in range(_VERTICES):
        solver.changeColsCost(len(columns), columns, price * (0.5 + draw.random(len(price))))
        solver.run()
        if solver.getModelStatus() != OPTIMAL:
            return None
        found = read(np.asarray(solver.getSolution().col_value))
        if found is not None:
            return found
    return None
