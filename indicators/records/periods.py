"""Which days belong to which period, and which vintage of areas is then in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.errors import TableError
from geodata.model import Vintage

Ints = npt.NDArray[np.int64]

NO_DAY, WRONG_DAY = -1, -2
OUTSIDE = -1


def vintage_of(period: str, vintages: Sequence[Vintage]) -> str:
    """Key of the vintage in force on a reporting date."""
    for vintage in vintages:
        if (vintage.valid_from or "") <= period <= (vintage.valid_to or "9999-12-31"):
            return vintage.key
    raise TableError(f"Für den {period} ist kein Stand der Räume in Kraft.")


@dataclass(frozen=True)
class Periods:
    """Reporting dates with the first and last day of their period, as ordinals.

    ``layers`` are groups of periods of which no two share a day.
    """

    keys: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    layers: tuple[tuple[int, ...], ...]


def periods_of(keys: Sequence[str], months: int) -> Periods:
    """Periods of some months that end on the reporting dates."""
    ends = [date.fromisoformat(key).toordinal() for key in keys]
    after = [pd.Timestamp(key) + pd.Timedelta(days=1) for key in keys]
    starts = [(day - pd.DateOffset(months=months)).toordinal() for day in after]
    layers: list[list[int]] = []
    for i in np.argsort(ends, kind="stable"):
        free = next((own for own in layers if ends[own[-1]] < starts[i]), None)
        if free is None:
            layers.append([int(i)])
        else:
            free.append(int(i))
    return Periods(tuple(keys), tuple(starts), tuple(ends), tuple(map(tuple, layers)))


def day_of(text: str, date_format: str) -> int:
    """Ordinal of a written day, `NO_DAY` if empty, `WRONG_DAY` if it is none."""
    if not text:
        return NO_DAY
    try:
        return datetime.strptime(text, date_format).toordinal()
    except ValueError:
        return WRONG_DAY


def period_in(days: Ints, periods: Periods, layer: Sequence[int]) -> Ints:
    """Index of the period of a layer that each day falls into, else `OUTSIDE`."""
    found = np.full(len(days), OUTSIDE, dtype=np.int64)
    for i in layer:
        found[(days >= periods.starts[i]) & (days <= periods.ends[i])] = i
    return found
