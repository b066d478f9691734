"""Reading a scenario file; what contradicts itself is refused, all of it at once."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

from pydantic import TypeAdapter

from atlas.meant import choice, question
from atlas.placement.scenario.whole import Scenario, half_days_of
from atlas.tomlfile import load_toml, place_of
from atlas.wording import plain
from geodata.errors import ProblemCollector, ProjectError

Note = Callable[[tuple[int | str, ...], str, str], None]
_HERE = "in diesem Szenario"
_ADAPTER: TypeAdapter[Scenario] = TypeAdapter(Scenario)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    FileMissingError
        The file is not there.
    ProjectError
        It is not TOML, or entries are wrong; every mistake is listed with its line.
    """
    scenario, text = load_toml(path, _ADAPTER, f"Das Szenario {path.name} ist fehlerhaft.")
    _check(scenario, text, path)
    return scenario


def _check(scenario: Scenario, text: str, path: Path) -> None:
    """Refuse a scenario whose parts contradict each other."""
    found = ProblemCollector()

    def note(loc: tuple[int | str, ...], what: str, allowed: str) -> None:
        found.add(place_of(loc, text, path), what, allowed)

    for name in ("groups", "reach", "weekdays", "day_parts"):
        if not getattr(scenario, name):
            note((name,), "leer", "mindestens ein Eintrag")
    _check_terms(scenario, note)
    _check_lists(scenario, note)
    _check_half_days(scenario, note)
    _check_day_parts(scenario, note)
    if scenario.ends is not None and not (scenario.starts or "") <= scenario.ends:
        note(("ends",), scenario.ends, f"frühestens {scenario.starts}")
    if scenario.ends is not None and scenario.starts is None:
        note(("ends",), scenario.ends, "nur zusammen mit starts")
    _check_staff(scenario, note)
    _check_references(scenario, note)
    _check_priorities(scenario, note)
    found.raise_if_any(ProjectError, f"Das Szenario {path.name} ist fehlerhaft.")


def _check_lists(scenario: Scenario, note: Note) -> None:
    """Keys stand once, and levels of reach follow each other."""
    listed = {
        "groups": [g.key for g in scenario.groups],
        "day_parts": [p.key for p in scenario.day_parts],
        "weekdays": [str(n) for n in scenario.weekdays],
        "kinds": [k.key for k in scenario.kinds],
        "teams": [t.name for t in scenario.teams],
        "fixed": [f"{f.place} {f.half_day}" for f in scenario.fixed],
        "front": [plain(hours) for hours in scenario.front],
    }
    for name, keys in listed.items():
        for key in sorted({k for k in keys if keys.count(k) > 1}):
            note((name,), f"{key!r} steht mehrfach", "jeder Eintrag einmal")
    for a, b in pairwise(scenario.reach):
        if not (a.minutes < b.minutes and a.weight > b.weight):
            allowed = "mehr Minuten und kleineres Gewicht als davor"
            note(("reach",), f"{plain(b.minutes)} Minuten, Gewicht {plain(b.weight)}", allowed)


def _check_half_days(scenario: Scenario, note: Note) -> None:
    """Every half-day that is named exists."""
    half_days = half_days_of(scenario)
    keys, parts = {h.key for h in half_days}, {h.part for h in half_days}
    used: list[tuple[tuple[int | str, ...], str]] = []
    for table in ("groups", "kinds", "teams"):
        for i, entry in enumerate(getattr(scenario, table)):
            used += [((table, i, "half_days"), name) for name in entry.half_days]
    used += [(("rooms", "default_half_days"), n) for n in scenario.rooms.default_half_days]
    used += [(("staff", "exceptions"), n) for n in scenario.staff.exceptions]
    for loc, name in used:
        if name not in keys | parts:
            _unknown(note, loc, name, {p.key: p.name for p in scenario.day_parts} | _named(keys))
    for i, fixed in enumerate(scenario.fixed):
        if fixed.half_day not in keys:
            _unknown(note, ("fixed", i, "half_day"), fixed.half_day, _named(keys))


def _named(keys: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(sorted(keys), "")


def _unknown(note: Note, loc: tuple[int | str, ...], name: str, known: dict[str, str]) -> None:
    """Note a name of nothing in the scenario, with what may have been meant."""
    note(loc, f"gefunden {name!r}{question(name, known)}", choice(known, _HERE))


def _check_staff(scenario: Scenario, note: Note) -> None:
    """Numbers of staff, lengths of sessions and days do not contradict each other."""
    staff, spread = scenario.staff, scenario.spread
    if staff.teams is None and not scenario.teams:
        note(("staff", "teams"), "der Eintrag fehlt", "eine Anzahl, oder Teams unter [[teams]]")
    if staff.teams is not None and scenario.teams and staff.teams != len(scenario.teams):
        allowed = f"{len(scenario.teams)}, so viele stehen unter [[teams]]"
        note(("staff", "teams"), f"gefunden {staff.teams}", allowed)
    if staff.max_sessions is not None and staff.max_sessions < staff.min_sessions:
        note(("staff", "max_sessions"), f"{staff.max_sessions}", f"mindestens {staff.min_sessions}")
    if spread.max_per_weekday is not None and spread.max_per_weekday < spread.min_per_weekday:
        allowed = f"mindestens {spread.min_per_weekday}"
        note(("spread", "max_per_weekday"), f"{spread.max_per_weekday}", allowed)
    for i, kind in enumerate(scenario.kinds):
        shortest = kind.hours or staff.session_hours
        if kind.max_hours is not None and kind.max_hours < shortest:
            note(("kinds", i, "max_hours"), plain(kind.max_hours), f"mindestens {plain(shortest)}")
    for i, closed in enumerate(scenario.closed):
        if closed.last < closed.first:
            note(("closed", i, "last"), closed.last, f"frühestens {closed.first}")


def _check_references(scenario: Scenario, note: Note) -> None:
    """Groups and kinds that other entries name exist."""
    groups = {g.key: g.name for g in sorted(scenario.groups, key=lambda g: g.key)}
    kinds = {k.key: k.name for k in sorted(scenario.session_kinds, key=lambda k: k.key)}
    named: list[tuple[tuple[int | str, ...], str, dict[str, str]]] = []
    named += [
        (("kinds", i, "groups"), g, groups) for i, k in enumerate(scenario.kinds) for g in k.groups
    ]
    named += [
        (("priorities", i, "groups"), g, groups)
        for i, p in enumerate(scenario.priorities)
        for g in p.groups
    ]
    named += [
        (("teams", i, "kinds"), k, kinds) for i, t in enumerate(scenario.teams) for k in t.kinds
    ]
    named += [(("fixed", i, "kind"), f.kind, kinds) for i, f in enumerate(scenario.fixed) if f.kind]
    for loc, name, allowed in named:
        if name not in allowed:
            _unknown(note, loc, name, allowed)


def _check_priorities(scenario: Scenario, note: Note) -> None:
    """Every priority has exactly one criterion, and all it needs."""
    for i, p in enumerate(scenario.priorities):
        criteria = [p.index is not None, p.indicator is not None, p.negative]
        bounds = p.at_least is not None or p.at_most is not None
        complete = (p.index is not None) == bool(p.classes) and (p.indicator is not None) == bounds
        if sum(criteria) != 1 or not complete:
            allowed = "index mit classes, oder indicator mit at_least oder at_most, oder negative"
            note(("priorities", i), "unklar", allowed)


def _check_terms(scenario: Scenario, note: Note) -> None:
    """Every group needs terms, and every term is a measure or a share of one."""
    for i, group in enumerate(scenario.groups):
        if not group.need:
            note(("groups", i, "need"), "leer", "mindestens ein Eintrag")
        for term in group.need:
            is_count = term.measure is not None and term.share is None and term.of is None
            is_share = term.measure is None and term.share is not None and term.of is not None
            if not (is_count or is_share):
                note(("groups", i, "need"), "unklar", "measure, oder share zusammen mit of")


def _check_day_parts(scenario: Scenario, note: Note) -> None:
    """The parts of a day follow each other, and the preferred start lies inside."""
    for i, part in enumerate(scenario.day_parts):
        if not part.start < part.end:
            note(("day_parts", i, "end"), f"{part.end}", f"später als {part.start}")
        if part.preferred is not None and not part.start <= part.preferred < part.end:
            note(("day_parts", i, "preferred"), part.preferred, f"{part.start} bis {part.end}")
    for a, b in pairwise(scenario.day_parts):
        if b.start < a.end:
            note(("day_parts",), f"{b.key} beginnt {b.start}", f"frühestens {a.end}")
