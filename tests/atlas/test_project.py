"""A malformed project file gives every mistake at once, with its line."""

from pathlib import Path

import pytest

import atlas
from atlas.project import load_project
from geodata.errors import FileMissingError, ProjectError

CITIES = Path(atlas.__file__).parent / "cities"
GOOD = """format = 1
key = "klein"
title = "Atlas"
city = "Kleinstadt"
crs = "EPSG:25832"
reporting_date = "2024-12-31"
city_area = { key = "00", name = "Kleinstadt" }
indicators = ["n_residents"]

[[levels]]
key = "raum"
name = "Raum"
plural = "Räume"

[[levels]]
key = "stadt"
name = "Stadt"
plural = "Stadt"

[[vintages]]
key = "neu"
name = "Neu"

[[geometries]]
level = "raum"
vintage = "neu"
file = "raum.gpkg"
key = "ID"
name = "NAME"

[[datasets]]
key = "zahlen"
level = "raum"
area = "RAUM"
counts = { E = "residents" }
files = [{ file = "a.csv", vintage = "neu", period = "2024-12-31" }]
source = { title = "Zahlen", publisher = "Amt", licence = "CC0-1.0", attribution = "Amt" }
"""


def _load(folder, text):
    file = folder / "klein.toml"
    file.write_text(text, encoding="utf-8")
    return load_project(file)


def _problems(folder, text):
    with pytest.raises(ProjectError) as error:
        _load(folder, text)
    return [str(p) for p in error.value.problems]


@pytest.mark.parametrize("city", ["berlin", "leipzig"])
def test_cities_that_come_with_the_program_load(city):
    assert load_project(CITIES / f"{city}.toml").key == city


def test_a_good_file_becomes_frozen_data(tmp_path):
    project = _load(tmp_path, GOOD)
    assert project.datasets[0].counts == {"E": "residents"}
    with pytest.raises(AttributeError):
        project.key = "anders"


def test_all_mistakes_come_at_once_with_their_lines(tmp_path):
    text = (
        GOOD.replace('key = "klein"', 'key = "Klein Stadt"')
        .replace('reporting_date = "2024-12-31"', "reporting_date = 2024")
        .replace('plural = "Räume"\n', "")
        .replace('area = "RAUM"', 'area = "RAUM"\nspalte = "X"')
    )
    problems = _problems(tmp_path, text)
    assert len(problems) == 4
    assert problems[0].startswith("klein.toml, Zeile 2, key: gefunden 'Klein Stadt'")
    assert any("Zeile 6, reporting_date" in p and "Text" in p for p in problems)
    assert any("levels.1.plural" in p and "fehlt" in p for p in problems)
    assert any("spalte" in p and "gibt es nicht" in p for p in problems)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('vintage = "neu"\nfile', 'vintage = "alt"\nfile', "gefunden 'alt'. Erlaubt: neu"),
        ('level = "raum"\narea', 'level = "bezirk"\narea', "Erlaubt: raum, stadt"),
        (', period = "2024-12-31"', "", "period oder period_column"),
        ('"2024-12-31"\ncity_area', '"2024-02-31"\ncity_area', "ein Tag im Kalender"),
        ('key = "stadt"', 'key = "raum"', "steht mehrfach"),
        ('area = "RAUM"', 'area = "RAUM"\nsymbols = "geheim"', "mss"),
        ("format = 1", "format = 2", "format"),
        ('city = "Kleinstadt"', "", "fehlt"),
    ],
)
def test_what_is_allowed_stands_in_the_message(tmp_path, old, new, words):
    assert old in GOOD
    assert any(words in p for p in _problems(tmp_path, GOOD.replace(old, new, 1)))


def test_no_toml_no_utf8_and_no_file(tmp_path):
    with pytest.raises(ProjectError, match=r"kein gültiges TOML(?s:.*)Zeile 1"):
        _load(tmp_path, "format = \n")
    (tmp_path / "latin.toml").write_bytes('title = "Größe"'.encode("cp1252"))
    with pytest.raises(ProjectError, match="UTF-8"):
        load_project(tmp_path / "latin.toml")
    with pytest.raises(FileMissingError, match=r"weg\.toml"):
        load_project(tmp_path / "weg.toml")


SOURCE = 'source = { title = "Z", publisher = "Amt", licence = "CC0-1.0", attribution = "Amt" }'
NAMED = f"""{GOOD}
[[vintages]]
key = "alt"
name = "Alt"
valid_to = "2020-12-31"

[[crosswalks]]
from_vintage = "alt"
to_vintage = "neu"
method = "keys"
file = "schluessel.csv"
old = "A"
new = "N"

[[case_lists]]
key = "faelle"
{SOURCE}
file = "faelle.csv"
level = "raum"
columns = ["Tag", "Weg"]
periods = ["2024-12-31"]
counts = [{{ measure = "residents", date = "Tag" }}]
addresses = {{ street = "Weg", register = {{ file = "register.csv", street = "S", areas = {{ neu = "R" }} }} }}
"""  # noqa: E501


@pytest.mark.parametrize("out", ["../x", "/x", "C:\\\\x", "a/../../x"])
@pytest.mark.parametrize(
    "name", ["raum.gpkg", "a.csv", "schluessel.csv", "faelle.csv", "register.csv"]
)
def test_no_file_that_a_project_names_lies_outside_of_its_folder(tmp_path, name, out):
    found = "\n".join(_problems(tmp_path, NAMED.replace(f'"{name}"', f'"{out}{name}"')))
    assert "führt aus dem Ordner heraus" in found
    assert f"x{name}" in found


def test_toml_without_a_bottom_is_a_mistake_like_any_other(tmp_path):
    for text in ("a = " + "[" * 50_000, "a = " + "9" * 5000, "a." * 2_000 + "b = 1"):
        with pytest.raises(ProjectError, match=r"klein\.toml"):
            _load(tmp_path, text)
