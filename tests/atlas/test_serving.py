"""What the server answers beside Streamlit."""

import asyncio
import gzip
import json
import re
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from atlas import serving
from atlas.assets import browser_files
from geodata.errors import FileMissingError


class Answer:
    """One response, its body unpacked."""

    def __init__(self, messages):
        start, *bodies = messages
        self.status_code = start["status"]
        self.headers = {k.decode(): v.decode() for k, v in start["headers"]}
        self.content = b"".join(m.get("body", b"") for m in bodies)
        packed = self.headers.get("content-encoding") == "gzip"
        self.text = (gzip.decompress(self.content) if packed else self.content).decode()


class Client:
    """Asks an application directly, without a network."""

    def __init__(self, app: ASGIApp):
        self.app = app

    def get(self, address, headers=None, query=""):
        sent = {"accept-encoding": "gzip", "accept": "*/*", **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "server": ("localhost", 80),
            "path": unquote(address),
            "raw_path": address.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode()) for k, v in sent.items()],
        }
        messages = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            messages.append(message)

        asyncio.run(self.app(scope, receive, send))
        return Answer(messages)


FRONT = '<!DOCTYPE html><html lang="en"><head><title>ü</title></head><body></body></html>'


@pytest.fixture
def client(edition, monkeypatch):
    monkeypatch.setenv(serving.VARIABLE, str(edition.path))
    pages = [
        *serving.routes(),
        Route("/seite", lambda _: HTMLResponse(FRONT)),
        Route("/text", lambda _: PlainTextResponse('lang="en"')),
    ]
    return Client(Starlette(routes=pages, middleware=[Middleware(serving.GermanPage)]))


def test_outlines_come_packed_and_may_be_kept_for_good(client, edition):
    answer = client.get(serving.outline_address(edition, "2022", "planungsraum"))
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert json.loads(answer.text) == json.loads(
        edition.outline_path("2022", "planungsraum").read_text(encoding="utf-8")
    )


def test_who_cannot_unpack_gets_plain_text(client, edition):
    address = serving.outline_address(edition, "2022", "stadt")
    answer = client.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert json.loads(answer.text)["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    "path",
    [
        "/atlas-daten/{c}/outlines/2022/../../manifest.geojson",
        "/atlas-daten/{c}/outlines/2022/%2e%2e%2fmanifest.geojson",
        "/atlas-daten/{c}/outlines/1900/planungsraum.geojson",
        "/atlas-daten/0000/outlines/2022/planungsraum.geojson",
        "/atlas-daten/dateien/karte.js",
        "/atlas-daten/dateien/__init__.py",
    ],
)
def test_nothing_else_is_handed_out(client, edition, path):
    assert client.get(path.format(c=edition.manifest.content)).status_code == 404


@pytest.mark.parametrize("name", ["leaflet.js", "karte.js", "karte.css"])
def test_the_maps_own_files_are_named_by_their_content(client, name):
    address = serving.file_address(name)
    answer = client.get(address)
    assert re.search(r"-[0-9a-f]{12}\.(js|css)$", address)
    assert answer.text == browser_files()[address.rsplit("/", 1)[1]][1]
    assert answer.headers["content-type"].startswith(
        "text/css" if name == "karte.css" else "text/j"
    )


def test_no_file_makes_the_browser_ask_for_another():
    for _, text in browser_files().values():
        assert "sourceMappingURL" not in text
        assert not re.search(r"url\(\s*['\"]?(?!#)", text)


def test_a_page_says_that_it_is_german_and_where_its_server_is(client):
    answer = client.get("/seite", headers={"accept": "text/html"})
    assert '<html lang="de">' in answer.text
    assert 'BACKEND_BASE_URL:location.origin+"/"' in answer.text
    assert "ü" in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_what_is_no_page_stays_as_it_is(client):
    assert client.get("/text", headers={"accept": "text/html"}).text == 'lang="en"'
    assert client.get("/seite", headers={"accept": "*/*"}).text == FRONT


def test_another_edition_in_the_same_place_is_noticed(edition, tmp_path, monkeypatch):
    monkeypatch.setenv(serving.VARIABLE, str(tmp_path / "stadt"))
    with pytest.raises(FileMissingError):
        serving.current_edition()
    (tmp_path / "stadt").symlink_to(edition.path)
    assert serving.current_edition().manifest == edition.manifest
    assert serving.current_edition() is serving.current_edition()


def test_without_an_edition_the_outlines_are_unavailable(client, edition, monkeypatch, tmp_path):
    address = serving.outline_address(edition, "2022", "planungsraum")
    monkeypatch.setenv(serving.VARIABLE, str(tmp_path / "nichts"))
    assert client.get(address).status_code == 503


def test_the_first_page_has_an_address_of_its_own_too(client):
    answer = client.get("/ueberblick", query="kennzahl=sgb2_quote")
    assert answer.status_code == 307
    assert answer.headers["location"] == "/?kennzahl=sgb2_quote"


def test_packing_is_the_same_every_time(edition):
    file = edition.outline_path("2022", "planungsraum")
    assert serving._packed_file(file, "a") == serving._packed_file(file, "b")
    assert gzip.decompress(serving._packed_file(file, "a")) == file.read_bytes()


@pytest.mark.parametrize(
    ("option", "base"), [(None, ""), ("", ""), ("atlas", "/atlas"), ("/a/b/", "/a/b")]
)
def test_the_atlas_may_lie_below_a_path(option, base):
    assert serving.base_path(option) == base
    assert all(route.path.startswith(f"{base}/") for route in serving.routes(base))
