"""How hotspots come, stay and go: classes case by case, gaps, breaks and sentences."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.catalogue import load_catalogue
from indicators.hotspot_history import (
    CLASSES,
    COLUMNS,
    HistorySettings,
    history_class,
    hotspot_history,
)
from indicators.hotspot_words import CLASSES as METHODS
from indicators.scan_words import CLASSES as SCAN

RULE = HistorySettings()
HIGH, LOW, QUIET, OPEN = METHODS["gi_star"]


def states(text: str) -> list[bool]:
    return [c == "#" for c in text]


def table(
    text: str, vintage: str = "2021", indicator: str = "sgb2_quote", last: int = 2022
) -> pd.DataFrame:
    """One area; # in a cluster of high values, o of low ones, . in none, ? without a result."""
    words = {"#": HIGH, "o": LOW, ".": QUIET, "?": OPEN}
    years = range(last - len(text) + 1, last + 1)
    rows = [(f"{y}-12-31", words[c]) for y, c in zip(years, text, strict=True)]
    place = {"area": "01", "level": "ortsteil", "vintage": vintage, "indicator": indicator}
    return pd.DataFrame(rows, columns=["period", "class"]).assign(method="gi_star", **place)


def history(*tables: pd.DataFrame, side: str = "high") -> pd.Series:
    found = hotspot_history(pd.concat(tables, ignore_index=True), load_catalogue())
    rows = found.loc[found["side"] == side]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("dates", "word"),
    [
        ("..........", "nie"),
        ("##########", "anhaltend"),
        ("#########.", "anhaltend"),
        (".#########", "anhaltend"),
        ("#.########", "anhaltend"),
        ("#..#######", "anhaltend"),
        (".....#####", "neu hinzugekommen"),
        ("........##", "neu hinzugekommen"),
        (".........#", "zeitweise"),
        ("##......##", "zeitweise"),
        ("########..", "nicht mehr"),
        ("####......", "nicht mehr"),
        ("..##......", "nicht mehr"),
        ("#.#.##....", "nicht mehr"),
        ("#.........", "zeitweise"),
        ("....#.....", "zeitweise"),
        ("#...#...#.", "zeitweise"),
        ("#.#.#.#.#.", "zeitweise"),
    ],
)
def test_classes_case_by_case(dates, word) -> None:
    assert history_class(states(dates), RULE) == word


@given(st.lists(st.booleans(), min_size=4, max_size=20))
def test_every_history_has_a_class_that_its_last_dates_allow(dates) -> None:
    word = history_class(dates, RULE)
    assert word in CLASSES
    if word == "neu hinzugekommen":
        assert dates[-2:] == [True, True]
    if word == "nicht mehr":
        assert dates[-2:] == [False, False]
    assert (word == "nie") == (not any(dates))


@given(st.lists(st.booleans(), min_size=5, max_size=20))
def test_the_latest_date_alone_neither_makes_nor_ends_a_hotspot(dates) -> None:
    """A value that crosses the limit by a hair must not turn "never" into "new"."""
    flipped = [*dates[:-1], not dates[-1]]
    pair = {history_class(dates, RULE), history_class(flipped, RULE)}
    assert pair != {"nie", "neu hinzugekommen"}
    assert pair != {"nicht mehr", "neu hinzugekommen"}


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ("######", "An allen 6 Stichtagen seit dem 31.12.2017 Teil einer Häufung hoher Werte."),
        ("......", "An keinem der 6 Stichtage Teil einer Häufung hoher Werte."),
        (
            "...###",
            "Seit dem 31.12.2020 Teil einer Häufung hoher Werte, davor an keinem Stichtag.",
        ),
        (
            "####..",
            "Seit dem 31.12.2021 nicht mehr; davor an 4 von 4 Stichtagen Teil einer Häufung hoher "
            "Werte.",
        ),
        (
            ".....#",
            "An einem von 6 Stichtagen Teil einer Häufung hoher Werte, am letzten Stichtag "
            "erstmals; ob das bleibt, ist offen.",
        ),
        (
            "#####.",
            "An 5 von 6 Stichtagen Teil einer Häufung hoher Werte, am letzten Stichtag nicht; ob "
            "das bleibt, ist offen.",
        ),
        (
            "#...##",
            "An 3 von 6 Stichtagen Teil einer Häufung hoher Werte, zuletzt ohne Pause seit dem "
            "31.12.2021.",
        ),
    ],
)
def test_the_sentence_says_when(dates, sentence) -> None:
    assert history(table(dates))["reason"] == sentence


def test_a_date_without_a_result_is_a_gap_and_no_pause() -> None:
    row = history(table("##?###"))
    assert (row["class"], row["periods"], row["gaps"], row["times"]) == ("anhaltend", 5, 1, 5)
    assert row["reason"].endswith(" Einer von 6 Stichtagen hat kein Ergebnis und zählt nicht mit.")


@pytest.mark.parametrize("dates", ["###", "#####?", "##???#"])
def test_too_short_too_many_gaps_or_no_latest_result(dates) -> None:
    row = history(table(dates))
    assert (row["class"], row["status"]) == ("ohne Aussage", "not_applicable")


def test_clusters_of_low_values_have_a_history_of_their_own() -> None:
    rows = table("oo..####")
    assert history(rows)["class"] == "neu hinzugekommen"
    assert history(rows, side="low")["class"] == "nicht mehr"
    assert "niedriger Werte" in history(rows, side="low")["reason"]


def test_a_high_area_among_low_ones_is_no_hotspot() -> None:
    rows = table("####").assign(method="local_moran", **{"class": "hoch unter niedrigen"})
    assert history(rows)["class"] == "nie"
    rows["class"] = "hoch unter hohen"
    assert history(rows)["class"] == "anhaltend"
    assert history(rows.assign(method="scan", **{"class": SCAN[0]}))["class"] == "anhaltend"


def test_new_areas_and_new_definitions_are_not_crossed() -> None:
    row = history(table("#####", vintage="2019", last=2017), table("....."))
    assert (row["class"], row["periods"], row["vintage"]) == ("nie", 5, "2021")
    assert "neu zugeschnitten" in row["break"]
    row = history(table("####.....", indicator="mss_s1"))
    assert (row["class"], row["period_from"]) == ("nie", "2018-12-31")
    assert "SGB III" in row["break"]


def test_columns_also_without_rows() -> None:
    found = hotspot_history(table("####").iloc[:0], load_catalogue())
    assert list(found) == COLUMNS
    assert found.empty
