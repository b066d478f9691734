"""Methods and data: what every figure means, where it comes from, what is hidden and checked."""

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.profile.method import (
    check_report,
    count_sources,
    edition_table,
    file_table,
    hidden_table,
    protection_texts,
    sheet_pages,
    source_table,
)
from atlas.profile.rows import table_of
from atlas.state import View
from atlas.wording import counted, glossary_terms, text

_TABS = ("indicators", "sources", "protection", "checks", "glossary", "edition")


def render(edition: Edition, view: View) -> None:
    """Draw the page."""
    language = view.language
    st.title(text("methode.title", language))
    st.markdown(text("methode.intro", language))
    tabs = st.tabs([text(f"methode.tab_{t}", language) for t in _TABS])
    parts = (_indicators, _sources, _protection, _checks, _glossary, _edition)
    for tab, part in zip(tabs, parts, strict=True):
        with tab:
            part(edition, view)


def _indicators(edition: Edition, view: View) -> None:
    """One sheet at a time, that of the reader's indicator first."""
    language = view.language
    pages = {p.key: p for p in sheet_pages(edition, language)}
    st.header(text("methode.tab_indicators", language), anchor=False)
    keys = list(pages)
    chosen = st.selectbox(
        text("methode.choose_indicator", language),
        keys,
        index=keys.index(view.indicator) if view.indicator in pages else 0,
        format_func=lambda k: pages[k].name,
    )
    if chosen is None:
        return
    page = pages[chosen]
    st.subheader(page.name, anchor=False)
    st.markdown(page.sentence)
    name, value = text("methode.property", language), text("methode.property_value", language)
    widgets.table(table_of([{name: k, value: v} for k, v in page.rows]), language)


def _sources(edition: Edition, view: View) -> None:
    language = view.language
    st.header(text("methode.tab_sources", language), anchor=False)
    widgets.table(source_table(edition, language), language)
    st.subheader(text("methode.all_files", language), anchor=False)
    with st.expander(count_sources(edition, language)):
        widgets.table(file_table(edition, language), language)


def _protection(edition: Edition, view: View) -> None:
    language = view.language
    st.header(text("methode.tab_protection", language), anchor=False)
    for sentence in protection_texts(edition, language):
        st.markdown(sentence)
    st.subheader(text("methode.protection_levels", language), anchor=False)
    widgets.table(hidden_table(edition, language), language)


def _checks(edition: Edition, view: View) -> None:
    language = view.language
    report = check_report(edition, language)
    st.header(text("methode.tab_checks", language), anchor=False)
    st.markdown(text("methode.checks_intro", language))
    if not (len(report.files) or report.notes):
        st.markdown(text("methode.checks_none", language))
    if report.notes:
        st.subheader(text("methode.check_notes", language), anchor=False)
        st.markdown("\n".join(f"- {note}" for note in report.notes))
    if len(report.set_aside):
        st.subheader(text("methode.check_set_aside", language), anchor=False)
        with st.expander(counted("methode.set_aside", len(report.set_aside), language)):
            widgets.table(report.set_aside, language)
    if len(report.files):
        st.subheader(text("methode.check_files", language), anchor=False)
        widgets.table(report.files, language)


def _glossary(_edition: Edition, view: View) -> None:
    st.header(text("methode.glossary", view.language), anchor=False)
    for _, name, explanation in glossary_terms(view.language):
        st.markdown(f"**{name}**: {explanation}")


def _edition(edition: Edition, view: View) -> None:
    language = view.language
    st.header(text("methode.tab_edition", language), anchor=False)
    widgets.table(edition_table(edition, language), language)
    st.subheader(text("methode.accessibility", language), anchor=False)
    st.markdown(text("methode.accessibility_text", language))
