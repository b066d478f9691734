"""Making a plan on the page: wishes, the search, its result, saving; and what a reader may not."""

import shutil
import tomllib
from dataclasses import replace
from datetime import date

import pytest

from atlas.edition import open_edition
from atlas.placement import saving
from atlas.placement.compare import compare, findings
from atlas.placement.plan import compute_plan, read_plans
from atlas.placement.saving import named, save_plan
from atlas.placement.scenario import (
    Existing,
    Fixed,
    Guarantee,
    Reach,
    Rooms,
    Scenario,
    SolveRule,
    Staff,
    TargetGroup,
    Term,
    scenario_data,
    scenario_from_data,
)
from atlas.serving import PLANNING
from geodata.errors import PlacementError

LONG = 30.0
SCENARIO = Scenario(
    format=1,
    key="probe",
    title="Probe",
    groups=(
        TargetGroup("alle", "Leistungsberechtigte", (Term(measure="sgb2_persons"),)),
        TargetGroup(*("kinder", "Kinder"), (Term(measure="sgb2_persons/age_u15"),), weight=2.0),
    ),
    reach=(Reach(20, 1.0), Reach(40, 0.4)),
    staff=Staff(7.5, 1),
    rooms=Rooms(kinds=("library", "family_centre", "community_centre")),
    existing=Existing(our_providers=("Jobcenter Kleinstadt",)),
    guarantee=Guarantee("bezirksregion", 20),
)


@pytest.fixture
def edition(edition, tmp_path):
    """An edition with a plan, of this test alone: pages write beside it."""
    own = open_edition(shutil.copytree(edition.path, tmp_path / edition.path.name))
    save_plan(own, compute_plan(own, SCENARIO, "probe"))
    return own


@pytest.fixture
def make(run_page):
    """The part "Neu planen", opened."""

    def opened(**query):
        test = run_page("sprechstunden", **query)
        test.session_state["planen_teil"] = "make"
        return run(test)

    return opened


def run(test):
    test.run()
    assert not test.exception, test.exception
    return test


def desk(test):
    return test.session_state["planen_tisch"]


def number_input(test, label):
    return next(n for n in test.number_input if n.label == label)


def press(test, label):
    next(b for b in test.button if b.label == label).click()
    return run(test)


def computed(test, label="Plan rechnen"):
    """Press the button and wait as a reader does, then draw the result."""
    press(test, label)
    if desk(test).job is not None:
        desk(test).job.join(LONG)
    return run(test)


def said(test):
    return "\n".join(str(e.value) for e in [*test.markdown, *test.info, *test.warning, *test.error])


def test_the_form_says_what_the_plan_was_made_with(make):
    test = make()
    assert number_input(test, "Stunden in der Woche").value == 7.5
    assert number_input(test, "Teams").value == 1
    assert "Teams mit Namen und eigenen Zeiten" in [t.label for t in test.toggle]
    assert [n.value for n in test.number_input if n.label == "Gewicht"] == [1.0, 2.0]
    assert desk(test).draft == SCENARIO
    assert "7,5 Stunden in der Woche, 1 Team, 2 Gruppen" in said(test)


def test_unusual_wishes_are_shown_and_stay_as_they_are(make, edition):
    odd = replace(
        SCENARIO,
        groups=(replace(SCENARIO.groups[0], weight=0.05),),
        reach=(Reach(7.5, 1.0), Reach(12.5, 1 / 3)),
        staff=Staff(0.5, 1, session_hours=0.25),
        guarantee=None,
        solve=SolveRule(gap=0.0123, time_limit_seconds=0.5),
    )
    save_plan(edition, named(replace(read_plans(edition)[0], wishes=scenario_data(odd)), "x", "X"))
    test = make(plan="x")
    assert replace(desk(test).draft, title=odd.title) == odd


def test_without_a_change_the_search_gives_the_same_plan(make, edition):
    test = computed(make())
    (saved,) = read_plans(edition)
    assert desk(test).plan.sessions == saved.sessions
    assert "noch nicht gespeichert" in said(test)
    assert len(read_plans(edition)) == 1


