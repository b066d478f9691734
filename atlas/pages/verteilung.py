"""How the people counted are spread over the city: in sentences, as a curve, over time."""

from dataclasses import replace

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.maps.describe import name_of, source_line
from atlas.profile.spread import Spread, curve_table, spread
from atlas.profile.spread_chart import spread_chart
from atlas.state import View, spread_offers
from atlas.wording import day, text


def render(edition: Edition, view: View) -> None:
    """Draw the page."""
    language = view.language
    found = spread(edition, view)
    if found is None:
        st.title(text("verteilung.title", language))
        st.info(text("verteilung.nothing", language))
        return
    st.title(text("verteilung.heading", language, name=found.people), anchor=False)
    st.markdown(text("verteilung.intro", language))
    side, words = st.columns([5, 14], gap="medium")
    with side:
        _choices(edition, view)
        with st.popover(text("verteilung.about", language), icon=":material/help:"):
            st.markdown(text("verteilung.about_text", language))
    with words:
        st.header(text("verteilung.in_words", language), anchor=False)
        st.markdown("\n".join(f"- {sentence}" for sentence in found.sentences))
    left, right = st.columns(2, gap="large")
    with left:
        _curve(found, language)
    with right:
        _over_time(found, language)
        _highest(found, view)
    if len(found.levels) > 1:
        st.header(text("verteilung.levels", language), anchor=False)
        widgets.table(found.levels, language)
    widgets.source_line(source_line(edition, [view.period], language))


def _choices(edition: Edition, view: View) -> None:
    """Who, when, and on which level; each writes to the address."""
    # The page shows no single area, and a choice may lead to another level.
    view = replace(view, area=None)
    language, offer = view.language, spread_offers(edition)
    entries = edition.catalogue["indicators"]
    levels = {level.key: level for level in edition.manifest.levels}
    of_key = offer[offer["key"] == view.indicator]
    of_level = of_key[of_key["level"] == view.level]
    widgets.select(
        view, "indicator", text("verteilung.choose", language), offer["key"].unique(),
        lambda k: name_of(entries[k], view.period, language),
    )  # fmt: skip
    periods = sorted(of_level["period"].unique(), reverse=True)
    widgets.select(
        view, "period", text("common.period", language), periods, lambda p: day(p, language)
    )
    there = [k for k in levels if k in set(of_key["level"])]
    widgets.select(view, "level", text("common.level", language), there, lambda k: levels[k].plural)


def _curve(found: Spread, language: str) -> None:
    st.header(text("verteilung.curve", language), anchor=False)
    if not found.curve:
        return
    st.altair_chart(spread_chart(found, language), width="stretch")
    if any(point.low < point.high for point in found.curve):
        st.caption(text("verteilung.curve_range", language))
    with st.expander(text("common.show_table", language)):
        widgets.table(curve_table(found, language), language)


def _over_time(found: Spread, language: str) -> None:
    st.header(text("verteilung.over_time", language), anchor=False)
    lines = found.changes or (text("verteilung.no_time", language),)
    st.markdown("\n".join(f"- {line}" for line in lines))


def _highest(found: Spread, view: View) -> None:
    """The way to the areas in which the people counted are most frequent."""
    if not found.highest:
        return
    st.header(text("verteilung.highest", view.language), anchor=False)
    st.caption(text("verteilung.highest_help", view.language))
    for ref, times in found.highest:
        target = replace(
            view, page="gebiet", level=ref.level, vintage=ref.vintage, area=ref.area, group="total"
        )
        widgets.page_link(target, f"{ref.name}: {times}")
