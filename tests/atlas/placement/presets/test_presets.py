"""The classical problems: by hand, against every choice, spopt, and published optima."""

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spopt.locate import LSCP, MCLP, PCenter, PMedian

from atlas.placement.presets import Limits, Wish, median, site_problem, solve_preset
from geodata.errors import PlacementError
from tests.atlas.placement.presets.oracles import (
    OPTIMA,
    best_by_trying,
    cost_of,
    covered_within,
    fewest_by_trying,
    orlib_folder,
    plane,
    read_pmed,
)

# spopt builds its models in a way that the next PuLP will not know.
pytestmark = pytest.mark.filterwarnings("ignore:.*PuLP 4.0:DeprecationWarning")

INF = float("inf")

# Four areas along a street at 0, 10, 20 and 60 minutes, three rooms at 0, 20 and 60.
STREET = np.array([[0, 20, 60], [10, 10, 50], [20, 0, 40], [60, 40, 0]], dtype=float)
NEED = np.array([10.0, 30.0, 20.0, 5.0])


def street(**more):
    return site_problem(
        STREET, NEED, areas=("Nord", "Mitte", "Süd", "Aue"), places=("A", "B", "C"), **more
    )


def test_one_place_for_the_street_by_hand():
    # A: 0+300+400+300 = 1000, B: 200+300+0+200 = 700, C: 600+1500+800+0 = 2900.
    found = solve_preset(street(), Wish("p-median", sites=1))
    assert (found.places, found.objective, found.bound) == (("B",), 700.0, 700.0)
    assert (found.gap, found.ended) == (0.0, "optimal")
    assert [(a.area, a.place, a.minutes) for a in found.assignments] == [
        ("Nord", "B", 20.0), ("Mitte", "B", 10.0), ("Süd", "B", 0.0), ("Aue", "B", 40.0),
    ]  # fmt: skip


def test_the_longest_way_on_the_street_by_hand():
    found = solve_preset(street(), Wish("p-center", sites=2))
    # A and C leave Süd and B and C leave Nord 20 minutes; A and B leave Aue 40.
    assert (found.objective, found.bound, found.ended) == (20.0, 20.0, "optimal")
    assert found.places in (("A", "C"), ("B", "C"))


def test_reach_on_the_street_by_hand():
    most = solve_preset(street(), Wish("mclp", sites=1, reach=10))
    assert (most.places, most.objective) == (("B",), 50.0)
    assert [a.reached for a in most.assignments] == [False, True, True, False]
    fewest = solve_preset(street(), Wish("lscp", reach=10))
    assert (fewest.places, fewest.objective) == (("A", "B", "C"), 3.0)
    assert solve_preset(street(), Wish("lscp", reach=20)).objective == 2.0


def test_fixed_places_stay_and_forbidden_ones_do_not_come():
    held = solve_preset(street(fixed=["C"]), Wish("p-median", sites=2))
    assert held.places == ("B", "C")
    away = solve_preset(street(forbidden=["B"]), Wish("p-median", sites=1))
    assert (away.places, away.objective) == (("A",), 1000.0)


def test_areas_without_need_cost_nothing_but_are_told_where_to_go():
    problem = site_problem(np.array([[1.0, 9.0], [9.0, 1.0], [INF, INF]]), np.array([1.0, 0, 0]))
    found = solve_preset(problem, Wish("p-median", sites=1))
    assert (found.places, found.objective) == (("1",), 1.0)
    assert [a.place for a in found.assignments] == ["1", "1", None]


