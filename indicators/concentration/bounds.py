"""Between which limits a figure of concentration lies when some counts are hidden.

A `Box` holds for each area what any reader can infer: recipients between ``low`` and
``high``, population between ``n_low`` and ``n_high``. Every pair of limits here contains
the figure for all counts in the box for which it is defined; nothing is assumed about
which of them are true. Safe for whole counts and for fractions alike.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indicators.concentration.measures import Floats

PIECES = 512
"""Into so many pieces the range of an unknown total is cut, if it has more whole values."""
_ROUNDS = 200
_PRICES = 21
_TINY = 1e-12
Flags = npt.NDArray[np.bool_]
Limits = tuple[float, float]
PRINTED_DECIMALS = 3
"""Shares are printed in per cent with one decimal."""
UNDEFINED: Limits = (float("nan"), float("nan"))


@dataclass(frozen=True, eq=False)
class Box:
    """Limits of the counts, all of shape (areas,); ``low <= n_high`` and ``high <= n_high``."""

    low: Floats
    high: Floats
    n_low: Floats
    n_high: Floats

    @property
    def exact(self) -> bool:
        """Whether every count is known."""
        return bool((self.low == self.high).all() and (self.n_low == self.n_high).all())

    @property
    def total(self) -> Limits:
        """Limits of all recipients."""
        return float(self.low.sum()), float(self.high.sum())

    @property
    def population(self) -> Limits:
        """Limits of the whole population."""
        return float(self.n_low.sum()), float(self.n_high.sum())

    @property
    def defined(self) -> bool:
        """Whether there can be recipients and others at all."""
        return self.total[1] > 0 and self.population[1] > self.total[0]


def print_alike(limits: Limits) -> bool:
    """Whether a reader sees the same number at both limits."""
    low, high = (round(limit, PRINTED_DECIMALS) for limit in limits)
    return low == high


def _shares(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Limits of each area's share in the sum: its own count against the others' opposite end."""
    with np.errstate(invalid="ignore", divide="ignore"):
        least = np.where(low > 0, low / (low + (high.sum() - high)), 0.0)
        most = np.where(high > 0, high / (high + (low.sum() - low)), 0.0)
    return least, np.minimum(most, 1.0)


def overall_share_bounds(box: Box) -> Limits:
    """Limits of the overall rate."""
    if not box.defined:
        return UNDEFINED
    (low, high), (n_low, n_high) = box.total, box.population
    return low / n_high, min(high / n_low, 1.0) if n_low > 0 else 1.0


def dissimilarity_bounds(box: Box) -> Limits:
    """Limits of the dissimilarity.

    For a total X of recipients, population N and ``t_i = n_i X / N`` the index is
    ``c * sum (x_i - t_i)+`` and equally ``c * sum (t_i - x_i)+``, with
    ``c = N / (X (N - X))``, since the ``x_i`` and the ``t_i`` have the same sum. Each term
    rises or falls with ``x_i`` alone, so that for this X

    - D is at least ``c * max(sum (low - t)+, sum (t - high)+)``,
    - D is at most ``c * min(sum (high - t)+, sum (t - low)+)``,
    - D is at most ``c * (z X + sum max((high - t)+ - z high, (low - t)+ - z low))`` for
      every price z: the ``x_i`` add up to X, and a convex term is greatest at an end.

    The least and the greatest of these over all possible X are the limits: one X after the
    other where they are whole and few, else over short pieces, each with the least and the
    greatest ``t`` and ``c`` in it. Where the population is known, the lower limit is the
    best one for counts that need not be whole.
    """
    if not box.defined:
        return UNDEFINED
    share_low, share_high = _shares(box.n_low, box.n_high)
    found_low, found_high = [], []
    for start, end in _pieces(box):
        t_low, t_high = share_low * start, share_high * end
        c_low, c_high = _factor(box, start, end)
        least = max(_over(box.low, t_high), _over(t_low, box.high))
        most = min(_priced(box, t_low, end), _over(t_high, box.low))
        found_low.append(_product(c_low, least))
        found_high.append(_product(c_high, most))
    return min(found_low), max(found_high)


def _product(factor: float, found: float) -> float:
    """At most 1, also where the factor has no limit; nothing times no limit is nothing."""
    return min(factor * found, 1.0) if found > 0 else 0.0


def _over(a: Floats, b: Floats) -> float:
    return float(np.maximum(a - b, 0.0).sum())


