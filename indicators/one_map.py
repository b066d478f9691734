"""The areas and values of one map: one level, one vintage, one reporting date."""

from geopandas import GeoDataFrame
from pandas import DataFrame

from geodata.errors import KeyJoinError, Problem


def areas_on(areas: GeoDataFrame, level: str, vintage: str) -> GeoDataFrame:
    """The areas of one level and vintage, by their keys."""
    there = areas.loc[(areas["level"] == level) & (areas["vintage"] == vintage)]
    return there.sort_values("area").reset_index(drop=True)


def values_on(values: DataFrame, level: str, period: str, vintage: str) -> DataFrame:
    """The values of all persons on one map, from the table ``values``."""
    return values.loc[
        (values["level"] == level)
        & (values["vintage"] == vintage)
        & (values["period"] == period)
        & (values["group"] == "total")
    ]


def require_places(rows: DataFrame, areas: GeoDataFrame, indicator: str) -> None:
    """Refuse values of one indicator that do not fit the areas of their map.

    Raises
    ------
    KeyJoinError
        A value belongs to an area that is not on the map, or an area has two.
    """
    strange = sorted(set(rows["area"]) - set(areas["area"]))
    problems = [Problem(f"{indicator}, Gebiet {key}", "nicht auf der Karte") for key in strange]
    twice = sorted(set(rows.loc[rows["area"].duplicated(), "area"]))
    problems += [Problem(f"{indicator}, Gebiet {key}", "mehr als ein Wert") for key in twice]
    if problems:
        raise KeyJoinError(f"{len(problems)} Gebiete passen nicht zu ihren Werten.", problems)
