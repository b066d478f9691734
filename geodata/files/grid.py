"""A sheet of text cells, whatever file it came from, and numbers as text."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np

ERROR_CELL = "Fehlerzelle"
UNCALCULATED = "Formel ohne Ergebnis"
JOINED_CELL = "verbundene Zelle"
"""How cells begin that hold no value: no number, no key, no known label."""

_LONGEST_EXPONENT = 40


@dataclass(frozen=True)
class Merge:
    """Cells joined to one; rows and columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Grid:
    """Rows of text cells; which of them are joined."""

    rows: list[list[str]]
    merges: tuple[Merge, ...] = ()


def number_text(value: float | np.floating, decimal: str) -> str:
    """A binary number with the fewest digits that give it back, never with an exponent.

    >>> number_text(0.1, ","), number_text(3.0, ","), number_text(np.float32(0.1), "."),
    ('0,1', '3', '0.1')
    """
    if not np.isfinite(value):
        return str(value)
    if float(value).is_integer():
        return str(int(value))
    return np.format_float_positional(value, trim="-").replace(".", decimal)


def decimal_text(value: Decimal, decimal: str) -> str:
    """A decimal number with the digits it is written with; as it is where it is absurd."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(value.adjusted()) > _LONGEST_EXPONENT:
        return str(value)
    if abs(exponent) > _LONGEST_EXPONENT:
        return str(value)
    if value == value.to_integral_value():
        # Zeros behind the mark say nothing of a number that has a type.
        return format(value.to_integral_value(), "f")
    return format(value, "f").replace(".", decimal)


def percent_text(value: float, decimal: str) -> str:
    """What a cell with a percent format shows, with all its digits.

    >>> percent_text(0.125, ",")
    '12,5 %'
    """
    hundredfold = (Decimal(repr(value)) * 100).normalize()
    return decimal_text(hundredfold, decimal) + " %"


def cell_text(value: object, decimal: str) -> str:
    """A typed cell as text: numbers with `decimal`, days as ISO dates."""
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return "WAHR" if value else "FALSCH"
    if isinstance(value, float | np.floating):
        return number_text(value, decimal)
    if isinstance(value, Decimal):
        return decimal_text(value, decimal)
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and (value - value.replace(hour=0, minute=0)).seconds == 0
        whole = midnight and not value.second and not value.microsecond
        return value.date().isoformat() if whole else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
