"""The page on the scenario: its tables are complete and its example gives a plan."""

import dataclasses
from pathlib import Path

import pytest

from atlas.placement.plan import place
from atlas.placement.scenario import (
    Between,
    Closed,
    DayPart,
    Existing,
    Fixed,
    Guarantee,
    Limit,
    Priority,
    Reach,
    Robust,
    Rooms,
    Scenario,
    SessionKind,
    SolveRule,
    Spread,
    Staff,
    TargetGroup,
    Team,
    Term,
    load_scenario,
)
from tests.handbook import PAGES, blocks, described, described_types, entries

PAGE = PAGES / "szenario.md"
TABLES = {
    "Oberste Einträge": Scenario,
    "Zielgruppen": TargetGroup,
    "Bedarf": Term,
    "Reichweite": Reach,
    "Personal": Staff,
    "Räume": Rooms,
    "Bestehende Sprechstunden": Existing,
    "Zusage": Guarantee,
    "Vorrang": Priority,
    "Teams": Team,
    "Arten von Sprechstunden": SessionKind,
    "Wege der Teams": Between,
    "Verteilung über die Woche": Spread,
    "Grenze für alle": Limit,
    "Vorsicht": Robust,
    "Feste Sprechstunden": Fixed,
    "Schließzeiten": Closed,
    "Tageszeiten": DayPart,
    "Rechnung": SolveRule,
}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    (content,) = blocks(PAGE.read_text(encoding="utf-8"), "toml")
    file = tmp_path / "familien.toml"
    file.write_text(content, encoding="utf-8")
    return file


def test_every_part_of_a_scenario_has_its_table():
    assert described_types(Scenario) == set(TABLES.values())


@pytest.mark.parametrize("heading", TABLES)
def test_a_table_names_every_entry_with_what_holds_without_it(heading):
    found = entries(PAGE.read_text(encoding="utf-8"), heading)
    wanted = {f.name: described(f) for f in dataclasses.fields(TABLES[heading])}
    if heading == "Oberste Einträge":
        wanted["weekdays"] = "[0, 1, 2, 3, 4]"
    assert found == {k: v if v else found.get(k) for k, v in wanted.items()}


def test_the_default_parts_of_the_day_are_told(example):
    page = PAGE.read_text(encoding="utf-8")
    for part in load_scenario(example).day_parts:
        assert part.name in page
        assert (
            f"(`{part.key}`, {part.start} bis {part.end}, am liebsten ab {part.preferred})" in page
        )


def test_the_example_gives_a_plan(example, demo, tmp_path):
    plan = place(demo, example, "familien", out=tmp_path / "plan")
    assert plan.new_sessions
    assert plan.hours_used <= 40
    after = {group.group: group.steps[-1] for group in plan.groups}
    assert set(after) == {"alle", "familien"}
    assert all(step.after > step.before for step in after.values())
