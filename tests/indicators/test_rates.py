"""Rates, their ranges of chance, and what becomes of every status."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from atlas.edition import TABLES
from geodata.errors import KeyJoinError, ProjectError
from indicators.catalogue import load_catalogue
from indicators.rates import compute_values, poisson_interval, rate_interval

PERIOD = "2025-12-31"
WHERE = {"level": "planungsraum", "vintage": "2021", "period": PERIOD}


def counts(*rows: tuple, period: str = PERIOD) -> pd.DataFrame:
    """Cells as ``(area, "measure/group", count, status, bound_low, bound_high)``."""
    table = []
    for area, cell, count, *rest in rows:
        status = rest[0] if rest else ("zero" if count == 0 else "published")
        low, high = rest[1:3] if len(rest) > 2 else (count, count)
        measure, _, group = cell.partition("/")
        table.append((area, measure, group or "total", count, low, high, status))
    columns = ["area", "measure", "group", "count", "bound_low", "bound_high", "status"]
    frame = pd.DataFrame(table, columns=columns).assign(**{**WHERE, "period": period}, method="")
    whole = dict.fromkeys(["count", "bound_low", "bound_high"], "Int64")
    return frame.astype(whole)[list(TABLES["counts"])]


def values(table: pd.DataFrame, *indicators: str, delivered=None) -> pd.DataFrame:
    return compute_values(table, load_catalogue(), indicators, delivered)


def one(table: pd.DataFrame, indicator: str = "sgb2_quote") -> pd.Series:
    rows = values(table, indicator)
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_rate_with_its_range_of_chance() -> None:
    """81 of 263: 30,8 %, Wilson 25,53 to 36,62 (Newcombe 1998, table I)."""
    row = one(counts(("01", "sgb2_persons", 81), ("01", "residents", 263)))
    assert row["value"] == pytest.approx(100 * 81 / 263)
    assert (round(row["low"], 2), round(row["high"], 2)) == (25.53, 36.62)
    assert (row["bound_low"], row["bound_high"]) == (row["value"], row["value"])
    assert (row["numerator"], row["denominator"], row["status"]) == (81, 263, "published")
    assert row["estimated_share"] == 0


@pytest.mark.parametrize(
    ("inside", "all_", "low", "high"),
    [(15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_intervals_of_the_literature(inside, all_, low, high) -> None:
    """Newcombe 1998, table I: score for 15 of 148, exact for the small numerators."""
    found = rate_interval([inside], [all_])
    assert np.round([found[0][0], found[1][0]], 4).tolist() == [low, high]


@pytest.mark.parametrize(
    ("events", "low", "high"), [(0, 0.0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.390)]
)
def test_limits_of_a_count_of_events(events, low, high) -> None:
    """Garwood 1936; Ulm 1990."""
    found = poisson_interval(np.array([float(events)]))
    assert np.round([found[0][0], found[1][0]], 3).tolist() == [low, high]


def test_a_flow_is_counted_per_1000_with_poisson_limits() -> None:
    table = counts(("01", "wn_raeumungsklagen", 10), ("01", "residents", 5000))
    row = one(table, "raeumungsklagen_1000")
    assert row["value"] == pytest.approx(2.0)
    assert (round(row["low"], 3), round(row["high"], 3)) == (0.959, 3.678)


def test_a_zero_is_a_zero_with_a_range() -> None:
    row = one(counts(("01", "sgb2_persons", 0), ("01", "residents", 500)))
    assert (row["value"], row["low"], row["status"]) == (0, 0, "zero")
    assert row["high"] == pytest.approx(100 * (1 - 0.025 ** (1 / 500)))


@pytest.mark.parametrize(("persons", "residents"), [(20, 99), (1, 500), (2, 500), (0, 99), (0, 0)])
def test_too_few_people_give_no_rate(persons, residents) -> None:
    row = one(counts(("01", "sgb2_persons", persons), ("01", "residents", residents)))
    assert row["status"] == "too_few"
    assert row[["value", "low", "high", "bound_low", "bound_high"]].isna().all()
    assert (row["numerator"], row["denominator"]) == (persons, residents)


def test_a_secret_count_leaves_bounds_and_no_rate() -> None:
    table = counts(
        ("01", "sgb2_persons", pd.NA, "suppressed", 1, 12),
        ("01", "residents", 400),
    )
    row = one(table)
    assert row["status"] == "suppressed"
    assert row[["value", "low", "high", "numerator"]].isna().all()
    assert (row["bound_low"], row["bound_high"]) == (0.25, 3.0)
    assert row["denominator"] == 400


def test_bounds_of_a_share_end_at_100_per_cent() -> None:
    table = counts(
        ("01", "sgb2_persons/age_u15", pd.NA, "suppressed", 3, 90),
        ("01", "residents/age_u15", pd.NA, "suppressed", 50, 150),
    )
    row = one(table, "sgb2_kinder")
    assert (row["bound_low"], row["bound_high"]) == (2.0, 100.0)


def test_a_secret_count_without_bounds_stays_open() -> None:
    table = counts(
        ("01", "sgb2_persons", pd.NA, "suppressed", pd.NA, pd.NA), ("01", "residents", 400)
    )
    assert one(table)[["bound_low", "bound_high"]].isna().all()


def test_an_area_without_one_of_the_counts_is_missing_not_dropped() -> None:
    table = counts(
        ("01", "sgb2_persons", 50),
        ("01", "residents", 500),
        ("02", "residents", 500),
        ("03", "sgb2_persons", 50),
        ("04", "sgb2_persons", 50),
        ("04", "residents", pd.NA, "not_applicable"),
    )
    rows = values(table, "sgb2_quote").set_index("area")
    assert rows["status"].to_dict() == {
        **{"01": "published", "02": "missing", "03": "missing", "04": "not_applicable"}
    }
    assert rows["value"].notna().sum() == 1


def test_no_rate_is_made_up_where_the_denominator_was_not_delivered() -> None:
    old = counts(("01", "sgb2_persons", 50), period="2008-12-31")
    new = counts(("01", "sgb2_persons", 60), ("01", "residents", 500))
    rows = values(pd.concat([old, new]), "sgb2_quote", "n_sgb2_persons", "grusi_alter_quote")
    found = rows.groupby("indicator")["period"].agg(list).to_dict()
    assert found == {"sgb2_quote": [PERIOD], "n_sgb2_persons": ["2008-12-31", PERIOD]}


def test_a_count_is_an_indicator_of_its_own() -> None:
    table = counts(
        ("01", "sgb2_bg", 7), ("02", "sgb2_bg", pd.NA, "suppressed", 1, 5), ("03", "sgb2_bg", 0)
    )
    rows = values(table, "n_sgb2_bg").set_index("area")
    assert rows["value"].tolist()[::2] == [7, 0]
    assert rows["numerator"].equals(rows["value"])
    assert rows["denominator"].isna().all()
    assert rows["status"].tolist() == ["published", "suppressed", "zero"]
    assert rows.loc["02", ["bound_low", "bound_high"]].tolist() == [1, 5]
    assert rows["low"].isna().all()  # a stock that was counted in full does not vary


def test_a_rate_of_estimated_counts_says_so() -> None:
    row = one(counts(("01", "sgb2_persons", 50, "estimated"), ("01", "residents", 500)))
    assert (row["status"], row["estimated_share"], row["value"]) == ("estimated", 1.0, 10.0)


def test_delivered_shares_keep_value_and_status_and_have_no_counts() -> None:
    delivered = pd.DataFrame(
        {
            "area": ["01", "02"],
            **WHERE,
            "indicator": "mss_s1",
            "value": [5.77634, np.nan],
            "status": ["published", "not_applicable"],
        }
    )
    rows = values(counts(), "mss_s1", delivered=delivered)
    assert rows["value"].tolist()[0] == 5.77634
    assert rows["status"].tolist() == ["published", "not_applicable"]
    assert rows[["numerator", "denominator", "low", "high"]].isna().all(axis=None)
    assert list(rows) == list(TABLES["values"])
    assert values(counts(), "sgb2_quote", delivered=delivered).empty


def test_a_hidden_delivered_value_cannot_slip_through() -> None:
    delivered = pd.DataFrame([{"area": "01", **WHERE, "indicator": "mss_s1", "value": 9.0}])
    rows = values(counts(), "mss_s1", delivered=delivered.assign(status="suppressed"))
    assert rows["value"].isna().all()


def test_columns_and_types_do_not_depend_on_the_content() -> None:
    full = values(counts(("01", "sgb2_persons", 50), ("01", "residents", 500)), "sgb2_quote")
    empty = values(counts(), "sgb2_quote")
    assert list(full) == list(TABLES["values"])
    assert full.dtypes.equals(empty.dtypes)


def test_a_count_that_stands_twice_is_named() -> None:
    table = counts(("01", "residents", 500), ("01", "residents", 501))
    with pytest.raises(KeyJoinError) as error:
        values(table, "n_residents")
    assert "01 / planungsraum / 2021 / 2025-12-31 / residents / total" in str(error.value)


def test_an_unknown_indicator_is_named() -> None:
    with pytest.raises(ProjectError) as error:
        values(counts(), "sgb2_qoute")
    assert "sgb2_qoute" in str(error.value)


pairs = st.integers(0, 400).flatmap(lambda k: st.tuples(st.just(k), st.integers(max(k, 1), 500)))


@settings(deadline=None, max_examples=60)
@given(pairs)
def test_the_range_holds_the_rate_and_covers_exactly_where_it_is_small(pair) -> None:
    inside, all_ = pair
    low, high = (float(limit[0]) for limit in rate_interval([inside], [all_]))
    assert 0 <= low <= inside / all_ <= high <= 1
    if inside < 10 and all_ > inside:
        # Clopper and Pearson's defining property, by the binomial distribution itself.
        assert stats.binom.cdf(inside, all_, high) == pytest.approx(0.025, rel=1e-6)
        if inside:
            assert stats.binom.sf(inside - 1, all_, low) == pytest.approx(0.025, rel=1e-6)


bounds = st.tuples(
    st.integers(0, 50), st.integers(0, 50), st.integers(100, 300), st.integers(0, 200)
)


@settings(deadline=None, max_examples=10)
@given(st.lists(bounds, min_size=1, max_size=40))
def test_bounds_hold_for_every_count_a_reader_may_think_of(areas) -> None:
    cells, expected = [], []
    for number, (low, width, base, spread) in enumerate(areas):
        high, top = low + width, base + spread
        cells.append((f"{number:02d}", "sgb2_persons", pd.NA, "suppressed", low, high))
        cells.append((f"{number:02d}", "residents", pd.NA, "suppressed", base, top))
        possible = [100 * k / n for k in (low, high) for n in (base, top)]
        expected.append((min(possible), min(max(possible), 100.0)))
    rows = values(counts(*cells), "sgb2_quote")
    assert np.allclose(rows[["bound_low", "bound_high"]], expected)
