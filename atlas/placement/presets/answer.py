"""What comes out: the places, how good they are, and where every area goes."""

from dataclasses import asdict, dataclass

import numpy as np

from atlas.placement.presets.cheapest import Found
from atlas.placement.presets.problem import WITH_REACH, Preset, SiteProblem, Wish
from atlas.placement.presets.watch import EXACT, Ended, Watch

FORMAT = 1


@dataclass(frozen=True)
class Assignment:
    """Where an area goes.

    Parameters
    ----------
    area
        Its key.
    demand
        Its need.
    place, minutes
        The nearest chosen place; None where no chosen place can be reached.
    reached
        Whether that is within reach; None where the preset knows none.
    """

    area: str
    demand: float
    place: str | None
    minutes: float | None
    reached: bool | None


@dataclass(frozen=True)
class Answer:
    """The best choice found and how good it is at least.

    Parameters
    ----------
    preset, sites, reach
        What was asked; ``sites`` of an LSCP is what was found.
    places
        Keys of the chosen places, in the order of the input.
    objective
        ``lscp``: number of places; ``mclp``: need that is reached; ``p-median``: sum of need
        times minutes; ``p-center``: longest way in minutes.
    bound
        No choice can be better.
    gap
        Distance of objective and bound as a share of the larger, 0 where the choice is proven
        optimal.
    ended
        Why the search ended: ``optimal``, ``gap``, ``work_limit``, ``time_limit``, ``stopped``.
    seconds
        How long it took.
    assignments
        One per area.
    """

    format: int
    preset: Preset
    sites: int
    reach: float | None
    places: tuple[str, ...]
    objective: float
    bound: float
    gap: float
    ended: Ended
    seconds: float
    assignments: tuple[Assignment, ...]

    def as_json(self) -> dict[str, object]:
        """The content of the result file."""
        return asdict(self)


def answer(problem: SiteProblem, wish: Wish, found: Found, watch: Watch) -> Answer:
    """Put together what was found."""
    most = max(abs(found.value), abs(found.bound))
    gap = abs(found.value - found.bound) / most if most > 0 else 0.0
    exact = gap <= EXACT
    ended: Ended = "optimal" if exact else watch.ended or "gap"
    return Answer(
        FORMAT, wish.preset, int(found.chosen.sum()), wish.reach,
        tuple(problem.places[j] for j in np.flatnonzero(found.chosen)),
        found.value, found.value if exact else found.bound, 0.0 if exact else gap, ended,
        watch.seconds, _assign(problem, wish, found),
    )  # fmt: skip


def _assign(problem: SiteProblem, wish: Wish, found: Found) -> tuple[Assignment, ...]:
    """Every area to its nearest chosen place, the first of equal ones."""
    chosen = np.flatnonzero(found.chosen)
    minutes = problem.minutes[:, chosen]
    nearest = minutes.argmin(axis=1)
    way = minutes[np.arange(len(minutes)), nearest]
    limit = wish.reach if wish.preset in WITH_REACH else None
    rows = zip(problem.areas, problem.demand, chosen[nearest], way, strict=True)
    return tuple(
        Assignment(
            area, float(demand),
            problem.places[place] if np.isfinite(m) else None,
            float(m) if np.isfinite(m) else None,
            None if limit is None else bool(m <= limit),
        )
        for area, demand, place, m in rows
    )  # fmt: skip
