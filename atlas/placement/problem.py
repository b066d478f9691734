"""From a situation to the model's arrays: classes of groups, level sets, what staff is left."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, vstack

from atlas.edition import Edition
from atlas.placement.hours import teams_out
from atlas.placement.model import Bools, CoverProblem, Floats, Ints
from atlas.placement.scenario import Scenario, suited
from atlas.placement.situation import Situation, current_vintage
from geodata.errors import PlacementError, Problem


@dataclass(frozen=True)
class Region:
    """An area of the guarantee's level.

    Parameters
    ----------
    area, name
        Its key and name.
    members
        Rows of its finest areas in the situation.
    served_now
        Existing presence is within reach.
    attainable
        Some room with a free slot is within reach.
    """

    area: str
    name: str
    members: tuple[int, ...]
    served_now: bool
    attainable: bool


@dataclass(frozen=True)
class Classes:
    """Target groups that share suitable half-days and rooms.

    Parameters
    ----------
    of_group
        Class of each target group.
    suits
        (C, T): the half-day suits the class.
    rooms
        (P, C): the place suits the class.
    anyone
        The class without any restriction, for the guarantee.
    """

    of_group: tuple[int, ...]
    suits: Bools
    rooms: Bools
    anyone: int


def group_classes(scenario: Scenario, situation: Situation) -> Classes:
    """Sort target groups into classes; the last class added is that of anyone."""
    seen: dict[tuple[bytes, bytes], int] = {}
    suits: list[Bools] = []
    rooms: list[Bools] = []

    def number(days: Bools, places: Bools) -> int:
        key = (days.tobytes(), places.tobytes())
        if key not in seen:
            seen[key] = len(seen)
            suits.append(days)
            rooms.append(places)
        return seen[key]

    of_group = tuple(
        number(np.array(suited(group.half_days, situation.half_days)), situation.suits_room[:, g])
        for g, group in enumerate(scenario.groups)
    )
    anyone = number(
        np.ones(len(situation.half_days), dtype=bool), np.ones(len(situation.places), dtype=bool)
    )
    return Classes(of_group, np.array(suits), np.array(rooms).T, anyone)


def guaranteed_regions(
    edition: Edition, scenario: Scenario, situation: Situation
) -> tuple[Region, ...]:
    """The areas of the guarantee's level, and whether they are served or could be."""
    rule = scenario.guarantee
    if rule is None:
        return ()
    parents = ancestors(edition, situation.areas["area"], rule.level)
    table = edition.table("areas")
    level = table[
        (table["level"] == rule.level) & (table["vintage"] == current_vintage(edition))
    ].set_index("area")["name"]
    near = situation.minutes[rule.profile] <= rule.minutes
    usable = situation.candidate & (situation.starts >= 0).any(axis=1)
    now = situation.serves_now.any(axis=1)
    regions = []
    for key, members in parents.groupby(parents, sort=True).groups.items():
        rows = np.asarray(members)
        within = near[rows].any(axis=0)
        regions.append(
            Region(
                str(key),
                str(level[str(key)]),
                tuple(int(i) for i in rows),
                bool((within & now).any()),
                bool((within & usable).any()),
            )
        )
    return tuple(regions)


def ancestors(edition: Edition, areas: pd.Series, level: str) -> pd.Series:
    """Key of the area of `level` above each finest area; the index is the position."""
    fine = edition.manifest.levels[0].key
    if level == fine:
        return pd.Series(areas.to_numpy(), index=range(len(areas)))
    links = edition.table("hierarchies")
    links = links[links["vintage"] == current_vintage(edition)]
    current = pd.Series(areas.to_numpy(), index=range(len(areas)))
    at = fine
    while at != level:
        upward = links[links["child_level"] == at]
        direct = upward[upward["parent_level"] == level]
        step = direct if len(direct) else upward[upward["hierarchy"] == "raum"]
        if step.empty:
            raise ValueError(f"no way up from {at} to {level}")
        at = str(step["parent_level"].iloc[0])
        current = current.map(step.drop_duplicates("child").set_index("child")["parent"])
    orphans = areas.to_numpy()[current.isna().to_numpy()]
    if len(orphans):
        names = [Problem(str(key), f"gehört zu keinem Gebiet der Ebene {level}") for key in orphans]
        raise PlacementError("Gebiete lassen sich der Ebene der Zusage nicht zuordnen.", names)
    return current


