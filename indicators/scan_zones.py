"""Circles over a city and how unlikely their counts are: the engine of Kulldorff's scan.

A zone is a centre with its nearest areas. Its log-likelihood ratio (Kulldorff 1997, Poisson)
compares the rate inside with the rate outside::

    c ln(c / E) + (C - c) ln((C - c) / (C - E))

with the cases inside ``c``, all cases ``C`` and the cases to be expected inside ``E``. It is
0 at c = E and rises to both sides, so high and low rates are found by the same number.

The largest ratio over all zones is needed for thousands of random distributions of the
cases. Three things make that fast without changing a digit:

- sums along a centre's order are running sums, of whole deviations from the expected
  counts, which fit into 16 bits;
- a zone's ratio depends on its count alone, so "can this zone beat the weakest maximum so
  far?" is one comparison of whole numbers; only where it can, the ratio is computed;
- x ln x of whole numbers comes from a table.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indicators.rates import rate_moments

TIE = 1e-8
"""Ratios closer than this are equal: they differ by rounding alone."""
CHUNK = 4096
"""Random distributions worked on at a time; the result does not depend on it."""
_BLOCK = 32
"""Zones of one centre compared at a time, so that their sums stay in the cache."""
_SAME_PLACE = 1e-9
"""Distances that differ by less than this part of the city's extent are equal."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Whole = npt.NDArray[np.signedinteger]


@dataclass(frozen=True)
class Zones:
    """All circles of a city, shape (centres, steps): step k is the k + 1 nearest areas.

    Parameters
    ----------
    order
        The area that comes in at this step; the centre itself is the first.
    radius_m
        Distance of that area from the centre.
    share
        Share of the population inside.
    counted
        False where the limits forbid the zone, or another centre stands for the same set
        of areas with a smaller radius (ties: the earlier centre).
    """

    order: Ints
    radius_m: Floats
    share: Floats
    counted: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.counted.sum())

    def members(self, centre: int, step: int) -> Ints:
        """The areas of one zone, in their own order."""
        return np.sort(self.order[centre, : step + 1])

    def reached(self) -> npt.NDArray[np.bool_]:
        """Which areas are in a zone at all."""
        # Every allowed zone is counted or has an equal that is.
        inside = np.logical_or.accumulate(self.counted[:, ::-1], axis=1)[:, ::-1]
        found = np.zeros(len(self.order), dtype=bool)
        found[self.order[inside]] = True
        return found


def build_zones(
    points: Floats, population: Floats, max_share: float, max_radius_m: float | None = None
) -> Zones:
    """The nested circles of every centre within the limits.

    Parameters
    ----------
    points
        Metres, shape (areas, 2). Areas equally far from a centre come in their own order.
    population
        Above 0, shape (areas,); expected cases do as well.
    max_share
        Largest share of the population in a zone.
    max_radius_m
        Largest distance of a member from the centre.
    """
    count = len(points)
    extent = float(np.ptp(points, axis=0).max()) if count else 0.0
    same = _SAME_PLACE * extent
    order = np.zeros((count, count), dtype=np.int64)
    radius = np.zeros((count, count))
    for centre in range(count):
        order[centre], radius[centre] = _nearest(points, centre, same)
    share = population[order].cumsum(axis=1) / population.sum()
    allowed = share <= max_share + 1e-12
    allowed[:, count - 1 :] = False  # the whole city has no outside
    if max_radius_m is not None:
        allowed &= radius <= max_radius_m + same
    steps = int(allowed.sum(axis=1).max(initial=0))
    order, radius, share = order[:, :steps], radius[:, :steps], share[:, :steps]
    return Zones(order, radius, share, _first_of_equals(order, radius, allowed[:, :steps], extent))


def _nearest(points: Floats, centre: int, same: float) -> tuple[Ints, Floats]:
    """All areas by distance from one of them; rounding does not break a tie."""
    away = np.hypot(*(points - points[centre]).T)
    away[centre] = -1.0
    order = np.argsort(away, kind="stable")
    rank = np.empty(len(points), dtype=np.int64)
    rank[order] = np.concatenate(([0], (np.diff(away[order]) > same).cumsum()))
    rank[centre] = -1
    away[centre] = 0.0
    order = np.argsort(rank, kind="stable")
    return order, away[order]


