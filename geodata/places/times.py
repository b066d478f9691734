"""The tables that hang on the places: opening windows, existing consultation hours, teams."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from geodata.errors import ProblemCollector, TableError
from geodata.files import ROW, TableFormat, inside, read_table, require_columns
from geodata.places.cells import Cells
from geodata.places.opening import Syntax, read_hours
from geodata.places.week import HoursError, Window, clock

WINDOW_COLUMNS = ("place", "weekday", "start", "end", "known")
SESSION_COLUMNS = (
    *("place", "provider", "team", "kind", "groups"),
    *("weekday", "start", "end", "valid_from", "valid_to"),
)
TEAM_COLUMNS = ("team", "name", "kind", "place", "hours", "area")
TIMES = "times"
"""Column of sessions that has the whole of their times as a text: "Di 9-12 Uhr"."""

_SLOT = ("weekday", "start", "end")


@dataclass(frozen=True)
class TimesReader:
    """Reads times of places.

    Parameters
    ----------
    format, folder
        How the files are written and where they lie.
    renamed
        Key of a place that was listed twice to the key under which it was kept.
    kept, gone
        Keys of the places in and outside the city; times of the latter are left out.
    hours, day
        Syntax of texts on times, and the first day of the year for dates in them.
    """

    format: TableFormat
    folder: Path
    renamed: Mapping[str, str]
    kept: frozenset[str]
    gone: frozenset[str]
    hours: Syntax = "auto"
    day: date = date(2025, 1, 1)

    def windows(self, file: str | None) -> pd.DataFrame:
        """Opening windows; all of them are known."""
        if file is None:
            return _empty(WINDOW_COLUMNS)
        sheet = self._open(file, ("place", *_SLOT))
        table = sheet.columns(WINDOW_COLUMNS[:-1])
        sheet.slots(table)
        self._check_places(sheet, table)
        table = self._inside(table).drop_duplicates()
        table["known"] = pd.array([True] * len(table), dtype="boolean")
        return table.sort_values(list(WINDOW_COLUMNS), ignore_index=True)

    def sessions(self, file: str | None, teams: pd.DataFrame | None = None) -> pd.DataFrame:
        """Existing consultation hours; `teams` gives providers and says which teams there are."""
        if file is None:
            return _empty(SESSION_COLUMNS)
        sheet = self._open(file, ("place",))
        if TIMES not in sheet.rows:
            require_columns(sheet.path, sheet.rows, list(_SLOT))
        table = sheet.columns(SESSION_COLUMNS)
        slots = sheet.times(table, self.hours, self.day)
        table["slots"] = pd.Series(slots, index=table.index, dtype="object")
        for column in ("valid_from", "valid_to"):
            table[column] = sheet.cells.dates(table[column], column)
        if teams is not None:
            _with_teams(table, teams, sheet.cells)
        self._check_places(sheet, table)
        return _one_row_each(self._inside(table))

    def teams(self, file: str | None) -> pd.DataFrame:
        """Teams with their home, weekly hours and area; ``hours`` is NaN where not said."""
        if file is None:
            return _empty(TEAM_COLUMNS)
        sheet = self._open(file, ("team", "name"))
        table = sheet.columns(TEAM_COLUMNS)
        sheet.cells.filled(table["team"], "team")
        sheet.cells.note(table["team"].duplicated(), table["team"], "team", "jedes Team einmal")
        hours = table["hours"].where(table["hours"] != "", "0")
        values = sheet.cells.decimals(hours, "hours", self.format)
        table["hours"] = values.where(table["hours"] != "")
        homes = table["place"].where(table["place"] != "", next(iter(self.kept), ""))
        sheet.cells.places(homes, self.kept | self.gone | frozenset(self.renamed))
        sheet.raise_if_any()
        table["place"] = table["place"].replace(dict(self.renamed))
        return table.sort_values("team", ignore_index=True)

    def _open(self, file: str, needed: tuple[str, ...]) -> "_Sheet":
        path = inside(self.folder, file)
        rows = read_table(path, self.format)
        require_columns(path, rows, list(needed))
        found = ProblemCollector()
        return _Sheet(path, rows, found, Cells(path, rows[ROW], found))

    def _check_places(self, sheet: "_Sheet", table: pd.DataFrame) -> None:
        sheet.cells.places(table["place"], self.kept | self.gone | frozenset(self.renamed))
        sheet.raise_if_any()

    def _inside(self, table: pd.DataFrame) -> pd.DataFrame:
        table["place"] = table["place"].replace(dict(self.renamed))
        return table[table["place"].isin(self.kept)].reset_index(drop=True)


@dataclass(frozen=True)
class _Sheet:
    """An open table: its rows as text, and the faults found so far."""

    path: Path
    rows: pd.DataFrame
    found: ProblemCollector
    cells: Cells

    def columns(self, names: tuple[str, ...]) -> pd.DataFrame:
        empty = pd.Series("", index=self.rows.index, dtype="str")
        return pd.DataFrame(
            {c: self.rows[c].str.strip() if c in self.rows else empty for c in names}
        )

    def slots(self, table: pd.DataFrame) -> None:
        """Weekday, start and end to their values, in place."""
        table["weekday"] = self.cells.weekdays(table["weekday"])
        table["start"] = self.cells.clocks(table["start"], "start")
        table["end"] = self.cells.clocks(table["end"], "end")
        self.cells.ordered(table["start"], table["end"])

    def times(self, table: pd.DataFrame, syntax: Syntax, day: date) -> list[tuple[Window, ...]]:
        """Weekly windows of every row: from its text, else from weekday, start and end."""
        empty = pd.Series("", index=self.rows.index, dtype="str")
        texts = self.rows[TIMES].str.strip() if TIMES in self.rows else empty
        plain = texts == ""
        own = Cells(self.path, self.rows.loc[plain, ROW], self.found)
        slots = _Sheet(self.path, self.rows[plain], self.found, own)
        given = table.loc[plain].copy()
        slots.slots(given)
        spans = {i: _span(*row) for i, *row in given[list(_SLOT)].itertuples()}
        return [
            spans[i] if plain[i] else self._text(n, str(texts[i]), syntax, day)
            for n, i in enumerate(texts.index)
        ]

    def _text(self, row: int, text: str, syntax: Syntax, day: date) -> tuple[Window, ...]:
        """A session is held or not: what is no weekly pattern is a fault here."""
        try:
            week = read_hours(text, syntax, day)
        except HoursError as error:
            self.cells.note_one(row, f"gefunden {text!r}: {error.why}", error.allowed, TIMES)
            return ()
        if week.unsure or week.reasons:
            why = "; ".join(week.reasons)
            self.cells.note_one(row, f"gefunden {text!r}: {why}", "„Di 9-12 Uhr“", TIMES)
        return week.windows

    def raise_if_any(self) -> None:
        self.found.raise_if_any(TableError, f"Die Tabelle {self.path.name} ist fehlerhaft.")


def _span(weekday: object, start: object, end: object) -> tuple[Window, ...]:
    """One window; none where a cell was wrong, which is noted already."""
    if not (isinstance(start, str) and isinstance(end, str)) or weekday is pd.NA:
        return ()
    first, last = (int(t[:2]) * 60 + int(t[3:]) for t in (start, end))
    return (Window(int(str(weekday)), first, last),)


def _with_teams(table: pd.DataFrame, teams: pd.DataFrame, cells: Cells) -> None:
    """Refuse teams that are not in the table of teams, and name the provider after its team."""
    names = dict(zip(teams["team"], teams["name"], strict=True))
    known = table["team"].isin(["", *names])
    cells.note(~known, table["team"], "team", ", ".join(names))
    own = table["team"].map(names).fillna("").astype("str")
    table["provider"] = table["provider"].where(table["provider"] != "", own)


def _one_row_each(table: pd.DataFrame) -> pd.DataFrame:
    """A row for every window of every session."""
    if table.empty:
        return _empty(SESSION_COLUMNS)
    rows = table.explode("slots", ignore_index=True)
    slots = rows.pop("slots")
    rows["weekday"] = pd.array([w.weekday for w in slots], dtype="Int64")
    rows["start"] = pd.Series([clock(w.start) for w in slots], dtype="str")
    rows["end"] = pd.Series([clock(w.end) for w in slots], dtype="str")
    columns = list(SESSION_COLUMNS)
    return rows[columns].drop_duplicates().sort_values(columns, ignore_index=True)


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    types = {"weekday": "Int64", "known": "boolean", "hours": "float64"}
    return pd.DataFrame({c: pd.Series(dtype=types.get(c, "str")) for c in columns})
