"""From a case list to a table of counts: check, sample, count piece by piece, report."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from os import cpu_count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from geodata.errors import KeyJoinError, Problem, ProblemCollector, TableError
from geodata.files import inside, require_columns
from geodata.model import Vintage
from indicators.records.cluster import Client, on_cluster
from indicators.records.counting import Plan, add_counts, count_batch
from indicators.records.files import Columns, Piece, Reader, list_files
from indicators.records.guard import sealed
from indicators.records.identifiers import by_content, by_header
from indicators.records.people import PEOPLE_AT_ONCE, cells_of, fold
from indicators.records.places import EMPTY, REASONS
from indicators.records.plan import plan_of
from indicators.records.tally import Ints, Tally, shape_of
from indicators.sources import CaseList
from indicators.status import Status
from indicators.tables import COUNT_KEYS

_NAMED = 20
"""So many problems of a kind are named; a list with all of them would help nobody."""


def count_cases(
    cases: CaseList,
    areas: pd.DataFrame,
    vintages: Sequence[Vintage],
    folder: Path,
    client: Client = None,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Count the cases of a list by area, period, measure and group.

    Parameters
    ----------
    cases
        What the list is and which of its columns may be read.
    areas
        All areas with ``vintage``, ``level``, ``area``; with outlines where the area is found
        by coordinates.
    vintages
        When which areas are in force.
    folder
        Where the file lies.
    client
        A ``distributed.Client``: its workers count, and must see the same folder.

    Returns
    -------
    counts, report
        Every area × period × measure × group, zeros included, as in `tables.Reading`;
        the report says how many cases were not counted, by reason.

    Raises
    ------
    TableError
        A column that identifies people; wrong dates or codes, by row and without what stands
        there; or no case could be counted at all.
    KeyJoinError
        Keys that no area has. Cases without a key are set aside and reported.
    """
    return sealed(cases.file, lambda: _count(cases, areas, vintages, folder, client))


def _count(
    cases: CaseList, areas: pd.DataFrame, vintages: Sequence[Vintage], folder: Path, client: Client
) -> tuple[pd.DataFrame, dict[str, object]]:
    paths = list_files(inside(folder, cases.file))
    reader = Reader(cases.format, cases.date_format)
    _check_columns(cases, paths, reader)
    plan, keys = plan_of(cases, areas, vintages, folder)
    tally = _tally(cases, paths, reader, plan, client)
    _refuse_faults(cases, tally, keys)
    counts = _table(cases, plan, keys, tally)
    return counts, _report(cases, tally)


def _check_columns(cases: CaseList, paths: Sequence[Path], reader: Reader) -> None:
    """Refuse missing columns and those that identify people, before any row is counted."""
    for path in paths:
        header = reader.header(path)
        require_columns(path, pd.DataFrame(columns=header), list(cases.columns))
        twice = sorted(c for c in cases.columns if header.count(c) > 1)
        if twice:
            problems = [Problem(path.name, f"Spalte {n!r} steht mehrfach") for n in twice]
            raise TableError(f"Die Kopfzeile von {path.name} ist nicht eindeutig.", problems)
    problems = [p for c in cases.columns if (p := _header_problem(cases, c))]
    _refuse_identifiers(cases, problems)
    for path in dict.fromkeys((paths[0], paths[-1])):
        sample = reader.sample(path, cases.columns)
        found = ((c, _content_of(cases, c, values)) for c, values in sample.items())
        _refuse_identifiers(
            cases,
            [Problem(f"{path.name}, {c}", f"sieht aus wie {f}", _ADVICE) for c, f in found if f],
        )


_ADVICE = "Merkmale, die niemanden bestimmen; nehmen Sie die Spalte aus columns"


def _address_columns(cases: CaseList) -> tuple[str, ...]:
    return cases.addresses.columns if cases.addresses else ()


def _header_problem(cases: CaseList, column: str) -> Problem | None:
    points = (cases.points.x, cases.points.y) if cases.points else ()
    found = by_header(column, address=column in _address_columns(cases), point=column in points)
    return Problem(f"{cases.file}, {column}", f"sieht aus wie {found}", _ADVICE) if found else None


def _content_of(cases: CaseList, column: str, values: Sequence[str]) -> str | None:
    days = {c for count in cases.counts for c in count.dates} | set(cases.areas.values())
    return by_content(values, address=column in _address_columns(cases), day=column in days)


def _refuse_identifiers(cases: CaseList, problems: list[Problem]) -> None:
    if problems:
        raise TableError(
            f"Die Fallliste {cases.file} erlaubt Spalten, die Personen bestimmen.", problems
        )