def _first_of_equals(
    order: Ints, radius: Floats, allowed: npt.NDArray[np.bool_], extent: float
) -> npt.NDArray[np.bool_]:
    """Of zones with the same areas one: smallest radius, then first centre."""
    # Every area has a random name of 64 bits; a set is the exclusive or of its names. Two
    # sets of the same size with one name by chance: one city in a billion.
    names = np.random.default_rng(0).integers(2**64, size=len(order), dtype=np.uint64)
    sets = np.bitwise_xor.accumulate(names[order], axis=1)
    centre, step = np.nonzero(allowed)
    rounded = np.rint(radius[centre, step] / (1e-7 * extent or 1.0))
    by_set = np.lexsort((centre, rounded, sets[centre, step], step))
    names_in_order, steps_in_order = sets[centre, step][by_set], step[by_set]
    fresh = np.ones(len(by_set), dtype=bool)
    fresh[1:] = (np.diff(names_in_order) != 0) | (np.diff(steps_in_order) != 0)
    counted = np.zeros_like(allowed)
    counted[centre[by_set[fresh]], step[by_set[fresh]]] = True
    return counted


class Likelihood:
    """The log-likelihood ratio for a fixed number of all cases.

    Parameters
    ----------
    total
        All cases, at least 1.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        inside = np.arange(total + 1, dtype=np.float64)
        inside[1:] *= np.log(inside[1:] / total)
        self._table: Floats = inside + inside[::-1]

    def ratio(self, cases: Whole, log_in: Floats, log_out: Floats) -> Floats:
        """The ratio of whole counts (broadcast).

        ``log_in`` and ``log_out`` are the logarithms of the expected share inside and
        outside.
        """
        outside = self.total - cases
        found: Floats = self._table[cases] - cases * log_in - outside * log_out
        return np.maximum(found, 0.0)

    def indifferent(self, share: Floats, level: float) -> tuple[Ints, Ints]:
        """Per zone the counts, from and to, whose ratio is certainly not above `level`.

        From exceeds to where there are none.
        """
        log_in, log_out = np.log(share), np.log1p(-share)
        expected = self.total * share
        middle = np.floor(expected).astype(np.int64)
        # A quarter of the chi-square approximation is proven to lie inside, Bernstein's
        # inequality to lie outside: little is left to search between them.
        spread = level * expected * (1.0 - share)
        near = np.sqrt(spread) - 2.0
        far = level / 3.0 + np.sqrt(level**2 / 9.0 + 2.0 * spread) + 2.0
        ends = []
        for side in (-1, 1):
            start = middle + (side < 0)
            good = start + side * np.maximum(np.floor(near), 0.0).astype(np.int64)
            bad = np.clip(start + side * np.ceil(far).astype(np.int64), -1, self.total + 1)
            good = np.where(side * (bad - good) < 1, start, good)
            while (open_ := np.abs(bad - good) > 1).any():
                trial = (good + bad) // 2
                fine = self.ratio(trial, log_in, log_out) <= level - TIE
                good = np.where(open_ & fine, trial, good)
                bad = np.where(open_ & ~fine, trial, bad)
            ends.append(good)
        return ends[0], ends[1]


def observed_ratios(zones: Zones, cases: Ints) -> tuple[Ints, Floats]:
    """Cases inside and ratio of every zone, shape (centres, steps); −1 where not counted."""
    inside = cases[zones.order].cumsum(axis=1)
    ratio = np.full(inside.shape, -1.0)
    share = zones.share[zones.counted]
    likelihood = Likelihood(int(cases.sum()))
    ratio[zones.counted] = likelihood.ratio(inside[zones.counted], np.log(share), np.log1p(-share))
    return inside, ratio


def simulated_maxima(
    zones: Zones,
    population: Floats,
    total: int,
    draws: int,
    seed: int | tuple[int, int],
    chunk: int = CHUNK,
    variation: float = 0.0,
) -> Floats:
    """The largest ratio over all zones in each random distribution of the cases.

    Every distribution gives `total` cases to the areas in proportion to their population
    (multinomial, numpy's generator PCG64 from `seed`).

    Parameters
    ----------
    variation
        Squared coefficient of variation of rates that differ between areas without any
        spatial pattern (gamma distributed, drawn anew each time); 0: all have one rate.

    Returns
    -------
    maxima
        Shape (draws,), in the order of the draws, the same for every `chunk`.
    """
    random = np.random.default_rng(seed)
    shares = population / population.sum()
    likelihood = Likelihood(total)
    maxima = np.zeros(draws)
    # A stream of its own, so that the draws do not depend on the size of a chunk.
    rates = np.random.default_rng((*np.atleast_1d(seed).tolist(), 1))
    for start in range(0, draws, chunk):
        stop = min(start + chunk, draws)
        counts = _counts(random, total, shares, stop - start, rates, variation)
        maxima[start:stop] = _maxima(zones, counts.T, shares, likelihood)
    return maxima


def _counts(
    random: np.random.Generator,
    total: int,
    shares: Floats,
    draws: int,
    rates: np.random.Generator,
    variation: float,
) -> Ints:
    """Random distributions of the cases, shape (draws, areas)."""
    if variation <= 0:
        return random.multinomial(total, shares, size=draws)
    weight = rates.standard_gamma(1 / variation, (draws, len(shares))) * shares
    return random.multinomial(total, weight / weight.sum(axis=1, keepdims=True))


def usual_variation(cases: Ints, population: Floats) -> float:
    """Squared coefficient of variation of the rates beyond chance (Marshall 1991).

    Clusters are in it as well, so that it is rather too large than too small.
    """
    mean, variance = rate_moments(cases.astype(np.float64), population)
    return max(variance, 0.0) / mean**2 if mean > 0 else 0.0


def _maxima(zones: Zones, counts: Ints, shares: Floats, likelihood: Likelihood) -> Floats:
    """The largest ratio of each column of `counts`, shape (areas, draws)."""
    usual = np.rint(shares * likelihood.total).astype(np.int64)
    deviations = _narrow(counts - usual[:, None])
    best = _single_areas(zones, counts, shares, likelihood)
    bases = usual[zones.order].cumsum(axis=1)
    work = _Work(list(deviations), np.empty((_BLOCK, counts.shape[1]), deviations.dtype), best)
    for centre in range(len(zones.order)):
        steps = np.flatnonzero(zones.counted[centre])
        if len(steps):
            _one_centre(zones, centre, int(steps[-1]) + 1, bases[centre], work, likelihood)
    return best


def _narrow(deviations: Ints) -> Whole:
    """As the shortest whole numbers that hold every sum of areas, contiguous by area."""
    above = np.maximum(deviations, 0).sum(axis=0).max(initial=0)
    below = np.minimum(deviations, 0).sum(axis=0).min(initial=0)
    largest = max(int(above), -int(below))
    kinds = (np.int16, np.int32)
    # The largest number of a kind is kept free: it is the count that never occurs.
    kind = next(k for k in kinds if largest < np.iinfo(k).max)
    return np.ascontiguousarray(deviations, dtype=kind)


def _single_areas(zones: Zones, counts: Ints, shares: Floats, likelihood: Likelihood) -> Floats:
    """Maxima over the zones of one area, which start all others on a useful level."""
    best = np.zeros(counts.shape[1])
    for area in np.flatnonzero(zones.counted[:, :1].any(axis=1)):
        log_in, log_out = np.log(shares[area]), np.log1p(-shares[area])
        np.maximum(best, likelihood.ratio(counts[area], log_in, log_out), out=best)
    return best


@dataclass(frozen=True)
class _Work:
    """Deviations by area, room for running sums, and the maxima, changed in place."""

    rows: list[Whole]
    block: Whole
    best: Floats


def _one_centre(
    zones: Zones, centre: int, steps: int, bases: Ints, work: _Work, likelihood: Likelihood
) -> None:
    """Raise the maxima by the zones of one centre."""
    share = zones.share[centre, :steps]
    low, width = _barred(zones.counted[centre, :steps], share, bases[:steps], work, likelihood)
    log_in, log_out = np.log(share), np.log1p(-share)
    block, draws = work.block, work.block.shape[1]
    unsigned = block.view(low.dtype)
    last = np.zeros(draws, dtype=block.dtype)
    for start in range(0, steps, _BLOCK):
        stop = min(start + _BLOCK, steps)
        for k, area in enumerate(zones.order[centre, start:stop].tolist()):
            np.add(last, work.rows[area], out=block[k])
            last = block[k]
        # In unsigned numbers "below low or above high" is one comparison.
        shifted = unsigned[: stop - start] - low[start:stop, None]
        hits = np.flatnonzero(shifted > width[start:stop, None])
        if len(hits):
            row, draw = np.divmod(hits, draws)
            step = row + start
            cases = block[row, draw] + bases[step]
            ratio = likelihood.ratio(cases, log_in[step], log_out[step])
            better = ratio > work.best[draw]
            np.maximum.at(work.best, draw[better], ratio[better])
        last = last.copy()


def _barred(
    counted: npt.NDArray[np.bool_], share: Floats, bases: Ints, work: _Work, likelihood: Likelihood
) -> tuple[npt.NDArray[np.unsignedinteger], npt.NDArray[np.unsignedinteger]]:
    """Per zone the lowest deviation that cannot raise any maximum, and how many follow it."""
    kind = np.iinfo(work.block.dtype)
    low, high = likelihood.indifferent(share, float(work.best.min()))
    low, high = np.clip(low - bases, kind.min, kind.max), np.clip(high - bases, kind.min, kind.max)
    none = low > high
    low, high = np.where(none, kind.max, low), np.where(none, kind.max, high)
    low, high = np.where(counted, low, kind.min), np.where(counted, high, kind.max)
    unsigned = np.dtype(f"u{work.block.dtype.name}")
    return low.astype(unsigned), (high - low).astype(unsigned)
