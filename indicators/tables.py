"""Municipal tables as published: value and status of every cell, nothing guessed.

A dataset says what its columns or row labels mean (`Dataset`); reading gives two long
tables, counts and delivered values, and a report of what was read, used and set aside.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata.errors import KeyJoinError, Problem, TableError
from geodata.files import (
    ROW,
    TableFormat,
    read_table,
    require_columns,
    tidy,
)
from indicators.layouts import read_layout
from indicators.numbers import with_numbers
from indicators.sources import Dataset, DatasetFile
from indicators.status import Status
from indicators.symbols import SymbolProfile, load_profile

COUNT_KEYS = ["area", "level", "vintage", "period", "measure", "group"]
VALUE_KEYS = ["area", "level", "vintage", "period", "indicator"]


@dataclass(frozen=True)
class Reading:
    """What was read from one dataset.

    ``counts`` has `COUNT_KEYS`, ``count`` and ``status``; ``values`` has `VALUE_KEYS`,
    ``value`` and ``status``; ``report`` is one entry per file.
    """

    counts: pd.DataFrame
    values: pd.DataFrame
    report: tuple[dict[str, object], ...]


def read_dataset(dataset: Dataset, areas: pd.DataFrame, folder: Path, layouts: Path) -> Reading:
    """Read every file of a dataset.

    Parameters
    ----------
    dataset
        What the files are.
    areas
        All areas with ``vintage``, ``level``, ``area``, ``name``.
    folder, layouts
        Where the data and the layout tables lie.

    Raises
    ------
    TableError, KeyJoinError
        With every wrong cell and every key or name without an area.
    """
    profile = load_profile(dataset.symbols)
    counts, values, report = [], [], []
    for file in dataset.files:
        cells, entry = _read_file(dataset, file, areas, profile, folder, layouts)
        counts.append(_counts(cells[cells["kind"] == "count"]))
        values.append(_values(cells[cells["kind"] == "value"]))
        report.append(entry)
    return Reading(
        pd.concat(counts, ignore_index=True), pd.concat(values, ignore_index=True), tuple(report)
    )


def _read_file(
    dataset: Dataset,
    file: DatasetFile,
    areas: pd.DataFrame,
    profile: SymbolProfile,
    folder: Path,
    layouts: Path,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Cells of one file: keys, kind, target, number, status; and its report."""
    path = folder / file.file
    fmt = dataset.format
    if file.sheet:
        fmt = TableFormat(**{**vars(fmt), "sheet": file.sheet})
    raw = read_table(path, fmt)
    require_columns(path, raw, _needed(dataset, file))
    aside: list[dict[str, object]] = []
    rows = _choose_rows(raw, file, aside)
    rows = _with_period(rows, dataset, file, path, aside)
    totals = rows[dataset.area].map(tidy).isin(dataset.total_rows)
    rows, total_rows = rows[~totals], rows[totals]
    cells = _cells(rows, dataset, path, layouts, aside)
    cells = _with_area(cells, dataset, file, areas, path)
    cells = with_numbers(cells, profile, fmt, path)
    if len(total_rows):
        sums = with_numbers(_cells(total_rows, dataset, path, layouts, []), profile, fmt, path)
        _check_totals(cells, sums, path)
    present = set(cells["area"])
    own = areas[(areas["level"] == dataset.level) & (areas["vintage"] == file.vintage)]
    absent = own[~own["area"].isin(present)]
    report: dict[str, object] = {
        "dataset": dataset.key,
        "file": file.file,
        "rows_read": len(raw),
        "rows_used": int(rows[ROW].isin(cells[ROW]).sum()),
        "total_rows": len(total_rows),
        "set_aside": aside,
        "areas_joined": len(present),
        "areas_known": len(own),
        "areas_without_rows": [f"{r.area} {r.name}" for r in absent.itertuples()],
        "columns_unused": _unused(raw, dataset, file),
        "cells_missing": int((cells["status"] == Status.MISSING).sum()),
        "areas_with_missing": sorted(set(cells.loc[cells["status"] == Status.MISSING, "area"])),
        "periods": sorted(set(cells["period"])),
    }
    return cells.assign(level=dataset.level, vintage=file.vintage), report


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
    if dataset.period_map:
        named = [dataset.period_map.get(word, "") for word in words]
    else:
        named = [dataset.period_template.format(word) for word in words]
    periods = pd.Series(named, index=words.index, dtype="str")
    wrong = ~periods.str.fullmatch(r"\d{4}-\d{2}-\d{2}")
    problems = [
        Problem(
            f"{path.name}, Zeile {rows.at[i, ROW]!s}, {column}",
            f"gefunden {words[i]!r}",
            "ein Zeitpunkt",
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
    rows = rows.assign(place=rows[dataset.area].map(tidy), valid=_valid(rows, dataset))
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
            f"{'Schlüssel' if dataset.match == 'key' else 'Name'} eines Raums der Ebene "
            f"{dataset.level}, Stand {file.vintage}{_nearest(str(place), lookup.index)}",
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


def _nearest(word: str, choices: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, [str(c) for c in choices], n=3)
    return f" (ähnlich: {', '.join(near)})" if near else ""


def _check_totals(cells: pd.DataFrame, totals: pd.DataFrame, path: Path) -> None:
    """Compare the rows that are totals with the sum of the areas."""
    counted = cells[cells["kind"] == "count"]
    sums = counted.groupby(["period", "target", "column"])["number"].sum(min_count=1)
    known = totals[(totals["kind"] == "count") & totals["number"].notna()]
    problems = []
    for row in known.itertuples():
        have = sums.get((row.period, row.target, row.column))
        if have is not None and have != row.number:
            problems.append(
                Problem(
                    f"{path.name}, {row.place}, {row.column}, {row.period}",
                    f"gedruckt {row.number:.0f}",
                    f"Summe der Räume {have:.0f}",
                )
            )
    if problems:
        raise TableError(f"Summenzeilen in {path.name} stimmen nicht mit den Räumen.", problems)


def _counts(cells: pd.DataFrame) -> pd.DataFrame:
    """Sum columns with the same target; a part without a number leaves the sum without one."""
    split = [str(target).partition("/") for target in cells["target"]]
    cells = cells.assign(
        measure=[m for m, _, _ in split], group=[g or "total" for _, _, g in split]
    )
    if cells.empty:
        return _typed(
            cells.assign(count=pd.Series(dtype="Int64")), [*COUNT_KEYS, "count", "status"]
        )
    grouped = cells.groupby(COUNT_KEYS, sort=True)
    parts = grouped.agg(
        count=("number", "sum"),
        known=("number", "count"),
        size=("number", "size"),
        suppressed=("status", lambda s: (s == Status.SUPPRESSED).any()),
    ).reset_index()
    whole = parts["known"] == parts["size"]
    parts["status"] = Status.PUBLISHED
    parts.loc[whole & (parts["count"] == 0), "status"] = Status.ZERO
    parts.loc[~whole, "status"] = Status.MISSING
    parts.loc[~whole & parts["suppressed"], "status"] = Status.SUPPRESSED
    parts["count"] = parts["count"].where(whole).round().astype("Int64")
    return _typed(parts, [*COUNT_KEYS, "count", "status"])


def _values(cells: pd.DataFrame) -> pd.DataFrame:
    renamed = cells.rename(columns={"target": "indicator", "number": "value"})
    return _typed(renamed, [*VALUE_KEYS, "value", "status"])


def _typed(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    types: Mapping[str, str] = {"count": "Int64", "value": "float64"}
    return frame[columns].astype({c: types.get(c, "str") for c in columns}).reset_index(drop=True)
