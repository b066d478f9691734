"""Uneven distribution: worked cases, laws, and limits that hold for every hidden count."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import KeyJoinError
from indicators.catalogue import load_catalogue
from indicators.concentration import bounds as limits_of
from indicators.concentration import (
    change_between,
    compute_concentration,
    concentration_blocks,
    concentration_changes,
    location_quotients,
    lorenz_points,
)
from indicators.concentration.bounds import Box
from indicators.concentration.chance import dissimilarity_error, random_dissimilarity
from indicators.concentration.measures import (
    dissimilarity,
    gini,
    isolation,
    lorenz_at,
    quotients,
    top_shares,
)

# A city of 40 areas; the figures were computed by PySAL's `segregation` 2.5.4
# (Dissim, Gini, Isolation of segregation.singlegroup).
CITY_X = [1143, 496, 636, 968, 209, 464, 1014, 483, 873, 339, 265, 1295, 54, 1312, 1983, 438]
CITY_X += [1029, 611, 128, 488, 875, 75, 327, 344, 1307, 740, 318, 199, 453, 1168, 228, 1019]
CITY_X += [58, 199, 286, 997, 714, 2100, 690, 71]
CITY_N = [4181, 2244, 5933, 7487, 699, 4846, 4327, 8169, 3612, 1674, 2800, 6674, 297, 8166, 8911]
CITY_N += [3329, 7866, 7370, 715, 6058, 7422, 2337, 6266, 7102, 4594, 7040, 6485, 4543, 7902]
CITY_N += [5356, 2438, 5733, 204, 4711, 3727, 4249, 3557, 7089, 4211, 3005]
BY_SEGREGATION = (0.2832171136273591, 0.37261779740227274, 0.18066528870322568)


def floats(*numbers):
    return np.array(numbers, dtype=np.float64)


areas = st.lists(
    st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=9,
)


def both(pairs):
    """Recipients and population of a case that has both recipients and others."""
    x, n = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    return (x, n) if 0 < x.sum() < n.sum() else None


def naive_gini(x, n):
    """The definition, pair by pair."""
    y = n - x
    pairs = product(range(len(x)), repeat=2)
    return sum(abs(x[i] * y[j] - x[j] * y[i]) for i, j in pairs) / (2 * x.sum() * y.sum())


def naive_dissimilarity(x, n):
    """The greatest gap between shares of recipients and of others over all sets of areas."""
    y, places = n - x, range(len(x))
    sets = [list(s) for k in range(len(x) + 1) for s in combinations(places, k)]
    return max(x[s].sum() / x.sum() - y[s].sum() / y.sum() for s in sets)


def test_a_case_by_hand():
    x, n = floats(10, 20, 30), floats(100, 100, 100)
    # Shares of the 60 recipients 10, 20, 30; of the 240 others 90, 80, 70:
    # 1/6 - 3/8 = -5/24; 1/3 - 1/3 = 0; 1/2 - 7/24 = 5/24. Half of 10/24 is 5/24.
    assert dissimilarity(x, n) == pytest.approx(5 / 24)
    # (10 * 0.1 + 20 * 0.2 + 30 * 0.3) / 60 = 14 / 60.
    assert isolation(x, n) == pytest.approx(14 / 60)
    # Pairs x_i y_j - x_j y_i: 10*80-20*90 = -1000, 10*70-30*90 = -2000, 20*70-30*80 = -1000;
    # twice 4000 over 2 * 60 * 240 = 8000 / 28800 = 5 / 18.
    assert gini(x, n) == pytest.approx(5 / 18)
    # The third area holds 30 of 60 recipients and 100 of 300 people.
    assert top_shares(x, n, 1) == pytest.approx((1 / 2, 1 / 3))
    # Half of the people: all of the third area and half of the second, 30 + 10 of 60.
    assert lorenz_at(x, n, 0.5) == pytest.approx(40 / 60)
    # Rates 0.1, 0.2, 0.3 over 60 / 300 = 0.2.
    assert quotients(x, n) == pytest.approx([0.5, 1.0, 1.5])


def test_another_implementation_agrees():
    x, n = floats(*CITY_X), floats(*CITY_N)
    found = (dissimilarity(x, n), gini(x, n), isolation(x, n))
    assert found == pytest.approx(BY_SEGREGATION, abs=1e-12)


def test_complete_separation_is_one_and_equal_rates_are_zero():
    apart = floats(50, 0, 30, 0), floats(50, 400, 30, 7)
    assert (dissimilarity(*apart), gini(*apart), isolation(*apart)) == pytest.approx((1, 1, 1))
    alike = floats(5, 10, 20), floats(50, 100, 200)
    assert (dissimilarity(*alike), gini(*alike)) == pytest.approx((0, 0), abs=1e-15)
    assert isolation(*alike) == pytest.approx(0.1)


@pytest.mark.parametrize("x", [floats(0, 0), floats(10, 20)])
def test_without_recipients_or_without_others_nothing_is_said(x):
    n = floats(10, 20)
    assert np.isnan(dissimilarity(x, n))
    assert np.isnan(gini(x, n))


@given(areas)
def test_laws_of_uneven_distribution(pairs):
    case = both(pairs)
    if case is None:
        return
    x, n = case
    d, g = dissimilarity(x, n), gini(x, n)
    assert 0 <= d <= g + 1e-12 <= 1 + 2e-12
    assert g <= 1 - (1 - d) ** 2 + 1e-12
    assert d == pytest.approx(naive_dissimilarity(x, n), abs=1e-12)
    assert g == pytest.approx(naive_gini(x, n), abs=1e-9)
    assert x.sum() / n.sum() <= isolation(x, n) + 1e-12


@given(areas, st.randoms(use_true_random=False), st.integers(2, 5))
def test_order_and_splitting_an_area_into_like_parts_change_nothing(pairs, random, parts):
    case = both(pairs)
    if case is None:
        return
    x, n = case
    order = list(range(len(x)))
    random.shuffle(order)
    split = [np.concatenate([c[order] * parts, *[c[:1]] * parts]) for c in (x, n)]
    merged = [np.concatenate([c[order] * parts, c[:1] * parts]) for c in (x, n)]
    for figure in (dissimilarity, gini, isolation):
        assert figure(*split) == pytest.approx(figure(*merged), abs=1e-9)
        assert figure(x[order], n[order]) == pytest.approx(figure(x, n), abs=1e-9)
    assert top_shares(x[order], n[order], 1) == pytest.approx(top_shares(x, n, 1))


# Limits -----------------------------------------------------------------------------------

intervals = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 12), st.integers(0, 2), st.integers(0, 1)).map(
        lambda t: (min(t[1], t[0]), min(min(t[1], t[0]) + t[2], t[0]), t[0], t[0] + t[3])
    ),
    min_size=2,
    max_size=4,
)


def box_of(cells):
    return Box(*(np.array(column, dtype=np.float64) for column in zip(*cells, strict=True)))


def worlds(box):
    """Every whole count in the box for which the figures are defined."""
    ends = [*zip(box.low, box.high, strict=True), *zip(box.n_low, box.n_high, strict=True)]
    for counts in product(*(range(int(a), int(b) + 1) for a, b in ends)):
        x, n = floats(*counts[: len(box.low)]), floats(*counts[len(box.low) :])
        if (x <= n).all() and 0 < x.sum() < n.sum():
            yield x, n


@given(intervals)
@settings(max_examples=60, deadline=None)
def test_limits_hold_for_every_count_that_could_be_hidden(cells):
    box = box_of(cells)
    if not box.defined:
        return
    found = {
        dissimilarity: limits_of.dissimilarity_bounds(box),
        isolation: limits_of.isolation_bounds(box),
        gini: limits_of.gini_bounds(box, limits_of.dissimilarity_bounds(box)),
        lambda x, n: x.sum() / n.sum(): limits_of.overall_share_bounds(box),
        lambda x, n: lorenz_at(x, n, 0.3): limits_of.lorenz_bounds(box, 0.3),
    }
    for k in (1, len(cells) - 1):
        recipients, population = limits_of.top_bounds(box, k)
        found[lambda x, n, k=k: top_shares(x, n, k)[0]] = recipients
        found[lambda x, n, k=k: top_shares(x, n, k)[1]] = population
    low, high = limits_of.quotient_bounds(box)
    for x, n in worlds(box):
        for figure, (least, most) in found.items():
            assert least - 1e-9 <= figure(x, n) <= most + 1e-9
        assert (low - 1e-9 <= quotients(x, n)).all()
        assert (quotients(x, n) <= high + 1e-9).all()


@given(intervals)
@settings(max_examples=60, deadline=None)
def test_known_counts_have_limits_that_meet(cells):
    box = box_of([(low, low, n, n) for low, _, n, _ in cells])
    if not box.defined or box.total[0] == 0:
        return
    d = limits_of.dissimilarity_bounds(box)
    for low, high in (d, limits_of.isolation_bounds(box), limits_of.gini_bounds(box, d)):
        assert high - low < 1e-9


def test_few_hidden_counts_leave_little_open():
    """Three of 40 areas hidden between 50 and 60: the limits stay near the true range."""
    x, n = floats(*CITY_X), floats(*CITY_N)
    hidden = x < 72
    box = Box(np.where(hidden, 50, x), np.where(hidden, 80, x), n, n)
    found = [dissimilarity(*world) for world in _corners(box, hidden)]
    low, high = limits_of.dissimilarity_bounds(box)
    assert low == pytest.approx(min(found), abs=2e-4)
    assert high == pytest.approx(max(found), abs=2e-4)
    low, high = limits_of.gini_bounds(box, (low, high))
    assert 0 < high - low < 0.01


def _corners(box, hidden):
    for ends in product(*[(0, 1)] * int(hidden.sum())):
        x = box.low.copy()
        x[hidden] = np.where(ends, box.high[hidden], box.low[hidden])
        yield x, box.n_low


def test_a_long_range_of_totals_is_cut_into_pieces_that_miss_nothing():
    box = Box(
        floats(0, 300, 10),
        floats(2000, 4000, 10),
        floats(9000, 5000, 4000),
        floats(9000, 5000, 4000),
    )
    low, high = limits_of.dissimilarity_bounds(box)
    grid = product(np.linspace(0, 2000, 41), np.linspace(300, 4000, 75))
    found = [dissimilarity(floats(a, b, 10), box.n_low) for a, b in grid]
    assert low <= min(found)
    assert max(found) <= high
    assert min(found) - low < 0.02
    assert high - max(found) < 0.05


# Chance -----------------------------------------------------------------------------------


def test_random_allocation_by_hand():
    # Two areas of 2, 2 recipients: 4 over 2 = 6 draws. 1 of 6 puts both in the first area,
    # 1 both in the second (D = 1), 4 one in each (D = 0): mean 1/3.
    assert random_dissimilarity(2, floats(2, 2))[0] == pytest.approx(1 / 3)


@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), st.data())
@settings(max_examples=40, deadline=None)
def test_random_allocation_is_the_mean_over_all_draws(sizes, data):
    people = [i for i, size in enumerate(sizes) for _ in range(size)]
    total = data.draw(st.integers(1, len(people) - 1))
    n = floats(*sizes)
    draws = [
        dissimilarity(np.bincount(c, minlength=len(n)).astype(float), n)
        for c in combinations(people, total)
    ]
    assert random_dissimilarity(total, n)[0] == pytest.approx(np.mean(draws))


@pytest.mark.parametrize(("total", "sizes"), [(200, [100] * 40), (3000, CITY_N), (60, [300, 90])])
def test_95_of_100_random_draws_stay_below_the_upper_limit(total, sizes):
    n = floats(*sizes)
    draws = np.random.default_rng(7).multivariate_hypergeometric(
        np.array(sizes), total, size=2000, method="marginals"
    )
    found = np.array([dissimilarity(d.astype(float), n) for d in draws])
    mean, high = random_dissimilarity(total, n)
    assert found.mean() == pytest.approx(mean, rel=0.03)
    assert 0.92 <= (found <= high).mean() <= 0.98


def test_the_error_is_the_spread_of_simulated_counts():
    x, n = floats(*CITY_X), floats(*CITY_N)
    draws = np.random.default_rng(11).binomial(n.astype(int), x / n, size=(2000, len(n)))
    found = [dissimilarity(d.astype(float), n) for d in draws]
    assert dissimilarity_error(x, n) == pytest.approx(np.std(found), rel=0.1)


# Tables -----------------------------------------------------------------------------------


def rows(measure, counts, period="2022-12-31", vintage="2021", group="total", level="ortsteil"):
    """Counts of one cell; None is suppressed between 1 and 5, a word is a status."""
    table = []
    for i, count in enumerate(counts):
        status = count if isinstance(count, str) else "suppressed" if count is None else "published"
        number = np.nan if count is None or isinstance(count, str) else float(count)
        low, high = (1, 5) if count is None else (number, number)
        table.append(
            [f"{i:02d}", level, vintage, period, measure, group, number, low, high, status]
        )
    columns = ["area", "level", "vintage", "period", "measure", "group"]
    return pd.DataFrame(table, columns=[*columns, "count", "bound_low", "bound_high", "status"])


def figures(counts):
    table = compute_concentration(counts, load_catalogue())
    return table.set_index(["measure", "statistic"])


def test_the_table_of_a_small_city():
    counts = pd.concat([rows("sgb2_persons", [10, 20, 30]), rows("residents", [100] * 3)])
    table = figures(counts).loc["sgb2_persons"]
    assert table.loc["dissimilarity", "value"] == pytest.approx(5 / 24)
    assert table.loc["overall_share", "value"] == pytest.approx(0.2)
    # 10 % of three areas are less than one; one is shown.
    assert table.loc["top_10pct_areas", "value"] == 1
    assert table.loc["top_10pct_recipients", "value"] == pytest.approx(1 / 2)
    assert "top_5_recipients" not in table.index
    assert set(table["status"]) == {"published"}
    assert set(table["reference"]) == {"residents/total"}
    assert (table["bound_low"] == table["bound_high"]).all()


def test_the_rate_of_the_city_is_no_secret_where_its_total_is_printed():
    """Two of three counts are hidden; their sum stands in the row of the city."""
    hidden = rows("sgb2_persons", [None, None, 30])
    residents = rows("residents", [100] * 3)
    table = figures(pd.concat([hidden, residents])).loc["sgb2_persons"]
    assert table.loc["overall_share", "status"] == "suppressed"
    city = [rows("sgb2_persons", [36], level="stadt"), rows("residents", [300], level="stadt")]
    whole = compute_concentration(pd.concat([hidden, residents, *city]), load_catalogue())
    own = whole[(whole["level"] != "stadt") & (whole["statistic"] == "overall_share")]
    assert own["value"].tolist() == pytest.approx([36 / 300])
    assert own["status"].tolist() == ["published"]
    # A total that cannot be that of these areas is not taken.
    city[0] = rows("sgb2_persons", [90], level="stadt")
    other = compute_concentration(pd.concat([hidden, residents, *city]), load_catalogue())
    own = other[(other["level"] != "stadt") & (other["statistic"] == "overall_share")]
    assert own["status"].tolist() == ["suppressed"]


def test_people_under_65_are_the_base_where_they_are_published():
    counts = pd.concat(
        [
            rows("sgb2_persons", [10, 20, 30]),
            rows("residents", [100] * 3),
            rows("residents", [30, 20, 10], group="age_u15"),
            rows("residents", [50, 50, 50], group="age_15_64"),
        ]
    )
    table = figures(counts).loc["sgb2_persons"]
    assert set(table["reference"]) == {"residents/age_u65"}
    # 60 of 80 + 70 + 60 = 210 people.
    assert table.loc["overall_share", "value"] == pytest.approx(60 / 210)


@pytest.mark.parametrize(
    ("measure", "group", "reference"),
    [
        ("sgb2_persons", "age_u15", "residents/age_u15"),
        ("grusi_alter", "total", "residents/age_65plus"),
        ("eingliederungshilfe", "total", "residents/total"),
        ("unemployed", "total", "residents/age_u65"),
    ],
)
def test_each_group_is_held_against_the_people_it_is_part_of(measure, group, reference):
    residents = [
        rows("residents", [100, 100], group=g)
        for g in ("total", "age_u15", "age_15_64", "age_65plus")
    ]
    counts = pd.concat([rows(measure, [5, 9], group=group), *residents])
    assert {b.reference for b in concentration_blocks(counts, load_catalogue())} == {reference}


def test_households_and_single_areas_have_no_figures():
    counts = pd.concat(
        [
            rows("sgb2_bg", [10, 20]),
            rows("residents", [100, 100]),
            rows("sgb2_persons", [30], level="stadt"),
            rows("residents", [200], level="stadt"),
        ]
    )
    assert compute_concentration(counts, load_catalogue()).empty


def test_a_hidden_count_shows_limits_or_a_number_that_it_cannot_move():
    few = pd.concat([rows("sgb2_persons", [10, 20, None]), rows("residents", [100] * 3)])
    table = figures(few).loc["sgb2_persons"]
    assert table.loc["dissimilarity", "status"] == "suppressed"
    assert np.isnan(table.loc["dissimilarity", "value"])
    for hidden in range(1, 6):
        true = dissimilarity(floats(10, 20, hidden), floats(100, 100, 100))
        low, high = table.loc["dissimilarity", ["bound_low", "bound_high"]]
        assert low - 1e-12 <= true <= high + 1e-12
    # The second area leads whatever is hidden, and holds a third of the people.
    assert table.loc["top_10pct_population", "value"] == pytest.approx(1 / 3)
    assert table.loc["top_10pct_population", "status"] == "published"
    many = pd.concat(
        [rows("sgb2_persons", [9000, 42000, None]), rows("residents", [50000, 100000, 100])]
    )
    table = figures(many).loc["sgb2_persons"]
    assert table.loc["dissimilarity", "status"] == "estimated"
    assert round(table.loc["dissimilarity", "bound_low"], 3) == round(
        table.loc["dissimilarity", "bound_high"], 3
    )


def test_rounded_counts_keep_their_status_and_have_limits():
    counts = pd.concat([rows("sgb2_persons", [10, 20, 30]), rows("residents", [100] * 3)])
    rounded = counts["measure"] == "sgb2_persons"
    counts.loc[rounded, "status"] = "rounded"
    counts.loc[rounded, "bound_low"] -= 2
    counts.loc[rounded, "bound_high"] += 2
    table = figures(counts).loc["sgb2_persons"]
    row = table.loc["dissimilarity"]
    assert row["status"] == "rounded"
    assert row["value"] == pytest.approx(5 / 24)
    for x in product(*(range(a, a + 5) for a in (8, 18, 28))):
        true = dissimilarity(floats(*x), floats(100, 100, 100))
        assert row["bound_low"] - 1e-12 <= true <= row["bound_high"] + 1e-12


def test_areas_without_a_count_are_named_and_do_not_count_as_zero():
    counts = pd.concat(
        [
            rows("sgb2_persons", [10, 20, 30, "missing", "not_applicable"]),
            rows("residents", [100, 100, 100, 500, 0]),
        ]
    )
    table = figures(counts).loc["sgb2_persons"]
    assert table.loc["areas", "value"] == 3
    # The empty area is no gap: nobody lives there.
    assert table.loc["areas_left_out", "value"] == 1
    assert table.loc["dissimilarity", "value"] == pytest.approx(5 / 24)
    (block,) = concentration_blocks(counts, load_catalogue())
    assert block.left_out == ("03",)


def test_more_recipients_than_residents_are_no_usable_pair():
    counts = pd.concat([rows("sgb2_persons", [10, 20, 31]), rows("residents", [100, 100, 30])])
    (block,) = concentration_blocks(counts, load_catalogue())
    assert block.left_out == ("02",)


def test_a_count_that_stands_twice_is_refused():
    counts = pd.concat([rows("residents", [100, 100])] * 2)
    with pytest.raises(KeyJoinError, match="mehrfach"):
        compute_concentration(counts, load_catalogue())


def test_without_recipients_the_row_says_why():
    counts = pd.concat([rows("sgb2_persons", [0, 0]), rows("residents", [100, 100])])
    table = figures(counts).loc["sgb2_persons"]
    assert table.loc["dissimilarity", "status"] == "not_applicable"
    assert np.isnan(table.loc["dissimilarity", "value"])


def test_quotients_and_curve_of_a_small_city():
    counts = pd.concat([rows("sgb2_persons", [10, 20, 30]), rows("residents", [100] * 3)])
    table = location_quotients(counts, load_catalogue()).set_index("area")
    assert table["value"].to_dict() == pytest.approx({"00": 0.5, "01": 1.0, "02": 1.5})
    curve = lorenz_points(counts, load_catalogue())
    assert curve["population"].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert curve["recipients"].tolist() == pytest.approx([0, 1 / 2, 5 / 6, 1])


# Changes ----------------------------------------------------------------------------------


def city(counts, period, vintage="2021", residents=(10000, 10000, 10000)):
    return pd.concat(
        [
            rows("sgb2_persons", counts, period, vintage),
            rows("residents", list(residents), period, vintage),
        ]
    )


def test_a_change_beyond_chance_and_one_within_it():
    counts = pd.concat(
        [
            city([1000, 2000, 3000], "2020-12-31"),
            city([1010, 2000, 3000], "2021-12-31"),
            city([500, 2000, 3500], "2022-12-31"),
        ]
    )
    table = concentration_changes(counts, load_catalogue()).set_index(["period_from", "period_to"])
    # D is 5/24 first. Then 500, 2000, 3500 of 6000 and 9500, 8000, 6500 of 24000:
    # 1/12 - 19/48 = -15/48, so D = 15/48; the change is 15/48 - 10/48 = 5/48.
    first = table.loc[("2020-12-31", "2022-12-31")]
    assert first["change"] == pytest.approx(5 / 48)
    assert first["class"] == "steigt"
    within = table.loc[("2020-12-31", "2021-12-31")]
    assert within["class"] == "unverändert im Rahmen der Unsicherheit"
    assert within["low"] < within["change"] < within["high"]
    assert table.loc[("2021-12-31", "2022-12-31"), "class"] == "steigt"


def test_nothing_is_compared_across_vintages():
    counts = pd.concat(
        [city([1, 2, 3], "2020-12-31", "2019"), city([1, 2, 3], "2021-12-31", "2021")]
    )
    assert concentration_changes(counts, load_catalogue()).empty
    then, now = concentration_blocks(counts, load_catalogue())
    with pytest.raises(KeyJoinError, match="denselben Gebieten") as refused:
        change_between(then, now)
    assert "2019 und 2021" in str(refused.value)


def test_nothing_is_compared_where_the_areas_differ():
    counts = pd.concat([city([10, 20, 30], "2020-12-31"), city([10, 20, "missing"], "2021-12-31")])
    (row,) = concentration_changes(counts, load_catalogue()).to_dict("records")
    assert row["class"] == "ohne Aussage"
    assert np.isnan(row["change"])
    then, now = concentration_blocks(counts, load_catalogue())
    with pytest.raises(KeyJoinError, match="02"):
        change_between(then, now)


def test_hidden_counts_widen_the_range_of_a_change():
    plain = pd.concat([city([100, 200, 3], "2020-12-31"), city([100, 210, 3], "2021-12-31")])
    hidden = pd.concat([city([100, 200, None], "2020-12-31"), city([100, 210, None], "2021-12-31")])
    (known,) = concentration_changes(plain, load_catalogue()).to_dict("records")
    (wide,) = concentration_changes(hidden, load_catalogue()).to_dict("records")
    assert wide["low"] < known["low"] < known["high"] < wide["high"]
    assert wide["status"] == "suppressed"
