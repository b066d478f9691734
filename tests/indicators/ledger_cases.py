"""Published editions as ledger entries, and a reader who keeps every edition side by side."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse
from scipy.optimize import linprog

from indicators.disclosure.cells import KEY, read_knowledge
from indicators.disclosure.earlier import nothing_before
from indicators.disclosure.equations import build_system
from indicators.disclosure.ledger import Imprint, Ledger, RecordedRule, read_ledger, record

RULE = RecordedRule(3)


def parquet(frame):
    file = BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file)
    return file.getvalue()


def imprint(content, relations=(), **other):
    said = {
        "edition": f"Kleinstadt-2025-12-31-{content}", "content": content,
        "reporting_date": "2025-12-31", "created": "2026-01-15T08:00:00+00:00",
        "software": "sozialatlas 0.1.0", "rule": RULE, "relations": tuple(relations),
    }  # fmt: skip
    return Imprint(**{**said, **other})


def with_bounds(counts):
    blank = pd.array([pd.NA] * len(counts), dtype="Int64")
    return counts.assign(bound_low=blank, bound_high=blank)


def publish(ledger, counts, hierarchies, relations=(), content="", earlier=None):
    """Record an edition by hand; the ledger afterwards."""
    record(
        ledger,
        imprint(content or f"{len(ledger.entries) + 1:064x}", relations),
        parquet(with_bounds(counts)),
        parquet(hierarchies),
        earlier or nothing_before(counts, hierarchies),
    )
    return read_ledger(ledger.path, ledger.city)


def empty(tmp_path):
    return Ledger(tmp_path / "kleinstadt.ledger", "kleinstadt")


def side_by_side(editions):
    """The bounds of the last edition for a reader of all, by key alone and nothing left out.

    Parameters
    ----------
    editions
        Tuples of counts, hierarchies, relations as published, oldest first. A key that
        stands in several editions is one number.

    Returns
    -------
    dict
        (low, high) by key, for the hidden cells of the last one.
    """
    tables = [counts.assign(vintage=counts["vintage"] + f"#{i}") for i, (counts, _, _) in
              enumerate(editions)]  # fmt: skip
    links = [h.assign(vintage=h["vintage"] + f"#{i}") for i, (_, h, _) in enumerate(editions)]
    tied = [
        replace(r, vintages=tuple(sorted(set(t["vintage"]))))
        for t, (_, _, relations) in zip(tables, editions, strict=True)
        for r in relations
    ]
    table = pd.concat(tables, ignore_index=True)
    system = build_system(table, pd.concat(links, ignore_index=True), tied)
    known = read_knowledge(table)
    keys = table.assign(vintage=table["vintage"].str.partition("#")[0])
    number = keys.groupby(KEY, sort=False).ngroup().to_numpy()
    size = number.max() + 1
    merge = sparse.csr_array((np.ones(len(table)), (np.arange(len(table)), number)))
    matrix = system.matrix @ merge
    low, high = np.zeros(size), np.full(size, np.inf)
    np.maximum.at(low, number, np.where(known.known, known.value, known.lower))
    np.minimum.at(high, number, np.where(known.known, known.value, np.inf))
    first = len(table) - len(editions[-1][0])
    found = {}
    for row in range(first, len(table)):
        if not known.suppressed[row]:
            continue
        ends = []
        for sign in (1, -1):
            cost = np.zeros(size)
            cost[number[row]] = sign
            equal = system.equality
            done = linprog(
                cost, A_eq=matrix[equal], b_eq=np.zeros(equal.sum()),
                A_ub=matrix[~equal] if (~equal).any() else None,
                b_ub=np.zeros((~equal).sum()) if (~equal).any() else None,
                bounds=np.stack([low, high], axis=1),
            )  # fmt: skip
            ends.append(np.inf if done.status == 3 else sign * done.fun)
        key = tuple(keys[KEY].iloc[row])
        found[key] = (int(np.ceil(ends[0] - 1e-6)), float(np.floor(ends[1] + 1e-6)))
    return found
