"""Special wishes of a scenario in sentences: what the plan did with each of them."""

import numpy as np

from atlas.placement.explain import clock_span, heading
from atlas.placement.hours import ExistingSession
from atlas.placement.scenario import Scenario, SessionKind, clock_of
from atlas.placement.situation import Situation
from atlas.wording import listing, number, percent, plain


def wish_notes(scenario: Scenario, situation: Situation) -> tuple[str, ...]:
    """One plain German sentence or two for each special wish that is active."""
    found = (
        *situation.priority_notes,
        _kinds(scenario),
        _suiting(scenario),
        _capacity(scenario, situation),
        _room_size(scenario, situation),
        _between(scenario),
        _robust(scenario),
        _limit(scenario),
        _free(scenario, situation),
        _spread(scenario),
        _fixed(scenario),
        _forbidden(scenario, situation),
    )
    return tuple(line for line in found if line)


def _kinds(scenario: Scenario) -> str:
    if not scenario.kinds:
        return ""
    return f"Arten von Sprechstunden: {'; '.join(_kind(scenario, k) for k in scenario.kinds)}."


def _kind(scenario: Scenario, kind: SessionKind) -> str:
    """``Offene Sprechstunde (1 Team, 3 Stunden)``."""
    shortest = kind.hours or scenario.staff.session_hours
    longest = max(kind.max_hours or shortest, shortest)
    span = f"{plain(shortest)} bis {plain(longest)}" if longest > shortest else plain(shortest)
    teams = "1 Team" if kind.staff == 1 else f"{number(kind.staff)} Teams"
    return f"{kind.name} ({teams}, {span} {'Stunde' if span == '1' else 'Stunden'})"


def _suiting(scenario: Scenario) -> str:
    """How the counts read where a session or a place suits a group only in part."""
    shares = [a for k in scenario.kinds for a in k.groups.values()]
    shares += [a for g in scenario.groups for a in (*g.places.values(), g.other_places)]
    if not any(0 < a < 1 for a in shares):
        return ""
    return (
        "Passung: Was zu einer Gruppe nur zum Teil passt (Ort oder Art der Sprechstunde), zählt "
        "bei der Suche nur zum Teil, wie im Szenario angegeben. Als erreicht gelten auch Menschen, "
        "für die es nur zum Teil passt."
    )


def _capacity(scenario: Scenario, situation: Situation) -> str:
    """Whether it counts how many find a place in a session."""
    limited = [k for k in scenario.session_kinds if k.persons_per_hour is not None]
    coming = [g for g in scenario.groups if g.visits_per_week]
    bounded = np.isfinite(situation.options.per_hour)
    asked = [g for g in coming if (situation.serves[scenario.groups.index(g)][bounded] > 0).any()]
    if not limited:
        return ""
    if not asked:
        return (
            "Plätze: nicht geprüft; im Szenario fehlt, welcher Anteil des Bedarfs in einer Woche "
            "kommt (visits_per_week)."
        )
    shares = listing([f"{g.name} {percent(100 * (g.visits_per_week or 0.0), 1)}" for g in asked])
    seats = listing([f"{k.name} {plain(k.persons_per_hour or 0.0)}" for k in limited])
    return (
        f"Plätze: Gerechnet ist, wie viele in die Sprechstunden passen (Menschen je Stunde: "
        f"{seats}). Angenommen ist, dass in einer Woche dieser Anteil des Bedarfs kommt: {shares}. "
        "Die Zahlen der Reichweite sagen dagegen, wer in der Nähe wohnt."
    )


def _room_size(scenario: Scenario, situation: Situation) -> str:
    """Rooms of unknown size, where a kind of session asks for one."""
    if not any(k.min_capacity for k in scenario.kinds):
        return ""
    unknown = situation.places["capacity"].isna().to_numpy(dtype=bool) & situation.candidate
    asked = listing([f"{k.name} {k.min_capacity}" for k in scenario.kinds if k.min_capacity])
    note = f"Größe der Räume: verlangt sind so viele Plätze: {asked}."
    if unknown.any():
        note += (
            f" Von {number(int(unknown.sum()))} der {number(int(situation.candidate.sum()))} Räume "
            "ist die Größe unbekannt; sie sind zugelassen."
        )
    return note


def _between(scenario: Scenario) -> str:
    rule = scenario.between
    if rule is None:
        return ""
    return (
        f"Wege der Teams: Luftlinie mal {plain(rule.detour)} bei {plain(rule.speed_kmh)} "
        f"Kilometern in der Stunde, dazu {plain(rule.extra_minutes)} Minuten für Aufbruch und "
        f"Ankunft und {plain(rule.break_minutes)} Minuten Pause."
    )


def _robust(scenario: Scenario) -> str:
    if scenario.robust is None:
        return ""
    n = scenario.robust.areas
    where = "einem Gebiet" if n == 1 else f"{number(n)} Gebieten"
    return (
        f"Vorsicht: Der Plan ist der beste für den Fall, dass der Bedarf in {where} (je Zielgruppe "
        "gezählt) nur so groß ist, wie er mindestens ist, und zwar da, wo es am meisten schadet."
    )


def _limit(scenario: Scenario) -> str:
    rule = scenario.limit
    if rule is None:
        return ""
    return (
        f"Grenze für alle: Aus jedem Gebiet ist ein Angebot in {plain(rule.minutes)} Minuten "
        "erreichbar; anders gäbe es keinen Plan."
    )


def _free(scenario: Scenario, situation: Situation) -> str:
    if scenario.existing.mode != "free" or not situation.freed:
        return ""
    bonus = scenario.existing.stay_bonus
    text = (
        f"Bestehende Sprechstunden: {number(len(situation.freed))} eigene durften verlegt oder "
        f"aufgegeben werden; eine, die bleibt, zählt so viel wie {plain(bonus)} Menschen mehr."
    )
    return " ".join([text, *_rivals(situation)])


def _rivals(situation: Situation) -> list[str]:
    """Existing sessions of one room and half-day, of which the plan keeps one at most."""
    there: dict[tuple[int, int], list[ExistingSession]] = {}
    for s in situation.freed:
        if s.half_day is not None:
            there.setdefault((s.place, s.half_day), []).append(s)
    several = [
        " oder ".join(
            heading(situation, s.place, s.weekday, s.start, s.end)
            if s is group[0]
            else clock_span(clock_of(s.start), clock_of(s.end))
            for s in group
        )
        for group in there.values()
        if len(group) > 1
    ]
    if not several:
        return []
    return [
        "In einem Raum bleibt an einem Halbtag höchstens eine davon, die andere gilt als "
        f'aufgegeben: {"; ".join(several)}. Sollen sie alle bleiben, hilft mode = "keep".'
    ]


def _spread(scenario: Scenario) -> str:
    spread = scenario.spread
    parts = []
    if spread.min_per_weekday:
        parts.append(f"mindestens {number(spread.min_per_weekday)} an jedem Wochentag")
    if spread.max_per_weekday is not None:
        parts.append(f"höchstens {number(spread.max_per_weekday)} an einem Wochentag")
    if spread.different_days:
        parts.append("die eines Raums an verschiedenen Tagen")
    return f"Verteilung der Sprechstunden über die Woche: {', '.join(parts)}." if parts else ""


def _fixed(scenario: Scenario) -> str:
    n = len(scenario.fixed)
    if not n:
        return ""
    what = "1 Sprechstunde steht" if n == 1 else f"{number(n)} Sprechstunden stehen"
    return f"Fest vorgegeben: {what} im Plan, weil das Szenario es verlangt."


def _forbidden(scenario: Scenario, situation: Situation) -> str:
    keys = set(scenario.rooms.forbidden)
    places = situation.places
    names = places.loc[places["place"].isin(keys), "name"]
    return f"Ausgeschlossene Räume: {', '.join(names)}." if len(names) else ""
