"""Adding and removing target groups, kinds of session and priorities in the form."""

from dataclasses import replace

import pytest

from atlas.placement.scenario import (
    Fixed,
    Priority,
    Reach,
    Scenario,
    SessionKind,
    Staff,
    TargetGroup,
    Team,
    Term,
    load_scenario,
)
from atlas.placement.scenario.text import scenario_toml
from tests.atlas.pages.test_planen import desk, press, run, said

ALL = TargetGroup("alle", "Leistungsberechtigte", (Term(measure="sgb2_persons"),))
CHILDREN = TargetGroup("kinder", "Kinder", (Term(measure="sgb2_persons/age_u15"),), weight=2.0)
SCENARIO = Scenario(
    format=1,
    key="probe",
    title="Probe",
    groups=(ALL, CHILDREN),
    reach=(Reach(20, 1.0),),
    staff=Staff(7.5, 2),
    kinds=(
        SessionKind("open", "Offene Sprechstunde", hours=2, max_hours=3),
        SessionKind("gruppe", "Gruppenangebot", groups={"alle": 1 / 3, "kinder": 1.0}),
    ),
    priorities=(Priority("Kinder zuerst", 1.5, ("kinder",), negative=True),),
    teams=(Team("Nord", kinds=("gruppe",)), Team("Süd")),
    fixed=(Fixed("b1", "mo_am", "gruppe"),),
)


@pytest.fixture
def make(run_page, monkeypatch):
    """The part "Neu planen", with a scenario on the desk."""

    def opened(scenario=SCENARIO, **query):
        monkeypatch.setattr("atlas.pages.sprechstunden.desk.starting_scenario", lambda *_: scenario)
        test = run_page("sprechstunden", **query)
        test.session_state["planen_teil"] = "make"
        return run(test)

    return opened


def draft(test):
    return desk(test).draft


def click(test, name):
    test.button(key=desk(test).key(name)).click()
    return run(test)


def field(test, name):
    key = desk(test).key(name)
    kinds = (test.number_input, test.text_input, test.selectbox, test.multiselect, test.radio)
    return next(w for widgets in kinds for w in widgets if w.key == key)


def reads_again(test, tmp_path):
    """The file with the wishes says what the desk does."""
    file = tmp_path / "szenario.toml"
    file.write_text(scenario_toml(draft(test)), encoding="utf-8")
    return load_scenario(file) == draft(test)


def test_the_form_changes_nothing_by_itself(make):
    assert draft(make()) == SCENARIO


def test_a_group_is_added_by_whom_the_edition_counts(make, tmp_path):
    test = make()
    field(test, "new_group_2_need").select("residents/age_u15")
    assert "Einwohnerinnen und Einwohner, unter 15 Jahre" in field(test, "new_group_2_need").options
    test = click(run(test), "new_group_2_add")
    new = draft(test).groups[-1]
    assert new.name == "Einwohnerinnen und Einwohner, unter 15 Jahre"
    assert new.need == (Term(measure="residents/age_u15"),)
    assert "3 Gruppen" in said(test)
    # Nobody added a group that no kind of session is there for.
    assert all(k.suits(new.key) == 1.0 for k in draft(test).kinds)
    field(test, f"way_{new.key}").select(("walk", "senioren"))
    field(test, f"weight_{new.key}").set_value(3.0)
    field(test, f"visits_{new.key}").set_value(2.0)
    field(test, f"times_{new.key}").set_value(["am"])
    new = draft(run(test)).groups[-1]
    assert (new.profile, new.weight, new.visits_per_week) == ("senioren", 3.0, 0.02)
    assert new.half_days == ("am",)
    assert reads_again(test, tmp_path)
    assert draft(click(test, f"remove_group_{new.key}")) == SCENARIO


