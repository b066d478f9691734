"""A plan on a tiny city, held to what was asked for and to trying every other plan."""

import json
from dataclasses import replace
from itertools import chain, combinations
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from atlas.edition import Edition
from atlas.placement.calendar import calendar_of, placeholder_start
from atlas.placement.plan import Plan, compute_plan, place, read_plans
from atlas.placement.result import default_plan, next_session, team_text
from atlas.placement.scenario import Existing, Guarantee, Reach, Rooms, Scenario, Staff
from geodata.errors import EditionError, OutputError, PlacementError

FINE = "planungsraum"


def value_by_loops(city, scenario: Scenario, sessions: list[tuple[str, str]]) -> float:
    """Weighted reach and guarantee of (place, half-day) sessions, straight from the tables."""
    travel = city.table("travel")
    minutes = {p: t.pivot(index="area", columns="place", values="minutes")
               for p, t in travel.groupby("profile")}  # fmt: skip
    counts = city.table("counts")
    counts = counts[(counts["level"] == FINE) & (counts["period"] == "2024-06-30")]
    offers = [("j1", "mo_am"), *sessions]
    total, weighted = 0.0, 0.0
    for group in scenario.groups:
        measure, _, member = (group.need[0].measure or "").partition("/")
        rows = counts[(counts["measure"] == measure) & (counts["group"] == (member or "total"))]
        near = [p for p, t in offers if not group.half_days or t[3:] in group.half_days]
        for row in rows.itertuples():
            if row.area == "0100":
                continue
            middle = (row.bound_low + row.bound_high) / 2
            need = group.weight * float(middle if pd.isna(row.count) else row.count)
            weighted += need
            way = min((minutes[group.profile].loc[row.area, p] for p in near), default=np.inf)
            total += need * max((r.weight for r in scenario.reach if way <= r.minutes), default=0.0)
    rule = scenario.guarantee
    if rule is not None:
        kept = {
            area[:2]
            for area, ways in minutes[rule.profile].iterrows()
            if min(ways[p] for p, _ in offers) <= rule.minutes
        }
        total += len(kept) * rule.weight * weighted / 4
    return total


def test_no_other_plan_is_better(city, scenario):
    plan = compute_plan(city, scenario, "probe")
    taken = [(s.place, s.half_day) for s in plan.new_sessions]
    slots = [
        (p, f"{d}_{h}") for p in ("b1", "f1", "s1") for d in ("mo", "di") for h in ("am", "pm")
    ]
    others = chain.from_iterable(combinations(slots, n) for n in range(3))
    best = max(value_by_loops(city, scenario, list(other)) for other in others)
    assert value_by_loops(city, scenario, taken) == pytest.approx(best)
    gained = best - value_by_loops(city, scenario, [])
    assert plan.quality.objective == pytest.approx(gained, rel=1e-6)
    assert (plan.quality.gap, plan.quality.ended) == (0.0, "optimal")


def test_staff_is_never_exceeded(city, changed):
    plan = compute_plan(city, changed(staff=Staff(teams=1, hours_per_week=100)), "probe")
    per_half_day = pd.Series([s.half_day for s in plan.new_sessions]).value_counts()
    assert per_half_day.max() == 1
    assert plan.hours_used == sum(s.hours for s in plan.new_sessions)
    short = compute_plan(city, changed(staff=Staff(teams=5, hours_per_week=5.9)), "probe")
    assert len(short.new_sessions) == 1 and short.hours_used == 3.0


def test_own_existing_hours_use_up_staff_and_a_teams_half_day(city, changed):
    ours = Existing(our_providers=("Jobcenter Kleinstadt",))
    plan = compute_plan(city, changed(existing=ours), "probe")
    assert len(plan.new_sessions) == 1
    assert plan.hours_used == 6.0
    assert "mo_am" not in {s.half_day for s in plan.new_sessions}