@st.composite
def problems(draw):
    """Small problems with ties, missing pairs, zero needs, fixed and forbidden places."""
    areas, places = draw(st.integers(1, 7)), draw(st.integers(1, 6))
    number = st.one_of(st.integers(0, 6).map(float), st.floats(0, 60).map(lambda x: round(x, 2)))
    entry = st.one_of(number, number, number, st.just(INF))
    minutes = draw(st.lists(entry, min_size=areas * places, max_size=areas * places))
    demand = draw(st.lists(number, min_size=areas, max_size=areas))
    marks = draw(st.lists(st.sampled_from("....xo"), min_size=places, max_size=places))
    fixed = tuple(j for j, m in enumerate(marks) if m == "x")
    forbidden = tuple(j for j, m in enumerate(marks) if m == "o")
    sites = draw(st.integers(max(1, len(fixed)), max(1, places - len(forbidden))))
    return np.array(minutes).reshape(areas, places), np.array(demand), fixed, forbidden, sites


@pytest.mark.parametrize("preset", ["lscp", "mclp", "p-median", "p-center"])
@settings(max_examples=150, deadline=None)
@given(given_problem=problems(), reach=st.sampled_from([0.0, 2.0, 5.0, 30.0]))
def test_no_choice_is_better(preset, given_problem, reach):
    minutes, demand, fixed, forbidden, sites = given_problem
    allowed = minutes.shape[1] - len(forbidden)
    if sites > allowed or (preset == "mclp" and not demand.any()):
        return
    reach = reach if preset in ("lscp", "mclp") else None
    if preset == "lscp":
        best = fewest_by_trying(minutes, reach, fixed, forbidden)
        wish = Wish("lscp", reach=reach)
    else:
        best = best_by_trying(preset, minutes, demand, sites, reach, fixed, forbidden)
        wish = Wish(preset, sites, reach)
    problem = site_problem(
        minutes, demand,
        fixed=[str(j + 1) for j in fixed], forbidden=[str(j + 1) for j in forbidden],
    )  # fmt: skip
    if best is None or best == INF:
        with pytest.raises(PlacementError):
            solve_preset(problem, wish)
        return
    found = solve_preset(problem, wish)
    chosen = [int(key) - 1 for key in found.places]
    assert set(fixed) <= set(chosen)
    assert not set(forbidden) & set(chosen)
    assert found.ended == "optimal"
    assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-9)
    if preset == "lscp":
        assert (minutes[:, chosen].min(axis=1) <= reach).all()
    else:
        assert len(chosen) == sites
        assert cost_of(preset, minutes, demand, chosen, reach) == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("clustered", [False, True])
class TestAgainstSpopt:
    """The field's reference, with HiGHS, on random cities."""

    def test_p_median(self, seed, clustered):
        minutes, demand = plane(60, 25, seed, clustered=clustered)
        peer = PMedian.from_cost_matrix(minutes, demand, p_facilities=5).solve(_highs())
        found = solve_preset(site_problem(minutes, demand), Wish("p-median", sites=5))
        assert found.objective == pytest.approx(pulp.value(peer.problem.objective))

    def test_mclp(self, seed, clustered):
        minutes, demand = plane(80, 30, seed, clustered=clustered)
        peer = MCLP.from_cost_matrix(minutes, demand, service_radius=60, p_facilities=6)
        found = solve_preset(site_problem(minutes, demand), Wish("mclp", 6, 60))
        value = pulp.value(peer.solve(_highs()).problem.objective)
        assert found.objective == pytest.approx(value)

    def test_lscp(self, seed, clustered):
        minutes, demand = plane(80, 30, seed, clustered=clustered)
        reach = float(minutes.min(axis=1).max()) + 30
        peer = LSCP.from_cost_matrix(minutes, service_radius=reach).solve(_highs())
        found = solve_preset(site_problem(minutes, demand), Wish("lscp", reach=reach))
        assert found.objective == pytest.approx(pulp.value(peer.problem.objective))

    def test_p_center(self, seed, clustered):
        minutes, demand = plane(40, 15, seed, clustered=clustered)
        peer = PCenter.from_cost_matrix(minutes, p_facilities=4).solve(_highs())
        found = solve_preset(site_problem(minutes, demand), Wish("p-center", sites=4))
        assert found.objective == pytest.approx(pulp.value(peer.problem.objective))


