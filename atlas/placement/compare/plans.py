"""Comparing two plans as a whole."""

from atlas.edition import Edition
from atlas.placement.compare.model import Comparison, Incomparable, PlanSide
from atlas.placement.compare.reach import (
    goal_difference,
    group_differences,
    guarantee_difference,
    still_open,
)
from atlas.placement.compare.sessions import match_sessions
from atlas.placement.result import Plan, read_plans
from geodata.errors import PlacementError, Problem


def compare(a: Plan, b: Plan) -> Comparison:
    """Compare two plans that were made from the same edition.

    Raises
    ------
    PlacementError
        They were made from different editions; their figures say nothing about each other.
    """
    if a.content != b.content:
        raise PlacementError(
            "Die Pläne stammen aus verschiedenen Ausgaben und sind nicht vergleichbar.",
            [Problem(p.name, p.edition) for p in (a, b)],
        )
    groups, notes = group_differences(a, b)
    guarantee = guarantee_difference(a, b)
    if guarantee is None and (a.guarantee is not None or b.guarantee is not None):
        notes = (*notes, Incomparable("guarantee"))
    return Comparison(
        city=a.city,
        edition=a.edition,
        content=a.content,
        a=_side(a),
        b=_side(b),
        changed=_changed(a, b),
        sessions=match_sessions(a, b),
        groups=groups,
        guarantee=guarantee,
        goal=goal_difference(a, b),
        incomparable=notes,
    )


def _side(plan: Plan) -> PlanSide:
    fair = plan.fairness
    return PlanSide(
        name=plan.name,
        title=plan.title,
        scenario_sha256=plan.scenario_sha256,
        new=len(plan.new_sessions),
        existing=len(plan.sessions) - len(plan.new_sessions),
        hours_used=plan.hours_used,
        hours_per_week=plan.hours_per_week,
        objective=plan.quality.objective,
        left_open=round(still_open(plan), 4),
        gap=plan.quality.gap,
        ended=plan.quality.ended,
        gini=fair.gini_after if fair else None,
        worst_name=fair.worst_name if fair else "",
        worst_minutes=fair.worst_minutes if fair else None,
        worst_beyond=fair.worst_beyond if fair else None,
    )


def _changed(a: Plan, b: Plan) -> tuple[str, ...]:
    keys = dict.fromkeys([*a.wishes, *b.wishes])
    return tuple(k for k in keys if a.wishes.get(k) != b.wishes.get(k))


def named_plan(edition: Edition, name: str) -> Plan:
    """The plan of a name beside an edition.

    Raises
    ------
    PlacementError
        There is none; those that are there are listed.
    """
    plans = {plan.name: plan for plan in read_plans(edition)}
    if name not in plans:
        there = ", ".join(plans) or "keine; rechnen Sie zuerst einen mit `sozialatlas place`"
        raise PlacementError(
            "Diesen Plan gibt es zu dieser Ausgabe nicht.",
            [Problem("Plan", f"gefunden {name!r}", there)],
        )
    return plans[name]
