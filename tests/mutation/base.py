"""A reader under test, its sound file, and what all of them share: six squares of a town."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
from shapely.geometry import box

from geodata.model import Source, Vintage
from tests.mutation.damage import Kind

Numbers = dict[tuple[str, ...], object]
"""What a reader makes of a file: every number by its cell."""

ANY = object()
"""What may be anything, since the damaged file says something else there."""

SOURCE = Source("Zahlen", "Amt", "CC0-1.0", "Amt")
NAMES = ("Süd", "Nord", "Größau", "Am Weiher", "Mitte", "Öd")
KEYS = tuple(f"01{n:02d}" for n in range(1, 7))
CRS = "EPSG:25832"
X, Y, SIDE = 500_000, 5_700_000, 1000
PLACES = ("b1", "f1", "s1")


def unchanged(data: bytes) -> bytes:
    return data


@dataclass(frozen=True)
class Reader:
    """A reader, its sound file, and how the file may be damaged.

    ``plainly`` reads a damaged file without our code, or says that nothing can be read from
    it: a number that really stands in the file is not a changed number.
    """

    name: str
    file: str
    sound: Callable[[Path], bytes]
    read: Callable[[Path], Numbers]
    kinds: tuple[Kind, ...]
    plainly: Callable[[bytes], Numbers] | None = None
    wrap: Callable[[bytes], bytes] = unchanged


def areas() -> gpd.GeoDataFrame:
    """Six squares side by side."""
    shapes = [box(X + i * SIDE, Y, X + (i + 1) * SIDE, Y + SIDE) for i in range(len(KEYS))]
    columns = {"vintage": "neu", "level": "raum", "area": KEYS, "name": NAMES, "inhabited": True}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


AREAS = areas()
VINTAGES = (Vintage("neu", "Neu", None, None),)


def rows_of(data: bytes, errors: str = "strict") -> list[dict[str, str]]:
    """Rows of a semicolon table by the standard library alone; [] where it is none."""
    try:
        text = data.decode("utf-8-sig", errors)
        lines = [
            r
            for r in csv.reader(io.StringIO(text, newline=""), delimiter=";")
            if any(c.strip() for c in r)
        ]
    except (UnicodeDecodeError, csv.Error):
        return []
    return (
        [dict(zip(map(tidied, lines[0]), row, strict=False)) for row in lines[1:]] if lines else []
    )


def tidied(text: str) -> str:
    return " ".join(
        text.replace("\u00ad", "").replace("\u00a0", " ").replace("\u202f", " ").split()
    )


class Anything(dict[tuple[str, ...], object]):
    """What may say anything in every cell."""

    def get(self, *_: object) -> object:
        return ANY


def anything(_: bytes) -> Numbers:
    """A file whose bytes carry any content (settings, a database): only a refusal is judged."""
    return Anything()
