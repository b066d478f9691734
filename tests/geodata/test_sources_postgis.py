"""A real PostgreSQL with PostGIS, started by the test on loopback in a folder of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from geodata.errors import ServiceError
from geodata.sources import ServiceOptions
from tests.geodata.outlines_city import quarters, same_areas, survey

PASSWORD = "nur-fuer-den-test"


def _programs() -> Path | None:
    """Newest installation of PostgreSQL that has PostGIS, too."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        share = Path("/usr/share/postgresql") / folder.parent.name / "extension"
        if (folder / "initdb").is_file() and (share / "postgis.control").is_file():
            return folder
    return None


def _as_server(command: list[str], **more) -> subprocess.CompletedProcess[str]:
    """Run as an ordinary account: PostgreSQL refuses to run as root."""
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if not os.getuid() else {}
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd="/", **user, **more
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Port of a running server with a table of quarters and an account that may only read."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL mit PostGIS fehlt: apt-get install postgresql-postgis")
    pytest.importorskip("adbc_driver_postgresql", reason="der Treiber [postgis] fehlt")
    # Sockets need a short path, and another account must be able to reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="atlas-pg-"))
    try:
        if not os.getuid():
            shutil.chown(folder, "postgres", "postgres")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        secret = folder / "pw"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        data = str(folder / "data")
        _as_server([str(programs / "initdb"), "-D", data, "-U", "chef", "--auth=scram-sha-256",
                    f"--pwfile={secret}", "-E", "UTF8", "--no-sync", "--locale=C"])  # fmt: skip
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
        control = [str(programs / "pg_ctl"), "-D", data, "-w"]
        _as_server([*control, "-o", options, "-l", str(folder / "log"), "start"])
        try:
            _fill(programs, port)
            yield port
        finally:
            _as_server([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def _fill(programs: Path, port: int) -> None:
    values = ", ".join(
        f"('{row.nr}', '{row.titel}', ST_GeomFromText('{row.geometry.wkt}', 25832))"
        for row in quarters().itertuples()
    )
    script = f"""
    CREATE EXTENSION postgis; CREATE SCHEMA grenzen;
    CREATE TABLE grenzen."Ortsteile 2024" (nr text, titel text, geom geometry(Polygon, 25832));
    INSERT INTO grenzen."Ortsteile 2024" VALUES {values};
    CREATE VIEW grenzen.langsam AS SELECT nr, titel || pg_sleep(5)::text AS titel, geom
      FROM grenzen."Ortsteile 2024";
    CREATE TABLE grenzen.zwei (nr text, titel text, a geometry(Point, 25832),
      b geometry(Polygon, 25832));
    INSERT INTO grenzen.zwei SELECT nr, titel, ST_Centroid(geom), geom
      FROM grenzen."Ortsteile 2024";
    CREATE TABLE grenzen.geheim AS SELECT * FROM grenzen."Ortsteile 2024";
    CREATE ROLE leser LOGIN PASSWORD '{PASSWORD}'; GRANT USAGE ON SCHEMA grenzen TO leser;
    GRANT SELECT ON grenzen."Ortsteile 2024", grenzen.langsam, grenzen.zwei TO leser;
    CREATE FUNCTION grenzen.merken(text) RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO grenzen.geheim (nr) VALUES ($1); RETURN $1; END $$;
    CREATE VIEW grenzen.schreibt AS SELECT grenzen.merken(nr) AS nr, titel, geom
      FROM grenzen."Ortsteile 2024";
    """
    subprocess.run(
        [str(programs / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", "chef", "-d", "postgres",
         "-v", "ON_ERROR_STOP=1", "-q"],
        input=script, text=True, check=True, env={**os.environ, "PGPASSWORD": PASSWORD},
        capture_output=True,
    )  # fmt: skip


@pytest.fixture
def read(server, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)

    def ask(table, user="leser", **more):
        options = ServiceOptions(**more)
        address = f"postgis://{user}@127.0.0.1:{server}/postgres"
        return survey(tmp_path, address, table, service=options)

    return ask


def test_a_table_gives_the_same_areas_whatever_its_name(read):
    found = read("grenzen.Ortsteile 2024")
    assert same_areas(found, quarters(), 1e-6)
    assert found.report.layers[0].crs == "EPSG:25832"


def test_only_what_touches_the_box_is_read(read):
    first = quarters().geometry.iloc[0]
    x, y = first.representative_point().coords[0]
    found = read("grenzen.Ortsteile 2024", bbox=(x - 1, y - 1, x + 1, y + 1))
    assert found.areas["area"].tolist() == ["0101", "00"]


def test_of_several_geometries_the_project_names_one(read):
    with pytest.raises(ServiceError, match=r"mehrere Geometrien \(a, b\)"):
        read("grenzen.zwei")
    assert same_areas(read("grenzen.zwei", geometry="b"), quarters(), 1e-6)


def test_nothing_can_be_written_even_by_an_account_that_may(read):
    with pytest.raises(ServiceError, match="read-only"):
        read("grenzen.schreibt", user="chef")


@pytest.mark.parametrize(
    ("table", "more", "words"),
    [
        ("grenzen.fehlt", {}, "grenzen.Ortsteile 2024"),
        ("grenzen.geheim", {}, "gibt es nicht|darf die Tabelle nicht lesen"),
        ("grenzen.langsam", {"timeout_seconds": 1}, "länger als das Zeitlimit"),
        ('grenzen.x"; DROP SCHEMA grenzen; --', {}, "gibt es nicht"),
    ],
)
def test_every_fault_is_one_clear_error(read, table, more, words):
    with pytest.raises(ServiceError, match=words) as error:
        read(table, **more)
    assert PASSWORD not in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_the_password_comes_from_pgpass_and_a_wrong_one_is_told(server, tmp_path, monkeypatch):
    address = f"postgis://leser@127.0.0.1:{server}/postgres"
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{server}:postgres:leser:{PASSWORD}\n")
    file.chmod(0o600)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert same_areas(survey(tmp_path, address, "grenzen.Ortsteile 2024"), quarters(), 1e-6)
    file.write_text("127.0.0.1:*:*:leser:falsch\n")
    with pytest.raises(ServiceError, match="Anmeldung abgelehnt"):
        survey(tmp_path, address, "grenzen.Ortsteile 2024")


def test_no_database_there_is_one_clear_error(tmp_path):
    with pytest.raises(ServiceError, match="läuft keine Datenbank"):
        survey(tmp_path, "postgis://leser@127.0.0.1:9/geo", "grenzen.ortsteile")
