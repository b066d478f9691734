"""Suppression and audit under a long attack: many random tables, and a table of real size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.audit import audit
from indicators.disclosure.equations import Rule, build_system, group_identities
from indicators.disclosure.protect import protect
from tests.indicators import test_disclosure_laws as laws
from tests.indicators.disclosure_cases import city

pytestmark = pytest.mark.long
LONG = settings(laws.LAW, max_examples=600)


@LONG
@given(inner=laws.INNER, parent_of=laws.DISTRICTS, chosen=st.sets(st.integers(0, 26), max_size=12))
def test_the_audit_agrees_with_trying_every_table_600_times(inner, parent_of, chosen):
    law = laws.test_the_audit_agrees_with_trying_every_table.hypothesis.inner_test
    law(inner=inner, parent_of=parent_of, chosen=chosen)


@LONG
@given(inner=laws.INNER, parent_of=laws.DISTRICTS)
def test_what_is_protected_is_safe_600_times(inner, parent_of):
    law = laws.test_what_is_protected_is_safe_against_trying_every_table.hypothesis.inner_test
    law(inner=inner, parent_of=parent_of)


def test_a_table_of_berlins_size_is_safe():
    counts, hierarchies, groups = city(periods=3, seed=3, shape=(542, 143, 58, 12), districts=12)
    relations, _ = group_identities(counts, groups)
    system = build_system(counts, hierarchies, relations)
    rule = Rule()
    published = protect(counts, system, rule)
    report = audit(published, system, rule, truth=counts)
    assert report.failures == ()
    assert report.audited > 5_000
    assert not published["count"].between(1, 2).any()
