"""Areas with a negative development ("Sozialräume mit negativer Entwicklung"), with reasons.

An area is on the list where one of these holds at the latest reporting date:

1. A rate that stands for need is worse than a year before, beyond chance, and over the years
   as well (`indicators.series`; where the series is too short, against the earliest date).
2. A rate has developed worse than the city's: it is not better than some years before, and
   lies beyond chance on the wrong side of what it would be had it moved in proportion to the
   city's. In proportion, since in percentage points areas with low rates could never keep up
   with a city whose rates fall, and areas with high rates always would.
3. The class of an index of changes, such as the dynamics of the Berlin Monitoring, is the one
   with the greatest burden.

Whether more is worse comes from the catalogue. What is on the list says where support may be
needed, and nothing about the people or the place. What could not be judged is named, too.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from indicators.catalogue import Catalogue
from indicators.entries import Index, Indicator
from indicators.rates import CONFIDENCE
from indicators.status import VISIBLE
from indicators.trend_words import CityNote, city_reason, dynamics_reason, year_reason
from indicators.trends import (
    FALLING,
    NO_STATEMENT,
    RISING,
    Stretch,
    dates_of,
    latest_stretches,
    law_changes,
    only_rates,
    square_and_add,
    years_before,
)

OVER_TIME, AGAINST_CITY, DYNAMICS = "zeitverlauf", "stadtvergleich", "dynamik"
KINDS = (OVER_TIME, AGAINST_CITY, DYNAMICS)
"""All kinds of reasons."""
COLUMNS = [
    *("area", "level", "vintage", "kind", "indicator", "period_from", "period_to", "reason"),
]
NOT_JUDGED = "ohne_aussage"
"""The kind of a row of the table ``negative`` that is no finding."""
UNJUDGED_COLUMNS = ["area", "level", "vintage", "reason"]
_AREA = ["area", "level", "vintage"]
_UNJUDGED = (
    "Ohne Aussage: Für dieses Gebiet gibt es keine veröffentlichten Werte, deren Entwicklung "
    "sich beurteilen lässt."
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NegativeSettings:
    """Against which date, and how sure.

    Attributes
    ----------
    city_years
        Span of the comparison with the city; two years, as in the Berlin Monitoring.
    long_years
        Shortest span that counts as "over the years" where there is no series.
    alpha
        Level of the q-values of the comparison with the city.
    """

    city_years: int = 2
    long_years: int = 2
    alpha: float = 0.05


@dataclass(frozen=True)
class NegativeList:
    """The list, one row per area and reason (`COLUMNS`), and the areas not judged."""

    reasons: pd.DataFrame
    unjudged: pd.DataFrame

    @property
    def areas(self) -> dict[tuple[str, str, str], tuple[str, ...]]:
        """The reasons of each listed area (area, level, vintage)."""
        found: dict[tuple[str, str, str], tuple[str, ...]] = {}
        for row in self.reasons.itertuples(index=False):
            key = (str(row.area), str(row.level), str(row.vintage))
            found[key] = (*found.get(key, ()), str(row.reason))
        return found


@dataclass(frozen=True)
class Computed:
    """The tables of an edition that the list is made of."""

    values: pd.DataFrame
    trends: pd.DataFrame
    series: pd.DataFrame
    index: pd.DataFrame


def negative_development(
    tables: Computed,
    catalogue: Catalogue,
    city_level: str,
    indicators: Collection[str] | None = None,
    settings: NegativeSettings | None = None,
) -> NegativeList:
    """The areas whose development gives reason to look closer.

    Parameters
    ----------
    tables
        Tables ``values``, ``trends``, ``series`` and ``index`` of one edition.
    catalogue
        Knows directions, breaks and the classes of indices.
    city_level
        The level with the whole city as its one area; it is not on the list itself.
    indicators
        Rates to look at; None for all. Those that are neutral never count.
    settings
        See `NegativeSettings`.

    Returns
    -------
    NegativeList
        Sorted by level, vintage, area, kind, indicator.
    """
    chosen = settings or NegativeSettings()
    rates = only_rates(tables.values, catalogue)
    wanted = {
        str(key)
        for key in rates["indicator"].unique()
        if catalogue.indicators[str(key)].direction != "neutral"
        and (indicators is None or key in indicators)
    }
    rates = rates.loc[rates["indicator"].isin(wanted) & (rates["group"] == "total")]
    judged = [
        *_over_time(tables, wanted, city_level, catalogue, chosen),
        *_against_city(rates, city_level, catalogue, chosen),
        *_dynamics(tables.index, tables.values, city_level, catalogue),
    ]
    table = _joined(judged, [*COLUMNS, "negative"])
    listed = table.loc[table["negative"], COLUMNS]
    order = ["level", "vintage", "area", "kind", "indicator"]
    return NegativeList(
        reasons=listed.sort_values(order, kind="stable", ignore_index=True),
        unjudged=_unjudged(rates, tables.index, table, city_level),
    )


def _joined(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    types = {c: "bool" if c == "negative" else "str" for c in columns}
    empty = pd.DataFrame({c: pd.Series(dtype=t) for c, t in types.items()})
    return pd.concat([empty, *(t[columns].astype(types) for t in tables)], ignore_index=True)


def _unjudged(
    rates: pd.DataFrame, index: pd.DataFrame, judged: pd.DataFrame, city_level: str
) -> pd.DataFrame:
    """Areas of the maps that were judged about which nothing can be said."""
    maps = judged[["level", "vintage"]].drop_duplicates()
    every = pd.concat([rates[_AREA], index[_AREA]]).drop_duplicates()
    every = every.loc[every["level"] != city_level].merge(maps, on=["level", "vintage"])
    seen = pd.MultiIndex.from_frame(judged[_AREA])
    left = every.loc[~pd.MultiIndex.from_frame(every[_AREA]).isin(seen)]
    left = left.sort_values(["level", "vintage", "area"], ignore_index=True)
    return left.assign(reason=_UNJUDGED)[UNJUDGED_COLUMNS]


def _over_time(
    tables: Computed,
    wanted: set[str],
    city_level: str,
    catalogue: Catalogue,
    settings: NegativeSettings,
) -> Iterator[pd.DataFrame]:
    """Worse than a year before and over the years; areas with both statements."""
    trends, series = (
        t.loc[t["indicator"].isin(wanted) & (t["group"] == "total") & (t["level"] != city_level)]
        for t in (tables.trends, tables.series)
    )
    for (key, _), part in trends.groupby(["indicator", "level"], sort=True):
        indicator = catalogue.indicators[str(key)]
        to = str(part["period_to"].max())
        latest = part.loc[(part["period_to"] == to) & (part["class"] != NO_STATEMENT)]
        if latest.empty:
            continue
        year = latest.loc[latest["period_from"] == years_before(to, 1)]
        long = _long_statements(series.loc[series["indicator"] == key], latest, settings)
        both = year.merge(long, on=_AREA, validate="one_to_one")
        worse = RISING if indicator.direction == "more_need" else FALLING
        both["negative"] = (both["class"] == worse) & (both["long_class"] == worse)
        reasons = [
            year_reason(row, indicator, law_changes(indicator, str(row["long_from"]), to))
            for row in ({str(k): v for k, v in r.items()} for r in both.to_dict("records"))
        ]
        yield both.assign(kind=OVER_TIME, reason=pd.Series(reasons, index=both.index, dtype="str"))


def _long_statements(
    series: pd.DataFrame, latest: pd.DataFrame, settings: NegativeSettings
) -> pd.DataFrame:
    """What the series say, or the earliest comparable date where they say nothing."""
    said = series.loc[series["class"] != NO_STATEMENT]
    names = {"class": "long_class", "reason": "long_reason", "period_from": "long_from"}
    said = said[[*_AREA, *names]].rename(columns=names)
    first = latest.sort_values("period_from").drop_duplicates(_AREA)
    far = first["period_from"] <= years_before(str(latest["period_to"].max()), settings.long_years)
    first = first.loc[far & ~pd.MultiIndex.from_frame(first[_AREA]).isin(
        pd.MultiIndex.from_frame(said[_AREA])
    )]  # fmt: skip
    renamed = {"class": "long_class", "period_from": "long_from", "change": "long_change"}
    columns = [*_AREA, *renamed, "low", "high"]
    short = first[columns].rename(columns={**renamed, "low": "long_low", "high": "long_high"})
    return pd.concat([said, short], ignore_index=True)


def _against_city(
    rates: pd.DataFrame, city_level: str, catalogue: Catalogue, settings: NegativeSettings
) -> Iterator[pd.DataFrame]:
    """Worse than the city in proportion, and not better than before; areas that have both."""
    for (key, level), part in rates.groupby(["indicator", "level"], sort=True):
        indicator = catalogue.indicators[str(key)]
        city = rates.loc[(rates["indicator"] == key) & (rates["level"] == city_level)]
        if level == city_level or city.empty:
            continue
        for stretch in latest_stretches(dates_of(part), indicator):
            to = stretch.periods[-1]
            start = years_before(to, settings.city_years)
            pair, whole = _pair(part, stretch, start), _city_pair(city, start, to, indicator)
            if len(pair) and whole is not None:
                found = _compared(pair, whole, (start, to), indicator, settings.alpha)
                place = {"indicator": str(key), "period_from": start, "period_to": to}
                yield found.assign(kind=AGAINST_CITY, **place)


def _pair(part: pd.DataFrame, stretch: Stretch, start: str) -> pd.DataFrame:
    """Both rates of each area side by side, where both are published with their range."""
    shown = part.loc[part["status"].isin(VISIBLE) & (part["value"] > 0)]
    shown = shown.loc[shown["low"].notna() & shown["high"].notna()]
    homes = {period: vintage for vintage, period in stretch.homes}
    now, then = (
        shown.loc[(shown["period"] == p) & (shown["vintage"] == homes.get(p, ""))]
        for p in (stretch.periods[-1], start)
    )
    numbers = ["value", "low", "high"]
    earlier = then[["area", *numbers]]
    return now[[*_AREA, *numbers]].merge(
        earlier, on="area", suffixes=("", "_0"), validate="one_to_one"
    )


def _city_pair(
    city: pd.DataFrame, start: str, to: str, indicator: Indicator
) -> pd.DataFrame | None:
    """The city's two rates, if there is exactly one row and no break between them."""
    for stretch in latest_stretches(dates_of(city), indicator, stable=True):
        pair = _pair(city, stretch, start)
        if stretch.periods[-1] == to and len(pair) == 1:
            return pair
    return None


