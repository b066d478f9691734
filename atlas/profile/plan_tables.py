"""What a plan says beyond its week: teams' days, what is lost, areas, and how two plans differ."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from atlas.placement.compare import (
    Comparison,
    reach_columns,
    reach_table,
    session_columns,
    session_table,
)
from atlas.placement.result import (
    Alternative,
    AreaReach,
    Plan,
    PlannedSession,
    Stop,
    TeamDay,
    team_text,
)
from atlas.profile.rows import table_of
from atlas.wording import counted, number, plain, share_text, status_word, text, time_text, weekday
from indicators.status import Status

_WORKDAYS = range(5)


def team_table(plan: Plan, language: str = "de") -> pd.DataFrame:
    """One row per team of ours, one column per weekday: where it is, in order, with the ways."""
    days = plan.days or _days_of(plan)
    shown = sorted({*_WORKDAYS, *(d.weekday for d in days)})
    rows = []
    for team in dict.fromkeys(d.team for d in sorted(days, key=lambda d: d.team)):
        row = {text("planen.team", language): team}
        for n in shown:
            stops = [s for d in days if (d.team, d.weekday) == (team, n) for s in d.stops]
            row[weekday(n, language)] = "; ".join(_stop(s, language) for s in stops)
        rows.append(row)
    return table_of(rows, keep_empty=True)


def _days_of(plan: Plan) -> tuple[TeamDay, ...]:
    """The teams' days where a plan tells only who holds which session."""
    ours = sorted((s for s in plan.sessions if s.ours and s.team), key=lambda s: s.start)
    pairs = {(t, s.weekday) for s in ours for t in s.teams or (s.team,)}
    return tuple(
        TeamDay(
            team,
            day,
            tuple(
                Stop(s.place_name, s.start, s.end, None)
                for s in ours
                if s.weekday == day and team in (s.teams or (s.team,))
            ),
        )
        for team, day in sorted(pairs)
    )


def _stop(stop: Stop, language: str) -> str:
    time = time_text(stop.start, stop.end, language)
    if stop.way_minutes is None:
        return f"{time} {stop.place_name}"
    way = text("planen.way", language, minutes=number(stop.way_minutes, 0, language))
    return f"{way}, {time} {stop.place_name}"


def slot_text(session: PlannedSession, language: str = "de") -> str:
    """Day, time and room of a session in one line."""
    return _where(session.weekday, session.start, session.end, session.place_name, language)


def _where(day: int, start: str, end: str, place: str, language: str) -> str:
    return f"{weekday(day, language)} {time_text(start, end, language)}, {place}"


def loss_table(plan: Plan, language: str = "de") -> pd.DataFrame:
    """Per session: what goes without it, and where else it could be held.

    Existing ones stand among them, and are called so, where the plan says what they are worth.
    """
    names = {g.group: g.counted for g in plan.groups}
    shown = [s for s in plan.sessions if not s.existing or s.lost is not None]
    rows = []
    for s in sorted(shown, key=lambda s: (s.weekday, s.start, s.place_name)):
        kept = f" ({text('sprechstunden.kept', language)})" if s.existing else ""
        row = {
            text("planen.session", language): slot_text(s, language) + kept,
            text("planen.without", language): _without(s, names, language),
        }
        if any(p.lost is not None for p in shown):
            lost = "" if s.lost is None else share_text(s.lost, 1, language)
            row[text("planen.lost", language)] = lost
        row[text("planen.next_room", language)] = _alternative(s.next_room, language)
        row[text("planen.next_time", language)] = _alternative(s.next_time, language)
        rows.append(row)
    return table_of(rows)


def _without(session: PlannedSession, names: dict[str, str], language: str) -> str:
    """Whom nothing would reach without a session, the largest groups first."""
    alone = sorted((r for r in session.reach if round(r.alone) > 0), key=lambda r: -r.alone)
    found = [f"{number(r.alone, 0, language)} {names.get(r.group, r.group)}" for r in alone]
    return "; ".join(found) or text("planen.nobody", language)


def _alternative(other: Alternative | None, language: str) -> str:
    if other is None:
        return ""
    where = _where(other.weekday, other.start, other.end, other.place_name, language)
    where = f"{where} ({other.kind_name})" if other.kind_name else where
    if other.worse <= 0:
        return text("planen.as_good", language, where=where)
    worse = share_text(other.worse, 1, language)
    return text("planen.worse", language, where=where, worse=worse)


def ended_lines(plan: Plan, language: str = "de") -> tuple[str, ...]:
    """The existing sessions that a plan gives up, one line each."""
    return tuple(
        ", ".join(t for t in (slot_text(s, language), team_text(s)) if t) for s in plan.ended
    )


