"""Suppression of small counts and of what would give them away.

A small count is safe when another whole-number table exists that agrees with everything
printed and in which it is one larger, and one smaller unless it is 1 already. For every small
count and direction the cheapest such change is sought (the "jump" of Kelly, Golden and
Assad 1992, and of Fischetti and Salazar 2000, by linear programming), and the cells that it
moves are hidden. Valid for any linear system: several groupings, linked groups, inequalities.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.alone import capped_alone
from indicators.disclosure.cells import (
    BY_RULE,
    KEY,
    BoolArray,
    FloatArray,
    IntArray,
    cell_words,
    hidden_by_rule,
    read_knowledge,
)
from indicators.disclosure.equations import System
from indicators.disclosure.rule import Rule
from indicators.disclosure.suppress import Progress, suppress
from indicators.disclosure.task import Effort, Pattern, Task
from indicators.disclosure.world import EARLIER, EDITION, PIECE, REST, World
from indicators.status import Status

__all__ = [
    "EDITION_EFFORT",
    "Progress",
    "Protection",
    "Rule",
    "kept_but_hidden",
    "primary_cells",
    "protect",
    "protect_world",
    "show_what_is_known",
    "task_of",
]

EDITION_EFFORT = Effort(rounds=0)
"""An edition is one large table: proving the last percent would take longer than it is worth."""


@dataclass(frozen=True)
class Protection:
    """A protected table and what is to be said about it.

    Parameters
    ----------
    counts
        The edition's rows; hidden cells have the status ``suppressed`` and no count.
    pattern
        Over all cells of the world.
    by_zeros
        Rests that printed zeros and public numbers alone tell, whatever else is hidden.
    """

    counts: pd.DataFrame
    pattern: Pattern
    by_zeros: IntArray


def primary_cells(
    counts: pd.DataFrame, rule: Rule, public_measures: Collection[str] = frozenset()
) -> BoolArray:
    """Which cells are too small to be printed: above 0 and below the threshold."""
    count = counts["count"].fillna(0).to_numpy(dtype=np.int64)
    public = counts["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    return (count > 0) & (count < rule.thresholds_of(counts)) & ~public


def protect(
    counts: pd.DataFrame,
    system: System,
    rule: Rule,
    public_measures: Collection[str] = frozenset(),
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Hide small counts and whatever would give them away, within one system of equations.

    See `protect_world`; here the reader knows nothing beside the table.

    Parameters
    ----------
    counts
        True numbers in the columns of an edition's ``counts``.
    system
        The equations over its rows.
    rule
        Threshold and kept levels.
    public_measures
        Measures that are already public, for example residents.
    progress
        Called after every part of the table that is independent of the others.

    Raises
    ------
    DisclosureError
        The numbers contradict the equations, or a small count cannot be protected.
    """
    free = (counts["count"].fillna(0) == 0) | counts["measure"].isin(public_measures)
    told = read_knowledge(counts).known & free.to_numpy(dtype=np.bool_)
    nothing = np.zeros(len(counts), dtype=np.bool_)
    cells = counts.reset_index(drop=True).assign(origin=EDITION)
    world = World(cells, system, told, nothing)
    found = protect_world(counts, world, rule, public_measures, progress=progress)
    return found.counts


def protect_world(
    counts: pd.DataFrame,
    world: World,
    rule: Rule,
    public_measures: Collection[str] = frozenset(),
    weight: FloatArray | None = None,
    effort: Effort = EDITION_EFFORT,
    progress: Progress | None = None,
) -> Protection:
    """Hide small counts and whatever would give them away to a reader of everything.

    True zeros and public measures stay printed, but where hardly anybody lives only the
    latter (see `tiny`). Cells of the kept levels stay printed unless they are small
    themselves, or a small one of the same level cannot be protected otherwise; their
    ``total`` stays in any case. Cells that the publisher hid stay hidden. A small number that
    an earlier edition printed is hidden too, though nothing can be done for it.

    Parameters
    ----------
    counts
        True numbers in the columns of an edition's ``counts``.
    world
        Built from them.
    weight
        Shape (cells of the edition,): the price of hiding each; see `weights`.
    effort
        When to stop looking for a better pattern.
    progress
        Called after every part of the table that is independent of the others.

    Raises
    ------
    DisclosureError
        The numbers contradict the equations, or a small count cannot be protected.
    """
    task = task_of(world, rule, weight)
    pattern = suppress(task, effort, progress)
    by_zeros = _told_by_zeros(task, world, rule, pattern.failed)
    needless = _without_need(task, world, rule, pattern.failed)
    if len(by_zeros) or len(needless):
        freed = task.primary.copy()
        freed[by_zeros] = False
        freed[needless] = False
        task = replace(task, primary=freed)
        pattern = suppress(task, effort, progress)
    refuse_unprotected(world.system, pattern)
    size = world.size
    suppressed = read_knowledge(counts).suppressed
    small = primary_cells(counts, rule, public_measures)
    by_rule = world.by_rule[:size]
    hidden = pattern.hidden[:size] & (suppressed | ~task.open[:size])
    marked = counts.assign(method=counts["method"].mask(by_rule, BY_RULE))
    return Protection(_with_hidden(marked, hidden | small | by_rule), pattern, by_zeros)


