"""A timetable feed (GTFS, a zip of tables): read, checked, and asked for one service day.

The format is https://gtfs.org/documentation/schedule/reference/. Times are seconds after
the midnight with which the service day begins and may exceed 24 hours.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import FileMissingError, ProblemCollector, TableError
from geodata.files import existing

Ints = NDArray[np.int64]

_NEEDED = {
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id",),
    "trips.txt": ("route_id", "service_id", "trip_id"),
    "stop_times.txt": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
}
_CALENDAR = ("service_id", "start_date", "end_date")
_DATES = ("service_id", "date", "exception_type")
_FREQUENCIES = ("trip_id", "start_time", "end_time", "headway_secs")
_TRANSFERS = ("from_stop_id", "to_stop_id", "transfer_type")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = r"\s*\d{1,3}:[0-5]\d:[0-5]\d\s*"
_SHOWN = 20
"""So many problems of one kind are listed; more help nobody."""


@dataclass(frozen=True)
class Feed:
    """A checked feed.

    Parameters
    ----------
    name
        Of the file.
    stops
        ``stop_id``, ``stop_name``, ``stop_lat``, ``stop_lon``, ``wheelchair_boarding``.
    routes
        ``route_id``, ``name``.
    trips
        ``trip_id``, ``route_id``, ``service_id``, ``wheelchair_accessible``.
    times
        Rows of ``stop_times.txt`` by trip and sequence: ``trip``, ``stop`` (numbers of rows
        of `trips` and `stops`), ``sequence``, ``arrival``, ``departure`` (seconds),
        ``pickup_type``, ``drop_off_type``.
    calendar, exceptions
        As in the feed, dates as `date`.
    frequencies
        ``trip``, ``start``, ``end``, ``headway`` in seconds.
    transfers
        ``from``, ``to`` (numbers of stops), ``kind``, ``seconds``; only those between stops.
    first, last
        The days between which the feed has a service.
    """

    name: str
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    times: pd.DataFrame
    calendar: pd.DataFrame
    exceptions: pd.DataFrame
    frequencies: pd.DataFrame
    transfers: pd.DataFrame
    first: date
    last: date

    def services(self, day: date) -> frozenset[str]:
        """Keys of the services that run on a day."""
        rows = self.calendar
        runs = (rows["start_date"] <= day) & (rows["end_date"] >= day)
        regular = rows.loc[runs & (rows[WEEKDAYS[day.weekday()]] == "1"), "service_id"]
        special = self.exceptions[self.exceptions["date"] == day]
        added = special.loc[special["exception_type"] == "1", "service_id"]
        removed = special.loc[special["exception_type"] == "2", "service_id"]
        return frozenset((set(regular) - set(removed)) | set(added))

    def require_day(self, day: date) -> None:
        """Refuse a day outside the feed, or one without a single trip.

        Raises
        ------
        TableError
            Naming the days between which the feed is valid.
        """
        span = f"Der Fahrplan {self.name} gilt vom {_german(self.first)} bis {_german(self.last)}"
        if not self.first <= day <= self.last:
            raise TableError(f"{span}; der Betriebstag {_german(day)} liegt außerhalb.")
        if not self.trips["service_id"].isin(self.services(day)).any():
            raise TableError(f"{span}, aber am {_german(day)} fährt nach ihm nichts.")

    def names_wheelchairs(self) -> bool:
        """Whether the feed says of any stop if wheelchairs can board."""
        return bool(self.stops["wheelchair_boarding"].isin(["1", "2"]).any())


def _german(day: date) -> str:
    return day.strftime("%d.%m.%Y")


def read_feed(path: Path) -> Feed:
    """Read a feed and check its references, times and dates.

    Raises
    ------
    FileMissingError
        There is no such file.
    TableError
        It is no feed, or rows are wrong; all are listed, at most 20 of one kind.
    """
    found = ProblemCollector()
    tables = _tables(existing(path), found)
    found.raise_if_any(TableError, f"Der Fahrplan {path.name} ist unvollständig.")
    check = _Checks(path.name, tables, found)
    times, calendar, exceptions = check.times(), check.calendar(), check.exceptions()
    frequencies, transfers = check.frequencies(), check.transfers()
    check.stops()
    check.trips()
    found.raise_if_any(TableError, f"Der Fahrplan {path.name} ist fehlerhaft.")
    days = [*calendar["start_date"], *calendar["end_date"]]
    days += list(exceptions.loc[exceptions["exception_type"] == "1", "date"])
    if not days:
        raise TableError(f"Der Fahrplan {path.name} nennt keinen einzigen Betriebstag.")
    return Feed(
        name=path.name,
        stops=_stops(tables["stops.txt"]),
        routes=_routes(tables["routes.txt"]),
        trips=_filled(tables["trips.txt"], "wheelchair_accessible"),
        times=_filled_times(times),
        calendar=calendar,
        exceptions=exceptions,
        frequencies=frequencies,
        transfers=transfers,
        first=min(days),
        last=max(days),
    )


def _tables(path: Path, found: ProblemCollector) -> dict[str, pd.DataFrame]:
    """Every table that is used, as text; missing tables and columns are noted."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {Path(name).name: name for name in archive.namelist()}
            tables = {
                name: _table(archive.read(full), name, found)
                for name, full in inside.items()
                if name in {*_NEEDED, "calendar.txt", "calendar_dates.txt"}
                or name in {"frequencies.txt", "transfers.txt"}
            }
    except zipfile.BadZipFile:
        raise TableError(f"{path.name} ist kein Fahrplan: Erwartet wird ein ZIP (GTFS).") from None
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {error}.") from None
    wanted = dict(_NEEDED)
    optional = {
        "calendar.txt": (*_CALENDAR, *WEEKDAYS), "calendar_dates.txt": _DATES,
        "frequencies.txt": _FREQUENCIES, "transfers.txt": _TRANSFERS,
    }  # fmt: skip
    wanted |= {name: columns for name, columns in optional.items() if name in tables}
    for name, columns in wanted.items():
        if name not in tables:
            found.add(path.name, f"{name} fehlt", ", ".join(_NEEDED))
            continue
        for column in columns:
            if column not in tables[name]:
                found.add(name, f"Spalte {column!r} fehlt", ", ".join(columns))
    if not {"calendar.txt", "calendar_dates.txt"} & set(tables):
        found.add(path.name, "calendar.txt und calendar_dates.txt fehlen", "eine von beiden")
    return tables


