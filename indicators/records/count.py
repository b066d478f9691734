"""From a case list to a table of counts: check, sample, count piece by piece, report."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from math import ceil
from os import cpu_count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from geodata.errors import KeyJoinError, Problem, ProblemCollector, TableError
from geodata.files import inside
from geodata.model import Vintage
from indicators.records.cluster import Client, on_cluster, refuse_unsafe
from indicators.records.columns import check_columns
from indicators.records.counting import Plan, add_counts, count_batch
from indicators.records.files import Columns, Piece, Reader, list_files
from indicators.records.guard import sealed
from indicators.records.identifying import is_day
from indicators.records.people import PEOPLE_AT_ONCE, cells_of, fold
from indicators.records.places import EMPTY, REASONS
from indicators.records.plan import plan_of
from indicators.records.tally import Ints, Tally, shape_of
from indicators.restored_keys import LOST_DIGITS, digits_of, lost_digits
from indicators.sources import CaseList
from indicators.status import Status
from indicators.tables import COUNT_KEYS

_FITS = 3
"""Unknown keys are shown only where at most so many times as many cases lie in no area."""

_MOST_PASSES = 64

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
    paths = list_files(inside(folder, cases.file).absolute())
    if client is not None:
        refuse_unsafe(client, paths)
    reader = Reader(cases.format, cases.date_format)
    check_columns(cases, paths, reader, frozenset(areas["area"]))
    plan, keys = plan_of(cases, areas, vintages, folder)
    tally = _tally(cases, paths, reader, plan, client)
    _refuse_faults(cases, tally, keys)
    counts = _table(cases, plan, keys, tally)
    return counts, _report(cases, tally)


def _tally(
    cases: CaseList, paths: Sequence[Path], reader: Reader, plan: Plan, client: Client
) -> Tally:
    """Count all pieces, in as many passes as all people need to fit into memory."""
    columns = _columns(cases)
    pieces = [p for path in paths for p in reader.pieces(path)]
    passes = 1
    while True:
        whole, needed = Tally(), 0
        for number in range(passes):
            part = (number, passes)
            tallies = _count_pieces(iter(pieces), reader, plan, columns, part, client)
            own, needed = _one_pass(tallies, len(pieces), passes)
            if needed:
                break
            _people_to_counts(own, plan)
            # rows and their faults are those of the first pass; the others saw the same again
            whole.add(Tally(cells=own.cells) if number else own)
        if not needed:
            return whole
        passes = min(max(2 * passes, needed), _MOST_PASSES)


def _one_pass(tallies: Iterator[Tally], pieces: int, passes: int) -> tuple[Tally, int]:
    """Add up a pass, and how many passes are needed where its people do not fit, else 0."""
    own = Tally()
    for done, part in enumerate(tallies, start=1):
        own.add(part)
        _fold_people(own)
        people = _people(own)
        if people > PEOPLE_AT_ONCE and passes < _MOST_PASSES:
            return own, ceil(passes * people / done * pieces / PEOPLE_AT_ONCE)
    return own, 0


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
    shown = _shower(tally, [k for own in keys.values() for k in own])
    named = sorted(tally.unknown.items(), key=lambda item: (-item[1], item[0]))
    problems = [
        Problem(
            f"{cases.file}, {column}",
            f"unbekannt {shown(key)} ({rows} Ereignisse)",
            LOST_DIGITS
            if lost_digits(key)
            else "Schlüssel eines Raums oder leer; führende Nullen gehören dazu",
        )
        for (column, key), rows in named[:_NAMED]
    ]
    more = f" Gezeigt sind {_NAMED} von {len(named)}." if len(named) > _NAMED else ""
    raise KeyJoinError(
        f"Die Fallliste {cases.file} nennt Schlüssel, die kein Raum hat.{more}", problems
    )


def _shower(tally: Tally, keys: Sequence[str]) -> Callable[[str], str]:
    """How to name an unknown key: as it stands only if it can hardly be anything else.

    In a column whose values mostly fit no area, anything may stand; and a day may look like a
    key of eight digits.
    """
    shapes, longest = {shape_of(k) for k in keys}, max(map(len, keys), default=0)
    fits = _FITS * tally.counted >= sum(tally.unknown.values())

    def shown(key: str) -> str:
        like_key = shape_of(key) in shapes or (key.isdigit() and len(key) <= longest)
        if not fits:
            return "(nicht gezeigt, denn die meisten passen nicht: andere Spalte, anderer Stand?)"
        if (like_key and not is_day(key)) or lost_digits(key):
            return repr(key)
        return "(kein Schlüssel, nicht gezeigt)"

    return shown


def _refuse_doubtful_zeros(cases: CaseList, tally: Tally) -> None:
    """A key with and without its zeros in one column may be two things: nobody guesses."""
    forms: dict[tuple[str, str], set[str]] = defaultdict(set)
    for column, key in tally.restored:
        forms[column, digits_of(key) or ""].add(key)
    for column, written in tally.written.items():
        for key in written:
            if (column, digits_of(key) or "") in forms:
                forms[column, digits_of(key) or ""].add(key)
    doubtful = [(c, sorted(f)) for (c, _), f in sorted(forms.items()) if len(f) > 1]
    if doubtful:
        raise KeyJoinError(
            f"In der Fallliste {cases.file} stehen Schlüssel mit und ohne führende Nullen.",
            [
                Problem(f"{cases.file}, {c}", " und ".join(map(repr, f)))
                for c, f in doubtful[:_NAMED]
            ],
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
    unused = [c for c in cases.columns if c not in cases.used]
    return {
        "dataset": cases.key,
        "file": cases.file,
        "rows_read": tally.rows,
        "rows_used": tally.counted,
        "set_aside": _set_aside(cases, tally),
        "periods": list(cases.periods),
        **({"keys_restored": {"keys": len(tally.restored)}} if tally.restored else {}),
        **({"columns_unused": unused} if unused else {}),
    }
