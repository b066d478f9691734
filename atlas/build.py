"""The whole pipeline: files in, a protected and audited edition out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.edition import (
    DisclosureSummary,
    Draft,
    Edition,
    HierarchyInfo,
    IndexInfo,
    SourceCard,
    publish,
)
from atlas.placement.scenario import load_scenario
from atlas.project import Project, load_project
from geodata.areas import MAIN, read_areas
from geodata.errors import OutputError, Problem, TableError
from geodata.files import sha256_of
from geodata.outlines import light_outlines
from geodata.places import PlacesSpec, read_places
from geodata.progress import Progress, silent
from geodata.travel import WalkingRule, walking_minutes
from indicators.aggregate import complete, lift_counts
from indicators.catalogue import Catalogue, load_catalogue, normal_cell
from indicators.disclosure.audit import AuditReport, audit, refuse_if_unsafe, with_bounds
from indicators.disclosure.equations import Relation, Rule, build_system
from indicators.disclosure.identities import (
    SUM,
    IdentityCheck,
    declared_identities,
    group_identities,
)
from indicators.disclosure.protect import kept_but_hidden, protect
from indicators.hotspots import HotspotSettings, compute_hotspots
from indicators.index import compute_index
from indicators.rates import compute_values
from indicators.records import count_cases, vintage_of
from indicators.status import Status
from indicators.tables import COUNT_KEYS, VALUE_KEYS, read_dataset
from indicators.trends import compute_trends


@dataclass(frozen=True)
class Inputs:
    """Everything read from the files, before protection; never published."""

    areas: gpd.GeoDataFrame
    links: pd.DataFrame
    counts: pd.DataFrame
    delivered: pd.DataFrame
    public_measures: frozenset[str]
    reports: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Protected:
    """Counts that may be published, and what the audit found."""

    counts: pd.DataFrame
    relations: tuple[Relation, ...]
    report: AuditReport
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Places:
    """Rooms, their opening windows, existing sessions, and what reading them did."""

    places: gpd.GeoDataFrame | None = None
    windows: pd.DataFrame | None = None
    sessions: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()


def build(
    project_file: Path,
    data: Path,
    out: Path,
    *,
    replace: bool = False,
    progress: Progress = silent,
) -> Edition:
    """Read a project's files, protect and audit the counts, compute, publish.

    Parameters
    ----------
    project_file
        The city.
    data
        The folder that its paths are relative to.
    out
        Where the edition shall lie.
    replace
        Whether an edition that is there may be exchanged.
    progress
        Told what is being done.

    Raises
    ------
    UserError
        Its subclasses, for every kind of bad input; an unsafe publication is refused with
        `DisclosureError`. Whatever happens, `out` stays as it was.
    """
    if out.exists() and not replace:
        raise OutputError(f"{out} gibt es schon; mit --replace wird die Ausgabe ausgetauscht.")
    project, catalogue = load_project(project_file), load_catalogue()
    if project.scenario:
        load_scenario(project_file.parent / project.scenario)
    progress("Dateien lesen", 0.0)
    inputs = read_inputs(project, catalogue, data, project_file.parent)
    progress("Zahlen schützen und prüfen", 0.15)
    safe = protect_counts(
        project, catalogue, inputs, lambda s: progress("Zahlen schützen und prüfen", 0.15 + 0.5 * s)
    )
    progress("Quoten und Index berechnen", 0.65)
    values = compute_values(safe.counts, catalogue, project.indicators, inputs.delivered)
    index, parts = compute_index(values, catalogue, project.indices)
    progress("Häufungen prüfen", 0.70)
    hotspots = _hotspots(project, values, inputs.areas)
    progress("Räume und Wege", 0.85)
    places = _places(project, inputs.areas, data)
    tables = {
        "areas": inputs.areas,
        "hierarchies": inputs.links,
        "groups": _groups_used(catalogue, safe.counts),
        "counts": safe.counts,
        "values": values,
        "index": index,
        "index_parts": parts,
        "hotspots": hotspots,
        "trends": compute_trends(values, catalogue, (project.levels[-1].key,)),
        "places": places.places,
        "windows": places.windows,
        "sessions": places.sessions,
        "travel": _travel(project, inputs.areas, places.places),
    }
    progress("Ausgabe schreiben", 0.95)
    edition = publish(
        out,
        _draft(project, project_file, catalogue, inputs, safe),
        tables,
        {
            "catalogue": catalogue.sheet([*project.indicators, *project.indices]),
            "checks": _checks(inputs, safe, places),
        },
        _outlines(inputs.areas),
        replace=replace,
    )
    progress("fertig", 1.0)
    return edition


def read_inputs(project: Project, catalogue: Catalogue, data: Path, layouts: Path) -> Inputs:
    """Read areas, tables and case lists, and add the sums of all coarser levels."""
    catalogue.require("indicators", project.indicators)
    catalogue.require("indices", project.indices)
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
    return Inputs(
        areas=areas,
        links=links,
        counts=counts,
        delivered=complete(delivered, areas, VALUE_KEYS, "value"),
        public_measures=_public_measures(project, [r.counts for r in readings]),
        reports=(*(e for r in readings for e in r.report), *(report for _, report in cases)),
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


def protect_counts(
    project: Project,
    catalogue: Catalogue,
    inputs: Inputs,
    progress: Callable[[float], None] = silent,
) -> Protected:
    """Suppress what is too small and what would give it away, audit it, refuse if unsafe."""
    every = inputs.counts
    published = every[~every["measure"].isin(project.check_only)].reset_index(drop=True)
    groups, group_checks = group_identities(published, catalogue.groups_table())
    declared = [
        Relation(SUM, normal_cell(i.total), tuple(map(normal_cell, i.parts)))
        for i in project.identities
    ]
    cells = set(published["measure"] + "/" + published["group"])
    subsets = [
        Relation("part_of", whole, (part,)) for part, whole in catalogue.part_of_pairs(cells)
    ]
    delivered = every[every["method"] == "delivered"]
    across, across_checks = declared_identities(delivered, declared)
    within, _ = declared_identities(delivered, subsets)
    relations = tuple(r for r in (*groups, *across, *within) if {r.total, *r.parts} <= cells)
    system = build_system(published, inputs.links, relations)
    rule = Rule(project.disclosure.threshold, project.disclosure.keep_levels)
    safe = protect(
        published, system, rule, inputs.public_measures, lambda i, n: progress(0.6 * i / n)
    )
    report = audit(
        safe, system, rule, truth=published, public_measures=inputs.public_measures,
        progress=lambda i, n: progress(0.6 + 0.4 * i / n),
    )  # fmt: skip
    refuse_if_unsafe(report)
    notes = _identity_notes([*group_checks, *across_checks], cells)
    notes += [f"Auch auf behaltener Ebene geheim: {cell}" for cell in kept_but_hidden(safe, rule)]
    return Protected(with_bounds(safe, report), relations, report, tuple(notes))


def _identity_notes(checks: list[IdentityCheck], cells: set[str]) -> list[str]:
    """One sentence per claimed sum: how often the source fulfils it, and whether it is used."""
    claims: dict[tuple[str, tuple[str, ...]], list[IdentityCheck]] = {}
    for check in checks:
        claims.setdefault((check.total, check.parts), []).append(check)
    notes = []
    for (total, parts), own in claims.items():
        rows, fulfilled = sum(c.rows for c in own), sum(c.fulfilled for c in own)
        if len(parts) == 1 and not fulfilled:
            continue  # a single group was delivered: nobody claims that it is all
        used = sum(c.used == SUM for c in own)
        use = (
            f"als Gleichung benutzt an {used} von {len(own)} Zeitpunkten"
            if {total, *parts} <= cells
            else "nur geprüft, da nicht alle Teile veröffentlicht werden"
        )
        notes.append(
            f"{total} = {' + '.join(parts)}: erfüllt in {fulfilled} von {rows} Zeilen, {use}."
        )
    return notes


def _groups_used(catalogue: Catalogue, counts: pd.DataFrame) -> pd.DataFrame:
    groups = catalogue.groups_table()
    used, fresh = {"total"}, set(counts["group"])
    parent = dict(zip(groups["group"], groups["parent"], strict=True))
    while fresh:
        used |= fresh
        fresh = {parent[g] for g in fresh if parent.get(g)} - used
    return groups[groups["group"].isin(used)]


def _hotspots(
    project: Project, values: pd.DataFrame, areas: gpd.GeoDataFrame
) -> pd.DataFrame | None:
    """Hotspots of the latest period of each named indicator."""
    rule = project.hotspots
    if rule is None:
        return None
    settings = HotspotSettings(rule.permutations, rule.seed, rule.alpha)
    frames = []
    for indicator in rule.indicators:
        own = values[(values["indicator"] == indicator) & (values["level"] == rule.level)]
        if own.empty:
            continue
        latest = own[own["period"] == own["period"].max()]
        vintage = str(latest["vintage"].iloc[0])
        chosen = areas[(areas["level"] == rule.level) & (areas["vintage"] == vintage)]
        period = str(latest["period"].iloc[0])
        frames.append(
            compute_hotspots(values, chosen, (indicator,), rule.level, period, vintage, settings)
        )
    return pd.concat(frames, ignore_index=True) if frames else None


def _current_fine(project: Project, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The finest areas in force on the reporting date."""
    vintage = vintage_of(project.reporting_date, project.vintages)
    return areas[(areas["level"] == project.levels[0].key) & (areas["vintage"] == vintage)]


