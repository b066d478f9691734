"""Random tables of two and three dimensions with two groupings, and all tables that fit.

The margins are made here from sets of innermost cells; nothing of the program's equations is
used. Codes are put together to cells, cells are sets of innermost cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import pandas as pd

from indicators.disclosure.plain import Plain
from indicators.disclosure.plain_codes import TOTAL, Hierarchy, Link, make_dimension

LARGEST = 60_000
"""More tables than this are not tried."""

Grouping = Mapping[str, str]


class TooManyError(Exception):
    """More tables fit than can be tried."""


@dataclass(frozen=True)
class Axis:
    """One dimension: its innermost codes, and groupings of them (child to parent)."""

    name: str
    codes: tuple[str, ...]
    groupings: tuple[Grouping, ...] = ()

    def inside(self) -> dict[str, frozenset[int]]:
        """The innermost codes in every code, by position."""
        found = {code: frozenset({i}) for i, code in enumerate(self.codes)}
        found[TOTAL] = frozenset(range(len(self.codes)))
        for grouping in self.groupings:
            for parent in grouping.values():
                found[parent] = frozenset(
                    i for i, code in enumerate(self.codes) if grouping[code] == parent
                )
        return found


@dataclass(frozen=True)
class Cube:
    """A table with all its margins.

    Parameters
    ----------
    axes
        The dimensions.
    inner
        True numbers of the innermost cells, the last dimension running fastest.
    """

    axes: tuple[Axis, ...]
    inner: tuple[int, ...]

    @property
    def plain(self) -> Plain:
        """The same dimensions for the program."""
        made = []
        for axis in self.axes:
            trees = [
                Hierarchy(f"h{i}", tuple(Link(c, p, "") for c, p in grouping.items()))
                for i, grouping in enumerate(axis.groupings)
            ]
            dimension, problems = make_dimension(axis.name, trees, axis.codes)
            if dimension is None:
                raise ValueError(problems)
            made.append(dimension)
        return Plain(tuple(made))

    def members(self, cells: pd.DataFrame) -> list[list[int]]:
        """The innermost cells in each cell."""
        shape = tuple(len(axis.codes) for axis in self.axes)
        inside = [axis.inside() for axis in self.axes]
        return [
            [
                int(np.ravel_multi_index(at, shape))
                for at in product(*(sorted(i[c]) for i, c in zip(inside, codes, strict=True)))
            ]
            for codes in cells.to_numpy().tolist()
        ]


def size_of(axes: Sequence[Axis]) -> int:
    """Number of innermost cells."""
    return prod(len(axis.codes) for axis in axes)


def all_tables(
    members: Sequence[Sequence[int]], printed: Mapping[int, int], inner: Sequence[int], lowest: int
) -> np.ndarray:
    """Every table of innermost cells that agrees with what is printed, one per row.

    Parameters
    ----------
    members
        The innermost cells in each cell.
    printed
        Numbers by cell. An innermost cell that is 0 is always printed.
    inner
        True numbers; only which are 0 is used.
    lowest
        Smallest number of an innermost cell that is not 0.

    Raises
    ------
    TooManyError
        There are more than `LARGEST` on the way, or without end.
    """
    least = np.array([lowest if n else 0 for n in inner])
    most = _limits(members, printed, least, inner)
    tables = np.zeros((1, 0), dtype=np.int64)
    for cell in range(len(inner)):
        tried = np.arange(least[cell], most[cell] + 1)
        if len(tables) * len(tried) > 20 * LARGEST:
            raise TooManyError
        tables = np.hstack(
            [np.repeat(tables, len(tried), axis=0), np.tile(tried, len(tables))[:, None]]
        )
        for margin, number in printed.items():
            own = members[margin]
            if cell not in own:
                continue
            sums = tables[:, [i for i in own if i <= cell]].sum(axis=1)
            rest = [i for i in own if i > cell]
            fits = (sums + least[rest].sum() <= number) & (sums + most[rest].sum() >= number)
            tables, sums = tables[fits], sums[fits]
        if len(tables) > LARGEST:
            raise TooManyError
    return tables


def _limits(
    members: Sequence[Sequence[int]],
    printed: Mapping[int, int],
    least: np.ndarray,
    inner: Sequence[int],
) -> np.ndarray:
    """The largest number of every innermost cell that any printed margin allows."""
    most = np.array([-1 if n else 0 for n in inner])
    for margin, number in printed.items():
        own = members[margin]
        for cell in own:
            room = number - least[own].sum() + least[cell]
            most[cell] = room if most[cell] < 0 else min(most[cell], room)
    if (most < 0).any():
        raise TooManyError
    return most
