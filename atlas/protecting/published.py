"""A published table as its reader sees it: what is printed, hidden, or not there at all."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.protecting.options import AuditOptions
from geodata.errors import Problem, TableError
from indicators.disclosure.cells import BoolArray, IntArray
from indicators.disclosure.plain import Plain
from indicators.disclosure.plain_files import (
    WHOLE_NUMBERS,
    Faults,
    Sheet,
    note_wrong_numbers,
    place_rows,
    whole_numbers,
)

STATUS = "status"


NEVER_DELIVERED = "missing"
"""A status without a number that is not a secret: nothing is known of the cell."""


@dataclass(frozen=True)
class Published:
    """A published table as its reader sees it; arrays have one entry per cell.

    Parameters
    ----------
    value
        Printed numbers; not read elsewhere.
    hidden
        Cells hidden on purpose.
    absent
        Cells that have no row: hidden, perhaps because nobody is in them.
    undelivered
        Cells of which the table says that they were never delivered.
    told
        Hidden cells whose number stands in the file all the same.
    internal
        Whether the file has the column that tells small cells from the others.
    """

    value: IntArray
    hidden: BoolArray
    absent: BoolArray
    undelivered: BoolArray
    told: BoolArray
    internal: bool

    @property
    def printed(self) -> BoolArray:
        """Cells whose number stands there."""
        return ~(self.hidden | self.absent | self.undelivered)


def read_published(sheet: Sheet, plain: Plain, options: AuditOptions, faults: Faults) -> Published:
    """What is printed, hidden and open."""
    text = sheet.frame[options.count_column]
    status = _status_of(sheet, options)
    symbols = options.symbols
    placeholder = text.isin(symbols).to_numpy()
    empty = (text == "").to_numpy() | placeholder
    undelivered = (status == NEVER_DELIVERED).to_numpy() & empty & (NEVER_DELIVERED not in symbols)
    hidden = (status.isin(symbols).to_numpy() | empty) & ~undelivered
    _note_unknown_status(sheet, status, hidden & ~placeholder, options, faults)
    number = whole_numbers(text)
    printed = ~hidden & ~undelivered
    allowed = f"{WHOLE_NUMBERS}, leer, oder ein Wert aus --suppressed-values"
    wrong = printed & number.isna().to_numpy()
    note_wrong_numbers(sheet, options.count_column, wrong, allowed, faults)
    cell = place_rows(sheet, plain, faults, inner=False)
    good = cell >= 0
    value = np.zeros(plain.size, dtype=np.int64)
    value[cell[good]] = number.fillna(0).to_numpy(dtype=np.int64)[good]
    marks = []
    for chosen in (hidden, printed, undelivered, hidden & ~empty):
        mark = np.zeros(plain.size, dtype=np.bool_)
        mark[cell[good & chosen]] = True
        marks.append(mark)
    internal = "kind" in sheet.frame.columns and "kind" not in options.names
    absent = ~(marks[0] | marks[1] | marks[2])
    return Published(value, marks[0], absent, marks[2], marks[3], internal)


def _status_of(sheet: Sheet, options: AuditOptions) -> pd.Series:
    """The status of each row, empty where the table has none."""
    column = options.status_column or STATUS
    if column in sheet.frame.columns and column != options.count_column:
        return sheet.frame[column]
    return pd.Series("", index=sheet.frame.index, dtype="str")


def _note_unknown_status(
    sheet: Sheet, status: pd.Series, hidden: BoolArray, options: AuditOptions, faults: Faults
) -> None:
    """An empty number under a status that nobody explained might be a secret or a gap."""
    unclear = hidden & (status != "").to_numpy() & ~status.isin(options.symbols).to_numpy()
    for word in status[unclear].drop_duplicates():
        row = int(np.flatnonzero(unclear & (status == word).to_numpy())[0])
        column = options.status_column or STATUS
        allowed = "den Status in --suppressed-values nennen, wenn er „geheim“ heißt"
        found = f"der Status {word!r} steht ohne Zahl"
        faults.add(TableError, [Problem(sheet.where(row, column), found, allowed)])
