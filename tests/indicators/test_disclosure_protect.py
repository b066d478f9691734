"""What gives small counts away is hidden too, and no more than the reader can see a use of."""

import numpy as np
import pandas as pd
import pytest

from geodata.errors import DisclosureError
from indicators.disclosure.audit import audit
from indicators.disclosure.equations import Relation, Rule, build_system, group_identities
from indicators.disclosure.protect import kept_but_hidden, primary_cells, protect
from tests.indicators.disclosure_cases import city, group_table, known, links, table

RULE = Rule(threshold=3)


def safe(counts, hierarchies, relations, public=frozenset(), rule=RULE):
    """Protect, audit independently, and return the published table."""
    system = build_system(counts, hierarchies, relations)
    published = protect(counts, system, rule, public)
    report = audit(published, system, rule, counts, public)
    assert report.failures == ()
    return published


def hidden(published):
    rows = published[published["status"] == "suppressed"]
    assert rows["count"].isna().all()
    return set(zip(rows["area"], rows["group"], strict=True))


def test_one_small_count_takes_one_neighbour_along():
    counts = table(
        known("ortsteil", {"a": 2, "b": 90, "c": 5, "d": 0}) + known("stadt", {"00": 97})
    )
    published = safe(counts, links("ortsteil", "stadt", dict.fromkeys("abcd", "00")), [])
    # Which neighbour does not depend on its number; the zero and the city's total stay printed.
    neighbours = hidden(published) - {("a", "total")}
    assert neighbours in ({("b", "total")}, {("c", "total")})
    assert published["status"].tolist()[3:] == ["zero", "published"]
    shown = published["status"] != "suppressed"
    assert (published["count"][shown] == counts["count"][shown]).all()


def test_a_table_without_small_counts_stays_as_it_is():
    counts = table(known("ortsteil", {"a": 3, "b": 9, "c": 0}) + known("stadt", {"00": 12}))
    published = safe(counts, links("ortsteil", "stadt", dict.fromkeys("abc", "00")), [])
    pd.testing.assert_frame_equal(published, counts)


def test_small_counts_that_protect_each_other_take_nobody_along():
    counts = table(known("ortsteil", {"a": 2, "b": 2, "c": 50}) + known("stadt", {"00": 54}))
    published = safe(counts, links("ortsteil", "stadt", dict.fromkeys("abc", "00")), [])
    assert hidden(published) == {("a", "total"), ("b", "total")}


def test_three_singletons_in_one_line_hide_the_line_above():
    # 1 + 1 + 1 = 3: none can rise while the 3 is printed, since each is at least 1.
    counts = table(
        known("planungsraum", {"a": 1, "b": 1, "c": 1, "d": 6, "e": 8})
        + known("bezirksregion", {"R1": 3, "R2": 14})
        + known("stadt", {"00": 17})
    )
    hierarchy = pd.concat(
        [
            links(
                "planungsraum",
                "bezirksregion",
                {"a": "R1", "b": "R1", "c": "R1", "d": "R2", "e": "R2"},
            ),
            links("bezirksregion", "stadt", {"R1": "00", "R2": "00"}),
        ]
    )
    published = safe(counts, hierarchy, [])
    assert {("R1", "total"), ("R2", "total")} <= hidden(published)
    assert ("00", "total") not in hidden(published)


def test_the_second_grouping_is_survived():
    inner = {"a": 2, "b": 6, "c": 5, "d": 7, "e": 9, "f": 8}
    raum = {"a": "R1", "b": "R1", "c": "R1", "d": "R2", "e": "R2", "f": "R2"}
    jobcenter = {"a": "J1", "d": "J1", "b": "J2", "e": "J2", "c": "J3", "f": "J3"}
    rows = known("planungsraum", inner) + known("stadt", {"00": 37})
    rows += known("bezirksregion", {"R1": 13, "R2": 24})
    rows += known("jobcenter", {"J1": 9, "J2": 15, "J3": 13})
    main = pd.concat(
        [
            links("planungsraum", "bezirksregion", raum),
            links("bezirksregion", "stadt", {"R1": "00", "R2": "00"}),
        ]
    )
    second = links("planungsraum", "jobcenter", jobcenter, "jobcenter")
    counts = table(rows)
    assert len(hidden(safe(counts, main, []))) == 2
    # Across both groupings a square of four is the least.
    assert len(hidden(safe(counts, pd.concat([main, second]), []))) == 4


