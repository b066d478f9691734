"""Catchments and evenness, held to PySAL's `access`, brute force and the laws they obey."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from atlas.placement.access import access, fairness, fairness_lines, gini, step_weights
from atlas.placement.scenario import Reach

REACH = (Reach(10, 1.0), Reach(15, 0.68), Reach(25, 0.22))


def test_luo_and_qis_two_steps_by_hand():
    # One room with 6 hours: 100 people at 5 minutes count fully, 200 at 20 minutes with 0.22.
    # R = 6 / (100 + 0.22 * 200) = 1/24 hours per person; the far ones have 0.22 of it.
    found = access(
        np.array([[5.0], [20.0], [30.0]]), np.array([100.0, 200, 50]), np.array([6.0]), REACH
    )
    assert found == pytest.approx([1000 / 24, 220 / 24, 0.0])


def test_a_level_includes_its_bound_and_no_way_has_no_weight():
    minutes = np.array([0.0, 10.0, 10.01, 15.0, 25.0, 25.01, np.inf, np.nan])
    assert step_weights(minutes, REACH).tolist() == [1, 1, 0.68, 0.68, 0.22, 0, 0, 0]


MINUTES = st.sampled_from([0.0, 4.0, 10.0, 12.0, 15.0, 20.0, 25.0, 26.0, np.inf])


@st.composite
def towns(draw):
    """Minutes, need and hours of up to 6 areas and 5 places, zeros and no way among them."""
    a, p = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    whole = st.integers(0, 500).map(float)
    minutes = draw(nps.arrays(np.float64, (a, p), elements=MINUTES))
    need = draw(nps.arrays(np.float64, a, elements=whole))
    hours = draw(nps.arrays(np.float64, p, elements=st.integers(0, 12).map(float)))
    return minutes, need, hours


def by_loops(minutes, need, hours):
    def weight(m):
        return next((r.weight for r in REACH if m <= r.minutes), 0.0)

    found = []
    for row in minutes:
        total = 0.0
        for p, m in enumerate(row):
            crowd = sum(weight(minutes[j, p]) * need[j] for j in range(len(need)))
            total += weight(m) * hours[p] / crowd if crowd else 0.0
        found.append(1000 * total)
    return found


@given(towns())
def test_access_is_what_loops_over_areas_and_places_give(town):
    assert access(*town, REACH) == pytest.approx(by_loops(*town))


@given(towns())
def test_doubled_hours_give_double(town):
    minutes, need, hours = town
    once, twice = access(*town, REACH), access(minutes, need, 2 * hours, REACH)
    assert twice == pytest.approx(2 * once)


@given(towns())
def test_the_hours_that_can_be_reached_are_shared_out_and_no_others(town):
    minutes, need, hours = town
    within = ((step_weights(minutes, REACH) > 0) & (need > 0)[:, None]).any(axis=0)
    assert need @ access(*town, REACH) / 1000 == pytest.approx(hours[within].sum())


@given(towns())
def test_more_need_elsewhere_never_gives_anybody_more(town):
    minutes, need, hours = town
    settled = need + 1.0
    fuller = access(minutes, settled + np.eye(len(need))[0] * 100, hours, REACH)
    assert (fuller <= access(minutes, settled, hours, REACH) + 1e-9).all()


def test_the_same_as_pysals_access():
    from access import Access, weights

    rng = np.random.default_rng(7)
    a, p = 40, 12
    minutes = rng.uniform(0, 35, (a, p)).round(1)
    need, hours = rng.integers(1, 900, a).astype(float), rng.integers(1, 9, p).astype(float)
    i, j = np.indices(minutes.shape)
    cost = pd.DataFrame({"origin": i.ravel(), "dest": j.ravel(), "cost": minutes.ravel()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Access(
            demand_df=pd.DataFrame({"area": range(a), "need": need}),
            demand_index="area",
            demand_value="need",
            supply_df=pd.DataFrame({"place": range(p), "hours": hours}),
            supply_index="place",
            supply_value="hours",
            cost_df=cost,
            cost_origin="origin",
            cost_dest="dest",
            cost_name="cost",
        ).enhanced_two_stage_fca(
            max_cost=25, weight_fn=weights.step_fn({r.minutes: r.weight for r in REACH})
        )
    expected = theirs.iloc[:, 0].reindex(range(a)).fillna(0.0).to_numpy()
    assert (expected > 0).sum() > 30
    assert access(minutes, need, hours, REACH) == pytest.approx(1000 * expected)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_need_that_is_no_number_of_people_is_refused(bad):
    with pytest.raises(ValueError, match="need"):
        access(np.zeros((1, 1)), np.array([bad]), np.array([1.0]), REACH)


# Gini

SHARED = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        nps.arrays(np.float64, n, elements=st.integers(0, 50).map(float)),
        nps.arrays(np.float64, n, elements=st.integers(0, 50).map(float)),
    )
)


@given(SHARED)
def test_gini_is_the_double_sum_over_all_pairs(pair):
    x, w = pair
    found = gini(x, w)
    if w @ x == 0:
        assert found is None
        return
    pairs = sum(a * b * abs(s - t) for s, a in zip(x, w) for t, b in zip(x, w))  # noqa: B905
    assert found == pytest.approx(pairs / (2 * w.sum() * (w @ x)), abs=1e-12)
    assert 0 <= found <= 1
    assert gini(7 * x, w) == pytest.approx(found)
    assert gini(x, 3 * w) == pytest.approx(found)


@given(st.floats(0.1, 1e6), st.lists(st.integers(1, 99), min_size=1, max_size=9))
def test_gini_of_the_same_for_all_is_zero(value, persons):
    w = np.array(persons, dtype=float)
    assert gini(np.full(len(w), value), w) == pytest.approx(0.0, abs=1e-12)


def test_gini_goes_to_one_where_one_of_many_has_all():
    assert gini(np.array([0.0] * 999 + [1.0]), np.ones(1000)) == pytest.approx(0.999)


@given(SHARED, st.integers(0, 11))
def test_an_area_without_people_changes_no_gini(pair, k):
    x, w = pair
    wider = gini(np.append(x, 40.0 + k), np.append(w, 0.0))
    assert wider == (None if w @ x == 0 else pytest.approx(gini(x, w), abs=1e-12))


# Fairness

AREAS = pd.DataFrame({"area": ["01", "02", "03"], "name": ["Nord", "Mitte", "Süd"]})
WAYS = np.array([[5.0, 30.0], [12.0, 12.0], [30.0, 5.0]])


def fair(need=(100.0, 100, 100), before=(3.0, 0), after=(3.0, 3), serving=(True, True), ways=WAYS):
    return fairness(
        AREAS, np.array(need), ways, np.array(before), np.array(after), np.array(serving), REACH
    )


def test_a_second_room_at_the_other_end_makes_hours_more_even():
    found = fair()
    assert found.gini_before is not None and found.gini_after is not None
    assert found.gini_after < found.gini_before
    assert (found.worst_name, found.worst_minutes, found.worst_need) == ("Mitte", 12.0, 100.0)


def test_the_worst_off_are_those_with_the_longest_way_among_inhabited_areas():
    assert fair(serving=(True, False)).worst_name == "Süd"
    assert fair(need=(100.0, 50, 0), serving=(True, False)).worst_name == "Mitte"


@pytest.mark.parametrize("none", [np.inf, np.nan])
def test_an_area_without_any_way_is_worst_off_and_has_no_minutes(none):
    ways = np.array([[5.0, 30.0], [none, none], [30.0, 5.0]])
    found = fair(ways=ways)
    assert (found.worst_name, found.worst_minutes) == ("Mitte", None)
    assert "kein bekannter Weg" in fairness_lines(found)[-1]


def test_the_two_figures_are_told_in_sentences():
    # Shares of 1, 0.68 and 0, then of 1, 1.36 and 1: all differences over 2 n times the sum,
    # 4 / (6 * 1.68) and 1.44 / (6 * 3.36).
    even, worst = fairness_lines(fair())
    assert ": 0,40 vorher, 0,07 mit dem Plan." in even
    assert worst == (
        "Am weitesten hat es Mitte (Bedarf 100): 12 Minuten bis zur nächsten Sprechstunde."
    )


def test_of_two_equally_far_the_larger_is_named():
    assert fair(need=(100.0, 1, 200), ways=np.full((3, 2), 40.0)).worst_name == "Süd"


def test_nothing_anywhere_is_said_as_nothing():
    found = fair(before=(0.0, 0), after=(0.0, 0), serving=(False, False))
    assert (found.gini_before, found.gini_after, found.worst_minutes) == (None, None, None)


def test_a_city_without_known_need_still_names_the_longest_way():
    found = fair(need=(0.0, 0, 0), serving=(True, False))
    assert (found.worst_name, found.worst_need, found.gini_after) == ("Süd", 0.0, None)
