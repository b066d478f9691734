"""Case lists on a real cluster: two processes on loopback count as one machine does.

The workers write nothing of a case to disk or into their logs, and a cluster that could is refused.
"""

import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from atlas.check import check_project
from geodata.errors import ServiceError, TableError, UserError
from geodata.files import TableFormat
from indicators.records import cluster_client, count_cases
from indicators.records.cluster import refuse_unsafe
from tests.indicators.test_records_counting import AREAS, CASES, VINTAGES, text_of
from tests.test_docs_cases import write_cases

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.long

CANARY = "Qzkanari"
KEEP = {f"distributed.worker.memory.{k}": False for k in ("spill", "target")}
QUIET = {
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.use-file-locking": False,
}


def rows(number):
    return [
        {"BEGINN": date(2022, 7 + i % 6, 1 + i % 28), "ENDE": None, "SEX": "wm"[i % 2],
         "GEBJAHR": "1998", "PSEUDONYM": f"{CANARY}{i % 50}", "RAUM": ["01", "2", "10", ""][i % 4]}
        for i in range(number)
    ]  # fmt: skip


def write(folder, number=500, **changed):
    table = pd.DataFrame([text_of(r) | changed for r in rows(number)])
    table["NAME"] = CANARY
    table.to_parquet(folder / "f.parquet", row_group_size=50)
    table.to_csv(folder / "f.csv", sep=";", index=False, encoding="cp1252")


@contextmanager
def cluster(folder, workers=2, **settings):
    """Processes of their own that talk on loopback."""
    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0",
               "processes": True, "host": "127.0.0.1", "local_directory": str(folder)}  # fmt: skip
    with (
        dask.config.set(KEEP | settings), distributed.LocalCluster(**options) as local,
        distributed.Client(local, set_as_default=False) as client,
    ):  # fmt: skip
        yield client


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    # the processes must find this program, as it must be installed on every worker
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "PYTHONPATH", os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
        )
        with cluster(tmp_path_factory.mktemp("arbeiter")) as client:
            yield client


def everything(folder):
    return b"".join(p.read_bytes() for p in Path(folder).rglob("*") if p.is_file())


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_two_processes_count_as_one_machine(tmp_path, client, monkeypatch, kind, capfd):
    write(tmp_path)
    monkeypatch.setattr("indicators.records.csv_pieces.PIECE_BYTES", 1024)
    spec = replace(CASES, file=f"f.{kind}")
    alone, report = count_cases(spec, AREAS, VINTAGES, tmp_path)
    together, other = count_cases(spec, AREAS, VINTAGES, tmp_path, client)
    pd.testing.assert_frame_equal(alone, together)
    assert report == other
    assert report["keys_restored"] == {"keys": 1}
    assert alone["count"].sum() > 500
    assert {p.name for p in tmp_path.iterdir()} == {"f.csv", "f.parquet"}
    assert CANARY not in str(capfd.readouterr())


def test_people_in_several_passes_are_the_same_people(tmp_path, client, monkeypatch):
    write(tmp_path)
    spec = replace(CASES, file="f.parquet")
    alone, _ = count_cases(spec, AREAS, VINTAGES, tmp_path)
    monkeypatch.setattr("indicators.records.count.PEOPLE_AT_ONCE", 1)
    monkeypatch.setattr("indicators.records.count._MOST_PASSES", 5)
    together, _ = count_cases(spec, AREAS, VINTAGES, tmp_path, client)
    pd.testing.assert_frame_equal(alone, together)


@pytest.mark.parametrize("fault", [{"BEGINN": CANARY}, {"SEX": CANARY}, {"RAUM": CANARY}])
def test_a_fault_reads_the_same_and_shows_no_case(tmp_path, client, fault, capfd):
    write(tmp_path, **fault)
    spec = replace(CASES, file="f.parquet")
    told = []
    for own in (None, client):
        with pytest.raises(UserError) as error:
            count_cases(spec, AREAS, VINTAGES, tmp_path, own)
        assert type(error.value.__context__) is type(None)
        told.append(str(error.value))
    assert told[0] == told[1]
    logs = client.get_worker_logs() | {"scheduler": client.get_scheduler_logs()}
    assert CANARY not in repr(logs) + told[0] + str(capfd.readouterr())


