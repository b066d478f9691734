"""From chosen sessions to a week: even load over the half-days, and team numbers."""

from itertools import count

import numpy as np
from scipy.optimize import linear_sum_assignment

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
    day = np.repeat(np.arange(len(copies)), copies)
    order = np.concatenate([np.arange(n) for n in copies]) if len(copies) else np.zeros(0)
    price = (held + fixed)[day] + order
    possible = problem.allowed[rooms][:, day] & (types[before][:, None] == types[day][None, :])
    cost = np.where(possible, price.astype(float), _NEVER)
    worker, job = linear_sum_assignment(cost)
    result[rooms[worker], day[job]] = True
    return result


def team_names(half_days: Ints, taken: tuple[frozenset[str], ...]) -> tuple[str, ...]:
    """Name the team of each session: the first ``Team n`` that is free in its half-day.

    Parameters
    ----------
    half_days
        Half-day of each session, in order.
    taken
        Per half-day the names of the teams that hold existing sessions.
    """
    used = [set(names) for names in taken]
    result = []
    for t in half_days:
        name = next(f"Team {n}" for n in count(1) if f"Team {n}" not in used[t])
        used[t].add(name)
        result.append(name)
    return tuple(result)
