"""Why each session is there: what it reaches, what is new, what would be lost; in sentences."""

from dataclasses import dataclass

import numpy as np

from atlas.placement.arrays import Bools, Floats, Ints
from atlas.placement.problem import Region, nearest
from atlas.placement.result import AreaReach, GroupReach, MissedRegion, ReachStep, SessionReach
from atlas.placement.scenario import Scenario, clock_of
from atlas.placement.situation import Situation
from atlas.wording import listing, number, plain, weekday
from geodata.travel import WALK
from indicators.status import Status

_NAMED_AREAS = 3
_BY_PROFILE = {"rollstuhl": "mit dem Rollstuhl"}
_BY_MODE = {"transit": "mit Bus und Bahn"}


@dataclass(frozen=True)
class Served:
    """Which place serves which group, (P, G): now, and after the plan by how many sessions.

    ``by_session`` are the places that do so by a session, not by being there all week;
    ``sessions``, (P,), is how many sessions they have, for whomever.
    """

    now: Bools
    times: Ints
    by_session: Bools
    sessions: Ints

    @property
    def after(self) -> Bools:
        """(P, G): the place serves the group after the plan."""
        result: Bools = self.times > 0
        return result


@dataclass(frozen=True)
class Effect:
    """What one session does: numbers per group, areas newly reached, and the reason."""

    reach: tuple[SessionReach, ...]
    new_areas: tuple[int, ...]
    reason: str


def served_by(situation: Situation, chosen: Bools) -> Served:
    """How many times each place serves each group, presence that stays included."""
    serves = (situation.serves > 0).astype(np.int64)
    fits = situation.suits_room > 0
    new = np.where(fits, chosen.astype(np.int64) @ serves.T, 0)
    held = np.zeros_like(new)
    sessions = chosen.sum(axis=1)
    for s in situation.existing:
        sessions[s.place] += 1
        held[s.place] += (np.array(s.serves) > 0) & fits[s.place]
    by_session = np.asarray(new + held > 0, dtype=bool)
    # A place of general presence goes on serving when a session there falls away.
    present = situation.present[:, None] & fits
    now = np.asarray(situation.serves_now > 0, dtype=bool)
    times = (new + held + present).astype(np.int64)
    return Served(now, times, by_session, sessions.astype(np.int64))


def session_effect(
    scenario: Scenario,
    situation: Situation,
    served: Served,
    place: int,
    groups: tuple[float, ...],
    *,
    existing: bool,
    regions: tuple[str, ...] = (),
) -> Effect:
    """Explain one session.

    Parameters
    ----------
    scenario, situation, served
        The plan as a whole.
    place
        Row of the room.
    groups
        How well the session suits each target group, 0 (not at all) to 1.
    existing
        The session is held already.
    regions
        Names of regions that have an offer only through this session.
    """
    looked = [
        _look(scenario, situation, served, place, g) for g, how in enumerate(groups) if how > 0
    ]
    # The reason tells of those for whom the session is meant, not of the largest number.
    weights = {g.key: g.weight * how for g, how in zip(scenario.groups, groups, strict=True)}

    def importance(look: tuple[SessionReach, Bools]) -> tuple[float, float]:
        weight = weights[look[0].group]
        return look[0].new * weight, look[0].reached * weight

    useful = [look for look in looked if look[0].reached > 0]
    opening = "besteht bereits und bleibt; " if existing else ""
    if useful:
        best, fresh = max(useful, key=importance)
        areas = _largest(situation, [g.key for g in scenario.groups].index(best.group), fresh)
        text = _sentence(scenario, best, areas, existing=existing)
    else:
        text = "erreicht keinen bekannten Bedarf."
    return Effect(
        tuple(part for part, _ in looked),
        tuple(sorted({int(i) for _, fresh in looked for i in np.flatnonzero(fresh)})),
        f"{opening}{text}{_for_regions(scenario, regions)}",
    )


def _look(
    scenario: Scenario, situation: Situation, served: Served, place: int, g: int
) -> tuple[SessionReach, Bools]:
    """What a session does for one group, and the areas it reaches newly."""
    group, widest = scenario.groups[g], scenario.reach[-1].minutes
    minutes = situation.minutes[group.way]
    persons = situation.persons[:, g]
    within = (minutes[:, place] <= widest) & (persons > 0)
    before = nearest(minutes, served.now[:, g])
    others = served.times[:, g].copy()
    others[place] -= 1
    without = nearest(minutes, others > 0)
    fresh = within & (before > widest)
    nearer = _level(scenario, minutes[:, place]) < _level(scenario, before)
    part = SessionReach(
        group=group.key,
        minutes=widest,
        reached=_sum(persons, within),
        new=_sum(persons, fresh),
        alone=_sum(persons, within & (without > widest)),
        closer=_sum(persons, within & ~fresh & nearer),
        status=_status(situation, g, within),
    )
    return part, fresh


