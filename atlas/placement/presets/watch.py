"""When a search ends, and what it tells on the way: clock, work, stop, bound and gap."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from geodata.progress import Progress, silent

Ended = Literal["optimal", "gap", "work_limit", "time_limit", "stopped"]

EXACT = 1e-7
"""Relative difference from which on two costs are different."""
_PERCENT, _LARGE = 100.0, 1000.0
_NEWS_SECONDS = 1.0


def never() -> bool:
    """Nobody stops the search."""
    return False


@dataclass(frozen=True)
class Limits:
    """How far to go.

    Parameters
    ----------
    gap
        End when the choice is proven to be at most this share from the best, 0 to 1; 0 proves
        the optimum.
    seconds
        End by the clock; the same problem may then give another choice. None is no clock.
    work
        End after so many steps of the search (price steps, rounds of cuts, branches); always
        at the same place. None is no end.
    """

    gap: float = 0.0
    seconds: float | None = None
    work: int | None = None


class Watch:
    """Follows one search: how long, how much work, whether to go on."""

    def __init__(
        self,
        limits: Limits,
        progress: Progress = silent,
        stop: Callable[[], bool] = never,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.limits = limits
        self.work = 0
        self._progress, self._stop, self._clock = progress, stop, clock
        self._began = clock()
        self._told = -_NEWS_SECONDS
        self._ended: Ended | None = None

    @property
    def stoppable(self) -> bool:
        """Whether anybody could stop the search."""
        return self._stop is not never

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._clock() - self._began

    @property
    def seconds_left(self) -> float:
        """Infinite without a time limit."""
        if self.limits.seconds is None:
            return float("inf")
        return max(0.0, self.limits.seconds - self.seconds)

    @property
    def work_left(self) -> int | None:
        """None without a work limit."""
        return None if self.limits.work is None else max(0, self.limits.work - self.work)

    @property
    def ended(self) -> Ended | None:
        """Why the search had to end, None while it may go on; once ended it stays so."""
        if self._ended is None:
            if self._stop():
                self._ended = "stopped"
            elif self.seconds_left <= 0.0:
                self._ended = "time_limit"
            elif self.work_left == 0:
                self._ended = "work_limit"
        return self._ended

    def over(self) -> bool:
        """Whether the search has to end."""
        return self.ended is not None

    def spend(self, steps: int = 1) -> None:
        """Count work that was done."""
        self.work += steps

    def part(self, work: int | None = None) -> "Watch":
        """A silent watch for an exact answer on the way, with at most so much work.

        It is handed back by `take`.
        """
        left = [steps for steps in (work, self.work_left) if steps is not None]
        seconds = None if self.limits.seconds is None else self.seconds_left
        limits = Limits(0.0, seconds, min(left, default=None))
        return Watch(limits, silent, self._stop, self._clock)

    def take(self, part: "Watch") -> None:
        """Count the work of a part; what stopped it stops the whole."""
        self.spend(part.work)
        if part.ended in ("stopped", "time_limit"):
            self._ended = self._ended or part.ended

    def tell(self, step: str, share: float, known: "Known | None" = None) -> None:
        """Tell what is being done; not more often than someone could read."""
        now = self.seconds
        if now - self._told < _NEWS_SECONDS and share < 1.0:
            return
        self._told = now
        self._progress(step if known is None else f"{step}, {known}", share)

    def tell_gap(self, step: str, known: "Known") -> None:
        """Tell what is being done, how good the best choice is, and so how far the search is."""
        self.tell(step, share_done(known.gap, self.limits.gap), known)


@dataclass(frozen=True)
class Known:
    """What is known of the best choice so far.

    Parameters
    ----------
    value, bound
        What it is worth or costs, and how good any choice can be at best.
    gap
        Their distance, 0 to 1.
    """

    value: float
    bound: float
    gap: float

    def __str__(self) -> str:
        """As progress shows it."""
        gap = f"{_PERCENT * self.gap:.2f}".replace(".", ",")
        best = f"bisher {_plain(self.value)}, Schranke {_plain(self.bound)}"
        return f"{best}, höchstens {gap} % vom Besten"


def _plain(value: float) -> str:
    """A number in German style, with one decimal where it is small."""
    digits = f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.1f}"
    return digits.translate(str.maketrans(",.", ".,"))


def share_done(gap: float, wanted: float) -> float:
    """How far a search has come, from its gap: all the way when it is what was wanted."""
    return max(0.0, min(1.0, 1.0 - (gap - wanted) / max(1.0 - wanted, EXACT)))
