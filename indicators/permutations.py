"""Two-sided p-values of sums over neighbours, by conditional permutations, all areas at once.

An area keeps its own value and the values of all others are dealt out anew: its neighbours
then hold a random selection of the others, drawn without replacement. Both Gi* and local
Moran ask how often such a selection has a sum as large, or as small, as the real one.

One random order of all areas serves every area: what is left of it without the area itself
is a random order of the others. The first k places are then the same for all areas with k
neighbours, but for the few that stand there themselves and give way to the next in line.
Sums are therefore made and sorted once for every number of neighbours, an area's rank in
them is looked up, and the few displaced ones are corrected one by one. The p-values are those
that permuting for each area by itself would give, number for number.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

BLOCK_CELLS = 3_000_000
"""Areas times arrangements held at once: at most some 200 MB, if all are neighbours of all."""
WORTH_SORTING = 16
"""For fewer areas with the same number of neighbours counting is faster than sorting."""
TIE = 1e-9
"""Sums closer than this share of the largest that is possible are equal."""

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Displaced:
    """Areas that stand among the first places of an arrangement which they would take from.

    Attributes
    ----------
    area
        Which area, shape (cases,).
    before, after
        Place of the sum with the area in it, and of the sum up to the next in line, in the
        flattened sums.
    """

    area: npt.NDArray[np.int32]
    before: Whole
    after: Whole


@dataclass(frozen=True)
class _Tails:
    """How many arrangements have a sum at least, and at most, as large; (vectors, areas)."""

    above: Whole
    below: Whole


def neighbour_p_values(
    values: npt.ArrayLike,
    neighbours: sparse.csr_array,
    permutations: int,
    seed: int,
    block_cells: int = BLOCK_CELLS,
) -> Floats:
    """Two-sided p-value of the sum over each area's neighbours, given its own value.

    Parameters
    ----------
    values
        Shape (areas,), or (vectors, areas) for several indicators on the same areas: they
        share the arrangements, and none changes what another receives.
    neighbours
        Shape (areas, areas): what is not zero off the diagonal is a neighbour.
    permutations, seed
        Number of arrangements, and where they start.
    block_cells
        Areas times arrangements held at once; the result does not depend on it.

    Returns
    -------
    p_value
        In the shape of ``values``: twice the smaller tail, the real arrangement counted in,
        at most 1. Ties belong to both tails. 1 for an area without neighbours.
    """
    given = np.asarray(values, dtype=np.float64)
    centred = np.atleast_2d(given - given.mean(axis=-1, keepdims=True))
    around = without_self(neighbours)
    cards = np.diff(around.indptr).astype(np.int64)
    observed = (around @ centred.T).T
    slack = TIE * cards * np.abs(centred).max(axis=1, keepdims=True)
    low, high = observed - slack, observed + slack
    above, below = (np.zeros(centred.shape, dtype=np.int64) for _ in range(2))
    width = int(cards.max(initial=0)) + 1
    for order in arrangements(len(cards), width, permutations, seed, block_cells):
        displaced = _displaced(order, cards)
        for row, vector in enumerate(centred):
            tails = _tails(vector, order, displaced, cards, (low[row], high[row]))
            above[row] += tails.above
            below[row] += tails.below
    tail = (np.minimum(above, below) + 1.0) / (permutations + 1.0)
    p_value = np.where(cards > 0, np.minimum(2.0 * tail, 1.0), 1.0)
    return np.asarray(p_value.reshape(given.shape), dtype=np.float64)


def without_self(neighbours: sparse.csr_array) -> sparse.csr_array:
    """The neighbours as 0/1, nobody its own."""
    pairs = neighbours.tocoo()
    real = (pairs.row != pairs.col) & (pairs.data != 0)
    places = (pairs.row[real], pairs.col[real])
    return sparse.csr_array((np.ones(int(real.sum())), places), shape=neighbours.shape)


def arrangements(
    areas: int, width: int, count: int, seed: int, block_cells: int = BLOCK_CELLS
) -> Iterator[npt.NDArray[np.int32]]:
    """The first places of random orders of the areas, in blocks.

    Parameters
    ----------
    areas, width
        How many areas there are, and how many places of each order are wanted.
    count, seed
        Number of orders, and where they start.
    block_cells
        Areas times orders held at once; blocks put together are always the same.

    Yields
    ------
    order
        Shape (width, orders of the block): the area at each place of each order. All orders
        of all areas are equally likely.
    """
    random = np.random.default_rng(seed)
    block = max(1, block_cells // max(areas, 1))
    left = areas - np.arange(width)
    for start in range(0, count, block):
        size = min(block, count - start)
        # One number per place, order by order: a block never changes what another draws.
        picks = np.arange(width) + (random.random((size, width)) * left).astype(np.int64)
        yield _dealt(picks.T, areas)


def _dealt(picks: Whole, areas: int) -> npt.NDArray[np.int32]:
    """Shuffles of Fisher and Yates, as far as places are wanted; ``picks`` (width, orders)."""
    orders = picks.shape[1]
    deck = np.tile(np.arange(areas, dtype=np.int32), (orders, 1))
    every = np.arange(orders)
    order = np.empty(picks.shape, dtype=np.int32)
    for place, pick in enumerate(picks):
        order[place] = deck[every, pick]
        deck[every, pick] = deck[:, place]
    return order


def _displaced(order: npt.NDArray[np.int32], cards: Whole) -> _Displaced:
    places = np.arange(len(order))[:, None]
    _, column = hit = np.nonzero(places < cards[order])
    area, orders = order[hit], order.shape[1]
    before = (cards[area] - 1) * orders + column
    return _Displaced(area, before, before + orders)


def _tails(
    vector: Floats,
    order: npt.NDArray[np.int32],
    displaced: _Displaced,
    cards: Whole,
    limits: tuple[Floats, Floats],
) -> _Tails:
    """Both tails of one vector in one block of arrangements."""
    low, high = limits
    sums = np.cumsum(vector[order], axis=0)
    above, below = (np.zeros(len(vector), dtype=np.int64) for _ in range(2))
    for card in np.unique(cards[cards > 0]):
        own, drawn = np.flatnonzero(cards == card), sums[card - 1]
        if len(own) < WORTH_SORTING:
            for i in own:
                above[i] = np.count_nonzero(drawn >= low[i])
                below[i] = np.count_nonzero(drawn <= high[i])
            continue
        ranked = np.sort(drawn)
        above[own] = len(ranked) - np.searchsorted(ranked, low[own], side="left")
        below[own] = np.searchsorted(ranked, high[own], side="right")
    who, flat = displaced.area, sums.ravel()
    wrong, right = flat[displaced.before], flat[displaced.after] - vector[who]
    floor, ceiling = low[who], high[who]
    above += _change(who, wrong >= floor, right >= floor, len(vector))
    below += _change(who, wrong <= ceiling, right <= ceiling, len(vector))
    return _Tails(above, below)


def _change(
    who: npt.NDArray[np.int32],
    wrong: npt.NDArray[np.bool_],
    right: npt.NDArray[np.bool_],
    areas: int,
) -> Whole:
    """Hits to add for each area when its wrong sums give way to the right ones."""
    gained = np.bincount(who[right & ~wrong], minlength=areas)
    lost = np.bincount(who[wrong & ~right], minlength=areas)
    return np.asarray(gained - lost, dtype=np.int64)
