"""In which area a case lies: by key, by coordinates, or by address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer

from geodata import addresses as adr
from geodata.errors import GeometryError, KeyJoinError, Problem
from geodata.files import inside, read_table, require_columns
from geodata.files.numbers import parse_numbers
from geodata.locate import AreaLocator
from indicators.records.batch import Batch
from indicators.restored_keys import digits_of, keys_by_digits
from indicators.sources import CaseAddresses, CaseList, CasePoints

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

EMPTY, UNKNOWN = -1, -7
NO_POINT, BAD_POINT, SWAPPED, OUTSIDE = -11, -12, -13, -14
REASONS = {
    EMPTY: "Ereignisse ohne Raum; sie fehlen auch in allen Summen",
    NO_POINT: "ohne Koordinate",
    BAD_POINT: "Koordinate ist keine Zahl",
    SWAPPED: "außerhalb aller Räume; mit vertauschten Achsen läge der Punkt darin",
    OUTSIDE: "außerhalb aller Räume",
    **{k: v for k, v in adr.REASONS.items() if k != adr.EMPTY},
}


class Finder(Protocol):
    """Finds the area of each row: its index, or why there is none (see `REASONS`)."""

    def find(self, batch: Batch) -> Ints:
        """Shape (rows,)."""


@dataclass
class ByKey:
    """By the area's key.

    A key that a spreadsheet turned into a number is known if it can be only one area's (see
    `restored_keys`). A bare 0 is none: lists write it where the area is not known.
    """

    column: str
    areas: Mapping[str, int]
    by_digits: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        same = keys_by_digits(self.areas)
        self.by_digits = {d: self.areas[k[0]] for d, k in same.items() if len(k) == 1 and d != "0"}

    def find(self, batch: Batch) -> Ints:
        """Area of each row, `EMPTY` or `UNKNOWN`."""
        return batch.coded(self.column).look_up(self.index_of)

    def index_of(self, key: str) -> int:
        """Area of a key."""
        if not key:
            return EMPTY
        found = self.areas.get(key)
        return self.by_digits.get(digits_of(key) or "", UNKNOWN) if found is None else found

    def restored(self, key: str) -> bool:
        """Whether a key is known only because its zeros were put back."""
        return key not in self.areas and self.index_of(key) >= 0

    def may_have_twin(self, key: str) -> bool:
        """Whether a key is an area's, and could also stand there as a number."""
        return key in self.areas and digits_of(key) in self.by_digits


@dataclass
class ByPoint:
    """By coordinates; a point on a border belongs to the area with the smallest key."""

    points: CasePoints
    locator: AreaLocator
    crs: str

    def find(self, batch: Batch) -> Ints:
        """Area of each row, or why there is none."""
        x, y = batch.numbers(self.points.x), batch.numbers(self.points.y)
        found = self._locate(x, y)
        lost = np.flatnonzero(found < 0)
        if len(lost):
            turned = self._locate(y[lost], x[lost])
            found[lost] = np.where(turned >= 0, SWAPPED, OUTSIDE)
            found[np.isinf(x) | np.isinf(y)] = BAD_POINT
            found[np.isnan(x) | np.isnan(y)] = NO_POINT
        return found

    def _locate(self, x: Floats, y: Floats) -> Ints:
        if self.points.crs != self.crs:
            change = Transformer.from_crs(self.points.crs, self.crs, always_xy=True)
            x, y = change.transform(x, y)
        return self.locator.find(np.asarray(x), np.asarray(y))


@dataclass
class ByAddress:
    """By address, against a register; only what is the same after spelling is made uniform."""

    columns: CaseAddresses
    index: adr.AddressIndex

    def find(self, batch: Batch) -> Ints:
        """Area of each row, or why there is none."""
        names = self.columns.columns
        codes = [batch.coded(n).codes.astype(np.int64) for n in names]
        sizes = [max(len(batch.coded(n).values), 1) for n in names]
        joined = np.ravel_multi_index(codes, sizes)
        different, where = np.unique(joined, return_inverse=True)
        parts = np.unravel_index(different, sizes)
        texts = [[batch.coded(n).values[i] for i in p] for n, p in zip(names, parts, strict=True)]
        rows = zip(*texts, strict=True)
        found = [self._one(dict(zip(names, row, strict=True))) for row in rows]
        return np.array(found, dtype=np.int64)[where] if found else np.zeros(0, dtype=np.int64)

    def _one(self, row: Mapping[str, str]) -> int:
        own = self.columns
        street, number, postcode = plain_address(
            row, own.street, own.number, own.suffix, own.postcode
        )
        found = self.index.find(street, number, postcode)
        return EMPTY if found == adr.EMPTY else found


