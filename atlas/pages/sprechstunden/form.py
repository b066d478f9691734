"""The wishes for a plan as a form: how many hours, how far, which rooms. See `form_groups` too."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import streamlit as st

from atlas.edition import Edition
from atlas.pages.sprechstunden import form_groups, form_kinds, form_priorities, form_week
from atlas.pages.sprechstunden.desk import Desk
from atlas.placement.scenario import BarrierRule, Guarantee, Limit, Scenario
from atlas.placement.scenario.words import MOST, MOST_HOURS
from atlas.placement.wishes import with_reach
from atlas.profile.figures import words
from atlas.wording import text, word_or_key
from geodata.errors import UserError

_LEVELS = 3
_BARRIER: tuple[BarrierRule, ...] = ("any", "not_no", "yes")
_MODES: tuple[Literal["keep", "free", "ignore"], ...] = ("keep", "free", "ignore")
_OWNERS: tuple[Literal["public", "non_profit", "other", "unknown"], ...] = (
    "public",
    "non_profit",
    "other",
    "unknown",
)


def wishes(edition: Edition, desk: Desk, language: str) -> None:
    """Draw the form; the desk's draft is what it says, its flaws what cannot be read."""
    draft, flaws = _hours(desk, desk.draft, language), []
    sections: tuple[tuple[str, Callable[[Scenario], Scenario]], ...] = (
        ("groups", lambda d: form_groups.groups(edition, desk, d, language)),
        ("kinds", lambda d: form_kinds.kinds(edition, desk, d, language)),
        ("priorities", lambda d: form_priorities.priorities(edition, desk, d, language)),
        ("staff", lambda d: _existing(edition, desk, form_week.staff(desk, d, language), language)),
        ("ways", lambda d: _guarantee(edition, desk, _ways(desk, d, language), language)),
        ("rooms", lambda d: _rooms(edition, desk, d, language)),
        ("week", lambda d: form_week.week(desk, d, language)),
        ("search", lambda d: form_week.search(desk, d, language)),
    )
    for name, section in sections:
        with st.expander(text(f"planen.section_{name}", language)):
            try:
                draft = section(draft)
            except UserError as error:
                flaws.append(error)
                st.error(str(error), icon=":material/error:")
    desk.draft, desk.flaws = draft, flaws


def _hours(desk: Desk, draft: Scenario, language: str) -> Scenario:
    """What is changed most often stands above everything else."""
    left, right = st.columns(2)
    hours = left.number_input(
        text("planen.hours", language),
        min_value=0.0,
        max_value=float(MOST_HOURS),
        step=1.0,
        format="%g",
        key=desk.key("hours"),
        value=desk.start("hours", float(draft.staff.hours_per_week)),
        help=text("planen.hours_help", language),
    )
    teams = right.number_input(
        text("planen.teams", language),
        min_value=0,
        max_value=1000,
        step=1,
        key=desk.key("teams"),
        value=desk.start("teams", draft.team_count),
        help=text("planen.teams_help", language),
    )
    staff = replace(draft.staff, hours_per_week=hours, teams=teams)
    return replace(draft, staff=staff)


def _existing(edition: Edition, desk: Desk, draft: Scenario, language: str) -> Scenario:
    existing = draft.existing
    mode = st.radio(
        text("planen.existing", language),
        _MODES,
        key=desk.key("existing"),
        index=desk.start_of("existing", _MODES, existing.mode),
        format_func=lambda m: text(f"planen.existing_{m}", language),
    )
    found = {words(p) for p in edition.table("sessions")["provider"]} - {""}
    providers = sorted(found | set(existing.our_providers))
    ours = st.multiselect(
        text("planen.ours", language),
        providers,
        key=desk.key("ours"),
        default=desk.starts_of("ours", providers, existing.our_providers),
        help=text("planen.ours_help", language),
        placeholder=text("planen.none_chosen", language),
    )
    return replace(draft, existing=replace(existing, mode=mode, our_providers=tuple(ours)))


def _ways(desk: Desk, draft: Scenario, language: str) -> Scenario:
    st.caption(text("planen.ways_help", language))
    levels = []
    for n in range(max(_LEVELS, len(draft.reach))):
        here = draft.reach[n] if n < len(draft.reach) else None
        left, right = st.columns(2)
        minutes = left.number_input(
            text("planen.minutes", language, n=n + 1),
            min_value=0.1,
            max_value=MOST,
            step=1.0,
            format="%g",
            key=desk.key(f"minutes_{n}"),
            value=desk.start(f"minutes_{n}", here.minutes if here else None),
            placeholder=text("planen.unused", language),
        )
        share = right.number_input(
            text("planen.share", language, n=n + 1),
            min_value=1,
            max_value=100,
            step=5,
            key=desk.key(f"share_{n}"),
            value=desk.start(f"share_{n}", round(100 * here.weight) if here else None),
            placeholder=text("planen.unused", language),
        )
        if minutes is not None and share is not None:
            # A weight that was not touched keeps all its digits.
            same = here is not None and share == round(100 * here.weight)
            levels.append((minutes, here.weight if here and same else share / 100))
    return with_reach(draft, levels)


