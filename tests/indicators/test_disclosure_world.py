"""A reader puts more beside a table than its sums; what that gives away is hidden too."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.errors import DisclosureError
from indicators.disclosure.audit import audit, refuse_if_unsafe, with_bounds
from indicators.disclosure.earlier import nothing_before
from indicators.disclosure.equations import Relation, Rule, build_system
from indicators.disclosure.external import usable_externals
from indicators.disclosure.flows import Flow, check_flows
from indicators.disclosure.pieces import (
    PIECE_COLUMNS,
    build_pieces,
    is_on_two_vintages,
    pieces_fit,
)
from indicators.disclosure.protect import protect, protect_world, show_what_is_known
from indicators.disclosure.world import Beside, build_world
from indicators.disclosure.world_audit import audit_world
from tests.indicators.disclosure_cases import DAY, known, links, table

RULE = Rule(threshold=3)
PUBLIC = frozenset({"residents"})
NO_LINKS = links("a", "b", {})
NAMES = {"residents": "Menschen", "persons": "Personen mit Leistungen"}
BENEFITS = Relation("part_of", "residents/total", ("persons/total",), rest=True)
CITY = links("ortsteil", "stadt", dict.fromkeys("abc", "00"))


def people(residents, persons):
    """Residents, which are public, and persons among them, in the parts of a city."""
    rows = []
    for item, numbers in (("residents/total", residents), ("persons/total", persons)):
        rows += known("ortsteil", numbers, item)
        rows += known("stadt", {"00": sum(numbers.values())}, item)
    return table(rows)


def naive(counts, rule=RULE, public=PUBLIC):
    """Hide the small numbers and nothing else."""
    small = (counts["count"] > 0) & (counts["count"] < rule.threshold)
    small &= ~counts["measure"].isin(public)
    return counts.assign(
        count=counts["count"].mask(small), status=counts["status"].mask(small, "suppressed")
    )


def findings(counts, published, relations, beside, hierarchies=CITY, rule=RULE):
    """Names of the cells that a reader of `published` can know too exactly."""
    world = build_world(counts, hierarchies, relations, rule, beside)
    return [p.where for p in audit_world(world, rule, published, NAMES).failures]


def safe(counts, relations, beside, hierarchies=CITY, rule=RULE):
    """Protect against a reader of everything, audit with and without the truth."""
    world = build_world(counts, hierarchies, relations, rule, beside)
    found = protect_world(counts, world, rule, beside.public_measures)
    report = audit_world(world, rule, found.counts)
    refuse_if_unsafe(report)
    published = with_bounds(found.counts, report)
    again = build_world(published, hierarchies, relations, rule, beside)
    by_anyone = audit_world(again, rule)
    assert by_anyone.failures == ()
    pd.testing.assert_frame_equal(by_anyone.intervals, report.intervals)
    return published


def hidden(published):
    rows = published[published["status"] == "suppressed"]
    return {(r.area, f"{r.measure}/{r.group}") for r in rows.itertuples()}


# Rests


def test_the_one_resident_without_benefits_is_a_small_number_too():
    counts = people({"a": 40, "b": 50, "c": 60}, {"a": 39, "b": 20, "c": 30})
    beside = Beside(PUBLIC)
    (found,) = findings(counts, counts, [BENEFITS], beside)
    assert found == "Ortsteil a, Menschen ohne Personen mit Leistungen, 31.12.2025"
    # The sums alone see nothing: no number of the table is small.
    system = build_system(counts, CITY, [BENEFITS])
    assert audit(counts, system, RULE, counts, PUBLIC).failures == ()
    assert protect(counts, system, RULE, PUBLIC).equals(counts)
    published = safe(counts, [BENEFITS], beside)
    assert ("a", "persons/total") in hidden(published)
    assert len(hidden(published)) == 2


def test_a_group_to_which_all_belong_is_not_told():
    counts = people({"a": 40, "b": 50, "c": 60}, {"a": 40, "b": 20, "c": 30})
    beside = Beside(PUBLIC)
    (found,) = findings(counts, counts, [BENEFITS], beside)
    assert found.startswith("Ortsteil a, Menschen ohne Personen mit Leistungen")
    published = safe(counts, [BENEFITS], beside)
    assert ("a", "persons/total") in hidden(published)
    # The rule can leave full groups alone: then nothing is hidden.
    lenient = replace(RULE, full_groups=False)
    assert hidden(safe(counts, [BENEFITS], beside, rule=lenient)) == set()


def test_a_rest_that_can_be_subtracted_again_takes_a_neighbour_along():
    # Hiding a alone is no use: the city minus b minus c gives it back.
    counts = people({"a": 40, "b": 50, "c": 60}, {"a": 39, "b": 20, "c": 30})
    alone = counts.assign(
        count=counts["count"].mask((counts["area"] == "a") & (counts["measure"] == "persons")),
        status=counts["status"].mask(
            (counts["area"] == "a") & (counts["measure"] == "persons"), "suppressed"
        ),
    )
    found = findings(counts, alone, [BENEFITS], Beside(PUBLIC))
    assert any("ohne" in where for where in found)


def test_overlapping_age_bands_leave_one_year_between_them():
    # 16 to 29 and 16 to 30: whoever subtracts has those who are 30.
    numbers = {"total": 90, "age_16_29": 41, "age_16_30": 43}
    rows = [
        row for g, n in numbers.items() for row in known("ortsteil", {"a": n}, f"persons/{g}")
    ] + [row for g, n in numbers.items() for row in known("ortsteil", {"b": n}, f"persons/{g}")]
    rows += [
        row for g, n in numbers.items() for row in known("stadt", {"00": 2 * n}, f"persons/{g}")
    ]
    counts = table(rows)
    bands = Relation("part_of", "persons/age_16_30", ("persons/age_16_29",), rest=True)
    beside = Beside()
    assert len(findings(counts, counts, [bands], beside)) == 2
    published = safe(counts, [bands], beside)
    for area in "ab":
        assert hidden(published) & {
            (area, "persons/age_16_29"), (area, "persons/age_16_30")
        }  # fmt: skip


def test_who_is_in_none_of_the_delivered_groups_is_a_rest():
    groups = Relation("sum_at_most", "persons/total", ("persons/x", "persons/y"), rest=True)
    rows = []
    for area, numbers in {"a": (30, 10, 19), "b": (40, 12, 20), "c": (50, 20, 20)}.items():
        for item, n in zip(("total", "x", "y"), numbers, strict=True):
            rows += known("ortsteil", {area: n}, f"persons/{item}")
    counts = table(rows)
    (found,) = findings(counts, counts, [groups], Beside())
    assert found.startswith("Ortsteil a, Personen mit Leistungen ohne Personen mit Leistungen (x)")
    assert {a for a, _ in hidden(safe(counts, [groups], Beside(), NO_LINKS))} == {"a"}


def test_a_limit_of_the_law_leaves_no_rest():
    limit = replace(BENEFITS, rest=False)
    counts = people({"a": 40, "b": 50, "c": 60}, {"a": 39, "b": 20, "c": 30})
    assert hidden(safe(counts, [limit], Beside(PUBLIC))) == set()


def test_complete_sums_leave_no_rest_and_their_zeros_tell_full_groups():
    # By choice of printed zeros: all 9 are x, and no pattern can hide that.
    whole = Relation("sum", "persons/total", ("persons/x", "persons/y"))
    part = Relation("part_of", "persons/total", ("persons/x",), rest=True)
    rows = [
        *known("ortsteil", {"a": 9}, "persons/total"),
        *known("ortsteil", {"a": 9}, "persons/x"),
    ]
    counts = table([*rows, *known("ortsteil", {"a": 0}, "persons/y")])
    world = build_world(counts, NO_LINKS, [whole, part], RULE)
    assert not world.of("rest").any()
    assert hidden(safe(counts, [whole, part], Beside(), NO_LINKS)) == set()


def test_what_zeros_and_public_numbers_tell_by_themselves_is_said_and_not_refused():
    # Two of two residents, in two groups that are not empty: they can only be one and one.
    rows = known("ortsteil", {"a": 4}, "residents/total")
    rows += known("ortsteil", {"a": 4}, "persons/total")
    for group in "wxyz":
        rows += known("ortsteil", {"a": 1}, f"persons/{group}")
    counts = table(rows)
    parts = tuple(f"persons/{g}" for g in "wxyz")
    relations = [BENEFITS, Relation("sum", "persons/total", parts)]
    with pytest.raises(DisclosureError):
        safe(counts, relations, Beside(PUBLIC), NO_LINKS)


RESIDENTS = st.lists(st.integers(1, 9), min_size=3, max_size=3)


@settings(
    max_examples=15, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much],
)  # fmt: skip
@given(
    residents=RESIDENTS,
    shares=st.lists(st.floats(0, 1), min_size=3, max_size=3),
    masked=st.sets(st.integers(0, 3), max_size=3),
)
def test_a_rest_adds_no_knowledge(residents, shares, masked):
    """With a variable or as an inequality: the reader's bounds of all cells are the same."""
    persons = [int(r * s) for r, s in zip(residents, shares, strict=True)]
    counts = people(
        dict(zip("abc", residents, strict=True)), dict(zip("abc", persons, strict=True))
    )
    rows = counts.index[counts["measure"] == "persons"][sorted(masked)]
    rows = rows[counts.loc[rows, "count"] > 0]
    chosen = counts.index.isin(rows)
    published = counts.assign(
        count=counts["count"].mask(chosen), status=counts["status"].mask(chosen, "suppressed")
    )
    plain = audit(published, build_system(published, CITY, [BENEFITS]), RULE, None, PUBLIC)
    for start in (counts, published):
        world = build_world(start, CITY, [BENEFITS], RULE, Beside(PUBLIC))
        report = audit_world(world, RULE, published if start is counts else None)
        pd.testing.assert_frame_equal(report.intervals, plain.intervals)


