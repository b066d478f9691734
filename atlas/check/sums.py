"""Totals: against those that others publish, against coarser levels, against their parts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from atlas.build.collect import Sources
from atlas.check.findings import Finding
from atlas.check.jumps import series_name
from atlas.project import Project
from atlas.wording import day, number
from indicators.aggregate import complete, lift_counts
from indicators.catalogue import Catalogue
from indicators.disclosure.identities import (
    SUM,
    IdentityCheck,
    Relation,
    declared_identities,
    group_identities,
)
from indicators.status import Status
from indicators.tables import COUNT_KEYS

_CELL = ["area", "level", "vintage", "period", "measure", "group"]


_LEVELS = (
    "Beim Herausgeber nachfragen. Die Ausgabe zeigt auf jeder Ebene die Zahlen, die für sie "
    "geliefert sind."
)


def lifted(sources: Sources) -> pd.DataFrame:
    """The counts of all levels; those that were delivered stay as delivered."""
    counts = sources.counts
    if not len(counts) or not sources.whole:
        return counts.assign(method="delivered")
    return lift_counts(complete(counts, sources.areas, COUNT_KEYS, "count"), sources.links)


def level_findings(sources: Sources, catalogue: Catalogue) -> Iterator[Finding]:
    """Counts that were delivered on a coarser level, against the sum of the finer areas."""
    counts = sources.counts
    if not sources.whole or counts["level"].nunique() < 2:
        return
    everything = complete(counts, sources.areas, COUNT_KEYS, "count")
    exact = [Status.PUBLISHED, Status.ZERO]
    for level in counts["level"].unique():
        finer = everything[everything["level"] != level]
        sums = lift_counts(finer, sources.links)
        sums = sums[(sums["method"] == "sum") & sums["status"].isin(exact)]
        both = counts[(counts["level"] == level) & counts["status"].isin(exact)].merge(
            sums, on=_CELL, suffixes=("", "_sum")
        )
        for key, part in both.groupby(["measure", "group", "period"], sort=False):
            measure, group, period = map(str, key)
            other = part[part["count"] != part["count_sum"]]
            name = series_name(catalogue, measure, group)
            where = f"{name} am {day(period)}, Ebene {level}"
            if len(other):
                text = (
                    f"{where}: {number(len(other))} von {number(len(part))} gelieferten Zahlen "
                    "sind nicht die Summe der kleineren Gebiete."
                )
                yield Finding(
                    "warning", "Summen", text, details=tuple(map(str, other["area"])), todo=_LEVELS
                )
            else:
                text = f"{where}: alle {number(len(part))} sind die Summe der kleineren Gebiete."
                yield Finding("note", "Summen", text)


def external_findings(
    project: Project, counts: pd.DataFrame, catalogue: Catalogue, public: frozenset[str]
) -> Iterator[Finding]:
    """Numbers that somebody else publishes, against ours where both count the same."""
    for other in project.external:
        hit = counts[
            (counts["measure"] == other.measure) & (counts["group"] == other.group)
            & (counts["level"] == other.level) & (counts["area"] == other.area)
            & (counts["period"] == other.period) & counts["count"].notna()
        ]  # fmt: skip
        name = f"{series_name(catalogue, other.measure, other.group)} am {day(other.period)}"
        if other.definition != "same" or not len(hit):
            text = f"{name}: Mit „{other.source}“ gibt es hier nichts zu vergleichen."
            yield Finding("note", "Summen", text)
            continue
        ours = int(hit["count"].iloc[0])
        same = ours == other.count
        figure = f" ({number(ours)} hier, {number(other.count)} dort)"
        text = f"{name}: {'gleich' if same else 'anders als'} „{other.source}“"
        text += "." if same else f"{figure if other.measure in public else ''}."
        todo = "" if same else "Prüfen, ob beide dasselbe zählen; sonst definition ändern."
        yield Finding("note" if same else "warning", "Summen", text, todo=todo)


def part_findings(
    project: Project,
    counts: pd.DataFrame,
    catalogue: Catalogue,
    public: frozenset[str],
    names: Mapping[str, str],
) -> Iterator[Finding]:
    """Totals against the sum of their parts: groups of one measure, and declared identities.

    Parameters
    ----------
    names
        Name of an area by its key.
    """
    delivered = counts[counts["method"] == "delivered"]
    if not len(delivered):
        return
    known = delivered[delivered["measure"].isin(catalogue.measures)]
    checks = group_identities(known, catalogue.groups_table())[1] if len(known) else []
    said = partial(_said, counts=delivered, catalogue=catalogue, public=public, names=names)
    for total, parts, own in _gathered(checks):
        # A single part is only some of its total, such as single parents of all households.
        if len(parts) > 1 or any(not c.used for c in own):
            yield from said(total, parts, own, False)
    declared = [
        Relation(SUM, _cell(i.total), tuple(map(_cell, i.parts))) for i in project.identities
    ]
    for total, parts, own in _gathered(declared_identities(delivered, declared)[1]):
        yield from said(total, parts, own, True)


def _cell(name: str) -> str:
    return name if "/" in name else f"{name}/total"


def _gathered(
    checks: list[IdentityCheck],
) -> list[tuple[str, tuple[str, ...], list[IdentityCheck]]]:
    found: dict[tuple[str, tuple[str, ...]], list[IdentityCheck]] = defaultdict(list)
    for check in checks:
        found[check.total, check.parts].append(check)
    return [(total, parts, own) for (total, parts), own in found.items()]


def _said(
    total: str,
    parts: tuple[str, ...],
    checks: list[IdentityCheck],
    declared: bool,
    counts: pd.DataFrame,
    catalogue: Catalogue,
    public: frozenset[str],
    names: Mapping[str, str],
) -> Iterator[Finding]:
    rows, good = sum(c.rows for c in checks), sum(c.fulfilled for c in checks)
    rule = f"{_name(total, catalogue)} = {' + '.join(_name(p, catalogue) for p in parts)}"
    text = f"{rule}: erfüllt in {number(good)} von {number(rows)} Zeilen."
    if good == rows:
        yield Finding("note", "Teile und Ganzes", text)
        return
    larger = any(not c.used for c in checks)
    if larger:
        text += " In manchen ist ein Teil größer als das Ganze."
    unfulfilled = [
        f"{day(c.period)}: {number(c.rows - c.fulfilled)} von {number(c.rows)} Zeilen anders"
        for c in checks
        if c.fulfilled < c.rows
    ]
    serious = larger or 2 * good > rows or declared
    if not serious:
        some = " und ".join(_name(p, catalogue) for p in parts)
        text = (
            f"{some} sind nur ein Teil von {_name(total, catalogue)}: Sie machen das Ganze in "
            f"{number(good)} von {number(rows)} Zeilen aus."
        )
        yield Finding("note", "Teile und Ganzes", text)
        return
    shown = {cell.partition("/")[0] for cell in (total, *parts)} <= public
    unfulfilled += _unequal(counts, total, parts, shown, names)
    yield Finding("warning", "Teile und Ganzes", text, details=tuple(unfulfilled), todo=_ASK)


_ASK = (
    "Prüfen, ob die Teile alles und nichts doppelt umfassen, und beim Herausgeber nachfragen. "
    "Gerechnet wird mit den Zahlen, wie sie geliefert sind."
)


def _unequal(
    counts: pd.DataFrame,
    total: str,
    parts: tuple[str, ...],
    shown: bool,
    names: Mapping[str, str],
) -> Iterator[str]:
    """Every area and day whose parts are not the whole; with the figures where all may see them."""
    cell = counts["measure"] + "/" + counts["group"]
    table = counts.assign(cell=cell)[cell.isin([total, *parts])].dropna(subset=["count"])
    wide = table.pivot_table(
        index=["period", "level", "area"], columns="cell", values="count", aggfunc="sum"
    )
    wide = wide.reindex(columns=[total, *parts]).dropna().astype("int64")
    together = wide[list(parts)].sum(axis=1)
    for (period, _, area), whole, sum_of in zip(
        wide.index, wide[total], together, strict=True
    ):  # fmt: skip
        if whole != sum_of:
            figures = f": {number(whole)}, Teile zusammen {number(sum_of)}" if shown else ""
            yield f"{day(str(period))}, {area} {names.get(str(area), '')}".rstrip() + figures


def _name(cell: str, catalogue: Catalogue) -> str:
    measure, _, group = cell.partition("/")
    return f"„{series_name(catalogue, measure, group or 'total')}“"


def need_findings(
    project: Project, counts: pd.DataFrame, delivered: pd.DataFrame, catalogue: Catalogue
) -> Iterator[Finding]:
    """Indicators that nothing can be computed for, since no source delivers their parts."""
    cells = {f"{m}/{g}" for m, g in zip(counts["measure"], counts["group"], strict=True)}
    given = set(delivered["indicator"])
    for key in project.indicators:
        entry = catalogue.indicators.get(key)
        if entry is None or key in given:
            continue
        parts = [p for p in (entry.numerator, entry.denominator) if p]
        absent = [p for p in parts if _cell(p) not in cells]
        if absent or (entry.delivered and key not in given):
            need = (
                f"{', '.join(absent)} liefert keine Quelle"
                if absent
                else "keine Quelle liefert sie"
            )
            todo = "Die Kennzahl aus indicators streichen, oder eine Tabelle dafür angeben."
            text = f"{entry.name_de} ({key}) bleibt leer: {need}."
            yield Finding("warning", "Kennzahlen", text, todo=todo)
