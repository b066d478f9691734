"""Special wishes from end to end on a small city: each does what it says, and the notes say it."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from atlas.edition import Edition
from atlas.placement.plan import Plan, compute_plan
from atlas.placement.problem import build_problem, guaranteed_regions
from atlas.placement.scenario import (
    Between,
    Existing,
    Fixed,
    Guarantee,
    Limit,
    Priority,
    Reach,
    Robust,
    Rooms,
    SessionKind,
    SolveRule,
    Spread,
    Staff,
    Team,
    minutes_of,
)
from atlas.placement.situation import read_situation
from atlas.placement.solve import value_of
from geodata.errors import PlacementError

OURS = ("Jobcenter Kleinstadt",)
ALL = Rooms(default_half_days=("am", "pm"), owners=("public", "non_profit", "other", "unknown"))
NARROW = "\u202f"


class Other(Edition):
    """An edition with some tables exchanged."""

    def __init__(self, edition: Edition, **tables: pd.DataFrame) -> None:
        super().__init__(edition.path, edition.manifest)
        self._tables = tables

    def table(self, name: str) -> pd.DataFrame:
        return self._tables.get(name, super().table(name))


@pytest.fixture
def base(changed, scenario):
    """One group, every room, no promise, exact."""
    return changed(groups=scenario.groups[:1], rooms=ALL, guarantee=None, solve=SolveRule(gap=0.0))


def noted(plan: Plan, start: str) -> str:
    """The one note that begins so."""
    (note,) = [n for n in plan.notes if n.startswith(start)]
    return note


def new(plan: Plan) -> list[tuple[str, str, str]]:
    return [(s.place, s.half_day, s.kind) for s in plan.new_sessions]


# Kinds of session


def test_kinds_have_their_own_length_staff_places_and_half_days(city, base):
    kinds = (
        SessionKind("gross", "Infotag", staff=2, hours=4.0, place_kinds=("community_centre",)),
        SessionKind("kurz", "Offene Sprechstunde", hours=1.5, half_days=("di_am", "mi_pm")),
    )
    wanted = replace(
        base, kinds=kinds, staff=Staff(11.0, 2), fixed=(Fixed("s1", "do_pm", "gross"),)
    )
    plan = compute_plan(city, wanted, "p")
    by_kind = {s.kind: s for s in plan.new_sessions}
    assert set(by_kind) == {"gross", "kurz"}
    large = by_kind["gross"]
    slot = (large.place, large.half_day, large.hours, large.kind_name)
    assert slot == ("s1", "do_pm", 4.0, "Infotag")
    assert large.teams == ("Team 1", "Team 2") and large.team == "Team 1 und Team 2"
    assert large.fixed and large.next_room is None
    short = [s for s in plan.new_sessions if s.kind == "kurz"]
    assert len(short) == 2 and {s.half_day for s in short} <= {"di_am", "mi_pm"}
    assert all(s.hours == 1.5 and len(s.teams) == 1 for s in short)
    # Two teams for four hours, and twice one and a half.
    assert plan.hours_used == 8.0 + 3.0
    assert noted(plan, "Arten von") == (
        "Arten von Sprechstunden: Infotag (2 Teams, 4 Stunden); Offene Sprechstunde (1 Team, 1,5 "
        "Stunden)."
    )


def test_a_kind_that_needs_two_teams_finds_no_half_day_with_one(city, base):
    kinds = (SessionKind("gross", "Infotag", staff=2),)
    plan = compute_plan(city, replace(base, kinds=kinds, staff=Staff(60.0, 1)), "p")
    assert plan.new_sessions == ()
    six = compute_plan(city, replace(base, kinds=kinds, staff=Staff(5.0, 2)), "p")
    assert six.new_sessions == ()
    assert compute_plan(city, replace(base, kinds=kinds, staff=Staff(6.0, 2)), "p").hours_used == 6


def test_too_few_hours_for_any_kind_are_said_with_what_a_session_needs(city, base):
    kinds = (SessionKind("gross", "Infotag", staff=2, hours=4.0),)
    ours = replace(base, kinds=kinds, existing=Existing(our_providers=OURS), staff=Staff(9.0, 3))
    assert (
        "Eine neue Sprechstunde ist nicht möglich: Von 9 Stunden in der Woche brauchen die "
        "bestehenden 3, und eine neue braucht 8."
    ) in compute_plan(city, ours, "p").warnings


def test_a_kind_that_suits_a_group_only_in_part_counts_in_part(city, base):
    part = (SessionKind("open", "Offene Sprechstunde", groups={"alle": 0.5}),)
    whole = compute_plan(city, replace(base, existing=Existing("ignore")), "p")
    half = compute_plan(city, replace(base, kinds=part, existing=Existing("ignore")), "p")
    assert half.quality.objective == pytest.approx(whole.quality.objective / 2)
    # Who is within reach does not depend on it, and that is said.
    assert half.groups[0].steps == whole.groups[0].steps
    assert noted(half, "Passung: ").endswith("für die es nur zum Teil passt.")
    assert not [n for n in whole.notes if n.startswith("Passung")]


def test_the_better_suited_kind_is_held_where_both_are_possible(city, base):
    kinds = (
        SessionKind("a", "Halb", groups={"alle": 0.5}),
        SessionKind("b", "Ganz", groups={"alle": 1.0}),
    )
    plan = compute_plan(city, replace(base, kinds=kinds, staff=Staff(6.0, 1)), "p")
    assert {s.kind for s in plan.new_sessions} == {"b"}


def test_the_table_of_places_moves_the_only_session(city, base):
    one = replace(base, staff=Staff(3.0, 1))
    plain = compute_plan(city, one, "p")
    assert [s.place_kind for s in plain.new_sessions] == ["family_centre"]
    group = replace(base.groups[0], places={"library": 1.0}, other_places=0.1)
    tabled = compute_plan(city, replace(one, groups=(group,)), "p")
    assert [s.place for s in tabled.new_sessions] == ["b1"]
    none = replace(base.groups[0], places={"cafe": 1.0}, other_places=0.0)
    only = compute_plan(city, replace(one, groups=(none,), staff=Staff(9.0, 1)), "p")
    assert [s.place for s in only.new_sessions] == ["c1"]
    assert only.groups[0].steps[-1].before == 0.0


def test_rooms_of_unknown_size_are_allowed_and_small_ones_not(city, base):
    kinds = (SessionKind("open", "Offene Sprechstunde", min_capacity=35),)
    plan = compute_plan(city, replace(base, kinds=kinds, staff=Staff(60.0, 1)), "p")
    # Library 30 and family centre 20 are too small; café and clubhouse are of unknown size.
    assert {s.place for s in plan.new_sessions} <= {"s1", "j1", "c1", "v1"}
    assert {"s1", "c1"} <= {s.place for s in plan.new_sessions}
    assert noted(plan, "Größe der Räume") == (
        "Größe der Räume: verlangt sind so viele Plätze: Offene Sprechstunde 35. Von 2 der 6 Räume "
        "ist die Größe unbekannt; sie sind zugelassen."
    )


def test_the_promise_is_kept_only_by_a_session_that_serves_somebody(city, base, scenario):
    """A morning session serves no children: it keeps no promise to a region."""
    children = (scenario.groups[1],)
    rule = Guarantee("bezirksregion", 20, weight=1.0)
    windows = city.table("windows")
    windows = windows[windows["place"] != "b1"]
    morning = windows.assign(end=windows["end"].where(windows["place"] != "s1", "12:30"))
    wanted = replace(
        base,
        groups=children,
        guarantee=rule,
        rooms=Rooms(kinds=("community_centre",)),
        staff=Staff(3.0, 1),
    )
    plan = compute_plan(Other(city, windows=morning), wanted, "p")
    assert plan.quality.objective == 0.0 and plan.quality.bound == 0.0
    assert all(not m.attainable for m in plan.guarantee.missed)


# Named teams


def test_named_teams_keep_to_their_hours_half_days_and_kinds(city, base):
    kinds = (
        SessionKind("open", "Offene Sprechstunde"),
        SessionKind("termin", "Beratung nach Termin", hours=2.0, groups={"alle": 0.9}),
    )
    teams = (
        Team("Nord", hours_per_week=6.0, half_days=("mo_am", "di_am", "mi_am"), kinds=("open",)),
        Team("Süd", hours_per_day=2.0, kinds=("termin",), half_days=("do_am", "do_pm", "fr_am")),
    )
    wanted = replace(base, kinds=kinds, teams=teams, staff=Staff(100.0))
    plan = compute_plan(city, wanted, "p")
    held = defaultdict(list)
    for s in plan.new_sessions:
        held[s.team].append(s)
    assert set(held) == {"Nord", "Süd"}
    assert len(held["Nord"]) == 2 and sum(s.hours for s in held["Nord"]) == 6.0
    assert {s.half_day for s in held["Nord"]} <= {"mo_am", "di_am", "mi_am"}
    assert {s.kind for s in held["Nord"]} == {"open"}
    # Two hours a day: one appointment on Thursday, one on Friday.
    assert Counter(s.weekday for s in held["Süd"]) == {3: 1, 4: 1}
    assert {s.kind for s in held["Süd"]} == {"termin"}
    assert {d.team for d in plan.days} == {"Nord", "Süd"}


def test_a_teams_existing_session_counts_against_its_hours(city, base):
    teams = (Team("Team 1", hours_per_week=6.0), Team("Team 2", hours_per_week=3.0))
    wanted = replace(base, teams=teams, staff=Staff(100.0), existing=Existing(our_providers=OURS))
    plan = compute_plan(city, wanted, "p")
    hours = Counter()
    for s in plan.sessions:
        hours[s.team] += s.hours
    assert hours == {"Team 1": 6.0, "Team 2": 3.0}
    assert all(s.half_day != "mo_am" for s in plan.new_sessions if s.team == "Team 1")


def test_swaps_of_named_teams_are_ones_they_can_hold(city, base):
    teams = (Team("A", half_days=("mo_am",)), Team("B", half_days=("di_pm",)))
    plan = compute_plan(city, replace(base, teams=teams, staff=Staff(6.0)), "p")
    assert {s.half_day for s in plan.new_sessions} == {"mo_am", "di_pm"}
    for s in plan.new_sessions:
        assert s.next_time is None
        assert (s.next_room.weekday, s.next_room.half_day) == (s.weekday, s.half_day_name)


# Existing sessions that are free to go


def free(base, bonus: float, **parts):
    existing = Existing("free", stay_bonus=bonus, our_providers=OURS)
    return replace(base, existing=existing, **parts)


def test_a_session_stays_where_nothing_is_better(city, base):
    group = replace(base.groups[0], places={"jobcenter": 1.0}, other_places=0.0)
    rooms = replace(ALL, kinds=("library", "jobcenter"))
    plan = compute_plan(
        city, free(base, 1.0, groups=(group,), rooms=rooms, staff=Staff(3.0, 1)), "p"
    )
    (kept,) = plan.sessions
    assert (kept.place, kept.half_day, kept.existing) == ("j1", "mo_am", True)
    assert plan.ended == () and plan.new_sessions == ()
    assert noted(plan, "Bestehende Sprechstunden: 1 eigene") == (
        "Bestehende Sprechstunden: 1 eigene durften verlegt oder aufgegeben werden; eine, die "
        "bleibt, zählt so viel wie 1 Menschen mehr."
    )


def test_a_session_is_given_up_for_a_better_one_and_its_hours_are_free(city, base):
    plan = compute_plan(city, free(base, 1.0, staff=Staff(3.0, 1)), "p")
    assert [s.place for s in plan.new_sessions] == ["f1"]
    (gone,) = plan.ended
    assert (gone.place, gone.half_day) == ("j1", "mo_am")
    assert "entfällt zugunsten anderer" in gone.reason
    assert plan.hours_used == 3.0 and plan.hours_held == 0.0
    assert any("entfällt" in line and "Jobcenter Kleinstadt" in line for line in plan.summary())


def test_a_large_bonus_keeps_the_session(city, base):
    plan = compute_plan(city, free(base, 1e6, staff=Staff(3.0, 1)), "p")
    assert [(s.place, s.existing) for s in plan.sessions] == [("j1", True)]
    assert plan.ended == ()


def with_sessions(city, *spans: tuple[str, str]) -> Other:
    """The city with the Jobcenter's session on Monday at other times."""
    first = city.table("sessions").iloc[:1]
    rows = [first.assign(start=start, end=end) for start, end in spans]
    return Other(city, sessions=pd.concat(rows, ignore_index=True))