def test_a_session_lies_within_the_rooms_window_and_the_half_day(city, scenario):
    plan = compute_plan(city, scenario, "probe")
    assert plan.new_sessions
    for session in plan.new_sessions:
        assert "09:00" <= session.start < session.end <= "17:00"
        assert session.hours_known and "Öffnungszeiten unbekannt" not in session.reason
        bounds = ("08:00", "12:30") if session.half_day.endswith("am") else ("12:30", "18:00")
        assert bounds[0] <= session.start and session.end <= bounds[1]


def test_a_session_longer_than_every_window_finds_no_room(city, changed):
    plan = compute_plan(
        city, changed(staff=Staff(teams=3, hours_per_week=90, session_hours=5.0)), "probe"
    )
    assert plan.new_sessions == ()


def test_unknown_hours_are_said_and_the_default_half_days_hold(city, changed):
    rooms = Rooms(owners=("unknown",), kinds=("association",), default_half_days=("am",))
    plan = compute_plan(city, changed(rooms=rooms), "probe")
    assert [s.place for s in plan.new_sessions] == ["v1"]
    session = plan.new_sessions[0]
    assert session.half_day.endswith("am") and not session.hours_known
    assert "Öffnungszeiten unbekannt" in session.reason


def test_existing_sessions_stay_and_reach_people(city, scenario, changed):
    plan = compute_plan(city, scenario, "probe")
    kept = [s for s in plan.sessions if s.existing]
    assert [(s.place, s.weekday, s.start, s.end) for s in kept] == [("j1", 0, "09:00", "12:00")]
    assert "besteht bereits" in kept[0].reason
    without = compute_plan(city, changed(existing=Existing(mode="ignore")), "probe")
    assert not [s for s in without.sessions if s.existing]
    assert plan.groups[0].steps[-1].before > without.groups[0].steps[-1].before == 0


@pytest.mark.parametrize("owner", ["public", "non_profit", "other", "unknown"])
def test_only_rooms_of_the_wanted_owner_are_used(city, changed, owner):
    rooms = Rooms(owners=(owner,), default_half_days=("am", "pm"))
    plan = compute_plan(city, changed(rooms=rooms), "probe")
    owners = city.table("places").set_index("place")["owner"]
    assert {owners[s.place] for s in plan.new_sessions} == {owner}


def test_present_kinds_reach_people_and_are_no_candidates(city, changed):
    rooms = Rooms(present_kinds=("jobcenter",), default_half_days=("am", "pm"))
    plan = compute_plan(city, changed(rooms=rooms, existing=Existing(mode="ignore")), "probe")
    assert "j1" not in {s.place for s in plan.sessions}
    assert plan.groups[1].steps[-1].before > 0


def test_nothing_is_lost_with_a_session_where_the_service_is_present_anyway(city, changed):
    rooms = Rooms(present_kinds=("jobcenter",), default_half_days=("am", "pm"))
    plan = compute_plan(city, changed(rooms=rooms), "probe")
    held = next(s for s in plan.sessions if s.existing)
    assert held.reach[0].reached > 0
    assert [part.alone for part in held.reach] == [0.0] * len(held.reach)
    assert "Fiele diese Sprechstunde weg, bliebe allen eine andere" in held.reason


def test_a_group_that_needs_barrier_free_rooms_is_served_there_only(city, changed, scenario):
    groups = tuple(replace(g, barrier_free="yes") for g in scenario.groups)
    rooms = Rooms(kinds=("community_centre",))
    plan = compute_plan(city, changed(groups=groups, rooms=rooms, guarantee=None), "probe")
    reached = {g.group: g.steps[-1].after - g.steps[-1].before for g in plan.groups}
    assert reached == {"alle": 0.0, "kinder": 0.0}


