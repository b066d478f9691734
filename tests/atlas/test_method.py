"""What the page on methods says, against the manifest of the small city."""

from dataclasses import replace

import pytest

from atlas.edition import Edition, SourceCard
from atlas.profile.method import (
    check_report,
    edition_table,
    file_table,
    hidden_table,
    protection_texts,
    sheet_pages,
    source_table,
)
from tests.small_city import PERIODS


def with_manifest(edition, **changes):
    return Edition(edition.path, replace(edition.manifest, **changes))


def card(period, name):
    return SourceCard(name, "Zahlen", "Amt", "CC0-1.0", "Amt", period, "0" * 64)


def test_files_of_one_data_set_stand_together_with_their_whole_period(edition):
    cards = (card("2023-12-31", "a.csv"), card("2020-12-31 bis 2021-12-31", "b.csv"))
    made = with_manifest(edition, sources=cards)
    (row,) = source_table(made).to_dict("records")
    assert (row["Zeitraum"], row["Dateien"]) == ("31.12.2020 bis 31.12.2023", "2")
    assert list(file_table(made).index) == ["a.csv", "b.csv"]


def test_every_indicator_has_a_sheet_with_what_is_counted(edition):
    pages = {p.key: dict(p.rows) for p in sheet_pages(edition)}
    assert set(pages) == set(edition.table("values")["indicator"])
    assert pages["sgb2_quote"]["Bezogen auf"] == "Einwohnerinnen und Einwohner"
    assert pages["sgb2_kinder"]["Gezählt wird"].endswith("unter 15 Jahre")
    assert "Bezogen auf" not in pages["n_residents"]


def test_protection_is_told_with_the_edition_s_own_numbers(edition):
    told = "\n".join(protection_texts(edition))
    rule = edition.manifest.disclosure
    assert f"{rule.suppressed} von {rule.cells} Zahlen" in told
    # Bounds that differ by 2 leave 3 whole numbers.
    assert f"umfasst {rule.narrowest + 1} mögliche Werte" in told


def test_where_nothing_is_hidden_no_figure_is_claimed(edition):
    rule = replace(edition.manifest.disclosure, suppressed=0, audited=0, narrowest=None)
    told = protection_texts(with_manifest(edition, disclosure=rule))
    assert any("keine Zahl verborgen" in t for t in told)
    assert not any("absichtlich" in t for t in told)


def test_public_measures_are_named_in_words(edition):
    rule = replace(edition.manifest.disclosure, public_measures=("residents",))
    told = protection_texts(with_manifest(edition, disclosure=rule))
    assert any("Einwohnerinnen und Einwohner" in t for t in told)


def test_hidden_figures_are_counted_by_level(edition):
    table = hidden_table(edition)
    assert list(table.index) == ["Planungsräume", "Bezirksregionen", "Stadt"]
    assert list(table["davon geheim"]) == ["4", "0", "0"]


def test_the_check_report_speaks_in_names_and_german_dates(edition):
    made = with_manifest(edition)
    made.__dict__["checks"] = {
        "sources": [
            {
                "file": "a.csv",
                "rows_read": 1200,
                "rows_used": 1000,
                "areas_joined": 36,
                "areas_known": 36,
                "set_aside": [{"reason": "außerhalb von 2008-12-31 bis 2022-12-31", "rows": 200}],
            }
        ],
        "notes": ["residents/total = residents/age_u15: erfüllt in 1/2 Zeilen."],
    }
    report = check_report(made)
    row = report.files.iloc[0]
    assert (row["Zeilen gelesen"], row["beiseitegelegt"], row["Gebiete zugeordnet"]) == (
        "1.200",
        "200",
        "36 von 36",
    )
    assert report.set_aside.iloc[0]["Grund"] == "außerhalb von 31.12.2008 bis 31.12.2022"
    assert report.notes == (
        "„Einwohnerinnen und Einwohner“ = „Einwohnerinnen und Einwohner, unter 15 Jahre“: "
        "erfüllt in 1/2 Zeilen.",
    )


def test_the_version_is_told(edition):
    table = edition_table(edition)
    assert table.loc["Prüfsumme des Inhalts", "Angabe"] == edition.manifest.content
    assert table.loc["Programm", "Angabe"] == edition.manifest.software


@pytest.mark.parametrize(("first", "named"), [("2022-06-30", True), ("2023-12-31", False)])
def test_a_break_is_named_only_where_the_series_crosses_it(edition, first, named):
    # the law of 2023-01-01 lies between the dates of the one, before both of the other
    made = Edition(edition.path, edition.manifest)
    values = edition.table("values")
    made._tables["values"] = values.assign(period=values["period"].replace(PERIODS[0], first))
    (page,) = (p for p in sheet_pages(made) if p.key == "sgb2_quote")
    assert ("Bürgergeld-Gesetz" in dict(page.rows).get("Brüche in der Reihe", "")) == named
