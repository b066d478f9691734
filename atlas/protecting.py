"""Protects a plain table of counts: from files to files, nothing written that is not safe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from atlas import wording
from geodata.errors import (
    DisclosureError,
    KeyJoinError,
    OutputError,
    Problem,
    UserError,
)
from geodata.progress import Progress, silent
from indicators.disclosure.audit import AuditReport, audit_cells, refuse_if_unsafe
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.plain import (
    Cost,
    Plain,
    Wishes,
    knowledge_of,
    plain_rule,
    primary_of,
    task_of_plain,
)
from indicators.disclosure.plain_codes import TOTAL
from indicators.disclosure.plain_files import (
    Faults,
    Sheet,
    cell_weights,
    inner_counts,
    listed_cells,
    read_dimensions,
    read_sheet,
    refuse_other_columns,
)
from indicators.disclosure.plain_why import Obstacles
from indicators.disclosure.rule import Rule, Zeros
from indicators.disclosure.suppress import suppress
from indicators.disclosure.task import Effort, Pattern, Task

GAP = 2.0
"""Per cent from the proven best at which the search ends if nothing else is said."""

RESERVED = ("count", "status", "kind", "low", "high", "weight", "bound_low", "bound_high")
"""Names that no dimension can have."""

_NAMED = 20
"""Cells for which the reasons of a failure are worked out."""


@dataclass(frozen=True)
class TableOptions:
    """Which table, and how its codes add up; named as on the command line."""

    table: Path
    dims: str
    threshold: int
    hierarchy: tuple[str, ...] = ()
    zeros: Zeros = "published"
    ignore_insiders: bool = False
    total: str = TOTAL
    delimiter: Literal[",", ";", "tab"] | None = None

    @property
    def mark(self) -> str | None:
        """The delimiter as a character; None where it is to be found out."""
        return "\t" if self.delimiter == "tab" else self.delimiter

    @property
    def names(self) -> list[str]:
        """The dimension columns."""
        return [name.strip() for name in self.dims.split(",") if name.strip()]

    @property
    def files(self) -> list[tuple[str, Path]]:
        """Every hierarchy file with its dimension."""
        pairs = [entry.partition("=") for entry in self.hierarchy]
        return [(name.strip(), Path(path.strip())) for name, _, path in pairs]

    @property
    def rule(self) -> Rule:
        """The primary rule and what a reader may be assumed to know."""
        return plain_rule(self.threshold, self.zeros, insiders=not self.ignore_insiders)


@dataclass(frozen=True, kw_only=True)
class ProtectOptions(TableOptions):
    """What `sozialatlas protect` is asked; named as on the command line."""

    out: Path
    report: Path | None = None
    cost: Cost = "count"
    weights: Path | None = None
    keep: tuple[str, ...] = ()
    secret: Path | None = None
    gap: float = GAP
    seconds: float | None = None
    internal: bool = False

    @property
    def effort(self) -> Effort:
        """How long to look for a better pattern."""
        return Effort(gap=self.gap / 100, seconds=self.seconds)

    def inputs(self) -> list[Path]:
        """Every file that is read."""
        named = [self.table, self.weights, self.secret, *(path for _, path in self.files)]
        return [path for path in named if path is not None]


def protect_options(given: Mapping[str, object]) -> ProtectOptions:
    """Options by their names on the command line."""
    return TypeAdapter(ProtectOptions).validate_python(dict(given))


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


def whole_text(number: FloatArray) -> pd.Series:
    """Whole numbers as text, empty where there is none."""
    return pd.Series(pd.array(number, dtype="Float64")).astype("Int64").astype("str").where(
        np.isfinite(number), ""
    )  # fmt: skip


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
    _refuse_wrong_cost(options)
    progress("Dateien werden gelesen", 0.0)
    plain, value, wishes, delimiter = _read(options)
    rule = options.rule
    progress("Summen werden gebildet", 0.05)
    task = task_of_plain(plain, value, rule, wishes)
    _refuse_small_kept(task)
    _refuse_secret_zeros(task, wishes)
    progress("Zellen werden ausgewählt", 0.1)
    pattern = suppress(task, options.effort, _share(progress, "Zellen werden ausgewählt", 0.1, 0.6))
    _refuse_failed(task, pattern)
    none = np.zeros(plain.size, dtype=np.bool_)
    audit = audit_cells(
        plain.system, knowledge_of(value, pattern.hidden, none, rule), rule, value,
        progress=_share(progress, "Die Auswahl wird unabhängig geprüft", 0.6, 0.95),
    )  # fmt: skip
    low, high = bounds_of(audit, value, pattern.hidden)
    done = Protected(
        plain, rule, task, pattern, audit, primary_of(value, rule), low, high, delimiter
    )
    _refuse_unsafe(done)
    progress("Fertig geprüft", 1.0)
    return done


def _share(progress: Progress, step: str, start: float, end: float) -> "_Share":
    return _Share(progress, step, start, end)


@dataclass(frozen=True)
class _Share:
    """Turns "parts done of all parts" into a share of the whole work."""

    progress: Progress
    step: str
    start: float
    end: float

    def __call__(self, done: int, parts: int) -> None:
        """Tell how far the work is."""
        self.progress(self.step, self.start + (self.end - self.start) * done / max(parts, 1))


def refuse_wrong_options(options: TableOptions, reserved: Sequence[str]) -> None:
    """Raise if dimensions or hierarchies are named wrongly.

    Raises
    ------
    UserError
        With everything that is wrong.
    """
    names, problems = options.names, []
    if not names:
        problems.append(Problem("--dims", "keine Spalte", "Spalten, durch Komma getrennt"))
    for name in sorted({n for n in names if names.count(n) > 1}):
        problems.append(Problem("--dims", f"{name!r} steht mehrfach", "jede Spalte einmal"))
    for name in sorted(set(names) & set(reserved)):
        problems.append(Problem("--dims", f"{name!r} ist schon vergeben", "ein anderer Name"))
    for entry, (name, path) in zip(options.hierarchy, options.files, strict=True):
        if "=" not in entry or not path.name:
            problems.append(Problem("--hierarchy", f"gefunden {entry!r}", "DIMENSION=DATEI"))
        elif name not in names:
            text = f"die Dimension {name!r} steht nicht in --dims"
            problems.append(Problem("--hierarchy", text, ", ".join(names)))
    if options.threshold < 2:
        problems.append(Problem("--threshold", f"gefunden {options.threshold}", "mindestens 2"))
    if not options.total:
        problems.append(Problem("--total", "leer", "ein Schlüssel"))
    if problems:
        raise UserError("Die Angaben des Befehls passen nicht zusammen.", problems)


def _refuse_wrong_cost(options: ProtectOptions) -> None:
    if (options.cost == "weights") != (options.weights is not None):
        problem = Problem(
            "--cost", f"{options.cost}, --weights {options.weights or 'fehlt'}",
            "--cost weights zusammen mit --weights DATEI",
        )  # fmt: skip
        raise UserError("Die Angaben des Befehls passen nicht zusammen.", [problem])


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
    value = np.zeros(0, dtype=np.int64)
    wishes = Wishes(cost=options.cost)
    if plain is not None and sheet is not None:
        value = plain.add_up(inner_counts(sheet, plain, faults))
        wishes = _wishes(plain, options, sheets, faults)
    summary = f"{options.table.name} und die Dateien dazu lassen sich nicht benutzen."
    faults.raise_if_any(summary)
    if plain is None or sheet is None:
        raise UserError(summary)
    return plain, value, wishes, sheet.delimiter


def read_plain(options: TableOptions, sheet: Sheet | None, faults: Faults) -> Plain | None:
    """The cells of a table; None if its hierarchies are faulty."""
    dimensions = read_dimensions(options.names, options.files, sheet, faults, options.total)
    return None if dimensions is None else Plain(dimensions)


def _wishes(
    plain: Plain, options: ProtectOptions, sheets: Mapping[str, Sheet | None], faults: Faults
) -> Wishes:
    secret, weights = sheets.get("secret"), sheets.get("weights")
    return Wishes(
        keep=_kept(plain, options.keep, faults),
        secret=None if secret is None else listed_cells(secret, plain, faults),
        weight=None if weights is None else cell_weights(weights, plain, faults),
        cost=options.cost,
    )


def _kept(plain: Plain, wishes: Sequence[str], faults: Faults) -> BoolArray:
    """The cells that must stay printed: ``region=Total`` or ``region=Total,group=m``."""
    chosen = np.zeros(plain.size, dtype=np.bool_)
    known = {d.name: set(d.codes) for d in plain.dimensions}
    for wish in wishes:
        pairs = [part.partition("=") for part in wish.split(",")]
        codes = {name.strip(): code.strip() for name, _, code in pairs}
        wrong = [n for n, c in codes.items() if c not in known.get(n, ())]
        for name in wrong:
            allowed = "ein Schlüssel dieser Dimension" if name in known else ", ".join(known)
            where = f"--keep {wish}"
            faults.add(
                KeyJoinError, [Problem(where, f"{name}={codes[name]} gibt es nicht", allowed)]
            )
        if not wrong:
            chosen |= plain.choose(codes)
    return chosen


def _refuse_small_kept(task: Task) -> None:
    """Raise if a cell that must stay printed must be hidden."""
    both = np.flatnonzero(task.never & task.primary)
    if len(both):
        problems = [
            Problem(
                task.system.name(int(cell)),
                f"soll nach --keep gedruckt bleiben, ist aber zu verbergen ({task.value[cell]})",
                "--keep enger fassen, zum Beispiel region=Total,group=Total",
            )
            for cell in both
        ]
        raise DisclosureError("Was gedruckt bleiben soll, ist zum Teil selbst geheim.", problems)


def _refuse_secret_zeros(task: Task, wishes: Wishes) -> None:
    """Raise if a 0 is to be secret: zeros are always printed."""
    if wishes.secret is None:
        return
    zeros = np.flatnonzero(wishes.secret & (task.value == 0))
    if len(zeros):
        problems = [
            Problem(task.system.name(int(cell)), "ist 0; Nullen werden gedruckt", "Zahlen über 0")
            for cell in zeros
        ]
        raise DisclosureError("Eine Null lässt sich nicht geheim halten.", problems)


def _refuse_failed(task: Task, pattern: Pattern) -> None:
    """Raise with the cells that cannot be protected and the kept cells that stand against it."""
    if len(pattern.failed):
        raise DisclosureError(
            f"{len(pattern.failed)} Zellen lassen sich nicht schützen. Es wird nichts geschrieben.",
            _obstacle_problems(task, pattern.failed),
        )


def _obstacle_problems(task: Task, cells: IntArray) -> list[Problem]:
    obstacles = Obstacles(task)
    problems = []
    for number, cell in enumerate(cells.tolist()):
        kept = obstacles.of(cell) if number < _NAMED and task.never.any() else cells[:0]
        found, allowed = "nicht zu schützen, solange alle Nullen gedruckt sind", ""
        if len(kept):
            named = "; ".join(task.system.name(int(k)) for k in kept[:_NAMED])
            found = f"nicht zu schützen, solange gedruckt bleibt: {named}"
            allowed = "--keep enger fassen"
        problems.append(Problem(task.system.name(cell), found, allowed))
    return problems


def bounds_of(
    audit: AuditReport, value: IntArray, hidden: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """What any reader can infer of every cell; a printed number is its own bound."""
    low, high = value.astype(np.float64), value.astype(np.float64)
    low[hidden] = audit.intervals["bound_low"].to_numpy(dtype=np.float64, na_value=np.nan)
    high[hidden] = audit.intervals["bound_high"].to_numpy(dtype=np.float64, na_value=np.nan)
    return low, high


def _refuse_unsafe(done: Protected) -> None:
    """Raise if the audit or the wish for secrecy is not fulfilled."""
    task = done.task
    secret = task.primary & ~done.small
    narrow = secret & ~(
        (done.low <= task.value - task.fall)
        & (np.isnan(done.high) | (done.high >= task.value + task.rise))
    )
    problems = [
        Problem(task.system.name(int(c)), f"berechenbar: {done.low[c]:.0f} bis {done.high[c]:.0f}")
        for c in np.flatnonzero(narrow)
    ]
    kept = _kept_against(done)
    failures = (*done.audit.failures, *problems, *kept)
    refuse_if_unsafe(replace(done.audit, failures=failures))


def _kept_against(done: Protected) -> list[Problem]:
    """The kept cells that stand against failures of the audit."""
    task = done.task
    short = task.primary & (
        (done.low > task.value - task.fall) | (done.high < task.value + task.rise)
    )
    if not done.audit.failures or not task.never.any():
        return []
    return _obstacle_problems(task, np.flatnonzero(short))


def summary_of(done: Protected, options: ProtectOptions) -> list[str]:
    """What was done, for whoever ran it: these lines are not for publication."""
    task, pattern = done.task, done.pattern
    n = wording.number
    cells, hidden, primary = done.plain.size, int(done.hidden.sum()), int(task.primary.sum())
    loss = f"{n(pattern.loss)} {loss_words(options.cost)} zusätzlich geheim"
    return [
        f"{n(cells)} Zellen, {n(primary)} selbst zu schützen, {n(hidden)} geheim insgesamt",
        f"{loss}; {bound_words(pattern)}",
        "Unabhängig geprüft: keine geheime Zahl lässt sich zu genau berechnen.",
    ]


def loss_words(cost: Cost) -> str:
    """What is counted as lost."""
    return {"count": "Fälle", "cell": "Zellen", "weights": "Gewicht"}[cost]


def bound_words(pattern: Pattern) -> str:
    """What is proven about the loss, and how the search ended."""
    n = wording.number
    if pattern.loss <= pattern.bound:
        return "bewiesen: weniger geht nicht"
    proven = (
        f"bewiesen nötig sind {n(pattern.bound)} (Abstand {wording.percent(100 * pattern.gap)})"
    )
    if pattern.bound <= 0:
        proven = "wie wenig nötig wäre, wurde nicht bewiesen"
    return f"{proven}; {ended_words(pattern)}"


def ended_words(pattern: Pattern) -> str:
    """How the search ended, in plain words."""
    return {
        "optimal": "die Suche ist zu Ende gerechnet",
        "gap": "die Suche endete beim gewünschten Abstand",
        "limit": "die Suche endete nach der vorgegebenen Arbeit",
        "time": "die Suche endete nach der vorgegebenen Zeit, ein neuer Lauf kann anders ausgehen",
        "stopped": "die Suche wurde abgebrochen, ein neuer Lauf kann anders ausgehen",
    }[pattern.ended]


def protect_files(options: ProtectOptions, progress: Progress = silent) -> list[str]:
    """Protect a table and write it, with its report if wished; both or neither.

    Returns
    -------
    list of str
        The summary for whoever ran it.

    Raises
    ------
    UserError
        See `protect_table`; and where the files cannot be written.
    """
    from atlas.protect_report import protect_page

    refuse_outputs(options.inputs(), [options.out, options.report])
    done = protect_table(options, progress)
    table = done.internal_table() if options.internal else done.public_table()
    contents = {options.out: csv_text(table, done.delimiter)}
    if options.report is not None:
        contents[options.report] = protect_page(done, options)
    write_together(contents)
    return summary_of(done, options)


def csv_text(table: pd.DataFrame, delimiter: str) -> str:
    """A table of texts as CSV."""
    return str(table.to_csv(index=False, sep=delimiter, lineterminator="\n"))


def refuse_outputs(inputs: Sequence[Path], outputs: Sequence[Path | None]) -> None:
    """Raise if a result would replace a file that is read, another result, or a folder.

    Raises
    ------
    OutputError
        At least one would.
    """
    named = [path for path in outputs if path is not None]
    places = [path.resolve() for path in named]
    read = {path.resolve() for path in inputs}
    problems = []
    for path, place in zip(named, places, strict=True):
        if place in read:
            problems.append(Problem(str(path), "wird gelesen", "ein anderer Name"))
        if places.count(place) > 1:
            problems.append(Problem(str(path), "ist zweimal genannt", "zwei Namen"))
        if path.is_dir():
            problems.append(Problem(str(path), "ist ein Ordner", "eine Datei"))
    if problems:
        raise OutputError("Das Ergebnis lässt sich dort nicht schreiben.", problems)


def write_together(contents: Mapping[Path, str]) -> None:
    """Write files under other names first and rename them last, so that none is half there.

    Raises
    ------
    OutputError
        One cannot be written; then none is.
    """
    scratch = {path: path.with_name(f".{path.name}.teil") for path in contents}
    path = next(iter(contents), Path())
    try:
        for path, text in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            scratch[path].write_text(text, encoding="utf-8", newline="")
        for path, part in scratch.items():
            part.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path} kann nicht geschrieben werden: {reason}.") from error
    finally:
        for part in scratch.values():
            part.unlink(missing_ok=True)
