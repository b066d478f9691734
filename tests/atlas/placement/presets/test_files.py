"""From two plain files to a result, as the command does it."""

import json
import os
import signal
import subprocess
import sys

import click
import numpy as np
import pytest
from click.testing import CliRunner

from atlas.cli import main
from atlas.placement.options import preset_options, week_options
from atlas.placement.presets.files import read_problem
from geodata.errors import KeyJoinError, PlacementError, TableError, UserError
from tests.atlas.placement.presets.oracles import plane

MINUTES = """area,place,minutes
Nord,A,0
Nord,B,20
Mitte,A,10
Mitte,B,10
Süd,A,20
Süd,B,0
Aue,A,60.5
Aue,B,40
"""
NEED = "area,demand\nNord,10\nMitte,30\nSüd,20\nAue,5\n"


@pytest.fixture
def files(tmp_path):
    """Write two files and answer their paths."""

    def write(minutes=MINUTES, need=NEED, encoding="utf-8"):
        m, d = tmp_path / "m.csv", tmp_path / "d.csv"
        m.write_bytes(minutes.encode(encoding))
        d.write_bytes(need.encode(encoding))
        return m, d

    return write


def _place(*words):
    return CliRunner().invoke(main, ["place", *map(str, words)])


def test_a_p_median_from_files_to_a_file(files, tmp_path):
    m, d = files()
    out = tmp_path / "neu" / "p.json"
    done = _place("--preset", "p-median", "--minutes", m, "--demand", d, "--sites", 1, "--out", out)
    assert done.exit_code == 0, done.output
    assert "1 Standort: B" in done.output
    assert "Nachweislich gibt es keine bessere Auswahl." in done.output
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["preset"] == "p-median"
    assert result["places"] == ["B"]
    assert (result["objective"], result["bound"], result["gap"]) == (700.0, 700.0, 0.0)
    assert result["ended"] == "optimal"
    assert result["seconds"] > 0
    assert result["assignments"][2] == {
        "area": "Süd", "demand": 20.0, "place": "B", "minutes": 0.0, "reached": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("preset", "more", "objective"),
    [("lscp", ["--reach", 20], 2.0), ("mclp", ["--reach", "10", "--sites", 1], 50.0),
     ("p-center", ["--sites", 1], 40.0)],
)  # fmt: skip
def test_the_other_presets(files, tmp_path, preset, more, objective):
    m, d = files(MINUTES + "Aue,C,0\n")
    out = tmp_path / "p.json"
    done = _place("--preset", preset, "--minutes", m, "--demand", d, "--out", out, *more)
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text(encoding="utf-8"))["objective"] == objective


def test_german_files_say_the_same(files):
    m, d = files()
    plain = read_problem(m, d)
    minutes = MINUTES.replace(".", ";").replace(",", ";").replace("60;5", "60,5")
    m, d = files(minutes, NEED.replace(",", ";").replace("5\n", "5,0\n"), "cp1252")
    german = read_problem(m, d)
    assert german.areas == plain.areas == ("Nord", "Mitte", "Süd", "Aue")
    assert german.places == plain.places
    assert np.array_equal(german.minutes, plain.minutes)
    assert np.array_equal(german.demand, plain.demand)
    m, d = files(minutes, NEED.replace(",", ";"))
    assert np.array_equal(read_problem(m, d).minutes, plain.minutes)


def test_the_order_of_the_rows_does_not_matter(files):
    m, d = files()
    first = read_problem(m, d)
    head, *rows = MINUTES.splitlines()
    m, d = files("\n".join([head, *reversed(rows)]) + "\n")
    second = read_problem(m, d)
    assert first.places == second.places
    assert np.array_equal(first.minutes, second.minutes)


def test_a_missing_or_empty_pair_is_no_way(files):
    m, d = files(
        "area,place,minutes\nNord,A,1\nMitte,B,\nMitte,A,2\n", "area,demand\nNord,1\nMitte,1\n"
    )
    found = read_problem(m, d)
    assert found.minutes.tolist() == [[1.0, float("inf")], [2.0, float("inf")]]


def test_without_needs_every_area_counts_one(files):
    m, _ = files()
    assert read_problem(m, None).demand.tolist() == [1.0] * 4


def _error(kind, m, d):
    with pytest.raises(kind) as caught:
        read_problem(m, d)
    return str(caught.value)


def test_everything_wrong_in_both_files_is_said_at_once(files):
    m, d = files(
        "area;place;minutes\nNord;A;1,5\nNord;B;-2\nSüd;A;abc\n;B;3\nSüd;B;1.234,5\nMitte;A;2.5\n",
        "area;demand\nNord;5\nSüd;\nMitte;inf\n",
    )
    text = _error(TableError, m, d)
    for where in (
        "m.csv, Zeile 3, minutes: gefunden '-2'",
        "m.csv, Zeile 4, minutes: gefunden 'abc'",
        "m.csv, Zeile 5, area: leer",
        "m.csv, Zeile 6, minutes: gefunden '1.234,5'",
        "d.csv, Zeile 3, demand: gefunden ''",
        "d.csv, Zeile 4, demand: gefunden 'inf'",
    ):
        assert where in text


def test_two_decimal_marks_in_one_file_are_refused(files):
    m, d = files(
        "area;place;minutes\nNord;A;1,5\nNord;B;2,5\nNord;C;1.234\n", "area;demand\nNord;1\n"
    )
    text = _error(TableError, m, d)
    assert "Zeile 4, minutes: gefunden '1.234'" in text
    assert "Zeile 2" not in text


