"""Answers from elsewhere: every choice tried, and published problems with their optima."""

import os
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import shortest_path

OPTIMA = (5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255)
"""Optima of pmed1 … pmed10 of the OR-Library (Beasley 1985)."""


def cost_of(preset, minutes, demand, chosen, reach=None):
    """What a choice is worth, by the definition of the problem."""
    nearest = minutes[:, list(chosen)].min(axis=1)
    if preset == "mclp":
        return float(demand[nearest <= reach].sum())
    if preset == "p-median":
        needy = demand > 0
        return float((nearest[needy] * demand[needy]).sum())
    return float(nearest.max())


def every_choice(places, sites, fixed=(), forbidden=()):
    """All choices of so many places."""
    free = [j for j in range(places) if j not in fixed and j not in forbidden]
    for rest in combinations(free, sites - len(fixed)):
        yield (*fixed, *rest)


def best_by_trying(preset, minutes, demand, sites, reach=None, fixed=(), forbidden=()):
    """The best value over every choice."""
    values = [
        cost_of(preset, minutes, demand, chosen, reach)
        for chosen in every_choice(minutes.shape[1], sites, fixed, forbidden)
    ]
    return max(values) if preset == "mclp" else min(values)


def fewest_by_trying(minutes, reach, fixed=(), forbidden=()):
    """The fewest places that reach everyone, None where none do."""
    for sites in range(max(1, len(fixed)), minutes.shape[1] - len(forbidden) + 1):
        for chosen in every_choice(minutes.shape[1], sites, fixed, forbidden):
            if (minutes[:, list(chosen)].min(axis=1) <= reach).all():
                return sites
    return None


def covered_within(minutes, reach):
    """The fewest places that reach everyone, by HiGHS from the textbook's model."""
    near = (minutes <= reach).astype(float)
    done = milp(
        np.ones(minutes.shape[1]),
        constraints=LinearConstraint(near, lb=1.0),
        integrality=np.ones(minutes.shape[1]),
        bounds=Bounds(0, 1),
    )
    return round(done.fun) if done.success else None


def orlib_folder():
    """The folder with the OR-Library's problems, None where no variable names one."""
    named = os.environ.get("SOZIALATLAS_ORLIB")
    if not named and os.environ.get("SOZIALATLAS_REFERENCE"):
        named = str(Path(os.environ["SOZIALATLAS_REFERENCE"]) / "orlib")
    return Path(named) if named and Path(named).is_dir() else None


def read_pmed(path):
    """Shortest paths between all vertices, and p; of duplicate edges the last one counts."""
    vertices, edges, sites, *rest = map(int, path.read_text().split())
    lengths = np.zeros((vertices, vertices))
    for i, j, length in np.array(rest[: 3 * edges]).reshape(-1, 3):
        lengths[i - 1, j - 1] = lengths[j - 1, i - 1] = length
    return shortest_path(lengths, directed=False), sites


def plane(areas, places, seed, *, clustered=False, places_among_areas=False):
    """Points in 36 by 28 kilometres, minutes on foot between them, need by chance."""
    draw = np.random.default_rng(seed)
    size = np.array([36.0, 28.0])
    homes, sites = (_points(draw, n, clustered) * size for n in (areas, places))
    if places_among_areas:
        sites = homes[:places]
    metres = np.hypot(*(homes[:, None, axis] - sites[None, :, axis] for axis in (0, 1)))
    return metres * (1.3 * 60 / 4.5), np.rint(draw.gamma(2.0, 200.0, areas)) + 1.0


def _points(draw, many, clustered):
    if not clustered:
        return draw.uniform(0, 1, (many, 2))
    centres = draw.uniform(0, 1, (12, 2))
    return np.clip(centres[draw.integers(0, 12, many)] + draw.normal(0, 0.06, (many, 2)), 0, 1)
