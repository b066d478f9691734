"""The audit: what a reader can infer about every hidden cell, and whether that is too much.

Knows nothing of how the cells were chosen; it shares with the suppression only the
equations. Without it no edition is published.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from geodata.errors import DisclosureError, KeyJoinError, Problem
from indicators.disclosure.attacker import Attacker, Puzzle
from indicators.disclosure.cells import (
    KEY,
    BoolArray,
    FloatArray,
    IntArray,
    Knowledge,
    read_knowledge,
)
from indicators.disclosure.equations import Component, Rule, System, split
from indicators.status import Status

_TOLERANCE = 1e-5
_REASONS = 4
"""How many equations a failure names at most."""


@dataclass(frozen=True)
class AuditReport:
    """What the audit found.

    Parameters
    ----------
    intervals
        One row per suppressed cell: its key, `bound_low` and `bound_high`, whole numbers
        that any reader can infer; `bound_high` is <NA> where nothing bounds it.
    failures
        One entry per cell that is not safe, with the equations that give it away.
    narrowest
        Smallest width of an interval among the small cells; None where there is none.
    audited
        Number of suppressed cells.
    bounded_by_zeros
        How often printed zeros and public numbers alone set an end of a small cell's interval,
        whatever else is hidden: two non-zero parts make a total of at least 2, and of two
        residents at most 2 are counted.
    """

    intervals: pd.DataFrame
    failures: tuple[Problem, ...]
    narrowest: int | None
    audited: int
    bounded_by_zeros: int


@dataclass(frozen=True)
class _Case:
    """Everything the audit works on; arrays have one entry per cell.

    ``truth`` is -1 where the true number is not known.
    """

    system: System
    rule: Rule
    known: Knowledge
    truth: IntArray
    public: BoolArray
    names: Mapping[str, str]


class _ZerosAlone:
    """What a reader would still know if all but zeros and public numbers were hidden."""

    def __init__(self, case: _Case) -> None:
        self._case = case
        self._attackers: dict[int, Attacker] = {}

    @cached_property
    def _told(self) -> BoolArray:
        known = self._case.known
        told: BoolArray = known.known & (self._case.public | (known.value == 0))
        return told

    @cached_property
    def _parts(self) -> list[Component]:
        return split(self._case.system, ~self._told)

    @cached_property
    def _number(self) -> IntArray:
        """Shape (cells,): the part of each cell."""
        number = np.full(len(self._told), -1, dtype=np.int64)
        for i, part in enumerate(self._parts):
            number[part.cells] = i
        return number

    def bounds(self, cell: int, down: int) -> bool:
        """Whether zeros and public numbers alone keep a cell above `down`."""
        attacker, local = self._attacker(cell)
        return bool(np.ceil(attacker.extreme(local, -1) - _TOLERANCE) > down)

    def caps(self, cell: int, up: int) -> bool:
        """Whether zeros and public numbers alone keep a cell below `up`."""
        attacker, local = self._attacker(cell)
        return bool(np.floor(attacker.extreme(local, 1) + _TOLERANCE) < up)

    def tells(self, cell: int, sign: int, bound: int, insider: int) -> bool:
        """Whether they alone tell an insider that a cell cannot pass a bound."""
        attacker, local = self._attacker(cell)
        part = self._parts[int(self._number[cell])]
        known = int(np.searchsorted(part.cells, insider))
        ask = attacker.can_be_at_least if sign > 0 else attacker.can_be_at_most
        return ask(local, bound, known) is False

    def _attacker(self, cell: int) -> tuple[Attacker, int]:
        number = int(self._number[cell])
        part = self._parts[number]
        if number not in self._attackers:
            known = self._case.known
            value = np.where(self._told, known.value, 0)
            lower = np.where(known.known, self._case.rule.lowest, known.lower)
            self._attackers[number] = Attacker(_puzzle(self._case.system, part, value, lower))
        return self._attackers[number], int(np.searchsorted(part.cells, cell))


@dataclass
class _Findings:
    """Results as they come in, one entry per cell; NaN where not computed."""

    low: FloatArray
    high: FloatArray
    problems: dict[int, Problem]
    zeros: _ZerosAlone
    by_zeros: int = 0


def audit(
    published: pd.DataFrame,
    system: System,
    rule: Rule,
    truth: pd.DataFrame | None = None,
    public_measures: Collection[str] = frozenset(),
    names: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Compute the reader's interval of every suppressed cell, and what is too narrow.

    Parameters
    ----------
    published
        Columns of an edition's ``counts``; suppressed cells have no count.
    system
        The equations over its rows.
    rule
        The primary rule.
    truth
        The same rows with the true numbers, while they are at hand. Then every small cell n
        must be able to be max(1, n - 1) and the threshold in whole numbers (n + 1 where
        public numbers alone allow no more); without it, a cell that can only be one number
        below the threshold is a failure.
    public_measures
        Measures that are public anyway.
    names
        German names for messages, by key; areas as ``level/area``.
    progress
        Called with the parts done and all parts.

    Raises
    ------
    KeyJoinError
        The tables and the system have different rows.
    """
    for frame in (published, *([] if truth is None else [truth])):
        if not frame[KEY].reset_index(drop=True).equals(system.cells):
            raise KeyJoinError("Zähltabelle und Gleichungen haben verschiedene Zeilen.")
    true_count = None
    if truth is not None:
        true_count = truth["count"].fillna(-1).to_numpy(dtype=np.int64)
    public = published["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    known = read_knowledge(published, rule.lowest)
    return audit_cells(system, known, rule, true_count, public, names, progress)


def audit_cells(
    system: System,
    known: Knowledge,
    rule: Rule,
    truth: IntArray | None = None,
    public: BoolArray | None = None,
    names: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Audit any system of cells, see `audit`.

    Parameters
    ----------
    known
        What the reader knows of each cell of `system`.
    truth
        Shape (cells,): the true numbers, -1 where not known; None where none is at hand.
    public
        Shape (cells,): numbers that are public anyway.
    """
    size = len(system.cells)
    nobody = np.full(size, -1, dtype=np.int64)
    case = _Case(
        system,
        rule,
        known,
        nobody if truth is None else truth,
        np.zeros(size, dtype=np.bool_) if public is None else public,
        names or {},
    )
    unset = np.full(size, np.nan)
    found = _Findings(unset.copy(), unset.copy(), {}, _ZerosAlone(case))
    _check_printed(case, found)
    parts = [p for p in split(system, ~case.known.known) if case.known.suppressed[p.cells].any()]
    for number, part in enumerate(parts):
        _audit_part(case, part, found)
        if progress:
            progress(number + 1, len(parts))
    return _report(case, found)


def refuse_if_unsafe(report: AuditReport) -> None:
    """Raise with the list of cells if the audit found any that is not safe.

    Raises
    ------
    DisclosureError
        At least one cell is not safe.
    """
    if report.failures:
        raise DisclosureError(
            f"Die Veröffentlichung wäre nicht sicher: {len(report.failures)} Zellen lassen sich "
            "zu genau bestimmen. Es wird nichts veröffentlicht.",
            report.failures,
        )


def with_bounds(counts: pd.DataFrame, report: AuditReport) -> pd.DataFrame:
    """Fill ``bound_low`` and ``bound_high``: what any reader can infer of each cell.

    A printed count is its own bound; a suppressed one has the interval of the audit; a cell
    that was never delivered has none.
    """
    bounds = report.intervals.set_index(KEY)[["bound_low", "bound_high"]]
    found = bounds.reindex(pd.MultiIndex.from_frame(counts[KEY]))
    hidden = (counts["status"] == Status.SUPPRESSED.value).to_numpy()
    printed = counts["count"].astype("Int64")
    ends = {
        end: printed.mask(hidden, pd.Series(found[end].array, index=counts.index)).astype("Int64")
        for end in ("bound_low", "bound_high")
    }
    return counts.assign(**ends)


def _check_printed(case: _Case, found: _Findings) -> None:
    """Find small numbers that are printed, and printed numbers that contradict each other."""
    known = case.known
    small = known.known & ~case.public & (known.value > 0) & (known.value < case.rule.threshold)
    for cell in np.flatnonzero(small).tolist():
        text = f"die kleine Zahl {known.value[cell]} steht offen da"
        found.problems[cell] = Problem(_words(case, cell), text)
    unknown = np.asarray(np.abs(case.system.matrix) @ (~known.known).astype(np.int64)) > 0
    balance = np.asarray(case.system.matrix @ known.value)
    wrong = ~unknown & ((balance > 0) | (case.system.equality & (balance != 0)))
    for row in np.flatnonzero(wrong).tolist():
        first = int(case.system.matrix.indices[case.system.matrix.indptr[row]])
        text = f"{case.system.reason(row, case.names)} stimmt nicht"
        found.problems.setdefault(first, Problem(_words(case, first), text))


def _words(case: _Case, cell: int) -> str:
    return case.system.name(cell, case.names)


def _puzzle(system: System, part: Component, value: IntArray, lower: IntArray) -> Puzzle:
    """The rows of a part with everything known moved to the right; `value` is 0 if hidden."""
    matrix = system.matrix[part.rows]
    right = -np.asarray(matrix @ value)
    return Puzzle(matrix[:, part.cells], system.equality[part.rows], right, lower[part.cells])


def _audit_part(case: _Case, part: Component, found: _Findings) -> None:
    attacker = Attacker(_puzzle(case.system, part, case.known.value, case.known.lower))
    inside = np.flatnonzero(case.known.suppressed[part.cells])
    if not attacker.feasible:
        first = int(part.cells[inside[0]])
        text = "die veröffentlichten Zahlen widersprechen sich, keine Zahl passt"
        found.problems[first] = Problem(_words(case, first), text)
        return
    low, high = attacker.intervals(inside.tolist())
    cells = part.cells[inside]
    found.low[cells] = np.ceil(low - _TOLERANCE) + 0.0  # never -0
    found.high[cells] = np.floor(high + _TOLERANCE)
    for local, cell in zip(inside.tolist(), cells.tolist(), strict=True):
        _close_in(case, attacker, local, cell, found)
        if case.truth[cell] >= 0:
            _judge_by_truth(case, part, attacker, local, found)
        else:
            _judge_alone(case, part, attacker, local, found)


def _judge_by_truth(
    case: _Case, part: Component, attacker: Attacker, local: int, found: _Findings
) -> None:
    """Require of a small cell that it can be as much less and more as the rule says."""
    cell = int(part.cells[local])
    true = case.truth[cell : cell + 1]
    if not 0 < true[0] < case.rule.threshold or case.public[cell]:
        return
    down, up = int((true - case.rule.fall(true))[0]), int((true + case.rule.rise(true))[0])
    if up > true[0] + 1 and found.zeros.caps(cell, up):
        up = int(true[0]) + 1
    attacker.look_near(local, (down, up), case.truth[part.cells])
    falls = found.low[cell] <= down and attacker.can_be_at_most(local, down)
    if not falls and found.zeros.bounds(cell, down):
        found.by_zeros += 1
        falls = True
    rises = found.high[cell] >= up and attacker.can_be_at_least(local, up)
    if not rises and found.zeros.caps(cell, int(true[0]) + 1):
        found.by_zeros += 1
        rises = True
    if not (falls and rises):
        signs = [s for s, safe in ((1, rises), (-1, falls)) if not safe]
        rows = list(_giving_away(case, part, attacker, local, signs))
        found.problems[cell] = Problem(
            _words(case, cell),
            f"berechenbar: {_interval(found, cell)}; verraten durch {'; '.join(rows)}",
            f"ein Spielraum von mindestens {down} bis {up}",
        )
    elif case.rule.insiders:
        _judge_insiders(case, part, attacker, local, found)


def _judge_insiders(
    case: _Case, part: Component, attacker: Attacker, local: int, found: _Findings
) -> None:
    """Require that the one person behind a count of 1 cannot compute a small cell either."""
    cell, alone = int(part.cells[local]), _alone(case, part)
    true = int(case.truth[cell])
    for sign, bound in ((1, true + 1), (-1, max(case.rule.lowest, true - 1))):
        can = attacker.can_be_at_least if sign > 0 else attacker.can_be_at_most
        if bound == true or not len(alone) or not can(local, bound):
            continue
        for insider in attacker.knowing(local, sign, bound, alone, case.truth[part.cells]):
            other = int(part.cells[insider])
            if found.zeros.tells(cell, sign, bound, other):
                continue
            rows = list(_giving_away(case, part, attacker, local, [sign], insider))
            found.problems.setdefault(
                cell,
                Problem(
                    _words(case, cell),
                    "berechenbar für die eine Person, die allein in "
                    f"„{_words(case, other)}“ gezählt ist; "
                    f"verraten durch {'; '.join(rows)}",
                    "ein Spielraum auch für sie",
                ),
            )


def _alone(case: _Case, part: Component) -> IntArray:
    """The hidden cells of a part behind which one person stands."""
    known = case.known.suppressed & (case.truth == 1) & ~case.public
    return np.flatnonzero(known[part.cells]).astype(np.int64)


def _judge_alone(
    case: _Case, part: Component, attacker: Attacker, local: int, found: _Findings
) -> None:
    """Without the truth: a small number that is the only one possible is a failure."""
    cell = int(part.cells[local])
    threshold = case.rule.threshold
    if case.public[cell]:
        return
    if found.low[cell] == found.high[cell] < threshold:
        rows = _giving_away(case, part, attacker, local, [1, -1])
        found.problems[cell] = Problem(
            _words(case, cell),
            f"berechenbar: genau {found.low[cell]:.0f}; verraten durch {'; '.join(rows)}",
            "ein Spielraum von mindestens zwei Zahlen",
        )


def _close_in(case: _Case, attacker: Attacker, local: int, cell: int, found: _Findings) -> None:
    """Narrow a small cell's interval where no whole table has a number that fractions allow.

    Costly, therefore only where at most two numbers are left; the same with and without the
    truth, so that anyone can recompute the published bounds.
    """
    low, high = found.low[cell], found.high[cell]
    if case.public[cell] or low >= case.rule.threshold or high - low != 1:
        return
    if attacker.can_be_at_most(local, int(low)) is False:
        found.low[cell] = high
    elif attacker.can_be_at_least(local, int(high)) is False:
        found.high[cell] = low


def _interval(found: _Findings, cell: int) -> str:
    low, high = found.low[cell], found.high[cell]
    if low == high:
        return f"genau {low:.0f}"
    return f"{low:.0f} bis {high:.0f}" if np.isfinite(high) else f"mindestens {low:.0f}"


def _giving_away(
    case: _Case, part: Component, attacker: Attacker, local: int, signs: list[int], known: int = -1
) -> Iterator[str]:
    """The equations that prove a bound, in words."""
    rows = np.concatenate([attacker.binding_rows(local, sign, known) for sign in signs])
    for row in dict.fromkeys(part.rows[rows].tolist()[:_REASONS]):
        yield f"{case.system.reason(row, case.names)} abzüglich der veröffentlichten Zahlen darin"


def _report(case: _Case, found: _Findings) -> AuditReport:
    hidden = np.flatnonzero(case.known.suppressed)
    low, high = found.low[hidden], found.high[hidden]
    intervals = case.system.cells.iloc[hidden].reset_index(drop=True)
    intervals["bound_low"] = pd.array(np.where(np.isfinite(low), low, np.nan)).astype("Int64")
    intervals["bound_high"] = pd.array(np.where(np.isfinite(high), high, np.nan)).astype("Int64")
    true = case.truth[hidden]
    small = np.where(
        true >= 0, (true > 0) & (true < case.rule.threshold), low < case.rule.threshold
    )
    widths = (high - low)[small & ~case.public[hidden]]
    finite = widths[np.isfinite(widths)]
    return AuditReport(
        intervals=intervals,
        failures=tuple(found.problems[c] for c in sorted(found.problems)),
        narrowest=int(finite.min()) if len(finite) else None,
        audited=len(hidden),
        bounded_by_zeros=found.by_zeros,
    )
