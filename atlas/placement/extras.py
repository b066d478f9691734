"""What a scenario may ask for beside the plain model: named teams, capacity, robust need, cuts.

The mathematics stands in `atlas.placement.model`.
"""

from dataclasses import dataclass

import numpy as np

from atlas.placement.arrays import Floats, Ints
from atlas.placement.blocks import Columns, Layout, Rows

_HOUR = 60.0


def crew_columns(at: Layout, columns: Columns, rows: Rows) -> None:
    """Sessions of each crew by half-day and kind, within its hours."""
    crews, o = at.problem.staff.crews, at.problem.options
    if not crews:
        return
    binds = o.staff[at.option].astype(float)
    keys = np.column_stack([o.half_day, o.kind, o.shortest])
    pairs, index = np.unique(keys, axis=0, return_inverse=True)
    length = pairs[:, 2].astype(float)
    day = np.zeros(len(pairs), dtype=np.int64)
    day[index.reshape(-1)] = o.weekday
    held: list[tuple[Ints, Ints, Floats | float]] = []
    for crew in crews:
        usable = np.flatnonzero(crew.kinds[pairs[:, 1]])
        free = crew.free[pairs[usable, 0]].astype(float)
        v = columns.add(len(usable), upper=free, whole=True)
        held.append((usable, v, -1.0))
        half_days, row = np.unique(pairs[usable, 0], return_inverse=True)
        rows.add(len(half_days), [(row, v, 1.0)], high=crew.free[half_days].astype(float))
        one = np.zeros(len(v), dtype=np.int64)
        if crew.week_minutes is not None:
            rows.add(1, [(one, v, length[usable])], high=float(crew.week_minutes))
        if crew.week_sessions is not None:
            rows.add(1, [(one, v, 1.0)], high=float(crew.week_sessions))
        if crew.day_minutes is not None:
            days, row = np.unique(day[usable], return_inverse=True)
            left = crew.day_minutes[days].astype(float)
            rows.add(len(days), [(row, v, length[usable])], high=left)
    rows.add(len(pairs), [(index.reshape(-1)[at.option], at.x, binds), *held], high=0.0)


@dataclass(frozen=True)
class FlowColumns:
    """The columns of the arcs with their units and deviations; (H, 3) room, type, minutes."""

    y: Ints
    unit: Ints
    deviation: Floats
    hours: Ints


def flow_columns(at: Layout, columns: Columns, rows: Rows) -> FlowColumns | None:
    """People who flow to sessions with a limited number of places, and the hours these last."""
    flows, o = at.problem.flows, at.problem.options
    if flows is None:
        return None
    used = np.argwhere(at.n >= 0)
    first = np.array([int(np.flatnonzero(at.types == t)[0]) for t in range(at.n.shape[1])])
    number = np.full(at.n.shape, -1, dtype=np.int64)
    number[used[:, 0], used[:, 1]] = np.arange(len(used))
    n, kind = at.n[used[:, 0], used[:, 1]], first[used[:, 1]]
    longest = _longest(at, used)
    limit = np.minimum(at.problem.room_limit[used[:, 0]], len(o)).astype(float)
    h = columns.add(len(used), upper=longest * limit)
    each = np.arange(len(used))
    rows.add(len(used), [(each, h, 1.0), (each, n, -o.shortest[kind].astype(float))], low=0.0)
    rows.add(len(used), [(each, h, 1.0), (each, n, -longest)], high=0.0)
    one = np.zeros(len(used), dtype=np.int64)
    minutes = float(at.problem.staff.max_minutes)
    rows.add(1, [(one, h, o.staff[kind].astype(float))], high=minutes)
    there = number[flows.room, flows.type] >= 0
    unit, room, kinds = flows.unit[there], flows.room[there], flows.type[there]
    y = columns.add(len(unit), cost=flows.gain[there])
    arc = np.arange(len(unit))
    rows.add(len(unit), [(arc, y, 1.0), (arc, at.n[room, kinds], -1.0)], high=0.0)
    _, row = np.unique(unit, return_inverse=True)
    rows.add(int(row.max(initial=-1)) + 1, [(row, y, 1.0)], high=1.0)
    rate = o.per_hour[kind] / _HOUR
    bounded = np.isfinite(rate)
    seat = number[room, kinds]
    few = bounded[seat]
    rows.add(
        len(used),
        [
            (seat[few], y[few], flows.visits[there][few]),
            (each[bounded], h[bounded], -rate[bounded]),
        ],
        high=0.0,
    )
    return FlowColumns(y, unit, flows.deviation[there], np.column_stack([used, h]))


