"""The second half of the form: teams, the week, and how long to search."""

import math
from dataclasses import replace
from datetime import date

import streamlit as st

from atlas.pages.sprechstunden.desk import Desk
from atlas.placement.scenario import (
    Between,
    Robust,
    Scenario,
    Team,
    half_days_of,
    suited,
)
from atlas.placement.scenario.words import MOST, MOST_HOURS, MOST_SESSIONS
from atlas.placement.wishes import budgets_of
from atlas.wording import plain, text, weekday
from geodata.errors import ProjectError

_MOST_NAMED = 60


def staff(desk: Desk, draft: Scenario, language: str) -> Scenario:
    """Who holds the sessions: teams by name, their hours, half-days and kinds."""
    named = st.toggle(
        text("planen.teams_named", language),
        key=desk.key("teams_named"),
        value=desk.start("teams_named", bool(draft.teams)),
        help=text("planen.teams_named_help", language),
    )
    if not named:
        return replace(draft, teams=())
    count = draft.staff.teams or 1
    if count > _MOST_NAMED:
        # Every row is drawn again at every change: a thousand would take half a minute.
        many = text("planen.teams_many", language, most=_MOST_NAMED)
        if count != len(draft.teams):
            raise ProjectError(many)
        st.caption(many)
        return draft
    return replace(draft, teams=tuple(_team(desk, draft, n, language) for n in range(count)))


def _team(desk: Desk, draft: Scenario, n: int, language: str) -> Team:
    """A row of the form: a team, its hours and its half-days."""
    usual = Team(text("planen.team_n", language, n=n + 1))
    old = draft.teams[n] if n < len(draft.teams) else usual
    half_days = half_days_of(draft)
    names = {h.key: f"{weekday(h.weekday, language)} {h.part_name}" for h in half_days}
    works = [h.key for h, on in zip(half_days, suited(old.half_days, half_days), strict=True) if on]
    first, second, third = st.columns([2, 1, 3])
    name = first.text_input(
        text("planen.team_name", language, n=n + 1),
        key=desk.key(f"team_{n}"),
        value=desk.start(f"team_{n}", old.name),
    )
    hours = second.number_input(
        text("planen.team_hours", language, n=n + 1),
        min_value=0.0,
        max_value=float(MOST_HOURS),
        step=1.0,
        format="%g",
        key=desk.key(f"team_hours_{n}"),
        value=desk.start(f"team_hours_{n}", old.hours_per_week),
        placeholder=text("planen.no_limit", language),
    )
    chosen = third.multiselect(
        text("planen.team_half_days", language, n=n + 1),
        list(names),
        key=desk.key(f"team_half_days_{n}"),
        default=desk.starts_of(f"team_half_days_{n}", list(names), works if old.half_days else ()),
        format_func=lambda k: names[k],
        placeholder=text("planen.all_half_days", language),
    )
    same = sorted(chosen) == sorted(works if old.half_days else [])
    days = old.half_days if same else tuple(k for k in names if k in chosen)
    kinds = _team_kinds(desk, draft, old, n, language)
    name = name.strip() or usual.name
    return replace(old, name=name, hours_per_week=hours, half_days=days, kinds=kinds)


def _team_kinds(desk: Desk, draft: Scenario, old: Team, n: int, language: str) -> tuple[str, ...]:
    """Which kinds of session a team holds, where there are several."""
    names = {k.key: k.name for k in draft.session_kinds}
    if len(names) < 2:
        return old.kinds
    chosen = st.multiselect(
        text("planen.team_kinds", language, n=n + 1),
        list(names),
        key=desk.key(f"team_kinds_{n}"),
        default=desk.starts_of(f"team_kinds_{n}", list(names), old.kinds),
        format_func=lambda k: names.get(k, k),
        placeholder=text("planen.all_kinds", language),
    )
    return old.kinds if sorted(chosen) == sorted(old.kinds) else tuple(chosen)


def week(desk: Desk, draft: Scenario, language: str) -> Scenario:
    """When it begins, how sessions spread over the days, how teams get from room to room."""
    draft = _dates(desk, draft, language)
    spread = draft.spread
    left, right = st.columns(2)
    least = left.number_input(
        text("planen.per_day_least", language),
        min_value=0,
        max_value=MOST_SESSIONS,
        key=desk.key("per_day_least"),
        value=desk.start("per_day_least", spread.min_per_weekday),
    )
    most = right.number_input(
        text("planen.per_day_most", language),
        min_value=0,
        max_value=MOST_SESSIONS,
        key=desk.key("per_day_most"),
        value=desk.start("per_day_most", spread.max_per_weekday),
        placeholder=text("planen.no_limit", language),
    )
    apart = st.toggle(
        text("planen.different_days", language),
        key=desk.key("different_days"),
        value=desk.start("different_days", spread.different_days),
    )
    changed = replace(spread, min_per_weekday=least, max_per_weekday=most, different_days=apart)
    return _between(desk, replace(draft, spread=changed), language)


