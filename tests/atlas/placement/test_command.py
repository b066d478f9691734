"""`sozialatlas place` with its options, and what happens when it is interrupted."""

import os
import signal
from dataclasses import replace

import pytest
from click.testing import CliRunner

from atlas.cli import main
from atlas.edition import open_edition
from atlas.interrupts import ends_by_interrupt
from atlas.placement import command
from atlas.placement.command import budgets_of
from atlas.placement.plan import write_plan
from atlas.placement.result import Plan, read_plans
from atlas.placement.scenario import Rooms, SolveRule, Staff
from atlas.placement.scenario.text import scenario_toml
from geodata.errors import PlacementError
from tests.small_city import small_edition


@pytest.fixture
def own(tmp_path):
    """An edition of its own, with nothing beside it."""
    return small_edition(tmp_path)


@pytest.fixture
def file(tmp_path, scenario):
    """The plain scenario as a file, with time for three sessions."""
    rooms = Rooms(default_half_days=("am", "pm"), owners=("public", "non_profit", "other"))
    wide = replace(scenario, rooms=rooms, staff=Staff(9.0, 1), solve=SolveRule(gap=0.0))
    found = tmp_path / "woche.toml"
    found.write_text(scenario_toml(wide), encoding="utf-8")
    return found


def run(own, *options):
    return CliRunner().invoke(main, ["place", str(own.path), *map(str, options)])


def plans(own) -> dict[str, Plan]:
    return {p.name: p for p in read_plans(open_edition(own.path))}


def test_a_plan_is_named_after_its_scenario_and_changed_by_hours(own, file):
    done = run(own, "--scenario", file)
    assert done.exit_code == 0, done.output
    assert "3 neue und 1 bestehende Sprechstunden" in done.output
    more = run(own, "--from", "woche", "--more-hours", 3)
    assert more.exit_code == 0, more.output
    assert "kommen dazu: " in more.output
    fewer = run(own, "--from", "woche", "--fewer-hours", 6, "--name", "knapp")
    assert fewer.exit_code == 0, fewer.output
    assert "fallen weg: " in fewer.output
    found = plans(own)
    assert set(found) == {"woche", "woche-mehr", "knapp"}
    assert any("kommen dazu" in note for note in found["woche-mehr"].notes)
    sizes = {name: len(p.new_sessions) for name, p in found.items()}
    assert sizes == {"woche": 3, "woche-mehr": 4, "knapp": 1}


def test_budgets_and_what_if_stand_in_the_plan(own, file):
    done = run(own, "--scenario", file, "--budgets", "3; 4,5; 6", "--what-if", "--name", "viel")
    assert done.exit_code == 0, done.output
    plan = plans(own)["viel"]
    assert [(p.hours, p.sessions) for p in plan.front] == [(3.0, 1), (4.5, 1), (6.0, 2)]
    assert [w.name for w in plan.what_if][:2] == [
        "Bedarf Leistungsberechtigte 20 % höher",
        "Bedarf Leistungsberechtigte 20 % niedriger",
    ]


def test_the_time_limit_is_the_command_lines(own, file, monkeypatch):
    seen = []
    kept = command.compute_plan

    def spy(edition, scenario, *rest, **more):
        seen.append(scenario.solve.time_limit_seconds)
        return kept(edition, scenario, *rest, **more)

    monkeypatch.setattr(command, "compute_plan", spy)
    monkeypatch.setattr("atlas.placement.plan.compute_plan", spy)
    assert run(own, "--scenario", file, "--seconds", 7).exit_code == 0
    assert run(own, "--from", "woche", "--more-hours", 3, "--seconds", 5).exit_code == 0
    assert seen == [7.0, 5.0]


def test_a_tiny_time_limit_still_gives_a_plan_or_says_why_not(own, file):
    done = run(own, "--scenario", file, "--seconds", 0.000001)
    assert done.exit_code == 0 or "In der erlaubten Zeit" in done.output
    assert "Traceback" not in done.output


