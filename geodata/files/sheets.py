"""Spreadsheets: XLSX, XLS and ODS as text, with what their formats say of a cell."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from geodata.errors import Problem, TableError
from geodata.files.basics import TableFormat, existing
from geodata.files.grid import Grid, Merge, cell_text, percent_text
from geodata.files.guard import TABLE, archive_parts, refuse_large_file, refuse_large_grid
from geodata.files.ods_notes import ods_notes
from geodata.files.xls_notes import refuse_broken_xls, xls_notes
from geodata.files.xlsx_notes import xlsx_notes
from geodata.files.xml_scan import Notes

_MERGES_OF_XLS = (".xls", ".xlsx", ".xlsm")


class UnclearCell(str):
    """Stands for a value that cannot be trusted, and says why: an error, no result."""


def sheet_names(path: Path) -> list[str]:
    """Names of the sheets of a spreadsheet, in their order."""
    return list(_workbook(existing(path)).sheet_names)


def sheet_grid(path: Path, fmt: TableFormat) -> Grid:
    """Read one sheet.

    Cells without a value that could be trusted say so: an error, a formula without a result.
    A cell with a percent format reads as it is shown: 0.125 is ``12,5 %``.
    """
    rows, notes, merges = _read(path, fmt)
    cells = [[cell_text(value, fmt.decimal) for value in row] for row in rows]
    _apply(cells, rows, notes, fmt.decimal)
    return Grid(cells, tuple(merges))


def sheet_values(path: Path, fmt: TableFormat) -> list[list[Any]]:
    """Rows of one sheet with the types that the file gives its cells.

    A cell without a value that could be trusted is an `UnclearCell`.
    """
    rows, notes, _ = _read(path, fmt)
    values: list[list[Any]] = [list(row) for row in rows]
    _put(values, {place: UnclearCell(note) for place, note in notes.cells.items()})
    return values


def _read(path: Path, fmt: TableFormat) -> tuple[Sequence[Sequence[Any]], Notes, list[Merge]]:
    book = _workbook(path)
    name = _sheet_name(path, fmt.sheet, list(book.sheet_names))
    if fmt.sheet is None:
        _refuse_hidden(path, book)
    notes = _notes(path, name, list(book.sheet_names).index(name))
    refuse_large_grid(path, notes.rows, notes.columns)
    with _readable(path):
        sheet = book.get_sheet_by_name(name)
        return sheet.to_python(skip_empty_area=False), notes, _merges(path, sheet, notes)


def _workbook(path: Path) -> CalamineWorkbook:
    if path.suffix.lower() == ".xls":
        refuse_large_file(path)
        refuse_broken_xls(path)
    else:
        archive_parts(path, TABLE)
    if path.suffix.lower() == ".ods":
        # Its reader writes out repeated cells on opening.
        extent = ods_notes(path, None)
        refuse_large_grid(path, extent.rows, extent.columns)
    with _readable(path):
        return CalamineWorkbook.from_path(str(path))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what the library raises into our error; its panics are no `Exception`."""
    try:
        yield
    except (CalamineError, OSError, ValueError) as error:
        reason = str(error)
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        reason = "ihr Aufbau ist beschädigt"
    else:
        return
    raise _unreadable(path, reason)


def _unreadable(path: Path, reason: str) -> TableError:
    return TableError(f"{path.name} ist keine lesbare Tabellendatei: {reason}.")


def _notes(path: Path, sheet: str, number: int) -> Notes:
    suffix = path.suffix.lower()
    if suffix == ".ods":
        return ods_notes(path, sheet)
    return xls_notes(path, number) if suffix == ".xls" else xlsx_notes(path, sheet)


def _apply(
    cells: list[list[str]], rows: Sequence[Sequence[object]], notes: Notes, decimal: str
) -> None:
    for row, column in notes.percents:
        if row < len(rows) and column < len(rows[row]):
            value = rows[row][column]
            if isinstance(value, int | float) and not isinstance(value, bool):
                cells[row][column] = percent_text(value, decimal)
    _put(cells, notes.cells)


def _put(cells: list[list[Any]], notes: Mapping[tuple[int, int], str]) -> None:
    """Notes in place of values, and every row as wide as the widest."""
    for (row, column), note in notes.items():
        # A formula without a result may lie beyond the last value.
        while len(cells) <= row:
            cells.append([])
        cells[row] += [""] * (column + 1 - len(cells[row]))
        cells[row][column] = note
    width = max(map(len, cells), default=0)
    for row_cells in cells:
        row_cells.extend([""] * (width - len(row_cells)))


def _merges(path: Path, sheet: CalamineSheet, notes: Notes) -> list[Merge]:
    if path.suffix.lower() not in _MERGES_OF_XLS:
        return notes.merges
    return [Merge(*first, *last) for first, last in sheet.merged_cell_ranges or []]


def _sheet_name(path: Path, wanted: int | str | None, names: list[str]) -> str:
    """Name of the sheet that is wanted by name or by number, counted from 1."""
    if not names:
        raise TableError(f"{path.name} hat kein Blatt.")
    if wanted is None:
        return names[0]
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return names[wanted - 1]
    if isinstance(wanted, str):
        if wanted in names:
            return wanted
        alike = [name for name in names if _squeezed(name) == _squeezed(wanted)]
        if len(alike) == 1:
            return alike[0]
    numbered = ", ".join(f"{i} {name}" for i, name in enumerate(names, 1))
    raise TableError(
        f"{path.name} hat das Blatt {wanted!r} nicht.",
        [Problem(path.name, f"Blatt {wanted!r}", numbered)],
    )


def _refuse_hidden(path: Path, book: CalamineWorkbook) -> None:
    """Where nobody named a sheet, the first is meant that people see."""
    first, *others = book.sheets_metadata
    if first.visible == SheetVisibleEnum.Visible:
        return
    seen = [f'"{s.name}"' for s in others if s.visible == SheetVisibleEnum.Visible]
    raise TableError(
        f"Das erste Blatt von {path.name} ist ausgeblendet; nennen Sie das Blatt mit sheet.",
        [Problem(path.name, f"Blatt {first.name!r}", f"zu sehen sind {', '.join(seen)}")],
    )


def _squeezed(name: str) -> str:
    """A sheet's name without the spaces at its ends and doubled within, which nobody sees."""
    return re.sub(r"\s+", " ", name).strip()
