"""A scenario is read whole or refused with every mistake and its line."""

from pathlib import Path

import pytest

from atlas.placement.scenario import (
    clock_of,
    half_days_of,
    load_scenario,
    minutes_of,
    scenario_hash,
    suited,
)
from geodata.errors import FileMissingError, ProjectError

ATLAS = Path(__file__).parents[3] / "atlas"

GOOD = """format = 1
key = "probe"
title = "Probe"
reach = [{ minutes = 15, weight = 1.0 }]
staff = { teams = 2, hours_per_week = 12 }

[[groups]]
key = "alle"
name = "Leistungsberechtigte"
need = [{ measure = "sgb2_persons" }]
"""


def load(folder: Path, text: str):
    (folder / "s.toml").write_text(text, encoding="utf-8")
    return load_scenario(folder / "s.toml")


def test_a_short_scenario_has_the_usual_week_and_filters(tmp_path):
    scenario = load(tmp_path, GOOD)
    days = half_days_of(scenario)
    assert [d.key for d in days][:3] == ["mo_am", "mo_pm", "di_am"] and len(days) == 10
    assert (clock_of(days[0].start), clock_of(days[0].end)) == ("08:00", "12:30")
    assert (clock_of(days[1].start), clock_of(days[1].end)) == ("12:30", "18:00")
    assert scenario.rooms.owners == ("public", "non_profit")
    assert scenario.existing.mode == "keep"


@pytest.mark.parametrize(
    ("name", "expected"),
    [((), 10), (("am",), 5), (("fr_pm",), 1), (("am", "mo_pm"), 6)],
)
def test_half_days_are_named_one_by_one_or_by_the_part_of_the_day(tmp_path, name, expected):
    assert sum(suited(name, half_days_of(load(tmp_path, GOOD)))) == expected


def test_the_hash_speaks_of_the_content_not_of_the_file(tmp_path):
    first = scenario_hash(load(tmp_path, GOOD))
    assert scenario_hash(load(tmp_path, "# Kommentar\n" + GOOD)) == first
    assert scenario_hash(load(tmp_path, GOOD.replace("12", "15"))) != first


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("teams = 2", "teams = -1", "Zeile 5"),
        ('title = "Probe"\n', "", "title"),
        ("minutes = 15", "minuten = 15", "gibt es nicht"),
        ("need = [", "half_days = ['nachts']\nneed = [", "'nachts'"),
        ('{ measure = "sgb2_persons" }', '{ share = "mss_s1" }', "measure, oder share"),
        ('[{ measure = "sgb2_persons" }]', "[]", "mindestens ein Eintrag"),
        (
            "reach = [{ minutes = 15, weight = 1.0 }]",
            "reach = [{ minutes = 15, weight = 0.5 }, { minutes = 20, weight = 0.9 }]",
            "kleineres Gewicht",
        ),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(tmp_path, old, new, message):
    assert old in GOOD
    with pytest.raises(ProjectError) as error:
        load(tmp_path, GOOD.replace(old, new))
    assert message in str(error.value)


def test_all_mistakes_come_at_once(tmp_path):
    wrong = GOOD.replace("teams = 2", 'teams = "zwei"').replace("weight = 1.0", "weight = 7")
    with pytest.raises(ProjectError) as error:
        load(tmp_path, wrong)
    assert len(error.value.problems) == 2


def test_no_file_and_no_toml(tmp_path):
    with pytest.raises(FileMissingError):
        load_scenario(tmp_path / "fehlt.toml")
    with pytest.raises(ProjectError, match="TOML"):
        load(tmp_path, "title = ")


@pytest.mark.parametrize("file", sorted(ATLAS.glob("*/*sprechstunden.toml")), ids=lambda f: f.stem)
def test_the_scenarios_that_come_with_the_program_are_valid(file):
    assert load_scenario(file).groups


@pytest.mark.parametrize("clock", ["00:00", "09:05", "23:59"])
def test_times_go_there_and_back(clock):
    assert clock_of(minutes_of(clock)) == clock
