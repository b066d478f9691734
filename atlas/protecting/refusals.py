"""Why a table cannot be protected as wished, with the cells and what stands against them."""

from dataclasses import replace

import numpy as np

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.audit import AuditReport, refuse_if_unsafe
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.plain import Wishes
from indicators.disclosure.plain_why import Obstacles
from indicators.disclosure.task import Pattern, Task

Ends = tuple[FloatArray, FloatArray]
"""Smallest and largest number of each cell, NaN where nothing bounds it."""

_NAMED = 20
"""Cells for which the reasons of a failure are worked out."""


def refuse_small_kept(task: Task) -> None:
    """Raise if a cell that must stay printed must be hidden."""
    both = np.flatnonzero(task.never & task.primary)
    if len(both):
        problems = [
            Problem(
                task.system.name(int(cell)),
                f"soll nach --keep gedruckt bleiben, ist aber zu verbergen ({task.value[cell]})",
                "--keep enger fassen",
            )
            for cell in both
        ]
        raise DisclosureError("Was gedruckt bleiben soll, ist zum Teil selbst geheim.", problems)


def refuse_secret_zeros(task: Task, wishes: Wishes) -> None:
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


def refuse_failed(task: Task, pattern: Pattern) -> None:
    """Raise with the cells that cannot be protected and the kept cells that stand against it."""
    if len(pattern.failed):
        raise DisclosureError(
            f"{_some_cells(len(pattern.failed))} nicht schützen. Es wird nichts geschrieben.",
            _obstacle_problems(task, pattern.failed),
        )


def _some_cells(count: int) -> str:
    return "Eine Zelle lässt sich" if count == 1 else f"{count} Zellen lassen sich"


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


def refuse_unsafe(task: Task, small: BoolArray, audit: AuditReport, ends: Ends) -> None:
    """Raise if the audit, or a person's wish for secrecy, is not fulfilled.

    Parameters
    ----------
    small
        Shape (cells,): the counts that the audit judges by the rule.
    ends
        What any reader can infer of each cell.

    Raises
    ------
    DisclosureError
        With the cells, and the kept cells that stand against them.
    """
    low, high = ends
    short = task.primary & ((low > task.value - task.fall) | (high < task.value + task.rise))
    problems = [
        Problem(task.system.name(c), f"berechenbar: {low[c]:.0f} bis {high[c]:.0f}")
        for c in np.flatnonzero(short & ~small).tolist()
    ]
    failures = [*audit.failures, *problems]
    if failures and task.never.any():
        failures += _obstacle_problems(task, np.flatnonzero(short))
    refuse_if_unsafe(replace(audit, failures=tuple(failures)))
