"""Outlines from files: everything that offices deliver, read by GDAL or pyarrow."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely
from shapely.errors import GEOSException

from geodata.errors import FileMissingError, GeometryError, why
from geodata.files import existing
from geodata.files.guard import OUTLINES, archive_parts, refuse_large_file, refuse_large_parquet
from geodata.files.nested import has_document_type, json_of
from geodata.shapes.report import Finding
from geodata.sources.content import Opened, crs_name

_PARQUET = (".parquet", ".geoparquet")
_JSON = (".geojson", ".json", ".topojson")
_ZIPPED = (".zip", ".kmz")
_GML = (".gml", ".xml")
_PACKED = (".shp", ".gpkg", ".geojson", ".json", ".kml", ".fgb", ".topojson")
_ARC = re.compile(rb"<(?:\w+:)?(?:Arc|ArcString|Circle|ArcByCenterPoint|CircleByCenterPoint)\b")
_CURVES = ("Curve", "Surface", "Circular", "Compound")


def read_outlines(path: Path, layer: str | None = None, encoding: str | None = None) -> Opened:
    """Read a layer of a geometry file as it was delivered.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile (zipped too), GeoParquet, KML, TopoJSON, FlatGeobuf,
        GML, and whatever else GDAL reads.
    layer
        Name within the file; the only one, or the first, where None.
    encoding
        Of the texts of a shapefile without ``.cpg``.

    Raises
    ------
    FileMissingError
        There is no such file, or no such layer.
    GeometryError
        It is no readable geometry file.
    """
    refuse_large_file(existing(path), OUTLINES)
    try:
        if path.suffix.lower() in _PARQUET:
            frame = _parquet(path)
            return Opened(frame, path.name, crs_name(frame))
        if path.suffix.lower() in _ZIPPED:
            target, layer = _within(path, layer)
            frame, findings = parse(target, layer, encoding=encoding)
        elif path.suffix.lower() in _GML:
            frame, findings = parse(path.read_bytes(), layer, gml=True)
        else:
            frame, findings = parse(path, layer, encoding=encoding)
            _nothing_lost(path, frame)
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None
    except UnreadableError as error:
        raise GeometryError(f"{path.name} ist keine lesbare Geodatei: {error}.") from None
    except NoLayerError as error:
        raise FileMissingError(f"{path.name} {error}") from None
    except (ValueError, KeyError) as error:
        raise GeometryError(f"{path.name} ist keine lesbare Geodatei: {error}.") from None
    return Opened(frame, path.name, crs_name(frame), tuple(findings))


def _parquet(path: Path) -> gpd.GeoDataFrame:
    """A GeoParquet file after a look at how much it says it holds."""
    refuse_large_parquet(path, OUTLINES)
    return gpd.read_parquet(path)


def _nothing_lost(path: Path, frame: gpd.GeoDataFrame) -> None:
    """GDAL reads JSON that is none, and leaves out what is no feature, without a word."""
    if path.suffix.lower() not in _JSON:
        return
    content = json_of(path.read_text(encoding="utf-8-sig"))
    entries = _entries(content) if isinstance(content, dict) else None
    if isinstance(entries, list) and len(entries) != len(frame):
        lost = len(entries) - len(frame)
        raise UnreadableError(f"{lost} von {len(entries)} Einträgen sind kein „Feature“")


def _entries(content: dict[str, Any]) -> object:
    """What GeoJSON or TopoJSON of one layer lists; None where there is no one list."""
    objects = content.get("objects")
    if isinstance(objects, dict):
        only = next(iter(objects.values())) if len(objects) == 1 else None
        return only.get("geometries") if isinstance(only, dict) else None
    return content.get("features")


class UnreadableError(Exception):
    """GDAL cannot make sense of it."""


class NoLayerError(Exception):
    """There is no layer of that name."""


def parse(
    content: Path | str | bytes,
    layer: str | None,
    *,
    encoding: str | None = None,
    gml: bool = False,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Let GDAL read a file or the answer of a service.

    GML is always read from memory and with texts only: from a file GDAL would leave a
    ``.gfs`` beside it, fetch schemas from foreign servers, and take keys for numbers.
    """
    if gml or (not isinstance(content, bytes) and Path(content).suffix.lower() == ".kml"):
        _refuse_entities(content)
    options: dict[str, Any] = {"encoding": encoding} if encoding else {}
    if gml:
        options |= {"DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO"}
    with _texts_only(gml), warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            names = [str(name) for name, _ in pyogrio.list_layers(content)]
            if not names:
                raise UnreadableError("sie enthält keine Ebene")
            if layer is not None and layer not in names:
                raise NoLayerError(f"hat die Ebene {layer!r} nicht; es gibt: {', '.join(names)}.")
            info = pyogrio.read_info(content, layer=layer, **options)
            frame, closed = _read(content, layer, options)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            raise UnreadableError(_without_folder(str(error))) from None
        except UnicodeDecodeError:
            raise UnreadableError('die Texte haben eine andere Kodierung; encoding = "…"') from None
        except (GEOSException, pyogrio.errors.FeatureError, pyogrio.errors.GeometryError) as error:
            raise UnreadableError(_without_folder(str(error))) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise UnreadableError("sie enthält keine Geometrien")
    if gml and isinstance(content, bytes) and _ARC.search(content):
        info["geometry_type"] = "CurvePolygon"
    findings = _noted(info, closed, {str(w.message) for w in heard}, names, layer)
    return frame, findings


