"""From a situation to the model's arrays: classes, sets, flows, what staff is left."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, vstack

from atlas.edition import Edition
from atlas.placement.access import step_weights
from atlas.placement.arrays import (
    Bools,
    CoverProblem,
    Floats,
    Flows,
    Ints,
    Must,
    Robust,
    asked_for,
    option_types,
)
from atlas.placement.scenario import Fixed, Scenario
from atlas.placement.situation import Situation, current_vintage
from atlas.placement.slots import own_options
from atlas.placement.staff import day_limits, staff_limits
from atlas.wording import listing, plain, weekday
from geodata.errors import PlacementError, Problem, ProblemCollector

_EXACT = 1e-9
_NAMED = 3


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
        Presence that stays is within reach.
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
    """Options that serve a target group at least so well; alike ones once.

    Parameters
    ----------
    suits
        (C, Q): the option serves the class.
    of_group
        Per target group its classes and how well they serve it, the least first.
    """

    suits: Bools
    of_group: tuple[tuple[tuple[float, int], ...], ...]


def group_classes(situation: Situation) -> Classes:
    """Sort target groups and how well options serve them into classes."""
    seen: dict[bytes, int] = {}
    suits: list[Bools] = []

    def number(options: Bools) -> int:
        if options.tobytes() not in seen:
            seen[options.tobytes()] = len(seen)
            suits.append(options)
        return seen[options.tobytes()]

    of_group = tuple(
        tuple((float(a), number(how >= a)) for a in np.unique(how[how > 0]))
        for how in situation.serves
    )
    return Classes(np.array(suits, dtype=bool).reshape(len(suits), -1), of_group)


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
    found = [
        Region(str(key), str(level[str(key)]), tuple(int(i) for i in members), False, False)
        for key, members in parents.groupby(parents, sort=True).groups.items()
    ]
    return looked_at(scenario, situation, tuple(found))


def looked_at(
    scenario: Scenario, situation: Situation, regions: tuple[Region, ...]
) -> tuple[Region, ...]:
    """The regions as they stand in a situation: served now, attainable."""
    rule = scenario.guarantee
    if rule is None:
        return regions
    near = situation.minutes[rule.way] <= rule.minutes
    now, useful = situation.serves_kept.any(axis=1), situation.useful.any(axis=1)
    within = [near[list(region.members)].any(axis=0) for region in regions]
    return tuple(
        replace(r, served_now=bool((here & now).any()), attainable=bool((here & useful).any()))
        for r, here in zip(regions, within, strict=True)
    )


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
    scenario: Scenario, situation: Situation, regions: tuple[Region, ...]
) -> CoverProblem:
    """Arrays of the model: only what new sessions can gain over the presence that stays.

    Raises
    ------
    PlacementError
        A session that must be cannot be; all of them are listed.
    """
    classes = group_classes(situation)
    blocks = _region_blocks(scenario, situation, classes, regions)
    flowing = [g for g in range(len(scenario.groups)) if _flows(scenario, situation, g)]
    for g in range(len(scenario.groups)):
        if g not in flowing:
            blocks += _need_blocks(scenario, situation, classes, g)
    width = len(situation.places) * len(classes.suits)
    cover = vstack([b.cover for b in blocks], format="csr") if blocks else np.zeros((0, width))
    low, high = day_limits(scenario, situation)
    held = np.bincount([s.place for s in situation.existing], minlength=len(situation.places))
    room_limit = np.maximum(scenario.rooms.max_sessions_per_room - held, 0)
    fixed, bonus = _fixed(scenario, situation), _bonus(scenario, situation)
    return CoverProblem(
        options=situation.options,
        allowed=_allowed(scenario, situation, fixed, bonus),
        suits=classes.suits,
        cover=csr_array(cover),
        gain=np.concatenate([np.zeros(0), *(b.gain for b in blocks)]),
        hindered=situation.hindered,
        longest=situation.longest,
        room_limit=room_limit.astype(np.int64),
        staff=staff_limits(scenario, situation, high),
        min_sessions=scenario.staff.min_sessions,
        day_low=low,
        one_per_day=scenario.spread.different_days,
        musts=(*fixed, *_limits(scenario, situation)),
        bonus=bonus,
        robust=_robust(scenario, blocks),
        flows=_all_flows(scenario, situation, classes, flowing),
    )


def _allowed(
    scenario: Scenario, situation: Situation, fixed: list[Must], bonus: Floats | None
) -> Bools:
    """(P, Q): a session fits; not on the weekday of a session there that stays, if so wished."""
    possible = situation.starts >= 0
    # A session that serves nobody only fills hours, unless somebody wants it.
    wanted = asked_for(fixed, possible.shape)
    if bonus is not None:
        wanted |= bonus > 0
    allowed = possible & (situation.useful | wanted)
    if scenario.spread.different_days:
        for s in situation.existing:
            allowed[s.place] &= situation.options.weekday != s.weekday
    return np.asarray(allowed, dtype=bool)


@dataclass(frozen=True)
class _Sets:
    """Some sets j: who reaches them, what they are worth, of which unit, how unsure."""

    cover: csr_array
    gain: Floats
    unit: Ints
    deviation: Floats


def _columns(situation: Situation, classes: Classes, c: int, near: Bools) -> csr_array:
    """Sets over (room, class) columns: the usable rooms near each row, for class c."""
    rows, rooms = np.nonzero(near & situation.usable)
    shape = (len(near), len(situation.places) * len(classes.suits))
    columns = rooms * len(classes.suits) + c
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def place_values(scenario: Scenario, situation: Situation, g: int) -> Floats:
    """(A, P): weight of reach times how well the place suits the group, 0 beyond reach."""
    group = scenario.groups[g]
    return step_weights(situation.minutes[group.way], scenario.reach) * situation.suits_room[:, g]


def kept_values(scenario: Scenario, situation: Situation, g: int, serving: Floats) -> Floats:
    """(A,): how well each area is served for a group by places that serve it so well (P,)."""
    weights = step_weights(situation.minutes[scenario.groups[g].way], scenario.reach)
    result: Floats = (weights * serving).max(axis=1, initial=0.0)
    return result


def _need_blocks(scenario: Scenario, situation: Situation, classes: Classes, g: int) -> list[_Sets]:
    """Per value that serving the group can have, the pairs that attain it."""
    values = place_values(scenario, situation, g)
    before = kept_values(scenario, situation, g, situation.serves_kept[:, g])
    qualities = classes.of_group[g]
    products = [np.unique(np.round(values * a, 9)) for a, _ in qualities]
    thresholds = np.unique(np.concatenate([np.zeros(1), *products]))
    worth, unsure = situation.weighted[:, g], situation.unsure[:, g]
    units = np.arange(len(values), dtype=np.int64) * len(scenario.groups) + g
    blocks = []
    for below, value in pairwise(thresholds.tolist()):
        step = np.maximum(value - np.maximum(below, before), 0.0)
        cover, done = None, np.zeros(values.shape, dtype=bool)
        for quality, c in qualities:
            attained = (values * quality >= value - _EXACT) & ~done
            part = _columns(situation, classes, c, attained)
            cover, done = part if cover is None else cover + part, done | attained
        if cover is not None:
            blocks.append(_Sets(csr_array(cover), worth * step, units, unsure * step))
    return blocks


def _region_blocks(
    scenario: Scenario, situation: Situation, classes: Classes, regions: tuple[Region, ...]
) -> list[_Sets]:
    rule = scenario.guarantee
    missed = [r for r in regions if not r.served_now and r.attainable]
    if rule is None or not missed:
        return []
    within = situation.minutes[rule.way] <= rule.minutes
    near = np.array([within[list(region.members)].any(axis=0) for region in missed])
    gain = np.full(len(missed), price(scenario, situation, regions))
    certain = np.full(len(missed), -1, dtype=np.int64)
    # Whoever it is that a session serves there, the region has an offer.
    cover = csr_array((len(near), len(situation.places) * len(classes.suits)))
    for g, qualities in enumerate(classes.of_group):
        if qualities:
            suiting = near & (situation.suits_room[:, g] > 0)
            cover = cover + _columns(situation, classes, qualities[0][1], suiting)
    cover = csr_array(cover)
    return [_Sets(cover, gain, certain, np.zeros(len(missed)))]


def price(scenario: Scenario, situation: Situation, regions: tuple[Region, ...]) -> float:
    """What missing a region costs: its weight times the mean weighted need of a region."""
    if scenario.guarantee is None or not regions:
        return 0.0
    return float(scenario.guarantee.weight * situation.weighted.sum() / len(regions))


def _robust(scenario: Scenario, blocks: list[_Sets]) -> Robust | None:
    if scenario.robust is None:
        return None
    unit = np.concatenate([np.zeros(0, dtype=np.int64), *(b.unit for b in blocks)])
    deviation = np.concatenate([np.zeros(0), *(b.deviation for b in blocks)])
    return Robust(scenario.robust.areas, unit, deviation)


def _bonus(scenario: Scenario, situation: Situation) -> Floats | None:
    """(P, Q): what a session of ours that stays where and when it is counts by itself."""
    if not situation.freed or not scenario.existing.stay_bonus:
        return None
    bonus = np.zeros(situation.starts.shape)
    for s in situation.freed:
        same = own_options(scenario, situation.options, s, situation.starts)
        bonus[s.place, same] = scenario.existing.stay_bonus
    return bonus


def _flows(scenario: Scenario, situation: Situation, g: int) -> bool:
    """Whether it counts how many of a group find a place in a session."""
    visits = scenario.groups[g].visits_per_week
    serving = situation.serves[g] > 0
    return bool(visits and np.isfinite(situation.options.per_hour[serving]).any())


def _all_flows(
    scenario: Scenario, situation: Situation, classes: Classes, groups: list[int]
) -> Flows | None:
    """Arcs from every area and group to the sessions that serve it better than now."""
    if not groups:
        return None
    types = option_types(classes.suits, situation.options)
    first = [int(np.flatnonzero(types == n)[0]) for n in range(int(types.max()) + 1)]
    parts = []
    for g in groups:
        values = place_values(scenario, situation, g)
        before = kept_values(scenario, situation, g, situation.serves_kept[:, g])
        share = scenario.groups[g].visits_per_week or 0.0
        for n, q in enumerate(first):
            better = values * situation.serves[g, q] - before[:, None]
            i, r = np.nonzero((better > _EXACT) & situation.usable)
            worth, unsure = situation.weighted[i, g], situation.unsure[i, g]
            parts.append(
                (
                    i * len(scenario.groups) + g,
                    r,
                    np.full(len(i), n),
                    worth * better[i, r],
                    situation.persons[i, g] * share,
                    unsure * better[i, r],
                )
            )
    unit, room, kind, gain, visits, deviation = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    some = gain > 0
    return Flows(unit[some], room[some], kind[some], gain[some], visits[some], deviation[some])


def _fixed(scenario: Scenario, situation: Situation) -> list[Must]:
    """The sessions that the scenario wants; those that cannot be are refused together."""
    found = ProblemCollector()
    keys = pd.Index(situation.places["place"])
    musts = []
    for fixed in scenario.fixed:
        p = int(keys.get_loc(fixed.place))
        options = np.flatnonzero(_wanted(scenario, situation, fixed))
        fitting = options[situation.starts[p, options] >= 0]
        name = f"{situation.places['name'].iloc[p]}, {_half_day(situation, fixed.half_day)}"
        if len(fitting):
            slots = np.column_stack([np.full(len(fitting), p), fitting]).astype(np.int64)
            musts.append(Must(slots, f"feste Sprechstunde {name}"))
        else:
            why = "kein freies Zeitfenster" if situation.candidate[p] else "Raum nicht zugelassen"
            found.add(name, f"hier ist keine Sprechstunde möglich ({why})")
    found.raise_if_any(PlacementError, "Sprechstunden, die feststehen sollen, sind nicht möglich.")
    return musts


def _wanted(scenario: Scenario, situation: Situation, fixed: Fixed) -> Bools:
    """(Q,): the options that a fixed session may have."""
    days = np.array([h.key == fixed.half_day for h in situation.half_days])
    kinds = np.array([fixed.kind in (None, k.key) for k in scenario.session_kinds])
    result: Bools = days[situation.options.half_day] & kinds[situation.options.kind]
    return result


def _half_day(situation: Situation, key: str) -> str:
    """``Dienstag (Vormittag)``."""
    day = next(h for h in situation.half_days if h.key == key)
    return f"{weekday(day.weekday)} ({day.part_name})"


def _limits(scenario: Scenario, situation: Situation) -> list[Must]:
    """One session within the limit of every area that presence that stays does not reach."""
    rule = scenario.limit
    if rule is None:
        return []
    near = situation.minutes[rule.way] <= rule.minutes
    kept = situation.serves_kept.any(axis=1)
    open_areas = np.flatnonzero(~(near & kept).any(axis=1))
    alike: dict[bytes, list[int]] = {}
    for i in open_areas:
        alike.setdefault((near[i] & situation.useful.any(axis=1)).tobytes(), []).append(int(i))
    musts = []
    for members in alike.values():
        slots = np.argwhere(near[members[0]][:, None] & situation.useful)
        names = [str(situation.areas["name"].iloc[i]) for i in members]
        more = f" und {len(names) - _NAMED} weitere" if len(names) > _NAMED else ""
        where = listing(names[:_NAMED]) if not more else ", ".join(names[:_NAMED]) + more
        nobody = "" if len(slots) else " (kein geeigneter Raum in der Nähe)"
        text = f"eine Sprechstunde in {plain(rule.minutes)} Minuten für {where}{nobody}"
        musts.append(Must(slots.astype(np.int64), text))
    return musts


def nearest(minutes: Floats, places: Bools) -> Floats:
    """Minutes from each area to the nearest of some places; infinite where there is none."""
    if not places.any():
        return np.full(len(minutes), np.inf)
    result: Floats = minutes[:, places].min(axis=1)
    return result
