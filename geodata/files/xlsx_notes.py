"""XLSX: formulas that were never calculated, error cells, percent formats, extents."""

import re
import zipfile
from pathlib import Path, PurePosixPath

from geodata.files.grid import ERROR_CELL, UNCALCULATED
from geodata.files.xml_scan import Attributes, Notes, scan_part

_PERCENT_IDS = frozenset({9, 10})
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def xlsx_notes(path: Path, sheet: str) -> Notes:
    """Read what stands beside the values of a sheet."""
    part, on_load = _part_of(path, sheet)
    if part is None:
        return Notes()
    reader = _SheetReader(_percent_styles(path), on_load)
    scan_part(path, part, reader.start, reader.end, reader.text)
    return reader.notes


def _part_of(path: Path, sheet: str) -> tuple[str | None, bool]:
    """Name of a sheet's part, and whether the program that wrote it left all sums to others."""
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}
    flags: list[bool] = []

    def workbook(name: str, attributes: Attributes) -> None:
        local = name.rpartition(":")[2]
        if local == "sheet":
            link = [v for k, v in attributes.items() if k.rpartition(":")[2] == "id"]
            ids[attributes.get("name", "")] = link[0] if link else ""
        if local == "calcPr":
            flags.append(attributes.get("fullCalcOnLoad") in ("1", "true"))

    def relation(name: str, attributes: Attributes) -> None:
        if name.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    scan_part(path, "xl/workbook.xml", workbook)
    scan_part(path, "xl/_rels/workbook.xml.rels", relation)
    target = targets.get(ids.get(sheet, ""), "")
    if not target:
        return None, False
    part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    with zipfile.ZipFile(path) as packed:
        return (part if part in packed.namelist() else None), any(flags)


def _percent_styles(path: Path) -> frozenset[str]:
    """Numbers of the cell styles that show percents."""
    codes: dict[int, str] = {}
    styles: list[bool] = []
    inside: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        local = name.rpartition(":")[2]
        inside.append(local)
        if local == "numFmt":
            codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        if local == "xf" and "cellXfs" in inside:
            number = int(attributes.get("numFmtId", "0"))
            shown = "%" in _QUOTED.sub("", codes.get(number, ""))
            styles.append(shown or number in _PERCENT_IDS)

    with zipfile.ZipFile(path) as packed:
        if "xl/styles.xml" not in packed.namelist():
            return frozenset()
    scan_part(path, "xl/styles.xml", start, lambda _: inside.__delitem__(-1))
    return frozenset(str(i) for i, percent in enumerate(styles) if percent)


class _SheetReader:
    """Follows the cells of one sheet."""

    def __init__(self, percents: frozenset[str], on_load: bool) -> None:
        self.notes = Notes()
        self._percents, self._on_load = percents, on_load
        self._row, self._column = -1, -1
        self._cell: Attributes | None = None
        self._inside = ""
        self._value, self._formula, self._has_formula = "", "", False

    def start(self, name: str, attributes: Attributes) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            self._row = int(attributes.get("r", self._row + 2)) - 1
            self._column = -1
        elif local == "c":
            self._column += 1
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            if place:
                self._row, self._column = int(place[2]) - 1, _number_of(place[1])
            self._cell = attributes
            self._value, self._formula, self._has_formula = "", "", False
        elif self._cell is not None and local in ("v", "f", "is"):
            self._inside = local
            self._has_formula |= local == "f"

    def text(self, text: str) -> None:
        if self._cell is None:
            return
        if self._inside in ("v", "is"):
            self._value += text
        elif self._inside == "f":
            self._formula += text

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local in ("v", "f", "is"):
            self._inside = ""
        if local == "c" and self._cell is not None:
            self._finish(self._cell)
            self._cell = None

    def _finish(self, cell: Attributes) -> None:
        place, kind = (self._row, self._column), cell.get("t", "n")
        value = self._value.strip()
        if value or self._has_formula:
            self.notes.reach(*place)
        never = (not value and kind != "str") or (value == "0" and self._on_load)
        if self._has_formula and never:
            self.notes.cells[place] = f"{UNCALCULATED} ={self._formula}"
        elif kind == "e":
            self.notes.cells[place] = f"{ERROR_CELL} {value}"
        elif kind == "n" and value and cell.get("s") in self._percents:
            self.notes.percents.add(place)


def _number_of(letters: str) -> int:
    """Column from 0 by its letters.

    >>> _number_of("A"), _number_of("AA")
    (0, 26)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