def kept_but_hidden(
    protected: pd.DataFrame, rule: Rule, names: Mapping[str, str] | None = None
) -> list[str]:
    """Name the cells of kept levels that had to be hidden after all, for the check report."""
    chosen = protected["level"].isin(rule.keep_levels) & (
        protected["status"] == Status.SUPPRESSED.value
    )
    return [cell_words(cell, names or {}) for _, cell in protected[chosen].iterrows()]


def show_what_is_known(
    counts: pd.DataFrame, protected: pd.DataFrame, intervals: pd.DataFrame, rule: Rule
) -> pd.DataFrame:
    """Print again what is hidden to no use: not small, and the reader knows it exactly.

    Parameters
    ----------
    counts
        True numbers.
    protected
        The same rows, protected.
    intervals
        Of its hidden cells, from the audit.
    """
    known = intervals["bound_low"] == intervals["bound_high"]
    exact = pd.MultiIndex.from_frame(intervals.loc[known.fillna(False).astype("bool"), KEY])
    knowledge = read_knowledge(counts)
    chosen = pd.MultiIndex.from_frame(protected[KEY]).isin(exact) & knowledge.known
    chosen &= knowledge.value >= rule.thresholds_of(counts)
    # What is hidden whatever its number is stays hidden.
    chosen &= ~hidden_by_rule(protected)
    return protected.assign(
        count=protected["count"].mask(chosen, counts["count"]),
        status=protected["status"].mask(chosen, counts["status"]),
    )


def task_of(world: World, rule: Rule, weight: FloatArray | None = None) -> Task:
    """The task that a world with true numbers sets, see `protect_world`.

    Small counts and small rests are primary, and rests of nobody where the rule protects
    full groups; not what the reader has been told. So is every cell that is hidden whatever
    its number is: else what is hidden around it would tell whether it is 0. Rests and pieces
    are open to begin with.
    """
    cells, value = world.cells, world.value
    knowledge = read_knowledge(cells)
    edition, derived = world.of(EDITION), world.of(REST, PIECE)
    by_rule = world.by_rule & edition
    unknown = ~knowledge.known | by_rule
    blank = unknown & cells["count"].isna().to_numpy(dtype=np.bool_)
    threshold = rule.thresholds_of(cells)
    small = (value > 0) & (value < threshold) & ~world.told & ~blank
    # What only earlier editions have and hide must not be told by this one.
    before = world.of(EARLIER) & knowledge.suppressed
    primary = small & (edition | derived | before)
    nobody = world.full & (value == 0) & ~blank
    either = by_rule & ~world.told & ~blank
    counted = primary | either
    undelivered = ~knowledge.known & ~knowledge.suppressed
    lowest = np.where(undelivered | derived | world.by_rule, 0, rule.lowest)
    on_level = cells["level"].isin(rule.keep_levels).to_numpy(dtype=np.bool_)
    kept = edition & on_level & ~counted & ~unknown
    whole = (cells["group"] == "total").to_numpy(dtype=np.bool_)
    price = np.ones(len(cells))
    if weight is not None:
        price[: len(weight)] = weight
    rise = np.where(nobody, 1, rule.rise(value, threshold))
    return Task(
        system=world.system,
        value=value,
        lower=lowest,
        primary=counted | nobody,
        fall=np.where(counted, np.clip(value - lowest, 0, rule.margin), 0),
        rise=np.where(counted | nobody, rise, 0),
        open=unknown,
        blank=blank,
        fixed=world.told | (knowledge.known & (value == 0) & ~by_rule),
        kept=kept,
        never=kept & whole,
        weight=price,
        alone=primary & (value == 1) & rule.insiders,
    )


def _told_by_zeros(task: Task, world: World, rule: Rule, failed: IntArray) -> IntArray:
    """Unprotected rests that the reader knows from zeros and public numbers alone."""
    rests = failed[world.of(REST)[failed]]
    return rests[capped_alone(world, rule, rests, task.value[rests] + 1)]


def _without_need(task: Task, world: World, rule: Rule, failed: IntArray) -> IntArray:
    """Unprotected cells that are hidden whatever their number is, and are not small."""
    value = task.value[failed]
    small = (value > 0) & (value < rule.thresholds_of(world.cells)[failed])
    found: IntArray = failed[world.by_rule[failed] & world.of(EDITION)[failed] & ~small]
    return found


def refuse_unprotected(system: System, pattern: Pattern) -> None:
    """Raise with the names of the cells that cannot be protected.

    Raises
    ------
    DisclosureError
        There is at least one.
    """
    if len(pattern.failed):
        problems = [
            Problem(
                system.name(int(cell)),
                "nicht zu schützen, solange die Summen darüber veröffentlicht bleiben",
                "die Ebene aus keep_levels nehmen oder die Gruppe nicht veröffentlichen",
            )
            for cell in pattern.failed
        ]
        raise DisclosureError("Kleine Zahlen lassen sich nicht schützen.", problems)


def _with_hidden(counts: pd.DataFrame, hidden: BoolArray) -> pd.DataFrame:
    chosen = pd.Series(hidden, index=counts.index)
    return counts.assign(
        count=counts["count"].mask(chosen).astype("Int64"),
        status=counts["status"].mask(chosen, Status.SUPPRESSED.value),
    )
