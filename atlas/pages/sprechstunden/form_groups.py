"""The form's part on target groups: on and off, weight, details; a new one; without one."""

from dataclasses import replace
from functools import partial

import streamlit as st

from atlas.edition import Edition
from atlas.pages.sprechstunden.desk import Desk
from atlas.placement.adding import with_group, without_group
from atlas.placement.offers import Offers, offers_of, way_name
from atlas.placement.scenario import Scenario, TargetGroup, Term
from atlas.placement.scenario.words import MOST
from atlas.placement.wishes import with_groups
from atlas.wording import text
from geodata.errors import UserError

_NEW = "new_group"


def groups(edition: Edition, desk: Desk, draft: Scenario, language: str) -> Scenario:
    """A row for each group that is on offer, and below them a new one."""
    offers = offers_of(edition, language)
    st.caption(text("planen.groups_help", language))
    on = {g.key for g in desk.draft.groups}
    rows = [_group(desk, draft, g, offers, g.key in on, language) for g in desk.offered.groups]
    desk.offered = replace(desk.offered, groups=tuple(g for g, _ in rows))
    _add(edition, desk, offers, language)
    chosen = [g.key for g, wanted in rows if wanted]
    if not chosen:
        st.warning(text("planen.groups_none", language), icon=":material/warning:")
        return draft
    return taken(desk, draft, chosen)


def taken(desk: Desk, draft: Scenario, keys: list[str]) -> Scenario:
    """The draft with what is on offer for these groups; what names only others goes."""
    offered = desk.offered
    staff = replace(draft.staff, session_hours=offered.staff.session_hours)
    full = replace(draft, staff=staff, kinds=offered.kinds, priorities=offered.priorities)
    return with_groups(full, [g for g in offered.groups if g.key in keys])


def _group(
    desk: Desk, draft: Scenario, group: TargetGroup, offers: Offers, on: bool, language: str
) -> tuple[TargetGroup, bool]:
    """A row of the form: whether the group counts, and how much one of it does."""
    left, middle, right = st.columns([5, 3, 2], vertical_alignment="center")
    wanted = left.toggle(
        group.name, key=desk.key(f"group_{group.key}"), value=desk.start(f"group_{group.key}", on)
    )
    left.caption(text("planen.counted", language, counted=group.counted))
    weight = middle.number_input(
        text("planen.weight", language),
        min_value=0.001,
        max_value=MOST,
        step=0.5,
        format="%g",
        key=desk.key(f"weight_{group.key}"),
        value=desk.start(f"weight_{group.key}", float(group.weight)),
        disabled=not wanted,
    )
    with right.popover(text("planen.more", language), key=desk.key(f"more_group_{group.key}")):
        st.markdown(f"**{group.name}**")
        group = _details(desk, draft, group, offers, language)
        st.button(
            text("planen.remove_group", language),
            key=desk.key(f"remove_group_{group.key}"),
            icon=":material/delete:",
            disabled=len(desk.offered.groups) < 2,
            on_click=partial(_remove, desk, group.key),
        )
    return replace(group, weight=weight), wanted


def _details(
    desk: Desk, draft: Scenario, group: TargetGroup, offers: Offers, language: str
) -> TargetGroup:
    """How the group comes, when, how many of it, and what existing sessions call it."""
    ways = list(dict.fromkeys([*offers.ways, group.way]))
    way = st.selectbox(
        text("planen.group_way", language),
        ways,
        key=desk.key(f"way_{group.key}"),
        index=desk.start_of(f"way_{group.key}", ways, group.way),
        format_func=lambda w: offers.ways.get(w) or way_name(w, language),
    )
    parts = {p.key: p.name for p in draft.day_parts}
    half_days = list(dict.fromkeys([*parts, *group.half_days]))
    times = st.multiselect(
        text("planen.group_times", language),
        half_days,
        key=desk.key(f"times_{group.key}"),
        default=desk.starts_of(f"times_{group.key}", half_days, group.half_days),
        format_func=lambda k: parts.get(k, k),
        placeholder=text("planen.all_half_days", language),
    )
    found = list(dict.fromkeys([*offers.session_words, *group.session_groups]))
    named = st.multiselect(
        text("planen.group_words", language),
        found,
        key=desk.key(f"words_{group.key}"),
        default=desk.starts_of(f"words_{group.key}", found, group.session_groups),
        format_func=lambda w: offers.session_words.get(w, w),
        help=text("planen.group_words_help", language),
        placeholder=text("planen.none_chosen", language),
    )
    visits = _visits(desk, group, language)
    changed = replace(group, mode=way[0], profile=way[1], visits_per_week=visits)
    return replace(changed, half_days=tuple(times), session_groups=tuple(named))


