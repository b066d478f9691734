"""Rows of several editions one below the other, and which of them are one number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.disclosure.cells import (
    KEY,
    BoolArray,
    IntArray,
    Knowledge,
    read_knowledge,
)
from indicators.disclosure.contradictions import contradicted
from indicators.disclosure.equations import System, build_system
from indicators.disclosure.identities import Relation
from indicators.disclosure.joint import SUFFIX, Kept, joint_links
from indicators.disclosure.ledger import Entry
from indicators.status import Status


@dataclass(frozen=True)
class Gathered:
    """All rows that are needed; arrays have one entry per row, see `Kept`.

    Parameters
    ----------
    counts
        With the suffixes of their editions.
    hierarchies, relations
        Of those editions, tied to these vintages.
    keys
        The keys as they are in the present edition.
    among
        Shape (pairs, 2): rows of different editions that are one number.
    copied
        Put beside present cells (`joint`), though printed in an earlier edition only.
    """

    counts: pd.DataFrame
    hierarchies: pd.DataFrame
    relations: tuple[Relation, ...]
    keys: pd.DataFrame
    number: IntArray
    at: IntArray
    unknown: BoolArray
    loose: BoolArray
    among: IntArray
    copied: BoolArray

    @property
    def tied(self) -> BoolArray:
        """Not printed then, and taken for a number of the present edition."""
        found: BoolArray = (self.at >= 0) & self.unknown & ~self.loose
        return found


def gather(
    kept: Sequence[Kept],
    hierarchies: pd.DataFrame,
    entries: Sequence[Entry],
    joint: Sequence[Relation],
) -> Gathered:
    """Put the rows of all editions one below the other, each under its own vintages."""
    keys = pd.concat([k.rows[KEY] for k in kept], ignore_index=True)
    number = np.concatenate([k.number for k in kept])
    unknown = np.concatenate([k.unknown for k in kept])
    at, loose = np.concatenate([k.at for k in kept]), np.concatenate([k.loose for k in kept])
    side = np.concatenate([np.full(len(k.rows), k.suffix == SUFFIX) for k in kept])
    marked = [k.rows.assign(vintage=k.rows["vintage"] + k.suffix) for k in kept]
    links = [hierarchies.iloc[:0], *(_links(k, hierarchies, entries) for k in kept)]
    found = Gathered(
        counts=pd.concat(marked, ignore_index=True),
        hierarchies=pd.concat(links, ignore_index=True),
        relations=(*(r for k in kept for r in _relations(k, entries)), *joint),
        keys=keys,
        number=number,
        at=at,
        unknown=unknown,
        loose=loose,
        among=np.zeros((0, 2), dtype=np.int64),
        copied=side & (number > 0),
    )
    return replace(found, among=_among(found, entries))


def _links(kept: Kept, hierarchies: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    if kept.suffix == SUFFIX:
        links = joint_links(hierarchies, entries)
    else:
        links = entries[int(kept.suffix[1:]) - 1].hierarchies
    links = links[links["vintage"].isin(set(kept.rows["vintage"]))]
    return links.assign(vintage=links["vintage"] + kept.suffix)


def _relations(kept: Kept, entries: Sequence[Entry]) -> Iterator[Relation]:
    if kept.suffix == SUFFIX:
        return
    here = sorted(set(kept.rows["vintage"]))
    for relation in entries[int(kept.suffix[1:]) - 1].relations:
        held = tuple(v + kept.suffix for v in here if v in (relation.vintages or here))
        if held:
            yield replace(relation, vintages=held)


def _among(found: Gathered, entries: Sequence[Entry]) -> IntArray:
    """Rows that are one number though the present edition does not tie them.

    Neighbouring editions that have a cell are paired, unless one revised it in between.
    """
    free = np.flatnonzero((found.at < 0) | found.loose)
    rows = found.keys.iloc[free].assign(
        number=found.number[free], unknown=found.unknown[free], row=free
    )
    rows = rows[rows.duplicated(KEY, keep=False)].sort_values([*KEY, "number", "row"])
    cuts = _cuts(entries)
    pairs = []
    for key, own in rows.groupby(KEY, sort=False):
        listed = zip(own["number"], own["unknown"], own["row"], strict=True)
        changes = cuts.get(tuple(map(str, key)), []) if isinstance(key, tuple) else []
        for (n, hidden, a), (m, also, b) in pairwise(listed):
            revised = any(n < by <= m and n <= up_to for by, up_to in changes)
            if (hidden or also) and not revised:
                pairs.append((a, b))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _cuts(entries: Sequence[Entry]) -> dict[tuple[str, ...], list[tuple[int, int]]]:
    """By key: the entries that revised it, and up to which one the old number stands."""
    found: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for entry in entries:
        for *key, up_to in entry.revised.itertuples(index=False, name=None):
            found.setdefault(tuple(key), []).append((entry.number, int(up_to)))
    return found


def revised_rows(found: Gathered, now: Knowledge) -> BoolArray:
    """Rows that are not the number of today: an earlier equation says so.

    Parameters
    ----------
    found
        The rows.
    now
        The present edition's true numbers.
    """
    own = read_knowledge(found.counts)
    certain, value = _todays(found, now)
    mirror = certain & (found.number == 0)
    copies = found.copied & ~found.loose
    copied, system = copies & own.known, _system(found)
    lost = contradicted(
        system,
        np.where(certain, value, own.value),
        own.lower,
        (own.known & ~copied) | mirror,
        (certain & ~mirror) | copied,
        copies,
        np.arange(len(system.equality)) >= len(system.equality) - len(found.among),
    )
    return lost | _older(found, lost)


def with_deduced(found: Gathered, now: Knowledge) -> Gathered:
    """Give hidden cells of earlier editions their number where it follows from the true ones.

    Whoever protects the new edition must know which of them are small.
    """
    own, system = read_knowledge(found.counts), _system(found)
    certain, value = _todays(found, now)
    value, known = np.where(certain, value, own.value), own.known | certain
    matrix = system.matrix[system.equality]
    while True:
        open_cells = np.asarray(np.abs(matrix) @ (~known).astype(np.int64))
        rows = np.flatnonzero(open_cells == 1)
        parts = matrix[rows][:, ~known].tocoo()
        cells = np.flatnonzero(~known)[parts.col]
        if not len(cells):
            break
        balance = np.asarray(matrix[rows] @ np.where(known, value, 0))
        value[cells] = -balance[parts.row] * parts.data
        known[cells] = True
    fresh = pd.Series(known & ~own.known & ~certain & (value >= 0), index=found.counts.index)
    count = found.counts["count"].mask(fresh, pd.Series(value, dtype="Int64"))
    return replace(found, counts=found.counts.assign(count=count))


def _todays(found: Gathered, now: Knowledge) -> tuple[BoolArray, IntArray]:
    """Which rows are a present number that we know, and that number."""
    place = np.where(found.at >= 0, found.at, 0)
    return found.tied & now.known[place], now.value[place]


def _system(found: Gathered) -> System:
    """The equations of the earlier editions and their pairs."""
    system = build_system(found.counts, found.hierarchies, found.relations)
    size = len(found.among)
    signs = np.tile(np.array([-1, 1], dtype=np.int64), size)
    rows = np.repeat(np.arange(size), 2)
    extra = sparse.csr_array((signs, (rows, found.among.ravel())), shape=(size, len(found.at)))
    matrix = sparse.csr_array(sparse.vstack([system.matrix, extra], format="csr"))
    return replace(
        system, matrix=matrix, equality=np.append(system.equality, np.ones(size, dtype=np.bool_))
    )


def _older(found: Gathered, lost: BoolArray) -> BoolArray:
    """The same cells in the editions before."""
    by_key = found.keys.groupby(KEY, sort=False).ngroup().to_numpy()
    newest = np.full(len(lost), -1, dtype=np.int64)
    np.maximum.at(newest, by_key[lost], found.number[lost])
    hit: BoolArray = (found.number > 0) & (found.number <= newest[by_key])
    return hit


def cut_loose(found: Gathered, lost: BoolArray, entries: Sequence[Entry]) -> Gathered:
    """Tie some rows to nothing any more."""
    loose = found.loose | lost
    blank = pd.Series(found.copied & loose, index=found.counts.index)
    counts = found.counts.assign(
        count=found.counts["count"].mask(blank),
        status=found.counts["status"].mask(blank, Status.MISSING.value),
    )
    kept = replace(
        found,
        counts=counts,
        loose=loose,
        # A copy that is not today's number says nothing here; its original stays.
        at=np.where(blank, -1, found.at),
    )
    among = _among(kept, entries)
    stray = blank.to_numpy(dtype=np.bool_)
    return replace(kept, among=among[~stray[among].any(axis=1)])
