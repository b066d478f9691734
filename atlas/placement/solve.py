"""Solving the model with HiGHS: one thread, fixed seed, bound and gap always reported."""

import time
from dataclasses import dataclass, replace
from typing import Literal

import highspy
import numpy as np

from atlas.placement.arrays import Bools, CoverProblem, Floats, Ints
from atlas.placement.blocks import Program
from atlas.placement.conflict import explain_conflict
from atlas.placement.model import build_program
from atlas.placement.presolve import without_dominated
from atlas.placement.scenario import SolveRule
from atlas.wording import percent
from geodata.errors import PlacementError
from geodata.progress import Progress, Stop, never
from indicators.programs import linear_program, quiet_solver

Ended = Literal["optimal", "gap", "node_limit", "time_limit", "stopped", "rounds"]

_HALF = 0.5
_SEARCH, _BEFORE, _SHARE = "Suche den besten Plan", 0.3, 0.5
_EXACT = 1e-9
_LOOSE = 1e-5


@dataclass(frozen=True)
class Solution:
    """The best plan found and how good it is at least.

    Parameters
    ----------
    chosen
        (R, Q): a session is held.
    minutes
        (R, Q): its length in minutes.
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
    minutes: Ints
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
    start: Bools | None = None,
) -> Solution:
    """Find the best weekly plan.

    The same problem gives the same plan, except where a time limit or a stop ends the search.

    Parameters
    ----------
    problem
        The data.
    rule
        When the search ends.
    progress, stop
        Is told how far the search is; is asked whether it shall end with the best so far.
    start
        (R, Q): a plan to begin with.

    Raises
    ------
    PlacementError
        No plan fulfils the scenario, or none was found in the time given.
    """
    started = time.perf_counter()
    program = build_program(without_dominated(problem))
    highs = _loaded(program, rule)
    if start is not None:
        _begin_with(highs, program, start)
    if progress is not None:
        progress(_SEARCH, _BEFORE)
        _report(highs, progress)
    _listen(highs, stop)
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        raise _failure(status, problem)
    values = _whole(program, np.array(highs.getSolution().col_value))
    chosen = np.zeros_like(problem.allowed)
    taken = program.slots[values[: len(program.slots)] > _HALF]
    chosen[taken[:, 0], taken[:, 1]] = True
    minutes = _lengths(problem, chosen, program, values)
    objective = value_of(problem, chosen)
    # Before the first bound is known, everything there is to gain is one.
    bound = max(objective, min(float(info.mip_dual_bound), _everything(problem)))
    gap = gap_of(objective, bound)
    seconds = time.perf_counter() - started
    return Solution(chosen, minutes, objective, bound, gap, _ended(status, gap), seconds)


def _whole(program: Program, values: Floats) -> Floats:
    """Single slots as whole numbers, where the solver left them between.

    For whole counts by type a vertex has whole slots; a heuristic may end inside a face.
    """
    n = len(program.slots)
    if np.abs(values[:n] - np.round(values[:n])).max(initial=0.0) < _LOOSE:
        return values
    integer = program.integer.copy()
    integer[:n] = True
    counts = np.round(values)
    upper = np.where(program.integer, counts, program.upper)
    lower = np.where(program.integer, counts, 0.0)
    highs = _loaded(
        replace(program, integer=integer, upper=upper),
        SolveRule(gap=0.0, time_limit_seconds=None),
        lower,
    )
    highs.run()
    return np.array(highs.getSolution().col_value)


def gap_of(objective: float, bound: float) -> float:
    """By what share of the bound the objective may be short of the best."""
    gap = (bound - objective) / bound if bound > 0 else 0.0
    return 0.0 if gap < _EXACT else gap


def _everything(problem: CoverProblem) -> float:
    """More than this nobody can gain."""
    total = float(problem.gain.sum())
    if problem.bonus is not None:
        total += float(problem.bonus[problem.allowed].sum())
    if problem.flows is not None and len(problem.flows.unit):
        best = np.zeros(int(problem.flows.unit.max()) + 1)
        np.maximum.at(best, problem.flows.unit, problem.flows.gain)
        total += float(best.sum())
    return total


def value_of(problem: CoverProblem, chosen: Bools) -> float:
    """What a plan gains, recomputed from the sessions alone."""
    if problem.flows is None and problem.robust is None:
        return gain_of(problem, chosen)
    # What flows where, and whose need is low, is a program of its own once sessions stand.
    fixed = replace(problem, allowed=problem.allowed & chosen, cuts=(), ways=None)
    musts = np.argwhere(chosen)
    # Its part is judged too: what a plan must have is not asked here.
    fixed = replace(fixed, musts=(), min_sessions=0, day_low=np.zeros_like(problem.day_low))
    program = build_program(fixed)
    lower = np.zeros(len(program.upper))
    lower[: len(musts)] = 1.0
    highs = _loaded(program, SolveRule(gap=0.0, time_limit_seconds=None), lower)
    highs.run()
    return float(highs.getInfo().objective_function_value)


def gain_of(problem: CoverProblem, chosen: Bools) -> float:
    """What the sets reached and the slots taken are worth."""
    served = (chosen[:, None, :] & problem.suits[None, :, :]).any(axis=2).ravel()
    reached = problem.cover @ served.astype(float) > 0
    bonus = 0.0 if problem.bonus is None else float(problem.bonus[chosen].sum())
    return float(problem.gain[reached].sum()) + bonus


def _lengths(problem: CoverProblem, chosen: Bools, program: Program, values: Floats) -> Ints:
    """(R, Q): minutes of each session; as short as may be where no capacity asks for more."""
    minutes = np.where(chosen, problem.options.shortest[None, :], 0).astype(np.int64)
    if program.hours is None:
        return minutes
    for room, kind, column in program.hours.tolist():
        slots = np.flatnonzero(chosen[room] & (problem.types == kind))
        if len(slots):
            each = int(values[column] / len(slots) + _HALF) // 15 * 15
            low, high = problem.options.shortest[slots], problem.longest[room, slots]
            minutes[room, slots] = np.clip(each, low, high)
    return minutes


def _loaded(program: Program, rule: SolveRule, lower: Floats | None = None) -> highspy.Highs:
    highs = quiet_solver()
    options = {
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
    highs.passModel(_highs_lp(program, lower))
    return highs


def _highs_lp(program: Program, lower: Floats | None) -> highspy.HighsLp:
    low = np.zeros(len(program.upper)) if lower is None else lower
    columns, rows = (low, program.upper), (program.low, program.high)
    lp = linear_program(program.matrix, program.cost, columns, rows)
    lp.sense_ = highspy.ObjSense.kMaximize
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(i)] for i in program.integer]
    return lp


def _begin_with(highs: highspy.Highs, program: Program, start: Bools) -> None:
    """Hand the solver a plan; it fills in the other columns itself."""
    taken = start[program.slots[:, 0], program.slots[:, 1]].astype(float)
    highs.setSolution(len(taken), np.arange(len(taken), dtype=np.int32), taken)


def _report(highs: highspy.Highs, progress: Progress) -> None:
    def tell(event: highspy.HighsCallbackEvent) -> None:
        gap = float(event.data_out.mip_gap)
        far = f", höchstens {percent(100 * gap, 1)} vom Besten entfernt" if gap < 1 else ""
        progress(f"{_SEARCH}{far}", _BEFORE + _SHARE * (1 - min(gap, 1.0)))

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
    if status == highspy.HighsModelStatus.kInterrupt:
        return PlacementError("Die Rechnung wurde angehalten, bevor ein Plan gefunden war.")
    if status == highspy.HighsModelStatus.kSolutionLimit:
        return PlacementError("Die Grenze der Suche war erreicht, bevor ein Plan gefunden war.")
    return explain_conflict(problem, is_possible)


def run_program(program: Program, rule: SolveRule) -> Floats | None:
    """Solve a small program; the values of its columns, None where it has no solution.

    Raises
    ------
    UnknownError
        The rule's limits ended the search before it was known.
    """
    highs = _loaded(program, rule)
    highs.run()
    if highs.getInfo().primal_solution_status == int(
        highspy.SolutionStatus.kSolutionStatusFeasible
    ):
        return np.array(highs.getSolution().col_value)
    if highs.getModelStatus() in (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    ):
        return None
    raise UnknownError


class UnknownError(Exception):
    """A search ended before anything was known."""


def is_possible(problem: CoverProblem) -> bool:
    """Whether any plan fulfils the problem, whatever it gains."""
    nothing = np.zeros(0)
    bare = replace(
        problem, cover=problem.cover[:0], gain=nothing, bonus=None, robust=None, flows=None
    )
    highs = _loaded(build_program(bare), SolveRule(gap=0.99, time_limit_seconds=None))
    highs.run()
    return bool(highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)
