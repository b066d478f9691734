"""Attacks over several editions: each is shown first, then closed.

The attacker keeps every edition and puts equal keys together (`side_by_side`); she knows
nothing of how the ledger is read. What the program takes into account is compared with her.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from geodata.errors import DisclosureError
from indicators.disclosure.audit import refuse_if_unsafe, with_bounds
from indicators.disclosure.cells import KEY
from indicators.disclosure.identities import Relation, group_identities
from indicators.disclosure.known import known_before, public_already
from indicators.disclosure.protect import protect_world
from indicators.disclosure.rule import Rule
from indicators.disclosure.world import Beside, build_world
from indicators.disclosure.world_audit import audit_world
from tests.indicators.disclosure_cases import hide, known, links, table
from tests.indicators.ledger_cases import empty, imprint, publish, side_by_side

RULE = Rule(3, insiders=False, full_groups=False)
TOWNS = links("ort", "stadt", dict.fromkeys("abcd", "00"))
TRUTH = table([*known("ort", {"a": 2, "b": 7, "c": 9, "d": 11}), *known("stadt", {"00": 29})])


def total(area, item="cases/total", level="ort", vintage="v1"):
    return (vintage, level, area, "2025-12-31", *item.split("/"))


def prepared(truth, hierarchies, relations, ledger, find=None, rule=RULE):
    """What a build does: recall, protect, audit; the safe table and what was known before."""
    earlier = known_before(truth, hierarchies, relations, ledger, find=find)
    world = build_world(truth, hierarchies, relations, rule, Beside(earlier=earlier))
    safe = protect_world(truth, world, rule).counts
    report = audit_world(world, rule, safe)
    refuse_if_unsafe(report)
    return with_bounds(safe, report), earlier


def audited(safe, truth, hierarchies, relations, ledger, find=None):
    """What the audit says of a pattern that somebody chose."""
    earlier = known_before(truth, hierarchies, relations, ledger, find=find)
    world = build_world(truth, hierarchies, relations, RULE, Beside(earlier=earlier))
    return audit_world(world, RULE, safe)


def bounds(counts):
    hidden = counts[counts["status"] == "suppressed"]
    high = hidden["bound_high"].astype("float64").fillna(np.inf)
    return {
        tuple(key): (int(low), float(top))
        for key, low, top in zip(hidden[KEY].to_numpy(), hidden["bound_low"], high, strict=True)
    }


def test_without_earlier_editions_nothing_is_known(tmp_path):
    earlier = known_before(TRUTH, TOWNS, (), empty(tmp_path))
    assert not earlier.told.any()
    assert earlier.counts.empty


def test_two_patterns_of_one_table_give_a_small_number_exactly(tmp_path):
    first, second = (
        hide(TRUTH, [("a", "total"), ("b", "total")]),
        hide(TRUTH, [("a", "total"), ("c", "total")]),
    )
    for alone in (first, second):
        assert side_by_side([(alone, TOWNS, ())])[total("a")][1] > 2
    assert side_by_side([(first, TOWNS, ()), (second, TOWNS, ())])[total("a")] == (2, 2)
    ledger = publish(empty(tmp_path), first, TOWNS)
    report = audited(second, TRUTH, TOWNS, (), ledger)
    assert [p.where for p in report.failures] == ["Ort a, cases, 31.12.2025"]

    safe, earlier = prepared(TRUTH, TOWNS, (), ledger)
    assert (safe["status"] == first["status"]).all()
    assert bounds(safe) == side_by_side([(first, TOWNS, ()), (safe, TOWNS, ())])
    assert earlier.counts.empty, "the same cells, bound in the same way, need no rows"


def test_a_difference_of_two_levels_of_detail_is_closed(tmp_path):
    """The first edition has districts only, the second one towns: what is left is one town."""
    region = links("ort", "region", {"a": "R", "b": "R", "c": "S", "d": "S"})
    both = pd.concat([region, links("region", "stadt", {"R": "00", "S": "00"})])
    coarse = table([*known("region", {"R": 9, "S": 20}), *known("stadt", {"00": 29})])
    ledger = publish(empty(tmp_path), coarse, both)
    second = hide(TRUTH, [("a", "total"), ("c", "total")])
    assert side_by_side([(second, TOWNS, ())])[total("a")][1] > 2
    # A reader of both adds the towns up to the districts that she already has.
    seen = pd.concat([second, coarse[coarse["level"] == "region"]], ignore_index=True)
    assert side_by_side([(seen, both, ())])[total("a")] == (2, 2)
    report = audited(second, TRUTH, TOWNS, (), ledger)
    assert "Ort a, cases, 31.12.2025" in [p.where for p in report.failures]
    safe, _ = prepared(TRUTH, TOWNS, (), ledger)
    seen = pd.concat([safe, coarse[coarse["level"] == "region"]], ignore_index=True)
    assert side_by_side([(seen, both, ())])[total("a")] == (1, 8)


def _groups(*members):
    rows = [("total", "", "total", "")] + [(m, "kind", m, "total") for m in members]
    return pd.DataFrame(rows, columns=["group", "dimension", "member", "parent"])


TREE = _groups("x", "y", "z")


def find(counts):
    return group_identities(counts, TREE)[0]


def split(**groups):
    """One town in two, with some groups of its cases."""
    numbers = {"x": {"a": 40, "b": 30}, "y": {"a": 48, "b": 25}, "z": {"a": 2, "b": 15}}
    numbers["total"] = {a: sum(g[a] for g in numbers.values()) for a in "ab"}
    rows = []
    for group in groups:
        own = numbers[group]
        rows += known("ort", own, f"cases/{group}")
        rows += known("stadt", {"00": sum(own.values())}, f"cases/{group}")
    return table(rows)


def test_a_group_published_later_leaves_a_small_rest(tmp_path):
    """First the total and x, then the total and y: nobody printed z, everybody has it."""
    area = links("ort", "stadt", dict.fromkeys("ab", "00"))
    first, second = split(total=1, x=1), split(total=1, y=1)
    for alone in (first, second):
        assert find(alone)[0].relation != "sum"
    joined = split(total=1, x=1, y=1)
    assert int(joined.query("area == 'a' and group == 'total'")["count"].iloc[0]) - 40 - 48 == 2

    ledger = publish(empty(tmp_path), first, area, find(first))
    printed = audited(second, second, area, find(second), ledger, find)
    assert printed.failures, "the rest of 2 would be told"
    assert "cases (z)" not in str(printed.failures)
    alone = audited(second, second, area, find(second), empty(tmp_path / "neu"), find)
    assert not alone.failures

    safe, earlier = prepared(second, area, find(second), ledger, find)
    assert len(earlier.joint) == 1
    hidden = set(safe.loc[safe["status"] == "suppressed", "area"] + "/" +
                 safe.loc[safe["status"] == "suppressed", "group"])  # fmt: skip
    assert hidden & {"a/y"}


def test_a_new_group_that_splits_a_hidden_one(tmp_path):
    """x was hidden with y; now only y is printed, and x is the total without it."""
    relations = (Relation("sum", "cases/total", ("cases/x", "cases/y")),)
    area = links("ort", "stadt", dict.fromkeys("ab", "00"))
    x = {"a": 2, "b": 30}
    y = {"a": 48, "b": 25}
    rows = []
    for group, own in (("x", x), ("y", y), ("total", {k: x[k] + y[k] for k in "ab"})):
        rows += known("ort", own, f"cases/{group}")
        rows += known("stadt", {"00": sum(own.values())}, f"cases/{group}")
    truth = table(rows)
    first = hide(truth, [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")])
    later = truth[truth["group"] != "x"].reset_index(drop=True)
    # The second edition alone has nothing small in it at all.
    assert side_by_side([(later, area, ())]) == {}
    both = side_by_side([(later, area, ()), (first, area, relations)])
    assert both[total("a", "cases/x")] == (2, 2)

    ledger = publish(empty(tmp_path), first, area, relations)
    report = audited(later, later, area, (), ledger)
    assert any("Ort a, cases (x)" in p.where for p in report.failures)
    safe, _ = prepared(later, area, (), ledger)
    assert side_by_side([(safe, area, ()), (first, area, relations)])[total("a", "cases/x")][1] > 2


def test_a_boundary_that_moves_later(tmp_path):
    """The old area was hidden; the two new ones that it was cut into are both printed."""
    old = table([*known("ort", {"a": 2, "b": 7, "c": 20}), *known("stadt", {"00": 29})])
    old_links = links("ort", "stadt", dict.fromkeys("abc", "00"))
    first = hide(old, [("a", "total"), ("b", "total")])
    new = table([*known("ort", {"a": 9, "c1": 8, "c2": 12}), *known("stadt", {"00": 29})])
    new = new.assign(vintage="v2")
    new_links = links("ort", "stadt", dict.fromkeys(["a", "c1", "c2"], "00")).assign(vintage="v2")
    pieces = pd.DataFrame(
        [("ort", "v1", "a", "v2", "a"), ("ort", "v1", "b", "v2", "a"),
         ("ort", "v1", "c", "v2", "c1"), ("ort", "v1", "c", "v2", "c2")],
        columns=["level", "from_vintage", "from_area", "to_vintage", "to_area"],
    )  # fmt: skip
    ledger = publish(empty(tmp_path), first, old_links)
    earlier = known_before(new, new_links, (), ledger)
    assert set(earlier.counts["vintage"]) == {"v1@1"}, "the old areas stay part of what is known"
    assert len(earlier.same) == 0
    world = build_world(new, new_links, (), RULE, Beside(pieces=pieces, earlier=earlier))
    assert not audit_world(world, RULE, new).failures
    # With b printed in the first edition the new area a gives the old one away.
    careless = publish(
        empty(tmp_path / "x"), hide(old, [("a", "total"), ("c", "total")]), old_links
    )
    earlier = known_before(new, new_links, (), careless)
    world = build_world(new, new_links, (), RULE, Beside(pieces=pieces, earlier=earlier))
    assert any("Ort a" in p.where for p in audit_world(world, RULE, new).failures)


def test_a_number_dropped_from_the_new_edition_stays_known(tmp_path):
    """What is hidden now although it was printed is known; its own bounds say so."""
    ledger = publish(empty(tmp_path), hide(TRUTH, [("a", "total"), ("b", "total")]), TOWNS)
    safe = hide(TRUTH, [("a", "total"), ("b", "total"), ("c", "total")])
    report = audited(safe, TRUTH, TOWNS, (), ledger)
    found = bounds(with_bounds(safe, report))
    assert found[total("c")] == (9, 9)
    assert found[total("a")] == (1, 8)


def test_a_corrected_number_leaves_two_and_is_named(tmp_path):
    old = table([*known("ort", {"a": 2, "b": 7, "c": 8, "d": 11}), *known("stadt", {"00": 28})])
    ledger = publish(empty(tmp_path), hide(old, [("a", "total"), ("b", "total")]), TOWNS)
    earlier = known_before(TRUTH, TOWNS, (), ledger)
    told = TRUTH.loc[earlier.told, "area"].tolist()
    assert told == ["d"], "c and the city were printed with another number"
    (note,) = earlier.notes
    assert note.startswith("Berichtigt seit der Ausgabe Kleinstadt-2025-12-31-0")
    assert "Ort c, cases" in note
    assert set(earlier.revised["area"]) == {"c", "00"}
    # a and b still add up to 9 in both editions, so readers take them for the same.
    assert len(earlier.same) == 2
    safe, _ = prepared(TRUTH, TOWNS, (), ledger)
    assert bounds(safe)[total("a")] == (1, 8)


def test_hidden_numbers_that_changed_are_cut_loose(tmp_path):
    """The printed numbers are the same, the city is not: something hidden has changed."""
    old = table([*known("ort", {"a": 2, "b": 5, "c": 9, "d": 11}), *known("stadt", {"00": 27})])
    ledger = publish(empty(tmp_path), hide(old, [("a", "total"), ("b", "total")]), TOWNS)
    earlier = known_before(TRUTH, TOWNS, (), ledger)
    assert set(earlier.revised["area"]) == {"a", "b", "00"}
    assert len(earlier.same) == 0
    assert earlier.loose.sum() == 3
    assert any(note.startswith("2 in früheren Ausgaben geheime") for note in earlier.notes)
    safe, _ = prepared(TRUTH, TOWNS, (), ledger)
    assert bounds(safe)[total("a")] == (1, 8)


def test_a_revision_that_no_single_equation_shows(tmp_path):
    """u is not in the new edition; two equations say two different things of it."""
    relations = (Relation("sum", "cases/t", ("cases/p", "cases/u")),
                 Relation("sum", "cases/s", ("cases/q", "cases/u")))  # fmt: skip
    rows = [("p", 5), ("q", 6), ("u", 4), ("t", 9), ("s", 10)]
    old = table([r for g, n in rows for r in known("ort", {"a": n}, f"cases/{g}")])
    none = TOWNS.iloc[:0]
    first = hide(old, [("a", "p"), ("a", "q"), ("a", "u")])
    ledger = publish(empty(tmp_path), first, none, relations)
    now = table([r for g, n in (("p", 5), ("q", 8)) for r in known("ort", {"a": n}, f"cases/{g}")])
    earlier = known_before(now, none, (), ledger)
    assert set(earlier.revised["group"]) == {"p", "q"}
    fine = now.assign(count=pd.array([5, 6], dtype="Int64"))
    assert known_before(fine, none, (), ledger).revised.empty


def test_what_fits_stays_known_beside_a_revision(tmp_path):
    """Two equations disagree about u; r is bound to u as well, but nothing speaks against it."""
    relations = (Relation("sum", "cases/t", ("cases/p", "cases/u")),
                 Relation("sum", "cases/s", ("cases/q", "cases/u")),
                 Relation("sum", "cases/k", ("cases/u", "cases/v")),
                 Relation("sum", "cases/w", ("cases/r", "cases/v")))  # fmt: skip
    rows = [("p", 5), ("q", 6), ("u", 4), ("t", 9), ("s", 10), ("k", 7), ("v", 3), ("r", 8),
            ("w", 11)]  # fmt: skip
    old = table([r for g, n in rows for r in known("ort", {"a": n}, f"cases/{g}")])
    none = TOWNS.iloc[:0]
    first = hide(old, [("a", group) for group in "pqukvr"])
    ledger = publish(empty(tmp_path), first, none, relations)
    now = table(
        [r for g, n in (("p", 5), ("q", 8), ("r", 8)) for r in known("ort", {"a": n}, f"cases/{g}")]
    )
    earlier = known_before(now, none, (), ledger)
    assert set(earlier.revised["group"]) == {"p", "q"}
    assert now["group"].iloc[earlier.same[:, 0]].tolist() == ["r"]


def test_a_hidden_number_that_only_the_first_edition_has_may_have_changed(tmp_path):
    """First g was shown, now h is: today's totals leave less room for g than it had then."""
    area = links("ort", "stadt", dict.fromkeys("ab", "00"))

    def edition(**groups):
        rows = []
        for group, own in groups.items():
            rows += known("ort", own, f"cases/{group}")
            rows += known("stadt", {"00": sum(own.values())}, f"cases/{group}")
        return table(rows)

    then = edition(g={"a": 7, "b": 3}, total={"a": 8, "b": 6})
    first = hide(then, [("a", "g"), ("b", "g")])
    assert side_by_side([(first, area, _pairs(first))])[total("a", "cases/g")] == (4, 8)
    # Four cases of g belong into b: a has 3 left, and 1 of h. The city's numbers stay.
    now = edition(h={"a": 1, "b": 3}, total={"a": 4, "b": 10})
    ledger = publish(empty(tmp_path), first, area, _pairs(first))
    safe, earlier = prepared(now, area, _pairs(now), ledger, find=_pairs)
    revised = earlier.revised.set_index(["area", "group"]).index
    assert ("a", "g") in revised, "at least 4 then, at most 3 now"
    assert ("00", "total") not in revised
    assert bounds(safe)[total("a", "cases/h")][1] > 1
    ledger = publish(
        ledger, safe.drop(columns=["bound_low", "bound_high"]), area, _pairs(now), earlier=earlier
    )
    again = known_before(
        safe, area, _pairs(now), ledger.before(2), find=_pairs, recorded=ledger.entries[-1]
    )
    world = build_world(safe, area, _pairs(now), RULE, Beside(earlier=again))
    assert bounds(with_bounds(safe, audit_world(world, RULE))) == bounds(safe)


