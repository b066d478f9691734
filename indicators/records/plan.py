"""What is to be counted, worked out before any row is read."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd

from geodata.errors import Problem, TableError
from geodata.model import Vintage
from indicators.records.counting import GroupSet, Plan
from indicators.records.periods import periods_of, vintage_of
from indicators.records.places import finders_of
from indicators.sources import AgeBands, CaseCount, CaseList

_MOST_CELLS = 1 << 42


def plan_of(
    cases: CaseList, areas: pd.DataFrame, vintages: Sequence[Vintage], folder: Path
) -> tuple[Plan, dict[str, list[str]]]:
    """Plan of counting, and the keys of the areas by vintage.

    Raises
    ------
    TableError
        Ages or crossed groups are not as they should be.
    """
    own = [vintage_of(p, vintages) for p in cases.periods]
    used = list(dict.fromkeys(own))
    keys, finders = finders_of(cases, areas, used, folder)
    plan = Plan(
        counts=cases.counts,
        groups=tuple(_sets(c) for c in cases.counts),
        periods=periods_of(cases.periods, cases.period_months),
        vintages=tuple(used),
        vintage_of=tuple(used.index(v) for v in own),
        finders=finders,
        width=max(1, *(len(k) for k in keys.values())),
        date_format=cases.date_format,
    )
    for number, count in enumerate(cases.counts):
        if count.distinct and plan.cells(number) >= _MOST_CELLS:
            raise TableError(f"{count.measure} hat zu viele Gruppen für einzelne Personen.")
    return plan, keys


def _sets(count: CaseCount) -> tuple[GroupSet, ...]:
    sets = []
    for column, codes in count.groups.items():
        keys = tuple(dict.fromkeys(codes.values()))
        sets.append(GroupSet(keys, column, {c.strip(): keys.index(k) for c, k in codes.items()}))
    if count.ages:
        bands = tuple(band_of(count.ages, b) for b in count.ages.bands.values())
        sets.append(
            GroupSet(tuple(count.ages.bands), count.ages.column, ages=count.ages, bands=bands)
        )
    _refuse_overlaps(count)
    return (*sets, *_crossed(count, sets))


def band_of(ages: AgeBands, text: str) -> tuple[int, int]:
    """First and last age of a band like ``0-14`` or ``65+``."""
    low, dash, high = text.partition("-")
    if text.endswith("+") and text[:-1].isdigit():
        return int(text[:-1]), 999
    if dash and low.isdigit() and high.isdigit() and int(low) <= int(high):
        return int(low), int(high)
    raise TableError(
        "Ein Band von Altern ist nicht lesbar.",
        [Problem(f"ages, {ages.column}", repr(text), "wie 0-14 oder 65+")],
    )


def _refuse_overlaps(count: CaseCount) -> None:
    if not count.ages:
        return
    bands = sorted((band_of(count.ages, b), k) for k, b in count.ages.bands.items())
    for (one, first), (other, second) in pairwise(bands):
        if other[0] <= one[1]:
            raise TableError(
                "Bänder von Altern überschneiden sich.",
                [Problem(f"{count.measure}, ages", f"{first} und {second}", "jedes Alter einmal")],
            )


def _crossed(count: CaseCount, sets: Sequence[GroupSet]) -> list[GroupSet]:
    """Crossed groups, those of the same columns together."""
    where = {key: (i, s.keys.index(key)) for i, s in enumerate(sets) for key in s.keys}
    found: dict[tuple[int, ...], list[tuple[str, tuple[int, ...]]]] = {}
    for key, parts in count.crossed.items():
        unknown = [p for p in parts if p not in where]
        places = sorted(where[p] for p in parts if p in where)
        own = tuple(i for i, _ in places)
        if unknown or len(parts) < 2 or len(set(own)) != len(own):
            raise TableError(
                "Eine gekreuzte Gruppe ist nicht zu bilden.",
                [Problem(f"{count.measure}, crossed", repr(key), "Gruppen verschiedener Spalten")],
            )
        found.setdefault(own, []).append((key, tuple(g for _, g in places)))
    return [
        GroupSet(
            tuple(k for k, _ in members), parts=own,
            crossed=tuple((groups, i) for i, (_, groups) in enumerate(members)),
        )
        for own, members in found.items()
    ]  # fmt: skip
