"""Every page opens, speaks the reader's language, and says what the edition says."""

import re
from itertools import pairwise

import pytest

from atlas.edition import Edition
from tests.atlas.test_week import PLAN

PAGES = ("ueberblick", "karte", "gebiet", "verteilung", "sprechstunden", "methode")


def words(test):
    """All text of a page."""
    shown = [*test.title, *test.header, *test.subheader, *test.markdown, *test.caption, *test.info]
    return "\n".join(str(element.value) for element in shown)


def _headings(block):
    """Headings in the order of the page, as a screen reader lists them."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from _headings(child)
        elif child.type in ("title", "header", "subheader"):
            yield child


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_page_opens_with_ordered_headings_and_words_only(run_page, page, language):
    test = run_page(page, sprache=language, ebene="planungsraum", gebiet="0102")
    levels = [int(h.tag[1]) for h in _headings(test.main)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels)), levels
    german = {"ueberblick": "Überblick", "gebiet": "Gebiet", "methode": "Methode"}
    if page in german:
        assert (german[page] in test.title[0].value) == (language == "de")
    cells = [str(c) for t in test.table for c in t.value.to_numpy().ravel()]
    found = re.findall(
        r"\b(?:nan|None|NA|suppressed|too_few)\b|[{}]", "\n".join([words(test), *cells])
    )
    assert found == []


def test_the_overview_shows_the_city_and_links_to_places(run_page):
    test = run_page("ueberblick")
    assert test.title[0].value == "Kleinstadt im Überblick"
    assert [m.label for m in test.metric][:2] == [
        "Einwohnerinnen und Einwohner",
        "SGB-II-Quote",
    ] or (test.metric[0].label == "Einwohnerinnen und Einwohner")
    assert "geheim" in words(test)


def test_an_area_from_the_address_is_opened(run_page):
    test = run_page("gebiet", ebene="planungsraum", gebiet="0444")
    assert test.header[0].value == "Feld 5-5"
    assert "über dem der Stadt" in words(test)


def test_without_an_area_the_page_says_how_to_choose_one(run_page):
    test = run_page("gebiet")
    assert "Wählen Sie oben ein Gebiet" in test.info[0].value


def test_an_unknown_area_is_no_error(run_page):
    test = run_page("gebiet", ebene="planungsraum", gebiet="9999")
    assert "9999" in test.info[0].value
    assert not test.exception


def test_choosing_an_area_puts_it_into_the_address(run_page):
    test = run_page("gebiet", ebene="planungsraum")
    test.selectbox(key="gebiet_name").select("planungsraum/0444").run()
    assert test.query_params["gebiet"] == "0444"
    assert test.header[0].value == "Feld 5-5"


def test_areas_of_all_levels_are_found_by_name(run_page):
    test = run_page("gebiet", ebene="planungsraum")
    options = test.selectbox(key="gebiet_name").options
    assert {"Region 04 (Bezirksregion)", "Feld 5-5 (Planungsraum)"} <= set(options)
    test.selectbox(key="gebiet_name").select("bezirksregion/04").run()
    assert (test.query_params["ebene"], test.query_params["gebiet"]) == ("bezirksregion", "04")
    assert test.header[0].value == "Region 04"


def test_the_list_can_be_narrowed_to_a_level(run_page):
    test = run_page("gebiet", ebene="planungsraum")
    test.selectbox(key="gebiet_ebene").select("bezirksregion").run()
    assert test.selectbox(key="gebiet_name").options == [f"Region 0{n}" for n in (1, 2, 3, 4)]
    test.selectbox(key="gebiet_name").select("bezirksregion/04").run()
    assert test.header[0].value == "Region 04"
    test.button(key="gebiet_zu_planungsraum_0444").click().run()
    assert test.header[0].value == "Feld 5-5"


def test_narrowing_to_another_level_lets_the_area_go(run_page):
    test = run_page("gebiet", ebene="planungsraum", gebiet="0444")
    test.selectbox(key="gebiet_ebene").select("bezirksregion").run()
    assert test.query_params["ebene"] == "bezirksregion"
    assert "gebiet" not in test.query_params


def test_a_hidden_figure_is_called_confidential(run_page):
    test = run_page("gebiet", ebene="planungsraum", gebiet="0102")
    rows = {i: r for t in test.table for i, r in t.value.iterrows()}
    (row,) = (r for name, r in rows.items() if name.startswith("Kinder"))
    assert row["Wert"] == "geheim"


def test_where_nobody_lives_there_are_no_figures(run_page):
    test = run_page("gebiet", ebene="planungsraum", gebiet="0100")
    assert "wohnt niemand" in words(test)
    assert not test.table


def test_a_whole_city_is_not_held_against_itself(run_page):
    test = run_page("gebiet", ebene="stadt")
    assert test.header[0].value == "Kleinstadt"
    assert all("Stadt" not in t.value.columns for t in test.table)


def test_without_a_plan_the_page_says_how_one_is_made(run_page):
    test = run_page("sprechstunden")
    assert "noch keinen Plan" in test.info[0].value
    assert "sozialatlas place" in words(test)


def test_existing_hours_are_listed(run_page):
    test = run_page("sprechstunden")
    (table,) = (t.value for t in test.table)
    assert list(table.index) == ["Montag"]
    assert table.iloc[0]["Zeit"] == "9.00–12.00 Uhr"


def test_the_method_page_names_sources_protection_and_version(run_page):
    test = run_page("methode")
    shown = words(test)
    assert "Zahlen unter 3 werden nicht gezeigt" in shown
    assert "**Schwankungsbereich**" in shown
    cells = "\n".join(str(c) for t in test.table for c in t.value.to_numpy().ravel())
    assert "Kleinstadt, erfundene Daten" in cells
    assert "sozialatlas" in cells


def test_a_plan_is_shown_with_week_reasons_and_reach(run_page, monkeypatch):
    monkeypatch.setattr("atlas.pages.sprechstunden.read_plans", lambda _edition: (PLAN,))
    test = run_page("sprechstunden")
    headings = [h.value for h in test.header]
    assert headings[:2] == ["Probe", "Räume, bestehende Sprechstunden und Plan auf der Karte"]
    assert {"Die Woche", "Warum dort"} <= set(headings)
    assert "höchstens 0,41" in words(test)


def test_the_way_up_and_down_stays_in_the_address(run_page):
    test = run_page("gebiet", ebene="planungsraum", gebiet="0444")
    test.button(key="gebiet_zu_bezirksregion_04").click().run()
    assert (test.query_params["ebene"], test.query_params["gebiet"]) == ("bezirksregion", "04")
    assert test.header[0].value == "Region 04"
    test.button(key="gebiet_zu_planungsraum_0444").click().run()
    assert test.header[0].value == "Feld 5-5"


def test_a_plan_is_named_where_no_room_is_near(run_page, monkeypatch):
    monkeypatch.setattr("atlas.pages.gebiet.read_plans", lambda _edition: (PLAN,))
    test = run_page("gebiet", ebene="planungsraum", gebiet="0205")
    assert "höchstens 25 Minuten" in words(test)
    assert "Geplante Sprechstunden (Plan „Probe“)" in [h.value for h in test.subheader]
    assert "keine Sprechstunde, die von hier zu Fuß erreichbar ist" in words(test)


def test_an_edition_without_rooms_says_so_and_not_that_none_is_near(run_page, edition, monkeypatch):
    tables = {**edition._tables, "places": edition.table("places").head(0)}
    bare = Edition(edition.path, edition.manifest)
    bare._tables = tables
    bare.__dict__["places"] = edition.places.head(0)
    monkeypatch.setattr("atlas.widgets.current_edition", lambda: bare)
    shown = words(run_page("gebiet", ebene="planungsraum", gebiet="0444"))
    assert "Diese Ausgabe enthält keine Räume" in shown
    assert "kein Raum verzeichnet" not in shown
