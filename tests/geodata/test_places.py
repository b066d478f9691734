"""What a user may rely on when rooms are read: owners, times, duplicates, and clear faults."""

import math
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from geodata.errors import FileMissingError, TableError
from geodata.files import TableFormat
from geodata.places import (
    PLACE_COLUMNS,
    SESSION_COLUMNS,
    WINDOW_COLUMNS,
    AssumedOwner,
    PlacesResult,
    PlacesSpec,
    containing_area,
    read_places,
)

CRS = "EPSG:25833"
X, Y = 390_000, 5_820_000
COLUMNS = {
    "place": "Nr",
    "name": "Name",
    "kind": "Art",
    "owner": "Träger",
    "barrier_free": "Barrierefrei",
    "capacity": "Plätze",
    "accepts": "Nutzung",
    "x": "Rechts",
    "y": "Hoch",
}
HEADER = "Nr;Name;Art;Träger;Barrierefrei;Plätze;Nutzung;Rechts;Hoch"
ROOMS = f"""{HEADER}
b1;Bibliothek Nord;library;;ja;30;information;{X + 500},5;{Y + 500}
v1;Verein Süd;association;privat;teilweise;;;{X + 1500};{Y + 500}
c1;Café;cafe;;;;;{X + 1500};{Y + 600}
"""


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    """Two squares of 1 km side by side."""
    squares = [box(X + 1000 * i, Y, X + 1000 * (i + 1), Y + 1000) for i in range(2)]
    return gpd.GeoDataFrame({"area": ["01", "02"]}, geometry=squares, crs=CRS)


def spec(**more: object) -> PlacesSpec:
    given = {"owners": {"library": "public"}, "title": "Testliste", **more}
    return PlacesSpec("orte.csv", COLUMNS, CRS, TableFormat(encoding="utf-8"), **given)


def read(folder: Path, areas: gpd.GeoDataFrame, text: str, **more: object) -> PlacesResult:
    (folder / "orte.csv").write_text(text, encoding="utf-8")
    return read_places(spec(**more), folder, areas)


def test_a_room_is_read_with_all_it_has(tmp_path, areas):
    places, windows, sessions, report = read(tmp_path, areas, ROOMS)
    assert list(places.columns) == [*PLACE_COLUMNS, "area", "geometry"]
    room = places.set_index("place").loc["b1"]
    assert room.drop("geometry").to_dict() == {
        "name": "Bibliothek Nord",
        "kind": "library",
        "owner": "public",
        "barrier_free": "yes",
        "capacity": 30,
        "accepts": "information",
        "address": "",
        "source": "Testliste",
        "area": "01",
    }
    assert room["geometry"] == Point(X + 500.5, Y + 500)
    assert places.crs == CRS
    assert list(windows.columns) == list(WINDOW_COLUMNS) and windows.empty
    assert list(sessions.columns) == list(SESSION_COLUMNS) and sessions.empty
    assert (report.rows, report.kept, report.merged, report.outside) == (3, 3, (), ())


def test_assumed_owners_are_reported_by_kind_with_their_places(tmp_path, areas):
    twice = f"b2;Bibliothek Nord;library;gemeinnützig;;;;{X + 510};{Y + 500}\n"
    more = f"b3;Bibliothek Süd;library;;;;;{X + 800};{Y + 800}\n"
    report = read(tmp_path, areas, ROOMS + more).report
    assert report.assumed == (AssumedOwner("library", "public", ("b1", "b3")),)
    result = read(tmp_path, areas, ROOMS + twice + more)
    # The list that was delivered knows better than the kind.
    assert result.report.assumed == (AssumedOwner("library", "public", ("b3",)),)
    assert result.places.set_index("place").at["b1", "owner"] == "non_profit"


def test_the_owner_comes_from_the_file_then_from_the_kind_and_else_is_unknown(tmp_path, areas):
    places = read(tmp_path, areas, ROOMS).places.set_index("place")
    assert places["owner"].to_dict() == {"b1": "public", "v1": "other", "c1": "unknown"}


def test_partly_accessible_is_not_accessible_and_nothing_said_is_unknown(tmp_path, areas):
    places = read(tmp_path, areas, ROOMS).places.set_index("place")
    assert places["barrier_free"].to_dict() == {"b1": "yes", "v1": "no", "c1": "unknown"}


