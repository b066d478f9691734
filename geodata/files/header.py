"""The header of a sheet: one row or several, with cells joined to the right and down."""

from pathlib import Path

from geodata.errors import Problem, TableError
from geodata.files.basics import TableFormat, tidy
from geodata.files.grid import Grid, Merge


def header_names(path: Path, grid: Grid, fmt: TableFormat) -> list[str]:
    """Name of every column, empty where it has none; several rows are joined with `` / ``.

    Where the file says which cells are joined, that is used; else an empty cell of an upper
    row belongs to the name at its left, as it is printed.
    """
    first, last = fmt.skip_rows, fmt.skip_rows + fmt.header_rows
    rows = [[tidy(cell) for cell in row] for row in grid.rows[first:last]]
    width = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    merges = [m for m in grid.merges if first <= m.top < last]
    if merges:
        _fill_merged(rows, merges, first)
    else:
        for row in rows[:-1]:
            _fill_right(row)
    names = [" / ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*rows, strict=True)]
    while names and not names[-1]:
        names.pop()
    if len(rows) < fmt.header_rows or not names:
        raise TableError(f"{path.name} enthält keine Kopfzeile.", [_no_header(path, fmt)])
    _refuse_twice(path, names, fmt)
    return names


def _fill_merged(rows: list[list[str]], merges: list[Merge], first: int) -> None:
    for merge in merges:
        label = rows[merge.top - first][merge.left] if merge.left < len(rows[0]) else ""
        for row in range(merge.top - first, min(merge.bottom - first + 1, len(rows))):
            for column in range(merge.left, min(merge.right + 1, len(rows[0]))):
                rows[row][column] = label


def _fill_right(row: list[str]) -> None:
    label = ""
    for column, cell in enumerate(row):
        label = cell or label
        row[column] = label


def _no_header(path: Path, fmt: TableFormat) -> Problem:
    return Problem(f"{path.name}, Zeile {fmt.skip_rows + 1}", "keine Kopfzeile", "Spaltennamen")


def _refuse_twice(path: Path, names: list[str], fmt: TableFormat) -> None:
    where = f"{path.name}, Zeile {fmt.skip_rows + 1}"
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        hint = "jede einmal; mehrere Kopfzeilen nennt header_rows"
        problems = [Problem(where, f"Spalte {n!r} steht mehrfach", hint) for n in twice]
        raise TableError(f"Die Kopfzeile von {path.name} ist nicht eindeutig.", problems)
