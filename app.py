"""The atlas in the browser: opens the edition, lists the pages, serves the map's files.

Start it with ``sozialatlas serve``, or ``streamlit run app.py``; the environment variable
``SOZIALATLAS_EDITION`` names the edition.
"""

from functools import partial
from types import ModuleType

import streamlit as st
from starlette.middleware import Middleware

from atlas import serving, widgets
from atlas.edition import Edition
from atlas.pages import gebiet, karte, methode, sprechstunden, ueberblick, verteilung
from atlas.wording import text

PAGES: dict[str, ModuleType] = {
    "ueberblick": ueberblick,
    "karte": karte,
    "gebiet": gebiet,
    "verteilung": verteilung,
    "sprechstunden": sprechstunden,
    "methode": methode,
}


def show(edition: Edition, key: str) -> None:
    """Draw one page with what belongs on every page."""
    view = widgets.current_view(edition, key)
    widgets.notice_banner(edition)
    widgets.view_notes(view)
    PAGES[key].render(edition, view)
    widgets.footer(edition, view)


def main() -> None:
    """Run for every view that a browser asks for."""
    st.set_page_config(page_title=text("app.title"), layout="wide")
    edition = widgets.edition_or_stop()
    language = widgets.language_of_address(edition)
    widgets.page_style(language)
    pages = {
        key: st.Page(partial(show, edition, key), title=text(f"nav.{key}", language), url_path=key)
        for key in PAGES
    }
    widgets.register_pages(pages)
    current = st.navigation(list(pages.values()), position="top")
    city = edition.manifest.city
    st.set_page_config(page_title=text("app.page_title", language, page=current.title, city=city))
    current.run()


if __name__ == "__main__":
    main()
else:
    base = serving.base_path(st.get_option("server.baseUrlPath"))
    app = st.App(
        __file__,
        routes=serving.routes(base),
        middleware=[Middleware(serving.GermanPage, base=base)],
    )
