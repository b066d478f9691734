"""Model and timetable in turns: what no week of the teams can hold goes back as a cut."""

import time
from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.arrays import Bools, CoverProblem, Cut, Floats, Ints, asked_for
from atlas.placement.scenario import SolveRule
from atlas.placement.sessions import Held, Timetable, Week, sessions_of
from atlas.placement.solve import Ended, Solution, UnknownError, gap_of, solve, value_of
from atlas.placement.spread import near_pairs
from atlas.placement.timetable import can_hold, possible_part, timetable
from geodata.errors import PlacementError
from geodata.progress import Progress, Stop, never

_SEARCHING = 0.8
"""Share of a time limit for the search; the rest is for a week that teams can hold."""


@dataclass(frozen=True)
class Planned:
    """A solution that teams can hold, with the week in which they do.

    ``dropped`` sessions of the best solution found were left out because no team could hold
    them; ``rounds`` is how often the model was asked.
    """

    solution: Solution
    week: Week
    timetable: Timetable
    dropped: int
    rounds: int


def plan_week(
    week: Week,
    rule: SolveRule,
    rounds: int,
    progress: Progress | None = None,
    stop: Stop = never,
    start: Bools | None = None,
) -> Planned:
    """Find the best plan that the teams can hold.

    The bound is that of the model without the teams' ways, so the gap is honest whatever
    the timetable had to leave out.

    Raises
    ------
    PlacementError
        No plan fulfils the scenario, or the teams cannot hold what must be.
    """
    started = time.perf_counter()
    if rule.time_limit_seconds is not None:
        week = replace(week, until=started + _SEARCHING * rule.time_limit_seconds)
    problem, solution = week.problem, None
    for asked in range(1, rounds + 1):
        rest = _rest(rule, started)
        solution = solve(problem, rest, progress, stop, start)
        sessions = sessions_of(problem, solution.chosen)
        try:
            found = timetable(week, sessions)
        except UnknownError:
            break
        if found is not None:
            return _planned(week, solution, found, 0, asked, started)
        core = conflict_of(week, sessions)
        if core is None or stop() or _is_over(rule, started):
            break
        problem = replace(problem, cuts=(*problem.cuts, core), pairs=near_pairs(week))
        start = solution.chosen
    if solution is None:
        raise PlacementError("In der erlaubten Zeit wurde kein Plan gefunden.")
    if rule.time_limit_seconds is not None:
        week = replace(week, until=started + rule.time_limit_seconds)
    ended: Ended = "stopped" if stop() else "time_limit" if _is_over(rule, started) else "rounds"
    return _repaired(week, solution, rounds, started, ended)


def _rest(rule: SolveRule, started: float) -> SolveRule:
    if rule.time_limit_seconds is None:
        return rule
    left = _SEARCHING * rule.time_limit_seconds - (time.perf_counter() - started)
    return replace(rule, time_limit_seconds=max(left, 0.1))


def _is_over(rule: SolveRule, started: float) -> bool:
    limit = rule.time_limit_seconds
    return limit is not None and time.perf_counter() - started >= _SEARCHING * limit


def conflict_of(week: Week, sessions: tuple[Held, ...]) -> Cut | None:
    """The fewest sessions, none of which could be left out, that no week of the teams holds."""
    needed: list[Held] = []
    rest, size = list(sessions), max(len(sessions) // 2, 1)
    while rest:
        block, others = rest[:size], rest[size:]
        if not _holds(week, (*needed, *others)):
            rest, size = others, min(2 * size, max(len(others), 1))
        elif len(block) == 1:
            needed.append(block[0])
            rest, size = others, 1
        else:
            size = max(size // 2, 1)
    if not needed or _holds(week, tuple(needed)):
        return None
    levels: dict[tuple[int, int], int] = {}
    for s in needed:
        levels[s.room, s.type] = levels.get((s.room, s.type), 0) + 1
    return Cut(tuple((room, kind, n) for (room, kind), n in sorted(levels.items())))


def _holds(week: Week, sessions: tuple[Held, ...]) -> bool:
    """Whether the teams can hold the sessions; also true where it is not known."""
    try:
        return can_hold(week.any_day(), sessions)
    except UnknownError:
        return True


def _repaired(week: Week, solution: Solution, rounds: int, started: float, ended: Ended) -> Planned:
    """The worthiest part of the last solution that the teams can hold."""
    sessions = sessions_of(week.problem, solution.chosen)
    worth = _worth(week.problem, solution.chosen, sessions)
    found = possible_part(week, sessions, worth)
    _check_musts(week.problem, found)
    dropped = len(sessions) - len(found.sessions)
    done = _planned(week, solution, found, dropped, rounds, started)
    whole = not dropped and done.solution.ended in ("optimal", "gap")
    return done if whole else replace(done, solution=replace(done.solution, ended=ended))


def _worth(problem: CoverProblem, chosen: Bools, sessions: tuple[Held, ...]) -> Floats:
    """What each session adds to the others; those that must be are worth more than all."""
    whole = value_of(problem, chosen)
    result = np.zeros(len(sessions))
    wanted = asked_for(problem.musts, chosen.shape)
    for k, s in enumerate(sessions):
        without = chosen.copy()
        without[s.room, s.now] = False
        asked = bool(wanted[s.room, s.now])
        result[k] = max(whole - value_of(problem, without), 1e-6) + asked * (whole + 1.0)
    return result


def _check_musts(problem: CoverProblem, found: Timetable) -> None:
    """Refuse a week that leaves out what must be."""
    chosen = found.chosen(problem.allowed.shape)
    missed = [m.wish for m in problem.musts if not m.met(chosen)]
    few = len(found.sessions) < problem.min_sessions
    if missed or few:
        what = missed or [f"mindestens {problem.min_sessions} neue Sprechstunden"]
        raise PlacementError(
            "Kein Team kann das halten, weil die Wege zwischen den Räumen zu lang sind oder die "
            f"Stunden der Teams nicht reichen: {'; '.join(what)}."
        )


def _planned(
    week: Week, solution: Solution, found: Timetable, dropped: int, rounds: int, started: float
) -> Planned:
    chosen = found.chosen(week.problem.allowed.shape)
    objective = value_of(week.problem, chosen)
    bound = max(solution.bound, objective)
    gap = gap_of(objective, bound)
    minutes: Ints = np.where(chosen, _minutes(week.problem, solution, chosen), 0)
    done = replace(
        solution,
        chosen=chosen,
        minutes=minutes,
        objective=objective,
        bound=bound,
        gap=gap,
        ended="optimal" if gap == 0.0 and solution.ended == "gap" else solution.ended,
        seconds=time.perf_counter() - started,
    )
    return Planned(done, week, found, dropped, rounds)


def _minutes(problem: CoverProblem, solution: Solution, chosen: Bools) -> Ints:
    """(R, Q): lengths of sessions, also of those that moved to another half-day."""
    types = problem.types
    result = np.where(chosen, problem.options.shortest[None, :], 0)
    for room, q in np.argwhere(chosen).tolist():
        same = solution.minutes[room, (types == types[q]) & solution.chosen[room]]
        if len(same):
            result[room, q] = min(int(same.max()), int(problem.longest[room, q]))
    return result.astype(np.int64)
