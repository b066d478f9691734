"""Stock and flow: who is there now was there before, or has come, and has not left."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.disclosure.cells import (
    NODE,
    IntArray,
    read_knowledge,
)
from indicators.periods import german_date


@dataclass(frozen=True)
class Flow:
    """A stock that is carried forward: before + inflow - outflow = after.

    Parameters
    ----------
    stock
        ``measure/group``, counted on reporting dates.
    inflow, outflow
        Cells ``measure/group`` that count what came and went between two reporting dates;
        they bear the date of the second one.
    steps
        Pairs of reporting dates between which it holds; empty for all neighbouring ones.
    """

    stock: str
    inflow: tuple[str, ...]
    outflow: tuple[str, ...]
    steps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FlowCheck:
    """How far the source fulfils a flow between two reporting dates."""

    flow: Flow
    rows: int
    fulfilled: int

    @property
    def text(self) -> str:
        """One German sentence for the check report."""
        (before, after), flow = self.flow.steps[0], self.flow
        use = "wird als Gleichung benutzt" if self.rows == self.fulfilled else "wird nicht benutzt"
        parts = [f" + {c}" for c in flow.inflow] + [f" - {c}" for c in flow.outflow]
        return (
            f"{flow.stock} am {german_date(before)}{''.join(parts)} = {flow.stock} am "
            f"{german_date(after)}: erfüllt in {self.fulfilled} von {self.rows} Zeilen, {use}."
        )


def base_vintage(vintages: pd.Series) -> pd.Series:
    """The area vintage without the mark of an earlier edition: a stock goes on across editions."""
    return vintages.astype("str").str.replace("@.*", "", regex=True)


@dataclass(frozen=True)
class _Lines:
    """Cells of a flow by area, -1 where there is none: shape (areas, 2 + inflow + outflow)."""

    cells: IntArray
    signs: IntArray


def check_flows(
    counts: pd.DataFrame, declared: Iterable[Flow]
) -> tuple[tuple[Flow, ...], list[FlowCheck]]:
    """Find the steps in which the true numbers fulfil a declared flow in every row.

    Parameters
    ----------
    counts
        True numbers in the columns of an edition's ``counts``.
    declared
        Flows as a project declares them; without ``steps`` all neighbouring dates are tried.

    Returns
    -------
    flows, checks
        The flows with the steps that hold, and one check per step that has a complete row.
    """
    counts = counts.reset_index(drop=True)
    known = read_knowledge(counts).known & counts["count"].notna().to_numpy(dtype=np.bool_)
    value = counts["count"].fillna(0).to_numpy(dtype=np.int64)
    found, checks = [], []
    for flow in declared:
        holding = []
        for step in _steps(counts, flow):
            lines = _lines(counts, flow, step)
            complete = (lines.cells >= 0).all(axis=1) & known[lines.cells].all(axis=1)
            balance = value[lines.cells[complete]] @ lines.signs
            check = FlowCheck(replace(flow, steps=(step,)), len(balance), int((balance == 0).sum()))
            if check.rows:
                checks.append(check)
                holding += [step] if check.rows == check.fulfilled else []
        if holding:
            found.append(replace(flow, steps=tuple(holding)))
    return tuple(found), checks


def flow_rows(counts: pd.DataFrame, flows: Iterable[Flow], size: int) -> sparse.csr_array:
    """Rows ``before + inflow - outflow - after = 0`` of every area that has all of these.

    Parameters
    ----------
    counts
        Key columns; its index is the number of each cell.
    size
        Number of cells.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (rows, cells), whole numbers.
    """
    blocks = [_matrix(_lines(counts, f, s), size) for f in flows for s in _steps(counts, f)]
    none = sparse.csr_array((0, size), dtype=np.int64)
    return sparse.csr_array(sparse.vstack([none, *blocks], format="csr"), dtype=np.int64)


def _steps(counts: pd.DataFrame, flow: Flow) -> Iterator[tuple[str, str]]:
    """The declared steps, or all neighbouring dates of the stock."""
    item = counts["measure"] + "/" + counts["group"]
    periods = sorted(set(counts.loc[item == flow.stock, "period"]))
    yield from flow.steps or pairwise(periods)


def _lines(counts: pd.DataFrame, flow: Flow, step: tuple[str, str]) -> _Lines:
    before, after = step
    wanted = [(flow.stock, before), *((c, after) for c in (*flow.inflow, *flow.outflow))]
    wanted.append((flow.stock, after))
    item = (counts["measure"] + "/" + counts["group"]).to_numpy()
    period = counts["period"].to_numpy()
    nodes = counts[NODE].assign(vintage=base_vintage(counts["vintage"]))
    columns = []
    for name, day in wanted:
        rows = np.flatnonzero((item == name) & (period == day))
        numbers = counts.index.to_numpy()[rows]
        own = pd.Series(numbers, index=pd.MultiIndex.from_frame(nodes.iloc[rows]))
        columns.append(own[~own.index.duplicated()])
    first = columns[0].index
    cells = np.stack([c.reindex(first).fillna(-1).to_numpy(dtype=np.int64) for c in columns], 1)
    signs = [1, *(1 for _ in flow.inflow), *(-1 for _ in flow.outflow), -1]
    return _Lines(cells, np.array(signs, dtype=np.int64))


def _matrix(lines: _Lines, size: int) -> sparse.csr_array:
    cells = lines.cells[(lines.cells >= 0).all(axis=1)]
    rows = np.repeat(np.arange(len(cells)), cells.shape[1])
    signs = np.tile(lines.signs, len(cells))
    return sparse.csr_array((signs, (rows, cells.ravel())), shape=(len(cells), size))