def plain_address(
    row: Mapping[str, str], street: str, number: str | None, suffix: str | None,
    postcode: str | None,
) -> tuple[str, str, str]:  # fmt: skip
    """Street, number and postcode of a row in their uniform spelling."""
    name, house = (row[street], row[number]) if number else adr.split_number(row[street])
    return (
        adr.plain_street(name),
        adr.plain_number(house, row[suffix] if suffix else ""),
        adr.plain_postcode(row[postcode]) if postcode else "",
    )


def finders_of(
    cases: CaseList, areas: pd.DataFrame, used: list[str], folder: Path
) -> tuple[dict[str, list[str]], dict[str, Finder]]:
    """Keys of the areas of each vintage in order, and how a case finds its own.

    Raises
    ------
    KeyJoinError
        A vintage in force has no column with its keys.
    GeometryError
        Coordinates are to be found, but the areas have no outlines.
    """
    level = areas[areas["level"] == cases.level]
    keys = {v: sorted(level[level["vintage"] == v]["area"]) for v in used}
    finders: dict[str, Finder] = {}
    register = _Register(cases.addresses, folder) if cases.addresses else None
    for vintage in used:
        index = {key: i for i, key in enumerate(keys[vintage])}
        if cases.areas:
            finders[vintage] = ByKey(_column(cases, vintage), index)
        else:
            own = level[level["vintage"] == vintage]
            finders[vintage] = (
                register.finder(vintage, index, own)
                if register
                else by_point(cases.points, own, cases.key)
            )
    return keys, finders


def _column(cases: CaseList, vintage: str) -> str:
    if vintage in cases.areas:
        return cases.areas[vintage]
    known = ", ".join(cases.areas)
    raise KeyJoinError(
        f"Die Fallliste {cases.key} hat keine Schlüssel für einen Stand, der in Kraft ist.",
        [Problem(f"{cases.key}, areas", f"{vintage!r} fehlt", known)],
    )


def by_point(points: CasePoints | None, areas: pd.DataFrame, name: str) -> ByPoint:
    """Finder of points in the outlines of one level and vintage."""
    if points is None or not isinstance(areas, gpd.GeoDataFrame):
        raise GeometryError(f"Für die Koordinaten von {name} fehlen die Umrisse der Räume.")
    ordered = areas.sort_values("area")
    return ByPoint(points, AreaLocator(ordered.geometry), str(ordered.crs.to_string()))


class _Register:
    """The register of addresses, read once for all vintages."""

    def __init__(self, columns: CaseAddresses, folder: Path) -> None:
        self._columns, self._own = columns, columns.register
        path = inside(folder, self._own.file)
        self._table = read_table(path, self._own.format)
        own = self._own
        points = (own.points.x, own.points.y) if own.points else ()
        needed = (own.street, own.number, own.suffix, own.postcode, *own.areas.values(), *points)
        require_columns(path, self._table, [c for c in needed if c])

    def finder(self, vintage: str, index: Mapping[str, int], areas: pd.DataFrame) -> ByAddress:
        """Finder by address in one vintage."""
        own = self._own
        if vintage in own.areas:
            key = ByKey(own.areas[vintage], index)
            found = [key.index_of(str(k).strip()) for k in self._table[key.column]]
        elif own.points:
            texts = (self._table[c].str.strip() for c in (own.points.x, own.points.y))
            x, y = (parse_numbers(text, own.format).to_numpy() for text in texts)
            locator = by_point(own.points, areas, own.file)
            found = locator._locate(x, y).tolist()
        else:
            raise KeyJoinError(
                f"Das Adressverzeichnis {own.file} sagt für einen Stand nicht, wo eine Adresse "
                "liegt.",
                [Problem(own.file, f"{vintage!r} fehlt", "areas oder points")],
            )
        return ByAddress(self._columns, adr.AddressIndex.of(self._entries(found)))

    def _entries(self, found: list[int]) -> Iterator[tuple[str, str, str, int]]:
        own = self._own
        for row, area in zip(self._table.to_dict("records"), found, strict=True):
            text = {str(k): str(v) for k, v in row.items()}
            place = plain_address(text, own.street, own.number, own.suffix, own.postcode)
            yield (*place, area if area >= 0 else adr.NO_AREA)
