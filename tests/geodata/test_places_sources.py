"""What a user may rely on whatever file places come in: tables, maps, OpenStreetMap."""

import itertools
import json
import tomllib
import unicodedata
from datetime import date
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, Polygon, box

from geodata.errors import FileMissingError, GeometryError, TableError
from geodata.files import TableFormat
from geodata.places import OsmRule, PlacesResult, PlacesSpec, read_places
from geodata.places.osm import standard_profile

X, Y = 390_000, 5_820_000
CRS = "EPSG:25833"
COLUMNS = {"place": "Nr", "name": "Name", "kind": "Art", "x": "Rechts", "y": "Hoch"}
HOURS = {**COLUMNS, "opening_hours": "Öffnung", "accepts": "Nutzung"}
UTF8 = TableFormat(encoding="utf-8")


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    """One square of 10 km."""
    return gpd.GeoDataFrame({"area": ["01"]}, geometry=[box(X, Y, X + 1e4, Y + 1e4)], crs=CRS)


def rows(*cells: str) -> str:
    """A table of rooms, one per row, 500 m apart; cells are "opening hours;purposes"."""
    head = "Nr;Name;Art;Rechts;Hoch;Öffnung;Nutzung"
    body = [f"r{i};Raum {i};library;{X + 500 * i};{Y + 500};{c}" for i, c in enumerate(cells, 1)]
    return "\n".join([head, *body, ""])


def read(folder: Path, areas: gpd.GeoDataFrame, text: str, **more: object) -> PlacesResult:
    (folder / "orte.csv").write_text(text, encoding="utf-8")
    return read_places(PlacesSpec("orte.csv", HOURS, CRS, UTF8, **more), folder, areas)


def week(result: PlacesResult, known: bool = True) -> list[list[object]]:
    table = result.windows[result.windows["known"] == known]
    return table[["place", "weekday", "start", "end"]].to_numpy().tolist()


def test_opening_hours_beside_a_room_become_windows(tmp_path, areas):
    text = rows("Di, Do 9-12 Uhr;", "Tu 22:00-02:00;", "Mo 9-12 (nur Kurse);", ";")
    result = read(tmp_path, areas, text)
    assert week(result) == [
        *(["r1", 1, "09:00", "12:00"], ["r1", 3, "09:00", "12:00"]),
        *(["r2", 1, "22:00", "24:00"], ["r2", 2, "00:00", "02:00"]),
    ]
    assert week(result, known=False) == [["r3", 0, "09:00", "12:00"]]
    assert result.report.hours == (
        "Öffnungszeiten von „Raum 3“ (r3): nur unter einer Bedingung (nur Kurse); unbekannt.",
    )
    assert result.report.hours[0] in result.report.lines()


def test_every_text_that_is_not_understood_is_named_with_its_row(tmp_path, areas):
    text = rows("Di ab 14 Uhr;", "Mo 9-12;", "werktags 9-12;")
    with pytest.raises(TableError) as error:
        read(tmp_path, areas, text)
    where = [(p.where, bool(p.allowed)) for p in error.value.problems]
    assert where == [(f"orte.csv, Zeile {n}, opening_hours", True) for n in (2, 4)]
    assert "„ab“" in str(error.value) and "werktags" in str(error.value)


def test_a_text_with_two_meanings_names_the_entry_that_decides(tmp_path, areas):
    text = rows('"Mo-Fr 08:00-12:00; Mo 14:00-17:00";')
    with pytest.raises(TableError, match='hours = "german"'):
        read(tmp_path, areas, text)
    assert ["r1", 0, "08:00", "12:00"] in week(read(tmp_path, areas, text, hours="german"))
    assert ["r1", 0, "08:00", "12:00"] not in week(read(tmp_path, areas, text, hours="osm"))