def test_what_is_changed_in_the_form_is_what_is_computed(make):
    test = make()
    number_input(test, "Stunden in der Woche").set_value(10.5)
    next(n for n in test.number_input if n.label == "Gewicht").set_value(3.0)
    next(t for t in test.toggle if t.label == "Kinder").set_value(False)
    next(t for t in test.toggle if t.label == "Jedem Gebiet ein Angebot zusagen").set_value(False)
    number_input(test, "2. Gehzeit: höchstens (Minuten)").set_value(30.0)
    number_input(test, "Längste Sprechstunde (Stunden)").set_value(4.0)
    run(test)
    test = computed(test)
    wishes = scenario_from_data(desk(test).plan.wishes)
    assert wishes.staff.hours_per_week == 10.5
    assert [(g.key, g.weight) for g in wishes.groups] == [("alle", 3.0)]
    assert wishes.guarantee is None
    assert wishes.reach[1].minutes == 30
    assert wishes.session_kinds[0].max_hours == 4.0
    assert len(desk(test).plan.groups) == 1


def test_a_group_that_was_switched_off_can_come_back(make):
    test = make()
    toggle = next(t for t in test.toggle if t.label == "Kinder")
    toggle.set_value(False)
    assert len(desk(run(test)).draft.groups) == 1
    next(t for t in test.toggle if t.label == "Kinder").set_value(True)
    assert desk(run(test)).draft == SCENARIO


def test_teams_by_name_have_hours_and_half_days(make):
    test = make()
    number_input(test, "Teams").set_value(2)
    next(t for t in test.toggle if t.label.startswith("Teams mit Namen")).set_value(True)
    run(test)
    test.text_input(key=desk(test).key("team_0")).set_value("Nord")
    test.multiselect(key=desk(test).key("team_half_days_1")).set_value(["di_am", "mo_pm"])
    number_input(test, "Stunden, Team 2").set_value(6.0)
    run(test)
    found = [(t.name, t.hours_per_week, t.half_days) for t in desk(test).draft.teams]
    assert found == [("Nord", None, ()), ("Team 2", 6.0, ("mo_pm", "di_am"))]


def test_what_cannot_be_read_is_said_and_nothing_is_computed(make):
    test = make()
    number_input(test, "2. Gehzeit: zählt zu (Prozent)").set_value(100)
    run(test)
    assert "Mehr Minuten müssen weniger zählen" in said(test)
    assert next(b for b in test.button if b.label == "Plan rechnen").disabled
    number_input(test, "2. Gehzeit: zählt zu (Prozent)").set_value(40)
    run(test)
    assert not next(b for b in test.button if b.label == "Plan rechnen").disabled


def test_a_plan_that_cannot_be_made_is_one_message(make, monkeypatch):
    def refuse(*_):
        raise PlacementError("Es passt nicht.")

    test = make()
    monkeypatch.setattr("atlas.placement.jobs.Job.__init__.__defaults__", (refuse,))
    test = computed(test)
    assert [e.value for e in test.error] == ["**Es passt nicht.**"]
    assert desk(test).plan is None


def test_wishes_that_contradict_each_other_are_listed_in_plain_words(make):
    """One team cannot be in two rooms at once; what was found before is still there."""
    test = make()
    number_input(test, "Stunden in der Woche").set_value(20.0)
    test = computed(run(test))
    both = (Fixed("b1", "fr_pm"), Fixed("f1", "fr_pm"), Fixed("s1", "di_am"))
    desk(test).draft = replace(desk(test).draft, fixed=both)
    test = computed(run(test))
    (error,) = test.error
    assert error.value.splitlines() == [
        "**Diese Wünsche lassen sich nicht zugleich erfüllen; ohne einen von ihnen ginge es.**",
        "- feste Sprechstunde Bibliothek Mitte, Freitag (Nachmittag)",
        "- feste Sprechstunde Familienzentrum Nord, Freitag (Nachmittag)",
        "- nicht mehr Sprechstunden zur selben Zeit, als Teams frei sind",
    ]
    assert "Ändern Sie oben eine der genannten Vorgaben" in said(test)
    assert "noch das frühere Ergebnis" in said(test) and desk(test).plan is not None
    desk(test).draft = replace(desk(test).draft, fixed=(Fixed("s1", "di_am"),))
    test = computed(run(test))
    assert not test.error and "noch das frühere Ergebnis" not in said(test)
    assert ("s1", "di_am") in {(s.place, s.half_day) for s in desk(test).plan.new_sessions}


