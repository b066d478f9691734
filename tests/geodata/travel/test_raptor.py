"""RAPTOR: small timetables worked out by hand, and any timetable against other methods."""

import tempfile
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.travel.feed import read_feed
from geodata.travel.ground import Ground, Pairs, TransitRule
from geodata.travel.journeys import journey_of
from geodata.travel.raptor import NEVER, Transfers, search
from geodata.travel.timetable import timetable_of
from tests.geodata.travel.feeds import hms, small_tables, write_feed
from tests.geodata.travel.oracles import by_graph, runs_of

DAY = date(2022, 10, 5)
STOPS = {key: (8.6 + i / 100, 49.4) for i, key in enumerate("ABCDE")}
CHANGE_S = 60


def transfers(ways: dict[tuple[str, str], int], change: int = CHANGE_S) -> Transfers:
    number = {key: i for i, key in enumerate(STOPS)}
    table = {(s, s): change for s in STOPS} | ways
    source, target = zip(*[(number[a], number[b]) for a, b in table], strict=True)
    return Transfers.of(np.array(source), np.array(target), np.array(list(table.values())))


def arrivals(path: Path, ready_min: dict[str, float], rides: int = 4, **ways_min: float):
    """Earliest arrival by stop in minutes after midnight; ways as ``AB=4``."""
    timetable = timetable_of(read_feed(path), DAY, 0, 30 * 3600)
    ready = np.full((len(STOPS), 1), NEVER, dtype=np.int32)
    for stop, minute in ready_min.items():
        ready[list(STOPS).index(stop), 0] = round(minute * 60)
    ways = {(k[0], k[1]): round(60 * v) for k, v in ways_min.items()}
    deadline = np.array([NEVER - 1], dtype=np.int32)
    found = search(timetable, transfers(ways), ready, deadline, max_rides=rides).arrival[:, 0]
    return {s: t / 60 for s, t in zip(STOPS, found, strict=True) if t < NEVER}


def test_the_next_vehicle_is_taken_and_the_missed_one_is_not(tmp_path):
    trips = {"t1": [("A", 480), ("B", 485)], "t2": [("A", 490), ("B", 496)]}
    feed = write_feed(tmp_path / "f.zip", small_tables(trips, STOPS))
    assert arrivals(feed, {"A": 480}) == {"B": 485}
    assert arrivals(feed, {"A": 480.5}) == {"B": 496}
    assert arrivals(feed, {"A": 491}) == {}


def test_a_later_vehicle_that_overtakes_is_taken(tmp_path):
    slow = [("A", 480), ("B", 500), ("C", 520)]
    express = [("A", 485), ("B", 495), ("C", 505)]
    feed = write_feed(tmp_path / "f.zip", small_tables({"slow": slow, "fast": express}, STOPS))
    assert arrivals(feed, {"A": 479}) == {"B": 495, "C": 505}
    assert arrivals(feed, {"B": 496}) == {"C": 520}


def test_a_change_takes_its_minute_and_a_walk_its_own(tmp_path):
    trips = {
        "t1": [("A", 480), ("B", 490)],
        "at_once": [("B", 490), ("D", 495)],
        "in_a_minute": [("B", 491), ("D", 500)],
        "from_c": [("C", 494), ("E", 499)],
    }
    feed = write_feed(tmp_path / "f.zip", small_tables(trips, STOPS))
    assert arrivals(feed, {"A": 480}, BC=4) == {"B": 490, "D": 500, "E": 499}
    assert "E" not in arrivals(feed, {"A": 480}, BC=4.5)
    assert "D" not in arrivals(feed, {"A": 480}, rides=1)


def test_nobody_boards_where_one_may_not_nor_gets_off(tmp_path):
    tables = small_tables({"t": [("A", 480), ("B", 485), ("C", 490), ("D", 495)]}, STOPS)
    lines = tables["stop_times.txt"].splitlines()
    lines[2] = lines[2][:-2] + ",1,"  # nobody boards at B
    lines[3] = lines[3][:-2] + ",,1"  # nobody gets off at C
    tables["stop_times.txt"] = "\n".join(lines)
    feed = write_feed(tmp_path / "f.zip", tables)
    assert arrivals(feed, {"A": 480}) == {"B": 485, "D": 495}
    assert arrivals(feed, {"B": 480}) == {}
    assert arrivals(feed, {"C": 480}) == {"D": 495}


