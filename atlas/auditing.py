"""Audits a published table, also one that was protected elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from atlas import wording
from atlas.protecting import (
    TableOptions,
    bounds_of,
    csv_text,
    read_plain,
    refuse_outputs,
    refuse_wrong_options,
    whole_text,
    write_together,
)
from geodata.errors import DisclosureError, Problem, TableError, UserError
from geodata.progress import Progress, silent
from indicators.disclosure.audit import AuditReport, audit_cells
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray, Knowledge
from indicators.disclosure.plain import Plain, knowledge_of
from indicators.disclosure.plain_files import (
    Faults,
    Sheet,
    inner_counts,
    note_wrong_numbers,
    place_rows,
    read_sheet,
    whole_numbers,
)
from indicators.disclosure.plain_why import Proofs

RESERVED = ("low", "high", "bound_low", "bound_high")
STATUS = "status"
NEVER_DELIVERED = "missing"
"""A status without a number that is not a secret: nothing is known of the cell."""
_EXPLAINED = 50
"""Narrow cells whose equations are worked out."""


@dataclass(frozen=True, kw_only=True)
class AuditOptions(TableOptions):
    """What `sozialatlas audit` is asked; named as on the command line."""

    count_column: str = "count"
    status_column: str | None = None
    suppressed_values: str = "suppressed"
    truth: Path | None = None
    out: Path | None = None
    report: Path | None = None

    @property
    def symbols(self) -> set[str]:
        """What says that a cell is hidden."""
        return {text.strip() for text in self.suppressed_values.split(",") if text.strip()}

    def inputs(self) -> list[Path]:
        """Every file that is read."""
        named = [self.table, self.truth, *(path for _, path in self.files)]
        return [path for path in named if path is not None]


def audit_options(given: Mapping[str, object]) -> AuditOptions:
    """Options by their names on the command line."""
    return TypeAdapter(AuditOptions).validate_python(dict(given))


@dataclass(frozen=True)
class Published:
    """A published table as its reader sees it; arrays have one entry per cell.

    Parameters
    ----------
    value
        Printed numbers; not read elsewhere.
    hidden
        Cells hidden on purpose.
    open
        Cells that the table does not hold, or that were never delivered.
    told
        Hidden cells whose number stands in the file all the same.
    """

    value: IntArray
    hidden: BoolArray
    open: BoolArray
    told: BoolArray


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

    def tell(done: int, parts: int) -> None:
        progress("Grenzen werden berechnet", 0.1 + 0.8 * done / max(parts, 1))

    known = knowledge_of(table.value, table.hidden, table.open, rule)
    audit = audit_cells(plain.system, known, rule, truth, progress=tell)
    low, high = bounds_of(audit, np.where(known.known, known.value, 0), table.hidden)
    low[table.open] = high[table.open] = np.nan
    findings = [*_told(plain, table), *audit.failures, *_untrue(plain, table, truth)]
    if truth is None:
        named = {problem.where for problem in audit.failures}
        findings += _too_small(plain, known, low, high, options, named)
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
        table = _published(sheet, plain, options, faults)
    if options.truth is not None:
        true_sheet = read_sheet(options.truth, [*names, "count"], faults)
        if plain is not None and true_sheet is not None:
            truth = plain.add_up(inner_counts(true_sheet, plain, faults))
    summary = f"{options.table.name} lässt sich nicht prüfen."
    faults.raise_if_any(summary)
    if plain is None or table is None or sheet is None:
        raise UserError(summary)
    return plain, table, truth, sheet.delimiter


def _published(sheet: Sheet, plain: Plain, options: AuditOptions, faults: Faults) -> Published:
    """What is printed, hidden and open."""
    text = sheet.frame[options.count_column]
    status = _status_of(sheet, options)
    symbols = options.symbols
    placeholder = text.isin(symbols).to_numpy()
    empty = (text == "").to_numpy() | placeholder
    undelivered = (status == NEVER_DELIVERED).to_numpy() & empty & (NEVER_DELIVERED not in symbols)
    hidden = (status.isin(symbols).to_numpy() | empty) & ~undelivered
    _note_unknown_status(sheet, status, hidden & ~placeholder, options, faults)
    number = whole_numbers(text)
    printed = ~hidden & ~undelivered
    allowed = (
        "eine ganze Zahl ab 0 ohne Tausenderpunkt, leer, oder ein Wert aus --suppressed-values"
    )
    wrong = printed & number.isna().to_numpy()
    note_wrong_numbers(sheet, options.count_column, wrong, allowed, faults)
    cell = place_rows(sheet, plain, faults, inner=False)
    good = cell >= 0
    value = np.zeros(plain.size, dtype=np.int64)
    value[cell[good]] = number.fillna(0).to_numpy(dtype=np.int64)[good]
    marks = []
    for chosen in (hidden, printed, hidden & ~empty):
        mark = np.zeros(plain.size, dtype=np.bool_)
        mark[cell[good & chosen]] = True
        marks.append(mark)
    return Published(value, marks[0], ~marks[0] & ~marks[1], marks[2])


def _status_of(sheet: Sheet, options: AuditOptions) -> pd.Series:
    """The status of each row, empty where the table has none."""
    column = options.status_column or STATUS
    if column in sheet.frame.columns and column != options.count_column:
        return sheet.frame[column]
    return pd.Series("", index=sheet.frame.index, dtype="str")


def _note_unknown_status(
    sheet: Sheet, status: pd.Series, hidden: BoolArray, options: AuditOptions, faults: Faults
) -> None:
    """An empty number under a status that nobody explained might be a secret or a gap."""
    unclear = hidden & (status != "").to_numpy() & ~status.isin(options.symbols).to_numpy()
    for word in status[unclear].drop_duplicates():
        row = int(np.flatnonzero(unclear & (status == word).to_numpy())[0])
        column = options.status_column or STATUS
        allowed = "den Status in --suppressed-values nennen, wenn er „geheim“ heißt"
        found = f"der Status {word!r} steht ohne Zahl"
        faults.add(TableError, [Problem(sheet.where(row, column), found, allowed)])


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
    wrong = ~table.hidden & ~table.open & (table.value != truth)
    return [
        Problem(plain.system.name(int(c)), f"gedruckt ist {table.value[c]}, wahr ist {truth[c]}")
        for c in np.flatnonzero(wrong)
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
        why = "; ".join(plain.system.reason(r) for r in rows)
        found = (
            f"berechenbar: {low[cell]:.0f} bis {high[cell]:.0f}"
            if low[cell] < high[cell]
            else (f"berechenbar: genau {low[cell]:.0f}")
        )
        found += (
            f"; verraten durch {why} abzüglich der veröffentlichten Zahlen darin" if why else ""
        )
        problems.append(Problem(name, found, "ein Spielraum, wie ihn die Regel verlangt"))
    return problems


def _could_be_enough(low: int, high: int, options: AuditOptions) -> bool:
    """Whether some number in an interval would have the room that the rule asks for."""
    number = np.arange(low, high + 1)
    rule = options.rule
    falls, rises = number - rule.fall(number) >= low, number + rule.rise(number) <= high
    return bool((falls & rises).any())


def audit_files(options: AuditOptions, progress: Progress = silent) -> list[str]:
    """Audit a table and write what was found, also where it is unsafe.

    Returns
    -------
    list of str
        The summary.

    Raises
    ------
    DisclosureError
        The table is unsafe or contradicts itself; with everything found.
    UserError
        See `audit_table`; and where the files cannot be written.
    """
    from atlas.protect_report import audit_page

    refuse_outputs(options.inputs(), [options.out, options.report])
    done = audit_table(options, progress)
    contents = {}
    if options.out is not None:
        contents[options.out] = csv_text(done.intervals(), done.delimiter)
    if options.report is not None:
        contents[options.report] = audit_page(done, options)
    write_together(contents)
    if done.findings:
        raise DisclosureError(
            f"{options.table.name} ist nicht sicher: {len(done.findings)} Befunde.", done.findings
        )
    return summary_of(done)


def summary_of(done: Audited) -> list[str]:
    """What was audited, in a few lines."""
    n = wording.number
    lines = [
        f"{n(done.plain.size)} Zellen, {n(int(done.table.hidden.sum()))} geheim, "
        f"{n(int(done.table.open.sum()))} nicht in der Tabelle",
        "Keine geheime Zahl lässt sich zu genau berechnen.",
    ]
    if not done.table.hidden.any():
        lines[1] = "Keine Zelle ist geheim, und keine kleine Zahl ist gedruckt."
    if done.exact:
        lines.append(f"{n(done.exact)} geheime Zahlen ab der Schwelle sind genau berechenbar.")
    return lines
