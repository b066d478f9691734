"""From chosen sessions to a week: even load over the half-days, and the names of the teams."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
from scipy.optimize import linear_sum_assignment

from atlas.placement.hours import ExistingSession, Span, overlaps
from atlas.placement.model import Bools, CoverProblem, Ints, half_day_types

_NEVER = 1e9


def level_out(problem: CoverProblem, chosen: Bools, held: Ints) -> Bools:
    """Spread sessions evenly over half-days of the same type, without changing what is reached.

    Half-days that suit the same groups are equally good for the model; for the staff an even
    week is better. Each session becomes a worker, each team of a half-day a job whose price
    rises with the number of teams already out: an assignment problem.

    Parameters
    ----------
    problem
        Windows, teams and the groups' half-days.
    chosen
        (R, T) sessions of the solution.
    held
        (T,) existing sessions of our staff.

    Returns
    -------
    array, shape (R, T)
        As many sessions per room and type as before. Rooms with several sessions stay as
        they are.
    """
    types = half_day_types(problem.suits)
    single = chosen.sum(axis=1) == 1
    result = np.asarray(chosen & ~single[:, None], dtype=bool)
    fixed = result.sum(axis=0)
    rooms = np.flatnonzero(single)
    before = chosen[rooms].argmax(axis=1)
    copies = np.maximum(problem.teams - fixed, 0)
    clear = np.maximum(_clear_left(problem, result), 0)
    day = np.repeat(np.arange(len(copies)), copies)
    order = np.concatenate([np.arange(n) for n in copies]) if len(copies) else np.zeros(0)
    price = (held + fixed)[day] + order
    possible = problem.allowed[rooms][:, day] & (types[before][:, None] == types[day][None, :])
    possible &= ~problem.hindered[rooms][:, day] | (order < clear[day])
    cost = np.where(possible, price.astype(float), _NEVER)
    worker, job = linear_sum_assignment(cost)
    result[rooms[worker], day[job]] = True
    return result


def _clear_left(problem: CoverProblem, fixed: Bools) -> Ints:
    """(T,): teams free all half-day long that fixed sessions leave; the others go first."""
    partly = problem.teams - problem.clear_teams
    easy = (fixed & ~problem.hindered).sum(axis=0)
    used = (fixed & problem.hindered).sum(axis=0) + np.maximum(easy - partly, 0)
    left: Ints = problem.clear_teams - used
    return left


@dataclass(frozen=True)
class NewTiming:
    """When a new session is held; times in minutes after midnight."""

    half_day: int
    weekday: int
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Start and end."""
        return self.start, self.end


def team_names(
    new: tuple[NewTiming, ...], held: tuple[ExistingSession, ...], teams: int
) -> tuple[str, ...]:
    """Name the team of each new session, so that no team is in two places at once.

    A team holds one session in a half-day. The names of existing sessions are used on, then
    ``Team 1``, ``Team 2`` and so on.

    Parameters
    ----------
    new
        The new sessions.
    held
        Existing sessions of our teams.
    teams
        How many teams there are.
    """
    ours = [s for s in held if s.ours and s.team]
    pool = _pool({s.team for s in ours}, teams)
    named: dict[int, str] = {}

    def free(name: str, timing: NewTiming) -> bool:
        return not any(
            named[j] == name and new[j].half_day == timing.half_day for j in named
        ) and not any(
            s.team == name
            and (
                s.half_day == timing.half_day
                or (s.weekday == timing.weekday and overlaps(s.span, timing.span))
            )
            for s in ours
        )

    # Whoever has less choice chooses first.
    choices = [sum(free(name, timing) for name in pool) for timing in new]
    for i in sorted(range(len(new)), key=lambda i: (choices[i], i)):
        named[i] = next(name for name in _endless(pool) if free(name, new[i]))
    return tuple(named[i] for i in range(len(new)))


def _pool(known: set[str], teams: int) -> list[str]:
    """The teams' names: those known, filled up with numbered ones, in their natural order."""
    missing = max(teams - len(known), 0)
    numbered = (name for n in count(1) if (name := f"Team {n}") not in known)
    return sorted([*known, *(next(numbered) for _ in range(missing))], key=_natural)


def _endless(pool: list[str]) -> Iterator[str]:
    """The pool, and after it further numbers."""
    return chain(pool, (name for n in count(1) if (name := f"Team {n}") not in pool))


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order in which Team 2 comes before Team 10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts)
