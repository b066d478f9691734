"""Files of case lists: CSV, workbooks, Parquet (a folder of them, too), as pieces of rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from geodata.errors import FileMissingError, Problem, ProblemCollector, TableError
from geodata.files import SPREADSHEETS, TableFormat, UnclearCell, existing, sheet_values, tidy
from indicators.records import csv_pieces
from indicators.records.batch import Batch, as_text

_BATCH_ROWS = 1 << 18
_SAMPLE_ROWS = 2000
_MOST_CASES = 2_000_000_000
PARQUET = frozenset({".parquet", ".pq"})


@dataclass(frozen=True)
class Columns:
    """Which columns to load: with few different values, and with many."""

    coded: tuple[str, ...]
    plain: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Both kinds."""
        return (*self.coded, *self.plain)


@dataclass(frozen=True)
class Piece:
    """A part of a file that is read on its own: bytes of a CSV file, a row group of Parquet."""

    path: Path
    start: int
    stop: int


@dataclass(frozen=True)
class Reader:
    """How one list is read."""

    format: TableFormat
    date_format: str

    def header(self, path: Path) -> list[str]:
        """Names of the columns."""
        if path.suffix.lower() in PARQUET:
            return [str(n) for n in pq.read_schema(path).names]
        if path.suffix.lower() in SPREADSHEETS:
            return [tidy(str(c)) for c in next(_rows(path, self.format), [])]
        return list(_layout(path, self.format).header)

    def pieces(self, path: Path) -> Iterator[Piece]:
        """All parts of a file, in order."""
        if path.suffix.lower() in PARQUET:
            told = pq.read_metadata(path)
            if told.num_rows > _MOST_CASES:
                raise TableError(
                    f"{path.name} behauptet {told.num_rows} Zeilen; so viele Fälle hat kein Amt.",
                    [Problem(path.name, f"{told.num_rows} Zeilen", f"höchstens {_MOST_CASES}")],
                )
            yield from (Piece(path, i, i + 1) for i in range(told.num_row_groups))
        elif path.suffix.lower() in SPREADSHEETS:
            yield Piece(path, 0, 0)
        else:
            ranges = csv_pieces.pieces_of(path, _layout(path, self.format), self.format.footer_rows)
            yield from (Piece(path, start, stop) for start, stop in ranges)

    def batches(
        self, piece: Piece, columns: Columns, wrong: Callable[[int], None] = lambda _: None
    ) -> Iterator[Batch]:
        """The rows of a piece; `wrong` hears of rows with a wrong number of fields."""
        suffix = piece.path.suffix.lower()
        if suffix in PARQUET:
            parts = _parquet(piece, columns)
        elif suffix in SPREADSHEETS:
            parts = self._workbook(piece.path, columns)
        else:
            parts = self._csv(piece, columns, wrong)
        for batch in parts:
            yield replace(batch, date_format=self.date_format)

    def sample(self, path: Path, columns: tuple[str, ...]) -> tuple[dict[str, list[str]], int]:
        """Some different values of each column from several places of a file, of how many rows."""
        pieces = list(self.pieces(path))
        chosen = sorted({0, len(pieces) // 2, len(pieces) - 1}) if pieces else []
        found: dict[str, dict[str, None]] = {c: {} for c in columns}
        rows = 0
        for i in chosen:
            batch = next(self.batches(pieces[i], Columns(columns)), None)
            if batch is None:
                continue
            step = max(batch.rows // _SAMPLE_ROWS, 1)
            rows += len(range(0, batch.rows, step))
            for column in columns:
                part = batch.columns[column].take(pa.array(range(0, batch.rows, step)))
                if pa.types.is_dictionary(part.type):  # it still holds the values of all rows
                    part = part.dictionary_decode()
                values = replace(batch, columns={column: part}, _coded={}).coded(column).values
                found[column].update(dict.fromkeys(values))
        return {c: list(values) for c, values in found.items()}, rows

    def _csv(self, piece: Piece, columns: Columns, wrong: Callable[[int], None]) -> Iterator[Batch]:
        with piece.path.open("rb") as handle:
            handle.seek(piece.start)
            data = handle.read(piece.stop - piece.start)
        layout = _layout(piece.path, self.format)
        batch = csv_pieces.read_piece(
            data, layout, self.format, columns.coded, columns.plain, wrong
        )
        if batch:
            yield replace(batch, decimal=self.format.decimal)

    def _workbook(self, path: Path, columns: Columns) -> Iterator[Batch]:
        rows = _rows(path, self.format)
        header = [tidy(str(c)) for c in next(rows, [])]
        where = {name: header.index(name) for name in columns.all}
        kept: dict[str, list[str]] = {name: [] for name in where}
        first = self.format.skip_rows + 2
        body = [(n, r) for n, r in enumerate(rows, first) if any(_is_filled(c) for c in r)]
        unclear = ProblemCollector()
        for line, row in body[: len(body) - self.format.footer_rows]:
            for name, i in where.items():
                if isinstance(row[i], UnclearCell):
                    place = f"{path.name}, Zeile {line}, {name}"
                    unclear.add(place, "Fehlerzelle, oder Formel ohne Ergebnis", "ein Wert")
                kept[name].append(_cell(row[i], self.date_format, self.format.decimal))
        unclear.raise_if_any(TableError, f"Die Fallliste {path.name} hat Zellen ohne Wert.")
        length = len(body) - self.format.footer_rows
        arrays = {n: pa.array(v, pa.string()) for n, v in kept.items()}
        for start in range(0, length, _BATCH_ROWS):
            parts = {n: a.slice(start, _BATCH_ROWS) for n, a in arrays.items()}
            size = min(_BATCH_ROWS, length - start)
            yield Batch(size, parts, decimal=self.format.decimal)


def _rows(path: Path, fmt: TableFormat) -> Iterator[list[object]]:
    return iter(sheet_values(existing(path), fmt)[fmt.skip_rows :])


def _is_filled(value: object) -> bool:
    return value is not None and value != ""


def _cell(value: object, date_format: str, decimal: str) -> str:
    text = as_text(value, date_format)
    return text.replace(".", decimal) if isinstance(value, float) else text


def _parquet(piece: Piece, columns: Columns) -> Iterator[Batch]:
    names = list(columns.coded)
    file = pq.ParquetFile(piece.path, read_dictionary=names, pre_buffer=False)
    for batch in file.iter_batches(
        batch_size=_BATCH_ROWS,
        row_groups=list(range(piece.start, piece.stop)),
        columns=list(columns.all),
        use_threads=False,
    ):
        yield Batch(batch.num_rows, {name: batch.column(name) for name in columns.all})


@lru_cache(maxsize=4)
def _layout_at(path: Path, fmt: TableFormat, _changed: int) -> csv_pieces.Layout:
    return csv_pieces.layout_of(path, fmt)


def _layout(path: Path, fmt: TableFormat) -> csv_pieces.Layout:
    """Layout of a file as it is now; it holds names and offsets, no row."""
    return _layout_at(path, fmt, path.stat().st_mtime_ns)


def list_files(path: Path) -> tuple[Path, ...]:
    """A file itself; of a folder all its Parquet files, sorted by name."""
    if not path.is_dir():
        return (existing(path),)
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in PARQUET and p.is_file())
    if not found:
        raise FileMissingError(f"Im Ordner {path} liegen keine Parquet-Dateien.")
    return tuple(found)
