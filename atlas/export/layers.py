"""The layers of the GeoPackage: areas with their latest values, and places."""

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from atlas.edition import Edition
from atlas.export.names import STATUS_WORDS, citation
from atlas.wording import word_or_key
from indicators.status import VISIBLE


def area_layers(edition: Edition) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """A layer per vintage and level, with the latest value of every indicator side by side.

    For an indicator ``KEY`` there are the columns ``KEY`` (empty where no number is shown),
    ``KEY_mindestens`` and ``KEY_hoechstens`` (from suppression), ``KEY_status``,
    ``KEY_status_code`` and ``KEY_stichtag``; for an index ``KEY`` and ``KEY_status``.
    """
    source = citation(edition)
    values = latest(edition.table("values"), "indicator")
    indices = latest(edition.table("index"), "index")
    for (vintage, level), areas in edition.areas.groupby(["vintage", "level"], sort=True):
        frame = areas.rename(columns=_AREA_COLUMNS).reset_index(drop=True)
        frame["quelle"] = source
        for rows, name, wide in ((values, "indicator", _value_columns), (indices, "index", _index)):
            here = rows[(rows["vintage"] == vintage) & (rows["level"] == level)]
            for key, part in here.groupby(name, sort=True):
                columns = wide(str(key), part.set_index("area"))
                frame = frame.join(columns, on="schluessel")
        yield f"{level}_{vintage}", frame


_AREA_COLUMNS = {
    "vintage": "gebietsstand",
    "level": "ebene",
    "area": "schluessel",
    "parent": "uebergeordnet",
    "inhabited": "bewohnt",
}


def latest(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The rows of the latest period per vintage, level and key, of the group ``total``."""
    if "group" in table:
        table = table[table["group"] == "total"]
    last = table.groupby(["vintage", "level", key])["period"].transform("max")
    return table[table["period"] == last]


def _value_columns(key: str, part: pd.DataFrame) -> pd.DataFrame:
    visible = part["status"].isin(VISIBLE)
    columns = {
        key: part["value"].where(visible),
        f"{key}_mindestens": part["bound_low"],
        f"{key}_hoechstens": part["bound_high"],
        f"{key}_status": part["status"].map(STATUS_WORDS),
        f"{key}_status_code": part["status"],
        f"{key}_stichtag": part["period"],
    }
    return pd.DataFrame(columns)


def _index(key: str, part: pd.DataFrame) -> pd.DataFrame:
    columns = {
        key: part["class"],
        f"{key}_wert": part["score"].where(part["status"].isin(VISIBLE)),
        f"{key}_status": part["status"].map(STATUS_WORDS),
        f"{key}_status_code": part["status"],
        f"{key}_stichtag": part["period"],
    }
    return pd.DataFrame(columns)


def place_layers(edition: Edition) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """The rooms and services as points, if there are any."""
    places = edition.places
    if places.empty:
        return
    frame = gpd.GeoDataFrame(
        {
            "schluessel": places["place"],
            "name": places["name"],
            "art": [word_or_key("kind", str(k)) for k in places["kind"]],
            "traeger": [word_or_key("owner", str(k)) for k in places["owner"]],
            "barrierefreiheit": [
                word_or_key("barrier_free", str(k)) for k in places["barrier_free"]
            ],
            "plaetze": places["capacity"],
            "adresse": places["address"],
            "gebiet": places["area"],
            "quelle": places["source"],
        },
        geometry=places.geometry,
        crs=places.crs,
    )
    yield "orte", frame
