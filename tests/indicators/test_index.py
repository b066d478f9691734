"""The index rule against the published editions of the Berlin Monitoring, and its laws."""

import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.edition import TABLES
from geodata.errors import ProjectError
from indicators.catalogue import Catalogue, load_catalogue, with_indices
from indicators.entries import IndexEdition
from indicators.index import classify, compute_index, standardise
from indicators.rates import compute_values

STATUS, DYNAMICS, BOTH = "mss_status", "mss_dynamik", "mss_gesamt"
PERIODS = {"2015": "2014-12-31", "2017": "2016-12-31", "2019": "2018-12-31"}
VALID = {"2015": 435, "2017": 436, "2019": 436}
STATUS_NUMBER = {"hoch": 1, "mittel": 2, "niedrig": 3, "sehr niedrig": 4}
DYNAMICS_NUMBER = {"positiv": 1, "stabil": 3, "negativ": 5}


def reference(file: str) -> Path:
    folder = os.environ.get("SOZIALATLAS_REFERENCE")
    if not folder:
        pytest.skip("SOZIALATLAS_REFERENCE nennt keinen Ordner mit Vergleichsdaten")
    return Path(folder) / "berlin" / file


def delivered(table: pd.DataFrame, period: str, vintage: str) -> pd.DataFrame:
    """The publisher's table as delivered indicators; what is excluded has no value."""
    shares = [c for c in table.columns if len(c) == 2 and c[0] in "SD" and c[1].isdigit()]
    rows = table.melt(["PLR_ID", "KOM"], shares, "indicator", "value")
    valid = rows["KOM"] == "gültig"
    return pd.DataFrame(
        {
            "area": rows["PLR_ID"],
            "level": "planungsraum",
            "vintage": vintage,
            "period": period,
            "indicator": "mss_" + rows["indicator"].str.lower(),
            "value": rows["value"].where(valid),
            "status": np.where(valid, "published", "not_applicable"),
        }
    )


def values_of(rows: pd.DataFrame) -> pd.DataFrame:
    no_counts = pd.DataFrame(columns=list(TABLES["counts"]), dtype="str")
    return compute_values(no_counts, load_catalogue(), rows["indicator"].unique(), rows)


def shares(numbers: dict[str, list[float]], period: str = "2018-12-31") -> pd.DataFrame:
    count = len(next(iter(numbers.values())))
    areas = [f"{i:08d}" for i in range(count)]
    rows = pd.concat(
        pd.DataFrame({"area": areas, "indicator": key, "value": value})
        for key, value in numbers.items()
    )
    place = {"level": "planungsraum", "vintage": "2019", "period": period}
    return values_of(rows.assign(**place, status="published"))


@pytest.mark.reference
@pytest.mark.parametrize("edition", ["2015", "2017", "2019"])
def test_every_valid_area_has_its_official_class(edition: str) -> None:
    """Source: MSS 2015, 2017, 2019 (SenStadt Berlin), classes SI_N, DI_N, SDI."""
    table = pd.read_csv(
        reference("mss_2015_2017_2019_plr.csv"), dtype={"edition": "str", "PLR_ID": "str"}
    )
    official = table.loc[table["edition"] == edition].set_index("PLR_ID")
    values = values_of(delivered(official.reset_index(), PERIODS[edition], "2019"))
    index, _ = compute_index(values, load_catalogue(), [STATUS, DYNAMICS, BOTH])
    ours = index.pivot(index="area", columns="index", values="class").loc[official.index]
    valid = official["KOM"] == "gültig"
    agreed = {
        "SI_N": ours[STATUS].map(STATUS_NUMBER) == official["SI_N"],
        "DI_N": ours[DYNAMICS].map(DYNAMICS_NUMBER) == official["DI_N"],
        "SDI": ours[BOTH] == official["SDI"],
    }
    counts = {name: int((same & valid).sum()) for name, same in agreed.items()}
    assert counts == dict.fromkeys(agreed, VALID[edition])
    assert int(valid.sum()) == VALID[edition]
    assert (ours.loc[~valid] == "").all(axis=None)

    score = index.loc[index["index"] == STATUS].set_index("area")["score"]
    given_score = official.loc[valid, "status_index_z"].dropna()
    assert len(given_score) >= VALID[edition] - 2
    assert (score.loc[given_score.index] - given_score).abs().max() < 1e-4


