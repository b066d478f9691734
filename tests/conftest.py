"""What several tests share: finished editions, built once per run, and the reference data."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atlas.edition import Edition, open_edition

ROOT = Path(__file__).parents[1]
SLOW = Path(__file__).with_name("slow.txt")


def slow_tests() -> frozenset[str]:
    """Names of the tests, and of whole files, that are too slow to run after every change."""
    lines = SLOW.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow ones: which they are was measured, and says nothing about them."""
    slow = slow_tests()
    for item in items:
        if {item.nodeid.partition("[")[0], item.nodeid.partition("::")[0]} & slow:
            item.add_marker("slow")


def _once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Let the first of several test processes make `folder`; the others wait for it."""
    ready, claim = folder.with_suffix(".fertig"), folder.with_suffix(".angefangen")
    try:
        os.close(os.open(claim, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        waited = 0.0
        while not ready.exists():
            time.sleep(0.2)
            waited += 0.2
            if waited > 600:
                raise TimeoutError(f"{folder} was never finished") from None
        return folder
    make(folder)
    ready.touch()
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def demo_folder(shared: Path) -> Path:
    """Musterstadt's files and project file."""
    from atlas.demo import write_demo

    return _once(shared / "musterstadt-dateien", write_demo)


@pytest.fixture(scope="session")
def demo_path(shared: Path) -> Path:
    """Where the finished edition of Musterstadt lies."""
    from atlas.demo import build_demo
    from geodata.progress import silent

    return _once(shared / "musterstadt", lambda out: build_demo(out, silent))


@pytest.fixture(scope="session")
def demo(demo_path: Path) -> Edition:
    """The edition of Musterstadt."""
    return open_edition(demo_path)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with real data."""
    folder = os.environ.get("SOZIALATLAS_REFERENCE")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SOZIALATLAS_REFERENCE names no folder with reference data")
    return Path(folder)


@pytest.fixture(scope="session")
def city_path(shared: Path) -> Iterator[Callable[[str], Path]]:
    """Build a city that comes with the program from the reference data, once."""
    from atlas.build import build
    from atlas.cli import city_file

    def make(city: str) -> Path:
        folder = os.environ.get("SOZIALATLAS_REFERENCE")
        if not folder or not Path(folder).is_dir():
            pytest.skip("SOZIALATLAS_REFERENCE names no folder with reference data")
        return _once(shared / city, lambda out: build(city_file(city), Path(folder) / city, out))

    yield make