def test_dates_in_a_text_are_those_of_the_year_after_the_given_day(tmp_path, areas):
    text = rows("2027 Mo 09:00-12:00;")
    assert week(read(tmp_path, areas, text, day=date(2026, 12, 31))) == [
        ["r1", 0, "09:00", "12:00"]
    ]
    closed = read(tmp_path, areas, text, day=date(2025, 1, 1))
    assert week(closed) == [] and "immer geschlossen" in closed.report.hours[0]


def test_a_table_of_windows_goes_before_the_text_and_its_windows_are_joined(tmp_path, areas):
    (tmp_path / "zeiten.csv").write_text(
        "place;weekday;start;end\nr1;Mo;9;11\nr1;Mo;11;12\nr1;Mo;10;11:30\n", encoding="utf-8"
    )
    text = rows("Di 9-12;", "Mi 9-12;")
    assert week(read(tmp_path, areas, text, windows="zeiten.csv")) == [
        ["r1", 0, "09:00", "12:00"],
        ["r2", 2, "09:00", "12:00"],
    ]


def test_two_texts_for_one_place_are_shown(tmp_path, areas):
    text = (
        rows("Di 9-12;", "Mi 9-12;")
        .replace("Raum 2", "Raum 1")
        .replace(str(X + 1000), str(X + 510))
    )
    result = read(tmp_path, areas, text)
    assert week(result) == [["r1", 1, "09:00", "12:00"]]
    assert "stehen zweimal da" in result.report.hours[0] and "Mi 09:00" in result.report.hours[0]


@pytest.mark.parametrize(
    ("text", "accepts"),
    [
        ("", ""),
        ("nur Beratung", "counselling"),
        ("Information und Beratung", "information;counselling"),
        ("Beratung, Information", "information;counselling"),
        ("counselling+information", "information;counselling"),
        ("information/advice", "information;counselling"),
        ("Info", "information"),
        ("alles", ""),
    ],
)
def test_purposes_have_one_word_each(tmp_path, areas, text, accepts):
    assert read(tmp_path, areas, rows(f";{text}")).places["accepts"].tolist() == [accepts]


def test_an_unknown_purpose_lists_what_is_allowed(tmp_path, areas):
    with pytest.raises(TableError, match=r"Zeile 2, accepts: gefunden 'Bewirtung'.*beratung.*info"):
        read(tmp_path, areas, rows(";Bewirtung"))
    with pytest.raises(TableError, match="accepts"):
        read(tmp_path, areas, rows(";alles und Beratung"))


def test_words_for_owners_and_barriers_as_offices_write_them(tmp_path, areas):
    head = "Nr;Name;Art;Rechts;Hoch;Träger;Zugang"
    cells = ["städtisch;rollstuhlgerecht", "freier Träger;eingeschränkt", "privat;k. A."]
    body = [f"r{i};Raum {i};library;{X + 500 * i};{Y};{c}" for i, c in enumerate(cells, 1)]
    (tmp_path / "orte.csv").write_text("\n".join([head, *body]), encoding="utf-8")
    columns = {**COLUMNS, "owner": "Träger", "barrier_free": "Zugang"}
    places = read_places(PlacesSpec("orte.csv", columns, CRS, UTF8), tmp_path, areas).places
    assert places["owner"].tolist() == ["public", "non_profit", "other"]
    assert places["barrier_free"].tolist() == ["yes", "no", "unknown"]


def test_one_key_for_two_places_far_apart_is_refused(tmp_path, areas):
    with pytest.raises(TableError, match="Zeile 3, place: gefunden 'r1'"):
        read(tmp_path, areas, rows(";", ";").replace("r2", "r1"))


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    with pd.ExcelWriter(path, engine="xlsxwriter") as writer:
        for name, cells in sheets.items():
            pd.DataFrame(cells).to_excel(writer, sheet_name=name, header=False, index=False)


