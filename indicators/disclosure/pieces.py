"""Old and new areas through their common pieces.

Where a number is printed for the areas of two vintages, each old and each new area is the
sum of the pieces that both cut out. Subtracting them can leave a single house. Nobody knows
the number of a piece, we neither; but where it can be computed, everybody can.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from indicators.disclosure.cells import KEY, item_words
from indicators.disclosure.flows import base_vintage
from indicators.periods import german_date

PIECE_COLUMNS = ["level", "from_vintage", "from_area", "to_vintage", "to_area"]
_ITEM = ["measure", "group", "period"]
_AND = " ∩ "


@dataclass(frozen=True)
class Pieces:
    """Common pieces with a number of their own, and rows over table and pieces.

    Parameters
    ----------
    cells
        Key columns of the pieces; vintage and area name both sides.
    matrix
        Shape (rows, cells of the table + pieces); every row is 0.
    """

    cells: pd.DataFrame
    matrix: sparse.csr_array


def build_pieces(
    table: pd.DataFrame,
    pieces: pd.DataFrame | None,
    public_measures: Collection[str],
    size: int,
) -> Pieces:
    """Rows "area = sum of its common pieces" for what two vintages have at one date.

    An area that both vintages have needs no piece: its two numbers are one.

    Parameters
    ----------
    table
        Key columns; its index is the number of each cell.
    size
        Number of cells.
    pieces
        `PIECE_COLUMNS`; every part of an area that is in no other piece must be uninhabited.
    public_measures
        Measures that are public anyway have no pieces.
    """
    if pieces is None or pieces.empty:
        return _stacked(size, [])
    inner = table[~table["measure"].isin(public_measures)]
    numbered = inner[KEY].assign(row=inner.index, base=base_vintage(inner["vintage"]))
    sides = ["level", "from_vintage", "to_vintage"]
    found = [
        _pairs(numbered, links, *map(str, names))
        for names, links in pieces.groupby(sides, sort=True)
    ]
    return _stacked(size, found)


def piece_words(cell: pd.Series, names: Mapping[str, str]) -> str:
    """Name a piece in German: the old and the new area, what is counted, reporting date."""
    level = str(cell["level"])
    areas = [names.get(f"{level}/{a}", a) for a in str(cell["area"]).split(_AND)]
    old, new = str(cell["vintage"]).split(_AND)
    where = f"{names.get(level, level.capitalize())} {areas[0]} ({old}) und {areas[1]} ({new})"
    day = german_date(str(cell["period"]))
    return f"gemeinsame Fläche von {where}, {item_words(cell, names)}, {day}"


def _pairs(
    numbered: pd.DataFrame, links: pd.DataFrame, level: str, old: str, new: str
) -> pd.DataFrame:
    """Every piece of every item that both vintages have, with the rows of its two areas."""
    own = numbered[numbered["level"] == level]
    sides = {"from": own[own["base"] == old], "to": own[own["base"] == new]}
    items = [f[["vintage", *_ITEM]].drop_duplicates() for f in sides.values()]
    both = items[0].merge(items[1], on=_ITEM, suffixes=("_from", "_to"))
    table = both.merge(links[["from_area", "to_area"]], how="cross")
    for side, frame in sides.items():
        key = frame.rename(columns={"vintage": f"vintage_{side}", "area": f"{side}_area"})
        table = table.merge(
            key[[f"vintage_{side}", f"{side}_area", *_ITEM, "row"]],
            on=[f"vintage_{side}", f"{side}_area", *_ITEM],
            how="left",
        ).rename(columns={"row": f"row_{side}"})
    return table.assign(level=level)


def _stacked(base: int, found: list[pd.DataFrame]) -> Pieces:
    entries: list[tuple[pd.Series, pd.Series, int]] = []
    keys, start, pieces = [], 0, 0
    for pairs in found:
        alone = _is_alone(pairs)
        for row, column, sign in _equal_rows(pairs[alone]):
            entries.append((row + start, column, sign))
        start += int(alone.sum())
        cut = pairs[~alone].reset_index(drop=True)
        own = pd.Series(np.arange(len(cut)) + base + pieces, index=cut.index)
        for side in ("from", "to"):
            there = cut[f"row_{side}"].notna()
            number, rows = _numbered(cut.loc[there, f"row_{side}"], cut.loc[there, _other(side)])
            entries.append((number + start, own[there], 1))
            entries.append((pd.Series(np.arange(len(rows))) + start, rows, -1))
            start += len(rows)
        keys.append(_piece_keys(cut))
        pieces += len(cut)
    empty = pd.DataFrame({c: pd.Series(dtype="str") for c in KEY})
    return Pieces(
        pd.concat([empty, *keys], ignore_index=True), _matrix(entries, start, base + pieces)
    )


def _is_alone(pairs: pd.DataFrame) -> pd.Series:
    """Pairs of areas that are the same area in both vintages."""
    item = [*_ITEM, "vintage_from", "vintage_to"]
    found = pd.Series(True, index=pairs.index)
    for side in ("from", "to"):
        size = pairs.groupby([*item, f"{side}_area"], sort=False)["level"].transform("size")
        found &= (size == 1) & pairs[f"row_{side}"].notna()
    return found


def _equal_rows(same: pd.DataFrame) -> Iterator[tuple[pd.Series, pd.Series, int]]:
    number = pd.Series(np.arange(len(same)))
    yield number, same["row_from"], 1
    yield number, same["row_to"], -1


def _other(side: str) -> list[str]:
    """What tells apart several partners of one vintage, as earlier editions may give."""
    return ["vintage_to" if side == "from" else "vintage_from"]


def _numbered(row: pd.Series, partner: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Number the areas, once per vintage on the other side."""
    key = partner.assign(row=row.astype(np.int64))
    number = key.groupby(list(key.columns), sort=False).ngroup()
    return number, key.drop_duplicates()["row"].reset_index(drop=True)


