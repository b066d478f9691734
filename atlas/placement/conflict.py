"""Wishes that cannot be fulfilled together: an irreducible set of them, in German."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.arrays import CoverProblem
from geodata.errors import PlacementError, Problem

Possible = Callable[[CoverProblem], bool]
_MANY = 1_000_000


@dataclass(frozen=True)
class Wish:
    """A wish in words, and the problem without it."""

    text: str
    without: Callable[[CoverProblem], CoverProblem]


def explain_conflict(problem: CoverProblem, possible: Possible) -> PlacementError:
    """Find wishes that contradict each other, of which none could be left out of the list.

    Parameters
    ----------
    problem
        One that no plan fulfils.
    possible
        Whether a problem has a plan.
    """
    needed = irreducible(problem, possible)
    if len(needed) == 1:
        return PlacementError("Dieser Wunsch lässt sich nicht erfüllen.", [Problem(needed[0], "")])
    return PlacementError(
        "Diese Wünsche lassen sich nicht zugleich erfüllen; ohne einen von ihnen ginge es.",
        [Problem(text, "") for text in needed],
    )


def irreducible(problem: CoverProblem, possible: Possible) -> list[str]:
    """The wishes of a minimal conflict: without any one of them the rest has a plan."""
    needed: list[str] = []
    rest, size = all_wishes(problem), 1
    while rest:
        block, others = rest[:size], rest[size:]
        without = problem
        for wish in block:
            without = wish.without(without)
        if not possible(without):
            # None of these is needed; the next look may be at more of them at once.
            problem, rest, size = without, others, 2 * size
        elif len(block) == 1:
            needed.append(block[0].text)
            rest, size = others, 1
        else:
            size = 1
    return needed


def all_wishes(problem: CoverProblem) -> list[Wish]:
    """Everything that can be left out; what is easiest to give up in real life comes last."""
    wishes = [_without_must(must.wish) for must in problem.musts]
    if problem.one_per_day:
        wishes.append(Wish("Sprechstunden eines Raums an verschiedenen Tagen", _any_day))
    if (problem.day_low > 0).any():
        least = int(problem.day_low.max())
        wishes.append(Wish(f"mindestens {least} Sprechstunden an jedem Wochentag", _no_day_low))
    if (problem.staff.day_high < problem.staff.max_sessions).any():
        wishes.append(Wish("höchstens so viele Sprechstunden an einem Wochentag", _no_day_high))
    if problem.min_sessions:
        text = f"mindestens {problem.min_sessions} neue Sprechstunden"
        wishes.append(Wish(text, lambda p: replace(p, min_sessions=0)))
    if problem.cuts or problem.ways is not None:
        wishes.append(Wish("Wege und Stunden der einzelnen Teams", _no_cuts))
    return [
        *wishes,
        Wish("nicht mehr Sprechstunden in einem Raum, als erlaubt sind", _no_room_limit),
        Wish("nicht mehr Stunden in der Woche, als das Personal hat", _no_hours),
        Wish("nicht mehr Sprechstunden zur selben Zeit, als Teams frei sind", _no_teams),
    ]


def _without_must(wish: str) -> Wish:
    return Wish(
        wish, lambda p: replace(p, musts=tuple(must for must in p.musts if must.wish != wish))
    )


def _no_cuts(problem: CoverProblem) -> CoverProblem:
    return replace(problem, cuts=(), ways=None)


def _any_day(problem: CoverProblem) -> CoverProblem:
    return replace(problem, one_per_day=False)


def _no_day_low(problem: CoverProblem) -> CoverProblem:
    return replace(problem, day_low=np.zeros_like(problem.day_low))


def _no_day_high(problem: CoverProblem) -> CoverProblem:
    high = np.full_like(problem.staff.day_high, _MANY)
    return replace(problem, staff=replace(problem.staff, day_high=high))


def _no_room_limit(problem: CoverProblem) -> CoverProblem:
    return replace(problem, room_limit=np.full_like(problem.room_limit, _MANY))


def _no_hours(problem: CoverProblem) -> CoverProblem:
    staff = replace(problem.staff, max_minutes=_MANY, max_sessions=_MANY)
    crews = tuple(
        replace(c, week_minutes=None, week_sessions=None, day_minutes=None) for c in staff.crews
    )
    return replace(problem, staff=replace(staff, crews=crews))


def _no_teams(problem: CoverProblem) -> CoverProblem:
    many = np.full_like(problem.staff.teams, _MANY)
    staff = replace(problem.staff, teams=many, clear=many, crews=())
    return replace(problem, staff=staff)