@pytest.mark.parametrize(("start", "end", "hours"), [("09:15", "10:15", 1), ("08:15", "12:15", 4)])
def test_a_session_that_stays_is_no_longer_and_no_shorter_than_now(city, base, start, end, hours):
    # New ones last three hours; the week has hours for this one and one more.
    wanted = free(base, 1e6, staff=Staff(hours + 3.0, 1))
    plan = compute_plan(with_sessions(city, (start, end)), wanted, "p")
    (kept,) = [s for s in plan.sessions if s.existing]
    assert (kept.place, kept.half_day, kept.start, kept.end) == ("j1", "mo_am", start, end)
    assert "besteht bereits und bleibt;" in kept.reason
    assert [s.hours for s in plan.new_sessions] == [3.0]
    assert plan.hours_used == hours + 3.0 and plan.ended == ()


def test_a_session_that_has_no_hours_left_goes(city, base):
    plan = compute_plan(
        with_sessions(city, ("08:15", "12:15")), free(base, 1e6, staff=Staff(3.5, 1)), "p"
    )
    assert [(s.place, s.start, s.end) for s in plan.ended] == [("j1", "08:15", "12:15")]
    assert all(not s.existing for s in plan.sessions)


def test_of_two_in_one_room_and_half_day_one_stays_and_the_other_is_named(city, base):
    rooms = replace(ALL, max_sessions_per_room=3)
    wanted = free(base, 1e6, rooms=rooms, staff=Staff(9.0, 2))
    plan = compute_plan(with_sessions(city, ("08:00", "09:00"), ("10:00", "12:00")), wanted, "p")
    (kept,) = [s for s in plan.sessions if s.existing]
    (gone,) = plan.ended
    times = {(kept.start, kept.end), (gone.start, gone.end)}
    assert times == {("08:00", "09:00"), ("10:00", "12:00")}
    assert noted(plan, "Bestehende Sprechstunden: 2 eigene").endswith(
        "In einem Raum bleibt an einem Halbtag höchstens eine davon, die andere gilt als "
        "aufgegeben: Jobcenter Kleinstadt, Montag 8.00–9.00 Uhr oder 10.00–12.00 Uhr. Sollen sie "
        'alle bleiben, hilft mode = "keep".'
    )


