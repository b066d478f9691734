"""Limits, progress, stopping; wishes that cannot be fulfilled and the reasons."""

import re

import numpy as np
import pytest

from atlas.placement.presets import Limits, Wish, conflict, site_problem, solve_preset, watch
from geodata.errors import PlacementError
from tests.atlas.placement.presets.oracles import cost_of, plane

WISHES = [Wish("lscp", reach=120), Wish("mclp", 15, 45), Wish("p-median", 15), Wish("p-center", 15)]


@pytest.fixture(scope="module")
def city():
    return plane(400, 150, 1)


def _valid(found, city, wish):
    """The choice is one, its value is true, and the bound lies on the right side."""
    minutes, demand = city
    chosen = [int(key) - 1 for key in found.places]
    assert len(set(chosen)) == (wish.sites or found.objective)
    if wish.preset != "lscp":
        value = cost_of(wish.preset, minutes, demand, chosen, wish.reach)
        assert found.objective == pytest.approx(value)
    if wish.preset == "mclp":
        assert found.objective <= found.bound <= demand.sum()
    else:
        assert 0 <= found.bound <= found.objective
    assert 0 <= found.gap <= 1


@pytest.mark.parametrize("wish", WISHES, ids=lambda w: w.preset)
def test_whoever_stops_at_once_gets_a_whole_choice_with_a_true_bound(city, wish):
    found = solve_preset(site_problem(*city), wish, stop=lambda: True)
    _valid(found, city, wish)
    assert found.ended in ("stopped", "optimal")


@pytest.mark.parametrize("wish", WISHES[1:], ids=lambda w: w.preset)
@pytest.mark.parametrize("asked", [3, 30, 120])
def test_whoever_stops_later_gets_the_best_so_far(city, wish, asked):
    questions = iter(range(10_000_000))
    found = solve_preset(site_problem(*city), wish, stop=lambda: next(questions) >= asked)
    _valid(found, city, wish)
    assert found.ended in ("stopped", "optimal")


@pytest.mark.parametrize("wish", WISHES, ids=lambda w: w.preset)
@pytest.mark.parametrize("seconds", [1e-6, 0.01, 0.05])
def test_a_time_limit_gives_the_best_so_far_and_is_named(city, wish, seconds):
    found = solve_preset(site_problem(*city), wish, Limits(seconds=seconds))
    _valid(found, city, wish)
    assert found.ended in ("time_limit", "optimal")


@pytest.mark.parametrize("wish", WISHES[1:], ids=lambda w: w.preset)
def test_progress_tells_value_bound_and_gap(monkeypatch, city, wish):
    monkeypatch.setattr(watch, "_NEWS_SECONDS", 0.0)
    told = []
    solve_preset(site_problem(*city), wish, progress=lambda *news: told.append(news))
    assert told[-1] == ("Fertig", 1.0)
    assert all(0.0 <= share <= 1.0 for _, share in told)
    pattern = r"bisher [\d.,]+, Schranke [\d.,]+, höchstens \d+,\d\d % vom Besten"
    assert any(re.search(pattern, step) for step, _ in told)


def _refused(problem, wish):
    with pytest.raises(PlacementError) as caught:
        solve_preset(problem, wish)
    return str(caught.value)


def test_areas_nobody_reaches_are_named():
    minutes = np.array([[5.0, 20.0], [30.0, 40.0], [16.0, 15.5]])
    problem = site_problem(minutes, areas=("Nord", "Mitte", "Süd"))
    text = _refused(problem, Wish("lscp", reach=15))
    assert "2 Gebiete erreichen in 15 Minuten keinen Ort" in text
    assert "Gebiet Mitte" in text
    assert "Gebiet Süd" in text
    assert "Nord" not in text


def test_areas_in_conflict_are_a_smallest_set():
    """Each pair of neighbours shares a place, so two places serve four of the six, not five."""
    inf = float("inf")
    ring = np.full((7, 6), inf)
    for i in range(6):
        ring[i, [i, (i + 1) % 6]] = 5.0
    ring[6] = 1.0
    problem = site_problem(ring, areas=tuple("ABCDEFX"))
    for preset in ("p-median", "p-center"):
        text = _refused(problem, Wish(preset, sites=2))
        named = re.findall(r"Gebiet (\w):", text)
        rows = ["ABCDEFX".index(key) for key in named]
        assert _needs_more_than_two(ring[rows])
        for left_out in rows:
            assert not _needs_more_than_two(ring[[r for r in rows if r != left_out]])
    assert solve_preset(problem, Wish("p-median", sites=3)).objective == 31.0


def test_a_conflict_that_the_clock_ended_is_not_called_smallest(monkeypatch):
    """Any two of these areas share a place, so only trying finds which three are in conflict."""
    inf = float("inf")
    triangle = np.array([[1, inf, 1], [1, 1, inf], [inf, 1, 1]])
    problem = site_problem(np.vstack([triangle, triangle[:1]]))
    assert "ohne jedes einzelne von ihnen" in _refused(problem, Wish("p-median", sites=1))
    monkeypatch.setattr(conflict, "_SECONDS", 0.0)
    text = _refused(problem, Wish("p-median", sites=1))
    assert "4 Gebiete lassen sich nicht alle durch einen Standort erreichen" in text
    assert "ohne jedes einzelne von ihnen" not in text
    assert "endete nach der Uhr" in text


def _needs_more_than_two(minutes):
    places = range(minutes.shape[1])
    return not any(
        np.isfinite(minutes[:, [j, k]].min(axis=1)).all() for j in places for k in places
    )


def test_a_conflict_without_areas_that_are_apart_is_found_too():
    """Any two of the three areas share a place, but one place serves no three."""
    inf = float("inf")
    triangle = np.array([[1, inf, 1], [1, 1, inf], [inf, 1, 1]])
    text = _refused(site_problem(triangle, areas=tuple("ABC")), Wish("p-median", sites=1))
    assert re.findall(r"Gebiet (\w):", text) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish("p-median", sites=0), "1 bis 2"),
        (Wish("p-median", sites=3), "3 Standorte aus nur 2 Orten"),
        (Wish("p-median"), "--sites: fehlt"),
        (Wish("p-median", 1, 15.0), "--reach"),
        (Wish("lscp", 2, 15.0), "sucht die Zahl der Standorte selbst"),
        (Wish("mclp", 1), "--reach: fehlt"),
        (Wish("mclp", 1, float("nan")), "Minuten ab 0"),
    ],
)
def test_wishes_that_do_not_fit_are_refused(wish, said):
    assert said in _refused(site_problem(np.ones((3, 2))), wish)


def test_more_fixed_places_than_sites_are_refused():
    problem = site_problem(np.ones((3, 3)), fixed=["1", "2"])
    assert "2 Orte sind fest vorgegeben" in _refused(problem, Wish("p-median", sites=1))


def test_unknown_and_contradicting_places_are_refused_at_once():
    with pytest.raises(PlacementError) as caught:
        site_problem(np.ones((2, 2)), fixed=["1", "x"], forbidden=["1", "y"])
    text = str(caught.value)
    assert all(word in text for word in ("--fixed x", "--forbid y", "Ort 1"))


@pytest.mark.parametrize("bad", [-1.0, float("-inf")])
def test_negative_minutes_are_a_programming_error(bad):
    with pytest.raises(ValueError, match="at least 0"):
        site_problem(np.array([[1.0, bad]]))
