"""Trends over many reporting dates: the tests behind them, gaps, breaks and sentences."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from indicators.catalogue import load_catalogue
from indicators.rates import rate_interval
from indicators.series import COLUMNS, compute_series
from indicators.slopes import (
    autocorrelation,
    monotone_slope,
    score,
    score_p_value,
    score_variance,
    sen_slope,
    straight_slope,
    variance_inflation,
)

FALLING_TIES = np.array([12.1, 11.8, 11.8, 11.2, 10.9, 11.0, 10.4, 10.4, 9.9, 9.5])
RISING_TIES = np.array([3.0, 5.0, 4.0, 4.0, 6.0, 5.0, 7.0, 6.0])
DATES = tuple(f"{year}-12-31" for year in range(2008, 2023))


def rates(
    inside: list[int | None],
    people: int = 5000,
    area: str = "01",
    indicator: str = "sgb2_quote",
    dates: tuple[str, ...] = DATES,
    vintage: str = "2021",
    hidden: str = "suppressed",
) -> pd.DataFrame:
    """One area; None is a value that is not shown."""
    rows = []
    for period, count in zip(dates[-len(inside) :], inside, strict=True):
        number = np.nan if count is None else float(count)
        low, high = (100 * float(x[0]) for x in rate_interval([number], [people]))
        status = hidden if count is None else "published"
        rows.append((period, 100 * number / people, low, high, number, float(people), status))
    columns = ["period", "value", "low", "high", "numerator", "denominator", "status"]
    place = {"area": area, "level": "ortsteil", "vintage": vintage, "group": "total"}
    return pd.DataFrame(rows, columns=columns).assign(indicator=indicator, **place)


def one(*tables: pd.DataFrame, **settings) -> pd.Series:
    found = compute_series(pd.concat(tables, ignore_index=True), load_catalogue(), **settings)
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (FALLING_TIES, (-41, 123.0, 0.0003101414891824028, -0.2833333333333332)),
        (RISING_TIES, (17, 62.333333333333336, 0.04270726819401016, 0.41428571428571426)),
    ],
)
def test_score_variance_p_and_slope_with_ties(values, expected) -> None:
    """pymannkendall 1.4.3, original_test."""
    s, variance = score(values), score_variance(values)
    slope = sen_slope(values, np.arange(len(values), dtype=float), variance)[0]
    assert (s, variance) == (expected[0], pytest.approx(expected[1]))
    assert score_p_value(s, variance) == pytest.approx(expected[2], rel=1e-9)
    assert slope == pytest.approx(expected[3])


@given(st.lists(st.integers(0, 20), min_size=8, max_size=20).filter(lambda x: len(set(x)) > 1))
def test_slope_and_limits_are_those_of_scipy(numbers) -> None:
    values, years = np.array(numbers, dtype=float), np.arange(len(numbers), dtype=float)
    variance = score_variance(values)
    # scipy leaves ties in the times out of account as we do, and corrects those of the values.
    theirs = stats.theilslopes(values, years, alpha=0.95)
    slope, low, high = sen_slope(values, years, variance)
    assert slope == pytest.approx(theirs.slope, abs=1e-12)
    assert low == pytest.approx(theirs.low_slope, abs=1e-12)
    assert high == pytest.approx(theirs.high_slope, abs=1e-12)


def test_the_inflated_variance_is_that_of_simulated_processes() -> None:
    """Oracle: the spread of the score in 20,000 autoregressive series with a gap."""
    steps, rho = (0, 1, 2, 4, 5, 6, 7, 8), 0.6
    alike = rho ** np.abs(np.subtract.outer(steps, steps))
    draws = np.random.default_rng(4).multivariate_normal(np.zeros(8), alike, size=20_000)
    i, j = np.triu_indices(8, 1)
    scores = np.sign(draws[:, j] - draws[:, i]).sum(axis=1)
    expected = scores.var() / score_variance(np.arange(8.0))
    assert variance_inflation(steps, rho) == pytest.approx(expected, rel=0.03)


@given(st.integers(8, 15), st.floats(0, 0.89))
def test_dependence_never_makes_a_trend_more_certain(count, rho) -> None:
    steps = tuple(range(count))
    assert variance_inflation(steps, 0.0) == 1.0
    assert variance_inflation(steps, round(rho, 2)) >= 1.0
    assert variance_inflation(steps, round(rho, 2) + 0.01) >= variance_inflation(
        steps, round(rho, 2)
    )


@given(st.lists(st.floats(0, 50), min_size=8, max_size=15))
def test_upside_down_the_trend_turns_round(numbers) -> None:
    values, years = np.array(numbers).round(3), np.arange(len(numbers), dtype=float)
    up, down = monotone_slope(values, years), monotone_slope(100 - values, years)
    assert up.slope == pytest.approx(-down.slope, abs=1e-9)
    assert up.p_value == pytest.approx(down.p_value, abs=1e-9)
    assert up.low == pytest.approx(-down.high, abs=1e-9)


def test_a_long_swing_is_dependence_and_alternation_is_not() -> None:
    years = np.arange(15.0)
    swing = np.sin(years / 15 * 2 * np.pi)
    assert autocorrelation(swing, years) > 0.7
    assert autocorrelation((-1.0) ** years, years) == 0.0


@pytest.mark.long
def test_wrong_alarms_of_short_dependent_series_are_about_halved() -> None:
    """The same people counted again: autocorrelation 0.6, no trend, 12 points."""
    draws = np.random.default_rng(9)
    alike = 0.6 ** np.abs(np.subtract.outer(range(12), range(12)))
    series = draws.multivariate_normal(np.zeros(12), alike, size=3000)
    plain = [score_p_value(score(x), score_variance(x)) < 0.05 for x in series]
    ours = [monotone_slope(x, np.arange(12.0)).p_value < 0.05 for x in series]
    assert np.mean(plain) > 0.18
    assert np.mean(ours) < 0.6 * np.mean(plain)


def test_the_line_is_the_weighted_least_squares_line() -> None:
    values, years = np.array([0.10, 0.12, 0.11, 0.15, 0.16]), np.arange(5.0)
    people = np.array([900.0, 1000.0, 1200.0, 800.0, 700.0])
    expected = np.polyfit(years, values, 1, w=np.sqrt(people))[0]
    assert straight_slope(values, years, people, 0.1).slope == pytest.approx(expected)


def test_without_weights_and_dependence_it_is_the_textbook_regression() -> None:
    values, years = np.array([4.0, 4.5, 4.1, 5.2, 5.0, 5.9]), np.arange(6.0)
    found, textbook = straight_slope(values, years, None, 0.0), stats.linregress(years, values)
    assert found.slope == pytest.approx(textbook.slope)
    assert found.p_value == pytest.approx(textbook.pvalue)


def test_points_on_a_line_are_not_more_certain_than_chance_allows() -> None:
    """Cochran 1954: the slope's variance is p (1 - p) over the spread of the times."""
    values, years = np.array([0.10, 0.11, 0.12, 0.13]), np.arange(4.0)
    mean = 0.115
    found = straight_slope(values, years, np.full(4, 100.0), mean * (1 - mean))
    error = np.sqrt(mean * (1 - mean) / (100 * 5.0))
    assert found.high - found.slope == pytest.approx(stats.t(2).ppf(0.975) * error)
    assert found.p_value > 0.3


