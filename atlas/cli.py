"""The command `sozialatlas`: every way into the program that is not the browser."""

import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atlas.ledger_cli import ledger as ledger_commands
from atlas.placement.options import (
    choose_sites,
    chooses_sites,
    preset_options,
    week_options,
)
from geodata.errors import FileMissingError, OutputError, UserError
from geodata.progress import Progress

if TYPE_CHECKING:
    from atlas.edition import Edition

_EDITION, _PLANNING = "SOZIALATLAS_EDITION", "SOZIALATLAS_PLANNING"
_CITIES = Path(str(resources.files("atlas") / "cities"))


_INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


class _Group(click.Group):
    """Turns every error a user can mend into one message and its exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"Fehler: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("\nAbgebrochen.", err=True)
            ctx.exit(_INTERRUPTED)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sozialatlas", prog_name="sozialatlas")
def main() -> None:
    """Sozialraumatlas: sichere kleinräumige Zahlen, Häufungen, Sprechstundenplan.

    Beispiel: sozialatlas demo
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")


def city_file(name: str) -> Path:
    """Find a project file: a path, or the name of a city that comes with the program.

    Raises
    ------
    FileMissingError
        Neither is there; the names are listed.
    """
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return path
    shipped = _CITIES / f"{name}.toml"
    if shipped.is_file():
        return shipped
    known = sorted(f.stem for f in _CITIES.glob("*.toml") if "_" not in f.stem)
    raise FileMissingError(
        f"Die Stadt {name!r} ist nicht bekannt; es gibt: {', '.join(known)}, "
        "oder nennen Sie eine Projektdatei (.toml)."
    )


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """Show a bar with what is being done; without a terminal, one line per step."""
    steps = 1000
    with click.progressbar(length=steps, label=label, item_show_func=lambda s: s or "") as bar:
        shown = ""

        def tell(step: str, share: float) -> None:
            nonlocal shown
            bar.update(max(0, round(share * steps) - bar.pos), step)
            if step != shown and not sys.stderr.isatty() and not sys.stdout.isatty():
                click.echo(f"  {step}")
            shown = step

        yield tell


_OUT_EDITION = click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Ordner der neuen Ausgabe."
)
_REPLACE = click.option("--replace", is_flag=True, help="Eine vorhandene Ausgabe austauschen.")
_LEDGER = click.option(
    "--ledger", type=click.Path(path_type=Path),
    help="Register der Veröffentlichungen; sonst das der Projektdatei oder neben der Ausgabe.",
)  # fmt: skip
_CLUSTER = click.option(
    "--cluster", help="Falllisten auf mehreren Rechnern zählen: Adresse des Dask-Schedulers."
)
_PORT = click.option("--port", default=8501, show_default=True, help="Port auf diesem Rechner.")


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("editions/musterstadt"),
    show_default=True,
    help="Ordner der Ausgabe; gebaut wird nur, was fehlt.",
)
@_PORT
@click.option("--build-only", is_flag=True, help="Nur bauen, den Atlas nicht zeigen.")
def demo(out: Path, port: int, build_only: bool) -> None:
    """Zeige den Atlas mit der erfundenen Stadt Musterstadt.

    Beispiel: sozialatlas demo
    """
    from atlas.demo import build_demo

    with progress_bar("Musterstadt") as tell:
        edition = build_demo(out, tell)
    click.echo(f"Ausgabe {edition.manifest.id} in {out}")
    if not build_only:
        _serve(out, port)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path),
              help="Die Projektdatei; sonst projekt.toml im Ordner.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Eine vorhandene Projektdatei ersetzen.")
def new(folder: Path, out: Path | None, replace: bool) -> None:
    """Schreibe eine erste Projektdatei für die Dateien in FOLDER.

    Beispiel: sozialatlas new daten/kleinstadt --out kleinstadt.toml
    """
    from atlas.newproject import propose
    from atlas.newproject.tell import next_steps
    from atlas.outputs import refuse_outputs, write_together

    target = out or folder / "projekt.toml"
    with progress_bar(f"{folder} wird angesehen") as tell:
        found = propose(folder, target.stem, tell)
    contents = {target: found.text}
    contents |= {target.with_name(name): text for name, text in found.layouts.items()}
    refuse_outputs([folder / name for name in found.files], list(contents))
    there = [path for path in contents if path.exists()]
    if there and not replace:
        raise OutputError(f"{there[0]} gibt es schon; mit --replace wird die Datei ersetzt.")
    write_together(contents)
    for line in (*next_steps(list(contents), folder, found.questions), "", *found.summary):
        click.echo(line)


