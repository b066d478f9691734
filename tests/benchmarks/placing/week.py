"""Measures the weekly plan on an invented city of Berlin's size; prints Markdown, asserts nothing.

Run from the project's folder: PYTHONPATH=. python tests/benchmarks/placing/week.py
[--runs N] [--only NAME] [--seeds N]. The city is that of `placing/city.py`: 542 areas, 300 rooms,
10 half-days, four groups with their own half-days and speeds, windows, a guarantee, teams'
ways. Each row is asked for 1 % and measured from the arrays of minutes and need to a week in
which every session has its half-day and team; medians over the runs, one process.
"""

import argparse
import resource
import statistics
import time
from dataclasses import dataclass, replace

import numpy as np

from atlas.placement.scenario import (
    Between,
    Limit,
    Robust,
    Scenario,
    SessionKind,
    SolveRule,
    Spread,
    Staff,
    Team,
)
from atlas.placement.situation import Situation
from atlas.placement.week import plan_for
from tests.benchmarks.placing.city import regions, scenario, situation

HEAD = ("Plan", "Seed", "Sessions", "Gap %", "Ended", "Rounds", "Left out", "Wall s", "CPU s")
BUDGETS = (60.0, 90.0, 120.0, 150.0, 180.0, 210.0)


@dataclass(frozen=True)
class Case:
    """A plan to be made."""

    name: str
    wishes: Scenario
    found: Situation


def cases(seed: int) -> list[Case]:
    """The goal, and every special wish alone."""
    plain = scenario(180.0, 8)
    quick = replace(plain, solve=SolveRule(gap=0.01, time_limit_seconds=120.0))
    teams = tuple(
        Team(
            f"Team {n}",
            hours_per_week=24.0 if n % 2 else 21.0,
            half_days=() if n % 3 else ("am", "mo_pm", "di_pm"),
        )
        for n in range(8)
    )
    seats = replace(
        quick,
        groups=tuple(replace(g, visits_per_week=0.05) for g in quick.groups),
        kinds=(SessionKind("open", "Offen", persons_per_hour=6.0, max_hours=4.0),),
    )
    open_hours = {"alle": 1.0, "familien": 0.7, "junge": 1.0, "senioren": 0.5}
    by_appointment = {"alle": 0.6, "familien": 1.0, "junge": 0.3, "senioren": 1.0}
    kinds = replace(
        quick,
        kinds=(
            SessionKind("open", "Offen", groups=open_hours),
            SessionKind("termin", "Termin", hours=2.0, groups=by_appointment),
            SessionKind("besuch", "Aufsuchend", staff=2, hours=2.0, groups={"junge": 1.0}),
        ),
    )
    city = situation(plain, seed=seed)
    some = np.random.default_rng(seed).random(city.persons.shape) < 0.3
    unsure = replace(city, lowest=np.where(some, np.floor(city.persons * 0.6), city.persons))
    walking = replace(quick, between=Between(speed_kmh=5.0))
    return [
        Case("the goal: 60 sessions, 8 teams", plain, city),
        Case("30 sessions, 4 teams", scenario(90.0, 4), city),
        Case("every slot taken: 80 sessions, 8 teams", scenario(240.0, 8), city),
        Case("teams walk (5 km/h) from room to room", walking, city),
        Case("eight named teams with hours", replace(quick, staff=Staff(180.0), teams=teams), city),
        Case("three kinds of session", kinds, situation(kinds, seed=seed)),
        Case("seats in sessions count", seats, situation(seats, seed=seed)),
        Case("robust, 20 of the unsure low", replace(quick, robust=Robust(20)), unsure),
        Case("nobody farther than 60 minutes", replace(quick, limit=Limit(60.0)), city),
        Case("10 to 14 sessions a day", replace(quick, spread=Spread(10, 14, True)), city),
    ]  # fmt: skip


def main() -> None:
    """Measure everything and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default="", help="plans whose name contains this")
    chosen = parser.parse_args()
    print(_line(HEAD))
    print(f"|{'---|' * len(HEAD)}")
    for seed in range(7, 7 + chosen.seeds):
        for case in cases(seed):
            if chosen.only in case.name:
                print(_line(_row(case, seed, chosen.runs)), flush=True)
    if chosen.only in "front":
        for seed in range(7, 7 + chosen.seeds):
            print(_front(seed, chosen.runs), flush=True)
    print(
        f"\nPeak of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


def _row(case: Case, seed: int, runs: int) -> tuple[str, ...]:
    walls, cpus = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        done = plan_for(case.wishes, case.found, regions(case.found))
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    solution = done.solution
    return (
        *(case.name, str(seed), str(len(done.timetable.sessions)), f"{100 * solution.gap:.3f}"),
        *(solution.ended, str(done.rounds), str(done.dropped)),
        *(f"{statistics.median(walls):.1f}", f"{statistics.median(cpus):.1f}"),
    )


def _front(seed: int, runs: int) -> str:
    """Six budgets, each plan the start of the next."""
    wishes = scenario(180.0, 8)
    city = situation(wishes, seed=seed)
    walls = []
    for _ in range(runs):
        began, start, gaps = time.perf_counter(), None, []
        for hours in BUDGETS:
            other = replace(wishes, staff=replace(wishes.staff, hours_per_week=hours))
            done = plan_for(other, city, regions(city), start=start)
            start = done.solution.chosen
            gaps.append(done.solution.gap)
        walls.append(time.perf_counter() - began)
    return (
        f"\nFront of {len(BUDGETS)} budgets, seed {seed}: {statistics.median(walls):.1f} s, "
        f"largest gap {100 * max(gaps):.3f} %"
    )


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
