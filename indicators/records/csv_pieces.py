"""CSV files of any size, in pieces that end where a row ends.

The bytes are not transcoded: in ASCII's relatives (UTF-8, cp1252, ISO 8859) delimiters, quotes
and line ends are single bytes, so rows are split as bytes, and only the different values of
the columns that are asked for are decoded. UTF-16 is transcoded piece by piece in memory.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from geodata.errors import Problem, TableError
from geodata.files import TableFormat, tidy
from indicators.records.batch import Batch

PIECE_BYTES = 16 << 20
_LONGEST_ROW = 1 << 28
_CODES = pa.dictionary(pa.int32(), pa.binary())
_ASCII = bytes(range(128)) + b"?" * 128


@dataclass(frozen=True)
class Layout:
    """How the bytes of a file are to be read: encoding, bytes per unit, header, first row."""

    encoding: str
    width: int
    header: tuple[str, ...]
    start: int


def layout_of(path: Path, fmt: TableFormat) -> Layout:
    """Look at the beginning of a file."""
    with path.open("rb") as handle:
        head = handle.read(4)
    encoding, width, mark = _encoding(path, fmt.encoding, head)
    start = mark
    ends = _row_ends(path, width, mark)
    for _ in range(fmt.skip_rows):
        start = next(ends, start)
    stop = next(ends, start)
    with path.open("rb") as handle:
        handle.seek(start)
        line = handle.read(stop - start)
    names = [tidy(n) for n in _header_cells(path, line, encoding, fmt)]
    if not any(names):
        where = f"{path.name}, Zeile {fmt.skip_rows + 1}"
        raise TableError(
            f"{path.name} enthält keine Kopfzeile.",
            [Problem(where, "keine Kopfzeile", "Spaltennamen")],
        )
    return Layout(encoding, width, tuple(names), stop)


def _header_cells(path: Path, line: bytes, encoding: str, fmt: TableFormat) -> list[str]:
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError as error:
        where = Problem(f"{path.name}, Byte {error.start}", "ungültiges Zeichen", "encoding")
        text, wrong = "", [where]
    else:
        wrong = []
    if wrong:
        raise TableError(f"{path.name} ist nicht in {encoding} geschrieben.", wrong)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=fmt.delimiter), [])


def _encoding(path: Path, name: str, head: bytes) -> tuple[str, int, int]:
    """Encoding without its mark, bytes per unit, and length of the mark."""
    try:
        plain = codecs.lookup(name).name
    except LookupError:
        plain = ""
    if not plain:
        raise TableError(f"Die Kodierung {name!r} von {path.name} gibt es nicht.")
    if plain.startswith("utf-16"):
        mark = 2 if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else 0
        big = head[:2] == codecs.BOM_UTF16_BE if mark else plain.endswith("be")
        return ("utf-16-be" if big else "utf-16-le"), 2, mark
    if plain in ("utf-8", "utf-8-sig"):
        return "utf-8", 1, 3 if head[:3] == codecs.BOM_UTF8 else 0
    ascii_bytes = bytes(range(128))
    try:
        related = ascii_bytes.decode(plain) == ascii_bytes.decode("ascii")
        related &= all(len(bytes([b]).decode(plain, "replace")) == 1 for b in range(256))
    except (UnicodeDecodeError, LookupError):
        related = False
    if not related:
        raise TableError(
            f"Falllisten in der Kodierung {name!r} werden nicht gelesen.",
            [Problem(path.name, name, "utf-8, cp1252, latin-1, utf-16 und ihre Verwandten")],
        )
    return plain, 1, 0


def _row_ends(path: Path, width: int, start: int) -> Iterator[int]:
    """Offset behind each row from the beginning of the file, one by one; the last is its end."""
    with path.open("rb") as handle:
        handle.seek(start)
        block = _narrow(handle.read(1 << 20), width)
    position = done = 0
    while (found := block.find(b"\n", position)) >= 0:
        position = found + 1
        if block.count(b'"', done, position) % 2 == 0:
            done = position
            yield start + done * width
    if done < len(block):
        yield start + len(block) * width


def _narrow(block: bytes, width: int) -> bytes:
    """One byte per unit, in which line ends and quotes can be found."""
    if width == 1:
        return block
    units = np.frombuffer(block[: len(block) // 2 * 2], dtype="<u2")
    big = (units & 0xFF == 0) & (units > 0xFF)
    units = np.where(big, units >> 8, units)  # either order of bytes: ASCII has one zero
    return np.where(units < 128, units, 63).astype(np.uint8).tobytes()


def pieces_of(path: Path, layout: Layout, footer_rows: int = 0) -> Iterator[tuple[int, int]]:
    """Byte ranges that begin and end between rows; a line end within quotes ends no row."""
    stop = _without_footer(path, layout, footer_rows)
    start, size = layout.start, PIECE_BYTES // layout.width * layout.width
    with path.open("rb") as handle:
        while start < stop:
            handle.seek(start)
            length = min(size, stop - start)
            cut = length
            if start + length < stop:
                cut = _last_end(_narrow(handle.read(length), layout.width)) * layout.width
            if cut:
                yield start, start + cut
                start, size = start + cut, PIECE_BYTES // layout.width * layout.width
            elif size >= _LONGEST_ROW:
                raise TableError(
                    f"{path.name} hat eine Zeile ohne Ende.",
                    [Problem(f"{path.name}, Byte {start}", "Anführungszeichen nicht geschlossen")],
                )
            else:
                size *= 2


def _last_end(block: bytes) -> int:
    """Offset behind the last row that ends within a block, 0 if none does."""
    end = len(block)
    quotes = block.count(b'"')
    while (found := block.rfind(b"\n", 0, end)) >= 0:
        quotes -= block.count(b'"', found, end)
        if quotes % 2 == 0:
            return found + 1
        end = found
    return 0


def _without_footer(path: Path, layout: Layout, footer_rows: int) -> int:
    """Where the rows of data end."""
    size = path.stat().st_size
    if not footer_rows:
        return size
    start = max(layout.start, size - (1 << 20) // layout.width * layout.width)
    with path.open("rb") as handle:
        handle.seek(start)
        block = _narrow(handle.read(), layout.width).rstrip(b"\r\n")
    end = len(block)
    for _ in range(footer_rows):
        end = max(block.rfind(b"\n", 0, end), 0)
    return start + (end + 1 if end else 0) * layout.width


def read_piece(
    data: bytes, layout: Layout, fmt: TableFormat, coded: tuple[str, ...], plain: tuple[str, ...],
    report: Callable[[int], None] = lambda _: None,
) -> Batch | None:  # fmt: skip
    """Read some columns of whole rows.

    Parameters
    ----------
    data
        Bytes of whole rows.
    coded, plain
        Columns to read as codes, and those whose values differ from row to row.
    report
        Called with the number of each row, from 0, that has a wrong number of fields.

    Returns
    -------
    Batch or None
        None where there are only empty lines.
    """
    encoding = layout.encoding
    if layout.width > 1:
        data, encoding = _transcoded(data, encoding), "utf-8"
    if not data.strip():
        return None
    names = [f"c{i}" for i in range(len(layout.header))]
    where = {name: names[layout.header.index(name)] for name in (*coded, *plain)}

    parse = arrow_csv.ParseOptions(
        delimiter=fmt.delimiter, newlines_in_values=b'"' in data, invalid_row_handler=None
    )
    types = {c: _CODES if n in coded else pa.binary() for n, c in where.items()}
    try:
        table = _parsed(data, names, parse, types)
    except pa.ArrowInvalid:

        def wrong(row: arrow_csv.InvalidRow) -> str:
            report((row.number or 1) - 1)
            return "skip"

        # A handler is handed the row as text and fails where that is no UTF-8; which rows are
        # wrong can be told without the letters, and nothing of the piece is used then.
        parse.invalid_row_handler = wrong
        table = _parsed(data.translate(_ASCII), names, parse, types)
    columns = {name: table.column(column).combine_chunks() for name, column in where.items()}
    return Batch(table.num_rows, {n: _one(c) for n, c in columns.items()}, encoding)


def _parsed(
    data: bytes, names: list[str], parse: arrow_csv.ParseOptions, types: dict[str, pa.DataType]
) -> pa.Table:
    return arrow_csv.read_csv(
        pa.BufferReader(data),
        arrow_csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
        parse,
        arrow_csv.ConvertOptions(
            check_utf8=False,
            include_columns=list(types),
            column_types=types,
            strings_can_be_null=False,
        ),
    )


def _one(column: pa.Array) -> pa.Array:
    """A chunked array of one chunk, or of none, as an array."""
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks else pa.array([], column.type)
    return column


def _transcoded(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeDecodeError:
        pass
    raise TableError(f"Die Datei ist nicht in {encoding} geschrieben.")
