"""Writes results whole or not at all."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from geodata.errors import OutputError, Problem, why


class Outcome(Protocol):
    """A table that was made safe, by whatever method."""

    @property
    def delimiter(self) -> str:
        """Of the table that was read, and of what is written."""

    def public_table(self) -> pd.DataFrame:
        """What may be published."""

    def internal_table(self) -> pd.DataFrame:
        """The same with what only the publisher may see."""


def csv_text(table: pd.DataFrame, delimiter: str) -> str:
    """A table of texts as CSV."""
    return str(table.to_csv(index=False, sep=delimiter, lineterminator="\n"))


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


def write_outcome(
    done: Outcome, out: Path, internal: bool, report: Path | None, page: str | None
) -> None:
    """Write a table, and the page about it if there is one; both or neither.

    Raises
    ------
    OutputError
        One cannot be written; then none is.
    """
    table = done.internal_table() if internal else done.public_table()
    contents = {out: csv_text(table, done.delimiter)}
    if report is not None and page is not None:
        contents[report] = page
    write_together(contents)