@pytest.mark.reference
def test_rounding_the_shares_would_move_areas_to_other_classes() -> None:
    """Why the index is computed from the delivered decimals."""
    table = pd.read_csv(
        reference("mss_2021_index_indicators_plr.csv"), dtype={"PLR_ID": "str"}, na_values=["-9999"]
    )
    exact = values_of(delivered(table, "2020-12-31", "2021"))
    rounded = exact.assign(value=exact["value"].round(1))
    catalogue = load_catalogue()
    first, _ = compute_index(exact, catalogue, [STATUS])
    second, _ = compute_index(rounded, catalogue, [STATUS])
    assert (first["status"] == "published").sum() == 536
    assert 0 < (first["class"] != second["class"]).sum() < 10


def test_classes_at_the_borders() -> None:
    """METHODS: hoch < -1; mittel -1 … 1; niedrig > 1 … 1,5; sehr niedrig > 1,5."""
    rule = load_catalogue().indices[STATUS].edition("2018-12-31")
    assert isinstance(rule, IndexEdition)
    score = np.array([-1.0001, -1.0, 1.0, 1.0001, 1.5, 1.5001, np.nan])
    assert classify(score, rule).tolist() == [
        *("hoch", "mittel", "mittel", "niedrig", "niedrig", "sehr niedrig", ""),
    ]


def test_three_areas_by_hand() -> None:
    """Shares 0, 0, 3 have mean 1 and deviation √2, so z = -0.7071, -0.7071, 1.4142."""
    values = shares({f"mss_s{i}": [0.0, 0.0, 3.0] for i in (1, 3, 4)})
    index, parts = compute_index(values, load_catalogue(), [STATUS])
    assert index["score"].round(4).tolist() == [-0.7071, -0.7071, 1.4142]
    assert index["class"].tolist() == ["mittel", "mittel", "niedrig"]
    assert parts["z"].round(4).tolist() == [*[-0.7071] * 6, *[1.4142] * 3]
    assert set(parts["weight"]) == {1.0}
    assert list(index) == list(TABLES["index"])
    assert list(parts) == list(TABLES["index_parts"])


def test_an_excluded_area_has_no_class_and_does_not_move_the_others() -> None:
    three = shares({f"mss_s{i}": [0.0, 0.0, 3.0] for i in (1, 3, 4)})
    four = shares({f"mss_s{i}": [0.0, 0.0, 3.0, 99.0] for i in (1, 3, 4)})
    out = (four["area"] == "00000003") & (four["indicator"] == "mss_s3")
    four.loc[out, ["value", "status"]] = [np.nan, "not_applicable"]
    index, _ = compute_index(four, load_catalogue(), [STATUS])
    alone, _ = compute_index(three, load_catalogue(), [STATUS])
    assert index["status"].tolist() == [*["published"] * 3, "not_applicable"]
    assert index["class"].tolist()[3] == ""
    assert np.isnan(index["score"].iloc[3])
    assert index["score"].tolist()[:3] == alone["score"].tolist()


def test_a_secret_share_is_told_from_an_excluded_area() -> None:
    values = shares({f"mss_s{i}": [0.0, 1.0, 3.0] for i in (1, 3, 4)})
    values.loc[0, ["value", "status"]] = [np.nan, "suppressed"]
    index, _ = compute_index(values, load_catalogue(), [STATUS])
    assert index["status"].tolist() == ["suppressed", "published", "published"]


def test_no_index_where_an_indicator_of_the_edition_is_not_delivered() -> None:
    numbers = {f"mss_s{i}": [0.0, 1.0, 3.0] for i in (1, 3, 4)}
    before, _ = compute_index(shares(numbers, "2016-12-31"), load_catalogue(), [STATUS])
    later, _ = compute_index(shares(numbers, "2022-12-31"), load_catalogue(), [STATUS])
    assert before.empty  # the rule until 2017 needs a second indicator
    assert later.empty  # no rule is known for that date
    assert list(before) == list(TABLES["index"])


