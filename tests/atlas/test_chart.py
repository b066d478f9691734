"""The chart of a series says in its own data what it draws, in the reader's number style."""

import pytest

from atlas.profile import series
from atlas.profile.chart import series_chart
from atlas.profile.sheets import area_ref
from tests.small_city import VINTAGE


def spec(edition, indicator="sgb2_quote", language="de", area="0444", level="planungsraum"):
    ref = area_ref(edition, VINTAGE, level, area)
    chart = series_chart(series(edition, ref, indicator, language=language), language)
    return chart.to_dict()


def kinds(drawn):
    return {row["kind"] for rows in drawn["datasets"].values() for row in rows if "kind" in row}


def test_a_german_chart_writes_german_numbers(edition):
    locale = spec(edition)["config"]["locale"]["number"]
    assert (locale["decimal"], locale["thousands"]) == (",", ".")
    assert "locale" not in spec(edition, language="en")["config"]


def test_a_chart_has_its_alternative_in_words(edition):
    assert spec(edition)["description"].startswith(
        "Liniendiagramm: Anteil mit Bürgergeld in Feld 5-5 von 31.12.2023 bis 30.06.2024"
    )


def test_a_rate_is_drawn_with_its_range_beside_the_city(edition):
    drawn = spec(edition)
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["area", "line", "point"]
    assert kinds(drawn) == {"Feld 5-5", "Stadt"}


def test_a_count_is_drawn_alone_and_without_a_range(edition):
    drawn = spec(edition, "n_residents")
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["line", "point"]
    assert kinds(drawn) == {"Feld 5-5"}


def test_the_city_is_drawn_once(edition):
    assert kinds(spec(edition, area="00", level="stadt")) == {"Kleinstadt"}


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_hidden_value_leaves_a_gap_and_its_word(edition, language):
    ref = area_ref(edition, VINTAGE, "planungsraum", "0102")
    line = series(edition, ref, "sgb2_kinder", language=language)
    assert not line.drawable
    assert line.has_gaps
    assert all(p.cell.value is None for p in line.points)
