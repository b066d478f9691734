"""Cuts of three areas: they hold for every choice, and what their prices prove is true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.placement.presets import Limits, Wish, cheapest, site_problem, solve_preset
from atlas.placement.presets.benders import Master
from atlas.placement.presets.coverstart import cover_basis
from atlas.placement.presets.lagrange import Choice
from atlas.placement.presets.near import covered
from atlas.placement.presets.triples import of_areas, sharper_bound, violated
from atlas.placement.presets.watch import Watch
from tests.atlas.placement.presets.oracles import best_by_trying, every_choice, plane

TRIANGLE = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=bool)


def _nothing_decided(places, sites):
    nothing = np.zeros(places, dtype=bool)
    return Choice(sites, nothing, nothing)


def test_half_of_each_place_of_a_triangle_is_cut_off_by_hand():
    """Half of three places covers three areas of pairs; two whole ones are needed."""
    near = covered(TRIANGLE, np.ones(3))
    areas = violated(near, np.full(3, 0.5))
    assert sorted(areas[0].tolist()) == [0, 1, 2]
    cut = of_areas(near, areas)
    assert dict(zip(cut.place.tolist(), cut.times.tolist(), strict=True)) == {0: 1, 1: 1, 2: 1}
    assert len(violated(near, np.array([1.0, 1.0, 0.0]))) == 0


def test_prices_of_a_cut_prove_what_prices_of_areas_cannot():
    """One place leaves one of three areas; by shares of a third each only a third is left."""
    near = covered(TRIANGLE, np.ones(3))
    choice = _nothing_decided(3, 1)
    cut = of_areas(near, np.array([[0, 1, 2]]))
    assert sharper_bound(near, choice, np.zeros(3), cut, np.ones(1)).value == 1.0


@st.composite
def coverings(draw):
    areas, places = draw(st.integers(3, 7)), draw(st.integers(2, 6))
    cells = draw(st.lists(st.booleans(), min_size=areas * places, max_size=areas * places))
    need = draw(st.lists(st.integers(1, 9).map(float), min_size=areas, max_size=areas))
    return np.array(cells).reshape(areas, places), np.array(need), draw(st.integers(1, places))


@settings(max_examples=200, deadline=None)
@given(given_sets=coverings(), data=st.data())
def test_no_choice_costs_less_than_any_prices_prove(given_sets, data):
    sets, need, sites = given_sets
    areas, places = sets.shape
    some = st.lists(st.integers(0, areas - 1), min_size=3, max_size=3, unique=True)
    triples = np.array(data.draw(st.lists(some, min_size=1, max_size=4)))
    number = st.floats(-1, 12)
    price = np.array(data.draw(st.lists(number, min_size=areas, max_size=areas)))
    dual = np.array(data.draw(st.lists(number, min_size=len(triples), max_size=len(triples))))
    near = covered(sets, need)
    choice = _nothing_decided(places, sites)
    bound = sharper_bound(near, choice, price, of_areas(near, triples), dual)
    for chosen in every_choice(places, sites):
        missed = ~sets[:, list(chosen)].any(axis=1)
        assert bound.value <= need[missed].sum() + 1e-9
        for cut in triples:
            once = sets[cut][:, list(chosen)].sum(axis=0)
            assert missed[cut].sum() + np.ceil(once / 2).sum() >= 2


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("reach", [45, 90])
def test_with_cuts_from_the_start_the_choice_is_still_the_best(monkeypatch, seed, reach):
    monkeypatch.setattr(cheapest, "_LARGE", 0)
    minutes, demand = plane(60, 16, seed)
    found = solve_preset(site_problem(minutes, demand), Wish("mclp", 4, reach))
    assert found.ended == "optimal"
    assert found.objective == best_by_trying("mclp", minutes, demand, 4, reach)


def test_cuts_raise_the_bound_and_keep_it_above_what_can_be_reached():
    minutes, demand = plane(1200, 200, 1)
    wish = Wish("mclp", 30, 60)
    found = solve_preset(site_problem(minutes, demand), wish, Limits(gap=0.002))
    plain, sharp = (_root_bound(minutes <= 60, demand, 30, cuts=cuts) for cuts in (False, True))
    assert found.objective <= sharp < plain


def _root_bound(sets, demand, sites, *, cuts):
    near = covered(sets[sets.any(axis=1)], demand[sets.any(axis=1)])
    choice, watch = _nothing_decided(sets.shape[1], sites), Watch(Limits())
    master = Master(near, choice, float(near.rest.mean()), watch)
    master.add_around(near.rest)
    relaxed = master.relax(choice, np.inf, rounds=1)
    for _ in range(3 * cuts):
        assert master.sharpen(relaxed.share) > 0
        relaxed = master.relax(choice, np.inf, rounds=1)
    return near.rest.sum() - relaxed.bound.value


@pytest.mark.parametrize("seed", range(3))
def test_the_basis_of_the_prices_is_that_of_the_master_problem(seed):
    minutes, demand = plane(200, 60, seed)
    sets = minutes <= 60
    near = covered(sets[sets.any(axis=1)], demand[sets.any(axis=1)])
    choice, watch, scale = _nothing_decided(60, 10), Watch(Limits()), float(near.rest.mean())
    bounds, steps = [], []
    for basis in (None, cover_basis(near, choice, scale, watch)):
        master = Master(near, choice, scale, watch)
        master.add_around(near.rest)
        master.resume(basis)
        bounds.append(master.relax(choice, np.inf, rounds=1).bound.value)
        steps.append(master.steps)
    assert bounds[0] == pytest.approx(bounds[1])
    assert steps[1] < steps[0] / 10
