"""A timetable, a project, a scenario."""

import json
import shutil
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from atlas.edition import open_edition
from atlas.placement.scenario import load_scenario, scenario_data
from atlas.project import load_project
from geodata.travel.feed import read_feed
from tests.geodata.travel.feeds import small_tables, write_feed
from tests.mutation.base import Anything, Numbers
from tests.small_city import small_edition

_SCRATCH = TemporaryDirectory(prefix="ausgabe")
"""Where the sound edition lies, once for all readers of its files."""


def feed_bytes(folder: Path) -> bytes:
    trips = {
        f"t{n}": [("a", 480 + 10 * n), ("b", 487 + 10 * n), ("c", 495 + 10 * n)] for n in range(6)
    }
    stops = {"a": (9.0, 51.45), "b": (9.01, 51.45), "c": (9.03, 51.45)}
    return write_feed(folder / "sound.zip", small_tables(trips, stops)).read_bytes()


def read_timetable(folder: Path) -> Numbers:
    feed = read_feed(folder / "t.zip")
    times = feed.times
    return {
        (str(feed.trips["trip_id"].iloc[t]), str(feed.stops["stop_id"].iloc[s])): (int(a), int(d))
        for t, s, a, d in zip(
            times["trip"], times["stop"], times["arrival"], times["departure"], strict=True
        )
    }


def city_file(name: str) -> Callable[[Path], bytes]:
    def sound(_: Path) -> bytes:
        return (Path(__file__).parents[2] / "atlas" / "cities" / name).read_bytes()

    return sound


def read_project(folder: Path) -> Numbers:
    return {("project",): load_project(folder / "t.toml")}


def read_scenario(folder: Path) -> Numbers:
    return {("scenario",): str(scenario_data(load_scenario(folder / "t.toml")))}


def plain_toml(data: bytes) -> Numbers:
    """What is no TOML says nothing; what is, may say anything."""
    try:
        tomllib.loads(data.decode("utf-8-sig"))
    except ValueError:
        return {}
    return Anything()


def edition_file(name: str) -> Callable[[Path], bytes]:
    """One file of a finished edition; the others are laid beside it."""

    def sound(folder: Path) -> bytes:
        if not (folder / "kleinstadt").exists():
            shutil.copytree(_edition(), folder / "kleinstadt")
        return (folder / "kleinstadt" / name).read_bytes()

    return sound


@cache
def _edition() -> Path:
    return small_edition(Path(_SCRATCH.name)).path


def read_edition(folder: Path) -> Numbers:
    edition = open_edition(folder / "kleinstadt")
    counts = edition.table("counts")
    found: Numbers = {
        tuple(map(str, row[:-1])): None if pd.isna(row[-1]) else int(row[-1])
        for row in counts[
            ["area", "level", "vintage", "period", "measure", "group", "count"]
        ].itertuples(index=False)
    }
    found[("checks",)] = json.dumps(edition.checks)
    found[("areas",)] = round(float(edition.areas.area.sum()), 3)
    for level in ("planungsraum", "stadt"):
        found[("outline", level)] = edition.outline_path("2022", level).read_bytes()
    return found
