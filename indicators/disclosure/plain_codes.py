"""The codes of one dimension of a plain table: what is innermost, and what is a sum of what.

Several hierarchies over one dimension need not be nested; a code that stands in two of them
is one code. The sum over the whole dimension is a code of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

import numpy as np
from scipy import sparse

from geodata.errors import Problem
from indicators.disclosure.cells import IntArray

TOTAL = "Total"
"""Key of the sum over a whole dimension."""


@dataclass(frozen=True)
class Link:
    """One row of a hierarchy: a code and the code above it; empty where it has none."""

    child: str
    parent: str
    where: str


@dataclass(frozen=True)
class Hierarchy:
    """One hierarchy file, as read."""

    name: str
    links: tuple[Link, ...]

    def parts(self) -> dict[str, list[str]]:
        """The children of every inner code, in the order of the file."""
        found: dict[str, list[str]] = {}
        for link in self.links:
            if link.parent:
                found.setdefault(link.parent, []).append(link.child)
        return found

    def codes(self) -> Iterator[str]:
        """Every code as it appears, parents before their children."""
        for link in self.links:
            yield from ([link.parent] if link.parent else [])
            yield link.child

    def roots(self) -> list[str]:
        """Codes that have nothing above them."""
        below = {link.child for link in self.links if link.parent}
        return [code for code in dict.fromkeys(self.codes()) if code not in below]


@dataclass(frozen=True)
class Dimension:
    """The codes of a dimension and how they add up.

    Parameters
    ----------
    name
        Name of the column.
    codes
        The total first, then the codes as the hierarchy files name them; without a
        hierarchy in the order of their text, which tells nothing of the numbers.
    leaves
        Positions of the innermost codes in `codes`.
    sums
        Shape (sums, codes): +1 for a part, -1 for its sum.
    spread
        Shape (codes, leaves): 1 where an innermost code belongs to a code.
    stage
        Shape (codes,): 0 for innermost codes, else one more than the highest part.
    flat
        Whether no file says how the codes add up: they are those of the table.
    """

    name: str
    codes: tuple[str, ...]
    leaves: IntArray
    sums: sparse.csr_array
    spread: sparse.csr_array
    stage: IntArray
    flat: bool = False

    def positions(self) -> dict[str, int]:
        """Where each code stands in `codes`."""
        return {code: i for i, code in enumerate(self.codes)}


def make_dimension(
    name: str, hierarchies: Sequence[Hierarchy], found: Iterable[str], total: str = TOTAL
) -> tuple[Dimension | None, list[Problem]]:
    """Build a dimension, or say everything that is wrong with its hierarchies.

    Parameters
    ----------
    name
        Name of the column.
    hierarchies
        Of this dimension; none for a flat one.
    found
        Innermost codes of a flat dimension; not looked at where there are hierarchies.
    total
        Key of the sum over the whole dimension.

    Returns
    -------
    dimension, problems
        No dimension if there are problems.
    """
    problems = [p for h in hierarchies for p in _link_problems(h, total)]
    if problems:
        clean = [_sound_parts(h) for h in hierarchies]
        codes = tuple(dict.fromkeys(c for h in hierarchies for c in h.codes()))
        return None, [*problems, *_from_below(name, codes, clean)[1]]
    flat = sorted(set(found) - {total}) if not hierarchies else []
    codes = tuple(dict.fromkeys([total, *(c for h in hierarchies for c in h.codes()), *flat]))
    trees = [(h, h.parts()) for h in hierarchies]
    order, problems = _from_below(name, codes, [parts for _, parts in trees])
    if problems:
        return None, problems
    holds, problems = _leaf_sets(order, trees, total)
    if not problems:
        problems = _total_problems(name, trees, holds, total)
    if problems:
        return None, problems
    rows = _sum_rows(trees, holds, total)
    return replace(_assemble(name, codes, rows, holds), flat=not hierarchies), []


def _link_problems(hierarchy: Hierarchy, total: str) -> Iterator[Problem]:
    """What is wrong with single rows of a file."""
    seen: dict[str, Link] = {}
    for link in hierarchy.links:
        if not link.child:
            yield Problem(link.where, "kein Schlüssel in der Spalte child", "ein Schlüssel")
        elif link.child == total and link.parent:
            text = f"{total!r} hat einen Oberbegriff: {link.parent!r}"
            yield Problem(link.where, text, f"{total!r} nur als oberste Summe")
        elif link.child == link.parent:
            yield Problem(link.where, f"{link.child!r} ist Teil von sich selbst", "kein Kreis")
        elif link.child in seen:
            first = seen[link.child]
            text = f"{link.child!r} hat schon einen Oberbegriff: {first.parent!r} ({first.where})"
            yield Problem(link.where, text, "jeder Schlüssel einmal in der Spalte child")
        else:
            seen[link.child] = link


def _sound_parts(hierarchy: Hierarchy) -> dict[str, list[str]]:
    """The children of every code without those that are wrong by themselves."""
    sound: dict[str, list[str]] = {}
    for parent, children in hierarchy.parts().items():
        sound[parent] = [child for child in children if child and child != parent]
    return sound


def _from_below(
    name: str, codes: Sequence[str], trees: Iterable[Mapping[str, Sequence[str]]]
) -> tuple[list[str], list[Problem]]:
    """All codes, parts before their sums; or the circle that makes this impossible."""
    graph: dict[str, set[str]] = {code: set() for code in codes}
    for parts in trees:
        for parent, children in parts.items():
            graph[parent].update(children)
    try:
        return list(TopologicalSorter(graph).static_order()), []
    except CycleError as error:
        circle = " → ".join(error.args[1])
        return [], [Problem(f"Hierarchie von {name}", f"ein Kreis: {circle}", "kein Kreis")]


_Trees = Sequence[tuple[Hierarchy, Mapping[str, Sequence[str]]]]


def _leaf_sets(
    order: Sequence[str], trees: _Trees, total: str
) -> tuple[dict[str, frozenset[str]], list[Problem]]:
    """Which innermost codes every code holds; the total, where no file names it, holds all."""
    holds: dict[str, frozenset[str]] = {}
    problems = []
    for code in order:
        sets = []
        for hierarchy, parts in trees:
            if code not in parts:
                continue
            listed = [holds[c] for c in parts[code]]
            sets.append((hierarchy.name, frozenset[str]().union(*listed)))
            if sum(map(len, listed)) > len(sets[-1][1]):
                text = f"Teile von {code!r} überschneiden sich"
                problems.append(Problem(hierarchy.name, text, "getrennte Teile"))
        for other, held in sets[1:]:
            if held != sets[0][1]:
                text = f"{code!r} hat in {sets[0][0]} und {other} verschiedene Teile"
                allowed = "dieselben innersten Schlüssel, oder zwei verschiedene Namen"
                problems.append(Problem(other, text, allowed))
        holds[code] = sets[0][1] if sets else frozenset([code])
    inner = {code for _, parts in trees for code in parts}
    if total not in inner:
        holds[total] = frozenset(code for code in order if code not in inner and code != total)
    return holds, problems


def _total_problems(
    name: str, trees: _Trees, holds: Mapping[str, frozenset[str]], total: str
) -> list[Problem]:
    """Where a file names the total, it must be the single root, and of everything."""
    inner = {code for _, parts in trees for code in parts}
    leaves = {code for code in holds if code not in inner and code != total}
    problems = []
    if not leaves:
        problems.append(Problem(f"Dimension {name}", "kein Schlüssel", "mindestens einer"))
    for hierarchy, parts in trees:
        if total not in parts:
            continue
        beside = [code for code in hierarchy.roots() if code != total]
        if beside:
            text = f"neben {total!r} stehen ohne Oberbegriff: {_some(beside)}"
            problems.append(Problem(hierarchy.name, text, f"alle unter {total!r}, oder keiner"))
        missing = sorted(leaves - holds[total])
        if missing and not beside:
            text = f"unter {total!r} fehlen {_some(missing)}"
            problems.append(Problem(hierarchy.name, text, "alle innersten Schlüssel"))
    return problems


def _some(codes: Sequence[str], most: int = 10) -> str:
    more = f" und {len(codes) - most} weitere" if len(codes) > most else ""
    return ", ".join(codes[:most]) + more


def _sum_rows(
    trees: _Trees, holds: Mapping[str, frozenset[str]], total: str
) -> list[tuple[str, tuple[str, ...]]]:
    """Every sum with its parts, once; the total from each hierarchy that covers everything."""
    rows = [(code, tuple(children)) for _, parts in trees for code, children in parts.items()]
    for hierarchy, parts in trees:
        roots = hierarchy.roots()
        if total not in parts and _make_up([holds[c] for c in roots], holds[total]):
            rows.append((total, tuple(roots)))
    if not any(code == total for code, _ in rows):
        order = [code for code, held in holds.items() if held == frozenset([code])]
        rows.append((total, tuple(code for code in order if code in holds[total])))
    once = {(code, frozenset(parts)): (code, parts) for code, parts in reversed(rows)}
    return list(reversed(once.values()))


def _make_up(parts: Sequence[frozenset[str]], whole: frozenset[str]) -> bool:
    """Whether parts are disjoint and together the whole."""
    return sum(map(len, parts)) == len(whole) and frozenset[str]().union(*parts) == whole


def _assemble(
    name: str,
    codes: tuple[str, ...],
    rows: Sequence[tuple[str, tuple[str, ...]]],
    holds: Mapping[str, frozenset[str]],
) -> Dimension:
    """Positions and matrices of a dimension without faults."""
    at = {code: i for i, code in enumerate(codes)}
    sums = {code for code, _ in rows}
    leaves = [i for i, code in enumerate(codes) if code not in sums]
    column = {codes[i]: k for k, i in enumerate(leaves)}
    entries = [(r, at[c], 1) for r, (_, parts) in enumerate(rows) for c in parts]
    entries += [(r, at[code], -1) for r, (code, _) in enumerate(rows)]
    spread = [(at[code], column[leaf], 1) for code, held in holds.items() for leaf in held]
    return Dimension(
        name=name,
        codes=codes,
        leaves=np.array(leaves, dtype=np.int64),
        sums=_matrix(entries, (len(rows), len(codes))),
        spread=_matrix(spread, (len(codes), len(leaves))),
        stage=_stages(codes, rows),
    )


def _matrix(entries: Sequence[tuple[int, int, int]], shape: tuple[int, int]) -> sparse.csr_array:
    table = np.array(entries, dtype=np.int64).reshape(-1, 3)
    return sparse.csr_array((table[:, 2], (table[:, 0], table[:, 1])), shape=shape, dtype=np.int64)


def _stages(codes: Sequence[str], rows: Sequence[tuple[str, tuple[str, ...]]]) -> IntArray:
    """How many sums lie between each code and the innermost ones."""
    graph: dict[str, set[str]] = {code: set() for code in codes}
    for code, parts in rows:
        graph[code].update(parts)
    stage: dict[str, int] = {}
    for code in TopologicalSorter(graph).static_order():
        stage[code] = 1 + max((stage[part] for part in graph[code]), default=-1)
    return np.array([stage[code] for code in codes], dtype=np.int64)
