"""Every reader with a small sound file, and an independent reading of the damaged one."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import xlsxwriter
from shapely.geometry import box

from atlas.placement.presets.careful import read_carefully
from atlas.placement.scenario import load_scenario, scenario_data
from atlas.project import load_project
from geodata.areas import Cache, GeometrySource, HierarchySource, read_layer
from geodata.areas.levels import grouping
from geodata.files import TableFormat
from geodata.model import Source, Vintage
from geodata.places import PlacesSpec, read_places
from geodata.travel.feed import read_feed
from geodata.travel.matrix import MatrixSpec, read_matrix
from indicators.disclosure.plain_files import Faults
from indicators.records import count_cases
from indicators.sources import CaseCount, CaseList, Dataset, DatasetFile
from indicators.tables import read_dataset
from tests.geodata.travel.feeds import small_tables, write_feed
from tests.mutation.damage import BYTES, TABLE, Kind

Numbers = dict[tuple[str, ...], object]
"""What a reader makes of a file: every number by its cell."""

ANY = object()
"""What may be anything, since the damaged file says something else there."""

SOURCE = Source("Zahlen", "Amt", "CC0-1.0", "Amt")
NAMES = ("Süd", "Nord", "Größau", "Am Weiher", "Mitte", "Öd")
KEYS = tuple(f"01{n:02d}" for n in range(1, 7))
CRS = "EPSG:25832"
X, Y, SIDE = 500_000, 5_700_000, 1000
PLACES = ("b1", "f1", "s1")


def _unchanged(data: bytes) -> bytes:
    return data


@dataclass(frozen=True)
class Reader:
    """A reader, its sound file, and how the file may be damaged.

    ``plainly`` reads a damaged file without our code, or says that nothing can be read from
    it: a number that really stands in the file is not a changed number.
    """

    name: str
    file: str
    sound: Callable[[Path], bytes]
    read: Callable[[Path], Numbers]
    kinds: tuple[Kind, ...]
    plainly: Callable[[bytes], Numbers] | None = None
    wrap: Callable[[bytes], bytes] = _unchanged


def areas() -> gpd.GeoDataFrame:
    """Six squares side by side."""
    shapes = [box(X + i * SIDE, Y, X + (i + 1) * SIDE, Y + SIDE) for i in range(len(KEYS))]
    columns = {"vintage": "neu", "level": "raum", "area": KEYS, "name": NAMES, "inhabited": True}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


AREAS = areas()
VINTAGES = (Vintage("neu", "Neu", None, None),)


def rows_of(data: bytes, errors: str = "strict") -> list[dict[str, str]]:
    """Rows of a semicolon table by the standard library alone; [] where it is none."""
    try:
        text = data.decode("utf-8-sig", errors)
        lines = [
            r
            for r in csv.reader(io.StringIO(text, newline=""), delimiter=";")
            if any(c.strip() for c in r)
        ]
    except (UnicodeDecodeError, csv.Error):
        return []
    return (
        [dict(zip(map(_tidy, lines[0]), row, strict=False)) for row in lines[1:]] if lines else []
    )


def _tidy(text: str) -> str:
    return " ".join(
        text.replace("\u00ad", "").replace("\u00a0", " ").replace("\u202f", " ").split()
    )


# A wide table and the same as a workbook -------------------------------------------------------

COUNTS = {"Einwohner": "residents", "unter 15": "residents/age_u15", "SGB II": "sgb2_persons"}
WIDE = Dataset(
    key="zahlen", source=SOURCE, level="raum", area="RAUM", symbols="musteramt",
    files=(DatasetFile("t.csv", "neu", "2024-12-31"),),
    counts=COUNTS, values={"Quote": "sgb2_quote"}, total_rows=("Stadt",),
)  # fmt: skip


def wide_rows() -> list[list[str]]:
    rows = [["RAUM", "Name", *COUNTS, "Quote"]]
    for i, (key, name) in enumerate(zip(KEYS, NAMES, strict=True)):
        people = 1000 + 37 * i
        rows.append(
            [
                key,
                name,
                str(people),
                str(people // 7),
                str(20 + 3 * i) if i != 2 else ".",
                f"{2 + i},{i}",
            ]
        )
    total = [sum(int(row[c]) for row in rows[1:]) for c in (2, 3)]
    return [*rows, ["Stadt", "Stadt gesamt", str(total[0]), str(total[1]), ".", "4,5"]]


def as_csv(rows: list[list[str]]) -> bytes:
    return ("\n".join(";".join(row) for row in rows) + "\n").encode("utf-8")


def as_workbook(data: bytes) -> bytes:
    """The same cells in a workbook, numbers as numbers, as offices save a table."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Tabelle")
        text = data.decode("utf-8", errors="replace")
        for r, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=";")):
            for c, cell in enumerate(row):
                if (
                    cell.isascii()
                    and cell.isdigit()
                    and not (cell.startswith("0") and len(cell) > 1)
                    and len(cell) < 15
                ):
                    sheet.write_number(r, c, int(cell))
                else:
                    sheet.write_string(r, c, cell[:30000])
    return out.getvalue()