def test_a_raised_threshold_does_not_block(tmp_path):
    """Printed as 4 when 3 was the limit, hidden now that it is 5, and named as public."""
    truth = table([*known("ort", {"a": 4, "b": 7, "c": 9, "d": 11}), *known("stadt", {"00": 31})])
    ledger = publish(empty(tmp_path), truth, TOWNS)
    safe, earlier = prepared(truth, TOWNS, (), ledger, rule=replace(RULE, threshold=5))
    assert safe.set_index("area")["status"]["a"] == "suppressed"
    assert bounds(safe)[total("a")] == (4, 4)
    (note,) = public_already(truth, earlier, replace(RULE, threshold=5))
    assert "Ort a, cases, 31.12.2025" in note
    assert public_already(truth, earlier, replace(RULE, threshold=5), {"cases"}) == ()
    assert public_already(truth, earlier, RULE) == ()


def test_what_was_revised_in_between_is_not_tied_to_the_first_edition(tmp_path):
    old = table([*known("ort", {"a": 2, "b": 5, "c": 9, "d": 11}), *known("stadt", {"00": 27})])
    ledger = publish(empty(tmp_path), hide(old, [("a", "total"), ("b", "total")]), TOWNS)
    safe, earlier = prepared(TRUTH, TOWNS, (), ledger)
    ledger = publish(ledger, safe.drop(columns=["bound_low", "bound_high"]), TOWNS, earlier=earlier)
    again = known_before(TRUTH, TOWNS, (), ledger)
    assert again.revised.empty
    assert not again.same.size
    assert again.told.sum() == 3