def groups_of_a_city(kept, lost, unknown):
    rows = []
    for group, values in (
        ("outcome_kept", kept),
        ("outcome_lost", lost),
        ("outcome_open", unknown),
    ):
        rows += known("ortsteil", dict(zip("ab", values, strict=True)), f"cases/{group}")
        rows += known("stadt", {"00": sum(values)}, f"cases/{group}")
    totals = [sum(v) for v in zip(kept, lost, unknown, strict=True)]
    rows += known("ortsteil", dict(zip("ab", totals, strict=True)))
    counts = table([*rows, *known("stadt", {"00": sum(totals)})])
    return counts, links("ortsteil", "stadt", {"a": "00", "b": "00"})


def test_a_small_group_of_the_whole_city_hides_another_group_but_never_the_total():
    counts, hierarchy = groups_of_a_city(kept=(9, 7), lost=(8, 9), unknown=(2, 0))
    relations, _ = group_identities(counts, group_table())
    published = safe(counts, hierarchy, relations)
    of_city = published[published["level"] == "stadt"].set_index("group")["status"]
    assert of_city["total"] == "published"
    assert of_city["outcome_open"] == "suppressed"
    assert (of_city == "suppressed").sum() == 2
    named = kept_but_hidden(published, RULE, {"cases": "Fälle"})
    assert len(named) == 2
    assert "Stadt 00, Fälle (outcome_open), 31.12.2025" in named


def test_impossible_wishes_are_refused_by_name():
    # The city's 3 stays printed: 2 + 1 cannot hide there.
    counts = table(known("ortsteil", {"a": 2, "b": 1}) + known("stadt", {"00": 3}))
    hierarchy = links("ortsteil", "stadt", dict.fromkeys("ab", "00"))
    system = build_system(counts, hierarchy, [])
    with pytest.raises(DisclosureError) as error:
        protect(counts, system, RULE)
    assert "Ortsteil a, cases, 31.12.2025" in str(error.value)
    assert "keep_levels" in str(error.value)
    assert error.value.exit_code == 8
    free = safe(counts, hierarchy, [], rule=Rule(threshold=3, keep_levels=()))
    assert hidden(free) == {("a", "total"), ("b", "total"), ("00", "total")}


def test_public_residents_stay_printed_and_bound_the_persons():
    rows = known("ortsteil", {"a": 2, "b": 40, "c": 6}, "persons/total")
    rows += known("stadt", {"00": 48}, "persons/total")
    # c is full: it cannot take the one person that would hide a's 2.
    rows += known("ortsteil", {"a": 9, "b": 90, "c": 6}, "residents/total")
    rows += known("stadt", {"00": 105}, "residents/total")
    counts = table(rows)
    hierarchy = links("ortsteil", "stadt", dict.fromkeys("abc", "00"))
    subset = Relation("part_of", "residents/total", ("persons/total",))
    published = safe(counts, hierarchy, [subset], frozenset({"residents"}))
    assert hidden(published) == {("a", "total"), ("b", "total")}
    by_measure = published.groupby("measure")["status"].value_counts()
    assert ("residents", "suppressed") not in by_measure.index


def test_small_residents_of_a_public_measure_are_not_hidden():
    counts = table(known("ortsteil", {"a": 1, "b": 40}, "residents/total"))
    published = safe(counts, links("ortsteil", "stadt", {}), [], frozenset({"residents"}))
    assert published["count"].tolist() == [1, 40]


def test_cells_that_the_publisher_hid_stay_hidden_and_count_as_unknown():
    counts = table(
        [
            *known("ortsteil", {"a": 2, "b": 9}),
            ("ortsteil", "c", "cases/total", None, "suppressed"),
            ("ortsteil", "d", "cases/total", None, "missing"),
            *known("stadt", {"00": 17}),
        ]
    )
    hierarchy = links("ortsteil", "stadt", dict.fromkeys("abcd", "00"))
    published = safe(counts, hierarchy, [])
    # c and d already leave a enough room: b stays printed, and d stays "missing".
    assert hidden(published) == {("a", "total"), ("c", "total")}
    assert published.set_index("area")["status"]["d"] == "missing"


