"""Suppression of small counts and of what would give them away.

A small count is safe when another whole-number table exists that agrees with everything
printed and in which it is one larger, and one smaller unless it is 1 already. For every small
count and direction the cheapest such change is sought (the "jump" of Kelly, Golden and
Assad 1992, and of Fischetti and Salazar 2000, by linear programming), and the cells that it
moves are hidden. Valid for any linear system: several groupings, linked groups, inequalities.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.carriers import Carrier, possible_table
from indicators.disclosure.cells import (
    BoolArray,
    FloatArray,
    IntArray,
    cell_words,
    read_knowledge,
)
from indicators.disclosure.equations import Component, Rule, System, split
from indicators.disclosure.search import Part, Search
from indicators.status import Status

__all__ = ["Progress", "Rule", "kept_but_hidden", "primary_cells", "protect"]

Progress = Callable[[int, int], None]
"""Called with the parts done and all parts."""


@dataclass(frozen=True)
class _Plan:
    """The table as the suppression sees it, one entry per cell.

    ``value`` is the true number, or a possible one where the publisher hid it; ``fixed``
    cells can never move, ``kept`` ones only where nothing else helps and ``never`` ones of
    them not even then; ``open`` cells are unknown to the reader from the start, ``blank`` ones
    of them to us as well.
    """

    value: IntArray
    lower: IntArray
    primary: BoolArray
    open: BoolArray
    blank: BoolArray
    fixed: BoolArray
    kept: BoolArray
    never: BoolArray
    weight: FloatArray
    threshold: int


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
    plan = _plan(counts, rule, public_measures)
    parts = [p for p in split(system, ~plan.fixed) if plan.primary[p.cells].any()]
    suppressed = read_knowledge(counts).suppressed
    hidden = plan.primary | suppressed
    failed: list[int] = []
    _refuse_contradictions(system, plan)
    for number, part in enumerate(parts):
        cells, lost = _protect_part(system, plan, part)
        hidden[cells] = True
        failed += lost
        if progress:
            progress(number + 1, len(parts))
    _refuse_unprotected(system, failed)
    return _with_hidden(counts, hidden & (suppressed | ~plan.open))


def kept_but_hidden(
    protected: pd.DataFrame, rule: Rule, names: Mapping[str, str] | None = None
) -> list[str]:
    """Name the cells of kept levels that had to be hidden after all, for the check report."""
    chosen = protected["level"].isin(rule.keep_levels) & (
        protected["status"] == Status.SUPPRESSED.value
    )
    return [cell_words(cell, names or {}) for _, cell in protected[chosen].iterrows()]


def _plan(counts: pd.DataFrame, rule: Rule, public_measures: Collection[str]) -> _Plan:
    knowledge = read_knowledge(counts)
    public = counts["measure"].isin(public_measures).to_numpy(dtype=np.bool_)
    value = counts["count"].fillna(0).to_numpy(dtype=np.int64)
    primary = primary_cells(counts, rule, public_measures)
    unknown = ~knowledge.known
    on_level = counts["level"].isin(rule.keep_levels).to_numpy(dtype=np.bool_)
    kept = on_level & ~primary & ~unknown
    whole = (counts["group"] == "total").to_numpy(dtype=np.bool_)
    return _Plan(
        value=value,
        lower=np.where(unknown & ~knowledge.suppressed, 0, 1),
        primary=primary,
        open=unknown,
        blank=unknown & counts["count"].isna().to_numpy(dtype=np.bool_),
        fixed=(public | (value == 0)) & ~unknown,
        kept=kept,
        never=kept & whole,
        weight=1.0 + np.log2(1.0 + value),
        threshold=rule.threshold,
    )


def _refuse_contradictions(system: System, plan: _Plan) -> None:
    """Raise if the known numbers do not fulfil the equations: an area is not its parts."""
    unknown = np.asarray(np.abs(system.matrix) @ plan.blank.astype(np.int64)) > 0
    balance = np.asarray(system.matrix @ plan.value)
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


def _refuse_unprotected(system: System, failed: list[int]) -> None:
    if failed:
        problems = [
            Problem(
                cell_words(system.cells.iloc[cell], {}),
                "nicht zu schützen, solange die Summen darüber veröffentlicht bleiben",
                "die Ebene aus keep_levels nehmen oder die Gruppe nicht veröffentlichen",
            )
            for cell in sorted(set(failed))
        ]
        raise DisclosureError("Kleine Zahlen lassen sich nicht schützen.", problems)


def _with_hidden(counts: pd.DataFrame, hidden: BoolArray) -> pd.DataFrame:
    chosen = pd.Series(hidden, index=counts.index)
    return counts.assign(
        count=counts["count"].mask(chosen).astype("Int64"),
        status=counts["status"].mask(chosen, Status.SUPPRESSED.value),
    )


def _rises(carrier: Carrier, plan: _Plan, cells: IntArray, value: IntArray) -> IntArray:
    """By how much each small cell must be able to rise: to the threshold.

    An interval that ends below it would say that the cell is small, and as 2 would need room
    up to 3, one from 1 to 2 would say that it is 1. Where public numbers alone keep a cell
    below the threshold, one more than the true number must do.
    """
    rise = np.maximum(1, plan.threshold - value)
    for cell in np.flatnonzero(plan.primary[cells] & (rise > 1)):
        if not carrier.can_move(int(cell), int(rise[cell])):
            rise[cell] = 1
    return rise


def _protect_part(system: System, plan: _Plan, part: Component) -> tuple[IntArray, list[int]]:
    """Protect one independent part; the cells to hide, and those that cannot be protected."""
    cells, equality = part.cells, system.equality[part.rows]
    matrix = system.matrix[part.rows]
    rest = np.asarray(matrix @ np.where(plan.fixed, plan.value, 0))
    inner = matrix[:, cells]
    value = possible_table(
        inner, equality, rest, plan.value[cells], plan.lower[cells], plan.blank[cells]
    )
    if value is None:
        return cells[:0], cells[plan.primary[cells]].tolist()
    slack = -(np.asarray(inner @ value) + rest).astype(np.float64)
    carrier = Carrier(inner, equality, slack, (value - plan.lower[cells]).astype(np.float64))
    search = Search(
        Part(
            value=value,
            primary=plan.primary[cells],
            open=plan.open[cells],
            kept=plan.kept[cells],
            never=plan.never[cells],
            weight=plan.weight[cells],
            rise=_rises(carrier, plan, cells, value),
        ),
        carrier,
    )
    search.run()
    search.tidy()
    return cells[search.hidden], cells[search.failed].tolist()