def test_numbers_of_earlier_editions_alone_are_tied_to_each_other(tmp_path):
    """The third edition has no x any more, but its printed y completes what two others said."""
    sums = (Relation("sum", "cases/total", ("cases/x", "cases/y")),)
    rows = [("x", 2), ("y", 30), ("total", 32)]
    truth = table([r for g, n in rows for r in known("ort", {"a": n}, f"cases/{g}")])
    none = TOWNS.iloc[:0]
    first = hide(truth[truth["group"] != "total"], [("a", "x"), ("a", "y")])
    second = hide(truth, [("a", "x"), ("a", "y")])
    ledger = publish(publish(empty(tmp_path), first, none), second, none, sums)
    now = truth[truth["group"] == "y"].reset_index(drop=True)
    earlier = known_before(now, none, (), ledger)
    pairs = earlier.counts.iloc[earlier.among.ravel()]
    assert set(pairs["group"]) == {"x"}
    assert set(pairs["vintage"]) == {"v1@1", "v1@2"}


def test_a_published_edition_gives_the_same_knowledge_without_the_truth(tmp_path):
    old = table([*known("ort", {"a": 2, "b": 5, "c": 9, "d": 11}), *known("stadt", {"00": 27})])
    ledger = publish(empty(tmp_path), hide(old, [("a", "total"), ("b", "total")]), TOWNS)
    safe, earlier = prepared(TRUTH, TOWNS, (), ledger)
    after = publish(ledger, safe.drop(columns=["bound_low", "bound_high"]), TOWNS, earlier=earlier)
    entry = after.entries[-1]
    again = known_before(safe, TOWNS, (), after.before(2), recorded=entry)
    pd.testing.assert_frame_equal(again.counts, earlier.counts)
    assert (again.same == earlier.same).all()
    assert (again.told == earlier.told).all()
    assert (again.loose == earlier.loose).all()
    world = build_world(safe, TOWNS, (), RULE, Beside(earlier=again))
    assert bounds(with_bounds(safe, audit_world(world, RULE))) == bounds(safe)


