"""What readers know from editions published before, as rows beside the present ones."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.disclosure.cells import BoolArray, IntArray
from indicators.disclosure.identities import Relation


@dataclass(frozen=True)
class Earlier:
    """What readers know from editions published before.

    Parameters
    ----------
    counts
        Rows in the columns of an edition's ``counts``, only those that are needed. Vintages
        carry the suffix ``@`` and the number of the ledger's entry; hidden cells have no count.
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
    """

    counts: pd.DataFrame
    hierarchies: pd.DataFrame
    relations: tuple[Relation, ...]
    same: IntArray
    told: BoolArray
    notes: tuple[str, ...]


def nothing_before(counts: pd.DataFrame, hierarchies: pd.DataFrame) -> Earlier:
    """The knowledge of a reader who has seen no earlier edition."""
    return Earlier(
        counts=counts.iloc[:0].reset_index(drop=True),
        hierarchies=hierarchies.iloc[:0].reset_index(drop=True),
        relations=(),
        same=np.zeros((0, 2), dtype=np.int64),
        told=np.zeros(len(counts), dtype=np.bool_),
        notes=(),
    )
