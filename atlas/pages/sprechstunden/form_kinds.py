"""The form's part on kinds of session: lengths, teams, seats, for whom; a new one; without one."""

from dataclasses import replace
from functools import partial

import streamlit as st

from atlas.edition import Edition
from atlas.pages.sprechstunden.desk import Desk
from atlas.pages.sprechstunden.form_groups import say_slip, taken
from atlas.placement.adding import with_changed_kind, with_kind, with_suits, without_kind
from atlas.placement.offers import offers_of
from atlas.placement.scenario import Scenario, SessionKind
from atlas.placement.scenario.words import MOST, MOST_SESSIONS
from atlas.placement.wishes import lengths_of, with_lengths
from atlas.wording import text
from geodata.errors import ProjectError, UserError

_NEW = "new_kind"


def kinds(edition: Edition, desk: Desk, draft: Scenario, language: str) -> Scenario:
    """A frame for each kind that is for a chosen group, and below them a new one."""
    st.caption(text("planen.kinds_help", language))
    offered = desk.offered
    several = len(draft.session_kinds) > 1
    flaws: list[UserError] = []
    for n, kind in enumerate(draft.session_kinds):
        # With the groups that are switched off, too: they keep how well it suits them.
        whole = next((k for k in offered.session_kinds if k.key == kind.key), kind)
        with st.container(border=several):
            try:
                offered = _kind(desk, draft, offered, whole, n, language)
            except UserError as error:
                # The others are drawn all the same: what is not drawn forgets what was typed.
                flaws.append(error)
    _add(edition, desk, language)
    if flaws:
        raise flaws[0]
    desk.offered = offered
    return taken(desk, draft, [g.key for g in draft.groups])


def _kind(
    desk: Desk, draft: Scenario, offered: Scenario, kind: SessionKind, n: int, language: str
) -> Scenario:
    """A kind of session: name and lengths; the rest behind a click."""
    several = len(draft.session_kinds) > 1
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    name = left.text_input(
        text("planen.kind_name", language, n=n + 1) if several else text("planen.kind", language),
        key=desk.key(f"kind_{kind.key}"),
        value=desk.start(f"kind_{kind.key}", kind.name),
        help=text("planen.kind_name_help", language),
    )
    shortest, longest = _lengths(desk, offered, kind, several, language)
    with right.popover(text("planen.more", language), key=desk.key(f"more_kind_{kind.key}")):
        st.markdown(f"**{kind.name}**")
        changed = _suits(desk, draft, _details(desk, kind, language), language)
        st.button(
            text("planen.remove_kind", language),
            key=desk.key(f"remove_kind_{kind.key}"),
            icon=":material/delete:",
            disabled=len(offered.session_kinds) < 2,
            on_click=partial(_remove, desk, kind.key),
        )
    if not any(changed.suits(g.key) for g in draft.groups):
        st.warning(text("planen.kind_for_nobody", language, kind=kind.name))
    if longest < shortest:
        raise ProjectError(text("planen.longest_first", language, kind=kind.name))
    offered = with_changed_kind(offered, replace(changed, name=name), language)
    return with_lengths(offered, kind.key, shortest, longest)


def _lengths(
    desk: Desk, offered: Scenario, kind: SessionKind, several: bool, language: str
) -> tuple[float, float]:
    old = lengths_of(offered, kind)
    name = text("planen.of_kind", language, kind=kind.name) if several else ""
    left, right = st.columns(2)
    shortest = left.number_input(
        text("planen.shortest", language) + name,
        min_value=0.1,
        max_value=12.0,
        step=0.5,
        format="%g",
        key=desk.key(f"shortest_{kind.key}"),
        value=desk.start(f"shortest_{kind.key}", old[0]),
    )
    longest = right.number_input(
        text("planen.longest", language) + name,
        min_value=0.1,
        max_value=12.0,
        step=0.5,
        format="%g",
        key=desk.key(f"longest_{kind.key}"),
        value=desk.start(f"longest_{kind.key}", old[1]),
        help=text("planen.longest_help", language),
    )
    return shortest, longest


def _details(desk: Desk, kind: SessionKind, language: str) -> SessionKind:
    """Teams that a session binds, persons it sees in an hour, persons the room must hold."""
    bound = st.number_input(
        text("planen.kind_staff", language),
        min_value=1,
        max_value=10,
        key=desk.key(f"kind_staff_{kind.key}"),
        value=desk.start(f"kind_staff_{kind.key}", kind.staff),
        help=text("planen.kind_staff_help", language),
    )
    persons = st.number_input(
        text("planen.kind_persons", language),
        min_value=0.001,
        max_value=MOST,
        step=1.0,
        format="%g",
        key=desk.key(f"kind_persons_{kind.key}"),
        value=desk.start(f"kind_persons_{kind.key}", kind.persons_per_hour),
        help=text("planen.kind_persons_help", language),
        placeholder=text("planen.no_limit", language),
    )
    room = st.number_input(
        text("planen.kind_room", language),
        min_value=0,
        max_value=MOST_SESSIONS,
        key=desk.key(f"kind_room_{kind.key}"),
        value=desk.start(f"kind_room_{kind.key}", kind.min_capacity),
        help=text("planen.kind_room_help", language),
    )
    return replace(kind, staff=bound, persons_per_hour=persons, min_capacity=room)


def _suits(desk: Desk, draft: Scenario, kind: SessionKind, language: str) -> SessionKind:
    """How well the kind serves each group; a share that was not touched keeps all its digits."""
    st.caption(text("planen.suits_help", language))
    suits = {}
    for group in draft.groups:
        old = kind.suits(group.key)
        share = st.number_input(
            text("planen.suits", language, group=group.name),
            min_value=0,
            max_value=100,
            step=10,
            key=desk.key(f"suits_{kind.key}_{group.key}"),
            value=desk.start(f"suits_{kind.key}_{group.key}", round(100 * old)),
        )
        suits[group.key] = old if share == round(100 * old) else share / 100
    return with_suits(desk.offered, kind, suits)


def _remove(desk: Desk, key: str) -> None:
    desk.offered = without_kind(desk.offered, key)
    desk.draft = taken(desk, desk.draft, [g.key for g in desk.draft.groups])
    for field in ("kind", "shortest", "longest", "kind_staff", "kind_persons", "kind_room"):
        desk.forget(f"{field}_{key}")
    desk.forget(f"suits_{key}_")
    desk.forget("team_kinds_")


def _add(edition: Edition, desk: Desk, language: str) -> None:
    n = len(desk.offered.kinds)
    label = text("planen.add_kind", language)
    with st.popover(label, icon=":material/add:", key=desk.key(f"{_NEW}_{n}_box")):
        st.text_input(
            text("planen.new_kind_name", language),
            key=desk.key(f"{_NEW}_{n}_name"),
            help=text("planen.new_kind_help", language),
        )
        say_slip(desk, "kinds")
        st.button(
            text("planen.add", language),
            key=desk.key(f"{_NEW}_{n}_add"),
            on_click=partial(_added, edition, desk, f"{_NEW}_{n}_name", language),
        )


def _added(edition: Edition, desk: Desk, field: str, language: str) -> None:
    known = offers_of(edition).session_kinds
    try:
        desk.offered = with_kind(desk.offered, desk.typed(field), known, language)
    except UserError as error:
        desk.slips["kinds"] = str(error)
        return
    desk.draft = taken(desk, desk.draft, [g.key for g in desk.draft.groups])
