"""What a reader of spreadsheets does not tell: formulas, errors, percent formats, extents.

The parts are read as a stream. A document type or an entity, which no spreadsheet has, is refused.
"""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from geodata.errors import TableError
from geodata.files.grid import Merge
from geodata.files.guard import BROKEN_ARCHIVE
from geodata.files.number_formats import is_percent, unseen

Attributes = dict[str, str]
_CHUNK = 1 << 16
_NUMBER_LIKE = re.compile(r"[-+−–0-9.,\s\u00a0\u202f]+")
_SMALL = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass
class Notes:
    """Special cells of a sheet by (row, column) from 0, and how far its values reach."""

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: set[tuple[int, int]] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    rows: int = 0
    columns: int = 0

    def reach(self, row: int, column: int) -> None:
        """Note that a cell has a value."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)


def note_format(
    notes: Notes, place: tuple[int, int], number: int, code: str, value: str | float
) -> None:
    """Note what the format of a cell makes of its number."""
    if is_percent(number, code):
        notes.percents.add(place)
        return
    try:
        how = unseen(code, float(value))
    except ValueError:
        return
    if how:
        notes.cells[place] = f"Zahl, die {how} ist (Zahlenformat {code})"


def marked_number(runs: list[tuple[str, bool]]) -> str:
    """A number with small digits beside it, as one sees it; empty for any other text.

    Read as letters alone, "12" with a small 2 is a larger number.

    >>> marked_number([("12", False), ("2", True)]), marked_number([("km", False), ("2", True)])
    ('12²', '')
    """
    whole = "".join(text for text, _ in runs)
    small = "".join(text for text, raised in runs if raised)
    if not _NUMBER_LIKE.fullmatch(whole) or not any(c.isdigit() for c in small):
        return ""
    return "".join(text.translate(_SMALL) if raised else text for text, raised in runs)


def scan_part(
    path: Path,
    part: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda _: None,
    text: Callable[[str], None] = lambda _: None,
) -> None:
    """Stream one XML part of a packed file; names come without their namespace's prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        with zipfile.ZipFile(path) as packed, packed.open(part) as handle:
            while chunk := handle.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except (*BROKEN_ARCHIVE, expat.ExpatError, KeyError, OSError, _DoctypeError) as error:
        raise TableError(
            f"{path.name} ist keine lesbare Tabellendatei: {part} ist beschädigt ({error})."
        ) from None


class _DoctypeError(Exception):
    pass


def _refuse_doctype(*_: object) -> None:
    raise _DoctypeError("Dokumenttyp nicht erlaubt")
