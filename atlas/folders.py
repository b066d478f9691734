"""Folders that appear whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_beside(out: Path) -> Iterator[Path]:
    """A hidden folder beside `out` to write into; what is not moved away is removed."""
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".teil", dir=out.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
