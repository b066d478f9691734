"""Where high or low values lie together: Gi* and local Moran on published values.

Both tests are those of esda, with conditional permutations from a written-down seed:

- ``gi_star``: Getis and Ord's Gi*, binary weights, the area itself included; the statistic
  is the z-score.
- ``local_moran``: Anselin's local Moran, row-standardised, on rates standardised by
  empirical Bayes (Assunção and Reis 1999) where numerators and denominators are known,
  else on the values.

Neighbours touch in at least a point (queen). Areas without a published value leave the
weights. p-values are two-sided; q-values are those of Benjamini and Hochberg over all
tested areas of a map.

Both hold the area's own value and permute the others, so on the same values they have the
same p-value: they differ in how they name an area, not in which areas they find. Their
agreement is no second proof.
"""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse, stats

from geodata.errors import KeyJoinError, Problem
from indicators.hotspot_words import (
    GI_STAR,
    LOCAL_MORAN,
    NO_PATTERN,
    NO_STATEMENT,
    HotspotNote,
    excluded_reason,
    tested_reason,
)
from indicators.status import VISIBLE, Status

if TYPE_CHECKING:
    from libpysal.graph import Graph

COLUMNS = [
    *("area", "level", "vintage", "period", "indicator", "group", "method", "statistic"),
    *("p_value", "q_value", "class", "cluster", "neighbours", "permutations", "seed"),
    *("status", "reason"),
]
_FLOATS = ("statistic", "p_value", "q_value")
_WHOLE = ("neighbours", "permutations", "seed")
_TYPES = {c: "float64" if c in _FLOATS else "Int64" if c in _WHOLE else "str" for c in COLUMNS}
MIN_AREAS = 8
"""With fewer areas no arrangement can be told from chance after Benjamini-Hochberg."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HotspotSettings:
    """Number of permutations, seed of the random arrangement, and level of the q-values."""

    permutations: int = 9999
    seed: int = 20240101
    alpha: float = 0.05


@dataclass(frozen=True)
class LocalTest:
    """One test over the areas of a map, in their order.

    ``pattern`` is the class word each area has if its test is significant.
    """

    statistic: Floats
    p_value: Floats
    pattern: npt.NDArray[np.object_]


def compute_hotspots(
    values: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    indicators: Iterable[str],
    level: str,
    period: str,
    vintage: str,
    settings: HotspotSettings | None = None,
) -> pd.DataFrame:
    """Both tests for each indicator on one level, period and vintage.

    Parameters
    ----------
    values
        The edition's table ``values``.
    areas
        The edition's areas with geometry in metres.
    indicators
        Keys; one without any row on this map is passed over.
    level, period, vintage
        Which map.
    settings
        Permutations, seed and level; see `HotspotSettings`.

    Returns
    -------
    hotspots
        The edition's table ``hotspots``: a row for every area, indicator and method. Areas
        without a published value and islands have the class ``ohne Aussage`` and say why.

    Raises
    ------
    KeyJoinError
        A value belongs to an area that is not on the map.
    """
    chosen = settings or HotspotSettings()
    on_map = areas.loc[(areas["level"] == level) & (areas["vintage"] == vintage)]
    on_map = on_map.sort_values("area").reset_index(drop=True)
    here = values.loc[
        (values["level"] == level)
        & (values["vintage"] == vintage)
        & (values["period"] == period)
        & (values["group"] == "total")
    ]
    touching = contiguity(on_map)
    tables = []
    for key in dict.fromkeys(indicators):
        rows = here.loc[here["indicator"] == key]
        if len(rows):
            aligned = _align(rows, on_map, key)
            tables += [_tested(aligned, touching, m, chosen) for m in (GI_STAR, LOCAL_MORAN)]
    empty = pd.DataFrame({c: pd.Series(dtype=t) for c, t in _TYPES.items()})
    if not tables:
        return empty
    place = {"level": level, "vintage": vintage, "period": period, "group": "total"}
    table = pd.concat(tables, ignore_index=True).assign(**place, cluster="")
    table = table.assign(permutations=chosen.permutations, seed=chosen.seed)
    return pd.concat([empty, table[COLUMNS].astype(_TYPES)], ignore_index=True)


def contiguity(areas: gpd.GeoDataFrame) -> sparse.csr_array:
    """Which areas share at least a point (queen), as a 0/1 matrix in their order.

    Intersection instead of equal vertices: outlines whose borders touch without sharing a
    vertex, or overlap by a hair, are neighbours all the same.
    """
    count = len(areas)
    first, second = areas.sindex.query(areas.geometry, predicate="intersects")
    other = first != second
    pairs = (np.ones(int(other.sum())), (first[other], second[other]))
    return sparse.csr_array(pairs, shape=(count, count))


def _align(rows: pd.DataFrame, areas: gpd.GeoDataFrame, indicator: str) -> pd.DataFrame:
    """One row per area of the map; an area without a row is missing, not dropped."""
    strange = sorted(set(rows["area"]) - set(areas["area"]))
    if strange:
        problems = [Problem(f"{indicator}, Gebiet {key}", "nicht auf der Karte") for key in strange]
        raise KeyJoinError(f"{len(strange)} Werte gehören zu keinem Gebiet der Karte.", problems)
    columns = ["area", "value", "numerator", "denominator", "status"]
    table = areas[["area"]].merge(rows[columns], on="area", how="left", validate="one_to_one")
    table["status"] = table["status"].fillna(Status.MISSING.value)
    table["value"] = table["value"].where(table["status"].isin(VISIBLE))
    return pd.DataFrame(table.assign(indicator=indicator))


def _tested(
    rows: pd.DataFrame, touching: sparse.csr_array, method: str, settings: HotspotSettings
) -> pd.DataFrame:
    """One indicator and method over all areas of the map."""
    known = rows["value"].notna().to_numpy()
    count = len(rows)
    neighbours = np.zeros(count, dtype=np.int64)
    statistic, p_value, q_value = (np.full(count, np.nan) for _ in range(3))
    words = np.full(count, NO_STATEMENT, dtype=object)
    weights = touching[known][:, known]
    cards = np.diff(weights.indptr)
    neighbours[known] = cards
    valued = rows.loc[known]
    use_rates = method == LOCAL_MORAN and _has_counts(valued)
    tested = np.zeros(count, dtype=bool)
    if len(valued) >= MIN_AREAS and cards.any():
        result = _run(valued, weights, method, use_rates, settings)
        inside = cards > 0
        tested[known] = inside
        statistic[tested], p_value[tested] = result.statistic[inside], result.p_value[inside]
        q_value[tested] = stats.false_discovery_control(p_value[tested], method="bh")
        found = q_value[tested] <= settings.alpha
        words[tested] = np.where(found, result.pattern[inside], NO_PATTERN)
    note = HotspotNote(method, use_rates, settings.permutations, settings.seed, settings.alpha)
    table = rows[["area", "indicator"]].assign(method=method, statistic=statistic)
    table = table.assign(p_value=p_value, q_value=q_value, neighbours=neighbours)
    table["class"] = words
    table["status"] = rows["status"].where(tested | ~known, Status.NOT_APPLICABLE.value)
    table["status"] = table["status"].where(table["status"] != Status.ZERO, "published")
    table["reason"] = _reasons(table, tested, known, note)
    return table


def _has_counts(rows: pd.DataFrame) -> bool:
    known = rows["numerator"].notna() & (rows["denominator"] > 0)
    return bool(known.all())


def _run(
    rows: pd.DataFrame,
    weights: sparse.csr_array,
    method: str,
    use_rates: bool,
    settings: HotspotSettings,
) -> LocalTest:
    if method == GI_STAR:
        return gi_star(rows["value"].to_numpy(), weights, settings)
    if use_rates:
        top, bottom = rows["numerator"].to_numpy(), rows["denominator"].to_numpy()
        return local_moran(bayes_rates(top, bottom), weights, settings)
    return local_moran(rows["value"].to_numpy(), weights, settings)


def _reasons(
    table: pd.DataFrame,
    tested: npt.NDArray[np.bool_],
    known: npt.NDArray[np.bool_],
    note: HotspotNote,
) -> list[str]:
    few = int(known.sum()) < MIN_AREAS
    rows = table[["class", "statistic", "p_value", "q_value", "neighbours", "status"]]
    return [
        tested_reason(str(word), (stat, p, q), int(cards), note)
        if is_tested
        else excluded_reason("few" if few and is_known else "island" if is_known else str(status))
        for (word, stat, p, q, cards, status), is_tested, is_known in zip(
            rows.itertuples(index=False), tested, known, strict=True
        )
    ]


def gi_star(values: Floats, weights: sparse.csr_array, settings: HotspotSettings) -> LocalTest:
    """Getis and Ord's Gi*, binary, self included; the statistic is the z-score."""
    from esda import G_Local

    if _constant(values):
        return _nothing(len(values))
    # The z-score does not change when all values are shifted, but esda divides by their
    # sum, which must not be near zero (changes in percentage points are).
    shifted = values - values.min() + np.ptp(values)
    with _quiet_esda():
        test = G_Local(
            shifted,
            _graph(weights),
            transform="B",
            star=True,
            permutations=settings.permutations,
            seed=settings.seed,
            n_jobs=1,
        )
    # The permutations hold the area's own value, so they test its neighbours alone. Where
    # these or the area itself lie on the other side than all together, one value stands
    # against its surroundings: nobody would understand a low value in a cluster of high ones.
    higher, own = test.Gs > test.rGs.mean(axis=1), values > values.mean()
    words = np.where(test.Zs > 0, "Häufung hoher Werte", "Häufung niedriger Werte").astype(object)
    words[(higher != (test.Zs > 0)) | (own != (test.Zs > 0))] = NO_PATTERN
    return LocalTest(test.Zs, two_sided_p(test.Gs, test.rGs), words)


