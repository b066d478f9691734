"""What a fresh clone gets is what the tests see."""

import subprocess
from pathlib import Path

import pytest

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
