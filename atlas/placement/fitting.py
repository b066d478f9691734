"""Whether what a scenario names is in an edition; all that is not is refused at once."""

import math
from collections.abc import Iterable
from difflib import get_close_matches

import pandas as pd

from atlas.edition import Edition
from atlas.meant import EXPORTED, add_unknown
from atlas.placement.scenario import Scenario, Way
from atlas.wording import plain, word_or_key
from geodata.errors import PlacementError, Problem, ProblemCollector

_ALIKE = 0.8
_ROOMS = EXPORTED.format("orte.csv")


def ways_of(scenario: Scenario) -> list[Way]:
    """Every mode and profile whose minutes a scenario asks for."""
    rules = [r.way for r in (scenario.guarantee, scenario.limit) if r is not None]
    return sorted({*(g.way for g in scenario.groups), *rules})


def check_edition(edition: Edition, scenario: Scenario) -> None:
    """Refuse a scenario that names what the edition does not have.

    Parameters
    ----------
    edition, scenario
        What is compared.

    Raises
    ------
    PlacementError
        Ways, levels, kinds, rooms, purposes or providers are not there; all are listed.
    """
    found = ProblemCollector()
    kinds = set(edition.table("places")["kind"])
    if not kinds:
        raise PlacementError(
            "Diese Ausgabe enthält keine Orte; ein Plan ist nicht möglich.",
            [Problem("places.parquet", "leer", "Orte in der Projektdatei unter [[places]]")],
        )
    _check_ways(edition, scenario, found)
    levels = [level.key for level in edition.manifest.levels]
    if scenario.guarantee and scenario.guarantee.level not in levels:
        found.add("guarantee, level", f"gefunden {scenario.guarantee.level!r}", ", ".join(levels))
    for key in ("kinds", "present_kinds", "include_names", "exclude_names"):
        for name in getattr(scenario.rooms, key):
            if name not in kinds:
                place = (f"rooms, {key}", f"{name!r} kommt nicht vor")
                add_unknown(found, place, name, _kinds(kinds), _ROOMS)
    _check_places(edition, scenario, found)
    _check_purposes(edition, scenario, found)
    _check_providers(edition, scenario, found)
    found.raise_if_any(PlacementError, f"Das Szenario „{scenario.title}“ passt nicht zur Ausgabe.")


def _check_ways(edition: Edition, scenario: Scenario, found: ProblemCollector) -> None:
    """Modes and profiles have ways, and no wish asks for longer ones than are stored."""
    travel = edition.table("travel")
    ways = sorted(set(zip(travel["mode"], travel["profile"], strict=True)))
    wanted = ways_of(scenario)
    for mode, profile in wanted:
        if (mode, profile) not in ways:
            what = f"{mode!r} mit {profile!r} hat keine Wege"
            found.add("mode, profile", what, ", ".join(f"{m} mit {p}" for m, p in ways))
    longest = {w: longest_way(edition, w) for w in wanted if w in ways}
    widest = max(r.minutes for r in scenario.reach)
    asked = [("reach, minutes", widest, g.way) for g in scenario.groups]
    if scenario.guarantee:
        asked.append(("guarantee, minutes", scenario.guarantee.minutes, scenario.guarantee.way))
    if scenario.limit:
        asked.append(("limit, minutes", scenario.limit.minutes, scenario.limit.way))
    for where, minutes, way in dict.fromkeys(asked):
        most = longest.get(way, math.inf)
        if minutes > most:
            found.add(
                f"{where} ({way[0]} mit {way[1]})",
                f"gefunden {plain(minutes)}; so lange Wege enthält die Ausgabe nicht",
                f"höchstens {plain(most)}, oder eine Ausgabe mit größerem travel.max_minutes "
                "in der Projektdatei",
            )


def longest_way(edition: Edition, way: Way) -> float:
    """Minutes up to which ways are stored; infinite where all were delivered, or nobody knows."""
    info = edition.manifest.travel
    if info is None or info.max_minutes is None:
        return math.inf
    delivered = any(w.method == "delivered" and w.mode == way[0] for w in info.ways)
    return math.inf if delivered else info.max_minutes


