"""A damaged file gives exactly its numbers or one clear error: no traceback, no hang, no change."""

import faulthandler
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest

from geodata.errors import UserError
from tests.mutation.base import ANY, Numbers, Reader
from tests.mutation.readers import READERS

SECONDS = 30
OFTEN, RARE = 12, 100
"""Damaged files per reader in the everyday and in the long run."""


class HangError(Exception):
    """A reader did not come to an end."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    # A library that hangs does not hear the alarm; then the run ends and says where.
    faulthandler.dump_traceback_later(4 * seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def judge(
    reader: Reader, folder: Path, seed: int, sound: bytes, numbers: Numbers
) -> tuple[str, str]:
    """What became of one damaged file: its outcome, and what is wrong with that, if anything is."""
    # Readers begin at different kinds, so that a short run sees all of them.
    kind = reader.kinds[(seed + crc32(reader.name.encode())) % len(reader.kinds)]
    damaged = kind.apply(sound, random.Random(f"{reader.name} {seed}"))
    (folder / reader.file).write_bytes(reader.wrap(damaged))
    at = f"{reader.name}, seed {seed}, {kind.name}"
    try:
        with at_most(SECONDS):
            found = reader.read(folder)
    except UserError as error:
        return "refused", _unclear(error, at, harmless=kind.harmless)
    except HangError:
        return "hang", f"{at}: no end after {SECONDS} seconds"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a library in Rust panics with no Exception
        return "traceback", f"{at}: {type(error).__name__}: {error}"
    if found == numbers:
        return "same", ""
    if kind.harmless:
        return "changed", f"{at}: harmless, but {_difference(numbers, found)}"
    return _said(reader, damaged, numbers, found, at)


def _unclear(error: UserError, at: str, *, harmless: bool) -> str:
    """What is wrong with an error."""
    if harmless:
        return f"{at}: harmless, but refused: {error}"
    clear = error.summary.strip() and "Traceback" not in str(error)
    return "" if clear else f"{at}: no clear error: {error!r}"


def _said(
    reader: Reader, damaged: bytes, numbers: Numbers, found: Numbers, at: str
) -> tuple[str, str]:
    """Whether the damaged file really says what was read from it."""
    said = reader.plainly(damaged) if reader.plainly else {}
    wrong = {
        cell for cell in {*numbers, *found}
        if found.get(cell) != numbers.get(cell) and said.get(cell) is not ANY
        and found.get(cell) != said.get(cell)
    }  # fmt: skip
    if wrong:
        there = {c: v for c, v in found.items() if c in wrong}
        return "changed", f"{at}: {_difference({c: numbers.get(c) for c in wrong}, there)}"
    return "another", ""


def _difference(before: Numbers, after: Numbers) -> str:
    lines = [
        f"{c}: {before.get(c)!r} -> {after.get(c)!r}"
        for c in sorted({*before, *after}, key=str)
        if before.get(c) != after.get(c)
    ]
    return "; ".join(lines[:4])


def run(reader: Reader, folder: Path, seeds: range) -> tuple[Counter[str], list[str]]:
    """Outcomes of some damaged files, and all that is wrong."""
    sound = reader.sound(folder)
    (folder / reader.file).write_bytes(reader.wrap(sound))
    numbers = reader.read(folder)
    assert numbers
    outcomes: Counter[str] = Counter()
    wrong = []
    for seed in seeds:
        outcome, fault = judge(reader, folder, seed, sound, numbers)
        outcomes[outcome] += 1
        wrong += [fault] if fault else []
    return outcomes, wrong


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.name)
def test_a_damaged_file_gives_its_numbers_or_one_clear_error(reader, tmp_path):
    _, wrong = run(reader, tmp_path, range(OFTEN))
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.name)
def test_many_damaged_files_give_their_numbers_or_one_clear_error(reader, tmp_path):
    outcomes, wrong = run(reader, tmp_path, range(OFTEN, OFTEN + RARE))
    assert not wrong, "\n".join(wrong)
    assert outcomes["refused"]


def test_a_changed_number_would_be_found(tmp_path):
    """The judge itself: a reader that loses a number where lines end otherwise is caught."""
    honest = READERS[0]

    def careless(folder: Path) -> Numbers:
        numbers = honest.read(folder)
        other = b"\r" in (folder / honest.file).read_bytes()
        return {c: 1 if other and v == 1000 else v for c, v in numbers.items()}

    _, wrong = run(replace(honest, read=careless), tmp_path, range(120))
    assert any("1000 -> 1" in line for line in wrong)
