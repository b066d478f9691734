"""The first page: the city in figures, what has changed, and where."""

from dataclasses import replace

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.findings import change_finding, changes_finding, hidden_finding
from atlas.profile import (
    AreaFigure,
    AreaRef,
    Cluster,
    DevelopmentList,
    Figure,
    Highest,
    Middle,
    Negative,
    Overview,
    Regions,
    direction,
    overview,
)
from atlas.profile.estimates import estimates
from atlas.profile.rows import cell_text, change_text, count_change_text, count_table, figure_table
from atlas.state import CLUSTER, View
from atlas.wording import class_word, counted, day, number, status_word, text, value_text

_TILES = 4
_NAMED = 5
_CHANGES = 3


def render(edition: Edition, view: View) -> None:
    """Draw the page."""
    language = view.language
    found = overview(edition, language=language)
    st.title(text("ueberblick.heading", language, city=edition.manifest.city))
    st.markdown(text("ueberblick.intro", language, city=edition.manifest.city))
    with st.expander(text("ueberblick.first_time", language), icon=":material/help:"):
        st.markdown(text("ueberblick.first_time_text", language))
    _figures(edition, found, language)
    left, right = st.columns(2, gap="large")
    with left:
        _changed(found, view)
        _hidden(found, language)
    with right:
        _where(found, view)


def _figures(edition: Edition, found: Overview, language: str) -> None:
    """The most important figures as tiles, all of them as a table."""
    st.header(text("ueberblick.figures", language), anchor=False)
    st.caption(text("ueberblick.figures_day", language))
    figures = found.key_figures[: _TILES - min(len(found.middles), _TILES - 1)]
    columns = iter(st.columns(_TILES))
    for figure, column in zip(figures, columns, strict=False):
        with column:
            _tile(figure, found, language)
    for middle, column in zip(found.middles, columns, strict=False):
        with column:
            _middle_tile(middle, language)
    with st.expander(text("ueberblick.all_figures", language)):
        for table in (figure_table, count_table):
            rows = table(found.figures, language, city=True)
            if len(rows):
                widgets.table(rows, language)
    widgets.estimated(estimates(edition, found.city, found.figures), language)


def _tile(figure: Figure, found: Overview, language: str) -> None:
    """A figure in large; its name may take two lines."""
    about, change = figure.sheet, change_text(figure, language)
    if about.key == "n_residents" and found.residents_change:
        change = count_change_text(found.residents_change, language)
    shown = value_text(figure.cell.value, about.unit, about.decimals, figure.cell.status, language)
    notes = [text("common.as_of", language, day=day(figure.period, language))]
    if figure.cell.status != "published":
        notes.append(status_word(figure.cell.status, language))
    _large(about.name, about.sentence, shown, change, " · ".join(notes))


def _middle_tile(middle: Middle, language: str) -> None:
    """The middle of the areas, where the city itself has no figure."""
    about = middle.sheet
    shown = value_text(middle.middle, about.unit, about.decimals, "published", language)
    note = text("ueberblick.middle", language, day=day(middle.period, language))
    label = text("ueberblick.middle_label", language, level=middle.level_plural)
    _large(about.name, about.sentence, shown, None, note, label)