def _piece_keys(cut: pd.DataFrame) -> pd.DataFrame:
    return cut[["level", *_ITEM]].assign(
        vintage=cut["vintage_from"] + _AND + cut["vintage_to"],
        area=cut["from_area"] + _AND + cut["to_area"],
    )[KEY]


def _matrix(
    entries: list[tuple[pd.Series, pd.Series, int]], rows: int, width: int
) -> sparse.csr_array:
    none = np.zeros(0, dtype=np.int64)
    at = np.concatenate([none, *(np.asarray(r, dtype=np.int64) for r, _, _ in entries)])
    column = np.concatenate([none, *(np.asarray(c, dtype=np.int64) for _, c, _ in entries)])
    signs = np.concatenate([none, *(np.full(len(r), s, dtype=np.int64) for r, _, s in entries)])
    return sparse.csr_array((signs, (at, column)), shape=(rows, width), dtype=np.int64)


def computed_pieces(shared: Pieces, count: pd.Series) -> pd.Series:
    """The numbers of pieces that follow from known areas by subtraction; else <NA>.

    Parameters
    ----------
    count
        Shape (cells of the table,): the numbers of areas, <NA> where not known.

    Returns
    -------
    pandas.Series
        Shape (pieces,), whole numbers.
    """
    base, pieces = len(count), len(shared.cells)
    value = np.concatenate([count.fillna(0).to_numpy(dtype=np.int64), np.zeros(pieces, np.int64)])
    known = np.concatenate([count.notna().to_numpy(), np.zeros(pieces, dtype=np.bool_)])
    inner = shared.matrix[:, base:]
    while True:
        missing = np.asarray(np.abs(shared.matrix) @ (~known).astype(np.int64))
        whole = np.asarray(np.abs(shared.matrix[:, :base]) @ (~known[:base]).astype(np.int64)) == 0
        left = -np.asarray(shared.matrix @ np.where(known, value, 0))
        solved = np.zeros(pieces, dtype=np.bool_)
        for row in np.flatnonzero(whole & (missing > 0) & ((missing == 1) | (left == 0))):
            own = inner.indices[inner.indptr[row] : inner.indptr[row + 1]]
            fresh = own[~known[base + own] & ~solved[own]]
            value[base + fresh] = left[row]
            solved[fresh] = True
        if not solved.any():
            break
        known[base:] |= solved
    found = pd.Series(pd.array(value[base:], dtype="Int64"))
    return found.mask(~known[base:])


def pieces_fit(shared: Pieces, count: pd.Series) -> bool:
    """Whether any numbers of pieces, none below 0, fulfil all rows.

    Parameters
    ----------
    count
        Shape (cells of the table,): the numbers of areas, <NA> where not known.
    """
    base = len(count)
    free = np.concatenate([count.isna().to_numpy(), np.ones(len(shared.cells), dtype=np.bool_)])
    right = -np.asarray(shared.matrix[:, :base] @ count.fillna(0).to_numpy(dtype=np.int64))
    open_rows = np.asarray(np.abs(shared.matrix) @ free.astype(np.int64)) > 0
    if (right[~open_rows] != 0).any():
        return False
    if not open_rows.any():
        return True
    rows = shared.matrix[np.flatnonzero(open_rows)][:, np.flatnonzero(free)]
    cost = np.zeros(rows.shape[1])
    found = optimize.linprog(cost, A_eq=rows, b_eq=right[open_rows], method="highs")
    return bool(found.status == 0)


def is_on_two_vintages(
    table: pd.DataFrame, level: str, old: str, new: str, public_measures: Collection[str]
) -> bool:
    """Whether any number that is not public is there for the areas of both vintages."""
    own = table[(table["level"] == level) & ~table["measure"].isin(public_measures)]
    base = base_vintage(own["vintage"])
    items = [own.loc[base == v, _ITEM].drop_duplicates() for v in (old, new)]
    return not items[0].merge(items[1], on=_ITEM).empty
