"""What a person counts more in areas with priority (placeholder until merged)."""

import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.placement.arrays import Floats
from atlas.placement.scenario import Scenario


def factors(
    edition: Edition, scenario: Scenario, areas: pd.Series, vintage: str
) -> tuple[Floats, tuple[str, ...]]:
    """(A, G) factors and notes."""
    del edition, vintage
    return np.ones((len(areas), len(scenario.groups))), ()
