"""What an edition says of itself: sources, levels, rule, checks."""

from pathlib import Path
from typing import Any

import pandas as pd

from atlas.build.inputs import Inputs
from atlas.build.safety import Protected
from atlas.build.ways import travel_info
from atlas.edition import (
    DisclosureSummary,
    Draft,
    HierarchyInfo,
    IndexInfo,
    SourceCard,
)
from atlas.placement.notes import travel_sentence
from atlas.project import Project
from geodata.areas import MAIN
from geodata.files import sha256_of
from geodata.model import Source
from geodata.sources import public_name
from indicators.catalogue import Catalogue
from indicators.status import Status


def draft_of(
    project: Project,
    project_file: Path,
    catalogue: Catalogue,
    inputs: Inputs,
    safe: Protected,
) -> Draft:
    """All that the manifest says beside hashes and clock."""
    main = tuple(level.key for level in project.levels if level.hierarchy == MAIN)
    seconds = {h.key: h for h in project.hierarchies}
    hierarchies = [HierarchyInfo(MAIN, "Räume", main)]
    hierarchies += [
        HierarchyInfo(h.key, h.name, (h.child_level, h.level, main[-1])) for h in seconds.values()
    ]
    suppressed = int((safe.counts["status"] == Status.SUPPRESSED).sum())
    return Draft(
        title=project.title,
        city=project.city,
        notice=project.notice,
        language=project.language,
        crs=project.crs,
        reporting_date=project.reporting_date,
        project_sha256=sha256_of(project_file),
        sources=_source_cards(project, inputs),
        levels=project.levels,
        hierarchies=tuple(hierarchies),
        vintages=project.vintages,
        disclosure=DisclosureSummary(
            threshold=project.disclosure.threshold,
            zeros="published",
            suppressed=suppressed,
            cells=len(safe.counts),
            audited=safe.report.audited,
            narrowest=_narrowest(safe.counts),
            public_measures=tuple(sorted(inputs.public_measures)),
            thresholds=project.disclosure.thresholds,
            full_groups=project.disclosure.full_groups,
            min_public=project.disclosure.smallest_public,
        ),
        equations=safe.relations,
        flows=safe.flows,
        external=safe.external,
        indices=tuple(
            IndexInfo(k, catalogue.indices[k].name_de, catalogue.index_classes(k))
            for k in project.indices
        ),
        default_indicator=project.default_indicator,
        scenario=project.scenario,
        travel=travel_info(project.travel, inputs.ways),
    )


def _narrowest(counts: pd.DataFrame) -> int | None:
    """Smallest width over all hidden cells: over small ones alone it would tell them apart."""
    hidden = counts[counts["status"] == Status.SUPPRESSED]
    width = (hidden["bound_high"] - hidden["bound_low"]).min()
    return None if pd.isna(width) else int(width)


def _source_cards(project: Project, inputs: Inputs) -> tuple[SourceCard, ...]:
    """One card per file, with its periods and, where the file is public, its hash.

    The hash of an internal file would confirm every guess at its hidden numbers.
    """
    sources = {d.key: d.source for d in project.datasets}
    sources |= {c.key: c.source for c in project.case_lists}
    named: dict[str, tuple[Source, str]] = {}
    for entry in inputs.reports:
        periods = entry["periods"]
        span = periods[0] if len(periods) == 1 else f"{periods[0]} bis {periods[-1]}"
        named[entry["file"]] = (sources[entry["dataset"]], span)
    others = [(g.file, g.source) for g in project.geometries]
    others += [(h.file, h.source) for h in project.hierarchies]
    others += [(c.file, c.source) for c in project.crosswalks if c.file]
    others += [(f, p.source) for p in project.places for f in p.files]
    for file, source in others:
        if source:
            named.setdefault(file, (source, ""))
    timed = {t.file: t.service_day for t in [project.travel.transit] if t}
    for file, source in project.travel.files if project.places else ():
        named.setdefault(file, (source, timed.get(file, "")))
    internal = {f.file for d in project.datasets if not d.already_public for f in d.files}
    internal |= {c.file for c in project.case_lists}
    internal |= {c.file for c in project.crosswalks if c.file and not c.already_public}
    return tuple(
        SourceCard(
            public_name(file), s.title, s.publisher, s.licence, s.attribution, span,
            "" if file in internal else inputs.hashes[file],
        )
        for file, (s, span) in named.items()
    )  # fmt: skip


_CASES_NOT_TOLD = (
    "Wie viele Fälle der Falllisten gelesen und nicht gezählt wurden, steht nur im Prüfbericht von "
    "„sozialatlas check“: Aus diesen Zahlen ließen sich verborgene ausrechnen."
)


def _without_cases(report: dict[str, Any]) -> dict[str, Any]:
    """What readers may know of a case list: not how many cases it has, nor how many it lacks.

    Where a total is hidden, the number of cases that were counted is that total.
    """
    known = {k: report[k] for k in ("dataset", "file", "periods")}
    return {**known, "rows_read": None, "rows_used": None, "set_aside": []}


def checks_of(
    project: Project, inputs: Inputs, safe: Protected, carried: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The check report: rows per source, identities, and what was left out and why."""
    way, found = travel_info(project.travel, inputs.ways), inputs.ways
    modes = dict.fromkeys(w.mode for w in way.ways) if way else {}
    told = [travel_sentence(way, mode) for mode in modes]
    cases = {c.key for c in project.case_lists}
    return {
        "sources": [
            _without_cases(r) if r["dataset"] in cases else _told(r, project)
            for r in inputs.reports
        ],
        "places": list(inputs.places.reports),
        "outlines": inputs.outlines.as_dict(),
        "travel": list(found.reports) if found else [],
        "notes": [
            *([_CASES_NOT_TOLD] if cases else []),
            *safe.notes,
            *carried,
            *inputs.places.notes,
            *told,
            *(found.notes if found else ()),
        ],
    }


def _told(entry: dict[str, Any], project: Project) -> dict[str, Any]:
    """What an edition tells of a source: of internal ones neither sums nor how many zeros."""
    internal = {d.key for d in project.datasets if not d.already_public}
    secret = ("symbols", "without_area") if entry["dataset"] in internal else ()
    return {key: value for key, value in entry.items() if key not in secret}