# Thresholds by measure


def test_a_measure_can_have_a_threshold_of_its_own():
    rows = known("ortsteil", {"a": 5, "b": 30, "c": 40}, "cases/total")
    rows += known("stadt", {"00": 75}, "cases/total")
    rows += known("ortsteil", {"a": 5, "b": 30, "c": 40}, "persons/total")
    counts = table(rows)
    rule = replace(RULE, thresholds={"cases": 10})
    assert len(findings(counts, naive(counts, RULE), [], Beside(), rule=rule)) == 1
    published = safe(counts, [], Beside(), rule=rule)
    assert {item for _, item in hidden(published)} == {"cases/total"}
    case_a = published[(published["area"] == "a") & (published["measure"] == "cases")]
    assert case_a["bound_high"].item() >= 10


# Exact numbers of others


def external(count, area="00", level="stadt", definition="same", measure="persons"):
    return pd.DataFrame(
        {
            "vintage": ["v1"], "level": [level], "area": [area], "period": [DAY],
            "measure": [measure], "group": ["total"], "count": [count],
            "source": ["Statistik der Bundesagentur"], "definition": [definition],
        }
    )  # fmt: skip


def test_a_total_that_others_publish_is_known_though_we_hide_it():
    # We print no city total, others do: then hiding a alone is no use.
    rows = known("ortsteil", {"a": 2, "b": 30, "c": 40}, "persons/total")
    counts = table([*rows, *known("stadt", {"00": 72}, "persons/total")])
    published = naive(counts)
    city = published["area"] == "00"
    published = published.assign(
        count=published["count"].mask(city), status=published["status"].mask(city, "suppressed")
    )
    assert findings(counts, published, [], Beside()) == []
    beside = Beside(externals=external(72))
    (found,) = findings(counts, published, [], beside)
    assert found == "Ortsteil a, Personen mit Leistungen, 31.12.2025"
    assert len(hidden(safe(counts, [], beside)) & {(a, "persons/total") for a in "abc"}) == 2


