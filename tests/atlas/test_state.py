"""The address owns the state: any view can be written down and opened again."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.state import LAYERS, PAGES, QUERY, offers, query_of, view_from_query
from tests.small_city import PERIODS


def test_an_empty_address_gives_the_default(edition):
    view = view_from_query({}, edition, "karte")
    assert (view.indicator, view.group, view.period) == ("sgb2_quote", "total", PERIODS[-1])
    assert (view.level, view.layer, view.area, view.language) == (
        "planungsraum",
        "wert",
        None,
        "de",
    )
    assert edition.manifest.content.startswith(view.content)
    assert view.notes == ()


def test_the_address_is_german_and_names_the_edition(edition):
    query = query_of(replace(view_from_query({}, edition, "karte"), area="0110"))
    assert query == {
        "kennzahl": "sgb2_quote",
        "stichtag": PERIODS[-1],
        "gebietsstand": "2022",
        "ebene": "planungsraum",
        "gebiet": "0110",
        "stand": edition.manifest.content[:12],
    }


def test_every_offer_can_be_linked_and_opened_again(edition):
    for row in offers(edition).to_dict("records"):
        page = "karte" if row["level"] != "stadt" else "gebiet"
        if page == "gebiet" and row["layer"] != "wert":
            continue
        asked = {QUERY[k]: row[k] for k in ("layer", "group", "level", "period")}
        asked[QUERY["index" if row["layer"] == "index" else "indicator"]] = row["key"]
        view = view_from_query(asked, edition, page)
        assert view.notes == ()
        assert (view.layer, view.level, view.period) == (row["layer"], row["level"], row["period"])
        assert view_from_query(query_of(view), edition, page) == view


_words = st.sampled_from(
    [
        "",
        "total",
        "sgb2_quote",
        "n_residents",
        "planungsraum",
        "stadt",
        *PERIODS,
        *LAYERS,
        "de",
        "en",
        "0110",
        "00",
        "mss_status",
        "'; --",
        "ä" * 300,
        "2024-13-45",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*QUERY.values(), "fremd"]), _words), st.sampled_from(PAGES))
def test_any_address_opens_and_says_the_same_when_written_down(edition, params, page):
    view = view_from_query(params, edition, page)
    again = view_from_query(query_of(view), edition, page)
    assert query_of(again) == query_of(view)
    assert again.notes == ()


def test_what_cannot_be_kept_is_named(edition):
    asked = {"kennzahl": "gibt_es_nicht", "stichtag": "1999-12-31", "gebiet": "9999"}
    view = view_from_query(asked, edition, "karte")
    assert (view.indicator, view.period, view.area) == ("sgb2_quote", PERIODS[-1], None)
    notes = " ".join(view.notes)
    assert "„gibt_es_nicht“" in notes
    assert "Den Stichtag 31.12.1999 gibt es hier nicht. Gezeigt wird der 30.06.2024." in notes
    assert "„9999“" in notes


def test_a_link_of_another_edition_is_recognised(edition):
    assert "anderen Ausgabe" in view_from_query({"stand": "0" * 12}, edition).notes[0]
    assert view_from_query({"stand": edition.manifest.content[:12]}, edition).notes == ()


def test_the_map_does_not_offer_the_whole_city(edition):
    assert view_from_query({"ebene": "stadt"}, edition, "karte").level == "planungsraum"
    assert view_from_query({"ebene": "stadt"}, edition, "gebiet").level == "stadt"


def test_an_area_belongs_to_its_level(edition):
    view = view_from_query({"gebiet": "01", "ebene": "planungsraum"}, edition, "karte")
    assert view.area is None
    assert (
        view_from_query({"gebiet": "01", "ebene": "bezirksregion"}, edition, "karte").area == "01"
    )