@main.command()
@click.argument("city")
@click.option("--data", type=click.Path(path_type=Path),
              help="Ordner mit den Dateien; sonst der Ordner der Projektdatei.")  # fmt: skip
@click.option("--html", type=click.Path(path_type=Path),
              help="Den ganzen Bericht als eine Seite dorthin schreiben.")  # fmt: skip
@_CLUSTER
def check(city: str, data: Path | None, html: Path | None, cluster: str | None) -> None:
    """Prüfe alles, was CITY (Name oder Projektdatei) nennt, ohne etwas zu bauen.

    Beispiel: sozialatlas check leipzig --data daten/leipzig --html pruefbericht.html
    """
    from atlas.build.inputs import files_of
    from atlas.check import check_project, show
    from atlas.outputs import refuse_outputs, write_together
    from atlas.project import load_project

    project = city_file(city)
    folder = data or project.parent
    if not folder.is_dir():
        raise FileMissingError(f"Den Ordner {folder} gibt es nicht.")
    if html:
        read = [folder / name for name in files_of(load_project(project))]
        refuse_outputs([project, *read], [html])
    with progress_bar(f"{city} wird geprüft") as tell:
        report = check_project(project, folder, tell, cluster)
    for line in show.terminal(report):
        click.echo(line)
    if html:
        write_together({html: show.html(report)})
        click.echo(f"Bericht in {html}")
    click.get_current_context().exit(report.exit_code)


@main.command()
@click.argument("city")
@click.option("--data", type=click.Path(path_type=Path),
              help="Ordner mit den Dateien; sonst der Ordner der Projektdatei.")  # fmt: skip
@_OUT_EDITION
@_REPLACE
@_LEDGER
@click.option("--draft", is_flag=True,
              help="Nur ein Entwurf: geschützt wie immer, aber nicht im Register.")  # fmt: skip
@_CLUSTER
def build(
    city: str, data: Path | None, out: Path, replace: bool, ledger: Path | None, draft: bool,
    cluster: str | None,
) -> None:  # fmt: skip
    """Baue eine geschützte und geprüfte Ausgabe aus CITY (Name oder Projektdatei).

    Beispiel: sozialatlas build leipzig --data daten/leipzig --out editions/leipzig
    """
    from atlas.build import build as build_edition

    project = city_file(city)
    folder = data or project.parent
    if not folder.is_dir():
        raise FileMissingError(f"Den Ordner {folder} gibt es nicht.")
    with progress_bar(f"{city} wird gebaut") as tell:
        edition = build_edition(
            project, folder, out, replace=replace, ledger=ledger, draft=draft, cluster=cluster,
            progress=tell,
        )  # fmt: skip
    _report(edition)


def _report(edition: "Edition") -> None:
    rule = edition.manifest.disclosure
    click.echo(f"Ausgabe {edition.manifest.id} in {edition.path}")
    for entry in edition.checks["sources"]:
        if entry["rows_read"] is None:
            click.echo(f"  {entry['file']}: gezählt; die Zeilen nennt „sozialatlas check“")
            continue
        aside = sum(int(a["rows"]) for a in entry["set_aside"])
        click.echo(
            f"  {entry['file']}: {entry['rows_read']} Zeilen gelesen, "
            f"{entry['rows_used']} verwendet, {aside} beiseitegelegt"
        )
    narrowest = ""
    if rule.narrowest is not None:
        narrowest = f", engster Bereich: {rule.narrowest + 1} mögliche Werte"
    click.echo(
        f"  {rule.cells} Zellen, {rule.suppressed} geheim, {rule.audited} geprüft{narrowest}"
    )
    mark = edition.manifest.ledger
    if mark is not None:
        first = ": vorher wurde nichts veröffentlicht" if mark.number == 1 else ""
        click.echo(f"  Eintrag {mark.number} im Register der Veröffentlichungen{first}")
    elif edition.manifest.draft:
        click.echo("  Entwurf: nicht im Register, nicht zum Veröffentlichen")


@main.command()
@click.argument("city")
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="Ordner für die Dateien und ihre Quellenkarten.")  # fmt: skip
@click.option("--layer", multiple=True, help="Nur diese Ebene; mehrfach möglich.")
@click.option("--replace", is_flag=True, help="Dateien ersetzen, deren Inhalt sich geändert hat.")
@click.option("--timeout", type=click.FloatRange(1, 3600), default=60, show_default=True,
              help="So viele Sekunden wird auf jeden Schritt gewartet.")  # fmt: skip
