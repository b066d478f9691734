"""What lies in a folder: layers of outlines or points, and tables with how they are written."""

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from geodata.errors import UserError
from geodata.files import (
    ROW,
    SPREADSHEETS,
    TableFormat,
    detect_format,
    open_table,
    sheet_names,
    tidy,
)
from geodata.files.guard import BROKEN_ARCHIVE
from geodata.progress import Progress, silent
from geodata.sources import read_outlines
from geodata.sources.files import packed_outlines

_MAPS = frozenset(
    {".gpkg", ".geojson", ".topojson", ".shp", ".kml", ".fgb", ".gml", ".zip", ".geoparquet"}
)
_TEXT = frozenset({".csv", ".tsv", ".txt"})
_JSON = frozenset({".json", ".ndjson", ".jsonl"})
_SIDE = frozenset({
    ".dbf", ".shx", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qmd", ".qml", ".gfs", ".toml", ".md",
    ".html", ".ledger",
})  # fmt: skip
_WHOLE_BYTES, _WHOLE_ROWS = 40_000_000, 300_000
"""Of larger tables only the beginning is looked at: they are lists of cases, if anything."""
_SAMPLE_BYTES, _SAMPLE_ROWS = 1_000_000, 1_000
_LAYOUT = frozenset({"target", "action", "reason"})
"""Columns of layout tables, which an earlier run may have left there."""
_UNREADABLE = (
    UserError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pa.ArrowException,
    *BROKEN_ARCHIVE, OSError, ValueError, LookupError, csv.Error,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class FoundLayer:
    """A layer of a geometry file; ``layer`` is None where the file has only one.

    ``crs`` is what the project has to say because the file says nothing or nonsense,
    ``doubt`` why; ``swapped`` tells that north stands before east.
    """

    file: str
    layer: str | None
    frame: gpd.GeoDataFrame
    crs: str | None = None
    doubt: str = ""
    swapped: bool = False

    @property
    def title(self) -> str:
        """File and layer."""
        return f"{self.file} {self.layer or ''}".strip()

    @property
    def points(self) -> bool:
        """Whether it has points, so places and no areas."""
        return bool(self.frame.geom_type.isin(["Point", "MultiPoint"]).all())


@dataclass(frozen=True, eq=False)
class FoundTable:
    """A table or a sheet of one, every cell a text.

    ``heading`` is what stands above the header, ``doubts`` what its format leaves open;
    ``whole`` is False where only its beginning was looked at.
    """

    file: str
    format: TableFormat
    frame: pd.DataFrame
    heading: str = ""
    doubts: tuple[str, ...] = ()
    whole: bool = True

    @property
    def title(self) -> str:
        """File and sheet, in words."""
        return f"{self.file}, Blatt {self.format.sheet}" if self.format.sheet else self.file

    @property
    def words(self) -> str:
        """Everything that is said of all numbers of the table: names and heading."""
        return f"{self.format.sheet or ''} {Path(self.file).stem} {self.heading}".strip()


@dataclass(frozen=True)
class Found:
    """All that was found, and the files with which nothing can be done, with the reason."""

    layers: tuple[FoundLayer, ...]
    tables: tuple[FoundTable, ...]
    others: tuple[tuple[str, str], ...]


class _Lists:
    """What is found, while looking."""

    def __init__(self) -> None:
        self.layers: list[FoundLayer] = []
        self.tables: list[FoundTable] = []
        self.others: list[tuple[str, str]] = []


def scan(folder: Path, progress: Progress = silent) -> Found:
    """Look at every file of a folder and its subfolders, in the order of their names."""
    found = _Lists()
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name[0] not in ".~")
    for number, path in enumerate(paths):
        name = path.relative_to(folder).as_posix()
        progress(path.name, number / len(paths))
        if path.suffix.lower() in _SIDE:
            continue
        try:
            name.encode("utf-8")
            _look(path, name, found)
        except UnicodeEncodeError:
            shown = name.encode("utf-8", "replace").decode("utf-8")
            found.others.append((shown, "der Dateiname enthält ungültige Zeichen"))
        except _UNREADABLE as error:
            found.others.append((name, _reason(error)))
    tables = [t for t in found.tables if not set(t.frame.columns) >= _LAYOUT]
    return Found(tuple(found.layers), tuple(tables), tuple(found.others))


