"""The finished edition of Musterstadt, built like any other city's."""

import hashlib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from atlas.demo.write import write_demo
from atlas.edition import Edition, open_edition
from geodata.progress import Progress


def build_demo(out: Path, progress: Progress) -> Edition:
    """Build Musterstadt and a plan of consultation hours; what is there already is kept.

    An edition that another version of the program wrote is exchanged, and a plan that is
    missing is made.

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
    from atlas.placement.plan import place, read_plans

    present = out.exists() or out.with_name(f"{out.name}.previous").exists()
    edition = open_edition(out) if present else None
    if edition and _is_ours(edition) and read_plans(edition):
        return edition
    with TemporaryDirectory(prefix="musterstadt-") as folder:
        progress("Musterstadt erfinden", 0.0)
        project = write_demo(Path(folder))
        if edition is None or not _is_ours(edition):
            edition = build(
                project,
                project.parent,
                out,
                replace=present,
                progress=lambda step, share: progress(step, 0.9 * share),
            )
        progress("Sprechstunden planen", 0.9)
        place(edition, project.parent / "sprechstunden.toml", "sprechstunden")
        progress("fertig", 1.0)
    return edition


def _is_ours(edition: Edition) -> bool:
    """Whether this version of the program wrote the edition from this Musterstadt."""
    project = files("atlas.demo").joinpath("musterstadt.toml").read_bytes()
    return (
        edition.manifest.project_sha256 == hashlib.sha256(project).hexdigest()
        and edition.manifest.software == f"sozialatlas {version('sozialatlas')}"
    )
