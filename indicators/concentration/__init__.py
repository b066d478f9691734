"""Concentration: how unevenly the people counted live among the areas of a level.

`compute_concentration` gives the figures of every block of published counts, the other
functions of `table` and `changes` what a page shows beside them; `measures`, `bounds` and
`chance` hold the formulas.
"""

from indicators.concentration.blocks import Block, concentration_blocks
from indicators.concentration.changes import change_between, concentration_changes
from indicators.concentration.table import (
    COLUMNS,
    compute_concentration,
    location_quotients,
    lorenz_points,
)

__all__ = [
    "COLUMNS",
    "Block",
    "change_between",
    "compute_concentration",
    "concentration_blocks",
    "concentration_changes",
    "location_quotients",
    "lorenz_points",
]
