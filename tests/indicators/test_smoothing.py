"""Empirical Bayes against esda, the paper's formulas one by one, and laws."""

import numpy as np
import pandas as pd
import pytest
from esda.smoothing import Empirical_Bayes, Spatial_Empirical_Bayes
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from scipy import sparse

from geodata.errors import KeyJoinError, ProjectError, TableError
from indicators.catalogue import load_catalogue
from indicators.smoothing import METHODS_DE, smooth_global, smooth_local, smooth_values

WHERE = {"level": "ortsteil", "vintage": "2021", "period": "2025-12-31"}


def ring(count: int) -> sparse.csr_array:
    """Each area beside the next and the one before."""
    index = np.arange(count)
    rows = np.concatenate([index, index])
    cols = np.concatenate([(index + 1) % count, (index - 1) % count])
    return sparse.csr_array((np.ones(2 * count), (rows, cols)), shape=(count, count))


def city(count: int = 30, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Rates that differ by more than chance."""
    rng = np.random.default_rng(seed)
    people = rng.integers(100, 4000, count).astype(float)
    return rng.binomial(people.astype(int), rng.beta(4, 30, count)).astype(float), people


def marshall(k: np.ndarray, n: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """Marshall 1991, one area after the other, each with the areas it borrows from."""
    out = []
    for i, group in enumerate(groups):
        people = sum(n[j] for j in group)
        mean = sum(k[j] for j in group) / people
        spread = sum(n[j] * (k[j] / n[j] - mean) ** 2 for j in group) / people
        real = max(spread - mean / (people / len(group)), 0.0)
        weight = real / (real + mean / n[i]) if real else 0.0
        out.append(mean + weight * (k[i] / n[i] - mean))
    return np.array(out)


def test_two_areas_by_hand() -> None:
    """10 of 100 and 60 of 300: mean 70/400 = 0.175.

    Spread (100·0.075² + 300·0.025²)/400 = 0.75/400 = 0.001875; chance 0.175/200 = 0.000875;
    real 0.001. First area: chance 0.00175, share of the mean 0.00175/0.00275 = 7/11, so
    0.175 − 4/11·0.075. Second: 0.175/300 = 0.00058333, 7/19, so 0.175 + 12/19·0.025.
    """
    found = smooth_global([10, 60], [100, 300])
    assert found.shrinkage == pytest.approx([7 / 11, 7 / 19])
    assert found.rate == pytest.approx([0.175 - 0.075 * 4 / 11, 0.175 + 0.025 * 12 / 19])
    assert found.mean == pytest.approx([0.175, 0.175])


def test_global_is_esdas_where_the_variance_is_positive() -> None:
    k, n = city()
    found = smooth_global(k, n)
    assert np.allclose(found.rate, Empirical_Bayes(k, n).r.ravel(), rtol=1e-12)
    assert (found.shrinkage < 1).all()


def test_differences_that_chance_explains_vanish_completely() -> None:
    """esda goes on with the negative variance, the paper says that it is none."""
    k, n = np.array([10.0, 11.0, 9.0, 10.0]), np.full(4, 100.0)
    found = smooth_global(k, n)
    assert found.rate == pytest.approx(np.full(4, 0.1))
    assert found.shrinkage.tolist() == [1, 1, 1, 1]
    assert found.rate == pytest.approx(marshall(k, n, [[0, 1, 2, 3]] * 4))
    assert Empirical_Bayes(k, n).r.ravel() != pytest.approx(found.rate)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_local_is_esdas_and_the_papers(seed: int) -> None:
    k, n = city(seed=seed)
    around = ring(30)
    found = smooth_local(k, n, around)
    groups = [[i, (i + 1) % 30, (i - 1) % 30] for i in range(30)]
    assert np.allclose(found.rate, marshall(k, n, groups), rtol=1e-10)
    theirs = Spatial_Empirical_Bayes(k, n, Graph.from_sparse(around).to_W())
    assert np.allclose(found.rate, theirs.r.ravel(), rtol=1e-10)
    assert found.local.all()


def test_where_all_are_neighbours_local_is_global() -> None:
    k, n = city()
    near = smooth_local(k, n, sparse.csr_array(np.ones((30, 30))))
    far = smooth_global(k, n)
    assert np.allclose(near.rate, far.rate, rtol=1e-9)
    assert np.allclose(near.shrinkage, far.shrinkage, rtol=1e-6)


def test_weights_of_the_graph_do_not_matter_only_who_is_a_neighbour() -> None:
    k, n = city()
    plain, weighted = ring(30), ring(30) * 0.5 + sparse.eye_array(30)
    assert np.array_equal(smooth_local(k, n, plain).rate, smooth_local(k, n, weighted).rate)


def test_an_island_is_smoothed_globally_and_says_so() -> None:
    k, n = city()
    around = ring(30).tolil()
    around[5, :] = 0
    found, whole = smooth_local(k, n, sparse.csr_array(around)), smooth_global(k, n)
    assert found.local.tolist() == [i != 5 for i in range(30)]
    assert (found.rate[5], found.shrinkage[5]) == (whole.rate[5], whole.shrinkage[5])


def test_a_neighbourhood_without_a_case_has_the_rate_zero() -> None:
    found = smooth_local([0, 0, 0, 90], [100, 200, 300, 400], sparse.csr_array(np.eye(4, k=1)))
    assert found.rate[:2].tolist() == [0, 0]
    assert found.shrinkage[:2].tolist() == [1, 1]


@pytest.mark.parametrize("smooth", [smooth_global, lambda k, n: smooth_local(k, n, ring(len(k)))])
def test_areas_without_people_or_without_a_count_change_nothing(smooth) -> None:
    k, n = np.array([5.0, 0, np.nan, 40, 9]), np.array([100.0, 0, 200, 400, 90])
    found = smooth(k, n)
    assert np.isnan(found.rate).tolist() == [False, True, True, False, False]
    assert np.isnan(found.shrinkage).tolist() == [False, True, True, False, False]
    if smooth is smooth_global:
        rest = [0, 3, 4]
        assert np.array_equal(found.rate[rest], smooth_global(k[rest], n[rest]).rate)


def test_no_area_with_a_rate_gives_no_number() -> None:
    assert np.isnan(smooth_global([np.nan, 0], [10, 0]).rate).all()
    assert np.isnan(smooth_local([np.nan, 0], [10, 0], ring(2)).rate).all()
    assert len(smooth_global([], []).rate) == 0


@pytest.mark.parametrize(
    ("k", "n", "word"), [([-1, 2], [9, 9], "Zähler"), ([1, 2], [9], "gleich lange")]
)
def test_impossible_counts_are_named(k, n, word) -> None:
    with pytest.raises(TableError, match=word):
        smooth_global(k, n)


def test_neighbourhoods_of_another_map_are_refused() -> None:
    with pytest.raises(TableError, match="3 mal 3"):
        smooth_local([1, 2, 3], [9, 9, 9], ring(4))


cells = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 3000)), min_size=1, max_size=25)


@settings(deadline=None, max_examples=60)
@given(cells, st.randoms())
def test_a_smoothed_rate_lies_between_its_own_and_the_mean(pairs, random) -> None:
    k, n = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    for found in (smooth_global(k, n), smooth_local(k, n, ring(len(k)))):
        low, high = np.minimum(k / n, found.mean), np.maximum(k / n, found.mean)
        assert (low - 1e-12 <= found.rate).all()
        assert (found.rate <= high + 1e-12).all()
        assert ((found.shrinkage >= 0) & (found.shrinkage <= 1)).all()
    order = list(range(len(k)))
    random.shuffle(order)
    assert np.allclose(smooth_global(k[order], n[order]).rate, smooth_global(k, n).rate[order])


@settings(deadline=None, max_examples=40)
@given(cells)
def test_the_fewer_people_the_nearer_to_the_mean(pairs) -> None:
    k, n = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    shrinkage = smooth_global(k, n).shrinkage
    order = np.argsort(n, kind="stable")
    assert (np.diff(shrinkage[order]) <= 1e-12).all()


def values(k, n, status=None, indicator: str = "sgb2_quote") -> pd.DataFrame:
    k, n = np.asarray(k, float), np.asarray(n, float)
    return pd.DataFrame(
        {
            "area": [f"{i:02d}" for i in range(len(k))],
            **WHERE,
            "indicator": indicator,
            "group": "total",
            "value": k / n,
            "numerator": k,
            "denominator": n,
            "status": status or ["published"] * len(k),
        }
    )


def graph(count: int) -> Graph:
    around = ring(count).tocoo()
    names = np.array([f"{i:02d}" for i in range(count)])
    return Graph.from_arrays(names[around.row], names[around.col], around.data)


def smooth(table: pd.DataFrame, around: Graph | None = None, key: str = "sgb2_quote"):
    near = None if around is None else {("ortsteil", "2021"): around}
    return smooth_values(table, load_catalogue(), [key], near).set_index("area")


@pytest.mark.parametrize(("key", "factor"), [("sgb2_quote", 100), ("raeumungsklagen_1000", 1000)])
def test_the_table_is_in_the_unit_of_the_indicator(key, factor) -> None:
    k, n = city()
    found = smooth(values(k, n, indicator=key), key=key)
    assert np.allclose(found["smoothed"], factor * smooth_global(k, n).rate)
    assert set(found["status"]) == {"estimated"}
    assert set(found["method"]) == {"eb_global"}


def test_the_table_towards_neighbours_keeps_areas_and_neighbours_together() -> None:
    k, n = city()
    shuffled = values(k, n).sample(frac=1, random_state=2)
    found = smooth(shuffled, graph(30)).sort_index()
    assert np.allclose(found["smoothed"], 100 * smooth_local(k, n, ring(30)).rate)
    assert set(found["method"]) == {"eb_local"}


def test_only_what_is_published_enters_and_the_rest_stays_without_a_number() -> None:
    k, n = city(8)
    status = ["published", "suppressed", "too_few", "published", "missing", *["published"] * 3]
    found = smooth(values(k, n, status), graph(8))
    hidden = ["01", "02", "04"]
    assert found.loc[hidden, ["smoothed", "shrinkage"]].isna().all(axis=None)
    assert found.loc[hidden, "status"].tolist() == ["suppressed", "too_few", "missing"]
    assert set(found.loc[hidden, "method"]) == {""}
    # 00 has 07, 03 has only neighbours without a value
    assert found.loc["03", "method"] == "eb_global_island"
    shown = [0, 3, 5, 6, 7]
    whole = smooth_global(k[shown], n[shown])
    assert found.loc["03", "smoothed"] == pytest.approx(100 * whole.rate[1])
    other = values(k, n, status)
    other.loc[[1, 2, 4], ["numerator", "denominator"]] = [7.0, 8.0]
    pd.testing.assert_frame_equal(found, smooth(other, graph(8)))


def test_every_method_has_a_german_sentence() -> None:
    k, n = city(8)
    status = ["published", "suppressed", "published", "suppressed", *["published"] * 4]
    used = set(smooth(values(k, n, status), graph(8))["method"]) - {""}
    assert used <= set(METHODS_DE)
    assert "Kein Nachbargebiet" in METHODS_DE["eb_global_island"]


def test_a_delivered_rate_without_counts_cannot_be_smoothed() -> None:
    table = values([5.0, 9.0], [100.0, 90.0])
    table.loc[0, ["numerator", "denominator"]] = np.nan
    found = smooth(table)
    assert found["status"].tolist() == ["not_applicable", "estimated"]


def test_each_period_is_a_map_of_its_own() -> None:
    (k, n), (k2, n2) = city(12, seed=1), city(12, seed=2)
    both = pd.concat([values(k, n), values(k2, n2).assign(period="2024-12-31")])
    found = smooth(both)
    assert np.allclose(
        found.loc[found["period"] == "2024-12-31", "smoothed"], 100 * smooth_global(k2, n2).rate
    )


def test_columns_and_types_do_not_depend_on_the_content() -> None:
    full, none = smooth(values(*city(5))), smooth(values([], []))
    assert full.dtypes.equals(none.dtypes)
    assert list(full) == list(none)


def test_mistakes_are_named() -> None:
    table = values(*city(5))
    with pytest.raises(ProjectError, match="n_residents"):
        smooth_values(table, load_catalogue(), ["n_residents"])
    with pytest.raises(KeyJoinError, match="00 / ortsteil"):
        smooth(pd.concat([table, table.iloc[:1]]))
    with pytest.raises(KeyJoinError, match="Gebiet 04"):
        smooth(table, graph(4))
