"""One description of a map: what it says of every area, as rows, as a file, as a page."""

import csv
import io
import json
import re
from dataclasses import replace

import geopandas as gpd
import pytest

from atlas.edition import SourceCard
from atlas.maps import PlaceMark, csv_of, describe, export_html, table_of
from atlas.maps.describe import index_label, source_line
from atlas.state import view_from_query
from tests.small_city import PERIODS

N = "\u202f"


def drawn(edition, **asked):
    return describe(edition, view_from_query(asked, edition, "karte"))


def mark(description, area):
    return next(m for m in description.marks if m.area == area)


def test_every_outline_has_a_mark_and_every_value_an_outline(edition):
    description = drawn(edition)
    outlines = json.loads(description.outlines.read_text(encoding="utf-8"))["features"]
    assert [m.area for m in description.marks] == sorted(f["properties"]["area"] for f in outlines)
    assert description.unplaced == ()
    assert sum(description.counts.values()) == len(description.marks)


def test_a_value_without_an_outline_is_reported_by_its_key(edition, monkeypatch):
    values = edition.table("values")
    moved = values.assign(area=values["area"].where(values["area"] != "0112", "7777"))
    fresh = type(edition)(edition.path, edition.manifest)
    monkeypatch.setitem(fresh._tables, "values", moved)
    description = drawn(fresh)
    assert description.unplaced == ("7777",)
    assert mark(description, "0112").shade.key == "missing"


def test_what_a_reader_sees_of_one_area(edition):
    # small_city: (r, c) = (0, 2) has 1020 residents, of them (5 + 1) * 1020 // 100 = 61
    found = mark(drawn(edition), "0102")
    assert (found.name, found.parent) == ("Feld 1-3", "Region 01")
    assert found.value == f"6,0{N}%"
    assert found.lines == (f"6,0{N}%", f"Schwankungsbereich: 4,7 bis 7,6{N}%", "61 von 1.020")


@pytest.mark.parametrize(
    ("area", "asked", "label"),
    [
        ("0100", {}, "unbewohnt"),
        ("0101", {}, "zu klein"),
        ("0102", {"kennzahl": "sgb2_kinder"}, "geheim"),
    ],
)
def test_an_area_without_a_number_says_why_and_shows_none(edition, area, asked, label):
    found = mark(drawn(edition, **asked), area)
    assert (found.value, found.shade.label) == (label, label)
    assert (found.number, found.low, found.high, found.numerator) == (None, None, None, None)


def test_two_periods_have_the_same_classes(edition):
    one, other = (drawn(edition, stichtag=p) for p in PERIODS)
    assert one.classes == other.classes
    assert one.period != other.period


def test_two_levels_have_their_own_classes(edition):
    assert drawn(edition).classes != drawn(edition, ebene="bezirksregion").classes


def test_clusters_are_drawn_with_their_reason(edition):
    description = drawn(edition, schicht="haeufung")
    words = {s.label for s in description.classes.steps}
    assert words == {
        "Häufung hoher Werte",
        "Häufung niedriger Werte",
        "kein auffälliges Muster",
        "ohne Aussage",
    }
    assert all(m.reason for m in description.marks if m.shade in description.classes.steps)
    assert description.title.startswith("Räumliche Häufung")


def test_selection_and_places_lie_on_top_of_the_same_map(edition):
    view = view_from_query({}, edition, "karte")
    place = PlaceMark(9.0, 51.5, "Bibliothek", "planned", "#ffcc00")
    bare, full = describe(edition, view), describe(edition, replace(view, area="0110"), [place])
    assert full == replace(bare, selected="0110", places=(place,))


def test_a_map_names_the_sources_of_what_it_shows(edition):
    cards = [
        SourceCard(f"{n}", n, n, "", n, period, "0" * 64)
        for n, period in (
            ("Amt A", "2024-06-30"),
            ("Amt B", "2023-12-31"),
            ("umrisse.gpkg", ""),
            ("raeume.csv", ""),
        )
    ]
    made = type(edition)(edition.path, replace(edition.manifest, sources=tuple(cards)))
    view = view_from_query({}, made, "karte")
    bare = describe(made, view)
    assert bare.attribution == "Amt A; umrisse.gpkg"
    assert bare.source.startswith("Quelle: Amt A; umrisse.gpkg. Stichtag 30.06.2024.")
    place = PlaceMark(9.0, 51.5, "Bibliothek")
    assert describe(made, view, [place]).attribution == "Amt A; umrisse.gpkg; raeume.csv"
    assert source_line(made, PERIODS).startswith("Quelle: Amt A; Amt B; umrisse.gpkg. Stichtage")


