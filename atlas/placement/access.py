r"""How evenly the hours of sessions reach people: catchments, the Gini coefficient, the worst off.

Enhanced two-step floating catchment areas (W. Luo and Y. Qi, An enhanced two-step floating
catchment area method for measuring spatial accessibility to primary care physicians, Health &
Place 15, 2009, 1100-1107). Areas :math:`i` with need :math:`d_i`, places :math:`p` with
:math:`h_p` hours in the week, and :math:`f_{ip}` the weight of the level of reach into which
the minutes between them fall, 0 beyond the widest:

.. math::

    R_p = \frac{h_p}{\sum_i f_{ip} d_i}, \qquad A_i = \sum_p f_{ip} R_p

First each place shares its hours among all within reach, then each area adds up the shares it
can reach. Hours are neither lost nor made: :math:`\sum_i d_i A_i` is the sum of the hours at
places that anybody can reach.
"""

import numpy as np
import pandas as pd

from atlas.placement.arrays import Bools, Floats
from atlas.placement.result import Fairness
from atlas.placement.scenario import Reach
from atlas.wording import number, plain

_PERSONS = 1000.0


def step_weights(minutes: Floats, reach: tuple[Reach, ...]) -> Floats:
    """Weight of the level of reach that some minutes fall into; 0 beyond the widest.

    Parameters
    ----------
    minutes
        Any shape; infinite or NaN where there is no way.
    reach
        Levels with growing minutes; a level includes its bound.
    """
    known = np.where(np.isnan(minutes), np.inf, minutes)
    level = np.searchsorted(np.array([r.minutes for r in reach]), known)
    weights: Floats = np.array([*(r.weight for r in reach), 0.0])[level]
    return weights


def access(minutes: Floats, need: Floats, hours: Floats, reach: tuple[Reach, ...]) -> Floats:
    """Hours of sessions in the week per 1,000 persons within reach, by area.

    Parameters
    ----------
    minutes
        (A, P), infinite where a place is out of reach.
    need
        (A,) persons or cases, 0 where nobody is known.
    hours
        (P,) hours of sessions in the week.
    reach
        Levels of reach and their weights.

    Returns
    -------
    array, shape (A,)
        What a person in the area has; where the need is 0, what one would have there. Hours
        at a place that nobody can reach count nowhere.

    Raises
    ------
    ValueError
        A need or an hour is negative or not a number.
    """
    for name, values in (("need", need), ("hours", hours)):
        if not (np.isfinite(values) & (values >= 0)).all():
            raise ValueError(f"{name} must be finite and not negative")
    weights = step_weights(minutes, reach)
    crowd = weights.T @ need
    share = np.divide(hours, crowd, out=np.zeros(len(hours)), where=crowd > 0)
    per_person: Floats = _PERSONS * (weights @ share)
    return per_person


def gini(values: Floats, weights: Floats) -> float | None:
    r"""Gini coefficient of values that `weights` persons each have; 0 is even.

    .. math:: G = \frac{\sum_{ij} w_i w_j |x_i - x_j|}{2 \sum_i w_i \sum_i w_i x_i}

    computed by sorting. None where there is nothing to share, or nobody.

    Examples
    --------
    >>> gini(np.array([0.0, 1.0]), np.array([3.0, 1.0]))
    0.75
    """
    order = np.argsort(values, kind="stable")
    x, w = values[order], weights[order]
    persons, total = float(w.sum()), float(w @ x)
    if persons <= 0 or total <= 0:
        return None
    below = np.cumsum(w) - w
    above = persons - below - w
    return float(np.clip((w * x) @ (below - above) / (persons * total), 0.0, 1.0))


def fairness(
    areas: pd.DataFrame,
    need: Floats,
    minutes: Floats,
    before_hours: Floats,
    after_hours: Floats,
    serving: Bools,
    reach: tuple[Reach, ...],
) -> Fairness:
    """How even a plan is, and which area has the longest way.

    Parameters
    ----------
    areas
        ``area`` and ``name`` of the A inhabited areas.
    need
        (A,) persons or cases; 0 where it is not known.
    minutes
        (A, P), infinite where a place is out of reach.
    before_hours, after_hours
        (P,) hours of sessions in the week without and with the plan.
    serving
        (P,) places with an offer after the plan; the way is measured to these.
    reach
        Levels of reach and their weights.

    Returns
    -------
    Fairness
        Of areas with the same longest way, the one with most need is named; where no area
        has known need, all are looked at.
    """
    shares = [gini(access(minutes, need, h, reach), need) for h in (before_hours, after_hours)]
    ways = np.where(serving[None, :] & ~np.isnan(minutes), minutes, np.inf)
    nearest = ways.min(axis=1, initial=np.inf)
    looked = np.flatnonzero(need > 0) if (need > 0).any() else np.arange(len(need))
    worst = max(looked.tolist(), key=lambda i: (nearest[i], need[i], -i))
    way = float(nearest[worst])
    return Fairness(
        gini_before=None if shares[0] is None else round(shares[0], 4),
        gini_after=None if shares[1] is None else round(shares[1], 4),
        worst_area=str(areas["area"].iloc[worst]),
        worst_name=str(areas["name"].iloc[worst]),
        worst_minutes=round(way, 2) if np.isfinite(way) else None,
        worst_need=round(float(need[worst]), 2),
    )


def _beyond(fairness: Fairness) -> str:
    """A way that is too long to be stored, and how many areas have one; or an unknown one."""
    if fairness.worst_beyond is None:
        return "kein bekannter Weg zu einer Sprechstunde"
    n = fairness.areas_beyond
    where = f"{number(n)} {'Gebiet' if n == 1 else 'Gebieten'}"
    most = f"mehr als {plain(fairness.worst_beyond)} Minuten"
    return f"{most} bis zur nächsten Sprechstunde; so weit ist es aus {where}"


def fairness_lines(fairness: Fairness) -> tuple[str, ...]:
    """How even a plan is and who is worst off, in German sentences."""
    before, after = fairness.gini_before, fairness.gini_after
    words = [f"{number(g, 2)} {when}" for g, when in ((before, "vorher"), (after, "mit dem Plan"))
             if g is not None]  # fmt: skip
    even = (
        f"Verteilung der Stunden (Gini-Koeffizient, 0 heißt: gleich viele Stunden je Mensch in "
        f"Reichweite, 1 heißt: alle bei einem): {', '.join(words)}."
    )
    way = fairness.worst_minutes
    far = (
        _beyond(fairness) if way is None else f"{number(way)} Minuten bis zur nächsten Sprechstunde"
    )
    need = f"Bedarf {number(fairness.worst_need)}"
    worst = f"Am weitesten hat es {fairness.worst_name} ({need}): {far}."
    return (even, worst) if words else (worst,)
