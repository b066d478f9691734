"""The classical location problems, for those who need only places: LSCP, MCLP, p-median, p-center.

Each choice comes with a proven bound. The same problem gives the same choice, except where
the clock or somebody ends the search.
"""

from atlas.placement.presets.answer import Answer, Assignment
from atlas.placement.presets.problem import PRESETS, Preset, SiteProblem, Wish, site_problem
from atlas.placement.presets.solve import solve_preset
from atlas.placement.presets.watch import Ended, Limits

__all__ = [
    "PRESETS",
    "Answer",
    "Assignment",
    "Ended",
    "Limits",
    "Preset",
    "SiteProblem",
    "Wish",
    "site_problem",
    "solve_preset",
]
