"""Consultation hours: rooms, what is there already, and the plan with its reasons."""

from dataclasses import replace

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.maps import describe
from atlas.placement.result import Plan, default_plan, read_plans
from atlas.profile.week import (
    existing_table,
    missed_regions,
    place_marks,
    plan_summary,
    reach_table,
    reason_table,
    room_table,
    week_table,
)
from atlas.state import VALUE, View
from atlas.wording import number, text

_ROOMS_SHOWN = 80
"""With more rooms than these a map shows only those with hours, unless it is asked for."""
_REASONS_OPEN = 20
_FILES = (
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ics", "text/calendar"),
)


def render(edition: Edition, view: View) -> None:
    """Draw the page."""
    language = view.language
    st.title(text("sprechstunden.title", language))
    st.markdown(text("sprechstunden.intro", language))
    plan = _choose(edition, view)
    if plan is None:
        st.info(text("sprechstunden.no_plan", language), icon=":material/event_busy:")
        st.markdown(text("sprechstunden.no_plan_text", language, edition=edition.path.name))
    else:
        _summary(edition, plan, language)
    _map(edition, view, plan)
    if plan is not None:
        _week(edition, plan, language)
    _existing(edition, language)


def _choose(edition: Edition, view: View) -> Plan | None:
    """The plan of the address, else that of the project's own scenario, else the first one."""
    plans = {p.name: p for p in read_plans(edition)}
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


def _summary(edition: Edition, plan: Plan, language: str) -> None:
    """What the plan achieves, and its files."""
    st.header(plan.title, anchor=False)
    for warning in plan.warnings:
        st.warning(warning, icon=":material/warning:")
    st.markdown("\n".join(f"- {line}" for line in plan_summary(plan, language)))
    missed = missed_regions(plan, language)
    if missed:
        with st.expander(text("sprechstunden.missed", language)):
            for sentence in missed:
                st.markdown(sentence)
    columns = st.columns([1, 1, 2])
    for column, (kind, mime) in zip(columns, _FILES, strict=False):
        file = edition.plans_path / plan.name / f"plan.{kind}"
        if file.is_file():
            with column:
                st.download_button(
                    text(f"sprechstunden.download_{kind}", language),
                    file.read_bytes,
                    file_name=f"{plan.name}.{kind}",
                    mime=mime,
                    icon=":material/download:",
                    on_click="ignore",
                    width="stretch",
                )
    st.subheader(text("sprechstunden.reach", language), anchor=False)
    st.table(reach_table(plan, language))
    st.caption(text("sprechstunden.reach_help", language))
    with st.expander(text("sprechstunden.all_walks", language)):
        st.table(reach_table(plan, language, widest_only=False))


def _map(edition: Edition, view: View, plan: Plan | None) -> None:
    """Rooms and hours above the figure that the reader last looked at."""
    language = view.language
    st.header(text("sprechstunden.map", language), anchor=False)
    if edition.places.empty:
        st.markdown(text("sprechstunden.rooms_none", language))
        return
    rooms = st.toggle(
        text("sprechstunden.show_rooms", language),
        value=len(edition.places) <= _ROOMS_SHOWN or plan is None,
    )
    marks = place_marks(edition, plan, language, rooms=rooms)
    description = describe(edition, replace(view, page="karte", layer=VALUE, area=None), marks)
    chart, side = st.columns([3, 1], gap="medium")
    with chart:
        clicked = widgets.live_map(edition, description, key="sprechstunden_karte", height=480)
        widgets.source_line(description.source)
    with side:
        widgets.symbol_legend(marks, language)
        st.markdown(text("sprechstunden.map_legend", language, name=description.title))
        widgets.legend(description.classes, description.counts, language)
    if clicked:
        widgets.open_page(replace(view, page="gebiet", area=clicked))


def _week(edition: Edition, plan: Plan, language: str) -> None:
    st.header(text("sprechstunden.week", language), anchor=False)
    st.caption(text("sprechstunden.week_help", language))
    st.table(week_table(plan, language))
    if plan.new_sessions:
        _reasons(edition, plan, language)
    if plan.notes:
        with st.expander(text("sprechstunden.notes", language)):
            st.markdown("\n".join(f"- {note}" for note in plan.notes))


def _reasons(edition: Edition, plan: Plan, language: str) -> None:
    """Why each new hour is where it is."""
    st.header(text("sprechstunden.reasons", language), anchor=False)
    st.caption(text("sprechstunden.reason_new", language))
    reasons = reason_table(edition, plan, language)
    if len(reasons) <= _REASONS_OPEN:
        st.table(reasons)
    else:
        with st.expander(text("sprechstunden.all_reasons", language, n=number(len(reasons)))):
            st.table(reasons)


def _existing(edition: Edition, language: str) -> None:
    st.header(text("sprechstunden.existing", language), anchor=False)
    held = existing_table(edition, language)
    if len(held):
        st.table(held)
    else:
        st.markdown(text("sprechstunden.existing_none", language))
    rooms = room_table(edition, language)
    if len(rooms):
        with st.expander(text("sprechstunden.rooms", language)):
            st.dataframe(rooms, width="stretch")