def test_a_small_number_that_others_publish_cannot_be_kept_but_is_not_printed_here():
    counts = people({"a": 40, "b": 50, "c": 60}, {"a": 2, "b": 20, "c": 30})
    beside = Beside(PUBLIC, externals=external(2, "a", "ortsteil"))
    published = safe(counts, [], beside)
    assert hidden(published) == {("a", "persons/total")}
    bounds = published.loc[published["status"] == "suppressed", ["bound_low", "bound_high"]]
    assert bounds.to_numpy().tolist() == [[2, 2]]


def test_a_contradicting_number_is_an_error_that_names_both():
    counts = people({"a": 40, "b": 50, "c": 60}, {"a": 12, "b": 20, "c": 30})
    with pytest.raises(DisclosureError) as error:
        usable_externals(counts, external(65))
    assert "65 nach Statistik der Bundesagentur, hier 62" in str(error.value)


def test_a_number_of_another_definition_is_not_used_and_the_report_says_so():
    counts = people({"a": 40, "b": 50, "c": 60}, {"a": 12, "b": 20, "c": 30})
    used, (note,) = usable_externals(counts, external(65, definition="other"))
    assert used.empty
    assert "65 nach Statistik der Bundesagentur (hier 62)" in note
    assert "anders gezählt" in note


