"""An edition is written whole or not at all, and tells when it was touched."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from atlas.edition import FORMAT, TABLES, open_edition, publish
from geodata.errors import EditionError, FileMissingError, OutputError
from tests.small_city import small_edition

WRITER = """
import sys
from pathlib import Path
from dataclasses import fields
from atlas.edition import Draft, open_edition, publish
edition = open_edition(Path(sys.argv[1]))
m = edition.manifest
draft = Draft(**{f.name: getattr(m, f.name) for f in fields(Draft)})
geo = {"areas": edition.areas, "places": edition.places}
tables = {n: geo.get(n, edition.table(n)) for n in m.tables}
print("bereit", flush=True)
while True:
    publish(Path(sys.argv[2]), draft, tables,
            {"catalogue": edition.catalogue, "checks": edition.checks}, {}, replace=True)
"""


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return small_edition(tmp_path_factory.mktemp("ausgabe"))


def _copy(edition, folder):
    import shutil

    return Path(shutil.copytree(edition.path, folder / "ausgabe"))


def test_same_content_has_the_same_id_whenever_it_is_written(tmp_path, edition):
    again = small_edition(tmp_path)
    assert again.manifest.content == edition.manifest.content
    assert again.manifest.id == f"Kleinstadt-2024-06-30-{edition.manifest.content[:12]}"
    for name in TABLES:
        one, two = (e.path / f"{name}.parquet" for e in (edition, again))
        assert one.read_bytes() == two.read_bytes(), name


def test_tables_have_the_promised_columns_and_types(edition):
    for name, columns in TABLES.items():
        table = edition.table(name)
        assert list(table.columns) == [c for c in columns if c != "geometry"], name
    assert str(edition.table("counts")["count"].dtype) == "Int64"
    assert edition.areas.crs.to_epsg() == 25832


def test_suppressed_is_neither_zero_nor_a_number(edition):
    counts = edition.table("counts")
    hidden = counts[counts["status"] == "suppressed"]
    assert len(hidden) == 4
    assert hidden["count"].isna().all()
    assert (counts.loc[counts["status"] == "zero", "count"] == 0).all()


def test_what_is_there_is_not_overwritten_unasked(edition):
    with pytest.raises(OutputError, match="--replace"):
        publish(edition.path, None, {}, {}, {})


def test_a_folder_that_is_no_edition_is_never_replaced(tmp_path):
    (tmp_path / "wichtig").mkdir()
    (tmp_path / "wichtig" / "brief.txt").write_text("nicht löschen", encoding="utf-8")
    with pytest.raises(OutputError, match="keine Ausgabe"):
        publish(tmp_path / "wichtig", None, {}, {}, {}, replace=True)
    assert (tmp_path / "wichtig" / "brief.txt").exists()


@pytest.mark.parametrize(
    "name", ["counts.parquet", "catalogue.json", "outlines/2022/stadt.geojson"]
)
def test_a_changed_or_missing_file_is_named(tmp_path, edition, name):
    folder = _copy(edition, tmp_path)
    with (folder / name).open("ab") as handle:
        handle.write(b"\n")
    with pytest.raises(EditionError, match=f"(?s){name}.*verändert"):
        open_edition(folder)
    (folder / name).unlink()
    with pytest.raises(EditionError, match=f"(?s){name}.*fehlt"):
        open_edition(folder)


def test_half_written_foreign_and_missing_editions(tmp_path, edition):
    folder = _copy(edition, tmp_path)
    manifest = folder / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text[:200], encoding="utf-8")
    with pytest.raises(EditionError, match="beschädigt"):
        open_edition(folder)
    other = json.loads(text) | {"format": FORMAT + 1}
    manifest.write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(EditionError, match="anderes Format"):
        open_edition(folder)
    shorter = json.loads(text)
    del shorter["files"]["counts.parquet"]
    manifest.write_text(json.dumps(shorter), encoding="utf-8")
    with pytest.raises(EditionError, match="nicht verzeichnet"):
        open_edition(folder)
    manifest.unlink()
    with pytest.raises(EditionError, match=r"manifest\.json fehlt"):
        open_edition(folder)
    with pytest.raises(FileMissingError):
        open_edition(tmp_path / "nichts")


def test_an_interrupted_exchange_is_put_back(tmp_path, edition):
    folder = _copy(edition, tmp_path)
    folder.rename(folder.with_name("ausgabe.previous"))
    assert open_edition(folder).manifest.content == edition.manifest.content
    assert not folder.with_name("ausgabe.previous").exists()


def test_without_an_atomic_exchange_the_old_edition_steps_aside(tmp_path, edition, monkeypatch):
    monkeypatch.setattr("atlas.edition.writing._exchange", lambda a, b: False)
    folder = _copy(edition, tmp_path)
    _publish_again(edition, folder)
    assert open_edition(folder).manifest.previous == edition.manifest.content
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ausgabe"]


def _publish_again(edition, folder):
    from dataclasses import fields

    from atlas.edition import Draft

    draft = Draft(**{f.name: getattr(edition.manifest, f.name) for f in fields(Draft)})
    geo = {"areas": edition.areas, "places": edition.places}
    tables = {n: geo.get(n, edition.table(n)) for n in TABLES}
    documents = {"catalogue": edition.catalogue, "checks": edition.checks}
    publish(folder, draft, tables, documents, {}, replace=True)


def test_a_failing_write_leaves_everything_as_it_was(tmp_path, edition):
    folder = _copy(edition, tmp_path)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(ValueError, match="unknown"):
        _publish_broken(edition, folder)
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert open_edition(folder).manifest.content == edition.manifest.content


def _publish_broken(edition, folder):
    from dataclasses import fields

    from atlas.edition import Draft

    draft = Draft(**{f.name: getattr(edition.manifest, f.name) for f in fields(Draft)})
    tables = {"counts": pd.DataFrame({"falsch": [1]})}
    publish(folder, draft, tables, {"catalogue": {}, "checks": {}}, {}, replace=True)


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_killed_at_any_moment_the_old_edition_opens_and_no_half_one(tmp_path, edition):
    folder = _copy(edition, tmp_path)
    random.seed(7)
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(edition.path), str(folder)], stdout=subprocess.PIPE
        )
        process.stdout.readline()
        time.sleep(random.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert open_edition(folder).manifest.content == edition.manifest.content


def test_an_edition_is_opened_from_inside_its_own_folder(edition, monkeypatch):
    monkeypatch.chdir(edition.path)
    assert open_edition(Path()).manifest.content == edition.manifest.content
    assert open_edition(Path()).plans_path == edition.plans_path
