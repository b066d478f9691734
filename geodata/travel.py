"""Minutes from areas to places, on foot: straight line times a detour factor.

Without a street network the way is estimated as the straight line times 1.3; measured
medians lie between 1.2 and 1.5, larger for short ways. A geometric centroid flatters and
distorts, therefore the minutes are averaged over several points spread over the area.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TRAVEL_COLUMNS = (
    *("area", "level", "vintage", "place", "mode", "profile"),
    *("minutes", "minutes_p90", "status"),
)
METRES_PER_KM, MINUTES_PER_HOUR = 1000.0, 60.0
_CELLS_AT_ONCE = 8_000_000
# Additive recurrence with the plastic number: the most even simple sequence in the plane.
_PLASTIC = 1.324717957244746
_STEP = np.array([1 / _PLASTIC, 1 / _PLASTIC**2])
_TRIES = 10_000


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


def walking_minutes(
    areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame, rule: WalkingRule | None = None
) -> pd.DataFrame:
    """Estimate the minutes on foot from every inhabited area to every place near it.

    Parameters
    ----------
    areas
        Areas of one level and vintage: ``area``, ``level``, ``vintage``, ``inhabited``,
        ``geometry`` in a CRS in metres.
    places
        ``place`` and ``geometry`` (points) in the same CRS.
    rule
        Detour, speeds, points; the default where None.

    Returns
    -------
    DataFrame
        `TRAVEL_COLUMNS`; mean (``minutes``) and 90th percentile (``minutes_p90``) over the
        points, status ``estimated``; only rows up to ``max_minutes``, ordered by area,
        place and profile.
    """
    rule = rule or WalkingRule()
    if areas.crs != places.crs or not areas.crs.is_projected:
        raise ValueError("areas and places need one common CRS in metres")
    lived = areas[areas["inhabited"].astype("bool")].sort_values("area", ignore_index=True)
    ordered = places.sort_values("place", ignore_index=True)
    fastest = max(rule.speeds_kmh.values(), default=1.0)
    reach_m = rule.max_minutes * _metres_per_minute(fastest) / rule.detour
    parts = list(_distances(lived, ordered, rule.points, reach_m))
    near = pd.concat(parts, ignore_index=True) if parts else _no_distances()
    rows = [_rows(near, profile, kmh, rule) for profile, kmh in sorted(rule.speeds_kmh.items())]
    table = pd.concat(rows, ignore_index=True)
    keys = {"area": lived["area"], "level": lived["level"], "vintage": lived["vintage"]}
    for name, values in keys.items():
        table[name] = values.to_numpy()[table["i"].to_numpy()]
    table["place"] = ordered["place"].to_numpy()[table["j"].to_numpy()]
    table = table.assign(mode="walk", status="estimated")
    text = ["area", "level", "vintage", "place", "mode", "profile", "status"]
    table[text] = table[text].astype("str")
    ordered_rows = table.sort_values(["area", "place", "profile"], ignore_index=True)
    return ordered_rows[list(TRAVEL_COLUMNS)]


def _metres_per_minute(kmh: float) -> float:
    return kmh * METRES_PER_KM / MINUTES_PER_HOUR


def _rows(near: pd.DataFrame, profile: str, kmh: float, rule: WalkingRule) -> pd.DataFrame:
    """Distances in metres as minutes of one profile, the long ways left out."""
    factor = rule.detour / _metres_per_minute(kmh)
    table = near[["i", "j"]].assign(
        profile=profile, minutes=near["mean_m"] * factor, minutes_p90=near["p90_m"] * factor
    )
    return table[table["minutes"] <= rule.max_minutes]


def _distances(
    areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame, n: int, reach_m: float
) -> Iterator[pd.DataFrame]:
    """Mean and 90th percentile of the straight lines up to `reach_m`, a block of areas a time."""
    x, y = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    block = max(1, _CELLS_AT_ONCE // max(1, n * len(places)))
    for start in range(0, len(areas), block):
        some = areas.geometry.iloc[start : start + block]
        points = np.stack([spread_points(polygon, n) for polygon in some])
        metres = np.hypot(points[:, :, :1] - x, points[:, :, 1:] - y)
        mean = metres.mean(axis=1)
        p90 = np.quantile(metres, 0.9, axis=1)
        i, j = np.nonzero(mean <= reach_m)
        yield pd.DataFrame({"i": i + start, "j": j, "mean_m": mean[i, j], "p90_m": p90[i, j]})


def _no_distances() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "i": np.array([], dtype=int),
            "j": np.array([], dtype=int),
            "mean_m": np.array([]),
            "p90_m": np.array([]),
        }
    )


def spread_points(polygon: shapely.Geometry, n: int) -> Floats:
    """Spread `n` points evenly over a polygon, always the same ones.

    Returns
    -------
    array, shape (n, 2)
        A low-discrepancy sequence over the bounding box, of which the points inside are
        taken; a sliver too thin to be hit is represented by its inner point.
    """
    low = np.array(polygon.bounds[:2])
    size = np.array(polygon.bounds[2:]) - low
    shapely.prepare(polygon)
    tries = 4 * n
    while tries <= _TRIES * n:
        unit = (0.5 + np.arange(1, tries + 1)[:, None] * _STEP) % 1.0
        candidates = low + unit * size
        inside: Floats = candidates[shapely.contains_xy(polygon, candidates)]
        if len(inside) >= n:
            return inside[:n]
        tries *= 8
    point = shapely.point_on_surface(polygon)
    return np.tile([point.x, point.y], (n, 1))
