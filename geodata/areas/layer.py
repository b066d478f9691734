"""One layer of outlines: keys, names, parents, and outlines that can be used."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.areas.spec import GeometrySource
from geodata.errors import ErrorPool, GeometryError, KeyJoinError, ProblemCollector, TableError
from geodata.files import inside, require_columns, tidy
from geodata.shapes import check_coverage, mended, settled_crs, snapped
from geodata.shapes.place import Box
from geodata.shapes.place import Layer as Place
from geodata.shapes.report import Finding, LayerReport
from geodata.sources import Opened, is_service, read_outlines, read_service

_YES, _NO = {"j", "ja", "1", "true", "wahr"}, {"n", "nein", "0", "false", "falsch"}
_NOTHING = {"", "nan", "None", "<NA>", "NaT"}
Cache = dict[tuple[object, ...], Opened]


@dataclass(frozen=True)
class ReadLayer:
    """A layer in columns area, name, parent, parent_name, inhabited, geometry.

    ``place`` says where its coordinates lie, as delivered and in the city's system;
    ``in_space`` that its parents are those in which the areas lie.
    """

    frame: gpd.GeoDataFrame
    report: LayerReport
    place: Place
    in_space: bool = False


def read_layer(source: GeometrySource, crs: str, folder: Path, cache: Cache) -> ReadLayer:
    """Read one layer and mend what can be mended safely.

    Raises
    ------
    FileMissingError, ServiceError
        File, layer or service cannot be read.
    TableError
        A column is missing, or texts are garbled.
    GeometryError
        No or a wrong CRS, outlines that are missing, broken or overlap.
    KeyJoinError
        Keys are empty or stand twice.
    """
    opened = _opened(source, crs, folder, cache)
    raw, where = opened.frame, f"{opened.label}, {source.level} {source.vintage}"
    wanted = [c for c in columns_of(source) if c]
    require_columns(Path(opened.label), pd.DataFrame(raw.drop(columns=raw.geometry.name)), wanted)
    if source.swap_axes:
        raw = raw.set_geometry(shapely.transform(raw.geometry.to_numpy(), lambda c: c[:, ::-1]))
    found, box = ProblemCollector(), _box(raw)
    if not np.isfinite(box).all():
        raise GeometryError(f"{where}: keine einzige Geometrie.")
    used, notes = settled_crs(box, opened.crs, source.crs, crs, where, found)
    found.raise_if_any(GeometryError, f"Das Koordinatensystem stimmt nicht ({where}).")
    raw = raw.set_crs(used, allow_override=True)
    out = _columns(source, raw, raw.geometry.to_crs(crs), opened.label)
    pool = ErrorPool()
    with pool.catch():
        out, doubles = _one_row_each(out, where, parts=source.parts)
        notes += doubles
    with pool.catch():
        out, repairs = _mended(out, where)
        notes += repairs
    pool.raise_if_any(f"Die Umrisse sind fehlerhaft ({where}).")
    out = out.sort_values("area", ignore_index=True)
    out, more = _against_each_other(out, source.snap_m, where)
    report = LayerReport(
        source.level, source.vintage, source.file, source.layer, used, len(raw), len(out),
        opened.sha256, (*opened.findings, *notes, *more),
    )  # fmt: skip
    return ReadLayer(out, report, Place(where, box, _box(out)), source.parent_in_space)


def _box(frame: gpd.GeoDataFrame) -> Box:
    west, south, east, north = (float(v) for v in frame.total_bounds)
    return west, south, east, north


def columns_of(source: GeometrySource) -> list[str]:
    """Columns that a source names."""
    named = (source.key, source.name, source.parent, source.parent_name, source.inhabited)
    return [c for c in dict.fromkeys(named) if c]


def _opened(source: GeometrySource, crs: str, folder: Path, cache: Cache) -> Opened:
    """What file or service deliver; the same layer of two vintages is read once."""
    mark = (source.file, source.layer, source.encoding, source.service, *columns_of(source))
    if mark not in cache:
        cache[mark] = (
            read_service(source.file, source.layer or "", crs, source.service, columns_of(source))
            if is_service(source.file)
            else read_outlines(inside(folder, source.file), source.layer, source.encoding)
        )
    return cache[mark]


def as_text(column: pd.Series) -> pd.Series:
    """A column as text; whole numbers lose the ``.0`` that a file adds to them."""
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    text = column.astype("str").str.strip()
    return text.mask(text.isin(_NOTHING) | column.isna(), "")


def _columns(
    source: GeometrySource, raw: gpd.GeoDataFrame, shapes: gpd.GeoSeries, label: str
) -> gpd.GeoDataFrame:
    keys = as_text(raw[source.key])
    if source.key_pattern:
        keys = keys.str.extract(f"(?:{source.key_pattern})", expand=True)[0]
    names = as_text(raw[source.name]).map(tidy)
    _refuse_garbled(names, label)
    out = gpd.GeoDataFrame(
        {"area": keys.fillna("").astype("str"), "name": names}, geometry=shapes.to_numpy(),
        crs=shapes.crs, index=raw.index,
    )  # fmt: skip
    out["parent"] = _parents(source, raw, out)
    out["parent_name"] = as_text(raw[source.parent_name]).map(tidy) if source.parent_name else ""
    out["inhabited"] = _inhabited(label, raw, source.inhabited)
    return out


def _parents(source: GeometrySource, raw: gpd.GeoDataFrame, out: gpd.GeoDataFrame) -> pd.Series:
    parents = pd.Series([None] * len(out), index=out.index, dtype="str")
    if source.parent:
        parents = as_text(raw[source.parent])
    elif source.parent_prefix:
        parents = out["area"].str[: source.parent_prefix]
    return parents


def _refuse_garbled(names: pd.Series, label: str) -> None:
    """UTF-8 read as cp1252 shows as ``StraÃŸe``: the texts have another encoding."""
    found = ProblemCollector()
    for name in names[names.map(_garbled)][:5]:
        found.add(label, f"gefunden {name!r}", 'encoding = "utf-8" oder die richtige Kodierung')
    found.raise_if_any(TableError, f"Die Texte in {label} haben eine andere Kodierung.")


def _garbled(name: str) -> bool:
    if "\ufffd" in name:
        return True
    try:
        return name.encode("cp1252").decode("utf-8") != name
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False


def _inhabited(label: str, frame: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    if column is None:
        return pd.Series(True, index=frame.index)
    words: pd.Series = frame[column].astype("str").str.strip().str.lower()
    found = ProblemCollector()
    for row, word in words[~words.isin(_YES | _NO)].items():
        found.add(f"{label}, Zeile {row}, {column}", f"gefunden {word!r}", "J oder N")
    found.raise_if_any(GeometryError, f"{label} sagt nicht eindeutig, was bewohnt ist.")
    return words.isin(_YES)


def _one_row_each(
    frame: gpd.GeoDataFrame, where: str, *, parts: bool
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Every key once: rows that are wholly the same are taken once, parts put together."""
    frame, notes = _without_repeats(frame)
    found = ProblemCollector()
    empty = frame["area"].isin(_NOTHING)
    for name in frame.loc[empty, "name"]:
        found.add(f"{where}, {name}", "kein Schlüssel", "ein Schlüssel je Raum")
    twice = frame.loc[frame["area"].duplicated(keep=False) & ~empty]
    for key, group in twice.groupby("area"):
        alike = len(set(zip(group["name"], group["parent"].fillna(""), strict=True))) == 1
        if not (parts and alike):
            what = f"steht {len(group)}-mal: {', '.join(group['name'])}"
            found.add(
                f"{where}, {key}", what,
                "einmal; parts = true, wenn es Teile eines Gebiets sind" if alike else "einmal",
            )  # fmt: skip
    found.raise_if_any(KeyJoinError, f"Die Schlüssel der Räume sind nicht eindeutig ({where}).")
    if len(twice):
        frame = _put_together(frame)
        names = [f"{key} {group['name'].iloc[0]}" for key, group in twice.groupby("area")]
        text = "aus mehreren Zeilen zusammengesetzt"
        notes += [Finding("part", (name,), text, mended=True) for name in names]
    return frame, notes


