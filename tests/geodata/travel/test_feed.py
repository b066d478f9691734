"""Timetable feeds: which services run when, and every fault named at once."""

from datetime import date

import pytest

from geodata.errors import FileMissingError, TableError
from geodata.travel.feed import read_feed
from geodata.travel.timetable import timetable_of
from tests.geodata.travel.feeds import DAYS, small_tables, write_feed

STOPS = {"A": (8.60, 49.4), "B": (8.61, 49.4), "C": (8.62, 49.4)}
TRIPS = {"t1": [("A", 480), ("B", 485), ("C", 490)], "t2": [("C", 480), ("A", 495)]}


def tables():
    return small_tables(TRIPS, STOPS)


def refused(path) -> str:
    with pytest.raises(TableError) as caught:
        read_feed(path)
    return str(caught.value)


def test_a_service_runs_on_its_weekdays_and_not_on_the_days_taken_out(tmp_path):
    own = tables()
    own["calendar_dates.txt"] = (
        "service_id,date,exception_type\nW,20221003,2\nW,20221008,1\nExtra,20221105,1"
    )
    feed = read_feed(write_feed(tmp_path / "f.zip", own))
    assert feed.services(date(2022, 10, 4)) == {"W"}  # Tuesday
    assert feed.services(date(2022, 10, 3)) == frozenset()  # Monday, taken out
    assert feed.services(date(2022, 10, 8)) == {"W"}  # Saturday, put in
    assert feed.services(date(2022, 10, 9)) == frozenset()  # Sunday
    assert (feed.first, feed.last) == (date(2022, 10, 1), date(2022, 11, 5))


def test_a_day_outside_is_one_clear_error_with_the_span(tmp_path):
    feed = read_feed(write_feed(tmp_path / "netz.zip", tables()))
    with pytest.raises(TableError) as caught:
        timetable_of(feed, date(2022, 11, 2), 0, 86_400)
    assert str(caught.value) == (
        "Der Fahrplan netz.zip gilt vom 01.10.2022 bis 31.10.2022; der Betriebstag 02.11.2022 "
        "liegt außerhalb."
    )
    with pytest.raises(TableError, match=r"am 09\.10\.2022 fährt nach ihm nichts"):
        timetable_of(feed, date(2022, 10, 9), 0, 86_400)


def test_all_faults_are_named_at_once_with_their_lines(tmp_path):
    own = tables()
    own["stop_times.txt"] = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,08:00:00,08:00:00,A,0\n"
        "t1,8 Uhr,8 Uhr,B,1\n"
        "t1,07:50:00,07:50:00,C,2\n"
        "t9,08:00:00,08:00:00,X,0"
    )
    own["calendar.txt"] = f"service_id,{DAYS},start_date,end_date\nW,1,1,1,1,1,0,0,1.10.22,20221031"
    own["trips.txt"] = "route_id,service_id,trip_id\nR,W,t1\nR2,W,t2"
    text = refused(write_feed(tmp_path / "f.zip", own))
    for part in (
        "stop_times.txt, Zeile 3, arrival_time: '8 Uhr'",
        "stop_times.txt, Zeile 4, arrival_time: '07:50:00'. Erlaubt: eine Zeit nach der vorigen",
        "stop_times.txt, Zeile 5, trip_id: 't9'",
        "stop_times.txt, Zeile 5, stop_id: 'X'",
        "calendar.txt, Zeile 2, start_date: '1.10.22'",
        "trips.txt, Zeile 3, route_id: 'R2'",
    ):
        assert part in text


def test_many_faults_of_a_kind_are_counted_not_listed(tmp_path):
    own = tables()
    rows = [f"u{i},08:00:00,08:00:00,A,0" for i in range(50)]
    head = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
    own["stop_times.txt"] = "\n".join([head, *rows])
    text = refused(write_feed(tmp_path / "f.zip", own))
    assert text.count("trip_id: 'u") == 20 and "und 30 weitere Zeilen" in text


def test_missing_tables_and_columns_are_named(tmp_path):
    own = tables()
    del own["routes.txt"], own["calendar.txt"]
    own["stops.txt"] = "stop_id,stop_name\nA,Halt"
    text = refused(write_feed(tmp_path / "f.zip", own))
    assert "routes.txt fehlt" in text and "calendar_dates.txt fehlen" in text
    assert "stops.txt: Spalte 'stop_lat' fehlt" in text


def test_what_is_no_zip_and_what_is_not_there(tmp_path):
    (tmp_path / "f.zip").write_text("kein zip")
    assert "Erwartet wird ein ZIP" in refused(tmp_path / "f.zip")
    with pytest.raises(FileMissingError):
        read_feed(tmp_path / "fehlt.zip")


def test_times_between_two_known_ones_are_spread_evenly(tmp_path):
    own = tables()
    own["stop_times.txt"] = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,08:00:00,08:01:00,A,0\nt1,,,B,5\nt1,08:07:00,08:07:00,C,9\n"
        "t2,09:00:00,09:00:00,C,0\nt2,09:10:00,09:10:00,A,1"
    )
    times = read_feed(write_feed(tmp_path / "f.zip", own)).times
    assert times["arrival"].tolist() == [28800, 29040, 29220, 32400, 33000]
    own["stop_times.txt"] = own["stop_times.txt"].replace("08:07:00,08:07:00", ",")
    assert "Zeiten am Anfang und Ende" in refused(write_feed(tmp_path / "f.zip", own))


def test_wheelchairs_use_what_the_feed_does_not_exclude(tmp_path):
    own = tables()
    own["stops.txt"] = (
        "stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding,parent_station,location_type\n"
        "A,A,49.4,8.60,,,\nB,B,49.4,8.61,,S,\nC,C,49.4,8.62,1,S,\nS,Bahnhof,49.4,8.61,2,,1"
    )
    own["trips.txt"] = "route_id,service_id,trip_id,wheelchair_accessible\nR,W,t1,\nR,W,t2,2"
    feed = read_feed(write_feed(tmp_path / "f.zip", own))
    day = date(2022, 10, 5)
    assert timetable_of(feed, day, 0, 86_400).trips == 2
    rolling = timetable_of(feed, day, 0, 86_400, wheelchair=True)
    # The platform B says nothing and inherits from its station; C says yes itself.
    assert [p.board.tolist() for p in rolling.patterns] == [[True, False, True]]
    assert feed.names_wheelchairs()
