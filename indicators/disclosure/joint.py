"""What no single edition has all of: cells of several ones that belong into one equation.

One edition prints a total and one of its parts, a later one prints another part: together
they give what is left. One prints districts, the next one the areas in them. No edition has
the equation; readers of all of them do. Such cells are put side by side once more, under
vintages of their own (suffix `SUFFIX`), so that the equation has a place to stand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from indicators.disclosure.cells import (
    KEY,
    SLICE,
    BoolArray,
    IntArray,
    hidden_by_rule,
    read_knowledge,
)
from indicators.disclosure.identities import Relation
from indicators.disclosure.ledger import Entry
from indicators.disclosure.matching import KeyIndex
from indicators.status import Status

FindRelations = Callable[[pd.DataFrame], Sequence[Relation]]
"""Finds the relations between the groups and measures of any counts table."""

COLUMNS = [*KEY, "count", "status", "method"]
SUFFIX = "@+"
_PLACE = ["vintage", "period"]
_PARENT = ["hierarchy", "vintage", "child_level", "parent_level", "parent"]
_AS_PRINTED = (Status.ZERO.value, Status.MISSING.value, Status.NOT_APPLICABLE.value)


@dataclass(frozen=True)
class Kept:
    """Rows of earlier editions that are needed; arrays have one entry per row.

    Parameters
    ----------
    rows
        In the columns of an edition's ``counts``, vintages as they were.
    suffix
        What is added to their vintages.
    number
        The ledger's entry that each row comes from; 0 for the present edition.
    at
        The row of the present table with the same key, -1 for none.
    unknown
        Not printed there.
    loose
        Revised since.
    """

    rows: pd.DataFrame
    suffix: str
    number: IntArray
    at: IntArray
    unknown: BoolArray
    loose: BoolArray


def absent_rows(counts: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """Cells that the present edition has not, from the newest edition that has them.

    Only where it has others of the same vintage and reporting date. One more column,
    ``number``, names the entry.
    """
    index, places = KeyIndex(counts), KeyIndex(counts[_PLACE].drop_duplicates(), _PLACE)
    found = [counts.iloc[:0][COLUMNS].assign(number=np.zeros(0, dtype=np.int64))]
    for entry in reversed(entries):
        table = entry.counts[COLUMNS]
        fresh = (index.find(table) < 0) & (places.find(table) >= 0)
        found.append(table[fresh].assign(number=entry.number))
    return pd.concat(found, ignore_index=True).drop_duplicates(KEY, ignore_index=True)


def joint_relations(
    counts: pd.DataFrame, absent: pd.DataFrame, entries: Sequence[Entry], find: FindRelations
) -> tuple[Relation, ...]:
    """Find equations between groups of which no single edition has all.

    Parameters
    ----------
    counts
        The present edition's true numbers.
    absent
        From `absent_rows`.
    entries
        Earlier editions, oldest first.
    find
        Finds the relations of a table.
    """
    new = absent[KeyIndex(_slices(counts), SLICE).find(absent) < 0]
    found: list[Relation] = []
    for vintage, period in sorted(set(new[_PLACE].itertuples(index=False, name=None))):
        here = [_names(_at(t, vintage, period)) for t in (counts, *(e.counts for e in entries))]
        gone = _names(_at(new, vintage, period))
        union = pd.concat(
            [_at(counts, vintage, period), _at(absent, vintage, period)], ignore_index=True
        )
        for relation in find(union[COLUMNS]):
            names = {relation.total, *relation.parts}
            if names & gone and not any(names <= own for own in here):
                mark = (f"{vintage}{SUFFIX}",)
                found.append(replace(relation, vintages=mark, periods=(period,)))
    return tuple(found)


def joint_rows(
    counts: pd.DataFrame,
    absent: pd.DataFrame,
    entries: Sequence[Entry],
    joint: Sequence[Relation],
) -> Kept:
    """Put present and absent cells side by side where an equation needs both.

    That is where groups of several editions are bound by a relation, and where editions
    have different areas of one group.
    """
    wanted = pd.concat([_split_slices(counts, absent, entries), _slices_in(joint)])
    wanted = wanted.drop_duplicates(ignore_index=True)
    index = KeyIndex(wanted, SLICE)
    mirror = np.flatnonzero(index.find(counts) >= 0)
    copy = absent[index.find(absent) >= 0]
    rows = [_mirrored(counts[COLUMNS].iloc[mirror]), copy[COLUMNS]]
    own, old = len(mirror), len(copy)
    return Kept(
        rows=pd.concat(rows, ignore_index=True),
        suffix=SUFFIX,
        number=np.append(np.zeros(own, dtype=np.int64), copy["number"].to_numpy(dtype=np.int64)),
        at=np.append(mirror, np.full(old, -1)).astype(np.int64),
        unknown=~read_knowledge(pd.concat(rows, ignore_index=True)).known,
        loose=np.zeros(own + old, dtype=np.bool_),
    )


def joint_links(hierarchies: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """All groupings: those of the present edition, and areas that only earlier ones have."""
    found = hierarchies
    for entry in reversed(entries):
        place = KeyIndex(found[_PARENT].drop_duplicates(), _PARENT).find(entry.hierarchies)
        found = pd.concat([found, entry.hierarchies[place < 0]], ignore_index=True)
    return found


def _split_slices(
    counts: pd.DataFrame, absent: pd.DataFrame, entries: Sequence[Entry]
) -> pd.DataFrame:
    """Slices of which the present edition has some areas and earlier ones others.

    Where one edition has all of them, its own equations say everything.
    """
    every = pd.concat([counts[SLICE], absent[SLICE]], ignore_index=True)
    size = every.groupby(SLICE, sort=False).size()
    both = size[size.index.isin(pd.MultiIndex.from_frame(_slices(counts)))]
    both = both[both.index.isin(pd.MultiIndex.from_frame(_slices(absent)))]
    whole = pd.Series(False, index=both.index)
    for entry in entries:
        own = entry.counts.groupby(SLICE, sort=False).size()
        whole |= own.reindex(both.index).fillna(0).astype("int64") == both
    return both.index[~whole].to_frame(index=False).reindex(columns=SLICE)


def _slices_in(joint: Sequence[Relation]) -> pd.DataFrame:
    rows = [
        (vintage.removesuffix(SUFFIX), period, *name.split("/"))
        for relation in joint
        for vintage in relation.vintages
        for period in relation.periods
        for name in (relation.total, *relation.parts)
    ]
    return pd.DataFrame(rows, columns=SLICE, dtype="str")


def _mirrored(rows: pd.DataFrame) -> pd.DataFrame:
    """The same cells without what the present edition may hide."""
    blank = ~rows["status"].isin(_AS_PRINTED) | hidden_by_rule(rows)
    return rows.assign(
        count=rows["count"].mask(blank), status=rows["status"].mask(blank, Status.SUPPRESSED.value)
    )


def _slices(table: pd.DataFrame) -> pd.DataFrame:
    return table[SLICE].drop_duplicates()


def _at(table: pd.DataFrame, vintage: str, period: str) -> pd.DataFrame:
    return table[(table["vintage"] == vintage) & (table["period"] == period)]


def _names(table: pd.DataFrame) -> set[str]:
    items = table[["measure", "group"]].drop_duplicates()
    return {f"{m}/{g}" for m, g in items.itertuples(index=False)}
