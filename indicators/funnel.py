"""Which rates lie further from the city's than chance lets expect: the funnel plot.

Counts of people differ between areas by chance, the more the fewer people there are; the
limits of a funnel plot show by how much (Spiegelhalter 2005). Areas of a city, however, differ
by more than chance nearly everywhere, if only because people live in households: without
allowing for that overdispersion almost every area would be remarkable. An area beyond chance
but within the usual differences is neither remarkable nor chance, and has a class that says
so. See `indicators.funnel_limits` for the statistics.

Only published cells enter. Estimated (apportioned) counts do not: they were not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.errors import ProblemCollector, ProjectError
from indicators.catalogue import Catalogue, normal_cell
from indicators.entries import Indicator
from indicators.funnel_limits import (
    LIMITS,
    Distribution,
    FunnelModel,
    Spread,
    allowance,
    dispersion,
    limits_by_column,
    total_error,
    z_scores,
)
from indicators.funnel_words import (
    HIGHER,
    LOWER,
    NO_STATEMENT,
    USUAL,
    WITHIN,
    AreaNumbers,
    FunnelNote,
    class_reason,
    excluded_reason,
)
from indicators.rates import refuse_duplicates
from indicators.status import VISIBLE, Status

MIN_AREAS = 8
"""With fewer areas nothing can be said about how much areas differ."""
_KEYS = ("area", "level", "vintage", "period", "indicator", "group")
_LIMIT_COLUMNS = [f"{side}_{name}" for name in LIMITS for side in ("low", "high")]
COLUMNS = [
    *(*_KEYS, "value", "denominator"),
    *("target", "z_score", "z_adjusted", *_LIMIT_COLUMNS, "class", "status", "reason"),
]
_FLOATS = ("value", "denominator", "target", "z_score", "z_adjusted", *_LIMIT_COLUMNS)
_TYPES = {c: "float64" if c in _FLOATS else "str" for c in COLUMNS}
_COUNTED = sorted(s.value for s in VISIBLE - {Status.ESTIMATED})

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FunnelSettings:
    """How limits are drawn.

    Attributes
    ----------
    spread
        ``additive``: areas truly differ (random effects); ``multiplicative``: all limits
        wider by one factor; ``none``: chance alone.
    winsor
        Share of the z-scores pulled in at either end before their spread is measured.
    decisive
        Limits that decide on the class, a key of `LIMITS`: those once in 500, since among
        many areas once in 20 happens to some.
    city_level
        Level with one area whose published rate is the target; else, or where it has none,
        the target is the common rate of the areas with a value.
    """

    spread: Spread = "additive"
    winsor: float = 0.1
    decisive: str = "998"
    city_level: str | None = None


@dataclass(frozen=True)
class Funnels:
    """The areas of a map with limits and classes, and the model behind each indicator."""

    table: pd.DataFrame
    models: dict[str, FunnelModel]


def compute_funnels(
    values: pd.DataFrame,
    catalogue: Catalogue,
    indicators: Iterable[str],
    level: str,
    period: str,
    vintage: str,
    settings: FunnelSettings | None = None,
) -> Funnels:
    """Limits and class of every area, for each indicator on one map.

    Parameters
    ----------
    values
        The edition's table ``values``.
    catalogue
        Says what each indicator is made of and in which unit.
    indicators
        Keys of rates with numerator and denominator.
    level, period, vintage
        Which map.
    settings
        See `FunnelSettings`.

    Returns
    -------
    Funnels
        ``table``: `COLUMNS`, a row for every row of the map, in the unit of the indicator;
        areas without a counted value have the class ``ohne Aussage`` and say why. ``models``
        by indicator, where at least `MIN_AREAS` areas have a value.

    Raises
    ------
    ProjectError
        An indicator is unknown or no rate of two counts, or a setting is impossible.
    KeyJoinError
        A value stands twice.
    """
    chosen = settings or FunnelSettings()
    wanted = list(dict.fromkeys(indicators))
    _check(catalogue, wanted, chosen)
    here = values.loc[
        (values["vintage"] == vintage) & (values["period"] == period) & (values["group"] == "total")
    ]
    twice = here.loc[here["indicator"].isin(wanted)]
    refuse_duplicates(twice, ["indicator", "level", "area"], "values", "Werte")
    blocks, models = [], {}
    for key in wanted:
        every = here.loc[here["indicator"] == key]
        item = catalogue.indicators[key]
        rows = _Map.of(every.loc[every["level"] == level])
        model = _model(rows, every, item, _law(catalogue, item, rows), chosen)
        if model is not None:
            models[key] = model
        blocks.append(_classed(rows, item, model, chosen))
    none = np.empty(0, dtype=object)
    columns = {c: np.concatenate([none, *(block[c] for block in blocks)]) for c in COLUMNS}
    return Funnels(pd.DataFrame(columns).astype(_TYPES), models)


@dataclass(frozen=True)
class _Map:
    """One indicator over the areas of a map, by their keys; every array has one entry each.

    ``counted``: whether numerator and denominator were counted, not estimated.
    """

    keys: dict[str, npt.NDArray[np.object_]]
    status: npt.NDArray[np.object_]
    numerator: Floats
    denominator: Floats
    counted: Flags

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "_Map":
        rows = rows.iloc[np.argsort(rows["area"].to_numpy(dtype=object), kind="stable")]
        status = rows["status"].to_numpy(dtype=object)
        top, bottom = (rows[c].to_numpy(dtype=np.float64) for c in ("numerator", "denominator"))
        return cls(
            {c: rows[c].to_numpy(dtype=object) for c in _KEYS},
            status,
            top,
            bottom,
            np.isin(status, _COUNTED) & ~np.isnan(top) & (bottom > 0),
        )

    @property
    def counts(self) -> tuple[Floats, Floats]:
        """Numerators and denominators of the areas that have both."""
        return self.numerator[self.counted], self.denominator[self.counted]


def _check(catalogue: Catalogue, wanted: list[str], settings: FunnelSettings) -> None:
    catalogue.require("indicators", wanted)
    found = ProblemCollector()
    for key in wanted:
        item = catalogue.indicators[key]
        if item.numerator is None or item.denominator is None:
            found.add(f"Indikator {key}", "keine Rate aus Zähler und Nenner")
    if settings.decisive not in LIMITS:
        found.add("decisive", f"gefunden {settings.decisive!r}", ", ".join(LIMITS))
    if not 0 <= settings.winsor < 0.5:
        found.add("winsor", f"gefunden {settings.winsor:g}", "ein Anteil von 0 bis unter 0,5")
    found.raise_if_any(ProjectError, "So lässt sich kein Trichter berechnen.")


def _law(catalogue: Catalogue, item: Indicator, rows: _Map) -> Distribution:
    """Persons out of the denominator, or events."""
    measure = catalogue.measures[normal_cell(str(item.numerator)).split("/")[0]]
    top, bottom = rows.counts
    return "binomial" if measure.kind == "stock" and bool((top <= bottom).all()) else "poisson"


def _model(
    rows: _Map, every: pd.DataFrame, item: Indicator, law: Distribution, settings: FunnelSettings
) -> FunnelModel | None:
    k, n = rows.counts
    if len(k) < MIN_AREAS:
        return None
    target, source = float(k.sum() / n.sum()), "pooled"
    if settings.city_level is not None:
        top, bottom = _Map.of(every.loc[every["level"] == settings.city_level]).counts
        if len(top) == 1:
            target, source = float(top[0] / bottom[0]), "city"
    found = dispersion(z_scores(k, n, target, law), n, settings.winsor)
    return FunnelModel(item.key, item.factor, law, len(k), target, source, found, settings.spread)


def _classed(
    rows: _Map, item: Indicator, model: FunnelModel | None, settings: FunnelSettings
) -> dict[str, npt.NDArray[np.object_]]:
    """One indicator over all areas of the map, by column."""
    size, counted = len(rows.status), rows.counted
    known = counted & (model is not None)
    hollow = ~known & np.isin(rows.status, _COUNTED)
    shown = np.where(rows.status == Status.ZERO.value, Status.PUBLISHED.value, rows.status)
    columns: dict[str, npt.NDArray[np.object_]] = {
        **rows.keys,
        **{c: np.full(size, np.nan, dtype=object) for c in _FLOATS},
        "class": np.full(size, NO_STATEMENT, dtype=object),
        "status": np.where(hollow, Status.NOT_APPLICABLE.value, shown),
        "reason": np.full(size, "", dtype=object),
    }
    for at in np.flatnonzero(~known).tolist():
        columns["reason"][at] = excluded_reason(str(rows.status[at]), bool(counted[at]))
    if model is not None:
        for name, found in _statements(rows, item, model, settings).items():
            columns[name][known] = found
    return columns


def _statements(
    rows: _Map, item: Indicator, model: FunnelModel, settings: FunnelSettings
) -> dict[str, npt.NDArray[Any]]:
    """Numbers, class and reason of the areas with a counted value."""
    k, n = rows.counts
    z = z_scores(k, n, model.target, model.distribution)
    factor, tau = allowance(model.dispersion, model.spread)
    value, limits = model.factor * k / n, limits_by_column(model, n)
    chance = limits_by_column(model.by_chance(), n)
    side = f"_{settings.decisive}"
    beyond = (value > chance["high" + side]) | (value < chance["low" + side])
    words = np.select(
        [
            beyond & (value > limits["high" + side]),
            beyond & (value < limits["low" + side]),
            beyond,
        ],
        [HIGHER, LOWER, USUAL],
        WITHIN,
    )
    note = FunnelNote(
        item.unit,
        item.decimals,
        model.factor * model.target,
        model.target_source,
        model.widened,
        LIMITS[settings.decisive],
    )
    # The sentence of an area within chance names the limits of chance.
    spans = [np.where(words == WITHIN, chance[c], limits[c]) for c in _LIMIT_COLUMNS]
    wide = list(LIMITS).index(settings.decisive)
    reasons = [
        class_reason(str(word), AreaNumbers(v, people, row[:2], row[2 * wide : 2 * wide + 2]), note)
        for word, v, people, *row in zip(words, value, n, *spans, strict=True)
    ]
    numbers = {
        "value": value,
        "denominator": n,
        "target": np.full(len(n), model.factor * model.target),
        "z_score": z,
        "z_adjusted": z * total_error(n, 1.0, 0.0) / total_error(n, factor, tau),
    }
    return {**numbers, **limits, "class": words, "reason": np.array(reasons, dtype=object)}
