"""Minutes from the finest areas to every place, by all modes that a project names files for."""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlas.edition import MorningInfo, TravelInfo, WayInfo
from atlas.project import Project
from atlas.travel_rule import TravelRule
from atlas.wording import day, number
from geodata.files import inside
from geodata.travel import (
    TRANSIT,
    WALK,
    AreaPoints,
    Feed,
    HomesSpec,
    Matrix,
    MatrixSpec,
    NetworkWalk,
    StraightWalk,
    TransitRule,
    Walk,
    WalkingRule,
    WalkNetwork,
    area_points,
    network_minutes,
    read_feed,
    read_homes,
    read_lived_in,
    read_matrix,
    read_streets,
    refuse_other_town,
    snap_report,
    stop_points,
    transit_minutes,
    walking_minutes,
)

SPREAD = "Punkte der Gebiete"


@dataclass(frozen=True)
class Ways:
    """What the files say of ways, read and checked, before any minute is computed.

    Parameters
    ----------
    points
        Where people set out.
    networks
        Network by profile; empty without an OpenStreetMap file.
    feed, matrix
        Timetable and delivered minutes, where the project names them.
    reports, notes
        For the check report: how far points were snapped, and German sentences.
    """

    points: AreaPoints
    networks: dict[str, WalkNetwork]
    feed: Feed | None = None
    matrix: Matrix | None = None
    reports: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()

    def delivered(self, mode: str) -> frozenset[str]:
        """Profiles whose minutes of a mode need not be computed."""
        pairs = self.matrix.pairs() if self.matrix else frozenset()
        return frozenset(profile for m, profile in pairs if m == mode)


def read_ways(
    project: Project, fine: gpd.GeoDataFrame, places: gpd.GeoDataFrame | None, data: Path
) -> Ways | None:
    """Read the files of ways, so that every mistake in them is told before the long work.

    Parameters
    ----------
    project
        Its ``travel``.
    fine
        The finest areas in force.
    places
        None where the project has none; then there are no ways.
    data
        The folder of the files.

    Raises
    ------
    UserError
        A file is missing or wrong, a day lies outside the timetable, the network is of
        another place.
    """
    if places is None:
        return None
    rule = project.travel
    points = _points(rule, fine, data)
    feed = read_feed(inside(data, rule.transit.file)) if rule.transit else None
    if feed and rule.transit:
        feed.require_day(date.fromisoformat(rule.transit.service_day))
    matrix = None
    if rule.matrix:
        own = rule.matrix
        spec = MatrixSpec(own.file, own.format, own.mode, own.profile)
        matrix = read_matrix(spec, data, fine, places)
    networks = _networks(rule, points, places, data)
    reports, snapped = _snapped(rule, fine, places, points, networks, feed)
    notes = [*points.notes, *(matrix.notes if matrix else ()), *snapped, *_of_feed(rule, feed)]
    return Ways(points, networks, feed, matrix, tuple(reports), tuple(notes))


def _points(rule: TravelRule, fine: gpd.GeoDataFrame, data: Path) -> AreaPoints:
    crs = str(fine.crs)
    homes = lived_in = None
    if rule.homes:
        own = rule.homes
        spec = HomesSpec(own.file, own.x, own.y, own.weight, own.crs, own.layer, own.format)
        homes = read_homes(spec, data, crs)
    if rule.inhabited:
        lived_in = read_lived_in(data / rule.inhabited.file, rule.inhabited.layer, crs)
    return area_points(fine, rule.points, homes, lived_in)


def _networks(
    rule: TravelRule, points: AreaPoints, places: gpd.GeoDataFrame, data: Path
) -> dict[str, WalkNetwork]:
    """The network of every profile; those that may use steps share one."""
    if rule.network is None:
        return {}
    spots = np.concatenate([points.xy, shapely.get_coordinates(places.geometry.to_numpy())])
    west, south = spots.min(axis=0)
    east, north = spots.max(axis=0)
    streets = read_streets(
        inside(data, rule.network.file), (west, south, east, north), str(places.crs)
    )
    found: dict[bool, WalkNetwork] = {}
    for profile in rule.speeds_kmh:
        rolling = profile in rule.without_steps
        if rolling not in found:
            found[rolling] = streets.network(without_steps=rolling)
    return {profile: found[profile in rule.without_steps] for profile in rule.speeds_kmh}


def _snapped(
    rule: TravelRule,
    fine: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    points: AreaPoints,
    networks: dict[str, WalkNetwork],
    feed: Feed | None,
) -> tuple[list[dict[str, Any]], list[str]]:
    """How far points, places and stops lie from each network, and what is not connected."""
    names = dict(zip(fine["area"], fine["name"] if "name" in fine else fine["area"], strict=True))
    own = np.repeat([str(names[a]) for a in points.areas], np.diff(points.starts))
    xy = shapely.get_coordinates(places.geometry.to_numpy())
    titles = (places["name"] if "name" in places else places["place"]).astype("str").tolist()
    groups = [(SPREAD, own.tolist(), points.xy), ("Orte", titles, xy)]
    if feed is not None:
        groups.append(("Haltestellen in der Stadt", *_inner_stops(feed, fine)))
    reports, lines = [], []
    for network in {id(n): n for n in networks.values()}.values():
        profiles = [p for p, n in networks.items() if n is network]
        rolling = profiles[0] in rule.without_steps
        suffix = " (Netz ohne Treppen)" if rolling else ""
        for what, labels, spots in groups:
            report = snap_report(what + suffix, labels, network.snap(spots))
            if what == SPREAD:
                refuse_other_town(report)
            reports.append({**asdict(report), "profiles": profiles})
            lines.append(report.line())
        lines.append(
            f"Wegenetz{suffix}: {number(round(network.metres.sum() / 1000))} km; "
            f"{number(round(network.left_out_m / 1000, 1), 1)} km Wege hängen nicht damit zusammen "
            "und bleiben weg."
        )
    return reports, lines


