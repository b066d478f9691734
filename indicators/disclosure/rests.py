"""What is left of a whole without its parts: people too, though nobody prints their number.

Where single parents are part of all households, anyone can subtract. A rest of one or two
is a small count, and a rest of nobody says that the whole group is in one cell ("all
children here live on benefits"). Both are variables of the system like any other cell.

A rest r stands in a row ``parts + r = whole``, r at least 0. Without r that row says that
the parts are at most the whole, and nothing else: a rest adds no knowledge, it only gives
something to protect. Therefore only rests that can be small need a variable; all others
stay inequalities, and the bounds of all other cells are the same either way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.disclosure.cells import (
    KEY,
    BoolArray,
    FloatArray,
    IntArray,
    area_words,
    item_words,
    read_knowledge,
)
from indicators.disclosure.equations import System, build_system
from indicators.disclosure.identities import PART_OF, SUM, Relation
from indicators.disclosure.rule import Rule
from indicators.periods import german_date

MINUS = " - "
"""Between the whole and each part in the ``group`` of a rest."""


@dataclass(frozen=True)
class Rests:
    """Rests that can be small, and the inequalities of all relations that have rests.

    Parameters
    ----------
    cells
        Key columns of the rests.
    matrix
        Shape (rows, cells of the table + rests).
    equality
        Shape (rows,): True where the row has a rest.
    full
        Shape (rests,): whether a rest of nobody is sensitive too.
    """

    cells: pd.DataFrame
    matrix: sparse.csr_array
    equality: BoolArray
    full: BoolArray


def build_rests(
    table: pd.DataFrame, relations: Iterable[Relation], rule: Rule, told: BoolArray
) -> Rests:
    """Rows of the relations that leave a rest, with a variable where it can be small.

    Parameters
    ----------
    table
        Columns of an edition's ``counts``. What can be small follows from the numbers: true
        ones while they are at hand, else printed ones and, for hidden cells, the columns
        ``bound_low`` and ``bound_high`` that any reader can compute.
    relations
        Those with ``rest``; a part of a complete sum leaves the other parts, which are cells
        themselves, and is left out.
    rule
        The primary rule.
    told
        Shape (cells,): what the reader knows in any case. A rest of such cells alone is
        public.
    """
    every = tuple(sorted(set(table["period"])))
    dated = [r if r.periods else replace(r, periods=every) for r in relations]
    system = build_system(table, _no_links(), list(_without_sums(dated)))
    low, high = _ends(table, rule)
    single = _parts(system) == 1
    has = _can_be_small(system, low, high, rule, single) & ~_is_told(system, told)
    rows = np.flatnonzero(has)
    ones = np.ones(len(rows), dtype=np.int64)
    shape = (system.matrix.shape[0], len(rows))
    own = sparse.csr_array((ones, (rows, np.arange(len(rows)))), shape=shape)
    return Rests(
        cells=_rest_keys(system, rows),
        matrix=sparse.csr_array(sparse.hstack([system.matrix, own])),
        equality=has,
        full=single[rows] & rule.full_groups,
    )


def rest_words(cell: pd.Series, names: Mapping[str, str]) -> str:
    """Name a rest in German: the whole without its parts, area and reporting date."""
    group, *parts = str(cell["group"]).split(MINUS)
    whole = item_words(cell.replace(cell["group"], group), names)
    without = [_item(part, names) for part in parts]
    day = german_date(str(cell["period"]))
    return f"{area_words(cell, names)}, {whole} ohne {', '.join(without)}, {day}"


def _item(part: str, names: Mapping[str, str]) -> str:
    measure, group = part.split("/")
    return item_words(pd.Series({"measure": measure, "group": group}), names)


def _no_links() -> pd.DataFrame:
    columns = ["hierarchy", "vintage", "child_level", "child", "parent_level", "parent"]
    return pd.DataFrame({c: pd.Series(dtype="str") for c in columns})


_Place = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A total, parts of it, and the vintages of a relation."""


def _without_sums(relations: Sequence[Relation]) -> Iterator[Relation]:
    """Each relation once per set of parts, without the periods in which a sum says more."""
    seen: dict[_Place, set[str]] = {}
    for relation in (r for r in relations if r.relation == SUM):
        for part in relation.parts:
            place = (relation.total, (part,), relation.vintages)
            seen.setdefault(place, set()).update(relation.periods)
    for relation in (r for r in relations if r.rest and r.relation != SUM):
        sets = [(p,) for p in relation.parts] if relation.relation == PART_OF else [relation.parts]
        for parts in sets:
            done = seen.setdefault((relation.total, tuple(sorted(parts)), relation.vintages), set())
            fresh = tuple(p for p in relation.periods if p not in done)
            done |= set(fresh)
            if fresh:
                yield replace(relation, parts=parts, periods=fresh)


def _ends(table: pd.DataFrame, rule: Rule) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest number of each cell, as far as the table says."""
    knowledge = read_knowledge(table, rule.lowest)
    true = table["count"].notna().to_numpy(dtype=np.bool_) | knowledge.known
    value = table["count"].fillna(0).to_numpy(dtype=np.float64)
    low, high = knowledge.lower.astype(np.float64), np.full(len(table), np.inf)
    if "bound_low" in table:
        stored = table["bound_low"].to_numpy(dtype=np.float64, na_value=np.nan)
        low = np.fmax(low, stored)
        stored = table["bound_high"].to_numpy(dtype=np.float64, na_value=np.nan)
        high = np.fmin(high, stored)
    return np.where(true, value, low), np.where(true, value, high)


def _parts(system: System) -> IntArray:
    """How many parts each row has."""
    return np.asarray((system.matrix > 0).sum(axis=1)).ravel().astype(np.int64)


def _can_be_small(
    system: System, low: FloatArray, high: FloatArray, rule: Rule, single: BoolArray
) -> BoolArray:
    """Which rows can leave a rest that must not be told.

    A rest of a whole that is nobody is nobody, and a rest without any part is the whole.
    """
    part, whole = _split(system)
    endless = np.isinf(high)
    top = np.where(endless, 0.0, high)
    most = np.where(whole @ endless > 0, np.inf, whole @ top) - part @ low
    least = np.where(part @ endless > 0, 0.0, np.maximum(0.0, whole @ low - part @ top))
    threshold = rule.thresholds_of(system.cells.iloc[whole.indices[whole.indptr[:-1]]])
    some = (most >= 1) & (least < threshold)
    nobody = (least <= 0) & (whole @ high > 0) & single & rule.full_groups
    nothing = (part @ top == 0) & (part @ endless == 0)
    found: BoolArray = (some | nobody) & ~nothing
    return found


def _split(system: System) -> tuple[sparse.csr_array, sparse.csr_array]:
    part, whole = system.matrix.copy(), -system.matrix
    part.data, whole.data = np.maximum(part.data, 0), np.maximum(whole.data, 0)
    part.eliminate_zeros()
    whole.eliminate_zeros()
    return part.astype(np.float64), whole.astype(np.float64)


def _is_told(system: System, told: BoolArray) -> BoolArray:
    """Rows of which the reader knows every cell in any case."""
    unknown = np.asarray(np.abs(system.matrix) @ (~told).astype(np.int64))
    found: BoolArray = unknown == 0
    return found


def _rest_keys(system: System, rows: IntArray) -> pd.DataFrame:
    """Keys of the rests: those of the whole, the parts named in the group."""
    part, whole = _split(system)
    cells = system.cells[KEY]
    keys = cells.iloc[whole.indices[whole.indptr[rows]]].reset_index(drop=True)
    item = (cells["measure"] + "/" + cells["group"]).to_numpy()
    listed = [
        MINUS.join(item[np.sort(part.indices[part.indptr[r] : part.indptr[r + 1]])]) for r in rows
    ]
    found: pd.DataFrame = keys.assign(group=keys["group"] + MINUS + pd.Series(listed, dtype="str"))
    return found
