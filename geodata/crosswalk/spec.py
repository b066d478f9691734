"""A crosswalk as a project file declares it, and reading its files."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.crosswalk.keys import by_keys, read_keys
from geodata.crosswalk.methods import by_area, by_mask, by_population
from geodata.crosswalk.model import Crosswalk, in_steps, names_of
from geodata.errors import GeometryError, KeyJoinError, Problem, ProblemCollector, TableError
from geodata.files import (
    ROW,
    SPREADSHEETS,
    TableFormat,
    existing,
    inside,
    read_table,
    require_columns,
)
from geodata.files.numbers import parse_numbers
from geodata.model import Source
from geodata.travel.homes import HomesSpec, read_homes, read_layer

_NUMBER = (
    "eine Zahl ab 0. Nach einer geheimen Zahl lässt sich nicht teilen: Nehmen Sie Einheiten ohne "
    'geheime Zahlen, zum Beispiel ältere oder gröbere, oder method = "mask"'
)
STEPS = 100
"""Weights from units that are not public are rounded to whole per cents."""
_TABLES = frozenset({".csv", ".txt", ".tsv", *SPREADSHEETS})


@dataclass(frozen=True)
class CrosswalkSource:
    """How the numbers of one state of the areas are carried over to another.

    ``method`` is ``keys`` (a table of ``old`` and ``new`` keys, with shares in ``weight``, of
    100 where ``percent``),
    ``population`` (finer units or points with people in ``weight``), ``mask`` (polygons of
    inhabited land, with densities in ``weight``) or ``area``. A table of units has ``x`` and
    ``y``, or a ``key`` of the finest areas of the state ``units``. ``classes`` gives the
    densities of words in ``weight``. ``already_public`` says that everybody knows the units,
    or the key table.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    from_vintage: str
    to_vintage: str
    method: Literal["keys", "population", "mask", "area"]
    file: str | None = None
    layer: str | None = None
    format: TableFormat = field(default_factory=TableFormat)
    old: str | None = None
    new: str | None = None
    weight: str | None = None
    percent: bool = False
    classes: dict[str, float] = field(default_factory=dict)
    key: str | None = None
    units: str | None = None
    x: str = "lon"
    y: str = "lat"
    crs: str = "EPSG:4326"
    already_public: bool = False
    source: Source | None = None

    @property
    def shows_nothing(self) -> bool:
        """Whether the weights may be printed exactly: they tell nothing of people.

        Land alone tells nothing, be it of classes; numbers of people do, unless they are
        public: as finer units, in a key table, or as densities of a mask.
        """
        plain = self.weight is None or bool(self.classes)
        land = self.method == "area" or (self.method in ("mask", "keys") and plain)
        return land or self.already_public

    def missing(self) -> tuple[str, ...]:
        """Entries that the method needs and that are not there."""
        needed = {
            "keys": ("file", "old", "new"),
            "population": ("file",),
            "mask": ("file",),
            "area": (),
        }[self.method]
        absent = [name for name in needed if getattr(self, name) is None]
        if (self.key is None) != (self.units is None):
            absent.append("units" if self.units is None else "key")
        return tuple(absent)


def read_crosswalk(spec: CrosswalkSource, areas: gpd.GeoDataFrame, folder: Path) -> Crosswalk:
    """Make the weights that a project file asks for.

    Parameters
    ----------
    spec
        What is declared.
    areas
        All areas of one level, of all vintages, in metres.
    folder
        Where the files lie.

    Raises
    ------
    FileMissingError, TableError, GeometryError, KeyJoinError
        A file or what is in it is wrong, or the two states do not fit.
    """
    old, new = (
        areas[areas["vintage"] == v].sort_values("area", ignore_index=True)
        for v in (spec.from_vintage, spec.to_vintage)
    )
    if spec.method == "area":
        return by_area(old, new)
    path = existing(inside(folder, str(spec.file)))
    if spec.method == "mask":
        walk = by_mask(old, new, _mask(spec, path, areas.crs))
        _refuse_nothing_inside(walk, path)
    elif spec.method == "keys":
        keys = read_keys(
            path, spec.format, str(spec.old), str(spec.new), spec.weight, in_percent=spec.percent
        )
        walk = by_keys(old, new, keys, path.name)
    else:
        walk = _by_people(spec, path, areas, old, new)
    return walk if spec.shows_nothing else _rounded(walk)


def _by_people(
    spec: CrosswalkSource,
    path: Path,
    areas: gpd.GeoDataFrame,
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
) -> Crosswalk:
    units = _units(spec, path, areas)
    walk = by_population(old, new, units)
    _refuse_nothing_inside(walk, path)
    if spec.key is None:
        return walk
    own = areas[areas["vintage"] == spec.units]
    names = names_of(own)
    empty = sorted(set(own["area"]) - set(units["area"]))
    found = replace(walk.findings, empty_units=tuple(names[k] for k in empty))
    return replace(walk, findings=found)


