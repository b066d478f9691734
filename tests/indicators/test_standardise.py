"""Standardised rates: the literature, esda, laws, and what a hidden age group leaves."""

import itertools

import numpy as np
import pandas as pd
import pytest
from esda.smoothing import direct_age_standardization
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.edition import TABLES
from geodata.errors import KeyJoinError, ProjectError, TableError
from indicators.catalogue import load_catalogue
from indicators.rates import poisson_interval
from indicators.standard_population import Standard, given_standard, published_standard
from indicators.standardise import gamma_interval, standardise, standardised_rate

PERIOD = "2025-12-31"
WHERE = {"level": "ortsteil", "vintage": "2021", "period": PERIOD}
AGES = ("age_u15", "age_15_64", "age_65plus")
STANDARD = given_standard("Musterstadt, 31.12.2025", dict(zip(AGES, (15, 65, 20), strict=True)))


def counts(*rows: tuple, **where: str) -> pd.DataFrame:
    """Cells as ``(area, "measure/group", count, status, bound_low, bound_high)``."""
    table = []
    for area, cell, count, *rest in rows:
        status = rest[0] if rest else ("zero" if count == 0 else "published")
        low, high = rest[1:3] if len(rest) > 2 else (count, count)
        measure, _, group = cell.partition("/")
        table.append((area, measure, group or "total", count, low, high, status))
    columns = ["area", "measure", "group", "count", "bound_low", "bound_high", "status"]
    frame = pd.DataFrame(table, columns=columns).assign(**{**WHERE, **where}, method="")
    whole = dict.fromkeys(["count", "bound_low", "bound_high"], "Int64")
    return frame.astype(whole)[list(TABLES["counts"])]


def area(key: str, cases, people, ages=AGES, top: str = "sgb2_persons") -> list[tuple]:
    """One area with its cases and people by age; a tuple is a cell with its status."""

    def cells(measure: str, numbers) -> list[tuple]:
        parts = ((n if isinstance(n, tuple) else (n,)) for n in numbers)
        return [(key, f"{measure}/{a}", *p) for a, p in zip(ages, parts, strict=True)]

    return [*cells(top, cases), *cells("residents", people)]


def run(*rows, standard: Standard = STANDARD, key: str = "sgb2_quote") -> pd.DataFrame:
    return standardise(counts(*rows), load_catalogue(), key, standard).set_index("area")


def one(*rows, **options) -> pd.Series:
    table = run(*rows, **options)
    assert len(table) == 1
    return table.iloc[0]


def test_the_worked_example_of_fay_and_feuer() -> None:
    """Down syndrome, birth order 5 and over, by age of the mother (Fleiss 1981, table 14.4).

    Per 100,000: 75.52901, gamma limits 67.70212 and 188.30017, as R's dsrTest 1.0.0 gives
    for the example in Fay and Feuer 1997.
    """
    cases = [0, 8, 63, 112, 262, 295]
    births = [327, 30666, 123419, 149919, 104088, 34392]
    all_births = [319933, 931318, 786511, 488235, 237863, 61313]
    found = [1e5 * float(x) for x in standardised_rate(cases, births, all_births)]
    assert np.round(found, 5).tolist() == [75.52901, 67.70212, 188.30017]


def test_two_groups_by_hand() -> None:
    """30 of 1000 weighs 0.25, 10 of 100 weighs 0.75: 0.25·0.03 + 0.75·0.1 = 0.0825."""
    rate, low, high = standardised_rate([30, 10], [1000, 100], [1, 3])
    assert float(rate) == pytest.approx(0.0825)
    assert low < rate < high


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_esda_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cases, people = rng.integers(0, 40, (6, 5)), rng.integers(50, 4000, (6, 5))
    cases[:, 0] += 1  # esda fails where an area has no case at all
    weights = rng.integers(1, 100, 5)
    theirs = direct_age_standardization(cases.ravel(), people.ravel(), np.tile(weights, 6), 6)
    ours = np.column_stack(standardised_rate(cases, people, weights))
    assert np.allclose(ours, np.array(theirs, dtype=float), rtol=1e-10)


group = st.tuples(st.integers(0, 200), st.integers(1, 5000), st.integers(1, 9999))
groups = st.lists(group, min_size=1, max_size=8)


@settings(deadline=None, max_examples=60)
@given(groups)
def test_by_its_own_age_structure_an_area_keeps_its_crude_rate(rows) -> None:
    cases, people, _ = (np.array(side, dtype=float) for side in zip(*rows, strict=True))
    rate, low, high = standardised_rate(cases, people, people)
    assert float(rate) == pytest.approx(cases.sum() / people.sum())
    exact = poisson_interval(np.array([cases.sum()]))
    assert [float(low), float(high)] == pytest.approx(
        [float(x[0]) / people.sum() for x in exact], rel=1e-6
    )


