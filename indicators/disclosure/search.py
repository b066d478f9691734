"""The search for the best pattern of one independent part of a table.

A pattern is proposed (`master`), every small number is tried to be moved within it
(`trial`), and each one that is stuck adds the condition that holds it fast (`blocking`).
When nothing is stuck, the proposal is the best pattern there is, or as close to it as its
proven bound says. Where a limit ends the search earlier, the pattern is completed by the
cheapest changes (`carriers`), so that it protects all the same.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indicators.disclosure.blocking import Blocking
from indicators.disclosure.cells import BoolArray, IntArray
from indicators.disclosure.connected import labels
from indicators.disclosure.master import Choice, Cut, Limits, Solution, solve
from indicators.disclosure.movement import Change
from indicators.disclosure.near_carrier import NearCarrier
from indicators.disclosure.part import Need, Part
from indicators.disclosure.task import Effort, Ended
from indicators.disclosure.trial import Trial

_UNIT_COST = 0.01
"""Price of moving a hidden cell by one: small, so that changes stay short and whole."""
_FEW = 0.005
"""Share of stuck needs, or of the bound gained, from which on fractions teach too little."""
_LITTLE = 0.01
"""A gain of bound and loss below this share is no progress worth the name."""
_COARSE = 0.2
"""Share of the gap still open to which a proposal is solved."""
_BESIDE = 6
"""For so many cells of a way out it is learned what holds fast without them alone."""
_PROVEN = 1e-9
"""A loss this close to its bound, as a share, is the smallest one: the rest is rounding."""

_ORDER: tuple[Ended, ...] = ("stopped", "time", "limit", "gap", "optimal")


def worst(endings: set[Ended]) -> Ended:
    """The least of several ways in which searches ended."""
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

    def limits(self, gap: float) -> Limits:
        """Limits of the next program."""
        return Limits(gap, self.effort.nodes, self.left)


@dataclass(frozen=True)
class Found:
    """The result for one part, in its own numbering of cells."""

    hidden: BoolArray
    failed: IntArray
    bound: float
    ended: Ended


@dataclass(frozen=True)
class _Freed:
    """The cells of the cheapest ways out of being stuck, and the needs that have none."""

    ways: dict[Need, IntArray]
    lost: list[Need]


@dataclass(frozen=True)
class _Tried:
    """What is stuck in a pattern, and the changes that serve everything else."""

    stuck: list[Need]
    changes: list[Change]


def _with(hidden: BoolArray, freed: _Freed) -> BoolArray:
    """A pattern with all ways out hidden as well."""
    complete = hidden.copy()
    for way in freed.ways.values():
        complete[way] = True
    return complete


class Search:
    """Proposes, tries, and learns what holds small numbers fast, until nothing is stuck."""

    def __init__(self, part: Part, clock: Clock) -> None:
        self.part = part
        self._clock = clock
        self._carrier = NearCarrier(part.matrix, part.equality, part.slack, part.down)
        self._needs = _needs_of(part)
        self._excused: set[Need] = set()
        self._failed: set[int] = set()
        self._group = _groups(part)
        self._cuts: list[tuple[Need, Cut]] = []
        self._solved: dict[int, Solution] = {}
        self._whole = self._fine = False
        self._work = 0
        self._bound, self._last = 0.0, -1.0
        self._best = part.given | part.may
        self._changes: list[Change] = []
        self._course: list[tuple[float, float]] = []

    def run(self) -> Found:
        """Search until nothing is stuck, the loss is proven close enough, or a limit is met."""
        for _ in range(self._clock.effort.rounds):
            hidden = self._propose()
            stuck = self._stuck(hidden)
            over = self._clock.over
            if over or (not stuck and self._whole and self._fine):
                return self._finish(hidden, stuck, over)
            freed = self._free(hidden, stuck)
            if self._whole and self._is_close(hidden, freed):
                return self._finish(self._best, [], "gap")
            if self._is_stalled():
                return self._finish(hidden, stuck, "limit")
            self._learn(hidden, freed)
            if not self._whole and self._taught_enough(stuck):
                if not self._clock.effort.patience:
                    break
                self._is_close(hidden, freed)
                self._demand_whole()
            elif self._whole and not stuck:
                self._fine = True
                self._forget_rounded()
        hidden = self._propose()
        return self._finish(hidden, self._stuck(hidden), "limit")

    def _is_close(self, hidden: BoolArray, freed: _Freed) -> bool:
        """Whether the best completed pattern so far is proven to be within the gap."""
        if not freed.lost:
            self._complete(_with(hidden, freed))
        loss = self._loss(self._best)
        return loss - self._bound <= self._clock.effort.gap * loss

    def _is_stalled(self) -> bool:
        """Whether the last rounds brought hardly a better pattern or bound, or all work is done."""
        if not self._whole:
            return False
        if self._work > self._clock.effort.work:
            return True
        self._course.append((self._bound, self._loss(self._best)))
        patience = self._clock.effort.patience
        if len(self._course) <= patience:
            return False
        (bound, loss), (last_bound, last_loss) = self._course[-1 - patience], self._course[-1]
        return last_bound - bound <= _LITTLE * bound and loss - last_loss <= _LITTLE * loss

    def _complete(self, hidden: BoolArray) -> BoolArray:
        """Make a pattern protect in whole numbers and for insiders; keep the best so far."""
        tried = self._improve(hidden)
        if tried.stuck:
            hidden, changes = self._free_whole(hidden, tried)
            self._improve(hidden, changes)
        return hidden

    def _improve(self, hidden: BoolArray, chosen: Sequence[Change] = ()) -> "_Tried":
        """Keep of a pattern that protects what its changes use, if that is the best so far.

        Parameters
        ----------
        chosen
            Changes within the pattern that are used in any case.

        Returns
        -------
        _Tried
            Where something is stuck the pattern does not protect.
        """
        part = self.part
        price = np.where(part.given, _UNIT_COST, part.weight)
        free = [c for c in self._changes if part.given[c.cells].all()]
        trial = Trial(part, hidden, price, [*free, *chosen])
        stuck = self._unserved(trial)
        used = trial.used | part.given
        if not stuck and self._loss(used) < self._loss(self._best):
            self._best = used
        return _Tried(stuck, trial.changes)

    def _loss(self, hidden: BoolArray) -> float:
        return float(self.part.weight[hidden & ~self.part.given].sum())

    def _free(self, hidden: BoolArray, stuck: list[Need]) -> _Freed:
        """Free what is stuck by the cheapest ways out; and what cannot be freed."""
        part, hidden = self.part, hidden.copy()
        freed = _Freed({}, [])
        for need in stuck:
            cost = np.where(hidden, _UNIT_COST, part.weight)
            movable = hidden | part.may
            way = self._carrier.way(need.cell, need.move, cost, movable, need.frozen)
            if way is None:
                freed.lost.append(need)
            else:
                freed.ways[need] = way
                hidden[way] = True
        return freed

    def _free_whole(self, hidden: BoolArray, tried: "_Tried") -> tuple[BoolArray, list[Change]]:
        """Complete a pattern in which some cells can move in fractions alone.

        A cell that was stuck for all may still be stuck for insiders once it moves.

        Returns
        -------
        hidden, changes
            The pattern, and changes within it that serve everything.
        """
        part, hidden = self.part, hidden.copy()
        served: set[Need] = set()
        stuck, changes = tried.stuck, list(tried.changes)
        while stuck:
            for need in stuck:
                cost = np.where(hidden, _UNIT_COST, part.weight)
                movable = hidden | part.may
                change = self._carrier.find(need.cell, need.move, cost, movable, need.frozen)
                if change is None:
                    self._give_up(need)
                else:
                    hidden[change.cells] = True
                    served.add(need)
                    changes.append(change)
            trial = Trial(part, hidden, before=changes)
            stuck = [need for need in self._unserved(trial) if need not in served]
            changes = trial.changes
        return hidden, changes

    def _taught_enough(self, stuck: list[Need]) -> bool:
        """Whether solutions in fractions show hardly anything new."""
        before, self._last = self._last, self._bound
        return self._last - before <= _FEW * self._last or len(stuck) <= _FEW * len(self._needs)

    def _demand_whole(self) -> None:
        """From now on solve in whole numbers: what fractions show is learned."""
        self._whole = True
        self._forget_rounded()

    def _forget_rounded(self) -> None:
        rounded = [g for g, found in self._solved.items() if found.ended != "optimal"]
        for group in rounded:
            del self._solved[group]

    @property
    def _coarseness(self) -> float:
        """How far from its best a proposal may be: closer once the pattern itself is close.

        While the conditions known so far are far from all, proving a proposal to the last per
        cent is in vain.
        """
        finest, loss = self._clock.effort.gap / 2, self._loss(self._best)
        if self._fine or loss <= 0:
            return finest
        return max(finest, _COARSE * (loss - self._bound) / loss)

    def _propose(self) -> BoolArray:
        """The best pattern by all conditions so far; only what changed is solved anew."""
        part, hidden = self.part, self.part.given.copy()
        for group in np.unique(self._group).tolist():
            cells = np.flatnonzero(self._group == group)
            if group not in self._solved:
                self._solved[group] = self._solve(cells)
                self._work += self._solved[group].work
            hidden[cells[self._solved[group].hidden]] = True
        self._bound = sum(found.bound for found in self._solved.values())
        return hidden | part.given

    def _solve(self, cells: IntArray) -> Solution:
        part, own = self.part, set(cells.tolist())
        cuts = [
            Cut(np.searchsorted(cells, cut.cells), cut.factors, cut.least)
            for _, cut in self._cuts
            if len(cut.cells) and int(cut.cells[0]) in own
        ]
        if not cuts and not part.primary[cells].any():
            return Solution(part.given[cells], 0.0, "optimal")
        inner = part.matrix[:, cells]
        rows = np.flatnonzero((np.diff(inner.indptr) > 0) & part.equality)

        def at(cell: int) -> int:
            return int(np.searchsorted(cells, cell))

        choice = Choice(
            matrix=inner[rows],
            must=part.given[cells],
            may=part.may[cells],
            loose=part.loose[cells],
            weight=part.weight[cells],
            down=part.down[cells],
            needs=tuple((at(n.cell), n.move) for n in self._needs if n.cell in own),
            alone=part.alone[cells],
            excused=frozenset(
                (at(n.cell), 1 if n.move > 0 else -1, at(n.frozen))
                for n in self._excused
                if n.frozen >= 0 and n.cell in own and n.frozen in own
            ),
        )
        return solve(choice, cuts, self._clock.limits(self._coarseness), self._whole)

    def _stuck(self, hidden: BoolArray) -> list[Need]:
        trial = Trial(self.part, hidden, before=self._changes)
        stuck = self._unserved(trial)
        self._changes = trial.changes
        return stuck

    def _unserved(self, trial: Trial) -> list[Need]:
        stuck = trial.stuck(self._needs)
        if self.part.alone.any():
            lost = {need.cell for need in stuck}
            moving = [n for n in self._needs if n.cell not in lost]
            stuck += [n for n in trial.stuck_for_insiders(moving) if n not in self._excused]
        return stuck

    def _learn(self, hidden: BoolArray, freed: _Freed) -> None:
        """Add what holds each stuck need fast; give up on those that nothing helps.

        Beside what holds a need in the pattern itself, what would hold it if all but one of
        the cells of its cheapest way out were hidden: else the next pattern takes one step of
        that way and is stuck again.
        """
        blocking = Blocking(self.part, hidden, _with(hidden, freed))
        for need, way in freed.ways.items():
            if self._clock.over:
                break
            fresh = way[~hidden[way]]
            dearest = fresh[np.argsort(-self.part.weight[fresh], kind="stable")][:_BESIDE]
            most = [fresh[fresh != cell] for cell in dearest] if len(fresh) > 1 else []
            cuts = [blocking.cut(need), *(blocking.beside(need, cells) for cells in most)]
            for cut in (c for c in cuts if c is not None):
                self._cuts.append((need, cut))
                self._renew(cut.cells)
        self._give_up_all(freed.lost)

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
        self._excuse(need)

    def _give_up_all(self, lost: Sequence[Need]) -> None:
        """Give up on needs that no cell that may be hidden helps."""
        for need in lost:
            if self.part.never.any():
                self._give_up(need)
            else:
                self._excuse(need)

    def _excuse(self, need: Need) -> None:
        self._excused.add(need)
        self._needs = [n for n in self._needs if n != need]
        if need.frozen < 0 and need.move > 1 and need.cell not in self._failed:
            self._needs.append(Need(need.cell, 1))
        self._cuts = [(n, cut) for n, cut in self._cuts if n != need]
        self._renew(np.array([need.cell]))

    def _finish(self, hidden: BoolArray, stuck: list[Need], ended: Ended | None) -> Found:
        """Complete the pattern, and keep only what protects where it is not the best one.

        Parameters
        ----------
        ended
            What ended the search; None: nothing was stuck any more.
        """
        bound, freed = self._bound, self._free(hidden, stuck)
        self._give_up_all(freed.lost)
        hidden = _with(hidden, freed)
        ended = ended or worst({s.ended for s in self._solved.values()})
        if stuck or ended != "optimal":
            hidden = self._complete(hidden)
        if self._loss(self._best) < self._loss(hidden):
            hidden = self._best
        loss = self._loss(hidden)
        if ended in ("gap", "limit") and loss - bound <= _PROVEN * loss:
            ended = "optimal"
        failed = np.array(sorted(self._failed), dtype=np.int64)
        return Found(hidden, failed, bound, ended)


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
    return labels(part.matrix[np.flatnonzero(part.equality)])[1]
