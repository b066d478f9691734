import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas import wording
from indicators.status import Status

ROOT = Path(__file__).parents[2]
FIELDS = re.compile(r"{(\w+)[^}]*}")


@pytest.mark.parametrize(
    ("x", "decimals", "german", "english"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (0, 0, "0", "0"),
        (1_234_567, 0, "1.234.567", "1,234,567"),
        (-1.26, 1, "−1,3", "−1.3"),
        (-0.04, 1, "0,0", "0.0"),
    ],
)
def test_numbers_in_the_style_of_the_language(x, decimals, german, english):
    assert wording.number(x, decimals) == german
    assert wording.number(x, decimals, "en") == english


def test_a_number_without_a_value_is_refused_not_shown_as_zero():
    with pytest.raises(ValueError, match="value_text"):
        wording.number(float("nan"))


def test_percent_has_a_narrow_no_break_space():
    assert wording.percent(12.34) == "12,3\u202f%"
    assert wording.percent(12.34, 1, "en") == "12.3%"


@pytest.mark.parametrize(
    ("x", "unit", "expected"),
    [
        (1.26, "percent", "+1,3 Prozentpunkte"),
        (-1.26, "percentage_points", "−1,3 Prozentpunkte"),
        (0.01, "percent", "±0,0 Prozentpunkte"),
        (2.5, "per_1000", "+2,5 je 1.000"),
        (-1250, "residents", "−1.250,0"),
    ],
)
def test_differences_carry_their_sign_and_unit(x, unit, expected):
    assert wording.signed(x, 1, "de", unit) == expected


@pytest.mark.parametrize(
    ("value", "status", "expected"),
    [
        (12.345, "published", "12,3\u202f%"),
        (12.345, "estimated", "12,3\u202f%"),
        (0.0, "zero", "0\u202f%"),
        (12.345, "suppressed", "geheim"),
        (None, "too_few", "zu klein"),
        (None, "missing", "keine Angabe"),
        (None, "not_applicable", "nicht berechnet"),
        (float("nan"), "published", "keine Angabe"),
    ],
)
def test_a_cell_shows_its_number_or_the_word_of_its_status(value, status, expected):
    assert wording.value_text(value, "percent", 1, status) == expected


def test_intervals_name_their_unit_once():
    assert wording.interval(12.1, 14.3, "percent", 1) == "12,1 bis 14,3\u202f%"


def test_dates():
    assert wording.day("2025-12-31") == "31.12.2025"
    assert wording.day("2025-12-31", "en") == "31 December 2025"
    assert wording.weekday(0) == "Montag"


def test_things_are_counted_in_their_own_grammar():
    assert wording.listing(["A", "B", "C"]) == "A, B und C"
    assert wording.listing(["A"]) == "A"
    assert wording.listing([]) == ""


@given(st.floats(-1e12, 1e12), st.integers(0, 3))
def test_a_german_number_reads_back_as_the_rounded_number(x, decimals):
    shown = wording.number(x, decimals)
    read = float(shown.replace(".", "").replace(",", ".").replace("−", "-"))
    assert read == float(f"{x:.{decimals}f}")


def test_both_languages_have_the_same_words_with_the_same_fields():
    assert wording.keys("de") == wording.keys("en")
    for key in wording.keys("de"):
        german, english = wording.text(key, "de"), wording.text(key, "en")
        assert set(FIELDS.findall(german)) == set(FIELDS.findall(english)), key
        assert german.strip(), key


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_status_has_a_word_and_an_explanation(status, language):
    assert wording.status_word(status, language)
    assert wording.text(f"status_help.{status}", language)


def test_every_text_the_program_asks_for_exists():
    asked = re.compile(r"""\btext\(\s*"([a-z_0-9.]+)\"""")
    counted = re.compile(r"""\bcounted\(\s*"([a-z_0-9.]+)\"""")
    sources = [ROOT / "app.py", *(ROOT / "atlas").rglob("*.py")]
    wanted = set()
    for source in sources:
        code = source.read_text(encoding="utf-8")
        wanted |= set(asked.findall(code))
        wanted |= {f"{key}_{n}" for key in counted.findall(code) for n in ("one", "many")}
    assert wanted - wording.keys("de") == set()


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (1, 10_000, "unter 0,1\u202f%"),
        (0, 10_000, "0,0\u202f%"),
        (10, 10_000, "0,1\u202f%"),
        (1, 3, "33,3\u202f%"),
    ],
)
def test_a_small_share_is_not_called_nothing(part, whole, shown):
    assert wording.share_text(part, whole) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(4.94, "+4,9 Prozentpunkte"), (-1.26, "−1,3 Prozentpunkte"), (0.01, "±0,0 Prozentpunkte")],
)
def test_a_figure_that_is_a_change_has_its_sign(value, shown):
    assert wording.value_text(value, "percentage_points", 1, "published") == shown
