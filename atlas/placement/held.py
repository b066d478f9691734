"""Who holds a session and what it is called: words that the files of a plan share."""

import re

from atlas.placement.result import Plan, PlannedSession
from atlas.wording import listing, word_or_key


def teams_of(session: PlannedSession) -> tuple[str, ...]:
    """Names of the teams that hold a session; empty where nobody named any."""
    return session.teams or ((session.team,) if session.team else ())


def our_teams(plan: Plan) -> tuple[str, ...]:
    """Names of our teams that hold a session in the week, Team 2 before Team 10."""
    names = {name for s in plan.sessions if s.ours for name in teams_of(s)}
    return tuple(sorted(names, key=natural))


def sessions_of(plan: Plan, team: str) -> tuple[PlannedSession, ...]:
    """The sessions of one of our teams, in the order of the week."""
    return tuple(s for s in plan.sessions if s.ours and team in teams_of(s))


def holders(session: PlannedSession) -> str:
    """Who holds a session: our teams, or another provider with its team."""
    teams = listing(list(teams_of(session)))
    return teams if session.ours else ", ".join(t for t in (session.provider, teams) if t)


def kind_text(session: PlannedSession) -> str:
    """The kind of a session as on a notice: ``Offene Sprechstunde``."""
    name = kind_word(session)
    return name[:1].upper() + name[1:]


def kind_word(session: PlannedSession, language: str = "de") -> str:
    """The kind of a session as the plan's wishes call it, else the word for its key."""
    return session.kind_name or word_or_key("session_kind", session.kind, language)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order in which Team 2 comes before Team 10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p.casefold()) for p in parts)
