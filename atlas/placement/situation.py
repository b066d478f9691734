"""What a scenario finds in an edition: areas, rooms, free slots, existing presence, minutes."""

import re
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.placement.arrays import Bools, Floats, Ints, Options
from atlas.placement.demand import Need, need_of
from atlas.placement.fitting import (
    check_edition,
    ended_by,
    providers_of_sessions,
    ways_of,
    words_of_sessions,
)
from atlas.placement.hours import ExistingSession, existing_sessions, teams_out
from atlas.placement.priority import factors
from atlas.placement.scenario import (
    BarrierRule,
    HalfDay,
    Rooms,
    Scenario,
    TargetGroup,
    Way,
    half_days_of,
    suited,
)
from atlas.placement.slots import free_slots, options_of, with_staying
from geodata.places import UNNAMED


@dataclass(frozen=True)
class Situation:
    """All that the model and the explanation need, as arrays.

    Areas A are the finest inhabited ones, places P all rooms, candidates or present,
    groups G the target groups, half-days T those of the scenario, options Q a half-day with
    a kind of session.

    Parameters
    ----------
    areas, places
        ``area``, ``name``; the columns of the edition's places.
    half_days, options
        T half-days, Q options.
    need
        The need's table and sources.
    persons
        (A, G): need, 0 where it is not known.
    lowest
        (A, G): the least it may be.
    factor
        (A, G): what a person counts by weight of the group and priorities of the area.
    minutes
        Per mode and profile (A, P); infinite where out of reach.
    candidate
        (P,): may get new sessions.
    present
        (P,): the service is there all week; no candidate.
    suits_room
        (P, G): how well the place suits the group, 0 to 1.
    serves
        (G, Q): how well a session of the option suits the group, 0 to 1.
    starts
        (P, Q): start of a new session in minutes after midnight, -1 where none fits.
    longest
        (P, Q): minutes of the longest session there.
    hindered
        (P, Q): at that time a team that reaches into the half-day is out.
    hours_known
        (P,): opening windows are known.
    owner_assumed
        (P,): the owner follows from the kind of place and was not delivered.
    serves_now
        (P, G): how well presence and existing sessions serve the group, 0 to 1.
    serves_kept
        (P, G): the same of what stays whatever the plan.
    existing, freed
        The sessions that stay; those of ours that may be moved or given up, each of which
        serves a target group.
    priority_notes
        What priorities could not be judged.
    session_words, session_providers
        Words for groups that the edition's sessions use, and who holds them.
    ended_before_start
        Existing sessions on the reporting date that have ended when the plan begins.
    """

    areas: pd.DataFrame
    places: gpd.GeoDataFrame
    half_days: tuple[HalfDay, ...]
    options: Options
    need: Need
    persons: Floats
    lowest: Floats
    factor: Floats
    minutes: dict[Way, Floats]
    candidate: Bools
    present: Bools
    suits_room: Floats
    serves: Floats
    starts: Ints
    longest: Ints
    hindered: Bools
    hours_known: Bools
    owner_assumed: Bools
    serves_now: Floats
    serves_kept: Floats
    existing: tuple[ExistingSession, ...]
    freed: tuple[ExistingSession, ...]
    priority_notes: tuple[str, ...] = ()
    session_words: tuple[str, ...] = ()
    session_providers: tuple[str, ...] = ()
    ended_before_start: int = 0

    @property
    def weighted(self) -> Floats:
        """(A, G): need times what a person counts."""
        return self.persons * self.factor

    @property
    def unsure(self) -> Floats:
        """(A, G): by how much the weighted need may be lower."""
        return np.maximum(self.persons - self.lowest, 0.0) * self.factor

    @property
    def usable(self) -> Bools:
        """(P,): may get a new session, and has a time for one."""
        return np.asarray((self.starts >= 0).any(axis=1), dtype=bool)

    @property
    def useful(self) -> Bools:
        """(P, Q): a new session fits, and serves at least one target group there."""
        suits = (self.suits_room > 0).astype(np.int64) @ (self.serves > 0).astype(np.int64)
        return np.asarray((self.starts >= 0) & (suits > 0), dtype=bool)


def read_situation(edition: Edition, scenario: Scenario) -> Situation:
    """Bring a scenario and an edition together.

    Raises
    ------
    PlacementError
        The scenario names something that the edition does not have; all of it is listed.
    """
    vintage = current_vintage(edition)
    check_edition(edition, scenario)
    areas = _areas(edition, vintage)
    places = _places(edition)
    half_days = half_days_of(scenario)
    found = existing_sessions(edition, scenario, places, half_days)
    free = scenario.existing.mode == "free"
    # A session for nobody in the scenario cannot be judged by it, and stays.
    freed = tuple(s for s in found if free and s.ours and any(s.serves))
    existing = tuple(s for s in found if s not in freed)
    need = need_of(edition, scenario, areas["area"], vintage)
    priority = factors(edition, scenario, areas["area"], vintage)
    options = options_of(scenario, half_days, freed)
    suits_room = np.column_stack([_place_suits(places, group) for group in scenario.groups])
    present = places["kind"].isin(scenario.rooms.present_kinds).to_numpy(dtype=bool)
    kept = _serving(present[:, None] * suits_room, existing, suits_room)
    slots = free_slots(edition, scenario, places, half_days, existing)
    candidate = _candidates(scenario, places)
    slots = replace(
        slots,
        starts=np.where(candidate[:, None], slots.starts, -1),
        longest=np.where(candidate[:, None], slots.longest, 0),
    )
    # A session that may be moved may also stay, whatever rooms new ones may have.
    slots = with_staying(scenario, slots, options, freed, teams_out(existing, half_days))
    return Situation(
        areas=areas,
        places=places,
        half_days=half_days,
        options=options,
        need=need,
        persons=_table(need, "need", len(areas)),
        lowest=_table(need, "low", len(areas)),
        factor=priority.by_area * np.array([g.weight for g in scenario.groups]),
        minutes={w: _minutes(edition, vintage, areas, places, w) for w in ways_of(scenario)},
        candidate=candidate,
        present=present,
        suits_room=suits_room,
        serves=_serves(scenario, half_days, options),
        starts=slots.starts,
        longest=slots.longest,
        hindered=slots.hindered,
        hours_known=slots.known,
        owner_assumed=places["place"].isin(_assumed_owners(edition)).to_numpy(dtype=bool),
        serves_now=_serving(kept, freed, suits_room),
        serves_kept=kept,
        existing=existing,
        freed=freed,
        priority_notes=priority.notes,
        session_words=words_of_sessions(edition),
        session_providers=providers_of_sessions(edition),
        ended_before_start=ended_by(edition, scenario.starts),
    )