def test_what_the_guarantee_misses_is_reported_by_name(city, changed):
    rooms = Rooms(kinds=("family_centre",))
    strict = Guarantee("bezirksregion", 12)
    plan = compute_plan(city, changed(rooms=rooms, guarantee=strict), "probe")
    assert plan.guarantee is not None
    missed = {m.name: m.attainable for m in plan.guarantee.missed}
    assert missed == {"Region 02": False, "Region 03": False}
    assert plan.guarantee.sentence().endswith(
        "Ohne Angebot, weil kein geeigneter Raum in der Nähe ist: Region 02, Region 03."
    )


def test_a_region_missed_for_want_of_staff_is_called_attainable(city, changed):
    plan = compute_plan(
        city, changed(staff=Staff(30.0, 0), guarantee=Guarantee("bezirksregion", 20)), "probe"
    )
    assert plan.guarantee is not None and plan.new_sessions == ()
    assert all(m.attainable for m in plan.guarantee.missed) and plan.guarantee.missed
    assert "Ohne Angebot, obwohl ein Raum da wäre: Region" in plan.guarantee.sentence()


def test_a_weighty_guarantee_moves_the_only_session_to_the_middle(city, changed):
    # Need is highest in the north-east; from the middle all four regions are within 25 minutes.
    one = Staff(3.0, 1)
    free = compute_plan(city, changed(staff=one, guarantee=None), "probe")
    rule = Guarantee("bezirksregion", 25, weight=50.0)
    bound = compute_plan(city, changed(staff=one, guarantee=rule), "probe")
    assert [s.place for s in free.new_sessions] == ["f1"]
    assert [s.place for s in bound.new_sessions] == ["b1"]
    assert bound.guarantee is not None and bound.guarantee.missed == ()


def test_numbers_of_a_session_follow_from_the_tables(city, scenario):
    plan = compute_plan(city, scenario, "probe")
    areas = {(a.area, a.group): a for a in plan.areas}
    travel = city.table("travel")
    travel = travel[travel["profile"] == "standard"].set_index(["area", "place"])["minutes"]
    keys = {a.area for a in plan.areas}
    for session in plan.new_sessions:
        for part in session.reach:
            near = [k for k in keys if travel[k, session.place] <= part.minutes]
            assert part.reached == pytest.approx(sum(areas[k, part.group].need for k in near))
            fresh = [k for k in near if areas[k, part.group].level_before is None]
            assert part.new == pytest.approx(sum(areas[k, part.group].need for k in fresh))
            assert part.alone <= part.reached and part.new + part.closer <= part.reached + 0.01
    for group in plan.groups:
        reached = [a for a in plan.areas if a.group == group.group and a.level_after is not None]
        assert group.steps[-1].after == pytest.approx(sum(a.need for a in reached))


def test_the_reason_says_what_is_reached_and_how_sure_that_is(city, scenario):
    plan = compute_plan(city, scenario, "probe")
    reasons = {s.place: s.reason for s in plan.new_sessions}
    assert reasons["f1"].startswith("Familienzentrum Nord, ")
    assert "erreicht zu Fuß in 40 Minuten rund 4.340 Leistungsberechtigte" in reasons["f1"]
    assert "davon bisher ohne Angebot in Reichweite" in reasons["f1"]
    children = replace(scenario, groups=scenario.groups[1:])
    guessed = compute_plan(city, children, "probe")
    assert any("schätzungsweise" in s.reason for s in guessed.new_sessions)


def without_clock(plan: Plan) -> Plan:
    return replace(plan, quality=replace(plan.quality, seconds=0.0))


def test_the_same_input_gives_the_same_plan(city, scenario):
    one, two = (compute_plan(city, scenario, "probe") for _ in range(2))
    assert without_clock(one) == without_clock(two)


def test_a_plan_is_written_read_back_and_exchanged(city, scenario, changed):
    plan = place(city, scenario, "hin-und-zurück")
    assert plan in read_plans(city)
    folder = city.plans_path / "hin-und-zurück"
    files = ["plan.gpkg", "plan.ics", "plan.json", "plan.xlsx", "teams"]
    assert sorted(f.name for f in folder.iterdir()) == files
    assert [f.name for f in (folder / "teams").iterdir()] == ["Team_1.ics"]
    other = place(city, changed(title="Anders"), "hin-und-zurück")
    assert [p.title for p in read_plans(city) if p.name == other.name] == ["Anders"]
    assert not [f for f in city.plans_path.iterdir() if f.name.startswith(".")]