def _table(content: bytes, name: str, found: ProblemCollector) -> pd.DataFrame:
    try:
        table = pd.read_csv(
            io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig",
            skipinitialspace=True, index_col=False,
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        found.add(name, f"nicht lesbar ({error})", "eine Tabelle in UTF-8")
        return pd.DataFrame()
    return table.rename(columns=lambda c: str(c).strip())


def _filled(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """A table with optional columns, empty where it has none."""
    return table.assign(**{c: "" for c in columns if c not in table})


def _stops(table: pd.DataFrame) -> pd.DataFrame:
    stops = _filled(table, "wheelchair_boarding", "parent_station", "location_type")
    degrees = {c: pd.to_numeric(stops[c], errors="coerce") for c in ("stop_lat", "stop_lon")}
    # A platform that says nothing inherits what its station says.
    station = dict(zip(stops["stop_id"], stops["wheelchair_boarding"], strict=True))
    own = stops["wheelchair_boarding"]
    inherited = stops["parent_station"].map(station).fillna("")
    said = own.where(own.isin(["1", "2"]), inherited)
    return stops.assign(**degrees, wheelchair_boarding=said)


def _routes(table: pd.DataFrame) -> pd.DataFrame:
    routes = _filled(table, "route_short_name", "route_long_name")
    short = routes["route_short_name"]
    return routes.assign(name=short.where(short != "", routes["route_long_name"]))


def seconds_of(text: pd.Series) -> pd.Series:
    """Times such as ``25:10:00`` as seconds; NaN where there is none.

    Examples
    --------
    >>> seconds_of(pd.Series(["08:00:30", "25:10:00", ""])).tolist()
    [28830.0, 90600.0, nan]
    """
    good = text.str.fullmatch(_TIME)
    parts = text.where(good, "0:0:0").str.strip().str.split(":", expand=True).astype("int64")
    total = (parts[0] * 60 + parts[1]) * 60 + parts[2]
    return total.astype("float64").where(good)


class _Checks:
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
        self._bad(table, column, numbers.isna() | (numbers < 0), "eine Zahl ab 0")
        return numbers.fillna(0).astype("int64")

    def _clock(self, table: str, column: str, *, needed: bool) -> pd.Series:
        text = self._tables[table][column]
        seconds = seconds_of(text)
        empty = text.str.strip() == ""
        wrong = seconds.isna() & (~empty | needed)
        self._bad(table, column, wrong, "eine Uhrzeit wie 08:05:00")
        return seconds

    def stops(self) -> None:
        for column, most in (("stop_lat", 90.0), ("stop_lon", 180.0)):
            table = self._tables["stops.txt"]
            degrees = pd.to_numeric(table[column], errors="coerce")
            kind = _filled(table, "location_type")["location_type"]
            # Only places where vehicles stop need a position.
            wrong = ~(degrees.abs() <= most) & kind.isin(["", "0", "1"])
            self._bad("stops.txt", column, wrong, f"Grad zwischen -{most:g} und {most:g}")

    def trips(self) -> None:
        self._known("trips.txt", "route_id", "routes.txt", "route_id")

    def times(self) -> pd.DataFrame:
        table = _filled(self._tables["stop_times.txt"], "pickup_type", "drop_off_type")
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
        if "calendar.txt" not in self._tables:
            return pd.DataFrame(columns=[*_CALENDAR, *WEEKDAYS])
        days = {c: self._dates("calendar.txt", c) for c in ("start_date", "end_date")}
        return self._tables["calendar.txt"].assign(**days)

    def exceptions(self) -> pd.DataFrame:
        if "calendar_dates.txt" not in self._tables:
            return pd.DataFrame(columns=list(_DATES))
        kind = self._tables["calendar_dates.txt"]["exception_type"].str.strip()
        self._bad("calendar_dates.txt", "exception_type", ~kind.isin(["1", "2"]), "1, 2")
        days = self._dates("calendar_dates.txt", "date")
        return self._tables["calendar_dates.txt"].assign(date=days, exception_type=kind)

    def frequencies(self) -> pd.DataFrame:
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
        table = "transfers.txt"
        if table not in self._tables:
            return pd.DataFrame(columns=["from", "to", "kind", "seconds"])
        rows = _filled(self._tables[table], "min_transfer_time", "from_trip_id", "from_route_id")
        general = (rows["from_trip_id"] == "") & (rows["from_route_id"] == "")
        general &= (rows["from_stop_id"] != "") & (rows["to_stop_id"] != "")
        keys = pd.Index(self._tables["stops.txt"]["stop_id"].drop_duplicates())
        made = pd.DataFrame(
            {
                "from": keys.get_indexer(rows["from_stop_id"]),
                "to": keys.get_indexer(rows["to_stop_id"]),
                "kind": rows["transfer_type"].str.strip(),
                "seconds": pd.to_numeric(rows["min_transfer_time"], errors="coerce").fillna(0),
            }
        )
        return made[general & (made["from"] >= 0) & (made["to"] >= 0)].reset_index(drop=True)


def _filled_times(times: pd.DataFrame) -> pd.DataFrame:
    """Times between two known ones are spread evenly over the stops between them."""
    if times["arrival"].notna().all():
        return times.astype({"arrival": "int64", "departure": "int64"})
    filled = times.copy()
    # Rows are ordered by trip, and every trip has a first and a last time.
    position = np.arange(len(times), dtype="float64")
    known = times["arrival"].notna().to_numpy()
    last, following = _neighbours(known)
    left = times["departure"].to_numpy()[last]
    right = times["arrival"].to_numpy()[following]
    share = (position - last) / np.maximum(following - last, 1)
    between = np.floor(left + share * (right - left))
    for column in ("arrival", "departure"):
        filled[column] = np.where(known, times[column], between).astype("int64")
    return filled


def _neighbours(known: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Of each row the last known one up to it and the first known one from it on."""
    rows = np.arange(len(known))
    last = np.maximum.accumulate(np.where(known, rows, 0))
    following = np.minimum.accumulate(np.where(known, rows, len(known) - 1)[::-1])[::-1]
    return last.astype(np.int64), following.astype(np.int64)


def days_around(day: date) -> Iterator[tuple[date, int]]:
    """The day before, the day, and the day after, each with the seconds to its midnight.

    Trips of the day before may still run after midnight.
    """
    for shift in (-1, 0, 1):
        yield day + timedelta(days=shift), shift * 86_400
