"""Rounded tables add up, are close to the truth, and tell nobody an exact small number."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import DisclosureError, UserError
from indicators.disclosure.equations import build_system, group_identities
from indicators.disclosure.protected import Options, protect_by
from indicators.disclosure.reading import Limits, infer
from indicators.disclosure.rounding import controlled_rounding, limits_of
from indicators.disclosure.rule import Rule
from tests.indicators.disclosure_cases import city
from tests.indicators.disclosure_cubes import CubeWords, cube, system_of, tables_between

RULE = Rule(threshold=3)
LAW = settings(max_examples=30, deadline=None, derandomize=True)
BASES = st.sampled_from([3, 5, 10])
# No dimension alone forces more than its neighbours, so two dimensions always have a solution.
FLAT = st.integers(2, 3).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 14), min_size=n, max_size=n), min_size=2, max_size=2)
)


def nowhere(table):
    return np.zeros(len(table.value), dtype=bool)


def simple_rounding(value, base):
    """Every number for itself to the nearest multiple, half up."""
    return (2 * value + base) // (2 * base) * base


def adds_up(system, printed):
    balance = system.matrix @ printed
    return (balance[system.equality] == 0).all() and (balance <= 0).all()


def least_distance(table, base):
    """Smallest distance of an additive rounding to neighbours, by trying every inner table."""
    shape = [len({key[axis] for key in table.keys}) for axis in range(len(table.keys[0]))]
    down, up = table.value // base * base, -(-table.value // base) * base
    inner = [i for i, key in enumerate(table.keys) if "+" not in key]
    best = None
    for chosen in product(*({int(down[i]), int(up[i])} for i in inner)):
        printed = cube(np.array(chosen).reshape([n - 1 for n in shape])).value
        if (printed >= down).all() and (printed <= up).all():
            distance = int(np.abs(printed - table.value).sum())
            best = distance if best is None else min(best, distance)
    return best


@LAW
@given(inner=FLAT, base=BASES)
def test_tables_of_two_dimensions_go_to_neighbours_add_up_and_are_closest(inner, base):
    table = cube(inner)
    found = controlled_rounding(table.system, table.value, base)
    assert adds_up(table.system, found.printed)
    assert (found.printed % base == 0).all()
    assert (np.abs(found.printed - table.value) < base).all()
    assert (found.printed[table.value % base == 0] == table.value[table.value % base == 0]).all()
    assert not found.steps.any()
    assert found.ended == "optimal"
    assert found.distance == least_distance(table, base)


@LAW
@given(inner=FLAT, base=BASES)
def test_with_a_secret_key_the_table_still_adds_up_and_stays_near(inner, base):
    table = cube(inner)
    found = controlled_rounding(table.system, table.value, base, key=b"a secret of some length")
    assert adds_up(table.system, found.printed)
    assert (np.abs(found.printed - table.value) < base).all()


def test_a_drawn_rounding_is_right_on_average_and_repeats_with_its_key():
    table = cube([[1, 4, 7], [2, 8, 0]])
    drawn = np.stack(
        [
            controlled_rounding(
                table.system, table.value, 5, key=f"key number {i}".encode()
            ).printed
            for i in range(100)
        ]
    )
    # One draw has a standard deviation of at most 2.5, the mean of 100 one of at most 0.25.
    assert np.abs(drawn.mean(axis=0) - table.value).max() < 0.9
    again = controlled_rounding(table.system, table.value, 5, key=b"key number 7").printed
    assert (again == drawn[7]).all()
    assert len(np.unique(drawn, axis=0)) >= 5


def test_a_city_with_two_hierarchies_and_groups_adds_up_everywhere():
    counts, hierarchies, groups = city(periods=1, seed=3)
    relations, _ = group_identities(counts, groups)
    system = build_system(counts, hierarchies, relations)
    value = counts["count"].to_numpy(dtype=np.int64)
    done = protect_by("round", system, value, RULE, Options(base=5))
    assert adds_up(system, done.number)
    assert (done.number % 5 == 0).all()
    assert (np.abs(done.number - value) <= 4).all()
    assert (done.number[value == 0] == 0).all()
    small = (value > 0) & (value < 3)
    assert (done.low[small] < done.high[small]).all()
    assert np.isnan(done.low[~small]).all()


# Base 10: every plane holds 10 exactly, in two fives that no two planes share.
FIVES = np.array([[[5, 0], [0, 5]], [[0, 5], [5, 0]]])


def test_three_dimensions_may_need_further_multiples_and_say_so():
    table = cube(FIVES)
    assert least_distance(table, 10) is None
    done = protect_by("round", table.system, table.value, RULE, Options(base=10))
    assert adds_up(table.system, done.number)
    assert (done.number[table.value == 0] == 0).all()
    assert "durften weiter als zum benachbarten Vielfachen" in done.how[1]
    assert "höchstens um 19" in done.how[1]


def test_what_stands_alone_elsewhere_keeps_to_its_neighbours():
    table = cube(FIVES)
    cells = pd.concat(
        [table.system.cells, pd.DataFrame([["9"] * 3] * 3, columns=["d0", "d1", "d2"])]
    )
    rows = [
        dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
        for row in (table.system.matrix[[i]] for i in range(table.system.matrix.shape[0]))
    ]
    system = system_of(cells.reset_index(drop=True), [*rows, {27: 1, 28: 1, 29: -1}], CubeWords())
    value = np.append(table.value, [4, 3, 7])
    found = controlled_rounding(system, value, 10)
    assert found.steps[:27].max() == 1
    assert found.steps[27:].tolist() == [0, 0, 0]
    assert found.printed[27:].tolist() in ([10, 0, 10], [0, 10, 10])


def test_an_exact_number_that_no_multiples_can_reach_is_named():
    table = cube([[4, 3], [6, 8]])
    with pytest.raises(DisclosureError) as error:
        controlled_rounding(table.system, table.value, 5, exact=table.at("1+"))
    # 7 is no multiple of 5: neither its parts nor the sum that it is part of can be rounded.
    assert [p.where for p in error.value.problems] == ["1+ = 11 12", "++ = 1+ 2+"]
    assert "alle Zahlen dieser Summe runden" in str(error.value)


def test_exact_numbers_that_are_multiples_stay_and_the_rest_is_rounded_around_them():
    table = cube([[4, 6], [7, 8]])
    found = controlled_rounding(table.system, table.value, 5, exact=table.at("1+", "2+", "++"))
    printed = table.numbers(found.printed)
    assert (printed["1+"], printed["2+"], printed["++"]) == (10, 15, 25)
    assert adds_up(table.system, found.printed)


def test_sums_that_exclude_each_other_are_named_and_each_of_them_is_needed():
    table = cube(FIVES)
    planes = [k for k in table.keys if k.count("+") == 2]
    exact = table.at(*planes, "+++")
    with pytest.raises(DisclosureError) as error:
        controlled_rounding(table.system, table.value, 10, exact=exact)
    names = [table.system.reason(i) for i in range(len(table.system.equality))]
    rows = [names.index(p.where) for p in error.value.problems]
    free = np.flatnonzero(~exact & (table.value > 0))

    def possible(rows):
        """Try every rounding of the cells in some rows to 0 and 10 and 20."""
        part = table.system.matrix[rows]
        used = [int(i) for i in free if abs(part[:, [i]]).sum()]
        fixed = part @ np.where(exact, table.value, 0)
        inner = part[:, used].toarray()
        return any(
            (inner @ np.array(chosen) + fixed == 0).all()
            for chosen in product((0, 10, 20), repeat=len(used))
        )

    assert not possible(rows)
    assert all(possible([r for r in rows if r != left]) for left in rows)


def test_at_most_holds_for_printed_numbers_too():
    cells = pd.DataFrame({"d0": ["part", "whole"]})
    system = system_of(cells, [{0: 1, 1: -1}], CubeWords(), at_most={0})
    # One by one, 3 becomes 5 and 2 becomes 0.
    assert simple_rounding(np.array([3, 7]), 5).tolist() == [5, 5]
    for part, whole in ((3, 4), (8, 12), (2, 2), (7, 7)):
        found = controlled_rounding(system, np.array([part, whole]), 5).printed
        assert found[0] <= found[1]
    public = np.array([False, True])
    assert controlled_rounding(system, np.array([3, 4]), 5, exact=public).printed.tolist() == [0, 4]


def test_cells_without_a_number_stay_without_and_bound_the_others():
    table = cube([[4, 7, 2]])
    blank = table.at("12", "+2")
    done = protect_by("round", table.system, table.value, RULE, Options(base=5), blank=blank)
    printed = table.numbers(done.number)
    assert done.status[blank].tolist() == ["missing", "missing"]
    assert not done.shown[blank].any()
    assert printed["11"] + printed["13"] <= printed["1+"]
    assert printed["1+"] == printed["++"]


def test_numbers_that_contradict_their_sum_are_refused():
    table = cube([[4, 6], [7, 8]])
    with pytest.raises(DisclosureError, match="stimmen nicht mit ihren Teilen"):
        controlled_rounding(table.system, table.value + table.at("11"), 5)


def test_other_bases_are_refused():
    table = cube([[4, 6]])
    with pytest.raises(UserError, match="Basis 4"):
        controlled_rounding(table.system, table.value, 4)


# -- what a reader can do --------------------------------------------------------------------


def nearest_limits(printed, base):
    """What a number rounded to the nearest, half up, says of the true one."""
    lower = np.maximum(printed - base // 2, 0)
    return Limits(lower, printed + (base - 1) // 2)


@pytest.mark.parametrize(("base", "parts"), [(3, [1, 1]), (5, [2, 2, 2, 2])])
def test_rounded_one_by_one_the_sum_gives_its_parts_away(base, parts):
    table = cube(parts)
    printed = simple_rounding(table.value, base)
    limits = nearest_limits(printed, base)
    # The disclosure: of all tables that fit, every one has the same parts.
    fitting = tables_between(table.system, limits.lower, limits.upper)
    assert (fitting == table.value).all()
    exact = infer(table.system, limits, np.arange(len(printed)), (table.value,)).exact
    assert len(exact) == len(printed)
    # Its end: rounded together, every part can be another number.
    found = controlled_rounding(table.system, table.value, base)
    limits = limits_of(found, nowhere(table), nowhere(table))
    fitting = tables_between(table.system, limits.lower, limits.upper)
    assert (fitting.min(axis=0) < fitting.max(axis=0)).all()
    assert not len(infer(table.system, limits, np.arange(len(printed)), (table.value,)).exact)


def test_a_true_rate_beside_a_rounded_count_gives_the_count_back():
    table = cube([[2, 9, 14]])
    residents = 37
    done = protect_by("round", table.system, table.value, RULE, Options(base=5))
    printed = int(done.number[0])
    possible = range(max(0, printed - 4), printed + 5)

    def fits(rate):
        return [n for n in possible if round(100 * n / residents, 1) == rate]

    assert fits(round(100 * 2 / residents, 1)) == [2]
    # A rate made of printed numbers says nothing that they do not say.
    rate = round(100 * printed / residents, 1)
    assert rate == round(100 * int(done.number[0]) / residents, 1)
    assert done.low[0] < done.high[0]
    assert printed != 2


def test_a_true_zero_looks_like_a_small_number_rounded_to_zero():
    table = cube([[0, 1, 14, 10]])
    done = protect_by("round", table.system, table.value, RULE, Options(base=5))
    printed = table.numbers(done.number)
    assert (printed["11"], printed["12"]) == (0, 0)
    assert set(done.status) == {"rounded"}


def test_a_small_multiple_that_exact_numbers_pin_down_is_refused_by_name():
    # 3 stays 3, and 12 - 9 are exact beside it.
    table = cube([[3, 9]])
    exact = table.at("12", "1+", "+2", "++")
    with pytest.raises(DisclosureError) as error:
        protect_by("round", table.system, table.value, Rule(threshold=5), Options(base=3),
                   exact=exact)  # fmt: skip
    assert [p.where for p in error.value.problems] == ["11", "+1"]


@LAW
@given(
    inner=st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=2),
    exact=st.sets(st.integers(0, 8), max_size=2),
)
def test_what_a_reader_can_infer_agrees_with_trying_every_table(inner, exact):
    table = cube(inner)
    kept = np.isin(np.arange(9), list(exact))
    printed = np.where(kept, table.value, simple_rounding(table.value, 3))
    limits = nearest_limits(printed, 3)
    limits = Limits(np.where(kept, printed, limits.lower), np.where(kept, printed, limits.upper))
    fitting = tables_between(table.system, limits.lower, limits.upper)
    low, high = fitting.min(axis=0), fitting.max(axis=0)
    found = infer(table.system, limits, np.arange(9), (table.value, printed))
    # Two-dimensional tables have whole vertices: real and whole limits are the same.
    assert found.low.tolist() == low.tolist()
    assert found.high.tolist() == high.tolist()
    assert found.exact.tolist() == np.flatnonzero(low == high).tolist()


@LAW
@given(inner=FLAT, base=BASES, drawn=st.booleans())
def test_no_small_number_is_known_exactly_after_rounding_together(inner, base, drawn):
    table = cube(inner)
    key = b"a secret of some length" if drawn else None
    done = protect_by("round", table.system, table.value, RULE, Options(base=base, key=key))
    small = (table.value > 0) & (table.value < 3)
    # The printed table fits itself, and so does the true one: that is the reason.
    assert (done.low[small] <= np.minimum(done.number, table.value)[small]).all()
    assert (done.high[small] >= np.maximum(done.number, table.value)[small]).all()
    assert (done.low[small] < done.high[small]).all()