def test_a_plan_of_another_edition_is_not_shown_and_a_damaged_one_is_named(city, scenario):
    folder = city.plans_path / "fremd"
    plan = place(city, scenario, "fremd")
    file = folder / "plan.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**raw, "content": "anderes"}), encoding="utf-8")
    assert plan.name not in {p.name for p in read_plans(city)}
    file.write_text('{"halb', encoding="utf-8")
    with pytest.raises(EditionError, match="Plan ist beschädigt"):
        read_plans(city)
    file.unlink()


def test_a_folder_that_is_no_plan_is_left_alone(city, scenario, tmp_path):
    (tmp_path / "Briefe").mkdir()
    (tmp_path / "Briefe" / "brief.txt").write_text("wichtig")
    with pytest.raises(OutputError, match="kein Plan"):
        place(city, scenario, "probe", out=tmp_path / "Briefe")
    assert (tmp_path / "Briefe" / "brief.txt").read_text() == "wichtig"


@pytest.mark.parametrize("name", ["", "../oben", ".versteckt", "a/b"])
def test_a_name_that_is_no_folder_name_is_refused(city, scenario, name):
    with pytest.raises(PlacementError, match="heißen"):
        place(city, scenario, name)


def test_what_the_edition_does_not_have_is_listed(city, changed, scenario):
    wrong = changed(
        rooms=Rooms(kinds=("kiosk",)),
        guarantee=Guarantee("prognoseraum", 10),
        groups=(replace(scenario.groups[0], profile="fahrrad"),),
    )
    with pytest.raises(PlacementError) as error:
        compute_plan(city, wrong, "probe")
    text = str(error.value)
    assert all(word in text for word in ("'kiosk'", "'prognoseraum'", "'fahrrad'"))


def events_of(folder) -> list:
    """The events of a plan's calendar file."""
    return list(Calendar.from_ical((folder / "plan.ics").read_bytes()).walk("VEVENT"))


def test_the_calendar_repeats_every_week_at_berlin_time(city, changed, tmp_path):
    plan = place(city, changed(starts="2024-09-04", ends="2024-12-20"), "p", out=tmp_path / "p")
    events = events_of(tmp_path / "p")
    assert len(events) == len(plan.sessions)
    for event, session in zip(events, plan.sessions, strict=True):
        start = event["dtstart"].dt
        assert start.tzinfo == ZoneInfo("Europe/Berlin")
        assert start.weekday() == session.weekday and start.strftime("%H:%M") == session.start
        assert event["rrule"]["FREQ"] == ["WEEKLY"]
        assert session.reason in str(event["description"])
        state = "bestehend" if session.existing else "neu"
        assert str(event["summary"]).endswith(f"({state})")
        assert session.team in str(event["summary"])
        if not session.existing:
            assert "2024-09-04" <= start.date().isoformat() <= "2024-09-10"
            assert str(event["rrule"]["UNTIL"][0].date()) == "2024-12-20"
    assert len({str(e["uid"]) for e in events}) == len(events)


def test_without_a_start_the_calendar_says_that_it_is_open(city, scenario, tmp_path):
    plan = place(city, scenario, "p", out=tmp_path / "p")
    assert plan.start_open
    for event, session in zip(events_of(tmp_path / "p"), plan.sessions, strict=True):
        assert ("(neu, Beginn offen)" in event["summary"]) == (not session.existing)
        assert ("Platzhalter" in event["description"]) == (not session.existing)
        assert event["status"] == ("CONFIRMED" if session.existing else "TENTATIVE")
        # Figures of 30 June 2024; the first Monday of the half-year after next is 6 January.
        earliest = "2024-06-30" if session.existing else "2025-01-06"
        assert event["dtstart"].dt.date().isoformat() >= earliest


