"""Any table of counts as a system of equations: dimensions, hierarchies, all their sums.

A plain table has a few dimensions; every combination of one code of each is a cell. Cells
are numbered with the last dimension running fastest, so that all of this is arithmetic on
positions and works for any number of dimensions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray, Knowledge
from indicators.disclosure.equations import System
from indicators.disclosure.plain_codes import Dimension
from indicators.disclosure.plain_words import PlainWords
from indicators.disclosure.rule import Rule
from indicators.disclosure.task import Task, plain_task

Cost = Literal["count", "cell", "weights"]


@dataclass(frozen=True)
class Plain:
    """The cells of a plain table.

    Parameters
    ----------
    dimensions
        In the order of the cells' numbers; the last runs fastest.
    """

    dimensions: tuple[Dimension, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of codes per dimension."""
        return tuple(len(d.codes) for d in self.dimensions)

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(np.prod([float(n) for n in self.shape]))

    @property
    def names(self) -> list[str]:
        """Names of the dimensions."""
        return [d.name for d in self.dimensions]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The codes of every cell."""
        at = np.unravel_index(np.arange(self.size), self.shape)
        codes = [np.array(d.codes, dtype=object) for d in self.dimensions]
        columns = {d.name: c[i] for d, c, i in zip(self.dimensions, codes, at, strict=True)}
        return pd.DataFrame(columns, dtype="str")

    @cached_property
    def system(self) -> System:
        """Every sum of every hierarchy, for every combination of the other dimensions' codes."""
        shape = self.shape
        blocks = []
        for axis, dimension in enumerate(self.dimensions):
            before, after = int(np.prod(shape[:axis])), int(np.prod(shape[axis + 1 :]))
            inner = sparse.kron(dimension.sums, _identity(after), format="csr")
            blocks.append(sparse.kron(_identity(before), inner, format="csr"))
        matrix = sparse.csr_array(sparse.vstack(blocks, format="csr"), dtype=np.int64)
        matrix.sort_indices()
        equality = np.ones(matrix.shape[0], dtype=np.bool_)
        return System(self.cells, matrix, equality, PlainWords(tuple(self.names)))

    @cached_property
    def stages(self) -> IntArray:
        """Shape (cells, dimensions): how far each code stands above the innermost ones."""
        at = np.unravel_index(np.arange(self.size), self.shape)
        return np.stack([d.stage[i] for d, i in zip(self.dimensions, at, strict=True)], axis=1)

    def find(self, codes: pd.DataFrame) -> IntArray:
        """The number of each row's cell, -1 where a code is unknown."""
        number = np.zeros(len(codes), dtype=np.int64)
        known = np.ones(len(codes), dtype=np.bool_)
        for dimension in self.dimensions:
            at = pd.Index(dimension.codes).get_indexer(pd.Index(codes[dimension.name]))
            known &= at >= 0
            number = number * len(dimension.codes) + at
        return np.where(known, number, -1)

    def choose(self, codes: Mapping[str, str]) -> BoolArray:
        """The cells that have these codes, whatever their other dimensions are."""
        chosen = np.ones(self.shape, dtype=np.bool_)
        for axis, dimension in enumerate(self.dimensions):
            if dimension.name in codes:
                here = np.array(dimension.codes) == codes[dimension.name]
                broad = [1] * len(self.shape)
                broad[axis] = -1
                chosen &= here.reshape(broad)
        return chosen.ravel()

    def add_up(self, inner: IntArray) -> IntArray:
        """Add innermost counts up to all cells.

        Parameters
        ----------
        inner
            Shape (cells,): counts of the innermost cells; what stands in others is not read.

        Returns
        -------
        numpy.ndarray
            Shape (cells,).
        """
        table = inner.reshape(self.shape)[np.ix_(*(d.leaves for d in self.dimensions))]
        for axis, dimension in enumerate(self.dimensions):
            front = np.moveaxis(table, axis, 0)
            whole = dimension.spread @ front.reshape(front.shape[0], -1)
            table = np.moveaxis(np.asarray(whole).reshape(-1, *front.shape[1:]), 0, axis)
        return np.ascontiguousarray(table).ravel()

    def innermost(self) -> BoolArray:
        """Which cells are no sum in any dimension."""
        return np.asarray((self.stages == 0).all(axis=1))


