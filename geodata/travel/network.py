"""A network of ways as a graph: contraction, snapping, shortest paths.

Nodes with two ways are no decisions; a chain of them is one link of the graph, which keeps
searches short. Points are snapped to the nearest stretch of a way, not to its next node, and
reach it by a straight line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TINY_M = 1e-6
"""A way of no length: a zero in a sparse matrix could be taken for no way at all."""
_CELLS_AT_ONCE = 8_000_000


@dataclass(frozen=True)
class Snapped:
    """Points on the network.

    Parameters
    ----------
    chain
        Chain of the nearest stretch, shape (n,).
    along_m
        Metres from the chain's first end, shape (n,).
    access_m
        Straight line from the point to the way, shape (n,).
    """

    chain: Ints
    along_m: Floats
    access_m: Floats

    def __len__(self) -> int:
        return len(self.chain)


@dataclass(frozen=True)
class WalkNetwork:
    """The largest connected part of a network of ways, its chains contracted.

    Parameters
    ----------
    lines
        Coordinates of the stretches' ends in metres, shape (S, 2, 2).
    chain, from_m, to_m
        Chain of each stretch and the positions of its two ends along it, shape (S,).
    links
        First and last junction of each chain, shape (C, 2).
    metres
        Length of each chain, shape (C,).
    left_out_m
        Metres of ways that are not connected to this part.
    """

    lines: Floats
    chain: Ints
    from_m: Floats
    to_m: Floats
    links: Ints
    metres: Floats
    left_out_m: float = 0.0

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.linestrings(self.lines))

    def snap(self, xy: Floats) -> Snapped:
        """Nearest stretch of each point; of equally near ones the same in every run.

        Parameters
        ----------
        xy
            Coordinates in metres, shape (n, 2).
        """
        near = self._tree.query_nearest(shapely.points(xy), all_matches=False)[1]
        start, end = self.lines[near, 0], self.lines[near, 1]
        way = end - start
        squared = np.maximum((way**2).sum(axis=1), _TINY_M**2)
        share = np.clip(((xy - start) * way).sum(axis=1) / squared, 0.0, 1.0)
        foot = start + share[:, None] * way
        along = self.from_m[near] + share * (self.to_m[near] - self.from_m[near])
        access = np.hypot(*(xy - foot).T)
        return Snapped(self.chain[near], along, access)


def build_network(xy: Floats, ends: Ints) -> WalkNetwork:
    """Take the longest connected part of straight stretches and contract its chains.

    Parameters
    ----------
    xy
        Coordinates of the nodes in metres, shape (N, 2).
    ends
        The two nodes of each stretch, shape (S, 2).

    Raises
    ------
    ValueError
        There is no stretch between two nodes.
    """
    ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    if not len(ends):
        raise ValueError("a network needs at least one way")
    length = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    kept = _largest(ends, length, len(xy))
    left_out = float(length[~kept].sum())
    ends, length = ends[kept], length[kept]
    nodes, flat = np.unique(ends, return_inverse=True)
    ends = flat.reshape(-1, 2).astype(np.int64)
    chain, from_m, to_m, pairs, metres = _contract(ends, length, len(nodes))
    _, links = np.unique(pairs, return_inverse=True)
    return WalkNetwork(
        lines=xy[nodes][ends],
        chain=chain,
        from_m=from_m,
        to_m=to_m,
        links=links.reshape(-1, 2).astype(np.int64),
        metres=metres,
        left_out_m=left_out,
    )


def _largest(ends: Ints, length: Floats, n: int) -> NDArray[np.bool_]:
    """Which stretches belong to the connected part with the most metres."""
    graph = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    label = connected_components(graph, directed=False)[1][ends[:, 0]]
    return np.asarray(label == np.bincount(label, weights=length).argmax())


def _contract(ends: Ints, length: Floats, n: int) -> tuple[Ints, Floats, Floats, Ints, Floats]:
    """Number the chains between junctions and place every stretch along its chain."""
    at_node: list[list[int]] = [[] for _ in range(n)]
    pairs: list[list[int]] = ends.tolist()
    for s, (a, b) in enumerate(pairs):
        at_node[a].append(s)
        at_node[b].append(s)
    chain = np.full(len(pairs), -1, dtype=np.int64)
    from_m, to_m = np.zeros(len(pairs)), np.zeros(len(pairs))
    links: list[tuple[int, int]] = []
    metres: list[float] = []
    junction = [len(own) != 2 for own in at_node]

    def follow(node: int, s: int) -> None:
        """Walk a chain from one junction to the next."""
        first, offset = node, 0.0
        while True:
            a, b = pairs[s]
            further = offset + float(length[s])
            chain[s] = len(links)
            from_m[s], to_m[s] = (offset, further) if a == node else (further, offset)
            node, offset = (b if a == node else a), further
            if junction[node]:
                break
            one, two = at_node[node]
            s = two if one == s else one
        links.append((first, node))
        metres.append(offset)

    for node in range(n):
        if junction[node]:
            for s in at_node[node]:
                if chain[s] < 0:
                    follow(node, s)
    # What is left are rings without a junction: any node of theirs becomes one.
    for s in range(len(pairs)):
        if chain[s] < 0:
            junction[pairs[s][0]] = True
            follow(pairs[s][0], s)
    return chain, from_m, to_m, np.array(links, dtype=np.int64), np.array(metres)


def distances(
    network: WalkNetwork, sources: Snapped, targets: Snapped, limit_m: float
) -> Iterator[tuple[slice, Floats]]:
    """Shortest ways from some points to others, a block of sources a time.

    Parameters
    ----------
    network
        From `build_network`.
    sources, targets
        Points snapped to it.
    limit_m
        Longer ways are infinite.

    Yields
    ------
    part, metres
        Which sources, and the ways from them with both access lines, shape
        (targets, sources of the block).
    """
    graph, first = _with_points(network, sources, targets)
    block = max(1, _CELLS_AT_ONCE // max(1, graph.shape[0]))
    target_nodes = first + len(sources) + np.arange(len(targets))
    for start in range(0, len(sources), block):
        part = slice(start, min(start + block, len(sources)))
        metres = np.full((len(targets), part.stop - part.start), np.inf)
        # A point farther from any way than the limit reaches nothing.
        live = np.flatnonzero(sources.access_m[part] <= limit_m)
        if len(live) and len(targets):
            found = dijkstra(graph, indices=first + start + live, limit=limit_m)
            metres[:, live] = np.atleast_2d(found)[:, target_nodes].T
        metres += targets.access_m[:, None] + sources.access_m[None, part]
        metres[metres > limit_m] = np.inf
        yield part, metres


def _with_points(network: WalkNetwork, sources: Snapped, targets: Snapped) -> tuple[csr_array, int]:
    """The graph with every point as a node of its own, and the number of the first one.

    A point hangs on both ends of its chain and on the points next to it there.
    """
    junctions = int(network.links.max()) + 1
    chain = np.concatenate([sources.chain, targets.chain])
    along = np.concatenate([sources.along_m, targets.along_m])
    node = junctions + np.arange(len(chain))
    order = np.lexsort((along, chain))
    beside = chain[order][1:] == chain[order][:-1]
    one, two = order[:-1][beside], order[1:][beside]
    a = [network.links[:, 0], network.links[chain, 0], network.links[chain, 1], node[one]]
    b = [network.links[:, 1], node, node, node[two]]
    w = [network.metres, along, network.metres[chain] - along, along[two] - along[one]]
    size = junctions + len(chain)
    return _symmetric(np.concatenate(a), np.concatenate(b), np.concatenate(w), size), junctions


def _symmetric(a: Ints, b: Ints, metres: Floats, n: int) -> csr_array:
    """Both directions of every link; of parallel ones the shortest."""
    row, column = np.concatenate([a, b]), np.concatenate([b, a])
    cost = np.maximum(np.concatenate([metres, metres]), _TINY_M)
    order = np.lexsort((cost, column, row))
    row, column, cost = row[order], column[order], cost[order]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return csr_array((cost[new], (row[new], column[new])), shape=(n, n))