def _longest(at: Layout, used: Ints) -> Floats:
    """Longest session that fits every slot of a room and type."""
    fits = np.full(at.n.shape, np.inf)
    most = at.problem.longest[at.room, at.option].astype(float)
    np.minimum.at(fits, (at.room, at.types[at.option]), most)
    longest: Floats = fits[used[:, 0], used[:, 1]]
    return longest


def robust_columns(
    at: Layout, label: Ints, flows: FlowColumns | None, columns: Columns, rows: Rows
) -> None:
    """What is lost if the need of some units is as low as it may be."""
    robust = at.problem.robust
    if robust is None:
        return
    some = np.flatnonzero((robust.deviation > 0) & (robust.unit >= 0) & (label >= 0))
    unit, column, deviation = robust.unit[some], at.z[label[some]], robust.deviation[some]
    if flows is not None:
        unsure = np.flatnonzero(flows.deviation > 0)
        unit = np.concatenate([unit, flows.unit[unsure]])
        column = np.concatenate([column, flows.y[unsure]])
        deviation = np.concatenate([deviation, flows.deviation[unsure]])
    if not len(unit):
        return
    numbers, row = np.unique(unit, return_inverse=True)
    count = len(numbers)
    level = columns.add(1, cost=-float(robust.areas), upper=np.inf)
    over = columns.add(count, cost=-1.0, upper=np.inf)
    every = np.arange(count)
    rows.add(
        count,
        [(every, np.repeat(level, count), 1.0), (every, over, 1.0), (row, column, -deviation)],
        low=0.0,
    )


def cut_columns(at: Layout, columns: Columns, rows: Rows) -> None:
    """Sets of sessions that no week of the teams can hold together."""
    upper = np.concatenate(columns.upper)
    reached: dict[tuple[int, int, int], int] = {}
    for cut in at.problem.cuts:
        chosen = []
        for room, kind, level in cut.sessions:
            n = int(at.n[room, kind])
            if upper[n] <= 1:
                chosen.append(n)
                continue
            key = (room, kind, level)
            if key not in reached:
                (reached[key],) = columns.add(1, whole=True)
                pair = np.array([n, reached[key]])
                weight = np.array([1.0, -(upper[n] - level + 1)])
                rows.add(1, [(np.zeros(2, dtype=np.int64), pair, weight)], high=level - 1.0)
            chosen.append(reached[key])
        one = np.zeros(len(chosen), dtype=np.int64)
        rows.add(1, [(one, np.array(chosen), 1.0)], high=len(chosen) - 1.0)


def way_columns(at: Layout, columns: Columns, rows: Rows) -> None:
    """On every day as many paths from stop to stop as there are teams at work.

    Sessions less the ways between them are the paths that cover them, and each stop has at
    most as many ways to and from it as teams are there.
    """
    ways = at.problem.ways
    if ways is None:
        return
    stops, days = len(ways.room), len(ways.teams)
    number = np.full((len(at.problem.allowed), int(at.problem.options.half_day.max()) + 1), -1)
    free = np.flatnonzero(ways.half_day >= 0)
    number[ways.room[free], ways.half_day[free]] = free
    stop = number[at.room, at.problem.options.half_day[at.option]]
    binds = at.problem.options.staff[at.option].astype(float)
    way = columns.add(len(ways.first), upper=np.inf)
    stands = (ways.half_day < 0).astype(float)
    one = np.ones(len(way))
    for end in (ways.first, ways.second):
        rows.add(stops, [(end, way, one), (stop, at.x, -binds)], high=stands)
    held = np.bincount(ways.weekday[ways.half_day < 0], minlength=days)
    less = np.full(len(way), -1.0)
    paths = [(ways.weekday[stop], at.x, binds), (ways.weekday[ways.first], way, less)]
    rows.add(days, paths, high=(ways.teams - held).astype(float))
