"""A plan with everything that judges it: what sessions are worth, and the teams' days."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from atlas.placement.alternatives import Gains, Slot, Worth, worth_of
from atlas.placement.arrays import Bools, CoverProblem, Floats, Ints
from atlas.placement.explain import Served, heading
from atlas.placement.hours import ExistingSession
from atlas.placement.kept import kept_losses
from atlas.placement.lengths import lengthened
from atlas.placement.problem import Region, build_problem, nearest
from atlas.placement.result import Alternative, Stop, TeamDay
from atlas.placement.rounds import Planned
from atlas.placement.scenario import Scenario, clock_of
from atlas.placement.sessions import stops_of
from atlas.placement.situation import Situation
from atlas.placement.slots import options_like, own_options
from atlas.wording import number, plain

_KNOWN = 1e-9


@dataclass(frozen=True)
class Judged:
    """A week that was found, and what is known of it.

    Parameters
    ----------
    situation, regions, planned
        What it was made from, and the solution with its timetable.
    gains
        What slots add to a plan.
    worth
        Per room and option of a session, what it adds and what could stand in its place.
    minutes
        (P, Q): lengths, after hours that were left made sessions longer.
    value
        What the plan gains without regard to capacity and robust need, bonuses for sessions
        that stay included: the whole of which the worth of a session is a share.
    kept
        (E,): what is lost without each existing session that stays, in the unit of the gain.
    """

    situation: Situation
    regions: tuple[Region, ...]
    planned: Planned
    gains: Gains
    worth: dict[tuple[int, int], Worth]
    minutes: Ints
    value: float
    kept: Floats

    def share(self, amount: float) -> float:
        """A gain as a share of the plan's whole gain, 0 where there is none."""
        return round(max(amount, 0.0) / self.value, 6) if self.value > _KNOWN else 0.0

    def kept_share(self, k: int) -> float | None:
        """What is lost without existing session `k`, as a share of what the plan gains.

        It may be more than 1: what stays may be worth more than all that the plan adds. None
        where the plan gains nothing, and nothing can be compared with it.
        """
        return self.share(float(self.kept[k])) if self.value > _KNOWN else None


def judge(
    scenario: Scenario, situation: Situation, regions: tuple[Region, ...], planned: Planned
) -> Judged:
    """Work out what every session is worth, and give away hours that are left."""
    chosen = planned.solution.chosen
    gains = Gains(_additive(scenario, situation, regions, planned.week.problem))
    worth = worth_of(gains, chosen)
    table = planned.timetable
    lost = np.array(
        [worth[s.room, q].lost for s, q in zip(table.sessions, table.option, strict=True)]
    )
    minutes = lengthened(planned.week, table, planned.solution.minutes, lost)
    value = gains.value(gains.counts(chosen), chosen)
    kept = kept_losses(scenario, situation, regions, chosen)
    return Judged(situation, regions, planned, gains, worth, minutes, value, kept)


def _additive(
    scenario: Scenario,
    situation: Situation,
    regions: tuple[Region, ...],
    problem: CoverProblem,
) -> CoverProblem:
    """The problem without what makes its value more than a sum over sets."""
    if problem.flows is None and problem.robust is None:
        return problem
    groups = tuple(replace(g, visits_per_week=None) for g in scenario.groups)
    plain = replace(scenario, groups=groups, robust=None)
    return build_problem(plain, situation, regions)


def alternative(scenario: Scenario, judged: Judged, slot: Slot | None) -> Alternative | None:
    """A slot in place of a session, in words and shares."""
    if slot is None:
        return None
    situation, o = judged.situation, judged.situation.options
    kinds = scenario.session_kinds
    day = situation.half_days[int(o.half_day[slot.option])]
    start = int(situation.starts[slot.room, slot.option])
    room = situation.places.iloc[slot.room]
    return Alternative(
        place=str(room["place"]),
        place_name=str(room["name"]),
        weekday=day.weekday,
        half_day=day.part_name,
        start=clock_of(start),
        end=clock_of(start + int(o.shortest[slot.option])),
        kind_name=kinds[int(o.kind[slot.option])].name if len(kinds) > 1 else "",
        worse=judged.share(judged.value - slot.value),
    )


def team_days(scenario: Scenario, judged: Judged) -> tuple[TeamDay, ...]:
    """Where every team is on every day, its existing sessions too, and the ways between."""
    week, table = judged.planned.week, judged.planned.timetable
    names = judged.situation.places["name"]
    ways = week.ways if scenario.between else None
    days = []
    for m, member in enumerate(week.members):
        stops = stops_of(week, table, judged.minutes, m)
        for weekday in sorted({s[0] for s in stops}):
            here = [s for s in stops if s[0] == weekday]
            days.append(TeamDay(member.name, weekday, _stops(here, names, ways)))
    return tuple(days)


def _stops(
    stops: list[tuple[int, int, int, int]], names: pd.Series, ways: Floats | None
) -> tuple[Stop, ...]:
    result = []
    before: int | None = None
    for _, start, end, room in stops:
        way = None
        if ways is not None and before is not None:
            way = round(float(ways[before, room]), 1)
        result.append(Stop(str(names.iloc[room]), clock_of(start), clock_of(end), way))
        before = room
    return tuple(result)


def given_up(scenario: Scenario, judged: Judged) -> tuple[ExistingSession, ...]:
    """Existing sessions of ours without one of their kind in their place and half-day.

    Of several there one goes on: that which stays as it is, else the earliest.
    """
    situation, chosen = judged.situation, judged.planned.solution.chosen
    options, starts = situation.options, situation.starts

    def goes_on(s: ExistingSession) -> tuple[bool, int]:
        own = own_options(scenario, options, s, starts)
        return not chosen[s.place, own].any(), s.start

    def held(s: ExistingSession) -> Bools:
        return np.asarray(chosen[s.place] & options_like(scenario, options, s), dtype=bool)

    gone = []
    for s in situation.freed:
        rivals = [r for r in situation.freed if r.place == s.place and (held(r) & held(s)).any()]
        if not rivals or s is not min(rivals, key=goes_on):
            gone.append(s)
    return tuple(gone)


def loss_sentence(
    scenario: Scenario, judged: Judged, served: Served, session: ExistingSession
) -> str:
    """What becomes of those whom a session that is given up reached."""
    situation, widest = judged.situation, scenario.reach[-1].minutes
    title = heading(situation, session.place, session.weekday, session.start, session.end)
    best = max(
        range(len(scenario.groups)),
        key=lambda g: (
            session.serves[g] * float(_within(scenario, situation, g, session.place).sum())
        ),
    )
    persons = _within(scenario, situation, best, session.place)
    way = situation.minutes[scenario.groups[best].way]
    still = nearest(way, served.after[:, best]) <= widest
    counted = scenario.groups[best].counted
    return (
        f"{title}: entfällt zugunsten anderer. Sie erreicht heute in {plain(widest)} Minuten rund "
        f"{number(float(persons.sum()))} {counted}; {number(float(persons[still].sum()))} davon "
        "haben mit dem Plan weiter ein Angebot in dieser Entfernung."
    )


def _within(scenario: Scenario, situation: Situation, g: int, place: int) -> Floats:
    near = situation.minutes[scenario.groups[g].way][:, place] <= scenario.reach[-1].minutes
    result: Floats = np.where(near, situation.persons[:, g], 0.0)
    return result
