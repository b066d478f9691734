"""Planning areas: levels, keys, hierarchy, vintage; validated once, at the border."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import geopandas as gpd
import pandas as pd
import pyogrio

from geodata.errors import FileMissingError, GeometryError, KeyJoinError, ProblemCollector
from geodata.files import TableFormat, existing, layers_of, read_table, require_columns, tidy
from geodata.model import Level, Source

AREA_COLUMNS = ["vintage", "level", "area", "name", "parent", "inhabited", "geometry"]
LINK_COLUMNS = ["hierarchy", "vintage", "child_level", "child", "parent_level", "parent"]
MAIN = "raum"
"""Key of the main hierarchy."""

_YES, _NO = {"j", "ja", "1", "true", "wahr"}, {"n", "nein", "0", "false", "falsch"}


@dataclass(frozen=True)
class GeometrySource:
    """A layer of outlines for one level and vintage.

    ``parent`` names the column with the parent's key; ``parent_prefix`` says instead that
    the first n characters of the key are the parent's key. ``key_pattern`` is a regular
    expression whose first group is the key within the column.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    level: str
    vintage: str
    file: str
    key: str
    name: str
    layer: str | None = None
    key_pattern: str | None = None
    parent: str | None = None
    parent_prefix: int | None = None
    inhabited: str | None = None
    source: Source | None = None


@dataclass(frozen=True)
class CityArea:
    """The one area of the coarsest level, made from all others."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    name: str


@dataclass(frozen=True)
class HierarchySource:
    """A second grouping of areas, from a table of child and parent keys."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    name: str
    vintage: str
    level: str
    child_level: str
    file: str
    child: str
    parent: str
    parent_name: str
    format: TableFormat = field(default_factory=TableFormat)
    source: Source | None = None


