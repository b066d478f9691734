"""Units that a header names, against what the project and the catalogue say of its column."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from geodata.errors import ProblemCollector, TableError

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("percentage_points", re.compile(r"prozentpunkt|%-?\s?punkt", re.I)),
    ("per_1000", re.compile(r"(?:je|pro|auf|per)\s1[. ]?000\b|‰|promille", re.I)),
    ("percent", re.compile(r"%|\bprozent\b|\bv\.\s?h\.", re.I)),
    ("millions", re.compile(r"\b(?:in|je)\s(?:mill?\.|mio\b|millionen)|\(mi(?:o|ll)\.?\b", re.I)),
    ("thousands", re.compile(
        r"\bin\s1[. ]?000\b|\(1[. ]?000\)|\bin\st(?:sd|ausend)\b|\bt€|\bteur\b|(?<!\d\s)\btsd\b",
        re.I,
    )),
)  # fmt: skip
_FACTORS = {"thousands": 1000.0, "millions": 1_000_000.0}
_WORDS = {
    "percentage_points": "Prozentpunkte", "per_1000": "je 1.000", "percent": "Prozent",
    "millions": "Millionen", "thousands": "Tausend", "count": "eine Anzahl",
}  # fmt: skip


def unit_of(header: str) -> str:
    """The unit that a header names; empty where it names none.

    Examples
    --------
    >>> unit_of("Einwohner in 1.000"), unit_of("je 1.000 Einwohner"), unit_of("Anteil in %")
    ('thousands', 'per_1000', 'percent')
    >>> unit_of("Einkommen unter 1.000 Euro"), unit_of("Beschäftigte (Tsd.)")
    ('', 'thousands')
    """
    return next((unit for unit, pattern in _PATTERNS if pattern.search(header)), "")


def check_units(
    path: Path,
    counts: Mapping[str, str],
    values: Mapping[str, tuple[str, str]],
    factors: Mapping[str, float],
    title: str = "",
) -> None:
    """Refuse a column whose header says another unit than the project or the catalogue.

    Parameters
    ----------
    path
        For messages.
    counts
        Column of a count → everything its header says, in the file and in the project.
    values
        Column of a delivered indicator → what its header says, and the catalogue's unit.
    factors
        Declared factors by column; 1 says that a header's unit is none of its numbers.
    title
        Text above the table, which may name the unit of all counts.

    Raises
    ------
    TableError
        With every such column.
    """
    found = ProblemCollector()
    for column, header in counts.items():
        named, factor = unit_of(header), factors.get(column)
        where = f"{path.name}, {column}"
        if factor == 1:
            continue
        if named in ("percent", "per_1000", "percentage_points"):
            found.add(where, f"die Überschrift nennt {_WORDS[named]}", "eine Anzahl")
        elif named and factor != _FACTORS[named]:
            allowed = f'factors = {{ "{column}" = {_FACTORS[named]:.0f} }}, sonst "{column}" = 1'
            found.add(where, f"die Überschrift nennt {_WORDS[named]}", allowed)
        elif not named and factor is not None and _FACTORS.get(unit_of(title)) != factor:
            words = f"factors nennt {factor:g}, Überschrift und Titel nennen keine Einheit"
            found.add(where, words, "ein Faktor nur, wo er dabeisteht; sonst in columns umbenennen")
    for column, (header, unit) in values.items():
        named = unit_of(header)
        if named in ("percent", "per_1000", "percentage_points") and unit and named != unit:
            words = f"die Überschrift nennt {_WORDS[named]}"
            found.add(f"{path.name}, {column}", words, _WORDS.get(unit, unit))
    _unused(path, factors, {*counts, *values}, found)
    found.raise_if_any(TableError, f"Einheiten in {path.name} passen nicht zum Projekt.")


def _unused(
    path: Path, factors: Mapping[str, float], columns: Iterable[str], found: ProblemCollector
) -> None:
    for column in factors:
        if column not in columns:
            found.add(f"{path.name}, factors", f"{column!r} wird nicht gelesen", ", ".join(columns))
