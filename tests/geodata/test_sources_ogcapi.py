"""A real server of OGC API Features, pygeoapi, on loopback: all of a collection or nothing."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from geodata.errors import ServiceError
from geodata.sources import ServiceOptions
from tests.geodata.outlines_city import quarters, same_areas, survey

_SYSTEM = "http://www.opengis.net/def/crs/{}"
_DEGREES, _METRES = _SYSTEM.format("OGC/1.3/CRS84"), _SYSTEM.format("EPSG/0/25832")


def _collection(path, **provider):
    return {
        "type": "collection", "title": "Ortsteile", "description": "Ortsteile", "keywords": ["a"],
        "links": [{"type": "text/html", "rel": "canonical", "title": "-", "href": "http://localhost/"}],
        "extents": {"spatial": {"bbox": [5, 47, 16, 55], "crs": _DEGREES}},
        "providers": [{"type": "feature", "name": "GeoJSON", "data": str(path), "id_field": "nr",
                       **provider}],
    }  # fmt: skip


def _config(folder, port):
    path = folder / "ortsteile.geojson"
    quarters(crs="EPSG:4326").to_file(path, driver="GeoJSON")
    about = {"title": "Test", "description": "Test", "keywords": ["a"], "keywords_type": "theme",
             "terms_of_service": "keine", "url": "http://localhost"}  # fmt: skip
    systems = {"crs": [_DEGREES, _METRES], "storage_crs": _DEGREES}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json", "encoding": "utf-8", "languages": ["en-US"],
            "limits": {"default_items": 4, "max_items": 5},
            "map": {"url": "http://localhost/", "attribution": "-"}, "gzip": False,
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": about, "license": {"name": "CC0", "url": "http://localhost"},
            "provider": {"name": "Test", "url": "http://localhost"},
            "contact": {"name": "Test", "email": "a@example.org"},
        },
        "resources": {
            "ortsteile": _collection(path, **systems), "nur_grad": _collection(path),
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    pytest.importorskip("pygeoapi", reason="pygeoapi fehlt")
    folder = tmp_path_factory.mktemp("pygeoapi")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config, openapi = folder / "config.yml", folder / "openapi.yml"
    # JSON is YAML.
    config.write_text(json.dumps(_config(folder, port)), encoding="utf-8")
    openapi.write_text("{}", encoding="utf-8")
    start = f"from pygeoapi.flask_app import APP; APP.run('127.0.0.1', {port})"
    paths = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", start], env={**os.environ, **paths}, stdout=log, stderr=log
        )
    try:
        _wait(f"http://127.0.0.1:{port}/collections?f=json", process, folder / "log")
        yield f"ogcapi+http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(address, process, log):
    for _ in range(80):
        if process.poll() is not None:
            pytest.fail(f"pygeoapi startet nicht: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail("pygeoapi antwortet nicht")


def test_all_areas_come_in_the_citys_own_system(server, tmp_path):
    found = survey(tmp_path, server, "ortsteile")
    assert same_areas(found, quarters(), 0.02)
    assert found.report.layers[0].crs == "EPSG:25832"


def test_a_server_that_has_degrees_only_is_read_in_degrees(server, tmp_path):
    options = ServiceOptions(page_size=2)
    found = survey(tmp_path, f"{server}/collections", "nur_grad", service=options)
    assert same_areas(found, quarters(), 0.02)
    assert found.report.layers[0].crs in ("EPSG:4326", "OGC:CRS84")


def test_only_what_touches_the_box_is_asked_for(server, tmp_path):
    x, y = quarters().geometry.iloc[0].representative_point().coords[0]
    for collection in ("ortsteile", "nur_grad"):
        options = ServiceOptions(bbox=(x - 1, y - 1, x + 1, y + 1))
        found = survey(tmp_path, server, collection, service=options)
        assert found.areas["area"].tolist() == ["0101", "00"]


def test_an_unknown_collection_is_answered_with_those_there_are(server, tmp_path):
    with pytest.raises(ServiceError, match="nur_grad, ortsteile"):
        survey(tmp_path, server, "bezirke")


@contextmanager
def _odd_server(link, matched):
    """One page of three areas, with a link and a total as a faulty server sends them."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Nothing is printed."""

        def do_GET(self):
            content = {"collections": [{"id": "ortsteile"}]}
            if "/items" in self.path:
                content = json.loads(quarters(crs="EPSG:4326").iloc[:3].to_json())
                content |= {"numberMatched": matched}
                content["links"] = [{"rel": "next", "href": link}] if link else []
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/geo+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    odd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=odd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"ogcapi+http://127.0.0.1:{odd.server_port}"
    finally:
        odd.shutdown()
        odd.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("link", "matched", "words"),
    [
        ("http://localhost:9/items", 6, "auf einem anderen Rechner: localhost"),
        ("", 6, "nennt 6 Gebiete, schickt aber 3"),
        ("?page=2", 6, "doppelt"),
    ],
)
def test_pages_that_lead_elsewhere_or_do_not_add_up_are_refused(tmp_path, link, matched, words):
    with _odd_server(link, matched) as address, pytest.raises(ServiceError, match=words):
        survey(tmp_path, address, "ortsteile")
