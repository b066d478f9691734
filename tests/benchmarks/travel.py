"""Measures ways on foot and by public transport; prints Markdown, asserts nothing.

Run from the project's folder, with SOZIALATLAS_REFERENCE naming the reference data:
PYTHONPATH=. python tests/benchmarks/travel.py [--runs N]. One process, one core; seconds are
medians over the runs. On a busy machine all seconds are too many, on both sides.

On foot: Heidelberg's network, 542 areas and 300 places at seeded spots. ``ours`` snaps the
points and finds all ways up to 135 minutes at 4.5 km/h; the network is read and contracted
outside the clock, which is a line of its own. ``networkx`` runs single_source_dijkstra_path_length
with the same limit from the nearest crossing of a place, on the same contracted graph and on the
whole one, from a few places, multiplied up; snapping is not counted for it.

By public transport: the feed of the same town on a Tuesday, from 20 seeded points to the real
places. ``ours`` has all points and departures in one search. ``connection scan`` is the plain
Python of the tests, one query after the other, multiplied up; its connections are sorted and the
ways on foot found outside the clock.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np

from geodata.travel import NetworkWalk, point_minutes
from geodata.travel.ground import ready_times
from geodata.travel.raptor import NEVER
from tests.geodata.travel import heidelberg as real
from tests.geodata.travel.oracles import ConnectionScan, runs_of

AREAS, PLACES, SEED = 542, 300, 7
LIMIT_M = 135 * 75.0


def main() -> None:
    """Measure both modes and print a row for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer-sources", type=int, default=5)
    chosen = parser.parse_args()
    where = real.folder()
    if where is None:
        sys.exit("SOZIALATLAS_REFERENCE names no folder with reference data")
    town = real.city(where)
    print("| Case | Ours s | Peer | Peer s | Times faster | Pairs |")
    print("|---|---|---|---|---|---|")
    preparing(town, chosen.runs)
    on_foot(town, chosen.runs, chosen.peer_sources)
    by_ride(town, chosen.runs, chosen.peer_sources)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of the process, peers included: {peak:.0f} MB")


def preparing(town: real.City, runs: int) -> None:
    """Reading is done once per build."""
    row("Contract the network", clocked(town.streets.network, runs))
    from geodata.travel import read_feed, read_streets

    bounds = real.TO_METRES.transform_bounds(*real.BOX)
    row("Read the map", clocked(lambda: read_streets(town.pbf, bounds, real.CRS), runs))
    row("Read the feed", clocked(lambda: read_feed(town.feed_file), runs))


def on_foot(town: real.City, runs: int, sources: int) -> None:
    """Ours for one and for 20 points per area, networkx for one."""
    random = np.random.default_rng(SEED)
    west, south, east, north = real.TO_METRES.transform_bounds(*real.BOX)
    places = random.uniform((west, south), (east, north), (PLACES, 2))
    walk = NetworkWalk(town.network)
    for n in (1, 20):
        points = random.uniform((west, south), (east, north), (AREAS * n, 2))
        ours = clocked(lambda p=points: list(walk.metres(places, p, LIMIT_M)), runs)
        name = f"{AREAS} x {PLACES} on foot, {n} point{'s' * (n > 1)} per area"
        if n > 1:
            row(name, ours, pairs=len(points) * PLACES)
            continue
        for label, graph in (("contracted", contracted(town)), ("whole", whole(town))):
            nodes = random.choice(len(graph), sources)
            keys = list(graph)
            peer = clocked(lambda g=graph, k=keys, s=nodes: peer_run(g, [k[i] for i in s]), 1)
            row(name, ours, f"networkx, {label}", peer * PLACES / sources, AREAS * PLACES)


def contracted(town: real.City) -> nx.Graph:
    """Our junctions and chains; of parallel chains the shortest."""
    graph = nx.Graph()
    for (a, b), metres in zip(town.network.links.tolist(), town.network.metres, strict=True):
        old = graph.get_edge_data(a, b, {"weight": np.inf})["weight"]
        graph.add_edge(a, b, weight=min(float(metres), old))
    return graph


def whole(town: real.City) -> nx.Graph:
    """Every stretch of the network."""
    graph = nx.Graph()
    streets = town.streets
    length = np.hypot(*(streets.xy[streets.ends[:, 0]] - streets.xy[streets.ends[:, 1]]).T)
    for (a, b), metres in zip(streets.ends.tolist(), length.tolist(), strict=True):
        graph.add_edge(a, b, weight=metres)
    return graph.subgraph(max(nx.connected_components(graph), key=len)).copy()


def peer_run(graph: nx.Graph, sources: list[int]) -> None:
    for source in sources:
        nx.single_source_dijkstra_path_length(graph, source, cutoff=LIMIT_M, weight="weight")


def by_ride(town: real.City, runs: int, sources: int) -> None:
    """All points and departures at once, against single queries."""
    timetable, ground = real.ground(town, town.points)
    rule, n, d = real.rule_of(), len(town.points), len(real.MORNING)
    ways = clocked(lambda: real.ground(town, town.points), runs)
    row(f"Ways on foot around the stops, {n} points, {len(town.places)} places", ways)
    whole_morning = slice(0, n)
    ours = clocked(
        lambda: point_minutes(timetable, ground, rule, whole_morning, real.LIMIT_MINUTES), runs
    )
    services = town.feed.services(real.TUESDAY)
    calls = runs_of(Path(town.feed_file), services)
    ids = town.feed.stops["stop_id"].tolist()
    table = zip(
        ground.transfers.source, ground.transfers.target, ground.transfers.seconds, strict=True
    )
    scan = ConnectionScan(calls, {(ids[a], ids[b]): int(s) for a, b, s in table})
    ready = ready_times(ground, slice(0, sources), np.array(real.MORNING[:1]), timetable.n_stops)
    starts = [
        {ids[s]: int(ready[s, q]) for s in np.flatnonzero(ready[:, q] < NEVER)}
        for q in range(sources)
    ]
    until = real.MORNING[0] + 60 * real.LIMIT_MINUTES
    peer = clocked(lambda: [scan.arrivals(start, until) for start in starts], 1)
    name = f"Public transport, {n} points x {d} departures x {len(town.places)} places"
    row(name, ours, "connection scan, Python", peer * n * d / sources, n * d * len(town.places))


def clocked(run: Callable[[], object], runs: int) -> float:
    """Median seconds over the runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def row(name: str, ours: float, peer: str = "", theirs: float = 0.0, pairs: int = 0) -> None:
    faster = f"{theirs / ours:.0f}" if peer else ""
    shown = f"{theirs:.1f}" if peer else ""
    print(f"| {name} | {ours:.3f} | {peer} | {shown} | {faster} | {pairs or ''} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
