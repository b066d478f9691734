"""Does a rate rise or fall over many reporting dates? One row per area and indicator.

A series reaches from the latest reporting date as far back as areas and definition stay the
same (`indicators.trends.latest_stretches`); a change of the law is crossed and named. From
eight values on it is judged by Mann and Kendall's test, from four by a weighted line, see
`indicators.slopes`; with fewer nothing is said.

A date without a published value is a gap: it is left out, never filled, and counted in the
row. Where more than a third are gaps nothing is said. The q-values are those of Benjamini and
Hochberg over all areas of a map, since among many areas some always seem to rise.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from indicators.catalogue import Catalogue, normal_cell
from indicators.entries import Indicator
from indicators.slopes import Slope, monotone_slope, straight_slope
from indicators.status import VISIBLE, Status
from indicators.trend_words import (
    MANN_KENDALL,
    NO_TREND,
    WEIGHTED_LINE,
    SeriesNote,
    series_reason,
    unjudged_reason,
)
from indicators.trends import (
    FALLING,
    NO_STATEMENT,
    RISING,
    SERIES_KEYS,
    Stretch,
    dates_of,
    latest_stretches,
    only_rates,
)

COLUMNS = [
    *("area", "level", "vintage", "indicator", "group", "period_from", "period_to"),
    *("points", "gaps", "method", "slope", "low", "high", "autocorrelation"),
    *("p_value", "q_value", "class", "break", "status", "reason"),
]
_FLOATS = ("slope", "low", "high", "autocorrelation", "p_value", "q_value")
_WHOLE = ("points", "gaps")
TYPES = {c: "float64" if c in _FLOATS else "Int64" if c in _WHOLE else "str" for c in COLUMNS}
_MAP = ["level", "vintage", "indicator", "group"]
_NAN = float("nan")
_HIDING = (Status.SUPPRESSED, Status.TOO_FEW, Status.NOT_APPLICABLE, Status.MISSING)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SeriesSettings:
    """From how many points on something is said, and how.

    Attributes
    ----------
    min_points, mann_kendall_from
        Fewest points for a weighted line and for Mann and Kendall's test.
    max_gaps
        Largest share of the reporting dates that may be without a value.
    alpha
        Level of the q-values.
    stock_autocorrelation
        From one date to the next, for stocks with too few points to tell their own: the
        middle of what longer series of SGB II rates in city areas show. Flows have none.
    """

    min_points: int = 4
    mann_kendall_from: int = 8
    max_gaps: float = 1 / 3
    alpha: float = 0.05
    stock_autocorrelation: float = 0.7


@dataclass(frozen=True)
class AreaSeries:
    """The values of one area on the dates that have one, and how many have none.

    ``values`` in the unit of the indicator; ``weights`` are the denominators, None where
    they are not all known.
    """

    area: str
    periods: tuple[str, ...]
    values: Floats
    weights: Floats | None
    gaps: dict[str, int]
    estimated: bool

    @property
    def years(self) -> Floats:
        """The dates in years."""
        return np.array([date.fromisoformat(p).toordinal() / 365.25 for p in self.periods])


def compute_series(
    values: pd.DataFrame,
    catalogue: Catalogue,
    stable_levels: Collection[str] = (),
    settings: SeriesSettings | None = None,
) -> pd.DataFrame:
    """The trend of every rate of every area over its reporting dates.

    Parameters
    ----------
    values
        The edition's table ``values``.
    catalogue
        Knows units and breaks of the indicators, and what is a stock.
    stable_levels
        Levels whose areas are the same in every vintage, such as the whole city.
    settings
        See `SeriesSettings`.

    Returns
    -------
    series
        `COLUMNS`, a row for every area that the latest reporting date of its level knows.
        ``period_from`` and ``period_to`` are the first and the last date with a value;
        ``slope``, ``low`` and ``high`` are per year, in the unit of the rate (percentage
        points for per cent). ``break`` says why the series starts where it does, and which
        change of the law it crosses. Sorted by indicator, group, level, area.
    """
    chosen = settings or SeriesSettings()
    known = only_rates(values, catalogue)
    rows: list[dict[str, object]] = []
    for (level, key, group), part in known.groupby(SERIES_KEYS, sort=True):
        indicator = catalogue.indicators[str(key)]
        is_stock = _is_stock(indicator, catalogue)
        for stretch in latest_stretches(dates_of(part), indicator, level in stable_levels):
            place = {"level": level, "indicator": key, "group": group, "vintage": stretch.vintage}
            judged = [
                (series, _slope(series, indicator, is_stock, chosen))
                for series in _area_series(part, stretch)
            ]
            rows += [place | row for row in _rows(judged, stretch, indicator, chosen)]
    table = pd.DataFrame(rows, columns=COLUMNS).astype(TYPES)
    order = ["indicator", "group", "level", "vintage", "area"]
    return table.sort_values(order, kind="stable", ignore_index=True)


def _is_stock(indicator: Indicator, catalogue: Catalogue) -> bool:
    """Whether people are counted at a date; where it is not known this is the careful answer."""
    if indicator.numerator is None:
        return True
    return catalogue.measures[normal_cell(indicator.numerator).split("/")[0]].kind == "stock"


def _area_series(part: pd.DataFrame, stretch: Stretch) -> Iterator[AreaSeries]:
    """One series for each area; a date without a row is a gap as well."""
    homes = pd.DataFrame(list(stretch.homes), columns=["vintage", "period"]).astype("str")
    inside = part.merge(homes, on=["vintage", "period"], validate="many_to_one")
    for area, rows in inside.sort_values("period").groupby("area", sort=True):
        shown = rows.loc[rows["status"].isin(VISIBLE) & rows["value"].notna()]
        hidden = Counter(str(s) for s in rows.loc[rows.index.difference(shown.index), "status"])
        absent = len(stretch.homes) - len(rows)
        gaps = hidden + Counter({Status.MISSING.value: absent})
        weights = shown["denominator"].to_numpy(dtype=np.float64)
        yield AreaSeries(
            area=str(area),
            periods=tuple(str(p) for p in shown["period"]),
            values=shown["value"].to_numpy(dtype=np.float64),
            weights=weights if len(weights) and bool((weights > 0).all()) else None,
            gaps=dict(gaps),
            estimated=bool((shown["status"] == Status.ESTIMATED).any()),
        )


def _method(series: AreaSeries, settings: SeriesSettings) -> str:
    points, gaps = len(series.values), sum(series.gaps.values())
    if points < settings.min_points or gaps > settings.max_gaps * (points + gaps):
        return ""
    return MANN_KENDALL if points >= settings.mann_kendall_from else WEIGHTED_LINE


def _slope(
    series: AreaSeries, indicator: Indicator, is_stock: bool, settings: SeriesSettings
) -> tuple[str, Slope | None]:
    """The method that a series is long enough for, and what it finds."""
    method = _method(series, settings)
    if method == MANN_KENDALL:
        return method, monotone_slope(series.values, series.years)
    if not method:
        return "", None
    rates = series.values / indicator.factor
    chance = _chance(rates, series.weights, is_stock)
    rho = settings.stock_autocorrelation if is_stock else 0.0
    found = straight_slope(rates, series.years, series.weights, chance, rho)
    return method, found.scaled(indicator.factor)


def _chance(rates: Floats, weights: Floats | None, is_stock: bool) -> float:
    """Variance by chance of a rate, times its denominator: of persons, or of events."""
    if weights is None:
        return 0.0
    mean = float(np.average(rates, weights=weights))
    return mean * (1 - mean) if is_stock and mean < 1 else mean


def _rows(
    judged: list[tuple[AreaSeries, tuple[str, Slope | None]]],
    stretch: Stretch,
    indicator: Indicator,
    settings: SeriesSettings,
) -> Iterator[dict[str, object]]:
    """The rows of one map: classes need the q-values over all of its areas."""
    p_values = [slope.p_value for _, (_, slope) in judged if slope is not None]
    adjusted = iter(stats.false_discovery_control(p_values, method="bh") if p_values else ())
    for series, (method, slope) in judged:
        ends = series.periods or stretch.periods
        row: dict[str, object] = {
            "area": series.area,
            "period_from": ends[0],
            "period_to": ends[-1],
            "points": len(series.values),
            "gaps": sum(series.gaps.values()),
            "method": method,
            "break": stretch.breaks,
        }
        if slope is None:
            yield row | _unjudged(series, settings)
        else:
            yield row | _judged(series, method, slope, float(next(adjusted)), indicator, settings)


def _unjudged(series: AreaSeries, settings: SeriesSettings) -> dict[str, object]:
    """A row without a statement: its status is that of the values that are not there."""
    hiding = [s.value for s in _HIDING if series.gaps.get(s)]
    return dict.fromkeys(_FLOATS, _NAN) | {
        "class": NO_STATEMENT,
        "status": hiding[0] if hiding else Status.NOT_APPLICABLE.value,
        "reason": unjudged_reason(len(series.values), series.gaps, settings.min_points),
    }


def _judged(
    series: AreaSeries,
    method: str,
    slope: Slope,
    q_value: float,
    indicator: Indicator,
    settings: SeriesSettings,
) -> dict[str, object]:
    word = _class(series, slope, q_value, indicator, settings.alpha)
    ends = [(series.periods[i], float(series.values[i])) for i in (0, -1)]
    limits = (slope.slope, slope.low, slope.high, slope.autocorrelation)
    note = SeriesNote(ends[0], ends[1], len(series.values), series.gaps, method, *limits, q_value)
    return {
        **dict(zip(("slope", "low", "high", "autocorrelation"), limits, strict=True)),
        "p_value": slope.p_value,
        "q_value": q_value,
        "class": word,
        "status": (Status.ESTIMATED if series.estimated else Status.PUBLISHED).value,
        "reason": series_reason(word, note, indicator),
    }


def _class(
    series: AreaSeries, slope: Slope, q_value: float, indicator: Indicator, alpha: float
) -> str:
    """A trend is one that chance does not explain and that shows in the printed decimals."""
    span = float(series.years[-1] - series.years[0])
    visible = round(abs(slope.slope) * span, indicator.decimals) > 0
    if q_value > alpha or not visible or slope.low <= 0 <= slope.high:
        return NO_TREND
    return RISING if slope.slope > 0 else FALLING
