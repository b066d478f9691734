"""Plans computed in the background: one after the other tells how far it is, and can be stopped.

A job runs in a thread of the server. It is held by the one who asked for it; when that
reader is gone, nobody holds it any longer and the search ends by itself.
"""

import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from atlas.edition import Edition
from atlas.placement.plan import compute_plan
from atlas.placement.result import Plan
from atlas.placement.saving import plan_files
from atlas.placement.scenario import Scenario
from geodata.errors import PlacementError, UserError
from geodata.progress import Progress, Stop

AT_ONCE = 2
"""Searches that run at the same time on one server; further ones wait for their turn."""

_WAIT = 0.1
Files = Callable[[Edition, Plan], dict[str, bytes]]
_WRITE, _NEARLY = "Schreibe die Dateien", 0.95
_STOPPED = "Angehalten, bevor ein Plan gefunden war."
_seats = threading.BoundedSemaphore(AT_ONCE)
_LOG = logging.getLogger(__name__)


class Compute(Protocol):
    """What makes a plan; see `atlas.placement.plan.compute_plan`."""

    def __call__(
        self,
        edition: Edition,
        scenario: Scenario,
        name: str,
        progress: Progress = ...,
        stop: Stop = ...,
    ) -> Plan:
        """Compute the plan."""


@dataclass(frozen=True)
class JobState:
    """How far a job is.

    Parameters
    ----------
    step, share
        What is being done and the share of the whole, 0 to 1.
    seconds
        Since the job was asked for.
    waiting
        Other searches have to end first.
    stopping
        It was asked to end with the best it has.
    plan, error
        How it ended; both None while it runs.
    files
        Of the plan, by their path in its folder.
    """

    step: str
    share: float
    seconds: float
    waiting: bool
    stopping: bool
    plan: Plan | None
    error: UserError | None
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or badly."""
        return self.plan is not None or self.error is not None


class _Board:
    """What thread and reader tell each other."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.began = time.monotonic()
        self.told: tuple[str, float] = ("", 0.0)
        self.waiting = True
        self.end: tuple[float, Plan | None, UserError | None] | None = None
        self.files: dict[str, bytes] = {}

    def tell(self, step: str, share: float) -> None:
        """A step never goes back: bars that do are not believed."""
        self.told = (step, min(max(share, self.told[1]), 1.0))


class Job:
    """One plan that is being computed.

    Parameters
    ----------
    edition, scenario, name
        As for `atlas.placement.plan.compute_plan`.
    compute
        Makes the plan.
    files
        Writes its files, which takes seconds in a large city.
    """

    def __init__(
        self,
        edition: Edition,
        scenario: Scenario,
        name: str,
        compute: Compute = compute_plan,
        *,
        files: Files = plan_files,
    ) -> None:
        self.scenario = scenario
        self._board = board = _Board()

        def work() -> Plan:
            plan = compute(edition, scenario, name, board.tell, board.stop.is_set)
            board.tell(_WRITE, _NEARLY)
            board.files = files(edition, plan)
            return plan

        # The thread knows the board only, so that the job can be forgotten by its reader.
        self._thread = threading.Thread(target=_run, args=(board, work), daemon=True)
        weakref.finalize(self, board.stop.set)
        self._thread.start()

    def stop(self) -> None:
        """Ask for the best plan found so far."""
        self._board.stop.set()

    def join(self, seconds: float) -> None:
        """Wait for the end, at most so long."""
        self._thread.join(seconds)

    @property
    def state(self) -> JobState:
        """How far it is now."""
        board = self._board
        step, share = board.told
        ended, plan, error = board.end or (time.monotonic(), None, None)
        return JobState(
            step=step,
            share=share,
            seconds=ended - board.began,
            waiting=board.waiting and board.end is None,
            stopping=board.stop.is_set(),
            plan=plan,
            error=error,
            files=board.files,
        )


def _run(board: _Board, work: Callable[[], Plan]) -> None:
    plan: Plan | None = None
    error: UserError | None = None
    try:
        plan = _in_turn(board, work)
    except UserError as found:
        # Whatever a search that was stopped complains of, the reader ended it.
        error = PlacementError(_STOPPED) if board.stop.is_set() else found
    except Exception:
        # A defect of ours: the log has all of it, the reader one sentence.
        _LOG.exception("a plan could not be computed")
        error = PlacementError("Beim Rechnen ist ein Fehler des Programms aufgetreten.")
    board.end = (time.monotonic(), plan, error)


def _in_turn(board: _Board, work: Callable[[], Plan]) -> Plan:
    while not _seats.acquire(timeout=_WAIT):
        if board.stop.is_set():
            raise PlacementError(_STOPPED)
    try:
        board.waiting = False
        return work()
    finally:
        _seats.release()
