"""Gi* and local Moran against brute force, esda itself and planted patterns."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from esda import G_Local, Moran_Local_Rate
from libpysal.graph import Graph
from scipy import sparse
from shapely.geometry import box

from atlas.edition import TABLES
from geodata.errors import KeyJoinError
from indicators.hotspot_words import CLASSES
from indicators.hotspots import (
    HotspotSettings,
    bayes_rates,
    compute_hotspots,
    contiguity,
    gi_star,
    local_moran,
    two_sided_p,
)

SIDE = 12
FAST = HotspotSettings(permutations=999, seed=7)
MAP = {"level": "planungsraum", "vintage": "2021"}


def grid(side: int = SIDE) -> gpd.GeoDataFrame:
    cells = [(x, y) for y in range(side) for x in range(side)]
    return gpd.GeoDataFrame(
        {"area": [f"{i:08d}" for i in range(len(cells))], **MAP},
        geometry=[box(x, y, x + 1, y + 1) for x, y in cells],
        crs="EPSG:25833",
    )


def values_on(areas: gpd.GeoDataFrame, value: np.ndarray, base: float = np.nan) -> pd.DataFrame:
    """Values of one indicator; with a base, rates in per cent with their counts."""
    return pd.DataFrame(
        {
            "area": areas["area"],
            **MAP,
            "period": "2025-12-31",
            "indicator": "sgb2_quote",
            "group": "total",
            "value": value,
            "numerator": value * base / 100,
            "denominator": base,
            "status": "published",
        }
    )


def run(values: pd.DataFrame, areas: gpd.GeoDataFrame, settings=FAST) -> pd.DataFrame:
    return compute_hotspots(
        values, areas, ["sgb2_quote"], "planungsraum", "2025-12-31", "2021", settings
    )


def noise(seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).uniform(4, 6, SIDE * SIDE)


def planted() -> np.ndarray:
    """Noise with a block of 3 × 3 high values in a corner."""
    field = noise().reshape(SIDE, SIDE)
    field[:3, :3] += 20
    return field.ravel()


def brute_gi_star(values: np.ndarray, touching: np.ndarray) -> np.ndarray:
    """Ord and Getis 1995, equation for G*, one area after the other."""
    n, mean = len(values), values.mean()
    spread = np.sqrt((values**2).mean() - mean**2)
    scores = []
    for i in range(n):
        weights = touching[i].copy()
        weights[i] = 1.0
        top = sum(w * v for w, v in zip(weights, values, strict=True)) - mean * weights.sum()
        bottom = np.sqrt((n * (weights**2).sum() - weights.sum() ** 2) / (n - 1))
        scores.append(top / (spread * bottom))
    return np.array(scores)


def test_gi_star_is_the_textbook_z_score() -> None:
    areas = grid()
    touching = contiguity(areas)
    test = gi_star(planted(), touching, FAST)
    assert np.allclose(test.statistic, brute_gi_star(planted(), touching.toarray()), atol=1e-10)


def test_gi_star_does_not_depend_on_where_zero_lies() -> None:
    """Changes in percentage points may have a mean of zero or below."""
    touching = contiguity(grid())
    high = gi_star(planted(), touching, FAST)
    low = gi_star(planted() - planted().mean(), touching, FAST)
    assert np.allclose(high.statistic, low.statistic, atol=1e-9)
    assert np.array_equal(high.p_value, low.p_value)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_without_ties_p_is_esdas_folded_p_doubled() -> None:
    touching = contiguity(grid())
    graph = Graph.from_sparse(touching)
    ours = gi_star(noise(), touching, FAST)
    theirs = G_Local(
        noise() + 9, graph, transform="B", star=True, permutations=999, seed=7, n_jobs=1
    )
    assert np.allclose(ours.p_value, np.minimum(2 * theirs.p_sim, 1.0), atol=1e-6)

    cases, people = noise() * 10, np.full(SIDE * SIDE, 900.0)
    people[::2] = 1100.0
    moran = local_moran(bayes_rates(cases, people), touching, FAST)
    esda = Moran_Local_Rate(cases, people, graph, permutations=999, seed=7)
    assert np.allclose(moran.statistic, esda.Is)
    assert np.allclose(moran.p_value, np.minimum(2 * esda.p_sim, 1.0), atol=1e-6)


def test_a_planted_cluster_is_found_and_nothing_else_is_high() -> None:
    areas = grid()
    found = run(values_on(areas, planted(), 1000.0), areas).set_index(["method", "area"])
    core = {f"{y * SIDE + x:08d}" for y in range(2) for x in range(2)}
    gi = found.loc["gi_star"]
    high = set(gi.index[gi["class"] == "Häufung hoher Werte"])
    assert core <= high
    # One row of cells around the block has some of it among its neighbours, no other has;
    # the block's own edge may be missed.
    assert high <= {f"{y * SIDE + x:08d}" for y in range(4) for x in range(4)}
    moran = found.loc["local_moran"]
    assert core <= set(moran.index[moran["class"] == "hoch unter hohen"])
    assert set(found["class"]) <= {w for words in CLASSES.values() for w in words}


def test_a_high_area_among_low_ones_is_no_cluster_of_high_values() -> None:
    areas = grid()
    field = noise().reshape(SIDE, SIDE)
    field[4:7, 4:7] = 0.5
    field[5, 5] = 60.0
    middle = f"{5 * SIDE + 5:08d}"
    # With 999 permutations no single area of 144 could pass: the smallest p is 0.002.
    many = HotspotSettings(permutations=9999, seed=7)
    found = run(values_on(areas, field.ravel()), areas, many).set_index(["method", "area"])
    gi, moran = found.loc[("gi_star", middle)], found.loc[("local_moran", middle)]
    assert moran["class"] == "hoch unter niedrigen"
    assert gi["statistic"] > 0
    assert gi["q_value"] <= 0.05
    assert gi["class"] == "kein auffälliges Muster"
    assert "auf verschiedenen Seiten" in gi["reason"]


def test_a_low_area_among_high_ones_is_no_cluster_of_high_values() -> None:
    field = noise().reshape(SIDE, SIDE)
    field[3:6, 3:6] += 20
    field[4, 4] = 3.0
    table = run(values_on(grid(), field.ravel()), grid()).set_index(["method", "area"])
    middle = f"{4 * SIDE + 4:08d}"
    assert table.loc[("gi_star", middle), "class"] == "kein auffälliges Muster"
    assert "verschiedenen Seiten" in table.loc[("gi_star", middle), "reason"]
    assert table.loc[("local_moran", middle), "class"] == "niedrig unter hohen"


def test_a_constant_field_has_no_pattern() -> None:
    areas = grid()
    found = run(values_on(areas, np.full(SIDE * SIDE, 7.3), 1000.0), areas)
    assert set(found["class"]) == {"kein auffälliges Muster"}
    assert set(found["q_value"]) == {1.0}


def test_zeros_among_zeros_are_not_remarkable() -> None:
    """A rare event: 6 areas of 144 have one. Ties must not count as extremes."""
    field = np.zeros(SIDE * SIDE)
    field[[5, 17, 30, 42, 51, 60]] = 1.0
    test = gi_star(field, contiguity(grid()), FAST)
    quiet = test.statistic < 0
    assert quiet.sum() > 10
    assert (test.p_value[quiet] > 0.5).all()


def test_ties_belong_to_both_tails() -> None:
    simulated = np.array([[1.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0]])
    # area 1: 4 are at least 1, two at most 1 → 2 × 3/5, at most 1; area 2: all on both sides
    assert two_sided_p(np.array([1.0, 0.0]), simulated).tolist() == [1.0, 1.0]
    assert two_sided_p(np.array([4.0]), simulated[:1]).tolist() == [pytest.approx(2 / 5)]


def test_q_values_are_benjamini_hochberg_over_the_map() -> None:
    areas = grid()
    found = run(values_on(areas, planted()), areas)
    for _, rows in found.groupby("method"):
        p = rows["p_value"].to_numpy()
        order = np.argsort(p)
        ranks = np.arange(1, len(p) + 1)
        steps = np.minimum.accumulate((p[order] * len(p) / ranks)[::-1])[::-1]
        expected = np.empty(len(p))
        expected[order] = np.minimum(steps, 1)
        assert np.allclose(rows["q_value"], expected)


def test_same_seed_same_table_and_the_callers_random_state_stays() -> None:
    areas = grid()
    values = values_on(areas, planted(), 1000.0)
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    first = run(values, areas)
    assert np.array_equal(before, np.random.get_state()[1])
    shuffled = areas.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(first, run(values.iloc[::-1], shuffled))
    other = run(values, areas, HotspotSettings(permutations=999, seed=8))
    assert not first["p_value"].equals(other["p_value"])
    assert list(first) == list(TABLES["hotspots"])


def test_areas_without_a_value_leave_the_weights_and_say_why() -> None:
    areas = grid()
    values = values_on(areas, planted(), 1000.0)
    values.loc[[13, 143], "value"] = np.nan
    values.loc[13, "status"] = "suppressed"
    values.loc[143, "status"] = "too_few"
    found = run(values.drop(index=40), areas)
    gi = found.loc[found["method"] == "gi_star"].set_index("area")
    assert len(gi) == len(areas)
    hidden = gi.loc[["00000013", "00000143", "00000040"]]
    assert set(hidden["class"]) == {"ohne Aussage"}
    assert hidden["status"].tolist() == ["suppressed", "too_few", "missing"]
    assert "geheim" in hidden["reason"].iloc[0]
    assert hidden["statistic"].isna().all()
    assert gi.loc["00000000", "neighbours"] == 2  # three, but one of them is secret
    rest = np.delete(np.arange(SIDE * SIDE), [13, 143, 40])
    alone = run(values.loc[rest], areas.iloc[rest])
    again = alone.loc[alone["method"] == "gi_star"].set_index("area")
    assert gi.loc[again.index, "statistic"].equals(again["statistic"])


def test_an_island_is_named() -> None:
    areas = grid()
    island = areas.iloc[[0]].assign(area="99999999", geometry=[box(50, 50, 51, 51)])
    both = pd.concat([areas, island], ignore_index=True)
    found = run(values_on(both, np.append(planted(), 5.0)), both).set_index(["method", "area"])
    row = found.loc[("gi_star", "99999999")]
    assert row["class"] == "ohne Aussage"
    assert row["status"] == "not_applicable"
    assert row["reason"] == "Ohne Aussage: kein Nachbargebiet hat einen veröffentlichten Wert."


def test_too_few_areas_give_no_statement() -> None:
    areas = grid(2)
    found = run(values_on(areas, np.array([1.0, 2.0, 3.0, 9.0])), areas)
    assert set(found["class"]) == {"ohne Aussage"}
    assert set(found["reason"]) == {
        "Ohne Aussage: zu wenige Gebiete haben einen veröffentlichten Wert."
    }


def test_the_reason_is_one_german_sentence_with_figures_test_and_seed() -> None:
    areas = grid()
    found = run(values_on(areas, planted(), 1000.0), areas).set_index(["method", "area"])
    reason = found.loc[("gi_star", "00000000"), "reason"]
    assert re.fullmatch(
        r"Hier und in den 3 Nachbargebieten liegen die Werte gemeinsam höher, als der Zufall "
        r"erwarten ließe \(Gi\*, z = \d,\d\d; zweiseitig p = 0,\d{4}, q = 0,\d{4}; "
        r"999 Zufallsanordnungen, Startwert 7\)\.",
        reason,
    )
    assert "Empirical-Bayes" in found.loc[("local_moran", "00000000"), "reason"]


def test_touching_borders_without_a_common_corner_are_neighbours() -> None:
    areas = gpd.GeoDataFrame(
        geometry=[box(0, 0, 2, 1), box(0.5, 1, 1.5, 2), box(2, 1, 3, 2), box(9, 9, 10, 10)]
    )
    expected = [[0, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    touching = contiguity(areas)
    assert isinstance(touching, sparse.csr_array)
    assert touching.toarray().tolist() == expected


def test_a_value_that_is_not_on_the_map_is_named() -> None:
    areas = grid()
    with pytest.raises(KeyJoinError) as error:
        run(values_on(areas, planted()), areas.iloc[1:])
    assert "00000000" in str(error.value)
