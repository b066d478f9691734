"""Delivered rates do not give back the few people that they count."""

from dataclasses import replace

import pandas as pd
import pytest

from atlas.build.delivered import safe_delivered
from atlas.build.inputs import Inputs, Places
from indicators.catalogue import load_catalogue
from indicators.disclosure.fractions import Scale, fitting_numerators
from indicators.disclosure.rule import Rule
from tests.indicators.disclosure_cases import DAY, known, table

RESIDENTS = {"a": 2000, "b": 2000, "c": 60, "d": 2000}
NUMERATORS = {"a": 2, "b": 400, "c": 2, "d": 0}


@pytest.fixture
def catalogue():
    whole = load_catalogue()
    entry = replace(
        whole.indicators["sgb2_quote"], key="fremde_quote", delivered=True,
        numerator=None, denominator="residents",
    )  # fmt: skip
    return replace(whole, indicator=(*whole.indicator, entry))


def inputs(public=frozenset()):
    rates = [round(100 * NUMERATORS[a] / RESIDENTS[a], 4) for a in RESIDENTS]
    delivered = pd.DataFrame(
        {
            "area": list(RESIDENTS), "level": "ortsteil", "vintage": "v1", "period": DAY,
            "indicator": "fremde_quote", "value": rates,
            "status": ["zero" if r == 0 else "published" for r in rates],
        }
    )  # fmt: skip
    nothing = pd.DataFrame()
    return Inputs(
        nothing, nothing, nothing, delivered, Places(), frozenset({"residents"}), (), {},
        public_values=public,
    )  # fmt: skip


def counts(hidden=()):
    frame = table(
        [
            *known("ortsteil", RESIDENTS, "residents/total"),
            *known("ortsteil", {"b": 400}, "sgb2_persons/total"),
        ]
    )
    chosen = frame["area"].isin(hidden) & (frame["measure"] == "sgb2_persons")
    return frame.assign(
        count=frame["count"].mask(chosen), status=frame["status"].mask(chosen, "suppressed")
    )


def test_four_decimals_tell_two_people_and_are_shortened_or_withheld(catalogue):
    given = inputs().delivered.set_index("area")["value"]
    assert fitting_numerators(given["a"], Scale(2000, 100, 4)) == [2]
    safe, notes = safe_delivered(catalogue, inputs(), counts(), Rule())
    rows = safe.set_index("area")
    assert rows["status"].to_dict() == {
        "a": "rounded", "b": "published", "c": "suppressed", "d": "zero",
    }  # fmt: skip
    assert {1, 2, 3} <= set(fitting_numerators(rows.at["a", "value"], Scale(2000, 100, 0)))
    assert rows.at["b", "value"] == 20.0
    assert pd.isna(rows.at["c", "value"])
    (note,) = notes
    assert "1 Werte haben Nachkommastellen verloren, 1 sind geheim" in note


def test_what_is_public_already_stays_as_delivered(catalogue):
    given = inputs(frozenset({"fremde_quote"}))
    safe, notes = safe_delivered(catalogue, given, counts(), Rule())
    pd.testing.assert_frame_equal(safe, given.delivered)
    assert notes == ()


def test_a_rate_of_a_hidden_numerator_is_withheld(catalogue):
    entries = [
        replace(i, numerator="sgb2_persons") if i.key == "fremde_quote" else i
        for i in catalogue.indicator
    ]
    catalogue = replace(catalogue, indicator=tuple(entries))
    safe, _ = safe_delivered(catalogue, inputs(), counts(), Rule())
    assert safe.set_index("area").at["b", "status"] == "published"
    safe, _ = safe_delivered(catalogue, inputs(), counts(hidden=["b"]), Rule())
    assert safe.set_index("area").at["b", "status"] == "suppressed"


@pytest.mark.parametrize("status", ["rounded", "perturbed", "estimated"])
def test_a_true_rate_beside_an_inexact_count_is_withheld(catalogue, status):
    entries = [
        replace(i, numerator="sgb2_persons") if i.key == "fremde_quote" else i
        for i in catalogue.indicator
    ]
    catalogue = replace(catalogue, indicator=tuple(entries))
    frame = counts()
    own = frame["measure"] == "sgb2_persons"
    beside = frame.assign(
        count=frame["count"].mask(own, 395), status=frame["status"].mask(own, status)
    )
    safe, (note,) = safe_delivered(catalogue, inputs(), beside, Rule())
    rows = safe.set_index("area")
    assert rows.at["b", "status"] == "suppressed"
    assert pd.isna(rows.at["b", "value"]), "20 % of 2,000 would be exactly 400"
    assert "2 sind geheim" in note


def test_without_a_denominator_in_print_the_report_says_that_nothing_was_judged(catalogue):
    _, (note,) = safe_delivered(catalogue, inputs(), counts().iloc[:0], Rule())
    assert "Bei 4 Werten steht kein Nenner" in note
