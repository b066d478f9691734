"""A place that is listed more than once is kept once."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

SAME_PLACE_M = 100.0
"""Within this distance in metres two places of one kind and name are one place.

Two maps put a large building's pin up to about 90 m apart.
"""


def merge_duplicates(
    places: gpd.GeoDataFrame,
) -> tuple[gpd.GeoDataFrame, dict[str, str], tuple[str, ...]]:
    """Keep every place once.

    One place are rows with the same key, and rows of one kind with the same name within
    `SAME_PLACE_M`, or with all words of one name in the other ("Jobcenter", "Jobcenter Mitte").
    The first row stays, with the longest name; its gaps are filled from the others.

    Returns
    -------
    kept, renamed, merged
        The places; dropped key to kept key; one German sentence per merged place.
    """
    groups = _duplicate_groups(places)
    drop: list[int] = []
    renamed: dict[str, str] = {}
    merged: list[str] = []
    kept = places.copy()
    for members in groups:
        first, *rest = members
        names = [str(places.at[i, "name"]) for i in members]
        kept.at[first, "name"] = max(names, key=lambda n: len(_words(n)))
        kept.loc[first, ["owner", "assumed"]] = _owner(places.loc[members])
        for column in ("barrier_free", "capacity", "accepts", "address"):
            kept.at[first, column] = _first_known(places.loc[members, column])
        renamed |= {str(places.at[i, "place"]): str(places.at[first, "place"]) for i in rest}
        keys = places.loc[members, "place"]
        listed = ", ".join(f"„{n}“ ({k})" for n, k in zip(names, keys, strict=True))
        merged.append(f"Mehrfach aufgeführt, einmal übernommen: {listed}.")
        drop += rest
    return kept.drop(index=drop).reset_index(drop=True), renamed, tuple(merged)


def _first_known(values: pd.Series) -> object:
    known = values[values.notna() & ~values.isin(["", "unknown"])]
    return known.iloc[0] if len(known) else values.iloc[0]


def _owner(members: gpd.GeoDataFrame) -> tuple[str, bool]:
    """Owner of a place listed several times, and whether it is assumed: a delivered one wins."""
    known = members[members["owner"] != "unknown"].sort_values("assumed", kind="stable")
    row = known.iloc[0] if len(known) else members.iloc[0]
    return str(row["owner"]), bool(row["assumed"])


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", name.casefold()))


def _duplicate_groups(places: gpd.GeoDataFrame) -> list[list[int]]:
    """Rows that are one place, as lists in the order of the table."""
    xy = np.column_stack([places.geometry.x, places.geometry.y])
    near = cKDTree(xy).query_pairs(SAME_PLACE_M) if len(places) else set()
    words = [
        frozenset() if unnamed else _words(name)
        for name, unnamed in zip(places["name"], places["unnamed"], strict=True)
    ]
    kinds = places["kind"].tolist()
    pairs = [(a, b) for a, b in sorted(near) if kinds[a] == kinds[b] and _alike(words[a], words[b])]
    first_with_key: dict[str, int] = {}
    for i, key in enumerate(places["place"]):
        pairs.append((first_with_key.setdefault(key, i), i))
    a, b = np.array(pairs, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(places), len(places)))
    labels = connected_components(graph, directed=False)[1]
    members = pd.Series(range(len(places))).groupby(labels).agg(list)
    return sorted(m for m in members if len(m) > 1)


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a and b) and (a <= b or b <= a)
