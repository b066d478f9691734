"""Steadier rates of small areas: empirical Bayes, over the whole map and to neighbours.

The rate of an area with few people swings by chance. Empirical Bayes (Marshall 1991, Applied
Statistics 40) moves it towards a mean, the further the fewer people live there: towards the
mean of the whole map (global), or of the area and its neighbours (local). How much rates
really differ is estimated by the method of moments; where that variance comes out negative,
chance alone explains the differences and the mean takes the area's place completely.

A smoothed rate is an estimate for comparison and maps. It never replaces the published one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geodata.errors import KeyJoinError, Problem, ProblemCollector, ProjectError, TableError
from indicators.catalogue import Catalogue
from indicators.permutations import without_self
from indicators.rates import rate_moments, refuse_duplicates
from indicators.status import VISIBLE, Status

if TYPE_CHECKING:
    from libpysal.graph import Graph

GLOBAL, LOCAL, ISLAND = "eb_global", "eb_local", "eb_global_island"
METHODS_DE = {
    GLOBAL: "Geglättet zum Mittel aller Gebiete mit veröffentlichtem Wert (Empirical Bayes).",
    LOCAL: "Geglättet zum Mittel des Gebiets und seiner Nachbargebiete (Empirical Bayes).",
    ISLAND: "Geglättet zum Mittel aller Gebiete: "
    "Kein Nachbargebiet hat einen veröffentlichten Wert (Empirical Bayes).",
}
"""What a reader is told about each value of the column ``method``."""

MAP = ["level", "vintage", "period", "indicator", "group"]
KEYS = ["area", *MAP]
COLUMNS = [*KEYS, "smoothed", "shrinkage", "method", "status"]
_TYPES = {c: "float64" if c in ("smoothed", "shrinkage") else "str" for c in COLUMNS}

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Smoothed:
    """Smoothed rates of the areas of a map, in their order.

    Attributes
    ----------
    rate
        Smoothed rate, a plain fraction; NaN where there is none.
    shrinkage
        Share of the mean in it: 0 is the area's own rate, 1 the mean alone.
    mean
        What the rate was moved towards.
    local
        Whether that is the mean of the neighbourhood; else of the whole map.
    """

    rate: Floats
    shrinkage: Floats
    mean: Floats
    local: Flags


def smooth_global(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Smoothed:
    """Empirical Bayes rates towards the mean of the map.

    Parameters
    ----------
    numerator, denominator
        Counts, shape (areas,). An area without a count (NaN) or without people (0) has no
        rate, and takes no part in the mean.

    Returns
    -------
    Smoothed
        As esda's ``Empirical_Bayes``, except that a negative variance is none: esda goes on
        with it, so that rates may move beyond the mean.

    Raises
    ------
    TableError
        A count is negative, or the arrays differ in length.
    """
    k, n, known = _checked(numerator, denominator)
    return _spread(_towards_map(k[known], n[known]), known)


def smooth_local(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, neighbours: sparse.sparray
) -> Smoothed:
    """Empirical Bayes rates towards the mean of each area and its neighbours.

    Parameters
    ----------
    numerator, denominator
        As in `smooth_global`; areas without a rate leave the neighbourhoods too.
    neighbours
        Square matrix in the order of the areas; what is not zero is a neighbour, whatever
        its weight. The diagonal does not matter.

    Returns
    -------
    Smoothed
        As esda's ``Spatial_Empirical_Bayes``, except for two cases in which that has no
        answer: an area without neighbours is smoothed as in `smooth_global`, and where a
        neighbourhood has no case at all its rate is zero (esda: NaN).

    Raises
    ------
    TableError
        A count is negative, or shapes differ.
    """
    k, n, known = _checked(numerator, denominator)
    if neighbours.shape != (len(k), len(k)):
        raise TableError(
            "Die Nachbarschaften passen nicht zu den Gebieten.",
            [Problem("Nachbarschaften", f"{neighbours.shape}", f"{len(k)} mal {len(k)}")],
        )
    around = without_self(neighbours)[known][:, known]
    return _spread(_towards_neighbours(k[known], n[known], around), known)


def smooth_values(
    values: pd.DataFrame,
    catalogue: Catalogue,
    indicators: Iterable[str],
    neighbours: "Mapping[tuple[str, str], Graph] | None" = None,
) -> pd.DataFrame:
    """Smooth the rates of every map in the table ``values``.

    Parameters
    ----------
    values
        The edition's table ``values``.
    catalogue
        Says what each indicator is made of and in which unit.
    indicators
        Keys of rates with numerator and denominator.
    neighbours
        For ``(level, vintage)`` a graph whose labels are the keys of the areas. A map
        without one is smoothed globally.

    Returns
    -------
    smoothed
        A row for every row of these indicators: the keys, ``smoothed`` in the unit of the
        indicator, ``shrinkage`` (share of the mean), ``method`` (see `METHODS_DE`) and
        ``status``: ``estimated``, or that of the rate where none was published. A rate that
        came without its two counts is ``not_applicable``.

    Raises
    ------
    ProjectError
        An indicator is unknown or no rate of two counts.
    KeyJoinError
        A row stands twice, or an area with a value is not in the graph.
    """
    wanted = list(dict.fromkeys(indicators))
    _require_rates(catalogue, wanted)
    rows = values.loc[values["indicator"].isin(wanted)].reset_index(drop=True)
    refuse_duplicates(rows, KEYS, "values", "Werte")
    graphs = neighbours or {}
    tables = []
    for (key, level, vintage, _, _), part in rows.groupby(
        ["indicator", "level", "vintage", "period", "group"], sort=True
    ):
        graph = graphs.get((str(level), str(vintage)))
        tables.append(_smooth_map(part, catalogue.indicators[str(key)].factor, graph))
    empty = pd.DataFrame({c: pd.Series(dtype=t) for c, t in _TYPES.items()})
    return pd.concat([empty, *tables], ignore_index=True)


def _checked(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats, Flags]:
    k = np.asarray(numerator, dtype=np.float64)
    n = np.asarray(denominator, dtype=np.float64)
    found = ProblemCollector()
    if k.shape != n.shape or k.ndim != 1:
        found.add("Zähler und Nenner", f"{k.shape} und {n.shape}", "zwei gleich lange Listen")
    for name, counts in (("Zähler", k), ("Nenner", n)):
        if (counts < 0).any() or np.isinf(counts).any():
            found.add(name, f"gefunden {np.nanmin(counts):g}", "Anzahlen ab 0 oder leer")
    found.raise_if_any(TableError, "Diese Anzahlen ergeben keine Raten.")
    return k, n, ~np.isnan(k) & (n > 0)


def _towards_map(k: Floats, n: Floats) -> Smoothed:
    mean, variance = rate_moments(k, n) if len(k) else (np.nan, np.nan)
    return _shrink(k, n, np.full(len(k), mean), np.full(len(k), variance))


def _towards_neighbours(k: Floats, n: Floats, around: sparse.csr_array) -> Smoothed:
    whole = _towards_map(k, n)
    around_all = around + sparse.eye_array(len(k), format="csr")
    people, areas = around_all @ n, around_all.sum(axis=1)
    mean = (around_all @ k) / people
    # Sums of squares about the mean of the map first: less is lost when they are shifted.
    shifted = around_all @ (n * (k / n - whole.mean) ** 2) - people * (mean - whole.mean) ** 2
    near = _shrink(k, n, mean, shifted / people - mean * areas / people)
    local: Flags = np.diff(around.indptr) > 0
    return Smoothed(
        np.where(local, near.rate, whole.rate),
        np.where(local, near.shrinkage, whole.shrinkage),
        np.where(local, near.mean, whole.mean),
        local,
    )


def _shrink(k: Floats, n: Floats, mean: Floats, variance: Floats) -> Smoothed:
    """Marshall's weights from the variance that chance does not explain."""
    real = np.maximum(variance, 0.0)
    chance = mean / n
    total = real + chance
    shrinkage = np.divide(chance, total, out=np.ones(len(k)), where=total > 0)
    rate = mean + (1.0 - shrinkage) * (k / n - mean)
    return Smoothed(rate, shrinkage, mean, np.zeros(len(k), dtype=np.bool_))


