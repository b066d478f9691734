"""Where every cell of a counts table stands: by table slice and by area."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.errors import KeyJoinError, Problem
from indicators.periods import german_date
from indicators.status import VISIBLE, Status

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

NODE = ["vintage", "level", "area"]
SLICE = ["vintage", "period", "measure", "group"]
KEY = [*NODE, "period", "measure", "group"]
BY_RULE = "by_rule"
"""The ``method`` of a cell that is hidden whatever its number is, see `tiny`."""


@dataclass(frozen=True)
class CellIndex:
    """Positions of cells.

    Parameters
    ----------
    slices
        One row per vintage, period, measure and group.
    nodes
        One row per vintage, level and area.
    position
        Shape (slices, nodes): the row of the counts table, -1 where there is none.
    """

    slices: pd.DataFrame
    nodes: pd.DataFrame
    position: IntArray


def index_cells(counts: pd.DataFrame) -> CellIndex:
    """Index a counts table by slice and area.

    Raises
    ------
    KeyJoinError
        A cell stands twice in the table.
    """
    refuse_duplicates(counts)
    slice_of, slices = _number(counts, SLICE)
    node_of, nodes = _number(counts, NODE)
    position = np.full((len(slices), len(nodes)), -1, dtype=np.int64)
    position[slice_of, node_of] = np.arange(len(counts))
    return CellIndex(slices, nodes, position)


def _number(counts: pd.DataFrame, columns: list[str]) -> tuple[IntArray, pd.DataFrame]:
    """Number the distinct combinations of some columns, in order of appearance."""
    number = counts.groupby(columns, sort=False).ngroup().to_numpy().astype(np.int64)
    distinct = counts[columns].drop_duplicates().reset_index(drop=True)
    return number, distinct


def refuse_duplicates(counts: pd.DataFrame) -> None:
    """Raise if a cell stands twice in a counts table."""
    twice = counts.loc[counts.duplicated(KEY), KEY].drop_duplicates()
    if len(twice):
        problems = [
            Problem(" / ".join(map(str, row)), "steht mehrfach") for row in twice.to_numpy()
        ]
        raise KeyJoinError("Zellen der Zähltabelle stehen mehrfach darin.", problems)


@dataclass(frozen=True)
class Knowledge:
    """What a reader of a counts table knows of each cell.

    Parameters
    ----------
    known
        The number is printed, or it is 0 because nobody lives there (``not_applicable``).
    value
        The number, 0 where it is not known.
    lower
        Smallest number it can be: 1 for a suppressed cell where zeros are published, and 0
        for one that was never delivered or that is hidden whatever its number is.
    suppressed
        The cell is hidden on purpose.
    """

    known: BoolArray
    value: IntArray
    lower: IntArray
    suppressed: BoolArray


def read_knowledge(counts: pd.DataFrame, lowest: int = 1) -> Knowledge:
    """Split a counts table into known numbers and unknowns, by status and count.

    Parameters
    ----------
    lowest
        Smallest number that a suppressed cell can be.
    """
    status = counts["status"].astype("str")
    printed = status.isin(VISIBLE) & counts["count"].notna()
    known = (printed | (status == Status.NOT_APPLICABLE)).to_numpy(dtype=np.bool_)
    suppressed = (status == Status.SUPPRESSED).to_numpy(dtype=np.bool_)
    value = counts["count"].fillna(0).to_numpy(dtype=np.int64)
    lower = np.where(suppressed & ~hidden_by_rule(counts), lowest, 0).astype(np.int64)
    return Knowledge(known, np.where(known, value, 0), lower, suppressed)


def hidden_by_rule(counts: pd.DataFrame) -> BoolArray:
    """Which cells are hidden whatever their number is, by their ``method`` where they have one."""
    if "method" not in counts:
        return np.zeros(len(counts), dtype=np.bool_)
    found: BoolArray = (counts["method"] == BY_RULE).to_numpy(dtype=np.bool_)
    return found


def cell_words(cell: pd.Series, names: Mapping[str, str]) -> str:
    """Name a cell in German: area, measure and group, reporting date."""
    day = german_date(str(cell["period"]))
    return f"{area_words(cell, names)}, {item_words(cell, names)}, {day}"


def area_words(cell: pd.Series, names: Mapping[str, str]) -> str:
    """Name a cell's area; `names` may hold a level's key and ``level/area``."""
    level, area = str(cell["level"]), str(cell["area"])
    return f"{names.get(level, level.capitalize())} {names.get(f'{level}/{area}', area)}"


def item_words(cell: pd.Series, names: Mapping[str, str]) -> str:
    """Name what a cell counts; `names` may hold measures and groups."""
    measure, group = str(cell["measure"]), str(cell["group"])
    if group == "total":
        return names.get(measure, measure)
    return f"{names.get(measure, measure)} ({names.get(group, group)})"
