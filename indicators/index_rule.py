"""The rule of an index on arrays: standardise, weight, sum, express as a score, classify.

The same functions compute one score per area and 10,000 at once: an indicator is a column
of shape (areas,) or (areas, draws), a high value being a burden.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from indicators.entries import Index, IndexEdition, Standardisation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Place = tuple[str, str, str]
"""Level, vintage and period: one map."""


@dataclass(frozen=True, eq=False)
class Scored:
    """An index on one map.

    Attributes
    ----------
    index, edition, place
        Which index, the rule in force, and level, vintage and period.
    signs
        1 or -1 per indicator: what turns a high value into a burden.
    status
        Status of all areas, by area.
    areas
        The valid ones, in the order of the arrays.
    values, standardised
        Shape (areas, indicators): as published; standardised, a high value being a burden.
    score
        Shape (areas,).
    number
        Class of each area, counted from the lowest.
    """

    index: Index
    edition: IndexEdition
    place: Place
    signs: Floats
    status: pd.Series
    areas: npt.NDArray[np.object_]
    values: Floats
    standardised: Floats
    score: Floats
    number: Ints


def standardise(values: Floats, how: Standardisation = "z") -> Floats:
    """Values without unit, along the first axis.

    Where all values are equal no area stands out: every z-score is 0, and in the other
    standardisations every area is in the middle, at 0.5.

    Parameters
    ----------
    values
        Shape (areas,) or (areas, anything), no NaN.
    how
        ``z``: unweighted mean, population standard deviation (ddof 0); ``minmax``: share of
        the way from the smallest to the largest value; ``rank``: the same for ranks, equal
        values sharing theirs.
    """
    if not len(values):
        return values
    if how == "rank":
        values = stats.rankdata(values, axis=0)
    if how != "z":
        return _min_max(values)
    spread = values.std(axis=0, ddof=0)
    # A constant column has a spread of rounding error, not of areas.
    constant = np.ptp(values, axis=0) == 0
    centred = values - values.mean(axis=0)
    return np.where(constant, 0.0, centred / np.where(constant, 1.0, spread))


def _min_max(values: Floats) -> Floats:
    low, reach = values.min(axis=0), np.ptp(values, axis=0)
    return np.where(reach == 0, 0.5, (values - low) / np.where(reach == 0, 1.0, reach))


def score_of(standardised: Sequence[Floats], weights: Floats, edition: IndexEdition) -> Floats:
    """Weighted sum of standardised indicators, expressed as the rule says.

    Parameters
    ----------
    standardised
        One column per indicator, shape (areas,) or (areas, draws); they may be mixed.
    weights
        Shape (indicators,) or (indicators, draws), all above 0.
    edition
        ``scale`` says how the sum is expressed.
    """
    pairs = zip(standardised, weights, strict=True)
    total = np.sum([column * weight for column, weight in pairs], axis=0)
    if edition.scale == "mean":
        return np.asarray(total / weights.sum(axis=0))
    # Rounding: z-scores that cancel out leave noise in the 16th digit, not differences.
    return standardise(total.round(12), "z" if edition.scale == "z" else "rank")


def class_numbers(score: Floats, edition: IndexEdition) -> Ints:
    """Class of each score, counted from the lowest; a NaN has 0."""
    number = np.zeros(score.shape, dtype=np.int64)
    for threshold in edition.thresholds:
        above = score >= threshold.at if threshold.belongs == "above" else score > threshold.at
        number += above
    return number


def classify(score: Floats, edition: IndexEdition) -> npt.NDArray[np.object_]:
    """Class word of each score; a NaN has the empty word.

    Examples
    --------
    With the Berlin thresholds -1 and 1 are ``mittel``, and 1.5 is ``niedrig``.
    """
    words = np.array(edition.classes, dtype=object)[class_numbers(score, edition)]
    words[np.isnan(score)] = ""
    return words
