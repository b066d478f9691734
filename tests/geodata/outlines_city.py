"""A small city of crooked quarters in two levels, for the tests of sources and shapes."""

import geopandas as gpd
import numpy as np
from shapely.geometry import Polygon

from geodata.areas import AreasSurvey, CityArea, GeometrySource, survey_areas
from geodata.model import Level

CRS = "EPSG:25832"
LEVELS = (Level("raum", "Raum", "Räume"), Level("stadt", "Stadt", "Städte"))
CITY = CityArea("00", "Kleinstadt")
NAMES = ["Süderstraße", "Öhringen", "Weiß am Äcker", "Nord", "Mitte", "Über der Brücke"]


def quarters(rows=2, columns=3, crs=CRS) -> gpd.GeoDataFrame:
    """Quarters whose corners are moved at random, all borders shared; keys like 0101."""
    move = np.random.default_rng(7).uniform(-150, 150, (rows + 1, columns + 1, 2))
    corner = [
        [(560_000 + 1000 * x + move[y, x, 0], 5_930_000 + 1000 * y + move[y, x, 1])
         for x in range(columns + 1)]
        for y in range(rows + 1)
    ]  # fmt: skip
    cells = [(y, x) for y in range(rows) for x in range(columns)]
    shapes = [
        Polygon([corner[y][x], corner[y][x + 1], corner[y + 1][x + 1], corner[y + 1][x]])
        for y, x in cells
    ]
    keys = [f"{y + 1:02d}{x + 1:02d}" for y, x in cells]
    return gpd.GeoDataFrame(
        {"nr": keys, "titel": [f"{NAMES[i % 6]}{'' if i < 6 else i}" for i in range(len(keys))]},
        geometry=shapes,
        crs=CRS,
    ).to_crs(crs)


def survey(folder, file, layer=None, **more) -> AreasSurvey:
    """Read one layer of quarters as a project does."""
    more = {"key": "nr", "name": "titel"} | more
    source = GeometrySource("raum", "neu", file, layer=layer, **more)
    return survey_areas((source,), (), LEVELS, CITY, CRS, folder)


def same_areas(found: AreasSurvey, wanted: gpd.GeoDataFrame, tolerance_m: float) -> bool:
    """Keys and names are the same, and no border is further away than the tolerance."""
    fine = found.areas[found.areas["level"] == "raum"].set_index("area")
    wanted = wanted.to_crs(CRS).set_index("nr").sort_index()
    assert fine["name"].to_dict() == wanted["titel"].to_dict()
    assert fine.index.tolist() == wanted.index.tolist()
    far = fine.geometry.hausdorff_distance(wanted.geometry.set_axis(fine.index))
    return bool((far <= tolerance_m).all())
