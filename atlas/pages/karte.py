"""The map: choose a figure, a day and a level; the same values stand in a table below."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from atlas import widgets
from atlas.edition import Edition
from atlas.maps import MapDescription, csv_of, describe, export_html, table_of
from atlas.maps.describe import name_of
from atlas.maps.rows import decimals_of
from atlas.state import CLUSTER, INDEX, LAYERS, VALUE, View, map_offers
from atlas.wording import PERCENTAGE_POINTS, counted, day, number, signed, text


def render(edition: Edition, view: View) -> None:
    """Draw the page."""
    offer = map_offers(edition)
    if offer.empty:
        st.info(text("karte.nothing", view.language))
        return
    description = describe(edition, view)
    _heading(edition, view, description)
    side, chart = st.columns([5, 14], gap="medium")
    with side:
        _choices(edition, view, offer)
        st.markdown(f"**{text('legend.title', view.language)}**")
        widgets.legend(description.classes, description.counts, view.language)
    with chart:
        clicked = widgets.live_map(edition, description, key="karte")
        widgets.source_line(description.source)
        listed = _below(edition, view, description)
    _table(view, description)
    if area := clicked or listed:
        widgets.open_page(replace(view, page="gebiet", area=area))


def _choices(edition: Edition, view: View, offer: pd.DataFrame) -> None:
    """The widgets that change the view; each writes to the address."""
    language, layer = view.language, view.layer
    key, field = (view.index, "index") if layer == INDEX else (view.indicator, "indicator")
    of_layer = offer[offer["layer"] == layer]
    of_key = of_layer[of_layer["key"] == key]
    of_group = of_key[of_key["group"] == view.group]
    of_level = of_group[of_group["level"] == view.level]
    sheet = edition.catalogue
    entries = sheet["indices" if layer == INDEX else "indicators"]
    levels = {level.key: level for level in edition.manifest.levels}
    groups = {k: g[f"name_{language}"] for k, g in sheet["groups"].items()}

    label = text(f"karte.{field}" if layer == INDEX else "common.indicator", language)
    keys = of_layer["key"].unique()
    widgets.select(view, field, label, keys, lambda k: name_of(entries[k], view.period, language))
    there = list(of_key["group"].unique())
    if len(there) > 1:
        label = text("common.group", language)
        widgets.select(view, "group", label, there, lambda k: groups.get(k, k))
    label = text("common.period", language)
    periods = sorted(of_level["period"].unique(), reverse=True)
    widgets.select(view, "period", label, periods, lambda p: day(p, language))
    label = text("common.level", language)
    there = [k for k in levels if k in set(of_group["level"])]
    widgets.select(view, "level", label, there, lambda k: levels[k].plural)
    there = _layers(view, offer)
    if len(there) > 1:
        label = text("karte.layer", language)
        widgets.select(view, "layer", label, there, lambda k: text(f"karte.layer_{k}", language))


def _layers(view: View, offer: pd.DataFrame) -> list[str]:
    """What can be shown: clusters only where the figure has them."""
    clusters = offer[offer["layer"] == CLUSTER]
    there = {VALUE, view.layer}
    if view.indicator in set(clusters["key"]):
        there.add(CLUSTER)
    if INDEX in set(offer["layer"]):
        there.add(INDEX)
    return [layer for layer in LAYERS if layer in there]


def _heading(edition: Edition, view: View, description: MapDescription) -> None:
    st.title(description.title, anchor=False)
    st.caption(description.subtitle)
    newest = edition.manifest.vintages[-1].key
    if view.vintage != newest:
        note = text("karte.break_note", view.language, vintage=description.vintage)
        st.warning(note, icon=":material/history:")
    if description.unplaced:
        areas = ", ".join(description.unplaced)
        st.warning(text("karte.unplaced", view.language, areas=areas))


def _below(edition: Edition, view: View, description: MapDescription) -> str | None:
    """Explanation, areas without a number, the way to an area, the map as a file."""
    language = view.language
    about, without, file = st.columns(3)
    with about, st.popover(text("karte.about", language), icon=":material/help:", width="stretch"):
        _about(edition, view, description)
    with without:
        _without_number(description)
    with file:
        st.download_button(
            text("karte.download_html", language),
            lambda: export_html(description),
            file_name=f"{_stem('karte', view)}.html",
            mime="text/html",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )
    return _area_list(description)


def _without_number(description: MapDescription) -> None:
    """How many areas have no number; which ones and why is one click away."""
    without = [m for m in description.marks if m.shade in description.classes.without]
    if not without:
        st.caption(text("karte.all_have", description.language))
        return
    with st.popover(counted("karte.without", len(without), description.language), width="stretch"):
        for shade in description.classes.without:
            names = [m.name for m in without if m.shade == shade]
            if names:
                st.markdown(f"**{shade.label}** ({len(names)}): {shade.help}")
                st.caption(", ".join(names))


def _stem(what: str, view: View) -> str:
    """Beginning of a file's name that says what is in it."""
    figure = view.index if view.layer == INDEX else view.indicator
    return "_".join([what, str(figure), view.layer, view.level, view.period])


