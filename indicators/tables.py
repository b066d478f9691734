"""Municipal tables as published: value and status of every cell, nothing guessed.

A dataset says what its columns or row labels mean (`Dataset`); reading gives two long
tables, counts and delivered values, and a report of what was read, used and set aside.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from geodata.errors import KeyJoinError, Problem, TableError
from geodata.files import ROW, TableCache, inside, tidy
from indicators.dataset_files import expanded_files, file_format
from indicators.header_units import check_units
from indicators.layouts import read_layout
from indicators.numbers import with_numbers
from indicators.periods import german_date
from indicators.restored_keys import LOST_DIGITS, lost_digits
from indicators.sources import Dataset, DatasetFile
from indicators.status import Status
from indicators.symbols import SymbolProfile, load_profile
from indicators.table_cells import COUNT_KEYS, VALUE_KEYS, summed_counts, value_cells
from indicators.table_rows import Rows, needed_columns, read_rows
from indicators.table_totals import check_totals, looks_like_rest, looks_like_total

__all__ = ["COUNT_KEYS", "VALUE_KEYS", "Reading", "read_dataset"]


@dataclass(frozen=True)
class Reading:
    """What was read from one dataset.

    ``counts`` has `COUNT_KEYS`, ``count`` and ``status``; ``values`` has `VALUE_KEYS`,
    ``value`` and ``status``; ``report`` is one entry per file.
    """

    counts: pd.DataFrame
    values: pd.DataFrame
    report: tuple[dict[str, object], ...]


def read_dataset(
    dataset: Dataset,
    areas: pd.DataFrame,
    folder: Path,
    layouts: Path,
    units: Mapping[str, str] | None = None,
    tables: TableCache | None = None,
) -> Reading:
    """Read every file of a dataset.

    Parameters
    ----------
    dataset
        What the files are.
    areas
        All areas with ``vintage``, ``level``, ``area``, ``name``; with ``parent`` for subtotals.
    folder, layouts
        Where the data lies; where the layout tables and the project's own symbols lie.
    units
        Of delivered indicators in the catalogue, against which headers are checked.
    tables
        Remembers what was read of a file.

    Raises
    ------
    TableError, KeyJoinError
        With every wrong cell and every key or name without an area.
    """
    profile = load_profile(dataset.symbols, layouts)
    context = _Context(
        dataset, areas, folder, layouts, profile, units or {}, tables or TableCache()
    )
    counts, values, report = [], [], []
    for file, unused in expanded_files(dataset, folder):
        cells, entry = _read_file(context, file)
        counts.append(summed_counts(cells[cells["kind"] == "count"]))
        values.append(value_cells(cells[cells["kind"] == "value"]))
        report.append({**entry, "sheets_unused": unused})
    return Reading(
        pd.concat(counts, ignore_index=True), pd.concat(values, ignore_index=True), tuple(report)
    )


@dataclass(frozen=True)
class _Context:
    """What is the same for all files of a dataset."""

    dataset: Dataset
    areas: pd.DataFrame
    folder: Path
    layouts: Path
    profile: SymbolProfile
    units: Mapping[str, str]
    tables: TableCache


def _read_file(context: _Context, file: DatasetFile) -> tuple[pd.DataFrame, dict[str, object]]:
    """Cells of one file: keys, kind, target, number, status; and its report."""
    path = inside(context.folder, file.file)
    of_vintage = context.areas[context.areas["vintage"] == file.vintage]
    own = of_vintage[of_vintage["level"] == context.dataset.level]
    rows = read_rows(context.dataset, file, own, context.folder, context.tables)
    dataset, layouts = rows.dataset, context.layouts
    aside: list[dict[str, object]] = [{"reason": r, "rows": n} for r, n in rows.aside]
    cells = _cells(rows.areas, rows, path, layouts, aside)
    cells = _with_area(cells, dataset, file, context.areas, path)
    _check_units(cells, context, dataset, file, rows.title, path)
    finish = partial(
        with_numbers, profile=context.profile, fmt=file_format(dataset, file), path=path,
        units=context.units, factors=dataset.factors,
    )  # fmt: skip
    cells = finish(cells)
    rest = finish(_cells(rows.rest, rows, path, layouts, [])) if len(rows.rest) else None
    checked: dict[str, int] = {}
    if len(rows.totals):
        printed = finish(_cells(rows.totals, rows, path, layouts, []))
        checked = check_totals(cells, printed, dataset, of_vintage, path, rest)
    present = set(cells["area"])
    absent = own[~own["area"].isin(present)]
    report: dict[str, object] = {
        "dataset": dataset.key,
        "file": file.file,
        **({"sheet": file.sheet} if file.sheet is not None else {}),
        "rows_read": rows.read,
        "rows_used": int(rows.areas[ROW].isin(cells[ROW]).sum()),
        "total_rows": len(rows.totals),
        "totals_checked": checked,
        "set_aside": aside,
        "areas_joined": len(present),
        "areas_known": len(own),
        "areas_without_rows": [f"{r.area} {r.name}" for r in absent.itertuples()],
        "keys_restored": _restored_words(rows.restored),
        "names_mapped": [f"{a} → {b}" for a, b in sorted(rows.renamed.items())],
        "without_area": _without_area(rest),
        "symbols": _symbols(cells, context.profile),
        "columns_unused": _unused(rows, file),
        "cells_missing": int((cells["status"] == Status.MISSING).sum()),
        "areas_with_missing": sorted(set(cells.loc[cells["status"] == Status.MISSING, "area"])),
        "periods": sorted(set(cells["period"])),
    }
    return cells.assign(level=dataset.level, vintage=file.vintage), report


def _unused(rows: Rows, file: DatasetFile) -> list[str]:
    used = {ROW, *needed_columns(rows.dataset, file)}
    return [c for c in rows.raw.columns if c not in used]


def _without_area(rest: pd.DataFrame | None) -> list[dict[str, object]]:
    """What belongs to no area: the sum of what is known, by target and period."""
    if rest is None:
        return []
    counts = rest[rest["kind"] == "count"].dropna(subset=["number"])
    sums = counts.groupby(["target", "period"], sort=True)["number"].sum().reset_index()
    return [
        {"target": str(target), "period": str(period), "count": round(float(number))}
        for target, period, number in sums.to_numpy().tolist()
    ]


def _symbols(cells: pd.DataFrame, profile: SymbolProfile) -> list[dict[str, object]]:
    """How often each symbol stood in a cell that is used, and what it was taken for."""
    shown = cells["text"].map(tidy)
    found = shown[shown.isin(list(profile.cells))].value_counts(sort=False).sort_index()
    return [
        {
            "symbol": str(text),
            "status": str(profile.cells[str(text)].status),
            "cells": int(n),
            "assumed": text in profile.assumed,
        }
        for text, n in found.items()
    ]


def _restored_words(restored: Mapping[str, str]) -> dict[str, object]:
    """How many keys got their zeros back, and one of them."""
    if not restored:
        return {}
    place, key = min(restored.items())
    return {"keys": len(restored), "example": f"{place} → {key}"}


def _check_units(
    cells: pd.DataFrame, context: _Context, dataset: Dataset, file: DatasetFile, title: str,
    path: Path,
) -> None:  # fmt: skip
    """Compare what headers say of units, here and in the file, with the catalogue."""
    used = cells[["column", "kind", "target"]].drop_duplicates().astype("str")
    counts: dict[str, str] = {}
    values: dict[str, tuple[str, str]] = {}
    for column, kind, target in used.to_numpy().tolist():
        header = f"{column} {file.columns.get(column, '')}"
        if kind == "count":
            counts[column] = header
        else:
            values[column] = (header, context.units.get(target, ""))
    check_units(path, counts, values, dataset.factors, title)


def _cells(
    rows: pd.DataFrame,
    read: Rows,
    path: Path,
    layouts: Path,
    aside: list[dict[str, object]],
) -> pd.DataFrame:
    """One row a cell: ROW, period, place, kind (count, value), target, column, text, valid."""
    dataset = read.dataset
    rows = rows.assign(valid=_valid(rows, dataset))
    if dataset.layout == "long":
        return _long_cells(rows, dataset, path, layouts, aside)
    parts = []
    targets = [
        (column, "count", target)
        for column, to in dataset.counts.items()
        for target in ((to,) if isinstance(to, str) else to)
    ]
    targets += [(column, "value", target) for column, target in dataset.values.items()]
    for column, kind, target in targets:
        if read.periods:
            rows = rows.assign(period=read.periods[column])
        part = rows[[ROW, "period", "place", "valid"]].assign(text=_signed(rows, column, dataset))
        parts.append(part.assign(kind=kind, target=target, column=column))
    return pd.concat(parts, ignore_index=True)


def _signed(rows: pd.DataFrame, column: str, dataset: Dataset) -> pd.Series:
    """Numbers with the sign that stands beside them in a column of its own."""
    if column not in dataset.sign_columns:
        return rows[column]
    sign = rows[dataset.sign_columns[column]].map(tidy)
    return (rows[column].map(tidy) + " " + sign).str.strip()


def _valid(rows: pd.DataFrame, dataset: Dataset) -> pd.Series:
    if dataset.valid is None:
        return pd.Series(True, index=rows.index)
    return rows[dataset.valid.column].map(tidy).isin(dataset.valid.allowed)


def _long_cells(
    rows: pd.DataFrame,
    dataset: Dataset,
    path: Path,
    layouts: Path,
    aside: list[dict[str, object]],
) -> pd.DataFrame:
    labels = list(dataset.label_columns)
    layout = read_layout(inside(layouts, str(dataset.labels)), labels)
    tidied = rows.assign(**{c: rows[c].map(tidy) for c in labels})
    joined = tidied.merge(layout, on=labels, how="left", validate="many_to_one")
    unknown = joined[joined["action"].isna()]
    problems = [
        Problem(
            f"{path.name}, ab Zeile {part[ROW].min()!s}",
            f"unbekannte Beschriftung {' / '.join(map(str, names))} ({len(part)} Zeilen)",
            f"eine Zeile in {dataset.labels}",
        )
        for names, part in unknown.groupby(labels)
    ]
    if problems:
        raise TableError(f"{path.name} enthält Beschriftungen ohne Zuordnung.", problems)
    left = joined[joined["action"] == "set_aside"]
    for names, part in left.groupby([*labels, "reason"]):
        title = " / ".join(map(str, names[:-1]))
        aside.append({"reason": f"{title}: {names[-1]}", "rows": len(part)})
    used = joined[joined["action"] != "set_aside"]
    cells = used[[ROW, "period", "place", "valid", "target"]]
    column = used[labels].agg(" / ".join, axis=1)
    text = _signed(used, str(dataset.value_column), dataset)
    return cells.assign(kind="count", column=column, text=text).reset_index(drop=True)


def _with_area(
    cells: pd.DataFrame, dataset: Dataset, file: DatasetFile, areas: pd.DataFrame, path: Path
) -> pd.DataFrame:
    """Join the areas; a value without an area is an error with its key or name."""
    own = areas[(areas["level"] == dataset.level) & (areas["vintage"] == file.vintage)]
    lookup = pd.Series(
        own["area"].to_numpy(), index=own["area" if dataset.match == "key" else "name"]
    )
    if not lookup.index.is_unique:
        twice = sorted(set(lookup.index[lookup.index.duplicated()]))
        raise KeyJoinError(
            f"Namen der Ebene {dataset.level} sind nicht eindeutig; verbinden Sie über Schlüssel.",
            [Problem(path.name, name, "eindeutige Namen") for name in twice],
        )
    joined = cells.assign(area=cells["place"].map(lookup))
    unknown = joined[joined["area"].isna()]
    problems = [
        Problem(
            f"{path.name}, ab Zeile {part[ROW].min()!s}, {dataset.area}",
            f"unbekannt {place!r}",
            _hint(str(place), dataset, file, areas, lookup.index),
        )
        for place, part in unknown.groupby("place")
    ]
    if problems:
        raise KeyJoinError(f"Werte aus {path.name} gehören zu keinem Raum.", problems)
    keys = ["area", "period", "kind", "target", "column"]
    repeated = joined[joined.duplicated(keys, keep=False)]
    if len(repeated):
        raise TableError(
            f"{path.name} nennt denselben Wert mehrfach.",
            [
                Problem(
                    f"{path.name}, Zeilen {', '.join(map(str, part[ROW]))}",
                    f"{part['place'].iloc[0]}, {german_date(str(period))}, {column}: "
                    + " und ".join(repr(tidy(text)) for text in part["text"]),
                    f"eine Zeile je {dataset.area} und Stichtag; die falsche löschen",
                )
                for (_, period, _, column), part in repeated.groupby(
                    ["area", "period", "target", "column"]
                )
            ],
        )
    return joined


def _hint(
    place: str, dataset: Dataset, file: DatasetFile, areas: pd.DataFrame, known: Iterable[str]
) -> str:
    """What may stand in place of a word that is no area: a key, or how to declare a total."""
    if dataset.match == "key" and lost_digits(place):
        return LOST_DIGITS
    other = areas[(areas["vintage"] == file.vintage) & (areas["level"] != dataset.level)]
    level = other.loc[(other["area"] == place) | (other["name"] == place), "level"]
    if len(level):
        return (
            f"ein Raum der Ebene {dataset.level}; eine Zwischensumme der Ebene {level.iloc[0]} "
            f'mit subtotal_rows = [{{ rows = ["{place}"], level = "{level.iloc[0]}" }}]'
        )
    if looks_like_total(place):
        return (
            f'ein Raum der Ebene {dataset.level}; eine Summenzeile mit total_rows = ["{place}"], '
            "eine Zwischensumme mit subtotal_rows"
        )
    if looks_like_rest(place):
        return (
            f"ein Raum der Ebene {dataset.level}; eine Zeile, die zu keinem Gebiet gehört, "
            f'mit rest_rows = ["{place}"]'
        )
    kind = "Schlüssel" if dataset.match == "key" else "Name"
    near = _nearest(place, known)
    return f"{kind} eines Raums der Ebene {dataset.level}, Stand {file.vintage}{near}"


def _nearest(word: str, choices: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, [str(c) for c in choices], n=3)
    return f" (ähnlich: {', '.join(near)}; nur anders geschrieben: area_map)" if near else ""
