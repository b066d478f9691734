"""Encodings, delimiters, sheets, keys as text: what every reader needs.

Every cell is read as text, exactly as written; what it means is decided by the reader
who knows the column. A spreadsheet's number keeps its digits without a decimal ``.0``.
"""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import pandas as pd
import pyogrio
from python_calamine import CalamineError, CalamineWorkbook

from geodata.errors import FileMissingError, Problem, TableError, why

ROW = "__row__"
"""Name of the column with the row's number in the file, counted from 1."""

SPREADSHEETS = frozenset({".xlsx", ".xls", ".ods", ".xlsm"})
_SOFT_HYPHEN, _NO_BREAK, _NARROW = "\u00ad", "\u00a0", "\u202f"


@dataclass(frozen=True)
class TableFormat:
    """How a table file is written.

    Parameters
    ----------
    encoding
        Of a text file; ``utf-8-sig`` reads UTF-8 with and without byte order mark.
    delimiter, decimal, thousands
        Of a text file.
    sheet
        Of a spreadsheet, its name or its number from 1; the first where ``None``.
    skip_rows, footer_rows
        Rows before the header and after the last row of data.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    decimal: Literal[",", "."] = ","
    thousands: Literal[".", ",", " ", ""] = ""
    sheet: int | str | None = None
    skip_rows: int = 0
    footer_rows: int = 0


def is_nothing(value: object) -> bool:
    """Whether a cell of a table is empty: None, NaN, NaT or pandas' NA; a text never is."""
    # Of anything with parts it answers for each of them, which is no True.
    return pd.isna(cast(Any, value)) is True


def existing(path: Path) -> Path:
    """Return `path` if it is a file, else say so."""
    if path.is_dir():
        raise FileMissingError(f"{path} ist ein Ordner; erwartet wird eine Datei.")
    if not path.is_file():
        raise FileMissingError(f"Die Datei {path} gibt es nicht.")
    return path


def sha256_of(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def tidy(label: str) -> str:
    """Take what cannot be seen out of a label: soft hyphens, no-break spaces, line breaks."""
    plain = label.replace(_SOFT_HYPHEN, "").replace(_NO_BREAK, " ").replace(_NARROW, " ")
    return " ".join(plain.split())


def read_table(path: Path, fmt: TableFormat) -> pd.DataFrame:
    """Read a table as text.

    Returns
    -------
    DataFrame
        One ``str`` column per header, tidied, and `ROW` with the row's number in the file.
        Empty rows are left out.

    Raises
    ------
    FileMissingError
        There is no such file, or no such sheet.
    TableError
        Encoding, header or the number of fields in a row is wrong; every such row is named.
    """
    existing(path)
    rows = _sheet_rows(path, fmt) if path.suffix.lower() in SPREADSHEETS else _text_rows(path, fmt)
    body = rows[fmt.skip_rows :]
    if not body:
        raise TableError(f"{path.name} enthält keine Kopfzeile.", [_header_problem(path, fmt)])
    header = [tidy(cell) for cell in body[0]]
    while header and not header[-1]:
        header.pop()
    _check_header(path, header, fmt)
    first = fmt.skip_rows + 2
    last = len(body) - fmt.footer_rows
    numbered = [
        (first + i, row) for i, row in enumerate(body[1:last]) if any(c.strip() for c in row)
    ]
    _check_widths(path, numbered, len(header), fmt)
    if not numbered:
        raise TableError(f"{path.name} enthält keine Zeilen unter der Kopfzeile.")
    width = len(header)
    frame = pd.DataFrame([row[:width] for _, row in numbered], columns=header, dtype="str")
    frame[ROW] = [number for number, _ in numbered]
    return frame


def _header_problem(path: Path, fmt: TableFormat) -> Problem:
    return Problem(f"{path.name}, Zeile {fmt.skip_rows + 1}", "keine Kopfzeile", "Spaltennamen")


def _with_mark(encoding: str) -> str:
    """UTF-8 is read with and without byte order mark, whatever the project says."""
    return "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding


def _text_rows(path: Path, fmt: TableFormat) -> list[list[str]]:
    try:
        with path.open(encoding=_with_mark(fmt.encoding), newline="") as handle:
            return list(csv.reader(handle, delimiter=fmt.delimiter))
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name} ist nicht in {fmt.encoding} geschrieben.",
            [
                Problem(
                    f"{path.name}, Byte {error.start}", "ungültiges Zeichen", "encoding der Datei"
                )
            ],
        ) from None
    except LookupError:
        raise TableError(f"Die Kodierung {fmt.encoding!r} von {path.name} gibt es nicht.") from None
    except csv.Error as error:
        raise TableError(f"{path.name} ist keine lesbare CSV-Datei: {error}.") from None
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None


def _sheet_rows(path: Path, fmt: TableFormat) -> list[list[str]]:
    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise TableError(f"{path.name} ist keine lesbare Tabellendatei: {error}.") from None
    sheet = book.get_sheet_by_name(_sheet_name(path, fmt.sheet, list(book.sheet_names)))
    rows = sheet.to_python(skip_empty_area=False)
    return [[_cell(value, fmt.decimal) for value in row] for row in rows]


def _sheet_name(path: Path, wanted: int | str | None, names: list[str]) -> str:
    """Name of the sheet that is wanted by name or by number, counted from 1."""
    if wanted is None:
        return names[0]
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return names[wanted - 1]
    if isinstance(wanted, str) and wanted in names:
        return wanted
    numbered = ", ".join(f"{i} {name}" for i, name in enumerate(names, 1))
    raise TableError(
        f"{path.name} hat das Blatt {wanted!r} nicht.",
        [Problem(path.name, f"Blatt {wanted!r}", numbered)],
    )


def _cell(value: object, decimal: str) -> str:
    """A spreadsheet's cell as text; whole numbers lose the ``.0`` that a spreadsheet adds."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value).replace(".", decimal)
    return str(value)


def _check_header(path: Path, header: list[str], fmt: TableFormat) -> None:
    where = f"{path.name}, Zeile {fmt.skip_rows + 1}"
    if not header:
        raise TableError(f"{path.name} enthält keine Kopfzeile.", [_header_problem(path, fmt)])
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        problems = [Problem(where, f"Spalte {n!r} steht mehrfach", "jede einmal") for n in twice]
        raise TableError(f"Die Kopfzeile von {path.name} ist nicht eindeutig.", problems)


def _check_widths(
    path: Path, rows: list[tuple[int, list[str]]], width: int, fmt: TableFormat
) -> None:
    """Refuse rows with missing or surplus fields: a shifted row is a wrong number."""
    problems = []
    for number, row in rows:
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            problems.append(
                Problem(f"{path.name}, Zeile {number}", f"{len(row)} Felder", f"{width} Felder")
            )
    if problems:
        hint = f"Trennzeichen {fmt.delimiter!r}"
        raise TableError(f"{path.name} hat Zeilen mit falscher Feldzahl ({hint}).", problems)


def require_columns(path: Path, frame: pd.DataFrame, needed: list[str]) -> None:
    """Refuse a table that lacks columns, naming them and what there is."""
    present = [c for c in frame.columns if c != ROW]
    problems = [
        Problem(path.name, f"Spalte {name!r} fehlt", ", ".join(present))
        for name in needed
        if name not in frame.columns
    ]
    if problems:
        raise TableError(f"In {path.name} fehlen Spalten.", problems)


def layers_of(path: Path) -> list[str]:
    """Names of the layers of a geometry file."""
    return [str(name) for name, _ in pyogrio.list_layers(existing(path))]
