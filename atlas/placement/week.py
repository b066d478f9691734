"""The week to be planned: the model's arrays, the teams, and the ways between rooms."""

from atlas.placement.problem import Region, build_problem, group_classes
from atlas.placement.scenario import Scenario
from atlas.placement.sessions import Week
from atlas.placement.situation import Situation, held_by_half_day
from atlas.placement.teams import members_of, minutes_between


def week_of(scenario: Scenario, situation: Situation, regions: tuple[Region, ...]) -> Week:
    """Put together what the search needs."""
    problem = build_problem(scenario, situation, group_classes(situation), regions)
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
