"""Parts of the screen that several pages share: live map, legend, banner, source, navigation."""

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import NoReturn
from urllib.parse import quote

import pandas as pd
import streamlit as st

from atlas.assets import own
from atlas.classes import Classes, MapClass, fill_of, pattern_defs, swatch
from atlas.edition import Edition
from atlas.findings import estimate_finding
from atlas.maps import MapDescription, Mark, PlaceMark
from atlas.maps.marks import SYMBOLS
from atlas.profile.estimates import Estimate
from atlas.profile.rows import number_columns
from atlas.serving import base_path, current_edition, file_address, outline_address
from atlas.state import View, query_of, view_from_query
from atlas.wording import LANGUAGES, counted, day, text
from geodata.errors import UserError

_TO_THE_RIGHT = "text-align: right !important; font-variant-numeric: tabular-nums;"
_LAST, _PAGES = "letzte_ansicht", "seiten"
_HTML = '<div class="karte" role="application" data-testid="karte"></div>'
# Small on purpose: it travels with every message, the map's own code is fetched once.
_LOADER = """
const started = new Map();
export default function (component) {
  const { data, parentElement } = component;
  const url = (address) => new URL(address, location.origin).href;
  if (!started.has(data.code)) {
    const css = fetch(url(data.css)).then((answer) => answer.text());
    started.set(data.code, Promise.all([import(url(data.code)), import(url(data.leaflet)), css]));
  }
  const host = parentElement.querySelector(".karte");
  started.get(data.code)
    .then(([code, leaflet, css]) => code.draw(component, leaflet, css))
    .catch((error) => { host.textContent = data.words.failed; console.error(error); });
  return () => setTimeout(() => {
    if (!host.isConnected) started.get(data.code).then(([code]) => code.remove(parentElement));
  }, 1000);
}
"""
_map_component = st.components.v2.component("sozialatlas.karte", html=_HTML, js=_LOADER)


def live_map(
    edition: Edition, description: MapDescription, key: str, height: int = 520
) -> str | None:
    """Draw a map that keeps position and zoom, and say which area was clicked just now.

    Parameters
    ----------
    edition
        The edition whose outlines are drawn.
    description
        What is drawn, see `atlas.maps.describe`.
    key
        Of the map; maps with the same key share position and zoom.
    height
        In pixels.

    Returns
    -------
    str or None
        Key of the area clicked since the last run.
    """
    language = description.language
    vintage, level = description.outlines_key
    shades = description.classes.all
    numbers = {shade.key: n for n, shade in enumerate(shades)}
    data = {
        "key": key,
        "height": height,
        "code": _address(file_address("karte.js")),
        "leaflet": _address(file_address("leaflet.js")),
        "css": _address(file_address("karte.css")),
        "outlines": _address(outline_address(edition, vintage, level)),
        "patterns": pattern_defs(),
        "classes": [{"key": c.key, "fill": fill_of(c), "help": c.help} for c in shades],
        "values": {m.area: [numbers[m.shade.key], *_spoken(m)] for m in description.marks},
        "selected": description.selected,
        "places": [[p.lon, p.lat, p.label, p.kind, p.colour] for p in description.places],
        "symbols": SYMBOLS if description.places else {},
        "alternative": description.alternative,
        "words": {
            "in": text("karte.zoom_in", language),
            "out": text("karte.zoom_out", language),
            "home": text("karte.zoom_home", language),
            "failed": text("karte.failed", language),
        },
    }
    result = _map_component(key=key, data=data, height=height + 4, on_clicked_change=_ignore)
    clicked = result.clicked
    return str(clicked) if clicked else None


def _spoken(mark: Mark) -> list[str]:
    """Lines of an area but for the help of its class, which is sent once per class."""
    return [line for line in mark.lines if line != mark.shade.help]


def _ignore() -> None:
    """The click is read from the component's result."""


def _address(path: str) -> str:
    return base_path(st.get_option("server.baseUrlPath")) + path


def legend(classes: Classes, counts: Mapping[str, int] | None = None, language: str = "de") -> None:
    """Draw the legend: each shade with its meaning and, if given, its number of areas.

    Classes without a number stand below their own heading, only those that occur.
    """
    numbers = counts if counts is not None else {c.key: 1 for c in classes.all}
    without = [c for c in classes.without if numbers.get(c.key)]
    parts = [_legend_rows(classes.steps, counts, language)]
    if without:
        parts.append(f"<p>{escape(text('legend.hidden', language))}</p>")
        parts.append(_legend_rows(without, counts, language))
    st.html(f'<div class="legende">{"".join(parts)}</div>')


def symbol_legend(places: Sequence[PlaceMark], language: str = "de") -> None:
    """Draw the kinds of places on a map in the shapes and colours that they have there."""
    colours = {p.kind: p.colour for p in places}
    rows = [
        f'<li><img alt="" src="data:image/svg+xml,{quote(_symbol(shape, colours[kind]))}">'
        f"<span>{escape(text(f'sprechstunden.marker_{kind}', language))}</span></li>"
        for kind, shape in SYMBOLS.items()
        if kind in colours
    ]
    st.html(f'<div class="legende"><ul>{"".join(rows)}</ul></div>')


def _symbol(shape: str, colour: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="-4 -4 24 24" '
        f'fill="{escape(colour)}">{shape}</svg>'
    )


def _legend_rows(
    shades: Sequence[MapClass], counts: Mapping[str, int] | None, language: str
) -> str:
    rows = []
    for shade in shades:
        # A picture is printed even where browsers leave out background colours.
        picture = "data:image/svg+xml," + quote(swatch(shade))
        amount = counted("legend.areas", (counts or {}).get(shade.key, 0), language)
        rows.append(
            f'<li title="{escape(shade.help)}"><img alt="" src="{picture}">'
            f"<span>{escape(shade.label)}"
            + (f" <small>({amount})</small>" if counts is not None else "")
            + "</span></li>"
        )
    return f"<ul>{''.join(rows)}</ul>"