def build_problem(
    scenario: Scenario, situation: Situation, classes: Classes, regions: tuple[Region, ...]
) -> CoverProblem:
    """Arrays of the model: only what new sessions can gain over the existing presence."""
    allowed = (situation.starts >= 0) & situation.candidate[:, None]
    blocks = _need_blocks(scenario, situation, classes)
    blocks += _region_blocks(scenario, situation, classes, regions)
    width = len(situation.places) * len(classes.suits)
    covers = [b[0] for b in blocks]
    cover = csr_array(vstack(covers, format="csr")) if covers else csr_array((0, width))
    gain = np.concatenate([b[1] for b in blocks]) if blocks else np.zeros(0)
    staff = staff_left(scenario, situation)
    held = np.bincount([s.place for s in situation.existing], minlength=len(situation.places))
    room_limit = np.maximum(scenario.rooms.max_sessions_per_room - held, 0)
    return CoverProblem(
        allowed,
        classes.suits,
        cover,
        gain,
        staff.teams,
        room_limit.astype(np.int64),
        scenario.staff.min_sessions,
        staff.sessions,
        situation.hindered,
        staff.clear,
    )


def _columns(situation: Situation, classes: Classes, c: int, near: Bools) -> csr_array:
    """Sets over (room, class) columns: the candidates near each row's area that suit class c."""
    usable = situation.candidate & (situation.starts >= 0).any(axis=1) & classes.rooms[:, c]
    rows, rooms = np.nonzero(near & usable)
    shape = (len(near), len(situation.places) * len(classes.suits))
    columns = rooms * len(classes.suits) + c
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _need_blocks(
    scenario: Scenario, situation: Situation, classes: Classes
) -> list[tuple[csr_array, Floats]]:
    weights = [r.weight for r in scenario.reach] + [0.0]
    blocks = []
    for g, group in enumerate(scenario.groups):
        minutes = situation.minutes[group.profile]
        before = nearest(minutes, situation.serves_now[:, g])
        for k, reach in enumerate(scenario.reach):
            step = weights[k] - weights[k + 1]
            gain = np.where(before <= reach.minutes, 0.0, situation.weighted[:, g] * step)
            near = minutes <= reach.minutes
            blocks.append((_columns(situation, classes, classes.of_group[g], near), gain))
    return blocks


def _region_blocks(
    scenario: Scenario, situation: Situation, classes: Classes, regions: tuple[Region, ...]
) -> list[tuple[csr_array, Floats]]:
    rule = scenario.guarantee
    missed = [r for r in regions if not r.served_now and r.attainable]
    if rule is None or not missed:
        return []
    within = situation.minutes[rule.profile] <= rule.minutes
    near = np.array([within[list(region.members)].any(axis=0) for region in missed])
    gain = np.full(len(missed), price(scenario, situation, regions))
    return [(_columns(situation, classes, classes.anyone, near), gain)]


def price(scenario: Scenario, situation: Situation, regions: tuple[Region, ...]) -> float:
    """What missing a region costs: its weight times the mean weighted need of a region."""
    if scenario.guarantee is None or not regions:
        return 0.0
    return float(scenario.guarantee.weight * situation.weighted.sum() / len(regions))


@dataclass(frozen=True)
class StaffLeft:
    """What existing sessions of ours leave for new ones.

    Parameters
    ----------
    teams
        (T,): teams free in the half-day, some of them perhaps for a part of it.
    clear
        (T,): of these, free all half-day long.
    sessions
        Of the week.
    held_hours
        Hours of the existing sessions.
    overdrawn
        Half-days in which these need more teams than there are.
    """

    teams: Ints
    clear: Ints
    sessions: int
    held_hours: float
    overdrawn: tuple[int, ...]


def staff_left(scenario: Scenario, situation: Situation) -> StaffLeft:
    """Take the teams and hours of existing sessions of ours off the scenario's."""
    staff = scenario.staff
    by_part = [staff.exceptions.get(h.part, scenario.team_count) for h in situation.half_days]
    by_day = [
        staff.exceptions.get(h.key, usual)
        for h, usual in zip(situation.half_days, by_part, strict=True)
    ]
    out = teams_out(situation.existing, situation.half_days)
    left = np.array(by_day, dtype=np.int64) - np.array([o.whole for o in out], dtype=np.int64)
    clear = left - np.array([o.reaching for o in out], dtype=np.int64)
    held = sum(s.end - s.start for s in situation.existing if s.ours)
    free = max(round(staff.hours_per_week * 60) - held, 0)
    sessions = free // round(staff.session_hours * 60)
    if staff.max_sessions is not None:
        sessions = min(sessions, staff.max_sessions)
    return StaffLeft(
        np.maximum(left, 0),
        np.maximum(clear, 0),
        sessions,
        held / 60,
        tuple(int(t) for t in np.flatnonzero(left < 0)),
    )


def nearest(minutes: Floats, places: Bools) -> Floats:
    """Minutes from each area to the nearest of some places; infinite where there is none."""
    if not places.any():
        return np.full(len(minutes), np.inf)
    result: Floats = minutes[:, places].min(axis=1)
    return result
