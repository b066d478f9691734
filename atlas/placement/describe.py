"""A solution as a plan: every session with its reason, reach before and after, the notes."""

from dataclasses import dataclass, replace

import numpy as np

from atlas.edition import Edition
from atlas.placement.arrays import Bools, Ints
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
from atlas.placement.notes import notes_of, warnings_of
from atlas.placement.problem import Region
from atlas.placement.result import (
    FORMAT,
    GuaranteeReport,
    Plan,
    PlannedSession,
    Quality,
    WeekColumn,
)
from atlas.placement.rounds import Planned
from atlas.placement.scenario import Scenario, clock_of, scenario_data, scenario_hash
from atlas.placement.situation import Situation
from atlas.placement.staff import staff_left
from atlas.wording import listing


@dataclass(frozen=True)
class Parts:
    """What the stations of the computation hand to the description of the plan.

    ``minutes`` (P, Q) are the lengths of the sessions after hours that were left were given to
    them.
    """

    situation: Situation
    regions: tuple[Region, ...]
    planned: Planned
    minutes: Ints


def describe(edition: Edition, scenario: Scenario, name: str, parts: Parts) -> Plan:
    """Put a solution into words and numbers."""
    situation, solution = parts.situation, parts.planned.solution
    served = served_by(situation, solution.chosen)
    sessions = (*_kept(scenario, parts, served), *_new(scenario, parts, served))
    manifest = edition.manifest
    used = sum(s.hours for s in sessions if s.ours)
    staff = staff_left(scenario, situation)
    teams = parts.planned.week.problem.staff.teams
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
            WeekColumn(h.key, h.weekday, h.part, h.part_name, int(teams[t]))
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


def served_by(situation: Situation, chosen: Bools) -> Served:
    """How many times each place serves each group, presence that stays included."""
    serves = (situation.serves > 0).astype(np.int64)
    fits = situation.suits_room > 0
    new = np.where(fits, chosen.astype(np.int64) @ serves.T, 0)
    held = np.zeros_like(new)
    for s in situation.existing:
        held[s.place] += (np.array(s.serves) > 0) & fits[s.place]
    by_session = np.asarray(new + held > 0, dtype=bool)
    # A place of general presence goes on serving when a session there falls away.
    present = situation.present[:, None] & fits
    now = np.asarray(situation.serves_now > 0, dtype=bool)
    return Served(now, (new + held + present).astype(np.int64), by_session)


def _new(scenario: Scenario, parts: Parts, served: Served) -> list[PlannedSession]:
    """The new sessions, and those of ours that were free to move and stay."""
    situation, week = parts.situation, parts.planned.week
    table = parts.planned.timetable
    ours = scenario.existing.our_providers
    sessions = []
    for held, q, teams in zip(table.sessions, table.option, table.teams, strict=True):
        start, o = int(situation.starts[held.room, q]), situation.options
        kind = scenario.session_kinds[int(o.kind[q])]
        names = tuple(week.members[m].name for m in teams)
        timing = ExistingSession(
            place=held.room,
            provider=ours[0] if len(ours) == 1 else "",
            team=listing(list(names)) if names else "",
            kind=kind.key,
            weekday=int(o.weekday[q]),
            start=start,
            end=start + int(parts.minutes[held.room, q]),
            half_day=int(o.half_day[q]),
            serves=tuple(float(a) for a in situation.serves[:, q]),
            ours=True,
        )
        half_day = situation.half_days[int(o.half_day[q])].key
        place = str(situation.places["place"].iloc[held.room])
        fixed = any(f.place == place and f.half_day == half_day for f in scenario.fixed)
        described = _session(scenario, parts, served, timing, existing=False)
        sessions.append(replace(described, teams=names, kind_name=kind.name, fixed=fixed))
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
        bool(a > 0 and b > 0) for a, b in zip(timing.serves, situation.suits_room[p], strict=True)
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
        teams=(timing.team,) if timing.team else (),
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
