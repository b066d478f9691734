"""Which cells to hide: from a task to a pattern, one independent part after the other."""

from collections.abc import Callable

import numpy as np

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.carriers import Carrier, possible_table
from indicators.disclosure.cells import IntArray
from indicators.disclosure.equations import Component, System, split
from indicators.disclosure.search import Part, Search
from indicators.disclosure.task import Effort, Pattern, Task

Progress = Callable[[int, int], None]
"""Called with the parts done and all parts."""

_THOROUGH = Effort()


def suppress(task: Task, effort: Effort = _THOROUGH, progress: Progress | None = None) -> Pattern:
    """Hide what is small and what would give it away, losing as little as possible.

    Raises
    ------
    DisclosureError
        The numbers contradict the equations.
    """
    _refuse_contradictions(task)
    parts = [p for p in split(task.system, ~task.fixed) if task.primary[p.cells].any()]
    hidden = task.primary | task.open
    failed: list[int] = []
    for number, part in enumerate(parts):
        cells, lost = _suppress_part(task, part)
        hidden[cells] = True
        failed += lost
        if progress:
            progress(number + 1, len(parts))
    loss = float(task.weight[hidden & ~task.primary & ~task.open].sum())
    return Pattern(hidden, np.array(sorted(set(failed)), dtype=np.int64), loss, 0.0, "limit")


def _refuse_contradictions(task: Task) -> None:
    """Raise if the known numbers do not fulfil the equations: an area is not its parts."""
    system: System = task.system
    value = np.where(task.blank, 0, task.value)
    unknown = np.asarray(np.abs(system.matrix) @ task.blank.astype(np.int64)) > 0
    balance = np.asarray(system.matrix @ value)
    wrong = np.flatnonzero(~unknown & ((balance > 0) | (system.equality & (balance != 0))))
    if len(wrong):
        problems = [
            Problem(system.reason(int(r)), f"Teile minus Summe = {balance[r]}", "0")
            for r in wrong[:50]
        ]
        raise DisclosureError(
            f"{len(wrong)} Summen stimmen nicht mit ihren Teilen überein; "
            "ohne stimmige Summen lässt sich nichts sicher schützen.",
            problems,
        )


def _suppress_part(task: Task, part: Component) -> tuple[IntArray, list[int]]:
    """Protect one independent part; the cells to hide, and those that cannot be protected."""
    cells, equality = part.cells, task.system.equality[part.rows]
    matrix = task.system.matrix[part.rows]
    rest = np.asarray(matrix @ np.where(task.fixed, task.value, 0))
    inner = matrix[:, cells]
    value = possible_table(
        inner, equality, rest, task.value[cells], task.lower[cells], task.blank[cells]
    )
    if value is None:
        return cells[:0], cells[task.primary[cells]].tolist()
    slack = -(np.asarray(inner @ value) + rest).astype(np.float64)
    carrier = Carrier(inner, equality, slack, (value - task.lower[cells]).astype(np.float64))
    search = Search(
        Part(
            value=value,
            primary=task.primary[cells],
            open=task.open[cells],
            kept=task.kept[cells],
            never=task.never[cells],
            weight=task.weight[cells],
            rise=_rises(carrier, task, cells),
        ),
        carrier,
    )
    search.run()
    search.tidy()
    return cells[search.hidden], cells[search.failed].tolist()


def _rises(carrier: Carrier, task: Task, cells: IntArray) -> IntArray:
    """By how much each small cell must be able to rise: where possible, to the threshold.

    Where public numbers alone keep it below, one more than the true number must do.
    """
    rise = np.maximum(1, task.rise[cells])
    for cell in np.flatnonzero(task.primary[cells] & (rise > 1)):
        if not carrier.can_move(int(cell), int(rise[cell])):
            rise[cell] = 1
    return rise
