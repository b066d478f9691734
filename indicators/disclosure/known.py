"""From the ledger to what readers know before a new edition appears."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
from indicators.disclosure.contradictions import contradicted
from indicators.disclosure.earlier import UP_TO, Earlier, no_revision, nothing_before
from indicators.disclosure.equations import build_system
from indicators.disclosure.identities import Relation
from indicators.disclosure.joint import (
    COLUMNS,
    FindRelations,
    Kept,
    joint_relations,
    joint_rows,
    pairs_among,
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


@dataclass(frozen=True)
class _Past:
    """An edition of the ledger beside the present one; arrays have one entry per row.

    ``at`` is the row of the present table with the same key, -1 for none; ``loose`` are
    numbers that were revised since, by a later edition or by the present one; ``prints``
    tell rows apart.
    """

    entry: Entry
    table: pd.DataFrame
    known: Knowledge
    blocks: Blocks
    prints: npt.NDArray[np.uint64]
    at: IntArray
    loose: BoolArray

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
    now = _Now(counts, hierarchies, relations, read_knowledge(counts), KeyIndex(counts))
    cuts = [no_revision() if recorded is None else recorded.revised]
    told, numbers = np.zeros(len(counts), dtype=np.bool_), np.zeros(len(counts), dtype=np.int64)
    seen: set[_Mark] = set()
    kept, notes, fresh = [], [], [cuts[0]]
    for entry in reversed(ledger.entries):
        past = _look_back(now, entry, cuts)
        if recorded is None:
            past, revised = _compare(now, past, seen)
            fresh.append(revised)
            notes += _revision_notes(past, revised)
        kept.append(_keep(now, past, seen))
        tell = np.flatnonzero(past.tied & past.known.known)
        tell = tell[~told[past.at[tell]]]
        told[past.at[tell]], numbers[past.at[tell]] = True, past.known.value[tell]
        cuts += [fresh[-1], entry.revised]
    joint = recorded.joint if recorded is not None else ()
    if find is not None and recorded is None:
        joint = joint_relations(counts, ledger.entries, find)
    kept = [*reversed(kept), *joint_rows(counts, ledger.entries, joint)]
    return _together(
        now, ledger, [k for k in kept if len(k.rows)], joint,
        told=told, numbers=numbers, revised=pd.concat(fresh, ignore_index=True), notes=tuple(notes),
    )  # fmt: skip


def _look_back(now: _Now, entry: Entry, cuts: Sequence[pd.DataFrame]) -> _Past:
    table = entry.counts[COLUMNS]
    loose = np.zeros(len(table), dtype=np.bool_)
    since = pd.concat(cuts, ignore_index=True)
    since = since[since[UP_TO] >= entry.number]
    if len(since):
        place = KeyIndex(table).find(since)
        loose[place[place >= 0]] = True
    lowest = Rule(zeros="hidden" if entry.rule.zeros == "hidden" else "published").lowest
    return _Past(
        entry=entry,
        table=table,
        known=read_knowledge(table, lowest),
        blocks=blocks_of(table, entry.relations, now.relations),
        prints=pd.util.hash_pandas_object(table, index=False).to_numpy(dtype=np.uint64),
        at=now.index.find(table),
        loose=loose,
    )


def _compare(now: _Now, past: _Past, seen: set[_Mark]) -> tuple[_Past, pd.DataFrame]:
    """Find what was revised since an edition: corrected, or contradicted by its equations."""
    tied, place = past.tied, np.where(past.at >= 0, past.at, 0)
    today = np.where(tied & now.known.known[place], now.known.value[place], past.known.value)
    corrected = tied & past.known.known & (today != past.known.value)
    corrected |= tied & past.known.suppressed & now.known.known[place] & (today < past.known.lower)
    past = replace(past, loose=past.loose | corrected)
    fresh = corrected | _contradicted(now, past, today, seen)
    keys = past.table.loc[fresh, KEY].assign(**{UP_TO: past.entry.number})
    return replace(past, loose=past.loose | fresh), keys.reset_index(drop=True)


def _contradicted(now: _Now, past: _Past, today: IntArray, seen: set[_Mark]) -> BoolArray:
    """Hidden cells in an earlier equation that today's numbers do not fulfil."""
    found = np.zeros(len(past.table), dtype=np.bool_)
    rows = np.flatnonzero(_needed_rows(now, past, seen))
    if not len(rows):
        return found
    table = past.table.iloc[rows].reset_index(drop=True)
    system = build_system(table, past.entry.hierarchies, past.entry.relations)
    place = np.where(past.at >= 0, past.at, 0)
    tied = past.tied & ~past.known.known & now.known.known[place]
    found[rows] = contradicted(
        system, today[rows], past.known.lower[rows], past.known.known[rows], tied[rows]
    )
    return found


