"""A name that is not there: what may have been meant, and where the whole list stands."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.meant import MOST_LISTED, choice, near, question
from atlas.placement.plan import compute_plan
from atlas.placement.scenario import Fixed, Rooms, TargetGroup, Term, load_scenario
from geodata.errors import PlacementError, ProjectError
from tests.atlas.placement.conftest import changed, city, scenario  # noqa: F401
from tests.atlas.placement.test_kept import Other

MEASURES = {
    "sgb2_persons": "Personen in Bedarfsgemeinschaften (SGB II)",
    "sgb2_bg": "Bedarfsgemeinschaften (SGB II)",
    "sgb2_bg/hh_single_parent": "Bedarfsgemeinschaften (SGB II), Alleinerziehende",
    "residents": "Einwohnerinnen und Einwohner",
    "evictions": "Zwangsräumungen",
}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("sgb2_person", "sgb2_persons"),
        ("SGB2-Persons", "sgb2_persons"),
        ("sgb2_bg/hh_single_parents", "sgb2_bg/hh_single_parent"),
        ("Zwangsräumung", "evictions"),
        ("einwohner", "residents"),
        ("alleinerziehende", "sgb2_bg/hh_single_parent"),
    ],
)
def test_near_by_key_or_by_german_name(name, first):
    assert near(name, MEASURES)[0] == first


def test_nothing_near_is_no_guess():
    assert near("quark", MEASURES) == () and question("quark", MEASURES) == ""


@given(st.text(max_size=12), st.dictionaries(st.text(max_size=12), st.text(max_size=12)))
def test_at_most_three_and_only_what_is_there(name, known):
    found = near(name, known)
    assert len(found) <= 3 and set(found) <= set(known) and len(set(found)) == len(found)


@given(st.dictionaries(st.text("abc_", min_size=3), st.text("abc"), min_size=1))
def test_who_writes_it_right_is_understood(known):
    key = min(known)
    alike = {k for k in known if k.replace("_", " ").split() == key.replace("_", " ").split()}
    assert set(near(key, known)) & alike or not key.strip("_")


def test_a_short_list_is_listed_a_long_one_is_not():
    few = [f"k{n:02}" for n in range(MOST_LISTED)]
    assert choice(few, "dort") == ", ".join(few)
    assert choice([*few, "k99"], "dort") == f"einer von {MOST_LISTED + 1} Schlüsseln, alle dort"


def test_an_unknown_measure_of_a_rich_edition_is_answered_in_a_line(city, changed):  # noqa: F811
    counts = city.table("counts")
    many = [counts]
    for n in range(20):
        many.append(counts[counts["measure"] == "sgb2_persons"].assign(measure=f"other_{n}"))
    rich = Other(city, counts=pd.concat(many, ignore_index=True))
    wrong = changed(groups=(TargetGroup("a", "A", (Term(measure="sgb2_person"),)),))
    with pytest.raises(PlacementError) as caught:
        compute_plan(rich, wrong, "p")
    (problem,) = caught.value.problems
    assert "Gemeint vielleicht: sgb2_persons (" in problem.found
    assert problem.allowed == (
        "einer von 44 Schlüsseln, alle in der Tabelle fallzahlen.csv von „sozialatlas export“"
    )
    assert "other_" not in problem.found


def test_a_room_is_found_by_its_key_or_its_name(city, changed):  # noqa: F811
    rooms = Rooms(forbidden=("bibliothek_mitte",))
    with pytest.raises(PlacementError) as caught:
        compute_plan(city, changed(rooms=rooms, fixed=(Fixed("b11", "mo_am"),)), "p")
    by_place = {p.where: p.found for p in caught.value.problems}
    assert by_place["rooms, forbidden"].endswith("Gemeint vielleicht: b1 (Bibliothek Mitte)?")
    assert "b1 (Bibliothek Mitte)" in by_place["fixed, mo_am"]


SCENARIO = """
format = 1
key = "probe"
title = "Probe"
reach = [{ minutes = 15, weight = 1.0 }]
[staff]
teams = 2
hours_per_week = 12
[[groups]]
key = "familien"
name = "Familien"
need = [{ measure = "sgb2_persons" }]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hours_per_week", "hour_per_week", "hours_per_week"),
        ("minutes = 15", "minute = 15", "minutes"),
        ("need = [", "half_day = ['am']\nneed = [", "half_days"),
        ("[staff]", "[rooms]\nowner = ['public']\n[staff]", "owners"),
        ("[staff]", "[garantee]\nlevel = 'x'\nminutes = 5\n[staff]", "guarantee"),
        ("", "[[kinds]]\nkey='k'\nname='K'\ngroups={ familie = 1.0 }\n", "familien (Familien)"),
        ("need = [", "half_days = ['Vormitag']\nneed = [", "am (Vormittag)"),
    ],
)
def test_a_misspelt_entry_or_key_of_a_scenario_is_told_which_was_meant(tmp_path, old, new, said):
    file = tmp_path / "s.toml"
    file.write_text(SCENARIO.replace(old, new, 1) if old else SCENARIO + new, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_scenario(file)
    assert any(f"Gemeint vielleicht: {said}" in p.found for p in caught.value.problems)
