"""Berlin's change of areas in 2021 by every method; prints Markdown, asserts nothing.

Run from the project's folder, with SOZIALATLAS_REFERENCE naming the reference data:
PYTHONPATH=. python tests/benchmarks/crosswalk.py

The residents of 31.12.2020 are carried from the 448 areas before 2021 to the 542 after, and
back, and compared with those published there for the same day. ``population`` has as finer
units the target's areas with their residents half a year later (2021-06) or earlier (2020-06,
for the way back). There is no mask of inhabited land in the reference data, so ``mask`` has no
line. ``keys`` joins by name and Bezirk, for the areas that this finds.
"""

import os
from pathlib import Path

from geodata.crosswalk import by_population
from tests.geodata.crosswalk import berlin as b


def main() -> None:
    """Print one table for each direction, and the worst areas."""
    reference = Path(os.environ["SOZIALATLAS_REFERENCE"])
    old, new = b.sides(reference)
    _show("448 areas to 542", reference, old, new)
    _show("542 areas to 448", reference, new, old)


def _show(title: str, reference: Path, source: b.Side, target: b.Side) -> None:
    sites = by_population(source.areas, target.areas, b.places(reference))
    walk, named_source, named_target = b.named_only(source, target)
    trials = {
        "area": b.area_trial(source, target),
        "population (areas, half a year away)": b.population_trial(source, target),
        "population (740 places, no people)": b.trial(sites, source, target),
        f"keys ({len(named_source.areas)} areas of the same name)": b.trial(
            walk, named_source, named_target
        ),
    }
    print(f"\n## {title}\n")
    print(
        "| method | total | misplaced | median error | 90th percentile | compared | whole, differ |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, trial in trials.items():
        e = trial.error
        print(
            f"| {name} | {trial.total:,} | {e.misplaced:.2%} | {e.median:.1%} | {e.p90:.1%} "
            f"| {e.areas} (+{e.empty} without people) | {len(e.exact_wrong)} |"
        )
    names = dict(zip(target.areas["area"], target.areas["name"], strict=True))
    for name, trial in trials.items():
        listed = [f"{names[k]} {k}: {n:,} for {m:,}" for k, n, m in trial.error.worst]
        print(f"\nWorst by {name}: {'; '.join(listed) or 'none is estimated'}")
    told = trials[next(n for n in trials if n.startswith("keys"))].walk.findings.contradictions
    print(f"\nKeys against outlines: {len(told)} contradictions. {' '.join(told[:4])}")


if __name__ == "__main__":
    main()