def test_doubled_pairs_and_areas_of_one_file_only_are_named(files):
    m, d = files(MINUTES + "Nord,A,3\nWest,A,1\n", NEED + "Ost,1\nNord,4\n")
    text = _error(KeyJoinError, m, d)
    assert "m.csv, Zeile 10: Nord und A steht schon in Zeile 2" in text
    assert "d.csv, Zeile 7: Nord steht schon in Zeile 2" in text
    assert "m.csv, Gebiet West: fehlt in d.csv" in text
    assert "d.csv, Gebiet Ost: fehlt in m.csv" in text


def test_a_missing_column_says_which_there_are(files):
    m, d = files(MINUTES.replace("minutes", "min"))
    text = _error(TableError, m, d)
    assert "Spalte 'minutes' fehlt; gefunden: " in text
    assert "Erlaubt: die Spalten area, place, minutes" in text


def test_unknown_fixed_places_are_refused(files):
    m, d = files()
    with pytest.raises(PlacementError, match="--fixed Z"):
        read_problem(m, d, fixed=["Z"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "es ist nicht gesagt, was zu planen ist"),
        (["ausgabe"], "--scenario: fehlt"),
        (["--scenario", "x.toml"], "EDITION: fehlt"),
        (["ausgabe", "--preset", "lscp"], "EDITION: gilt nicht mit --preset"),
        (["--scenario", "x", "--preset", "lscp"], "--scenario: gilt nicht mit --preset"),
        (["ausgabe", "--scenario", "x", "--sites", "3"], "--sites: gilt nur mit --preset"),
        (["--preset", "p-median"], "--minutes: fehlt"),
        (["--preset", "p-median", "--minutes", "m.csv"], "--demand: fehlt"),
    ],
)
def test_neither_both_or_too_little_is_refused_in_german(words, said):
    done = _place(*words)
    assert done.exit_code == UserError.exit_code
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_file_that_is_read_is_not_written_over(files):
    m, d = files()
    done = _place("--preset", "p-median", "--minutes", m, "--demand", d, "--sites", 1, "--out", m)
    assert done.exit_code != 0
    assert m.read_text(encoding="utf-8") == MINUTES


def test_an_earlier_result_is_replaced_only_by_a_whole_one(files, tmp_path):
    m, d = files()
    out = tmp_path / "p.json"
    out.write_text("früher", encoding="utf-8")
    words = ["--minutes", m, "--demand", d, "--out", out]
    assert (
        _place("--preset", "p-median", "--sites", 9, *words).exit_code == PlacementError.exit_code
    )
    assert out.read_text(encoding="utf-8") == "früher"
    assert _place("--preset", "p-median", "--sites", 1, *words).exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["places"] == ["B"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.csv", "m.csv", "p.json"]


def test_a_time_limit_is_named_in_the_result(files, tmp_path):
    minutes, need = plane(800, 300, 1)
    rows = [f"{i},{j},{minutes[i, j]}" for i in range(800) for j in range(300)]
    m, d = files(
        "area,place,minutes\n" + "\n".join(rows) + "\n",
        "area,demand\n" + "".join(f"{i},{x}\n" for i, x in enumerate(need)),
    )
    out = tmp_path / "p.json"
    words = ["--preset", "p-median", "--minutes", m, "--demand", d, "--sites", 25, "--out", out]
    done = _place(*words, "--seconds", "0.05")
    assert done.exit_code == 0, done.output
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["ended"] == "time_limit"
    assert len(result["places"]) == 25
    assert 0 < result["bound"] < result["objective"]
    assert "nach der Uhr" in done.output


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
def test_ctrl_c_keeps_the_best_so_far(files, tmp_path):
    minutes, need = plane(1500, 500, 1)
    np.savetxt(tmp_path / "rows.txt", minutes, fmt="%.2f")
    rows = [f"{i},{j},{minutes[i, j]:.2f}" for i in range(1500) for j in range(500)]
    m, d = files(
        "area,place,minutes\n" + "\n".join(rows) + "\n",
        "area,demand\n" + "".join(f"{i},{x}\n" for i, x in enumerate(need)),
    )
    out = tmp_path / "p.json"
    words = ["--preset", "mclp", "--minutes", m, "--demand", d, "--out", out]
    words += ["--sites", "33", "--reach", "60"]
    command = [sys.executable, "-u", "-m", "atlas.cli", "place", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if "Besten" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "abgebrochen" in rest
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["ended"] == "stopped"
    assert len(result["places"]) == 33


@pytest.mark.parametrize(
    ("option", "text", "number"),
    [("--reach", "10,5", 10.5), ("--gap", "0,5", 0.5), ("--seconds", "1.5", 1.5),
     ("--more-hours", "3,5", 3.5), ("--fewer-hours", "2,25", 2.25)],
)  # fmt: skip
def test_numbers_of_the_command_line_may_have_a_decimal_comma(option, text, number):
    command = week_options(preset_options(lambda **_: None))
    made = click.command()(command)
    context = made.make_context("place", [option, text])
    assert context.params[option.removeprefix("--").replace("-", "_")] == number
    with pytest.raises(click.BadParameter):
        made.make_context("place", [option, "1,2,3"])