def test_a_steady_rise_over_fifteen_years() -> None:
    row = one(rates([400 + 12 * i + (-1) ** i for i in range(15)]))
    assert (row["class"], row["method"], row["points"], row["gaps"]) == (
        "steigt",
        "mann_kendall",
        15,
        0,
    )
    assert row["low"] < row["slope"] < row["high"]
    assert row["slope"] == pytest.approx(0.24, abs=0.01)
    assert row["reason"] == (
        "Von 8,0\N{NARROW NO-BREAK SPACE}% am 31.12.2008 auf 11,4\N{NARROW NO-BREAK SPACE}% am "
        "31.12.2022: Über 15 Stichtage ist der Wert beständiger gestiegen, als es ein bloßes Auf "
        "und Ab erwarten ließe, um etwa 0,24 Prozentpunkte im Jahr (Mann-Kendall-Test, Steigung "
        "nach Theil und Sen; Schwankungsbereich 0,24 bis 0,24 im Jahr; Abhängigkeit von Stichtag "
        "zu Stichtag 0,00; q < 0,0001)."
    )


def test_up_and_down_is_no_trend_and_no_difference_is_denied() -> None:
    row = one(rates([400, 430, 395, 440, 410, 450, 400, 420, 445, 405]))
    assert row["class"] == "kein klarer Trend"
    assert "nicht sicher sagen" in row["reason"]


def test_a_change_that_no_printed_decimal_shows_is_no_trend() -> None:
    row = one(rates([50_000 + i for i in range(15)], people=500_000))
    assert row["p_value"] < 0.001
    assert row["class"] == "kein klarer Trend"


@pytest.mark.parametrize(
    ("points", "method"), [(3, ""), (4, "weighted_line"), (7, "weighted_line"), (8, "mann_kendall")]
)
def test_the_length_decides_what_is_said(points, method) -> None:
    row = one(rates([400 + 60 * i for i in range(points)]))
    assert row["method"] == method
    if not method:
        assert (row["class"], row["status"]) == ("ohne Aussage", "not_applicable")
        assert row["reason"] == (
            "Ohne Aussage: Die Reihe hat 3 Stichtage mit Wert; nötig sind mindestens 4."
        )
    else:
        assert row["class"] == "steigt"