def _highs():
    return pulp.HiGHS(msg=False, gapRel=1e-9)


@pytest.mark.reference
@pytest.mark.parametrize("number", range(1, 11))
def test_published_optima_of_the_or_library_are_reached_and_proven(number):
    folder = orlib_folder()
    if folder is None:
        pytest.skip("neither SOZIALATLAS_ORLIB nor SOZIALATLAS_REFERENCE names the OR-Library")
    minutes, sites = read_pmed(folder / f"pmed{number}.txt")
    found = solve_preset(site_problem(minutes), Wish("p-median", sites=sites))
    assert (found.objective, found.bound) == (OPTIMA[number - 1], OPTIMA[number - 1])
    assert found.ended == "optimal"


@pytest.mark.reference
@pytest.mark.parametrize("number", range(1, 11))
def test_longest_ways_of_the_or_library_are_the_shortest_possible(number):
    """The field's general solver says that p places are enough for it, and not for less."""
    folder = orlib_folder()
    if folder is None:
        pytest.skip("neither SOZIALATLAS_ORLIB nor SOZIALATLAS_REFERENCE names the OR-Library")
    minutes, sites = read_pmed(folder / f"pmed{number}.txt")
    found = solve_preset(site_problem(minutes), Wish("p-center", sites=sites))
    assert found.objective == found.bound
    assert covered_within(minutes, found.objective) <= sites
    assert covered_within(minutes, minutes[minutes < found.objective].max()) > sites


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("longest", [1, 3])
def test_lists_that_are_cut_off_too_early_grow_until_the_answer_is_proven(
    monkeypatch, seed, longest
):
    monkeypatch.setattr(median, "_SHORTEST", longest)
    monkeypatch.setattr(median, "_PER_SITE", 0)
    minutes, demand = plane(14, 11, seed, clustered=True)
    found = solve_preset(site_problem(minutes, demand), Wish("p-median", sites=3))
    assert found.ended == "optimal"
    assert found.objective == pytest.approx(best_by_trying("p-median", minutes, demand, 3))


@pytest.mark.parametrize(
    "wish",
    [Wish("lscp", reach=120), Wish("mclp", 12, 40), Wish("p-median", 12), Wish("p-center", 12)],
)
def test_the_same_problem_gives_the_same_choice(wish):
    minutes, demand = plane(200, 80, 5)
    first, second = (solve_preset(site_problem(minutes, demand), wish) for _ in range(2))
    assert (first.places, first.objective) == (second.places, second.objective)
    assert first.assignments == second.assignments


def test_a_gap_that_is_enough_ends_the_search_within_it():
    minutes, demand = plane(300, 100, 2)
    found = solve_preset(site_problem(minutes, demand), Wish("p-median", 15), Limits(gap=0.02))
    best = solve_preset(site_problem(minutes, demand), Wish("p-median", 15))
    assert found.ended == "gap"
    assert 0 < found.gap <= 0.02
    assert found.bound <= best.objective <= found.objective
    assert found.objective <= best.objective * 1.0205


def test_a_center_within_a_gap_is_true_to_it():
    minutes, demand = plane(300, 100, 2)
    found = solve_preset(site_problem(minutes, demand), Wish("p-center", 15), Limits(gap=0.1))
    best = solve_preset(site_problem(minutes, demand), Wish("p-center", 15))
    assert best.ended == "optimal"
    assert found.bound <= best.objective <= found.objective
    assert found.gap <= 0.1


def test_a_work_limit_ends_at_the_same_place():
    minutes, demand = plane(300, 100, 2)
    runs = [
        solve_preset(site_problem(minutes, demand), Wish("p-median", 15), Limits(work=40))
        for _ in range(2)
    ]
    assert {r.ended for r in runs} == {"work_limit"}
    assert runs[0].places == runs[1].places
    assert runs[0].bound == runs[1].bound < runs[0].objective
