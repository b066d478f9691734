"""Has a rate risen or fallen? Change in the rate's own unit, with its range of chance.

Every value is compared with the one before, the one a year earlier, and the earliest one
that may be compared. For rates in per cent the change is in percentage points.

The interval puts the ranges of chance of both rates together by the square-and-add rule of
Newcombe (1998, method 10), which holds for any two intervals (Donner and Zou 2012). It treats
the two as independent. Stocks overlap: most people counted in December are counted in June
as well, so the true range is narrower and ``unverändert`` is said rather too often than too
seldom. The classes never claim more than the figures carry.

A change of area boundaries or of an indicator's definition is never crossed: the row says
why in ``break`` and has no change. A change of the law is crossed and named in ``break``.

What rises or falls over many reporting dates is the business of `indicators.series`; how far
back such a series may reach is decided here, by the same rules (`latest_stretches`).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.catalogue import Catalogue
from indicators.entries import Break, Indicator
from indicators.status import VISIBLE, Status

COLUMNS = [
    *("area", "level", "vintage", "indicator", "group", "period_from", "period_to"),
    *("change", "low", "high", "class", "break", "status"),
]
_FLOATS = ("change", "low", "high")
_TYPES = {c: "float64" if c in _FLOATS else "str" for c in COLUMNS}
RISING, FALLING = "steigt", "sinkt"
UNCHANGED, NO_STATEMENT = "unverändert im Rahmen der Unsicherheit", "ohne Aussage"
CLASSES = (RISING, FALLING, UNCHANGED, NO_STATEMENT)
"""All class words, in the order of a legend."""

SERIES_KEYS = ["level", "indicator", "group"]
_HIDING = (
    Status.NOT_APPLICABLE,
    Status.MISSING,
    Status.SUPPRESSED,
    Status.TOO_FEW,
)


def compute_trends(
    values: pd.DataFrame, catalogue: Catalogue, stable_levels: Collection[str] = ()
) -> pd.DataFrame:
    """Changes of all rates in `values`; counts and shares that are changes are left out.

    Parameters
    ----------
    values
        The edition's table ``values``.
    catalogue
        Knows units and breaks of the indicators.
    stable_levels
        Levels whose areas are the same in every vintage, such as the whole city; their
        series is not broken by a new vintage.

    Returns
    -------
    trends
        The edition's table ``trends``, sorted by indicator, level, area, period_to,
        period_from. ``change``, ``low`` and ``high`` are in the unit of the rate.
    """
    known = only_rates(values, catalogue)
    links = _links(known, catalogue, stable_levels)
    table = _changes(known, links)[COLUMNS].astype(_TYPES)
    order = ["indicator", "group", "level", "area", "period_to", "period_from"]
    return table.sort_values(order, kind="stable", ignore_index=True)


def only_rates(values: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The rows of `values` whose indicator is a rate; counts and changes have no trend."""
    rates = {k for k, i in catalogue.indicators.items() if i.unit in ("percent", "per_1000")}
    return values.loc[values["indicator"].isin(rates)]


def comparisons(to: str, earlier: list[str], comparable: list[str]) -> list[str]:
    """The reporting dates with which one is compared, oldest first, each once.

    Parameters
    ----------
    to
        Reporting date (ISO).
    earlier
        All earlier dates of the series, ascending.
    comparable
        Those of them with the same areas and definition.

    Examples
    --------
    >>> comparisons("2025-06-30", ["2023-12-31", "2024-06-30", "2024-12-31"], [])
    ['2024-06-30', '2024-12-31']
    """
    return sorted({*earlier[-1:], *comparable[:1], *({years_before(to, 1)} & set(earlier))})


def years_before(period: str, years: int) -> str:
    """The reporting date (ISO) some years earlier.

    Examples
    --------
    >>> years_before("2022-12-31", 2)
    '2020-12-31'
    """
    return f"{int(period[:4]) - years:04d}{period[4:]}"


def _links(known: pd.DataFrame, catalogue: Catalogue, stable: Collection[str]) -> pd.DataFrame:
    """Which value is compared with which, what stands between them, and whether it stops."""
    homes = known[[*SERIES_KEYS, "vintage", "period"]].drop_duplicates()
    rows: list[list[object]] = []
    for (level, key, group), series in homes.groupby(SERIES_KEYS, sort=True):
        indicator = catalogue.indicators[str(key)]
        pairs = list(series[["vintage", "period"]].itertuples(index=False, name=None))
        for vintage, to in pairs:
            for link in _links_to(vintage, to, pairs, indicator, level in stable):
                rows.append([level, key, group, vintage, to, *link])
    columns = [*SERIES_KEYS, "vintage", "period", "vintage_from", "period_from", "break", "stopped"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(columns[:-1], "str") | {"stopped": "bool"})


def _links_to(
    vintage: str, to: str, pairs: list[tuple[str, str]], indicator: Indicator, stable: bool
) -> Iterator[tuple[str, str, str, bool]]:
    """Earlier vintage and period, the break in words, and whether it stops a comparison."""
    home = _homes(vintage, to, pairs)
    earlier = sorted(home)
    hurdles = {p: _hurdles(indicator, (home[p], p), (vintage, to), stable) for p in earlier}
    for start in comparisons(to, earlier, [p for p in earlier if not hurdles[p]]):
        words = (*hurdles[start], law_changes(indicator, start, to))
        yield home[start], start, " ".join(w for w in words if w), bool(hurdles[start])


