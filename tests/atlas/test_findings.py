import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas import findings
from atlas.profile import Cell, Figure, Hotspot, IndexClass, Sheet, Trend, direction
from atlas.profile.figures import against

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "findings.toml").read_text(encoding="utf-8")
)
NAMES = {"de": "SGB-II-Quote", "en": "SGB II rate"}
BLAME = re.compile(
    r"Brennpunkt|Problem|schlecht|abgehängt|gefährlich|versagt|Schuld|besser|deprived|worse|bad",
    re.IGNORECASE,
)
languages = pytest.mark.parametrize("language", ["de", "en"])


def figure(language="de", **case):
    unit = case.get("unit", "percent")
    about = Sheet(
        key="sgb2_quote",
        name=NAMES[language],
        sentence="",
        unit=unit,
        decimals=0 if unit == "count" else 1,
        direction="more_need",
        publisher="",
        caveats="",
        flow=case.get("flow", False),
    )
    cell = Cell(
        case.get("value"), case.get("low"), case.get("high"), case.get("status", "published")
    )
    there = "city" in case
    city = Cell(case.get("city"), None, None, "published" if there else "missing")
    compared = unit != "count" and cell.value is not None and there
    return Figure(
        sheet=about,
        group="total",
        period="2023-12-31",
        cell=cell,
        city=city,
        difference=cell.value - city.value if compared else None,
        against=against(cell, city, about.decimals) if compared else "none",
        trend=case.get("trend"),
        middle=case.get("middle"),
        long_trend=None,
        hotspots=case.get("hotspots", ()),
    )


def trend(**case):
    return Trend(
        "2023-06-30",
        "2023-12-31",
        case.get("change"),
        case.get("low"),
        case.get("high"),
        "",
        case.get("break", ""),
        case.get("status", "published"),
        case.get("same_area", False),
    )


def plain(sentence):
    return sentence.replace("\u202f", " ")


@languages
@pytest.mark.parametrize("case", CASES["case"], ids=lambda c: c["rule"])
def test_a_value_against_the_city(case, language):
    assert plain(findings.value_finding(figure(language, **case), language)) == case[language]


@languages
@pytest.mark.parametrize("case", CASES["trend"], ids=lambda c: c["rule"])
def test_a_change(case, language):
    sentence = findings.trend_finding(trend(**case), "percent", 1, language)
    assert plain(sentence) == case[language]


@languages
@pytest.mark.parametrize("case", CASES["gap"], ids=lambda c: c["rule"])
def test_how_good_a_plan_is(case, language):
    assert plain(findings.gap_finding(case["gap"], language)) == case[language]


@languages
@pytest.mark.parametrize("case", CASES["case"] + CASES["trend"], ids=lambda c: c["rule"])
def test_no_sentence_blames_a_place(case, language):
    assert not BLAME.search(case[language])


def hotspot(kind, method="gi_star"):
    return Hotspot(method, kind, 0.01, 5, 9999, 1, "2023-12-31", "published", "")


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [
        ("Häufung hoher Werte", "Hier und in den Nachbargebieten liegen die Werte"),
        ("hoch unter niedrigen", "Der Wert ist hoch, während"),
    ],
)
def test_a_cluster_is_put_into_words(kind, beginning):
    (sentence,) = findings.hotspot_findings([figure(hotspots=(hotspot(kind),))])
    assert sentence.startswith(beginning)
    assert sentence.endswith("SGB-II-Quote.")


@pytest.mark.parametrize("kind", ["kein auffälliges Muster", "ohne Aussage", "hoch unter hohen"])
def test_a_test_without_a_find_needs_no_sentence(kind):
    assert findings.hotspot_findings([figure(hotspots=(hotspot(kind),))]) == ()


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (
            "published",
            "sehr niedrig",
            "Status-Index: sehr niedrig (heißt: hohe Belastung; Stand 31.12.2020).",
        ),
        ("not_applicable", "", "Status-Index: für dieses Gebiet nicht berechnet."),
    ],
)
def test_an_index_is_named_with_its_class(status, kind, expected):
    index = IndexClass("mss_status", "Status-Index", "", kind, kind, "2020-12-31", status, None)
    assert findings.index_finding(index) == expected


def test_a_class_that_hangs_on_chance_is_said_to_be_uncertain():
    index = IndexClass(
        "x", "Mein Index", "", "mittel", "mittel", "2020-12-31", "published",
        0.63, "counts+weights", ("niedrig",),
    )  # fmt: skip
    assert findings.index_finding(index) == (
        "Mein Index: mittel (Stand 31.12.2020). Die Klasse „mittel“ ist unsicher: In 63 von 100 "
        "Proberechnungen bleibt das Gebiet in dieser Klasse. Es liegt nahe an der Grenze zu "
        "„niedrig“."
    )
    assert findings.index_finding(replace(index, robustness=0.97)) == (
        "Mein Index: mittel (Stand 31.12.2020)."
    )


def test_how_much_is_hidden():
    assert findings.hidden_finding(0, 10) == "In dieser Ausgabe ist keine Zahl geheim."
    assert plain(findings.hidden_finding(1250, 50000)).startswith(
        "1.250 von 50.000 Zahlen (2,5 %) sind geheim."
    )


bounds = st.floats(-50, 50, allow_nan=False)


@given(bounds, bounds, bounds)
def test_a_change_is_only_named_where_its_range_leaves_out_zero(change, a, b):
    low, high = sorted((a, b))
    kind = direction(trend(change=change, low=low, high=high))
    assert (kind in ("rising", "falling")) == (low > 0 or high < 0)


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_a_difference_is_only_named_where_the_range_leaves_out_the_city(city, a, b):
    low, high = sorted((a, b))
    area = Cell((low + high) / 2, low, high, "published")
    kind = against(area, Cell(city, 0, 0, "published"), 1)
    assert (kind == "within") == (round(low, 1) <= round(city, 1) <= round(high, 1))
