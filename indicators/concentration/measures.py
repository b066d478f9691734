"""The textbook formulas of uneven distribution, on exact counts.

Everywhere ``x`` are the recipients and ``n`` the population of the areas, recipients
included, so that ``n - x`` are all others; both have shape (areas,). With ``p`` the share
of all recipients and ``q`` the share of all others who live in an area:

- dissimilarity, half the sum of ``|p - q|`` (Duncan and Duncan 1955)
- isolation, the sum of ``p * x / n`` (Bell 1954; Massey and Denton 1988)
- Gini of segregation, half the double sum of ``|p_i q_j - p_j q_i|`` (Massey and Denton 1988)

A figure that is not defined, because there are no recipients or no others, is NaN.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def dissimilarity(x: Floats, n: Floats) -> float:
    """Share of the recipients who would have to move for equal rates everywhere, 0 to 1."""
    here, there = float(x.sum()), float((n - x).sum())
    if here <= 0 or there <= 0:
        return float("nan")
    return min(float(np.abs(x / here - (n - x) / there).sum()) / 2, 1.0)


def isolation(x: Floats, n: Floats) -> float:
    """Mean rate of the area in which a recipient lives (xPx), 0 to 1."""
    total = float(x.sum())
    if total <= 0:
        return float("nan")
    return float((x * rates(x, n)).sum()) / total


def gini(x: Floats, n: Floats) -> float:
    """Gini of segregation: twice the area between Lorenz curve and diagonal, 0 to 1."""
    here, there = float(x.sum()), float((n - x).sum())
    if here <= 0 or there <= 0:
        return float("nan")
    order = highest_first(x, n)[::-1]
    p, q = x[order] / here, (n - x)[order] / there
    below = np.cumsum(p) - p / 2
    return float(np.clip(1 - 2 * (q * below).sum(), 0.0, 1.0))


def rates(x: Floats, n: Floats) -> Floats:
    """Recipients per person; 0 where nobody lives."""
    return np.divide(x, n, out=np.zeros(len(n)), where=n > 0)


def highest_first(x: Floats, n: Floats) -> npt.NDArray[np.intp]:
    """Positions of the areas by falling rate; of equal rates the larger count comes first."""
    return np.lexsort((-x, -rates(x, n)))


def lorenz(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Lorenz curve, from the areas with the highest rates to those with the lowest.

    Returns
    -------
    population, recipients
        Cumulated shares, shape (areas + 1,), both from 0 to 1; the curve lies on or above
        the diagonal.
    """
    order = highest_first(x, n)
    cumulated = [np.concatenate([[0.0], np.cumsum(c[order])]) for c in (n, x)]
    with np.errstate(invalid="ignore"):
        population, recipients = (c / c[-1] for c in cumulated)
    return population, recipients


def lorenz_at(x: Floats, n: Floats, share: float) -> float:
    """Share of the recipients in the areas with the highest rates that hold `share` of all.

    An area at the border counts with the part that is needed.
    """
    return float(np.interp(share, *lorenz(x, n)))


def top_shares(x: Floats, n: Floats, k: int) -> tuple[float, float]:
    """Shares of all recipients and of the population in the `k` areas with the highest rates."""
    population, recipients = lorenz(x, n)
    return float(recipients[k]), float(population[k])


def quotients(x: Floats, n: Floats) -> Floats:
    """Location quotients: rate of each area over the rate of all; NaN where nobody lives."""
    whole = float(x.sum()) / float(n.sum()) if n.sum() > 0 else 0.0
    if whole <= 0:
        return np.full(len(n), np.nan)
    return np.where(n > 0, rates(x, n) / whole, np.nan)
