"""Everything that a project names, each source on its own: one fault does not hide the next."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd

from atlas.build.places import Places, read_all_places
from atlas.build.ways import Ways, read_ways
from atlas.project import Project
from geodata.areas import AREA_COLUMNS, LINK_COLUMNS, Cache, read_layer, survey_areas
from geodata.crosswalk import Crosswalk, CrosswalkSource, read_crosswalk
from geodata.errors import Problem, TableError, UserError, raise_together
from geodata.files import TableCache
from geodata.shapes import AreasReport
from indicators.catalogue import Catalogue
from indicators.disclosure.weights import read_key
from indicators.records import cluster_client, count_cases, vintage_of
from indicators.sources import Dataset
from indicators.tables import COUNT_KEYS, VALUE_KEYS, Reading, read_dataset

T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    """A source that could not be read, and why; ``file`` is empty for what concerns several."""

    file: str
    error: UserError


Counted = tuple[pd.DataFrame, dict[str, Any]]
"""Counts of a case list, and what became of its rows."""


@dataclass(frozen=True)
class Sources:
    """What could be read, and every fault.

    Parameters
    ----------
    areas, links
        As `read_areas` gives them; after a fault in the areas only the layers that could be
        read, and no links.
    readings
        A dataset with what was read from one of its files, in the project's order.
    cases
        Counts and report of each case list.
    places, ways, key
        None where the project names none, or where a fault kept them from being read.
    faults
        In the order of the project file.
    unread
        Files that were not looked into because the areas they belong to have a fault.
    whole
        Whether areas and levels fit together, so that sums can be made.
    outlines
        What reading the areas mended and noticed.
    crosswalks
        Those that could be read, with what the project says of them.
    """

    areas: gpd.GeoDataFrame
    links: pd.DataFrame
    readings: tuple[tuple[Dataset, Reading], ...]
    cases: tuple[Counted, ...]
    places: Places | None
    ways: Ways | None
    key: bytes | None
    faults: tuple[Fault, ...]
    unread: tuple[str, ...]
    whole: bool
    outlines: AreasReport = field(default_factory=AreasReport)
    crosswalks: tuple[tuple[CrosswalkSource, Crosswalk], ...] = ()

    @property
    def counts(self) -> pd.DataFrame:
        """All counts as delivered, with `COUNT_KEYS`, ``count`` and ``status``."""
        frames = [*(r.counts for _, r in self.readings), *(c for c, _ in self.cases)]
        empty = pd.DataFrame(columns=[*COUNT_KEYS, "count", "status"])
        return pd.concat(frames, ignore_index=True) if frames else empty

    @property
    def delivered(self) -> pd.DataFrame:
        """All delivered indicators, with `VALUE_KEYS`, ``value`` and ``status``."""
        frames = [r.values for _, r in self.readings]
        empty = pd.DataFrame(columns=[*VALUE_KEYS, "value", "status"])
        return pd.concat(frames, ignore_index=True) if frames else empty

    @property
    def reports(self) -> tuple[dict[str, Any], ...]:
        """One entry per file and case list that was read."""
        tables = (dict(entry) for _, reading in self.readings for entry in reading.report)
        return (*tables, *(report for _, report in self.cases))


class _Attempts:
    """Runs one reader after the other and keeps what went wrong."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def read(self, file: str, reader: Callable[[], T]) -> T | None:
        try:
            return reader()
        except UserError as error:
            self.faults.append(Fault(file, error))
            return None


def read_sources(
    project: Project,
    catalogue: Catalogue,
    data: Path,
    layouts: Path,
    tables: TableCache | None = None,
    cluster: str | None = None,
) -> Sources:
    """Read areas, tables, case lists, places and ways; no `UserError` leaves this function.

    Parameters
    ----------
    project
        The city.
    catalogue
        Knows the measures that tables may deliver.
    data, layouts
        Where the files and the layout tables lie.
    tables
        Remembers what was read of a file, for others that look at the same files.
    cluster
        Address of a Dask scheduler whose workers count the case lists.
    """
    tables = tables or TableCache()
    attempts, unread = _Attempts(), list[str]()
    attempts.read("", partial(_require, project, catalogue))
    areas, links, outlines, whole = _read_areas(project, data, attempts)
    units = {key: indicator.unit for key, indicator in catalogue.indicators.items()}
    reading = partial(
        read_dataset, areas=areas, folder=data, layouts=layouts, units=units, tables=tables
    )
    readings = _read_tables(project, areas, whole, reading, attempts, unread)
    cases, crosswalks, places, ways = list[Counted](), [], None, None
    if whole:
        cases = _count_lists(project, areas, data, cluster, attempts)
        crosswalks = _read_crosswalks(project, areas, data, attempts)
        places, ways = _read_rooms(project, areas, data, attempts)
    else:
        unread += [c.file for c in project.case_lists] + [p.file for p in project.places]
        unread += [c.file for c in project.crosswalks if c.file]
    secret = project.disclosure.key_file
    key = attempts.read(secret, partial(read_key, data / secret)) if secret else None
    sources = Sources(
        areas, links, tuple(readings), tuple(cases), places, ways, key, (), tuple(unread), whole,
        outlines, tuple(crosswalks),
    )  # fmt: skip
    attempts.read("", partial(_refuse_repeated, sources.counts, COUNT_KEYS))
    attempts.read("", partial(_refuse_repeated, sources.delivered, VALUE_KEYS))
    measures = set(sources.counts["measure"]) - set(project.check_only)
    attempts.read("", partial(catalogue.require, "measures", measures))
    return replace(sources, faults=tuple(attempts.faults))


