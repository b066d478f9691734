"""What a reader must know of a plan: warnings before anything else, and notes."""

from itertools import combinations

from atlas.edition import TravelInfo
from atlas.placement.guards import guard_notes, guard_warnings
from atlas.placement.hours import overlaps
from atlas.placement.scenario import Scenario
from atlas.placement.situation import Situation
from atlas.placement.staff import StaffLeft
from atlas.placement.wish_notes import wish_notes
from atlas.wording import day, listing, number, plain, weekday, word_or_key
from geodata.travel import WALK


def warnings_of(scenario: Scenario, situation: Situation, staff: StaffLeft) -> tuple[str, ...]:
    """What stands above a plan: owners nobody delivered, and staff that does not suffice."""
    owners = (_assumed(situation), _unknown(situation))
    guards = guard_warnings(scenario, situation, staff)
    found = (*owners, _hours(scenario, staff), _teams(situation, staff), *guards)
    return tuple(line for line in found if line)


def _assumed(situation: Situation) -> str:
    """Say for how many of the rooms the owner is a guess from their kind, and which guess."""
    guessed = situation.places[situation.candidate & situation.owner_assumed]
    if guessed.empty:
        return ""
    pairs = sorted(set(zip(guessed["kind"], guessed["owner"], strict=True)))
    words = [f"{word_or_key('kind', k)}: {word_or_key('owner', o)}" for k, o in pairs]
    rooms = number(int(situation.candidate.sum()))
    return (
        "Träger nach der Art des Ortes angenommen, nicht geliefert; vor einer Zusage prüfen "
        f"({number(len(guessed))} von {rooms} Räumen; {', '.join(words)})."
    )


def _unknown(situation: Situation) -> str:
    """Say for how many of the rooms nobody knows the owner."""
    rooms = situation.places[situation.candidate]
    without = int((rooms["owner"] == "unknown").sum())
    if not without:
        return ""
    return (
        "Träger unbekannt, vom Szenario trotzdem zugelassen; vor einer Zusage prüfen "
        f"({number(without)} von {number(len(rooms))} Räumen)."
    )


def _hours(scenario: Scenario, staff: StaffLeft) -> str:
    """Say when existing sessions leave no hours for a new one."""
    held, hours = staff.held_hours, scenario.staff.hours_per_week
    kinds = scenario.session_kinds
    length = min(k.staff * (k.hours or scenario.staff.session_hours) for k in kinds)
    if held > hours:
        return (
            f"Das Personal reicht nicht: Die bestehenden Sprechstunden allein brauchen "
            f"{plain(held)} Stunden in der Woche, vorhanden sind {plain(hours)}. "
            "Eine neue Sprechstunde ist nicht möglich."
        )
    if hours - held < length and staff.sessions == 0:
        return (
            f"Eine neue Sprechstunde ist nicht möglich: Von {plain(hours)} Stunden in der Woche "
            f"brauchen die bestehenden {plain(held)}, und eine neue braucht {plain(length)}."
        )
    return ""


def _teams(situation: Situation, staff: StaffLeft) -> str:
    """Say when existing sessions need more teams than a half-day has."""
    if not staff.overdrawn:
        return ""
    days = [situation.half_days[t] for t in staff.overdrawn]
    when = listing([f"{weekday(d.weekday)} ({d.part_name})" for d in days])
    return f"Mehr bestehende Sprechstunden zugleich, als es Teams gibt: {when}."


