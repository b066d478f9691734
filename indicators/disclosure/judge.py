"""Whether the hidden cells of one table are safe from a reader, and from whom they are not.

One piece of work is a table that would hang together if all but zeros and public numbers were
hidden: whatever is asked about one of its cells is answered within it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from geodata.errors import Problem
from indicators.disclosure.attacker import Attacker, Puzzle, Truth
from indicators.disclosure.cells import BoolArray, IntArray, Knowledge
from indicators.disclosure.equations import Component, Rule, System, split
from indicators.disclosure.giveaway import given_away

_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Case:
    """Everything the audit works on; arrays have one entry per cell.

    ``truth`` is -1 where the true number is not known.
    """

    system: System
    rule: Rule
    known: Knowledge
    truth: IntArray
    public: BoolArray
    names: Mapping[str, str]

    @cached_property
    def told(self) -> BoolArray:
        """Zeros and public numbers."""
        told: BoolArray = self.known.known & (self.public | (self.known.value == 0))
        return told


@dataclass(frozen=True)
class Piece:
    """A table whose cells nothing but zeros and public numbers separates, and its open parts.

    Parameters
    ----------
    whole
        All that hangs together when only zeros and public numbers are known.
    parts
        What hangs together beside all that is printed, each with a hidden cell.
    """

    whole: Component
    parts: tuple[Component, ...]


@dataclass
class Findings:
    """What was found about the hidden cells of one piece, by cell of the system."""

    low: dict[int, float] = field(default_factory=dict)
    high: dict[int, float] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    by_zeros: int = 0


class _ZerosAlone:
    """What a reader would still know if all but zeros and public numbers were hidden."""

    def __init__(self, case: Case, whole: Component) -> None:
        self._case, self._whole = case, whole

    def bounds(self, cell: int, down: int) -> bool:
        """Whether zeros and public numbers alone keep a cell above `down`."""
        return bool(np.ceil(self._attacker.extreme(self._at(cell), -1) - _TOLERANCE) > down)

    def caps(self, cell: int, up: int) -> bool:
        """Whether zeros and public numbers alone keep a cell below `up`."""
        return bool(np.floor(self._attacker.extreme(self._at(cell), 1) + _TOLERANCE) < up)

    def tells(self, cell: int, sign: int, bound: int, insider: int) -> bool:
        """Whether they alone tell an insider that a cell cannot pass a bound."""
        attacker = self._attacker
        ask = attacker.can_be_at_least if sign > 0 else attacker.can_be_at_most
        return ask(self._at(cell), bound, self._at(insider)) is False

    def _at(self, cell: int) -> int:
        return int(np.searchsorted(self._whole.cells, cell))

    @cached_property
    def _attacker(self) -> Attacker:
        known = self._case.known
        value = np.where(self._case.told, known.value, 0)
        lower = np.where(known.known, self._case.rule.lowest, known.lower)
        return Attacker(puzzle_of(self._case.system, self._whole, value, lower))


def pieces_of(case: Case) -> list[Piece]:
    """All pieces that have hidden cells, the largest first."""
    wholes = split(case.system, ~case.told)
    number = np.full(len(case.told), -1, dtype=np.int64)
    for i, whole in enumerate(wholes):
        number[whole.cells] = i
    parts: dict[int, list[Component]] = {}
    for part in split(case.system, ~case.known.known):
        if case.known.suppressed[part.cells].any():
            parts.setdefault(int(number[part.cells[0]]), []).append(part)
    found = [Piece(wholes[i], tuple(own)) for i, own in parts.items()]
    return sorted(found, key=lambda piece: -len(piece.whole.cells))


def judge(case: Case, piece: Piece) -> Findings:
    """The reader's intervals of a piece's hidden cells, and which of them are too narrow."""
    found, zeros = Findings(), _ZerosAlone(case, piece.whole)
    together = _together(piece.parts)
    attacker = _attacker(case, together)
    if attacker.feasible:
        _Judge(case, together, attacker, zeros, found).run()
        return found
    for part in piece.parts:  # where the numbers contradict each other
        _Judge(case, part, _attacker(case, part), zeros, found).run()
    return found


def _together(parts: Sequence[Component]) -> Component:
    """Several parts as one: setting up one attacker is quicker than many."""
    if len(parts) == 1:
        return parts[0]
    cells = np.concatenate([part.cells for part in parts])
    rows = np.concatenate([part.rows for part in parts])
    return Component(np.sort(cells), np.sort(rows))


def _attacker(case: Case, part: Component) -> Attacker:
    seen = puzzle_of(case.system, part, case.known.value, case.known.lower)
    return Attacker(seen, Truth(case.truth[part.cells], _alone(case, part)))


def puzzle_of(system: System, part: Component, value: IntArray, lower: IntArray) -> Puzzle:
    """The rows of a part with everything known moved to the right; `value` is 0 if hidden."""
    matrix = system.matrix[part.rows]
    right = -np.asarray(matrix @ value)
    return Puzzle(matrix[:, part.cells], system.equality[part.rows], right, lower[part.cells])


def _alone(case: Case, part: Component) -> IntArray:
    """The hidden cells of a part behind which one person stands, if the rule fears her."""
    hidden = case.known.suppressed & ~case.public & case.rule.insiders
    alone = hidden[part.cells] & (case.truth[part.cells] == 1)
    return np.flatnonzero(alone).astype(np.int64)


@dataclass(frozen=True)
class _Judge:
    """Asks the attacker about one part; ``at`` is a cell's number in it."""

    case: Case
    part: Component
    attacker: Attacker
    zeros: _ZerosAlone
    found: Findings

    @cached_property
    def _truth(self) -> IntArray:
        return self.case.truth[self.part.cells]

    def run(self) -> None:
        """Find the intervals of all hidden cells and judge them."""
        inside = np.flatnonzero(self.case.known.suppressed[self.part.cells])
        if not self.attacker.feasible:
            first = int(self.part.cells[inside[0]])
            self._blame(first, "die veröffentlichten Zahlen widersprechen sich, keine Zahl passt")
            return
        low, high = self.attacker.intervals(inside.tolist())
        cells = self.part.cells[inside].tolist()
        # Never -0.
        self.found.low |= zip(cells, (np.ceil(low - _TOLERANCE) + 0.0).tolist(), strict=True)
        self.found.high |= zip(cells, np.floor(high + _TOLERANCE).tolist(), strict=True)
        for at, cell in zip(inside.tolist(), cells, strict=True):
            self._close_in(at, cell)
            if self.case.public[cell]:
                continue
            if self.case.truth[cell] >= 0:
                self._judge_by_truth(at, cell)
            else:
                self._judge_alone(at, cell)

    def _close_in(self, at: int, cell: int) -> None:
        """Narrow a small cell's interval where no whole table has a number that fractions allow.

        Costly, therefore only where at most two numbers are left; the same with and without
        the truth, so that anyone can recompute the published bounds.
        """
        low, high = self.found.low[cell], self.found.high[cell]
        if self.case.public[cell] or low >= self.case.rule.threshold or high - low != 1:
            return
        if self.attacker.can_be_at_most(at, int(low)) is False:
            self.found.low[cell] = high
        elif self.attacker.can_be_at_least(at, int(high)) is False:
            self.found.high[cell] = low

    def _judge_by_truth(self, at: int, cell: int) -> None:
        """Require of a small cell that it can be as much less and more as the rule says."""
        rule, true = self.case.rule, self._truth[at : at + 1]
        if not 0 < true[0] < rule.threshold:
            return
        down, up = int((true - rule.fall(true))[0]), int((true + rule.rise(true))[0])
        falls = self.found.low[cell] <= down and self.attacker.can_be_at_most(at, down)
        if not falls and self.zeros.bounds(cell, down):
            self.found.by_zeros += 1
            falls = True
        rises = self.found.high[cell] >= up and self.attacker.can_be_at_least(at, up)
        if not rises and up > true[0] + 1 and self.zeros.caps(cell, up):
            up = int(true[0]) + 1
            rises = self.found.high[cell] >= up and self.attacker.can_be_at_least(at, up)
        if not rises and self.zeros.caps(cell, int(true[0]) + 1):
            self.found.by_zeros += 1
            rises = True
        if not (falls and rises):
            lost = [(s, end) for s, end, safe in ((1, up, rises), (-1, down, falls)) if not safe]
            text = f"berechenbar: {self._interval(cell)}; {self._given_away(at, lost)}"
            self._blame(cell, text, f"ein Spielraum von mindestens {down} bis {up}")
        elif rule.insiders:
            self._judge_insiders(at, cell)

    def _judge_insiders(self, at: int, cell: int) -> None:
        """Require that the one person behind a count of 1 cannot compute a small cell either."""
        true = int(self._truth[at])
        for sign, bound in ((1, true + 1), (-1, max(self.case.rule.lowest, true - 1))):
            can = self.attacker.can_be_at_least if sign > 0 else self.attacker.can_be_at_most
            if bound == true or not can(at, bound):
                continue
            for insider in self.attacker.knowing(at, sign, bound):
                other = int(self.part.cells[insider])
                if self.zeros.tells(cell, sign, bound, other) or cell in self.found.problems:
                    continue
                end = "höchstens" if sign > 0 else "mindestens"
                self._blame(
                    cell,
                    "zu genau berechenbar für die eine Person, die allein in "
                    f"„{self._words(other)}“ gezählt ist: für sie {end} {true}; "
                    f"{self._given_away(at, [(sign, bound)], insider)}",
                    "auch für sie ein Spielraum nach oben und nach unten",
                )

    def _judge_alone(self, at: int, cell: int) -> None:
        """Without the truth: a small number that is the only one possible is a failure."""
        low, high = self.found.low[cell], self.found.high[cell]
        if low == high < self.case.rule.threshold:
            proof = self._given_away(at, [(1, int(low) + 1), (-1, int(low) - 1)])
            text = f"berechenbar: genau {low:.0f}; {proof}"
            self._blame(cell, text, "ein Spielraum von mindestens zwei Zahlen")

    def _interval(self, cell: int) -> str:
        low, high = self.found.low[cell], self.found.high[cell]
        if low == high:
            return f"genau {low:.0f}"
        return f"{low:.0f} bis {high:.0f}" if np.isfinite(high) else f"mindestens {low:.0f}"

    def _given_away(self, at: int, bounds: Sequence[tuple[int, int]], known: int = -1) -> str:
        """The equations that prove bounds, each a direction and what is out of reach there."""
        rows: list[int] = []
        whole = False
        for sign, bound in bounds:
            proof = self.attacker.proof(at, sign, known)
            rows += self.part.rows[proof.rows].tolist()
            whole |= sign * proof.end >= sign * bound - _TOLERANCE
        case = self.case
        return given_away(case.system, case.known.known, rows, case.names, whole=whole)

    def _words(self, cell: int) -> str:
        return self.case.system.name(cell, self.case.names)

    def _blame(self, cell: int, found: str, allowed: str = "") -> None:
        self.found.problems[cell] = Problem(self._words(cell), found, allowed)
