"""A plan of consultation hours as tables and marks: the week, the reasons, the reach."""

from collections.abc import Iterable

import pandas as pd

from atlas.edition import Edition
from atlas.findings import gap_finding
from atlas.maps import PlaceMark
from atlas.placement.held import kind_word
from atlas.placement.result import GroupReach, Plan, PlannedSession, team_text
from atlas.profile.figures import whole_number, words
from atlas.profile.nearby import in_force
from atlas.profile.rows import table_of
from atlas.profile.visits import groups_text
from atlas.wording import (
    listing,
    number,
    percent,
    plain,
    status_word,
    text,
    time_text,
    weekday,
    word_or_key,
)
from indicators.status import Status

ROOM_COLOUR, EXISTING_COLOUR, PLANNED_COLOUR = "#5a5a5a", "#1f5a96", "#b3261e"
_WORKDAYS = range(5)


def week_table(plan: Plan, language: str = "de") -> pd.DataFrame:
    """One row per room, one column per weekday; each hour with its time, team and kind."""
    rooms = sorted({(s.place_name, s.place) for s in plan.sessions})
    days = sorted({*_WORKDAYS, *(s.weekday for s in plan.sessions)})
    kinds = several_kinds(plan)
    rows = []
    for name, place in rooms:
        row = {text("sprechstunden.room", language): name}
        for d in days:
            here = [s for s in plan.sessions if s.place == place and s.weekday == d]
            row[weekday(d, language)] = "; ".join(_slot(s, language, kinds=kinds) for s in here)
        rows.append(row)
    return table_of(rows, keep_empty=True)


def several_kinds(plan: Plan) -> bool:
    """Whether the plan has new sessions of more than one kind."""
    return len({s.kind for s in plan.new_sessions}) > 1


def _slot(session: PlannedSession, language: str, *, kinds: bool) -> str:
    what = f" {kind_word(session, language)}" if kinds else ""
    kind = text(f"sprechstunden.{'kept' if session.existing else 'new'}", language)
    time = time_text(session.start, session.end, language)
    unsure = "" if session.hours_known else f", {text('sprechstunden.hours_unknown', language)}"
    team = team_text(session)
    who = f", {team}" if team else ""
    return f"{time}{what} ({kind}{who}{unsure})"


def reason_table(edition: Edition, plan: Plan, language: str = "de") -> pd.DataFrame:
    """Every new hour with the reason for its place, in the order of the week."""
    names = {g.group: g.name for g in plan.groups}
    kinds = several_kinds(plan)
    rows = [
        {
            text("gebiet.column_weekday", language): weekday(s.weekday, language),
            text("gebiet.column_time", language): time_text(s.start, s.end, language),
            text("gebiet.column_place", language): s.place_name,
            **({text("gebiet.column_kind", language): kind_word(s, language)} if kinds else {}),
            text("gebiet.column_groups", language): groups_text(edition, s.groups, language, names),
            text("sprechstunden.reason", language): _reason(s),
        }
        for s in sorted(plan.new_sessions, key=lambda s: (s.weekday, s.start, s.place_name))
    ]
    return table_of(rows)


def _reason(session: PlannedSession) -> str:
    """The reason without place and time, which stand beside it."""
    head, colon, rest = session.reason.partition(": ")
    if not colon or not head.startswith(session.place_name):
        return session.reason
    return rest[:1].upper() + rest[1:]


def reach_table(plan: Plan, language: str = "de", *, widest_only: bool = True) -> pd.DataFrame:
    """Whom hours reach, before and with the plan, one row per group and walk."""
    rows = []
    for group in plan.groups:
        for step in group.steps[-1:] if widest_only else group.steps:
            before, after = step.before, step.after
            walk = text("sprechstunden.within", language, n=plain(step.minutes, language))
            rows.append(
                {
                    text("sprechstunden.reach_group", language): _group(group, language),
                    text("sprechstunden.reach_walk", language): walk,
                    text("sprechstunden.reach_need", language): _need(group, language),
                    text("sprechstunden.reach_before", language): _of(before, group, language),
                    text("sprechstunden.reach_after", language): _of(after, group, language),
                    text("sprechstunden.reach_gain", language): "+"
                    + number(max(after - before, 0), 0, language),
                }
            )
    return table_of(rows)


