"""Whatever a run does, no value of a case is found outside its file.

Every cell of an invented list that need not be a code, a key or a day is a word that occurs nowhere
else. The program runs as a user runs it, in folders of its own for home, temporary files and
caches; then all that it said and every file that it left is searched for those words.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.atlas.check_city import NEW, dataset, people, table, write

CANARY = "Kanariqz"
SECRET = ("NAME", "GEBDAT", "KVNR", "STRASSE", "BEMERKUNG", "KENNUNG")
COLUMNS = (*SECRET, "KEY", "DATUM", "ART", "ALTER")
LIST = """
[[case_lists]]
key = "f"
file = "{file}"
columns = ["KEY", "DATUM", "ART", "ALTER", "KENNUNG"{more}]
level = "teil"
areas = {{ neu = "KEY" }}
periods = ["2023-12-31"]
period_months = 12
format = {{ encoding = "cp1252" }}
source = {{ title = "T", publisher = "P", licence = "L", attribution = "A" }}
[[case_lists.counts]]
measure = "wn_erstkontakte"
date = "DATUM"
distinct = "KENNUNG"
groups = {{ ART = {{ "1" = "hh_single", "2" = "hh_couple" }} }}
"""


def rows(number, **changed):
    """Rows with a word of its own in every cell that may have one; changed cells stand in one."""
    for i in range(number):
        row = {c: f"{CANARY}{c}{i}" for c in SECRET}
        row |= {"KEY": NEW[i % 16], "DATUM": f"{1 + i % 28:02d}.03.2023", "ART": "12"[i % 2]}
        row |= {"ALTER": str(i % 90)}
        yield row | (changed if i == number // 2 else {})


def city(folder, number=600, more="", header=True, **changed):
    """A town with a case list, and a folder for each thing that a program may write to."""
    lines = [";".join(row[c] for c in COLUMNS) for row in rows(number, **changed)]
    head = [";".join(COLUMNS)] if header else []
    (folder / "f.csv").write_text("\n".join([*head, *lines]) + "\n", encoding="cp1252")
    table(folder / "a.csv", NEW, E=people())
    listed = LIST.format(file="f.csv", more=more)
    listed += 'ages = { column = "ALTER", kind = "age", bands = { age_u25 = "0-24" } }\n'
    residents = dataset("d", [("a.csv", "neu", "2023-12-31")], {"E": "residents"})
    project = write(folder, residents, listed)
    text = project.read_text(encoding="utf-8").replace('"sgb2_quote", ', "")
    project.write_text(text, encoding="utf-8")
    for name in ("heim", "temp", "cache", "hier"):
        (folder / name).mkdir()
    return project


def start(folder, *words):
    env = dict(os.environ, PYTHONPATH=str(Path.cwd()), HOME=str(folder / "heim"))
    env |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "temp"))
    env |= dict.fromkeys(
        ("XDG_CACHE_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR"), str(folder / "cache")
    )
    return subprocess.Popen(
        [sys.executable, "-W", "default", "-m", "atlas.cli", *map(str, words)], cwd=folder / "hier",
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def left(folder):
    """All text in all files but the list itself; tables that are packed are unpacked."""
    told = ""
    for path in (p for p in folder.rglob("*") if p.is_file() and p != folder / "f.csv"):
        told += path.name + path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            told += pq.read_table(path).to_pandas().to_csv()
    return told


COMMANDS = {
    "check": ["check", "probe.toml", "--html", "bericht.html"],
    "build": ["build", "probe.toml", "--out", "ausgabe"],
    "new": ["new", "."],
}


def command(folder, name):
    return [folder / w if w[0] in ".pba" and w != name else w for w in COMMANDS[name]]


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_a_run_that_succeeds_leaves_no_word_of_a_case(tmp_path, name):
    city(tmp_path)
    run = start(tmp_path, *command(tmp_path, name))
    said, _ = run.communicate()
    assert run.returncode == 0, said
    assert CANARY not in said + left(tmp_path)
    if name == "build":
        (source,) = [c for c in _checks(tmp_path) if c["dataset"] == "f"]
        assert "600" not in str(source), "a reader must not learn the true number of cases"
    if name == "check":
        assert "600 Zeilen gelesen" in said
        assert (tmp_path / "bericht.html").is_file()


def _checks(folder):
    return json.loads((folder / "ausgabe" / "checks.json").read_text(encoding="utf-8"))["sources"]


FAULTS = {
    "day": {"DATUM": f"{CANARY}1"},
    "code": {"ART": f"{CANARY}1"},
    "age": {"ALTER": f"{CANARY}1"},
    "key": {"KEY": f"{CANARY}1"},
    "field": {"ALTER": f"7;{CANARY}"},
    "quote": {"ALTER": f'"{CANARY}'},
    "byte": {"ART": f"{CANARY}\x81"},
    "no header": {"header": False},
    "identifier": {"more": ', "NAME"'},
    "pseudonym that is prose": {"more": ', "STRASSE"'},
}


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "fault"), [*[("build", f) for f in FAULTS], ("check", "day"), ("check", "no header")]
)
def test_a_run_that_fails_leaves_and_says_no_word_of_a_case(tmp_path, name, fault):
    changed = dict(FAULTS[fault])
    if fault == "byte":
        city(tmp_path)
        whole = (tmp_path / "f.csv").read_bytes()
        (tmp_path / "f.csv").write_bytes(whole.replace(b";1;", b";\x811;", 1))
    else:
        city(tmp_path, **changed)
    run = start(tmp_path, *command(tmp_path, name))
    said, _ = run.communicate()
    assert run.returncode not in (0, 1), said
    assert "Traceback" not in said
    assert CANARY not in said + left(tmp_path)


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are seen in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_while_it_counts_leaves_no_word_of_a_case(tmp_path, how):
    city(tmp_path, 300_000)
    run = start(tmp_path, *command(tmp_path, "build"))
    handles = Path(f"/proc/{run.pid}/fd")
    while run.poll() is None and str(tmp_path / "f.csv") not in _open(handles):
        time.sleep(0.002)
    assert run.poll() is None, "it was over before it was killed"
    run.send_signal(how)
    said, _ = run.communicate(timeout=60)
    assert run.returncode != 0
    assert CANARY not in said + left(tmp_path)
    assert not (tmp_path / "ausgabe").exists()
    assert "Traceback" not in said


def _open(handles):
    found = set()
    for link in handles.iterdir():
        try:
            found.add(str(link.readlink()))
        except OSError:
            continue
    return found
