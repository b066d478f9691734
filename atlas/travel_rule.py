"""The part of a project file that says how minutes are computed, and from which files."""

from dataclasses import field
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass

from atlas.tomlfile import DATE_PATTERN, KEY_PATTERN
from geodata.files import TableFormat
from geodata.model import Source

_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=False)
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
IsoDate = Annotated[str, StringConstraints(pattern=DATE_PATTERN)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Minutes = Annotated[float, Field(ge=1, le=600)]


@dataclass(frozen=True, config=_STRICT)
class StreetFile:
    """An OpenStreetMap file (.pbf): ways on foot are then measured on its network."""

    source: Source
    file: str


@dataclass(frozen=True, config=_STRICT)
class TimetableFile:
    """A timetable feed (GTFS, .zip): minutes by public transport are then computed too."""

    source: Source
    file: str
    service_day: IsoDate
    first: Clock = "08:00"
    last: Clock = "11:00"
    every_minutes: Annotated[int, Field(ge=1, le=180)] = 10
    access_minutes: Minutes = 30.0
    transfer_minutes: Minutes = 10.0
    change_minutes: Annotated[float, Field(ge=0, le=60)] = 1.0
    max_rides: Annotated[int, Field(ge=1, le=10)] = 4

    @property
    def departures(self) -> tuple[int, ...]:
        """When people set out, in seconds after midnight, the last one included."""
        return tuple(range(_seconds(self.first), _seconds(self.last) + 1, 60 * self.every_minutes))


@dataclass(frozen=True, config=_STRICT)
class MinutesFile:
    """A user's own table of minutes; it replaces what would be computed."""

    source: Source
    file: str
    format: TableFormat = field(default_factory=TableFormat)
    mode: Key = "walk"
    profile: Key = "standard"


@dataclass(frozen=True, config=_STRICT)
class HomesFile:
    """Points of addresses or residents: a table with coordinates or a geometry file.

    They must be public already: from the minutes to many places the points and their weights
    can be computed back.
    """

    source: Source
    file: str
    already_public: Literal[True]
    x: str = "lon"
    y: str = "lat"
    weight: str | None = None
    crs: str = "EPSG:4326"
    layer: str | None = None
    format: TableFormat = field(default_factory=TableFormat)


@dataclass(frozen=True, config=_STRICT)
class InhabitedFile:
    """Polygons of the inhabited part of the city."""

    source: Source
    file: str
    layer: str | None = None


@dataclass(frozen=True, config=_STRICT)
class TravelRule:
    """How minutes are computed: by straight lines, and by the files that are named.

    ``without_steps`` names the profiles that need ways without steps, and vehicles and stops
    that a wheelchair can use.
    """

    detour: Annotated[float, Field(ge=1.0, le=3.0)] = 1.3
    detour_low: float = 1.2
    detour_high: float = 1.5
    speeds_kmh: dict[str, float] = field(
        default_factory=lambda: {"standard": 4.5, "senioren": 3.0, "rollstuhl": 2.5}
    )
    points: Annotated[int, Field(ge=1, le=200)] = 20
    max_minutes: float = 90.0
    without_steps: tuple[Key, ...] = ("rollstuhl",)
    network: StreetFile | None = None
    transit: TimetableFile | None = None
    matrix: MinutesFile | None = None
    homes: HomesFile | None = None
    inhabited: InhabitedFile | None = None

    @property
    def files(self) -> tuple[tuple[str, Source], ...]:
        """Every file that is named, with its source."""
        parts = (self.network, self.transit, self.matrix, self.homes, self.inhabited)
        return tuple((p.file, p.source) for p in parts if p is not None)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes)
