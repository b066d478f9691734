"""Measures disclosure control against pytauargus 0.6.0; prints Markdown, asserts nothing.

Run from the project's folder: PYTHONPATH=. python tests/benchmarks/disclosure.py [--quick]
[--only a,c] [--runs N] [--gap PERCENT] [--seconds N] [--periods N]. One process works at a
time; seconds are medians over the runs. Tables are invented and seeded (`suppression.tables`);
the peer runs in an environment of its own (`suppression.peer`, which the variable
SOZIALATLAS_PYTAUARGUS names) and in a temporary folder, because it writes true counts where
it works. On a busy machine all seconds are too many, on both sides.

How each figure is taken:

``protect``
    Ours: `suppress` alone, with the limits that `sozialatlas protect` has by default (1 % from
    the proven best, no clock). The peer's: its call `suppress` alone, which writes and reads
    files of its own; its start, the reading of the table and our writing of its input are not
    in it ("read" beside it).
``audit``
    Ours: `audit_cells`, intervals of all hidden cells and whole numbers where it matters. The
    peer's: its call `audit`, intervals by linear programs.
``loss``
    Sum of the counts of the hidden cells that are not small themselves, which is what both
    minimise; its bound is the one our search proved under the same assumption.
``too well known``
    Small counts that a reader knows exactly + further ones with less room than from n - 1
    to n + 1, by programs that share nothing with either side (`suppression.attack`): once
    for a reader who takes a hidden cell as 0 or more, once for one who notices that zeros
    are printed and takes it as 1 or more. What zeros alone tell is not counted.
a
    A nested table. The peer with the whole table at once (OPT) and by subtables (MOD), as it
    is by default and with a limit of minutes, within which it improves what it found first.
    Ours with zeros ``hidden`` is under the peer's assumption: no insiders, hidden cells may be
    0; with zeros ``published`` it is the program's default, insiders among the readers: much
    harder, and taken once.
b
    The same with districts across the regions. The peer knows one hierarchy per dimension:
    its pattern of (a) is judged beside published districts. Time as a multiple of the peer's
    in (a), protection and audit together.
c
    The small table: loss above the proven bound.
d
    The pattern of (a), hidden cells 0 or more: our audit against one linear program per bound,
    each built and solved from scratch by HiGHS; over all hidden cells, and over the independent
    part of the cell alone. Real bounds only; our audit closes in on whole numbers besides.
e
    An edition of Berlin's size (`suppression.edition`) in a process of its own: equations,
    protection and audit, and the peak memory of the whole process.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import numpy as np

from atlas.protecting.options import GAP, SECONDS
from indicators.disclosure.plain import plain_rule
from indicators.disclosure.task import Effort
from tests.benchmarks.suppression import tables
from tests.benchmarks.suppression.attack import Reader, judge
from tests.benchmarks.suppression.ours import (
    THRESHOLD,
    OurRun,
    Zeros,
    audit_pattern,
    in_order_of,
    load,
    ours,
)
from tests.benchmarks.suppression.peer import PeerError, PeerRun, Way, find_python, run_peer
from tests.benchmarks.suppression.systems import Equations, equations
from tests.benchmarks.suppression.tables import Files, PlainTable

ROWS = "abcde"
LIMIT_SECONDS, LIMIT_GB = 600, 4
GIVE_UP = 3 * LIMIT_SECONDS
"""Seconds after which the edition is ended and said not to be finished."""
_UNKNOWN = "–"


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    runs: int
    only: str
    gap: float
    seconds: float
    periods: int


@dataclass(frozen=True)
class Bench:
    """A table, where it lies as CSV, and its equations."""

    table: PlainTable
    files: Files
    equations: Equations


@dataclass(frozen=True)
class Figures:
    """Medians of one way to protect a table; `bound` and `failures` of ours alone."""

    who: str
    read: float
    protect: float
    audit: float
    hidden: np.ndarray
    bound: float | None = None
    ended: str = ""
    failures: int | None = None

    def secondary(self, equations: Equations) -> np.ndarray:
        """Shape (cells,): hidden and not small."""
        return self.hidden & ~equations.primary()

    def loss(self, equations: Equations) -> int:
        """Sum of the secondary counts."""
        return int(equations.value[self.secondary(equations)].sum())


class Peer:
    """The peer, if it is there; every table and way is measured once."""

    def __init__(self, settings: Settings) -> None:
        self._runs = settings.runs
        self._done: dict[tuple[str, Way], Figures] = {}
        self.missing = ""
        try:
            self._python: Path | None = find_python()
        except PeerError as error:
            self._python, self.missing = None, str(error)

    def measure(self, bench: Bench, way: Way) -> Figures | None:
        """Medians of a way on a table; None without the peer."""
        if self._python is None:
            return None
        key = (bench.table.name, way)
        if key not in self._done:
            runs = [
                run_peer(self._python, bench.table, bench.equations, way) for _ in range(self._runs)
            ]
            self._done[key] = _peer_figures(way, runs)
        return self._done[key]


def _peer_figures(way: Way, runs: Sequence[PeerRun]) -> Figures:
    read, protect, audit = (
        statistics.median(seconds)
        for seconds in zip(*((r.read, r.protect, r.audit) for r in runs), strict=True)
    )
    return Figures(f"pytauargus {way}", read, protect, audit, runs[0].hidden)


def measure_ours(
    bench: Bench, zeros: Zeros, settings: Settings, gap: float | None = None, rounds: int = 60
) -> Figures:
    """Medians of the program on a table; the pattern is that of the first run.

    With no `rounds` it is the first pattern, completed; nothing is learned from it.
    """
    share = settings.gap / 100 if gap is None else gap
    patience = 1000 if gap == 0 else Effort().patience
    effort = Effort(gap=share, seconds=settings.seconds or None, rounds=rounds, patience=patience)
    plain, runs = None, []
    for _ in range(settings.runs):
        plain, run = ours(bench.files.counts, bench.files.hierarchies, zeros, "count", effort)
        runs.append(run)
    read, protect, audit = _medians(runs)
    hidden = in_order_of(bench.equations, plain, runs[0].hidden)
    first = runs[0]
    how = f"gap {share:.0%}, ended by {first.ended}" if rounds else "first pattern"
    name = f"ours, zeros {zeros}, {how}"
    return Figures(name, read, protect, audit, hidden, first.bound, first.ended, first.failures)


def _medians(runs: Iterable[OurRun]) -> tuple[float, float, float]:
    taken = [(r.read, r.protect, r.audit) for r in runs]
    read, protect, audit = (statistics.median(seconds) for seconds in zip(*taken, strict=True))
    return read, protect, audit


HEAD = (
    "| | read s | protect s | audit s | secondary cells | loss | above bound "
    "| too well known, hidden ≥ 0 | hidden ≥ 1 | own audit |"
)


def show(bench: Bench, rows: Iterable[Figures], bound: float | None) -> None:
    """Print one line per way, each as soon as it is measured."""
    small = int(bench.equations.primary().sum())
    zero = int((bench.equations.value == 0).sum())
    print(f"{bench.table.name}: {small} small counts, {zero} zeros\n")
    print(HEAD + "\n|---|" + "--:|" * 9, flush=True)
    for row in rows:
        loss = row.loss(bench.equations)
        told = [_told(bench.equations, row.hidden, zeros) for zeros in (False, True)]
        own = _UNKNOWN if row.failures is None else f"{row.failures} unsafe"
        print(
            f"| {row.who} | {row.read:.2f} | {row.protect:.2f} | {row.audit:.2f} "
            f"| {row.secondary(bench.equations).sum()} | {loss} | {_above(loss, row, bound)} "
            f"| {told[0]} | {told[1]} | {own} |",
            flush=True,
        )


def _told(equations: Equations, hidden: np.ndarray, zeros_published: bool) -> str:
    found = judge(equations, hidden, zeros_published, THRESHOLD)
    return "0" if found.safe else f"{found.exact} + {found.narrow + found.printed}"


def _above(loss: int, row: Figures, bound: float | None) -> str:
    """How much more a pattern loses than is proven necessary under its own assumption."""
    least = bound if row.bound is None or "hidden" in row.who else row.bound
    return f"{loss / least - 1:.1%}" if least else _UNKNOWN


def _measured(bench: Bench, peer: Peer, ways: Iterable[Way]) -> Iterator[Figures]:
    for way in ways:
        figures = peer.measure(bench, way)
        if figures is not None:
            yield figures


def _later(measure: Callable[[], Figures]) -> Iterator[Figures]:
    yield measure()


def row_a(bench: Bench, peer: Peer, settings: Settings) -> Figures:
    """Nested table: time and loss; returns ours under the peer's assumption."""
    ways = (Way("MOD"), Way("MOD", 5), Way("OPT"), Way("OPT", 1))
    mine = measure_ours(bench, "hidden", settings)
    first = measure_ours(bench, "hidden", settings, rounds=0)
    strict = _later(lambda: measure_ours(bench, "published", replace(settings, runs=1)))
    show(bench, chain([mine, first], _measured(bench, peer, ways), strict), mine.bound)
    print()
    pairs = [(own, other) for own in (mine, first) for other in _measured(bench, peer, ways)]
    for own, other in pairs:
        whole, loss = own.protect + own.audit, own.loss(bench.equations)
        theirs = other.loss(bench.equations)
        print(
            f"- {own.who}: protect and audit, {whole:.2f} s against {other.protect:.2f} s of "
            f"{other.who} for protect alone: {whole / other.protect:.2f} times; "
            f"loss {loss} against {theirs}: {loss / theirs - 1:+.1%}"
        )
    return mine


