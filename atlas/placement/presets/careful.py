"""Reads a table of keys and numbers row by row and says everything that is wrong with it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from atlas.placement.presets.files import Column, Rows
from atlas.placement.presets.near import Floats
from geodata.errors import Problem, TableError
from geodata.files import ROW
from indicators.disclosure.plain_files import Faults, Sheet, read_sheet

_NUMBER = r"[0-9]{1,15}(?:[.,][0-9]{1,15})?"
_MARK = "überall dasselbe Zeichen vor den Nachkommastellen, kein Tausenderpunkt"


def read_carefully(
    path: Path, keys: Sequence[str], number: str, faults: Faults, *, empty: bool
) -> Rows | None:
    """Read a file with columns of keys and one of numbers; None if anything is wrong.

    Parameters
    ----------
    faults
        Takes every fault with its row and column.
    empty
        Whether a number may be missing.
    """
    sheet = read_sheet(path, [*keys, number], faults)
    if sheet is None:
        return None
    many = len(faults)
    for name in keys:
        faults.add(TableError, _empty_keys(sheet, name))
    faults.add(TableError, _wrong_numbers(sheet, number, empty=empty))
    if len(faults) > many:
        return None
    text = sheet.frame[number]
    plain = text.str.replace(",", ".").where(text != "", "nan").astype("float64")
    value: Floats = np.array(plain, dtype=np.float64)
    columns = tuple(_column(sheet.frame[name].tolist()) for name in keys)
    return Rows(path, columns, value, sheet.frame[ROW].to_numpy())


def _empty_keys(sheet: Sheet, name: str) -> Iterator[Problem]:
    for row in np.flatnonzero(sheet.frame[name] == "").tolist():
        yield Problem(sheet.where(row, name), "leer", "ein Schlüssel")


def _wrong_numbers(sheet: Sheet, name: str, *, empty: bool) -> Iterator[Problem]:
    """Cells that are no number, and those whose decimal mark is not that of the others."""
    text: pd.Series = sheet.frame[name]
    fits = text.str.fullmatch(_NUMBER) | ((text == "") & empty)
    marks = text.where(fits, "").str.extract(r"([.,])", expand=False)
    usual = marks.mode()
    other = marks.notna() & (marks != (usual.iat[0] if len(usual) else ""))
    allowed = "eine Zahl ab 0 wie 12,5" + (" oder nichts, wenn es keinen Weg gibt" * empty)
    for row in np.flatnonzero(~fits | other).tolist():
        yield Problem(
            sheet.where(row, name),
            f"gefunden {text.iat[row]!r}",
            allowed if not fits.iat[row] else _MARK,
        )


def _column(words: Sequence[str]) -> Column:
    keys = tuple(dict.fromkeys(words))
    at = {key: i for i, key in enumerate(keys)}
    return Column(keys, np.array([at[word] for word in words], dtype=np.int64))
