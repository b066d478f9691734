"""Sizes beyond which no table of an office goes; refused before anything is opened."""

import zipfile
import zlib
from pathlib import Path

from geodata.errors import FileMissingError, Problem, TableError, why

MAX_BYTES = 1_000_000_000
"""Of a file, and of everything packed into one."""
MAX_CELLS = 30_000_000
MAX_COLUMNS = 20_000
MAX_PARTS = 10_000
_RATIO, _RATIO_FROM = 200, 20_000_000
"""How strongly a part may be packed, for parts above a size."""

BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
"""What a damaged or encrypted archive raises when it is opened or unpacked."""


def refuse_large_file(path: Path) -> None:
    """Refuse a file that is too large to be a table."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None
    if size > MAX_BYTES:
        raise too_large(path, f"{size / 1e6:,.0f} MB".replace(",", "."))


def refuse_large_grid(path: Path, rows: int, columns: int) -> None:
    """Refuse a sheet with more cells than any table has."""
    if rows * max(columns, 1) > MAX_CELLS or columns > MAX_COLUMNS:
        raise too_large(path, f"{rows} Zeilen und {columns} Spalten")


def refuse_bomb(path: Path) -> None:
    """Refuse a packed file that would unpack to absurd sizes, by what its directory says."""
    refuse_large_file(path)
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (*BROKEN_ARCHIVE, OSError) as error:
        raise TableError(f"{path.name} ist keine lesbare Tabellendatei: {error}.") from None
    if len(parts) > MAX_PARTS:
        raise too_large(path, f"{len(parts)} gepackte Teile")
    total = sum(part.file_size for part in parts)
    if total > MAX_BYTES:
        raise too_large(path, f"ausgepackt {total / 1e6:.0f} MB")
    for part in parts:
        if part.file_size > max(_RATIO_FROM, _RATIO * part.compress_size):
            raise too_large(path, f"{part.filename} ausgepackt {part.file_size / 1e6:.0f} MB")


def too_large(path: Path, found: str) -> TableError:
    """The error for a file of absurd size."""
    allowed = (
        f"höchstens {MAX_BYTES // 10**6} MB ausgepackt, {MAX_CELLS // 10**6} Millionen Zellen "
        f"und {MAX_COLUMNS} Spalten"
    )
    return TableError(
        f"{path.name} ist zu groß für eine Tabelle und wird nicht geöffnet.",
        [Problem(path.name, found, allowed)],
    )