def _check_places(edition: Edition, scenario: Scenario, found: ProblemCollector) -> None:
    """Rooms and kinds of place that the scenario names exist."""
    places = edition.table("places")
    kinds = set(places["kind"])
    keys = {str(k): str(n) for k, n in zip(places["place"], places["name"], strict=True)}
    named = [("rooms, forbidden", key) for key in scenario.rooms.forbidden]
    named += [(f"fixed, {f.half_day}", f.place) for f in scenario.fixed]
    for where, key in named:
        if key not in keys:
            add_unknown(found, (where, f"{key!r} gibt es nicht"), key, keys, _ROOMS)
    lists = [(f"groups, {g.key}, places", list(g.places)) for g in scenario.groups]
    lists += [(f"kinds, {k.key}, place_kinds", list(k.place_kinds)) for k in scenario.kinds]
    for where, names in lists:
        for name in names:
            if name not in kinds:
                wrong = f"{name!r} kommt nicht vor"
                add_unknown(found, (where, wrong), name, _kinds(kinds), _ROOMS)


def _kinds(keys: Iterable[str]) -> dict[str, str]:
    """Kinds of place with what they are called."""
    return {key: word_or_key("kind", key) for key in sorted(keys)}


def _check_purposes(edition: Edition, scenario: Scenario, found: ProblemCollector) -> None:
    """Purposes are accepted by some room, where rooms say what they accept."""
    known = _words(edition.table("places")["accepts"])
    for purpose in scenario.rooms.purposes if known else ():
        if purpose not in known:
            what = f"{purpose!r} steht bei keinem Ort unter accepts"
            add_unknown(found, ("rooms, purposes", what), purpose, sorted(known), _ROOMS)


def _check_providers(edition: Edition, scenario: Scenario, found: ProblemCollector) -> None:
    """No provider is misspelt: its sessions would cost nothing.

    One that is like none of the edition may be new; the plan says so in its warnings.
    """
    known = providers_of_sessions(edition)
    if scenario.existing.mode == "ignore":
        return
    for provider in scenario.existing.our_providers:
        if provider not in known and similar(provider, known):
            what = f"{provider!r} hält keine bestehende Sprechstunde"
            file = EXPORTED.format("sprechstunden.csv")
            add_unknown(found, ("existing, our_providers", what), provider, known, file)


def similar(word: str, known: Iterable[str]) -> str:
    """The known word that was perhaps meant, empty where none is like it.

    Examples
    --------
    >>> similar("Jobcentre", ["Caritas", "Jobcenter"])
    'Jobcenter'
    """
    by_plain = {k.casefold(): k for k in known}
    plain_word = word.strip().casefold()
    inside = [k for k in by_plain if plain_word and (plain_word in k or k in plain_word)]
    near = inside or get_close_matches(plain_word, by_plain, n=1, cutoff=_ALIKE)
    return by_plain[near[0]] if near else ""


def providers_of_sessions(edition: Edition) -> tuple[str, ...]:
    """Who holds the edition's sessions, in order."""
    return tuple(sorted(set(edition.table("sessions")["provider"].dropna()) - {""}))


def ended_by(edition: Edition, start: str | None) -> int:
    """Sessions held on the reporting date that have ended on the day the plan begins."""
    last = edition.table("sessions")["valid_to"].fillna("")
    return int(((last >= edition.manifest.reporting_date) & (last < (start or ""))).sum())


def words_of_sessions(edition: Edition) -> tuple[str, ...]:
    """Words for groups that the edition's sessions use, in order."""
    return tuple(sorted(_words(edition.table("sessions")["groups"])))


def _words(column: pd.Series) -> set[str]:
    """All words of cells with lists that are separated by semicolons."""
    return {word.strip() for text in column.fillna("") for word in str(text).split(";")} - {""}
