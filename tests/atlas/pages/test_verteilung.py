"""The page on how people are spread over the city says what the published counts say."""

import numpy as np
import pytest

from atlas.profile.spread import curve_table, spread
from atlas.profile.spread_chart import spread_chart
from atlas.state import spread_offers, view_from_query


def counts_of(edition, level, period, measure, group):
    table = edition.table("counts")
    mask = (table["level"] == level) & (table["period"] == period) & (table["group"] == group)
    return table[mask & (table["measure"] == measure)].set_index("area")["count"].astype(float)


def test_sentence_curve_and_areas_agree_with_the_counts_by_hand(edition):
    view = view_from_query({"kennzahl": "sgb2_quote"}, edition, "verteilung")
    found = spread(edition, view)
    x = counts_of(edition, view.level, view.period, "sgb2_persons", "total")
    n = counts_of(edition, view.level, view.period, "residents", "total")[x.index]
    d = 50 * (x / x.sum() - (n - x) / (n - x).sum()).abs().sum()
    assert f"{d:.1f}".replace(".", ",") + "\u202f% der Menschen" in " ".join(found.sentences)
    assert found.base == "Einwohnerinnen und Einwohner"

    order = np.argsort(-(x / n).to_numpy(), kind="stable")
    people = np.concatenate([[0], np.cumsum(n.to_numpy()[order]) / n.sum()])
    counted = np.concatenate([[0], np.cumsum(x.to_numpy()[order]) / x.sum()])
    for point in found.curve:
        assert point.value == pytest.approx(np.interp(point.population, people, counted))

    top = (x / n / (x.sum() / n.sum())).sort_values(ascending=False)
    assert found.highest[0][0].area in set(top[np.isclose(top, top.iloc[0])].index)
    assert found.highest[0][1].startswith(f"{top.iloc[0]:.1f}".replace(".", ","))
    assert all(top[ref.area] > 1 for ref, _ in found.highest)


def test_a_change_within_chance_is_said_to_be_none(edition):
    found = spread(edition, view_from_query({"kennzahl": "sgb2_quote"}, edition, "verteilung"))
    assert len(found.changes) == 1
    assert "Gegenüber dem 31.12.2023 hat sich" in found.changes[0]
    assert "nicht wesentlich verändert" in found.changes[0]


def test_where_counts_are_hidden_the_curve_is_a_range(edition):
    view = view_from_query({"kennzahl": "sgb2_kinder"}, edition, "verteilung")
    found = spread(edition, view)
    inner = found.curve[1:-1]
    assert any(point.low < point.high for point in inner)
    assert all(point.low <= point.value <= point.high for point in inner)
    drawn = spread_chart(found).to_dict()
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["area", "line", "point"]
    assert any("–" in cell for cell in curve_table(found)["leben hier von den Gezählten"])


def test_without_hidden_counts_no_range_is_drawn_and_the_curve_is_told_in_words(edition):
    found = spread(edition, view_from_query({"kennzahl": "sgb2_quote"}, edition, "verteilung"))
    drawn = spread_chart(found).to_dict()
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["line", "point"]
    assert drawn["description"].startswith("Lorenzkurve: In den Gebieten mit dem höchsten Anteil")


def test_only_figures_whose_people_are_counted_are_offered(edition):
    offered = spread_offers(edition)
    assert set(offered["key"]) == {"sgb2_quote", "sgb2_kinder"}
    view = view_from_query({"kennzahl": "n_residents"}, edition, "verteilung")
    assert view.indicator == "sgb2_quote"
    assert view.notes == (
        "Zu „Einwohnerinnen und Einwohner“ lässt sich keine Verteilung von Menschen zeigen. "
        "Gezeigt wird „SGB-II-Quote“.",
    )
    unknown = view_from_query({"kennzahl": "unsinn"}, edition, "verteilung")
    assert "unsinn" in unknown.notes[0]
    whole = view_from_query({"kennzahl": "sgb2_quote", "ebene": "stadt"}, edition, "verteilung")
    assert whole.notes == (
        "Auf der gewählten Ebene lässt sich keine Verteilung zeigen: Dort gibt es nur ein Gebiet, "
        "oder die Anzahlen fehlen.",
    )


def test_a_choice_goes_into_the_address(run_page):
    test = run_page("verteilung")
    assert test.title[0].value.startswith("Wie verteilt und konzentriert leben die Menschen in")
    test.selectbox(key="verteilung_indicator").select("sgb2_kinder").run()
    assert test.query_params["kennzahl"] == "sgb2_kinder"
    assert "Kinder unter 15" in test.title[0].value
