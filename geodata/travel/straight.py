"""Minutes on foot without a street network: straight line times a detour factor.

The way is estimated as the straight line times 1.3; measured medians lie between 1.2 and
1.5, larger for short ways.
"""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.travel.points import AreaPoints, area_points, inhabited_areas
from geodata.travel.table import (
    WALK,
    WalkingRule,
    check_crs,
    metres_per_minute,
    no_pairs,
    ordered_places,
    with_keys,
)  # fmt: skip


def walking_minutes(
    areas: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    rule: WalkingRule | None = None,
    points: AreaPoints | None = None,
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
    points
        From `area_points`; spread over the polygons where None.

    Returns
    -------
    DataFrame
        `TRAVEL_COLUMNS`; mean (``minutes``) and 90th percentile (``minutes_p90``) over the
        points, status ``estimated``; only rows up to ``max_minutes``, ordered by area,
        place and profile.
    """
    rule = rule or WalkingRule()
    check_crs(areas, places)
    lived, ordered = inhabited_areas(areas), ordered_places(places)
    points = points or area_points(lived, rule.points)
    fastest = max(rule.speeds_kmh.values(), default=1.0)
    reach_m = rule.max_minutes * metres_per_minute(fastest) / rule.detour
    parts = list(_distances(points, ordered, reach_m))
    near = pd.concat(parts, ignore_index=True) if parts else no_pairs("mean_m", "p90_m")
    rows = [_rows(near, profile, kmh, rule) for profile, kmh in sorted(rule.speeds_kmh.items())]
    return with_keys(pd.concat(rows, ignore_index=True), lived, ordered, WALK)


def _rows(near: pd.DataFrame, profile: str, kmh: float, rule: WalkingRule) -> pd.DataFrame:
    """Distances in metres as minutes of one profile, the long ways left out."""
    factor = rule.detour / metres_per_minute(kmh)
    table = near[["i", "j"]].assign(
        profile=profile, minutes=near["mean_m"] * factor, minutes_p90=near["p90_m"] * factor
    )
    return table[table["minutes"] <= rule.max_minutes]


def _distances(
    points: AreaPoints, places: gpd.GeoDataFrame, reach_m: float
) -> Iterator[pd.DataFrame]:
    """Mean and 90th percentile of the straight lines up to `reach_m`, an area a time."""
    x, y = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    for i, part in points.slices():
        own = points.xy[part]
        metres = np.hypot(own[:, :1] - x, own[:, 1:] - y)
        mean = points.mean(metres, part)
        j = np.flatnonzero(mean <= reach_m)
        p90 = points.p90(metres[:, j], part)
        yield pd.DataFrame({"i": i, "j": j, "mean_m": mean[j], "p90_m": p90})
