"""A plan is kept under the name a person gives, whole, and never silently for another."""

import shutil
import threading
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.edition import open_edition
from atlas.placement import saving
from atlas.placement.naming import plan_name
from atlas.placement.plan import compute_plan, read_plans
from atlas.placement.saving import (
    PlanExistsError,
    can_save,
    files_in,
    free_name,
    named,
    plan_files,
    save_plan,
    zipped,
)
from atlas.placement.scenario import scenario_data, scenario_hash
from geodata.errors import OutputError, PlacementError


@pytest.fixture
def own(city, tmp_path):
    """An edition of this test alone."""
    return open_edition(shutil.copytree(city.path, tmp_path / city.path.name))


@pytest.fixture
def plan(own, scenario):
    return compute_plan(own, scenario, "entwurf")


def test_a_saved_plan_is_found_with_its_name_title_and_wishes(own, plan, scenario):
    save_plan(own, named(plan, "mehr", "Mehr Stunden"))
    (found,) = read_plans(own)
    assert (found.name, found.title) == ("mehr", "Mehr Stunden")
    wished = replace(scenario, title="Mehr Stunden")
    assert found.wishes == scenario_data(wished)
    assert found.scenario_sha256 == scenario_hash(wished)
    assert found.sessions == plan.sessions


def test_a_plan_is_replaced_only_if_that_was_said(own, plan):
    save_plan(own, named(plan, "a", "Erster"))
    with pytest.raises(PlanExistsError, match="„a“ gibt es schon"):
        save_plan(own, named(plan, "a", "Zweiter"))
    assert [p.title for p in read_plans(own)] == ["Erster"]
    save_plan(own, named(plan, "a", "Zweiter"), may_replace=True)
    assert [p.title for p in read_plans(own)] == ["Zweiter"]


def test_of_many_who_save_one_name_at_once_exactly_one_is_first(own, plan):
    refused, saved = [], []
    start = threading.Barrier(8)

    def save(n):
        start.wait()
        try:
            save_plan(own, named(plan, "gleich", f"Titel {n}"))
            saved.append(n)
        except PlanExistsError:
            refused.append(n)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(saved) == 1 and len(refused) == 7
    assert [p.title for p in read_plans(own)] == [f"Titel {saved[0]}"]


def test_of_many_who_replace_a_plan_at_once_one_is_left_whole(own, plan):
    save_plan(own, named(plan, "gleich", "alt"))
    threads = [
        threading.Thread(
            target=save_plan,
            args=(own, named(plan, "gleich", f"Titel {n}")),
            kwargs={"may_replace": True},
        )
        for n in range(8)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    (left,) = read_plans(own)
    assert left.title.startswith("Titel ")
    assert sorted(f.name for f in own.plans_path.iterdir()) == ["gleich"]
    assert {f.suffix for f in (own.plans_path / "gleich").iterdir()} >= {
        ".json",
        ".ics",
        ".xlsx",
        ".gpkg",
    }


@pytest.mark.parametrize(
    ("words", "name"),
    [("familien", "familien"), ("  Mehr für Familien ", "Mehr-für-Familien"), ("80_h", "80_h")],
)
def test_a_name_is_what_a_person_calls_the_plan(words, name):
    assert plan_name(words) == name


@pytest.mark.parametrize("words", ["", "  ", "../x", "a/b", ".x", "-x", "a.b", "C:\\x", "x" * 61])
def test_a_name_that_is_none_is_refused_with_what_is_allowed(words):
    with pytest.raises(PlacementError, match="So kann ein Plan nicht heißen") as caught:
        plan_name(words)
    assert "Buchstaben" in str(caught.value)


@given(st.text(max_size=70))
def test_no_name_ever_leaves_the_folder_of_plans(words):
    try:
        name = plan_name(words)
    except PlacementError:
        return
    assert Path(name).name == name and not name.startswith(".")
    assert plan_name(name) == name


def test_a_free_name_is_like_the_old_one_and_free(own, plan):
    assert free_name(own, "plan") == "plan"
    save_plan(own, named(plan, "plan", "T"))
    assert free_name(own, "plan") == "plan-2"
    save_plan(own, named(plan, "plan-2", "T"))
    assert free_name(own, "plan-2") == "plan-3"


def test_the_files_of_an_unsaved_plan_are_those_of_a_saved_one(own, plan):
    kept = save_plan(own, plan)
    files, there = plan_files(own, plan), files_in(kept)
    assert set(files) == set(there) >= {"plan.gpkg", "plan.ics", "plan.xlsx", "teams/Team_1.ics"}
    assert files == {name: file.read_bytes() for name, file in there.items()}


def test_the_teams_calendars_in_one_file_are_those_of_the_folder(own, plan):
    files = {n: c for n, c in plan_files(own, plan).items() if n.startswith("teams/")}
    one = zipped(files)
    with ZipFile(BytesIO(one)) as archive:
        assert {n: archive.read(n) for n in archive.namelist()} == files and files
    assert zipped(files) == one


def test_where_nothing_can_be_written_that_is_known_before(own, plan, monkeypatch):
    assert can_save(own)
    own.plans_path.write_text("kein Ordner", encoding="utf-8")
    assert not can_save(own)
    with pytest.raises(OutputError):
        save_plan(own, plan)
    own.plans_path.unlink()
    monkeypatch.setattr(saving.os, "access", lambda *_: False)
    assert not can_save(own)
