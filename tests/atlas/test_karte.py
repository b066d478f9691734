"""The page of the map as Streamlit runs it; the map itself is drawn in tests/browser."""

import pytest
from streamlit.testing.v1 import AppTest

from atlas.edition import Edition
from tests.small_city import PERIODS


def script() -> None:
    from app import main

    main()


@pytest.fixture
def karte(edition: Edition, monkeypatch: pytest.MonkeyPatch):
    """The page for a query."""
    monkeypatch.setenv("SOZIALATLAS_EDITION", str(edition.path))

    def page() -> None:
        from atlas import widgets
        from atlas.pages import karte as module

        opened = widgets.edition_or_stop()
        view = widgets.current_view(opened, "karte")
        widgets.view_notes(view)
        module.render(opened, view)

    def run(**query: str) -> AppTest:
        app = AppTest.from_function(page, default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return run


def box(app: AppTest, label: str):
    return next(b for b in app.selectbox if b.label == label)


def test_the_choices_speak_german(karte):
    app = karte()
    assert box(app, "Kennzahl").options[0] == "Anteil mit Bürgergeld"
    assert box(app, "Stichtag").options == ["30.06.2024", "31.12.2023"]
    assert box(app, "Ebene").options == ["Planungsräume", "Bezirksregionen"]
    assert box(app, "Darstellung").options == ["Werte", "Räumliche Häufungen"]
    assert app.title[0].value == "Anteil mit Bürgergeld"


def test_a_choice_is_written_into_the_address_and_kept(karte):
    app = karte()
    box(app, "Stichtag").set_value(PERIODS[0]).run()
    assert app.query_params["stichtag"] == PERIODS[0]
    box(app, "Ebene").set_value("bezirksregion").run()
    assert app.query_params["stichtag"] == PERIODS[0]
    assert app.query_params["ebene"] == "bezirksregion"
    assert "Bezirksregionen, Stichtag 31.12.2023" in app.caption[0].value
    assert len(app.dataframe[0].value) == 4


def test_an_address_opens_the_view_it_names(karte, edition):
    app = karte(kennzahl="sgb2_kinder", stichtag=PERIODS[0], gebiet="0110")
    assert box(app, "Kennzahl").value == "sgb2_kinder"
    assert box(app, "Stichtag").value == PERIODS[0]
    assert app.query_params["gebiet"] == "0110"
    assert app.query_params["stand"] == edition.manifest.content[:12]


def test_the_table_says_geheim_and_shows_no_number(karte, edition):
    values = edition.table("values")
    here = (values["level"] == "planungsraum") & (values["period"] == PERIODS[-1])
    secret = here & (values["indicator"] == "sgb2_kinder") & (values["status"] == "suppressed")
    table = karte(kennzahl="sgb2_kinder").dataframe[0].value
    assert len(table) == 36
    assert (table["Status"] == "geheim").sum() == secret.sum() > 0
    assert table.loc[table["Status"] == "geheim", "Wert (%)"].isna().all()


def test_a_link_that_no_longer_fits_opens_with_a_word(karte):
    app = karte(kennzahl="frueher", stand="0" * 12)
    notes = " ".join(i.value for i in app.info)
    assert "anderen Ausgabe" in notes
    assert "„frueher“" in notes
    assert box(app, "Kennzahl").value == "sgb2_quote"


def test_clusters_have_words_and_reasons(karte):
    app = karte(schicht="haeufung")
    assert app.title[0].value == "Räumliche Häufung: Anteil mit Bürgergeld"
    table = app.dataframe[0].value
    assert set(table["Einordnung"]) <= {
        "Häufung hoher Werte", "Häufung niedriger Werte", "kein auffälliges Muster",
        "ohne Aussage", "unbewohnt", "zu klein",
    }  # fmt: skip
    assert "Startwert" in table["Begründung"].iloc[5]


def test_an_edition_that_is_not_there_is_one_clear_message(tmp_path, monkeypatch):
    monkeypatch.setenv("SOZIALATLAS_EDITION", str(tmp_path / "nichts"))
    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    assert "gibt es nicht" in app.error[0].value
    assert "sozialatlas" in " ".join(m.value for m in app.markdown)
