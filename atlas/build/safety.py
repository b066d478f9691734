"""Counts made safe: suppressed, audited, refused where they cannot be."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from atlas.build.cuts import find_pieces
from atlas.build.delivered import safe_delivered
from atlas.build.equations import find_equations
from atlas.build.inputs import Inputs
from atlas.edition import ExternalNumber
from atlas.project import Project
from atlas.wording import number
from geodata.progress import silent
from indicators.catalogue import Catalogue
from indicators.disclosure.audit import AuditReport, refuse_if_unsafe, with_bounds
from indicators.disclosure.cells import KEY, cell_words, hidden_by_rule
from indicators.disclosure.earlier import Earlier
from indicators.disclosure.external import usable_externals
from indicators.disclosure.flows import Flow
from indicators.disclosure.identities import Relation
from indicators.disclosure.protect import (
    Protection,
    kept_but_hidden,
    protect_world,
    show_what_is_known,
)
from indicators.disclosure.rule import Rule
from indicators.disclosure.tiny import mark_by_rule
from indicators.disclosure.weights import cell_weights
from indicators.disclosure.world import Beside, World, build_world
from indicators.disclosure.world_audit import audit_world
from indicators.records import vintage_of

Recall = Callable[[pd.DataFrame, pd.DataFrame, tuple[Relation, ...]], Earlier]
"""What readers know from earlier editions, from true counts, groupings and relations."""


@dataclass(frozen=True)
class Protected:
    """Counts that may be published, what was assumed of a reader, and what the audit found."""

    counts: pd.DataFrame
    relations: tuple[Relation, ...]
    flows: tuple[Flow, ...]
    external: tuple[ExternalNumber, ...]
    earlier: Earlier | None
    delivered: pd.DataFrame
    vintages: pd.DataFrame
    report: AuditReport
    notes: tuple[str, ...]


def protect_counts(
    project: Project,
    catalogue: Catalogue,
    inputs: Inputs,
    progress: Callable[[float], None] = silent,
    recall: Recall | None = None,
) -> Protected:
    """Suppress what is too small and what would give it away, audit it, refuse if unsafe.

    Parameters
    ----------
    progress
        Called with the share that is done.
    recall
        Tells what readers know from earlier editions; None where there are none.
    """
    every = inputs.counts
    published = every[~every["measure"].isin(project.check_only)].reset_index(drop=True)
    found = find_equations(project, catalogue, every, published)
    rule = rule_of(project)
    published = mark_by_rule(published, found.relations, rule, inputs.public_measures)
    outside, outside_notes = usable_externals(published, _external_table(project, published))
    earlier = recall(published, inputs.links, found.relations) if recall else None
    pieces, piece_notes = find_pieces(project, inputs, published, earlier)
    beside = Beside(inputs.public_measures, outside, found.flows, pieces, earlier)
    world = build_world(published, inputs.links, found.relations, rule, beside)
    weight = cell_weights(published, inputs.links, inputs.key)
    safe = protect_world(
        published, world, rule, inputs.public_measures, weight,
        progress=lambda i, n: progress(0.6 * i / n),
    )  # fmt: skip
    shown, report = _audited(world, rule, published, safe.counts, progress)
    refuse_if_unsafe(report)
    delivered, rate_notes = safe_delivered(catalogue, inputs, shown, rule)
    notes = (
        *found.notes,
        *rate_notes,
        *outside_notes,
        *piece_notes,
        *(earlier.notes if earlier else ()),
        *_zero_notes(world, safe),
        *_by_rule_notes(shown, rule),
        *_low_notes(rule, report),
        *(f"Auch auf behaltener Ebene geheim: {c}" for c in kept_but_hidden(shown, rule)),
    )
    return Protected(
        with_bounds(shown, report), found.relations, found.flows,
        _numbers(outside), earlier, delivered, pieces, report, notes,
    )  # fmt: skip


def _audited(
    world: World,
    rule: Rule,
    counts: pd.DataFrame,
    protected: pd.DataFrame,
    progress: Callable[[float], None],
) -> tuple[pd.DataFrame, AuditReport]:
    """Audit, and once more where something can be printed again that everyone knows."""
    report = audit_world(world, rule, protected, progress=lambda i, n: progress(0.6 + 0.2 * i / n))
    shown = show_what_is_known(counts, protected, report.intervals, rule)
    if not shown["status"].equals(protected["status"]):
        report = audit_world(world, rule, shown, progress=lambda i, n: progress(0.8 + 0.2 * i / n))
    return shown, report


def rule_of(project: Project) -> Rule:
    """The primary rule of a project."""
    own = project.disclosure
    return Rule(
        threshold=own.threshold,
        keep_levels=own.keep_levels,
        full_groups=own.full_groups,
        thresholds=own.thresholds,
        min_public=own.smallest_public,
    )


def _external_table(project: Project, counts: pd.DataFrame) -> pd.DataFrame:
    """The numbers of others, once for every area vintage that has their cell."""
    rows = []
    for item in project.external:
        own = counts[(counts["measure"] == item.measure) & (counts["period"] == item.period)]
        own = own[(own["level"] == item.level) & (own["area"] == item.area)]
        default = vintage_of(item.period, project.vintages)
        for vintage in sorted(set(own["vintage"])) or [default]:
            rows.append(
                {
                    "vintage": vintage, "level": item.level, "area": item.area,
                    "period": item.period, "measure": item.measure, "group": item.group,
                    "count": item.count, "source": item.source, "definition": item.definition,
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=[*KEY, "count", "source", "definition"])


def _numbers(outside: pd.DataFrame) -> tuple[ExternalNumber, ...]:
    """For the manifest, so that anyone can calculate with them."""
    return tuple(
        ExternalNumber(
            area=str(row.area), level=str(row.level), vintage=str(row.vintage),
            period=str(row.period), measure=str(row.measure), group=str(row.group),
            count=int(str(row.count)), source=str(row.source),
        )
        for row in outside.itertuples(index=False)
    )  # fmt: skip


def _zero_notes(world: World, safe: Protection) -> list[str]:
    """Say what printed zeros give away whatever else is hidden."""
    if not len(safe.by_zeros):
        return []
    named = "; ".join(world.system.name(int(cell)) for cell in safe.by_zeros[:5])
    return [
        f"{number(len(safe.by_zeros))} Reste verraten die veröffentlichten Nullen und öffentlichen "
        f"Zahlen von selbst, gleich was noch geheim bleibt, zum Beispiel: {named}."
    ]


def _by_rule_notes(shown: pd.DataFrame, rule: Rule) -> list[str]:
    """Say how many cells are not printed because hardly anybody lives there."""
    cells = int(hidden_by_rule(shown).sum())
    if not cells:
        return []
    return [
        f"{number(cells)} Zellen in Räumen oder Gruppen mit weniger als {number(rule.min_public)} "
        "Menschen werden gar nicht gedruckt, auch nicht als 0."
    ]


def _low_notes(rule: Rule, report: AuditReport) -> list[str]:
    """Say which hidden numbers everyone knows to be small: their bounds in print say so."""
    ends = report.intervals
    low = ends[(ends["bound_high"] < rule.thresholds_of(ends)).fillna(False).astype("bool")]
    low = low[(low["bound_high"] > 0).astype("bool")]
    if low.empty:
        return []
    named = "; ".join(cell_words(cell, {}) for _, cell in low.head(5).iterrows())
    return [
        f"{number(len(low))} geheime Zahlen liegen auf jeden Fall unter der Schwelle, weil dort so "
        f"wenige Menschen leben oder andere Zahlen 0 sind, zum Beispiel: {named}."
    ]
