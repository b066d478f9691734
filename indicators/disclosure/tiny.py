"""Cells of which nothing is printed, because hardly anybody lives there.

Where two people live and zeros are printed, a gap says that one of them or both receive
benefits, whatever is hidden around it. Therefore a cell whose public whole is above 0 and
below a number of the rule is hidden whatever its number is: then the gap says nothing, and
for the reader the number may be 0. Which cells these are follows from public numbers and
published relations alone, so that anyone can find them again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from indicators.disclosure.cells import (
    BY_RULE,
    CellIndex,
    FloatArray,
    hidden_by_rule,
    index_cells,
    read_knowledge,
)
from indicators.disclosure.identities import Relation
from indicators.disclosure.rule import Rule
from indicators.status import VISIBLE, Status

_NUMBERED = (*VISIBLE, Status.SUPPRESSED)


def mark_by_rule(
    counts: pd.DataFrame,
    relations: Iterable[Relation],
    rule: Rule,
    public_measures: Collection[str],
) -> pd.DataFrame:
    """Give the method `BY_RULE` to the cells that are hidden whatever their number is.

    Parameters
    ----------
    counts
        Columns of an edition's ``counts``: true numbers, or a published table; both give the
        same marks, since only public numbers are read.
    relations
        What holds between groups and measures of one area.
    rule
        `Rule.min_public` says which wholes are too small.
    public_measures
        Measures that are public anyway.

    Returns
    -------
    pandas.DataFrame
        The same rows. A mark that the public numbers do not give is taken away.
    """
    marked = hidden_by_rule(counts)
    if not (rule.min_public or marked.any()):
        return counts
    whole = smallest_whole(counts, relations, public_measures)
    public = counts["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    numbered = counts["status"].isin(_NUMBERED).to_numpy(dtype=np.bool_)
    unseen = (whole > 0) & (whole < rule.min_public) & ~public & numbered
    method = counts["method"].mask(marked & ~unseen, "delivered").mask(unseen, BY_RULE)
    return counts.assign(method=method)


def smallest_whole(
    counts: pd.DataFrame, relations: Iterable[Relation], public_measures: Collection[str]
) -> FloatArray:
    """Shape (cells,): the smallest public number that a cell is part of, inf where there is none.

    A part of a part is a part of the whole; a public number is its own whole.
    """
    index = index_cells(counts)
    knowledge = read_knowledge(counts)
    public = counts["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    own = np.where(public & knowledge.known, knowledge.value.astype(np.float64), np.inf)
    # One more entry than cells: position -1, "no such cell", reads the inf at the end.
    grid = np.append(own, np.inf)[index.position]
    pairs = list(_pairs(index, relations))
    changed = True
    while changed:
        before = grid.copy()
        for part, whole in pairs:
            grid[part] = np.minimum(grid[part], grid[whole])
        changed = not np.array_equal(before, grid)
    there = index.position >= 0
    found = np.full(len(counts), np.inf)
    found[index.position[there]] = grid[there]
    return found


def _pairs(index: CellIndex, relations: Iterable[Relation]) -> Iterator[tuple[int, int]]:
    """Numbers of the slices of every part and its whole."""
    by_item: dict[str, dict[tuple[str, str], int]] = {}
    for number, row in enumerate(index.slices.itertuples(index=False)):
        place = (str(row.vintage), str(row.period))
        by_item.setdefault(f"{row.measure}/{row.group}", {})[place] = number
    for relation in relations:
        wholes = _where(relation, by_item)
        for part in relation.parts:
            parts = by_item.get(part, {})
            yield from ((parts[p], w) for p, w in wholes.items() if p in parts)


def _where(
    relation: Relation, by_item: Mapping[str, Mapping[tuple[str, str], int]]
) -> dict[tuple[str, str], int]:
    """The slices of a relation's total, where it holds."""
    return {
        (vintage, period): number
        for (vintage, period), number in by_item.get(relation.total, {}).items()
        if (not relation.vintages or vintage in relation.vintages)
        and (not relation.periods or period in relation.periods)
    }