def test_an_edition_that_repeats_itself_adds_no_rows(tmp_path):
    """A new period every time: what the new edition repeats is not kept twice."""
    ledger = empty(tmp_path)
    safe, _ = prepared(TRUTH, TOWNS, (), ledger)
    for year in range(2018, 2023):
        old = safe.drop(columns=["bound_low", "bound_high"]).assign(period=f"{year}-12-31")
        ledger = publish(ledger, old, TOWNS)
    ledger = publish(ledger, safe.drop(columns=["bound_low", "bound_high"]), TOWNS)
    earlier = known_before(TRUTH, TOWNS, (), ledger)
    assert set(earlier.counts["period"]) <= {"2022-12-31"}, "only the date next to the present one"
    assert len(earlier.same) == 0
    assert earlier.told.sum() == 3


AREAS = ("a", "b", "c", "d")
REGIONS = {"a": "R", "b": "R", "c": "S", "d": "S"}
CITY = pd.concat(
    [links("ort", "region", REGIONS), links("region", "stadt", {"R": "00", "S": "00"})]
)
GROUPS = Relation("sum", "cases/total", ("cases/g", "cases/h"))


def _city(inner, items=("g", "h", "total"), regions=True):
    rows = []
    for group in items:
        which = (0, 1) if group == "total" else ("gh".index(group),)
        own = {a: sum(inner[2 * i + k] for k in which) for i, a in enumerate(AREAS)}
        rows += known("ort", own, f"cases/{group}")
        if regions:
            sums = {r: sum(own[a] for a in AREAS if REGIONS[a] == r) for r in "RS"}
            rows += known("region", sums, f"cases/{group}")
        rows += known("stadt", {"00": sum(own.values())}, f"cases/{group}")
    return table(rows)


