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
from geodata.files import ROW, inside, open_table, require_columns, tidy
from indicators.dataset_files import expanded_files, file_format, period_of, renamed_columns
from indicators.header_units import check_units
from indicators.layouts import read_layout
from indicators.numbers import with_numbers
from indicators.restored_keys import LOST_DIGITS, lost_digits, with_restored
from indicators.sources import Dataset, DatasetFile
from indicators.status import Status
from indicators.symbols import SymbolProfile, load_profile
from indicators.table_cells import COUNT_KEYS, VALUE_KEYS, summed_counts, value_cells
from indicators.table_totals import check_totals, looks_like_total, total_mask

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

    Raises
    ------
    TableError, KeyJoinError
        With every wrong cell and every key or name without an area.
    """
    profile = load_profile(dataset.symbols, layouts)
    context = _Context(dataset, areas, folder, layouts, profile, units or {})
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


def _read_file(context: _Context, file: DatasetFile) -> tuple[pd.DataFrame, dict[str, object]]:
    """Cells of one file: keys, kind, target, number, status; and its report."""
    dataset, layouts = context.dataset, context.layouts
    path = inside(context.folder, file.file)
    fmt = file_format(dataset, file)
    table = open_table(path, fmt)
    raw = renamed_columns(path, table.frame, file.columns)
    require_columns(path, raw, _needed(dataset, file))
    aside: list[dict[str, object]] = [{"reason": r, "rows": n} for r, n in table.left_out]
    rows = _choose_rows(raw, file, aside)
    rows = _with_period(rows, dataset, file, path, aside)
    rows = rows.assign(place=rows[dataset.area].map(tidy))
    of_vintage = context.areas[context.areas["vintage"] == file.vintage]
    own = of_vintage[of_vintage["level"] == dataset.level]
    subtotal_names = [name for rule in dataset.subtotal_rows for name in rule.rows]
    sums = total_mask(rows["place"], [*dataset.total_rows, *subtotal_names])
    rows, sum_rows = rows[~sums], rows[sums]
    restored: dict[str, str] = {}
    if dataset.match == "key":
        places, restored = with_restored(rows["place"], own["area"])
        rows = rows.assign(place=places)
    cells = _cells(rows, dataset, path, layouts, aside)
    cells = _with_area(cells, dataset, file, context.areas, path)
    _check_units(cells, context, file, table.title, path)
    finish = partial(
        with_numbers, profile=context.profile, fmt=fmt, path=path, units=context.units,
        factors=dataset.factors,
    )  # fmt: skip
    cells = finish(cells)
    present = set(cells["area"])
    absent = own[~own["area"].isin(present)]
    checked: dict[str, int] = {}
    if len(sum_rows):
        printed = finish(_cells(sum_rows, dataset, path, layouts, []))
        checked = check_totals(cells, printed, dataset, of_vintage, path)
    report: dict[str, object] = {
        "dataset": dataset.key,
        "file": file.file,
        "rows_read": len(raw) + sum(n for _, n in table.left_out),
        "rows_used": int(rows[ROW].isin(cells[ROW]).sum()),
        "total_rows": len(sum_rows),
        "totals_checked": checked,
        "set_aside": aside,
        "areas_joined": len(present),
        "areas_known": len(own),
        "areas_without_rows": [f"{r.area} {r.name}" for r in absent.itertuples()],
        "keys_restored": _restored_words(restored),
        "columns_unused": _unused(raw, dataset, file),
        "cells_missing": int((cells["status"] == Status.MISSING).sum()),
        "areas_with_missing": sorted(set(cells.loc[cells["status"] == Status.MISSING, "area"])),
        "periods": sorted(set(cells["period"])),
    }
    return cells.assign(level=dataset.level, vintage=file.vintage), report


def _restored_words(restored: Mapping[str, str]) -> dict[str, object]:
    """How many keys got their zeros back, and one of them."""
    if not restored:
        return {}
    place, key = min(restored.items())
    return {"keys": len(restored), "example": f"{place} → {key}"}


def _check_units(
    cells: pd.DataFrame, context: _Context, file: DatasetFile, title: str, path: Path
) -> None:
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
    check_units(path, counts, values, context.dataset.factors, title)


def _needed(dataset: Dataset, file: DatasetFile) -> list[str]:
    needed = [dataset.area, *dataset.counts, *dataset.values, *file.where, *dataset.label_columns]
    optional = (dataset.period_column, dataset.value_column)
    needed += [c for c in optional if c and not (c == dataset.period_column and file.period)]
    if dataset.valid:
        needed.append(dataset.valid.column)
    return list(dict.fromkeys(needed))


def _unused(raw: pd.DataFrame, dataset: Dataset, file: DatasetFile) -> list[str]:
    used = {ROW, *_needed(dataset, file)}
    return [c for c in raw.columns if c not in used]


def _choose_rows(
    raw: pd.DataFrame, file: DatasetFile, aside: list[dict[str, object]]
) -> pd.DataFrame:
    keep = pd.Series(True, index=raw.index)
    for column, allowed in file.where.items():
        keep &= raw[column].isin(allowed)
    if not keep.all():
        reason = "; ".join(f"{c} ist nicht {' oder '.join(a)}" for c, a in file.where.items())
        aside.append({"reason": reason, "rows": int((~keep).sum())})
    return raw[keep]


def _with_period(
    rows: pd.DataFrame,
    dataset: Dataset,
    file: DatasetFile,
    path: Path,
    aside: list[dict[str, object]],
) -> pd.DataFrame:
    if file.period is not None:
        return rows.assign(period=file.period)
    column = str(dataset.period_column)
    words = rows[column].map(tidy)
    periods = pd.Series(
        [period_of(w, dataset) or "" for w in words], index=words.index, dtype="str"
    )
    wrong = periods == ""
    problems = [
        Problem(
            f"{path.name}, Zeile {rows.at[i, ROW]!s}, {column}",
            f"gefunden {words[i]!r}",
            "ein Stichtag wie 31.12.2024, 2. Quartal 2024 oder Juni 2024; "
            'ein Jahr allein mit period_template = "{}-12-31"',
        )
        for i in rows.index[wrong]
    ]
    if problems:
        raise TableError(f"Zeitpunkte in {path.name} sind nicht lesbar.", problems)
    keep = pd.Series(True, index=rows.index)
    if dataset.periods_from:
        keep &= periods >= dataset.periods_from
    if dataset.periods_to:
        keep &= periods <= dataset.periods_to
    if not keep.all():
        span = f"{dataset.periods_from or '…'} bis {dataset.periods_to or '…'}"
        aside.append({"reason": f"außerhalb von {span}", "rows": int((~keep).sum())})
    return rows.assign(period=periods)[keep]


def _cells(
    rows: pd.DataFrame,
    dataset: Dataset,
    path: Path,
    layouts: Path,
    aside: list[dict[str, object]],
) -> pd.DataFrame:
    """One row a cell: ROW, period, place, kind (count, value), target, column, text, valid."""
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
        part = rows[[ROW, "period", "place", "valid"]]
        parts.append(part.assign(kind=kind, target=target, column=column, text=rows[column]))
    return pd.concat(parts, ignore_index=True)


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
    layout = read_layout(layouts / str(dataset.labels), labels)
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
    text = used[str(dataset.value_column)]
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
                    f"{part['place'].iloc[0]}, {target}, {period}",
                    "eine Zeile",
                )
                for (_, period, target), part in repeated.groupby(["area", "period", "target"])
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
    kind = "Schlüssel" if dataset.match == "key" else "Name"
    near = _nearest(place, known)
    return f"{kind} eines Raums der Ebene {dataset.level}, Stand {file.vintage}{near}"


def _nearest(word: str, choices: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, [str(c) for c in choices], n=3)
    return f" (ähnlich: {', '.join(near)})" if near else ""
