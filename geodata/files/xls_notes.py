"""XLS: formulas that were never calculated, error cells, percent formats.

The records are those of [MS-XLS]; which cell holds which value is left to the library that reads
workbooks, as with XLSX.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from geodata.errors import TableError
from geodata.files.compound import CompoundError, stream_of
from geodata.files.grid import ERROR_CELL, UNCALCULATED
from geodata.files.xml_scan import Notes, note_format

_BOF, _EOF, _SHEET, _XF, _FORMAT = 0x0809, 0x000A, 0x0085, 0x00E0, 0x041E
_FORMULA, _BOOL_OR_ERROR, _NUMBER, _RK, _MANY_RK = 0x0006, 0x0205, 0x0203, 0x027E, 0x00BD
_TEXTS, _EXTENT = 0x00FC, 0x0200
_WIDE_EXTENT, _ROWS, _COLUMNS = 14, 65536, 256
_NO_NUMBER = b"\xff\xff"
_WIDE_CODE = 0x0600
_ON_LOAD = 0x0002
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip

Record = tuple[int, bytes]


def refuse_broken_xls(path: Path) -> None:
    """Refuse what would make the library that reads workbooks give up, or never end.

    It trusts what a file says of its own sizes, and ends the whole program where memory for
    that cannot be had.

    Raises
    ------
    TableError
        Tables lead in circles, or a sheet or the list of texts claims an impossible size.
    """
    try:
        stream = stream_of(path.read_bytes(), "Workbook", "Book")
        globals_ = list(_records(stream, 0))
        for kind, body in globals_:
            if kind == _TEXTS and struct.unpack_from("<I", body, 4)[0] > len(stream):
                raise CompoundError("die Liste der Texte behauptet eine unmögliche Größe")
            if kind == _SHEET:
                _refuse_absurd(stream, struct.unpack_from("<I", body)[0])
    except (CompoundError, struct.error) as error:
        raise TableError(f"{path.name} ist keine lesbare Tabellendatei: {error}.") from None


def _refuse_absurd(stream: bytes, offset: int) -> None:
    for kind, body in _records(stream, offset):
        if kind == _EXTENT and len(body) >= _WIDE_EXTENT:
            first_row, rows, first, columns = struct.unpack_from("<IIHH", body)
            if not (first_row <= rows <= _ROWS and first <= columns <= _COLUMNS):
                raise CompoundError(f"ein Blatt behauptet {rows} Zeilen und {columns} Spalten")


def xls_notes(path: Path, number: int) -> Notes:
    """Read what stands beside the values of a sheet, which is counted from 0.

    Raises
    ------
    TableError
        The file is damaged.
    """
    try:
        stream = stream_of(path.read_bytes(), "Workbook", "Book")
        globals_ = list(_records(stream, 0))
        offsets = [struct.unpack_from("<I", body)[0] for kind, body in globals_ if kind == _SHEET]
        formats = _formats(globals_)
        notes = Notes()
        for kind, body in _records(stream, offsets[number]):
            _note(kind, body, formats, notes)
    except (CompoundError, struct.error, IndexError) as error:
        raise TableError(f"{path.name} ist keine lesbare Tabellendatei: {error}.") from None
    return notes


def _records(stream: bytes, at: int) -> Iterator[Record]:
    """Records of one part of a workbook; those of charts within it are passed over."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + size]
        at += 4 + size
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, body
    raise CompoundError("ein Blatt hört mittendrin auf")


def _formats(records: list[Record]) -> list[tuple[int, str]]:
    """Number and code of the format of each cell style."""
    wide = any(kind == _BOF and body[:2] == struct.pack("<H", _WIDE_CODE) for kind, body in records)
    codes = {
        struct.unpack_from("<H", body)[0]: _code(body, wide=wide)
        for kind, body in records
        if kind == _FORMAT
    }
    numbers = [struct.unpack_from("<H", body, 2)[0] for kind, body in records if kind == _XF]
    return [(number, codes.get(number, "")) for number in numbers]


def _code(body: bytes, *, wide: bool) -> str:
    """Text of a number format: one byte a letter or two, as a flag says; before 1997 one."""
    if not wide:
        return body[3 : 3 + body[2]].decode("cp1252", "replace")
    two = body[4] & 1
    length = struct.unpack_from("<H", body, 2)[0] * (2 if two else 1)
    return body[5 : 5 + length].decode("utf-16-le" if two else "latin-1", "replace")


def _note(kind: int, body: bytes, formats: list[tuple[int, str]], notes: Notes) -> None:
    if kind == _MANY_RK:
        row, first = struct.unpack_from("<HH", body)
        for i in range((len(body) - 6) // 6):
            style, packed = struct.unpack_from("<HI", body, 4 + 6 * i)
            note_format(notes, (row, first + i), *formats[int(style)], _unpacked(packed))
        return
    if kind not in (_FORMULA, _BOOL_OR_ERROR, _NUMBER, _RK):
        return
    row, column, style = struct.unpack_from("<HHH", body)
    if kind == _BOOL_OR_ERROR:
        if body[7]:
            notes.cells[row, column] = _error(body[6])
    elif kind == _FORMULA and (note := _formula(body)):
        notes.cells[row, column] = note
    elif kind == _RK:
        packed = struct.unpack_from("<I", body, 6)[0]
        note_format(notes, (row, column), *formats[int(style)], _unpacked(packed))
    elif kind == _NUMBER or body[12:14] != _NO_NUMBER:
        note_format(
            notes, (row, column), *formats[int(style)], struct.unpack_from("<d", body, 6)[0]
        )


def _unpacked(packed: int) -> float:
    """A number in four bytes: a whole one or the upper half of a binary fraction, or its hundredth.

    >>> _unpacked(0x3FF00000), _unpacked((1234 << 2) | 2), _unpacked((1250 << 2) | 3)
    (1.0, 1234.0, 12.5)
    """
    if packed & 2:
        value = float(struct.unpack("<i", struct.pack("<I", packed))[0] >> 2)
    else:
        value = struct.unpack("<d", struct.pack("<II", 0, packed & ~3))[0]
    return value / 100 if packed & 1 else value


def _formula(body: bytes) -> str:
    """Note of a formula whose stored result is none; empty where it has one.

    Programs that write a formula without calculating it store 0 and ask for its calculation on
    opening, as with XLSX.
    """
    result, options = body[6:14], struct.unpack_from("<H", body, 14)[0]
    if result[6:] == _NO_NUMBER:
        return _error(result[2]) if result[0] == 2 else ""
    return UNCALCULATED if options & _ON_LOAD and result == bytes(8) else ""


def _error(code: int) -> str:
    return f"{ERROR_CELL} {_ERRORS.get(code, f'#{code}')}"
