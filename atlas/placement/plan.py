"""From an edition and a scenario to a plan in ``EDITION.plans/NAME/``: the one entry.

``plan.json`` for the atlas, ``plan.ics`` for calendars (and one for each team in ``teams``),
``plan.xlsx`` for people, ``plan.gpkg`` for maps.
"""

import re
import shutil
from itertools import chain, count
from pathlib import Path

from atlas.edition import Edition
from atlas.folders import scratch_beside
from atlas.placement.calendar import calendar_of
from atlas.placement.describe import Parts, describe
from atlas.placement.geopackage import write_plan_geopackage
from atlas.placement.held import our_teams
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
    write_plan(plan, out or edition.plans_path / name, edition)
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


def write_plan(plan: Plan, out: Path, edition: Edition | None = None) -> None:
    """Write all files into a folder beside `out`, then put it in its place.

    Parameters
    ----------
    plan
        What is written.
    out
        The folder; a plan that is there already is exchanged.
    edition
        With the geometries for ``plan.gpkg``; None: without that file.

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
            _write_team_calendars(plan, scratch / "teams")
            write_sheet(plan, scratch / "plan.xlsx")
            if edition is not None:
                write_plan_geopackage(plan, edition, scratch / "plan.gpkg")
            _exchange(scratch, out)
    except OSError as error:
        raise OutputError(f"{out} kann nicht geschrieben werden: {why(error)}.") from error


def _write_team_calendars(plan: Plan, folder: Path) -> None:
    """Write a calendar per team, to be sent to it; names become safe and stay different."""
    taken: set[str] = set()
    for team in our_teams(plan):
        base = re.sub(r"[^\w-]+", "_", team).strip("_")[:60] or "Team"
        names = chain([base], (f"{base}_{n}" for n in count(2)))
        name = next(n for n in names if n.casefold() not in taken)
        taken.add(name.casefold())
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.ics").write_bytes(calendar_of(plan, team))


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
