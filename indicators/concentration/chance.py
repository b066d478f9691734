"""What chance alone would do to the dissimilarity index.

Two questions are kept apart. How unevenly would the same people be spread if nobody's
address had anything to do with benefits (random allocation, Carrington and Troske 1997)?
And by how much could the index have come out otherwise with the rates as they are (range
of chance variation)? Small counts in many areas look uneven by chance alone.
"""

import numpy as np
from scipy import stats

from indicators.concentration.measures import Floats, rates

Z_BOTH_SIDES = float(stats.norm.ppf(0.975))
"""A range of chance variation covers 95 %."""
Z_ONE_SIDE = float(stats.norm.ppf(0.95))


def random_dissimilarity(total: int, n: Floats) -> tuple[float, float]:
    """Dissimilarity under random allocation: its exact mean, and what 95 % of draws stay below.

    If `total` recipients are drawn from the population without regard to areas, the count
    of an area is hypergeometric with mean ``t = n * total / N``. Because the totals are
    fixed, the index is a sum of distances from it,
    ``D = N / (2 * total * (N - total)) * sum |x - t|``, so its mean follows from the mean
    absolute deviation of the hypergeometric distribution, which has a closed form (De
    Moivre's; Kamat 1965). The upper limit adds 1.645 standard deviations; they are those of
    absolute values of jointly normal counts with the hypergeometric covariances.

    Parameters
    ----------
    total
        All recipients, whole.
    n
        Population of the areas, whole, shape (areas,).

    Returns
    -------
    mean, high
        Both between 0 and 1; NaN where there are no recipients or no others.
    """
    n = n[n > 0]
    everyone = float(n.sum())
    others = everyone - total
    if total <= 0 or others <= 0:
        return float("nan"), float("nan")
    expected = n * total / everyone
    k = np.floor(expected) + 1
    at_k = stats.hypergeom.pmf(k, everyone, total, n)
    deviations = 2 * k * (others - n + k) / everyone * at_k
    factor = everyone / (2 * total * others)
    mean = factor * float(deviations.sum())
    spread = factor * _spread(n, total)
    return min(mean, 1.0), min(mean + Z_ONE_SIDE * spread, 1.0)


def _spread(n: Floats, total: int) -> float:
    """Standard deviation of the sum of |x - t| under random allocation, nearly."""
    everyone = float(n.sum())
    rest = everyone - n
    others = everyone - total
    sigma = np.sqrt(n * rest * total * others / (everyone**2 * max(everyone - 1, 1)))
    odds = np.sqrt(np.divide(n, rest, out=np.zeros(len(n)), where=rest > 0))
    rho = np.clip(-np.outer(odds, odds), -1.0, 1.0)
    np.fill_diagonal(rho, 1.0)
    shared = np.sqrt(1 - rho**2) + rho * np.arcsin(rho) - 1
    return float(np.sqrt(max(2 / np.pi * (sigma @ shared @ sigma), 0.0)))


def dissimilarity_error(x: Floats, n: Floats) -> float:
    """Standard error of the dissimilarity, were each area's count binomial with its rate.

    With A the areas above the overall rate, ``D = X_A / X - Y_A / Y`` (X recipients, Y
    others). One person more in area i changes it by ``w_i``; the variance is
    ``sum w_i**2 * n_i * r_i * (1 - r_i)`` (delta method). People who stay from one date to
    the next make real changes smaller than this, so a judgement by it is a careful one.
    """
    here, there = float(x.sum()), float((n - x).sum())
    if here <= 0 or there <= 0:
        return float("nan")
    above = rates(x, n) > here / (here + there)
    p, q = float(x[above].sum()) / here, float((n - x)[above].sum()) / there
    weight = np.where(above, (1 - p) / here + (1 - q) / there, -p / here - q / there)
    rate = rates(x, n)
    return float(np.sqrt((weight**2 * n * rate * (1 - rate)).sum()))