@pytest.mark.parametrize("sheet", ["Räume", 2])
def test_a_workbooks_sheet_is_found_by_name_and_by_number(tmp_path, areas, sheet):
    body = [
        ["Nr", "Name", "Art", "Rechts", "Hoch", "Öffnung", "Nutzung"],
        [7, "Raum Süd", "library", X + 500.5, Y + 500, "Di 9-12 Uhr", "nur Beratung"],
    ]
    workbook(tmp_path / "orte.xlsx", {"Deckblatt": [["Stand 2025"]], "Räume": body})
    spec = PlacesSpec("orte.xlsx", HOURS, CRS, TableFormat(sheet=sheet))
    result = read_places(spec, tmp_path, areas)
    room = result.places.iloc[0]
    assert (room["place"], room["accepts"]) == ("7", "counselling")
    assert room["geometry"] == Point(X + 500.5, Y + 500)
    assert week(result) == [["7", 1, "09:00", "12:00"]]


@pytest.mark.parametrize("sheet", ["Raeume", 3, 0])
def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path, areas, sheet):
    workbook(tmp_path / "orte.xlsx", {"Deckblatt": [["a"]], "Räume": [["b"]]})
    spec = PlacesSpec("orte.xlsx", HOURS, CRS, TableFormat(sheet=sheet))
    with pytest.raises(TableError, match="1 Deckblatt, 2 Räume"):
        read_places(spec, tmp_path, areas)


def test_sessions_of_a_workbook_with_times_in_one_cell_and_teams(tmp_path, areas):
    (tmp_path / "orte.csv").write_text(rows(";", ";"), encoding="utf-8")
    workbook(
        tmp_path / "plan.xlsx",
        {
            "a": [
                ["place", "team", "times", "valid_from"],
                ["r1", "nord", "Di, Do 9–12 Uhr", date(2025, 1, 1)],
                ["r2", "", "Mo 14-16 Uhr", "01.03.2025"],
            ]
        },
    )
    (tmp_path / "teams.csv").write_text(
        "team;name;kind;place;hours;area\nnord;Sozialraumteam Nord;Sozialraumteam;r1;38,5;01\n"
        "ost;Anlaufstelle Ost;Anlaufstelle;;;\n",
        encoding="utf-8",
    )
    spec = PlacesSpec("orte.csv", HOURS, CRS, UTF8, sessions="plan.xlsx", teams="teams.csv")
    result = read_places(spec, tmp_path, areas)
    columns = ["place", "provider", "team", "weekday", "start", "end", "valid_from"]
    assert result.sessions[columns].to_numpy().tolist() == [
        ["r1", "Sozialraumteam Nord", "nord", 1, "09:00", "12:00", "2025-01-01"],
        ["r1", "Sozialraumteam Nord", "nord", 3, "09:00", "12:00", "2025-01-01"],
        ["r2", "", "", 0, "14:00", "16:00", "2025-03-01"],
    ]
    assert [(t["team"], t["hours"]) for t in result.report.teams] == [("nord", 38.5), ("ost", None)]
    assert json.loads(json.dumps(result.report.teams))[1]["place"] == ""


def test_faults_in_sessions_and_teams_are_named_with_their_rows(tmp_path, areas):
    (tmp_path / "plan.csv").write_text(
        "place;team;times;weekday;start;end;valid_to\n"
        "r1;nord;nach Vereinbarung;;;;\nr1;west;Di 9-12;;;;2025-02-30\nr1;;;Mo;9;8;\n",
        encoding="utf-8",
    )
    (tmp_path / "teams.csv").write_text("team;name\nnord;Team Nord\n", encoding="utf-8")
    with pytest.raises(TableError) as error:
        read(tmp_path, areas, rows(";"), sessions="plan.csv", teams="teams.csv")
    assert sorted(p.where for p in error.value.problems) == [
        "plan.csv, Zeile 2, times",
        "plan.csv, Zeile 3, team",
        "plan.csv, Zeile 3, valid_to",
        "plan.csv, Zeile 4, end",
    ]
    (tmp_path / "teams.csv").write_text("team;name;place\nnord;A;zz\nnord;B;\n", encoding="utf-8")
    with pytest.raises(TableError) as error:
        read(tmp_path, areas, rows(";"), teams="teams.csv")
    assert [p.where for p in error.value.problems] == [
        "teams.csv, Zeile 3, team",
        "teams.csv, Zeile 2, place",
    ]


