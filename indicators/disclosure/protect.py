"""Suppression of small counts and of what would give them away.

A small count is safe when another whole-number table exists that agrees with everything
printed and in which it is one larger, and one smaller unless it is 1 already. For every small
count and direction the cheapest such change is sought (the "jump" of Kelly, Golden and
Assad 1992, and of Fischetti and Salazar 2000, by linear programming), and the cells that it
moves are hidden. Valid for any linear system: several groupings, linked groups, inequalities.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.cells import BoolArray, cell_words, read_knowledge
from indicators.disclosure.equations import System
from indicators.disclosure.rule import Rule
from indicators.disclosure.suppress import Progress, suppress
from indicators.disclosure.task import Pattern, Task
from indicators.status import Status

__all__ = ["Progress", "Rule", "kept_but_hidden", "primary_cells", "protect", "task_of"]


def primary_cells(
    counts: pd.DataFrame, rule: Rule, public_measures: Collection[str] = frozenset()
) -> BoolArray:
    """Which cells are too small to be printed: above 0 and below the threshold."""
    count = counts["count"].fillna(0).to_numpy(dtype=np.int64)
    public = counts["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    return (count > 0) & (count < rule.threshold) & ~public


def protect(
    counts: pd.DataFrame,
    system: System,
    rule: Rule,
    public_measures: Collection[str] = frozenset(),
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Hide small counts and whatever would give them away.

    True zeros and public measures stay printed. Cells of the kept levels stay printed unless
    they are small themselves, or a small one of the same level cannot be protected otherwise;
    their ``total`` stays in any case. Cells that the publisher hid stay hidden.

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

    Returns
    -------
    pandas.DataFrame
        The same rows; hidden cells have the status ``suppressed`` and no count.

    Raises
    ------
    DisclosureError
        The numbers contradict the equations, or a small count cannot be protected.
    """
    task = task_of(counts, system, rule, public_measures)
    pattern = suppress(task, progress=progress)
    refuse_unprotected(system, pattern)
    suppressed = read_knowledge(counts).suppressed
    return _with_hidden(counts, pattern.hidden & (suppressed | ~task.open))


def kept_but_hidden(
    protected: pd.DataFrame, rule: Rule, names: Mapping[str, str] | None = None
) -> list[str]:
    """Name the cells of kept levels that had to be hidden after all, for the check report."""
    chosen = protected["level"].isin(rule.keep_levels) & (
        protected["status"] == Status.SUPPRESSED.value
    )
    return [cell_words(cell, names or {}) for _, cell in protected[chosen].iterrows()]


def task_of(
    counts: pd.DataFrame, system: System, rule: Rule, public_measures: Collection[str] = frozenset()
) -> Task:
    """The task that a counts table sets, see `protect`."""
    knowledge = read_knowledge(counts)
    public = counts["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    value = counts["count"].fillna(0).to_numpy(dtype=np.int64)
    primary = primary_cells(counts, rule, public_measures)
    unknown = ~knowledge.known
    on_level = counts["level"].isin(rule.keep_levels).to_numpy(dtype=np.bool_)
    kept = on_level & ~primary & ~unknown
    whole = (counts["group"] == "total").to_numpy(dtype=np.bool_)
    return Task(
        system=system,
        value=value,
        lower=np.where(unknown & ~knowledge.suppressed, 0, rule.lowest),
        primary=primary,
        fall=np.where(primary, rule.fall(value), 0),
        rise=np.where(primary, rule.rise(value), 0),
        open=unknown,
        blank=unknown & counts["count"].isna().to_numpy(dtype=np.bool_),
        fixed=(public | (value == 0)) & ~unknown,
        kept=kept,
        never=kept & whole,
        weight=1.0 + np.log2(1.0 + value),
        alone=primary & (value == 1) & rule.insiders,
    )


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
