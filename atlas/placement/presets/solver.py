"""HiGHS as the presets use it: bulk matrices, one thread, within the limits of a watch."""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from atlas.placement.presets.near import Bools, Floats
from atlas.placement.presets.watch import Known, Watch
from indicators.programs import linear_program, quiet_solver

_TOLERANCE = 1e-9
_KINDS = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)


@dataclass(frozen=True)
class Program:
    r"""A program :math:`\min c x, \; l \le A x \le u, \; 0 \le x \le 1`, some x whole.

    Parameters
    ----------
    matrix
        Shape (rows, columns).
    cost
        Shape (columns,).
    low, high
        Shape (rows,); infinite where there is no end.
    whole
        Shape (columns,): must be 0 or 1.
    """

    matrix: sparse.csc_array
    cost: Floats
    low: Floats
    high: Floats
    whole: Bools


@dataclass(frozen=True)
class Outcome:
    """How a program ended.

    Parameters
    ----------
    values
        Shape (columns,), None where nothing was found.
    bound
        No solution costs less.
    """

    values: Floats | None
    bound: float


def exact_solver() -> highspy.Highs:
    """A quiet solver with narrow tolerances."""
    solver = quiet_solver()
    for side in ("primal", "dual"):
        solver.setOptionValue(f"{side}_feasibility_tolerance", _TOLERANCE)
    return solver


def run_within(solver: highspy.Highs, watch: Watch) -> highspy.HighsModelStatus:
    """Run a solver no longer than the watch allows."""
    left = watch.seconds_left
    if left != float("inf"):
        # The solver's own clock goes on from one run to the next.
        solver.setOptionValue("time_limit", solver.getRunTime() + left)
    solver.run()
    return solver.getModelStatus()


def highs_lp(program: Program) -> highspy.HighsLp:
    """The program as HiGHS takes it, in whole arrays."""
    n = len(program.cost)
    columns, rows = (np.zeros(n), np.ones(n)), (program.low, program.high)
    lp = linear_program(program.matrix, program.cost, columns, rows)
    lp.integrality_ = [_KINDS[int(i)] for i in program.whole]
    return lp


def solve_whole(
    program: Program, watch: Watch, step: str, begin: Floats | None = None, gap: float = 0.0
) -> Outcome:
    """Solve a program in whole numbers from a known solution on.

    Parameters
    ----------
    step
        What is told while it runs.
    begin
        Shape (columns,): a solution.
    gap
        Proof within this share is enough.
    """
    solver = exact_solver()
    solver.setOptionValue("mip_rel_gap", gap)
    solver.setOptionValue("mip_abs_gap", _TOLERANCE)
    if watch.work_left is not None:
        solver.setOptionValue("mip_max_nodes", watch.work_left)
    solver.passModel(highs_lp(program))
    if begin is not None:
        known = highspy.HighsSolution()
        known.col_value = begin
        solver.setSolution(known)
    _follow(solver, watch, step)
    run_within(solver, watch)
    info = solver.getInfo()
    watch.spend(max(1, int(info.mip_node_count)))
    feasible = int(highspy.SolutionStatus.kSolutionStatusFeasible)
    found = int(info.primal_solution_status) == feasible
    values = np.asarray(solver.getSolution().col_value) if found else begin
    return Outcome(values, float(info.mip_dual_bound))


def _follow(solver: highspy.Highs, watch: Watch, step: str) -> None:
    """Tell the gap now and then, and end the solver when the watch says so."""

    def tell(event: highspy.HighsCallbackEvent) -> None:
        news = event.data_out
        now = min(float(news.mip_gap), 1.0)
        watch.tell_gap(step, Known(float(news.mip_primal_bound), float(news.mip_dual_bound), now))

    solver.cbMipLogging.subscribe(tell)
    end_early(solver, watch)


def end_early(solver: highspy.Highs, watch: Watch) -> None:
    """End a solver as soon as somebody stops the search; the clock it watches itself."""
    if not watch.stoppable:
        return

    def ask(event: highspy.HighsCallbackEvent) -> None:
        if watch.over():
            event.interrupt()

    solver.cbMipInterrupt.subscribe(ask)
    solver.cbSimplexInterrupt.subscribe(ask)
