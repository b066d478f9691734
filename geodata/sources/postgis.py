"""A table of a PostGIS database, read in one read-only transaction.

The driver is ADBC's, over libpq: passwords come from where libpq looks for them
(``PGPASSWORD``, ``~/.pgpass``, a service file), with libpq's own checks of file rights.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS

from geodata.errors import ServiceError, UserError
from geodata.sources.service import ServiceOptions

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

_COLUMNS = """
SELECT f_geometry_column, srid FROM geometry_columns
WHERE f_table_schema = $1 AND f_table_name = $2 ORDER BY f_geometry_column
"""
_TABLES = "SELECT f_table_schema || '.' || f_table_name FROM geometry_columns ORDER BY 1 LIMIT 50"
_FIELDS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position
"""


def read_postgis(
    address: str, table: str, crs: str, options: ServiceOptions, columns: list[str]
) -> gpd.GeoDataFrame:
    """Read the needed columns (all where none is named) and the outlines of a table or view.

    Raises
    ------
    UserError
        The driver is not installed.
    ServiceError
        No connection, no such table or column, or the time limit is reached.
    """
    try:
        import adbc_driver_postgresql.dbapi as driver
        from adbc_driver_manager import Error
    except ImportError:
        raise UserError(
            "Für PostGIS fehlt der Treiber: die Erweiterung [postgis] mit installieren."
        ) from None
    where = f"{urlsplit(address).hostname}, {table}"
    try:
        with driver.connect(_uri(address, options)) as link, link.cursor() as cursor:
            # Said before anything else: nothing we send can change what is there.
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(f"SET LOCAL statement_timeout = {options.timeout_seconds * 1000:.0f}")
            return _read(cursor, table, crs, options, columns)
    except Error as error:
        raise ServiceError(f"PostGIS ({where}): {_said(str(error))}.") from None


def _uri(address: str, options: ServiceOptions) -> str:
    parts = urlsplit(address)
    extra = urlencode(
        {"connect_timeout": max(2, round(options.timeout_seconds)), "application_name": "atlas"}
    )
    query = f"{parts.query}&{extra}" if parts.query else extra
    return urlunsplit(parts._replace(scheme="postgresql", query=query))


def _read(
    cursor: "Cursor", table: str, crs: str, options: ServiceOptions, columns: list[str]
) -> gpd.GeoDataFrame:
    schema, _, name = table.rpartition(".")
    place = (schema or "public", name)
    shape, srid = _geometry_column(cursor, place, table, options.geometry)
    cursor.execute(_FIELDS, place)
    there = [row[0] for row in cursor.fetchall()]
    missing = [c for c in columns if c not in there]
    if missing:
        shown = ", ".join(c for c in there if c != shape)
        raise ServiceError(f"Die Tabelle {table} hat nicht {', '.join(missing)}; es gibt: {shown}.")
    wanted = columns or [c for c in there if c != shape]
    chosen = ", ".join(f"{_quoted(c)}::text AS {_quoted(c)}" for c in wanted)
    query = (
        f"SELECT {chosen}, ST_AsBinary({_quoted(shape)}) AS atlas_shape "  # noqa: S608
        f"FROM {_quoted(place[0])}.{_quoted(place[1])}"
    )
    limits: tuple[Any, ...] = ()
    if options.bbox:
        query += (
            f" WHERE ST_Intersects({_quoted(shape)}, ST_Transform("
            "ST_MakeEnvelope($1, $2, $3, $4, $5::int), $6::int))"
        )
        limits = (*options.bbox, CRS.from_user_input(crs).to_epsg(), srid)
    cursor.execute(query, limits or None)
    rows = cursor.fetch_arrow_table().to_pandas()
    shapes = shapely.from_wkb(rows.pop("atlas_shape").to_numpy(dtype=object))
    if not len(rows):
        raise ServiceError(f"Die Tabelle {table} enthält keine passende Zeile.")
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes)
    return frame.set_crs(srid) if srid > 0 else frame


def _geometry_column(
    cursor: "Cursor", place: tuple[str, str], table: str, wanted: str | None
) -> tuple[str, int]:
    cursor.execute(_COLUMNS, place)
    found = {str(name): int(srid) for name, srid in cursor.fetchall()}
    if not found:
        cursor.execute(_TABLES)
        known = ", ".join(row[0] for row in cursor.fetchall()) or "keine"
        raise ServiceError(f"Die Tabelle {table} mit Geometrie gibt es nicht; es gibt: {known}.")
    names = ", ".join(found)
    if wanted and wanted not in found:
        raise ServiceError(f"Die Tabelle {table} hat die Spalte {wanted} nicht; es gibt: {names}.")
    if not wanted and len(found) > 1:
        raise ServiceError(
            f'Die Tabelle {table} hat mehrere Geometrien ({names}); geometry = "…" nennt eine.'
        )
    name = wanted or next(iter(found))
    return name, found[name]


def _quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


_KNOWN = {
    "statement timeout": "die Abfrage dauerte länger als das Zeitlimit",
    "password": "Anmeldung abgelehnt; das Kennwort kommt aus PGPASSWORD oder ~/.pgpass",
    "permission denied": "diese Kennung darf die Tabelle nicht lesen",
    "connection refused": "dort läuft keine Datenbank, oder sie nimmt keine Verbindung an",
    "timeout expired": "keine Antwort in der gesetzten Zeit",
    "could not translate host": "den Rechner gibt es nicht, oder dieser Rechner ist nicht im Netz",
    "does not exist": "die Datenbank, Kennung oder Tabelle gibt es nicht",
}


def _said(message: str) -> str:
    """The database's message in German where it is a known one; never the whole address."""
    lower = message.lower()
    known = next((words for mark, words in _KNOWN.items() if mark in lower), None)
    return known or " ".join(message.split())[:300].rstrip(".")
