"""A solution as a plan: every session with its reason, reach before and after, the notes."""

from dataclasses import replace

import numpy as np

from atlas.edition import Edition
from atlas.placement.access import fairness
from atlas.placement.beyond import fairness_beyond, limits_of, mark_beyond
from atlas.placement.calendar import placeholder_start
from atlas.placement.explain import (
    Served,
    area_reach,
    group_reach,
    missed_regions,
    served_by,
)
from atlas.placement.judged import Judged, team_days
from atlas.placement.notes import notes_of, warnings_of
from atlas.placement.problem import Region
from atlas.placement.reasons import area_reasons
from atlas.placement.result import (
    FORMAT,
    AreaReach,
    Fairness,
    GuaranteeReport,
    Plan,
    PlannedSession,
    Quality,
    WeekColumn,
)
from atlas.placement.scenario import Scenario, scenario_data, scenario_hash
from atlas.placement.session_words import ended_sessions, sessions_of_plan
from atlas.placement.situation import Situation
from atlas.placement.staff import staff_left
from atlas.wording import number


def describe(edition: Edition, scenario: Scenario, name: str, judged: Judged) -> Plan:
    """Put a solution into words and numbers."""
    situation, solution = judged.situation, judged.planned.solution
    served = served_by(situation, solution.chosen)
    sessions = sessions_of_plan(scenario, judged, served)
    limits = limits_of(edition, scenario)
    areas = mark_beyond(scenario, situation, area_reach(scenario, situation, served), limits)
    reasons = area_reasons(scenario, judged, areas, sessions, limits)
    manifest = edition.manifest
    used = sum(s.hours * max(len(s.teams), 1) for s in sessions if s.ours)
    staff = staff_left(scenario, situation)
    teams = judged.planned.week.problem.staff.teams
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
        areas=tuple(replace(a, reason=why) for a, why in zip(areas, reasons, strict=True)),
        guarantee=_guarantee(edition, scenario, situation, served, judged.regions),
        quality=Quality(
            round(solution.objective, 4),
            round(solution.bound, 4),
            round(solution.gap, 6),
            solution.ended,
            round(solution.seconds, 2),
        ),
        notes=(*notes_of(scenario, situation, manifest.travel), *_left_out(judged)),
        warnings=warnings_of(scenario, situation, staff),
        start_open=scenario.starts is None,
        hours_held=round(staff.held_hours, 2),
        land=scenario.land,
        closed=tuple((c.first, c.last, c.name) for c in scenario.closed),
        wishes=scenario_data(scenario),
        ended=ended_sessions(scenario, judged, served),
        fairness=_fairness(scenario, situation, sessions, areas),
        days=team_days(scenario, judged),
    )


def _left_out(judged: Judged) -> list[str]:
    """What the teams could not hold of the best solution."""
    dropped = judged.planned.dropped
    if not dropped:
        return []
    return [
        f"{number(dropped)} Sprechstunden der besten Lösung können die Teams nicht halten, weil "
        "die Wege zwischen den Räumen zu lang sind; sie fehlen im Plan. Der Abstand zum Besten "
        "ist trotzdem ehrlich: Auch kein anderer Plan, den die Teams halten können, ist besser als "
        "diese Grenze."
    ]


def _fairness(
    scenario: Scenario,
    situation: Situation,
    sessions: tuple[PlannedSession, ...],
    areas: tuple[AreaReach, ...],
) -> Fairness:
    """Evenness for the largest group, of sessions for it: groups overlap, and are not added up.

    Hours are those of sessions; a place with the service all week shortens the way to it.
    """
    g = int(situation.persons.sum(axis=0).argmax())
    rows = {str(key): p for p, key in enumerate(situation.places["place"])}
    before, after = np.zeros(len(rows)), np.zeros(len(rows))
    group = scenario.groups[g].key
    serving = situation.present & (situation.suits_room[:, g] > 0)
    for held in (*situation.existing, *situation.freed):
        if held.serves[g] > 0 and situation.suits_room[held.place, g] > 0:
            before[held.place] += (held.end - held.start) / 60
    for session in sessions:
        if group in session.groups:
            after[rows[session.place]] += session.hours
            serving[rows[session.place]] = True
    found = fairness(
        situation.areas,
        situation.persons[:, g],
        situation.minutes[scenario.groups[g].way],
        before,
        after,
        serving,
        scenario.reach,
    )
    return fairness_beyond(found, group, areas)


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
