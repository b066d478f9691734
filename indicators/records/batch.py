"""A piece of a case list in memory: columns as codes into their few different values."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geodata.errors import Problem, TableError
from geodata.files import TableFormat
from geodata.files.numbers import DECIMALS, number_pattern

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_NUMBERS: dict[str, re.Pattern[str]] = {
    mark: re.compile(number_pattern(TableFormat(decimal=mark))) for mark in DECIMALS
}


@dataclass(frozen=True)
class Coded:
    """A column: its different values, stripped, and for each row which of them it has."""

    codes: Codes = field(repr=False)
    values: list[str] = field(repr=False)

    def look_up(self, meaning: Callable[[str], int]) -> Ints:
        """What each row's value means; `meaning` is asked once per different value."""
        table = np.fromiter(map(meaning, self.values), dtype=np.int64, count=len(self.values))
        return table[self.codes] if len(table) else np.zeros(len(self.codes), dtype=np.int64)


@dataclass
class Batch:
    """Some consecutive rows; a log that prints it shows none of them.

    Parameters
    ----------
    columns
        Arrow arrays of equal length by the name of the column.
    encoding
        Of columns of bytes.
    date_format
        How days of a typed column are written as text.
    decimal
        Decimal sign of numbers written as text.
    """

    rows: int
    columns: dict[str, pa.Array] = field(repr=False)
    encoding: str = "utf-8"
    date_format: str = "%d.%m.%Y"
    decimal: str = "."
    _coded: dict[str, Coded] = field(default_factory=dict, repr=False)

    def coded(self, column: str) -> Coded:
        """A column as codes."""
        if column not in self._coded:
            self._coded[column] = self._encode(column)
        return self._coded[column]

    def _encode(self, column: str) -> Coded:
        array = self.columns[column]
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        values = [self._text(v) for v in array.dictionary.to_pylist()]
        codes = array.indices
        if array.null_count:
            codes = pc.fill_null(codes.cast(pa.int32()), len(values))
            values.append("")
        return Coded(codes.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), values)

    def _text(self, value: object) -> str:
        if isinstance(value, bytes):
            return _decode(value, self.encoding)
        return as_text(value, self.date_format)

    def numbers(self, column: str) -> Floats:
        """A column of coordinates; NaN where empty, infinite where it is no number."""
        array = self.columns[column]
        kind = array.type
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            plain = array.cast(pa.float64(), safe=False)
            return np.asarray(plain.to_numpy(zero_copy_only=False), dtype=np.float64)
        try:
            return self._fast_numbers(array)
        except pa.ArrowInvalid:
            pass
        coded = self.coded(column)
        parsed = np.array([_number(v, self.decimal) for v in coded.values] or [np.nan])
        return np.asarray(parsed[coded.codes], dtype=np.float64)

    def _fast_numbers(self, array: pa.Array) -> Floats:
        text = as_strings(array)
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)
        if self.decimal != ".":
            if pc.any(pc.match_substring(text, ".")).as_py():
                raise pa.ArrowInvalid("a thousands point")
            text = pc.replace_substring(text, self.decimal, ".")
        numbers = text.cast(pa.float64())
        return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)

    def texts(self, column: str) -> pa.Array:
        """A column as strings without blanks around them; null where empty."""
        array = self.columns[column]
        if not pa.types.is_large_string(array.type):
            array = as_strings(array)
        array = pc.ascii_trim_whitespace(array).cast(pa.large_string())
        return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.large_string()), array)


def as_strings(array: pa.Array) -> pa.Array:
    """Bytes and other types as strings; bytes keep their encoding, which only equality sees."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_binary(array.type):
        return array.view(pa.string())
    if pa.types.is_large_binary(array.type):
        return array.view(pa.large_string())
    if pa.types.is_floating(array.type) and pc.all(pc.equal(array, pc.floor(array))).as_py():
        array = array.cast(pa.int64())
    return array if pa.types.is_string(array.type) else array.cast(pa.string())


def as_text(value: object, date_format: str) -> str:
    """A typed value as it would be written: days by the format, whole numbers without ``.0``."""
    if value is None or value != value:  # noqa: PLR0124 - only NaN and NaT differ from themselves
        return ""
    if isinstance(value, datetime | date):
        return value.strftime(date_format)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _decode(value: bytes, encoding: str) -> str:
    try:
        return value.decode(encoding).strip()
    except UnicodeDecodeError:
        pass
    # raised outside, for the decoder's error carries the bytes
    raise TableError(
        f"Die Datei ist nicht in {encoding} geschrieben.",
        [Problem("Fallliste", "ungültiges Zeichen", "encoding der Datei")],
    )


def _number(text: str, decimal: str) -> float:
    if not text:
        return np.nan
    # Python reads more as a number than a file means by one: 1_000, 1e5, nan, digits of Asia.
    if not _NUMBERS[decimal].fullmatch(text):
        return np.inf
    number = float(text.replace(decimal, "."))
    return number if np.isfinite(number) else np.inf
