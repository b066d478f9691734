"""ODS: formulas that were never calculated, error cells, percents, joined cells, extents."""

from pathlib import Path

from geodata.files.grid import ERROR_CELL, UNCALCULATED, Merge
from geodata.files.xml_scan import Attributes, Notes, marked_number, scan_part


def ods_notes(path: Path, sheet: str | None) -> Notes:
    """Read what stands beside the values of a sheet; of all sheets for their extent alone."""
    reader = _ContentReader(sheet)
    scan_part(path, "content.xml", reader.start, reader.end, reader.text)
    return reader.notes


class _ContentReader:
    """Follows the cells of one table; repeated ones are counted, not walked."""

    def __init__(self, sheet: str | None) -> None:
        self.notes = Notes()
        self._sheet, self._own = sheet, False
        self._row, self._column, self._rows, self._columns = 0, 0, 1, 1
        self._cell: Attributes | None = None
        self._raised_styles: set[str] = set()
        self._style, self._spans = "", list[bool]()
        self._runs: list[tuple[str, bool]] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:text-properties":
            # "super 58%", "sub 58%", or how far above the line
            position = attributes.get("style:text-position", "0%").split()[0]
            if position not in ("0%", "0"):
                self._raised_styles.add(self._style)
        elif name == "table:table":
            self._own = self._sheet in (None, attributes.get("table:name"))
            self._row = 0
        elif not self._own:
            return
        elif name == "table:table-row":
            self._rows = int(attributes.get("table:number-rows-repeated", "1"))
            self._column = 0
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._columns = int(attributes.get("table:number-columns-repeated", "1"))
            self._cell, self._runs, self._spans = attributes, [], []
        elif name == "text:span":
            self._spans.append(attributes.get("text:style-name", "") in self._raised_styles)

    def text(self, text: str) -> None:
        if self._cell is not None:
            self._runs.append((text, any(self._spans)))

    def end(self, name: str) -> None:
        if not self._own:
            return
        if name in ("table:table-cell", "table:covered-table-cell") and self._cell is not None:
            self._finish(self._cell)
            self._column += self._columns
            self._cell = None
        elif name == "text:span" and self._spans:
            self._spans.pop()
        elif name == "table:table-row":
            self._row += self._rows
        elif name == "table:table":
            self._own = False

    def _finish(self, cell: Attributes) -> None:
        kind, formula = cell.get("office:value-type", ""), cell.get("table:formula")
        text = "".join(text for text, _ in self._runs).strip()
        note = marked_number(self._runs) if kind == "string" else ""
        if formula is not None and not kind:
            note = f"{UNCALCULATED} {formula.partition(':')[2] or formula}"
        elif cell.get("calcext:value-type") == "error":
            note = f"{ERROR_CELL} {text}"
        if kind or note:
            self.notes.reach(self._row + self._rows - 1, self._column + self._columns - 1)
        self._merge(cell)
        # Repeated cells hold the same; more than a screen of them is refused as too large.
        if not note and kind != "percentage":
            return
        for row in range(self._row, self._row + min(self._rows, 1000)):
            for column in range(self._column, self._column + min(self._columns, 1000)):
                if note:
                    self.notes.cells[row, column] = note
                else:
                    self.notes.percents.add((row, column))

    def _merge(self, cell: Attributes) -> None:
        down = int(cell.get("table:number-rows-spanned", "1"))
        right = int(cell.get("table:number-columns-spanned", "1"))
        if down > 1 or right > 1:
            bottom, last = self._row + down - 1, self._column + right - 1
            self.notes.merges.append(Merge(self._row, self._column, bottom, last))
