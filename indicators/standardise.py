"""Direct age standardisation: rates of areas as if all had the same age structure.

The rate of each age group is weighted by a standard population, the city's own or a given
one, so that an area is not called remarkable for being young or old. The range of chance
variation is that of Fay and Feuer (1997, Statistics in Medicine 16), gamma limits for a
weighted sum of Poisson counts; for one group, or equal weights, they are the exact limits of
Garwood. Where persons are counted it is a little too wide rather than too narrow.

Only cells of the table ``counts`` enter. A hidden cell gives bounds, never a guess; they hold
for every reader, though totals may let a reader narrow them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geodata.errors import Problem, ProjectError
from indicators.catalogue import Catalogue, normal_cell
from indicators.entries import Indicator
from indicators.rates import AREA_KEYS, CONFIDENCE, refuse_duplicates
from indicators.standard_population import Standard, check_standard
from indicators.status import VISIBLE, Status

AGE_STANDARDISED = "age_standardised"
"""Of a rate as if all areas had the same age structure, beside other estimates."""
COLUMNS = [
    *AREA_KEYS,
    *("indicator", "value", "low", "high", "bound_low", "bound_high"),
    *("standard", "status", "reason"),
]
_FLOATS = ("value", "low", "high", "bound_low", "bound_high")
_TYPES = {c: "float64" if c in _FLOATS else "str" for c in COLUMNS}
_BLOCK = ["level", "vintage", "period"]
_PASSED_ON = (Status.ESTIMATED, Status.PERTURBED, Status.ROUNDED)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Cells:
    """One measure by area and age group, shape (areas, groups)."""

    measure: str
    count: Floats
    low: Floats
    high: Floats
    status: npt.NDArray[np.str_]

    @property
    def seen(self) -> Flags:
        return np.isin(self.status, [s.value for s in VISIBLE])


def standardised_rate(
    cases: npt.ArrayLike, people: npt.ArrayLike, weights: npt.ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Directly standardised rates with their ranges of chance variation.

    Parameters
    ----------
    cases, people
        Counts by group, shape (…, groups). NaN, or a group without people, gives NaN.
    weights
        The standard population, shape (groups,), in any scale.

    Returns
    -------
    rate, low, high
        Plain fractions, shape (…).
    """
    k, n = np.asarray(cases, dtype=np.float64), np.asarray(people, dtype=np.float64)
    share = np.asarray(weights, dtype=np.float64)
    usable = ~np.isnan(k) & (n > 0)
    factors = np.divide(share / share.sum(), n, out=np.full(n.shape, np.nan), where=usable)
    low, high = gamma_interval(k, factors)
    return np.asarray((factors * k).sum(axis=-1), dtype=np.float64), low, high


def gamma_interval(counts: Floats, factors: Floats) -> tuple[Floats, Floats]:
    """Limits of a weighted sum of Poisson means (Fay and Feuer 1997) at `CONFIDENCE`.

    Parameters
    ----------
    counts, factors
        Shape (…, groups): the sum is that of ``factors * counts``.
    """
    tail = (1 - CONFIDENCE) / 2
    total, variance = (factors * counts).sum(axis=-1), (factors**2 * counts).sum(axis=-1)
    largest = factors.max(axis=-1)
    more, wider = total + largest, variance + largest**2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = stats.gamma.ppf(tail, total**2 / variance, scale=variance / total)
    high = stats.gamma.ppf(1 - tail, more**2 / wider, scale=wider / more)
    return np.where(total == 0, 0.0, low), np.asarray(high, dtype=np.float64)