def read_areas(
    geometries: Sequence[GeometrySource],
    hierarchies: Sequence[HierarchySource],
    levels: Sequence[Level],
    city: CityArea,
    crs: str,
    folder: Path,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read all areas of a city.

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

    Returns
    -------
    areas, links
        Tables ``areas`` and ``hierarchies`` of an edition.

    Raises
    ------
    GeometryError, KeyJoinError
        With every layer's, key's and outline's fault.
    """
    main = [level.key for level in levels if level.hierarchy == MAIN]
    frames: list[gpd.GeoDataFrame] = []
    links: list[pd.DataFrame] = []
    for vintage in dict.fromkeys(g.vintage for g in geometries):
        sources = {g.level: g for g in geometries if g.vintage == vintage}
        present = [key for key in main[:-1] if key in sources]
        layers = {key: read_layer(sources[key], crs, folder) for key in present}
        top = layers[present[-1]]
        layers[present[-1]] = top.assign(parent=city.key)
        layers[main[-1]] = _whole_city(top, city, crs)
        order = [*present, main[-1]]
        _check_parents(layers, order, vintage)
        _lift_inhabited(layers, order)
        for child, parent in pairwise(order):
            links.append(_links(MAIN, child, parent, layers[child], "parent"))
        for hierarchy in (h for h in hierarchies if h.vintage == vintage):
            frame, own = _grouping(hierarchy, layers[hierarchy.child_level], city, main[-1], folder)
            frames.append(frame.assign(level=hierarchy.level, vintage=vintage))
            links += [part.assign(vintage=vintage) for part in own]
        frames += [f.assign(level=k, vintage=vintage) for k, f in layers.items()]
        links = [part if "vintage" in part else part.assign(vintage=vintage) for part in links]
    areas = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=crs)
    return areas[AREA_COLUMNS], pd.concat(links, ignore_index=True)[LINK_COLUMNS]


def read_layer(source: GeometrySource, crs: str, folder: Path) -> gpd.GeoDataFrame:
    """Read one layer into columns area, name, parent, inhabited, geometry.

    Raises
    ------
    GeometryError
        The file is unreadable, has no CRS, or outlines are missing or broken.
    KeyJoinError
        Keys are empty or stand twice.
    """
    path = existing(folder / source.file)
    frame = _read_geometry_file(path, source.layer)
    if frame.crs is None:
        raise GeometryError(f"{path.name} nennt kein Koordinatensystem.")
    wanted = [c for c in (source.key, source.name, source.parent, source.inhabited) if c]
    require_columns(path, pd.DataFrame(frame.drop(columns="geometry")), wanted)
    keys = frame[source.key].astype("str").str.strip()
    if source.key_pattern:
        keys = keys.str.extract(f"(?:{source.key_pattern})", expand=True)[0]
    out = gpd.GeoDataFrame(
        {"area": keys.astype("str"), "name": frame[source.name].astype("str").map(tidy)},
        geometry=frame.geometry.to_crs(crs),
    )
    out["parent"] = _parents(source, frame, out)
    out["inhabited"] = _inhabited(path, frame, source.inhabited)
    where = f"{path.name}, {source.level} {source.vintage}"
    _check_keys(out, where)
    _check_outlines(out, where)
    return out.sort_values("area", ignore_index=True)


def _read_geometry_file(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    try:
        if layer is not None and layer not in layers_of(path):
            raise FileMissingError(
                f"{path.name} hat die Ebene {layer!r} nicht; es gibt: {', '.join(layers_of(path))}."
            )
        return gpd.read_file(path, layer=layer) if layer else gpd.read_file(path)
    except pyogrio.errors.DataSourceError as error:
        raise GeometryError(f"{path.name} ist keine lesbare Geodatei: {error}.") from None


def _parents(source: GeometrySource, raw: gpd.GeoDataFrame, out: gpd.GeoDataFrame) -> pd.Series:
    parents = pd.Series([None] * len(out), index=out.index, dtype="str")
    if source.parent:
        parents = raw[source.parent].astype("str").str.strip()
    elif source.parent_prefix:
        parents = out["area"].str[: source.parent_prefix]
    return parents


def _inhabited(path: Path, frame: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    if column is None:
        return pd.Series(True, index=frame.index)
    words: pd.Series = frame[column].astype("str").str.strip().str.lower()
    found = ProblemCollector()
    for row, word in words[~words.isin(_YES | _NO)].items():
        found.add(f"{path.name}, Zeile {row}, {column}", f"gefunden {word!r}", "J oder N")
    found.raise_if_any(GeometryError, f"{path.name} sagt nicht eindeutig, was bewohnt ist.")
    return words.isin(_YES)


def _check_keys(frame: gpd.GeoDataFrame, where: str) -> None:
    found = ProblemCollector()
    empty = frame["area"].isin(["", "nan", "None", "<NA>"]) | frame["area"].isna()
    for name in frame.loc[empty, "name"]:
        found.add(f"{where}, {name}", "kein Schlüssel", "ein Schlüssel je Raum")
    twice = frame.loc[frame["area"].duplicated(keep=False) & ~empty]
    for key, group in twice.groupby("area"):
        found.add(
            f"{where}, {key}", f"steht {len(group)}-mal: {', '.join(group['name'])}", "einmal"
        )
    found.raise_if_any(KeyJoinError, f"Die Schlüssel der Räume sind nicht eindeutig ({where}).")


def _check_outlines(frame: gpd.GeoDataFrame, where: str) -> None:
    found = ProblemCollector()
    shape = frame.geometry
    missing = shape.isna() | shape.is_empty
    wrong = ~missing & ~shape.geom_type.isin(["Polygon", "MultiPolygon"])
    reasons = shape[~missing & ~wrong & ~shape.is_valid].is_valid_reason()
    for row in frame.index[missing]:
        found.add(f"{where}, {frame.at[row, 'area']}", "keine Geometrie", "eine Fläche")
    for row in frame.index[wrong]:
        found.add(f"{where}, {frame.at[row, 'area']}", str(shape[row].geom_type), "eine Fläche")
    for row, reason in reasons.items():
        found.add(f"{where}, {frame.at[row, 'area']}", f"ungültig: {reason}", "eine gültige Fläche")
    found.raise_if_any(GeometryError, f"Umrisse sind fehlerhaft ({where}).")


def _whole_city(finest: gpd.GeoDataFrame, city: CityArea, crs: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"area": [city.key], "name": [city.name], "parent": [None], "inhabited": [True]},
        geometry=[finest.geometry.union_all(method="unary")],
        crs=crs,
    ).astype({"parent": "str"})


def _check_parents(layers: dict[str, gpd.GeoDataFrame], order: list[str], vintage: str) -> None:
    """Every child has its parent, every parent a child, and the child lies in it."""
    found = ProblemCollector()
    for child, parent in pairwise(order):
        below, above = layers[child], layers[parent]
        unknown = below[~below["parent"].isin(above["area"])]
        for row in unknown.itertuples():
            found.add(
                f"{child} {row.area} {row.name}, Stand {vintage}",
                f"übergeordneter Schlüssel {row.parent!r}",
                f"ein Schlüssel der Ebene {parent}",
            )
        for row in above[~above["area"].isin(below["parent"])].itertuples():
            found.add(f"{parent} {row.area} {row.name}, Stand {vintage}", f"kein {child} darin")
        joined = below.merge(above[["area", "geometry"]], left_on="parent", right_on="area")
        inside = gpd.GeoSeries(joined["geometry_x"], crs=below.crs).representative_point()
        outside = ~inside.within(gpd.GeoSeries(joined["geometry_y"], crs=below.crs), align=False)
        for row in joined[outside.to_numpy()].itertuples():
            found.add(
                f"{child} {row.area_x} {row.name}, Stand {vintage}",
                f"liegt nicht in {parent} {row.parent}",
            )
    found.raise_if_any(KeyJoinError, "Die Ebenen der Räume passen nicht zusammen.")


def _lift_inhabited(layers: dict[str, gpd.GeoDataFrame], order: list[str]) -> None:
    """A coarser area is inhabited where any of its parts is."""
    for child, parent in pairwise(order):
        lived_in = layers[child].groupby("parent")["inhabited"].any()
        layers[parent] = layers[parent].assign(inhabited=layers[parent]["area"].map(lived_in))


def _links(
    hierarchy: str, child_level: str, parent_level: str, frame: pd.DataFrame, parent: str
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "hierarchy": hierarchy,
            "child_level": child_level,
            "child": frame["area"],
            "parent_level": parent_level,
            "parent": frame[parent],
        }
    )


def _grouping(
    source: HierarchySource,
    children: gpd.GeoDataFrame,
    city: CityArea,
    city_level: str,
    folder: Path,
) -> tuple[gpd.GeoDataFrame, list[pd.DataFrame]]:
    """Areas and links of a second grouping; every child belongs to exactly one parent."""
    path = folder / source.file
    table = read_table(path, source.format)
    require_columns(path, table, [source.child, source.parent, source.parent_name])
    table = table.rename(
        columns={source.child: "area", source.parent: "own", source.parent_name: "title"}
    )
    found = ProblemCollector()
    for key in sorted(set(table["area"]) - set(children["area"])):
        found.add(f"{path.name}, {source.child}", f"unbekannt {key!r}", "ein Schlüssel der Räume")
    for key in sorted(set(children["area"]) - set(table["area"])):
        found.add(f"{path.name}, {source.child}", f"{key!r} fehlt", "jeder Raum einmal")
    for key in sorted(table.loc[table["area"].duplicated(), "area"].unique()):
        found.add(f"{path.name}, {source.child}", f"{key!r} steht mehrfach", "jeder Raum einmal")
    found.raise_if_any(KeyJoinError, f"Die Zuordnung {source.name} passt nicht zu den Räumen.")
    joined = children.drop(columns="name").merge(table[["area", "own", "title"]], on="area")
    groups = joined.dissolve("own", aggfunc={"title": "first", "inhabited": "any"}).reset_index()
    areas = gpd.GeoDataFrame(
        {"area": groups["own"], "name": groups["title"], "inhabited": groups["inhabited"]},
        geometry=groups.geometry,
    )
    areas["parent"] = pd.Series([None] * len(areas), dtype="str")
    above = areas.assign(parent=city.key)
    links = [
        _links(source.key, source.child_level, source.level, joined, "own"),
        _links(source.key, source.level, city_level, above, "parent"),
    ]
    return areas, links


def key_pattern_problem(pattern: str) -> str | None:
    """Say what is wrong with a ``key_pattern``; None where it can be used."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return f"kein regulärer Ausdruck: {error}"
    return None if compiled.groups == 1 else "braucht genau eine Klammer ( … )"
