"""Does a series of rates rise or fall? Tests and slopes for one series.

From eight points on: Mann (1945) and Kendall's test with Theil (1950) and Sen's (1968) slope.
It asks only whether later values are higher than earlier ones, pair by pair.

Stocks depend on the years before, since most people are counted again: an up and down that
lasts some years looks like a trend. The variance of the score is therefore that under an
autoregressive process of first order, as in Hamed and Rao (1998), with three changes that
short series need: one autocorrelation for all lags, since single lags cannot be estimated
from 8 to 20 points; corrected for its bias after a trend was taken out (Hamed 2009); and
never below zero, so that the correction makes nothing more certain. For such a process the
variance is exact (Hamed 2008), also with gaps.

For four to seven points: a straight line through the rates, weighted with their denominators
(the trend test of Cochran 1954 and Armitage 1955, allowing for overdispersion). A series so
short cannot tell its autocorrelation, so one is given.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import stats

CONFIDENCE = 0.95
LARGEST_AUTOCORRELATION = 0.9
"""Beyond it no series of a few points could be told from chance."""
_DIGITS = 9
"""Rates are quotients: equal ones may differ in the last digits and are ties all the same."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Slope:
    """What a series does in a year, in its own unit.

    Attributes
    ----------
    slope, low, high
        Change per year and its 95 % interval.
    p_value
        Two-sided, against no trend.
    autocorrelation
        From one reporting date to the next, as used.
    """

    slope: float
    low: float
    high: float
    p_value: float
    autocorrelation: float

    def scaled(self, factor: float) -> "Slope":
        """The same in a unit that is `factor` times smaller."""
        ends = (factor * self.slope, factor * self.low, factor * self.high)
        return Slope(ends[0], ends[1], ends[2], self.p_value, self.autocorrelation)


def monotone_slope(values: Floats, years: Floats) -> Slope:
    """Mann-Kendall test and Theil-Sen slope, corrected for autocorrelation.

    Parameters
    ----------
    values, years
        Shape (points,), at least 8 points, without gaps in the arrays; the times ascend and
        may have gaps.
    """
    steps = time_steps(years)
    rho = autocorrelation(values, years)
    variance = score_variance(values, steps, rho)
    slope, low, high = sen_slope(values, years, variance)
    return Slope(slope, low, high, score_p_value(score(values), variance), rho)


def score(values: Floats) -> int:
    """Kendall's score: pairs that rise less pairs that fall; ties count for neither."""
    first, second = np.triu_indices(len(values), 1)
    rounded = values.round(_DIGITS)
    return int(np.sign(rounded[second] - rounded[first]).sum())


def score_variance(values: Floats, steps: tuple[int, ...] = (), rho: float = 0.0) -> float:
    """Variance of the score without a trend, corrected for ties and autocorrelation.

    Parameters
    ----------
    values
        Shape (points,).
    steps
        When each point was taken, in steps from one reporting date to the next; one after
        the other where empty.
    rho
        Autocorrelation from one step to the next, at least 0.
    """
    count = len(values)
    _, ties = np.unique(values.round(_DIGITS), return_counts=True)
    pairs = count * (count - 1) * (2 * count + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()
    return float(pairs) / 18.0 * variance_inflation(steps or tuple(range(count)), rho)


@lru_cache(maxsize=4096)
def variance_inflation(steps: tuple[int, ...], rho: float) -> float:
    """How many times larger the variance of the score is under autocorrelation (Hamed 2008).

    Exact for a normal autoregressive process of first order: two pairs go the same way
    with a probability that follows from the correlation of their differences.
    """
    if rho <= 0:
        return 1.0
    count = len(steps)
    return max(1.0, _normal_variance(steps, rho) / (count * (count - 1) * (2 * count + 5) / 18.0))


def _normal_variance(steps: tuple[int, ...], rho: float) -> float:
    alike = process_correlation(steps, rho)
    i, j = np.triu_indices(len(steps), 1)
    spread = np.sqrt(2.0 - 2.0 * alike[i, j])
    shared = alike[np.ix_(j, j)] - alike[np.ix_(j, i)] - alike[np.ix_(i, j)] + alike[np.ix_(i, i)]
    together = np.clip(shared / np.outer(spread, spread), -1.0, 1.0)
    return float(2.0 / np.pi * np.arcsin(together).sum())


def process_correlation(steps: tuple[int, ...], rho: float) -> Floats:
    """Correlations between points of an autoregressive process, shape (points, points)."""
    apart = np.abs(np.subtract.outer(steps, steps))
    return np.asarray(np.where(apart == 0, 1.0, float(rho) ** apart), dtype=np.float64)


def score_p_value(found: int, variance: float) -> float:
    """Two-sided p-value of a score, with Kendall's correction for continuity."""
    if found == 0 or variance <= 0:
        return 1.0
    return float(2.0 * stats.norm.sf((abs(found) - 1) / np.sqrt(variance)))


def sen_slope(values: Floats, years: Floats, variance: float) -> tuple[float, float, float]:
    """Median of the slopes of all pairs, and its 95 % interval (Sen 1968).

    Parameters
    ----------
    values, years
        Shape (points,).
    variance
        Of the score; a larger one widens the interval.
    """
    i, j = np.triu_indices(len(values), 1)
    slopes = np.sort((values[j] - values[i]) / (years[j] - years[i]))
    count = len(slopes)
    reach = stats.norm.ppf(0.5 + CONFIDENCE / 2) * np.sqrt(variance)
    low = max(round((count - reach) / 2) - 1, 0)
    high = min(round((count + reach) / 2), count - 1)
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])


