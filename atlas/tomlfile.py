"""TOML files of a user into frozen dataclasses: every mistake at once, in German, with its line."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from geodata.errors import FileMissingError, Problem, ProjectError, why

T = TypeVar("T")
Loc = tuple[int | str, ...]
"""Path of keys and numbers to an entry of a TOML file."""

KEY_PATTERN, DATE_PATTERN = r"^[a-z0-9][a-z0-9_]*$", r"^\d{4}-\d{2}-\d{2}$"

_GERMAN = {
    "missing": "der Eintrag fehlt",
    "dataclass_unexpected_keyword_argument": "diesen Eintrag gibt es nicht",
    "unexpected_keyword_argument": "diesen Eintrag gibt es nicht",
    "extra_forbidden": "diesen Eintrag gibt es nicht",
}


def load_toml(path: Path, adapter: TypeAdapter[T], summary: str) -> tuple[T, str]:
    """Read a TOML file into a dataclass.

    Parameters
    ----------
    path
        The file.
    adapter
        Of the dataclass.
    summary
        The message's first sentence if entries are wrong.

    Returns
    -------
    value, text
        What the file says, and its text, for messages that name a line.

    Raises
    ------
    FileMissingError
        The file is not there.
    ProjectError
        It is not TOML, or entries are wrong; every mistake is listed with its line.
    """
    text = read_text(path)
    try:
        return adapter.validate_python(parse_toml(text, path)), text
    except ValidationError as error:
        raise ProjectError(summary, validation_problems(error, text, path)) from None


def read_text(path: Path) -> str:
    """Read a UTF-8 text file the user named."""
    if not path.is_file():
        raise FileMissingError(f"Die Datei {path} gibt es nicht.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(
            f"Die Datei {path.name} ist nicht in UTF-8 geschrieben.",
            [Problem(f"{path.name}, Byte {error.start}", "ungültiges Zeichen", "UTF-8")],
        ) from None
    except OSError as error:
        raise FileMissingError(f"Die Datei {path} ist nicht lesbar: {why(error)}.") from None


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """Parse TOML, turning a syntax error into a message with its line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(
            f"Die Datei {path.name} ist kein gültiges TOML.", [Problem(path.name, str(error))]
        ) from None


def validation_problems(error: ValidationError, text: str, path: Path) -> list[Problem]:
    """Every mistake pydantic found, in German, with the line of its key."""
    problems: dict[str, Problem] = {}
    for item in error.errors():
        where = place_of(tuple(item["loc"]), text, path)
        kind = item["type"]
        found = _GERMAN.get(kind, f"gefunden {item['input']!r}")
        allowed = (
            "" if kind in _GERMAN else _allowed(kind, dict(item.get("ctx") or {}), item["msg"])
        )
        problems.setdefault(where, Problem(where, found, allowed))
    return list(problems.values())


def _allowed(kind: str, context: dict[str, Any], message: str) -> str:
    if kind == "literal_error":
        return str(context["expected"]).replace(" or ", " oder ")
    if kind == "string_pattern_mismatch":
        readable = {
            KEY_PATTERN: "Kleinbuchstaben, Ziffern und Unterstrich",
            DATE_PATTERN: "ein Datum wie 2025-12-31",
        }
        return readable.get(context["pattern"], str(context["pattern"]))
    plain = {
        "string_type": "ein Text in Anführungszeichen",
        "int_type": "eine ganze Zahl",
        "int_parsing": "eine ganze Zahl",
        "float_type": "eine Zahl",
        "float_parsing": "eine Zahl",
        "bool_type": "true oder false",
        "tuple_type": "eine Liste [ … ]",
        "dict_type": "eine Zuordnung { … }",
        "dataclass_type": "ein Abschnitt mit Einträgen",
    }
    if kind in plain:
        return plain[kind]
    if kind == "too_short":
        return f"mindestens {context['min_length']} Einträge"
    bounds = {"greater_than_equal": ("ge", "mindestens"), "less_than_equal": ("le", "höchstens")}
    if kind in bounds:
        name, word = bounds[kind]
        return f"{word} {context[name]}"
    return message


def place_of(loc: Loc, text: str, path: Path) -> str:
    """Name a place in a TOML file: line as far as it can be found, and the path of keys."""
    dotted = ".".join(str(p + 1) if isinstance(p, int) else p for p in loc)
    line = _line_of(loc, text)
    return f"{path.name}, Zeile {line}, {dotted}" if line else f"{path.name}, {dotted}"


def _line_of(loc: Loc, text: str) -> int | None:
    """Line of the deepest part of `loc` that the text names."""
    names = [p for p in loc if isinstance(p, str)]
    numbers = [p for p in loc if isinstance(p, int)]
    start, lines = 0, text.splitlines()
    if names and numbers:
        header = re.compile(rf"^\s*\[\[\s*{re.escape(names[0])}\s*\]\]")
        hits = [i for i, line in enumerate(lines) if header.match(line)]
        if numbers[0] < len(hits):
            start = hits[numbers[0]]
    for name in reversed(names):
        pattern = re.compile(
            rf"^\s*(\[+\s*)?([\w.]+\.)?\"?{re.escape(name)}\"?\s*(=|\])|[{{,]\s*\"?{re.escape(name)}\"?\s*="
        )
        for number in range(start, len(lines)):
            if pattern.search(lines[number]):
                return number + 1
    return None
