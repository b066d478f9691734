"""Minutes on foot on a network of ways, and what snapping to it did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.errors import GeometryError
from geodata.travel.network import Snapped, WalkNetwork, distances
from geodata.travel.points import AreaPoints, area_points, inhabited_areas
from geodata.travel.table import (
    SEARCH_FACTOR,
    WALK,
    WalkingRule,
    check_crs,
    metres_per_minute,
    no_pairs,
    ordered_places,
    with_keys,
)  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FAR_M = 250.0
"""Points farther from any way are reported by name."""
_CELLS_AT_ONCE = 8_000_000


class Walk(Protocol):
    """How far it is on foot between points."""

    def metres(
        self, sources: Floats, targets: Floats, limit_m: float
    ) -> Iterator[tuple[slice, Floats]]:
        """Ways from a block of sources, shape (targets, sources of the block)."""
        ...


@dataclass(frozen=True)
class StraightWalk:
    """Straight line times a detour factor: where there is no network."""

    detour: float = 1.3

    def metres(
        self, sources: Floats, targets: Floats, limit_m: float
    ) -> Iterator[tuple[slice, Floats]]:
        """Ways from a block of sources, shape (targets, sources of the block)."""
        block = max(1, _CELLS_AT_ONCE // max(1, len(targets)))
        for start in range(0, len(sources), block):
            part = slice(start, min(start + block, len(sources)))
            way = targets[:, None, :] - sources[None, part, :]
            metres = np.hypot(way[..., 0], way[..., 1]) * self.detour
            metres[metres > limit_m] = np.inf
            yield part, metres


@dataclass(frozen=True)
class NetworkWalk:
    """Shortest ways on a network, with straight access lines."""

    network: WalkNetwork

    def metres(
        self, sources: Floats, targets: Floats, limit_m: float
    ) -> Iterator[tuple[slice, Floats]]:
        """Ways from a block of sources, shape (targets, sources of the block)."""
        if len(sources) and len(targets):
            yield from distances(
                self.network, self.network.snap(sources), self.network.snap(targets), limit_m
            )


def network_minutes(
    areas: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    networks: Mapping[str, WalkNetwork],
    rule: WalkingRule | None = None,
    points: AreaPoints | None = None,
) -> pd.DataFrame:
    """Compute the minutes on foot from every inhabited area to every place on a network.

    Parameters
    ----------
    areas, places
        As for `walking_minutes`.
    networks
        The network of every profile; profiles may share one.
    rule
        Speeds, points, longest way; the default where None.
    points
        From `area_points`; spread over the polygons where None.

    Returns
    -------
    DataFrame
        As `walking_minutes` has it. A pair of which a single point needs more than
        `SEARCH_FACTOR` times ``max_minutes`` is left out too.
    """
    rule = rule or WalkingRule()
    check_crs(areas, places)
    lived, ordered = inhabited_areas(areas), ordered_places(places)
    points = points or area_points(lived, rule.points)
    to = shapely.get_coordinates(ordered.geometry.to_numpy())
    rows = [no_pairs("minutes", "minutes_p90").assign(profile="")]
    for network in {id(networks[p]): networks[p] for p in rule.speeds_kmh}.values():
        speeds = {p: v for p, v in rule.speeds_kmh.items() if networks[p] is network}
        limit = SEARCH_FACTOR * rule.max_minutes * metres_per_minute(max(speeds.values()))
        for part, metres in NetworkWalk(network).metres(to, points.xy, limit):
            near = summary(points, metres, part.start)
            rows += [_minutes(near, profile, kmh, rule) for profile, kmh in speeds.items()]
    return with_keys(pd.concat(rows, ignore_index=True), lived, ordered, WALK)


def summary(points: AreaPoints, values: Floats, first: int) -> pd.DataFrame:
    """Mean and 90th percentile over the points of every area, the finite ones.

    Parameters
    ----------
    points
        The rows of `values`.
    values
        Shape (n, places of a block).
    first
        Number of the block's first place.
    """
    found = [no_pairs("mean", "p90")]
    for i, part in points.slices():
        own = values[part]
        j = np.flatnonzero(np.isfinite(own).all(axis=0))
        mean, p90 = points.mean(own[:, j], part), points.p90(own[:, j], part)
        found.append(pd.DataFrame({"i": i, "j": j + first, "mean": mean, "p90": p90}))
    return pd.concat(found, ignore_index=True)


def _minutes(near: pd.DataFrame, profile: str, kmh: float, rule: WalkingRule) -> pd.DataFrame:
    speed = metres_per_minute(kmh)
    minutes, p90 = near["mean"] / speed, near["p90"] / speed
    table = near[["i", "j"]].assign(profile=profile, minutes=minutes, minutes_p90=p90)
    return table[table["minutes"] <= rule.max_minutes]


@dataclass(frozen=True)
class SnapReport:
    """How far points lie from the network.

    Parameters
    ----------
    what
        German word for the points.
    count
        Points snapped.
    median_m, longest_m
        Straight access lines.
    far
        Name and metres of those farther than `FAR_M`; of the points of an area the farthest.
    far_count
        Number of such points.
    """

    what: str
    count: int
    median_m: float
    longest_m: float
    far: tuple[tuple[str, float], ...] = ()
    far_count: int = 0

    def line(self) -> str:
        """Return the report as German sentences."""
        said = (
            f"{self.what}: {_whole(self.count)} an das Wegenetz angeschlossen, im Mittel "
            f"{_whole(self.median_m)} m, höchstens {_whole(self.longest_m)} m vom nächsten Weg."
        )
        if not self.far:
            return said
        names = ", ".join(f"{name} ({_whole(metres)} m)" for name, metres in self.far)
        return f"{said} Weiter als {_whole(FAR_M)} m ({_whole(self.far_count)} Punkte): {names}."


def _whole(value: float) -> str:
    return f"{round(value):,}".replace(",", ".")


def snap_report(what: str, names: Sequence[str], snapped: Snapped) -> SnapReport:
    """Say how far points lie from the network, and which lie far.

    Parameters
    ----------
    what
        German word for the points.
    names
        One per point; points of one area share its name.
    snapped
        From `WalkNetwork.snap`.
    """
    metres = snapped.access_m
    if not len(metres):
        return SnapReport(what, 0, 0.0, 0.0)
    beyond = metres > FAR_M
    far: dict[str, float] = {}
    for name, way in zip(np.asarray(names)[beyond], metres[beyond], strict=True):
        far[str(name)] = max(far.get(str(name), 0.0), float(way))
    listed = tuple(sorted(far.items(), key=lambda item: (-item[1], item[0])))
    median, longest = float(np.median(metres)), float(metres.max())
    return SnapReport(what, len(metres), median, longest, listed, int(beyond.sum()))


def refuse_other_town(report: SnapReport) -> None:
    """Refuse a network that lies somewhere else than the points of the areas.

    Raises
    ------
    GeometryError
        More than half of the points lie far from any way.
    """
    if 2 * report.far_count > report.count:
        raise GeometryError(
            f"{report.what}: {_whole(report.far_count)} von {_whole(report.count)} liegen mehr als "
            f"{_whole(FAR_M)} m von jedem Weg; das Wegenetz deckt die Stadt nicht ab."
        )
