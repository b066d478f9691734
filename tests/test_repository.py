"""What a fresh clone gets is what the tests see."""

import subprocess
from pathlib import Path

import pytest

from tests.conftest import slow_tests

ROOT = Path(__file__).parents[1]


def test_no_source_file_is_ignored_by_git():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    folders = ["atlas", "geodata", "indicators", "tests", "docs", "notebooks"]
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--ignored", "--exclude-standard", *folders],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert [f for f in listed if not f.endswith(".pyc") and "_cache/" not in f] == []


def test_every_slow_test_is_one_that_exists():
    """A test that was renamed would quietly be run after every change again."""
    named = [line.split("::") for line in sorted(slow_tests())]
    gone = [
        "::".join(parts)
        for parts in named
        if not (ROOT / parts[0]).is_file()
        or (parts[1:] and f"def {parts[-1]}(" not in (ROOT / parts[0]).read_text(encoding="utf-8"))
    ]
    assert len(named) > 100 and not gone
