"""From two plain files to a problem: minutes between areas and places, and the areas' need.

Well-formed CSV is read in whole columns. Whatever is odd about a file sends it to the
careful reader, which names row and column of everything that is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atlas.placement.presets.near import Bools, Floats, Ints
from atlas.placement.presets.problem import SiteProblem, site_problem
from geodata.errors import KeyJoinError, Problem, ProblemCollector, TableError

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = (";", ",", "\t")
_MOST_CELLS = 400_000_000
"""Areas times places; more would not fit into memory."""
_UNFIT = "Minuten und Bedarf lassen sich so nicht lesen."


@dataclass(frozen=True)
class Column:
    """A column of keys: the different ones, and which one stands in each row."""

    keys: tuple[str, ...]
    code: Ints


@dataclass(frozen=True)
class Rows:
    """A file: its columns of keys, its column of numbers, and where a row stands in it.

    ``value`` is NaN where the cell is empty.
    """

    path: Path
    columns: tuple[Column, ...]
    value: Floats
    line: Ints


def read_problem(
    minutes: Path, demand: Path | None, fixed: Sequence[str] = (), forbidden: Sequence[str] = ()
) -> SiteProblem:
    """Read the minutes (``area``, ``place``, ``minutes``) and the need (``area``, ``demand``).

    Parameters
    ----------
    minutes
        A pair that is missing, or whose minutes are empty, has no way.
    demand
        Each area of `minutes` once; a need of 1 each where None.
    fixed, forbidden
        Keys of places.

    Returns
    -------
    SiteProblem
        Areas in the order of `demand`, places in the order of their keys.

    Raises
    ------
    FileMissingError, TableError, KeyJoinError
        With everything that is wrong in either file.
    PlacementError
        A fixed or forbidden place is unknown.
    """
    ways = _in_columns(minutes, ("area", "place"), "minutes", empty=True)
    needs = None if demand is None else _in_columns(demand, ("area",), "demand", empty=False)
    if ways is None or (demand is not None and needs is None):
        ways, needs = _carefully(minutes, demand, ways, needs)
    needs = needs or _one_each(ways)
    _check_size(ways)
    found = ProblemCollector()
    _check_twice(ways, found)
    _check_twice(needs, found)
    _check_join(ways, needs, found)
    found.raise_if_any(KeyJoinError, _UNFIT)
    return _problem(ways, needs, fixed, forbidden)


def _carefully(
    minutes: Path, demand: Path | None, ways: Rows | None, needs: Rows | None
) -> tuple[Rows, Rows | None]:
    """Read what is not read yet row by row; all that is wrong in both files is said at once."""
    from atlas.placement.presets.careful import read_carefully
    from indicators.disclosure.plain_files import Faults

    faults = Faults()
    if ways is None:
        ways = read_carefully(minutes, ("area", "place"), "minutes", faults, empty=True)
    if demand is not None and needs is None:
        needs = read_carefully(demand, ("area",), "demand", faults, empty=False)
    faults.raise_if_any(_UNFIT)
    if ways is None:
        raise TableError(_UNFIT)
    return ways, needs


def _one_each(ways: Rows) -> Rows:
    """A need of 1 for every area that has minutes."""
    keys = ways.columns[0].keys
    every = np.arange(len(keys))
    return Rows(ways.path, (Column(keys, every),), np.ones(len(keys)), every)


def _problem(
    ways: Rows, needs: Rows, fixed: Sequence[str], forbidden: Sequence[str]
) -> SiteProblem:
    areas = [needs.columns[0].keys[c] for c in needs.columns[0].code]
    places = sorted(ways.columns[1].keys)
    row = {key: i for i, key in enumerate(areas)}
    column = {key: j for j, key in enumerate(places)}
    rows = np.array([row[key] for key in ways.columns[0].keys])[ways.columns[0].code]
    columns = np.array([column[key] for key in ways.columns[1].keys])[ways.columns[1].code]
    table = np.full((len(areas), len(places)), np.inf)
    table[rows, columns] = np.where(np.isnan(ways.value), np.inf, ways.value)
    return site_problem(
        table, needs.value, areas=areas, places=places, fixed=fixed, forbidden=forbidden
    )


def _check_size(ways: Rows) -> None:
    areas, places = (len(c.keys) for c in ways.columns)
    if areas * places > _MOST_CELLS:
        where = Problem(ways.path.name, f"{areas} Gebiete mal {places} Orte")
        raise TableError("So viele Paare passen nicht in den Speicher.", [where])


def _check_twice(rows: Rows, found: ProblemCollector) -> None:
    """Note rows whose keys stand in an earlier row already."""
    code = rows.columns[0].code
    for column in rows.columns[1:]:
        code = code * len(column.keys) + column.code
    if len(np.unique(code)) == len(code):
        return
    order = np.argsort(code, kind="stable")
    again = np.flatnonzero(np.diff(code[order]) == 0)
    for earlier, later in sorted(
        zip(order[again], order[again + 1], strict=True), key=lambda p: p[1]
    ):
        keys = " und ".join(c.keys[c.code[later]] for c in rows.columns)
        found.add(
            f"{rows.path.name}, Zeile {rows.line[later]}",
            f"{keys} steht schon in Zeile {rows.line[earlier]}", "jede Angabe einmal",
        )  # fmt: skip


def _check_join(ways: Rows, needs: Rows, found: ProblemCollector) -> None:
    """Note areas that stand in one file only."""
    here, there = set(ways.columns[0].keys), set(needs.columns[0].keys)
    for key in sorted(here - there):
        found.add(f"{ways.path.name}, Gebiet {key}", f"fehlt in {needs.path.name}")
    for key in sorted(there - here):
        found.add(
            f"{needs.path.name}, Gebiet {key}",
            f"fehlt in {ways.path.name}", "ein Gebiet ohne Weg hat eine Zeile mit leeren Minuten",
        )  # fmt: skip


def _in_columns(path: Path, keys: Sequence[str], number: str, *, empty: bool) -> Rows | None:
    """Read a plain CSV file at once; None where anything about it is unusual."""
    import pyarrow as pa
    from pyarrow import csv

    if path.suffix.lower() not in (".csv", ".txt") or not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8-sig") as handle:
            header = handle.readline()
    except (OSError, UnicodeDecodeError):
        return None
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"') for name in header.rstrip("\r\n").split(delimiter)]
        if {*keys, number} <= set(names) and len(set(names)) == len(names):
            break
    else:
        return None
    kinds = {key: pa.dictionary(pa.int32(), pa.string()) for key in keys}
    for decimal in (",", "."):
        convert = csv.ConvertOptions(
            column_types={**kinds, number: pa.float64()}, include_columns=[*keys, number],
            decimal_point=decimal, null_values=[""], strings_can_be_null=False,
        )  # fmt: skip
        try:
            table = csv.read_csv(
                path,
                read_options=csv.ReadOptions(column_names=names, skip_rows=1),
                parse_options=csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
                convert_options=convert,
            )
        except pa.ArrowInvalid:
            continue
        rows = _plain_rows(path, table, keys, number)
        return None if rows is None or (np.isnan(rows.value).any() and not empty) else rows
    return None


def _plain_rows(path: Path, table: "pa.Table", keys: Sequence[str], number: str) -> Rows | None:
    """The columns of a table, None where a key has spaces around it or a number is no way."""
    columns = []
    for key in keys:
        joined = table[key].combine_chunks()
        words = tuple(joined.dictionary.to_pylist())
        if any(not word or word != word.strip() or "\n" in word for word in words):
            return None
        columns.append(Column(words, _buffer(joined.indices, np.int32).astype(np.int64)))
    numbers = table[number].combine_chunks()
    value, known = _buffer(numbers, np.float64), _known(numbers)
    if not len(value) or not (np.isfinite(value) & (value >= 0) | ~known).all():
        return None
    value = np.where(known, value, np.nan)
    return Rows(path, tuple(columns), value, np.arange(len(value)) + 2)


def _buffer(array: "pa.Array", kind: type[np.generic]) -> NDArray[Any]:
    """The numbers of an Arrow array; its own way there would load pandas."""
    whole = np.frombuffer(array.buffers()[1], dtype=kind)
    return whole[array.offset : array.offset + len(array)]


def _known(array: "pa.Array") -> Bools:
    """Which entries of an Arrow array are there."""
    bits = array.buffers()[0]
    if bits is None:
        return np.ones(len(array), dtype=bool)
    every = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), bitorder="little").astype(bool)
    return every[array.offset : array.offset + len(array)]
