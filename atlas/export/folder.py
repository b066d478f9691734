"""Write all exports of an edition into one folder, whole or not at all."""

from pathlib import Path

import pandas as pd

from atlas.edition import Edition
from atlas.export import about, layers, writers
from atlas.export.names import names_of
from atlas.export.tables import SHEETS, Sheet, readable
from atlas.folders import scratch_beside
from atlas.wording import number
from geodata.errors import OutputError, why

README, WORKBOOK, GEOPACKAGE = "LIES_MICH.txt", "sozialraumatlas.xlsx", "sozialraumatlas.gpkg"


def export(edition: Edition, folder: Path) -> list[Path]:
    """Write German CSV files, a workbook, a GeoPackage and ``LIES_MICH.txt``.

    Parameters
    ----------
    edition
        The opened edition.
    folder
        Must not exist or be empty; it appears whole, or not at all.

    Returns
    -------
    list of Path
        The files, sorted by name.

    Raises
    ------
    OutputError
        There is something at `folder`, or it cannot be written.
    """
    _refuse_used(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch_beside(folder) as scratch:
            _write_all(edition, scratch)
            if folder.is_dir():
                folder.rmdir()
            scratch.rename(folder)
    except OSError as error:
        reason = why(error)
        raise OutputError(f"{folder} kann nicht geschrieben werden: {reason}.") from error
    return sorted(folder.iterdir())


def _refuse_used(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"Der Ordner {folder} ist nicht leer; bitte einen neuen nennen.")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} ist eine Datei; bitte einen neuen Ordner nennen.")


def _write_all(edition: Edition, folder: Path) -> None:
    day = edition.manifest.reporting_date
    tables = [(s, readable(edition, s)) for s in SHEETS]
    tables = [(s, t) for s, t in tables if len(t)]
    for sheet, table in tables:
        writers.write_csv(folder / f"{sheet.key}.csv", table)
    writers.write_xlsx(
        folder / WORKBOOK,
        about.sections(edition.manifest, tuple((s.title, _content(s, t)) for s, t in tables)),
        [(s.title, t) for s, t in tables],
        day,
        names_of(edition).decimals,
    )
    attributes = [(s.key, t) for s, t in tables if s.table not in ("areas", "places")]
    writers.write_geopackage(
        folder / GEOPACKAGE,
        [*layers.area_layers(edition), *layers.place_layers(edition)],
        attributes,
        day,
    )
    text = about.as_text(about.sections(edition.manifest, _files(tables)))
    (folder / README).write_text(text, encoding="utf-8")


def _files(tables: list[tuple[Sheet, pd.DataFrame]]) -> tuple[tuple[str, str], ...]:
    return (
        *((f"{s.key}.csv", _content(s, t)) for s, t in tables),
        (WORKBOOK, "alle Tabellen als Arbeitsblätter, dazu dieses Blatt"),
        (GEOPACKAGE, "Gebiete je Ebene mit ihren jüngsten Werten, Orte, und alle Tabellen"),
    )


def _content(sheet: Sheet, table: pd.DataFrame) -> str:
    return f"{sheet.title}, {number(len(table))} {'Zeile' if len(table) == 1 else 'Zeilen'}"
