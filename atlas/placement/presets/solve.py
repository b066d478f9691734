"""From a problem and a wish to an answer: the one entry."""

from collections.abc import Callable

import numpy as np

from atlas.placement.presets.answer import Answer, answer
from atlas.placement.presets.center import longest_way, solve_center
from atlas.placement.presets.cheapest import Found
from atlas.placement.presets.conflict import reaching_all, refuse_unreached
from atlas.placement.presets.covering import cover_all, cover_most
from atlas.placement.presets.lagrange import Choice
from atlas.placement.presets.median import solve_median
from atlas.placement.presets.near import Bools
from atlas.placement.presets.problem import SiteProblem, Wish, check_wish
from atlas.placement.presets.watch import Limits, Watch, never
from atlas.wording import plain
from geodata.progress import Progress, silent


def solve_preset(
    problem: SiteProblem,
    wish: Wish,
    limits: Limits | None = None,
    progress: Progress = silent,
    stop: Callable[[], bool] = never,
) -> Answer:
    """Choose places.

    Parameters
    ----------
    problem
        See `site_problem`.
    wish
        Which problem, how many places, what reach.
    limits
        Gap, seconds, work; proof of the optimum and no clock where None.
    progress
        Is told the step with its gap and the share done, 0 to 1.
    stop
        Is asked again and again; once it answers True the best choice so far is the answer.

    Raises
    ------
    PlacementError
        The wish cannot be fulfilled; with every reason, or the areas in conflict.
    """
    check_wish(problem, wish)
    watch = Watch(limits or Limits(), progress, stop)
    found = _ways(wish.preset)(problem, wish, watch)
    done = answer(problem, wish, found, watch)
    watch.tell("Fertig", 1.0)
    return done


_Way = Callable[[SiteProblem, Wish, Watch], Found]


def _ways(preset: str) -> _Way:
    ways: dict[str, _Way] = {
        "lscp": _lscp,
        "mclp": _mclp,
        "p-median": _median,
        "p-center": _center,
    }
    return ways[preset]


def _choice(problem: SiteProblem, sites: int | None) -> Choice:
    return Choice(sites or 0, problem.fixed, problem.forbidden)


def _lscp(problem: SiteProblem, wish: Wish, watch: Watch) -> Found:
    sets = problem.minutes <= (wish.reach or 0.0)
    refuse_unreached(problem, sets, f"in {plain(wish.reach or 0.0)} Minuten")
    return cover_all(sets, problem.fixed, problem.forbidden, watch)


def _mclp(problem: SiteProblem, wish: Wish, watch: Watch) -> Found:
    sets = problem.minutes <= (wish.reach or 0.0)
    return cover_most(sets, problem.demand, _choice(problem, wish.sites), watch)


def _median(problem: SiteProblem, wish: Wish, watch: Watch) -> Found:
    """Areas without need cost nothing wherever they go, so they are left out."""
    choice = _choice(problem, wish.sites)
    needy = problem.demand > 0
    if not needy.any():
        return Found(_any_places(choice), 0.0, 0.0)
    minutes = problem.minutes if needy.all() else problem.minutes[needy]
    begin = None
    if not np.isfinite(minutes).all():
        sets = np.isfinite(problem.minutes) | ~needy[:, None]
        refuse_unreached(problem, sets, "")
        begin = reaching_all(problem, sets, choice, watch)
    return solve_median(minutes, problem.demand[needy], choice, watch, begin)


def _center(problem: SiteProblem, wish: Wish, watch: Watch) -> Found:
    """Every area counts, with need or without."""
    choice = _choice(problem, wish.sites)
    sets = np.isfinite(problem.minutes)
    refuse_unreached(problem, sets, "")
    begin = reaching_all(problem, sets, choice, watch)
    found = solve_center(problem.minutes, choice, begin, watch)
    full = _filled(found.chosen, choice)
    return Found(full, longest_way(problem.minutes, full), found.bound)


def _any_places(choice: Choice) -> Bools:
    return _filled(choice.opened, choice)


def _filled(chosen: Bools, choice: Choice) -> Bools:
    """As many places as were asked for, the first ones that are left."""
    full = chosen.copy()
    full[np.flatnonzero(~(chosen | choice.closed))[: choice.sites - int(chosen.sum())]] = True
    return full