def _dates(desk: Desk, draft: Scenario, language: str) -> Scenario:
    left, right = st.columns(2)
    starts = left.date_input(
        text("planen.starts", language),
        format="DD.MM.YYYY",
        key=desk.key("starts"),
        value=desk.start("starts", _date(draft.starts)),
        help=text("planen.starts_help", language),
    )
    ends = right.date_input(
        text("planen.ends", language),
        format="DD.MM.YYYY",
        key=desk.key("ends"),
        value=desk.start("ends", _date(draft.ends)),
        disabled=starts is None,
        help=text("planen.ends_help", language),
    )
    if starts is None:
        return replace(draft, starts=None, ends=None)
    if ends is not None and ends < starts:
        raise ProjectError(text("planen.ends_first", language))
    return replace(draft, starts=starts.isoformat(), ends=ends.isoformat() if ends else None)


def _date(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


def _between(desk: Desk, draft: Scenario, language: str) -> Scenario:
    old = draft.between or Between()
    on = st.toggle(
        text("planen.between", language),
        key=desk.key("between"),
        value=desk.start("between", draft.between is not None),
        help=text("planen.between_help", language),
    )
    if not on:
        return replace(draft, between=None)
    left, right = st.columns(2)
    speed = left.number_input(
        text("planen.speed", language),
        min_value=0.1,
        max_value=MOST,
        step=1.0,
        format="%g",
        key=desk.key("speed"),
        value=desk.start("speed", float(old.speed_kmh)),
        help=text("planen.speed_help", language),
    )
    rest = right.number_input(
        text("planen.rest", language),
        min_value=0.0,
        max_value=MOST,
        step=5.0,
        format="%g",
        key=desk.key("rest"),
        value=desk.start("rest", float(old.break_minutes)),
    )
    return replace(draft, between=replace(old, speed_kmh=speed, break_minutes=rest))


def search(desk: Desk, draft: Scenario, language: str) -> Scenario:
    """How long and how exactly to search, and for which other budgets."""
    rule, limit = draft.solve, draft.solve.time_limit_seconds
    left, right = st.columns(2)
    seconds = left.number_input(
        text("planen.seconds", language),
        min_value=0.1,
        max_value=MOST,
        step=30.0,
        format="%g",
        key=desk.key("seconds"),
        value=desk.start("seconds", None if limit == math.inf else limit),
        placeholder=text("planen.no_limit", language),
        help=text("planen.seconds_help", language),
    )
    gap = right.number_input(
        text("planen.gap", language),
        min_value=0.0,
        max_value=99.9,
        step=0.5,
        format="%g",
        key=desk.key("gap"),
        value=desk.start("gap", round(100 * rule.gap, 6)),
        help=text("planen.gap_help", language),
    )
    draft = replace(draft, solve=replace(rule, time_limit_seconds=seconds, gap=gap / 100))
    draft = _robust(desk, draft, language)
    budgets = st.text_input(
        text("planen.budgets", language),
        key=desk.key("budgets"),
        value=desk.start("budgets", "; ".join(_hours(h, language) for h in draft.front)),
        help=text("planen.budgets_help", language),
        placeholder="40; 60; 80",
    )
    return replace(draft, front=budgets_of(budgets))


def _hours(x: float, language: str) -> str:
    return plain(x, language).replace(".", "" if language == "de" else ".")


def _robust(desk: Desk, draft: Scenario, language: str) -> Scenario:
    on = st.toggle(
        text("planen.robust", language),
        key=desk.key("robust"),
        value=desk.start("robust", draft.robust is not None),
        help=text("planen.robust_help", language),
    )
    if not on:
        return replace(draft, robust=None)
    areas = st.number_input(
        text("planen.robust_areas", language),
        min_value=1,
        key=desk.key("robust_areas"),
        value=desk.start("robust_areas", draft.robust.areas if draft.robust else 5),
    )
    return replace(draft, robust=Robust(areas))
