"""From a plain table to the equations over its cells, built here and not by the program.

The check of a pattern must not rest on the code that made it: these equations and the
programs in `attack` know nothing of ``indicators``.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from tests.benchmarks.suppression.tables import DIMS, PlainTable, full_counts, links


@dataclass(frozen=True)
class Equations:
    """All cells of a table and every sum between them.

    Parameters
    ----------
    cells
        Columns ``region``, ``group``, ``count``, every cell of every level.
    matrix
        Shape (sums, cells): +1 for a part, -1 for its sum.
    """

    cells: pd.DataFrame
    matrix: sparse.csr_array

    @property
    def value(self) -> np.ndarray:
        """Shape (cells,): the true counts."""
        return self.cells["count"].to_numpy(dtype=np.int64)

    def primary(self, threshold: int = 3) -> np.ndarray:
        """Shape (cells,): counts above 0 and below the threshold."""
        return (self.value > 0) & (self.value < threshold)

    def hidden(self, codes: pd.DataFrame) -> np.ndarray:
        """Shape (cells,): the cells whose codes are in a frame ``region``, ``group``."""
        chosen = pd.MultiIndex.from_frame(codes[list(DIMS)])
        return np.asarray(pd.MultiIndex.from_frame(self.cells[list(DIMS)]).isin(chosen))


def equations(table: PlainTable) -> Equations:
    """Every sum over regions for each group, and over groups for each region."""
    cells = full_counts(table)
    codes = {dim: pd.Index(cells[dim].unique()) for dim in DIMS}
    # Position of each cell in the full grid of regions by groups.
    order = codes["region"].get_indexer(cells["region"]) * len(codes["group"])
    order += codes["group"].get_indexer(cells["group"])
    sums = {dim: _sums(table, dim, codes[dim]) for dim in DIMS}
    whole = {dim: sparse.eye_array(len(codes[dim]), dtype=np.int64) for dim in DIMS}
    grid = sparse.vstack(
        [
            sparse.kron(sums["region"], whole["group"]),
            sparse.kron(whole["region"], sums["group"]),
        ]
    )
    return Equations(cells, sparse.csr_array(sparse.csc_array(grid)[:, order]))


def _sums(table: PlainTable, dim: str, codes: pd.Index) -> sparse.csr_array:
    """One row per parent in every hierarchy of a dimension, over its codes."""
    blocks = []
    for frame in links(table, dim):
        parents = frame["parent"].unique()
        row = pd.Index(parents).get_indexer(frame["parent"])
        part = sparse.coo_array(
            (np.ones(len(frame), dtype=np.int64), (row, codes.get_indexer(frame["child"]))),
            shape=(len(parents), len(codes)),
        )
        own = sparse.coo_array(
            (
                -np.ones(len(parents), dtype=np.int64),
                (np.arange(len(parents)), codes.get_indexer(parents)),
            ),
            shape=(len(parents), len(codes)),
        )
        blocks.append(part + own)
    return sparse.csr_array(sparse.vstack(blocks))
