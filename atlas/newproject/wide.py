"""Columns of a wide table: which are counts of a measure or of an age group, and why not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from atlas.newproject.ages import age_targets, ages_of, by_measure, fills
from atlas.newproject.joins import Join
from atlas.newproject.meaning import is_number, measure_of, plain, speaks_of_rates
from atlas.newproject.scan import FoundTable
from geodata.files import ROW, tidy
from geodata.files.numbers import parse_numbers
from indicators.catalogue import Catalogue
from indicators.header_units import unit_of

_PEOPLE = re.compile(
    r"einw|bev(ö|oe)lk|(?<![a-z])ewr?(?![a-z])|ewr\d|population|inhabitant|altersgrupp|"
    r"altersstruktur",
    re.I,
)
_SOME = re.compile(
    r"ausl(ä|ae)nd|migra|sgb|arbeitsl|leistung|m(ä|ae)nn|weib|frau|deutsch|haushalt|grundsich|"
    r"geburt|zuz(u|ü)g|fortz|wander|sterb|pflege|beh(i|)nder|sch(ü|ue)ler|alleinerz|kunden|bezieh",
    re.I,
)
_ENOUGH_SUMS = 0.98


@dataclass
class Columns:
    """Columns that count something, those that may, rows that are totals, and questions.

    ``ages`` are bands that no group needs.
    """

    counts: dict[str, list[str]] = field(default_factory=dict)
    ages: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def map_columns(
    table: FoundTable, join: Join, numeric: Sequence[str], catalogue: Catalogue
) -> Columns:
    """Map columns whose whole label is a measure, and ages that fill groups exactly.

    Nothing is mapped where file, sheet or heading speak of a rate, or where the cells are no
    whole numbers; a point in a count is a question, however it looks.
    """
    found = Columns()
    rate = speaks_of_rates(table.words)
    for column in numeric:
        measure = measure_of(column, catalogue)
        if not measure or [measure] in found.counts.values():
            continue
        if plain(column) == "ew" and "em" in map(plain, numeric):
            found.doubts.append(f"{column}: neben EM vielleicht nur die Frauen. Alle Einwohner?")
            continue
        if rate:
            found.doubts.append(f"{column}: Datei oder Überschrift nennt Anteile. Eine Anzahl?")
        elif reason := _no_count(table, column):
            found.doubts.append(f"{column}: {reason}")
        else:
            found.counts[column] = [measure]
    if not rate:
        _map_ages(table, [c for c in numeric if c not in found.counts], catalogue, found)
    _find_totals(table, join, found)
    found.unmapped = [c for c in numeric if c not in found.counts and c not in found.ages]
    return found


def _no_count(table: FoundTable, column: str) -> str:
    """Why the cells of a column may be no whole numbers, as they are written."""
    cells = table.frame[column].map(tidy)
    numbers = cells[is_number(cells)]
    fmt = table.format
    if numbers.str.endswith("%").any():
        return "Zellen mit %; eine Anzahl?"
    marked = numbers[numbers.str.contains(r"[.,]")]
    grouped = marked[marked.str.contains(re.escape(fmt.thousands))] if fmt.thousands else marked[:0]
    rest = marked[~marked.index.isin(grouped.index)]
    whole = rest[rest.str.fullmatch(r"-?\d+[.,]0")]
    rest = rest[~rest.index.isin(whole.index)]
    if len(rest):
        return f"{rest.iloc[0]} kann eine Zahl mit Nachkommastellen sein oder Tausender trennen."
    return ""


def _numbers(table: FoundTable, columns: Sequence[str]) -> pd.DataFrame:
    found = {c: parse_numbers(table.frame[c].map(tidy), table.format) for c in columns}
    return pd.DataFrame(found, index=table.frame.index)


def _map_ages(
    table: FoundTable, labels: Sequence[str], catalogue: Catalogue, found: Columns
) -> None:
    for measure, by_label in by_measure(labels, catalogue).items():
        if measure:
            _add_ages(table, by_label, measure, catalogue, found)
        elif plain := {c: c for c in labels if " / " not in c}:
            whose = _whose_ages(table, list(plain), found)
            if whose:
                _add_ages(table, plain, whose, catalogue, found)


def _whose_ages(table: FoundTable, labels: list[str], found: Columns) -> str:
    """Ages without a measure are all residents only if their sum or the file's name says so."""
    bands = ages_of(labels)
    if not bands:
        return ""
    total = next((c for c, t in found.counts.items() if t == ["residents"]), None)
    if total:
        summed = fills(bands, total, _numbers(table, [*bands, total]))
        if summed and summed[1] and summed[0] >= _ENOUGH_SUMS * summed[1]:
            return "residents"
        others = "" if summed is None else f"; in {summed[1] - summed[0]} Zeilen nicht die Summe"
        found.doubts.append(
            f"Wen zählen die Altersspalten ({', '.join(list(bands)[:3])} …)? Ob alle "
            f"Einwohnerinnen und Einwohner, zeigt die Tabelle nicht{others}."
        )
        return ""
    if _PEOPLE.search(table.words) and not _SOME.search(table.words) and not found.counts:
        found.doubts.append(
            "Zählen die Altersspalten alle Einwohnerinnen und Einwohner? Angenommen nach dem Namen."
        )
        return "residents"
    found.doubts.append(f"Wen zählen die Altersspalten ({', '.join(list(bands)[:3])} …)?")
    return ""


def _add_ages(
    table: FoundTable, labels: dict[str, str], measure: str, catalogue: Catalogue, found: Columns
) -> None:
    targets = age_targets(list(labels), measure, catalogue)
    reasons = {c: why for c in targets if (why := _no_count(table, labels[c]))}
    if reasons:
        column, why = next(iter(reasons.items()))
        found.doubts.append(f"{column}: {why}")
        return
    if targets:
        found.ages += [labels[c] for c in ages_of(list(labels)) if c not in targets]
    for label, groups in targets.items():
        found.counts.setdefault(labels[label], []).extend(groups)


def _find_totals(table: FoundTable, join: Join, found: Columns) -> None:
    """A row of no area whose every number is the sum of all areas' is a total."""
    if not found.counts:
        return
    words = table.frame[join.column].map(tidy)
    numbers = _numbers(table, list(found.counts))
    nameless = [""] if (words == "").any() else []
    apart = {"", *join.unknown, *join.totals, *(w for w, _ in join.subtotals)}
    areas = numbers[~words.isin(apart)]
    sums = areas.sum()
    half = (areas * 2 == sums).all(axis=1) & (len(areas) > 2) & bool((sums > 0).any())
    for row in areas.index[half]:
        found.doubts.append(
            f"Die Zahlen von „{words[row]}“ sind genau die Summe aller anderen. Ist es ein Gebiet?"
        )
    for word in (*nameless, *join.unknown):
        row = numbers[words == word]
        if len(row) == 1 and (row.iloc[0] == sums).all() and (sums > 0).any():
            found.totals.append(word)
        elif not word:
            numbered = ", ".join(map(str, table.frame.loc[words == "", ROW].head(5)))
            found.doubts.append(f"Zeilen ohne Gebiet (Zeile {numbered} …): was sind sie?")


def unit_doubt(column: str) -> str:
    """The unit that a label names, where it is one of thousands."""
    unit = unit_of(column)
    return {"thousands": "in Tausend", "millions": "in Millionen"}.get(unit, "")