def test_sessions_of_others_are_never_free_to_go(city, base):
    foreign = replace(base, existing=Existing("free", our_providers=("Fachstelle",)))
    plan = compute_plan(city, foreign, "p")
    assert [s.place for s in plan.sessions if s.existing] == ["j1"] and plan.ended == ()


def test_the_loss_of_a_swap_counts_the_bonus_of_what_stays(city, base):
    plan = compute_plan(city, free(base, 500.0, staff=Staff(6.0, 1)), "p")
    assert "j1" in {s.place for s in plan.sessions}
    for s in plan.sessions:
        assert 0 < s.lost <= 1
        for other in (s.next_room, s.next_time):
            assert other is None or 0 <= other.worse <= s.lost + 1e-6


# What must be, and must not


def test_the_limit_is_kept_and_stands_in_the_notes(city, base):
    wanted = replace(base, limit=Limit(62.0), staff=Staff(15.0, 1))
    plan = compute_plan(city, wanted, "p")
    travel = city.table("travel").query("profile == 'standard'")
    ways = travel.pivot(index="area", columns="place", values="minutes")
    nearest = ways[[s.place for s in plan.sessions]].min(axis=1)
    assert nearest.max() <= 62.0
    assert noted(plan, "Grenze für alle: ").startswith(
        "Grenze für alle: Aus jedem Gebiet ist ein Angebot in 62 Minuten erreichbar"
    )


