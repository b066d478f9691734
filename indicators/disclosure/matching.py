"""Finding the same cell in two counts tables."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from indicators.disclosure.cells import KEY, SLICE, IntArray


class KeyIndex:
    """The rows of a table by some of its columns, to look up those of other tables.

    Parameters
    ----------
    table
        Every key stands in it once.
    columns
        The columns of the key, text.
    """

    def __init__(self, table: pd.DataFrame, columns: Sequence[str] = KEY) -> None:
        self._columns = list(columns)
        self._values = [pd.Index(table[c].unique()) for c in self._columns]
        code = self._code(table)
        self._order = np.argsort(code, kind="stable")
        self._sorted = code[self._order]

    def find(self, table: pd.DataFrame) -> IntArray:
        """Shape (rows of `table`,): the row with the same key, -1 where there is none."""
        if not len(self._sorted) or table.empty:
            return np.full(len(table), -1, dtype=np.int64)
        code = self._code(table)
        place = np.minimum(np.searchsorted(self._sorted, code), len(self._sorted) - 1)
        there = (self._sorted[place] == code) & (code >= 0)
        return np.where(there, self._order[place], -1).astype(np.int64)

    def _code(self, table: pd.DataFrame) -> IntArray:
        """One whole number per key, -1 where a part of it is unknown."""
        code = np.zeros(len(table), dtype=np.int64)
        unknown = np.zeros(len(table), dtype=np.bool_)
        for column, values in zip(self._columns, self._values, strict=True):
            number = values.get_indexer(pd.Index(table[column])).astype(np.int64)
            unknown |= number < 0
            code = code * len(values) + number
        return np.where(unknown, -1, code)


def slices_of(table: pd.DataFrame) -> tuple[IntArray, pd.DataFrame]:
    """The number of each row's slice, and the slices in order of appearance."""
    number = table.groupby(SLICE, sort=False).ngroup().to_numpy().astype(np.int64)
    return number, table[SLICE].drop_duplicates().reset_index(drop=True)