def features() -> gpd.GeoDataFrame:
    """A point, and a building in the shape of an L whose centre lies outside."""
    corners = [(0, 0), (100, 0), (100, 10), (10, 10), (10, 100), (0, 100)]
    building = Polygon([(X + 2000 + a, Y + 2000 + b) for a, b in corners])
    return gpd.GeoDataFrame(
        {
            "Nr": [1, 2],
            "Name": ["Raum", "Haus"],
            "Art": ["library", "school"],
            "Plätze": [12.0, None],
        },
        geometry=[Point(X + 500, Y + 500), building],
        crs=CRS,
    )


@pytest.mark.parametrize("file", ["orte.geojson", "orte.gpkg"])
def test_points_and_outlines_of_a_map_are_places(tmp_path, areas, file):
    crs = "EPSG:4326" if file.endswith("json") else CRS
    features().to_crs(crs).to_file(tmp_path / file)
    columns = {"place": "Nr", "name": "Name", "kind": "Art", "capacity": "Plätze"}
    # The map's own reference system holds, whatever the project says.
    places = read_places(PlacesSpec(file, columns, "EPSG:3857"), tmp_path, areas).places
    assert places["place"].tolist() == ["1", "2"] and places.crs == CRS
    assert places["capacity"].tolist() == [12, pd.NA]
    assert places.geometry[0].distance(Point(X + 500, Y + 500)) < 0.01
    assert features().geometry[1].buffer(0.01).contains(places.geometry[1])


def test_a_map_without_its_layer_column_or_shape_is_refused(tmp_path, areas):
    features().to_file(tmp_path / "orte.gpkg", layer="räume")
    columns = {"name": "Name", "kind": "Art"}
    with pytest.raises(FileMissingError, match=r"Ebene 'gibtsnicht'.*es gibt: räume"):
        read_places(PlacesSpec("orte.gpkg", columns, layer="gibtsnicht"), tmp_path, areas)
    with pytest.raises(TableError, match="Spalte 'Kürzel' fehlt"):
        read_places(PlacesSpec("orte.gpkg", {**columns, "place": "Kürzel"}), tmp_path, areas)
    features().assign(geometry=[None, features().geometry[1]]).to_file(tmp_path / "leer.gpkg")
    with pytest.raises(TableError, match="Objekt 1: ohne Geometrie"):
        read_places(PlacesSpec("leer.gpkg", columns), tmp_path, areas)
    (tmp_path / "kaputt.geojson").write_text("kein JSON")
    with pytest.raises(GeometryError, match=r"kaputt\.geojson ist keine lesbare Geodatei"):
        read_places(PlacesSpec("kaputt.geojson", columns), tmp_path, areas)
    with pytest.raises(FileMissingError, match=r"fehlt\.gpkg"):
        read_places(PlacesSpec("fehlt.gpkg", columns), tmp_path, areas)


TAGGED = [
    {"@id": "node/1", "amenity": "library", "name": "Bücherei", "wheelchair": "limited"},
    {
        "@id": "way/2",
        "office": "employment_agency",
        "name": "Job-Center Nord",
        "addr:street": "A-Weg",
    },
    {"@id": "node/3", "office": "employment_agency", "name": "Agentur für Arbeit"},
    {
        "@id": "node/4",
        "office": "employment_agency",
        "operator:type": "business",
        "name": "Zeit GmbH",
    },
    {"@id": "node/5", "amenity": "community_centre", "community_centre:for": "senior;juvenile"},
    {"@id": "node/6", "amenity": "community_centre", "name": "Familienzentrum Ost"},
    {"@id": "node/7", "amenity": "social_facility", "social_facility": "nursing_home"},
    {"@id": "node/8", "amenity": "kindergarten", "capacity": "90", "operator:type": "religious"},
    {
        "@id": "node/9",
        "amenity": "library",
        "opening_hours": "Mo 09:00-12:00; PH off",
        "capacity": "20",
    },
    {"@id": "node/10", "amenity": "library", "opening_hours": "montags nach Gefühl"},
    {"@id": "node/11", "amenity": "bench"},
]