# Earlier editions


def before(counts, old, same, **changes):
    nothing = nothing_before(counts, NO_LINKS)
    return replace(
        nothing, counts=old, loose=np.zeros(len(old), dtype=np.bool_),
        same=np.array(same, dtype=np.int64).reshape(-1, 2), **changes,
    )  # fmt: skip


def test_an_earlier_edition_that_printed_another_part_gives_a_number_away():
    counts = table(known("ortsteil", {"a": 2, "b": 30, "c": 40}) + known("stadt", {"00": 72}))
    today = counts.assign(
        count=counts["count"].mask(counts["area"].isin(["a", "b"])),
        status=counts["status"].mask(counts["area"].isin(["a", "b"]), "suppressed"),
    )
    assert findings(counts, today, [], Beside()) == []
    old = counts[counts["area"] == "b"].assign(vintage="v1@1").reset_index(drop=True)
    beside = Beside(earlier=before(counts, old, [(1, 0)]))
    (found,) = findings(counts, today, [], beside)
    assert found.startswith("Ortsteil a")
    published = safe(counts, [], beside)
    assert hidden(published) == {("a", "cases/total"), ("c", "cases/total")}


def test_a_small_number_that_was_printed_before_stays_hidden_and_hides_nobody_else():
    counts = table(known("ortsteil", {"a": 2, "b": 30, "c": 40}) + known("stadt", {"00": 72}))
    told, numbers = np.array([True, False, False, False]), np.array([2, 0, 0, 0])
    beside = Beside(earlier=before(counts, counts.iloc[:0], [], told=told, numbers=numbers))
    assert hidden(safe(counts, [], beside)) == {("a", "cases/total")}


# Old and new areas


OLD = {"1": 60, "2": 70}
NEW = {"1": 58, "2": 72}
MOVED = [("1", "1"), ("1", "2"), ("2", "2")]


def vintages(pairs):
    rows = [("ortsteil", "alt", old, "neu", new) for old, new in pairs]
    return pd.DataFrame(rows, columns=PIECE_COLUMNS)


def both(old, new):
    """The same persons by old and by new areas."""
    return pd.concat(
        [
            table(known("ortsteil", old, "persons/total")).assign(vintage="alt"),
            table(known("ortsteil", new, "persons/total")).assign(vintage="neu"),
        ],
        ignore_index=True,
    )


def test_the_house_between_the_old_and_the_new_border_is_counted_by_subtraction():
    # Area 2 gained a house of area 1: 60 before, 58 after. No number of the tables is small.
    counts = both(OLD, NEW)
    assert findings(counts, counts, [], Beside(), NO_LINKS) == []
    beside = Beside(pieces=vintages(MOVED))
    (found,) = findings(counts, counts, [], beside, NO_LINKS)
    assert found == (
        "gemeinsame Fläche von Ortsteil 1 (alt) und 2 (neu), Personen mit Leistungen, 31.12.2025"
    )
    published = safe(counts, [], beside, NO_LINKS)
    assert len(hidden(published)) >= 2


def test_an_unchanged_area_is_one_number_in_both_vintages():
    # Hidden in one table, printed in the other.
    counts = both({"1": 2, "2": 70, "3": 40}, {"1": 2, "2": 70, "3": 40})
    old = counts["vintage"] == "alt"
    published = naive(counts).assign(
        count=naive(counts)["count"].mask(~old, counts["count"]),
        status=naive(counts)["status"].mask(~old, counts["status"]),
    )
    beside = Beside(pieces=vintages([(a, a) for a in "123"]))
    world = build_world(counts, NO_LINKS, [], RULE, beside)
    assert not world.of("piece").any()
    failures = audit_world(world, RULE, published, NAMES).failures
    assert any("1" in f.where and "genau" not in f.where for f in failures)
    assert len(hidden(safe(counts, [], beside, NO_LINKS))) == 1


