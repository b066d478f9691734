"""The options of `sozialatlas place`: a weekly plan, or places only, and what the latter do.

Nothing heavy is imported here: the command line reads this file at every start.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atlas.interrupts import ends_by_interrupt
from geodata.errors import ProblemCollector, UserError
from geodata.progress import Progress

if TYPE_CHECKING:
    from atlas.placement.presets.problem import Preset

_PRESETS = ("lscp", "mclp", "p-median", "p-center")
_FILE = click.Path(path_type=Path)
_PERCENT = 100.0


class GermanFloat(click.FloatRange):
    """A number with a decimal point or a decimal comma."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read ``10,5`` as ``10.5``; everything else as click does."""
        given: Any = value.strip().replace(",", ".") if isinstance(value, str) else value
        return float(super().convert(given, param, ctx))


_OPTIONS = (
    click.option("--preset", type=click.Choice(_PRESETS),
                 help="Nur Standorte wählen: so wenige wie möglich (lscp), möglichst viel Bedarf "
                      "in Reichweite (mclp), kurze Wege (p-median), kurzer längster Weg "
                      "(p-center)."),
    click.option("--minutes", type=_FILE, help="Tabelle area, place, minutes; mit --preset."),
    click.option("--demand", type=_FILE, help="Tabelle area, demand; mit --preset."),
    click.option("--sites", type=int, metavar="ZAHL", help="Zahl der Standorte; nicht mit lscp."),
    click.option("--reach", type=GermanFloat(), metavar="MINUTEN",
                 help="So weit reicht ein Standort; mit lscp und mclp."),
    click.option("--fixed", multiple=True, metavar="ORT",
                 help="Ein Standort, der sicher dabei ist; mehrfach."),
    click.option("--forbid", multiple=True, metavar="ORT",
                 help="Ein Ort, der nicht gewählt wird; mehrfach."),
    click.option("--gap", type=GermanFloat(0, 100), default=0.0, show_default=True,
                 help="Ende der Suche: so viel Prozent vom bewiesenen Besten."),
    click.option("--out", type=_FILE, help="Das Ergebnis (JSON); mit --preset."),
)  # fmt: skip

_HOURS = GermanFloat(min=0, min_open=True)
_WEEK = (
    click.option("--scenario",
                 help="Szenario (TOML): Gruppen, Erreichbarkeit, Personal, Räume; "
                      "oder der Name einer mitgelieferten Stadt."),
    click.option("--name", help="Name des Plans; sonst der Name der Szenariodatei."),
    click.option("--budgets", help="Auch für diese Wochenstunden rechnen: 40,60,80."),
    click.option("--what-if", is_flag=True, help="Auch prüfen, was den Plan ändern würde."),
    click.option("--from", "base", metavar="PLAN",
                 help="Von diesem Plan ausgehen statt vom Szenario."),
    click.option("--more-hours", type=_HOURS,
                 help="So viele Stunden kommen dazu: Was bringen sie? (mit --from)"),
    click.option("--fewer-hours", type=_HOURS,
                 help="So viele Stunden fallen weg: Welche Sprechstunden? (mit --from)"),
    click.option("--seconds", type=GermanFloat(0), default=0.0, show_default=True,
                 help="Ende der Suche nach der Uhr; 0 heißt: nach dem Szenario, sonst ohne Uhr."),
)  # fmt: skip
_KEYS = ("preset", "minutes", "demand", "sites", "reach", "fixed", "forbid", "gap", "out")
_NOT_GIVEN = (None, (), 0.0, False)


@dataclass(frozen=True)
class _Asked:
    """What the options say, checked by `chooses_sites`."""

    preset: "Preset"
    minutes: Path
    demand: Path | None
    sites: int | None
    reach: float | None
    fixed: tuple[str, ...]
    forbid: tuple[str, ...]
    gap: float
    seconds: float
    out: Path


def week_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a weekly plan."""
    for option in reversed(_WEEK):
        command = option(command)
    return command


def preset_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of the presets."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chooses_sites(edition: Path | None, options: Mapping[str, object]) -> bool:
    """Whether a preset is asked for, not a weekly plan.

    Raises
    ------
    UserError
        Neither, both, or something is missing for the one that is asked for.
    """
    found = ProblemCollector()
    if options["preset"] is None:
        _check_week(edition, options, found)
    else:
        _check_preset(edition, options, found)
    found.raise_if_any(UserError, "Diese Angaben reichen nicht oder passen nicht zusammen.")
    return options["preset"] is not None


def _check_week(
    edition: Path | None, options: Mapping[str, object], found: ProblemCollector
) -> None:
    given = [key for key in _KEYS if options[key] not in _NOT_GIVEN]
    for key in given:
        found.add(f"--{key}", "gilt nur mit --preset", "mit --preset, ohne EDITION und --scenario")
    if given:
        return
    if edition is None and options["scenario"] is None and options["base"] is None:
        hint = "eine Ausgabe mit --scenario, oder --preset mit --minutes und --out"
        found.add("place", "es ist nicht gesagt, was zu planen ist", hint)
        return
    if edition is None:
        found.add("EDITION", "fehlt", "der Ordner einer Ausgabe")
    hours = options["more_hours"] or options["fewer_hours"]
    if options["scenario"] is None and options["base"] is None and not hours:
        found.add("--scenario", "fehlt", "eine Szenariodatei oder der Name einer Stadt")


def _check_preset(
    edition: Path | None, options: Mapping[str, object], found: ProblemCollector
) -> None:
    week = {
        "EDITION": edition,
        "--scenario": options["scenario"],
        "--name": options["name"],
        "--budgets": options["budgets"],
        "--what-if": options["what_if"],
        "--from": options["base"],
        "--more-hours": options["more_hours"],
        "--fewer-hours": options["fewer_hours"],
    }
    for option, value in week.items():
        if value not in _NOT_GIVEN:
            found.add(option, "gilt nicht mit --preset", "entweder ein Wochenplan oder --preset")
    for key in ("minutes", "out"):
        if options[key] is None:
            found.add(f"--{key}", "fehlt", "eine Datei")
    if options["demand"] is None and options["preset"] in ("mclp", "p-median"):
        found.add("--demand", "fehlt", "eine Datei mit area und demand")


def choose_sites(options: Mapping[str, object], progress: Progress) -> list[str]:
    """Read the files, choose, and write the result.

    The first Ctrl-C ends the search and keeps the best choice so far.

    Returns
    -------
    list of str
        The summary for whoever ran it.

    Raises
    ------
    UserError
        A file is faulty, the wish cannot be fulfilled, or the result cannot be written.
    """
    from atlas.outputs import refuse_outputs, write_together
    from atlas.placement.presets import Limits, Wish, solve_preset
    from atlas.placement.presets.files import read_problem
    from atlas.placement.presets.words import sentences

    chosen = {key: options[key] for key in (*_KEYS, "seconds")}
    asked = _Asked(**chosen)  # type: ignore[arg-type]
    inputs = [file for file in (asked.minutes, asked.demand) if file is not None]
    refuse_outputs(inputs, [asked.out])
    progress("Lese Minuten und Bedarf", 0.0)
    problem = read_problem(asked.minutes, asked.demand, asked.fixed, asked.forbid)
    wish = Wish(asked.preset, asked.sites, asked.reach)
    limits = Limits(asked.gap / _PERCENT, asked.seconds or None)
    with ends_by_interrupt() as stop:
        answer = solve_preset(problem, wish, limits, progress, stop)
    text = json.dumps(answer.as_json(), ensure_ascii=False, indent=1) + "\n"
    write_together({asked.out: text})
    return [*sentences(answer), str(asked.out)]
