"""What can be reached with more or fewer hours: several budgets at once."""

from dataclasses import replace

from atlas.placement.explain import group_reach, served_by
from atlas.placement.problem import Region
from atlas.placement.result import FrontPoint
from atlas.placement.rounds import Planned
from atlas.placement.scenario import Scenario
from atlas.placement.situation import Situation
from atlas.placement.solve import gap_of
from atlas.placement.week import plan_for
from atlas.wording import plain
from geodata.errors import PlacementError
from geodata.progress import Progress, Stop, never, silent


def front_of(
    scenario: Scenario,
    situation: Situation,
    regions: tuple[Region, ...],
    progress: Progress = silent,
    stop: Stop = never,
) -> tuple[tuple[FrontPoint, ...], tuple[str, ...]]:
    """Plan for every budget of the scenario; what fits another helps to find the next.

    Returns
    -------
    points, notes
        In the order of the hours; a German sentence for each budget with which the wishes
        cannot be fulfilled.
    """
    points, notes = [], []
    before: Planned | None = None
    budgets = sorted(scenario.front)
    for n, hours in enumerate(budgets):
        progress(f"Rechne mit {plain(hours)} Stunden", n / len(budgets))
        if stop():
            notes.append(f"Angehalten: Ab {plain(hours)} Stunden wurde nicht mehr gerechnet.")
            break
        other = with_hours(scenario, hours)
        try:
            start = before.solution.chosen if before else None
            planned = plan_for(other, situation, regions, stop=stop, start=start)
        except PlacementError:
            notes.append(f"Mit {plain(hours)} Stunden lassen sich die Wünsche nicht erfüllen.")
            continue
        before = _at_least(planned, before)
        points.append(_point(other, situation, before))
    return tuple(points), tuple(notes)


def _at_least(planned: Planned, before: Planned | None) -> Planned:
    """A plan with more hours gains no less: where the search ended early, the one before holds."""
    if before is None or before.solution.objective <= planned.solution.objective:
        return planned
    objective, bound = before.solution.objective, planned.solution.bound
    gap = gap_of(objective, max(objective, bound))
    solution = replace(before.solution, bound=bound, gap=gap, ended=planned.solution.ended)
    return replace(before, solution=solution)


def with_hours(scenario: Scenario, hours: float) -> Scenario:
    """The scenario with another budget."""
    return replace(scenario, staff=replace(scenario.staff, hours_per_week=hours))


def _point(scenario: Scenario, situation: Situation, planned: Planned) -> FrontPoint:
    solution = planned.solution
    served = served_by(situation, solution.chosen)
    reach = group_reach(scenario, situation, served)
    return FrontPoint(
        hours=scenario.staff.hours_per_week,
        sessions=len(planned.timetable.sessions),
        objective=round(solution.objective, 4),
        bound=round(solution.bound, 4),
        gap=round(solution.gap, 6),
        ended=solution.ended,
        reached={g.group: g.steps[-1].after for g in reach},
    )
