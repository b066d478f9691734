"""Runs pytauargus 0.6.0 (EUPL) as the peer, in a Python environment of its own.

It is no part of the program and never installed beside it. `SOZIALATLAS_PYTAUARGUS` names a
virtual environment that has it; else one is made in the user's cache folder, once. It writes
true counts into its working and temporary folders: both are one folder that is removed.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from tests.benchmarks.suppression.systems import Equations
from tests.benchmarks.suppression.tables import DIMS, TOTAL, PlainTable, links

VERSION = "0.6.0"
VARIABLE = "SOZIALATLAS_PYTAUARGUS"
_WORKER = Path(__file__).with_name("peer_worker.py")

Method = Literal["MOD", "OPT"]
Cost = Literal["count", "cell"]


class PeerError(RuntimeError):
    """The peer cannot be installed, or failed on a table."""


@dataclass(frozen=True)
class Way:
    """How the peer is told to work.

    Parameters
    ----------
    method
        ``MOD``: subtable by subtable, its method for large tables; ``OPT``: the whole at once.
    minutes
        Its time limit, 0 is its default. It means: the first solution, no improvement.
    cost
        Information lost by hiding a cell: its count, the peer's default, or 1.
    """

    method: Method
    minutes: int = 0
    cost: Cost = "count"

    def __str__(self) -> str:
        """As the tables of figures call it."""
        limit = f"limit {self.minutes} min" if self.minutes else "default"
        return f"{self.method}, {limit}" + (", cost 1" if self.cost == "cell" else "")


@dataclass(frozen=True)
class PeerRun:
    """What the peer did with a table.

    Parameters
    ----------
    read, protect, audit
        Seconds in its own process, without its start: the table into memory, the choice of
        cells alone, its own audit.
    hidden
        Shape (cells,): what it does not print.
    """

    read: float
    protect: float
    audit: float
    hidden: np.ndarray


def find_python() -> Path:
    """The interpreter of an environment that has the peer; makes one if none is named.

    Raises
    ------
    PeerError
        There is none and it cannot be installed, with the reason.
    """
    named = os.environ.get(VARIABLE)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home = Path(named) if named else cache / "sozialatlas" / f"pytauargus-{VERSION}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not named and not _has_peer(python):
        _install(home, python)
    if not _has_peer(python):
        raise PeerError(f"{home} has no pytauargus {VERSION}")
    return python


def _has_peer(python: Path) -> bool:
    if not python.exists():
        return False
    code = "from importlib.metadata import version; print(version('pytauargus'))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() == VERSION


def _install(home: Path, python: Path) -> None:
    print(f"Installing pytauargus {VERSION} into {home}", file=sys.stderr)
    venv.create(home, clear=True, with_pip=True)
    command = [python, "-m", "pip", "install", "--quiet", f"pytauargus=={VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise PeerError(f"pytauargus {VERSION} cannot be installed: {last[0]}")


def run_peer(python: Path, table: PlainTable, equations: Equations, way: Way) -> PeerRun:
    """Let the peer protect and audit a table by its first hierarchies.

    It is handed the finished table with the status of each cell and its room, exactly one
    up and one down (levels of protection 1 and 1; its own rule FREQ(3, 50) gives the same
    pattern, FREQ(3, 100) asks for two up and down around a 2). Zeros are not handed over:
    it prints them, and takes every other cell as 0 or more.

    Raises
    ------
    PeerError
        It failed.
    """
    with tempfile.TemporaryDirectory(prefix="peer-") as name:
        folder = Path(name)
        _write_input(folder, table, equations, way)
        done = subprocess.run(
            [python, _WORKER, folder],
            cwd=folder,
            env={**os.environ, "TMPDIR": name},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PeerError(f"pytauargus failed: {done.stderr.strip()[-500:]}")
        result = json.loads((folder / "result.json").read_text())
        hidden = equations.hidden(_read_output(folder / "out.tab"))
    return PeerRun(result["read"], result["protect"], result["audit"], hidden)


def _write_input(folder: Path, table: PlainTable, equations: Equations, way: Way) -> None:
    for dim in DIMS:
        (folder / f"{dim}.hrc").write_text("\n".join(_code_list(table, dim)) + "\n")
    cells = equations.cells[equations.value > 0].reset_index(drop=True)
    small = equations.primary()[equations.value > 0]
    rows = pd.DataFrame(
        {
            "region": cells["region"],
            "group": cells["group"],
            "count": cells["count"],
            "freq": cells["count"],
            "cost": cells["count"] if way.cost == "count" else 1,
            "fall": small.astype(int),
            "rise": small.astype(int),
            "status": np.where(small, "U", "S"),
        }
    )
    rows.to_csv(folder / "table.tab", sep=";", header=False, index=False)
    (folder / "table.rda").write_text(_description(folder))
    job = {"method": way.method, "minutes": way.minutes}
    (folder / "job.json").write_text(json.dumps(job))


def _code_list(table: PlainTable, dim: str) -> Iterator[str]:
    """A code list with one @ per level below the first."""
    frame = links(table, dim)[0]
    children = frame.groupby("parent", sort=False)["child"].agg(list).to_dict()

    def below(code: str, depth: int) -> Iterator[str]:
        for child in children.get(code, []):
            yield "@" * depth + child
            yield from below(child, depth + 1)

    return below(TOTAL, 0)


def _description(folder: Path) -> str:
    """The peer's description of the columns."""
    lines = ['<SEPARATOR> ";"']
    for dim in DIMS:
        lines += [dim, "<RECODEABLE>", f'<TOTCODE> "{TOTAL}"', "<HIERARCHICAL>"]
        lines += [f'<HIERCODELIST> "{folder / dim}.hrc"', '<HIERLEADSTRING> "@"']
    lines += ["count", "<NUMERIC>", "<DECIMALS> 0", "freq", "<FREQUENCY>"]
    lines += ["cost", "<NUMERIC> <COST>", "<DECIMALS> 0"]
    lines += ["fall", "<NUMERIC> <LOWERPL>", "rise", "<NUMERIC> <UPPERPL>", "status", "<STATUS>"]
    return "\n".join(lines) + "\n"


def _read_output(path: Path) -> pd.DataFrame:
    """The cells that the peer hid: status U, too small, and M, hidden for them."""
    rows = [line.split(";") for line in path.read_text().splitlines() if line]
    codes = [(r[0].strip('" '), r[1].strip('" ')) for r in rows if r[-3] in ("U", "M")]
    return pd.DataFrame(codes, columns=list(DIMS))