def read_wide(dataset: Dataset, folder: Path) -> Numbers:
    reading = read_dataset(dataset, AREAS, folder, folder)
    found: Numbers = {}
    for area, measure, group, count, status in reading.counts[
        ["area", "measure", "group", "count", "status"]
    ].itertuples(index=False):
        found[(area, f"{measure}/{group}")] = None if pd.isna(count) else int(count)
        found[(area, f"{measure}/{group}", "status")] = status
    for area, key, value, status in reading.values[
        ["area", "indicator", "value", "status"]
    ].itertuples(index=False):
        found[(area, key)] = None if pd.isna(value) else float(value)
        found[(area, key, "status")] = status
    return found


def _symbol(text: str) -> tuple[object, str] | None:
    known = {
        "–": (0, "zero"),
        "…": (None, "missing"),
        ".": (None, "suppressed"),
        "": (None, "missing"),
    }
    return known.get(text)


def plain_wide(data: bytes) -> Numbers:
    found: Numbers = {}
    for row in rows_of(data):
        key = row.get("RAUM", "").strip()
        for column, target in COUNTS.items():
            text = _tidy(row.get(column, ""))
            cell = (key, target if "/" in target else f"{target}/total")
            if (symbol := _symbol(text)) is not None:
                found[cell], found[(*cell, "status")] = symbol
            elif text.isascii() and text.isdigit():
                found[cell], found[(*cell, "status")] = (
                    int(text),
                    "zero" if int(text) == 0 else "published",
                )
        text = _tidy(row.get("Quote", ""))
        cell = (key, "sgb2_quote")
        if (symbol := _symbol(text)) is not None:
            value, status = symbol
            found[cell], found[(*cell, "status")] = None if value is None else 0.0, status
        else:
            try:
                found[cell], found[(*cell, "status")] = float(text.replace(",", ".")), "published"
            except ValueError:
                continue
    return found


# A long table with a layout --------------------------------------------------------------------

LONG = Dataset(
    key="lang", source=SOURCE, level="raum", area="Gebiet", match="name", layout="long",
    labels="labels.csv", label_columns=("Merkmal",), value_column="Wert", period_column="Jahr",
    period_template="{}-12-31", symbols="musteramt", files=(DatasetFile("t.csv", "neu"),),
)  # fmt: skip
LABELS = """Merkmal;target;action;reason
Einwohner;residents;use;
unter 15;residents/age_u15;use;
Davon weiblich;;set_aside;nicht gebraucht
"""
TARGETS = {"Einwohner": "residents/total", "unter 15": "residents/age_u15"}


def long_rows() -> list[list[str]]:
    rows = [["Jahr", "Gebiet", "Merkmal", "Wert"]]
    for i, name in enumerate(NAMES):
        for year in (2023, 2024):
            for k, label in enumerate((*TARGETS, "Davon weiblich")):
                rows.append([str(year), name, label, str(100 * (k + 1) + 7 * i + year - 2023)])
    return rows


def read_long(folder: Path) -> Numbers:
    (folder / "labels.csv").write_text(LABELS, encoding="utf-8")
    counts = read_dataset(LONG, AREAS, folder, folder).counts
    return {
        (area, period, f"{measure}/{group}"): None if pd.isna(count) else int(count)
        for area, period, measure, group, count in counts[
            ["area", "period", "measure", "group", "count"]
        ].itertuples(index=False)
    }


