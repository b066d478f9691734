"""A scenario as the TOML that would make it: what was set in the atlas, to keep and to send.

`load_scenario` reads the same scenario back. What has its usual value is left out, so that
the file says what was decided and nothing else.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from atlas.placement.scenario.whole import Scenario

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WHOLE = 1e15


def scenario_toml(scenario: Scenario) -> str:
    """The text of a scenario file.

    Parameters
    ----------
    scenario
        A search without a time limit is written as ``inf``: TOML has no word for nothing.

    Returns
    -------
    str
        Plain entries first, then one table for each part and each member of a list.
    """
    entries = _said(scenario)
    plain = {k: v for k, v in entries.items() if not _is_table(v) and not _is_tables(v)}
    blocks = ["".join(f"{k} = {_value(v)}\n" for k, v in plain.items())]
    for key, value in entries.items():
        if _is_table(value):
            blocks.append(f"[{_key(key)}]\n" + _lines(value))
        elif _is_tables(value):
            blocks += [f"[[{_key(key)}]]\n" + _lines(item) for item in value]
    return "\n".join(blocks)


def _said(value: "DataclassInstance") -> dict[str, object]:
    """The entries of a dataclass that differ from the usual, in its order."""
    return {
        f.name: found for f in fields(value) if not _is_usual(f, found := getattr(value, f.name))
    }


def _is_usual(field: "Field[Any]", found: object) -> bool:
    """Whether a file without the entry says the same."""
    if field.default is not MISSING:
        return bool(found == field.default)
    return field.default_factory is not MISSING and bool(found == field.default_factory())


def _is_table(value: object) -> "TypeGuard[DataclassInstance]":
    return is_dataclass(value) and not isinstance(value, type)


def _is_tables(value: object) -> "TypeGuard[tuple[DataclassInstance, ...]]":
    return isinstance(value, tuple) and bool(value) and all(map(_is_table, value))


def _lines(value: "DataclassInstance") -> str:
    return "".join(f"{_key(k)} = {_value(v)}\n" for k, v in _said(value).items())


def _value(value: object) -> str:
    if _is_table(value):
        return _inline(_said(value))
    if isinstance(value, dict):
        return _inline(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "inf"
    return _number(value) if isinstance(value, int | float) else _text(str(value))


def _inline(entries: Mapping[str, object]) -> str:
    inside = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in entries.items())
    return f"{{ {inside} }}" if inside else "{}"


def _number(x: float) -> str:
    """64 for 64.0, as people write it; every other number with all its digits."""
    if math.isfinite(x) and x == int(x) and abs(x) < _WHOLE:
        return str(int(x))
    return repr(x)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(words: str) -> str:
    """A basic string; the escapes of JSON are TOML's, but for one sign."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
