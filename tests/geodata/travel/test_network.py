"""Ways on a network: by hand where they are plain, by networkx where they are any."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geodata.travel.network import build_network, distances


def network_of(*lines: list[tuple[float, float]]):
    """A network of polylines that meet where they share a corner."""
    corners = sorted({corner for line in lines for corner in line})
    ends = [(corners.index(a), corners.index(b)) for line in lines for a, b in pairwise(line)]
    return build_network(np.array(corners, dtype=float), np.array(ends, dtype=np.int64))


def way(network, start, end, limit=1e9) -> float:
    sources = network.snap(np.array([start], dtype=float))
    targets = network.snap(np.array([end], dtype=float))
    ((_, metres),) = distances(network, sources, targets, limit)
    return float(metres[0, 0])


def test_a_point_goes_straight_to_the_nearest_stretch_and_not_to_its_next_corner():
    street = network_of([(0, 0), (1000, 0)])
    # 30 m to the street, 400 m along it, 20 m off it.
    assert way(street, (300, 30), (700, -20)) == pytest.approx(450)
    assert way(street, (300, 30), (310, 0)) == pytest.approx(40)
    assert way(street, (-40, 30), (0, 0)) == pytest.approx(50)


def test_a_river_is_crossed_at_its_bridge():
    banks = network_of(
        [(0, 0), (500, 0), (1000, 0)], [(0, 100), (500, 100), (1000, 100)], [(1000, 0), (1000, 100)]
    )
    assert way(banks, (0, 0), (0, 100)) == pytest.approx(2100)


def test_of_two_ways_between_the_same_crossings_the_shorter_one_counts():
    ring = network_of([(0, 0), (0, 300), (400, 300), (400, 0)], [(0, 0), (400, 0)])
    assert way(ring, (0, 0), (400, 0)) == pytest.approx(400)
    assert way(ring, (0, 200), (400, 0)) == pytest.approx(600)


def test_a_ring_without_a_crossing_is_walked_either_way():
    square = network_of([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
    assert len(square.metres) == 1
    assert way(square, (50, 0), (0, 50)) == pytest.approx(100)
    assert way(square, (50, 0), (50, 100)) == pytest.approx(200)


def test_islands_are_left_out_and_measured():
    network = network_of([(0, 0), (1000, 0)], [(0, 500), (90, 500)])
    assert network.left_out_m == pytest.approx(90)
    assert way(network, (50, 500), (50, 0)) == pytest.approx(500)


def test_beyond_the_limit_there_is_no_way():
    street = network_of([(0, 0), (1000, 0)])
    assert way(street, (0, 10), (500, 0), limit=510.5) == pytest.approx(510)
    assert way(street, (0, 10), (500, 0), limit=509) == np.inf
    assert way(street, (0, 600), (0, 0), limit=509) == np.inf


def test_corners_without_a_choice_are_no_crossings():
    bent = [(float(x), float(x % 2)) for x in range(50)]
    network = network_of(bent, [(20.0, 0.0), (20.0, 40.0)])
    assert len(network.metres) == 3 and int(network.links.max()) == 3


cell = st.tuples(st.integers(0, 5), st.integers(0, 5))
spots = st.lists(st.tuples(st.floats(-1, 6), st.floats(-1, 6)), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=25), spots, spots)
def test_any_network_gives_the_ways_of_networkx(pairs, sources, targets):
    # No three corners in a line: overlapping ways would be crossings for nobody.
    corners = [(x * 100 + 3.0 * y * y, y * 80.0 + 2.0 * x * x) for x in range(6) for y in range(6)]
    ends = np.array([(a[0] * 6 + a[1], b[0] * 6 + b[1]) for a, b in pairs], dtype=np.int64)
    assume((ends[:, 0] != ends[:, 1]).any())
    network = build_network(np.array(corners), ends)
    stretches = oracle_stretches(corners, ends)
    points = [(100 * x, 80 * y) for x, y in (*sources, *targets)]
    graph = oracle_graph(corners, stretches, points)
    n = len(sources)
    found = np.full((len(targets), n), np.inf)
    snap = network.snap
    for part, metres in distances(
        network, snap(np.array(points[:n])), snap(np.array(points[n:])), 1e9
    ):
        found[:, part] = metres
    for i in range(n):
        wanted = nx.single_source_dijkstra_path_length(graph, ("p", i))
        for j in range(len(targets)):
            assert found[j, i] == pytest.approx(wanted["p", n + j], abs=1e-3)


def oracle_stretches(corners, ends) -> list[tuple[int, int]]:
    """The stretches of the part with the most metres."""
    graph = nx.Graph()
    for a, b in ends.tolist():
        if a != b:
            graph.add_edge(a, b, m=float(np.hypot(*np.subtract(corners[a], corners[b]))))
    parts = [graph.subgraph(c) for c in nx.connected_components(graph)]
    metres = [part.size(weight="m") for part in parts]
    longest = [p for p, m in zip(parts, metres, strict=True) if m > max(metres) - 1e-6]
    assume(len(longest) == 1)  # of equally long parts either would do
    return list(longest[0].edges)


def oracle_graph(corners, stretches, points) -> nx.Graph:
    """Every stretch cut where points reach it, by shapely."""
    lines = [shapely.LineString([corners[a], corners[b]]) for a, b in stretches]
    at: dict[int, list[tuple[float, int, float]]] = {}
    for p, point in enumerate(points):
        spot = shapely.Point(point)
        access = min(line.distance(spot) for line in lines)
        near = [s for s, line in enumerate(lines) if line.distance(spot) < access + 1e-6]
        # Of several ways equally near either would do, unless it is at their common corner.
        common = set.intersection(*(set(stretches[s]) for s in near))
        foot = lines[near[0]].interpolate(lines[near[0]].project(spot))
        corner = [shapely.Point(corners[c]) for c in common]
        assume(len(near) == 1 or any(c.distance(foot) < 1e-3 for c in corner))
        at.setdefault(near[0], []).append((lines[near[0]].project(spot), p, access))
    graph = nx.Graph()
    for s, (a, b) in enumerate(stretches):
        before, gone = a, 0.0
        for along, p, access in sorted(at.get(s, [])):
            graph.add_edge(before, ("f", p), weight=along - gone)
            graph.add_edge(("f", p), ("p", p), weight=access)
            before, gone = ("f", p), along
        graph.add_edge(before, b, weight=lines[s].length - gone)
    return graph
