"""Consultation hours: look at plans with their reasons, make new ones, compare them."""

from dataclasses import replace

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.pages.sprechstunden import compare, make, show
from atlas.pages.sprechstunden.desk import LOOK, MAKE, WEIGH, open_part, part_of, take_message
from atlas.placement.result import Plan, default_plan, read_plans
from atlas.serving import planning_allowed
from atlas.state import View
from atlas.wording import text
from geodata.errors import UserError


def render(edition: Edition, view: View) -> None:
    """Draw the page."""
    language = view.language
    st.title(text("sprechstunden.title", language))
    st.markdown(text("sprechstunden.intro", language))
    try:
        plans = {p.name: p for p in read_plans(edition)}
    except UserError as error:
        widgets.problem(error)
        plans = {}
    part = _part(plans, language)
    if message := take_message():
        st.success(message, icon=":material/check:")
    if part == MAKE:
        make.render(edition, view, plans)
    elif part == WEIGH:
        compare.render(edition, view, plans)
    else:
        _look(edition, view, plans)


def _part(plans: dict[str, Plan], language: str) -> str:
    """What the reader wants to do; without leave to plan only what that needs not."""
    parts = [LOOK]
    if planning_allowed():
        parts.append(MAKE)
    if len(plans) > 1 or planning_allowed():
        parts.append(WEIGH)
    if len(parts) == 1:
        return LOOK
    part = part_of() if part_of() in parts else LOOK
    key = "sprechstunden_teil"
    st.session_state[key] = part
    st.segmented_control(
        text("planen.part", language),
        parts,
        key=key,
        required=True,
        format_func=lambda p: text(f"planen.part_{p}", language),
        on_change=lambda: open_part(st.session_state[key]),
        label_visibility="collapsed",
    )
    return part


def _look(edition: Edition, view: View, plans: dict[str, Plan]) -> None:
    language = view.language
    plan = _choose(edition, view, plans)
    if plan is None:
        st.info(text("sprechstunden.no_plan", language), icon=":material/event_busy:")
        if planning_allowed():
            st.markdown(text("sprechstunden.no_plan_make", language))
        name = edition.path.name
        st.markdown(text("sprechstunden.no_plan_text", language, edition=name))
    else:
        show.plan(edition, view, plan, show.saved_files(edition, plan))
    if plan is None:
        show.map_of(edition, view, None)
    show.stock(edition, language)


def _choose(edition: Edition, view: View, plans: dict[str, Plan]) -> Plan | None:
    """The plan of the address, else that of the project's own scenario, else the first one."""
    first = default_plan(edition, tuple(plans.values()))
    if first is None:
        return None
    name = view.plan if view.plan in plans else first.name
    if len(plans) > 1:
        st.session_state["sprechstunden_plan"] = name
        st.selectbox(
            text("sprechstunden.choose_plan", view.language),
            list(plans),
            format_func=lambda k: f"{plans[k].title} ({k})",
            key="sprechstunden_plan",
            on_change=lambda: widgets.change(
                replace(view, plan=st.session_state["sprechstunden_plan"])
            ),
        )
    return plans[name]