def _group(group: GroupReach, language: str) -> str:
    """For whom, and what is counted where that is something else."""
    if group.counted == group.name:
        return group.name
    return text("sprechstunden.counted", language, name=group.name, counted=group.counted)


def _need(group: GroupReach, language: str) -> str:
    shown = number(group.need, 0, language)
    if group.status == Status.ESTIMATED:
        return f"{shown} ({status_word(group.status, language)})"
    return shown


def _of(reached: float, group: GroupReach, language: str) -> str:
    """A number of people and their share of the need."""
    shown = number(reached, 0, language)
    return f"{shown} ({percent(100 * reached / group.need, 0, language)})" if group.need else shown


def plan_summary(plan: Plan, language: str = "de") -> tuple[str, ...]:
    """What a plan does, in a few sentences: hours, guarantee, how good it provably is."""
    kept = len(plan.sessions) - len(plan.new_sessions)
    found = [
        text(
            "sprechstunden.plan_over" if plan.no_hours_left else "sprechstunden.plan_size",
            language,
            new=number(len(plan.new_sessions), 0, language),
            kept=number(kept, 0, language),
            used=plain(plan.hours_used, language),
            hours=plain(plan.hours_per_week, language),
        ),
    ]
    # Of a plan that could add nothing, "the best possible" would say nothing.
    if not plan.no_hours_left:
        gap = 0.0 if plan.quality.ended == "optimal" else 100 * plan.quality.gap
        found.append(gap_finding(gap, language))
    if plan.start_open and plan.new_sessions:
        found.append(text("sprechstunden.start_open", language))
    guarantee = plan.guarantee
    if guarantee is not None:
        fields = {
            "level": guarantee.level_name,
            "minutes": plain(guarantee.minutes, language),
            "kept": number(guarantee.regions - len(guarantee.missed), 0, language),
            "regions": number(guarantee.regions, 0, language),
        }
        found.append(text("sprechstunden.guarantee", language, **fields))
    return tuple(found)


def missed_regions(plan: Plan, language: str = "de") -> tuple[str, ...]:
    """Which areas have no hour within reach, those without any suitable room apart."""
    missed = plan.guarantee.missed if plan.guarantee else ()
    parts = (
        ("missed_attainable", [m.name for m in missed if m.attainable]),
        ("missed_no_room", [m.name for m in missed if not m.attainable]),
    )
    return tuple(
        text(f"sprechstunden.{key}", language, names=listing(names, language))
        for key, names in parts
        if names
    )


def place_marks(
    edition: Edition, plan: Plan | None, language: str = "de", *, rooms: bool = True
) -> tuple[PlaceMark, ...]:
    """Rooms on the map, those with existing and planned hours on top.

    Parameters
    ----------
    edition, plan
        The plan is None where there is none.
    language
        ``de`` or ``en``.
    rooms
        Whether rooms without any hour are shown too.
    """
    places = edition.places.to_crs("EPSG:4326")
    columns = zip(places["place"], places["name"], places.geometry, strict=True)
    points = {str(key): (str(name), point) for key, name, point in columns}
    held = existing_lines(edition, language)
    planned = _planned_lines(plan, language)
    free: dict[str, list[str]] = {k: [] for k in points if k not in held and k not in planned}
    layers: list[tuple[str, str, dict[str, list[str]]]] = [
        ("room", ROOM_COLOUR, free if rooms else {}),
        ("existing", EXISTING_COLOUR, {k: v for k, v in held.items() if k not in planned}),
        ("planned", PLANNED_COLOUR, {k: v for k, v in planned.items() if k not in held}),
        ("both", PLANNED_COLOUR, {k: v for k, v in planned.items() if k in held}),
    ]
    marks = []
    for kind, colour, lines in layers:
        for key in sorted(set(lines) & set(points)):
            name, point = points[key]
            known = [*lines[key], *(held.get(key, []) if kind == "both" else [])]
            label = "; ".join(
                [f"{name} ({text(f'sprechstunden.marker_{kind}', language)})", *known]
            )
            marks.append(PlaceMark(point.x, point.y, label, kind, colour))
    return tuple(marks)


