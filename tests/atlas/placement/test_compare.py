"""Two plans side by side, held to what can be read from the plans themselves."""

import dataclasses
import json
from collections import Counter
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from atlas.cli import main
from atlas.placement.compare import (
    Incomparable,
    compare,
    comparison_json,
    reach_table,
    sentences,
    session_table,
    write_comparison,
)
from atlas.placement.plan import compute_plan, place
from atlas.placement.result import (
    AreaReach,
    GroupReach,
    GuaranteeReport,
    MissedRegion,
    ReachStep,
    WhatIf,
)
from atlas.placement.scenario import Scenario, Staff
from atlas.wording import keys
from geodata.errors import OutputError, PlacementError
from tests.atlas.placement.plans import plan, session

WEIGHTS = {"groups": [{"key": "alle", "profile": "standard", "mode": "walk"}], "reach": []}


def sessions(*places: tuple[str, int, str]):
    return tuple(session(p, d, part) for p, d, part in places)


def reached(**level: float | None):
    """A plan's areas and group: need 100, 200 and so on, reached at these minutes or not."""
    areas = tuple(
        AreaReach(key, "alle", n, n, n, "published", None, None, None, minutes)
        for n, (key, minutes) in zip(range(100, 1000, 100), level.items(), strict=False)
    )
    after = sum(a.need for a in areas if a.level_after is not None)
    need = sum(a.need for a in areas)
    group = GroupReach("alle", "Alle", "", need, need, need, "published", (),
                       (ReachStep(20.0, 0.0, after),))  # fmt: skip
    return {"areas": areas, "groups": (group,)}


# Sessions


def test_the_same_a_moved_and_a_lone_session_are_told_apart():
    a = plan(*sessions(("b1", 0, "am"), ("f1", 1, "am"), ("s1", 2, "am")))
    b = plan(*sessions(("b1", 0, "am"), ("f1", 3, "pm"), ("x9", 2, "am")), name="b")
    found = compare(a, b).sessions
    assert {(m.place, m.state) for m in found} == {
        ("b1", "both"),
        ("f1", "moved"),
        ("s1", "only_a"),
        ("x9", "only_b"),
    }
    moved = next(m for m in found if m.state == "moved")
    assert (moved.a.half_day, moved.b.half_day) == ("di_am", "do_pm")
    told = "1 in beiden Plänen gleich, 1 im selben Raum zu anderer Zeit, 1 nur in A, 1 nur in B"
    assert told in " ".join(sentences(compare(a, b)))


def test_another_kind_in_the_same_room_is_another_session():
    visit = session("b1", kind="visit", kind_name="Hausbesuch")
    found = compare(plan(session("b1")), plan(visit)).sessions
    assert sorted(m.state for m in found) == ["only_a", "only_b"]


def test_a_room_with_two_sessions_keeps_the_one_that_stays():
    a = plan(*sessions(("b1", 0, "am"), ("b1", 1, "am")))
    b = plan(*sessions(("b1", 1, "am"), ("b1", 4, "pm")))
    assert Counter(m.state for m in compare(a, b).sessions) == {"both": 1, "moved": 1}


SLOTS = st.lists(
    st.tuples(st.sampled_from("bfs"), st.integers(0, 4), st.sampled_from(["am", "pm"])), max_size=7
)


@given(SLOTS, SLOTS)
def test_every_session_of_both_plans_is_in_exactly_one_match(left, right):
    a, b = (replace(plan(), sessions=sessions(*slots)) for slots in (left, right))
    found = compare(a, b).sessions
    assert sum(m.a is not None for m in found) == len(left)
    assert sum(m.b is not None for m in found) == len(right)
    same = sum((Counter(left) & Counter(right)).values())
    assert sum(m.state == "both" for m in found) == same
    rooms = Counter(p for p, _, _ in left) & Counter(p for p, _, _ in right)
    assert sum(m.state in ("both", "moved") for m in found) == sum(rooms.values())


