"""Levels against each other: parents by key and in space, the city, second groupings."""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.areas.spec import CityArea, HierarchySource
from geodata.errors import KeyJoinError, ProblemCollector
from geodata.files import inside, read_table, require_columns
from geodata.shapes.report import Finding, square_metres

_TELLING_SHARE = 0.01
"""What of an area lies beyond its parent is told from this share on."""


def whole_city(finest: gpd.GeoDataFrame, city: CityArea, crs: str) -> gpd.GeoDataFrame:
    """Make the one area of the coarsest level by union of all others."""
    return gpd.GeoDataFrame(
        {"area": [city.key], "name": [city.name], "parent": [None], "inhabited": [True]},
        geometry=[finest.geometry.union_all(method="unary")],
        crs=crs,
    ).astype({"parent": "str"})


def in_parents(
    below: gpd.GeoDataFrame, above: gpd.GeoDataFrame, parent: str
) -> tuple[gpd.GeoDataFrame, Finding]:
    """Areas with the key of the one above that covers most of each, and how many that are.

    Of two that cover the same, the smaller key; an area that none covers has no parent. That
    most is at least half of it, `check_levels` sees to.
    """
    coarse = above.sort_values("area", ignore_index=True)
    outlines, tops = below.geometry.to_numpy(), coarse.geometry.to_numpy()
    child, top = shapely.STRtree(tops).query(outlines, predicate="intersects")
    shared = shapely.area(shapely.intersection(outlines[child], tops[top]))
    pairs = pd.DataFrame({"child": child, "top": top, "shared": shared})
    best = pairs.sort_values(["shared", "top"], ascending=[False, True]).drop_duplicates("child")
    keys = pd.Series(coarse["area"].to_numpy()[best["top"]], index=best["child"], dtype="str")
    found = keys.reindex(range(len(below))).fillna("").to_numpy()
    text = f"{len(below)} Gebiete nach ihrer Lage einem Gebiet der Ebene {parent} zugeordnet"
    return below.assign(parent=pd.array(found, dtype="str")), Finding("parent", (), text)


def check_levels(
    layers: dict[str, gpd.GeoDataFrame], order: list[str], vintage: str
) -> list[tuple[str, Finding]]:
    """Every child has its parent, every parent a child, and the child lies in it.

    Returns
    -------
    list of (level, finding)
        What reaches beyond its parent, or what of a parent no child covers: where levels
        were drawn from different maps, that is so everywhere and changes no number.
    """
    found, noticed = ProblemCollector(), []
    for child, parent in pairwise(order):
        below, above = layers[child], layers[parent]
        for row in below[~below["parent"].isin(above["area"])].itertuples():
            found.add(
                f"{child} {row.area} {row.name}, Stand {vintage}",
                f"übergeordneter Schlüssel {row.parent!r}",
                f"ein Schlüssel der Ebene {parent}",
            )
        for row in above[~above["area"].isin(below["parent"])].itertuples():
            found.add(f"{parent} {row.area} {row.name}, Stand {vintage}", f"kein {child} darin")
        if parent != order[-1]:
            noticed += _in_space(below, above, (child, parent), vintage, found)
    found.raise_if_any(KeyJoinError, "Die Ebenen der Räume passen nicht zusammen.")
    return noticed


