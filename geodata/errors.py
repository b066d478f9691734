"""The tree of errors a user can meet, each with the exit code of the command line.

A user error is one clear message about one thing, with every problem found listed
at once: which file, which row or column, what was found, what is allowed. It is
printed without a traceback; anything else that escapes is a defect of ours.
"""

import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    where
        The place: file, and row, column or key as far as they are known.
    found
        What stands there; empty where the place says it all.
    allowed
        What may stand there, or what to do.
    """

    where: str
    found: str
    allowed: str = ""

    def __str__(self) -> str:
        if not self.allowed:
            return f"{self.where}: {self.found}" if self.found else self.where
        stop = "" if self.found.endswith((".", "!", "?")) else "."
        return f"{self.where}: {self.found}{stop} Erlaubt: {self.allowed}"


class UserError(Exception):
    """Base of all errors a user can cause and mend.

    Parameters
    ----------
    summary
        One German sentence that names the thing that failed.
    problems
        Every single problem found, in the order of the input.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, summary: str, problems: Iterable[Problem] = ()) -> None:
        self.summary = summary
        self.problems = tuple(problems)
        super().__init__(summary)

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"  - {p}" for p in self.problems)])


class FileMissingError(UserError):
    """A file or folder that was named is not there or cannot be read."""

    exit_code = 3


class ProjectError(UserError):
    """The project file or a scenario is malformed."""

    exit_code = 4


class TableError(UserError):
    """A table has a wrong column, an unknown symbol, or a number that is none."""

    exit_code = 5


class KeyJoinError(UserError):
    """Areas and values do not match, or a key is unknown or duplicated."""

    exit_code = 6


class GeometryError(UserError):
    """A geometry is broken, missing, or in an impossible place."""

    exit_code = 7


class DisclosureError(UserError):
    """A publication would be unsafe and is refused."""

    exit_code = 8


class EditionError(UserError):
    """An edition is incomplete, altered, or of another format version."""

    exit_code = 9


class PlacementError(UserError):
    """A scenario cannot be planned."""

    exit_code = 10


class OutputError(UserError):
    """The result cannot be written where it was asked for."""

    exit_code = 11


class LedgerError(UserError):
    """The ledger of published editions is damaged, of another city, or must not change so."""

    exit_code = 12


class ServiceError(UserError):
    """A service on the net does not answer, answers with an error, or not wholly."""

    exit_code = 13


_REASONS = {
    errno.EACCES: "keine Berechtigung",
    errno.EPERM: "keine Berechtigung",
    errno.EROFS: "das Laufwerk lässt kein Schreiben zu",
    errno.ENOSPC: "kein Platz mehr auf dem Laufwerk",
    errno.EDQUOT: "das Kontingent an Speicherplatz ist aufgebraucht",
    errno.ENOENT: "diesen Ort gibt es nicht",
    errno.ENOTDIR: "ein Teil des Pfades ist kein Ordner",
    errno.EISDIR: "das ist ein Ordner",
    errno.EEXIST: "das gibt es schon",
    errno.ENOTEMPTY: "der Ordner ist nicht leer",
    errno.ENAMETOOLONG: "der Name ist zu lang",
    errno.EBUSY: "ein anderes Programm benutzt die Datei",
    errno.EIO: "das Laufwerk meldet einen Fehler",
}


def why(error: OSError) -> str:
    """Say in German why the operating system refused something.

    Examples
    --------
    >>> why(PermissionError(13, "Permission denied"))
    'keine Berechtigung'
    """
    known = _REASONS.get(error.errno or 0)
    return known or f"das Betriebssystem meldet „{error.strerror or error}“"


class ProblemCollector:
    """Gathers problems so that a user sees all of them at once.

    Examples
    --------
    >>> found = ProblemCollector()
    >>> found.add("a.csv, Zeile 3", "'x'", "eine ganze Zahl")
    >>> len(found)
    1
    """

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, where: str, found: str, allowed: str = "") -> None:
        """Note one problem."""
        self._problems.append(Problem(where, found, allowed))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)

    def raise_if_any(self, error: type[UserError], summary: str) -> None:
        """Raise `error` with everything noted so far, if anything was."""
        if self._problems:
            raise error(summary, self._problems)


def raise_together(errors: Sequence[UserError], summary: str) -> None:
    """Raise what went wrong as one error; a single error as it was, none not at all.

    Raises
    ------
    UserError
        Of the class of the first, with the summary and the problems of each.
    """
    if not errors:
        return
    if len(errors) == 1:
        raise errors[0]
    problems = [p for e in errors for p in (Problem(e.summary, ""), *e.problems)]
    raise type(errors[0])(summary, problems) from None


class ErrorPool:
    """Lets several readers fail before anything is said, so that a user sees it all at once.

    Examples
    --------
    >>> pool = ErrorPool()
    >>> with pool.catch():
    ...     raise TableError("Erstens.")
    >>> with pool.catch():
    ...     raise GeometryError("Zweitens.")
    >>> pool.raise_if_any("Zwei Fehler.")
    Traceback (most recent call last):
        ...
    geodata.errors.TableError: Zwei Fehler.
      - Erstens.
      - Zweitens.
    """

    def __init__(self) -> None:
        self._errors: list[UserError] = []

    @contextmanager
    def catch(self) -> Iterator[None]:
        """Keep an error of a user for later."""
        try:
            yield
        except UserError as error:
            self._errors.append(error)

    def raise_if_any(self, summary: str) -> None:
        """Raise what was caught, see `raise_together`."""
        raise_together(self._errors, summary)
