"""What a careless publisher gives away, and that the audit says so in words."""

import pandas as pd
import pytest

from geodata.errors import DisclosureError, KeyJoinError
from indicators.disclosure.audit import audit, refuse_if_unsafe, with_bounds
from indicators.disclosure.equations import Relation, Rule, build_system
from indicators.disclosure.protect import protect
from tests.indicators.disclosure_cases import hide, known, links, table

RULE = Rule(threshold=3)


def interval(report, area, group="total"):
    row = report.intervals.set_index(["area", "group"]).loc[(area, group)]
    return row["bound_low"], row["bound_high"]


def region(numbers, total_level="stadt"):
    """One city over some areas, with true numbers."""
    counts = table(known("ortsteil", numbers) + known(total_level, {"00": sum(numbers.values())}))
    return counts, links("ortsteil", total_level, dict.fromkeys(numbers, "00"))


def test_a_single_hole_is_found_and_refused_with_the_equation_that_gives_it_away():
    truth, hierarchy = region({"01": 2, "02": 7, "03": 9})
    published = hide(truth, [("01", "total")])
    report = audit(published, build_system(published, hierarchy, []), RULE, truth)

    assert interval(report, "01") == (2, 2)
    with pytest.raises(DisclosureError) as error:
        refuse_if_unsafe(report)
    assert error.value.exit_code == 8
    text = str(error.value)
    assert "Ortsteil 01, cases, 31.12.2025: berechenbar: genau 2" in text
    assert "Summe Stadt 00 aus 3 × Ortsteil (cases) abzüglich der veröffentlichten Zahlen" in text
    assert "ein Spielraum von mindestens 1 bis 3" in text


def test_names_of_areas_and_measures_appear_in_the_message():
    truth, hierarchy = region({"01": 2, "02": 7})
    published = hide(truth, [("01", "total")])
    names = {"ortsteil/01": "Plaußig", "cases": "Räumungsklagen"}
    report = audit(published, build_system(published, hierarchy, []), RULE, truth, names=names)
    assert report.failures[0].where == "Ortsteil Plaußig, Räumungsklagen, 31.12.2025"


def test_two_hidden_cells_under_a_published_2_are_both_exactly_1():
    # Zeros are printed, so a hidden cell is at least 1 (METHODS 2).
    truth, hierarchy = region({"01": 1, "02": 1, "03": 0})
    published = hide(truth, [("01", "total"), ("02", "total")])
    system = build_system(published, hierarchy, [])
    report = audit(published, system, RULE, truth)
    assert interval(report, "01") == interval(report, "02") == (1, 1)
    # The published 2 above them is small itself, and printed: three failures in all.
    assert len(report.failures) == 3
    assert len(audit(published, system, RULE).failures) == 3


def test_enough_room_is_accepted():
    truth, hierarchy = region({"01": 2, "02": 4, "03": 9})
    published = hide(truth, [("01", "total"), ("02", "total")])
    report = audit(published, build_system(published, hierarchy, []), RULE, truth)
    assert report.failures == ()
    assert interval(report, "01") == interval(report, "02") == (1, 5)
    assert (report.narrowest, report.audited) == (4, 2)
    refuse_if_unsafe(report)


def test_one_number_too_few_is_refused():
    # 2 + 1 = 3: the 2 can be 1, the 1 can be 2, but neither can reach the threshold.
    truth, hierarchy = region({"01": 2, "02": 1, "03": 9})
    published = hide(truth, [("01", "total"), ("02", "total")])
    report = audit(published, build_system(published, hierarchy, []), RULE, truth)
    assert interval(report, "01") == (1, 2)
    assert [f.where for f in report.failures] == [
        "Ortsteil 01, cases, 31.12.2025",
        "Ortsteil 02, cases, 31.12.2025",
    ]


def test_a_one_must_be_able_to_be_three():
    # Were 1 to 2 enough for a 1, the rule itself would tell it from a 2, which needs 1 to 3.
    truth, hierarchy = region({"01": 1, "02": 2, "03": 9})
    system = build_system(truth, hierarchy, [])
    published = protect(truth, system, RULE)
    report = audit(published, system, RULE, truth)
    assert report.failures == ()
    assert interval(report, "01")[1] >= 3


HOLES = [("A", "g1"), ("A", "g2"), ("B", "g1"), ("B", "g2"), ("B", "g3")]
HOLES += [("C", "g3"), ("C", "g4"), ("D", "g3"), ("D", "g4")]


