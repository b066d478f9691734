"""Rooms and services: owner, opening windows, barrier-free, capacity, existing hours.

A list as an office or a map delivers it becomes the tables ``places``, ``windows`` and
``sessions``. Places outside the city are left out by name; a place that is listed twice is
kept once, and both facts are reported.
"""

from geodata.places.duplicates import FAR_M, SAME_DOOR_M, SAME_PLACE_M, Doubt, merge_duplicates
from geodata.places.lists import JoinedPlaces, join_places
from geodata.places.opening import read_hours
from geodata.places.reading import containing_area, read_places
from geodata.places.spec import (
    PLACE_COLUMNS,
    UNNAMED,
    AssumedOwner,
    PlacesReport,
    PlacesResult,
    PlacesSpec,
)
from geodata.places.times import SESSION_COLUMNS, TEAM_COLUMNS, WINDOW_COLUMNS
from geodata.tags import OsmRule

__all__ = [
    "FAR_M",
    "PLACE_COLUMNS",
    "SAME_DOOR_M",
    "SAME_PLACE_M",
    "SESSION_COLUMNS",
    "TEAM_COLUMNS",
    "UNNAMED",
    "WINDOW_COLUMNS",
    "AssumedOwner",
    "Doubt",
    "JoinedPlaces",
    "OsmRule",
    "PlacesReport",
    "PlacesResult",
    "PlacesSpec",
    "containing_area",
    "join_places",
    "merge_duplicates",
    "read_hours",
    "read_places",
]
