"""All areas of a city: every layer read, every level fitted to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geodata.areas.layer import Cache, ReadLayer, read_layer
from geodata.areas.levels import (
    check_levels,
    grouping,
    in_parents,
    lift_inhabited,
    links_of,
    parent_names,
    whole_city,
)
from geodata.areas.spec import CityArea, GeometrySource, HierarchySource
from geodata.errors import ErrorPool, GeometryError, ProblemCollector
from geodata.model import Level
from geodata.shapes import AreasReport, Finding, shifted_layers

AREA_COLUMNS = ["vintage", "level", "area", "name", "parent", "inhabited", "geometry"]
LINK_COLUMNS = ["hierarchy", "vintage", "child_level", "child", "parent_level", "parent"]
MAIN = "raum"
"""Key of the main hierarchy."""


@dataclass(frozen=True)
class AreasSurvey:
    """Tables ``areas`` and ``hierarchies`` of an edition, and what reading them did."""

    areas: gpd.GeoDataFrame
    links: pd.DataFrame
    report: AreasReport


def read_areas(
    geometries: Sequence[GeometrySource],
    hierarchies: Sequence[HierarchySource],
    levels: Sequence[Level],
    city: CityArea,
    crs: str,
    folder: Path,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read all areas of a city: `survey_areas` without its report."""
    found = survey_areas(geometries, hierarchies, levels, city, crs, folder)
    return found.areas, found.links


def survey_areas(
    geometries: Sequence[GeometrySource],
    hierarchies: Sequence[HierarchySource],
    levels: Sequence[Level],
    city: CityArea,
    crs: str,
    folder: Path,
) -> AreasSurvey:
    """Read all areas of a city and report what was mended or noticed.

    Parameters
    ----------
    geometries
        One layer per level and vintage; the coarsest level is made by union.
    hierarchies
        Second groupings.
    levels
        The main hierarchy's levels, finest first, the whole city last.
    city
        Key and name of the whole city.
    crs
        The city's CRS; metres are assumed.
    folder
        Where the files lie.

    Raises
    ------
    GeometryError, KeyJoinError, FileMissingError, TableError, ServiceError
        With every layer's, key's and outline's fault; where faults are of several kinds,
        of the kind of the first.
    """
    read = _read_layers(geometries, crs, folder)
    main = [level.key for level in levels if level.hierarchy == MAIN]
    frames: list[gpd.GeoDataFrame] = []
    links: list[pd.DataFrame] = []
    between: list[tuple[str, str, Finding]] = []
    pool = ErrorPool()
    for vintage in dict.fromkeys(g.vintage for g in geometries):
        own = {g.level: read[g.level, vintage] for g in geometries if g.vintage == vintage}
        with pool.catch():
            more, joined, noticed = _one_vintage(own, hierarchies, main, city, crs, folder, vintage)
            frames += more
            links += joined
            between += [(level, vintage, finding) for level, finding in noticed]
    pool.raise_if_any("Die Räume passen nicht zusammen.")
    areas = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=crs)
    report = AreasReport(tuple(layer.report for layer in read.values()), tuple(between))
    return AreasSurvey(
        areas[AREA_COLUMNS], pd.concat(links, ignore_index=True)[LINK_COLUMNS], report
    )


def _read_layers(
    geometries: Sequence[GeometrySource], crs: str, folder: Path
) -> dict[tuple[str, str], ReadLayer]:
    """Every layer by level and vintage; the faults of all layers at once."""
    pool, cache, read = ErrorPool(), Cache(), {}
    for source in geometries:
        with pool.catch():
            read[source.level, source.vintage] = read_layer(source, crs, folder, cache)
    pool.raise_if_any("Die Umrisse sind fehlerhaft.")
    return read


def _one_vintage(
    read: dict[str, ReadLayer],
    hierarchies: Sequence[HierarchySource],
    main: list[str],
    city: CityArea,
    crs: str,
    folder: Path,
    vintage: str,
) -> tuple[list[gpd.GeoDataFrame], list[pd.DataFrame], list[tuple[str, Finding]]]:
    present = [key for key in main[:-1] if key in read]
    _check_places([read[key] for key in present], crs)
    layers = {key: read[key].frame for key in present}
    top = layers[present[-1]]
    layers[present[-1]] = top.assign(parent=city.key)
    layers[main[-1]] = whole_city(top, city, crs)
    order = [*present, main[-1]]
    noticed: list[tuple[str, Finding]] = []
    for child, parent in pairwise(present):
        if read[child].in_space:
            layers[child], placed = in_parents(layers[child], layers[parent], parent)
            noticed.append((child, placed))
    noticed += check_levels(layers, order, vintage) + parent_names(layers, order)
    lift_inhabited(layers, order)
    links = [links_of(MAIN, c, p, layers[c], "parent") for c, p in pairwise(order)]
    frames: list[gpd.GeoDataFrame] = []
    for hierarchy in (h for h in hierarchies if h.vintage == vintage):
        frame, own = grouping(hierarchy, layers[hierarchy.child_level], city, main[-1], folder)
        frames.append(frame.assign(level=hierarchy.level, vintage=vintage))
        links += own
    frames += [f.assign(level=k, vintage=vintage) for k, f in layers.items()]
    return frames, [part.assign(vintage=vintage) for part in links], noticed


def _check_places(layers: list[ReadLayer], crs: str) -> None:
    found = ProblemCollector()
    shifted_layers([layer.place for layer in layers], crs, found)
    found.raise_if_any(GeometryError, "Die Ebenen liegen nicht übereinander.")
