"""Reading everything that a project names, before anything is computed."""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.build.ways import Ways, read_ways
from atlas.project import Project
from atlas.wording import number, word_or_key
from geodata.areas import read_areas
from geodata.crosswalk import Crosswalk, CrosswalkSource, read_crosswalk
from geodata.errors import Problem, TableError
from geodata.files import sha256_of
from geodata.places import PlacesReport, PlacesSpec, join_places, read_places
from indicators.aggregate import complete, lift_counts
from indicators.catalogue import Catalogue
from indicators.disclosure.weights import read_key
from indicators.records import count_cases, vintage_of
from indicators.tables import COUNT_KEYS, VALUE_KEYS, read_dataset


@dataclass(frozen=True)
class Places:
    """Rooms, their opening windows, existing sessions, and what reading them did.

    ``reports`` has one entry per table of places, for the check report.
    """

    places: gpd.GeoDataFrame | None = None
    windows: pd.DataFrame | None = None
    sessions: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    reports: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Inputs:
    """Everything read from the files, before protection; never published.

    ``hashes`` has the sha256 of every file by its name in the project; ``key`` is the secret
    that decides between cells that are equally dear to hide; ``public_values`` are the
    delivered indicators that are public already; ``ways`` has the files of minutes;
    ``crosswalks`` carry counts from one state of the areas to another.
    """

    areas: gpd.GeoDataFrame
    links: pd.DataFrame
    counts: pd.DataFrame
    delivered: pd.DataFrame
    places: Places
    public_measures: frozenset[str]
    reports: tuple[dict[str, Any], ...]
    hashes: dict[str, str]
    key: bytes | None = None
    public_values: frozenset[str] = frozenset()
    ways: Ways | None = None
    crosswalks: tuple[tuple[CrosswalkSource, Crosswalk], ...] = ()


def read_inputs(project: Project, catalogue: Catalogue, data: Path, layouts: Path) -> Inputs:
    """Read areas, tables and case lists, and add the sums of all coarser levels."""
    catalogue.require("indicators", project.indicators)
    catalogue.require("indices", project.indices)
    catalogue.require("indicators", list(project.standardise))
    catalogue.require("groups", [g for groups in project.standardise.values() for g in groups])
    areas, links = read_areas(
        project.geometries, project.hierarchies, project.levels, project.city_area,
        project.crs, data,
    )  # fmt: skip
    readings = [read_dataset(d, areas, data, layouts) for d in project.datasets]
    cases = [count_cases(c, areas, project.vintages, data) for c in project.case_lists]
    counts = pd.concat([*(r.counts for r in readings), *(c for c, _ in cases)], ignore_index=True)
    delivered = pd.concat([r.values for r in readings], ignore_index=True)
    _refuse_repeated(counts, COUNT_KEYS)
    _refuse_repeated(delivered, VALUE_KEYS)
    counts = lift_counts(complete(counts, areas, COUNT_KEYS, "count"), links)
    catalogue.require("measures", set(counts["measure"]) - set(project.check_only))
    key_file = project.disclosure.key_file
    places = _places(project, areas, data)
    fine = areas[areas["level"] == project.levels[0].key]
    ways = read_ways(project, current_fine(project, areas), places.places, data)
    return Inputs(
        areas=areas,
        links=links,
        counts=counts,
        delivered=complete(delivered, areas, VALUE_KEYS, "value"),
        public_measures=_public_measures(project, [r.counts for r in readings]),
        public_values=_public_values(project, [r.values for r in readings]),
        places=places,
        reports=(*(e for r in readings for e in r.report), *(report for _, report in cases)),
        hashes={name: sha256_of(data / name) for name in files_of(project)},
        key=read_key(data / key_file) if key_file else None,
        ways=ways,
        crosswalks=tuple((c, read_crosswalk(c, fine, data)) for c in project.crosswalks),
    )


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


def _public_measures(project: Project, counts: list[pd.DataFrame]) -> frozenset[str]:
    """Measures that come from sources already public, and from no other."""
    public: set[str] = set()
    internal: set[str] = set()
    for dataset, table in zip(project.datasets, counts, strict=True):
        (public if dataset.already_public else internal).update(table["measure"].unique())
    internal |= {c.measure for cases in project.case_lists for c in cases.counts}
    return frozenset(public - internal)


def _public_values(project: Project, values: list[pd.DataFrame]) -> frozenset[str]:
    """Delivered indicators that come from sources already public, and from no other."""
    named = [set(table["indicator"]) for table in values]
    public = {
        i for d, own in zip(project.datasets, named, strict=True) if d.already_public for i in own
    }
    internal = {
        i
        for d, own in zip(project.datasets, named, strict=True)
        if not d.already_public
        for i in own
    }
    return frozenset(public - internal)


def files_of(project: Project) -> list[str]:
    """Every file of the data folder that a project names, each once."""
    named = [g.file for g in project.geometries] + [h.file for h in project.hierarchies]
    named += [f.file for d in project.datasets for f in d.files]
    named += [c.file for c in project.case_lists]
    named += [c.file for c in project.crosswalks if c.file]
    named += [f for p in project.places for f in p.files]
    named += [file for file, _ in project.travel.files] if project.places else []
    return list(dict.fromkeys(named))


def current_fine(project: Project, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The finest areas in force on the reporting date."""
    vintage = vintage_of(project.reporting_date, project.vintages)
    return areas[(areas["level"] == project.levels[0].key) & (areas["vintage"] == vintage)]


def _places(project: Project, areas: gpd.GeoDataFrame, data: Path) -> Places:
    """All tables of places together; empty ones where the project names none."""
    fine = current_fine(project, areas)
    results = []
    for source in project.places:
        spec = PlacesSpec(
            source.file, source.columns, source.crs, source.format, source.owners,
            source.windows, source.sessions, source.source.title, source.teams, source.layer,
            source.tags, source.rules, source.hours, date.fromisoformat(project.reporting_date),
        )  # fmt: skip
        results.append(read_places(spec, data, fine))
    if not results:
        return Places()
    joined = join_places(results)
    between = {"merged": list(joined.merged), "doubts": [d.as_dict() for d in joined.doubts]}
    across = {"file": "", "assumed_owners": [], **between}
    return Places(
        joined.places,
        joined.windows,
        joined.sessions,
        (*joined.lines(), *(line for r in joined.reports for line in _assumed(r))),
        (
            *(_report(p.file, r) for p, r in zip(project.places, joined.reports, strict=True)),
            *([across] if joined.merged or joined.doubts else []),
        ),
    )


def _report(file: str, report: PlacesReport) -> dict[str, Any]:
    """What reading one list of places did, as plain values for the check report."""
    return {
        "file": file,
        "rows": report.rows,
        "kept": report.kept,
        "assumed_owners": [asdict(a) for a in report.assumed],
        "merged": list(report.merged),
        "doubts": [d.as_dict() for d in report.doubts],
        "hours": list(report.hours),
        "teams": [dict(t) for t in report.teams],
    }


def _assumed(report: PlacesReport) -> list[str]:
    """Say where an owner follows from the kind of place alone, in words and not in keys."""
    return [
        f"Träger nach der Art des Ortes angenommen, nicht geliefert: "
        f"{word_or_key('kind', a.kind)} gilt als {word_or_key('owner', a.owner)} "
        f"({number(len(a.places))} {'Ort' if len(a.places) == 1 else 'Orte'})."
        for a in report.assumed
    ]