def _places(edition: Edition) -> gpd.GeoDataFrame:
    """All places by key, with the points between which teams are on the way."""
    table = edition.table("places")
    points = edition.places.set_index("place").geometry.reindex(table["place"])
    places = gpd.GeoDataFrame(table, geometry=points.to_numpy(), crs=edition.places.crs)
    return places.sort_values("place", ignore_index=True)


def _table(need: Need, column: str, areas: int) -> Floats:
    """(A, G): a column of the need, 0 where it is not known."""
    values = need.table[column].fillna(0.0).to_numpy(dtype=float)
    result: Floats = values.reshape(-1, areas).T
    return result


def _serves(scenario: Scenario, half_days: tuple[HalfDay, ...], options: Options) -> Floats:
    """(G, Q): how well a session of the option suits the group."""
    when = np.array([suited(g.half_days, half_days) for g in scenario.groups], dtype=float)
    how = np.array([[k.suits(g.key) for k in scenario.session_kinds] for g in scenario.groups])
    result: Floats = when[:, options.half_day] * how[:, options.kind]
    return result


def _serving(base: Floats, sessions: tuple[ExistingSession, ...], suits_room: Floats) -> Floats:
    """(P, G): how well presence and some sessions serve each group, the best of them."""
    result = np.array(base, dtype=float)
    for s in sessions:
        result[s.place] = np.maximum(result[s.place], np.array(s.serves) * suits_room[s.place])
    return result


def current_vintage(edition: Edition) -> str:
    """Key of the areas in force on the reporting date, else of the last ones."""
    day = edition.manifest.reporting_date
    valid = [
        v.key
        for v in edition.manifest.vintages
        if (v.valid_from or day) <= day <= (v.valid_to or day)
    ]
    return valid[-1] if valid else edition.manifest.vintages[-1].key


def _areas(edition: Edition, vintage: str) -> pd.DataFrame:
    fine = edition.manifest.levels[0].key
    table = edition.table("areas")
    chosen = (table["level"] == fine) & (table["vintage"] == vintage) & table["inhabited"]
    return table.loc[chosen, ["area", "name"]].sort_values("area", ignore_index=True)


def _barrier_ok(places: pd.DataFrame, rule: BarrierRule) -> Bools:
    allowed = {"any": ("yes", "no", "unknown"), "not_no": ("yes", "unknown"), "yes": ("yes",)}
    return np.asarray(places["barrier_free"].isin(allowed[rule]), dtype=bool)


def _place_suits(places: pd.DataFrame, group: TargetGroup) -> Floats:
    """(P,): how well each place suits a group."""
    how = places["kind"].map(dict(group.places)).astype(float).fillna(group.other_places)
    usable = _barrier_ok(places, group.barrier_free).astype(np.float64)
    result: Floats = how.to_numpy(dtype=np.float64) * usable
    return result


def _candidates(scenario: Scenario, places: pd.DataFrame) -> Bools:
    """Places that pass every filter and are not served all week anyway."""
    passed = list(filters_of(scenario, places).values())
    return np.asarray(np.logical_and.reduce(passed), dtype=bool)


def filters_of(scenario: Scenario, places: pd.DataFrame) -> dict[str, Bools]:
    """(P,) each: which places pass the filters on rooms, by the key of the filter."""
    rooms, wanted = scenario.rooms, set(scenario.rooms.purposes)
    accepts = [set(text.split(";")) - {""} for text in places["accepts"].fillna("")]
    passed = {
        "owners": places["owner"].isin(rooms.owners),
        "barrier_free": _barrier_ok(places, rooms.barrier_free),
        "forbidden": ~places["place"].isin(rooms.forbidden),
        "kinds": places["kind"].isin(rooms.kinds or set(places["kind"])),
        "present_kinds": ~places["kind"].isin(rooms.present_kinds),
        "names": named_as_wanted(rooms, places),
        "purposes": [not given or wanted <= given for given in accepts],
    }
    return {key: np.asarray(good, dtype=bool) for key, good in passed.items()}


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
    edition: Edition, vintage: str, areas: pd.DataFrame, places: pd.DataFrame, way: Way
) -> Floats:
    travel = edition.table("travel")
    rows = travel[
        (travel["mode"] == way[0])
        & (travel["profile"] == way[1])
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
