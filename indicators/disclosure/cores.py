"""Independent pieces of work on all cores.

The solver lets other threads of Python run while it works, so threads are enough: nothing is
copied, and no second process has to be started on a locked-down computer.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def on_all_cores(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    progress: Callable[[int, int], None] | None = None,
    cores: int | None = None,
) -> list[Result]:
    """Apply a function to every item; results in the order of the items.

    The items must not share anything that the function changes. Then the results are the
    same for any number of cores.

    Parameters
    ----------
    progress
        Called after every item with the items done and all items, in this thread.
    cores
        How many items are worked on at a time; None: as many as there are cores.
    """
    threads = min(cores or usable_cores(), len(items))
    found = []
    with _mapping(threads) as each:
        for result in each(work, items):
            found.append(result)
            if progress:
                progress(len(found), len(items))
    return found


@contextmanager
def _mapping(
    threads: int,
) -> Iterator[Callable[[Callable[[Item], Result], Sequence[Item]], Iterator[Result]]]:
    if threads < 2:
        yield map
        return
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool.map
    finally:
        # After an error or a break nothing new is begun.
        pool.shutdown(cancel_futures=True)
