"""Exact numbers that others publish: totals a reader knows whatever we hide."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.cells import KEY, IntArray, read_knowledge
from indicators.periods import german_date
from indicators.status import Status

SAME, OTHER = "same", "other"
"""Whether the other source counts by the same definition as the table."""


@dataclass(frozen=True)
class Externals:
    """Numbers from elsewhere beside a counts table.

    Parameters
    ----------
    counts
        In the columns of an edition's ``counts``, ``published``, one row per number.
    row
        Shape (numbers,): the row of the counts table that has the same key, or -1.
    """

    counts: pd.DataFrame
    row: IntArray


def match_externals(counts: pd.DataFrame, externals: pd.DataFrame | None) -> Externals:
    """Find each number's place in a counts table.

    Parameters
    ----------
    counts
        Columns of an edition's ``counts``.
    externals
        Key columns and ``count``.
    """
    if externals is None or externals.empty:
        return Externals(counts.iloc[:0], np.zeros(0, dtype=np.int64))
    keys = pd.MultiIndex.from_frame(counts[KEY])
    row = keys.get_indexer(pd.MultiIndex.from_frame(externals[KEY])).astype(np.int64)
    number = externals["count"].astype("Int64")
    status = np.where(number == 0, Status.ZERO.value, Status.PUBLISHED.value)
    own = externals[KEY].assign(count=number, status=status, method="delivered")
    return Externals(own.reset_index(drop=True), row)


def usable_externals(
    counts: pd.DataFrame, externals: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Keep the numbers that are the table's own, and say why others are not used.

    Parameters
    ----------
    counts
        True numbers in the columns of an edition's ``counts``.
    externals
        Key columns, ``count``, ``source`` (a name), ``definition`` (`SAME` or `OTHER`).

    Returns
    -------
    externals, notes
        What a reader can calculate with, and German sentences for the check report.

    Raises
    ------
    DisclosureError
        A number that is counted by the same definition is not the table's; both are named.
    """
    matched = match_externals(counts, externals)
    known = read_knowledge(counts).known
    there = matched.row >= 0
    estimated = (counts["status"] == Status.ESTIMATED.value).to_numpy(dtype=np.bool_)
    used, notes, problems = np.ones(len(externals), dtype=np.bool_), [], []
    for i, line in enumerate(externals.itertuples(index=False)):
        row = int(matched.row[i])
        ours = counts["count"].iloc[row] if there[i] and known[row] else None
        name = f"{line.measure}/{line.group}, {line.area}, {german_date(str(line.period))}"
        if line.definition == OTHER:
            used[i] = False
            beside = "" if ours is None or pd.isna(ours) else f" (hier {ours})"
            notes.append(
                f"{name}: {line.count} nach {line.source}{beside}. Dort wird anders gezählt; "
                "die Zahl gehört nicht zu den Gleichungen."
            )
        elif there[i] and estimated[row]:
            used[i] = False
            notes.append(
                f"{name}: {line.count} nach {line.source}. Hier fehlen Gebiete in der Summe; "
                "die Zahl gehört nicht zu den Gleichungen."
            )
        elif ours is not None and not pd.isna(ours) and ours != line.count:
            problems.append(Problem(name, f"{line.count} nach {line.source}, hier {ours}", _FIX))
    if problems:
        raise DisclosureError(
            "Zahlen von anderer Stelle widersprechen den Summen der Tabellen.", problems
        )
    return externals[used].reset_index(drop=True), tuple(notes)


_FIX = 'dieselbe Zahl, oder definition = "other", wenn dort anders gezählt wird'
