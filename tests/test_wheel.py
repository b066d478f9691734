"""A built wheel, unpacked elsewhere, shows the same atlas."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rad")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def _environment(site):
    return {**os.environ, "PYTHONPATH": str(site)}


def test_the_wheel_carries_all_data_and_no_tests(unpacked):
    files = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    for part in (ROOT / "atlas", ROOT / "geodata", ROOT / "indicators"):
        kept = {".py", ".toml", ".csv", ".txt", ".js", ".css", ".typ"}
        wanted = {p.relative_to(ROOT).as_posix() for p in part.rglob("*") if p.suffix in kept}
        assert wanted <= files
    assert {"atlas/start/app.py", "atlas/start/.streamlit/config.toml"} <= files
    assert not any(f.startswith(("tests/", "notebooks/", "docs/")) for f in files)


def test_the_command_line_runs_from_the_wheel(unpacked, tmp_path):
    code = "import atlas, atlas.cli; print(atlas.__file__); atlas.cli.main(['--help'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=_environment(unpacked),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(str(unpacked))
    assert "Sozialraumatlas" in done.stdout


def test_the_atlas_is_served_from_the_wheel(unpacked, tmp_path, demo):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = f"from atlas.cli import main; main(['serve', {str(demo.path)!r}, '--port', '{port}'])"
    log = (tmp_path / "log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=_environment(unpacked),
        stdout=log, stderr=log,
    )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        assert 'lang="de"' in _read(f"{base}/", server)
        vintage, level = demo.manifest.vintages[-1].key, demo.manifest.levels[0].key
        content = demo.manifest.content
        address = f"{base}/atlas-daten/{content}/outlines/{vintage}/{level}.geojson"
        assert "FeatureCollection" in _read(address, server)
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def _read(address, server):
    for _ in range(300):
        try:
            request = urllib.request.Request(address, headers={"Accept": "text/html"})
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert server.poll() is None, "the server stopped"
            time.sleep(0.2)
    raise TimeoutError(address)
