"""A solution as a plan: every session with its reason, reach before and after, the notes."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from atlas.edition import Edition, TravelInfo
from atlas.placement.explain import (
    Served,
    area_reach,
    group_reach,
    heading,
    missed_regions,
    only_through,
    session_effect,
)
from atlas.placement.model import Bools, CoverProblem
from atlas.placement.problem import Classes, Region
from atlas.placement.result import (
    FORMAT,
    GuaranteeReport,
    Plan,
    PlannedSession,
    Quality,
    WeekColumn,
)
from atlas.placement.scenario import Scenario, clock_of, scenario_hash
from atlas.placement.situation import ExistingSession, Situation
from atlas.placement.solve import Solution
from atlas.placement.timetable import team_names
from atlas.wording import number, word_or_key


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
        starts=scenario.starts or _monday_after(manifest.reporting_date),
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
    )


def served_by(situation: Situation, classes: Classes, chosen: Bools) -> Served:
    """How many times each place serves each group, existing presence included."""
    at_time = (chosen[:, None, :] & classes.suits[None, :, :]).sum(axis=2)
    fitting = np.where(classes.rooms, at_time, 0)
    new = fitting[:, list(classes.of_group)]
    held = np.zeros_like(new)
    for s in situation.existing:
        held[s.place] += np.array(s.serves) & situation.suits_room[s.place]
    # A place of general presence goes on serving when a session there falls away.
    present = situation.present[:, None] & situation.suits_room
    return Served(situation.serves_now, (new + held + present).astype(np.int64))


def _new(scenario: Scenario, parts: Parts, served: Served, chosen: Bools) -> list[PlannedSession]:
    situation, classes = parts.situation, parts.classes
    slots = np.argwhere(chosen)
    teams = team_names(slots[:, 1], _teams_out(situation))
    length = round(scenario.staff.session_hours * 60)
    sessions = []
    for (p, t), team in zip(slots.tolist(), teams, strict=True):
        start = int(situation.starts[p, t])
        groups = tuple(bool(classes.suits[c, t] and classes.rooms[p, c]) for c in classes.of_group)
        day = situation.half_days[t].weekday
        timing = ExistingSession(
            place=p,
            provider="",
            team=team,
            kind="open",
            weekday=day,
            start=start,
            end=start + length,
            half_day=t,
            serves=groups,
            ours=True,
        )
        sessions.append(_session(scenario, parts, served, timing, existing=False))
    return sessions


def _teams_out(situation: Situation) -> tuple[frozenset[str], ...]:
    """Names of our teams that hold existing sessions, by half-day."""
    return tuple(
        frozenset(s.team for s in situation.existing if s.ours and s.half_day == t)
        for t in range(len(situation.half_days))
    )


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
    title = heading(situation, p, timing.weekday, timing.start, timing.end)
    unknown = "" if known else " Öffnungszeiten unbekannt: mit dem Haus klären."
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
        reason=f"{title}: {effect.reason}{unknown}",
        reach=effect.reach,
        new_areas=tuple(str(situation.areas["area"].iloc[i]) for i in effect.new_areas),
    )


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


def notes_of(scenario: Scenario, situation: Situation, way: TravelInfo | None) -> tuple[str, ...]:
    """What a reader must know before trusting the plan."""
    owners = ", ".join(word_or_key("owner", o) for o in scenario.rooms.owners)
    rooms = int(situation.candidate.sum())
    notes = [
        f"Fußwege sind geschätzt: Luftlinie mal Umwegfaktor{_detour(way)}, gemittelt über mehrere "
        "Punkte des Gebiets. Ein Gebiet gilt ganz als erreicht, wenn sein mittlerer Weg kurz genug "
        "ist.",
        "Zielgruppen überschneiden sich; ihre Zahlen dürfen nicht zusammengezählt werden.",
        "Geheime Zahlen gehen mit der Mitte des Bereichs ein, den jeder aus den "
        "veröffentlichten Zahlen schließen kann.",
        f"Zur Wahl standen {number(rooms)} Räume (Träger: {owners}). Wo die Daten keinen Träger "
        "nennen, ist er nach der Art des Ortes angenommen; vor einer Zusage ist das zu prüfen.",
        *(f"Bedarf {line}." for line in situation.need.sources),
    ]
    without = int((situation.candidate & ~situation.hours_known).sum())
    if without:
        notes.append(
            f"Bei {number(without)} von {number(rooms)} Räumen sind die Öffnungszeiten "
            "unbekannt; angenommen wurden die Halbtage des Szenarios."
        )
    idle = [s for s in situation.existing if not any(s.serves)]
    if idle:
        names = dict.fromkeys(str(situation.places["name"].iloc[s.place]) for s in idle)
        notes.append(
            "Bestehende Termine, die keine Zielgruppe des Szenarios erreichen: "
            + ", ".join(names)
            + "."
        )
    return tuple(notes)


def _detour(way: TravelInfo | None) -> str:
    """The factor and its usual span, where the edition says them."""
    if way is None:
        return ""
    span = f"{number(way.detour_low, 1)} bis {number(way.detour_high, 1)}"
    return f" {number(way.detour, 1)} (üblich sind {span})"


def _monday_after(iso: str) -> str:
    day = date.fromisoformat(iso)
    return (day + timedelta(days=7 - day.weekday())).isoformat()
