"""The circular scan against brute force, a case by hand, and planted clusters."""

import math
import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from atlas.edition import TABLES
from geodata.errors import GeometryError, KeyJoinError, ProjectError, TableError
from indicators.scan import (
    CLUSTER_COLUMNS,
    ScanResult,
    ScanSettings,
    ScanTables,
    compute_clusters,
    scan,
)
from indicators.scan_words import CLASSES
from indicators.scan_zones import (
    TIE,
    Likelihood,
    _narrow,
    build_zones,
    observed_ratios,
    simulated_maxima,
    usual_variation,
)

FAST = ScanSettings(permutations=99, seed=7, max_share=0.25)
SIDE = 10
MAP = {"level": "planungsraum", "vintage": "2021"}
City = tuple[list[tuple[int, int]], list[int], list[int]]


@st.composite
def cities(draw: st.DrawFn) -> City:
    """Points on a small grid (with ties, and at times in one place), people and cases."""
    count = draw(st.integers(2, 11))
    each = {"min_size": count, "max_size": count}
    points = draw(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), **each))
    people = draw(st.lists(st.integers(1, 400), **each))
    return points, people, draw(st.lists(st.integers(0, 25), **each))


def brute_zones(
    points: list[tuple[int, int]], people: list[int], share: float, radius: float | None
) -> set[frozenset[int]]:
    """Every circle as a set, by squared whole distances."""
    zones = set()
    for i, (x, y) in enumerate(points):
        away = [((a - x) ** 2 + (b - y) ** 2, j != i, j) for j, (a, b) in enumerate(points)]
        inside: list[int] = []
        for squared, _, j in sorted(away):
            inside.append(j)
            small = sum(people[k] for k in inside) <= share * sum(people)
            if small and (radius is None or squared <= radius**2):
                zones.add(frozenset(inside))
    return zones


def brute_ratio(zone: frozenset[int], cases: list[int], people: list[int]) -> float:
    """Kulldorff's formula, word by word."""
    total, inside = sum(cases), sum(cases[i] for i in zone)
    expected = total * sum(people[i] for i in zone) / sum(people)
    first = inside * math.log(inside / expected) if inside else 0.0
    outside = total - inside
    return first + (outside * math.log(outside / (total - expected)) if outside else 0.0)


