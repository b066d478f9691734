"""A solution as a plan: every session with its reason, reach before and after, the notes."""

from dataclasses import dataclass

import numpy as np

from atlas.edition import Edition
from atlas.placement.calendar import placeholder_start
from atlas.placement.explain import (
    Served,
    area_reach,
    group_reach,
    heading,
    missed_regions,
    only_through,
    session_effect,
)
from atlas.placement.hours import ExistingSession
from atlas.placement.model import Bools, CoverProblem
from atlas.placement.notes import notes_of, warnings_of
from atlas.placement.problem import Classes, Region, staff_left
from atlas.placement.result import (
    FORMAT,
    GuaranteeReport,
    Plan,
    PlannedSession,
    Quality,
    WeekColumn,
)
from atlas.placement.scenario import Scenario, clock_of, scenario_data, scenario_hash
from atlas.placement.situation import Situation
from atlas.placement.solve import Solution
from atlas.placement.timetable import NewTiming, team_names


@dataclass(frozen=True)
class Parts:
    """What the stations of the computation hand to the description of the plan.

    ``chosen`` are the sessions (P, T) after the week was levelled out.
    """

    situation: Situation
    classes: Classes
    regions: tuple[Region, ...]
    problem: CoverProblem
    solution: Solution
    chosen: Bools


def describe(edition: Edition, scenario: Scenario, name: str, parts: Parts) -> Plan:
    """Put a solution into words and numbers."""
    situation, chosen = parts.situation, parts.chosen
    served = served_by(situation, parts.classes, chosen)
    sessions = (*_kept(scenario, parts, served), *_new(scenario, parts, served, chosen))
    manifest = edition.manifest
    solution = parts.solution
    used = sum(s.hours for s in sessions if s.ours)
    staff = staff_left(scenario, situation)
    return Plan(
        format=FORMAT,
        name=name,
        title=scenario.title,
        scenario=scenario.key,
        scenario_sha256=scenario_hash(scenario),
        city=manifest.city,
        notice=manifest.notice,
        edition=manifest.id,
        content=manifest.content,
        reporting_date=manifest.reporting_date,
        starts=scenario.starts or placeholder_start(manifest.reporting_date),
        ends=scenario.ends,
        hours_per_week=scenario.staff.hours_per_week,
        hours_used=round(used, 2),
        week=tuple(
            WeekColumn(h.key, h.weekday, h.part, h.part_name, int(parts.problem.teams[t]))
            for t, h in enumerate(situation.half_days)
        ),
        sessions=tuple(sorted(sessions, key=lambda s: (s.weekday, s.start, s.place, s.team))),
        groups=group_reach(scenario, situation, served),
        areas=area_reach(scenario, situation, served),
        guarantee=_guarantee(edition, scenario, situation, served, parts.regions),
        quality=Quality(
            round(solution.objective, 4),
            round(solution.bound, 4),
            round(solution.gap, 6),
            solution.ended,
            round(solution.seconds, 2),
        ),
        notes=notes_of(scenario, situation, manifest.travel),
        warnings=warnings_of(scenario, situation, staff),
        start_open=scenario.starts is None,
        hours_held=round(staff.held_hours, 2),
        land=scenario.land,
        closed=tuple((c.first, c.last, c.name) for c in scenario.closed),
        wishes=scenario_data(scenario),
    )


def served_by(situation: Situation, classes: Classes, chosen: Bools) -> Served:
    """How many times each place serves each group, existing presence included."""
    at_time = (chosen[:, None, :] & classes.suits[None, :, :]).sum(axis=2)
    fitting = np.where(classes.rooms, at_time, 0)
    new = fitting[:, list(classes.of_group)]
    held = np.zeros_like(new)
    for s in situation.existing:
        held[s.place] += np.array(s.serves) & situation.suits_room[s.place]
    by_session = np.asarray(new + held > 0, dtype=bool)
    # A place of general presence goes on serving when a session there falls away.
    present = situation.present[:, None] & situation.suits_room
    return Served(situation.serves_now, (new + held + present).astype(np.int64), by_session)


