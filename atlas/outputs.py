"""Files that are written whole or not at all, and never over what was read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from geodata.errors import OutputError, Problem, why


def refuse_outputs(inputs: Sequence[Path], outputs: Sequence[Path | None]) -> None:
    """Raise if a result would replace a file that is read, another result, or a folder.

    Raises
    ------
    OutputError
        At least one would.
    """
    named = [path for path in outputs if path is not None]
    places = [path.resolve() for path in named]
    read = {path.resolve() for path in inputs}
    problems = []
    for path, place in zip(named, places, strict=True):
        if place in read:
            problems.append(Problem(str(path), "wird gelesen", "ein anderer Name"))
        if places.count(place) > 1:
            problems.append(Problem(str(path), "ist zweimal genannt", "zwei Namen"))
        if path.is_dir():
            problems.append(Problem(str(path), "ist ein Ordner", "eine Datei"))
        above = next((folder for folder in place.parents if folder.exists()), place)
        if not above.is_dir():
            problems.append(Problem(str(path), f"{above.name} ist eine Datei", "ein Ordner"))
    if problems:
        raise OutputError("Das Ergebnis lässt sich dort nicht schreiben.", problems)


def write_together(contents: Mapping[Path, str]) -> None:
    """Write files under other names first and rename them last, so that none is half there.

    Raises
    ------
    OutputError
        One cannot be written; then none is.
    """
    scratch: dict[Path, Path] = {}
    path = next(iter(contents), Path())
    try:
        for path, text in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            scratch[path] = path.with_name(f".{path.name}.teil")
            scratch[path].write_text(text, encoding="utf-8", newline="")
        for path, part in scratch.items():
            part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} kann nicht geschrieben werden: {why(error)}.") from error
    finally:
        for part in scratch.values():
            part.unlink(missing_ok=True)
