"""Published counts as blocks: the recipients of one group beside the people they live among."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.errors import KeyJoinError, Problem
from indicators.catalogue import Catalogue
from indicators.concentration.bounds import Box
from indicators.concentration.measures import Floats
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
    _refuse_duplicates(counts)
    for place, part in counts.groupby(PLACE, sort=True):
        cells = {
            str(key): rows.set_index("area")[[*_NUMBERS, "status"]]
            for key, rows in part.groupby(part["measure"] + "/" + part["group"], sort=True)
        }
        for cell, rows in cells.items():
            reference = _reference(cell, cells, catalogue)
            if reference is None:
                continue
            block = _block(tuple(map(str, place)), cell, reference, rows, _base(reference, cells))
            if len(block.areas) > 1:
                yield block


def _refuse_duplicates(counts: pd.DataFrame) -> None:
    keys = ["area", *PLACE, "measure", "group"]
    twice = counts.loc[counts.duplicated(keys), keys].drop_duplicates()
    if len(twice):
        raise KeyJoinError(
            f"In counts stehen {len(twice)} Zellen mehrfach.",
            [
                Problem("counts", " / ".join(map(str, row)), "jede Zeile einmal")
                for row in twice.head(20).itertuples(index=False)
            ],
        )


def _reference(cell: str, cells: Mapping[str, pd.DataFrame], catalogue: Catalogue) -> str | None:
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
        if fits and _base(reference, cells)["status"].isin(VISIBLE).any():
            return reference
    return None


def _base(reference: str, cells: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The counts of the population; under 65 is added up where it was not delivered."""
    if reference in cells:
        return cells[reference]
    empty = pd.DataFrame(columns=[*_NUMBERS, "status"])
    if reference != UNDER_65 or not all(part in cells for part in _UNDER_65_PARTS):
        return empty
    young, older = (cells[part] for part in _UNDER_65_PARTS)
    both = young.index.intersection(older.index)
    young, older = young.loc[both], older.loc[both]
    status = [_weakest(pair) for pair in zip(young["status"], older["status"], strict=True)]
    return (_filled(young) + _filled(older)).assign(status=pd.Series(status, index=both))


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """The numbers; where nothing limits a visible count, it limits itself."""
    numbers = rows[_NUMBERS].astype("float64")
    shown = rows["status"].isin(VISIBLE)
    numbers["count"] = numbers["count"].where(shown)
    for bound in ("bound_low", "bound_high"):
        numbers[bound] = numbers[bound].fillna(numbers["count"])
    return numbers


def _weakest(found: Iterable[object]) -> Status:
    """The status that allows the least to be concluded; a zero is a published count."""
    present = {Status(str(s)) for s in found}
    weakest = next((s for s in _WEAKEST if s in present), Status.MISSING)
    return Status.PUBLISHED if weakest is Status.ZERO else weakest


def _block(
    place: tuple[str, ...], cell: str, reference: str, rows: pd.DataFrame, base: pd.DataFrame
) -> Block:
    """Both counts of every area side by side; areas without a usable pair are named."""
    areas = rows.index.union(base.index, sort=True)
    status = [t["status"].reindex(areas, fill_value=Status.MISSING.value) for t in (rows, base)]
    usable = VISIBLE | {Status.SUPPRESSED}
    here, there = (_filled(t).reindex(areas) for t in (rows, base))
    # Nobody can be hidden beyond the people who live there.
    n_high = there["bound_high"]
    low = here["bound_low"].fillna(0.0)
    high = here["bound_high"].fillna(n_high).clip(upper=n_high)
    n_low = there["bound_low"].fillna(0.0).clip(lower=low)
    known = status[0].isin(usable) & status[1].isin(usable) & n_high.notna() & (low <= n_high)
    used = pd.concat([status[0][known], status[1][known]])
    empty = (there["count"].fillna(0) == 0) & (here["count"].fillna(0) == 0)
    nobody = ~known & (status[1] != Status.MISSING.value) & empty & ~_hidden(status)
    measure, group = cell.split("/")
    count, printed = (t["count"][known].to_numpy() for t in (here, there))
    return Block(
        *(place[0], place[1], place[2], measure, group, reference),
        areas=tuple(map(str, areas[known])),
        count=count,
        # Rounded apart, the recipients can seem to be more than the residents.
        base=np.where(count > printed, count, printed),
        box=Box(*(s[known].to_numpy() for s in (low, high, n_low, n_high))),
        status=_weakest(used),
        left_out=tuple(map(str, areas[~known & ~nobody])),
    )


def _hidden(status: list[pd.Series]) -> pd.Series:
    hiding = (Status.SUPPRESSED.value, Status.TOO_FEW.value)
    return status[0].isin(hiding) | status[1].isin(hiding)
