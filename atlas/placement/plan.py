"""From an edition and a scenario to a plan in ``EDITION.plans/NAME/``: the one entry.

``plan.json`` for the atlas, ``plan.ics`` for calendars, ``plan.xlsx`` for people.
"""

import re
import shutil
from pathlib import Path

from atlas.edition import Edition
from atlas.folders import scratch_beside
from atlas.placement.calendar import calendar_of
from atlas.placement.describe import Parts, describe
from atlas.placement.problem import Region, build_problem, group_classes, guaranteed_regions
from atlas.placement.result import FILE, Plan, PlannedSession, plan_json, read_plans
from atlas.placement.rounds import plan_week
from atlas.placement.scenario import Scenario, load_scenario
from atlas.placement.sheet import write_sheet
from atlas.placement.situation import Situation, held_by_half_day, read_situation
from atlas.placement.teams import members_of, minutes_between
from atlas.placement.timetable import Week
from geodata.errors import OutputError, PlacementError, Problem, why
from geodata.progress import Progress, Stop, never, silent

__all__ = ["Plan", "PlannedSession", "compute_plan", "place", "read_plans", "write_plan"]

_NAME = re.compile(r"[A-Za-z0-9äöüÄÖÜß][\w-]*")


def place(
    edition: Edition,
    scenario: Scenario | Path,
    name: str,
    out: Path | None = None,
    progress: Progress = silent,
    stop: Stop = never,
) -> Plan:
    """Compute a weekly plan of consultation hours and write it beside the edition.

    Parameters
    ----------
    edition
        Need, rooms, windows, existing sessions and minutes.
    scenario
        The scenario or its TOML file.
    name
        Of the plan; letters, digits, underscore and hyphen.
    out
        Folder of the plan; ``EDITION.plans/NAME`` where None. A plan that is there already
        is exchanged.
    progress
        Is told the step and the share done, 0 to 1.
    stop
        Asked now and then; once it says yes, the search ends and the best plan so far counts.

    Raises
    ------
    FileMissingError, ProjectError
        The scenario cannot be read.
    PlacementError
        It does not fit the edition, or no plan fulfils it.
    OutputError
        The plan cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise PlacementError(
            "So kann ein Plan nicht heißen.",
            [Problem("name", f"gefunden {name!r}", "Buchstaben, Ziffern, _ und -")],
        )
    given = load_scenario(scenario) if isinstance(scenario, Path) else scenario
    plan = compute_plan(edition, given, name, progress, stop)
    progress("Schreibe den Plan", 0.9)
    write_plan(plan, out or edition.plans_path / name)
    progress("Der Plan ist fertig", 1.0)
    return plan


def compute_plan(
    edition: Edition,
    scenario: Scenario,
    name: str,
    progress: Progress = silent,
    stop: Stop = never,
) -> Plan:
    """Compute a plan without writing it; parameters and errors as in `place`."""
    progress("Lese Bedarf, Räume und Wege", 0.05)
    situation = read_situation(edition, scenario)
    regions = guaranteed_regions(edition, scenario, situation)
    progress("Stelle das Modell auf", 0.2)
    week = week_of(scenario, situation, regions)
    rounds = scenario.between.rounds if scenario.between else 1
    planned = plan_week(week, scenario.solve, rounds, progress, stop)
    progress("Begründe die Sprechstunden", 0.85)
    minutes = planned.solution.minutes
    return describe(edition, scenario, name, Parts(situation, regions, planned, minutes))


def week_of(scenario: Scenario, situation: Situation, regions: tuple[Region, ...]) -> Week:
    """The model's arrays, the teams, and the ways between rooms."""
    problem = build_problem(scenario, situation, group_classes(situation), regions)
    return Week(
        problem,
        situation.starts,
        members_of(scenario, situation),
        minutes_between(situation, scenario.between),
        held_by_half_day(situation),
    )


def write_plan(plan: Plan, out: Path) -> None:
    """Write the three files into a folder beside `out`, then put it in its place.

    Raises
    ------
    OutputError
        It cannot be written, or `out` is something else than a plan.
    """
    if out.exists() and not (out / FILE).is_file():
        raise OutputError(f"{out} ist kein Plan und wird deshalb nicht ersetzt.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with scratch_beside(out) as scratch:
            (scratch / FILE).write_text(plan_json(plan), encoding="utf-8")
            (scratch / "plan.ics").write_bytes(calendar_of(plan))
            write_sheet(plan, scratch / "plan.xlsx")
            _exchange(scratch, out)
    except OSError as error:
        raise OutputError(f"{out} kann nicht geschrieben werden: {why(error)}.") from error


def _exchange(scratch: Path, out: Path) -> None:
    """Put the new folder in place; the old one is removed only when the new one is there."""
    if not out.exists():
        scratch.rename(out)
        return
    old = scratch.with_suffix(".alt")
    out.rename(old)
    try:
        scratch.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
