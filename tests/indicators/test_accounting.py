"""Nothing is dropped without standing there: rows add up, and every number is somewhere."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.files import TableFormat
from geodata.model import Source
from indicators.sources import Dataset, DatasetFile
from indicators.tables import read_dataset

KEYS = [f"0{i}" for i in range(1, 7)]
AREAS = pd.DataFrame({"vintage": "v", "level": "ort", "area": KEYS, "name": KEYS})
DAYS = ["2021-12-31", "2022-12-31", "2023-12-31"]
SYMBOLS = {"-": (0, "zero"), "*": (None, "suppressed"), "": (None, "missing")}

_cell = st.one_of(st.integers(0, 999_999).map(str), st.sampled_from(sorted(SYMBOLS)))
_row = st.tuples(
    st.sampled_from([*KEYS, "keine Angabe"]), st.sampled_from(DAYS),
    st.sampled_from(["ja", "nein"]), _cell, _cell,
)  # fmt: skip
_rows = st.lists(_row, min_size=1, max_size=25, unique_by=lambda r: (r[0], r[1], r[2]))


def _with_totals(rows):
    """A correct total of every day that is read: at least what is known, areas and others."""
    for day in DAYS[1:]:
        ours = [r for r in rows if r[1] == day and r[2] == "ja"]
        if ours:
            rest = any(r[0] == "keine Angabe" for r in ours)
            whole = all(r[3].isdigit() or r[3] == "-" for r in ours)
            hidden = 0 if whole and len(ours) == len(KEYS) + rest else 3
            yield (
                "Stadt",
                day,
                "ja",
                str(sum(int(r[3]) for r in ours if r[3].isdigit()) + hidden),
                "1",
            )


@settings(max_examples=120, deadline=None)
@given(_rows, st.integers(0, 3), st.randoms(use_true_random=False))
def test_every_row_and_every_number_is_in_the_table_or_in_the_report(rows, notes, random):
    """The oracle sorts the rows it wrote itself; reading must come to the same."""
    rows = list({(r[0], r[1], r[2]): r for r in [*rows, ("01", DAYS[2], "ja", "17", "4")]}.values())
    every = [*rows, *_with_totals(rows)]
    random.shuffle(every)
    below = ["# Hinweis 2023;;;;"] * notes
    text = "\n".join(["NR;TAG;GILT;E;U", *map(";".join, every), *below])
    dataset = Dataset(
        key="d", source=Source("T", "P", "L", "A"), level="ort", area="NR", symbols="ba",
        period_column="TAG", periods_from="2022-01-01", counts={"E": "residents"},
        format=TableFormat(stop_at="#") if notes else TableFormat(),
        total_rows=("Stadt",), rest_rows=("keine Angabe",), already_public=True,
        files=(DatasetFile("a.csv", "v", where={"GILT": ("ja",)}),),
    )  # fmt: skip
    with TemporaryDirectory() as name:
        (Path(name) / "a.csv").write_text(text, encoding="utf-8")
        reading = read_dataset(dataset, AREAS, Path(name), Path(name))
    (entry,) = reading.report
    aside = Counter({a["reason"]: a["rows"] for a in entry["set_aside"]})
    assert entry["rows_read"] == len(every) + notes
    assert entry["rows_read"] == entry["rows_used"] + entry["total_rows"] + aside.total()
    valid = [r for r in every if r[2] == "ja"]
    late = [r for r in valid if r[1] > "2022"]
    ours = [r for r in late if r[0] in KEYS]
    rest = [r for r in late if r[0] == "keine Angabe"]
    assert aside == Counter({
        "unter der Tabelle, ab „# Hinweis 2023“": notes,
        "GILT ist nicht ja": len(every) - len(valid),
        "außerhalb von 2022-01-01 bis …": len(valid) - len(late),
        "„keine Angabe“ gehört zu keinem Gebiet": len(rest),
    })  # fmt: skip
    found = {
        (area, day): (None if pd.isna(n) else int(n), status)
        for area, day, n, status in reading.counts[["area", "period", "count", "status"]].to_numpy()
    }
    assert found == {
        (r[0], r[1]): SYMBOLS.get(r[3]) or (int(r[3]), "published" if int(r[3]) else "zero")
        for r in ours
    }
    told = {one["period"]: one["count"] for one in entry["without_area"]}
    assert told == {r[1]: 0 if r[3] == "-" else int(r[3]) for r in rest if r[3] not in ("*", "")}
    assert entry["columns_unused"] == ["U"]
    signs = Counter(r[3] for r in ours if r[3] in SYMBOLS)
    assert {s["symbol"]: s["cells"] for s in entry["symbols"]} == dict(signs)
