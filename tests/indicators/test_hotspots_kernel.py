"""Statistics against esda and the textbook, p-values against brute force and esda."""

import itertools

import numpy as np
import pytest
from esda import G_Local, Moran_Local
from esda.smoothing import assuncao_rate
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from scipy import sparse

from indicators.local_statistics import bayes_rates, gi_star, local_moran
from indicators.permutations import arrangements, neighbour_p_values

PERMUTATIONS, SEED = 999, 7


def grid(side: int) -> sparse.csr_array:
    """Queen contiguity of side × side squares."""
    place = np.array([(x, y) for y in range(side) for x in range(side)])
    apart = np.abs(place[:, None] - place[None]).max(axis=2)
    return sparse.csr_array((apart == 1).astype(float))


def network(areas: int, seed: int, share: float = 0.2) -> sparse.csr_array:
    """Any neighbours, not symmetric, with islands."""
    random = np.random.default_rng(seed)
    matrix = (random.random((areas, areas)) < share).astype(float)
    np.fill_diagonal(matrix, 0)
    matrix[0] = 0
    return sparse.csr_array(matrix)


def skewed(areas: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).gamma(2, 3, areas)


def brute_p(values: np.ndarray, near: np.ndarray, permutations: int, seed: int) -> np.ndarray:
    """Each area by itself: its own value stays, a shuffle of the others is dealt out."""
    count = len(values)
    (orders,) = arrangements(count, count, permutations, seed)
    p_values = np.ones(count)
    for i in range(count):
        card = int(near[i].sum())
        if not card:
            continue
        real = round(sum(values[near[i] > 0]), 9)
        above = below = 0
        for order in orders.T:
            others = [values[j] for j in order if j != i]
            total = round(sum(others[:card]), 9)
            above += total >= real
            below += total <= real
        p_values[i] = min(1.0, 2 * (min(above, below) + 1) / (permutations + 1))
    return p_values


@pytest.mark.parametrize("near", [network(17, 1), network(17, 2), grid(7)])
def test_p_values_are_those_of_permuting_for_each_area_by_itself(near: sparse.csr_array) -> None:
    """Few and many areas with the same number of neighbours; values with ties."""
    seed, near = 5, near.toarray()
    values = np.round(skewed(len(near)), 1)
    near[5] = np.arange(len(near)) != 5  # all others: both then ask for whole orders
    ours = neighbour_p_values(values, sparse.csr_array(near), 99, seed)
    assert ours.tolist() == brute_p(values, near, 99, seed).tolist()


def test_p_values_approach_the_share_of_all_selections() -> None:
    """9 areas, every selection of the others as often as any other: counted exactly."""
    near, values = grid(3).toarray(), np.array([1.0, 1, 2, 3, 5, 8, 13, 21, 34])
    draws = 100_000
    found = neighbour_p_values(values, sparse.csr_array(near), draws, SEED)
    for i in range(9):
        others = np.delete(values, i)
        sums = np.array([sum(c) for c in itertools.combinations(others, int(near[i].sum()))])
        real = near[i] @ values
        tail = min((sums >= real).mean(), (sums <= real).mean())
        error = 2 * np.sqrt(tail * (1 - tail) / draws)
        assert abs(found[i] - min(1, 2 * tail)) <= 4 * error + 2 / draws


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.integers(0, 4), min_size=8, max_size=14),
    seed=st.integers(0, 1000),
    block=st.integers(1, 3000),
)
def test_blocks_companions_and_the_place_of_zero_change_nothing(
    values: list[int], seed: int, block: int
) -> None:
    near = network(len(values), seed, 0.3)
    y = np.array(values, dtype=float)
    alone = neighbour_p_values(y, near, 199, seed)
    assert np.array_equal(alone, neighbour_p_values(y, near, 199, seed, block))
    company = np.array([skewed(len(y)), y, y[::-1]])
    assert np.array_equal(alone, neighbour_p_values(company, near, 199, seed)[1])
    assert np.array_equal(alone, neighbour_p_values(0.1 * y - 7, near, 199, seed))
    assert np.array_equal(alone, neighbour_p_values(-y, near, 199, seed))


def test_an_area_without_neighbours_has_no_evidence() -> None:
    assert neighbour_p_values(skewed(12), network(12, 1), 99, SEED)[0] == 1.0


def test_where_all_others_are_neighbours_no_arrangement_differs() -> None:
    near = sparse.csr_array(1.0 - np.eye(9))
    test = gi_star(skewed(9), near, 99, SEED)
    assert test.p_value.tolist() == [1.0] * 9
    assert test.statistic.tolist() == [0.0] * 9


