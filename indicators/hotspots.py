"""Where high or low values lie together: Gi* and local Moran on published values.

- ``gi_star``: Getis and Ord's Gi*, binary weights, the area itself included; the statistic
  is the z-score.
- ``local_moran``: Anselin's local Moran, row-standardised, on rates standardised by
  empirical Bayes (Assunção and Reis 1999) where numerators and denominators are known,
  else on the values.

Neighbours touch in at least a point (queen) unless another `NeighbourRule` is given. Areas
without a published value leave the weights. p-values are two-sided, by conditional
permutations from a written-down seed (`indicators.permutations`); q-values are those of
Benjamini and Hochberg over all tested areas of a map.

Both hold the area's own value and permute the others, so on the same values they have the
same p-value: they differ in how they name an area, not in which areas they find. Their
agreement is no second proof.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse, stats

from geodata.errors import KeyJoinError, Problem, ProblemCollector, ProjectError
from indicators.hotspot_words import (
    GI_STAR,
    LOCAL_MORAN,
    NO_PATTERN,
    NO_STATEMENT,
    HotspotNote,
    excluded_reason,
    tested_reason,
)
from indicators.local_statistics import (
    LocalTest,
    bayes_rates,
    gi_star_given,
    local_moran_given,
)
from indicators.neighbours import QUEEN, Neighbourhood, NeighbourRule, neighbourhood
from indicators.one_map import areas_on, require_places, values_on
from indicators.permutations import Floats, neighbour_p_values
from indicators.status import VISIBLE, Status

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


@dataclass(frozen=True)
class HotspotSettings:
    """Number of permutations, their seed, level of the q-values, and who is a neighbour."""

    permutations: int = 9999
    seed: int = 20240101
    alpha: float = 0.05
    neighbours: NeighbourRule = QUEEN

    def check(self) -> None:
        """Refuse impossible settings.

        Raises
        ------
        ProjectError
            With every setting that is out of its range.
        """
        found = ProblemCollector()
        if self.permutations < 1:
            found.add("permutations", f"gefunden {self.permutations}", "eine ganze Zahl ab 1")
        if self.seed < 0:
            found.add("seed", f"gefunden {self.seed}", "eine ganze Zahl ab 0")
        if not 0 < self.alpha < 1:
            found.add("alpha", f"gefunden {self.alpha:g}", "zwischen 0 und 1")
        found.raise_if_any(ProjectError, "Mit diesen Angaben ist kein Test auf Häufungen möglich.")
        self.neighbours.check()


@dataclass(frozen=True)
class _Prepared:
    """One indicator on the map.

    Attributes
    ----------
    rows
        A row per area of the map.
    known
        Which of them have a published value.
    weights
        Neighbours among the known ones.
    values, rates
        Of the known ones; rates standardised by empirical Bayes, None without counts.
    """

    rows: pd.DataFrame
    known: npt.NDArray[np.bool_]
    weights: sparse.csr_array
    values: Floats
    rates: Floats | None

    @property
    def testable(self) -> bool:
        return len(self.values) >= MIN_AREAS and self.weights.nnz > 0


def compute_hotspots(
    values: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    indicators: Iterable[str],
    level: str,
    period: str,
    vintage: str,
    settings: HotspotSettings | None = None,
    around: Neighbourhood | None = None,
) -> pd.DataFrame:
    """Both tests for each indicator on one level, period and vintage.

    Parameters
    ----------
    values
        The edition's table ``values``.
    areas
        The edition's areas with geometry in metres.
    indicators
        Keys; one without any row on this map is passed over. Indicators of one call share
        their arrangements, which makes them fast; none changes the result of another.
    level, period, vintage
        Which map.
    settings
        Permutations, seed, level and neighbours; see `HotspotSettings`.
    around
        The neighbours, where they were found already (for another period); `areas` then need
        no geometry, and the settings' rule is not used.

    Returns
    -------
    hotspots
        The edition's table ``hotspots``: a row for every area, indicator and method. Areas
        without a published value and islands have the class ``ohne Aussage`` and say why.

    Raises
    ------
    KeyJoinError
        A value belongs to an area that is not on the map, or `around` to another map.
    ProjectError
        A setting is out of its range.
    """
    chosen = settings or HotspotSettings()
    chosen.check()
    on_map = areas_on(areas, level, vintage)
    here = values_on(values, level, period, vintage)
    near = around or neighbourhood(on_map, chosen.neighbours)
    _check_map(near, on_map)
    rows_of = dict(iter(here.groupby("indicator", sort=False)))
    wanted = [key for key in dict.fromkeys(indicators) if key in rows_of]
    prepared = [_prepare(_align(rows_of[key], on_map, key), near.matrix) for key in wanted]
    tables = [
        _table(part, test, method, near.rule, chosen)
        for part, tests in zip(prepared, _tested(prepared, chosen), strict=True)
        for method, test in tests.items()
    ]
    empty = pd.DataFrame({c: pd.Series(dtype=t) for c, t in _TYPES.items()})
    if not tables:
        return empty
    place = {"level": level, "vintage": vintage, "period": period, "group": "total"}
    table = pd.concat(tables, ignore_index=True).assign(**place, cluster="")
    table = table.assign(permutations=chosen.permutations, seed=chosen.seed)
    return table[COLUMNS].astype(_TYPES)


def _check_map(near: Neighbourhood, areas: gpd.GeoDataFrame) -> None:
    if near.areas != tuple(areas["area"]):
        strange = sorted(set(near.areas) ^ set(areas["area"]))
        problems = [Problem(f"Gebiet {key}", "nur auf einer der Karten") for key in strange]
        raise KeyJoinError("Die Nachbarschaften gehören zu einer anderen Karte.", problems)


def _align(rows: pd.DataFrame, areas: gpd.GeoDataFrame, indicator: str) -> pd.DataFrame:
    """One row per area of the map; an area without a row is missing, not dropped."""
    require_places(rows, areas, indicator)
    columns = ["value", "numerator", "denominator", "status"]
    table = rows.set_index("area")[columns].reindex(areas["area"]).reset_index()
    table["status"] = table["status"].fillna(Status.MISSING.value)
    table["value"] = table["value"].where(table["status"].isin(VISIBLE))
    return table.assign(indicator=indicator)


def _prepare(rows: pd.DataFrame, matrix: sparse.csr_array) -> _Prepared:
    known = rows["value"].notna().to_numpy()
    valued = rows.loc[known]
    weights = sparse.csr_array(matrix[known][:, known])
    counted = valued["numerator"].notna() & (valued["denominator"] > 0)
    rates = None
    if len(valued) and counted.all():
        rates = bayes_rates(valued["numerator"], valued["denominator"])
    return _Prepared(rows, known, weights, valued["value"].to_numpy(dtype=np.float64), rates)


def _tested(
    prepared: Sequence[_Prepared], settings: HotspotSettings
) -> Iterator[dict[str, LocalTest | None]]:
    """The tests of each indicator by method; those with the same areas share arrangements."""
    groups: dict[bytes, list[_Prepared]] = {}
    for part in prepared:
        if part.testable:
            groups.setdefault(part.known.tobytes(), []).append(part)
    p_values: dict[int, list[Floats]] = {}
    for parts in groups.values():
        # Without counts both methods test the same values.
        vectors = [(id(p), v) for p in parts for v in (p.values, p.rates) if v is not None]
        stacked = np.array([v for _, v in vectors])
        found = neighbour_p_values(stacked, parts[0].weights, settings.permutations, settings.seed)
        for (owner, _), p_value in zip(vectors, found, strict=True):
            p_values.setdefault(owner, []).append(p_value)
    for part in prepared:
        if not part.testable:
            yield {GI_STAR: None, LOCAL_MORAN: None}
            continue
        own = p_values[id(part)]
        rates = part.values if part.rates is None else part.rates
        yield {
            GI_STAR: gi_star_given(part.values, part.weights, own[0]),
            LOCAL_MORAN: local_moran_given(rates, part.weights, own[-1]),
        }


def _table(
    part: _Prepared,
    test: LocalTest | None,
    method: str,
    rule: NeighbourRule,
    settings: HotspotSettings,
) -> pd.DataFrame:
    """One indicator and method over all areas of the map."""
    rows, known = part.rows, part.known
    count = len(rows)
    neighbours = np.zeros(count, dtype=np.int64)
    statistic, p_value, q_value = (np.full(count, np.nan) for _ in range(3))
    words = np.full(count, NO_STATEMENT, dtype=object)
    tested = np.zeros(count, dtype=bool)
    cards = np.diff(part.weights.indptr)
    neighbours[known] = cards
    if test is not None:
        inside = cards > 0
        tested[known] = inside
        statistic[tested], p_value[tested] = test.statistic[inside], test.p_value[inside]
        q_value[tested] = stats.false_discovery_control(p_value[tested], method="bh")
        found = q_value[tested] <= settings.alpha
        words[tested] = np.where(found, test.pattern[inside], NO_PATTERN)
    on_rates = method == LOCAL_MORAN and part.rates is not None
    note = HotspotNote(method, on_rates, settings.permutations, settings.seed, settings.alpha, rule)
    few = len(part.values) < MIN_AREAS
    status = rows["status"].to_numpy(dtype=object)
    why = np.where(known, "few" if few else "island", status)
    numbers = (statistic, p_value, q_value)
    status = np.where(tested | ~known, status, Status.NOT_APPLICABLE.value)
    return pd.DataFrame(
        {
            "area": rows["area"],
            "indicator": rows["indicator"],
            "method": method,
            "statistic": statistic,
            "p_value": p_value,
            "q_value": q_value,
            "class": words,
            "neighbours": neighbours,
            "status": np.where(status == Status.ZERO, Status.PUBLISHED.value, status),
            "reason": _reasons(words, numbers, neighbours, np.where(tested, "", why), note),
        }
    )


def _reasons(
    words: npt.NDArray[np.object_],
    numbers: tuple[Floats, Floats, Floats],
    neighbours: npt.NDArray[np.int64],
    why: npt.NDArray[np.object_],
    note: HotspotNote,
) -> list[str]:
    """A sentence for every area; ``why`` it was not tested, empty where it was."""
    columns = (words, *numbers, neighbours, why)
    return [
        excluded_reason(reason, note.rule)
        if reason
        else tested_reason(word, (statistic, p, q), cards, note)
        for word, statistic, p, q, cards, reason in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]