def _tally(
    cases: CaseList, paths: Sequence[Path], reader: Reader, plan: Plan, client: Client
) -> Tally:
    """Count all pieces, in as many passes as all people need to fit into memory."""
    columns = _columns(cases)
    whole = Tally()
    passes, number = 1, 0
    while number < passes:
        own = Tally()
        pieces = (p for path in paths for p in reader.pieces(path))
        for part in _count_pieces(pieces, reader, plan, columns, (number, passes), client):
            own.add(part)
            _fold_people(own)
            if passes == 1 and _people(own) > PEOPLE_AT_ONCE:
                break
        else:
            _people_to_counts(own, plan)
            whole.add(own)
            number += 1
            continue
        passes = _passes(paths)
    return whole


def _passes(paths: Sequence[Path]) -> int:
    """So many passes that the people of each fit into memory."""
    size = sum(p.stat().st_size for p in paths)
    return max(2, size // (256 << 20) + 1)


def _columns(cases: CaseList) -> Columns:
    plain = [c.distinct for c in cases.counts if c.distinct]
    plain += [cases.points.x, cases.points.y] if cases.points else []
    many = tuple(dict.fromkeys(plain))
    return Columns(tuple(c for c in cases.used if c not in many), many)


def _count_pieces(
    pieces: Iterator[Piece], reader: Reader, plan: Plan, columns: Columns,
    part: tuple[int, int], client: Client,
) -> Iterator[Tally]:  # fmt: skip
    """Count pieces at the same time, in their order, with few of them in memory."""
    if client is not None:
        yield from on_cluster(client, pieces, count_piece, reader, plan, columns, part)
        return
    workers = max(cpu_count() or 1, 1)
    with ThreadPoolExecutor(workers) as pool:
        waiting = [
            pool.submit(count_piece, p, reader, plan, columns, part)
            for p in islice(pieces, workers + 1)
        ]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [
                pool.submit(count_piece, p, reader, plan, columns, part) for p in islice(pieces, 1)
            ]


def count_piece(
    piece: Piece, reader: Reader, plan: Plan, columns: Columns, part: tuple[int, int]
) -> Tally:
    """Count the rows of one piece; only counts and row numbers are returned."""
    return sealed(piece.path.name, lambda: _count_piece(piece, reader, plan, columns, part))


def _count_piece(
    piece: Piece, reader: Reader, plan: Plan, columns: Columns, part: tuple[int, int]
) -> Tally:
    tally = Tally()
    wrong: list[int] = []
    for batch in reader.batches(piece, columns, wrong.append):
        count_batch(batch, plan, tally, part)
    if wrong:
        faults = tally.faults
        tally.faults = [(row, "", "falsche Zahl von Feldern") for row in wrong[:1000]]
        tally.faults += [(_shifted(row, wrong), c, w) for row, c, w in faults]
        tally.faults.sort(key=lambda f: f[0])
        tally.rows += len(wrong)
    return tally


def _shifted(row: int, skipped: Iterable[int]) -> int:
    """Number of a row when those before it that were skipped count, too."""
    for other in skipped:
        row += other <= row
    return row


def _people(tally: Tally) -> int:
    return sum(t.num_rows for tables in tally.people.values() for t in tables)


def _fold_people(tally: Tally) -> None:
    """Put what is known of people together once the pieces weigh as much as the whole."""
    for measure, tables in tally.people.items():
        if sum(t.num_rows for t in tables[1:]) > max(tables[0].num_rows, 1 << 20):
            tally.people[measure] = [fold(tables)]


def _people_to_counts(tally: Tally, plan: Plan) -> None:
    for number, tables in tally.people.items():
        table: pa.Table = fold(tables)
        cell, sets = cells_of(table, plan.widths(number), plan.cells(number))
        add_counts(tally, number, cell, sets, plan)
    tally.people.clear()


def _refuse_faults(cases: CaseList, tally: Tally, keys: dict[str, list[str]]) -> None:
    first = cases.format.skip_rows + 2
    found = ProblemCollector()
    for row, column, what in tally.faults[:_NAMED]:
        where = f"{cases.file}, Zeile {row + first}" + (f", {column}" if column else "")
        fault, _, allowed = what.partition(", erlaubt: ")
        found.add(where, fault, allowed or (f"wie {cases.date_format}" if column else ""))
    every = len(tally.faults) + tally.more_faults
    more = f" Gezeigt sind {_NAMED} von {every} Fehlern." if every > _NAMED else ""
    found.raise_if_any(TableError, f"Die Fallliste {cases.file} ist fehlerhaft.{more}")
    _refuse_unknown_areas(cases, tally, keys)
    _refuse_doubtful_zeros(cases, tally)
    if not tally.counted:
        reasons = _set_aside(cases, tally)
        raise TableError(
            f"Aus der Fallliste {cases.file} ließ sich kein einziger Fall zählen; "
            f"{tally.rows} Zeilen gelesen.",
            [Problem(str(r["reason"]), f"{r['rows']} Zeilen") for r in reasons if r["rows"]],
        )


def _refuse_unknown_areas(cases: CaseList, tally: Tally, keys: dict[str, list[str]]) -> None:
    """A key that no area has is a fault of the file; counted as nothing it would become zeros."""
    if not tally.unknown:
        return
    shapes = {shape_of(k) for own in keys.values() for k in own}
    longest = max((len(k) for own in keys.values() for k in own), default=0)

    def shown(key: str) -> str:
        short = key.isdigit() and len(key) <= longest
        return repr(key) if shape_of(key) in shapes or short else "(kein Schlüssel, nicht gezeigt)"

    named = sorted(tally.unknown.items(), key=lambda item: (-item[1], item[0]))
    problems = [
        Problem(
            f"{cases.file}, {column}",
            f"unbekannt {shown(key)} ({rows} Ereignisse)",
            "Schlüssel eines Raums oder leer; führende Nullen gehören dazu",
        )
        for (column, key), rows in named[:_NAMED]
    ]
    more = f" Gezeigt sind {_NAMED} von {len(named)}." if len(named) > _NAMED else ""
    raise KeyJoinError(
        f"Die Fallliste {cases.file} nennt Schlüssel, die kein Raum hat.{more}", problems
    )


def _refuse_doubtful_zeros(cases: CaseList, tally: Tally) -> None:
    """A key with and without its zeros in one column may be two things: nobody guesses."""
    doubtful = []
    for column, key in sorted(tally.restored):
        full = {k for k in tally.written.get(column, ()) if k.lstrip("0") == key.lstrip("0")}
        other = {k for c, k in tally.restored if c == column and k != key
                 and k.lstrip("0") == key.lstrip("0")}  # fmt: skip
        doubtful += [(column, key, twin) for twin in sorted(full | other)]
    if doubtful:
        raise KeyJoinError(
            f"In der Fallliste {cases.file} stehen Schlüssel mit und ohne führende Nullen.",
            [Problem(f"{cases.file}, {c}", f"{k!r} und {t!r}") for c, k, t in doubtful[:_NAMED]],
        )


def _table(cases: CaseList, plan: Plan, keys: dict[str, list[str]], tally: Tally) -> pd.DataFrame:
    """Every cell that can occur: an area without a case is a true zero.

    Rows run over periods, measures, areas and groups. Of cells that are equally dear to hide
    the earlier may be chosen, so another order would hide others.
    """
    frames = []
    for p, period in enumerate(plan.periods.keys):
        vintage = plan.vintages[plan.vintage_of[p]]
        own_keys = keys[vintage]
        for number, count in enumerate(plan.counts):
            sets = [("total",), *(g.keys for g in plan.groups[number])]
            groups = [g for own in sets for g in own]
            parts = [_cube(plan, tally, number, i, len(own))[p] for i, own in enumerate(sets)]
            values = np.concatenate(parts, axis=1)[: len(own_keys)].ravel()
            where = (cases.level, vintage, period, count.measure)
            frame = {
                "area": np.repeat(np.array(own_keys, dtype=object), len(groups)),
                **dict(zip(COUNT_KEYS[1:5], where, strict=True)),
                "group": np.tile(np.array(groups, dtype=object), len(own_keys)),
            }
            frames.append(pd.DataFrame({**frame, "count": values}))
    counts = pd.concat(frames, ignore_index=True)
    counts["status"] = np.where(counts["count"] == 0, Status.ZERO, Status.PUBLISHED)
    types = {"count": "Int64", "status": "str"}
    return counts[[*COUNT_KEYS, "count", "status"]].astype(types)


def _cube(plan: Plan, tally: Tally, number: int, i: int, groups: int) -> Ints:
    """Counts of one measure and set of groups, shape (periods, areas, groups)."""
    shape = (len(plan.periods.keys), plan.width, groups)
    found = tally.cells.get((number, i), np.zeros(int(np.prod(shape)), dtype=np.int64))
    return found.reshape(shape)


def _set_aside(cases: CaseList, tally: Tally) -> list[dict[str, object]]:
    """Cases that were not counted, by reason."""
    rows: list[dict[str, object]] = []
    for number, count in enumerate(cases.counts):
        for reason, text in REASONS.items():
            lost = tally.reasons.get((number, reason), 0)
            if lost or reason == EMPTY:
                rows.append({"reason": f"{count.measure}: {text}", "rows": lost})
        if tally.no_person.get(number):
            text = f"{count.measure}: ohne Pseudonym"
            rows.append({"reason": text, "rows": tally.no_person[number]})
    rows.append({"reason": "Ereignisse außerhalb der Zeiträume", "rows": tally.outside})
    return rows


def _report(cases: CaseList, tally: Tally) -> dict[str, object]:
    restored = sum(tally.restored.values())
    return {
        "dataset": cases.key,
        "file": cases.file,
        "rows_read": tally.rows,
        "rows_used": tally.counted,
        "set_aside": _set_aside(cases, tally),
        "periods": list(cases.periods),
        **({"zeros_restored": restored} if restored else {}),
    }
