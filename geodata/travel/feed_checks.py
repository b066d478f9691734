"""The rows of a timetable feed: text into numbers, and every row that is wrong noted."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import ProblemCollector

Ints = NDArray[np.int64]

CALENDAR = ("service_id", "start_date", "end_date")
DATES = ("service_id", "date", "exception_type")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = r"\s*[0-9]{1,3}:[0-5][0-9]:[0-5][0-9]\s*"
_SECONDS = r"[0-9]{1,9}"
_LARGEST = 10**12
_SHOWN = 20
"""So many problems of one kind are listed; more help nobody."""


def filled(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Add optional columns to a table, empty where it has none."""
    return table.assign(**{c: "" for c in columns if c not in table})


def seconds_of(text: pd.Series) -> pd.Series:
    """Times such as ``25:10:00`` as seconds; NaN where there is none.

    Examples
    --------
    >>> seconds_of(pd.Series(["08:00:30", "25:10:00", ""])).tolist()
    [28830.0, 90600.0, nan]
    """
    # A feed has millions of times but few different ones.
    code, different = pd.factorize(text)
    values = pd.Series(different, dtype="str")
    good = values.str.fullmatch(_TIME)
    parts = values.where(good, "0:0:0").str.strip().str.split(":", expand=True).astype("int64")
    total = (parts[0] * 60 + parts[1]) * 60 + parts[2]
    seconds = total.astype("float64").where(good).to_numpy()
    return pd.Series(seconds[code], index=text.index)