@given(SLOTS, SLOTS)
def test_the_other_way_round_is_the_mirror_image(left, right):
    a, b = (replace(plan(), sessions=sessions(*slots)) for slots in (left, right))
    there, back = compare(a, b), compare(b, a)
    swap = {"both": "both", "moved": "moved", "only_a": "only_b", "only_b": "only_a"}
    assert Counter(swap[m.state] for m in there.sessions) == Counter(m.state for m in back.sessions)


# Reach


def exact(**parts):
    """A plan whose search left nothing open."""
    base = plan(**parts)
    return replace(base, quality=replace(base.quality, objective=500.0, bound=500.0, gap=0.0))


def test_a_real_difference_is_named_with_number_and_share():
    a, b = exact(**reached(x=10.0, y=None)), exact(**reached(x=10.0, y=20.0))
    (d,) = compare(a, b).groups
    assert (d.a, d.b, d.difference, d.verdict, d.why) == (100.0, 300.0, 200.0, "b", "")
    assert d.points == pytest.approx(200 / 3)
    text = " ".join(sentences(compare(a, b)))
    assert "Alle, erreicht in 20 Minuten: B 200 mehr (A 100, B 300, Bedarf 300" in text
    assert "+66,7 Prozentpunkte" in text
    assert compare(b, a).groups[0].verdict == "a"


def test_a_difference_within_what_the_search_left_open_is_not_called_better():
    a, b = exact(**reached(x=10.0, y=None)), exact(**reached(x=10.0, y=20.0))
    open_b = replace(b, quality=replace(b.quality, gap=0.7))
    (d,) = compare(a, open_b).groups
    assert (d.verdict, d.why) == ("same", "gap")
    assert "nicht unterscheidbar" in " ".join(sentences(compare(a, open_b)))
    assert "B 200 mehr" not in " ".join(sentences(compare(a, open_b)))


def test_a_difference_that_rounding_hides_is_not_called_better():
    a = exact(**reached(x=10.0))
    step = ReachStep(20.0, 0.0, 100.4)
    b = replace(a, groups=(replace(a.groups[0], steps=(step,)),))
    (d,) = compare(a, b).groups
    assert (d.verdict, d.why) == ("same", "rounding")


def test_a_difference_that_hangs_on_hidden_numbers_is_not_called_better():
    a, b = exact(**reached(x=10.0, y=None)), exact(**reached(x=None, y=20.0))
    wide = [tuple(replace(r, low=1.0, high=400.0) for r in p.areas) for p in (a, b)]
    (sure,), (unsure,) = (
        compare(a, b).groups,
        compare(replace(a, areas=wide[0]), replace(b, areas=wide[1])).groups,
    )
    assert (sure.verdict, sure.low, sure.high) == ("b", 100.0, 100.0)
    assert (unsure.verdict, unsure.why) == ("same", "bounds")
    assert unsure.low == 1 - 400 and unsure.high == 400 - 1


def test_equal_plans_are_equal_in_everything():
    found = compare(plan(wishes=WEIGHTS), plan(wishes=WEIGHTS))
    assert {d.why for d in found.groups} == {"equal"} and found.changed == ()
    assert found.goal is not None and (found.goal.verdict, found.goal.why) == ("same", "equal")
    assert "Die Vorgaben sind in beiden gleich." in sentences(found)


def test_a_group_that_means_something_else_is_not_compared():
    a = exact(**reached(x=10.0), wishes=WEIGHTS)
    slower = {**WEIGHTS, "groups": [{"key": "alle", "profile": "senioren", "mode": "walk"}]}
    other_need = reached(x=10.0)
    other_need["areas"] = (replace(other_need["areas"][0], need=7.0),)
    for b in (replace(a, wishes=slower), exact(**other_need, wishes=WEIGHTS)):
        found = compare(a, b)
        assert found.groups == ()
        assert found.incomparable == (Incomparable("need", "Alle"),)
        assert "Bedarf oder Wege sind in A und B verschieden festgelegt" in sentences(found)[-1]
    gone = replace(a, groups=(), areas=())
    assert compare(a, gone).incomparable == (Incomparable("only_a", "Alle"),)
    assert compare(gone, a).incomparable == (Incomparable("only_b", "Alle"),)


