"""A user's own minutes: read, checked against areas and places, all mistakes at once."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.errors import ProblemCollector, TableError
from geodata.files import ROW, TableFormat, inside, read_table, require_columns
from geodata.files.numbers import decimal_word, parse_numbers
from geodata.travel.points import inhabited_areas
from geodata.travel.table import TRAVEL_COLUMNS, WALK, tidy_table

_COLUMNS = ("area", "place", "minutes", "minutes_p90", "mode", "profile")
_KEY = re.compile(r"[a-z0-9][a-z0-9_]*")
_SHOWN = 20


@dataclass(frozen=True)
class MatrixSpec:
    """A table of minutes and what is not said in it.

    Parameters
    ----------
    file
        With the columns ``area``, ``place``, ``minutes`` and, as far as there are any,
        ``minutes_p90``, ``mode``, ``profile``.
    format
        How it is written.
    mode, profile
        Of the rows, where the table has no such column or an empty cell.
    """

    file: str
    format: TableFormat = field(default_factory=TableFormat)
    mode: str = WALK
    profile: str = "standard"


@dataclass(frozen=True)
class Matrix:
    """Delivered minutes as the table of minutes has them, and German sentences on gaps."""

    table: pd.DataFrame
    notes: tuple[str, ...] = ()

    def pairs(self) -> frozenset[tuple[str, str]]:
        """Modes and profiles that were delivered."""
        keys = self.table[["mode", "profile"]].drop_duplicates()
        return frozenset((str(m), str(p)) for m, p in keys.itertuples(index=False))


def read_matrix(
    spec: MatrixSpec, data_folder: Path, areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> Matrix:
    """Read a table of minutes.

    Parameters
    ----------
    spec
        File and format.
    data_folder
        Where it lies.
    areas
        The finest areas in force: ``area``, ``level``, ``vintage``, ``inhabited`` and,
        where there is one, ``name``.
    places
        ``place``.

    Returns
    -------
    Matrix
        Status ``published``: the minutes are somebody's word and not our estimate. A row
        without minutes says that there is no way and is not stored. ``minutes_p90`` is NaN
        where it was not delivered.

    Raises
    ------
    FileMissingError
        There is no such file.
    TableError
        Columns are missing; areas or places are unknown; minutes are no number or negative;
        rows are doubled. Everything is listed at once, at most 20 of a kind.
    """
    path = inside(data_folder, spec.file)
    rows = read_table(path, spec.format)
    require_columns(path, rows, ["area", "place", "minutes"])
    checks = _Checks(path, rows, spec)
    table = checks.read(frozenset(areas["area"].astype("str")), frozenset(places["place"]))
    checks.found.raise_if_any(TableError, f"Die Wegetabelle {path.name} ist fehlerhaft.")
    level, vintage = areas["level"].iloc[0], areas["vintage"].iloc[0]
    table = table.assign(level=level, vintage=vintage, status="published")
    stored = tidy_table(table[table["minutes"].notna()].copy())
    return Matrix(stored[list(TRAVEL_COLUMNS)], _notes(path.name, table, areas))


class _Checks:
    """Reads the columns and notes every row that is wrong."""

    def __init__(self, path: Path, rows: pd.DataFrame, spec: MatrixSpec) -> None:
        self._path, self._rows, self._spec = path, rows, spec
        self.found = ProblemCollector()

    def read(self, areas: Collection[str], places: Collection[str]) -> pd.DataFrame:
        column = {c: self._rows[c].str.strip() for c in _COLUMNS if c in self._rows}
        empty = pd.Series("", index=self._rows.index, dtype="str")
        table = pd.DataFrame({"area": column["area"], "place": column["place"]})
        table["mode"] = self._key(column.get("mode", empty), "mode", self._spec.mode)
        table["profile"] = self._key(column.get("profile", empty), "profile", self._spec.profile)
        self._note(~table["area"].isin(list(areas)), "area", "ein Gebiet der feinsten Ebene")
        self._note(~table["place"].isin(list(places)), "place", "ein Ort aus der Tabelle der Orte")
        table["minutes"] = self._minutes(column["minutes"], "minutes")
        table["minutes_p90"] = self._minutes(column.get("minutes_p90", empty), "minutes_p90")
        twice = table.duplicated(["area", "place", "mode", "profile"])
        self._note(twice, "place", "jedes Paar aus Gebiet und Ort einmal je Verkehrsmittel")
        return table

    def _note(self, wrong: pd.Series, column: str, allowed: str) -> None:
        hits = self._rows[wrong]
        for number, text in zip(hits[ROW][:_SHOWN], hits[column][:_SHOWN], strict=True):
            self.found.add(f"{self._path.name}, Zeile {number}, {column}", f"{text!r}", allowed)
        if len(hits) > _SHOWN:
            rest = f"und {len(hits) - _SHOWN} weitere Zeilen"
            self.found.add(f"{self._path.name}, {column}", rest, allowed)

    def _key(self, texts: pd.Series, column: str, default: str) -> pd.Series:
        filled = texts.where(texts != "", default)
        wrong = ~filled.map(lambda t: _KEY.fullmatch(t) is not None)
        if column in self._rows:
            self._note(wrong, column, "Kleinbuchstaben, Ziffern und Unterstrich")
        return filled

    def _minutes(self, texts: pd.Series, column: str) -> pd.Series:
        values = parse_numbers(texts, self._spec.format)
        # An infinite or negative way is a fault, not a long way.
        wrong = (texts != "") & ~(np.isfinite(values) & (values >= 0))
        if column in self._rows:
            mark = decimal_word(self._spec.format)
            allowed = f"Minuten ab 0 mit {mark} (format.decimal), oder nichts, wo kein Weg hinführt"
            self._note(wrong, column, allowed)
        return values


def _notes(file: str, table: pd.DataFrame, areas: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Say which inhabited areas the table has no way for."""
    lived = inhabited_areas(areas)
    reached = set(table.loc[table["minutes"].notna(), "area"])
    names = lived["name"] if "name" in lived else lived["area"]
    without = [str(n) for n, a in zip(names, lived["area"], strict=True) if a not in reached]
    if not without:
        return ()
    return (f"{file} enthält keine Wege aus: {', '.join(without)}.",)
