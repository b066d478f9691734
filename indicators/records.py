"""Case lists to counts: the only module that sees a single case.

Only the columns that the project allows are read from the file; rows never leave this
module, neither in results nor in messages, which name line numbers and counts alone.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import (
    FileMissingError,
    KeyJoinError,
    Problem,
    ProblemCollector,
    TableError,
    why,
)
from geodata.files import TableFormat, existing, require_columns, tidy
from geodata.model import Vintage
from indicators.sources import CaseCount, CaseList
from indicators.status import Status
from indicators.tables import COUNT_KEYS

_CHUNK_ROWS = 200_000
_NAMED = 20
"""So many unknown keys are named; a list with all of them would help nobody."""


def vintage_of(period: str, vintages: Sequence[Vintage]) -> str:
    """Key of the vintage in force on a reporting date."""
    for vintage in vintages:
        if (vintage.valid_from or "") <= period <= (vintage.valid_to or "9999-12-31"):
            return vintage.key
    raise TableError(f"Für den {period} ist kein Stand der Räume in Kraft.")


def count_cases(
    cases: CaseList, areas: pd.DataFrame, vintages: Sequence[Vintage], folder: Path
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Count the cases of a list by area, period, measure and group.

    Parameters
    ----------
    cases
        What the list is and which of its columns may be read.
    areas
        All areas with ``vintage``, ``level``, ``area``.
    vintages
        When which areas are in force.
    folder
        Where the file lies.

    Returns
    -------
    counts, report
        Every area × period × measure × group, zeros included, as in `tables.Reading`;
        the report says how many cases were not counted, by reason.

    Raises
    ------
    TableError
        Wrong dates or codes, by line number and without the rest of the row; or no case
        could be counted at all.
    KeyJoinError
        Keys that no area has. Cases without a key are set aside and reported.
    """
    path = existing(folder / cases.file)
    _check_allowed(cases, path)
    cells = _empty_cells(cases, areas, vintages)
    tally = _Tally()
    found = ProblemCollector()
    for chunk, first_row in _chunks(path, cases):
        tally.rows_read += len(chunk)
        used = pd.Series(False, index=chunk.index)
        for count in cases.counts:
            used |= _count_chunk(chunk, first_row, cases, count, cells, tally, found, vintages)
        tally.rows_counted += int(used.sum())
    found.raise_if_any(TableError, f"Die Fallliste {path.name} ist fehlerhaft.")
    _refuse_unknown_areas(tally, path)
    if not tally.rows_counted:
        raise TableError(
            f"Aus der Fallliste {path.name} ließ sich kein einziger Fall zählen; "
            f"{tally.rows_read} Zeilen gelesen."
        )
    counts = cells.reset_index()
    counts["status"] = np.where(counts["count"] == 0, Status.ZERO, Status.PUBLISHED)
    report: dict[str, object] = {
        "dataset": cases.key,
        "file": cases.file,
        "rows_read": tally.rows_read,
        "rows_used": tally.rows_counted,
        "set_aside": [
            *(
                {
                    "reason": f"{measure}: Ereignisse ohne Raum; sie fehlen auch in allen Summen",
                    "rows": rows,
                }
                for measure, rows in tally.without_area.items()
            ),
            {"reason": "Ereignisse außerhalb der Zeiträume", "rows": tally.outside_periods},
        ],
        "periods": list(cases.periods),
    }
    types = {"count": "Int64", "status": "str"}
    return counts[[*COUNT_KEYS, "count", "status"]].astype(types), report


@dataclass
class _Tally:
    """What became of the rows; keys of areas are no data on a person and may be named."""

    rows_read: int = 0
    rows_counted: int = 0
    outside_periods: int = 0
    without_area: dict[str, int] = field(default_factory=dict)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)


def _refuse_unknown_areas(tally: _Tally, path: Path) -> None:
    """A key that no area has is a fault of the file; counted as nothing it would become zeros."""
    if not tally.unknown:
        return
    named = sorted(tally.unknown.items(), key=lambda item: (-item[1], item[0]))
    problems = [
        Problem(
            f"{path.name}, {column}",
            f"unbekannt {key!r} ({rows} Ereignisse)",
            "Schlüssel eines Raums oder leer; führende Nullen gehören dazu",
        )
        for (column, key), rows in named[:_NAMED]
    ]
    more = f" Gezeigt sind {_NAMED} von {len(named)}." if len(named) > _NAMED else ""
    raise KeyJoinError(
        f"Die Fallliste {path.name} nennt Schlüssel, die kein Raum hat.{more}", problems
    )


def _check_allowed(cases: CaseList, path: Path) -> None:
    header = pd.DataFrame(columns=[tidy(name) for name in _header(path, cases.format)])
    require_columns(path, header, list(cases.columns))