# Goal, guarantee, wishes


@pytest.mark.parametrize(
    ("objective", "bound", "verdict", "why"),
    [
        (520.0, 520.0, "b", ""),
        (480.0, 480.0, "a", ""),
        (504.0, 512.0, "same", "gap"),
        (500.0, 500.0, "same", "equal"),
        (500.0001, 500.0001, "same", "rounding"),
    ],
)
def test_the_goal_is_judged_by_what_the_searches_left_open(objective, bound, verdict, why):
    a = exact(wishes=WEIGHTS)
    b = replace(a, quality=replace(a.quality, objective=objective, bound=bound, gap=0.02))
    found = compare(a, b).goal
    assert found is not None and (found.verdict, found.why) == (verdict, why)


def test_scenarios_that_weigh_differently_have_no_common_goal():
    heavier = {**WEIGHTS, "groups": [{**WEIGHTS["groups"][0], "weight": 5.0}]}
    found = compare(exact(wishes=WEIGHTS), exact(wishes=heavier))
    assert found.goal is None and found.changed == ("groups",)
    text = " ".join(sentences(found))
    assert "gewichten verschieden" in text and "In den Vorgaben verschieden: Zielgruppen." in text


def test_other_rooms_or_hours_still_pursue_the_same_goal():
    a = {**WEIGHTS, "staff": {"hours_per_week": 10}, "rooms": {"kinds": [], "present_kinds": []}}
    b = {**WEIGHTS, "staff": {"hours_per_week": 20}, "rooms": {"kinds": ["library"],
                                                              "present_kinds": []}}  # fmt: skip
    found = compare(exact(wishes=a), exact(wishes=b))
    assert found.goal is not None and set(found.changed) == {"staff", "rooms"}
    present = {**a, "rooms": {"kinds": [], "present_kinds": ["jobcenter"]}}
    assert compare(exact(wishes=a), exact(wishes=present)).goal is None


def test_regions_without_an_offer_are_named_by_plan():
    def missed(*names):
        regions = tuple(MissedRegion(n, f"Region {n}", True) for n in names)
        return plan(guarantee=GuaranteeReport("bezirksregion", "Bezirksregionen", 20.0, 4, regions))

    found = compare(missed("1", "2"), missed("2", "3")).guarantee
    assert found is not None
    assert (found.only_a, found.only_b, found.both) == (("Region 1",), ("Region 3",), ("Region 2",))
    text = " ".join(sentences(compare(missed("1", "2"), missed("2", "3"))))
    assert "nur in A verfehlt: Region 1; nur in B verfehlt: Region 3; in beiden verfehlt: 1" in text
    other = compare(missed("1"), replace(missed("1"), guarantee=None))
    assert other.guarantee is None
    assert Incomparable("guarantee") in other.incomparable
    assert "Die Zusagen sind in A und B verschieden." in sentences(other)[-1]


def test_every_entry_of_a_scenario_has_a_name():
    named = {k.removeprefix("vergleich.wish_") for k in keys() if k.startswith("vergleich.wish_")}
    assert named == {f.name for f in dataclasses.fields(Scenario)}


def test_plans_of_different_editions_are_refused():
    with pytest.raises(PlacementError, match="verschiedenen Ausgaben"):
        compare(plan(), plan(content="d" * 64))


def test_evenness_below_the_shown_digits_is_not_called_more_even():
    a = plan()
    near = replace(a, fairness=replace(a.fairness, gini_after=0.342))
    far = replace(a, fairness=replace(a.fairness, gini_after=0.30))
    assert "verteilt sind: nicht unterscheidbar" in " ".join(sentences(compare(a, near)))
    assert "in B gleichmäßiger" in " ".join(sentences(compare(a, far)))


