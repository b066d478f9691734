"""From a table of true counts to one that is protected and audited; nothing is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from atlas.protecting.options import ProtectOptions, refuse_wrong_cost, refuse_wrong_options
from atlas.protecting.refusals import (
    refuse_failed,
    refuse_secret_zeros,
    refuse_small_kept,
    refuse_unsafe,
)
from atlas.protecting.tables import bounds_of, read_plain, share_of, whole_text
from geodata.errors import KeyJoinError, Problem, UserError
from geodata.progress import Progress, silent
from indicators.disclosure.audit import AuditReport, audit_cells
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.plain import (
    Plain,
    Wishes,
    knowledge_of,
    plain_rule,
    primary_of,
    task_of_plain,
)
from indicators.disclosure.plain_files import (
    Faults,
    Sheet,
    cell_weights,
    listed_cells,
    read_sheet,
    refuse_other_columns,
    true_counts,
)
from indicators.disclosure.rule import Rule
from indicators.disclosure.suppress import suppress
from indicators.disclosure.task import Pattern, Task

RESERVED = ("count", "status", "kind", "low", "high", "weight", "bound_low", "bound_high")
"""Names that no dimension can have."""


@dataclass(frozen=True)
class Protected:
    """A protected and audited table.

    Parameters
    ----------
    plain
        Its cells and sums.
    task, pattern, audit
        What was to be protected, what is hidden, what a reader can still infer.
    small
        Shape (cells,): counts below the threshold; primary cells that are not are secret by
        a person's decision.
    low, high
        Shape (cells,): what any reader can infer; NaN where nothing bounds it.
    noticed
        Small numbers that a reader knows exactly who notices that every zero is printed,
        where the rule assumes that nobody does; else 0.
    delimiter
        Of the table that was read.
    """

    plain: Plain
    rule: Rule
    task: Task
    pattern: Pattern
    audit: AuditReport
    small: BoolArray
    low: FloatArray
    high: FloatArray
    noticed: int
    delimiter: str

    @property
    def hidden(self) -> BoolArray:
        """Which cells are not printed."""
        return self.pattern.hidden

    def public_table(self) -> pd.DataFrame:
        """Every cell of every level: codes, ``count`` as text, ``status``.

        Holds what a reader may see and nothing that depends on why a cell is hidden.
        """
        hidden, value = self.hidden, self.task.value
        status = np.select([hidden, value == 0], ["suppressed", "zero"], "published")
        count = pd.Series(value).astype("str").mask(hidden, "")
        return self.plain.cells.assign(count=count, status=status)

    def internal_table(self) -> pd.DataFrame:
        """The public table with ``kind``, ``low`` and ``high``."""
        secondary = np.where(self.hidden, "secondary", "")
        kind = np.where(self.task.primary, "primary", secondary)
        return self.public_table().assign(
            kind=kind, low=whole_text(self.low), high=whole_text(self.high)
        )


def protect_table(options: ProtectOptions, progress: Progress = silent) -> Protected:
    """Read, protect and audit a table; nothing is written.

    Raises
    ------
    FileMissingError, TableError, KeyJoinError
        Everything that is wrong with the files, at once.
    UserError
        The options contradict each other.
    DisclosureError
        The table cannot be protected as wished, or the audit found it unsafe.
    """
    refuse_wrong_options(options, RESERVED)
    refuse_wrong_cost(options)
    progress("Dateien werden gelesen", 0.0)
    plain, value, wishes, delimiter = _read(options)
    rule = options.rule
    progress("Summen werden gebildet", 0.05)
    task = task_of_plain(plain, value, rule, wishes)
    refuse_small_kept(task)
    refuse_secret_zeros(task, wishes)
    progress("Zellen werden ausgewählt", 0.1)
    pattern = suppress(
        task, options.effort, share_of(progress, "Zellen werden ausgewählt", 0.1, 0.6)
    )
    refuse_failed(task, pattern)
    audit = audit_cells(
        plain.system, knowledge_of(value, pattern.hidden, rule), rule, value,
        progress=share_of(progress, "Die Auswahl wird unabhängig geprüft", 0.6, 0.95),
    )  # fmt: skip
    low, high = bounds_of(audit, value, pattern.hidden)
    small = primary_of(value, rule)
    refuse_unsafe(task, small, audit, (low, high))
    noticed = _noticed(plain, value, pattern.hidden, options)
    progress("Fertig geprüft", 1.0)
    return Protected(plain, rule, task, pattern, audit, small, low, high, noticed, delimiter)


def _noticed(plain: Plain, value: IntArray, hidden: BoolArray, options: ProtectOptions) -> int:
    """How many small numbers are exact for a reader who takes no hidden one to be 0."""
    if options.zeros == "published":
        return 0
    rule = plain_rule(options.threshold, "published", insiders=False)
    audit = audit_cells(plain.system, knowledge_of(value, hidden, rule), rule)
    low, high = bounds_of(audit, value, hidden)
    return int((hidden & primary_of(value, rule) & (low == high)).sum())


def _read(options: ProtectOptions) -> tuple[Plain, IntArray, Wishes, str]:
    """Read every file; one error with all that is wrong in any of them."""
    faults, names = Faults(), options.names
    sheet = read_sheet(options.table, [*names, "count"], faults, options.mark)
    extra = {
        "secret": (options.secret, names),
        "weights": (options.weights, [*names, "weight"]),
    }
    sheets = {k: read_sheet(p, needed, faults) for k, (p, needed) in extra.items() if p is not None}
    if sheet is not None:
        refuse_other_columns(sheet, [*names, "count"], faults)
    plain = read_plain(options, sheet, faults)
    value = None if sheet is None else true_counts(sheet, plain, faults)
    wishes = None if plain is None else _wishes(plain, options, sheets, faults)
    summary = f"{options.label} und die Dateien dazu lassen sich nicht benutzen."
    faults.raise_if_any(summary)
    if plain is None or sheet is None or value is None or wishes is None:
        raise UserError(summary)
    return plain, value, wishes, sheet.delimiter


def _wishes(
    plain: Plain, options: ProtectOptions, sheets: Mapping[str, Sheet | None], faults: Faults
) -> Wishes:
    secret, weights = sheets.get("secret"), sheets.get("weights")
    return Wishes(
        keep=kept_cells(plain, options.keep, faults),
        secret=None if secret is None else listed_cells(secret, plain, faults),
        weight=None if weights is None else cell_weights(weights, plain, faults),
        cost=options.cost,
    )


def kept_cells(plain: Plain, wishes: Sequence[str], faults: Faults) -> BoolArray:
    """The cells that must stay printed: ``region=Total`` or ``region=Total,group=m``."""
    chosen = np.zeros(plain.size, dtype=np.bool_)
    known = {d.name: set(d.codes) for d in plain.dimensions}
    for wish in wishes:
        pairs = [[text.strip() for text in part.partition("=")] for part in wish.split(",")]
        problems = [_keep_problem(name, mark, code, known) for name, mark, code in pairs]
        problems += [_repeated(name) for name, count in Counter(p[0] for p in pairs).items()
                     if count > 1]  # fmt: skip
        wrong = [replace(problem, where=f"--keep {wish}") for problem in problems if problem]
        faults.add(KeyJoinError, wrong)
        if not wrong:
            chosen |= plain.choose({name: code for name, _, code in pairs})
    return chosen


def _keep_problem(name: str, mark: str, code: str, known: Mapping[str, set[str]]) -> Problem | None:
    """What is wrong with one ``DIMENSION=SCHLÜSSEL``."""
    if not mark:
        return Problem("", f"gefunden {name!r}", "DIMENSION=SCHLÜSSEL")
    if name not in known:
        return Problem("", f"die Dimension {name!r} gibt es nicht", ", ".join(known))
    if code not in known[name]:
        return Problem("", f"{name}={code} gibt es nicht", "ein Schlüssel dieser Dimension")
    return None


def _repeated(name: str) -> Problem:
    return Problem("", f"{name!r} steht mehrfach", "für jede Zelle eine eigene Angabe --keep")
