"""What a reader would still know if everything but zeros and public numbers were hidden."""

import numpy as np
from scipy import optimize

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray, read_knowledge
from indicators.disclosure.equations import Component, split
from indicators.disclosure.rule import Rule
from indicators.disclosure.world import PIECE, REST, World

_TOLERANCE = 1e-6


def capped_alone(world: World, rule: Rule, cells: IntArray, number: IntArray) -> BoolArray:
    """Which cells cannot reach `number` by what is told in any case.

    Meant for few cells: one linear program each.
    """
    return np.asarray(_extremes(world, rule, cells, 1) < number - _TOLERANCE, dtype=np.bool_)


def kept_up_alone(world: World, rule: Rule, cells: IntArray, number: IntArray) -> BoolArray:
    """Which cells cannot be as low as `number` by what is told in any case."""
    return np.asarray(_extremes(world, rule, cells, -1) > number + _TOLERANCE, dtype=np.bool_)


def _extremes(world: World, rule: Rule, cells: IntArray, sign: int) -> FloatArray:
    """The largest (+1) or smallest (-1) number that each cell can be; inf if unbounded."""
    found = np.full(len(cells), np.nan)
    if not len(cells):
        return found
    lower = _lowest(world, rule)
    value = np.where(world.told, world.value, 0)
    for part in split(world.system, ~world.told):
        for number in np.flatnonzero(np.isin(cells, part.cells)):
            found[number] = _extreme(world, part, value, lower, int(cells[number]), sign)
    return found


def _lowest(world: World, rule: Rule) -> IntArray:
    """The smallest number of each cell: zeros are told, so that hardly any other is zero."""
    knowledge = read_knowledge(world.cells)
    zero_possible = ~knowledge.known & ~knowledge.suppressed | world.of(REST, PIECE)
    zero_possible |= world.by_rule
    return np.where(zero_possible, 0, rule.lowest).astype(np.int64)


def _extreme(
    world: World, part: Component, value: IntArray, lower: IntArray, cell: int, sign: int
) -> float:
    matrix = world.system.matrix[part.rows]
    right = -np.asarray(matrix @ value).astype(np.float64)
    inner, equal = matrix[:, part.cells], world.system.equality[part.rows]
    solution = optimize.linprog(
        -sign * (part.cells == cell).astype(np.float64),
        A_ub=inner[np.flatnonzero(~equal)], b_ub=right[~equal],
        A_eq=inner[np.flatnonzero(equal)], b_eq=right[equal],
        bounds=[(low, None) for low in lower[part.cells]], method="highs",
    )  # fmt: skip
    return float(-sign * solution.fun) if solution.status == 0 else sign * np.inf
