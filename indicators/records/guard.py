"""Nothing of a case leaves in an exception: not in its words, its causes or its frames.

Libraries quote rows in their messages, and a traceback keeps the tables of every frame alive.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from geodata.errors import FileMissingError, TableError, UserError, why

_T = TypeVar("_T")


def sealed(file: str, call: Callable[[], _T]) -> _T:
    """Call, and let out only errors of our own, without causes and without inner frames.

    Raises
    ------
    UserError
        As raised inside, made anew.
    TableError
        For anything else, with the kind of the error and the line of our code alone.
    KeyboardInterrupt
        Made anew, too: its frames hold the piece that was being counted.
    """
    clean: BaseException
    try:
        return call()
    except UserError as error:
        clean = type(error)(error.summary, error.problems)
    except OSError as error:
        clean = FileMissingError(f"{file} ist nicht lesbar: {_without_names(error)}.")
    except MemoryError:
        clean = TableError(f"Für {file} reicht der Arbeitsspeicher nicht.")
    except Exception as error:  # a library's words may quote a row
        kind = type(error).__name__
        clean = TableError(f"{file} ist nicht lesbar ({kind}, {_line(error)}).")
    except KeyboardInterrupt:
        clean = KeyboardInterrupt()
    # raised here and not above, where Python would keep the first one as the context
    raise clean


def _without_names(error: OSError) -> str:
    return why(OSError(error.errno, "")) if error.errno else "Fehler beim Lesen"


def _line(error: Exception) -> str:
    """Where in our own code it happened, so that a defect can be found."""
    place, step = "", error.__traceback__
    while step is not None:
        path = Path(step.tb_frame.f_code.co_filename)
        if path.parent.name in ("records", "geodata"):
            place = f"{path.name}:{step.tb_lineno}"
        step = step.tb_next
    return place