def _spread(found: Smoothed, known: Flags) -> Smoothed:
    """Back to all areas, NaN where there is no rate."""

    def fill(part: Floats) -> Floats:
        out = np.full(len(known), np.nan)
        out[known] = part
        return out

    local = np.zeros(len(known), dtype=np.bool_)
    local[known] = found.local
    return Smoothed(fill(found.rate), fill(found.shrinkage), fill(found.mean), local)


def _require_rates(catalogue: Catalogue, wanted: list[str]) -> None:
    catalogue.require("indicators", wanted)
    found = ProblemCollector()
    for key in wanted:
        indicator = catalogue.indicators[key]
        if indicator.numerator is None or indicator.denominator is None:
            found.add(f"Indikator {key}", "keine Rate aus Zähler und Nenner")
    found.raise_if_any(ProjectError, "Glätten lassen sich nur Raten aus zwei Anzahlen.")


def _smooth_map(rows: pd.DataFrame, factor: float, graph: "Graph | None") -> pd.DataFrame:
    """One indicator on one map."""
    rows = rows.sort_values("area", kind="stable").reset_index(drop=True)
    shown = rows["status"].isin(VISIBLE).to_numpy()
    k = rows["numerator"].where(shown).to_numpy(dtype=np.float64)
    n = rows["denominator"].where(shown).to_numpy(dtype=np.float64)
    if graph is None:
        found = smooth_global(k, n)
        method = np.full(len(rows), GLOBAL, dtype=object)
    else:
        known = ~np.isnan(k) & (n > 0)
        found = smooth_local(k, n, _matrix(graph, rows["area"], known))
        method = np.where(found.local, LOCAL, ISLAND).astype(object)
    has = ~np.isnan(found.rate)
    method[~has] = ""
    without = rows["status"].where(~shown, Status.NOT_APPLICABLE.value)
    table = rows[KEYS].assign(
        smoothed=factor * found.rate,
        shrinkage=found.shrinkage,
        method=method,
        status=without.where(~has, Status.ESTIMATED.value),
    )
    return table[COLUMNS].astype(_TYPES)


def _matrix(graph: "Graph", areas: pd.Series, known: Flags) -> sparse.csr_array:
    """The graph in the order of the areas; those without a value need not be in it."""
    position = pd.Index(graph.unique_ids).get_indexer(pd.Index(areas))
    strange = areas[(position < 0) & known]
    if len(strange):
        problems = [Problem(f"Gebiet {key}", "fehlt in den Nachbarschaften") for key in strange]
        raise KeyJoinError(f"{len(strange)} Gebiete haben keine Nachbarschaften.", problems)
    inside = np.flatnonzero(position >= 0)
    part = sparse.csr_array(graph.sparse)[position[inside]][:, position[inside]].tocoo()
    index = (inside[part.row], inside[part.col])
    return sparse.csr_array((part.data, index), shape=(len(areas), len(areas)))
