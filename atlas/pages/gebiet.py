"""One area: its figures in sentences and against the city, over time, and what is near by."""

from dataclasses import replace

import streamlit as st

from atlas import widgets
from atlas.briefing import brief_bytes
from atlas.edition import Edition
from atlas.findings import area_findings
from atlas.maps.describe import source_line
from atlas.placement.result import Plan, read_plans
from atlas.profile import AreaRef, Profile, Series, areas_of, profile, series
from atlas.profile.agreement import cluster_notes
from atlas.profile.area import levels_with_areas
from atlas.profile.boundaries import same_area
from atlas.profile.carried import origin_texts
from atlas.profile.chart import series_chart
from atlas.profile.development import development_reasons, series_sentence
from atlas.profile.estimates import estimates
from atlas.profile.figures import up_to
from atlas.profile.nearby import next_planned, planned_near, reach_of
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
    status_helps,
)
from atlas.profile.sheets import current_vintage, finest_level, level_name, vintage_name
from atlas.profile.steady import steady_table
from atlas.profile.visits import next_text, place_table, session_table
from atlas.state import View
from atlas.wording import as_language, day, number, plain, text
from indicators.robustness_words import basis_sentence

_ALL = ""
"""The level that stands for all of them."""
_MAP_ICON, _UP_ICON = ":material/map:", ":material/arrow_upward:"


def render(edition: Edition, view: View) -> None:
    """Draw the page."""
    language = view.language
    ref = _choose(edition, view)
    if ref is None:
        st.info(text("gebiet.nothing_chosen", language), icon=":material/search:")
        return
    plans = read_plans(edition)
    found = profile(
        edition,
        ref.area,
        ref.level,
        ref.vintage,
        up_to(edition, view.indicator, ref, view.period),
        language=language,
        reach_minutes=reach_of(plans),
    )
    _head(found, view)
    if ref.vintage == current_vintage(edition):
        _as_pdf(edition, found, language)
    else:
        _old_boundaries(edition, ref, language)
    _in_words(found, view)
    _developments(edition, found, language)
    if found.inhabited:
        _figures(edition, found, language)
        _series(edition, view, found)
        _hotspots(edition, found, language)
    _near(edition, view, found, plans)
    _parts(view, found)
    widgets.page_link(replace(view, page="karte"), text("gebiet.to_map", language), _MAP_ICON)
    dates = [f.period for f in found.figures]
    widgets.source_line(source_line(edition, dates, language, places=bool(found.places)))


def _choose(edition: Edition, view: View) -> AreaRef | None:
    """The area, which lives in the address, out of all levels or of one."""
    language = view.language
    st.title(text("gebiet.title", language))
    levels = levels_with_areas(edition, view.vintage)
    shown = _level_filter(view, levels)
    wanted = levels if shown == _ALL else (shown,)
    areas = {_option(r): r for k in wanted for r in areas_of(edition, view.vintage, k)}
    here = f"{view.level}/{view.area}" if view.area else _only(areas, view)
    st.session_state["gebiet_name"] = here if here in areas else None
    left, right = st.columns([3, 1])
    with left:
        st.selectbox(
            text("gebiet.choose", language),
            sorted(areas, key=lambda k: (areas[k].name.casefold(), k)),
            format_func=lambda k: _named(areas[k], shown == _ALL, language),
            key="gebiet_name",
            placeholder=text("gebiet.choose_placeholder", language),
            help=text("gebiet.choose_help", language),
            on_change=lambda: _chosen(view, areas),
        )
    with right:
        st.selectbox(
            text("gebiet.filter", language),
            [_ALL, *levels],
            format_func=lambda k: (
                level_name(edition, k) if k else text("gebiet.all_levels", language)
            ),
            key="gebiet_ebene",
            on_change=lambda: _filtered(view),
        )
    return areas.get(here or "")


