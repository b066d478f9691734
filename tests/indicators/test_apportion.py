"""Counts through a crosswalk: totals kept, hidden cells as intervals, rates computed again."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.apportion import Target, apportion, apportioned_values
from indicators.apportion_error import measure_error
from indicators.catalogue import load_catalogue
from indicators.controlled import round_parts

FINE = Target("neu", ("plr", "bzr"), {"bzr": {"x": "X", "y": "X", "z": "Z"}})
SPLIT = pd.DataFrame(
    [("a", "x", 0.25), ("a", "y", 0.75), ("b", "z", 1.0), ("c", "y", 0.5), ("c", "z", 0.5)],
    columns=["source", "target", "weight"],
)


def cells(measure="residents", **areas):
    """Counts by area; a pair is a hidden cell with its bounds, a word a status."""
    rows = []
    for area, n in areas.items():
        low = high = count = pd.NA
        status = n
        if isinstance(n, tuple):
            (low, high), status = n, "suppressed"
        elif isinstance(n, int):
            low = high = count = n
            status = "zero" if n == 0 else "published"
        rows.append((area, "plr", "alt", "2020-12-31", measure, "total", count, low, high, status))
    columns = ["area", "level", "vintage", "period", "measure", "group"]
    columns += ["count", "bound_low", "bound_high", "status"]
    numbers = dict.fromkeys(["count", "bound_low", "bound_high"], "Int64")
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def row(table, area, level="plr"):
    found = table[(table["area"] == area) & (table["level"] == level)]
    assert len(found) == 1
    return found.iloc[0]


def test_a_split_area_is_estimated_and_a_whole_one_stays_as_it_was():
    found = apportion(cells(a=101, b=40, c=0), SPLIT, FINE)
    x, z = row(found, "x"), row(found, "z")
    assert (x["count"], x["status"], x["estimated_share"]) == (25, "estimated", 1.0)
    assert x["exact"] == 25.25
    # Of c, which is divided too, there is nobody: 40 is a counted number.
    assert (z["count"], z["status"], z["estimated_share"]) == (40, "published", 0.0)


def test_what_is_divided_below_is_whole_above():
    found = apportion(cells(a=101, b=40, c=0), SPLIT, FINE)
    above = row(found, "X", "bzr")
    assert (above["count"], above["status"], above["estimated_share"]) == (101, "published", 0.0)


def test_the_estimated_share_is_the_part_from_divided_areas():
    found = apportion(cells(a=0, b=30, c=20), SPLIT, FINE)
    z = row(found, "z")
    assert (z["count"], z["status"], z["estimated_share"]) == (40, "estimated", 0.25)


def test_a_hidden_count_travels_as_an_interval_and_is_no_number():
    found = apportion(cells(a=(1, 5), b=(1, 4), c=0), SPLIT, FINE)
    y, z = row(found, "y"), row(found, "z")
    assert y["status"] == "suppressed" and pd.isna(y["count"]) and pd.isna(y["exact"])
    assert (y["bound_low"], y["bound_high"]) == (0, 4)
    assert (z["status"], z["bound_low"], z["bound_high"]) == ("suppressed", 1, 4)
    assert pd.isna(y["estimated_share"])


def test_without_an_upper_bound_there_is_none():
    found = apportion(cells(a=(1, pd.NA), b=2, c=4), SPLIT, FINE)
    assert pd.isna(row(found, "y")["bound_high"])
    assert row(found, "y")["bound_low"] == 2


@pytest.mark.parametrize(
    ("status", "wanted"), [("missing", "missing"), ("not_applicable", "published")]
)
def test_what_was_not_delivered_is_missing_and_where_nobody_lives_there_is_nobody(status, wanted):
    found = apportion(cells(a=0, b=40, c=status), SPLIT, FINE)
    assert row(found, "z")["status"] == wanted
    assert pd.isna(row(found, "z")["count"]) == (wanted == "missing")


def test_an_area_that_is_not_in_the_table_is_missing_and_not_zero():
    found = apportion(cells(a=8, c=4), SPLIT, FINE)
    assert row(found, "z")["status"] == "missing"


def test_a_part_of_nobody_hides_nothing():
    links = SPLIT.assign(weight=[1.0, 0.0, 1.0, 0.5, 0.5])
    found = apportion(cells(a=(1, 9), b=4, c=6), links, FINE)
    assert row(found, "y")["count"] == 3
    assert row(found, "x")["status"] == "suppressed"


def test_rounded_numbers_stay_rounded_where_nothing_is_divided():
    table = cells(a=0, b=45, c=0).assign(status=["zero", "rounded", "zero"])
    assert row(apportion(table, SPLIT, FINE), "z")["status"] == "rounded"


def test_rates_are_computed_again_and_never_divided():
    counts = pd.concat(
        [cells("residents", a=1000, b=500, c=400), cells("sgb2_persons", a=100, b=10, c=200)]
    )
    found = apportioned_values(
        apportion(counts, SPLIT, FINE), load_catalogue(), ["sgb2_quote", "n_residents"]
    )
    y = found[(found["area"] == "y") & (found["indicator"] == "sgb2_quote")].iloc[0]
    # (75 + 100) of (750 + 200); the mean of both rates would be 30 %.
    assert y["value"] == pytest.approx(100 * 175 / 950)
    assert y["status"] == "estimated" and np.isnan(y["low"]) and np.isnan(y["bound_low"])
    z = found[(found["area"] == "z") & (found["indicator"] == "sgb2_quote")].iloc[0]
    assert z["estimated_share"] == pytest.approx(100 / 110)
    people = found[(found["indicator"] == "n_residents") & (found["level"] == "plr")]
    assert people["value"].sum() == 1900


def test_a_delivered_rate_is_not_carried_over():
    counts = apportion(cells(a=10, b=10, c=10), SPLIT, FINE)
    assert apportioned_values(counts, load_catalogue(), ["mss_s1"]).empty


@st.composite
def worlds(draw):
    """Nested old and new areas with weights that sum to 1, and whole numbers."""
    sources, targets = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    rows = []
    for s in range(sources):
        own = draw(st.lists(st.integers(0, targets - 1), min_size=1, max_size=4, unique=True))
        parts = np.array([draw(st.integers(1, 50)) for _ in own], dtype=float)
        rows += [(f"s{s}", f"t{t}", p) for t, p in zip(own, parts / parts.sum(), strict=True)]
    links = pd.DataFrame(rows, columns=["source", "target", "weight"])
    counts = {f"s{s}": draw(st.integers(0, 500)) for s in range(sources)}
    parents = {f"t{t}": f"p{t // 2}" for t in range(targets)}
    return links, counts, Target("neu", ("plr", "bzr"), {"bzr": parents})


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_totals_are_kept_at_every_level_and_no_part_is_moved_by_a_whole_one(world):
    links, counts, target = world
    found = apportion(cells(**counts), links, target)
    for _, part in found.groupby("level"):
        assert part["count"].sum() == sum(counts.values())
        assert (part["count"] >= 0).all()
        assert ((part["count"] - part["exact"]).abs() < 1 - 1e-9).all()
    fine = found[found["level"] == "plr"].set_index("area")["count"]
    above = found[found["level"] == "bzr"].set_index("area")["count"]
    assert fine.groupby(fine.index.map(target.parents["bzr"])).sum().to_dict() == above.to_dict()


@settings(max_examples=40, deadline=None)
@given(worlds(), st.randoms())
def test_the_order_of_rows_does_not_matter(world, random):
    links, counts, target = world
    table = cells(**counts)
    rows, cuts = list(range(len(links))), list(range(len(table)))
    random.shuffle(rows)
    random.shuffle(cuts)
    shuffled = apportion(table.iloc[cuts], links.iloc[rows], target)
    pd.testing.assert_frame_equal(shuffled, apportion(table, links, target))


@settings(max_examples=60, deadline=None)
@given(worlds(), st.data())
def test_the_interval_of_a_hidden_count_holds_whatever_it_may_be(world, data):
    links, counts, target = world
    hidden = data.draw(st.sampled_from(sorted(counts)))
    low, high = data.draw(st.integers(0, 10)), data.draw(st.integers(0, 30))
    known = apportion(cells(**(counts | {hidden: (low, low + high)})), links, target)
    true = data.draw(st.integers(low, low + high))
    truth = apportion(cells(**(counts | {hidden: true})), links, target)
    both = known.merge(truth, on=["area", "level"], suffixes=("", "_true"))
    both = both[both["status"] == "suppressed"]
    # The other parts may round differently beside it, each by less than one.
    parts = links.groupby("target").size().max()
    assert (both["exact_true"] >= both["bound_low"].astype(float) - parts).all()
    assert (both["exact_true"] <= both["bound_high"].astype(float) + parts).all()
    alone = links.groupby("target")["source"].transform("size") == 1
    sure = both[both["area"].isin(links.loc[alone & (links["source"] == hidden), "target"])]
    assert (sure["count_true"] >= sure["bound_low"]).all()
    assert (sure["count_true"] <= sure["bound_high"]).all()


@settings(max_examples=60, deadline=None)
@given(worlds(), st.data())
def test_a_part_stays_a_part_and_more_people_never_become_fewer(world, data):
    """Of a rate both counts are divided alike; adding people adds to no area less than nothing."""
    links, counts, target = world
    parts = {k: data.draw(st.integers(0, n)) for k, n in counts.items()}
    whole, part = (
        apportion(cells(**own), links, target).set_index(["level", "area"])["exact"]
        for own in (counts, parts)
    )
    assert (part <= whole + 1e-9).all()


def turned(links):
    """A way back: every target to its sources, by what it got from each."""
    back = links.rename(columns={"source": "target", "target": "source"})
    return back.assign(weight=back["weight"] / back.groupby("source")["weight"].transform("sum"))


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_there_and_back_everybody_is_still_there_and_nobody_beyond_the_shared_areas(world):
    links, counts, target = world
    there = apportion(cells(**counts), links, target)
    there = there[there["level"] == "plr"]
    sources = sorted(counts)
    back = apportion(there, turned(links), Target("alt", ("plr",), {})).set_index("area")["count"]
    assert back.sum() == sum(counts.values()) and (back >= 0).all()
    touched = links.groupby("target")["source"].agg(set)
    for area in sources:
        # At most those of all areas that share a target with it.
        near = set().union(*(touched[t] for t in links.loc[links["source"] == area, "target"]))
        assert back[area] <= sum(counts[a] for a in near) + len(links)
    alone = links["source"].map(links.groupby("source").size()) == 1
    alone &= links["target"].map(links.groupby("target").size()) == 1
    for area in links.loc[alone, "source"]:
        assert back[area] == counts[area]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 900), min_size=1))
def test_the_identity_changes_nothing(counts):
    links = pd.DataFrame({"source": list(counts), "target": list(counts), "weight": 1.0})
    table = cells(**counts)
    found = apportion(table, links, Target("neu", ("plr",), {})).set_index("area")
    wanted = table.set_index("area").sort_index()
    assert found["count"].to_dict() == wanted["count"].to_dict()
    assert found["status"].to_dict() == wanted["status"].to_dict()
    assert (found["estimated_share"] == 0).all()


def test_of_equal_remainders_the_first_key_is_rounded_up():
    halves = np.array([0.5, 0.5, 1.5, 1.5])
    found = round_parts(halves, np.array([0, 0, 1, 1]), [np.array([0, 1, 2, 3])])
    assert found.tolist() == [1, 0, 2, 1]


def test_the_error_of_a_method_is_measured_where_it_estimates():
    index = ["a", "b", "c", "d"]
    ours = pd.Series([110, 90, 50, 7], index=index)
    true = pd.Series([100, 100, 50, np.nan], index=index)
    found = measure_error(ours, true, pd.Series([True, True, False, True], index=index))
    assert found.misplaced == pytest.approx(10 / 250)
    assert (found.median, found.p90, found.areas) == (pytest.approx(0.1), pytest.approx(0.1), 2)
    assert found.worst == (("a", 110, 100), ("b", 90, 100))
    assert found.exact_wrong == ()
