"""What a scenario finds in an edition: areas, rooms, free slots, existing presence, minutes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.placement.demand import Need, need_of
from atlas.placement.model import Bools, Floats, Ints
from atlas.placement.scenario import (
    BarrierRule,
    HalfDay,
    Scenario,
    TargetGroup,
    half_days_of,
    minutes_of,
    suited,
)
from geodata.errors import PlacementError, Problem, ProblemCollector

_ALL = "total"
_STEP = 15
_MODE = "walk"


@dataclass(frozen=True)
class ExistingSession:
    """A consultation hour that is held already; times in minutes after midnight."""

    place: int
    provider: str
    team: str
    kind: str
    weekday: int
    start: int
    end: int
    half_day: int | None
    serves: tuple[bool, ...]
    ours: bool


@dataclass(frozen=True)
class Situation:
    """All that the model and the explanation need, as arrays.

    Areas A are the finest inhabited ones, places P all rooms, candidates or present,
    groups G the target groups, half-days T those of the scenario.

    Parameters
    ----------
    areas, places
        ``area``, ``name``; the columns of the edition's places.
    half_days
        T half-days.
    need
        The need's table and sources.
    weighted
        (A, G): need times weight, 0 where it is not known.
    minutes
        Per travel profile (A, P); infinite where out of reach.
    candidate
        (P,): may get new sessions.
    present
        (P,): the service is there all week; no candidate.
    suits_room
        (P, G): the group can use the place.
    starts
        (P, T): start of a new session in minutes after midnight, -1 where none fits.
    hours_known
        (P,): opening windows are known.
    serves_now
        (P, G): the place reaches the group already.
    existing
        The sessions that stay.
    """

    areas: pd.DataFrame
    places: pd.DataFrame
    half_days: tuple[HalfDay, ...]
    need: Need
    weighted: Floats
    minutes: dict[str, Floats]
    candidate: Bools
    present: Bools
    suits_room: Bools
    starts: Ints
    hours_known: Bools
    serves_now: Bools
    existing: tuple[ExistingSession, ...]


def read_situation(edition: Edition, scenario: Scenario) -> Situation:
    """Bring a scenario and an edition together.

    Raises
    ------
    PlacementError
        The scenario names something that the edition does not have; all of it is listed.
    """
    _check_edition(edition, scenario)
    vintage = current_vintage(edition)
    areas = _areas(edition, vintage)
    places = edition.table("places").sort_values("place", ignore_index=True)
    half_days = half_days_of(scenario)
    existing = _existing(edition, scenario, places, half_days)
    need = need_of(edition, scenario, areas["area"], vintage)
    shape = (len(scenario.groups), len(areas))
    amounts = need.table["need"].fillna(0.0).to_numpy().reshape(shape).T
    weights = np.array([g.weight for g in scenario.groups])
    suits_room = np.column_stack(
        [_barrier_ok(places, group.barrier_free) for group in scenario.groups]
    )
    present = places["kind"].isin(scenario.rooms.present_kinds).to_numpy(dtype=bool)
    serves_now = present[:, None] & suits_room
    for session in existing:
        serves_now[session.place] |= np.array(session.serves) & suits_room[session.place]
    starts, known = _slots(edition, scenario, places, half_days, existing)
    return Situation(
        areas=areas,
        places=places,
        half_days=half_days,
        need=need,
        weighted=amounts * weights,
        minutes={p: _minutes(edition, vintage, areas, places, p) for p in _profiles(scenario)},
        candidate=_candidates(scenario, places) & ~present,
        present=present,
        suits_room=suits_room,
        starts=starts,
        hours_known=known,
        serves_now=serves_now,
        existing=existing,
    )


def current_vintage(edition: Edition) -> str:
    """Key of the areas in force on the reporting date, else of the last ones."""
    day = edition.manifest.reporting_date
    valid = [
        v.key
        for v in edition.manifest.vintages
        if (v.valid_from or day) <= day <= (v.valid_to or day)
    ]
    return valid[-1] if valid else edition.manifest.vintages[-1].key


def _profiles(scenario: Scenario) -> list[str]:
    guarantee = [scenario.guarantee.profile] if scenario.guarantee else []
    return sorted({*(g.profile for g in scenario.groups), *guarantee})


def _check_edition(edition: Edition, scenario: Scenario) -> None:
    """Refuse a scenario that names profiles, levels or kinds that are not there."""
    found = ProblemCollector()
    travel, kinds = edition.table("travel"), set(edition.table("places")["kind"])
    profiles = sorted(set(travel["profile"]))
    if not kinds:
        raise PlacementError(
            "Diese Ausgabe enthält keine Orte; ein Plan ist nicht möglich.",
            [Problem("places.parquet", "leer", "Orte in der Projektdatei unter [[places]]")],
        )
    for name in _profiles(scenario):
        if name not in profiles:
            found.add("profile", f"{name!r} hat keine Wege", ", ".join(profiles))
    levels = [level.key for level in edition.manifest.levels]
    if scenario.guarantee and scenario.guarantee.level not in levels:
        found.add("guarantee, level", f"gefunden {scenario.guarantee.level!r}", ", ".join(levels))
    for key in ("kinds", "present_kinds"):
        for name in getattr(scenario.rooms, key):
            if name not in kinds:
                found.add(f"rooms, {key}", f"{name!r} kommt nicht vor", ", ".join(sorted(kinds)))
    found.raise_if_any(PlacementError, f"Das Szenario „{scenario.title}“ passt nicht zur Ausgabe.")


def _areas(edition: Edition, vintage: str) -> pd.DataFrame:
    fine = edition.manifest.levels[0].key
    table = edition.table("areas")
    chosen = (table["level"] == fine) & (table["vintage"] == vintage) & table["inhabited"]
    return table.loc[chosen, ["area", "name"]].sort_values("area", ignore_index=True)


def _barrier_ok(places: pd.DataFrame, rule: BarrierRule) -> Bools:
    allowed = {"any": ("yes", "no", "unknown"), "not_no": ("yes", "unknown"), "yes": ("yes",)}
    return np.asarray(places["barrier_free"].isin(allowed[rule]), dtype=bool)


def _candidates(scenario: Scenario, places: pd.DataFrame) -> Bools:
    """Places that pass the filters on owner, kind, barriers and purposes."""
    rooms = scenario.rooms
    good = places["owner"].isin(rooms.owners) & _barrier_ok(places, rooms.barrier_free)
    if rooms.kinds:
        good &= places["kind"].isin(rooms.kinds)
    wanted = set(rooms.purposes)
    accepts = [set(text.split(";")) - {""} for text in places["accepts"].fillna("")]
    accepted = pd.Series([not given or wanted <= given for given in accepts], index=good.index)
    return np.asarray(good & accepted, dtype=bool)


def _minutes(
    edition: Edition, vintage: str, areas: pd.DataFrame, places: pd.DataFrame, profile: str
) -> Floats:
    travel = edition.table("travel")
    rows = travel[
        (travel["profile"] == profile)
        & (travel["mode"] == _MODE)
        & (travel["vintage"] == vintage)
        & travel["area"].isin(areas["area"])
        & travel["minutes"].notna()
    ]
    minutes = np.full((len(areas), len(places)), np.inf)
    i = pd.Index(areas["area"]).get_indexer(rows["area"])
    j = pd.Index(places["place"]).get_indexer(rows["place"])
    if (j < 0).any():
        raise ValueError("travel names a place that is not in places")
    minutes[i, j] = rows["minutes"].to_numpy()
    return minutes


def _existing(
    edition: Edition,
    scenario: Scenario,
    places: pd.DataFrame,
    half_days: tuple[HalfDay, ...],
) -> tuple[ExistingSession, ...]:
    """Existing sessions that have not ended before the reporting date."""
    if not scenario.existing.keep:
        return ()
    table = edition.table("sessions")
    ended = table["valid_to"].fillna("")
    table = table[(ended == "") | (ended >= edition.manifest.reporting_date)]
    table = table.fillna({"groups": "", "provider": "", "team": "", "kind": ""})
    table = table.sort_values(["weekday", "start", "place", "end"])
    index = pd.Index(places["place"])
    sessions = []
    for row in table.itertuples(index=False):
        start, end = minutes_of(str(row.start)), minutes_of(str(row.end))
        day = _half_day(int(str(row.weekday)), start, end, half_days)
        serves = tuple(
            _serves(str(row.groups), group)
            and (day is None or suited(group.half_days, half_days)[day])
            for group in scenario.groups
        )
        session = ExistingSession(
            place=int(index.get_loc(row.place)),
            provider=str(row.provider),
            team=str(row.team),
            kind=str(row.kind),
            weekday=int(str(row.weekday)),
            start=start,
            end=end,
            half_day=day,
            serves=serves,
            ours=str(row.provider) in scenario.existing.our_providers,
        )
        sessions.append(session)
    return tuple(sessions)


def _serves(groups: str, group: TargetGroup) -> bool:
    """Whether a session's list of groups, separated by semicolons, has the target group."""
    listed = {word.strip() for word in groups.split(";")} - {""}
    return not listed or bool(listed & {_ALL, group.key, *group.session_groups})