def plain_long(data: bytes) -> Numbers:
    found: Numbers = {}
    key = dict(zip(NAMES, KEYS, strict=True))
    for row in rows_of(data):
        area, label, text = (
            key.get(_tidy(row.get("Gebiet", ""))),
            _tidy(row.get("Merkmal", "")),
            _tidy(row.get("Wert", "")),
        )
        if area and label in TARGETS:
            cell = (area, f"{_tidy(row.get('Jahr', ''))}-12-31", TARGETS[label])
            if (symbol := _symbol(text)) is not None:
                found[cell] = symbol[0]
            elif text.isascii() and text.isdigit():
                found[cell] = int(text)
    return found


# A list of cases -------------------------------------------------------------------------------

CODES = {"E": "outcome_kept", "V": "outcome_lost"}
CASES = CaseList(
    key="faelle", source=SOURCE, file="t.csv", columns=("Klage", "Ausgang", "Raum"), level="raum",
    areas={"neu": "Raum"}, periods=("2024-06-30", "2024-12-31"),
    counts=(CaseCount("wn_raeumungsklagen", "Klage", {"Ausgang": CODES}),),
)  # fmt: skip


def case_rows() -> list[list[str]]:
    rows = [["Nr", "Klage", "Ausgang", "Raum", "Bemerkung"]]
    for n in range(40):
        rows.append(
            [
                str(n),
                f"{1 + n % 28:02d}.{1 + n % 12:02d}.2024",
                "EV"[n % 3 == 0],
                KEYS[n % 5],
                "müde",
            ]
        )
    return rows


def read_cases(folder: Path) -> Numbers:
    counts, _ = count_cases(CASES, AREAS, VINTAGES, folder)
    return {
        (area, period, group): int(count)
        for area, period, group, count in counts[["area", "period", "group", "count"]].itertuples(
            index=False
        )
    }


def plain_cases(data: bytes) -> Numbers:
    found: Numbers = {
        (k, p, g): 0
        for k in KEYS
        for p in CASES.periods
        for g in ("total", "outcome_kept", "outcome_lost")
    }
    for row in rows_of(data, "replace"):  # columns that nobody reads may be broken
        day, area = (
            pd.to_datetime(row.get("Klage", "").strip(), format="%d.%m.%Y", errors="coerce"),
            row.get("Raum", "").strip(),
        )
        code = CODES.get(row.get("Ausgang", "").strip())
        if not pd.isna(day) and day.year == 2024 and area in KEYS:
            period = CASES.periods[day.month > 6]
            for group in ("total", code):
                if group:
                    found[(area, period, group)] = int(str(found[(area, period, group)])) + 1
    return found


# Rooms, minutes, a second grouping ------------------------------------------------------------

ROOM_COLUMNS = {
    "place": "Nr", "name": "Name", "kind": "Art", "owner": "Träger", "capacity": "Plätze",
    "x": "Rechts", "y": "Hoch", "opening_hours": "Zeiten",
}  # fmt: skip
ROOMS = PlacesSpec("t.csv", ROOM_COLUMNS, CRS, TableFormat())
TIMES = "Mo, Di 8.30-12.30, Do 14-17 Uhr"


def room_rows() -> list[list[str]]:
    rows = [list(ROOM_COLUMNS.values())]
    for i, place in enumerate(PLACES):
        x, y = f"{X + 500 + i * SIDE},5", str(Y + 500)
        rows.append(
            [place, f"Bücherei {NAMES[i]}", "library", "kommunal", str(20 + i), x, y, TIMES]
        )
    return rows


def read_rooms(folder: Path) -> Numbers:
    result = read_places(ROOMS, folder, AREAS)
    return {
        (str(row.place), name): value
        for row in result.places.itertuples()
        for name, value in (
            ("name", row.name), ("capacity", None if pd.isna(row.capacity) else int(row.capacity)),
            ("x", round(row.geometry.x, 2)), ("area", row.area),
        )
    }  # fmt: skip


