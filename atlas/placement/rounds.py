"""Model and timetable in turns: what no week of the teams can hold goes back as a cut."""

import time
from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.arrays import Bools, CoverProblem, Cut, Floats, Ints, asked_for
from atlas.placement.refill import refilled
from atlas.placement.scenario import SolveRule
from atlas.placement.sessions import Held, Timetable, Week, sessions_of
from atlas.placement.solve import Ended, Solution, UnknownError, gap_of, solve, value_of
from atlas.placement.spread import ways_of_day
from atlas.placement.timetable import can_hold, possible_part, prettier, timetable
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

    The first round asks without the teams' ways. If no week holds its plan, the ways of each
    day become part of the model; what still cannot be held comes back as a cut, and the best
    week that can be held is kept from round to round. Every bound is that of a model that
    allows more than the teams can hold, so the gap is honest whatever was left out.

    Raises
    ------
    PlacementError
        No plan fulfils the scenario, or the teams cannot hold what must be.
    """
    run = _Run(week, rule, time.perf_counter(), stop)
    week, problem, solution, best = run.searching(), week.problem, None, None
    for asked in range(1, rounds + 1):
        latest = _asked(run, problem, progress, start, solution)
        if latest is None:
            break
        solution = latest
        sessions = sessions_of(problem, solution.chosen)
        try:
            found = timetable(week, sessions)
        except UnknownError:
            break
        if found is not None:
            return _planned(week, solution, found, 0, asked, run.started)
        ways = ways_of_day(week) if problem.ways is None else None
        if ways is None:
            best = _better(best, _part(week, solution, asked, run.started))
        if _is_good(best, solution, rule) or run.is_over():
            break
        core = conflict_of(week, sessions) if ways is None else None
        if ways is None and core is None:
            break
        cuts = problem.cuts if core is None else (*problem.cuts, core)
        problem = replace(problem, ways=ways or problem.ways, cuts=cuts)
        start = solution.chosen if best is None else best.solution.chosen
    if solution is None:
        raise PlacementError("In der erlaubten Zeit wurde kein Plan gefunden.")
    week = run.to_the_end()
    if not _is_good(best, solution, rule):
        best = _better(best, _part(week, solution, asked, run.started, last=best is None))
    if best is None:
        raise AssertionError("the last part is never refused silently")
    return _closed(run, best, solution, asked)


@dataclass(frozen=True)
class _Run:
    """What is searched, when the search began, and what ends it."""

    week: Week
    rule: SolveRule
    started: float
    stop: Stop

    def _until(self, share: float) -> Week:
        limit = self.rule.time_limit_seconds
        return (
            self.week if limit is None else replace(self.week, until=self.started + share * limit)
        )

    def searching(self) -> Week:
        """The week while the search goes on."""
        return self._until(_SEARCHING)

    def to_the_end(self) -> Week:
        """The week after the search, with the rest of the time."""
        return self._until(1.0)

    def rest(self) -> SolveRule:
        """The rule with what is left of the time for searching."""
        if self.rule.time_limit_seconds is None:
            return self.rule
        left = _SEARCHING * self.rule.time_limit_seconds - (time.perf_counter() - self.started)
        return replace(self.rule, time_limit_seconds=max(left, 0.1))

    def is_late(self) -> bool:
        """Whether the time for searching is over."""
        limit = self.rule.time_limit_seconds
        return limit is not None and time.perf_counter() - self.started >= _SEARCHING * limit

    def is_over(self) -> bool:
        """Whether the search shall end: its time is over, or somebody stopped it."""
        return self.stop() or self.is_late()

    def ended(self) -> Ended:
        """Why the search ended short of what was asked for."""
        return "stopped" if self.stop() else "time_limit" if self.is_late() else "rounds"


def _asked(
    run: _Run,
    problem: CoverProblem,
    progress: Progress | None,
    start: Bools | None,
    before: Solution | None,
) -> Solution | None:
    """The model's solution with the least bound so far; None where the time was over before."""
    try:
        latest = solve(problem, run.rest(), progress, run.stop, start)
    except PlacementError:
        # At the end of the time what was found before stands.
        if before is None or not run.is_over():
            raise
        return None
    if before is None or before.bound >= latest.bound:
        return latest
    bound = max(before.bound, latest.objective)
    return replace(latest, bound=bound, gap=gap_of(latest.objective, bound))


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


def _part(
    week: Week, solution: Solution, rounds: int, started: float, *, last: bool = False
) -> Planned | None:
    """The worthiest part of a solution that the teams can hold, filled up with others.

    None where it leaves out what must be; the `last` one says what that is.
    """
    problem = week.problem
    sessions = sessions_of(problem, solution.chosen)
    found = possible_part(week, sessions, _worth(problem, solution.chosen, sessions))
    found = refilled(week, found)
    if last:
        _check_musts(problem, found)
    elif _missed(problem, found) or not _keeps_days(problem, found):
        return None
    dropped = max(len(sessions) - len(found.sessions), 0)
    return _planned(week, solution, found, dropped, rounds, started)


def _better(one: Planned | None, other: Planned | None) -> Planned | None:
    """The plan that gains more, of equals the first."""
    if one is None or other is None:
        return other if one is None else one
    return other if other.solution.objective > one.solution.objective else one


def _is_good(best: Planned | None, solution: Solution, rule: SolveRule) -> bool:
    """Whether the week is as near the bound as is asked for."""
    return best is not None and gap_of(best.solution.objective, solution.bound) <= rule.gap


def _closed(run: _Run, best: Planned, solution: Solution, rounds: int) -> Planned:
    """The week as it is handed on: with the last bound, why it ended, and short ways."""
    bound = max(min(best.solution.bound, solution.bound), best.solution.objective)
    gap = gap_of(best.solution.objective, bound)
    near: Ended = "optimal" if gap == 0.0 else "gap"
    ended = near if gap <= run.rule.gap else run.ended()
    table = prettier(run.to_the_end(), best.timetable)
    seconds = time.perf_counter() - run.started
    done = replace(best.solution, bound=bound, gap=gap, ended=ended, seconds=seconds)
    return replace(best, solution=done, timetable=table, rounds=rounds)


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


def _missed(problem: CoverProblem, found: Timetable) -> list[str]:
    """What a week leaves out that must be."""
    chosen = found.chosen(problem.allowed.shape)
    missed = [m.wish for m in problem.musts if not m.met(chosen)]
    if not missed and len(found.sessions) < problem.min_sessions:
        missed = [f"mindestens {problem.min_sessions} neue Sprechstunden"]
    return missed


def _keeps_days(problem: CoverProblem, found: Timetable) -> bool:
    """Whether each weekday has its least number of sessions."""
    days = problem.options.weekday[np.array(found.option, dtype=np.int64)]
    return bool((np.bincount(days, minlength=7) >= problem.day_low).all())


def _check_musts(problem: CoverProblem, found: Timetable) -> None:
    """Refuse a week that leaves out what must be."""
    missed = _missed(problem, found)
    if missed:
        raise PlacementError(
            "Kein Team kann das halten, weil die Wege zwischen den Räumen zu lang sind oder die "
            f"Stunden der Teams nicht reichen: {'; '.join(missed)}."
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
