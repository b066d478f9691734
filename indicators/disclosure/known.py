"""From the ledger to what readers know before a new edition appears."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicators.disclosure.blocks import Blocks, blocks_of, like_present
from indicators.disclosure.cells import (
    KEY,
    BoolArray,
    IntArray,
    Knowledge,
    cell_words,
    read_knowledge,
)
from indicators.disclosure.earlier import UP_TO, Earlier, no_revision, nothing_before
from indicators.disclosure.gather import Gathered, cut_loose, gather, revised_rows, with_deduced
from indicators.disclosure.identities import Relation
from indicators.disclosure.joint import (
    COLUMNS,
    FindRelations,
    Kept,
    absent_rows,
    joint_relations,
    joint_rows,
)
from indicators.disclosure.ledger import Entry, Ledger
from indicators.disclosure.matching import KeyIndex
from indicators.disclosure.rule import Rule

_NAMED = 10
"""How many cells a note names."""

_Mark = tuple[int, int, int]


@dataclass(frozen=True)
class _Now:
    """The present edition."""

    counts: pd.DataFrame
    hierarchies: pd.DataFrame
    relations: Sequence[Relation]
    known: Knowledge
    index: KeyIndex
    near: frozenset[str]


@dataclass(frozen=True)
class _Past:
    """An edition of the ledger beside the present one; arrays have one entry per row.

    ``at`` is the row of the present table with the same key, -1 for none; ``loose`` are
    numbers that were revised since, by a later edition or by the present one; ``prints``
    tell rows apart; ``corrected`` are the keys of numbers that were printed otherwise.
    """

    entry: Entry
    table: pd.DataFrame
    known: Knowledge
    blocks: Blocks
    prints: npt.NDArray[np.uint64]
    at: IntArray
    loose: BoolArray
    corrected: pd.DataFrame

    @property
    def tied(self) -> BoolArray:
        """Taken for the number of the present edition."""
        found: BoolArray = (self.at >= 0) & ~self.loose
        return found


def known_before(
    counts: pd.DataFrame,
    hierarchies: pd.DataFrame,
    relations: Sequence[Relation],
    ledger: Ledger,
    *,
    find: FindRelations | None = None,
    recorded: Entry | None = None,
) -> Earlier:
    """Put together what readers of all earlier editions know of the present one.

    A number that was printed and is the same today is known, whatever is hidden now. One
    that was printed otherwise was corrected: readers have two numbers. One that was hidden
    is taken for today's, unless the earlier equations contradict today's numbers; then all
    that is hidden in the contradicted equation counts as revised, and nothing ties it.

    Parameters
    ----------
    counts
        Columns of an edition's ``counts``: true numbers before protection, or a published
        edition's.
    hierarchies, relations
        Groupings and equations of the same edition.
    ledger
        Editions published before.
    find
        Finds the relations of a table, for groups that no edition has all of.
    recorded
        The edition's own entry, where it is published: what was revised and found is read
        from it, since a published edition does not show hidden numbers.
    """
    if not ledger.entries:
        return nothing_before(counts, hierarchies)
    now = _Now(
        counts, hierarchies, relations, read_knowledge(counts), KeyIndex(counts),
        _near(counts, ledger.entries),
    )  # fmt: skip
    revised = [no_revision() if recorded is None else recorded.revised]
    pasts: list[_Past] = []
    cuts = [*revised]
    for entry in reversed(ledger.entries):
        past = _look_back(now, entry, cuts)
        if recorded is None:
            past = _compare(now, past)
            revised.append(past.corrected)
        pasts.append(past)
        cuts += [past.corrected, entry.revised]
    kept, joint = _kept_rows(now, pasts, ledger, cuts, find, recorded)
    found = gather(kept, hierarchies, ledger.entries, joint)
    notes = [note for past in pasts for note in _corrections(past)]
    if recorded is None:
        lost = revised_rows(found, now.known)
        notes += _changes(found, lost)
        revised.append(found.keys[lost].assign(**{UP_TO: found.number[lost]}))
        found = with_deduced(cut_loose(found, lost, ledger.entries), now.known)
    told, numbers = _told(now, pasts)
    tied = np.flatnonzero(found.tied)
    return Earlier(
        counts=found.counts,
        hierarchies=found.hierarchies,
        relations=found.relations,
        same=np.stack([found.at[tied], tied], axis=1).astype(np.int64),
        told=told,
        notes=tuple(notes),
        numbers=numbers,
        among=found.among,
        loose=found.loose,
        revised=_last(pd.concat(revised, ignore_index=True)),
        joint=joint,
    )


def _kept_rows(
    now: _Now,
    pasts: Sequence[_Past],
    ledger: Ledger,
    cuts: Sequence[pd.DataFrame],
    find: FindRelations | None,
    recorded: Entry | None,
) -> tuple[list[Kept], tuple[Relation, ...]]:
    """The rows that tell something, oldest edition first, and equations between editions."""
    seen: set[_Mark] = set()
    kept = [_keep(now, past, seen) for past in pasts]
    absent = absent_rows(now.counts, ledger.entries)
    absent = absent[~_is_revised(absent, absent["number"].to_numpy(dtype=np.int64), cuts)]
    joint = recorded.joint if recorded is not None else ()
    if find is not None and recorded is None:
        joint = joint_relations(now.counts, absent, ledger.entries, find)
    return [*reversed(kept), joint_rows(now.counts, absent, ledger.entries, joint)], joint


def _told(now: _Now, pasts: Sequence[_Past]) -> tuple[BoolArray, IntArray]:
    """Which present numbers were printed before, newest edition first."""
    told = np.zeros(len(now.counts), dtype=np.bool_)
    numbers = np.zeros(len(now.counts), dtype=np.int64)
    for past in pasts:
        rows = np.flatnonzero(past.tied & past.known.known)
        rows = rows[~told[past.at[rows]]]
        told[past.at[rows]], numbers[past.at[rows]] = True, past.known.value[rows]
    return told, numbers


def _look_back(now: _Now, entry: Entry, cuts: Sequence[pd.DataFrame]) -> _Past:
    table = entry.counts[COLUMNS]
    number = np.full(len(table), entry.number, dtype=np.int64)
    return _Past(
        entry=entry,
        table=table,
        known=read_knowledge(table, Rule(zeros=entry.rule.zeros).lowest),
        blocks=blocks_of(table, entry.relations, now.relations),
        prints=np.asarray(pd.util.hash_pandas_object(table, index=False), dtype=np.uint64),
        at=now.index.find(table),
        loose=_is_revised(table, number, cuts),
        corrected=no_revision(),
    )


def _is_revised(table: pd.DataFrame, number: IntArray, cuts: Sequence[pd.DataFrame]) -> BoolArray:
    """Rows of the entries `number` that a later edition revised."""
    found = np.zeros(len(table), dtype=np.bool_)
    since = _last(pd.concat(cuts, ignore_index=True))
    if len(since) and len(table):
        place = KeyIndex(since).find(table)
        found = (place >= 0) & (since[UP_TO].to_numpy()[np.maximum(place, 0)] >= number)
    return found


def _compare(now: _Now, past: _Past) -> _Past:
    """Find the numbers that were printed otherwise, or hidden where there is nobody now."""
    tied, place = past.tied, np.where(past.at >= 0, past.at, 0)
    tied = tied & now.known.known[place]
    today = now.known.value[place]
    corrected = tied & past.known.known & (today != past.known.value)
    corrected |= tied & past.known.suppressed & (today < past.known.lower)
    keys = past.table.loc[corrected, KEY].assign(**{UP_TO: past.entry.number})
    return replace(past, loose=past.loose | corrected, corrected=keys.reset_index(drop=True))


def _needed_rows(now: _Now, past: _Past, seen: set[_Mark]) -> BoolArray:
    """Rows of an edition that tell more than the present one and the newer ones do."""
    blocks, links = past.blocks, _link_prints(past.entry.hierarchies)
    present = _link_prints(now.hierarchies)
    other = frozenset(v for v in past.table["vintage"].unique() if links.get(v) != present.get(v))
    like = like_present(blocks, past.table, now.counts, past.at, past.loose, other)
    places = pd.MultiIndex.from_frame(now.counts[["vintage", "period"]].drop_duplicates())
    absent = ~pd.MultiIndex.from_frame(past.table[["vintage", "period"]]).isin(places)
    near = past.table["period"].isin(now.near).to_numpy(dtype=np.bool_)
    needed = ~like & blocks.any(~past.known.known | absent) & blocks.any(near)
    needed &= np.array([mark not in seen for mark in _marks(past)], dtype=np.bool_)
    rows: BoolArray = needed[blocks.of_row]
    return rows


def _near(counts: pd.DataFrame, entries: Sequence[Entry]) -> frozenset[str]:
    """Reporting dates that the present edition has, and the next ones to such a date.

    Stocks are carried forward from one date to the next; what lies further back is tied to
    nothing here.
    """
    here = set(counts["period"])
    every = sorted(here.union(*(set(e.counts["period"]) for e in entries)))
    return frozenset(p for i, p in enumerate(every) if here & set(every[max(0, i - 1) : i + 2]))


def _marks(past: _Past) -> list[_Mark]:
    """What tells blocks of different editions apart: cells, revisions, groupings, equations."""
    blocks = past.blocks
    sums = np.zeros(len(blocks.unlike), dtype=np.uint64)
    np.add.at(sums, blocks.of_row, past.prints * (1 + past.loose.astype(np.uint64)))
    links = _link_prints(past.entry.hierarchies)
    first = np.unique(blocks.block_of, return_index=True)[1]
    vintage = blocks.slices["vintage"].to_numpy()[first]
    bound = hash(frozenset(past.entry.relations))
    return [(int(s), links.get(v, 0), bound) for s, v in zip(sums, vintage, strict=True)]


def _link_prints(links: pd.DataFrame) -> dict[str, int]:
    """One number per vintage for its groupings, whatever their order."""
    row = pd.util.hash_pandas_object(links[sorted(links.columns)], index=False)
    return {str(v): int(n) for v, n in row.groupby(links["vintage"].to_numpy()).sum().items()}


def _keep(now: _Now, past: _Past, seen: set[_Mark]) -> Kept:
    needed = _needed_rows(now, past, seen)
    has = past.blocks.any(needed)
    seen |= {mark for mark, there in zip(_marks(past), has, strict=True) if there}
    rows = np.flatnonzero(needed)
    return Kept(
        rows=past.table.iloc[rows].reset_index(drop=True),
        suffix=f"@{past.entry.number}",
        number=np.full(len(rows), past.entry.number, dtype=np.int64),
        at=past.at[rows],
        unknown=~past.known.known[rows],
        loose=past.loose[rows],
    )


def _last(revised: pd.DataFrame) -> pd.DataFrame:
    """One row per key: up to which edition the old number stands."""
    return revised.groupby(KEY, sort=True)[UP_TO].max().reset_index()


def _corrections(past: _Past) -> list[str]:
    """Say which printed numbers were corrected."""
    if past.corrected.empty:
        return []
    return [f"Berichtigt seit der Ausgabe {past.entry.edition}: {_listed(past.corrected)}."]


def _changes(found: Gathered, lost: BoolArray) -> list[str]:
    """Say how many hidden numbers no longer fit what was printed."""
    cells = len(found.keys[lost].drop_duplicates())
    if not cells:
        return []
    return [
        f"{cells} in früheren Ausgaben geheime oder inzwischen weggefallene Zahlen passen nicht "
        "mehr zu den heutigen; sie gelten als geändert."
    ]


def public_already(
    counts: pd.DataFrame,
    earlier: Earlier,
    rule: Rule,
    public_measures: Collection[str] = frozenset(),
    names: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Name small numbers that an earlier edition printed, so that nothing can protect them.

    They are hidden now nevertheless.

    Parameters
    ----------
    counts
        The present edition's counts.
    earlier
        What was known before.
    rule
        Says which counts are small.
    public_measures
        Measures that are public anyway; they are not named.
    names
        German names by key.
    """
    small = earlier.told & (earlier.numbers > 0) & (earlier.numbers < rule.thresholds_of(counts))
    small &= ~counts["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    if not small.any():
        return ()
    return (
        "Kleine Zahlen, die eine frühere Ausgabe schon gezeigt hat; sie werden jetzt verborgen, "
        f"lassen sich aber nicht mehr schützen: {_listed(counts[small], names)}.",
    )


def _listed(cells: pd.DataFrame, names: Mapping[str, str] | None = None) -> str:
    named = [cell_words(cell, names or {}) for _, cell in cells.head(_NAMED).iterrows()]
    more = len(cells) - len(named)
    return "; ".join(named) + (f" und {more} weitere" if more else "")
