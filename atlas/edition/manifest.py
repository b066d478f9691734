"""`manifest.json`: what an edition is and how to tell it is whole."""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from geodata.model import Level, Vintage
from indicators.disclosure.flows import Flow
from indicators.disclosure.identities import Relation

FORMAT = 2


@dataclass(frozen=True)
class SourceCard:
    """A file the edition was made from."""

    name: str
    title: str
    publisher: str
    licence: str
    attribution: str
    period: str
    sha256: str


@dataclass(frozen=True)
class HierarchyInfo:
    """A grouping of areas; the main one has the key ``raum``."""

    key: str
    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class DisclosureSummary:
    """The rule, and what the audit found."""

    threshold: int
    zeros: str
    suppressed: int
    cells: int
    audited: int
    narrowest: int | None
    public_measures: tuple[str, ...] = ()
    thresholds: dict[str, int] = field(default_factory=dict)
    full_groups: bool = False
    min_public: int = 0


@dataclass(frozen=True)
class ExternalNumber:
    """An exact number that somebody else publishes and a reader can calculate with."""

    area: str
    level: str
    vintage: str
    period: str
    measure: str
    group: str
    count: int
    source: str


@dataclass(frozen=True)
class IndexInfo:
    """An index and its classes in order, as German words."""

    key: str
    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class WayInfo:
    """How the minutes of one mode were found, and for which profiles.

    ``method``: ``straight`` line times detour, shortest way on a ``network``, ``timetable``
    (with walks on the network where there is one), or ``delivered`` by the user.
    """

    mode: str
    method: Literal["straight", "network", "timetable", "delivered"]
    profiles: tuple[str, ...]


@dataclass(frozen=True)
class MorningInfo:
    """For which departures a timetable was asked: service day, times of day, steps."""

    service_day: str
    first: str
    last: str
    every_minutes: int


@dataclass(frozen=True)
class TravelInfo:
    """How minutes were found: detour of a straight line and its usual span, methods by mode.

    An edition without ``ways`` has straight lines only. ``homes`` says whether ways begin at
    points where people live, not at points spread over an area. Ways longer than
    ``max_minutes`` are not stored; None in an edition that does not tell.
    """

    detour: float
    detour_low: float
    detour_high: float
    speeds_kmh: dict[str, float] = field(default_factory=dict)
    ways: tuple[WayInfo, ...] = ()
    morning: MorningInfo | None = None
    homes: bool = False
    max_minutes: float | None = None


@dataclass(frozen=True)
class TableInfo:
    """Rows and hash of one table."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class LedgerMark:
    """The entry of the city's ledger that an edition was published under."""

    city: str
    number: int
    sha256: str


@dataclass(frozen=True)
class Draft:
    """What a build knows about an edition before it is written."""

    title: str
    city: str
    notice: str
    language: str
    crs: str
    reporting_date: str
    project_sha256: str
    sources: tuple[SourceCard, ...]
    levels: tuple[Level, ...]
    hierarchies: tuple[HierarchyInfo, ...]
    vintages: tuple[Vintage, ...]
    disclosure: DisclosureSummary
    equations: tuple[Relation, ...] = ()
    flows: tuple[Flow, ...] = ()
    external: tuple[ExternalNumber, ...] = ()
    indices: tuple[IndexInfo, ...] = ()
    default_indicator: str | None = None
    scenario: str | None = None
    travel: TravelInfo | None = None


@dataclass(frozen=True)
class Manifest(Draft):
    """`manifest.json`: what an edition is and how to tell it is whole.

    ``draft`` is an edition that was built to look at and is in no ledger; one without
    ``ledger`` that is no draft was published without regard to earlier editions.
    """

    format: int = FORMAT
    id: str = ""
    content: str = ""
    created: str = ""
    software: str = ""
    previous: str | None = None
    draft: bool = False
    ledger: LedgerMark | None = None
    tables: dict[str, TableInfo] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)


def content_of(files: Mapping[str, str]) -> str:
    """The identity of an edition: a hash over the sorted hashes of its tables, without clock."""
    tables = sorted(digest for name, digest in files.items() if name.endswith(".parquet"))
    return hashlib.sha256("\n".join(tables).encode()).hexdigest()
