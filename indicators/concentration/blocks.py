"""Published counts as blocks: the recipients of one group beside the people they live among."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicators.catalogue import Catalogue
from indicators.concentration.bounds import Box
from indicators.concentration.measures import Floats
from indicators.rates import refuse_duplicates
from indicators.status import VISIBLE, Status

PLACE = ["level", "vintage", "period"]
RESIDENTS = "residents"
UNDER_65 = "residents/age_u65"
ALL_RESIDENTS = "residents/total"
_UNDER_65_PARTS = ("residents/age_u15", "residents/age_15_64")
_WORKING_AGE = ("sgb2_", "unemployed")
"""Measures that by law count nobody above pension age."""
_WEAKEST = (
    Status.NOT_APPLICABLE,
    Status.MISSING,
    Status.TOO_FEW,
    Status.SUPPRESSED,
    Status.ESTIMATED,
    Status.PERTURBED,
    Status.ROUNDED,
    Status.PUBLISHED,
    Status.ZERO,
)
_NUMBERS = ["count", "bound_low", "bound_high"]
_STATUS = 3
"""Where the status stands beside the numbers, as its place in `_WEAKEST`."""
_MISSING = _WEAKEST.index(Status.MISSING)
_SHOWN = [i for i, status in enumerate(_WEAKEST) if status in VISIBLE]
_USABLE = [*_SHOWN, _WEAKEST.index(Status.SUPPRESSED)]
_HIDING = [_WEAKEST.index(status) for status in (Status.SUPPRESSED, Status.TOO_FEW)]


@dataclass(frozen=True, eq=False)
class Block:
    """The counts of one group at one level, vintage and period, areas in the order of keys.

    ``count`` and ``base`` are the printed counts of recipients and of the population they
    are part of, NaN where hidden; `box` has what any reader can infer. `reference` is the
    cell of the population: all others are ``base - count``. ``left_out`` names the areas
    without a usable pair of counts. `status` is the weakest of all counts used.
    """

    level: str
    vintage: str
    period: str
    measure: str
    group: str
    reference: str
    areas: tuple[str, ...]
    count: Floats
    base: Floats
    box: Box
    status: Status
    left_out: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """Level, vintage, period, measure, group, reference."""
        place = (self.level, self.vintage, self.period)
        return (*place, self.measure, self.group, self.reference)

    @property
    def middle(self) -> tuple[Floats, Floats]:
        """Recipients and population, hidden ones in the middle of their limits.

        For the range of chance variation only, which needs no more than a size.
        """
        x = np.where(np.isnan(self.count), (self.box.low + self.box.high) / 2, self.count)
        n = np.where(np.isnan(self.base), (self.box.n_low + self.box.n_high) / 2, self.base)
        return x, np.maximum(n, x)


def concentration_blocks(counts: pd.DataFrame, catalogue: Catalogue) -> Iterator[Block]:
    """All groups of persons that are part of the residents, wherever two areas have them.

    The population is the most fitting one that is published for the same level, vintage and
    period: the residents of the same age group; for benefits and statistics of working age
    the residents under 65 (two age groups are added up); for people of 65 and over those
    residents; else all residents.

    Parameters
    ----------
    counts
        The edition's table ``counts``.
    catalogue
        Says which measures count persons and of which cells they are part.

    Raises
    ------
    KeyJoinError
        A cell stands twice.
    """
    refuse_duplicates(counts, ["area", *PLACE, "measure", "group"], "counts")
    numbers = _numbers(counts)
    for place, part in counts.reset_index(drop=True).groupby(PLACE, sort=True):
        cells = _cells(part, numbers[part.index.to_numpy()])
        for cell in cells.rows:
            reference = _reference(cell, cells, catalogue)
            if reference is None:
                continue
            block = _block(tuple(map(str, place)), cell, reference, cells)
            if len(block.areas) > 1:
                yield block


@dataclass(frozen=True)
class _Cells:
    """All cells of one level, vintage and period.

    Parameters
    ----------
    areas
        Keys, sorted.
    rows
        Row of each cell ``measure/group`` in `numbers`.
    numbers
        Shape (cells, areas, 4): count, limits, and the place of the status in `_WEAKEST`;
        NaN where there is none.
    """

    areas: npt.NDArray[np.str_]
    rows: Mapping[str, int]
    numbers: Floats

    def of(self, cell: str) -> Floats | None:
        """Shape (areas, 4): the numbers of a cell; None where it was not delivered.

        Under 65 is added up where it was not delivered.
        """
        if cell in self.rows:
            return self._row(cell)
        if cell != UNDER_65 or not all(part in self.rows for part in _UNDER_65_PARTS):
            return None
        young, older = (self._row(part) for part in _UNDER_65_PARTS)
        both: Floats = young + older
        both[:, _STATUS] = np.where(
            np.isnan(both[:, _STATUS]), np.nan, np.minimum(young[:, _STATUS], older[:, _STATUS])
        )
        return both

    def _row(self, cell: str) -> Floats:
        row: Floats = self.numbers[self.rows[cell]]
        return row


def _numbers(counts: pd.DataFrame) -> Floats:
    """Count, limits and status of every row; where nothing limits a visible count, itself."""
    status = counts["status"].map({s.value: i for i, s in enumerate(_WEAKEST)})
    table = counts[_NUMBERS].astype("float64").to_numpy()
    shown = counts["status"].isin(VISIBLE).to_numpy()
    count = np.where(shown, table[:, 0], np.nan)
    limits = np.where(np.isnan(table[:, 1:]), count[:, None], table[:, 1:])
    return np.column_stack([count, limits, status.to_numpy(dtype=np.float64)])


def _cells(part: pd.DataFrame, numbers: Floats) -> _Cells:
    area, areas = pd.factorize(part["area"], sort=True)
    cell, names = pd.factorize(part["measure"] + "/" + part["group"], sort=True)
    table = np.full((len(names), len(areas), 4), np.nan)
    table[cell, area] = numbers
    rows = {str(name): i for i, name in enumerate(names)}
    return _Cells(np.asarray(areas, dtype=np.str_), rows, table)


def _reference(cell: str, cells: _Cells, catalogue: Catalogue) -> str | None:
    """The cell of the population for a cell of recipients, None where there is none."""
    key, group = cell.split("/")
    measure = catalogue.measures.get(key)
    if measure is None or key == RESIDENTS or measure.unit != "persons":
        return None
    wanted = [f"{RESIDENTS}/{group}"] if group != "total" else []
    wanted += ["residents/age_65plus"]
    if group == "total" and key.startswith(_WORKING_AGE):
        wanted.append(UNDER_65)
    wanted.append(ALL_RESIDENTS)
    for reference in wanted:
        fits = reference == UNDER_65 or catalogue.is_part(cell, reference)
        base = cells.of(reference) if fits else None
        if base is not None and np.isin(base[:, _STATUS], _SHOWN).any():
            return reference
    return None


def _weakest(found: Floats) -> Status:
    """The status that allows the least to be concluded; a zero is a published count."""
    if not len(found):
        return Status.MISSING
    weakest = _WEAKEST[int(found.min())]
    return Status.PUBLISHED if weakest is Status.ZERO else weakest


def _block(place: tuple[str, ...], cell: str, reference: str, cells: _Cells) -> Block:
    """Both counts of every area side by side; areas without a usable pair are named."""
    pair = [cells.of(cell), cells.of(reference)]
    there = np.any([~np.isnan(t[:, _STATUS]) for t in pair if t is not None], axis=0)
    areas = cells.areas[there]
    empty = np.full((len(areas), 4), np.nan)
    x, n = (empty if t is None else t[there] for t in pair)
    status = [np.where(np.isnan(t[:, _STATUS]), _MISSING, t[:, _STATUS]) for t in (x, n)]
    # Nobody can be hidden beyond the people who live there.
    n_high = n[:, 2]
    low = np.where(np.isnan(x[:, 1]), 0.0, x[:, 1])
    high = np.fmin(x[:, 2], n_high)
    n_low = np.fmax(n[:, 1], low)
    usable = np.all([np.isin(s, _USABLE) for s in status], axis=0)
    known = usable & ~np.isnan(n_high) & (low <= n_high)
    nobody_counted = (np.nan_to_num(n[:, 0]) == 0) & (np.nan_to_num(x[:, 0]) == 0)
    hidden = np.any([np.isin(s, _HIDING) for s in status], axis=0)
    nobody = ~known & (status[1] != _MISSING) & nobody_counted & ~hidden
    measure, group = cell.split("/")
    count, printed = x[known, 0], n[known, 0]
    return Block(
        *(place[0], place[1], place[2], measure, group, reference),
        areas=tuple(areas[known].tolist()),
        count=count,
        # Rounded apart, the recipients can seem to be more than the residents.
        base=np.where(count > printed, count, printed),
        box=Box(low[known], high[known], n_low[known], n_high[known]),
        status=_weakest(np.concatenate([s[known] for s in status])),
        left_out=tuple(areas[~known & ~nobody].tolist()),
    )