def test_fixed_sessions_where_none_can_be_are_named_with_the_reason(make):
    """One in a room whose kind is not wanted, one in the evening, when rooms are closed."""
    test = make()
    test.multiselect(key=desk(test).key("kinds")).set_value(["family_centre"])
    draft = desk(test).draft
    evening = replace(draft.day_parts[0], key="ev", name="Abend", start="18:00", end="21:00")
    evening = replace(evening, preferred=None)
    fixed = (Fixed("b1", "di_am"), Fixed("f1", "fr_ev"))
    desk(test).draft = replace(draft, day_parts=(*draft.day_parts, evening), fixed=fixed)
    test = computed(run(test))
    (error,) = test.error
    assert "Sprechstunden, die feststehen sollen, sind nicht möglich" in error.value
    nowhere = "hier ist keine Sprechstunde möglich"
    assert f"Bibliothek Mitte, Dienstag (Vormittag): {nowhere} (Raum nicht" in error.value
    assert f"Familienzentrum Nord, Freitag (Abend): {nowhere} (kein freies" in error.value


def test_more_sessions_than_there_are_hours_for_is_a_contradiction(make, edition):
    many = replace(SCENARIO, staff=replace(SCENARIO.staff, min_sessions=9))
    save_plan(edition, named(replace(read_plans(edition)[0], wishes=scenario_data(many)), "x", "X"))
    test = computed(make(plan="x"))
    assert "mindestens 9 neue Sprechstunden" in test.error[0].value
    assert "nicht mehr Stunden in der Woche, als das Personal hat" in test.error[0].value


def test_a_start_and_an_end_stand_in_the_calendar(make):
    test = make()
    test.date_input(key=desk(test).key("starts")).set_value(date(2025, 3, 3))
    run(test)
    test.date_input(key=desk(test).key("ends")).set_value(date(2025, 2, 1))
    assert "liegt vor dem Beginn" in said(run(test))
    test.date_input(key=desk(test).key("ends")).set_value(date(2025, 6, 30))
    test = computed(run(test))
    plan = desk(test).plan
    assert (plan.starts, plan.ends, plan.start_open) == ("2025-03-03", "2025-06-30", False)
    assert b"UNTIL=20250630" in desk(test).files["plan.ics"].replace(b"\r\n ", b"")


def test_a_running_search_shows_how_far_it_is_and_stops_with_the_best(make, monkeypatch):
    def slow(edition, scenario, name, progress, stop):
        progress("Suche den besten Plan", 0.4)
        while not stop():
            pass
        return compute_plan(edition, scenario, name)

    test = make()
    monkeypatch.setattr("atlas.placement.jobs.Job.__init__.__defaults__", (slow,))
    test = press(test, "Plan rechnen")
    assert next(b for b in test.button if b.label == "Plan rechnen").disabled
    job = desk(test).job
    press(test, "Anhalten und bisher Bestes nehmen")
    job.join(LONG)
    test = run(test)
    assert desk(test).plan is not None and desk(test).job is None


def test_a_session_is_kept_and_a_room_left_out_in_the_next_search(make):
    test = make()
    number_input(test, "Stunden in der Woche").set_value(20.0)
    number_input(test, "Teams").set_value(2)
    test = computed(run(test))
    first, second = sorted(desk(test).plan.new_sessions, key=lambda s: (s.weekday, s.start))[:2]
    test.checkbox(key=f"festhalten_{first.place}_{first.half_day}").check()
    run(test)
    test.checkbox(key=f"ausschliessen_{second.place}_{second.half_day}").check()
    run(test)
    assert "1 Sprechstunde festgehalten, 1 Raum ausgeschlossen" in said(test)
    assert "Das Ergebnis unten gehört noch" in "\n".join(c.value for c in test.caption)
    test = computed(test, "Mit diesen Festlegungen neu rechnen")
    wishes = scenario_from_data(desk(test).plan.wishes)
    assert [(f.place, f.half_day) for f in wishes.fixed] == [(first.place, first.half_day)]
    assert wishes.rooms.forbidden == (second.place,)
    held = {(s.place, s.half_day) for s in desk(test).plan.new_sessions}
    assert (first.place, first.half_day) in held
    assert second.place not in {place for place, _ in held} and len(held) > 1


def save_as(test, name, title="Neuer Plan"):
    test.text_input(key=desk(test).key("name")).set_value(name)
    test.text_input(key=desk(test).key("title")).set_value(title)
    run(test)
    return press(test, "Plan speichern")