def hidden_equation():
    """Four areas by four groups; every row and column with a hole has two or three."""
    inner = {
        "A": (5, 6, 7, 8),
        "B": (4, 5, 2, 9),
        "C": (8, 7, 6, 5),
        "D": (9, 8, 4, 6),
    }
    rows = []
    for number, group in enumerate(["g1", "g2", "g3", "g4"]):
        column = {area: values[number] for area, values in inner.items()}
        rows += known("ortsteil", column, f"cases/{group}")
        rows += known("stadt", {"00": sum(column.values())}, f"cases/{group}")
    sums = {area: sum(values) for area, values in inner.items()}
    rows += known("ortsteil", sums) + known("stadt", {"00": sum(sums.values())})
    hierarchy = links("ortsteil", "stadt", dict.fromkeys(inner, "00"))
    relation = Relation("sum", "cases/total", tuple(f"cases/g{i}" for i in range(1, 5)))
    return table(rows), hierarchy, relation


def test_hidden_equation_two_holes_everywhere_and_yet_one_cell_is_exact():
    # Rows A and B minus columns g1 and g2 leave B/g3 alone (METHODS 2, known failures).
    truth, hierarchy, relation = hidden_equation()
    published = hide(truth, HOLES)
    holes = pd.DataFrame(HOLES, columns=["area", "group"])
    assert holes["area"].value_counts().min() == 2
    assert holes["group"].value_counts().min() == 2
    report = audit(published, build_system(published, hierarchy, [relation]), RULE, truth)
    assert interval(report, "B", "g3") == (2, 2)
    assert [f.where for f in report.failures] == ["Ortsteil B, cases (g3), 31.12.2025"]
    assert "Summe" in report.failures[0].found
    low, high = interval(report, "A", "g1")
    assert high - low >= 3


def two_groupings():
    """Areas a-d in two regions and, across them, two Jobcenter districts."""
    inner = {"a": 2, "b": 6, "c": 5, "d": 7}
    raum = {"a": "R1", "b": "R1", "c": "R2", "d": "R2"}
    jobcenter = {"a": "J1", "c": "J1", "b": "J2", "d": "J2"}
    rows = known("planungsraum", inner)
    for level, parent_of in (("bezirksregion", raum), ("jobcenter", jobcenter)):
        sums: dict[str, int] = {}
        for child, parent in parent_of.items():
            sums[parent] = sums.get(parent, 0) + inner[child]
        rows += known(level, sums)
    rows += known("stadt", {"00": 20})
    main = [
        links("planungsraum", "bezirksregion", raum),
        links("bezirksregion", "stadt", {"R1": "00", "R2": "00"}),
    ]
    second = links("planungsraum", "jobcenter", jobcenter, "jobcenter")
    return table(rows), pd.concat(main), second


def test_a_second_grouping_that_is_not_nested_turns_a_safe_table_into_an_exact_one():
    truth, main, second = two_groupings()
    published = hide(truth, [("a", "total"), ("b", "total")])
    alone = audit(published, build_system(published, main, []), RULE, truth)
    assert alone.failures == ()
    both = build_system(published, pd.concat([main, second]), [])
    report = audit(published, both, RULE, truth)
    assert interval(report, "a") == (2, 2)
    assert "Summe Jobcenter J1" in report.failures[0].found


def test_a_public_denominator_narrows_a_count():
    # 2 persons among 2 residents: the reader knows that there are not 3.
    truth = table(
        known("ortsteil", {"01": 2, "02": 10}, "persons/total")
        + known("stadt", {"00": 12}, "persons/total")
        + known("ortsteil", {"01": 2, "02": 500}, "residents/total")
        + known("stadt", {"00": 502}, "residents/total")
    )
    hierarchy = links("ortsteil", "stadt", {"01": "00", "02": "00"})
    persons = truth["measure"] == "persons"
    small = persons & (truth["level"] == "ortsteil")
    published = truth.assign(
        count=truth["count"].mask(small), status=truth["status"].mask(small, "suppressed")
    )
    free = audit(published, build_system(published, hierarchy, []), RULE, truth, {"residents"})
    assert free.failures == ()
    subset = Relation("part_of", "residents/total", ("persons/total",))
    bound = build_system(published, hierarchy, [subset])
    report = audit(published, bound, RULE, truth, {"residents"})
    assert interval(report, "01") == (1, 2)
    # Hiding cannot mend that, and 1 and 2 are two numbers still.
    assert report.failures == ()
    assert report.bounded_by_zeros == 1