def _visits(desk: Desk, group: TargetGroup, language: str) -> float | None:
    """The share that comes in a week; one that was not touched keeps all its digits."""
    old = None if group.visits_per_week is None else round(100 * group.visits_per_week, 6)
    share = st.number_input(
        text("planen.group_visits", language),
        min_value=0.0,
        max_value=100.0,
        step=0.5,
        format="%g",
        key=desk.key(f"visits_{group.key}"),
        value=desk.start(f"visits_{group.key}", old),
        help=text("planen.group_visits_help", language),
        placeholder=text("planen.unused", language),
    )
    if share is None:
        return None
    return group.visits_per_week if share == old else share / 100


def _remove(desk: Desk, key: str) -> None:
    desk.offered = without_group(desk.offered, key)
    rest = [g.key for g in desk.draft.groups if g.key != key]
    # Without another one that is switched on, the draft keeps what it had.
    desk.draft = taken(desk, desk.draft, rest or [g.key for g in desk.offered.groups])
    for field in ("group", "weight", "way", "times", "words", "visits"):
        desk.forget(f"{field}_{key}")


def _add(edition: Edition, desk: Desk, offers: Offers, language: str) -> None:
    """A new group: whom the edition counts, and what it is called."""
    n = len(desk.offered.groups)
    label = text("planen.add_group", language)
    with st.popover(label, icon=":material/add:", key=desk.key(f"{_NEW}_{n}_box")):
        st.selectbox(
            text("planen.new_need", language),
            list(offers.needs),
            index=None,
            key=desk.key(f"{_NEW}_{n}_need"),
            format_func=lambda k: offers.needs[k],
            placeholder=text("planen.choose", language),
        )
        st.selectbox(
            text("planen.new_share", language),
            list(offers.shares),
            index=None,
            key=desk.key(f"{_NEW}_{n}_share"),
            format_func=lambda k: offers.shares[k],
            help=text("planen.new_share_help", language),
            placeholder=text("planen.new_share_none", language),
        )
        st.text_input(
            text("planen.new_group_name", language),
            key=desk.key(f"{_NEW}_{n}_name"),
            help=text("planen.new_group_name_help", language),
        )
        say_slip(desk, "groups")
        st.button(
            text("planen.add", language),
            key=desk.key(f"{_NEW}_{n}_add"),
            on_click=partial(_added, edition, desk, f"{_NEW}_{n}", language),
        )


def say_slip(desk: Desk, part: str) -> None:
    """Say why something could not be added, once."""
    if slip := desk.slips.pop(part, ""):
        st.error(slip, icon=":material/error:")


def _added(edition: Edition, desk: Desk, new: str, language: str) -> None:
    cell, share = desk.typed(f"{new}_need"), desk.typed(f"{new}_share")
    if not cell:
        desk.slips["groups"] = text("planen.new_need_none", language)
        return
    term = Term(share=share, of=cell) if share else Term(measure=cell)
    try:
        # Names in the plan's files are German, whatever language the page is in.
        counted = _counted(offers_of(edition), term)
        name = desk.typed(f"{new}_name")
        desk.offered = with_group(desk.offered, name, term, counted, language)
    except UserError as error:
        desk.slips["groups"] = str(error)
        return
    on = [g.key for g in desk.draft.groups]
    desk.draft = taken(desk, desk.draft, [*on, desk.offered.groups[-1].key])
    for kind in desk.offered.kinds:
        desk.forget(f"suits_{kind.key}_{desk.offered.groups[-1].key}")


def _counted(offers: Offers, term: Term) -> str:
    """What a group counts, as it stands after a number."""
    counted = offers.needs[term.measure or term.of or ""]
    return counted if term.share is None else f"{offers.shares[term.share]} × {counted}"