@settings(deadline=None, max_examples=60)
@given(groups, st.integers(1, 20))
def test_where_all_groups_have_one_rate_the_weights_do_not_matter(rows, per_100) -> None:
    people = 100.0 * np.array([n for _, n, _ in rows])
    rate, *_ = standardised_rate(per_100 * people / 100, people, [w for *_, w in rows])
    assert float(rate) == pytest.approx(per_100 / 100)


@settings(deadline=None, max_examples=60)
@given(groups)
def test_the_range_holds_the_rate(rows) -> None:
    rate, low, high = standardised_rate(*zip(*rows, strict=True))
    assert 0 <= low <= rate < high


def test_the_range_covers_its_share_of_cases() -> None:
    """Gamma limits are known to cover at least 95 %, also for few cases and uneven weights."""
    rng = np.random.default_rng(11)
    mean, factors = np.array([0.5, 3.0, 6.0, 1.0]), np.array([3.0, 0.5, 1.0, 8.0])
    low, high = gamma_interval(rng.poisson(mean, (4000, 4)).astype(float), factors)
    truth = (mean * factors).sum()
    assert ((low <= truth) & (truth <= high)).mean() >= 0.95


def test_an_area_in_the_unit_of_its_indicator() -> None:
    row = one(*area("01", (30, 60, 5), (300, 500, 200)))
    rate, low, high = standardised_rate([30, 60, 5], [300, 500, 200], [15, 65, 20])
    assert (row["value"], row["low"], row["high"]) == pytest.approx(
        (100 * float(rate), 100 * float(low), 100 * float(high))
    )
    assert row["value"] == pytest.approx(15 * 0.1 + 65 * 0.12 + 20 * 0.025)
    assert (row["bound_low"], row["bound_high"]) == pytest.approx((row["value"], row["value"]))
    assert (row["status"], row["standard"]) == ("published", STANDARD.name_de)
    # Which groups is part of the answer: they need not be all residents.
    assert row["reason"] == (
        "Altersstandardisiert nach: Musterstadt, 31.12.2025 "
        "(unter 15 Jahre, 15 bis unter 65 Jahre, 65 Jahre und älter)."
    )


def test_events_are_counted_per_1000() -> None:
    cells = area("01", (3, 6, 5), (300, 500, 200), top="wn_raeumungsklagen")
    row = one(*cells, key="raeumungsklagen_1000")
    assert row["value"] == pytest.approx(10 * (15 * 0.01 + 65 * 0.012 + 20 * 0.025))


def test_no_case_is_a_zero_with_a_range() -> None:
    row = one(*area("01", (0, 0, 0), (300, 500, 200)))
    assert (row["value"], row["low"], row["status"]) == (0, 0, "zero")
    assert row["high"] > 0


def test_a_share_cannot_vary_beyond_100_per_cent() -> None:
    assert one(*area("01", (290, 490, 199), (300, 500, 200)))["high"] == 100


def test_a_hidden_group_gives_bounds_and_no_guess() -> None:
    row = one(*area("01", (30, 60, (pd.NA, "suppressed", 1, 9)), (300, 500, 200)))
    assert row["status"] == "suppressed"
    assert row[["value", "low", "high"]].isna().all()
    known = 15 * 0.1 + 65 * 0.12
    assert row["bound_low"] == pytest.approx(known + 20 * 1 / 200)
    assert row["bound_high"] == pytest.approx(known + 20 * 9 / 200)
    assert row["reason"] == (
        "Nur Grenzen: Geheim ist „Personen in Bedarfsgemeinschaften (Bürgergeld)“ "
        "(65 Jahre und älter)."
    )


def test_a_hidden_group_of_people_bounds_the_rate_from_both_sides() -> None:
    hidden = (pd.NA, "suppressed", 0, 40)
    row = one(*area("01", (30, 60, 5), (300, 500, hidden)))
    known = 15 * 0.1 + 65 * 0.12
    assert row["bound_low"] == pytest.approx(known + 20 * 5 / 40)
    assert row["bound_high"] == pytest.approx(known + 20 * 1.0)  # at most all of them
    open_end = one(*area("01", (30, 60, 5), (300, 500, (pd.NA, "suppressed", pd.NA, pd.NA))))
    assert open_end[["bound_low", "bound_high"]].isna().all()


limits = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(40, 90), st.integers(0, 50))


@settings(deadline=None, max_examples=8)
@given(st.lists(limits, min_size=3, max_size=3))
def test_bounds_hold_for_every_count_a_reader_may_think_of(hidden) -> None:
    cases = [(pd.NA, "suppressed", low, low + more) for low, more, _, _ in hidden]
    people = [(pd.NA, "suppressed", low, low + more) for _, _, low, more in hidden]
    row = one(*area("01", cases, people))
    corners = [[k / n for k in (a, a + b) for n in (c, c + d)] for a, b, c, d in hidden]
    rates = [np.dot((15, 65, 20), choice) for choice in itertools.product(*corners)]
    assert row["bound_low"] == pytest.approx(min(rates))
    assert row["bound_high"] == pytest.approx(max(rates))


