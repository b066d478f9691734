"""What is added to wishes and taken out of them leaves a scenario that can be read."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from atlas.placement.adding import (
    key_of,
    with_changed_kind,
    with_group,
    with_kind,
    with_priority,
    with_suits,
    without_group,
    without_kind,
    without_priority,
)
from atlas.placement.offers import offers_of
from atlas.placement.scenario import (
    Priority,
    Reach,
    Scenario,
    Staff,
    TargetGroup,
    Term,
    load_scenario,
)
from atlas.placement.scenario.text import scenario_toml
from atlas.placement.wishes import checked, with_lengths
from geodata.errors import ProjectError

FIRST = Scenario(
    format=1,
    key="probe",
    title="Probe",
    groups=(TargetGroup("alle", "Alle", (Term(measure="sgb2_persons"),)),),
    reach=(Reach(20, 1.0),),
    staff=Staff(10, 2),
)
NAMES = some.text(max_size=12)
WHERE = some.integers(0, 5)


def step(scenario, what, name, n, number):
    """One thing a person may do; what the program refuses leaves the wishes as they were."""
    group = scenario.groups[n % len(scenario.groups)]
    kind = scenario.session_kinds[n % len(scenario.session_kinds)]
    suits = {group.key: number}
    new = Priority(name, 1 + number, (group.key,), indicator="x", at_least=number)
    ways = (
        lambda: with_group(scenario, name, Term(measure="residents"), "Menschen"),
        lambda: without_group(scenario, group.key) if scenario.groups[1:] else scenario,
        lambda: with_kind(scenario, name, {"open": "offene Sprechstunde"}),
        lambda: without_kind(scenario, kind.key) if scenario.session_kinds[1:] else scenario,
        lambda: with_changed_kind(scenario, with_suits(scenario, kind, suits)),
        lambda: with_lengths(scenario, kind.key, 1 + number, 2.0),
        lambda: with_priority(scenario, new),
        lambda: without_priority(scenario, n % max(1, len(scenario.priorities))),
    )
    try:
        return ways[what]()
    except ProjectError:
        return scenario


STEPS = some.lists(
    some.tuples(some.integers(0, 7), NAMES, WHERE, some.sampled_from([0.0, 0.3, 0.5, 1.0])),
    max_size=12,
)


@given(STEPS)
def test_whatever_is_added_and_removed_the_file_says_the_same(steps):
    scenario = FIRST
    for one in steps:
        scenario = step(scenario, *one)
    assert checked(scenario) == scenario


def test_the_file_is_read_as_it_was_written(tmp_path):
    new = with_group(FIRST, "Ältere „Menschen“", Term(measure="residents"), "Menschen ab 65")
    new = with_kind(new, "Beratung\\nach Termin", {})
    file = tmp_path / "s.toml"
    file.write_text(scenario_toml(new), encoding="utf-8")
    assert load_scenario(file) == new
    assert new.groups[-1].key == "aeltere_menschen"
    assert new.groups[-1].counted == "Menschen ab 65"


@given(NAMES, some.lists(some.sampled_from(["a", "a_2", "eintrag"])))
def test_a_key_is_made_of_plain_letters_and_is_nobody_s(name, taken):
    key = key_of(name, taken)
    assert key not in taken
    assert set(key) <= set(string.ascii_lowercase + string.digits + "_") and key[0] != "_"


def test_a_kind_that_existing_sessions_are_of_takes_their_key():
    """Otherwise what is said of the kind would not hold for the sessions that are there."""
    known = {"appointment": "nach Vereinbarung"}
    new = with_kind(FIRST, "Nach Vereinbarung", known)
    assert [k.key for k in new.kinds] == ["open", "appointment"]


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"index": "bedarf"}, "Wählen Sie mindestens eine Klasse"),
        ({"indicator": "x"}, "Sagen Sie, ab oder bis zu welchem Wert"),
        ({"indicator": "x", "at_least": 2.0, "at_most": 1.0}, "größer als der unter „bis“"),
    ],
)
def test_a_priority_that_says_nothing_is_refused(entries, sentence):
    with pytest.raises(ProjectError, match=sentence):
        with_priority(FIRST, Priority("hoch", 2.0, **entries))


def test_an_edition_offers_what_it_has_by_its_german_names(demo):
    offers = offers_of(demo)
    assert offers.needs["sgb2_bg/hh_single_parent"] == (
        "Bedarfsgemeinschaften (SGB II), Alleinerziehende"
    )
    assert offers.indices == {"bedarf": ("Bedarfsindex Musterstadt", ("gering", "mittel", "hoch"))}
    assert offers.ways[("walk", "senioren")] == "zu Fuß, 3 km/h (ältere Menschen)"
    assert offers.session_words["single_parents"] == "Alleinerziehende"
    assert offers.rates["eingliederungshilfe_1000"][1] == "per_1000"
    assert "eingliederungshilfe_1000" not in offers.shares and "sgb2_quote" in offers.shares
    assert "n_residents" not in offers.rates
    assert offers.developments
    names = list(offers.needs.values())
    assert names.index("Arbeitslose") < names.index("Einwohnerinnen und Einwohner")
    assert offers_of(demo, "en").needs["residents"] != offers.needs["residents"]