def notes_of(scenario: Scenario, situation: Situation, way: TravelInfo | None) -> tuple[str, ...]:
    """What a reader must know before trusting the plan."""
    owners = ", ".join(word_or_key("owner", o) for o in scenario.rooms.owners)
    rooms = int(situation.candidate.sum())
    rules = [r for r in (scenario.guarantee, scenario.limit) if r is not None]
    modes = sorted({*(g.mode for g in scenario.groups), *(r.mode for r in rules)})
    ways = " ".join(dict.fromkeys(travel_sentence(way, mode) for mode in modes))
    notes = [
        f"{ways} Ein Gebiet gilt ganz als erreicht, wenn sein mittlerer Weg kurz genug ist.",
        "Zielgruppen überschneiden sich; ihre Zahlen dürfen nicht zusammengezählt werden.",
        "Geheime Zahlen gehen mit der Mitte des Bereichs ein, den jeder aus den "
        "veröffentlichten Zahlen schließen kann.",
        f"Zur Wahl standen {number(rooms)} Räume (Träger: {owners}).",
        *(f"Bedarf {line}." for line in situation.need.sources),
    ]
    chosen_by_name = sorted({*scenario.rooms.include_names, *scenario.rooms.exclude_names})
    if chosen_by_name:
        kinds = listing([word_or_key("kind", k) for k in chosen_by_name])
        notes.append(
            f"Räume der Art {kinds} sind nach ihrem Namen ausgewählt; die Liste steht im Szenario "
            "und ist eine Annahme."
        )
    without = int((situation.candidate & ~situation.hours_known).sum())
    if without:
        notes.append(
            f"Bei {number(without)} von {number(rooms)} Räumen sind die Öffnungszeiten "
            "unbekannt; angenommen wurden die Halbtage des Szenarios."
        )
    special = wish_notes(scenario, situation)
    guards = guard_notes(scenario, situation)
    return (*notes, *special, *_idle(situation), *guards, *_double(situation))


def _idle(situation: Situation) -> list[str]:
    idle = [s for s in situation.existing if not any(s.serves)]
    names = dict.fromkeys(str(situation.places["name"].iloc[s.place]) for s in idle)
    sentence = "Bestehende Sprechstunden, die keine Zielgruppe des Szenarios erreichen: "
    return [f"{sentence}{', '.join(names)}."] if names else []


def _double(situation: Situation) -> list[str]:
    """Teams of ours that are in two places at once in the list of existing sessions."""
    ours = [s for s in situation.existing if s.ours and s.team]
    twice = {
        (a.team, weekday(a.weekday))
        for a, b in combinations(ours, 2)
        if a.team == b.team and a.weekday == b.weekday and overlaps(a.span, b.span)
    }
    names = ", ".join(f"{team} am {day}" for team, day in sorted(twice))
    return [f"In den Daten zweimal zugleich eingeteilt: {names}."] if twice else []


def travel_sentence(way: TravelInfo | None, mode: str = WALK) -> str:
    """Say how the minutes of a mode were found.

    Parameters
    ----------
    way
        From the edition's manifest; None is a straight line by an unknown detour.
    mode
        `WALK`, `TRANSIT`, or one that the user delivered.

    Returns
    -------
    str
        One sentence per method; where there are several, each names its profiles.
    """
    ways = [w for w in way.ways if w.mode == mode] if way else []
    if not ways:
        # Only ways on foot are ever guessed from the map.
        return _method("straight" if mode == WALK else "delivered", way)
    if len(ways) == 1:
        return _method(ways[0].method, way)
    named = [(word_or_key("profile", p) for p in w.profiles) for w in ways]
    return " ".join(
        f"{listing(list(names))}: {_method(w.method, way)}"
        for names, w in zip(named, ways, strict=True)
    )


def _method(method: str, way: TravelInfo | None) -> str:
    if method == "delivered":
        return "Die Wege sind nicht berechnet, sondern als Tabelle geliefert."
    start = "Adressen" if way is not None and way.homes else "Punkte"
    averaged = f"gemittelt über mehrere {start} des Gebiets"
    if method == "network":
        return f"Fußwege sind die kürzesten auf dem Wegenetz, {averaged}."
    if method == "timetable":
        return (
            f"Wege mit Bus und Bahn folgen dem Fahrplan{_morning(way)}, mit Fußwegen und Warten, "
            f"in der Mitte aller Abfahrten und {averaged}; wer zu Fuß schneller ist, geht."
        )
    return f"Fußwege sind geschätzt: Luftlinie mal Umwegfaktor{_detour(way)}, {averaged}."


def _morning(way: TravelInfo | None) -> str:
    """Service day and departures, where the edition says them."""
    if way is None or way.morning is None:
        return ""
    asked = way.morning
    return (
        f" vom {day(asked.service_day)} (Aufbruch {asked.first} bis {asked.last} Uhr, alle "
        f"{number(asked.every_minutes)} Minuten)"
    )


def _detour(way: TravelInfo | None) -> str:
    """The factor and its usual span, where the edition says them."""
    if way is None:
        return ""
    span = f"{number(way.detour_low, 1)} bis {number(way.detour_high, 1)}"
    return f" {number(way.detour, 1)} (üblich sind {span})"