def _count_lists(
    project: Project, areas: gpd.GeoDataFrame, data: Path, cluster: str | None, attempts: _Attempts
) -> list[Counted]:
    """Every case list by itself; a cluster is asked only while its workers count."""
    found: list[Counted] = []

    def count_all() -> None:
        with cluster_client(cluster if project.case_lists else None) as client:
            for listed in project.case_lists:
                one = partial(count_cases, listed, areas, project.vintages, data, client)
                counted = attempts.read(listed.file, one)
                found.extend([] if counted is None else [counted])

    attempts.read("", count_all)
    return found


def _read_tables(
    project: Project,
    areas: gpd.GeoDataFrame,
    whole: bool,
    read: Callable[[Dataset], Reading],
    attempts: _Attempts,
    unread: list[str],
) -> list[tuple[Dataset, Reading]]:
    """Every file of every dataset by itself; those without their areas are noted as unread."""
    known = set(zip(areas["level"], areas["vintage"], strict=True))
    readings = []
    for dataset in project.datasets:
        for file in dataset.files:
            if not whole and (dataset.level, file.vintage) not in known:
                unread.append(file.file)
                continue
            one = replace(dataset, files=(file,))
            reading = attempts.read(file.file, partial(read, one))
            readings += [] if reading is None else [(dataset, reading)]
    return readings


def _read_crosswalks(
    project: Project, areas: gpd.GeoDataFrame, data: Path, attempts: _Attempts
) -> list[tuple[CrosswalkSource, Crosswalk]]:
    """Every crosswalk between the finest areas of two states."""
    fine = areas[areas["level"] == project.levels[0].key]
    found = []
    for source in project.crosswalks:
        walk = attempts.read(source.file or "", partial(read_crosswalk, source, fine, data))
        found += [] if walk is None else [(source, walk)]
    return found


def _read_rooms(
    project: Project, areas: gpd.GeoDataFrame, data: Path, attempts: _Attempts
) -> tuple[Places | None, Ways | None]:
    """Places and ways, which need the finest areas in force on the reporting date."""
    fine = attempts.read("", partial(current_fine, project, areas))
    if fine is None:
        return None, None
    files = ", ".join(p.file for p in project.places)
    places = attempts.read(files, partial(read_all_places, project, fine, data))
    if places is None:
        return None, None
    files = ", ".join(file for file, _ in project.travel.files)
    return places, attempts.read(files, partial(read_ways, project, fine, places.places, data))


def raise_faults(faults: Sequence[Fault]) -> None:
    """Raise everything that is wrong as one error; a single fault as it is."""
    summary = f"Es gibt Fehler an {len(faults)} Stellen; alle stehen hier."
    raise_together([fault.error for fault in faults], summary)


def current_fine(project: Project, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The finest areas in force on the reporting date."""
    vintage = vintage_of(project.reporting_date, project.vintages)
    return areas[(areas["level"] == project.levels[0].key) & (areas["vintage"] == vintage)]


def _require(project: Project, catalogue: Catalogue) -> None:
    """What a project asks for must stand in the catalogue."""
    catalogue.require("indicators", project.indicators)
    catalogue.require("indices", project.indices)
    catalogue.require("indicators", list(project.standardise))
    catalogue.require("groups", [g for groups in project.standardise.values() for g in groups])


def _read_areas(
    project: Project, data: Path, attempts: _Attempts
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, AreasReport, bool]:
    """All areas; where they have a fault, the layers that can be read and the faults of all."""
    try:
        survey = survey_areas(
            project.geometries, project.hierarchies, project.levels, project.city_area,
            project.crs, data,
        )  # fmt: skip
        return survey.areas, survey.links, survey.report, True
    except UserError as error:
        together = error
    before, layers, reports, cache = len(attempts.faults), [], [], Cache()
    for source in project.geometries:
        layer = attempts.read(source.file, partial(read_layer, source, project.crs, data, cache))
        if layer is not None:
            layers.append(layer.frame.assign(level=source.level, vintage=source.vintage))
            reports.append(layer.report)
    if len(attempts.faults) == before:  # each is sound, so they do not fit together
        named = [g.file for g in project.geometries] + [h.file for h in project.hierarchies]
        files = dict.fromkeys(named)
        attempts.faults.append(Fault(", ".join(files), together))
    report = AreasReport(tuple(reports), ())
    return _together(layers), pd.DataFrame(columns=LINK_COLUMNS), report, False


def _together(layers: Iterable[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    found = [layer[AREA_COLUMNS] for layer in layers]
    if not found:
        return gpd.GeoDataFrame(columns=AREA_COLUMNS, geometry="geometry")
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True), geometry="geometry")


def _refuse_repeated(table: pd.DataFrame, keys: list[str]) -> None:
    """Two sources for one cell would be two truths."""
    twice = table[table.duplicated(keys)].groupby(keys[3:], sort=True).size()
    problems = [
        Problem(
            ", ".join(map(str, key if isinstance(key, tuple) else (key,))), f"{n} Werte doppelt"
        )
        for key, n in twice.items()
    ]
    if problems:
        raise TableError("Mehrere Quellen liefern dieselben Zahlen; wählen Sie eine.", problems)
