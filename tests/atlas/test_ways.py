"""A project names the files of ways: what the edition then holds and says of itself."""

import shutil
import tomllib
from pathlib import Path

import geopandas as gpd
import pytest
from pyproj import Transformer
from shapely.geometry import box

from atlas.build import build
from atlas.edition import Edition, TravelInfo, WayInfo
from atlas.placement.notes import travel_sentence
from atlas.project import load_project
from atlas.verify import verify
from geodata.errors import FileMissingError, GeometryError, ProjectError, TableError
from geodata.files import sha256_of
from tests.geodata.travel import heidelberg
from tests.geodata.travel.feeds import small_tables, write_feed
from tests.test_docs_project import write_example

SOURCE = '{ title = "T", publisher = "P", licence = "L", attribution = "A" }'
PLACES = f"""
[[places]]
source = {SOURCE}
file = "orte.csv"
columns = {{ place = "id", name = "name", kind = "art", x = "x", y = "y" }}
crs = "EPSG:25832"
"""
TRANSIT = f"""
[travel.transit]
source = {SOURCE}
file = "netz.zip"
service_day = "2022-10-05"
last = "09:00"
"""
MATRIX = f"""
[travel.matrix]
source = {SOURCE}
file = "wege.csv"
"""
HOMES = f"""
[travel.homes]
source = {SOURCE}
file = "adressen.csv"
already_public = true
x = "x"
y = "y"
crs = "EPSG:25832"
"""
NETWORK = f"""
[travel.network]
source = {SOURCE}
file = "netz.pbf"
"""


def write_city(folder: Path, *parts: str, travel: str = "") -> Path:
    """The town of the handbook, two kilometres wide, with two rooms and files of ways."""
    project = write_example(folder)
    (folder / "orte.csv").write_text(
        "id;name;art;x;y\np1;Rathaus;townhall;500100;5700500\np2;Bücherei;library;501900;5700500\n"
    )
    to_degrees = Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True)
    stops = {k: to_degrees.transform(500_000 + x, 5_700_500) for k, x in (("A", 100), ("B", 1900))}
    trips = {f"t{m}": [("A", m), ("B", m + 3)] for m in range(480, 600, 10)}
    write_feed(folder / "netz.zip", small_tables(trips, stops))
    (folder / "wege.csv").write_text("area;place;minutes\n01;p1;4,5\n02;p1;17\n03;p1;30\n")
    (folder / "adressen.csv").write_text("x;y\n500100;5700500\n501900;5700500\n")
    text = project.read_text(encoding="utf-8")
    head = f"[travel]\n{travel}\n" if travel else ""
    project.write_text("\n".join([text, head, PLACES, *parts]), encoding="utf-8")
    return project


def built(folder: Path, *parts: str, travel: str = "") -> Edition:
    project = write_city(folder, *parts, travel=travel)
    return build(project, folder, folder / "ausgabe", draft=True)


def test_without_files_ways_are_straight_lines_and_said_to_be(tmp_path):
    edition = built(tmp_path)
    assert set(edition.table("travel")["mode"]) == {"walk"}
    info = edition.manifest.travel
    profiles = ("standard", "senioren", "rollstuhl")
    assert info.ways == (WayInfo("walk", "straight", profiles),) and info.morning is None
    assert travel_sentence(info) == (
        "Fußwege sind geschätzt: Luftlinie mal Umwegfaktor 1,3 (üblich sind 1,2 bis 1,5), "
        "gemittelt über mehrere Punkte des Gebiets."
    )
    assert travel_sentence(info) in edition.checks["notes"]


def test_every_file_adds_its_minutes_its_source_and_its_sentence(tmp_path):
    edition = built(tmp_path, TRANSIT, MATRIX, HOMES)
    assert any("unverändert" in line for line in verify(tmp_path / "ausgabe"))
    keys = ["mode", "profile", "area", "place"]
    travel = edition.table("travel").set_index(keys).sort_index()
    # Delivered: exactly what stands in the table, and no other standard walk beside it.
    own = travel.loc[("walk", "standard")]
    assert own["minutes"].to_dict() == {("01", "p1"): 4.5, ("02", "p1"): 17, ("03", "p1"): 30}
    assert set(own["status"]) == {"published"}
    # Computed: from the address at the town hall to the library 1,800 m east of it.
    walk = travel.loc[("walk", "senioren", "01", "p2")]
    assert walk["minutes"] == pytest.approx(1800 * 1.3 / 50) and walk["status"] == "estimated"
    ride = travel.loc[("transit", "senioren", "01", "p2")]
    # A departure just missed by nobody: the bus stands at the door at 8:00, 8:10 ...
    assert ride["minutes"] == pytest.approx(3, abs=0.1) and ride["minutes"] < walk["minutes"]
    cards = {c.name: c for c in edition.manifest.sources}
    for name in ("netz.zip", "wege.csv", "adressen.csv"):
        assert cards[name].sha256 == sha256_of(tmp_path / name)
    assert cards["netz.zip"].period == "2022-10-05"
    info = edition.manifest.travel
    assert [(w.mode, w.method, w.profiles) for w in info.ways] == [
        ("walk", "straight", ("senioren", "rollstuhl")),
        ("transit", "timetable", ("standard", "senioren", "rollstuhl")),
        ("walk", "delivered", ("standard",)),
    ]
    assert info.homes
    assert travel_sentence(info, "transit") == (
        "Wege mit Bus und Bahn folgen dem Fahrplan vom 05.10.2022 (Aufbruch 08:00 bis 09:00 Uhr, "
        "alle 10 Minuten), mit Fußwegen und Warten, in der Mitte aller Abfahrten und gemittelt "
        "über mehrere Adressen des Gebiets; wer zu Fuß schneller ist, geht."
    )
    assert "als Tabelle geliefert" in travel_sentence(info)
    notes = "\n".join(edition.checks["notes"])
    assert "wege.csv enthält keine Wege aus: West." in notes
    assert "Ohne Adresspunkte" in notes and "Süd, West" in notes
    assert "gilt vom 01.10.2022 bis 31.10.2022; gerechnet ist der 05.10.2022" in notes
    assert "nicht, wo ein Rollstuhl einsteigen kann" in notes


