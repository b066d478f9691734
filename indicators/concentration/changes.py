"""How the dissimilarity changes from one reporting date to another, on the same areas only.

The index grows as areas shrink, so that a comparison across area vintages, levels or sets
of areas would tell of the map, not of the people. Such a comparison is refused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from geodata.errors import KeyJoinError, Problem
from indicators.catalogue import Catalogue, normal_cell
from indicators.concentration import bounds, chance, measures
from indicators.concentration.blocks import Block, concentration_blocks
from indicators.entries import Break
from indicators.status import Status
from indicators.trends import FALLING, NO_STATEMENT, RISING, UNCHANGED

_BLOCK = ["level", "vintage", "measure", "group", "reference"]
COLUMNS = [*_BLOCK, *("period_from", "period_to", "value_from", "value_to")]
COLUMNS += ["change", "low", "high", "class", "break", "status"]
_FLOATS = ("value_from", "value_to", "change", "low", "high")
_NAN = float("nan")


@dataclass(frozen=True)
class Change:
    """A change of D; ``low`` to ``high`` has the hidden counts and the chance variation in it."""

    value_from: float
    value_to: float
    change: float
    low: float
    high: float
    kind: str
    status: Status


def change_between(then: Block, now: Block) -> Change:
    """The change of the dissimilarity from one block to another.

    It is called a rise or a fall only where the range of chance variation of the
    difference, widened by what hidden counts leave open, leaves out zero.

    Raises
    ------
    KeyJoinError
        The two blocks do not have the same areas, group or population.
    """
    _refuse_other_areas(then, now)
    limits = [_limits(b) for b in (then, now)]
    values = [(a + b) / 2 if bounds.print_alike((a, b)) else _NAN for a, b in limits]
    errors = [chance.dissimilarity_error(*b.middle) for b in (then, now)]
    reach = chance.Z_BOTH_SIDES * float(np.hypot(errors[0], errors[1]))
    low = limits[1][0] - limits[0][1] - reach
    high = limits[1][1] - limits[0][0] + reach
    kind = NO_STATEMENT
    if not np.isnan(low) and not np.isnan(high):
        kind = RISING if low > 0 else FALLING if high < 0 else UNCHANGED
    if kind == NO_STATEMENT:
        status = Status.NOT_APPLICABLE
    elif Status.SUPPRESSED in (then.status, now.status):
        status = Status.SUPPRESSED if np.isnan(values).any() else Status.ESTIMATED
    else:
        status = Status.PUBLISHED
    return Change(values[0], values[1], values[1] - values[0], low, high, kind, status)


def _limits(block: Block) -> bounds.Limits:
    value = measures.dissimilarity(block.count, block.base)
    if block.status is Status.SUPPRESSED:
        return bounds.dissimilarity_bounds(block.box)
    return value, value


def _refuse_other_areas(then: Block, now: Block) -> None:
    names = {"level": "Ebene", "vintage": "Gebietsstand", "measure": "Messgröße"}
    names |= {"group": "Gruppe", "reference": "Vergleichsgruppe"}
    problems = [
        Problem(
            word, f"{getattr(then, name)} und {getattr(now, name)}", "an beiden Stichtagen gleich"
        )
        for name, word in names.items()
        if getattr(then, name) != getattr(now, name)
    ]
    only = sorted(set(then.areas) ^ set(now.areas))
    if only and not problems:
        shown = ", ".join(only[:20])
        problems = [Problem("Gebiete", f"nur an einem Stichtag: {shown}", "dieselben Gebiete")]
    if problems:
        raise KeyJoinError(
            "Die Ungleichverteilung lässt sich nur auf denselben Gebieten vergleichen.", problems
        )


def concentration_changes(counts: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Changes of the dissimilarity between the periods of one vintage.

    Each period is compared with the one before and with the first of its series. Series
    never cross a vintage. Where the areas with counts differ, or the definition has
    changed in between, there is a row without a number.

    Parameters
    ----------
    counts
        The edition's table ``counts``.
    catalogue
        Knows the measures and the breaks of their definition.

    Returns
    -------
    changes
        Columns `COLUMNS`, as fractions; ``class`` is one of the words of `indicators.trends`.
    """
    series: dict[tuple[str, ...], list[Block]] = {}
    for block in concentration_blocks(counts, catalogue):
        key = tuple(str(getattr(block, name)) for name in _BLOCK)
        series.setdefault(key, []).append(block)
    rows = [
        (*key, then.period, now.period, *_compared(then, now, catalogue))
        for key, blocks in sorted(series.items())
        for then, now in _pairs(sorted(blocks, key=lambda b: b.period))
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({c: "float64" if c in _FLOATS else "str" for c in COLUMNS})


def _pairs(blocks: list[Block]) -> Iterator[tuple[Block, Block]]:
    """Each with the first of the series and with the one before it."""
    for before, now in pairwise(blocks):
        if before is not blocks[0]:
            yield blocks[0], now
        yield before, now


def _compared(then: Block, now: Block, catalogue: Catalogue) -> Iterable[object]:
    breaks = _breaks(then, now, catalogue)
    reasons = " ".join(b.reason_de for b in breaks)
    if then.areas != now.areas or any(b.kind == "definition" for b in breaks):
        status = Status.NOT_APPLICABLE.value
        return (*[_NAN] * 5, NO_STATEMENT, reasons, status)
    found = change_between(then, now)
    numbers = (found.value_from, found.value_to, found.change, found.low, found.high)
    return (*numbers, found.kind, reasons, found.status.value)


def _breaks(then: Block, now: Block, catalogue: Catalogue) -> list[Break]:
    """Breaks of the measure, and of rates that count the same group, each once."""
    cell = f"{now.measure}/{now.group}"
    entries = [catalogue.measures[now.measure]] + [
        i for i in catalogue.indicator if i.numerator and normal_cell(i.numerator) == cell
    ]
    found = {b: None for e in entries for b in e.breaks if then.period < b.date <= now.period}
    return list(found)
