"""The tables that hang on the places: opening windows and existing consultation hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata.errors import ProblemCollector, TableError
from geodata.files import ROW, TableFormat, read_table, require_columns
from geodata.places.cells import Cells

WINDOW_COLUMNS = ("place", "weekday", "start", "end", "known")
SESSION_COLUMNS = (
    *("place", "provider", "team", "kind", "groups"),
    *("weekday", "start", "end", "valid_from", "valid_to"),
)


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
    """

    format: TableFormat
    folder: Path
    renamed: Mapping[str, str]
    kept: frozenset[str]
    gone: frozenset[str]

    def windows(self, file: str | None) -> pd.DataFrame:
        """Opening windows; all of them are known."""
        if file is None:
            return _empty(WINDOW_COLUMNS)
        table = self._read(file, WINDOW_COLUMNS[:-1], WINDOW_COLUMNS[:-1]).drop_duplicates()
        table["known"] = pd.array([True] * len(table), dtype="boolean")
        return table.sort_values(list(WINDOW_COLUMNS), ignore_index=True)

    def sessions(self, file: str | None) -> pd.DataFrame:
        """Existing consultation hours."""
        if file is None:
            return _empty(SESSION_COLUMNS)
        needed = ("place", "weekday", "start", "end")
        table = self._read(file, needed, SESSION_COLUMNS)
        return table.drop_duplicates().sort_values(list(SESSION_COLUMNS), ignore_index=True)

    def _read(self, file: str, needed: tuple[str, ...], columns: tuple[str, ...]) -> pd.DataFrame:
        path = self.folder / file
        rows = read_table(path, self.format)
        require_columns(path, rows, list(needed))
        found = ProblemCollector()
        parser = Cells(path, rows[ROW], found)
        empty = pd.Series("", index=rows.index, dtype="str")
        table = pd.DataFrame({c: rows[c].str.strip() if c in rows else empty for c in columns})
        table["weekday"] = parser.weekdays(table["weekday"])
        table["start"] = parser.clocks(table["start"], "start")
        table["end"] = parser.clocks(table["end"], "end")
        parser.ordered(table["start"], table["end"])
        parser.places(table["place"], self.kept | self.gone | frozenset(self.renamed))
        found.raise_if_any(TableError, f"Die Tabelle {path.name} ist fehlerhaft.")
        table["place"] = table["place"].replace(dict(self.renamed))
        return table[table["place"].isin(self.kept)].reset_index(drop=True)


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    types = {"weekday": "Int64", "known": "boolean"}
    return pd.DataFrame({c: pd.Series(dtype=types.get(c, "str")) for c in columns})
