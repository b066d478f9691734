"""What protecting and auditing a table share."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from atlas.protecting.options import TableOptions
from geodata.progress import Progress
from indicators.disclosure.audit import AuditReport
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.plain import Plain
from indicators.disclosure.plain_files import Faults, Sheet, read_dimensions


def read_plain(options: TableOptions, sheet: Sheet | None, faults: Faults) -> Plain | None:
    """The cells of a table; None if its hierarchies are faulty."""
    dimensions = read_dimensions(options.names, options.files, sheet, faults, options.total)
    return None if dimensions is None else Plain(dimensions)


def bounds_of(
    audit: AuditReport, value: IntArray, hidden: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """What any reader can infer of every cell; a printed number is its own bound."""
    low, high = value.astype(np.float64), value.astype(np.float64)
    low[hidden] = audit.intervals["bound_low"].to_numpy(dtype=np.float64, na_value=np.nan)
    high[hidden] = audit.intervals["bound_high"].to_numpy(dtype=np.float64, na_value=np.nan)
    return low, high


def whole_text(number: FloatArray) -> pd.Series:
    """Whole numbers as text, empty where there is none."""
    return pd.Series(pd.array(number, dtype="Float64")).astype("Int64").astype("str").where(
        np.isfinite(number), ""
    )  # fmt: skip


def share_of(progress: Progress, step: str, start: float, end: float) -> Callable[[int, int], None]:
    """Progress that is told parts done of all parts, as a share of the whole work."""

    def tell(done: int, parts: int) -> None:
        progress(step, start + (end - start) * done / max(parts, 1))

    return tell