@pytest.mark.parametrize(
    ("reporting_date", "monday"),
    [("2024-06-30", "2025-01-06"), ("2024-12-31", "2025-07-07"), ("2025-12-31", "2026-07-06")],
)
def test_the_placeholder_is_the_first_monday_of_the_half_year_after_next(reporting_date, monday):
    assert placeholder_start(reporting_date) == monday


def test_existing_series_end_when_they_are_no_longer_valid(city, scenario):
    plan = compute_plan(city, scenario, "probe")

    def event(**dates: str):
        held = replace(next(s for s in plan.sessions if s.existing), **dates)
        calendar = Calendar.from_ical(calendar_of(replace(plan, sessions=(held,))))
        return next(iter(calendar.walk("VEVENT")), None)

    ended = event(valid_from="2024-08-01", valid_to="2024-12-31")
    assert ended["dtstart"].dt.date().isoformat() == "2024-08-05"
    assert str(ended["rrule"]["UNTIL"][0].date()) == "2024-12-31"
    assert "UNTIL" not in event(valid_from="", valid_to="")["rrule"]
    assert event(valid_from="", valid_to="2024-06-30") is None  # a Sunday; it was on Mondays


def test_the_spreadsheet_has_the_week_the_sessions_and_the_caveats(city, scenario, tmp_path):
    plan = place(city, scenario, "p", out=tmp_path / "p")
    book = CalamineWorkbook.from_path(str(tmp_path / "p" / "plan.xlsx"))
    overview = ["Woche", "Sprechstunden", "Reichweite", "Gebiete", "Hinweise"]
    assert book.sheet_names[:5] == overview
    cells = {n: book.get_sheet_by_name(n).to_python() for n in overview}
    week = "\n".join(str(c) for row in cells["Woche"] for c in row)
    assert all(f"{s.start}–{s.end} {s.place_name}" in week for s in plan.sessions)
    assert [row[-1] for row in cells["Sprechstunden"][1:]] == [s.reason for s in plan.sessions]
    assert len(cells["Gebiete"]) == 1 + len(plan.areas)
    head, *rows = cells["Gebiete"]
    for name in ("Minuten vorher", "Minuten nachher", "Minuten dorthin"):
        values = [row[head.index(name)] for row in rows]
        assert any(values) and all(v == "" or v == int(v) for v in values)
    assert {row[head.index("Zahlen")] for row in rows} <= {"veröffentlicht", "geschätzt"}
    notes = "\n".join(str(row[0]) for row in cells["Hinweise"])
    assert "Kleinstadt, erfundene Daten" in notes and "dürfen nicht zusammengezählt" in notes


def test_another_providers_team_stands_with_its_name_everywhere(city, changed, tmp_path):
    ours = Existing(our_providers=("Unser Haus",))
    plan = place(city, changed(existing=ours), "p", out=tmp_path / "p")
    held = next(s for s in plan.sessions if s.existing)
    assert team_text(held) == ", ".join(t for t in ("Jobcenter Kleinstadt", held.team) if t)
    book = CalamineWorkbook.from_path(str(tmp_path / "p" / "plan.xlsx"))
    for sheet in ("Woche", "Sprechstunden"):
        found = "\n".join(str(c) for row in book.get_sheet_by_name(sheet).to_python() for c in row)
        assert team_text(held) in found
    assert any(team_text(held) in e["summary"] for e in events_of(tmp_path / "p"))
    assert all(team_text(s) == s.team and s.provider == "Unser Haus" for s in plan.new_sessions)


