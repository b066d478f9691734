"""What a classical location problem is given, and what it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from atlas.placement.presets.near import Bools, Floats
from geodata.errors import PlacementError, Problem, ProblemCollector

Preset = Literal["lscp", "mclp", "p-median", "p-center"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
WITH_SITES: frozenset[Preset] = frozenset({"mclp", "p-median", "p-center"})
WITH_REACH: frozenset[Preset] = frozenset({"lscp", "mclp"})

_UNFIT = "So lassen sich keine Standorte wählen."
_NAMED = 100


@dataclass(frozen=True)
class SiteProblem:
    """Areas with their need, places, and the minutes between them.

    Parameters
    ----------
    areas, places
        Keys, I and J of them.
    minutes
        Shape (I, J), at least 0; infinite where there is no way.
    demand
        Shape (I,), finite, at least 0.
    fixed, forbidden
        Shape (J,): places that are chosen in any case, or in none.
    """

    areas: tuple[str, ...]
    places: tuple[str, ...]
    minutes: Floats
    demand: Floats
    fixed: Bools
    forbidden: Bools


@dataclass(frozen=True)
class Wish:
    """What is asked.

    Parameters
    ----------
    preset
        ``lscp``: the fewest places that reach everyone; ``mclp``: places that reach as much
        need as possible; ``p-median``: shortest ways together; ``p-center``: shortest longest
        way.
    sites
        How many places, for all but ``lscp``; the fixed ones count.
    reach
        Within how many minutes a place reaches, for ``lscp`` and ``mclp``.
    """

    preset: Preset
    sites: int | None = None
    reach: float | None = None


def site_problem(
    minutes: Floats,
    demand: Floats | None = None,
    *,
    areas: Sequence[str] | None = None,
    places: Sequence[str] | None = None,
    fixed: Sequence[str] = (),
    forbidden: Sequence[str] = (),
) -> SiteProblem:
    """Make a problem from arrays.

    Parameters
    ----------
    minutes
        Shape (I, J); infinite or NaN where there is no way.
    demand
        Shape (I,); 1 each where None.
    areas, places
        Keys; counted from 1 where None.
    fixed, forbidden
        Keys of places.

    Raises
    ------
    PlacementError
        A fixed or forbidden place is unknown, or is both.
    ValueError
        Shapes do not fit, or a number is negative or not finite.
    """
    given = np.asarray(minutes, dtype=np.float64)
    if given.ndim != 2 or not given.size:
        raise ValueError("minutes needs one row per area and one column per place")
    table = np.where(np.isnan(given), np.inf, given) if np.isnan(given).any() else given
    need = np.ones(len(table)) if demand is None else np.asarray(demand, dtype=np.float64)
    if need.shape != (len(table),):
        raise ValueError("demand needs one number per area")
    if (table < 0).any() or not (np.isfinite(need) & (need >= 0)).all():
        raise ValueError("minutes and demand must be at least 0, demand finite")
    names = _keys(places, table.shape[1])
    opened, closed = _marked(names, fixed, forbidden)
    return SiteProblem(_keys(areas, len(table)), names, table, need, opened, closed)


def _keys(given: Sequence[str] | None, many: int) -> tuple[str, ...]:
    keys = tuple(str(i + 1) for i in range(many)) if given is None else tuple(given)
    if len(keys) != many or len(set(keys)) != many:
        raise ValueError(f"{many} different keys are needed")
    return keys


def _marked(
    places: tuple[str, ...], fixed: Sequence[str], forbidden: Sequence[str]
) -> tuple[Bools, Bools]:
    """Which places are fixed and which forbidden."""
    found = ProblemCollector()
    at = {key: j for j, key in enumerate(places)}
    for option, keys in (("fixed", fixed), ("forbid", forbidden)):
        for key in keys:
            if key not in at:
                found.add(f"--{option} {key}", "dieser Ort hat keine Zeile mit Minuten")
    for key in sorted(set(fixed) & set(forbidden)):
        found.add(f"Ort {key}", "ist fest vorgegeben und zugleich ausgeschlossen")
    found.raise_if_any(PlacementError, _UNFIT)
    marks = np.zeros((2, len(places)), dtype=bool)
    for row, keys in enumerate((fixed, forbidden)):
        marks[row, [at[key] for key in keys]] = True
    return marks[0], marks[1]


def check_wish(problem: SiteProblem, wish: Wish) -> None:
    """Refuse a wish that misses something or cannot fit, with everything that is wrong.

    Raises
    ------
    PlacementError
        With every reason.
    """
    found = ProblemCollector()
    if wish.preset in WITH_SITES:
        _check_sites(problem, wish, found)
    elif wish.sites is not None:
        found.add("--sites", f"{wish.preset} sucht die Zahl der Standorte selbst", "ohne --sites")
    if wish.preset in WITH_REACH:
        if wish.reach is None:
            found.add("--reach", "fehlt", "Minuten, in denen ein Standort erreicht sein soll")
        elif not (np.isfinite(wish.reach) and wish.reach >= 0):
            found.add("--reach", f"{wish.reach:g}", "Minuten ab 0")
    elif wish.reach is not None:
        found.add("--reach", f"{wish.preset} kennt keine Grenze in Minuten", "ohne --reach")
    if wish.preset == "mclp" and not problem.demand.any():
        found.add("Bedarf", "ist überall 0", "mindestens ein Gebiet mit Bedarf")
    found.raise_if_any(PlacementError, _UNFIT)


def _check_sites(problem: SiteProblem, wish: Wish, found: ProblemCollector) -> None:
    fixed, allowed = int(problem.fixed.sum()), int((~problem.forbidden).sum())
    if wish.sites is None:
        found.add("--sites", "fehlt", f"Zahl der Standorte, 1 bis {allowed}")
    elif wish.sites < 1:
        found.add("--sites", f"{wish.sites}", f"1 bis {allowed}")
    elif wish.sites > allowed:
        rest = ", die nicht ausgeschlossen sind" if problem.forbidden.any() else ""
        found.add("--sites", f"{wish.sites} Standorte aus nur {allowed} Orten{rest}")
    elif wish.sites < fixed:
        found.add("--sites", f"{wish.sites}, aber {fixed} Orte sind fest vorgegeben")


def named(keys: Sequence[str], summary: str, found: str, allowed: str = "") -> PlacementError:
    """An error that names areas, the first hundred of them one by one."""
    problems = [Problem(f"Gebiet {key}", found, allowed) for key in keys[:_NAMED]]
    if len(keys) > _NAMED:
        problems.append(Problem("Weitere Gebiete", str(len(keys) - _NAMED)))
    return PlacementError(summary, problems)
