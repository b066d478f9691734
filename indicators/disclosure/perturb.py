"""Cell-key perturbation: a little noise, always the same for the same people.

After Fraser and Wooton (2005) and Thompson, Broadfoot and Elazar (2013), as used by the
Zensus 2022 and the ONS: every record has a random key, a cell's key is the sum of the keys
of its records, and the noise is looked up by the cell's number and key. Zeros stay, sums no
longer add up. The table of odds has the greatest entropy among those with a largest
deviation, a mean of zero and at most a variance (Giessing 2016).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np
from scipy import optimize, sparse
from scipy.sparse import csgraph
from scipy.special import logsumexp

from geodata.errors import Problem, UserError
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.equations import System
from indicators.disclosure.keys import cell_texts, draw
from indicators.disclosure.programs import solver_of
from indicators.disclosure.reading import Limits
from indicators.programs import linear_program

KEYS = 256
"""How many different record and cell keys there are."""
_EDGE = 1e-6
"""How near to the least or greatest variance there is nothing left to choose."""


@dataclass(frozen=True)
class Noise:
    """How much noise, and where it must not lead.

    Parameters
    ----------
    deviation
        By how much a number changes at most.
    variance
        Its variance, as far as small numbers allow: their noise cannot lead below zero.
    forbidden
        Numbers from 1 to this one never come out; 0 forbids none.
    """

    deviation: int = 5
    variance: float = 3.0
    forbidden: int = 0

    def __post_init__(self) -> None:
        found = []
        if not 1 <= self.deviation <= 15:
            found.append(Problem("größte Abweichung", str(self.deviation), "1 bis 15"))
        elif not 0 < self.variance <= self.deviation**2:
            allowed = f"über 0 und höchstens {self.deviation**2}"
            found.append(Problem("Varianz", str(self.variance), allowed))
        if not 0 <= self.forbidden < self.deviation:
            allowed = "0 oder mehr, kleiner als die größte Abweichung"
            found.append(Problem("verbotene kleine Zahlen", str(self.forbidden), allowed))
        if found:
            raise UserError("Eine solche zufällige Veränderung gibt es nicht.", found)


@dataclass(frozen=True)
class PTable:
    """For each number and cell key, the noise.

    Parameters
    ----------
    noise
        What it was made for.
    keys
        Shape (numbers, 2 × deviation + 1): how many of the cell keys lead to each noise from
        -deviation to deviation; the last row serves all greater numbers.
    """

    noise: Noise
    keys: IntArray

    @cached_property
    def _ends(self) -> IntArray:
        return np.cumsum(self.keys, axis=1)

    @property
    def steps(self) -> IntArray:
        """The noise of each column."""
        return np.arange(-self.noise.deviation, self.noise.deviation + 1)

    def noise_of(self, value: IntArray, cell_key: IntArray) -> IntArray:
        """The noise of each cell by its number and key."""
        row = np.minimum(value, len(self.keys) - 1)
        column = (self._ends[row] <= cell_key[:, None]).sum(axis=1)
        return np.asarray(column - self.noise.deviation, dtype=np.int64)

    def limits(self, printed: IntArray) -> Limits:
        """What a printed number says of the true one to whoever has this table."""
        last, reach = len(self.keys) - 1, self.noise.deviation
        # Printed numbers above `near` come from numbers that the last row serves.
        near = last + reach
        can = self.keys > 0
        low, high = np.full(near + 1, near + reach), np.full(near + 1, -1)
        for number in range(near + reach + 1):
            printed_as = number + self.steps[can[min(number, last)]]
            printed_as = printed_as[printed_as <= near]
            low[printed_as] = np.minimum(low[printed_as], number)
            high[printed_as] = number
        far, at, widest = printed > near, np.minimum(printed, near), self.steps[can[last]]
        return Limits(
            np.where(far, printed - widest[-1], low[at]).astype(np.int64),
            np.where(far, printed - widest[0], high[at]).astype(np.int64),
        )


def make_ptable(noise: Noise) -> PTable:
    """The table of greatest entropy with zero mean for every number, as shares of the keys."""
    last = noise.deviation + noise.forbidden + 1
    steps = np.arange(-noise.deviation, noise.deviation + 1)
    rows = [_keys_row(steps, _allowed(number, steps, noise), noise) for number in range(last + 1)]
    return PTable(noise, np.stack(rows))


def _allowed(number: int, steps: IntArray, noise: Noise) -> BoolArray:
    """Which noise a number may get; zero stays zero."""
    if number == 0:
        return np.asarray(steps == 0)
    result = number + steps
    allowed: BoolArray = (result == 0) | (result > noise.forbidden)
    return allowed


def most_even(steps: IntArray, variance: float) -> FloatArray:
    """The odds of greatest entropy with mean zero and at most a variance.

    Where the steps do not allow so little, the least variance that they do.

    Parameters
    ----------
    steps
        Ascending whole numbers on both sides of zero, or zero alone.
    variance
        Wished for.
    """
    if len(steps) == 1:
        return np.ones(1)
    below, above = int(steps[steps < 0][-1]), int(steps[steps > 0][0])
    least = 0 if 0 in steps else -below * above
    if variance <= least + _EDGE:
        return _two_points(steps, below, above) if least else (steps == 0).astype(np.float64)
    powers = np.stack([steps, steps**2]).astype(np.float64)
    odds = _exponential(powers[:1], np.zeros(1))
    if odds @ powers[1] > variance:
        odds = _exponential(powers, np.array([0.0, variance]))
    return odds


def _exponential(powers: FloatArray, goal: FloatArray) -> FloatArray:
    """The odds of greatest entropy with given means of some functions, by the dual problem."""

    def odds_of(weights: FloatArray) -> FloatArray:
        exponent = weights @ powers
        return np.asarray(np.exp(exponent - logsumexp(exponent)), dtype=np.float64)

    def gap(weights: FloatArray) -> tuple[float, FloatArray]:
        value = logsumexp(weights @ powers) - weights @ goal
        return float(value), powers @ odds_of(weights) - goal

    def bend(weights: FloatArray) -> FloatArray:
        odds = odds_of(weights)
        mean = powers @ odds
        return np.asarray((powers * odds) @ powers.T - np.outer(mean, mean))

    found = optimize.minimize(
        gap, np.zeros(len(goal)), jac=True, hess=bend, method="trust-exact",
        options={"gtol": 1e-9},
    )  # fmt: skip
    return odds_of(found.x)


def _two_points(steps: IntArray, low: int, high: int) -> FloatArray:
    """The odds of two numbers around zero with mean zero."""
    odds = np.zeros(len(steps))
    odds[steps == low] = high / (high - low)
    odds[steps == high] = -low / (high - low)
    return odds


def _keys_row(steps: IntArray, allowed: BoolArray, noise: Noise) -> IntArray:
    """Whole numbers of keys closest to the odds of a number, with a mean of exactly zero."""
    size = len(steps)
    odds = np.zeros(size)
    odds[allowed] = most_even(steps[allowed], noise.variance)
    # Columns: the keys of each step, and by how much they exceed and fall short of its odds.
    unit, none = sparse.identity(size), np.zeros((2, 2 * size))
    sums = np.concatenate([np.stack([np.ones(size), steps]), none], axis=1)
    table = sparse.csr_array(sparse.vstack([sparse.hstack([unit, -unit, unit]), sums]))
    right = np.concatenate([KEYS * odds, [KEYS, 0]])
    upper = np.concatenate([np.where(allowed, KEYS, 0), np.full(2 * size, np.inf)])
    cost = np.repeat(np.array([0.0, 1.0, 1.0]), size)
    model = linear_program(table, cost, (np.zeros(3 * size), upper), (right, right))
    kinds = [highspy.HighsVarType.kInteger, *[highspy.HighsVarType.kContinuous] * 2]
    model.integrality_ = [kind for kind in kinds for _ in range(size)]
    solver = solver_of(model)
    solver.run()
    found: IntArray = np.rint(np.asarray(solver.getSolution().col_value)[:size]).astype(np.int64)
    return found


def perturb(value: IntArray, cell_key: IntArray, table: PTable) -> IntArray:
    """Add its noise to every number; zeros stay, nothing becomes negative.

    Parameters
    ----------
    value
        Shape (cells,): true numbers.
    cell_key
        Shape (cells,): from 0 to 255, see `sum_keys` and `content_keys`.
    """
    printed: IntArray = value + table.noise_of(value, cell_key)
    return printed


def record_keys(key: bytes, records: Iterable[str]) -> IntArray:
    """The key of each record, from 0 to 255, by its name and the secret key."""
    return draw(key, "record", records) % KEYS


def sum_keys(keys: IntArray, cell: IntArray, cells: int) -> IntArray:
    """The key of each cell: the sum of the keys of its records, the rest by 256.

    Parameters
    ----------
    keys
        Shape (records,): see `record_keys`.
    cell
        Shape (records,): the number of the cell that a record counts in.
    cells
        How many cells there are.
    """
    total = np.zeros(cells, dtype=np.int64)
    np.add.at(total, cell, keys)
    return total % KEYS


def content_keys(key: bytes, system: System, value: IntArray) -> IntArray:
    """The key of each cell where no records are at hand, by what the cell counts.

    A total with one part above zero counts the same people as that part: both get the key of
    the part, and so the same noise, as they would from records.
    """
    source = _sources(system, value)
    return (draw(key, "cell", cell_texts(system.cells)) % KEYS)[source]


def _sources(system: System, value: IntArray) -> IntArray:
    """For each cell, the one whose people it counts: itself, or the only part above zero."""
    counted = sparse.csr_array(
        system.matrix @ sparse.diags_array((value > 0).astype(np.int64), dtype=np.int64)
    )
    parts = np.asarray((counted > 0).astype(np.int64).sum(axis=1)).ravel()
    rows = np.flatnonzero(system.equality & (parts == 1))
    same = sparse.csr_array(abs(counted[rows]))
    group = csgraph.connected_components(same.T @ same, directed=False)[1]
    total = np.zeros(len(value), dtype=np.bool_)
    total[sparse.csr_array(counted[rows] < 0).indices] = True
    # The first part of a group, or its first cell if all of them are totals.
    order = np.lexsort((np.arange(len(value)), total))
    first = np.full(len(value), -1, dtype=np.int64)
    first[group[order[::-1]]] = order[::-1]
    source: IntArray = first[group]
    return source