def _guarantee(edition: Edition, desk: Desk, draft: Scenario, language: str) -> Scenario:
    levels = {level.key: level.plural for level in edition.manifest.levels[:-1]}
    if not levels:
        return _limit(desk, draft, language)
    old = draft.guarantee or Guarantee(list(levels)[-1], 20)
    on = st.toggle(
        text("planen.guarantee", language),
        key=desk.key("guarantee"),
        value=desk.start("guarantee", draft.guarantee is not None),
        help=text("planen.guarantee_help", language),
    )
    if on:
        left, right = st.columns(2)
        level = left.selectbox(
            text("planen.guarantee_level", language),
            list(levels),
            format_func=lambda k: levels[k],
            key=desk.key("guarantee_level"),
            index=desk.start_of("guarantee_level", list(levels), old.level),
        )
        minutes = right.number_input(
            text("planen.guarantee_minutes", language),
            min_value=0.1,
            max_value=MOST,
            step=1.0,
            format="%g",
            key=desk.key("guarantee_minutes"),
            value=desk.start("guarantee_minutes", float(old.minutes)),
        )
        old = replace(old, level=level, minutes=minutes)
    draft = replace(draft, guarantee=old if on else None)
    return _limit(desk, draft, language)


def _limit(desk: Desk, draft: Scenario, language: str) -> Scenario:
    old = draft.limit or Limit(60)
    on = st.toggle(
        text("planen.limit", language),
        key=desk.key("limit"),
        value=desk.start("limit", draft.limit is not None),
        help=text("planen.limit_help", language),
    )
    if not on:
        return replace(draft, limit=None)
    minutes = st.number_input(
        text("planen.limit_minutes", language),
        min_value=0.1,
        max_value=MOST,
        step=5.0,
        format="%g",
        key=desk.key("limit_minutes"),
        value=desk.start("limit_minutes", float(old.minutes)),
    )
    return replace(draft, limit=replace(old, minutes=minutes))


def _rooms(edition: Edition, desk: Desk, draft: Scenario, language: str) -> Scenario:
    rooms, places = draft.rooms, edition.table("places")
    empty = text("planen.all_allowed", language)
    owners = st.multiselect(
        text("planen.owners", language),
        _OWNERS,
        key=desk.key("owners"),
        default=desk.starts_of("owners", _OWNERS, rooms.owners),
        format_func=lambda k: word_or_key("owner", k, language),
        help=text("planen.owners_help", language),
        placeholder=text("planen.none_chosen", language),
    )
    there = sorted({words(k) for k in places["kind"]} | set(rooms.kinds))
    kinds = st.multiselect(
        text("planen.room_kinds", language),
        there,
        key=desk.key("kinds"),
        default=desk.starts_of("kinds", there, rooms.kinds),
        format_func=lambda k: word_or_key("kind", k, language),
        placeholder=empty,
    )
    barrier = st.radio(
        text("planen.barrier", language),
        _BARRIER,
        key=desk.key("barrier"),
        index=desk.start_of("barrier", _BARRIER, rooms.barrier_free),
        format_func=lambda k: text(f"planen.barrier_{k}", language),
    )
    accepted = {p for found in places["accepts"] for p in words(found).split(";") if p}
    known = sorted(accepted | set(rooms.purposes))
    purposes = st.multiselect(
        text("planen.purposes", language),
        known,
        key=desk.key("purposes"),
        default=desk.starts_of("purposes", known, rooms.purposes),
        format_func=lambda k: word_or_key("purpose", k, language),
        help=text("planen.purposes_help", language),
        placeholder=text("planen.none_chosen", language),
    )
    most = st.number_input(
        text("planen.per_room", language),
        min_value=1,
        max_value=20,
        key=desk.key("per_room"),
        value=desk.start("per_room", rooms.max_sessions_per_room),
    )
    changed = replace(
        rooms,
        owners=tuple(owners),
        kinds=tuple(kinds),
        barrier_free=barrier,
        purposes=tuple(purposes),
        max_sessions_per_room=most,
    )
    return replace(draft, rooms=changed)
