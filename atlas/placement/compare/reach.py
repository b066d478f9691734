"""Whom two plans reach, and which differences can be told from chance of search and secrecy."""

from atlas.placement.compare.model import (
    GoalDifference,
    GroupDifference,
    GuaranteeDifference,
    Incomparable,
    Verdict,
    Why,
)
from atlas.placement.result import AreaReach, GroupReach, Plan, ReachStep
from indicators.status import Status

_HALF = 0.5
_DIGITS = 5e-4
"""Objectives of a plan are written with four digits."""
_GOAL = ("groups", "reach", "guarantee", "priorities", "robust", "existing", "kinds")
"""Entries of a scenario that decide what a gain is."""
_ROOM_GOAL = "present_kinds"
"""So does where the service is present anyway."""


def group_differences(
    a: Plan, b: Plan
) -> tuple[tuple[GroupDifference, ...], tuple[Incomparable, ...]]:
    """Compare the reach of every group that means the same in both plans.

    Returns
    -------
    tuple
        The differences by group and minutes, and the groups that cannot be compared.
    """
    found: list[GroupDifference] = []
    notes: list[Incomparable] = []
    theirs = {g.group: g for g in b.groups}
    for group in a.groups:
        other = theirs.get(group.group)
        if other is None:
            notes.append(Incomparable("only_a", group.name))
        elif not _same_group(a, b, group.group):
            notes.append(Incomparable("need", group.name))
        else:
            found += _steps(a, b, group, other)
    ours = {g.group for g in a.groups}
    notes += [Incomparable("only_b", g.name) for g in b.groups if g.group not in ours]
    return tuple(found), tuple(notes)


def _same_group(a: Plan, b: Plan, group: str) -> bool:
    """Whether the group has the same need in every area and walks the same way."""
    need_a, need_b = (
        {r.area: (r.need, r.low, r.high) for r in plan.areas if r.group == group} for plan in (a, b)
    )
    return need_a == need_b and _walks(a, group) == _walks(b, group)


def _walks(plan: Plan, group: str) -> tuple[object, object]:
    entry: dict[str, object] = next(
        (g for g in plan.wishes.get("groups", ()) if g.get("key") == group), {}
    )
    return entry.get("profile"), entry.get("mode")


def _steps(a: Plan, b: Plan, group: GroupReach, other: GroupReach) -> list[GroupDifference]:
    theirs = {s.minutes: s for s in other.steps}
    areas_a, areas_b = (
        {r.area: r for r in plan.areas if r.group == group.group} for plan in (a, b)
    )
    found = []
    for step in group.steps:
        against = theirs.get(step.minutes)
        if against is None:
            continue
        low, high = _bounds(areas_a, areas_b, step.minutes, against.after - step.after)
        open_a, open_b = (
            p.quality.gap * abs(s.after - s.before) for p, s in ((a, step), (b, against))
        )
        verdict, why = judge(against.after - step.after, low, high, max(open_a, open_b), _HALF)
        estimated = Status.ESTIMATED in (group.status, other.status)
        found.append(
            _difference(group, (step, against), (low, high), (verdict, why), estimated=estimated)
        )
    return found


def _difference(
    group: GroupReach,
    steps: tuple[ReachStep, ReachStep],
    bounds: tuple[float, float],
    judged: tuple[Verdict, Why],
    *,
    estimated: bool,
) -> GroupDifference:
    step, against = steps
    return GroupDifference(
        group=group.group,
        name=group.name,
        counted=group.counted,
        minutes=step.minutes,
        need=group.need,
        before_a=step.before,
        before_b=against.before,
        a=step.after,
        b=against.after,
        low=round(bounds[0], 2),
        high=round(bounds[1], 2),
        verdict=judged[0],
        why=judged[1],
        status=Status.ESTIMATED if estimated else Status.PUBLISHED,
    )


def _bounds(
    areas_a: dict[str, AreaReach], areas_b: dict[str, AreaReach], minutes: float, middle: float
) -> tuple[float, float]:
    """Least and greatest difference b - a that the bounds of the need allow."""
    low = high = 0.0
    for key, row in areas_a.items():
        in_a, in_b = _reached(row, minutes), _reached(areas_b[key], minutes)
        if in_b and not in_a:
            low, high = low + (row.low or 0.0), high + (row.high or 0.0)
        elif in_a and not in_b:
            low, high = low - (row.high or 0.0), high - (row.low or 0.0)
    return min(low, middle), max(high, middle)


def _reached(row: AreaReach, minutes: float) -> bool:
    return row.level_after is not None and row.level_after <= minutes


def judge(
    difference: float, low: float, high: float, left_open: float, rounding: float
) -> tuple[Verdict, Why]:
    """Which side is ahead, or why that cannot be told.

    Parameters
    ----------
    difference
        B minus A.
    low, high
        Between these it lies for sure.
    left_open
        What a longer search could still have changed.
    rounding
        Differences below this are not seen in the figures shown.

    Examples
    --------
    >>> judge(12.0, 10.0, 14.0, 3.0, 0.5)
    ('b', '')
    >>> judge(2.0, 1.0, 3.0, 3.0, 0.5)
    ('same', 'gap')
    """
    if difference == 0 and low == high:
        return "same", "equal"
    if abs(difference) < rounding:
        return "same", "rounding"
    if abs(difference) <= left_open:
        return "same", "gap"
    if low <= 0 <= high:
        return "same", "bounds"
    return ("b" if difference > 0 else "a"), ""


def guarantee_difference(a: Plan, b: Plan) -> GuaranteeDifference | None:
    """Compare the regions that go without; None where the two guarantees are not the same."""
    one, two = a.guarantee, b.guarantee
    if one is None or two is None:
        return None
    if (one.level, one.minutes, one.regions) != (two.level, two.minutes, two.regions):
        return None
    missed_a, missed_b = ({m.area: m.name for m in g.missed} for g in (one, two))
    return GuaranteeDifference(
        level_name=one.level_name,
        minutes=one.minutes,
        regions=one.regions,
        both=tuple(n for k, n in missed_a.items() if k in missed_b),
        only_a=tuple(n for k, n in missed_a.items() if k not in missed_b),
        only_b=tuple(n for k, n in missed_b.items() if k not in missed_a),
    )


def goal_difference(a: Plan, b: Plan) -> GoalDifference | None:
    """Which plan gains more; None where a gain does not mean the same in both."""
    if not (a.wishes and b.wishes) or _goal(a) != _goal(b):
        return None
    gained = max(abs(a.quality.objective), abs(b.quality.objective))
    difference = b.quality.objective - a.quality.objective
    left_open = max(still_open(a), still_open(b))
    verdict, why = judge(difference, difference, difference, left_open, _DIGITS)
    if gained == 0:
        return GoalDifference("same", "equal", 0.0, 0.0)
    return GoalDifference(verdict, why, round(difference / gained, 6), round(left_open / gained, 6))


def still_open(plan: Plan) -> float:
    """How much more than the plan the best one may gain, in units of the objective."""
    return max(plan.quality.bound - plan.quality.objective, 0.0)


def _goal(plan: Plan) -> dict[str, object]:
    goal = {key: plan.wishes.get(key) for key in _GOAL}
    goal["rooms"] = (plan.wishes.get("rooms") or {}).get(_ROOM_GOAL)
    return goal
