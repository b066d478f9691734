"""Which cells to hide: from a task to a pattern, all independent parts at once; see `search`."""

from collections.abc import Callable

import numpy as np

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.carriers import possible_table
from indicators.disclosure.cells import FloatArray
from indicators.disclosure.cores import on_all_cores
from indicators.disclosure.equations import Component, System, split
from indicators.disclosure.part import Part
from indicators.disclosure.search import Clock, Found, Search, worst
from indicators.disclosure.task import Effort, Ended, Pattern, Task

Progress = Callable[[int, int], None]
"""Called with the parts done and all parts."""

_KEPT_FACTOR = 1000.0
"""How much dearer a kept cell is: it is hidden only where nothing else helps."""
_THOROUGH = Effort()


def suppress(task: Task, effort: Effort = _THOROUGH, progress: Progress | None = None) -> Pattern:
    """Hide what is small and what would give it away, losing as little as possible.

    Parameters
    ----------
    task
        The table, what must be protected, and what must stay printed.
    effort
        When to stop looking for a better pattern. Whatever it says, the pattern protects.
    progress
        Called after every part of the table that is independent of the others.

    Returns
    -------
    Pattern
        The cells to hide, with the proven bound.

    Raises
    ------
    DisclosureError
        The numbers contradict the equations.
    """
    _refuse_contradictions(task)
    parts = [p for p in split(task.system, ~task.fixed) if task.primary[p.cells].any()]
    # The longest work first, so that no core waits for it in the end.
    parts.sort(key=lambda part: -int(task.primary[part.cells].sum()))
    hidden = task.primary | task.open
    failed: list[int] = []
    bound = 0.0
    endings: set[Ended] = set()
    clock = Clock(effort)
    results = on_all_cores(lambda part: _suppress_part(task, part, clock), parts, progress)
    for part, found in zip(parts, results, strict=True):
        hidden[part.cells[found.hidden]] = True
        failed += part.cells[found.failed].tolist()
        bound += found.bound
        endings.add(found.ended)
    weight = _weight(task)
    loss = float(weight[hidden & ~task.primary & ~task.open].sum())
    lost = np.array(sorted(set(failed)), dtype=np.int64)
    return Pattern(hidden, lost, loss, min(bound, loss), worst(endings))


def _weight(task: Task) -> FloatArray:
    weight: FloatArray = np.where(task.kept, task.weight * _KEPT_FACTOR, task.weight)
    return weight


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


def _suppress_part(task: Task, component: Component, clock: Clock) -> Found:
    """Protect one independent part; its cells to hide, and those that cannot be protected."""
    cells, equality = component.cells, task.system.equality[component.rows]
    matrix = task.system.matrix[component.rows]
    rest = np.asarray(matrix @ np.where(task.fixed, task.value, 0))
    inner = matrix[:, cells]
    value = possible_table(
        inner, equality, rest, task.value[cells], task.lower[cells], task.blank[cells]
    )
    primary = task.primary[cells]
    if value is None:
        return Found(primary | task.open[cells], np.flatnonzero(primary), 0.0, "optimal")
    slack = -(np.asarray(inner @ value) + rest).astype(np.float64)
    part = Part(
        matrix=inner,
        equality=equality,
        slack=np.where(equality, 0.0, slack),
        down=(value - task.lower[cells]).astype(np.float64),
        given=primary | task.open[cells],
        primary=primary,
        rise=task.rise[cells].copy(),
        fall=task.fall[cells].copy(),
        alone=task.alone[cells],
        never=task.never[cells],
        loose=task.open[cells] & ~primary,
        weight=_weight(task)[cells],
    )
    return Search(part, clock).run()
