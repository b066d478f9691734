"""Why a wish cannot be fulfilled: areas nobody reaches, or a set in conflict."""

import numpy as np

from atlas.placement.presets.covering import apart, covers
from atlas.placement.presets.lagrange import Choice
from atlas.placement.presets.near import Bools, Ints
from atlas.placement.presets.problem import SiteProblem, named
from atlas.placement.presets.watch import Limits, Watch
from geodata.errors import PlacementError

_SECONDS = 20.0
"""How long a conflict is made smaller; it stays a conflict if the clock ends it."""


def refuse_unreached(problem: SiteProblem, sets: Bools, within: str) -> None:
    """Raise if an area has no place at all.

    Parameters
    ----------
    sets
        Shape (I, J): which place serves which area.
    within
        Words for how far, as in "in 15 Minuten"; nothing where any way will do.

    Raises
    ------
    PlacementError
        With every such area.
    """
    alone = np.flatnonzero(~sets[:, ~problem.forbidden].any(axis=1))
    if len(alone):
        many = "Ein Gebiet erreicht" if len(alone) == 1 else f"{len(alone)} Gebiete erreichen"
        keys = [problem.areas[i] for i in alone]
        summary = f"{many} {within} keinen Ort.".replace("  ", " ")
        raise named(keys, summary, f"kein Ort {within}".strip())


def reaching_all(problem: SiteProblem, sets: Bools, choice: Choice, watch: Watch) -> Bools:
    """At most p places that serve everyone.

    Raises
    ------
    PlacementError
        There are none, with a smallest set of areas in conflict; or none were found in the
        time given.
    """
    chosen, impossible = covers(sets, choice, watch)
    if chosen is not None:
        return chosen
    if not impossible:
        raise PlacementError(
            f"In der erlaubten Zeit wurden keine {choice.sites} Standorte gefunden, die alle "
            "Gebiete erreichen."
        )
    raise _explained(problem, sets, choice)


def _explained(problem: SiteProblem, sets: Bools, choice: Choice) -> PlacementError:
    watch = Watch(Limits(seconds=_SECONDS))
    areas = smallest_conflict(sets, choice, watch)
    keys = [problem.areas[i] for i in areas]
    fixed = int(choice.opened.sum())
    part = f" (davon {fixed} fest vorgegeben)" if fixed else ""
    places = "einen Standort" if choice.sites == 1 else f"{choice.sites} Standorte"
    smallest = (
        "vielleicht liegt es schon an einigen von ihnen, die Suche danach endete nach der Uhr"
        if watch.over()
        else "ohne jedes einzelne von ihnen ginge es"
    )
    return named(
        keys,
        f"{len(keys)} Gebiete lassen sich nicht alle durch {places}{part} erreichen; {smallest}. "
        "Mehr Standorte oder weitere Wege helfen.",
        "gehört zum Widerspruch",
    )


def smallest_conflict(sets: Bools, choice: Choice, watch: Watch) -> Ints:
    """Areas that p places cannot serve together, though they can serve all but any one.

    Areas are taken out one after the other; who can be spared stays out. Where the watch
    ended that, there may be a smaller conflict among them.
    """
    open_rows = np.flatnonzero(~sets[:, choice.opened].any(axis=1))
    rows = sets[:, ~(choice.opened | choice.closed)]
    alone = open_rows[apart(rows[open_rows])]
    if len(alone) > choice.left:
        return np.sort(alone[: choice.left + 1])
    kept = open_rows
    step = max(1, len(kept) // 2)
    while step and not watch.over():
        start = 0
        while start < len(kept) and not watch.over():
            fewer = np.delete(kept, np.s_[start : start + step])
            if len(fewer) and covers(sets[fewer], choice, watch)[1]:
                kept = fewer
            else:
                start += step
        step //= 2
    return kept
