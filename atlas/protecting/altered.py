"""From a table of true counts to one that is rounded or perturbed; nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from atlas.protecting.options import TableOptions, refuse_wrong_options
from atlas.protecting.protected import RESERVED, kept_cells
from atlas.protecting.tables import read_plain, whole_text
from geodata.errors import DisclosureError, Problem, UserError
from geodata.progress import Progress, silent
from indicators.disclosure import protected as methods
from indicators.disclosure.cells import BoolArray, IntArray
from indicators.disclosure.keys import read_key
from indicators.disclosure.perturb import Noise
from indicators.disclosure.plain import Plain, primary_of
from indicators.disclosure.plain_files import (
    Faults,
    read_sheet,
    refuse_other_columns,
    true_counts,
)
from indicators.disclosure.rounding import BASES


@dataclass(frozen=True, kw_only=True)
class AlterOptions(TableOptions):
    """What `sozialatlas protect` is asked with ``--method round`` or ``perturb``."""

    method: methods.Method
    out: Path
    report: Path | None = None
    keep: tuple[str, ...] = ()
    internal: bool = False
    base: int | None = None
    key_file: Path | None = None
    deviation: int | None = None
    variance: float | None = None
    forbidden: int | None = None

    def inputs(self) -> list[Path]:
        """Every file that is read."""
        named = [self.table, self.key_file, *(path for _, path in self.files)]
        return [path for path in named if path is not None]

    @property
    def how(self) -> methods.Options:
        """The wishes with what holds where nothing was said.

        Raises
        ------
        FileMissingError, DisclosureError
            The key cannot be read or is too short, or such noise does not exist.
        """
        usual = Noise()
        noise = Noise(
            usual.deviation if self.deviation is None else self.deviation,
            usual.variance if self.variance is None else self.variance,
            usual.forbidden if self.forbidden is None else self.forbidden,
        )
        key = None if self.key_file is None else read_key(self.key_file)
        base = methods.Options().base if self.base is None else self.base
        return methods.Options(base=base, key=key, noise=noise)


def alter_options(given: Mapping[str, object]) -> AlterOptions:
    """Options by their names on the command line."""
    return TypeAdapter(AlterOptions).validate_python(dict(given))


@dataclass(frozen=True)
class Altered:
    """A rounded or perturbed table.

    Parameters
    ----------
    plain
        Its cells and sums.
    value
        Shape (cells,): the true numbers.
    small
        Shape (cells,): those below the threshold.
    exact
        Shape (cells,): printed as they are.
    done
        What is printed, and what can be inferred of small numbers.
    delimiter
        Of the table that was read.
    """

    plain: Plain
    value: IntArray
    small: BoolArray
    exact: BoolArray
    done: methods.Protected
    delimiter: str

    def public_table(self) -> pd.DataFrame:
        """Every cell of every level: codes, ``count`` as text, ``status``."""
        count = pd.Series(self.done.number).astype("str")
        return self.plain.cells.assign(count=count, status=self.done.status)

    def internal_table(self) -> pd.DataFrame:
        """The public table with ``kind``, and ``low`` and ``high`` of small numbers."""
        return self.public_table().assign(
            kind=np.where(self.small, "primary", ""),
            low=whole_text(self.done.low),
            high=whole_text(self.done.high),
        )


def alter_table(options: AlterOptions, progress: Progress = silent) -> Altered:
    """Read a table, round or perturb it, and compute what remains of it for a reader.

    Raises
    ------
    FileMissingError, TableError, KeyJoinError
        Everything that is wrong with the files, at once.
    UserError
        The options contradict each other.
    DisclosureError
        The wish cannot be fulfilled, or a small number could still be computed.
    """
    refuse_wrong_options(options, RESERVED)
    _refuse_wrong_wishes(options)
    progress("Dateien werden gelesen", 0.0)
    how = options.how
    plain, value, exact, delimiter = _read(options)
    small = primary_of(value, options.rule)
    _refuse_small_exact(plain, value, small & exact)
    progress("Zahlen werden verändert und geprüft", 0.1)
    done = methods.protect_by(options.method, plain.system, value, options.rule, how, exact=exact)
    progress("Fertig geprüft", 1.0)
    return Altered(plain, value, small, exact, done, delimiter)


def _refuse_wrong_wishes(options: AlterOptions) -> None:
    """Raise if there is no such base, or no key where one is needed."""
    problems = []
    if options.base is not None and options.base not in BASES:
        allowed = ", ".join(map(str, BASES))
        problems.append(Problem("--base", f"gefunden {options.base}", allowed))
    if options.method == "perturb" and options.key_file is None:
        text = "fehlt; --method perturb braucht einen geheimen Schlüssel"
        problems.append(Problem("--key-file", text, "eine Datei mit dem Schlüssel"))
    if problems:
        raise UserError("Die Angaben des Befehls passen nicht zusammen.", problems)


def _read(options: AlterOptions) -> tuple[Plain, IntArray, BoolArray, str]:
    """Read every file; one error with all that is wrong in any of them."""
    faults, names = Faults(), options.names
    sheet = read_sheet(options.table, [*names, "count"], faults, options.mark)
    if sheet is not None:
        refuse_other_columns(sheet, [*names, "count"], faults)
    plain = read_plain(options, sheet, faults)
    value = None if sheet is None else true_counts(sheet, plain, faults)
    exact = None if plain is None else kept_cells(plain, options.keep, faults)
    summary = f"{options.label} und die Dateien dazu lassen sich nicht benutzen."
    faults.raise_if_any(summary)
    if plain is None or sheet is None or value is None or exact is None:
        raise UserError(summary)
    return plain, value, exact, sheet.delimiter


def _refuse_small_exact(plain: Plain, value: IntArray, both: BoolArray) -> None:
    """Raise if a small number is to be printed as it is."""
    if both.any():
        raise DisclosureError(
            "Was genau bleiben soll, ist zum Teil selbst zu schützen.",
            [
                Problem(
                    plain.system.name(int(cell)),
                    f"soll nach --keep genau bleiben, ist aber klein ({value[cell]})",
                    "--keep enger fassen",
                )
                for cell in np.flatnonzero(both)
            ],
        )