def _variants(inner):
    return (
        (_city(inner), CITY, (GROUPS,)),
        (_city(inner, ("total",)), CITY, ()),
        (_city(inner, regions=False), CITY.iloc[:0], (GROUPS,)),
        (_city(inner, ("g", "total")), CITY, (Relation("part_of", "cases/total", ("cases/g",)),)),
        (_city(inner, ("h", "total")), CITY, (Relation("part_of", "cases/total", ("cases/h",)),)),
    )


INNER = st.lists(st.integers(0, 9), min_size=8, max_size=8)
ORDER = st.lists(st.integers(0, 4), min_size=2, max_size=3)
HOLES = st.sets(st.tuples(st.sampled_from(AREAS), st.sampled_from("gh")), max_size=3)
FEW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(inner=INNER, order=ORDER, holes=HOLES)
def test_leaving_rows_out_changes_no_bound(tmp_path_factory, inner, order, holes):
    """The program's reader of a few rows and the attacker with all tables know the same."""
    _same_knowledge(tmp_path_factory.mktemp("register"), inner, order, holes)


@pytest.mark.long
@settings(FEW, max_examples=150)
@given(inner=INNER, order=ORDER, holes=HOLES)
def test_leaving_rows_out_changes_no_bound_at_length(tmp_path_factory, inner, order, holes):
    _same_knowledge(tmp_path_factory.mktemp("register"), inner, order, holes)


