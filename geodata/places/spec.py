"""What a project says of a list of places, and what reading it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geodata.files import TableFormat
from geodata.places.duplicates import Doubt
from geodata.places.opening import Syntax
from geodata.tags import OsmRule

PLACE_COLUMNS = (
    "place",
    "name",
    "kind",
    "owner",
    "barrier_free",
    "capacity",
    "accepts",
    "address",
    "source",
)

UNNAMED = "Ohne Namen ("
"""How the name of a place begins that has none in the file; its address follows."""


@dataclass(frozen=True)
class AssumedOwner:
    """Places whose owner follows from their kind alone: kind, owner, keys of the places."""

    kind: str
    owner: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class PlacesSpec:
    """A list of rooms and services and what its columns mean.

    Parameters
    ----------
    file
        File name inside the data folder: a table (CSV, XLSX, XLS, ODS), a map (GeoJSON,
        GeoPackage, Shapefile) or an extract of OpenStreetMap (PBF).
    columns
        Our column (`PLACE_COLUMNS`, ``opening_hours``, and ``lon`` and ``lat`` or ``x`` and
        ``y``) to the file's. Needed are ``name``, ``kind`` and in a table the two
        coordinates. ``street`` and ``zip`` make an address where there is no column for the
        whole of it. With OpenStreetMap's tags none is needed; those named replace the
        standard ones.
    crs
        Of the coordinates; a map's own wins.
    format
        How all tables are written.
    owners
        Kind to owner, used where the file names no owner.
    windows, sessions, teams
        Tables of opening windows, of existing consultation hours and of teams, with the
        columns of `WINDOW_COLUMNS` (without ``known``), `SESSION_COLUMNS` (or ``times``
        instead of weekday, start and end) and `TEAM_COLUMNS`.
    title
        Written to the column ``source`` where the file names none.
    layer
        Of a map; the first where ``None``.
    tags
        The map carries OpenStreetMap's tags; always so for PBF.
    rules
        The project's own rules for tags, tried before the standard ones.
    hours
        Syntax of texts on opening hours.
    day
        First day of the year for which texts with dates are evaluated.
    """

    file: str
    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str = "EPSG:4326"
    format: TableFormat = field(default_factory=TableFormat)
    owners: Mapping[str, str] = field(default_factory=dict)
    windows: str | None = None
    sessions: str | None = None
    title: str = ""
    teams: str | None = None
    layer: str | None = None
    tags: bool = False
    rules: tuple[OsmRule, ...] = ()
    hours: Syntax = "auto"
    day: date = date(2025, 1, 1)

    @property
    def is_extract(self) -> bool:
        """Whether the file is an extract of OpenStreetMap."""
        return self.file.lower().endswith(".pbf")

    @property
    def is_tagged(self) -> bool:
        """Whether the file carries OpenStreetMap's tags instead of columns."""
        return self.tags or self.is_extract


@dataclass(frozen=True)
class PlacesReport:
    """What reading a list of places did, by name.

    Parameters
    ----------
    rows
        Places of the file.
    kept
        Places that remain.
    merged
        One German sentence for each place that was listed more than once.
    outside
        Names of the places outside the city.
    unnamed
        Places without a name, now called after their address.
    assumed
        The places kept whose owner was not delivered, by kind and owner.
    doubts
        Pairs of places that are both kept and may be one.
    hours
        One German sentence for each place whose opening hours are no weekly pattern.
    teams
        Every team with its columns, as plain values.
    """

    rows: int
    kept: int
    merged: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    assumed: tuple[AssumedOwner, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    hours: tuple[str, ...] = ()
    teams: tuple[Mapping[str, object], ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return the report as German sentences; of `assumed` whoever knows the words speaks."""
        lines = [f"{self.rows} Orte gelesen, {self.kept} übernommen.", *self.merged]
        lines += [str(doubt) for doubt in self.doubts]
        if self.outside:
            lines.append("Außerhalb der Stadt, weggelassen: " + ", ".join(self.outside) + ".")
        if self.unnamed:
            lines.append(f"{len(self.unnamed)} Orte tragen im Original keinen Namen.")
        return (*lines, *self.hours)


class PlacesResult(NamedTuple):
    """The three tables and the report."""

    places: gpd.GeoDataFrame
    windows: pd.DataFrame
    sessions: pd.DataFrame
    report: PlacesReport