def test_a_line_that_comes_back_to_a_stop_serves_it_twice(tmp_path):
    loop = {"t": [("A", 480), ("B", 485), ("C", 490), ("A", 495), ("D", 500)]}
    feed = write_feed(tmp_path / "f.zip", small_tables(loop, STOPS))
    assert arrivals(feed, {"A": 481}) == {"D": 500}
    assert arrivals(feed, {"B": 480}) == {"C": 490, "A": 495, "D": 500}
    there_and_back = {"t": [("A", 480), ("B", 485), ("C", 490), ("B", 495)]}
    feed = write_feed(tmp_path / "g.zip", small_tables(there_and_back, STOPS))
    assert arrivals(feed, {"A": 480}) == {"B": 485, "C": 490}


def test_trips_after_midnight_belong_to_the_day_before(tmp_path):
    trips = {"night": [("A", 24 * 60 + 20), ("B", 24 * 60 + 30)]}
    feed = write_feed(tmp_path / "f.zip", small_tables(trips, STOPS))
    # Wednesday: at 0:20 the trip of Tuesday, at 24:20 its own.
    assert arrivals(feed, {"A": 15}) == {"B": 30}
    assert arrivals(feed, {"A": 60}) == {"B": 24 * 60 + 30}


def test_a_headway_is_a_trip_every_so_many_minutes(tmp_path):
    tables = small_tables({"t": [("A", 0), ("B", 7)]}, STOPS)
    tables["frequencies.txt"] = (
        f"trip_id,start_time,end_time,headway_secs\nt,{hms(480)},{hms(510)},600"
    )
    feed = write_feed(tmp_path / "f.zip", tables)
    assert arrivals(feed, {"A": 481}) == {"B": 497}
    assert arrivals(feed, {"A": 500}) == {"B": 507}
    # The end is the end: no trip at 8:30.
    assert arrivals(feed, {"A": 501}) == {}


LINES = ("AB", "ABC", "ACBD", "DCBA", "EBD", "ABCA", "CE", "ABCBE")
calls = st.tuples(
    st.sampled_from(LINES),
    st.integers(0, 40),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=5, max_size=5),
    st.lists(st.sampled_from(["", "0", "1"]), min_size=10, max_size=10),
)
ways = st.dictionaries(
    st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE")), st.integers(60, 600), max_size=6
)


def random_feed(path: Path, drawn) -> Path:
    tables = small_tables({f"t{i}": [] for i in range(len(drawn))}, STOPS)
    lines = [tables["stop_times.txt"].splitlines()[0]]
    for i, (line, start, steps, flags) in enumerate(drawn):
        minute = 480 + start
        for n, stop in enumerate(line):
            ride, wait = steps[n]
            arrival = minute + (ride if n else 0)
            minute = arrival + wait
            own = f"{stop},{n},{flags[2 * n]},{flags[2 * n + 1]}"
            lines.append(f"t{i},{hms(arrival)},{hms(minute)},{own}")
    return write_feed(path, {**tables, "stop_times.txt": "\n".join(lines)})


def queries(first: int) -> tuple[np.ndarray, list[dict[str, int]]]:
    """Three people at once: at A, at A and C, and at D ten minutes later."""
    start = (480 + first) * 60
    people = [{"A": start}, {"A": start + 240, "C": start}, {"D": start + 600}]
    ready = np.full((len(STOPS), 3), NEVER, dtype=np.int32)
    for q, own in enumerate(people):
        for stop, second in own.items():
            ready[list(STOPS).index(stop), q] = second
    return ready, people


@settings(max_examples=150, deadline=None)
@given(st.lists(calls, min_size=1, max_size=9), ways, st.integers(0, 20), st.integers(1, 4))
def test_any_timetable_gives_the_arrivals_of_a_time_expanded_graph(drawn, on_foot, first, rides):
    with tempfile.TemporaryDirectory() as folder:
        path = random_feed(Path(folder) / "f.zip", drawn)
        timetable, runs = timetable_of(read_feed(path), DAY, 0, 86_400), runs_of(path, ["W"])
    ready, people = queries(first)
    on_foot = {pair: s for pair, s in on_foot.items() if pair[0] != pair[1]}
    deadline = np.full(3, NEVER - 1, dtype=np.int32)
    found = search(timetable, transfers(on_foot), ready, deadline, max_rides=rides)
    table = {(s, s): CHANGE_S for s in STOPS} | on_foot
    for q, person in enumerate(people):
        got = {s: int(t) for s, t in zip(STOPS, found.arrival[:, q], strict=True) if t < NEVER}
        assert got == by_graph(runs, table, person, rides)


