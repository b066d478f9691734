"""Audits a published table, also one that was protected elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from atlas.protecting.options import AuditOptions, refuse_wrong_options
from atlas.protecting.published import Published, read_published
from atlas.protecting.tables import bounds_of, read_plain, share_of, whole_text
from geodata.errors import Problem, UserError
from geodata.progress import Progress, silent
from indicators.disclosure.audit import AuditReport, audit_cells
from indicators.disclosure.cells import FloatArray, IntArray, Knowledge
from indicators.disclosure.giveaway import given_away
from indicators.disclosure.plain import Plain, knowledge_of
from indicators.disclosure.plain_files import Faults, read_sheet, true_counts
from indicators.disclosure.plain_why import Proofs

RESERVED = ("low", "high", "bound_low", "bound_high")


_EXPLAINED = 50
"""Narrow cells whose equations are worked out."""


@dataclass(frozen=True)
class Audited:
    """What the audit of a table found.

    Parameters
    ----------
    findings
        Everything that makes the table unsafe or contradictory.
    low, high
        Shape (cells,): what any reader can infer; NaN where unknown.
    exact
        Hidden cells from the threshold on that are exactly known: hidden in vain.
    """

    plain: Plain
    table: Published
    audit: AuditReport
    findings: tuple[Problem, ...]
    low: FloatArray
    high: FloatArray
    exact: int
    delimiter: str

    @property
    def impossible(self) -> bool:
        """Whether the printed numbers leave no table in which hidden ones are large enough."""
        return bool((self.table.hidden & np.isnan(self.low)).any())

    def intervals(self) -> pd.DataFrame:
        """Codes, ``low`` and ``high`` of every hidden cell."""
        chosen = np.flatnonzero(self.table.hidden)
        frame = self.plain.cells.iloc[chosen].reset_index(drop=True)
        return frame.assign(
            low=whole_text(self.low[chosen]).to_numpy(),
            high=whole_text(self.high[chosen]).to_numpy(),
        )


def audit_table(options: AuditOptions, progress: Progress = silent) -> Audited:
    """Read and audit a published table.

    Raises
    ------
    FileMissingError, TableError, KeyJoinError
        Everything that is wrong with the files, at once.
    UserError
        The options contradict each other.
    """
    taken = [options.count_column, *([options.status_column] if options.status_column else [])]
    refuse_wrong_options(options, (*RESERVED, *taken))
    progress("Dateien werden gelesen", 0.0)
    plain, table, truth, delimiter = _read(options)
    rule = options.rule
    progress("Grenzen werden berechnet", 0.1)
    tell = share_of(progress, "Grenzen werden berechnet", 0.1, 0.9)
    known = knowledge_of(table.value, table.hidden, rule, table.absent, table.undelivered)
    audit = audit_cells(plain.system, known, rule, truth, progress=tell)
    low, high = bounds_of(audit, np.where(known.known, known.value, 0), known.suppressed)
    low[table.undelivered] = high[table.undelivered] = np.nan
    narrow = list(audit.failures)
    if truth is None:
        named = {problem.where for problem in audit.failures}
        narrow += _too_small(plain, known, low, high, options, named)
    told, untrue = _told(plain, table), _untrue(plain, table, truth)
    findings = [*told, *_of_absent_cells(plain, table, narrow, high), *untrue]
    exact = table.hidden & (low == high) & (low >= options.threshold)
    progress("Fertig geprüft", 1.0)
    return Audited(plain, table, audit, tuple(findings), low, high, int(exact.sum()), delimiter)


def _read(options: AuditOptions) -> tuple[Plain, Published, IntArray | None, str]:
    faults, names = Faults(), options.names
    needed = [*names, options.count_column]
    needed += [options.status_column] if options.status_column else []
    sheet = read_sheet(options.table, needed, faults, options.mark)
    plain = read_plain(options, sheet, faults)
    table = truth = None
    if plain is not None and sheet is not None:
        table = read_published(sheet, plain, options, faults)
    if options.truth is not None:
        true_sheet = read_sheet(options.truth, [*names, "count"], faults)
        truth = None if true_sheet is None else true_counts(true_sheet, plain, faults)
    summary = f"{options.label} lässt sich nicht prüfen."
    faults.raise_if_any(summary)
    if plain is None or table is None or sheet is None:
        raise UserError(summary)
    return plain, table, truth, sheet.delimiter


def _told(plain: Plain, table: Published) -> list[Problem]:
    """Hidden cells whose number stands in the file."""
    return [
        Problem(plain.system.name(int(c)), "gilt als geheim, aber die Zahl steht in der Datei")
        for c in np.flatnonzero(table.told)
    ]


def _untrue(plain: Plain, table: Published, truth: IntArray | None) -> list[Problem]:
    """Printed numbers that are not the true ones."""
    if truth is None:
        return []
    wrong = table.printed & (table.value != truth)
    return [
        Problem(plain.system.name(int(c)), f"gedruckt ist {table.value[c]}, wahr ist {truth[c]}")
        for c in np.flatnonzero(wrong)
    ]


def _of_absent_cells(
    plain: Plain, table: Published, narrow: Sequence[Problem], high: FloatArray
) -> list[Problem]:
    """Say of cells without a row that they have none; that one is 0 gives nobody away."""
    name = plain.system.name
    empty = {name(int(c)) for c in np.flatnonzero(table.absent & (high == 0))}
    absent = {name(int(c)) for c in np.flatnonzero(table.absent & (high != 0))}
    return [
        replace(p, found=f"steht nicht in der Tabelle, {p.found}") if p.where in absent else p
        for p in narrow
        if p.where not in empty
    ]


def _too_small(
    plain: Plain,
    known: Knowledge,
    low: FloatArray,
    high: FloatArray,
    options: AuditOptions,
    named: set[str],
) -> list[Problem]:
    """Hidden cells that are certainly small, whatever their number is, without enough room."""
    unsafe = known.suppressed & (low >= 1) & (high < options.threshold)
    proofs = Proofs(plain.system, known)
    problems: list[Problem] = []
    for cell in np.flatnonzero(unsafe).tolist():
        name = plain.system.name(cell)
        if name in named or _could_be_enough(int(low[cell]), int(high[cell]), options):
            continue
        rows = proofs.rows(cell).tolist() if len(problems) < _EXPLAINED else []
        why = given_away(plain.system, known.known, rows, {})
        exact = low[cell] == high[cell]
        interval = f"genau {low[cell]:.0f}" if exact else f"{low[cell]:.0f} bis {high[cell]:.0f}"
        found = "; ".join(text for text in (f"berechenbar: {interval}", why) if text)
        problems.append(Problem(name, found, "ein Spielraum, wie ihn die Regel verlangt"))
    return problems


def _could_be_enough(low: int, high: int, options: AuditOptions) -> bool:
    """Whether some number in an interval would have the room that the rule asks for."""
    number = np.arange(low, high + 1)
    rule = options.rule
    falls, rises = number - rule.fall(number) >= low, number + rule.rise(number) <= high
    return bool((falls & rises).any())
