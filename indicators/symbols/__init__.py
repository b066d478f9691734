"""Symbols by publisher: value and status together, one profile each, never a global table.

A profile is a TOML file ``<key>.toml`` with a table ``[symbols]``: the symbol as printed →
``{ status = "zero", value = 0 }``. An empty cell is a symbol like any other.
"""

import tomllib
from dataclasses import dataclass
from importlib import resources

from pydantic import TypeAdapter, ValidationError

from geodata.errors import ProjectError
from indicators.status import Status


@dataclass(frozen=True)
class Symbol:
    """What a symbol means: its status, and its value where it has one."""

    status: Status
    value: float = float("nan")


@dataclass(frozen=True)
class SymbolProfile:
    """The symbols of one publisher."""

    key: str
    cells: dict[str, Symbol]

    def words(self) -> str:
        """List the symbols for a message."""
        return ", ".join(repr(symbol) for symbol in self.cells)


_ADAPTER = TypeAdapter(dict[str, Symbol])


def profile_keys() -> list[str]:
    """Keys of all profiles there are."""
    folder = resources.files(__package__)
    return sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml"))


def load_profile(key: str) -> SymbolProfile:
    """Load a publisher's profile.

    Raises
    ------
    ProjectError
        There is no such profile, or it is malformed.
    """
    if key not in profile_keys():
        raise ProjectError(
            f"Das Symbolprofil {key!r} gibt es nicht; es gibt: {', '.join(profile_keys())}."
        )
    text = (resources.files(__package__) / f"{key}.toml").read_text(encoding="utf-8")
    try:
        cells = _ADAPTER.validate_python(tomllib.loads(text)["symbols"])
    except (ValidationError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ProjectError(f"Das Symbolprofil {key!r} ist fehlerhaft: {error}.") from None
    return SymbolProfile(key, cells)
