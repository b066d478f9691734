"""Measures the circular scan against a plain numpy loop; prints Markdown, asserts nothing.

Run from the project's folder: PYTHONPATH=. python tests/benchmarks/scan.py [--runs N]
[--draws N] [--peer-draws N]. One process, one core; seconds are medians over the runs. On a
busy machine all seconds are too many, on both sides.

The city is invented: 542 areas, 3.9 million people, cases by chance alone. ``ours`` is the
largest ratio over all circles in each of 9,999 random distributions, the circles built anew.
``peer`` takes one distribution after the other and in each one centre after the other: cases
in the order of distance, cumulative sums, the ratio by `numpy.log`, the maximum. Its orders
and expected cases are made once, outside the clock. It takes fewer distributions, and its
seconds are multiplied up to the same number. Both draw the same distributions: the largest
difference between their maxima is the last column.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from indicators.scan_zones import Zones, build_zones, simulated_maxima

AREAS, PEOPLE, SEED = 542, 3_900_000, 7
CASES = (2_000, 50_000, 400_000)
SHARES = (0.25, 0.5)
HEAD = (
    *("Cases", "Share", "Circles", "Ours s", "Peer s", "Times faster", "Peak MB", "Difference"),
)  # fmt: skip


def main() -> None:
    """Measure every number of cases and share, and print a row for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--draws", type=int, default=9_999)
    parser.add_argument("--peer-draws", type=int, default=100)
    chosen = parser.parse_args()
    points, people = city()
    print(
        f"{AREAS} areas, {chosen.draws:,} random distributions, {chosen.runs} runs; the peer's "
        f"seconds are those of {chosen.peer_draws} distributions, multiplied up."
    )
    print(_line(HEAD))
    print(f"|{'---|' * len(HEAD)}")
    for share in SHARES:
        for cases in CASES:
            print(_line(row(points, people, cases, share, chosen)))
            sys.stdout.flush()


def city() -> tuple[np.ndarray, np.ndarray]:
    """Points in 36 by 28 kilometres, and people, some areas with many and some with few."""
    random = np.random.default_rng(SEED)
    points = random.uniform(0, 1, (AREAS, 2)) * (36_000, 28_000)
    weight = random.gamma(4, 1, AREAS)
    return points, np.rint(weight / weight.sum() * PEOPLE)


def row(
    points: np.ndarray, people: np.ndarray, cases: int, share: float, chosen: argparse.Namespace
) -> tuple[str, ...]:
    """One line of the table."""

    def ours() -> np.ndarray:
        zones = build_zones(points, people, share)
        return simulated_maxima(zones, people, cases, chosen.draws, SEED)

    maxima, seconds = timed(ours, chosen.runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    zones = build_zones(points, people, share)
    same, peer = timed(lambda: plain(zones, people, cases, share, chosen.peer_draws), chosen.runs)
    peer *= chosen.draws / chosen.peer_draws
    difference = np.abs(same - maxima[: len(same)]).max()
    return (
        f"{cases:,}", f"{share:.0%}", f"{len(zones):,}", f"{seconds:.1f}", f"{peer:.0f}",
        f"{peer / seconds:.0f}", f"{peak:.0f}", f"{difference:.0e}",
    )  # fmt: skip


def plain(zones: Zones, people: np.ndarray, cases: int, share: float, draws: int) -> np.ndarray:
    """The maxima by the loop that one would write."""
    random = np.random.default_rng(SEED)
    steps = [int((zones.share[i] <= share).sum()) for i in range(AREAS)]
    orders = [zones.order[i, : steps[i]] for i in range(AREAS)]
    expected = [cases * zones.share[i, : steps[i]] for i in range(AREAS)]
    maxima = np.zeros(draws)
    for number in range(draws):
        counts = random.multinomial(cases, people / people.sum())
        for order, usual in zip(orders, expected, strict=True):
            inside = counts[order].cumsum()
            outside = cases - inside
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = inside * np.log(inside / usual)
                ratio = np.where(inside > 0, ratio, 0.0)
                rest = outside * np.log(outside / (cases - usual))
            ratio += np.where(outside > 0, rest, 0.0)
            maxima[number] = max(maxima[number], ratio.max(initial=0.0))
    return maxima


def timed(work: Callable[[], np.ndarray], runs: int) -> tuple[np.ndarray, float]:
    """The result, and the median seconds of processor time over some runs."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, statistics.median(seconds)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