def _half_day(weekday: int, start: int, end: int, half_days: tuple[HalfDay, ...]) -> int | None:
    """The half-day that a session shares most minutes with; None on a day without any."""
    shared = [
        min(end, h.end) - max(start, h.start) if h.weekday == weekday else 0 for h in half_days
    ]
    best = int(np.argmax(shared)) if shared else 0
    return best if shared and shared[best] > 0 else None


def _slots(
    edition: Edition,
    scenario: Scenario,
    places: pd.DataFrame,
    half_days: tuple[HalfDay, ...],
    existing: tuple[ExistingSession, ...],
) -> tuple[Ints, Bools]:
    """Start of a session by place and half-day (-1: none fits), and whether hours are known."""
    table = edition.table("windows")
    table = table[table["known"].fillna(value=False)]
    known = places["place"].isin(table["place"]).to_numpy(dtype=bool)
    windows: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for row in table.itertuples(index=False):
        span = (minutes_of(str(row.start)), minutes_of(str(row.end)))
        windows.setdefault((str(row.place), int(str(row.weekday))), []).append(span)
    default = suited(scenario.rooms.default_half_days, half_days)
    busy: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for s in existing:
        busy.setdefault((s.place, s.weekday), []).append((s.start, s.end))
    length = round(scenario.staff.session_hours * 60)
    starts = np.full((len(places), len(half_days)), -1, dtype=np.int64)
    for p, place in enumerate(places["place"]):
        for t, day in enumerate(half_days):
            whole_day = [(day.start, day.end)] if default[t] else []
            spans = windows.get((place, day.weekday), []) if known[p] else whole_day
            starts[p, t] = session_start(day, spans, busy.get((p, day.weekday), []), length)
    return starts, known


def session_start(
    day: HalfDay, spans: list[tuple[int, int]], busy: list[tuple[int, int]], length: int
) -> int:
    """Start of a session: the preferred one if the room is free, else the earliest quarter.

    Parameters
    ----------
    day
        The half-day.
    spans, busy
        Opening windows of the room on that weekday, and what is taken of them.
    length
        Of the session. All times in minutes, -1 where none fits.
    """
    possible = [
        start
        for low, high in spans
        for start in range(
            -(-max(low, day.start) // _STEP) * _STEP, min(high, day.end) - length + 1, _STEP
        )
        if all(start + length <= a or start >= b for a, b in busy)
    ]
    if not possible:
        return -1
    return day.preferred if day.preferred in possible else min(possible)


def held_by_half_day(situation: Situation) -> Ints:
    """Existing sessions of our staff by half-day, (T,)."""
    days = [s.half_day for s in situation.existing if s.ours and s.half_day is not None]
    counts = np.bincount(np.array(days, dtype=int), minlength=len(situation.half_days))
    return counts.astype(np.int64)
