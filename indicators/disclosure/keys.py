"""Draws that only the holder of a secret key can repeat (HMAC-SHA256)."""

import hmac
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import DisclosureError, FileMissingError, Problem, why
from indicators.disclosure.cells import FloatArray, IntArray

KEY_LENGTH = 16
"""Bytes that a secret key has at least."""
_BITS = 53
"""As many random bits as a floating point number holds."""


def read_key(path: Path) -> bytes:
    """Read a secret key: any bytes, blanks at both ends set aside.

    Raises
    ------
    FileMissingError
        The file is not there or cannot be read.
    DisclosureError
        The key is too short to be secret.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise FileMissingError(
            f"Die Schlüsseldatei {path} ist nicht lesbar: {why(error)}."
        ) from None
    if len(key) < KEY_LENGTH:
        raise DisclosureError(
            "Der geheime Schlüssel ist zu kurz: wer ihn errät, rechnet alles zurück.",
            [Problem(str(path), f"{len(key)} Zeichen", f"mindestens {KEY_LENGTH}, zufällig")],
        )
    return key


def draw(key: bytes, purpose: str, texts: Iterable[str]) -> IntArray:
    """A whole number below 2 to the 53rd for each text; the same text, the same number.

    Parameters
    ----------
    key
        The secret.
    purpose
        Keeps draws for different purposes apart.
    texts
        What each draw is for.
    """
    start = hmac.new(key, purpose.encode() + b"\0", "sha256")
    return np.fromiter((_one(start, text) for text in texts), dtype=np.int64)


def _one(start: hmac.HMAC, text: str) -> int:
    mac = start.copy()
    mac.update(text.encode())
    return int.from_bytes(mac.digest()[:8], "big") >> (64 - _BITS)


def uniform(key: bytes, purpose: str, cells: pd.DataFrame) -> FloatArray:
    """A number from 0 to below 1 for each cell, by its key columns."""
    return draw(key, purpose, cell_texts(cells)) / 2.0**_BITS


def cell_texts(cells: pd.DataFrame) -> list[str]:
    """One text per cell from its key columns and their names, unambiguous."""
    columns = [cells[name].astype("str") for name in cells.columns]
    names = [str(name) for name in cells.columns]
    return [
        "\x1e".join(f"{name}\x1f{part}" for name, part in zip(names, row, strict=True))
        for row in zip(*columns, strict=True)
    ]
