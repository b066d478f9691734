"""A running atlas and a real browser that notices every error and every foreign request."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright

ROOT = Path(__file__).parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    server.kill()
    server.wait()
    raise RuntimeError(f"the atlas did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def atlas(demo_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an atlas that shows Musterstadt, started by the command of the users."""
    port = _free_port()
    start = "from atlas.cli import main; main()"
    command = [sys.executable, "-c", start, "serve", str(demo_path), "--port", str(port)]
    log = tmp_path_factory.mktemp("atlas") / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT)
    address = f"http://localhost:{port}"
    _wait_until_up(address, server, log)
    yield address
    server.terminate()
    server.wait(timeout=20)
    assert "Traceback" not in log.read_text(errors="replace")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Playwright's own Chromium, or the one of the system."""
    own = Path(playwright.chromium.executable_path)
    named = os.environ.get("SOZIALATLAS_CHROMIUM")
    found = named or (
        None if own.is_file() else next(filter(None, map(shutil.which, CHROMIUM)), None)
    )
    try:
        opened = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
    except Error as error:
        pytest.fail(f"no Chromium found (SOZIALATLAS_CHROMIUM names one): {error.message}")
    yield opened
    opened.close()


class Watch:
    """Everything a page may not do."""

    def __init__(self, page: Page, allowed: tuple[str, ...]) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._allowed = (*allowed, "data:", "blob:")
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("websocket", lambda socket: self._request(socket.url.replace("ws://", "http://")))
        page.on("requestfailed", lambda r: self.complaints.append(f"failed: {r.url} {r.failure}"))

    def _console(self, message) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _request(self, url: str) -> None:
        self.requests.append(url)
        if not url.startswith(self._allowed):
            self.complaints.append(f"foreign request: {url}")


Opener = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, atlas: str) -> Iterator[Opener]:
    """Open an address in a fresh browser profile; the test fails on any complaint."""
    opened: list[tuple[Page, Watch]] = []

    def make(path: str = "", *, width: int = 1366, height: int = 768) -> Page:
        viewport = {"width": width, "height": height}
        page = browser.new_context(viewport=viewport, locale="de-DE").new_page()
        local = path.startswith("file:")
        watch = Watch(page, (path,) if local else (atlas,))
        page.watch = watch
        opened.append((page, watch))
        page.goto(path if local else atlas + path)
        return page

    yield make
    complaints = [c for _, watch in opened for c in watch.complaints]
    for page, _ in opened:
        page.context.close()
    assert not complaints, "\n".join(complaints)
