"""What the atlas's server answers beside Streamlit: outlines and the map's own files.

Addresses name the edition's content or the file's hash, so a browser may keep them for good
and gets new ones when anything changes.
"""

import gzip
import json
import os
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atlas import assets
from atlas.edition import Edition, open_edition
from atlas.state import PAGES
from geodata.errors import UserError

VARIABLE = "SOZIALATLAS_EDITION"
PLANNING = "SOZIALATLAS_PLANNING"
"""Set to ``off``, readers look at plans and make none: no searches on a public server."""
DEFAULT = Path("editions/musterstadt")
ROOT = "/atlas-daten"
_FOREVER = "public, max-age=31536000, immutable"


def edition_path() -> Path:
    """The folder of the edition that is served: from the environment, else Musterstadt."""
    return Path(os.environ.get(VARIABLE) or DEFAULT)


def planning_allowed() -> bool:
    """Whether readers may compute and save plans."""
    return os.environ.get(PLANNING, "").strip().lower() not in ("off", "aus", "0", "false", "no")


def current_edition() -> Edition:
    """The edition that is served; opened anew when another was put in its place.

    Raises
    ------
    UserError
        There is none, or it is damaged.
    """
    path = edition_path().absolute()
    manifest = path / "manifest.json"
    changed = manifest.stat().st_mtime_ns if manifest.is_file() else 0
    return _opened(path, changed)


@lru_cache(maxsize=2)
def _opened(path: Path, changed: int) -> Edition:
    """Open an edition once per state of its manifest."""
    del changed
    return open_edition(path)


def outline_address(edition: Edition, vintage: str, level: str) -> str:
    """Where a browser finds the outlines of a level, from the root of the server."""
    return f"{ROOT}/{edition.manifest.content}/outlines/{vintage}/{level}.geojson"


def file_address(name: str) -> str:
    """Where a browser finds one of the map's own files, from the root of the server."""
    return f"{ROOT}/dateien/{assets.address(name)}"


def base_path(option: str | None) -> str:
    """Streamlit's ``server.baseUrlPath`` as the beginning of an address, empty or ``/path``."""
    path = (option or "").strip("/")
    return f"/{path}" if path else ""


def routes(base: str = "") -> list[Route]:
    """The routes to be added to the server.

    Parameters
    ----------
    base
        Path under which the whole atlas is served, without slash at the end.
    """

    def front_door(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{base}/{query}")

    outlines = base + ROOT + "/{content}/outlines/{vintage}/{level}.geojson"
    return [
        Route(outlines, _outlines, methods=["GET"]),
        Route(f"{base}{ROOT}/dateien/{{name}}", _file, methods=["GET"]),
        # Streamlit knows the first page by the root alone.
        Route(f"{base}/{PAGES[0]}", front_door, methods=["GET"]),
    ]


def _outlines(request: Request) -> Response:
    try:
        edition = current_edition()
    except UserError:
        return Response(status_code=503)
    asked = request.path_params
    name = f"outlines/{asked['vintage']}/{asked['level']}.geojson"
    if asked["content"] != edition.manifest.content or name not in edition.manifest.files:
        return Response(status_code=404)
    packed = _packed_file(edition.path / name, edition.manifest.content)
    return _forever(request, packed, "application/geo+json")


def _file(request: Request) -> Response:
    found = assets.browser_files().get(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    return _forever(request, _packed_text(found[1]), found[0])


@lru_cache(maxsize=64)
def _packed_file(file: Path, content: str) -> bytes:
    """Compress a file once per content of the edition."""
    del content
    return gzip.compress(file.read_bytes(), 9, mtime=0)


@lru_cache(maxsize=8)
def _packed_text(content: str) -> bytes:
    return gzip.compress(content.encode(), 9, mtime=0)


def _forever(request: Request, packed: bytes, media_type: str) -> Response:
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(packed), media_type=media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(packed, media_type=media_type, headers=headers)


class GermanPage:
    """Middleware: the page that Streamlit delivers says that its language is German.

    It also says where the server is; else the page guesses, and a link to a page of the
    atlas first asks for addresses that do not exist.

    Parameters
    ----------
    app
        What is wrapped.
    base
        Path under which the whole atlas is served, without slash at the end.
    """

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app = app
        where = f"{{BACKEND_BASE_URL:location.origin+{json.dumps(base + '/')}}}"
        self._head = f"<head><script>window.__streamlit={where}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, but change the language of HTML pages."""
        accept = dict(scope.get("headers", ())).get(b"accept", b"")
        if scope["type"] != "http" or b"text/html" not in accept:
            await self.app(scope, receive, send)
            return
        plain = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, _Rewriter(send, self._head))


class _Rewriter:
    """Collects one response and sends it on; an HTML page with ``lang="de"`` and a new head."""

    def __init__(self, send: Send, head: bytes) -> None:
        self._send, self._head = send, head
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(raw=self._start["headers"])
        if headers.get("content-type", "").startswith("text/html"):
            self._body = self._body.replace(b'lang="en"', b'lang="de"', 1)
            self._body = self._body.replace(b"<head>", self._head, 1)
            headers["content-length"] = str(len(self._body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})