def _same_knowledge(folder, inner, order, holes):
    ledger = empty(folder)
    published = []
    for number in order:
        truth, hierarchies, relations = _variants(inner)[number]
        try:
            safe, earlier = prepared(truth, hierarchies, relations, ledger)
        except DisclosureError:
            assume(False)
        more = pd.MultiIndex.from_frame(safe[["area", "group"]]).isin(list(holes))
        more &= (safe["count"].fillna(0) > 0).to_numpy(dtype=bool)
        safe = safe.assign(
            count=safe["count"].mask(more), status=safe["status"].mask(more, "suppressed")
        )
        world = build_world(truth, hierarchies, relations, RULE, Beside(earlier=earlier))
        safe = with_bounds(safe, audit_world(world, RULE, safe))
        plain = safe.drop(columns=["bound_low", "bound_high"])
        published.append((plain, hierarchies, relations))
        ledger = publish(ledger, plain, hierarchies, relations, earlier=earlier)
    assert bounds(safe) == side_by_side(published)


CHANGES = st.lists(
    st.lists(st.sampled_from([0, 0, 0, 0, 1, -1, 3]), min_size=8, max_size=8),
    min_size=3,
    max_size=3,
)


@FEW
@given(inner=INNER, order=ORDER, changes=CHANGES)
def test_a_revision_never_contradicts_the_truth(tmp_path_factory, inner, order, changes):
    """Whatever is counted anew: the true numbers stay possible for a reader of all editions."""
    _revised_truth(tmp_path_factory.mktemp("register"), inner, order, changes)


