"""Long developments on the pages: what the edition's tables say, in words, and no more."""

import pytest

from atlas.profile import AreaRef
from atlas.profile.development import (
    development_reasons,
    negative_developments,
    series_sentence,
)

SERIES = {
    "area": "0444", "level": "planungsraum", "vintage": "2022", "indicator": "sgb2_quote",
    "group": "total",
    "reason": "Von 11,0 % auf 4,6 %: Der Wert ist beständiger gesunken, als es ein Auf und Ab "
    "erwarten ließe (Mann-Kendall-Test, Steigung nach Theil und Sen; q = 0,0258). Einer von 16 "
    "Stichtagen hat keinen Wert (geheim: 1) und zählt nicht mit.",
}  # fmt: skip
NEGATIVE = [
    ("0444", "stadtvergleich", "Von 4,1 % auf 5,7 %."),
    ("0444", "zeitverlauf", "Um 1,6 Prozentpunkte gestiegen."),
    ("0102", "dynamik", "Die Dynamik ist negativ."),
    ("0101", "ohne_aussage", "Ohne Aussage."),
]
REF = AreaRef("2022", "planungsraum", "0444", "Feld 5-5", "Planungsraum")


@pytest.fixture
def told(edition, monkeypatch):
    """The small city with a few long developments."""
    import pandas as pd

    series = pd.DataFrame([SERIES])
    negative = pd.DataFrame(NEGATIVE, columns=["area", "kind", "reason"])
    negative = negative.assign(level="planungsraum", vintage="2022")
    own = type(edition).table
    extra = {"series": series, "negative": negative}
    monkeypatch.setattr(
        type(edition), "table", lambda self, name: extra[name] if name in extra else own(self, name)
    )
    return edition


def test_a_sentence_names_its_test_apart(told):
    plain, test = series_sentence(told, REF, "sgb2_quote")
    assert plain.startswith("Von 11,0 % auf 4,6 %: Der Wert ist beständiger gesunken")
    assert "Auf und Ab erwarten ließe. Einer von 16" in plain
    assert "(geheim: 1)" in plain
    assert test == "Mann-Kendall-Test, Steigung nach Theil und Sen; q = 0,0258"
    assert series_sentence(told, REF, "sgb2_kinder") == ("", "")


def test_an_area_is_listed_once_with_all_its_reasons(told):
    found = negative_developments(told, "2022", "planungsraum")
    assert [(d.ref.name, d.reasons) for d in found.listed] == [
        ("Feld 5-5", ("Von 4,1 % auf 5,7 %.", "Um 1,6 Prozentpunkte gestiegen."))
    ]
    assert found.not_judged == 1
    assert development_reasons(told, REF) == found.listed[0].reasons


def test_an_area_that_could_not_be_judged_has_no_reason(told):
    ref = AreaRef("2022", "planungsraum", "0101", "Feld", "Planungsraum")
    assert development_reasons(told, ref) == ()
