"""What a plan says, as data: sessions with their reasons, reach before and after, how good it is.

It lies in ``EDITION.plans/NAME/`` and names the content of the edition it was made from.
"""

from atlas.placement.result.parts import (
    Alternative,
    AreaReach,
    Fairness,
    FrontPoint,
    GroupReach,
    GuaranteeReport,
    MissedRegion,
    PlannedSession,
    Quality,
    ReachStep,
    SessionReach,
    Stop,
    TeamDay,
    WeekColumn,
    WhatIf,
)
from atlas.placement.result.reading import FILE, FORMAT, plan_json, read_plans
from atlas.placement.result.whole import NextSession, Plan, default_plan, next_session, team_text

__all__ = [
    "FILE",
    "FORMAT",
    "Alternative",
    "AreaReach",
    "Fairness",
    "FrontPoint",
    "GroupReach",
    "GuaranteeReport",
    "MissedRegion",
    "NextSession",
    "Plan",
    "PlannedSession",
    "Quality",
    "ReachStep",
    "SessionReach",
    "Stop",
    "TeamDay",
    "WeekColumn",
    "WhatIf",
    "default_plan",
    "next_session",
    "plan_json",
    "read_plans",
    "team_text",
]
