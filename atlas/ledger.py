"""The ledger of a city: where it lies, and whether the editions beside it are all in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from atlas.edition import LedgerMark, Manifest, read_manifest
from geodata.errors import EditionError, LedgerError, Problem, ProblemCollector
from geodata.files.nested import json_of
from indicators.disclosure.ledger import Entry, Ledger, read_ledger

NONE = "none"
"""Entry of a project file that does without a ledger."""

SUFFIX = ".ledger"
_LOST = (
    "das vollständige Register aus der Sicherung, oder die Ausgabe, wie sie veröffentlicht wurde"
)


@dataclass(frozen=True)
class Found:
    """An edition beside a ledger."""

    path: Path
    manifest: Manifest


def beside(out: Path, city: str) -> Path:
    """Where the ledger of a city lies unless something else is said."""
    return out.absolute().parent / f"{city}{SUFFIX}"


def ledger_path(
    city: str, wanted: str | None, project_file: Path, out: Path, asked: Path | None
) -> Path | None:
    """The ledger of a build: as asked for, as the project file says, or beside the editions.

    Parameters
    ----------
    city
        Key of the city.
    wanted
        The entry ``ledger`` of the project file, relative to it.
    project_file, out
        Project file and folder of the edition.
    asked
        The path of the command line.

    Returns
    -------
    Path or None
        None where the project does without.
    """
    if asked is not None:
        return asked.absolute()
    if wanted == NONE:
        return None
    if wanted is not None:
        return (project_file.parent / wanted).absolute()
    return beside(out, city)


def open_ledger(path: Path | None, city: str, out: Path) -> Ledger | None:
    """Read the ledger that a build goes by, and refuse one that is not the city's whole one.

    Parameters
    ----------
    path
        Its file; None where the project does without.
    city
        Key of the city.
    out
        Where the edition shall lie. It and the editions beside it must be in the ledger.

    Raises
    ------
    LedgerError
        The ledger is damaged, of another city, shortened, or not the one by which the
        editions beside it were published.
    """
    folders = {out.absolute().parent, *([path.parent] if path else [])}
    marked = [f for folder in sorted(folders) for f in editions_in(folder) if _of(f, city)]
    if path is None:
        _refuse_without(marked)
        return None
    ledger = read_ledger(path, city)
    refuse_lost(ledger, marked)
    return ledger


def editions_in(folder: Path) -> Iterator[Found]:
    """All readable editions in a folder, by name."""
    if not folder.is_dir():
        return
    for file in sorted(folder.glob("*/manifest.json")):
        if file.parent.name.startswith("."):
            continue
        manifest = _manifest_of(file)
        if manifest is not None:
            yield Found(file.parent, manifest)


def _manifest_of(file: Path) -> Manifest | None:
    """A manifest, or None where there is another program's file or a damaged one."""
    try:
        raw = json_of(file.read_text(encoding="utf-8"))
        is_ours = isinstance(raw, dict) and "content" in raw
        return read_manifest(file.parent) if is_ours else None
    except (OSError, ValueError, EditionError):
        return None


def _of(found: Found, city: str) -> bool:
    mark = found.manifest.ledger
    return mark is not None and mark.city == city


def _refuse_without(marked: Iterable[Found]) -> None:
    problems = [Problem(str(f.path), f"steht als {_words(f)} im Register") for f in marked]
    if problems:
        raise LedgerError(
            "Ohne Register wird neben diesen Ausgaben keine weitere gebaut: Was sie schon "
            "gezeigt haben, würde nicht berücksichtigt.",
            problems,
        )


def refuse_lost(ledger: Ledger, marked: Iterable[Found]) -> None:
    """Raise if an edition names an entry that the ledger does not have.

    Raises
    ------
    LedgerError
        The ledger was shortened, or it is another one.
    """
    found = ProblemCollector()
    for edition in marked:
        if entry_of(ledger, edition.manifest.ledger) is None:
            found.add(str(edition.path), f"{_words(edition)} steht nicht in {ledger.path}", _LOST)
    found.raise_if_any(
        LedgerError,
        "Das Register passt nicht zu den Ausgaben daneben: Es wurde gekürzt, oder es ist ein "
        "anderes.",
    )


def refuse_unlike(ledger: Ledger) -> int:
    """Compare a ledger with the editions in its folder; how many there are.

    Raises
    ------
    LedgerError
        One of them is not in it, or with other numbers.
    """
    marked = [f for f in editions_in(ledger.path.absolute().parent) if _of(f, ledger.city)]
    refuse_lost(ledger, marked)
    found = ProblemCollector()
    for edition in marked:
        entry = entry_of(ledger, edition.manifest.ledger)
        if entry is not None and entry.cells_sha256 != edition.manifest.tables["counts"].sha256:
            found.add(str(edition.path), f"hat andere Zahlen als {entry.name}", _LOST)
    found.raise_if_any(LedgerError, "Ausgaben haben andere Zahlen, als das Register verzeichnet.")
    return len(marked)


def entry_of(ledger: Ledger, mark: LedgerMark | None) -> Entry | None:
    """The entry that an edition names, if it is there unchanged."""
    if mark is None or mark.city != ledger.city or not 0 < mark.number <= len(ledger.entries):
        return None
    entry = ledger.entries[mark.number - 1]
    return entry if entry.sha256 == mark.sha256 else None


def _words(found: Found) -> str:
    mark = found.manifest.ledger
    return f"Eintrag {mark.number if mark else '?'} ({found.manifest.id})"