NEEDED = "Nötig ist --scenario, oder --from mit einer der beiden Stunden."
TOGETHER = "--from gehört zusammen mit --more-hours oder --fewer-hours."


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "--scenario: fehlt."),
        (["--from", "woche"], TOGETHER),
        (["--more-hours", "3"], TOGETHER),
        (["--scenario", "x.toml", "--fewer-hours", "3"], TOGETHER),
        (["--scenario", "x.toml", "--from", "woche", "--more-hours", "3"], NEEDED),
        (["--from", "woche", "--more-hours", "3", "--fewer-hours", "1"], NEEDED),
        (
            ["--from", "woche", "--more-hours", "3", "--what-if"],
            "--budgets und --what-if gehören zu --scenario, nicht zu --from.",
        ),
        (
            ["--from", "woche", "--fewer-hours", "3", "--budgets", "40"],
            "--budgets und --what-if gehören zu --scenario, nicht zu --from.",
        ),
    ],
)
def test_options_that_contradict_each_other_are_one_sentence(own, options, sentence):
    done = run(own, *options)
    assert done.exit_code == 2
    assert sentence in done.output and "Traceback" not in done.output
    assert not own.plans_path.exists()


@pytest.mark.parametrize("words", ["vierzig", "40,,60", "-5", "", "nan", "inf", "40;x"])
def test_budgets_that_cannot_be_read_are_said(own, file, words):
    with pytest.raises(PlacementError, match="nicht zu lesen"):
        budgets_of(words)
    if words:
        done = run(own, "--scenario", file, f"--budgets={words}")
        assert done.exit_code != 0 and "Die Budgets sind nicht zu lesen." in done.output


def test_budgets_are_sorted_and_each_there_once():
    assert budgets_of("80, 40,40") == (40.0, 80.0)
    assert budgets_of("60,5; 40") == (40.0, 60.5)


def test_a_plan_that_is_not_there_is_named_with_those_that_are(own, file):
    assert run(own, "--scenario", file).exit_code == 0
    done = run(own, "--from", "fehlt", "--more-hours", 3)
    assert done.exit_code != 0
    assert "fehlt" in done.output and "woche" in done.output and "Traceback" not in done.output


def test_more_hours_than_there_are_cannot_go(own, file):
    assert run(own, "--scenario", file).exit_code == 0
    done = run(own, "--from", "woche", "--fewer-hours", 13)
    assert done.exit_code != 0 and "höchstens 9,0 weniger" in done.output


# Ctrl-C


def test_the_first_interrupt_asks_to_stop_and_the_second_ends(monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    with ends_by_interrupt() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupted_search_still_writes_the_plan(own, file, monkeypatch):
    """The key is pressed while the sessions are explained: the plan is whole, the front ends."""
    kept = command.compute_plan

    def interrupted(edition, scenario, name, progress, stop, **more):
        def tell(step, share):
            if step.startswith("Rechne mit"):
                os.kill(os.getpid(), signal.SIGINT)
            progress(step, share)

        return kept(edition, scenario, name, tell, stop, **more)

    monkeypatch.setattr(command, "compute_plan", interrupted)
    done = run(own, "--scenario", file, "--budgets", "3,6,9")
    assert done.exit_code == 0, done.output
    plan = plans(own)["woche"]
    assert len(plan.new_sessions) == 3 and plan.front == ()
    assert any("Angehalten: Ab 3 Stunden" in note for note in plan.notes)


def test_a_plan_is_written_under_its_own_name(own, file):
    assert run(own, "--scenario", file, "--name", "../oben").exit_code != 0
    assert run(own, "--scenario", file, "--name", "a").exit_code == 0
    write_plan(replace(plans(own)["a"], name="b"), own.plans_path / "b")
    assert set(plans(own)) == {"a", "b"}
