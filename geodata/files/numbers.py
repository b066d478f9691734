"""Numbers as a file writes them; the one way to read them, whatever they count."""

import re
from typing import Literal

import pandas as pd

from geodata.files.basics import TableFormat

DECIMALS: tuple[Literal[",", "."], ...] = (",", ".")


def number_pattern(fmt: TableFormat) -> str:
    """What a number looks like in a file: its digits, its decimal and its thousands mark."""
    decimal, thousands = re.escape(fmt.decimal), re.escape(fmt.thousands)
    plain = rf"-?[0-9]+(?:{decimal}[0-9]+)?"
    if not fmt.thousands:
        return f"(?:{plain})"
    return f"(?:{plain}|-?[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+(?:{decimal}[0-9]+)?)"


def decimal_word(fmt: TableFormat) -> str:
    """What a message calls the mark before the decimals of a file.

    >>> decimal_word(TableFormat())
    'Dezimalkomma'
    """
    return {",": "Dezimalkomma", ".": "Dezimalpunkt"}[fmt.decimal]


def parse_numbers(text: pd.Series, fmt: TableFormat) -> pd.Series:
    """Numbers as the file writes them; NaN where a text is not exactly such a number.

    No exponents, no signs of other systems, no mark that was not declared: "1.234" may be one
    thousand or a little more than one, and nobody can see which.

    >>> parse_numbers(pd.Series(["1.234,5", "12", "1,2,3"]), TableFormat(thousands=".")).tolist()
    [1234.5, 12.0, nan]
    >>> parse_numbers(pd.Series(["1.234", "1e3", "inf"]), TableFormat()).isna().all()
    np.True_
    """
    fits = text.str.fullmatch(number_pattern(fmt)).astype("bool")
    clean = text.str.replace(fmt.thousands, "", regex=False) if fmt.thousands else text
    clean = clean.str.replace(fmt.decimal, ".", regex=False)
    return pd.to_numeric(clean.where(fits), errors="coerce").astype("float64")