def test_a_limit_that_needs_more_hours_is_refused_with_what_is_in_conflict(city, base):
    tight = replace(base, limit=Limit(56.0), staff=Staff(3.0, 1))
    with pytest.raises(PlacementError, match="nicht zugleich erfüllen") as caught:
        compute_plan(city, tight, "p")
    listed = [p.where for p in caught.value.problems]
    assert "nicht mehr Stunden in der Woche, als das Personal hat" in listed
    assert all(w.startswith(("eine Sprechstunde in 56", "nicht mehr Stunden")) for w in listed)
    with pytest.raises(PlacementError, match="kein geeigneter Raum in der Nähe"):
        compute_plan(city, replace(base, limit=Limit(10.0), staff=Staff(100.0, 9)), "p")


def test_a_fixed_session_is_in_the_plan_and_a_forbidden_room_is_not(city, base):
    wanted = replace(
        base,
        fixed=(Fixed("v1", "fr_pm"),),
        rooms=replace(ALL, forbidden=("f1",)),
        staff=Staff(9.0, 1),
    )
    plan = compute_plan(city, wanted, "p")
    slots = new(plan)
    assert ("v1", "fr_pm", "open") in slots and "f1" not in {p for p, _, _ in slots}
    assert [s.fixed for s in plan.new_sessions if s.place == "v1"] == [True]
    assert noted(plan, "Fest vorgegeben") == (
        "Fest vorgegeben: 1 Sprechstunde steht im Plan, weil das Szenario es verlangt."
    )
    assert noted(plan, "Ausgeschlossene") == "Ausgeschlossene Räume: Familienzentrum Nord."