@settings(max_examples=100, deadline=None)
@given(st.lists(calls, min_size=1, max_size=9), ways, st.integers(0, 20))
def test_a_journey_can_be_made_as_it_is_told(drawn, on_foot, first):
    with tempfile.TemporaryDirectory() as folder:
        path = random_feed(Path(folder) / "f.zip", drawn)
        timetable, runs = timetable_of(read_feed(path), DAY, 0, 86_400), runs_of(path, ["W"])
    names, leave = list(STOPS), (480 + first) * 60
    changes = transfers({pair: s for pair, s in on_foot.items() if pair[0] != pair[1]})
    # The point lies two minutes from A, a place three from every stop.
    access = Pairs(np.array([0]), np.array([0]), np.array([120], dtype=np.int32))
    for place, name in enumerate(names):
        egress = Pairs(np.array([place]), np.array([0]), np.array([180], dtype=np.int32))
        ground = Ground(access, egress, changes, np.array([[np.inf]]))
        journey = journey_of(timetable, ground, TransitRule(DAY, (leave,)), 0, 0, leave, 900)
        best = by_graph(
            runs, _ways(changes, names), {"A": leave + 120}, TransitRule(DAY, (leave,)).max_rides
        )
        if name not in best:
            assert journey is None
            continue
        assert journey is not None
        assert journey.arrival_s == best[name] + 180
        assert journey.legs[0].start_s == leave and journey.legs[-1].end_s == journey.arrival_s
        for before, after in pairwise(journey.legs):
            assert before.to_stop == after.from_stop
            assert before.end_s <= after.start_s
        for leg in (leg for leg in journey.legs if leg.trip):
            own = runs[leg.trip]
            on = [i for i, c in enumerate(own) if c.stop == names[leg.from_stop]
                  and c.departure == leg.start_s and c.board]  # fmt: skip
            off = [i for i, c in enumerate(own) if c.stop == names[leg.to_stop]
                   and c.arrival == leg.end_s and c.alight]  # fmt: skip
            assert on and off and min(on) < max(off)


def _ways(changes: Transfers, names: list[str]) -> dict[tuple[str, str], int]:
    columns = zip(changes.source, changes.target, changes.seconds, strict=True)
    return {(names[a], names[b]): int(s) for a, b, s in columns}


def test_many_people_at_once_get_what_each_gets_alone(tmp_path):
    trips = {f"t{m}": [("A", m), ("B", m + 5), ("C", m + 9)] for m in range(480, 540, 7)}
    timetable = timetable_of(
        read_feed(write_feed(tmp_path / "f.zip", small_tables(trips, STOPS))), DAY, 0, 86_400
    )
    starts = np.arange(480, 540, 3, dtype=np.int32) * 60
    ready = np.full((len(STOPS), len(starts)), NEVER, dtype=np.int32)
    ready[0] = starts
    deadline = np.full(len(starts), NEVER - 1, dtype=np.int32)
    together = search(timetable, transfers({}), ready, deadline, max_rides=3).arrival
    for q in range(len(starts)):
        alone = search(timetable, transfers({}), ready[:, [q]], deadline[[q]], max_rides=3).arrival
        assert (together[:, q] == alone[:, 0]).all()


def test_no_way_is_longer_than_the_deadline(tmp_path):
    feed = write_feed(
        tmp_path / "f.zip", small_tables({"t": [("A", 480), ("B", 490), ("C", 500)]}, STOPS)
    )
    timetable = timetable_of(read_feed(feed), DAY, 0, 86_400)
    ready = np.full((len(STOPS), 1), NEVER, dtype=np.int32)
    ready[0] = 480 * 60
    found = search(
        timetable, transfers({}), ready, np.array([495 * 60], dtype=np.int32), max_rides=2
    )
    assert found.arrival[:3, 0].tolist() == [NEVER, 490 * 60, NEVER]


@pytest.mark.parametrize("start, trips", [(0, 3), (485, 3), (486, 2), (521, 0)])
def test_only_trips_within_the_window_are_searched(tmp_path, start, trips):
    rows = {f"t{m}": [("A", m), ("B", m + 5)] for m in (480, 500, 515)}
    feed = read_feed(write_feed(tmp_path / "f.zip", small_tables(rows, STOPS)))
    assert timetable_of(feed, DAY, start * 60, 23 * 3600).trips == trips