def test_a_saved_plan_opens_under_its_link(make, edition):
    test = save_as(computed(make()), "mein plan")
    assert {p.name: p.title for p in read_plans(edition)} == {
        "probe": "Probe",
        "mein-plan": "Neuer Plan",
    }
    assert test.query_params["plan"] in ("mein-plan", ["mein-plan"])
    assert "„mein-plan“ ist gespeichert" in "\n".join(s.value for s in test.success)
    assert test.header[0].value == "Neuer Plan"


def test_a_plan_of_that_name_is_replaced_only_after_a_question(make, edition):
    test = save_as(computed(make()), "probe")
    assert "gibt es schon" in said(test)
    assert [p.title for p in read_plans(edition)] == ["Probe"]
    test = press(test, "Nein, anderen Namen wählen")
    assert [p.title for p in read_plans(edition)] == ["Probe"]
    test = press(press(test, "Plan speichern"), "Ja, ersetzen")
    assert [p.title for p in read_plans(edition)] == ["Neuer Plan"]


def test_a_name_that_is_none_is_refused_in_words(make, edition):
    test = save_as(computed(make()), "../fort")
    assert "So kann ein Plan nicht heißen" in said(test)
    assert len(read_plans(edition)) == 1 and desk(test).plan is not None


def test_where_nothing_can_be_saved_the_result_can_be_taken_along(make, monkeypatch):
    monkeypatch.setattr(saving.os, "access", lambda *_: False)
    test = computed(make())
    assert "schreibgeschützt" in said(test)
    assert "Plan speichern" not in [b.label for b in test.button]
    assert {"plan.xlsx", "plan.ics", "plan.gpkg", "plan.json"} < set(desk(test).files)


def test_another_reader_sees_nothing_of_an_unsaved_plan(make, run_page):
    computed(make())
    other = run_page("sprechstunden")
    other.session_state["planen_teil"] = "make"
    run(other)
    assert desk(other).plan is None and "noch nicht gespeichert" not in said(other)


def test_another_starting_point_fills_the_form_anew(make, edition):
    more = replace(SCENARIO, staff=Staff(20.0, 2), title="Mehr")
    save_plan(edition, named(compute_plan(edition, more, "mehr"), "mehr", "Mehr"))
    test = make(plan="probe")
    number_input(test, "Stunden in der Woche").set_value(9.0)
    run(test)
    test.selectbox(key=desk(test).key("origin")).select("mehr")
    run(test)
    assert number_input(test, "Stunden in der Woche").value == 20.0
    assert desk(test).draft == more


def test_the_wishes_can_be_taken_along_as_a_file(make):
    from atlas.placement.scenario.text import scenario_toml

    test = make()
    number_input(test, "Stunden in der Woche").set_value(11.0)
    run(test)
    assert tomllib.loads(scenario_toml(desk(test).draft))["staff"]["hours_per_week"] == 11


def test_two_plans_are_compared(run_page, edition):
    more = compute_plan(edition, replace(SCENARIO, staff=Staff(14.0, 2)), "mehr")
    save_plan(edition, more)
    test = run_page("sprechstunden")
    test.session_state["planen_teil"] = "weigh"
    run(test)
    assert [h.value for h in test.header] == ["Zwei Pläne vergleichen"]
    plans = {p.name: p for p in read_plans(edition)}
    a, b = (plans[s.value] for s in test.selectbox)
    assert {a.name, b.name} == {"mehr", "probe"}
    found = compare(a, b)
    for line in findings(found):
        assert f"- {line}" in said(test)
    week, reach = (t.value for t in test.table)
    assert len(week) == sum(m.state != "both" for m in found.sessions) > 0
    assert len(reach) == len(found.groups)
    test.selectbox[1].select(a.name)
    assert "Wählen Sie zwei verschiedene Pläne" in said(run(test))


def test_where_planning_is_switched_off_plans_are_only_shown(run_page, monkeypatch):
    monkeypatch.setenv(PLANNING, "off")
    test = run_page("sprechstunden")
    assert not test.segmented_control
    test.session_state["planen_teil"] = "make"
    run(test)
    assert "Plan rechnen" not in [b.label for b in test.button]
    assert test.header[0].value == "Probe"


@pytest.mark.parametrize("part", ["make", "weigh"])
def test_every_part_speaks_english_too(run_page, part):
    test = run_page("sprechstunden", sprache="en")
    test.session_state["planen_teil"] = part
    run(test)
    shown = said(test) + "".join(h.value for h in test.header)
    assert "Vorgaben" not in shown and "Pläne" not in shown
