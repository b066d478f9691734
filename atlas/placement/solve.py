"""Solving the model with HiGHS: one thread, fixed seed, bound and gap always reported."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np

from atlas.placement.model import Bools, CoverProblem, Program, build_program
from atlas.placement.scenario import SolveRule
from geodata.errors import PlacementError
from geodata.progress import Progress, Stop, never

Ended = Literal["optimal", "gap", "node_limit", "time_limit", "stopped"]

_NEW_SOLVER: Callable[[], highspy.Highs] = highspy.Highs
_HALF = 0.5
_SEARCH, _BEFORE, _SHARE = "Suche den besten Plan", 0.3, 0.5
_EXACT = 1e-9


@dataclass(frozen=True)
class Solution:
    """The best plan found and how good it is at least.

    Parameters
    ----------
    chosen
        (R, T): a session is held.
    objective
        What is gained by it, in weighted need.
    bound
        No plan can gain more.
    gap
        ``(bound - objective) / bound``, 0 where the plan is proven optimal.
    ended
        Why the search ended.
    seconds
        How long it took.
    """

    chosen: Bools
    objective: float
    bound: float
    gap: float
    ended: Ended
    seconds: float


def solve(
    problem: CoverProblem,
    rule: SolveRule,
    progress: Progress | None = None,
    stop: Stop = never,
) -> Solution:
    """Find the best weekly plan.

    The same problem gives the same plan, except where a time limit ends the search.

    Raises
    ------
    PlacementError
        No plan fulfils the scenario, or none was found in the time given.
    """
    started = time.perf_counter()
    program = build_program(problem)
    highs = _loaded(program, rule)
    if progress is not None:
        progress(_SEARCH, _BEFORE)
        _report(highs, progress)
    _listen(highs, stop)
    highs.run()
    status = highs.getModelStatus()
    info = highs.getInfo()
    if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        raise _failure(status, problem)
    values = np.array(highs.getSolution().col_value)
    chosen = np.zeros_like(problem.allowed)
    taken = program.slots[values[: len(program.slots)] > _HALF]
    chosen[taken[:, 0], taken[:, 1]] = True
    objective = gain_of(problem, chosen)
    # Before the first bound is known, everything there is to gain is one.
    bound = max(objective, min(float(info.mip_dual_bound), float(problem.gain.sum())))
    gap = (bound - objective) / bound if bound > 0 else 0.0
    gap = 0.0 if gap < _EXACT else gap
    return Solution(
        chosen, objective, bound, gap, _ended(status, gap), time.perf_counter() - started
    )


def gain_of(problem: CoverProblem, chosen: Bools) -> float:
    """What a plan gains, recomputed from the sessions alone."""
    served = (chosen[:, None, :] & problem.suits[None, :, :]).any(axis=2).ravel()
    reached = problem.cover @ served.astype(float) > 0
    return float(problem.gain[reached].sum())


def _loaded(program: Program, rule: SolveRule) -> highspy.Highs:
    highs = _NEW_SOLVER()
    options = {
        "output_flag": False,
        "threads": 1,
        "random_seed": rule.seed,
        "mip_rel_gap": rule.gap,
        "mip_abs_gap": 1e-6,
    }
    if rule.time_limit_seconds is not None:
        options["time_limit"] = rule.time_limit_seconds
    if rule.node_limit is not None:
        options["mip_max_nodes"] = rule.node_limit
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(_highs_lp(program))
    return highs


def _highs_lp(program: Program) -> highspy.HighsLp:
    rows, columns = program.matrix.shape
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, rows
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = program.cost
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), program.upper
    lp.row_lower_, lp.row_upper_ = program.low, program.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = columns, rows
    lp.a_matrix_.start_ = program.matrix.indptr
    lp.a_matrix_.index_ = program.matrix.indices
    lp.a_matrix_.value_ = program.matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(i)] for i in program.integer]
    return lp


def _report(highs: highspy.Highs, progress: Progress) -> None:
    def tell(event: highspy.HighsCallbackEvent) -> None:
        gap = float(event.data_out.mip_gap)
        progress(_SEARCH, _BEFORE + _SHARE * (1 - min(gap, 1.0)))

    highs.cbMipLogging.subscribe(tell)


def _listen(highs: highspy.Highs, stop: Stop) -> None:
    """Let the search be stopped."""

    def ask(event: highspy.HighsCallbackEvent) -> None:
        if stop():
            event.interrupt()

    highs.cbMipInterrupt.subscribe(ask)


def _ended(status: highspy.HighsModelStatus, gap: float) -> Ended:
    if status == highspy.HighsModelStatus.kOptimal:
        return "optimal" if gap == 0.0 else "gap"
    if status == highspy.HighsModelStatus.kTimeLimit:
        return "time_limit"
    if status == highspy.HighsModelStatus.kInterrupt:
        return "stopped"
    return "node_limit"


def _failure(status: highspy.HighsModelStatus, problem: CoverProblem) -> PlacementError:
    if status == highspy.HighsModelStatus.kTimeLimit:
        return PlacementError("In der erlaubten Zeit wurde kein Plan gefunden.")
    return PlacementError(
        f"Mindestens {problem.min_sessions} neue Sprechstunden passen nicht in die Räume, "
        "Öffnungszeiten und Teams dieses Szenarios."
    )
