"""A city is a project file: TOML, read into frozen dataclasses, all mistakes at once.

The file says where the data lies and what it means; no city stands in code. Relative
paths are resolved against the data folder, layout tables against the project file.
"""

import re
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter
from pydantic.dataclasses import dataclass
from pyproj import CRS
from pyproj.exceptions import CRSError

from atlas.tomlfile import DATE_PATTERN, KEY_PATTERN, Loc, load_toml, place_of
from atlas.travel_rule import TravelRule
from geodata.areas import CityArea, GeometrySource, HierarchySource, key_pattern_problem
from geodata.crosswalk import CrosswalkSource
from geodata.errors import ProblemCollector, ProjectError
from geodata.files import TableFormat, leaves_folder
from geodata.model import Level, Source, Vintage
from geodata.sources import address_problem
from geodata.tags import OsmRule
from indicators.sources import CaseList, Dataset
from indicators.symbols import profile_keys

FORMAT = 1
_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=False)

Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
IsoDate = Annotated[str, StringConstraints(pattern=DATE_PATTERN)]


@dataclass(frozen=True, config=_STRICT)
class Identity:
    """A total and its parts across measures, used only where the source fulfils it."""

    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True, config=_STRICT)
class StockFlow:
    """A stock carried forward, used only between dates where the source fulfils it."""

    stock: str
    inflow: tuple[str, ...] = ()
    outflow: tuple[str, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class External:
    """An exact number that somebody else publishes, whatever is hidden here."""

    measure: Key
    level: Key
    area: str
    period: IsoDate
    count: Annotated[int, Field(ge=0)]
    source: str
    group: Key = "total"
    definition: Literal["same", "other"] = "same"


@dataclass(frozen=True, config=_STRICT)
class DisclosureRule:
    """The primary rule and what must stay published.

    ``thresholds`` has those of single measures; ``min_public`` says below which public number
    none of its parts is printed, None for twice the threshold; ``key_file`` names the secret
    that decides between cells that are equally dear to hide.
    """

    threshold: Annotated[int, Field(ge=2, le=100)] = 3
    zeros: Literal["published"] = "published"
    keep_levels: tuple[Key, ...] = ()
    thresholds: dict[Key, Annotated[int, Field(ge=2, le=100)]] = field(default_factory=dict)
    full_groups: bool = True
    min_public: Annotated[int, Field(ge=0, le=1000)] | None = None
    key_file: str | None = None

    @property
    def smallest_public(self) -> int:
        """Of parts of a public number above 0 and below this one nothing is printed.

        Below twice the threshold a part or what is left of it is small or nobody, whatever
        the part's number is.
        """
        return 2 * self.threshold if self.min_public is None else self.min_public


@dataclass(frozen=True, config=_STRICT)
class HotspotRule:
    """Which indicators are tested for spatial clusters, on which level, how."""

    level: Key
    indicators: tuple[Key, ...]
    permutations: Annotated[int, Field(ge=99)] = 9999
    seed: int = 20240101
    alpha: float = 0.05


@dataclass(frozen=True, config=_STRICT)
class PlaceSource:
    """A list of rooms and services: a table, a map, or an extract of OpenStreetMap.

    ``columns`` maps our column names (place, name, kind, owner, barrier_free, capacity,
    accepts, address, opening_hours, lon, lat or x, y) to the file's. ``owners`` maps a kind
    to an owner where the file names none. ``tags`` says that a map carries OpenStreetMap's
    tags, for which ``rules`` come before the standard ones.
    """

    source: Source
    file: str
    columns: dict[str, str] = field(default_factory=dict)
    crs: str = "EPSG:4326"
    format: TableFormat = field(default_factory=TableFormat)
    owners: dict[str, Literal["public", "non_profit", "other", "unknown"]] = field(
        default_factory=dict
    )
    windows: str | None = None
    sessions: str | None = None
    teams: str | None = None
    layer: str | None = None
    tags: bool = False
    rules: tuple[OsmRule, ...] = ()
    hours: Literal["auto", "german", "osm"] = "auto"

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that is named."""
        return tuple(f for f in (self.file, self.windows, self.sessions, self.teams) if f)


@dataclass(frozen=True, config=_STRICT)
class Project:
    """Everything a build needs to know about a city."""

    format: Literal[1]
    key: Key
    title: str
    city: str
    crs: str
    reporting_date: IsoDate
    levels: tuple[Level, ...]
    vintages: tuple[Vintage, ...]
    geometries: tuple[GeometrySource, ...]
    city_area: CityArea
    datasets: tuple[Dataset, ...]
    indicators: tuple[Key, ...]
    language: Literal["de", "en"] = "de"
    notice: str = ""
    hierarchies: tuple[HierarchySource, ...] = ()
    crosswalks: tuple[CrosswalkSource, ...] = ()
    case_lists: tuple[CaseList, ...] = ()
    identities: tuple[Identity, ...] = ()
    flows: tuple[StockFlow, ...] = ()
    external: tuple[External, ...] = ()
    check_only: tuple[Key, ...] = ()
    disclosure: DisclosureRule = field(default_factory=DisclosureRule)
    indices: tuple[Key, ...] = ()
    own_indices: tuple[dict[str, Any], ...] = ()
    standardise: dict[Key, Annotated[tuple[Key, ...], Field(min_length=2)]] = field(
        default_factory=dict
    )
    hotspots: HotspotRule | None = None
    places: tuple[PlaceSource, ...] = ()
    travel: TravelRule = field(default_factory=TravelRule)
    scenario: str | None = None
    ledger: str | None = None
    default_indicator: Key | None = None


_ADAPTER: TypeAdapter[Project] = TypeAdapter(Project)


def load_project(path: Path) -> Project:
    """Read a project file.

    Raises
    ------
    FileMissingError
        The file is not there.
    ProjectError
        It is not TOML, or entries are wrong; every mistake is listed with its line.
    """
    project, text = load_toml(path, _ADAPTER, f"Die Projektdatei {path.name} ist fehlerhaft.")
    _check_references(project, text, path)
    return project


def _check_references(project: Project, text: str, path: Path) -> None:
    """Refuse a project whose parts name levels, vintages or dates that it does not have."""
    found = _References(project, text, path)
    found.unique("levels", [level.key for level in project.levels])
    found.unique("vintages", [vintage.key for vintage in project.vintages])
    if len(project.levels) < 2:
        count = f"{len(project.levels)} Ebene"
        found.problems.add(f"{path.name}, levels", count, "mindestens zwei, die feinste zuerst")
    found.check_crs()
    found.check_areas()
    found.check_crosswalks()
    for i, dataset in enumerate(project.datasets):
        found.check_dataset(i, dataset)
    for i, cases in enumerate(project.case_lists):
        found.check_cases(i, cases)
    if project.hotspots:
        found.one_of(("hotspots", "level"), project.hotspots.level, found.levels[:-1])
    for i, external in enumerate(project.external):
        found.one_of(("external", i, "level"), external.level, found.levels)
        found.date(("external", i, "period"), external.period)
    for i, source in enumerate(project.places):
        found.check_places(i, source)
    for key in project.disclosure.keep_levels:
        found.one_of(("disclosure", "keep_levels"), key, found.levels)
    found.date(("reporting_date",), project.reporting_date)
    found.check_travel()
    found.check_paths()
    found.problems.raise_if_any(ProjectError, f"Die Projektdatei {path.name} ist fehlerhaft.")


def _named_files(project: Project) -> list[tuple[Loc, str]]:
    """Every file of the data folder, with its place in the project file."""
    named: list[tuple[Loc, str]] = [
        (("geometries", i, "file"), g.file) for i, g in enumerate(project.geometries)
    ]
    named += [(("hierarchies", i, "file"), h.file) for i, h in enumerate(project.hierarchies)]
    for i, dataset in enumerate(project.datasets):
        named += [(("datasets", i, "file"), f.file) for f in dataset.files]
        named += [(("datasets", i, "labels"), dataset.labels)] if dataset.labels else []
        named.append((("datasets", i, "symbols"), dataset.symbols))
    named += [(("case_lists", i, "file"), c.file) for i, c in enumerate(project.case_lists)]
    for i, cases in enumerate(project.case_lists):
        if cases.addresses:
            named.append((("case_lists", i, "addresses"), cases.addresses.register.file))
    for i, crosswalk in enumerate(project.crosswalks):
        named += [(("crosswalks", i, "file"), crosswalk.file)] if crosswalk.file else []
    named += [(("places", i, "file"), f) for i, p in enumerate(project.places) for f in p.files]
    return named + [(("travel",), file) for file, _ in project.travel.files]


class _References:
    """Checks what one part of a project says of another, and collects the mistakes."""

    def __init__(self, project: Project, text: str, path: Path) -> None:
        self.project, self._text, self._path = project, text, path
        self.levels = [level.key for level in project.levels]
        self.vintages = [vintage.key for vintage in project.vintages]
        self.problems = ProblemCollector()

    def add(self, loc: Loc, found: str, allowed: str = "") -> None:
        self.problems.add(place_of(loc, self._text, self._path), found, allowed)

    def one_of(self, loc: Loc, value: str, allowed: list[str]) -> None:
        if value not in allowed:
            self.add(loc, f"gefunden {value!r}", ", ".join(allowed))

    def unique(self, name: str, keys: list[str]) -> None:
        for key in sorted({k for k in keys if keys.count(k) > 1}):
            where = f"{self._path.name}, {name}"
            self.problems.add(where, f"{key!r} steht mehrfach", "jeder Schlüssel einmal")

    def date(self, loc: Loc, value: str | None) -> None:
        """Refuse dates that no calendar has."""
        try:
            date.fromisoformat(value or "2000-01-01")
        except ValueError:
            self.add(loc, f"gefunden {value!r}", "ein Tag im Kalender")

    def check_crs(self) -> None:
        """The city's own system must exist and measure in metres: areas and ways are computed."""
        try:
            crs = CRS.from_user_input(self.project.crs)
        except CRSError:
            self.add(("crs",), f"gefunden {self.project.crs!r}", "zum Beispiel EPSG:25832")
            return
        if not crs.is_projected or {a.unit_name for a in crs.axis_info} != {"metre"}:
            what = f"{self.project.crs!r} misst nicht in Metern"
            self.add(("crs",), what, "zum Beispiel EPSG:25832 oder EPSG:25833")

    def check_paths(self) -> None:
        """No file of the data may lie outside its folder, whatever the project says."""
        for loc, name in _named_files(self.project):
            if leaves_folder(name):
                what = f"{name!r} führt aus dem Ordner heraus"
                self.add(loc, what, "eine Datei im Ordner oder in einem Unterordner")

    def check_travel(self) -> None:
        """Refuse departures that no morning has, and profiles without a speed."""
        way = self.project.travel
        if way.files and not self.project.places:
            self.add(("travel",), "Dateien für Wege, aber keine Räume", "[[places]] dazu")
        for name in way.without_steps if way.without_steps != TravelRule().without_steps else ():
            self.one_of(("travel", "without_steps"), name, sorted(way.speeds_kmh))
        for name, kmh in way.speeds_kmh.items():
            if kmh <= 0:
                self.add(("travel", "speeds_kmh"), f"{name} = {kmh:g}", "mehr als 0")
        if way.transit is None:
            return
        self.date(("travel", "transit", "service_day"), way.transit.service_day)
        if not way.transit.departures:
            what = f"{way.transit.last} liegt vor {way.transit.first}"
            self.add(("travel", "transit", "last"), what, "eine Uhrzeit nach first")

    def check_areas(self) -> None:
        for i, geometry in enumerate(self.project.geometries):
            self.one_of(("geometries", i, "level"), geometry.level, self.levels[:-1])
            self.one_of(("geometries", i, "vintage"), geometry.vintage, self.vintages)
            wrong = key_pattern_problem(geometry.key_pattern) if geometry.key_pattern else None
            if wrong:
                self.add(("geometries", i, "key_pattern"), wrong)
            address = address_problem(geometry.file, geometry.layer)
            if address:
                self.add(("geometries", i, "file"), address)
            self.check_layer_crs(i, geometry.crs)
        for i, hierarchy in enumerate(self.project.hierarchies):
            self.one_of(("hierarchies", i, "child_level"), hierarchy.child_level, self.levels[:-1])
            self.one_of(("hierarchies", i, "level"), hierarchy.level, self.levels[:-1])
            self.one_of(("hierarchies", i, "vintage"), hierarchy.vintage, self.vintages)

    def check_layer_crs(self, i: int, name: str | None) -> None:
        try:
            CRS.from_user_input(name or self.project.crs)
        except CRSError:
            if name:
                self.add(("geometries", i, "crs"), f"gefunden {name!r}", "zum Beispiel EPSG:25832")

    def check_crosswalks(self) -> None:
        """Refuse a crosswalk between what is not there, or without what its method needs."""
        walks = self.project.crosswalks
        for i, walk in enumerate(walks):
            loc = ("crosswalks", i)
            self.one_of((*loc, "from_vintage"), walk.from_vintage, self.vintages)
            others = [v for v in self.vintages if v != walk.from_vintage]
            self.one_of((*loc, "to_vintage"), walk.to_vintage, others)
            if walk.units is not None:
                self.one_of((*loc, "units"), walk.units, self.vintages)
            for name in walk.missing():
                self.add((*loc, "method"), f"{walk.method!r} ohne {name}", f"{name} dazu")
        pairs = [f"{w.from_vintage} → {w.to_vintage}" for w in walks]
        self.unique("crosswalks", pairs)

    def check_dataset(self, i: int, dataset: Dataset) -> None:
        self.one_of(("datasets", i, "level"), dataset.level, self.levels)
        if not dataset.symbols.endswith(".toml"):
            self.one_of(("datasets", i, "symbols"), dataset.symbols, profile_keys())
        for rule in dataset.subtotal_rows:
            if rule.level is not None:
                self.one_of(("datasets", i, "subtotal_rows"), rule.level, self.levels)
        for file in dataset.files:
            self.one_of(("datasets", i, "vintage"), file.vintage, self.vintages)
            self.date(("datasets", i, "period"), file.period)
            dated = dataset.period_in_header or dataset.period_column or file.sheets
            if not (file.period or dated):
                what = f"{file.file}: kein Zeitpunkt"
                self.add(("datasets", i, "files"), what, "period oder period_column")
        if dataset.layout == "wide" and not (dataset.counts or dataset.values):
            what = "keine Spalte ist zugeordnet"
            self.add(("datasets", i, "counts"), what, "eine Spalte in counts oder values")
        complete = dataset.labels and dataset.label_columns and dataset.value_column
        if dataset.layout == "long" and not complete:
            what = "labels, label_columns und value_column dazu"
            self.add(("datasets", i, "layout"), "lange Tabelle", what)
        for word, what, allowed in dataset.faults():
            self.add(("datasets", i, word), what, allowed)

    def check_places(self, i: int, source: PlaceSource) -> None:
        """Rules that fit everything or nothing are found before a build begins."""
        for rule in source.rules:
            if not rule.tags:
                self.add(("places", i, "rules"), f"{rule.kind!r} ohne tags", "ein Tag je Regel")
            try:
                re.compile(rule.name)
            except re.error as error:
                what = f"{rule.name!r}: {error}"
                self.add(("places", i, "rules"), what, "ein regulärer Ausdruck")

    def check_cases(self, i: int, cases: CaseList) -> None:
        self.one_of(("case_lists", i, "level"), cases.level, self.levels)
        for key in cases.areas:
            self.one_of(("case_lists", i, "areas"), key, self.vintages)
        for period in cases.periods:
            self.date(("case_lists", i, "periods"), period)
        ways = [w for w in (cases.areas, cases.points, cases.addresses) if w]
        if len(ways) != 1:
            what = f"{len(ways)} Wege zum Raum"
            self.add(("case_lists", i), what, "eines von areas, points, addresses")
        for count in cases.counts:
            if (count.date is None) == (count.begin is None) or (count.end and not count.begin):
                what = f"{count.measure}: kein eindeutiger Tag"
                self.add(("case_lists", i, "counts"), what, "date, oder begin und end")
        for column in sorted(set(cases.used) - set(cases.columns)):
            self.add(
                ("case_lists", i, "columns"),
                f"Spalte {column!r} wird benutzt, ist aber nicht erlaubt",
            )