def row_b(bench: Bench, nested: Bench, peer: Peer, settings: Settings) -> None:
    """A second grouping across the first."""
    mine = measure_ours(bench, "hidden", settings)
    first = measure_ours(bench, "hidden", settings, rounds=0)
    for other in _measured(nested, peer, (Way("MOD"), Way("MOD", 5), Way("OPT"))):
        codes = nested.equations.cells[other.hidden]
        # What is small in the districts is hidden there; the peer knows nothing of them.
        hidden = bench.equations.hidden(codes) | bench.equations.primary()
        told = [_told(bench.equations, hidden, zeros) for zeros in (False, True)]
        ratio, quick = ((f.protect + f.audit) / other.protect for f in (mine, first))
        print(
            f"- {other.who}, districts published beside its pattern: too well known {told[0]} "
            f"(hidden ≥ 0), {told[1]} (hidden ≥ 1); ours takes {ratio:.2f} times its time "
            f"in (a), our first pattern {quick:.2f} times",
            flush=True,
        )
    print()
    strict = _later(lambda: measure_ours(bench, "published", replace(settings, runs=1)))
    show(bench, chain([mine, first], strict), mine.bound)


def row_c(bench: Bench, peer: Peer, settings: Settings) -> None:
    """Loss against the proven bound."""
    ways = (Way("MOD"), Way("MOD", 5), Way("OPT"), Way("OPT", 5))
    best = measure_ours(bench, "hidden", settings, gap=0.0)
    mine = measure_ours(bench, "hidden", settings)
    strict = _later(lambda: measure_ours(bench, "published", replace(settings, runs=1)))
    show(bench, chain([best, mine], _measured(bench, peer, ways), strict), best.bound)
    print(f"\n- proven bound {best.bound:.1f}, the search ended by: {best.ended}")