def _priced(box: Box, t: Floats, total: float) -> float:
    """The most that the sum of ``(x - t)+`` can be, at the best of some prices of a person."""
    prices = np.linspace(0.0, 1.0, _PRICES)[:, None]
    at_high = np.maximum(box.high - t, 0.0) - prices * box.high
    at_low = np.maximum(box.low - t, 0.0) - prices * box.low
    return float((np.maximum(at_high, at_low).sum(axis=1) + prices[:, 0] * total).min())


def _pieces(box: Box) -> list[Limits]:
    """The possible totals: single whole numbers, or adjoining ranges."""
    low, high = box.total
    high = min(high, box.population[1])
    ends = np.concatenate([box.low, box.high])
    whole = bool((ends == np.floor(ends)).all())
    if whole and high - low <= PIECES:
        points = np.arange(max(low, 1.0), high + 1)
        # Where everybody is a recipient, the index is not defined.
        points = points[points < box.population[1]]
        return [(float(x), float(x)) for x in points] or [(high, high)]
    cuts = np.linspace(max(low, 1.0) if whole else low, high, PIECES + 1)
    return list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))


def _factor(box: Box, start: float, end: float) -> Limits:
    """Limits of ``N / (X (N - X)) = 1 / (X (1 - X / N))`` for X from `start` to `end`."""
    n_low, n_high = box.population
    middle = float(np.clip(n_high / 2, start, end))
    narrow = [x * (1 - x / n_low) if n_low > 0 else 0.0 for x in (start, end)]
    wide = middle * (1 - middle / n_high)
    low = 1 / wide if wide > 0 else float("inf")
    return low, 1 / min(narrow) if min(narrow) > 0 else float("inf")


def isolation_bounds(box: Box) -> Limits:
    """Limits of the isolation, the ratio of ``sum x**2 / n`` to ``sum x``.

    Dinkelbach's method (1967): the ratio is at most z exactly where
    ``sum (x**2 / n - z x) <= 0``, and this sum is made as small or as large as possible in
    each area by itself: smallest at ``z n / 2``, moved into the area's limits, largest at
    one end. Both are the best limits for counts that need not be whole; a larger population
    always lowers the ratio.
    """
    if not box.defined:
        return UNDEFINED

    def least(z: float) -> Floats:
        return np.clip(z * box.n_high / 2, box.low, box.high)

    def most(z: float) -> Floats:
        low, high = _squares(box.low, box.n_low), _squares(box.high, box.n_low)
        return np.where(high - z * box.high >= low - z * box.low, box.high, box.low)

    lowest = _ratio(box.high, box.n_high)
    for _ in range(_ROUNDS):
        nearer = _ratio(least(lowest), box.n_high)
        if not nearer < lowest - _TINY:
            break
        lowest = nearer
    else:
        lowest = 0.0
    highest = _ratio(box.high, box.n_low)
    while (farther := _ratio(most(highest), box.n_low)) > highest + _TINY:
        highest = farther
    return max(lowest - _TINY, 0.0), min(highest + _TINY, 1.0)


def _squares(x: Floats, n: Floats) -> Floats:
    """``x**2 / n``, with no fewer residents than recipients."""
    room = np.maximum(n, x)
    return np.divide(x**2, room, out=np.zeros(len(x)), where=room > 0)


def _ratio(x: Floats, n: Floats) -> float:
    return float(_squares(x, n).sum()) / float(x.sum())


def gini_bounds(box: Box, dissimilarity: Limits) -> Limits:
    """Limits of the Gini of segregation.

    It is ``sum_ij |x_i n_j - x_j n_i| / (2 X (N - X))``. Every term of the sum is bounded by
    itself, and so is the product below it. Besides, a concave curve whose greatest height
    above the diagonal is D encloses at least D and at most ``1 - (1 - D)**2``, so that the
    limits of the dissimilarity give limits as well.
    """
    if not box.defined:
        return UNDEFINED
    least = np.outer(box.low, box.n_low) - np.outer(box.high, box.n_high).T
    most = -least.T
    np.fill_diagonal(least, 0.0)
    np.fill_diagonal(most, 0.0)
    terms_low = np.maximum(np.maximum(least, -most), 0.0).sum()
    terms_high = np.maximum(most, -least).sum()
    start, end = box.total
    c_low, c_high = _factor(box, max(start, _TINY), end)
    n_low, n_high = box.population
    d_low, d_high = dissimilarity
    low = float(terms_low) * c_low / (2 * n_high)
    high = float(terms_high) * c_high / (2 * n_low) if terms_high > 0 and n_low > 0 else d_high
    return max(low, d_low), min(max(high, d_low), 1 - (1 - d_high) ** 2)


