"""Rooms and services: owner, opening windows, barrier-free, capacity, existing hours.

A table as an office or a map delivers it becomes the tables ``places``, ``windows`` and
``sessions``. Places outside the city are left out by name; a place that is listed twice is
kept once, and both facts are reported.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely import STRtree

from geodata.errors import ProblemCollector, TableError
from geodata.files import ROW, TableFormat, read_table, require_columns
from geodata.places.cells import BARRIER_FREE, OWNERS, Cells
from geodata.places.duplicates import SAME_PLACE_M, merge_duplicates
from geodata.places.times import SESSION_COLUMNS, WINDOW_COLUMNS, TimesReader

__all__ = [
    "PLACE_COLUMNS",
    "SAME_PLACE_M",
    "SESSION_COLUMNS",
    "UNNAMED",
    "WINDOW_COLUMNS",
    "AssumedOwner",
    "PlacesReport",
    "PlacesResult",
    "PlacesSpec",
    "containing_area",
    "merge_duplicates",
    "read_places",
]

PLACE_COLUMNS = (
    "place",
    "name",
    "kind",
    "owner",
    "barrier_free",
    "capacity",
    "accepts",
    "address",
    "source",
)

UNNAMED = "Ohne Namen ("
"""How the name of a place begins that has none in the file; its address follows."""


@dataclass(frozen=True)
class AssumedOwner:
    """Places whose owner follows from their kind alone: kind, owner, keys of the places."""

    kind: str
    owner: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class PlacesSpec:
    """A table of rooms and services and what its columns mean.

    Parameters
    ----------
    file
        File name inside the data folder.
    columns
        Our column (`PLACE_COLUMNS`, and ``lon`` and ``lat`` or ``x`` and ``y``) to the
        file's. Needed are ``name``, ``kind`` and the two coordinates. ``street`` and
        ``zip`` make an address where there is no column for the whole of it.
    crs
        Of the coordinates.
    format
        How all three files are written.
    owners
        Kind to owner, used where the file names no owner.
    windows, sessions
        Tables of opening windows and of existing consultation hours, with the columns of
        `WINDOW_COLUMNS` (without ``known``) and `SESSION_COLUMNS`; place and times suffice.
    title
        Written to the column ``source`` where the file names none.
    """

    file: str
    columns: Mapping[str, str]
    crs: str = "EPSG:4326"
    format: TableFormat = field(default_factory=TableFormat)
    owners: Mapping[str, str] = field(default_factory=dict)
    windows: str | None = None
    sessions: str | None = None
    title: str = ""


@dataclass(frozen=True)
class PlacesReport:
    """What reading a table of places did, by name.

    Parameters
    ----------
    rows
        Rows of the file.
    kept
        Places that remain.
    merged
        One German sentence for each place that was listed more than once.
    outside
        Names of the places outside the city.
    unnamed
        Places without a name, now called after their address.
    assumed
        The places kept whose owner was not delivered, by kind and owner.
    """

    rows: int
    kept: int
    merged: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    assumed: tuple[AssumedOwner, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return the report as German sentences; of `assumed` whoever knows the words speaks."""
        lines = [f"{self.rows} Orte gelesen, {self.kept} übernommen.", *self.merged]
        if self.outside:
            lines.append("Außerhalb der Stadt, weggelassen: " + ", ".join(self.outside) + ".")
        if self.unnamed:
            lines.append(f"{len(self.unnamed)} Orte tragen im Original keinen Namen.")
        return tuple(lines)


class PlacesResult(NamedTuple):
    """The three tables and the report."""

    places: gpd.GeoDataFrame
    windows: pd.DataFrame
    sessions: pd.DataFrame
    report: PlacesReport


def read_places(spec: PlacesSpec, data_folder: Path, areas: gpd.GeoDataFrame) -> PlacesResult:
    """Read a table of rooms with its windows and existing sessions.

    Parameters
    ----------
    spec
        Files and the meaning of their columns.
    data_folder
        Where the files lie.
    areas
        The finest areas of the city: ``area``, ``geometry``, in the city's CRS.

    Returns
    -------
    PlacesResult
        ``places`` in the CRS of `areas`, ordered by ``place``.

    Raises
    ------
    FileMissingError
        A file is not there.
    TableError
        Columns are missing or cells are wrong; every one is listed with its row.
    """
    path = data_folder / spec.file
    rows = read_table(path, spec.format)
    _check_spec(spec, path, rows)
    places = _parse_places(spec, path, rows).to_crs(areas.crs)
    unnamed = tuple(places.loc[places["unnamed"], "name"])
    places["area"] = containing_area(places.geometry, areas)
    outside = places["area"].isna()
    if outside.all() and len(places):
        raise TableError(
            f"Kein Ort aus {path.name} liegt in der Stadt; die Koordinaten oder ihr "
            f"Bezugssystem ({spec.crs}) stimmen nicht."
        )
    inside = places[~outside].reset_index(drop=True)
    kept, renamed, merged = merge_duplicates(inside)
    gone = set(places.loc[outside, "place"])
    guessed = kept[kept["assumed"]].groupby(["kind", "owner"])["place"].agg(sorted)
    report = PlacesReport(
        rows=len(rows),
        kept=len(kept),
        merged=merged,
        outside=tuple(places.loc[outside, "name"]),
        unnamed=unnamed,
        assumed=tuple(AssumedOwner(str(k), str(o), tuple(p)) for (k, o), p in guessed.items()),
    )
    order = [*PLACE_COLUMNS, "area", "geometry"]
    tidy = kept[order].sort_values("place", ignore_index=True)
    reader = TimesReader(
        spec.format, data_folder, renamed, frozenset(tidy["place"]), frozenset(gone)
    )
    windows, sessions = reader.windows(spec.windows), reader.sessions(spec.sessions)
    return PlacesResult(tidy, windows, sessions, report)


