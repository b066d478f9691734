"""Everybody once: of all cases of a person in a period, the latest.

The counts of an edition must add up over areas and groups, for the audit calculates with those
sums. Counting a person in every area with a case would make each sum too large. So a person
lies where the latest case lies; of several on one day, in the smallest cell by number.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]

PEOPLE_AT_ONCE = 5_000_000
"""About 1.5 GB while they are put together."""


def latest_cases(  # noqa: PLR0913, PLR0917 - columns of the same rows
    person: pa.Array, rows: Ints, cell: Ints, day: Ints, widths: list[int], sets: list[Ints],
    part: tuple[int, int], places: int, cells: int,
) -> pa.Table:  # fmt: skip
    """One row per person and period with its latest case, as one number.

    Parameters
    ----------
    person
        Pseudonyms, shape (rows,).
    rows
        Rows that count.
    cell, day, widths, sets
        Cell and day of every row, how many groups each set has, and the group in each.
    part
        Only people whose pseudonym falls into this share, and of how many.
    places, cells
        How many areas a period has, and how many different cells with groups there are.
    """
    own = person.take(pa.array(rows))
    if part[1] > 1:
        inside = _share(own, part[1]) == part[0]
        own, rows = own.filter(pa.array(inside)), rows[inside]
    what = cell[rows]
    for width, group in zip(widths, sets, strict=True):
        what = what * (width + 1) + np.maximum(group[rows], -1) + 1
    rank = day[rows] * cells + (cells - 1 - what)
    return fold([pa.table({"person": own, "period": cell[rows] // places, "rank": rank})])


def _share(person: pa.Array, shares: int) -> Ints:
    """A number below `shares` from the last bytes of each pseudonym, the same on every machine."""
    offsets = np.frombuffer(person.buffers()[1], dtype=np.int64)[person.offset :][: len(person) + 1]
    data = np.frombuffer(person.buffers()[2] or b"\0", dtype=np.uint8)
    ends = offsets[1:]
    mixed = np.zeros(len(person), dtype=np.int64)
    for back in range(1, 5):
        at = np.maximum(ends - back, offsets[:-1])
        mixed = mixed * 31 + data[np.minimum(at, len(data) - 1)]
    shared: Ints = mixed % shares
    return shared


def fold(tables: list[pa.Table]) -> pa.Table:
    """Keep one row per person and period: the latest day, then the smallest cell."""
    table = pa.concat_tables(tables)
    grouped = table.group_by(["person", "period"], use_threads=False)
    return grouped.aggregate([("rank", "max")]).rename_columns(["person", "period", "rank"])


def cells_of(table: pa.Table, widths: list[int], cells: int) -> tuple[Ints, list[Ints]]:
    """Cell and groups of everybody's latest case, -1 for no group."""
    rank = np.asarray(table["rank"])
    what = cells - 1 - rank % cells
    sets: list[Ints] = []
    for width in reversed(widths):
        sets.insert(0, what % (width + 1) - 1)
        what = what // (width + 1)
    return what, sets