@pytest.mark.parametrize(
    "parts, error, words",
    [
        ((NETWORK,), FileMissingError, "netz.pbf gibt es nicht"),
        ((TRANSIT.replace("2022-10-05", "2022-11-05"),), TableError, "01.10.2022 bis 31.10.2022"),
        ((MATRIX.replace("wege", "orte"),), TableError, "Spalte 'minutes' fehlt"),
        ((HOMES.replace('"x"', '"rechts"'),), TableError, "Spalte 'rechts' fehlt"),
        ((HOMES.replace("true", "false"),), ProjectError, "already_public"),
        ((TRANSIT.replace('"09:00"', '"07:00"'),), ProjectError, "07:00 liegt vor 08:00"),
        ((TRANSIT.replace("2022-10-05", "2022-02-30"),), ProjectError, "ein Tag im Kalender"),
    ],
)
def test_a_mistake_in_a_file_of_ways_is_told_before_anything_is_written(
    tmp_path, parts, error, words
):
    with pytest.raises(error) as caught:
        built(tmp_path, *parts)
    assert words in str(caught.value)
    assert not (tmp_path / "ausgabe").exists()


def test_a_profile_without_a_speed_and_ways_without_rooms_are_mistakes(tmp_path):
    project = write_city(tmp_path, MATRIX, travel='without_steps = ["rad"]')
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace(PLACES, ""), encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_project(project)
    assert "'rad'. Erlaubt: rollstuhl, senioren, standard" in str(caught.value)
    assert "aber keine Räume" in str(caught.value)


def test_an_older_edition_without_ways_says_what_was_true_then():
    old = TravelInfo(1.3, 1.2, 1.5)
    assert "Luftlinie mal Umwegfaktor 1,3" in travel_sentence(old)
    assert "Luftlinie mal Umwegfaktor, gemittelt" in travel_sentence(None)


@pytest.mark.reference
def test_a_network_is_used_and_the_report_says_how_far_points_were_snapped(tmp_path):
    where = heidelberg.folder()
    if where is None:
        pytest.skip("SOZIALATLAS_REFERENCE names no folder with reference data")
    project = write_city(tmp_path, NETWORK, TRANSIT.replace("2022-10-05", "2022-09-20"))
    for name, file in (("netz.pbf", "heidelberg.test.pbf"), ("netz.zip", "vrn_gtfs_cut.zip")):
        (tmp_path / name).unlink(missing_ok=True)
        shutil.copy(where / file, tmp_path / name)
    corner = heidelberg.TO_METRES.transform(8.67, 49.39)
    squares = [
        box(corner[0] + x, corner[1] + y, corner[0] + x + 900, corner[1] + y + 900)
        for y in (0, 900)
        for x in (0, 900)
    ]
    keys = {"NR": ["01", "02", "03", "04"], "NAME": ["Nord", "Ost", "Süd", "West"]}
    gpd.GeoDataFrame(keys, geometry=squares, crs="EPSG:25832").to_file(tmp_path / "quartiere.gpkg")
    x, y = corner[0] + 1700, corner[1] + 1700
    (tmp_path / "orte.csv").write_text(f"id;name;art;x;y\np1;Rathaus;townhall;{x:.0f};{y:.0f}\n")
    edition = build(project, tmp_path, tmp_path / "ausgabe", draft=True)
    info = edition.manifest.travel
    assert {(w.mode, w.method) for w in info.ways} == {
        ("walk", "network"),
        ("transit", "timetable"),
    }
    assert travel_sentence(info).startswith("Fußwege sind die kürzesten auf dem Wegenetz")
    table = edition.table("travel").pivot_table("minutes", ["area", "profile"], "mode")
    assert (table["transit"] <= table["walk"] + 1e-6 + 1 / 60).all()
    assert (table["transit"] < table["walk"] - 1).any()
    # Points of the areas, places and stops, each on the network with and without steps.
    reports = edition.checks["travel"]
    assert [r["count"] for r in reports[:2]] == [80, 1] and len(reports) == 6
    assert reports[3]["profiles"] == ["rollstuhl"] and "ohne Treppen" in reports[3]["what"]
    assert any("an das Wegenetz angeschlossen" in n for n in edition.checks["notes"])


@pytest.mark.reference
def test_a_map_of_another_town_is_refused(tmp_path):
    where = heidelberg.folder()
    if where is None:
        pytest.skip("SOZIALATLAS_REFERENCE names no folder with reference data")
    project = write_city(tmp_path, NETWORK)
    shutil.copy(where / "heidelberg.test.pbf", tmp_path / "netz.pbf")
    with pytest.raises(GeometryError, match="im Gebiet der Stadt keinen Weg"):
        build(project, tmp_path, tmp_path / "ausgabe", draft=True)


def test_the_example_of_a_project_with_ways_can_be_read(tmp_path):
    project = write_city(tmp_path, NETWORK, TRANSIT, MATRIX, HOMES)
    assert set(tomllib.loads(project.read_text(encoding="utf-8"))["travel"]) == {
        *("network", "transit", "matrix", "homes"),
    }
    assert load_project(project).travel.transit.departures[-1] == 9 * 3600