def tagged(folder: Path) -> str:
    points = [Point(X + 200 + 700 * i, Y + 300) for i in range(len(TAGGED))]
    places = gpd.GeoSeries(points, crs=CRS).to_crs("EPSG:4326")
    listed = [
        {"type": "Feature", "properties": tags, "geometry": point.__geo_interface__}
        for tags, point in zip(TAGGED, places, strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": listed}, ensure_ascii=False)
    (folder / "osm.geojson").write_text(text, encoding="utf-8")
    return "osm.geojson"


def test_openstreetmaps_tags_become_places(tmp_path, areas):
    result = read_places(PlacesSpec(tagged(tmp_path), tags=True), tmp_path, areas)
    places = result.places.set_index("place")
    assert places["kind"].to_dict() == {
        **{"n1": "library", "w2": "jobcenter", "n3": "employment_agency", "n5": "youth_centre"},
        **{"n6": "family_centre", "n8": "childcare", "n9": "library", "n10": "library"},
    }
    assert places["owner"].loc[["w2", "n8", "n1"]].tolist() == ["public", "non_profit", "unknown"]
    assert places["barrier_free"].loc[["n1", "w2"]].tolist() == ["no", "unknown"]
    # The capacity of a kindergarten counts children.
    assert places["capacity"].loc[["n9", "n8"]].tolist() == [20, pd.NA]
    assert places.at["w2", "address"] == "A-Weg"
    assert week(result) == [["n9", 0, "09:00", "12:00"]]
    assert "nicht lesbar („montags nach Gefühl“)" in "".join(result.report.hours)


def test_a_projects_own_rules_and_columns_come_first(tmp_path, areas):
    rules = (
        OsmRule("cafe", {"amenity": "bench"}),
        OsmRule("", {"amenity": ["library"]}, name="^büch"),
        OsmRule("counselling", {"office": "*"}, owner="non_profit"),
    )
    columns = {"accepts": "operator:type"}
    spec = PlacesSpec(tagged(tmp_path), columns, tags=True, rules=rules)
    with pytest.raises(TableError, match="accepts: gefunden 'religious'"):
        read_places(spec, tmp_path, areas)
    spec = PlacesSpec(tagged(tmp_path), tags=True, rules=rules)
    places = read_places(spec, tmp_path, areas).places.set_index("place")
    assert places.at["n11", "kind"] == "cafe" and "n1" not in places.index
    assert places.loc["n3", ["kind", "owner"]].tolist() == ["counselling", "non_profit"]


def test_tags_packed_into_one_column_are_unpacked(tmp_path, areas):
    geometry = [Point(X + 500, Y + 500), Point(X + 900, Y + 500)]
    packed = {
        "osm_id": ["11", "12"],
        "name": ["A", "B"],
        "other_tags": ['"amenity"=>"library","wheelchair"=>"yes"', '"leisure"=>"youth_centre"'],
    }
    gpd.GeoDataFrame(packed, geometry=geometry, crs=CRS).to_file(tmp_path / "osm.gpkg")
    places = read_places(PlacesSpec("osm.gpkg", tags=True), tmp_path, areas).places
    assert places["kind"].tolist() == ["library", "youth_centre"]
    assert places["barrier_free"].tolist() == ["yes", "unknown"]


def test_a_file_without_known_tags_and_a_broken_extract_are_refused(tmp_path, areas):
    features().to_file(tmp_path / "orte.gpkg")
    with pytest.raises(TableError, match="kein Ort, dessen Art bekannt ist"):
        read_places(PlacesSpec("orte.gpkg", tags=True), tmp_path, areas)
    (tmp_path / "kaputt.osm.pbf").write_bytes(b"kein Auszug")
    with pytest.raises(TableError, match="kein lesbarer Auszug"):
        read_places(PlacesSpec("kaputt.osm.pbf"), tmp_path, areas)
    with pytest.raises(FileMissingError):
        read_places(PlacesSpec("fehlt.osm.pbf"), tmp_path, areas)


def test_every_kind_of_the_profile_has_words_in_both_languages():
    kinds = {rule.kind for rule in standard_profile().rules} - {""}
    assert {"jobcenter", "employment_agency", "library", "family_centre"} <= kinds
    for language in ("de", "en"):
        words = (files("atlas") / "locale" / f"{language}.toml").read_text(encoding="utf-8")
        assert kinds <= set(tomllib.loads(words)["kind"])


@pytest.mark.reference
def test_heidelbergs_extract_gives_its_places(reference):
    file = "heidelberg.test.pbf"
    town = gpd.GeoDataFrame({"area": ["1"]}, geometry=[box(8.6, 49.3, 8.9, 49.5)], crs="EPSG:4326")
    spec = PlacesSpec(file, {}, title="OpenStreetMap")
    result = read_places(spec, reference / "heidelberg", town.to_crs("EPSG:25832"))
    places = result.places.set_index("place")
    assert places.at["n4423417426", "name"] == "Campus-Bibliothek Bergheim"
    assert places.loc["w89221699", ["kind", "address"]].tolist() == [
        *("youth_centre", "Römerstraße 87, 69115")
    ]
    assert places.at["w24608070", "barrier_free"] == "no"
    hours = result.windows[result.windows["place"] == "n3885806261"]
    assert hours[["weekday", "start", "end"]].to_numpy().tolist() == [
        [day, "08:00", "20:00"] for day in range(7)
    ]
    assert places.geometry.geom_type.eq("Point").all()


@pytest.mark.reference
def test_berlins_pairs_compared_one_by_one_leave_no_twin_unnamed(reference):
    areas = gpd.read_file(reference / "berlin" / "lor_2021.gpkg", layer="plr")
    columns = {"place": "osm_id", "name": "name", "kind": "kind", "lon": "lon", "lat": "lat"}
    spec = PlacesSpec(
        "berlin_candidate_sites.csv",
        {**columns, "street": "street", "zip": "zip"},
        format=TableFormat(delimiter=",", decimal="."),
    )
    fine = areas.rename(columns={"PLR_ID": "area"})
    places, _, _, report = read_places(spec, reference / "berlin", fine)

    def letters(name: str) -> str:
        apart = unicodedata.normalize("NFKD", name.casefold())
        return "".join(c for c in apart if c.isascii() and c.isalnum())

    named = {frozenset(d.places) for d in report.doubts}
    cards = zip(places["place"], places["name"].map(letters), places.geometry, strict=True)
    twins = [
        (a, b)
        for (a, one, here), (b, two, there) in itertools.combinations(cards, 2)
        if (one == two or one in two or two in one)
        and not one.startswith("ohnenamen")
        and here.distance(there) <= 100
        and frozenset((a, b)) not in named
    ]
    assert twins == []
    # Read by eye: 13 places stand twice, and three pairs may be one or two.
    assert len(report.merged) == 13 and len(places) == 727
    assert {d.names for d in report.doubts} == {
        ("Trude-Jugend-Bib", "Gertrud-Junge-Bibliothek"),
        (
            "Kinder- und Jugendbereich im Olof-Palme-Zentrum",
            "Nachbarschaftstreff im Olof-Palme-Zentrum",
        ),
        (
            "Gemeindesaal Ev. Kirchengemeinde St. Nikolai",
            "Gemeindebüro Ev. Kirchengemeinde St. Nikolai",
        ),
    }
