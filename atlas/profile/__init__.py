"""What the pages and briefings say, as data: one area, the whole city, one indicator over time."""

from atlas.profile.area import IndexClass, Profile, index_classes, profile
from atlas.profile.carried import Break
from atlas.profile.changes import AreaChanges, CountChange
from atlas.profile.development import (
    Development,
    DevelopmentList,
    development_reasons,
    negative_developments,
    series_sentence,
)
from atlas.profile.figures import Cell, Figure, Hotspot, Trend, direction, figures, periods
from atlas.profile.nearby import NearbyPlace, NearbySession, places_near, sessions_near
from atlas.profile.overview import HiddenCells, Middle, Overview, overview
from atlas.profile.series import Point, Series, series
from atlas.profile.sheets import AreaRef, Sheet, areas_of, current_vintage, sheet
from atlas.profile.where import AreaFigure, Cluster, Highest, Negative, Regions

__all__ = [
    "AreaChanges",
    "AreaFigure",
    "AreaRef",
    "Break",
    "Cell",
    "Cluster",
    "CountChange",
    "Development",
    "DevelopmentList",
    "Figure",
    "HiddenCells",
    "Highest",
    "Hotspot",
    "IndexClass",
    "Middle",
    "NearbyPlace",
    "NearbySession",
    "Negative",
    "Overview",
    "Point",
    "Profile",
    "Regions",
    "Series",
    "Sheet",
    "Trend",
    "areas_of",
    "current_vintage",
    "development_reasons",
    "direction",
    "figures",
    "index_classes",
    "negative_developments",
    "overview",
    "periods",
    "places_near",
    "profile",
    "series",
    "series_sentence",
    "sessions_near",
    "sheet",
]