def fetch(city: str, out: Path, layer: tuple[str, ...], replace: bool, timeout: float) -> None:
    """Hole die amtlichen Ebenen von CITY (Name oder eigene Liste) in einen Ordner.

    Beispiel: sozialatlas fetch berlin --out daten/berlin
    """
    from atlas.fetch import fetch_layers, fetch_list

    listed = fetch_list(city)
    with progress_bar(f"{listed.city} wird geholt") as tell:
        done = fetch_layers(
            listed, out, layer, replace=replace, timeout_seconds=timeout, progress=tell
        )
    for entry in done:
        click.echo(str(entry))


@main.command()
@click.argument("edition", type=click.Path(path_type=Path))
@_LEDGER
def verify(edition: Path, ledger: Path | None) -> None:
    """Rechne Prüfsummen, Verknüpfungen und Geheimhaltung einer Ausgabe nach.

    Beispiel: sozialatlas verify editions/leipzig
    """
    from atlas.verify import verify as verify_edition

    with progress_bar("Ausgabe wird geprüft") as tell:
        lines = verify_edition(edition, tell, ledger=ledger)
    for line in lines:
        click.echo(line)


@main.command()
@click.argument("edition", type=click.Path(path_type=Path))
@_PORT
@click.option("--no-planning", is_flag=True,
              help="Pläne nur zeigen: niemand rechnet und speichert neue.")  # fmt: skip
def serve(edition: Path, port: int, no_planning: bool) -> None:
    """Zeige eine Ausgabe im Browser, nur auf diesem Rechner erreichbar.

    Beispiel: sozialatlas serve editions/leipzig
    """
    from atlas.edition import open_edition

    open_edition(edition)
    _serve(edition, port, {_PLANNING: "off"} if no_planning else {})


