"""Questions that are asked of what is near a cell first: the answers protect and hold as before."""

import numpy as np
import pytest
from scipy import sparse

from indicators.disclosure import movement, near_carrier, nearby
from indicators.disclosure.audit import audit
from indicators.disclosure.equations import build_system, group_identities
from indicators.disclosure.protect import protect
from indicators.disclosure.rule import Rule
from indicators.disclosure.surroundings import Surroundings
from tests.indicators.disclosure_cases import city
from tests.indicators.test_disclosure_laws import (
    test_the_audit_agrees_with_trying_every_table as audit_law,
)
from tests.indicators.test_disclosure_optimum import EFFORTS, EVERYDAY, check, tiny


@pytest.fixture
def every_table_is_large(monkeypatch):
    for module in (movement, near_carrier, nearby):
        monkeypatch.setattr(module, "LARGE", 1)


def test_two_sums_reach_the_corners_of_a_square_and_not_the_next_block():
    # Two squares of cells, rows and columns adding up, joined by one grand total (cell 8).
    rows = [[0, 1], [2, 3], [0, 2], [1, 3], [4, 5], [6, 7], [4, 6], [5, 7], [3, 4, 8]]
    matrix = np.zeros((len(rows), 9), dtype=np.int64)
    for number, cells in enumerate(rows):
        matrix[number, cells] = 1
    cells, touched = Surroundings(sparse.csr_array(matrix)).of(0)
    assert cells.tolist() == [0, 1, 2, 3]
    assert touched.tolist() == [0, 1, 2, 3, 8]


@pytest.mark.usefixtures("every_table_is_large")
@pytest.mark.parametrize("name", ["default", "no round", "no patience", "stopped"])
def test_patterns_still_protect_against_trying_every_table(name):
    for seed in EVERYDAY:
        case = tiny(seed)
        if case is not None and case.task.primary.any():
            check(case, EFFORTS[name])


@pytest.mark.usefixtures("every_table_is_large")
def test_the_audit_still_agrees_with_trying_every_table():
    audit_law()


def test_a_city_is_safe_and_judged_alike_with_and_without_looking_near(monkeypatch):
    counts, hierarchies, groups = city(periods=1, seed=7, shape=(40, 10, 4, 2), districts=3)
    relations, _ = group_identities(counts, groups)
    system, rule = build_system(counts, hierarchies, relations), Rule()
    for large in (10**9, 1):
        for module in (movement, near_carrier, nearby):
            monkeypatch.setattr(module, "LARGE", large)
        published = protect(counts, system, rule)
        assert audit(published, system, rule, truth=counts).failures == ()
        # A careless pattern: only what is small is hidden.
        small = counts["count"].between(1, 2)
        careless = counts.assign(
            count=counts["count"].mask(small), status=counts["status"].mask(small, "suppressed")
        )
        report = audit(careless, system, rule, truth=counts)
        found = [(f.where, f.found, f.allowed) for f in report.failures]
        if large > 1:
            expected = found, report.intervals
    assert found
    assert found == expected[0]
    assert report.intervals.equals(expected[1])