def test_a_refused_column_is_refused_before_the_workers_hear_of_it(tmp_path, client):
    write(tmp_path)
    spec = replace(CASES, file="f.parquet", columns=(*CASES.columns, "NAME"))
    with pytest.raises(TableError, match="NAME: sieht aus wie ein Name"):
        count_cases(spec, AREAS, VINTAGES, tmp_path, client)


def test_the_workers_leave_no_case_on_their_disk(tmp_path):
    write(tmp_path, 5000)
    scratch = tmp_path / "arbeiter"
    with cluster(scratch) as client:
        spec = replace(CASES, file="f.parquet")
        count_cases(spec, AREAS, VINTAGES, tmp_path, client)
        assert CANARY.encode() not in everything(scratch)
    assert CANARY.encode() not in everything(scratch)


def test_a_cluster_that_spills_is_refused(tmp_path):
    write(tmp_path)
    with (
        cluster(tmp_path / "a", 1, **{"distributed.worker.memory.spill": 0.7}) as client,
        pytest.raises(ServiceError, match="auf die Platte"),
    ):
        count_cases(replace(CASES, file="f.csv"), AREAS, VINTAGES, tmp_path, client)


class Pretending:
    """A client whose workers answer as they are told."""

    def __init__(self, address="tls://10.0.0.1:8786", worker="tls://10.0.0.2:1", **state):
        self.address, self.workers = address, {worker: {}} if worker else {}
        self.state = state

    def scheduler_info(self, n_workers=0):
        return {"address": self.address, "workers": self.workers}

    def run(self, function, names):
        worker = type("Worker", (), {"data": {}})()
        program, sizes, keeps = function(names, worker)
        answer = (self.state.get("program", program), self.state.get("sizes", sizes), keeps)
        return dict.fromkeys(self.workers, answer)


@pytest.mark.parametrize(
    ("client", "why"),
    [
        (Pretending(worker=None), "arbeitet niemand"),
        (Pretending("tcp://10.0.0.1:8786"), "offen durch das Netz"),
        (Pretending(worker="tcp://10.0.0.2:1"), "offen durch das Netz"),
        (Pretending(program="andere"), "andere Fassung des Programms"),
        (Pretending(sizes=[-1]), "sieht die Fallliste nicht oder eine andere"),
    ],
)
def test_a_cluster_that_could_count_wrongly_or_openly_is_refused(tmp_path, client, why):
    (tmp_path / "f.csv").write_text("x")
    with pytest.raises(ServiceError, match=why):
        refuse_unsafe(client, [tmp_path / "f.csv"])
    refuse_unsafe(Pretending(), [tmp_path / "f.csv"])


def test_an_address_where_nobody_answers_is_one_clear_error(monkeypatch):
    monkeypatch.setattr("indicators.records.cluster._PATIENCE", "0.2s")
    with pytest.raises(ServiceError, match="antwortet nicht"), cluster_client("tcp://127.0.0.1:9"):
        pass
    with (
        pytest.raises(ServiceError, match="offen durch das Netz"),
        cluster_client("tcp://amt.example:8786"),
    ):
        pass
    with cluster_client(None) as nobody:
        assert nobody is None


def test_the_address_of_a_running_scheduler_is_enough(tmp_path, client):
    write(tmp_path)
    spec = replace(CASES, format=TableFormat(encoding="cp1252"))
    alone, _ = count_cases(spec, AREAS, VINTAGES, tmp_path)
    with cluster_client(client.scheduler_info(n_workers=0)["address"]) as own:
        together, _ = count_cases(spec, AREAS, VINTAGES, tmp_path, own)
    pd.testing.assert_frame_equal(alone, together)


def test_the_check_report_is_the_same_with_a_cluster(tmp_path, client):
    project = write_cases(tmp_path)
    address = client.scheduler_info(n_workers=0)["address"]
    assert check_project(project, tmp_path, cluster=address) == check_project(project, tmp_path)