def lorenz_bounds(box: Box, share: float) -> Limits:
    """Limits of the Lorenz curve at a share of the population.

    The curve is the greatest ``X_A / X`` over sets of areas A (the last one in part) with
    that share of the population; it rises with counts inside A and falls with those
    outside. With the greatest possible ``X_A`` of lows and of highs, by filling the share
    with the highest rates first, follow the limits. Where the population itself is hidden,
    only the diagonal and the whole are sure.
    """
    if not box.defined:
        return UNDEFINED
    if (box.n_low != box.n_high).any():
        return share, 1.0
    lows, highs = (_filled(x, box.n_low, share) for x in (box.low, box.high))
    low = box.total[0]
    best = _filled_with(box.low, box.high, box.n_low, share)
    return max(share, best), highs / (highs + low - lows) if highs > 0 else 0.0


def _filled(x: Floats, n: Floats, share: float) -> float:
    """The most recipients in areas that hold a share of the population."""
    return _filled_with(x, None, n, share)


def _filled_with(x: Floats, other: Floats | None, n: Floats, share: float) -> float:
    """Greedy filling by `x`; with `other`, the share of `x` inside against `other` outside."""
    rate = np.divide(x, n, out=np.zeros(len(n)), where=n > 0)
    order = np.argsort(-rate, kind="stable")
    room = share * n.sum() - (np.cumsum(n[order]) - n[order])
    part = np.clip(np.divide(room, n[order], out=np.zeros(len(n)), where=n[order] > 0), 0, 1)
    inside = float((part * x[order]).sum())
    if other is None:
        return inside
    outside = float(((1 - part) * other[order]).sum())
    return inside / (inside + outside) if inside > 0 else 0.0


def top_bounds(box: Box, k: int) -> tuple[Limits, Limits]:
    """Limits of the shares of recipients and population in the `k` areas with the highest rates.

    Which areas these are may be unknown itself. An area is surely among them if fewer than
    k others can reach its lowest rate, and possibly if fewer than k surely exceed its
    highest. The sure ones with the smallest (largest) counts of the possible ones, up to k,
    hold the least (most) that k areas can hold; the rest is bounded likewise.
    """
    if not box.defined:
        return UNDEFINED, UNDEFINED
    lowest = np.divide(box.low, box.n_high, out=np.zeros(len(box.low)), where=box.n_high > 0)
    highest = np.divide(box.high, box.n_low, out=np.ones(len(box.low)), where=box.n_low > 0)
    highest = np.where(box.high > 0, np.minimum(highest, 1.0), 0.0)
    reach = (highest[None, :] >= lowest[:, None]).sum(axis=1) - 1
    exceed = (lowest[None, :] > highest[:, None]).sum(axis=1)
    sure, possible = reach < k, exceed < k
    return (
        _share_of(box.low, box.high, sure, possible, k),
        _share_of(box.n_low, box.n_high, sure, possible, k),
    )


def _share_of(low: Floats, high: Floats, sure: Flags, possible: Flags, k: int) -> Limits:
    """Limits of the share of the sum in a set of `k` areas between `sure` and `possible`."""
    least, most_outside = _inside(low, sure, possible, k)[0], high.sum()
    most_outside -= _inside(high, sure, possible, k)[0]
    most, least_outside = _inside(high, sure, possible, k)[1], low.sum()
    least_outside -= _inside(low, sure, possible, k)[1]
    bottom = least / (least + most_outside) if least > 0 else 0.0
    top = most / (most + least_outside) if most > 0 else 0.0
    return float(bottom), float(min(top, 1.0))


def _inside(x: Floats, sure: Flags, possible: Flags, k: int) -> Limits:
    """The least and the most that `k` areas can hold."""
    open_ones = np.sort(x[possible & ~sure])
    fixed, left = float(x[sure].sum()), k - int(sure.sum())
    return (
        fixed + float(open_ones[:left].sum()),
        fixed + float(open_ones[len(open_ones) - left :].sum()),
    )


def quotient_bounds(box: Box) -> tuple[Floats, Floats]:
    """Limits of the location quotients, share of recipients over share of population."""
    p_low, p_high = _shares(box.low, box.high)
    s_low, s_high = _shares(box.n_low, box.n_high)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(s_high > 0, p_low / s_high, np.nan), np.where(
            s_high > 0, np.where(p_high > 0, p_high / s_low, 0.0), np.nan
        )
