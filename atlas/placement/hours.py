"""When: the sessions that are held already, and the teams these keep from new ones."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.placement.scenario import HalfDay, Scenario, TargetGroup, minutes_of, suited

Span = tuple[int, int]
"""Start and end in minutes after midnight."""

_ALL = "total"


@dataclass(frozen=True)
class ExistingSession:
    """A consultation hour that is held already; times in minutes after midnight.

    ``half_day`` is the one it shares most minutes with; ``serves`` says for each target group
    how well, 0 to 1. ``valid_from`` and ``valid_to`` are
    ISO dates, empty where open.
    """

    place: int
    provider: str
    team: str
    kind: str
    weekday: int
    start: int
    end: int
    half_day: int | None
    serves: tuple[float, ...]
    ours: bool
    valid_from: str = ""
    valid_to: str = ""

    @property
    def span(self) -> Span:
        """Start and end."""
        return self.start, self.end


def existing_sessions(
    edition: Edition, scenario: Scenario, places: pd.DataFrame, half_days: tuple[HalfDay, ...]
) -> tuple[ExistingSession, ...]:
    """The sessions not ended when the plan begins, by day and time."""
    if scenario.existing.mode == "ignore":
        return ()
    table = edition.table("sessions")
    ended = table["valid_to"].fillna("")
    table = table[(ended == "") | (ended >= (scenario.starts or edition.manifest.reporting_date))]
    texts = ("groups", "provider", "team", "kind", "valid_from", "valid_to")
    table = table.fillna(dict.fromkeys(texts, ""))
    table = table.sort_values(["weekday", "start", "place", "end", "provider", "team"])
    index = pd.Index(places["place"])
    sessions = []
    for row in table.itertuples(index=False):
        weekday, span = (
            int(str(row.weekday)),
            (minutes_of(str(row.start)), minutes_of(str(row.end))),
        )
        day = _half_day(weekday, span, half_days)
        serves = tuple(
            _kind_suits(scenario, str(row.kind), group.key)
            * _serves(str(row.groups), group)
            * (day is None or suited(group.half_days, half_days)[day])
            for group in scenario.groups
        )
        session = ExistingSession(
            place=int(index.get_loc(row.place)),
            provider=str(row.provider),
            team=str(row.team),
            kind=str(row.kind),
            weekday=weekday,
            start=span[0],
            end=span[1],
            half_day=day,
            serves=serves,
            ours=str(row.provider) in scenario.existing.our_providers,
            valid_from=str(row.valid_from),
            valid_to=str(row.valid_to),
        )
        sessions.append(session)
    return tuple(sessions)


def _kind_suits(scenario: Scenario, kind: str, group: str) -> float:
    """How well a kind of session suits a group; one the scenario does not name: fully."""
    named = {k.key: k for k in scenario.kinds}
    return named[kind].suits(group) if kind in named else 1.0


def _serves(groups: str, group: TargetGroup) -> bool:
    """Whether a session's list of groups, separated by semicolons, has the target group."""
    listed = {word.strip() for word in groups.split(";")} - {""}
    return not listed or bool(listed & {_ALL, group.key, *group.session_groups})


def _half_day(weekday: int, span: Span, half_days: tuple[HalfDay, ...]) -> int | None:
    """The half-day that a session shares most minutes with; None on a day without any."""
    shared = [
        min(span[1], h.end) - max(span[0], h.start) if h.weekday == weekday else 0
        for h in half_days
    ]
    best = int(np.argmax(shared)) if shared else 0
    return best if shared and shared[best] > 0 else None


def overlaps(a: Span, b: Span) -> bool:
    """Whether two spans share a minute; one that begins when the other ends does not."""
    return a[0] < b[1] and b[0] < a[1]


def most_at_once(spans: list[Span]) -> int:
    """How many of some spans run at the same minute, at most."""
    return max((sum(a <= start < b for a, b in spans) for start, _ in spans), default=0)


@dataclass(frozen=True)
class TeamsOut:
    """Teams of ours that existing sessions keep from new ones in a half-day.

    Parameters
    ----------
    whole
        Teams whose existing session belongs to the half-day: they take no other there.
    reaching
        Teams whose session of another half-day reaches into this one.
    spans
        When these are still, or already, out.
    """

    whole: int
    reaching: int
    spans: tuple[Span, ...]


def teams_out(
    existing: tuple[ExistingSession, ...], half_days: tuple[HalfDay, ...]
) -> tuple[TeamsOut, ...]:
    """Count our teams that are out, half-day by half-day, in minutes and not in halves of a day."""
    return tuple(_out(existing, t, day) for t, day in enumerate(half_days))


def _out(existing: tuple[ExistingSession, ...], t: int, day: HalfDay) -> TeamsOut:
    by_team: dict[str, list[ExistingSession]] = {}
    for i, s in enumerate(existing):
        if s.ours and s.weekday == day.weekday and overlaps(s.span, (day.start, day.end)):
            by_team.setdefault(s.team or f"#{i}", []).append(s)
    whole = reaching = 0
    spans: list[Span] = []
    for sessions in by_team.values():
        # One name on two sessions at once stands for two teams.
        number = most_at_once([s.span for s in sessions])
        if any(s.half_day == t for s in sessions):
            whole += number
        else:
            reaching += number
            spans += [s.span for s in sessions]
    return TeamsOut(whole, reaching, tuple(spans))