def _look(path: Path, name: str, found: _Lists) -> None:
    ending = path.suffix.lower()
    if ending in _MAPS or (ending in _JSON and _is_map(path)):
        _layers(path, name, found)
    elif ending == ".parquet":
        _parquet(path, name, found)
    elif ending in SPREADSHEETS:
        _sheets(path, name, found)
    elif ending in _TEXT and path.stat().st_size > _WHOLE_BYTES:
        found.tables.append(_beginning(path, name))
    elif ending in _TEXT or ending in _JSON:
        found.tables.append(_table(path, name, None))
    else:
        reason = f"Dateiart {ending or 'ohne Endung'} wird nicht erkannt"
        found.others.append((name, reason))


def _reason(error: Exception) -> str:
    """Why a file cannot be used: our own words, never those of a library."""
    if not isinstance(error, UserError):
        return "nicht lesbar"
    return tidy(str(error).splitlines()[0]).rstrip(".")


def _is_map(path: Path) -> bool:
    with path.open("rb") as handle:
        head = handle.read(4_000)
    return any(word in head for word in (b'"FeatureCollection"', b'"Topology"', b'"Feature"'))


def _layers(path: Path, name: str, found: _Lists) -> None:
    names = _layer_names(path)
    for layer in names:
        several = layer is not None and len(names) > 1
        title = f"{name} {layer}" if several else name
        try:
            frame = read_outlines(path, layer).frame
        except _UNREADABLE as error:
            found.others.append((title, _reason(error)))
            continue
        if frame.geometry.isna().all():
            found.others.append((title, "keine Umrisse und keine Punkte darin"))
        elif frame.geometry.isna().any():
            found.others.append((title, "Zeilen ohne Geometrie"))
        else:
            found.layers.append(FoundLayer(name, layer if several else None, frame))


def _layer_names(path: Path) -> list[str | None]:
    """Layers of a file, or of an archive the files in it; GML is read from memory.

    Opened as a file, GDAL would leave another one beside it.
    """
    ending = path.suffix.lower()
    if ending == ".geoparquet":
        return [None]
    if ending == ".zip":
        inner = packed_outlines(path)
        if len(inner) != 1:
            return [Path(n).stem for n in inner] or [None]
        return [str(n) for n, _ in pyogrio.list_layers(f"/vsizip/{{{path}}}/{inner[0]}")]
    content = path.read_bytes() if ending == ".gml" else path
    return [str(n) for n, _ in pyogrio.list_layers(content)]


def _parquet(path: Path, name: str, found: _Lists) -> None:
    file = pq.ParquetFile(path)
    if b"geo" in (file.metadata.metadata or {}):
        found.layers.append(FoundLayer(name, None, read_outlines(path).frame))
    elif file.metadata.num_rows > _WHOLE_ROWS:
        batch = next(file.iter_batches(_SAMPLE_ROWS)).to_pandas().astype("str")
        found.tables.append(FoundTable(name, TableFormat(), batch, whole=False))
    else:
        found.tables.append(_table(path, name, None))


def _sheets(path: Path, name: str, found: _Lists) -> None:
    names = sheet_names(path)
    for sheet in names:
        try:
            found.tables.append(_table(path, name, sheet if len(names) > 1 else None))
        except _UNREADABLE as error:
            title = f"{name}, Blatt {sheet}" if len(names) > 1 else name
            found.others.append((title, _reason(error)))


def _table(path: Path, name: str, sheet: str | None) -> FoundTable:
    detected = detect_format(path, sheet)
    table = open_table(path, detected.format)
    doubts = tuple(d for d in detected.doubts if "Blätter" not in d)
    return FoundTable(name, detected.format, table.frame, table.title, doubts)


def _beginning(path: Path, name: str) -> FoundTable:
    """The first rows of a large text file."""
    fmt = detect_format(path).format
    with path.open("rb") as handle:
        text = handle.read(_SAMPLE_BYTES).rpartition(b"\n")[0].decode(fmt.encoding, "replace")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=fmt.delimiter))
    header, *body = rows[fmt.skip_rows : fmt.skip_rows + _SAMPLE_ROWS]
    whole = [row for row in body if len(row) == len(header)]
    frame = pd.DataFrame(whole, columns=[tidy(h) for h in header], dtype="str")
    return FoundTable(name, replace(fmt, footer_rows=0, header_rows=1), frame, whole=False)


def columns(table: FoundTable) -> list[str]:
    """The columns of a table without the row's number."""
    return [str(c) for c in table.frame.columns if c and c != ROW]