def plain_rooms(data: bytes) -> Numbers:
    """Rooms inside the city; one that lies outside is told by name and not kept."""
    found: Numbers = {}
    for row in rows_of(data):
        try:
            x, y = (float(row.get(c, "").strip().replace(",", ".")) for c in ("Rechts", "Hoch"))
        except ValueError:
            continue
        at = int((x - X) // SIDE)
        if not (0 <= at < len(KEYS) and Y <= y <= Y + SIDE):
            continue
        capacity = row.get("Plätze", "").strip()
        found |= {
            (_tidy(row.get("Nr", "")), name): value
            for name, value in (
                ("name", _tidy(row.get("Name", ""))),
                ("capacity", int(capacity) if capacity.isdigit() else None),
                ("x", round(x, 2)),
                ("area", KEYS[at]),
            )
        }
    return found


def minute_rows() -> list[list[str]]:
    return [
        ["area", "place", "minutes"],
        *([k, p, f"{3 * i + j},5"] for i, k in enumerate(KEYS) for j, p in enumerate(PLACES)),
    ]


def read_minutes(folder: Path) -> Numbers:
    places = gpd.GeoDataFrame({"place": PLACES}, geometry=AREAS.centroid[:3], crs=CRS)
    table = read_matrix(MatrixSpec("t.csv"), folder, AREAS, places).table
    return {
        (a, p): float(m) for a, p, m in table[["area", "place", "minutes"]].itertuples(index=False)
    }


def read_preset(folder: Path) -> Numbers:
    faults = Faults()
    rows = read_carefully(folder / "t.csv", ("area", "place"), "minutes", faults, empty=True)
    faults.raise_if_any("Die Wege sind fehlerhaft.")
    return {
        (rows.columns[0].keys[a], rows.columns[1].keys[p]): float(v)
        for a, p, v in zip(rows.columns[0].code, rows.columns[1].code, rows.value, strict=True)
        if np.isfinite(v)
    }


def plain_minutes(data: bytes) -> Numbers:
    found: Numbers = {}
    for row in rows_of(data):
        try:
            minutes = float(row.get("minutes", "").strip().replace(",", "."))
        except ValueError:
            continue
        found[(row.get("area", "").strip(), row.get("place", "").strip())] = minutes
    return found


GROUPING = HierarchySource(
    "region", "Region", "neu", "region", "raum", "t.csv", "Raum", "Region", "Titel"
)


def group_rows() -> list[list[str]]:
    return [
        ["Raum", "Region", "Titel"],
        *([k, "AB"[i // 3], f"Region {'AB'[i // 3]}"] for i, k in enumerate(KEYS)),
    ]


def read_groups(folder: Path) -> Numbers:
    from geodata.areas import CityArea

    _, links = grouping(GROUPING, AREAS, CityArea("00", "Stadt"), "stadt", folder)
    return {(str(c),): str(p) for c, p in zip(links[0]["child"], links[0]["parent"], strict=True)}


def plain_groups(data: bytes) -> Numbers:
    return {(row.get("Raum", ""),): row.get("Region", "") for row in rows_of(data)}


# Outlines --------------------------------------------------------------------------------------

LAYER = GeometrySource("raum", "neu", "t", "key", "title")


def outline(driver: str, suffix: str) -> Callable[[Path], bytes]:
    def write(folder: Path) -> bytes:
        path = folder / f"sound{suffix}"
        frame = AREAS[["area", "name", "geometry"]].rename(columns={"area": "key", "name": "title"})
        if driver == "GeoJSON":
            frame = frame.to_crs("EPSG:4326")
        frame.to_file(path, driver=driver)
        return path.read_bytes()

    return write


def read_outlines(file: str) -> Callable[[Path], Numbers]:
    def read(folder: Path) -> Numbers:
        layer = read_layer(replace(LAYER, file=file), CRS, folder, Cache()).frame
        found: Numbers = {
            (str(k), "name"): n for k, n in zip(layer["area"], layer["name"], strict=True)
        }
        found |= {
            (str(k), "m2"): round(a, -1) for k, a in zip(layer["area"], layer.area, strict=True)
        }
        return found

    return read


def plain_geojson(data: bytes) -> Numbers:
    """Names as they stand there; of an outline that is another one the size may be any."""
    try:
        features = json.loads(data.decode("utf-8-sig"))["features"]
        titled = [(f["properties"], f["geometry"]) for f in features]
        found: Numbers = {
            (str(p["key"]).strip(), "name"): _tidy(str(p["title"])) for p, _ in titled
        }
        return found | {(str(p["key"]).strip(), "m2"): ANY for p, _ in titled}
    except (ValueError, KeyError, TypeError):
        return {}


# A timetable, a project, a scenario ------------------------------------------------------------


def feed_bytes(folder: Path) -> bytes:
    trips = {
        f"t{n}": [("a", 480 + 10 * n), ("b", 487 + 10 * n), ("c", 495 + 10 * n)] for n in range(6)
    }
    stops = {"a": (9.0, 51.45), "b": (9.01, 51.45), "c": (9.03, 51.45)}
    return write_feed(folder / "sound.zip", small_tables(trips, stops)).read_bytes()


def read_timetable(folder: Path) -> Numbers:
    feed = read_feed(folder / "t.zip")
    times = feed.times
    return {
        (str(feed.trips["trip_id"].iloc[t]), str(feed.stops["stop_id"].iloc[s])): (int(a), int(d))
        for t, s, a, d in zip(
            times["trip"], times["stop"], times["arrival"], times["departure"], strict=True
        )
    }


def city_file(name: str) -> Callable[[Path], bytes]:
    def sound(_: Path) -> bytes:
        return (Path(__file__).parents[2] / "atlas" / "cities" / name).read_bytes()

    return sound


def read_project(folder: Path) -> Numbers:
    return {("project",): load_project(folder / "t.toml")}


def read_scenario(folder: Path) -> Numbers:
    return {("scenario",): str(scenario_data(load_scenario(folder / "t.toml")))}


class Anything(dict[tuple[str, ...], object]):
    """What may say anything in every cell."""

    def get(self, *_: object) -> object:
        return ANY


def anything(_: bytes) -> Numbers:
    """A file whose bytes carry any content (settings, a database): only a refusal is judged."""
    return Anything()


def _table(
    name: str,
    rows: Callable[[], list[list[str]]],
    read: Callable[[Path], Numbers],
    plainly: Callable[[bytes], Numbers],
) -> Reader:
    return Reader(name, "t.csv", lambda _: as_csv(rows()), read, TABLE, plainly)


BOOK = replace(WIDE, files=(DatasetFile("t.xlsx", "neu", "2024-12-31"),))
NOT_IN_A_BOOK = {*(k.name for k in BYTES), "recode", "delimiter", "line_ends", "quoted"}
CELLS = tuple(k for k in TABLE if k.name not in NOT_IN_A_BOOK)
BERLIN = city_file("berlin_sprechstunden.toml")


def read_book(folder: Path) -> Numbers:
    return read_wide(BOOK, folder)


READERS = (
    _table("wide", wide_rows, lambda folder: read_wide(WIDE, folder), plain_wide),
    Reader(
        "workbook",
        "t.xlsx",
        lambda _: as_csv(wide_rows()),
        read_book,
        CELLS,
        plain_wide,
        as_workbook,
    ),
    Reader(
        "workbook_bytes", "t.xlsx", lambda _: as_workbook(as_csv(wide_rows())), read_book, BYTES
    ),
    _table("long", long_rows, read_long, plain_long),
    _table("cases", case_rows, read_cases, plain_cases),
    _table("rooms", room_rows, read_rooms, plain_rooms),
    _table("minutes", minute_rows, read_minutes, plain_minutes),
    _table("preset", minute_rows, read_preset, plain_minutes),
    _table("grouping", group_rows, read_groups, plain_groups),
    Reader(
        "geojson",
        "t.geojson",
        outline("GeoJSON", ".geojson"),
        read_outlines("t.geojson"),
        BYTES,
        plain_geojson,
    ),
    Reader(
        "geopackage", "t.gpkg", outline("GPKG", ".gpkg"), read_outlines("t.gpkg"), BYTES, anything
    ),
    Reader("timetable", "t.zip", feed_bytes, read_timetable, BYTES),
    Reader("project", "t.toml", city_file("berlin.toml"), read_project, BYTES, anything),
    Reader("scenario", "t.toml", BERLIN, read_scenario, BYTES, anything),
)
