"""Branching on places until the best choice is proven, or the limits end it."""

import heapq
from dataclasses import dataclass

import highspy
import numpy as np

from atlas.placement.presets.benders import Master, Relaxed
from atlas.placement.presets.incumbent import Incumbent
from atlas.placement.presets.interchange import exchange, payable
from atlas.placement.presets.lagrange import Choice, decide
from atlas.placement.presets.near import Bools, Floats
from atlas.placement.presets.rises import CLOSED, OPENED, Rises
from atlas.placement.presets.watch import Watch

_ROUNDS, _HALF, _LEAST = 60, 0.5, 1e-6
_STEP = "Beweise die beste Auswahl"


@dataclass(frozen=True)
class Proof:
    """How a search over the tree ended.

    Parameters
    ----------
    bound
        No choice costs less.
    unclear
        A choice was met that looks cheaper than it is.
    """

    bound: float
    unclear: bool


@dataclass(frozen=True)
class Fork:
    """A choice to look at, and which decision led to it.

    Parameters
    ----------
    choice
        What is decided.
    place, side, share, before
        The place that was decided last, None at the beginning; opened or closed; its share
        and the bound before.
    """

    choice: Choice
    place: int | None = None
    side: int = CLOSED
    share: float = 0.0
    before: float = 0.0


class Tree:
    """The nodes that are still open, and what closes them.

    Parameters
    ----------
    master
        With the cuts of the root.
    best
        The best choice so far; is told better ones.
    base
        What is added to a cost within `master` to give the cost of the whole.
    """

    def __init__(self, master: Master, best: Incumbent, base: float, watch: Watch) -> None:
        self.master, self.best, self.base, self.watch = master, best, base, watch
        self._payable = payable(master.near)
        # With the basis of the fork: from there a node takes a quarter of the steps.
        self._open: list[tuple[float, int, Choice, highspy.HighsBasis]] = []
        self._count = 0
        self._unclear, self._closed = False, np.inf
        self._rises = Rises(master.near.places, _LEAST * master.scale)

    @property
    def goal(self) -> float:
        """A node whose bound reaches this needs no further look."""
        return self.best.goal(self.watch) - self.base

    def search(self, root: Choice, bound: float) -> Proof:
        """Search the whole tree below a choice."""
        self._push(bound, root)
        while self._open and not self.watch.over():
            bound, _, choice, basis = heapq.heappop(self._open)
            if bound >= self.goal:
                self._open.clear()
                break
            self.watch.tell_gap(_STEP, self.best.known(bound + self.base))
            self.master.resume(basis)
            self._plunge(choice, bound)
        return Proof(self._lowest() + self.base, self._unclear)

    def _plunge(self, choice: Choice, bound: float) -> None:
        """Follow one branch down; the other sides of its forks are kept for later."""
        fork: Fork | None = Fork(choice)
        while fork is not None:
            choice = fork.choice
            relaxed = self.master.relax(choice, self.goal, _ROUNDS)
            self._learn(fork, relaxed)
            bound = max(bound, relaxed.bound.value)
            if not relaxed.possible or bound >= self.goal:
                return
            if self.watch.over():
                self._push(bound, choice)
                return
            self._round(relaxed, choice)
            fork = self._fork(relaxed, decide(relaxed.bound, choice, self.goal), bound)

    def _learn(self, fork: Fork, relaxed: Relaxed) -> None:
        """Note how much the last decision raised the bound."""
        if fork.place is not None:
            after = relaxed.bound.value if relaxed.possible else self.goal
            self._rises.note(fork.place, fork.side, fork.share, after - fork.before)

    def _fork(self, relaxed: Relaxed, choice: Choice, bound: float) -> Fork | None:
        """Decide one more place: the likelier side is returned, the other one kept."""
        if choice.left < 0 or choice.left > choice.undecided or bound >= self.goal:
            return None
        if choice.left in (0, choice.undecided):
            self.best.offer(only_one(choice))
            return None
        place = None
        if not (relaxed.settled and relaxed.whole):
            place = self._rises.question(relaxed.share, ~(choice.opened | choice.closed))
        if place is None:
            self._close(bound)
            return None
        share = float(relaxed.share[place])
        likely = OPENED if share >= _HALF else CLOSED
        self._push(bound, _with(choice, place, opened=likely == CLOSED))
        side = _with(choice, place, opened=likely == OPENED)
        return Fork(side, place, likely, share, relaxed.bound.value)

    def _close(self, bound: float) -> None:
        """Note a leaf whose bound is below the goal although its choice was valued.

        Only lists that were cut off too early can make a choice look cheaper than it is.
        """
        self._unclear = True
        self._closed = min(self._closed, bound)

    def _round(self, relaxed: Relaxed, choice: Choice) -> None:
        """Try the places with the largest shares, and what exchanging makes of them."""
        rounded = round_up(relaxed.share, choice)
        better, value = exchange(
            self._payable, rounded, choice.opened, choice.closed, self.watch.over
        )
        if value + self.base < self.best.value:
            self.best.offer(better)

    def _push(self, bound: float, choice: Choice) -> None:
        self._count += 1
        heapq.heappush(self._open, (bound, -self._count, choice, self.master.basis()))

    def _lowest(self) -> float:
        """The lowest bound of all that is still open, or that was closed by the goal."""
        return min([self.goal, self._closed, *(bound for bound, *_ in self._open)])


def round_up(share: Floats, choice: Choice) -> Bools:
    """The undecided places with the largest shares, and the open ones."""
    chosen = choice.opened.copy()
    free = np.flatnonzero(~(choice.opened | choice.closed))
    chosen[free[np.argsort(-share[free], kind="stable")[: choice.left]]] = True
    return chosen


def only_one(choice: Choice) -> Bools:
    """What is open if all places that are left are needed, or the first of them."""
    chosen = choice.opened.copy()
    chosen[np.flatnonzero(~(choice.opened | choice.closed))[: max(0, choice.left)]] = True
    return chosen


def _with(choice: Choice, place: int, *, opened: bool) -> Choice:
    one = np.zeros(len(choice.opened), dtype=bool)
    one[place] = True
    if opened:
        return Choice(choice.sites, choice.opened | one, choice.closed)
    return Choice(choice.sites, choice.opened, choice.closed | one)
