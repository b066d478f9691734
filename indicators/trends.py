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
"""

from collections.abc import Collection, Iterator

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

_SERIES = ["level", "indicator", "group"]
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
    rates = {k for k, i in catalogue.indicators.items() if i.unit in ("percent", "per_1000")}
    known = values.loc[values["indicator"].isin(rates)]
    links = _links(known, catalogue, stable_levels)
    table = _changes(known, links)[COLUMNS].astype(_TYPES)
    order = ["indicator", "group", "level", "area", "period_to", "period_from"]
    return table.sort_values(order, kind="stable", ignore_index=True)


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
    year_before = f"{int(to[:4]) - 1:04d}{to[4:]}"
    return sorted({*earlier[-1:], *comparable[:1], *({year_before} & set(earlier))})


def _links(known: pd.DataFrame, catalogue: Catalogue, stable: Collection[str]) -> pd.DataFrame:
    """Which value is compared with which, what stands between them, and whether it stops."""
    homes = known[[*_SERIES, "vintage", "period"]].drop_duplicates()
    rows: list[list[object]] = []
    for (level, key, group), series in homes.groupby(_SERIES, sort=True):
        indicator = catalogue.indicators[str(key)]
        pairs = list(series[["vintage", "period"]].itertuples(index=False, name=None))
        for vintage, to in pairs:
            for link in _links_to(vintage, to, pairs, indicator, level in stable):
                rows.append([level, key, group, vintage, to, *link])
    columns = [*_SERIES, "vintage", "period", "vintage_from", "period_from", "break", "stopped"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(columns[:-1], "str") | {"stopped": "bool"})


def _links_to(
    vintage: str, to: str, pairs: list[tuple[str, str]], indicator: Indicator, stable: bool
) -> Iterator[tuple[str, str, str, bool]]:
    """Earlier vintage and period, the break in words, and whether it stops a comparison."""
    # The same vintage wins where a date was delivered for two.
    home = {p: v for v, p in sorted(pairs, key=lambda pair: (pair[0] == vintage, pair)) if p < to}
    earlier = sorted(home)
    comparable = [
        p
        for p in earlier
        if (stable or home[p] == vintage) and not _breaks(indicator, p, to, "definition")
    ]
    for start in comparisons(to, earlier, comparable):
        reasons = [b.reason_de for b in _breaks(indicator, start, to, "definition")]
        if not stable and home[start] != vintage:
            reasons.insert(0, _areas_changed(home[start], vintage))
        stopped = bool(reasons)
        reasons += [b.reason_de for b in _breaks(indicator, start, to, "law")]
        yield home[start], start, " ".join(reasons), stopped


def _breaks(indicator: Indicator, start: str, to: str, kind: str) -> list[Break]:
    return [b for b in indicator.breaks if b.kind == kind and start < b.date <= to]


def _changes(known: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Both values of each area side by side, and what is between them."""
    numbers = ["value", "low", "high", "status"]
    now = known[["area", *_SERIES, "vintage", "period", *numbers]]
    then = now.rename(columns={c: f"{c}_from" for c in ("vintage", "period")})
    pairs = now.merge(links, on=[*_SERIES, "vintage", "period"]).merge(
        then,
        on=["area", *_SERIES, "vintage_from", "period_from"],
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
