"""A user's own minutes: taken as they are, or refused with every mistake named."""

import numpy as np
import pytest
from shapely.geometry import box

from geodata.errors import TableError
from geodata.files import TableFormat
from geodata.travel import TRAVEL_COLUMNS, MatrixSpec, read_matrix
from tests.geodata.travel.test_straight import areas_of, places_of

AREAS = areas_of(box(0, 0, 9, 9), box(9, 0, 18, 9)).assign(name=["Nord", "Süd"])
PLACES = places_of((0, 0), (5, 5))
PLAIN = TableFormat(delimiter=",", decimal=".")


def read(tmp_path, text, **spec):
    (tmp_path / "wege.csv").write_text(text)
    return read_matrix(MatrixSpec("wege.csv", **{"format": PLAIN, **spec}), tmp_path, AREAS, PLACES)


def test_minutes_are_taken_as_delivered(tmp_path):
    found = read(tmp_path, "area,place,minutes\n01,p0,7.5\n01,p1,12\n02,p0,30\n")
    assert list(found.table.columns) == list(TRAVEL_COLUMNS)
    assert found.table["minutes"].tolist() == [7.5, 12, 30]
    assert set(found.table["status"]) == {"published"}
    assert set(found.table["mode"]) == {"walk"} and set(found.table["profile"]) == {"standard"}
    assert set(found.table["level"]) == {"plr"} and set(found.table["vintage"]) == {"2021"}
    assert found.table["minutes_p90"].isna().all() and found.notes == ()


def test_german_numbers_modes_and_profiles(tmp_path):
    text = (
        "area;place;minutes;minutes_p90;mode;profile\n"
        "01;p0;7,5;9,25;bike;\n01;p0;12,0;;;senioren\n02;p0;1;2;car;standard\n"
    )
    found = read(tmp_path, text, format=TableFormat(), mode="transit", profile="standard")
    assert found.pairs() == {("bike", "standard"), ("transit", "senioren"), ("car", "standard")}
    bike = found.table[found.table["mode"] == "bike"].iloc[0]
    assert (bike["minutes"], bike["minutes_p90"]) == (7.5, 9.25)


def test_no_way_is_not_a_way_of_no_minutes(tmp_path):
    found = read(tmp_path, "area,place,minutes\n01,p0,0\n02,p0,\n")
    assert found.table["area"].tolist() == ["01"] and found.table["minutes"].tolist() == [0]
    assert found.notes == ("wege.csv enthält keine Wege aus: Süd.",)


def test_all_mistakes_are_named_at_once(tmp_path):
    text = (
        "area,place,minutes,mode\n01,p0,5,walk\n1,p0,5,walk\n01,p9,5,walk\n01,p1,-3,walk\n"
        "02,p0,zehn,walk\n02,p1,inf,walk\n01,p0,6,walk\n01,p0,6,Zu Fuß\n"
    )
    with pytest.raises(TableError) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    for part in (
        "Zeile 3, area: '1'",
        "Zeile 4, place: 'p9'",
        "Zeile 5, minutes: '-3'",
        "Zeile 6, minutes: 'zehn'",
        "Zeile 7, minutes: 'inf'",
        "Zeile 8, place: 'p0'. Erlaubt: jedes Paar",
        "Zeile 9, mode: 'Zu Fuß'",
    ):
        assert part in said
    assert said.count("\n") == 7


def test_missing_columns_are_named(tmp_path):
    with pytest.raises(TableError) as caught:
        read(tmp_path, "gebiet,minuten\n01,5\n")
    assert all(f"Spalte '{c}' fehlt" in str(caught.value) for c in ("area", "place", "minutes"))


def test_a_way_from_everywhere_to_everywhere_comes_back_as_it_was(tmp_path):
    minutes = np.arange(4) * 3.25
    pairs = ["02,p1", "01,p0", "02,p0", "01,p1"]
    lines = [f"{pair},{m}" for pair, m in zip(pairs, minutes, strict=True)]
    table = read(tmp_path, "\n".join(["area,place,minutes", *lines])).table
    assert table["area"].tolist() == ["01", "01", "02", "02"]
    assert table["minutes"].tolist() == [3.25, 9.75, 6.5, 0.0]
