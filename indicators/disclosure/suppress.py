"""Which cells to hide: from a task to a pattern, one independent part after the other.

A pattern is proposed (`master`), every small number is tried to be moved within it
(`movement`), and each one that is stuck adds the condition that holds it fast (`blocking`).
When nothing is stuck, the proposal is the best pattern there is, or as close to it as its
proven bound says. Where a limit ends the search earlier, the pattern is completed by the
cheapest changes (`carriers`), so that it protects all the same.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.blocking import blocking_cut
from indicators.disclosure.carriers import Carrier, possible_table
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.equations import Component, System, split
from indicators.disclosure.master import Choice, Cut, Limits, Solution, solve
from indicators.disclosure.part import Need, Part
from indicators.disclosure.task import Effort, Ended, Pattern, Task
from indicators.disclosure.trial import Trial

Progress = Callable[[int, int], None]
"""Called with the parts done and all parts."""

_KEPT_FACTOR = 1000.0
"""How much dearer a kept cell is: it is hidden only where nothing else helps."""
_UNIT_COST = 0.01
"""Price of moving a hidden cell by one: small, so that changes stay short and whole."""
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
    hidden = task.primary | task.open
    failed: list[int] = []
    bound = 0.0
    endings: set[Ended] = set()
    clock = Clock(effort)
    for number, part in enumerate(parts):
        found = _suppress_part(task, part, clock)
        hidden[part.cells[found.hidden]] = True
        failed += part.cells[found.failed].tolist()
        bound += found.bound
        endings.add(found.ended)
        if progress:
            progress(number + 1, len(parts))
    weight = _weight(task)
    loss = float(weight[hidden & ~task.primary & ~task.open].sum())
    lost = np.array(sorted(set(failed)), dtype=np.int64)
    return Pattern(hidden, lost, loss, min(bound, loss), _worst(endings))


_ORDER: tuple[Ended, ...] = ("stopped", "time", "limit", "gap", "optimal")


def _worst(endings: set[Ended]) -> Ended:
    return next((e for e in _ORDER if e in endings), "optimal")


class Clock:
    """Whether there is time and work left; the work is counted, so that it is repeatable."""

    def __init__(self, effort: Effort) -> None:
        self.effort = effort
        self._end = None if effort.seconds is None else time.monotonic() + effort.seconds

    @property
    def left(self) -> float | None:
        """Seconds left, or None where no clock limits the search."""
        return None if self._end is None else self._end - time.monotonic()

    @property
    def over(self) -> Ended | None:
        """Why the search must end now, or None."""
        if self.effort.stop is not None and self.effort.stop():
            return "stopped"
        return "time" if self.left is not None and self.left <= 0 else None

    @property
    def limits(self) -> Limits:
        """Limits of the next program."""
        return Limits(self.effort.gap, self.effort.nodes, self.left)


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


@dataclass(frozen=True)
class _Found:
    """The result for one part, in its own numbering of cells."""

    hidden: BoolArray
    failed: IntArray
    bound: float
    ended: Ended


def _suppress_part(task: Task, component: Component, clock: Clock) -> _Found:
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
        return _Found(primary | task.open[cells], np.flatnonzero(primary), 0.0, "optimal")
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
    return _Search(part, clock).run()


class _Search:
    """Proposes, tries, and learns what holds small numbers fast, until nothing is stuck."""

    def __init__(self, part: Part, clock: Clock) -> None:
        self.part = part
        self._clock = clock
        self._carrier = Carrier(part.matrix, part.equality, part.slack, part.down)
        self._needs = _needs_of(part)
        self._excused: set[Need] = set()
        self._failed: set[int] = set()
        self._group = _groups(part)
        self._cuts: list[tuple[Need, Cut]] = []
        self._solved: dict[int, Solution] = {}

    def run(self) -> _Found:
        """Search until nothing is stuck or a limit is reached."""
        for _ in range(self._clock.effort.rounds):
            hidden = self._propose()
            stuck = self._stuck(hidden)
            over = self._clock.over
            if not stuck or over:
                return self._finish(hidden, stuck, over)
            self._learn(hidden, stuck)
        hidden = self._propose()
        return self._finish(hidden, self._stuck(hidden), "limit")

    def _propose(self) -> BoolArray:
        """The best pattern by all conditions so far; only what changed is solved anew."""
        part, hidden = self.part, self.part.given.copy()
        for group in np.unique(self._group).tolist():
            cells = np.flatnonzero(self._group == group)
            if group not in self._solved:
                self._solved[group] = self._solve(cells)
            hidden[cells[self._solved[group].hidden]] = True
        return hidden | part.given

    def _solve(self, cells: IntArray) -> Solution:
        part = self.part
        if not part.primary[cells].any():
            return Solution(part.given[cells], 0.0, "optimal")
        inner = part.matrix[:, cells]
        rows = np.flatnonzero((np.diff(inner.indptr) > 0) & part.equality)
        own = set(cells.tolist())
        choice = Choice(
            matrix=inner[rows],
            must=part.given[cells],
            may=part.may[cells],
            loose=part.loose[cells],
            weight=part.weight[cells],
            down=part.down[cells],
            needs=tuple(
                (int(np.searchsorted(cells, n.cell)), n.move) for n in self._needs if n.cell in own
            ),
            alone=part.alone[cells],
        )
        cuts = [
            Cut(np.searchsorted(cells, cut.cells), cut.factors, cut.least)
            for _, cut in self._cuts
            if len(cut.cells) and int(cut.cells[0]) in own
        ]
        return solve(choice, cuts, self._clock.limits)

    def _stuck(self, hidden: BoolArray) -> list[Need]:
        trial = Trial(self.part, hidden)
        stuck = trial.stuck(self._needs)
        if self.part.alone.any():
            lost = {need.cell for need in stuck}
            moving = [n for n in self._needs if n.cell not in lost]
            stuck += [n for n in trial.stuck_for_insiders(moving) if n not in self._excused]
        return stuck

    def _learn(self, hidden: BoolArray, stuck: list[Need]) -> None:
        """Add what holds each stuck need fast; give up on those that nothing helps."""
        part = self.part
        for need in stuck:
            cut = blocking_cut(part, hidden, need)
            if cut.factors[~part.never[cut.cells]].sum() < cut.least - 1e-9:
                self._give_up(need)
                continue
            self._cuts.append((need, cut))
            self._renew(cut.cells)

    def _renew(self, cells: IntArray) -> None:
        """Solve the groups of these cells again, and as one from now on."""
        groups = np.unique(self._group[cells]).tolist()
        for group in groups:
            self._solved.pop(group, None)
        self._group[np.isin(self._group, groups)] = groups[0]

    def _give_up(self, need: Need) -> None:
        """Excuse what printed zeros alone make impossible; anything else is a failure.

        Where public numbers alone keep a cell below the threshold, one more must do.
        """
        every = np.ones(len(self.part.given), dtype=np.bool_)
        if self._carrier.can_move(need.cell, need.move, every, need.frozen):
            self._failed.add(need.cell)
        self._excused.add(need)
        self._needs = [n for n in self._needs if n != need]
        if need.frozen < 0 and need.move > 1 and need.cell not in self._failed:
            self._needs.append(Need(need.cell, 1))
        self._cuts = [(n, cut) for n, cut in self._cuts if n != need]
        self._renew(np.array([need.cell]))

    def _finish(self, hidden: BoolArray, stuck: list[Need], over: Ended | None) -> _Found:
        """Complete the pattern by the cheapest changes where a limit ended the search."""
        part = self.part
        for need in stuck:
            cost = np.where(hidden, _UNIT_COST, part.weight)
            movable = hidden | part.may
            change = self._carrier.find(need.cell, need.move, cost, movable, need.frozen)
            if change is None:
                self._give_up(need)
            else:
                hidden[change.cells] = True
        bound = sum(s.bound for s in self._solved.values())
        endings = {s.ended for s in self._solved.values()} | ({over} if over else set())
        failed = np.array(sorted(self._failed), dtype=np.int64)
        return _Found(hidden, failed, bound, _worst(endings))


def _needs_of(part: Part) -> list[Need]:
    """What readers outside must leave possible: for every small cell up, and mostly down."""
    found = []
    for cell in np.flatnonzero(part.primary).tolist():
        if part.fall[cell] > 0:
            found.append(Need(cell, -int(part.fall[cell])))
        if part.rise[cell] > 0:
            found.append(Need(cell, int(part.rise[cell])))
    return found


def _groups(part: Part) -> IntArray:
    """Cells that equations connect; inequalities rarely bind, so they come in by conditions."""
    rows = part.matrix[np.flatnonzero(part.equality)]
    graph = sparse.block_array([[None, rows], [rows.T, None]], format="csr")
    _, label = csgraph.connected_components(graph, directed=False)
    group: IntArray = label[rows.shape[0] :].astype(np.int64)
    return group
