"""One plan on the screen: what it achieves, its map, its week, its reasons, its files."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.maps import describe
from atlas.maps.reach import describe_reach
from atlas.placement.result import Plan
from atlas.placement.saving import files_in, zipped
from atlas.profile.plan_front import TOTAL, front_chart
from atlas.profile.plan_tables import (
    area_lines,
    area_table,
    ended_lines,
    fairness_lines,
    far_lines,
    loss_table,
    team_table,
)
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
_FIGURE = ""
"""Instead of a target group: areas are coloured by the figure that was looked at last."""
MIMES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ics": "text/calendar",
    "gpkg": "application/geopackage+sqlite3",
    "json": "application/json",
    "zip": "application/zip",
}
_TEAMS = "teams/"
Content = bytes | Callable[[], bytes]
Files = Mapping[str, Content]


def saved_files(edition: Edition, plan: Plan) -> Files:
    """The files of a saved plan by their path in its folder."""
    found = files_in(edition.plans_path / plan.name)
    return {name: file.read_bytes for name, file in found.items()}


def plan(edition: Edition, view: View, shown: Plan, files: Files) -> None:
    """Draw a plan from its headline to its notes."""
    head(shown, files, view.language)
    body(edition, view, shown)


def head(shown: Plan, files: Files, language: str) -> None:
    """Draw what a plan achieves, in words and one table, and its files."""
    _summary(shown, language)
    downloads(shown, files, language)
    _reach(shown, language)


def body(edition: Edition, view: View, shown: Plan) -> None:
    """Draw map, week, reasons and notes of a plan."""
    language = view.language
    map_of(edition, view, shown)
    _week(shown, language)
    if shown.new_sessions:
        _reasons(edition, shown, language)
    if shown.front:
        _front(shown, language)
    _else(shown, language)


def _summary(shown: Plan, language: str) -> None:
    """What the plan achieves."""
    st.header(shown.title, anchor=False)
    if language != "de":
        st.caption(text("planen.german_reasons", language))
    for warning in shown.warnings:
        st.warning(warning, icon=":material/warning:")
    lines = [*plan_summary(shown, language), *fairness_lines(shown, language)]
    st.markdown("\n".join(f"- {line}" for line in lines))
    missed = missed_regions(shown, language)
    if missed:
        with st.expander(text("sprechstunden.missed", language)):
            for sentence in missed:
                st.markdown(sentence)
    ended = ended_lines(shown, language)
    if ended:
        with st.expander(text("planen.ended", language), expanded=True):
            st.markdown("\n".join(f"- {line}" for line in ended))


def downloads(shown: Plan, files: Files, language: str) -> None:
    """The plan's files to take along."""
    with st.container(horizontal=True):
        for kind, content in _offered(files):
            st.download_button(
                text(f"sprechstunden.download_{kind}", language),
                content,
                file_name=f"{shown.name}.{kind}",
                mime=MIMES[kind],
                icon=":material/download:",
                on_click="ignore",
                key=f"plan_datei_{kind}",
            )


def _offered(files: Files) -> list[tuple[str, Content]]:
    """The files by their kind; the teams' calendars are one, to be sent on from there."""
    names = {kind: f"plan.{kind}" for kind in MIMES}
    found = [(kind, files[name]) for kind, name in names.items() if name in files]
    teams = {n.removeprefix(_TEAMS): c for n, c in files.items() if n.startswith(_TEAMS)}
    if not teams:
        return found
    return [*found, ("zip", lambda: zipped({n: _bytes(c) for n, c in teams.items()}))]


def _bytes(content: Content) -> bytes:
    return content if isinstance(content, bytes) else content()


def _reach(shown: Plan, language: str) -> None:
    st.subheader(text("sprechstunden.reach", language), anchor=False)
    widgets.table(reach_table(shown, language), language)
    st.caption(text("sprechstunden.reach_help", language))
    with st.expander(text("sprechstunden.all_walks", language)):
        widgets.table(reach_table(shown, language, widest_only=False), language)


