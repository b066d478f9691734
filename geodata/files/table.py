"""A table file as a frame of text, by its declared layout; what is left out is told."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata.errors import Problem, TableError
from geodata.files.basics import (
    JSON,
    PARQUET,
    ROW,
    SPREADSHEETS,
    TableFormat,
    existing,
    tidy,
)
from geodata.files.grid import JOINED_CELL, Grid
from geodata.files.header import header_names
from geodata.files.sheets import sheet_grid
from geodata.files.text import text_grid
from geodata.files.typed import json_columns, parquet_columns

_LAID_OUT = ("skip_rows", "footer_rows", "header_rows", "stop_at")


@dataclass(frozen=True)
class Table:
    """What was read of a file.

    ``frame`` has one ``str`` column per header and `ROW`; ``title`` is the text above the
    header; ``left_out`` says which rows below were left out, with their number.
    """

    frame: pd.DataFrame
    title: str = ""
    left_out: tuple[tuple[str, int], ...] = ()


class TableCache:
    """Remembers tables, so that a file that several need is read once in a run.

    A file that cannot be read is not remembered: whoever asks again gets the error again.
    """

    def __init__(self) -> None:
        self._tables: dict[tuple[Path, TableFormat], Table] = {}

    def open(self, path: Path, fmt: TableFormat) -> Table:
        """What `open_table` gives; nobody may change it."""
        if (path, fmt) not in self._tables:
            self._tables[path, fmt] = open_table(path, fmt)
        return self._tables[path, fmt]


def read_table(path: Path, fmt: TableFormat) -> pd.DataFrame:
    """Read a table as text.

    Returns
    -------
    DataFrame
        One ``str`` column per header, tidied, and `ROW` with the row's number in the file.
        Empty rows, and columns with neither name nor content, are left out.

    Raises
    ------
    FileMissingError
        There is no such file, or no such sheet.
    TableError
        Encoding, header or the number of fields in a row is wrong; every such row is named.
    """
    return open_table(path, fmt).frame


def open_table(path: Path, fmt: TableFormat) -> Table:
    """Read a table as `read_table` does, with what stands above and what was left out."""
    existing(path)
    _check_format(path, fmt)
    suffix = path.suffix.lower()
    if suffix in PARQUET or suffix in JSON:
        columns = parquet_columns(path, fmt) if suffix in PARQUET else json_columns(path, fmt)
        return Table(_fill_down(path, _typed_frame(path, columns), fmt))
    grid = sheet_grid(path, fmt) if suffix in SPREADSHEETS else text_grid(path, fmt)
    names = header_names(path, grid, fmt)
    last, left_out = _end(path, grid, fmt)
    first = fmt.skip_rows + fmt.header_rows
    _mark_joined(grid, names, first, last, fmt)
    numbered = [
        (i + 1, grid.rows[i]) for i in range(first, last) if any(c.strip() for c in grid.rows[i])
    ]
    if not numbered:
        raise TableError(f"{path.name} enthält keine Zeilen unter der Kopfzeile.")
    if suffix in SPREADSHEETS:
        width = len(numbered[0][1])
        names += [""] * (width - len(names))
    _check_widths(path, numbered, len(names), fmt)
    title = " ".join(tidy(c) for row in grid.rows[: fmt.skip_rows] for c in row if c.strip())
    return Table(_fill_down(path, _frame(names, numbered), fmt), title, left_out)


def _check_format(path: Path, fmt: TableFormat) -> None:
    """Refuse a layout that contradicts itself, or that this kind of file cannot have."""
    problems = []
    for name, least in (("skip_rows", 0), ("footer_rows", 0), ("header_rows", 1)):
        if getattr(fmt, name) < least:
            problems.append(Problem(path.name, f"{name} = {getattr(fmt, name)}", f"ab {least}"))
    if fmt.decimal == fmt.thousands:
        problems.append(
            Problem(path.name, f"decimal und thousands sind beide {fmt.decimal!r}", "zwei Zeichen")
        )
    if path.suffix.lower() in PARQUET | JSON:
        plain = TableFormat()
        problems += [
            Problem(path.name, f"{name} bei Parquet oder JSON", "ohne diesen Eintrag")
            for name in _LAID_OUT
            if getattr(fmt, name) != getattr(plain, name)
        ]
    if problems:
        raise TableError(f"Die Angaben in format passen nicht zu {path.name}.", problems)


def _typed_frame(path: Path, columns: dict[str, list[str]]) -> pd.DataFrame:
    rows = len(next(iter(columns.values()), []))
    if not rows:
        raise TableError(f"{path.name} enthält keine Zeilen.")
    frame = pd.DataFrame(columns, dtype="str")
    frame[ROW] = range(1, rows + 1)
    return frame


def _frame(names: list[str], numbered: list[tuple[int, list[str]]]) -> pd.DataFrame:
    """Columns without a name are kept under their number if they hold anything."""
    columns: dict[str, list[str]] = {}
    for i, name in enumerate(names):
        cells = [row[i] for _, row in numbered]
        if name or any(cell.strip() for cell in cells):
            columns[name or f"(Spalte {i + 1} ohne Namen)"] = cells
    frame = pd.DataFrame(columns, dtype="str")
    frame[ROW] = [number for number, _ in numbered]
    return frame


def _end(path: Path, grid: Grid, fmt: TableFormat) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Row at which the data ends, and what lies below, by its first words."""
    first, last = fmt.skip_rows + fmt.header_rows, len(grid.rows) - fmt.footer_rows
    if fmt.stop_at is not None:
        word = tidy(fmt.stop_at)
        hits = [i for i in range(first, len(grid.rows)) if _first_cell(grid.rows[i], word)]
        if not hits or not word:
            raise TableError(
                f"In {path.name} beginnt keine Zeile mit {fmt.stop_at!r}.",
                [Problem(f"{path.name}, stop_at", repr(fmt.stop_at), "Anfang einer Zeile")],
            )
        last = min(last, hits[0])
    below = [row for row in grid.rows[max(last, first) :] if any(c.strip() for c in row)]
    words = next((tidy(c) for row in below for c in row if c.strip()), "")
    told = ((f"unter der Tabelle, ab „{words[:60]}“", len(below)),) if below else ()
    return max(last, first), told