def row_d(bench: Bench, mine: Figures, settings: Settings) -> None:
    """The audit alone, on our pattern under the peer's assumption."""
    cells = np.flatnonzero(mine.hidden)
    table = load(bench.files)
    rule = plain_rule(THRESHOLD, "hidden", insiders=False)
    order = table.plain.find(bench.equations.cells)
    hidden = np.zeros(table.plain.size, dtype=np.bool_)
    hidden[order[cells]] = True
    taken = [audit_pattern(table, hidden, rule)[0] for _ in range(settings.runs)]
    own = statistics.median(taken)
    naive = _seconds(bench, mine.hidden, warm=False, split=False)
    parts = _seconds(bench, mine.hidden, warm=False, split=True)
    warm = _seconds(bench, mine.hidden, warm=True, split=True)
    print(f"{len(cells)} hidden cells, {2 * len(cells)} bounds\n")
    print("| | s | times ours |\n|---|--:|--:|")
    for name, seconds in (
        ("our audit", own),
        ("one program per bound from scratch, all hidden cells in each", naive),
        ("the same on the independent part of the cell", parts),
        ("the same, each from where the last ended", warm),
    ):
        print(f"| {name} | {seconds:.2f} | {seconds / own:.1f} |")


def _seconds(bench: Bench, hidden: np.ndarray, warm: bool, split: bool) -> float:
    """Seconds for both bounds of every hidden cell, taken once."""
    started = time.perf_counter()
    reader = Reader(bench.equations, hidden, 0, warm, split)
    reader.bounds(np.flatnonzero(hidden))
    return time.perf_counter() - started


