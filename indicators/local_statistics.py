"""Getis and Ord's Gi* and Anselin's local Moran, and what each calls an area.

The statistics are those of esda (`G_Local` with binary weights and the area itself,
`Moran_Local` with row-standardised weights). Both p-values are those of the sum over the
neighbours given the area's own value; see `indicators.permutations`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from indicators.hotspot_words import (
    HIGH_AMONG_LOW,
    HIGH_CLUSTER,
    HIGH_HIGH,
    LOW_AMONG_HIGH,
    LOW_CLUSTER,
    LOW_LOW,
    NO_PATTERN,
)
from indicators.permutations import Floats, neighbour_p_values, without_self
from indicators.rates import rate_moments

EQUAL = 1e-12
"""Values that differ by less than this share of the largest are the same."""


@dataclass(frozen=True)
class LocalTest:
    """One test over the areas of a map, in their order.

    Attributes
    ----------
    statistic
        z-score of Gi*, or local Moran's I.
    p_value
        Two-sided.
    pattern
        The class word that each area has if its test is significant.
    """

    statistic: Floats
    p_value: Floats
    pattern: npt.NDArray[np.object_]


def gi_star(
    values: npt.ArrayLike, neighbours: sparse.csr_array, permutations: int, seed: int
) -> LocalTest:
    """Gi* of each area, binary weights, the area itself included.

    Parameters
    ----------
    values
        Shape (areas,), all known.
    neighbours
        Shape (areas, areas), 0/1.
    permutations, seed
        Number of random arrangements, and where they start.
    """
    y = np.asarray(values, dtype=np.float64)
    return gi_star_given(y, neighbours, neighbour_p_values(y, neighbours, permutations, seed))


def local_moran(
    values: npt.ArrayLike, neighbours: sparse.csr_array, permutations: int, seed: int
) -> LocalTest:
    """Local Moran's I of each area, row-standardised; parameters as in `gi_star`."""
    y = np.asarray(values, dtype=np.float64)
    return local_moran_given(y, neighbours, neighbour_p_values(y, neighbours, permutations, seed))


def gi_star_given(values: Floats, neighbours: sparse.csr_array, p_value: Floats) -> LocalTest:
    """Gi* with the p-values of its neighbours' sums known."""
    if constant(values):
        return _nothing(len(values))
    around = without_self(neighbours)
    count, cards = len(values), np.diff(around.indptr)
    z = values - values.mean()
    members = cards + 1
    usual = z.std() * np.sqrt(members * (count - members) / (count - 1))
    # Where all areas are neighbours of one, its sum is that of the map.
    score = np.divide(around @ z + z, usual, out=np.zeros(count), where=usual > 0)
    # The permutations hold the area's own value, so they test its neighbours alone. Where
    # these or the area itself lie on the other side than all together, one value stands
    # against its surroundings: nobody would understand a low value in a cluster of high ones.
    expected = cards * -z / (count - 1)  # the mean of the others, as often as drawn
    higher, own = around @ z > expected, z > 0
    words = np.where(score > 0, HIGH_CLUSTER, LOW_CLUSTER).astype(object)
    words[(higher != (score > 0)) | (own != (score > 0))] = NO_PATTERN
    return LocalTest(score, p_value, words)


def local_moran_given(values: Floats, neighbours: sparse.csr_array, p_value: Floats) -> LocalTest:
    """Local Moran's I with the p-values of its neighbours' sums known."""
    if constant(values):
        return _nothing(len(values))
    around = without_self(neighbours)
    count, cards = len(values), np.diff(around.indptr)
    z = (values - values.mean()) / values.std()
    lag = np.divide(around @ z, cards, out=np.zeros(count), where=cards > 0)
    statistic = (count - 1) / count * z * lag
    high, high_around = z > 0, lag > 0
    words = np.select(
        [high & high_around, ~high & ~high_around, high & ~high_around],
        [HIGH_HIGH, LOW_LOW, HIGH_AMONG_LOW],
        LOW_AMONG_HIGH,
    )
    # An area exactly at the mean has I = 0 whatever lies around it.
    exactly = np.abs(z) <= EQUAL * np.abs(z).max()
    return LocalTest(statistic, np.where(exactly, 1.0, p_value), words.astype(object))


def bayes_rates(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Floats:
    """Rates standardised by their empirical Bayes mean and deviation (Assunção, Reis 1999).

    Parameters
    ----------
    numerator, denominator
        Shape (areas,); denominators above 0.

    Returns
    -------
    rates
        As esda's ``assuncao_rate``: where the estimated variance of an area comes out
        negative, chance alone. Zeros where all rates are equal.
    """
    cases, people = (np.asarray(x, dtype=np.float64) for x in (numerator, denominator))
    rate = cases / people
    if constant(rate):
        return np.zeros(len(rate))
    mean, between = rate_moments(cases, people)
    variance = between + mean / people
    variance = np.where(variance < 0, mean / people, variance)
    return np.asarray((rate - mean) / np.sqrt(variance), dtype=np.float64)


def constant(values: Floats) -> bool:
    """Whether all values are equal, but for the last digits."""
    return bool(np.ptp(values) <= EQUAL * np.abs(values).max())


def _nothing(count: int) -> LocalTest:
    """Where all values are equal there is no pattern."""
    return LocalTest(np.zeros(count), np.ones(count), np.full(count, NO_PATTERN, dtype=object))
