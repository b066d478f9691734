"""The real pair of the reference data: OpenStreetMap and the timetable of Heidelberg.

`python -m tests.geodata.travel.heidelberg` prints the five journeys of the tests leg by leg
with the rows of the timetable they rest on, so that a person can check them.
"""

import os
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from pyproj import Transformer

from geodata.travel import (
    Feed,
    Journey,
    NetworkWalk,
    Spots,
    Streets,
    Timetable,
    TransitRule,
    WalkNetwork,
    ground_of,
    journey_of,
    read_feed,
    read_streets,
    stop_points,
    timetable_of,
    told,
)
from geodata.travel.ground import Ground
from geodata.travel.journeys import clock
from tests.geodata.travel.feeds import rows_of

CRS = "EPSG:25832"
BOX = (8.65, 49.375, 8.73, 49.425)
"""Where points are drawn: west, south, east, north of the town."""
TUESDAY = date(2022, 9, 20)
MORNING = tuple(range(8 * 3600, 11 * 3600 + 1, 600))
LIMIT_MINUTES = 135.0
KINDS = ("library", "community_centre", "social_facility", "townhall", "school", "kindergarten")
CASES = Path(__file__).parents[2] / "cases" / "journeys.toml"
TO_METRES = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)


def folder() -> Path | None:
    """The folder of the two files, None where the reference data is not there."""
    named = os.environ.get("SOZIALATLAS_REFERENCE")
    found = Path(named) / "heidelberg" if named else None
    return found if found is not None and found.is_dir() else None


@dataclass(frozen=True)
class City:
    streets: Streets
    network: WalkNetwork
    feed: Feed
    feed_file: Path
    pbf: Path
    points: np.ndarray
    places: gpd.GeoDataFrame


@cache
def city(where: Path) -> City:
    """Both files, 20 seeded points near a way, and the named places of the map."""
    pbf, zipped = where / "heidelberg.test.pbf", where / "vrn_gtfs_cut.zip"
    streets = read_streets(pbf, TO_METRES.transform_bounds(*BOX), CRS)
    network = streets.network()
    west, south, east, north = TO_METRES.transform_bounds(*BOX)
    drawn = np.random.default_rng(2022).uniform((west, south), (east, north), (200, 2))
    near = drawn[network.snap(drawn).access_m <= 100][:20]
    return City(streets, network, read_feed(zipped), zipped, pbf, near, real_places(pbf))


def real_places(pbf: Path) -> gpd.GeoDataFrame:
    """Named libraries, schools, kindergartens and the like within the box, from the map."""
    from pyrosm import OSM

    osm = OSM(str(pbf), bounding_box=list(BOX), progress=False)
    found = osm.get_pois(custom_filter={"amenity": list(KINDS)})
    named = found[found["name"].notna()].to_crs(CRS).sort_values("id", ignore_index=True)
    return gpd.GeoDataFrame(
        {"place": named["id"].astype("str"), "name": named["name"], "kind": named["amenity"]},
        geometry=named.geometry.centroid,
        crs=CRS,
    )


def xy_of(places: gpd.GeoDataFrame) -> np.ndarray:
    return np.column_stack([places.geometry.x, places.geometry.y])


def rule_of(**changes: Any) -> TransitRule:
    return TransitRule(TUESDAY, MORNING, **changes)


def ground(town: City, points: np.ndarray, kmh: float = 4.5, **changes: Any):
    """Timetable and ways on foot of some points to all places."""
    timetable = timetable_of(town.feed, TUESDAY, MORNING[0], MORNING[-1] + 8100)
    spots = Spots(stop_points(town.feed, CRS), points, xy_of(town.places))
    walk = NetworkWalk(town.network)
    rule = rule_of(**changes)
    return timetable, ground_of(walk, timetable, town.feed, spots, kmh, rule, LIMIT_MINUTES)


def cases() -> list[dict[str, Any]]:
    """The journeys that were checked by hand."""
    return list(tomllib.loads(CASES.read_text(encoding="utf-8"))["journey"])


def journey(town: City, case: dict[str, Any]) -> tuple[Journey, Timetable, Ground]:
    """One of the journeys, computed anew."""
    points = np.array([TO_METRES.transform(case["lon"], case["lat"])])
    timetable, found = ground(town, points, case["kmh"])
    place = town.places["name"].tolist().index(case["place"])
    hours, minutes = map(int, case["departure"].split(":"))
    leave = 3600 * hours + 60 * minutes
    made = journey_of(timetable, found, rule_of(), 0, place, leave, LIMIT_MINUTES)
    if made is None:
        raise ValueError(f"no way to {case['place']}")
    return made, timetable, found


def rows_behind(town: City, made: Journey) -> list[str]:
    """The rows of stop_times.txt of every ride, from getting on to getting off."""
    ids = town.feed.stops["stop_id"].tolist()
    raw = rows_of(town.feed_file, "stop_times.txt")
    lines = []
    for leg in (leg for leg in made.legs if leg.trip):
        own = [r for r in raw if r["trip_id"] == leg.trip]
        own.sort(key=lambda r: int(r["stop_sequence"]))
        on, off = (
            next(i for i, r in enumerate(own) if r["stop_id"] == ids[stop] and r[column] == time)
            for stop, column, time in (
                (leg.from_stop, "departure_time", clock(leg.start_s)),
                (leg.to_stop, "arrival_time", clock(leg.end_s)),
            )
        )
        lines += [",".join(r.values()) for r in own[on : off + 1]]
    return lines


def main() -> None:
    """Print the five journeys and what they rest on."""
    where = folder()
    if where is None:
        raise SystemExit("SOZIALATLAS_REFERENCE names no folder with reference data")
    town = city(where)
    for number, case in enumerate(cases(), 1):
        made, _, _ = journey(town, case)
        print(f"\n{number}. {case['title']}")
        print(f"   ({case['lon']}, {case['lat']}) to {case['place']}, {case['kmh']} km/h")
        print("\n".join(f"   {line}" for line in told(made, town.feed)))
        print(f"   {made.minutes:.1f} minutes; rows of stop_times.txt:")
        print("\n".join(f"     {line}" for line in rows_behind(town, made)))


if __name__ == "__main__":
    main()
