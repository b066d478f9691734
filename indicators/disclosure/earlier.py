"""What readers know from editions published before, as rows beside the present ones."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.disclosure.cells import KEY, BoolArray, IntArray
from indicators.disclosure.identities import Relation

UP_TO = "up_to"
"""Column of `Earlier.revised`: the number of the last entry that has the old number."""


@dataclass(frozen=True)
class Earlier:
    """What readers know from editions published before.

    Parameters
    ----------
    counts
        Rows in the columns of an edition's ``counts``, only those that are needed. Vintages
        carry the suffix ``@`` and the number of the ledger's entry, or ``@+`` where cells of
        several editions stand side by side. Hidden cells have no count, except those that
        only an earlier edition has and whose number follows from the true ones: they must
        not be told by the new edition either.
    hierarchies
        Groupings of those editions, vintages with the same suffix.
    relations
        Equations of those editions between groups and measures, tied to those vintages.
    same
        Shape (pairs, 2): row of the present counts table and row of `counts` that a reader
        takes for one number.
    told
        Shape (rows of the present counts,): numbers that an earlier edition printed as they
        are now.
    notes
        German sentences for the check report: corrections, and what was public already.
    numbers
        Shape (rows of the present counts,): those numbers, 0 where not `told`.
    among
        Shape (pairs, 2): two rows of `counts` that a reader takes for one number; both are
        of different editions and have no counterpart in the present one.
    loose
        Shape (rows of `counts`,): numbers that were revised since. No equation may tie them
        to a present cell, such as the common pieces of two area vintages.
    revised
        Which keys were revised, in the columns of a cell's key and `UP_TO`; it goes into the
        ledger with the edition, so that anyone can rebuild this knowledge without the truth.
    joint
        Those of `relations` that tie groups of an earlier edition to groups of another one,
        the present one included; they go into the ledger as well.
    """

    counts: pd.DataFrame
    hierarchies: pd.DataFrame
    relations: tuple[Relation, ...]
    same: IntArray
    told: BoolArray
    notes: tuple[str, ...]
    numbers: IntArray
    among: IntArray
    loose: BoolArray
    revised: pd.DataFrame
    joint: tuple[Relation, ...]


def nothing_before(counts: pd.DataFrame, hierarchies: pd.DataFrame) -> Earlier:
    """The knowledge of a reader who has seen no earlier edition."""
    pairs = np.zeros((0, 2), dtype=np.int64)
    return Earlier(
        counts=counts.iloc[:0].reset_index(drop=True),
        hierarchies=hierarchies.iloc[:0].reset_index(drop=True),
        relations=(),
        same=pairs,
        told=np.zeros(len(counts), dtype=np.bool_),
        notes=(),
        numbers=np.zeros(len(counts), dtype=np.int64),
        among=pairs,
        loose=np.zeros(0, dtype=np.bool_),
        revised=no_revision(),
        joint=(),
    )


def no_revision() -> pd.DataFrame:
    """An empty table of revised keys."""
    empty = pd.DataFrame({c: pd.Series(dtype="str") for c in KEY})
    return empty.assign(**{UP_TO: pd.Series(dtype="int64")})
