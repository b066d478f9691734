"""What people add to a scenario and take out of it: target groups, kinds of session, priorities."""

import re
from collections.abc import Collection
from dataclasses import replace
from unicodedata import normalize

from atlas.placement.scenario import Priority, Scenario, SessionKind, TargetGroup, Term
from atlas.placement.wishes import with_groups, without_lost_kinds
from atlas.wording import text
from geodata.errors import ProjectError

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LONGEST = 40


def key_of(name: str, taken: Collection[str]) -> str:
    """A key made from a name: small letters, digits, underscores; no one's yet.

    Examples
    --------
    >>> key_of("Ältere Menschen", ["aeltere_menschen"])
    'aeltere_menschen_2'
    """
    plain = normalize("NFKD", name.casefold().translate(_UMLAUTS))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    stem = "_".join(words)[:_LONGEST].strip("_") or "eintrag"
    n, key = 1, stem
    while key in taken:
        n += 1
        key = f"{stem}_{n}"
    return key


def _name(name: str, taken: Collection[str], what: str, language: str) -> str:
    """A name without blanks around it, if it is one and nobody's."""
    short = name.strip()
    if not short:
        raise ProjectError(text(f"planen.{what}_unnamed", language))
    if short.casefold() in {t.casefold() for t in taken}:
        raise ProjectError(text(f"planen.{what}_twice", language, name=short))
    return short


def with_group(
    scenario: Scenario, name: str, term: Term, counted: str, language: str = "de"
) -> Scenario:
    """The same wishes for one more target group.

    Parameters
    ----------
    scenario
        To be changed. A kind of session that names its groups suits the new one fully:
        without an entry it would not be there for them.
    name
        For whom, as on an invitation; empty: what is counted.
    term
        Its need.
    counted
        What is counted, in words.
    language
        Of the messages.

    Raises
    ------
    ProjectError
        There is a group of that name.
    """
    groups = scenario.groups
    name = _name(name.strip() or counted, [g.name for g in groups], "group", language)
    key = key_of(name, [g.key for g in groups])
    group = TargetGroup(key, name, (term,), need_name=None if name == counted else counted)
    kinds = tuple(
        replace(k, groups={**k.groups, key: 1.0}) if k.groups else k for k in scenario.kinds
    )
    return replace(scenario, groups=(*groups, group), kinds=kinds)


def without_group(scenario: Scenario, key: str) -> Scenario:
    """The same wishes without a target group, and without what was for it alone."""
    return with_groups(scenario, [g for g in scenario.groups if g.key != key])


def with_kind(
    scenario: Scenario, name: str, known: dict[str, str], language: str = "de"
) -> Scenario:
    """The same wishes with one more kind of session, for all groups, of the usual length.

    Parameters
    ----------
    scenario
        To be changed.
    name
        As on a notice.
    known
        Kinds that existing sessions are of; one of these names brings its key.
    language
        Of the messages.

    Raises
    ------
    ProjectError
        The name is empty, or there is a kind of that name.
    """
    kinds = scenario.session_kinds
    name = _name(name, [k.name for k in kinds], "kind", language)
    taken = [k.key for k in kinds]
    same = (k for k, word in known.items() if word.casefold() == name.casefold())
    key = next((k for k in same if k not in taken), None)
    new = SessionKind(key or key_of(name, {*taken, *known}), name)
    return replace(scenario, kinds=(*kinds, new))


def without_kind(scenario: Scenario, key: str) -> Scenario:
    """The same wishes without a kind of session, and without what only it could hold."""
    kinds = tuple(k for k in scenario.kinds if k.key != key)
    return without_lost_kinds(replace(scenario, kinds=kinds))


def with_changed_kind(scenario: Scenario, kind: SessionKind, language: str = "de") -> Scenario:
    """The same wishes with a kind of session that is changed; its key says which.

    Raises
    ------
    ProjectError
        It has no name, or another's.
    """
    others = [k.name for k in scenario.session_kinds if k.key != kind.key]
    kind = replace(kind, name=_name(kind.name, others, "kind", language))
    if kind in scenario.session_kinds:
        return scenario
    kinds = tuple(kind if k.key == kind.key else k for k in scenario.session_kinds)
    return replace(scenario, kinds=kinds)


def with_suits(scenario: Scenario, kind: SessionKind, suits: dict[str, float]) -> SessionKind:
    """A kind of session that suits some groups otherwise, 0 to 1; the rest stays."""
    if all(kind.suits(g) == how for g, how in suits.items()):
        return kind
    before = kind.groups or {g.key: 1.0 for g in scenario.groups}
    return replace(kind, groups={**before, **suits})


def with_priority(scenario: Scenario, priority: Priority, language: str = "de") -> Scenario:
    """The same wishes with one more priority.

    Raises
    ------
    ProjectError
        It has no class, no bound, bounds that leave nothing, or a name that is taken.
    """
    taken = [p.name for p in scenario.priorities]
    priority = replace(priority, name=_name(priority.name, taken, "priority", language))
    low, high = priority.at_least, priority.at_most
    if priority.index is not None and not priority.classes:
        raise ProjectError(text("planen.priority_no_class", language))
    if priority.indicator is not None and low is None and high is None:
        raise ProjectError(text("planen.priority_no_bound", language))
    if low is not None and high is not None and low > high:
        raise ProjectError(text("planen.priority_bounds", language))
    return replace(scenario, priorities=(*scenario.priorities, priority))


def without_priority(scenario: Scenario, place: int) -> Scenario:
    """The same wishes without the priority that stands there, counted from 0."""
    kept = (*scenario.priorities[:place], *scenario.priorities[place + 1 :])
    return replace(scenario, priorities=kept)
