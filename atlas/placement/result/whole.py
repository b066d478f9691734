"""A plan as a whole, and what is asked of it."""

from dataclasses import field
from typing import Any, NamedTuple

from pydantic.dataclasses import dataclass

from atlas.edition import Edition
from atlas.placement.result.parts import (
    AreaReach,
    Fairness,
    FrontPoint,
    GroupReach,
    GuaranteeReport,
    PlannedSession,
    Quality,
    TeamDay,
    WeekColumn,
    WhatIf,
)
from atlas.wording import number, plain


@dataclass(frozen=True)
class Plan:
    """The result of a scenario on an edition.

    ``warnings`` are what a reader must know before anything else. ``starts`` is a placeholder
    where ``start_open``. Of ``hours_used`` existing sessions use ``hours_held``. ``ended``
    are existing sessions of ours that the plan gives up, ``wishes`` the scenario as plain data.
    """

    format: int
    name: str
    title: str
    scenario: str
    scenario_sha256: str
    city: str
    notice: str
    edition: str
    content: str
    reporting_date: str
    starts: str
    ends: str | None
    hours_per_week: float
    hours_used: float
    week: tuple[WeekColumn, ...]
    sessions: tuple[PlannedSession, ...]
    groups: tuple[GroupReach, ...]
    areas: tuple[AreaReach, ...]
    guarantee: GuaranteeReport | None
    quality: Quality
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    start_open: bool = False
    hours_held: float = 0.0
    ended: tuple[PlannedSession, ...] = ()
    fairness: Fairness | None = None
    front: tuple[FrontPoint, ...] = ()
    days: tuple[TeamDay, ...] = ()
    what_if: tuple[WhatIf, ...] = ()
    land: str | None = None
    closed: tuple[tuple[str, str, str], ...] = ()
    wishes: dict[str, Any] = field(default_factory=dict)

    @property
    def new_sessions(self) -> tuple[PlannedSession, ...]:
        """The sessions that the plan adds."""
        return tuple(s for s in self.sessions if not s.existing)

    @property
    def no_hours_left(self) -> bool:
        """Existing sessions of our staff need more hours than there are."""
        return self.hours_held > self.hours_per_week

    def summary(self) -> tuple[str, ...]:
        """The plan in a few German lines."""
        used, hours = plain(round(self.hours_used, 2)), plain(self.hours_per_week)
        time = f"{used} von {hours} Stunden in der Woche."
        if self.no_hours_left:
            time = f"{used} Stunden in der Woche gebraucht, {hours} vorhanden."
        kept = len(self.sessions) - len(self.new_sessions)
        lines = [
            *self.warnings,
            f"{len(self.new_sessions)} neue und {kept} bestehende Sprechstunden, {time}",
        ]
        if self.ended:
            names = "; ".join(s.place_name for s in self.ended)
            lines.append(f"Von den bestehenden entfällt zugunsten anderer: {names}.")
        for group in self.groups:
            step = group.steps[-1]
            lines.append(
                f"{group.title}: in {plain(step.minutes)} Minuten erreicht "
                f"{number(step.before)} vorher, {number(step.after)} nachher, "
                f"von {number(group.need)}."
            )
        if self.guarantee is not None:
            lines.append(self.guarantee.sentence())
        # Of a plan that could add nothing, "the best possible" would say nothing.
        return (*lines,) if self.no_hours_left else (*lines, self.quality.sentence())


class NextSession(NamedTuple):
    """The nearest consultation hour from an area, and the minutes to it."""

    session: PlannedSession
    minutes: float


def next_session(plan: Plan, area: str, group: str | None = None) -> NextSession | None:
    """The nearest consultation hour of a plan from an area, however far it is.

    Parameters
    ----------
    plan
        Its new sessions count, and the existing ones that it keeps.
    area
        Key of one of the finest inhabited areas.
    group
        Key of a target group; None is the nearest session for any of the groups.

    Returns
    -------
    NextSession or None
        The first of the week where the place has several; None where the area is not in the
        plan, or no session can be reached on foot from it.
    """
    rows = [
        a
        for a in plan.areas
        if a.area == area and a.next_minutes is not None and group in (None, a.group)
    ]
    best = min(rows, key=lambda a: a.next_minutes or 0.0, default=None)
    if best is None or best.next_minutes is None:
        return None
    sessions = [s for s in plan.sessions if s.place == best.next_place and best.group in s.groups]
    first = min(sessions, key=lambda s: (s.weekday, s.start), default=None)
    return NextSession(first, best.next_minutes) if first else None


def team_text(session: PlannedSession) -> str:
    """Who holds a session: our team, or another provider with its team."""
    if session.ours:
        return session.team
    return ", ".join(t for t in (session.provider, session.team) if t)


def default_plan(edition: Edition, plans: tuple[Plan, ...]) -> Plan | None:
    """The plan to show first: that of the project's own scenario, else the first by name."""
    own = (edition.manifest.scenario or "").removesuffix(".toml")
    return min(plans, key=lambda p: (p.name != own, p.name), default=None)
