"""How robust a class is: against closed forms, a plain loop, laws, and the real Monitoring."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from geodata.errors import ProjectError
from indicators.catalogue import Catalogue, load_catalogue, with_indices
from indicators.chance import COUNTED, Rate, nearest_date, stream
from indicators.index import compute_index
from indicators.rates import rate_interval
from indicators.robustness import RobustnessSettings
from indicators.robustness_words import (
    ClassRobustness,
    basis_sentence,
    near_classes,
    robustness_grade,
    robustness_sentence,
)
from tests.indicators.test_index import delivered, reference, shares, values_of

STATUS, DYNAMICS, BOTH = "mss_status", "mss_dynamik", "mss_gesamt"
DAY = "2018-12-31"
SHARES, CHANGES = ("mss_s1", "mss_s3", "mss_s4"), ("mss_d1", "mss_d3", "mss_d4")
CELLS = {"mss_s1": "age_15_64", "mss_s3": "total", "mss_s4": "age_u15"}


def residents(numbers: dict[str, list[float]], period: str = DAY) -> pd.DataFrame:
    """Residents by group of the catalogue, areas as in `shares`."""
    rows = [
        (f"{i:08d}", "planungsraum", "2019", period, "residents", group, count)
        for group, counts in numbers.items()
        for i, count in enumerate(counts)
    ]
    columns = ["area", "level", "vintage", "period", "measure", "group", "count"]
    return pd.DataFrame(rows, columns=columns).assign(status="published")


def everyone(people: float, areas: int, period: str = DAY) -> pd.DataFrame:
    return residents(dict.fromkeys(CELLS.values(), [people] * areas), period)


def own(**rule: object) -> Catalogue:
    """The catalogue with an index ``eigen`` of one rule, by default with a single indicator."""
    edition = {
        "valid_from": "2000-01-01",
        "valid_to": "2030-12-31",
        "indicators": ["mss_s3"],
        "thresholds": [{"at": 1.0, "belongs": "below"}],
        "classes": ["unter", "über"],
        "codes": ["1", "2"],
    } | rule
    names = dict.fromkeys(["name_de", "name_en", "sentence_de", "sentence_en"], "Eigener Index.")
    source = {"publisher": "Stadt", "reference": "Beschluss"}
    row = {"key": "eigen", "kind": "z_sum", "editions": [edition], **names, **source}
    return with_indices(load_catalogue(), [row])


def some_city(areas: int = 12, seed: int = 7) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    levels = {k: random.uniform(2, 40, areas).tolist() for k in SHARES}
    return shares(levels | {k: random.normal(0, 2, areas).tolist() for k in CHANGES})


def row(index: pd.DataFrame, area: int, key: str) -> pd.Series:
    return index.loc[(index["area"] == f"{area:08d}") & (index["index"] == key)].iloc[0]


# --- What is drawn ---------------------------------------------------------------------------


@pytest.mark.parametrize(("inside", "people"), [(0, 120), (4, 150), (60, 300), (900, 4000)])
@pytest.mark.parametrize("events", [False, True])
def test_draws_fill_the_printed_range_of_chance(inside, people, events) -> None:
    """The middle 95 % of the draws are the range beside the rate; exact limits are wider."""
    rate = Rate("r", np.array([inside / people]), np.array([people]), events, np.array([COUNTED]))
    drawn = rate.draw({0: stream(1, "r")}, 40_000)[0]
    low, high = rate_interval([inside], [people], flow=events)
    found = np.quantile(drawn, [0.025, 0.975])
    width = high[0] - low[0]
    assert low[0] - 0.02 * width < found[0] < found[1] < high[0] + 0.02 * width
    assert found[1] - found[0] > (0.9 if inside >= 10 else 0.65) * width
    assert (drawn >= 0).all()


def test_one_uncertain_area_against_the_closed_form() -> None:
    """All other areas are as good as fixed: the class hangs on one beta distribution."""
    others = [10.0, 10.0, 20.0, 20.0]
    values = shares({"mss_s3": [*others, 22.0]})
    people = residents({"total": [1e15] * 4 + [400.0]})
    index, _ = compute_index(values, own(), ["eigen"], people, RobustnessSettings(draws=20_000))

    def above_the_threshold(x: float) -> float:
        return (x - np.mean([*others, x])) / np.std([*others, x]) - 1

    border = brentq(above_the_threshold, 16, 40)
    kept = row(index, 4, "eigen")
    assert kept["class"] == "über"
    stays = stats.beta(88 + 0.5, 312 + 0.5).sf(border / 100)
    assert kept["robustness"] == pytest.approx(stays, abs=0.015)
    assert kept["basis"] == "counts+weights"


def test_against_a_plain_loop_over_the_draws() -> None:
    """The same rule, draw by draw and area by area, with the documented random streams."""
    values, table = some_city(6), everyone(800, 6)
    chosen = RobustnessSettings(draws=40, block=16)
    index, _ = compute_index(values, load_catalogue(), [STATUS, DYNAMICS, BOTH], table, chosen)
    wide = values.pivot(index="area", columns="indicator", values="value")
    place = ("planungsraum", "2019", DAY)

    def drawn(name: str, area: str, share: float) -> np.ndarray:
        k = share / 100 * 800
        return stream(chosen.seed, *place, name, area).beta(k + 0.5, 800 - k + 0.5, 40) * 100

    now = {k: np.array([drawn(k, a, wide.at[a, k]) for a in wide.index]) for k in SHARES}
    change = {}
    for key, share in zip(CHANGES, SHARES, strict=True):
        earlier = np.clip(wide[share] - wide[key], 0, 100)
        before = [drawn(f"{share} before", a, earlier[a]) for a in wide.index]
        change[key] = now[share] - np.array(before)
    kept = {key: np.zeros((6, 40), dtype=bool) for key in (STATUS, DYNAMICS)}
    for key, numbers in ((STATUS, now), (DYNAMICS, change)):
        weights = stream(chosen.seed, "weights", key)
        words = index.loc[index["index"] == key].set_index("area").loc[wide.index, "class"]
        for draw in range(40):
            factors = weights.uniform(0.5, 1.5, 3)
            columns = [pd.Series(n[:, draw]) for n in numbers.values()]
            total = sum(
                f * (c - c.mean()) / c.std(ddof=0) for f, c in zip(factors, columns, strict=True)
            )
            score = (total - total.mean()) / total.std(ddof=0)
            for area in range(6):
                kept[key][area, draw] = plain_class(key, score[area]) == words.iloc[area]
    both = kept[STATUS] & kept[DYNAMICS]
    for key, flags in {**kept, BOTH: both}.items():
        ours = index.loc[index["index"] == key].set_index("area").loc[wide.index, "robustness"]
        assert ours.tolist() == flags.mean(axis=1).tolist(), key


def plain_class(key: str, score: float) -> str:
    if key == DYNAMICS:
        return "positiv" if score < -1 else "stabil" if score <= 1 else "negativ"
    low = "hoch" if score < -1 else "mittel"
    return low if score <= 1 else "niedrig" if score <= 1.5 else "sehr niedrig"


# --- Laws ------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.integers(3, 15), st.integers(0, 10_000), st.integers(150, 5000))
def test_a_combination_is_at_most_as_robust_as_its_parts(areas, seed, people) -> None:
    """Both parts stay: at most as often as either, at least as often as chance must have it."""
    index, _ = compute_index(
        some_city(areas, seed),
        load_catalogue(),
        [STATUS, DYNAMICS, BOTH],
        everyone(people, areas),
        RobustnessSettings(draws=200),
    )
    wide = index.pivot(index="area", columns="index", values="robustness")
    assert wide.stack().between(0, 1).all()
    assert (wide[BOTH] <= wide[[STATUS, DYNAMICS]].min(axis=1) + 1e-12).all()
    assert (wide[BOTH] >= wide[STATUS] + wide[DYNAMICS] - 1 - 1e-12).all()


def test_blocks_decide_on_memory_only() -> None:
    values, table = some_city(), everyone(900, 12)
    results = [
        compute_index(
            values, load_catalogue(), [STATUS, DYNAMICS, BOTH], table,
            RobustnessSettings(draws=700, block=block),
        )[0]
        for block in (7, 256, 1000)
    ]  # fmt: skip
    assert results[0]["robustness"].tolist() == results[1]["robustness"].tolist()
    assert results[1]["robustness"].tolist() == results[2]["robustness"].tolist()
    assert results[0]["near"].tolist() == results[2]["near"].tolist()


def test_the_same_seed_gives_the_same_and_another_one_nearly_the_same() -> None:
    values, table = some_city(), everyone(900, 12)
    first, again, other = (
        compute_index(
            values, load_catalogue(), [STATUS], table, RobustnessSettings(draws=4000, seed=seed)
        )[0]["robustness"]
        for seed in (1, 1, 2)
    )
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()
    assert (first - other).abs().max() < 0.05


def test_what_cannot_vary_is_perfectly_robust() -> None:
    chosen = RobustnessSettings(draws=50, weight_spread=0.0)
    index, _ = compute_index(some_city(), load_catalogue(), [STATUS], everyone(1e15, 12), chosen)
    assert set(index["robustness"]) == {1.0}


def test_fewer_people_make_classes_less_robust() -> None:
    many, few = (
        compute_index(some_city(40), load_catalogue(), [STATUS], everyone(people, 40))[0]
        for people in (20_000, 100)
    )
    assert many["robustness"].mean() > few["robustness"].mean() + 0.05


def test_an_area_that_takes_no_part_does_not_move_the_others() -> None:
    """Neither its values nor their draws enter, though some of its values are published."""
    values = some_city(12)
    out = values["area"] == "00000011"
    hidden = values.copy()
    hidden.loc[out & (values["indicator"] == "mss_s4"), ["value", "status"]] = [np.nan, "too_few"]
    hidden.loc[out & (values["indicator"] == "mss_d4"), ["value", "status"]] = [1.0, "suppressed"]
    catalogue, keys = load_catalogue(), [STATUS, DYNAMICS, BOTH]
    chosen = RobustnessSettings(draws=300)
    table = everyone(700, 12)
    with_it, _ = compute_index(hidden, catalogue, keys, table, chosen)
    without, _ = compute_index(values.loc[~out], catalogue, keys, table, chosen)
    columns = ["area", "index", "class", "robustness", "basis", "near"]
    rest = with_it.loc[with_it["area"] != "00000011", columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, without[columns].reset_index(drop=True))
    gone = with_it.loc[with_it["area"] == "00000011"]
    assert gone["robustness"].isna().all()
    assert set(gone["basis"]) == set(gone["near"]) == {""}


# --- From what it is drawn -------------------------------------------------------------------


def basis_of(values: pd.DataFrame, counts: pd.DataFrame | None, key: str = STATUS) -> set[str]:
    index, _ = compute_index(values, load_catalogue(), [key], counts, RobustnessSettings(draws=20))
    return set(index["basis"])


def test_the_basis_says_what_was_drawn() -> None:
    values = some_city(5)
    assert basis_of(values, None) == {"weights"}
    # The age of the Monitoring ends with the pension age, that of the residents with 65.
    assert basis_of(values, everyone(500, 5)) == {"estimated+weights"}
    assert basis_of(values, residents({"total": [500.0] * 5})) == {"partial+weights"}
    assert basis_of(values, everyone(500, 5), DYNAMICS) == {"estimated+weights"}
    assert basis_of(values, everyone(500, 5), BOTH) == {"estimated+weights"}


def test_a_denominator_of_another_day_is_an_estimate_and_of_another_year_none() -> None:
    values, catalogue = shares({"mss_s3": [5.0, 10.0, 30.0]}), own()
    found = {
        day: set(
            compute_index(values, catalogue, ["eigen"], residents({"total": [400.0] * 3}, day))[0][
                "basis"
            ]
        )
        for day in (DAY, "2019-06-30", "2020-12-31")
    }
    assert found == {
        DAY: {"counts+weights"},
        "2019-06-30": {"estimated+weights"},
        "2020-12-31": {""},
    }
    assert nearest_date("2018-12-31", ["2018-06-30", "2019-07-03"], 366) == "2018-06-30"


def test_hidden_denominators_are_not_used() -> None:
    table = everyone(500, 5)
    table.loc[table["area"] == "00000002", "status"] = "suppressed"
    index, _ = compute_index(
        some_city(5), load_catalogue(), [STATUS], table, RobustnessSettings(draws=20)
    )
    assert index["basis"].tolist() == [
        *["estimated+weights"] * 2, "weights", *["estimated+weights"] * 2,
    ]  # fmt: skip


def test_one_indicator_without_counts_says_nothing() -> None:
    index, _ = compute_index(shares({"mss_s3": [5.0, 10.0, 30.0]}), own(), ["eigen"])
    assert index["robustness"].isna().all()
    assert set(index["basis"]) == {""}
    assert (index["class"] != "").all()


def rates(status: str) -> pd.DataFrame:
    """A rate computed from published counts, four areas."""
    people, inside = np.array([500.0, 800, 600, 900]), np.array([50.0, 90, 120, 300])
    values = shares({"sgb2_quote": (100 * inside / people).tolist()})
    return values.assign(numerator=inside, denominator=people, status=status)


def test_a_rate_from_published_counts_needs_no_estimate() -> None:
    catalogue = own(indicators=["sgb2_quote"])
    for status, basis in (("published", "counts+weights"), ("rounded", "estimated+weights")):
        index, _ = compute_index(rates(status), catalogue, ["eigen"])
        assert set(index["basis"]) == {basis}
        assert index["robustness"].between(0.4, 1).all()


# --- Near a threshold ------------------------------------------------------------------------


def test_areas_near_a_threshold_name_the_class_behind_it() -> None:
    """Scores -0.7071, -0.7071, 1.4142: the last is in the narrow class from 1 to 1.5."""
    values = shares({k: [0.0, 0.0, 3.0] for k in SHARES})
    chosen = RobustnessSettings(draws=0, margin=0.1)
    index, _ = compute_index(values, load_catalogue(), [STATUS], None, chosen)
    assert index["near"].tolist() == ["", "", "sehr niedrig"]
    assert index["robustness"].isna().all()
    wider, _ = compute_index(
        values, load_catalogue(), [STATUS], None, RobustnessSettings(draws=0, margin=0.42)
    )
    assert wider["near"].tolist() == ["hoch", "hoch", "mittel, sehr niedrig"]


def test_the_spread_of_its_own_draws_brings_an_area_near() -> None:
    values = some_city(40)
    small, _ = compute_index(values, load_catalogue(), [STATUS], everyone(100, 40))
    large, _ = compute_index(values, load_catalogue(), [STATUS], everyone(50_000, 40))
    assert (small["near"] != "").sum() > (large["near"] != "").sum()
    assert (small.loc[small["robustness"] < 0.6, "near"] != "").all()
    assert (small.loc[small["robustness"] > 0.97, "near"] == "").all()


def test_a_combination_is_near_what_its_parts_are_near() -> None:
    chosen = RobustnessSettings(draws=0, margin=10)
    index, _ = compute_index(some_city(), load_catalogue(), [STATUS, DYNAMICS, BOTH], None, chosen)
    known = {"1": "2", "2": "1, 3", "3": "2, 4", "4": "3"}
    moves = {"+": ["+/-"], "+/-": ["+", "-"], "-": ["+/-"]}
    for found in index.loc[index["index"] == BOTH].to_dict("records"):
        first, second = found["class"][0], found["class"][1:]
        expected = [other + second for other in known[first].split(", ")]
        assert found["near"].split(", ") == expected + [first + other for other in moves[second]]


# --- Settings and words ----------------------------------------------------------------------


def test_impossible_settings_are_all_named() -> None:
    with pytest.raises(ProjectError, match="Robustheit") as error:
        compute_index(
            some_city(3), load_catalogue(), [STATUS], None,
            RobustnessSettings(draws=-1, weight_spread=1.0, block=0),
        )  # fmt: skip
    assert all(word in str(error.value) for word in ("draws", "weight_spread", "block"))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            ClassRobustness("mittel", 1.0, "counts+weights"),
            "Die Klasse „mittel“ ist sicher: In allen Proberechnungen bleibt das Gebiet in dieser "
            "Klasse.",
        ),
        (
            ClassRobustness("mittel", 0.9999, "counts+weights"),
            "Die Klasse „mittel“ ist sicher: In mehr als 99 von 100 Proberechnungen bleibt das "
            "Gebiet in dieser Klasse.",
        ),
        (
            ClassRobustness("hoch", 0.7999, "weights", ("mittel",)),
            "Die Klasse „hoch“ ist unsicher: In 79 von 100 Proberechnungen bleibt das Gebiet in "
            "dieser Klasse. Es liegt nahe an der Grenze zu „mittel“.",
        ),
        (
            ClassRobustness("niedrig", 0.83, "weights", ("mittel", "sehr niedrig")),
            "Die Klasse „niedrig“ ist ziemlich sicher: In 83 von 100 Proberechnungen bleibt das "
            "Gebiet in dieser Klasse. Es liegt nahe an den Grenzen zu „mittel“ und „sehr "
            "niedrig“.",
        ),
        (
            ClassRobustness("über", float("nan"), ""),
            "Wie sicher die Klasse „über“ ist, lässt sich nicht sagen: Die Zahlen, aus denen die "
            "Kennzahl besteht, wurden nicht geliefert, und Gewichte gibt es bei einer einzigen "
            "Kennzahl nicht.",
        ),
        (ClassRobustness("", float("nan"), ""), ""),
    ],
)
def test_sentences(found, sentence) -> None:
    assert robustness_sentence(found) == sentence


def test_english_sentences_and_the_basis_in_words() -> None:
    found = ClassRobustness("mittel", 0.62, "weights", near_classes("hoch"))
    assert robustness_sentence(found, "en") == (
        "The class 'mittel' is uncertain: the area stays in it in 62 of 100 trial calculations. "
        "It is close to the border of 'hoch'."
    )
    assert robustness_grade(0.97) == "sicher"
    assert robustness_grade(float("nan")) == ""
    assert basis_sentence("counts+weights") == (
        "Jede Proberechnung verändert alle Werte so weit, wie sie durch Zufall anders sein "
        "könnten, und die Gewichte der Kennzahlen um bis zur Hälfte."
    )
    assert "um bis zu 25\N{NARROW NO-BREAK SPACE}%" in basis_sentence("weights", 0.25)
    assert "geschätzt" in basis_sentence("estimated+weights")
    assert "fehlen" in basis_sentence("partial+weights")
    assert basis_sentence("") == ""


# --- The real Monitoring ---------------------------------------------------------------------


@pytest.mark.reference
def test_berlin_2021_status_is_firm_and_dynamics_is_not() -> None:
    """Residents of the next half-year stand in for the denominators that are not printed."""
    table = pd.read_csv(
        reference("mss_2021_index_indicators_plr.csv"), dtype={"PLR_ID": "str"}, na_values=["-9999"]
    )
    people = pd.read_csv(
        reference("population/berlin-lor-population-2021-01-t2-planning-areas.csv"),
        dtype={"id": "str"},
    )
    prefix = "inhabitants_age_"
    cells = {
        "total": ["inhabitants"],
        "age_u15": [prefix + a for a in ("below_6", "6_15")],
        "age_15_64": [prefix + a for a in ("15_18", "18_27", "27_45", "45_55", "55_65")],
    }
    place = {"level": "planungsraum", "vintage": "2021", "period": "2021-06-30"}
    counts = pd.concat(
        pd.DataFrame({"area": people["id"], "group": group, "count": people[columns].sum(axis=1)})
        for group, columns in cells.items()
    ).assign(measure="residents", status="published", **place)
    index, _ = compute_index(
        values_of(delivered(table, "2020-12-31", "2021")),
        load_catalogue(),
        [STATUS, DYNAMICS, BOTH],
        counts,
        RobustnessSettings(draws=1000),
    )
    valid = index.loc[index["class"] != ""]
    assert set(valid["basis"]) == {"estimated+weights"}
    weak = (valid["robustness"] < 0.8).groupby(valid["index"]).mean()
    assert weak[STATUS] < 0.1 < weak[DYNAMICS] < weak[BOTH] < 0.35
    by_class = valid.groupby(["index", "class"])["robustness"].mean()
    assert by_class[STATUS].idxmin() == "niedrig"  # the narrow class between 1 and 1.5
