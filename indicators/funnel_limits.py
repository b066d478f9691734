"""The statistics of a funnel plot (Spiegelhalter 2005, Statistics in Medicine 24).

How far a rate may lie from a target by chance, given the people behind it, and how much
more the areas of a map differ than that. Everything is a plain fraction; arrays go through.

- On a transformed scale the spread does not depend on the rate: the arcsine of the root for
  shares (binomial), the root for events (Poisson). The standard error is ``1 / (2 √n)``.
- Overdispersion: the mean square of the z-scores, the most extreme ones pulled in
  (winsorised), so that a few outliers do not hide themselves. Multiplicative: all limits are
  wider by ``√φ``. Additive: areas truly differ, with a standard deviation ``τ`` after
  DerSimonian and Laird (1986), which does not vanish in large areas.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geodata.errors import Problem, ProjectError

Distribution = Literal["binomial", "poisson"]
Spread = Literal["additive", "multiplicative", "none"]

LIMITS = {"95": 0.95, "998": 0.998}
"""Limits by the end of their column names: once in 20, and once in 500."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dispersion:
    """How much more than by chance the areas of a map differ.

    Attributes
    ----------
    phi
        Mean square of the winsorised z-scores; about 1 (winsorised: below) by chance alone.
    phi_plain
        The same without winsorising.
    tau
        Standard deviation between areas on the transformed scale.
    """

    phi: float
    phi_plain: float
    tau: float


@dataclass(frozen=True)
class FunnelModel:
    """What the limits of one map were drawn from; target and limits are plain fractions."""

    indicator: str
    factor: float
    distribution: Distribution
    areas: int
    target: float
    target_source: str
    dispersion: Dispersion
    spread: Spread

    def by_chance(self) -> "FunnelModel":
        """The same map without what overdispersion adds."""
        return replace(self, spread="none")

    @property
    def widened(self) -> bool:
        """Whether overdispersion adds anything to the limits."""
        return allowance(self.dispersion, self.spread) != (1, 0)

    def limits(self, denominator: npt.ArrayLike, confidence: float) -> tuple[Floats, Floats]:
        """Lower and upper limit of the rate at some denominators."""
        return spread_limits(
            denominator,
            self.target,
            confidence,
            self.distribution,
            self.dispersion,
            self.spread,
        )


def transform(rate: npt.ArrayLike, distribution: Distribution) -> Floats:
    """Rates on the scale of steady spread."""
    root = np.sqrt(np.asarray(rate, dtype=np.float64))
    return np.asarray(np.arcsin(root) if distribution == "binomial" else root, dtype=np.float64)


def back(scaled: npt.ArrayLike, distribution: Distribution) -> Floats:
    """The inverse of `transform`; what lies beyond the scale becomes its end."""
    x = np.maximum(np.asarray(scaled, dtype=np.float64), 0.0)
    root = np.sin(np.minimum(x, np.pi / 2)) if distribution == "binomial" else x
    return np.asarray(root**2, dtype=np.float64)


def z_scores(
    numerator: Floats, denominator: Floats, target: float, distribution: Distribution
) -> Floats:
    """Distance from the target in standard errors, on the transformed scale."""
    away = transform(numerator / denominator, distribution) - transform(target, distribution)
    return np.asarray(2 * np.sqrt(denominator) * away, dtype=np.float64)


def winsorised(z: Floats, share: float) -> Floats:
    """The lowest and the highest `share` of the z-scores pulled in to its quantile."""
    if not len(z):
        return z
    low, high = np.quantile(z, [share, 1 - share])
    return np.asarray(np.clip(z, low, high), dtype=np.float64)


def dispersion(z: Floats, denominator: Floats, share: float) -> Dispersion:
    """Dispersion of the z-scores of a map.

    Parameters
    ----------
    z
        Scores against the target, shape (areas,); at least two.
    denominator
        Their denominators.
    share
        Of the scores, pulled in at either end.
    """
    phi = float((winsorised(z, share) ** 2).mean())
    errors = 1 / (2 * np.sqrt(denominator))
    return Dispersion(phi, float((z**2).mean()), between_areas(phi, errors))


