"""Who is covered by what: the same with fewer areas and fewer places.

Areas that the same places cover are one area; a place whose areas another one covers too is
never needed. Where everyone must be covered, an area is settled by another one whose places
are all among its own. Each step keeps an optimal choice; of equal places the first stays.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from atlas.placement.presets.near import Bools, Floats, Ints, tally

_WORTH = 60_000_000
"""So many comparisons of pairs are cheaper than what they save."""


@dataclass(frozen=True)
class Reduced:
    """What is left of a covering problem.

    Parameters
    ----------
    sets
        Shape (areas left, places left): who is covered by what.
    weight
        Shape (areas left,): need of all areas that are one now.
    places
        Shape (places left,): their numbers before.
    """

    sets: Bools
    weight: Floats
    places: Ints


def reduce_sets(sets: Bools, weight: Floats, *, everyone: bool) -> Reduced:
    """Merge and drop until nothing changes.

    Parameters
    ----------
    sets
        Shape (I, J).
    weight
        Shape (I,).
    everyone
        All areas must be covered, not as many as can be.
    """
    places = np.arange(sets.shape[1])
    while True:
        before = sets.shape
        sets, weight = _merge(sets, weight)
        keep = ~_within_another(sets.T)
        sets, places = sets[:, keep], places[keep]
        if everyone:
            settled = _around_another(sets)
            sets, weight = sets[~settled], weight[~settled]
        if sets.shape == before:
            return Reduced(sets, weight, places)


def _merge(sets: Bools, weight: Floats) -> tuple[Bools, Floats]:
    """One area for all that the same places cover, in the order of their first."""
    if not sets.size:
        return sets[:0], weight[:0]
    keys = np.ascontiguousarray(np.packbits(sets, axis=1))
    names = keys.view([("", keys.dtype)] * keys.shape[1]).ravel()
    _, first, group = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    merged = tally(group.ravel(), weight, len(first))
    chosen = first[order]
    some = sets[chosen].any(axis=1)
    return sets[chosen][some], merged[order][some]


def _within_another(rows: Bools) -> Bools:
    """Which rows lie within another one, or equal an earlier one, or are empty."""
    size: Ints = np.asarray(rows.sum(axis=1))
    a, b, both = _pairs(rows)
    inside = (both == size[a]) & ((size[b] > size[a]) | (b < a))
    found: Bools = size == 0
    found[a[inside]] = True
    return found


def _around_another(rows: Bools) -> Bools:
    """Which rows hold all of another one, or equal an earlier one."""
    size = np.asarray(rows.sum(axis=1))
    a, b, both = _pairs(rows)
    around = (both == size[b]) & ((size[b] < size[a]) | (b < a))
    found = np.zeros(len(rows), dtype=bool)
    found[a[around]] = True
    return found


def _pairs(rows: Bools) -> tuple[Ints, Ints, Ints]:
    """Different rows that share anything, and how much; none where there are too many."""
    if float((rows.sum(axis=0, dtype=np.float64) ** 2).sum()) > _WORTH:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing
    table = sparse.csr_array(rows.astype(np.int32))
    both = (table @ table.T).tocoo()
    a, b = both.coords
    other = a != b
    return a[other], b[other], both.data[other]
