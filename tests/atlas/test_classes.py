"""Class breaks, colours and the classes without a number."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas import classes as c
from indicators.status import VISIBLE, Status

N = "\u202f"
values = st.lists(st.floats(-50, 400).map(lambda x: round(x, 1)), min_size=1, max_size=120).map(
    np.array
)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    a, b = sorted([luminance(one), luminance(other)])
    return (b + 0.05) / (a + 0.05)


def test_breaks_are_round_numbers_with_german_labels():
    shares = np.linspace(1.3, 28.7, 200)
    found = c.graded(shares, "percent", 1)
    assert found.breaks == (6.0, 12.0, 18.0, 24.0)
    assert [s.label for s in found.steps] == [
        f"unter 6,0{N}%",
        f"6,0 bis unter 12,0{N}%",
        f"12,0 bis unter 18,0{N}%",
        f"18,0 bis unter 24,0{N}%",
        f"ab 24,0{N}%",
    ]


@given(values)
def test_breaks_rise_are_printable_and_leave_no_class_empty(numbers):
    breaks = c.rounded_breaks(numbers, 1)
    assert list(breaks) == sorted(set(breaks))
    assert all(round(b, 1) == b for b in breaks)
    counts = np.bincount(np.searchsorted(breaks, numbers, side="right"), minlength=len(breaks) + 1)
    assert (counts > 0).all()
    assert (len(breaks) == 0) == (numbers.min() == numbers.max())


@given(values, st.randoms(use_true_random=False))
def test_breaks_do_not_depend_on_the_order_of_areas(numbers, random):
    shuffled = numbers.tolist()
    random.shuffle(shuffled)
    assert c.rounded_breaks(np.array(shuffled), 1) == c.rounded_breaks(numbers, 1)


@given(values)
def test_a_higher_value_is_never_in_a_lower_class(numbers):
    found = c.graded(numbers, "percent", 1)
    ranks = [found.steps.index(found.of_value(v, "published")) for v in sorted(numbers)]
    assert ranks == sorted(ranks)


def test_a_value_is_classed_as_it_is_printed():
    found = c.Classes(
        steps=(c.MapClass("c0", "unter 8,0", "#ffffff"), c.MapClass("c1", "ab 8,0", "#000000")),
        without=c.without_number(),
        breaks=(8.0,),
    )
    assert found.of_value(7.96, "published").key == "c1"  # printed 8,0
    assert found.of_value(7.94, "published").key == "c0"


def test_many_equal_values_do_not_make_one_class_of_different_ones():
    found = c.graded([0.0] * 50 + [1.0, 2.0, 3.0], "percent", 1)
    assert len(found.steps) > 1
    assert found.of_value(0.0, "zero") != found.of_value(3.0, "published")


def test_nothing_published_still_has_a_legend():
    found = c.graded([], "percent", 1)
    assert len(found.steps) == 1
    assert found.of_value(float("nan"), "suppressed").label == "geheim"


@pytest.mark.parametrize("status", [s for s in Status if s not in VISIBLE])
def test_a_status_without_number_has_its_own_class_even_beside_a_number(status):
    found = c.graded([1.0, 2.0, 3.0, 4.0, 5.0], "percent", 1)
    assert found.of_value(3.0, status).key == status
    assert found.of_word("hoch", status).key == status


def test_missing_is_not_zero():
    found = c.graded([0.0, 1.0, 2.0, 3.0, 4.0], "percent", 1)
    assert found.of_value(0.0, "zero") == found.steps[0]
    assert found.of_value(float("nan"), "published").key == "missing"


def test_darker_is_more_need():
    shares = np.arange(100.0)
    more, less = c.graded(shares, "percent", 1), c.graded(shares, "percent", 1, "less_need")
    assert luminance(more.of_value(99.0, "published").colour) < 0.05
    assert luminance(less.of_value(0.0, "published").colour) < 0.05
    assert luminance(less.of_value(99.0, "published").colour) > 0.9


def test_every_shade_is_darker_than_the_one_before():
    light = [luminance(s) for s in c.SEQUENTIAL]
    assert all(a > b for a, b in pairwise(light))
    assert all(contrast(a, b) >= 1.3 for a, b in pairwise(c.SEQUENTIAL))


@pytest.mark.parametrize("direction", ["more_need", "less_need"])
def test_a_change_has_zero_as_a_break_and_a_hue_for_each_side(direction):
    changes = np.linspace(-3.4, 6.1, 80)
    found = c.graded(changes, "percentage_points", 1, direction)
    assert 0.0 in found.breaks
    worse, better = (6.0, -3.0) if direction == "more_need" else (-3.0, 6.0)
    rising = {
        found.of_value(worse, "published").colour,
        found.of_value(worse / 30, "published").colour,
    }
    falling = {found.of_value(better, "published").colour}
    assert rising <= set(c.RISING)
    assert falling <= set(c.FALLING)


def test_equal_shades_of_a_change_mean_equal_size():
    mostly_falling = [*np.linspace(-5, 0, 90), 0.3, 0.6]
    breaks = c.graded(mostly_falling, "percentage_points", 1).breaks
    assert breaks == tuple(-b for b in reversed(breaks))


def test_a_change_that_only_rises_needs_no_second_hue():
    found = c.graded(np.linspace(0.4, 6.1, 80), "percentage_points", 1)
    assert {s.colour for s in found.steps} == set(c.SEQUENTIAL)


def test_classes_without_a_number_differ_by_pattern_not_only_by_colour():
    without = c.without_number()
    assert len({(s.pattern, s.pattern == "" and s.colour) for s in without}) == len(without)
    assert len({s.label for s in without}) == len(without)
    assert all(s.help for s in without)
    assert {s.colour for s in without}.isdisjoint(c.SEQUENTIAL)


def test_index_words_keep_their_order_and_unknown_words_are_no_class():
    words = ("hoch", "mittel", "niedrig", "sehr niedrig")
    found = c.ordered_words(words, words)
    light = [luminance(s.colour) for s in found.steps]
    assert light == sorted(light, reverse=True)
    assert found.of_word("mittel", "published").label == "mittel"
    assert found.of_word("unbekannt", "published").key == "missing"


def test_twelve_classes_have_twelve_colours_and_more_are_refused():
    words = tuple(f"{a}{b}" for a in "1234" for b in ("+", "+/-", "-"))
    assert len({s.colour for s in c.ordered_words(words, words).steps}) == 12
    with pytest.raises(ValueError, match="at most 5"):
        c.shades(7)


def test_a_swatch_stands_alone():
    secret = c.without_number()[0]
    picture = c.swatch(secret)
    assert picture.startswith("<svg xmlns=")
    assert f'id="muster-{secret.key}"' in picture
    assert f"url(#muster-{secret.key})" in picture
