"""Minutes from areas to places, by mode and walking speed.

On foot by the straight line times a detour (`walking_minutes`) or on a network from an
OpenStreetMap file (`read_streets`, `network_minutes`); by public transport from a GTFS feed
(`read_feed`, `transit_minutes`, `journey_of` for one journey leg by leg); or a table the user
delivers (`read_matrix`). Areas are represented by several points (`area_points`).
"""

from geodata.travel.feed import Feed, read_feed
from geodata.travel.ground import Spots, TransitRule, ground_of
from geodata.travel.homes import HomesSpec, read_homes, read_lived_in
from geodata.travel.journeys import Journey, Leg, journey_of, told
from geodata.travel.matrix import Matrix, MatrixSpec, read_matrix
from geodata.travel.network import WalkNetwork, build_network, distances
from geodata.travel.points import AreaPoints, area_points, spread_points  # fmt: skip
from geodata.travel.straight import walking_minutes
from geodata.travel.streets import Streets, read_streets
from geodata.travel.table import TRANSIT, TRAVEL_COLUMNS, WALK, WalkingRule
from geodata.travel.timetable import Timetable, timetable_of
from geodata.travel.transit import point_minutes, stop_points, transit_minutes
from geodata.travel.walk import (
    NetworkWalk,
    SnapReport,
    StraightWalk,
    Walk,
    network_minutes,
    refuse_other_town,
    snap_report,
)  # fmt: skip

__all__ = [
    "TRANSIT",
    "TRAVEL_COLUMNS",
    "WALK",
    "AreaPoints",
    "Feed",
    "HomesSpec",
    "Journey",
    "Leg",
    "Matrix",
    "MatrixSpec",
    "NetworkWalk",
    "SnapReport",
    "Spots",
    "StraightWalk",
    "Streets",
    "Timetable",
    "TransitRule",
    "Walk",
    "WalkNetwork",
    "WalkingRule",
    "area_points",
    "build_network",
    "distances",
    "ground_of",
    "journey_of",
    "network_minutes",
    "point_minutes",
    "read_feed",
    "read_homes",
    "read_lived_in",
    "read_matrix",
    "read_streets",
    "refuse_other_town",
    "snap_report",
    "spread_points",
    "stop_points",
    "timetable_of",
    "told",
    "transit_minutes",
    "walking_minutes",
]
