"""Rows of one file: those of areas, of totals, of no area, and those that are left out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from geodata.errors import Problem, ProblemCollector, TableError
from geodata.files import ROW, TableCache, inside, require_columns, tidy
from indicators.dataset_files import file_format, period_of, renamed_columns
from indicators.restored_keys import with_restored
from indicators.sources import Dataset, DatasetFile
from indicators.table_totals import total_mask

__all__ = ["Rows", "read_rows", "words_of"]


@dataclass(frozen=True)
class Rows:
    """Rows of one file, with ``period`` (but where the header names it) and ``place``.

    Parameters
    ----------
    dataset
        With every column by its name in the file, where the project names a pattern.
    raw
        Everything that was read.
    areas, totals, rest
        Rows of areas, of totals and subtotals, and of what belongs to no area.
    periods
        Column → period, where the header names it.
    restored, renamed
        Keys that got their zeros back, and places that the project calls otherwise.
    aside
        Why rows were left out, and how many.
    read
        How many rows there are below the header, empty ones not counted.
    title
        Text above the table.
    """

    dataset: Dataset
    raw: pd.DataFrame
    areas: pd.DataFrame
    totals: pd.DataFrame
    rest: pd.DataFrame
    periods: Mapping[str, str]
    restored: Mapping[str, str]
    renamed: Mapping[str, str]
    aside: tuple[tuple[str, int], ...]
    read: int
    title: str


def read_rows(
    dataset: Dataset, file: DatasetFile, own: pd.DataFrame, folder: Path, tables: TableCache
) -> Rows:
    """Read a file and tell its rows apart.

    Parameters
    ----------
    own
        Areas of the dataset's level and the file's vintage, for keys that lost zeros.
    tables
        Remembers what was read of a file.

    Raises
    ------
    TableError
        A column is missing, or a period or a place cannot be read.
    """
    path = inside(folder, file.file)
    table = tables.open(path, file_format(dataset, file))
    raw = renamed_columns(path, table.frame, file.columns)
    dataset, periods = _by_header(dataset, raw, path)
    require_columns(path, raw, needed_columns(dataset, file))
    aside = list(table.left_out)
    rows = _choose_rows(raw, file, aside)
    if not periods:
        rows = _with_period(rows, dataset, file, path, aside)
    rows = rows.assign(place=_places(rows, dataset, path))
    names = [*dataset.total_rows, *(n for rule in dataset.subtotal_rows for n in rule.rows)]
    sums, rest = total_mask(rows["place"], names), total_mask(rows["place"], dataset.rest_rows)
    ours = rows[~sums & ~rest]
    renamed = {p: dataset.area_map[p] for p in ours["place"].unique() if p in dataset.area_map}
    ours = ours.assign(place=ours["place"].replace(renamed))
    restored: dict[str, str] = {}
    if dataset.match == "key":
        places, restored = with_restored(ours["place"], own["area"])
        ours = ours.assign(place=places)
    others = rows[rest & ~sums]
    aside += [
        (f"„{place}“ gehört zu keinem Gebiet", len(part)) for place, part in others.groupby("place")
    ]
    below = sum(n for _, n in table.left_out)
    return Rows(
        dataset=dataset,
        raw=raw,
        areas=ours,
        totals=rows[sums],
        rest=others,
        periods=periods,
        restored=restored,
        renamed=renamed,
        aside=tuple(aside),
        read=len(raw) + below,
        title=table.title,
    )


def words_of(rows: Rows) -> frozenset[str]:
    """Every key or name of an area that a file has, as reading understands it."""
    return frozenset(rows.areas["place"]) - {""}


def needed_columns(dataset: Dataset, file: DatasetFile) -> list[str]:
    """Columns that a file must have."""
    needed = [dataset.area, *dataset.counts, *dataset.values, *file.where, *dataset.label_columns]
    optional = (dataset.period_column, dataset.value_column)
    needed += [c for c in optional if c and not (c == dataset.period_column and file.period)]
    needed += dataset.sign_columns.values()
    if dataset.valid:
        needed.append(dataset.valid.column)
    return list(dict.fromkeys(needed))


def _by_header(dataset: Dataset, raw: pd.DataFrame, path: Path) -> tuple[Dataset, dict[str, str]]:
    """Columns of one table that each have their period in the header, one by one."""
    if not dataset.period_in_header:
        return dataset, {}
    # A bare "*" would take the columns beside the numbers for periods.
    beside = {ROW, dataset.area, *(c for c in raw.columns if c.startswith("(Spalte "))}
    columns = [c for c in raw.columns if c not in beside]
    hits, found = dict[str, dict[str, str]](), ProblemCollector()
    for pattern in (*dataset.counts, *dataset.values):
        regex = re.escape(tidy(pattern)).replace(r"\*", "(.+)", 1)
        words = {c: m[1] for c in columns if (m := re.fullmatch(regex, c))}
        days = {c: period_of(w, dataset) for c, w in words.items()}
        for column, day in days.items():
            if day is None:
                found.add(f"{path.name}, {column}", f"gefunden {words[column]!r}", "ein Stichtag")
        if not words:
            present = ", ".join(columns)
            found.add(path.name, f"keine Spalte passt zu {pattern!r}", present)
        for column in (c for c in words for other in hits.values() if c in other):
            found.add(f"{path.name}, {column}", f"passt zu {pattern!r} und noch einem", "zu einem")
        hits[pattern] = {c: day for c, day in days.items() if day and _wanted(day, dataset)}
    if not any(hits.values()) and not len(found):
        span = f"{dataset.periods_from or '…'} bis {dataset.periods_to or '…'}"
        found.add(path.name, "alle Zeitpunkte liegen außerhalb", span)
    found.raise_if_any(TableError, f"Die Zeitpunkte im Kopf von {path.name} passen nicht.")
    one_by_one = replace(
        dataset,
        counts={c: to for pattern, to in dataset.counts.items() for c in hits[pattern]},
        values={c: to for pattern, to in dataset.values.items() for c in hits[pattern]},
        factors={
            c: f for pattern, f in dataset.factors.items() for c in hits.get(pattern, [pattern])
        },
    )
    return one_by_one, {c: day for days in hits.values() for c, day in days.items()}


def _wanted(period: str, dataset: Dataset) -> bool:
    return (dataset.periods_from or "") <= period <= (dataset.periods_to or "9999")


def _places(rows: pd.DataFrame, dataset: Dataset, path: Path) -> pd.Series:
    """What stands in the area column, or the part of it that a pattern takes."""
    words = rows[dataset.area].map(tidy)
    if dataset.area_pattern is None:
        return words
    pattern = re.compile(dataset.area_pattern)
    names = [*dataset.total_rows, *(n for rule in dataset.subtotal_rows for n in rule.rows)]
    kept = total_mask(words, [*names, *dataset.rest_rows]) | words.isin(dataset.area_map)
    taken = words.map(lambda word: m[1] if (m := pattern.fullmatch(word)) else "")
    problems = [
        Problem(
            f"{path.name}, Zeile {rows.at[i, ROW]!s}, {dataset.area}",
            f"gefunden {words[i]!r}",
            f"was zu area_pattern {dataset.area_pattern!r} passt, oder total_rows, rest_rows",
        )
        for i in rows.index[(taken == "") & ~kept]
    ]
    if problems:
        raise TableError(f"Gebiete in {path.name} sind nicht lesbar.", problems)
    return words.where(kept, taken)


def _choose_rows(
    raw: pd.DataFrame, file: DatasetFile, aside: list[tuple[str, int]]
) -> pd.DataFrame:
    keep = pd.Series(True, index=raw.index)
    for column, allowed in file.where.items():
        keep &= raw[column].isin(allowed)
    if not keep.all():
        reason = "; ".join(f"{c} ist nicht {' oder '.join(a)}" for c, a in file.where.items())
        aside.append((reason, int((~keep).sum())))
    return raw[keep]


def _with_period(
    rows: pd.DataFrame,
    dataset: Dataset,
    file: DatasetFile,
    path: Path,
    aside: list[tuple[str, int]],
) -> pd.DataFrame:
    if file.period is not None:
        return rows.assign(period=file.period)
    column = str(dataset.period_column)
    words = rows[column].map(tidy)
    periods = pd.Series(
        [period_of(w, dataset) or "" for w in words], index=words.index, dtype="str"
    )
    problems = [
        Problem(
            f"{path.name}, Zeile {rows.at[i, ROW]!s}, {column}",
            f"gefunden {words[i]!r}",
            "ein Stichtag wie 31.12.2024, 2. Quartal 2024 oder Juni 2024; "
            'ein Jahr allein mit period_template = "{}-12-31"',
        )
        for i in rows.index[periods == ""]
    ]
    if problems:
        raise TableError(f"Zeitpunkte in {path.name} sind nicht lesbar.", problems)
    keep = periods.map(lambda day: _wanted(day, dataset)).astype("bool")
    if not keep.all():
        span = f"{dataset.periods_from or '…'} bis {dataset.periods_to or '…'}"
        aside.append((f"außerhalb von {span}", int((~keep).sum())))
    return rows.assign(period=periods)[keep]