def local_moran(values: Floats, weights: sparse.csr_array, settings: HotspotSettings) -> LocalTest:
    """Anselin's local Moran, row-standardised."""
    from esda import Moran_Local

    if _constant(values):
        return _nothing(len(values))
    with _quiet_esda():
        test = Moran_Local(
            values,
            _graph(weights),
            transformation="r",
            permutations=settings.permutations,
            seed=settings.seed,
            n_jobs=1,
        )
    names = np.array(
        [
            "",
            "hoch unter hohen",
            "niedrig unter hohen",
            "niedrig unter niedrigen",
            "hoch unter niedrigen",
        ],
        dtype=object,
    )  # esda's quadrants 1 to 4
    return LocalTest(test.Is, two_sided_p(test.Is, test.rlisas), names[test.q])


def bayes_rates(numerator: Floats, denominator: Floats) -> Floats:
    """Rates standardised by their empirical Bayes mean and deviation (Assunção, Reis 1999)."""
    from esda.smoothing import assuncao_rate

    if _constant(numerator / denominator):
        return np.zeros(len(numerator))
    return np.asarray(assuncao_rate(numerator, denominator), dtype=np.float64)


def two_sided_p(observed: Floats, simulated: Floats) -> Floats:
    """Twice the smaller tail of the simulated statistics, at most 1.

    Equal to esda's folded p-value doubled, except for ties: esda leaves those out of the
    lower tail, which would call every zero among zeros remarkable.

    Parameters
    ----------
    observed
        Shape (areas,).
    simulated
        Shape (areas, permutations).
    """
    count = simulated.shape[1]
    # Sums of the same numbers in another order differ in the last digits.
    slack = 1e-9 * np.maximum(np.abs(simulated).max(axis=1), np.abs(observed))
    above = (simulated >= (observed - slack)[:, None]).sum(axis=1)
    below = (simulated <= (observed + slack)[:, None]).sum(axis=1)
    tail: Floats = (np.minimum(above, below) + 1.0) / (count + 1.0)
    return np.minimum(2.0 * tail, 1.0)


def _constant(values: Floats) -> bool:
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def _nothing(count: int) -> LocalTest:
    """Where all values are equal there is no pattern."""
    return LocalTest(np.zeros(count), np.ones(count), np.full(count, NO_PATTERN, dtype=object))


def _graph(weights: sparse.csr_array) -> "Graph":
    from libpysal.graph import Graph

    return Graph.from_sparse(weights)


@contextmanager
def _quiet_esda() -> Iterator[None]:
    """Keep esda's announcements and its use of the global random state to itself."""
    state = np.random.get_state()
    try:
        # An island's simulated values do not vary; its standard score is not used.
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            warnings.filterwarnings("ignore", message="The alternative hypothesis")
            yield
    finally:
        np.random.set_state(state)
