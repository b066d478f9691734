"""The table of hotspots: planted patterns, ties, gaps, islands, and what a reader is told."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from atlas.edition import TABLES
from geodata.errors import KeyJoinError, ProjectError
from indicators.hotspot_words import CLASSES
from indicators.hotspots import HotspotSettings, compute_hotspots
from indicators.neighbours import NeighbourRule, neighbourhood

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


def test_a_value_that_is_not_on_the_map_is_named() -> None:
    areas = grid()
    with pytest.raises(KeyJoinError) as error:
        run(values_on(areas, planted()), areas.iloc[1:])
    assert "00000000" in str(error.value)


def test_two_values_of_one_area_are_named() -> None:
    areas = grid()
    values = values_on(areas, planted())
    with pytest.raises(KeyJoinError) as error:
        run(pd.concat([values, values.iloc[[5]]]), areas)
    assert "00000005: mehr als ein Wert" in str(error.value)


def test_other_indicators_of_the_map_change_nothing() -> None:
    """They share arrangements where the same areas have a value, and only there."""
    areas = grid()
    first = values_on(areas, planted(), 1000.0)
    second = values_on(areas, noise(8)).assign(indicator="alo_quote")
    holes = values_on(areas, noise(9)).assign(indicator="kinderarmut").drop(index=[3, 4])
    together = compute_hotspots(
        pd.concat([holes, second, first]),
        areas,
        ["alo_quote", "kinderarmut", "sgb2_quote"],
        "planungsraum",
        "2025-12-31",
        "2021",
        FAST,
    )
    assert together["indicator"].unique().tolist() == ["alo_quote", "kinderarmut", "sgb2_quote"]
    own = together.loc[together["indicator"] == "sgb2_quote"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, run(first, areas))


def test_the_two_methods_have_one_p_value_on_the_same_values() -> None:
    found = run(values_on(grid(), planted()), grid()).set_index(["method", "area"])
    assert found.loc["gi_star", "p_value"].equals(found.loc["local_moran", "p_value"])


def test_neighbours_found_before_serve_every_period() -> None:
    areas = grid()
    values = values_on(areas, planted(), 1000.0)
    near = neighbourhood(areas)
    place = ("planungsraum", "2025-12-31", "2021")
    bare = areas.drop(columns="geometry")
    again = compute_hotspots(values, bare, ["sgb2_quote"], *place, FAST, near)
    pd.testing.assert_frame_equal(again, run(values, areas))
    with pytest.raises(KeyJoinError, match="einer anderen Karte"):
        compute_hotspots(values, bare, ["sgb2_quote"], *place, FAST, neighbourhood(areas.iloc[1:]))


@pytest.mark.parametrize(
    ("rule", "around"),
    [
        (NeighbourRule("knn", k=4), "in den 4 nächsten Gebieten"),
        (NeighbourRule("knn", k=1), "im nächsten Gebiet"),
        (NeighbourRule("distance", metres=1.0), "in den 2 Gebieten im Umkreis von 1 m"),
    ],
)
def test_the_reason_says_who_counts_as_neighbour(rule: NeighbourRule, around: str) -> None:
    settings = HotspotSettings(permutations=999, seed=7, neighbours=rule)
    found = run(values_on(grid(), planted()), grid(), settings).set_index(["method", "area"])
    assert f"Hier und {around} " in found.loc[("gi_star", "00000000"), "reason"]


def test_an_area_with_nobody_within_the_distance_says_so() -> None:
    areas = grid()
    far = areas.iloc[[0]].assign(area="99999999", geometry=[box(5000, 0, 5001, 1)])
    both = pd.concat([areas, far], ignore_index=True)
    rule = NeighbourRule("distance", metres=1200.0)
    found = run(
        values_on(both, np.append(planted(), 5.0)), both, HotspotSettings(99, 7, neighbours=rule)
    ).set_index(["method", "area"])
    assert found.loc[("gi_star", "99999999"), "reason"] == (
        "Ohne Aussage: im Umkreis von 1,2 km hat kein anderes Gebiet einen veröffentlichten Wert."
    )


def test_impossible_settings_are_all_named() -> None:
    with pytest.raises(ProjectError) as error:
        run(values_on(grid(), planted()), grid(), HotspotSettings(0, -1, 2.0))
    assert {"permutations", "seed", "alpha"} <= set(re.findall(r"- (\w+):", str(error.value)))