def _compared(
    pair: pd.DataFrame,
    whole: pd.DataFrame,
    span: tuple[str, str],
    indicator: Indicator,
    alpha: float,
) -> pd.DataFrame:
    """Each area against what it would be, had it moved in proportion to the city."""
    sign = 1.0 if indicator.direction == "more_need" else -1.0
    city = whole.iloc[0]
    ratio = float(city["value"] / city["value_0"])
    excess = sign * (np.log(pair["value"] / pair["value_0"]) - np.log(ratio))
    error = np.hypot(_log_reach(pair, sign), float(_log_reach(whole, sign).iloc[0]))
    score = excess / (error / stats.norm.ppf(0.5 + CONFIDENCE / 2))
    q_values = stats.false_discovery_control(2 * stats.norm.sf(score.abs()), method="bh")
    change, low, high = square_and_add(pair)
    better = (high < 0) if sign > 0 else (low > 0)
    in_points = sign * (change - float(city["value"] - city["value_0"])) > 0
    negative = (q_values <= alpha) & (excess > 0) & in_points & ~better
    rates = zip(pair["value_0"], pair["value"], q_values, strict=True)
    cities = (float(city["value_0"]), float(city["value"]))
    laws = law_changes(indicator, *span)
    reasons = [
        city_reason(CityNote((a, b), cities, a * ratio, q, laws), span, indicator)
        for a, b, q in rates
    ]
    return pair[_AREA].assign(negative=negative, reason=reasons)


