"""A rate beside its population must not give back the few people that it counts."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.fractions import (
    Scale,
    delivered_decimals,
    fitting_numerators,
    safe_rate,
)


def rate(numerator, scale):
    return scale.printed(numerator) / 10**scale.decimals


def test_five_decimals_have_one_fraction_and_two_people_are_told():
    scale = Scale(1234, 100, 5)
    assert fitting_numerators(rate(2, scale), scale) == [2]
    safe = safe_rate(rate(2, scale), scale, 3, share=True)
    # 1, 2 and 3 of 1234 all look like 0 %: so do 4, 5, 6.
    assert safe.decimals == 0
    assert fitting_numerators(safe.value, Scale(1234, 100, 0)) == [0, 1, 2, 3, 4, 5, 6]


def test_a_large_numerator_keeps_its_decimals():
    scale = Scale(1234, 100, 5)
    assert safe_rate(rate(300, scale), scale, 3, share=True).value == rate(300, scale)


def test_few_residents_leave_no_safe_decimals_and_the_rate_is_withheld():
    scale = Scale(80, 100, 1)
    withheld = [
        n for n in range(81) if safe_rate(rate(n, scale), scale, 3, share=True).value is None
    ]
    # Whoever is withheld may be 1 to 3, or all but 0 to 3. Zero is printed.
    assert withheld == [1, 2, 3, 77, 78, 79, 80]


def test_all_but_one_are_as_sensitive_as_one():
    scale = Scale(1000, 100, 2)
    safe = safe_rate(rate(999, scale), scale, 3, share=True)
    assert (safe.value, safe.decimals) == (100.0, 0)
    # Events per 1000 are no share: nobody is left out.
    assert safe_rate(rate(999, scale), scale, 3, share=False).value == rate(999, scale)


def test_decimals_are_read_from_the_numbers():
    assert delivered_decimals([1.25, 3.0, float("nan")]) == 2
    assert delivered_decimals([12.0]) == 0
    assert delivered_decimals(pd.Series([0.1 + 0.2, 0.5])) == 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    denominator=st.integers(4, 400), decimals=st.integers(0, 4), threshold=st.integers(2, 6),
    factor=st.sampled_from([100, 1000]), share=st.booleans(),
)  # fmt: skip
def test_what_is_printed_fits_all_small_numerators_or_none(
    denominator, decimals, threshold, factor, share
):
    """Try every numerator: those that look like a small one include all from 1 to the threshold."""
    scale = Scale(denominator, factor, decimals)
    looks = {}
    for n in range(denominator + 1):
        safe = safe_rate(rate(n, scale), scale, threshold, share=share)
        looks.setdefault((safe.value, safe.decimals), set()).add(n)
    for numerators in looks.values():
        if any(0 < n < threshold for n in numerators):
            assert set(range(1, min(threshold, denominator) + 1)) <= numerators
        if share and any(denominator - threshold < n for n in numerators):
            assert set(range(max(1, denominator - threshold), denominator + 1)) <= numerators
