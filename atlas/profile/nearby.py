"""Rooms and consultation hours in an area or within a walk of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from atlas.edition import Edition
from atlas.placement.result import NextSession, Plan, next_session
from atlas.profile.figures import Row, whole_number, words
from atlas.profile.sheets import AreaRef, current_vintage, finest_level, members
from geodata.travel import WALK

REACH_MINUTES = 15.0
"""A walk that still counts as near by, where no plan says how far people go."""
PROFILE = "standard"


@dataclass(frozen=True)
class NearbyPlace:
    """A room or service in an area or near it.

    ``minutes`` is the walk from the nearest of the area's finest parts; None where no
    walk was computed. ``inside`` says whether it lies in the area itself.
    """

    place: str
    name: str
    kind: str
    owner: str
    barrier_free: str
    address: str
    minutes: float | None
    inside: bool


@dataclass(frozen=True)
class NearbySession:
    """An existing or planned consultation hour near by."""

    place: NearbyPlace
    weekday: int
    start: str
    end: str
    kind: str
    provider: str
    groups: tuple[str, ...]


def walks(edition: Edition, ref: AreaRef) -> dict[str, float]:
    """Minutes on foot to each place, from the nearest of the finest parts of an area."""
    table = edition.table("travel")
    fine = finest_level(edition)
    mask = (table["vintage"] == ref.vintage) & (table["profile"] == PROFILE)
    mask &= table["mode"] == WALK
    mask &= (table["level"] == fine) & table["area"].isin(members(edition, ref, fine))
    nearest = table[mask].groupby("place")["minutes"].min()
    return {str(p): float(m) for p, m in nearest.items() if math.isfinite(m)}


def places_near(
    edition: Edition, ref: AreaRef, reach_minutes: float = REACH_MINUTES
) -> tuple[NearbyPlace, ...]:
    """Rooms in an area or at most `reach_minutes` away on foot: those inside first, then by walk.

    Parameters
    ----------
    edition
        The opened edition.
    ref
        The area, on any level.
    reach_minutes
        The longest walk.

    Returns
    -------
    places
        None under boundaries that are no longer in force: rooms are located in those of today.
    """
    if ref.vintage != current_vintage(edition):
        return ()
    minutes = walks(edition, ref)
    inside = set(members(edition, ref, finest_level(edition)))
    found = [_place(r, minutes, inside) for r in edition.table("places").to_dict("records")]
    near = [p for p in found if p.inside or _within(p.minutes, reach_minutes)]
    return tuple(sorted(near, key=_by_walk))


def _within(minutes: float | None, reach: float) -> bool:
    return minutes is not None and minutes <= reach


def _by_walk(place: NearbyPlace) -> tuple[bool, float, str]:
    return (not place.inside, math.inf if place.minutes is None else place.minutes, place.name)


def _place(row: Row, minutes: dict[str, float], inside: set[str]) -> NearbyPlace:
    key = words(row["place"])
    return NearbyPlace(
        place=key,
        name=words(row["name"]),
        kind=words(row["kind"]),
        owner=words(row["owner"]) or "unknown",
        barrier_free=words(row["barrier_free"]) or "unknown",
        address=words(row["address"]),
        minutes=minutes.get(key),
        inside=words(row["area"]) in inside,
    )


def sessions_near(
    edition: Edition, places: tuple[NearbyPlace, ...], day: str | None = None
) -> tuple[NearbySession, ...]:
    """Existing consultation hours at some places, by weekday and time.

    Parameters
    ----------
    edition
        The opened edition.
    places
        From `places_near`.
    day
        ISO date on which they must be in force; None is the edition's reporting date.
    """
    by_key = {p.place: p for p in places}
    table = edition.table("sessions")
    table = in_force(table, day or edition.manifest.reporting_date)
    rows = table[table["place"].isin(list(by_key))].to_dict("records")
    found = [_session(r, by_key[words(r["place"])]) for r in rows]
    return tuple(sorted(found, key=lambda s: (s.weekday, s.start, s.place.name)))


def in_force(sessions: pd.DataFrame, day: str) -> pd.DataFrame:
    """The consultation hours that are held on a day; an empty bound is open."""
    start, end = sessions["valid_from"].fillna(""), sessions["valid_to"].fillna("")
    return sessions[(start <= day) & ((end == "") | (end >= day))]


def _session(row: Row, place: NearbyPlace) -> NearbySession:
    return NearbySession(
        place=place,
        weekday=whole_number(row["weekday"]) or 0,
        start=words(row["start"]),
        end=words(row["end"]),
        kind=words(row["kind"]),
        provider=words(row["provider"]),
        groups=tuple(g for g in words(row["groups"]).replace(",", ";").split(";") if g),
    )


def widest_reach(plan: Plan) -> float:
    """The longest walk that still counts in a plan, in minutes."""
    return max((s.minutes for g in plan.groups for s in g.steps), default=REACH_MINUTES)


def reach_of(plans: Sequence[Plan]) -> float:
    """How far near by goes: the widest reach of the plans, so that a page never contradicts one."""
    return max((widest_reach(p) for p in plans), default=REACH_MINUTES)


def next_planned(edition: Edition, plan: Plan, ref: AreaRef) -> NextSession | None:
    """The nearest consultation hour of a plan from an area, however far it is.

    From an area of a higher level it is the nearest from any of its finest parts.

    Returns
    -------
    NextSession or None
        None under boundaries that are no longer in force, and where the plan has none.
    """
    if ref.vintage != current_vintage(edition):
        return None
    parts = members(edition, ref, finest_level(edition))
    found = [hit for part in parts if (hit := next_session(plan, part)) is not None]
    return min(found, key=lambda hit: hit.minutes, default=None)


def planned_near(plan: Plan, places: tuple[NearbyPlace, ...]) -> tuple[NearbySession, ...]:
    """The new consultation hours of a plan at some places, by weekday and time."""
    by_key = {p.place: p for p in places}
    found = [
        NearbySession(
            place=by_key[s.place],
            weekday=s.weekday,
            start=s.start,
            end=s.end,
            kind=s.kind,
            provider=s.provider,
            groups=s.groups,
        )
        for s in plan.new_sessions
        if s.place in by_key
    ]
    return tuple(sorted(found, key=lambda s: (s.weekday, s.start, s.place.name)))