def _in_space(
    below: gpd.GeoDataFrame,
    above: gpd.GeoDataFrame,
    levels: tuple[str, str],
    vintage: str,
    found: ProblemCollector,
) -> list[tuple[str, Finding]]:
    """Compare outlines of two levels; the whole city is made of its parts and needs none."""
    child, parent = levels
    joined = below.merge(above[["area", "name", "geometry"]], left_on="parent", right_on="area")
    inner = joined["geometry_x"].to_numpy()
    shared = shapely.area(shapely.intersection(inner, joined["geometry_y"].to_numpy()))
    sizes = shapely.area(inner)
    noticed = []
    for row, size, common in zip(joined.itertuples(), sizes, shared, strict=True):
        outside = size - common
        if common < size / 2:
            found.add(
                f"{child} {row.area_x} {row.name_x}, Stand {vintage}",
                f"liegt nicht in {parent} {row.parent}{_rather_in(row.geometry_x, above)}",
            )
        elif outside > _TELLING_SHARE * size:
            text = f"ragt um {square_metres(outside)} über {parent} {row.parent} hinaus"
            finding = Finding("outside", (f"{row.area_x} {row.name_x}",), text, round(outside, 2))
            noticed.append((child, finding))
    covered = pd.Series(shared).groupby(joined["parent"].to_numpy()).sum()
    for row in above[above["area"].isin(covered.index)].itertuples():
        bare = row.geometry.area - covered[row.area]
        if bare > _TELLING_SHARE * row.geometry.area:
            text = f"{square_metres(bare)} gehören zu keinem Gebiet der Ebene {child}"
            finding = Finding("uncovered", (f"{row.area} {row.name}",), text, round(bare, 2))
            noticed.append((parent, finding))
    return noticed


def _rather_in(shape: BaseGeometry, above: gpd.GeoDataFrame) -> str:
    """Where an area lies that is not in its parent, in words."""
    shared = shapely.area(shapely.intersection(above.geometry.to_numpy(), shape))
    most = int(np.argmax(shared))
    if shared[most] <= shape.area / 2:
        return ""
    other = above.iloc[most]
    return f", sondern in {other['area']} {other['name']}"


def parent_names(
    layers: dict[str, gpd.GeoDataFrame], order: list[str]
) -> list[tuple[str, Finding]]:
    """Names of parents as the finer layer writes them, where they differ from the coarser's."""
    noticed = []
    for child, parent in pairwise(order):
        below, above = layers[child], layers[parent].set_index("area")["name"]
        if "parent_name" not in below:
            continue
        said = below[below["parent_name"] != ""].drop_duplicates(["parent", "parent_name"])
        for row in said.itertuples():
            if row.parent in above.index and above[row.parent] != row.parent_name:
                text = f"heißt auf der Ebene {child} {row.parent_name!r}"
                area = f"{row.parent} {above[row.parent]}"
                noticed.append((parent, Finding("name", (area,), text)))
    return noticed


def lift_inhabited(layers: dict[str, gpd.GeoDataFrame], order: list[str]) -> None:
    """A coarser area is inhabited where any of its parts is."""
    for child, parent in pairwise(order):
        lived_in = layers[child].groupby("parent")["inhabited"].any()
        layers[parent] = layers[parent].assign(inhabited=layers[parent]["area"].map(lived_in))


def links_of(
    hierarchy: str, child_level: str, parent_level: str, frame: pd.DataFrame, parent: str
) -> pd.DataFrame:
    """Rows of the table ``hierarchies`` for one level and the next."""
    return pd.DataFrame(
        {
            "hierarchy": hierarchy,
            "child_level": child_level,
            "child": frame["area"],
            "parent_level": parent_level,
            "parent": frame[parent],
        }
    )


def grouping(
    source: HierarchySource,
    children: gpd.GeoDataFrame,
    city: CityArea,
    city_level: str,
    folder: Path,
) -> tuple[gpd.GeoDataFrame, list[pd.DataFrame]]:
    """Areas and links of a second grouping; every child belongs to exactly one parent."""
    path = inside(folder, source.file)
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
    for key, titles in table.groupby("own")["title"].unique().items():
        if len(titles) > 1:
            what = f"{key!r} heißt {' und '.join(sorted(titles))}"
            found.add(f"{path.name}, {source.parent_name}", what, "ein Name je Schlüssel")
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
        links_of(source.key, source.child_level, source.level, joined, "own"),
        links_of(source.key, source.level, city_level, above, "parent"),
    ]
    return areas, links