def map_of(edition: Edition, view: View, shown: Plan | None) -> None:
    """Rooms and hours above whom they reach, or above the figure looked at last."""
    language = view.language
    st.header(text("sprechstunden.map", language), anchor=False)
    if edition.places.empty:
        st.markdown(text("sprechstunden.rooms_none", language))
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    group = _colouring(shown, left, language) if shown and shown.areas else _FIGURE
    rooms = right.toggle(
        text("sprechstunden.show_rooms", language),
        value=len(edition.places) <= _ROOMS_SHOWN or shown is None,
    )
    marks = place_marks(edition, shown, language, rooms=rooms)
    figure = replace(view, page="karte", layer=VALUE, area=None)
    if shown is not None and group != _FIGURE:
        description = describe_reach(edition, shown, group, marks, language)
    else:
        description = describe(edition, figure, marks)
    chart, side = st.columns([3, 1], gap="medium")
    with chart:
        clicked = widgets.live_map(edition, description, key="sprechstunden_karte", height=480)
        widgets.source_line(description.source)
    with side:
        widgets.symbol_legend(marks, language)
        st.markdown(text("sprechstunden.map_legend", language, name=description.title))
        widgets.legend(description.classes, description.counts, language)
    if shown is None or group == _FIGURE:
        if clicked:
            widgets.open_page(replace(view, page="gebiet", area=clicked))
        return
    _areas(edition, view, shown, group, clicked)


def _colouring(shown: Plan, column: st.delta_generator.DeltaGenerator, language: str) -> str:
    names = {g.group: g.name for g in shown.groups}
    key = "sprechstunden_farbe"
    options = [*names, _FIGURE]
    widgets.settle(key, options, options[0])
    return column.selectbox(
        text("planen.colouring", language),
        options,
        key=key,
        format_func=lambda k: (
            text("planen.colour_reach", language, group=names[k])
            if k
            else text("planen.colour_figure", language)
        ),
    )


def _areas(edition: Edition, view: View, shown: Plan, group: str, clicked: str | None) -> None:
    """Why an area is reached or not: the one that was clicked, and all of them as a table."""
    language, key = view.language, "sprechstunden_gebiet"
    names = {a.area: a.area_name or a.area for a in shown.areas}
    if clicked in names:
        st.session_state[key] = clicked
    widgets.settle(key, names, None)
    area = st.selectbox(
        text("planen.why_area", language),
        sorted(names, key=lambda k: (names[k], k)),
        index=None,
        key=key,
        format_func=lambda k: f"{names[k]} ({k})",
        placeholder=text("planen.click_area", language),
    )
    if area is not None:
        lines = area_lines(shown, area, language)
        with st.container(border=True):
            st.markdown("\n".join(f"- {line}" for line in lines))
            level = edition.manifest.levels[0].key
            widgets.page_link(
                replace(view, page="gebiet", level=level, area=area),
                text("planen.area_page", language, area=names[area]),
                icon=":material/arrow_forward:",
            )
    with st.expander(text("planen.all_areas", language)):
        st.caption(text("planen.all_areas_help", language))
        for line in far_lines(shown, group, language):
            st.caption(line)
        st.dataframe(area_table(shown, group, language), width="stretch", hide_index=True)


def _week(shown: Plan, language: str) -> None:
    st.header(text("sprechstunden.week", language), anchor=False)
    rooms, teams = st.tabs([text("planen.by_room", language), text("planen.by_team", language)])
    with rooms:
        st.caption(text("sprechstunden.week_help", language))
        st.table(week_table(shown, language))
    with teams:
        table = team_table(shown, language)
        st.caption(text("planen.by_team_help", language))
        if len(table):
            st.table(table)


def _reasons(edition: Edition, shown: Plan, language: str) -> None:
    """Why each new hour is where it is, and what goes without it."""
    st.header(text("sprechstunden.reasons", language), anchor=False)
    st.caption(text("sprechstunden.reason_new", language))
    reasons = reason_table(edition, shown, language)
    if len(reasons) <= _REASONS_OPEN:
        st.table(reasons)
    else:
        with st.expander(text("sprechstunden.all_reasons", language, n=number(len(reasons)))):
            st.table(reasons)
    with st.expander(text("planen.losses", language)):
        st.caption(text("planen.losses_help", language))
        st.table(loss_table(shown, language))


def _front(shown: Plan, language: str) -> None:
    st.header(text("planen.front", language), anchor=False)
    st.caption(text("planen.front_help", language))
    names = {g.group: g.name for g in shown.groups}
    group = st.selectbox(
        text("planen.front_for", language),
        [TOTAL, *names],
        key="sprechstunden_front",
        format_func=lambda k: names.get(k, text("planen.front_all", language)),
    )
    st.altair_chart(front_chart(shown, group, language), width="stretch")


def _else(shown: Plan, language: str) -> None:
    """What would change the plan, and its notes."""
    if shown.what_if:
        with st.expander(text("planen.what_if", language)):
            st.markdown("\n".join(f"- {w.sentence}" for w in shown.what_if))
    if shown.notes:
        with st.expander(text("sprechstunden.notes", language)):
            st.markdown("\n".join(f"- {note}" for note in shown.notes))


def stock(edition: Edition, language: str) -> None:
    """Hours and rooms that are there already."""
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
