"""What would change the plan: need higher or lower, longer ways, a room that falls away."""

from dataclasses import dataclass, replace

import numpy as np

from atlas.edition import TravelInfo
from atlas.placement.arrays import Bools
from atlas.placement.judged import Judged
from atlas.placement.problem import build_problem, looked_at
from atlas.placement.result import WhatIf
from atlas.placement.scenario import Scenario, SolveRule
from atlas.placement.situation import Situation
from atlas.placement.solve import gap_of, solve, value_of
from atlas.wording import number, percent
from geodata.errors import PlacementError
from geodata.progress import Progress, Stop, never, silent
from geodata.travel import WALK

_MORE, _LESS = 1.2, 0.8
_ROOMS = 3
_SECONDS = 60.0


@dataclass(frozen=True)
class _Change:
    """Something that could be otherwise, and the situation in which it is.

    ``room`` is the row of a room that falls away.
    """

    name: str
    clause: str
    situation: Situation
    room: int | None = None


def what_if(
    scenario: Scenario,
    judged: Judged,
    way: TravelInfo | None,
    progress: Progress = silent,
    stop: Stop = never,
) -> tuple[WhatIf, ...]:
    """Plan anew for every change and compare; the teams' ways are not asked again.

    Parameters
    ----------
    scenario, judged
        The plan.
    way
        How minutes were found; the detour is changed only where it made them.
    progress, stop
        Is told which change is looked at; is asked whether to end with those done.
    """
    changes = _changes(scenario, judged, way)
    found = []
    for n, change in enumerate(changes):
        if stop():
            break
        progress(f"Prüfe: {change.name}", n / len(changes))
        result = _look(scenario, judged, change, stop)
        if result is not None:
            found.append(result)
    return tuple(found)


def _changes(scenario: Scenario, judged: Judged, way: TravelInfo | None) -> list[_Change]:
    situation = judged.situation
    changes = []
    for g, group in enumerate(scenario.groups):
        for factor, word in ((_MORE, "höher"), (_LESS, "niedriger")):
            persons, lowest = situation.persons.copy(), situation.lowest.copy()
            persons[:, g] *= factor
            lowest[:, g] *= factor
            name = f"Bedarf {group.name} 20 % {word}"
            clause = f"Wäre der Bedarf bei „{group.name}“ überall 20 % {word}"
            changes.append(
                _Change(name, clause, replace(situation, persons=persons, lowest=lowest))
            )
    changes += _detours(situation, way)
    weighty = sorted(judged.worth, key=lambda at: -judged.worth[at].lost)
    for room in list(dict.fromkeys(room for room, _ in weighty))[:_ROOMS]:
        starts = situation.starts.copy()
        starts[room] = -1
        name = str(situation.places["name"].iloc[room])
        other = replace(situation, starts=starts)
        clause = f"Fiele der Raum „{name}“ weg"
        changes.append(_Change(f"ohne {name}", clause, other, room))
    return changes


def _detours(situation: Situation, way: TravelInfo | None) -> list[_Change]:
    straight = {
        (w.mode, p) for w in (way.ways if way else ()) if w.method == "straight" for p in w.profiles
    }
    if way is not None and not way.ways:
        straight = {key for key in situation.minutes if key[0] == WALK}
    if way is None or not straight & set(situation.minutes):
        return []
    changes = []
    for detour in (way.detour_low, way.detour_high):
        factor = detour / way.detour
        minutes = {
            key: m * factor if key in straight else m for key, m in situation.minutes.items()
        }
        name = f"Umweg {number(detour, 1)}"
        clause = (
            f"Wären Fußwege das {number(detour, 1)}-fache der Luftlinie statt des "
            f"{number(way.detour, 1)}-fachen"
        )
        changes.append(_Change(name, clause, replace(situation, minutes=minutes)))
    return changes


def _look(scenario: Scenario, judged: Judged, change: _Change, stop: Stop) -> WhatIf | None:
    """Compare the plan as it is with the best one after the change."""
    situation, chosen = change.situation, judged.planned.solution.chosen
    regions = looked_at(scenario, situation, judged.regions)
    try:
        problem = build_problem(scenario, situation, regions)
        best = solve(problem, _rule(scenario), stop=stop, start=chosen & problem.allowed)
    except PlacementError:
        sentence = f"{change.clause}, ließen sich die Wünsche nicht mehr alle erfüllen."
        return WhatIf(change.name, 0, int(chosen.sum()), 1.0, sentence)
    mine = value_of(problem, chosen & problem.allowed)
    short = gap_of(min(mine, best.bound), best.bound)
    same, sessions = _same_rooms(chosen, best.chosen), int(chosen.sum())
    verdict = _verdict(short, scenario.solve.gap, same, sessions)
    if change.room is not None:
        whole = judged.planned.solution.objective
        lost = gap_of(_value_without(judged, change.room), whole)
        left = gap_of(min(max(best.objective, mine), whole), whole)
        verdict = _without_room(lost, left, same, sessions)
    sentence = f"{change.clause}, {verdict}"
    return WhatIf(change.name, same, sessions, round(short, 6), sentence)


def _rule(scenario: Scenario) -> SolveRule:
    given = scenario.solve
    limit = min(given.time_limit_seconds or _SECONDS, _SECONDS)
    return replace(given, gap=max(given.gap, 0.005), time_limit_seconds=limit)


def _verdict(short: float, gap: float, same: int, sessions: int) -> str:
    within = max(gap, 0.005)
    if short <= within:
        # The search begins with this plan and ends once it is good enough: nothing has to move.
        return f"bliebe dieser Plan so gut wie der beste (auf {percent(100 * within, 1)} genau)."
    rooms = f"{number(same)} von {number(sessions)} Sprechstunden lägen dann im selben Raum"
    return f"wäre ein anderer Plan um höchstens {percent(100 * short, 1)} besser; {rooms}."


def _value_without(judged: Judged, room: int) -> float:
    """What the plan still gains without all sessions of a room."""
    chosen = judged.planned.solution.chosen.copy()
    chosen[room] = False
    return min(value_of(judged.planned.week.problem, chosen), judged.planned.solution.objective)


def _without_room(lost: float, left: float, same: int, sessions: int) -> str:
    return (
        f"verlöre der Plan {percent(100 * lost, 1)} seines Gewinns, neu geplant noch "
        f"{percent(100 * left, 1)}; {number(same)} von {number(sessions)} Sprechstunden lägen "
        "dann im selben Raum."
    )


def _same_rooms(a: Bools, b: Bools) -> int:
    """How many sessions of one plan have a session of the other in their room."""
    return int(np.minimum(a.sum(axis=1), b.sum(axis=1)).sum())
