"""The command ``place``: a weekly plan from a scenario or from another plan."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from atlas.edition import Edition, open_edition
from atlas.interrupts import ends_by_interrupt
from atlas.placement.compare import named_plan
from atlas.placement.naming import plan_name
from atlas.placement.plan import adjusted, compute_plan, write_plan
from atlas.placement.result import Plan
from atlas.placement.scenario import Scenario, load_scenario
from geodata.errors import PlacementError, Problem
from geodata.progress import Progress, Stop


@dataclass(frozen=True)
class Order:
    """What the command line asks for.

    Parameters
    ----------
    scenario
        File of the scenario; None: that of the plan `base`.
    name
        Of the new plan; None: after the scenario's file or the plan.
    base, hours
        A plan, and by how many hours it shall have more (or fewer, below 0).
    budgets
        Hours for which it is also worked out what can be reached.
    check
        Look at what would change the plan.
    seconds
        Time limit, in place of the scenario's.
    """

    scenario: Path | None
    name: str | None
    base: str | None = None
    hours: float = 0.0
    budgets: tuple[float, ...] = ()
    check: bool = False
    seconds: float | None = None


def order_of(scenario: Path | None, options: Mapping[str, Any]) -> Order:
    """Check the options of the command line against each other.

    Raises
    ------
    click.UsageError
        They contradict each other.
    PlacementError
        The budgets cannot be read.
    """
    more, fewer = options["more_hours"], options["fewer_hours"]
    base = options["base"]
    if (base is None) != (more is None and fewer is None):
        raise click.UsageError("--from gehört zusammen mit --more-hours oder --fewer-hours.")
    if (base is None) == (scenario is None) or (more and fewer):
        raise click.UsageError("Nötig ist --scenario, oder --from mit einer der beiden Stunden.")
    if base is not None and (options["budgets"] or options["what_if"]):
        raise click.UsageError("--budgets und --what-if gehören zu --scenario, nicht zu --from.")
    return Order(
        scenario=scenario,
        name=options["name"],
        base=base,
        hours=(more or 0.0) - (fewer or 0.0),
        budgets=budgets_of(options["budgets"]) if options["budgets"] else (),
        check=bool(options["what_if"]),
        seconds=options["seconds"] or None,
    )


def place_week(edition: Path, order: Order, progress: Progress) -> tuple[str, ...]:
    """Compute the plan, write it beside the edition, and tell it in a few lines."""
    opened = open_edition(edition)
    with ends_by_interrupt() as stop:
        plan = _compute(opened, order, progress, stop)
    progress("Schreibe den Plan", 0.99)
    write_plan(plan, opened.plans_path / plan.name, opened)
    changes = [note for note in plan.notes if note.startswith("Gegenüber")]
    return (*plan.summary(), *changes)


def _compute(edition: Edition, order: Order, progress: Progress, stop: Stop) -> Plan:
    if order.base is not None:
        base = named_plan(edition, order.base)
        word = "mehr" if order.hours > 0 else "weniger"
        name = plan_name(order.name or f"{base.name}-{word}")
        return adjusted(edition, base, order.hours, name, progress, stop, order.seconds)
    if order.scenario is None:
        allowed = "--scenario DATEI, oder --from PLAN mit --more-hours oder --fewer-hours"
        raise PlacementError("Es fehlt, was geplant werden soll.", [Problem("place", "", allowed)])
    name = plan_name(order.name or order.scenario.stem)
    scenario = _with_order(load_scenario(order.scenario), order)
    return compute_plan(edition, scenario, name, progress, stop, check=order.check)


def _with_order(scenario: Scenario, order: Order) -> Scenario:
    if order.seconds is not None:
        limited = replace(scenario.solve, time_limit_seconds=order.seconds)
        scenario = replace(scenario, solve=limited)
    return replace(scenario, front=order.budgets) if order.budgets else scenario


def budgets_of(text: str) -> tuple[float, ...]:
    """``40,60,80`` or ``40; 60,5`` as hours.

    Raises
    ------
    PlacementError
        Something is no number of hours.
    """
    parts = text.split(";") if ";" in text else text.split(",")
    try:
        hours = tuple(sorted({float(part.strip().replace(",", ".")) for part in parts}))
    except ValueError:
        hours = ()
    if not hours or not all(0 <= h < math.inf for h in hours):
        allowed = "Stunden, durch Komma getrennt: 40,60,80; mit Nachkommastellen durch Semikolon"
        raise PlacementError(
            "Die Budgets sind nicht zu lesen.",
            [Problem("--budgets", f"gefunden {text!r}", allowed)],
        )
    return hours
