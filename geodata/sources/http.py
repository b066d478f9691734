"""One careful way to ask a server: time limits, whole answers, clear errors.

`urllib` and not GDAL's own drivers: it takes the certificates and the proxy that the
office's machine is set up with, every answer can be looked at before it is parsed, and
a redirect or a next page cannot lead to another host than the one the project names.
"""

import http.client
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from html import unescape
from typing import IO
from urllib.parse import urlsplit

from geodata.errors import ServiceError

MAX_BYTES = 1_000_000_000
_CHUNK = 1 << 16
_SLOW = 10
"""A whole answer may take this many times the time limit of one step."""
_HEAD = 4096
_EXCEPTION = re.compile(rb"<(?:\w+:)?(?:Service)?ExceptionReport[\s>]")
_EXCEPTION_TEXT = re.compile(
    rb"<(?:\w+:)?(?:ExceptionText|ServiceException)\b[^>]*>(.*?)</", re.DOTALL
)


@dataclass(frozen=True)
class Answer:
    """The whole body of an answer, and its headers."""

    body: bytes
    headers: Message

    @property
    def content_type(self) -> str:
        """Media type without parameters, in small letters."""
        return self.headers.get_content_type().lower()


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follow a redirect within the host only: the project names whom we ask."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).hostname != urlsplit(req.full_url).hostname:
            fp.close()
            raise ServiceError(
                f"{host_of(req.full_url)} verweist auf einen anderen Rechner: {host_of(newurl)}. "
                "Nennen Sie dessen Adresse, wenn Sie ihm vertrauen."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def host_of(url: str) -> str:
    """Host of an address, for messages; a query may hold what nobody should read."""
    return urlsplit(url).hostname or url


def get(url: str, timeout_seconds: float = 60.0, accept: str = "*/*") -> Answer:
    """Ask a server and return its whole answer.

    Raises
    ------
    ServiceError
        Nobody answers in time, the answer is cut off, an error, or a page for people.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ServiceError(f"{url!r} ist keine Adresse im Netz (http oder https).")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url, headers={"Accept": accept, "User-Agent": "sozialatlas"}
    )
    where = host_of(url)
    try:
        with urllib.request.build_opener(_SameHost).open(request, timeout=timeout_seconds) as reply:
            body = _read_whole(reply, where, time.monotonic() + _SLOW * timeout_seconds)
            answer = Answer(body, reply.headers)
    except urllib.error.HTTPError as error:
        with error:
            raise ServiceError(_refused(where, error)) from None
    except (TimeoutError, socket.timeout):  # noqa: UP041 - both names occur
        raise ServiceError(f"{where} antwortet nicht in {timeout_seconds:g} Sekunden.") from None
    except urllib.error.URLError as error:
        raise ServiceError(_unreachable(where, error.reason, timeout_seconds)) from None
    except (http.client.HTTPException, ConnectionError) as error:
        raise ServiceError(f"Die Verbindung zu {where} brach ab ({error}).") from None
    _refuse_pages_for_people(where, answer)
    return answer


def _read_whole(reply: http.client.HTTPResponse, where: str, deadline: float) -> bytes:
    """Read to the end; a body shorter than announced is no answer."""
    parts: list[bytes] = []
    size = 0
    announced = reply.headers.get("Content-Length")
    while chunk := reply.read(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            raise ServiceError(f"Die Antwort von {where} ist größer als 1 GB; abgelehnt.")
        if time.monotonic() > deadline:
            raise ServiceError(f"{where} antwortet zu langsam; abgebrochen.")
    if announced is not None and announced.isdigit() and int(announced) != size:
        raise ServiceError(
            f"Die Antwort von {where} ist unvollständig: {size} von {announced} Bytes."
        )
    return b"".join(parts)


def _refused(where: str, error: urllib.error.HTTPError) -> str:
    said = exception_text(error.read(_HEAD * 4)) if error.fp else None
    words = {
        401: "verlangt eine Anmeldung",
        403: "verweigert den Zugriff",
        404: "kennt diese Adresse nicht",
        429: "wird zu oft gefragt; später noch einmal versuchen",
    }
    what = words.get(error.code) or (
        "meldet einen eigenen Fehler" if error.code >= 500 else "nimmt die Anfrage nicht an"
    )
    return f"{where} {what} (HTTP {error.code}){f': {said}' if said else ''}."


def _unreachable(where: str, reason: object, seconds: float) -> str:
    if isinstance(reason, TimeoutError):
        return f"{where} antwortet nicht in {seconds:g} Sekunden."
    if isinstance(reason, ssl.SSLError):
        return f"Das Zertifikat von {where} wird hier nicht anerkannt ({reason.reason})."
    if isinstance(reason, socket.gaierror):
        return f"Den Rechner {where} gibt es nicht, oder dieser Rechner ist nicht im Netz."
    return f"{where} ist nicht erreichbar."


def exception_text(body: bytes) -> str | None:
    """What an OGC service says in an exception report; None where the body is none."""
    if not _EXCEPTION.search(body[:_HEAD]):
        return None
    found = _EXCEPTION_TEXT.search(body)
    text = unescape(found.group(1).decode("utf-8", "replace")) if found else ""
    return " ".join(text.split())[:300].rstrip(".") or "ohne Begründung"


def _refuse_pages_for_people(where: str, answer: Answer) -> None:
    """A login page or a notice of maintenance comes with status 200, too."""
    said = exception_text(answer.body)
    if said is not None:
        raise ServiceError(f"{where} meldet einen Fehler: {said}.")
    start = answer.body[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if answer.content_type == "text/html" or start.startswith((b"<!doctype html", b"<html")):
        raise ServiceError(
            f"{where} schickt eine Webseite statt Daten, vielleicht eine Anmeldung oder einen "
            "Hinweis auf Wartung. Öffnen Sie die Adresse im Browser."
        )
    if not answer.body.strip():
        raise ServiceError(f"{where} schickt eine leere Antwort.")
