"""One area: its figures in sentences and against the city, over time, and what is near by."""

from dataclasses import replace

import streamlit as st

from atlas import widgets
from atlas.briefing import brief_bytes
from atlas.edition import Edition
from atlas.findings import area_findings
from atlas.maps.describe import source_line
from atlas.placement.result import read_plans
from atlas.profile import AreaRef, Profile, areas_of, profile, series
from atlas.profile.area import levels_with_areas
from atlas.profile.chart import series_chart
from atlas.profile.figures import up_to
from atlas.profile.nearby import planned_near
from atlas.profile.rows import (
    break_texts,
    common_day,
    count_table,
    figure_table,
    hotspot_lines,
    hotspot_rows,
    index_table,
    residents_text,
    series_table,
)
from atlas.profile.sheets import current_vintage, level_name, vintage_name
from atlas.profile.visits import place_table, session_table
from atlas.state import View
from atlas.wording import day, number, text

_MAP_ICON, _UP_ICON = ":material/map:", ":material/arrow_upward:"


def render(edition: Edition, view: View) -> None:
    """Draw the page."""
    language = view.language
    ref = _choose(edition, view)
    if ref is None:
        st.info(text("gebiet.nothing_chosen", language), icon=":material/search:")
        return
    found = profile(
        edition,
        ref.area,
        ref.level,
        ref.vintage,
        up_to(edition, view.indicator, ref, view.period),
        language=language,
    )
    _head(found, view)
    if ref.vintage == current_vintage(edition):
        _as_pdf(edition, found, language)
    else:
        name = vintage_name(edition, ref.vintage)
        st.warning(text("karte.break_note", language, vintage=name), icon=":material/history:")
    _in_words(found, view)
    if found.inhabited:
        _figures(found, language)
        _series(edition, view, found)
        _hotspots(found, language)
    _near(edition, view, found)
    _parts(view, found)
    widgets.page_link(replace(view, page="karte"), text("gebiet.to_map", language), _MAP_ICON)
    widgets.source_line(source_line(edition, edition.manifest.reporting_date, language))


def _choose(edition: Edition, view: View) -> AreaRef | None:
    """Level and area; both live in the address."""
    st.title(text("gebiet.title", view.language))
    left, right = st.columns([1, 2])
    levels = levels_with_areas(edition, view.vintage)
    areas = {r.area: r for r in areas_of(edition, view.vintage, view.level)}
    only = next(iter(areas)) if len(areas) == 1 else None
    st.session_state["gebiet_ebene"] = view.level
    st.session_state["gebiet_name"] = view.area or only
    with left:
        st.selectbox(
            text("gebiet.level", view.language),
            levels,
            format_func=lambda k: level_name(edition, k),
            key="gebiet_ebene",
            on_change=lambda: _changed(view, "level", "gebiet_ebene"),
        )
    with right:
        st.selectbox(
            text("gebiet.choose", view.language),
            list(areas),
            format_func=lambda k: areas[k].name,
            key="gebiet_name",
            placeholder=text("gebiet.choose_placeholder", view.language),
            help=text("gebiet.choose_help", view.language),
            on_change=lambda: _changed(view, "area", "gebiet_name"),
        )
    return areas.get(view.area or only or "")


def _changed(view: View, field: str, key: str) -> None:
    """Put a choice into the address; with a level its area goes, with an indicator its date."""
    changes = {field: st.session_state[key]}
    if field == "level":
        changes["area"] = None
    elif field == "indicator":
        changes["period"] = ""
    widgets.change(replace(view, **changes))


def _head(found: Profile, view: View) -> None:
    language = view.language
    st.header(found.ref.name, anchor=False)
    if not found.parents:
        st.markdown(found.ref.level_name)
    else:
        st.markdown(text("gebiet.part_of", language, level=found.ref.level_name))
    with st.container(horizontal=True):
        for parent in found.parents:
            _area_button(view, parent, f"{parent.level_name} {parent.name}", _UP_ICON)
    if found.inhabited:
        st.markdown(residents_text(found.residents, found.residents_period, language))


def _as_pdf(edition: Edition, found: Profile, language: str) -> None:
    """The page as one A4 sheet; it is made when it is asked for."""
    ref = found.ref
    st.download_button(
        text("gebiet.download_pdf", language),
        lambda: brief_bytes(edition, ref.area, ref.level),
        file_name=f"gebiet-{ref.level}-{ref.area}.pdf",
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        on_click="ignore",
    )


def _in_words(found: Profile, view: View) -> None:
    sentences = area_findings(found, view.indicator, view.language)
    if sentences:
        st.header(text("gebiet.in_words", view.language), anchor=False)
    for sentence in sentences:
        st.markdown(sentence)