def _require_free(port: int) -> None:
    """Say so before anything is promised."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise OutputError(
                f"Auf diesem Rechner ist der Port {port} schon belegt, vielleicht von einem "
                f"anderen Atlas. Nennen Sie einen anderen, zum Beispiel --port {port + 1}."
            ) from None


def _serve(edition: Path, port: int, settings: dict[str, str] | None = None) -> None:
    """Run the atlas. The configuration lies beside the app; what guards privacy is said here."""
    package = Path(str(resources.files("atlas")))
    installed, checkout = package / "start" / "app.py", package.parent / "app.py"
    app = installed if installed.is_file() else checkout
    options = {
        "server.address": "127.0.0.1",
        "server.port": str(port),
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": "localhost",
    }
    _require_free(port)
    click.echo(f"Der Atlas läuft unter http://localhost:{port} (Ende mit Strg+C)", nl=True)
    sys.stdout.flush()
    command = [sys.executable, "-m", "streamlit", "run", str(app)]
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = {**os.environ, _EDITION: str(edition.resolve()), **(settings or {})}
    if os.name == "nt":
        import subprocess

        raise SystemExit(subprocess.call(command, env=environment))
    os.execve(sys.executable, command, environment)


@main.command()
@click.argument("edition", type=click.Path(path_type=Path), required=False)
@week_options
@preset_options
def place(edition: Path | None, **options: object) -> None:
    """Rechne einen Wochenplan der Sprechstunden, oder wähle nur Standorte (--preset).

    Strg+C beendet die Suche mit dem Besten bisher.

    Beispiel: sozialatlas place editions/musterstadt --scenario sprechstunden.toml

    Oder: sozialatlas place --preset p-median --minutes minuten.csv --demand bedarf.csv
    --sites 5 --out standorte.json
    """
    if chooses_sites(edition, options):
        with progress_bar("Standorte werden gewählt") as tell:
            lines: Sequence[str] = choose_sites(options, tell)
    else:
        from atlas.placement.command import order_of, place_week

        scenario = options["scenario"]
        shipped = _CITIES / f"{scenario}_sprechstunden.toml"
        file = shipped if shipped.is_file() else Path(str(scenario)) if scenario else None
        order = order_of(file, options)
        with progress_bar("Plan wird gerechnet") as tell:
            lines = place_week(edition or Path(), order, tell)
    for line in lines:
        click.echo(line)


@main.command()
@click.argument("edition", type=click.Path(path_type=Path))
@click.argument("plan_a")
@click.argument("plan_b")
@click.option("--out", type=click.Path(path_type=Path),
              help="Den ganzen Vergleich schreiben: eine Datei .xlsx oder .json.")  # fmt: skip
def compare(edition: Path, plan_a: str, plan_b: str, out: Path | None) -> None:
    """Vergleiche zwei Wochenpläne derselben Ausgabe, PLAN_A und PLAN_B (ihre Namen).

    Beispiel: sozialatlas compare editions/musterstadt sprechstunden familien
    """
    from atlas.edition import open_edition
    from atlas.placement.compare import compare as compare_plans
    from atlas.placement.compare import named_plan, sentences, write_comparison

    opened = open_edition(edition)
    found = compare_plans(named_plan(opened, plan_a), named_plan(opened, plan_b))
    for line in sentences(found):
        click.echo(line)
    if out is not None:
        write_comparison(found, out)
        click.echo(str(out))


@main.command()
@click.argument("edition", type=click.Path(path_type=Path))
@click.argument("area")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Die PDF-Datei.")
@click.option("--level", help="Ebene, wenn ein Schlüssel auf mehreren Ebenen vorkommt.")
def brief(edition: Path, area: str, out: Path, level: str | None) -> None:
    """Schreibe eine Seite A4 über AREA (Schlüssel oder Name) als barrierefreies PDF.

    Beispiel: sozialatlas brief editions/leipzig Plagwitz --out plagwitz.pdf
    """
    from atlas.briefing import brief as write_brief
    from atlas.edition import open_edition

    click.echo(str(write_brief(open_edition(edition), area, out=out, level=level)))


@main.command()
@click.argument("edition", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
def export(edition: Path, folder: Path) -> None:
    """Schreibe eine Ausgabe als deutsche CSV, XLSX und GeoPackage in FOLDER.

    Beispiel: sozialatlas export editions/leipzig export/leipzig
    """
    from atlas.edition import open_edition
    from atlas.export import export as write_export

    for file in write_export(open_edition(edition), folder):
        click.echo(str(file))


_FILE = click.Path(path_type=Path)
_PLAIN = (
    click.option("--dims", required=True, metavar="SPALTEN",
                 help="Spalten der Dimensionen, durch Komma getrennt."),
    click.option("--hierarchy", multiple=True, metavar="DIMENSION=DATEI",
                 help="Datei mit child,parent; mehrfach, auch für dieselbe Dimension."),
    click.option("--threshold", type=int, default=3, show_default=True,
                 help="Zahlen über 0 und darunter sind geheim."),
    click.option("--zeros", type=click.Choice(["published", "hidden"]), default="published",
                 show_default=True,
                 help="published: eine geheime Zahl ist für Leser mindestens 1; hidden: "
                      "mindestens 0. Nullen werden immer gedruckt."),
    click.option("--insiders/--no-insiders", default=None,
                 help="Annehmen, dass die Person hinter einer 1 von sich weiß; sonst mit "
                      "--zeros published."),
    click.option("--total", default="Total", show_default=True, metavar="SCHLÜSSEL",
                 help="Schlüssel der Summe über eine ganze Dimension."),
    click.option("--delimiter", type=click.Choice([",", ";", "tab"]),
                 help="Trennzeichen der Tabelle; sonst wird es erkannt."),
)  # fmt: skip


def _plain_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options that `protect` and `audit` share: the table's dimensions and the rule."""
    for option in reversed(_PLAIN):
        command = option(command)
    return command


@main.command()
@click.option("--table", type=_FILE, required=True,
              help="CSV: die Dimensionen und count der innersten Zellen.")  # fmt: skip
@_plain_options
@click.option("--out", type=_FILE, required=True, help="Die geschützte Tabelle (CSV).")
@click.option("--report", type=_FILE, help="Bericht dazu (HTML).")
@click.option(
    "--method",
    type=click.Choice(["suppress", "round", "perturb"]),
    default="suppress",
    show_default=True,
    help="Verbergen, gemeinsam runden, oder leicht verändern.",
)
@click.option("--base", type=int, help="Runden auf Vielfache von 3, 5 oder 10; sonst 5.")
@click.option(
    "--key-file",
    type=_FILE,
    help="Geheimer Schlüssel: nötig für perturb; mit round wird ausgelost.",
)
@click.option("--deviation", type=int, help="perturb: größte Veränderung; sonst 5.")
@click.option("--variance", type=float, help="perturb: Varianz der Veränderung; sonst 3.")
@click.option(
    "--forbidden", type=int, help="perturb: 1 bis zu dieser Zahl wird nie gedruckt; sonst keine."
)
@click.option("--cost", type=click.Choice(["count", "cell", "weights"]), default="count",
              show_default=True, help="Was möglichst wenig verloren gehen soll.")  # fmt: skip
