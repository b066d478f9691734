"""German CSV, XLSX and GeoPackage of ready tables."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from xlsxwriter import Workbook
from xlsxwriter.format import Format

from atlas.export.about import Section
from atlas.export.tables import is_number

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters at which a spreadsheet program may take a text for a formula."""

XLSX_ROWS = 1_048_575
"""Rows below the header that a worksheet holds."""

_WIDTHS = {"Quelle": 40, "Gebiet": 28, "Merkmal": 40, "Kennzahl": 40, "Name": 34, "Ort": 34}


def write_csv(file: Path, table: pd.DataFrame) -> None:
    """Write UTF-8 with BOM, semicolon and decimal comma; numbers with all their digits."""
    columns = [_as_text(table[c]) for c in table.columns]
    with file.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle, delimiter=";", lineterminator="\r\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*columns, strict=True))


def _as_text(column: "pd.Series[Any]") -> list[str]:
    if is_number(column):
        whole = str(column.dtype) == "Int64"
        return ["" if pd.isna(x) else _digits(x, whole) for x in column.tolist()]
    return ["" if pd.isna(x) else _harmless(str(x)) for x in column.tolist()]


def _digits(x: float, whole: bool) -> str:
    return str(int(x)) if whole or float(x).is_integer() else repr(float(x)).replace(".", ",")


def _harmless(words: str) -> str:
    return f"'{words}" if words.startswith(FORMULA_STARTS) else words


def write_xlsx(
    file: Path,
    about: Sequence[Section],
    tables: Iterable[tuple[str, pd.DataFrame]],
    created: str,
    decimals: Mapping[str, int],
) -> None:
    """Write one worksheet per table behind the sheet ``Lies mich``.

    Parameters
    ----------
    file
        Where to.
    about
        Sections of the first sheet.
    tables
        Title and table; one longer than a worksheet goes on in a second one.
    created
        ISO date that the file carries, so that the same edition gives the same file.
    decimals
        Digits after the comma by indicator key; other numbers are shown with three.
    """
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    book = Workbook(str(file), options)
    book.set_properties({"created": datetime.fromisoformat(created).replace(tzinfo=UTC)})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    _write_about(book, about)
    for title, table in tables:
        for n, start in enumerate(range(0, max(len(table), 1), XLSX_ROWS)):
            name = title if n == 0 else f"{title} ({n + 1})"
            part = table.iloc[start : start + XLSX_ROWS]
            _write_sheet(book, name, part, head, decimals)
    book.close()


def _write_about(book: Workbook, about: Sequence[Section]) -> None:
    sheet = book.add_worksheet("Lies mich")
    bold = book.add_format({"bold": True, "font_size": 13})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 34, wrap)
    sheet.set_column(1, 1, 100, wrap)
    row = 0
    for heading, lines in about:
        sheet.write_string(row, 0, heading, bold)
        for n, (name, content) in enumerate(lines, start=row + 1):
            sheet.write_string(n, 0, name, wrap)
            sheet.write_string(n, 1, content, wrap)
        row += len(lines) + 2


def _write_sheet(
    book: Workbook, title: str, table: pd.DataFrame, head: Format, decimals: Mapping[str, int]
) -> None:
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
    for c, name in enumerate(table.columns):
        sheet.set_column(c, c, _WIDTHS.get(name, 14))
        sheet.write_string(0, c, name, head)
    formats = _formats(book, table, decimals)
    columns = [(is_number(table[c]), table[c].tolist()) for c in table.columns]
    whole = [str(table[c].dtype) == "Int64" for c in table.columns]
    for r in range(len(table)):
        for c, (numeric, cells) in enumerate(columns):
            x = cells[r]
            if pd.isna(x):
                continue
            if numeric:
                sheet.write_number(r + 1, c, x, formats[-1] if whole[c] else formats[r])
            else:
                sheet.write_string(r + 1, c, str(x))


def _formats(book: Workbook, table: pd.DataFrame, decimals: Mapping[str, int]) -> list[Format]:
    """A number format per row, and as the last one that of whole numbers."""
    styles = {
        d: book.add_format({"num_format": "#,##0" + ("." + "0" * d if d else "")})
        for d in (0, 1, 2, 3, 4)
    }
    if "Kennzahl (Schlüssel)" not in table:
        return [styles[3]] * len(table) + [styles[0]]
    keys = table["Kennzahl (Schlüssel)"].tolist()
    return [styles[decimals.get(k, 3)] for k in keys] + [styles[0]]


def write_geopackage(
    file: Path,
    layers: Iterable[tuple[str, gpd.GeoDataFrame]],
    tables: Iterable[tuple[str, pd.DataFrame]],
    created: str,
) -> None:
    """Write layers with geometry and tables without into one GeoPackage.

    Parameters
    ----------
    file
        Where to; must not exist.
    layers, tables
        Name and content.
    created
        ISO date of last change that the file carries.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{created}T00:00:00Z"})
    try:
        for name, frame in (*layers, *tables):
            pyogrio.write_dataframe(frame, file, layer=name, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
