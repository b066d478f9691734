"""Groups that no single edition has all of: what one edition told and another one splits.

One edition prints a total and one of its parts, a later one prints another part: together
they give what is left. Neither has the equation; readers of both do. The groups of all
editions are put side by side once more, under a vintage of their own, so that the equation
has a place to stand.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from indicators.disclosure.cells import KEY, BoolArray, IntArray, read_knowledge
from indicators.disclosure.identities import Relation
from indicators.disclosure.ledger import Entry
from indicators.status import Status

FindRelations = Callable[[pd.DataFrame], Sequence[Relation]]
"""Finds the relations between the groups and measures of any counts table."""

COLUMNS = [*KEY, "count", "status", "method"]


@dataclass(frozen=True)
class Kept:
    """Rows of an earlier edition that are needed; arrays have one entry per row.

    Parameters
    ----------
    rows
        In the columns of an edition's ``counts``, vintages as they were.
    suffix
        What is added to their vintages.
    number
        The ledger's entry that each row comes from.
    at
        The row of the present table that is the same number, -1 for none.
    unknown
        Hidden or never delivered there.
    loose
        Revised since.
    """

    rows: pd.DataFrame
    suffix: str
    number: IntArray
    at: IntArray
    unknown: BoolArray
    loose: BoolArray


@dataclass(frozen=True)
class _Item:
    """What is counted, where: a vintage, a reporting date, a measure with a group."""

    vintage: str
    period: str
    name: str


def joint_relations(
    counts: pd.DataFrame, entries: Sequence[Entry], find: FindRelations
) -> tuple[Relation, ...]:
    """Find equations between groups of which no single edition has all.

    Parameters
    ----------
    counts
        The present edition's true numbers.
    entries
        Earlier editions, oldest first.
    find
        Finds the relations of a table.
    """
    owners = [(0, counts), *((e.number, e.counts) for e in entries)]
    items = {number: _items(table) for number, table in owners}
    places = {(i.vintage, i.period) for i in items[0]}
    found: list[Relation] = []
    for vintage, period in sorted(places):
        here = {n: {i.name for i in own if (i.vintage, i.period) == (vintage, period)}
                for n, own in items.items()}  # fmt: skip
        absent = set().union(*here.values()) - here[0]
        if not absent:
            continue
        newest = {name: max(n for n, own in here.items() if name in own) for name in absent}
        union = [_slices(counts, vintage, period, here[0])]
        union += [_slices(entries[n - 1].counts, vintage, period, {name})
                  for name, n in sorted(newest.items())]  # fmt: skip
        mark = f"{vintage}@{max(newest.values())}+"
        for relation in find(pd.concat(union, ignore_index=True)):
            names = {relation.total, *relation.parts}
            if names & absent and not any(names <= own for own in here.values()):
                found.append(replace(relation, vintages=(mark,), periods=(period,)))
    return tuple(found)


def joint_rows(
    counts: pd.DataFrame, entries: Sequence[Entry], joint: Sequence[Relation]
) -> Iterator[Kept]:
    """Put the groups of joint equations side by side, one block per vintage."""
    own = _items(counts)
    wanted: dict[str, dict[_Item, None]] = {}
    for relation in joint:
        for mark in relation.vintages:
            vintage = mark.partition("@")[0]
            for period in relation.periods:
                for name in (relation.total, *relation.parts):
                    wanted.setdefault(mark, {})[_Item(vintage, period, name)] = None
    for mark, items in wanted.items():
        parts = [_mirror(counts, item) if item in own else _copy(entries, item) for item in items]
        yield Kept(
            rows=pd.concat([p.rows for p in parts], ignore_index=True),
            suffix=mark[mark.index("@") :],
            number=np.concatenate([p.number for p in parts]),
            at=np.concatenate([p.at for p in parts]),
            unknown=np.concatenate([p.unknown for p in parts]),
            loose=np.concatenate([p.loose for p in parts]),
        )


def _mirror(counts: pd.DataFrame, item: _Item) -> Kept:
    """The present cells of an item, each the same number as its original."""
    rows = _slices(counts, item.vintage, item.period, {item.name})
    at = rows.index.to_numpy(dtype=np.int64)
    blank = rows.assign(count=pd.array([pd.NA] * len(rows), dtype="Int64"),
                        status=Status.MISSING.value)  # fmt: skip
    none, every = np.zeros(len(rows), dtype=np.bool_), np.ones(len(rows), dtype=np.bool_)
    return Kept(blank, "", np.zeros(len(rows), dtype=np.int64), at, every, none)


def _copy(entries: Sequence[Entry], item: _Item) -> Kept:
    """The cells of an item as the newest earlier edition that has it printed them."""
    for entry in reversed(entries):
        rows = _slices(entry.counts, item.vintage, item.period, {item.name})
        if len(rows):
            break
    size = len(rows)
    return Kept(
        rows,
        "",
        np.full(size, entry.number, dtype=np.int64),
        np.full(size, -1, dtype=np.int64),
        ~read_knowledge(rows).known,
        np.zeros(size, dtype=np.bool_),
    )


def _items(table: pd.DataFrame) -> set[_Item]:
    places = table[["vintage", "period", "measure", "group"]].drop_duplicates()
    return {_Item(v, p, f"{m}/{g}") for v, p, m, g in places.itertuples(index=False)}


def _slices(table: pd.DataFrame, vintage: str, period: str, names: set[str]) -> pd.DataFrame:
    here = table[(table["vintage"] == vintage) & (table["period"] == period)]
    name = here["measure"] + "/" + here["group"]
    return here.loc[name.isin(names), COLUMNS]


def pairs_among(kept: Sequence[Kept], entries: Sequence[Entry]) -> IntArray:
    """Rows of different editions that are one number, though the present one has none of it.

    Parameters
    ----------
    kept
        The rows that are needed, in the order in which they are put together.
    entries
        All earlier editions; a number that one of them revised is not that of those before.

    Returns
    -------
    numpy.ndarray
        Shape (pairs, 2): rows of all `kept`, one below the other.
    """
    if not kept:
        return np.zeros((0, 2), dtype=np.int64)
    rows = pd.concat([k.rows[KEY] for k in kept], ignore_index=True)
    rows["number"] = np.concatenate([k.number for k in kept])
    rows["unknown"] = np.concatenate([k.unknown for k in kept])
    rows["row"] = np.arange(len(rows))
    free = np.concatenate([(k.at < 0) | k.loose for k in kept])
    rows = rows[free & rows.duplicated(KEY, keep=False)].sort_values([*KEY, "number", "row"])
    after = rows.shift(-1)
    linked = (rows[KEY] == after[KEY]).all(axis=1) & (rows["unknown"] | after["unknown"].eq(True))
    first = rows.loc[linked]
    second = after.loc[linked]
    cut = _cuts(entries)
    pairs = [
        (int(a.row), int(b.row))
        for a, b in zip(first.itertuples(index=False), second.itertuples(index=False), strict=True)
        if not any(
            a.number < m <= b.number and a.number <= up_to for m, up_to in cut.get(tuple(a[:6]), ())
        )
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _cuts(entries: Sequence[Entry]) -> dict[tuple[str, ...], list[tuple[int, int]]]:
    """By key: the entries that revised it, and up to which one the old number stands."""
    found: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for entry in entries:
        for *key, up_to in entry.revised.itertuples(index=False):
            found.setdefault(tuple(key), []).append((entry.number, int(up_to)))
    return found
