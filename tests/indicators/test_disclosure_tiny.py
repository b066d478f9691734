"""Where hardly anybody lives, a gap says nothing: not even that it is not 0."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import DisclosureError
from indicators.disclosure.audit import refuse_if_unsafe, with_bounds
from indicators.disclosure.cells import BY_RULE
from indicators.disclosure.equations import Relation, Rule
from indicators.disclosure.known import known_before
from indicators.disclosure.protect import protect_world
from indicators.disclosure.tiny import mark_by_rule, smallest_whole
from indicators.disclosure.world import Beside, build_world
from indicators.disclosure.world_audit import audit_world
from tests.indicators.attacks.oracle import possible
from tests.indicators.disclosure_cases import known, links, table
from tests.indicators.ledger_cases import empty, publish

ALL = Rule(threshold=3)
TINY = Rule(threshold=3, min_public=6)
PUBLIC = frozenset({"residents"})
BENEFITS = Relation("part_of", "residents/total", ("persons/total",), rest=True)
AGES = Relation("sum", "persons/total", ("persons/young", "persons/old"))
CITY = links("ortsteil", "stadt", dict.fromkeys("abc", "00"))
SUMS = ("S = a + b + c", "a <= r")


def people(residents, persons):
    """One part with few residents beside two large ones, and their city."""
    rows = []
    for item, first, others in (
        ("residents", residents, (800, 700)),
        ("persons", persons, (80, 70)),
    ):
        numbers = dict(zip("abc", (first, *others), strict=True))
        rows += known("ortsteil", numbers, f"{item}/total")
        rows += known("stadt", {"00": sum(numbers.values())}, f"{item}/total")
    return table(rows)


def safe(counts, rule, relations=(BENEFITS,), hierarchies=CITY, earlier=None):
    """Protect, audit, and audit again from what is published alone, as anyone can."""
    beside = Beside(PUBLIC, earlier=earlier)
    world = build_world(counts, hierarchies, relations, rule, beside)
    found = protect_world(counts, world, rule, PUBLIC)
    report = audit_world(world, rule, found.counts)
    refuse_if_unsafe(report)
    published = with_bounds(found.counts, report)
    by_anyone = audit_world(build_world(published, hierarchies, relations, rule, beside), rule)
    assert by_anyone.failures == ()
    pd.testing.assert_frame_equal(by_anyone.intervals, report.intervals)
    return published


def persons(published, area="a", group="total"):
    own = (published["measure"] == "persons") & (published["group"] == group)
    (row,) = published[own & (published["area"] == area)].to_dict("records")
    return row


def bounds(row):
    return row["bound_low"], row["bound_high"]


def gaps(published):
    return set(published.index[published["status"] == "suppressed"])


FEW = [(r, n) for r in (1, 2, 3, 4) for n in range(r + 1)]


@pytest.mark.parametrize(("residents", "count"), [(r, n) for r, n in FEW if n])
def test_with_zeros_printed_a_gap_says_that_somebody_is_counted(residents, count):
    counts = people(residents, count)
    if residents == 1:
        with pytest.raises(DisclosureError) as refused:
            safe(counts, ALL)
        assert "min_public" in str(refused.value.problems[0]), "a way out"
    else:
        assert bounds(persons(safe(counts, ALL))) == (1, residents)


@pytest.mark.parametrize(("residents", "count"), FEW)
def test_hidden_by_rule_it_says_nothing(residents, count):
    published = safe(people(residents, count), TINY)
    row = persons(published)
    assert (row["status"], row["method"]) == ("suppressed", BY_RULE)
    assert bounds(row) == (0, residents)
    # Trying every table that fits: nothing is ruled out.
    shown = {a: persons(published, a) for a in "bc"}
    told = {a: r["count"] for a, r in shown.items() if r["status"] != "suppressed"}
    lowest = {"a": 0} | dict.fromkeys({"b", "c"} - set(told), 1)
    every = {"S": 150 + count, "r": residents, **told}
    assert possible(SUMS, every, lowest, "a") == set(range(residents + 1))


@pytest.mark.parametrize("residents", [1, 2, 3, 4, 5])
def test_what_is_hidden_around_it_does_not_depend_on_the_number(residents):
    patterns = [gaps(safe(people(residents, n), TINY)) for n in range(residents + 1)]
    assert all(pattern == patterns[0] for pattern in patterns)


def test_from_twice_the_threshold_on_numbers_are_printed_as_everywhere():
    assert bounds(persons(safe(people(6, 0), TINY))) == (0, 0)
    assert persons(safe(people(6, 3), TINY))["status"] == "published"
    assert bounds(persons(safe(people(6, 1), TINY))) == (1, 6)


def test_zeros_that_the_sums_tell_are_no_reason_to_refuse():
    rows = known("ortsteil", {"a": 2, "b": 800}, "residents/total")
    rows += known("stadt", {"00": 802}, "residents/total")
    rows += known("ortsteil", {"a": 0, "b": 0}, "persons/total")
    rows += known("stadt", {"00": 0}, "persons/total")
    row = persons(safe(table(rows), TINY))
    assert row["status"] == "suppressed"
    assert bounds(row) == (0, 0)


def grouped(residents=4, young=1, old=0):
    rows = known("ortsteil", {"a": residents, "b": 900, "c": 0}, "residents/total")
    for group, first, second in (("young", young, 30), ("old", old, 50)):
        rows += known("ortsteil", {"a": first, "b": second, "c": 0}, f"persons/{group}")
    rows += known("ortsteil", {"a": young + old, "b": 80, "c": 0}, "persons/total")
    return table(rows)


def test_parts_of_parts_belong_to_the_whole():
    counts = grouped()
    whole = smallest_whole(counts, (AGES, BENEFITS), PUBLIC)
    assert dict(zip(counts["area"], whole, strict=True)) == {"a": 4, "b": 900, "c": 0}
    marked = mark_by_rule(counts, (AGES, BENEFITS), TINY, PUBLIC)
    chosen = marked[marked["method"] == BY_RULE]
    assert set(chosen["area"]) == {"a"}
    assert set(chosen["group"]) == {"young", "old", "total"}
    assert "residents" not in set(chosen["measure"])
    # Without the step in between the ages are nobody's part.
    alone = mark_by_rule(counts, (AGES,), TINY, PUBLIC)
    assert not (alone["method"] == BY_RULE).any()


def test_the_ages_of_few_people_tell_nothing_either():
    published = safe(grouped(), TINY, (AGES, BENEFITS))
    for group in ("young", "old", "total"):
        assert bounds(persons(published, group=group)) == (0, 4)


def test_a_mark_that_public_numbers_do_not_give_is_taken_away():
    counts = grouped().assign(method=BY_RULE)
    marked = mark_by_rule(counts, (AGES, BENEFITS), TINY, PUBLIC)
    assert set(marked.loc[marked["method"] == BY_RULE, "area"]) == {"a"}
    assert set(marked["method"]) == {BY_RULE, "delivered"}


def test_what_was_never_delivered_stays_missing():
    counts = people(2, 1)
    lost = (counts["area"] == "a") & (counts["measure"] == "persons")
    counts = counts.assign(
        count=counts["count"].mask(lost), status=counts["status"].mask(lost, "missing")
    )
    marked = persons(mark_by_rule(counts, (BENEFITS,), TINY, PUBLIC))
    assert (marked["status"], marked["method"]) == ("missing", "delivered")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_later_edition_reads_the_gaps_of_an_earlier_one_rightly(tmp_path, count):
    counts = people(2, count)
    first = safe(counts, TINY)
    ledger = publish(
        empty(tmp_path), first.drop(columns=["bound_low", "bound_high"]), CITY, [BENEFITS]
    )
    marked = mark_by_rule(counts, (BENEFITS,), TINY, PUBLIC)
    earlier = known_before(marked, CITY, (BENEFITS,), ledger)
    assert earlier.notes == (), "nothing was corrected, nothing contradicts"
    again = safe(counts, TINY, earlier=earlier)
    assert gaps(again) == gaps(first)
    assert bounds(persons(again)) == (0, 2)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    residents=st.lists(st.integers(1, 7), min_size=3, max_size=3),
    share=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_marks_are_the_same_from_the_truth_and_from_what_is_published(residents, share):
    numbers = [round(r * s) for r, s in zip(residents, share, strict=True)]
    counts = table(
        known("ortsteil", dict(zip("abc", residents, strict=True)), "residents/total")
        + known("ortsteil", dict(zip("abc", numbers, strict=True)), "persons/total")
    )
    published = safe(counts, TINY, hierarchies=links("a", "b", {}))
    tiny = {a for a, r in zip("abc", residents, strict=True) if r < 6}
    assert set(published.loc[published["method"] == BY_RULE, "area"]) == tiny
    again = mark_by_rule(published, (BENEFITS,), TINY, PUBLIC)
    pd.testing.assert_frame_equal(again, published)
