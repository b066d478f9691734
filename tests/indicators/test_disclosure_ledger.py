"""The ledger's file: whole, in order, appended for good, and nothing in it that was hidden."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from geodata.errors import LedgerError
from indicators.disclosure import ledger_file
from indicators.disclosure.earlier import nothing_before
from indicators.disclosure.identities import Relation
from indicators.disclosure.known import known_before
from indicators.disclosure.ledger import Ledger, read_ledger, record
from tests.indicators.disclosure_cases import hide, known, links, table
from tests.indicators.ledger_cases import empty, imprint, parquet, publish, with_bounds

TOWNS = links("ort", "stadt", dict.fromkeys("abcd", "00"))
TRUTH = table([*known("ort", {"a": 2, "b": 7777, "c": 9, "d": 11}), *known("stadt", {"00": 7799})])
SAFE = hide(TRUTH, [("a", "total"), ("b", "total")])
SUM = Relation("sum", "cases/total", ("cases/x", "cases/y"), periods=("2025-12-31",))


@pytest.fixture
def three(tmp_path):
    """A ledger of three editions."""
    ledger = empty(tmp_path)
    for number in (1, 2, 3):
        ledger = publish(ledger, SAFE.assign(period=f"202{number}-12-31"), TOWNS, [SUM])
    return ledger


def _lines(ledger):
    return ledger.path.read_text(encoding="utf-8").splitlines()


def _write(ledger, lines):
    ledger.path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rehashed(line, change):
    """A line changed by somebody who knows how its own hash is made."""
    entry = json.loads(line)["entry"]
    change(entry)
    text = json.dumps(entry, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps({"entry": entry, "sha256": digest}, ensure_ascii=False)


def test_what_was_recorded_is_read_again(three):
    assert [e.number for e in three.entries] == [1, 2, 3]
    entry = three.entries[1]
    assert (entry.rows, entry.hidden, entry.reporting_date) == (5, 2, "2025-12-31")
    assert entry.relations == (SUM,)
    counts = entry.counts.drop(columns=["bound_low", "bound_high"])
    pd.testing.assert_frame_equal(
        counts[SAFE.columns], SAFE.assign(period="2022-12-31"), check_dtype=False
    )
    assert entry.hierarchies.to_dict() == TOWNS.to_dict()
    assert entry.cells_sha256 == hashlib.sha256(base64.b64decode(entry.cells)).hexdigest()
    assert three.find(entry.content) is entry
    assert three.before(3).entries == three.entries[:2]


def test_a_file_that_is_not_there_is_an_empty_ledger(tmp_path):
    assert read_ledger(tmp_path / "neu.ledger", "kleinstadt").entries == ()
    with pytest.raises(LedgerError, match="gibt es nicht"):
        read_ledger(tmp_path / "neu.ledger")


def test_people_can_read_it_line_by_line(three):
    head, *entries = map(json.loads, _lines(three))
    assert head == {"kind": "sozialatlas-ledger", "format": 1, "city": "kleinstadt"}
    for number, line in enumerate(entries, start=1):
        assert next(iter(line["entry"].items())) == ("number", number)


def test_no_hidden_number_is_in_the_file(three, tmp_path):
    """b is 7777, a is 2: the file has neither, nor whatever is made when they are revised."""
    changed = SAFE.assign(count=SAFE["count"].replace(7799, 7700))
    ledger = publish(empty(tmp_path / "neu"), changed, TOWNS)
    earlier = known_before(TRUTH, TOWNS, (), ledger)
    assert len(earlier.revised) == 3
    ledger = publish(ledger, SAFE, TOWNS, earlier=earlier)
    text = ledger.path.read_text(encoding="utf-8")
    assert "7777" not in text
    for entry in ledger.entries:
        raw = pq.read_table(BytesIO(base64.b64decode(entry.cells))).to_pandas()
        hidden = raw[raw["status"] == "suppressed"]
        assert len(hidden) == 2
        assert hidden[["count", "bound_low", "bound_high"]].isna().all(axis=None)
        assert set(entry.revised.columns) == {*(c for c in SAFE if c in entry.revised), "up_to"}
        assert not entry.revised.isin([2, 7777]).any(axis=None)


@pytest.mark.parametrize("field", ["edition", "cells", "reporting_date", "hidden"])
def test_a_changed_line_is_found_and_named(three, field):
    head, one, two, last = _lines(three)
    entry = json.loads(two)
    entry["entry"][field] = 17
    _write(three, [head, one, json.dumps(entry, ensure_ascii=False), last])
    with pytest.raises(LedgerError, match=r"Eintrag 2 .*verändert"):
        read_ledger(three.path, "kleinstadt")


def test_a_changed_line_with_its_hash_renewed_breaks_the_next_one(three):
    head, one, two, last = _lines(three)
    forged = _rehashed(two, lambda entry: entry.update(reporting_date="1999-12-31"))
    _write(three, [head, one, forged, last])
    with pytest.raises(LedgerError, match=r"Eintrag 3 .*passt nicht zum Eintrag davor"):
        read_ledger(three.path, "kleinstadt")


@pytest.mark.parametrize("order", [(0, 2, 3), (0, 2, 1, 3), (0, 1, 3), (0, 1, 1, 2, 3), (1, 2, 3)])
def test_removed_moved_and_doubled_lines_are_found(three, order):
    lines = _lines(three)
    _write(three, [lines[i] for i in order])
    with pytest.raises(LedgerError) as error:
        read_ledger(three.path, "kleinstadt")
    assert error.value.exit_code == 12


def test_a_shortened_file_is_whole_by_itself(three):
    """Nothing in the file tells that its end is gone; the editions beside it do."""
    _write(three, _lines(three)[:-1])
    assert len(read_ledger(three.path, "kleinstadt").entries) == 2


def test_another_city_and_a_newer_version_are_refused(three):
    with pytest.raises(LedgerError, match="anderen Stadt"):
        read_ledger(three.path, "grossstadt")
    head, *rest = _lines(three)
    _write(three, [head.replace('"format": 1', '"format": 2'), *rest])
    with pytest.raises(LedgerError, match="andere Version"):
        read_ledger(three.path, "kleinstadt")


@pytest.mark.parametrize(
    "content", [b"", b"a;b\n1;2\n", b"\xff\xfe\x00", b"[]\n", b'{"kind": 1}\n']
)
def test_other_files_are_refused(tmp_path, content):
    file = tmp_path / "x.ledger"
    file.write_bytes(content)
    with pytest.raises(LedgerError):
        read_ledger(file, "kleinstadt")


def test_the_last_line_cut_off_is_left_out_and_replaced(three):
    """Wherever a copy broke off: the entries before it count, the next one repairs the file."""
    whole = three.path.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    for end in (start + 1, start + 200, len(whole) - 1):
        three.path.write_bytes(whole[:end])
        torn = read_ledger(three.path, "kleinstadt")
        assert torn.torn
        assert len(torn.entries) == 2
        again = publish(torn, SAFE.assign(period="2023-12-31"), TOWNS, [SUM])
        assert not again.torn
        assert three.path.read_bytes() == whole


def test_an_entry_of_another_version_keeps_its_line(three):
    """A field that this version does not know is kept, hash and all, when one is added."""
    head, one, *_ = _lines(three)
    later = _rehashed(one, lambda entry: entry.update(colour="blue"))
    _write(three, [head, later])
    ledger = publish(read_ledger(three.path, "kleinstadt"), SAFE, TOWNS)
    assert _lines(ledger)[1] == later
    assert len(ledger.entries) == 2


def test_an_edition_that_knows_an_older_ledger_is_refused(three):
    """Two builds at once: the second one was not protected given the first."""
    publish(three, SAFE.assign(period="2030-12-31"), TOWNS)
    with pytest.raises(LedgerError, match="noch einmal"):
        publish(three, SAFE.assign(period="2031-12-31"), TOWNS, content="e" * 64)
    assert len(read_ledger(three.path, "kleinstadt").entries) == 4


def test_a_crash_while_writing_leaves_the_old_file(three, monkeypatch):
    before = three.path.read_bytes()

    def crash(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger_file.os, "fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        publish(three, SAFE, TOWNS)
    monkeypatch.undo()
    assert three.path.read_bytes() == before
    assert sorted(p.name for p in three.path.parent.iterdir()) == [
        ".kleinstadt.ledger.lock", "kleinstadt.ledger",
    ]  # fmt: skip
    assert len(publish(three, SAFE, TOWNS).entries) == 4


def test_a_full_disk_is_said_plainly(three, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger_file.os, "fsync", full)
    with pytest.raises(LedgerError, match="nicht schreiben"):
        publish(three, SAFE, TOWNS)


def test_somebody_else_writing_is_waited_for_and_named(three):
    with (
        ledger_file.locked(three.path),
        pytest.raises(LedgerError, match="anderes Programm"),
        ledger_file.locked(three.path, wait_s=0.1),
    ):
        raise AssertionError("two writers at once")
    with ledger_file.locked(three.path, wait_s=0.1):
        pass


def append(path, number):
    """In a process of its own: wait for a line, then try until this edition is in the ledger."""
    print("bereit", flush=True)
    sys.stdin.readline()
    while True:
        try:
            record(
                read_ledger(path, "kleinstadt"), imprint(f"{number:064x}"),
                parquet(with_bounds(SAFE)), parquet(TOWNS), nothing_before(SAFE, TOWNS),
            )  # fmt: skip
        except LedgerError as error:
            if "noch einmal" not in str(error):
                raise
        else:
            return


def _writer(path, number):
    """A Python of its own, however these tests were started."""
    call = f"from pathlib import Path; from {__name__} import append"
    return subprocess.Popen(
        [sys.executable, "-c", f"{call}; append(Path({str(path)!r}), {number})"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def test_writers_at_the_same_time_lose_no_entry(tmp_path):
    path = tmp_path / "kleinstadt.ledger"
    writers = [_writer(path, number) for number in range(3)]
    try:
        assert [writer.stdout.readline() for writer in writers] == ["bereit\n"] * 3
        for writer in writers:
            writer.stdin.write("los\n")
            writer.stdin.flush()
        assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    entries = read_ledger(path, "kleinstadt").entries
    assert sorted(int(e.content, 16) for e in entries) == [0, 1, 2]


def test_a_copy_says_the_same(three, tmp_path):
    copy = tmp_path / "sicherung.ledger"
    shutil.copy(three.path, copy)
    assert read_ledger(copy, "kleinstadt").head == three.head
    assert Ledger(copy, "kleinstadt").head != three.head


def test_bounds_are_recorded_as_published(tmp_path):
    counts = with_bounds(SAFE).assign(
        bound_low=pd.array([1, 1, 9, 11, 7799], dtype="Int64"),
        bound_high=pd.array([7778, 7778, 9, 11, 7799], dtype="Int64"),
    )
    ledger = empty(tmp_path)
    record(ledger, imprint("b" * 64), parquet(counts), parquet(TOWNS), nothing_before(SAFE, TOWNS))
    (entry,) = read_ledger(ledger.path).entries
    assert entry.counts["bound_high"].to_numpy(dtype=np.int64).tolist()[:2] == [7778, 7778]
