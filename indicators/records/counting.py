"""Counting a batch: every column becomes small whole numbers, and those are counted.

A cell is (period, area, group) as one number, so that one pass over the rows counts them all.
"""

import math
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from indicators.records.batch import Batch
from indicators.records.people import latest_cases
from indicators.records.periods import NO_DAY, OUTSIDE, WRONG_DAY, Periods, day_of, period_in
from indicators.records.places import UNKNOWN, ByKey, Finder
from indicators.records.tally import Tally
from indicators.sources import AgeBands, CaseCount

Ints = npt.NDArray[np.int64]

NO_GROUP, BAD_CODE = -1, -2
_OLDEST = 130


@dataclass(frozen=True)
class GroupSet:
    """Groups of which a case is in one at most.

    ``meaning`` maps a code of a column to a group, or, where it is an age or a birth year,
    ``bands`` are its ends. ``parts`` are other sets that are crossed; ``crossed`` maps their
    groups to one of these.
    """

    keys: tuple[str, ...]
    column: str = ""
    codes: dict[str, int] = field(default_factory=dict)
    ages: AgeBands | None = None
    bands: tuple[tuple[int, int], ...] = ()
    parts: tuple[int, ...] = ()
    crossed: tuple[tuple[tuple[int, ...], int], ...] = ()


@dataclass(frozen=True)
class Plan:
    """All that counting a piece needs to know; it holds no case.

    ``vintage_of`` is the index of the vintage of each period; ``sizes`` how many areas each
    vintage has; ``width`` the largest of them.
    """

    counts: tuple[CaseCount, ...]
    groups: tuple[tuple[GroupSet, ...], ...]
    periods: Periods
    vintages: tuple[str, ...]
    vintage_of: tuple[int, ...]
    finders: dict[str, Finder]
    width: int
    date_format: str
    days: dict[str, int] = field(default_factory=dict, repr=False)

    def widths(self, number: int) -> list[int]:
        """How many groups each set of a measure has."""
        return [len(g.keys) for g in self.groups[number]]

    def cells(self, number: int) -> int:
        """How many different cells a case of a measure can be in, with all its groups."""
        cells = len(self.periods.keys) * self.width
        return cells * math.prod(w + 1 for w in self.widths(number))

    def day(self, text: str) -> int:
        """A written day; different days are few, so each is read once."""
        found = self.days.get(text)
        if found is None:
            found = day_of(text, self.date_format)
            if len(self.days) < 100_000:
                self.days[text] = found
        return found


def count_batch(batch: Batch, plan: Plan, tally: Tally, part: tuple[int, int] = (0, 1)) -> None:
    """Add the rows of a batch to a tally.

    Parameters
    ----------
    part
        Which share of the people is looked at in this pass, and of how many; cases as such
        are counted in the first.
    """
    used = np.zeros(batch.rows, dtype=np.bool_)
    places: dict[int, Ints] = {}
    for number, count in enumerate(plan.counts):
        if count.distinct is None and part[0]:
            continue
        for period, day in _periods(batch, count, plan, tally, part[0] == 0):
            _count_layer(batch, number, period, day, plan, tally, places, used, part)
    if part[0] == 0:
        tally.counted += int(used.sum())
    tally.rows += batch.rows


def _periods(
    batch: Batch, count: CaseCount, plan: Plan, tally: Tally, first: bool
) -> list[tuple[Ints, Ints]]:
    """Period and day of each row, once for every layer of periods."""
    days = {}
    for column in count.dates:
        coded = batch.coded(column)
        days[column] = coded.look_up(plan.day)
        if first and any(plan.day(v) == WRONG_DAY for v in coded.values):
            tally.fault(np.flatnonzero(days[column] == WRONG_DAY), column, "kein Datum")
    if count.date:
        day = days[count.date]
        found = [(period_in(day, plan.periods, layer), day) for layer in plan.periods.layers]
        if first:
            missed = day > NO_DAY
            for period, _ in found:
                missed &= period == OUTSIDE
            tally.outside += int(missed.sum())
        return found
    begin = days[str(count.begin)]
    end = days[count.end] if count.end else np.full(batch.rows, NO_DAY)
    end = np.where(end == NO_DAY, np.iinfo(np.int64).max, end)
    layers = []
    for i, on in enumerate(plan.periods.ends):
        in_force = (begin > NO_DAY) & (begin <= on) & (end >= on)
        layers.append((np.where(in_force, i, OUTSIDE), begin))
    return layers


def _count_layer(  # noqa: PLR0913, PLR0917 - one pass over the rows, each a different thing
    batch: Batch, number: int, period: Ints, day: Ints, plan: Plan, tally: Tally,
    places: dict[int, Ints], used: npt.NDArray[np.bool_], part: tuple[int, int],
) -> None:  # fmt: skip
    count = plan.counts[number]
    first = part[0] == 0
    area = _areas(batch, number, period, plan, tally, places, first)
    keyed = (period >= 0) & (area >= 0)
    if not keyed.any():
        return
    if first:
        used |= keyed
    sets = _groups(batch, plan.groups[number], period, keyed, plan, tally, first)
    cell = np.where(keyed, period * plan.width + area, -1)
    if count.distinct:
        person = batch.texts(count.distinct)
        nobody = keyed & np.asarray(person.is_null())
        if first:
            tally.no_person[number] += int(nobody.sum())
        rows = np.flatnonzero(keyed & ~nobody)
        table = latest_cases(
            person, rows, cell, day, plan.widths(number), sets, part, plan.width,
            plan.cells(number),
        )  # fmt: skip
        tally.people.setdefault(number, []).append(table)
        return
    add_counts(tally, number, cell, sets, plan)


