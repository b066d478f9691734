"""Text files: encoding, delimiter, quotes; nothing is replaced, nothing is swallowed."""

import csv
import io
from pathlib import Path

from geodata.errors import FileMissingError, Problem, TableError, why
from geodata.files.basics import TableFormat
from geodata.files.encodings import guess_encoding, is_utf8_beyond_ascii
from geodata.files.grid import Grid
from geodata.files.guard import refuse_large_file, refuse_large_grid

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
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=fmt.delimiter, strict=True))
    except csv.Error as error:
        raise TableError(
            f"{path.name} ist keine lesbare CSV-Datei: {_quote_words(error)}."
        ) from None
    refuse_large_grid(path, len(rows), max(map(len, rows), default=0))
    return Grid(rows)


def _quote_words(error: csv.Error) -> str:
    words = str(error)
    if "unexpected end" in words:
        return "ein Anführungszeichen wird nicht geschlossen"
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
        likely = guess_encoding(content)[0]
        raise _other_encoding(path, encoding, "Nullzeichen zwischen den Buchstaben", likely)
    return text.removeprefix("\ufeff")


def _other_encoding(path: Path, encoding: str, found: str, likely: str) -> TableError:
    return TableError(
        f"{path.name} ist nicht in {encoding} geschrieben.",
        [Problem(path.name, found, f'wahrscheinlich format = {{ encoding = "{likely}" }}')],
    )