def test_arrangements_are_fair() -> None:
    """Each area stands at each place equally often, and at one only (chi-squared)."""
    orders = np.concatenate(list(arrangements(8, 5, 40_000, SEED, 8 * 1000)), axis=1)
    assert orders.shape == (5, 40_000)
    assert all(len(set(column)) == 5 for column in orders.T[:500].tolist())
    for place in orders:
        seen = np.bincount(place, minlength=8)
        assert ((seen - 5000) ** 2 / 5000).sum() < 24.3  # 99.9 % of chi-squared, 7 degrees
    pairs = np.bincount(orders[0] * 8 + orders[4], minlength=64).reshape(8, 8)
    assert np.diag(pairs).sum() == 0
    usual = 40_000 / 56
    assert ((pairs - usual) ** 2 / usual)[~np.eye(8, dtype=bool)].sum() < 93.2  # 55 degrees


def brute_gi_star(values: np.ndarray, near: np.ndarray) -> list[float]:
    """Ord and Getis 1995, equation for G*, one area after the other."""
    count, mean = len(values), values.mean()
    spread = np.sqrt((values**2).mean() - mean**2)
    scores = []
    for i in range(count):
        weights = near[i].copy()
        weights[i] = 1.0
        top = sum(w * v for w, v in zip(weights, values, strict=True)) - mean * weights.sum()
        bottom = np.sqrt((count * (weights**2).sum() - weights.sum() ** 2) / (count - 1))
        scores.append(top / (spread * bottom))
    return scores


def test_gi_star_is_the_textbook_z_score() -> None:
    near = grid(7)
    test = gi_star(skewed(49), near, 9, SEED)
    assert np.allclose(test.statistic, brute_gi_star(skewed(49), near.toarray()), atol=1e-10)


def test_gi_star_does_not_depend_on_where_zero_lies() -> None:
    """Changes in percentage points may have a mean of zero or below."""
    values, near = skewed(49), grid(7)
    high, low = (gi_star(v, near, 199, SEED) for v in (values, values - values.mean()))
    assert np.allclose(high.statistic, low.statistic, atol=1e-9)
    assert np.array_equal(high.p_value, low.p_value)
    assert high.pattern.tolist() == low.pattern.tolist()


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # an island does not vary
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("near", [grid(10), network(100, 5, 0.06)], ids=["grid", "network"])
def test_both_tests_are_esdas(near: sparse.csr_array) -> None:
    values, graph, draws = skewed(100), Graph.from_sparse(near), 2999
    gi, moran = gi_star(values, near, draws, SEED), local_moran(values, near, draws, SEED)
    options = {"permutations": draws, "seed": 11, "n_jobs": 1}
    their_gi = G_Local(values, graph, transform="B", star=True, **options)
    theirs = Moran_Local(values, graph, transformation="r", **options)
    inside = np.diff(near.indptr) > 0
    assert np.abs(gi.statistic - their_gi.Zs)[inside].max() < 1e-9
    assert np.abs(moran.statistic - theirs.Is)[inside].max() < 1e-9
    names = ["", "hoch unter hohen", "niedrig unter hohen"]
    names += ["niedrig unter niedrigen", "hoch unter niedrigen"]
    assert moran.pattern[inside].tolist() == [names[q] for q in theirs.q[inside]]
    for test, p_sim in ((gi, their_gi.p_sim), (moran, theirs.p_sim)):
        tail = np.minimum(p_sim, 0.5)[inside]
        error = np.sqrt(2 * tail * (1 - tail) / draws)  # both are simulated
        assert (np.abs(test.p_value[inside] / 2 - tail) <= 4.5 * error + 1 / draws).all()


def test_bayes_rates_are_those_of_assuncao_and_reis() -> None:
    people = np.random.default_rng(5).integers(20, 4000, 60).astype(float)
    cases = np.random.default_rng(6).binomial(people.astype(int), 0.1).astype(float)
    assert np.allclose(bayes_rates(cases, people), assuncao_rate(cases, people), atol=1e-12)
    assert bayes_rates(people / 4, people).tolist() == [0.0] * 60


def test_a_constant_field_has_no_pattern() -> None:
    for test in (gi_star, local_moran):
        found = test(np.full(16, 0.1 + 0.2), grid(4), 99, SEED)
        assert set(found.pattern) == {"kein auffälliges Muster"}
        assert set(found.p_value) == {1.0}


def test_zeros_among_zeros_are_not_remarkable() -> None:
    """A rare event: 6 areas of 144 have one. Ties must not count as extremes."""
    field = np.zeros(144)
    field[[5, 17, 30, 42, 51, 60]] = 1.0
    test = gi_star(field, grid(12), PERMUTATIONS, SEED)
    quiet = test.statistic < 0
    assert quiet.sum() > 10
    assert (test.p_value[quiet] > 0.5).all()


def test_an_area_at_the_mean_is_neither_high_nor_low() -> None:
    field = np.zeros(25)
    field[[6, 7, 8, 11, 13, 16, 17, 18]] = 1.0
    field[12] = field.sum() / 24  # nine neighbours' middle, at the mean of all
    assert local_moran(field, grid(5), 999, SEED).p_value[12] == 1.0
    assert gi_star(field, grid(5), 999, SEED).p_value[12] < 0.01