def _first_cell(row: list[str], word: str) -> bool:
    cells = (tidy(cell) for cell in row)
    return next((cell for cell in cells if cell), "").startswith(word)


def _mark_joined(grid: Grid, names: list[str], first: int, last: int, fmt: TableFormat) -> None:
    """Make joined cells of the body visible: an empty half would pass for "not delivered".

    Not marked are labels to be filled down, and a row's first words when they span the row,
    as headings of sections do.
    """
    for merge in grid.merges:
        if merge.top < first or merge.top >= last:
            continue
        row = grid.rows[merge.top]
        heading = merge.top == merge.bottom and not any(c.strip() for c in row[: merge.left])
        label = merge.left < len(names) and names[merge.left] in fmt.fill_down
        if heading or (label and merge.left == merge.right) or not row[merge.left : merge.left + 1]:
            continue
        text = f"{JOINED_CELL} {tidy(row[merge.left])!r}"
        for i in range(merge.top, min(merge.bottom + 1, last)):
            for j in range(merge.left, min(merge.right + 1, len(grid.rows[i]))):
                grid.rows[i][j] = text


def _fill_down(path: Path, frame: pd.DataFrame, fmt: TableFormat) -> pd.DataFrame:
    """Repeat labels over the empty cells below them, in the declared columns."""
    missing = [name for name in fmt.fill_down if name not in frame.columns]
    if missing:
        present = ", ".join(c for c in frame.columns if c != ROW)
        problems = [Problem(f"{path.name}, fill_down", f"{n!r} fehlt", present) for n in missing]
        raise TableError(f"In {path.name} fehlen Spalten.", problems)
    filled = {
        name: frame[name].where(frame[name].str.strip() != "").ffill().fillna("").astype("str")
        for name in fmt.fill_down
    }
    return frame.assign(**filled)


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
