"""Linear and whole-number programs as all methods here solve them.

Holds nothing that protection and audit must not share: neither knows what is being asked.
"""

from collections.abc import Callable
from typing import TypeVar

import highspy
import numpy as np

from indicators.disclosure.cells import FloatArray
from indicators.programs import quiet_solver

OPTIMAL = highspy.HighsModelStatus.kOptimal
INFEASIBLE = highspy.HighsModelStatus.kInfeasible

Whole = TypeVar("Whole")

_VERTICES = 8
"""At how many vertices whole numbers are looked for before branching."""
_NODES = 500
"""Limit of the search for whole numbers; counted in nodes, so that it is deterministic."""
_FIRST = 1e9
"""So far from the best the first solution in whole numbers may be: it is the last one too."""


def in_whole_numbers(model: highspy.HighsLp) -> highspy.HighsLp:
    """The same program, asked for whole numbers alone."""
    model.integrality_ = [highspy.HighsVarType.kInteger] * model.num_col_
    return model


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