def test_a_group_may_be_a_share_of_a_count(make, tmp_path):
    test = make()
    field(test, "new_group_2_need").select("residents")
    field(test, "new_group_2_share").select("sgb2_quote")
    field(test, "new_group_2_name").set_value("Menschen mit Bürgergeld")
    test = click(run(test), "new_group_2_add")
    new = draft(test).groups[-1]
    assert new.need == (Term(share="sgb2_quote", of="residents"),)
    assert new.counted == "SGB-II-Quote × Einwohnerinnen und Einwohner"
    assert reads_again(test, tmp_path)


def test_without_a_choice_and_with_a_name_that_is_taken_one_sentence_is_said(make):
    test = click(make(), "new_group_2_add")
    assert [e.value for e in test.error] == ["Wählen Sie zuerst, wen die Ausgabe zählt."]
    field(test, "new_group_2_need").select("residents")
    field(test, "new_group_2_name").set_value(" kinder ")
    test = click(run(test), "new_group_2_add")
    assert [e.value for e in test.error] == ["Eine Gruppe „kinder“ gibt es schon."]
    assert draft(test) == SCENARIO
    assert not run(test).error


def test_what_was_for_a_removed_group_alone_goes_with_it(make, tmp_path):
    test = click(make(), "remove_group_kinder")
    assert [g.key for g in draft(test).groups] == ["alle"]
    assert draft(test).kinds[1].groups == {"alle": 1 / 3}
    assert draft(test).priorities == ()
    assert reads_again(test, tmp_path)
    assert test.button(key=desk(test).key("remove_group_alle")).disabled


def test_a_group_that_comes_back_is_served_as_before(make):
    test = make()
    toggle = desk(test).key("group_kinder")
    test.toggle(key=toggle).set_value(False)
    test = run(test)
    assert draft(test).kinds[1].groups == {"alle": 1 / 3} and not draft(test).priorities
    test.toggle(key=toggle).set_value(True)
    assert draft(run(test)) == SCENARIO


def test_a_kind_is_added_changed_and_removed(make, tmp_path):
    test = make()
    field(test, "new_kind_2_name").set_value("Schuldnerberatung")
    test = click(run(test), "new_kind_2_add")
    key = draft(test).kinds[-1].key
    assert draft(test).kinds[-1] == SessionKind("schuldnerberatung", "Schuldnerberatung")
    field(test, f"shortest_{key}").set_value(1.5)
    field(test, f"longest_{key}").set_value(2.5)
    field(test, f"kind_staff_{key}").set_value(2)
    field(test, f"kind_persons_{key}").set_value(4.0)
    field(test, f"kind_room_{key}").set_value(12)
    field(test, f"suits_{key}_kinder").set_value(30)
    test = run(test)
    assert draft(test).kinds[-1] == SessionKind(
        *("schuldnerberatung", "Schuldnerberatung", 2, 1.5, 2.5, 4.0),
        groups={"alle": 1.0, "kinder": 0.3},
        min_capacity=12,
    )
    assert reads_again(test, tmp_path)
    assert draft(click(test, f"remove_kind_{key}")) == SCENARIO


def test_teams_and_fixed_sessions_of_a_removed_kind_do_not_stay_behind(make, tmp_path):
    test = click(make(), "remove_kind_gruppe")
    assert [k.key for k in draft(test).kinds] == ["open"]
    assert draft(test).fixed == ()
    assert all(not t.kinds for t in draft(test).teams)
    assert reads_again(test, tmp_path)
    assert test.button(key=desk(test).key("remove_kind_open")).disabled


def test_the_only_kind_is_plain_until_something_is_changed(make, tmp_path):
    plain = replace(SCENARIO, kinds=(), fixed=(), teams=())
    test = make(plain)
    assert draft(test) == plain
    field(test, "new_kind_0_name").set_value("nach Vereinbarung")
    test = click(run(test), "new_kind_0_add")
    assert [k.name for k in draft(test).kinds] == ["Offene Sprechstunde", "nach Vereinbarung"]
    assert reads_again(test, tmp_path)
    field(test, "kind_open").set_value("Offene Tür")
    assert draft(run(test)).kinds[0].name == "Offene Tür"


