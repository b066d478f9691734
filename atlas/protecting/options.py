"""What `sozialatlas protect` and `sozialatlas audit` are asked, named as on the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from geodata.errors import Problem, UserError
from indicators.disclosure.plain import Cost, plain_rule
from indicators.disclosure.plain_codes import TOTAL
from indicators.disclosure.rule import Rule, Zeros
from indicators.disclosure.task import Effort

GAP = 1.0
"""Per cent from the proven best at which the search ends if nothing else is said."""
SECONDS = 0.0
"""Seconds after which the search ends if nothing else is said; 0 is no limit."""
_PATIENT = 1000
"""Rounds without progress that a thorough search bears."""
_ENDLESS = 10**9


@dataclass(frozen=True)
class TableOptions:
    """Which table, and how its codes add up; named as on the command line."""

    table: Path
    dims: str
    threshold: int
    hierarchy: tuple[str, ...] = ()
    zeros: Zeros = "published"
    insiders: bool | None = None
    total: str = TOTAL
    delimiter: Literal[",", ";", "tab"] | None = None

    @property
    def label(self) -> str:
        """The table as messages name it."""
        return self.table.name or str(self.table)

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
        insiders = self.zeros == "published" if self.insiders is None else self.insiders
        return plain_rule(self.threshold, self.zeros, insiders=insiders)


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
    seconds: float = SECONDS
    thorough: bool = False
    internal: bool = False

    @property
    def effort(self) -> Effort:
        """How long to look for a better pattern."""
        found = Effort(gap=self.gap / 100, seconds=self.seconds or None)
        return (
            replace(found, rounds=_PATIENT, patience=_PATIENT, nodes=_ENDLESS, work=_ENDLESS)
            if self.thorough
            else found
        )

    def inputs(self) -> list[Path]:
        """Every file that is read."""
        named = [self.table, self.weights, self.secret, *(path for _, path in self.files)]
        return [path for path in named if path is not None]


def protect_options(given: Mapping[str, object]) -> ProtectOptions:
    """Options by their names on the command line."""
    return TypeAdapter(ProtectOptions).validate_python(dict(given))


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


def refuse_wrong_cost(options: ProtectOptions) -> None:
    """Raise if weights are given and not wanted, or wanted and not given.

    Raises
    ------
    UserError
        They are.
    """
    if (options.cost == "weights") != (options.weights is not None):
        problem = Problem(
            "--cost", f"{options.cost}, --weights {options.weights or 'fehlt'}",
            "--cost weights zusammen mit --weights DATEI",
        )  # fmt: skip
        raise UserError("Die Angaben des Befehls passen nicht zusammen.", [problem])
