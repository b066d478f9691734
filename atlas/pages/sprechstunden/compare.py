"""Two plans beside each other: what differs in the week, and whom each reaches."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.pages.sprechstunden import show
from atlas.pages.sprechstunden.desk import present_desk
from atlas.placement.compare import (
    Comparison,
    compare,
    findings,
    session_table,
    write_comparison,
)
from atlas.placement.result import Plan
from atlas.profile.plan_tables import compared_reach, compared_week
from atlas.state import View
from atlas.wording import text
from geodata.errors import UserError

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
    widgets.settle(key, plans, start)

    def name(k: str) -> str:
        return f"{plans[k].title} ({k or text('planen.not_saved', language)})"

    label = text(f"planen.compare_{side}", language)
    return column.selectbox(label, list(plans), key=key, format_func=name)


def _comparison(a: Plan, b: Plan, language: str) -> None:
    """How two plans differ; the one place where a comparison is put on the screen."""
    try:
        found = compare(a, b)
    except UserError as error:
        widgets.problem(error)
        return
    st.markdown("\n".join(f"- {line}" for line in findings(found, language)))
    st.download_button(
        text("vergleich.download", language),
        lambda: _book(found, language),
        file_name=f"{text('vergleich.sheet', language)}_{a.name}_{b.name}.xlsx".lower(),
        mime=show.MIMES["xlsx"],
        icon=":material/download:",
        on_click="ignore",
    )
    st.subheader(text("vergleich.week", language), anchor=False)
    _week(found, language)
    st.subheader(text("sprechstunden.reach", language), anchor=False)
    if found.groups:
        widgets.table(compared_reach(found, language), language)
    st.caption(text("sprechstunden.reach_help", language))


def _book(found: Comparison, language: str) -> bytes:
    with TemporaryDirectory(prefix="vergleich-") as folder:
        file = Path(folder) / "v.xlsx"
        write_comparison(found, file, language)
        return file.read_bytes()


def _week(found: Comparison, language: str) -> None:
    """The sessions that differ, and behind a click all of both plans."""
    different = replace(found, sessions=tuple(m for m in found.sessions if m.state != "both"))
    if different.sessions:
        st.table(compared_week(different, language))
    else:
        st.markdown(text("vergleich.week_same", language))
    with st.expander(text("vergleich.week_all", language)):
        st.dataframe(session_table(found, language), width="stretch", hide_index=True)