def _header(path: Path, fmt: TableFormat) -> list[str]:
    try:
        with path.open(encoding=fmt.encoding, newline="") as handle:
            return next(csv.reader(handle, delimiter=fmt.delimiter), [])
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name} ist nicht in {fmt.encoding} geschrieben.",
            [Problem(f"{path.name}, Byte {error.start}", "ungültiges Zeichen")],
        ) from None


def _chunks(path: Path, cases: CaseList) -> Iterator[tuple[pd.DataFrame, int]]:
    """Stream the allowed columns as text; the number of each chunk's first line."""
    try:
        reader = pd.read_csv(
            path,
            encoding=cases.format.encoding,
            sep=cases.format.delimiter,
            usecols=list(cases.columns),
            dtype="str",
            keep_default_na=False,
            chunksize=_CHUNK_ROWS,
        )
        line = 2
        for chunk in reader:
            yield chunk.reset_index(drop=True), line
            line += len(chunk)
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        # the parser's own message may quote a row, so only its kind is passed on
        raise TableError(f"{path.name} ist nicht lesbar ({type(error).__name__}).") from None
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None


def _empty_cells(cases: CaseList, areas: pd.DataFrame, vintages: Sequence[Vintage]) -> pd.DataFrame:
    """Every cell that can occur, with count 0: an area without a case is a true zero."""
    frames = []
    for period in cases.periods:
        vintage = vintage_of(period, vintages)
        own = areas[(areas["vintage"] == vintage) & (areas["level"] == cases.level)]["area"]
        for count in cases.counts:
            groups = ["total", *(g for codes in count.groups.values() for g in codes.values())]
            index = pd.MultiIndex.from_product(
                [own, [cases.level], [vintage], [period], [count.measure], dict.fromkeys(groups)],
                names=COUNT_KEYS,
            )
            frames.append(pd.DataFrame({"count": 0}, index=index))
    return pd.concat(frames)


def _count_chunk(
    chunk: pd.DataFrame,
    first_row: int,
    cases: CaseList,
    count: CaseCount,
    cells: pd.DataFrame,
    tally: _Tally,
    found: ProblemCollector,
    vintages: Sequence[Vintage],
) -> pd.Series:
    """Add one chunk to the cells of one measure; return which rows were counted."""
    text = chunk[count.date].str.strip()
    dates = pd.to_datetime(text, format=cases.date_format, errors="coerce")
    for index in text.index[(text != "") & dates.isna()]:
        where = f"{cases.file}, Zeile {first_row + int(index)}, {count.date}"
        found.add(where, "kein Datum", f"wie {cases.date_format}")
    happened = dates.notna()
    period = _periods(dates, cases)
    tally.outside_periods += int((happened & period.isna()).sum())
    counted = pd.Series(False, index=chunk.index)
    for vintage, column in cases.areas.items():
        in_force = {p for p in cases.periods if vintage_of(p, vintages) == vintage}
        rows = chunk[period.isin(in_force)]
        known = rows[column].str.strip()
        places = set(
            cells.index[cells.index.get_level_values("vintage") == vintage].get_level_values("area")
        )
        inside = known.isin(places)
        empty = known == ""
        lost = tally.without_area.get(count.measure, 0)
        tally.without_area[count.measure] = lost + int(empty.sum())
        tally.unknown.update((column, key) for key in known[~inside & ~empty])
        keyed = pd.DataFrame({"area": known, "period": period[rows.index]})[inside]
        counted[keyed.index] = True
        _add(cells, keyed, cases, count.measure, "total", vintage)
        for name, codes in count.groups.items():
            groups = chunk.loc[keyed.index, name].str.strip().map(codes)
            for index in groups.index[groups.isna()]:
                where = f"{cases.file}, Zeile {first_row + int(index)}, {name}"
                found.add(where, f"unbekannter Code {chunk.at[index, name]!r}", ", ".join(codes))
            for group, part in keyed.groupby(groups):
                _add(cells, part, cases, count.measure, str(group), vintage)
    return counted


def _periods(dates: pd.Series, cases: CaseList) -> pd.Series:
    """Reporting date of the period that contains each date; missing outside."""
    out = pd.Series(pd.NA, index=dates.index, dtype="str")
    for period in cases.periods:
        end = pd.Timestamp(period)
        start = (end + pd.Timedelta(days=1)) - pd.DateOffset(months=cases.period_months)
        out = out.mask((dates >= start) & (dates <= end), period)
    return out


def _add(
    cells: pd.DataFrame,
    keyed: pd.DataFrame,
    cases: CaseList,
    measure: str,
    group: str,
    vintage: str,
) -> None:
    sums = keyed.groupby(["area", "period"]).size()
    if sums.empty:
        return
    index = pd.MultiIndex.from_tuples(
        [(area, cases.level, vintage, period, measure, group) for area, period in sums.index],
        names=COUNT_KEYS,
    )
    cells.loc[index, "count"] += sums.to_numpy()
