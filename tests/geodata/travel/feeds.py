"""Small timetables as the zip files that offices deliver, and their rows read back plainly."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

DAYS = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
WORKDAYS = "1,1,1,1,1,0,0"


def hms(minutes: float) -> str:
    seconds = round(minutes * 60)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def stop_rows(stops: Mapping[str, tuple[float, float]]) -> str:
    """Stops by longitude and latitude."""
    lines = [f"{key},Halt {key},{lat},{lon}" for key, (lon, lat) in stops.items()]
    return "\n".join(["stop_id,stop_name,stop_lat,stop_lon", *lines])


def small_tables(
    trips: Mapping[str, Sequence[tuple[str, float]]],
    stops: Mapping[str, tuple[float, float]],
    services: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Tables of a feed: trips as calls (stop, minute after midnight) that do not wait.

    All run on workdays of October 2022 as service ``W`` on route ``R``, where `services` says
    nothing else.
    """
    times = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type"]
    for trip, calls in trips.items():
        times += [f"{trip},{hms(m)},{hms(m)},{s},{n},," for n, (s, m) in enumerate(calls)]
    kinds = services or {}
    return {
        "stops.txt": stop_rows(stops),
        "routes.txt": "route_id,route_short_name,route_type\nR,7,3",
        "trips.txt": "\n".join(
            ["route_id,service_id,trip_id", *(f"R,{kinds.get(t, 'W')},{t}" for t in trips)]
        ),
        "stop_times.txt": "\n".join(times),
        "calendar.txt": f"service_id,{DAYS},start_date,end_date\nW,{WORKDAYS},20221001,20221031",
    }


def write_feed(path: Path, tables: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in tables.items():
            archive.writestr(name, text + "\n")
    return path


def rows_of(path: Path, table: str) -> list[dict[str, str]]:
    """A table of a feed by the standard library alone, for oracles."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read(table).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def clock_s(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds
