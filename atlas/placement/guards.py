"""Wishes of a scenario that come to nothing: said above the plan, with the way out."""

from atlas.placement.fitting import similar
from atlas.placement.held import natural
from atlas.placement.result import Plan
from atlas.placement.scenario import Scenario
from atlas.placement.situation import Situation, filters_of
from atlas.placement.slots import large_enough
from atlas.placement.staff import StaffLeft
from atlas.wording import day, listing, number, plain, word_or_key

_FILTERS = {
    "owners": "Träger (owners)",
    "barrier_free": "Barrierefreiheit (barrier_free)",
    "forbidden": "ausgeschlossene Räume (forbidden)",
    "kinds": "Arten von Orten (kinds)",
    "present_kinds": "Orte, an denen das Angebot ohnehin ist (present_kinds)",
    "names": "Namen (only_named, include_names, exclude_names)",
    "purposes": "Zwecke (purposes)",
}


def guard_warnings(scenario: Scenario, situation: Situation, staff: StaffLeft) -> tuple[str, ...]:
    """One German sentence or two for each wish that comes to nothing."""
    rooms = _no_rooms(scenario, situation)
    fitting = () if rooms else _kinds(scenario, situation, staff)
    found = (
        _providers(scenario, situation),
        _group_words(scenario, situation),
        rooms,
        *_names(scenario, situation),
        *fitting,
    )
    return tuple(line for line in found if line)


def _providers(scenario: Scenario, situation: Situation) -> str:
    """Providers of ours without any session, where others have some."""
    known = situation.session_providers
    new = [p for p in scenario.existing.our_providers if p not in known]
    if not known or not new or scenario.existing.mode == "ignore":
        return ""
    return (
        f"Keine bestehende Sprechstunde hat den Anbieter {_quoted(new)} (our_providers); vom "
        f"Personal geht dafür nichts ab. In den Daten stehen: {', '.join(known)}."
    )


def _group_words(scenario: Scenario, situation: Situation) -> str:
    """Words of `session_groups` that are like one that sessions use, but not the same."""
    known = situation.session_words
    odd = [w for w in _unused(scenario, situation) if similar(w, known)]
    if not odd:
        return ""
    return (
        f"Keine bestehende Sprechstunde nennt {_quoted(odd)} (session_groups); vielleicht ein "
        f"Schreibfehler. In den Daten stehen: {', '.join(known)}."
    )


def unused_words(scenario: Scenario, situation: Situation) -> str:
    """Words of `session_groups` that no session uses and that are like none of them."""
    known = situation.session_words
    rest = [w for w in _unused(scenario, situation) if not similar(w, known)]
    if not rest or not known:
        return ""
    return (
        f"Keine bestehende Sprechstunde nennt {_quoted(rest)} (session_groups); in den Daten "
        f"stehen: {', '.join(known)}."
    )


def _unused(scenario: Scenario, situation: Situation) -> list[str]:
    if scenario.existing.mode == "ignore":
        return []
    words = [w for g in scenario.groups for w in g.session_groups]
    return [w for w in dict.fromkeys(words) if w not in (*situation.session_words, "total")]


def _no_rooms(scenario: Scenario, situation: Situation) -> str:
    """Say which filters leave no room, each by itself or only together."""
    if situation.candidate.any() or not len(situation.places):
        return ""
    passed = filters_of(scenario, situation.places)
    alone = [_FILTERS[key] for key, good in passed.items() if not good.any()]
    why = listing(alone) if alone else "erst alle Bedingungen zusammen schließen jeden Raum aus"
    which = f"alle Räume schließt aus: {why}" if alone else why
    return f"Kein Raum kommt in Frage: {which}. Siehe [rooms] im Szenario."


def _names(scenario: Scenario, situation: Situation) -> list[str]:
    """Lists of wanted names that no place of their kind has."""
    rooms, kinds = scenario.rooms, situation.places["kind"]
    named = filters_of(scenario, situation.places)["names"]
    return [
        f"Kein Ort der Art {word_or_key('kind', kind)} hat einen Namen mit {_quoted(list(parts))} "
        "(include_names); diese Art fällt weg."
        for kind, parts in rooms.include_names.items()
        if not named[(kinds == kind).to_numpy()].any()
    ]


def _kinds(scenario: Scenario, situation: Situation, staff: StaffLeft) -> list[str]:
    """Kinds of session that fit nowhere, and why."""
    found = []
    teams = int(staff.teams.max(initial=0))
    for i, kind in enumerate(scenario.session_kinds):
        hours = kind.hours or scenario.staff.session_hours
        what = f"„{kind.name}“ ({plain(hours)} {'Stunde' if hours == 1 else 'Stunden'})"
        fits = situation.starts[:, situation.options.kind == i] >= 0
        rooms = situation.candidate & large_enough(kind, situation.places)
        if not fits.any() and not rooms.any():
            found.append(
                f"{what} passt in keinen zugelassenen Raum: Keiner hat {number(kind.min_capacity)} "
                "Plätze (min_capacity)."
            )
        elif not fits.any():
            found.append(
                f"{what} passt in kein Zeitfenster eines zugelassenen Raums (Öffnungszeiten, "
                "Halbtage, Wochentage, Art des Ortes)."
            )
        elif kind.staff > teams > 0:
            found.append(
                f"{what} bindet {number(kind.staff)} Teams; in keinem Halbtag "
                f"{'ist mehr als 1 Team' if teams == 1 else f'sind mehr als {number(teams)}'} frei."
            )
    return found


def _quoted(words: list[str]) -> str:
    return listing([f"„{w}“" for w in words])


def guard_notes(scenario: Scenario, situation: Situation) -> tuple[str, ...]:
    """What a reader may overlook: sessions that have ended by then, names beyond the teams."""
    found = (
        unused_words(scenario, situation),
        _ended(scenario, situation),
        _names_of_teams(scenario, situation),
    )
    return tuple(line for line in found if line)


def _ended(scenario: Scenario, situation: Situation) -> str:
    """How many existing sessions have ended when the plan begins."""
    n = situation.ended_before_start
    if not n or scenario.starts is None:
        return ""
    what = (
        "1 bestehende Sprechstunde endet"
        if n == 1
        else (f"{number(n)} bestehende Sprechstunden enden")
    )
    return (
        f"{what} vor dem Beginn des Plans am {day(scenario.starts)}; der Plan rechnet nicht mit "
        f"{'ihr' if n == 1 else 'ihnen'}."
    )


def _names_of_teams(scenario: Scenario, situation: Situation) -> str:
    """Existing sessions that name more teams than the scenario counts."""
    names = sorted({s.team for s in situation.existing if s.ours and s.team}, key=natural)
    if scenario.teams or len(names) <= scenario.team_count:
        return ""
    return (
        f"Die bestehenden Sprechstunden nennen mehr Teams ({listing(names)}), als das Szenario "
        f"zählt ({number(scenario.team_count)}): Zugleich arbeiten höchstens so viele, wie das "
        "Szenario zählt; neue Sprechstunden können aber jeden dieser Namen tragen."
    )


def left_over(scenario: Scenario, plan: Plan) -> str:
    """Hours that no session uses though the shortest would fit into them, and what that means."""
    hours = plan.hours_per_week - plan.hours_used
    kinds = scenario.session_kinds
    shortest = min(k.staff * (k.hours or scenario.staff.session_hours) for k in kinds)
    if hours < shortest or plan.quality.ended not in ("optimal", "gap"):
        return ""
    return (
        f"Übrig bleiben {plain(hours)} der {plain(plan.hours_per_week)} Wochenstunden: Im Rahmen "
        "der Wünsche bringt keine weitere Sprechstunde nennenswert mehr, oder keine passt noch "
        "(Räume, Halbtage, Teams)."
    )
