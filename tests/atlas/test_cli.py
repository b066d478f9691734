"""The command line: help with an example, exit codes, messages without a traceback."""

import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from atlas.cli import city_file, main
from atlas.serving import planning_allowed
from geodata.errors import FileMissingError, UserError


def _run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_help_with_an_example(name):
    result = _run(name, "--help")
    assert result.exit_code == 0
    assert f"Beispiel: sozialatlas {name}" in result.output


def test_every_kind_of_error_has_a_code_of_its_own():
    kinds = UserError.__subclasses__()
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert 0 not in codes
    assert 1 not in codes


def test_an_unknown_city_lists_the_known_ones():
    result = _run("build", "atlantis", "--out", "nirgends")
    assert result.exit_code == FileMissingError.exit_code
    assert "berlin, leipzig" in result.output
    assert "Traceback" not in result.output


def test_a_path_is_taken_as_a_project_file(tmp_path):
    assert city_file(str(tmp_path / "x.toml")) == tmp_path / "x.toml"
    assert city_file("leipzig").name == "leipzig.toml"


@pytest.mark.parametrize("command", ["verify", "serve"])
def test_commands_on_a_missing_edition_say_so(tmp_path, command):
    result = _run(command, tmp_path / "weg")
    assert result.exit_code == FileMissingError.exit_code
    assert "gibt es nicht" in result.output


def test_a_built_edition_is_verified_exported_and_briefed(demo, tmp_path):
    assert _run("verify", demo.path).exit_code == 0
    assert _run("export", demo.path, tmp_path / "aus").exit_code == 0
    assert any((tmp_path / "aus").rglob("*.csv"))
    area = demo.table("areas").query("level == 'bezirksregion'")["area"].iloc[0]
    result = _run("brief", demo.path, area, "--out", tmp_path / "seite.pdf")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "seite.pdf").read_bytes().startswith(b"%PDF")


def test_the_installed_command_prints_no_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "atlas.cli", "verify", str(tmp_path / "weg")],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert done.returncode == FileMissingError.exit_code
    assert "Traceback" not in done.stderr
    assert isinstance(main, click.Group)


@pytest.mark.parametrize(("options", "allowed"), [([], True), (["--no-planning"], False)])
def test_an_atlas_for_many_can_be_served_without_planning(edition, monkeypatch, options, allowed):
    started = []
    monkeypatch.setattr("atlas.cli._require_free", lambda port: None)
    monkeypatch.setattr("os.execve", lambda program, words, given: started.append(given))
    assert CliRunner().invoke(main, ["serve", str(edition.path), *options]).exit_code == 0
    monkeypatch.setattr("os.environ", started[0])
    assert planning_allowed() is allowed