@click.option("--weights", type=_FILE, help="CSV: die Dimensionen und weight, mit --cost weights.")
@click.option("--keep", multiple=True, metavar="DIMENSION=SCHLÜSSEL",
              help="Zellen, die gedruckt bleiben, "
                   "etwa region=Total,group=Total; mehrfach.")  # fmt: skip
@click.option("--secret", type=_FILE, help="CSV: Zellen, die außerdem geheim sind.")
@click.option("--gap", type=click.FloatRange(0, 100), default=1.0, show_default=True,
              help="Ende der Suche: so viel Prozent vom bewiesenen Besten.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0), default=0.0, show_default=True,
              help="Ende der Suche nach der Uhr; 0 heißt ohne Uhr.")  # fmt: skip
@click.option("--thorough", is_flag=True,
              help="Weitersuchen, auch wenn es lange nichts mehr bringt.")  # fmt: skip
@click.option("--internal", is_flag=True,
              help="Spalten kind, low, high und ein interner Bericht: "
                   "nicht veröffentlichen.")  # fmt: skip
def protect(**options: object) -> None:
    """Schütze eine Tabelle mit Zahlen und allen ihren Summen, und prüfe sie.

    Kleine Zahlen werden verborgen, oder alle gerundet (--method round) oder leicht verändert
    (--method perturb).

    Beispiel: sozialatlas protect --table counts.csv --dims region,group
    --hierarchy region=regions.csv --threshold 3 --out protected.csv --report report.html
    """
    from atlas.protecting import protect_by_method

    with progress_bar("Tabelle wird geschützt") as tell:
        lines = protect_by_method(options, tell)
    for line in lines:
        click.echo(line)


@main.command()
@click.option("--table", type=_FILE, required=True,
              help="CSV: die Dimensionen, die Zahlen, vielleicht ein Status.")  # fmt: skip
@_plain_options
@click.option("--count-column", default="count", show_default=True, help="Spalte der Zahlen.")
@click.option("--status-column", help="Spalte des Status; sonst status, wenn es sie gibt.")
@click.option("--suppressed-values", default="suppressed", show_default=True, metavar="WERTE",
              help="Was geheim heißt, als Status oder anstelle der Zahl; "
                   "durch Komma getrennt.")  # fmt: skip
@click.option("--truth", type=_FILE, help="CSV der wahren innersten Zahlen, wie für protect.")
@click.option("--out", type=_FILE, help="Was sich von jeder geheimen Zelle sagen lässt (CSV).")
@click.option("--report", type=_FILE, help="Bericht dazu (HTML).")
def audit(**options: object) -> None:
    """Prüfe an einer veröffentlichten Tabelle, was sich von ihren Lücken berechnen lässt.

    Beispiel: sozialatlas audit --table protected.csv --dims region,group
    --hierarchy region=regions.csv --threshold 3
    """
    from atlas.protecting import audit_files, audit_options

    with progress_bar("Tabelle wird geprüft") as tell:
        lines = audit_files(audit_options(options), tell)
    for line in lines:
        click.echo(line)


main.add_command(ledger_commands)


@main.command()
@click.argument("project")
@click.argument("old")
@click.argument("new")
@click.option("--data", type=_FILE, help="Ordner mit den Dateien; sonst der der Projektdatei.")
@click.option("--method", type=click.Choice(["keys", "population", "mask", "area"]),
              help="Verfahren; sonst das der Projektdatei.")  # fmt: skip
@click.option("--file", help="Schlüsseltabelle, kleine Einheiten oder bewohnte Fläche.")
@click.option("--old-column", "old_column", help="Spalte der alten Schlüssel, mit keys.")
@click.option("--new-column", "new_column", help="Spalte der neuen Schlüssel, mit keys.")
@click.option("--weight", help="Spalte der Anteile, der Menschen oder der Dichte.")
@click.option("--percent", is_flag=True, help="Die Anteile stehen in Prozent.")
@click.option("--already-public", is_flag=True,
              help="Die Datei ist öffentlich; sonst werden die Anteile gerundet.")  # fmt: skip
@click.option("--out", type=_FILE, required=True, help="CSV mit den Anteilen.")
def crosswalk(project: str, data: Path | None, **options: object) -> None:
    """Schreibe, welcher Anteil der Gebiete des Stands OLD zu welchem des Stands NEW gehört.

    Beispiel: sozialatlas crosswalk berlin 2019 2021 --data daten/berlin --method area
    --out anteile.csv
    """
    from atlas.crosswalk_command import crosswalk_files

    path = city_file(project)
    for line in crosswalk_files(path, data or path.parent, options):
        click.echo(line)


if __name__ == "__main__":
    main()