def _identity(size: int) -> sparse.csr_array:
    return sparse.csr_array(sparse.eye_array(size, dtype=np.int64))


@dataclass(frozen=True)
class Wishes:
    """What a person decides about single cells; shape (cells,) each, None for none.

    Parameters
    ----------
    keep
        Cells that stay printed.
    secret
        Cells that are hidden although their number is not small.
    weight
        The information lost by hiding a cell; None for `cost`.
    cost
        ``count``: the count itself, at least 1; ``cell``: 1 each; ``weights``: `weight`.
    """

    keep: BoolArray | None = None
    secret: BoolArray | None = None
    weight: FloatArray | None = field(default=None)
    cost: Cost = "count"


def primary_of(value: IntArray, rule: Rule) -> BoolArray:
    """Which counts are small: above 0 and below the threshold."""
    return (value > 0) & (value < rule.threshold)


def plain_rule(threshold: int, zeros: Literal["published", "hidden"], insiders: bool) -> Rule:
    """The rule of a plain table: no levels and no groups that the program knows of."""
    return Rule(
        threshold=threshold, keep_levels=(), zeros=zeros, insiders=insiders, full_groups=False
    )


def task_of_plain(plain: Plain, value: IntArray, rule: Rule, wishes: Wishes) -> Task:
    """The task that a plain table sets.

    Small counts and what a person declared secret must be protected; zeros stay printed.

    Parameters
    ----------
    value
        Shape (cells,): the true numbers of all cells.
    """
    small = primary_of(value, rule)
    secret = np.zeros_like(small) if wishes.secret is None else wishes.secret & ~small
    fall = np.where(small, rule.fall(value), np.where(secret, _secret_fall(value, rule), 0))
    rise = np.where(small, rule.rise(value), np.where(secret, 1, 0))
    never = np.zeros_like(small) if wishes.keep is None else wishes.keep
    return replace(
        plain_task(plain.system, value, rule.lowest, small | secret),
        fall=fall.astype(np.int64),
        rise=rise.astype(np.int64),
        never=never,
        weight=_weights(value, wishes),
        alone=small & (value == 1) & rule.insiders,
    )


def _secret_fall(value: IntArray, rule: Rule) -> IntArray:
    return np.clip(value - rule.lowest, 0, 1)


def _weights(value: IntArray, wishes: Wishes) -> FloatArray:
    if wishes.cost == "count":
        return np.maximum(value, 1).astype(np.float64)
    if wishes.cost == "weights" and wishes.weight is not None:
        return wishes.weight
    return np.ones(len(value))


def knowledge_of(
    value: IntArray,
    hidden: BoolArray,
    rule: Rule,
    absent: BoolArray | None = None,
    undelivered: BoolArray | None = None,
) -> Knowledge:
    """What a reader knows of each cell.

    Parameters
    ----------
    value
        The printed numbers; not read elsewhere.
    hidden
        Cells hidden on purpose: a hidden number is at least 1 where zeros are printed.
    absent
        Cells without a row: as secret as hidden ones, but they can be 0. None for none.
    undelivered
        Cells that the publisher does not know either; None for none.
    """
    none = np.zeros_like(hidden)
    absent = none if absent is None else absent
    undelivered = none if undelivered is None else undelivered
    known = ~(hidden | absent | undelivered)
    lower = np.where(hidden, rule.lowest, 0).astype(np.int64)
    return Knowledge(known, np.where(known, value, 0), lower, hidden | absent)


def level_words(dimension: Dimension) -> list[str]:
    """A German word for the level of every code: innermost, a sum between, or the total."""
    between = [int(s) for s in np.unique(dimension.stage[1:]) if s > 0]
    words = {0: "innerste Schlüssel", **{s: f"Zwischensummen, Stufe {s}" for s in between}}
    if len(between) == 1:
        words[between[0]] = "Zwischensummen"
    return ["Gesamtsumme", *(words[int(s)] for s in dimension.stage[1:])]
