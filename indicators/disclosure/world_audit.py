"""The audit of a world: the reader's intervals of an edition's cells, and what is too narrow.

The intervals come from `audit`. Added is what only a world knows: rests of which nobody may
be told either, numbers that the reader has been told before, and thresholds by measure.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from geodata.errors import Problem
from indicators.disclosure.alone import capped_alone, kept_up_alone
from indicators.disclosure.audit import AuditReport, audit_cells
from indicators.disclosure.cells import (
    KEY,
    BoolArray,
    FloatArray,
    IntArray,
    Knowledge,
    read_knowledge,
)
from indicators.disclosure.rule import Rule
from indicators.disclosure.suppress import Progress
from indicators.disclosure.world import EDITION, PIECE, REST, World
from indicators.status import Status

_REASONS = 2
"""How many equations a failure names at most."""
_TWO = (
    "ein Spielraum von mindestens zwei Zahlen; wo kaum jemand lebt, gibt ihn ein größeres "
    "min_public in der Projektdatei"
)


def audit_world(
    world: World,
    rule: Rule,
    published: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Compute what a reader of everything can infer, and what must not be inferred.

    Parameters
    ----------
    world
        Built from the true numbers, or from a published table.
    rule
        The primary rule.
    published
        The edition's rows as they would be published; then the world holds the truth, and
        every small cell and rest must have the room that the rule demands. Without it the
        world is the published one, and a number that is exact and small is a failure.
    names, progress
        As for `audit.audit`.

    Returns
    -------
    AuditReport
        Intervals and numbers of the edition's cells; failures of all cells.
    """
    truth = np.full(len(world.cells), -1, dtype=np.int64)
    if published is not None:
        truth = world.cells["count"].fillna(-1).to_numpy(dtype=np.int64)
    cells = _as_printed(world, published)
    known = _known(world, rule, cells)
    report = audit_cells(
        world.system, known, replace(rule, threshold=_least(rule)),
        None if published is None else truth, world.told, names, progress,
    )  # fmt: skip
    low, high = _ends(world, known, report)
    judge = _Judge(world, rule, low, high, truth, names or {})
    failures = judge.without_harmless(report.failures)
    named = {f.where for f in failures}
    failures += [f for f in judge.more() if f.where not in named]
    return _of_edition(world, cells, low, high, replace(report, failures=tuple(failures)))


def _least(rule: Rule) -> int:
    return min([rule.threshold, *rule.thresholds.values()])


def _as_printed(world: World, published: pd.DataFrame | None) -> pd.DataFrame:
    """The cells with the status under which the edition's stand in print."""
    status = world.cells["status"].copy()
    if published is not None:
        status.iloc[: world.size] = published["status"].to_numpy()
    return world.cells.assign(status=status)


def _known(world: World, rule: Rule, cells: pd.DataFrame) -> Knowledge:
    """What the reader knows of each cell; what was told is known although it is hidden."""
    found = read_knowledge(cells, rule.lowest)
    known = found.known | world.told
    lower = np.where(world.of(REST, PIECE), 0, found.lower)
    return Knowledge(known, np.where(known, world.value, 0), lower, found.suppressed & ~known)


def _ends(world: World, known: Knowledge, report: AuditReport) -> tuple[FloatArray, FloatArray]:
    """Shape (cells,) each: the reader's bounds; NaN where a cell was never delivered."""
    keys = pd.MultiIndex.from_frame(world.cells[KEY])
    found = report.intervals.set_index(KEY)[["bound_low", "bound_high"]].reindex(keys)
    low, high = (found[c].to_numpy(dtype=np.float64, na_value=np.nan) for c in found)
    high = np.where(known.suppressed & np.isnan(high) & ~np.isnan(low), np.inf, high)
    return np.where(known.known, known.value, low), np.where(known.known, known.value, high)