def _about(edition: Edition, view: View, description: MapDescription) -> None:
    """What the figure means, what to beware of, and how the classes were made."""
    language = view.language
    st.markdown(description.explanation)
    entry = edition.catalogue["indicators"].get(view.indicator, {})
    for role in ("numerator", "denominator"):
        if view.layer != INDEX and entry.get(role):
            name = _cell_name(edition, entry[role], view)
            st.markdown(f"**{text(f'karte.{role}', language)}:** {name}")
    if view.layer != INDEX and entry.get("caveats_de"):
        st.markdown(f"**{text('karte.caveats', language)}:** {entry['caveats_de']}")
    if view.layer == VALUE:
        rule = {"less_need": "_less", "neutral": "_neutral"}.get(entry.get("direction", ""), "")
        st.markdown(text(f"karte.same_scale{rule}", language))
    st.caption(text("karte.keys", language))


def _cell_name(edition: Edition, cell: str, view: View) -> str:
    """The name of ``measure`` or ``measure/group``."""
    measure, _, group = cell.partition("/")
    sheet = edition.catalogue
    name = name_of(sheet["measures"][measure], view.period, view.language)
    part = sheet["groups"].get(group) if group and group != "total" else None
    return f"{name}, {part[f'name_{view.language}']}" if part else name


def _area_list(description: MapDescription) -> str | None:
    """The way to an area's page for those who do not use the map."""
    names = {m.area: m.name for m in description.marks}
    order = sorted(names, key=lambda a: (names[a].casefold(), a))
    return st.selectbox(
        text("karte.to_profile", description.language),
        order,
        index=None,
        format_func=lambda a: names[a],
        placeholder=text("karte.choose_area", description.language),
    )


def _table(view: View, description: MapDescription) -> None:
    """The same values as rows, and as a file."""
    st.header(text("karte.table", view.language), anchor=False)
    frame = _styled(description)
    st.dataframe(frame, hide_index=True, width="stretch", height=420, placeholder="–")
    st.download_button(
        text("karte.download_csv", view.language),
        lambda: csv_of(description),
        file_name=f"{_stem('werte', view)}.csv",
        mime="text/csv",
        icon=":material/table:",
        on_click="ignore",
    )


def _styled(description: MapDescription) -> Styler:
    """Numbers in German style; where there is none, the cell stays empty and the status speaks."""
    frame, language = table_of(description), description.language
    change = description.unit == PERCENTAGE_POINTS

    def written(decimals: int) -> Callable[[object], str]:
        if change and decimals == description.decimals:
            return lambda x: signed(float(str(x)), decimals, language, "")
        return lambda x: number(float(str(x)), decimals, language)

    formats: dict[Any, str | Callable[[object], str] | None] = {
        c: written(d) for c, d in decimals_of(description).items() if c in frame
    }
    return frame.style.format(formats, na_rep="–")