def test_a_missing_group_is_missing_and_named() -> None:
    rows = area("01", (30, 60, 5), (300, 500, 200))
    table = run(*rows[:-1], *area("02", (30, 60, 5), (300, 500, 200)))
    assert table["status"].to_dict() == {"01": "missing", "02": "published"}
    first = table.loc["01"]
    assert first[["value", "low", "high", "bound_low", "bound_high"]].isna().all()
    assert first["reason"] == (
        "Ohne Wert: Es fehlt „Einwohnerinnen und Einwohner“ (65 Jahre und älter)."
    )


def test_an_area_that_has_no_age_groups_is_missing_not_dropped() -> None:
    total = [("02", "sgb2_persons", 60), ("02", "residents", 900)]
    table = run(*area("01", (30, 60, 5), (300, 500, 200)), *total)
    assert table.loc["02", "status"] == "missing"


def test_a_group_where_nobody_lives_has_no_rate() -> None:
    row = one(*area("01", (30, 60, 0), (300, 500, 0)))
    assert (row["status"], np.isnan(row["value"])) == ("too_few", True)
    assert row["reason"] == "Ohne Wert: In der Gruppe 65 Jahre und älter lebt hier niemand."


@pytest.mark.parametrize(
    ("cases", "people"), [((5, 9, 1), (20, 60, 10)), ((1, 1, 0), (300, 500, 200))]
)
def test_too_few_people_or_cases_give_no_rate(cases, people) -> None:
    row = one(*area("01", cases, people))
    assert row["status"] == "too_few"
    assert row[["value", "bound_low", "bound_high"]].isna().all()


def test_an_estimated_group_makes_an_estimate() -> None:
    row = one(*area("01", (30, (60, "estimated"), 5), (300, 500, 200)))
    assert (row["status"], row["value"] > 0) == ("estimated", True)


def test_finer_and_coarser_groups_beside_the_chosen_ones_do_not_matter() -> None:
    rows = area("01", (30, 60, 5), (300, 500, 200))
    finer = area("01", (10, 20), (100, 200), ages=("age_00_05", "age_06_14"))
    total = [("01", "sgb2_persons", 95), ("01", "residents", 1000)]
    pd.testing.assert_frame_equal(run(*rows), run(*rows, *finer, *total))


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ({"age_u15": 15, "age_15_64": 65}, "age_65plus fehlt"),
        ({**dict.fromkeys(AGES, 1), "age_00_05": 1}, "age_00_05 ist ein Teil von age_u15"),
        ({**dict.fromkeys(AGES, 1), "hh_single": 1}, "'hh_single' ist keine Altersgruppe"),
    ],
)
def test_a_standard_that_does_not_fit_is_refused(people, message) -> None:
    with pytest.raises(ProjectError, match=message):
        run(*area("01", (30, 60, 5), (300, 500, 200)), standard=given_standard("Probe", people))


def test_a_rate_of_one_age_group_takes_groups_within_it() -> None:
    with pytest.raises(ProjectError, match="age_15_64 ist kein Teil von sgb2_persons/age_u15"):
        run(*area("01", (30, 60, 5), (300, 500, 200)), key="sgb2_kinder")
    young = ("age_00_05", "age_06_14")
    own = given_standard("Kinder", dict(zip(young, (40, 60), strict=True)))
    row = one(*area("01", (10, 30), (100, 200), ages=young), standard=own, key="sgb2_kinder")
    assert row["value"] == pytest.approx(40 * 0.1 + 60 * 0.15)


def test_the_citys_own_population_as_standard() -> None:
    table = counts(*area("leipzig", (9, 9, 9), (900, 5000, 2000)), level="stadt")
    cell = {**WHERE, "level": "stadt", "area": "leipzig", "measure": "residents"}
    found = published_standard("Leipzig", table, cell, AGES)
    assert found == Standard("Leipzig", AGES, (900.0, 5000.0, 2000.0))
    assert found.weights.sum() == pytest.approx(1)
    hidden = table.assign(status=table["status"].mask(table["group"] == "age_u15", "suppressed"))
    with pytest.raises(TableError, match="age_u15: keine veröffentlichte Anzahl"):
        published_standard("Leipzig", hidden, cell, AGES)


@pytest.mark.parametrize("people", [{}, {"age_u15": 0}, {"age_u15": float("nan")}])
def test_a_standard_without_people_is_refused(people) -> None:
    with pytest.raises(ProjectError, match="nicht brauchbar"):
        given_standard("Probe", people)


def test_mistakes_are_named() -> None:
    rows = area("01", (30, 60, 5), (300, 500, 200))
    with pytest.raises(KeyJoinError, match="01 / ortsteil"):
        run(*rows, rows[0])
    with pytest.raises(ProjectError, match="n_residents"):
        run(*rows, key="n_residents")


def test_columns_and_types_do_not_depend_on_the_content() -> None:
    full, none = run(*area("01", (30, 60, 5), (300, 500, 200))), run()
    assert full.dtypes.equals(none.dtypes)
    assert none.empty