def edition_or_stop() -> Edition:
    """The edition that is served; where there is none, say why and what to do, and stop."""
    try:
        return current_edition()
    except UserError as error:
        st.title(text("app.title"))
        st.error(f"**{text('app.error_title')}.** {error.summary}", icon=":material/error:")
        for problem in error.problems:
            st.markdown(f"- {problem}")
        st.markdown(text("app.no_edition_text"))
        st.stop()


def problem(error: UserError) -> None:
    """Say what went wrong and every single thing to mend."""
    lines = [f"**{error.summary}**", *(f"- {p}" for p in error.problems)]
    st.error("\n".join(lines), icon=":material/error:")


def current_view(edition: Edition, page: str) -> View:
    """The view of the address; an address without one takes up the last view of this session.

    The whole view is written back, so that the address line always holds a link to it.
    """
    view = view_from_query(_asked(), edition, page)
    query = query_of(view)
    st.session_state[_LAST] = query
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query.items())
    return view


def language_of_address(edition: Edition) -> str:
    """The language asked for, for what is drawn before there is a view."""
    return view_from_query(_asked(), edition).language


def _asked() -> dict[str, str]:
    """The query of the address; without one, that of the last view of this session."""
    last: dict[str, str] = st.session_state.get(_LAST, {})
    return st.query_params.to_dict() or last


def change(view: View) -> None:
    """Put a changed view into the address; for callbacks, before the page is drawn again."""
    st.query_params.from_dict(query_of(view).items())


def settle(key: str, options: Container[object], otherwise: object) -> None:
    """Keep what is chosen in a field while it is on offer; else the field begins with another.

    It is put there at every drawing: a message to the browser that is lost changes nothing.
    """
    now = st.session_state.get(key)
    st.session_state[key] = now if now in options else otherwise


def select(
    view: View, field: str, label: str, options: Iterable[str], name: Callable[[str], str]
) -> None:
    """A drop-down list whose value is a field of the view, and so of the address.

    A marked area goes with its level; all else of the view stays.
    """
    key = f"{view.page}_{field}"
    st.session_state[key] = getattr(view, field)

    def changed() -> None:
        value = st.session_state[key]
        area = None if field == "level" else view.area
        change(replace(view, **{"area": area, field: value}))

    st.selectbox(label, list(options), format_func=name, key=key, on_change=changed)


def register_pages(pages: Mapping[str, st.Page]) -> None:
    """Make the pages known to `open_page` and `page_link`, by their path."""
    st.session_state[_PAGES] = dict(pages)


def open_page(view: View) -> NoReturn:
    """Go to the page of a view; the address carries the view along."""
    st.switch_page(st.session_state[_PAGES][view.page], query_params=query_of(view))


def page_link(view: View, label: str, icon: str | None = None) -> None:
    """A link to the page of a view."""
    page = st.session_state[_PAGES][view.page]
    st.page_link(page, label=label, icon=icon, query_params=query_of(view))


def notice_banner(edition: Edition) -> None:
    """Say on every page what a reader must not overlook, such as invented data."""
    if edition.manifest.notice:
        st.html(f'<p class="hinweiszeile">{escape(edition.manifest.notice)}</p>')


def view_notes(view: View) -> None:
    """Say what of a link could not be kept."""
    for note in view.notes:
        st.info(note, icon=":material/link:")


def language_switch(view: View) -> None:
    """Let the reader change the language; the address carries it."""
    key = "sprache"
    st.session_state[key] = view.language
    st.segmented_control(
        text("common.language", view.language),
        LANGUAGES,
        key=key,
        required=True,
        format_func=lambda k: {"de": "Deutsch", "en": "English"}[k],
        on_change=lambda: change(replace(view, language=st.session_state[key])),
        label_visibility="collapsed",
    )


def table(frame: pd.DataFrame, language: str = "de") -> None:
    """A table as it is read: numbers stand to the right, everything else to the left."""
    right = number_columns(frame, language)
    if not right:
        st.table(frame)
        return
    selector = ", ".join(f"td.col{n}, th.col_heading.col{n}" for n in right)
    st.table(frame.style.set_table_styles([{"selector": selector, "props": _TO_THE_RIGHT}]))


def estimated(found: Sequence[Estimate], language: str = "de") -> None:
    """Why figures are estimated, one click away: the areas that are missing in them."""
    if not found:
        return
    with st.expander(text("gebiet.why_estimated", language), icon=":material/help:"):
        for estimate in found:
            st.markdown(estimate_finding(estimate, language))
            if estimate.missing:
                names = ", ".join(a.name for a in estimate.missing)
                st.caption(text("gebiet.estimated_areas", language, names=names))


def source_line(source: str) -> None:
    """The source below a picture or table."""
    st.caption(source)


def footer(edition: Edition, view: View) -> None:
    """Which edition this is, and that the address line links to exactly this view."""
    manifest = edition.manifest
    st.divider()
    about, language = st.columns([4, 1])
    with language:
        language_switch(view)
    about.caption(
        text(
            "app.footer",
            view.language,
            title=manifest.title,
            day=day(manifest.reporting_date, view.language),
            content=manifest.content[:12],
        )
        + " · "
        + text("app.link_help", view.language)
    )


def page_style(language: str = "de") -> None:
    """The few rules of style that Streamlit has no option for."""
    hint = json.dumps(text("common.scroll_table", language), ensure_ascii=False)
    st.html(f"<style>:root {{ --schieben: {hint}; }} {own('seite.css')}</style>")
