"""Two plans beside each other: what differs in the week, and whom each reaches."""

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.pages.sprechstunden.desk import present_desk
from atlas.placement.result import Plan
from atlas.profile.plan_tables import compared_hours, compared_reach, only_in
from atlas.state import View
from atlas.wording import text

_UNSAVED = ""


def render(edition: Edition, view: View, plans: dict[str, Plan]) -> None:
    """Draw this part of the page."""
    language = view.language
    desk = present_desk(edition)
    offered = dict(plans)
    if desk is not None and desk.plan is not None:
        offered[_UNSAVED] = desk.plan
    st.header(text("planen.compare", language), anchor=False)
    if len(offered) < 2:
        st.info(text("planen.compare_none", language), icon=":material/info:")
        return
    keys = list(offered)
    left, right = st.columns(2)
    start = view.plan if view.plan in offered else keys[0]
    a = _pick(left, "a", offered, start, language)
    b = _pick(right, "b", offered, next(k for k in reversed(keys) if k != start), language)
    if a == b:
        st.info(text("planen.compare_same", language), icon=":material/info:")
        return
    _comparison(offered[a], offered[b], language)


def _pick(
    column: st.delta_generator.DeltaGenerator,
    side: str,
    plans: dict[str, Plan],
    start: str,
    language: str,
) -> str:
    key = f"vergleich_{side}"
    if st.session_state.get(key) not in plans:
        st.session_state[key] = start

    def name(k: str) -> str:
        return f"{plans[k].title} ({k or text('planen.not_saved', language)})"

    label = text(f"planen.compare_{side}", language)
    return column.selectbox(label, list(plans), key=key, format_func=name)


def _comparison(a: Plan, b: Plan, language: str) -> None:
    """How two plans differ; the one place where a comparison is put on the screen."""
    st.markdown(compared_hours(a, b, language))
    sides = ("only_a", a, b), ("only_b", b, a)
    for column, (key, mine, other) in zip(st.columns(2), sides, strict=True):
        column.subheader(text(f"planen.{key}", language), anchor=False)
        lines = only_in(mine, other, language) or (text("planen.only_none", language),)
        column.markdown("\n".join(f"- {line}" for line in lines))
    st.subheader(text("sprechstunden.reach", language), anchor=False)
    table = compared_reach(a, b, language)
    if len(table):
        widgets.table(table, language)
    else:
        st.markdown(text("planen.compare_unlike", language))
    st.caption(text("sprechstunden.reach_help", language))
