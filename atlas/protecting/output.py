"""Writes results whole or not at all."""

from pathlib import Path
from typing import Protocol

import pandas as pd

from atlas.outputs import write_together


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
