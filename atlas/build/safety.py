"""Counts made safe: suppressed, audited, refused where they cannot be."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from atlas.build.inputs import Inputs
from atlas.project import Project
from atlas.wording import number
from geodata.errors import ProblemCollector, TableError
from geodata.progress import silent
from indicators.catalogue import Catalogue, normal_cell
from indicators.disclosure.audit import AuditReport, audit, refuse_if_unsafe, with_bounds
from indicators.disclosure.equations import Relation, Rule, build_system
from indicators.disclosure.identities import (
    SUM,
    SUM_AT_MOST,
    IdentityCheck,
    declared_identities,
    group_identities,
)
from indicators.disclosure.protect import kept_but_hidden, protect

_CLAIMED = 0.05
"""Share of rows from which on a sum of groups is worth a sentence."""


@dataclass(frozen=True)
class Protected:
    """Counts that may be published, and what the audit found."""

    counts: pd.DataFrame
    relations: tuple[Relation, ...]
    report: AuditReport
    notes: tuple[str, ...]


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
    limits = [Relation(SUM_AT_MOST, whole, parts) for whole, parts in catalogue.limits(cells)]
    exceeded = _exceeded(delivered, catalogue.part_of_pairs(cells))
    within, _ = declared_identities(delivered, [*subsets, *limits])
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
    notes += exceeded
    notes += [f"Auch auf behaltener Ebene geheim: {cell}" for cell in kept_but_hidden(safe, rule)]
    return Protected(with_bounds(safe, report), relations, report, tuple(notes))


def _exceeded(counts: pd.DataFrame, pairs: tuple[tuple[str, str], ...]) -> list[str]:
    """Name the areas in which a part is larger than its whole.

    Raises
    ------
    TableError
        Within one measure a group is larger than the measure itself: a fault of the file.
    """
    keys = ["level", "vintage", "area", "period"]
    cells = counts.assign(cell=counts["measure"] + "/" + counts["group"])
    by_cell = {str(k): own.set_index(keys)["count"] for k, own in cells.groupby("cell")}
    found, notes = ProblemCollector(), []
    for part, whole in pairs:
        if part not in by_cell or whole not in by_cell:
            continue
        both = pd.concat([by_cell[part], by_cell[whole]], axis=1, keys=["part", "whole"]).dropna()
        worse = both[both["part"] > both["whole"]].reset_index()
        if part.split("/")[0] == whole.split("/")[0]:
            for row in worse.itertuples():
                where = f"{row.area}, {row.period}"
                found.add(where, f"{part} = {row.part}", f"höchstens {row.whole}")
        elif len(worse):
            named = [f"{row.area} ({row.period})" for row in worse.head(5).itertuples()]
            notes.append(
                f"{part} ist größer als {whole} in {number(len(worse))} von {number(len(both))} "
                f"Zeilen, zum Beispiel {', '.join(named)}. Bitte beim Herausgeber nachfragen."
            )
    found.raise_if_any(TableError, "Gruppen sind größer als die Zahl, deren Teil sie sind.")
    return notes


def _identity_notes(checks: list[IdentityCheck], cells: set[str]) -> list[str]:
    """One sentence per claimed sum: how often the source fulfils it, and whether it is used."""
    claims: dict[tuple[str, tuple[str, ...]], list[IdentityCheck]] = {}
    for check in checks:
        claims.setdefault((check.total, check.parts), []).append(check)
    notes = []
    for (total, parts), own in claims.items():
        rows, fulfilled = sum(c.rows for c in own), sum(c.fulfilled for c in own)
        if fulfilled < _CLAIMED * rows:
            continue  # only some of the groups were delivered: nobody claims that they are all
        used = sum(c.used == SUM for c in own)
        use = (
            f"als Gleichung benutzt an {used} von {len(own)} Zeitpunkten"
            if {total, *parts} <= cells
            else "nur geprüft, da nicht alle Teile veröffentlicht werden"
        )
        notes.append(
            f"{total} = {' + '.join(parts)}: erfüllt in {number(fulfilled)} von {number(rows)} "
            f"Zeilen, {use}."
        )
    return notes