@settings(max_examples=150, deadline=None)
@given(cities(), st.sampled_from([0.25, 0.5]), st.sampled_from([None, 1, 2.5]))
def test_zones_and_ratios_are_those_of_brute_force(
    city: City, share: float, radius: float | None
) -> None:
    points, people, cases = city
    cases[0] += 1
    zones = build_zones(np.array(points, float), np.array(people, float), share, radius)
    _, ratio = observed_ratios(zones, np.array(cases))
    pairs = zip(*np.nonzero(zones.counted), strict=True)
    ours = [(frozenset(zones.members(i, k).tolist()), ratio[i, k]) for i, k in pairs]
    expected = brute_zones(points, people, share, radius)
    assert len(ours) == len(expected) == len(zones)
    assert {z for z, _ in ours} == expected
    assert set(np.flatnonzero(zones.reached())) == set().union(*expected)
    for zone, found in ours:
        assert found == pytest.approx(brute_ratio(zone, cases, people), abs=1e-6)
    assert ratio.max(initial=0) == pytest.approx(
        max((brute_ratio(z, cases, people) for z in expected), default=0), abs=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(cities(), st.integers(1, 3000), st.integers(0, 99))
def test_maxima_are_those_of_a_slow_loop_over_the_same_draws(
    city: City, total: int, seed: int
) -> None:
    points, people, _ = city
    zones = build_zones(np.array(points, float), np.array(people, float), 0.5)
    sets = brute_zones(points, people, 0.5, None)
    population = np.array(people, float)
    draws = np.random.default_rng(seed).multinomial(total, population / population.sum(), size=15)
    slow = [max((brute_ratio(z, d, people) for z in sets), default=0) for d in draws.tolist()]
    for chunk in (1, 4, 100):
        ours = simulated_maxima(zones, population, total, 15, seed, chunk)
        assert ours == pytest.approx(slow, abs=1e-6)


def test_the_maxima_do_not_depend_on_the_chunk_to_the_last_bit() -> None:
    points, people, _ = random_city(60)
    zones = build_zones(points, people, 0.5)
    whole = simulated_maxima(zones, people, 5000, 200, 3)
    assert np.array_equal(whole, simulated_maxima(zones, people, 5000, 200, 3, chunk=37))


@given(st.integers(1, 5000), st.floats(1e-4, 0.9), st.floats(0, 30))
def test_what_is_passed_over_could_not_have_raised_a_maximum(
    total: int, share: float, level: float
) -> None:
    shares = np.array([share])
    low, high = (int(x[0]) for x in Likelihood(total).indifferent(shares, level))
    counts = np.arange(total + 1)
    ratio = Likelihood(total).ratio(counts, np.log(shares), np.log1p(-shares))
    inside = (counts >= low) & (counts <= high)
    assert (ratio[inside] <= level).all()
    assert (ratio[~inside] > level - 2 * TIE).all()


def test_large_deviations_are_not_cut_off() -> None:
    some = np.array([[32766, -1], [0, 5]])
    assert _narrow(some).tolist() == some.tolist()
    many = np.array([[20000, 3], [20000, -40000]])
    assert _narrow(many).cumsum(axis=0, dtype=_narrow(many).dtype)[1, 0] == 40000


def test_the_case_by_hand() -> None:
    """Five areas on a line with 100 people each, so 4 of 20 cases are expected in each.

    Circles up to two areas::

        area     a     b     c     d     e
        at       0     1     3     7    12
        cases    8     6     1     1     4

        {a}    8 ln(8/4)  + 12 ln(12/16) =  5.5452 - 3.4522 = 2.0930
        {a,b} 14 ln(14/8) +  6 ln(6/12)  =  7.8346 - 4.1589 = 3.6757   high
        {b}    6 ln(6/4)  + 14 ln(14/16) =  2.4328 - 1.8694 = 0.5634
        {c}    1 ln(1/4)  + 19 ln(19/16) = -1.3863 + 3.2652 = 1.8789   as {d}
        {b,c}  7 ln(7/8)  + 13 ln(13/12) = -0.9347 + 1.0406 = 0.1058
        {c,d}  2 ln(2/8)  + 18 ln(18/12) = -2.7726 + 7.2984 = 4.5258   low, the largest
        {e}    4 ln(4/4)  + 16 ln(16/16) =                    0
        {d,e}  5 ln(5/8)  + 15 ln(15/12) = -2.3500 + 3.3472 = 0.9971

    d is nearer to c (4) than to e (5). After {c,d} the next without c and d is {a,b}.
    """
    points = [(x, 0) for x in (0, 1, 3, 7, 12)]
    chosen = ScanSettings(permutations=199, seed=1, alpha=0.99, max_share=0.4)
    found = scan(list("abcde"), [8, 6, 1, 1, 4], [100] * 5, points, chosen)
    assert found.zones == 9  # {a,b} is counted once, though a and b are its centre
    low, high = found.clusters
    assert (low.areas, low.direction, low.cases, low.secondary) == (("c", "d"), "low", 2, False)
    assert (high.areas, high.direction, high.secondary) == (("a", "b"), "high", True)
    assert (low.centre, low.radius_m) == ("d", 4.0)
    assert (high.centre, high.radius_m) == ("a", 1.0)
    assert low.llr == pytest.approx(4.5258, abs=5e-5)
    assert high.llr == pytest.approx(3.6757, abs=5e-5)
    assert high.expected == pytest.approx(8)
    assert high.relative_risk == pytest.approx((14 / 200) / (6 / 300))
    draws = np.random.default_rng(1).multinomial(20, [0.2] * 5, size=199)
    zones = brute_zones(points, [100] * 5, 0.4, None)
    largest = [max(brute_ratio(z, d, [100] * 5) for z in zones) for d in draws.tolist()]
    for cluster in found.clusters:
        at_least = sum(m >= cluster.llr - 1e-9 for m in largest)
        assert cluster.p_value == (1 + at_least) / 200


def random_city(count: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray, list[str]]:
    random = np.random.default_rng(seed)
    points = random.uniform(0, 10_000, (count, 2))
    return (
        points,
        random.integers(500, 3000, count).astype(float),
        [f"{i:04d}" for i in range(count)],
    )


def planted_city() -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """A grid of cells with 1000 people and 50 cases; a corner has twice, another half as many."""
    points = np.array([(x, y) for y in range(SIDE) for x in range(SIDE)], float) * 500
    cases = np.random.default_rng(2).poisson(50, (SIDE, SIDE))
    cases[:3, :3] += 50
    cases[7:, 7:] //= 2
    keys = [f"{i:04d}" for i in range(SIDE * SIDE)]
    return keys, cases.ravel(), np.full(SIDE * SIDE, 1000.0), points


def block(x: int, y: int) -> set[str]:
    """A block of three by three cells."""
    return {f"{(y + j) * SIDE + x + i:04d}" for j in range(3) for i in range(3)}


@pytest.mark.parametrize("iterative", [False, True])
def test_planted_clusters_are_found_with_their_direction(iterative: bool) -> None:
    found = scan(*planted_city(), replace(FAST, iterative=iterative))
    high, low = found.clusters[:2]
    assert high.direction == "high"
    assert set(high.areas) == block(0, 0)
    assert high.p_value == 0.01
    assert high.relative_risk == pytest.approx(2, abs=0.2)
    assert low.direction == "low"
    assert len(set(low.areas) & block(7, 7)) >= 7
    assert low.relative_risk < 0.7
    assert all(c.p_value <= FAST.alpha for c in found.clusters)


def test_the_iterative_scan_looks_at_what_is_left() -> None:
    keys, cases, people, points = planted_city()
    found = scan(keys, cases, people, points, replace(FAST, iterative=True))
    assert found.clusters[0] == scan(keys, cases, people, points, FAST).clusters[0]
    rest = [i for i, key in enumerate(keys) if key not in found.clusters[0].areas]
    again = scan([keys[i] for i in rest], cases[rest], people[rest], points[rest], FAST)
    assert found.clusters[1].areas == again.clusters[0].areas
    assert found.clusters[1].llr == again.clusters[0].llr
    assert found.clusters[1].expected == again.clusters[0].expected
    one = scan(keys, cases, people, points, replace(FAST, iterative=True, rounds=1))
    assert one.clusters == found.clusters[:1]


def test_neither_the_order_of_areas_nor_the_scale_of_points_matters() -> None:
    keys, cases, people, points = planted_city()
    first = scan(keys, cases, people, points, FAST)
    order = np.random.default_rng(4).permutation(len(keys))
    mixed = scan([keys[i] for i in order], cases[order], people[order], points[order], FAST)
    assert mixed.clusters == first.clusters
    assert np.array_equal(mixed.maxima, first.maxima)
    # A grid has many equal distances, which a factor of 1/3 must not break.
    small = scan(keys, cases, people, points / 3 + 5_800_000.1, FAST)
    assert small.zones == first.zones
    for ours, other in zip(first.clusters, small.clusters, strict=True):
        assert other.radius_m == pytest.approx(ours.radius_m / 3)
        assert replace(other, radius_m=ours.radius_m) == ours


def test_another_seed_draws_anew_and_the_same_one_does_not() -> None:
    first = scan(*planted_city(), FAST)
    assert np.array_equal(first.maxima, scan(*planted_city(), FAST).maxima)
    other = scan(*planted_city(), replace(FAST, seed=8))
    assert not np.array_equal(first.maxima, other.maxima)


@settings(max_examples=30, deadline=None)
@given(cities(), st.booleans(), st.sampled_from([0.3, 0.5]), st.sampled_from([None, 2.0]))
def test_clusters_do_not_overlap_and_keep_the_limits(
    city: City, iterative: bool, share: float, radius: float | None
) -> None:
    points, people, cases = city
    chosen = ScanSettings(
        permutations=9, alpha=0.99, max_share=share, max_radius_m=radius, iterative=iterative
    )
    keys = [f"{i:02d}" for i in range(len(points))]
    found = scan(keys, cases, people, points, chosen)
    named = [a for c in found.clusters for a in c.areas]
    assert len(named) == len(set(named))
    assert not set(named) & set(found.untested) or iterative
    place, weight = dict(zip(keys, points, strict=True)), dict(zip(keys, people, strict=True))
    left = set(keys)
    for cluster in found.clusters:
        assert cluster.centre in cluster.areas
        away = [math.dist(place[cluster.centre], place[a]) for a in cluster.areas]
        assert cluster.radius_m == pytest.approx(max(away))
        assert radius is None or max(away) <= radius
        assert cluster.population == sum(weight[a] for a in cluster.areas)
        assert cluster.population <= share * sum(weight[a] for a in left) + 1e-9
        assert cluster.cases == sum(cases[int(a)] for a in cluster.areas)
        assert (cluster.relative_risk > 1) == (cluster.direction == "high")
        left -= set(cluster.areas) if iterative else set()
    ratios = [c.llr for c in found.clusters]
    assert iterative or ratios == sorted(ratios, reverse=True)
    assert [c.secondary for c in found.clusters] == [i > 0 for i in range(len(ratios))]


def test_the_limits_change_what_is_found() -> None:
    keys, cases, people, points = planted_city()
    near = scan(keys, cases, people, points, replace(FAST, max_radius_m=500.0))
    assert max(len(c.areas) for c in near.clusters) == 5
    few = scan(keys, cases, people, points, replace(FAST, max_share=0.04))
    assert max(len(c.areas) for c in few.clusters) == 4


@pytest.mark.parametrize("iterative", [False, True])
def test_proportional_cases_have_no_cluster(iterative: bool) -> None:
    points, people, keys = random_city(40)
    found = scan(keys, people / 5 * 5, people * 3, points, replace(FAST, iterative=iterative))
    assert found.clusters == ()


def test_no_case_at_all_has_no_cluster() -> None:
    points, people, keys = random_city(20)
    assert scan(keys, np.zeros(20), people, points, FAST).clusters == ()


def test_all_cases_in_one_place() -> None:
    keys, cases, people, points = planted_city()
    cases = np.where(np.arange(len(cases)) == 55, 40, 0)
    (only,) = scan(keys, cases, people, points, FAST).clusters[:1]
    assert (only.areas, only.relative_risk, only.radius_m) == (("0055",), math.inf, 0.0)


def test_areas_without_people_leave_and_are_named() -> None:
    keys, cases, people, points = planted_city()
    people[[4, 50]] = 0
    found: ScanResult = scan(keys, cases, people, points, FAST)
    assert found.left_out == ("0004", "0050")
    rest = np.flatnonzero(people)
    alone = scan([keys[i] for i in rest], cases[rest], people[rest], points[rest], FAST)
    assert alone.clusters == found.clusters


def test_an_area_too_large_for_any_circle_is_named() -> None:
    keys, cases, people, points = planted_city()
    people[44] = 1_000_000
    assert scan(keys, cases, people, points, FAST).untested == ("0044",)


def test_mistakes_are_told_all_at_once_in_german() -> None:
    keys, cases, people, points = planted_city()
    with pytest.raises(TableError, match="2 Fälle sind keine Anzahl") as error:
        scan(keys, np.where(np.arange(100) < 2, -1, cases), people, points, FAST)
    assert "Gebiet 0001" in str(error.value)
    with pytest.raises(TableError, match="Nenner"):
        scan(keys, cases, np.where(np.arange(100) < 2, np.nan, people), points, FAST)
    with pytest.raises(KeyJoinError, match="mehrfach"):
        scan(["0001", *keys[1:]], cases, people, points, FAST)
    with pytest.raises(GeometryError, match="keinen Ort"):
        scan(keys, cases, people, np.where(points == 0, np.nan, points), FAST)
    with pytest.raises(TableError, match="passen nicht zusammen"):
        scan(keys[1:], cases, people, points, FAST)
    with pytest.raises(TableError, match="mehr Fälle"):
        scan(keys, cases * 10_000_000, people, points, FAST)
    with pytest.raises(ProjectError) as settings_error:
        scan(keys, cases, people, points, ScanSettings(permutations=0, max_share=0.7, alpha=1))
    assert len(settings_error.value.problems) == 3


def grid_map(crs: str = "EPSG:25833") -> gpd.GeoDataFrame:
    keys, _, _, points = planted_city()
    outlines = [box(x, y, x + 500, y + 500) for x, y in points]
    return gpd.GeoDataFrame({"area": keys, **MAP}, geometry=outlines, crs=crs)


def planted_values() -> pd.DataFrame:
    keys, cases, people, _ = planted_city()
    frame = pd.DataFrame({"area": keys, **MAP, "period": "2025-12-31", "group": "total"})
    frame = frame.assign(indicator="sgb2_quote", value=cases / people * 100, status="published")
    return frame.assign(numerator=cases.astype(float), denominator=people)


def run(values: pd.DataFrame, areas: gpd.GeoDataFrame | None = None, **kwargs) -> ScanTables:
    areas = grid_map() if areas is None else areas
    chosen = replace(FAST, **kwargs)
    where = ("planungsraum", "2025-12-31", "2021")
    return compute_clusters(values, areas, ["sgb2_quote", "nicht_da"], *where, chosen)


def test_the_table_has_a_row_for_every_member_and_a_class_for_every_area() -> None:
    found = run(planted_values())
    clusters, areas = found.clusters, found.areas.set_index("area")
    assert list(clusters) == CLUSTER_COLUMNS
    assert list(found.areas) == list(TABLES["hotspots"])
    assert set(areas["class"]) <= set(CLASSES)
    first = clusters[clusters["rank"] == 1]
    assert set(first["area"]) == block(0, 0)
    assert first["cluster"].tolist() == ["1"] * 9
    assert set(areas.index[areas["cluster"] == "1"]) == block(0, 0)
    assert set(areas.loc[list(block(0, 0)), "class"]) == {"Teil einer Häufung hoher Werte"}
    low = clusters.loc[clusters["direction"] == "low", "area"]
    assert set(areas.loc[low, "class"]) == {"Teil einer Häufung niedriger Werte"}
    rest = areas.drop(index=clusters["area"])
    assert set(rest["class"]) == {"unauffällig"}
    assert rest["p_value"].isna().all()
    assert set(areas["status"]) == {"published"}
    limits = clusters[["population_share_limit", "permutations", "seed"]].drop_duplicates()
    assert limits.to_numpy().tolist() == [[0.25, 99, 7]]


def test_the_reason_is_one_german_sentence_with_figures_test_and_seed() -> None:
    values = planted_values()
    values.loc[11, "numerator"] = 20.0
    areas = run(values, max_radius_m=1500.0).areas.set_index("area")
    assert re.fullmatch(
        r"Im Kreis um Gebiet 0011 \(9 Gebiete, Radius 707 m\) liegen \d\d\d Fälle, bei überall "
        r"gleicher Quote wären es \d\d\d,\d; die Quote ist innen \d,\d\d-mal so hoch wie außen "
        r"\(Kulldorffs Kreis-Scan, Poisson, Kreise bis 25\s% der Bezugsgröße und 1,5 km; "
        r"Log-Likelihood-Quotient = \d+,\d\d, p = 0,0100; 99 Zufallsverteilungen, Startwert 7\)\.",
        areas.loc["0000", "reason"],
    )
    assert "dieses Gebiet selbst liegt nicht höher" in areas.loc["0011", "reason"]
    assert areas.loc["0050", "reason"].startswith("Dieses Gebiet gehört zu keiner Häufung")
    assert "99 Zufallsverteilungen, Startwert 7" in areas.loc["0050", "reason"]


def test_only_published_counts_enter_and_every_other_area_says_why() -> None:
    values = planted_values()
    values["status"] = values["status"].astype(object)
    told = {
        30: ("status", "suppressed", "suppressed", "geheim"),
        31: ("status", "too_few", "too_few", "zu klein"),
        32: ("status", "estimated", "not_applicable", "geschätzt"),
        33: ("numerator", np.nan, "not_applicable", "nicht beide veröffentlicht"),
        34: ("denominator", 0.0, "not_applicable", "Bezugsgröße ist hier null"),
        35: ("numerator", 7.5, "not_applicable", "keine ganze Zahl"),
    }
    for row, (column, value, *_) in told.items():
        values.loc[row, column] = value
    found = run(values.drop(index=36))
    areas = found.areas.set_index("area")
    for row, (_, _, status, words) in told.items():
        area = areas.loc[f"{row:04d}"]
        assert (area["class"], area["status"]) == ("ohne Aussage", status)
        assert words in area["reason"]
    assert areas.loc["0036", "status"] == "missing"
    assert not set(found.clusters["area"]) & {f"{row:04d}" for row in range(30, 37)}
    rest = [i for i in range(100) if i not in range(30, 37)]
    alone = run(values.loc[rest], grid_map().iloc[rest])
    pd.testing.assert_frame_equal(alone.clusters, found.clusters)


def test_a_published_zero_is_a_case_count_like_any_other() -> None:
    values = planted_values()
    values.loc[50, ["numerator", "value"]] = 0.0
    values.loc[50, "status"] = "zero"
    area = run(values).areas.set_index("area").loc["0050"]
    assert (area["class"] == "ohne Aussage", area["status"]) == (False, "published")


def test_same_seed_same_tables_whatever_the_order() -> None:
    first = run(planted_values())
    again = run(planted_values().iloc[::-1], grid_map().sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(first.clusters, again.clusters)
    pd.testing.assert_frame_equal(first.areas, again.areas)


def test_points_of_ones_own_stand_for_the_outlines() -> None:
    points = grid_map()
    points = points.set_geometry([Point(x * 2, y) for x, y in planted_city()[3]], crs=points.crs)
    found = run(planted_values(), points).clusters
    assert not found["radius_m"].equals(run(planted_values()).clusters["radius_m"])


def test_too_few_areas_and_no_areas_give_no_statement() -> None:
    few = run(planted_values().iloc[:5], grid_map().iloc[:5])
    assert set(few.areas["class"]) == {"ohne Aussage"}
    assert "zu wenige Gebiete" in few.areas["reason"].iloc[0]
    assert len(few.clusters) == 0
    none = run(planted_values().iloc[:0])
    assert (len(none.areas), list(none.clusters)) == (0, CLUSTER_COLUMNS)
    assert (none.clusters.dtypes == run(planted_values()).clusters.dtypes).all()


def test_areas_without_a_circle_say_so() -> None:
    areas = run(planted_values(), max_share=0.005).areas
    assert set(areas["class"]) == {"ohne Aussage"}
    assert "kein Kreis mit diesem Gebiet" in areas["reason"].iloc[0]


def test_values_and_maps_that_do_not_fit_are_named() -> None:
    with pytest.raises(KeyJoinError, match="0000"):
        run(planted_values(), grid_map().iloc[1:])
    with pytest.raises(KeyJoinError, match="mehr als ein Wert"):
        run(pd.concat([planted_values(), planted_values().iloc[:1]]))
    with pytest.raises(GeometryError, match="Metern"):
        run(planted_values(), grid_map("EPSG:4326"))
    without = grid_map()
    without.loc[3, "geometry"] = None
    with pytest.raises(GeometryError, match="0003"):
        run(planted_values(), without)


def uneven_city(seed: int, cluster: float = 1.0):
    """80 areas of 4,000 people whose rates differ by a third without any pattern.

    In the south-western corner the rates are `cluster` times as high.
    """
    random = np.random.default_rng(seed)
    points = random.uniform(0, 10_000, (80, 2))
    rates = 0.1 * random.gamma(9, 1 / 9, 80)
    rates[(points < 4500).all(axis=1)] *= cluster
    people = np.full(80, 4000.0)
    cases = random.binomial(4000, np.minimum(rates, 0.9))
    return [f"{n:02d}" for n in range(80)], cases, people, points


def significant(chosen: ScanSettings, cluster: float = 1.0, cities: int = 12) -> int:
    found = [scan(*uneven_city(seed, cluster), chosen).clusters for seed in range(cities)]
    return sum(bool(clusters) and clusters[0].p_value <= 0.05 for clusters in found)


def test_areas_that_differ_without_a_pattern_are_no_cluster() -> None:
    """With one rate for all, every such city has clusters; with usual differences few have."""
    assert significant(FAST) == 12
    assert significant(replace(FAST, varying=True)) <= 2


def test_a_cluster_beyond_the_usual_differences_is_still_found() -> None:
    assert significant(replace(FAST, varying=True), cluster=2.5) >= 10


def test_usual_differences_are_drawn_alike_whatever_the_size_of_a_chunk() -> None:
    _, cases, people, points = uneven_city(3)
    zones = build_zones(points, people, 0.5, None)
    draws = [
        simulated_maxima(zones, people, int(cases.sum()), 60, 7, chunk, variation=0.1)
        for chunk in (60, 17)
    ]
    assert np.array_equal(*draws)


def test_the_usual_difference_is_what_chance_leaves_over() -> None:
    people = np.full(400, 5000.0)
    random = np.random.default_rng(5)
    rates = 0.1 * random.gamma(16, 1 / 16, 400)
    assert usual_variation(random.binomial(5000, rates), people) == pytest.approx(1 / 16, rel=0.25)
    assert usual_variation(random.binomial(5000, np.full(400, 0.1)), people) < 0.003
    assert usual_variation(np.zeros(400, dtype=np.int64), people) == 0.0
