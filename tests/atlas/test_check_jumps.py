"""A changed definition is told from growth, shocks and noise, at the rate that is stated."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from atlas.check.jumps import FALSE_ALARMS, PRIOR_SD, Step, redefined, step


def _series(draw, steps, spread, breaks=(), factor=1.4, areas=40):
    """Poisson counts of areas that grow together by chance, with a new definition at `breaks`."""
    expected = draw.integers(30, 800, areas).astype(float)
    counts, made = draw.poisson(expected), []
    for i in range(steps):
        own = draw.normal(0, 0.05, areas)
        expected = expected * np.exp(draw.normal(-0.02, spread) + own)
        expected *= factor if i in breaks else 1.0
        after = draw.poisson(expected)
        dates = (f"{2000 + i}-12-31", f"{2001 + i}-12-31")
        made.append(step(pd.Series(counts).astype(float), pd.Series(after).astype(float), dates))
        counts = after
    return [s for s in made if s]


def _step(year, move):
    """A step that all areas make alike."""
    dates = (f"{year}-12-31", f"{year + 1}-12-31")
    return Step(*dates, 60, move, 0.98, 1e-9, float(np.exp(move)), 1e4, 0.0, 1.0)


def _years(found):
    return [s.before[:4] for s in found]


def test_series_without_a_break_are_called_one_no_more_often_than_stated():
    """Where the model holds; a rate twice as high would be seen in 400 series nearly always."""
    draw, alarms, series = np.random.default_rng(7), 0, 400
    for i in range(series):
        moves = draw.normal(-0.03, PRIOR_SD, (1, 3, 6, 15)[i % 4])
        made = [
            Step(
                f"{2000 + j}-12-31", f"{2001 + j}-12-31", 60, m, 1.0, 0.0, np.exp(m), 1e4, 0.0, 1.0
            )
            for j, m in enumerate(moves)
        ]
        alarms += bool(redefined(made))
    assert alarms <= binom.ppf(0.999, series, FALSE_ALARMS)


@pytest.mark.parametrize("steps", [1, 6, 15])
@pytest.mark.parametrize("factor", [1.45, 0.65])
def test_a_new_definition_is_found_with_two_dates_and_with_many(steps, factor):
    draw = np.random.default_rng(3)
    where = steps // 2
    found = [_years(redefined(_series(draw, steps, 0.03, (where,), factor))) for _ in range(20)]
    assert sum(years == [str(2000 + where)] for years in found) >= 18


def test_two_definitions_do_not_hide_each_other():
    draw = np.random.default_rng(4)
    found = [_years(redefined(_series(draw, 15, 0.03, (4, 9)))) for _ in range(20)]
    assert sum(years == ["2004", "2009"] for years in found) >= 18


def test_a_shock_that_goes_back_is_no_definition():
    moves = [-0.03, -0.05, -0.02, -0.06, 0.33, -0.25, -0.04, -0.03]
    made = [_step(2016 + i, m) for i, m in enumerate(moves)]
    assert redefined(made) == redefined([]) == []
    assert _years(redefined(made[:5])) == ["2020"]  # nobody can know yet
    stays = [*moves[:5], -0.05, -0.04, -0.03]
    kept = [_step(2016 + i, m) for i, m in enumerate(stays)]
    assert _years(redefined(kept)) == ["2020"]


def test_areas_that_go_both_ways_are_no_definition():
    """The sum grows by half, yet a third of the areas shrinks."""
    before = pd.Series(np.full(30, 200.0))
    after = pd.Series([310.0] * 20 + [150.0] * 10)
    one = step(before, after, ("2020-12-31", "2021-12-31"))
    assert one is not None
    assert redefined([one]) == []


def test_noise_of_small_counts_does_not_hide_a_definition():
    """Of areas with 20 to 40 people more than every tenth goes the other way by chance alone."""
    draw = np.random.default_rng(5)
    found = 0
    for _ in range(20):
        expected = draw.integers(20, 40, 80).astype(float)
        first, second = draw.poisson(expected), draw.poisson(expected * 1.5)
        one = step(
            pd.Series(first).astype(float), pd.Series(second).astype(float),
            ("2020-12-31", "2021-12-31"),
        )  # fmt: skip
        assert one is not None
        found += redefined([one]) == [one]
    assert found >= 16


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_growth_by_chance_is_no_redefinition(seed):
    draw = np.random.default_rng(seed)
    series = [pd.Series(draw.integers(200, 2000, 40)).astype(float)]
    for _ in range(5):
        series.append((series[-1] * np.exp(draw.normal(0.02, 0.04, 40))).round())
    dates = [f"{y}-12-31" for y in range(2018, 2024)]
    pairs = zip(pairwise(series), pairwise(dates), strict=True)
    assert redefined([s for (a, b), d in pairs if (s := step(a, b, d))]) == []
