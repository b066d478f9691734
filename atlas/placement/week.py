"""The week to be planned, put together and searched."""

from atlas.placement.arrays import Bools
from atlas.placement.problem import Region, build_problem
from atlas.placement.rounds import Planned, plan_week
from atlas.placement.scenario import Scenario
from atlas.placement.sessions import Week
from atlas.placement.situation import Situation, held_by_half_day
from atlas.placement.teams import members_of, minutes_between
from geodata.progress import Progress, Stop, never


def week_of(scenario: Scenario, situation: Situation, regions: tuple[Region, ...]) -> Week:
    """Put together what the search needs."""
    problem = build_problem(scenario, situation, regions)
    between = minutes_between(situation, scenario.between)
    pause = scenario.between.break_minutes if scenario.between else 0.0
    return Week(
        problem,
        situation.starts,
        members_of(scenario, situation),
        between,
        held_by_half_day(situation),
        ways=between - pause,
    )


def plan_for(
    scenario: Scenario,
    situation: Situation,
    regions: tuple[Region, ...],
    progress: Progress | None = None,
    stop: Stop = never,
    start: Bools | None = None,
) -> Planned:
    """Find the best week for a scenario in a situation."""
    week = week_of(scenario, situation, regions)
    rounds = scenario.between.rounds if scenario.between else 1
    return plan_week(week, scenario.solve, rounds, progress, stop, start)
