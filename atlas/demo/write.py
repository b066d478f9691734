"""Writing the files of Musterstadt, byte for byte the same for the same seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
import xlsxwriter

from atlas.demo import plan, tables
from atlas.demo.cases import draw_cases
from atlas.demo.ground import Ground, make_ground
from atlas.demo.regions import Regions, make_regions, names
from atlas.demo.rooms import Rooms, draw_rooms
from atlas.demo.society import draw_counts, make_atoms, people_of_cells
from geodata.errors import OutputError, Problem, why

SEED = 7
_CRS = "EPSG:25832"
_CREATED = datetime(2024, 9, 2, 8, 0, tzinfo=UTC)
_STATIC = ("musterstadt.toml", "sprechstunden.toml", "leistungen_merkmale.csv", "LIESMICH.txt")
_LEVELS = {"plr": 8, "bzr": 6, "pgr": 4, "bez": 2}
"""Layers of the GeoPackages and the digits of their keys."""


@dataclass(frozen=True)
class _City:
    """Everything that chance decided."""

    ground: Ground
    regions: Regions
    tables: dict[str, pd.DataFrame]
    cases: pd.DataFrame
    rooms: Rooms


def write_demo(folder: Path, seed: int = SEED) -> Path:
    """Write the files of Musterstadt.

    Parameters
    ----------
    folder
        Made where it is missing; files of the same names in it are replaced.
    seed
        The same seed gives the same bytes; another one a city with the same ground plan
        and other details.

    Returns
    -------
    Path
        The project file.

    Raises
    ------
    OutputError
        The folder cannot be written to.
    """
    try:
        for part in ("gebiete", "einwohner", "sgb2", "sozialamt", "fachstelle", "orte"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        city = _draw(seed)
        _write_geometries(folder / "gebiete", city)
        _write_tables(folder, city)
        for name in _STATIC:
            (folder / name).write_bytes(files("atlas.demo").joinpath(name).read_bytes())
    except OSError as error:
        problem = Problem(str(folder), why(error), "ein beschreibbarer Ordner")
        raise OutputError("Musterstadt lässt sich dort nicht ablegen.", [problem]) from None
    return folder / "musterstadt.toml"


def _draw(seed: int) -> _City:
    """Draw the city; every part has its own stream, so none disturbs another."""
    streams = iter(np.random.default_rng(seed).spawn(7))
    ground = make_ground(next(streams))
    people = people_of_cells(ground, next(streams))
    regions = make_regions(ground, people, next(streams))
    atoms = make_atoms(ground, regions, people, next(streams))
    counts = draw_counts(atoms, next(streams))
    by_area = {p: tables.by_area(counts, atoms, regions, p) for p in plan.PERIODS}
    cases = draw_cases(atoms, next(streams))
    return _City(
        ground, regions, by_area, cases, draw_rooms(ground, regions, people, next(streams))
    )


def _write_geometries(folder: Path, city: _City) -> None:
    for vintage in plan.VINTAGES:
        path = folder / f"raeume_{vintage}.gpkg"
        path.unlink(missing_ok=True)
        with _fixed_clock():
            for layer, frame in _layers(city, vintage).items():
                pyogrio.write_dataframe(
                    frame, path, layer=layer, driver="GPKG", DESCRIPTION=tables.NOTICE
                )
        table = city.regions.table
        districts = table[table["vintage"] == vintage]
        known = {f"JC{n}": name for n, name in enumerate(names()["jobcenter"]["names"], start=1)}
        frame = pd.DataFrame(
            {
                "PLR_ID": districts["area"],
                "JC_ID": districts["jobcenter"],
                "JC_NAME": districts["jobcenter"].map(known),
            }
        )
        title = f"Zuordnung der Planungsräume zu den Jobcentern, Gebietsstand {vintage}"
        _write_csv(folder / f"jobcenter_{vintage}.csv", frame, title)


def _layers(city: _City, vintage: str) -> dict[str, gpd.GeoDataFrame]:
    """All levels of a vintage, each the union of the same cells."""
    table = city.regions.table[city.regions.table["vintage"] == vintage].set_index("area")
    keys = city.regions.of_cell[vintage]
    room_names = table["name"].to_dict()
    above = ""
    result: dict[str, gpd.GeoDataFrame] = {}
    for layer, digits in reversed(_LEVELS.items()):
        labels = np.array([key[:digits] for key in keys])
        found = np.unique(labels)
        known = room_names if layer == "plr" else city.regions.region_names
        tag = layer.upper()
        columns = {f"{tag}_ID": found, f"{tag}_NAME": [known[str(key)] for key in found]}
        if above:
            columns[f"{above}_ID"] = [str(key)[: digits - 2] for key in found]
        if layer == "plr":
            columns["BEWOHNT"] = np.where(table["inhabited"].reindex(found), "J", "N")
        shapes = [shapely.coverage_union_all(city.ground.outlines[labels == k]) for k in found]
        result[layer] = gpd.GeoDataFrame(columns, geometry=shapely.normalize(shapes), crs=_CRS)
        above = tag
    return result


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """Let the GeoPackage driver write one date, whenever it runs."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{_CREATED:%Y-%m-%dT%H:%M:%S}.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_tables(folder: Path, city: _City) -> None:
    table = city.regions.table
    for period, counts in city.tables.items():
        here = table[table["vintage"] == plan.vintage_of(period)]
        room_names = here.set_index("area")["name"]
        day = tables.german_date(period)
        _write_csv(
            folder / "einwohner" / f"einwohner_{period}.csv",
            tables.residents_sheet(counts, room_names),
            f"Einwohner am Ort der Hauptwohnung nach Altersgruppen am {day}",
        )
        _write_book(folder / "sgb2" / f"sgb2_{period}.xlsx", counts, room_names, day)
    _write_csv(
        folder / "sozialamt" / "leistungen.csv",
        tables.benefits_table(city.tables),
        "Leistungen nach SGB XII und SGB IX in den Planungsräumen",
    )
    _write_csv(folder / "fachstelle" / "faelle.csv", city.cases)
    _write_csv(folder / "orte" / "orte.csv", city.rooms.places, "Räume und Einrichtungen")
    _write_csv(folder / "orte" / "oeffnungszeiten.csv", city.rooms.windows, "Öffnungszeiten")
    _write_csv(folder / "orte" / "sprechstunden.csv", city.rooms.sessions, "Sprechstunden")