def test_parts_together_below_a_total_narrow_what_each_alone_does_not():
    # 50 of 51 are in the published part: the hidden one is 1, though "each at most 51" holds.
    rows = known("ortsteil", {"01": 51}) + known("ortsteil", {"01": 1}, "cases/g1")
    truth = table(rows + known("ortsteil", {"01": 50}, "cases/g2"))
    published = hide(truth, [("01", "g1")])
    none = links("ortsteil", "stadt", {})
    parts = ("cases/g1", "cases/g2")
    each = build_system(published, none, [Relation("part_of", "cases/total", parts)])
    assert audit(published, each, RULE, truth).failures == ()
    together = build_system(published, none, [Relation("sum_at_most", "cases/total", parts)])
    assert len(audit(published, together, RULE, truth).failures) == 1


def odd_cycle():
    """a + b = b + c = a + c = s makes s even; s + t = 5 and t + w = 3."""
    truth = table(
        known("planungsraum", {"a": 2, "b": 2, "c": 2})
        + known("level0", {"s": 4, "t": 1, "w": 2})
        + known("level1", {"u": 4})
        + known("level2", {"v": 4})
        + known("stadt", {"00": 5})
        + known("level3", {"x": 3})
    )
    hierarchy = pd.concat(
        [
            links("planungsraum", "level0", {"a": "s", "b": "s"}, "h0"),
            links("planungsraum", "level1", {"b": "u", "c": "u"}, "h1"),
            links("planungsraum", "level2", {"a": "v", "c": "v"}, "h2"),
            links("level0", "stadt", {"s": "00", "t": "00"}, "h0"),
            links("level0", "level3", {"t": "x", "w": "x"}, "h3"),
            links("level1", "level0", {"u": "s"}, "h4"),
            links("level2", "level0", {"v": "s"}, "h5"),
        ]
    )
    return hide(truth, [(x, "total") for x in "abcstuvw"]), truth, hierarchy


def test_room_that_exists_in_fractions_only_is_no_room():
    # Fractions allow t = 2 with s = 3 and a = b = c = 1.5; whole numbers leave t = 1 alone.
    published, truth, hierarchy = odd_cycle()
    system = build_system(published, hierarchy, [])
    report = audit(published, system, RULE, truth)
    assert interval(report, "t") == (1, 1)
    assert "Level0 t, cases, 31.12.2025" in [f.where for f in report.failures]
    alone = audit(published, system, RULE)
    assert interval(alone, "t") == (1, 1)
    assert "Level0 t, cases, 31.12.2025" in [f.where for f in alone.failures]


def test_a_small_printed_number_is_a_failure_unless_its_measure_is_public():
    truth, hierarchy = region({"01": 2, "02": 7})
    system = build_system(truth, hierarchy, [])
    report = audit(truth, system, RULE)
    assert "die kleine Zahl 2 steht offen da" in report.failures[0].found
    assert audit(truth, system, RULE, public_measures={"cases"}).failures == ()


def test_published_numbers_that_contradict_each_other_are_a_failure():
    truth, hierarchy = region({"01": 5, "02": 7, "03": 9})
    published = truth.copy()
    published.loc[published["area"] == "00", "count"] = 20
    report = audit(published, build_system(published, hierarchy, []), RULE)
    assert "stimmt nicht" in report.failures[0].found
    hidden = hide(published, [("01", "total"), ("02", "total")])
    hidden.loc[hidden["area"] == "00", "count"] = 10
    report = audit(hidden, build_system(hidden, hierarchy, []), RULE)
    assert "widersprechen sich" in report.failures[0].found


def test_a_contradiction_in_one_district_leaves_the_bounds_of_the_others():
    ortsteile = {"01": 5, "02": 7, "11": 6, "12": 8}
    counts = table(
        known("ortsteil", ortsteile)
        + known("bezirk", {"0": 12, "1": 14})
        + known("stadt", {"x": 26})
    )
    hierarchy = pd.concat(
        [
            links("ortsteil", "bezirk", {area: area[0] for area in ortsteile}),
            links("bezirk", "stadt", {"0": "x", "1": "x"}),
        ]
    )
    # "01" and "02" are at least 1 each, and their district is printed as 1.
    published = hide(counts, [(area, "total") for area in ortsteile])
    published.loc[published["area"] == "0", "count"] = 1
    report = audit(published, build_system(published, hierarchy, []), RULE)
    contradictions = [f for f in report.failures if "widersprechen sich" in f.found]
    assert [failure.where for failure in contradictions] == ["Ortsteil 01, cases, 31.12.2025"]
    assert interval(report, "11") == interval(report, "12") == (1, 13)