def _log_reach(pair: pd.DataFrame, sign: float) -> pd.Series:
    """How far a logarithmic change reaches towards no difference, by square-and-add."""
    near, far = ("low", "high") if sign > 0 else ("high", "low")
    with np.errstate(divide="ignore"):
        now = np.log(pair["value"]) - np.log(pair[near])
        then = np.log(pair[f"{far}_0"]) - np.log(pair["value_0"])
    return pd.Series(np.hypot(now, then), index=pair.index)


def _dynamics(
    index: pd.DataFrame, values: pd.DataFrame, city_level: str, catalogue: Catalogue
) -> Iterator[pd.DataFrame]:
    """The class with the greatest burden in an index of changes; areas with a class."""
    for (key, level), part in index.groupby(["index", "level"], sort=True):
        entry = catalogue.indices.get(str(key))
        period = str(part["period"].max())
        if level == city_level or entry is None or not _of_changes(entry, period, catalogue):
            continue
        rule = entry.edition(period)
        classes = rule.classes if rule else ()
        rows = part.loc[(part["period"] == period) & part["class"].isin(classes)]
        worst = classes[-1] if classes else ""
        parts = _parts(values, rows, rule.indicators if rule else (), catalogue)
        names = {"indicator": str(key), "period_from": "", "period_to": period}
        reasons = [
            dynamics_reason(entry.name_de, period, worst, parts.get((str(v), str(a)), ()))
            for v, a in zip(rows["vintage"], rows["area"], strict=True)
        ]
        yield rows.assign(kind=DYNAMICS, negative=rows["class"] == worst, reason=reasons, **names)


def _parts(
    values: pd.DataFrame, rows: pd.DataFrame, keys: tuple[str, ...], catalogue: Catalogue
) -> dict[tuple[str, str], tuple[tuple[Indicator, float], ...]]:
    """By vintage and area, the changes that an index is made of, as far as they are shown."""
    place = ["area", "level", "vintage", "period"]
    shown = values.loc[values["status"].isin(VISIBLE) & (values["group"] == "total")]
    shown = shown.loc[shown["indicator"].isin(keys)].merge(rows[place], on=place)
    found: dict[tuple[str, str], tuple[tuple[Indicator, float], ...]] = {}
    order = {key: number for number, key in enumerate(keys)}
    for row in shown.sort_values("indicator", key=lambda k: k.map(order)).itertuples(index=False):
        home, part = (str(row.vintage), str(row.area)), catalogue.indicators[str(row.indicator)]
        found[home] = (*found.get(home, ()), (part, float(str(row.value))))
    return found


def _of_changes(index: Index, period: str, catalogue: Catalogue) -> bool:
    """Whether all that an index is made of are changes in percentage points."""
    rule = index.edition(period)
    keys = rule.indicators if rule else ()
    return bool(keys) and all(catalogue.indicators[k].unit == "percentage_points" for k in keys)