def between_areas(phi: float, errors: Floats) -> float:
    """Standard deviation between areas by the method of moments (DerSimonian, Laird 1986).

    With scores against their weighted mean and without winsorising this is their estimator.
    """
    count = len(errors)
    if count < 2:
        return 0.0
    weights = 1 / errors**2
    total = weights.sum()
    room = total - (weights**2).sum() / total
    excess = count * phi - (count - 1)
    return float(np.sqrt(excess / room)) if excess > 0 else 0.0


def exact_limits(
    denominator: npt.ArrayLike, target: float, confidence: float, distribution: Distribution
) -> tuple[Floats, Floats]:
    """Limits of a rate by the distribution itself, between whole numbers interpolated.

    A rate beyond a limit has at most the probability of that tail. (Spiegelhalter
    interpolates the upper limit like the lower one, which it may then be exceeded more often
    than it says; here it is the mirror image.)

    Parameters
    ----------
    denominator
        Any shape; rounded to whole numbers for shares.
    target
        The expected rate.
    confidence
        Probability between both limits.
    """
    tail = (1 - confidence) / 2
    n = np.asarray(denominator, dtype=np.float64)
    law = (
        stats.binom(np.round(n), target)
        if distribution == "binomial"
        else stats.poisson(n * target)
    )
    few, many = law.ppf(tail), law.isf(tail)
    low = few - (law.cdf(few) - tail) / law.pmf(few)
    high = many + (law.sf(many - 1) - tail) / law.pmf(many)
    most = 1.0 if distribution == "binomial" else np.inf
    return np.maximum(low / n, 0.0), np.minimum(high / n, most)


def spread_limits(
    denominator: npt.ArrayLike,
    target: float,
    confidence: float,
    distribution: Distribution,
    found: Dispersion,
    spread: Spread,
) -> tuple[Floats, Floats]:
    """Limits that allow for overdispersion; where there is none, the exact ones."""
    factor, tau = allowance(found, spread)
    if factor == 1 and tau == 0:
        return exact_limits(denominator, target, confidence, distribution)
    reach = float(stats.norm.ppf(0.5 + confidence / 2)) * total_error(denominator, factor, tau)
    middle = transform(target, distribution)
    return back(middle - reach, distribution), back(middle + reach, distribution)


def allowance(found: Dispersion, spread: Spread) -> tuple[float, float]:
    """Variance factor (at least 1) and standard deviation between areas that limits use."""
    factor = max(found.phi, 1.0) if spread == "multiplicative" else 1.0
    return factor, found.tau if spread == "additive" else 0.0


def total_error(denominator: npt.ArrayLike, factor: float, tau: float) -> Floats:
    """Standard error on the transformed scale with what overdispersion adds."""
    n = np.asarray(denominator, dtype=np.float64)
    return np.asarray(np.sqrt(factor / (4 * n) + tau**2), dtype=np.float64)


def limits_by_column(model: FunnelModel, denominator: Floats) -> dict[str, Floats]:
    """The limits by column name, in the unit of the indicator."""
    found: dict[str, Floats] = {}
    for name, confidence in LIMITS.items():
        low, high = model.limits(denominator, confidence)
        found |= {f"low_{name}": model.factor * low, f"high_{name}": model.factor * high}
    return found


def funnel_curves(
    model: FunnelModel, smallest: float, largest: float, points: int = 200
) -> pd.DataFrame:
    """The limits over a range of denominators, to be drawn behind the areas.

    Parameters
    ----------
    model
        Of one indicator and map.
    smallest, largest
        First and last denominator, above 0.
    points
        At most so many; denominators are whole numbers in equal steps of their logarithm.

    Returns
    -------
    DataFrame
        ``denominator``, ``target`` and the limits, in the unit of the indicator.
    """
    if not 0 < smallest <= largest:
        raise ProjectError(
            "Ein Trichter braucht einen Bereich von Nennern.",
            [Problem("Nenner", f"{smallest:g} bis {largest:g}", "über 0, der kleinere zuerst")],
        )
    grid = np.unique(np.round(np.geomspace(max(smallest, 1.0), max(largest, 1.0), points)))
    limits = limits_by_column(model, grid)
    return pd.DataFrame({"denominator": grid, "target": model.factor * model.target, **limits})
