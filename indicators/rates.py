"""Published counts to rates: value, range of chance variation, bounds from suppression.

Only cells of the table ``counts`` enter, so a rate cannot tell more than they do. Counts
are full counts, not samples: the interval of a rate is the range in which it could have
come out by chance (Schwankungsbereich, 95 %).

- Stocks, where a person is counted or not: Wilson (1927), and Clopper-Pearson (1934),
  exact, where fewer than `EXACT_BELOW` persons are inside or outside.
- Flows, where events are counted: exact Poisson limits (Garwood 1936) of the count,
  divided by the denominator. Stocks whose count exceeds the denominator too.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geodata.errors import KeyJoinError, Problem
from indicators.catalogue import Catalogue, normal_cell
from indicators.entries import Indicator
from indicators.status import VISIBLE, Status

CONFIDENCE = 0.95
EXACT_BELOW = 10
AREA_KEYS = ["area", "level", "vintage", "period"]
COLUMNS = [
    *AREA_KEYS,
    *("indicator", "group", "value", "low", "high", "bound_low", "bound_high"),
    *("numerator", "denominator", "status", "estimated_share"),
]
_TEXT = [*AREA_KEYS, "indicator", "group", "status"]
_PASSED_ON = (Status.ESTIMATED, Status.PERTURBED, Status.ROUNDED)

Floats = npt.NDArray[np.float64]


def compute_values(
    counts: pd.DataFrame,
    catalogue: Catalogue,
    indicators: Iterable[str],
    delivered: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every indicator for every area, level, vintage and period that has its counts.

    A rate is computed where both its measures were delivered for a level, vintage and
    period; where the denominator is not there at all, there is no row. An area that lacks
    one of the two gets a row with the status ``missing``.

    Parameters
    ----------
    counts
        Published counts, columns of the edition's table ``counts``.
    catalogue
        Says what each indicator is made of.
    indicators
        Keys of the indicators wanted.
    delivered
        Indicators that were delivered as such: ``area, level, vintage, period, indicator,
        value, status``; they get neither numerator nor denominator.

    Returns
    -------
    values
        The edition's table ``values``, sorted by indicator, level, vintage, period, area.

    Raises
    ------
    ProjectError
        An indicator is not in the catalogue.
    KeyJoinError
        A count or a delivered value stands twice.
    """
    wanted = list(dict.fromkeys(indicators))
    catalogue.require("indicators", wanted)
    refuse_duplicates(counts, [*AREA_KEYS, "measure", "group"], "counts")
    cells = _by_cell(counts)
    tables = [
        _indicator_rows(catalogue.indicators[key], cells, catalogue)
        for key in wanted
        if not catalogue.indicators[key].delivered
    ]
    if delivered is not None:
        tables.append(_delivered_rows(delivered, wanted))
    table = pd.concat([_empty(), *tables], ignore_index=True)
    order = table["indicator"].map({key: i for i, key in enumerate(wanted)})
    table = table.assign(order=order).sort_values(
        ["order", "level", "vintage", "period", "area", "group"], kind="stable"
    )
    return table[COLUMNS].reset_index(drop=True)