class Checks:
    """Reads the tables of a feed and notes what is wrong with their rows."""

    def __init__(
        self, name: str, tables: Mapping[str, pd.DataFrame], found: ProblemCollector
    ) -> None:
        self._name, self._tables, self._found = name, tables, found

    def _bad(self, table: str, column: str, wrong: pd.Series, allowed: str) -> None:
        rows = self._tables[table]
        hits = np.flatnonzero(wrong.to_numpy(dtype=bool))
        for i in hits[:_SHOWN]:
            # Line 1 is the header.
            where = f"{self._name}, {table}, Zeile {i + 2}, {column}"
            self._found.add(where, f"{rows[column].iloc[i]!r}", allowed)
        if len(hits) > _SHOWN:
            where = f"{self._name}, {table}, {column}"
            self._found.add(where, f"und {len(hits) - _SHOWN} weitere Zeilen", allowed)

    def _known(self, table: str, column: str, other: str, key: str) -> Ints:
        """Numbers of the rows of another table that a column names."""
        keys = pd.Index(self._tables[other][key])
        own = self._tables[table][column]
        if keys.has_duplicates:
            self._bad(other, key, self._tables[other][key].duplicated(), "jeder Schlüssel einmal")
            keys = keys.drop_duplicates()
        found = keys.get_indexer(own)
        self._bad(table, column, pd.Series(found < 0), f"ein {key} aus {other}")
        return np.asarray(found, dtype=np.int64)

    def _dates(self, table: str, column: str) -> pd.Series:
        text = self._tables[table][column].str.strip()
        days = pd.to_datetime(text, format="%Y%m%d", errors="coerce")
        self._bad(table, column, days.isna(), "ein Tag wie 20220615")
        return days.dt.date

    def _whole(self, table: str, column: str) -> pd.Series:
        numbers = pd.to_numeric(self._tables[table][column], errors="coerce")
        wrong = numbers.isna() | (numbers < 0) | (numbers % 1 != 0) | (numbers > _LARGEST)
        self._bad(table, column, wrong, "eine ganze Zahl ab 0")
        return numbers.where(~wrong, 0).astype("int64")

    def _seconds(self, table: str, texts: pd.Series) -> pd.Series:
        """Seconds; 0 where nothing is said."""
        said = texts.str.strip()
        wrong = (said != "") & ~said.str.fullmatch(_SECONDS)
        self._bad(table, "min_transfer_time", wrong, "Sekunden ab 0")
        return pd.to_numeric(said.where(~wrong & (said != ""), "0")).astype("float64")

    def _clock(self, table: str, column: str, *, needed: bool) -> pd.Series:
        text = self._tables[table][column]
        seconds = seconds_of(text)
        empty = text.str.strip() == ""
        wrong = seconds.isna() & (~empty | needed)
        self._bad(table, column, wrong, "eine Uhrzeit wie 08:05:00")
        return seconds

    def stops(self) -> None:
        """Positions on earth of all stops and stations."""
        for column, most in (("stop_lat", 90.0), ("stop_lon", 180.0)):
            table = self._tables["stops.txt"]
            degrees = pd.to_numeric(table[column], errors="coerce")
            kind = filled(table, "location_type")["location_type"]
            # Only places where vehicles stop need a position.
            wrong = ~(degrees.abs() <= most) & kind.isin(["", "0", "1"])
            self._bad("stops.txt", column, wrong, f"Grad zwischen -{most:g} und {most:g}")

    def trips(self) -> None:
        """Every trip belongs to a route."""
        self._known("trips.txt", "route_id", "routes.txt", "route_id")

    def times(self) -> pd.DataFrame:
        """Stop times by trip and sequence; NaN where the feed gives no time."""
        table = filled(self._tables["stop_times.txt"], "pickup_type", "drop_off_type")
        rows = pd.DataFrame(
            {
                "trip": self._known("stop_times.txt", "trip_id", "trips.txt", "trip_id"),
                "stop": self._known("stop_times.txt", "stop_id", "stops.txt", "stop_id"),
                "sequence": self._whole("stop_times.txt", "stop_sequence"),
                "arrival": self._clock("stop_times.txt", "arrival_time", needed=False),
                "departure": self._clock("stop_times.txt", "departure_time", needed=False),
                "pickup_type": table["pickup_type"],
                "drop_off_type": table["drop_off_type"],
            }
        )
        twice = rows.duplicated(["trip", "sequence"]) & (rows["trip"] >= 0)
        self._bad("stop_times.txt", "stop_sequence", twice, "je Fahrt jede Nummer einmal")
        rows["arrival"] = rows["arrival"].fillna(rows["departure"])
        rows["departure"] = rows["departure"].fillna(rows["arrival"])
        ordered = rows.sort_values(["trip", "sequence"])
        ends = ~ordered.duplicated("trip") | ~ordered.duplicated("trip", keep="last")
        no_end = (ends & ordered["arrival"].isna()).sort_index()
        self._bad("stop_times.txt", "arrival_time", no_end, "Zeiten am Anfang und Ende der Fahrt")
        # Known times must not run backwards within a trip.
        known = ordered[ordered["arrival"].notna()]
        back = known["arrival"] < known.groupby("trip")["departure"].shift()
        back |= known["departure"] < known["arrival"]
        wrong = back.reindex(rows.index, fill_value=False)
        self._bad("stop_times.txt", "arrival_time", wrong, "eine Zeit nach der vorigen der Fahrt")
        return ordered.reset_index(drop=True)

    def calendar(self) -> pd.DataFrame:
        """Services by weekday, dates parsed."""
        if "calendar.txt" not in self._tables:
            return pd.DataFrame(columns=[*CALENDAR, *WEEKDAYS])
        days = {c: self._dates("calendar.txt", c) for c in ("start_date", "end_date")}
        return self._tables["calendar.txt"].assign(**days)

    def exceptions(self) -> pd.DataFrame:
        """Days on which a service runs or does not run against its calendar."""
        if "calendar_dates.txt" not in self._tables:
            return pd.DataFrame(columns=list(DATES))
        kind = self._tables["calendar_dates.txt"]["exception_type"].str.strip()
        self._bad("calendar_dates.txt", "exception_type", ~kind.isin(["1", "2"]), "1, 2")
        days = self._dates("calendar_dates.txt", "date")
        return self._tables["calendar_dates.txt"].assign(date=days, exception_type=kind)

    def frequencies(self) -> pd.DataFrame:
        """Trips given by their headway, in seconds."""
        table = "frequencies.txt"
        if table not in self._tables:
            return pd.DataFrame(columns=["trip", "start", "end", "headway"])
        headway = self._whole(table, "headway_secs")
        self._bad(table, "headway_secs", headway == 0, "Sekunden, mehr als 0")
        return pd.DataFrame(
            {
                "trip": self._known(table, "trip_id", "trips.txt", "trip_id"),
                "start": self._clock(table, "start_time", needed=True),
                "end": self._clock(table, "end_time", needed=True),
                "headway": headway,
            }
        )

    def transfers(self) -> pd.DataFrame:
        """What the feed says of changing between two stops, whatever the line."""
        table = "transfers.txt"
        if table not in self._tables:
            return pd.DataFrame(columns=["from", "to", "kind", "seconds"])
        rows = filled(self._tables[table], "min_transfer_time", "from_trip_id", "from_route_id")
        general = (rows["from_trip_id"] == "") & (rows["from_route_id"] == "")
        general &= (rows["from_stop_id"] != "") & (rows["to_stop_id"] != "")
        keys = pd.Index(self._tables["stops.txt"]["stop_id"].drop_duplicates())
        made = pd.DataFrame(
            {
                "from": keys.get_indexer(rows["from_stop_id"]),
                "to": keys.get_indexer(rows["to_stop_id"]),
                "kind": rows["transfer_type"].str.strip(),
                "seconds": self._seconds(table, rows["min_transfer_time"]),
            }
        )
        return made[general & (made["from"] >= 0) & (made["to"] >= 0)].reset_index(drop=True)
