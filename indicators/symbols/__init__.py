"""Symbols by publisher: value and status together, one profile each, never a global table.

A profile is a TOML file: ``source`` says where the publisher explains its symbols; the table
``[symbols]`` has the symbol as printed → ``{ status = "zero", value = 0 }``; ``[marks]`` has what
may stand beside a number, ``#``, as in ``"(#)" = { status = "estimated" }``. An empty cell is a
symbol like any other. ``assumed`` lists symbols whose meaning was not found with the publisher;
a check report names every use of them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from math import isnan
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from geodata.errors import FileMissingError, ProjectError, why
from geodata.files import inside
from geodata.files.nested import toml_of
from indicators.status import Status


@dataclass(frozen=True)
class Symbol:
    """What a symbol means: its status, and its value where it has one."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    status: Status
    value: float = float("nan")


@dataclass(frozen=True)
class SymbolProfile:
    """The symbols of one publisher, and the marks beside its numbers."""

    key: str
    cells: Mapping[str, Symbol]
    marks: Mapping[str, Status] = field(default_factory=dict)
    source: str = ""
    assumed: frozenset[str] = frozenset()

    def words(self) -> str:
        """List the symbols for a message."""
        texts = [repr(t) if t else "leer" for t in (*self.cells, *self.marks)]
        return ", ".join(texts)

    def unmarked(self, text: str) -> tuple[str, Status | None]:
        """A number without the mark beside it, and the mark's status."""
        for mark, status in self.marks.items():
            before, _, after = mark.partition("#")
            inner = text.removeprefix(before).removesuffix(after)
            whole = len(text) == len(before) + len(inner) + len(after)
            if whole and inner.strip()[-1:].isdigit():
                return inner.strip(), status
        return text, None


@dataclass(frozen=True)
class _Mark:
    __pydantic_config__ = ConfigDict(extra="forbid")

    status: Status


@dataclass(frozen=True)
class _File:
    __pydantic_config__ = ConfigDict(extra="forbid")

    symbols: dict[str, Symbol]
    source: str
    marks: dict[str, _Mark] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()


_ADAPTER = TypeAdapter(_File)
_HAS_VALUE = frozenset({Status.ZERO, Status.PUBLISHED, Status.ROUNDED, Status.ESTIMATED})
_OF_MARKS = frozenset({Status.PUBLISHED, Status.ROUNDED, Status.ESTIMATED})


def profile_keys() -> list[str]:
    """Keys of all profiles that come with the program."""
    folder = resources.files(__package__)
    return sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml"))


def load_profile(key: str, folder: Path | None = None) -> SymbolProfile:
    """Load a publisher's profile, or a project's own: a name ending in ``.toml`` in `folder`.

    Raises
    ------
    FileMissingError
        The project's own file is not there.
    ProjectError
        There is no such profile, or it is malformed.
    """
    try:
        found = _ADAPTER.validate_python(toml_of(_text(key, folder)))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"Das Symbolprofil {key!r} ist fehlerhaft: {error}.") from None
    wrong = [
        text
        for text, symbol in found.symbols.items()
        if (symbol.status in _HAS_VALUE) == isnan(symbol.value)
    ]
    wrong += [m for m, v in found.marks.items() if m.count("#") != 1 or v.status not in _OF_MARKS]
    wrong += [text for text in found.assumed if text not in found.symbols]
    if wrong:
        raise ProjectError(
            f"Das Symbolprofil {key!r} ist fehlerhaft: {', '.join(map(repr, wrong))}. Einen Wert "
            "haben genau zero, published, rounded und estimated; eine Marke hat genau ein #; was "
            "in assumed steht, steht auch in symbols."
        )
    marks = {mark: v.status for mark, v in found.marks.items()}
    return SymbolProfile(key, found.symbols, marks, found.source, frozenset(found.assumed))


def _text(key: str, folder: Path | None) -> str:
    if key.endswith(".toml") and folder is not None:
        try:
            return inside(folder, key).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = why(error) if isinstance(error, OSError) else "nicht in UTF-8 geschrieben"
            raise FileMissingError(f"Das Symbolprofil {key} ist nicht lesbar: {reason}.") from None
    if key not in profile_keys():
        raise ProjectError(
            f"Das Symbolprofil {key!r} gibt es nicht; es gibt: {', '.join(profile_keys())}, "
            "oder eine eigene Datei mit der Endung .toml neben der Projektdatei."
        )
    return (resources.files(__package__) / f"{key}.toml").read_text(encoding="utf-8")


def profiles_with(symbol: str) -> list[str]:
    """Keys of the profiles that know a symbol, for a message.

    >>> profiles_with("NA")
    ['afs_ewr']
    """
    return [key for key in profile_keys() if symbol and symbol in load_profile(key).cells]