def fairness_lines(plan: Plan, language: str = "de") -> tuple[str, ...]:
    """How even the hours are over the people, and who has the longest way."""
    found = plan.fairness
    if found is None:
        return ()
    lines = []
    if found.gini_after is not None:
        values = {
            "after": number(found.gini_after, 2, language),
            "before": ""
            if found.gini_before is None
            else text("planen.gini_before", language, n=number(found.gini_before, 2, language)),
        }
        lines.append(text("planen.gini", language, **values))
    if found.worst_name and found.worst_beyond is not None:
        far = {"area": found.worst_name, "minutes": plain(found.worst_beyond, language)}
        lines.append(counted("planen.worst_beyond", found.areas_beyond, language, **far))
    elif found.worst_name and found.worst_minutes is None:
        lines.append(text("planen.worst_none", language, area=found.worst_name))
    elif found.worst_name and found.worst_minutes is not None:
        way = number(found.worst_minutes, 0, language)
        lines.append(text("planen.worst", language, area=found.worst_name, minutes=way))
    return tuple(lines)


def area_table(plan: Plan, group: str, language: str = "de") -> pd.DataFrame:
    """Every area for one target group: need, ways before and with the plan, nearest, why.

    Numbers stay numbers, so that a reader can sort by them.
    """
    names = {s.place: s.place_name for s in plan.sessions}
    rows = [a for a in plan.areas if a.group == group]
    columns = {
        text("planen.area", language): [a.area_name or a.area for a in rows],
        text("sprechstunden.reach_need", language): [a.need for a in rows],
        text("planen.minutes_before", language): [a.minutes_before for a in rows],
        text("planen.minutes_after", language): [a.minutes_after for a in rows],
        text("planen.nearest", language): [_nearest(a, names, language) for a in rows],
        text("planen.why", language): [a.reason for a in rows],
    }
    frame = pd.DataFrame(columns)
    for name in list(frame.columns)[1:4]:
        frame[name] = pd.to_numeric(frame[name]).round(0)
    said = [c for c in frame if frame[c].notna().any() and (frame[c].astype(str) != "").any()]
    return frame[said]


def _nearest(row: AreaReach, names: dict[str, str], language: str) -> str:
    """The nearest offer of an area: a place that is open all week, or one with a session."""
    if row.always_name:
        return text("planen.all_week", language, place=row.always_name)
    return names.get(row.next_place, "")


def far_lines(plan: Plan, group: str, language: str = "de") -> tuple[str, ...]:
    """Why areas in the table have no minutes with the plan, and how many, for one group."""
    rows = [a for a in plan.areas if a.group == group and a.minutes_after is None]
    lines = []
    for limit in sorted({a.beyond for a in rows if a.beyond is not None}):
        n = sum(a.beyond == limit for a in rows)
        far = plain(limit, language)
        lines.append(counted("planen.far_beyond", n, language, minutes=far))
    unknown = sum(a.beyond is None for a in rows)
    if unknown:
        lines.append(counted("planen.far_unknown", unknown, language))
    return tuple(lines)


def area_lines(plan: Plan, area: str, language: str = "de") -> tuple[str, ...]:
    """Per target group, how an area is reached and why, one line each."""
    names = {g.group: g.name for g in plan.groups}
    return tuple(
        f"**{names.get(a.group, a.group)}**: {_area_line(a, plan, language)}"
        for a in plan.areas
        if a.area == area
    )


def _area_line(row: AreaReach, plan: Plan, language: str) -> str:
    if row.reason:
        return row.reason
    places = {s.place: s.place_name for s in plan.sessions}
    need = (
        status_word(Status.MISSING, language) if row.need is None else number(row.need, 0, language)
    )
    parts = [text("planen.map_need", language, need=need)]
    if row.next_minutes is None and row.beyond is not None:
        far = plain(row.beyond, language)
        parts.append(text("planen.beyond_way", language, minutes=far))
    elif row.next_minutes is None:
        parts.append(text("planen.no_way", language))
    else:
        fields = {
            "place": places.get(row.next_place, row.next_place),
            "minutes": number(row.next_minutes, 0, language),
        }
        parts.append(text("planen.nearest_way", language, **fields))
    return "; ".join(parts)


def compared_reach(found: Comparison, language: str = "de") -> pd.DataFrame:
    """What a page shows of a comparison's reach, in words: one row per group and minutes."""
    table, titles = reach_table(found, language), reach_columns(language)

    def cell(row: dict[Hashable, Any], key: str) -> str:
        x = row[titles[key]]
        if key == "minutes":
            return text("sprechstunden.within", language, n=plain(float(x), language))
        return str(x) if key in ("group", "result") else number(x, 0, language)

    shown = ("group", "minutes", "need", "reached_a", "reached_b", "result")
    rows = table.to_dict("records")
    return table_of([{titles[k]: cell(row, k) for k in shown} for row in rows])


def compared_week(found: Comparison, language: str = "de") -> pd.DataFrame:
    """What a page shows of a comparison's sessions: where, and when in each plan."""
    table, titles = session_table(found, language), session_columns(language)
    shown = [titles[k] for k in ("state", "room", "when_a", "when_b")]
    rows = [{k: str(row[k]) for k in shown} for row in table.to_dict("records")]
    return table_of(rows, keep_empty=True)
