"""Text of a cell to number and status; every cell that is neither is an error."""

import re
from pathlib import Path

import pandas as pd

from geodata.errors import Problem, TableError
from geodata.files import ROW, TableFormat, tidy
from indicators.status import Status
from indicators.symbols import SymbolProfile

LARGEST_COUNT = 1_000_000_000
"""More than any city counts; a larger number is a fault of the file."""


def with_numbers(
    cells: pd.DataFrame, profile: SymbolProfile, fmt: TableFormat, path: Path
) -> pd.DataFrame:
    """Turn text into number and status; every cell that is neither is an error."""
    text = cells["text"].map(tidy)
    symbol = text.map(profile.cells)
    is_symbol = symbol.notna()
    number = parse_numbers(text.where(~is_symbol, ""), fmt)
    wrong = number.isna() & ~is_symbol
    whole = cells["kind"] == "count"
    impossible = (number < 0) | (number % 1 != 0) | (number > LARGEST_COUNT)
    bad_count = whole & ~wrong & ~is_symbol & impossible
    allowed = f"eine Zahl wie {'1234,5' if fmt.decimal == ',' else '1234.5'} oder {profile.words()}"
    problems = [
        Problem(
            f"{path.name}, Zeile {cells.at[i, ROW]!s}, {cells.at[i, 'column']!s}",
            f"gefunden {text[i]!r}",
            allowed if not whole[i] else f"eine ganze Zahl ab 0 oder {profile.words()}",
        )
        for i in cells.index[wrong | bad_count]
    ]
    if problems:
        raise TableError(f"{path.name} enthält Zellen, die keine Zahlen sind.", problems)
    number = number.where(~is_symbol, symbol.map(lambda s: s.value, na_action="ignore"))
    status = pd.Series(Status.PUBLISHED, index=cells.index, dtype="str")
    status = status.where(~(whole & (number == 0)), Status.ZERO)
    status = status.where(~is_symbol, symbol.map(lambda s: str(s.status), na_action="ignore"))
    invalid = ~cells["valid"] & ~whole
    number = number.mask(invalid)
    status = status.mask(invalid, Status.NOT_APPLICABLE)
    return cells.assign(number=number.astype("float64"), status=status.astype("str"))


def parse_numbers(text: pd.Series, fmt: TableFormat) -> pd.Series:
    """Numbers as the file writes them; NaN where a text is not exactly such a number.

    >>> parse_numbers(pd.Series(["1.234,5", "12", "1,2,3"]), TableFormat(thousands=".")).tolist()
    [1234.5, 12.0, nan]
    """
    decimal, thousands = re.escape(fmt.decimal), re.escape(fmt.thousands)
    plain = rf"-?\d+(?:{decimal}\d+)?"
    grouped = rf"|-?\d{{1,3}}(?:{thousands}\d{{3}})+(?:{decimal}\d+)?" if fmt.thousands else ""
    fits = text.str.fullmatch(f"(?:{plain}{grouped})")
    clean = text.str.replace(fmt.thousands, "", regex=False) if fmt.thousands else text
    clean = clean.str.replace(fmt.decimal, ".", regex=False)
    return pd.to_numeric(clean.where(fits), errors="coerce").astype("float64")
