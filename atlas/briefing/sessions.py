"""Consultation hours near by: those held already, and those that plans add."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from atlas.edition import Edition
from atlas.placement.plan import Plan, PlannedSession
from atlas.profile import NearbyPlace, NearbySession, Profile
from atlas.profile.visits import time_text
from atlas.wording import counted, number, text, weekday, word_or_key


@dataclass(frozen=True)
class PlannedNearby:
    """A session that a plan adds, at a place near by."""

    session: PlannedSession
    place: NearbyPlace
    plan: str


def planned_near(plans: Sequence[Plan], places: Sequence[NearbyPlace]) -> list[PlannedNearby]:
    """The plans' new sessions at some places: by walk, then by weekday and time."""
    by_key = {p.place: p for p in places}
    found = [
        PlannedNearby(session, by_key[session.place], plan.title)
        for plan in plans
        for session in plan.new_sessions
        if session.place in by_key
    ]
    return sorted(found, key=_by_walk)


def _by_walk(item: PlannedNearby) -> tuple[bool, float, int, str]:
    minutes = item.place.minutes
    far = 0.0 if minutes is None else minutes
    return (not item.place.inside, far, item.session.weekday, item.session.start)


def session_blocks(
    edition: Edition,
    profile: Profile,
    planned: Sequence[PlannedNearby] | None,
    most: int,
    language: str,
) -> list[dict[str, Any]]:
    """The words of the two lists of hours, each with at most `most` entries."""
    if edition.table("places").empty and edition.table("sessions").empty:
        title = text("brief.sessions_now", language)
        return [_block(title, [], text("brief.sessions_no_data", language), most, language)]
    fine = not profile.parts
    reach = number(profile.reach_minutes, 0, language)
    blocks = [
        _block(
            text("brief.sessions_now", language),
            [_existing(s, fine, language) for s in profile.sessions],
            text("brief.sessions_now_none", language, minutes=reach),
            most,
            language,
        )
    ]
    for plan in dict.fromkeys(p.plan for p in planned or ()):
        rows = [_planned(p, fine, language) for p in planned or () if p.plan == plan]
        title = text("brief.sessions_planned", language, plan=plan)
        blocks.append(_block(title, rows, "", most, language))
    if not planned:
        title = text("brief.sessions_planned_title", language)
        key = "brief.no_plan" if planned is None else "brief.sessions_planned_none"
        none = text(key, language, minutes=reach)
        blocks.append(_block(title, [], none, most, language))
    return blocks


def _block(title: str, rows: list[str], none: str, most: int, language: str) -> dict[str, Any]:
    more = len(rows) - most
    note = counted("brief.more", more, language) if more > 0 else ""
    return {"title": title, "rows": rows[:most], "note": note if rows else none}


def _existing(session: NearbySession, fine: bool, language: str) -> str:
    return text(
        "brief.session",
        language,
        when=_when(session.weekday, session.start, session.end, language),
        place=session.place.name,
        walk=_walk(session.place, fine, language),
        what=", ".join(
            x
            for x in (session.provider, word_or_key("session_kind", session.kind, language))
            if x and x != session.place.name
        ),
    )


def _planned(item: PlannedNearby, fine: bool, language: str) -> str:
    session = item.session
    kind = word_or_key("session_kind", session.kind, language)
    unsure = "" if session.hours_known else ", " + text("brief.hours_unknown", language)
    return text(
        "brief.session",
        language,
        when=_when(session.weekday, session.start, session.end, language),
        place=session.place_name,
        walk=_walk(item.place, fine, language),
        what=kind + unsure,
    )


def _when(day: int, start: str, end: str, language: str) -> str:
    short = weekday(day, language)[: 2 if language == "de" else 3]
    return text("brief.when", language, day=short, time=time_text(start, end, language))


def _walk(place: NearbyPlace, fine: bool, language: str) -> str:
    """Whether a place lies inside; how long the walk is, where an area is small enough."""
    inside = [text("brief.inside", language)] if place.inside else []
    if place.minutes is None or (place.inside and not fine):
        return ", ".join(inside)
    minutes = number(max(place.minutes, 1), 0, language)
    return ", ".join([*inside, text("brief.walk", language, minutes=minutes)])