def _level_filter(view: View, levels: tuple[str, ...]) -> str:
    """The level that the list is narrowed to; an address with an area of another one undoes it."""
    chosen = st.session_state.get("gebiet_ebene", _ALL)
    fits = chosen in levels and (view.area is None or chosen == view.level)
    st.session_state["gebiet_ebene"] = chosen if fits else _ALL
    return str(st.session_state["gebiet_ebene"])


def _option(ref: AreaRef) -> str:
    return f"{ref.level}/{ref.area}"


def _only(areas: dict[str, AreaRef], view: View) -> str | None:
    """The one area of the address's level, where that has only one, such as the city."""
    here = [k for k, r in areas.items() if r.level == view.level]
    return here[0] if len(here) == 1 else None


def _named(ref: AreaRef, with_level: bool, language: str) -> str:
    if not with_level:
        return ref.name
    return text("gebiet.of_level", language, name=ref.name, level=ref.level_name)


def _chosen(view: View, areas: dict[str, AreaRef]) -> None:
    """Put the chosen area and its level into the address; none where the field was emptied."""
    ref = areas.get(st.session_state["gebiet_name"] or "")
    target = replace(view, area=None) if ref is None else _at(view, ref)
    widgets.change(target)


def _at(view: View, ref: AreaRef) -> View:
    return replace(view, level=ref.level, vintage=ref.vintage, area=ref.area)


def _filtered(view: View) -> None:
    """Narrow the list; an area of another level is let go."""
    level = st.session_state["gebiet_ebene"]
    if level not in (_ALL, view.level):
        widgets.change(replace(view, level=level, area=None))


def _changed(view: View, key: str) -> None:
    """Put another indicator into the address; the date of the last one goes."""
    widgets.change(replace(view, indicator=st.session_state[key], period=""))


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
        lambda: brief_bytes(edition, ref.area, ref.level, language=language),
        file_name=f"gebiet-{ref.level}-{ref.area}.pdf",
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        on_click="ignore",
    )


def _old_boundaries(edition: Edition, ref: AreaRef, language: str) -> None:
    """Say that other boundaries were in force, and whether that touches this area."""
    name, now = vintage_name(edition, ref.vintage), current_vintage(edition)
    same = same_area(edition, ref.level, ref.area, ref.vintage, now)
    note = text("gebiet.old_same" if same else "karte.break_note", language, vintage=name)
    st.warning(note, icon=":material/history:")


def _in_words(found: Profile, view: View) -> None:
    sentences = area_findings(found, view.indicator, view.language)
    if sentences:
        st.header(text("gebiet.in_words", view.language), anchor=False)
    for sentence in sentences:
        st.markdown(sentence)


def _figures(edition: Edition, found: Profile, language: str) -> None:
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
        widgets.table(rates, language)
        for word, meaning in status_helps(found.figures, language):
            st.caption(f"**{word}**: {meaning}")
    if len(counts):
        st.subheader(text("gebiet.counts", language), anchor=False)
        widgets.table(counts, language)
    widgets.estimated(estimates(edition, found.ref, found.figures), language)
    steady = steady_table(edition, found.ref, found.figures, language)
    if len(steady):
        with st.expander(text("gebiet.steady", language)):
            st.caption(text("gebiet.steady_help", language))
            widgets.table(steady, language)
    if found.indices:
        st.subheader(text("gebiet.index", language), anchor=False)
        widgets.table(index_table(found.indices, language), language)
        for basis in dict.fromkeys(i.basis for i in found.indices if i.basis):
            st.caption(basis_sentence(basis, language=as_language(language)))


