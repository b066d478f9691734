r"""Cuts of three areas: what shares of a half in places that pairs of areas share cannot do.

With :math:`u_i` the share of area i that is not covered, half the sum of the three
:math:`u_i + \sum_{j \in N_i} y_j \ge 1` of areas T, rounded up on both sides, is

.. math:: \sum_{i \in T} u_i + \sum_j \lceil a_j / 2 \rceil \, y_j \ge 2

with :math:`a_j` the number of areas of T that place j covers (a cut of Chvátal and Gomory,
known as zero-half or odd cycle cut). For given shares it is violated by

.. math:: 1 - \sum_{i \in T} |1 - y(N_i)| - y(N_a \triangle N_b \triangle N_c) ,

as :math:`u_i` is no more than what is missing.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from atlas.placement.presets.lagrange import Bound, Choice
from atlas.placement.presets.near import Bools, Floats, Ints, Near, ranges, tally

_TINY, _VIOLATED, _FAR = 1e-6, 0.05, 0.6
_CANDIDATES, _AT_ONCE, _PER_AREA = 1000, 200, 2


@dataclass(frozen=True)
class Triples:
    """Cuts of three areas.

    Parameters
    ----------
    areas
        Shape (n, 3).
    row, place, times
        Shape (m,): which cut has which place how often.
    """

    areas: Ints
    row: Ints
    place: Ints
    times: Floats


def no_triples() -> Triples:
    """No cut at all."""
    nothing = np.zeros(0, dtype=np.int64)
    return Triples(np.zeros((0, 3), dtype=np.int64), nothing, nothing, np.zeros(0))


def together(some: Triples, more: Triples) -> Triples:
    """The cuts of both, one after the other."""
    return Triples(
        np.concatenate([some.areas, more.areas]),
        np.concatenate([some.row, more.row + len(some.areas)]),
        np.concatenate([some.place, more.place]),
        np.concatenate([some.times, more.times]),
    )


def of_areas(near: Near, areas: Ints) -> Triples:
    """The cuts of given areas, shape (n, 3)."""
    flat = areas.ravel()
    begin, end = near.start[flat], near.start[flat + 1]
    cut = np.repeat(np.repeat(np.arange(len(areas)), 3), end - begin)
    key = cut * near.places + near.place[ranges(begin, end)]
    pairs, many = np.unique(key, return_counts=True)
    row, place = np.divmod(pairs, near.places)
    return Triples(areas, row, place, np.ceil(many / 2))


def violated(near: Near, share: Floats) -> Ints:
    """Areas of the cuts that shares violate most, shape (n, 3).

    Weighted by the least need of the three: by so much a cut can raise the bound.
    """
    areas, covers, off = _candidates(near, share)
    if len(areas) < 3:
        return np.zeros((0, 3), dtype=np.int64)
    found, excess = _search(covers, share[share > _TINY], off)
    need = near.rest[areas][found].min(axis=1)
    order = np.argsort(-excess * need, kind="stable")
    return areas[_spread(found[order], len(areas))]


def _candidates(near: Near, share: Floats) -> tuple[Ints, Floats, Floats]:
    """Areas covered about once, by which places with a share, and how far from once.

    Of areas that the same of these places cover the one with the most need is taken.
    """
    column = np.cumsum(share > _TINY) - 1
    used = share[near.place] > _TINY
    entries = (np.ones(int(used.sum())), (near.owner[used], column[near.place[used]]))
    shape = (len(near.rest), int(column[-1]) + 1)
    covers = sparse.csr_array(entries, shape=shape)
    off = np.abs(1.0 - covers @ share[share > _TINY])
    split = covers @ (share[share > _TINY] < 1.0 - _TINY)
    some = np.flatnonzero((off < _FAR) & (split > 0))
    some = some[np.argsort(-near.rest[some], kind="stable")]
    table = covers[some].toarray()
    _, first = np.unique(np.packbits(table > 0, axis=1), axis=0, return_index=True)
    keep = np.sort(first)[:_CANDIDATES]
    return some[keep], table[keep], off[some[keep]]


def _search(covers: Floats, share: Floats, off: Floats) -> tuple[Ints, Floats]:
    """All triples that violate their cut by enough, shape (n, 3), and by how much."""
    # Sparse and by loops: many small products by several threads would only wait for each other.
    table = sparse.csr_array(covers)
    both = (table.multiply(share[None, :]).tocsr() @ table.T).toarray()
    alone = np.diag(both)
    found, excess = [np.zeros((0, 3), dtype=np.int64)], [np.zeros(0)]
    for a in range(len(covers)):
        others = a + 1 + np.flatnonzero(both[a, a + 1 :] > _VIOLATED)
        if len(others) < 2:
            continue
        mine = np.flatnonzero(covers[a])
        part = covers[np.ix_(others, mine)]
        three = np.einsum("bj,cj->bc", part * share[mine], part)
        each = alone[others] - 2.0 * both[a, others] + off[others]
        lack = each[:, None] + each[None, :] + (alone[a] + off[a])
        lack += 4.0 * three - 2.0 * both[np.ix_(others, others)]
        b, c = np.nonzero(np.triu(1.0 - lack, 1) > _VIOLATED)
        found.append(np.column_stack([np.full(len(b), a), others[b], others[c]]))
        excess.append(1.0 - lack[b, c])
    return np.concatenate(found), np.concatenate(excess)


def _spread(triples: Ints, areas: int) -> Ints:
    """The first triples with which no area is in more than a few."""
    times, chosen = np.zeros(areas, dtype=np.int64), []
    for triple in triples:
        if times[triple].max() < _PER_AREA:
            times[triple] += 1
            chosen.append(triple)
            if len(chosen) == _AT_ONCE:
                break
    return np.array(chosen, dtype=np.int64).reshape(-1, 3)


def sharper_bound(
    near: Near, choice: Choice, price: Floats, triples: Triples, dual: Floats
) -> Bound:
    r"""The bound that prices of areas and of cuts prove together.

    For any :math:`\lambda, \pi \ge 0`, with :math:`d_i` the need of area i, no choice costs
    less than

    .. math::

        \sum_i \lambda_i + 2 \sum_k \pi_k
        + \sum_i \min(0, d_i - \lambda_i - \sum_{k \ni i} \pi_k)
        + \min_{|S| = p} \sum_{j \in S}
          \Bigl( - \sum_{i : j \in N_i} \lambda_i - \sum_k \lceil a_{kj} / 2 \rceil \pi_k \Bigr) .

    Parameters
    ----------
    price, dual
        Shapes (I,) and (cuts,): :math:`\lambda` and :math:`\pi`; negative ones count as 0.
    """
    dual = np.maximum(dual, 0.0)
    left = near.rest - tally(triples.areas.ravel(), np.repeat(dual, 3), len(near.rest))
    price = np.clip(price, 0.0, np.maximum(left, 0.0))
    earning = -tally(near.place, price[near.owner], near.places)
    earning -= tally(triples.place, triples.times * dual[triples.row], near.places)
    picked: Bools = choice.opened.copy()
    free = np.flatnonzero(~(choice.opened | choice.closed))
    picked[free[np.argsort(earning[free], kind="stable")[: choice.left]]] = True
    fixed = price.sum() + 2.0 * dual.sum() + np.minimum(left, 0.0).sum()
    return Bound(float(fixed + earning[picked].sum()), price, earning, picked)
