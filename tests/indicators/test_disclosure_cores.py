"""The same result on any number of cores, and an error that is heard at once."""

import threading

import numpy as np
import pytest

from indicators.disclosure import cores
from indicators.disclosure.audit import audit
from indicators.disclosure.cores import on_all_cores
from indicators.disclosure.equations import build_system, group_identities
from indicators.disclosure.protect import protect
from indicators.disclosure.rule import Rule
from tests.indicators.disclosure_cases import city


def test_results_come_in_the_order_of_the_items():
    both = threading.Barrier(2, timeout=30)

    def work(item):
        if item < 2:
            # Passes only when the first two are worked on at the same time.
            both.wait()
        return item * 10, threading.current_thread()

    told = []
    found = on_all_cores(work, range(6), lambda done, of: told.append((done, of)), cores=2)
    assert [result for result, _ in found] == [0, 10, 20, 30, 40, 50]
    assert threading.main_thread() not in {thread for _, thread in found}
    assert told == [(n, 6) for n in range(1, 7)]


def test_one_core_works_in_the_thread_of_the_caller():
    found = on_all_cores(lambda _: threading.current_thread(), range(3), cores=1)
    assert found == [threading.main_thread()] * 3
    assert on_all_cores(str, [], cores=4) == []


def test_after_an_error_nothing_new_is_begun():
    begun = []

    def work(item):
        begun.append(item)
        if item == 0:
            raise ValueError("bad")
        threading.Event().wait(0.01)
        return item

    with pytest.raises(ValueError, match="bad"):
        on_all_cores(work, range(1000), cores=2)
    assert len(begun) < 1000


def test_an_edition_is_the_same_on_one_core_and_on_four(monkeypatch):
    counts, hierarchies, groups = city(periods=3, seed=5, shape=(30, 8, 4, 2), districts=3)
    relations, _ = group_identities(counts, groups)
    system, rule = build_system(counts, hierarchies, relations), Rule()
    found = []
    for number in (1, 4):
        monkeypatch.setattr(cores, "usable_cores", lambda number=number: number)
        published = protect(counts, system, rule)
        report = audit(published, system, rule, truth=counts)
        found.append((published["count"].isna().to_numpy(), report))
    (one, first), (four, second) = found
    assert one.any()
    assert np.array_equal(one, four)
    assert first.intervals.equals(second.intervals)
    assert (first.failures, first.narrowest) == (second.failures, second.narrowest)