def test_an_unknown_index_is_named() -> None:
    with pytest.raises(ProjectError, match="Schlüssel") as error:
        compute_index(shares({"mss_s1": [1.0]}), load_catalogue(), ["mss_gesmt"])
    assert "mss_gesmt" in str(error.value)


fields = st.lists(
    st.tuples(*[st.integers(0, 1000).map(lambda i: i / 10)] * 3), min_size=2, max_size=30
)


@settings(max_examples=30, deadline=None)
@given(fields, st.floats(0.1, 50), st.floats(-100, 100), st.randoms(use_true_random=False))
def test_units_and_order_do_not_matter(rows, factor, shift, random) -> None:
    """Another unit of an indicator, or another order of the areas, changes no score."""
    table = np.array(rows)
    score = standardise(standardise(table).sum(axis=1))
    moved = standardise(standardise(table * factor + shift).sum(axis=1))
    order = list(range(len(table)))
    random.shuffle(order)
    mixed = standardise(standardise(table[order]).sum(axis=1))
    # A sum that is constant up to rounding is constant: compare only where it varies.
    if np.ptp(standardise(table).sum(axis=1)) > 1e-9:
        assert np.allclose(moved, score, atol=1e-6)
        assert np.allclose(mixed, score[order], atol=1e-6)
        assert abs(score.mean()) < 1e-9
        assert abs(score.std(ddof=0) - 1) < 1e-9


def test_indicators_that_cancel_out_make_no_difference() -> None:
    numbers = [0.3, 1.7, 5.1, 2.2]
    values = shares({"mss_s1": numbers, "mss_s3": [-2 * x for x in numbers], "mss_s4": [7.0] * 4})
    index, _ = compute_index(values, load_catalogue(), [STATUS])
    assert index["score"].tolist() == [0.0] * 4


def test_areas_without_difference_are_all_in_the_middle() -> None:
    values = shares({f"mss_s{i}": [0.1, 0.1, 0.1] for i in (1, 3, 4)})
    index, _ = compute_index(values, load_catalogue(), [STATUS])
    assert index["score"].tolist() == [0.0, 0.0, 0.0]
    assert set(index["class"]) == {"mittel"}


# --- A city's own index ----------------------------------------------------------------------


def own_index(**rule: object) -> Catalogue:
    """The catalogue with an index ``eigen`` of two shares and two classes."""
    edition = {
        "valid_from": "2018-01-01",
        "valid_to": "2030-12-31",
        "indicators": ["mss_s1", "mss_s4"],
        "thresholds": [{"at": 0.5, "belongs": "below"}],
        "classes": ["unter der Grenze", "über der Grenze"],
        "codes": ["1", "2"],
    } | rule
    words = dict.fromkeys(["name_de", "name_en", "sentence_de", "sentence_en"], "Eigener Index.")
    source = {"publisher": "Stadt", "reference": "Ratsbeschluss"}
    return with_indices(
        load_catalogue(),
        [{"key": "eigen", "kind": "z_sum", "editions": [edition], **words, **source}],
    )


@pytest.mark.parametrize(
    ("rule", "scores"),
    [
        # Shares of the way 0, 0.5, 1 and 0, 0, 1: means by hand, once with weights 3 and 1.
        ({"standardisation": "minmax", "scale": "mean"}, [0, 0.25, 1]),
        ({"standardisation": "minmax", "scale": "mean", "weights": [3.0, 1.0]}, [0, 0.375, 1]),
        # Ranks 1, 2, 3 and 1.5, 1.5, 3.
        ({"standardisation": "rank", "scale": "mean"}, [0, 0.25, 1]),
        ({"standardisation": "z", "scale": "quantile"}, [0, 0.5, 1]),
        # 0, 0.25, 1 have mean 0.41667 and deviation 0.42492.
        ({"standardisation": "minmax"}, [-0.9806, -0.3922, 1.3728]),
    ],
)
def test_an_own_index_with_other_rules_by_hand(rule, scores) -> None:
    values = shares({"mss_s1": [2.0, 3.0, 4.0], "mss_s4": [10.0, 10.0, 40.0]})
    index, parts = compute_index(values, own_index(**rule), ["eigen"])
    assert index["score"].tolist() == pytest.approx(scores, abs=1e-4)
    assert index["class"].tolist() == [*["unter der Grenze"] * 2, "über der Grenze"]
    assert parts["weight"].tolist()[:2] == rule.get("weights", [1.0, 1.0])
    assert parts["value"].tolist() == [2, 10, 3, 10, 4, 40]


