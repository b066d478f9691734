"""Whether a hotspot depends on the method, or on who counts as a neighbour.

Two tables for a reader who asks how far a class can be trusted: `agreement` counts how many of
the methods call an area high or low, `neighbourhood_sensitivity` repeats the local tests under
several rules for neighbours. Neither is a test of its own.
"""

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.errors import KeyJoinError, Problem, TableError
from indicators import funnel_words, scan_words
from indicators.agreement_words import (
    FUNNEL,
    HIGH,
    HIGH_ALONE,
    LOW,
    LOW_ALONE,
    METHOD_NAMES,
    NONE,
    SILENT,
    agreement_reason,
    stability_reason,
)
from indicators.hotspot_words import (
    HIGH_AMONG_LOW,
    HIGH_CLUSTER,
    HIGH_HIGH,
    LOW_AMONG_HIGH,
    LOW_CLUSTER,
    LOW_LOW,
    NO_PATTERN,
    NO_STATEMENT,
)
from indicators.hotspots import HotspotSettings, compute_hotspots
from indicators.neighbours import KINDS, QUEEN, NeighbourRule, neighbourhood
from indicators.one_map import areas_on

KEYS = ["area", "level", "vintage", "period", "indicator", "group"]
AGREEMENT_COLUMNS = [*KEYS, *METHOD_NAMES, "high", "low", "methods", "direction", "reason"]
SENSITIVITY_COLUMNS = [
    *("area", "level", "vintage", "period", "indicator", "method", *KINDS, "stable", "reason"),
]
RULES = (QUEEN, NeighbourRule("knn"), NeighbourRule("distance"))
"""Common borders, the six nearest, and the distance with six others in the usual area."""
NARROW = 2.0
"""A q-value up to so many times the level misses a class narrowly."""

DIRECTIONS = {
    **dict.fromkeys((HIGH_CLUSTER, HIGH_HIGH, scan_words.HIGH_MEMBER, funnel_words.HIGHER), HIGH),
    **dict.fromkeys((LOW_CLUSTER, LOW_LOW, scan_words.LOW_MEMBER, funnel_words.LOWER), LOW),
    HIGH_AMONG_LOW: HIGH_ALONE,
    LOW_AMONG_HIGH: LOW_ALONE,
    **dict.fromkeys(
        (NO_PATTERN, scan_words.UNREMARKABLE, funnel_words.USUAL, funnel_words.WITHIN), NONE
    ),
    NO_STATEMENT: SILENT,
}
"""What each class of each method says about an area."""


def agreement(
    hotspots: pd.DataFrame, scan_areas: pd.DataFrame, funnel: pd.DataFrame
) -> pd.DataFrame:
    """How many of the methods call an area high, or low.

    Gi* and local Moran hold the area's own value and permute the others in the same way: they
    are two names for nearly one test, and the sentence says so where both count.

    Parameters
    ----------
    hotspots
        Gi* and local Moran, as `compute_hotspots` returns them.
    scan_areas
        The scan, as in `indicators.scan.ScanTables.areas`.
    funnel
        The funnel, as in `indicators.funnel.Funnels.table`.

    Returns
    -------
    table
        `AGREEMENT_COLUMNS`, a row for every area and indicator in any of the tables. Under
        the name of each method ``high``, ``low``, ``none``, empty for no statement, and for
        local Moran ``high_alone`` or ``low_alone`` where the neighbours lie on the other side,
        which counts as neither. ``methods``: how many state anything. ``direction``:
        ``high``, ``low``, ``mixed``, ``none`` or empty.

    Raises
    ------
    KeyJoinError
        A table has two rows of the same method for an area.
    TableError
        A class is none of the methods'.
    """
    columns = [*KEYS, "method", "class"]
    parts = [hotspots[columns], scan_areas[columns], funnel.assign(method=FUNNEL)[columns]]
    rows = pd.concat(parts, ignore_index=True)
    _check(rows)
    said = rows["class"].map(DIRECTIONS).astype(object)
    wide = rows.assign(said=said).set_index([*KEYS, "method"])["said"].unstack("method")
    wide = wide.reindex(columns=list(METHOD_NAMES)).astype(object)
    wide = wide.where(wide.notna(), SILENT)
    cells = wide.to_numpy(dtype=object)
    high, low, stated = ((cells == HIGH).sum(1), (cells == LOW).sum(1), (cells != SILENT).sum(1))
    reasons = {
        row: agreement_reason(dict(zip(METHOD_NAMES, row, strict=True))) for row in _set(cells)
    }
    table = wide.assign(
        high=high,
        low=low,
        methods=stated,
        direction=np.select(
            [(high > 0) & (low > 0), high > 0, low > 0, stated > 0],
            ["mixed", HIGH, LOW, NONE],
            SILENT,
        ),
        reason=[reasons[tuple(row)] for row in cells.tolist()],
    )
    whole = dict.fromkeys(("high", "low", "methods"), "Int64")
    kinds = {c: whole.get(c, "str") for c in AGREEMENT_COLUMNS}
    return pd.DataFrame(table.reset_index()[AGREEMENT_COLUMNS].astype(kinds))


def _set(cells: np.ndarray) -> set[tuple[str, ...]]:
    return {tuple(row) for row in cells.tolist()}


def _check(rows: pd.DataFrame) -> None:
    keys = [*KEYS, "method"]
    twice = rows.loc[rows.duplicated(keys), keys].drop_duplicates()
    if len(twice):
        problems = [
            Problem(f"Gebiet {row[0]}", f"{row[4]}, {row[6]}: mehr als eine Zeile")
            for row in twice.head(20).itertuples(index=False)
        ]
        raise KeyJoinError(f"{len(twice)} Aussagen stehen mehrfach in den Tabellen.", problems)
    strange = sorted(set(rows["class"].astype(str)) - set(DIRECTIONS))
    if strange:
        problems = [Problem("class", f"gefunden {word!r}") for word in strange]
        raise TableError("Klassen gehören zu keinem der Verfahren.", problems)


def neighbourhood_sensitivity(
    values: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    indicators: Iterable[str],
    level: str,
    period: str,
    vintage: str,
    settings: HotspotSettings | None = None,
    rules: Sequence[NeighbourRule] = RULES,
) -> pd.DataFrame:
    """The class of each area under several rules for neighbours.

    Parameters
    ----------
    values, areas, indicators, level, period, vintage
        As in `compute_hotspots`.
    settings
        Permutations, seed and level; its rule is not used.
    rules
        One of each of the three kinds, at most.

    Returns
    -------
    table
        `SENSITIVITY_COLUMNS`, a row for every area, indicator and method. ``stable``: whether
        all rules that allow a statement give the same class; a class that another rule misses
        narrowly (q up to `NARROW` times the level, the statistic on the same side) is the
        same. Missing where fewer than two rules allow a statement.

    Raises
    ------
    KeyJoinError, GeometryError, ProjectError
        As `compute_hotspots` and `neighbourhood`.
    """
    chosen = settings or HotspotSettings()
    on_map = areas_on(areas, level, vintage)
    near = [neighbourhood(on_map, rule) for rule in rules]
    keys = list(dict.fromkeys(indicators))
    found = [
        compute_hotspots(values, on_map, keys, level, period, vintage, chosen, n) for n in near
    ]
    verdicts = _verdicts(found, [n.rule for n in near], chosen.alpha)
    table = pd.concat([found[0].drop(columns="reason"), verdicts], axis=1)
    kinds = {c: "boolean" if c == "stable" else "str" for c in SENSITIVITY_COLUMNS}
    return pd.DataFrame(table.reindex(columns=SENSITIVITY_COLUMNS).astype(kinds))


def _verdicts(
    found: Sequence[pd.DataFrame], rules: Sequence[NeighbourRule], alpha: float
) -> pd.DataFrame:
    """Classes by kind of rule, ``stable`` and ``reason`` of each row of the tables."""
    words, q_value, statistic = (
        np.column_stack([t[column].to_numpy() for t in found])
        for column in ("class", "q_value", "statistic")
    )
    close = _narrow(words, q_value, statistic, alpha)
    stated = words != NO_STATEMENT
    clear = [set(row[said]) for row, said in zip(words, stated & ~close, strict=True)]
    verdicts = pd.DataFrame(words, columns=[rule.kind for rule in rules])
    stable = pd.Series([len(row) == 1 for row in clear], dtype="boolean")
    verdicts["stable"] = stable.mask(stated.sum(axis=1) < 2)
    verdicts["reason"] = [
        stability_reason(row, narrow, rules, NO_STATEMENT)
        for row, narrow in zip(words.tolist(), close.tolist(), strict=True)
    ]
    return verdicts


def _narrow(
    words: np.ndarray, q_value: np.ndarray, statistic: np.ndarray, alpha: float
) -> np.ndarray:
    """Which classes miss those of another rule narrowly; all shapes (rows, rules)."""
    pattern = (words != NO_PATTERN) & (words != NO_STATEMENT)
    missed = (words == NO_PATTERN) & (q_value > alpha) & (q_value <= NARROW * alpha)
    sides = np.sign(np.where(pattern, statistic, 0.0))
    one_side = (sides.max(axis=1) > 0) != (sides.min(axis=1) < 0)
    side = np.where(one_side, sides.sum(axis=1), 0.0)[:, None]
    narrow: np.ndarray = missed & (np.sign(statistic) == np.sign(side)) & (side != 0)
    return narrow