def _write_csv(path: Path, frame: pd.DataFrame, title: str = "") -> None:
    """As German offices write: cp1252, semicolons, CRLF, a title line before the header."""
    head = f"{title} - {tables.NOTICE}\r\n" if title else ""
    body = frame.to_csv(sep=";", index=False, lineterminator="\r\n")
    path.write_bytes((head + body).encode("cp1252"))


def _write_book(path: Path, counts: pd.DataFrame, room_names: pd.Series, day: str) -> None:
    """One workbook of the Musteramt: a sheet per subject, title lines, sums, notes."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": tables.NOTICE, "created": _CREATED.replace(tzinfo=None)})
        bold = book.add_format({"bold": True})
        share = book.add_format({"num_format": "0.0"})
        subjects = {
            "Bedarfsgemeinschaften": tables.HOUSEHOLDS,
            "Personen": tables.PERSONS,
            "Arbeitslose": tables.UNEMPLOYED,
        }
        for subject, columns in subjects.items():
            body = tables.sheet(counts, columns, room_names)
            page = book.add_worksheet(subject)
            page.set_column(0, 1, 22)
            titles = (f"{subject} nach Planungsräumen", f"Stichtag {day}", tables.NOTICE)
            for row, text in enumerate(titles):
                page.write_string(row, 0, text, bold)
            page.write_row(3, 0, [*body.columns, "Anteil an der Stadt in %"], bold)
            rows = body.to_numpy().tolist()
            for row, cells in enumerate(rows, start=4):
                page.write_string(row, 0, cells[0])
                page.write_string(row, 1, cells[1])
                page.write_row(row, 2, [n or tables.ZERO for n in cells[2:]])
                page.write(row, len(cells), 100 * cells[2] / rows[-1][2] or tables.ZERO, share)
            notes = (f"{tables.ZERO} genau null", f"{tables.LATER} Angabe folgt später")
            for row, text in enumerate(notes, start=4 + len(body)):
                page.write_string(row, 0, text)
