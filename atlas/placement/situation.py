"""What a scenario finds in an edition: areas, rooms, free slots, existing presence, minutes."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.placement.demand import Need, need_of
from atlas.placement.hours import ExistingSession, existing_sessions, free_slots
from atlas.placement.model import Bools, Floats, Ints
from atlas.placement.scenario import BarrierRule, HalfDay, Rooms, Scenario, half_days_of
from geodata.errors import PlacementError, Problem, ProblemCollector
from geodata.places import UNNAMED

_MODE = "walk"


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
    hindered
        (P, T): at that time a team that reaches into the half-day is out.
    hours_known
        (P,): opening windows are known.
    owner_assumed
        (P,): the owner follows from the kind of place and was not delivered.
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
    hindered: Bools
    hours_known: Bools
    owner_assumed: Bools
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
    existing = existing_sessions(edition, scenario, places, half_days)
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
    slots = free_slots(edition, scenario, places, half_days, existing)
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
        starts=slots.starts,
        hindered=slots.hindered,
        hours_known=slots.known,
        owner_assumed=places["place"].isin(_assumed_owners(edition)).to_numpy(dtype=bool),
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
    for key in ("kinds", "present_kinds", "include_names", "exclude_names"):
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
    """Places that pass the filters on owner, kind, name, barriers and purposes."""
    rooms = scenario.rooms
    good = places["owner"].isin(rooms.owners) & _barrier_ok(places, rooms.barrier_free)
    if rooms.kinds:
        good &= places["kind"].isin(rooms.kinds)
    good &= named_as_wanted(rooms, places)
    wanted = set(rooms.purposes)
    accepts = [set(text.split(";")) - {""} for text in places["accepts"].fillna("")]
    accepted = pd.Series([not given or wanted <= given for given in accepts], index=good.index)
    return np.asarray(good & accepted, dtype=bool)


def named_as_wanted(rooms: Rooms, places: pd.DataFrame) -> pd.Series:
    """Whether each place has a name, and one that the scenario's lists for its kind allow."""
    return pd.Series(
        [
            _name_allowed(rooms, str(kind), str(name))
            for kind, name in zip(places["kind"], places["name"], strict=True)
        ],
        index=places.index,
        dtype="bool",
    )


def _name_allowed(rooms: Rooms, kind: str, name: str) -> bool:
    if rooms.only_named and name.startswith(UNNAMED):
        return False
    include, exclude = rooms.include_names.get(kind), rooms.exclude_names.get(kind, ())
    wanted = include is None or any(name_matches(name, part) for part in include)
    return wanted and not any(name_matches(name, part) for part in exclude)


def name_matches(name: str, pattern: str) -> bool:
    """Whether a pattern occurs in a name, whatever the case; ``*`` is any text, ``=`` the whole.

    Examples
    --------
    >>> name_matches("Stadtteilbibliothek Karow", "stadtteilbibliothek")
    True
    >>> name_matches("Bibliothek der Freien", "=Bibliothek")
    False
    """
    whole, text = pattern.startswith("="), pattern.removeprefix("=")
    expression = ".*".join(re.escape(part) for part in text.casefold().split("*"))
    match = re.fullmatch if whole else re.search
    return match(expression, name.casefold()) is not None


def _assumed_owners(edition: Edition) -> list[str]:
    """Keys of the places whose owner follows from their kind alone."""
    lists = edition.checks.get("places", [])
    return [str(p) for report in lists for a in report["assumed_owners"] for p in a["places"]]


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


def held_by_half_day(situation: Situation) -> Ints:
    """Existing sessions of our staff by half-day, (T,)."""
    days = [s.half_day for s in situation.existing if s.ours and s.half_day is not None]
    counts = np.bincount(np.array(days, dtype=int), minlength=len(situation.half_days))
    return counts.astype(np.int64)
