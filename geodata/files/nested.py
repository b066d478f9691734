"""JSON, TOML and XML from strangers: nothing so deep or so folded that reading it never ends."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, TypeAlias

TOO_DEEP = "zu tief verschachtelt"
_TOO_LONG = "eine Zahl mit Tausenden von Ziffern"
_CHUNK = 1 << 20
_WORDS = (b"<!DOCTYPE", b"<!ENTITY")
_WIDE = tuple(w.decode().encode(f"utf-16-{end}") for w in _WORDS for end in ("le", "be"))
_DOCTYPE = re.compile(b"|".join(map(re.escape, (*_WORDS, *_WIDE))))
_OVERLAP = 32

Parsed: TypeAlias = Any
"""Whatever JSON holds."""


def json_of(text: str | bytes, **options: Parsed) -> Parsed:
    """JSON as `json.loads` reads it; what is nested too deeply is no JSON.

    Raises
    ------
    json.JSONDecodeError
        As `json.loads`, and where the parser would run out of stack or of digits.
    """
    try:
        return json.loads(text, **options)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except RecursionError:
        reason = TOO_DEEP
    except ValueError:
        reason = _TOO_LONG
    raise json.JSONDecodeError(reason, "", 0)


def toml_of(text: str) -> dict[str, Parsed]:
    """TOML as `tomllib.loads` reads it; what is nested too deeply is no TOML.

    Raises
    ------
    tomllib.TOMLDecodeError
        As `tomllib.loads`, and where the parser would run out of stack or of digits.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        reason = TOO_DEEP
    except ValueError:
        reason = _TOO_LONG
    raise tomllib.TOMLDecodeError(reason)


def has_document_type(source: bytes | Path) -> bool:
    """Whether XML declares a document type or an entity, in UTF-8 or UTF-16.

    No format that offices deliver needs one. An entity can name files of this machine, and a
    few of them in each other unfold to any size.
    """
    if isinstance(source, bytes):
        return _DOCTYPE.search(source) is not None
    rest = b""
    with source.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            if _DOCTYPE.search(rest + chunk):
                return True
            rest = chunk[-_OVERLAP:]
    return False
