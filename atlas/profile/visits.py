"""Tables of rooms and consultation hours near by, every cell already as words."""

import pandas as pd

from atlas.edition import Edition
from atlas.placement.result import NextSession, Plan
from atlas.profile.nearby import NearbyPlace, NearbySession, widest_reach
from atlas.profile.rows import table_of
from atlas.profile.sheets import group_name
from atlas.wording import counted, listing, number, text, time_text, weekday, word_or_key


def place_table(places: tuple[NearbyPlace, ...], language: str = "de") -> pd.DataFrame:
    """Rooms near by, one row each."""
    rows = [
        {
            text("gebiet.column_place", language): p.name,
            text("gebiet.column_kind", language): word_or_key("kind", p.kind, language),
            text("gebiet.column_owner", language): word_or_key("owner", p.owner, language),
            text("gebiet.column_barrier_free", language): word_or_key(
                "barrier_free", p.barrier_free, language
            ),
            text("gebiet.column_minutes", language): walk_text(p, language),
            text("gebiet.column_address", language): p.address,
        }
        for p in places
    ]
    return table_of(rows)


def walk_text(place: NearbyPlace, language: str = "de") -> str:
    """How far a place is: inside the area, or so many minutes."""
    if place.inside:
        return text("gebiet.inside", language)
    if place.minutes is None:
        return text("common.unknown", language)
    return counted("gebiet.minutes", round(place.minutes), language)


def next_text(found: NextSession | None, plan: Plan, language: str = "de") -> str:
    """The nearest consultation hour of a plan in a sentence, and whether that is too far."""
    if found is None:
        return text("gebiet.next_none", language)
    session, minutes = found.session, round(found.minutes)
    sentence = text(
        f"gebiet.next_{'existing' if session.existing else 'planned'}",
        language,
        place=session.place_name,
        day=weekday(session.weekday, language),
        time=time_text(session.start, session.end, language),
        walk=counted("gebiet.minutes_walk", minutes, language),
    )
    reach = widest_reach(plan)
    if found.minutes <= reach:
        return sentence
    far = text("gebiet.next_far", language, minutes=number(reach, 0, language))
    return f"{sentence} {far}"


def session_table(
    edition: Edition,
    sessions: tuple[NearbySession, ...],
    language: str = "de",
    plan: Plan | None = None,
) -> pd.DataFrame:
    """Consultation hours near by, one row each; `plan` gives the names of its own groups."""
    names = {g.group: g.name for g in plan.groups} if plan else {}
    rows = [
        {
            text("gebiet.column_weekday", language): weekday(s.weekday, language),
            text("gebiet.column_time", language): time_text(s.start, s.end, language),
            text("gebiet.column_place", language): s.place.name,
            text("gebiet.column_minutes", language): walk_text(s.place, language),
            text("gebiet.column_kind", language): word_or_key("session_kind", s.kind, language),
            text("gebiet.column_provider", language): s.provider,
            text("gebiet.column_groups", language): groups_text(edition, s.groups, language, names),
        }
        for s in sessions
    ]
    return table_of(rows)


def groups_text(
    edition: Edition,
    groups: tuple[str, ...],
    language: str = "de",
    names: dict[str, str] | None = None,
) -> str:
    """For whom a consultation hour is."""
    if not groups or groups == ("total",):
        return text("gebiet.everyone", language)
    known = names or {}
    return listing([known.get(g) or _group(edition, g, language) for g in groups], language)


def _group(edition: Edition, group: str, language: str) -> str:
    """A group of a consultation hour: by its own word, else by the catalogue's."""
    own = word_or_key("session_group", group, language)
    return own if own != group else group_name(edition, group, language)
