"""What holds between the numbers of a build, as far as the source fulfils it."""

from dataclasses import dataclass

import pandas as pd

from atlas.project import Project
from atlas.wording import number
from geodata.errors import ProblemCollector, TableError
from indicators.catalogue import Catalogue, normal_cell
from indicators.disclosure.cells import BY_RULE
from indicators.disclosure.flows import Flow, check_flows
from indicators.disclosure.identities import (
    PART_OF,
    SUM,
    SUM_AT_MOST,
    IdentityCheck,
    Relation,
    declared_identities,
    group_identities,
)

_CLAIMED = 0.05
"""Share of rows from which on a sum of groups is worth a sentence."""


@dataclass(frozen=True)
class Equations:
    """Relations and flows that a reader may assume, and what was found on the way."""

    relations: tuple[Relation, ...]
    flows: tuple[Flow, ...]
    notes: tuple[str, ...]


def find_equations(
    project: Project, catalogue: Catalogue, every: pd.DataFrame, published: pd.DataFrame
) -> Equations:
    """Check what the project and the catalogue claim, and keep what the numbers fulfil.

    Parameters
    ----------
    every
        All true numbers, those that are read only for checking included.
    published
        Those that enter the edition.
    """
    groups, group_checks = group_identities(published, catalogue.groups_table())
    cells = set(published["measure"] + "/" + published["group"])
    beside = {normal_cell(f"{e.measure}/{e.group}") for e in project.external}
    delivered = every[every["method"] == "delivered"]
    across, across_checks = declared_identities(delivered, _declared(project, catalogue))
    exceeded = _exceeded(delivered, catalogue.part_of_pairs(cells))
    within, _ = declared_identities(delivered, _by_meaning(catalogue, cells | beside))
    declared = [_flow(f.stock, f.inflow, f.outflow) for f in project.flows]
    flows, flow_checks = check_flows(published, declared)
    relations = (r for r in (*groups, *across, *within) if {r.total, *r.parts} <= cells | beside)
    return Equations(
        tuple(relations),
        flows,
        (
            *_identity_notes([*group_checks, *across_checks], cells),
            *(check.text for check in flow_checks),
            *exceeded,
        ),
    )


def relations_among(
    project: Project, catalogue: Catalogue, counts: pd.DataFrame
) -> tuple[Relation, ...]:
    """What any table fulfils of what is claimed, such as cells of several editions.

    Unlike `find_equations` it does not judge the table.
    """
    cells = set(counts["measure"] + "/" + counts["group"])
    groups, _ = group_identities(counts, catalogue.groups_table())
    claims = [*_declared(project, catalogue), *_by_meaning(catalogue, cells)]
    rows = counts["method"].isin(["delivered", BY_RULE])
    found, _ = declared_identities(counts[rows], claims)
    return tuple(r for r in (*groups, *found) if {r.total, *r.parts} <= cells)


def _declared(project: Project, catalogue: Catalogue) -> list[Relation]:
    """Sums across measures that the project names."""
    found = []
    for identity in project.identities:
        total, parts = normal_cell(identity.total), tuple(map(normal_cell, identity.parts))
        known = {c.split("/")[0] for c in (total, *parts)} <= set(catalogue.measures)
        rest = known and all(catalogue.leaves_rest(p, total) for p in parts)
        found.append(Relation(SUM, total, parts, rest=rest))
    return found


def _by_meaning(catalogue: Catalogue, cells: set[str]) -> list[Relation]:
    """Subsets, whose rest is a group too, and limits that follow from the law."""
    subsets = [
        Relation(PART_OF, whole, (part,), rest=catalogue.leaves_rest(part, whole))
        for part, whole in catalogue.part_of_pairs(cells)
    ]
    return subsets + [
        Relation(SUM_AT_MOST, total, parts) for total, parts in catalogue.limits(cells)
    ]


def _flow(stock: str, inflow: tuple[str, ...], outflow: tuple[str, ...]) -> Flow:
    return Flow(
        normal_cell(stock), tuple(map(normal_cell, inflow)), tuple(map(normal_cell, outflow))
    )


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
