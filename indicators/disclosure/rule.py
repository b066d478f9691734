"""What must be protected, how far, and what a reader may be assumed to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from indicators.disclosure.cells import IntArray

Zeros = Literal["published", "hidden"]


@dataclass(frozen=True)
class Rule:
    """The primary rule, the room that a hidden number needs, and what must stay printed.

    Parameters
    ----------
    threshold
        A count above 0 and below it is hidden (Bundesagentur für Arbeit: 3).
    keep_levels
        Levels whose cells stay published, for example the whole city.
    zeros
        ``published``: every true zero is printed, so that a hidden number is at least 1 for
        the reader. ``hidden``: zeros are printed too, but the reader is assumed not to rely
        on it, as other programs do; a hidden number may then be 0.
    margin
        A hidden small count n must be able to be n - margin and n + margin.
    reach
        Whether it must be able to reach the threshold as well, so that the rule itself does
        not tell a 1 from a 2. None: where zeros are published.
    insiders
        Whether the one person behind a count of 1, who knows of herself, counts as a reader.
    full_groups
        Whether a group that is the whole of its total is hidden, since it tells something
        about everybody.
    thresholds
        Thresholds of single measures, where they are not `threshold`.
    min_public
        Of a cell that is part of a public number above 0 and below this one, nothing is
        printed, whatever its number is, so that hiding it says nothing; see `tiny`. 0 for no
        such cells.
    """

    threshold: int = 3
    keep_levels: tuple[str, ...] = ("stadt",)
    zeros: Zeros = "published"
    margin: int = 1
    reach: bool | None = None
    insiders: bool = True
    full_groups: bool = True
    thresholds: Mapping[str, int] = field(default_factory=dict)
    min_public: int = 0

    @property
    def lowest(self) -> int:
        """The smallest number that a hidden cell can be for the reader."""
        return 1 if self.zeros == "published" else 0

    @property
    def reaches(self) -> bool:
        """Whether a hidden small count must be able to reach the threshold."""
        return self.zeros == "published" if self.reach is None else self.reach

    def fall(self, value: IntArray) -> IntArray:
        """By how much hidden small counts must be able to be less."""
        return np.clip(value - self.lowest, 0, self.margin).astype(np.int64)

    def thresholds_of(self, cells: pd.DataFrame) -> IntArray:
        """The threshold of each cell, by its ``measure`` where cells have one."""
        found = np.full(len(cells), self.threshold, dtype=np.int64)
        for measure, threshold in self.thresholds.items():
            found[(cells["measure"] == measure).to_numpy(dtype=np.bool_)] = threshold
        return found

    def rise(self, value: IntArray, threshold: IntArray | None = None) -> IntArray:
        """By how much hidden small counts must be able to be more."""
        to = self.threshold if threshold is None else threshold
        far = to - value if self.reaches else np.zeros_like(value)
        return np.maximum(self.margin, far).astype(np.int64)
