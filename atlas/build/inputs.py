"""Reading everything that a project names, before anything is computed."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.build.collect import Sources, current_fine, raise_faults, read_sources
from atlas.build.places import Places
from atlas.build.ways import Ways
from atlas.project import Project
from geodata.crosswalk import Crosswalk, CrosswalkSource
from geodata.files import sha256_of
from geodata.shapes import AreasReport
from geodata.sources import is_service
from indicators.aggregate import complete, lift_counts
from indicators.catalogue import Catalogue
from indicators.tables import COUNT_KEYS, VALUE_KEYS

__all__ = ["Inputs", "Places", "current_fine", "files_of", "read_inputs"]


@dataclass(frozen=True)
class Inputs:
    """Everything read from the files, before protection; never published.

    ``hashes`` has the sha256 of every file by its name in the project; ``key`` is the secret
    that decides between cells that are equally dear to hide; ``public_values`` are the
    delivered indicators that are public already; ``ways`` has the files of minutes;
    ``outlines`` tells what reading the areas mended and noticed; ``crosswalks`` carry counts
    from one state of the areas to another.
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
    outlines: AreasReport = field(default_factory=AreasReport)
    crosswalks: tuple[tuple[CrosswalkSource, Crosswalk], ...] = ()


def read_inputs(
    project: Project, catalogue: Catalogue, data: Path, layouts: Path, cluster: str | None = None
) -> Inputs:
    """Read areas, tables and case lists, and add the sums of all coarser levels.

    Raises
    ------
    UserError
        Every source is read before, so that all faults of all of them are told at once.
    """
    sources = read_sources(project, catalogue, data, layouts, cluster=cluster)
    raise_faults(sources.faults)
    areas, links = sources.areas, sources.links
    return Inputs(
        areas=areas,
        links=links,
        counts=lift_counts(complete(sources.counts, areas, COUNT_KEYS, "count"), links),
        delivered=complete(sources.delivered, areas, VALUE_KEYS, "value"),
        public_measures=_public(
            sources, "measure", {c.measure for cases in project.case_lists for c in cases.counts}
        ),
        public_values=_public(sources, "indicator", set()),
        places=sources.places or Places(),
        reports=sources.reports,
        hashes={f: sha256_of(data / f) for f in files_of(project) if not (data / f).is_dir()}
        | sources.outlines.service_hashes(),
        key=sources.key,
        ways=sources.ways,
        outlines=sources.outlines,
        crosswalks=sources.crosswalks,
    )


def _public(sources: Sources, column: str, internal: set[str]) -> frozenset[str]:
    """Measures or delivered indicators from sources already public, and from no other."""
    public: set[str] = set()
    for dataset, reading in sources.readings:
        table = reading.counts if column == "measure" else reading.values
        named = set(table[column])
        if dataset.already_public:
            public |= named
        else:
            internal = internal | named
    return frozenset(public - internal)


def files_of(project: Project) -> list[str]:
    """Every file of the data folder that a project names, each once."""
    named = [g.file for g in project.geometries if not is_service(g.file)]
    named += [h.file for h in project.hierarchies]
    named += [f.file for d in project.datasets for f in d.files]
    named += [c.file for c in project.case_lists]
    named += [c.addresses.register.file for c in project.case_lists if c.addresses]
    named += [c.file for c in project.crosswalks if c.file]
    named += [f for p in project.places for f in p.files]
    named += [file for file, _ in project.travel.files] if project.places else []
    return list(dict.fromkeys(named))
