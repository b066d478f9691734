"""A timetable feed (GTFS, a zip of tables): read, checked, and asked for one service day.

The format is https://gtfs.org/documentation/schedule/reference/. Times are seconds after
the midnight with which the service day begins and may exceed 24 hours.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import FileMissingError, ProblemCollector, TableError, why
from geodata.files import existing
from geodata.files.guard import BROKEN_ARCHIVE, TIMETABLE, archive_parts
from geodata.travel.feed_checks import CALENDAR, DATES, WEEKDAYS, Checks, filled

Ints = NDArray[np.int64]

_NEEDED = {
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id",),
    "trips.txt": ("route_id", "service_id", "trip_id"),
    "stop_times.txt": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
}
_FREQUENCIES = ("trip_id", "start_time", "end_time", "headway_secs")
_TRANSFERS = ("from_stop_id", "to_stop_id", "transfer_type")


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
    check = Checks(path.name, tables, found)
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
        trips=filled(tables["trips.txt"], "wheelchair_accessible"),
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
    known = {*_NEEDED, "calendar.txt", "calendar_dates.txt", "frequencies.txt", "transfers.txt"}
    parts = [n for n in archive_parts(path, TIMETABLE, _named(known)) if _named(known)(n)]
    for name, times in Counter(PurePosixPath(part).name for part in parts).items():
        if times > 1:
            found.add(path.name, f"{name} steht mehrfach, in mehreren Ordnern", "jede einmal")
    try:
        with zipfile.ZipFile(path) as archive:
            tables = {
                PurePosixPath(part).name: _table(
                    archive.read(part), PurePosixPath(part).name, found
                )
                for part in parts
            }
    except BROKEN_ARCHIVE:
        raise TIMETABLE.broken(path) from None
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None
    wanted = dict(_NEEDED)
    optional = {
        "calendar.txt": (*CALENDAR, *WEEKDAYS), "calendar_dates.txt": DATES,
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


def _named(known: set[str]) -> Callable[[str], bool]:
    """Whether a part of the archive is one of the tables, in whichever folder."""
    return lambda part: PurePosixPath(part).name in known and "__MACOSX" not in part


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


def _stops(table: pd.DataFrame) -> pd.DataFrame:
    stops = filled(table, "wheelchair_boarding", "parent_station", "location_type")
    degrees = {c: pd.to_numeric(stops[c], errors="coerce") for c in ("stop_lat", "stop_lon")}
    # A platform that says nothing inherits what its station says.
    station = dict(zip(stops["stop_id"], stops["wheelchair_boarding"], strict=True))
    own = stops["wheelchair_boarding"]
    inherited = stops["parent_station"].map(station).fillna("")
    said = own.where(own.isin(["1", "2"]), inherited)
    return stops.assign(**degrees, wheelchair_boarding=said)


def _routes(table: pd.DataFrame) -> pd.DataFrame:
    routes = filled(table, "route_short_name", "route_long_name")
    short = routes["route_short_name"]
    return routes.assign(name=short.where(short != "", routes["route_long_name"]))


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
