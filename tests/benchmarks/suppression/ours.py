"""Runs the program on a plain table, file by file, as `sozialatlas protect` does."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from indicators.disclosure.audit import audit_cells
from indicators.disclosure.plain import (
    Cost,
    Plain,
    Wishes,
    knowledge_of,
    plain_rule,
    task_of_plain,
)
from indicators.disclosure.plain_files import Faults, read_dimensions, read_sheet, true_counts
from indicators.disclosure.rule import Rule
from indicators.disclosure.suppress import suppress
from indicators.disclosure.task import Effort
from tests.benchmarks.suppression.systems import Equations
from tests.benchmarks.suppression.tables import DIMS, Files

Zeros = Literal["published", "hidden"]
THRESHOLD = 3


@dataclass(frozen=True)
class OurRun:
    """What the program did with a table.

    Parameters
    ----------
    read, protect, audit
        Seconds: the files and the equations, the choice of cells, the audit.
    hidden
        Shape (cells,): what is not printed, in the order of `Equations`.
    loss, bound, ended
        Of the pattern: see `indicators.disclosure.task.Pattern`.
    failures
        How many cells the program's own audit found unsafe, or could not protect.
    """

    read: float
    protect: float
    audit: float
    hidden: np.ndarray
    loss: float
    bound: float
    ended: str
    failures: int


@dataclass(frozen=True)
class Loaded:
    """A table in memory: its cells and their true numbers."""

    plain: Plain
    value: np.ndarray


def load(files: Files) -> Loaded:
    """Read the counts and hierarchies of a plain table."""
    faults = Faults()
    sheet = read_sheet(files.counts, [*DIMS, "count"], faults)
    dimensions = read_dimensions(DIMS, files.hierarchies, sheet, faults)
    faults.raise_if_any(files.counts.name)
    if sheet is None or dimensions is None:
        raise ValueError(files.counts.name)
    plain = Plain(dimensions)
    value = true_counts(sheet, plain, faults)
    faults.raise_if_any(files.counts.name)
    if value is None:
        raise ValueError(files.counts.name)
    return Loaded(plain, value)


def ours(
    csv: Path,
    hierarchies: Sequence[tuple[str, Path]],
    zeros: Zeros,
    cost: Cost,
    effort: Effort,
) -> tuple[Plain, OurRun]:
    """Read, protect and audit a table.

    With ``hidden`` zeros the reader is the peer's: nobody behind a single case is one, and
    a hidden cell may be 0. With ``published`` it is the program's own default, insiders too.
    """
    started = time.perf_counter()
    table = load(Files(csv, tuple(hierarchies)))
    rule = plain_rule(THRESHOLD, zeros, insiders=zeros == "published")
    task = task_of_plain(table.plain, table.value, rule, Wishes(cost=cost))
    read = time.perf_counter() - started
    started = time.perf_counter()
    pattern = suppress(task, effort)
    protect = time.perf_counter() - started
    seconds, failures = audit_pattern(table, pattern.hidden, rule)
    return table.plain, OurRun(
        read,
        protect,
        seconds,
        pattern.hidden,
        pattern.loss,
        pattern.bound,
        pattern.ended,
        failures + len(pattern.failed),
    )


def audit_pattern(table: Loaded, hidden: np.ndarray, rule: Rule) -> tuple[float, int]:
    """Audit a pattern; seconds and the number of cells found unsafe."""
    started = time.perf_counter()
    known = knowledge_of(table.value, hidden, rule)
    report = audit_cells(table.plain.system, known, rule, table.value)
    return time.perf_counter() - started, len(report.failures)


def in_order_of(equations: Equations, plain: Plain, hidden: np.ndarray) -> np.ndarray:
    """Bring a pattern into the order of other equations over the same cells."""
    return hidden[plain.find(equations.cells)]
