"""Kulldorff's circular scan: where in a city cases lie together, and where they are missing.

Circles of every size around every area are compared with the rest of the city (Kulldorff
1997, Poisson model, high and low rates): the circle with the largest log-likelihood ratio is
the most likely cluster. Its p-value is the rank of that ratio among the largest ratios of
random distributions of the same number of cases over the areas, in proportion to their
population. Because each of these is the largest over all circles, the many circles need no
further correction.

Further clusters do not overlap more likely ones. Each has its p-value from the same maxima,
which is cautious (Kulldorff), or, with `ScanSettings.iterative`, from a scan of its own after
the areas of the clusters before it were taken out (Zhang, Assunção, Kulldorff 2010).

The test says of a circle that it differs from the rest, not of every area in it. It knows
no variation but that of chance (Poisson): where rates differ everywhere, as in large cities,
nearly every circle is significant, and the relative risk says what that means.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geodata.errors import (
    GeometryError,
    KeyJoinError,
    Problem,
    ProblemCollector,
    ProjectError,
    TableError,
    UserError,
)
from indicators.scan_zones import (
    TIE,
    Floats,
    Ints,
    Zones,
    build_zones,
    observed_ratios,
    simulated_maxima,
    usual_variation,
)

Direction = Literal["high", "low"]
MAX_CASES = 20_000_000
"""More than any city has; the table of logarithms grows with them."""
_NAMED = 20
"""Problems of one kind that are listed."""


@dataclass(frozen=True)
class ScanSettings:
    """How the scan looks for clusters.

    Parameters
    ----------
    permutations
        Random distributions of the cases; 9,999 on a published map.
    seed
        Where they start.
    alpha
        Largest p-value of a cluster.
    max_share
        Largest share of the population in a circle, at most a half. For a city a quarter
        keeps clusters small enough to act on.
    max_radius_m
        Largest radius of a circle, None for any.
    iterative
        Look for each further cluster without the areas of those before it. The shares are
        then those of what is left, and so are expected cases and relative risk.
    rounds
        Most clusters that are looked for in this way.
    varying
        Whether areas differ in the random distributions, too, as much as they usually do in
        this city and without a spatial pattern. Otherwise all have one rate, and in a city
        of unequal areas with many cases nearly every circle is significant.
    """

    permutations: int = 9999
    seed: int = 20240101
    alpha: float = 0.05
    max_share: float = 0.5
    max_radius_m: float | None = None
    iterative: bool = False
    rounds: int = 10
    varying: bool = False

    def check(self) -> None:
        """Refuse impossible settings.

        Raises
        ------
        ProjectError
            With every setting that is out of its range.
        """
        radius = self.max_radius_m
        rules: tuple[tuple[str, object, bool, str], ...] = (
            ("permutations", self.permutations, self.permutations >= 1, "eine ganze Zahl ab 1"),
            ("seed", self.seed, self.seed >= 0, "eine ganze Zahl ab 0"),
            ("alpha", self.alpha, 0 < self.alpha < 1, "zwischen 0 und 1"),
            ("max_share", self.max_share, 0 < self.max_share <= 0.5, "über 0, höchstens 0,5"),
            ("max_radius_m", radius, radius is None or radius > 0, "über 0 oder keine Angabe"),
            ("rounds", self.rounds, self.rounds >= 1, "eine ganze Zahl ab 1"),
        )
        found = ProblemCollector()
        for name, value, fine, allowed in rules:
            if not fine:
                found.add(name, str(value), allowed)
        found.raise_if_any(ProjectError, "Mit diesen Angaben ist kein Kreis-Scan möglich.")


@dataclass(frozen=True)
class Cluster:
    """A circle whose rate differs from the rest.

    ``relative_risk`` is the rate inside divided by the rate outside, infinite where there
    is no case outside. ``secondary`` is False for the most likely cluster alone.
    """

    areas: tuple[str, ...]
    direction: Direction
    centre: str
    radius_m: float
    cases: int
    population: float
    expected: float
    relative_risk: float
    llr: float
    p_value: float
    secondary: bool


@dataclass(frozen=True)
class ScanResult:
    """The clusters of one map, most likely first.

    Parameters
    ----------
    clusters
        The most likely cluster whatever its p-value, then every further one with a p-value
        of at most alpha. Empty where no circle differs from the rest at all.
    maxima
        Largest ratio of each random distribution, shape (permutations,).
    zones
        Number of different circles.
    untested
        Areas in no circle, because every circle with them exceeds the limits.
    left_out
        Areas without population.
    """

    clusters: tuple[Cluster, ...]
    maxima: Floats
    zones: int
    untested: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _City:
    """Areas in the order of their keys, so that no result depends on another order."""

    keys: npt.NDArray[np.object_]
    cases: Ints
    population: Floats
    points: Floats

    def part(self, chosen: npt.NDArray[np.bool_]) -> "_City":
        return _City(
            self.keys[chosen], self.cases[chosen], self.population[chosen], self.points[chosen]
        )


@dataclass(frozen=True)
class _Scan:
    """A city with its circles, their ratios and the maxima by chance."""

    city: _City
    zones: Zones
    inside: Ints
    ratio: Floats
    maxima: Floats


def scan(
    areas: Sequence[str],
    cases: npt.ArrayLike,
    population: npt.ArrayLike,
    points: npt.ArrayLike,
    settings: ScanSettings | None = None,
) -> ScanResult:
    """Clusters of high and low rates.

    Parameters
    ----------
    areas
        Keys.
    cases
        Whole counts, shape (areas,).
    population
        People, or the cases to be expected, shape (areas,). Areas with 0 leave the scan.
    points
        A representative point of each area in metres, shape (areas, 2).
    settings
        Limits, permutations and seed; see `ScanSettings`.

    Returns
    -------
    result
        The same for any order of the areas, scale of the points, and machine.

    Raises
    ------
    TableError
        Columns of different length, cases that are no whole counts or more than
        `MAX_CASES`, or a population that is no number from 0.
    KeyJoinError
        A key stands twice.
    GeometryError
        A point is missing.
    ProjectError
        A setting is out of its range.
    """
    chosen = settings or ScanSettings()
    chosen.check()
    whole = _checked(areas, cases, population, points)
    city = whole.part(whole.population > 0)
    left_out = tuple(whole.keys[whole.population == 0])
    first = _scanned(city, chosen, chosen.seed)
    found = _one_by_one(first, chosen) if chosen.iterative else _at_once(first, chosen)
    untested = tuple(city.keys[~first.zones.reached()])
    return ScanResult(tuple(found), first.maxima, len(first.zones), untested, left_out)


def _checked(
    areas: Sequence[str], cases: npt.ArrayLike, population: npt.ArrayLike, points: npt.ArrayLike
) -> _City:
    """The columns as arrays by key, or every problem with them."""
    keys = np.array([str(a) for a in areas], dtype=object)
    count, people, place = (np.asarray(v, dtype=np.float64) for v in (cases, population, points))
    count_of = len(keys)
    if count.shape != (count_of,) or people.shape != (count_of,) or place.shape != (count_of, 2):
        lengths = f"{count_of} Gebiete, {len(count)} Fälle, {len(people)} Nenner, {len(place)} Orte"
        raise TableError("Die Spalten des Scans passen nicht zusammen.", [Problem("Scan", lengths)])
    order = np.argsort(keys, kind="stable")
    keys, count, people, place = keys[order], count[order], people[order], place[order]
    twice = np.zeros(count_of, dtype=bool)
    twice[1:] = keys[1:] == keys[:-1]
    _refuse(KeyJoinError, "Gebiete stehen mehrfach.", keys, keys, twice, "jedes einmal")
    bad = ~(np.isfinite(count) & (count >= 0) & (count % 1 == 0))
    _refuse(TableError, "Fälle sind keine Anzahl.", keys, count, bad, "eine ganze Zahl ab 0")
    if count.sum() > MAX_CASES:
        problem = Problem("Fälle", f"{count.sum():.0f}", f"zusammen höchstens {MAX_CASES}")
        raise TableError("Es sind mehr Fälle, als eine Stadt hat.", [problem])
    bad = ~(np.isfinite(people) & (people >= 0))
    _refuse(TableError, "Nenner sind keine Zahl.", keys, people, bad, "eine Zahl ab 0")
    bad = ~np.isfinite(place.sum(axis=1))
    _refuse(GeometryError, "Gebiete haben keinen Ort.", keys, place, bad, "zwei Koordinaten")
    return _City(keys, count.astype(np.int64), people, place)


def _refuse(
    error: type[UserError],
    summary: str,
    keys: npt.NDArray[np.object_],
    found: npt.NDArray[np.generic],
    bad: npt.NDArray[np.bool_],
    allowed: str,
) -> None:
    """Name the areas with a fault, if there are any."""
    if not bad.any():
        return
    at = np.flatnonzero(bad)[:_NAMED]
    problems = [Problem(f"Gebiet {keys[i]}", str(found[i]), allowed) for i in at]
    raise error(f"{int(bad.sum())} {summary}", problems)


def _scanned(city: _City, settings: ScanSettings, seed: int | tuple[int, int]) -> _Scan:
    """All circles of a city, their ratios and the maxima by chance."""
    zones = build_zones(city.points, city.population, settings.max_share, settings.max_radius_m)
    total = int(city.cases.sum())
    if total == 0 or len(zones) == 0:
        nothing = np.zeros(zones.order.shape)
        inside = np.zeros(zones.order.shape, dtype=np.int64)
        return _Scan(city, zones, inside, nothing, np.zeros(settings.permutations))
    inside, ratio = observed_ratios(zones, city.cases)
    usual = usual_variation(city.cases, city.population) if settings.varying else 0.0
    maxima = simulated_maxima(
        zones, city.population, total, settings.permutations, seed, variation=usual
    )
    return _Scan(city, zones, inside, ratio, maxima)


def _at_once(found: _Scan, settings: ScanSettings) -> list[Cluster]:
    """The most likely cluster and the significant ones beside it."""
    clusters: list[Cluster] = []
    for centre, step in _disjoint(found.zones, found.ratio):
        cluster = _cluster(found, centre, step, bool(clusters))
        if clusters and cluster.p_value > settings.alpha:
            break
        clusters.append(cluster)
    return clusters


def _one_by_one(first: _Scan, settings: ScanSettings) -> list[Cluster]:
    """Each further cluster from a scan without the areas of those before it."""
    clusters: list[Cluster] = []
    found = first
    for number in range(1, settings.rounds + 1):
        best = next(_disjoint(found.zones, found.ratio), None)
        if best is None:
            break
        cluster = _cluster(found, *best, bool(clusters))
        if not clusters or cluster.p_value <= settings.alpha:
            clusters.append(cluster)
        if cluster.p_value > settings.alpha or number == settings.rounds:
            break
        rest = np.ones(len(found.city.keys), dtype=bool)
        rest[found.zones.members(*best)] = False
        found = _scanned(found.city.part(rest), settings, (settings.seed, number))
    return clusters


def _disjoint(zones: Zones, ratio: Floats) -> Iterator[tuple[int, int]]:
    """Zones by falling ratio, without those that share an area with one before.

    Of equal ratios first the zone with fewer areas, then the earlier centre.
    """
    left = ratio.copy()
    taken = np.zeros(len(zones.order), dtype=bool)
    while left.max(initial=-1.0) > TIE:
        centres, steps = np.nonzero(left >= left.max() - TIE)
        best = np.lexsort((centres, steps))[0]
        centre, step = int(centres[best]), int(steps[best])
        yield centre, step
        taken[zones.members(centre, step)] = True
        left[np.logical_or.accumulate(taken[zones.order], axis=1)] = -1.0


def _cluster(found: _Scan, centre: int, step: int, secondary: bool) -> Cluster:
    city, zones = found.city, found.zones
    members = zones.members(centre, step)
    total, cases = int(city.cases.sum()), int(found.inside[centre, step])
    share, llr = float(zones.share[centre, step]), float(found.ratio[centre, step])
    inside, outside = cases / share, (total - cases) / (1.0 - share)
    reached = int((found.maxima >= llr - TIE).sum())
    return Cluster(
        areas=tuple(city.keys[members]),
        direction="high" if cases > total * share else "low",
        centre=str(city.keys[centre]),
        radius_m=float(zones.radius_m[centre, step]),
        cases=cases,
        population=float(city.population[members].sum()),
        expected=total * share,
        relative_risk=inside / outside if outside else float("inf"),
        llr=llr,
        p_value=(1 + reached) / (1 + len(found.maxima)),
        secondary=secondary,
    )
