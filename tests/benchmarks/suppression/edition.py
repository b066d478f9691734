"""An invented edition of Berlin's size, protected and audited in a process of its own.

542 areas in 143 in 58 in 12 in the city, 12 measures with 6 groups and their sum, 10
reporting dates: 635,040 cells. Prints one line of JSON: cells, seconds and peak memory.
"""

import argparse
import json
import resource
import sys
import time

import numpy as np
import pandas as pd

from indicators.disclosure.audit import audit
from indicators.disclosure.equations import Relation, build_system, group_identities
from indicators.disclosure.protect import protect
from indicators.disclosure.rule import Rule
from tests.indicators.disclosure_cases import aggregate, links

LEVELS = ("planungsraum", "bezirksregion", "prognoseraum", "bezirk", "stadt")
SIZES = (542, 143, 58, 12, 1)
MEANS = (4000, 1500, 600, 380, 200, 120, 60, 30, 20, 15, 9, 4)
"""Mean count of the measures per innermost area, from all residents to evictions."""
GROUPS = tuple(f"g{n}" for n in range(6))
SHARES = (0.38, 0.25, 0.16, 0.11, 0.07, 0.03)


def edition(
    seed: int = 1, periods: int = 10, measures: int = len(MEANS), linked: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Counts, hierarchies and groups in the columns of an edition.

    Areas differ by a lognormal burden that lasts; each number of each date is Poisson. With
    `linked` no measure exceeds the one before it.
    """
    rng = np.random.default_rng(seed)
    hierarchies = pd.concat([_links(i) for i in range(len(LEVELS) - 1)], ignore_index=True)
    areas = [_code(0, n) for n in range(SIZES[0])]
    burden = rng.lognormal(-0.12, 0.5, (len(MEANS), SIZES[0]))
    mix = rng.lognormal(0.0, 0.4, (len(MEANS), SIZES[0], len(GROUPS)))
    inner = []
    for p in range(periods):
        numbers = np.full(mix.shape[1:], np.iinfo(np.int64).max)
        for m in range(measures):
            fresh = rng.poisson(MEANS[m] * burden[m][:, None] * np.array(SHARES) * mix[m])
            numbers = np.minimum(fresh, numbers) if linked else fresh
            inner.append(_rows(areas, f"{2015 + p}-12-31", m, numbers))
    groups = pd.DataFrame(
        [("total", "", "total", ""), *((g, "kind", g, "total") for g in GROUPS)],
        columns=["group", "dimension", "member", "parent"],
    )
    return aggregate(pd.concat(inner), hierarchies), hierarchies, groups


def _code(level: int, number: int) -> str:
    return f"{level}{number:03d}"


def _links(level: int) -> pd.DataFrame:
    """Which area of a level is in which of the next."""
    count, above = SIZES[level], SIZES[level + 1]
    parents = {_code(level, n): _code(level + 1, n * above // count) for n in range(count)}
    return links(LEVELS[level], LEVELS[level + 1], parents)


def _rows(areas: list[str], period: str, measure: int, numbers: np.ndarray) -> pd.DataFrame:
    """One measure of one date for the innermost areas, its groups and their sum."""
    whole = np.column_stack([numbers.sum(axis=1), numbers])
    columns = ["total", *GROUPS]
    return pd.DataFrame(
        {
            "area": np.repeat(areas, len(columns)),
            "period": period,
            "measure": f"m{measure:02d}",
            "group": np.tile(columns, len(areas)),
            "count": whole.ravel(),
            "level": LEVELS[0],
            "vintage": "v1",
            "method": "delivered",
        }
    )


def limits(measures: int) -> list[Relation]:
    """Every measure is at most the one before, in all groups: 12 tables become one."""
    return [
        Relation("part_of", f"m{m - 1:02d}/{group}", (f"m{m:02d}/{group}",))
        for m in range(1, measures)
        for group in ("total", *GROUPS)
    ]


def main() -> None:
    """Make, protect, audit, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--periods", type=int, default=10)
    parser.add_argument("--measures", type=int, default=len(MEANS), help="the largest ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--linked", action="store_true", help="no measure exceeds the next larger one, by law"
    )
    given = parser.parse_args()
    counts, hierarchies, groups = edition(given.seed, given.periods, given.measures, given.linked)
    rule = Rule()
    started = time.perf_counter()
    relations, _ = group_identities(counts, groups)
    if given.linked:
        relations = [*relations, *limits(given.measures)]
    system = build_system(counts, hierarchies, relations)
    built = time.perf_counter()
    published = protect(counts, system, rule)
    protected = time.perf_counter()
    report = audit(published, system, rule, truth=counts)
    audited = time.perf_counter()
    small = counts["count"].between(1, rule.threshold - 1)
    hidden = published["count"].isna()
    # Kilobytes on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = {
        "cells": len(counts),
        "primaries": int(small.sum()),
        "secondaries": int((hidden & ~small).sum()),
        "hidden_counts": int(counts["count"][hidden & ~small].sum()),
        "system": built - started,
        "protect": protected - built,
        "audit": audited - protected,
        "failures": len(report.failures),
        "peak_gb": peak / (1e9 if sys.platform == "darwin" else 1e6),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
