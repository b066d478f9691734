"""Writing the ledger's file: one writer at a time, whole or not at all, on the disk for good."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geodata.errors import LedgerError, Problem, why

_WAIT_S = 30.0

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Hold the ledger for writing; the system lets go of it when the program ends or dies.

    Parameters
    ----------
    path
        The ledger; the lock is a hidden file beside it that stays there.
    wait_s
        How long to wait for another program, in seconds.

    Raises
    ------
    LedgerError
        Another program holds it for longer, or nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        _wait_for(handle, path, time.monotonic() + wait_s)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, path: Path, deadline: float) -> None:
    while True:
        try:
            _try_lock(handle)
        except OSError:
            if time.monotonic() >= deadline:
                raise LedgerError(
                    f"In das Register {path} schreibt gerade ein anderes Programm; "
                    "versuchen Sie es danach noch einmal."
                ) from None
            time.sleep(0.05)
        else:
            return


def write_durably(path: Path, content: bytes) -> None:
    """Exchange the file for one with this content; a crash leaves the old or the new one.

    Raises
    ------
    LedgerError
        It cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}.teil")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        scratch.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable as well, where the system has a way to."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(path: Path, error: OSError) -> LedgerError:
    problem = Problem(str(path), why(error), "eine Datei, die sich schreiben lässt")
    return LedgerError("Das Register der Veröffentlichungen lässt sich nicht schreiben.", [problem])