def test_existing_hours_beyond_the_budget_are_said_before_anything_else(city, changed, tmp_path):
    ours = Existing(our_providers=("Jobcenter Kleinstadt",))
    plan = place(city, changed(staff=Staff(2.0, 3), existing=ours), "p", out=tmp_path / "p")
    assert plan.new_sessions == () and plan.no_hours_left
    assert plan.warnings == (
        "Das Personal reicht nicht: Die bestehenden Sprechstunden allein brauchen 3 Stunden in "
        "der Woche, vorhanden sind 2. Eine neue Sprechstunde ist nicht möglich.",
    )
    assert plan.summary()[0] == plan.warnings[0]
    assert not any("bester Plan" in line for line in plan.summary())
    week = CalamineWorkbook.from_path(str(tmp_path / "p" / "plan.xlsx")).get_sheet_by_name("Woche")
    assert week.to_python()[1][0] == plan.warnings[0]
    tight = compute_plan(city, changed(staff=Staff(5.0, 3), existing=ours), "p")
    assert tight.warnings[0].startswith("Eine neue Sprechstunde ist nicht möglich: Von 5 Stunden")
    enough = compute_plan(city, changed(staff=Staff(6.0, 3), existing=ours), "p")
    assert enough.warnings == () and enough.new_sessions


def test_more_existing_sessions_at_once_than_teams_are_said(city, changed):
    ours = Existing(our_providers=("Jobcenter Kleinstadt",))
    plan = compute_plan(city, changed(staff=Staff(30.0, 0), existing=ours), "p")
    assert plan.warnings == (
        "Mehr bestehende Sprechstunden zugleich, als es Teams gibt: Montag (Vormittag).",
    )


def test_the_next_session_is_found_however_far_it_is(city, changed, scenario):
    one = changed(staff=Staff(3.0, 1), guarantee=None, reach=(Reach(10, 1.0),))
    plan = compute_plan(city, one, "probe")
    travel = city.table("travel")
    travel = travel[travel["profile"] == "standard"].set_index(["area", "place"])["minutes"]
    far = 0
    for area in {a.area for a in plan.areas}:
        found = next_session(plan, area)
        assert found is not None
        ways = {s.place: travel[area, s.place] for s in plan.sessions}
        assert found.minutes == pytest.approx(min(ways.values()), abs=0.01)
        assert ways[found.session.place] == min(ways.values())
        far += found.minutes > 10
    assert far > 0
    children = next_session(plan, "0122", "kinder")
    assert children is None or "kinder" in children.session.groups
    assert next_session(plan, "0100") is None  # nobody lives there
    nothing = compute_plan(
        city, changed(staff=Staff(0.0, 0), existing=Existing(mode="ignore")), "probe"
    )
    assert next_session(nothing, "0122") is None


def test_what_is_counted_is_told_apart_from_whom_it_is_for(city, scenario):
    groups = (replace(scenario.groups[0], name="Alle", need_name="Fälle im Bestand"),)
    plan = compute_plan(city, replace(scenario, groups=groups), "probe")
    assert (plan.groups[0].name, plan.groups[0].counted) == ("Alle", "Fälle im Bestand")
    assert any("Fälle im Bestand" in s.reason for s in plan.new_sessions)
    assert not any(" ihn " in s.reason or "Termin" in s.reason for s in plan.sessions)
    plain = compute_plan(city, scenario, "probe")
    assert plain.groups[0].counted == plain.groups[0].name == "Leistungsberechtigte"


def test_the_plan_of_the_projects_own_scenario_is_shown_first(city, scenario):
    plans = tuple(replace(compute_plan(city, scenario, "b"), name=name) for name in ("c", "a", "b"))
    assert default_plan(city, plans).name == "a"
    manifest = replace(city.manifest, scenario="b.toml")
    assert default_plan(Edition(city.path, manifest), plans).name == "b"
    assert default_plan(city, ()) is None


def test_the_summary_names_reach_guarantee_and_proof(city, scenario):
    lines = compute_plan(city, scenario, "probe").summary()
    assert lines[0] == "2 neue und 1 bestehende Sprechstunden, 6 von 7,5 Stunden in der Woche."
    assert lines[-2] == "Bezirksregionen mit Angebot in 20 Minuten: 4 von 4."
    assert lines[-1].startswith("Beweisbar bester Plan")
