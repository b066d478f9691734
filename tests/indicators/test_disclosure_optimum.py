"""The cheapest pattern against trying every pattern of tiny tables."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from indicators.disclosure.rule import Rule
from indicators.disclosure.suppress import suppress
from indicators.disclosure.task import Effort, Task, plain_task
from tests.indicators.disclosure_brute import Tiny
from tests.indicators.disclosure_cubes import cube
from tests.indicators.disclosure_random import random_cube, random_groupings

EXACT = Effort(gap=0, patience=1000)
EFFORTS = {
    "exact": EXACT,
    "default": Effort(),
    "ten per cent": Effort(gap=0.1),
    "no round": Effort(rounds=0),
    "no patience": Effort(patience=0),
    "one node": Effort(gap=0, nodes=1),
    "no time": Effort(seconds=0.0),
    "stopped": Effort(stop=lambda: True),
}
EVERYDAY = (*range(36, 44), 50, 229, 343, 514, 3956)
"""Among them tables in which an insider cannot be helped, a number stands alone in a sum, or
what must be hidden is tied to the small number by an inequality alone."""
SMALL = 1e-6


@cache
def tiny(seed):
    """A random task; None where trying everything would take long."""
    rng = np.random.default_rng(seed)
    make = random_groupings if rng.random() < 0.3 else random_cube
    system, sums, inner = make(rng)
    reach = 3 if make is random_groupings else 2
    value = sums @ inner
    rule = Rule(zeros=str(rng.choice(["published", "hidden"])), insiders=bool(rng.random() < 0.5))
    case = Tiny(random_task(rng, system, value, rule), sums, inner, reach)
    return case if case.size <= 20_000 and case.may.sum() <= 13 else None


def random_task(rng, system, value, rule) -> Task:
    size = len(value)
    public = (value == 0) | (rng.random(size) < rng.choice([0.0, 0.0, 0.2]))
    small = (value > 0) & (value < 3) & ~public
    never = (rng.random(size) < rng.choice([0.0, 0.3])) & ~small & ~public
    told = ~(small | public | never) & (rng.random(size) < rng.choice([0.0, 0.0, 0.15]))
    prices = (np.ones(size), np.maximum(value, 1), rng.choice([0.01, 0.5, 1.0, 3.0, 100.0], size))
    return replace(
        plain_task(system, value, rule.lowest, small),
        fixed=public,
        never=never,
        open=told,
        fall=np.where(small, rule.fall(value), 0),
        rise=np.where(small, rule.rise(value), 0),
        weight=prices[rng.integers(3)].astype(float),
        alone=small & (value == 1) & rule.insiders,
    )


def cases(seeds):
    found = [(seed, tiny(seed)) for seed in seeds]
    return [(seed, case) for seed, case in found if case is not None and case.task.primary.any()]


def check(case, effort):
    """What holds of every pattern, however the search ended."""
    pattern = suppress(case.task, effort)
    extra = pattern.hidden & ~case.task.primary & ~case.task.open
    assert case.protects(pattern.hidden)
    assert pattern.hidden[case.task.primary | case.task.open].all()
    assert not (extra & ~case.may).any()
    assert pattern.loss == pytest.approx(case.task.weight[extra].sum())
    assert pattern.bound <= case.optimum + SMALL
    assert pattern.loss * (1 - pattern.gap) <= case.optimum + SMALL
    assert set(pattern.failed.tolist()) == case.lost
    assert not (extra & case.exact(pattern.hidden)).any()
    if pattern.ended == "optimal":
        assert pattern.loss == pytest.approx(case.optimum, abs=SMALL)
    if pattern.ended == "gap":
        assert pattern.gap <= effort.gap + SMALL
    return pattern


def check_all(seeds, name):
    listed = cases(seeds)
    assert len(listed) > len(seeds) / 4
    for seed, case in listed:
        try:
            pattern = check(case, EFFORTS[name])
        except AssertionError as error:
            error.add_note(f"seed {seed}")
            raise
        if name == "exact":
            assert pattern.ended == "optimal", f"seed {seed}"
        if name in ("no time", "stopped"):
            assert pattern.ended == {"no time": "time"}.get(name, name), f"seed {seed}"


@pytest.mark.parametrize("name", EFFORTS)
def test_no_pattern_that_protects_is_cheaper_than_proven(name):
    check_all(EVERYDAY, name)


@pytest.mark.long
@pytest.mark.parametrize("name", EFFORTS)
def test_no_pattern_that_protects_is_cheaper_than_proven_in_thousands_of_tables(name):
    check_all(range(1000, 4000), name)


def test_the_same_table_gives_the_same_pattern_twice():
    for seed, case in cases(range(20, 30)):
        one, two = suppress(case.task), suppress(case.task)
        assert (one.hidden == two.hidden).all(), f"seed {seed}"
        assert (one.loss, one.bound, one.ended) == (two.loss, two.bound, two.ended)


def task_of(table, rule=None, never=()):
    """A cube whose small numbers are to be protected."""
    rule = rule or Rule(insiders=False)
    value = table.value
    small = (value > 0) & (value < rule.threshold)
    return replace(
        plain_task(table.system, value, rule.lowest, small),
        fall=np.where(small, rule.fall(value), 0),
        rise=np.where(small, rule.rise(value), 0),
        never=table.at(*never),
        alone=small & (value == 1) & rule.insiders,
    )


def hidden_keys(table, pattern):
    return set(np.array(table.keys)[pattern.hidden].tolist())


def test_a_user_who_stops_gets_a_pattern_that_protects_at_any_moment():
    _, case = next(c for c in cases(range(200)) if len(c[1].task.value) > 20)
    calls = []
    suppress(case.task, replace(EXACT, stop=lambda: calls.append(0) is not None))
    for allowed in range(len(calls)):
        left = iter([False] * allowed)
        pattern = check(case, replace(EXACT, stop=lambda left=left: next(left, True)))
        assert pattern.ended == "stopped"


def test_what_must_stay_printed_and_gives_a_number_away_is_named():
    table = cube([[1, 5, 7], [6, 8, 9]])
    # The first row is printed but for the small number.
    pattern = suppress(task_of(table, never=("12", "13", "1+")), EXACT)
    assert np.array(table.keys)[pattern.failed].tolist() == ["11"]
    assert not pattern.hidden[table.at("12", "13", "1+")].any()
    # With one neighbour that may go, a way out is found beside what stays.
    pattern = suppress(task_of(table, never=("13", "1+")), EXACT)
    assert not len(pattern.failed)
    assert hidden_keys(table, pattern) == {"11", "12", "21", "22"}


def test_what_zeros_alone_tell_is_no_failure_of_the_pattern():
    # Two people in all, one each: printed zeros say so, whatever else is hidden.
    table = cube([[1, 1, 0], [0, 0, 9]])
    public = table.at("1+")
    task = task_of(table)
    pattern = suppress(replace(task, fixed=task.fixed | public, primary=task.primary & ~public))
    assert not len(pattern.failed)
    assert pattern.loss == pattern.bound == 0


def test_a_kept_cell_goes_only_where_nothing_else_helps():
    table = cube([[1, 50, 70], [60, 80, 90], [40, 30, 20]])
    cheap = replace(task_of(table), kept=table.at("12", "1+"))
    pattern = suppress(replace(cheap, weight=table.value.astype(float)), EXACT)
    assert not pattern.hidden[table.at("12", "1+")].any()
    forced = replace(cheap, never=table.at("13", "1+"))
    pattern = suppress(forced, EXACT)
    assert pattern.hidden[table.at("12")].all()
    assert not len(pattern.failed)


def test_a_small_number_is_protected_from_the_one_person_behind_another():
    table = cube([[1, 2, 50], [60, 80, 90], [40, 30, 70]])
    outside = suppress(task_of(table, Rule(zeros="hidden", insiders=False)), EXACT)
    inside = suppress(task_of(table, Rule(zeros="hidden", insiders=True)), EXACT)
    row = {"11", "12", "13", "1+"}
    assert hidden_keys(table, outside) & row == {"11", "12"}
    assert len(hidden_keys(table, inside) & row) == 3
    assert outside.loss < inside.loss == inside.bound


def test_an_excused_insider_costs_nothing():
    # The person behind 11 knows 12 from zeros alone: a third cell in the row helps nobody.
    table = cube([[1, 1, 5], [0, 0, 9], [0, 0, 8]])
    public = table.at("13", "+3")
    task = task_of(table, Rule(insiders=True))
    task = replace(task, fixed=task.fixed | public, primary=task.primary & ~public)
    pattern = suppress(task, EXACT)
    assert pattern.loss == pattern.bound
    assert pattern.ended == "optimal"
    assert not len(pattern.failed)
