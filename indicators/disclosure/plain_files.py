"""Reads the files of a plain table: counts, hierarchies, lists of cells, weights.

Encoding and delimiter are found out; keys stay text with their zeros. Everything that is
wrong in any file is gathered first and said at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import FileMissingError, KeyJoinError, Problem, TableError, UserError, why
from geodata.files import ROW, TableFormat, existing, read_table
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.plain import Plain
from indicators.disclosure.plain_codes import TOTAL, Dimension, Hierarchy, Link, make_dimension
from indicators.numbers import LARGEST_COUNT

DELIMITERS = (";", ",", "\t")
MOST_CELLS = 2_000_000
"""More cells than this are refused before memory runs out."""

_SHOWN = 100
_WHOLE = r"[0-9]{1,15}(?:[.,]0)?"
"""A whole number; one zero after the mark is how spreadsheets write it beside gaps."""


WHOLE_NUMBERS = f"eine ganze Zahl von 0 bis {LARGEST_COUNT:,}".replace(",", ".") + (
    " ohne Tausenderpunkt"
)
"""What a count may be."""


class Faults:
    """Everything that is wrong with the files, with the kind of error each fault is."""

    def __init__(self) -> None:
        self._found: list[tuple[type[UserError], Problem]] = []

    def add(self, kind: type[UserError], problems: Iterable[Problem]) -> None:
        """Note faults of one kind."""
        self._found += [(kind, problem) for problem in problems]

    def take(self, error: UserError, where: str) -> None:
        """Note what a reader refused."""
        self.add(type(error), error.problems or [Problem(where, error.summary)])

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self, summary: str) -> None:
        """Raise one error with every fault; its kind is that of the most basic one."""
        if not self._found:
            return
        kinds = [kind for kind, _ in self._found]
        order: list[type[UserError]] = [FileMissingError, TableError, KeyJoinError]
        chosen = next((kind for kind in order if kind in kinds), kinds[0])
        problems = [problem for _, problem in self._found]
        if len(problems) > _SHOWN:
            rest = Problem("Weitere Fundstellen", f"{len(problems) - _SHOWN}")
            problems = [*problems[:_SHOWN], rest]
        raise chosen(summary, problems)


@dataclass(frozen=True)
class Sheet:
    """A table as text: one column per header and `ROW`; how it is delimited."""

    path: Path
    frame: pd.DataFrame
    delimiter: str

    def where(self, row: int, column: str = "") -> str:
        """Name a place, `row` counted from 0 in `frame`."""
        line = f"{self.path.name}, Zeile {self.frame[ROW].iat[row]}"
        return f"{line}, {column}" if column else line


def read_sheet(
    path: Path, needed: Sequence[str], faults: Faults, delimiter: str | None = None
) -> Sheet | None:
    """Read a table whose delimiter and encoding are found out; None if it is faulty.

    Parameters
    ----------
    needed
        Columns that it must have.
    """
    try:
        content = existing(path).read_bytes()
    except FileMissingError as error:
        faults.take(error, path.name)
        return None
    except OSError as error:
        text = f"nicht lesbar: {why(error)}"
        faults.add(FileMissingError, [Problem(str(path), text)])
        return None
    encoding = "utf-8-sig" if _is_utf8(content) else "cp1252"
    mark = delimiter or _delimiter_of(content.decode(encoding, errors="replace"), needed)
    try:
        frame = read_table(path, TableFormat(encoding=encoding, delimiter=mark))
    except UserError as error:
        faults.take(error, path.name)
        return None
    missing = [name for name in needed if name not in frame.columns]
    present = ", ".join(c for c in frame.columns if c != ROW)
    if missing:
        wanted = f"die Spalten {', '.join(needed)}"
        faults.add(
            TableError,
            (
                Problem(path.name, f"Spalte {n!r} fehlt; gefunden: {present}", wanted)
                for n in missing
            ),
        )
        return None
    text = frame.drop(columns=ROW).apply(lambda column: column.str.strip())
    return Sheet(path, text.assign(**{ROW: frame[ROW]}), mark)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(content: str, needed: Sequence[str]) -> str:
    """The delimiter whose header names most of the needed columns."""
    header = content.lstrip("\ufeff").split("\n", 1)[0]

    def fit(mark: str) -> tuple[int, int]:
        columns = [name.strip().strip('"') for name in header.split(mark)]
        return sum(name in columns for name in needed), len(columns)

    return max(DELIMITERS, key=fit)


def refuse_other_columns(sheet: Sheet, allowed: Sequence[str], faults: Faults) -> None:
    """Note columns that nobody would read: a forgotten dimension makes wrong sums."""
    unknown = [c for c in sheet.frame.columns if c != ROW and c not in allowed]
    words = ", ".join(allowed)
    faults.add(
        TableError,
        (Problem(sheet.path.name, f"Spalte {n!r} ist unbekannt", words) for n in unknown),
    )


def read_hierarchy(path: Path, faults: Faults) -> Hierarchy | None:
    """Read a file with the columns ``child`` and ``parent``."""
    sheet = read_sheet(path, ["child", "parent"], faults)
    if sheet is None:
        return None
    rows = zip(sheet.frame["child"], sheet.frame["parent"], sheet.frame[ROW], strict=True)
    links = tuple(Link(c, p, f"{path.name}, Zeile {n}") for c, p, n in rows)
    return Hierarchy(path.name, links)


def read_dimensions(
    names: Sequence[str],
    files: Sequence[tuple[str, Path]],
    sheet: Sheet | None,
    faults: Faults,
    total: str = TOTAL,
) -> tuple[Dimension, ...] | None:
    """Read all hierarchies and build the dimensions; None if anything is wrong so far.

    Parameters
    ----------
    names
        Dimension columns.
    files
        A dimension's name and a hierarchy file of it, once per file.
    sheet
        The table, for the codes of dimensions without a hierarchy.
    """
    read: dict[str, list[Hierarchy | None]] = {name: [] for name in names}
    for name, path in files:
        read[name].append(read_hierarchy(path, faults))
    made = []
    for name in names:
        hierarchies = [h for h in read[name] if h is not None]
        unread = len(hierarchies) < len(read[name])
        if not hierarchies and (unread or sheet is None):
            continue
        codes = [] if sheet is None else [c for c in sheet.frame[name].unique() if c]
        dimension, problems = make_dimension(name, hierarchies, codes, total)
        faults.add(KeyJoinError, problems)
        made += [dimension] if dimension and not unread else []
    size = np.prod([float(len(d.codes)) for d in made])
    if size > MOST_CELLS:
        shape = " × ".join(str(len(d.codes)) for d in made)
        text = f"{shape} Schlüssel sind {size:,.0f} Zellen".replace(",", ".")
        allowed = f"höchstens {MOST_CELLS:,} Zellen".replace(",", ".")
        faults.add(TableError, [Problem("Tabelle", text, allowed)])
        return None
    return tuple(made) if len(made) == len(names) else None


_UNKNOWN_CODE = (
    ("steht in keiner Hierarchie", "ein Schlüssel der Hierarchie"),
    ("kommt in der Tabelle nicht vor", "ein Schlüssel der Tabelle"),
)
"""What is wrong with a code, and what is allowed: by whether its dimension is flat."""


def place_rows(sheet: Sheet, plain: Plain, faults: Faults, *, inner: bool) -> IntArray:
    """The cell of each row; unknown codes, sums where not allowed, and repeats are faults.

    Parameters
    ----------
    inner
        Whether only innermost cells may be named.
    """
    faulty = np.zeros(len(sheet.frame), dtype=np.bool_)
    for dimension in plain.dimensions:
        codes = pd.Index(sheet.frame[dimension.name])
        at = pd.Index(dimension.codes).get_indexer(codes)
        unknown, known = _UNKNOWN_CODE[dimension.flat]
        sums = inner & (at >= 0) & (dimension.stage[at] > 0)
        for rows, text, allowed in (
            (at < 0, unknown, known),
            (sums, "ist eine Summe", "nur innerste Schlüssel; Summen rechnet das Programm"),
        ):
            faults.add(
                KeyJoinError,
                (
                    Problem(sheet.where(row, dimension.name), _said(codes[row], text), allowed)
                    for row in np.flatnonzero(rows).tolist()
                ),
            )
        faulty |= (at < 0) | sums
    cell = np.where(faulty, -1, plain.find(sheet.frame))
    _note_repeats(sheet, cell, faults)
    return cell


def _note_repeats(sheet: Sheet, cell: IntArray, faults: Faults) -> None:
    """Note rows whose cell, as far as it is known, stands in the file already."""
    twice = pd.Series(cell).duplicated().to_numpy() & (cell >= 0)
    first = pd.Series(np.arange(len(cell))).groupby(cell).first()
    faults.add(
        KeyJoinError,
        (
            Problem(sheet.where(row), f"steht schon in {sheet.where(first[cell[row]])}", "einmal")
            for row in np.flatnonzero(twice).tolist()
        ),
    )


def _said(code: str, text: str) -> str:
    return f"{code!r} {text}" if code else "kein Schlüssel"


def whole_numbers(text: pd.Series) -> pd.Series:
    """Counts as numbers, NaN where a text is no whole number from 0 on."""
    fits = text.str.fullmatch(_WHOLE).to_numpy(dtype=np.bool_)
    number = pd.to_numeric(text.where(fits).str.replace(r"[.,]0$", "", regex=True))
    return number.where(number <= LARGEST_COUNT)


def note_wrong_numbers(
    sheet: Sheet, column: str, wrong: BoolArray, allowed: str, faults: Faults
) -> None:
    """Note every cell of a column that is no number as wanted."""
    for row in np.flatnonzero(wrong).tolist():
        text = sheet.frame[column].iat[row]
        found = f"gefunden {text!r}" if text else "leer"
        faults.add(TableError, [Problem(sheet.where(row, column), found, allowed)])


def true_counts(sheet: Sheet, plain: Plain | None, faults: Faults) -> IntArray | None:
    """The counts of all cells, added up from innermost ones; 0 where the file names none.

    Faulty numbers are noted even where the hierarchies are too faulty to add them up.
    """
    number = whole_numbers(sheet.frame["count"])
    wrong = number.isna().to_numpy()
    note_wrong_numbers(sheet, "count", wrong, WHOLE_NUMBERS, faults)
    if plain is None:
        codes = sheet.frame.drop(columns=["count", ROW])
        _note_repeats(
            sheet, codes.groupby(list(codes)).ngroup().to_numpy().astype(np.int64), faults
        )
        return None
    cell = place_rows(sheet, plain, faults, inner=True)
    good = (cell >= 0) & ~wrong
    value = np.zeros(plain.size, dtype=np.int64)
    value[cell[good]] = number[good].to_numpy(dtype=np.int64)
    return plain.add_up(value)


def listed_cells(sheet: Sheet, plain: Plain, faults: Faults) -> BoolArray:
    """Which cells a file lists, on any level."""
    cell = place_rows(sheet, plain, faults, inner=False)
    chosen = np.zeros(plain.size, dtype=np.bool_)
    chosen[cell[cell >= 0]] = True
    return chosen


def cell_weights(sheet: Sheet, plain: Plain, faults: Faults) -> FloatArray:
    """Weights above 0 by cell, 1 where the file names none."""
    text = sheet.frame["weight"]
    fits = text.str.fullmatch(r"[0-9]+(?:[.,][0-9]+)?").to_numpy(dtype=np.bool_)
    number = pd.to_numeric(text.where(fits).str.replace(",", ".")).fillna(0.0).to_numpy()
    wrong = ~(number > 0)
    note_wrong_numbers(sheet, "weight", wrong, "eine Zahl über 0", faults)
    cell = place_rows(sheet, plain, faults, inner=False)
    weight = np.ones(plain.size)
    good = (cell >= 0) & ~wrong
    weight[cell[good]] = number[good]
    return weight