def row_e(settings: Settings) -> None:
    """An edition of Berlin's size."""
    command = [sys.executable, "-m", "tests.benchmarks.suppression.edition"]
    command += ["--periods", str(settings.periods)]
    runs = []
    for _ in range(settings.runs):
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=GIVE_UP
            )
        except subprocess.TimeoutExpired:
            print(f"not finished after {GIVE_UP} s (limit {LIMIT_SECONDS} s), ended")
            return
        if done.returncode:
            print(f"failed: {done.stderr.strip().splitlines()[-1:]}")
            return
        runs.append(json.loads(done.stdout))
    first = runs[0]
    part = {k: statistics.median(r[k] for r in runs) for k in ("system", "protect", "audit")}
    whole, peak = sum(part.values()), max(r["peak_gb"] for r in runs)
    print(
        "| cells | small | secondary | equations s | protect s | audit s | together s | peak GB |"
    )
    print("|" + "--:|" * 8)
    print(
        f"| {first['cells']} | {first['primaries']} | {first['secondaries']} "
        f"| {part['system']:.1f} | {part['protect']:.1f} | {part['audit']:.1f} "
        f"| {whole:.1f} | {peak:.2f} |"
    )
    print(
        f"\n- limits {LIMIT_SECONDS} s and {LIMIT_GB} GB: {whole / LIMIT_SECONDS:.2f} and "
        f"{peak / LIMIT_GB:.2f} of them; unsafe by the program's own audit: {first['failures']}"
    )


def machine() -> str:
    """Cores, memory and versions."""
    parts = ("highspy", "numpy", "scipy", "pandas")
    listed = ", ".join(f"{name} {version(name)}" for name in parts)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}"
    return f"{system}; Python {platform.python_version()}, {listed}"


def main() -> None:
    """Measure what is asked and print it."""
    settings = _settings()
    # Ended from outside it must still remove its folders: the peer leaves true counts there.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    print(f"{machine()}; median of {settings.runs}")
    peer = Peer(settings)
    print(f"pytauargus: {peer.missing or 'found, in an environment of its own'}")
    with tempfile.TemporaryDirectory(prefix="tables-") as name:
        large = _bench(tables.large(), Path(name) / "large")
        mine = None
        for row in settings.only:
            print(f"\n## {row}\n")
            if row == "a":
                mine = row_a(large, peer, settings)
            elif row == "b":
                across = _bench(tables.large(districts=True), Path(name) / "districts")
                row_b(across, large, peer, settings)
            elif row == "c":
                row_c(_bench(tables.small(), Path(name) / "small"), peer, settings)
            elif row == "d":
                row_d(large, mine or measure_ours(large, "hidden", settings), settings)
            else:
                row_e(settings)


def _bench(table: PlainTable, folder: Path) -> Bench:
    return Bench(table, tables.write(table, folder), equations(table))


def _settings() -> Settings:
    parser = argparse.ArgumentParser(description="Disclosure control, measured")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument("--quick", action="store_true", help="one run")
    parser.add_argument("--only", default=",".join(ROWS), help="rows, for example a,c")
    parser.add_argument("--gap", type=float, default=GAP, help="per cent from the proven best")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="limit of our search")
    parser.add_argument("--periods", type=int, default=10, help="reporting dates in row e")
    given = parser.parse_args()
    chosen = "".join(sorted(set(given.only.replace(",", ""))))
    if not chosen or set(chosen) - set(ROWS):
        parser.error(f"--only {given.only}: rows are {', '.join(ROWS)}")
    runs = 1 if given.quick else max(1, given.runs)
    return Settings(runs, chosen, given.gap, given.seconds, given.periods)


if __name__ == "__main__":
    main()