def test_mistakes_about_kinds_are_one_sentence_each(make):
    test = click(make(), "new_kind_2_add")
    assert [e.value for e in test.error] == ["Geben Sie der Art von Sprechstunde einen Namen."]
    field(test, "longest_open").set_value(1.0)
    test = run(test)
    sentence = "Die längste Dauer von „Offene Sprechstunde“ ist kürzer als die kürzeste."
    assert [e.value for e in test.error] == [sentence]
    assert next(b for b in test.button if b.label == "Plan rechnen").disabled
    field(test, "longest_open").set_value(3.0)
    field(test, "kind_gruppe").set_value("offene Sprechstunde")
    test = run(test)
    assert [e.value for e in test.error] == ["Eine Art „offene Sprechstunde“ gibt es schon."]
    field(test, "kind_gruppe").set_value("Gruppenangebot")
    for group in ("alle", "kinder"):
        field(test, f"suits_gruppe_{group}").set_value(0)
    test = run(test)
    assert not test.error and "„Gruppenangebot“ ist für keine der gewählten Gruppen" in said(test)


def test_a_priority_by_a_rate_is_added_and_removed(make, tmp_path):
    test = make()
    field(test, "new_priority_1_kind").set_value("rate")
    test = run(test)
    field(test, "new_priority_1_rate").select("sgb2_kinder")
    field(test, "new_priority_1_least").set_value(12.5)
    field(test, "new_priority_1_weight").set_value(2.5)
    test = click(run(test), "new_priority_1_add")
    name = "Kinder unter 15 Jahren in Bedarfsgemeinschaften: ab 12,5\u202f%"
    new = Priority(name, 2.5, indicator="sgb2_kinder", at_least=12.5)
    assert draft(test).priorities == (*SCENARIO.priorities, new)
    assert reads_again(test, tmp_path)
    field(test, "priority_groups_1").set_value(["alle"])
    field(test, "priority_weight_0").set_value(4.0)
    test = run(test)
    assert [(p.weight, p.groups) for p in draft(test).priorities] == [
        (4.0, ("kinder",)),
        (2.5, ("alle",)),
    ]
    test = click(test, "remove_priority_0")
    assert draft(test).priorities == (replace(new, groups=("alle",)),)
    assert field(test, "priority_weight_0").value == 2.5


def test_mistakes_about_priorities_are_one_sentence_each(make):
    test = make()
    field(test, "new_priority_1_kind").set_value("rate")
    test = click(run(test), "new_priority_1_add")
    sentence = "Sagen Sie, ab oder bis zu welchem Wert der Vorrang gilt."
    assert [e.value for e in test.error] == [sentence]
    field(test, "new_priority_1_least").set_value(20.0)
    field(test, "new_priority_1_most").set_value(10.0)
    test = click(run(test), "new_priority_1_add")
    assert [e.value for e in test.error] == ["Der Wert unter „ab“ ist größer als der unter „bis“."]
    assert draft(test) == SCENARIO


def test_what_is_added_is_what_is_computed(make):
    test = make(replace(SCENARIO, fixed=(), teams=(), kinds=()))
    field(test, "new_group_2_need").select("residents")
    test = press(click(run(test), "new_group_2_add"), "Plan rechnen")
    desk(test).job.join(30.0)
    test = run(test)
    assert not test.error
    names = [g.name for g in desk(test).plan.groups]
    assert names == ["Leistungsberechtigte", "Kinder", "Einwohnerinnen und Einwohner"]


def test_the_form_is_english_by_the_switch(make):
    test = make(sprache="en")
    labels = {b.label for b in test.button}
    assert "Für wen" not in [e.label for e in test.expander]
    assert {"Add", "Remove the group", "Remove the kind", "Remove the priority"} <= labels
    assert "residents, under 15" in [o.lower() for o in field(test, "new_group_2_need").options]
    test = click(test, "new_group_2_add")
    assert [e.value for e in test.error] == ["First choose whom the edition counts."]