def _developments(edition: Edition, found: Profile, language: str) -> None:
    """Why the area is on the list of negative developments, if it is."""
    reasons = development_reasons(edition, found.ref)
    if reasons:
        st.markdown(f"**{text('gebiet.negative', language)}**")
        st.markdown("\n".join(f"- {reason}" for reason in reasons))


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
        on_change=lambda: _changed(view, "gebiet_kennzahl"),
    )
    line = series(edition, found.ref, chosen, language=language)
    if line.drawable:
        st.altair_chart(series_chart(line, language), width="stretch")
        notes = ["gebiet.series_band"] if line.has_ranges else []
        notes += ["gebiet.series_gap"] if line.has_gaps else []
        notes += ["gebiet.series_estimated_help"] if line.has_carried_estimates else []
        st.caption(" ".join(text(note, language) for note in notes))
    else:
        st.info(text("gebiet.series_too_short", language))
    long, test = series_sentence(edition, found.ref, chosen)
    if long and line.drawable:
        st.markdown(f"**{text('gebiet.series_long', language)}:** {long}", help=test or None)
    for sentence in break_texts(line, language):
        st.markdown(f"**{text('gebiet.series_break_label', language)}:** {sentence}")
    _origins(line, language)
    with st.expander(text("common.show_table", language)):
        widgets.table(series_table(line, language), language)


def _origins(line: Series, language: str) -> None:
    """How carried values came about: a sentence where they are counted, else one click away."""
    for origin in line.origins:
        first, *rest = origin_texts(origin, language)
        if not rest:
            st.caption(first)
            continue
        with st.expander(text("gebiet.series_origin", language)):
            for sentence in (first, *rest):
                st.markdown(sentence)


def _hotspots(edition: Edition, found: Profile, language: str) -> None:
    tested = [f for f in found.figures if f.hotspots]
    st.header(text("gebiet.hotspots", language), anchor=False)
    if not tested:
        st.markdown(text("gebiet.hotspots_none", language))
        return
    lines = []
    for key, name, kind in hotspot_lines(tuple(tested), language):
        lines.append(f"- **{name}**: {kind}")
        lines += [f"  - {note}" for note in cluster_notes(edition, found.ref, key)]
    st.markdown("\n".join(lines))
    with st.expander(text("gebiet.hotspots_details", language)):
        widgets.table(hotspot_rows(tuple(tested), language), language)


def _near(edition: Edition, view: View, found: Profile, plans: tuple[Plan, ...]) -> None:
    language, minutes = view.language, plain(found.reach_minutes, view.language)
    st.header(text("gebiet.near", language), anchor=False)
    if found.ref.vintage != current_vintage(edition):
        st.markdown(text("gebiet.near_not_current", language))
        return
    if edition.table("places").empty:
        st.markdown(text("gebiet.near_no_data", language))
        return
    st.caption(text("gebiet.near_help", language, minutes=minutes))
    if found.places:
        with st.expander(text("gebiet.places_count", language, n=number(len(found.places)))):
            widgets.table(place_table(found.places, language), language)
    else:
        st.markdown(text("gebiet.near_none", language, minutes=minutes))
    st.subheader(text("gebiet.sessions", language), anchor=False)
    if found.sessions:
        widgets.table(session_table(edition, found.sessions, language), language)
    else:
        st.markdown(text("gebiet.sessions_none", language))
    for plan in plans:
        _planned(edition, found, plan, language)


def _planned(edition: Edition, found: Profile, plan: Plan, language: str) -> None:
    """What a plan means here: its nearest session of all, then its new ones near by.

    From a large area everybody walks another way; there the nearest matters only where the
    list is empty.
    """
    st.subheader(text("gebiet.planned", language, name=plan.title), anchor=False)
    planned = planned_near(plan, found.places)
    if not planned or found.ref.level == finest_level(edition):
        st.markdown(next_text(next_planned(edition, plan, found.ref), plan, language))
    if planned:
        widgets.table(session_table(edition, planned, language, plan), language)


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
    st.button(
        label,
        key=f"gebiet_zu_{ref.level}_{ref.area}",
        type="tertiary",
        icon=icon,
        on_click=widgets.change,
        args=(_at(view, ref),),
    )