def autocorrelation(values: Floats, years: Floats) -> float:
    """From one reporting date to the next, after the slope was taken out.

    Corrected for its bias (Hamed 2009), between 0 and `LARGEST_AUTOCORRELATION`, to two
    digits. Only dates that follow each other without a gap tell.
    """
    count = len(values)
    trend = sen_slope(values, years, 0.0)[0]
    rest = values - trend * years
    rest = rest - rest.mean()
    neighbours = np.diff(np.array(time_steps(years))) == 1
    if not neighbours.any() or np.ptp(rest) <= 10.0**-_DIGITS:
        return 0.0 if neighbours.any() else LARGEST_AUTOCORRELATION
    shared = (rest[1:] * rest[:-1])[neighbours].mean() * (count - 1)
    corrected = (count * shared / (rest**2).sum() + 2.0) / (count - 4.0)
    return round(float(np.clip(corrected, 0.0, LARGEST_AUTOCORRELATION)), 2)


def time_steps(years: Floats) -> tuple[int, ...]:
    """Times as whole steps of the usual distance between reporting dates.

    Examples
    --------
    >>> time_steps(np.array([2008.0, 2009.0, 2011.0, 2012.0, 2013.0]))
    (0, 1, 3, 4, 5)
    """
    gaps = np.diff(years)
    whole = np.maximum(np.rint(gaps / np.median(gaps)), 1.0)
    return (0, *(int(step) for step in np.cumsum(whole)))


def straight_slope(
    rates: Floats, years: Floats, weights: Floats | None, chance: float, rho: float = 0.0
) -> Slope:
    """A straight line through a few rates, with the interval of its slope.

    Parameters
    ----------
    rates, years
        Shape (points,), at least 3 points.
    weights
        The denominators; None where they are not known, then all points count the same.
    chance
        Variance that chance alone gives a rate of weight 1 (p (1 - p) for a share, p for
        events); the points never count as more certain than that.
    rho
        Autocorrelation from one step to the next.
    """
    root = np.sqrt(np.ones(len(rates)) if weights is None else weights)
    design = np.column_stack([root, root * (years - years.mean())])
    solve = np.linalg.pinv(design)
    alike = process_correlation(time_steps(years), rho)
    remainder = np.eye(len(rates)) - design @ solve
    rest = remainder @ (root * rates)
    slope = float(solve[1] @ (root * rates))
    # Dependent points lie closer to their line than they are to the truth.
    variance = max(chance, float(rest @ rest) / float(np.trace(remainder @ alike)))
    error = float(np.sqrt(variance * (solve[1] @ alike @ solve[1])))
    if error <= 10.0**-_DIGITS * max(1.0, abs(float(rates.mean()))) and abs(slope) <= error:
        return Slope(0.0, 0.0, 0.0, 1.0, rho)
    spread = stats.t(len(rates) - 2)
    reach = float(spread.ppf(0.5 + CONFIDENCE / 2)) * error
    p_value = float(2.0 * spread.sf(abs(slope) / error)) if error > 0 else 0.0
    return Slope(slope, slope - reach, slope + reach, p_value, rho)