def test_a_weight_twice_as_large_is_the_indicator_twice() -> None:
    """Weights 2 and 1 on z-scores: the sum 2 z1 + z2, standardised again."""
    numbers = {"mss_s1": [2.0, 9.0, 4.0, 1.0], "mss_s4": [10.0, 12.0, 40.0, 9.0]}
    index, _ = compute_index(shares(numbers), own_index(weights=[2.0, 1.0]), ["eigen"])
    z = {k: standardise(np.array(v)) for k, v in numbers.items()}
    total = z["mss_s1"] + z["mss_s1"] + z["mss_s4"]
    assert index["score"].tolist() == pytest.approx(standardise(total).tolist())


def test_an_indicator_of_less_need_counts_the_other_way_round() -> None:
    catalogue = own_index()
    turned = tuple(
        replace(i, direction="less_need") if i.key == "mss_s4" else i for i in catalogue.indicator
    )
    values = shares({"mss_s1": [1.0, 2.0, 6.0], "mss_s4": [9.0, 5.0, 1.0]})
    index, parts = compute_index(values, replace(catalogue, indicator=turned), ["eigen"])
    assert index["score"].is_monotonic_increasing
    z = parts.loc[parts["indicator"] == "mss_s4", "z"]
    assert z.tolist() == pytest.approx([-1.2247, 0, 1.2247], abs=1e-4)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"weights": [1.0]}, "weights"),
        ({"weights": [1.0, 0.0]}, "weights"),
        ({"indicators": ["mss_s1", "mss_s1"]}, "mehrfach"),
        ({"indicators": ["mss_s1", "mss_s9"]}, "mss_s9"),
        ({"standardisation": "median"}, "standardisation"),
        ({"scale": "quantile", "thresholds": [{"at": 1.5, "belongs": "below"}]}, "Anteile"),
        ({"indicators": ["mss_s1", "n_residents"]}, "reason_de"),
        (
            {
                "thresholds": [{"at": 1.0, "belongs": "below"}, {"at": 0.0, "belongs": "below"}],
                "classes": ["a", "b", "c"],
                "codes": ["1", "2", "3"],
            },
            "aufsteigend",
        ),
    ],
)
def test_a_wrong_rule_is_refused_and_named(rule, named) -> None:
    with pytest.raises(ProjectError, match="fehlerhaft") as error:
        own_index(**rule)
    assert named in str(error.value)
    assert "eigen" in str(error.value)


def test_an_indicator_that_tells_nothing_of_need_enters_with_a_reason() -> None:
    catalogue = own_index(
        indicators=["mss_s1", "n_residents"],
        reason_de="Wo mehr Menschen wohnen, wird mehr Beratung gebraucht.",
    )
    assert "eigen" in catalogue.indices


def test_the_key_of_an_index_is_not_taken_twice() -> None:
    catalogue = own_index()
    with pytest.raises(ProjectError, match="fehlerhaft") as error:
        with_indices(catalogue, [asdict(catalogue.indices["eigen"])])
    assert "mehrfach" in str(error.value)


@settings(max_examples=30, deadline=None)
@given(fields, st.sampled_from(["minmax", "rank"]))
def test_standardised_without_unit_lies_between_0_and_1(rows, how) -> None:
    table = np.array(rows)
    found = standardise(table, how)
    assert ((found >= 0) & (found <= 1)).all()
    for before, after in zip(table.T, found.T, strict=True):
        order = np.argsort(before, kind="stable")
        assert (np.diff(after[order]) >= 0).all()
        constant = np.ptp(before) == 0
        assert (after == 0.5).all() if constant else (after.min(), after.max()) == (0, 1)
