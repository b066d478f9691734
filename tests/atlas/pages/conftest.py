"""Runs one page of the atlas as Streamlit would, without a browser."""

import os
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from atlas.edition import Edition
from atlas.serving import VARIABLE

SCRIPT = """
from functools import partial

import streamlit as st

from atlas import widgets
from atlas.pages import gebiet, karte, methode, sprechstunden, ueberblick, verteilung

pages = {{k: st.Page(partial(st.empty), title=k, url_path=k) for k in
         ("start", "ueberblick", "karte", "gebiet", "verteilung", "sprechstunden", "methode")}}
widgets.register_pages(pages)
st.navigation(list(pages.values()), position="hidden")
edition = widgets.edition_or_stop()
view = widgets.current_view(edition, "{page}")
widgets.view_notes(view)
{page}.render(edition, view)
"""


@pytest.fixture
def run_page(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """A function that runs a page with a query and gives what it shows."""
    monkeypatch.setitem(os.environ, VARIABLE, str(edition.path))

    def run(page: str, **query: str) -> AppTest:
        test = AppTest.from_string(SCRIPT.format(page=page), default_timeout=30)
        for key, value in query.items():
            test.query_params[key] = value
        test.run()
        assert not test.exception, test.exception
        return test

    return run