def test_degrees_are_brought_into_the_citys_system(tmp_path, areas):
    (tmp_path / "orte.csv").write_text("Name,Art,lon,lat\nA,library,15,52.5\n")
    columns = {"name": "Name", "kind": "Art", "lon": "lon", "lat": "lat"}
    city = areas.assign(geometry=areas.buffer(200_000))
    given = PlacesSpec("orte.csv", columns, format=TableFormat(delimiter=",", decimal="."))
    point = read_places(given, tmp_path, city).places.geometry.iloc[0]
    # On the central meridian of zone 33 (Snyder 1987, formula 3-21, times 0.9996).
    phi, e2 = math.radians(52.5), 0.00669438
    arc = (1 - e2 / 4 - 3 * e2**2 / 64) * phi
    arc -= (3 * e2 / 8 + 3 * e2**2 / 32) * math.sin(2 * phi)
    arc += 15 * e2**2 / 256 * math.sin(4 * phi)
    assert point.x == pytest.approx(500_000, abs=0.01)
    assert point.y == pytest.approx(0.9996 * 6_378_137 * arc, abs=1)


def test_a_place_outside_the_city_is_named_and_left_out(tmp_path, areas):
    far = f"x1;Weit weg;library;;;;;{X + 9000};{Y}\n"
    places, _, _, report = read(tmp_path, areas, ROOMS + far)
    assert "x1" not in set(places["place"])
    assert report.outside == ("Weit weg",)
    assert any("Weit weg" in line for line in report.lines())


def test_all_places_outside_means_a_wrong_reference_system(tmp_path, areas):
    with pytest.raises(TableError, match="EPSG:25833"):
        read(tmp_path, areas, f"{HEADER}\nx1;Weit weg;library;;;;;13,4;52,5\n")


@pytest.mark.parametrize(
    ("name", "metres", "merged"),
    [
        ("Bibliothek Nord", 40, True),
        ("Stadtbibliothek", 40, False),
        ("Bibliothek Nord am Park", 90, True),
        ("Bibliothek Nord", 150, False),
    ],
)
def test_a_place_listed_twice_is_kept_once(tmp_path, areas, name, metres, merged):
    second = f"b2;{name};library;;;;;{X + 500.5 - metres:.1f};{Y + 500}\n".replace(".", ",")
    places, _, _, report = read(tmp_path, areas, ROOMS + second)
    assert (len(places) == 3) is merged
    assert bool(report.merged) is merged
    if merged:
        assert name in report.merged[0] and "b2" in report.merged[0]
        assert places.set_index("place").loc["b1", "capacity"] == 30


def test_two_places_of_different_kind_in_one_house_stay_two(tmp_path, areas):
    second = f"f1;Bibliothek Nord;family_centre;;;;;{X + 500},5;{Y + 500}\n"
    assert len(read(tmp_path, areas, ROOMS + second).places) == 4


def test_the_same_key_twice_is_one_place_and_gaps_are_filled(tmp_path, areas):
    second = f"c1;Café;cafe;gemeinnützig;nein;12;;{X + 1500};{Y + 600}\n"
    cafe = read(tmp_path, areas, ROOMS + second).places.set_index("place").loc["c1"]
    assert (cafe["owner"], cafe["barrier_free"], cafe["capacity"]) == ("non_profit", "no", 12)


def test_all_bad_cells_are_reported_at_once_with_their_rows(tmp_path, areas):
    bad = f"""{HEADER}
b1;Bibliothek;;Stadtwerke;vielleicht;viele;;{X};{Y}
b2;Bibliothek;library;;;;;hier;{Y}
"""
    with pytest.raises(TableError) as error:
        read(tmp_path, areas, bad)
    where = [p.where for p in error.value.problems]
    assert sorted(where) == sorted(
        [
            "orte.csv, Zeile 2, Art",
            "orte.csv, Zeile 2, owner",
            "orte.csv, Zeile 2, barrier_free",
            "orte.csv, Zeile 2, capacity",
            "orte.csv, Zeile 3, Rechts",
        ]
    )
    assert "'Stadtwerke'" in str(error.value)


def test_a_missing_column_and_a_missing_file_are_named(tmp_path, areas):
    with pytest.raises(TableError, match="'Träger' fehlt"):
        read(tmp_path, areas, ROOMS.replace("Träger", "Traeger"))
    with pytest.raises(FileMissingError, match=r"zeiten\.csv"):
        read(tmp_path, areas, ROOMS, windows="zeiten.csv")


