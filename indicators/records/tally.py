"""What counting a piece gives: counts and what became of the rows, but no row."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]

_MOST = 1000
"""So many faults and unknown keys are remembered; a list with all of them helps nobody."""


@dataclass
class Tally:
    """Counts of one or more pieces, and the numbers of faulty rows.

    ``cells`` has, per measure, one array for the total and one per set of groups, shape
    (areas × periods × groups). ``faults`` are row from 0, column, what is wrong. ``people``
    has, per measure, everybody's latest case (see `people`), until it becomes counts.
    """

    rows: int = 0
    counted: int = 0
    outside: int = 0
    cells: dict[tuple[int, int], Ints] = field(default_factory=dict, repr=False)
    reasons: Counter[tuple[int, int]] = field(default_factory=Counter)
    no_person: Counter[int] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)
    written: dict[str, set[str]] = field(default_factory=dict, repr=False)
    restored: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)
    faults: list[tuple[int, str, str]] = field(default_factory=list)
    more_faults: int = 0
    people: dict[int, list[pa.Table]] = field(default_factory=dict, repr=False)

    def fault(self, rows: Ints, column: str, what: str) -> None:
        """Note rows with the same fault."""
        free = max(_MOST - len(self.faults), 0)
        self.faults += [(self.rows + int(r), column, what) for r in rows[:free]]
        self.more_faults += max(len(rows) - free, 0)

    def add_cells(self, key: tuple[int, int], counts: Ints) -> None:
        """Add counts."""
        self.cells[key] = self.cells[key] + counts if key in self.cells else counts

    def add_unknown(self, column: str, key: str, rows: int) -> None:
        """Note a key that no area has; beyond many different ones only that there are more."""
        name = (column, key)
        self.unknown[name if name in self.unknown or len(self.unknown) < _MOST else ("", "")] += (
            rows
        )

    def add(self, other: "Tally") -> None:
        """Add what a later piece gave."""
        free = max(_MOST - len(self.faults), 0)
        self.faults += [(self.rows + row, c, w) for row, c, w in other.faults[:free]]
        self.more_faults += other.more_faults + max(len(other.faults) - free, 0)
        self.rows += other.rows
        self.counted += other.counted
        self.outside += other.outside
        for key, counts in other.cells.items():
            self.add_cells(key, counts)
        self.reasons.update(other.reasons)
        self.no_person.update(other.no_person)
        for (column, name), rows in other.unknown.items():
            self.add_unknown(column, name, rows)
        for column, keys in other.written.items():
            self.written.setdefault(column, set()).update(keys)
        self.restored.update(other.restored)
        for measure, tables in other.people.items():
            self.people.setdefault(measure, []).extend(tables)


def shape_of(key: str) -> str:
    """Digits as 9 and letters as A: which keys may be shown, for they look like keys."""
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in key)
