"""Two plans of the same edition side by side: sessions, reach, guarantee, goal.

A difference is called one only where it is larger than rounding, than what the searches left
open, and than what hidden numbers leave unknown; else the two "cannot be told apart".
"""

from atlas.placement.compare.files import comparison_json, write_comparison
from atlas.placement.compare.model import (
    Comparison,
    GoalDifference,
    GroupDifference,
    GuaranteeDifference,
    Incomparable,
    PlanSide,
    SessionMatch,
    When,
)
from atlas.placement.compare.plans import compare, named_plan
from atlas.placement.compare.words import (
    findings,
    reach_columns,
    reach_table,
    sentences,
    session_columns,
    session_table,
)

__all__ = [
    "Comparison",
    "GoalDifference",
    "GroupDifference",
    "GuaranteeDifference",
    "Incomparable",
    "PlanSide",
    "SessionMatch",
    "When",
    "compare",
    "comparison_json",
    "findings",
    "named_plan",
    "reach_columns",
    "reach_table",
    "sentences",
    "session_columns",
    "session_table",
    "write_comparison",
]