def test_fixed_sessions_that_cannot_be_are_all_named_with_why(city, base):
    wrong = replace(
        base,
        fixed=(Fixed("f1", "mo_am"), Fixed("s1", "di_pm"), Fixed("b1", "mi_am")),
        rooms=replace(ALL, forbidden=("f1",)),
    )
    windows = city.table("windows")
    closed = windows[~((windows["place"] == "s1") & (windows["weekday"] == 1))]
    with pytest.raises(PlacementError) as caught:
        compute_plan(Other(city, windows=closed), wrong, "p")
    assert [p.where for p in caught.value.problems] == [
        "Familienzentrum Nord, Montag (Vormittag)",
        "Stadtteilzentrum Ost, Dienstag (Nachmittag)",
    ]
    assert "Raum nicht zugelassen" in str(caught.value)
    assert "kein freies Zeitfenster" in str(caught.value)


def test_two_fixed_sessions_for_one_team_are_refused(city, base):
    twice = replace(base, fixed=(Fixed("f1", "mo_am"), Fixed("b1", "mo_am")), staff=Staff(30.0, 1))
    with pytest.raises(PlacementError) as caught:
        compute_plan(city, twice, "p")
    assert {p.where for p in caught.value.problems} == {
        "feste Sprechstunde Familienzentrum Nord, Montag (Vormittag)",
        "feste Sprechstunde Bibliothek Mitte, Montag (Vormittag)",
        "nicht mehr Sprechstunden zur selben Zeit, als Teams frei sind",
    }


def test_sessions_spread_over_the_week_as_wished(city, base):
    wanted = replace(
        base,
        spread=Spread(min_per_weekday=1, max_per_weekday=1, different_days=True),
        staff=Staff(15.0, 2),
    )
    plan = compute_plan(city, wanted, "p")
    assert Counter(s.weekday for s in plan.new_sessions) == dict.fromkeys(range(5), 1)
    assert noted(plan, "Verteilung der Sprechstunden") == (
        "Verteilung der Sprechstunden über die Woche: mindestens 1 an jedem Wochentag, höchstens 1 "
        "an einem Wochentag, die eines Raums an verschiedenen Tagen."
    )


