"""A table that is to be protected, as arrays over the variables of a system, and the result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.equations import System

Ended = Literal["optimal", "gap", "limit", "time", "stopped"]


@dataclass(frozen=True)
class Task:
    """What is to be hidden; every array has one entry per cell of the system.

    Parameters
    ----------
    system
        The equations that the reader knows.
    value
        The true number, anything where `blank`.
    lower
        The smallest number that a hidden cell can be for the reader.
    primary
        Cells that must be protected; they are hidden in any case.
    fall, rise
        By how much each primary cell must be able to be less and more; 0 for the others.
    open
        Cells that are unknown to the reader from the start.
    blank
        Those of them that are unknown to us as well.
    fixed
        Cells that the reader knows in any case: zeros and what is public.
    kept
        Cells that are hidden only where nothing else helps.
    never
        Cells that stay printed whatever happens.
    weight
        The information lost by hiding a cell, above 0.
    alone
        Cells behind which one person stands, who knows it: she must not find out others.
    """

    system: System
    value: IntArray
    lower: IntArray
    primary: BoolArray
    fall: IntArray
    rise: IntArray
    open: BoolArray
    blank: BoolArray
    fixed: BoolArray
    kept: BoolArray
    never: BoolArray
    weight: FloatArray
    alone: BoolArray


@dataclass(frozen=True)
class Effort:
    """How long to look for a better pattern.

    With the same limits the same input gives the same pattern, unless it ended by the clock
    or by `stop`. Whatever ends the search, the pattern protects.

    Parameters
    ----------
    gap
        The search ends when the loss is proven to be this close to the smallest one, as a
        share; 0 looks for the best. The default, 1 %, is far below what other rules cost.
    rounds
        How often what holds small numbers fast is learned from a pattern.
    patience
        After so many rounds without progress worth the name the search ends. 0 learns from
        solutions in fractions alone: quick, good patterns, and a weaker bound.
    nodes
        Limit of the search tree of one program.
    work
        Limit of the steps of the simplex method in all proposals for an independent part; the
        search ends when it is passed, so on hard tables after about a minute.
    seconds
        Limit by the clock, or None.
    stop
        Asked between programs; the search ends when it says so.
    """

    gap: float = 0.01
    rounds: int = 60
    patience: int = 4
    nodes: int = 2000
    work: int = 200_000
    seconds: float | None = None
    stop: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Pattern:
    """Which cells to hide.

    Parameters
    ----------
    hidden
        Shape (cells,): what the reader does not see, `Task.open` included.
    failed
        Cells that cannot be protected while what must stay printed is printed.
    loss
        Weight of the cells hidden beside the primary ones.
    bound
        No pattern that protects loses less than this; 0 where nothing was proven.
    ended
        How the search ended.
    """

    hidden: BoolArray
    failed: IntArray
    loss: float
    bound: float
    ended: Ended

    @property
    def gap(self) -> float:
        """How far the loss may be from the best one, as a share of the loss."""
        return 0.0 if self.loss <= self.bound else float(1.0 - self.bound / self.loss)


def plain_task(system: System, value: IntArray, lower: int, primary: BoolArray) -> Task:
    """A task in which every printed number is true and nothing is kept; a start to change."""
    size = len(value)
    none = np.zeros(size, dtype=np.bool_)
    zero = np.zeros(size, dtype=np.int64)
    return Task(
        system=system, value=value, lower=np.full(size, lower, dtype=np.int64), primary=primary,
        fall=zero, rise=zero, open=none, blank=none, fixed=value == 0, kept=none, never=none,
        weight=np.ones(size), alone=none,
    )  # fmt: skip
