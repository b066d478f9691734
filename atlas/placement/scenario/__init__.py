"""A scenario: for whom, with how much staff, in which rooms, on which half-days.

TOML, read into frozen dataclasses; every mistake is reported at once with its line.
"""

from atlas.placement.scenario.check import load_scenario
from atlas.placement.scenario.people import (
    Guarantee,
    Limit,
    Priority,
    Reach,
    Robust,
    TargetGroup,
    Term,
    Way,
)
from atlas.placement.scenario.week import (
    Between,
    Closed,
    DayPart,
    Existing,
    Fixed,
    Rooms,
    SessionKind,
    Spread,
    Staff,
    Team,
)
from atlas.placement.scenario.whole import (
    WEEKDAY_KEYS,
    HalfDay,
    Scenario,
    SolveRule,
    clock_of,
    half_days_of,
    minutes_of,
    scenario_data,
    scenario_from_data,
    scenario_hash,
    suited,
)
from atlas.placement.scenario.words import BarrierRule

__all__ = [
    "WEEKDAY_KEYS",
    "BarrierRule",
    "Between",
    "Closed",
    "DayPart",
    "Existing",
    "Fixed",
    "Guarantee",
    "HalfDay",
    "Limit",
    "Priority",
    "Reach",
    "Robust",
    "Rooms",
    "Scenario",
    "SessionKind",
    "SolveRule",
    "Spread",
    "Staff",
    "TargetGroup",
    "Team",
    "Term",
    "Way",
    "clock_of",
    "half_days_of",
    "load_scenario",
    "minutes_of",
    "scenario_data",
    "scenario_from_data",
    "scenario_hash",
    "suited",
]
