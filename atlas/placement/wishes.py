"""Changes to a scenario as people make them at a desk: each gives a new scenario.

Whatever refers to something that a change takes away goes with it, so that a changed
scenario is as valid as the one before.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from atlas.placement.scenario import (
    Fixed,
    Reach,
    Scenario,
    SessionKind,
    TargetGroup,
    load_scenario,
)
from atlas.placement.scenario.text import scenario_toml
from atlas.wording import percent, plain, word_or_key
from geodata.errors import Problem, ProjectError

FILE = "szenario.toml"


def with_groups(scenario: Scenario, groups: Iterable[TargetGroup]) -> Scenario:
    """The same wishes for other target groups; what names only lost groups goes too."""
    kept = tuple(groups)
    keys = {g.key for g in kept}
    kinds = tuple(
        replace(k, groups={g: s for g, s in k.groups.items() if g in keys})
        for k in scenario.kinds
        # A kind for lost groups alone would, without a name, be one for everybody.
        if not k.groups or keys & set(k.groups)
    )
    priorities = tuple(
        replace(p, groups=tuple(g for g in p.groups if g in keys))
        for p in scenario.priorities
        if not p.groups or keys & set(p.groups)
    )
    changed = replace(scenario, groups=kept, kinds=kinds, priorities=priorities)
    return without_lost_kinds(changed)


def without_lost_kinds(scenario: Scenario) -> Scenario:
    """The same wishes without the teams and fixed sessions of kinds that are gone."""
    keys = {k.key for k in scenario.session_kinds}
    teams = tuple(
        replace(t, kinds=tuple(k for k in t.kinds if k in keys))
        for t in scenario.teams
        if not t.kinds or keys & set(t.kinds)
    )
    fixed = tuple(f for f in scenario.fixed if f.kind is None or f.kind in keys)
    return replace(scenario, teams=teams, fixed=fixed)


def lengths_of(scenario: Scenario, kind: SessionKind) -> tuple[float, float]:
    """Shortest and longest session of a kind, in hours."""
    shortest = kind.hours or scenario.staff.session_hours
    return shortest, max(kind.max_hours or shortest, shortest)


def with_lengths(scenario: Scenario, key: str, shortest: float, longest: float) -> Scenario:
    """The same wishes with other lengths of one kind of session, in hours."""
    if not scenario.kinds and shortest == longest:
        return replace(scenario, staff=replace(scenario.staff, session_hours=shortest))
    kinds = tuple(
        _stretched(scenario, k, shortest, longest) if k.key == key else k
        for k in scenario.session_kinds
    )
    return replace(scenario, kinds=kinds)


def _stretched(
    scenario: Scenario, kind: SessionKind, shortest: float, longest: float
) -> SessionKind:
    """Only what differs is written into the kind, so that the scenario stays short."""
    if (shortest, longest) == lengths_of(scenario, kind):
        return kind
    usual = kind.hours is None and shortest == scenario.staff.session_hours
    return replace(
        kind,
        hours=None if usual else shortest,
        max_hours=None if longest == shortest else longest,
    )


def with_reach(scenario: Scenario, levels: Iterable[tuple[float, float]]) -> Scenario:
    """The same wishes with other levels of reach.

    Parameters
    ----------
    scenario
        To be changed.
    levels
        Minutes and weight (0 to 1).

    Raises
    ------
    ProjectError
        There is none, two have the same minutes, or a longer way weighs as much as a shorter.
    """
    found = sorted(levels)
    if not found:
        raise ProjectError("Ohne eine Gehzeit weiß niemand, wer erreicht ist.")
    for (near, heavy), (far, light) in pairwise(found):
        if near == far or light >= heavy:
            raise ProjectError(
                "Mehr Minuten müssen weniger zählen.",
                [Problem("Gehzeiten", f"{plain(far)} Minuten zählen {percent(100 * light, 0)}")],
            )
    return replace(scenario, reach=tuple(Reach(m, w) for m, w in found))


def is_fixed(scenario: Scenario, place: str, half_day: str) -> bool:
    """Whether a session in a room at a half-day must be in the plan."""
    return any((f.place, f.half_day) == (place, half_day) for f in scenario.fixed)


def with_fixed(scenario: Scenario, place: str, half_day: str, *, on: bool = True) -> Scenario:
    """Hold on to the session in a room at a half-day, or let it go again."""
    others = tuple(f for f in scenario.fixed if (f.place, f.half_day) != (place, half_day))
    return replace(scenario, fixed=(*others, Fixed(place, half_day)) if on else others)


def with_forbidden(scenario: Scenario, places: Iterable[str]) -> Scenario:
    """No new sessions in these rooms; what was held on to there is let go."""
    out = tuple(dict.fromkeys(places))
    fixed = tuple(f for f in scenario.fixed if f.place not in out)
    return replace(scenario, rooms=replace(scenario.rooms, forbidden=out), fixed=fixed)


def budgets_of(words: str) -> tuple[float, ...]:
    """Hours per week as a person lists them: ``40; 60,5; 80`` or ``40 60 80``.

    Raises
    ------
    ProjectError
        Something is not a number of hours.
    """
    parts = [p.rstrip(",") for p in words.replace(";", " ").split()]
    found = {part: _hours(part) for part in parts}
    problems = [
        Problem("Stunden", f"gefunden „{part}“", "etwa 40; 60; 80")
        for part, hours in found.items()
        if hours is None
    ]
    if problems:
        raise ProjectError("So kann der Atlas die Stunden nicht lesen.", problems)
    return tuple(sorted({hours for hours in found.values() if hours is not None}))


def _hours(part: str) -> float | None:
    try:
        hours = float(part.replace(",", "."))
    except ValueError:
        return None
    return hours if 0 <= hours < math.inf else None


def checked(scenario: Scenario) -> Scenario:
    """The scenario, if a file that says the same would be read; else all its contradictions.

    Raises
    ------
    ProjectError
        Parts of it contradict each other.
    """
    with TemporaryDirectory(prefix="szenario-") as folder:
        file = Path(folder) / FILE
        file.write_text(scenario_toml(scenario), encoding="utf-8")
        try:
            load_scenario(file)
        except ProjectError as error:
            plain = [Problem(_entry(p.where), p.found, p.allowed) for p in error.problems]
            raise ProjectError("Diese Vorgaben passen nicht zusammen.", plain) from None
    return scenario


def _entry(where: str) -> str:
    """What a mistake is about, in words, without the file and line that the user never saw."""
    entry = where.rpartition(", ")[2]
    word = word_or_key("vergleich", f"wish_{entry.partition('.')[0]}")
    return entry if word.startswith("wish_") else f"{word} ({entry})"
