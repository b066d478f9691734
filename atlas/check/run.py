"""The whole check: reads what a project names, writes nothing, stops at no fault."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from atlas.build.carried import crosswalk_notes
from atlas.build.collect import Sources, read_sources
from atlas.check.findings import Finding, Report
from atlas.check.jumps import jump_findings
from atlas.check.keys import key_findings
from atlas.check.rows import row_findings, source_rows
from atlas.check.sums import (
    external_findings,
    level_findings,
    lifted,
    need_findings,
    part_findings,
)
from atlas.placement.scenario import load_scenario
from atlas.project import Project, load_project
from atlas.wording import number
from geodata.errors import KeyJoinError, TableError, UserError
from geodata.files import TableCache, sha256_of
from geodata.progress import Progress, silent
from indicators.catalogue import Catalogue, load_catalogue, with_indices

_SQUARE_KM = 1e6


def check_project(
    project_file: Path, data: Path, progress: Progress = silent, cluster: str | None = None
) -> Report:
    """Check everything that a project names.

    Parameters
    ----------
    project_file
        The city.
    data
        The folder that its paths are relative to.
    progress
        Told what is being done.
    cluster
        Address of a Dask scheduler whose workers count the case lists.

    Raises
    ------
    FileMissingError, ProjectError
        The project file itself is missing or faulty; all else stands in the report.
    """
    project = load_project(project_file)
    catalogue = with_indices(load_catalogue(), project.own_indices)
    progress("Dateien lesen", 0.0)
    tables = TableCache()
    sources = read_sources(project, catalogue, data, project_file.parent, tables, cluster)
    progress("Zahlen vergleichen", 0.6)
    rows = source_rows(project, sources)
    keys = list(key_findings(project, sources, data, tables))
    findings = [
        *(f for f in keys if f.severity == "error"),
        *fault_findings(project, sources),
        *_scenario(project, project_file),
        *row_findings(rows, sources, catalogue),
        *(f for f in keys if f.severity != "error"),
        *_same_files(project, data),
        *_geometry(sources),
        *(Finding("note", "Umrisse", line) for line in sources.outlines.lines()),
        *_numbers(project, sources, catalogue),
        *_crosswalks(project, sources),
        *_rooms(sources),
    ]
    progress("fertig", 1.0)
    internal = bool(project.case_lists) or any(not d.already_public for d in project.datasets)
    return Report(
        project.title, project_file.name, rows, tuple(dict.fromkeys(findings)), internal,
        _exit_code(sources, findings),
    )  # fmt: skip


def fault_findings(project: Project, sources: Sources) -> Iterator[Finding]:
    """Every fault that stops a build; of a case list how many problems, never what stood there."""
    cases = {c.file for c in project.case_lists}
    for fault in sources.faults:
        problems, details = fault.error.problems, tuple[str, ...]()
        if fault.file in cases:
            count = number(len(problems))
            details = (
                f"{count} Fundstellen; ihre Zeilen nennt nur „build“ am Bildschirm, "
                "damit kein Einzelfall in einen Bericht gerät",
            )
            problems = ()
        topic = "Schlüssel" if isinstance(fault.error, KeyJoinError) else "Lesen"
        yield Finding("error", topic, fault.error.summary, fault.file, details, problems)
    if sources.unread:
        text = "Nicht geprüft, weil ihre Gebiete fehlerhaft sind."
        yield Finding("warning", "Lesen", text, details=tuple(dict.fromkeys(sources.unread)))


def _scenario(project: Project, project_file: Path) -> Iterator[Finding]:
    try:
        if project.scenario:
            load_scenario(project_file.parent / project.scenario)
    except UserError as error:
        yield Finding(
            "error", "Lesen", error.summary, project.scenario or "", problems=error.problems
        )


def _numbers(project: Project, sources: Sources, catalogue: Catalogue) -> Iterator[Finding]:
    counts = sources.counts
    public = _public(sources)
    if len(counts) and not counts.duplicated(list(counts.columns[:6])).any():
        every = lifted(sources)
        yield from level_findings(sources, catalogue)
        yield from external_findings(project, every, catalogue, public)
        areas = sources.areas
        names = dict(zip(areas["area"].astype("str"), areas["name"].astype("str"), strict=True))
        yield from part_findings(project, every, catalogue, public, names)
        yield from jump_findings(counts, catalogue, public)
    if not sources.faults:
        yield from need_findings(project, counts, sources.delivered, catalogue)


def _public(sources: Sources) -> frozenset[str]:
    public = {m for d, r in sources.readings if d.already_public for m in r.counts["measure"]}
    closed = {m for d, r in sources.readings if not d.already_public for m in r.counts["measure"]}
    closed |= {m for counts, _ in sources.cases for m in counts["measure"]}
    return frozenset(public - closed)


def _same_files(project: Project, data: Path) -> Iterator[Finding]:
    """Two files of different dates with the same bytes: one of them is the wrong one."""
    by_content: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(f.file for d in project.datasets for f in d.files):
        if (data / name).is_file():
            by_content[sha256_of(data / name)].append(name)
    for names in by_content.values():
        if len(names) > 1:
            text = "Diese Dateien haben Zeichen für Zeichen denselben Inhalt."
            todo = "Eine Datei durch die richtige ersetzen, oder nur eine davon nennen."
            yield Finding("warning", "Doppeltes", text, details=tuple(names), todo=todo)


def _geometry(sources: Sources) -> Iterator[Finding]:
    """How many areas there are, and how large they are together on each level."""
    areas = sources.areas
    for (vintage, level), part in areas.groupby(["vintage", "level"], sort=False):
        size = float(part.geometry.area.sum()) / _SQUARE_KM
        empty = int((~part["inhabited"]).sum())
        text = f"Stand {vintage}, Ebene {level}: {number(len(part))} Gebiete, {number(size, 1)} km²"
        text += f", davon {number(empty)} unbewohnt." if empty else "."
        yield Finding("note", "Gebiete", text)
    for vintage, part in areas.groupby("vintage", sort=False):
        yield from _sizes(str(vintage), part)


def _sizes(vintage: str, part: pd.DataFrame) -> Iterator[Finding]:
    """Levels of one state that do not cover the same ground."""
    sizes = {str(k): float(p.geometry.area.sum()) for k, p in part.groupby("level", sort=False)}
    if len(sizes) > 1 and max(sizes.values()) > 1.01 * min(sizes.values()):
        small, large = min(sizes, key=lambda k: sizes[k]), max(sizes, key=lambda k: sizes[k])
        text = (
            f"Stand {vintage}: Die Gebiete der Ebene {small} sind zusammen um mehr als 1 % "
            f"kleiner als die der Ebene {large}."
        )
        yield Finding("warning", "Gebiete", text)


def _crosswalks(project: Project, sources: Sources) -> Iterator[Finding]:
    """How areas of one state are divided among those of another, and what is doubtful there."""
    for spec, walk in sources.crosswalks:
        lines = crosswalk_notes(project, sources.areas, spec, walk)
        for line in lines:
            yield Finding("note", "Umrechnung", line, spec.file or "")


def _rooms(sources: Sources) -> Iterator[Finding]:
    if sources.places:
        for entry in sources.places.reports:
            if "rows" in entry:
                text = (
                    f"{number(int(entry['rows']))} Orte gelesen, "
                    f"{number(int(entry['kept']))} behalten."
                )
                yield Finding("note", "Orte", text, str(entry["file"]))
        if sources.places.notes:
            text = "Beim Lesen der Orte vermerkt."
            yield Finding("note", "Orte", text, details=tuple(sources.places.notes))
    if sources.ways:
        for line in sources.ways.notes:
            yield Finding("note", "Wege", line)


def _exit_code(sources: Sources, findings: list[Finding]) -> int:
    if sources.faults:
        return sources.faults[0].error.exit_code
    return TableError.exit_code if any(f.severity == "error" for f in findings) else 0