def add_counts(tally: Tally, number: int, cell: Ints, sets: list[Ints], plan: Plan) -> None:
    """Count rows by cell, and by cell and group; -1 is counted nowhere."""
    size = len(plan.periods.keys) * plan.width
    tally.add_cells((number, 0), np.bincount(cell + 1, minlength=size + 1)[1:])
    for i, (group_set, group) in enumerate(zip(plan.groups[number], sets, strict=True), start=1):
        width = len(group_set.keys)
        index = np.where((cell >= 0) & (group >= 0), cell * width + group, -1)
        tally.add_cells((number, i), np.bincount(index + 1, minlength=size * width + 1)[1:])


def _areas(
    batch: Batch, number: int, period: Ints, plan: Plan, tally: Tally,
    places: dict[int, Ints], first: bool,
) -> Ints:  # fmt: skip
    """Area of each row in the vintage of its period, and what became of the others."""
    vintage = np.array([*plan.vintage_of, -1])[period]
    area = np.full(batch.rows, -1, dtype=np.int64)
    for i, name in enumerate(plan.vintages):
        here = vintage == i
        if not here.any():
            continue
        finder = plan.finders[name]
        if i not in places:
            places[i] = finder.find(batch)
        area = np.where(here, places[i], area)
        if first:
            lost = places[i][here & (places[i] < 0)]
            for reason, rows in zip(*np.unique(lost, return_counts=True), strict=True):
                tally.reasons[number, int(reason)] += int(rows)
            if isinstance(finder, ByKey):
                _note_keys(batch, finder, here, tally)
    return area


def _note_keys(batch: Batch, finder: ByKey, here: npt.NDArray[np.bool_], tally: Tally) -> None:
    """Remember unknown keys and keys whose zeros were put back."""
    coded = batch.coded(finder.column)
    tally.written.setdefault(finder.column, set()).update(
        key for key in coded.values if finder.may_have_twin(key)
    )
    odd = [i for i, key in enumerate(coded.values) if key and key not in finder.areas]
    if not odd:
        return
    rows = np.bincount(coded.codes[here], minlength=len(coded.values))
    for i in odd:
        if rows[i] and finder.restored(coded.values[i]):
            tally.restored[finder.column, coded.values[i]] += int(rows[i])
        elif rows[i] and finder.index_of(coded.values[i]) == UNKNOWN:
            tally.add_unknown(finder.column, coded.values[i], int(rows[i]))


def _groups(
    batch: Batch, sets: tuple[GroupSet, ...], period: Ints,
    keyed: npt.NDArray[np.bool_], plan: Plan, tally: Tally, first: bool,
) -> list[Ints]:  # fmt: skip
    """Group of each row in every set."""
    found: list[Ints] = []
    for group_set in sets:
        if group_set.parts:
            found.append(_crossed(group_set, found, sets))
            continue
        coded = batch.coded(group_set.column)
        if group_set.ages:
            group = _ages(coded.look_up(_whole), period, group_set.ages, group_set.bands, plan)
            allowed = f"ein Alter oder Geburtsjahr ({group_set.ages.kind})"
            fault = f"keine Zahl, erwartet: {allowed}"
        else:
            codes = group_set.codes
            group = coded.look_up(lambda v, codes=codes: codes.get(v, BAD_CODE))  # type: ignore[misc]
            fault = "unbekannter Code, erlaubt: " + ", ".join(c or "leer" for c in codes)
        if first:
            wrong = np.flatnonzero(keyed & (group == BAD_CODE))
            if len(wrong):
                tally.fault(wrong, group_set.column, fault)
        found.append(group)
    return found


def _whole(text: str) -> int:
    """A whole number, -1 if empty, -2 if it is none."""
    if not text:
        return -1
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else -2


def _ages(
    number: Ints, period: Ints, ages: AgeBands, bands: tuple[tuple[int, int], ...], plan: Plan
) -> Ints:
    """Band of each row's age on its reporting date."""
    age = number
    if ages.kind == "birth_year":
        years = np.array([date.fromisoformat(k).year for k in plan.periods.keys] + [0])
        age = np.where(number >= 0, years[period] - number, number)
    group = np.full(len(age), NO_GROUP, dtype=np.int64)
    for i, (low, high) in enumerate(bands):
        group[(age >= low) & (age <= high)] = i
    impossible = (number == -2) | (age > _OLDEST) | ((number >= 0) & (age < 0))
    group[impossible] = BAD_CODE
    return group


def _crossed(group_set: GroupSet, found: list[Ints], sets: tuple[GroupSet, ...]) -> Ints:
    """Group of rows for which several groups hold."""
    sizes = [len(sets[i].keys) + 1 for i in group_set.parts]
    table = np.full(sizes, NO_GROUP, dtype=np.int64)
    for where, group in group_set.crossed:
        table[tuple(i + 1 for i in where)] = group
    index = tuple(np.maximum(found[i], -1) + 1 for i in group_set.parts)
    crossed: Ints = table[index]
    return crossed