def test_gaps_are_left_out_counted_and_named() -> None:
    counts: list[int | None] = [400 + 12 * i for i in range(15)]
    counts[3] = counts[9] = None
    row = one(rates(counts))
    assert (row["points"], row["gaps"], row["class"]) == (13, 2, "steigt")
    assert row["slope"] == pytest.approx(0.24, abs=1e-3)
    assert row["reason"].endswith(
        "2 von 15 Stichtagen haben keinen Wert (geheim: 2) und zählen nicht mit."
    )


def test_an_area_without_a_row_has_a_gap_too() -> None:
    both = [rates([400 + 12 * i for i in range(12)], area=a) for a in ("01", "02")]
    short = both[1].loc[both[1]["period"] != "2015-12-31"]
    found = compute_series(pd.concat([both[0], short]), load_catalogue()).set_index("area")
    assert found.loc["02", "gaps"] == 1
    assert "nicht geliefert: 1" in found.loc["02", "reason"]


def test_more_than_a_third_of_gaps_and_nothing_is_said() -> None:
    counts: list[int | None] = [400 + 12 * i for i in range(15)]
    counts[:6] = [None] * 6
    row = one(rates(counts, hidden="too_few"))
    assert (row["class"], row["status"], row["method"]) == ("ohne Aussage", "too_few", "")
    assert np.isnan(row["slope"])
    counts[0] = 400
    assert one(rates(counts))["class"] == "steigt"


def test_a_new_vintage_and_a_new_definition_start_the_series_anew() -> None:
    old = rates([900] * 10, dates=DATES[:10], vintage="2019")
    new = rates([400, 460, 520, 580, 640], vintage="2021")
    row = one(old, new)
    assert (row["points"], row["period_from"], row["vintage"]) == (5, "2018-12-31", "2021")
    assert "neu zugeschnitten (Stand 2019, dann 2021)" in row["break"]
    row = one(rates([900] * 10 + [400, 460, 520, 580, 640], indicator="mss_s1"))
    assert (row["points"], row["period_from"]) == (5, "2018-12-31")
    assert "SGB III" in row["break"]


def test_a_new_law_is_crossed_and_named() -> None:
    dates = tuple(f"{year}-12-31" for year in range(2015, 2026))
    row = one(rates([400 + 12 * i for i in range(11)], dates=dates))
    assert (row["points"], row["class"]) == (11, "steigt")
    assert "Bürgergeld" in row["break"]


def test_the_whole_city_crosses_vintages() -> None:
    old = rates([400 + 12 * i for i in range(6)], dates=DATES[:6], vintage="2019")
    new = rates([472 + 12 * i for i in range(9)], vintage="2021")
    row = one(old, new, stable_levels=("ortsteil",))
    assert (row["points"], row["break"]) == (15, "")


def test_among_many_areas_q_values_are_those_of_benjamini_and_hochberg() -> None:
    draws = np.random.default_rng(5)
    tables = [rates(draws.integers(350, 450, 10).tolist(), area=f"{i:02d}") for i in range(20)]
    found = compute_series(pd.concat(tables), load_catalogue())
    expected = stats.false_discovery_control(found["p_value"], method="bh")
    assert found["q_value"].to_numpy() == pytest.approx(expected)


def test_counts_have_no_series_and_the_columns_stay() -> None:
    found = compute_series(rates([400] * 10, indicator="n_residents"), load_catalogue())
    assert found.empty
    assert list(found) == COLUMNS


def test_a_constant_rate_is_no_trend() -> None:
    for points in (5, 10):
        row = one(rates([400] * points))
        assert (row["slope"], row["p_value"]) == (pytest.approx(0.0), pytest.approx(1.0))
        assert row["class"] == "kein klarer Trend"
    assert one(rates([0] * 5))["class"] == "kein klarer Trend"


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = pd.concat([rates([400 + 9 * i for i in range(10)], area=a) for a in ("01", "02")])
    mixed = rows.sample(frac=1, random_state=3)
    first, second = (compute_series(t, load_catalogue()) for t in (rows, mixed))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.reference
def test_leipzig_falls_and_most_of_its_areas_with_it(city_path) -> None:
    from atlas.edition import open_edition

    values = open_edition(city_path("leipzig")).table("values")
    found = compute_series(values, load_catalogue(), ("stadt",))
    rate = found.loc[found["indicator"] == "sgb2_quote"]
    city = rate.loc[rate["level"] == "stadt"].iloc[0]
    assert (city["class"], city["points"]) == ("sinkt", 15)
    words = rate.loc[rate["level"] == "ortsteil", "class"].value_counts()
    assert words["sinkt"] > 40
    assert "steigt" not in words
