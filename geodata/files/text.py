"""Text files: encoding, delimiter, quotes; nothing is replaced, nothing is swallowed."""

import csv
import io
import re
from pathlib import Path

from geodata.errors import FileMissingError, Problem, TableError, why
from geodata.files.basics import TableFormat
from geodata.files.encodings import guess_encoding, is_utf8_beyond_ascii
from geodata.files.grid import Grid
from geodata.files.guard import MAX_COLUMNS, TABLE, refuse_large_file, refuse_large_grid

_FOR_EXCEL = re.compile(r"sep=.\r?\n", re.IGNORECASE)
_LOOK = 10_000
_ABSURD = 10
"""Within quotes a delimiter is none, so a row may have some more of them than fields."""
_SINGLE_BYTE = ("cp125", "latin", "iso-8859", "iso8859", "windows-125", "l1", "cp850", "cp437")


def text_grid(path: Path, fmt: TableFormat) -> Grid:
    """Read a delimited text file."""
    refuse_large_file(path)
    try:
        text = _decoded(path, path.read_bytes(), fmt.encoding)
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None
    if len(fmt.delimiter) != 1 or fmt.delimiter in '"\r\n':
        raise TableError(
            f"Das Trennzeichen von {path.name} ist keines.",
            [Problem(path.name, repr(fmt.delimiter), "ein einzelnes Zeichen wie ; , oder \\t")],
        )
    if _FOR_EXCEL.match(text) and not fmt.skip_rows:
        raise TableError(
            f"{path.name} beginnt mit einer Zeile für Excel, die keine Kopfzeile ist.",
            [Problem(f"{path.name}, Zeile 1", repr(text[:5]), "format = { skip_rows = 1 }")],
        )
    try:
        return Grid(_rows(path, text, fmt.delimiter))
    except csv.Error as error:
        raise TableError(
            f"{path.name} ist keine lesbare CSV-Datei: {_quote_words(error)}."
        ) from None


def _rows(path: Path, text: str, delimiter: str) -> list[list[str]]:
    """All rows; reading stops where they become absurd, not when memory is full."""
    lines = _Lines(path, text, delimiter)
    rows: list[list[str]] = []
    widest = 0
    for row in csv.reader(lines, delimiter=delimiter, strict=True):
        rows.append(row)
        lines.open_fields = 0
        if len(row) > widest or len(rows) % _LOOK == 0:
            widest = max(widest, len(row))
            refuse_large_grid(path, len(rows), widest)
    return rows


class _Lines:
    """Lines of a text; a row that never ends, in one of them or in many, is refused."""

    def __init__(self, path: Path, text: str, delimiter: str) -> None:
        self._path, self._delimiter = path, delimiter
        self._lines = io.StringIO(text, newline="")
        self.open_fields = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.open_fields += line.count(self._delimiter)
        if self.open_fields > _ABSURD * MAX_COLUMNS:
            raise TABLE.too_large(self._path, f"eine Zeile mit {self.open_fields + 1} Feldern")
        return line


def _quote_words(error: csv.Error) -> str:
    words = str(error)
    if "unexpected end" in words:
        return "ein Anführungszeichen wird nicht geschlossen"
    if "field larger" in words:
        return "eine Zelle mit mehr als 131.072 Zeichen; vielleicht fehlt ein Anführungszeichen"
    if "expected after" in words:
        return "nach einem schließenden Anführungszeichen folgt kein Trennzeichen"
    return words


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    """Text of a file; an encoding that cannot be the right one is refused with the likely one."""
    name = encoding.lower()
    codec = "utf-8-sig" if name in ("utf-8", "utf8") else encoding
    if name.startswith(_SINGLE_BYTE) and is_utf8_beyond_ascii(content):
        raise _other_encoding(path, encoding, "Umlaute in UTF-8", "utf-8-sig")
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        found = f"ungültiges Zeichen an Byte {error.start}"
        raise _other_encoding(path, encoding, found, guess_encoding(content)[0]) from None
    except (LookupError, ValueError):
        raise TableError(f"Die Kodierung {encoding!r} von {path.name} gibt es nicht.") from None
    if "\0" in text:
        raise _with_zeros(path, content, encoding)
    return text.removeprefix("\ufeff")


def _with_zeros(path: Path, content: bytes, encoding: str) -> TableError:
    likely = guess_encoding(content)[0]
    if likely.startswith("utf-16"):
        return _other_encoding(path, encoding, "Nullzeichen zwischen den Buchstaben", likely)
    return TableError(
        f"{path.name} ist keine lesbare CSV-Datei: Es enthält Nullzeichen; vielleicht wurde es "
        "bei der Übertragung beschädigt, oder es ist keine Textdatei."
    )


def _other_encoding(path: Path, encoding: str, found: str, likely: str) -> TableError:
    return TableError(
        f"{path.name} ist nicht in {encoding} geschrieben.",
        [Problem(path.name, found, f'wahrscheinlich format = {{ encoding = "{likely}" }}')],
    )
