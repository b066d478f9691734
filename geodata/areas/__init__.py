"""Planning areas: levels, keys, hierarchy, vintage; validated once, at the border."""

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
    "CityArea",
    "GeometrySource",
    "HierarchySource",
    "key_pattern_problem",
    "read_areas",
    "survey_areas",
]
