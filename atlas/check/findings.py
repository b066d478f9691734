"""What a check finds, as plain data; how it is shown stands elsewhere."""

from dataclasses import dataclass
from typing import Literal

from geodata.errors import Problem

Severity = Literal["error", "warning", "note"]
SEVERITIES: dict[Severity, tuple[str, str]] = {
    "error": ("Fehler", "Fehler"),
    "warning": ("Warnung", "Warnungen"),
    "note": ("Hinweis", "Hinweise"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that a reader should know.

    Parameters
    ----------
    severity
        ``error`` stops a build, ``warning`` may be a wrong number, ``note`` is how it is.
    topic
        The German heading under which it stands: ``Gebiete``, ``Schlüssel``, ``Summen`` …
    text
        One or two German sentences.
    source
        The file, or empty.
    details
        Every area, row or cell it is about; never cut off here.
    problems
        Places with what was found there and what is allowed; never cut off here.
    todo
        What somebody does about it, as a German sentence.
    """

    severity: Severity
    topic: str
    text: str
    source: str = ""
    details: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    todo: str = ""


@dataclass(frozen=True)
class SourceRows:
    """What became of the rows of one file, or of one sheet of it.

    ``read`` = ``used`` + ``totals`` + the rows of ``aside``; what is ``left`` is an error.
    ``areas`` is (areas with rows, areas that there are), None for a case list.
    """

    file: str
    title: str
    read: int
    used: int
    totals: int
    aside: tuple[tuple[str, int], ...]
    periods: tuple[str, ...]
    areas: tuple[int, int] | None = None
    columns_unused: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """Rows of which nobody says what became of them; anything but 0 is an error."""
        return self.read - self.used - self.totals - sum(n for _, n in self.aside)


@dataclass(frozen=True)
class Report:
    """A whole check report.

    ``internal`` says that sources are not public, so that the report is for colleagues who may
    see them. ``exit_code`` is 0 without an error.
    """

    title: str
    project: str
    sources: tuple[SourceRows, ...]
    findings: tuple[Finding, ...]
    internal: bool
    exit_code: int

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity, in the order they were made."""
        return tuple(f for f in self.findings if f.severity == severity)
