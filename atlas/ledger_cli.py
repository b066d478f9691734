"""The commands `sozialatlas ledger`: look at a ledger, check it, and why nothing leaves it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import LedgerError, Problem

if TYPE_CHECKING:
    from indicators.disclosure.ledger import Entry, Ledger

_FILE = click.argument("file", type=click.Path(path_type=Path))
_HEAD = ("Nr.", "verzeichnet", "Stichtag", "Zellen", "geheim", "geändert", "Ausgabe")
_TO_THE_RIGHT = ("Nr.", "Zellen", "geheim", "geändert")


@click.group()
def ledger() -> None:
    """Sieh in das Register der Veröffentlichungen.

    Beispiel: sozialatlas ledger show editions/leipzig.ledger
    """


@ledger.command()
@_FILE
def show(file: Path) -> None:
    """Zeige, welche Ausgaben FILE verzeichnet.

    Beispiel: sozialatlas ledger show editions/leipzig.ledger
    """
    from indicators.disclosure.ledger import read_ledger

    found = read_ledger(file)
    click.echo(f"Register von {found.city}, Ausgaben: {len(found.entries)}")
    for line in _table([_HEAD, *(_row(entry) for entry in found.entries)]):
        click.echo(line)
    _say_torn(found)


def _row(entry: "Entry") -> tuple[str, ...]:
    from atlas.wording import day, number

    return (
        str(entry.number), day(entry.created[:10]), day(entry.reporting_date),
        number(entry.rows), number(entry.hidden), number(len(entry.revised)), entry.edition,
    )  # fmt: skip


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = [name in _TO_THE_RIGHT for name in rows[0]]
    return [
        "  ".join(
            text.rjust(width) if numeric else text.ljust(width)
            for text, width, numeric in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


@ledger.command()
@_FILE
def check(file: Path) -> None:
    """Prüfe, ob FILE unverändert ist und zu den Ausgaben daneben passt.

    Beispiel: sozialatlas ledger check editions/leipzig.ledger
    """
    from atlas.ledger import refuse_unlike
    from indicators.disclosure.ledger import read_ledger

    found = read_ledger(file)
    click.echo(f"Die Kette der Einträge ist ununterbrochen ({len(found.entries)}).")
    count = refuse_unlike(found)
    click.echo(f"Alle Ausgaben daneben stehen darin, mit denselben Zahlen ({count}).")
    _say_torn(found)


def _say_torn(found: "Ledger") -> None:
    if found.torn:
        click.echo(
            "Die letzte Zeile ist unvollständig und zählt nicht; der nächste Eintrag ersetzt sie."
        )


@ledger.command()
@_FILE
@click.argument("edition_id")
def remove(file: Path, edition_id: str) -> None:
    """Erkläre, warum die Ausgabe EDITION_ID im Register FILE bleiben muss.

    Beispiel: sozialatlas ledger remove editions/leipzig.ledger Leipzig-2022-12-31-0a1b2c3d4e5f
    """
    from indicators.disclosure.ledger import names_of, read_ledger

    found = read_ledger(file)
    entry = next((e for e in found.entries if edition_id in (e.edition, str(e.number))), None)
    if entry is None:
        problem = Problem(str(file), f"gefunden {edition_id!r}", names_of(found.entries))
        raise LedgerError("Diese Ausgabe steht nicht im Register.", [problem])
    raise LedgerError(
        f"{entry.name} bleibt im Register: Was veröffentlicht wurde, kennen die Leserinnen und "
        "Leser weiterhin, auch wenn die Ausgabe gelöscht ist. Ohne den Eintrag ließen sich "
        "geheime Zahlen aus der alten und einer neuen Ausgabe zusammen ausrechnen."
    )
