"""The finished edition of Musterstadt, built like any other city's."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from atlas.demo.write import write_demo
from atlas.edition import Edition, open_edition


def build_demo(out: Path, progress: Callable[[str, float], None]) -> Edition:
    """Write Musterstadt's files to a temporary folder and build them; open what is there.

    Parameters
    ----------
    out
        Where the edition lies or shall lie.
    progress
        Told what is being done and the share of the whole that is done.

    Raises
    ------
    EditionError, OutputError
        What is there is no whole edition, or nothing can be written there.
    """
    from atlas.build import build

    if out.exists() or out.with_name(f"{out.name}.previous").exists():
        return open_edition(out)
    with TemporaryDirectory(prefix="musterstadt-") as folder:
        progress("Musterstadt erfinden", 0.0)
        project = write_demo(Path(folder))
        return build(project, project.parent, out, progress=progress)