# Uncertain need


def test_a_robust_plan_is_no_worse_in_the_worst_case(city, base):
    """Counts that may be far lower in the north-east, where there is most need."""
    counts = city.table("counts").copy()
    unsure = counts["area"].str.startswith("04") & (counts["measure"] == "sgb2_persons")
    unsure &= counts["level"] == "planungsraum"
    counts.loc[unsure, "bound_low"] = 1
    edition = Other(city, counts=counts)
    plain = replace(base, staff=Staff(3.0, 1), reach=(Reach(20, 1.0),))
    careful = replace(plain, robust=Robust(9))
    one, two = (compute_plan(edition, s, "p") for s in (plain, careful))
    assert [s.place for s in one.new_sessions] != [s.place for s in two.new_sessions]
    worst = [_worst(edition, careful, plan) for plan in (one, two)]
    assert worst[1] >= worst[0]
    assert two.quality.objective == pytest.approx(worst[1], rel=1e-6)
    assert noted(two, "Vorsicht: ").startswith(
        "Vorsicht: Der Plan ist der beste für den Fall, dass der Bedarf in 9 Gebieten"
    )


def _worst(edition, scenario, plan: Plan) -> float:
    situation = read_situation(edition, scenario)
    regions = guaranteed_regions(edition, scenario, situation)
    problem = build_problem(scenario, situation, regions)
    chosen = np.zeros(problem.allowed.shape, dtype=bool)
    days = [h.key for h in situation.half_days]
    for s in plan.new_sessions:
        room = list(situation.places["place"]).index(s.place)
        chosen[room, days.index(s.half_day)] = True
    return value_of(problem, chosen)


# Capacity


def test_with_few_places_sessions_last_longer_and_the_gain_is_what_fits(city, base):
    group = replace(base.groups[0], visits_per_week=0.02)
    kinds = (
        SessionKind(
            "open", "Offene Sprechstunde", max_hours=5.0, persons_per_hour=4.0, half_days=("am",)
        ),
    )
    existing = Existing("ignore")
    wanted = replace(
        base, groups=(group,), kinds=kinds, existing=existing, staff=Staff(4.0, 1),
        rooms=replace(ALL, kinds=("family_centre",)),
    )  # fmt: skip
    plan = compute_plan(city, wanted, "p")
    (session,) = plan.new_sessions
    assert (session.place, session.hours) == ("f1", 3.5)
    assert plan.hours_used == 3.5 and session.persons == 14.0
    # The room opens at nine, the morning ends at half past twelve. Fourteen persons come: at
    # two of a hundred these stand for 700, and so many live in the nearest squares.
    assert plan.quality.objective == pytest.approx(700.0, rel=1e-6)
    assert noted(plan, "Plätze: ") == (
        "Plätze: Gerechnet ist, wie viele in die Sprechstunden passen (Menschen je Stunde: Offene "
        "Sprechstunde 4). Angenommen ist, dass in einer Woche dieser Anteil des Bedarfs kommt: "
        f"Leistungsberechtigte 2,0{NARROW}%. Die Zahlen der Reichweite sagen dagegen, wer in der "
        "Nähe wohnt."
    )


def test_a_second_session_in_a_room_is_worth_something_only_with_capacity(city, base):
    group = replace(base.groups[0], visits_per_week=0.02)
    kinds = (SessionKind("open", "Offene Sprechstunde", persons_per_hour=4.0),)
    rooms = replace(ALL, kinds=("family_centre",), max_sessions_per_room=2)
    full = replace(base, groups=(group,), kinds=kinds, rooms=rooms, staff=Staff(6.0, 1))
    assert len(compute_plan(city, full, "p").new_sessions) == 2
    plain = replace(full, groups=base.groups)
    without = compute_plan(city, plain, "p")
    assert len(without.new_sessions) == 1
    assert noted(without, "Plätze: ").startswith("Plätze: nicht geprüft; im Szenario fehlt")


