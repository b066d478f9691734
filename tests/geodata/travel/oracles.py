"""Earliest arrivals by other methods than ours, from the raw rows of a feed.

`by_graph` is a time-expanded graph searched by networkx, which also counts rides;
`ConnectionScan` is the connection scan of Dibbelt, Pajor, Strasser and Wagner (2013).
Neither knows patterns or rounds.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from operator import itemgetter
from pathlib import Path

import networkx as nx

from tests.geodata.travel.feeds import clock_s, rows_of

NEVER = float("inf")
first = itemgetter(0)


@dataclass(frozen=True)
class Call:
    stop: str
    arrival: int
    departure: int
    board: bool
    alight: bool


def runs_of(path: Path, running: Iterable[str], shift: int = 0) -> dict[str, list[Call]]:
    """The calls of every trip of the services that run, in order."""
    services = set(running)
    trips = {r["trip_id"] for r in rows_of(path, "trips.txt") if r["service_id"] in services}
    calls: dict[str, list[tuple[int, Call]]] = defaultdict(list)
    for row in rows_of(path, "stop_times.txt"):
        if row["trip_id"] in trips:
            call = Call(
                row["stop_id"],
                clock_s(row["arrival_time"]) + shift,
                clock_s(row["departure_time"]) + shift,
                row.get("pickup_type", "") != "1",
                row.get("drop_off_type", "") != "1",
            )
            calls[row["trip_id"]].append((int(row["stop_sequence"]), call))
    return {t: [c for _, c in sorted(own, key=lambda p: p[0])] for t, own in calls.items()}


Ways = Mapping[tuple[str, str], int]


def by_graph(
    runs: Mapping[str, list[Call]], ways: Ways, ready: Mapping[str, int], rides: int
) -> dict[str, float]:
    """Earliest arrival at every stop with at most so many rides."""
    graph = nx.DiGraph()
    graph.add_node("start")
    off = [(c.stop, c.arrival, ("off", t, i)) for t, calls in runs.items()
           for i, c in enumerate(calls) if c.alight and i > 0]  # fmt: skip
    for trip, calls in runs.items():
        for i, call in enumerate(calls):
            aboard = ("aboard", trip, i)
            if i > 0:
                graph.add_edge(("reached", trip, i), aboard, rides=0)
                if call.alight:
                    graph.add_edge(("reached", trip, i), ("off", trip, i), rides=0)
            if i + 1 < len(calls):
                graph.add_edge(aboard, ("reached", trip, i + 1), rides=0)
            if not call.board:
                continue
            if ready.get(call.stop, NEVER) <= call.departure:
                graph.add_edge("start", aboard, rides=1)
            for stop, arrival, node in off:
                way = ways.get((stop, call.stop))
                if way is not None and arrival + way <= call.departure:
                    graph.add_edge(node, aboard, rides=1)
    reached = nx.single_source_dijkstra_path_length(graph, "start", cutoff=rides, weight="rides")
    best: dict[str, float] = {}
    for stop, arrival, node in off:
        if node in reached:
            best[stop] = min(best.get(stop, NEVER), arrival)
    return best


class ConnectionScan:
    """Earliest arrivals with any number of rides; changing must take time."""

    def __init__(self, runs: Mapping[str, list[Call]], ways: Ways) -> None:
        self._onward: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for (source, target), seconds in ways.items():
            self._onward[source].append((target, seconds))
        found = [
            (a.departure, b.arrival, i, trip, a, b)
            for trip, calls in runs.items()
            for i, (a, b) in enumerate(pairwise(calls))
        ]
        self._connections = sorted(found, key=lambda c: c[:4])

    def arrivals(self, ready: Mapping[str, int], until: float = NEVER) -> dict[str, float]:
        """Earliest arrival at every stop up to a time."""
        can, best, aboard = dict(ready), {}, set()
        start = bisect_left(self._connections, min(ready.values(), default=NEVER), key=first)
        for departure, arrival, _, trip, on, off in islice(self._connections, start, None):
            if departure > until:
                break
            if trip not in aboard and not (on.board and can.get(on.stop, NEVER) <= departure):
                continue
            aboard.add(trip)
            if off.alight and arrival <= until and arrival < best.get(off.stop, NEVER):
                best[off.stop] = arrival
                for stop, seconds in self._onward[off.stop]:
                    can[stop] = min(can.get(stop, NEVER), arrival + seconds)
        return best
