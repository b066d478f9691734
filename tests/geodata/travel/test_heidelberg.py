"""The real pair, map and timetable of one town: against other methods, and by hand."""

from datetime import date
from itertools import product

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from geodata.errors import TableError
from geodata.travel import NetworkWalk, journey_of, point_minutes, timetable_of, told
from geodata.travel.ground import ready_times
from geodata.travel.raptor import NEVER, search
from geodata.travel.streets import may_roll, may_walk
from tests.geodata.travel import heidelberg as real
from tests.geodata.travel.oracles import ConnectionScan, runs_of

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def town():
    where = real.folder()
    if where is None:
        pytest.skip("SOZIALATLAS_REFERENCE names no folder with reference data")
    return real.city(where)


@pytest.fixture(scope="module")
def morning(town):
    """Timetable and ways on foot of the 20 points."""
    return real.ground(town, town.points)


def raw_graph(town, *, wheelchair: bool):
    """All ways as the file has them, uncontracted, with the lengths that pyrosm measures."""
    from pyrosm import OSM

    west, south, east, north = real.BOX
    box = [west - 0.03, south - 0.02, east + 0.03, north + 0.02]
    tags = ["foot", "access", "motorroad", "wheelchair", "ramp:wheelchair"]
    _, ways = OSM(str(town.pbf), bounding_box=box, progress=False).get_network(
        "all", extra_attributes=tags, nodes=True
    )
    usable = may_walk(ways) & (may_roll(ways) if wheelchair else True)
    ways = ways[usable].to_crs(real.CRS)
    graph = nx.Graph()
    for u, v, metres in zip(ways["u"], ways["v"], ways["length"], strict=True):
        old = graph.get_edge_data(u, v, {"weight": np.inf})["weight"]
        graph.add_edge(u, v, weight=min(metres, old))
    biggest = max(nx.connected_components(graph), key=len)
    return graph.subgraph(biggest), ways[ways["u"].isin(biggest)]


def spots_on(ways: gpd.GeoDataFrame, points: np.ndarray) -> list[tuple[object, ...]]:
    """Of each point the ends of the nearest stretch, the metres to both, and to the stretch."""
    found = []
    for point in shapely.points(points):
        away = ways.geometry.distance(point)
        way = ways.loc[away.idxmin()]
        along = way.geometry.project(point)
        found.append((way["u"], way["v"], along, way.geometry.length - along, away.min()))
    return found


@pytest.mark.parametrize("wheelchair", [False, True])
def test_ways_on_foot_are_those_of_networkx_on_the_raw_map(town, wheelchair):
    graph, ways = raw_graph(town, wheelchair=wheelchair)
    ends = spots_on(ways, real.xy_of(town.places))
    network = town.streets.network(without_steps=wheelchair)
    some = town.points[::7]
    ((_, metres),) = NetworkWalk(network).metres(real.xy_of(town.places), some, 1e9)
    for i, (u, v, to_u, to_v, access) in enumerate(spots_on(ways, some)):
        reach_u = nx.single_source_dijkstra_path_length(graph, u)
        reach_v = nx.single_source_dijkstra_path_length(graph, v)
        for j, (a, b, from_a, from_b, egress) in enumerate(ends):
            inner = min(
                to_u + reach_u[a] + from_a,
                to_u + reach_u[b] + from_b,
                to_v + reach_v[a] + from_a,
                to_v + reach_v[b] + from_b,
            )
            if {u, v} == {a, b}:
                continue
            # The grid of the map projection is 0.04 % off, and pyrosm measures on a sphere.
            assert metres[i, j] == pytest.approx(access + inner + egress, rel=0.004, abs=1.0)


def test_a_wheelchair_never_has_the_shorter_way_and_often_a_longer_one(town):
    places = real.xy_of(town.places)
    ((_, on_foot),) = NetworkWalk(town.network).metres(places, town.points, 1e9)
    rolling = town.streets.network(without_steps=True)
    ((_, wheels),) = NetworkWalk(rolling).metres(places, town.points, 1e9)
    same_start = town.network.snap(town.points).access_m == rolling.snap(town.points).access_m
    same_end = town.network.snap(places).access_m == rolling.snap(places).access_m
    both = np.ix_(same_start, same_end)
    assert both[0].size > 10 and (wheels[both] >= on_foot[both] - 1e-6).all()
    assert (wheels[both] > on_foot[both] + 10).mean() > 0.05


def test_arrivals_are_those_of_a_connection_scan_of_the_raw_timetable(town, morning):
    timetable, ground = morning
    ids = town.feed.stops["stop_id"].tolist()
    runs = runs_of(town.feed_file, town.feed.services(real.TUESDAY))
    table = zip(
        ground.transfers.source, ground.transfers.target, ground.transfers.seconds, strict=True
    )
    scan = ConnectionScan(runs, {(ids[a], ids[b]): int(s) for a, b, s in table})
    departures = np.array([8 * 3600, 10 * 3600 + 900])
    compared = 0
    for i in range(0, len(town.points), 2):
        ready = ready_times(ground, slice(i, i + 1), departures, timetable.n_stops)
        until = (departures + 7200).astype(np.int32)
        arrival = search(timetable, ground.transfers, ready, until, max_rides=9).arrival
        for q in range(len(departures)):
            can = {ids[s]: int(ready[s, q]) for s in np.flatnonzero(ready[:, q] < NEVER)}
            wanted = scan.arrivals(can, until[q])
            hits = np.flatnonzero(arrival[:, q] < NEVER)
            assert {ids[s]: int(arrival[s, q]) for s in hits} == wanted
            compared += len(wanted)
    assert compared > 1000


def test_medians_are_those_of_the_single_journeys_and_never_longer_than_the_walk(town, morning):
    timetable, ground = morning
    rule, limit = real.rule_of(), real.LIMIT_MINUTES
    median, p90 = point_minutes(timetable, ground, rule, slice(0, 20), limit)
    assert (median <= ground.direct / 60 + 1e-9).all() and (p90 >= median).all()
    assert (median < ground.direct / 60 - 1).mean() > 0.1
    for i, j in product((1, 6, 8), (0, 5, 9, 14)):
        made = [
            journey_of(timetable, ground, rule, i, j, leave, limit) for leave in rule.departures
        ]
        minutes = [np.inf if m is None else m.minutes for m in made]
        assert median[i, j] == pytest.approx(np.median(minutes))


@pytest.mark.parametrize("number", range(5))
def test_five_journeys_that_were_checked_by_hand(town, number):
    case = real.cases()[number]
    made, _, _ = real.journey(town, case)
    assert list(told(made, town.feed)) == case["legs"]
    assert made.minutes == pytest.approx(case["minutes"], abs=0.01)
    # Every ride stands in the raw rows: on at its first, off at its last.
    assert len(real.rows_behind(town, made)) >= 2 * sum(bool(leg.trip) for leg in made.legs)


def test_an_older_person_arrives_later_on_the_same_way(town):
    quick, slow = (real.journey(town, real.cases()[n])[0] for n in (3, 4))
    assert slow.minutes > quick.minutes + 3


def test_a_day_outside_the_feed_names_its_span(town):
    with pytest.raises(TableError, match=r"gilt vom 12\.06\.2022 bis 10\.12\.2022"):
        timetable_of(town.feed, date(2023, 1, 10), 0, 86_400)
