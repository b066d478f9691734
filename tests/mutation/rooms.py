"""Rooms, minutes, a second grouping."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from atlas.placement.presets.careful import read_carefully
from geodata.areas import HierarchySource
from geodata.areas.levels import grouping
from geodata.crosswalk.spec import CrosswalkSource, read_crosswalk
from geodata.files import TableFormat
from geodata.places import PlacesSpec, read_places
from geodata.travel.matrix import MatrixSpec, read_matrix
from indicators.disclosure.plain_files import Faults
from tests.mutation.base import (
    AREAS,
    CRS,
    KEYS,
    NAMES,
    PLACES,
    SIDE,
    Numbers,
    X,
    Y,
    rows_of,
    tidied,
)

ROOM_COLUMNS = {
    "place": "Nr", "name": "Name", "kind": "Art", "owner": "Träger", "capacity": "Plätze",
    "x": "Rechts", "y": "Hoch", "opening_hours": "Zeiten",
}  # fmt: skip
ROOMS = PlacesSpec("t.csv", ROOM_COLUMNS, CRS, TableFormat())
TIMES = "Mo, Di 8.30-12.30, Do 14-17 Uhr"


def room_rows() -> list[list[str]]:
    rows = [list(ROOM_COLUMNS.values())]
    for i, place in enumerate(PLACES):
        x, y = f"{X + 500 + i * SIDE},5", str(Y + 500)
        rows.append(
            [place, f"Bücherei {NAMES[i]}", "library", "kommunal", str(20 + i), x, y, TIMES]
        )
    return rows


def read_rooms(folder: Path) -> Numbers:
    result = read_places(ROOMS, folder, AREAS)
    return {
        (str(row.place), name): value
        for row in result.places.itertuples()
        for name, value in (
            ("name", row.name), ("capacity", None if pd.isna(row.capacity) else int(row.capacity)),
            ("x", round(row.geometry.x, 2)), ("area", row.area),
        )
    }  # fmt: skip


def plain_rooms(data: bytes) -> Numbers:
    """Rooms inside the city; one that lies outside is told by name and not kept."""
    found: Numbers = {}
    for row in rows_of(data):
        try:
            x, y = (float(row.get(c, "").strip().replace(",", ".")) for c in ("Rechts", "Hoch"))
        except ValueError:
            continue
        at = int((x - X) // SIDE)
        if not (0 <= at < len(KEYS) and Y <= y <= Y + SIDE):
            continue
        capacity = row.get("Plätze", "").strip()
        found |= {
            (tidied(row.get("Nr", "")), name): value
            for name, value in (
                ("name", tidied(row.get("Name", ""))),
                ("capacity", int(capacity) if capacity.isdigit() else None),
                ("x", round(x, 2)),
                ("area", KEYS[at]),
            )
        }
    return found


def minute_rows() -> list[list[str]]:
    return [
        ["area", "place", "minutes"],
        *([k, p, f"{3 * i + j},5"] for i, k in enumerate(KEYS) for j, p in enumerate(PLACES)),
    ]


def read_minutes(folder: Path) -> Numbers:
    places = gpd.GeoDataFrame({"place": PLACES}, geometry=AREAS.centroid[:3], crs=CRS)
    table = read_matrix(MatrixSpec("t.csv"), folder, AREAS, places).table
    return {
        (a, p): float(m) for a, p, m in table[["area", "place", "minutes"]].itertuples(index=False)
    }


def read_preset(folder: Path) -> Numbers:
    faults = Faults()
    rows = read_carefully(folder / "t.csv", ("area", "place"), "minutes", faults, empty=True)
    faults.raise_if_any("Die Wege sind fehlerhaft.")
    return {
        (rows.columns[0].keys[a], rows.columns[1].keys[p]): float(v)
        for a, p, v in zip(rows.columns[0].code, rows.columns[1].code, rows.value, strict=True)
        if np.isfinite(v)
    }


def plain_minutes(data: bytes) -> Numbers:
    found: Numbers = {}
    for row in rows_of(data):
        try:
            minutes = float(row.get("minutes", "").strip().replace(",", "."))
        except ValueError:
            continue
        found[(row.get("area", "").strip(), row.get("place", "").strip())] = minutes
    return found


GROUPING = HierarchySource(
    "region", "Region", "neu", "region", "raum", "t.csv", "Raum", "Region", "Titel"
)


def group_rows() -> list[list[str]]:
    return [
        ["Raum", "Region", "Titel"],
        *([k, "AB"[i // 3], f"Region {'AB'[i // 3]}"] for i, k in enumerate(KEYS)),
    ]


def read_groups(folder: Path) -> Numbers:
    from geodata.areas import CityArea

    _, links = grouping(GROUPING, AREAS, CityArea("00", "Stadt"), "stadt", folder)
    return {(str(c),): str(p) for c, p in zip(links[0]["child"], links[0]["parent"], strict=True)}


def plain_groups(data: bytes) -> Numbers:
    return {(row.get("Raum", ""),): row.get("Region", "") for row in rows_of(data)}


# A key table between two states -----------------------------------------------------------------

OLD_KEYS = tuple(f"9{key[1:]}" for key in KEYS)
TWO_STATES = gpd.GeoDataFrame(
    pd.concat([AREAS.assign(vintage="alt", area=OLD_KEYS), AREAS], ignore_index=True), crs=CRS
)
CROSSWALK = CrosswalkSource(
    "alt", "neu", "keys", file="t.csv", old="Alt", new="Neu", weight="Anteil"
)


def key_rows() -> list[list[str]]:
    """Every old area keeps three quarters of its people; the rest goes to the next one."""
    rows = [["Alt", "Neu", "Anteil", "Bemerkung"]]
    for i, (old, new) in enumerate(zip(OLD_KEYS, KEYS, strict=True)):
        last = i == len(KEYS) - 1
        rows.append([old, new, "1" if last else "0,75", "bleibt"])
        rows += [] if last else [[old, KEYS[i + 1], "0,25", "Grenze verlegt"]]
    return rows


def read_keys(folder: Path) -> Numbers:
    weights = read_crosswalk(CROSSWALK, TWO_STATES, folder).weights
    columns = weights[["source", "target", "weight"]].itertuples(index=False)
    return {(str(s), str(t)): round(float(w), 9) for s, t, w in columns}


def plain_keys(data: bytes) -> Numbers:
    found: Numbers = {}
    for row in rows_of(data):
        share = row.get("Anteil", "").strip()
        if re.fullmatch(r"[0-9]+(,[0-9]+)?", share):
            at = (row.get("Alt", "").strip(), row.get("Neu", "").strip())
            found[at] = round(float(share.replace(",", ".")), 9)
    return found