def _new(scenario: Scenario, parts: Parts, served: Served, chosen: Bools) -> list[PlannedSession]:
    situation, classes = parts.situation, parts.classes
    slots = np.argwhere(chosen).tolist()
    length = round(scenario.staff.session_hours * 60)
    starts = [int(situation.starts[p, t]) for p, t in slots]
    timings = tuple(
        NewTiming(t, situation.half_days[t].weekday, start, start + length)
        for (_, t), start in zip(slots, starts, strict=True)
    )
    teams = team_names(timings, situation.existing, scenario.team_count)
    ours = scenario.existing.our_providers
    sessions = []
    for (p, t), timed, team in zip(slots, timings, teams, strict=True):
        groups = tuple(bool(classes.suits[c, t] and classes.rooms[p, c]) for c in classes.of_group)
        timing = ExistingSession(
            place=p,
            provider=ours[0] if len(ours) == 1 else "",
            team=team,
            kind="open",
            weekday=timed.weekday,
            start=timed.start,
            end=timed.end,
            half_day=t,
            serves=groups,
            ours=True,
        )
        sessions.append(_session(scenario, parts, served, timing, existing=False))
    return sessions


def _kept(scenario: Scenario, parts: Parts, served: Served) -> list[PlannedSession]:
    return [
        _session(scenario, parts, served, session, existing=True)
        for session in parts.situation.existing
    ]


def _session(
    scenario: Scenario, parts: Parts, served: Served, timing: ExistingSession, *, existing: bool
) -> PlannedSession:
    """Describe one session, with its reason."""
    situation, p = parts.situation, timing.place
    room = situation.places.iloc[p]
    serves = tuple(
        bool(a and b) for a, b in zip(timing.serves, situation.suits_room[p], strict=True)
    )
    regions = only_through(scenario, situation, served, parts.regions, p)
    effect = session_effect(
        scenario, situation, served, p, serves, existing=existing, regions=regions
    )
    known = existing or bool(situation.hours_known[p])
    assumed = bool(situation.owner_assumed[p])
    title = heading(situation, p, timing.weekday, timing.start, timing.end)
    open_points = ["Öffnungszeiten unbekannt"] * (not known)
    open_points += ["Träger angenommen"] * (assumed and not existing)
    unsure = f" {', '.join(open_points)}: mit dem Haus klären." if open_points else ""
    half_day = situation.half_days[timing.half_day] if timing.half_day is not None else None
    return PlannedSession(
        place=str(room["place"]),
        place_name=str(room["name"]),
        place_kind=str(room["kind"]),
        owner=str(room["owner"]),
        barrier_free=str(room["barrier_free"]),
        address=str(room["address"]),
        area=str(room["area"]),
        weekday=timing.weekday,
        half_day=half_day.key if half_day else "",
        half_day_name=half_day.part_name if half_day else "",
        start=clock_of(timing.start),
        end=clock_of(timing.end),
        hours=round((timing.end - timing.start) / 60, 2),
        team=timing.team,
        kind=timing.kind,
        provider=timing.provider,
        groups=tuple(g.key for g, s in zip(scenario.groups, serves, strict=True) if s),
        existing=existing,
        ours=timing.ours,
        hours_known=known,
        reason=f"{title}: {effect.reason}{unsure}",
        reach=effect.reach,
        new_areas=tuple(str(situation.areas["area"].iloc[i]) for i in effect.new_areas),
        area_name=_area_name(situation, str(room["area"])),
        owner_assumed=assumed,
        valid_from=timing.valid_from,
        valid_to=timing.valid_to,
    )


def _area_name(situation: Situation, area: str) -> str:
    """Name of a finest area; empty where nobody lives there."""
    found = situation.areas.loc[situation.areas["area"] == area, "name"]
    return str(found.iloc[0]) if len(found) else ""


def _guarantee(
    edition: Edition,
    scenario: Scenario,
    situation: Situation,
    served: Served,
    regions: tuple[Region, ...],
) -> GuaranteeReport | None:
    rule = scenario.guarantee
    if rule is None:
        return None
    level = next(v for v in edition.manifest.levels if v.key == rule.level)
    missed = missed_regions(scenario, situation, served, regions)
    return GuaranteeReport(rule.level, level.plural, rule.minutes, len(regions), missed)