def _planned_lines(plan: Plan | None, language: str) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for s in plan.new_sessions if plan else ():
        when = f"{weekday(s.weekday, language)} {time_text(s.start, s.end, language)}"
        lines.setdefault(s.place, []).append(when)
    return lines


def existing_lines(edition: Edition, language: str = "de") -> dict[str, list[str]]:
    """Existing hours by place, each as day, time and provider."""
    table = in_force(edition.table("sessions"), edition.manifest.reporting_date)
    lines: dict[str, list[str]] = {}
    for row in table.sort_values(["weekday", "start"]).to_dict("records"):
        day = weekday(whole_number(row["weekday"]) or 0, language)
        time = time_text(words(row["start"]), words(row["end"]), language)
        who = [w for w in (words(row["provider"]), words(row["team"])) if w]
        lines.setdefault(words(row["place"]), []).append(", ".join([f"{day} {time}", *who]))
    return lines


def room_table(edition: Edition, language: str = "de") -> pd.DataFrame:
    """All rooms with owner, access and opening hours."""
    hours = _openingplain(edition, language)
    rows = [
        {
            text("gebiet.column_place", language): words(r["name"]),
            text("gebiet.column_kind", language): word_or_key("kind", words(r["kind"]), language),
            text("gebiet.column_owner", language): word_or_key(
                "owner", words(r["owner"]) or "unknown", language
            ),
            text("gebiet.column_barrier_free", language): word_or_key(
                "barrier_free", words(r["barrier_free"]) or "unknown", language
            ),
            text("sprechstunden.open_hours", language): hours.get(
                words(r["place"]), text("sprechstunden.hours_unknown", language)
            ),
            text("gebiet.column_address", language): words(r["address"]),
        }
        for r in edition.table("places").sort_values("name").to_dict("records")
    ]
    return table_of(rows)


def _openingplain(edition: Edition, language: str) -> dict[str, str]:
    """Opening hours by place, days with the same hours together."""
    table = edition.table("windows").sort_values(["place", "weekday", "start"])
    found: dict[str, str] = {}
    for place, rows in table.groupby("place"):
        by_time: dict[str, list[int]] = {}
        for row in rows.to_dict("records"):
            time = time_text(words(row["start"]), words(row["end"]), language)
            by_time.setdefault(time, []).append(whole_number(row["weekday"]) or 0)
        parts = [f"{_days(days, language)} {time}" for time, days in by_time.items()]
        found[str(place)] = "; ".join(parts)
    return found


def _days(days: Iterable[int], language: str) -> str:
    """Short names of weekdays: ``Mo, Di, Fr``."""
    return ", ".join(weekday(d, language)[: 2 if language == "de" else 3] for d in days)


def existing_table(edition: Edition, language: str = "de") -> pd.DataFrame:
    """All existing hours in force, by weekday and time."""
    names = {
        words(r["place"]): words(r["name"]) for r in edition.table("places").to_dict("records")
    }
    table = in_force(edition.table("sessions"), edition.manifest.reporting_date)
    rows = [
        {
            text("gebiet.column_weekday", language): weekday(
                whole_number(r["weekday"]) or 0, language
            ),
            text("gebiet.column_time", language): time_text(
                words(r["start"]), words(r["end"]), language
            ),
            text("gebiet.column_place", language): names.get(words(r["place"]), words(r["place"])),
            text("gebiet.column_kind", language): word_or_key(
                "session_kind", words(r["kind"]), language
            ),
            text("gebiet.column_provider", language): ", ".join(
                w for w in (words(r["provider"]), words(r["team"])) if w
            ),
            text("gebiet.column_groups", language): groups_text(
                edition, tuple(g for g in words(r["groups"]).split(";") if g), language
            ),
        }
        for r in table.sort_values(["weekday", "start", "place"]).to_dict("records")
    ]
    return table_of(rows)
