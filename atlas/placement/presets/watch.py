"""When a search ends, and what it tells on the way: clock, work, stop, bound and gap."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from geodata.progress import Progress, silent

Ended = Literal["optimal", "gap", "work_limit", "time_limit", "stopped"]

EXACT = 1e-7
"""Relative difference from which on two costs are different."""
_PERCENT = 100.0
_NEWS_SECONDS = 0.5


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

    def tell(self, step: str, share: float, gap: float | None = None) -> None:
        """Tell what is being done; not more often than someone could read."""
        now = self.seconds
        if now - self._told < _NEWS_SECONDS and share < 1.0:
            return
        self._told = now
        if gap is not None:
            step = f"{step}, höchstens {_PERCENT * gap:.2f} % vom Besten".replace(".", ",")
        self._progress(step, share)


def share_done(gap: float, wanted: float) -> float:
    """How far a search has come, from its gap: all the way when it is what was wanted."""
    return max(0.0, min(1.0, 1.0 - (gap - wanted) / max(1.0 - wanted, EXACT)))
