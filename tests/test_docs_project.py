"""The page on the project file: its tables are complete and its example is a real city."""

import dataclasses
import re
import tomllib
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from atlas.build import build
from atlas.project import (
    DisclosureRule,
    External,
    HotspotRule,
    Identity,
    PlaceSource,
    Project,
    StockFlow,
    load_project,
)
from atlas.travel_rule import (
    HomesFile,
    InhabitedFile,
    MinutesFile,
    StreetFile,
    TimetableFile,
    TravelRule,
)
from geodata.areas import CityArea, GeometrySource, HierarchySource
from geodata.crosswalk import CrosswalkSource
from geodata.files import TableFormat
from geodata.model import Level, Source, Vintage
from geodata.places import OsmRule
from geodata.sources import ServiceOptions
from indicators.catalogue import load_catalogue
from indicators.sources import (
    AddressRegister,
    AgeBands,
    CaseAddresses,
    CaseCount,
    CaseList,
    CasePoints,
    Dataset,
    DatasetFile,
    Subtotals,
    ValidColumn,
)
from indicators.symbols import profile_keys
from tests.handbook import PAGES, ROOT, blocks, described, described_types, entries, rows

PAGE = PAGES / "projektdatei.md"
TABLES = {
    "Oberste Einträge": Project,
    "Ebenen": Level,
    "Gebietsstände": Vintage,
    "Gebietsstände umrechnen": CrosswalkSource,
    "Die ganze Stadt": CityArea,
    "Umrisse": GeometrySource,
    "Dienste": ServiceOptions,
    "Weitere Gliederungen": HierarchySource,
    "Quellen": Source,
    "Dateien": TableFormat,
    "Tabellen": Dataset,
    "Dateien einer Tabelle": DatasetFile,
    "Zwischensummen": Subtotals,
    "Gültige Gebiete": ValidColumn,
    "Falllisten": CaseList,
    "Was gezählt wird": CaseCount,
    "Alter": AgeBands,
    "Koordinaten": CasePoints,
    "Anschriften": CaseAddresses,
    "Adressverzeichnis": AddressRegister,
    "Summen, die gelten sollen": Identity,
    "Bestand und Bewegung": StockFlow,
    "Zahlen von anderer Stelle": External,
    "Geheimhaltung": DisclosureRule,
    "Häufungen": HotspotRule,
    "Räume": PlaceSource,
    "OpenStreetMap": OsmRule,
    "Wege": TravelRule,
    "Wegenetz": StreetFile,
    "Fahrplan": TimetableFile,
    "Eigene Minuten": MinutesFile,
    "Wohnorte": HomesFile,
    "Bewohnte Fläche": InhabitedFile,
}


def write_example(folder: Path) -> Path:
    """The example of the page as files, with four squares for its districts."""
    page = PAGE.read_text(encoding="utf-8")
    names = re.findall(r"^`(\w+\.csv)`:$", page, re.M)
    for name, content in zip(names, blocks(page, "csv"), strict=True):
        (folder / name).write_text(content, encoding="utf-8")
    corners = [(500_000 + x, 5_700_000 + y) for y in (0, 1000) for x in (0, 1000)]
    squares = gpd.GeoDataFrame(
        {"NR": ["01", "02", "03", "04"], "NAME": ["Nord", "Ost", "Süd", "West"]},
        geometry=[box(x, y, x + 1000, y + 1000) for x, y in corners],
        crs="EPSG:25832",
    )
    squares.to_file(folder / "quartiere.gpkg")
    project = folder / "kleinstadt.toml"
    project.write_text(blocks(page, "toml")[0], encoding="utf-8")
    return project


def test_every_part_of_a_project_has_its_table():
    assert described_types(Project) == set(TABLES.values())


@pytest.mark.parametrize("heading", TABLES)
def test_a_table_names_every_entry_with_what_holds_without_it(heading):
    found = entries(PAGE.read_text(encoding="utf-8"), heading)
    wanted = {f.name: described(f) for f in dataclasses.fields(TABLES[heading])}
    assert found == {k: v if v else found.get(k) for k, v in wanted.items()}


def test_all_keys_of_the_catalogue_and_all_symbol_profiles_are_listed():
    page, catalogue = PAGE.read_text(encoding="utf-8"), load_catalogue()
    listed = dict(rows(page, "Kennzahlen"))
    counts = {f"n_{key}" for key in catalogue.measures}
    parts = (catalogue.measures, catalogue.groups, catalogue.indicators, catalogue.indices)
    known = {f"`{k}`": e.name_de for part in parts for k, e in part.items() if k not in counts}
    assert listed == known
    assert counts <= set(catalogue.indicators), "the page says that every measure has its n_"
    assert {name.strip("`") for name, _ in rows(page, "Zeichen")} == set(profile_keys())


def test_all_kinds_of_rooms_are_listed_with_their_words():
    words = tomllib.loads((ROOT / "atlas" / "locale" / "de.toml").read_text(encoding="utf-8"))
    listed = {k.strip("`"): v for k, v in rows(PAGE.read_text(encoding="utf-8"), "Arten der Räume")}
    assert listed == words["kind"]


def test_the_example_is_a_city_that_can_be_built(tmp_path):
    project = write_example(tmp_path)
    assert load_project(project).city == "Kleinstadt"
    counts = build(project, tmp_path, tmp_path / "ausgabe").table("counts")
    children = counts[(counts["measure"] == "sgb2_persons") & (counts["group"] == "age_u15")]
    status = children.set_index("area")["status"]
    # As the page says: the 2 children of 04, and one more that would give them away.
    assert status["04"] == "suppressed"
    assert (status == "suppressed").sum() == 2
    assert status["00"] == "published"