def test_the_alternative_names_the_level_without_bending_its_name(edition):
    assert drawn(edition).alternative.startswith(
        "Karte: Anteil mit Bürgergeld, Ebene: Planungsräume, 30.06.2024."
    )


def test_the_table_shows_the_same_as_the_map(edition):
    frame = table_of(drawn(edition))
    row = frame[frame["Schlüssel"] == "0102"].iloc[0]
    assert row[["Gebiet", "Wert (%)", "Zähler", "Nenner", "Status"]].tolist() == [
        "Feld 1-3", 6.0, 61.0, 1020.0, "veröffentlicht",
    ]  # fmt: skip
    secret = table_of(drawn(edition, kennzahl="sgb2_kinder")).set_index("Schlüssel").loc["0102"]
    assert secret["Status"] == "geheim"
    assert secret[["Wert (%)", "Zähler"]].isna().all()


def test_the_csv_file_opens_in_a_german_office(edition):
    raw = csv_of(drawn(edition))
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 36
    by_key = {r["Schlüssel"]: r for r in rows}
    assert by_key["0102"]["Wert (%)"] == "6,0"
    assert by_key["0102"]["Nenner"] == "1020"
    assert by_key["0101"]["Wert (%)"] == ""
    assert by_key["0101"]["Status"] == "zu klein"
    assert by_key["0102"]["Stichtag"] == "30.06.2024"
    assert by_key["0102"]["Quelle"] == "Kleinstadt, erfundene Daten"


def test_the_page_holds_everything_and_asks_no_server(edition):
    page = export_html(drawn(edition))
    assert '<html lang="de">' in page
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=[\"']?(https?:)?//", page)
    assert not re.search(r"url\([\"']?(https?:)?//", page)
    assert "sourceMappingURL" not in page
    for words in ("Feld 1-3", "zu klein (1 Gebiet)", "Kleinstadt, erfundene Daten"):
        assert words in page
    assert "L.map(" in page


def test_the_same_map_gives_the_same_page(edition):
    assert export_html(drawn(edition)) == export_html(drawn(edition))


def test_a_name_cannot_smuggle_markup_into_the_page(edition):
    description = drawn(edition)
    evil = "<script>alert(1)</script>{{ 7*7 }}"
    marks = tuple(replace(m, name=evil) for m in description.marks)
    page = export_html(replace(description, marks=marks, title=evil, source=evil))
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page.split("<title>")[1].split("</title>")[0]


def test_the_secret_numbers_of_suppressed_areas_are_nowhere(edition):
    description = drawn(edition, kennzahl="sgb2_kinder")
    secret = mark(description, "0102")
    assert secret.lines[0] == "geheim"
    row = next(r for r in csv_of(description).decode("utf-8-sig").splitlines() if ";0102;" in r)
    assert row.startswith("Feld 1-3;Region 01;0102;;;;;;geheim;")


def test_combined_classes_say_what_their_halves_mean(edition):
    parts = {
        "a": {"parts": (), "editions": [{"codes": ["1", "2"], "classes": ["hoch", "mittel"]}]},
        "b": {"parts": (), "editions": [{"codes": ["+", "+/-"], "classes": ["positiv", "stabil"]}]},
        "ab": {"parts": ["a", "b"], "editions": []},
    }
    fake = type("Fake", (), {"catalogue": {"indices": parts}})()
    assert index_label(fake, "ab", "2+/-") == "2+/-: mittel, stabil"
    assert index_label(fake, "ab", "9?") == "9?"
    assert index_label(fake, "a", "hoch") == "hoch"


def test_outlines_of_the_description_can_be_read(edition):
    assert len(gpd.read_file(drawn(edition).outlines)) == 36