def test_a_split_area_is_the_sum_of_its_new_ones():
    counts = both({"1": 42, "2": 70}, {"1a": 2, "1b": 40, "2": 70})
    beside = Beside(pieces=vintages([("1", "1a"), ("1", "1b"), ("2", "2")]))
    assert findings(counts, naive(counts), [], Beside(), NO_LINKS) == []
    assert len(findings(counts, naive(counts), [], beside, NO_LINKS)) >= 1
    published = safe(counts, [], beside, NO_LINKS)
    assert ("1a", "persons/total") in hidden(published)
    assert len(hidden(published)) == 2


def test_numbers_that_no_pieces_can_have_are_noticed():
    counts = both({"1": 60, "2": 70}, {"1": 65, "2": 65})
    for pairs, fit in ((MOVED, False), ([*MOVED, ("2", "1")], True)):
        shared = build_pieces(counts, vintages(pairs), frozenset(), len(counts))
        assert pieces_fit(shared, counts["count"]) == fit


def test_a_city_whose_numbers_are_all_public_needs_no_pieces():
    counts = both(OLD, NEW)
    beside = Beside(frozenset({"persons"}), pieces=vintages(MOVED))
    assert not is_on_two_vintages(counts, "ortsteil", "alt", "neu", beside.public_measures)
    assert is_on_two_vintages(counts, "ortsteil", "alt", "neu", frozenset())
    assert hidden(safe(counts, [], beside, NO_LINKS)) == set()


# Stock and flow


FLOW = Flow("persons/total", ("came/total",), ("left/total",))
SPRING, SUMMER = "2025-03-31", "2025-06-30"


def moves():
    """Persons on two dates, and who came and left between them."""
    stock = {SPRING: {"a": 30, "b": 40}, SUMMER: {"a": 31, "b": 45}}
    rows = [
        table(known("ortsteil", numbers, "persons/total")).assign(period=day)
        for day, numbers in stock.items()
    ]
    rows.append(table(known("ortsteil", {"a": 4, "b": 9}, "came/total")).assign(period=SUMMER))
    rows.append(table(known("ortsteil", {"a": 3, "b": 4}, "left/total")).assign(period=SUMMER))
    return pd.concat(rows, ignore_index=True)


def test_a_stock_is_carried_forward_where_the_source_fulfils_it():
    counts = moves()
    flows, (check,) = check_flows(counts, [FLOW])
    assert flows == (replace(FLOW, steps=((SPRING, SUMMER),)),)
    assert "erfüllt in 2 von 2 Zeilen, wird als Gleichung benutzt" in check.text
    wrong = counts.assign(count=counts["count"].where(counts["measure"] != "left", 1))
    flows, (check,) = check_flows(wrong, [FLOW])
    assert flows == ()
    assert "erfüllt in 0 von 2 Zeilen, wird nicht benutzt" in check.text


def test_who_left_follows_from_two_stocks_and_who_came():
    counts = moves()
    one = (counts["measure"] == "left") & (counts["area"] == "a")
    came = (counts["measure"] == "came") & (counts["area"] == "a")
    counts = counts.assign(count=counts["count"].mask(one, 2).mask(came, 3))
    flows, _ = check_flows(counts, [FLOW])
    assert findings(counts, naive(counts), [], Beside(), NO_LINKS) == []
    (found,) = findings(counts, naive(counts), [], Beside(flows=flows), NO_LINKS)
    assert found.startswith("Ortsteil a, left")
    published = safe(counts, [], Beside(flows=flows), NO_LINKS)
    assert ("a", "left/total") in hidden(published)
    assert len(hidden(published)) == 2


def test_what_is_hidden_to_no_use_is_printed_again():
    # a and b protect each other; the other number of c follows from its sum and is not small.
    rows = known("ortsteil", {"a": 2, "b": 9, "c": 40}) + known("stadt", {"00": 51})
    rows += known("ortsteil", {"a": 12, "b": 19, "c": 50}, "others/total")
    counts = table([*rows, *known("stadt", {"00": 81}, "others/total")])
    chosen = counts.index.isin([0, 1, 6])
    published = counts.assign(
        count=counts["count"].mask(chosen), status=counts["status"].mask(chosen, "suppressed")
    )
    report = audit_world(build_world(counts, CITY, [], RULE), RULE, published)
    shown = show_what_is_known(counts, published, report.intervals, RULE)
    assert hidden(shown) == {("a", "cases/total"), ("b", "cases/total")}
    assert shown["count"].iloc[6] == 50
