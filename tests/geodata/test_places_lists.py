"""What a user may rely on when places come in several lists."""

from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from geodata.errors import TableError
from geodata.files import TableFormat
from geodata.places import PlacesResult, PlacesSpec, join_places, read_places

X, Y = 390_000, 5_820_000
CRS = "EPSG:25833"
COLUMNS = {"place": "Nr", "name": "Name", "kind": "Art", "x": "X", "y": "Y"}
MORE = {**COLUMNS, "owner": "Träger", "capacity": "Plätze", "opening_hours": "Zeiten"}


def read(folder: Path, file: str, *rows: str) -> PlacesResult:
    areas = gpd.GeoDataFrame({"area": ["1"]}, geometry=[box(X, Y, X + 1e4, Y + 1e4)], crs=CRS)
    text = "\n".join(["Nr;Name;Art;X;Y;Träger;Plätze;Zeiten", *rows])
    (folder / file).write_text(text, encoding="utf-8")
    spec = PlacesSpec(file, MORE, CRS, TableFormat(), {"library": "public"})
    return read_places(spec, folder, areas)


def row(key: str, name: str, east: int, rest: str = ";;") -> str:
    return f"{key};{name};library;{X + east};{Y + 50};{rest}"


def test_a_place_in_two_lists_is_kept_once_with_what_both_know(tmp_path):
    first = read(
        tmp_path, "a.csv", row("a1", "Bücherei Süd", 50), row("a2", "Haus Linde", 900, ";;Mi 9-12")
    )
    second = read(
        tmp_path,
        "b.csv",
        row("b1", "Bibliothek Sued", 90, "gemeinnützig;12;Di 9-12"),
        row("b2", "Haus Linde", 900, ";;Fr 9-12"),
        row("b3", "Haus Ahorn", 3000),
    )
    joined = join_places([first, second])
    places = joined.places.set_index("place")
    assert list(places.index) == ["a1", "a2", "b3"]
    # The list that was delivered knows better than the kind.
    assert places.loc["a1", ["owner", "capacity"]].tolist() == ["non_profit", 12]
    assert joined.windows[["place", "weekday"]].to_numpy().tolist() == [["a1", 1], ["a2", 2]]
    assert [a.places for r in joined.reports for a in r.assumed] == [("a2",), ("b3",)]
    assert len(joined.merged) == 2 and "b1" in joined.merged[0]
    assert set(joined.merged) <= set(joined.lines())


def test_a_doubt_between_lists_is_told_once_and_those_within_by_their_list(tmp_path):
    first = read(tmp_path, "a.csv", row("a1", "Kita Sonne", 50), row("a2", "Kita Sonne 2", 60))
    second = read(tmp_path, "b.csv", row("b1", "Kita Sonne 3", 70))
    joined = join_places([first, second])
    assert len(joined.places) == 3
    assert [d.places for d in joined.reports[0].doubts] == [("a1", "a2")]
    assert [d.places for d in joined.doubts] == [("a1", "b1")]
    assert sum("Vielleicht derselbe Ort" in line for line in joined.lines()) == 2


def test_one_list_stays_as_it_is(tmp_path):
    only = read(tmp_path, "a.csv", row("a1", "Haus Linde", 50))
    assert join_places([only]).places is only.places
    assert join_places([only]).lines() == only.report.lines()


def test_one_key_for_two_places_in_two_lists_is_refused(tmp_path):
    first = read(tmp_path, "a.csv", row("a1", "Haus Linde", 50))
    second = read(tmp_path, "b.csv", row("a1", "Haus Ahorn", 900))
    with pytest.raises(TableError, match="place a1: auch „Haus Ahorn“"):
        join_places([first, second])