def containing_area(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    """Key of the area in which each point lies; on a border the smallest key, outside NA."""
    hit, index = STRtree(areas.geometry.to_numpy()).query(points.to_numpy(), predicate="intersects")
    found = pd.Series(areas["area"].to_numpy()[index], dtype="str").groupby(hit).min()
    return pd.Series(found.reindex(range(len(points))).to_numpy(), index=points.index, dtype="str")


def _check_spec(spec: PlacesSpec, path: Path, rows: pd.DataFrame) -> None:
    found = ProblemCollector()
    known = {*PLACE_COLUMNS, "lon", "lat", "x", "y", "street", "zip"}
    for name in sorted(set(spec.columns) - known):
        found.add(f"{path.name}, columns", f"{name!r}", ", ".join(sorted(known)))
    needed = {"name", "kind", *_axes(spec)}
    for name in sorted(needed - set(spec.columns)):
        found.add(f"{path.name}, columns", f"{name} ist keiner Spalte zugeordnet")
    for kind, owner in spec.owners.items():
        if owner not in OWNERS.values():
            found.add(f"{path.name}, owners, {kind}", f"{owner!r}", "public, non_profit, other")
    try:
        CRS.from_user_input(spec.crs)
    except CRSError:
        found.add(f"{path.name}, crs", f"{spec.crs!r}", "ein Bezugssystem wie EPSG:4326")
    found.raise_if_any(TableError, f"Die Beschreibung der Orte in {path.name} ist fehlerhaft.")
    require_columns(path, rows, list(spec.columns.values()))


def _axes(spec: PlacesSpec) -> tuple[str, str]:
    return ("x", "y") if "x" in spec.columns else ("lon", "lat")


def _parse_places(spec: PlacesSpec, path: Path, rows: pd.DataFrame) -> gpd.GeoDataFrame:
    """Every cell to its meaning; all bad ones are raised together."""
    found = ProblemCollector()
    column = {name: rows[source].str.strip() for name, source in spec.columns.items()}
    empty = pd.Series("", index=rows.index, dtype="str")
    parser = Cells(path, rows[ROW], found)
    x, y = (parser.decimals(column[a], spec.columns[a], spec.format) for a in _axes(spec))
    parser.filled(column["kind"], spec.columns["kind"])
    table = pd.DataFrame({c: column.get(c, empty) for c in PLACE_COLUMNS})
    table["owner"] = parser.words(table["owner"], OWNERS, "owner")
    ownerless = column.get("owner", empty) == ""
    by_kind = pd.Series([spec.owners.get(k, "unknown") for k in table["kind"]], index=rows.index)
    table["owner"] = table["owner"].where(~ownerless, by_kind).astype("str")
    table["assumed"] = ownerless & (by_kind != "unknown")
    table["barrier_free"] = parser.words(table["barrier_free"], BARRIER_FREE, "barrier_free")
    table["capacity"] = parser.whole(table["capacity"], "capacity")
    table["source"] = table["source"].where(table["source"] != "", spec.title)
    table["unnamed"] = table["name"] == ""
    if "address" not in column:
        table["address"] = _address(column.get("street", empty), column.get("zip", empty))
    where = table["address"].where(table["address"] != "", "Adresse unbekannt")
    table["name"] = table["name"].where(~table["unnamed"], UNNAMED + where + ")")
    found.raise_if_any(TableError, f"Die Tabelle der Orte {path.name} ist fehlerhaft.")
    made = [_made_id(*key) for key in zip(table["kind"], table["name"], x, y, strict=True)]
    table["place"] = table["place"].where(table["place"] != "", pd.Series(made, dtype="str"))
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs=spec.crs)


def _address(street: pd.Series, code: pd.Series) -> pd.Series:
    """Street and postal code as one line; a code that was once a number loses its ``.0``."""
    plain = code.str.replace(r"[.,]0+$", "", regex=True)
    comma = pd.Series(", ", index=street.index).where((street != "") & (plain != ""), "")
    return street + comma + plain


def _made_id(kind: str, name: str, x: float, y: float) -> str:
    """Return a key for a place without one: the same for the same place, in every run."""
    text = f"{kind}|{name}|{x:.6f}|{y:.6f}"
    return "o" + hashlib.sha256(text.encode()).hexdigest()[:10]