def test_the_english_view_of_a_plan_says_what_stays_german(make):
    sentence = "The reasons, notes and warnings are in German, as they are in the plan’s files."
    test = make(sprache="en")
    test = press(test, "Compute the plan")
    desk(test).job.join(30.0)
    assert sentence in [c.value for c in run(test).caption]


def test_the_largest_and_the_smallest_number_that_a_field_takes_is_a_wish(make):
    """A field that took more than a scenario allows would end the page."""
    test = make()
    keys = [field.key for field in test.number_input]
    assert len(keys) > 15
    for key in keys:
        for bound in ("max", "min"):
            found = [f for f in test.number_input if f.key == key]
            if found and getattr(found[0], bound) is not None:
                before = found[0].value
                found[0].set_value(getattr(found[0], bound))
                run(test)
                assert not test.exception, (key, bound)
                next(f for f in test.number_input if f.key == key).set_value(before)
                run(test)
    open_ended = {f.key.rpartition("_")[2] for f in test.number_input if f.max is None}
    assert open_ended <= {"least", "most"}  # of a rate, which may be any number


def fields_of(test):
    """What is drawn for each field of the form, by the name of the field."""
    kinds = ("number_input", "text_input", "toggle", "selectbox", "radio", "multiselect")
    first = desk(test).key("")
    found = [e for kind in [*kinds, "date_input"] for e in test.get(kind)]
    return {e.key.removeprefix(first): e for e in found if (e.key or "").startswith(first)}


def begun_with(field):
    """What a browser shows in a field before it is told anything else."""
    here = field.proto.default
    if field.type == "multiselect":
        return [field.options[n] for n in here]
    if field.type in ("selectbox", "radio"):
        return field.options[here] if field.proto.HasField("default") else None
    if field.type == "date_input":
        return here[0].replace("/", "-") if here else None
    return here if field.type == "toggle" or field.proto.HasField("default") else None


def shown(field):
    if field.type == "multiselect":
        return [field.format_func(v) for v in field.value]
    if field.type in ("selectbox", "radio"):
        return None if field.value is None else field.format_func(field.value)
    return field.value.isoformat() if hasattr(field.value, "isoformat") else field.value


def test_every_field_begins_with_its_wish_even_where_the_browser_misses_a_message(make):
    wishes = replace(
        SCENARIO,
        rooms=replace(SCENARIO.rooms, kinds=("library",), barrier_free="yes"),
        starts="2026-09-07",
        front=(40.0, 60.0),
    )
    test = make(wishes)
    fields = fields_of(test)
    assert {"hours", "teams_named", "kind_open", "kinds", "barrier", "starts"} <= fields.keys()
    assert len(fields) > 50
    for name, field in fields.items():
        assert begun_with(field) == shown(field), name
        assert not field.proto.set_value, name
    # What is typed later is the reader's: the field still begins with the wish, and shows theirs.
    test.number_input(key=desk(test).key("hours")).set_value(31.5)
    run(test)
    hours = fields_of(test)["hours"]
    assert (begun_with(hours), hours.value) == (7.5, 31.5)
    assert draft(test).staff.hours_per_week == 31.5


def test_a_thousand_teams_are_never_drawn_row_by_row(make):
    """What half a minute of drawing would be at every key pressed."""
    test = make(replace(SCENARIO, staff=replace(SCENARIO.staff, teams=2)))
    test.number_input(key=desk(test).key("teams")).set_value(61)
    run(test)
    assert "höchstens 60 Teams" in said(test)
    assert desk(test).flaws and "team_60" not in fields_of(test)
    test.number_input(key=desk(test).key("teams")).set_value(3)
    run(test)
    assert not desk(test).flaws
    assert [t.name for t in draft(test).teams][:2] == ["Nord", "Süd"]