def _places(project: Project, areas: gpd.GeoDataFrame, data: Path) -> Places:
    """All tables of places together; empty ones where the project names none."""
    fine = _current_fine(project, areas)
    results = []
    for source in project.places:
        spec = PlacesSpec(
            source.file, source.columns, source.crs, source.format, source.owners,
            source.windows, source.sessions, source.source.title,
        )  # fmt: skip
        results.append(read_places(spec, data, fine))
    if not results:
        return Places()
    return Places(
        gpd.GeoDataFrame(pd.concat([r.places for r in results], ignore_index=True)),
        pd.concat([r.windows for r in results], ignore_index=True),
        pd.concat([r.sessions for r in results], ignore_index=True),
        tuple(line for r in results for line in r.report.lines()),
    )


def _travel(
    project: Project, areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame | None
) -> pd.DataFrame | None:
    if places is None:
        return None
    way = project.travel
    rule = WalkingRule(way.detour, way.speeds_kmh, way.points, way.max_minutes)
    return walking_minutes(_current_fine(project, areas), places, rule)


def _outlines(areas: gpd.GeoDataFrame) -> dict[tuple[str, str], str]:
    return {
        (str(vintage), str(level)): light_outlines(part)
        for (vintage, level), part in areas.groupby(["vintage", "level"])
    }


