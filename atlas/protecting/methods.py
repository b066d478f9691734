"""The ways in which `sozialatlas protect` protects, and which options belong to which."""

from collections.abc import Mapping

import numpy as np

from atlas import wording
from atlas.outputs import refuse_outputs
from atlas.protecting.altered import Altered, AlterOptions, alter_options, alter_table
from atlas.protecting.altered_page import altered_page
from atlas.protecting.commands import protect_files
from atlas.protecting.options import GAP, SECONDS, protect_options
from atlas.protecting.output import write_outcome
from geodata.errors import Problem, UserError
from geodata.progress import Progress, silent

_ONLY: Mapping[str, tuple[Mapping[str, object], tuple[str, ...]]] = {
    "suppress": (
        {"cost": "count", "weights": None, "secret": None, "gap": GAP, "seconds": SECONDS,
         "thorough": False, "zeros": "published", "insiders": None},
        ("suppress",),
    ),
    "round": ({"base": None}, ("round",)),
    "key": ({"key_file": None}, ("round", "perturb")),
    "noise": ({"deviation": None, "variance": None, "forbidden": None}, ("perturb",)),
}  # fmt: skip
"""Options with what they are where nothing is said, and the methods that they belong to."""


def protect_by_method(given: Mapping[str, object], progress: Progress = silent) -> list[str]:
    """Protect a table as the command line says; see `protect_files` and `alter_files`.

    Returns
    -------
    list of str
        The summary for whoever ran it.

    Raises
    ------
    UserError
        An option belongs to another method; or see the two.
    """
    method = str(given["method"])
    _refuse_foreign(given, method)
    known = {
        name: value
        for name, value in given.items()
        if not any(name in names and method not in of for names, of in _ONLY.values())
    }
    if method == "suppress":
        known.pop("method")
        return protect_files(protect_options(known), progress)
    return alter_files(alter_options(known), progress)


def alter_files(options: AlterOptions, progress: Progress = silent) -> list[str]:
    """Round or perturb a table and write it, with its report if wished; both or neither.

    Raises
    ------
    UserError
        See `alter_table`; and where the files cannot be written.
    """
    refuse_outputs(options.inputs(), [options.out, options.report])
    done = alter_table(options, progress)
    page = None if options.report is None else altered_page(done, options)
    write_outcome(done, options.out, options.internal, options.report, page)
    return _summary(done)


def _summary(done: Altered) -> list[str]:
    """What was done, for whoever ran it: these lines are not for publication."""
    n = wording.number
    moved = int(np.abs(done.done.number - done.value).sum())
    return [
        f"{n(done.plain.size)} Zellen, {n(int(done.small.sum()))} selbst zu schützen, "
        f"zusammen um {n(moved)} verändert",
        *done.done.how,
        "Nachgerechnet: keine kleine Zahl lässt sich genau berechnen.",
    ]


def _refuse_foreign(given: Mapping[str, object], method: str) -> None:
    problems = [
        Problem(
            f"--{name.replace('_', '-')}",
            f"gilt nicht für --method {method}",
            " oder ".join(f"--method {m}" for m in of),
        )
        for usual, of in _ONLY.values()
        for name, value in usual.items()
        if method not in of and given.get(name, value) != value
    ]
    if problems:
        raise UserError("Die Angaben des Befehls passen nicht zusammen.", problems)