def _refuse_entities(content: Path | str | bytes) -> None:
    """XML with a document type is never parsed, wherever it came from."""
    if isinstance(content, str):
        archive, _, part = content.removeprefix("/vsizip/{").partition("}/")
        with zipfile.ZipFile(archive) as packed:
            content = packed.read(part)
    if has_document_type(content):
        raise UnreadableError("XML mit Dokumenttyp oder Entitäten wird nicht gelesen")


@contextmanager
def _texts_only(wanted: bool) -> Iterator[None]:
    if wanted:
        pyogrio.set_gdal_config_options({"GML_FIELDTYPES": "ALWAYS_STRING"})
    try:
        yield
    finally:
        if wanted:
            pyogrio.set_gdal_config_options({"GML_FIELDTYPES": None})


def _read(
    content: Path | str | bytes, layer: str | None, options: dict[str, Any]
) -> tuple[gpd.GeoDataFrame, int]:
    """The layer, and how many rings had to be closed to read it at all."""
    try:
        return pyogrio.read_dataframe(content, layer=layer, **options), 0
    except GEOSException:
        left = pyogrio.read_dataframe(content, layer=layer, on_invalid="ignore", **options)
        whole = pyogrio.read_dataframe(content, layer=layer, on_invalid="fix", **options)
        missing = shapely.is_missing(left.geometry.to_numpy())
        closed = missing & ~shapely.is_missing(whole.geometry.to_numpy())
        return whole, int(closed.sum())


def _noted(
    info: dict[str, Any], closed: int, heard: set[str], names: list[str], layer: str | None
) -> list[Finding]:
    notes = []
    kind = str(info.get("geometry_type") or "")
    if any(word in kind for word in _CURVES):
        text = f"Bögen ({kind}) wurden in kurze Geraden aufgelöst"
        notes.append(Finding("curve", (), text, mended=True))
    if closed:
        notes.append(Finding("ring", (), f"{closed} offene Ringe geschlossen", mended=True))
    if layer is None and len(names) > 1:
        text = f"mehrere Ebenen ({', '.join(names)}); gelesen wurde {names[0]}"
        notes.append(Finding("file", (), text))
    for message in sorted(heard):
        if "more than one layer" not in message.lower():
            notes.append(Finding("file", (), f"GDAL meldet: {_without_folder(message)}"))
    return notes


def _without_folder(message: str) -> str:
    """A message of GDAL without the folders of this machine and its last full stop."""
    words = [w.rsplit("/", 1)[-1] if "/" in w and "://" not in w else w for w in message.split()]
    return " ".join(words).rstrip(".")


def packed_outlines(path: Path) -> list[str]:
    """Names of the geometry files in an archive, in whichever folder.

    Raises
    ------
    GeometryError
        The archive is none, or unpacks to an absurd size.
    """
    return [
        name
        for name in archive_parts(path, OUTLINES)
        if name.lower().endswith(_PACKED) and "__MACOSX" not in name
    ]


def _within(path: Path, layer: str | None) -> tuple[str, str | None]:
    """The geometry file in an archive; of several the one named."""
    files = packed_outlines(path)
    stems = {Path(name).stem: name for name in files}
    if len(files) == 1:
        only = next(iter(stems))
        return f"/vsizip/{{{path}}}/{files[0]}", None if layer == only else layer
    if not files:
        raise UnreadableError("das Archiv enthält keine Geodatei")
    if layer not in stems:
        raise NoLayerError(
            f"enthält mehrere Dateien; layer nennt eine: {', '.join(sorted(stems))}."
        )
    return f"/vsizip/{{{path}}}/{stems[layer]}", None