def _sum(persons: Floats, areas: Bools) -> float:
    return round(float(persons[areas].sum()), 2)


def heading(situation: Situation, place: int, day: int, start: int, end: int) -> str:
    """``Bibliothek Nordhafen, Dienstag 9.00–12.00 Uhr``."""
    name = situation.places["name"].iloc[place]
    return f"{name}, {weekday(day)} {clock_span(clock_of(start), clock_of(end))}"


def clock_span(start: str, end: str) -> str:
    """``9.00–12.00 Uhr``."""
    return f"{_german(start)}–{_german(end)} Uhr"


def _german(clock: str) -> str:
    hour, minute = clock.split(":")
    return f"{int(hour)}.{minute}"


def _level(scenario: Scenario, minutes: Floats) -> Ints:
    """Number of the level of reach; beyond the widest the number of levels."""
    levels = np.array([r.minutes for r in scenario.reach])
    return np.searchsorted(levels, minutes).astype(np.int64)


def _status(situation: Situation, g: int, areas: Bools) -> str:
    table = situation.need.table
    status = table["status"].to_numpy()[g * len(areas) : (g + 1) * len(areas)]
    return Status.ESTIMATED if (status[areas] == Status.ESTIMATED).any() else Status.PUBLISHED


def _largest(situation: Situation, g: int, areas: Bools) -> list[str]:
    """Names of the areas with most need, most first."""
    order = np.argsort(-situation.weighted[:, g], kind="stable")
    return [str(situation.areas["name"].iloc[i]) for i in order if areas[i]][:_NAMED_AREAS]


def _sentence(scenario: Scenario, best: SessionReach, areas: list[str], *, existing: bool) -> str:
    group = next(g for g in scenario.groups if g.key == best.group)
    on_foot = _BY_PROFILE.get(group.profile, "zu Fuß") if group.mode == WALK else ""
    how = _BY_MODE.get(group.mode, on_foot)
    way = f"{how} " if how else ""
    about = "schätzungsweise" if best.status == Status.ESTIMATED else "rund"
    reached = f"{about} {_about(best.reached)} {group.counted}"
    first = f"erreicht {way}in {plain(best.minutes)} Minuten {reached}"
    news = "" if existing else _news(best, areas)
    return f"{first}{news}.{_loss(best)}"


def _news(part: SessionReach, areas: list[str]) -> str:
    if part.new > 0:
        share = "alle" if part.new >= part.reached else _about(part.new)
        return f", {share} davon bisher ohne Angebot in Reichweite, vor allem in {listing(areas)}"
    if part.closer > 0:
        return f"; für {_about(part.closer)} davon wird der Weg deutlich kürzer"
    return "; alle hatten schon ein Angebot in gleicher Entfernung"


def _loss(part: SessionReach) -> str:
    minutes = f"{plain(part.minutes)} Minuten"
    if part.alone <= 0:
        return f" Fiele diese Sprechstunde weg, bliebe allen eine andere in {minutes}."
    who = "sie alle" if part.alone >= part.reached else f"{_about(part.alone)} davon"
    return f" Ohne diese Sprechstunde hätten {who} kein Angebot in {minutes}."


def _for_regions(scenario: Scenario, regions: tuple[str, ...]) -> str:
    if not regions or scenario.guarantee is None:
        return ""
    where, minutes = listing(list(regions)), scenario.guarantee.minutes
    return (
        f" Nur durch diese Sprechstunde gibt es in {where} ein Angebot in {plain(minutes)} Minuten."
    )


def _about(persons: float) -> str:
    """A careful number: tens from 100 on."""
    return number(round(persons, -1) if persons >= 100 else round(persons))


