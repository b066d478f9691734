"""The finished edition of Musterstadt, built like any other city's."""

from pathlib import Path
from tempfile import TemporaryDirectory

from atlas.demo.write import write_demo
from atlas.edition import Edition, open_edition
from geodata.progress import Progress


def build_demo(out: Path, progress: Progress) -> Edition:
    """Build Musterstadt and a plan of consultation hours; open what is there already.

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
    from atlas.placement.plan import place

    if out.exists() or out.with_name(f"{out.name}.previous").exists():
        return open_edition(out)
    with TemporaryDirectory(prefix="musterstadt-") as folder:
        progress("Musterstadt erfinden", 0.0)
        project = write_demo(Path(folder))
        edition = build(
            project, project.parent, out, progress=lambda step, share: progress(step, 0.9 * share)
        )
        progress("Sprechstunden planen", 0.9)
        place(edition, project.parent / "sprechstunden.toml", "sprechstunden")
        progress("fertig", 1.0)
    return edition
