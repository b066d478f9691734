"""Why an area is or is not within reach of a session, in a sentence for every target group."""

import numpy as np

from atlas.placement.arrays import Floats
from atlas.placement.beyond import Limits
from atlas.placement.explain import clock_span
from atlas.placement.judged import Judged
from atlas.placement.result import AreaReach, PlannedSession
from atlas.placement.scenario import Scenario
from atlas.placement.situation import Situation
from atlas.wording import number, percent, plain, weekday

_UNKNOWN = "Für dieses Gebiet ist kein Bedarf bekannt."


def area_reasons(
    scenario: Scenario,
    judged: Judged,
    areas: tuple[AreaReach, ...],
    sessions: tuple[PlannedSession, ...],
    limits: Limits,
) -> tuple[str, ...]:
    """One sentence per row of `areas`, which run over areas within groups."""
    situation, gains, chosen = judged.situation, judged.gains, judged.planned.solution.chosen
    counts = gains.counts(chosen)
    added = gains.added(counts)
    value = gains.value(counts, chosen)
    possible = gains.problem.allowed & ~chosen
    # What the weakest session adds is what another one would have to beat; one that stays
    # whatever the plan makes room for none.
    least = min((judged.share(w.lost) for w in judged.worth.values()), default=0.0)
    n = len(situation.areas)
    sentences = []
    for row, area in enumerate(areas):
        g, i = divmod(row, n)
        if area.need is None:
            sentences.append(_UNKNOWN)
        elif area.level_after is not None:
            sentences.append(_reached(scenario, area, sessions))
        else:
            suits = possible & (situation.serves[g] > 0)[None, :]
            best = np.where(suits, added, -np.inf).max(axis=1)
            best = np.where(situation.suits_room[:, g] > 0, best, -np.inf)
            missed = _missed(scenario, situation, i, g, best, value, least, limits)
            sentences.append(_lost(area, missed))
    return tuple(sentences)


def _reached(scenario: Scenario, area: AreaReach, sessions: tuple[PlannedSession, ...]) -> str:
    where = f"{_offer(area, sessions)} liegt in {number(area.minutes_after or 0.0)} Minuten"
    before = number(area.minutes_before or 0.0)
    if area.level_before is None:
        return f"Neu erreicht: {where}; bisher gab es kein Angebot in {_widest(scenario)} Minuten."
    if area.level_after is not None and area.level_after < area.level_before:
        return f"Näher als bisher: {where}, bisher waren es {before}."
    if area.level_after is not None and area.level_after > area.level_before:
        return f"Weiter als bisher: {where}, bisher waren es {before}."
    return f"Schon bisher erreicht, und weiter: {where}."


def _offer(area: AreaReach, sessions: tuple[PlannedSession, ...]) -> str:
    """The nearest offer of an area that has one, and when it is there."""
    if area.always_name:
        return f"{area.always_name} (die ganze Woche offen)"
    at = [s for s in sessions if s.place == area.next_place and area.group in s.groups]
    first = min(at, key=lambda s: (s.weekday, s.start))
    return f"{first.place_name} ({weekday(first.weekday)} {clock_span(first.start, first.end)})"


def _lost(area: AreaReach, missed: str) -> str:
    """Say of an area that had a session within reach that it has none any more."""
    if area.minutes_before is None or area.level_before is None:
        return missed
    before = f"Nicht mehr erreicht (bisher {number(area.minutes_before)} Minuten)"
    return missed.replace("Nicht erreicht", before, 1)


def _missed(
    scenario: Scenario,
    situation: Situation,
    i: int,
    g: int,
    best: Floats,
    value: float,
    least: float,
    limits: Limits,
) -> str:
    """No session in reach: no room, no suitable time, or others gain more."""
    minutes = situation.minutes[scenario.groups[g].way][i]
    rooms = situation.candidate & (situation.suits_room[:, g] > 0)
    widest = scenario.reach[-1].minutes
    near = rooms & (minutes <= widest)
    names = situation.places["name"]
    if not near.any():
        limit = limits.get(scenario.groups[g].way)
        if not np.isfinite(minutes[rooms]).any():
            if limit is not None and rooms.any() and np.isfinite(minutes).any():
                far = f"mehr als {plain(limit)} Minuten entfernt"
                return f"Nicht erreicht: Jeder zugelassene Raum ist {far}."
            return "Nicht erreicht: Es ist kein Weg zu einem zugelassenen Raum bekannt."
        nearest = int(np.where(rooms, minutes, np.inf).argmin())
        return (
            f"Nicht erreicht: Kein zugelassener Raum liegt in {_widest(scenario)} Minuten; der "
            f"nächste ({names.iloc[nearest]}) ist {number(minutes[nearest])} Minuten entfernt."
        )
    worth = np.where(near, best, -np.inf)
    room = int(worth.argmax())
    if not np.isfinite(worth[room]):
        return (
            "Nicht erreicht: In den Räumen der Nähe ist zu den Zeiten, die der Gruppe passen, "
            "keine Sprechstunde möglich."
        )
    if value <= 0:
        return f"Nicht erreicht: {names.iloc[room]} läge in {number(minutes[room])} Minuten."
    gain = percent(100 * max(float(worth[room]), 0.0) / value, 1)
    return (
        f"Nicht erreicht: {names.iloc[room]} läge in {number(minutes[room])} Minuten. Eine "
        f"Sprechstunde dort brächte {gain} zum Gewinn des Plans dazu; die schwächste im Plan "
        f"bringt {percent(100 * least, 1)}."
    )


def _widest(scenario: Scenario) -> str:
    return plain(scenario.reach[-1].minutes)
