"""What is wrong with a TOML file is said in German, with line, what was found and what may be."""

import re
from pathlib import Path

import pytest

from atlas.placement.scenario import load_scenario
from atlas.placement.scenario.text import scenario_toml
from geodata.errors import ProjectError

GOOD = """format = 1
key = "probe"
title = "Probe"
reach = [{ minutes = 15, weight = 1.0 }]
staff = { teams = 2, hours_per_week = 12 }
front = [10]

[[groups]]
key = "alle"
name = "Leistungsberechtigte"
need = [{ measure = "sgb2_persons" }]
weight = 2

[solve]
gap = 0.01
time_limit_seconds = inf
"""


def wrong(folder: Path, old: str, new: str) -> str:
    assert old in GOOD
    (folder / "s.toml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProjectError) as error:
        load_scenario(folder / "s.toml")
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("teams = 2", "teams = 2.5", "gefunden 2.5. Erlaubt: eine ganze Zahl"),
        ("teams = 2", "teams = inf", "eine endliche Zahl, nicht inf oder nan"),
        ("teams = 2", 'teams = "zwei"', "gefunden 'zwei'. Erlaubt: eine ganze Zahl"),
        ("minutes = 15", "minutes = 0", "gefunden 0. Erlaubt: mehr als 0"),
        ("minutes = 15", 'minutes = "weit"', "eine Zahl, Nachkommastellen mit Punkt"),
        ("hours_per_week = 12", "hours_per_week = -1", "mindestens 0"),
        ("gap = 0.01", "gap = 1", "weniger als 1"),
        ('title = "Probe"', "title = 5", "ein Text in Anführungszeichen"),
        ('key = "alle"', 'key = "Al le"', "Kleinbuchstaben, Ziffern und Unterstrich"),
        ("front = [10]", "front = 10", "eine Liste [ … ]"),
        ("format = 1", "format = 2", "gefunden 2. Erlaubt: 1"),
        ("staff = { teams = 2, hours_per_week = 12 }", "staff = 5", "ein Abschnitt mit Einträgen"),
        ("[solve]", '[[day_parts]]\nkey = "am"\nname = "V"\nstart = "8"\nend = "12:00"\n[solve]',
         "eine Uhrzeit wie 08:30"),
        ("[solve]", '[rooms]\nonly_named = "vielleicht"\n[solve]', "true oder false"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_said_in_german(tmp_path, old, new, said):
    message = wrong(tmp_path, old, new)
    assert said in message and "Zeile" in message
    assert not re.search(r"Input|should|valid", message)


@pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e7", "1e300"])
@pytest.mark.parametrize(
    "entry",
    ["minutes = 15", "weight = 1.0", "weight = 2", "hours_per_week = 12", "gap = 0.01"],
)
def test_numbers_are_finite_and_not_absurd(tmp_path, entry, number):
    key = entry.split(" = ")[0]
    message = wrong(tmp_path, entry, f"{key} = {number}")
    assert key in message and "Erlaubt: " in message
    assert not re.search(r"Input|should|valid", message)


def test_a_search_without_a_time_limit_is_still_written_and_read(tmp_path):
    (tmp_path / "s.toml").write_text(GOOD, encoding="utf-8")
    scenario = load_scenario(tmp_path / "s.toml")
    assert scenario.solve.time_limit_seconds == float("inf")
    (tmp_path / "t.toml").write_text(scenario_toml(scenario), encoding="utf-8")
    assert load_scenario(tmp_path / "t.toml") == scenario


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weight = 2", "weight = 1,5", "Zeile 12, Spalte 11: gefunden '1,5'"),
        ("weight = 1.0 }", "weight = 0,5 }", "Zeile 4"),
        ("gap = 0.01", "gap = 0,01", "Dezimalzahlen mit Punkt: 0.01"),
    ],
)
def test_a_decimal_comma_is_told_from_other_mistakes(tmp_path, old, new, said):
    message = wrong(tmp_path, old, new)
    assert said in message and "Dezimalzahlen mit Punkt: " in message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weight = 2", "weight = ", "Zeile 12, Spalte 10: der Wert fehlt"),
        ("weight = 2", "weight = 2\nweight = 3", "Zeile 13"),
        ("weight = 2", 'weight = "2', "Anführungszeichen fehlt"),
        ("weight = 2", "weight = 2 Menschen, Termine um 1,5", "steht noch etwas"),
    ],
)
def test_other_syntax_errors_have_their_line_in_german(tmp_path, old, new, said):
    assert said in wrong(tmp_path, old, new)