def standardise(
    counts: pd.DataFrame, catalogue: Catalogue, indicator: str, standard: Standard
) -> pd.DataFrame:
    """One indicator, standardised by age, wherever its two counts come by age group.

    Parameters
    ----------
    counts
        The edition's table ``counts``.
    catalogue
        Says what the indicator is made of, and how the age groups lie in each other.
    indicator
        Key of a rate with numerator and denominator.
    standard
        Covers exactly the age groups that have a numerator and a denominator; coarser or
        finer groups beside them do not matter.

    Returns
    -------
    table
        `COLUMNS`, in the unit of the indicator: a row for every area, level, vintage and
        period in which both counts come by these groups. A group that is not there gives
        ``missing``, a hidden one ``suppressed`` with bounds, a group without people
        ``too_few``; ``reason`` names it.

    Raises
    ------
    ProjectError
        The indicator is no such rate, or the standard does not fit the groups.
    KeyJoinError
        A count stands twice.
    """
    item = _require_rate(catalogue, indicator)
    top, bottom = (normal_cell(str(c)).split("/")[0] for c in (item.numerator, item.denominator))
    used = counts.loc[counts["measure"].isin([top, bottom])]
    check_standard(catalogue, item, standard, _available(used, top, bottom))
    refuse_duplicates(used, [*AREA_KEYS, "measure", "group"], "counts")
    areas = _areas(used, standard.groups, top, bottom)
    pair = [_cells(used, areas, m, standard.groups) for m in (top, bottom)]
    return _rows(areas, (pair[0], pair[1]), item, standard, catalogue)


def _rows(
    areas: pd.MultiIndex,
    pair: tuple[_Cells, _Cells],
    item: Indicator,
    standard: Standard,
    catalogue: Catalogue,
) -> pd.DataFrame:
    top, bottom = pair
    status = _status(top, bottom, item)
    shown = np.isin(status, [s.value for s in VISIBLE])
    cases = np.where(shown[:, None], top.count, np.nan)
    rate, low, high = standardised_rate(cases, bottom.count, standard.weights)
    subset = all(
        catalogue.is_part(f"{top.measure}/{g}", f"{bottom.measure}/{g}") for g in standard.groups
    )
    most = 1.0 if subset else np.inf
    bound_low, bound_high = _bounds(top, bottom, standard.weights, most)
    bounded = shown | (status == Status.SUPPRESSED.value)
    table = areas.to_frame(index=False).assign(
        indicator=item.key,
        value=item.factor * rate,
        low=item.factor * low,
        high=item.factor * np.minimum(high, most),
        bound_low=np.where(bounded, item.factor * bound_low, np.nan),
        bound_high=np.where(bounded, item.factor * bound_high, np.nan),
        standard=standard.name_de,
        status=status,
        reason=_reasons(list(areas.get_level_values("period")), status, pair, standard, catalogue),
    )
    return table[COLUMNS].astype(_TYPES)


def _status(top: _Cells, bottom: _Cells, item: Indicator) -> npt.NDArray[np.str_]:
    """What may be concluded from the rate, from what may be concluded from its cells."""

    def any_is(status: Status) -> Flags:
        hits = (top.status == status.value) | (bottom.status == status.value)
        return np.asarray(hits.any(axis=1), dtype=np.bool_)

    known_top, known_bottom = top.seen.all(axis=1), bottom.seen.all(axis=1)
    cases, people = top.count.sum(axis=1), bottom.count.sum(axis=1)
    few = (
        (known_bottom & (people < item.min_denominator))
        | (known_top & (cases > 0) & (cases < item.min_numerator))
        | _empty_groups(bottom).any(axis=1)
    )
    known = known_top & known_bottom
    rules = [
        (any_is(Status.NOT_APPLICABLE), Status.NOT_APPLICABLE),
        (any_is(Status.MISSING), Status.MISSING),
        (few, Status.TOO_FEW),
        (any_is(Status.SUPPRESSED), Status.SUPPRESSED),
        *((any_is(s), s) for s in _PASSED_ON),
        (known & (cases == 0), Status.ZERO),
        (known, Status.PUBLISHED),
    ]
    return np.select(
        [rule for rule, _ in rules], [s.value for _, s in rules], Status.MISSING.value
    ).astype(np.str_)


def _empty_groups(bottom: _Cells) -> Flags:
    return np.asarray(bottom.seen & (bottom.count == 0), dtype=np.bool_)


def _bounds(top: _Cells, bottom: _Cells, weights: Floats, most: float) -> tuple[Floats, Floats]:
    """Lowest and highest standardised fraction that the bounds of the cells allow."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(bottom.high > 0, top.low / bottom.high, np.nan)
        high = np.where(bottom.low > 0, top.high / bottom.low, most)
    high = np.minimum(np.where(np.isnan(bottom.low), np.nan, high), most)
    return (weights * low).sum(axis=1), _finite((weights * high).sum(axis=1))


def _finite(numbers: Floats) -> Floats:
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _reasons(
    periods: list[str],
    status: npt.NDArray[np.str_],
    pair: tuple[_Cells, _Cells],
    standard: Standard,
    catalogue: Catalogue,
) -> list[str]:
    """One German sentence for each area."""
    names = np.array([catalogue.groups[g].name_de for g in standard.groups], dtype=object)

    def where(row: int, kind: str) -> str:
        parts = [
            f"„{catalogue.measures[cells.measure].label(periods[row])}“ "
            f"({', '.join(names[cells.status[row] == kind])})"
            for cells in pair
            if (cells.status[row] == kind).any()
        ]
        return " und ".join(parts)

    def sentence(row: int, kind: str) -> str:
        empty = _empty_groups(pair[1])[row]
        if kind == Status.TOO_FEW and empty.any():
            return f"Ohne Wert: In der Gruppe {', '.join(names[empty])} lebt hier niemand."
        return {
            Status.MISSING.value: f"Ohne Wert: Es fehlt {where(row, kind)}.",
            Status.NOT_APPLICABLE.value: f"Ohne Wert: Hier gibt es nicht {where(row, kind)}.",
            Status.SUPPRESSED.value: f"Nur Grenzen: Geheim ist {where(row, kind)}.",
            Status.TOO_FEW.value: "Ohne Wert: Die Zahl der Menschen oder Fälle ist zu klein.",
        }.get(kind, f"Altersstandardisiert nach: {standard.name_de} ({', '.join(names)}).")

    return [sentence(row, str(kind)) for row, kind in enumerate(status)]


def _require_rate(catalogue: Catalogue, key: str) -> Indicator:
    catalogue.require("indicators", [key])
    item = catalogue.indicators[key]
    if item.numerator is None or item.denominator is None:
        problem = Problem(f"Indikator {key}", "keine Rate aus Zähler und Nenner")
        raise ProjectError("Nur eine Rate aus zwei Anzahlen lässt sich standardisieren.", [problem])
    return item


def _available(used: pd.DataFrame, top: str, bottom: str) -> set[str]:
    """Groups that come with a numerator and a denominator for the same map."""
    keys = [*_BLOCK, "group"]
    sides = [used.loc[used["measure"] == m, keys].drop_duplicates() for m in (top, bottom)]
    return set(sides[0].merge(sides[1], on=keys)["group"])


def _areas(used: pd.DataFrame, groups: tuple[str, ...], top: str, bottom: str) -> pd.MultiIndex:
    """Every area of the maps on which both measures come by age."""
    aged = used.loc[used["group"].isin(groups)]
    sides = [aged.loc[aged["measure"] == m, _BLOCK].drop_duplicates() for m in (top, bottom)]
    rows = used.merge(sides[0].merge(sides[1], on=_BLOCK), on=_BLOCK)[AREA_KEYS]
    order = ["level", "vintage", "period", "area"]
    return pd.MultiIndex.from_frame(rows.drop_duplicates().sort_values(order))


def _cells(
    used: pd.DataFrame, areas: pd.MultiIndex, measure: str, groups: tuple[str, ...]
) -> _Cells:
    """The cells of one measure; what is not there is missing, what is hidden has no number."""
    rows = used.loc[(used["measure"] == measure) & used["group"].isin(groups)]
    indexed = rows.set_index([*AREA_KEYS, "group"])

    def wide(column: str) -> pd.DataFrame:
        table = indexed[column].unstack("group")
        return table.reindex(index=areas, columns=list(groups))

    status = wide("status").fillna(Status.MISSING.value).to_numpy().astype(np.str_)
    numbers = [
        wide(name).astype("float64").to_numpy() for name in ("count", "bound_low", "bound_high")
    ]
    seen = np.isin(status, [s.value for s in VISIBLE])
    count = np.where(seen, numbers[0], np.nan)
    low, high = (np.where(np.isnan(bound), count, bound) for bound in numbers[1:])
    return _Cells(measure, count, low, high, status)
