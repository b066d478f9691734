"""Jumps from one reporting date to the next that look like a changed definition.

A real development moves some areas up and others down, or all of them by little. A changed
definition moves nearly all of them the same way, by more than this series ever moves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from atlas.check.findings import Finding
from atlas.wording import day, number, percent
from indicators.catalogue import Catalogue

SMALLEST = 20
"""Counts below move by chance."""
FEWEST_AREAS = 8
SAME_WAY = 0.9
"""So large a share of the areas moves one way."""
CHANCE = 0.001
_STEP, _LEAST, _TIMES = np.log(1.35), np.log(1.15), 6.0
_YEAR = 365.25
_LOST = 0.1
SILENT_BELOW = 100
"""Totals of sources that are not public below this one get no per cent either."""


@dataclass(frozen=True)
class Step:
    """How the areas of one series moved from one date to the next.

    ``middle`` is the median of the log ratios of the areas, ``same`` the share of areas that
    moves its way, ``chance`` the probability of so many if up and down were equal; ``total``
    the ratio of the sums over the same areas.
    """

    before: str
    after: str
    areas: int
    middle: float
    same: float
    chance: float
    total: float
    size: float

    @property
    def years(self) -> float:
        """Length of the step, at least one."""
        days = (date.fromisoformat(self.after) - date.fromisoformat(self.before)).days
        return max(1.0, days / _YEAR)


def step(before: pd.Series, after: pd.Series, dates: tuple[str, str]) -> Step | None:
    """Compare two dates; None where too few areas have counts large enough.

    Parameters
    ----------
    before, after
        Counts by area, NaN where there is no number.
    dates
        ISO dates of both.
    """
    both = pd.DataFrame({"a": before, "b": after}).dropna()
    both = both[(both > 0).all(axis=1) & (both.max(axis=1) >= SMALLEST)]
    if len(both) < FEWEST_AREAS:
        return None
    moved = np.log(both["b"].to_numpy(dtype=float) / both["a"].to_numpy(dtype=float))
    middle = float(np.median(moved))
    way = int((np.sign(moved) == np.sign(middle)).sum())
    moving = int((moved != 0).sum())
    chance = float(binomtest(way, moving, 0.5, "greater").pvalue) if middle and moving else 1.0
    total = float(both["b"].sum() / both["a"].sum())
    return Step(*dates, len(both), middle, way / len(both), chance, total, float(both["a"].sum()))


def looks_redefined(one: Step, others: list[Step]) -> bool:
    """Whether a step stands out: nearly all areas the same way, by more than is usual here.

    With three other steps the series itself says what is usual; else more than 35 per cent.
    """
    if one.same < SAME_WAY or one.chance > CHANCE:
        return False
    least = _STEP
    if len(others) >= 3:
        usual = float(np.median([abs(o.middle) / o.years for o in others]))
        least = max(_LEAST, _TIMES * usual)
    size = min(abs(one.middle), abs(float(np.log(one.total))))
    return bool(size > least * one.years)


def jump_findings(
    counts: pd.DataFrame, catalogue: Catalogue, public: frozenset[str]
) -> Iterator[Finding]:
    """Jumps, dates that repeat the one before, and cells that stop being delivered.

    Parameters
    ----------
    counts
        As delivered, with ``count`` and ``status``.
    catalogue
        Names of the measures and groups.
    public
        Measures whose totals may be printed.
    """
    for key, part in counts.groupby(["level", "vintage", "measure", "group"], sort=False):
        _, _, measure, group = map(str, key)
        name = series_name(catalogue, measure, group)
        table = part.assign(count=part["count"].astype("float64"))
        table = table.pivot_table(index="area", columns="period", values="count", dropna=False)
        pairs = list(pairwise(sorted(map(str, table.columns))))
        for a, b in pairs:
            yield from _repeated(name, table[a], table[b], (a, b))
            yield from _lost(name, table[a], table[b], (a, b))
        made = [s for a, b in pairs if (s := step(table[a], table[b], (a, b)))]
        for one in made:
            if looks_redefined(one, [s for s in made if s is not one]):
                yield _jump(name, one, measure in public)


def series_name(catalogue: Catalogue, measure: str, group: str) -> str:
    """German name of a series; the keys where the catalogue does not know them."""
    known, part = catalogue.measures.get(measure), catalogue.groups.get(group)
    name = known.name_de if known else measure
    return name if group == "total" else f"{name}, {part.name_de if part else group}"


def _jump(name: str, one: Step, public: bool) -> Finding:
    change = ""
    if public or one.size >= SILENT_BELOW:
        word = "mehr" if one.total > 1 else "weniger"
        change = f", zusammen {percent(abs(one.total - 1) * 100, 0)} {word}"
    text = (
        f"{name}: Vom {day(one.before)} zum {day(one.after)} bewegen sich "
        f"{percent(one.same * 100, 0)} von {number(one.areas)} Gebieten in dieselbe Richtung"
        f"{change}. Das ist mehr, als in dieser Reihe üblich ist. Wurde anders gezählt?"
    )
    todo = (
        "Beim Herausgeber nach einer Änderung der Zählweise zu diesem Stichtag fragen. Gab es "
        "eine, dann die Reihe erst ab dort zeigen (periods_from), denn ein Trend darüber täuscht."
    )
    return Finding("warning", "Sprünge", text, todo=todo)


def _repeated(name: str, a: pd.Series, b: pd.Series, dates: tuple[str, str]) -> Iterator[Finding]:
    known = a.notna() & b.notna() & ((a >= SMALLEST) | (b >= SMALLEST))
    if known.sum() >= FEWEST_AREAS and (a[known] == b[known]).all():
        text = (
            f"{name}: Am {day(dates[1])} stehen in allen {number(int(known.sum()))} Gebieten "
            f"dieselben Zahlen wie am {day(dates[0])}. Ist eine Datei doppelt?"
        )
        yield Finding("warning", "Doppeltes", text, todo="Beide Dateien vergleichen.")


def _lost(name: str, a: pd.Series, b: pd.Series, dates: tuple[str, str]) -> Iterator[Finding]:
    gone = a.notna() & b.isna()
    if len(a) >= FEWEST_AREAS and gone.mean() > _LOST:
        text = (
            f"{name}: {number(int(gone.sum()))} von {number(len(a))} Gebieten haben am "
            f"{day(dates[1])} keine Zahl mehr, am {day(dates[0])} hatten sie eine."
        )
        yield Finding(
            "warning", "Sprünge", text, details=tuple(map(str, a.index[gone])),
            todo="Nachsehen, ob die Datei vollständig ist oder mehr geheim gehalten wird.",
        )  # fmt: skip