def _draft(
    project: Project,
    project_file: Path,
    catalogue: Catalogue,
    inputs: Inputs,
    safe: Protected,
) -> Draft:
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
        ),
        equations=safe.relations,
        indices=tuple(
            IndexInfo(k, catalogue.indices[k].name_de, catalogue.index_classes(k))
            for k in project.indices
        ),
        default_indicator=project.default_indicator,
        scenario=project.scenario,
    )


def _narrowest(counts: pd.DataFrame) -> int | None:
    """Smallest width over all hidden cells: over small ones alone it would tell them apart."""
    hidden = counts[counts["status"] == Status.SUPPRESSED]
    width = (hidden["bound_high"] - hidden["bound_low"]).min()
    return None if pd.isna(width) else int(width)


def _source_cards(project: Project, inputs: Inputs) -> tuple[SourceCard, ...]:
    """One card per file of counts and values, with its hash and the periods it covers."""
    sources = {d.key: d.source for d in project.datasets}
    sources |= {c.key: c.source for c in project.case_lists}
    cards = []
    for entry in inputs.reports:
        source, periods = sources[entry["dataset"]], entry["periods"]
        span = periods[0] if len(periods) == 1 else f"{periods[0]} bis {periods[-1]}"
        cards.append(
            SourceCard(
                entry["file"], source.title, source.publisher, source.licence,
                source.attribution, span, entry["sha256"],
            )
        )  # fmt: skip
    others = [(g.file, g.source) for g in project.geometries if g.source]
    others += [(p.file, p.source) for p in project.places]
    for file, source in dict(others).items():
        cards.append(
            SourceCard(
                file, source.title, source.publisher, source.licence, source.attribution, "", ""
            )
        )
    return tuple(cards)


def _checks(inputs: Inputs, safe: Protected, places: Places) -> dict[str, Any]:
    """The check report: rows per source, identities, and what was left out and why."""
    return {"sources": list(inputs.reports), "notes": [*safe.notes, *places.notes]}