class _Judge:
    """Judges cells by their intervals, beside what the audit judges itself."""

    def __init__(
        self,
        world: World,
        rule: Rule,
        low: FloatArray,
        high: FloatArray,
        truth: IntArray,
        names: Mapping[str, str],
    ) -> None:
        self._world, self._rule, self._names = world, rule, names
        self._low, self._high, self._truth = low, high, truth
        self._rest = world.of(REST)
        self._zero_possible = self._rest | world.by_rule
        self._threshold = rule.thresholds_of(world.cells)

    def without_harmless(self, failures: tuple[Problem, ...]) -> list[Problem]:
        """Leave out cells of nobody: other zeros are no secret, rests are judged in `more`."""
        nobody = self._zero_possible & (self._low == 0) & (self._high == 0)
        names = {self._name(cell) for cell in np.flatnonzero(nobody).tolist()}
        return [f for f in failures if f.where not in names]

    def more(self) -> list[Problem]:
        """Rests of nobody that are told, and small numbers that are exact or lack room."""
        full = self._world.full & (self._high < 1)
        cells = np.flatnonzero(full)
        cells = cells[~capped_alone(self._world, self._rule, cells, np.ones_like(cells))]
        found = [
            self._problem(c, "0", "eine Gruppe, zu der nicht alle gehören") for c in cells.tolist()
        ]
        narrow, exact = self._narrow() & ~full, self._exact() & ~full
        for c in np.flatnonzero(exact).tolist():
            found.append(self._problem(c, f"genau {self._low[c]:.0f}", _TWO))
        for c in np.flatnonzero(narrow & ~exact).tolist():
            ends = f"{self._low[c]:.0f} bis {self._high[c]:.0f}"
            found.append(self._problem(c, ends, "der Spielraum der Regel"))
        return found

    def _exact(self) -> BoolArray:
        """Small numbers that are told, though perhaps public numbers and zeros alone do so."""
        small = (self._truth > 0) & (self._truth < self._threshold) & ~self._world.told
        found: BoolArray = small & (self._low == self._high)
        return found

    def _narrow(self) -> BoolArray:
        """Small numbers that cannot be 0 though zero is possible, or have a higher threshold."""
        true, told = self._truth, self._world.told
        higher = self._threshold > _least(self._rule)
        small = (true > 0) & (true < self._threshold) & ~told
        exact = higher & (true < 0) & (self._low == self._high) & (self._low > 0) & ~told
        found = self._bounded_below(small & (higher | self._zero_possible))
        found |= self._bounded_above(small & higher)
        found |= exact & (self._low < self._threshold)
        return found

    def _bounded_below(self, small: BoolArray) -> BoolArray:
        """Small cells that cannot be less, though they could by what is told in any case."""
        least = np.where(self._zero_possible, 0, self._rule.lowest)
        near = np.maximum(least, self._truth - 1)
        cells = np.flatnonzero(small & (self._low > near))
        stuck = ~kept_up_alone(self._world, self._rule, cells, near[cells])
        found = np.zeros_like(small)
        found[cells[stuck]] = True
        return found

    def _bounded_above(self, small: BoolArray) -> BoolArray:
        """Small cells that do not reach the threshold, or one more where they never could."""
        far = self._truth + self._rule.rise(self._truth, self._threshold)
        cells = np.flatnonzero(small & (self._high < far))
        never = capped_alone(self._world, self._rule, cells, far[cells])
        one = self._truth[cells] + 1
        short = self._high[cells] < np.where(never, one, far[cells])
        cells, one = cells[short], one[short]
        found = np.zeros_like(small)
        found[cells[~capped_alone(self._world, self._rule, cells, one)]] = True
        return found

    def _name(self, cell: int) -> str:
        return self._world.system.name(int(cell), self._names)

    def _problem(self, cell: int, found: str, allowed: str) -> Problem:
        system = self._world.system
        rows = np.unique(system.matrix[:, [int(cell)]].nonzero()[0])
        reasons = "; ".join(system.reason(int(r), self._names) for r in rows[:_REASONS])
        return Problem(self._name(cell), f"berechenbar: {found}; verraten durch {reasons}", allowed)


def _of_edition(
    world: World, cells: pd.DataFrame, low: FloatArray, high: FloatArray, report: AuditReport
) -> AuditReport:
    """The report with the intervals of the edition's hidden cells alone."""
    suppressed = (cells["status"] == Status.SUPPRESSED.value).to_numpy(dtype=np.bool_)
    hidden = np.flatnonzero(world.of(EDITION) & suppressed)
    intervals = cells[KEY].iloc[hidden].reset_index(drop=True)
    for name, ends in (("bound_low", low), ("bound_high", high)):
        finite = np.where(np.isfinite(ends[hidden]), ends[hidden], np.nan)
        intervals[name] = pd.array(finite).astype("Int64")
    return replace(report, intervals=intervals, audited=len(hidden))
