"""The audit: what a reader can infer about every hidden cell, and whether that is too much.

Knows nothing of how the cells were chosen; it shares with the suppression only the
equations. Without it no edition is published.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.errors import DisclosureError, KeyJoinError, Problem
from indicators.disclosure.cells import (
    KEY,
    BoolArray,
    IntArray,
    Knowledge,
    read_knowledge,
)
from indicators.disclosure.cores import on_all_cores
from indicators.disclosure.equations import Rule, System
from indicators.disclosure.judge import Case, Findings, judge, pieces_of
from indicators.status import Status


@dataclass(frozen=True)
class AuditReport:
    """What the audit found.

    Parameters
    ----------
    intervals
        One row per suppressed cell: its key, `bound_low` and `bound_high`, whole numbers
        that any reader can infer; `bound_high` is <NA> where nothing bounds it.
    failures
        One entry per cell that is not safe, with the equations that give it away.
    narrowest
        Smallest width of an interval among the small cells; None where there is none.
    audited
        Number of suppressed cells.
    bounded_by_zeros
        How often printed zeros and public numbers alone set an end of a small cell's interval,
        whatever else is hidden: two non-zero parts make a total of at least 2, and of two
        residents at most 2 are counted.
    """

    intervals: pd.DataFrame
    failures: tuple[Problem, ...]
    narrowest: int | None
    audited: int
    bounded_by_zeros: int


def audit(
    published: pd.DataFrame,
    system: System,
    rule: Rule,
    truth: pd.DataFrame | None = None,
    public_measures: Collection[str] = frozenset(),
    names: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Compute the reader's interval of every suppressed cell, and what is too narrow.

    Parameters
    ----------
    published
        Columns of an edition's ``counts``; suppressed cells have no count.
    system
        The equations over its rows.
    rule
        The primary rule.
    truth
        The same rows with the true numbers, while they are at hand. Then every small cell n
        must be able to be max(1, n - 1) and the threshold in whole numbers (n + 1 where
        public numbers alone allow no more); without it, a cell that can only be one number
        below the threshold is a failure.
    public_measures
        Measures that are public anyway.
    names
        German names for messages, by key; areas as ``level/area``.
    progress
        Called with the parts done and all parts.

    Raises
    ------
    KeyJoinError
        The tables and the system have different rows.
    """
    for frame in (published, *([] if truth is None else [truth])):
        if not frame[KEY].reset_index(drop=True).equals(system.cells):
            raise KeyJoinError("Zähltabelle und Gleichungen haben verschiedene Zeilen.")
    true_count = None
    if truth is not None:
        true_count = truth["count"].fillna(-1).to_numpy(dtype=np.int64)
    public = published["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    known = read_knowledge(published, rule.lowest)
    return audit_cells(system, known, rule, true_count, public, names, progress)


def audit_cells(
    system: System,
    known: Knowledge,
    rule: Rule,
    truth: IntArray | None = None,
    public: BoolArray | None = None,
    names: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Audit any system of cells, see `audit`.

    Parameters
    ----------
    known
        What the reader knows of each cell of `system`.
    truth
        Shape (cells,): the true numbers, -1 where not known; None where none is at hand.
    public
        Shape (cells,): numbers that are public anyway.
    """
    size = len(system.cells)
    nobody = np.full(size, -1, dtype=np.int64)
    case = Case(
        system,
        rule,
        known,
        nobody if truth is None else truth,
        np.zeros(size, dtype=np.bool_) if public is None else public,
        names or {},
    )
    pieces = pieces_of(case)
    return _report(case, on_all_cores(lambda piece: judge(case, piece), pieces, progress))


def refuse_if_unsafe(report: AuditReport) -> None:
    """Raise with the list of cells if the audit found any that is not safe.

    Raises
    ------
    DisclosureError
        At least one cell is not safe.
    """
    if report.failures:
        raise DisclosureError(
            f"Die Veröffentlichung wäre nicht sicher: {_some_cells(len(report.failures))} zu genau "
            "bestimmen. Es wird nichts veröffentlicht.",
            report.failures,
        )


def _some_cells(count: int) -> str:
    return "eine Zelle lässt sich" if count == 1 else f"{count} Zellen lassen sich"


def with_bounds(counts: pd.DataFrame, report: AuditReport) -> pd.DataFrame:
    """Fill ``bound_low`` and ``bound_high``: what any reader can infer of each cell.

    A printed count is its own bound; a suppressed one has the interval of the audit; a cell
    that was never delivered has none.
    """
    bounds = report.intervals.set_index(KEY)[["bound_low", "bound_high"]]
    found = bounds.reindex(pd.MultiIndex.from_frame(counts[KEY]))
    hidden = (counts["status"] == Status.SUPPRESSED.value).to_numpy()
    printed = counts["count"].astype("Int64")
    ends = {
        end: printed.mask(hidden, pd.Series(found[end].array, index=counts.index)).astype("Int64")
        for end in ("bound_low", "bound_high")
    }
    return counts.assign(**ends)


def _printed(case: Case) -> dict[int, Problem]:
    """Small numbers that are printed, and printed numbers that contradict each other, by cell."""
    known, system = case.known, case.system
    found = {}
    small = known.known & ~case.public & (known.value > 0) & (known.value < case.rule.threshold)
    for cell in np.flatnonzero(small).tolist():
        text = f"die kleine Zahl {known.value[cell]} steht offen da"
        found[cell] = Problem(system.name(cell, case.names), text)
    unknown = np.asarray(np.abs(system.matrix) @ (~known.known).astype(np.int64)) > 0
    balance = np.asarray(system.matrix @ known.value)
    wrong = ~unknown & ((balance > 0) | (system.equality & (balance != 0)))
    for row in np.flatnonzero(wrong).tolist():
        first = int(system.matrix.indices[system.matrix.indptr[row]])
        text = f"{system.reason(row, case.names)} stimmt nicht"
        found.setdefault(first, Problem(system.name(first, case.names), text))
    return found


def _report(case: Case, findings: Sequence[Findings]) -> AuditReport:
    hidden = np.flatnonzero(case.known.suppressed)
    problems = _printed(case)
    ends = np.full((2, len(case.truth)), np.nan)
    for found in findings:
        problems |= found.problems
        for end, of_cell in zip(ends, (found.low, found.high), strict=True):
            end[list(of_cell)] = list(of_cell.values())
    low, high = ends[:, hidden]
    intervals = case.system.cells.iloc[hidden].reset_index(drop=True)
    intervals["bound_low"] = pd.array(np.where(np.isfinite(low), low, np.nan)).astype("Int64")
    intervals["bound_high"] = pd.array(np.where(np.isfinite(high), high, np.nan)).astype("Int64")
    true = case.truth[hidden]
    small = np.where(
        true >= 0, (true > 0) & (true < case.rule.threshold), low < case.rule.threshold
    )
    widths = (high - low)[small & ~case.public[hidden]]
    finite = widths[np.isfinite(widths)]
    return AuditReport(
        intervals=intervals,
        failures=tuple(problems[c] for c in sorted(problems)),
        narrowest=int(finite.min()) if len(finite) else None,
        audited=len(hidden),
        bounded_by_zeros=sum(found.by_zeros for found in findings),
    )