@pytest.mark.long
@settings(FEW, max_examples=150)
@given(inner=INNER, order=ORDER, changes=CHANGES)
@example(
    inner=[4, 0, 0, 9, 1, 3, 7, 0],
    order=[3, 4, 1],
    changes=[[0, 0, 1, 0, 1, 0, 0, 0], [-1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1]],
)
def test_a_revision_never_contradicts_the_truth_at_length(tmp_path_factory, inner, order, changes):
    _revised_truth(tmp_path_factory.mktemp("register"), inner, order, changes)


def _revised_truth(folder, inner, order, changes):
    ledger = empty(folder)
    for number, change in zip(order, changes, strict=False):
        inner = [max(0, n + by) for n, by in zip(inner, change, strict=True)]
        truth, hierarchies, relations = _variants(inner)[number]
        try:
            safe, earlier = prepared(truth, hierarchies, relations, ledger, find=_pairs)
        except DisclosureError as error:
            assert "widersprechen" not in str(error)
            assert "stimmt nicht" not in str(error)
            assert "stimmen nicht" not in str(error)
            assume(False)
        true = truth["count"].to_numpy(dtype=np.int64)
        hidden = (safe["status"] == "suppressed").to_numpy(dtype=bool)
        low = safe["bound_low"].fillna(0).to_numpy(dtype=np.int64)
        high = safe["bound_high"].fillna(10**6).to_numpy(dtype=np.int64)
        assert ((low <= true) & (true <= high))[hidden].all()
        plain = safe.drop(columns=["bound_low", "bound_high"])
        ledger = publish(ledger, plain, hierarchies, relations, earlier=earlier)
        again = known_before(
            safe, hierarchies, relations, ledger.before(len(ledger.entries)),
            recorded=ledger.entries[-1],
        )  # fmt: skip
        world = build_world(safe, hierarchies, relations, RULE, Beside(earlier=again))
        assert bounds(with_bounds(safe, audit_world(world, RULE))) == bounds(safe)


def _pairs(counts):
    return group_identities(counts, _groups("g", "h"))[0]


def test_the_same_content_has_one_entry(tmp_path):
    first = publish(empty(tmp_path), TRUTH, TOWNS, content="c" * 64)
    again = publish(first, TRUTH, TOWNS, content="c" * 64)
    assert [e.number for e in again.entries] == [1]
    assert again.entries[0].edition == imprint("c" * 64).edition


@pytest.mark.parametrize("vintages", [(), ("v1",), ("v2",)])
def test_a_relation_holds_for_its_vintages_only(vintages):
    from indicators.disclosure.equations import build_system

    relation = Relation("sum", "cases/total", ("cases/g", "cases/h"), vintages=vintages)
    rows = len(build_system(_city([1] * 8), CITY.iloc[:0], [relation]).equality)
    assert (rows > 0) == (vintages != ("v2",))
