"""From a delivered list of places to the tables of an edition."""

import hashlib
from collections.abc import Hashable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely import STRtree

from geodata.errors import TableError
from geodata.files import ROW, inside, is_nothing, tidy
from geodata.places.cells import ACCEPTS, BARRIER_FREE, OWNERS, Cells
from geodata.places.duplicates import SAME_PLACE_M, merge_duplicates
from geodata.places.room_hours import weeks_of, windows_of
from geodata.places.sources import Delivery, read_delivery
from geodata.places.spec import (
    PLACE_COLUMNS,
    UNNAMED,
    AssumedOwner,
    PlacesReport,
    PlacesResult,
    PlacesSpec,
)
from geodata.places.times import TimesReader


def read_places(spec: PlacesSpec, data_folder: Path, areas: gpd.GeoDataFrame) -> PlacesResult:
    """Read a list of rooms with its windows, existing sessions and teams.

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
    path = inside(data_folder, spec.file)
    delivery = read_delivery(spec, path)
    places = _parse_places(spec, path, delivery, areas)
    outside = places["area"].isna()
    if outside.all() and len(places):
        raise TableError(
            f"Kein Ort aus {path.name} liegt in der Stadt; die Koordinaten oder ihr "
            f"Bezugssystem ({delivery.points.crs.to_string()}) stimmen nicht."
        )
    within = places[~outside].reset_index(drop=True)
    kept, renamed, merged, doubts = merge_duplicates(within)
    tidy = kept.sort_values("place", ignore_index=True)
    reader = TimesReader(
        spec.format,
        data_folder,
        renamed,
        frozenset(tidy["place"]),
        frozenset(places.loc[outside, "place"]),
        spec.hours,
        spec.day,
    )
    teams = reader.teams(spec.teams)
    windows, hours = windows_of(within, renamed, reader.windows(spec.windows), tidy)
    report = PlacesReport(
        rows=len(delivery.rows),
        kept=len(tidy),
        merged=merged,
        outside=tuple(places.loc[outside, "name"]),
        unnamed=tuple(places.loc[places["unnamed"], "name"]),
        assumed=_assumed(tidy),
        doubts=doubts,
        hours=hours,
        teams=tuple(_plain(row) for row in teams.to_dict("records")),
    )
    sessions = reader.sessions(spec.sessions, teams if spec.teams else None)
    return PlacesResult(tidy[[*PLACE_COLUMNS, "area", "geometry"]], windows, sessions, report)


def containing_area(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    """Key of the area in which each point lies; on a border the smallest key, outside NA."""
    hit, index = STRtree(areas.geometry.to_numpy()).query(points.to_numpy(), predicate="intersects")
    found = pd.Series(areas["area"].to_numpy()[index], dtype="str").groupby(hit).min()
    return pd.Series(found.reindex(range(len(points))).to_numpy(), index=points.index, dtype="str")


def _plain(row: Mapping[Hashable, object]) -> dict[str, object]:
    """A row with None where the table is empty."""
    return {str(k): None if is_nothing(v) else v for k, v in row.items()}


def _assumed(kept: gpd.GeoDataFrame) -> tuple[AssumedOwner, ...]:
    guessed = kept[kept["assumed"]].groupby(["kind", "owner"])["place"].agg(sorted)
    return tuple(AssumedOwner(str(k), str(o), tuple(p)) for (k, o), p in guessed.items())


def _parse_places(
    spec: PlacesSpec, path: Path, delivery: Delivery, areas: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Every cell to its meaning; all bad ones are raised together."""
    rows, found = delivery.rows, delivery.found
    column = {name: rows[source].map(tidy) for name, source in delivery.columns.items()}
    empty = pd.Series("", index=rows.index, dtype="str")
    parser = Cells(path, rows[ROW], found)
    parser.filled(column["kind"], delivery.columns["kind"])
    table = pd.DataFrame({c: column.get(c, empty) for c in PLACE_COLUMNS})
    _owners(spec, table, parser)
    table["barrier_free"] = parser.words(table["barrier_free"], BARRIER_FREE, "barrier_free")
    table["capacity"] = parser.whole(table["capacity"], "capacity")
    table["accepts"] = parser.lists(table["accepts"], ACCEPTS, "accepts")
    table["source"] = table["source"].where(table["source"] != "", spec.title)
    if "address" not in column:
        table["address"] = _address(column.get("street", empty), column.get("zip", empty))
    texts = column.get("opening_hours", empty)
    table["week"] = pd.Series(weeks_of(texts, spec, parser), index=rows.index, dtype="object")
    summary = f"Die Tabelle der Orte {path.name} ist fehlerhaft."
    found.raise_if_any(TableError, summary)
    _names(table, delivery.points)
    places = gpd.GeoDataFrame(table, geometry=delivery.points.array, crs=delivery.points.crs)
    places = places.to_crs(areas.crs)
    places["area"] = containing_area(places.geometry, areas)
    _one_spot_each(places, parser)
    found.raise_if_any(TableError, summary)
    return places


def _owners(spec: PlacesSpec, table: pd.DataFrame, parser: Cells) -> None:
    """The owner from the file, else from the kind; ``assumed`` tells the second."""
    ownerless = table["owner"] == ""
    by_kind = pd.Series([spec.owners.get(k, "unknown") for k in table["kind"]], index=table.index)
    said = parser.words(table["owner"], OWNERS, "owner")
    table["owner"] = said.where(~ownerless, by_kind).astype("str")
    table["assumed"] = ownerless & (by_kind != "unknown")


def _names(table: pd.DataFrame, points: gpd.GeoSeries) -> None:
    """Names and keys for the places that have none in the file."""
    table["unnamed"] = table["name"] == ""
    where = table["address"].where(table["address"] != "", "Adresse unbekannt")
    table["name"] = table["name"].where(~table["unnamed"], UNNAMED + where + ")")
    made = [
        _made_id(*key) for key in zip(table["kind"], table["name"], points.x, points.y, strict=True)
    ]
    keys = pd.Series(made, index=table.index, dtype="str")
    table["place"] = table["place"].where(table["place"] != "", keys)


def _one_spot_each(places: gpd.GeoDataFrame, parser: Cells) -> None:
    """Note keys that stand for places far apart: which of them is meant nobody can tell."""
    first = places.drop_duplicates("place").set_index("place").geometry
    apart = places.distance(gpd.GeoSeries(first.loc[places["place"]].array, crs=places.crs))
    parser.note(apart > SAME_PLACE_M, places["place"], "place", "jeder Schlüssel für einen Ort")


def _address(street: pd.Series, code: pd.Series) -> pd.Series:
    """Street and postal code as one line; a code that was once a number loses its ``.0``."""
    plain = code.str.replace(r"[.,]0+$", "", regex=True)
    comma = pd.Series(", ", index=street.index).where((street != "") & (plain != ""), "")
    return street + comma + plain


def _made_id(kind: str, name: str, x: float, y: float) -> str:
    """Return a key for a place without one: the same for the same place, in every run."""
    text = f"{kind}|{name}|{x:.6f}|{y:.6f}"
    return "o" + hashlib.sha256(text.encode()).hexdigest()[:10]
