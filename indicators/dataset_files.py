"""What differs from file to file of a dataset: format, sheets, names of columns, periods."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from geodata.errors import Problem, TableError
from geodata.files import TableFormat, inside, sheet_names, tidy
from indicators.periods import reporting_date, whole_year
from indicators.sources import Dataset, DatasetFile


def file_format(dataset: Dataset, file: DatasetFile) -> TableFormat:
    """How a file is written."""
    fmt = file.format or dataset.format
    return fmt if file.sheet is None else replace(fmt, sheet=file.sheet)


def period_of(words: str, dataset: Dataset) -> str | None:
    """The reporting date that a table's words stand for: by map, by template, or by themselves."""
    if dataset.period_map:
        return reporting_date(dataset.period_map.get(words, ""))
    if dataset.period_template != "{}":
        return reporting_date(dataset.period_template.format(whole_year(words)))
    return reporting_date(words)


def expanded_files(dataset: Dataset, folder: Path) -> list[tuple[DatasetFile, list[str]]]:
    """Each file, and each of several sheets of one, with the sheets that are not read.

    Raises
    ------
    TableError
        No sheet fits the pattern, or the period of one cannot be read.
    """
    out: list[tuple[DatasetFile, list[str]]] = []
    for file in dataset.files:
        out += [(file, [])] if file.sheets is None else _by_sheet(dataset, file, folder)
    return out


def _by_sheet(
    dataset: Dataset, file: DatasetFile, folder: Path
) -> list[tuple[DatasetFile, list[str]]]:
    path = inside(folder, file.file)
    names = sheet_names(path)
    pattern = re.escape(tidy(str(file.sheets))).replace(r"\*", "(.+)")
    hits = {n: m[1] for n in names if (m := re.fullmatch(pattern, tidy(n))) and m.groups()}
    if not hits:
        allowed = f"ein Muster mit * für: {', '.join(names)}"
        raise TableError(
            f"In {path.name} passt kein Blatt zu {file.sheets!r}.",
            [Problem(path.name, f"sheets = {file.sheets!r}", allowed)],
        )
    periods = {name: period_of(tidy(words), dataset) for name, words in hits.items()}
    problems = [
        Problem(f"{path.name}, Blatt {name!r}", f"gefunden {hits[name]!r}", "ein Stichtag")
        for name, period in periods.items()
        if period is None
    ]
    if problems:
        raise TableError(f"Zeitpunkte in {path.name} sind nicht lesbar.", problems)
    unused = [name for name in names if name not in hits]
    return [
        (replace(file, sheet=name, sheets=None, period=period), unused if not i else [])
        for i, (name, period) in enumerate(periods.items())
    ]


def renamed_columns(path: Path, frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Give a file's columns the names that the project uses.

    Raises
    ------
    TableError
        The file lacks a column, or another one has the project's name already.
    """
    problems = []
    for ours, theirs in columns.items():
        if tidy(theirs) not in frame.columns:
            present = ", ".join(map(str, frame.columns[:-1]))
            problems.append(Problem(path.name, f"Spalte {theirs!r} fehlt", present))
        elif ours in frame.columns and ours not in map(tidy, columns.values()):
            words = f"{ours!r} gibt es schon neben {theirs!r}"
            problems.append(Problem(f"{path.name}, columns", words, "jeden Namen einmal"))
    if problems:
        raise TableError(f"Die Zuordnung der Spalten passt nicht zu {path.name}.", problems)
    return frame.rename(columns={tidy(theirs): ours for ours, theirs in columns.items()})
