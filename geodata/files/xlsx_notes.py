"""XLSX: formulas that were never calculated, error cells, percent formats, extents."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from geodata.files.grid import ERROR_CELL, UNCALCULATED
from geodata.files.xml_scan import Attributes, Notes, marked_number, note_format, scan_part

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def xlsx_notes(path: Path, sheet: str) -> Notes:
    """Read what stands beside the values of a sheet."""
    part, on_load = _part_of(path, sheet)
    if part is None:
        return Notes()
    reader = _SheetReader(_formats(path), _footnoted(path), on_load)
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
    return (part if part in _part_names(path) else None), any(flags)


def _formats(path: Path) -> dict[str, tuple[int, str]]:
    """Number and code of the format of each cell style, by the style's number."""
    codes: dict[int, str] = {}
    styles: list[int] = []
    inside: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        local = name.rpartition(":")[2]
        inside.append(local)
        if local == "numFmt":
            codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        if local == "xf" and "cellXfs" in inside:
            styles.append(int(attributes.get("numFmtId", "0")))

    if "xl/styles.xml" in _part_names(path):
        scan_part(path, "xl/styles.xml", start, lambda _: inside.__delitem__(-1))
    return {str(i): (number, codes.get(number, "")) for i, number in enumerate(styles)}


def _part_names(path: Path) -> frozenset[str]:
    with zipfile.ZipFile(path) as packed:
        return frozenset(packed.namelist())


def _footnoted(path: Path) -> dict[str, str]:
    """Shared texts that are a number with a raised or lowered one behind it, by their number."""
    found: dict[str, str] = {}
    reader = RichText()
    number = -1

    def start(name: str, attributes: Attributes) -> None:
        nonlocal number, reader
        if name.rpartition(":")[2] == "si":
            number, reader = number + 1, RichText()
        reader.start(name.rpartition(":")[2], attributes)

    def end(name: str) -> None:
        reader.end(name.rpartition(":")[2])
        if name.rpartition(":")[2] == "si" and (marked := reader.marked_number()):
            found[str(number)] = marked

    def say(text: str) -> None:
        reader.text(text)

    if "xl/sharedStrings.xml" in _part_names(path):
        scan_part(path, "xl/sharedStrings.xml", start, end, say)
    return found


class RichText:
    """A text in runs, some of them raised or lowered."""

    def __init__(self) -> None:
        self._runs: list[tuple[str, bool]] = []
        self._raised, self._open = False, False

    def start(self, local: str, attributes: Attributes) -> None:
        """A run begins, its letters, or what it says of their position."""
        if local == "r":
            self._raised = False
        elif local == "vertAlign":
            self._raised = attributes.get("val") in ("superscript", "subscript")
        self._open = local == "t"

    def text(self, text: str) -> None:
        """Letters of a run."""
        if self._open:
            self._runs.append((text, self._raised))

    def end(self, local: str) -> None:
        """A run, or its letters, ends."""
        self._open = False
        if local == "r":
            self._raised = False

    def marked_number(self) -> str:
        """The text with small digits where they are small; empty where it is no such number."""
        return marked_number(self._runs)


class _SheetReader:
    """Follows the cells of one sheet."""

    def __init__(
        self, formats: Mapping[str, tuple[int, str]], footnoted: Mapping[str, str], on_load: bool
    ) -> None:
        self.notes = Notes()
        self._formats, self._footnoted, self._on_load = formats, footnoted, on_load
        self._rich = RichText()
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
            self._rich = RichText()
        elif self._cell is not None:
            self._rich.start(local, attributes)
            if local in ("v", "f", "is"):
                self._inside = local
                self._has_formula |= local == "f"

    def text(self, text: str) -> None:
        if self._cell is None:
            return
        self._rich.text(text)
        if self._inside in ("v", "is"):
            self._value += text
        elif self._inside == "f":
            self._formula += text

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        self._rich.end(local)
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
        elif kind == "s" and value in self._footnoted:
            self.notes.cells[place] = self._footnoted[value]
        elif kind == "inlineStr" and (marked := self._rich.marked_number()):
            self.notes.cells[place] = marked
        elif kind == "n" and value and cell.get("s") in self._formats:
            note_format(self.notes, place, *self._formats[cell["s"]], value)


def _number_of(letters: str) -> int:
    """Column from 0 by its letters.

    >>> _number_of("A"), _number_of("AA")
    (0, 26)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
