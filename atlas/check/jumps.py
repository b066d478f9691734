"""Jumps from one reporting date to the next that look like a changed definition.

A real development moves some areas up and others down, or all of them by little. A changed
definition moves nearly all of them the same way, by more than this series ever moves.

What is usual is a series' own history together with a prior worth `PRIOR_STEPS` steps with a
standard deviation of `PRIOR_SD` a year, so that two dates can be judged as well. A step stands out
where Student's t finds it too far from the others at a rate of `FALSE_ALARMS` per series,
noise of small counts included (Poisson). Several breaks do not hide each other: the most extreme
steps are left out together and tested from the mildest, as in the generalised ESD test
(Rosner 1983, Technometrics 25). What goes back within two years was a shock and no definition
(level shift and temporary change in Chen and Liu 1993, JASA 88). The prior predictive is that
of the normal model with unknown variance (Gelman et al. 2013, Bayesian Data Analysis, 3.3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm
from scipy.stats import t as student

from atlas.check.findings import Finding
from atlas.wording import day, number, percent
from indicators.catalogue import Catalogue

SMALLEST = 20
"""Counts below move by chance."""
FEWEST_AREAS = 8
SAME_WAY = 0.9
"""So large a share of the areas moves one way, of those that noise leaves."""
CHANCE = 0.001
FALSE_ALARMS = 0.01
"""So many series without a break are called one, if the model holds."""
PRIOR_SD, PRIOR_STEPS = 0.06, 8
_MOST_BREAKS = 0.25
_AFTERWARDS = 2.0
_YEAR = 365.25
_LOST = 0.1
SILENT_BELOW = 100
"""Totals of sources that are not public below this one get no per cent either."""


@dataclass(frozen=True)
class Step:
    """How the areas of one series moved from one date to the next.

    ``middle`` is the median of the log ratios of the areas, ``same`` the share of areas that
    moves its way, ``expected`` the share that noise would leave if all areas moved alike,
    ``chance`` the probability of so many if up and down were equal; ``total`` the ratio of the
    sums over the same areas; ``noise`` the standard error of ``middle``, counts being Poisson.
    """

    before: str
    after: str
    areas: int
    middle: float
    same: float
    chance: float
    total: float
    size: float
    noise: float
    expected: float

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
    first, second = both["a"].to_numpy(dtype=float), both["b"].to_numpy(dtype=float)
    moved, variance = np.log(second / first), 1 / first + 1 / second
    middle = float(np.median(moved))
    way = int((np.sign(moved) == np.sign(middle)).sum())
    moving = int((moved != 0).sum())
    chance = float(binomtest(way, moving, 0.5, "greater").pvalue) if middle and moving else 1.0
    total = float(both["b"].sum() / both["a"].sum())
    noise = float(np.sqrt(np.pi / 2 * variance.mean() / len(both)))
    expected = float(norm.cdf(abs(middle) / np.sqrt(variance)).mean())
    return Step(
        *dates, len(both), middle, way / len(both), chance, total, float(first.sum()), noise,
        expected,
    )  # fmt: skip


def redefined(steps: Sequence[Step]) -> list[Step]:
    """Steps of one series that look like a changed definition, in the series' order.

    Of the most extreme steps, left out together, the mildest is tested against the others; if it
    stands out, all of them do.
    """
    most = max(min(1, len(steps)), int(len(steps) * _MOST_BREAKS))
    for breaks in range(most, 0, -1):
        far = sorted(steps, key=lambda s: -_distance(s, steps))[:breaks]
        rest = [s for s in steps if not any(s is f for f in far)]
        if _stands_out(far[-1], rest, FALSE_ALARMS / len(steps)):
            return [s for s in steps if any(s is f for f in far) and _alike(s) and _stays(s, steps)]
    return []


def _stays(one: Step, steps: Sequence[Step]) -> bool:
    """Whether a move neither goes back by half within two years, nor is such a way back itself."""
    day, span = date.fromisoformat(one.after), _AFTERWARDS * _YEAR + 1
    days = {id(s): (date.fromisoformat(s.after) - day).days for s in steps}
    later = [s.middle for s in steps if 0 < days[id(s)] <= span]
    earlier = [s.middle for s in reversed(steps) if -span <= days[id(s)] < 0]
    sums = np.concatenate([np.cumsum([one.middle, *moves]) for moves in (later, earlier)])
    return bool((sums / one.middle).min() > 0.5)


def _alike(one: Step) -> bool:
    """Whether nearly all areas move the same way, as far as noise lets them."""
    return one.same >= SAME_WAY * one.expected and one.chance <= CHANCE


def _drift(steps: Sequence[Step]) -> float:
    return float(np.median([s.middle / s.years for s in steps])) if steps else 0.0


def _distance(one: Step, steps: Sequence[Step]) -> float:
    """How far the areas and their sum, whichever is nearer, are from the usual, by year."""
    drift = _drift(steps) * one.years
    nearest = min(abs(one.middle - drift), abs(float(np.log(one.total)) - drift))
    return float(nearest / one.years**0.5)


def _stands_out(one: Step, rest: Sequence[Step], chance: float) -> bool:
    """Student's t of a step against the others and the prior."""
    drift = _drift(rest)
    squares = sum((s.middle - drift * s.years) ** 2 / s.years for s in rest)
    freedom = PRIOR_STEPS + max(0, len(rest) - 1)
    variance = (PRIOR_STEPS * PRIOR_SD**2 + squares) / freedom
    more = 1 / len(rest) if rest else 0.0
    scale = float(np.sqrt(variance * (1 + more) + one.noise**2 / one.years))
    return bool(2 * student.sf(_distance(one, rest) / scale, freedom) < chance)


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
    tested = 0
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
        tested += bool(made)
        for one in redefined(made):
            yield _jump(name, one, measure in public)
    if tested:
        text = (
            f"{number(tested)} Reihen sind auf Sprünge geprüft. Von 100 Reihen ohne Bruch wird "
            f"etwa {number(100 * FALSE_ALARMS)} zu Unrecht genannt."
        )
        yield Finding("note", "Sprünge", text)


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
        "eine, dann die Reihe erst ab dort zeigen (periods_from), denn ein Trend darüber täuscht. "
        "Gab es einen anderen Grund, ist nichts zu tun."
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
