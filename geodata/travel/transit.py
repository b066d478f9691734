"""Minutes by public transport: walk, wait, ride, change, walk, over departures of a morning."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geodata.travel.feed import Feed
from geodata.travel.ground import (
    Ground,
    Pairs,
    Spots,
    TransitRule,
    batches,
    ground_of,
    longest,
    ready_times,
)  # fmt: skip
from geodata.travel.points import AreaPoints, inhabited_areas
from geodata.travel.raptor import NEVER, Times, search
from geodata.travel.table import (
    TRANSIT,
    WalkingRule,
    check_crs,
    no_pairs,
    ordered_places,
    with_keys,
)  # fmt: skip
from geodata.travel.timetable import Timetable, timetable_of
from geodata.travel.walk import Walk

Floats = NDArray[np.float64]

_CELLS_AT_ONCE = 8_000_000


def transit_minutes(
    areas: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    feed: Feed,
    walks: Mapping[str, Walk],
    rule: TransitRule,
    walking: WalkingRule,
    points: AreaPoints,
) -> pd.DataFrame:
    """Compute the minutes from every inhabited area to every place by public transport.

    Parameters
    ----------
    areas, places
        As for `walking_minutes`.
    feed
        The timetable.
    walks
        How far it is on foot, for every profile.
    rule, walking
        Day, departures and longest walks; speeds and longest way.
    points
        From `area_points`.

    Returns
    -------
    DataFrame
        `TRAVEL_COLUMNS`; of each point the median and the 90th percentile over the
        departures, of both the mean over the points. Waiting for the first vehicle counts;
        whoever is faster on foot walks. A pair is left out if a point needs more than
        `SEARCH_FACTOR` times ``max_minutes`` for every other departure.

    Raises
    ------
    TableError
        The day lies outside the feed, or nothing runs on it.
    """
    check_crs(areas, places)
    lived, ordered = inhabited_areas(areas), ordered_places(places)
    to = shapely.get_coordinates(ordered.geometry.to_numpy())
    spots = Spots(stop_points(feed, str(areas.crs)), points.xy, to)
    rows = [no_pairs("minutes", "minutes_p90").assign(profile="")]
    for profile, kmh in sorted(walking.speeds_kmh.items()):
        end = max(rule.departures) + round(60 * longest(walking))
        first, barred = min(rule.departures), profile in rule.wheelchair
        timetable = timetable_of(feed, rule.day, first, end, wheelchair=barred)
        ground = ground_of(walks[profile], timetable, feed, spots, kmh, rule, longest(walking))
        for table in _by_area(timetable, ground, rule, walking, points):
            rows.append(table.assign(profile=profile))
    return with_keys(pd.concat(rows, ignore_index=True), lived, ordered, TRANSIT)


def stop_points(feed: Feed, crs: str) -> Floats:
    """Coordinates of the feed's stops in metres, shape (stops, 2)."""
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    stops = feed.stops
    # A station's nodes may lack a position; nobody boards there.
    lon = stops["stop_lon"].fillna(0.0).to_numpy()
    lat = stops["stop_lat"].fillna(0.0).to_numpy()
    return np.column_stack(to_metres.transform(lon, lat))


def _by_area(
    timetable: Timetable,
    ground: Ground,
    rule: TransitRule,
    walking: WalkingRule,
    points: AreaPoints,
) -> Iterator[pd.DataFrame]:
    """Rows of one profile, a batch of areas a time."""
    d = len(rule.departures)
    at_once = max(1, _CELLS_AT_ONCE // max(1, timetable.n_stops * d))
    for first, last in batches(points.starts, at_once):
        part = slice(int(points.starts[first]), int(points.starts[last]))
        median, p90 = point_minutes(timetable, ground, rule, part, longest(walking))
        for i in range(first, last):
            begin, end = int(points.starts[i]), int(points.starts[i + 1])
            own = slice(begin - part.start, end - part.start)
            mean = points.mean(median[own], slice(begin, end))
            high = points.mean(p90[own], slice(begin, end))
            j = np.flatnonzero(mean <= walking.max_minutes)
            yield pd.DataFrame({"i": i, "j": j, "minutes": mean[j], "minutes_p90": high[j]})


def point_minutes(
    timetable: Timetable, ground: Ground, rule: TransitRule, part: slice, limit_minutes: float
) -> tuple[Floats, Floats]:
    """Median and 90th percentile over the departures, shape (points, places) each.

    Parameters
    ----------
    timetable, ground, rule
        Of one profile.
    part
        Which points.
    limit_minutes
        Longer ways are infinite.
    """
    departures = np.array(rule.departures, dtype=np.int64)
    n, d = part.stop - part.start, len(departures)
    leave = np.tile(departures, n)
    ready = ready_times(ground, part, departures, timetable.n_stops)
    deadline = (leave + round(60 * limit_minutes)).astype(np.int32)
    found = search(timetable, ground.transfers, ready, deadline, max_rides=rule.max_rides)
    by_ride = _at_places(ground.egress, found.arrival, ground.direct.shape[1]) - leave
    on_foot = ground.direct[part].T[:, :, None]
    minutes = np.minimum(by_ride.reshape(-1, n, d), on_foot) / 60.0
    minutes[minutes > limit_minutes] = np.inf
    minutes.sort(axis=2)
    return quantile(minutes, 0.5).T, quantile(minutes, 0.9).T


def _at_places(egress: Pairs, arrival: Times, n_places: int) -> Floats:
    """Earliest time at each place after a ride, shape (places, queries); infinite where none."""
    found = np.full((n_places, arrival.shape[1]), np.inf)
    edges = np.searchsorted(egress.target, np.arange(n_places + 1))
    for place, (first, last) in enumerate(pairwise(edges.tolist())):
        if first == last:
            continue
        stops, walk = egress.source[first:last], egress.seconds[first:last, None]
        times = (arrival[stops] + walk).min(axis=0)
        found[place] = np.where(times >= NEVER, np.inf, times)
    return found


def quantile(ordered: Floats, share: float) -> Floats:
    """Quantile along the last axis of sorted values, infinite ones among them.

    Interpolated as `numpy.quantile` does, which has no answer where a value is infinite.
    """
    place = share * (ordered.shape[-1] - 1)
    low = int(np.floor(place + 1e-9))
    rest = place - low
    if rest < 1e-9:
        return np.asarray(ordered[..., low])
    below, above = ordered[..., low], ordered[..., low + 1]
    # The gap of two infinite values is none.
    gap = np.subtract(above, below, out=np.zeros_like(below), where=above != below)
    return np.asarray(below + rest * gap)
