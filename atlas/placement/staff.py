"""What existing sessions of ours leave of the staff for new ones."""

from dataclasses import dataclass

import numpy as np

from atlas.placement.arrays import Bools, Crew, Ints, StaffLimits
from atlas.placement.hours import ExistingSession, teams_out
from atlas.placement.scenario import Scenario, Team, suited
from atlas.placement.situation import Situation

_WEEK = 7


@dataclass(frozen=True)
class StaffLeft:
    """What existing sessions of ours leave for new ones.

    Parameters
    ----------
    teams
        (T,): teams free in the half-day, some of them perhaps for a part of it.
    clear
        (T,): of these, free all half-day long.
    minutes
        Team-minutes of the week.
    sessions
        Of the week.
    held_hours
        Hours of the existing sessions.
    overdrawn
        Half-days in which these need more teams than there are.
    """

    teams: Ints
    clear: Ints
    minutes: int
    sessions: int
    held_hours: float
    overdrawn: tuple[int, ...]


def staff_left(scenario: Scenario, situation: Situation) -> StaffLeft:
    """Take the teams and hours of existing sessions of ours off the scenario's."""
    staff = scenario.staff
    usual = np.full(len(situation.half_days), scenario.team_count)
    for team in scenario.teams:
        usual -= ~np.array(suited(team.half_days, situation.half_days))
    by_part = [
        min(staff.exceptions.get(h.part, n), n)
        if scenario.teams
        else staff.exceptions.get(h.part, n)
        for h, n in zip(situation.half_days, usual.tolist(), strict=True)
    ]
    by_day = [
        staff.exceptions.get(h.key, n) for h, n in zip(situation.half_days, by_part, strict=True)
    ]
    out = teams_out(situation.existing, situation.half_days)
    left = np.array(by_day, dtype=np.int64) - np.array([o.whole for o in out], dtype=np.int64)
    clear = left - np.array([o.reaching for o in out], dtype=np.int64)
    held = sum(s.end - s.start for s in situation.existing if s.ours)
    free = max(round(staff.hours_per_week * 60) - held, 0)
    cheapest = int((situation.options.staff * situation.options.shortest).min(initial=24 * 60))
    sessions = free // cheapest
    if staff.max_sessions is not None:
        sessions = min(sessions, staff.max_sessions)
    return StaffLeft(
        np.maximum(left, 0),
        np.maximum(clear, 0),
        free,
        sessions,
        held / 60,
        tuple(int(t) for t in np.flatnonzero(left < 0)),
    )


def staff_limits(scenario: Scenario, situation: Situation, day_high: Ints) -> StaffLimits:
    """The staff's limits of the model."""
    left = staff_left(scenario, situation)
    crews = _crews(scenario, situation)
    return StaffLimits(left.teams, left.clear, left.minutes, left.sessions, day_high, crews)


def day_limits(scenario: Scenario, situation: Situation) -> tuple[Ints, Ints]:
    """(7,), (7,): new sessions at least and at most on a weekday; those of ours count."""
    held = np.bincount([s.weekday for s in situation.existing if s.ours], minlength=_WEEK)
    spread = scenario.spread
    least = np.where(np.isin(np.arange(_WEEK), scenario.weekdays), spread.min_per_weekday, 0)
    most = 10_000 if spread.max_per_weekday is None else spread.max_per_weekday
    low = np.maximum(least - held, 0).astype(np.int64)
    high = np.maximum(most - held, 0).astype(np.int64)
    return low, high


@dataclass(frozen=True)
class TeamLeft:
    """What a named team has left beside its existing sessions.

    Parameters
    ----------
    free
        (T,): it can hold a new session in the half-day.
    kinds
        (S,): the kinds it holds.
    week_minutes, day_minutes
        Minutes left in the week, and (7,) on each weekday; None: no limit.
    """

    free: Bools
    kinds: Bools
    week_minutes: int | None
    day_minutes: Ints | None


def team_left(
    scenario: Scenario, situation: Situation, team: Team, held: tuple[ExistingSession, ...]
) -> TeamLeft:
    """Take a named team's existing sessions off its hours and half-days."""
    free = np.array(suited(team.half_days, situation.half_days), dtype=bool)
    free[[s.half_day for s in held if s.half_day is not None]] = False
    kinds = np.array([not team.kinds or k.key in team.kinds for k in scenario.session_kinds])
    by_day = np.zeros(_WEEK, dtype=np.int64)
    for s in held:
        by_day[s.weekday] += s.end - s.start
    week = day = None
    if team.hours_per_week is not None:
        week = max(round(team.hours_per_week * 60) - int(by_day.sum()), 0)
    if team.hours_per_day is not None:
        day = np.maximum(round(team.hours_per_day * 60) - by_day, 0)
    return TeamLeft(free, kinds, week, day)


def _crews(scenario: Scenario, situation: Situation) -> tuple[Crew, ...]:
    """Named teams, those with the same limits together."""
    alike: dict[tuple[object, ...], list[TeamLeft]] = {}
    for team in scenario.teams:
        held = tuple(s for s in situation.existing if s.ours and s.team == team.name)
        left = team_left(scenario, situation, team, held)
        day = None if left.day_minutes is None else left.day_minutes.tobytes()
        key = (left.free.tobytes(), left.kinds.tobytes(), left.week_minutes, day)
        alike.setdefault(key, []).append(left)
    shortest = int(situation.options.shortest.min(initial=24 * 60))
    return tuple(_crew(members[0], len(members), shortest) for members in alike.values())


def _crew(team: TeamLeft, count: int, shortest: int) -> Crew:
    week = team.week_minutes
    return Crew(
        free=team.free.astype(np.int64) * count,
        kinds=team.kinds,
        week_minutes=None if week is None else week * count,
        week_sessions=None if week is None else week // shortest * count,
        day_minutes=None if team.day_minutes is None else team.day_minutes * count,
    )