def _large(
    name: str, sentence: str, shown: str, change: str | None, note: str, label: str = ""
) -> None:
    """A tile; ``label`` says before the number whose it is, where it is not the city's."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"{name}  \n**{label}**" if label else name, help=sentence or None)
        st.metric(
            name,
            shown,
            delta=change,
            delta_color="off",
            delta_arrow="off",
            label_visibility="collapsed",
        )
        st.caption(note)


def _changed(found: Overview, view: View) -> None:
    language = view.language
    st.header(text("ueberblick.changed", language), anchor=False)
    st.caption(text("ueberblick.changed_help", language))
    city = [change_finding(f, language) for f in found.changed]
    first = found.area_changes[0].sheet.key if found.area_changes else ""
    areas = [(c.sheet.key == first, changes_finding(c, language)) for c in found.area_changes]
    lines = city[:_CHANGES] + [line for is_first, line in areas if is_first]
    more = city[_CHANGES:] + [line for is_first, line in areas if not is_first]
    if not lines and not found.negative:
        known = any(f.trend and direction(f.trend) != "none" for f in found.figures)
        key = "ueberblick.changed_nothing" if known else "ueberblick.changed_no_data"
        lines = [text(key, language)]
    st.markdown(_bullets(lines))
    if more:
        with st.expander(text("ueberblick.more_changes", language)):
            st.markdown(_bullets(more))
    for negative in found.negative:
        _negative(negative, view)
    if found.developments.listed or not found.negative:
        _developments(found.developments, view)


def _developments(found: DevelopmentList, view: View) -> None:
    """The areas that develop for the worse, each with its reasons one click away."""
    language = view.language
    st.subheader(
        text("ueberblick.negative_heading", language),
        anchor=False,
        help=text("ueberblick.negative_help", language),
    )
    if not found.listed:
        st.markdown(text("ueberblick.negative_list_none", language))
    else:
        st.markdown(counted("ueberblick.negative_list", len(found.listed), language))
    for development in found.listed:
        with st.expander(development.ref.name):
            st.markdown(_bullets(list(development.reasons)))
            _area_link(view, development.ref, text("gebiet.title", language))
    if found.not_judged:
        st.caption(counted("ueberblick.negative_unjudged", found.not_judged, language))


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _hidden(found: Overview, language: str) -> None:
    st.header(text("ueberblick.hidden", language), anchor=False)
    cells, hidden = sum(h.cells for h in found.hidden), sum(h.hidden for h in found.hidden)
    st.markdown(hidden_finding(hidden, cells, language))


def _where(found: Overview, view: View) -> None:
    st.header(text("ueberblick.where", view.language), anchor=False)
    for highest in found.highest[:1]:
        _highest(highest, view)
    _clusters(found.clusters, view)


def _area_link(view: View, ref: AreaRef, label: str, figure: Figure | None = None) -> None:
    target = replace(view, page="gebiet", level=ref.level, vintage=ref.vintage, area=ref.area)
    if figure is not None:
        target = replace(target, indicator=figure.sheet.key, period=figure.period, group="total")
    widgets.page_link(target, label)


def _highest(highest: Highest, view: View) -> None:
    language = view.language
    name, when = highest.sheet.name, day(highest.period, language)
    st.subheader(text("ueberblick.where_highest", language, name=name, day=when), anchor=False)
    for item in highest.areas:
        _area_link(view, item.ref, _label(item, language), item.figure)
    first = highest.areas[0].ref
    target = replace(
        view,
        page="karte",
        indicator=highest.sheet.key,
        level=first.level,
        vintage=first.vintage,
        period=highest.period,
        area=None,
    )
    widgets.page_link(target, text("ueberblick.to_map", language), ":material/map:")


def _label(item: AreaFigure, language: str) -> str:
    return f"{item.ref.name}: {cell_text(item.figure.cell, item.figure.sheet, language)}"


def _clusters(clusters: tuple[Cluster, ...], view: View) -> None:
    """Which indicators have a cluster of high values, and where."""
    if not clusters:
        return
    language = view.language
    st.subheader(text("ueberblick.where_cluster", language), anchor=False)
    if not any(c.areas for c in clusters):
        st.markdown(text("ueberblick.where_cluster_none", language))
        return
    for cluster in (c for c in clusters if c.areas):
        name = f"**{cluster.sheet.name}**"
        total = number(cluster.tested, 0, language)
        count = counted("ueberblick.where_cluster_count", len(cluster.areas), language, total=total)
        st.markdown(f"{name}: {count}: {_names(cluster.areas, cluster.regions, language)}.")
    shown = next(c for c in clusters if c.areas)
    target = replace(
        view,
        page="karte",
        layer=CLUSTER,
        indicator=shown.sheet.key,
        level=shown.level,
        vintage=shown.vintage,
        period=shown.period,
        area=None,
    )
    widgets.page_link(target, text("ueberblick.to_map", language), ":material/map:")


def _names(areas: tuple[AreaRef, ...], regions: Regions, language: str) -> str:
    """Few areas by name; many by the districts they lie in."""
    if len(areas) > _NAMED and regions.counts:
        counts = ", ".join(f"{name} {number(n, 0, language)}" for name, n in regions.counts)
        return text("ueberblick.regions", language, level=regions.level_plural, counts=counts)
    names = ", ".join(a.name for a in areas[:_NAMED])
    more = len(areas) - _NAMED
    return f"{names} {counted('ueberblick.more_areas', more, language)}" if more > 0 else names


def _negative(negative: Negative, view: View) -> None:
    language = view.language
    title = text(
        "ueberblick.where_negative",
        language,
        name=negative.name,
        **{"class": class_word(negative.kind, language)},
    )
    st.subheader(title, anchor=False)
    count = counted(
        "ueberblick.where_negative_count",
        len(negative.areas),
        language,
        total=number(negative.valid, 0, language),
        day=day(negative.period, language),
    )
    st.markdown(f"{count}: {_names(negative.areas, negative.regions, language)}.")
    if negative.uncertain:
        n = number(negative.uncertain, 0, language)
        st.caption(text("ueberblick.where_negative_rule", language, n=n))
    if negative.areas:
        target = replace(
            view,
            page="karte",
            layer="index",
            index=negative.key,
            level=negative.areas[0].level,
            vintage=negative.areas[0].vintage,
            period=negative.period,
            area=None,
        )
        widgets.page_link(target, text("ueberblick.to_map", language), ":material/map:")
