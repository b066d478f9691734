"""Funnel limits: by hand, by loops over the distributions, and on maps that were made up."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geodata.errors import KeyJoinError, ProjectError
from indicators.catalogue import load_catalogue
from indicators.funnel import FunnelSettings, compute_funnels
from indicators.funnel_limits import (
    back,
    between_areas,
    dispersion,
    exact_limits,
    funnel_curves,
    spread_limits,
    transform,
    winsorised,
    z_scores,
)
from indicators.funnel_words import CLASSES

WHERE = {"vintage": "2021", "period": "2025-12-31"}


def test_z_scores_by_hand() -> None:
    """Shares: 25 of 100 against 1/2 is 2·10·(π/6 − π/4). Events: 16 against 9, 2·(4 − 3)."""
    k, n = np.array([25.0]), np.array([100.0])
    assert z_scores(k, n, 0.5, "binomial")[0] == pytest.approx(-20 * math.pi / 12)
    assert z_scores(np.array([16.0]), n, 0.09, "poisson")[0] == pytest.approx(2.0)


def test_winsorising_pulls_in_the_extremes_only() -> None:
    """0 to 9 and 100: the quantiles at 10 and 90 per cent are the 2nd and the 10th value."""
    z = np.array([100.0, *range(10)])
    assert sorted(winsorised(z, 0.1)) == [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    assert winsorised(z, 0.0).tolist() == z.tolist()


def test_dispersion_by_hand() -> None:
    """z = ±2 in five areas of 25: φ = 4; τ² = (5·4 − 4) / (500 − 100) = 0.04, as 1/s² = 100."""
    found = dispersion(np.array([2.0, -2, 2, -2, 2]), np.full(5, 25.0), 0.1)
    assert (found.phi, found.phi_plain, found.tau) == (4, 4, pytest.approx(0.2))


def test_less_spread_than_by_chance_leaves_no_difference_between_areas() -> None:
    assert dispersion(np.array([0.1, -0.1, 0.2]), np.full(3, 25.0), 0.1).tau == 0
    assert between_areas(9.0, np.array([0.1])) == 0


def test_the_difference_between_studies_is_dersimonian_and_lairds() -> None:
    """The 13 trials of the BCG vaccine (Colditz 1994), log risk ratios: τ² = 0.3088.

    The value that R's metafor gives for this example with the method DL.
    """
    trials = np.array(
        [
            *([4, 123, 11, 139], [6, 306, 29, 303], [3, 231, 11, 220], [62, 13598, 248, 12867]),
            *([33, 5069, 47, 5808], [180, 1541, 372, 1451], [8, 2545, 10, 629]),
            *([505, 88391, 499, 88391], [29, 7499, 45, 7277], [17, 1716, 65, 1665]),
            *([186, 50634, 141, 27338], [5, 2498, 3, 2341], [27, 16913, 29, 17854]),
        ],
        dtype=float,
    )
    a, n, c, m = trials.T
    log_ratio, error = np.log((a / n) / (c / m)), np.sqrt(1 / a - 1 / n + 1 / c - 1 / m)
    mean = np.average(log_ratio, weights=1 / error**2)
    phi = float((((log_ratio - mean) / error) ** 2).mean())
    assert round(between_areas(phi, error) ** 2, 4) == 0.3088


def binomial(k: int, n: int, p: float) -> float:
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


def poisson(k: int, n: int, p: float) -> float:
    return math.exp(-n * p) * (n * p) ** k / math.factorial(k)


@pytest.mark.parametrize(("law", "mass"), [("binomial", binomial), ("poisson", poisson)])
@pytest.mark.parametrize(("n", "target"), [(20, 0.3), (50, 0.1), (7, 0.5), (100, 0.01)])
@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_exact_limits_by_adding_up_probabilities(law, mass, n, target, confidence) -> None:
    tail = (1 - confidence) / 2
    below, few = mass(0, n, target), 0
    while below < tail:
        few += 1
        below += mass(few, n, target)
    many = n if law == "binomial" else 60
    above = sum(mass(k, n, target) for k in range(many, (n if law == "binomial" else 90) + 1))
    while above < tail:
        many -= 1
        above += mass(many, n, target)
    low = max((few - (below - tail) / mass(few, n, target)) / n, 0)
    high = (many + (above - tail) / mass(many, n, target)) / n
    found = exact_limits(n, target, confidence, law)
    assert [float(x) for x in found] == pytest.approx(
        [low, min(high, 1.0) if law == "binomial" else high], rel=1e-6
    )


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 3000), st.floats(0.001, 0.999), st.sampled_from([0.95, 0.998]))
def test_no_more_than_its_tail_lies_beyond_a_limit(n, target, confidence) -> None:
    for law, dist in (
        ("binomial", stats.binom(n, target)),
        ("poisson", stats.poisson(n * target)),
    ):
        low, high = (float(x) for x in exact_limits(n, target, confidence, law))
        tail = (1 - confidence) / 2 * (1 + 1e-6)
        assert dist.sf(math.floor(high * n + 1e-7)) <= tail
        assert dist.cdf(math.ceil(low * n - 1e-7) - 1) <= tail
        assert low <= target <= high or n * target < 1 or n * (1 - target) < 1
    mirrored = exact_limits(n, 1 - target, confidence, "binomial")
    assert float(mirrored[0]) == pytest.approx(
        1 - float(exact_limits(n, target, confidence, "binomial")[1]), abs=1e-6
    )


@settings(deadline=None, max_examples=60)
@given(st.floats(0, 1))
def test_the_scale_leads_back(rate) -> None:
    assert float(back(transform(rate, "binomial"), "binomial")) == pytest.approx(rate, abs=1e-12)
    assert float(back(transform(rate, "poisson"), "poisson")) == pytest.approx(rate)


@pytest.mark.parametrize("law", ["binomial", "poisson"])
def test_wider_limits_are_where_the_wider_score_says(law) -> None:
    found = replace(dispersion(np.array([3.0, -3, 3]), np.full(3, 400.0), 0.0), tau=0.03)
    n = np.array([400.0, 4000.0])
    for spread, error in (
        ("multiplicative", 3 / (2 * np.sqrt(n))),
        ("additive", np.sqrt(1 / (4 * n) + 0.03**2)),
    ):
        limits = spread_limits(n, 0.3, 0.95, law, found, spread)
        for limit, side in zip(limits, (-1, 1), strict=True):
            away = transform(limit, law) - transform(0.3, law)
            assert away / error == pytest.approx(np.full(2, side * 1.959964), rel=1e-6)


def test_in_large_areas_only_true_differences_keep_the_limits_apart() -> None:
    found = replace(dispersion(np.array([3.0, -3, 3]), np.full(3, 400.0), 0.0), tau=0.03)
    many = 1e9
    wide = [
        np.ptp(spread_limits(many, 0.3, 0.95, "binomial", found, s))
        for s in ("additive", "multiplicative")
    ]
    assert wide[0] > 0.05
    assert wide[1] < 0.001


def without_dispersion() -> object:
    return dispersion(np.array([0.5, -0.5, 0.1]), np.full(3, 400.0), 0.1)


def test_without_overdispersion_the_limits_are_exact() -> None:
    exact = exact_limits(400, 0.3, 0.95, "binomial")
    for spread in ("additive", "multiplicative", "none"):
        assert spread_limits(400, 0.3, 0.95, "binomial", without_dispersion(), spread) == exact


def areas(k, n, level: str = "ortsteil", key: str = "sgb2_quote", status=None) -> pd.DataFrame:
    k, n = np.asarray(k, float), np.asarray(n, float)
    return pd.DataFrame(
        {
            "area": [f"{i:03d}" for i in range(len(k))],
            "level": level,
            **WHERE,
            "indicator": key,
            "group": "total",
            "value": 100 * k / n,
            "numerator": k,
            "denominator": n,
            "status": status or ["published"] * len(k),
        }
    )


def run(table: pd.DataFrame, key: str = "sgb2_quote", **options):
    found = compute_funnels(
        table, load_catalogue(), [key], "ortsteil", "2025-12-31", "2021", FunnelSettings(**options)
    )
    return found.table.set_index("area"), found.models.get(key)


def by_chance(seed: int = 1, count: int = 120) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = rng.integers(200, 6000, count)
    return rng.binomial(n, 0.12).astype(float), n.astype(float)


def differing(seed: int = 1, count: int = 120) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = rng.integers(200, 6000, count)
    return rng.binomial(n, rng.beta(6, 44, count)).astype(float), n.astype(float)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_chance_alone_rules_hardly_any_area_is_remarkable(seed) -> None:
    table, model = run(areas(*by_chance(seed)), winsor=0.0)
    assert 0.7 < model.dispersion.phi < 1.4
    assert (table["class"] == "im Rahmen des Zufalls").mean() > 0.98
    inside = table["value"].between(table["low_95"], table["high_95"])
    assert 0.88 < inside.mean() <= 1


def test_a_planted_area_is_found_however_limits_are_drawn() -> None:
    k, n = by_chance()
    k[7], k[8] = 0.3 * n[7], 0.01 * n[8]
    for spread in ("none", "multiplicative", "additive"):
        table, model = run(areas(k, n), spread=spread)
        assert table.loc["007", "class"] == "höher als zufällig zu erwarten"
        assert table.loc["008", "class"] == "niedriger als zufällig zu erwarten"
        assert table.loc[["007", "008"], "z_score"].abs().min() > 4
        # Winsorised, the two hardly widen the limits that they lie beyond.
        assert model.dispersion.phi < model.dispersion.phi_plain


def test_where_areas_truly_differ_chance_alone_would_call_most_remarkable() -> None:
    k, n = differing()
    alone, _ = run(areas(k, n), spread="none")
    usual, model = run(areas(k, n), spread="additive")
    assert model.dispersion.phi > 5
    assert alone["class"].str.endswith("zu erwarten").mean() > 0.4
    assert usual["class"].str.endswith("zu erwarten").mean() < 0.03
    # What chance alone does not explain is not called chance.
    beyond = alone["class"].str.endswith("zu erwarten")
    assert not (usual.loc[beyond, "class"] == "im Rahmen des Zufalls").any()
    assert (usual.loc[~beyond, "class"] == "im Rahmen des Zufalls").all()
    assert set(usual["class"]) <= set(CLASSES)
    # Beta(6, 44): standard deviation 0.0455, over 2·√(0.12·0.88) on the scale of the arcsine.
    assert model.dispersion.tau == pytest.approx(0.0455 / (2 * math.sqrt(0.12 * 0.88)), rel=0.3)


def test_the_table_by_a_loop() -> None:
    k, n = differing(count=30)
    table, model = run(areas(k, n), spread="multiplicative")
    target = k.sum() / n.sum()
    z = [
        2 * math.sqrt(b) * (math.asin(math.sqrt(a / b)) - math.asin(math.sqrt(target)))
        for a, b in zip(k, n, strict=True)
    ]
    low, high = np.quantile(z, 0.1), np.quantile(z, 0.9)
    phi = sum(min(max(x, low), high) ** 2 for x in z) / 30
    assert model.dispersion.phi == pytest.approx(phi)
    assert table["z_score"].tolist() == pytest.approx(z)
    assert table["z_adjusted"].tolist() == pytest.approx([x / math.sqrt(phi) for x in z])
    middle, reach = math.asin(math.sqrt(target)), 3.0902323 * math.sqrt(phi)
    tops = [100 * math.sin(middle + reach / (2 * math.sqrt(b))) ** 2 for b in n]
    assert table["high_998"].tolist() == pytest.approx(tops)
    assert table["target"].iloc[0] == pytest.approx(100 * target)


def test_only_counted_and_published_values_enter() -> None:
    k, n = differing(count=20)
    status = [
        "suppressed",
        "too_few",
        "missing",
        "estimated",
        "not_applicable",
        *["published"] * 15,
    ]
    table, model = run(areas(k, n, status=status))
    assert model.areas == 15
    hidden = table.iloc[:5]
    assert set(hidden["class"]) == {"ohne Aussage"}
    assert hidden["status"].tolist() == status[:5]
    assert hidden[["value", "denominator", "z_score", "high_95"]].isna().all(axis=None)
    assert hidden["reason"].str.startswith("Ohne Aussage: ").all()
    assert "geheim" in hidden["reason"].iloc[0]
    assert "geschätzt" in hidden["reason"].iloc[3]
    other = areas(k, n, status=status)
    other.loc[:4, ["value", "numerator", "denominator"]] = [99.0, 990.0, 1000.0]
    pd.testing.assert_frame_equal(table, run(other)[0])


def test_a_zero_is_a_value_and_can_be_remarkable() -> None:
    k, n = by_chance()
    k[3] = 0.0
    status = ["published"] * 120
    status[3] = "zero"
    row = run(areas(k, n, status=status))[0].loc["003"]
    assert (row["value"], row["status"]) == (0, "published")
    assert row["class"] == "niedriger als zufällig zu erwarten"


def test_the_citys_rate_is_the_target_where_it_is_published() -> None:
    k, n = by_chance()
    city = areas([900.0], [10000.0], level="stadt").assign(area="musterstadt")
    table, model = run(pd.concat([areas(k, n), city]), city_level="stadt")
    assert (model.target, model.target_source) == (0.09, "city")
    assert "Rate der Stadt von 9,0" in table["reason"].iloc[0]
    hidden = pd.concat([areas(k, n), city.assign(status="suppressed")])
    table, model = run(hidden, city_level="stadt")
    assert (model.target, model.target_source) == (pytest.approx(k.sum() / n.sum()), "pooled")
    assert "gemeinsame" in table["reason"].iloc[0]


def test_events_are_poisson_and_per_1000() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(500, 9000, 40)
    table, model = run(
        areas(rng.poisson(0.004 * n), n, key="raeumungsklagen_1000"),
        key="raeumungsklagen_1000",
        spread="none",
    )
    assert model.distribution == "poisson"
    high = 1000 * exact_limits(n, model.target, 0.95, "poisson")[1]
    assert np.allclose(table["high_95"], high)


def test_too_few_areas_give_no_statement() -> None:
    table, model = run(areas([5.0] * 7, [100.0] * 7))
    assert model is None
    assert set(table["class"]) == {"ohne Aussage"}
    assert set(table["status"]) == {"not_applicable"}
    assert "zu wenige Gebiete" in table["reason"].iloc[0]


def test_a_delivered_rate_without_counts_says_so() -> None:
    table = areas(*by_chance())
    table.loc[0, ["numerator", "denominator"]] = np.nan
    row = run(table)[0].loc["000"]
    assert (row["class"], row["status"]) == ("ohne Aussage", "not_applicable")
    assert row["reason"] == ("Ohne Aussage: der Wert kam ohne die Anzahlen, aus denen er besteht.")


def test_reasons_are_german_sentences_with_their_limits() -> None:
    k, n = np.full(40, 120.0), np.full(40, 1000.0)
    k[0], k[1] = 200.0, 143.0
    alone = run(areas(k, n), spread="none")[0]["reason"]
    assert alone["000"] == (
        "20,0\u202f% ist höher, als der Zufall erwarten ließe: Bei einem Nenner von 1.000 und der "
        "gemeinsamen Rate der Gebiete von 12,3\u202f% reicht die Spanne von 9,1 bis 15,6\u202f% "
        "(99,8\u202f%)."
    )
    assert "liegt in der Spanne, die der Zufall erwarten ließe" in alone["002"]
    k2, n2 = differing()
    k2[0] = 0.7 * n2[0]
    table, _ = run(areas(k2, n2))
    first = table.loc["000"]
    assert "als Zufall und die üblichen Unterschiede zwischen den Gebieten" in first["reason"]
    usual = table.loc[table["class"] == "im Rahmen der üblichen Unterschiede", "reason"].iloc[0]
    assert "als der Zufall allein erwarten ließe, aber nicht weiter" in usual


def test_a_value_beyond_the_inner_limits_is_called_nothing_rare() -> None:
    k, n = np.full(40, 120.0), np.full(40, 1000.0)
    k[1] = 145.0
    row = run(areas(k, n))[0].loc["001"]
    assert row["class"] == "im Rahmen des Zufalls"
    assert row["reason"].endswith(
        "; außerhalb von 95\u202f% liegt durch Zufall etwa eines von 20 Gebieten."
    )
    assert run(areas(k, n), decisive="95")[0].loc["001", "class"].startswith("höher")


def test_the_curve_runs_through_the_limits_of_the_areas() -> None:
    k, n = differing(count=30)
    for spread in ("none", "additive"):
        table, model = run(areas(k, n), spread=spread)
        curve = funnel_curves(model, n.min(), n.max(), points=60)
        assert (curve["denominator"].iloc[0], curve["denominator"].iloc[-1]) == (n.min(), n.max())
        assert curve["denominator"].is_monotonic_increasing
        first = table.loc[table["denominator"] == n.min()].iloc[0]
        for column in ("target", "low_95", "high_95", "low_998", "high_998"):
            assert curve[column].iloc[0] == pytest.approx(first[column])
        assert (curve["low_998"] <= curve["low_95"]).all()
        assert (curve["high_95"] <= curve["high_998"]).all()
    with pytest.raises(ProjectError, match="Nenner"):
        funnel_curves(model, 0, 100)


def test_columns_and_types_do_not_depend_on_the_content() -> None:
    full, few = run(areas(*by_chance()))[0], run(areas([5.0], [100.0]))[0]
    none = run(areas([], []))[0]
    assert full.dtypes.equals(few.dtypes)
    assert full.dtypes.equals(none.dtypes)
    shuffled = areas(*by_chance()).sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(run(shuffled)[0], full)


@pytest.mark.parametrize(
    ("options", "word"), [({"decisive": "99"}, "decisive"), ({"winsor": 0.5}, "winsor")]
)
def test_impossible_settings_are_named(options, word) -> None:
    with pytest.raises(ProjectError, match=word):
        run(areas(*by_chance()), **options)


def test_mistakes_are_named() -> None:
    table = areas(*by_chance())
    with pytest.raises(ProjectError, match="n_residents"):
        run(table, key="n_residents")
    with pytest.raises(KeyJoinError, match="ortsteil / 000"):
        run(pd.concat([table, table.iloc[:1]]))
