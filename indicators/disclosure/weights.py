"""What it costs to hide a cell, from public facts alone.

Were a large number dearer to hide than a small one, the choice of the hidden cells would
depend on hidden numbers, and whoever has the program could try which numbers lead to the
pattern that was published. The price therefore follows from what everybody sees: how many
of the finest areas a cell adds up, and whether it is a total or a group of it. Between
equal prices a secret key decides, so that even that choice cannot be played again.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import OutputError, Problem, ProjectError, why
from indicators.disclosure.cells import KEY, NODE, FloatArray, IntArray

TOTAL_FACTOR = 2.0
"""How much dearer a measure's total is than one of its groups."""
_SPREAD = 0.5
"""By how much the key can raise a price, as a share."""
_KEY_BYTES = 32


def cell_weights(cells: pd.DataFrame, links: pd.DataFrame, key: bytes | None) -> FloatArray:
    """The price of hiding each cell, above 0.

    Parameters
    ----------
    cells
        Key columns.
    links
        Columns of an edition's ``hierarchies``.
    key
        The secret that decides between equals; None for none.

    Returns
    -------
    numpy.ndarray
        Shape (cells,): 1 + log2(1 + finest areas below), twice that for totals, times 1 to
        1.5 by the keyed hash (HMAC-SHA256) of the cell's key.
    """
    weight: FloatArray = 1.0 + np.log2(1.0 + _areas_below(cells, links))
    weight[(cells["group"] == "total").to_numpy(dtype=np.bool_)] *= TOTAL_FACTOR
    if key is None:
        return weight
    return np.asarray(weight * (1.0 + _SPREAD * _keyed(cells, key)))


def _areas_below(cells: pd.DataFrame, links: pd.DataFrame) -> IntArray:
    """How many of the finest areas each cell's area holds in its largest grouping."""
    child = links[["vintage", "child_level", "child"]].set_axis(NODE, axis=1)
    parent = links[["vintage", "parent_level", "parent"]].set_axis(NODE, axis=1)
    every = pd.concat([child, parent, cells[NODE]], ignore_index=True).drop_duplicates()
    nodes = pd.MultiIndex.from_frame(every)
    lower = nodes.get_indexer(pd.MultiIndex.from_frame(child))
    upper = nodes.get_indexer(pd.MultiIndex.from_frame(parent))
    grouping = links.groupby("hierarchy", sort=True).ngroup().to_numpy(dtype=np.int64)
    size = np.ones(len(nodes), dtype=np.int64)
    for _ in range(len(links)):
        found = np.ones_like(size)
        for number in range(int(grouping.max(initial=-1)) + 1):
            own = grouping == number
            sums = np.bincount(upper[own], weights=size[lower[own]], minlength=len(size))
            found = np.maximum(found, sums.astype(np.int64))
        if (found == size).all():
            break
        size = found
    return size[nodes.get_indexer(pd.MultiIndex.from_frame(cells[NODE]))]


def _keyed(cells: pd.DataFrame, key: bytes) -> FloatArray:
    """A number from 0 to 1 for each cell that only the key can tell."""
    texts = cells[KEY].astype("str").agg("\n".join, axis=1)
    drawn = [hmac.new(key, t.encode(), hashlib.sha256).digest()[:8] for t in texts]
    return np.array([int.from_bytes(d, "big") / 2**64 for d in drawn], dtype=np.float64)


def read_key(path: Path) -> bytes:
    """Read the secret key, or make one on first use.

    Raises
    ------
    ProjectError
        The file is there but holds no key.
    OutputError
        It cannot be read or written.
    """
    try:
        if not path.exists():
            _write_key(path)
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except OSError as error:
        what = why(error)
        raise OutputError(f"Die Schlüsseldatei {path} ist nicht zu benutzen: {what}.") from error
    except ValueError as error:
        problem = Problem(str(path), "kein Schlüssel", "die Datei, die das Programm angelegt hat")
        raise ProjectError("Die Schlüsseldatei ist fehlerhaft.", [problem]) from error
    if len(key) < _KEY_BYTES:
        problem = Problem(str(path), f"{len(key)} Bytes", f"mindestens {_KEY_BYTES}")
        raise ProjectError("Die Schlüsseldatei ist fehlerhaft.", [problem])
    return key


def _write_key(path: Path) -> None:
    """Write a fresh key that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