def test_a_cell_hidden_before_whose_number_we_know_stays_hidden():
    counts = table(
        [
            *known("ortsteil", {"a": 9, "b": 8, "c": 7}),
            ("ortsteil", "d", "cases/total", 2, "suppressed"),
            *known("stadt", {"00": 26}),
        ]
    )
    published = safe(counts, links("ortsteil", "stadt", dict.fromkeys("abcd", "00")), [])
    assert ("d", "total") in hidden(published)
    assert len(hidden(published)) == 2


def test_empty_tables_stay_empty():
    counts = table(known("ortsteil", {"a": 1})).iloc[:0]
    hierarchy = links("ortsteil", "stadt", {"a": "00"})
    assert safe(counts, hierarchy, []).empty
    assert group_identities(counts, group_table()) == ((), [])


def test_sums_that_are_not_true_are_refused():
    counts = table(known("ortsteil", {"a": 2, "b": 9}) + known("stadt", {"00": 12}))
    system = build_system(counts, links("ortsteil", "stadt", dict.fromkeys("ab", "00")), [])
    with pytest.raises(DisclosureError, match="Summe Stadt 00") as error:
        protect(counts, system, RULE)
    assert "Teile minus Summe = -1" in str(error.value)


def test_a_higher_threshold_hides_more():
    counts = table(known("ortsteil", {"a": 9, "b": 30, "c": 12}) + known("stadt", {"00": 51}))
    hierarchy = links("ortsteil", "stadt", dict.fromkeys("abc", "00"))
    assert hidden(safe(counts, hierarchy, [])) == set()
    published = safe(counts, hierarchy, [], rule=Rule(threshold=10))
    assert ("a", "total") in hidden(published)
    assert len(hidden(published)) == 2


@pytest.fixture(scope="module")
def small_city():
    counts, hierarchies, groups = city(periods=1, seed=5, shape=(24, 8, 4, 2), districts=3)
    relations, _ = group_identities(counts, groups)
    return counts, hierarchies, relations


def test_a_city_with_two_groupings_and_linked_groups_is_safe(small_city):
    counts, hierarchies, relations = small_city
    public = frozenset({"residents"})
    published = safe(counts, hierarchies, relations, public)
    small = primary_cells(counts, RULE, public)
    assert small.sum() > 50
    assert (published["status"][small] == "suppressed").all()
    visible = published["status"] != "suppressed"
    assert (published["count"][visible] == counts["count"][visible]).all()
    assert (published.loc[counts["count"] == 0, "status"] == "zero").all()
    totals = (counts["level"] == "stadt") & (counts["group"] == "total")
    assert (published.loc[totals, "status"] == "published").all()


def test_the_same_input_gives_the_same_pattern(small_city):
    counts, hierarchies, relations = small_city
    system = build_system(counts, hierarchies, relations)
    steps: list[tuple[int, int]] = []
    first = protect(
        counts, system, RULE, frozenset({"residents"}), lambda a, b: steps.append((a, b))
    )
    second = protect(counts, system, RULE, frozenset({"residents"}))
    pd.testing.assert_frame_equal(first, second)
    assert steps[-1][0] == steps[-1][1] == len(steps)


def test_hardly_a_cell_is_hidden_without_need():
    # The search is greedy, so not every one is needed, but most are.
    counts, hierarchies, groups = city(periods=1, seed=7, shape=(12, 4, 2, 2), districts=2)
    counts = counts[counts["measure"] == "wn_raeumungsklagen"].reset_index(drop=True)
    system = build_system(counts, hierarchies, group_identities(counts, groups)[0])
    published = protect(counts, system, RULE)
    hidden_too = (published["status"] == "suppressed").to_numpy() & ~primary_cells(counts, RULE)
    extra = np.flatnonzero(hidden_too)
    unsafe = 0
    for cell in extra:
        shown = published.copy()
        shown.loc[cell, ["count", "status"]] = [counts.loc[cell, "count"], "published"]
        unsafe += bool(audit(shown, system, RULE, counts).failures)
    assert len(extra) > 20
    assert unsafe >= 0.8 * len(extra)
