"""How a table file is written, its labels, and where it may lie."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, ClassVar, Literal, cast

import pandas as pd
import pyogrio

from geodata.errors import FileMissingError, GeometryError, Problem, TableError

ROW = "__row__"
"""Name of the column with the row's number in the file, counted from 1."""

SPREADSHEETS = frozenset({".xlsx", ".xls", ".ods", ".xlsm"})
PARQUET = frozenset({".parquet", ".geoparquet"})
JSON = frozenset({".json", ".ndjson", ".jsonl"})

# Soft hyphen, zero-width space, (non-)joiner, word joiner, byte order mark: nobody sees them.
_UNSEEN = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")


@dataclass(frozen=True)
class TableFormat:
    """How a table file is written.

    Parameters
    ----------
    encoding
        Of a text file; ``utf-8-sig`` reads UTF-8 with and without byte order mark.
    delimiter
        Of a text file.
    decimal, thousands
        Of numbers that are written as text.
    sheet
        Of a spreadsheet, its name or its number from 1; the first where ``None``. Of a JSON
        file the entry that holds the list, ``a.b`` for a nested one.
    skip_rows, footer_rows
        Rows before the header and after the last row of data.
    header_rows
        Rows of the header; their names are joined with `` / ``.
    stop_at
        The first row whose first filled cell begins with this text ends the table.
    fill_down
        Columns of labels in which an empty cell repeats the one above it.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    decimal: Literal[",", "."] = ","
    thousands: Literal[".", ",", " ", ""] = ""
    sheet: int | str | None = None
    skip_rows: int = 0
    footer_rows: int = 0
    header_rows: int = 1
    stop_at: str | None = None
    fill_down: tuple[str, ...] = ()


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


def leaves_folder(name: str) -> bool:
    r"""Whether a file's name points out of the folder it is relative to, on any system.

    >>> [leaves_folder(n) for n in ("a/b.csv", "a/../b.csv", "../b.csv", "C:\\b.csv", "/b.csv")]
    [False, False, True, True, True]
    """
    windows = PureWindowsPath(name)
    if PurePosixPath(name).is_absolute() or windows.drive or windows.root:
        return True
    depth = 0
    for part in windows.parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return False


def inside(folder: Path, name: str) -> Path:
    """Path of a file in a folder; a name that leads out of it is refused."""
    if leaves_folder(name):
        raise FileMissingError(
            f"Der Dateiname {name!r} führt aus dem Datenordner heraus; "
            "erlaubt sind Dateien in diesem Ordner und seinen Unterordnern."
        )
    path = folder / name
    if not _stays(path, folder):
        raise FileMissingError(
            f"{name!r} ist eine Verknüpfung, die aus dem Datenordner herausführt; "
            "legen Sie die Datei selbst hinein."
        )
    return path


def _stays(path: Path, folder: Path) -> bool:
    """Whether a path lies in a folder, wherever links lead; the folder may be one itself."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL in the name
        return False


def sha256_of(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def tidy(label: str) -> str:
    """Take what cannot be seen out of a label: soft hyphens, no-break spaces, line breaks."""
    return " ".join(_UNSEEN.sub("", label).split())


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
    try:
        return [str(name) for name, _ in pyogrio.list_layers(existing(path))]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        raise GeometryError(f"{path.name} ist keine lesbare Geodatei.") from None