def _without_repeats(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    marks = frame.drop(columns="geometry").assign(
        shape=shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()))
    )
    again = marks.duplicated() & ~frame["area"].isin(_NOTHING)
    text = "dieselbe Zeile steht mehrfach; einmal gelesen"
    notes = [
        Finding("part", (f"{row.area} {row.name}",), text, mended=True)
        for row in frame[again].itertuples(index=False)
    ]
    return frame[~again], notes


def _put_together(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of one key as one outline: their parts side by side, nothing dissolved away."""
    first = frame.drop_duplicates("area").set_index("area")
    shapes = frame.groupby("area").geometry.agg(lambda s: shapely.union_all(s.to_numpy()))
    lived_in = frame.groupby("area")["inhabited"].any()
    first = first.assign(inhabited=lived_in.reindex(first.index))
    first = first.set_geometry(
        gpd.GeoSeries(shapes.reindex(first.index).to_numpy(), index=first.index, crs=frame.crs)
    )
    return first.reset_index()


def _mended(frame: gpd.GeoDataFrame, where: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    found, shapes = ProblemCollector(), []
    notes: list[Finding] = []
    for row in frame.itertuples(index=False):
        result = mended(row.geometry, f"{row.area} {row.name}")
        if result.problem:
            found.add(f"{where}, {row.area}", result.problem, "eine gültige Fläche")
        notes += result.findings
        shapes.append(result.shape)
    found.raise_if_any(GeometryError, f"Umrisse sind fehlerhaft ({where}).")
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)), notes


def _against_each_other(
    frame: gpd.GeoDataFrame, snap_m: float, where: str
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Overlaps are errors; gaps and slivers are told, slivers closed where that is allowed."""
    names = [f"{row.area} {row.name}" for row in frame.itertuples(index=False)]
    shapes, found = list(frame.geometry), ProblemCollector()
    notes: list[Finding] = []
    if snap_m > 0:
        shapes, notes = snapped(shapes, names, snap_m)
        frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    notes += check_coverage(shapes, names, where, found)
    found.raise_if_any(GeometryError, f"Gebiete liegen übereinander ({where}).")
    for name in frame.loc[frame["name"].duplicated(), "name"].unique():
        same = tuple(n for n, own in zip(names, frame["name"], strict=True) if own == name)
        notes.append(Finding("name", same, "derselbe Name für verschiedene Gebiete"))
    return frame, notes
