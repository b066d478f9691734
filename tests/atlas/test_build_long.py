"""Killing a real build at any moment leaves the old edition and no half one."""

import random
import subprocess
import sys
import time

import pytest

from atlas.build import build
from atlas.edition import open_edition
from geodata.errors import UserError

pytestmark = pytest.mark.long


def test_a_killed_build_leaves_the_old_edition(demo_folder, tmp_path):
    out = tmp_path / "ausgabe"
    project = demo_folder / "musterstadt.toml"
    started = time.monotonic()
    before = build(project, demo_folder, out).manifest
    whole = time.monotonic() - started
    code = "from atlas.cli import main; main()"
    command = [sys.executable, "-c", code, "build", str(project), "--out", str(out), "--replace"]
    random.seed(11)
    for _ in range(8):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.1, 1.1) * whole)
        process.kill()
        process.wait()
        assert open_edition(out).manifest.content == before.content
    for left in tmp_path.iterdir():
        if left != out:
            with pytest.raises(UserError):
                open_edition(left)