# On a computed plan, and as files


@pytest.fixture
def pair(city, scenario, changed):
    more = changed(staff=Staff(teams=1, hours_per_week=10.5))
    return compute_plan(city, scenario, "eins"), compute_plan(city, more, "zwei")


def test_three_hours_more_reach_more_and_the_figures_are_those_of_the_plans(pair):
    a, b = pair
    found = compare(a, b)
    assert found.changed == ("staff",)
    for d in found.groups:
        for side, shown in ((a, d.a), (b, d.b)):
            group = next(g for g in side.groups if g.group == d.group)
            assert shown == next(s.after for s in group.steps if s.minutes == d.minutes)
        assert d.low <= d.difference <= d.high
    assert found.goal is not None and found.goal.verdict == "b"
    assert found.goal.share == pytest.approx(
        1 - a.quality.objective / b.quality.objective, abs=1e-6
    )


def test_tables_have_a_row_per_session_and_per_group_and_minutes(pair):
    found = compare(*pair)
    assert len(session_table(found)) == len(found.sessions)
    table = reach_table(found)
    assert len(table) == 4
    assert (table["B minus A"] == table["erreicht B"] - table["erreicht A"]).all()


def test_json_and_xlsx_say_the_same_as_the_sentences(pair, tmp_path):
    found = compare(*pair)
    plain = json.loads(comparison_json(found))
    assert plain["sentences"] == list(sentences(found))
    assert plain["groups"][0]["a"] == found.groups[0].a
    write_comparison(found, tmp_path / "v.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "v.xlsx"))
    assert book.sheet_names == ["Vergleich", "Erreichte", "Sprechstunden"]
    lines = [row[0] for row in book.get_sheet_by_name("Vergleich").to_python()]
    assert lines == list(sentences(found))
    write_comparison(found, tmp_path / "v.json")
    assert (tmp_path / "v.json").read_text(encoding="utf-8") == comparison_json(found)
    with pytest.raises(OutputError, match=r"\.json oder \.xlsx"):
        write_comparison(found, tmp_path / "v.pdf")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["v.json", "v.xlsx"]


def test_an_english_reader_gets_english_words_in_the_file_too(pair, tmp_path):
    found = compare(*pair)
    write_comparison(found, tmp_path / "v.xlsx", "en")
    book = CalamineWorkbook.from_path(str(tmp_path / "v.xlsx"))
    assert book.sheet_names == ["Comparison", "Reached", "Consultation hours"]
    lines = [row[0] for row in book.get_sheet_by_name("Comparison").to_python()]
    assert lines == list(sentences(found, "en"))
    assert "with all weights, B is better" in lines[1] and "Insgesamt" not in " ".join(lines)
    head = book.get_sheet_by_name("Reached").to_python()[0]
    assert head[:3] == ["Target group", "what is counted", "Minutes"]
    assert json.loads(comparison_json(found, "en"))["sentences"] == lines


def test_the_command_prints_the_sentences_and_writes_the_file(city, scenario, changed, tmp_path):
    a = place(city, scenario, "erster")
    b = place(city, changed(staff=Staff(teams=1, hours_per_week=3.0)), "zweiter")
    call = ["compare", str(city.path), "erster", "zweiter", "--out", str(tmp_path / "v.xlsx")]
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[:-1] == list(sentences(compare(a, b)))
    assert (tmp_path / "v.xlsx").is_file()
    wrong = CliRunner().invoke(main, ["compare", str(city.path), "erster", "dritter"])
    assert wrong.exit_code == PlacementError.exit_code
    assert "'dritter'" in wrong.stderr and "erster" in wrong.stderr


def test_what_if_and_budgets_play_no_part_in_a_comparison():
    a = plan()
    b = replace(a, what_if=(WhatIf("x", 0, 0, 0.0, "…"),), front=())
    assert sentences(compare(a, b)) == sentences(compare(a, a))
