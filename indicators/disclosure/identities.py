"""Relations between the cells of one area: found in the numbers, never taken on trust.

A reader may assume that the members of a group tree add up to their parent. The relation
enters the attacker's knowledge where the true numbers fulfil it in every row of a period:
as a sum, else as "together at most the total", else as "each at most the total".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geodata.errors import DisclosureError, Problem
from indicators.disclosure.cells import (
    CellIndex,
    FloatArray,
    index_cells,
    read_knowledge,
)
from indicators.periods import german_date

SUM = "sum"
SUM_AT_MOST = "sum_at_most"
PART_OF = "part_of"
RELATIONS = (SUM, SUM_AT_MOST, PART_OF)
"""From strong to weak: each implies the next one."""


@dataclass(frozen=True)
class Relation:
    """A relation between cells of the same area, period and vintage.

    Parameters
    ----------
    relation
        ``sum``: the parts add up to the total; ``sum_at_most``: together they are at most
        the total; ``part_of``: each of them is at most the total.
    total, parts
        ``measure/group``, for example ``sgb2_persons/age_u15``.
    periods
        Reporting dates for which it holds; empty for all.
    vintages
        Area vintages for which it holds; empty for all.
    rest
        Whether what is left of the total without the parts is a group of people too, such as
        the residents who do not receive benefits; it must not be small either. Not for sums,
        which leave nothing, nor for limits that follow from a law alone.
    """

    relation: str
    total: str
    parts: tuple[str, ...]
    periods: tuple[str, ...] = ()
    vintages: tuple[str, ...] = ()
    rest: bool = False


@dataclass(frozen=True)
class IdentityCheck:
    """How far the source fulfils "the parts add up to the total" in one period.

    ``used`` is the relation that holds in every row and therefore enters the equations,
    empty where none does.
    """

    total: str
    parts: tuple[str, ...]
    period: str
    rows: int
    fulfilled: int
    used: str

    @property
    def text(self) -> str:
        """One German sentence for the check report."""
        use = {
            SUM: "wird als Gleichung benutzt",
            SUM_AT_MOST: "nur „zusammen höchstens“ wird benutzt",
            PART_OF: "nur „jeder Teil höchstens“ wird benutzt",
        }.get(self.used, "wird nicht benutzt")
        return (
            f"{self.total} = {' + '.join(self.parts)} am {german_date(self.period)}: erfüllt in "
            f"{self.fulfilled} von {self.rows} Zeilen, {use}."
        )


@dataclass(frozen=True)
class _Numbers:
    """The known numbers of a counts table, NaN where unknown, by slice and area."""

    index: CellIndex
    grid: FloatArray
    slices: Mapping[tuple[str, str], Sequence[tuple[str, int]]]

    def of(self, item: str, period: str) -> dict[str, FloatArray]:
        """The numbers of ``measure/group`` in a period, per vintage and over its areas."""
        return {vintage: self.grid[s] for vintage, s in self.slices.get((item, period), ())}


def group_identities(
    counts: pd.DataFrame, groups: pd.DataFrame
) -> tuple[tuple[Relation, ...], list[IdentityCheck]]:
    """Find how the members of every group tree relate to their parent.

    Parameters
    ----------
    counts
        True numbers in the columns of an edition's ``counts``.
    groups
        Columns ``group``, ``dimension``, ``parent``. A member that a measure does not have
        is replaced by its own members.

    Returns
    -------
    relations, checks
        The relations that hold, and one check per total and period.
    """
    numbers = _read_numbers(counts)
    children = _children(groups)
    claims: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (measure, period), rows in numbers.index.slices.groupby(["measure", "period"], sort=False):
        for claim in _claims(str(measure), set(rows["group"]), children):
            claims.setdefault(claim, []).append(str(period))
    wanted = [(Relation(SUM, t, p, rest=True), periods) for (t, p), periods in claims.items()]
    return _check_all(numbers, wanted)


def declared_identities(
    counts: pd.DataFrame, declared: Iterable[Relation]
) -> tuple[tuple[Relation, ...], list[IdentityCheck]]:
    """Check relations that a project or the catalogue declares, across measures too.

    Each is used in the periods whose rows all fulfil it; where a sum is not fulfilled, the
    weaker relations are tried. Periods without a single complete row are left out.
    """
    numbers = _read_numbers(counts)
    every = sorted(set(counts["period"]))
    wanted = []
    for claim in declared:
        refuse_unknown_relation(claim)
        wanted.append((claim, list(claim.periods or every)))
    return _check_all(numbers, wanted)


def refuse_unknown_relation(relation: Relation) -> None:
    """Raise if a relation has a word that means nothing."""
    if relation.relation not in RELATIONS:
        problem = Problem(relation.total, f"{relation.relation!r}", ", ".join(RELATIONS))
        raise DisclosureError("Eine Beziehung zwischen Zahlen ist unbekannt.", [problem])


def _read_numbers(counts: pd.DataFrame) -> _Numbers:
    index = index_cells(counts)
    knowledge = read_knowledge(counts)
    # One more entry than cells: position -1, "no such cell", reads the NaN at the end.
    printed = knowledge.known & counts["count"].notna().to_numpy(dtype=np.bool_)
    value = np.append(np.where(printed, knowledge.value, np.nan), np.nan)
    slices: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for number, row in enumerate(index.slices.itertuples(index=False)):
        slices.setdefault((f"{row.measure}/{row.group}", str(row.period)), []).append(
            (str(row.vintage), number)
        )
    return _Numbers(index, value[index.position], slices)


def _children(groups: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """The members of every group, by dimension and parent."""
    found: dict[str, dict[str, list[str]]] = {}
    rows = groups.loc[groups["parent"].notna() & (groups["parent"] != "")]
    for row in rows.itertuples(index=False):
        found.setdefault(str(row.dimension), {}).setdefault(str(row.parent), []).append(
            str(row.group)
        )
    return found


def _claims(
    measure: str, present: set[str], children: Mapping[str, Mapping[str, Sequence[str]]]
) -> list[tuple[str, tuple[str, ...]]]:
    """Every total of a measure with the members that it has."""
    found = []
    for tree in children.values():
        for parent in (p for p in tree if p in present):
            members = _frontier(parent, present, tree)
            if members:
                found.append((f"{measure}/{parent}", tuple(f"{measure}/{m}" for m in members)))
    return found


def _frontier(parent: str, present: set[str], tree: Mapping[str, Sequence[str]]) -> list[str]:
    """The nearest present descendants of a group."""
    found: list[str] = []
    for member in tree.get(parent, ()):
        found += [member] if member in present else _frontier(member, present, tree)
    return found


def _check_all(
    numbers: _Numbers, wanted: Iterable[tuple[Relation, list[str]]]
) -> tuple[tuple[Relation, ...], list[IdentityCheck]]:
    relations, checks = [], []
    for claim, periods in wanted:
        holding: dict[str, list[str]] = {}
        for period in sorted(periods):
            check = _check(numbers, claim.total, claim.parts, claim.relation, period)
            if check is None:
                continue
            checks.append(check)
            if check.used:
                holding.setdefault(check.used, []).append(period)
        relations += [
            replace(claim, relation=word, periods=tuple(p), rest=claim.rest and word != SUM)
            for word, p in holding.items()
        ]
    return tuple(relations), checks


def _check(
    numbers: _Numbers, total: str, parts: tuple[str, ...], strongest: str, period: str
) -> IdentityCheck | None:
    """Compare one total with its parts in all complete rows of a period."""
    totals = numbers.of(total, period)
    members = [numbers.of(part, period) for part in parts]
    vintages = [v for v in totals if all(v in member for member in members)]
    if not vintages:
        return None
    whole = np.concatenate([totals[v] for v in vintages])
    table = np.stack([np.concatenate([m[v] for v in vintages]) for m in members])
    complete = ~np.isnan(whole) & ~np.isnan(table).any(axis=0)
    if not complete.any():
        return None
    whole, table = whole[complete], table[:, complete]
    equal = table.sum(axis=0) == whole
    holds = {
        SUM: bool(equal.all()),
        SUM_AT_MOST: bool((table.sum(axis=0) <= whole).all()),
        PART_OF: bool((table <= whole).all()),
    }
    tried = RELATIONS[RELATIONS.index(strongest) :]
    used = next((word for word in tried if holds[word]), "")
    if used == SUM_AT_MOST and len(parts) == 1:
        used = PART_OF  # the same thing, said more simply
    return IdentityCheck(total, parts, period, len(whole), int(equal.sum()), used)
