"""The edition's table of concentration, and what a page draws beside it.

Only published cells enter. Where some are hidden, a figure has limits (see `bounds`); it is
shown where both limits print alike (``estimated``), otherwise it is ``suppressed`` and only
the limits are given.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from indicators.catalogue import Catalogue
from indicators.concentration import bounds, chance, measures
from indicators.concentration.blocks import PLACE, Block, concentration_blocks
from indicators.concentration.bounds import Limits
from indicators.status import VISIBLE, Status

KEYS = [*PLACE, "measure", "group", "reference"]
COLUMNS = [*KEYS, "statistic", "value", "bound_low", "bound_high", "status"]
TENTHS = tuple(range(10, 100, 10))
_FIXED_TOP = 5
_TOP_PERCENT = (10, 20)
_FLOATS = ("value", "bound_low", "bound_high", "population", "recipients")
_COUNTED = sorted(s.value for s in VISIBLE - {Status.ESTIMATED, Status.ROUNDED, Status.PERTURBED})
_SAME = 1e-12
"""Limits as near as this are one number: hidden counts have no part in it."""
Row = tuple[str, float, float, float, str]


def compute_concentration(counts: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """How unevenly each counted group lives among the areas of each level.

    Recipients are held against all other persons of a population, the column ``reference``:
    ``residents/age_u65`` for benefits of working age, where the residents under 65 are
    published, else ``residents/total``; for an age group the residents of that age.

    Parameters
    ----------
    counts
        The edition's table ``counts``.
    catalogue
        Says which measures count persons.

    Returns
    -------
    concentration
        Columns `COLUMNS`, one row per statistic, shares as fractions:

        - ``areas`` and ``areas_left_out``: how many areas enter, and how many could not
        - ``overall_share``: rate of all areas together
        - ``dissimilarity`` (D), ``isolation`` (xPx), ``gini``
        - ``dissimilarity_low``, ``dissimilarity_high``: range of chance variation, 95 %
        - ``dissimilarity_random``, ``dissimilarity_random_high``: mean of D under random
          allocation and what 95 % of such draws stay below
        - ``top_5_areas``, ``top_5_recipients``, ``top_5_population``, likewise ``top_10pct_…``
          and ``top_20pct_…``: how many areas with the highest rates, and the shares of all
          recipients and of the population who live there
        - ``lorenz_10`` … ``lorenz_90``: share of the recipients in the areas with the
          highest rates that hold 10 … 90 % of the population

        ``bound_low`` and ``bound_high`` are what can be inferred where counts are hidden.

    Raises
    ------
    KeyJoinError
        A count stands twice.
    """
    whole = _printed_wholes(counts)
    rows = [
        (*block.key, *row)
        for block in concentration_blocks(counts, catalogue)
        for row in _statistics(block, _overall(block, whole))
    ]
    return _typed(pd.DataFrame(rows, columns=COLUMNS))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({c: "float64" if c in _FLOATS else "str" for c in table.columns})


def _printed_wholes(counts: pd.DataFrame) -> Mapping[tuple[str, str, str], float]:
    """Printed counts of levels with one area, by vintage, period and cell."""
    size = counts.groupby(PLACE)["area"].transform("nunique")
    one = counts[(size == 1) & counts["status"].isin(_COUNTED)]
    cells = one["measure"] + "/" + one["group"]
    keys = zip(one["vintage"], one["period"], cells, strict=True)
    return dict(zip(keys, one["count"].astype("float64"), strict=True))


def _overall(block: Block, whole: Mapping[tuple[str, str, str], float]) -> float:
    """The rate that is printed for the whole city, where no area is left out; else NaN."""
    place = (block.vintage, block.period)
    top = whole.get((*place, f"{block.measure}/{block.group}"), np.nan)
    bottom = whole.get((*place, block.reference), np.nan)
    return top / bottom if bottom > 0 and not block.left_out else np.nan


def _statistics(block: Block, printed: float) -> Iterator[Row]:
    x, n, box = block.count, block.base, block.box
    yield _number("areas", len(block.areas))
    yield _number("areas_left_out", len(block.left_out))
    with np.errstate(invalid="ignore"):
        share = float(x.sum() / n.sum()) if n.sum() > 0 else float("nan")
    limits = bounds.overall_share_bounds(box)
    if limits[0] - _SAME <= printed <= limits[1] + _SAME and not box.exact:
        # The total of the city is no secret, whatever is hidden below it.
        yield "overall_share", printed, printed, printed, Status.PUBLISHED.value
    else:
        yield _row("overall_share", block, share, limits)
    value = measures.dissimilarity(x, n)
    d_limits = (value, value) if box.exact else bounds.dissimilarity_bounds(box)
    yield _row("dissimilarity", block, value, d_limits)
    yield from _chance(block, d_limits)
    yield _row("isolation", block, measures.isolation(x, n), bounds.isolation_bounds(box))
    value = measures.gini(x, n)
    limits = (value, value) if box.exact else bounds.gini_bounds(box, d_limits)
    yield _row("gini", block, value, limits)
    for name, k in _tops(len(block.areas)):
        yield _number(f"{name}_areas", k)
        shares = measures.top_shares(x, n, k)
        in_top = ((s, s) for s in shares) if box.exact else bounds.top_bounds(box, k)
        for part, share, limits in zip(("recipients", "population"), shares, in_top, strict=True):
            yield _row(f"{name}_{part}", block, share, limits)
    for tenth in TENTHS:
        at = measures.lorenz_at(x, n, tenth / 100)
        yield _row(f"lorenz_{tenth}", block, at, bounds.lorenz_bounds(box, tenth / 100))


def _tops(areas: int) -> list[tuple[str, int]]:
    """Names and numbers of areas at the top; a share of the areas is rounded half up."""
    tops = [(f"top_{_FIXED_TOP}", _FIXED_TOP)] if areas > _FIXED_TOP else []
    return [*tops, *((f"top_{p}pct", max(1, (areas * p + 50) // 100)) for p in _TOP_PERCENT)]


def _number(name: str, count: int) -> Row:
    return name, count, count, count, Status.PUBLISHED.value


def _row(name: str, block: Block, value: float, limits: Limits) -> Row:
    """A figure: exact, or its limits and whether they print alike."""
    low, high = limits
    if not block.box.defined or np.isnan(low) or np.isnan(high):
        return name, float("nan"), float("nan"), float("nan"), Status.NOT_APPLICABLE.value
    if block.status is not Status.SUPPRESSED:
        if block.box.exact:
            low, high = value, value
        return name, value, min(low, value), max(high, value), block.status.value
    if high - low <= _SAME:
        return name, low, low, low, Status.PUBLISHED.value
    if bounds.print_alike(limits):
        return name, (low + high) / 2, low, high, Status.ESTIMATED.value
    return name, float("nan"), low, high, Status.SUPPRESSED.value


def _chance(block: Block, limits: Limits) -> Iterator[Row]:
    """The range of chance variation around D, and D under random allocation.

    Both need sizes only; where counts are hidden they are taken in the middle of their
    limits, the range is put around the limits of D, and the status says ``estimated``.
    """
    x, n = block.middle
    low, high = limits
    reach = chance.Z_BOTH_SIDES * chance.dissimilarity_error(x, n)
    random = chance.random_dissimilarity(round(float(x.sum())), np.round(n))
    hidden = block.status is Status.SUPPRESSED
    status = Status.ESTIMATED if hidden else block.status
    found = {
        "dissimilarity_low": max(low - reach, 0.0),
        "dissimilarity_high": min(high + reach, 1.0),
        "dissimilarity_random": random[0],
        "dissimilarity_random_high": random[1],
    }
    for name, number in found.items():
        defined = block.box.defined and not np.isnan(number)
        shown = number if defined else float("nan")
        word = status if defined else Status.NOT_APPLICABLE
        yield name, shown, shown, shown, word.value


def location_quotients(counts: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Rate of each area over the rate of all areas of its level together.

    Returns
    -------
    quotients
        ``area``, the keys of `compute_concentration`, ``value`` (1: as everywhere; NaN
        where nobody lives), ``bound_low``, ``bound_high``, ``status``.
    """
    tables = []
    for block in concentration_blocks(counts, catalogue):
        value = measures.quotients(block.count, block.base)
        low, high = bounds.quotient_bounds(block.box)
        rows = [
            _row("", block, float(v), (float(a), float(b)))[1:]
            for v, a, b in zip(value, low, high, strict=True)
        ]
        table = pd.DataFrame(rows, columns=COLUMNS[-4:]).assign(area=block.areas)
        tables.append(table.assign(**dict(zip(KEYS, block.key, strict=True))))
    columns = ["area", *KEYS, *COLUMNS[-4:]]
    empty = pd.DataFrame(columns=columns)
    return _typed(pd.concat([empty, *tables], ignore_index=True)[columns] if tables else empty)


def lorenz_points(counts: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The Lorenz curves of all blocks in which no count is hidden.

    Returns
    -------
    curves
        The keys of `compute_concentration`, ``population`` and ``recipients``: cumulated
        shares from the areas with the highest rates on, beginning at 0, ending at 1. Where
        counts are hidden, the rows ``lorenz_…`` of `compute_concentration` give limits.
    """
    columns = [*KEYS, "population", "recipients"]
    tables = [pd.DataFrame(columns=columns)]
    for block in concentration_blocks(counts, catalogue):
        if block.status is not Status.SUPPRESSED and block.box.defined:
            population, recipients = measures.lorenz(block.count, block.base)
            table = pd.DataFrame({"population": population, "recipients": recipients})
            tables.append(table.assign(**dict(zip(KEYS, block.key, strict=True))))
    filled = tables[1:] or tables
    return _typed(pd.concat(filled, ignore_index=True)[columns])