def test_without_the_truth_an_edition_alone_shows_the_exact_small_cell():
    truth, hierarchy = region({"01": 2, "02": 7, "03": 9})
    alone = hide(truth, [("01", "total")])
    report = audit(alone, build_system(alone, hierarchy, []), RULE)
    assert "berechenbar: genau 2" in report.failures[0].found
    pair = hide(truth, [("01", "total"), ("02", "total")])
    assert audit(pair, build_system(pair, hierarchy, []), RULE).failures == ()


def test_printed_zeros_may_bound_a_total_from_below_without_being_a_failure():
    # 1 + 1 = 2, all three hidden: that there are at least 2 is told by "not zero" alone.
    truth = table(
        known("planungsraum", {"a": 1, "b": 1, "c": 4, "d": 5, "e": 0})
        + known("bezirksregion", {"R1": 2, "R2": 9})
        + known("stadt", {"00": 11})
    )
    hierarchy = pd.concat(
        [
            links("planungsraum", "bezirksregion", {"a": "R1", "b": "R1", "e": "R1"}),
            links("planungsraum", "bezirksregion", {"c": "R2", "d": "R2"}),
            links("bezirksregion", "stadt", {"R1": "00", "R2": "00"}),
        ]
    )
    published = hide(truth, [(x, "total") for x in ("a", "b", "c", "R1", "R2")])
    report = audit(published, build_system(published, hierarchy, []), RULE, truth)
    assert report.failures == ()
    assert interval(report, "R1") == (2, 5)
    assert report.bounded_by_zeros == 1


def test_bounds_of_every_cell_stand_in_the_table():
    truth, hierarchy = region({"01": 2, "02": 4, "03": 0, "04": 9})
    published = hide(truth, [("01", "total"), ("02", "total")])
    missing = published["area"] == "04"
    published = published.assign(
        count=published["count"].mask(missing),
        status=published["status"].mask(missing, "missing"),
    )
    report = audit(published, build_system(published, hierarchy, []), RULE)
    filled = with_bounds(published, report).set_index("area")[["bound_low", "bound_high"]]
    assert filled.loc["00"].tolist() == [15, 15]
    assert filled.loc["03"].tolist() == [0, 0]
    assert filled.loc["01"].tolist() == [1, 14]
    assert filled.loc["04"].isna().all()
    assert str(filled["bound_low"].dtype) == "Int64"


def with_gap(total, method):
    """a is hidden, c was never delivered, nobody lives in d; the total as given."""
    rows = known("ortsteil", {"a": 2, "b": 9})
    rows += [("ortsteil", "c", "cases/total", None, "missing")]
    rows += [("ortsteil", "d", "cases/total", None, "not_applicable")]
    rows += [("stadt", "00", "cases/total", total, "published")]
    truth = table(rows)
    truth.loc[truth["level"] == "stadt", "method"] = method
    return truth, links("ortsteil", "stadt", dict.fromkeys("abcd", "00"))


def test_a_sum_of_the_delivered_parts_gives_away_the_only_hidden_one():
    truth, hierarchy = with_gap(total=11, method="sum")
    published = hide(truth, [("a", "total")])
    report = audit(published, build_system(published, hierarchy, []), RULE, truth)
    assert interval(report, "a") == (2, 2)
    assert len(report.failures) == 1


def test_a_delivered_total_holds_the_missing_part_too():
    truth, hierarchy = with_gap(total=20, method="delivered")
    published = hide(truth, [("a", "total")])
    report = audit(published, build_system(published, hierarchy, []), RULE, truth)
    assert interval(report, "a") == (1, 11)
    assert report.failures == ()


def test_the_same_bounds_are_found_with_and_without_the_truth():
    published, truth, hierarchy = odd_cycle()
    system = build_system(published, hierarchy, [])
    pd.testing.assert_frame_equal(
        audit(published, system, RULE, truth).intervals, audit(published, system, RULE).intervals
    )


def test_a_cell_without_any_sum_has_no_upper_bound():
    truth = table(known("ortsteil", {"01": 2}))
    published = hide(truth, [("01", "total")])
    report = audit(published, build_system(published, links("a", "b", {}), []), RULE, truth)
    assert report.failures == ()
    low, high = interval(report, "01")
    assert low == 1
    assert high is pd.NA


def test_another_table_than_the_systems_is_refused():
    truth, hierarchy = region({"01": 2, "02": 7})
    with pytest.raises(KeyJoinError):
        audit(truth.iloc[::-1], build_system(truth, hierarchy, []), RULE)
