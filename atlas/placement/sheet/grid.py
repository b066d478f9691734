"""Worksheets for people: safe names, German numbers, pages that print; text is never a formula."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "whole", "one", "factor", "share"]
Cell = str | float | int | None

_FIXED = datetime(2000, 1, 1)
"""Written as the date of creation, so that the same plan gives the same file."""
_LONGEST_NAME = 31
_LINE, _HIGHEST = 15.0, 405.0
_FILLED = 0.85
"""Share of a line that words fill on average before the next one is too long."""
_A4, _A3 = 9, 8
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_RESERVED = {"history", "änderungsverlauf"}


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its width in characters, and how its cells are shown.

    ``whole`` and ``one`` are numbers with so many decimals, ``share`` is 0 to 1 shown in per
    cent, ``factor`` a number with at least one decimal.
    """

    title: str
    width: int
    kind: Kind = "text"


class Book:
    """A workbook whose sheets all look and print alike.

    Parameters
    ----------
    path
        Where to.
    title, subject
        Of the file; the title stands at the foot of every page.
    """

    def __init__(self, path: Path, title: str, subject: str) -> None:
        self._book = Workbook(str(path), _OPTIONS)
        self._book.set_properties({"title": title, "subject": subject, "created": _FIXED})
        self._title = title
        self._names: set[str] = set()
        top = {"valign": "top"}
        self.head = self._book.add_format(
            {"bold": True, "bg_color": "#E6ECF2", "border": 1, "text_wrap": True, **top}
        )
        self.title = self._book.add_format({"bold": True, "font_size": 13})
        self.warn = self._book.add_format({"bold": True, "font_color": "#9C2A1A"})
        # Set in from the right-aligned numbers of the column before.
        self.wrap = self._book.add_format({"text_wrap": True, "align": "left", "indent": 1, **top})
        self.boxed = self._book.add_format({"text_wrap": True, "border": 1, **top})
        self._numbers: dict[Kind, Format] = {
            "whole": self._book.add_format({"num_format": "#,##0", **top}),
            "one": self._book.add_format({"num_format": "#,##0.0", **top}),
            "factor": self._book.add_format({"num_format": "0.0##", **top}),
            "share": self._book.add_format({"num_format": "0.0 %", **top}),
        }

    def __enter__(self) -> "Book":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._book.close()

    def sheet(self, name: str, *, large: bool = False) -> Worksheet:
        """Add a sheet that prints across one page, A4 or A3; its name is made a safe one."""
        safe = sheet_name(name, self._names)
        self._names.add(safe.casefold())
        sheet = self._book.add_worksheet(safe)
        sheet.set_landscape()
        sheet.set_paper(_A3 if large else _A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        foot = self._title.replace("&", "&&")[:150]
        sheet.set_footer(f"&L&8{foot}&R&8&A, Seite &P von &N")
        return sheet

    def lines(
        self, sheet: Worksheet, top: int, lines: Iterable[str], style: Format, width: int = 0
    ) -> int:
        """Write a line of text per row, wrapped at `width` if given; returns the next free row."""
        row = top
        for line in lines:
            sheet.write_string(row, 0, line, style)
            if width:
                sheet.set_row(row, height([line], [width]))
            row += 1
        return row

    def table(
        self,
        sheet: Worksheet,
        top: int,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
    ) -> int:
        """Write a table with its header at row `top`; returns the next free row."""
        for c, column in enumerate(columns):
            sheet.set_column(c, c, column.width)
            sheet.write_string(top, c, column.title, self.head)
        widths = [column.width for column in columns]
        sheet.set_row(top, height([column.title for column in columns], widths))
        sheet.freeze_panes(top + 1, 0)
        sheet.repeat_rows(top)
        row = top + 1
        for cells in rows:
            for c, (column, cell) in enumerate(zip(columns, cells, strict=True)):
                self._cell(sheet, row, c, column.kind, cell)
            sheet.set_row(row, height(cells, widths))
            row += 1
        return row

    def _cell(self, sheet: Worksheet, row: int, column: int, kind: Kind, cell: Cell) -> None:
        """Write one cell; what has no value stays empty, never a zero instead."""
        if cell is None:
            return
        if isinstance(cell, str):
            sheet.write_string(row, column, cell, self.wrap)
        elif kind == "whole":
            # Rounded as it is shown: nobody shall read a person's share out of the file.
            sheet.write_number(row, column, round(cell), self._numbers["whole"])
        elif kind == "text":
            raise TypeError("a number needs a column of numbers")
        else:
            sheet.write_number(row, column, cell, self._numbers[kind])

    def line_chart(
        self, sheet: Worksheet, place: tuple[int, int], titles: tuple[str, str], series: list[int]
    ) -> None:
        """Draw columns of a table that begins in the first row against its first column.

        Parameters
        ----------
        sheet
            With the table.
        place
            Row and column of the chart's upper left corner; the table ends two rows above.
        titles
            Of the axes.
        series
            Columns to draw.
        """
        chart = self._book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
        last = place[0] - 2
        for c in series:
            chart.add_series(
                {
                    "name": [sheet.get_name(), 0, c],
                    "categories": [sheet.get_name(), 1, 0, last, 0],
                    "values": [sheet.get_name(), 1, c, last, c],
                }
            )
        chart.set_x_axis({"name": titles[0], "num_format": "#,##0"})
        chart.set_y_axis({"name": titles[1], "num_format": "#,##0", "min": 0})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 760, "height": 380})
        sheet.insert_chart(*place, chart, {"description": f"{titles[1]} je {titles[0]}"})


def height(cells: Sequence[Cell], widths: Sequence[int]) -> float:
    r"""Height of a row in points in which every text is seen whole.

    Not every program fits the rows of a file that says nothing about them.

    Examples
    --------
    >>> height(["kurz", None, 3.0], [10, 10, 10])
    15.0
    >>> height(["ein längerer Text\nund noch einer"], [12])
    60.0
    """
    lines = [
        sum(max(1, math.ceil(len(line) / (_FILLED * width))) for line in cell.split("\n"))
        for cell, width in zip(cells, widths, strict=True)
        if isinstance(cell, str)
    ]
    return min(_LINE * max(lines, default=1), _HIGHEST)


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that a spreadsheet program accepts: no forbidden signs, short, and unique.

    Parameters
    ----------
    name
        As wanted.
    taken
        Names in use, casefolded: programs do not tell capitals apart.

    Examples
    --------
    >>> sheet_name("Beratung: Nord/Süd", set())
    'Beratung Nord Süd'
    >>> sheet_name("Team 1", {"team 1"})
    'Team 1 (2)'
    """
    clean = re.sub(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]", " ", name)
    clean = re.sub(r"\s+", " ", clean).strip(" '") or "Blatt"
    if clean.casefold() in _RESERVED:
        clean += "_"
    number = 1
    while True:
        tail = f" ({number})" if number > 1 else ""
        short = _shortened(clean, _LONGEST_NAME - len(tail)) + tail
        if short.casefold() not in taken:
            return short
        number += 1


def _shortened(text: str, most: int) -> str:
    """Cut to so many UTF-16 units, which is how a spreadsheet program counts."""
    while len(text.encode("utf-16-le")) // 2 > most:
        text = text[:-1]
    return text.rstrip(" '") or "Blatt"