def _figures(found: Profile, language: str) -> None:
    """Rates, counts and index classes, each in its own table."""
    is_city = not found.parents
    rates = figure_table(found.figures, language, city=is_city)
    counts = count_table(found.figures, language, city=is_city)
    when = common_day(found.figures)
    if len(rates):
        compared = any(f.difference is not None for f in found.figures)
        title = "gebiet.figures" if compared and not is_city else "gebiet.figures_alone"
        st.header(text(title, language), anchor=False)
        notes = [text("gebiet.figures_day", language, day=day(when, language))] if when else []
        notes += [text("gebiet.figures_help", language)] if compared else []
        st.caption(" ".join(notes))
        st.table(rates)
    if len(counts):
        st.subheader(text("gebiet.counts", language), anchor=False)
        st.table(counts)
    if found.indices:
        st.subheader(text("gebiet.index", language), anchor=False)
        st.table(index_table(found.indices, language))


def _series(edition: Edition, view: View, found: Profile) -> None:
    """One indicator over time; which one lives in the address."""
    names = {f.sheet.key: f.sheet.name for f in found.figures}
    if not names:
        return
    language = view.language
    st.header(text("gebiet.series", language), anchor=False)
    chosen = view.indicator if view.indicator in names else next(iter(names))
    st.session_state["gebiet_kennzahl"] = chosen
    st.selectbox(
        text("gebiet.series_choose", language),
        list(names),
        format_func=lambda k: names[k],
        key="gebiet_kennzahl",
        on_change=lambda: _changed(view, "indicator", "gebiet_kennzahl"),
    )
    line = series(edition, found.ref, chosen, language=language)
    if line.drawable:
        st.altair_chart(series_chart(line, language), width="stretch")
        notes = ["gebiet.series_band"] if line.has_ranges else []
        notes += ["gebiet.series_gap"] if line.has_gaps else []
        st.caption(" ".join(text(note, language) for note in notes))
    else:
        st.info(text("gebiet.series_too_short", language))
    for sentence in break_texts(line, language):
        st.markdown(f"**{text('gebiet.series_break_label', language)}:** {sentence}")
    with st.expander(text("common.show_table", language)):
        st.table(series_table(line, language))


def _hotspots(found: Profile, language: str) -> None:
    tested = [f for f in found.figures if f.hotspots]
    st.header(text("gebiet.hotspots", language), anchor=False)
    if not tested:
        st.markdown(text("gebiet.hotspots_none", language))
        return
    lines = hotspot_lines(tuple(tested), language)
    st.markdown("\n".join(f"- **{name}**: {kind}" for name, kind in lines))
    with st.expander(text("gebiet.hotspots_details", language)):
        st.table(hotspot_rows(tuple(tested), language))


def _near(edition: Edition, view: View, found: Profile) -> None:
    language, minutes = view.language, number(found.reach_minutes, 0, view.language)
    st.header(text("gebiet.near", language), anchor=False)
    if found.ref.vintage != current_vintage(edition):
        st.markdown(text("gebiet.near_not_current", language))
        return
    st.caption(text("gebiet.near_help", language, minutes=minutes))
    if not found.places:
        st.markdown(text("gebiet.near_none", language, minutes=minutes))
        return
    with st.expander(text("gebiet.places_count", language, n=number(len(found.places)))):
        st.table(place_table(found.places, language))
    st.subheader(text("gebiet.sessions", language), anchor=False)
    if found.sessions:
        st.table(session_table(edition, found.sessions, language))
    else:
        st.markdown(text("gebiet.sessions_none", language))
    for plan in read_plans(edition):
        planned = planned_near(plan, found.places)
        st.subheader(text("gebiet.planned", language, name=plan.title), anchor=False)
        if planned:
            st.table(session_table(edition, planned, language, plan))
        else:
            st.markdown(text("gebiet.planned_none", language, name=plan.title))


def _parts(view: View, found: Profile) -> None:
    """Links to the areas within; many of them are folded away."""
    if not found.parts:
        return
    st.header(text("gebiet.parts", view.language), anchor=False)
    with st.expander(found.parts[0].level_name, expanded=len(found.parts) <= 12):
        columns = st.columns(3)
        for n, part in enumerate(found.parts):
            with columns[n % 3]:
                _area_button(view, part, part.name)


def _area_button(view: View, ref: AreaRef, label: str, icon: str | None = None) -> None:
    """A way to another area; a link to the page that is open would not change the address."""
    target = replace(view, level=ref.level, vintage=ref.vintage, area=ref.area)
    st.button(
        label,
        key=f"gebiet_zu_{ref.level}_{ref.area}",
        type="tertiary",
        icon=icon,
        on_click=widgets.change,
        args=(target,),
    )