@dataclass(frozen=True)
class Stretch:
    """The reporting dates up to the latest one that may be put into one series.

    Attributes
    ----------
    homes
        Vintage and period of each date, oldest first; the last is the latest date.
    started
        Why the series does not reach further back, in words; empty where it does not stop.
    crossed
        The changes of the law inside, in words.
    """

    homes: tuple[tuple[str, str], ...]
    started: str
    crossed: str

    @property
    def vintage(self) -> str:
        """The vintage of the areas at the latest date."""
        return self.homes[-1][0]

    @property
    def periods(self) -> tuple[str, ...]:
        """The reporting dates, oldest first."""
        return tuple(period for _, period in self.homes)

    @property
    def breaks(self) -> str:
        """All that a reader must know about what stands before and inside the series."""
        return " ".join(words for words in (self.started, self.crossed) if words)


def dates_of(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Vintage and reporting date of everything there is, each once."""
    pairs = rows[["vintage", "period"]].drop_duplicates()
    return list(pairs.itertuples(index=False, name=None))


def latest_stretches(
    pairs: Sequence[tuple[str, str]], indicator: Indicator, stable: bool = False
) -> tuple[Stretch, ...]:
    """The longest series up to the latest reporting date, one per vintage delivered for it.

    Parameters
    ----------
    pairs
        Vintage and reporting date (ISO) of everything there is of one level.
    indicator
        Knows its breaks.
    stable
        Whether the areas are the same in every vintage, such as the whole city.
    """
    to = max((period for _, period in pairs), default="")
    vintages = sorted({vintage for vintage, period in pairs if period == to})
    return tuple(_stretch(vintage, to, pairs, indicator, stable) for vintage in vintages)


def _stretch(
    vintage: str, to: str, pairs: Sequence[tuple[str, str]], indicator: Indicator, stable: bool
) -> Stretch:
    homes, started = [(vintage, to)], ""
    for period, home in sorted(_homes(vintage, to, pairs).items(), reverse=True):
        hurdles = _hurdles(indicator, (home, period), (vintage, to), stable)
        if hurdles:
            started = " ".join(hurdles)
            break
        homes.insert(0, (home, period))
    return Stretch(tuple(homes), started, law_changes(indicator, homes[0][1], to))


def _homes(vintage: str, to: str, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The vintage of every earlier date; the same vintage wins where there are two."""
    ordered = sorted(pairs, key=lambda pair: (pair[0] == vintage, pair))
    return {period: home for home, period in ordered if period < to}


def _hurdles(
    indicator: Indicator, start: tuple[str, str], end: tuple[str, str], stable: bool
) -> list[str]:
    """What stops a comparison of two dates (vintage, period), in words."""
    reasons = [b.reason_de for b in _breaks(indicator, start[1], end[1], "definition")]
    if not stable and start[0] != end[0]:
        reasons.insert(0, _areas_changed(start[0], end[0]))
    return reasons


def law_changes(indicator: Indicator, start: str, to: str) -> str:
    """The changes of the law between two reporting dates (ISO), in words; empty if none."""
    return " ".join(b.reason_de for b in _breaks(indicator, start, to, "law"))


def _breaks(indicator: Indicator, start: str, to: str, kind: str) -> list[Break]:
    return [b for b in indicator.breaks if b.kind == kind and start < b.date <= to]


def _changes(known: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Both values of each area side by side, and what is between them."""
    numbers = ["value", "low", "high", "status"]
    now = known[["area", *SERIES_KEYS, "vintage", "period", *numbers]]
    then = now.rename(columns={c: f"{c}_from" for c in ("vintage", "period")})
    pairs = now.merge(links, on=[*SERIES_KEYS, "vintage", "period"]).merge(
        then,
        on=["area", *SERIES_KEYS, "vintage_from", "period_from"],
        how="left",
        suffixes=("", "_0"),
        validate="many_to_one",
    )
    free = ~pairs["stopped"]
    status = _pair_status(pairs["status"], pairs["status_0"].fillna(Status.MISSING.value))
    change, low, high = (number.where(free) for number in square_and_add(pairs))
    table = pairs.rename(columns={"period": "period_to"})
    table["change"], table["low"], table["high"] = change, low, high
    rules = [low > 0, high < 0, low.notna() & high.notna()]
    table["class"] = np.select([r.to_numpy() for r in rules], CLASSES[:3], NO_STATEMENT)
    table["status"] = status.where(free, Status.NOT_APPLICABLE.value)
    return table


def square_and_add(pairs: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Difference of two rates and its limits from theirs (Newcombe 1998, method 10).

    Parameters
    ----------
    pairs
        ``value, low, high`` of the later and ``value_0, low_0, high_0`` of the earlier rate.
    """
    change = pairs["value"] - pairs["value_0"]
    down = np.hypot(pairs["value"] - pairs["low"], pairs["high_0"] - pairs["value_0"])
    up = np.hypot(pairs["high"] - pairs["value"], pairs["value_0"] - pairs["low_0"])
    return change, change - down, change + up


def _pair_status(now: pd.Series, then: pd.Series) -> pd.Series:
    """A change is shown where both values are; else the status of the one that is not."""
    chosen = np.select(
        [((now == s) | (then == s)).to_numpy() for s in (*_HIDING, Status.ESTIMATED)],
        [s.value for s in (*_HIDING, Status.ESTIMATED)],
        Status.PUBLISHED.value,
    )
    both = now.isin(VISIBLE) & then.isin(VISIBLE)
    hidden = pd.Series(chosen, index=now.index, dtype="str")
    return hidden.where(~both | (hidden == Status.ESTIMATED), Status.PUBLISHED.value)


def _areas_changed(old: str, new: str) -> str:
    return (
        f"Die Gebiete wurden neu zugeschnitten (Stand {old}, dann {new}); "
        "Werte davor und danach sind nicht vergleichbar."
    )