def _needed_rows(now: _Now, past: _Past, seen: set[_Mark]) -> BoolArray:
    """Rows of an edition that tell more than the present one and the newer ones do."""
    blocks, links = past.blocks, _link_prints(past.entry.hierarchies)
    present = _link_prints(now.hierarchies)
    other = frozenset(v for v in past.table["vintage"].unique() if links.get(v) != present.get(v))
    like = like_present(blocks, past.table, now.counts, past.at, past.loose, other)
    places = pd.MultiIndex.from_frame(now.counts[["vintage", "period"]].drop_duplicates())
    absent = ~pd.MultiIndex.from_frame(past.table[["vintage", "period"]]).isin(places)
    needed = ~like & blocks.any(~past.known.known | absent) & blocks.any(_near(now, past.table))
    needed &= np.array([mark not in seen for mark in _marks(past)], dtype=np.bool_)
    rows: BoolArray = needed[blocks.of_row]
    return rows


def _near(now: _Now, table: pd.DataFrame) -> BoolArray:
    """Rows whose reporting date the present edition has, or is the next one to such a date.

    Stocks are carried forward from one date to the next; what lies further back is tied to
    nothing here.
    """
    here = set(now.counts["period"])
    every = sorted(here | set(table["period"]))
    near = {p for i, p in enumerate(every) if here & set(every[max(0, i - 1) : i + 2])}
    found: BoolArray = table["period"].isin(near).to_numpy(dtype=np.bool_)
    return found


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
        at=np.where(past.loose, -1, past.at)[rows],
        unknown=~past.known.known[rows],
        loose=past.loose[rows],
    )


def _together(
    now: _Now,
    ledger: Ledger,
    kept: Sequence[Kept],
    joint: tuple[Relation, ...],
    *,
    told: BoolArray,
    numbers: IntArray,
    revised: pd.DataFrame,
    notes: tuple[str, ...],
) -> Earlier:
    """Put the rows of all editions one below the other, each under its own vintages."""
    nothing = nothing_before(now.counts, now.hierarchies)
    plain = replace(
        nothing, told=told, numbers=numbers, revised=_last(revised), notes=notes, joint=joint
    )
    if not kept:
        return plain
    at = np.concatenate([k.at for k in kept])
    tied = np.flatnonzero((at >= 0) & np.concatenate([k.unknown for k in kept]))
    return replace(
        plain,
        counts=pd.concat([_marked(k) for k in kept], ignore_index=True),
        hierarchies=pd.concat(list(_links_of(now, ledger, kept)), ignore_index=True),
        relations=(*_relations_of(ledger, kept), *joint),
        same=np.stack([at[tied], tied], axis=1).astype(np.int64),
        among=pairs_among(kept, ledger.entries),
        loose=np.concatenate([k.loose for k in kept]),
    )


def _marked(kept: Kept) -> pd.DataFrame:
    return kept.rows.assign(vintage=kept.rows["vintage"] + kept.suffix)


def _entry_of(ledger: Ledger, kept: Kept) -> Entry | None:
    """The edition of some rows; None for rows of several ones."""
    number = kept.suffix[1:]
    return ledger.entries[int(number) - 1] if number.isdigit() else None


def _links_of(now: _Now, ledger: Ledger, kept: Sequence[Kept]) -> Iterator[pd.DataFrame]:
    yield now.hierarchies.iloc[:0]
    for own in kept:
        entry = _entry_of(ledger, own)
        if entry is not None:
            links = entry.hierarchies
            links = links[links["vintage"].isin(set(own.rows["vintage"]))]
            yield links.assign(vintage=links["vintage"] + own.suffix)


def _relations_of(ledger: Ledger, kept: Sequence[Kept]) -> Iterator[Relation]:
    for own in kept:
        entry = _entry_of(ledger, own)
        if entry is None:
            continue
        here = tuple(sorted(set(own.rows["vintage"])))
        for relation in entry.relations:
            held = tuple(v + own.suffix for v in here if v in (relation.vintages or here))
            if held:
                yield replace(relation, vintages=held)


def _last(revised: pd.DataFrame) -> pd.DataFrame:
    """One row per key: up to which edition the old number stands."""
    return revised.groupby(KEY, sort=True)[UP_TO].max().reset_index()


def _revision_notes(past: _Past, revised: pd.DataFrame) -> list[str]:
    """Say which printed numbers were corrected, and how many hidden ones have changed."""
    if revised.empty:
        return []
    rows = KeyIndex(past.table).find(revised)
    printed = past.known.known[rows]
    found = []
    if printed.any():
        found.append(
            f"Berichtigt seit der Ausgabe {past.entry.edition}: {_listed(revised[printed])}."
        )
    if (~printed).any():
        found.append(
            f"In der Ausgabe {past.entry.edition} geheim und seither geändert, oder mit einer "
            f"geänderten Zahl in einer Summe: {int((~printed).sum())} Zellen."
        )
    return found


def public_already(
    counts: pd.DataFrame,
    earlier: Earlier,
    threshold: int,
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
    threshold
        Counts above 0 and below it are small.
    public_measures
        Measures that are public anyway; they are not named.
    names
        German names by key.
    """
    small = earlier.told & (earlier.numbers > 0) & (earlier.numbers < threshold)
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