def area_reach(scenario: Scenario, situation: Situation, served: Served) -> tuple[AreaReach, ...]:
    """Reach of every area and group before and after."""
    table = situation.need.table
    names = situation.areas["name"]
    levels = [*(r.minutes for r in scenario.reach), None]
    rows = []
    for g, group in enumerate(scenario.groups):
        minutes = situation.minutes[group.way]
        before, after = (nearest(minutes, s[:, g]) for s in (served.now, served.after))
        place, way = _next(situation, minutes, served.by_session[:, g])
        always = _always(situation, minutes, g, way)
        at_before, at_after = _level(scenario, before), _level(scenario, after)
        block = table.iloc[g * len(before) : (g + 1) * len(before)]
        for i, row in enumerate(block.itertuples(index=False)):
            rows.append(
                AreaReach(
                    area=str(row.area),
                    group=group.key,
                    need=_or_none(row.need),
                    low=_or_none(row.low),
                    high=_or_none(row.high),
                    status=str(row.status),
                    minutes_before=_or_none(before[i]),
                    minutes_after=_or_none(after[i]),
                    level_before=levels[at_before[i]],
                    level_after=levels[at_after[i]],
                    area_name=str(names.iloc[i]),
                    next_place=place[i],
                    next_minutes=_or_none(way[i]),
                    factor=round(float(situation.factor[i, g]) / group.weight, 6),
                    always_place=always[i][0],
                    always_name=always[i][1],
                )
            )
    return tuple(rows)


def _next(situation: Situation, minutes: Floats, places: Bools) -> tuple[list[str], Floats]:
    """Key of the nearest of some places from each area, empty where none, and the minutes."""
    way = nearest(minutes, places)
    at = np.where(places[None, :], minutes, np.inf).argmin(axis=1)
    keys = situation.places["place"]
    return [str(keys.iloc[p]) if np.isfinite(w) else "" for p, w in zip(at, way, strict=True)], way


def _always(situation: Situation, minutes: Floats, g: int, way: Floats) -> list[tuple[str, str]]:
    """Key and name of the place with the service all week that is no farther than a session.

    Of two offers equally near the one that is there all week is the better one.
    """
    there = situation.present & (situation.suits_room[:, g] > 0)
    keys, near = _next(situation, minutes, there)
    names = dict(zip(situation.places["place"], situation.places["name"], strict=True))
    closer = np.isfinite(near) & (near <= way)
    return [(k, str(names[k])) if c else ("", "") for k, c in zip(keys, closer, strict=True)]


def _or_none(value: object) -> float | None:
    x = float(str(value))
    return round(x, 2) if np.isfinite(x) else None


def group_reach(scenario: Scenario, situation: Situation, served: Served) -> tuple[GroupReach, ...]:
    """Reach of every group over the whole city, at every level of reach."""
    result = []
    names = situation.areas["name"]
    for g, group in enumerate(scenario.groups):
        minutes = situation.minutes[group.way]
        block = situation.need.table.iloc[g * len(names) : (g + 1) * len(names)]
        need = block["need"].to_numpy(dtype=float)
        before, after = (nearest(minutes, s[:, g]) for s in (served.now, served.after))
        steps = tuple(
            ReachStep(
                r.minutes,
                round(float(np.nansum(need[before <= r.minutes])), 2),
                round(float(np.nansum(need[after <= r.minutes])), 2),
            )
            for r in scenario.reach
        )
        estimated = (block["status"] == Status.ESTIMATED).any()
        result.append(
            GroupReach(
                group=group.key,
                name=group.name,
                need_name=group.counted,
                source=situation.need.sources[g],
                need=round(float(block["need"].sum()), 2),
                low=round(float(block["low"].sum()), 2),
                high=round(float(block["high"].sum()), 2),
                status=Status.ESTIMATED if estimated else Status.PUBLISHED,
                unknown_areas=tuple(names[np.isnan(need)]),
                steps=steps,
            )
        )
    return tuple(result)


def missed_regions(
    scenario: Scenario, situation: Situation, served: Served, regions: tuple[Region, ...]
) -> tuple[MissedRegion, ...]:
    """Regions without any offer within the guarantee's minutes after the plan."""
    rule = scenario.guarantee
    if rule is None:
        return ()
    reached = nearest(situation.minutes[rule.way], _any_group(served.after)) <= rule.minutes
    return tuple(
        MissedRegion(r.area, r.name, r.attainable)
        for r in regions
        if not reached[list(r.members)].any()
    )


def _any_group(serves: Bools) -> Bools:
    return np.asarray(serves.any(axis=1), dtype=bool)


def only_through(
    scenario: Scenario,
    situation: Situation,
    served: Served,
    regions: tuple[Region, ...],
    place: int,
) -> tuple[str, ...]:
    """Names of the regions that have an offer within reach only in this place."""
    rule = scenario.guarantee
    once = max(served.sessions[place], served.times[place].max()) <= 1
    if rule is None or not once or not served.after[place].any():
        return ()
    minutes = situation.minutes[rule.way]
    rest = _any_group(served.after)
    rest[place] = False
    others = nearest(minutes, rest) <= rule.minutes
    here = minutes[:, place] <= rule.minutes
    return tuple(
        r.name for r in regions if here[list(r.members)].any() and not others[list(r.members)].any()
    )
