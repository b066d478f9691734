"""How long a switch of the indicator takes in a real browser, and how much it sends.

Usage: python tests/benchmarks/live_map.py [EDITION] [SWITCHES]

The peer is a page that draws its map anew with its geometry each time, as folium in a frame
does: its bytes are those of the exported HTML map of the same view. Medians of one run.
"""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from atlas.edition import open_edition
from atlas.maps import describe, export_html
from atlas.state import view_from_query
from tests.browser.conftest import ARGUMENTS, CHROMIUM, _free_port, _wait_until_up


def measure(page: Page, address: str, switches: int) -> tuple[list[float], list[int]]:
    """Seconds and bytes over the socket of each switch between the first two indicators."""
    seconds, sizes = [], []
    received = [0]

    def count(frame: str | bytes) -> None:
        received[0] += len(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    page.goto(f"{address}/karte")
    page.get_by_role("heading", level=1).first.wait_for()
    box = page.get_by_role("combobox").first
    for turn in range(switches):
        box.click()
        option = page.get_by_role("option").nth(1 - turn % 2)
        name = option.inner_text()
        received[0] = 0
        started = time.perf_counter()
        option.click()
        page.get_by_role("heading", level=1, name=name, exact=True).wait_for()
        seconds.append(time.perf_counter() - started)
        page.wait_for_timeout(800)
        sizes.append(received[0])
    return seconds, sizes


def main() -> None:
    """Serve the edition, switch, print."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "editions/musterstadt")
    switches = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    edition = open_edition(path)
    view = view_from_query({}, edition, "karte")
    whole = len(export_html(describe(edition, view)).encode())
    port, log = _free_port(), Path("/dev/null")
    code = "from atlas.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", str(path), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    try:
        _wait_until_up(address, server, log)
        with sync_playwright() as running:
            found = next(filter(None, map(shutil.which, CHROMIUM)), None)
            browser = running.chromium.launch(executable_path=found, args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="de-DE")
            seconds, sizes = measure(page, address, switches)
            browser.close()
    finally:
        server.terminate()
    sent = statistics.median(sizes)
    print(f"{edition.manifest.id}: {switches} switches")
    print(f"  switch, median      {statistics.median(seconds):8.3f} s")
    print(f"  sent, median        {sent / 1000:8.1f} kB (uncompressed, table included)")
    print(f"  whole map, as peer  {whole / 1000:8.1f} kB = {whole / sent:.1f} times as much")


if __name__ == "__main__":
    main()
