"""Consultation hours near by: those held already, and those that plans add."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from atlas.edition import Edition
from atlas.placement.held import kind_word
from atlas.placement.result import NextSession, Plan, PlannedSession
from atlas.profile import AreaRef, NearbyPlace, NearbySession, Profile
from atlas.profile.nearby import next_planned
from atlas.profile.visits import next_text
from atlas.wording import counted, number, plain, text, time_text, weekday, word_or_key


@dataclass(frozen=True)
class PlannedNearby:
    """A session that a plan adds, at a place near by."""

    session: PlannedSession
    place: NearbyPlace


@dataclass(frozen=True)
class PlanNearby:
    """What a plan means for an area: its new sessions near by, and its nearest session of all."""

    plan: Plan
    sessions: tuple[PlannedNearby, ...]
    nearest: NextSession | None


def plans_near(
    edition: Edition, plans: Sequence[Plan], ref: AreaRef, places: Sequence[NearbyPlace]
) -> tuple[PlanNearby, ...]:
    """The plans' new sessions at some places: by walk, then by weekday and time."""
    by_key = {p.place: p for p in places}
    return tuple(
        PlanNearby(
            plan,
            tuple(
                sorted(
                    (
                        PlannedNearby(session, by_key[session.place])
                        for session in plan.new_sessions
                        if session.place in by_key
                    ),
                    key=_by_walk,
                )
            ),
            next_planned(edition, plan, ref),
        )
        for plan in plans
    )


def _by_walk(item: PlannedNearby) -> tuple[bool, float, int, str]:
    minutes = item.place.minutes
    far = 0.0 if minutes is None else minutes
    return (not item.place.inside, far, item.session.weekday, item.session.start)


def session_blocks(
    edition: Edition,
    profile: Profile,
    planned: Sequence[PlanNearby],
    most: int,
    language: str,
) -> list[dict[str, Any]]:
    """The words of the lists of hours, each with at most `most` entries, by weekday."""
    if edition.table("places").empty and edition.table("sessions").empty:
        title = text("brief.sessions_now", language)
        return [_block(title, [], 0, text("brief.sessions_no_data", language), language)]
    fine = not profile.parts
    reach = plain(profile.reach_minutes, language)
    near = sorted(profile.sessions, key=_near_first)
    blocks = [
        _block(
            text("brief.sessions_now", language),
            [_existing(s, fine, language) for s in sorted(near[:most], key=_in_week)],
            len(near),
            text("brief.sessions_now_none", language, minutes=reach),
            language,
        )
    ]
    blocks += [_plan_block(p, fine, most, language) for p in planned]
    if not planned:
        title = text("brief.sessions_planned_title", language)
        blocks.append(_block(title, [], 0, text("brief.no_plan", language), language))
    return blocks


def _plan_block(found: PlanNearby, fine: bool, most: int, language: str) -> dict[str, Any]:
    """The nearest of a plan's new sessions in the order of the week; else where the next one is."""
    kept = sorted(found.sessions[:most], key=lambda p: (p.session.weekday, p.session.start))
    return _block(
        text("brief.sessions_planned", language, plan=found.plan.title),
        [_planned(p, fine, language) for p in kept],
        len(found.sessions),
        next_text(found.nearest, found.plan, language),
        language,
    )


def _near_first(session: NearbySession) -> tuple[bool, float, int, str]:
    minutes = session.place.minutes
    far = 0.0 if minutes is None else minutes
    return (not session.place.inside, far, session.weekday, session.start)


def _in_week(session: NearbySession) -> tuple[int, str, str]:
    return (session.weekday, session.start, session.place.name)


def _block(title: str, rows: list[str], there: int, none: str, language: str) -> dict[str, Any]:
    """Some rows of all that are there; where there is none, the sentence that says so."""
    more = there - len(rows)
    note = counted("brief.more", more, language) if more > 0 else ""
    return {"title": title, "rows": rows, "note": note if rows else none}


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
    unsure = "" if session.hours_known else ", " + text("brief.hours_unknown", language)
    return text(
        "brief.session",
        language,
        when=_when(session.weekday, session.start, session.end, language),
        place=session.place_name,
        walk=_walk(item.place, fine, language),
        what=kind_word(session, language) + unsure,
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
