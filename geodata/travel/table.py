"""The table of minutes: what its columns are, and how rows get their keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

TRAVEL_COLUMNS = (
    *("area", "level", "vintage", "place", "mode", "profile"),
    *("minutes", "minutes_p90", "status"),
)
METRES_PER_KM, MINUTES_PER_HOUR = 1000.0, 60.0
WALK, TRANSIT = "walk", "transit"
SEARCH_FACTOR = 1.5
"""A pair of which a single point needs more than this many times ``max_minutes`` is not stored."""


@dataclass(frozen=True)
class WalkingRule:
    """How minutes on foot are estimated.

    Parameters
    ----------
    detour
        Way on foot per straight line.
    speeds_kmh
        Walking speed by profile, in km/h.
    points
        Points per area over which the minutes are averaged.
    max_minutes
        Longer ways are not stored.
    """

    detour: float = 1.3
    speeds_kmh: Mapping[str, float] = field(
        default_factory=lambda: {"standard": 4.5, "senioren": 3.0, "rollstuhl": 2.5}
    )
    points: int = 20
    max_minutes: float = 90.0


def metres_per_minute(kmh: float) -> float:
    """A speed in km/h as metres per minute."""
    return kmh * METRES_PER_KM / MINUTES_PER_HOUR


def check_crs(areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> None:
    """Minutes are computed from metres: both tables need one projected CRS."""
    if areas.crs != places.crs or not areas.crs.is_projected:
        raise ValueError("areas and places need one common CRS in metres")


def ordered_places(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The places in the order of their keys."""
    return places.sort_values("place", ignore_index=True)


def with_keys(
    rows: pd.DataFrame, lived: gpd.GeoDataFrame, ordered: gpd.GeoDataFrame, mode: str
) -> pd.DataFrame:
    """Rows with numbers of areas (``i``) and places (``j``) as the table of minutes.

    Parameters
    ----------
    rows
        ``i``, ``j``, ``profile``, ``minutes``, ``minutes_p90``.
    lived, ordered
        The areas and places counted by ``i`` and ``j``.
    mode
        `WALK` or `TRANSIT`.
    """
    table = rows.copy()
    keys = {"area": lived["area"], "level": lived["level"], "vintage": lived["vintage"]}
    for name, values in keys.items():
        table[name] = values.to_numpy()[table["i"].to_numpy()]
    table["place"] = ordered["place"].to_numpy()[table["j"].to_numpy()]
    return tidy_table(table.assign(mode=mode, status="estimated"))


def tidy_table(table: pd.DataFrame) -> pd.DataFrame:
    """Columns, types and order of the table of minutes."""
    text = ["area", "level", "vintage", "place", "mode", "profile", "status"]
    table[text] = table[text].astype("str")
    ordered_rows = table.sort_values(["area", "place", "profile"], ignore_index=True)
    return ordered_rows[list(TRAVEL_COLUMNS)]


def no_pairs(*columns: str) -> pd.DataFrame:
    """Return a table of pairs without a row."""
    empty = {"i": np.array([], dtype=int), "j": np.array([], dtype=int)}
    return pd.DataFrame({**empty, **{name: np.array([]) for name in columns}})