def test_windows_and_sessions_follow_a_place_that_was_merged(tmp_path, areas):
    twin = f"b2;Bibliothek Nord;library;;;;;{X + 510};{Y + 500}\n"
    (tmp_path / "zeiten.csv").write_text("place;weekday;start;end\nb2;Di;9;12.30\nv1;4;14:00;18\n")
    (tmp_path / "termine.csv").write_text(
        "place;weekday;start;end;provider;groups\nb2;Donnerstag;09:00;12:00;Jobcenter;elb\n"
    )
    result = read(tmp_path, areas, ROOMS + twin, windows="zeiten.csv", sessions="termine.csv")
    assert result.windows.to_numpy().tolist() == [
        ["b1", 1, "09:00", "12:30", True],
        ["v1", 4, "14:00", "18:00", True],
    ]
    session = result.sessions.iloc[0]
    assert session[["place", "weekday", "provider", "groups"]].tolist() == [
        *("b1", 3, "Jobcenter", "elb")
    ]


def test_bad_times_are_reported_with_their_rows(tmp_path, areas):
    (tmp_path / "zeiten.csv").write_text(
        "place;weekday;start;end\nb1;Mo;9;25\nb1;Feiertag;9;12\nb1;Mo;12:00;9:00\nzz;Mo;9;12\n"
    )
    with pytest.raises(TableError) as error:
        read(tmp_path, areas, ROOMS, windows="zeiten.csv")
    assert [p.where for p in error.value.problems] == [
        "zeiten.csv, Zeile 3, weekday",
        "zeiten.csv, Zeile 2, end",
        "zeiten.csv, Zeile 4, end",
        "zeiten.csv, Zeile 5, place",
    ]


def test_times_of_a_place_outside_the_city_are_left_out_with_it(tmp_path, areas):
    far = f"x1;Weit weg;library;;;;;{X + 9000};{Y}\n"
    (tmp_path / "zeiten.csv").write_text("place;weekday;start;end\nx1;Mo;9;12\nb1;Mo;9;12\n")
    result = read(tmp_path, areas, ROOMS + far, windows="zeiten.csv")
    assert result.windows["place"].tolist() == ["b1"]


def test_a_place_without_name_and_key_gets_both_always_the_same(tmp_path, areas):
    text = f"{HEADER}\n;;library;;;;;{X + 5};{Y + 5}\n"
    first = read(tmp_path, areas, text)
    again = read(tmp_path, areas, text)
    assert first.places["name"].tolist() == ["Ohne Namen (Adresse unbekannt)"]
    assert first.places["place"].tolist() == again.places["place"].tolist() != [""]
    assert first.report.unnamed == ("Ohne Namen (Adresse unbekannt)",)


def test_a_point_on_a_border_belongs_to_the_smaller_key(areas):
    points = gpd.GeoSeries([Point(X + 1000, Y + 5), Point(X - 1, Y)], crs=CRS)
    found = containing_area(points, areas)
    assert found[0] == "01"
    assert found.isna().tolist() == [False, True]


@pytest.mark.reference
def test_berlins_candidate_list_has_every_jobcenter_once(reference):
    areas = gpd.read_file(reference / "berlin" / "lor_2021.gpkg", layer="plr")
    columns = {"place": "osm_id", "name": "name", "kind": "kind", "lon": "lon", "lat": "lat"}
    given = PlacesSpec(
        "berlin_candidate_sites.csv",
        {**columns, "street": "street", "zip": "zip"},
        format=TableFormat(delimiter=",", decimal="."),
    )
    fine = areas.rename(columns={"PLR_ID": "area"})
    places, _, _, report = read_places(given, reference / "berlin", fine)
    assert report.rows == 740
    assert report.kept == 740 - len(report.merged) == len(places)
    jobcenters = places[places["kind"] == "jobcenter"]
    # Counted by hand on the list: 23 entries, 8 of them a second entry for one house.
    assert len(jobcenters) == 15
    gaps = jobcenters.geometry.apply(lambda p: sorted(jobcenters.distance(p))[1])
    assert gaps.min() > 500
    assert (places["owner"] == "unknown").all()
    expected = dict(zip(fine["area"], fine.geometry, strict=True))
    assert all(expected[a].covers(p) for a, p in zip(places["area"], places.geometry, strict=True))
    assert "Müllerstraße 147, 13353" in set(places["address"])
