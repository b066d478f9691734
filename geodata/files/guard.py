"""Sizes beyond which no file of an office goes; refused before anything is opened.

The one place for it: tables, workbooks, outlines, timetables and lists of cases all ask here.
"""

import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from geodata.errors import (
    FileMissingError,
    GeometryError,
    Problem,
    ProblemCollector,
    TableError,
    UserError,
    why,
)
from geodata.files.basics import leaves_folder

MAX_CELLS = 30_000_000
MAX_COLUMNS = 20_000
MAX_PARTS = 10_000
_RATIO, _RATIO_FROM = 200, 20_000_000
"""How strongly a part may be packed, for parts above a size."""
_CHUNK, _HEADER = 1 << 16, 30

BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
"""What a damaged or encrypted archive raises when it is opened or unpacked."""


@dataclass(frozen=True)
class Limits:
    """What files of one kind may have at most.

    Parameters
    ----------
    kind, unreadable
        In German, for messages: what it should be, and what it is not.
    error
        Raised for a file of this kind.
    max_bytes
        Of a file, and of everything packed into one.
    """

    kind: str
    unreadable: str
    error: type[UserError]
    max_bytes: int

    def too_large(self, path: Path, found: str) -> UserError:
        """The error for a file of absurd size."""
        allowed = f"höchstens {self.max_bytes // 10**6} MB, auch ausgepackt"
        if self.error is TableError:
            allowed += f", {MAX_CELLS // 10**6} Millionen Zellen und {MAX_COLUMNS} Spalten"
        return self.error(
            f"{path.name} ist zu groß für {self.kind} und wird nicht geöffnet.",
            [Problem(path.name, found, allowed)],
        )

    def broken(self, path: Path, reason: str = "") -> UserError:
        """The error for a file that cannot be read."""
        return self.error(f"{path.name} ist {self.unreadable}{f': {reason}' if reason else ''}.")


TABLE = Limits("eine Tabelle", "keine lesbare Tabellendatei", TableError, 1_000_000_000)
OUTLINES = Limits("eine Geodatei", "kein lesbares ZIP-Archiv", GeometryError, 4_000_000_000)
TIMETABLE = Limits(
    "einen Fahrplan", "kein Fahrplan: Erwartet wird ein ZIP (GTFS)", TableError, 4_000_000_000
)


def refuse_large_file(path: Path, limits: Limits = TABLE) -> None:
    """Refuse a file that is too large to be what it should be."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None
    if size > limits.max_bytes:
        raise limits.too_large(path, f"{size / 1e6:,.0f} MB".replace(",", "."))


def refuse_large_grid(path: Path, rows: int, columns: int, limits: Limits = TABLE) -> None:
    """Refuse a table with more cells than any has."""
    if rows * max(columns, 1) > MAX_CELLS or columns > MAX_COLUMNS:
        raise limits.too_large(path, f"{rows} Zeilen und {columns} Spalten")


def refuse_large_parquet(path: Path, limits: Limits = TABLE) -> None:
    """Refuse a Parquet file by the rows, columns and bytes that it says it holds.

    A few packed bytes can hold billions of equal rows.

    Raises
    ------
    pyarrow.ArrowException, OSError
        It is no Parquet file.
    """
    refuse_large_file(path, limits)
    told = pq.read_metadata(path)
    refuse_large_grid(path, told.num_rows, told.num_columns, limits)
    size = sum(told.row_group(i).total_byte_size for i in range(told.num_row_groups))
    if size > limits.max_bytes:
        raise limits.too_large(path, f"ausgepackt {size / 1e6:.0f} MB")


def archive_parts(
    path: Path, limits: Limits, used: Callable[[str], bool] = lambda _: True
) -> list[str]:
    """Names of the files in an archive, after looking at what it would unpack to.

    Parameters
    ----------
    used
        Names of parts that are read. Of the others neither size nor honesty matters.

    Raises
    ------
    FileMissingError
        It cannot be read.
    UserError
        The error of `limits`: it is no archive, encrypted, would unpack to absurd sizes or to
        others than it says, a part lies outside of it, is a link, or has the name of another.
    """
    refuse_large_file(path, limits)
    try:
        with zipfile.ZipFile(path) as packed:
            parts = [p for p in packed.infolist() if not p.is_dir()]
            if len(parts) > MAX_PARTS:
                raise limits.too_large(path, f"{len(parts)} gepackte Teile")
            _refuse_sizes(path, [p for p in parts if used(p.filename)], limits)
            _refuse_names(path, parts, limits)
            for part in parts:
                if used(part.filename):
                    _refuse_other_content(path, part, limits)
    except (*BROKEN_ARCHIVE, struct.error):
        raise limits.broken(path) from None
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None
    return [part.filename for part in parts]


def _refuse_sizes(path: Path, parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse what the archive's own directory says."""
    total = sum(part.file_size for part in parts)
    if total > limits.max_bytes:
        raise limits.too_large(path, f"ausgepackt {total / 1e6:.0f} MB")
    if sum(part.compress_size for part in parts) > path.stat().st_size:
        raise limits.broken(path, "seine Teile überlappen sich")
    for part in parts:
        if part.file_size > max(_RATIO_FROM, _RATIO * part.compress_size):
            raise limits.too_large(
                path, f"{part.filename} ausgepackt {part.file_size / 1e6:.0f} MB"
            )


def _refuse_names(path: Path, parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Two parts of one name are read differently by different programs; links lead elsewhere."""
    found = ProblemCollector()
    for name, times in Counter(part.filename for part in parts).items():
        if leaves_folder(name):
            found.add(path.name, f"{name!r} liegt außerhalb des Archivs", "Namen darin")
        if times > 1:
            found.add(path.name, f"{name!r} steht mehrfach", "jede Datei einmal")
    for part in parts:
        if stat.S_ISLNK(part.external_attr >> 16):
            found.add(path.name, f"{part.filename!r} ist eine Verknüpfung", "die Datei selbst")
        if part.flag_bits & 1:
            found.add(path.name, f"{part.filename!r} ist verschlüsselt", "ohne Kennwort gepackt")
    found.raise_if_any(limits.error, f"{path.name} ist {limits.unreadable}.")


def _refuse_other_content(path: Path, part: zipfile.ZipInfo, limits: Limits) -> None:
    """Refuse a part that unpacks to more or to something else than it says.

    Python stops at the size that is said and compares the check sum; the readers of workbooks
    and of outlines are not bound to.
    """
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise limits.broken(path, f"{part.filename} ist auf seltene Weise gepackt")
    stored = part.compress_type == zipfile.ZIP_STORED
    raw = zlib.decompressobj(-15)
    size = check = 0
    for chunk in _packed_bytes(path, part):
        content = chunk if stored else raw.decompress(chunk, part.file_size + 1 - size)
        size, check = size + len(content), zlib.crc32(content, check)
        if size > part.file_size:
            raise limits.too_large(path, f"{part.filename} ist größer, als das Archiv sagt")
    if (size, check) != (part.file_size, part.CRC):
        raise limits.broken(path, f"{part.filename} ist beschädigt")


def _packed_bytes(path: Path, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The packed content as it lies in the file, behind a header of 30 bytes and two texts."""
    with path.open("rb") as handle:
        handle.seek(part.header_offset)
        header = handle.read(_HEADER)
        name, extra = struct.unpack("<HH", header[26:_HEADER])
        handle.seek(name + extra, 1)
        left = part.compress_size
        while left and (chunk := handle.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk
