"""Totals and subtotals among the rows of a table, compared with the areas they sum."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata.errors import ProblemCollector, TableError
from geodata.files import ROW
from indicators.periods import german_date
from indicators.sources import Dataset, Subtotals

_TOTAL_WORDS = re.compile(
    r"\b(?:insgesamt|gesamt|gesamtstadt|gesamtsumme|summe|zusammen|total|alle|stadt|"
    r"bezirk|stadtbezirk|kreis)\b|SUM\b|SUMSUM",
    re.I,
)


_REST_WORDS = re.compile(
    r"\bohne (?:angabe|zuordnung|festen wohnsitz)|\b(?:keine|k\.) ?a(?:ngabe|\.)|\bo\. ?f\. ?w"
    r"|nicht (?:zu(?:zu)?(?:ge)?ord|zuorden)|\bunbekannt|\bsonstige\b",
    re.I,
)


def looks_like_rest(place: str) -> bool:
    """Whether a row's name reads like people of no area.

    >>> [looks_like_rest(p) for p in ("keine Angabe", "nicht zuordenbar", "o. f. W.", "Altstadt")]
    [True, True, True, False]
    """
    return _REST_WORDS.search(place) is not None


def looks_like_total(place: str) -> bool:
    """Whether a row's name reads like a total, a subtotal or a heading.

    >>> looks_like_total("Stadt gesamt"), looks_like_total("Bezirk Mitte"), looks_like_total("7")
    (True, True, False)
    """
    return _TOTAL_WORDS.search(place) is not None


def fits(pattern: str, place: str) -> str | None:
    """What of a row's name stands at the ``*`` of a pattern; all of it where there is none.

    >>> fits("Bezirk *", "Bezirk Mitte"), fits("Summe", "Summe"), fits("*SUM", "123SUM")
    ('Mitte', 'Summe', '123')
    """
    first, *more = re.escape(pattern).split(r"\*", 1)
    regex = first + "(.+?)" + more[0].replace(r"\*", ".*") if more else first
    match = re.fullmatch(regex, place)
    if match is None:
        return None
    return match[1] if match.groups() else place


def total_mask(places: pd.Series, patterns: Sequence[str]) -> pd.Series:
    """Which rows a list of names and patterns declares."""
    return places.map(lambda place: is_total(place, patterns)).astype("bool")


def is_total(place: str, patterns: Sequence[str]) -> bool:
    """Whether a row's name is one of these names and patterns."""
    return any(fits(p, place) is not None for p in patterns)


def subtotal_parts(
    place: str, declared: Sequence[Subtotals], areas: pd.DataFrame, own: pd.DataFrame
) -> frozenset[str] | None:
    """Areas that a subtotal's row sums; None where it names no area and no key's beginning.

    Parameters
    ----------
    areas
        All areas of the vintage, with ``level``, ``area``, ``name`` and ``parent``.
    own
        Those of the table's level.
    """
    for rule in declared:
        at = next((a for p in rule.rows if (a := fits(p, place)) is not None), None)
        if at is None:
            continue
        if rule.level is None:
            parts = own.loc[own["area"].str.startswith(at), "area"]
            return frozenset(parts) or None
        coarse = areas[areas["level"] == rule.level]
        hits = coarse.loc[(coarse["area"] == at) | (coarse["name"] == at), "area"]
        return _below(set(hits), areas, own) if len(hits) == 1 else None
    return None


def _below(tops: set[str], areas: pd.DataFrame, own: pd.DataFrame) -> frozenset[str] | None:
    """Areas of the own level whose chain of parents meets one of `tops`."""
    if "parent" not in areas:
        return None
    found, fine = set(tops), set(own["area"])
    for _ in range(areas["level"].nunique()):
        found |= set(areas.loc[areas["parent"].isin(found), "area"])
    return frozenset(found & fine) or None


def check_totals(
    cells: pd.DataFrame,
    printed: pd.DataFrame,
    dataset: Dataset,
    areas: pd.DataFrame,
    path: Path,
    rest: pd.DataFrame | None = None,
) -> dict[str, int]:
    """Compare printed totals and subtotals with the areas they sum.

    Where a part has no number, or an area no row, the total is at least what is known. Numbers
    that are printed in thousands may differ by what rounding every part can do.

    Parameters
    ----------
    cells, printed
        Cells of the areas and of the rows of totals, with ``number``.
    areas
        All areas of the vintage.
    rest
        Cells of rows that belong to no area: they are part of the total of all.

    Returns
    -------
    dict
        How many totals were ``equal`` to their parts, and how many ``at_least`` the known ones.

    Raises
    ------
    TableError
        With every total that is not its sum, and every subtotal without areas.
    """
    own = areas[areas["level"] == dataset.level]
    every = frozenset(own["area"].astype("str"))
    counted = cells[cells["kind"] == "count"]
    groups = dict(iter(counted.groupby(["period", "target", "column"])))
    others = rest[rest["kind"] == "count"] if rest is not None else counted.iloc[:0]
    beside = dict(iter(others.groupby(["period", "target", "column"])))
    known = printed[(printed["kind"] == "count") & printed["number"].notna()]
    tally, found = Counter[str](), ProblemCollector()
    columns = known[[ROW, "place", "column", "period", "target", "number"]]
    for row, place, column, period, target, number in columns.to_numpy().tolist():
        whole = is_total(place, dataset.total_rows)
        names = every if whole else subtotal_parts(place, dataset.subtotal_rows, areas, own)
        where = f"{path.name}, Zeile {row}, {place}, {column}, {german_date(period)}"
        if names is None:
            found.add(where, "fasst keine Räume zusammen", "level oder Anfang der Schlüssel prüfen")
            continue
        parts = groups.get((period, target, column), counted.iloc[:0])
        parts, size = parts[parts["area"].isin(names)], len(names)
        if whole and (period, target, column) in beside:
            extra = beside[period, target, column]
            parts, size = pd.concat([parts, extra]), size + len(extra)
        factor = dataset.factors.get(column, 1.0)
        slack = 0.0 if factor == 1 else factor / 2 * (len(parts) + 1)
        tally[_compare(where, number, parts, size, slack, found)] += 1
    found.raise_if_any(TableError, f"Summenzeilen in {path.name} stimmen nicht mit den Räumen.")
    return {kind: n for kind, n in sorted(tally.items()) if kind}


def _compare(
    where: str, printed: float, parts: pd.DataFrame, areas: int, slack: float,
    found: ProblemCollector,
) -> str:  # fmt: skip
    if parts.empty:
        return ""
    known = parts["number"].dropna()
    have = float(known.sum())
    is_open = len(known) < areas
    if abs(printed - have) > slack and not (is_open and printed > have):
        least = "mindestens die Summe der bekannten Räume" if is_open else "Summe der Räume"
        hint = "; Zeilen ohne Gebiet nennt rest_rows" if printed > have else ""
        found.add(where, f"gedruckt {printed:.0f}", f"{least} {have:.0f}{hint}")
    return "at_least" if is_open else "equal"
