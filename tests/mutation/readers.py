"""Every reader with its sound file and the damage it is tried with."""

from collections.abc import Callable
from pathlib import Path

from tests.mutation import cases, formats, outlines, rooms, tables, whole
from tests.mutation.base import Numbers, Reader, anything
from tests.mutation.damage import BYTES, TABLE
from tests.mutation.formats import as_csv

NOT_IN_CELLS = {*(k.name for k in BYTES), "recode", "delimiter", "line_ends", "quoted"}
CELLS = tuple(k for k in TABLE if k.name not in NOT_IN_CELLS)
"""Damage to cells, whatever the format that they are saved in."""

Rows = Callable[[], list[list[str]]]
Read = Callable[[Path], Numbers]
Plainly = Callable[[bytes], Numbers]
Wrap = Callable[[bytes], bytes]


def _table(name: str, rows: Rows, read: Read, plainly: Plainly) -> Reader:
    return Reader(name, "t.csv", lambda _: as_csv(rows()), read, TABLE, plainly)


def _cells(name: str, file: str, rows: Rows, read: Read, plainly: Plainly, wrap: Wrap) -> Reader:
    """Cells are damaged and then saved in another format."""
    return Reader(name, file, lambda _: as_csv(rows()), read, CELLS, plainly, wrap)


def _wide(name: str, wrap: Wrap) -> Reader:
    read = tables.read_as(f"t.{name}")
    return _cells(name, f"t.{name}", tables.wide_rows, read, tables.plain_wide, wrap)


def _wide_bytes(name: str, wrap: Wrap, plainly: Plainly | None = None) -> Reader:
    """The finished file is damaged."""

    def sound(_: Path) -> bytes:
        return wrap(as_csv(tables.wide_rows()))

    file = f"t.{name}"
    return Reader(f"{name}_bytes", file, sound, tables.read_as(file), BYTES, plainly)


def _outline(file: str, sound: Callable[[Path], bytes], plainly: Plainly | None) -> Reader:
    return Reader(file[2:], file, sound, outlines.read_outlines(file), BYTES, plainly)


def _edition(name: str) -> Reader:
    """What lies in an edition is protected by the check sums of its manifest."""
    file = f"kleinstadt/{name}"
    return Reader(f"edition {name}", file, whole.edition_file(name), whole.read_edition, BYTES)


READERS = (
    _table("wide", tables.wide_rows, tables.read_as("t.csv"), tables.plain_wide),
    _wide("xlsx", formats.as_xlsx),
    _wide("xls", formats.as_xls),
    _wide("ods", formats.as_ods),
    _wide("json", formats.as_json),
    _wide("parquet", formats.as_parquet),
    _wide_bytes("xlsx", formats.as_xlsx),
    _wide_bytes("xls", formats.as_xls, formats.of_xls(tables.plain_wide)),
    _wide_bytes("ods", formats.as_ods),
    _wide_bytes("json", formats.as_json, formats.of_json(tables.plain_wide)),
    _wide_bytes("parquet", formats.as_parquet, formats.of_parquet(tables.plain_wide)),
    _table("long", tables.long_rows, tables.read_long, tables.plain_long),
    Reader(
        "symbols", "t.toml", tables.profile_text, tables.read_profile, BYTES, whole.plain_toml
    ),
    _table("cases", cases.case_rows, cases.read_cases, cases.plain_cases),
    _cells(
        "case_book", "t.xlsx", cases.case_rows, cases.read_case_book, cases.plain_cases,
        formats.as_xlsx,
    ),
    _table("register", cases.register_rows, cases.read_by_address, cases.plain_register),
    _table("rooms", rooms.room_rows, rooms.read_rooms, rooms.plain_rooms),
    _table("minutes", rooms.minute_rows, rooms.read_minutes, rooms.plain_minutes),
    _table("preset", rooms.minute_rows, rooms.read_preset, rooms.plain_minutes),
    _table("grouping", rooms.group_rows, rooms.read_groups, rooms.plain_groups),
    _table("crosswalk", rooms.key_rows, rooms.read_keys, rooms.plain_keys),
    _outline(
        "t.geojson", outlines.outline("GeoJSON", ".geojson"), outlines.plain_geojson
    ),
    _outline("t.gpkg", outlines.outline("GPKG", ".gpkg"), anything),
    _outline("t.zip", outlines.zipped_shapefile, None),
    _outline("t.kml", outlines.outline("KML", ".kml"), outlines.plain_kml),
    _outline("t.topojson", outlines.topojson, outlines.plain_topojson),
    _outline(
        "t.geoparquet", outlines.outline("GeoParquet", ".geoparquet"), outlines.plain_geoparquet
    ),
    Reader("timetable", "t.zip", whole.feed_bytes, whole.read_timetable, BYTES),
    Reader(
        "project", "t.toml", whole.city_file("berlin.toml"), whole.read_project, BYTES,
        whole.plain_toml,
    ),
    Reader(
        "scenario", "t.toml", whole.city_file("berlin_sprechstunden.toml"), whole.read_scenario,
        BYTES, whole.plain_toml,
    ),
    _edition("manifest.json"),
    _edition("counts.parquet"),
    _edition("areas.parquet"),
    _edition("checks.json"),
    _edition("outlines/2022/planungsraum.geojson"),
)  # fmt: skip