def _by_cell(counts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The counts of each cell ``measure/group``."""
    return {
        str(key): part for key, part in counts.groupby(counts["measure"] + "/" + counts["group"])
    }


def _empty() -> pd.DataFrame:
    """A table ``values`` without rows, so that types do not depend on the content."""
    return pd.DataFrame({c: pd.Series(dtype="str" if c in _TEXT else "float64") for c in COLUMNS})


def refuse_duplicates(
    table: pd.DataFrame, keys: list[str], name: str, what: str = "Zellen"
) -> None:
    """Refuse a table in which a row stands more than once.

    Parameters
    ----------
    keys
        Columns that name a row.
    name, what
        The table and its rows in words.

    Raises
    ------
    KeyJoinError
        With the first 20 of them.
    """
    twice = table.loc[table.duplicated(keys), keys].drop_duplicates()
    if len(twice):
        problems = [
            Problem(name, " / ".join(map(str, row)), "jede Zeile einmal")
            for row in twice.head(20).itertuples(index=False)
        ]
        raise KeyJoinError(f"In {name} stehen {len(twice)} {what} mehrfach.", problems)


def _cell(cells: dict[str, pd.DataFrame], cell: str) -> pd.DataFrame:
    """The rows of one cell with the columns that a rate needs."""
    types = dict.fromkeys((*AREA_KEYS, "status"), "str")
    types |= dict.fromkeys(["count", "bound_low", "bound_high"], "float64")
    rows = cells.get(normal_cell(cell), pd.DataFrame(columns=list(types)))
    return rows[list(types)].astype(types)


def _indicator_rows(
    indicator: Indicator, cells: dict[str, pd.DataFrame], catalogue: Catalogue
) -> pd.DataFrame:
    if indicator.numerator is None:
        return _empty()
    top = _cell(cells, indicator.numerator)
    measure = catalogue.measures[normal_cell(indicator.numerator).split("/")[0]]
    if indicator.denominator is None:
        table = _count_rows(top, measure.kind == "flow")
    else:
        subset = catalogue.is_part(indicator.numerator, indicator.denominator)
        pairs = _pairs(top, _cell(cells, indicator.denominator))
        table = _rate_rows(pairs, indicator, measure.kind == "flow", subset)
    return table.assign(indicator=indicator.key, group="total")[COLUMNS].astype(
        {c: "str" if c in _TEXT else "float64" for c in COLUMNS}
    )


def _pairs(top: pd.DataFrame, bottom: pd.DataFrame) -> pd.DataFrame:
    """Numerators beside denominators, within blocks that have both."""
    block = ["level", "vintage", "period"]
    both = top[block].drop_duplicates().merge(bottom[block].drop_duplicates(), on=block)
    top, bottom = top.merge(both, on=block), bottom.merge(both, on=block)
    pairs = top.merge(
        bottom, on=AREA_KEYS, how="outer", suffixes=("_n", "_d"), validate="one_to_one"
    )
    for name in ("status_n", "status_d"):
        pairs[name] = pairs[name].fillna(Status.MISSING.value)
    return pairs


def _count_rows(cell: pd.DataFrame, flow: bool) -> pd.DataFrame:
    """A count as an indicator of its own: published as it stands."""
    shown = cell["status"].isin(VISIBLE)
    value = cell["count"].where(shown)
    low, high = poisson_interval(value.to_numpy()) if flow else (np.nan, np.nan)
    return cell[[*AREA_KEYS, "status"]].assign(
        value=value,
        low=low,
        high=high,
        bound_low=cell["bound_low"].fillna(value),
        bound_high=cell["bound_high"].fillna(value),
        numerator=value,
        denominator=np.nan,
        estimated_share=_estimated_share(cell["status"]),
    )


def _rate_rows(pairs: pd.DataFrame, indicator: Indicator, flow: bool, subset: bool) -> pd.DataFrame:
    status = _rate_status(pairs, indicator)
    shown = status.isin(VISIBLE).to_numpy()
    top = pairs["count_n"].where(shown).to_numpy()
    bottom = pairs["count_d"].where(shown).to_numpy()
    low, high = rate_interval(top, bottom, flow=flow)
    bound_low, bound_high = _bounds(pairs, subset)
    bounded = shown | (status == Status.SUPPRESSED).to_numpy()
    factor = indicator.factor
    return pairs[AREA_KEYS].assign(
        value=factor * (top / bottom),
        low=factor * low,
        high=factor * high,
        bound_low=np.where(bounded, factor * bound_low, np.nan),
        bound_high=np.where(bounded, factor * bound_high, np.nan),
        # What is published as a count stays visible beside a rate that is not.
        numerator=pairs["count_n"].where(pairs["status_n"].isin(VISIBLE)),
        denominator=pairs["count_d"].where(pairs["status_d"].isin(VISIBLE)),
        status=status,
        estimated_share=_estimated_share(status),
    )


def _rate_status(pairs: pd.DataFrame, indicator: Indicator) -> pd.Series:
    """What may be concluded from a rate, from what may be concluded from its two counts."""

    def either(status: Status) -> pd.Series:
        return (pairs["status_n"] == status) | (pairs["status_d"] == status)

    top, bottom = pairs["count_n"], pairs["count_d"]
    seen_top, seen_bottom = pairs["status_n"].isin(VISIBLE), pairs["status_d"].isin(VISIBLE)
    few = (seen_bottom & (bottom < indicator.min_denominator)) | (
        seen_top & (top > 0) & (top < indicator.min_numerator)
    )
    rules = [
        (either(Status.NOT_APPLICABLE), Status.NOT_APPLICABLE),
        (either(Status.MISSING), Status.MISSING),
        (few, Status.TOO_FEW),
        (either(Status.SUPPRESSED), Status.SUPPRESSED),
        *((either(s), s) for s in _PASSED_ON),
        (seen_top & seen_bottom & (top == 0), Status.ZERO),
        (seen_top & seen_bottom, Status.PUBLISHED),
    ]
    found = np.select(
        [rule.to_numpy() for rule, _ in rules],
        [status.value for _, status in rules],
        Status.MISSING.value,
    )
    return pd.Series(found, index=pairs.index, dtype="str")


def _estimated_share(status: pd.Series) -> pd.Series:
    share = (status == Status.ESTIMATED).astype("float64")
    return share.where(status.isin(VISIBLE))


def _bounds(pairs: pd.DataFrame, subset: bool) -> tuple[Floats, Floats]:
    """Lowest and highest fraction that any reader can infer from the bounds of the counts."""
    top_low, top_high, bottom_low, bottom_high = (
        pairs[f"{name}_{side}"].fillna(pairs[f"count_{side}"]).to_numpy()
        for side in ("n", "d")
        for name in ("bound_low", "bound_high")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(bottom_high > 0, top_low / bottom_high, np.nan)
        high = np.where(bottom_low > 0, top_high / bottom_low, np.nan)
    if subset:
        known = ~np.isnan(top_high) & ~np.isnan(bottom_low)
        high = np.where(known, np.fmin(high, 1.0), high)
    return low, high


def rate_moments(cases: Floats, people: Floats) -> tuple[float, float]:
    """Common rate of some areas, and the variance of their rates beyond chance.

    Moments weighted by population (Marshall 1991, Applied Statistics 40); below zero where
    the rates differ less than chance alone would have them.

    Parameters
    ----------
    cases, people
        Shape (areas,), at least one; people above 0.
    """
    total = people.sum()
    mean = cases.sum() / total
    squares = (people * (cases / people - mean) ** 2).sum()
    return float(mean), float(squares / total - mean / people.mean())


def rate_interval(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, flow: bool = False
) -> tuple[Floats, Floats]:
    """Range of chance variation of numerator / denominator, as fractions.

    Parameters
    ----------
    numerator, denominator
        Counts; NaN gives NaN.
    flow
        The numerator counts events, not persons out of the denominator.

    Returns
    -------
    low, high
        Limits at `CONFIDENCE`; see the module for the methods.
    """
    k = np.asarray(numerator, dtype=np.float64)
    n = np.asarray(denominator, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        events_low, events_high = (limit / n for limit in poisson_interval(k))
    if flow:
        return events_low, events_high
    inside = k <= n
    low, high = wilson_interval(np.where(inside, k, np.nan), n)
    small = inside & ((k < EXACT_BELOW) | (n - k < EXACT_BELOW))
    exact_low, exact_high = exact_interval(np.where(small, k, np.nan), n)
    low, high = np.where(small, exact_low, low), np.where(small, exact_high, high)
    return np.where(inside, low, events_low), np.where(inside, high, events_high)


def wilson_interval(numerator: Floats, denominator: Floats) -> tuple[Floats, Floats]:
    """Score limits of a proportion (Wilson 1927)."""
    z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))
    k, n = numerator, denominator
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (k + z**2 / 2) / (n + z**2)
        half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def exact_interval(numerator: Floats, denominator: Floats) -> tuple[Floats, Floats]:
    """Exact limits of a proportion (Clopper and Pearson 1934)."""
    tail = (1 - CONFIDENCE) / 2
    k, n = numerator, denominator
    low = np.where(k == 0, 0.0, stats.beta.ppf(tail, k, n - k + 1))
    high = np.where(k == n, 1.0, stats.beta.ppf(1 - tail, k + 1, n - k))
    known = ~np.isnan(k) & ~np.isnan(n)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def poisson_interval(count: Floats) -> tuple[Floats, Floats]:
    """Exact limits of the mean of a count of events (Garwood 1936)."""
    tail = (1 - CONFIDENCE) / 2
    low = np.where(count == 0, 0.0, stats.chi2.ppf(tail, 2 * count) / 2)
    high = stats.chi2.ppf(1 - tail, 2 * (count + 1)) / 2
    return np.where(np.isnan(count), np.nan, low), high


def _delivered_rows(delivered: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Indicators that a publisher has computed: value and status as they came."""
    rows = delivered.loc[delivered["indicator"].isin(wanted)]
    refuse_duplicates(rows, [*AREA_KEYS, "indicator"], "delivered")
    value = rows["value"].astype("float64").where(rows["status"].isin(VISIBLE))
    nothing = dict.fromkeys(
        ["low", "high", "bound_low", "bound_high", "numerator", "denominator"], np.nan
    )
    return rows.assign(
        **nothing, value=value, group="total", estimated_share=_estimated_share(rows["status"])
    )[COLUMNS].astype({c: "str" if c in _TEXT else "float64" for c in COLUMNS})