# Priorities, ways, modes


def test_a_priority_moves_the_session_and_stands_in_the_notes(city, base):
    """The quote of the children in the south-west is lower than elsewhere."""
    one = replace(base, staff=Staff(3.0, 1), reach=(Reach(20, 1.0),))
    plain = compute_plan(city, one, "p")
    assert [s.place for s in plain.new_sessions] == ["f1"]
    values = city.table("values").query("indicator == 'sgb2_quote'")
    bound = float(values[values["area"].str.len() == 4]["value"].median())
    lifted = Priority("wenig Bezug", 50.0, indicator="sgb2_quote", at_most=bound)
    moved = compute_plan(city, replace(one, priorities=(lifted,)), "p")
    assert [s.place for s in moved.new_sessions] != ["f1"]
    assert "50-fach" in noted(moved, "Vorrang „wenig Bezug“")


def test_ways_of_the_teams_stand_in_the_notes_and_are_kept(city, base):
    wanted = replace(
        base,
        between=Between(speed_kmh=4.0, break_minutes=15.0),
        staff=Staff(12.0, 1),
        weekdays=(0, 1),
    )
    plan = compute_plan(city, wanted, "p")
    places = city.places.set_index("place").geometry
    held = sorted(plan.sessions, key=lambda s: (s.weekday, s.start))
    both = [
        (a, b)
        for a, b in pairwise(held)
        if a.weekday == b.weekday and not (a.existing or b.existing)
    ]
    assert both
    for a, b in both:
        metres = places[a.place].distance(places[b.place])
        way = 1.3 * metres / (4000 / 60) + 10 + 15
        assert minutes_of(b.start) - minutes_of(a.end) >= way - 1e-6
    assert noted(plan, "Wege der Teams") == (
        "Wege der Teams: Luftlinie mal 1,3 bei 4 Kilometern in der Stunde, dazu 10 Minuten für "
        "Aufbruch und Ankunft und 15 Minuten Pause."
    )


def test_another_mode_has_its_own_ways_and_is_named(city, base):
    walk = city.table("travel")
    fast = walk.assign(mode="bike", minutes=walk["minutes"] / 3)
    edition = Other(city, travel=pd.concat([walk, fast], ignore_index=True))
    group = replace(base.groups[0], mode="bike")
    one = replace(base, staff=Staff(3.0, 1))
    plan = compute_plan(edition, replace(one, groups=(group,)), "p")
    on_foot = compute_plan(edition, one, "p")
    assert plan.groups[0].steps[-1].after > on_foot.groups[0].steps[-1].after
    assert plan.notes[0].startswith("Die Wege sind nicht berechnet, sondern als Tabelle geliefert.")
    assert "Fußwege" not in plan.notes[0]
    assert not any("zu Fuß" in s.reason for s in plan.new_sessions)
    with pytest.raises(PlacementError, match="bike mit standard, "):
        compute_plan(edition, replace(one, groups=(replace(group, mode="rail"),)), "p")


# Ending early


def test_a_search_that_is_stopped_at_once_says_so_or_has_a_plan(city, base):
    try:
        plan = compute_plan(city, base, "p", stop=lambda: True)
    except PlacementError as error:
        assert "angehalten" in str(error)
    else:
        assert plan.quality.ended in ("stopped", "optimal")
        assert plan.hours_used <= plan.hours_per_week


def test_a_tiny_time_limit_gives_a_plan_that_keeps_to_everything(city, base):
    rule = SolveRule(gap=0.0, time_limit_seconds=1e-9)
    wanted = replace(base, solve=rule, between=Between(speed_kmh=2.0), staff=Staff(12.0, 1))
    plan = compute_plan(city, wanted, "p")
    assert plan.hours_used <= 12.0
    assert max(Counter(s.half_day for s in plan.new_sessions).values()) == 1
    assert plan.quality.objective <= plan.quality.bound + 1e-6