def _inner_stops(feed: Feed, fine: gpd.GeoDataFrame) -> tuple[list[str], np.ndarray[Any, Any]]:
    """Names and coordinates of the stops within the bounds of the city."""
    xy = stop_points(feed, str(fine.crs))
    west, south, east, north = fine.total_bounds
    inside = (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
    names = feed.stops["stop_name"].to_numpy()[inside]
    return [str(n) for n in names], xy[inside]


def _of_feed(rule: TravelRule, feed: Feed | None) -> list[str]:
    """What a reader must know of the timetable."""
    if feed is None or rule.transit is None:
        return []
    lines = [
        f"Der Fahrplan {feed.name} gilt vom {day(feed.first.isoformat())} bis "
        f"{day(feed.last.isoformat())}; gerechnet ist der {day(rule.transit.service_day)}."
    ]
    rolling = [p for p in rule.speeds_kmh if p in rule.without_steps]
    if rolling and not feed.names_wheelchairs():
        lines.append(
            "Der Fahrplan sagt nicht, wo ein Rollstuhl einsteigen kann; angenommen ist: überall "
            f"({', '.join(rolling)})."
        )
    return lines


def minutes(
    project: Project, fine: gpd.GeoDataFrame, places: gpd.GeoDataFrame, ways: Ways
) -> pd.DataFrame:
    """Minutes of all modes; what was delivered stands instead of what would be computed."""
    rule = project.travel
    tables = []
    on_foot = _walking(rule, ways.delivered(WALK))
    if on_foot.speeds_kmh:
        if ways.networks:
            tables.append(network_minutes(fine, places, ways.networks, on_foot, ways.points))
        else:
            tables.append(walking_minutes(fine, places, on_foot, ways.points))
    by_ride = _walking(rule, ways.delivered(TRANSIT))
    if ways.feed and by_ride.speeds_kmh:
        walks = _walks(rule, ways)
        how = transit_rule(rule)
        tables.append(transit_minutes(fine, places, ways.feed, walks, how, by_ride, ways.points))
    if ways.matrix:
        tables.append(ways.matrix.table)
    if len(tables) == 1:
        return tables[0]
    order = ["area", "place", "mode", "profile"]
    return pd.concat(tables, ignore_index=True).sort_values(order, ignore_index=True)


def _walking(rule: TravelRule, delivered: frozenset[str]) -> WalkingRule:
    speeds = {p: v for p, v in rule.speeds_kmh.items() if p not in delivered}
    return WalkingRule(rule.detour, speeds, rule.points, rule.max_minutes)


def _walks(rule: TravelRule, ways: Ways) -> dict[str, Walk]:
    if ways.networks:
        return {p: NetworkWalk(network) for p, network in ways.networks.items()}
    return {p: StraightWalk(rule.detour) for p in rule.speeds_kmh}


def transit_rule(rule: TravelRule) -> TransitRule:
    """How public transport is used, from the project's words."""
    own = rule.transit
    if own is None:
        raise ValueError("the project names no timetable")
    return TransitRule(
        day=date.fromisoformat(own.service_day),
        departures=own.departures,
        access_minutes=own.access_minutes,
        transfer_minutes=own.transfer_minutes,
        change_minutes=own.change_minutes,
        max_rides=own.max_rides,
        wheelchair=rule.without_steps,
    )


def travel_info(rule: TravelRule, ways: Ways | None) -> TravelInfo | None:
    """What the manifest says of the ways."""
    if ways is None:
        return None
    found = []
    if own := tuple(_walking(rule, ways.delivered(WALK)).speeds_kmh):
        found.append(WayInfo(WALK, "network" if ways.networks else "straight", own))
    if ways.feed and (own := tuple(_walking(rule, ways.delivered(TRANSIT)).speeds_kmh)):
        found.append(WayInfo(TRANSIT, "timetable", own))
    pairs = ways.matrix.pairs() if ways.matrix else frozenset()
    for mode in sorted({m for m, _ in pairs}):
        profiles = tuple(sorted(p for m, p in pairs if m == mode))
        found.append(WayInfo(mode, "delivered", profiles))
    morning = None
    if asked := rule.transit:
        morning = MorningInfo(asked.service_day, asked.first, asked.last, asked.every_minutes)
    return TravelInfo(
        rule.detour, rule.detour_low, rule.detour_high, rule.speeds_kmh,
        tuple(found), morning, rule.homes is not None, rule.max_minutes,
    )  # fmt: skip
