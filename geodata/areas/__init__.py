"""Planning areas: levels, keys, hierarchy, vintage; validated once, at the border."""

from geodata.areas.layer import Cache, ReadLayer, read_layer
from geodata.areas.spec import CityArea, GeometrySource, HierarchySource, key_pattern_problem
from geodata.areas.survey import (
    AREA_COLUMNS,
    LINK_COLUMNS,
    MAIN,
    AreasSurvey,
    read_areas,
    survey_areas,
)

__all__ = [
    "AREA_COLUMNS",
    "LINK_COLUMNS",
    "MAIN",
    "AreasSurvey",
    "Cache",
    "CityArea",
    "GeometrySource",
    "HierarchySource",
    "ReadLayer",
    "key_pattern_problem",
    "read_areas",
    "read_layer",
    "survey_areas",
]