def _refuse_nothing_inside(walk: Crosswalk, path: Path) -> None:
    """Units beside all areas, or without any weight, would quietly turn into ``area``."""
    if walk.findings.lost == 1:
        what = "nichts davon liegt mit einem Gewicht über 0 in einem Gebiet"
        allowed = (
            "Menschen oder bewohnte Flächen in der Stadt; stimmen Koordinaten, crs und weight?"
        )
        raise GeometryError("So lässt sich nicht teilen.", [Problem(path.name, what, allowed)])


def _rounded(walk: Crosswalk) -> Crosswalk:
    coarse = in_steps(walk.weights, STEPS)
    return replace(walk, weights=coarse, findings=replace(walk.findings, rounded=True))


def _mask(spec: CrosswalkSource, path: Path, crs: object) -> gpd.GeoDataFrame:
    frame = _polygons(path, spec.layer, crs)
    return frame.assign(density=_column(spec, path, frame))


def _units(spec: CrosswalkSource, path: Path, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """People by finer polygons or points."""
    if spec.key is not None:
        return _areas_as_units(spec, path, areas)
    if path.suffix.lower() in _TABLES:
        points = HomesSpec(
            path.name, spec.x, spec.y, spec.weight, spec.crs, spec.layer, spec.format
        )
        return read_homes(points, path.parent, areas.crs)
    frame = read_layer(path, spec.layer).to_crs(areas.crs)
    if (frame.geom_type == "Point").all():
        return frame.assign(weight=_column(spec, path, frame))
    frame = _polygons(path, spec.layer, areas.crs)
    return frame.assign(weight=_column(spec, path, frame))


def _polygons(path: Path, layer: str | None, crs: object) -> gpd.GeoDataFrame:
    frame = read_layer(path, layer).to_crs(crs)
    found = ProblemCollector()
    kinds = frame.geom_type.isin(["Polygon", "MultiPolygon"])
    for row in frame.index[~kinds][:20]:
        found.add(f"{path.name}, Nr. {row + 1}", "keine Fläche", "Flächen")
    for row in frame.index[kinds & ~frame.is_valid][:20]:
        found.add(f"{path.name}, Nr. {row + 1}", "ungültiger Umriss", "gültige Flächen")
    found.raise_if_any(
        GeometryError, f"{path.name} enthält Umrisse, mit denen man nicht teilen kann."
    )
    return frame


def _column(spec: CrosswalkSource, path: Path, frame: gpd.GeoDataFrame) -> pd.Series:
    """People or densities; 1 where no column is named."""
    if spec.weight is None:
        return pd.Series(1.0, index=frame.index)
    require_columns(path, pd.DataFrame(frame.drop(columns="geometry")), [spec.weight])
    cells = frame[spec.weight]
    number = cells.map(spec.classes) if spec.classes else pd.to_numeric(cells, errors="coerce")
    allowed = ", ".join(spec.classes) if spec.classes else _NUMBER
    found = ProblemCollector()
    for row in frame.index[~(np.isfinite(number) & (number >= 0))][:20]:
        found.add(f"{path.name}, Nr. {row + 1}, {spec.weight}", f"gefunden {cells[row]!r}", allowed)
    found.raise_if_any(TableError, f"{path.name} enthält Gewichte, die keine sind.")
    weights: pd.Series = number.astype("float64")
    return weights


def _areas_as_units(spec: CrosswalkSource, path: Path, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The areas of a vintage with people from a table."""
    table = read_table(path, spec.format)
    require_columns(path, table, [str(spec.key), *([spec.weight] if spec.weight else [])])
    own = areas[areas["vintage"] == spec.units].set_index("area")
    keys = table[str(spec.key)].str.strip()
    weight = pd.Series(1.0, index=table.index)
    found = ProblemCollector()
    if spec.weight:
        weight = parse_numbers(table[spec.weight].str.strip(), spec.format)
        for row in table.index[~(np.isfinite(weight) & (weight >= 0))]:
            where = f"{path.name}, Zeile {table[ROW][row]}, {spec.weight}"
            found.add(where, f"gefunden {table[spec.weight][row]!r}", _NUMBER)
    found.raise_if_any(TableError, f"{path.name} enthält Gewichte, die keine sind.")
    for row in table.index[~keys.isin(own.index)]:
        where = f"{path.name}, Zeile {table[ROW][row]}"
        found.add(where, f"unbekannt {keys[row]!r}", f"ein Schlüssel des Stands {spec.units}")
    for row in table.index[keys.duplicated()]:
        found.add(f"{path.name}, Zeile {table[ROW][row]}", f"{keys[row]!r} mehrfach", "einmal")
    found.raise_if_any(KeyJoinError, f"{path.name} passt nicht zu den Gebieten.")
    geometry = own.geometry.loc[keys].to_numpy()
    rows = {"area": keys.to_numpy(), "weight": weight.to_numpy()}
    return gpd.GeoDataFrame(rows, geometry=geometry, crs=areas.crs)
