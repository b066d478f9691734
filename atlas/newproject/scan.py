"""What lies in a folder: layers of outlines or points, and tables with how they are written."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from geodata.errors import UserError
from geodata.files import (
    ROW,
    SPREADSHEETS,
    TableFormat,
    layers_of,
    read_table,
    sheet_names,
    sheet_values,
)
from geodata.files.guard import refuse_large_file
from geodata.sources import read_outlines

GEOMETRY = frozenset({".gpkg", ".geojson", ".shp", ".kml", ".fgb", ".gml", ".json", ".zip"})
TEXT = frozenset({".csv", ".tsv", ".txt"})
_SIDE = frozenset({".dbf", ".shx", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".toml", ".md", ".html"})
_DELIMITERS = ";,\t|"
_HEAD_ROWS = 60
_NUMBER = re.compile(r"-?\d+([.,]\d+)*")
_UNREADABLE = (UserError, OSError, ValueError, csv.Error)


@dataclass(frozen=True, eq=False)
class FoundLayer:
    """A layer of a geometry file; ``layer`` is None where the file has only one."""

    file: str
    layer: str | None
    frame: gpd.GeoDataFrame

    @property
    def points(self) -> bool:
        """Whether it has points, so places and no areas."""
        return bool(self.frame.geom_type.isin(["Point", "MultiPoint"]).all())


@dataclass(frozen=True, eq=False)
class FoundTable:
    """A table or a sheet of one, every cell a text."""

    file: str
    format: TableFormat
    frame: pd.DataFrame


@dataclass(frozen=True)
class Found:
    """All that was found, and the files with which nothing can be done, with the reason."""

    layers: tuple[FoundLayer, ...]
    tables: tuple[FoundTable, ...]
    others: tuple[tuple[str, str], ...]


def scan(folder: Path) -> Found:
    """Look at every file of a folder and its subfolders, in the order of their names."""
    layers: list[FoundLayer] = []
    tables: list[FoundTable] = []
    others: list[tuple[str, str]] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name[0] not in ".~"):
        name, ending = path.relative_to(folder).as_posix(), path.suffix.lower()
        if ending in _SIDE:
            continue
        try:
            if ending in GEOMETRY:
                _layers(path, name, layers, others)
            elif ending in TEXT:
                tables.append(_text_table(path, name))
            elif ending in SPREADSHEETS:
                _sheets(path, name, tables, others)
            else:
                others.append((name, f"Dateiart {ending or 'ohne Endung'} wird nicht erkannt"))
        except _UNREADABLE as error:
            others.append((name, _reason(error)))
    return Found(tuple(layers), tuple(tables), tuple(others))


def _reason(error: Exception) -> str:
    """Why a file cannot be used: our own words, never those of a library."""
    return (
        str(error).splitlines()[0].rstrip(".") if isinstance(error, UserError) else "nicht lesbar"
    )


def _layers(path: Path, name: str, layers: list[FoundLayer], others: list[tuple[str, str]]) -> None:
    named = layers_of(path)
    for layer in named:
        frame = read_outlines(path, layer).frame
        title = f"{name} {layer}" if len(named) > 1 else name
        if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
            others.append((title, "keine Umrisse und keine Punkte darin"))
        elif frame.crs is None:
            others.append((title, "kein Koordinatensystem"))
        elif frame.geometry.isna().any():
            others.append((title, "Zeilen ohne Geometrie"))
        else:
            layers.append(FoundLayer(name, layer if len(named) > 1 else None, frame))


def _text_table(path: Path, name: str) -> FoundTable:
    refuse_large_file(path)
    raw = path.read_bytes()
    try:
        text, encoding = raw.decode("utf-8-sig"), "utf-8-sig"
    except UnicodeDecodeError:
        text, encoding = raw.decode("cp1252", errors="replace"), "cp1252"
    lines = io.StringIO(text, newline="")
    head = "".join(line for _, line in zip(range(_HEAD_ROWS), lines, strict=False))
    delimiter = max(_DELIMITERS, key=lambda d: _steadiness(head, d))
    rows = list(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
    every = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    decimal, thousands = _marks(rows)
    skip, foot = _edges(every)
    fmt = TableFormat(encoding, delimiter, decimal, thousands, None, skip, foot)
    return FoundTable(name, fmt, read_table(path, fmt))


def _steadiness(head: str, delimiter: str) -> tuple[float, int]:
    """How many rows have the commonest number of fields, if that is more than one."""
    widths = Counter(len(r) for r in csv.reader(io.StringIO(head), delimiter=delimiter) if r)
    width, rows = widths.most_common(1)[0] if widths else (0, 0)
    return (rows / max(1, widths.total()), width) if width > 1 else (0.0, 0)


def _edges(rows: list[list[str]]) -> tuple[int, int]:
    """Rows before the header, and rows of remarks after the data."""
    widths = Counter(n for r in rows if (n := len([c for c in r if c.strip()])))
    width = widths.most_common(1)[0][0] if widths else 0

    def full(row: list[str]) -> bool:
        return len([c for c in row if c.strip()]) >= max(2, 0.6 * width)

    first = next((i for i, r in enumerate(rows) if full(r)), 0)
    last = next((i for i, r in enumerate(reversed(rows)) if full(r)), 0)
    return first, last


def _marks(rows: list[list[str]]) -> tuple[Literal[",", "."], Literal[".", ""]]:
    """Decimal and thousands marks, told from numbers that can be read in one way only."""
    cells = [c.strip() for r in rows[1:] for c in r if _NUMBER.fullmatch(c.strip())]
    if any(re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", c) for c in cells):
        points = [c for c in cells if re.fullmatch(r"-?\d+\.\d+", c)]
        if all(re.fullmatch(r"-?\d{1,3}\.\d{3}", c) for c in points):
            return ",", "."
    return (".", "") if any(re.fullmatch(r"-?\d+\.\d+", c) for c in cells) else (",", "")


def _sheets(path: Path, name: str, tables: list[FoundTable], others: list[tuple[str, str]]) -> None:
    names = sheet_names(path)
    several = len(names) > 1
    for sheet in names:
        grid = sheet_values(path, TableFormat(sheet=sheet))
        skip, foot = _edges([[str(c) for c in row] for row in grid])
        fmt = TableFormat(sheet=sheet if several else None, skip_rows=skip, footer_rows=foot)
        try:
            tables.append(FoundTable(name, fmt, read_table(path, fmt)))
        except UserError as error:
            others.append((f"{name}, Blatt {sheet}", _reason(error)))


def columns(table: FoundTable) -> list[str]:
    """The columns of a table without the row's number."""
    return [c for c in table.frame.columns if c and c != ROW]
