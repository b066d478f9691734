"""From an edition and a scenario to a plan in ``EDITION.plans/NAME/``: the one entry.

``plan.json`` for the atlas, ``plan.ics`` for calendars (and one for each team in ``teams``),
``plan.xlsx`` for people, ``plan.gpkg`` for maps.
"""

import re
import shutil
from collections import Counter
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from atlas.edition import Edition
from atlas.folders import scratch_beside
from atlas.placement.calendar import calendar_of
from atlas.placement.describe import describe
from atlas.placement.explain import clock_span
from atlas.placement.front import front_of, with_hours
from atlas.placement.geopackage import write_plan_geopackage
from atlas.placement.guards import left_over
from atlas.placement.held import our_teams
from atlas.placement.judged import judge
from atlas.placement.naming import plan_name
from atlas.placement.problem import guaranteed_regions
from atlas.placement.result import FILE, Plan, PlannedSession, plan_json, read_plans
from atlas.placement.scenario import (
    Fixed,
    Scenario,
    load_scenario,
    scenario_data,
    scenario_from_data,
    scenario_hash,
)
from atlas.placement.sheet import write_sheet
from atlas.placement.situation import Situation, read_situation
from atlas.placement.week import plan_for
from atlas.placement.whatif import what_if
from atlas.wording import number, weekday
from geodata.errors import OutputError, PlacementError, Problem, why
from geodata.progress import Progress, Stop, never, silent

__all__ = ["Plan", "PlannedSession", "compute_plan", "place", "read_plans", "write_plan"]


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
    name = plan_name(name)
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
    *,
    only: frozenset[tuple[str, str, str]] | None = None,
    check: bool = False,
) -> Plan:
    """Compute a plan without writing it; parameters and errors as in `place`.

    ``only`` are places, half-days and kinds that may have a new session, None for all. With
    ``check`` it is also looked at what would change the plan.
    """
    progress("Lese Bedarf, Räume und Wege", 0.05)
    situation = _only(scenario, read_situation(edition, scenario), only)
    regions = guaranteed_regions(edition, scenario, situation)
    progress("Stelle das Modell auf", 0.2)
    planned = plan_for(scenario, situation, regions, progress, stop)
    progress("Begründe die Sprechstunden", 0.8)
    judged = judge(scenario, situation, regions, planned)
    plan = describe(edition, scenario, name, judged)
    rest = left_over(scenario, plan)
    plan = replace(plan, notes=(*plan.notes, rest)) if rest else plan
    if scenario.front:
        points, notes = front_of(scenario, situation, regions, _part(progress, 0.82, 0.9), stop)
        plan = replace(plan, front=points, notes=(*plan.notes, *notes))
    if check:
        way = edition.manifest.travel
        found = what_if(scenario, judged, way, _part(progress, 0.9, 0.99), stop)
        plan = replace(plan, what_if=found)
    return plan


def _part(progress: Progress, low: float, high: float) -> Progress:
    """Tell a part of the work as a part of the whole."""
    return lambda step, share: progress(step, low + (high - low) * share)


def _only(
    scenario: Scenario, situation: Situation, only: frozenset[tuple[str, str, str]] | None
) -> Situation:
    """A situation in which only some rooms, half-days and kinds may have a new session."""
    if only is None:
        return situation
    starts = situation.starts.copy()
    o, days = situation.options, [h.key for h in situation.half_days]
    kinds = [k.key for k in scenario.session_kinds]
    pairs = list(zip(o.half_day.tolist(), o.kind.tolist(), strict=True))
    for p, place in enumerate(situation.places["place"]):
        for q, (t, s) in enumerate(pairs):
            if (str(place), days[t], kinds[s]) not in only:
                starts[p, q] = -1
    return replace(situation, starts=starts)


def adjusted(
    edition: Edition,
    plan: Plan,
    hours: float,
    name: str,
    progress: Progress = silent,
    stop: Stop = never,
    seconds: float | None = None,
) -> Plan:
    """A plan with more hours, or with fewer: what is added, or which sessions go.

    Parameters
    ----------
    edition, plan
        The plan, made from this edition.
    hours
        In the week, more (above 0: all its sessions stay and others come) or fewer (below 0:
        some of its sessions go and no other comes).
    name
        Of the new plan.
    progress, stop
        As in `place`.
    seconds
        Time limit, in place of the plan's own.

    Returns
    -------
    Plan
        Its wishes are those of the old plan with the new budget: what was held on to for this
        one change is not held on to for ever.

    Raises
    ------
    PlacementError
        The plan does not say its wishes, or nothing can be changed that way.
    """
    if not plan.wishes:
        raise PlacementError(f"Der Plan „{plan.name}“ ist zu alt; rechnen Sie ihn neu.")
    wishes = scenario_from_data(plan.wishes)
    budget = wishes.staff.hours_per_week + hours
    if hours == 0 or budget < 0:
        most = number(wishes.staff.hours_per_week, 1)
        raise PlacementError(
            "So lassen sich die Stunden nicht ändern.",
            [Problem("Stunden", number(hours, 1), f"mehr, oder höchstens {most} weniger")],
        )
    if seconds is not None:
        wishes = replace(wishes, solve=replace(wishes.solve, time_limit_seconds=seconds))
    wishes = replace(with_hours(wishes, budget), front=())
    free = wishes.existing.mode == "free"
    held = [(s.place, s.half_day, s.kind) for s in plan.sessions if not s.existing]
    # Existing sessions of ours that were free to go and stayed are the plan's own, too.
    held += [(s.place, s.half_day, s.kind) for s in plan.sessions if free and s.existing and s.ours]
    if hours > 0:
        fixed = tuple(Fixed(place, half_day, kind) for place, half_day, kind in held)
        changed = compute_plan(edition, replace(wishes, fixed=fixed), name, progress, stop)
    else:
        least = replace(wishes, staff=replace(wishes.staff, min_sessions=0))
        only = frozenset(held)
        changed = compute_plan(edition, least, name, progress, stop, only=only)
    changed = replace(changed, wishes=scenario_data(wishes), scenario_sha256=scenario_hash(wishes))
    return _told(changed, plan)


def _told(plan: Plan, before: Plan) -> Plan:
    """Say in the notes which sessions came and went."""
    lines = [
        _change(plan, before, f"Gegenüber „{before.title}“ ({before.name}) kommen dazu"),
        _change(before, plan, f"Gegenüber „{before.title}“ ({before.name}) fallen weg"),
    ]
    said = [line for line in lines if line]
    if not said:
        said = [f"Gegenüber „{before.title}“ ({before.name}) ändert sich keine Sprechstunde."]
    return replace(plan, notes=(*said, *plan.notes))


def _change(a: Plan, b: Plan, words: str) -> str:
    left = Counter((s.place, s.kind) for s in b.sessions)
    slots = {(s.place, s.kind, s.half_day) for s in b.sessions}
    gone = []
    # Of several sessions in a room, those at the same time are the same.
    for s in sorted(a.sessions, key=lambda s: (s.place, s.kind, s.half_day) not in slots):
        if left[s.place, s.kind] > 0:
            left[s.place, s.kind] -= 1
        else:
            gone.append(s)
    gone.sort(key=lambda s: (s.weekday, s.start, s.place))
    names = [f"{s.place_name} ({weekday(s.weekday)} {clock_span(s.start, s.end)})" for s in gone]
    return f"{words}: {'; '.join(names)}." if names else ""


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
